"""Both sides of every line on the same random draws.

*Estimates.*  Each expectation is a sample mean; an expression is a function of such
means.  The draws of a world fall into 64 batches, each from streams of its own; the
estimate is the jackknife over batches (bias corrected) and its standard error is the
jackknife's, which is the delete-one-batch form of the delta method, so products, powers
and quotients of expectations are covered (Efron 1982, The Jackknife, ch. 3-4).  The bias
correction itself is added to the error: where a difference has no linear part, as
``E[x]^2`` at ``E[x] = 0``, the linear error alone would be too small.

*Looks.*  Lines are looked at several times, with ever more draws.  A line whose sides are
equal on every draw is left after the first look; one that agrees, and could have shown
a factor of 2, after all the draws that were asked for.  Suspicious lines (more than 4
standard errors) and uninformative ones get 4 and 16 times as many, in one world.

*Error rate.*  At each look the jackknife's ratio is compared with Student's t of 63 degrees
of freedom.  The level of a line is 1e-6 divided by 2000, more than there are lines in the
whole library, and by its worlds; half of it is spent at the first look, a quarter at the
second, and so on (Lan and DeMets 1983, Discrete sequential boundaries for clinical trials,
Biometrika 70).  By the union bound a run over the whole library alarms falsely with
probability at most 1e-6, as far as means over a batch are normal.  Laws whose tails are too
heavy for the degree of the expressions are not drawn from.

A line whose sides are themselves random is compared draw by draw.

*Streams.*  Batch b of world w at look k draws from ``SFC64`` seeded by
``SeedSequence(seed, spawn_key=(w, b, k))``: the numbers do not depend on how many threads
there are.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from sympy import Symbol
from sympy.core.relational import Relational

from symcheck.context import Context
from symcheck.expr import replace
from symcheck.models.comparison import Comparison
from symcheck.models.dependence import free_values, own_constants, refuse_functions
from symcheck.models.evaluate import (
    WITH_ROOM,
    Space,
    atoms,
    evaluate,
    is_atom,
    last_uses,
    plan,
    rows_last,
)
from symcheck.models.program import Node, NotSampled, Program, free_indices, unfolded
from symcheck.models.quantiles import student_quantile
from symcheck.models.worlds import World, build, demand

__all__ = ["BATCHES", "FALSE_ALARM", "LINES", "LOOKS", "compare"]

BATCHES = 64
FALSE_ALARM = 1e-6  # of a run over the whole library
LINES = 2000  # lines that such a run has at most
LOOKS = (1 / 4, 1.0, 4.0, 16.0)  # draws at each look, as multiples of what was asked for
SUSPICIOUS = 4.0  # standard errors; true lines come here once in several thousand
SEEN = 2.33  # the normal quantile of 0.99: a discrepancy of size ``visible`` shows so often
ELEMENTS = 200_000  # numbers drawn for one chunk: large enough that threads seldom wait
MOST = 4096  # rows in a chunk
LARGEST = 500_000  # elements of a chunk's largest array
WIDEST = 20_000  # elements of an array for one row; wider lines wait for a smaller world
WORK = 20_000  # operations for one row; with more, a world gets fewer rows
HEAVY = 2000  # numbers in an atom from which on it sees one chunk of every four
_ROUNDING = 1e-12

Array = Any
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Setting:
    """Sizes and kind of one world."""

    sizes: tuple[tuple[str, int], ...]
    distinct: bool  # free indices not declared apart: different values?
    dependent: bool
    plain: bool


def compare(
    context: Context,
    pairs: Sequence[tuple[Any, Any]],
    *,
    samples: int = 20_000,
    seed: int = 0,
    limit: float | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
) -> list[Comparison]:
    """Compare left and right of every pair, all on the same draws of several worlds.

    ``samples`` rows are drawn in each world (rounded up to 64 batches of at least 32; fewer
    where one row is very much work), more for lines that stay unclear.
    ``limit`` is the number of standard errors from which sides differ; by default a run
    over the whole library alarms falsely with probability 1e-6.  ``progress(done, total)``
    is told of finished batches.  The result depends on ``seed``, not on ``threads``.
    """
    reasons: list[str] = [""] * len(pairs)
    try:
        sides = _prepare(context, pairs, reasons)
    except NotSampled as no:
        return [Comparison(reason=f"not sampled: {no}") for _ in pairs]
    settings = _settings(context, sides)
    limits = [limit] * len(LOOKS) if limit is not None else look_limits(len(settings))
    rows = max(32, -(-samples // BATCHES))
    programs: dict[Any, _Compiled] = {}
    runs: list[_Run] = []
    workers = max(1, threads or min(4, os.cpu_count() or 1))
    total = 2 * BATCHES * len(settings)
    with ThreadPoolExecutor(workers) as pool:
        for w, setting in enumerate(settings):
            key = (setting.sizes, setting.distinct)
            try:
                if key not in programs:
                    programs[key] = _Compiled(context, sides, setting, reasons)
                compiled = programs[key]
                world = build(
                    context, compiled.program, compiled.demand,
                    int(np.random.SeedSequence(seed, spawn_key=(w,)).generate_state(1)[0]),
                    dependent=setting.dependent, plain=setting.plain,
                )  # fmt: skip
            except NotSampled as no:
                for n in range(len(pairs)):
                    reasons[n] = reasons[n] or str(no)
                continue
            fewer = max(32, math.ceil(rows * WORK / max(WORK, compiled.work)))
            run = _Run(compiled, world, (seed, w), min(rows, fewer), _text(setting, world))
            runs.append(run)
            live = set(compiled.roots)
            for look in (0, 1):
                if progress is not None:
                    progress((2 * len(runs) - 2 + look) * BATCHES, total)
                live = run.look(look, live, limits[look], pool)
        for look in range(2, len(LOOKS)):
            for n, run in _unclear(runs, len(pairs), look):
                run.look(look, {n}, limits[look], pool)
        if progress is not None:
            progress(total, total)
    return [_comparison([r.best[n] for r in runs if n in r.best], reasons[n])
            for n in range(len(pairs))]  # fmt: skip


def look_limits(worlds: int) -> list[float]:
    """How many standard errors are too many, at each look at one of so many worlds."""
    level = FALSE_ALARM / LINES / max(1, worlds)
    return [student_quantile(level / 2 ** (k + 1) / 2, BATCHES - 1) for k in range(len(LOOKS))]


def _unclear(runs: Sequence[_Run], count: int, look: int) -> Iterator[tuple[int, _Run]]:
    """Lines that are suspicious, or that no world has told anything of, and where to look on."""
    for n in range(count):
        found = [(r.best[n], r) for r in runs if n in r.best]
        if not found or any(o.differs for o, _ in found):
            continue
        worst, run = max(found, key=lambda k: abs(k[0].z))
        if abs(worst.z) <= SUSPICIOUS:
            if any(o.informative for o, _ in found):
                continue
            run = min((r for _, r in found), key=lambda r: r.compiled.work)
        if run.best[n].look == look - 1:
            yield n, run


def _comparison(seen: Sequence[_Outcome], reason: str) -> Comparison:
    if not seen:
        return Comparison(reason=f"not sampled: {reason or 'nothing to evaluate'}")
    worst = max(seen, key=lambda o: (o.differs, abs(o.z)))
    visible = [v for v in (o.visible for o in seen) if v is not None]
    clear = min(visible, default=1.0) < 1
    near = [] if clear else [v for v in (o.near for o in seen) if v is not None]
    return Comparison(
        left=worst.left, right=worst.right, error=worst.error, z=worst.z, limit=worst.limit,
        laws=worst.text, worlds=len(seen), draws=worst.draws,
        visible=min(visible, default=None), near=min(near, default=None),
    )  # fmt: skip


def _text(setting: _Setting, world: World) -> str:
    sizes = ", ".join(f"{n} = {v}" for n, v in setting.sizes)
    return f"{sizes}; {world.text}" if sizes else world.text


# ---------------------------------------------------------------- preparing


def _prepare(
    context: Context, pairs: Sequence[tuple[Any, Any]], reasons: list[str]
) -> list[tuple[Any, Any] | None]:
    rule = _hypotheses(context)
    sides: list[tuple[Any, Any] | None] = []
    for n, (left, right) in enumerate(pairs):
        try:
            if isinstance(left, Relational) or isinstance(right, Relational):
                raise NotSampled("a line of equations")
            pair = rule(unfolded(context, left)), rule(unfolded(context, right))
            refuse_functions(context, pair)
            sides.append(pair)
        except NotSampled as no:
            reasons[n] = str(no)
            sides.append(None)
    return sides


def _hypotheses(context: Context) -> Callable[[Any], Any]:
    """Hypotheses ``E[...] = m`` with a free constant m hold once m is given that value."""
    own, others = own_constants(context)
    for h in others:
        raise NotSampled(f"no world is built for the hypothesis {h.lhs} = {h.rhs}")
    for m in own:
        if m.is_positive or m.is_negative or m.is_nonzero or m.is_nonnegative:
            raise NotSampled(f"the hypothesis on {own[m]} restricts the sign of {m}")
    plain = {m: unfolded(context, e) for m, e in own.items()}
    return lambda e: replace(e, plain) if plain else e


def _settings(context: Context, sides: Sequence[tuple[Any, Any] | None]) -> list[_Setting]:
    """The lecture's size once, small sizes often; independent and dependent by turns."""
    sizes = [n for n, s in context.sizes.items() if any(_has(p, s) for p in sides)]
    sizes += [n for n in context.sizes if n not in sizes]
    large = [100, 5, 3]
    small = [(3, 2, 4), (2, 3, 1), (4, 1, 2), (1, 2, 3), (3, 4, 2)]
    found = []
    rows = [large, *(list(s) for s in small)]
    for w, values in enumerate(rows):
        chosen = tuple((n, values[k % 3]) for k, n in enumerate(sizes))
        found.append(_Setting(chosen, w % 3 != 2, w in (1, 3, 5), w == 0))
    return found


