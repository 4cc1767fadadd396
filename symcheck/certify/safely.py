"""The certificate of a report, whatever happens on the way to it."""

from __future__ import annotations

from dataclasses import replace as with_
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symcheck.result import Report

__all__ = ["NONE", "attached", "without"]

NONE = "no certificate"  # what is trusted by this name could not be certified


def attached(report: Report) -> Report:
    """The report with its certificate; where none can be made, it trusts everything by name.

    Never raises for a report: what makes certificates is not believed, and may fail.
    """
    from symcheck.certify.reports import certified

    try:
        return certified(report)
    except Exception as no:
        return without(report, f"{type(no).__name__}: {no}")


def without(report: Report, why: str) -> Report:
    """The report, trusting all that it proves."""
    from symcheck.result import PROVED, Certified

    def trusting(part: Any) -> Any:
        return with_(part, trusts=(NONE,)) if part.status == PROVED else part

    results = tuple(trusting(with_(r, rows=tuple(map(trusting, r.rows)))) for r in report.results)
    told = Certified(None, None, (), (f"{NONE}: {why}",))
    return with_(report, results=results, certified=told)
