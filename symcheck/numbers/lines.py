"""The lines of a derivation at given sizes: what to average, and what the averages say.

The estimate of a line is the jackknife over batches; see :mod:`symcheck.numbers.sampled`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symcheck.facts.context import Context
from symcheck.numbers.batches import BATCHES
from symcheck.numbers.dependence import free_values
from symcheck.numbers.evaluate import Space, atoms, evaluate, is_atom, last_uses, plan
from symcheck.numbers.job import Job
from symcheck.numbers.program import Node, NotSampled, Program, elements, free_indices
from symcheck.numbers.worlds import World, demand

__all__ = ["Compiled", "Outcome"]

SUSPICIOUS = 4.0  # standard errors; true lines come here once in several thousand
SEEN = 2.33  # the normal quantile of 0.99: a discrepancy of size ``visible`` shows so often
WIDEST = 20_000  # elements of an array for one row; wider lines wait for a smaller world
_ROUNDING = 1e-12

Array = Any


class Compiled:
    """The lines of a derivation at given sizes, ready to run in any world."""

    def __init__(
        self, context: Context, sides: Sequence[tuple[Any, Any] | None], sizes: Mapping[str, int],
        distinct: bool, reasons: list[str],
    ) -> None:  # fmt: skip
        every = [e for pair in sides if pair for e in pair]
        free = free_values(context, free_indices(context, every), distinct, sizes)
        self.program = Program(sizes, free)
        self.roots: dict[int, tuple[Node, Node]] = {}
        self.surely: dict[int, tuple[Node, Node]] = {}
        for n, pair in enumerate(sides):
            if pair is None:
                continue
            try:
                left, right = (self.program.lower(e) for e in pair)
                if _widest(left, right) > WIDEST:
                    raise NotSampled("too many pairs of indices at this size")
                if left.random or right.random:
                    self.surely[n] = self._gap(left, right)
                self.roots[n] = self.program.expectation(left), self.program.expectation(right)
            except NotSampled as no:
                reasons[n] = reasons[n] or str(no)
        tops = [r for pair in [*self.roots.values(), *self.surely.values()] for r in pair]
        found: dict[int, Node] = {}
        for r in tops:
            atoms(r, found)
        self.atoms = list(found.values())
        rows = plan([a for atom in self.atoms for a in atom.args], lambda n: False)
        self.demand = demand([*rows, *self.atoms])
        self.constants = [n for n in plan(tops + rows, is_atom) if not n.lead]
        self.rows = _early([n for n in rows if n.lead], self.atoms)
        self.after = [n for n in plan(tops, is_atom) if n.lead]
        self.work = sum(elements(n) for n in self.rows)

    def _gap(self, left: Node, right: Node) -> tuple[Node, Node]:
        """Of sides that are random: the mean distance between them, and their mean size."""
        p = self.program
        gap = p.add([left, p.mul([p.number(-1), right])])
        if any(x.estimated for x in (left, right, gap)):
            raise NotSampled("a random line that has expectations in it")
        sizes = p.add([p.pointwise("abs", [left]), p.pointwise("abs", [right])])
        return p.expectation(p.pointwise("abs", [gap])), p.expectation(sizes)

    def needed(self, live: Collection[int]) -> tuple[list[Node], list[Node]]:
        """What is to be evaluated on every row for these pairs: operations, and atoms."""
        found: dict[int, Node] = {}
        for n in live:
            for root in (*self.roots[n], *self.surely.get(n, ())):
                atoms(root, found)
        wanted = [a for a in self.atoms if a.number in found]
        used = {n.number for n in plan(wanted, lambda n: False)}
        return [n for n in self.rows if n.number in used], wanted

    def job(self, world: World, live: Collection[int]) -> Job:
        """The work on every row of a world for these pairs."""
        order, wanted = self.needed(live)
        return Job(world, order, wanted, self.fixed(world.space))

    def fixed(self, space: Space) -> dict[int, Array]:
        """The values of everything that is not random."""
        values: dict[int, Array] = {}
        with np.errstate(all="ignore"):
            for n in self.constants:
                args = [values[a.number] for a in n.args]
                values[n.number] = np.asarray(evaluate(n, args, space), dtype=float)
        return values

    def outcomes(
        self, space: Space, constants: dict[int, Array], means_of: dict[int, Array],
        live: Collection[int],
    ) -> dict[int, Outcome]:  # fmt: skip
        """Pairs from the means of every batch: pooled, and with one batch left out.

        ``means_of`` is used up.
        """
        values, noise = dict(constants), dict.fromkeys(constants, 0.0)
        for n in self.constants:
            noise[n.number] = _noise(n, values, noise)
        for atom in self.atoms:
            if atom.number not in means_of:
                continue
            means = means_of.pop(atom.number)
            pooled = np.empty((*means.shape[:-1], BATCHES + 1))
            whole = pooled[..., :1] = means.mean(axis=-1, keepdims=True)
            np.subtract(whole * BATCHES, means, out=pooled[..., 1:])
            pooled[..., 1:] /= BATCHES - 1
            values[atom.number] = pooled
            noise[atom.number] = _ROUNDING * float(np.max(np.abs(means), initial=0.0))
        ends = {n.number for p in live for n in (*self.roots[p], *self.surely.get(p, ()))}
        gone = last_uses([*self.atoms, *self.after], ends)[len(self.atoms) :]
        for n, forget in zip(self.after, gone, strict=True):
            if all(a.number in values for a in n.args):
                args = [values[a.number] for a in n.args]
                values[n.number] = evaluate(n, args, space)
                noise[n.number] = _noise(n, values, noise)
                for number in forget:  # some are large
                    values.pop(number, None)
        outcomes = {}
        for p in sorted(live):
            left, right = self.roots[p]
            sides = [
                values[n.number] if n.lead else np.full(BATCHES + 1, float(values[n.number]))
                for n in (left, right)
            ]
            if not all(np.all(np.isfinite(s)) for s in sides):
                continue
            floor = noise[left.number] + noise[right.number]
            outcomes[p] = _outcome(sides[0], sides[1], floor)
            if p in self.surely:
                gap, scale = (float(np.max(values[n.number])) for n in self.surely[p])
                # Equal on every draw, up to rounding, or different for certain.
                outcomes[p].z = 0.0 if gap <= 1e-9 * scale else math.inf
        return outcomes


def _early(rows: Sequence[Node], means: Sequence[Node]) -> list[Node]:
    """Every mean as soon as it can be taken, while its terms are still near."""
    made: list[Node] = []
    done: set[int] = set()
    left = list(means)
    for n in (None, *rows):
        if n is not None:
            made.append(n)
            done.add(n.number)
        ready = [a for a in left if all(x.number in done or not x.lead for x in a.args)]
        made += ready
        left = [a for a in left if a not in ready]
    return made + left


def _widest(*roots: Node) -> int:
    return max(elements(n) for n in plan(roots, lambda _: False))


def _noise(n: Node, values: dict[int, Array], noise: dict[int, float]) -> float:
    """A bound on the rounding error of one operation and of what it is made of."""

    def top(a: Node) -> float:
        return float(np.max(np.abs(values[a.number]), initial=0.0))

    own = 1e-15 * top(n)
    parts = [noise.get(a.number, 0.0) for a in n.args]
    if n.kind == "add":
        return own + sum(parts) + 1e-15 * sum(top(a) for a in n.args)
    if n.kind in ("mul", "einsum"):
        tops = [top(a) for a in n.args]
        length = n.data[2] - n.data[1] + 1 if n.kind == "einsum" else 1
        relative = sum(
            p * math.prod(t for m, t in enumerate(tops) if m != k) for k, p in enumerate(parts)
        )
        return own + length * (relative + 1e-15 * math.prod(tops))
    if n.kind == "power" and n.data > 0:
        return own + float(n.data * parts[0] * _raised(top(n.args[0]), n.data - 1))
    if n.kind == "power":
        least = float(np.min(np.abs(values[n.args[0].number]), initial=math.inf))
        return own + (-n.data * parts[0] * _raised(least, n.data - 1) if least > 0 else math.inf)
    return own + sum(parts)


def _raised(x: float, n: int) -> float:
    try:
        return float(x**n)
    except OverflowError:
        return math.inf


@dataclass
class Outcome:
    """What one world says of one pair after a look."""

    left: float
    right: float
    error: float
    z: float
    spread: float  # standard error of the larger side
    limit: float = 0.0
    look: int = 0
    text: str = ""
    draws: int = 0
    rare: bool = False  # a mean is made of a few large values: its error is not known

    @property
    def differs(self) -> bool:
        return not self.rare and abs(self.z) > self.limit

    @property
    def visible(self) -> float | None:
        """The smallest d such that right (1 + d) would have been seen to differ."""
        k = self.limit + SEEN
        size = max(abs(self.left), abs(self.right))
        room = (size - k * self.spread) * (size + k * self.spread)
        if not 0 < room < math.inf:
            return None
        return max(k * self.error / math.sqrt(room), 1e-9)

    @property
    def near(self) -> float | None:
        """Where neither side can be told from 0: what would have been seen, in standard
        deviations of one draw."""
        size = max(abs(self.left), abs(self.right))
        if size == self.spread == 0:
            return 1e-9  # 0 on every draw
        if size > SUSPICIOUS * self.spread or self.spread == 0:
            return None
        return (self.limit + SEEN) * self.error / (self.spread * math.sqrt(self.draws))

    @property
    def informative(self) -> bool:
        return (self.visible is not None and self.visible < 1) or self.near is not None


def _jackknife(x: Array) -> tuple[float, float]:
    """The bias-corrected estimate and its standard error, from pooled and left-out values."""
    pooled, out = float(x[0]), x[1:]
    middle = float(out.mean())
    b = len(out)
    bias = (b - 1) * (middle - pooled)
    variance = (b - 1) / b * float(np.sum((out - middle) ** 2)) + 2 * bias * bias
    return pooled - bias, math.sqrt(variance)


def _outcome(left: Array, right: Array, floor: float) -> Outcome:
    (a, error_a), (b, error_b) = _jackknife(left), _jackknife(right)
    difference, error = _jackknife(right - left)
    spread = max(error_a, error_b)
    # Rounding of the mean itself is relative to the size of what was averaged.
    floor = BATCHES * (floor + _ROUNDING * spread)
    if abs(float(right[0] - left[0])) <= floor and abs(difference) <= floor:
        z = 0.0
    elif error <= floor:
        z = math.copysign(math.inf, difference)
    else:
        z = difference / error
    return Outcome(a, b, error, z, spread)