def _has(pair: tuple[Any, Any] | None, s: Symbol) -> bool:
    return pair is not None and any(e.has(s) for e in pair)


# ---------------------------------------------------------------- one world


class _Compiled:
    """The lines of a derivation at given sizes, ready to run in any world."""

    def __init__(
        self, context: Context, sides: Sequence[tuple[Any, Any] | None], setting: _Setting,
        reasons: list[str],
    ) -> None:  # fmt: skip
        every = [e for pair in sides if pair for e in pair]
        free = free_values(
            context, free_indices(context, every), setting.distinct, dict(setting.sizes)
        )
        self.program = Program(dict(setting.sizes), free)
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
        self.rows = [n for n in rows if n.lead] + self.atoms
        self.after = [n for n in plan(tops, is_atom) if n.lead]
        self.work = sum(math.prod(_shape(n)) for n in self.rows)

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

    def fixed(self, space: Space) -> dict[int, Array]:
        """The values of everything that is not random."""
        values: dict[int, Array] = {}
        with np.errstate(all="ignore"):
            for n in self.constants:
                args = [values[a.number] for a in n.args]
                values[n.number] = np.asarray(evaluate(n, args, space, {}), dtype=float)
        return values

    def outcomes(
        self, space: Space, constants: dict[int, Array], means_of: dict[int, Array],
        live: Collection[int],
    ) -> dict[int, _Outcome]:  # fmt: skip
        """Pairs from the means of every batch: pooled, and with one batch left out."""
        values, noise = dict(constants), dict.fromkeys(constants, 0.0)
        for n in self.constants:
            noise[n.number] = _noise(n, values, noise)
        for atom in self.atoms:
            if atom.number not in means_of:
                continue
            means = means_of[atom.number]
            whole = means.mean(axis=0)
            out = (whole * BATCHES - means) / (BATCHES - 1)
            values[atom.number] = np.concatenate([whole[None], out])
            noise[atom.number] = _ROUNDING * float(np.max(np.abs(means), initial=0.0))
        for n in self.after:
            if all(a.number in values for a in n.args):
                args = [values[a.number] for a in n.args]
                values[n.number] = evaluate(n, args, space, {})
                noise[n.number] = _noise(n, values, noise)
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


