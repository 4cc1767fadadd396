"""Finite sums: counting, one term taken out, the diagonal, other ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.fresh import letter_for
from symcheck.certify.makers import diagonal, series
from symcheck.certify.makers.expectation import all_of, between, times
from symcheck.certify.makers.ranges import (
    J,
    alone,
    first_off,
    last_off,
    moved_inwards,
    nonneg,
    split_sum,
    taken_out,
    telescoped,
    under,
)
from symcheck.certify.steps import Goal, Maker
from symcheck.core.terms import MINUS, ONE, Term, closed, has, kids, minus, neg, num, opened

__all__ = ["MAKERS", "counted"]


# ---------------------------------------------------------------- counting


def counted(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """Σ_j 1[j != k_1] ... 1[j != k_m] c = (hi - lo + 1 - m) c, the k different and in the range."""
    _, lo, hi, body = t
    letter = letter_for(hyps, t)
    factors = _factors(opened(body, letter))
    moves = [f for f in factors if has(f, letter)]
    rest = [f for f in factors if f not in moves]
    if not all(f[:2] == ("1", "!=") for f in moves):
        return None
    others = [_solved(env, f[2], letter) for f in moves]
    known = hyps | env.declared.guards(("*", ONE, *rest), 0)
    number = _number(env, lo, hi, [k for k in others if k is not None], known)
    if number is None or None in others:
        return None
    start = ("*", *rest, number.lhs)
    th = env.b.cong(start, (len(rest),), number)
    return between(env, t, th, th.rhs, known)


def _factors(t: Term) -> list[Term]:
    """The factors of a product, products in it opened."""
    return [f for k in kids(t) for f in _factors(k)] if t[0] == "*" else [t]


def _solved(env: Env, gap: Term, letter: Term) -> Term | None:
    """The value of the letter for which ``gap`` is 0, where it is the letter and something else."""
    for sign in (ONE, MINUS):
        rest = env.canon(minus(letter, ("*", sign, gap)))
        if not has(rest, letter):
            return rest
    return None


def _number(env: Env, lo: Term, hi: Term, others: Sequence[Term], hyps: Hyps) -> Th | None:
    """Σ_j Π 1[j != k] = hi - lo + 1 - m"""
    b = env.b
    if not others:
        size = ("+", hi, neg(lo), ONE)
        met = nonneg(env, size, hyps)
        return met and b.step("count", lo, hi, of=[met])
    *front, k = others
    fewer = _number(env, lo, hi, front, hyps)
    differ = all_of(env.sign("!=", minus(k, other), hyps) for other in front)
    if fewer is None or differ is None:
        return None
    out = taken_out(env, fewer.lhs, k, hyps)
    if out is None:
        return None
    # Σ_j Π_{m-1} = Π 1[k != ...] + Σ_j Π_m, and every 1[k != ...] is 1
    all_: Term = ("S", lo, hi, closed(times([("1", "!=", minus(J, o)) for o in others]), J))
    left: Term = minus(fewer.lhs, ONE)
    more: Term = minus(out.rhs, ONE)
    same = b.ring(all_, more, *differ)
    return b.trans(same, b.sym(b.cong(left, (0,), out)), b.cong(left, (0,), fewer))


def _count(goal: Goal) -> Th | None:
    env, depth, n = goal.env, len(goal.term.bound), goal.binding["index"]
    inner = moved_inwards(env, goal.left, n, depth, goal.hyps)
    if inner is None:
        return None
    th = under(env, inner.rhs, depth - 1, goal.hyps, lambda s, h, k: counted(env, s, h))
    return between(env, goal.left, th and env.b.trans(inner, th), goal.right, goal.hyps)


# ---------------------------------------------------------------- one term picked


def _pick(goal: Goal) -> Th | None:
    """Σ_j 1[j = k] a(j) = a(k), at whichever level of the sum the condition is met."""
    env, depth = goal.env, len(goal.term.bound)
    for n in range(depth):
        inner = moved_inwards(env, goal.left, n, depth, goal.hyps)
        if inner is None:
            continue
        th = under(env, inner.rhs, depth - 1, goal.hyps, lambda s, h, k: picked(env, s, h))
        found = between(env, goal.left, th and env.b.trans(inner, th), goal.right, goal.hyps)
        if found is not None:
            return found
    return None


def picked(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """Σ_j 1[j = k] a(j) = a(k), for a k in the range."""
    _, lo, hi, body = t
    factors = _factors(opened(body, J))
    for f in factors:
        k = _solved(env, f[2], J) if f[:2] == ("1", "=") else None
        if k is None:
            continue
        rest = closed(times([g for g in factors if g is not f]), J)
        met = all_of([nonneg(env, minus(k, lo), hyps), nonneg(env, minus(hi, k), hyps)])
        if met is not None:
            th = env.b.step("pick", lo, hi, k, rest, of=met)
            return env.b.trans(env.b.ring(t, th.lhs), th)
    return None


# ---------------------------------------------------------------- other ranges


def _cut(goal: Goal) -> Th | None:
    env, n = goal.env, goal.binding["index"]
    at = env.bridge.term(goal.binding["at"])
    th = under(env, goal.left, n, goal.hyps, lambda s, h, _: split_sum(env, s, at, h))
    return between(env, goal.left, th, goal.right, goal.hyps)


def _shift(goal: Goal) -> Th | None:
    env = goal.env
    th = env.b.step("shift", *goal.left[1:], env.bridge.term(goal.binding["by"]))
    return between(env, goal.left, th, goal.right, goal.hyps)


def _reverse(goal: Goal) -> Th | None:
    env, (_, lo, hi, body) = goal.env, goal.left
    th = env.b.step("reverse", lo, hi, body, env.canon(("+", lo, hi)))
    return between(env, goal.left, th, goal.right, goal.hyps)


def _explicit(goal: Goal) -> Th | None:
    """Term by term from the front; the last one stands alone."""
    env, t = goal.env, goal.left
    size = env.canon(minus(t[2], t[1]))
    if size[0] != "q" or size[1] > 100:
        return None
    if size[1] < 0:
        th = _empty(env, t)
    else:
        th = _peeled(env, t, int(size[1]), 0, goal.hyps)
        last, path = (th.rhs if th else t), (1,) * int(size[1])
        for n in path:
            last = kids(last)[n]
        th = th and env.b.trans(th, env.b.cong(th.rhs, path, alone(env, last)))
    return between(env, goal.left, th, goal.right, goal.hyps)


def _empty(env: Env, t: Term) -> Th | None:
    met = env.sign(">", minus(t[1], t[2]))
    return met and env.b.step("empty", *t[1:], of=[met])


def _ends(goal: Goal) -> Th | None:
    """Both ranges are brought to the one that they have in common."""
    env, t = goal.env, goal.left
    low, high = (env.bridge.term(goal.binding[k]) for k in ("lower", "upper"))
    other: Term = ("S", low, high, t[3])
    first, last = env.canon(minus(low, t[1])), env.canon(minus(t[2], high))
    if first[0] != "q" or last[0] != "q":
        return None
    front, back = int(first[1]), int(last[1])
    one = _peeled(env, t, max(front, 0), max(back, 0), goal.hyps)
    two = _peeled(env, other, max(-front, 0), max(-back, 0), goal.hyps)
    if one is None or two is None:
        return None
    common = env.b.ring(one.rhs, ("+", two.rhs, minus(one.rhs, two.rhs)))
    whole: Term = ("+", two.rhs, minus(one.rhs, two.rhs))
    put = env.b.sym(env.b.cong(("+", other, whole[2]), (0,), two))
    return between(env, goal.left, env.b.trans(one, common, put), goal.right, goal.hyps)


def _peeled(env: Env, t: Term, front: int, back: int, hyps: Hyps) -> Th | None:
    """Σ a = the sum without so many terms in front and at the back, and these."""
    done = env.b.refl(t)
    at: tuple[int, ...] = ()
    for n in range(front + back):
        part = done.rhs
        for m in at:
            part = kids(part)[m]
        th = (first_off if n < front else last_off)(env, part, hyps)
        if th is None:
            return None
        done = env.b.trans(done, env.b.cong(done.rhs, at, th))
        at = (*at, 1 if n < front else 0)
    return done


# ---------------------------------------------------------------- sums of powers

FAULHABER = {1: (2, (1, 1)), 2: (6, (2, 3, 1)), 3: (4, (1, 2, 1, 0)), 4: (30, (6, 15, 10, 0, -1))}


def _powers(goal: Goal) -> Th | None:
    """Σ_{1..n} j^p: what telescopes is the polynomial itself."""
    env, (_, lo, hi, body) = goal.env, goal.left
    p = int(body[2][1]) if body[0] == "^" and body[2][0] == "q" else 1
    if p not in FAULHABER:
        return None

    def total(n: Term) -> Term:
        below, cs = FAULHABER[p]
        powers = range(p + 1, 0, -1)
        terms = (("*", num(c), ("^", n, num(k))) for c, k in zip(cs, powers, strict=False))
        return ("*", ("^", num(below), MINUS), ("+", *terms))

    g = closed(total(minus(J, ONE)), J)
    th = telescoped(env, lo, hi, g, goal.hyps)
    if th is None:
        return None
    moved = env.b.cong(minus(th.lhs, ("S", lo, hi, g)), (0,), th)
    return between(env, goal.left, moved, goal.right, goal.hyps)


MAKERS: Mapping[str, Maker] = {
    **diagonal.MAKERS,
    **series.MAKERS,
    "pick": _pick,
    "sum-count": _count,
    "sum-cut": _cut,
    "sum-shift": _shift,
    "sum-reverse": _reverse,
    "sum-explicit": _explicit,
    "sum-ends": _ends,
    "sum-powers": _powers,
}
