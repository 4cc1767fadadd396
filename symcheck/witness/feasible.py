"""Joint laws that have given expectations: probabilities as the solution of linear equations.

On a grid of values, ``E[x y] = c``, ``E[y | x] = g(x)`` and ``Var[x] = s`` (the mean being
known) are linear in the probabilities of the grid's points.  Any nonnegative solution is a
joint law on which they hold.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise, product
from types import MappingProxyType
from typing import Any

import numpy as np

from symcheck.facts.context import Context, Random
from symcheck.numbers.dependence import Groups, Member
from symcheck.numbers.evaluate import is_atom, plan
from symcheck.numbers.program import Node, members
from symcheck.witness.colliders import Source
from symcheck.witness.integers import Irrational, Ring, Undefined, Value, align, exactly, product_of
from symcheck.witness.polytope import vertex

__all__ = ["Feasible"]

WIDER = 0.5  # of the tries: with variables that no condition is about
POINTS = 150  # of a grid
ROWS = 60  # equations
VALUES = 7  # of one variable

_SIGNED = {
    ">": [Fraction(n) for n in ("1", "2", "3", "4", "1/2")],
    ">=": [Fraction(n) for n in ("0", "1", "2", "3", "4")],
    "!=": [Fraction(n) for n in ("1", "-1", "2", "-2", "3")],
    "": [Fraction(n) for n in ("0", "1", "-1", "2", "-2", "3", "4")],
}
_STEPS = [Fraction(n) for n in ("0", "1", "-1", "2", "-2", "3", "-3")]  # from the mean


@dataclass(frozen=True)
class _Equation:
    """A condition: left - right at every point, as if nothing were averaged.

    ``given`` is None, or what is given; ``pinned`` are the nodes of means whose values are
    to be kept.
    """

    gap: tuple[Node, Node]
    order: tuple[Node, ...]
    members: frozenset[Member]
    given: tuple[Node, ...] | None
    averages: frozenset[int]  # numbers of the nodes that take conditional means
    pinned: tuple[Node, ...]


class Feasible:
    """The conditions of a model that are linear in the probabilities of a grid."""

    def __init__(
        self, conditions: Sequence[tuple[Node, Node]], bases: Mapping[str, Sequence[int]],
        groups: Groups,
    ) -> None:  # fmt: skip
        self._bases, self._groups = bases, groups
        self._equations = []
        for pair in conditions:
            made = _equation(pair, bases) if pair[0] is not pair[1] else None
            if made is not None:
                self._equations.append(made)
        clusters: list[frozenset[Member]] = []
        for e in self._equations:
            near = [c for c in clusters if e.members & c]
            clusters = [c for c in clusters if c not in near] + [e.members.union(*near)]
        # Independence inside of a cluster would not be linear.
        self.clusters = [
            tuple(sorted(c)) for c in clusters
            if all(groups.compatible(x, y) for x, y in combinations(sorted(c), 2))
        ]  # fmt: skip

    def sources(
        self, context: Context, blank: Ring, moments: Mapping[str, Mapping[str, Any]],
        others: Sequence[Member], rng: random.Random,
    ) -> list[Source]:  # fmt: skip
        """A joint law for each cluster for which one was found; ``others`` may join them."""
        found: list[Source] = []
        seeds: dict[tuple[str, ...], float] = {}
        clusters = self._wider(others, rng) if rng.random() < WIDER else self.clusters
        for cluster in clusters:
            # Clusters that differ in the indices only are treated alike.
            seed = seeds.setdefault(tuple(m[0] for m in cluster), rng.random())
            made = self._joint(context, blank, moments, cluster, random.Random(seed))
            if made is not None:
                found.append(made)
        return found

    def _wider(self, others: Sequence[Member], rng: random.Random) -> list[tuple[Member, ...]]:
        """The clusters with other members in them that may depend on theirs."""
        found = [list(c) for c in self.clusters]
        taken = {m for c in found for m in c}
        for m in rng.sample(list(others), len(others)):
            homes = [c for c in found if all(self._groups.compatible(m, x) for x in c)]
            if m not in taken and homes and rng.random() < 0.7:
                homes[0].append(m)
        return [tuple(c) for c in found]

    def _joint(
        self, context: Context, blank: Ring, moments: Mapping[str, Mapping[str, Any]],
        cluster: Sequence[Member], rng: random.Random,
    ) -> Source | None:  # fmt: skip
        room = max(2, int(POINTS ** (1 / len(cluster))))
        grid = []
        for m in cluster:
            r = context.randoms[m[0]]
            known = {k: v[m[1]] for k, v in moments[m[0]].items()}
            values = _values(r, known, min(room, VALUES), rng)
            if values is None:
                return None
            grid.append(values)
        points = list(product(*grid))
        if len(points) > POINTS:
            return None
        # Small numbers first, roughly: what comes first is preferred.
        points.sort(key=lambda p: sum(map(abs, p)) + 4 * Fraction(rng.random()))
        rows: list[list[Fraction]] = [[Fraction(1)] * len(points)]
        right = [Fraction(1)]
        dead: set[int] = set()
        for n, m in enumerate(cluster):
            known = {k: v[m[1]] for k, v in moments[m[0]].items()}
            _marginal(context.randoms[m[0]], known, [p[n] for p in points], rows, right)
        for n, m in enumerate(cluster):
            # What could be a constant varies all the same.
            if _loose(context.randoms[m[0]]) and len(grid[n]) > 1 and rng.random() < 0.4:
                v = rng.choice(grid[n][:2])
                rows.append([Fraction(p[n] == v) for p in points])
                right.append(Fraction(1, 2))
        same = {t.name for i in context.identities for t in i.blocks[0]}
        for name in same:
            own = [n for n, m in enumerate(cluster) if m[0] == name]
            for a, b in pairwise(own):
                for v in grid[a]:
                    rows.append([Fraction((p[a] == v) - (p[b] == v)) for p in points])
                    right.append(Fraction(0))
        ring = self._ring(blank, cluster, points)
        means = {m: moments[m[0]]["mean"][m[1]] for m in cluster if "mean" in moments[m[0]]}
        try:
            for e in self._equations:
                if e.members <= set(cluster):
                    self._add(e, ring, means, len(points), rows, right, dead, rng)
        except (Irrational, Undefined):
            return None
        if len(rows) > ROWS:
            return None
        alive = [n for n in range(len(points)) if n not in dead]
        if not alive:
            return None
        weights = vertex([[row[n] for n in alive] for row in rows], right)
        if weights is None:
            return None
        return [
            (w, dict(zip(cluster, points[n], strict=True)))
            for n, w in zip(alive, weights, strict=True)
            if w
        ]

    def _ring(
        self, blank: Ring, cluster: Sequence[Member], points: Sequence[Sequence[Fraction]]
    ) -> Ring:
        """The points as outcomes; members outside of the cluster are 1."""
        draws = {}
        for name in {m[0] for m in cluster}:
            dims = [
                max(m[1][k] for m in cluster if m[0] == name) + 1
                for k in range(len(next(m[1] for m in cluster if m[0] == name)))
            ]
            array: Any = np.full((len(points), *dims), Fraction(1), dtype=object)
            for n, m in enumerate(cluster):
                if m[0] == name:
                    array[(slice(None), *m[1])] = [p[n] for p in points]
            draws[name] = exactly(array)
        one = exactly(np.ones(len(points), dtype=int))
        return Ring(one, draws, blank.symbols, blank.parameters, blank.functions, blank.bases)

    def _add(
        self, e: _Equation, ring: Ring, means: Mapping[Member, Fraction], count: int,
        rows: list[list[Fraction]], right: list[Fraction], dead: set[int], rng: random.Random,
    ) -> None:  # fmt: skip
        """The equations of one condition, and the points on which it cannot hold."""
        pins: dict[int, Value] = {}
        for node in e.pinned:
            body = _fractions(_run(ring, plan([node], lambda _: False))[node.number], count)
            member = _mean_of(node, self._bases)
            target = means.get(member) if member is not None else None
            if target is None:
                target = sum(body, start=Fraction(0)) / count
                rows.append(body)
                right.append(target)
            pins[node.number] = exactly(np.array([target], dtype=object))
        values = _run(ring, e.order, pins)
        gap = _gap(values, e.gap, count)
        if e.given is None:
            rows.append(gap)
            right.append(Fraction(0))
            return
        keys = [_fractions(values[k.number], count) for k in e.given]
        groups: dict[tuple[Fraction, ...], list[int]] = {}
        for n in range(count):
            groups.setdefault(tuple(k[n] for k in keys), []).append(n)
        nothing = {n: exactly(np.zeros(1, dtype=int)) for n in e.averages}
        rest = _gap(_run(ring, e.order, pins | nothing), e.gap, count)
        for own in groups.values():
            # What is not averaged must be the same on the whole group.
            kept = rest[rng.choice(own)]
            dead.update(n for n in own if rest[n] != kept)
            row = [Fraction(0)] * count
            for n in own:
                row[n] = gap[n]
            rows.append(row)
            right.append(Fraction(0))


def _values(
    r: Random, known: Mapping[str, Fraction], room: int, rng: random.Random
) -> list[Fraction] | None:
    """Values that a variable may take, few and small."""
    if r.law is not None:
        if r.law[0] == "bernoulli":
            return [Fraction(0), Fraction(1)]
        return [Fraction(-1), Fraction(1)] if r.law[0] == "rademacher" else None
    if r.atomless:
        return None
    mean, variance = known.get("mean"), known.get("variance")
    count = rng.randint(2, room)
    if mean is not None and (variance is None or variance > 0):
        step = Fraction(1)
        if variance is not None:
            step = Fraction(max(1, math.isqrt(int(4 * variance))), 2) * rng.choice((1, 1, 2))
        found = [mean + step * s for s in _STEPS]
        if rng.random() < 0.3:
            found = [mean + step * s / 2 for s in _STEPS]
    elif mean is not None:
        found = [mean]
    else:
        found = list(_SIGNED[r.sign])
        if rng.random() < 0.3:
            rng.shuffle(found)
    tests = {">": lambda v: v > 0, ">=": lambda v: v >= 0, "!=": lambda v: v != 0}
    found = [v for v in found if not r.sign or tests[r.sign](v)][:count]
    if r.symmetric:
        found = sorted({s * v for v in found for s in (1, -1)})
    return found or None


def _loose(r: Random) -> bool:
    """May r be anything, as far as it is declared by itself?"""
    return r.law is None and r.variance is None and not r.symmetric


def _marginal(
    r: Random, known: Mapping[str, Fraction], values: Sequence[Fraction],
    rows: list[list[Fraction]], right: list[Fraction],
) -> None:  # fmt: skip
    """What is declared of one variable."""
    mean, variance = known.get("mean"), known.get("variance")
    if r.law is not None:
        half = r.law[0] == "rademacher"
        rows.append([Fraction(v == 1) for v in values])
        right.append(Fraction(1, 2) if half else known["p0"])
        return
    if mean is not None:
        rows.append(list(values))
        right.append(mean)
    if variance is not None and mean is not None:
        rows.append([(v - mean) ** 2 for v in values])
        right.append(variance)
    elif variance is not None:  # the mean is ours to choose
        middle = Fraction(0) if r.symmetric else sum(values, start=Fraction(0)) / len(values)
        rows += [list(values), [(v - middle) ** 2 for v in values]]
        right += [middle, variance]
    if r.symmetric:
        for x in {v for v in values if v > 0}:
            rows.append([Fraction((v == x) - (v == -x)) for v in values])
            right.append(Fraction(0))


# ---------------------------------------------------------------- conditions as equations


def _equation(pair: tuple[Node, Node], bases: Mapping[str, Sequence[int]]) -> _Equation | None:
    """The condition as an equation, or None where it is not linear in the probabilities."""
    order = tuple(plan(pair, lambda _: False))
    own = frozenset(
        (n.data[0], m) for n in order if n.kind == "random" for m in members(n, bases[n.data[0]])
    )
    conditional = [n for n in order if n.kind == "given"]
    means = [n for n in order if is_atom(n)]
    inside = {n.number for a in (*conditional, *means) for n in plan(a.args, lambda _: False)}
    nested = [n for n in means if n.number in inside]
    if not (conditional or means) or any(n.axes for n in (*pair, *conditional, *nested)):
        return None
    if conditional:
        known = conditional[0].args[1:]
        if any(a.args[1:] != known for a in conditional) or any(k.axes for k in known):
            return None
        averages = frozenset(a.number for a in conditional)
        pinned = means
        if averages & inside or _degree(order, averages, pair) > 1:
            return None
        given: tuple[Node, ...] | None = known
    else:
        pinned = nested
        if _degree(order, {n.number for n in means if n not in pinned}, pair) > 1:
            pinned = [n for n in means if n in nested or _mean_of(n, bases) is not None]
        free = {n.number for n in means if n not in pinned}
        if not free or _degree(order, free, pair) > 1:
            return None
        averages, given = frozenset(), None
    if any(n.axes for n in pinned):
        return None
    return _Equation(pair, order, own, given, averages, tuple(pinned))


def _mean_of(n: Node, bases: Mapping[str, Sequence[int]]) -> Member | None:
    """The member whose mean this is, if it is that of a single one."""
    if len(n.args) != 1 or n.args[0].kind != "random" or n.args[0].axes:
        return None
    name = n.args[0].data[0]
    (at,) = members(n.args[0], bases[name])
    return name, at


def _degree(order: Sequence[Node], atoms: Set[int], pair: tuple[Node, Node]) -> float:
    """The degree of the two sides in these nodes."""
    found: dict[int, float] = {}
    for n in order:
        parts = [found[a.number] for a in n.args]
        if n.number in atoms:
            found[n.number] = 1
        elif n.kind == "mul" or n.kind == "einsum":
            found[n.number] = sum(parts)
        elif n.kind in ("add", "relabel", "sum", "mean"):
            found[n.number] = max(parts, default=0)
        elif n.kind == "power" and n.data > 0:
            found[n.number] = parts[0] * n.data
        else:
            found[n.number] = math.inf if any(parts) else 0
    return max(found[n.number] for n in pair)


def _run(
    ring: Ring, order: Sequence[Node], pins: Mapping[int, Value] = MappingProxyType({})
) -> dict[int, Value]:
    """The value of every node at every outcome, where nothing is averaged.

    All arrays have the axis of outcomes in front (of length 1 where there is one value); the
    values of ``pins`` are given.
    """
    values: dict[int, Value] = {}
    shadows: dict[int, Node] = {}
    for n in order:
        args = tuple(shadows[a.number] for a in n.args)
        shadow = Node(n.number, n.kind, args, n.data, n.axes, True, False)
        shadows[n.number] = shadow
        if n.number in pins:
            values[n.number] = pins[n.number]
        elif n.kind in ("number", "symbol", "index", "parameter"):
            v = ring.evaluate(n, [])
            values[n.number] = Value(v.top.reshape(1, *v.top.shape), v.below, v.bound)
        else:
            own = [values[a.number] for a in n.args]
            if n.kind == "given":
                values[n.number] = _shaped(own[0], args[0], shadow)
            elif is_atom(n):
                parts = [_shaped(v, a, shadow) for v, a in zip(own, args, strict=True)]
                values[n.number] = product_of(*parts)
            else:
                values[n.number] = ring.evaluate(shadow, own)
    return values


def _shaped(v: Value, own: Node, node: Node) -> Value:
    return Value(align(v.top, own, node), v.below, v.bound)


def _gap(values: Mapping[int, Value], pair: tuple[Node, Node], count: int) -> list[Fraction]:
    left, right = (_fractions(values[n.number], count) for n in pair)
    return [a - b for a, b in zip(left, right, strict=True)]


def _fractions(v: Value, count: int) -> list[Fraction]:
    flat = np.asarray(v.top, dtype=object).reshape(-1)
    if len(flat) == 1:
        return [Fraction(int(flat[0]), v.below)] * count
    return [Fraction(int(t), v.below) for t in flat]
