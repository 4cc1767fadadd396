"""The refutations of a report as plain data, for ``symcheck verify``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from symcheck.certify.bridge import Bridge
from symcheck.certify.builder import Terms

if TYPE_CHECKING:
    from symcheck.certify.worlds import Judged
    from symcheck.judging.result import Report

__all__ = ["declarations", "judged", "refutations"]


def refutations(report: Report) -> dict[str, Any] | None:
    """``{"terms": ..., "claims": [[name, left, right, world], ...]}``; None if there are none."""
    table = Terms()
    claims = [[name, *map(table.add, j.claim), j.world] for name, j in judged(report)]
    return {"terms": table.entries, "claims": claims} if claims else None


def declarations(report: Report) -> Any:
    """The declarations under which they are judged."""
    return Bridge(report.document.context).data


def judged(report: Report) -> Iterator[tuple[str, Judged]]:
    """The refutations of a report, each behind a name."""
    for r in report.results:
        for row in r.rows:
            if row.witness is not None and row.witness.judged is not None:
                name = r.goal.name or f"line {r.goal.line}"
                at = f", line {row.line}" if row.line not in (None, r.goal.line) else ""
                yield f"{name}{at}", row.witness.judged
