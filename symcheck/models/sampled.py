"""Both sides of every line on the same random draws.

*Estimates.*  Each expectation is a sample mean; an expression is a function of such
means.  The draws of a world fall into 32 batches, each from a stream of its own; the
estimate is the jackknife over batches (bias corrected) and its standard error is the
jackknife's, which is the delete-one-batch form of the delta method, so products, powers
and quotients of expectations are covered (Efron 1982, The Jackknife, ch. 3-4).  The bias
correction itself is added to the error: where a difference has no linear part, as
``E[x]^2`` at ``E[x] = 0``, the linear error alone would be too small.

*Error rate.*  The jackknife's ratio is compared with Student's t of 31 degrees of
freedom, at level 1e-6 divided by the number of lines times worlds (Bonferroni), two
sided: a run on true lines alarms with probability at most 1e-6, as far as means over a
batch are normal.  Laws whose tails are too heavy for the degree of the expressions are
not drawn from.

A line whose sides are themselves random is compared draw by draw.

*Streams.*  Batch b of world w draws from ``SFC64`` seeded by ``SeedSequence(seed)`` spawned
at (w, b): the numbers do not depend on how many threads there are.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Symbol
from sympy.core.relational import Relational

from symcheck.context import Context
from symcheck.expr import replace
from symcheck.models.comparison import Comparison
from symcheck.models.dependence import free_values, own_constants, refuse_functions
from symcheck.models.evaluate import Space, atoms, evaluate, is_atom, last_uses, plan
from symcheck.models.program import Node, NotSampled, Program, free_indices, unfolded
from symcheck.models.quantiles import student_quantile
from symcheck.models.worlds import World, build, demand

__all__ = ["BATCHES", "FALSE_ALARM", "compare"]

BATCHES = 32
FALSE_ALARM = 1e-6  # of a whole run
SEEN = 0.99  # probability with which a discrepancy of size ``visible`` shows
ELEMENTS = 200_000  # numbers drawn for one chunk: large enough that threads seldom wait
MOST = 4096  # rows in a chunk
LARGEST = 500_000  # elements of a chunk's largest array
WIDEST = 20_000  # elements of an array for one row; wider lines wait for a smaller world
WORK = 20_000  # operations for one row; with more, a world gets fewer rows
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

    ``samples`` rows are drawn in each world (rounded up to 32 batches of at least 32; fewer
    where one row is very much work).
    ``limit`` is the number of standard errors from which sides differ; by default it
    makes the whole call alarm falsely with probability 1e-6.  ``progress(done, total)``
    is told of finished batches.  The result depends on ``seed``, not on ``threads``.
    """
    reasons: list[str] = [""] * len(pairs)
    try:
        sides = _prepare(context, pairs, reasons)
    except NotSampled as no:
        return [Comparison(reason=f"not sampled: {no}") for _ in pairs]
    settings = _settings(context, sides)
    if limit is None:
        alpha = FALSE_ALARM / max(1, len(pairs) * len(settings))
        limit = student_quantile(alpha / 2, BATCHES - 1)
    rows = max(32, -(-samples // BATCHES))
    best: list[_Outcome | None] = [None] * len(pairs)
    seen: list[list[_Outcome]] = [[] for _ in pairs]
    programs: dict[Any, _Compiled] = {}
    seeds = np.random.SeedSequence(seed).spawn(len(settings))
    workers = max(1, threads or min(4, os.cpu_count() or 1))
    with ThreadPoolExecutor(workers) as pool:
        for w, setting in enumerate(settings):
            key = (setting.sizes, setting.distinct)
            children = seeds[w].spawn(BATCHES + 1)
            try:
                if key not in programs:
                    programs[key] = _Compiled(context, sides, setting, reasons)
                compiled = programs[key]
                world = build(
                    context, compiled.program, compiled.demand,
                    int(children[-1].generate_state(1)[0]),
                    dependent=setting.dependent, plain=setting.plain,
                )  # fmt: skip
            except NotSampled as no:
                for n in range(len(pairs)):
                    reasons[n] = reasons[n] or str(no)
                continue
            text = _text(setting, world)

            def report(done: int, w: int = w) -> None:
                if progress is not None:
                    progress(w * BATCHES + done, len(settings) * BATCHES)

            fewer = max(64, math.ceil(rows * WORK / max(WORK, compiled.work)))
            own = min(rows, fewer)
            for n, outcome in compiled.run(world, children, own, pool, report).items():
                outcome.text = text
                outcome.draws = own * BATCHES
                seen[n].append(outcome)
                old = best[n]
                if old is None or abs(outcome.z) > abs(old.z):
                    best[n] = outcome
    return [_comparison(best[n], seen[n], limit, reasons[n]) for n in range(len(pairs))]


def _comparison(
    best: _Outcome | None, seen: Sequence[_Outcome], limit: float, reason: str
) -> Comparison:
    if best is None:
        return Comparison(reason=f"not sampled: {reason or 'nothing to evaluate'}")
    visible = [v for v in (o.visible(limit) for o in seen) if v is not None]
    return Comparison(
        left=best.left, right=best.right, error=best.error, z=best.z, limit=limit,
        laws=best.text, worlds=len(seen), draws=best.draws, visible=min(visible, default=None),
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

    def run(
        self, world: World, children: Sequence[np.random.SeedSequence], rows: int,
        pool: ThreadPoolExecutor, report: Callable[[int], None],
    ) -> dict[int, _Outcome]:  # fmt: skip
        """Draw, accumulate, and compare every pair."""
        constants: dict[int, Array] = {}
        for n in self.constants:
            args = [constants[a.number] for a in n.args]
            constants[n.number] = np.asarray(evaluate(n, args, world.space, {}), dtype=float)
        largest = max([math.prod(_shape(n)) for n in self.rows if n.random] + [1])
        chunk = max(16, min(rows, MOST, ELEMENTS // max(1, world.width), LARGEST // largest))
        gone = last_uses(self.rows, {a.number for a in self.atoms})

        def batch(b: int) -> list[Array]:
            rng = np.random.Generator(np.random.SFC64(children[b]))
            sums: list[Array] = [0.0] * len(self.atoms)
            for start in range(0, rows, chunk):
                count = min(chunk, rows - start)
                draws = world.draw(rng, count)
                values = dict(constants)
                for n, forget in zip(self.rows, gone, strict=True):
                    args = [values[a.number] for a in n.args]
                    values[n.number] = evaluate(n, args, world.space, draws)
                    for number in forget:
                        del values[number]
                for k, atom in enumerate(self.atoms):
                    sums[k] = sums[k] + values[atom.number]
            return [s / rows for s in sums]

        with np.errstate(all="ignore"):
            done: list[list[Array]] = []
            for b, sums in enumerate(pool.map(batch, range(BATCHES) if self.atoms else [])):
                done.append(sums)
                report(b + 1)
            return self._outcomes(world.space, constants, done)

    def _outcomes(
        self, space: Space, constants: dict[int, Array], done: list[list[Array]]
    ) -> dict[int, _Outcome]:
        """All pairs from the means of every batch: pooled, and with one batch left out."""
        values, noise = dict(constants), dict.fromkeys(constants, 0.0)
        for n in self.constants:
            noise[n.number] = _noise(n, values, noise)
        for k, atom in enumerate(self.atoms):
            means = np.stack([d[k] for d in done])
            whole = means.mean(axis=0)
            out = (whole * BATCHES - means) / (BATCHES - 1)
            values[atom.number] = np.concatenate([whole[None], out])
            noise[atom.number] = _ROUNDING * float(np.max(np.abs(means), initial=0.0))
        for n in self.after:
            args = [values[a.number] for a in n.args]
            values[n.number] = evaluate(n, args, space, {})
            noise[n.number] = _noise(n, values, noise)
        outcomes = {}
        for p, (left, right) in self.roots.items():
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
    left: float
    right: float
    error: float
    z: float
    spread: float  # standard error of the larger side
    text: str = ""
    draws: int = 0

    def visible(self, limit: float) -> float | None:
        """The smallest d such that right (1 + d) would have been seen to differ."""
        k = limit + 2.33  # 2.33: the normal quantile of 0.99
        size = max(abs(self.left), abs(self.right))
        room = size**2 - (k * self.spread) ** 2
        if room <= 0:
            return None
        return max(k * self.error / math.sqrt(room), 1e-9)


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
