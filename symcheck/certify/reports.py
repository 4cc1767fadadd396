"""Certificates of whole reports: every proved line and claim, judged by the core.

In comes a report of results with their proofs; out comes the same report with a certificate, and
with what each line and each result trusts.
"""

from __future__ import annotations

from dataclasses import replace as with_

from symcheck.certify.asking import env_of
from symcheck.certify.bridge import Untold
from symcheck.certify.builder import Th
from symcheck.certify.env import Env
from symcheck.certify.lines import line
from symcheck.certify.makers import MAKERS
from symcheck.certify.makers.algebra import at_values
from symcheck.certify.makers.equations import inducted, next_equation
from symcheck.certify.steps import step_theorem
from symcheck.core.judge import Claim, Refusal, judge, ranges
from symcheck.core.terms import Refused, Term, mentions
from symcheck.document import Induct, Solve
from symcheck.expr import flat, replace
from symcheck.kernel import HYPOTHESIS, Lemma, Proof, Step
from symcheck.result import ADMITTED, PROVED, UNPROVED, Certified, Report, Result, Row

__all__ = ["certified", "theorem_of"]

Place = tuple[int, int | str]  # the number of a result, and that of a row, or WHOLE, or MORE
WHOLE, MORE = "whole", "more"  # MORE is what an induction proves beyond its two parts
UNTOLD = "no words"  # what the core has no words for is trusted by this name


def certified(report: Report) -> Report:
    """The report with its certificate; what the core refuses is not proved any more."""
    if not any(_provable(r) for r in report.results):
        return report
    work = _Work(env_of(report.document.context), report)
    results = [work.result(n, r) for n, r in enumerate(report.results)]
    certificate = work.env.b.certificate(work.claims)
    data = work.env.bridge.data
    verdict = judge(data, certificate)
    if isinstance(verdict, Refusal):
        results = [_refused(r, verdict) for r in results]
    else:
        results = _told(results, dict(zip(work.places, verdict, strict=True)))
    told = Certified(data, certificate, verdict, tuple(work.untold))
    return with_(report, results=tuple(results), certified=told)


def theorem_of(proof: Proof) -> Th:
    """The line of one proof that cites nothing, as the core has it; what it trusts is in it.

    Raises Refused or Untold where the core does not accept it, or has no words for it.
    """
    env = env_of(proof.context)
    current, ths = proof.start, list[Th]()
    for step in proof.steps:
        ths.append(step_theorem(env, current, step, MAKERS, {}))
        current = step.result
    return line(env, _chain(env, env.bridge.term(proof.start), ths))


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


def _refused(r: Result, no: Refusal) -> Result:
    why = f"the core refuses the certificate: {no.reason}"
    rows = tuple(with_(k, status=UNPROVED, message=why) if _own(k) else k for k in r.rows)
    r = with_(r, rows=rows)
    if r.status != PROVED:
        return r
    verdict = with_(r.verdict, proved=False, reason=why)
    return with_(r, status=UNPROVED, message=why, verdict=verdict)


class Empty(Refused):
    """A result that speaks of an index which it does not mention, and which may not be there."""


