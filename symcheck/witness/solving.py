"""Constants, and values of unknown functions, for which the assumptions hold on a space.

An assumption such as ``Cov[x, y] = ρ σ^2`` or ``E[w(x)] = 1`` is solved for one number
that occurs in it linearly and that the space itself does not depend on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from symcheck.facts.context import Context
from symcheck.numbers.evaluate import plan
from symcheck.numbers.program import Node, Program, members
from symcheck.witness.integers import Irrational, Ring, Undefined, Value, exactly

__all__ = ["Solver"]

# ("symbol", name), ("parameter", name, indices from 0), ("function", name, arguments)
Unknown = tuple[Any, ...]
Cells = dict[tuple[str, tuple[int, ...]], Fraction]


class Solver:
    """Solves conditions (pairs of nodes that have to be equal), one after the other."""

    def __init__(
        self,
        context: Context,
        conditions: Sequence[tuple[Node, Node]],
        moments: Mapping[str, Mapping[str, Node]],
    ) -> None:
        self._context = context
        given = plan([n for m in moments.values() for n in m.values()], lambda _: False)
        fixed = {(n.kind, n.data if n.kind == "symbol" else n.data[0]) for n in given
                 if n.kind in ("symbol", "parameter")}  # fmt: skip
        # ``v[k+1] = Var[next[k]]`` where v is a variance: the space is built again with it.
        self._recursion = [
            pair for pair in conditions
            if pair[0].kind == "parameter" and ("parameter", pair[0].data[0]) in fixed
        ]  # fmt: skip
        self._tasks = []
        for pair in conditions:
            order = plan(pair, lambda _: False)
            names = [n for n in order if n.kind in ("symbol", "parameter", "function")]
            free = [
                n for n in names
                if (n.kind, n.data if n.kind != "parameter" else n.data[0]) not in fixed
            ]  # fmt: skip
            if free and pair[0] is not pair[1]:
                self._tasks.append((pair, order, free))

    def solve(self, ring: Ring) -> bool:
        """Change the numbers of ``ring`` so that the conditions hold; False if they cannot.

        True is no promise: whoever asks has to look at all the conditions again.
        """
        done: set[Unknown] = set()
        for pair, order, free in self._tasks:
            named = {("symbol", n.data) for n in free if n.kind == "symbol"}
            if len(named) == len(free) and named <= done:
                continue  # nothing is left to choose
            try:
                gap = self._gap(ring, pair, order)
                unknowns = [u for u in self._unknowns(ring, free) if u not in done]
                if gap is None or (gap != 0 and not self._close(ring, pair, order, unknowns, done)):
                    return False
                if gap == 0:
                    done.update(unknowns[:1])
            except (Irrational, Undefined):
                return False
        return True

    def start(self, program: Program) -> Cells:
        """Ones for the indexed constants that corrections will be made to."""
        names = {left.data[0] for left, _ in self._recursion}
        return {
            (name, at): Fraction(1)
            for name in names
            for at in np.ndindex(*(b - a + 1 for a, b in program.parameters[name]))
        }

    def corrections(self, ring: Ring) -> Cells:
        """The cells of indexed constants that an assumption gives another value than here."""
        found = {}
        for left, right in self._recursion:
            values = ring.run(plan([left, right], lambda _: False))
            a, b = values[left.number], values[right.number]
            (cell,) = members(left, ring.bases[left.data[0]])
            if not a.top.ndim and not b.top.ndim and a.fraction() != b.fraction():
                found[left.data[0], cell] = b.fraction()
        return found

    def _close(
        self, ring: Ring, pair: tuple[Node, Node], order: Sequence[Node],
        unknowns: Sequence[Unknown], done: set[Unknown],
    ) -> bool:  # fmt: skip
        for u in unknowns:
            old = _get(ring, u)
            ends = []
            for v in (Fraction(0), Fraction(1)):
                _set(ring, u, v)
                ends.append(self._gap(ring, pair, order))
            if None not in ends and ends[0] != ends[1]:
                value = ends[0] / (ends[0] - ends[1])
                _set(ring, u, value)
                if self._gap(ring, pair, order) == 0 and self._allowed(u, value):
                    done.add(u)
                    return True
            _set(ring, u, old)
        return False

    def _unknowns(self, ring: Ring, free: Sequence[Node]) -> list[Unknown]:
        found: dict[Unknown, None] = {}
        for n in reversed(free):
            if n.kind == "symbol":
                found["symbol", n.data] = None
            elif n.kind == "parameter":
                name = n.data[0]
                for m in sorted(members(n, ring.bases[name]), reverse=True):
                    found["parameter", name, m] = None
            else:
                for key in reversed(ring.functions[n.data].values):
                    found["function", n.data, key] = None
        return list(found)

    def _gap(self, ring: Ring, pair: tuple[Node, Node], order: Sequence[Node]) -> Any:
        """The difference of the two sides; None where it is not one number."""
        values = ring.run(order)
        left, right = (values[n.number] for n in pair)
        a = left.top.astype(object) * right.below - right.top.astype(object) * left.below
        flat = set(np.asarray(a, dtype=object).flat)
        return Fraction(int(flat.pop()), left.below * right.below) if len(flat) == 1 else None

    def _allowed(self, u: Unknown, v: Fraction) -> bool:
        if u[0] != "symbol":
            return True
        s = self._context.symbols[u[1]]
        return not (
            (s.is_positive and v <= 0)
            or (s.is_nonnegative and v < 0)
            or (s.is_negative and v >= 0)
            or (s.is_nonzero and v == 0)
        )


def _get(ring: Ring, u: Unknown) -> Fraction:
    if u[0] == "symbol":
        return ring.symbols[u[1]]
    if u[0] == "parameter":
        return ring.parameters[u[1]].fraction(*u[2])
    return ring.functions[u[1]].values[u[2]]


def _set(ring: Ring, u: Unknown, v: Fraction) -> None:
    if u[0] == "symbol":
        ring.symbols[u[1]] = v
    elif u[0] == "parameter":
        old: Value = ring.parameters[u[1]]
        cells = np.empty(old.top.shape, dtype=object)
        for at in np.ndindex(*cells.shape):
            cells[at] = old.fraction(*at)
        cells[u[2]] = v
        ring.parameters[u[1]] = exactly(cells)
    else:
        ring.functions[u[1]].values[u[2]] = v
