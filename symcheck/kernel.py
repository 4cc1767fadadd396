"""The judge of what search finds, before a certificate of it is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import S

from symcheck.applying import follow
from symcheck.belonging import symbols
from symcheck.context import NOTHING, Context
from symcheck.expr import Named, flat, replace
from symcheck.letters import fixed, related
from symcheck.proof import HYPOTHESIS, Induction, Lemma, Proof, Rule, Verdict

__all__ = ["check", "check_induction"]


def check(
    proof: Proof, rules: Mapping[str, Rule], lemmas: Mapping[str, Lemma] | None = None
) -> Verdict:
    """Judge a proof by these rules; ``lemmas`` are the equations proved before it."""
    found = follow(proof, rules, lemmas)
    lines = found.lines
    if found.reason:
        return Verdict(False, lines, found.reason)
    cited = tuple(dict.fromkeys(known for line in lines for known in line.lemmas))
    used = NOTHING.union(*(line.used for line in lines), *(known.used for known in cited))
    names = (*(s.rule for s in proof.steps), *(r for known in cited for r in known.rules))
    admitted = (n for known in cited for n in known.admitted)
    return Verdict(
        True, lines, "", used, tuple(dict.fromkeys(names)),
        tuple(dict.fromkeys(known.name for known in cited)), tuple(dict.fromkeys(admitted)),
    )  # fmt: skip


def check_induction(
    claim: Induction, rules: Mapping[str, Rule], lemmas: Mapping[str, Lemma] | None = None
) -> tuple[Verdict, Verdict]:
    """Judge both parts of a proof by induction; the claim holds if both are proved."""
    n = claim.index
    context = claim.step.context
    assumed = Lemma(HYPOTHESIS, (), claim.lhs, claim.rhs, context)
    arbitrary = _arbitrary(context, n, claim.first)
    verdicts = []
    for proof, value, known in (
        (claim.base, claim.first, dict(lemmas or {})),
        (claim.step, n + 1, dict(lemmas or {}) | {HYPOTHESIS: assumed}),
    ):
        ends = tuple(flat(replace(e, {n: value})) for e in (claim.lhs, claim.rhs))
        if (flat(proof.start), flat(proof.goal)) != ends or proof.context != context:
            verdicts.append(Verdict(False, (), "this part proves something else"))
        elif not arbitrary:
            verdicts.append(Verdict(False, (), f"{n} is not an arbitrary whole number"))
        else:
            verdicts.append(check(proof, rules, known))
    return verdicts[0], verdicts[1]


def _arbitrary(context: Context, n: Any, first: Any) -> bool:
    """Is nothing declared of the letter, and is the first value one?"""
    if not context.letters(n) or not S(first).is_integer or S(first).has(Named):
        return False
    told = n in context.ranges or n in fixed(context) or any(related(context, n))
    return not told and not any(n in symbols(side) for pair in context.apart for side in pair)
