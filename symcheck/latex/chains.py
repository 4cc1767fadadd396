r"""A displayed derivation as chains of equations: rows, relations, reasons, labels.

A row that begins with a relation goes on with the chain above it; one that begins with an
expression starts a new one, unless a bracket is open or an operator waits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from symcheck.latex.tokens import Token, Unread, commands, greek, matching, said, span
from symcheck.written import Span

__all__ = ["IMPLICATIONS", "Chain", "Segment", "chains"]

_WRAPPERS = frozenset(
    ("aligned", "split", "gathered", "alignedat", "multlined", "align", "equation")
)
_WORDS = commands("text textrm textit textnormal mbox textbf textsf textup hbox textsc")
_PROSE = commands("intertext shortintertext")
_QUADS = commands("quad qquad enspace hfill")
_LENGTHS = commands("hspace hspace* vspace hskip phantom hphantom vphantom mspace")
_OTHER = {
    "<": "<", ">": ">", r"\le": "≤", r"\ge": "≥", r"\approx": "≈", r"\sim": "~", r"\ne": "≠",
    r"\simeq": "≃", r"\cong": "≅", r"\propto": "∝", r"\ll": "≪", r"\gg": "≫", r"\to": "→",
    r"\rightarrow": "→", r"\implies": "⟹", r"\Rightarrow": "⇒", r"\iff": "⟺",
    r"\Leftrightarrow": "⇔", r"\in": "∈", r"\doteq": "≐", r"\lesssim": "≲", r"\gtrsim": "≳",
    r"\mapsto": "↦", r"\longrightarrow": "→", r"\preceq": "⪯", r"\succeq": "⪰", r"\asymp": "≍",
    r"\stackrel": "", r"\overset": "", r"\underset": "", r"\xrightarrow": "→", r"\leftarrow": "←",
    r"\gets": "←", r"\Longrightarrow": "⟹", r"\equiv": "=", r"\triangleq": "=",
    r"\Longleftarrow": "⟸", r"\Leftarrow": "⇐", r"\impliedby": "⟸", r"\Longleftrightarrow": "⟺",
}  # fmt: skip
# Between two statements: neither of them is claimed by itself.
IMPLICATIONS = frozenset("⟹⇒⟸⇐⟺⇔")
_REMARKS = commands("qedhere qed blacksquare square Box hfill")
# Words that begin a condition: the line is claimed under it only.
_CONDITION = re.compile(
    r"\(?(if|when|whenever|for|only|unless|provided|assuming|except|iff|up to|under|where)\b", re.I
)
_REASON = re.compile(r"\(?(by|since|because|using|from|as|due to|with)\b", re.I)
# What may stand above an equality: it is one all the same.
_ABOVE = re.compile(
    r"\(?[a-z0-9]{1,3}[.)]*\)|\d+|[?!]|def(inition)?\.?|(by|eq|eqn|rule|lemma|lin|ind|indep|tower|sym)"
    r"\b.*|linearity|independence|symmetry|i\.?i\.?d\.?",
    re.I,
)
_BINARY = frozenset(("+", "-", r"\cdot", r"\times", "/", "*", r"\pm", r"\mp"))


@dataclass
class Segment:
    """One expression of a chain: the relation before it, its tokens, and the words behind it."""

    relation: str = ""
    tokens: list[Token] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    problem: Unread | None = None
    at: Span = field(default_factory=Span)  # of the relation


@dataclass
class Chain:
    """An expression and those that it is said to equal; ``label`` is what LaTeX calls it."""

    segments: list[Segment] = field(default_factory=list)
    label: str = ""


def chains(tokens: Sequence[Token], environment: str, symbol: Callable[[str], bool]) -> list[Chain]:
    r"""The chains of one display; ``symbol`` says which words in ``\text`` are mathematics.

    Raises Unread for a display whose structure is not read; what is wrong with a single
    line is the problem of its segment.
    """
    reader = _Rows(symbol)
    for row in _rows(_unwrapped(tokens, environment)):
        reader.row(row, environment)
    return reader.finished()


def _unwrapped(tokens: Sequence[Token], environment: str) -> list[Token]:
    r"""Without ``\begin{aligned}`` and the like, which only arrange."""
    made: list[Token] = []
    n = 0
    if environment == "alignat" and tokens and tokens[0].text == "{":
        n = matching(tokens, 0) + 1
    while n < len(tokens):
        t = tokens[n]
        if t.text not in (r"\begin", r"\end") or n + 1 >= len(tokens):
            made.append(t)
            n += 1
            continue
        close = matching(tokens, n + 1)
        name = said(tokens[n + 2 : close]).rstrip("*")
        if name not in _WRAPPERS:
            raise Unread(f"{t.text}{{{name}}} is not read", t.span)
        n = close + 1
        if t.text == r"\begin" and n < len(tokens) and tokens[n].text == "[":
            n = matching(tokens, n) + 1
        if name == "alignedat" and t.text == r"\begin":
            n = matching(tokens, n) + 1
    return made


def _rows(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    row: list[Token] = []
    depth = 0
    for t in tokens:
        depth += (t.text == "{") - (t.text == "}")
        if t.text == r"\\" and depth == 0:
            yield row
            row = []
        else:
            row.append(t)
    yield row


def _depth(tokens: Sequence[Token]) -> int:
    return sum((t.text in ("(", "[", r"\{")) - (t.text in (")", "]", r"\}")) for t in tokens)


class _Rows:
    """Reads rows one after the other into chains."""

    def __init__(self, symbol: Callable[[str], bool]) -> None:
        self.symbol = symbol
        self.chains: list[Chain] = []

    def finished(self) -> list[Chain]:
        return [c for c in self.chains if c.segments]

    @property
    def current(self) -> Segment | None:
        return self.chains[-1].segments[-1] if self.chains and self.chains[-1].segments else None

    def row(self, tokens: list[Token], environment: str) -> None:
        cells = _cells(tokens)
        if environment == "eqnarray" and len(cells) > 2:
            cells = [[*cells[0], *cells[1], *cells[2]], [], *cells[3:]]
        while len(cells) > 2 and not cells[0] and not cells[1]:
            cells = cells[2:]
        main = [*cells[0], *(cells[1] if len(cells) > 1 else [])]
        label, main = _label(main)
        main, words, problem = self.words(main)
        for extra in cells[2:]:
            more, extra = _label(extra)
            label = label or more
            rest, said_, bad = self.words(extra)
            words += said_
            if rest:
                bad = Unread("formulas beside one another are not read", span(rest),
                             r"each in a row of its own")  # fmt: skip
            problem = problem or bad
        self.segments(main)
        if self.current is not None:
            self.current.words += words
            self.current.problem = self.current.problem or problem
            if label:
                self.chains[-1].label = label

    def words(self, tokens: list[Token]) -> tuple[list[Token], list[str], Unread | None]:
        """Mathematics, and the words behind it."""
        kept: list[Token] = []
        words: list[str] = []
        problem: Unread | None = None
        n = depth = 0
        while n < len(tokens):
            t = tokens[n]
            opens = n + 1 < len(tokens) and tokens[n + 1].text == "{"
            depth += (t.text in ("{", "(", "[", r"\{")) - (t.text in ("}", ")", "]", r"\}"))
            if t.text in _LENGTHS and opens:
                n = matching(tokens, n + 1) + 1
                continue
            if t.text in _PROSE and opens:
                n = matching(tokens, n + 1) + 1
                continue
            if t.text in _WORDS and opens and depth == 0:
                close = matching(tokens, n + 1)
                spelled = _spelled(tokens[n + 2 : close])
                if not self.symbol(spelled):
                    words.append(spelled)
                    problem = problem or _said_under(spelled, tokens[n : close + 1])
                    n = close + 1
                    continue
                kept += tokens[n : close + 1]
                n = close + 1
                continue
            if words and problem is None and t.text not in _QUADS and t.text not in (",", ".", ";"):
                problem = Unread(
                    "mathematics after words is not read", t.span,
                    "conditions belong to the declarations, as in `index i, j with i != j`",
                )  # fmt: skip
                break  # what comes is no part of the formula before
            kept.append(t)
            n += 1
        return _trimmed(kept), words, problem

    def segments(self, tokens: list[Token]) -> None:
        """Cut a row at its relations."""
        part: list[Token] = []
        relation: str | None = None
        at = Span()
        n = depth = 0
        open_ = _depth(self.current.tokens) if self.current is not None else 0
        while n < len(tokens):
            t = tokens[n]
            depth += (t.text in ("{", "(", "[", r"\{")) - (t.text in ("}", ")", "]", r"\}"))
            here = depth if relation is not None else depth + max(open_, 0)
            sign, after = _relation(tokens, n) if here <= 0 else ("", n)
            if sign:
                self.segment(relation, part, at)
                relation, part, at, n = sign, [], t.span, after
                open_ = 0
                continue
            part.append(t)
            n += 1
        self.segment(relation, part, at)

    def segment(self, relation: str | None, tokens: list[Token], at: Span) -> None:
        tokens = _trimmed(tokens)
        problem = _two_formulas(tokens)
        tokens = [t for t in tokens if t.text not in _QUADS]
        if relation is not None:
            if not self.chains:
                self.chains.append(Chain([Segment(at=at)]))
            self.chains[-1].segments.append(Segment(relation, tokens, problem=problem, at=at))
            return
        if not tokens:
            return
        last = self.current
        if last is not None and (
            not last.tokens
            or _depth(last.tokens) > 0
            or last.tokens[-1].text in _BINARY
            or tokens[0].text in _BINARY
            or tokens[0].text in (")", "]", r"\}")
        ):
            last.tokens += tokens
            last.problem = last.problem or problem
            return
        self.chains.append(Chain([Segment("", tokens, problem=problem)]))


def _said_under(words: str, tokens: Sequence[Token]) -> Unread | None:
    """Words behind a formula that say more than why it holds."""
    at = span(tokens)
    hint = "conditions belong to the declarations"
    if re.search(r"\b(because|since|due to)\b", words):
        return None
    if _CONDITION.match(words) or any(t.text in (r"\to", r"\rightarrow") for t in tokens):
        return Unread("a condition in words is not read", at, hint)
    inside = any(t.text in ("$", r"\(") for t in tokens)
    if inside and not _REASON.match(words):
        return Unread("mathematics inside of words is not read", at, hint)
    return None


def _cells(tokens: list[Token]) -> list[list[Token]]:
    cells: list[list[Token]] = [[]]
    depth = 0
    for t in tokens:
        depth += (t.text == "{") - (t.text == "}")
        if t.text == "&" and depth == 0:
            cells.append([])
        else:
            cells[-1].append(t)
    return cells


def _label(tokens: list[Token]) -> tuple[str, list[Token]]:
    r"""Take ``\label{...}`` and ``\tag{...}`` out."""
    label, kept, n = "", list[Token](), 0
    while n < len(tokens):
        t = tokens[n]
        if t.text in (r"\label", r"\tag", r"\tag*") and n + 1 < len(tokens):
            if tokens[n + 1].text != "{":
                raise Unread(f"{t.text} lacks its name", t.span)
            close = matching(tokens, n + 1)
            if t.text == r"\label":
                label = said(tokens[n + 2 : close]).replace(" ", "")
            n = close + 1
            continue
        kept.append(t)
        n += 1
    return label, kept


def _spelled(tokens: Sequence[Token]) -> str:
    r"""The words of a ``\text``, with Greek letters for their commands."""
    made = ""
    skip = False
    for t in tokens:
        if t.text in ("$", "{", "}", r"\(", r"\)", "_", "~") or t.text in (r"\eqref", r"\ref"):
            skip = skip or t.space
            if t.text == "_":
                made += "_"
            continue
        letters = greek(t.text) if t.kind == "command" else []
        made += " " * (t.space or skip) + (letters[0] if letters else t.text)
        skip = False
    return made.strip()


def _trimmed(tokens: list[Token]) -> list[Token]:
    """Without blanks around, and the punctuation at the end of a line."""
    while tokens and (
        tokens[-1].text in _QUADS | _REMARKS or tokens[-1].text in (",", ".", ";", ":")
    ):
        tokens = tokens[:-1]
    while tokens and tokens[0].text in _QUADS:
        tokens = tokens[1:]
    return tokens


def _two_formulas(tokens: list[Token]) -> Unread | None:
    """A wide blank between two factors stands between two formulas."""
    for before, t, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if t.text in _QUADS and before.text not in _BINARY and after.text not in _BINARY:
            return Unread("two formulas in one line are not read", t.span, "a row for each")
    return None


def _relation(tokens: list[Token], n: int) -> tuple[str, int]:
    """The relation at a place ('' for none), and what comes after it."""
    t = tokens[n]
    if t.text == ":" and n + 1 < len(tokens) and tokens[n + 1].text == "=":
        return "=", n + 2
    if t.text == "=":
        return "=", n + 1
    if t.text in (r"\stackrel", r"\overset", r"\underset"):
        return _stacked(tokens, n)
    sign = _OTHER.get(t.text, "")
    return sign, n + 1 if sign else n


def _stacked(tokens: list[Token], n: int) -> tuple[str, int]:
    r"""``\overset{(a)}{=}``: the words above an equality may be letters in brackets, or words."""
    above, at = _argument(tokens, n + 1)
    sign, end = _argument(tokens, at)
    if [t.text for t in sign] != ["="]:
        return (said(sign) or "?"), end
    words = said(above)
    inner = _spelled(above[2:-1]) if above and above[0].text in _WORDS else words
    plain = _ABOVE.fullmatch(inner) or (above and above[0].text in (r"\eqref", r"\ref"))
    return ("=" if plain else f"= with {words} above it"), end


def _argument(tokens: list[Token], n: int) -> tuple[list[Token], int]:
    if n >= len(tokens):
        return [], n
    if tokens[n].text != "{":
        return [tokens[n]], n + 1
    close = matching(tokens, n)
    return list(tokens[n + 1 : close]), close + 1
