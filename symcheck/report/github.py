"""Annotations for GitHub's workflows: one ``::error`` command for each complaint, and a
``::notice`` for each line that is proved but trusts rules by name.

Source: GitHub's documentation, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from symcheck.judging.result import Report
from symcheck.report.complaints import complaints, trusting

__all__ = ["annotation", "github"]

WIDTH = 100


def github(report: Report) -> str:
    """One line for every line that is not proved, or trusts a rule; '' where there is none."""
    path = report.document.path
    made = [
        annotation(c.words, f"{c.goal}: {c.status}", path, c.line, c.column)
        for c in complaints(report, width=WIDTH)
    ]
    made += [
        annotation(t.words, f"{t.goal}: proved", path, t.line, t.column, level="notice")
        for t in trusting(report)
    ]
    return "".join(made)


def annotation(
    message: str, title: str, path: str = "", line: int | None = None, column: int | None = None,
    *, level: str = "error",
) -> str:  # fmt: skip
    """One workflow command; what is not a file of the repository ('' or '-') has no place."""
    where = {"file": path, "line": line, "col": column} if path not in ("", "-") else {}
    shown = {k: v for k, v in {**where, "title": title}.items() if v}
    properties = ",".join(f"{k}={_property(str(v))}" for k, v in shown.items())
    return f"::{level} {properties}::{_data(message)}\n"


def _data(s: str) -> str:
    return s.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(s: str) -> str:
    return _data(s).replace(":", "%3A").replace(",", "%2C")
