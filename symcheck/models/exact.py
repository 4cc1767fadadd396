"""Refutation: a small finite probability space on which two sides differ, exactly."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from sympy import Symbol
from sympy.core.relational import Relational

from symcheck.context import Context
from symcheck.expr import replace
from symcheck.models.comparison import Witness
from symcheck.models.dependence import Groups, free_values, own_constants, refuse_functions
from symcheck.models.evaluate import plan
from symcheck.models.integers import Irrational, Undefined, Value
from symcheck.models.matching import degrees
from symcheck.models.program import Node, NotSampled, Program, free_indices, members, unfolded
from symcheck.models.spaces import FiniteSpace, continuous, declared, finite_space

__all__ = ["refute", "values_on"]

TRIES = 60  # spaces for each choice of sizes
WIDEST = 200  # elements of an array for one outcome
MORE = 25  # further spaces, to find a simpler one


def refute(
    context: Context, left: Any, right: Any, *, seconds: float = 2.0, seed: int = 0,
    tries: int = TRIES,
) -> Witness | None:  # fmt: skip
    """The simplest space found that satisfies the context and on which the sides differ.

    None says nothing: no space was found, or the context or the sides are outside of
    what finite spaces with rational weights can show.  A witness is certain: both sides
    are rational numbers, computed without rounding.  ``tries`` bounds the spaces looked
    at for each choice of sizes, ``seconds`` the time.
    """
    if isinstance(left, Relational) or isinstance(right, Relational):
        return None
    until = time.monotonic() + seconds
    try:
        search = _Search(context, left, right)
    except NotSampled:
        return None
    rng = random.Random(seed)
    best: tuple[tuple[int, ...], Witness] | None = None
    for sizes in _sizes(context):
        for distinct in (True, False) if len(search.free) > 1 else (True,):
            best = search.look(sizes, distinct, rng, tries, until)
            if best is not None:
                return best[1]
        if time.monotonic() > until:
            break
    return None


def _sizes(context: Context) -> list[dict[str, int]]:
    names = list(context.sizes)
    if not names:
        return [{}]
    rows = [[1], [2], [3], [1, 2], [2, 1], [2, 3], [3, 2]]
    found = [{n: row[k % len(row)] for k, n in enumerate(names)} for row in rows]
    if any(not s.is_positive for s in context.sizes.values()):
        found.append({n: 1 if s.is_positive else 0 for n, s in context.sizes.items()})
    unique: list[dict[str, int]] = []
    for f in found:
        if f not in unique:
            unique.append(f)
    return unique


class _Search:
    def __init__(self, context: Context, left: Any, right: Any) -> None:
        self.context = context
        self.groups = Groups(context)
        own, others = own_constants(context)
        rule = {m: unfolded(context, e) for m, e in own.items()}

        def put(e: Any) -> Any:
            e = unfolded(context, e)
            return replace(e, rule) if rule else e

        self.sides = put(left), put(right)
        self.signed = [(m, e) for m, e in rule.items() if m.is_extended_real is not None]
        self.held = [(put(h.lhs), put(h.rhs), h.indices) for h in others]
        self.finite = [put(e) for e in context.finite]
        refuse_functions(context, self.sides)
        self.free = free_indices(context, self.sides)

    def look(
        self, sizes: dict[str, int], distinct: bool, rng: random.Random, tries: int, until: float
    ) -> tuple[tuple[int, ...], Witness] | None:
        """The simplest witness at these sizes."""
        try:
            free = free_values(self.context, self.free, distinct, sizes)
            program = Program(sizes, free, estimate=False)
            roots = [program.lower(e) for e in self.sides]
            conditions = self._conditions(program, sizes)
            moments = declared(self.context, program)
            width = max(prod(x[2] - x[1] + 1 for x in n.axes) for n in program.nodes)
            if width > WIDEST:
                return None
        except NotSampled:
            return None
        tops = [*roots, *(n for pair in conditions for n in pair)]
        order = plan(tops, lambda _: False)
        degree = degrees(order)
        if any(r.random for r in roots) and any(
            continuous(self.context.randoms[name]) for name in program.extents
        ):
            return None
        best: tuple[tuple[int, ...], Witness] | None = None
        left = tries
        n = 0
        while left > 0 and time.monotonic() < until:
            n += 1
            left -= 1
            try:
                space = finite_space(
                    self.context, program, moments, rng,
                    groups=None if n % 2 else self.groups, effort=0 if best else n * 4 // tries,
                    degree=degree,
                )  # fmt: skip
                if space is None:
                    continue
                values = space.ring.run(order)
                found = self._differ(space, values, roots, conditions, sizes)
            except (Irrational, Undefined):
                continue
            except NotSampled:
                return None
            if found is not None:
                if best is None:
                    left = min(left, MORE)
                if best is None or found[0] < best[0]:
                    best = found
        return best

    def _conditions(self, program: Program, sizes: dict[str, int]) -> list[tuple[Node, Node]]:
        """Pairs of nodes that have to be equal: hypotheses, at all values of their indices."""
        found = []
        for lhs, rhs, indices in self.held:
            top = max([2, *sizes.values()])
            for at in np.ndindex(*([top] * len(indices))):
                names = [Symbol(f"_h{v + 1}", integer=True) for v in at]
                rule = dict(zip(indices, names, strict=True))
                for v in range(1, top + 1):
                    program.values[f"_h{v}"] = v
                found.append((program.lower(replace(lhs, rule)), program.lower(replace(rhs, rule))))
        for e in self.finite:
            # Defined on the space is all that finiteness asks for here.
            rule = {s: Symbol("_h1", integer=True) for s in free_indices(self.context, [e])}
            program.values["_h1"] = 1
            node = program.lower(replace(e, rule) if rule else e)
            found.append((node, node))
        for m, e in self.signed:
            node = program.lower(e)
            if m.is_positive:
                ok = program.pointwise("indicator", (node, program.number(0)), "gt")
            elif m.is_nonnegative:
                ok = program.pointwise("indicator", (node, program.number(0)), "ge")
            elif m.is_negative:
                ok = program.pointwise("indicator", (program.number(0), node), "gt")
            elif m.is_nonzero:
                ok = program.pointwise("indicator", (node, program.number(0)), "ne")
            else:
                continue
            found.append((ok, program.number(1)))
        return found

    def _differ(
        self, space: FiniteSpace, values: dict[int, Value], roots: Sequence[Node],
        conditions: Sequence[tuple[Node, Node]], sizes: dict[str, int],
    ) -> tuple[tuple[int, ...], Witness] | None:  # fmt: skip
        for a, b in conditions:
            if not _equal(values[a.number], values[b.number]):
                return None
        left, right = (values[r.number] for r in roots)
        if _equal(left, right):
            return None
        n = 0
        if left.top.ndim or right.top.ndim:
            n = next(k for k in range(len(space.ring.weights.top)) if _at(left, k) != _at(right, k))
        sides = _at(left, n), _at(right, n)
        used = {
            (node.data[0], m)
            for node in plan(roots, lambda _: False)
            if node.kind == "random"
            for m in members(node, space.ring.bases[node.data[0]])
        }
        columns = [k for k, m in enumerate(space.members) if m in used and m not in space.stand_ins]
        table: dict[tuple[Fraction, ...], Fraction] = {}
        for weight, row in zip(space.weights, space.rows, strict=True):
            short = tuple(row[k] for k in columns)
            table[short] = table.get(short, Fraction(0)) + weight
        names = tuple(_name(space.members[k], space.ring.bases) for k in columns)
        laws = [
            f"{_name(m, space.ring.bases)} ~ {law}, independent of all else"
            for m, law in space.stand_ins.items()
            if m in used
        ]
        numbers = dict(space.ring.symbols)
        for name, v in space.ring.parameters.items():
            for at in np.ndindex(*v.top.shape):
                base = space.ring.bases[name]
                label = ",".join(str(i + b) for i, b in zip(at, base, strict=True))
                numbers[f"{name}[{label}]"] = v.fraction(*at)
        witness = Witness(
            variables=names,
            outcomes=tuple((weight, row) for row, weight in table.items()) if columns else (),
            sizes=dict(sizes),
            parameters=numbers,
            left=sides[0],
            right=sides[1],
            law="; ".join([*laws, space.text] if space.text else laws),
        )
        length = sum(
            abs(f.numerator) + f.denominator
            for f in [*numbers.values(), *(x for row in table for x in row), *table.values()]
        )
        return (len(table), length), witness


def _name(m: tuple[str, tuple[int, ...]], bases: Mapping[str, Sequence[int]]) -> str:
    at = [str(i + b) for i, b in zip(m[1], bases[m[0]], strict=True)]
    return f"{m[0]}[{','.join(at)}]" if at else m[0]


def _at(v: Value, n: int) -> Fraction:
    return v.fraction(n) if v.top.ndim else v.fraction()


def _equal(a: Value, b: Value) -> bool:
    x, y = a.top.astype(object) * b.below, b.top.astype(object) * a.below
    return bool(np.all(x == y))


def values_on(space: FiniteSpace, nodes: Sequence[Node]) -> list[Value]:
    """The exact values of nodes on a space."""
    found = space.ring.run(plan(nodes, lambda _: False))
    return [found[n.number] for n in nodes]
