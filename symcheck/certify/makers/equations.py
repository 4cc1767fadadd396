"""The steps of a ``solve``: each leads from one equation to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symcheck.certify.builder import Th
from symcheck.certify.env import Env
from symcheck.certify.ideals import quotients
from symcheck.core.terms import ONE, Refused, Term, minus, replaced
from symcheck.rules.proof import Lemma, Step

__all__ = ["next_equation"]


def next_equation(env: Env, th: Th, before: Any, step: Step, lemmas: Mapping[str, Lemma]) -> Th:
    """The equation after a step, from a theorem that says the one before it."""
    left, right = (env.bridge.term(e) for e in (step.result.lhs, step.result.rhs))
    found = None
    if step.rule in ("algebra", "solve"):
        found = _multiple(env, th, left, right)
    if found is None:
        found = _side_by_side(env, th, before, step, lemmas)
    return found or env.trust(step.rule, ("=", left, right), th.hyps)


def _side_by_side(
    env: Env, th: Th, before: Any, step: Step, lemmas: Mapping[str, Lemma]
) -> Th | None:
    """A step within one of the sides, or both sides restated."""
    from dataclasses import replace as with_

    from symcheck.certify.makers.all import MAKERS
    from symcheck.certify.steps import step_theorem

    if step.backward:
        return None
    sides = []
    for n, (old, new) in enumerate(((before.lhs, step.result.lhs), (before.rhs, step.result.rhs))):
        one = env.bridge.term(old), env.bridge.term(new)
        if one[0] == one[1]:
            sides.append(env.b.refl(one[0]))
        elif step.path and step.path[0] == n:
            inner = with_(step, path=step.path[1:], result=new)
            sides.append(step_theorem(env, old, inner, MAKERS, lemmas))
        else:
            equal = quotients(env, *one)
            if equal is None:
                return None
            sides.append(equal)
    return env.b.trans(env.b.sym(sides[0]), th, sides[1])


def _multiple(env: Env, th: Th, left: Term, right: Term) -> Th | None:
    """left = right where left - right is a multiple of the difference of the sides of th.

    left = left + c (r - l) for l = r, and that is right by algebra; c is what stands before
    left in l, or 1, or what the quotient of the differences is.
    """
    l, r = th.lhs, th.rhs
    for c in _factors(env, l, r, left, right):
        start: Term = ("+", left, ("*", c, minus(r, l)))
        same: Term = ("+", left, ("*", c, minus(r, r)))
        first = quotients(env, left, same)
        # l -> r inside: start has l at this place, same has r
        moved = env.b.cong(start, (1, 1, 1, 1), th)
        last = quotients(env, start, right)
        if first is not None and last is not None:
            return env.b.trans(first, env.b.sym(moved), last)
    return None


def _factors(env: Env, l: Term, r: Term, left: Term, right: Term) -> list[Term]:
    """Candidates for the c with left - right = c (l - r)."""
    from symcheck.core.ring import poly, term

    known = env.declared.known
    found: list[Term] = [("q", _one()), ("q", -_one())]
    p, q = poly(minus(l, r), known), poly(minus(left, right), known)
    lefts = poly(left, known)
    if len(lefts) == 1:
        ((m, k),) = lefts.items()
        inside = {n: c for n, c in p.items() if set(m) <= set(n)}
        if inside:
            rest = {tuple(f for f in n if f not in m): c / k for n, c in inside.items()}
            found.insert(0, ("^", term(rest), ("q", -_one())))
    if p and q:
        a, b = max(p), max(q)
        ratio = ("*", term({b: q[b]}), ("^", term({a: p[a]}), ("q", -_one())))
        found.append(ratio)
    return found


def inducted(env: Env, k: Term, first: Term, parts: tuple[Th, Th | None, Th]) -> Th:
    """The equation for every k from the first on, by what is assumed, the base case, the step."""
    assumed, base, step = parts
    if base is None:
        raise Refused("the base case is not proved")
    v = ("v", k[1])
    claim, moved = (env.b.step("general", (k,), v, of=[th]) for th in (assumed, step))
    a, b = claim.lhs, claim.rhs
    at = {n: [replaced(t, {v: n}) for t in (a, b)] for n in (first, ("+", v, ONE))}
    ends = [_between(env, at[first], base), _between(env, at["+", v, ONE], moved)]
    return env.b.step("induction", v, first, ("*", a, b), of=ends)


def _between(env: Env, sides: list[Term], th: Th) -> Th:
    """The equation of these sides, which th says up to algebra."""
    first, last = env.equal(sides[0], th.lhs), env.equal(th.rhs, sides[1])
    if first is None or last is None:
        raise Refused("not the equation that induction needs")
    return env.b.trans(first, th, last)


def _one() -> Any:
    from fractions import Fraction

    return Fraction(1)
