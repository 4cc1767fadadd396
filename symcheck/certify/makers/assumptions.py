"""What ``assume`` says, at values of its letters: as it stands, and solved for an expectation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.makers.algebra import unfolded
from symcheck.certify.makers.expectation import between, mean_of_sum, times, weighted_mean
from symcheck.certify.makers.identities import centered_factors, covariance_identity
from symcheck.certify.makers.ranges import under
from symcheck.certify.steps import Goal, Maker
from symcheck.core.ring import poly, term
from symcheck.core.terms import MINUS, ONE, Term, kids, minus
from symcheck.facts.context import matches
from symcheck.rules.hypotheses import forms, linear

__all__ = ["MAKERS", "multiplied_out"]

Terms = tuple[Term, ...]


# ---------------------------------------------------------------- the equation at its values


def _hypothesis(goal: Goal) -> Th | None:
    """l = r, or what it says of E[g^2], E[f g], Σ E[g_j]."""
    context = goal.env.context
    h = context.hypotheses[goal.binding["number"]]
    for lhs, _ in forms(context, h.lhs):
        th = _at_values(goal, h, lhs)
        if th is not None:
            found = between(goal.env, goal.left, th, goal.right, goal.hyps)
            return found or _other_form(goal, th)
    return None


def _at_values(goal: Goal, h: Any, pattern: Any) -> Th | None:
    """The assumption at the values of its letters by which a part of it becomes the term."""
    env = goal.env
    found = matches(pattern, goal.term, frozenset(h.indices))
    if found is None:
        return None
    values = [env.bridge.term(found.get(i, i)) for i in h.indices]
    return env.fact(("hypothesis", goal.binding["number"]), values, goal.hyps)


def _other_form(goal: Goal, th: Th) -> Th | None:
    """By a variance or covariance, or by Rules 3 and 2."""
    env = goal.env
    opened = identity_of(env, th.lhs, goal.hyps)
    if opened is not None:  # E[f g] = (E[f g] - E[f] E[g]) + E[f] E[g] = r + E[f] E[g]
        both: Term = ("*", MINUS, opened.rhs[2])
        value = env.b.trans(env.b.sym(opened), th)
        start: Term = ("+", opened.rhs, both)
        return between(env, goal.left, env.b.cong(start, (0,), value), goal.right, goal.hyps)
    if th.lhs[0] != "E" or th.lhs[1][0] != "S" or goal.left[0] != "S":
        return None
    _, body, *given = th.lhs
    apart = mean_of_sum(env, body, tuple(given), goal.hyps, _depth(goal.left))
    single = apart and _constants_out(env, apart, goal)
    whole = single and env.b.trans(env.b.sym(single), th)
    return between(env, goal.left, whole, goal.right, goal.hyps)


def _depth(t: Term) -> int:
    return 1 + _depth(t[3]) if t[0] == "S" else 0


def _constants_out(env: Env, th: Th, goal: Goal) -> Th | None:
    """.. = Σ c E[g] from .. = Σ E[c g]"""

    def out(t: Term, hyps: Hyps, letters: Terms) -> Th | None:
        front, mean = (t[1:-1], t[-1]) if t[0] == "*" else ((), t)
        _, body, *given = mean
        factors = kids(body) if body[0] == "*" else (body,)
        fixed = [f for f in factors if env.declared.fixed(f)]
        inner = [f for f in factors if f not in fixed]
        one = env.b.step("linear", (times(fixed),), (times(inner),), tuple(given))
        right = times([*front, *fixed, ("E", times(inner), *given)])
        whole = ("*", *front, mean) if front else mean
        first = env.b.ring(mean, one.lhs)
        both = env.b.trans(first, one)
        path = (len(front),) if front else ()
        moved = env.b.cong(whole, path, both)
        return env.b.trans(moved, env.b.ring(moved.rhs, right))

    more = under(env, th.rhs, _depth(th.rhs), goal.hyps, out)
    return more and env.b.trans(th, more)


def identity_of(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """Var[g] = E[g^2] - E[g]^2, or a covariance, where t is one as it is written."""
    if t[0] != "E":
        return None
    _, body, *rest = t
    given = tuple(rest)
    found = centered_factors(env, body, given)
    if found is None:
        return None
    th = covariance_identity(env, *found, given, hyps)
    return th and between(env, t, th, th.rhs, hyps)


# ---------------------------------------------------------------- solved


def multiplied_out(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """E[g | y] = Σ c E[m | y], m the random monomials of g; one c for each of them."""
    _, body, *rest = t
    given = tuple(rest)
    plain = unfolded(env, body)
    parts: dict[Term, list[Term]] = {}
    for m, c in poly(plain.rhs, env.declared.known).items():
        known = tuple(f for f in m if env.declared.measurable(f[0], given))
        inner = tuple(f for f in m if f not in known)
        parts.setdefault(term({inner: ONE[1]}), []).append(term({known: c}))
    pairs = [(cs[0] if len(cs) == 1 else ("+", *cs), g) for g, cs in parts.items()]
    th = weighted_mean(env, pairs, given, hyps)
    if th is None:
        return None
    first = env.b.cong(t, (0,), plain) if plain.lhs != plain.rhs else env.b.refl(t)
    same = env.equal(first.rhs, th.lhs, hyps)
    return same and env.b.trans(first, same, th)


def _solved(goal: Goal) -> Th | None:
    """c a + b = r gives a = (r - b) / c."""
    env, context = goal.env, goal.env.context
    h = context.hypotheses[goal.binding["number"]]
    _, a = linear(context, h).parts[goal.binding["part"]]
    th = _at_values(goal, h, a)
    if th is None:
        return None
    identity = identity_of(env, th.lhs, goal.hyps)
    if identity is not None:
        extra: Term = ("*", MINUS, identity.rhs[2])
        start: Term = ("+", identity.rhs, extra)
        square = env.b.trans(
            env.b.ring(identity.rhs[1], start),
            env.b.cong(start, (0,), env.b.trans(env.b.sym(identity), th)),
        )
        th = square
    terms = multiplied_out(env, th.lhs, goal.hyps)
    if terms is None:
        return None
    return _for_one(goal, env.b.trans(env.b.sym(terms), th))


def _for_one(goal: Goal, th: Th) -> Th | None:
    """left = right, from Σ c_k E_k = r, one E_k being left."""
    env, plain = goal.env, unfolded(goal.env, goal.left)
    for n, one in enumerate(kids(th.lhs)):
        c, mean = one[1], one[2]
        if env.equal(mean, plain.rhs) is None:
            continue
        rest = _minus_rest(th.lhs, n)
        if env.canon(c) == ONE:
            start: Term = ("+", th.lhs, rest)
            found: Th | None = env.b.cong(start, (0,), th)
        else:
            found = _divided(env, th, one, rest, goal)
        first = env.equal(plain.rhs, found.lhs, goal.hyps) if found else None
        last = env.equal(found.rhs, goal.right, goal.hyps) if found else None
        if found and first and last:
            return env.b.trans(plain, first, found, last)
    return None


def _minus_rest(t: Term, n: int) -> Term:
    """Minus all terms of a sum but the n-th."""
    rest = [k for m, k in enumerate(kids(t)) if m != n]
    return ("*", MINUS, ("+", *rest, minus(ONE, ONE)))


def _divided(env: Env, th: Th, one: Term, rest: Term, goal: Goal) -> Th | None:
    """a = c^-1 (c a + b - b) = c^-1 (r - b), for the term c a and minus all others."""
    _, c, mean = one
    sign = env.sign("!=", c, goal.hyps) or env.sign(">", c, goal.hyps)
    if sign is None:
        return None
    b, inv, by = env.b, ("^", c, MINUS), env.b.step("inverse", of=[sign])
    start: Term = ("*", mean, by.lhs)
    whole: Term = ("*", inv, ("+", th.lhs, rest))
    undo = b.trans(b.ring(mean, ("*", mean, ONE)), b.sym(b.cong(start, (1,), by)))
    return b.trans(undo, b.ring(start, whole), b.cong(whole, (1, 0), th))


MAKERS: Mapping[str, Maker] = {"hypothesis": _hypothesis, "hypothesis-solved": _solved}
