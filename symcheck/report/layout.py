"""A report as lines of styled segments, for text and for the terminal alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, overload

from symcheck.facts.context import Assumption
from symcheck.judging.reasons import reason
from symcheck.judging.result import ADMITTED, PROVED, REFUTED, UNPROVED, Report, Result, Row
from symcheck.numbers.comparison import Comparison, Law, Witness
from symcheck.reading.document import Claim, Goal, Induct, Solve
from symcheck.report.certificate import speller, words_of
from symcheck.report.expression import text
from symcheck.report.facts import assumption
from symcheck.report.notation import member, prose
from symcheck.rules.all import RULES

__all__ = ["Layout", "Line", "Marks", "lines", "wrap"]

Segment = tuple[str, str]  # text, style
Line = list[Segment]

MARGIN = "  "
WIDE = 100
"""From this width on the numbers stand beside the reason, not below it."""
MANY = 4
"""Reasons that take more lines than these stand below their formula."""


@dataclass(frozen=True)
class Marks:
    """The signs of one alphabet."""

    ok: str
    bad: str
    unknown: str
    admitted: str
    near: str
    far: str
    iff: str
    sigma: str
    within: str


UNICODE = Marks("✓", "✗", "?", "!", "≈", "≠", "⇔", "σ", "±")
ASCII = Marks("ok", "NO", "??", "!!", "~", "!=", "<=>", " se", "+-")
STATUS_STYLE = {PROVED: "ok", REFUTED: "bad", UNPROVED: "open", ADMITTED: "open"}


def lines(
    report: Report, *, width: int = 80, unicode: bool = True, detail: str = "lines"
) -> Iterator[Line]:
    """The whole report, no line wider than ``width`` (at least 40)."""
    yield from Layout(report, max(40, width), unicode, detail).all()


@dataclass(frozen=True)
class _Entry:
    """One step to show: a formula behind its sign, what justifies it, what was sampled."""

    sign: Line
    formula: str
    why: str
    why_style: str = "reason"
    comparison: Comparison | None = None


class Layout:
    def __init__(self, report: Report, width: int, unicode: bool, detail: str) -> None:
        self.report, self.width, self.detail = report, width, detail
        self.unicode = unicode
        self.unsampled = ""  # the last reason given for a line that was not sampled
        self.marks = UNICODE if unicode else ASCII
        self.speller = speller(report) if detail == "full" else None
        entries = [e for r in report.results for e in self.entries(r)]
        self.reasons = min(30, max((len(e.why) for e in entries), default=0))
        self.numbers = max((len(_plain(self.compared(e.comparison))) for e in entries), default=0)
        self.column = self.place(entries)

    def place(self, entries: list[_Entry]) -> int:
        """Where the reasons begin, in all goals alike: near the formulas, inside the width."""
        beside = self.width >= WIDE and self.numbers > 0
        space = self.reasons + 2 + self.numbers if beside else max(self.reasons, self.numbers)
        most = self.width - space
        fit = [n for e in entries if (n := len(_plain(e.sign)) + len(e.formula)) + 2 <= most]
        return min(most, max(fit, default=0) + 4) if fit else most

    def show(self, e: Any) -> str:
        """An expression in the alphabet of the output."""
        return text(e, self.report.document.context, unicode=self.unicode)

    def word(self, s: str) -> str:
        """Words with names in them, in the alphabet of the output."""
        return prose(s, unicode=self.unicode)

    def all(self) -> Iterator[Line]:
        document = self.report.document
        if document.title:
            yield from self.paragraph(self.word(document.title), "title")
        for words in (document.source, " ".join(document.notes)):
            if words:
                yield from self.paragraph(self.word(words), "dim")
        for result in self.report.results:
            yield []
            yield from self.result(result)
        yield from self.ending()

    def paragraph(self, s: str, style: str, indent: str = "") -> Iterator[Line]:
        for piece in _split(s, self.width - len(indent)):
            yield [(indent + piece, style)]

    # -------------------------------------------------------- one goal

    def result(self, result: Result) -> Iterator[Line]:
        goal = result.goal
        label = f"{kind(goal)} {self.word(goal.name)}:" if goal.name else kind(goal)
        head = self.show(result.proof.start)
        if isinstance(goal, Solve):
            head += f" for {self.show(goal.unknown)}"
        if isinstance(goal, (Claim, Induct)) and goal.rhs is not None:
            head = f"{self.show(goal.lhs)} = {self.show(goal.rhs)}"
        first, *more = wrap(f"{label} {head}", self.width, len(label) + 1)
        yield [(label, "bold"), (first[len(label) :], "expr")]
        for piece in more:
            yield [(piece, "expr")]
        yield []
        for entry, row in zip(self.entries(result), self.shown_rows(result), strict=True):
            yield from self.entry(entry)
            if row is not None:
                yield from self.notes(row, len(_plain(entry.sign)))
        yield []
        yield from self.outcome(result)

    def shown_rows(self, result: Result) -> list[Row | None]:
        """The rows behind the entries; a primitive step has none but for the last of its row."""
        if isinstance(result.goal, Claim):
            return list(result.rows)
        if self.detail != "full":
            return list(result.rows[1:])
        ends = {row.steps[1]: row for row in result.rows[1:]}
        return [ends.get(n + 1) for n in range(len(result.proof.steps))]

    def entries(self, result: Result) -> list[_Entry]:
        goal = result.goal
        if isinstance(goal, Claim):
            return self.claimed(result)
        sign = self.marks.iff if isinstance(goal, Solve) else "="
        lead: Line = [(f"{MARGIN}{sign} ", "expr")]
        rows = self.shown_rows(result)
        if self.detail != "full":
            return [
                _Entry(lead, self.show(r.expr), self.word(", ".join(r.reasons)),
                       "reason" if r.status == PROVED else "bad", r.comparison)
                for r in rows if r is not None
            ]  # fmt: skip
        made = []
        for n, (step, row) in enumerate(zip(result.proof.steps, rows, strict=True)):
            judged = result.verdict.lines[n] if n < len(result.verdict.lines) else None
            why = f"{n + 1}. {self.word(reason(step, judged.own if judged else frozenset()))}"
            good = judged is not None and judged.ok
            made.append(
                _Entry(
                    lead,
                    self.show(step.result),
                    why if good else f"{why} {self.marks.bad}",
                    "reason" if good else "bad",
                    row.comparison if row is not None else None,
                )
            )
        return made

    def claimed(self, result: Result) -> list[_Entry]:
        """The lines that somebody wrote, each behind its line number and its verdict."""
        digits = max((len(str(r.line or "")) for r in result.rows), default=0)
        marks = {PROVED: self.marks.ok, REFUTED: self.marks.bad, ADMITTED: self.marks.admitted}
        made = []
        for n, row in enumerate(result.rows):
            mark = marks.get(row.status, self.marks.unknown)
            sign: Line = [
                (f"{MARGIN}{row.line or '':>{digits}} ", "dim"),
                (mark, STATUS_STYLE.get(row.status, "bad")),
                ("   " if n == 0 else " = ", "expr"),
            ]
            style = "reason" if row.status == PROVED else STATUS_STYLE.get(row.status, "bad")
            why = self.word(", ".join(row.reasons))
            formula = self.written(row, result.goal)
            made.append(_Entry(sign, formula, why, style, row.comparison))
        return made

    def written(self, row: Row, goal: Goal) -> str:
        """The author's own spelling, where there is one that this output can show."""
        own = " ".join(row.text.split())
        if isinstance(goal, Claim) and row.text == goal.text:  # the whole equation
            return self.show(row.expr)
        if own and "\\" not in own and (self.unicode or own.isascii()):
            return own
        return self.show(row.expr)

    def entry(self, e: _Entry) -> Iterator[Line]:
        """A formula with its reason and numbers to the right, or below where it is too long."""
        right = self.right(e)
        lead = len(_plain(e.sign))
        if len(right) > MANY:
            yield from self.entry(replace(e, why=""))
            yield from self.paragraph(e.why, e.why_style, " " * (lead + 2))
            return
        room = self.column - 2
        left = wrap(" " * lead + e.formula, room, lead, additive=True) if right else None
        if left is None:
            left = wrap(" " * lead + e.formula, self.width, lead) or []
        start = next(
            (n for n in range(len(left)) if all(len(p) <= room for p in left[n:][: len(right)])),
            len(left),
        )
        for n in range(max(len(left), start + len(right))):
            piece = left[n] if n < len(left) else ""
            line: Line = [(piece, "expr")] if n else [*e.sign, (piece[lead:], "expr")]
            if 0 <= n - start < len(right):
                line = [*line, (" " * (self.column - len(piece)), ""), *right[n - start]]
            yield _strip(line)

    def right(self, e: _Entry) -> list[Line]:
        """The reason, and the numbers beside it or below."""
        number = self.compared(e.comparison)
        if self.width < WIDE or not self.numbers:
            words = _split(e.why, self.width - self.column) if e.why else []
            return [*([(w, e.why_style)] for w in words), *([number] if number else [])]
        words = _split(e.why, self.reasons) if e.why else [""]
        made: list[Line] = [[(w.ljust(self.reasons), e.why_style)] for w in words]
        if number:
            gap = "  " + " " * (self.numbers - len(_plain(number)))
            made[0] = [*made[0], (gap, ""), *number]
        return made if e.why or number else []

    def compared(self, c: Comparison | None) -> Line:
        """``0.4981 ≈ 0.4979 ✓ 0.3σ ±4%``: both sides, how far apart, what would have shown."""
        if c is None:
            return []
        if c.z is None:
            return [("not sampled", "dim")]
        sign = "=" if c.z == 0 else self.marks.far if c.differs else self.marks.near
        mark, style = (self.marks.ok, "ok") if c.agrees else (self.marks.bad, "bad")
        if c.blind:
            mark, style = self.marks.unknown, "open"
        apart = abs(c.z)
        size = (
            f" {apart:.1f}" if apart < 10 else f" {apart:.0f}" if apart < 1e4 else f" {apart:.0e}"
        )
        return [
            (f"{_number(c.left)} {sign} {_number(c.right)} ", "number"),
            (mark, style),
            (size + self.marks.sigma if c.z else "", "bad" if c.differs else "number"),
            (f" {self.marks.within}{seen(c)}" if c.z and c.agrees else "", "dim"),
        ]

    def notes(self, row: Row, lead: int) -> Iterator[Line]:
        """What is to be said of a line: why it fails, a witness, what is missing."""
        indent = " " * (lead + 2)
        if row.trusts and row.status == PROVED:
            yield from self.paragraph(row.verdict_words, "open", indent)
        if row.message:
            style = STATUS_STYLE.get(row.status, "bad") if row.status != PROVED else "dim"
            status = row.verdict_words if row.status == REFUTED else row.status
            words = f"{status}: {row.message.removeprefix('false: ')}"
            yield from self.paragraph(self.word(words), style, indent)
        if row.residual is not None:
            whole = indent + "left over: " + self.show(row.residual)
            for piece in wrap(whole, self.width, len(indent) + len("left over: ")) or []:
                yield [(piece, "expr")]
        if row.hint and row.hint not in row.message:
            yield from self.paragraph(self.word(f"would follow if {row.hint}"), "open", indent)
        if row.witness is not None:
            yield from self.witness(row.witness, indent, told=str(row.witness.left) in row.message)
        c = row.comparison
        if c is not None and c.reason:
            why = c.reason.removeprefix("not sampled: ")
            if why != self.unsampled:  # said once for all the lines in a row that it holds for
                yield from self.paragraph(self.word(f"not sampled: {why}"), "dim", indent)
            self.unsampled = why
        if c is not None and c.blind:
            words = "sampled, but a factor of 2 might not have shown"
            yield from self.paragraph(words, "open", indent)
        if c is not None and c.differs:
            words = f"the two sides differ by {abs(c.z or 0):.1f} standard errors on {c.laws}"
            yield from self.paragraph(self.word(words), "bad", indent)

    def witness(self, w: Witness, indent: str, told: bool) -> Iterator[Line]:
        """The distribution; and both sides on it, unless that was ``told`` already."""
        chosen = [f"{self.word(k)} = {v}" for k, v in (*w.sizes.items(), *w.parameters.items())]
        words = ", ".join([w.law, *chosen] if w.law else chosen)
        if words:
            yield from self.paragraph(self.word(f"for instance {words}"), "dim", indent)
        if w.factored:
            yield from self.paragraph("independent of each other:", "dim", indent)
        for table in w.tables:
            yield from self.table(table, indent)
        if not told:
            sides = f"left side {w.left}, right side {w.right}"
            yield from self.paragraph(sides, "bad", indent)

    def table(self, law: Law, indent: str) -> Iterator[Line]:
        """A joint distribution; too many variables for the width are told in words."""
        groups = [", ".join(member(v, unicode=self.unicode) for v in g) for g in law.groups]
        names = [member(v, unicode=self.unicode) for v in law.groups[0]]
        if len(groups) > 1:
            names = ["each of " + ", ".join(groups)]
        rows = [[str(p), *map(str, values)] for p, values in law.outcomes]
        table = [["probability", *names], *rows]
        widths = [max(len(r[n]) for r in table) for n in range(len(names) + 1)]
        if len(indent) + sum(widths) + 2 * len(names) <= self.width:
            for n, row in enumerate(table):
                cells = "  ".join(v.rjust(k) for v, k in zip(row, widths, strict=True))
                yield [(indent + cells, "expr" if n else "dim")]
            return
        for p, *values in rows:
            said = ", ".join(f"{x} = {v}" for x, v in zip(names, values, strict=True))
            yield from self.paragraph(f"with probability {p}: {said}", "expr", indent)

    def outcome(self, result: Result) -> Iterator[Line]:
        ok = result.status == PROVED and result.agrees is not False
        marks = {ADMITTED: self.marks.admitted, UNPROVED: self.marks.unknown}
        mark = self.marks.ok if ok else marks.get(result.status, self.marks.bad)
        if ok and result.verdict.admitted:
            mark = self.marks.admitted
        words, expected = f"{MARGIN}{mark} {result.verdict_words}", ""
        if result.expect is not None:
            expected = "as expected" if result.agrees else "but not the expected result"
        style = STATUS_STYLE.get(result.status, "bad") if result.agrees is not False else "bad"
        if result.trusts:
            pieces = _split(f"{mark} {result.verdict_words}", self.width - 2 * len(MARGIN))
            for n, piece in enumerate(pieces):
                yield [(MARGIN * (2 if n else 1) + piece, "open" if style == "ok" else style)]
            words = MARGIN + " " * len(mark)
        words += (" " if result.trusts else ", ") * bool(expected) + expected
        if ok and not isinstance(result.goal, Claim):
            yield from self.answer(result, words, "" if result.trusts else style)
        elif words.strip():
            yield [(words, style)]
        if result.agrees is False and result.expect is not None:
            for label, e in (("found   ", result.answer), ("expected", result.expect)):
                for piece in wrap(f"{MARGIN * 2}{label} {self.show(e)}", self.width, 15) or []:
                    yield [(piece, "expr")]
        if result.message and not (isinstance(result.goal, Claim) and _told(result)):
            yield from self.paragraph(self.word(result.message), "bad", MARGIN * 2)
        if self.detail == "full" and self.speller is not None and result.theorem is not None:
            said = f"judged: {self.speller.theorem(result.theorem)}"
            yield from self.paragraph(said, "dim", MARGIN * 2)

    def answer(self, result: Result, words: str, style: str) -> Iterator[Line]:
        """What was derived, behind the verdict."""
        answer = self.show(result.answer)
        if not isinstance(result.goal, Solve):
            answer = f"{self.show(result.proof.start)} = {answer}"
        lead = f"{words}: " if words.strip() else f"{words} "
        head, *more = wrap(lead + answer, self.width, 6) or [words]
        cut = len(lead) - 1
        yield [(head[:cut], style), (head[cut:], "bold")]
        yield from ([(piece, "bold")] for piece in more)

    # -------------------------------------------------------- the end

    def unread(self) -> Iterator[Line]:
        """The formulas that were not read, each in its place."""
        found = self.report.document.unread
        if not found:
            return
        yield []
        yield [("Unread", "bold")]
        digits = max(len(str(u.line)) for u in found)
        for u in found:
            lead = f"{MARGIN}{u.line:>{digits}} {self.marks.bad} "
            indent = " " * len(lead)
            words = list(self.paragraph(self.word(u.message), "bad", indent))
            yield [(lead, "bad"), (words[0][0][0][len(lead) :], "bad")]
            yield from words[1:]
            # The part of the line around the place, as much as there is room for.
            room = self.width - len(indent)
            cut = max(0, min(u.column - 1 - room // 3, len(u.source) - room))
            yield [(indent + u.source[cut : cut + room].rstrip(), "expr")]
            mark = "^" * max(1, min(u.width, room - (u.column - 1 - cut)))
            yield [(indent + " " * (u.column - 1 - cut) + mark, "bad")]
            if u.hint:
                lead_word = "" if u.hint.startswith("did you") else "try: "
                yield from self.paragraph(f"{lead_word}{u.hint}", "open", indent)

    def ending(self) -> Iterator[Line]:
        yield from self.unread()
        context = self.report.document.context
        used: set[Assumption] = {a for r in self.report.results for a in r.used}
        facts = sorted(
            {assumption(a, context, unicode=self.unicode) for a in used if a.kind != "definition"}
        )
        yield from self.listing("Rests on", facts, "")
        idle = [f for f in self.unused(used) if f not in facts] if self.report.ok else []
        yield from self.listing("Declared, not used", idle, "dim")
        names = dict.fromkeys(n for r in self.report.results for n in r.verdict.rules)
        labels = dict.fromkeys(RULES[n].label for n in names if n in RULES)
        if labels:
            yield from self.listing("By", ["; ".join(sorted(labels, key=_rule_order))], "")
        cited = dict.fromkeys(n for r in self.report.results for n in r.lemmas)
        yield from self.listing("Earlier results used", list(cited), "")
        told = words_of(self.report)
        yield from self.listing("Certificate", [told] if told else [], "")
        yield from self.sampling()

    def listing(self, label: str, items: list[str], style: str) -> Iterator[Line]:
        if items:
            yield []
            yield [(label, "bold")]
            for item in items:
                yield from self.paragraph(self.word(item), style, MARGIN)

    def unused(self, used: set[Assumption]) -> list[str]:
        context = self.report.document.context
        every = {a for r in context.randoms.values() for a in context.declared(r)}
        every |= {context.independence_assumption(n) for n in range(len(context.independence))}
        texts = {(a.kind, a.about, a.text) for a in used}
        idle = [a for a in every if (a.kind, a.about, a.text) not in texts]
        return sorted(assumption(a, context, unicode=self.unicode) for a in idle)

    def sampling(self) -> Iterator[Line]:
        """What was sampled, how to repeat it, and what it could not have seen."""
        found = [row.comparison for r in self.report.results for row in r.rows if row.comparison]
        if not found:
            return
        draws = self.report.samples or 0
        most = max(c.draws for c in found)
        worlds = max(c.worlds for c in found)
        absent = sum(not c.sampled for c in found)
        missed = f"{absent} not sampled, " if absent else ""
        words = (
            f"{sum(c.agrees for c in found)} of {len(found)} lines agree, {missed}"
            f"{draws:,} draws in each of {worlds} world{'s' if worlds != 1 else ''}, "
            + (f"up to {most:,} where that was unclear, " if most > 2 * draws else "")
            + f"seed {self.report.seed}."
        )
        if any(c.z and c.agrees for c in found):
            words += (
                f" {self.marks.within} is what would have shown in a line with probability 0.99."
            )
        small = [c.visible for c in found if c.visible is not None and c.visible < 1]
        if small:
            words += f" A relative error of {max(small):.2g} would have been seen in every line"
            near = [c.near for c in found if c.near is not None and not c.blind]
            if near:
                words += (
                    f", but for {len(near)} whose sides cannot be told from 0: there one of "
                    f"{max(near):.2g} standard deviations of a draw"
                )
            words += "."
        blind = sum(c.blind for c in found)
        if blind:
            words += f" Not counted: {blind} that could not have shown a factor of 2."
        yield from self.listing("Sampled", [words], "")


def _told(result: Result) -> bool:
    """Is what there is to say of a result said of one of its lines?"""
    return any(row.message in result.message for row in result.rows if row.message)


def seen(c: Comparison) -> str:
    """The least discrepancy that would have shown: ``4%``, or in standard deviations ``0.1sd``."""
    if c.visible is not None and c.visible < 1:
        return f"{max(100 * c.visible, 0.01):.2g}%"
    return "" if c.near is None else f"{c.near:.2g}sd"


def kind(goal: Goal) -> str:
    """``Derive``, ``Solve``, ``Claim`` or ``Induction``."""
    return "Induction" if isinstance(goal, Induct) else type(goal).__name__


def _rule_order(label: str) -> tuple[bool, str]:
    return (not label.startswith("Rule "), label)


def _number(x: float | None) -> str:
    """Four digits, the same number of them whatever they are: columns stay straight."""
    if x is None:
        return "?"
    return "0" if x == 0 else f"{x:#.4g}".rstrip(".")


def _plain(line: Line) -> str:
    return "".join(t for t, _ in line)


def _strip(line: Line) -> Line:
    """Without blanks at the end."""
    while line and not line[-1][0].strip():
        line = line[:-1]
    if line:
        line = [*line[:-1], (line[-1][0].rstrip(), line[-1][1])]
    return line


def _split(s: str, room: int) -> list[str]:
    """Break words into lines of at most ``room``; a word longer than that is cut."""
    found = [""]
    for word in s.split(" "):
        if found[-1] and len(found[-1]) + 1 + len(word) > room:
            found.append(word)
        else:
            found[-1] = f"{found[-1]} {word}".strip()
        while len(found[-1]) > room:
            found[-1:] = [found[-1][:room], found[-1][room:]]
    return found


@overload
def wrap(s: str, width: int, indent: int) -> list[str]: ...
@overload
def wrap(s: str, width: int, indent: int, *, additive: bool) -> list[str] | None: ...
def wrap(s: str, width: int, indent: int, *, additive: bool = False) -> list[str] | None:
    """Break a formula before + or - outside of brackets, else at the outermost blank.

    Lines after the first are indented by ``indent``.  ``additive`` allows no other break
    than before an outermost + or -: None where that is not enough.
    """
    found: list[str] = []
    indent = min(indent, width // 2)
    while len(s) > width:
        lead = len(s) - len(s.lstrip())
        cost, at = _break(s, width, lead)
        if additive and cost > 0:
            return None
        found.append(s[:at].rstrip())
        s = " " * indent + s[at:].lstrip()
    return [*found, s]


def _break(s: str, width: int, lead: int) -> tuple[int, int]:
    """The best place to break and its cost; a formula without blanks is cut at the width."""
    best = (99, width)
    depth = 0
    for n, ch in enumerate(s[: width + 1]):
        depth += (ch in "([{") - (ch in ")]}")
        if ch != " " or n <= lead + 1:
            continue
        before, after = s[n - 1], s[n + 1 : n + 3]
        dangling = before in "+-−=/·*:" and s[n - 2] == " "
        if dangling:
            continue
        cost = 2 * depth + (0 if after in ("+ ", "- ", "− ", "= ") else 1)
        if after[:1] in ("/", "·", "*"):
            cost += 50
        # A late break is better, but not at the price of a deeper one.
        if cost <= best[0]:
            best = (cost, n)
    return best
