"""The goals of a document in a context that knows less: which of them still come out?

First the kernel judges the old proof; where that fails, the models look for a distribution
on which the result is false, and search for another proof.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as _with
from itertools import pairwise
from typing import Any

from symcheck.checking import by_value, check_claim, deadline
from symcheck.context import Assumption, Context
from symcheck.document import Claim, Derive, Document, Goal, Induct, Solve
from symcheck.expr import flat
from symcheck.kernel import HYPOTHESIS, Lemma, Proof, Step, Verdict, check
from symcheck.models.comparison import Witness
from symcheck.result import ADMITTED, PROVED, Result
from symcheck.ring import TooLarge
from symcheck.rules import RULES
from symcheck.search import OutOfTime, join
from symcheck.session import add_lemma, at_solution, compare, derive_goal, induct
from symcheck.tied import tied_differ
from symcheck.weaker import declared, mapped

__all__ = ["Loss", "Place", "Shown", "Trial", "holds"]

AT_ONCE = 0.3  # seconds for a witness, before another proof is looked for
SECONDS = 2.0  # where there is no other proof

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

    ``decided`` is False where the time was too short to look for another proof.
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
    """A goal, and its result with all assumptions; an induction has two parts."""

    goal: Goal
    result: Result
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


class Trial:
    """All goals of a document, to be judged in contexts that know less.

    ``timeout`` is in seconds, for each goal and each search for another proof of it.
    """

    def __init__(self, document: Document, timeout: float) -> None:
        self.timeout = timeout
        self.tries: list[Try] = []
        self._losses: dict[frozenset[Assumption], Loss | None] = {}
        self.lemmas: Lemmas = {}
        context = document.context
        for goal in document.goals:
            if isinstance(goal, Induct):
                parts = induct(context, goal, self.lemmas)
                self.tries += [Try(goal, result, n) for n, result in enumerate(parts)]
            elif isinstance(goal, Claim):
                self.tries.append(Try(goal, check_claim(context, goal, self.lemmas, timeout)))
            else:
                found = derive_goal(context, goal, self.lemmas, hints=False)
                self.tries.append(Try(goal, found))
            _learn(self.lemmas, context, self.tries[-1].result)

    def loss(self, context: Context) -> Loss | None:
        """The first goal that does not come out in this context, or None if all do.

        Only goals that hold with all assumptions are looked at.
        """
        key = frozenset(declared(context))
        if key not in self._losses:
            self._losses[key] = self._loss(context)
        return self._losses[key]

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
            lemmas = _moved(self.lemmas, one.result, context)
            broken = self._broken(context, g, one, lemmas) if holds(one.result) else None
            if broken is not None:
                shown = self._shown(context, one, broken, max(1.0, until - time.monotonic()))
                if shown:
                    return shown
        return None

    def uses(self, context: Context, a: Assumption) -> tuple[Place, ...]:
        """The lines that rest on an assumption, where the old proofs stand in this context."""
        found = []
        for g, one in enumerate(self.tries, start=1):
            verdict = self._judged(context, one, _moved(self.lemmas, one.result, context))
            for line in one.lines() if holds(one.result) and verdict.proved else ():
                if any(a in judged.used for judged in verdict.lines[line.first : line.end]):
                    found.append((g, line.number))
        return tuple(dict.fromkeys(found))

    # -------------------------------------------------------- one goal

    def _judged(self, context: Context, one: Try, lemmas: Mapping[str, Lemma]) -> Verdict:
        """The kernel's verdict on the old proof in this context."""
        known = dict(lemmas)
        if isinstance(one.goal, Induct) and one.part:
            goal = _moved(one.goal, one.result, context)
            known[HYPOTHESIS] = Lemma(HYPOTHESIS, (), flat(goal.lhs), flat(goal.rhs))
        return check(_proof(one.result, context), RULES, known)

    def _broken(
        self, context: Context, g: int, one: Try, lemmas: Mapping[str, Lemma]
    ) -> Loss | None:
        """The first line of the old proof that does not go through; None where all do."""
        old, lines = one.result, one.lines()
        verdict = self._judged(context, one, lemmas)
        if verdict.proved:
            if isinstance(one.goal, (Claim, Induct)) or old.expect is None:
                return None
            expect = _moved(old.expect, old, context)
            if compare(context, _proof(old, context), expect, lemmas)[0]:
                return None
            last = lines[-1] if lines else Line(0, None, old.proof.goal, 0, 0)
            words = "what comes out is no longer seen to be what is expected"
            return Loss((g, last.number), last.after, words)
        at = len(verdict.lines) - 1
        line = next((k for k in lines if at < k.end), None)
        if at < 0 or line is None:
            number = one.goal.line if isinstance(one.goal, Claim) else 0
            return Loss((g, number), old.proof.start, verdict.reason)
        gone = old.proof.steps[at].rule == "hypothesis"
        words = "this is what the line rests on" if gone else verdict.reason
        return Loss((g, line.number), line.after, words)

    def _again(self, context: Context, one: Try, lemmas: Mapping[str, Lemma]) -> Result | None:
        """Another proof of the goal; of a claim, one for each line whose own proof breaks."""
        goal, old = _moved(one.goal, one.result, context), one.result
        if isinstance(goal, Claim):
            proof = _proof(old, context)
            for k in one.lines():
                before, after = (_moved(e, old, context) for e in (k.before, k.after))
                own = Proof("", context, before, proof.steps[k.first : k.end], after)
                if not check(own, RULES, lemmas).proved:
                    try:
                        found = join(context, before, after, lemmas)
                    except TooLarge:
                        return None
                    if found is None or not check(found, RULES, lemmas).proved:
                        return None
            return _with(old, proof=proof)
        if isinstance(goal, Induct):
            made = induct(context, goal, lemmas)[one.part]
        else:
            expect = _moved(one.expect, old, context)
            made = derive_goal(context, _with(goal, expect=expect), lemmas, hints=False)
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
        """Does a result rest on an assumed equation, by itself or by an earlier result?"""
        if any(a.kind == "hypothesis" for a in one.result.used):
            return True
        cited = [t for t in self.tries if _name(t.result) in one.result.lemmas and t is not one]
        return any(self._assumes(t) for t in cited)

    def _witness(
        self, context: Context, left: Any, right: Any, seconds: float, *, at_once: bool
    ) -> Witness | None:
        from symcheck.models.exact import refute

        found = refute(context, flat(left), flat(right), seconds=seconds)
        if found is None and not at_once:
            try:
                with deadline(self.timeout):
                    found = by_value(context, left, right, {})
                    found = found or tied_differ(context, flat(left), flat(right))
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
        add_lemma(lemmas, context, result.proof)
    elif isinstance(goal, Claim) and result.status in (PROVED, ADMITTED):
        add_lemma(lemmas, context, result.proof, goal.name)


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
        steps.append(s)
    moved = _moved((old.start, tuple(steps), old.goal), result, context)
    return Proof(old.name, context, *moved)
