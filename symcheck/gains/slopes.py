"""The derivative of an activation by the rules of calculus, as it is almost everywhere."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Add, Mul, Pow, S, cos, erf, exp, log, pi, sign, sin, sqrt, tanh

from symcheck.gains.names import X
from symcheck.language.expr import Ind, leaky_relu, relu, sigmoid

__all__ = ["derivative"]

_CHAIN: dict[Any, Any] = {
    exp: exp,
    sin: cos,
    cos: lambda u: -sin(u),
    tanh: lambda u: 1 - tanh(u) ** 2,
    erf: lambda u: 2 / sqrt(pi) * exp(-(u**2)),
    sigmoid: lambda u: sigmoid(u) * (1 - sigmoid(u)),
    relu: lambda u: Ind(u > 0),
    leaky_relu: lambda u, a: a + (1 - a) * Ind(u > 0),
    Abs: sign,
    sign: lambda u: S.Zero,
    Ind: lambda u: S.Zero,
}


def derivative(e: Any) -> Any:
    """de/dx, without the points where e bends or jumps.

    Raises TypeError for a head that has no rule here.
    """
    if not e.has(X):
        return S.Zero
    if e == X:
        return S.One
    if isinstance(e, Add):
        return Add(*map(derivative, e.args))
    if isinstance(e, Mul):
        parts = enumerate(e.args)
        return Add(*(Mul(*e.args[:n], derivative(a), *e.args[n + 1 :]) for n, a in parts))
    if isinstance(e, Pow) and not e.exp.has(X):
        return e.exp * e.base ** (e.exp - 1) * derivative(e.base)
    if isinstance(e, log):
        return _logarithm(e.args[0])
    if e.func not in _CHAIN:
        raise TypeError(f"{e.func.__name__} has no derivative here")
    outer = _CHAIN[e.func](*e.args)
    return outer if outer == 0 else outer * derivative(e.args[0])


def _logarithm(u: Any) -> Any:
    """The derivative of log(u); that of log(1 + exp(v)) is sigmoid(v) v'."""
    rest = u - 1
    if isinstance(rest, exp):
        return sigmoid(rest.args[0]) * derivative(rest.args[0])
    return derivative(u) / u
