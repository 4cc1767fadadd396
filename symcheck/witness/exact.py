"""Refutation: a small finite probability space on which two sides differ, exactly."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace as _with
from fractions import Fraction
from itertools import combinations, product
from math import prod
from typing import Any

import numpy as np
from sympy import Symbol
from sympy.core.relational import Relational

from symcheck.facts.context import Context
from symcheck.numbers.comparison import Witness
from symcheck.numbers.conditions import Conditions
from symcheck.numbers.dependence import Groups, free_values, refuse_functions
from symcheck.numbers.evaluate import is_atom, plan
from symcheck.numbers.program import Node, NotSampled, Program, free_indices, unfolded
from symcheck.numbers.relations import admitted, least_sizes
from symcheck.witness.drawn import drawn
from symcheck.witness.elimination import Eliminated, eliminated
from symcheck.witness.feasible import Feasible
from symcheck.witness.integers import Irrational, Undefined, Value, align, exactly
from symcheck.witness.intervals import Enclosed, apart, enclosed, run, shown
from symcheck.witness.matching import degrees, kinks
from symcheck.witness.relevant import relevant
from symcheck.witness.solving import Solver
from symcheck.witness.spaces import FiniteSpace, continuous, declared, finite_space, satisfies
from symcheck.witness.symbolic import fraction_of
from symcheck.witness.telling import Cost, told

__all__ = ["refute", "values_on"]

TRIES = 60  # spaces for each choice of sizes
WIDEST = 200  # elements of an array for one outcome
PLAIN = 4  # spaces of the simplest kind to start with
MORE = 25  # further spaces, to find a simpler one
ROUNDS = 5  # spaces, each with the variances that an assumption gave on the one before
SMALLER = 1.5  # seconds, to find one at smaller sizes
PASSES = (8, 40, 200)  # spaces at every choice of sizes, before more at any
HARDER = (20, 60, 200)  # from here on: larger numbers, laws with more points
ENCLOSED = 60  # spaces whose values are irrational, and agree as far as can be told
FITTED = 0.6  # of the spaces, where conditions are linear in the probabilities
CELLS = 3000  # outcomes times operations, for irrational values

REFUSED = 30  # spaces that somebody else does not accept

Accept = Callable[[Witness], Witness | None]
Found = tuple[Cost, Witness]
Values = dict[int, Value | Enclosed]


def refute(
    context: Context, left: Any, right: Any, *, seconds: float = 2.0, seed: int = 0,
    tries: int = TRIES, accept: Accept | None = None,
) -> Witness | None:  # fmt: skip
    """The simplest space found that satisfies the context and on which the sides differ.

    None says nothing: no space was found, or the context or the sides are outside of
    what finite spaces with rational weights can show.  A witness is certain: both sides
    are rational numbers, computed without rounding, or enclosed in intervals that have
    no point in common.  ``tries`` bounds the spaces looked at for each choice of sizes,
    ``seconds`` the time.  With ``accept`` only what that makes of a space counts: another
    witness, or None.
    """
    if isinstance(left, Relational) or isinstance(right, Relational):
        return None
    until = time.monotonic() + seconds
    try:
        ways = eliminated(relevant(context, (left, right)), (left, right))
    except NotSampled:
        return None
    for n, way in enumerate(ways):
        share = (until - time.monotonic()) / (len(ways) - n)
        judge = accept and _Judge(accept, way)
        found = _search(way, time.monotonic() + share, random.Random(seed), tries, judge)
        if found is not None:
            return found if judge else _worded(found, way)
    return None


def _worded(found: Witness, way: Eliminated) -> Witness:
    """The witness, with what was said of the variables that are functions of others."""
    drawn = found.drawn and _with(found.drawn, made=way.made, latent=way.latent)
    return _with(found, law="; ".join([*way.words, *filter(None, [found.law])]), drawn=drawn)


class _Judge:
    """Asks somebody else about the spaces that are found, so many times at most."""

    def __init__(self, accept: Accept, way: Eliminated) -> None:
        self.accept, self.way, self.left = accept, way, REFUSED

    def __call__(self, found: Witness) -> Witness | None:
        """The witness as it is accepted."""
        made = self.accept(_worded(found, self.way))
        self.left -= made is None
        return made


def _search(
    line: Eliminated, until: float, rng: random.Random, tries: int, judge: _Judge | None
) -> Witness | None:
    """The simplest space found until then, small sizes first."""
    try:
        search = _Search(line.context, *line.sides)
        search.judge = judge
    except NotSampled:
        return None
    models: dict[int, _Model | None] = {}
    sizes = _sizes(search.context, search.sizes)
    choices = [(chosen, way) for chosen in sizes for way in search.ways]
    for count in (*(p for p in PASSES if p < tries), tries):
        for n, (chosen, way) in enumerate(choices):
            if time.monotonic() > until:
                return None
            if n not in models:
                models[n] = search.model(chosen, *way)
            model = models[n]
            best = None if model is None else model.look(rng, count, tries, until)
            if best is None:
                continue
            soon = min(until, time.monotonic() + SMALLER)
            for smaller in (models.get(k) for k in range(n)):
                found = smaller and smaller.look(rng, smaller.tried + MORE, tries, soon)
                if found:
                    return found[1]
            return best[1]
    return None


def _sizes(context: Context, names: Sequence[str]) -> list[dict[str, int]]:
    """Choices of the sizes that matter, small ones first; the others are as small as can be."""
    least = least_sizes(context)
    if not names:
        return [least]
    most = {1: 3, 2: 3}.get(len(names), 2)  # more than the least, in all
    steps = [at for at in product(range(most + 1), repeat=len(names)) if sum(at) <= most]
    steps += [(n,) * len(names) for n in range(1, 3)] + [(0, *range(1, len(names)))]
    steps.sort(key=lambda at: (sum(at), max(at)))
    found = [{n: max(least[n], 1) + v for n, v in zip(names, at, strict=True)} for at in steps]
    if any(least[n] == 0 for n in names):
        found.insert(2, {n: least[n] for n in names})
    if context.relations and len(names) < 5:
        found += [{n: least[n] + v for n, v in zip(names, at, strict=True)} for at in steps]
    unique: list[dict[str, int]] = []
    for f in (least | chosen for chosen in found):
        if f not in unique and admitted(context, f):
            unique.append(f)
    return unique


class _Search:
    def __init__(self, context: Context, left: Any, right: Any) -> None:
        self.context = context
        self.judge: _Judge | None = None
        self.groups = Groups(context)
        self.asked = Conditions(context)
        self.sides = self.asked.put(left), self.asked.put(right)
        written = [unfolded(context, e) for e in (left, right)]
        self.own = {m.name: e for m, e in self.asked.own.items()
                    if isinstance(m, Symbol) and any(e.has(m) for e in written)}  # fmt: skip
        refuse_functions(context, self.sides)
        self.free = free_indices(context, self.sides)
        # Free indices: all different, or equal; or neither 1 nor in a small range.
        self.ways = [(True, 0)]
        if len(self.free) > 1:
            self.ways.append((False, 0))
        if self.free:
            self.ways.append((True, 1))
        used = {s.name for e in self._mentioned() for s in e.free_symbols}
        self.sizes = [n for n in context.sizes if n in used]

    def _mentioned(self) -> list[Any]:
        """All that the numbers may depend on."""
        c = self.context
        found = [*self.sides, *self.asked.mentioned()]
        found += [e for pair in c.ranges.values() for e in pair]
        found += [e for pair in c.apart for e in pair]
        for r in c.randoms.values():
            found += [e for e in (r.mean, r.variance) if e is not None]
            found += list(r.law[1]) if r.law else []
        return [unfolded(c, e) for e in found]

    def model(self, sizes: dict[str, int], distinct: bool, skip: int) -> _Model | None:
        """The programs at these sizes, or None where there are none."""
        try:
            return _Model(self, sizes, distinct, skip)
        except NotSampled:
            return None


class _Model:
    """Both sides and all conditions as programs, at some sizes."""

    def __init__(self, search: _Search, sizes: dict[str, int], distinct: bool, skip: int) -> None:
        context = search.context
        every = sizes
        free = free_values(context, search.free, distinct, every, skip)
        named = {s.name for e in search.sides for s in e.free_symbols}
        self.search = search
        self.sizes = {n: v for n, v in sizes.items() if n in search.sizes}
        self.every = {**every, **free}
        self.free = {n: v for n, v in free.items() if n in named}
        self.program = program = Program(every, free, estimate=False)
        self.roots = [program.lower(e) for e in search.sides]
        self.conditions = search.asked.nodes(program, every, self.roots)
        self.held = [p for p in self.conditions if p[0].kind != "indicator" and p[0] is not p[1]]
        self.moments = declared(context, program)
        self.own = {name: program.lower(e) for name, e in search.own.items()}
        if max(prod(x[2] - x[1] + 1 for x in n.axes) for n in program.nodes) > WIDEST:
            raise NotSampled("too many values for one outcome")
        tops = [*self.roots, *self.own.values(), *(n for pair in self.conditions for n in pair)]
        self.order = plan(tops, lambda _: False)
        self.degree = degrees(self.order)
        self.pieces = degrees(self.order, pieces=True)
        self.kinks = kinks(self.order)
        self.pointwise = self._pointwise()
        self.solver = Solver(context, self.conditions, self.moments)
        bases = {n: [a for a, _ in x] for n, x in program.extents.items()}
        self.feasible = Feasible(self.conditions, bases, search.groups)
        self.tried = self.alike = 0

    def _pointwise(self) -> bool:
        """Is the question about single values of continuous variables?

        NotSampled where such a value comes together with an expectation, or an assumption.
        """
        randoms = self.search.context.randoms
        wide = {name for name in self.program.extents if continuous(randoms[name])}
        if not wide or not any(r.random for r in self.roots):
            return False
        families: dict[int, set[str]] = {}
        for n in self.order:
            found = set().union(*(families[a.number] for a in n.args))
            families[n.number] = found | ({n.data[0]} if n.kind == "random" else set())
            if (is_atom(n) or n.kind == "given") and found & wide:
                raise NotSampled("an outcome of a continuous law, and an expectation")
        if any(a is not b for a, b in self.conditions):
            raise NotSampled("an outcome of a continuous law, and an assumption")
        return True

    def look(self, rng: random.Random, upto: int, tries: int, until: float) -> Found | None:
        """The simplest witness among the spaces up to this number."""
        best: Found | None = None
        while self.tried < upto and self.alike < ENCLOSED and time.monotonic() < until:
            n = self.tried = self.tried + 1
            effort = max(n * 4 // (tries + 1), sum(n > k for k in HARDER))
            effort = min(effort, rng.choice((0, 1, 2, 3, 3)))  # simple ones all the time
            if best or n <= PLAIN:
                effort = rng.choice((-1, -1, 0))
            try:
                space = self._space(rng, effort, dependent=n % 2 == 0, alike=n % 4 > 1)
                if space is None:
                    continue
                found = self._judge(space)
            except (Irrational, Undefined):
                continue
            except NotSampled:
                self.alike = ENCLOSED
                break
            if found is not None:
                if best is not None and found[0] >= best[0]:
                    continue
                found = self._accepted(found, best)
                if found is None:
                    continue
                if best is None:
                    upto = min(tries, n + MORE)
                best = found
        return best

    def _accepted(self, found: Found, best: Found | None) -> Found | None:
        """What is found, if nobody has to accept it, or it is accepted."""
        if self.search.judge is None:
            return found
        accepted = self.search.judge(found[1])
        if accepted is None and self.search.judge.left <= 0:
            self.alike = ENCLOSED
        return None if accepted is None else (found[0], accepted)

    def _space(
        self, rng: random.Random, effort: int, *, dependent: bool, alike: bool
    ) -> FiniteSpace | None:
        """One space whose numbers fit the assumptions, as far as they can be solved."""
        numbers = self.solver.start(self.program)
        feasible = self.feasible if self.feasible.clusters and rng.random() < FITTED else None
        for _ in range(ROUNDS):
            space = finite_space(
                self.search.context, self.program, self.moments, rng,
                groups=self.search.groups if dependent else None, effort=effort,
                degree=self.degree, pieces=self.pieces, pointwise=self.pointwise, numbers=numbers,
                feasible=feasible, alike=alike,
            )  # fmt: skip
            if space is None or not self.solver.solve(space.ring):
                return None
            more = self.solver.corrections(space.ring)
            if not more:
                return space
            numbers |= more
        return None

    def _judge(self, space: FiniteSpace) -> Found | None:
        values: Values
        try:
            values = {**space.ring.run(self.order)}
        except Irrational:
            if space.noise or len(space.ring.weights.top) * len(self.order) > CELLS:
                raise
            values = run(space.ring, self.order)
            self.alike += 1
        if space.noise and not self._smooth(space, values):
            return None
        for a, b in self.conditions:
            if a is not b and not _equal(values[a.number], values[b.number]):
                return None
        left, right = (values[r.number] for r in self.roots)
        at = _differ(left, right)
        if at is not None and self.pointwise and not self._between(values, at):
            return None
        if at is None or not satisfies(self.search.context, self.program, self.moments, space):
            return None
        sides = _sides(left, right, at)
        for n, root in enumerate(self.roots):
            if isinstance(sides[n], str) and "…" not in str(sides[n]):
                exact = fraction_of(space.ring, root)
                sides[n] = sides[n] if exact is None else exact
        values_of = {name: values[n.number] for name, n in self.own.items()}
        own = {name: v.fraction() for name, v in values_of.items() if isinstance(v, Value)}
        cost, witness = told(
            space, self.roots, self.held, pointwise=self.pointwise, row=at, sides=sides,
            sizes={**self.sizes, **self.free}, own=own,
        )  # fmt: skip
        numbers = {**self.every, **own}
        world = drawn(space, numbers)
        if self.pointwise:  # what is drawn are single outcomes
            world = _with(world, parts=(), laws=())
        return cost, _with(witness, drawn=world)

    def _smooth(self, space: FiniteSpace, values: Values) -> bool:
        """Is no kink crossed by the noise?"""
        zero = exactly(0)
        for n in self.kinks:
            parts = []
            for a in n.args if n.random else ():
                v = values[a.number]
                if not isinstance(v, Value):
                    return False
                parts.append(Value(align(v.top, a, n), v.below, v.bound))
            if n.kind not in ("max", "min", "indicator"):
                parts = [zero, *parts[:1]]
            if not all(space.smooth(x, y) for x, y in combinations(parts, 2)):
                return False
        return True

    def _between(self, values: Values, at: int) -> bool:
        """Are both sides continuous around this outcome?"""
        edges = [n for n in self.order if n.kind in ("sqrt", "pow")]
        for n in (*self.kinks, *edges):
            parts = [values[a.number] for a in n.args]
            ends = [align(enclosed(v), a, n) for v, a in zip(parts, n.args, strict=True)]
            if n.random:
                ends = [e[at if len(e) > 1 else 0] for e in map(np.atleast_1d, ends)]
            if n.kind not in ("max", "min", "indicator"):
                ends = [enclosed(exactly(0)), ends[0]]
            for x, y in combinations(ends, 2):
                pairs = np.broadcast_arrays(x, y)
                if not all(apart(p, q) for p, q in zip(*(z.flat for z in pairs), strict=True)):
                    return False
        return True


def _differ(left: Value | Enclosed, right: Value | Enclosed) -> int | None:
    """An outcome on which the sides certainly differ."""
    if isinstance(left, Value) and isinstance(right, Value):
        a, b = _crossed(left, right)
        unequal = np.atleast_1d(np.asarray(a != b, dtype=bool))
    else:
        x, y = np.broadcast_arrays(enclosed(left), enclosed(right))
        unequal = np.array([apart(p, q) for p, q in zip(x.flat, y.flat, strict=True)])
    return int(np.argmax(unequal)) if unequal.any() else None


def _sides(left: Value | Enclosed, right: Value | Enclosed, at: int) -> list[Fraction | str]:
    ends = [np.atleast_1d(enclosed(v)) for v in (left, right)]
    ends = [e[at if len(e) > 1 else 0] for e in ends]
    found: list[Fraction | str] = []
    for v, own, other in zip((left, right), ends, ends[::-1], strict=True):
        if isinstance(v, Value):
            found.append(v.fraction(at) if v.top.ndim else v.fraction())
        else:
            found.append(shown(own, other))
    return found


def _crossed(a: Value, b: Value) -> tuple[Any, Any]:
    return a.top.astype(object) * b.below, b.top.astype(object) * a.below


def _equal(a: Value | Enclosed, b: Value | Enclosed) -> bool:
    """Are they certainly equal, on all outcomes?"""
    if isinstance(a, Value) and isinstance(b, Value):
        x, y = _crossed(a, b)
        return bool(np.all(x == y))
    pairs = np.broadcast_arrays(enclosed(a), enclosed(b))
    return all(p.a == p.b == q.a == q.b for p, q in zip(*(z.flat for z in pairs), strict=True))


def values_on(space: FiniteSpace, nodes: Sequence[Node]) -> list[Value]:
    """The exact values of nodes on a space."""
    found = space.ring.run(plan(nodes, lambda _: False))
    return [found[n.number] for n in nodes]
