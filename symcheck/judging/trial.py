"""The goals of a document in a context that knows less: which of them still come out?

Where no theorem rests on what is missing, the old certificates are judged without it.  Else the
old proof is judged anew; where that fails, the models look for a distribution on which the
result is false, and search for another proof.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as _with
from itertools import pairwise
from typing import Any

from symcheck.facts.context import Assumption, Context
from symcheck.judging.checking import check_claim
from symcheck.judging.proofs import Judge
from symcheck.judging.refutation import by_laws, by_spaces
from symcheck.judging.result import ADMITTED, PROVED, Result
from symcheck.judging.session import add_lemma, at_solution, compare, derive_goal, induct, meet
from symcheck.judging.weaker import declared, mapped
from symcheck.language.expr import flat
from symcheck.language.ring import TooLarge
from symcheck.numbers.comparison import Witness
from symcheck.reading.document import Claim, Derive, Document, Goal, Induct, Solve
from symcheck.rules.proof import HYPOTHESIS, Lemma, Proof, Step, Verdict
from symcheck.search.derive import join
from symcheck.search.steps import ASSUMING
from symcheck.system.limits import OutOfTime, deadline

__all__ = ["Loss", "Place", "Shown", "Trial", "holds"]

# A witness, before another proof is looked for: few spaces, in seconds that are hardly ever needed.
AT_ONCE = 1.5
FEW = 20
SECONDS = 4.0  # where there is no other proof

Place = tuple[int, int]  # the goal, from 1, and the line in it
Lemmas = dict[str, Lemma]


@dataclass(frozen=True)
class Shown:
    """A witness, what is not equal on it, and whether assumed equations are left aside there."""

    witness: Witness
    left: Any
    right: Any
    aside: bool = False


@dataclass(frozen=True)
class Loss:
    """A goal that does not come out: the first line of its proof that breaks, and why.

    ``line`` is None where that is what the proof starts from.  ``decided`` is False where the
    time was too short to look for another proof.
    """

    place: Place
    line: Any
    reason: str
    decided: bool = True
    shown: Shown | None = None


@dataclass(frozen=True)
class Line:
    """One line of a proof: its number, what it equates, and its steps.

    A line of a claim has its number in the file; others count from 1, and 0 is the start.
    """

    number: int
    before: Any
    after: Any
    first: int
    end: int


@dataclass(frozen=True)
class Try:
    """A goal, and its result with all assumptions by what was ``known`` from goals before it.

    An induction has two parts.
    """

    goal: Goal
    result: Result
    known: Lemmas
    part: int = 0

    @property
    def ends(self) -> tuple[Any, Any]:
        """What is to be equal: to what its author expects, else to what was found."""
        goal = self.goal
        if isinstance(goal, Claim):
            return goal.lhs, goal.chain[-1].expr if goal.rhs is None else goal.rhs
        if isinstance(goal, (Induct, Solve)):
            return goal.lhs, goal.rhs
        return self.result.proof.start, self.expect

    @property
    def expect(self) -> Any:
        """What a ``derive`` or ``solve`` has to find: what it did find, if nothing is expected."""
        if isinstance(self.goal, (Derive, Solve)) and self.goal.expect is not None:
            return self.goal.expect
        answer = self.result.answer
        return answer.rhs if isinstance(self.goal, Solve) else answer

    def lines(self) -> list[Line]:
        """The lines that a report shows, with the steps that carry each."""
        goal, result = self.goal, self.result
        if not isinstance(goal, Claim):
            rows = enumerate(pairwise(result.rows), start=1)
            return [Line(n, a.expr, b.expr, *b.steps) for n, (a, b) in rows]
        shown = [(c.line, c.expr) for c in goal.chain] or [(goal.line, goal.lhs)]
        if shown[0][1] != goal.lhs:
            shown.insert(0, (goal.line, goal.lhs))
        if goal.rhs is not None and (len(shown) == 1 or shown[-1][1] != goal.rhs):
            shown.append((goal.line, goal.rhs))
        first, steps, found = 0, result.proof.steps, []
        for (_, before), (number, after) in pairwise(shown):
            ends = (n + 1 for n in range(first, len(steps)) if steps[n].result == after)
            end = next(ends, first)
            found.append(Line(number, before, after, first, end))
            first = end
        return found


@dataclass(frozen=True)
class Stood:
    """The verdict on an old proof in a context that knows less, and who judged which proof."""

    verdict: Verdict
    judge: Judge
    proof: Proof


class Trial:
    """All goals of a document, to be judged in contexts that know less.

    ``timeout`` is in seconds, for each goal and each search for another proof of it.
    """

    def __init__(self, document: Document, timeout: float) -> None:
        self.document, self.timeout = document, timeout
        self.tries: list[Try] = []
        self._contexts: dict[frozenset[Assumption], Context] = {}
        self._losses: dict[frozenset[Assumption], Loss | None] = {}
        self._stood: dict[Any, Stood] = {}
        self._met: dict[int, Proof | None] = {}  # from what was found to what is expected
        self._lines: dict[Any, Loss | None] = {}
        self._judges: dict[frozenset[Assumption], Judge] = {}
        context, lemmas = document.context, dict[str, Lemma]()
        judge = self.judge(context)
        for goal in document.goals:
            known = dict(lemmas)
            if isinstance(goal, Induct):
                parts = induct(judge, goal, known)
                self.tries += [Try(goal, result, known, n) for n, result in enumerate(parts)]
                continue
            if isinstance(goal, Claim):
                result = check_claim(judge, goal, known, timeout)
            else:
                result = derive_goal(judge, goal, known, hints=False)
            self.tries.append(Try(goal, result, known))
            _learn(lemmas, context, result)

    def loss(self, context: Context) -> Loss | None:
        """The first goal that does not come out in this context, or None if all do.

        Only goals that hold with all assumptions are looked at.
        """
        key = self._key(context)
        if key not in self._losses:
            self._losses[key] = self._loss(self._contexts[key])
        return self._losses[key]

    def judge(self, context: Context) -> Judge:
        """The judge of a context."""
        key = self._key(context)
        if key not in self._judges:
            self._judges[key] = Judge(self._contexts[key])
        return self._judges[key]

    def _key(self, context: Context) -> frozenset[Assumption]:
        """What a context knows; the first that knows it stands for all, and for its answers."""
        key = frozenset(declared(context))
        self._contexts.setdefault(key, context)
        return key

    def _loss(self, context: Context) -> Loss | None:
        lemmas: Lemmas = {}
        for g, one in enumerate(self.tries, start=1):
            result = _with(one.result, proof=_proof(one.result, context))
            broken = self._broken(context, g, one, lemmas) if holds(result) else None
            if broken is not None:
                shown = self._shown(context, one, broken, AT_ONCE)
                if shown:
                    return _with(broken, shown=shown)
                try:
                    with deadline(self.timeout):
                        again = self._again(context, one, lemmas)
                except OutOfTime:
                    return _with(broken, decided=False)
                if again is None:
                    return broken
                result = again
            _learn(lemmas, context, result)
        return None

    def shown(self, context: Context) -> Shown | None:
        """A distribution on which a goal is false that holds with all assumptions."""
        until = time.monotonic() + SECONDS
        for g, one in enumerate(self.tries, start=1):
            lemmas = _moved(one.known, one.result, context)
            broken = self._broken(context, g, one, lemmas) if holds(one.result) else None
            if broken is not None:
                shown = self._shown(context, one, broken, max(1.0, until - time.monotonic()))
                if shown:
                    return shown
        return None

    def stands(self, context: Context) -> bool:
        """Do all old proofs go through in this context?"""
        return all(
            self._judged(context, one, _moved(one.known, one.result, context)).proved
            for one in self.tries
            if holds(one.result)
        )

    def uses(self, context: Context, a: Assumption) -> tuple[Place, ...]:
        """The lines that rest on an assumption, where the old proofs stand in this context."""
        found = []
        for g, one in enumerate(self.tries, start=1):
            if not holds(one.result):
                continue
            stood = self._stands(context, one, _moved(one.known, one.result, context))
            for line in one.lines() if stood.verdict.proved else ():
                if a in stood.judge.rests(stood.proof, line.first, line.end):
                    found.append((g, line.number))
        return tuple(dict.fromkeys(found))

    # -------------------------------------------------------- one goal

    def _judged(self, context: Context, one: Try, lemmas: Mapping[str, Lemma]) -> Verdict:
        """The verdict on the old proof in this context."""
        return self._stands(context, one, lemmas).verdict

    def _stands(self, context: Context, one: Try, lemmas: Mapping[str, Lemma]) -> Stood:
        """What becomes of the old proof: its own certificate may do, else another is made."""
        key = self._key(context), id(one), frozenset(lemmas.values())
        if key not in self._stood:
            self._stood[key] = self._alone(context, one.result.proof) or self._anew(
                self._contexts[key[0]], one, lemmas
            )
        return self._stood[key]

    def _alone(self, context: Context, proof: Proof) -> Stood | None:
        """A proof with all assumptions, where its certificate does without those that are gone."""
        judge, known = self.judge(self.document.context), declared(context)
        gone = frozenset(a for a in declared(self.document.context) if a not in known)
        made = judge.found(proof)
        if made is None or not judge.accepts_without(made, gone):
            return None
        return Stood(Verdict(True, judge.lines(made)), judge, proof)

    def _anew(self, context: Context, one: Try, lemmas: Mapping[str, Lemma]) -> Stood:
        judge, proof = self.judge(context), _proof(one.result, context)
        if not (isinstance(one.goal, Induct) and one.part):
            return Stood(judge.sealed(proof, lemmas), judge, proof)
        goal = _moved(one.goal, one.result, context)
        assumed = Lemma(HYPOTHESIS, (), flat(goal.lhs), flat(goal.rhs), context)
        return Stood(judge.verdict_from(assumed, proof, lemmas), judge, proof)

    def _broken(
        self, context: Context, g: int, one: Try, lemmas: Mapping[str, Lemma]
    ) -> Loss | None:
        """The first line of the old proof that does not go through; None where all do."""
        if isinstance(one.goal, Claim):
            key = self._key(context), g, frozenset(lemmas.values())
            if key not in self._lines:
                self._lines[key] = self._broken_claim(context, g, one, lemmas)
            return self._lines[key]
        old, lines = one.result, one.lines()
        verdict = self._judged(context, one, lemmas)
        if verdict.proved:
            if isinstance(one.goal, Induct) or old.expect is None:
                return None
            if self._as_expected(context, one, lemmas):
                return None
            words = "what comes out is no longer seen to be what is expected"
            return Loss((g, lines[-1].number if lines else 0), old.proof.goal, words)
        line = next((k for k in lines if len(verdict.lines) <= k.end), None)
        if not verdict.lines or line is None:
            return Loss((g, 0), None, verdict.reason)
        return Loss((g, line.number), line.after, _reason(old.proof.steps, verdict))

    def _broken_claim(
        self, context: Context, g: int, one: Try, lemmas: Mapping[str, Lemma]
    ) -> Loss | None:
        """The first line that has no proof of its own any more, the old one or another."""
        old = one.result
        verdict = self._judged(context, one, lemmas)
        if verdict.proved:
            return None
        if not verdict.lines:
            return Loss((g, one.goal.line), None, verdict.reason)
        for k in one.lines():
            before, after = (_moved(e, old, context) for e in (k.before, k.after))
            steps = _proof(old, context).steps[k.first : k.end]
            own = self.judge(context).sealed(Proof("", context, before, steps, after), lemmas)
            if own.proved:
                continue
            loss = Loss((g, k.number), k.after, _reason(steps, own))
            try:
                with deadline(self.timeout):
                    found = join(context, before, after, lemmas)
            except OutOfTime:
                return _with(loss, decided=False)
            except TooLarge:
                return loss
            if found is None or not self.judge(context).sealed(found, lemmas).proved:
                return loss
        return None

    def _as_expected(self, context: Context, one: Try, lemmas: Mapping[str, Lemma]) -> bool:
        """Is what comes out still seen to be what is expected?"""
        old = one.result
        if id(one) not in self._met:
            met = meet(self.document.context, old.proof.goal, old.expect, one.known)
            if met is not None:
                self.judge(self.document.context).verdict(met, one.known)
            self._met[id(one)] = met
        met = self._met[id(one)]
        if met is not None and self._alone(context, met) is not None:
            return True
        expect = _moved(old.expect, old, context)
        return bool(compare(self.judge(context), _proof(old, context), expect, lemmas)[0])

    def _again(self, context: Context, one: Try, lemmas: Mapping[str, Lemma]) -> Result | None:
        """Another proof of the goal, where it is no claim: all its lines have been tried."""
        goal = _moved(one.goal, one.result, context)
        if isinstance(goal, Claim):
            return None
        if isinstance(goal, Induct):
            made = induct(self.judge(context), goal, lemmas)[one.part]
        else:
            expect = _moved(one.expect, one.result, context)
            made = derive_goal(self.judge(context), _with(goal, expect=expect), lemmas, hints=False)
        return made if holds(made) else None

    def _shown(self, context: Context, one: Try, broken: Loss, seconds: float) -> Shown | None:
        """A distribution on which the goal, or the line that breaks, is false.

        At once only what decides: a derivation may go on without a line that is false.
        """
        old, goal = one.result, _moved(one.goal, one.result, context)
        at_once = seconds <= AT_ONCE
        aside = bool(context.hypotheses) and not self._assumes(one)
        if aside and at_once:
            return None  # another proof may use these equations: that comes first
        world = _with(context, hypotheses=[]) if aside else context
        ends = _moved(one.ends, old, context)
        pairs = [(world, ends)]
        if isinstance(goal, Solve):
            pairs = [at_solution(world, goal, _moved(old.answer, old, context))]
        elif isinstance(goal, Claim) or not at_once:
            for k in one.lines():
                line = _moved((k.before, k.after), old, context)
                if k.number == broken.place[1] and line != ends:
                    pairs.append((world, line))
        until = time.monotonic() + seconds
        for n, (world, (left, right)) in enumerate(pairs, start=1):
            share = (until - time.monotonic()) / (1 if n == len(pairs) else 2)
            witness = self._witness(world, left, right, share, at_once=at_once)
            if witness is not None:
                return Shown(witness, left, right, aside)
        return None

    def _assumes(self, one: Try) -> bool:
        """Does a step of a result, or of an earlier one that it cites, use an assumed equation?"""
        if any(s.rule in ASSUMING for s in one.result.proof.steps):
            return True
        cited = [t for t in self.tries if _name(t.result) in one.result.lemmas and t is not one]
        return any(self._assumes(t) for t in cited)

    def _witness(
        self, context: Context, left: Any, right: Any, seconds: float, *, at_once: bool
    ) -> Witness | None:
        found = by_spaces(context, left, right, seconds, FEW if at_once else None)
        if found is None and not at_once:
            try:
                with deadline(self.timeout):
                    found = by_laws(Judge(context), left, right, {})
            except (OutOfTime, TooLarge):
                return None
        return found


def holds(result: Result) -> bool:
    """Proved, and as expected?"""
    return result.status == PROVED and result.agrees is not False


def _learn(lemmas: Lemmas, context: Context, result: Result) -> None:
    """What later goals may use: as `symcheck derive` and `symcheck check` have it."""
    goal = result.goal
    if isinstance(goal, Derive) and result.verdict.proved:
        add_lemma(lemmas, result.proof, result.verdict)
    elif isinstance(goal, Claim) and result.status in (PROVED, ADMITTED):
        add_lemma(lemmas, result.proof, result.verdict, goal.name, result.status == ADMITTED)


def _reason(steps: Sequence[Step], verdict: Verdict) -> str:
    """Why a proof breaks where it does."""
    last = steps[len(verdict.lines) - 1] if verdict.lines else None
    if last is not None and last.rule == "hypothesis":
        return "this is what the line rests on"
    return verdict.reason


def _name(result: Result) -> str:
    """What later proofs cite the result by."""
    named = result.goal.name if isinstance(result.goal, Claim) else ""
    return named or str(result.proof.start)


def _moved(x: Any, result: Result, context: Context) -> Any:
    """Plain data of a goal in the symbols of another context."""
    symbols = result.proof.context.symbols
    rule = {s: context.symbols[n] for n, s in symbols.items() if context.symbols[n] != s}
    return mapped(x, rule)


def _proof(result: Result, context: Context) -> Proof:
    """The proof of a result as one in another context, which may have fewer assumptions."""
    old = result.proof
    steps = []
    for s in old.steps:
        if s.rule == "hypothesis":
            fact = _moved(old.context.hypotheses[s.binding["number"]], result, context)
            own = context.hypotheses
            number = own.index(fact) if fact in own else len(own)
            s = _with(s, binding={**s.binding, "number": number})
        steps.append(s.by(None))  # its rule is applied anew
    moved = _moved((old.start, tuple(steps), old.goal), result, context)
    return Proof(old.name, context, *moved)
