"""What a session finds out about a goal: the lines to show, their grounds, the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symcheck.facts.context import NOTHING, Used
from symcheck.numbers.comparison import Comparison, Witness
from symcheck.reading.document import Document, Goal
from symcheck.rules.proof import Proof, Verdict

__all__ = ["Certified", "Report", "Result", "Row"]


@dataclass(frozen=True)
class Certified:
    """Declarations and a certificate as plain data, and what the core answers to them.

    ``verdict`` is a tuple of ``core.judge.Claim`` or a ``core.judge.Refusal``; ``untold`` says
    why there is none, where none could be made.
    """

    declarations: Any
    certificate: Any
    verdict: Any
    untold: tuple[str, ...] = ()


PROVED, REFUTED, UNPROVED, ADMITTED = "proved", "refuted", "unproved", "admitted"


def trusting(status: str, trusts: Sequence[str], resting: str = "") -> str:
    """A status, and the names of the rules that a proof trusts."""
    if status not in (PROVED, REFUTED):
        return status
    return f"{status}{resting}, trusting: {', '.join(trusts)}" if trusts else f"{status}{resting}"


@dataclass(frozen=True)
class Row:
    """One line as a lecture shows it.

    ``expr`` is the right-hand side after this line (an equation in a ``solve``), in
    written order; ``reasons`` name the rules and grounds in the order of their use;
    ``steps`` says which primitive steps of the proof it stands for; ``comparison`` is
    the numerical second opinion on "line before = this line" (None: not asked).

    For a line that somebody wrote: ``line``, ``column`` and ``text`` say where it stands
    and how it is spelled; ``witness`` is a distribution on which it is false;
    ``residual`` is what is left of the difference, ``hint`` what would close it.
    """

    expr: Any
    reasons: tuple[str, ...] = ()
    steps: tuple[int, int] = (0, 0)
    used: Used = NOTHING
    comparison: Comparison | None = None
    status: str = PROVED
    message: str = ""
    line: int | None = None
    column: int | None = None
    text: str = ""
    witness: Witness | None = None
    residual: Any | None = None
    hint: str = ""
    trusts: tuple[str, ...] = ()  # rules without a certificate that the line rests on
    proof: Proof | None = None  # of this line alone, where somebody wrote it
    theorem: Any | None = None  # the line as the core has proved it

    @property
    def verdict_words(self) -> str:
        """The status, and what it trusts: ``proved, trusting: rule4``."""
        return trusting(self.status, self.trusts)


@dataclass(frozen=True)
class Result:
    """One goal: its proof, the judge's verdict, and the rows that show it.

    ``rows[0].expr`` is the expression started from (no reasons).  ``expect`` is what
    the author expected, ``agrees`` whether the proof's end equals it (None: nothing
    was expected), ``grounds`` how the end and the expectation were seen to be equal.
    """

    goal: Goal
    status: str
    proof: Proof
    verdict: Verdict
    rows: tuple[Row, ...]
    expect: Any | None = None
    agrees: bool | None = None
    grounds: tuple[str, ...] = ()
    message: str = ""
    lemmas: tuple[str, ...] = ()
    trusts: tuple[str, ...] = ()  # as of the rows, and of the cited results
    theorem: Any | None = None  # the whole as the core has proved it

    @property
    def verdict_words(self) -> str:
        """The status, and what a proof trusts: ``proved, trusting: rule4``."""
        admitted = " from what is admitted" if self.verdict.admitted else ""
        return trusting(self.status, self.trusts, admitted)

    @property
    def used(self) -> Used:
        """The assumptions that the result rests on."""
        return self.verdict.used

    @property
    def answer(self) -> Any:
        """The last expression of the proof."""
        return self.proof.goal


@dataclass(frozen=True)
class Report:
    """All results of one document; ``seed`` and ``samples`` of the numerical check, if any."""

    document: Document
    results: Sequence[Result]
    seed: int | None = None
    samples: int | None = None
    seconds: float | None = None
    certified: Certified | None = None  # what the core says of it

    @property
    def ok(self) -> bool:
        """Is everything read, proved, as expected, and agreed by the numerical check?"""
        return not self.document.unread and all(
            r.status == PROVED
            and not r.verdict.admitted
            and r.agrees is not False
            and not any(row.comparison and row.comparison.differs for row in r.rows)
            for r in self.results
        )
