"""What a benchmark returns, and how commands are timed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# As installed: modules are compiled once, not on every start.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

__all__ = ["Row", "best", "peak", "symcheck"]


@dataclass(frozen=True)
class Row:
    """One measured ratio.

    ``measured`` and ``floor`` are what was timed or weighed and what it is compared
    with, both from the same run and with their unit; ``ratio`` is their quotient and
    ``limit`` what it may be at most (None: nothing is promised).
    """

    what: str
    measured: str
    floor: str
    ratio: float
    limit: float | None = None

    @property
    def ok(self) -> bool:
        return self.limit is None or self.ratio <= self.limit


def symcheck(*argv: str) -> list[str]:
    """The command that the installed script ``symcheck`` runs."""
    words = ["symcheck", *argv]
    begin = "from symcheck.commands.start import main; sys.exit(main())"
    code = f"import sys; sys.argv = {words!r}; {begin}"
    return [sys.executable, "-c", code]


def best(commands: Mapping[str, Sequence[str]], repeats: int = 10) -> dict[str, float]:
    """The shortest of several runs of each command, in seconds.

    The commands take turns, so that a busy moment of the machine is shared by all.
    """
    shortest = dict.fromkeys(commands, float("inf"))
    for _ in range(repeats):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=ENVIRONMENT)
            shortest[name] = min(shortest[name], time.perf_counter() - start)
    return shortest


def peak(command: Sequence[str]) -> float:
    """The peak resident memory of a command, in MiB."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
