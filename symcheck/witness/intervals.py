"""Irrational values on a finite space, enclosed: intervals whose ends are certain.

What :mod:`symcheck.witness.integers` cannot say as a fraction (square roots, exponentials,
logarithms, ...) is computed here in interval arithmetic with outward rounding (mpmath's
``iv``) at 200 bits.  Two values whose intervals have no point in common differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from mpmath.ctx_iv import MPIntervalContext

from symcheck.numbers.decimals import decimals
from symcheck.numbers.program import LEAD, Node
from symcheck.witness.integers import Irrational, Ring, Undefined, Value, align

__all__ = ["Enclosed", "apart", "enclosed", "run", "shown"]

Array = Any
BITS = 200
LARGEST = 2000  # no exponential of anything beyond


def _context() -> Any:
    made = MPIntervalContext()  # of our own: the precision of mpmath's is everybody's
    made.prec = BITS
    return made


iv = _context()


class Enclosed:
    """An array of intervals, each of which contains the value."""

    __slots__ = ("array",)

    def __init__(self, array: Array) -> None:
        self.array = np.asarray(array, dtype=object)


def run(ring: Ring, nodes: Sequence[Node]) -> dict[int, Value | Enclosed]:
    """The value of every node (arguments come first): exact where it can be.

    Raises :class:`Undefined` where a value does not exist, or an interval is too wide to
    tell; :class:`Irrational` where an enclosure is not known.
    """
    values: dict[int, Value | Enclosed] = {}
    for n in nodes:
        args = [values[a.number] for a in n.args]
        exact = [a for a in args if isinstance(a, Value)]
        if len(exact) == len(args):
            try:
                values[n.number] = ring.evaluate(n, exact)
                continue
            except Irrational:
                pass
        values[n.number] = Enclosed(_evaluate(ring, n, args))
    return values


def enclosed(v: Value | Enclosed) -> Array:
    """Intervals for every element."""
    if isinstance(v, Enclosed):
        return v.array
    below = iv.mpf(v.below)
    return _each(lambda t: iv.mpf(int(t)) / below, v.top)


def apart(a: Any, b: Any) -> bool:
    """Do the two intervals have no point in common?"""
    return bool(a.b < b.a or b.b < a.a)


def _each(op: Callable[..., Any], *arrays: Array) -> Array:
    """``op`` element by element."""
    arrays = tuple(np.broadcast_arrays(*arrays)) if len(arrays) > 1 else arrays
    flat = [op(*xs) for xs in zip(*(np.asarray(a, dtype=object).flat for a in arrays), strict=True)]
    found = np.empty(len(flat), dtype=object)
    found[:] = flat
    return found.reshape(np.asarray(arrays[0]).shape)


def _evaluate(ring: Ring, node: Node, args: Sequence[Value | Enclosed]) -> Array:
    kind = node.kind
    if kind in ("relabel", "sum", "mean"):
        return enclosed(args[0])
    if kind == "constant":
        return _each(lambda _: +iv.pi if node.data == "pi" else +iv.e, np.array(0))
    if kind == "einsum":
        return _einsum(ring, node, [enclosed(a) for a in args])
    parts = [align(enclosed(a), x, node) for a, x in zip(args, node.args, strict=True)]
    if kind == "given":
        return _given(ring, parts[0], args[1:], node)
    if kind == "add":
        return _fold(lambda x, y: x + y, parts)
    if kind == "mul":
        return _fold(lambda x, y: x * y, parts)
    if kind == "power":
        return _each(lambda x: _whole_power(x, node.data), parts[0])
    if kind == "indicator":
        return _each(_RELATIONS[node.data], *parts)
    if kind in _FUNCTIONS:
        return _each(_FUNCTIONS[kind], *parts)
    raise Irrational


def _fold(op: Callable[[Any, Any], Any], parts: Sequence[Array]) -> Array:
    result = parts[0]
    for p in parts[1:]:
        result = _each(op, result, p)
    return result


def _einsum(ring: Ring, node: Node, args: Sequence[Array]) -> Array:
    axes = tuple(sorted({x for a in node.args for x in a.axes}))
    lead = any(a.random for a in node.args)
    parts = [
        v.reshape(
            ([v.shape[0] if a.random else 1] if lead else [])
            + [x[2] - x[1] + 1 if x in a.axes else 1 for x in axes]
        )
        for v, a in zip(args, node.args, strict=True)
    ]
    where = 0
    if node.data == LEAD:
        parts.append(enclosed(ring.weights).reshape([-1] + [1] * len(axes)))
    else:
        where = axes.index(node.data) + lead
    return np.asarray(_fold(lambda x, y: x * y, parts).sum(axis=where), dtype=object)


def _given(ring: Ring, body: Array, known: Sequence[Value | Enclosed], node: Node) -> Array:
    if not all(isinstance(k, Value) for k in known):
        raise Irrational  # equal or not, intervals cannot say
    weights = enclosed(ring.weights)
    tops = [
        align(k.top, x, node)
        for k, x in zip(known, node.args[1:], strict=True)
        if isinstance(k, Value)
    ]
    body, *tops = np.broadcast_arrays(body, *tops)
    found = np.empty(body.shape, dtype=object)
    for at in np.ndindex(*body.shape[1:]):
        groups: dict[tuple[int, ...], list[int]] = {}
        for n in range(len(weights)):
            groups.setdefault(tuple(int(t[(n, *at)]) for t in tops), []).append(n)
        for rows in groups.values():
            total = sum((weights[n] for n in rows), start=iv.mpf(0))
            part = sum((weights[n] * body[(n, *at)] for n in rows), start=iv.mpf(0))
            for n in rows:
                found[(n, *at)] = part / total
    return found


# ---------------------------------------------------------------- functions of one interval


def _whole_power(x: Any, n: int) -> Any:
    if n < 0:
        if x.a <= 0 <= x.b:
            raise Undefined
        return 1 / x**-n
    return x**n


def _exp(x: Any) -> Any:
    if x.b > LARGEST or x.a < -LARGEST:
        raise Irrational
    return iv.exp(x)


def _log(x: Any) -> Any:
    if not x.a > 0:
        raise Undefined
    return iv.log(x)


def _sqrt(x: Any) -> Any:
    if not x.a >= 0:
        raise Undefined
    return iv.sqrt(x)


def _power(x: Any, y: Any) -> Any:
    if y.a == y.b == 0 and x.a <= 0 <= x.b:
        raise Undefined
    if y.a == y.b and y.a == int(y.a) and abs(y.a) <= 64:
        return _whole_power(x, int(y.a))
    if x.b == 0 == x.a and y.a > 0:
        return iv.mpf(0)
    return _exp(y * _log(x))


def _tanh(x: Any) -> Any:
    return 1 - 2 / (_exp(2 * x) + 1)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + _exp(-x))


def _erf(x: Any) -> Any:
    """2/√π e^(-x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!  (Abramowitz and Stegun 7.1.6)."""
    if x.a <= 0 <= x.b:
        if x.a == x.b:
            return iv.mpf(0)
        raise Irrational
    if x.b < 0:
        return -_erf(-x)
    if x.b > 6:
        raise Irrational
    term, total, n = x, x, 0
    square = 2 * x * x
    # From here on each term is less than half of the one before.
    while not (2 * square).b < 2 * n + 3 or term.b > iv.mpf(2) ** -BITS:
        n += 1
        term = term * square / (2 * n + 1)
        total = total + term
    rest = iv.mpf([0, 2 * term.b])
    return 2 / iv.sqrt(iv.pi) * iv.exp(-x * x) * (total + rest)


def _sign(x: Any) -> Any:
    if x.a > 0 or x.b < 0:
        return iv.mpf(1 if x.a > 0 else -1)
    if x.a == 0 == x.b:
        return iv.mpf(0)
    raise Undefined


def _abs(x: Any) -> Any:
    return -x if x.b < 0 else x if x.a >= 0 else iv.mpf([0, max(-x.a, x.b)])


def _max(*xs: Any) -> Any:
    return iv.mpf([max(x.a for x in xs), max(x.b for x in xs)])


def _min(*xs: Any) -> Any:
    return iv.mpf([min(x.a for x in xs), min(x.b for x in xs)])


def _leaky(x: Any, a: Any) -> Any:
    return _max(x, iv.mpf(0)) + a * _min(x, iv.mpf(0))


def _decided(when: Callable[[Any, Any], bool | None]) -> Callable[[Any, Any], Any]:
    def apply(x: Any, y: Any) -> Any:
        found = when(x, y)
        if found is None:
            raise Undefined
        return iv.mpf(int(found))

    return apply


def _single(x: Any, y: Any) -> bool:
    return bool(x.a == x.b == y.a == y.b)


_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "gt": _decided(lambda x, y: True if x.a > y.b else False if x.b <= y.a else None),
    "ge": _decided(lambda x, y: True if x.a >= y.b else False if x.b < y.a else None),
    "eq": _decided(lambda x, y: True if _single(x, y) else False if apart(x, y) else None),
    "ne": _decided(lambda x, y: False if _single(x, y) else True if apart(x, y) else None),
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": _exp, "log": _log, "sqrt": _sqrt, "pow": _power, "tanh": _tanh,
    "sigmoid": _sigmoid, "erf": _erf, "sign": _sign, "abs": _abs, "max": _max, "min": _min,
    "leaky_relu": _leaky, "sin": iv.sin, "cos": iv.cos,
    "relu": lambda x: _max(x, iv.mpf(0)),
}  # fmt: skip


# ---------------------------------------------------------------- in words


def shown(x: Any, other: Any) -> str:
    """Decimals of x: the first digits, all certain, and enough to tell it from ``other``."""
    return decimals(*((_fraction(v.a), _fraction(v.b)) for v in (x, other)))


def _fraction(end: Any) -> Fraction:
    sign, mantissa, exponent, _ = end._mpi_[0]
    value = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -value if sign else value
