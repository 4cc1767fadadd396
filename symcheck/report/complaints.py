"""What is wrong with a report, one complaint for each line that is not proved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symcheck.judging.result import ADMITTED, PROVED, Report, Result
from symcheck.reading.document import Claim
from symcheck.report.expression import text
from symcheck.report.layout import Layout, kind

__all__ = ["Complaint", "complaints", "of_result", "trusting"]


@dataclass(frozen=True)
class Complaint:
    """One line that is not proved: where it stands, its verdict, and all there is to say of it.

    ``line`` and ``column`` count from 1; ``goal`` names the goal that it belongs to, and
    ``words`` may have several lines: the message, the residual, a hint, the witness.
    """

    line: int
    column: int
    status: str
    goal: str
    words: str


def complaints(report: Report, *, width: int = 80, unicode: bool = True) -> Iterator[Complaint]:
    """The complaints about a whole report: its claims, then what was not read."""
    for result in report.results:
        yield from of_result(report, result, width=width, unicode=unicode)
    for u in report.document.unread:
        hint = f"\n{'' if u.hint.startswith('did you') else 'try: '}{u.hint}" if u.hint else ""
        yield Complaint(u.line, u.column, "unread", "formula", u.message + hint)


def trusting(report: Report) -> Iterator[Complaint]:
    """What is proved but trusts rules by name: a line each, in a derivation one for the goal."""
    for result in report.results:
        name = f"{kind(result.goal).lower()} {result.goal.name}".strip()
        proved = [row for row in result.rows if row.status == PROVED]
        rows = [row for row in proved if row.trusts and row.line]
        for row in rows:
            yield Complaint(row.line or 1, row.column or 1, "trusting", name, row.verdict_words)
        if result.trusts and not rows:
            yield Complaint(result.goal.line, 1, "trusting", name, result.verdict_words)


def of_result(
    report: Report, result: Result, *, width: int = 80, unicode: bool = True
) -> Iterator[Complaint]:
    """The complaints about one result; none if it is proved and as expected."""
    goal = result.goal
    name = f"{kind(goal).lower()} {goal.name}".strip()
    layout = Layout(report, width, unicode, "lines")
    told = False
    if isinstance(goal, Claim):
        for row in result.rows:
            if row.status != PROVED:
                words = "\n".join(
                    "".join(s for s, _ in line).removeprefix("  ") for line in layout.notes(row, 0)
                )
                told = True
                yield Complaint(
                    row.line or goal.line, row.column or 1, row.status, name, words or row.status
                )
    status = result.status if result.status != PROVED else "unexpected"
    if not told and result.verdict.admitted and result.status == PROVED:
        yield Complaint(goal.line, 1, ADMITTED, name, result.message)
    elif not told and (result.status != PROVED or result.agrees is False):
        message = result.message or ("admitted, not proved" if status == ADMITTED else "")
        said = [f"{status}: {message}" if message else status]
        if result.agrees is False and result.expect is not None:
            context = report.document.context
            for label, e in (("found   ", result.answer), ("expected", result.expect)):
                said.append(f"{label} {text(e, context, unicode=unicode)}")
        yield Complaint(goal.line, 1, status, name, "\n".join(said))
