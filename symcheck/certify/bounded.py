"""Bounds of random factors: a constant c with -c <= k <= c."""

from __future__ import annotations

from fractions import Fraction

from symcheck.certify.builder import Th
from symcheck.certify.domination import sizes
from symcheck.certify.env import Env, Hyps
from symcheck.certify.forms import matched
from symcheck.certify.fresh import fresh
from symcheck.core.declared import within
from symcheck.core.ring import Monomial, product
from symcheck.core.terms import MINUS, ONE, Refused, Term, kids, minus, num, opened

__all__ = ["between", "bounded", "bounded_quotient"]

Bound = tuple[Term, Th, Th]
ONE_ = Fraction(1)
WITHIN_ONE = ("sin", "cos", "tanh", "erf", "sigmoid", "sign")


def bounded(env: Env, k: Term, hyps: Hyps) -> Bound | None:
    """c, c + k >= 0, c - k >= 0, for a c without random source; or None."""
    base, n = (k[1], k[2]) if k[0] == "^" else (k, ONE)
    if n[0] != "q" or n[1].denominator != 1:
        return None
    if n[1] > 0:
        if base[0] == "1" or (base[0] == "f" and base[1] in WITHIN_ONE):
            return _within_one(env, k) if n == ONE else between(env, ONE, k, hyps)
        told = _declared(env, base)
        return told if told is None or n == ONE else _power(env, told, base, n, hyps)
    return _below(env, k, base, n, hyps)


def _within_one(env: Env, k: Term) -> Bound:
    """Of a function between -1, or 0, and 1."""
    low, high = (env.b.step("bounds", k, n) for n in (0, 1))
    return (
        ONE,
        env.b.step("farkas", ">=", ("+", ONE, k), (ONE_,), of=[low]),
        env.b.step("farkas", ">=", minus(ONE, k), (ONE_,), of=[high]),
    )


def between(env: Env, c: Term, k: Term, hyps: Hyps) -> Bound | None:
    """c with the theorems that k lies between -c and c."""
    low = env.sign(">=", ("+", c, k), hyps)
    high = None if low is None else env.sign(">=", minus(c, k), hyps)
    return None if low is None or high is None else (c, low, high)


def _declared(env: Env, k: Term) -> Bound | None:
    """Of a function that is declared to be bounded."""
    n = env.bridge.numbers.get(("bounded", k[1])) if k[0] == "f" else None
    if n is None:
        return None
    th = env.b.step("fact", n, kids(k))
    c = ("c", f"bounded {k[1]}")
    low, high = sizes(env, k)
    return (
        c,
        env.b.step("farkas", ">=", ("+", c, k), (ONE_, ONE_), of=[th, low]),
        env.b.step("farkas", ">=", minus(c, k), (ONE_, ONE_), of=[th, high]),
    )


def _power(env: Env, told: Bound, k: Term, n: Term, hyps: Hyps) -> Bound | None:
    """|k^n| <= c^n, factor by factor: (c - k) (c + k) >= 0 gives c^2 - k^2 >= 0."""
    c, low, high = told
    if n != num(2):
        return None
    both = env.b.step("product_sign", of=[low, high])
    square: Term = ("^", c, n)
    up = env.moved(both, env.b.ring(both.says[1], minus(square, ("^", k, n))))
    even = env.b.step("power_sign", ">=", k, n)
    most = env.b.step("power_sign", ">=", c, n)
    down = env.b.step(
        "farkas", ">=", ("+", square, ("^", k, n)), (Fraction(1), Fraction(1)), of=[even, most]
    )
    return square, down, up


def _below(env: Env, k: Term, base: Term, n: Term, hyps: Hyps) -> Bound | None:
    """1/d for a d that is at least a positive number: the number without a random source in d."""
    if n != MINUS:
        return None
    low = _least(env, base, hyps)
    if low is None:
        return None
    return _over(env, k, ONE, base, low, hyps)


