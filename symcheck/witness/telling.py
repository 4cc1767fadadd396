"""What is told of a finite space on which two sides differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace as _with
from fractions import Fraction

import numpy as np

from symcheck.numbers.comparison import Witness
from symcheck.numbers.dependence import Member
from symcheck.numbers.evaluate import plan
from symcheck.numbers.program import Node, members
from symcheck.witness.integers import Irrational, Table, Undefined
from symcheck.witness.intervals import run
from symcheck.witness.spaces import FiniteSpace

__all__ = ["Cost", "told"]

Cost = tuple[int, ...]  # of a person who checks it


def told(
    space: FiniteSpace, roots: Sequence[Node], held: Sequence[tuple[Node, Node]], *,
    pointwise: bool, row: int | None, sides: Sequence[Fraction | str],
    sizes: Mapping[str, int], own: Mapping[str, Fraction],
) -> tuple[Cost, Witness]:  # fmt: skip
    """The joint law of the variables in both sides, and in the assumptions about these.

    ``held`` are the assumptions; ``row`` is the outcome that the sides are for; ``own`` are
    the constants that are what an assumption says of them.
    """
    bases = space.ring.bases
    used = _used(roots, bases)
    near = list(held)
    while now := [p for p in near if _used(p, bases) & used]:
        near = [p for p in near if p not in now]
        used |= set().union(*(_used(p, bases) for p in now))
    columns = [m for m in space.members if m in used and (pointwise or m not in space.stand_ins)]
    table: dict[tuple[Fraction, ...], Fraction] = {}
    rows = space.outcomes(columns)
    for weight, values in rows:
        if weight:
            table[values] = table.get(values, Fraction(0)) + weight
    numbers = _numbers(space, [*roots, *(n for p in held if p not in near for n in p)]) | dict(own)
    random = any(r.random for r in roots)
    witness = Witness(
        variables=tuple(_name(m, bases) for m in columns),
        outcomes=()
        if pointwise or not columns
        else tuple((weight, values) for values, weight in table.items()),
        sizes=dict(sizes),
        parameters=numbers,
        left=sides[0],
        right=sides[1],
        law="; ".join(_laws(space, used)),
        at=rows[row][1] if random and row is not None else (),
        independent=_independent(space, columns),
    )
    length = sum(
        abs(f.numerator) + f.denominator
        for f in [*numbers.values(), *(x for values in table for x in values), *table.values()]
    )
    length += sum(v < 0 for v in numbers.values())
    return (max(len(table), len(columns)), length), witness


def _used(nodes: Sequence[Node], bases: Mapping[str, Sequence[int]]) -> set[Member]:
    return {
        (n.data[0], m)
        for n in plan(nodes, lambda _: False)
        if n.kind == "random"
        for m in members(n, bases[n.data[0]])
    }


def _numbers(space: FiniteSpace, nodes: Sequence[Node]) -> dict[str, Fraction]:
    """Constants, and the values of unknown functions that were asked for."""
    ring = space.ring
    numbers = dict(ring.symbols)
    fresh = {name: Table(t.values.__getitem__) for name, t in ring.functions.items()}
    order = plan(nodes, lambda _: False)
    try:
        run(_with(ring, functions=fresh), order)
    except (Irrational, Undefined, KeyError):
        fresh = dict(ring.functions)
    for name in sorted({n.data for n in order if n.kind == "function"}):
        for key, v in sorted(fresh[name].values.items()):
            numbers[f"{name}({', '.join(map(str, key))})"] = v
    for name, table in ring.parameters.items():
        for place in np.ndindex(*table.top.shape):
            label = ",".join(str(i + b) for i, b in zip(place, ring.bases[name], strict=True))
            numbers[f"{name}[{label}]"] = table.fraction(*place)
    return numbers


def _independent(space: FiniteSpace, columns: Sequence[Member]) -> tuple[tuple[str, ...], ...]:
    """The columns, in groups that are independent of each other."""
    bases = space.ring.bases
    groups = ([m for m in columns if m in own] for own in space.blocks)
    return tuple(tuple(_name(m, bases) for m in g) for g in groups if g)


def _laws(space: FiniteSpace, used: Set[Member]) -> list[str]:
    """The continuous laws of the variables used, in words."""
    bases = space.ring.bases
    found = []
    for m, same in space.ties.items():
        if not used & same.keys():
            continue
        law = f"{_name(m, bases)} ~ {space.stand_ins[m]}, independent of all else"
        others = [f"{_name(x, bases)} = {'-' * (s < 0)}{_name(m, bases)}" for x, s in same.items()
                  if x != m and x in used]  # fmt: skip
        found.append(", and ".join([law, *others]))
    for m, width in space.noise.items():
        if m in used:
            found.append(
                f"to {_name(m, bases)} a number uniform on (-{width}, {width}) is added, "
                "independent of all else"
            )
    return found


def _name(m: Member, bases: Mapping[str, Sequence[int]]) -> str:
    at = [str(i + b) for i, b in zip(m[1], bases[m[0]], strict=True)]
    return f"{m[0]}[{','.join(at)}]" if at else m[0]
