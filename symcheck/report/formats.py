"""A report, rendered: text, terminal, LaTeX, Markdown, HTML, JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcheck.judging.result import Report

__all__ = ["FORMATS", "render"]

FORMATS = ("rich", "text", "latex", "markdown", "html", "json")


def render(
    report: Report, format: str, *, width: int = 80, unicode: bool = True, detail: str = "lines"
) -> str:
    """The report in one of FORMATS (``rich`` gives plain text here; see ``text.styled``).

    Raises ValueError for an unknown format.
    """
    if format in ("rich", "text"):
        from symcheck.report.text import text

        return text(report, width=width, unicode=unicode, detail=detail)
    if format == "latex":
        from symcheck.report.markup import tex

        return tex(report)
    if format == "markdown":
        from symcheck.report.markup import markdown

        return markdown(report)
    if format == "html":
        from symcheck.report.html import html

        return html(report)
    if format == "json":
        import json

        from symcheck.report.data import report_to_json

        return json.dumps(report_to_json(report), indent=1, ensure_ascii=False) + "\n"
    raise ValueError(f"unknown format {format!r}; known: {', '.join(FORMATS)}")
