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
from symcheck.certify.makers.equations import inducted, next_equation
from symcheck.certify.steps import step_theorem
from symcheck.core.judge import Refusal, judge
from symcheck.core.terms import Refused, Term
from symcheck.document import Induct, Solve
from symcheck.expr import flat, replace
from symcheck.kernel import HYPOTHESIS, Lemma, Step
from symcheck.result import ADMITTED, PROVED, UNPROVED, Certified, Report, Result, Row

__all__ = ["certified"]

UNTOLD = "no words"  # what the core has no words for is trusted by this name


def certified(report: Report) -> Report:
    """The report with its certificate; what the core refuses is not proved any more."""
    if not any(r.status == PROVED for r in report.results):
        return report
    work = _Work(Env(report.document.context), report)
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

    def __init__(self, env: Env, report: Report) -> None:
        self.env, self.report = env, report
        self.base: Th | None = None  # of the induction that is under way
        self.claims: list[tuple[str, Th]] = []
        self.untold: list[str] = []
        self.lemmas: dict[str, Lemma] = {}
        env.known = self.lemmas

    def result(self, n: int, r: Result) -> Result:
        """The result with what it trusts; its claims are remembered."""
        name = r.goal.name or f"line {r.goal.line}"
        if r.status == ADMITTED:
            self._admitted(name, r)
        if r.status != PROVED:
            return r
        try:
            if isinstance(r.goal, Solve):
                return self._solved(name, r)
            if isinstance(r.goal, Induct):
                return self._part(name, r)
            return self._derived(name, r)
        except (Untold, Refused) as no:
            self.untold.append(f"{name}: {no}")
            return with_(r, trusts=(UNTOLD,))

    def _derived(self, name: str, r: Result) -> Result:
        ths, th = self._proved(r)
        if th.hyps:
            raise Refused(f"{len(th.hyps)} hypotheses are left")
        told = self._told(name, r, ths, line(self.env, th))
        self._remember(r, th)
        return told

    def _proved(self, r: Result) -> tuple[list[Th], Th]:
        """The theorems of the steps, and that of all of them."""
        ths, current = list[Th](), r.proof.start
        for step in r.proof.steps:
            ths.append(step_theorem(self.env, current, step, MAKERS, self.lemmas))
            current = step.result
        return ths, _chain(self.env, self.env.bridge.term(r.proof.start), ths)

    def _told(self, name: str, r: Result, ths: list[Th], whole: Th) -> Result:
        """The result with what its rows and all of it trust."""
        rows = [self._row(f"{name}, {k}", row, ths, whole) for k, row in enumerate(r.rows)]
        self.claims.append((name, whole))
        trusts = sorted(whole.theorem.trusts.union(*(row.trusts for row in rows)))
        return with_(r, rows=tuple(rows), trusts=tuple(trusts))

    def _admitted(self, name: str, r: Result) -> None:
        """What its author admits may be cited, and is trusted by its name."""
        sides = [self.env.bridge.term(e) for e in (r.proof.start, r.proof.goal)]
        self._remember(r, self.env.trust(f"admitted: {name}"[:100], ("=", *sides)))

    # ------------------------------------------------------------ induction

    def _part(self, name: str, r: Result) -> Result:
        """The base case or the step of an induction; with the step comes the whole claim."""
        env, goal = self.env, r.goal
        whole = next(g for g in self.report.document.goals if g.line == goal.line)
        is_step = goal.lhs != flat(replace(flat(whole.lhs), {whole.index: whole.first}))
        if not is_step:
            ths, th = self._proved(r)
            self.base = th
            return self._told(name, r, ths, line(env, th))
        sides = [flat(whole.lhs), flat(whole.rhs)]
        assumed = env.assume(("=", *map(env.bridge.term, sides)))
        self.lemmas[HYPOTHESIS] = Lemma(HYPOTHESIS, (), *sides, env.context)
        env.lemmas[HYPOTHESIS], env.given = assumed, assumed.hyps
        ths, th = self._proved(r)
        del self.lemmas[HYPOTHESIS], env.lemmas[HYPOTHESIS]
        env.given = frozenset()
        told = self._told(name, r, ths, line(env, th))
        both = inducted(env, env.bridge.term(whole.index), env.bridge.term(whole.first),
                        (assumed, self.base, th))  # fmt: skip
        self.claims.append((whole.name or f"line {whole.line}", line(env, both)))
        return told

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
        self.lemmas[name] = Lemma(name, free, start, proof.goal, env.context)
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
        return next_equation(self.env, th, before, step, self.lemmas)


def _chain(env: Env, start: Term, ths: list[Th]) -> Th:
    return env.b.trans(*ths) if ths else env.b.refl(start)
