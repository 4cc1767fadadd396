"""Run a :class:`~symcheck.numbers.program.Program` on arrays of floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from symcheck.numbers.program import LEAD, Label, Node, size

__all__ = [
    "RENAMED", "Call", "Space", "arrays", "atoms", "bound", "dims", "evaluate",
    "in_place", "is_atom",
    "last_uses", "picker", "plan",
]  # fmt: skip

Array = Any
Call = Callable[[], object]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Space:
    """The numbers behind the names: constants, indexed constants and functions.

    ``bases`` gives the first value of each index of a family or indexed constant.
    """

    def __init__(
        self,
        symbols: Mapping[str, float],
        parameters: Mapping[str, Array],
        functions: Mapping[str, Callable[..., Array]],
        bases: Mapping[str, Sequence[int]],
    ) -> None:
        self.symbols, self.parameters, self.functions = symbols, parameters, functions
        self.bases = bases


def atoms(node: Node, found: dict[int, Node] | None = None) -> dict[int, Node]:
    """The means over outcomes that ``node`` is made of."""
    found = {} if found is None else found
    if is_atom(node):
        found[node.number] = node
    elif node.estimated:
        for a in node.args:
            atoms(a, found)
    return found


def is_atom(node: Node) -> bool:
    """Is this the node that takes the mean over outcomes?"""
    return node.kind == "einsum" and node.data == LEAD


def plan(roots: Iterable[Node], stop: Callable[[Node], bool]) -> list[Node]:
    """The nodes that ``roots`` need, arguments first; ``stop`` says what is given."""
    done: set[int] = set()
    order: list[Node] = []
    stack = [(r, False) for r in roots]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node.number not in done and not stop(node):
            done.add(node.number)
            stack.append((node, True))
            stack.extend((a, False) for a in node.args)
    return order


def last_uses(order: Sequence[Node], keep: Collection[int]) -> list[list[int]]:
    """Which values may be forgotten after each operation: no array is needed any more."""
    array = arrays(order)
    last: dict[int, int] = {}
    for k, n in enumerate(order):
        for a in n.args:
            last[array.get(a.number, a.number)] = k
    for number in keep:
        last.pop(array.get(number, number), None)
    gone: list[list[int]] = [[] for _ in order]
    for number, own in array.items():
        if own in last:
            gone[last[own]].append(number)
    return gone


def arrays(order: Sequence[Node]) -> dict[int, int]:
    """Of each value, the one whose array it has: a new name is no new array."""
    own: dict[int, int] = {}
    for n in order:
        own[n.number] = n.number
        if n.kind in RENAMED:
            own[n.number] = own.get(n.args[0].number, n.args[0].number)
    return own


# ---------------------------------------------------------------- operations


def evaluate(node: Node, args: Sequence[Array], space: Space) -> Array:
    """One operation on whole arrays: an axis for each index, and then that of outcomes."""
    if node.kind in RENAMED:
        return args[0]
    if not node.args:
        return _given(node, space)
    lead = [a.shape[-1] for a, x in zip(args, node.args, strict=True) if x.lead]
    out = np.empty((*dims(node), *lead[:1]) if node.lead else dims(node))
    for call in bound(node, args, space, out):
        call()
    return out


def dims(node: Node) -> tuple[int, ...]:
    """The shape of a node's array, for one outcome."""
    return tuple(size(x) for x in node.axes)


def bound(node: Node, args: Sequence[Array], space: Space, out: Array) -> list[Call]:
    """Calls that do one operation: from these arrays into ``out``, again and again.

    All arrays that have an axis of outcomes are contiguous.  A mean is left as the *sum*
    over the outcomes.
    """
    kind, data = node.kind, node.data
    if kind == "einsum":
        return [_contraction(node, args, out)]
    xs = [_align(a, x, node) for a, x in zip(args, node.args, strict=True)]
    if kind in _FOLDED:
        return _folded(_FOLDED[kind], xs, out)
    if kind == "power":
        return _power(xs[0], data, out)
    if kind == "indicator":
        holds = np.empty(out.shape, dtype=bool)  # in two steps: half the time
        return [partial(_RELATIONS[data], *xs, out=holds), partial(np.copyto, out, holds)]
    if kind == "relu":
        return [partial(np.maximum, *xs, _ZERO, out=out)]
    if kind in _UFUNCS:
        return [partial(_UFUNCS[kind], *xs, out=out)]
    found = space.functions[data] if kind == "function" else _FUNCTIONS[kind]
    return [lambda: np.copyto(out, found(*xs))]


def in_place(node: Node) -> bool:
    """May the result be written over one of the first two arguments?"""
    return node.kind != "einsum" and (node.kind != "power" or node.data == 2)


def _given(node: Node, space: Space) -> Array:
    """The value of a name or a number."""
    kind, data = node.kind, node.data
    if kind == "parameter":
        return picker(node, space.bases[data[0]], 0)(space.parameters[data[0]])
    if kind == "number":
        return np.float64(data.numerator / data.denominator)
    if kind == "constant":
        return np.float64(math.pi if data == "pi" else math.e)
    if kind == "symbol":
        return np.float64(space.symbols[data])
    if kind == "index":
        return np.arange(node.axes[0][1], node.axes[0][2] + 1, dtype=float)
    return np.asarray(space.functions[data](), dtype=float)


