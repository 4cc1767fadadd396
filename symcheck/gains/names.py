"""Activations by name: what each means at an expression, and the numbers that it has as letters.

Sources: Hendrycks and Gimpel 2016 (gelu), Elfwing et al. 2018 and Ramachandran et al. 2017 (silu),
Clevert et al. 2016 (elu), Klambauer et al. 2017 (selu, whose two numbers are written as in PyTorch
and TensorFlow), Misra 2019 (mish), Shazeer 2020 (gated units).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import (
    Abs,
    Rational,
    Symbol,
    cos,
    erf,
    exp,
    log,
    pi,
    sign,
    sin,
    sqrt,
    tanh,
)

from symcheck.language.expr import leaky_relu, relu, sigmoid

__all__ = [
    "ACTIVATIONS", "GATED", "LETTERS", "X", "Y", "Activation", "Unreadable", "largest", "lettered",
    "named", "smallest",
]  # fmt: skip

X, Y = Symbol("x", real=True), Symbol("y", real=True)  # Y is what a gate multiplies


def largest(a: Any, b: Any) -> Any:
    """max(a, b), by ReLU: what bends is of few kinds."""
    return a + relu(b - a)


def smallest(a: Any, b: Any) -> Any:
    return a - relu(a - b)


def _clipped(u: Any, low: int, high: int) -> Any:
    """u, but at least low and at most high."""
    return low + relu(u - low) - relu(u - high)


def _softplus(u: Any) -> Any:
    return log(1 + exp(u))


def _below(u: Any) -> Any:
    """min(u, 0)"""
    return -relu(-u)


ACTIVATIONS: Mapping[str, Callable[..., Any]] = {
    "identity": lambda x: x,
    "linear": lambda x: x,
    "relu": lambda x: relu(x),
    "leaky_relu": lambda x, a: leaky_relu(x, a),
    "prelu": lambda x, a: leaky_relu(x, a),
    "relu6": lambda x: _clipped(x, 0, 6),
    "abs": lambda x: Abs(x),
    "sign": lambda x: sign(x),
    "gelu": lambda x: x * (1 + erf(x / sqrt(2))) / 2,
    "gelu_tanh": lambda x: x * (1 + tanh(sqrt(2 / pi) * (x + Rational("0.044715") * x**3))) / 2,
    "quick_gelu": lambda x: x * sigmoid(Rational("1.702") * x),
    "silu": lambda x: x * sigmoid(x),
    "swish": lambda x: x * sigmoid(x),
    "elu": lambda x, a: relu(x) + a * (exp(_below(x)) - 1),
    "celu": lambda x, a: relu(x) + a * (exp(_below(x) / a) - 1),
    "selu": lambda x, λ, α: λ * (relu(x) + α * (exp(_below(x)) - 1)),
    "tanh": lambda x: tanh(x),
    "erf": lambda x: erf(x),
    "sigmoid": lambda x: sigmoid(x),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + Abs(x)),
    "mish": lambda x: x * tanh(_softplus(x)),
    "hardtanh": lambda x: _clipped(x, -1, 1),
    "hardsigmoid": lambda x: _clipped(x / 6 + Rational(1, 2), 0, 1),
    "hardswish": lambda x: x * _clipped(x + 3, 0, 6) / 6,
    "tanhshrink": lambda x: x - tanh(x),
    "sin": lambda x: sin(x),
    "cos": lambda x: cos(x),
}

LETTERS: Mapping[str, Mapping[str, str]] = {
    "leaky_relu": {"a": "0.01"},
    "prelu": {"a": "0.25"},
    "elu": {"a": "1"},
    "celu": {"a": "1"},
    "selu": {"λ": "1.0507009873554804934193349852946", "α": "1.6732632423543772848170429916717"},
}
"""The numbers that a name has as letters; an a is the default of PyTorch, ``--a`` gives another."""

GATED: Mapping[str, str] = {
    "swiglu": "silu", "geglu": "gelu", "reglu": "relu", "glu": "sigmoid", "bilinear": "identity",
}  # fmt: skip
"""Gated units φ(x) y, for independent x and y of the same law: the name, and φ."""


class Unreadable(Exception):
    """Text that cannot be read: what is wrong, where, and what to try."""


@dataclass(frozen=True)
class Activation:
    """What was asked for: its name, φ as an expression of X, and whether it is gated.

    ``letters`` are the numbers that φ has as letters, each with its value.
    """

    name: str
    phi: Any
    letters: dict[Any, Any]
    gated: bool = False

    @property
    def plain(self) -> Any:
        """φ without letters."""
        return self.phi.subs(self.letters) if self.letters else self.phi


def named(
    name: str, argument: Any, slope: Any = None, taken: Mapping[Any, Any] | None = None
) -> tuple[Any, dict[Any, Any]]:
    """An activation at an argument, and its letters with their values.

    ``slope`` is its number a; ``taken`` are letters that mean something already.
    """
    letters: dict[Any, Any] = {}
    values: dict[str, Any] = {}
    for letter, text in LETTERS.get(name, {}).items():
        value = slope if letter == "a" and slope is not None else Rational(text)
        symbol = lettered(letter, value)
        if value == 0 or (taken or {}).get(symbol, value) != value:
            values[letter] = value
        else:
            values[letter], letters[symbol] = symbol, value
    return ACTIVATIONS[name](argument, **values), letters


def lettered(letter: str, value: Any) -> Any:
    """The letter for a number that is not 0, which knows its sign."""
    return Symbol(letter, positive=True) if value > 0 else Symbol(letter, negative=True)
