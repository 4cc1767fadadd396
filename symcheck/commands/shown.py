"""What a command prints or writes: reports in a format, and text that every stream can take."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symcheck.commands.bad import Bad
from symcheck.system.escapes import visible, visible_json
from symcheck.system.output import write_text

if TYPE_CHECKING:
    from symcheck.judging.result import Report

__all__ = ["deliver", "say", "speaks_unicode", "width_of", "write_reports"]


def write_reports(
    reports: Sequence[Report],
    args: argparse.Namespace,
    detail: str,
    *,
    unread: Sequence[str] = (),
    many: bool = False,
) -> None:
    """Print or write the reports; JSON is a list where there are ``many`` files."""
    from symcheck.report.formats import render

    terminal = sys.stdout.isatty() and args.output is None
    format = args.format or ("rich" if terminal else "text")
    unicode = args.output is not None or speaks_unicode(sys.stdout)
    width = width_of(terminal)
    if format == "rich" and args.output is None:
        from rich.console import Console

        from symcheck.report.text import styled

        console = Console(width=width, highlight=False, emoji=False, markup=False)
        for report in reports:
            shown = styled(report, width=width, unicode=unicode, detail=detail)
            console.print(shown, end="", soft_wrap=True)
        return
    if format == "github":
        from symcheck.report.github import github

        made = [github(r) for r in reports]
    else:
        made = [render(r, format, width=width, unicode=unicode, detail=detail) for r in reports]
    if format == "json" and (many or len(made) != 1):
        whole = "[\n" + ",\n".join(made) + "]\n"
    elif format == "github":
        whole = "".join([*unread, *made])
    else:
        whole = "\n".join(made)
    deliver(whole, args.output, format)


def deliver(text: str, path: str | None, format: str = "text") -> None:
    """Print, or write to a file; what steers a terminal is spelled."""
    if path is None:
        say(text, end="", format=format)
        return
    try:
        write_text(path, _harmless(text, format))
    except OSError as e:
        raise Bad(f"{path} cannot be written: {e.strerror}") from None


def say(text: str, end: str = "\n", format: str = "text") -> None:
    """Print, with ``?`` for what the stream cannot encode."""
    encoding = sys.stdout.encoding or "ascii"
    shown = _harmless(text, format)
    print(shown.encode(encoding, "replace").decode(encoding), end=end)


def _harmless(text: str, format: str) -> str:
    return visible_json(text) if format == "json" else visible(text)


def width_of(terminal: bool) -> int:
    """Columns: of the terminal, or as COLUMNS says, or 80."""
    import shutil

    return shutil.get_terminal_size((80, 24)).columns if terminal or "COLUMNS" in os.environ else 80


def speaks_unicode(stream: Any) -> bool:
    """Can the stream show mathematical signs?"""
    try:
        "Σ²√✓∫≠⟺′".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
