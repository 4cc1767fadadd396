"""Does a line follow from the reasons that its author names, and if not, what do they lack?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as _with
from typing import Any

from symcheck.judging.reasons import reason
from symcheck.reading.grounds import FREE, MEANING, POINTWISE, Grounds
from symcheck.rules.all import RULES
from symcheck.rules.places import at
from symcheck.rules.proof import Proof, Refused, Step, Verdict
from symcheck.system.limits import OutOfTime

__all__ = ["justified"]

Found = tuple[Proof, Verdict]
# A proof within these grounds; what makes formulas longer is tried only if it may be hard.
Prove = Callable[[Grounds | None, bool], Found | None]

# What a line can do without is looked for in this order: first what only gives a value.
_VALUES = ("mean", "second-moment", "law-moment", "hypothesis", "hypothesis-solved", "identical")
# What nobody wants to hear of where anything else is missing.
_INTEGRALS = frozenset({"integral-form", "split-range", "integral-factor", "integral-sum"}) | {
    "lower-half", "whole-line", "support",
}  # fmt: skip


def justified(prove: Prove, grounds: Grounds) -> tuple[Found | None, tuple[str, ...]]:
    """A proof, if there is one, and what it needs that is not named.

    What is named has to carry the line: independence does not take the 2 out of E[2 x].
    """
    found = prove(grounds.alone, not grounds.besides)
    if found is not None:
        return found, ()
    base = grounds
    if grounds.besides:
        found = prove(grounds, True)
        if found is not None:
            idle = _idle(prove, grounds, found)
            if idle is None:
                return found, ()
            base, found = Grounds(frozenset()), idle
    found = found or prove(None, True)
    if found is None:
        return None, ()
    found = _least(prove, base, found)
    return found, _lacking(base, found)


def _idle(prove: Prove, grounds: Grounds, found: Found) -> Found | None:
    """A proof in which nothing that is named occurs."""
    if not grounds.rules - FREE and not grounds.assumptions:
        return None
    if not any(_named(grounds, step) for step in found[0].steps):
        return found
    return prove(grounds.idle, False)


def _named(grounds: Grounds, step: Step) -> bool:
    if step.rule == "odd" and "mean" in grounds.rules:
        return True
    return step.rule not in FREE and grounds.alone.allows(step.rule, None, step.binding)


def _least(prove: Prove, base: Grounds, found: Found) -> Found:
    """A proof with as few rules beside what is allowed as can be."""
    lemmas = frozenset(found[1].lemmas)

    def extra() -> set[str]:
        return {step.rule for step, _ in _steps(base, found)}

    def within(rules: set[str], hard: bool) -> Found | None:
        every = base.rules | rules | ({"hypothesis"} if "hypothesis-solved" in rules else set())
        return prove(_with(base, rules=every, lemmas=base.lemmas | lemmas), hard)

    try:
        hard = within(extra(), False) is None
        for rule in sorted(extra(), key=lambda r: (r not in _VALUES, r)):
            if rule in extra():
                found = within(extra() - {rule}, hard) or found
    except OutOfTime:  # what is known so far is said
        pass
    return found


def _steps(base: Grounds, found: Found) -> list[tuple[Step, str]]:
    """The steps that the grounds do not allow, and what they rest on in words."""
    proof, verdict = found
    current: Any = proof.start
    missing = []
    for step, line in zip(proof.steps, verdict.lines, strict=False):
        before = step.result if step.backward else current
        try:
            term = at(before, step.path)[0]
        except Refused:
            term = None
        if not base.allows(step.rule, term, step.binding):
            missing.append((step, _label(step, line)))
        current = step.result
    return missing


def _label(step: Step, line: Any) -> str:
    if step.rule == "lemma":
        return f"claim {step.binding['lemma']}"
    if step.rule == "condition":
        return RULES["tower"].label
    words = reason(step, line.own).removesuffix(", odd function")
    independent = sorted(a.text for a in line.own if a.kind == "independent")
    return f"{words} ({'; '.join(independent)})" if independent else words


def _lacking(base: Grounds, found: Found) -> tuple[str, ...]:
    """What is missing, in words: no more than an author has to name."""
    missing = _steps(base, found)
    hidden = MEANING | POINTWISE | _INTEGRALS
    for some in (hidden | {"rule1"}, hidden, frozenset[str]()):
        said = dict.fromkeys(words for step, words in missing if step.rule not in some)
        if said:
            return tuple(said)
    return ()