def _least(env: Env, d: Term, hyps: Hyps) -> Term | None:
    """The constant part of a sum, where it is positive and the rest is not negative."""
    if d[0] != "+":
        return None
    fixed = [t for t in kids(d) if env.declared.fixed(t)]
    c: Term = fixed[0] if len(fixed) == 1 else ("+", *fixed)
    if not fixed or env.sign(">", c, hyps) is None:
        return None
    return c if env.sign(">=", minus(d, c), hyps) is not None else None


def _over(env: Env, k: Term, a: Term, d: Term, low: Term, hyps: Hyps) -> Bound | None:
    """a / d <= 1 / low for 0 <= low a <= d, low and d being positive."""
    positive, above = env.sign(">", d, hyps), env.sign(">", low, hyps)
    least: Term = ("*", low, a)
    gap = _member(env, d, a, hyps) if d[0] == "S" else env.sign(">=", minus(d, least), hyps)
    some = env.sign(">=", a, hyps)
    if positive is None or above is None or gap is None or some is None:
        return None
    c: Term = ("^", low, MINUS)
    over: Term = ("^", d, MINUS)
    down = env.b.step("power_sign", ">", d, MINUS, of=[positive])
    small = env.b.step("power_sign", ">", low, MINUS, of=[above])
    left = env.b.step("product_sign", of=[gap, down, small])
    high = env.b.step(
        "farkas", ">=", minus(c, k), (ONE_, -ONE_, ONE_),
        of=[left, _cancelled(env, positive, c), _cancelled(env, above, a, over)],
    )  # fmt: skip
    ratio = env.b.step("product_sign", of=[some, down])
    ratio = env.moved(ratio, env.b.ring(ratio.says[1], k))
    return c, env.b.step("farkas", ">=", ("+", c, k), (ONE_, ONE_), of=[small, ratio]), high


def _cancelled(env: Env, positive: Th, *others: Term) -> Th:
    """a a^-1 b = b, for an a > 0."""
    by = env.b.step("inverse", of=[positive])
    return env.b.cong(("*", by.lhs, *others), (0,), by)


def _member(env: Env, d: Term, a: Term, hyps: Hyps) -> Th | None:
    """d - a >= 0 for a term a of a sum d of terms that are not negative."""
    lo, hi, body = d[1:]
    letter = fresh(d, a, hyps=hyps)
    inside = opened(body, letter)
    at = matched(inside, a, (letter,), {})
    if at is None or letter not in at:
        return None
    k = at[letter]
    ends = [env.sign(">=", g, hyps) for g in (minus(k, lo), minus(hi, k))]
    positive = env.sign(">=", inside, hyps | within(letter, lo, hi))
    if positive is None or any(e is None for e in ends):
        return None
    one = env.b.step("pick", lo, hi, k, body, of=[e for e in ends if e is not None])
    apart = env.b.step("bounds", ("1", "!=", minus(k, letter)), 0)
    rest = env.b.step("product_sign", of=[apart, positive])
    others = env.b.step("sum_sign", letter, lo, hi, of=[rest])
    return env.b.step("farkas", ">=", minus(d, ("*", ONE, a)), (ONE_, ONE_), of=[one, others])


def bounded_quotient(env: Env, m: Monomial, hyps: Hyps) -> tuple[Monomial, Bound] | None:
    """a / d in a product, where 0 <= a <= d; with the factors that are not in it."""
    for n, (d, e) in enumerate(m):
        if e != MINUS or d[0] not in ("+", "S"):
            continue
        for j, (_, k) in enumerate(m):
            if j == n or k[0] != "q" or k[1] <= 0:
                continue
            ratio = product(tuple(sorted((m[n], m[j]))))
            try:
                found = _over(env, ratio, product((m[j],)), d, ONE, hyps)
            except Refused:
                continue
            if found is not None:
                return tuple(f for i, f in enumerate(m) if i not in (n, j)), found
    return None
