"""Gauss-Legendre sums for E[g(x)] in doubles, with an estimate of the error.

x = loc + scale z with z in a standard form, and z = sinh t, which makes every tail fall at
least exponentially in t.  The line is cut where g bends, since a rule for smooth functions
is wrong in the third digit over the kink of a ReLU; the pieces are bisected until sums of
two orders agree; what is left out beyond the last piece is bounded
(:mod:`symcheck.numbers.bounds`), and where no bound is known there is no value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.polynomial.legendre import leggauss
from sympy import Rational
from sympy.core.relational import Relational

from symcheck.language.expr import RV, Ind
from symcheck.numbers.bounds import Growth, Range, growth, spread
from symcheck.numbers.densities import Standard, standard
from symcheck.numbers.integrand import evaluate, kinks
from symcheck.numbers.program import NotSampled

__all__ = ["ACCURACY", "Floats", "Integral", "Machine"]

ACCURACY = 1e-12  # of the error, relative to E|g|
_FINE = 1e-15  # of a piece
_REST = math.log(1e-17)  # of what is cut off
_EPSILON = 2.0**-52
_PIECES = 4000  # at most, at a time
_ROUNDS = 60
_FIRST = 12  # pieces to start from, between two kinks
_LONGEST = 690.0  # of t: sinh still is a number
_ORDERS = [leggauss(n) for n in (20, 31)]

Array = Any
Ball = tuple[float, float]
B = TypeVar("B")


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

    def several(self, laws: Mapping[RV, tuple[str, list[B]]], g: Any, known: Mapping[Any, B]) -> B:
        """E[g] for independent variables of these laws, roughly."""
        raise NotSampled(f"{' and '.join(sorted(map(str, laws)))} in one expectation")

    def plain(self, ball: B) -> Ball:
        """(value, error)"""
        raise NotImplementedError


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
            found = Integral(law, loc, scale, wrong, g, x, at)
            value, error, size = found.sum() if law.discrete else found.adaptive()
            if not error <= ACCURACY * size:
                raise NotSampled("the quadrature does not converge")
            for n in at:  # g depends smoothly on the numbers in it, or they are exact
                if known[n][1]:
                    other = Integral(law, loc, scale, 0.0, g, x, {**at, n: at[n] + known[n][1]})
                    moved = other.sum() if law.discrete else other.adaptive()
                    error += abs(moved[0] - value)
        return value, error

    def plain(self, ball: Ball) -> Ball:
        return ball


def _largest(e: Any, at: Mapping[Any, float]) -> float:
    """The largest number that is met on the way to the value of e."""
    here = abs(float(evaluate(e, at))) if not isinstance(e, Relational) else 0.0
    inner = [_largest(a, at) for a in e.args] if e not in at and not isinstance(e, Ind) else []
    return max([here, *inner])


class Integral:
    """E[g(x)] in doubles: x = loc + scale sinh t."""

    def __init__(
        self, law: Standard, loc: float, scale: float, wrong: float, g: Any, x: RV,
        at: Mapping[Any, float], ranges: Mapping[Any, Range] | None = None,
    ) -> None:  # fmt: skip
        self.ranges = {n: (v, v) for n, v in at.items()} if ranges is None else ranges
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
        lo, hi, rest = self.cut()
        bends = self.bends(lo, hi)
        inner = [t for t in self.law.kinks if lo < t < hi]
        stops = sorted({lo, hi, *inner, *bends})
        edges = [np.linspace(a, b, _FIRST + 1) for a, b in pairwise(stops)]
        value, error, size = _adaptive(
            self.on, np.concatenate([k[:-1] for k in edges]), np.concatenate([k[1:] for k in edges])
        )
        error += math.exp(rest)
        near = np.array(bends)
        for way in (1 - 1e-9, 1 + 1e-9):  # the kinks themselves are rounded
            error += float(np.sum(np.abs(self.on(near * way)[0] * near) * self.wrong))
        return value, error, size

    def cut(self) -> tuple[float, float, float]:
        """t from which and up to which to integrate, and the logarithm of a bound on the rest.

        The rest is below 1e-17 of E|g|.
        """
        spread(self.g, self.bounds())  # no denominator may be 0
        law, rest = self.law, {}
        ends = {-1: math.asinh(law.lower), 1: math.asinh(law.upper)}
        for side in (s for s in (-1, 1) if math.isinf(ends[s])):
            grown = self.growth(side)
            t = 1.0
            while True:
                rest[side] = grown.log_c + law.log_tail(math.sinh(t), grown.k, grown.b)
                ends[side] = side * t
                if rest[side] < math.inf:
                    size = self.size(max(ends[-1], -t), min(ends[1], t))
                    if math.isfinite(size) and rest[side] <= _REST + _log(size):
                        break
                t *= 1.03
                if t > _LONGEST:
                    raise NotSampled(f"E[{self.g}] may not exist, or its tail falls too slowly")
        return ends[-1], ends[1], float(np.logaddexp.reduce([-math.inf, *rest.values()]))

    def size(self, lo: float, hi: float) -> float:
        """E|g|, roughly."""
        grid = np.linspace(lo, hi, 401)
        return float(np.sum(np.abs(self.on(grid)[0])) * (grid[1] - grid[0]))

    def bounds(self) -> dict[Any, tuple[float, float]]:
        ends = (self.loc + self.scale * self.law.lower, self.loc + self.scale * self.law.upper)
        return {**self.ranges, self.x: ends}

    def bends(self, lo: float, hi: float) -> list[float]:
        return kinks(self.g, self.x, self.at, lambda t: self.loc + self.scale * np.sinh(t), lo, hi)

    def sum(self) -> tuple[float, float, float]:
        """(value, error, E|g|) of a discrete law."""
        points, rest = self.points()
        value, off = self.weighted(points, self.law.log_density(points))
        return math.fsum(value), math.fsum(off) + math.exp(rest), math.fsum(np.abs(value))

    def points(self) -> tuple[Array, float]:
        """The points to sum over, and the logarithm of a bound on the rest."""
        if self.law.atoms:
            spread(self.g, self.bounds())
            return np.array(self.law.atoms), -math.inf
        grown = self.growth(1)
        last = 64
        while last < 1e6:
            points = np.arange(last + 1.0)
            value, _ = self.weighted(points, self.law.log_density(points))
            rest = grown.log_c + self.law.log_tail(last, grown.k, grown.b)
            if rest <= _REST + _log(float(np.sum(np.abs(value)))):
                return points, rest
            last *= 2
        raise NotSampled("the terms fall too slowly")

    def growth(self, side: int) -> Growth:
        return growth(self.g, self.x, self.bounds(), self.loc, self.scale, side)


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
