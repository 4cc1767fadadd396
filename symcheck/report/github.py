"""Annotations for GitHub's workflows: one ``::error`` command for each complaint.

Source: GitHub's documentation, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from symcheck.report.complaints import complaints
from symcheck.result import Report

__all__ = ["annotation", "github"]

WIDTH = 100


def github(report: Report) -> str:
    """One line for every line that is not proved; '' where all are."""
    path = report.document.path
    return "".join(
        annotation(c.words, f"{c.goal}: {c.status}", path, c.line, c.column)
        for c in complaints(report, width=WIDTH)
    )


def annotation(
    message: str, title: str, path: str = "", line: int | None = None, column: int | None = None
) -> str:
    """One workflow command; what is not a file of the repository ('' or '-') has no place."""
    where = {"file": path, "line": line, "col": column} if path not in ("", "-") else {}
    shown = {k: v for k, v in {**where, "title": title}.items() if v}
    properties = ",".join(f"{k}={_property(str(v))}" for k, v in shown.items())
    return f"::error {properties}::{_data(message)}\n"


def _data(s: str) -> str:
    return s.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(s: str) -> str:
    return _data(s).replace(":", "%3A").replace(",", "%2C")
