"""The one judge: a proof is proved where the core accepts what was made of its steps.

Every step becomes a theorem of the core, and the whole a line.  What has no certificate is an
axiom with the name of its rule, and that only where the rule, applied once more, gives the
result that is stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sympy.core.relational import Equality

from symcheck.certify.asking import env_of
from symcheck.certify.bridge import Untold
from symcheck.certify.builder import Th
from symcheck.certify.env import Env
from symcheck.certify.lines import line
from symcheck.certify.makers.algebra import at_values
from symcheck.certify.makers.all import MAKERS
from symcheck.certify.makers.equations import inducted, next_equation
from symcheck.certify.steps import step_theorem
from symcheck.core.judge import Claim, Refusal, judge, ranges
from symcheck.core.terms import Formula, Refused, mentions
from symcheck.facts.context import NOTHING, Assumption, Context, Used
from symcheck.facts.letters import arbitrary, some_values
from symcheck.facts.naming import named
from symcheck.rules.all import RULES
from symcheck.rules.applying import MALFORMED, Followed, follow, malformed
from symcheck.rules.proof import HYPOTHESIS, Induction, Lemma, Line, Proof, Step, Verdict
from symcheck.search.steps import OutOfTime

__all__ = ["ADMITTED", "Judge", "Judged"]

ADMITTED = "admitted: "  # what its author admits is trusted by this and its name
# A declaration that says nothing, in the place of one that is gone: 0 = 0.
VOID = ["fact", [], [], ["=", 0, 0]]
REFUSES = "the core refuses the certificate: "


class Empty(Refused):
    """A result that speaks of an index which it does not mention, and which may not be there."""


@dataclass(frozen=True)
class Judged:
    """A proof in the core: its steps, the equation that they lead to, and the line of it."""

    proof: Proof
    lemmas: Mapping[str, Lemma]
    steps: tuple[Th, ...]
    whole: Th
    line: Th


class Judge:
    """What is proved in one context, as it is when the judge is made."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._env: Env | None = None
        self._steps: dict[Any, list[tuple[Any, Th]]] = {}  # theorems of steps, by what they say
        self._judged: dict[int, tuple[Proof, Judged]] = {}  # by what was asked
        self._names: dict[int, Used] = {}  # what the core's declarations are called
        self._assumed: Lemma | None = None  # in the step of an induction
        self._whole: dict[int, Th] = {}  # what inductions prove, by the proof of their step
        self._cited: dict[int, tuple[Lemma, Th | None]] = {}

    @property
    def env(self) -> Env:
        """What the makers of certificates share, made when something is to be judged."""
        if self._env is None:
            self._env = env_of(self.context)
        return self._env

    def found(self, proof: Proof) -> Judged | None:
        """What became of a proof that has been proved here."""
        own, made = self._judged.get(id(proof), (None, None))
        return made if own is proof else None

    # ------------------------------------------------------------ verdicts

    def verdict(self, proof: Proof, lemmas: Mapping[str, Lemma] | None = None) -> Verdict:
        """Is it proved?  ``lemmas`` are the results proved before it, which it may cite.

        Whatever is wrong with the proof is the reason why not, never an exception.
        """
        known, found = lemmas or {}, None
        if proof.context is not self.context and proof.context != self.context:
            return Verdict(False, (), "the proof is one of another context")
        if not _applied(proof):
            found = follow(proof, RULES, known)
            if found.reason:
                return Verdict(False, found.lines, found.reason)
        told = proof if found is None else replace(proof, steps=found.steps)
        try:
            made = self._made(told, known)
        except (Refused, Untold, *MALFORMED) as no:
            found = found or follow(proof, RULES, known)
            if found.reason:
                return Verdict(False, found.lines, found.reason)
            return Verdict(False, (), _said(no))
        if found is None:
            found = self.warranted(made, made.line)
            if found is not None and found.reason:
                return Verdict(False, found.lines, found.reason)
        self._judged[id(proof)] = proof, made
        return self._proved(made)

    def warranted(self, made: Judged, *lines: Th) -> Followed | None:
        """What the rules say of a proof, once more, where some of its lines trust anything.

        Without a certificate it has to be what they give, and every line has to mean something.
        """
        if not any(th.theorem.trusts for th in lines):
            return None
        return follow(made.proof, RULES, made.lemmas)

    def sealed(self, proof: Proof, lemmas: Mapping[str, Lemma] | None = None) -> Verdict:
        """The verdict, where the core accepts the certificate as plain data too."""
        verdict = self.verdict(proof, lemmas)
        made = self.found(proof)
        if not verdict.proved or made is None:
            return verdict
        answer = self.judged([("", made.line)])[1]
        if isinstance(answer, Refusal):
            return Verdict(False, verdict.lines, f"{REFUSES}{answer.reason}")
        return verdict

    def judged(self, claims: Iterable[tuple[str, Th]]) -> tuple[Any, tuple[Claim, ...] | Refusal]:
        """The certificate of some lines as plain data, and what the core answers to it."""
        data = self.env.b.certificate(claims)
        return data, judge(self.env.bridge.data, data)

    def accepts_without(self, made: Judged, gone: AbstractSet[Assumption]) -> bool:
        """Does the core accept the certificate where these assumptions are not declared?"""
        theorem, numbers = made.line.theorem, set[int]()
        numbers.update(n for n, told in self._named().items() if told & gone)
        if theorem.trusts or theorem.uses & numbers:
            return False
        told = self.env.bridge.data
        entries = [VOID if n in numbers else entry for n, entry in enumerate(told["entries"])]
        less = {"terms": told["terms"], "entries": entries}
        return not isinstance(judge(less, self.env.b.certificate([("", made.line)])), Refusal)

    def _proved(self, made: Judged) -> Verdict:
        theorem, known = made.line.theorem, _cited(made.proof, made.lemmas)
        cited = [k for k in known if k.name != HYPOTHESIS]
        rules = (*(s.rule for s in made.proof.steps), *(r for k in cited for r in k.rules))
        admitted = [t.removeprefix(ADMITTED) for t in theorem.trusts if t.startswith(ADMITTED)]
        return Verdict(
            True, self.lines(made), "", self.used(made.line),
            tuple(dict.fromkeys(rules)),
            tuple(dict.fromkeys(k.name for k in known)),
            tuple(sorted(admitted)), tuple(sorted(theorem.trusts)),
            tuple(cited),
        )  # fmt: skip

    def lines(self, made: Judged) -> tuple[Line, ...]:
        """What each step used, and what its theorem rests on."""
        found = []
        for step, th in zip(made.proof.steps, made.steps, strict=True):
            own, lemmas = (step.made.used, step.made.lemmas) if step.made else (NOTHING, ())
            found.append(Line(True, "", own, self.used(th), lemmas))
        return tuple(found)

    def used(self, *ths: Th) -> Used:
        """The declarations that theorems rest on, as their author knows them."""
        told = frozenset[int]().union(*(th.theorem.uses for th in ths))
        names = self._named()
        return NOTHING.union(*(names[n] for n in told))

    def _named(self) -> dict[int, Used]:
        """What the author calls each of the core's declarations."""
        if not self._names:
            numbers = self.env.bridge.numbers
            self._names = {n: named(self.context, key) for key, n in numbers.items()}
        return self._names

    def rests(self, proof: Proof, first: int, end: int) -> Used:
        """What some steps rest on as a line, beyond what the results that they cite rest on.

        Those of a solution: beyond what the steps before them rest on.
        """
        made = self.found(proof)
        ths = made.steps[first:end] if made is not None else ()
        if made is None or not ths:
            return NOTHING
        solved, whole, found = isinstance(proof.start, Equality), self.used(*ths), NOTHING
        before = self.used(*made.steps[:first][-1:]) if solved else NOTHING
        for step, th in zip(made.proof.steps[first:end], ths, strict=True):
            known = made.lemmas.get(step.binding["lemma"]) if step.rule == "lemma" else None
            cited = None if known is None else self._lemma(known)
            elsewhere = before if cited is None else before | self.used(cited)
            found |= self.used(th) - elsewhere
            before = before | self.used(th) if solved else before
        if solved:
            return found
        with suppress(Refused):  # of an index that may not be there
            found |= self.used(self.line(ths)) - whole
        return found

    # ------------------------------------------------------------ theorems

    def _made(self, proof: Proof, lemmas: Mapping[str, Lemma]) -> Judged:
        env = self.env
        try:
            self._cite(proof, lemmas)
            if isinstance(proof.start, Equality):
                ths = self._equations(proof, lemmas)
                whole = ths[-1] if ths else env.assume(_equation(env, proof.start))
            else:
                ths = self._theorems(proof, lemmas)
                whole = env.b.trans(*ths) if ths else env.b.refl(env.bridge.term(proof.start))
            if (proof.steps[-1].result if proof.steps else proof.start) != proof.goal:
                raise Refused("the steps do not end at the claim")
            allowed = env.given
            if isinstance(proof.start, Equality):
                allowed |= {_equation(env, proof.start)}
            if not whole.hyps <= allowed:
                raise Refused(f"{len(whole.hyps)} hypotheses are left")
            return Judged(proof, lemmas, tuple(ths), whole, self.settled(line(env, whole)))
        except OutOfTime:
            self._forget()
            raise
        finally:
            env.lemmas, env.known, env.given = {}, {}, frozenset()

    def _forget(self) -> None:
        """Forget the questions that were under way: they are not answered with no."""
        if self._env is not None:
            fresh = self._env.b._fresh
            self._env = env_of(self.context)
            self._env.b._fresh = fresh

    def line(self, ths: Sequence[Th]) -> Th:
        """The line of some steps of a proof."""
        return self.settled(line(self.env, self.env.b.trans(*ths)))

    def _theorems(self, proof: Proof, lemmas: Mapping[str, Lemma]) -> list[Th]:
        ths, current = list[Th](), proof.start
        for step in proof.steps:
            ths.append(self._theorem(current, step, lemmas))
            current = step.result
        return ths

    def _theorem(self, current: Any, step: Step, lemmas: Mapping[str, Lemma]) -> Th:
        """The theorem of one step; what was made of the same step before is not made again."""
        key = current, step.rule, tuple(step.path), step.result, step.backward
        same = self._steps.setdefault(key, [])
        binding = dict(step.binding)
        for known, th in same if step.rule != "lemma" else ():
            if known == binding:
                return th
        th = step_theorem(self.env, current, step, MAKERS, lemmas)
        same.append((binding, th))
        return th

    def _equations(self, proof: Proof, lemmas: Mapping[str, Lemma]) -> list[Th]:
        """``if l = r then u = value``: each step leads from one equation to the next."""
        th = self.env.assume(_equation(self.env, proof.start))
        ths, current = list[Th](), proof.start
        for step in proof.steps:
            th = next_equation(self.env, th, current, step, lemmas)
            ths.append(th)
            current = step.result
        return ths

    def settled(self, th: Th) -> Th:
        """The theorem without what is declared of an index that it does not mention.

        The index stands for a number that it may stand for.  Raises Empty where none is found.
        """
        env = self.env
        while gone := [i for i in sorted(ranges(env.declared, th.theorem.uses))
                       if not mentions(th.says, ("c", i))]:  # fmt: skip
            letters = [env.context.indices[i] for i in gone]
            for values in some_values(env.context, letters):
                at = {("c", i): env.bridge.term(v) for i, v in zip(gone, values, strict=True)}
                with suppress(Refused):
                    made = at_values(env, th, at, frozenset())
                    if made.hyps == th.hyps:
                        break
            else:
                words = f"the steps speak of {gone[0]}, the claim does not"
                raise Empty(f"{words}, and there may be no such {gone[0]}")
            th = made
        return th

    # ------------------------------------------------------------ earlier results

    def _cite(self, proof: Proof, lemmas: Mapping[str, Lemma]) -> None:
        """Let the makers know the earlier results that a proof cites."""
        found = {}
        for known in _cited(proof, lemmas):
            th = self._lemma(known)
            if th is not None:
                found[known.name] = th
        env = self.env
        env.known, env.lemmas = lemmas, found
        if self._assumed is not None and self._assumed.name in found:
            env.given = found[self._assumed.name].hyps

    def _lemma(self, known: Lemma) -> Th | None:
        """An earlier result as a theorem: proved, admitted by its author, or assumed."""
        if id(known) not in self._cited:
            self._cited[id(known)] = known, self._recalled(known)
        return self._cited[id(known)][1]

    def _recalled(self, known: Lemma) -> Th | None:
        env = self.env
        if known.proof is None:
            says = ("=", env.bridge.term(known.lhs), env.bridge.term(known.rhs))
            if known is self._assumed:
                return env.assume(says)
            if known.name in known.admitted:
                return env.trust(f"{ADMITTED}{known.name}"[:100], says)
            return None
        made = self.found(known.proof)
        if made is None:  # of another context
            own = replace(known.proof, context=self.context)
            if not self.verdict(own, {k.name: k for k in known.cites}).proved:
                return None
            made = self.found(own)
        front = None if made is None else env.equal(env.bridge.term(known.lhs), made.whole.lhs)
        return None if made is None or front is None else env.b.trans(front, made.whole)

    # ------------------------------------------------------------ induction

    def induction(self, claim: Induction, lemmas: Mapping[str, Lemma]) -> tuple[Verdict, Verdict]:
        """Both parts of a proof by induction: the step is proved if the whole claim is."""
        if not arbitrary(self.context, claim.index, claim.first):
            no = Verdict(False, (), f"{claim.index} is not an arbitrary whole number")
            return no, no
        base = self.verdict(claim.base, lemmas)
        step = self.verdict_from(claim.assumed, claim.step, lemmas)
        first, second = self.found(claim.base), self.found(claim.step)
        if not (base.proved and step.proved and first and second):
            return base, step
        env = self.env
        try:
            assumed = env.assume(_equation(env, claim.assumed))
            ends = env.bridge.term(claim.index), env.bridge.term(claim.first)
            both = inducted(env, *ends, (assumed, first.whole, second.whole))
            self._whole[id(claim.step)] = self.settled(line(env, both))
        except (Refused, Untold) as no:
            return base, replace(step, proved=False, reason=f"the parts do not fit: {_said(no)}")
        return base, step

    def verdict_from(self, assumed: Lemma, proof: Proof, lemmas: Mapping[str, Lemma]) -> Verdict:
        """The verdict on a proof that may cite what is assumed, an induction hypothesis."""
        self._assumed = assumed
        try:
            return self.verdict(proof, {assumed.name: assumed, **lemmas})
        finally:
            self._assumed = None

    def beyond(self, proof: Proof) -> Th | None:
        """What an induction proves, by the proof of its step."""
        return self._whole.get(id(proof)) if self.found(proof) else None


def _applied(proof: Proof) -> bool:
    """Have the rules of all steps been applied?"""
    return all(getattr(s, "made", None) is not None for s in proof.steps)


def _said(no: Exception) -> str:
    if isinstance(no, Untold):
        return f"the core has no words for {no}"
    return str(no) if isinstance(no, Refused) else malformed(no)


def _cited(proof: Proof, lemmas: Mapping[str, Lemma]) -> list[Lemma]:
    """The earlier results that a proof cites, each once."""
    names = dict.fromkeys(str(s.binding["lemma"]) for s in proof.steps if s.rule == "lemma")
    return [lemmas[n] for n in names if n in lemmas]


def _equation(env: Env, e: Equality | Lemma) -> Formula:
    return ("=", env.bridge.term(e.lhs), env.bridge.term(e.rhs))