def _widest(*roots: Node) -> int:
    return max(math.prod(_shape(n)) for n in plan(roots, lambda _: False))


def _shape(n: Node) -> list[int]:
    return [x[2] - x[1] + 1 for x in n.axes]


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
        return own + float(n.data * parts[0] * top(n.args[0]) ** (n.data - 1))
    if n.kind == "power":
        least = float(np.min(np.abs(values[n.args[0].number]), initial=math.inf))
        return own + (-n.data * parts[0] * least ** (n.data - 1) if least > 0 else math.inf)
    return own + sum(parts)


@dataclass
class _Outcome:
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

    @property
    def differs(self) -> bool:
        return abs(self.z) > self.limit

    @property
    def visible(self) -> float | None:
        """The smallest d such that right (1 + d) would have been seen to differ."""
        k = self.limit + SEEN
        size = max(abs(self.left), abs(self.right))
        room = size**2 - (k * self.spread) ** 2
        if room <= 0:
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


@dataclass
class _Run:
    """One world and what has been drawn in it so far."""

    compiled: _Compiled
    world: World
    seed: tuple[int, int]
    rows: int  # in a batch, for the draws that were asked for
    text: str
    best: dict[int, _Outcome] = field(default_factory=dict)
    sums: dict[int, Array] = field(default_factory=dict)  # of each atom, by batch
    counts: dict[int, int] = field(default_factory=dict)  # rows in these sums
    drawn: int = 0  # rows in a batch

    def look(self, look: int, live: Collection[int], limit: float, pool: Executor) -> set[int]:
        """Draw up to this look, compare these pairs; those that are not settled by it."""
        upto = max(16, math.ceil(self.rows * LOOKS[look]))
        if not live:
            return set()
        self.draw(look, live, upto - self.drawn, pool)
        self.drawn = upto
        wanted = {a.number for a in self.compiled.needed(live)[1]}
        means = {k: v / self.counts[k] for k, v in self.sums.items() if k in wanted}
        constants = self.compiled.fixed(self.world.space)
        open_ = set()
        with np.errstate(all="ignore"):
            found = self.compiled.outcomes(self.world.space, constants, means, live)
        for n, o in found.items():
            o.limit, o.look, o.text = limit, look, self.text
            own = (self.counts[a.number] for a in self.compiled.needed((n,))[1])
            o.draws = BATCHES * min(own, default=upto)
            self.best[n] = o
            if not o.differs and (o.z != 0 or not wanted):
                open_.add(n)
        return open_

    def draw(self, look: int, live: Collection[int], rows: int, pool: Executor) -> None:
        """Add rows to every batch, for what these pairs need."""
        numbers = [a.number for a in self.compiled.needed(live)[1]]
        if not numbers:
            return
        seed, w = self.seed
        with np.errstate(all="ignore"):
            summed = batch_sums(self.compiled, self.world, live)
            seeds = (np.random.SeedSequence(seed, spawn_key=(w, b, look)) for b in range(BATCHES))
            done = list(pool.map(lambda k: summed(k, rows), seeds))
        for k, number in enumerate(numbers):
            new = np.stack([sums[k] for sums, _ in done])
            self.sums[number] = self.sums[number] + new if number in self.sums else new
            self.counts[number] = self.counts.get(number, 0) + done[0][1][k]


