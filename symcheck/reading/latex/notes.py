r"""Derivations in Markdown and LaTeX files: ``symcheck check notes.md paper.tex``.

The displayed formulas of a file become claims, in the context that the file declares.  What
cannot be read in exactly one way is listed as unread, with its place; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from symcheck.facts.context import Context
from symcheck.reading.document import ChainLine, Claim, Document, Goal, Unread
from symcheck.reading.grounds import read as read_grounds
from symcheck.reading.latex.chains import Chain, Condition, Segment, chains
from symcheck.reading.latex.displays import Block, Display, Section, bare, sections
from symcheck.reading.latex.formula import Styles, formula, is_symbol
from symcheck.reading.latex.macros import Budget, Macro, expand, macros
from symcheck.reading.latex.relations import implication
from symcheck.reading.latex.tokens import Token, lex, said, span
from symcheck.reading.latex.tokens import Unread as NotRead
from symcheck.reading.parser import Source, SyntaxProblem
from symcheck.reading.syntax import MAX_SIZE, MAX_STATEMENTS, parse
from symcheck.reading.written import Problem, Span, build
from symcheck.system.limits import OutOfTime

__all__ = ["read"]

MAX_LINES = 2_000_000  # that are read for the contexts of a file, all of them for each


def read(text: str, name: str = "", path: str = "", *, tex: bool = False) -> list[Document]:
    r"""The documents in a file, one for each context that it declares; at least one.

    ``tex`` says that it is LaTeX and not Markdown.  Raises :class:`SyntaxProblem` for
    declarations that cannot be read; formulas that cannot be read are in ``unread``.
    """
    source = Source(text, path or name)
    if len(text) > MAX_SIZE:
        raise source.problem(f"the text is longer than {MAX_SIZE} bytes", 1, 1)
    try:
        known = macros(bare(text, tex=tex))
    except NotRead as no:
        raise source.problem(no.message, 1, 1) from None
    found = sections(text, tex=tex)
    _bounded(source, found)
    styles, budget = Styles(), Budget()
    return [_Section(source, known, styles, budget).document(s, name, path, text) for s in found]


def _bounded(source: Source, found: list[Section]) -> None:
    """Raises SyntaxProblem for a file with more in it than is read."""
    displays = [d for s in found for d in s.displays]
    if len(displays) > MAX_STATEMENTS:
        line = displays[MAX_STATEMENTS].line
        raise source.problem(f"more than {MAX_STATEMENTS} displays", line, 1, "several files")
    if len(found) > 1 and len(found) * len(source.lines) > MAX_LINES:
        message = f"{len(found)} contexts are too many for {len(source.lines)} lines"
        raise source.problem(message, 1, 1, "several files")


@dataclass
class _Section:
    """Reads the displays of one section in the context of its blocks."""

    source: Source
    macros: Mapping[str, Macro]
    styles: Styles
    budget: Budget
    goals: list[Goal] = field(default_factory=list)
    unread: dict[Unread, None] = field(default_factory=dict)  # each once, in order
    context: Context = field(default_factory=Context)
    names: set[str] = field(default_factory=set)
    last: Chain | None = None  # that the next display may go on with

    def document(self, section: Section, name: str, path: str, text: str) -> Document:
        declared = self.declared(section.blocks, name, path)
        self.context = declared.context
        self.names = {g.name for g in declared.goals if g.name}
        for no in section.unread:
            self.note(no)
        for display in section.displays:
            self.display(display)
        self.finish()
        goals = sorted([*declared.goals, *self.goals], key=lambda g: g.line)
        unread = sorted(self.unread, key=lambda u: (u.line, u.column))
        return replace(declared, goals=tuple(goals), unread=tuple(unread), text=text)

    def declared(self, blocks: list[Block], name: str, path: str) -> Document:
        """What the blocks say, each line at its number in the file."""
        lines = [""] * len(self.source.lines)
        cut: dict[int, int] = {}
        for block in blocks:
            for n, columns, line in block.lines:
                lines[n - 1] = line
                cut[n] = columns
        try:
            return parse("\n".join(lines), name, path)
        except SyntaxProblem as p:
            column = p.column + cut.get(p.line, 0)
            raise self.source.problem(p.message, p.line, column, p.hint, p.width) from None

    def note(self, no: NotRead | Problem) -> None:
        """Something was not read."""
        line, column, end_line, end = no.span
        width = end - column if end_line == line else 1
        p = self.source.problem(no.message, line, column, no.hint, width)
        told = Unread(p.message, p.line, p.column, p.width, p.source, p.hint)
        self.unread[told] = None

    def display(self, display: Display) -> None:
        context = self.context
        try:
            tokens = expand(
                lex(display.text, display.line, display.column), self.macros, self.budget
            )
            if not tokens:
                return
            found = chains(tokens, display.environment, lambda w: is_symbol(w, context))
        except NotRead as no:
            self.finish()
            self.note(no)
            return
        first = found[0].segments if found else []
        goes_on = len(first) > 1 and not first[0].tokens and first[1].relation == "="
        if self.last is not None and goes_on:
            self.last.segments += first[1:]  # a display that begins with = goes on
            self.last.label = self.last.label or found[0].label
            found = found[1:]
        for chain in found:
            self.finish()
            self.last = chain

    def finish(self) -> None:
        """The claims of the chain that no display goes on with."""
        chain, self.last = self.last, None
        if chain is not None:
            for piece in self.pieces(chain):
                self.claim(piece, chain.label)

    def pieces(self, chain: Chain) -> Iterator[list[ChainLine]]:
        """Cut a chain where something other than an equality stands, or may stand."""
        follows = implication([s.relation for s in chain.segments])
        if follows is not None:
            s = chain.segments[follows]
            words = f"{s.relation}: an implication is not judged, nor what stands on its sides"
            self.note(NotRead(words, s.at))
            return
        piece: list[ChainLine] = []
        above: NotRead | Problem | None = None  # what is not read above the piece
        told: NotRead | Problem | None = None  # the last that was noted
        for n, s in enumerate(chain.segments):
            no: NotRead | Problem | None = s.problem or _several(s.tokens)
            cut = no is not None
            if s.relation not in ("", "="):
                yield from self.whole(piece, above)
                piece, above = [], told
                if s.tokens and no is None:
                    message = f"{s.relation} is not judged: a chain has = between its lines"
                    self.note(NotRead(message, span(s.tokens)))
            line = None
            if no is None:
                line, no = self.line(s)
            if line is not None:
                piece.append(line)
                continue
            if no is not None and no is not told:
                self.note(no)
                told = no
            if isinstance(no, Condition):
                yield from self.whole(piece, above)
                after = [k for k in chain.segments[n + 1 :] if k.problem is not no]
                below = [t for k in after for t in k.tokens]
                if below:
                    self.note(NotRead("below a condition that is not read", span(below)))
                return
            if cut or (isinstance(no, NotRead) and no.unknown):  # it may hold a relation
                yield from self.whole(piece, above)
                piece, above = [], told
        if len(chain.segments) == 1 and piece:
            at = span(chain.segments[0].tokens)
            self.note(NotRead("this claims nothing: there is no = in it", at))
        else:
            yield from self.whole(piece, above)

    def whole(
        self, piece: list[ChainLine], above: NotRead | Problem | None
    ) -> Iterator[list[ChainLine]]:
        """A piece that claims something; one line alone, below what is not read, does not."""
        if len(piece) > 1:
            yield piece
        elif piece and above is not None and above.span.end_line < piece[0].line:
            at = Span(piece[0].line, piece[0].column, piece[0].line, piece[0].column + 1)
            self.note(NotRead("compared with nothing: the line above is not read", at))

    def claim(self, lines: list[ChainLine], label: str) -> None:
        """The claim that a chain makes, of the lines that could be read."""
        name = label if label not in self.names else ""
        self.names.add(name)
        first, *rest = lines
        chain = (replace(first, by=()), *rest)
        self.goals.append(Claim(name, first.line, first.expr, None, chain))

    def line(self, segment: Segment) -> tuple[ChainLine | None, NotRead | Problem | None]:
        """One line of a chain, or why it was not read."""
        if not segment.tokens:
            side = "after" if segment.relation else "before"
            return None, NotRead(f"nothing stands {side} this =", segment.at)
        at = span(segment.tokens)
        try:
            value = self.value(segment.tokens)
        except (NotRead, Problem) as no:
            return None, no
        by, admit = self.reasons(segment.words)
        return ChainLine(value, by, at.line, at.column, said(segment.tokens), admit), None

    def value(self, tokens: list[Token]) -> Any:
        at = span(tokens)
        try:
            return build(formula(tokens, self.context, self.styles), self.context)
        except RecursionError:
            raise NotRead("nested too deeply", at) from None
        except (NotRead, Problem, OutOfTime):
            raise
        except Exception as e:  # of SymPy's
            raise NotRead(f"this has no meaning: {str(e) or type(e).__name__}", at) from None

    def reasons(self, words: list[str]) -> tuple[tuple[str, ...], bool]:
        """What stands behind ``by``; other words are prose."""
        found: list[str] = []
        for text in words:
            plain = text.strip(" ()[].,;")
            if not plain.lower().startswith("by "):
                continue
            for part in (p.strip(" ()") for p in plain[3:].split(",")):
                apart = [p.strip() for p in part.split(" and ")]
                good = self.unknown(part) and not any(map(self.unknown, apart))
                found += apart if good else [part] if part else []
        return tuple(p for p in found if p != "admit"), "admit" in found

    def unknown(self, reason: str) -> bool:
        if reason == "admit":
            return False
        known: dict[str, Any] = dict.fromkeys(self.names)
        return bool(read_grounds((reason,), self.context, known).unknown)


def _several(tokens: list[Token]) -> NotRead | None:
    """A comma outside of brackets stands between two formulas."""
    depth = 0
    for t in tokens:
        depth += (t.text in ("(", "[", "{", r"\{")) - (t.text in (")", "]", "}", r"\}"))
        if t.text in (",", ";", r"\&", r"\mid") and depth == 0:
            return NotRead("two formulas in one line are not read", t.span, "a row for each")
    return None
