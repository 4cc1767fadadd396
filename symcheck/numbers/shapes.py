"""Laws to draw from: standardized shapes and the named laws, as quantile functions.

A shape has mean 0 and variance 1.  Drawing through quantiles lets members of a group
share one uniform number, which makes them dependent without touching any single law.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["SHAPES", "Shape", "allowed", "asymmetric", "named", "normal_quantile"]

Array = Any


@dataclass(frozen=True)
class Shape:
    """A law with mean 0 and variance 1.

    ``heavy`` is the degree of polynomials up to which standard errors of 20,000 draws
    can be trusted; ``low`` is the lower end of the support; ``gap`` says that values
    near zero do not occur; ``above`` is the probability of the upper one of two points.
    ``fill`` draws into an array, past the quantile.
    """

    name: str
    quantile: Callable[[Array], Array]
    symmetric: bool
    atomless: bool
    low: float = -math.inf
    heavy: int = 64
    gap: bool = False
    above: float = 0.0
    fill: Callable[[np.random.Generator, Array], object] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by name: functions in one line have none of their own."""
        if any(s.name == self.name for s in SHAPES):
            return _shape, (self.name,)
        return asymmetric, (self.above,)


# Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37, 1988: 16 digits.
_A = (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
      1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
      3.3430575583588128105e4, 2.5090809287301226727e3)  # fmt: skip
_B = (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
      2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
      5.2264952788528545610e3)  # fmt: skip
_C = (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
      3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4)  # fmt: skip
_D = (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
      1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
      1.05075007164441684324e-9)  # fmt: skip
_E = (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7)  # fmt: skip
_F = (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
      7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
      2.04426310338993978564e-15)  # fmt: skip


def _ratio(top: Sequence[float], bottom: Sequence[float], r: Array) -> Array:
    a, b = np.full_like(r, top[-1]), np.full_like(r, bottom[-1])
    for x, y in zip(reversed(top[:-1]), reversed(bottom[:-1]), strict=True):
        a, b = a * r + x, b * r + y
    return a / b


def normal_quantile(u: Array) -> Array:
    """The inverse of the standard normal distribution function, for 0 < u < 1."""
    q = u - 0.5
    middle = np.abs(q) <= 0.425
    z = q * _ratio(_A, _B, np.where(middle, 0.180625 - q * q, 0.0))
    if not middle.all():
        r = np.sqrt(-np.log(np.minimum(u, 1.0 - u)))
        tail = np.where(r <= 5.0, _ratio(_C, _D, r - 1.6), _ratio(_E, _F, r - 5.0))
        z = np.where(middle, z, np.copysign(tail, q))
    return z


def _signed(magnitude: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """A symmetric quantile from that of the magnitude."""

    def quantile(u: Array) -> Array:
        v = 2.0 * u - 1.0
        return np.where(v < 0, -1.0, 1.0) * magnitude(np.abs(v))

    return quantile


def asymmetric(p: float) -> Shape:
    """Two points: the upper one with probability p."""
    up, down = math.sqrt((1 - p) / p), math.sqrt(p / (1 - p))
    return Shape(
        f"two points, {p:.3g} above", lambda u: np.where(u > 1 - p, up, -down), p == 0.5, False,
        low=-down, gap=True, above=p,
    )  # fmt: skip


_GAP = 1 / math.sqrt(0.4**2 + 0.4 * 1.2 + 1.2**2 / 3)

SHAPES: tuple[Shape, ...] = (
    Shape("normal", normal_quantile, True, True, heavy=6,
          fill=lambda rng, out: rng.standard_normal(out=out)),
    Shape("uniform", lambda u: math.sqrt(12.0) * (u - 0.5), True, True, low=-math.sqrt(3)),
    Shape("Laplace", _signed(lambda v: -math.sqrt(0.5) * np.log1p(-v)), True, True, heavy=2),
    Shape("Rademacher", lambda u: np.where(u > 0.5, 1.0, -1.0), True, False, low=-1.0, gap=True),
    Shape("three points", _signed(lambda v: np.where(v > 0.5, math.sqrt(2.0), 0.0)), True, False,
          low=-math.sqrt(2)),
    Shape("two uniform pieces", _signed(lambda v: _GAP * (0.4 + 1.2 * v)), True, True,
          low=-_GAP * 1.6, gap=True),
    Shape("Student with 12 degrees of freedom", normal_quantile, True, True, heavy=2,
          fill=lambda rng, out: np.multiply(
              rng.standard_t(12, out.shape), math.sqrt(10 / 12), out=out)),
    Shape("exponential less its mean", lambda u: -np.log1p(-u) - 1.0, False, True, low=-1.0,
          heavy=3),
    Shape("two points, 0.25 above", asymmetric(0.25).quantile, False, False,
          low=-math.sqrt(1 / 3), gap=True),
    Shape("root of a uniform", lambda u: (np.sqrt(u) - 2 / 3) * math.sqrt(18.0), False, True,
          low=-math.sqrt(8.0)),
)  # fmt: skip


def _shape(name: str) -> Shape:
    return next(s for s in SHAPES if s.name == name)


def _table(probabilities: Sequence[float]) -> Callable[[Array], Array]:
    edges = np.cumsum(np.asarray(probabilities))[:-1]
    return lambda u: np.searchsorted(edges, u, side="right").astype(float)


def _poisson(rate: float) -> Callable[[Array], Array]:
    terms, n = [math.exp(-rate)], 0
    while n < rate or terms[-1] > 1e-18:
        n += 1
        terms.append(terms[-1] * rate / n)
    return _table(terms)


def allowed(name: str, p: Sequence[float]) -> bool:
    """May the named law have these parameters (and can it be drawn with them)?"""
    if name in ("normal", "laplace"):
        return p[1] > 0
    if name == "uniform":
        return p[0] < p[1]
    if name == "bernoulli":
        return 0 < p[0] < 1
    if name == "poisson":
        return 0 < p[0] < 500
    return name in ("rademacher", "cauchy") or p[0] > 0


@lru_cache(maxsize=256)
def named(name: str, p: tuple[float, ...]) -> Callable[[Array], Array]:
    """The quantile function of a named law with parameters that are :func:`allowed`.

    Student's law has none in closed form: ValueError.
    """
    if name == "normal":
        return lambda u: p[0] + math.sqrt(p[1]) * normal_quantile(u)
    if name == "uniform":
        return lambda u: p[0] + (p[1] - p[0]) * u
    if name == "laplace":
        inner = _signed(lambda v: -np.log1p(-v))
        return lambda u: p[0] + p[1] * inner(u)
    if name == "exponential":
        return lambda u: -np.log1p(-u) / p[0]
    if name == "bernoulli":
        return lambda u: np.where(u > 1 - p[0], 1.0, 0.0)
    if name == "rademacher":
        return lambda u: np.where(u > 0.5, 1.0, -1.0)
    if name == "poisson":
        return _poisson(p[0])
    if name == "cauchy":
        return lambda u: np.tan(math.pi * (u - 0.5))
    raise ValueError(f"no quantile for the {name} law")
