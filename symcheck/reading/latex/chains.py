r"""A displayed derivation as chains of equations: rows, relations, reasons, labels.

A row that begins with a relation goes on with the chain above it; one that begins with an
expression starts a new one, unless a bracket is open or an operator waits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from symcheck.reading.latex.relations import relation
from symcheck.reading.latex.tokens import (
    WORDS,
    Token,
    Unread,
    commands,
    matching,
    said,
    span,
    words,
)
from symcheck.reading.written import Span

__all__ = ["Chain", "Condition", "Segment", "chains"]

_WRAPPERS = frozenset(
    ("aligned", "split", "gathered", "alignedat", "multlined", "align", "equation")
)
_PROSE = commands("intertext shortintertext")
_QUADS = commands("quad qquad enspace hfill")
_LENGTHS = commands("hspace hspace* vspace hskip phantom hphantom vphantom mspace")
_REMARKS = commands("qedhere qed blacksquare square Box hfill")
# Words of a condition: the line is claimed under it only.
_CONDITION = re.compile(
    r"\b(if|when|whenever|unless|provided|assuming|except|iff|as (long|soon) as)\b", re.I
)
# Words that say so too, or that say less than an equality, where they are no reason.
_LESS = re.compile(
    r"^\(?(for|only|under|where|on)\b|\b(up to|not|wrong|false|incorrect|approx\w*|asymptotic\w*"
    r"|roughly|almost|about|large|small|limit|in (law|distribution|probability)|high probability)\b"
    r"|\b(a\.\s?s|a\.\s?e|w\.\s?h\.\s?p|w\.\s?p)\.|\bwhp\b",
    re.I,
)
_REASON = re.compile(r"\(?(by|since|because|using|from|as|due to|with)\b", re.I)
_BINARY = frozenset(("+", "-", r"\cdot", r"\times", "/", "*", r"\pm", r"\mp"))


class Condition(Unread):
    """Words under which a line, and what follows it, is claimed."""


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
    inner: bool = False  # does its first row begin behind an &?


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
        self.made: list[Segment] = []  # by the row that is being read

    def finished(self) -> list[Chain]:
        return [c for c in self.chains if c.segments]

    @property
    def current(self) -> Segment | None:
        return self.chains[-1].segments[-1] if self.chains and self.chains[-1].segments else None

    def row(self, tokens: list[Token], environment: str) -> None:
        label, tokens = _label(tokens)
        cells = _columns(tokens, environment)
        inner = not cells[0] or tokens[0].text in _QUADS  # behind the &, or indented
        main, texts, problem, rest = self.words([*cells[0], *(cells[1] if cells[1:] else [])])
        for extra in cells[2:]:
            more, told, bad, _ = self.words(extra)
            texts += told
            if more and (more[0].text in _BINARY or (main and main[-1].text == "=")):
                main = [*main, *more]  # &= a &&+ b
            elif more:
                hint = "each in a row of its own"
                bad = Unread("formulas beside one another are not read", span(more), hint)
            problem = problem or bad
        above, count = self.current, len(self.chains)
        self.made = []
        self.segments(main)
        if problem is not None and not main:
            self.words_first(problem, rest)
        elif self.current is not None:
            self.current.problem = self.current.problem or problem
        if isinstance(problem, Condition):
            for s in self.made:
                s.problem = problem
        if len(self.chains) > count:
            self.chains[-1].inner = inner
            if above is not None and len(self.made) == 1 and not problem:
                self.unclear(above, self.chains[-2].inner, inner or environment == "multline")
        if self.current is not None:
            self.current.words += texts
            if label:
                self.chains[-1].label = label

    def words_first(self, problem: Unread, rest: list[Token]) -> None:
        """A row that begins with words: a formula behind them, or something about the row above."""
        parts = [relation(rest, n)[0] for n in range(len(rest))]
        if self.current is not None and "=" not in parts:
            self.current.problem = self.current.problem or problem
            return
        no = type(problem)("words before a formula are not read", problem.span)
        segment = Segment(parts[0] if parts else "", rest, problem=no, at=no.span)
        if segment.relation and self.chains:
            self.chains[-1].segments.append(segment)
        else:
            self.chains.append(Chain([segment]))
        self.made.append(segment)

    def unclear(self, above: Segment, was_inner: bool, inner: bool) -> None:
        """A row without a relation behind the column of another one: a factor, or a formula?"""
        below = self.made[0]
        if inner and not was_inner and above.tokens and below.tokens:
            no = Unread("does this row go on with the one above?", span(below.tokens),
                        r"\cdot or + before it, or no & for a formula of its own")  # fmt: skip
            above.problem = above.problem or no
            below.problem = below.problem or above.problem

    def words(
        self, tokens: list[Token]
    ) -> tuple[list[Token], list[str], Unread | None, list[Token]]:
        """Mathematics, the words behind it, what is wrong with them, and what is left over."""
        kept: list[Token] = []
        texts: list[str] = []
        problem: Unread | None = None
        n = depth = 0
        while n < len(tokens):
            t = tokens[n]
            opens = n + 1 < len(tokens) and tokens[n + 1].text == "{"
            depth += (t.text in ("{", "(", "[", r"\{")) - (t.text in ("}", ")", "]", r"\}"))
            if t.text in _LENGTHS | _PROSE and opens:
                n = matching(tokens, n + 1) + 1
                continue
            if t.text in WORDS and opens and depth == 0:
                close = matching(tokens, n + 1)
                spelled = words(tokens[n : close + 1])
                if not self.symbol(spelled):
                    texts.append(spelled)
                    problem = problem or _said_under(spelled, tokens[n : close + 1])
                    n = close + 1
                    continue
                if not texts:
                    kept += tokens[n : close + 1]
                    n = close + 1
                    continue
            if texts and t.text not in _QUADS | _REMARKS and t.text not in (",", ".", ";"):
                problem = problem or Unread(
                    "mathematics after words is not read", t.span,
                    "conditions belong to the declarations, as in `index i, j with i != j`",
                )  # fmt: skip
                break  # what comes is no part of the formula before
            kept.append(t)
            n += 1
        return _trimmed(kept), texts, problem, tokens[n:]

    def segments(self, tokens: list[Token]) -> None:
        """Cut a row at its relations."""
        part: list[Token] = []
        sign: str | None = None
        at = Span()
        n = depth = 0
        open_ = _depth(self.current.tokens) if self.current is not None else 0
        while n < len(tokens):
            t = tokens[n]
            depth += (t.text in ("{", "(", "[", r"\{")) - (t.text in ("}", ")", "]", r"\}"))
            here = depth if sign is not None else depth + max(open_, 0)
            found, after = relation(tokens, n) if here <= 0 else ("", n)
            if found:
                self.segment(sign, part, at)
                sign, part, at, n = found, [], t.span, after
                open_ = 0
                continue
            part.append(t)
            n += 1
        self.segment(sign, part, at)

    def segment(self, sign: str | None, tokens: list[Token], at: Span) -> None:
        tokens = _trimmed(tokens)
        problem = _two_formulas(tokens)
        tokens = [t for t in tokens if t.text not in _QUADS]
        if sign is not None:
            if not self.chains:
                self.chains.append(Chain([Segment(at=at)]))
            self.made.append(Segment(sign, tokens, problem=problem, at=at))
            self.chains[-1].segments.append(self.made[-1])
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
            self.made.append(last)
            return
        self.made.append(Segment("", tokens, problem=problem))
        self.chains.append(Chain([self.made[-1]]))


def _said_under(spelled: str, tokens: Sequence[Token]) -> Unread | None:
    """Words behind a formula that say more than why it holds."""
    at = span(tokens)
    hint = "conditions belong to the declarations"
    reason = _REASON.match(spelled) or re.search(r"\b(because|since|due to)\b", spelled)
    limits = any(t.text in (r"\to", r"\rightarrow") for t in tokens)
    if limits or _CONDITION.search(spelled) or (not reason and _LESS.search(spelled)):
        return Condition("a condition in words is not read", at, hint)
    if any(t.text in ("$", r"\(") for t in tokens) and not reason:
        return Unread("mathematics inside of words is not read", at, hint)
    return None


def _columns(tokens: list[Token], environment: str) -> list[list[Token]]:
    """The cells of a row, from the first pair that says something."""
    cells = _cells(tokens)
    if environment == "eqnarray" and len(cells) > 2:
        cells = [[*cells[0], *cells[1], *cells[2]], [], *cells[3:]]
    while len(cells) > 2 and not cells[0] and not cells[1]:
        cells = cells[2:]
    return cells


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
        if t.text in (r"\eqno", r"\leqno"):
            break
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


def _trimmed(tokens: list[Token]) -> list[Token]:
    """Without blanks around, and the punctuation at the end of a line."""
    last, first = len(tokens), 0
    while last and (tokens[last - 1].text in _QUADS | _REMARKS or tokens[last - 1].text in ",.;:"):
        last -= 1
    while first < last and tokens[first].text in _QUADS:
        first += 1
    return tokens[first:last]


def _two_formulas(tokens: list[Token]) -> Unread | None:
    """A wide blank between two factors stands between two formulas."""
    for before, t, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if t.text in _QUADS and before.text not in _BINARY and after.text not in _BINARY:
            return Unread("two formulas in one line are not read", t.span, "a row for each")
    return None
