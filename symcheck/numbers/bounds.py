"""Bounds on a function of one variable: the values that it takes, and how fast it grows.

What is bounded is bounded for certain: every interval is rounded outwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from sympy import Abs, Add, Max, Min, Mul, Pow, Rational, cos, erf, exp, log, sign, sin, tanh

from symcheck.language.expr import Ind, leaky_relu, relu, sigmoid
from symcheck.numbers.program import NotSampled

__all__ = ["Growth", "Range", "growth", "spread"]

Range = tuple[float, float]
EVERYTHING: Range = (-math.inf, math.inf)
_BOUNDED = {Ind: (0.0, 1.0), sign: (-1.0, 1.0), tanh: (-1.0, 1.0), sin: (-1.0, 1.0),
            cos: (-1.0, 1.0), erf: (-1.0, 1.0), sigmoid: (0.0, 1.0)}  # fmt: skip


def spread(e: Any, at: Mapping[Any, Range]) -> Range:
    """An interval that holds all values of e, for names in their intervals.

    Raises :class:`NotSampled` where a denominator may be 0, or the argument of a logarithm
    not positive.
    """
    if e in at:
        return at[e]
    if e.is_number and not e.args:
        if not e.is_extended_real:
            raise NotSampled(f"{e} is no real number")
        value = float(e)
        exact = e.is_Rational and e == Rational(value)
        return (value, value) if exact else (_down(value), _up(value))
    if e.func in _BOUNDED:
        for a in e.args[0].args if isinstance(e, Ind) else e.args:
            spread(a, at)
        return _BOUNDED[e.func]
    if not e.args:
        raise NotSampled(f"{e} has no value")
    args = [spread(a, at) for a in e.args]
    if isinstance(e, Add):
        return _down(_total(a for a, _ in args)), _up(_total(b for _, b in args))
    if isinstance(e, Mul):
        made = args[0]
        for a in args[1:]:
            lo, hi = _hull(_product(p, q) for p in made for q in a)
            made = _down(lo), _up(hi)
        return made
    if isinstance(e, Pow):
        return _spread_power(e, args)
    if isinstance(e, exp):
        return max(0.0, _down(_exp(args[0][0]))), _up(_exp(args[0][1]))
    if isinstance(e, log):
        if not args[0][0] > 0:
            raise NotSampled(f"the argument of log({e.args[0]}) may come near to 0")
        return _down(math.log(args[0][0])), _up(math.log(args[0][1]))
    if isinstance(e, Abs):
        lo, hi = args[0]
        return max(0.0, lo, -hi), max(-lo, hi)
    if isinstance(e, (relu, leaky_relu)):
        a = args[1] if isinstance(e, leaky_relu) else (0.0, 0.0)
        low = _hull(_product(p, min(v, 0.0)) for p in a for v in args[0])
        return _hull((*low, *(max(v, 0.0) for v in args[0]))) if args[0][1] > 0 else low
    if isinstance(e, (Max, Min)):
        pick = max if isinstance(e, Max) else min
        return pick(a for a, _ in args), pick(b for _, b in args)
    raise NotSampled(f"{e.func.__name__} has no value")


def _spread_power(e: Any, args: list[Range]) -> Range:
    (lo, hi), n = args[0], e.exp
    if n.is_Integer:
        if n < 0 and lo <= 0 <= hi:
            raise NotSampled(f"the denominator {e.base} may come near to 0")
        ends = [_power(v, n) for v in (lo, hi)]
        ends += [_down(min(ends)), _up(max(ends))]
        return _hull([*ends, 0.0] if n > 0 and n % 2 == 0 and lo < 0 < hi else ends)
    if lo < 0 or (lo == 0 and not args[1][0] > 0):
        raise NotSampled(f"{e.base} may be negative, or 0, under a root")
    ends = [_power(v, q) for v in (lo, hi) for q in args[1]]
    return _hull([max(0.0, _down(min(ends))), _up(max(ends))])


def _power(v: float, n: Any) -> float:
    with np.errstate(all="ignore"):
        return float(np.power(np.float64(v), float(n)))


def _down(v: float) -> float:
    """A little less, unless it is 0."""
    return v if math.isinf(v) else v - 2.0**-50 * abs(v)


def _up(v: float) -> float:
    return -_down(-v)


def _total(values: Iterable[float]) -> float:
    found = list(values)
    return math.fsum(found) if all(map(math.isfinite, found)) else sum(found)


def _exp(v: float) -> float:
    return math.exp(v) if v < 700 else math.inf


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _hull(values: Iterable[float]) -> Range:
    found = list(values)
    return EVERYTHING if any(map(math.isnan, found)) else (min(found), max(found))


class Growth(NamedTuple):
    """|g(z)| <= exp(log_c) |z|^k exp(b |z|) for |z| >= 1, on one side of the line."""

    log_c: float
    k: float = 0.0
    b: float = 0.0

    def __add__(self, other: Any) -> Growth:
        return Growth(
            float(np.logaddexp(self.log_c, other.log_c)),
            max(self.k, other.k), max(self.b, other.b),
        )  # fmt: skip

    def times(self, other: Growth) -> Growth:
        return Growth(self.log_c + other.log_c, self.k + other.k, self.b + other.b)

    def to(self, n: float) -> Growth:
        return Growth(self.log_c * n, self.k * n, self.b * n)


def _constant(size: float) -> Growth:
    return Growth(math.log(size) if size > 0 else -math.inf)


def growth(e: Any, x: Any, at: Mapping[Any, Range], loc: float, scale: float, side: int) -> Growth:
    """How fast e can grow with x = loc + side scale |z|, for |z| >= 1 (scale > 0).

    Raises :class:`NotSampled` where no such bound is known.
    """

    def size(e: Any) -> Growth:
        if e == x:
            return _constant(abs(loc) + scale)._replace(k=1.0)
        if not e.has(x) or e.func in _BOUNDED:
            lo, hi = spread(e, at)
            return _constant(max(abs(lo), abs(hi)))
        if isinstance(e, Add):
            return _sum([size(a) for a in e.args])
        if isinstance(e, Mul):
            made = _constant(1.0)
            for a in e.args:
                made = made.times(size(a))
            return made
        if isinstance(e, Pow) and not e.exp.has(x):
            _, n = spread(e.exp, at)
            if n > 0:
                return (size(e.base) + _constant(1.0)).to(n)
            lo, hi = spread(e.base, at)  # on one side of 0
            return _constant(max(1.0, max(lo, -hi) ** spread(e.exp, at)[0]))
        if isinstance(e, exp):
            alpha, beta = above(e.args[0], 1)
            if not beta < math.inf:
                raise NotSampled(f"no bound is known on the growth of exp({e.args[0]})")
            return Growth(alpha, 0.0, beta)
        if isinstance(e, log):
            lo, _ = spread(e.args[0], at)
            return _constant(abs(math.log(lo))) + _logarithm(size(e.args[0]))
        if isinstance(e, leaky_relu):
            lo, hi = spread(e.args[1], at)
            return size(e.args[0]).times(_constant(max(1.0, abs(lo), abs(hi))))
        if isinstance(e, (relu, Abs, Max, Min)):
            return _sum([size(a) for a in e.args])
        raise NotSampled(f"no bound is known on the growth of {e}")

    def above(e: Any, way: int) -> tuple[float, float]:
        """way e <= alpha + beta |z|."""
        if e == x:
            return way * loc, way * side * scale
        if isinstance(e, Add):
            parts = [above(a, way) for a in e.args]
            return _up(_total(a for a, _ in parts)), _up(_total(b for _, b in parts))
        if isinstance(e, Mul):
            fixed = [a for a in e.args if not a.has(x)]
            rest = [a for a in e.args if a.has(x)]
            if len(rest) == 1 and fixed:
                ends = spread(Mul(*fixed, evaluate=False), at)
                if min(ends) >= 0 or max(ends) <= 0:
                    inner = above(rest[0], way if min(ends) >= 0 else -way)
                    alpha, beta = (max(_product(abs(c), v) for c in ends) for v in inner)
                    return _up(alpha), _up(beta)
        lo, hi = spread(e, at)
        edge = hi if way > 0 else -lo
        if edge < math.inf:
            return edge, 0.0
        log_c, k, b = size(e)
        if k <= 1 and b <= 0 and log_c < 700:
            return 0.0, math.exp(log_c)  # |z| >= 1
        return math.inf, math.inf

    return size(e)


def _logarithm(u: Growth) -> Growth:
    if u.b > 0:  # log|z| <= |z|
        return _constant(max(u.log_c, 0.0) + u.k + u.b)._replace(k=1.0)
    root = 0.1 / max(u.k, 1.0)  # log u <= u^r / (e r)
    return _constant(1 / (math.e * root)).times(u.to(root))


def _sum(parts: list[Growth]) -> Growth:
    made = parts[0]
    for p in parts[1:]:
        made = made + p
    return made
