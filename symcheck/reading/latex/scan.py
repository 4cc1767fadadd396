"""Where displays, comments and code stand in a text, found in one pass.

What is opened and never closed is looked for once, not once for every opening: the time is
proportional to the length of the text, whatever stands in it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from symcheck.reading.written import Span

__all__ = ["OPENER", "Lines", "Spot", "blanked", "code_spans", "comments", "spans", "verbatim"]

_ENVIRONMENTS = "equation|align|gather|multline|eqnarray|alignat|flalign|displaymath|aligned|split"
OPENER = re.compile(
    rf"(?<!\\)(?P<dollars>\$\$)|(?<!\\)\\\[|\\begin\{{(?P<env>(?:{_ENVIRONMENTS})\*?)\}}"
)
_BRACKET = re.compile(r"(?<!\\)\\\]")
_END = re.compile(r"\\end\{([A-Za-z]+\*?)\}")
_PARAGRAPH = re.compile(r"\n(?=[ \t]*\n)")  # ends with its display
_VERBATIM = re.compile(
    r"\\begin\{(?P<env>verbatim|lstlisting|minted|comment)\*?\}|\\verb\*?(?P<mark>\W)|\\iffalse\b",
    re.DOTALL,
)
_FI = re.compile(r"\\fi\b")
_BLANKS = " \t"


class Spot(NamedTuple):
    """A display: from where to where it stands, and its formula in there."""

    start: int
    end: int
    first: int
    last: int
    environment: str = ""


class Lines:
    """Lines and columns of the places in a text."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def at(self, place: int) -> tuple[int, int]:
        """The line and the column of a place, both from 1."""
        line = bisect_right(self.starts, place)
        return line, place - self.starts[line - 1] + 1

    def span(self, m: re.Match[str]) -> Span:
        """The columns of what was found, as if it stood in one line."""
        line, column = self.at(m.start())
        return Span(line, column, line, column + len(m[0]))


class _Marks:
    """Places in order, to be asked for the next one."""

    def __init__(self, places: Iterable[int]) -> None:
        self.places = list(places)

    def after(self, place: int) -> int:
        """The first of them from here on; -1 where there is none."""
        n = bisect_left(self.places, place)
        return self.places[n] if n < len(self.places) else -1


def blanked(text: str, parts: Iterable[tuple[int, int]]) -> str:
    """The text with spaces for all but the newlines of some parts."""
    made, last = [], 0
    for start, end in sorted(parts):
        if end > last:
            start = max(start, last)
            made += [text[last:start], re.sub(r"[^\n]", " ", text[start:end])]
            last = end
    return "".join([*made, text[last:]])


def comments(text: str) -> Iterator[tuple[int, int]]:
    """The HTML comments."""
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        at = end + 3
        yield start, at


def code_spans(line: str) -> Iterator[tuple[int, int]]:
    """What stands between two runs of as many backticks, in one line."""
    runs = [(m.start(), m.end()) for m in re.finditer("`+", line)]
    later: dict[int, list[tuple[int, int]]] = {}
    for run in reversed(runs):
        later.setdefault(run[1] - run[0], []).append(run)
    at = 0
    for start, end in runs:
        same = later[end - start]
        same.pop()  # this one
        if start >= at and same:
            at = same[-1][1]
            yield start, at


# ---------------------------------------------------------------- LaTeX


def verbatim(text: str) -> Iterator[tuple[int, int]]:
    r"""What LaTeX takes as it stands, or not at all: ``verbatim``, ``\verb|...|``, ``\iffalse``."""
    ends = _ends(text)
    over = _Marks(m.end() for m in _FI.finditer(text))
    last: dict[str, int] = {}
    at = 0
    while m := _VERBATIM.search(text, at):
        end = -1
        if m["env"]:
            both = [e for w in (m["env"], m["env"] + "*") if (e := _closing(ends, w, m.end())) >= 0]
            end = min(both, default=-1)
            end = text.index("}", end) + 1 if end >= 0 else -1
        elif m["mark"]:
            last = last or {c: n for n, c in enumerate(text)}
            end = text.index(m["mark"], m.end()) + 1 if last[m["mark"]] >= m.end() else -1
        else:
            end = over.after(m.end())
        if end >= 0:
            yield m.start(), end
        at = end if end >= 0 else m.start() + 1


def _ends(text: str) -> dict[str, _Marks]:
    r"""Where each ``\end{...}`` stands."""
    found: dict[str, list[int]] = {}
    for m in _END.finditer(text):
        found.setdefault(m[1], []).append(m.start())
    return {name: _Marks(places) for name, places in found.items()}


def _closing(ends: dict[str, _Marks], name: str, at: int) -> int:
    return ends[name].after(at) if name in ends else -1


def spans(text: str) -> list[Spot]:
    """The displays of a text, none of them inside of another one."""
    return list(_Displays(text).found())


class _Displays:
    """Finds where each display is closed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.brackets = _Marks(m.start() for m in _BRACKET.finditer(text))
        self.paragraphs = _Marks(m.start() for m in _PARAGRAPH.finditer(text))
        self.ends = _ends(text)
        self.dollars = text.rfind("$$")

    def found(self) -> Iterator[Spot]:
        at = 0
        while m := OPENER.search(self.text, at):
            spot = self.spot(m)
            if spot is not None:
                yield spot
            at = spot.end if spot is not None else m.start() + 1

    def spot(self, m: re.Match[str]) -> Spot | None:
        """The display that is opened here, if it is closed."""
        first = m.end()
        if m["env"]:
            last = _closing(self.ends, m["env"], first)
            end = last + len(rf"\end{{{m['env']}}}")
            return Spot(m.start(), end, first, last, m["env"].rstrip("*")) if last >= 0 else None
        if m["dollars"]:
            last = self.text.find("$$", first) if self.dollars >= first else -1
            return None if last < 0 else self.lone(m, last) or self.between(m, last)
        last = self.brackets.after(first)
        if last < 0 or self.parted(first, last):
            return None
        return Spot(m.start(), last + 2, first, last)

    def parted(self, first: int, last: int) -> bool:
        """Does a paragraph end in there?"""
        return -1 < self.paragraphs.after(first) < last

    def between(self, m: re.Match[str], last: int) -> Spot | None:
        if self.text[last - 1] == "\\" or self.parted(m.end(), last):
            return None
        return Spot(m.start(), last + 2, m.end(), last)

    def lone(self, m: re.Match[str], last: int) -> Spot | None:
        """Dollars in lines of their own may have empty lines inside of them, at both ends."""
        text, first = self.text, m.end()
        inner = text[first:last]
        head, tail = len(inner) - len(inner.lstrip()), len(inner.rstrip())
        if head > tail:  # nothing stands there
            head = tail = inner.find("\n") + 1
        if "\n" not in inner[:head] or "\n" not in inner[tail:]:
            return None
        if not (self.opens_line(m.start()) and self.opens_line(last) and self.ends_line(last + 2)):
            return None
        if self.parted(first + head, first + tail):
            return None
        return Spot(m.start(), last + 2, first + head, first + tail)

    def opens_line(self, at: int) -> bool:
        """Stand nothing but blanks before this place in its line?"""
        return not self.text[self.text.rfind("\n", 0, at) + 1 : at].strip(_BLANKS)

    def ends_line(self, at: int) -> bool:
        end = self.text.find("\n", at)
        return not self.text[at : end if end >= 0 else len(self.text)].strip(_BLANKS)
