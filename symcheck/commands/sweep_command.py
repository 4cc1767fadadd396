"""``symcheck sweep``: a derivation over a grid of sizes, laws and constants."""

from __future__ import annotations

import argparse
import os
from typing import Any

from symcheck.commands.bad import Bad
from symcheck.commands.drawing import Progress, drawn
from symcheck.commands.given import document_of
from symcheck.commands.options import count, large, seed
from symcheck.system.output import impossible

__all__ = ["DESCRIPTION", "add_arguments", "run"]

DESCRIPTION = (
    "Compare both sides of every line of a derivation with random draws, at every point of "
    "a grid of sizes, laws and constants."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The grid, the draws, the output."""
    parser.add_argument("name", metavar="NAME|FILE",
                        help="a shipped derivation, a .proof file, or -")  # fmt: skip
    add = parser.add_argument_group("grid").add_argument
    for kind, example, words in (
        ("size", "D_h=1,10,100", "sizes, or a range 1..5 (a size that is not named is 10)"),
        ("law", "Ω=normal,uniform", "laws, at the declared mean and variance"),
        ("value", "σ_Ω=0.1,1/3", "values of a constant"),
    ):
        add(f"--{kind}", action="append", default=[], metavar=example, help=words)
    add = parser.add_argument_group("draws").add_argument
    add("--samples", type=count, default=20_000, metavar="N",
        help="draws at each point (default 20000)")  # fmt: skip
    add("--seed", type=seed, default=0, metavar="S", help="seed of the draws (default 0)")
    large(parser)
    add = parser.add_argument_group("output").add_argument
    add("--format", choices=("table", "csv", "json"), default="table")
    add("-o", "--output", metavar="FILE",
        help="write to FILE; .parquet, .csv and .json say the format")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """0 where every point agrees, 1 where one differs or has nothing to compare."""
    from symcheck.judging.sweep import axis, sweep

    document = document_of(args.name)
    try:
        axes = [
            axis(document.context, kind, text)
            for kind in ("size", "law", "value")
            for text in getattr(args, kind)
        ]
        names = [a.name for a in axes]
        if twice := next((n for n in names if names.count(n) > 1), None):
            raise ValueError(f"{twice} is named twice; write all its values in one list")
        format = _format(args)
        if args.output is not None and (why := impossible(args.output)):
            raise Bad(f"{args.output} cannot be written: {why}")
        with drawn(args, args.samples) as (pool, kept), Progress("sampling", True) as bar:
            found = sweep(
                document, axes, samples=args.samples, seed=args.seed,
                progress=bar.tell, pool=pool, kept=kept,
            )  # fmt: skip
    except ValueError as e:
        raise Bad(str(e)) from None
    _write(found, format, args)
    return 0 if found.ok else 1


def _format(args: argparse.Namespace) -> str:
    ending = os.path.splitext(args.output or "")[1].lstrip(".").lower()
    if ending == "parquet":
        from importlib.util import find_spec

        if find_spec("pyarrow") is None:
            raise Bad("Parquet needs pyarrow; try: pip install 'symcheck[parquet]', or .csv")
        return "parquet"
    return ending if ending in ("csv", "json") else str(args.format)


def _write(found: Any, format: str, args: argparse.Namespace) -> None:
    from symcheck.commands.shown import deliver
    from symcheck.report import sweep as report

    if format != "parquet":
        if format == "table":
            made = _table(found, args.output is None)
        else:
            made = report.to_csv(found) if format == "csv" else report.to_json(found)
        deliver(made, args.output, format)
        return
    try:
        report.to_parquet(found, args.output)
    except OSError as e:
        raise Bad(f"{args.output} cannot be written: {e.strerror or e}") from None


def _table(found: Any, screen: bool) -> str:
    """Columns side by side; the last one says what there is to say."""
    from symcheck.report.sweep import chosen, table

    rows = table(found)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(w) if n < len(row) - 1 else cell
            for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    fixed = chosen(found)
    lines += [
        "",
        f"seed {found.seed}, {found.samples:,} draws at each point"
        + (f"; everywhere {fixed}" if fixed else ""),
        "result: the last right side. seen from: the relative error that would show in every line.",
    ]
    return "\n".join(lines) + "\n"
