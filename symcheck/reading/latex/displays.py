r"""Where the displayed formulas and the declarations of a Markdown or LaTeX file stand.

Declarations are in the ``.proof`` format: in a fenced block marked ``symcheck``, in an HTML
comment ``<!-- symcheck ... -->``, or in comment lines below ``% symcheck``.  With ``new``
behind the word, a context of its own begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from symcheck.reading.latex.macros import definitions, macros
from symcheck.reading.latex.scan import (
    OPENER,
    Lines,
    Spot,
    blanked,
    code_spans,
    comments,
    spans,
    verbatim,
)
from symcheck.reading.latex.tokens import Unread, commands

__all__ = ["Block", "Display", "Section", "bare", "sections"]

_FENCE = re.compile(
    r"^ {0,3}(?P<marks>`{3,}|~{3,})[ \t]*(?P<word>\{math\}|[\w-]*)[ \t]*(?P<rest>[^\n`]*)$"
)
# Displayed mathematics that is not read.
_FOREIGN = (
    r"\\begin\{(?:IEEEeqnarray(?:box)?|dmath|dgroup|dseries|darray|empheq|x{1,2}alignat|math"
    r"|numcases|subnumcases|eqnarraybox|DispWithArrows|mathpar|mini|maxi)\*?\}"
    r"|\\begin\{tcolorbox\}\[(?=[^\]\n]{0,200}?ams)[^\]\n]{0,200}\]"
)
_OWN_ENVIRONMENT = re.compile(
    r"\\(?:re)?newenvironment\*?\s*\{(?P<name>[^{}]*)\}[^{}]*"
    r"\{(?:[^{}]|\{[^{}]*\})*\}\s*\{(?:[^{}]|\{[^{}]*\})*\}"
)
_FOREIGN_MARKDOWN = re.compile(rf"{_FOREIGN}|^[ \t]*:{{3,}}[ \t]*\{{math\}}|\\\\\[", re.M)
_FOREIGN_TEX = re.compile(_FOREIGN)
_OPTION = re.compile(r":[\w-]+:")  # of MyST
_MARKED = re.compile(r"^[ \t]*%[ \t]*symcheck\b[ \t]*(?P<rest>.*)$")
_SKIP = "\ue100"  # stands where the author wrote that the next display is none of ours


@dataclass(frozen=True)
class Block:
    """Declarations: each line with its number in the file, and the columns cut off before it."""

    lines: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True)
class Display:
    """A displayed formula at a place; ``environment`` is '' for dollars and brackets."""

    text: str
    line: int
    column: int
    environment: str = ""


@dataclass
class Section:
    """Declarations and the displays that they are for."""

    blocks: list[Block] = field(default_factory=list)
    displays: list[Display] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def sections(text: str, *, tex: bool) -> list[Section]:
    """The sections of a file, each with a context of its own; at least one."""
    found = [Section()]
    blocks, rest = _tex(text) if tex else _markdown(text)
    lines = Lines(rest)
    foreign = [*_foreign(rest, lines, tex), *_abbreviated(rest, lines)]
    own = [(m.start(), m.end()) for m in _OWN_ENVIRONMENT.finditer(rest)]
    rest = blanked(rest, [*definitions(rest), *own])  # a display in a definition is none
    spots = spans(rest)
    items: list[tuple[int, Block | Display | Unread, bool]] = [
        (b.lines[0][0] if b.lines else line, b, new) for line, b, new in blocks
    ]
    items += [(d.line, d, False) for d in _displays(rest, spots, lines)]
    items += [(u.span.line, u, False) for u in (*_unclosed(rest, spots, lines), *foreign)]
    for _, item, new in sorted(items, key=lambda k: k[0]):
        if new and (found[-1].blocks or found[-1].displays):
            found.append(Section())
        kind = (
            found[-1].blocks if isinstance(item, Block)
            else found[-1].displays if isinstance(item, Display) else found[-1].unread
        )  # fmt: skip
        kind.append(item)  # type: ignore[arg-type]
    return found


def bare(text: str, *, tex: bool) -> str:
    """The text without comments and what is verbatim; every place stays where it was."""
    return (_tex(text) if tex else _markdown(text))[1]


def _foreign(text: str, lines: Lines, tex: bool) -> Iterator[Unread]:
    text = blanked(text, [(s.start, s.end) for s in spans(text)])
    for m in (_FOREIGN_TEX if tex else _FOREIGN_MARKDOWN).finditer(text):
        yield Unread("displayed mathematics of this kind is not read", lines.span(m), "align")


_USUAL = commands("be beq beqn beqs bea beqa beqna balign bal")  # of packages not read


def _abbreviated(text: str, lines: Lines) -> Iterator[Unread]:
    r"""Where a command of the author's begins a display: ``\be`` for ``\begin{equation}``."""
    known = macros(text)
    names = {
        name for name, macro in known.items()
        if any(t.text in (r"\begin", r"\[", "$") for t in macro.body) and name[1:].isalpha()
    }  # fmt: skip
    names |= _USUAL - known.keys()
    own = {m["name"] for m in _OWN_ENVIRONMENT.finditer(text) if OPENER.search(m[0])}
    text = blanked(text, definitions(text))
    for m in re.finditer(r"\\begin\{(?P<env>[^{}]*)\}|\\[A-Za-z]+", text):
        if m[0] in names or m["env"] in own:
            message = f"a display that {m[0]} begins is not read"
            yield Unread(message, lines.span(m), r"\begin{equation}")


