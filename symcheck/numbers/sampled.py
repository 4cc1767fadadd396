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

*Streams.*  See :mod:`symcheck.numbers.batches`: the numbers depend on neither the executor
nor on how many workers it has.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sympy import Symbol, exp
from sympy.core.relational import Relational
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from symcheck.facts.context import Context
from symcheck.language.expr import E, Var, power, replace, subterms
from symcheck.language.plain import plain
from symcheck.numbers.batches import BATCHES, Kept, Tell, tally
from symcheck.numbers.comparison import Comparison
from symcheck.numbers.dependence import own_constants, refuse_functions
from symcheck.numbers.lines import SUSPICIOUS, Compiled, Outcome
from symcheck.numbers.program import NotSampled, unfolded
from symcheck.numbers.quantiles import student_quantile
from symcheck.numbers.relations import adapted
from symcheck.numbers.worlds import World, build

__all__ = ["BATCHES", "FALSE_ALARM", "LINES", "LOOKS", "Point", "compare", "compare_at"]

FALSE_ALARM = 1e-6  # of a run over the whole library
LINES = 2000  # lines that such a run has at most
LOOKS = (1 / 4, 1.0, 4.0, 16.0)  # draws at each look, as multiples of what was asked for
THREADED = 500_000  # samples from which on threads are faster than one
WORK = 20_000  # operations for one row; with more, a world gets fewer rows

Array = Any
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Point:
    """Sizes, laws and constants of one world; what is left out is chosen by its seed.

    ``laws`` names shapes (:data:`~symcheck.numbers.shapes.SHAPES`) of variables by name.
    """

    sizes: tuple[tuple[str, int], ...]
    distinct: bool = True  # free indices not declared apart: different values?
    dependent: bool = False
    plain: bool = True  # the normal law where nothing is said against it
    laws: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, float], ...] = ()


def compare(
    context: Context,
    pairs: Sequence[tuple[Any, Any]],
    *,
    samples: int = 20_000,
    seed: int = 0,
    limit: float | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    pool: Executor | None = None,
    kept: Kept | None = None,
) -> list[Comparison]:
    """Compare left and right of every pair, all on the same draws of several worlds.

    ``samples`` rows are drawn in each world (rounded up to 64 batches of at least 32; fewer
    where one row is very much work), more for lines that stay unclear.
    ``limit`` is the number of standard errors from which sides differ; by default a run
    over the whole library alarms falsely with probability 1e-6.  ``progress(done, total)``
    is told of random numbers that are drawn.  The result depends on ``seed``, not on
    ``threads`` or ``pool`` (any executor; threads of this process if None).  ``kept`` has what
    an earlier run has finished, and is given what this one finishes.
    """

    def points(sides: Any) -> list[Point]:
        return _points(context, sides)

    with _pool(pool, threads, samples) as workers:
        survey = _Survey(context, pairs, points, samples, seed, limit, workers, kept, progress)
        for run in survey.runs:
            survey.first(run)
        survey.on(survey.runs)
        return survey.comparisons(survey.runs)


def compare_at(
    context: Context,
    pairs: Sequence[tuple[Any, Any]],
    points: Sequence[Point],
    *,
    samples: int = 20_000,
    seed: int = 0,
    progress: Progress | None = None,
    threads: int | None = None,
    pool: Executor | None = None,
    kept: Kept | None = None,
) -> list[tuple[dict[str, float], list[Comparison]]]:
    """Compare every pair in one world for each point: by point, the constants of the context
    that were chosen, and the comparisons.

    The arguments are those of :func:`compare`; 1e-6 is the probability of a false alarm at
    any of the points.
    """
    with _pool(pool, threads, samples) as workers:
        survey = _Survey(
            context, pairs, lambda _: list(points), samples, seed, None, workers, kept, progress,
            alike=True,
        )  # fmt: skip
        for run in survey.runs:
            survey.first(run)
            survey.on([run])
        found = []
        for w in range(len(points)):
            runs = [r for r in survey.runs if r.number == w]
            constants = dict(runs[0].world.space.symbols) if runs else {}
            found.append((constants, survey.comparisons(runs, w)))
        return found


@contextmanager
def _pool(pool: Executor | None, threads: int | None, samples: int) -> Iterator[Executor]:
    """The executor that is given, or threads for the time being."""
    if pool is not None:
        yield pool
        return
    # Threads wait for one another between operations on small arrays.
    most = min(4, os.cpu_count() or 1) if samples >= THREADED else 1
    workers = max(1, threads or most)
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as own:
        try:
            yield own
        except BaseException:
            own.shutdown(cancel_futures=True)
            raise


