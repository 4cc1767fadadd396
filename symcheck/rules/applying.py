"""Rules applied to steps: search and messages, not judgement.

A step names its rule, the place and how the rule is instantiated.  :func:`follow` applies the
rules as the steps say, asks of every line whether it means anything, and says where that fails
and why.  What it finds is not proved: that is said by the core alone (:mod:`symcheck.certify`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symcheck.facts.belonging import Stranger, belongs, symbols, wellformed
from symcheck.facts.context import Context, Scope, Used
from symcheck.facts.letters import there_are
from symcheck.language.expr import Binder, Diff
from symcheck.language.ring import TooLarge
from symcheck.rules.meaning import around, meaning, meaning_at
from symcheck.rules.places import at, depth_of, enter, put
from symcheck.rules.proof import Lemma, Line, Proof, Refused, Rule, Site, Step

__all__ = ["MALFORMED", "Followed", "follow", "malformed"]

# What wrong data may run into: it is refused.
MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True)
class Followed:
    """The steps of a proof with what their rules made, as far as they go.

    ``reason`` is why they go no further; empty where they lead to the end.
    """

    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    reason: str = ""


def follow(
    proof: Proof, rules: Mapping[str, Rule], lemmas: Mapping[str, Lemma] | None = None
) -> Followed:
    """Apply the rules of all steps; ``lemmas`` are the earlier equations that may be cited.

    Whatever is wrong with the proof is the reason why it goes no further, never an exception.
    """
    steps: list[Step] = []
    lines: list[Line] = []
    try:
        reason = _follow(proof, rules, lemmas or {}, steps, lines)
    except (Refused, TooLarge) as no:
        reason = f"{no}"
    except MALFORMED as no:
        reason = malformed(no)
    return Followed(tuple(steps), tuple(lines), reason)


def _follow(
    proof: Proof, rules: Mapping[str, Rule], lemmas: Mapping[str, Lemma], steps: list[Step],
    lines: list[Line],
) -> str:  # fmt: skip
    context = proof.context
    seen: dict[Any, Used] = {}
    _belong(context, proof)
    meaning(context, proof.start, seen=seen)
    current = proof.start
    for step in proof.steps:
        made, line = _applied(context, current, step, rules, lemmas, seen)
        lines.append(line)
        if not line.ok:
            return line.reason
        steps.append(made)
        current = step.result
    if current != proof.goal:
        return "the steps do not end at the claim"
    meaning(context, proof.goal, seen=seen)
    _leaving(proof)
    return ""


def malformed(no: Exception) -> str:
    """What is said of data that is no proof."""
    if isinstance(no, RecursionError):
        return "nested too deeply to judge"
    return f"this is no proof: {type(no).__name__}: {no}"


def _belong(context: Context, proof: Proof) -> None:
    """Refused where the proof speaks of anything that its context does not declare."""
    try:
        wellformed(context)
        for e in dict.fromkeys((proof.start, *(s.result for s in proof.steps), proof.goal)):
            belongs(context, e)
    except Stranger as no:
        raise Refused(no.message, *no.parts) from None


def _leaving(proof: Proof) -> None:
    """Refused where a letter of the steps is not in the claim, and may stand for nothing."""
    context = proof.context
    bindings = [v for s in proof.steps for v in s.binding.values()]
    inner = [s.result for s in proof.steps] + [e for v in bindings for e in symbols(v)]
    told = context.letters(proof.start, proof.goal)
    gone = {i for i in context.letters(*inner) - told if not i.name.startswith("_")}
    if gone and there_are(context, gone, told) is None:
        said = min(gone, key=str)
        words = "the steps speak of {0}, the claim does not, and there may be no such {0}"
        raise Refused(words, said)


def _applied(
    context: Context, current: Any, step: Step, rules: Mapping[str, Rule],
    lemmas: Mapping[str, Lemma], seen: dict[Any, Used],
) -> tuple[Step, Line]:  # fmt: skip
    """The step with what its rule makes there; a line with a reason where it does not apply."""
    rule = rules.get(step.rule)
    if rule is None:
        return step, Line(False, f"there is no rule {step.rule!r}")
    before, after = (step.result, current) if step.backward else (current, step.result)
    try:
        term, scope = at(before, step.path)
        _speak(context, step, scope)
        made = rule.rewrite(Site(context, scope, term, step.binding, lemmas))
        if put(before, step.path, made.result) != after:
            return step, Line(False, f"{rule.label} does not give this result")
        if not rule.pointwise and _differentiated(context, before, step.path, made.result):
            words = "what holds almost surely may not be differentiated"
            return step, Line(False, f"{rule.label}: {words}")
        # What stands around has the value that it had: only the new term can lack a meaning.
        new, depth = term if step.backward else made.result, depth_of(before, step.path)
        means = meaning_at(context, new, scope, depth, seen)
        means |= around(context, before, step.path, new, seen)
        return step.by(made), Line(True, "", made.used, made.used | means, made.lemmas)
    except (Refused, TooLarge) as no:
        return step, Line(False, f"{rule.label}: {no}")
    except MALFORMED as no:
        return step, Line(False, f"{rule.label}: {malformed(no)}")


def _speak(context: Context, step: Step, scope: Scope) -> None:
    """Refused where the binding speaks of a symbol that is neither declared nor bound there."""
    here = {t[0] for t in scope.ranges} | set(scope.variables)
    for name, value in step.binding.items():
        for s in sorted(symbols(value) - here, key=str):
            try:
                belongs(context, s)
            except Stranger as no:
                raise Refused("{}: " + no.message, name, *no.parts) from None


def _differentiated(context: Context, e: Any, path: Sequence[int], new: Any) -> bool:
    """Does the term at the path stand in a derivative, as a function and not as a number?"""
    under, depth, old = False, 0, e
    for n in path:
        parts, _ = enter(old, depth, Scope())
        under = (under and not context.constant(old)) or isinstance(old, Diff)
        depth += isinstance(old, Binder)
        old = parts[n]
    return under and not (context.constant(old) and context.constant(new))
