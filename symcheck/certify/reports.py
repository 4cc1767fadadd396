"""Certificates of whole reports: every proved line and claim, judged by the core.

In comes a report of results with their proofs; out comes the same report with a certificate, and
with what each line and each result trusts.
"""

from __future__ import annotations

from dataclasses import replace as with_

from symcheck.certify.bridge import Untold
from symcheck.certify.builder import Th
from symcheck.certify.env import Env
from symcheck.certify.lines import line
from symcheck.certify.makers import MAKERS
from symcheck.certify.steps import step_theorem
from symcheck.core.judge import Refusal, judge
from symcheck.core.terms import Refused, Term
from symcheck.document import Solve
from symcheck.expr import flat
from symcheck.kernel import Lemma, Step
from symcheck.result import PROVED, UNPROVED, Certified, Report, Result, Row

__all__ = ["certified"]

UNTOLD = "no words"  # what the core has no words for is trusted by this name


def certified(report: Report) -> Report:
    """The report with its certificate; what the core refuses is not proved any more."""
    if not any(r.status == PROVED for r in report.results):
        return report
    work = _Work(Env(report.document.context))
    results = [work.result(n, r) for n, r in enumerate(report.results)]
    certificate = work.env.b.certificate(work.claims)
    data = work.env.bridge.data
    verdict = judge(data, certificate)
    if isinstance(verdict, Refusal):
        results = [_refused(r, verdict) for r in results]
    told = Certified(data, certificate, verdict, tuple(work.untold))
    return with_(report, results=tuple(results), certified=told)


def _refused(r: Result, no: Refusal) -> Result:
    if r.status != PROVED:
        return r
    return with_(r, status=UNPROVED, message=f"the core refuses the certificate: {no.reason}")


class _Work:
    """One report on its way: its claims so far, and the results that may be cited."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.claims: list[tuple[str, Th]] = []
        self.untold: list[str] = []
        self.lemmas: dict[str, Lemma] = {}

    def result(self, n: int, r: Result) -> Result:
        """The result with what it trusts; its claims are remembered."""
        if r.status != PROVED:
            return r
        name = r.goal.name or f"line {r.goal.line}"
        try:
            if isinstance(r.goal, Solve):
                return self._solved(name, r)
            return self._derived(name, r)
        except (Untold, Refused) as no:
            self.untold.append(f"{name}: {no}")
            return with_(r, trusts=(UNTOLD,))

    def _derived(self, name: str, r: Result) -> Result:
        env = self.env
        ths, current = [], r.proof.start
        for step in r.proof.steps:
            ths.append(step_theorem(env, current, step, MAKERS, self.lemmas))
            current = step.result
        whole = line(env, _chain(env, env.bridge.term(r.proof.start), ths))
        rows = [self._row(f"{name}, {k}", row, ths, whole) for k, row in enumerate(r.rows)]
        self.claims.append((name, whole))
        self._remember(r, whole.of[0])
        trusts = sorted(whole.theorem.trusts.union(*(row.trusts for row in rows)))
        return with_(r, rows=tuple(rows), trusts=tuple(trusts))

    def _row(self, name: str, row: Row, ths: list[Th], whole: Th) -> Row:
        first, last = row.steps
        if row.status != PROVED or first == last:
            return row
        if (first, last) == (0, len(ths)):
            return with_(row, trusts=tuple(sorted(whole.theorem.trusts)))
        th = line(self.env, _chain(self.env, ths[first].lhs, ths[first:last]))
        self.claims.append((name, th))
        return with_(row, trusts=tuple(sorted(th.theorem.trusts)))

    def _remember(self, r: Result, th: Th) -> None:
        """What was proved may be cited from now on, for all values of its free indices."""
        env, proof = self.env, r.proof
        name = r.goal.name or str(proof.start)
        free = tuple(i for i in env.context.indices.values() if proof.start.has(i))
        start = flat(proof.start)
        self.lemmas[name] = Lemma(name, free, start, proof.goal)
        front = env.equal(env.bridge.term(start), th.lhs)
        if front is not None:
            env.lemmas[name] = env.b.trans(front, th)

    # ------------------------------------------------------------ equations

    def _solved(self, name: str, r: Result) -> Result:
        """``if l = r then u = value``: each step leads from one equation to the next."""
        start = r.proof.start
        left, right = map(self.env.bridge.term, (start.lhs, start.rhs))
        th = self.env.assume(("=", left, right))
        current, trusts = start, []
        for step in r.proof.steps:
            th = self._equation(th, current, step)
            trusts.append(frozenset(th.theorem.trusts))
            current = step.result
        whole = line(self.env, th)
        self.claims.append((name, whole))
        rows = [
            with_(row, trusts=tuple(sorted(frozenset().union(*trusts[slice(*row.steps)]))))
            for row in r.rows
        ]
        return with_(r, rows=tuple(rows), trusts=tuple(sorted(whole.theorem.trusts)))

    def _equation(self, th: Th, before: object, step: Step) -> Th:
        """The next equation, from the one before."""
        from symcheck.certify.makers.equations import next_equation

        return next_equation(self.env, th, before, step, self.lemmas)


def _chain(env: Env, start: Term, ths: list[Th]) -> Th:
    return env.b.trans(*ths) if ths else env.b.refl(start)
