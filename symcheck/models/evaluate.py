"""Run a :class:`~symcheck.models.program.Program` on arrays of floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symcheck.models.program import LEAD, Label, Node

__all__ = [
    "Operation", "Space", "atoms", "evaluate", "is_atom", "last_uses", "operation", "picker",
    "plan", "rows_last", "shared_room",
]  # fmt: skip

Array = Any
Operation = Callable[[Sequence[Array], Mapping[str, Array], Array | None], Array]
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


def last_uses(order: Sequence[Node], keep: set[int]) -> list[list[int]]:
    """Which values may be forgotten after each operation."""
    last: dict[int, int] = {}
    for n, node in enumerate(order):
        for a in node.args:
            last[a.number] = n
    gone: list[list[int]] = [[] for _ in order]
    own = {node.number for node in order}
    for number, n in last.items():
        if number in own and number not in keep:
            gone[n].append(number)
    return gone


def shared_room(order: Sequence[Node], gone: Sequence[Sequence[int]]) -> dict[int, int]:
    """For each value that needs memory of its own, by number, the piece of memory that it gets.

    Values of one shape that are not needed at the same time share a piece.
    """
    piece: dict[int, int] = {}
    holders: dict[int, int] = {}  # pieces in use, and by how many names
    free: dict[Any, list[int]] = {}
    count = 0
    for n, forget in zip(order, gone, strict=True):
        if n.kind == "relabel" and n.args[0].number in piece:
            piece[n.number] = piece[n.args[0].number]
            holders[piece[n.number]] += 1
        elif n.lead and n.kind in WITH_ROOM:
            shape = tuple(x[1:] for x in n.axes)
            if not free.setdefault(shape, []):
                free[shape].append(count)
                count += 1
            piece[n.number] = free[shape].pop()
            holders[piece[n.number]] = 1
        for number in forget:
            if number in piece:
                holders[piece[number]] -= 1
                if not holders[piece[number]]:
                    own = next(k for k in order if k.number == number)
                    free.setdefault(tuple(x[1:] for x in own.axes), []).append(piece[number])
    return {n.number: piece[n.number] for n in order if n.number in piece and n.kind != "relabel"}


def evaluate(
    node: Node, args: Sequence[Array], space: Space, draws: Mapping[str, Array],
    out: Array | None = None,
) -> Array:  # fmt: skip
    """One operation.  A mean is returned as the *sum* over the rows given.

    ``out`` is room for a result with one number for each row and member: fresh memory
    costs several times the arithmetic.
    """
    return operation(node, space)(args, draws, out)


def operation(node: Node, space: Space) -> Operation:
    """:func:`evaluate` of one node, to be called again and again with other arrays."""
    kind, data = node.kind, node.data
    if kind == "einsum":
        return lambda args, draws, out: _einsum(node, args)
    if kind in ("relabel", "sum", "mean"):
        return lambda args, draws, out: args[0]
    if kind == "random":
        pick = picker(node, space.bases[data[0]], 1)
        return lambda args, draws, out: pick(draws[data[0]])
    if not node.args:
        value = _given(node, space)
        return lambda args, draws, out: value
    act = _action(node, space)
    if all(own.axes == node.axes and (own.lead == node.lead or not node.axes) for own in node.args):
        return lambda args, draws, out: act(args, out)
    return lambda args, draws, out: act(
        [_align(a, x, node) for a, x in zip(args, node.args, strict=True)], out
    )


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
    return _action(node, space)([], None)


def _action(node: Node, space: Space) -> Callable[[Sequence[Array], Array | None], Array]:
    """What is done with arrays that have the same axes."""
    kind, data = node.kind, node.data
    if kind == "add":
        return lambda xs, out: _fold(np.add, xs, out)
    if kind == "mul":
        return lambda xs, out: _fold(np.multiply, xs, out)
    if kind == "power" and data == 2:
        return lambda xs, out: np.square(xs[0], out=out)
    if kind == "power":
        return lambda xs, out: _power(xs[0], data)
    if kind == "indicator":
        relation = _RELATIONS[data]
        return lambda xs, out: (
            relation(xs[0], xs[1]).astype(float) if out is None else relation(xs[0], xs[1], out=out)
        )
    if kind == "relu":  # both ends: twice as fast as the maximum with one number
        return lambda xs, out: np.clip(xs[0], 0.0, math.inf, out=out)
    found = space.functions[data] if kind == "function" else _FUNCTIONS[kind]
    return lambda xs, out: found(*xs)


def _fold(op: Any, parts: Sequence[Array], out: Array | None = None) -> Array:
    result = op(parts[0], parts[1], out=out)
    for p in parts[2:]:
        result = op(result, p, out=out)
    return result


def rows_last(rows: int, dims: Sequence[int]) -> Array:
    """An empty array (rows, *dims) whose rows lie side by side in memory.

    Sums over the rows of products are several times faster so.
    """
    return np.moveaxis(np.empty([*dims, rows]), -1, 0)


WITH_ROOM = frozenset(("add", "mul", "power", "indicator", "relu"))


def _align(a: Array, own: Node, node: Node) -> Array:
    """The array of ``own`` with an axis (perhaps of length 1) for each axis of ``node``."""
    if own.axes == node.axes and (own.lead == node.lead or not node.axes):
        return a
    shape = [a.shape[0] if own.lead else 1] if node.lead else []
    shape += [x[2] - x[1] + 1 if x in own.axes else 1 for x in node.axes]
    return a.reshape(shape)


def _power(x: Array, n: int) -> Array:
    if n < 0:
        return 1.0 / _power(x, -n)
    if n == 1:
        return x
    half = _power(x, n // 2)
    return half * half * x if n % 2 else half * half


def _einsum(node: Node, args: Sequence[Array]) -> Array:
    gone: Label = node.data
    if len(args) == 1:
        (x,) = args
        where = 0 if gone == LEAD else node.args[0].axes.index(gone) + node.args[0].lead
        if x.ndim == 2:  # a product with ones is three times as fast as a sum
            return np.ones(x.shape[0]) @ x if where == 0 else x @ np.ones(x.shape[1])
        return x.sum(axis=where)
    a, b = node.args
    x, y = args
    if gone == LEAD and a.axes == b.axes and x.shape == y.shape and x.strides[0] == x.itemsize:
        return np.vecdot(x.T, y.T).T  # rows side by side in memory
    if gone == LEAD and a.random and b.random and not set(a.axes) & set(b.axes):
        if not a.axes and not b.axes:
            return np.vdot(x, y)
        if len(a.axes) + len(b.axes) == 1:
            return x @ y if not a.axes else y @ x
        made = x.reshape(x.shape[0], -1).T @ y.reshape(y.shape[0], -1)
        axes = [*a.axes, *b.axes]
        made = made.reshape([z[2] - z[1] + 1 for z in axes])
        return made.transpose([axes.index(z) for z in node.axes])
    letters = {LEAD: "z"}
    for n, z in enumerate(sorted({*a.axes, *b.axes})):
        letters[z] = _LETTERS[n]

    def spell(n: Node) -> str:
        return ("z" if n.lead else "") + "".join(letters[z] for z in n.axes)

    out = ("z" if node.lead and gone != LEAD else "") + "".join(letters[z] for z in node.axes)
    return np.einsum(f"{spell(a)},{spell(b)}->{out}", x, y)


def picker(node: Node, bases: Sequence[int], lead: int) -> Callable[[Array], Array]:
    """Takes the members of a family that the indices of this node pick out."""
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
        return lambda values: np.ascontiguousarray(values[where].transpose(order))
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


_RELATIONS: dict[str, Any] = {
    "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal
}  # fmt: skip
_erf = np.vectorize(math.erf, otypes=[float])


def _sigmoid(x: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


_FUNCTIONS: dict[str, Any] = {
    "leaky_relu": lambda x, a: np.where(x > 0, x, a * x),
    "sigmoid": _sigmoid,
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sin": np.sin,
    "cos": np.cos,
    "sign": np.sign,
    "erf": _erf,
    "abs": np.abs,
    "max": lambda *xs: _fold(np.maximum, xs) if len(xs) > 1 else xs[0],
    "min": lambda *xs: _fold(np.minimum, xs) if len(xs) > 1 else xs[0],
    "sqrt": np.sqrt,
    "pow": np.power,
}
