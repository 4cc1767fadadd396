"""Options that several commands have, and the numbers that are read in them."""

from __future__ import annotations

import argparse

from symcheck.report.formats import FORMATS

__all__ = ["FORMATS", "certificate", "count", "large", "output", "seconds", "seed"]


def output(add: argparse.ArgumentParser, *formats: str) -> None:
    add.add_argument(
        "--format", choices=formats or FORMATS, help="default: rich on a terminal, text elsewhere"
    )
    add.add_argument("-o", "--output", metavar="FILE", help="write to FILE")


def certificate(add: argparse.ArgumentParser) -> None:
    """Where proofs are found."""
    add.add_argument(
        "--certificate", metavar="FILE", help="write what `symcheck verify` judges to FILE"
    )


def large(add: argparse.ArgumentParser) -> None:
    """Where many draws are made."""
    group = add.add_argument_group("many draws").add_argument
    group("--workers", type=_workers, metavar="N",
          help="processes that draw (default: threads, from 2e6 draws one a core)")  # fmt: skip
    group("--dask", metavar="ADDRESS", help="draw on the Dask cluster at tcp://HOST:PORT")


def _workers(word: str) -> int:
    n = count(word)
    if n > 1024:
        raise argparse.ArgumentTypeError(f"{word} is more than 1024")
    return n


def count(word: str) -> int:
    """A positive whole number: 20000, 20_000 or 2e4."""
    try:
        n = int(word)
    except ValueError:
        try:
            x = float(word)
        except ValueError:
            x = 0.5
        if not x.is_integer():
            raise argparse.ArgumentTypeError(f"{word!r} is not a whole number") from None
        n = int(x)
    if not 1 <= n <= 10**12:
        raise argparse.ArgumentTypeError(f"{word} is not between 1 and 1e12")
    return n


def seed(word: str) -> int:
    if not (word.isascii() and word.isdigit()):
        raise argparse.ArgumentTypeError(f"{word!r} is not a whole number >= 0")
    return int(word)


def seconds(word: str) -> float:
    try:
        t = float(word)
    except ValueError:
        t = 0.0
    if not 0 < t < 1e9:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number of seconds")
    return t
