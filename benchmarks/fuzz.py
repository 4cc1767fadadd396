"""``python -m benchmarks.fuzz [--count N] [--seed S]``: damaged files, given to the parser.

Every shipped file is changed at random places; the parser has to take it or to say with
a SyntaxProblem what is wrong, soon and in little memory.  Anything else is a failure,
shown with the text that caused it.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from symcheck.reading.library import names, shipped
from symcheck.reading.syntax import SyntaxProblem, parse

ROOT = Path(__file__).parents[1]
COUNT = 20_000
SECONDS = 5.0  # for one file
MEMORY = 500  # MiB, of the whole process
LONGEST = 100_000  # characters; slices that are repeated make files grow

PIECES = (
    *"+-*/^()[]{}|=<>!,.:;#~'\"\\%&@$?_ \t\n\r\0",
    *"0123456789xyzfEPμσΩ∑Σ²½′√∞é中\u200b\ufeff\u2028\U0001d465",
    "E[", "Var[", "Cov[", "P[", "1[", "sum(j = 1..n) ", "int(x = 0..oo) ", " by ", " for ", "..",
    "relu(", "exp(", "^-", "^64", "^999999999", "9" * 45, "1e999", "oo", "pi", "e", "!=", ">= 0",
    "claim ", "derive ", "solve ", "induction ", "random ", "real ", "size ", "index ", "let ",
    "independent ", "identical ", "iid ", "assume ", "finite ", "function ", "title ", "admit",
    "\n  expect ", "\n  = ", " over j", " ~ normal(0, 1)", " mean 0", ", variance 1", " | y",
    "__class__", "lambda: 0", "import os",
)  # fmt: skip


class TooSlow(Exception):
    """One file took longer than SECONDS."""


@dataclass
class Outcome:
    """What came of it; ``failures`` are pairs of a message and the text that caused it."""

    read: int = 0
    refused: int = 0
    slowest: float = 0.0
    failures: list[tuple[str, str]] = field(default_factory=list)


def corpus() -> list[str]:
    """The shipped derivations, and the ``.proof`` files of the documents and the tests."""
    own = [shipped(n).text for n in names()]
    more = sorted(p for at in ("docs", "tests") for p in (ROOT / at).rglob("*.proof"))
    return own + [p.read_text(encoding="utf-8") for p in more]


def damaged(text: str, others: Sequence[str], draw: random.Random) -> str:
    """``text`` after one to eight random changes."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        a = draw.randrange(len(text) + 1)
        b = min(len(text), a + draw.choice((1, 1, 2, 5, 20, 100)))
        act = draw.randrange(7)
        if act == 0:
            text = text[:a] + text[b:]
        elif act == 1:
            text = text[:a] + draw.choice(PIECES) + text[a:]
        elif act == 2:
            text = text[:a] + draw.choice(PIECES) + text[b:]
        elif act == 3:
            piece = draw.choice((text[a:b], draw.choice(PIECES)))
            text = text[:a] + piece * draw.choice((2, 3, 70, 3000)) + text[b:]
        elif act == 4:
            other = draw.choice(others)
            c = draw.randrange(len(other) + 1)
            text = text[:a] + other[c : c + draw.choice((5, 50, 500))] + text[b:]
        elif act == 5:
            lines = text.split("\n")
            i, j = draw.randrange(len(lines)), draw.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
            text = "\n".join(lines)
        else:
            any_letter = chr(draw.randrange(draw.choice((0x100, 0xD800))))
            text = text[:a] + any_letter + text[b:]
        text = text[:LONGEST]
    return text


def fuzz(count: int, seed: int) -> Outcome:
    """Give ``count`` damaged files to the parser."""
    texts, draw, outcome = corpus(), random.Random(seed), Outcome()

    def late(signum: int, frame: FrameType | None) -> None:
        raise TooSlow(f"longer than {SECONDS:g} s")

    before = signal.signal(signal.SIGALRM, late)
    try:
        for _ in range(count):
            text = damaged(draw.choice(texts), texts, draw)
            start = time.perf_counter()
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            try:
                parse(text, "fuzz", "fuzz.proof")
                outcome.read += 1
            except SyntaxProblem as e:
                str(e)  # has to be shown, too
                outcome.refused += 1
            except Exception as e:  # what is looked for
                outcome.failures.append((f"{type(e).__name__}: {e}", text))
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            outcome.slowest = max(outcome.slowest, time.perf_counter() - start)
            if len(outcome.failures) >= 10:
                break
    finally:
        signal.signal(signal.SIGALRM, before)
    return outcome


def peak() -> float:
    """The most memory that this process has had, in MiB.

    What it was forked from counts in ``ru_maxrss``, so Linux is asked in another way.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        if found:
            return int(found[1]) / 2**10
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (2**20 if sys.platform == "darwin" else 2**10)


def main(argv: Sequence[str] | None = None) -> int:
    """Report; 1 if there was a failure or too much memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help=f"files (default {COUNT})")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    outcome = fuzz(args.count, args.seed)
    for message, text in outcome.failures:
        print(f"FAILED: {message}\n  {text[:2000]!r}")
    memory = peak()
    done = outcome.read + outcome.refused + len(outcome.failures)
    print(
        f"{done} damaged files, seed {args.seed}: "
        f"{outcome.read} read, {outcome.refused} refused with a reason, "
        f"{len(outcome.failures)} failures; slowest {outcome.slowest:.2f} s, "
        f"peak memory {memory:.0f} MiB (limit {MEMORY})"
    )
    return 1 if outcome.failures or memory > MEMORY else 0


if __name__ == "__main__":
    sys.exit(main())
