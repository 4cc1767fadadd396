"""A finite space as plain numbers and tables, for whoever judges it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from symcheck.facts.context import Random
from symcheck.language.expr import RV
from symcheck.witness.spaces import FiniteSpace

__all__ = ["NOTHING", "Drawn", "drawn"]

Member = tuple[str, tuple[int, ...]]
Affine = tuple[Fraction, Fraction, int]  # a + b u, for the variable u of the law with this number
Value = Fraction | Affine
Part = tuple[tuple[Member, ...], tuple[tuple[Fraction, tuple[Value, ...]], ...]]


@dataclass(frozen=True)
class Drawn:
    """Numbers of constants and of indexed ones, values of functions, and joint laws.

    The parts are independent of each other and of the variables of the ``laws``, which are
    independent too.  ``made`` says which variables are functions of others, in order, and of
    ``latent`` ones, which nobody has declared.
    """

    numbers: Mapping[str, Fraction] = field(default_factory=dict)
    cells: Mapping[Member, Fraction] = field(default_factory=dict)
    functions: Mapping[str, Mapping[tuple[Fraction, ...], Fraction]] = field(default_factory=dict)
    laws: tuple[tuple[str, tuple[Fraction, ...]], ...] = ()
    parts: tuple[Part, ...] = ()
    made: tuple[tuple[RV, Any], ...] = ()
    latent: tuple[Random, ...] = ()


NOTHING = Drawn()


def drawn(space: FiniteSpace, numbers: Mapping[str, Any]) -> Drawn:
    """The space with these sizes and constants."""
    ring = space.ring
    cells = {
        (name, tuple(i + b for i, b in zip(at, ring.bases[name], strict=True))): v.fraction(*at)
        for name, v in ring.parameters.items()
        for at in np.ndindex(*v.top.shape)
    }
    laws: list[tuple[str, tuple[Fraction, ...]]] = []
    parts: list[Part] = []
    for own in space.blocks:
        members = [m for m in space.members if m in own and m not in space.stand_ins]
        if members:
            parts.append(_part(space, members, laws))
    for m, same in space.ties.items():
        if same and set(same) <= space.laws.keys():
            parts.append(_tied(space, m, same, laws))
    return Drawn(
        {**{n: Fraction(v) for n, v in ring.symbols.items()},
         **{n: Fraction(v) for n, v in numbers.items()}},
        cells,
        {n: dict(t.values) for n, t in ring.functions.items()},
        tuple(laws),
        tuple(parts),
    )  # fmt: skip


def _part(space: FiniteSpace, members: Sequence[Member], laws: list[Any]) -> Part:
    """The joint law of some members, to which a number of its own may be added."""
    noisy = {}
    for m in members:
        if m in space.noise:
            noisy[m] = len(laws)
            laws.append(("uniform", (-space.noise[m], space.noise[m])))
    table: dict[tuple[Fraction, ...], Fraction] = {}
    for w, values in space.outcomes(members):
        if w:
            table[values] = table.get(values, Fraction(0)) + w
    rows = tuple(
        (w, tuple((v, Fraction(1), noisy[m]) if m in noisy else v
                  for m, v in zip(members, values, strict=True)))
        for values, w in table.items()
    )  # fmt: skip
    return tuple(_named(space, m) for m in members), rows


def _tied(space: FiniteSpace, m: Member, same: Mapping[Member, int], laws: list[Any]) -> Part:
    """Members that are one variable of a named law, or its mirror image."""
    name, values = space.laws[m]
    laws.append((name, tuple(values)))
    twice: dict[str, Any] = {"normal": lambda a, _: 2 * a, "laplace": lambda a, _: 2 * a,
             "uniform": lambda a, b: a + b}  # fmt: skip
    one = Fraction(1)
    row = tuple(
        (Fraction(0), one, len(laws) - 1)
        if s > 0 else (twice[name](*values), -one, len(laws) - 1)
        for s in same.values()
    )  # fmt: skip
    return tuple(_named(space, x) for x in same), ((one, row),)


def _named(space: FiniteSpace, m: Member) -> Member:
    return m[0], tuple(i + b for i, b in zip(m[1], space.ring.bases[m[0]], strict=True))
