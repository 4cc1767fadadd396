"""A report as LaTeX, Markdown and HTML (for Jupyter)."""

from __future__ import annotations

from collections.abc import Iterator

from symcheck.document import Claim, Solve
from symcheck.report.expression import latex
from symcheck.report.facts import assumption
from symcheck.report.notation import latex_name
from symcheck.result import PROVED, Report, Result

__all__ = ["html", "markdown", "tex"]


def _reason(words: tuple[str, ...]) -> str:
    """Reasons inside a formula: words as text, Greek as mathematics."""
    joined = ", ".join(words)
    out, plain = "", ""
    for ch in joined:
        if ord(ch) > 127:
            out += (rf"\text{{{_escape(plain)}}}" if plain else "") + _greek(ch)
            plain = ""
        else:
            plain += ch
    return out + (rf"\text{{{_escape(plain)}}}" if plain else "")


def _greek(ch: str) -> str:
    return latex_name(ch)


def _escape(s: str) -> str:
    for ch in "\\&%$#_{}":
        s = s.replace(ch, "\\" + ch if ch != "\\" else r"\textbackslash ")
    return s.replace("^", r"\^{}").replace("~", r"\~{}")


def aligned(result: Result) -> str:
    """The rows of one goal as the inside of ``aligned``."""

    def show(e: object) -> str:
        return latex(e, result.proof.context)

    first, *rest = result.rows
    sign = r"\iff" if isinstance(result.goal, Solve) else "="
    start = show(first.expr)
    made = []
    for n, row in enumerate(rest):
        left = (start if not isinstance(result.goal, Solve) else f"{start} ") if n == 0 else ""
        if isinstance(result.goal, Solve):
            made.append(f"{left}&\\iff {show(row.expr)} && {_reason(row.reasons)}")
        else:
            made.append(f"{left}&{sign} {show(row.expr)} && {_reason(row.reasons)}")
    return " \\\\\n".join(made or [start])


def _heading(result: Result) -> str:
    goal = result.goal
    kind = "Solve" if isinstance(goal, Solve) else "Claim" if isinstance(goal, Claim) else "Derive"
    return f"{kind} {goal.name}".strip()


def _outcome(result: Result) -> str:
    words = result.status
    if result.expect is not None:
        words += ", as expected" if result.agrees else ", but not as expected"
    return words + (f": {result.message}" if result.message else "")


def _facts(report: Report) -> list[str]:
    context = report.document.context
    used = {a for r in report.results for a in r.used if a.kind != "definition"}
    return sorted({assumption(a, context) for a in used})


def tex(report: Report) -> str:
    """A LaTeX fragment: one ``align*`` a goal (needs amsmath and amssymb)."""
    made = [f"% {report.document.title}"] if report.document.title else []
    for r in report.results:
        made.append(f"% {_heading(r)}: {_outcome(r)}")
        made.append(f"\\begin{{align*}}\n{aligned(r)}\n\\end{{align*}}")
    facts = [f"% rests on: {f}" for f in _facts(report)]
    return "\n".join([*made, *facts]) + "\n"


def markdown(report: Report) -> str:
    """Markdown with displayed mathematics."""
    made = [f"# {report.document.title}", ""] if report.document.title else []
    made += [*(f"{n}\n" for n in report.document.notes)]
    for r in report.results:
        mark = "✓" if r.status == PROVED and r.agrees is not False else "✗"
        made.append(f"## {_heading(r)} ${latex(r.proof.start, r.proof.context)}$\n")
        made.append(f"$$\n\\begin{{aligned}}\n{aligned(r)}\n\\end{{aligned}}\n$$\n")
        made.append(f"{mark} {_outcome(r)}\n")
        made.extend(_numbers(r))
    facts = _facts(report)
    if facts:
        made += ["Rests on:", "", *(f"- {f}" for f in facts)]
    return "\n".join(made).rstrip() + "\n"


def _numbers(r: Result) -> Iterator[str]:
    rows = [(n, row.comparison) for n, row in enumerate(r.rows) if row.comparison is not None]
    if not rows:
        return
    yield "| line | left | right | standard errors apart | |"
    yield "| ---: | ---: | ---: | ---: | --- |"
    for n, c in rows:
        if not c.sampled or c.left is None or c.right is None or c.z is None:
            yield f"| {n} | | | | not sampled: {c.reason} |"
        else:
            verdict = "agrees" if c.agrees else "differs"
            yield f"| {n} | {c.left:.4g} | {c.right:.4g} | {abs(c.z):.1f} | {verdict} |"
    yield ""


def html(report: Report) -> str:
    """A fragment for a notebook; its formulas are typeset by the notebook's MathJax."""
    from html import escape

    made = [f"<h3>{escape(report.document.title)}</h3>"] if report.document.title else []
    for r in report.results:
        colour = "green" if r.status == PROVED and r.agrees is not False else "crimson"
        body = escape(aligned(r))
        made.append(f"<p><b>{escape(_heading(r))}</b></p>")
        made.append(f"$$\\begin{{aligned}}{body}\\end{{aligned}}$$")
        made.append(f'<p style="color:{colour}">{escape(_outcome(r))}</p>')
    facts = "".join(f"<li>{escape(f)}</li>" for f in _facts(report))
    if facts:
        made.append(f"<p>Rests on</p><ul>{facts}</ul>")
    return f'<div class="symcheck">{"".join(made)}</div>'
