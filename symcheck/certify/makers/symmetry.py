"""Symmetries, exchanges of members of one law, and averages over these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.joint import reflected, renamed, sources, transported
from symcheck.certify.makers import halves
from symcheck.certify.makers.expectation import between
from symcheck.certify.makers.halves import pointwise, same_mean
from symcheck.certify.named import size_of_normal
from symcheck.certify.steps import Goal, Maker
from symcheck.core.terms import MINUS, ZERO, Term, num, parts
from symcheck.language.expr import Cov, Var

__all__ = ["MAKERS"]

Terms = tuple[Term, ...]
Sames = list[Th]


# ---------------------------------------------------------------- maps that keep the law


def _flips(goal: Goal, *terms: Term) -> Sames | None:
    """x and 2 c - x of one law, for all variables that are to be reflected."""
    env, flip = goal.env, goal.binding["flip"]
    xs = sources(env, *terms)
    if xs is None:
        return None
    wanted = [env.bridge.term(x) for x in (flip if _several(flip) else (flip,))]
    mine = [x for x in xs if any(x == w or (x[1] == w[1] and len(w) == 2) for w in wanted)]
    found = [reflected(env, x, goal.hyps) for x in mine]
    return None if None in found or not found else [th for th in found if th]


def _several(e: Any) -> bool:
    return isinstance(e, tuple) or type(e).__name__ == "Tuple"


def _numbers(e: Any, env: Env) -> Terms:
    return tuple(env.bridge.term(k) for k in (e if _several(e) else (e,)))


def _moved(goal: Goal, t: Term, sames: Sames) -> Th | None:
    """E[g(x) | y] = E[g(t) | y], the means inside of a variance or a covariance moved too."""
    env, (_, g, *given) = goal.env, t
    th = transported(env, g, tuple(given), sames, goal.hyps)
    if th is None or not isinstance(goal.term, (Var, Cov)):
        return th
    for mean in dict.fromkeys(p for p in parts(th.rhs[1]) if p[0] == "E" and len(p) == 2):
        one = transported(env, mean[1], (), sames, goal.hyps)
        if one is not None:
            th = env.b.trans(th, env.b.everywhere(th.rhs, one))
    return th


def _reflection(goal: Goal) -> Th | None:
    """E[h(x)] = E[h(2 c - x)]"""
    sames = _flips(goal, *goal.left[1:])
    th = _moved(goal, goal.left, sames) if sames else None
    return th and _reaching(goal, th)


def _renaming(goal: Goal, new: Mapping[Term, Term]) -> Th | None:
    xs = sources(goal.env, *goal.left[1:])
    for sames in renamed(goal.env, xs, new, goal.hyps) if xs else ():
        th = _moved(goal, goal.left, sames)
        found = th and _reaching(goal, th)
        if found:
            return found
    return None


def _reaching(goal: Goal, th: Th) -> Th | None:
    """left = right, by what a map does to the left side."""
    if th.lhs != goal.left:
        return None
    last = same_mean(goal, th.rhs, goal.right)
    return last and goal.env.b.trans(th, last)


def _exchange(goal: Goal) -> Th | None:
    """E[h(x_1, x_2)] = E[h(x_2, x_1)]"""
    a, b = _numbers(goal.binding["places"], goal.env)
    return _renaming(goal, {a: b, b: a})


def _identical(goal: Goal) -> Th | None:
    """E[g(x_j)] = E[g(x_k)]; also of an integral against the law of x_j."""
    old, new = (_numbers(goal.binding[k], goal.env) for k in ("index", "to"))
    return _renaming(goal, dict(zip(old, new, strict=True)))


# ---------------------------------------------------------------- odd functions, averages


def _odd(goal: Goal) -> Th | None:
    """E[g(x)] = E[g(-x)] = -E[g(x)], so it is 0."""
    env = goal.env
    th = env.once(("odd", goal.left, goal.hyps), lambda: _zero(goal))
    return th if th and th.rhs == goal.right else between(env, goal.left, th, goal.right, goal.hyps)


def _zero(goal: Goal) -> Th | None:
    env, (_, g, *given) = goal.env, goal.left
    xs = sources(env, g)
    found = reflected(env, xs[0], goal.hyps) if xs and len(xs) == 1 and not given else None
    th = found and transported(env, g, (), [found], goal.hyps)
    negative: Term = ("+", ("*", MINUS, g))
    inside = th and pointwise(goal, th.rhs[1], negative)
    if th is None or inside is None:
        return None
    once = env.b.trans(
        th, env.b.cong(th.rhs, (0,), inside), env.b.step("linear", (MINUS,), (g,), ())
    )
    half = num(Fraction(1, 2))
    twice: Term = ("+", ("*", half, goal.left), ("*", half, goal.left))
    gone = env.b.cong(twice, (1, 1), once)
    return env.b.trans(env.b.ring(goal.left, twice), gone, env.b.ring(gone.rhs, ZERO))


def _maps(goal: Goal, *terms: Term) -> Iterator[list[Sames]]:
    """The maps of an average: one reflection, or exchanges of a first member with others."""
    if "flip" in goal.binding:
        flips = _flips(goal, *terms)
        if flips:
            yield [flips]
        return
    first, *others = _numbers(goal.binding["places"], goal.env)
    xs = sources(goal.env, *terms)
    if xs is not None:
        swaps = ({first: o, o: first} for o in others)
        yield from map(list, product(*(list(renamed(goal.env, xs, s, goal.hyps)) for s in swaps)))


def _average(goal: Goal) -> Th | None:
    """E[h] = E[k], where h + Σ_T h∘T = k + Σ_T k∘T for maps T that keep the law."""
    for maps in _maps(goal, *goal.left[1:], *goal.right[1:]):
        one, two = (_averaged(goal, t, maps) for t in (goal.left, goal.right))
        middle = one and two and same_mean(goal, one.rhs, two.rhs)
        if one and two and middle:
            return goal.env.b.trans(one, middle, goal.env.b.sym(two))
    return None


def _averaged(goal: Goal, t: Term, maps: Sequence[Sames]) -> Th | None:
    """E[h] = (E[h] + Σ_T E[h∘T]) / n"""
    env, (_, h, *given) = goal.env, t
    share = num(Fraction(1, len(maps) + 1))
    whole: Term = ("+", *(("*", share, t) for _ in range(len(maps) + 1)))
    done = env.b.ring(t, whole)
    for n, sames in enumerate(maps):
        if not env.declared.fixed(h):
            th = transported(env, h, tuple(given), sames, goal.hyps)
            if th is None:
                return None
            done = env.b.trans(done, env.b.cong(done.rhs, (n + 1, 1), th))
    return done


def _normal_absolute(goal: Goal) -> Th | None:
    """E|x|^n of a normal variable with mean 0."""
    env, g = goal.env, goal.left[1]
    size, n = (g[1], g[2]) if g[0] == "^" else (g, num(1))
    law = env.of("law", size[2], goal.hyps) if size[:2] == ("f", "abs") and n[0] == "q" else None
    if law is None:
        return None
    th = size_of_normal(env, law, int(n[1]), goal.hyps)
    if th is None:
        return None
    signs = _spread(env, law, goal.hyps)
    return env.b.trans(env.b.ring(goal.left, th.lhs), th, env.b.ring(th.rhs, goal.right, *signs))


def _spread(env: Env, law: Th, hyps: Hyps) -> list[Th]:
    """The variance is not negative, and what is known of its factors."""
    v = law.says[3][1]
    return [*env.signs_for(hyps, ("^", v, num(Fraction(1, 2))))]


MAKERS: Mapping[str, Maker] = {
    **halves.MAKERS,
    "odd": _odd,
    "reflection": _reflection,
    "exchange": _exchange,
    "identical": _identical,
    "average": _average,
    "normal-absolute": _normal_absolute,
}
