"""Means, variances, covariances, moments and transforms of laws, assumptions."""

from __future__ import annotations

from collections.abc import Mapping

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.makers import assumptions, transforms
from symcheck.certify.makers.expectation import between, weighted_mean
from symcheck.certify.makers.identities import centered_factors, covariance_identity, less_mean
from symcheck.certify.named import moment_of_law
from symcheck.certify.steps import Goal, Maker
from symcheck.core.terms import HALF, MINUS, ONE, ZERO, Term, kids, minus, num

__all__ = ["MAKERS", "mean_of", "moment_of"]

Terms = tuple[Term, ...]
TWO = num(2)


# ---------------------------------------------------------------- what is known of one variable


def mean_of(env: Env, x: Term, hyps: Hyps) -> Th | None:
    """E[x] = m: declared, of its law, or 0 by symmetry."""
    return env.of("mean", x, hyps) or moment_of(env, x, 1, hyps) or _by_symmetry(env, x, hyps)


def moment_of(env: Env, x: Term, n: int, hyps: Hyps) -> Th | None:
    """E[x^n] = the n-th moment of a declared law."""
    law = env.of("law", x, hyps)
    return law and moment_of_law(env, law, n, hyps)


def _by_symmetry(env: Env, x: Term, hyps: Hyps) -> Th | None:
    """E[x] = E[-x] = -E[x], so it is 0."""
    same, b, m = env.of("symmetric", x, hyps), env.b, ("E", x)
    if same is None:
        return None
    moved = b.step("transport", x, (), of=[same])
    out = between(env, moved.rhs, b.step("linear", (MINUS,), (x,), ()), ("*", MINUS, m), hyps)
    if out is None:
        return None
    turned = b.trans(moved, out)
    twice: Term = ("+", ("*", HALF, m), ("*", HALF, m))
    half = b.cong(twice, (1, 1), turned)
    return b.trans(b.ring(m, twice), half, b.ring(half.rhs, ZERO))


def _second_moment_of(env: Env, x: Term, hyps: Hyps) -> Th | None:
    """E[x^2] = v + E[x]^2: of the law, or from the declared variance."""
    found = moment_of(env, x, 2, hyps)
    if found is not None:
        return found
    told, b = env.of("variance", x, hyps), env.b
    identity = told and covariance_identity(env, x, x, (), hyps)
    if told is None or identity is None:
        return None
    square: Term = ("E", ("^", x, TWO))
    own: Term = ("^", ("E", x), TWO)
    first = between(env, told.lhs, identity, minus(square, own), hyps)
    if first is None:
        return None
    back = b.trans(b.sym(first), told)  # E[x^2] - E[x]^2 = v
    more: Term = ("+", back.lhs, own)
    return b.trans(b.ring(square, more), b.cong(more, (0,), back))


# ---------------------------------------------------------------- variances


def _identity(goal: Goal) -> Th | None:
    """E[(f - E[f]) (g - E[g])] = E[f g] - E[f] E[g]"""
    env, (_, body, *rest) = goal.env, goal.left
    given = tuple(rest)
    found = centered_factors(env, body, given)
    th = found and covariance_identity(env, *found, given, goal.hyps)
    return between(env, goal.left, th or None, goal.right, goal.hyps)


def _scaled(goal: Goal) -> Th | None:
    """Var[c g + k | y] = c^2 Var[g | y], the c and k no matter of chance once y is known."""
    env, (_, body, *rest) = goal.env, goal.left
    given = tuple(rest)
    h = _centered(env, body, given)
    if h is None:
        return None
    c, g, k = _affine(env, h, given)
    if g == ONE:
        return _no_variance(goal, h, given)
    pairs = [(c, g)] if k == ZERO else [(c, g), (k, ONE)]
    mean = weighted_mean(env, pairs, given, goal.hyps)
    mean = mean and between(env, ("E", h, *given), mean, mean.rhs, goal.hyps)
    if mean is None:
        return None
    start: Term = ("E", ("^", minus(h, ("E", h, *given)), TWO), *given)
    inside = env.b.cong(start, (0, 0, 1, 1), mean)
    first = between(env, goal.left, inside, inside.rhs, goal.hyps)
    square: Term = ("^", minus(g, ("E", g, *given)), TWO)
    out = weighted_mean(env, [(("^", c, TWO), square)], given, goal.hyps)
    last = between(env, inside.rhs, out, goal.right, goal.hyps)
    return env.b.trans(first, last) if first and last else None


def _centered(env: Env, body: Term, given: Terms) -> Term | None:
    """h, where the body is (h - E[h])^2."""
    if body[0] != "^" or body[2] != TWO:
        return None
    return less_mean(env, body[1], given)


