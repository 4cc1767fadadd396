"""A sweep as a table for people, and as CSV, JSON and Parquet for programs."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from collections.abc import Iterator
from typing import Any

from symcheck.judging.sweep import Compared, Sweep
from symcheck.numbers.comparison import Comparison
from symcheck.system.output import written

__all__ = ["NoParquet", "chosen", "records", "table", "to_csv", "to_json", "to_parquet"]

_COLUMNS = (
    "result", "line", "left_side", "right_side", "verdict", "left", "right", "error", "z",
    "limit", "visible", "near", "draws", "laws", "reason",
)  # fmt: skip


class NoParquet(Exception):
    """pyarrow is not installed."""


def verdict(c: Comparison) -> str:
    """One word for a comparison."""
    if not c.sampled:
        return "not sampled"
    return "differs" if c.differs else "agrees" if c.agrees else "blind"


def records(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """A row for every line at every point; what there is not is None."""
    for r in sweep.rows:
        c = r.comparison
        yield {
            **{a.name: v for a, v in zip(sweep.axes, r.point, strict=True)},
            **sweep.fixed, **dict.fromkeys(_constants(sweep)), **r.constants,
            "result": r.result, "line": r.line, "left_side": r.left, "right_side": r.right,
            "verdict": verdict(c), "left": c.left, "right": c.right, "error": c.error,
            "z": _finite(c.z), "limit": c.limit if c.sampled else None, "visible": c.visible,
            "near": c.near, "draws": c.draws, "laws": c.laws, "reason": c.reason,
        }  # fmt: skip


def _constants(sweep: Sweep) -> list[str]:
    return sorted({name for r in sweep.rows for name in r.constants})


def _finite(x: float | None) -> float | None:
    """JSON has no infinity: a certain difference has no number of standard errors."""
    return x if x is None or math.isfinite(x) else None


def to_csv(sweep: Sweep) -> str:
    """Comma-separated, with a heading; what there is not is empty."""
    page = io.StringIO()
    names = [*(a.name for a in sweep.axes), *sweep.fixed, *_constants(sweep), *_COLUMNS]
    writer = csv.DictWriter(page, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records(sweep))
    return page.getvalue()


def to_json(sweep: Sweep) -> str:
    """An object with the seed, the samples of each point, and the list of rows."""
    whole = {"samples": sweep.samples, "seed": sweep.seed, "rows": list(records(sweep))}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def to_parquet(sweep: Sweep, path: str) -> None:
    """Write a Parquet file.  Raises :class:`NoParquet`, OSError."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise NoParquet(
            "Parquet needs pyarrow; try: pip install 'symcheck[parquet]', or write .csv"
        ) from None
    made = pyarrow.Table.from_pylist(list(records(sweep)))
    made = made.replace_schema_metadata(
        {"symcheck.samples": str(sweep.samples), "symcheck.seed": str(sweep.seed)}
    )
    with written(path) as beside:
        parquet.write_table(made, beside)


def chosen(sweep: Sweep) -> str:
    """The sizes and constants that no axis names, as far as they are the same everywhere."""
    found: dict[str, Any] = dict(sweep.fixed)
    for name in _constants(sweep):
        values = {r.constants[name] for r in sweep.rows if name in r.constants and not r.solution}
        if len(values) == 1:
            found[name] = values.pop()
    return ", ".join(f"{n} = {_number(v)}" for n, v in found.items())


def table(sweep: Sweep) -> list[list[str]]:
    """A heading, and a row for every point: the value of the last line, the worst verdict."""
    rows = [[*(a.name for a in sweep.axes), "result", "lines", "largest z", "seen from", ""]]
    for point, lines in itertools.groupby(sweep.rows, key=lambda r: r.point):
        rows.append([*map(_number, point), *_point(list(lines))])
    return rows


def _point(lines: list[Compared]) -> list[str]:
    seen = [r for r in lines if r.comparison.sampled]
    if not seen:
        reason = next((r.comparison.reason for r in lines), "nothing to compare")
        return ["", f"0 of {len(lines)}", "", "", reason]
    last = next((r for r in reversed(seen) if not r.solution), seen[-1]).comparison
    z = max(abs(r.comparison.z or 0.0) for r in seen)
    visible = [r.comparison.visible for r in seen if r.comparison.visible is not None]
    wrong = [r for r in seen if r.comparison.differs]
    blind = [r for r in seen if r.comparison.blind]
    if wrong:
        w = wrong[0]
        c = w.comparison
        said = f"differs: {w.left} is {_number(c.left)}, {w.right} is {_number(c.right)}"
    elif blind:
        said = f"line {blind[0].line} of {blind[0].result}: a factor of 2 would not show"
    else:
        said = "agrees"
    return [
        _number(last.right), f"{len(seen)} of {len(lines)}", f"{z:.1f}",
        f"{max(visible):.1%}" if visible and not blind else "", said,
    ]  # fmt: skip


def _number(x: Any) -> str:
    return f"{x:.4g}" if isinstance(x, float) else str(x)
