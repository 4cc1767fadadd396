"""Limits of a piece of work: what takes too long, or breaks, is stopped where it is, and says so.

A limit of time may stand inside of another one: the shorter rings first, and what is left of
the longer one goes on when the shorter is over.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["BUG", "OutOfTime", "attempt", "deadline", "stopped"]

T = TypeVar("T")
AGAIN = 1.0  # seconds after which it rings again: whoever catches everything may have caught it
BUG = "an error in symcheck itself, please report it"


class OutOfTime(Exception):
    """The time allowed for a piece of work is over."""


_ends: list[float] = []  # of the limits that stand around this place, the innermost last


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in this block after so many seconds (where the system can)."""
    here = threading.current_thread() is threading.main_thread()
    if not (here and hasattr(signal, "setitimer")):
        yield
        return
    outer = len(_ends)
    old = signal.signal(signal.SIGALRM, _ring)
    _ends.append(time.monotonic() + seconds)
    _wind()
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            del _ends[outer:]
            signal.signal(signal.SIGALRM, old)
            _wind()


def _wind() -> None:
    """Set the clock to the first of the limits that stand around this place."""
    if _ends:
        left = min(_ends) - time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, max(left, 1e-6), AGAIN)


def _ring(*_: Any) -> None:
    if _ends and min(_ends) <= time.monotonic():
        raise OutOfTime


def attempt(work: Callable[[], T], seconds: float) -> tuple[T | None, str]:
    """What the work makes, or None and why it was stopped, in words for a person."""
    try:
        with deadline(seconds):
            return work(), ""
    except Exception as no:
        return None, stopped(no, seconds)


def stopped(no: Exception, seconds: float) -> str:
    """Why a piece of work has no result, in words for a person."""
    if isinstance(no, OutOfTime):
        return f"out of time ({seconds:g} s)"
    if isinstance(no, RecursionError):
        return "nested too deeply to judge"
    if isinstance(no, MemoryError):
        return "not enough memory to judge it"
    return f"{BUG}: {type(no).__name__}: {no}"