def batch_sums(
    compiled: _Compiled, world: World, live: Collection[int]
) -> Callable[[np.random.SeedSequence, int], tuple[list[Array], list[int]]]:
    """A function of a seed and a number of rows: the sum of every atom, and over how many rows."""
    order, wanted = compiled.needed(live)
    constants = compiled.fixed(world.space)
    largest = max([math.prod(_shape(n)) for n in order if n.random] + [1])
    chunk = max(16, min(MOST, ELEMENTS // max(1, world.width), LARGEST // largest))
    gone = last_uses(order, {a.number for a in wanted})
    rooms: SimpleQueue[_Room] = SimpleQueue()

    @contextmanager
    def room(rows: int) -> Iterator[_Room]:
        """Memory for one thread at a time."""
        try:
            own = rooms.get_nowait()
        except Empty:
            own = _Room(
                world.room(rows),
                {n.number: rows_last(rows, _shape(n)) for n in order
                 if n.lead and n.kind in WITH_ROOM},
            )  # fmt: skip
        try:
            yield own
        finally:
            rooms.put(own)

    heavy = {a.number for a in wanted if math.prod(_shape(a)) > HEAVY}
    light = [k for k, n in enumerate(order) if n.number not in heavy]

    def summed(seed: np.random.SeedSequence, rows: int) -> tuple[list[Array], list[int]]:
        rng = np.random.Generator(np.random.SFC64(seed))
        sums: list[Array] = [0.0] * len(wanted)
        counts = [0] * len(wanted)
        most = min(chunk, -(-rows // 4)) if heavy else min(chunk, rows)
        with room(most) as own:
            for start in range(0, rows, most):
                count = min(most, rows - start)
                draws = world.draw(rng, count, own.draws)
                values = dict(constants)
                every = start // most % 4 == 0
                for place in range(len(order)) if every else light:
                    n, forget = order[place], gone[place]
                    args = [values[a.number] for a in n.args]
                    out = own.values.get(n.number)
                    values[n.number] = evaluate(
                        n, args, world.space, draws, None if out is None else out[:count]
                    )
                    if every:
                        for number in forget:
                            del values[number]
                for k, atom in enumerate(wanted):
                    if every or atom.number not in heavy:
                        sums[k] = sums[k] + values[atom.number]
                        counts[k] += count
        return sums, counts

    return summed


@dataclass
class _Room:
    """Arrays to be filled again and again: fresh memory costs more than arithmetic."""

    draws: dict[str, Array]
    values: dict[int, Array]


def _jackknife(x: Array) -> tuple[float, float]:
    """The bias-corrected estimate and its standard error, from pooled and left-out values."""
    pooled, out = float(x[0]), x[1:]
    middle = float(out.mean())
    b = len(out)
    bias = (b - 1) * (middle - pooled)
    variance = (b - 1) / b * float(np.sum((out - middle) ** 2)) + 2 * bias**2
    return pooled - bias, math.sqrt(variance)


def _outcome(left: Array, right: Array, floor: float) -> _Outcome:
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
    return _Outcome(a, b, error, z, spread)
