"""Integrals over the halves of the line: as means E[1[x > 0] g], put together and taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace as with_

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.joint import reflected, sources, transported
from symcheck.certify.makers.algebra import algebra, identity
from symcheck.certify.makers.expectation import between, times, weighted_mean
from symcheck.certify.named import of_law
from symcheck.certify.steps import Goal, Maker
from symcheck.core.terms import HALF, ONE, ZERO, Term, kids, minus, parts, replaced

__all__ = ["MAKERS", "pointwise", "same_mean", "turned"]

Terms = tuple[Term, ...]
STEEP = [("f", name) for name in ("sin", "cos", "sigmoid", "tanh")]


# ---------------------------------------------------------------- sums of means as one mean


def pointwise(goal: Goal, a: Term, b: Term) -> Th | None:
    """a = b at every outcome."""
    here = with_(goal, left=a, right=b)
    steep = any(p[:2] in STEEP for t in (a, b) for p in parts(goal.env.declared.unfolded(t)))
    direct = goal.env.equal(a, b, goal.hyps)
    return direct or (identity(here) if steep else None) or algebra(here)


def same_mean(goal: Goal, left: Term, right: Term) -> Th | None:
    """left = right, both sums of multiples of means: as one mean each they are equal at every
    outcome, but for values that a variable takes with probability 0."""
    direct = goal.env.equal(left, right, goal.hyps)
    if direct is not None:
        return direct
    one, two = _united(goal, left), _united(goal, right)
    if one is None or two is None or one.rhs[2:] != two.rhs[2:]:
        return None
    middle = turned(goal, one.rhs, two.rhs)
    return middle and goal.env.b.trans(one, middle, goal.env.b.sym(two))


def turned(goal: Goal, left: Term, right: Term) -> Th | None:
    """E[a | y] = c E[b | y], where a = c b at (almost) every outcome."""
    two = _united(goal, right)
    if two is None:
        return None
    a, b = left[1], two.rhs[1]
    inside = goal.env.equal(a, b, goal.hyps)
    th = None if inside else _but_for_atoms(goal, left, two.rhs)
    if th is None:
        inside = inside or pointwise(goal, a, b)
        th = inside and goal.env.b.cong(left, (0,), inside)
    return th and goal.env.b.trans(th, goal.env.b.sym(two))


def _united(goal: Goal, t: Term) -> Th | None:
    """Σ c E[g | y] = E[Σ c g | y]"""
    env = goal.env
    given: Terms | None = None
    pairs = []
    for k in kids(t) if t[0] == "+" else (t,):
        factors = kids(k) if k[0] == "*" else (k,)
        means = [f for f in factors if f[0] == "E"]
        if len(means) > 1 or (means and given not in (None, means[0][2:])):
            return None
        given = means[0][2:] if means else given
        g = means[0][1] if means else ONE
        g = ("*", g, g) if means and g == ONE else g  # E[1] is to stay a mean
        pairs.append((times([f for f in factors if f not in means]), g))
    if len(pairs) == 1 and pairs[0][0] == ONE and given is not None:
        return env.b.refl(t)
    th = weighted_mean(env, pairs, given or (), goal.hyps)
    return th and between(env, t, env.b.sym(th), th.lhs, goal.hyps)


def _but_for_atoms(goal: Goal, left: Term, right: Term) -> Th | None:
    """E[a] = E[b], where a = b + c 1[x = 0], and x is 0 with probability 0."""
    env, (_, a, *given), b = goal.env, left, right[1]
    for x in (sources(env, a, b) or ()) if not given else ():
        atom = _no_atom(env, x, goal.hyps)
        if atom is None:
            continue
        at_zero = (replaced(env.declared.unfolded(t), {x: ZERO}) for t in (a, b))
        c = env.canon(minus(*at_zero))
        if c == ZERO or not env.declared.fixed(c):
            continue
        whole: Term = ("+", ("*", ONE, b), ("*", c, atom.lhs[1]))
        inside = pointwise(goal, a, whole)
        apart = inside and weighted_mean(env, [(ONE, b), (c, atom.lhs[1])], (), goal.hyps)
        if inside is None or apart is None:
            continue
        gone = env.b.cong(apart.rhs, (1, 1), atom)
        rest = between(env, ("E", whole), env.b.trans(apart, gone), right, goal.hyps)
        return rest and env.b.trans(env.b.cong(left, (0,), inside), rest)
    return None


def _no_atom(env: Env, x: Term, hyps: Hyps) -> Th | None:
    """E[1[x = 0]] = 0, by declaration or by the law of x."""
    told = env.fact(("atomless", x[1]), (*x[2:], ZERO), hyps)
    if told is not None:
        return told
    law = env.of("law", x, hyps)
    if law is None:
        return None
    return of_law(env, law, "atom", hyps, ZERO)


# ---------------------------------------------------------------- the rules


def _linear(goal: Goal) -> Th | None:
    """The whole line and its halves, sums and multiples of integrals."""
    return same_mean(goal, goal.left, goal.right)


def _mirror_images(goal: Goal) -> Iterator[Th]:
    """E[g(x)] = E[g(-x)], for a variable that is symmetric about 0."""
    env = goal.env
    for x in sources(env, goal.left[1]) or ():
        found = reflected(env, x, goal.hyps)
        th = found and transported(env, goal.left[1], (), [found], goal.hyps)
        if th is not None:
            yield th


def _reflect(goal: Goal) -> Th | None:
    """∫_{-oo..0} g(x) Pr dx = ∫_{0..oo} g(-x) Pr dx"""
    for th in _mirror_images(goal):
        last = same_mean(goal, th.rhs, goal.right)
        if last is not None:
            return goal.env.b.trans(th, last)
    return None


def _half(goal: Goal) -> Th | None:
    """∫_{0..oo} g(x) Pr dx = ½ E[g(|x|)]: half of this and half of what it is for -x."""
    env = goal.env
    both: Term = ("+", ("*", HALF, goal.left), ("*", HALF, goal.left))
    for th in _mirror_images(goal):
        start = env.b.trans(env.b.ring(goal.left, both), env.b.cong(both, (1, 1), th))
        last = same_mean(goal, start.rhs, goal.right)
        if last is not None:
            return env.b.trans(start, last)
    return None


MAKERS: Mapping[str, Maker] = {
    "half": _half,
    "lower-half": _linear,
    "reflect": _reflect,
    "support": _linear,
    "whole-line": _linear,
    "split-range": _linear,
    "integral-form": _linear,
    "integral-sum": _linear,
    "integral-factor": _linear,
}
