"""A report as LaTeX and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sympy import Add

from symcheck.facts.context import Context
from symcheck.judging.result import PROVED, Report, Result, Row
from symcheck.numbers.comparison import Law, Witness
from symcheck.reading.document import Claim, Solve
from symcheck.report.certificate import words_of
from symcheck.report.expression import latex, text
from symcheck.report.facts import assumption
from symcheck.report.layout import kind, seen
from symcheck.report.notation import SPELLING, latex_name, member, prose

__all__ = ["aligned", "facts", "heading", "markdown", "outcome", "said", "tex"]

LONG = 60
"""Formulas with more characters than these in text break before an outermost + or -."""


def aligned(result: Result, *, reasons: bool = True) -> str:
    """The rows of one goal as the inside of ``aligned`` or ``align*``."""
    context = result.proof.context
    first, *rest = result.rows
    sign = r"\iff" if isinstance(result.goal, Solve) else "="
    made = [latex(first.expr, context)]
    # A long left side has a line to itself.
    under = len(text(first.expr, context)) > 12 and bool(rest)
    lead = r"&\quad" if under else "&"
    made[0] = f"& {made[0]}" if under else made[0]
    for row in rest:
        lines = [f"{lead}{sign} {p}" if n == 0 else rf"{lead}\qquad {p}"
                 for n, p in enumerate(_pieces(row.expr, context))]  # fmt: skip
        if reasons:
            why = _reason(row, context)
            lines[-1] += "".join(f" && {w}" for w in why[:1])
            lines += [f"& && {w}" for w in why[1:]]
        made.append((" \\\\\n" if under or len(made) > 1 else " ") + " \\\\\n".join(lines))
    return "".join(made)


def _pieces(e: Any, context: Context) -> list[str]:
    """A formula, cut before outermost + and - where it is long."""
    if not isinstance(e, Add) or len(text(e, context)) <= LONG:
        return [latex(e, context)]
    made = [""]
    start = done = 0
    for n in range(1, len(e.args) + 1):
        # What a term adds to the sum, sign included, is what it adds to the sum's text.
        so_far = Add(*e.args[:n], evaluate=False) if n > 1 else e.args[0]
        whole = latex(so_far, context)
        size = len(text(so_far, context))
        if made[-1] and size - start > LONG:
            made.append("{}")
            start = size
        made[-1] += whole[done:] if made[-1] != "{}" else whole[done:].lstrip()
        done = len(whole)
    return made


def _reason(row: Row, context: Context) -> list[str]:
    """The reasons, a few to a line."""
    names = list(row.reasons)
    if row.status != PROVED:
        names.append(row.status)
    trusts = row.trusts if row.status == PROVED else ()
    names += [f"trusting: {trusts[0]}", *trusts[1:]] if trusts else []
    lines: list[str] = []
    for n, name in enumerate(names):
        word = name + ("," if n < len(names) - 1 else "")
        if lines and len(lines[-1]) + len(word) < 32:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [rf"\text{{{words_tex(line, context)}}}" for line in lines]


def words_tex(words: str, context: Context) -> str:
    """Words for LaTeX's text mode; the names of the context among them become formulas."""
    named = [n for n in context.names if len(n) == 1 or not n.isalpha() or not n.isascii()]
    pattern = "|".join(re.escape(n) for n in sorted(named, key=len, reverse=True))
    if not pattern:
        return _escape(words)
    made, end = "", 0
    for m in re.finditer(rf"(?<![\w'])(?:{pattern})(?![\w'])", words):
        before = words[: m.start()].rsplit(" ", 1)[0].rsplit(" ", 1)[-1]
        if m[0] in ("a", "A", "I") and before not in ("of", "and"):
            continue
        made += _escape(words[end : m.start()]) + f"${latex_name(m[0])}$"
        end = m.end()
    return made + _escape(words[end:])


_ESCAPES = str.maketrans({
    "\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", "²": "$^2$", "³": "$^3$", "′": "$'$",
    "≠": r"$\neq$", "≤": r"$\leq$", "≥": r"$\geq$", "→": r"$\to$", "∞": r"$\infty$",
    "·": r"$\cdot$", "×": r"$\times$", "−": "$-$", "≈": r"$\approx$", "Σ": r"$\Sigma$",
    **{c: "\\" + c for c in "&%$#_{}"},
} | {c: f"${latex_name(c)}$" for c in SPELLING if c != "Σ"})  # fmt: skip


def _escape(s: str) -> str:
    return s.translate(_ESCAPES)


def heading(result: Result) -> str:
    """``Derive``, ``Solve`` or ``Claim``, with the goal's name."""
    return f"{kind(result.goal)} {result.goal.name}".strip()


def outcome(result: Result) -> str:
    """The verdict in words."""
    words = result.verdict_words + (";" if result.trusts else ",") * (result.expect is not None)
    if result.expect is not None:
        words += " as expected" if result.agrees else " but not the expected result"
    told = not result.message or isinstance(result.goal, Claim)
    return words + ("" if told else f": {prose(result.message)}")


def said(row: Row) -> str:
    """What is to be said of a row, without repeating its status."""
    return prose(row.message.removeprefix("false: "))


def instance(w: Witness) -> str:
    """The numbers and continuous laws of a witness; the table has the rest."""
    chosen = [f"{k} = {v}" for k, v in (*w.sizes.items(), *w.parameters.items())]
    words = ", ".join([w.law, *chosen] if w.law else chosen)
    return prose(f"for instance {words}") if words else ""


