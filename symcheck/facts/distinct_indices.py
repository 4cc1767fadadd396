"""By what are two indices certainly different?  Unknown means no."""

from __future__ import annotations

from sympy import Add, Expr, gcd

from symcheck.facts.assumptions import EMPTY, NOTHING, Scope, Used
from symcheck.facts.declarations import Declarations
from symcheck.language.expr import add, mul
from symcheck.language.ring import canonical

__all__ = ["distinct"]


def distinct(c: Declarations, a: Expr, b: Expr, scope: Scope = EMPTY) -> Used | None:
    """By what the two indices certainly differ.  h - j and h - k do, where j and k do."""
    pairs = scope.apart | {frozenset(p) for p in c.apart}
    if frozenset((a, b)) in pairs:
        return NOTHING
    gap = canonical(add(a, mul(-1, b)))
    if gap == 0:
        return None
    if _remainder(gap) or any(_multiple(gap, pair) for pair in pairs):
        return NOTHING
    found = (c.positive(canonical(mul(s, gap)), scope) for s in (1, -1))
    return next((used for used in found if used is not None), None)


def _remainder(gap: Expr) -> bool:
    """2 j + 1 is never 0: what divides the rest does not divide the number."""
    number, rest = gap.as_coeff_Add()
    parts = [t.as_coeff_Mul() for t in Add.make_args(rest)]
    whole = number.is_Integer and all(k.is_Integer and m.is_integer for k, m in parts)
    if rest == 0 or not whole:
        return False
    return bool(number % gcd([k for k, _ in parts]) != 0)


def _multiple(gap: Expr, pair: frozenset[Expr]) -> bool:
    """Is it a number other than 0, times the difference of these two?"""
    if len(pair) < 2:
        return False
    a, b = pair
    difference = canonical(add(a, mul(-1, b)))
    s = next(iter(difference.free_symbols), None)
    if s is None or difference.coeff(s) == 0:
        return False
    ratio = gap.coeff(s) / difference.coeff(s)
    return bool(ratio.is_Rational and ratio != 0 and canonical(gap - ratio * difference) == 0)
