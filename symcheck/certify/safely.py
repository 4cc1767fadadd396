"""The certificate of a report, whatever happens on the way to it."""

from __future__ import annotations

from dataclasses import replace as with_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcheck.result import Report

__all__ = ["attached"]


def attached(report: Report) -> Report:
    """The report with its certificate; where none can be made, it trusts everything by name.

    Never raises for a report: what makes certificates is not believed, and may fail.
    """
    from symcheck.certify.reports import UNTOLD, certified
    from symcheck.result import PROVED, Certified

    try:
        return certified(report)
    except Exception as no:
        results = tuple(
            with_(r, trusts=(UNTOLD,)) if r.status == PROVED else r for r in report.results
        )
        why = f"no certificate: {type(no).__name__}: {no}"
        return with_(report, results=results, certified=Certified(None, None, (), (why,)))