def columns(law: Law) -> list[str]:
    """The names over a table; of several variables with one law, all over one column."""
    if len(law.groups) == 1:
        return [member(v) for v in law.groups[0]]
    return ["each of " + ", ".join(member(v) for g in law.groups for v in g)]


def facts(report: Report) -> list[str]:
    """The assumptions that the report rests on, as sentences."""
    context = report.document.context
    used = {a for r in report.results for a in r.used if a.kind != "definition"}
    return sorted({assumption(a, context) for a in used})


# ---------------------------------------------------------------- LaTeX


def tex(report: Report) -> str:
    """A LaTeX fragment: one ``align*`` a goal (needs amsmath and amssymb)."""
    made = ["% needs \\usepackage{amsmath,amssymb}"]
    made += [f"% {line}" for line in (report.document.title, report.document.source) if line]
    for r in report.results:
        made.append(f"\n% {heading(r)}: {_one_line(outcome(r))}")
        made.append(f"\\begingroup\\allowdisplaybreaks\n\\begin{{align*}}\n{aligned(r)}")
        made.append("\\end{align*}\n\\endgroup")
        made += [f"% sampled: {line}" for line in _sampled(r)]
    made += [f"% line {u.line}, unread: {_one_line(u.message)}" for u in report.document.unread]
    made += ["", *(f"% rests on: {f}" for f in facts(report))]
    made += [f"% certificate: {told}" for told in [words_of(report)] if told]
    return "\n".join(made).rstrip() + "\n"


def _one_line(s: str) -> str:
    return " ".join(s.split())


def _sampled(r: Result) -> Iterator[str]:
    for n, row in enumerate(r.rows):
        c = row.comparison
        if c is not None and c.z is not None and c.left is not None and c.right is not None:
            yield f"line {n}: {c.left:.4g} and {c.right:.4g}, {abs(c.z):.1f} standard errors apart"


# ---------------------------------------------------------------- Markdown


def markdown(report: Report) -> str:
    """Markdown with displayed mathematics, as GitHub and Jupyter show it."""
    document = report.document
    made = [f"# {_mark(document.title)}", ""] if document.title else []
    made += [f"*{_mark(document.source)}*", ""] if document.source else []
    made += [_mark(" ".join(document.notes)), ""] if document.notes else []
    for r in report.results:
        made += [f"## {heading(r)} ${_goal(r)}$", ""]
        made += ["$$", r"\begin{aligned}", aligned(r), r"\end{aligned}", "$$", ""]
        mark = "✓" if r.status == PROVED and r.agrees is not False else "✗"
        made += [f"{mark} {_mark(outcome(r))}", ""]
        made += _said(r)
        made += _numbers(r)
    made += [f"- line {u.line}, unread: {_mark(u.message)}" for u in document.unread]
    made += [""] if document.unread else []
    known = facts(report)
    if known:
        made += ["**Rests on**", "", *(f"- {_mark(f)}" for f in known), ""]
    made += [f"Certificate: {_mark(told)}.\n" for told in [words_of(report)] if told]
    if report.seed is not None:
        made.append(f"Sampled with {report.samples:,} draws in each world, seed {report.seed}.")
    return "\n".join(made).rstrip() + "\n"


def _goal(r: Result) -> str:
    context = r.proof.context
    if isinstance(r.goal, Claim) and r.goal.rhs is not None:
        return f"{latex(r.goal.lhs, context)} = {latex(r.goal.rhs, context)}"
    return latex(r.proof.start, context)


def _mark(s: str) -> str:
    """Text with the characters escaped that Markdown would take for markup."""
    return re.sub(r"([\\`*_\[\]<>#|$~])", r"\\\1", s)


def _said(r: Result) -> list[str]:
    """What is to be said of the lines that are not proved."""
    made = []
    for n, row in enumerate(r.rows):
        if row.message and row.status != PROVED:
            where = f"line {row.line}" if row.line else f"step {n}"
            made.append(f"- {where}, {row.status}: {_mark(said(row))}")
            if row.residual is not None:
                made.append(f"  - left over: ${latex(row.residual, r.proof.context)}$")
            w = row.witness
            if w is not None and instance(w):
                made.append(f"  - {_mark(instance(w))}")
            if w is not None and w.factored:
                made.append("  - independent of each other:")
            for law in w.tables if w is not None else ():
                made += [
                    "",
                    f"  | probability | {' | '.join(map(_mark, columns(law)))} |",
                    "  | ---: |" + " ---: |" * len(law.groups[0]),
                    *(f"  | {p} | {' | '.join(map(str, v))} |" for p, v in law.outcomes),
                    "",
                ]
    return [*made, ""] if made else []


def _numbers(r: Result) -> list[str]:
    rows = [(n, row) for n, row in enumerate(r.rows) if row.comparison is not None]
    if not rows:
        return []
    made = [
        "| step | by | left side | right side | standard errors apart | would have shown | |",
        "| ---: | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for n, row in rows:
        c = row.comparison
        why = _mark(", ".join(row.reasons))
        if c is None or c.z is None or c.left is None or c.right is None:
            reason = _mark(c.reason) if c else ""
            made.append(f"| {n} | {why} | | | | | not sampled: {reason} |")
        else:
            verdict = "agrees" if c.agrees else "**differs**" if c.differs else "blind"
            shown = seen(c) if c.z and not c.differs else ""
            made.append(
                f"| {n} | {why} | {c.left:.4g} | {c.right:.4g} | {abs(c.z):.1f} | {shown} "
                f"| {verdict} |"
            )
    return [*made, ""]
