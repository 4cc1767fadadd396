"""The densities of the named laws, each in a standard form: x = loc + scale z.

Written from Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, 2nd ed.,
1994-95, and not from the moments in :mod:`symcheck.language.laws`, which they are to confirm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from symcheck.numbers.program import NotSampled

__all__ = ["Standard", "standard"]

Array = Any
_ROOT = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class Standard:
    """The law of z, on ``lower`` < z < ``upper``; ``kinks`` are those of its density.

    ``log_density`` is the logarithm of the density, or of the weight where the law is
    discrete.  ``log_tail(t, k, b)`` bounds the logarithm of E[|z|^k exp(b |z|); z > t] for
    t >= 1 (and so, these laws being symmetric where both tails are infinite, that of the
    other tail); it is infinite where no bound is known.
    """

    name: str
    lower: float
    upper: float
    log_density: Callable[[Array], Array]
    log_tail: Callable[[float, float, float], float]
    kinks: tuple[float, ...] = ()
    atoms: tuple[float, ...] = ()
    df: float = 0.0

    @property
    def discrete(self) -> bool:
        """A sum over ``atoms``, or over all whole numbers from 0 where there are none."""
        return self.name in ("bernoulli", "rademacher", "poisson")


def standard(name: str, parameters: Sequence[float]) -> tuple[float, float, Standard]:
    """(loc, scale, law of z) such that loc + scale z has the named law.

    Raises :class:`NotSampled` for parameters that the law does not allow.
    """
    p = list(parameters)
    inf = math.inf
    if name == "normal" and p[1] > 0:
        return p[0], math.sqrt(p[1]), Standard(name, -inf, inf, _normal, _normal_tail)
    if name == "uniform" and p[0] < p[1]:
        return p[0], p[1] - p[0], Standard(name, 0.0, 1.0, np.zeros_like, lambda *_: -inf)
    if name == "laplace" and p[1] > 0:
        law = Standard(name, -inf, inf, _laplace, _laplace_tail, kinks=(0.0,))
        return p[0], p[1], law
    if name == "exponential" and p[0] > 0:
        return 0.0, 1 / p[0], Standard(name, 0.0, inf, np.negative, _exponential_tail)
    if name == "cauchy" or (name == "student" and p[0] > 0):
        return 0.0, 1.0, _student(name, 1.0 if name == "cauchy" else p[0])
    if name == "bernoulli" and 0 <= p[0] <= 1:
        return 0.0, 1.0, _points(name, (0.0, 1.0), (1 - p[0], p[0]))
    if name == "rademacher":
        return 0.0, 1.0, _points(name, (-1.0, 1.0), (0.5, 0.5))
    if name == "poisson" and p[0] > 0:
        return 0.0, 1.0, _poisson(p[0])
    raise NotSampled(f"{name}({', '.join(f'{v:g}' for v in p)}) is no law")


def _normal(z: Array) -> Array:
    return -0.5 * z * z - _ROOT


def _falling(height: float, rate: float) -> float:
    """log of exp(height) / rate: the tail of a log-concave function that falls at this rate."""
    return height - math.log(rate) if rate > 0 else math.inf


def _normal_tail(t: float, k: float, b: float) -> float:
    return _falling(k * math.log(t) + b * t - 0.5 * t * t - _ROOT, t - b - k / t)


def _laplace(z: Array) -> Array:
    return -np.abs(z) - math.log(2)


def _laplace_tail(t: float, k: float, b: float) -> float:
    return _exponential_tail(t, k, b) - math.log(2)


def _exponential_tail(t: float, k: float, b: float) -> float:
    return _falling(k * math.log(t) + b * t - t, 1 - b - k / t)


def _student(name: str, df: float) -> Standard:
    with mpmath.workdps(30):
        ratio = mpmath.loggamma(mpmath.mpf(df + 1) / 2) - mpmath.loggamma(mpmath.mpf(df) / 2)
        front = float(ratio - mpmath.log(mpmath.pi * df) / 2)
    half = (df + 1) / 2

    def log_density(z: Array) -> Array:
        return front - half * np.log1p(np.square(z / math.sqrt(df)))

    def log_tail(t: float, k: float, b: float) -> float:
        # (1 + z^2/df)^(-half) <= (z^2/df)^(-half)
        if b > 0 or k >= df:
            return math.inf
        return front + half * math.log(df) + (k - df) * math.log(t) - math.log(df - k)

    return Standard(name, -math.inf, math.inf, log_density, log_tail, df=df)


def _points(name: str, atoms: tuple[float, ...], weights: tuple[float, ...]) -> Standard:
    with np.errstate(divide="ignore"):
        logs = np.log(np.asarray(weights))

    def log_density(z: Array) -> Array:
        return logs[np.searchsorted(np.asarray(atoms), z)]

    return Standard(name, atoms[0], atoms[-1], log_density, lambda *_: -math.inf, atoms=atoms)


def _poisson(rate: float) -> Standard:
    lgamma = np.vectorize(math.lgamma, otypes=[float])

    def log_density(z: Array) -> Array:
        return z * math.log(rate) - rate - lgamma(z + 1.0)

    def log_tail(t: float, k: float, b: float) -> float:
        # From n = floor(t) + 1 on, the terms fall at least as fast as the first two.
        n = math.floor(t) + 1
        fall = math.log(rate) - math.log(n + 1) + b + k * math.log1p(1 / n)
        if fall >= 0:
            return math.inf
        term = n * math.log(rate) - rate - math.lgamma(n + 1) + k * math.log(n) + b * n
        return term - math.log(-math.expm1(fall))

    return Standard("poisson", 0.0, math.inf, log_density, log_tail)
