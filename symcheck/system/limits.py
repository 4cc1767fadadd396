"""Limits of a piece of work: what takes too long, or breaks, is stopped where it is, and says so.

Time is that of the processor, so that a busy machine does not change a verdict.  A limit may
stand inside of another one: the shorter rings first, and what is left of the longer one goes
on when the shorter is over.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["BUG", "OutOfTime", "TooMuch", "attempt", "deadline", "stopped"]

T = TypeVar("T")
AGAIN = 1.0  # seconds after which it rings again: whoever catches everything may have caught it
BUG = "an error in symcheck itself, please report it"


class OutOfTime(BaseException):
    """The time allowed for a piece of work is over.  It is no error: nothing takes it for one."""


class TooMuch(Exception):
    """A piece of work is given up, as it would take too many steps; the message says of what."""


_ends: list[float] = []  # of the limits that stand around this place, the innermost last


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in this block after so many seconds of work (where the system can)."""
    here = threading.current_thread() is threading.main_thread()
    if not (here and hasattr(signal, "setitimer")):
        yield
        return
    outer = len(_ends)
    old = signal.signal(signal.SIGPROF, _ring)
    _ends.append(time.process_time() + seconds)
    _wind()
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_PROF, 0)
        finally:
            del _ends[outer:]
            signal.signal(signal.SIGPROF, old)
            _wind()


def _wind() -> None:
    """Set the clock to the first of the limits that stand around this place."""
    if _ends:
        left = min(_ends) - time.process_time()
        signal.setitimer(signal.ITIMER_PROF, max(left, 1e-3), AGAIN)


def _ring(*_: Any) -> None:
    if _ends and min(_ends) <= time.process_time():
        raise OutOfTime
    _wind()  # the clock is not as fine as the time


def attempt(work: Callable[[], T], seconds: float) -> tuple[T | None, str]:
    """What the work makes, or None and why it was stopped, in words for a person."""
    try:
        with deadline(seconds):
            return work(), ""
    except (Exception, OutOfTime) as no:
        return None, stopped(no, seconds)


def stopped(no: BaseException, seconds: float) -> str:
    """Why a piece of work has no result, in words for a person."""
    if isinstance(no, OutOfTime):
        return f"out of time ({seconds:g} s)"
    if isinstance(no, TooMuch):
        return f"too large to judge: {no}"
    if isinstance(no, RecursionError):
        return "nested too deeply to judge"
    if isinstance(no, MemoryError):
        return "not enough memory to judge it"
    return f"{BUG}: {type(no).__name__}: {no}"
