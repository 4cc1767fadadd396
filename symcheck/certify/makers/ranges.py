"""Finite sums in the core: opening and exchanging them, taking out terms, cutting ranges.

A sum over several indices is a sum in a sum; conditions on its indices are indicators in front
of the innermost body.
"""

from __future__ import annotations

from collections.abc import Callable

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.fresh import letter_for
from symcheck.certify.makers.expectation import all_of
from symcheck.core.declared import within
from symcheck.core.terms import MINUS, ONE, Term, closed, has, minus, neg, opened

__all__ = [
    "J",
    "Letters",
    "Make",
    "alone",
    "first_off",
    "last_off",
    "moved_inwards",
    "nonneg",
    "split_sum",
    "taken_out",
    "telescoped",
    "under",
    "with_front",
]

Letters = tuple[Term, ...]
Make = Callable[[Term, Hyps, Letters], Th | None]
J = ("v", "~1")  # the letter that the core's rules use: it is never free in a term


# ---------------------------------------------------------------- moving about in sums


def under(
    env: Env, t: Term, depth: int, hyps: Hyps, make: Make, letters: Letters = ()
) -> Th | None:
    """t = t with what ``make`` says of its body, so many sums opened."""
    if depth == 0:
        return make(t, hyps, letters)
    _, lo, hi, body = t
    letter = letter_for(hyps, t)
    here = hyps | within(letter, lo, hi)
    th = under(env, opened(body, letter), depth - 1, here, make, (*letters, letter))
    return th and env.b.inside_sum(t, th, letter)


def moved_inwards(env: Env, t: Term, level: int, depth: int, hyps: Hyps) -> Th | None:
    """t = the same sums, that at ``level`` innermost.  No range inside may speak of its index."""
    done = env.b.refl(t)
    for n in range(level, depth - 1):
        th = under(env, done.rhs, n, hyps, lambda s, h, k: _swapped(env, s))
        if th is None:
            return None
        done = env.b.trans(done, th)
    return done


def _swapped(env: Env, s: Term) -> Th | None:
    j, k = ("v", "j"), ("v", "k")
    inner = opened(s[3], j)
    if inner[0] != "S" or has(s, j) or has(s, k):
        return None
    return env.b.step("swap", j, k, s[1], s[2], inner[1], inner[2], opened(inner[3], k))


def with_front(t: Term, depth: int, front: Callable[[Letters], Term]) -> Term:
    """Nested sums with one more factor in front of the innermost body."""
    letters = tuple(("v", f"~{n + 2}") for n in range(depth))

    def go(s: Term, n: int) -> Term:
        if n == depth:
            return ("*", front(letters), s)
        return ("S", s[1], s[2], closed(go(opened(s[3], letters[n]), n + 1), letters[n]))

    return go(t, 0)


# ---------------------------------------------------------------- what the rules are made of


def nonneg(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """t >= 0"""
    return env.sign(">=", t, hyps)


def taken_out(env: Env, t: Term, k: Term, hyps: Hyps) -> Th | None:
    """Σ_j a(j) = a(k) + Σ_j 1[j != k] a(j), for a k in the range."""
    _, lo, hi, body = t
    met = all_of([nonneg(env, minus(k, lo), hyps), nonneg(env, minus(hi, k), hyps)])
    if met is None:
        return None
    own = opened(body, J)
    one = env.b.step("pick", lo, hi, k, body, of=met)
    rest: Term = ("S", lo, hi, closed(("*", ("1", "!=", minus(J, k)), own), J))
    both: Term = ("+", one.lhs, rest)
    return env.b.trans(env.b.ring(t, both), env.b.cong(both, (0,), one))


def split_sum(env: Env, t: Term, mid: Term, hyps: Hyps) -> Th | None:
    """Σ_{lo..hi} a = Σ_{lo..mid} a + Σ_{mid+1..hi} a"""
    _, lo, hi, body = t
    after = env.canon(("+", mid, ONE))
    met = all_of([nonneg(env, ("+", mid, neg(lo), ONE), hyps), nonneg(env, minus(hi, mid), hyps)])
    return None if met is None else env.b.step("cut_range", lo, mid, after, hi, body, of=met)


def first_off(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """Σ_{lo..hi} a = a(lo) + Σ_{lo+1..hi} a"""
    th = split_sum(env, t, t[1], hyps)
    return th and env.b.trans(th, env.b.cong(th.rhs, (0,), alone(env, th.rhs[1])))


def last_off(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """Σ_{lo..hi} a = Σ_{lo..hi-1} a + a(hi)"""
    th = split_sum(env, t, env.canon(minus(t[2], ONE)), hyps)
    return th and env.b.trans(th, env.b.cong(th.rhs, (1,), alone(env, th.rhs[2])))


def alone(env: Env, t: Term) -> Th:
    return env.b.step("single", *t[1:])


def telescoped(env: Env, lo: Term, hi: Term, g: Term, hyps: Hyps) -> Th | None:
    """Σ_{lo..hi} g(j + 1) = Σ_{lo..hi} g(j) + g(hi + 1) - g(lo), for the body g of a sum."""
    b, high = env.b, env.canon(("+", hi, ONE))
    whole: Term = ("S", lo, high, g)
    first, last = first_off(env, whole, hyps), split_sum(env, whole, hi, hyps)
    if first is None or last is None:
        return None
    last = b.trans(last, b.cong(last.rhs, (1,), alone(env, last.rhs[2])))
    after = closed(opened(g, ("+", J, ONE)), J)
    shifted = b.step("shift", lo, hi, after, ONE)
    low = first.rhs[2]  # Σ_{lo+1..hi+1} g
    same: Term = ("+", whole, ("*", MINUS, first.rhs[1]))
    back: Term = ("+", first.rhs, ("*", MINUS, first.rhs[1]))
    # Σ g(j+1) = Σ_{lo+1..} g = whole - g(lo) = Σ g + g(hi+1) - g(lo)
    chain = [
        shifted,
        b.ring(shifted.rhs, low),
        b.ring(low, back),
        b.cong(back, (0,), b.sym(first)),
        b.cong(same, (0,), last),
    ]
    return b.trans(*chain)
