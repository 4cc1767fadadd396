"""A report as lines of styled segments, for text and for the terminal alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symcheck.context import Assumption
from symcheck.document import Claim, Solve
from symcheck.models.comparison import Comparison, Witness
from symcheck.reasons import reason
from symcheck.report.expression import text
from symcheck.report.facts import assumption
from symcheck.report.notation import ascii_name
from symcheck.result import PROVED, Report, Result, Row

__all__ = ["Line", "Marks", "lines", "wrap"]

Segment = tuple[str, str]  # text, style
Line = list[Segment]

MARGIN = "  "


@dataclass(frozen=True)
class Marks:
    """The signs of one alphabet."""

    ok: str
    bad: str
    unknown: str
    near: str
    far: str
    rule: str
    sigma: str


UNICODE = Marks("✓", "✗", "?", "≈", "≠", "─", "σ")
ASCII = Marks("ok", "NO", "?", "~", "!=", "-", "s.e.")


def lines(
    report: Report, *, width: int = 80, unicode: bool = True, detail: str = "lines"
) -> Iterator[Line]:
    """The whole report, no line wider than ``width`` where it can be helped."""
    yield from _Layout(report, max(40, width), unicode, detail).all()


class _Layout:
    def __init__(self, report: Report, width: int, unicode: bool, detail: str) -> None:
        self.report, self.width, self.detail = report, width, detail
        self.unicode = unicode
        self.marks = UNICODE if unicode else ASCII

    def show(self, e: Any) -> str:
        """An expression in the alphabet of the output."""
        return text(e, self.report.document.context, unicode=self.unicode)

    def word(self, s: str) -> str:
        """A name or reason in the alphabet of the output."""
        if not self.unicode:
            return " ".join(ascii_name(w) for w in s.split(" "))
        return re.sub(r"(?<=\w)'(?=[\s,.;]|$)", "′", s)

    def all(self) -> Iterator[Line]:
        document = self.report.document
        if document.title:
            yield [(self.word(document.title), "title")]
        if document.source:
            yield from self.paragraph(self.word(document.source), "dim")
        for note in document.notes:
            yield from self.paragraph(self.word(note), "dim")
        for result in self.report.results:
            yield []
            yield from self.result(result)
        yield []
        yield from self.assumptions()
        yield from self.footer()

    def paragraph(self, s: str, style: str, indent: str = "", first: str = "") -> Iterator[Line]:
        room = self.width - len(indent)
        line, start = "", first or indent
        for word in s.split(" "):
            if line and len(line) + 1 + len(word) > room:
                yield [(start + line, style)]
                line, start = word, indent
            else:
                line = f"{line} {word}" if line else word
        yield [(start + line, style)]

    # -------------------------------------------------------- one goal

    def result(self, result: Result) -> Iterator[Line]:
        goal = result.goal
        kind = (
            "Solve" if isinstance(goal, Solve) else "Claim" if isinstance(goal, Claim) else "Derive"
        )
        label = f"{kind} {goal.name}:" if goal.name else kind
        head = self.show(result.proof.start)
        if isinstance(goal, Solve):
            head += f" for {self.show(goal.unknown)}"
        if isinstance(goal, Claim) and goal.rhs is not None:
            head = f"{self.show(goal.lhs)} = {self.show(goal.rhs)}"
        for n, piece in enumerate(wrap(f"{label} {head}", self.width, len(label) + 1)):
            yield (
                [(piece[: len(label)], "bold"), (piece[len(label) :], "expr")]
                if n == 0
                else [(piece, "expr")]
            )
        yield []
        if self.detail == "full" and not isinstance(goal, Claim):
            yield from self.full(result)
        else:
            yield from self.rows(result)
        yield from self.outcome(result)

    def rows(self, result: Result) -> Iterator[Line]:
        first, *rest = result.rows
        equations = isinstance(result.goal, Solve)
        for piece in wrap(MARGIN + self.show(first.expr), self.width, 4):
            yield [(piece, "expr")]
        yield from self.notes(first)
        reasons = [self.reason(r) for r in rest]
        numbers = [self.numbers(r.comparison) for r in rest]
        space = max((len(_plain(n)) for n in numbers), default=0)
        column = (
            self.width - (space + 2 if space else 0) - min(30, max(map(len, reasons), default=0))
        )
        arrow = ("⟺" if self.unicode else "<=>") if equations else "="
        for row, why, number in zip(rest, reasons, numbers, strict=True):
            pieces = wrap(f"{MARGIN}{arrow} {self.show(row.expr)}", self.width, 4 + len(arrow))
            yield from self.beside(pieces, why, number, column, space, row)
            yield from self.notes(row)

    def beside(
        self, pieces: list[str], why: str, number: Line, column: int, space: int, row: Row
    ) -> Iterator[Line]:
        """An expression with its reason and numbers to the right, or below where too long."""
        *above, last = pieces
        for piece in above:
            yield [(piece, "expr")]
        style = "reason" if row.status == PROVED else "bad"
        room = self.width - column - (space + 2 if space else 0)
        cut = _split(why, max(room, 12))
        right = cut[0].ljust(room)
        tail: Line = [("  ", ""), *_right(number, space)] if space else []
        if len(last) + 2 <= column:
            yield _strip([(last.ljust(column), "expr"), (right, style), *tail])
        else:
            yield [(last, "expr")]
            yield _strip([(" " * column, ""), (right, style), *tail])
        for more in cut[1:]:
            yield [(" " * column + more, style)]

    def reason(self, row: Row) -> str:
        return self.word(", ".join(row.reasons))

    def numbers(self, c: Comparison | None) -> Line:
        if c is None:
            return []
        if not c.sampled:
            return [("not sampled", "dim")]
        sign = self.marks.near if c.agrees else self.marks.far
        values = f"{_number(c.left)} {sign} {_number(c.right)} "
        style = "ok" if c.agrees else "bad"
        return [(values, "number"), (self.marks.ok if c.agrees else self.marks.bad, style)]

    def notes(self, row: Row) -> Iterator[Line]:
        """What is to be said of a line: why it fails, a witness, what is missing."""
        if row.message:
            style = "bad" if row.status != PROVED else "dim"
            where = f"line {row.line}: " if row.line else ""
            yield from self.paragraph(
                self.word(f"{row.status}: {where}{row.message}"), style, MARGIN * 4
            )
        if row.residual is not None:
            for piece in wrap(MARGIN * 4 + "left over: " + self.show(row.residual), self.width, 10):
                yield [(piece, "dim")]
        if row.witness is not None:
            yield from self.witness(row.witness)
        c = row.comparison
        if c is not None and c.reason:
            yield from self.paragraph(f"not sampled: {c.reason}", "dim", MARGIN * 4)
        if c is not None and c.differs:
            yield from self.paragraph(
                f"the two sides differ by {abs(c.z or 0):.1f} standard errors on {c.laws}",
                "bad",
                MARGIN * 4,
            )

    def witness(self, w: Witness) -> Iterator[Line]:
        chosen = [f"{self.word(k)} = {v}" for k, v in (*w.sizes.items(), *w.parameters.items())]
        if chosen:
            yield from self.paragraph("for instance " + ", ".join(chosen), "dim", MARGIN * 4)
        if w.law:
            yield from self.paragraph(w.law, "dim", MARGIN * 4)
        if w.outcomes:
            header = ["probability", *map(self.word, w.variables)]
            table = [header, *([str(p), *map(str, values)] for p, values in w.outcomes)]
            widths = [max(len(r[n]) for r in table) for n in range(len(header))]
            for row in table:
                yield [
                    (
                        MARGIN * 5
                        + "  ".join(v.rjust(k) for v, k in zip(row, widths, strict=True)),
                        "number",
                    )
                ]

    def full(self, result: Result) -> Iterator[Line]:
        """Every primitive step."""
        for piece in wrap(MARGIN + self.show(result.proof.start), self.width, 4):
            yield [(piece, "expr")]
        for n, step in enumerate(result.proof.steps):
            judged = result.verdict.lines[n] if n < len(result.verdict.lines) else None
            why = self.word(reason(step, judged.own if judged else frozenset()))
            for piece in wrap(f"{MARGIN}= {self.show(step.result)}", self.width, 6):
                yield [(piece, "expr")]
            mark = self.marks.ok if judged and judged.ok else self.marks.bad
            at = ".".join(map(str, step.path)) or "top"
            words = f"{n + 1}. {why} at {at} {mark}"
            yield [(words.rjust(self.width), "reason")]

    def outcome(self, result: Result) -> Iterator[Line]:
        yield []
        ok = result.status == PROVED and result.agrees is not False
        mark = self.marks.ok if ok else self.marks.bad
        words = result.status
        if result.expect is not None:
            words += ", as expected" if result.agrees else ", but not the expected result"
        yield [(f"{MARGIN}{mark} {words}", "ok" if ok else "bad")]
        if result.agrees is False and result.expect is not None:
            for label, e in (("found   ", result.answer), ("expected", result.expect)):
                for piece in wrap(f"{MARGIN * 2}{label} {self.show(e)}", self.width, 13):
                    yield [(piece, "expr")]
        if result.message and not isinstance(result.goal, Claim):
            yield from self.paragraph(self.word(result.message), "bad", MARGIN * 2)

    # -------------------------------------------------------- the end

    def assumptions(self) -> Iterator[Line]:
        context = self.report.document.context
        used: set[Assumption] = (
            set().union(*(r.used for r in self.report.results)) if self.report.results else set()
        )
        facts = sorted(
            {assumption(a, context, unicode=self.unicode) for a in used if a.kind != "definition"}
        )
        if facts:
            yield [("Rests on", "bold")]
            for f in facts:
                yield from self.paragraph(self.word(f), "", MARGIN * 2, MARGIN)
        idle = [f for f in self.unused(used) if f not in facts]
        if idle:
            yield [("Declared, not used", "bold")]
            for f in idle:
                yield from self.paragraph(self.word(f), "dim", MARGIN * 2, MARGIN)

    def unused(self, used: set[Assumption]) -> list[str]:
        context = self.report.document.context
        every = {a for r in context.randoms.values() for a in context.declared(r)}
        every |= {context.independence_assumption(n) for n in range(len(context.independence))}
        texts = {(a.kind, a.about, a.text) for a in used}
        idle = [a for a in every if (a.kind, a.about, a.text) not in texts]
        return sorted(assumption(a, context, unicode=self.unicode) for a in idle)

    def footer(self) -> Iterator[Line]:
        rows = [row for r in self.report.results for row in r.rows if row.comparison is not None]
        if not rows:
            return
        found = [row.comparison for row in rows if row.comparison]
        agreed = sum(c.agrees for c in found)
        worlds = max(c.worlds for c in found)
        words = (
            f"Sampled: {agreed} of {len(found)} lines agree, {self.report.samples:,} draws of each in "
            f"{worlds} worlds, seed {self.report.seed}."
        )
        seen = [c.visible for c in found if c.visible is not None]
        if seen:
            words += f" A relative error of {max(seen):.2g} in any of them would have been seen."
        yield []
        yield from self.paragraph(words, "dim")


def _number(x: float | None) -> str:
    if x is None:
        return "?"
    s = f"{x:.4g}"
    return "0" if float(s) == 0 else s


def _plain(line: Line) -> str:
    return "".join(t for t, _ in line)


def _right(line: Line, space: int) -> Line:
    return [(" " * (space - len(_plain(line))), ""), *line]


def _strip(line: Line) -> Line:
    """Without blanks at the end."""
    while line and not line[-1][0].strip():
        line = line[:-1]
    if line:
        line = [*line[:-1], (line[-1][0].rstrip(), line[-1][1])]
    return line


def _split(s: str, room: int) -> list[str]:
    """Break words into lines of at most ``room``."""
    found = [""]
    for word in s.split(" "):
        if found[-1] and len(found[-1]) + 1 + len(word) > room:
            found.append(word)
        else:
            found[-1] = f"{found[-1]} {word}".strip()
    return found


def wrap(s: str, width: int, indent: int) -> list[str]:
    """Break a formula before + or - outside of brackets, else at the outermost blank."""
    found: list[str] = []
    while len(s) > width:
        at = _break(s, width, indent if found else 2)
        if at is None:
            break
        found.append(s[:at].rstrip())
        s = " " * indent + s[at:].lstrip()
    return [*found, s]


def _break(s: str, width: int, start: int) -> int | None:
    best: tuple[int, int] | None = None
    depth = 0
    lead = len(s) - len(s.lstrip())
    for n, ch in enumerate(s[: width + 1]):
        depth += (ch in "([") - (ch in ")]")
        if ch != " " or n <= max(lead, start) + 1:
            continue
        sign = s[n + 1 : n + 3] in ("+ ", "- ", "= ")
        after_sign = s[n - 1] in "+-=/" and s[n - 2] == " "
        if after_sign or s[n + 1 : n + 2] == "/":
            continue
        cost = 2 * depth + (0 if sign else 1)
        # A late break is better, but not at the price of a deeper one.
        if best is None or cost <= best[0]:
            best = (cost, n)
    return None if best is None else best[1]
