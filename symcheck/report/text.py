"""A report as plain text, and on a terminal with colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symcheck.judging.result import Report
from symcheck.report.layout import Line, lines
from symcheck.system.escapes import visible

__all__ = ["joined", "painted", "styled", "text"]

# Named colours only: the terminal's own palette reads on dark and on light alike.
STYLES = {
    "title": "bold", "bold": "bold", "expr": "", "reason": "cyan", "number": "dim", "dim": "dim",
    "ok": "green", "bad": "red", "open": "magenta", "": "",
}  # fmt: skip


def text(report: Report, *, width: int = 80, unicode: bool = True, detail: str = "lines") -> str:
    """The report without colours."""
    return joined(lines(report, width=width, unicode=unicode, detail=detail))


def joined(made: Iterable[Line]) -> str:
    """Lines without their colours."""
    return "\n".join(visible("".join(s for s, _ in line)).rstrip() for line in made) + "\n"


def styled(report: Report, *, width: int = 80, unicode: bool = True, detail: str = "lines") -> Any:
    """The report as a ``rich.text.Text``."""
    return painted(lines(report, width=width, unicode=unicode, detail=detail))


def painted(made: Iterable[Line]) -> Any:
    """Lines as a ``rich.text.Text``."""
    from rich.text import Text

    whole = Text(no_wrap=True, overflow="ignore", end="")
    for line in made:
        for s, style in line:
            whole.append(visible(s), style=STYLES[style])
        whole.append("\n")
    return whole
