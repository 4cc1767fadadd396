"""A function of one variable: its values, where it may bend, and how fast it can grow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from sympy import (
    Abs, Add, Eq, Ge, Gt, Max, Min, Mul, Ne, Pow, S, cos, erf, exp, log, sign, sin, tanh,
)  # fmt: skip

from symcheck.expr import Ind, add, leaky_relu, neg, relu, sigmoid
from symcheck.models.program import NotSampled
from symcheck.ring import canonical

__all__ = ["Growth", "evaluate", "growth", "kinks", "spread"]

Array = Any
Range = tuple[float, float]
EVERYTHING: Range = (-math.inf, math.inf)
GRID = 4001  # points at which a change of sign is looked for

_erf = np.vectorize(math.erf, otypes=[float])
_FUNCTIONS: dict[Any, Callable[..., Array]] = {
    relu: lambda u: np.maximum(u, 0.0),
    leaky_relu: lambda u, a: np.where(u > 0, u, a * u),
    Abs: np.abs, sign: np.sign, exp: np.exp, log: np.log, sin: np.sin, cos: np.cos,
    tanh: np.tanh, erf: _erf, sigmoid: lambda u: 0.5 + 0.5 * np.tanh(0.5 * u),
    Max: lambda *us: np.maximum.reduce(np.broadcast_arrays(*us)),
    Min: lambda *us: np.minimum.reduce(np.broadcast_arrays(*us)),
}  # fmt: skip
_RELATIONS = {Gt: np.greater, Ge: np.greater_equal, Eq: np.equal, Ne: np.not_equal}
_BOUNDED = {Ind: (0.0, 1.0), sign: (-1.0, 1.0), tanh: (-1.0, 1.0), sin: (-1.0, 1.0),
            cos: (-1.0, 1.0), erf: (-1.0, 1.0), sigmoid: (0.0, 1.0)}  # fmt: skip


def evaluate(e: Any, at: Mapping[Any, Array]) -> Array:
    """The value of e with the numbers or arrays ``at`` for its names.

    Raises :class:`NotSampled` for a name without a value and for an unknown head.
    """
    if e in at:
        return at[e]
    if e.is_Rational:
        return int(e.p) / int(e.q)
    if e.is_number and not e.args:
        return float(e)
    if isinstance(e, Ind):
        return _indicator(e.args[0], at)
    args = [evaluate(a, at) for a in e.args]
    if isinstance(e, Add):
        return sum(args[1:], args[0])
    if isinstance(e, Mul):
        return math.prod(args[1:], start=args[0])
    if isinstance(e, Pow):
        n = e.exp
        if n.is_Integer:
            return np.power(np.asarray(args[0], dtype=float), int(n))
        return np.sqrt(args[0]) if n == S.Half else np.power(args[0], args[1])
    if e.func in _FUNCTIONS:
        return _FUNCTIONS[e.func](*args)
    raise NotSampled(f"{e} has no value" if not e.args else f"{e.func.__name__} has no value")


def _indicator(relation: Any, at: Mapping[Any, Array]) -> Array:
    if isinstance(relation, (Eq, Ne)) and canonical(add(relation.lhs, neg(relation.rhs))) == 0:
        return 1.0 if isinstance(relation, Eq) else 0.0
    sides = [evaluate(a, at) for a in relation.args]
    return _RELATIONS[relation.func](*sides).astype(float)


# ---------------------------------------------------------------- where it bends


def bends(e: Any) -> Iterator[Any]:
    """Arguments whose zeros are kinks, or the places of a sharp rise."""
    if isinstance(e, Ind):
        relation = e.args[0]
        yield add(relation.lhs, neg(relation.rhs))
    elif isinstance(e, (relu, leaky_relu, Abs, sign, tanh, exp, erf, sigmoid)):
        yield e.args[0]
    elif isinstance(e, (Max, Min)):
        for n, a in enumerate(e.args):
            yield from (add(a, neg(b)) for b in e.args[:n])
    elif isinstance(e, Pow) and not e.exp.is_Integer:
        yield e.base
    for a in e.args:
        yield from bends(a)


def kinks(
    e: Any, x: Any, at: Mapping[Any, float], place: Callable[[Array], Array], lo: float, hi: float
) -> list[float]:
    """The t in lo < t < hi at which e may bend, where x = place(t) is increasing.

    Exact to rounding where the argument is a polynomial in x; otherwise where it changes
    its sign on a grid.
    """
    found: set[float] = set()
    for u in dict.fromkeys(b for b in bends(e) if b.has(x)):
        found.update(_zeros(u, x, at, place, lo, hi))
    return sorted(t for t in found if lo < t < hi)


def _zeros(
    u: Any, x: Any, at: Mapping[Any, float], place: Callable[[Array], Array], lo: float, hi: float
) -> Iterator[float]:
    coefficients = _polynomial(u, x, at)
    with np.errstate(all="ignore"):
        if coefficients is not None:
            roots = np.roots(coefficients[::-1]) if np.all(np.isfinite(coefficients)) else []
            # A double root comes out as a pair with a small imaginary part.
            for r in (r.real for r in roots if abs(r.imag) <= 1e-6 * (1 + abs(r))):
                yield _bisected(lambda t, r=r: place(t) - r, lo, hi)
            return
        grid = np.linspace(lo, hi, GRID)
        values = np.broadcast_to(evaluate(u, {**at, x: place(grid)}), grid.shape)
        for n in np.flatnonzero(np.sign(values[1:]) != np.sign(values[:-1])):
            yield _bisected(
                lambda t: float(np.asarray(evaluate(u, {**at, x: place(t)}))), grid[n], grid[n + 1]
            )


def _bisected(f: Callable[[float], float], lo: float, hi: float) -> float:
    low = f(lo) > 0
    while True:
        middle = 0.5 * (lo + hi)
        if not lo < middle < hi:
            return middle
        if (f(middle) > 0) == low:
            lo = middle
        else:
            hi = middle


def _polynomial(e: Any, x: Any, at: Mapping[Any, float]) -> Array | None:
    """The coefficients of a polynomial in x, lowest first; None for anything else."""
    if e == x:
        return np.array([0.0, 1.0])
    if not e.has(x):
        return np.array([float(evaluate(e, at))])
    parts = [_polynomial(a, x, at) for a in (e.args if isinstance(e, (Add, Mul)) else ())]
    if isinstance(e, Pow) and e.exp.is_Integer and 0 < e.exp <= 16:
        parts = [_polynomial(e.base, x, at)] * int(e.exp)
    if not parts or any(p is None for p in parts):
        return None
    made = parts[0]
    for p in parts[1:]:
        made = (np.polynomial.polynomial.polyadd if isinstance(e, Add) else np.convolve)(made, p)
    return np.trim_zeros(made, "b")


# ---------------------------------------------------------------- bounds


def spread(e: Any, at: Mapping[Any, Range]) -> Range:
    """An interval that holds all values of e, up to rounding, for names in their intervals.

    Raises :class:`NotSampled` where a denominator may be 0, or the argument of a logarithm
    not positive.
    """
    if e in at:
        return at[e]
    if e.is_number and not e.args:
        return float(e), float(e)
    if e.func in _BOUNDED:
        for a in e.args[0].args if isinstance(e, Ind) else e.args:
            spread(a, at)
        return _BOUNDED[e.func]
    if not e.args:
        raise NotSampled(f"{e} has no value")
    args = [spread(a, at) for a in e.args]
    if isinstance(e, Add):
        return sum(a for a, _ in args), sum(b for _, b in args)
    if isinstance(e, Mul):
        made = args[0]
        for a in args[1:]:
            made = _hull(_product(p, q) for p in made for q in a)
        return made
    if isinstance(e, Pow):
        return _spread_power(e, args)
    if isinstance(e, exp):
        return _hull(_exp(v) for v in args[0])
    if isinstance(e, log):
        if not args[0][0] > 0:
            raise NotSampled(f"the argument of log({e.args[0]}) may come near to 0")
        return _hull(math.log(v) for v in args[0])
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
        ends = [_power(v, int(n)) for v in (lo, hi)]
        return _hull([*ends, 0.0] if n > 0 and n % 2 == 0 and lo < 0 < hi else ends)
    if lo < 0 or (lo == 0 and not args[1][0] > 0):
        raise NotSampled(f"{e.base} may be negative, or 0, under a root")
    with np.errstate(all="ignore"):
        return _hull(float(np.power(np.float64(v), q)) for v in (lo, hi) for q in args[1])


def _power(v: float, n: int) -> float:
    with np.errstate(all="ignore"):
        return float(np.float64(v) ** n)


def _exp(v: float) -> float:
    return math.exp(v) if v < 700 else math.inf


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _hull(values: Any) -> Range:
    found = list(values)
    return EVERYTHING if any(math.isnan(v) for v in found) else (min(found), max(found))


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
            n = float(evaluate(e.exp, {n: 0.5 * (a + b) for n, (a, b) in at.items() if a == b}))
            if n > 0:
                return size(e.base).to(n)
            lo, hi = spread(e.base, at)
            return _constant(max(abs(lo), abs(hi)) if n == 0 else max(lo, -hi) ** n)
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
            return sum(a for a, _ in parts), sum(b for _, b in parts)
        if isinstance(e, Mul):
            fixed = [a for a in e.args if not a.has(x)]
            rest = [a for a in e.args if a.has(x)]
            if len(rest) == 1 and fixed:
                lo, hi = spread(Mul(*fixed, evaluate=False), at)
                if lo == hi:
                    alpha, beta = above(rest[0], way if lo > 0 else -way)
                    return _product(abs(lo), alpha), _product(abs(lo), beta)
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
