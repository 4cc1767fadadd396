"""Expectations in a few independent variables, enclosed: their values are cut into cells.

On a cell the integrand lies between two numbers, and the cell's probability is known; what is
outside of all cells is bounded by how fast the integrand can grow.  Every bound is rounded
outwards.  The result is coarse, and certain: enough to tell 1/2 from 2/3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb
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
    Rational,
    cos,
    erf,
    exp,
    log,
    sign,
    sin,
    tanh,
)

from symcheck.language.expr import RV, Ind, add, leaky_relu, neg, relu, sigmoid
from symcheck.language.ring import canonical
from symcheck.numbers.bounds import Range, spread
from symcheck.numbers.densities import Standard, standard
from symcheck.numbers.program import NotSampled

__all__ = ["MOST", "Law", "enclosure"]

MOST = 3  # variables
_CELLS = {2: 600, 3: 70}  # along each variable, for so many of them
_REST = math.log(1e-6)  # of a variable, outside of its cells
_FARTHEST = 1e6
_SLOP = 2.0**-46  # what rounding may do, relative
_TINY = 1e-300
_SURE = 1e-12  # of a probability, relative
_SUMMED = 1e-9  # what adding up may lose, relative

Array = Any
Ball = Any
Law = tuple[str, list[Ball]]  # its name, and its parameters
Ends = tuple[Array, Array]


@dataclass(frozen=True)
class _Cut:
    """The cells of one variable: their ends, their probabilities, and what is beyond."""

    low: Array
    high: Array
    mass: Array
    beyond: Callable[[float], float]  # k -> a bound on E[(1 + |x|)^k] outside of the cells

    def moment(self, k: float) -> float:
        """No less than E[(1 + |x|)^k]."""
        size = 1 + np.maximum(np.abs(self.low), np.abs(self.high))
        return float(np.sum(self.mass * size**k)) * (1 + _SUMMED) + self.beyond(k)


def enclosure(laws: Mapping[RV, Law], g: Any, known: Mapping[Any, Range]) -> Range:
    """An interval that holds E[g], for independent variables of these laws.

    ``known`` are intervals for the other names in g.  Raises :class:`NotSampled` where no
    bound is found: too many variables, a law without a distribution function here, a
    denominator that may be 0, an integrand that may grow faster than any power.
    """
    if len(laws) > MOST:
        raise NotSampled("too many variables in one expectation")
    supports = {x: _support(law) for x, law in laws.items()}
    front, degrees = _growth(g, {**known, **supports})
    count = _CELLS[len(laws)]
    cuts = {x: _cut(law, degrees.get(x, 0.0), count) for x, law in laws.items()}
    at: dict[Any, Ends] = {n: (np.float64(a), np.float64(b)) for n, (a, b) in known.items()}
    mass: Array = np.float64(1)
    for n, (x, cut) in enumerate(cuts.items()):
        shape = [-1 if k == n else 1 for k in range(len(cuts))]
        at[x] = cut.low.reshape(shape), cut.high.reshape(shape)
        mass = mass * cut.mass.reshape(shape)
    with np.errstate(all="ignore"):
        low, high = (np.broadcast_to(v, mass.shape) for v in _values(g, at))
        lost = _SUMMED * float(np.sum(mass * np.maximum(np.abs(low), np.abs(high))))
        ends = float(np.sum(mass * low)) - lost, float(np.sum(mass * high)) + lost
    rest = 0.0
    for x in cuts:
        part = front
        for y, cut in cuts.items():
            k = degrees.get(y, 0.0)
            part *= cut.beyond(k) if x == y else cut.moment(k)
        rest += part
    found = ends[0] - rest * (1 + _SUMMED), ends[1] + rest * (1 + _SUMMED)
    if not all(map(math.isfinite, found)):
        raise NotSampled("the integrand has no bound on a cell")
    return found


# ---------------------------------------------------------------- the cells of a variable


def _standard(law: Law) -> tuple[Ball, Ball, Standard]:
    """x = loc + scale z, the first two as balls."""
    name, p = law
    _, _, made = standard(name, [float(v.mid()) for v in p])
    if name in ("normal", "laplace"):
        return p[0], p[1].sqrt() if name == "normal" else p[1], made
    if name == "uniform":
        return p[0], p[1] - p[0], made
    return arb(0), 1 / p[0] if name == "exponential" else arb(1), made


def _support(law: Law) -> Range:
    loc, scale, made = _standard(law)
    return tuple(  # type: ignore[return-value]
        _float(loc + scale * arb(z), way) if math.isfinite(z) else z
        for z, way in ((made.lower, -1), (made.upper, 1))
    )


def _cut(law: Law, degree: float, count: int) -> _Cut:
    loc, scale, made = _standard(law)
    reach = 1 + max(abs(_float(loc, 1)), abs(_float(loc, -1))) + _float(scale, 1)
    sides = sum(map(math.isinf, (made.lower, made.upper)))
    top = 1.0
    while sides and made.log_tail(top, degree, 0.0) > _REST:
        top *= 1.1
        if top > _FARTHEST:
            raise NotSampled("a tail falls too slowly")
    if made.name == "poisson":
        top = math.floor(top)

    def beyond(k: float) -> float:
        # 1 + |x| <= reach |z| for |z| >= 1
        return sides * math.exp(k * math.log(reach) + made.log_tail(top, k, 0.0)) if sides else 0.0

    if made.discrete:
        points = [int(z) for z in made.atoms or range(int(top) + 1)]
        lows = highs = np.array(points, dtype=float)  # exact
        masses = [_mass(law, z) for z in points]
    else:
        low, high = max(made.lower, -top), min(made.upper, top)
        edges = [arb(float(z)) for z in _edges(low, high, count)]
        places = [loc + scale * z for z in edges]
        lows = np.array([_float(b, -1) for b in places[:-1]])
        highs = np.array([_float(b, 1) for b in places[1:]])
        masses = [b - a for a, b in pairwise(_below(made.name, z) for z in edges)]
    if not all(m.rad() <= _SURE * m.mid() for m in masses):
        raise NotSampled("the probability of a cell is not certain")
    return _Cut(lows, highs, np.array([float(m.mid()) for m in masses]), beyond)


def _edges(low: float, high: float, count: int) -> Array:
    """Denser in the middle where the tails are long."""
    short = high <= (10 if low < 0 else 1)
    bend = 1 if short else 2 if high <= 100 else 4
    if low >= 0:
        return low + (high - low) * np.linspace(0, 1, count + 1) ** bend
    t = np.linspace(-1, 1, count + 1)
    return high * np.sign(t) * np.abs(t) ** bend


def _below(name: str, z: Ball) -> Ball:
    """P[z' <= z] of the standard law."""
    if name == "normal":
        return (-z / arb(2).sqrt()).erfc() / 2
    if name == "uniform":
        return z
    if name == "exponential":
        return 1 - (-z).exp()
    if name == "laplace":
        return z.exp() / 2 if z <= 0 else 1 - (-z).exp() / 2
    if name == "cauchy":
        return arb(1) / 2 + z.atan() / arb.pi()
    raise NotSampled(f"no distribution function of the {name} law")


def _mass(law: Law, n: int) -> Ball:
    name, p = law
    if name == "poisson":
        return p[0] ** n * (-p[0]).exp() / arb(n).fac()
    return (p[0] if n else 1 - p[0]) if name == "bernoulli" else arb(1) / 2


def _float(b: Ball, way: int) -> float:
    """A float beyond b, or b itself if it is one."""
    if b.is_exact() and arb(float(b)) == b:
        return float(b)
    return math.nextafter(float(b.upper() if way > 0 else b.lower()), way * math.inf)


# ---------------------------------------------------------------- growth


def _growth(e: Any, at: Mapping[Any, Range]) -> tuple[float, dict[RV, float]]:
    """(c, k) with |e| <= c times the product of the (1 + |x|)^k[x]."""
    try:
        low, high = spread(e, at)
    except NotSampled:
        low, high = -math.inf, math.inf
    size = max(abs(low), abs(high))
    if math.isfinite(size):
        return size, {}
    if isinstance(e, RV):
        return 1.0, {e: 1.0}
    if isinstance(e, (Abs, relu)):
        return _growth(e.args[0], at)
    if isinstance(e, leaky_relu):
        (c, k), (d, m) = (_growth(a, at) for a in e.args)
        if m:
            raise NotSampled("a random slope")
        return c * max(1.0, d), k
    if isinstance(e, Pow) and e.exp.is_Rational and e.exp > 0:
        if not e.exp.is_Integer and spread(e.base, at)[0] < 0:
            raise NotSampled(f"{e.base} may be negative under a root")
        c, k = _growth(e.base, at)
        n = float(e.exp)
        return c**n * (1 + _SUMMED), {x: v * n for x, v in k.items()}
    if isinstance(e, (Add, Mul, Max, Min)):
        parts = [_growth(a, at) for a in e.args]
        names = {x for _, k in parts for x in k}
        if isinstance(e, Mul):
            degrees = {x: sum(k.get(x, 0.0) for _, k in parts) for x in names}
            return math.prod(c for c, _ in parts) * (1 + _SUMMED), degrees
        degrees = {x: max(k.get(x, 0.0) for _, k in parts) for x in names}
        return math.fsum(c for c, _ in parts) * (1 + _SUMMED), degrees
    raise NotSampled(f"no bound is known on the growth of {e}")


# ---------------------------------------------------------------- values on cells


def _values(e: Any, at: Mapping[Any, Ends]) -> Ends:
    """Two arrays between which e lies, on every cell."""
    if e in at:
        return at[e]
    if e.is_number and not e.args:
        value = np.float64(float(e))
        exact = e.is_Rational and e == Rational(float(e))
        return (value, value) if exact else _outwards(value, value)
    if isinstance(e, Ind):
        return _indicator(e.args[0], at)
    if not e.args:
        raise NotSampled(f"{e} has no value")
    args = [_values(a, at) for a in e.args]
    if isinstance(e, Add):
        return _total(args)
    if isinstance(e, Mul):
        made = args[0]
        for a in args[1:]:
            made = _times(made, a)
        return made
    if isinstance(e, Pow):
        return _power(args, e.exp)
    if isinstance(e, (Max, Min)):
        pick = np.maximum if isinstance(e, Max) else np.minimum
        low, high = args[0]
        for a, b in args[1:]:
            low, high = pick(low, a), pick(high, b)
        return low, high
    low, high = args[0]
    if isinstance(e, leaky_relu):
        above = np.maximum(low, 0.0), np.maximum(high, 0.0)
        return _total([above, _times(args[1], (np.minimum(low, 0.0), np.minimum(high, 0.0)))])
    if isinstance(e, Abs):
        return np.maximum(np.maximum(low, -high), 0.0), np.maximum(-low, high)
    if isinstance(e, (sin, cos)):
        f = np.sin if isinstance(e, sin) else np.cos
        middle, half = f((low + high) / 2), (high - low) / 2 + _SLOP * (1 + np.abs(low))
        return np.maximum(middle - half, -1.0), np.minimum(middle + half, 1.0)
    if isinstance(e, log) and not np.all(low > 0):
        raise NotSampled(f"the argument of {e} may come near to 0")
    if e.func not in _INCREASING:
        raise NotSampled(f"{e.func.__name__} has no value on a cell")
    rises = _INCREASING[e.func]
    low, high = _outwards(rises(low), rises(high))
    return (np.maximum(low, 0.0) if e.func in (exp, relu, sigmoid) else low), high


_INCREASING: dict[Any, Callable[[Array], Array]] = {
    relu: lambda u: np.maximum(u, 0.0), sign: np.sign, exp: np.exp, log: np.log, tanh: np.tanh,
    erf: np.vectorize(math.erf, otypes=[float]), sigmoid: lambda u: 1 / (1 + np.exp(-u)),
}  # fmt: skip


def _outwards(low: Array, high: Array) -> Ends:
    return low - _SLOP * np.abs(low) - _TINY, high + _SLOP * np.abs(high) + _TINY


def _total(args: list[Ends]) -> Ends:
    if all(_whole(a) for a in args):
        made = sum(a for a, _ in args)
        return made, made
    lows, highs = [a for a, _ in args], [b for _, b in args]
    low = sum(lows) - _SLOP * sum(map(np.abs, lows))
    high = sum(highs) + _SLOP * sum(map(np.abs, highs))
    return np.where(_least(np.minimum, lows) >= 0, np.maximum(low, 0.0), low), high


def _times(a: Ends, b: Ends) -> Ends:
    if _whole(a) and _whole(b):
        return a[0] * b[0], a[0] * b[0]
    ends = [x * y for x in a for y in b]
    low, high = _outwards(_least(np.minimum, ends), _least(np.maximum, ends))
    return np.where((a[0] >= 0) & (b[0] >= 0), np.maximum(low, 0.0), low), high


def _whole(a: Ends) -> bool:
    """Small whole numbers, with which doubles calculate exactly."""
    low, high = a
    return bool(np.all(low == high) and np.all(low == np.rint(low)) and np.all(np.abs(low) < 2**24))


def _least(pick: Any, ends: list[Array]) -> Array:
    made = ends[0]
    for v in ends[1:]:
        made = pick(made, v)
    return made


def _power(args: list[Ends], n: Any) -> Ends:
    low, high = args[0]
    if n.is_Integer:
        if n < 0 and np.any((low <= 0) & (high >= 0)):
            raise NotSampled("a denominator may come near to 0")
        ends = [np.power(v, float(n)) for v in (low, high)]
        least, most = np.minimum(*ends), np.maximum(*ends)
        if n > 0 and n % 2 == 0:
            least = np.where((low < 0) & (high > 0), 0.0, least)
        made = _outwards(least, most)
        return np.where((low >= 0) | (n % 2 == 0), np.maximum(made[0], 0.0), made[0]), made[1]
    if np.any(low < 0) or (np.any(low == 0) and not np.all(args[1][0] > 0)):
        raise NotSampled("what is under a root may be negative")
    ends = [np.power(v, q) for v in (low, high) for q in args[1]]
    made = _outwards(_least(np.minimum, ends), _least(np.maximum, ends))
    return np.maximum(made[0], 0.0), made[1]


def _indicator(relation: Any, at: Mapping[Any, Ends]) -> Ends:
    if canonical(add(relation.lhs, neg(relation.rhs))) == 0:
        same = np.float64(isinstance(relation, (Ge, Eq)))
        return same, same
    (a, b), (c, d) = (_values(s, at) for s in relation.args)
    if isinstance(relation, (Gt, Ge)):
        # The ends of cells have no probability, but for points, which are exact.
        strict = isinstance(relation, Gt)
        yes, no = (a > d, b <= c) if strict else (a >= d, b < c)
    elif isinstance(relation, (Eq, Ne)):
        yes, no = (a == b) & (c == d) & (a == c), (b < c) | (d < a)
        yes, no = (no, yes) if isinstance(relation, Ne) else (yes, no)
    else:
        raise NotSampled(f"{relation} has no value")
    return np.where(yes, 1.0, 0.0), np.where(no, 0.0, 1.0)
