"""Certificates of whole reports: every proved line and claim, judged by the core once more.

In comes a report of results with their proofs, and the judge that proved them; out comes the same
report with a certificate as plain data, and with what each line and each result rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as with_

from symcheck.certify.builder import Th
from symcheck.core.judge import Claim, Refusal
from symcheck.core.terms import Refused
from symcheck.judging.proofs import REFUSES, Judge, Judged
from symcheck.judging.result import PROVED, UNPROVED, Certified, Report, Result, Row
from symcheck.reading.document import Document, Solve
from symcheck.search.steps import OutOfTime

__all__ = ["attached", "certified", "without"]

Place = tuple[int, int | str]  # the number of a result, and that of a row, or WHOLE, or MORE
WHOLE, MORE = "whole", "more"  # MORE is what an induction proves beyond its two parts


def attached(report: Report, judge: Judge) -> Report:
    """The report with its certificate; where none can be made, nothing of it is proved.

    What makes certificates is not believed, and may fail.
    """
    try:
        return certified(report, judge)
    except OutOfTime:
        raise
    except Exception as no:
        return without(report, f"{type(no).__name__}: {no}")


def certified(report: Report, judge: Judge) -> Report:
    """The report with its certificate; what the core refuses is not proved any more."""
    if not any(_provable(r) for r in report.results):
        return report
    work = _Work(judge, report.document)
    results = [work.result(n, r) for n, r in enumerate(report.results)]
    certificate, verdict = judge.judged(work.claims)
    if isinstance(verdict, Refusal):
        why = f"{REFUSES}{verdict.reason}"
        results = [_unproved(r, why) for r in results]
    else:
        results = _told(results, dict(zip(work.places, verdict, strict=True)))
    told = Certified(judge.env.bridge.data, certificate, verdict)
    return with_(report, results=tuple(results), certified=told)


def without(report: Report, why: str) -> Report:
    """A report of which no certificate could be made: nothing is proved."""
    results = tuple(_unproved(r, f"no certificate: {why}") for r in report.results)
    return with_(report, results=results, certified=Certified(None, None, (), (why,)))


def _told(results: list[Result], claims: dict[Place, Claim]) -> list[Result]:
    """The results with what the core says that was proved."""
    made = []
    for n, r in enumerate(results):
        rows = [
            with_(row, theorem=claims[n, k].theorem) if (n, k) in claims else row
            for k, row in enumerate(r.rows)
        ]
        whole = claims[n, WHOLE].theorem if (n, WHOLE) in claims else None
        made.append(with_(r, rows=tuple(rows), theorem=whole))
    return made


def _provable(r: Result) -> bool:
    """Is the result proved, or a line that somebody wrote?"""
    return r.status == PROVED or any(_own(row) for row in r.rows)


def _own(row: Row) -> bool:
    """Is the line proved by a proof of its own?"""
    return row.status == PROVED and row.proof is not None


def _unproved(r: Result, why: str) -> Result:
    rows = tuple(with_(k, status=UNPROVED, message=why) if _own(k) else k for k in r.rows)
    r = with_(r, rows=rows)
    if r.status != PROVED:
        return r
    verdict = with_(r.verdict, proved=False, reason=why)
    return with_(r, status=UNPROVED, message=why, verdict=verdict)


class _Work:
    """One report on its way: its claims so far, and where each belongs."""

    def __init__(self, judge: Judge, document: Document) -> None:
        self.judge, self.document = judge, document
        self.claims: list[tuple[str, Th]] = []
        self.places: list[Place] = []
        self._at = 0  # the number of the result at work

    def result(self, n: int, r: Result) -> Result:
        """The result with what it trusts and rests on; its claims are remembered."""
        name = r.goal.name or f"line {r.goal.line}"
        self._at, before = n, len(self.claims)
        try:
            if r.status != PROVED:
                return self._in_part(name, r)
            made = self._found(r.proof)
            if isinstance(r.goal, Solve):
                return self._solved(name, r, made)
            told = self._rows(name, r, made)
            whole = self.judge.beyond(r.proof)
            if whole is not None:  # the step of an induction proves more than it says
                goal = next(g for g in self.document.goals if g.line == r.goal.line)
                self._claim(goal.name or f"line {goal.line}", whole, MORE)
            return told
        except Refused as no:
            del self.claims[before:], self.places[before:]
            return _unproved(r, str(no))

    def _found(self, proof: object) -> Judged:
        made = self.judge.found(proof)  # type: ignore[arg-type]
        if made is None:
            raise Refused("the core has judged no certificate of it")
        return made

    def _claim(self, name: str, th: Th, part: int | str = WHOLE) -> None:
        self.claims.append((name, th))
        self.places.append((self._at, part))

    def _row(self, row: Row, *ths: Th) -> Row:
        """The line with what these theorems rest on and trust."""
        trusts = frozenset[str]().union(*(th.theorem.trusts for th in ths))
        return with_(row, trusts=tuple(sorted(trusts)), used=self.judge.used(*ths))

    def _in_part(self, name: str, r: Result) -> Result:
        """A result that is not proved: those of its lines that are."""
        rows = []
        for k, row in enumerate(r.rows):
            if _own(row):
                th = self._found(row.proof).line
                self._claim(f"{name}, {k}", th, k)
                row = self._row(row, th)
            rows.append(row)
        return with_(r, rows=tuple(rows))

    def _rows(self, name: str, r: Result, made: Judged) -> Result:
        """Every line is a claim of its own, unless it says the whole."""
        rows, ths, done = [], list[Th](), 0
        for k, row in enumerate(r.rows):
            first, last = row.steps
            if row.proof is not None:  # its steps are counted from its own beginning
                first, last = done, done + last
            done = last
            if row.status == PROVED and first < last:
                ths.append(self._line(name, k, made.steps[first:last], made))
                row = self._row(row, ths[-1])
            rows.append(row)
        self._claim(name, made.line)
        again = self.judge.warranted(made, *ths)
        if again is not None and again.reason:
            raise Refused(again.reason)
        trusts = sorted(made.line.theorem.trusts.union(*(row.trusts for row in rows)))
        return with_(r, rows=tuple(rows), trusts=tuple(trusts))

    def _line(self, name: str, k: int, ths: Sequence[Th], made: Judged) -> Th:
        if (ths[0].lhs, ths[-1].rhs) == (made.whole.lhs, made.whole.rhs):
            return made.line
        th = self.judge.line(ths)
        self._claim(f"{name}, {k}", th, k)
        return th

    def _solved(self, name: str, r: Result, made: Judged) -> Result:
        """An equation and its solution: each line follows from the one before it."""
        self._claim(name, made.line)
        rows = tuple(self._row(row, *made.steps[slice(*row.steps)]) for row in r.rows)
        return with_(r, rows=rows, trusts=tuple(sorted(made.line.theorem.trusts)))