def _affine(env: Env, h: Term, given: Terms) -> tuple[Term, Term, Term]:
    """c, g, k with h = c g + k, as the rule takes it apart; g is 1 where nothing is random."""

    def known(t: Term) -> bool:
        return env.declared.measurable(t, given)

    if known(h):
        return h, ONE, ZERO
    if h[0] == "*":
        inner = tuple(f for f in kids(h) if not known(f))
        outer = tuple(f for f in kids(h) if known(f))
        return ("*", ONE, *outer), inner[0] if len(inner) == 1 else ("*", *inner), ZERO
    if h[0] == "+":
        inner = tuple(t for t in kids(h) if not known(t))
        outer = tuple(t for t in kids(h) if known(t))
        return ONE, inner[0] if len(inner) == 1 else ("+", *inner), ("+", *outer, ZERO)
    return ONE, h, ZERO


def _no_variance(goal: Goal, h: Term, given: Terms) -> Th | None:
    """Var[k | y] = 0"""
    env = goal.env
    mean = weighted_mean(env, [(h, ONE)], given, goal.hyps)
    mean = mean and between(env, ("E", h, *given), mean, h, goal.hyps)
    if mean is None:
        return None
    start: Term = ("E", ("^", minus(h, ("E", h, *given)), TWO), *given)
    inside = env.b.cong(start, (0, 0, 1, 1), mean)
    zero = env.b.trans(
        env.b.ring(inside.rhs, ("E", ZERO, *given)), env.b.step("constant", ZERO, given)
    )
    return between(env, goal.left, env.b.trans(inside, zero), goal.right, goal.hyps)


# ---------------------------------------------------------------- rules about one variable


def _variable(goal: Goal) -> tuple[Term, int] | None:
    """x and n, where the term is E[x^n]."""
    if goal.left[0] != "E" or len(goal.left) > 2:
        return None
    g = goal.left[1]
    if g[0] == "^" and g[1][0] == "x" and g[2][0] == "q" and g[2][1].denominator == 1:
        return g[1], int(g[2][1])
    return (g, 1) if g[0] == "x" else None


def _mean(goal: Goal) -> Th | None:
    """E[x] = m, as declared or of the law."""
    found = _variable(goal)
    th = mean_of(goal.env, found[0], goal.hyps) if found and found[1] == 1 else None
    return between(goal.env, goal.left, th, goal.right, goal.hyps)


def _second_moment(goal: Goal) -> Th | None:
    """Var[x] = v, or E[x^2] = v + m^2."""
    env, found = goal.env, _variable(goal)
    if found is None:
        return _declared_variance(goal)
    x, n = found
    th = _second_moment_of(env, x, goal.hyps) if n == 2 else None
    mean = mean_of(env, x, goal.hyps)
    direct = between(env, goal.left, th, goal.right, goal.hyps)
    if direct is not None or th is None or mean is None:
        return direct
    whole = env.b.trans(th, env.b.everywhere(th.rhs, mean))
    return between(env, goal.left, whole, goal.right, goal.hyps)


def _declared_variance(goal: Goal) -> Th | None:
    """Var[x] = v: as declared; of a law, from its first two moments."""
    env, (_, body, *given) = goal.env, goal.left
    x = None if given else _centered(env, body, ())
    if x is None or x[0] != "x":
        return None
    th = env.of("variance", x, goal.hyps)
    if th is not None:
        return between(env, goal.left, th, goal.right, goal.hyps)
    second, first = (moment_of(env, x, n, goal.hyps) for n in (2, 1))
    identity = covariance_identity(env, x, x, (), goal.hyps)
    if first is None or second is None or identity is None:
        return None
    split = between(env, goal.left, identity, minus(second.lhs, ("^", first.lhs, TWO)), goal.hyps)
    if split is None:
        return None
    done = env.b.trans(split, env.b.everywhere(split.rhs, second))
    done = env.b.trans(done, env.b.everywhere(done.rhs, first))
    return between(env, goal.left, done, goal.right, goal.hyps)


def _law_moment(goal: Goal) -> Th | None:
    """E[x^n], of the law of x."""
    found = _variable(goal)
    th = moment_of(goal.env, found[0], found[1], goal.hyps) if found else None
    return between(goal.env, goal.left, th, goal.right, goal.hyps)


MAKERS: Mapping[str, Maker] = {
    **assumptions.MAKERS,
    **transforms.MAKERS,
    "mean": _mean,
    "second-moment": _second_moment,
    "law-moment": _law_moment,
    "variance-identity": _identity,
    "covariance-identity": _identity,
    "variance-scale": _scaled,
}
