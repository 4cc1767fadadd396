"""Activations: value, derivative and the second moments that the law needs.

``value(f, out)`` writes a(f); ``pull(f, g)`` multiplies g in place by a'(f).  An activation
with a ``slope`` is positively homogeneous: a(f) = f for f > 0 and slope f otherwise, with
a'(0) = slope; its moments are exact for every symmetric law.  The others are integrated
against the normal law, piece by piece between their ``kinks``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["ACTIVATIONS", "Activation", "activation", "normal_moment"]

Array: TypeAlias = NDArray[np.float64]

# Beyond 12 standard deviations the normal law holds less than 1e-32.
_CUT = 12.0
_NODES = 200


@dataclass(frozen=True)
class Activation:
    """A unit's nonlinearity.  ``slope`` is None unless it is positively homogeneous."""

    name: str
    value: Callable[[Array, Array], Array]
    pull: Callable[[Array, Array], Array]
    slope: float | None = None
    kinks: tuple[float, ...] = ()

    def second_moment(self, variance: float) -> float:
        """E[a(f)^2] for f of this variance: exact with a slope, else f ~ normal."""
        if self.slope is not None:
            return variance * (1 + self.slope**2) / 2
        return normal_moment(self, variance, derivative=False)

    def derivative_moment(self, variance: float) -> float:
        """E[a'(f)^2] for f of this variance: exact with a slope, else f ~ normal."""
        if self.slope is not None:
            return (1 + self.slope**2) / 2
        return normal_moment(self, variance, derivative=True)


def _rectified(slope: float, name: str) -> Activation:
    def value(f: Array, out: Array) -> Array:
        if slope == 0:
            return np.maximum(f, 0.0, out=out)
        np.multiply(f, slope, out=out)
        return np.maximum(f, out, out=out) if slope <= 1 else np.minimum(f, out, out=out)

    def pull(f: Array, g: Array) -> Array:
        if slope == 0:
            return np.multiply(g, f > 0, out=g)
        return np.multiply(g, np.where(f > 0, 1.0, slope), out=g)

    return Activation(name, value, pull, slope)


def _identity(f: Array, out: Array) -> Array:
    np.copyto(out, f)
    return out


def _smooth(
    name: str,
    value: Callable[[Array], Array],
    derivative: Callable[[Array], Array],
    kinks: tuple[float, ...] = (),
) -> Activation:
    def into(f: Array, out: Array) -> Array:
        np.copyto(out, value(f))
        return out

    def pull(f: Array, g: Array) -> Array:
        return np.multiply(g, derivative(f), out=g)

    return Activation(name, into, pull, None, kinks)


def _sigmoid(f: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * f))


# Normal distribution function by Abramowitz and Stegun is too coarse here; erf is exact.
_erf = np.vectorize(math.erf, otypes=[np.float64])


def _normal_cdf(f: Array) -> Array:
    return np.asarray(0.5 * (1 + _erf(f / math.sqrt(2))), dtype=np.float64)


def _normal_density(f: Array) -> Array:
    return np.asarray(np.exp(-0.5 * f * f) / math.sqrt(2 * math.pi), dtype=np.float64)


def _gelu(f: Array) -> Array:
    return f * _normal_cdf(f)


def _gelu_derivative(f: Array) -> Array:
    return _normal_cdf(f) + f * _normal_density(f)


def _silu_derivative(f: Array) -> Array:
    s = _sigmoid(f)
    return s * (1 + f * (1 - s))


def _softplus(f: Array) -> Array:
    return np.logaddexp(0.0, f)


def _elu(f: Array) -> Array:
    return np.where(f > 0, f, np.expm1(np.minimum(f, 0.0)))


def _elu_derivative(f: Array) -> Array:
    return np.where(f > 0, 1.0, np.exp(np.minimum(f, 0.0)))


ACTIVATIONS: dict[str, Activation] = {
    a.name: a
    for a in (
        _rectified(0.0, "relu"),
        _rectified(0.01, "leaky_relu"),
        Activation("linear", _identity, lambda f, g: g, 1.0),
        _smooth("tanh", np.tanh, lambda f: 1 - np.tanh(f) ** 2),
        _smooth("sigmoid", _sigmoid, lambda f: _sigmoid(f) * (1 - _sigmoid(f))),
        _smooth("gelu", _gelu, _gelu_derivative),
        _smooth("silu", lambda f: f * _sigmoid(f), _silu_derivative),
        _smooth("softplus", _softplus, _sigmoid),
        _smooth("elu", _elu, _elu_derivative, (0.0,)),
    )
}


def activation(name: str, slope: float | None = None) -> Activation:
    """The activation of this name; ``slope`` replaces the slope of leaky_relu.

    Raises ValueError for an unknown name, or a slope given to anything else.
    """
    if name not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"there is no activation {name!r}; known are {known}")
    if slope is None:
        return ACTIVATIONS[name]
    if name != "leaky_relu":
        raise ValueError(f"a slope belongs to leaky_relu, not to {name}")
    if not math.isfinite(slope):
        raise ValueError("the slope of leaky_relu must be a finite number")
    return _rectified(slope, f"leaky_relu({slope:g})")


@lru_cache(maxsize=1)
def _legendre() -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


@lru_cache(maxsize=4096)
def normal_moment(unit: Activation, variance: float, derivative: bool) -> float:
    """E[a(f)^2], or E[a'(f)^2], for f ~ normal(0, variance), by Gauss-Legendre quadrature.

    The line is cut at the kinks, and at 0 and at f = +-1, +-8 where saturating units bend.
    """
    deviation = math.sqrt(variance)
    if deviation == 0:
        cuts = [-_CUT, _CUT]
    else:
        inner = {p / deviation for p in (0.0, -8.0, -1.0, 1.0, 8.0, *unit.kinks)}
        cuts = sorted({-_CUT, _CUT, *(c for c in inner if abs(c) < _CUT)})
    nodes, weights = _legendre()
    total = 0.0
    for low, high in pairwise(cuts):
        half = (high - low) / 2
        z = (high + low) / 2 + half * nodes
        f = deviation * z
        a = unit.pull(f, np.ones_like(f)) if derivative else unit.value(f, np.empty_like(f))
        total += half * float(np.dot(weights, a * a * _normal_density(z)))
    return total
