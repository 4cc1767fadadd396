r"""Where the displayed formulas and the declarations of a Markdown or LaTeX file stand.

Declarations are in the ``.proof`` format: in a fenced block marked ``symcheck``, in an HTML
comment ``<!-- symcheck ... -->``, or in comment lines below ``% symcheck``.  With ``new``
behind the word, a context of its own begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from symcheck.latex.macros import definitions, macros
from symcheck.latex.tokens import Unread, commands
from symcheck.written import Span

__all__ = ["Block", "Display", "Section", "bare", "sections"]

_ENVIRONMENTS = "equation|align|gather|multline|eqnarray|alignat|flalign|displaymath|aligned|split"
_PARAGRAPH = r"\n[ \t]*\n"  # ends with its display
_DISPLAY = re.compile(
    rf"(?<!\\)\$\$(?P<dollars>(?:(?!{_PARAGRAPH}|\$\$).)*?)(?<!\\)\$\$"
    # Dollars in lines of their own may have empty lines inside of them, at both ends.
    rf"|^[ \t]*\$\$[ \t]*\n\s*(?P<lone>(?:(?!{_PARAGRAPH}|\$\$).)*?)\s*\n[ \t]*\$\$[ \t]*$"
    rf"|(?<!\\)\\\[(?P<bracket>(?:(?!{_PARAGRAPH}).)*?)(?<!\\)\\\]"
    rf"|\\begin\{{(?P<env>(?:{_ENVIRONMENTS})\*?)\}}(?P<inner>.*?)\\end\{{(?P=env)\}}",
    re.DOTALL | re.M,
)
_OPENER = re.compile(rf"(?<!\\)\$\$|(?<!\\)\\\[|\\begin\{{(?:{_ENVIRONMENTS})\*?\}}")
_FENCE = re.compile(
    r"^ {0,3}(?P<marks>`{3,}|~{3,})[ \t]*(?P<word>\{math\}|[\w-]*)[ \t]*(?P<rest>[^\n`]*)$"
)
# Displayed mathematics that is not read.
_FOREIGN = (
    r"\\begin\{(?:IEEEeqnarray(?:box)?|dmath|dgroup|dseries|darray|empheq|x{1,2}alignat|math"
    r"|numcases|subnumcases|eqnarraybox|DispWithArrows|mathpar|mini|maxi)\*?\}|\\begin\{tcolorbox\}\[[^\]\n]*ams[^\]\n]*\]"
)
_OWN_ENVIRONMENT = re.compile(
    r"\\(?:re)?newenvironment\*?\s*\{(?P<name>[^{}]*)\}[^{}]*"
    r"\{(?:[^{}]|\{[^{}]*\})*\}\s*\{(?:[^{}]|\{[^{}]*\})*\}"
)
_FOREIGN_MARKDOWN = re.compile(rf"{_FOREIGN}|^[ \t]*:{{3,}}[ \t]*\{{math\}}|\\\\\[", re.M)
_FOREIGN_TEX = re.compile(_FOREIGN)
_OPTION = re.compile(r":[\w-]+:")  # of MyST
_VERBATIM = re.compile(
    r"\\begin\{(verbatim|lstlisting|minted|comment)\*?\}.*?\\end\{\1\*?\}|\\verb\*?(\W).*?\2"
    r"|\\iffalse\b.*?\\fi\b",
    re.DOTALL,
)
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
    foreign = [*_foreign(rest, tex), *_abbreviated(rest)]
    places = [(m.start(), m.end()) for m in _OWN_ENVIRONMENT.finditer(rest)]
    for start, end in [*definitions(rest), *places]:  # a display in a definition is none
        rest = rest[:start] + re.sub(r"[^\n]", " ", rest[start:end]) + rest[end:]
    items: list[tuple[int, Block | Display | Unread, bool]] = [
        (b.lines[0][0] if b.lines else line, b, new) for line, b, new in blocks
    ]
    items += [(d.line, d, False) for d in _displays(rest)]
    items += [(u.span.line, u, False) for u in (*_unclosed(rest), *foreign)]
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


def _foreign(text: str, tex: bool) -> Iterator[Unread]:
    text = _DISPLAY.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    for m in (_FOREIGN_TEX if tex else _FOREIGN_MARKDOWN).finditer(text):
        yield Unread("displayed mathematics of this kind is not read", _place(text, m), "align")


_USUAL = commands("be beq beqn beqs bea beqa beqna balign bal")  # of packages not read


def _abbreviated(text: str) -> Iterator[Unread]:
    r"""Where a command of the author's begins a display: ``\be`` for ``\begin{equation}``."""
    spans = definitions(text)
    names = {
        name for name, macro in macros(text).items()
        if any(t.text in (r"\begin", r"\[", "$") for t in macro.body) and name[1:].isalpha()
    }  # fmt: skip
    names |= _USUAL - macros(text).keys()
    own = [m["name"] for m in _OWN_ENVIRONMENT.finditer(text) if _OPENER.search(m[0])]
    for m in re.finditer(r"\\begin\{(?P<env>[^{}]*)\}|\\[A-Za-z]+", text):
        ours = m[0] in names or m["env"] in own
        if ours and not any(a <= m.start() < b for a, b in spans):
            message = f"a display that {m[0]} begins is not read"
            yield Unread(message, _place(text, m), r"\begin{equation}")


