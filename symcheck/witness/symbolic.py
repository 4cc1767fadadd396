"""The exact value of a node on a finite space, where SymPy's algebra finds a fraction.

``E[(1 + sqrt(2) x)^2]`` with a fair sign x is 3: intervals can only say 3.00000.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from sympy import Abs, E, Integer, Max, Min, Rational, cos, exp, expand, log, pi, sin, sqrt, tanh
from sympy import simplify as simplified

from symcheck.numbers.evaluate import is_atom, picker, plan
from symcheck.numbers.program import LEAD, Node
from symcheck.witness.integers import Ring, align

__all__ = ["fraction_of"]

OPERATIONS = 3000

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": sqrt, "exp": exp, "log": log, "tanh": tanh, "sin": sin, "cos": cos, "abs": Abs,
    "max": Max, "min": Min, "pow": lambda x, y: x**y, "relu": lambda x: Max(x, 0),
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
}  # fmt: skip


class _Unknown(Exception):
    """An operation that is not known here."""


def fraction_of(ring: Ring, node: Node) -> Fraction | None:
    """The value of a node that is one number, if it is a fraction and SymPy finds it."""
    order = plan([node], lambda _: False)
    if len(ring.weights.top) * len(order) > OPERATIONS or node.random or node.axes:
        return None
    values: dict[int, Any] = {}
    try:
        for n in order:
            values[n.number] = _value(ring, n, [values[a.number] for a in n.args])
    except _Unknown:
        return None
    found = expand(values[node.number].item())
    if not found.is_Rational:
        found = simplified(found)
    return Fraction(int(found.p), int(found.q)) if found.is_Rational else None


def _value(ring: Ring, n: Node, args: Sequence[Any]) -> Any:
    if n.kind in ("relabel", "sum", "mean"):
        return args[0]
    if n.kind == "number":
        return np.array(_rational(n.data), dtype=object)
    if n.kind == "symbol":
        return np.array(_rational(ring.symbols[n.data]), dtype=object)
    if n.kind == "constant":
        return np.array(pi if n.data == "pi" else E, dtype=object)
    if n.kind == "index":
        return _each(Integer, np.arange(n.axes[0][1], n.axes[0][2] + 1))
    if n.kind in ("random", "parameter"):
        v = (ring.draws if n.kind == "random" else ring.parameters)[n.data[0]]
        top = picker(n, ring.bases[n.data[0]], int(n.kind == "random"))(v.top)
        return _each(lambda t: Rational(int(t), v.below), top)
    if n.kind == "einsum":
        return _einsum(ring, n, args)
    parts = [align(a, own, n) for a, own in zip(args, n.args, strict=True)]
    if n.kind in ("add", "mul"):
        made = parts[0]
        for p in parts[1:]:
            made = made + p if n.kind == "add" else made * p
        return np.asarray(made, dtype=object)
    if n.kind == "power":
        return _each(lambda x: x**n.data, parts[0])
    if n.kind in _FUNCTIONS:
        return _each(_FUNCTIONS[n.kind], *parts)
    if n.kind == "function":
        return _each(lambda *xs: _looked_up(ring.functions[n.data].values, xs), *parts)
    raise _Unknown


def _looked_up(values: Mapping[tuple[Fraction, ...], Fraction], xs: Sequence[Any]) -> Any:
    if not all(x.is_Rational for x in xs):
        raise _Unknown
    key = tuple(Fraction(int(x.p), int(x.q)) for x in xs)
    if key not in values:
        raise _Unknown
    return _rational(values[key])


def _einsum(ring: Ring, n: Node, args: Sequence[Any]) -> Any:
    axes = tuple(sorted({x for a in n.args for x in a.axes}))
    lead = any(a.random for a in n.args)
    made: Any = 1
    for v, a in zip(args, n.args, strict=True):
        front = [v.shape[0] if a.random else 1] if lead else []
        made = made * v.reshape(front + [x[2] - x[1] + 1 if x in a.axes else 1 for x in axes])
    if is_atom(n):
        w = ring.weights
        weights = _each(lambda t: Rational(int(t), w.below), w.top)
        made = made * weights.reshape([-1] + [1] * len(axes))
    where = 0 if n.data == LEAD else axes.index(n.data) + lead
    return np.asarray(made.sum(axis=where), dtype=object)


def _rational(x: Fraction) -> Any:
    return Rational(x.numerator, x.denominator)


def _each(op: Callable[..., Any], *arrays: Any) -> Any:
    arrays = tuple(np.broadcast_arrays(*(np.asarray(a, dtype=object) for a in arrays)))
    found = np.empty(arrays[0].size, dtype=object)
    found[:] = [op(*xs) for xs in zip(*(a.flat for a in arrays), strict=True)]
    return found.reshape(arrays[0].shape)