def _displays(text: str, spots: list[Spot], lines: Lines) -> Iterator[Display]:
    last = 0
    for s in spots:
        skipped = text.find(_SKIP, last, s.start) >= 0
        last = s.end
        if not skipped:
            yield Display(text[s.first : s.last], *lines.at(s.first), s.environment)


def _unclosed(text: str, spots: list[Spot], lines: Lines) -> Iterator[Unread]:
    for m in OPENER.finditer(blanked(text, [(s.start, s.end) for s in spots])):
        yield Unread(f"this {m[0]} is never closed", lines.span(m))


Found = tuple[list[tuple[int, Block, bool]], str]


def _blank(line: str) -> str:
    return " " * len(line)


def _is_new(rest: str) -> bool:
    return rest.split()[:1] == ["new"]


def _markdown(text: str) -> Found:
    """The blocks of a Markdown file, and its text with code and comments blanked out."""
    text = _FRONT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), _comments(text))
    blocks: list[tuple[int, Block, bool]] = []
    kept: list[str] = []
    marks, word, new, first = "", "", False, 0
    inside: list[tuple[int, int, str]] = []
    for n, line in enumerate(text.split("\n"), start=1):
        m = _FENCE.match(line)
        if not marks and m is not None:
            marks, word, new, first = m["marks"], m["word"], _is_new(m["rest"]), n
            inside = []
            kept.append("$$".ljust(len(line)) if word in ("math", "{math}") else _blank(line))
        elif marks and m is not None and m["marks"].startswith(marks) and not m["word"]:
            if word in ("symcheck", "proof"):
                blocks.append((first, Block(tuple(inside)), new))
            kept.append("$$".ljust(len(line)) if word in ("math", "{math}") else _blank(line))
            marks = ""
        elif marks:
            inside.append((n, 0, line))
            silent = not line.strip() or (word == "{math}" and _OPTION.match(line))
            formula = "%" if silent else line  # no paragraph ends in here
            kept.append(formula if word in ("math", "{math}") else _blank(line))
        else:
            line = re.sub(r"^[ >]*>", lambda k: _blank(k[0]), line)  # quoted
            kept.append(blanked(line, code_spans(line)))
    text = "\n".join(kept)
    lines = Lines(text)
    for m, end in _declaring(text):
        start, column = lines.at(m.end())
        body = [
            (start + k, column - 1 if k == 0 else 0, piece)
            for k, piece in enumerate(text[m.end() : end].split("\n"))
        ]
        if m["skip"] is None:
            blocks.append((start, Block(tuple(body)), m["new"] is not None))
    return blocks, _replaced(text, _marked)


_COMMENT = re.compile(
    r"<!--[ \t]*symcheck(?:(?P<skip>:[ \t]*skip)|[ \t]+(?P<new>new)\b)?", re.DOTALL
)
_FRONT = re.compile(r"\A---[ \t]*\n.*?\n(---|\.\.\.)[ \t]*$", re.DOTALL | re.M)


def _declaring(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """How each comment for symcheck begins, and where it ends."""
    at = 0
    while (m := _COMMENT.search(text, at)) and (end := text.find("-->", m.end())) >= 0:
        yield m, end
        at = end + 3


def _replaced(text: str, change: Callable[[str], str]) -> str:
    """The text with every HTML comment changed."""
    made, last = [], 0
    for start, end in comments(text):
        made += [text[last:start], change(text[start:end])]
        last = end
    return "".join([*made, text[last:]])


def _comments(text: str) -> str:
    """Fences inside of HTML comments are none."""
    return _replaced(text, lambda c: re.sub(r"^( {0,3})[`~]{3}", r"\1   ", c, flags=re.M))


def _marked(comment: str) -> str:
    """A comment blanked out; one that says skip leaves its mark."""
    skip = re.match(r"<!--\s*symcheck:\s*skip", comment) is not None
    plain = re.sub(r"[^\n]", " ", comment)
    return _SKIP + plain[1:] if skip else plain


def _tex(text: str) -> Found:
    """The blocks of a LaTeX file, and its text with comments and verbatim blanked out."""
    end = text.find(r"\end{document}")
    text = text if end < 0 else text[:end]
    text = blanked(text, verbatim(text))
    blocks: list[tuple[int, Block, bool]] = []
    kept: list[str] = []
    inside: list[tuple[int, int, str]] | None = None
    first, new = 0, False
    for n, line in enumerate([*text.split("\n"), ""], start=1):
        comment = line.lstrip().startswith("%")
        m = _MARKED.match(line) if comment else None
        if inside is not None and not comment:
            blocks.append((first, Block(tuple(inside)), new))
            inside = None
        if m is not None and m["rest"].lstrip(": \t").startswith("skip"):
            kept.append(_SKIP + _blank(line)[1:])
        elif m is not None and inside is None:
            inside, first, new = [], n, _is_new(m["rest"])
            kept.append(_blank(line))
        elif comment:
            if inside is not None:
                cut = line.index("%") + 1
                body = line[cut:]
                one = 1 if body.startswith(" ") else 0
                inside.append((n, cut + one, body[one:]))
            kept.append(_blank(line))
        else:
            m = re.search(r"(?<!\\)(?:\\\\)*%", line)
            kept.append(line if m is None else line[: m.end() - 1].ljust(len(line)))
    return blocks, "\n".join(kept)
