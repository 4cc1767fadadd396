"""Many random networks, over threads, in bounded memory.

Network i has its own SFC64 stream, seeded by (seed, i): results depend neither on the number
of threads nor on who came first, because the tallies are filled in the order of networks.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from symcheck.simulate.law import Law, derive
from symcheck.simulate.network import Buffers, Scales, draw, propagate, scales
from symcheck.simulate.setting import Setting
from symcheck.simulate.statistics import Estimate, Tally

__all__ = ["Profile", "generator", "simulate"]

Array: TypeAlias = NDArray[np.float64]
Measured: TypeAlias = list[tuple[Array, Array, Array]]  # of each pass

# What one thread may hold, unless a single network needs more; how many inputs go through a
# network at once; and how many networks one call of NumPy works on.
_MEMORY = 32 * 2**20
_ROWS = 500
_STACK = 16
# What is refused: more layers, more memory for one network, more multiplications in all.
_LAYERS = 5_000
_ROOM = 4 * 2**30
_WORK = 1e15


@dataclass(frozen=True)
class Profile:
    """One setting: its law and what was measured, in units of the law, layer by layer."""

    setting: Setting
    law: Law
    forward: Estimate
    gain: Estimate
    gradient: Estimate
    networks: int
    inputs: int
    shared: bool


def generator(seed: int, network: int) -> np.random.Generator:
    """The stream of this network."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence((seed, network))))


def simulate(
    settings: Sequence[Setting],
    *,
    networks: int = 4000,
    inputs: int = 1,
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Profile]:
    """Measure the settings on the same standardized draws of ``networks`` networks.

    Each network sees ``inputs`` inputs of its own.  Settings whose variances only rescale the
    same network (a homogeneous activation, no biases) are served by one pass; their ratios to
    the law are equal, exactly.  ``progress`` hears how many networks are done.  Raises
    ValueError where the settings differ in more than their variances.
    """
    if networks < 2 or inputs < 1:
        raise ValueError("at least two networks and one input are needed")
    first = _first_of_alike(settings)
    _bounded(first, len(settings), networks, inputs)
    laws = [derive(s) for s in settings]
    passes, served = _passes(settings, laws)
    tallies = [(Tally(first.layers), Tally(first.layers), Tally(first.layers)) for _ in passes]
    rows = min(inputs, _ROWS)
    stack = max(1, min(_STACK, _MEMORY // Buffers.bytes(first.sizes, 1, rows)))
    biased = any(s.biased for s in settings)
    workers = threads if threads is not None else (os.cpu_count() or 1)
    local = threading.local()
    stop = threading.Event()

    def work(start: int) -> Measured:
        if stop.is_set():
            return []
        if not hasattr(local, "buffers"):
            local.buffers = Buffers(first.sizes, stack, rows, biased)
        streams = [generator(seed, i) for i in range(start, min(start + stack, networks))]
        return _measure(first, passes, streams, inputs, rows, local.buffers)

    done = 0
    found = _in_order(work, range(0, networks, stack), workers, stop)
    with threadpool_limits(1, user_api="blas"), closing(found):
        for measured in found:
            for tally, arrays in zip(tallies, measured, strict=True):
                for one, array in zip(tally, arrays, strict=True):
                    one.add(array)
            done = min(done + stack, networks)
            if progress is not None:
                progress(done)
    estimates = [(f.estimate(), m.estimate(), g.estimate()) for f, m, g in tallies]
    return [
        Profile(setting, law, *estimates[i], networks, inputs, served.count(i) > 1)
        for setting, law, i in zip(settings, laws, served, strict=True)
    ]


def _bounded(setting: Setting, settings: int, networks: int, inputs: int) -> None:
    """Raises ValueError for what no machine does in a day, or has room for."""
    if setting.layers > _LAYERS + 1:
        raise ValueError(f"{setting.layers - 1:,} hidden layers are more than {_LAYERS:,}")
    room = Buffers.bytes(setting.sizes, 1, min(inputs, _ROWS))
    if room > _ROOM:
        raise ValueError(
            f"one network of these sizes takes {room / 2**30:,.0f} GiB; at most "
            f"{_ROOM / 2**30:.0f} are allowed"
        )
    weights = sum(m * n for m, n in pairwise(setting.sizes))
    work = weights * (1 + inputs * settings) * networks
    if work > _WORK:
        raise ValueError(
            f"these networks take {work:.0e} multiplications; at most {_WORK:.0e} are allowed"
        )


def _first_of_alike(settings: Sequence[Setting]) -> Setting:
    """The first of settings that differ in their variances only."""
    if not settings:
        raise ValueError("there is nothing to simulate")
    first = settings[0]
    for other in settings:
        if (other.sizes, other.activation, other.law) != (first.sizes, first.activation, first.law):
            raise ValueError("settings that share their draws differ in variances only")
    return first


def _in_order(
    work: Callable[[int], Measured], starts: Iterable[int], workers: int, stop: threading.Event
) -> Generator[Measured, None, None]:
    """What the threads find, in the order of the starts, no more than two for each waiting."""
    todo = iter(starts)
    waiting: deque[Future[Measured]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                while len(waiting) < 2 * workers and (start := next(todo, None)) is not None:
                    waiting.append(pool.submit(work, start))
                if not waiting:
                    return
                yield waiting.popleft().result()
        except BaseException:  # the reader may have ended, too
            stop.set()
            for future in waiting:
                future.cancel()
            raise


def _passes(settings: Sequence[Setting], laws: Sequence[Law]) -> tuple[list[Scales], list[int]]:
    """The passes that are needed, and which of them serves each setting."""
    passes: list[Scales] = []
    served: list[int] = []
    shared: int | None = None
    for setting, law in zip(settings, laws, strict=True):
        if setting.scale_free and shared is not None:
            served.append(shared)
            continue
        if setting.scale_free:
            shared = len(passes)
        served.append(len(passes))
        passes.append(scales(setting, law))
    return passes, served


def _measure(
    setting: Setting,
    passes: Sequence[Scales],
    streams: Sequence[np.random.Generator],
    inputs: int,
    rows: int,
    buffers: Buffers,
) -> list[tuple[Array, Array, Array]]:
    stack = len(streams)
    draw(setting, streams, buffers)
    sums: list[list[Array]] = [
        [np.zeros((stack, setting.layers)) for _ in range(3)] for _ in passes
    ]
    for start in range(0, inputs, rows):
        block = min(rows, inputs - start)
        for i, stream in enumerate(streams):
            stream.standard_normal(out=buffers.inputs[i, :block])
        for three, by in zip(sums, passes, strict=True):
            parts = propagate(setting.activation, by, buffers, stack, block)
            for total, part in zip(three, parts, strict=True):
                total += part
    return [(f / inputs, m / inputs, g / inputs) for f, m, g in sums]
