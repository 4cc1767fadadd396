"""A function of one variable: its values, and where it may bend."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from sympy import (
    Abs,
    Add,
    Eq,
    Ge,
    Gt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    S,
    cos,
    erf,
    exp,
    log,
    sign,
    sin,
    tanh,
)

from symcheck.language.expr import Ind, add, leaky_relu, neg, relu, sigmoid
from symcheck.language.ring import canonical
from symcheck.numbers.program import NotSampled

__all__ = ["evaluate", "kinks"]

Array = Any
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


def evaluate(e: Any, at: Mapping[Any, Array]) -> Array:
    """The value of e with the numbers or arrays ``at`` for its names.

    Raises :class:`NotSampled` for a name without a value and for an unknown head.
    """
    if e in at:
        return at[e]
    if e.is_Rational:
        return int(e.p) / int(e.q)
    if e.is_number and not e.args:
        if e.is_extended_real is not True:  # 1/0
            raise NotSampled(f"{e} is no number")
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
            roots: Array = np.roots(coefficients[::-1]) if np.all(np.isfinite(coefficients)) else []
            # A double root comes out as a pair with a small imaginary part.
            for r in (r.real for r in roots if abs(r.imag) <= 1e-6 * (1 + abs(r))):
                yield _bisected(place, r, lo, hi)
            return
        grid = np.linspace(lo, hi, GRID)
        values = np.broadcast_to(evaluate(u, {**at, x: place(grid)}), grid.shape)
        for n in np.flatnonzero(np.sign(values[1:]) != np.sign(values[:-1])):
            yield _bisected(lambda t: evaluate(u, {**at, x: place(t)}), 0.0, grid[n], grid[n + 1])


def _bisected(f: Callable[[float], Any], level: float, lo: float, hi: float) -> float:
    low = f(lo) > level
    while True:
        middle = 0.5 * (lo + hi)
        if not lo < middle < hi:
            return middle
        if (f(middle) > level) == low:
            lo = middle
        else:
            hi = middle


def _polynomial(e: Any, x: Any, at: Mapping[Any, float]) -> Array | None:
    """The coefficients of a polynomial in x, lowest first; None for anything else."""
    if e == x:
        return np.array([0.0, 1.0])
    if not e.has(x):
        return np.array([float(evaluate(e, at))])
    inner = e.args if isinstance(e, (Add, Mul)) else ()
    if isinstance(e, Pow) and e.exp.is_Integer and 0 < e.exp <= 16:
        inner = (e.base,) * int(e.exp)
    parts = [p for a in inner if (p := _polynomial(a, x, at)) is not None]
    if not parts or len(parts) < len(inner):
        return None
    made: Array = parts[0]
    for p in parts[1:]:
        made = (np.polynomial.polynomial.polyadd if isinstance(e, Add) else np.convolve)(made, p)
    return np.trim_zeros(made, "b")
