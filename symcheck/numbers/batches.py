"""Sums over random draws, cut into tasks that any executor can run.

A :class:`Job` is plain data (operations, numbers, laws): it can be sent to another process
or another machine.  The draws of a look fall into 64 batches, and each batch into blocks of
at most 2^18 rows; block n of batch b of world w at look k is drawn from ``SFC64`` seeded by
``SeedSequence(seed, spawn_key=(w, b, k, n))``.  Sums are added in the order of the blocks.
So the numbers depend on neither the executor nor the number of its workers.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from symcheck.numbers.job import Job

__all__ = ["BATCHES", "BLOCK", "Kept", "Tally", "Tell", "tally"]

BATCHES = 64
BLOCK = 2**18  # rows in a task at most
AHEAD = 256  # tasks that wait in the executor
SAVE = 20.0  # seconds after which what is finished is written to disk

Array = Any
Tell = Callable[[int], None]  # of rows that are finished


@dataclass
class Tally:
    """Sums by batch, over the tasks that are done (in their order)."""

    sums: list[list[Array]] = field(default_factory=list)  # [batch][mean]
    counts: list[int] = field(default_factory=list)  # rows in one batch, for each mean
    tasks: int = 0

    def add(self, batch: int, block: int, sums: Sequence[Array], counts: Sequence[int]) -> None:
        """One block of one batch more."""
        if block == 0:
            self.sums.append(list(sums))
        else:
            self.sums[batch] = [a + b for a, b in zip(self.sums[batch], sums, strict=True)]
        if batch == 0:
            self.counts = [
                a + b for a, b in zip(self.counts or [0] * len(sums), counts, strict=True)
            ]


def tally(
    job: Job, seed: tuple[int, int, int], rows: int, pool: Executor,
    kept: Kept | None = None, tell: Tell | None = None,
) -> Tally:  # fmt: skip
    """Draw ``rows`` rows in every batch.

    ``seed`` is the seed, the world and the look.  ``kept`` has what an earlier run has
    finished of it, and gets what this one finishes.
    """
    tasks = _tasks(rows)
    name = job.digest(seed, rows, np.__version__) if kept is not None else ""
    found = (kept.get(name) if kept is not None else None) or Tally()
    if found.tasks and tell is not None:
        tell(sum(n * len(batches) for batches, _, n in tasks[: found.tasks]))
    entropy, world, look = seed
    apart = not isinstance(pool, ThreadPoolExecutor)
    rest = tasks[found.tasks :]

    def given() -> Iterator[tuple[Any, ...]]:
        for batches, block, count in rest:
            yield job, [(entropy, world, b, look, block) for b in batches], count, apart

    with closing(_ordered(pool, given())) as results:
        for (batches, block, count), done in zip(rest, results, strict=True):
            for b, (sums, counts) in zip(batches, done, strict=True):
                found.add(b, block, sums, counts)
            found.tasks += 1
            if kept is not None:
                kept.put(name, found)
            if tell is not None:
                tell(count * len(batches))
    return found


def _tasks(rows: int) -> list[tuple[range, int, int]]:
    """Batches, block and rows of each task; small batches go together."""
    together = min(4, max(1, BLOCK // (8 * rows)))
    return [
        (range(b, b + together), block, min(BLOCK, rows - block * BLOCK))
        for block in range(-(-rows // BLOCK))
        for b in range(0, BATCHES, together)
    ]


def _ordered(pool: Executor, given: Iterator[tuple[Any, ...]]) -> Generator[Any, None, None]:
    """The results in order, with a bounded number of tasks under way."""
    waiting: deque[Future[Any]] = deque()
    try:
        for task in given:
            waiting.append(pool.submit(_work, *task))
            if len(waiting) >= AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _work(
    job: Job, keys: Sequence[tuple[int, ...]], rows: int, apart: bool
) -> list[tuple[list[Array], list[int]]]:
    if apart:
        _pinned()
    return [job.sums(key, rows) for key in keys]


@lru_cache(maxsize=1)
def _pinned() -> None:
    """In a process of its own: BLAS on one thread from now on."""
    threadpool_limits(1, user_api="blas")


class Kept:
    """Finished sums on disk: an interrupted run goes on where it was.

    Written every 20 seconds and by :meth:`save`, in one piece (NumPy's ``.npz``, no
    pickles).  A file that cannot be read is as good as none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tallies: dict[str, Tally] = {}
        self.last = time.monotonic()
        try:
            with np.load(path, allow_pickle=False) as data:
                self.tallies = _unpacked(data)
        except (OSError, ValueError, KeyError, EOFError, IndexError, BadZipFile):
            self.tallies = {}
        self.found = bool(self.tallies)

    def get(self, name: str) -> Tally | None:
        return self.tallies.get(name)

    def put(self, name: str, found: Tally) -> None:
        self.tallies[name] = found
        if time.monotonic() - self.last > SAVE:
            self.save()

    def save(self) -> None:
        """Write everything that is finished."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        with open(part, "wb") as out:
            np.savez(out, **_packed(self.tallies))
        part.replace(self.path)
        self.last = time.monotonic()

    def forget(self) -> None:
        """Nothing is left to be done."""
        self.path.unlink(missing_ok=True)


def _packed(tallies: dict[str, Tally]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for name, t in tallies.items():
        found[f"{name}/done"] = np.array([t.tasks, *t.counts])
        for k in range(len(t.counts)):
            found[f"{name}/{k}"] = np.stack([batch[k] for batch in t.sums])
    return found


def _unpacked(data: Any) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for key in data.files:
        name, _, what = key.partition("/")
        if what == "done":
            tasks, *counts = (int(n) for n in data[key])
            columns = [data[f"{name}/{k}"] for k in range(len(counts))]
            found[name] = Tally([list(row) for row in zip(*columns, strict=True)], counts, tasks)
    return found