def _place(text: str, m: re.Match[str]) -> Span:
    line = text.count("\n", 0, m.start()) + 1
    column = m.start() - (text.rfind("\n", 0, m.start()) + 1) + 1
    return Span(line, column, line, column + len(m[0]))


def _displays(text: str) -> Iterator[Display]:
    last = 0
    for m in _DISPLAY.finditer(text):
        skipped = _SKIP in text[last : m.start()]
        last = m.end()
        if skipped:
            continue
        group = m.lastgroup if m.lastgroup != "env" else "inner"
        at = m.start(group or 0)
        line = text.count("\n", 0, at) + 1
        column = at - (text.rfind("\n", 0, at) + 1) + 1
        yield Display(m[group or 0], line, column, (m["env"] or "").rstrip("*"))


def _unclosed(text: str) -> Iterator[Unread]:
    rest = _DISPLAY.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    for m in _OPENER.finditer(rest):
        yield Unread(f"this {m[0]} is never closed", _place(rest, m))


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
            kept.append(re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", lambda k: _blank(k[0]), line))
    text = "\n".join(kept)
    for m in _COMMENT.finditer(text):
        start = text.count("\n", 0, m.start("body")) + 1
        column = m.start("body") - (text.rfind("\n", 0, m.start("body")) + 1)
        body = [
            (start + k, column if k == 0 else 0, piece)
            for k, piece in enumerate(m["body"].split("\n"))
        ]
        if m["skip"] is None:
            blocks.append((start, Block(tuple(body)), m["new"] is not None))
    return blocks, _HTML.sub(_marked, text)


_COMMENT = re.compile(
    r"<!--[ \t]*symcheck(?:(?P<skip>:[ \t]*skip)|[ \t]+(?P<new>new)\b)?(?P<body>.*?)-->", re.DOTALL
)
_FRONT = re.compile(r"\A---[ \t]*\n.*?\n(---|\.\.\.)[ \t]*$", re.DOTALL | re.M)
_HTML = re.compile(r"<!--.*?-->", re.DOTALL)


def _comments(text: str) -> str:
    """Fences inside of HTML comments are none."""
    return _HTML.sub(lambda m: re.sub(r"^( {0,3})[`~]{3}", r"\1   ", m[0], flags=re.M), text)


def _marked(m: re.Match[str]) -> str:
    """A comment blanked out; one that says skip leaves its mark."""
    skip = re.match(r"<!--\s*symcheck:\s*skip", m[0]) is not None
    plain = re.sub(r"[^\n]", " ", m[0])
    return _SKIP + plain[1:] if skip else plain


def _tex(text: str) -> Found:
    """The blocks of a LaTeX file, and its text with comments and verbatim blanked out."""
    end = text.find(r"\end{document}")
    text = text if end < 0 else text[:end]
    text = _VERBATIM.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
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