class _Work:
    """One report on its way: its claims so far, and the results that may be cited."""

    def __init__(self, env: Env, report: Report) -> None:
        self.env, self.report = env, report
        self.base: Th | None = None  # of the induction that is under way
        self.claims: list[tuple[str, Th]] = []
        self.places: list[Place] = []
        self._at = 0  # the number of the result at work
        self.untold: list[str] = []
        self.lemmas: dict[str, Lemma] = {}
        env.known = self.lemmas

    def result(self, n: int, r: Result) -> Result:
        """The result with what it trusts; its claims are remembered."""
        name = r.goal.name or f"line {r.goal.line}"
        self._at, before = n, len(self.claims)
        try:
            if r.status != PROVED:
                return self._in_part(name, r)
            if isinstance(r.goal, Solve):
                return self._solved(name, r)
            if isinstance(r.goal, Induct):
                return self._part(name, r)
            return self._derived(name, r)
        except Empty as no:
            del self.claims[before:], self.places[before:]
            verdict = with_(r.verdict, proved=False, reason=str(no))
            return with_(r, status=UNPROVED, message=str(no), verdict=verdict)
        except (Untold, Refused, RecursionError) as no:
            self.untold.append(f"{name}: {no}")
            del self.claims[before:], self.places[before:]
            rows = tuple(with_(k, trusts=(UNTOLD,)) if k.status == PROVED else k for k in r.rows)
            return with_(r, rows=rows, trusts=(UNTOLD,) if r.status == PROVED else ())

    def _claim(self, name: str, th: Th, part: int | str = WHOLE) -> None:
        self.claims.append((name, self._settled(th)))
        self.places.append((self._at, part))

    def _settled(self, th: Th) -> Th:
        """The theorem without what is declared of an index that it does not mention.

        The index stands for the first number of its range.  Raises Empty where there may be none.
        """
        env = self.env
        for name in sorted(ranges(env.declared, th.theorem.uses)):
            if mentions(th.says, ("c", name)):
                continue
            own = env.context.ranges.get(env.context.indices[name])
            if own is not None:
                th = at_values(env, th, {("c", name): env.bridge.term(own[0])}, frozenset())
            if own is None or th.hyps:
                raise Empty(f"rests on what is declared of {name}, and there may be no such number")
        return th

    def _in_part(self, name: str, r: Result) -> Result:
        """A result that is not proved: those of its lines that are."""
        rows = []
        for k, row in enumerate(r.rows):
            if row.proof is None or row.status != PROVED:
                rows.append(row)
                continue
            th = line(self.env, self._proved(row.proof)[1])
            self._claim(f"{name}, {k}", th, k)
            rows.append(with_(row, trusts=tuple(sorted(th.theorem.trusts))))
        if r.status == ADMITTED:
            self._admitted(name, r)
        return with_(r, rows=tuple(rows))

    def _derived(self, name: str, r: Result) -> Result:
        ths, th = self._proved(r.proof)
        if th.hyps:
            raise Refused(f"{len(th.hyps)} hypotheses are left")
        told = self._rows(name, r, ths, line(self.env, th))
        self._remember(r, th)
        return told

    def _proved(self, proof: Proof) -> tuple[list[Th], Th]:
        """The theorems of the steps, and that of all of them."""
        ths, current = list[Th](), proof.start
        for step in proof.steps:
            ths.append(step_theorem(self.env, current, step, MAKERS, self.lemmas))
            current = step.result
        return ths, _chain(self.env, self.env.bridge.term(proof.start), ths)

    def _rows(self, name: str, r: Result, ths: list[Th], whole: Th) -> Result:
        """The result with what its rows and all of it trust."""
        rows, done = [], 0
        for k, row in enumerate(r.rows):
            first, last = row.steps
            if row.proof is not None:  # its steps are counted from its own beginning
                first, last = done, done + last
            rows.append(self._row(name, k, row, ths[first:last], whole))
            done = last
        self._claim(name, whole)
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
        goals = self.report.document.goals
        whole = next(g for g in goals if isinstance(g, Induct) and g.line == goal.line)
        is_step = r.proof.start != flat(replace(flat(whole.lhs), {whole.index: whole.first}))
        if not is_step:
            ths, self.base = self._proved(r.proof)
            th = self.base
            return self._rows(name, r, ths, line(env, th))
        left, right = flat(whole.lhs), flat(whole.rhs)
        assumed = env.assume(("=", env.bridge.term(left), env.bridge.term(right)))
        self.lemmas[HYPOTHESIS] = Lemma(HYPOTHESIS, (), left, right, env.context)
        env.lemmas[HYPOTHESIS], env.given = assumed, assumed.hyps
        try:
            ths, th = self._proved(r.proof)
        finally:
            del self.lemmas[HYPOTHESIS], env.lemmas[HYPOTHESIS]
            env.given = frozenset()
        told = self._rows(name, r, ths, line(env, th))
        if self.base is None:
            raise Untold("an induction without a beginning")
        both = inducted(env, env.bridge.term(whole.index), env.bridge.term(whole.first),
                        (assumed, self.base, th))  # fmt: skip
        self._claim(whole.name or f"line {whole.line}", line(env, both), MORE)
        return told

    def _row(self, name: str, k: int, row: Row, ths: list[Th], whole: Th) -> Row:
        """A line with what it trusts; it is a claim of its own unless it says the whole."""
        if row.status != PROVED or not ths:
            return row
        if (ths[0].lhs, ths[-1].rhs) == (whole.lhs, whole.rhs):
            return with_(row, trusts=tuple(sorted(whole.theorem.trusts)))
        th = line(self.env, _chain(self.env, ths[0].lhs, ths))
        self._claim(f"{name}, {k}", th, k)
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
        self._claim(name, whole)
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
