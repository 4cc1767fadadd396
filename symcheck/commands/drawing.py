"""Many draws: who makes them, what is kept when they are interrupted, and how far they are."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from symcheck import __version__
from symcheck.commands.bad import Bad, Interrupted
from symcheck.system.escapes import complain

__all__ = ["Progress", "drawn"]

HERE = 10**10  # draws that one machine makes at most
KEPT = 1_000_000  # draws from which on an interrupted run can be gone on with
_DECIDE = ("command", "samples", "seed", "size", "law", "value")  # what the numbers depend on


@contextmanager
def drawn(args: argparse.Namespace, samples: int) -> Iterator[Any]:
    """The executor for so many draws, and what is kept of them if they are interrupted."""
    if samples > HERE and args.dask is None:
        words = f"{samples:.0e} draws are too many for one machine: at most {HERE:.0e}"
        raise Bad(f"{words}; --dask ADDRESS draws on a cluster")
    if samples < KEPT and args.workers is None and args.dask is None:
        yield None, None
        return
    from concurrent.futures import BrokenExecutor

    from symcheck.numbers.workers import Unreachable, executor, kept_path, remembered

    options = sorted((k, v) for k, v in vars(args).items() if k in _DECIDE)
    kept = remembered(kept_path(__version__, os.path.abspath(args.name), options))
    if kept.found:
        complain("going on with what an interrupted run has finished")
    try:
        with executor(samples, args.workers, args.dask) as pool:
            yield pool, kept
    except (KeyboardInterrupt, BrokenExecutor, Unreachable) as e:
        told = "interrupted"
        if isinstance(e, BrokenExecutor):
            told = "a worker process ended of itself; perhaps there was not enough memory"
        elif isinstance(e, Unreachable):
            told = str(e)
        if kept.tallies and kept.saved():
            told += "\nwhat is finished is kept: the same command goes on from there"
        raise (Interrupted if isinstance(e, KeyboardInterrupt) else Bad)(told) from None
    kept.forget()


class Progress:
    """A progress bar on standard error, shown once a second has passed."""

    def __init__(self, label: str, wanted: bool, unit: str = "numbers") -> None:
        self.label, self.wanted, self.unit = label, wanted and sys.stderr.isatty(), unit
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Progress:
        import time

        self.start = time.monotonic()
        return self

    def tell(self, done: int, total: int) -> None:
        """``done`` of ``total`` are done."""
        import time

        if not self.wanted or (self.bar is None and time.monotonic() - self.start < 1):
            return
        if self.bar is None:
            self.bar = _bar()
            self.task = self.bar.add_task(self.label, total=total, completed=done, speed_text="")
            self.bar.start()
        speed = self.bar.tasks[0].speed
        shown = f"{speed:.1e} {self.unit}/s" if speed and self.unit else ""
        self.bar.update(self.task, completed=done, total=total, speed_text=shown)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def _bar() -> Any:
    """Percentage, speed and remaining time."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
        TextColumn("{task.fields[speed_text]}"), Remaining(), TextColumn("left"),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
