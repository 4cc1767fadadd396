"""What each assumption is for, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from symcheck.ablation import Ablation
from symcheck.document import Document
from symcheck.report.data import witness_to_json
from symcheck.report.facts import assumption
from symcheck.report.layout import Layout, Line
from symcheck.report.notation import prose
from symcheck.result import Report

__all__ = ["lines", "to_json"]

INDENT = "    "


def lines(
    document: Document, found: Sequence[Ablation], *, width: int = 80, unicode: bool = True
) -> Iterator[Line]:
    """One block an assumption: needed or not, where it is used, the world without it."""
    layout = Layout(Report(document, ()), width, unicode, "lines")
    if document.title:
        yield [(layout.word(document.title), "title")]
    for a in found:
        yield []
        told = assumption(a.assumption, document.context, unicode=unicode)
        yield [(layout.word(told), "bold")]
        for words, style in _sentences(a):
            yield from layout.paragraph(layout.word(prose(words, unicode=unicode)), style, INDENT)
        if a.witness is not None:
            yield from layout.witness(a.witness, INDENT, told=True)


def _sentences(a: Ablation) -> Iterator[tuple[str, str]]:
    if a.uses:
        yield f"used in {_places(a.uses)}", "dim"
    if not a.needed:
        yield "not needed: every result comes out without it", "ok"
        return
    where = f"{_places([a.broken])} breaks first: " if a.broken else ""
    yield f"needed: {where}{a.reason}", ""
    if a.witness is None:
        yield "no distribution was found that shows it", "dim"
    else:
        left, right = a.witness.left, a.witness.right
        yield f"false without it: the left side is {left}, the right side {right}", "bad"


def _places(uses: Sequence[tuple[int, int]]) -> str:
    """``goal 2, lines 3-5 and 9``."""
    parts = []
    for goal, group in groupby(sorted(uses), lambda u: u[0]):
        numbers = [n for _, n in group]
        runs = [
            [n for _, n in run] for _, run in groupby(enumerate(numbers), lambda p: p[1] - p[0])
        ]
        shown = [str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs]
        parts.append(f"goal {goal}, line{'s' if len(numbers) > 1 else ''} {', '.join(shown)}")
    return "; ".join(parts)


def to_json(document: Document, found: Sequence[Ablation]) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "title": document.title,
        "assumptions": [
            {
                "assumption": assumption(a.assumption, document.context, unicode=False),
                "kind": a.assumption.kind,
                "about": a.assumption.about,
                "uses": [list(u) for u in a.uses],
                "needed": a.needed,
                "broken": None if a.broken is None else list(a.broken),
                "reason": a.reason,
                "witness": None if a.witness is None else witness_to_json(a.witness),
            }
            for a in found
        ],
    }
