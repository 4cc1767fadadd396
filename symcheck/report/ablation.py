"""What each assumption is for, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sympy.core.relational import Equality

from symcheck.facts.context import Assumption, Context
from symcheck.judging.ablation import Ablation, Ablations, existence
from symcheck.judging.result import Report
from symcheck.reading.document import Claim
from symcheck.report.data import SCHEMA, witness_to_json
from symcheck.report.expression import text
from symcheck.report.facts import assumption
from symcheck.report.layout import Layout, Line, wrap
from symcheck.report.notation import prose

__all__ = ["lines", "to_json"]

INDENT = "    "


def lines(made: Ablations, *, width: int = 80, unicode: bool = True) -> Iterator[Line]:
    """One block an assumption: needed or not, where it is used, the world without it."""
    yield from _Writer(made, max(40, width), unicode).all()


class _Writer:
    def __init__(self, made: Ablations, width: int, unicode: bool) -> None:
        self.made, self.unicode = made, unicode
        self.layout = Layout(Report(made.document, ()), width, unicode, "lines")

    def all(self) -> Iterator[Line]:
        if self.made.document.title:
            words = self.layout.word(self.made.document.title)
            yield from self.layout.paragraph(words, "title")
        for g in self.made.open:
            words = f"goal {g} is not proved with all assumptions, and is left out"
            yield from self.layout.paragraph(words, "bad")
        for a in self.made.found:
            if a.part is None:
                yield []
            yield from self.block(a, INDENT if a.part else "")
        yield from self.ending()

    def block(self, a: Ablation, indent: str) -> Iterator[Line]:
        head = self.fact(a.assumption, a.context)
        yield from self.layout.paragraph(head, "bold", indent)
        indent += INDENT
        if a.uses:
            yield from self.say(f"used in {self.places(a.uses)}", "dim", indent)
        if a.needed is False:
            yield from self.say(self.spare(a), "ok", indent)
            return
        yield from self.say(self.needed(a), "", indent)
        if a.line is not None:
            lead = "" if isinstance(a.line, Equality) else "= "
            shown = f"{indent}{INDENT}{lead}{self.layout.show(a.line)}"
            for piece in wrap(shown, self.layout.width, len(indent + INDENT) + 2):
                yield [(piece, "expr")]
        if a.reason:
            yield from self.say(a.reason, "dim", indent + INDENT)
        if a.shown is None:
            words = "no distribution was found that shows it"
            if existence(a.assumption):
                words = "no finite distribution can show it: there every expectation exists"
            yield from self.say(words, "dim", indent)
            return
        yield from self.say(self.false(a), "bad", indent)
        yield from self.layout.witness(a.shown.witness, indent, told=True)

    def say(self, words: str, style: str, indent: str) -> Iterator[Line]:
        yield from self.layout.paragraph(self.layout.word(words), style, indent)

    def fact(self, a: Assumption, context: Context) -> str:
        return assumption(a, context, unicode=self.unicode)

    def facts(self, every: Sequence[Assumption], context: Context | None) -> str:
        return ", ".join(self.fact(a, context or self.made.document.context) for a in every)

    def spare(self, a: Ablation) -> str:
        """Why an assumption is not needed, or not as it stands."""
        if a.suffices:
            s = "" if len(a.suffices) > 1 else "s"
            if a.assumption.kind == "law":
                return f"not needed: its {self.qualities(a.suffices, a.less)} suffice{s}"
            return f"more than is needed: {self.facts(a.suffices, a.less)} suffice{s}"
        if a.follows:
            return f"not needed: it follows from: {self.facts(a.follows, a.context)}"
        if a.beside:
            return f"not needed beside: {self.facts(a.beside, a.context)}"
        return "not needed: every result comes out without it"

    def qualities(self, every: Sequence[Assumption], context: Context | None) -> str:
        """``mean 0 and variance 1``: what is said of a variable, as something that its law has."""
        words = {
            "symmetric": "symmetry about 0", "atomless": "having no atoms", "positive": "sign",
        }  # fmt: skip
        found = [words.get(a.kind) or self.facts([a], context).partition(" has ")[2] for a in every]
        return _listed(found, "and")

    def needed(self, a: Ablation) -> str:
        words = "needed" if a.shown else "no proof was found without it"
        if a.needed is None:
            words = "not decided, for lack of time"
        if a.broken:
            words += f": {self.places([a.broken])} breaks first"
        if a.kept and a.assumption.kind == "law":
            words += f", even with its {self.qualities(a.kept, a.less)}"
        elif a.kept:
            words += f", even with: {self.facts(a.kept, a.less)}"
        return words

    def false(self, a: Ablation) -> str:
        """Both sides of what is false without the assumption."""
        shown = a.shown
        if shown is None:
            return ""
        w = shown.witness
        left, right = (self.layout.show(e) for e in (shown.left, shown.right))
        known = right == str(w.right)
        other = f"not {right}" if known else f"and {right} is {w.right}"
        words = f"false without it: {w.where}{left} is {w.left}, {other}"
        return words + " (assumed equations left aside)" * shown.aside

    def ending(self) -> Iterator[Line]:
        made = self.made
        whole = {a.assumption for a in made.found if a.part is None}
        if whole and whole != set(made.sufficient):
            facts = [self.fact(a, made.context) for a in made.sufficient]
            yield from self.layout.listing("These suffice", facts, "")
        yield from self.layout.listing("Not assumed, and not needed", self.unassumed(), "")

    def unassumed(self) -> list[str]:
        """A line for each kind of what is not assumed."""

        def listed(what: str, *, families: bool) -> str:
            found = []
            for u in self.made.unassumed:
                if u.what == what and bool(u.over) == families:
                    over = ", ".join(map(self.layout.show, u.over))
                    term = " and ".join(map(self.layout.show, u.of))
                    found.append(f"{term} over {over}" if over else term)
            return _listed(found, "or")

        kinds = (
            ("law", False, "a law of {} (such as normal)"),
            ("mean", False, "a mean of {} (such as 0)"),
            ("independent", True, "independence of {}"),
            ("independent", False, "independence of {}"),
            ("identical", True, "identical distribution of {}"),
        )  # fmt: skip
        found = ((words, listed(what, families=own)) for what, own, words in kinds)
        return [words.format(names) for words, names in found if names]

    def places(self, uses: Sequence[tuple[int, int]]) -> str:
        """``goal 2, lines 3-5 and 9``; ``line 12``, of the file, for claims."""

        def goal(use: tuple[int, int]) -> int:
            return 0 if isinstance(self.made.results[use[0] - 1].goal, Claim) else use[0]

        parts = []
        for g, group in groupby(sorted(uses, key=lambda u: (goal(u), u[1])), goal):
            where = f"goal {g}, " if g else ""
            numbers = list(dict.fromkeys(n for _, n in group))
            if numbers == [0]:
                parts.append(f"goal {g} as it stands")
                continue
            runs = [
                [n for _, n in run] for _, run in groupby(enumerate(numbers), lambda p: p[1] - p[0])
            ]
            shown = [str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs]
            parts.append(f"{where}line{'s' if len(numbers) > 1 else ''} {', '.join(shown)}")
        return "; ".join(parts)


def _listed(words: Sequence[str], joiner: str) -> str:
    """``a, b and c``"""
    *first, last = words or [""]
    return f"{', '.join(first)} {joiner} {last}" if first else last


def to_json(made: Ablations) -> dict[str, Any]:
    """The same as plain data."""
    document = made.document

    def sentence(a: Assumption, context: Context | None = None) -> str:
        return assumption(a, context or document.context, unicode=False)

    def one(a: Ablation) -> dict[str, Any]:
        shown = a.shown
        return {
            "assumption": sentence(a.assumption, a.context),
            "kind": a.assumption.kind,
            "about": a.assumption.about,
            "part_of": None if a.part is None else sentence(a.part),
            "uses": [list(u) for u in a.uses],
            "needed": a.needed,
            "follows_from": [sentence(b, a.context) for b in a.follows],
            "suffices": [sentence(b, a.less) for b in a.suffices],
            "beside": [sentence(b, a.context) for b in a.beside],
            "not_enough": [sentence(b, a.less) for b in a.kept],
            "broken": None if a.broken is None else list(a.broken),
            "line": None if a.line is None else text(a.line, document.context, unicode=False),
            "reason": prose(a.reason, unicode=False),
            "false": None if shown is None else [
                text(e, document.context, unicode=False) for e in (shown.left, shown.right)
            ],
            "equations_left_aside": shown is not None and shown.aside,
            "witness": None if shown is None else witness_to_json(shown.witness),
        }  # fmt: skip

    return {
        "schema": SCHEMA,
        "title": document.title,
        "path": document.path,
        "left_out": list(made.open),
        "assumptions": [one(a) for a in made.found],
        "sufficient": [sentence(a, made.context) for a in made.sufficient],
        "unassumed": [
            {"what": u.what, "of": [str(t) for t in u.of], "over": [str(i) for i in u.over]}
            for u in made.unassumed
        ],
    }
