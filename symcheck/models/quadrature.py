"""Expectations in one random variable of a named law, by quadrature.

A third kind of model, beside random draws and small finite spaces: where everything is
known of the law, ``E[g(x)]`` is a number.  x = loc + scale z with z in a standard form;
z = sinh t makes every tail fall at least exponentially in t; the line is cut where g
bends, since a rule for smooth functions is wrong in the third digit over the kink of a
ReLU; the pieces are bisected until Gauss-Legendre sums of two orders agree; and what is
left out beyond the last piece is bounded (:func:`symcheck.models.integrand.growth`).
Where no such bound is known there is no value: a divergent integral has none either.

The error is an estimate.  A rise much narrower than the law that is nowhere near a zero of
an argument could be missed.  :mod:`symcheck.models.certified` proves its error instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.polynomial.legendre import leggauss
from sympy import Dummy, Eq, Expr, Float, Ne, Rational, S, Symbol

from symcheck.context import Context
from symcheck.expr import (
    RV, Cov, E, Ind, P, Param, Sum, Var, add, bound_indices, mul, neg, power, rebuild, replace,
    subterms,
)  # fmt: skip
from symcheck.models.densities import Standard, standard
from symcheck.models.integrand import Growth, evaluate, growth, kinks, spread
from symcheck.models.program import NotSampled, unfolded

__all__ = ["ACCURACY", "Machine", "Quadrature", "cut", "integrate"]

ACCURACY = 1e-12  # of the error, relative to E|g|
_FINE = 1e-15  # of a piece
_REST = math.log(1e-17)  # of what is cut off
_EPSILON = 2.0**-52
_PIECES = 4000  # at most, at a time
_ROUNDS = 60
_TERMS = 2000  # of a sum
_FIRST = 12  # pieces to start from, between two kinks
_LONGEST = 690.0  # of t: sinh still is a number
_ORDERS = [leggauss(n) for n in (20, 31)]

Array = Any
Number = int | float | Fraction | Expr
Ball = tuple[float, float]
B = TypeVar("B")


@dataclass(frozen=True)
class Quadrature:
    """A value, and how far off it may be: proved where ``certified``, else an estimate."""

    value: float
    error: float
    certified: bool = False

    @property
    def lower(self) -> float:
        """No more than the true value (if certified)."""
        return math.nextafter(self.value - self.error, -math.inf)

    @property
    def upper(self) -> float:
        """No less than the true value (if certified)."""
        return math.nextafter(self.value + self.error, math.inf)


def integrate(
    context: Context, e: Any, values: Mapping[Any, Number] | None = None, *, certified: bool = False
) -> Quadrature:
    """The value of a formula made of expectations, each in one variable of a named law.

    ``e`` may have E, Var, Cov and P, integrals against a law, finite sums, and functions of
    all these.  ``values`` gives a number for every size, constant and index in it, by symbol
    (``Param`` for an indexed constant) or by name; floats are taken for the exact numbers that
    they are.  With ``certified`` the error is proved, which needs python-flint.

    Raises :class:`~symcheck.models.program.NotSampled` where that is not possible: two
    variables in one expectation, no named law, a condition, an expectation that may not exist,
    an error above 1e-12 of the size of what is integrated.
    """
    machine: Machine[Any]
    if certified:
        from symcheck.models.certified import Balls

        machine = Balls()
    else:
        machine = Floats()
    rule = {_name(context, k): _exact(v) for k, v in (values or {}).items()}
    e = replace(unfolded(context, e), rule)
    ball = _Reader(context, machine, rule).value(e)
    value, error = machine.plain(ball)
    if not (math.isfinite(value) and math.isfinite(error)):
        raise NotSampled("the value is not finite")
    return Quadrature(value, error, certified)


def _name(context: Context, key: Any) -> Any:
    if not isinstance(key, str):
        return key
    for table in (context.sizes, context.symbols, context.indices):
        if key in table:
            return table[key]
    return Param(key) if key in context.params else Symbol(key)


def _exact(v: Number) -> Expr:
    if isinstance(v, Float) or not isinstance(v, Expr):
        f = Fraction(float(v)) if isinstance(v, (float, Float)) else Fraction(v)
        return Rational(f.numerator, f.denominator)
    if not v.is_number:
        raise NotSampled(f"{v} is not a number")
    return v


class Machine(Generic[B]):
    """Arithmetic on numbers with an error, and the expectation of a function of one variable."""

    def constant(self, e: Any, known: Mapping[Any, B]) -> B:
        """The value of e, in which no expectation is left."""
        raise NotImplementedError

    def expectation(
        self, name: str, parameters: list[B], g: Any, x: RV, known: Mapping[Any, B]
    ) -> B:
        """E[g(x)] for x of the named law."""
        raise NotImplementedError

    def plain(self, ball: B) -> Ball:
        """(value, error)"""
        raise NotImplementedError


class _Reader(Generic[B]):
    """Takes the expectations out of an expression, from the inside out."""

    def __init__(self, context: Context, machine: Machine[B], rule: Mapping[Any, Any]) -> None:
        self.context, self.machine, self.rule = context, machine, dict(rule)
        self.known: dict[Any, B] = {}
        self._memo: dict[Any, Any] = {}

    def value(self, e: Any) -> B:
        e = self.reduced(e)
        loose = sorted((s for s in subterms(e) if isinstance(s, RV)), key=str)
        if loose:
            raise NotSampled(f"{loose[0]} outside of an expectation")
        return self.machine.constant(e, self.known)

    def reduced(self, e: Any) -> Any:
        """e with a name for every expectation in it; their values go into ``known``."""
        if not e.args or isinstance(e, (RV, Param)):
            return e
        if e not in self._memo:
            self._memo[e] = self._reduced(e)
        return self._memo[e]

    def _reduced(self, e: Any) -> Any:
        if isinstance(e, (E, Var)) and e.given:
            raise NotSampled("a conditional expectation")
        if isinstance(e, E):
            return self._expectation(self.reduced(e.args[0]))
        if isinstance(e, Var):
            g = e.args[0]
            return self.reduced(E(power(add(g, neg(E(g))), 2)))
        if isinstance(e, Cov):
            f, g = e.args
            return self.reduced(E(mul(add(f, neg(E(f))), add(g, neg(E(g))))))
        if isinstance(e, P):
            return self.reduced(E(Ind(e.args[0])))
        if isinstance(e, Sum):
            return self._sum(e)
        return rebuild(e, tuple(self.reduced(a) for a in e.args))

    def _sum(self, e: Sum) -> Any:
        names = bound_indices(e)
        body, *rest = e.open(names)
        ranges = [(t[1], t[2]) for t in rest if not isinstance(t, Ne)]
        apart = [t for t in rest if isinstance(t, Ne)]
        if not all(a.is_Integer and b.is_Integer for a, b in ranges):
            raise NotSampled("a sum of unknown length")
        if math.prod(max(0, int(b - a) + 1) for a, b in ranges) > _TERMS:
            raise NotSampled("a sum of too many terms")
        terms = []
        for at in product(*(range(int(a), int(b) + 1) for a, b in ranges)):
            rule = dict(zip(names, map(S, at), strict=True))
            if all(replace(n.lhs, rule) != replace(n.rhs, rule) for n in apart):
                terms.append(self.reduced(replace(body, {**rule, **self.rule})))
        return add(*terms)

    def _expectation(self, g: Any) -> Any:
        variables = {s for s in subterms(g) if isinstance(s, RV)}
        if not variables:
            return g
        if len(variables) > 1:
            names = " and ".join(sorted(map(str, variables)))
            raise NotSampled(f"{names} in one expectation")
        (x,) = variables
        law = self.context.law(x)
        if law is None:
            raise NotSampled(f"{x} has no named law")
        parameters = []
        for p in law[1]:
            p = self.reduced(replace(unfolded(self.context, p), self.rule))
            parameters.append(self.machine.constant(p, self.known))
        name = Dummy(real=True)
        self.known[name] = self.machine.expectation(law[0].name, parameters, g, x, self.known)
        return name


# ---------------------------------------------------------------- floats


class Floats(Machine[Ball]):
    """Doubles, with an estimate of the error that is passed on to first order."""

    def constant(self, e: Any, known: Mapping[Any, Ball]) -> Ball:
        with np.errstate(all="ignore"):
            at = {n: v for n, (v, _) in known.items() if e.has(n)}
            value = float(evaluate(e, at))
            error = 2 * _EPSILON * _largest(e, at)
            if e.is_Rational:
                error = abs(float(e - Rational(Fraction(value))))
            for n in at:
                for way in (1, -1):
                    moved = float(evaluate(e, {**at, n: at[n] + way * known[n][1]}))
                    error += 0.5 * abs(moved - value)
        return value, error

    def expectation(
        self, name: str, parameters: list[Ball], g: Any, x: RV, known: Mapping[Any, Ball]
    ) -> Ball:
        loc, scale, law = standard(name, [v for v, _ in parameters])
        wrong = max((e / max(abs(v), scale) for v, e in parameters), default=0.0)
        at = {n: v for n, (v, _) in known.items() if g.has(n)}
        with np.errstate(all="ignore"):
            found = _Integral(law, loc, scale, wrong, g, x, at)
            value, error, size = found.sum() if law.discrete else found.adaptive()
            if not error <= ACCURACY * size:
                raise NotSampled("the quadrature does not converge")
            for n in at:  # g depends smoothly on the numbers in it, or they are exact
                if known[n][1]:
                    other = _Integral(law, loc, scale, 0.0, g, x, {**at, n: at[n] + known[n][1]})
                    moved = other.sum() if law.discrete else other.adaptive()
                    error += abs(moved[0] - value)
        return value, error

    def plain(self, ball: Ball) -> Ball:
        return ball


def _largest(e: Any, at: Mapping[Any, float]) -> float:
    """The largest number that is met on the way to the value of e."""
    here = abs(float(evaluate(e, at))) if not isinstance(e, (Eq, Ne)) else 0.0
    inner = [_largest(a, at) for a in e.args] if e not in at and not isinstance(e, Ind) else []
    return max([here, *inner])


class _Integral:
    """E[g(x)] in doubles: x = loc + scale sinh t."""

    def __init__(
        self, law: Standard, loc: float, scale: float, wrong: float, g: Any, x: RV,
        at: Mapping[Any, float],
    ) -> None:  # fmt: skip
        self.law, self.loc, self.scale, self.g, self.x, self.at = law, loc, scale, g, x, dict(at)
        self.wrong = _EPSILON + wrong

    def value(self, points: Array) -> Array:
        made = np.asarray(evaluate(self.g, {**self.at, self.x: points}), dtype=float)
        return np.broadcast_to(made, points.shape)

    def weighted(self, z: Array, log_weight: Array) -> tuple[Array, Array]:
        """The integrand, and what rounding may do to it."""
        points = self.loc + self.scale * z
        weight = np.exp(log_weight)
        value = self.value(points) * weight
        off = np.abs(self.value(points + self.wrong * (abs(self.loc) + np.abs(points))) * weight
                     - value)  # fmt: skip
        return value, off + np.abs(value) * _EPSILON * (4 + np.abs(log_weight))

    def on(self, t: Array) -> tuple[Array, Array]:
        z = np.sinh(t)
        return self.weighted(z, self.law.log_density(z) + np.log(np.cosh(t)))

    def adaptive(self) -> tuple[float, float, float]:
        """(value, error, E|g|)"""
        lo, hi, rest = cut(self.law, self.loc, self.scale, self.g, self.x, self.bounds(), self.size)
        bends = self.bends(lo, hi)
        inner = [t for t in self.law.kinks if lo < t < hi]
        stops = sorted({lo, hi, *inner, *bends})
        edges = [np.linspace(a, b, _FIRST + 1) for a, b in zip(stops, stops[1:], strict=False)]
        value, error, size = _adaptive(
            self.on, np.concatenate([k[:-1] for k in edges]), np.concatenate([k[1:] for k in edges])
        )
        error += math.exp(rest)
        near = np.array(bends)
        for way in (1 - 1e-9, 1 + 1e-9):  # the kinks themselves are rounded
            error += float(np.sum(np.abs(self.on(near * way)[0] * near) * self.wrong))
        return value, error, size

    def bounds(self) -> dict[Any, tuple[float, float]]:
        ends = (self.loc + self.scale * self.law.lower, self.loc + self.scale * self.law.upper)
        return {**{n: (v, v) for n, v in self.at.items()}, self.x: ends}

    def size(self, t: Array) -> Array:
        return np.abs(self.on(t)[0])

    def bends(self, lo: float, hi: float) -> list[float]:
        return kinks(self.g, self.x, self.at, lambda t: self.loc + self.scale * np.sinh(t), lo, hi)

    def sum(self) -> tuple[float, float, float]:
        """(value, error, E|g|) of a discrete law."""
        rest, points = -math.inf, np.array(self.law.atoms)
        if not self.law.atoms:
            grown = growth(self.g, self.x, self.bounds(), 0.0, 1.0, 1)
            last = 64
            while True:
                points = np.arange(last + 1.0)
                value, _ = self.weighted(points, self.law.log_density(points))
                size = float(np.sum(np.abs(value)))
                rest = grown.log_c + self.law.log_tail(last, grown.k, grown.b)
                if rest <= _REST + _log(size):
                    break
                last *= 2
                if last > 1e6:
                    raise NotSampled("the terms fall too slowly")
        else:
            spread(self.g, self.bounds())
        value, off = self.weighted(points, self.law.log_density(points))
        return math.fsum(value), math.fsum(off) + math.exp(rest), math.fsum(np.abs(value))


def cut(
    law: Standard, loc: float, scale: float, g: Any, x: Any,
    bounds: Mapping[Any, tuple[float, float]], size: Callable[[Array], Array],
) -> tuple[float, float, float]:  # fmt: skip
    """t from which and up to which to integrate, and a bound on the logarithm of the rest.

    ``size`` is |g| times its weight at t; the rest is below 1e-17 of its integral.
    """
    spread(g, bounds)  # no denominator may be 0
    infinite = [s for s, end in ((-1, law.lower), (1, law.upper)) if math.isinf(end)]
    grown = {s: growth(g, x, bounds, loc, scale, s) for s in infinite}
    ends = {-1: math.asinh(law.lower), 1: math.asinh(law.upper)}
    rest: dict[int, float] = {}
    for s in infinite:
        t = 1.0
        while True:
            rest[s] = _log_tail(law, grown[s], t)
            ends[s] = s * t
            if rest[s] < math.inf:
                grid = np.linspace(max(ends[-1], -t), min(ends[1], t), 401)
                whole = float(np.sum(size(grid)) * (grid[1] - grid[0]))
                if math.isfinite(whole) and rest[s] <= _REST + _log(whole):
                    break
            t *= 1.03
            if t > _LONGEST:
                raise NotSampled(f"E[{g}] may not exist, or its tail falls too slowly")
    total = [r for r in rest.values() if r > -math.inf]
    return ends[-1], ends[1], float(np.logaddexp.reduce(total)) if total else -math.inf


def _log_tail(law: Standard, grown: Growth, t: float) -> float:
    return grown.log_c + law.log_tail(math.sinh(t), grown.k, grown.b)


def _log(size: float) -> float:
    return math.log(size) if size > 0 else -690.0


def _adaptive(
    f: Callable[[Array], tuple[Array, Array]], a: Array, b: Array
) -> tuple[float, float, float]:
    """Gauss-Legendre sums on bisected pieces: the integral, its error, that of |f|."""
    done: list[float] = []
    off: list[float] = []
    known = 0.0
    for _ in range(_ROUNDS):
        half = 0.5 * (b - a)
        middle = 0.5 * (a + b)
        (coarse, _), (values, noise) = (
            f(middle[:, None] + half[:, None] * nodes) for nodes, _ in _ORDERS
        )
        (_, v), (_, w) = _ORDERS
        fine, sizes = half * (values @ w), half * (np.abs(values) @ w)
        apart = np.abs(fine - half * (coarse @ v))
        whole = known + float(np.sum(sizes))
        good = apart <= np.maximum(_FINE * whole, 8 * _EPSILON * sizes)
        done.extend(fine[good])
        off.extend((apart + half * (noise @ w))[good])
        known += float(np.sum(sizes[good]))
        if good.all():
            return math.fsum(done), math.fsum(off), known
        a, m, b = a[~good], middle[~good], b[~good]
        a, b = np.concatenate([a, m]), np.concatenate([m, b])
        if len(a) > _PIECES or not np.all(np.isfinite(apart)):
            break
    raise NotSampled("the quadrature does not converge")