def _align(a: Array, own: Node, node: Node) -> Array:
    """The array of ``own`` with an axis (perhaps of length 1) for each axis of ``node``."""
    if own.axes == node.axes and (own.lead == node.lead or not node.axes):
        return a
    if not own.axes and not own.lead:
        return a
    shape = [size(x) if x in own.axes else 1 for x in node.axes]
    if node.lead:
        shape.append(a.shape[-1] if own.lead else 1)
    return a.reshape(shape)


def _folded(op: Any, xs: Sequence[Array], out: Array) -> list[Call]:
    if len(xs) == 1:
        return [partial(np.copyto, out, xs[0])]
    first = partial(op, xs[0], xs[1], out=out)
    return [first, *(partial(op, out, x, out=out) for x in xs[2:])]


def _power(x: Array, n: int, out: Array) -> list[Call]:
    """Squares and products, by the binary digits of the exponent."""
    calls: list[Call] = []
    now = x
    for digit in f"{abs(n):b}"[1:]:
        calls.append(partial(np.square, now, out=out))
        now = out
        if digit == "1":
            calls.append(partial(np.multiply, out, x, out=out))
    if n < 0:
        calls.append(partial(np.divide, 1.0, now, out=out))
    return calls or [partial(np.copyto, out, x)]


def _contraction(node: Node, args: Sequence[Array], out: Array) -> Call:
    """The sum over one axis of an array, or of the product of two: by BLAS where it can be."""
    gone: Label = node.data
    if len(args) == 1:
        (x,), (a,) = args, node.args
        where = a.axes.index(gone) if gone != LEAD else len(a.axes)
        if where == x.ndim - 1:
            x = x.reshape(-1, x.shape[-1])
            return partial(np.matmul, x, np.ones(x.shape[1]), out=out.reshape(-1))
        if x.ndim == 2:
            return partial(np.matmul, np.ones(x.shape[0]), x, out=out)
        return partial(np.add.reduce, x, axis=where, out=out)
    (x, y), (a, b) = args, node.args
    if gone == LEAD and a.lead and b.lead:
        if a.axes == b.axes:
            return partial(np.vecdot, x, y, out=out)
        if not a.axes or not b.axes:
            x, y = (x, y) if a.axes else (y, x)
            return partial(np.matmul, x.reshape(-1, x.shape[-1]), y, out=out.reshape(-1))
        for one, other in ((a, b), (b, a)):
            if node.axes == one.axes + other.axes:
                x, y = (x, y) if one is a else (y, x)
                x, y = x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])
                return partial(np.matmul, x, y.T, out=out.reshape(len(x), len(y)))
    letters = {z: _LETTERS[n] for n, z in enumerate(sorted({*a.axes, *b.axes}))}

    def spell(n: Node, lead: bool) -> str:
        return "".join(letters[z] for z in n.axes) + "z" * lead

    whole = f"{spell(a, a.lead)},{spell(b, b.lead)}->{spell(node, node.lead and gone != LEAD)}"
    return partial(np.einsum, whole, x, y, out=out)


def picker(node: Node, bases: Sequence[int], lead: int) -> Callable[[Array], Array]:
    """Takes the members of a family that the indices of this node pick out.

    ``lead`` axes come before those of the family, others may come after them.
    """
    places = node.data[1]
    simple = all(len(m) <= 1 and all(k == 1 for _, k in m) for _, m in places)
    used = [m[0][0] for _, m in places if m]
    if simple and len(set(used)) == len(used):
        cut: list[Any] = [slice(None)] * lead
        for (c, m), base in zip(places, bases, strict=True):
            if m:
                first = c + m[0][0][1] - base
                cut.append(slice(first, first + m[0][0][2] - m[0][0][1] + 1))
            else:
                cut.append(c - base)
        where = tuple(cut)
        order = [*range(lead), *(used.index(x) + lead for x in node.axes)]
        if order == sorted(order):
            return lambda values: values[where]

        def moved(values: Array) -> Array:
            cut = values[where]
            return np.ascontiguousarray(cut.transpose([*order, *range(len(order), cut.ndim)]))

        return moved
    grids = dict(
        zip(
            node.axes,
            np.ix_(*(np.arange(x[1], x[2] + 1) for x in node.axes)),
            strict=True,
        )
    )
    at = tuple(
        c - base + sum(k * grids[x] for x, k in m)
        for (c, m), base in zip(places, bases, strict=True)
    )
    front = (slice(None),) * lead
    return lambda values: np.ascontiguousarray(values[(*front, *at)])


RENAMED = frozenset(("relabel", "sum", "mean"))  # an array under another name
_ZERO = np.zeros(())
_RELATIONS: dict[str, Any] = {
    "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal
}  # fmt: skip
_FOLDED: dict[str, Any] = {
    "add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum
}  # fmt: skip
_UFUNCS: dict[str, Any] = {
    "exp": np.exp, "log": np.log, "tanh": np.tanh, "sin": np.sin, "cos": np.cos,
    "sign": np.sign, "abs": np.abs, "sqrt": np.sqrt, "pow": np.power,
}  # fmt: skip
_FUNCTIONS: dict[str, Any] = {
    "leaky_relu": lambda x, a: np.where(x > 0, x, a * x),
    "sigmoid": lambda x: 0.5 * (1.0 + np.tanh(0.5 * x)),
    "erf": np.vectorize(math.erf, otypes=[float]),
}
