"""Untrusted: what is left of a difference vanishes under one expectation.

E[f] - E[g] = E[f - g], and f - g is 0 in every case, or has no even part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Add, S

from symcheck.facts.context import Context, Scope
from symcheck.language.expr import E, add, mul, neg, power
from symcheck.language.ring import TooLarge, equal, poly
from symcheck.rules.all import RULES
from symcheck.rules.expectation import known
from symcheck.rules.places import put
from symcheck.rules.proof import Lemma, Refused, Rewrite, Site, Step, by_algebra
from symcheck.search.symmetries import moves

__all__ = ["bridge"]

Allowed = Callable[[str, Any, Mapping[str, Any]], bool]
MOST = 12  # expectations under one


def bridge(
    context: Context, left: Any, right: Any, lemmas: Mapping[str, Lemma], allowed: Allowed
) -> list[Step] | None:
    """Steps from left to right by their difference as one expectation, which is 0."""
    try:
        if (step := _identity(context, left, right, allowed)) is not None:
            return [step]
        under = _under_one(left, right)
        if under is None:
            return None
        zero = _vanishing(context, under, lemmas, allowed)
        return None if zero is None else _steps(context, left, right, under, zero, lemmas)
    except (Refused, TooLarge):
        return None


def _identity(context: Context, left: Any, right: Any, allowed: Allowed) -> Step | None:
    """Both are equal at every point."""
    binding = {"to": right}
    try:
        if allowed("identity", left, binding):
            made = RULES["identity"].rewrite(Site(context, Scope(), left, binding))
            return Step("identity", (), right, binding).by(made)
    except (Refused, TooLarge):
        pass
    return None


def _under_one(left: Any, right: Any) -> Any | None:
    """The difference of the two sides, all of it inside of one expectation."""
    terms, count = [], 0
    for c, order in poly(add(left, neg(right))).values():
        heads = [(b, x) for b, x in order if isinstance(b, E)]
        if len(heads) == 1 and heads[0][1] == 1 and not heads[0][0].given:
            body = heads[0][0].args[0]
            others = [power(b, x) for b, x in order if not isinstance(b, E)]
            terms.append(mul(c, *others, body))
            count += 1
        else:
            terms.append(mul(c, *(power(b, x) for b, x in order)))
    return E(add(*terms)) if 0 < count <= MOST else None


def _vanishing(
    context: Context, under: Any, lemmas: Mapping[str, Lemma], allowed: Allowed
) -> Step | None:
    """The step that makes it the expectation of 0."""
    site = Site(context, Scope(), under, {}, lemmas)
    tried = [(name, {"to": E(S.Zero)}) for name in ("algebra", "identity", "cases")]
    tried += [
        ("average", {**binding, "to": S.Zero})
        for name, binding in moves(site)
        if name in ("reflection", "exchange")
    ]
    for name, binding in tried:
        if not allowed(name, under, binding):
            continue
        try:
            made = RULES[name].rewrite(Site(context, Scope(), under, binding, lemmas))
        except (Refused, TooLarge):
            continue
        return Step(name, (), made.result, binding).by(made)
    return None


def _steps(
    context: Context, left: Any, right: Any, under: Any, zero: Step, lemmas: Mapping[str, Lemma]
) -> list[Step]:
    """left = right + E[...], taken together; = right + E[0] = right."""
    before = right.args if isinstance(right, Add) else (right,)
    together = add(*before, under)
    last = (len(before),)
    # From the one expectation to its terms: the rules that lead there, read backwards.
    apart = [together]
    back: list[tuple[str, tuple[int, ...], Rewrite]] = []

    def apply(rule: str, path: tuple[int, ...], term: Any) -> None:
        made = RULES[rule].rewrite(Site(context, Scope(), term, {}, lemmas))
        apart.append(put(apart[-1], path, made.result))
        back.append((rule, path, made))

    if isinstance(under.args[0], Add):
        apply("rule3", last, under)
    end = apart[-1]
    for n in range(len(before), len(end.args)):
        term = end.args[n]
        inner = (n,) if isinstance(term, E) else (n, len(term.args) - 1)
        part = term if isinstance(term, E) else term.args[-1]
        site = Site(context, Scope(), part, {}, lemmas)
        factors = part.args[0].args if part.args[0].is_Mul else (part.args[0],)
        if known(site, part.args[0], ()):
            apply("rule1", inner, part)
        elif any(known(site, f, ()) for f in factors):
            apply("rule2", inner, part)
    steps = [by_algebra(apart[-1])]
    for n in reversed(range(len(back))):
        rule, path, made = back[n]
        steps.append(Step(rule, path, apart[n], {}, backward=True).by(made))
    gone = put(together, last, zero.result)
    steps.append(Step(zero.rule, last, gone, zero.binding).by(zero.made))
    nothing = RULES["rule1"].rewrite(Site(context, Scope(), zero.result, {}, lemmas))
    steps.append(Step("rule1", last, put(gone, last, nothing.result), {}).by(nothing))
    steps.append(by_algebra(right))
    if not equal(left, apart[-1]):
        raise Refused("the terms do not come back")
    return steps