class _Survey:
    """Worlds, and what has been seen of every line in each."""

    def __init__(
        self, context: Context, pairs: Sequence[tuple[Any, Any]],
        points: Callable[[Any], list[Point]], samples: int, seed: int, limit: float | None,
        pool: Executor, kept: Kept | None, progress: Progress | None, alike: bool = False,
    ) -> None:  # fmt: skip
        """``alike``: what a point leaves open is chosen in the same way for all points."""
        self.count, self.pool, self.kept, self.progress = len(pairs), pool, kept, progress
        self.reasons: list[str] = [""] * len(pairs)
        self.runs: list[_Run] = []
        self.places: dict[int, str] = {}  # worlds that could not be built, and why
        self.done = self.total = 0
        try:
            sides = _prepare(context, pairs, self.reasons)
        except NotSampled as no:
            self.reasons = [str(no) for _ in pairs]
            return
        made = points(sides)
        self.limits = [limit] * len(LOOKS) if limit is not None else look_limits(len(made))
        rows = max(32, -(-samples // BATCHES))
        programs: dict[Any, Compiled] = {}
        for w, point in enumerate(made):
            key = (point.sizes, point.distinct)
            try:
                if key not in programs:
                    programs[key] = Compiled(
                        context, sides, dict(point.sizes), point.distinct, self.reasons
                    )
                compiled = programs[key]
                world = build(
                    context, compiled.program, compiled.demand,
                    _number(seed, 0 if alike else w),
                    dependent=point.dependent, plain=point.plain,
                    laws=dict(point.laws), values=dict(point.values),
                )  # fmt: skip
            except NotSampled as no:
                self.places[w] = str(no)
                continue
            fewer = max(32, math.ceil(rows * WORK / max(WORK, compiled.work)))
            run = _Run(compiled, world, seed, w, min(rows, fewer), _text(point, world))
            self.runs.append(run)
            self.total += BATCHES * run.rows * max(1, world.width)

    def first(self, run: _Run) -> None:
        """The two looks that every line gets."""
        live = set(run.compiled.roots)
        for look in (0, 1):
            live = self.look(run, look, live)

    def on(self, runs: Sequence[_Run]) -> None:
        """More looks at what is suspicious, or tells nothing."""
        for look in range(2, len(LOOKS)):
            unclear: dict[int, set[int]] = {}
            for n, run in _unclear(runs, self.count, look):
                unclear.setdefault(run.number, set()).add(n)
            for run in runs:
                self.look(run, look, unclear.get(run.number, ()))

    def look(self, run: _Run, look: int, live: Collection[int]) -> set[int]:
        """Draw up to a look, and compare; what is left of it in the plan counts as done."""
        width = max(1, run.world.width)
        rows = BATCHES * (run.upto(look) - run.drawn)
        if look > 1 and not live:
            return set()
        if look > 1:
            self.total += rows * width
        before = self.done

        def tell(more: int) -> None:
            self.done += more * width
            if self.progress is not None:
                self.progress(self.done, self.total)

        left = run.look(look, live, self.limits[look], self.pool, self.kept, tell)
        self.done = before + rows * width
        if self.progress is not None:
            self.progress(self.done, self.total)
        return left

    def comparisons(self, runs: Sequence[_Run], place: int | None = None) -> list[Comparison]:
        """What these worlds together say of every pair."""
        no = self.places.get(place, "") if place is not None else ""
        if not self.runs and not no:
            no = next(iter(self.places.values()), "")
        return [
            _comparison([r.best[n] for r in runs if n in r.best], self.reasons[n] or no)
            for n in range(self.count)
        ]


def _number(seed: int, world: int) -> int:
    """What the laws and constants of a world are chosen by."""
    return int(np.random.SeedSequence(seed, spawn_key=(world,)).generate_state(1)[0])


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


def _comparison(seen: Sequence[Outcome], reason: str) -> Comparison:
    if not seen:
        return Comparison(reason=f"not sampled: {reason or 'nothing to evaluate'}")
    seen = [o for o in seen if not (o.rare and abs(o.z) > o.limit)]
    if not seen:
        return Comparison(reason="not sampled: a few rare values make up most of a mean")
    worst = max(seen, key=lambda o: (o.differs, abs(o.z)))
    visible = [v for v in (o.visible for o in seen) if v is not None]
    clear = min(visible, default=1.0) < 1
    near = [] if clear else [v for v in (o.near for o in seen) if v is not None]
    return Comparison(
        left=worst.left, right=worst.right, error=worst.error, z=worst.z, limit=worst.limit,
        laws=worst.text, worlds=len(seen), draws=worst.draws,
        visible=min(visible, default=None), near=min(near, default=None),
    )  # fmt: skip


def _text(point: Point, world: World) -> str:
    sizes = ", ".join(f"{n} = {v}" for n, v in point.sizes)
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
            _refuse_wild(context, pair)
            sides.append(pair)
        except NotSampled as no:
            reasons[n] = str(no)
            sides.append(None)
    return sides


def _refuse_wild(context: Context, sides: Sequence[Any]) -> None:
    """Means whose error no sample tells: the variance of what is averaged may be infinite.

    Only named laws can have that; all others are drawn with as many moments as are needed.
    """
    for e in (t for side in sides for t in subterms(side) if isinstance(t, (E, Var))):
        g = power(e.args[0], 2) if isinstance(e, Var) else e.args[0]
        laws = {known[0].name for x in context.sources(g) if (known := context.law(x))}
        wild = "student" in laws or (g.has(exp) and laws & {"exponential", "laplace"})
        if wild and context.integrable(g, p=2) is None:
            raise NotSampled(f"the variance of {plain(g)} may be infinite")


def _hypotheses(context: Context) -> Callable[[Any], Any]:
    """Hypotheses ``E[...] = m`` with a free constant m hold once m is given that value."""
    own, others = own_constants(context)
    for h in others:
        raise NotSampled(f"no world is built for the hypothesis {plain(h.lhs)} = {plain(h.rhs)}")
    for m in own:
        if m.is_positive or m.is_negative or m.is_nonzero or m.is_nonnegative:
            raise NotSampled(f"the hypothesis on {own[m]} restricts the sign of {m}")
    known = {m: unfolded(context, e) for m, e in own.items()}
    return lambda e: replace(e, known) if known else e


def _points(context: Context, sides: Sequence[tuple[Any, Any] | None]) -> list[Point]:
    """The lecture's size once, small sizes often; independent and dependent by turns."""
    sizes = [n for n, s in context.sizes.items() if any(_has(p, s) for p in sides)]
    sizes += [n for n in context.sizes if n not in sizes]
    large = [100, 5, 3]
    small = [(3, 2, 4), (2, 3, 1), (4, 1, 2), (1, 2, 3), (3, 4, 2)]
    found = []
    rows = [large, *(list(s) for s in small)]
    for w, values in enumerate(rows):
        fitting = adapted(context, {n: values[k % 3] for k, n in enumerate(sizes)})
        if fitting is None:
            raise NotSampled("no sizes were found between which the relations hold")
        chosen = tuple(fitting.items())
        found.append(Point(chosen, w % 3 != 2, w in (1, 3, 5), w == 0))
    return found


def _has(pair: tuple[Any, Any] | None, s: Symbol) -> bool:
    return pair is not None and any(e.has(s) for e in pair)


RARE = 0.125  # of a mean, its standard error where all batches have one sign


def _rare(sums: Array) -> bool:
    """Is a mean made of so few large values that the spread of the batches says nothing?

    E[exp(x)] is for a normal x with a large variance: what has not been seen is the most of it.
    Batches whose spread is as large as their mean would not all have one sign, if they were
    nearly normal.
    """
    one = np.all(sums > 0, axis=-1) | np.all(sums < 0, axis=-1)
    with np.errstate(all="ignore"):
        error = np.std(sums, axis=-1) / math.sqrt(BATCHES)
        wide = ~(error <= RARE * np.abs(np.mean(sums, axis=-1)))
    return bool(np.any(one & wide))


@dataclass
class _Run:
    """One world and what has been drawn in it so far."""

    compiled: Compiled
    world: World
    seed: int
    number: int
    rows: int  # in a batch, for the draws that were asked for
    text: str
    best: dict[int, Outcome] = field(default_factory=dict)
    sums: dict[int, Array] = field(default_factory=dict)  # of each atom, by batch
    counts: dict[int, int] = field(default_factory=dict)  # rows in these sums
    drawn: int = 0  # rows in a batch

    def upto(self, look: int) -> int:
        """Rows in a batch after this look."""
        return max(16, math.ceil(self.rows * LOOKS[look]))

    def look(
        self, look: int, live: Collection[int], limit: float, pool: Executor,
        kept: Kept | None, tell: Tell,
    ) -> set[int]:  # fmt: skip
        """Draw up to this look, compare these pairs; those that are not settled by it."""
        if not live:
            return set()
        upto = self.upto(look)
        job = self.compiled.job(self.world, live)
        if job.wanted:
            made = tally(job, (self.seed, self.number, look), upto - self.drawn, pool, kept, tell)
            for k, atom in enumerate(job.wanted):
                new, n = np.stack([batch[k] for batch in made.sums], axis=-1), atom.number
                if n in self.sums:
                    self.sums[n] += new
                else:
                    self.sums[n] = new
                self.counts[n] = self.counts.get(n, 0) + made.counts[k]
            del made, new
        self.drawn = upto
        means = {a.number: self.sums[a.number] / self.counts[a.number] for a in job.wanted}
        rare = {a.number for a in job.wanted if _rare(self.sums[a.number])}
        open_ = set()
        with np.errstate(all="ignore"):
            found = self.compiled.outcomes(self.world.space, job.constants, means, live)
        for n, o in found.items():
            o.limit, o.look, o.text = limit, look, self.text
            own = [a.number for a in self.compiled.needed((n,))[1]]
            o.draws = BATCHES * min((self.counts[a] for a in own), default=upto)
            o.rare = not rare.isdisjoint(own)
            self.best[n] = o
            if not o.differs and (o.z != 0 or not job.wanted):
                open_.add(n)
        return open_
