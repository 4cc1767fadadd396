"""A report as an HTML fragment that needs nothing else: for notebooks, dark and light."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from symcheck.facts.context import Context
from symcheck.judging.result import PROVED, Report, Result, Row
from symcheck.numbers.comparison import Comparison
from symcheck.reading.document import Solve
from symcheck.report.certificate import words_of
from symcheck.report.expression import text
from symcheck.report.markup import columns, facts, heading, instance, outcome, said
from symcheck.report.notation import prose

__all__ = ["html"]

_CELL = "text-align:left;padding:.1em .9em .1em 0;border:0;background:none;vertical-align:baseline"
_FAINT = f"{_CELL};opacity:.65"
_FORMULA = f"{_CELL};white-space:nowrap"
_GREEN, _RED = "color:#2a8a3e", "color:#d1242f"


def html(report: Report) -> str:
    """A ``<div>`` with one table a goal; styles are inline, colours follow the page's."""
    document = report.document
    made = [f"<h3>{escape(document.title)}</h3>"] if document.title else []
    prose_parts = (document.source, " ".join(document.notes))
    made += [f"<p><small>{escape(s)}</small></p>" for s in prose_parts if s]
    for r in report.results:
        made += _result(r)
    for u in document.unread:
        made.append(f'<p style="{_RED}">✗ line {u.line}, unread: {escape(u.message)}</p>')
    known = "".join(f"<li>{_formula(escape(f))}</li>" for f in facts(report))
    if known:
        made.append(f"<p><b>Rests on</b></p><ul>{known}</ul>")
    made += [f"<p><small>{escape(told)}</small></p>" for told in [words_of(report)] if told]
    if report.seed is not None:
        made.append(f"<p><small>{report.samples:,} draws a world, seed {report.seed}</small></p>")
    return f'<div class="symcheck" style="overflow-x:auto">{"".join(made)}</div>'


def _result(r: Result) -> Iterator[str]:
    def show(e: object) -> str:
        return _formula(escape(text(e, r.proof.context)))

    first, *rest = r.rows
    sign = "⇔" if isinstance(r.goal, Solve) else "="
    good = r.status == PROVED and r.agrees is not False
    yield f"<p><b>{escape(heading(r))}</b></p>"
    yield '<table style="border-collapse:collapse;border:0">'
    yield f'<tr style="background:none"><td style="{_FORMULA}">{show(first.expr)}</td></tr>'
    for row in rest:
        why = _formula(escape(prose(", ".join(row.reasons))))
        yield (
            f'<tr style="background:none"><td style="{_FORMULA}">{sign} {show(row.expr)}</td>'
            f'<td style="{_FAINT}">{why}</td>'
            f'<td style="{_FAINT}">{_numbers(row.comparison)}</td>'
            f'<td style="{_CELL}">{_said(row, r.proof.context)}</td></tr>'
        )
    yield "</table>"
    yield (f'<p style="{_GREEN if good else _RED}">{"✓" if good else "✗"} {escape(outcome(r))}</p>')


def _said(row: Row, context: Context) -> str:
    """Why a line is not proved, what is left over, and the distribution on which it is false."""
    if row.status == PROVED and not row.message:
        return f"<small>{escape(row.verdict_words)}</small>" if row.trusts else ""
    colour = "" if row.status == PROVED else f' style="{_RED}"'
    made = f"<span{colour}>{escape(row.verdict_words)}: {escape(said(row))}</span>"
    if row.residual is not None:
        made += f"<br>left over: {_formula(escape(text(row.residual, context)))}"
    if row.witness is not None:
        w = row.witness
        made += f"<br>{escape(instance(w))}" if instance(w) else ""
        if w.factored:
            made += "<br>independent of each other:"
        for law in w.tables:
            names = list(map(escape, columns(law)))
            for p, values in law.outcomes:
                each = ", ".join(f"{n} = {v}" for n, v in zip(names, values, strict=True))
                made += f"<br>with probability {p}: {each}"
    return made


def _numbers(c: Comparison | None) -> str:
    if c is None:
        return ""
    if c.z is None or c.left is None or c.right is None:
        return f"not sampled: {escape(prose(c.reason))}"
    sign = "=" if c.z == 0 else "≈" if c.agrees else "≠"
    mark, colour = ("✓", _GREEN) if c.agrees else ("✗", _RED)
    return f'{c.left:.4g} {sign} {c.right:.4g} <span style="{colour}">{mark}</span>'


_SUBSCRIPT = re.compile(r"(?<=[^\W_])_([^\W⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ]+′*)")


def _formula(s: str) -> str:
    """Escaped text of a formula with its subscripts and powers set as such."""
    low = r'<sub style="line-height:0;font-size:.75em">\1</sub>'
    s = _SUBSCRIPT.sub(low, s)
    s = re.sub(r"_\{([^{}]*)\}", low, s)
    return re.sub(r"\^\(([^()]*)\)", r"<sup>\1</sup>", s)
