"""Run a :class:`~symcheck.numbers.program.Program` exactly: integers over a common denominator.

A value is an array of integers and one denominator; the arrays stay 64-bit as long as
the bound on their size allows, and become Python's integers beyond.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symcheck.numbers.evaluate import picker
from symcheck.numbers.program import LEAD, MAX_POWER, Node

__all__ = ["Irrational", "Ring", "Table", "Undefined", "Value", "align", "exactly", "product_of"]

Array = Any
_SAFE = 2**62


class Irrational(Exception):
    """A value that is not a rational number."""


class Undefined(Exception):
    """A division by zero."""


@dataclass(frozen=True)
class Value:
    """``top / below``, with |top| <= bound everywhere."""

    top: Array
    below: int
    bound: int

    def fraction(self, *at: int) -> Fraction:
        return Fraction(int(self.top[at]), self.below)

    def at(self, index: Array) -> Value:
        """The values at an array of positions."""
        return Value(self.top[index], self.below, self.bound)


def product_of(*values: Value) -> Value:
    """The product, element by element."""
    return _mul(values)


def exactly(values: Any, below: int = 1) -> Value:
    """Integers, or an array of Fractions, as a value."""
    found = np.asarray(values, dtype=object)
    if below == 1 and any(isinstance(v, Fraction) for v in found.flat):
        below = math.lcm(*(Fraction(v).denominator for v in found.flat))
        flat = [int(Fraction(v) * below) for v in found.flat]
        found = np.array(flat, dtype=object).reshape(found.shape)
    bound = max((abs(int(v)) for v in found.flat), default=0)
    return Value(_typed(found, bound), below, bound)


def _typed(top: Array, bound: int) -> Array:
    return top.astype(np.int64 if bound < _SAFE else object)


def _scaled(v: Value, factor: int) -> tuple[Array, int]:
    bound = v.bound * abs(factor)
    # Zeros stay small whatever they are multiplied by; the factor may not.
    return np.asarray(_typed(v.top, max(bound, abs(factor))) * factor), bound


def _common(vs: Sequence[Value]) -> tuple[list[Array], int, list[int]]:
    below = math.lcm(*(v.below for v in vs))
    pairs = [_scaled(v, below // v.below) for v in vs]
    return [p[0] for p in pairs], below, [p[1] for p in pairs]


def _add(vs: Sequence[Value]) -> Value:
    tops, below, bounds = _common(vs)
    bound = sum(bounds)
    total = _typed(tops[0], bound)
    for t in tops[1:]:
        total = np.asarray(total + _typed(t, bound))
    return Value(total, below, bound)


def _mul(vs: Sequence[Value]) -> Value:
    top, below, bound = vs[0].top, vs[0].below, vs[0].bound
    for v in vs[1:]:
        widest = max(bound, v.bound, bound * v.bound)  # a factor 0 makes the product small
        bound *= v.bound
        # A product of two single objects is no array any more.
        top = np.asarray(_typed(top, widest) * _typed(v.top, widest))
        below *= v.below
    return _reduced(Value(top, below, bound))


def _reduced(v: Value) -> Value:
    if v.below < 2**16:
        return v
    common = math.gcd(v.below, *(int(t) for t in v.top.flat))
    return v if common == 1 else exactly(v.top.astype(object) // common, v.below // common)


def _power(v: Value, n: int) -> Value:
    if n < 0:
        return _power(_reciprocal(v), -n)
    return _mul([v] * n)


def _reciprocal(v: Value) -> Value:
    if np.any(v.top == 0):
        raise Undefined
    whole = math.lcm(*(abs(int(t)) for t in v.top.flat))
    flat = [v.below * (whole // int(t)) for t in v.top.flat]
    return _reduced(exactly(np.array(flat, dtype=object).reshape(v.top.shape), whole))


def _sum(v: Value, axis: int) -> Value:
    bound = v.bound * max(1, v.top.shape[axis])
    total = np.asarray(_typed(v.top, bound).sum(axis=axis))  # a sum of objects is no array
    return _reduced(Value(total, v.below, bound))


def _sqrt(v: Value) -> Value:
    flat = []
    for t in v.top.flat:
        square = int(t) * v.below
        if square < 0:
            raise Undefined
        root = math.isqrt(square)
        if root * root != square:
            raise Irrational
        flat.append(root)
    return _reduced(exactly(np.array(flat, dtype=object).reshape(v.top.shape), v.below))


def _pow(base: Value, exponent: Value) -> Value:
    """base ^ exponent, where that is rational; 0^0 is left undefined."""
    tops = np.broadcast_arrays(base.top, exponent.top)
    found = [
        _rational_power(Fraction(int(x), base.below), Fraction(int(y), exponent.below))
        for x, y in zip(*(t.flat for t in tops), strict=True)
    ]
    made = np.empty(len(found), dtype=object)
    made[:] = found
    return exactly(made.reshape(tops[0].shape))


def _rational_power(x: Fraction, y: Fraction) -> Fraction:
    if x == 0:
        if y <= 0:
            raise Undefined
        return x
    if x == 1 or y == 0:
        return Fraction(1)
    if y.denominator == 1:
        if abs(y) > MAX_POWER:
            raise Irrational
        return x**y.numerator
    if x < 0:
        raise Undefined
    if y.denominator != 2 or abs(y) > MAX_POWER:
        raise Irrational
    top, below = math.isqrt(x.numerator), math.isqrt(x.denominator)
    if top * top != x.numerator or below * below != x.denominator:
        raise Irrational
    return Fraction(top, below) ** y.numerator


def _relu(v: Value) -> Value:
    return Value(np.maximum(v.top, 0), v.below, v.bound)


def _leaky(x: Value, a: Value) -> Value:
    below = Value(np.minimum(x.top, 0), x.below, x.bound)
    return _add([_relu(x), _mul([a, below])])


def _extreme(op: Any) -> Callable[..., Value]:
    def pick(*vs: Value) -> Value:
        tops, below, bounds = _common(vs)
        top = tops[0]
        for t in tops[1:]:
            top = np.asarray(op(top, t))
        return Value(top, below, max(bounds))

    return pick


def _at(points: Mapping[int, int]) -> Callable[[Value], Value]:
    """A function that is rational at a few integers only."""

    def apply(v: Value) -> Value:
        flat = []
        for t in v.top.flat:
            if Fraction(int(t), v.below) not in points:
                raise Irrational
            flat.append(points[int(t) // v.below])
        return exactly(np.array(flat, dtype=object).reshape(v.top.shape))

    return apply


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "relu": _relu,
    "leaky_relu": _leaky,
    "abs": lambda v: Value(np.abs(v.top), v.below, v.bound),
    "sign": lambda v: Value((v.top > 0) * 1 - (v.top < 0) * 1, 1, 1),
    "max": _extreme(np.maximum),
    "min": _extreme(np.minimum),
    "sqrt": _sqrt,
    "pow": _pow,
    "exp": _at({0: 1}),
    "log": _at({1: 0}),
    "tanh": _at({0: 0}),
    "sin": _at({0: 0}),
    "cos": _at({0: 1}),
    "erf": _at({0: 0}),
}
_RELATIONS: dict[str, Any] = {
    "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal
}  # fmt: skip


class Table:
    """An unknown function: a value for each tuple of arguments, made when first asked for."""

    def __init__(self, make: Callable[[tuple[Fraction, ...]], Fraction]) -> None:
        self._make = make
        self.values: dict[tuple[Fraction, ...], Fraction] = {}

    def __call__(self, *vs: Value) -> Value:
        tops = np.broadcast_arrays(*(v.top for v in vs))
        found = []
        for row in zip(*(t.flat for t in tops), strict=True):
            key = tuple(Fraction(int(t), v.below) for t, v in zip(row, vs, strict=True))
            if key not in self.values:
                self.values[key] = self._make(key)
            found.append(self.values[key])
        made = np.empty(len(found), dtype=object)
        made[:] = found
        return exactly(made.reshape(tops[0].shape))


@dataclass(frozen=True)
class Ring:
    """A finite probability space and the numbers behind the names.

    ``weights`` are the probabilities of the outcomes; ``draws`` has every family with
    the outcome axis first.
    """

    weights: Value
    draws: Mapping[str, Value]
    symbols: dict[str, Fraction]
    parameters: dict[str, Value]
    functions: Mapping[str, Table]
    bases: Mapping[str, Sequence[int]]

    def run(self, nodes: Sequence[Node]) -> dict[int, Value]:
        """The value of every node (arguments come first)."""
        values: dict[int, Value] = {}
        for n in nodes:
            values[n.number] = self.evaluate(n, [values[a.number] for a in n.args])
        return values

    def evaluate(self, node: Node, args: Sequence[Value]) -> Value:
        """One operation.  Raises :class:`Irrational` or :class:`Undefined`."""
        kind = node.kind
        if kind in ("relabel", "sum", "mean"):
            return args[0]
        if kind == "number":
            return exactly(node.data.numerator, node.data.denominator)
        if kind == "symbol":
            value = self.symbols[node.data]
            return exactly(value.numerator, value.denominator)
        if kind == "index":
            return exactly(np.arange(node.axes[0][1], node.axes[0][2] + 1))
        if kind in ("random", "parameter"):
            table = self.draws if kind == "random" else self.parameters
            v = table[node.data[0]]
            top = picker(node, self.bases[node.data[0]], int(kind == "random"))(v.top)
            return Value(top, v.below, v.bound)
        if kind == "einsum":
            return self._einsum(node, args)
        parts = [_aligned(v, a, node) for v, a in zip(args, node.args, strict=True)]
        if kind == "given":
            return self._given(parts)
        if kind == "add":
            return _add(parts)
        if kind == "mul":
            return _mul(parts)
        if kind == "power":
            return _power(parts[0], node.data)
        if kind == "indicator":
            (x, y), _, _ = _common(parts)
            return Value(_RELATIONS[node.data](x, y) * 1, 1, 1)
        if kind == "function":
            return self.functions[node.data](*parts)
        if kind in _FUNCTIONS:
            return _FUNCTIONS[kind](*parts)
        raise Irrational

    def _einsum(self, node: Node, args: Sequence[Value]) -> Value:
        axes = tuple(sorted({x for a in node.args for x in a.axes}))
        lead = any(a.random for a in node.args)
        shapes = [
            v.top.reshape(
                ([v.top.shape[0] if a.random else 1] if lead else [])
                + [x[2] - x[1] + 1 if x in a.axes else 1 for x in axes]
            )
            for v, a in zip(args, node.args, strict=True)
        ]
        parts = [Value(t, v.below, v.bound) for t, v in zip(shapes, args, strict=True)]
        if node.data == LEAD:
            shape = [-1] + [1] * len(axes)
            w = self.weights
            parts.append(Value(w.top.reshape(shape), w.below, w.bound))
            return _sum(_mul(parts), 0)
        return _sum(_mul(parts), axes.index(node.data) + lead)

    def _given(self, args: Sequence[Value]) -> Value:
        """E[body | y, ...]: the mean over the outcomes with the same values of y."""
        body, *known = np.broadcast_arrays(*(v.top for v in args))
        found = np.empty(body.shape, dtype=object)
        for at in np.ndindex(*body.shape[1:]):
            groups: dict[tuple[int, ...], list[int]] = {}
            for n in range(len(self.weights.top)):
                groups.setdefault(tuple(int(k[(n, *at)]) for k in known), []).append(n)
            for rows in groups.values():
                total = sum(int(self.weights.top[n]) for n in rows)
                part = sum(int(self.weights.top[n]) * int(body[(n, *at)]) for n in rows)
                for n in rows:
                    found[(n, *at)] = Fraction(part, total * args[0].below)
        return exactly(found)


def align(a: Array, own: Node, node: Node) -> Array:
    """The array of ``own`` with an axis (perhaps of length 1) for each axis of ``node``."""
    if own.axes == node.axes and (own.lead == node.lead or not node.axes):
        return a
    shape = [a.shape[0] if own.lead else 1] if node.lead else []
    shape += [x[2] - x[1] + 1 if x in own.axes else 1 for x in node.axes]
    return a.reshape(shape)


def _aligned(v: Value, own: Node, node: Node) -> Value:
    return Value(align(v.top, own, node), v.below, v.bound)
