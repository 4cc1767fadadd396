r"""LaTeX mathematics as tokens: comments gone, sizes of brackets and blanks forgotten."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from symcheck.reading.parser import MAX_BRACKETS, normal
from symcheck.reading.written import Span

__all__ = [
    "MAX_TOKENS",
    "WORDS",
    "Token",
    "Unread",
    "argument",
    "commands",
    "greek",
    "lex",
    "matching",
    "plain",
    "said",
    "span",
    "words",
]

MAX_TOKENS = 5_000


class Unread(Exception):
    """Something that is not read: what, where, and what to try.

    ``unknown`` says that it may be anything, a relation between two formulas too.
    """

    def __init__(self, message: str, at: Span, hint: str = "", *, unknown: bool = False) -> None:
        super().__init__(message)
        self.message, self.span, self.hint, self.unknown = message, at, hint, unknown


@dataclass(frozen=True)
class Token:
    r"""One letter, number, command (``\frac``), or sign; ``space`` stands before it."""

    kind: str  # letter, number, command, sign
    text: str
    span: Span
    space: bool = False


def commands(words: str) -> frozenset[str]:
    """The commands that are spelled so, without their backslashes."""
    return frozenset("\\" + w for w in words.split())


# ---------------------------------------------------------------- text to tokens

_TOKEN = re.compile(
    r"(?P<comment>%[^\n]*)|(?P<space>\s+)"
    r"|(?P<rows>\\\\\*?(?:\[[^\]\n]{0,60}\]|[ \t]*\[[0-9.]+ ?[a-z]+\])?)"
    r"|(?P<command>\\(?:[A-Za-z]+\*?|.))|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<raised>[\ue000-\ue00a]+)|(?P<letter>[^\W\d_][\u0300-\u036f]*)|(?P<sign>.)",
    re.DOTALL,
)
# Blanks, and marks that say nothing about the formula.
_NOTHING = commands(
    ", ; : ! > / @ displaystyle textstyle scriptstyle limits nolimits nonumber notag allowbreak "
    "nobreak strut mathstrut rm medspace thinspace thickspace protect relax"
) | {"\\ ", "~", "\\\n"}
_WITH_ARGUMENT = commands("color displaybreak allowdisplaybreaks")  # \color{red}
_EMPTY = commands("mathopen mathclose mathord")
_SIZES = re.compile(r"\\(left|right|middle|([bB]ig{1,2})([lrm]?))")
_SAME = {
    r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lbrack": "[", r"\rbrack": "]", r"\vert": "|",
    r"\leq": r"\le", r"\leqslant": r"\le", r"\geq": r"\ge", r"\geqslant": r"\ge",
    r"\neq": r"\ne", r"\lt": "<", r"\gt": ">", "≤": r"\le", "≥": r"\ge", "≠": r"\ne",
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac", r"\ast": "*",
    r"\coloneqq": "=", r"\cr": r"\\", "≈": r"\approx", "∼": r"\sim", "∝": r"\propto",
    "→": r"\to", "⇒": r"\Rightarrow", "⟹": r"\implies", "⇔": r"\iff", "⟺": r"\iff",
    "⇐": r"\Leftarrow", "∈": r"\in", "≡": r"\equiv", "≪": r"\ll", "≫": r"\gg", "≃": r"\simeq",
    "≅": r"\cong", "↦": r"\mapsto", "←": r"\gets", "≔": "=", "≜": r"\triangleq",
    r"\lparen": "(", r"\rparen": ")", "∞": r"\infty", "∑": r"\sum",
    "Σ": "Σ", r"\nicefrac": r"\frac", r"\sfrac": r"\frac",
    "∫": r"\int", "√": r"\sqrt", "…": r"\dots", r"\bigg|": "|", r"\operatorname*":
    r"\operatorname", r"\iint": r"\iint", r"\dd": r"\mathrm{d}",
}  # fmt: skip


def lex(text: str, line: int, column: int = 1) -> list[Token]:
    """The tokens of a text that stands at a place."""
    made: list[Token] = []
    space = False
    start = 0  # of the current line, in the text
    for m in _TOKEN.finditer(normal(text)):
        kind, word = m.lastgroup or "", m[0]
        at = column + m.start() - start
        here = Span(line, at, line, at + len(word))
        if "\n" in word:
            line += word.count("\n")
            start, column = m.start() + word.rfind("\n") + 1, 1
        if kind in ("comment", "space"):
            space = True
            continue
        if kind == "raised":
            digits = "".join("-" if c == "\ue00a" else str(ord(c) - 0xE000) for c in word)
            signs = ["^", "{", *(["-"] if digits[0] == "-" else []), digits.lstrip("-"), "}"]
            made += [Token("number" if s.isdigit() else "sign", s, here) for s in signs]
        else:
            word = r"\\" if kind == "rows" else word
            kind = {"rows": "command"}.get(kind, kind)
            made.append(Token(kind, word, here, space))
        space = False
        if len(made) > MAX_TOKENS:
            raise Unread(f"longer than {MAX_TOKENS} words and signs", here)
    return made


def plain(tokens: Sequence[Token]) -> Iterator[Token]:
    r"""Without sizes of brackets and blanks; ``\left|`` and ``\right|`` keep their sides."""
    n = 0
    while n < len(tokens):
        t = tokens[n]
        n += 1
        after = [k.text for k in tokens[n : n + 2]]
        size = _SIZES.fullmatch(t.text)
        if size is not None:
            side = size[1][0] if not size[2] else size[3]
            if after[:1] in (["|"], [r"\vert"]):
                shown = {"l": r"\lvert", "r": r"\rvert"}.get(side, "|")
                yield replace(tokens[n], kind="command", text=shown)
                n += 1
            elif after[:1] == ["."]:
                n += 1
        elif t.text in _WITH_ARGUMENT:
            if after[:1] in (["["], ["{"]):
                n = matching(tokens, n) + 1
        elif t.text in _EMPTY and after == ["{", "}"]:
            n += 2
        elif t.text == "{" and after[:1] == ["}"] and not _takes(tokens[n - 2 : n - 1]):
            n += 1
        elif t.text not in _NOTHING:
            yield replace(t, text=_SAME[t.text]) if t.text in _SAME else t


def _takes(before: Sequence[Token]) -> bool:
    """May the empty braces behind this be its argument?"""
    return any(t.text in ("_", "^", "}") or t.text.startswith("\\") for t in before)


# ---------------------------------------------------------------- helpers

_CLOSE = {"{": "}", "(": ")", "[": "]", r"\{": r"\}"}


def matching(tokens: Sequence[Token], at: int) -> int:
    """Where the bracket at a place is closed.  Raises Unread."""
    open_: list[Token] = []
    if at >= len(tokens) or tokens[at].text not in _CLOSE:
        before = tokens[min(at, len(tokens)) - 1]
        raise Unread(f"{before.text} lacks what belongs to it", before.span)
    for n in range(at, len(tokens)):
        t = tokens[n]
        if t.text in _CLOSE:
            open_.append(t)
            if len(open_) > MAX_BRACKETS:
                raise Unread(f"brackets nested more than {MAX_BRACKETS} levels deep", t.span)
        elif t.text in _CLOSE.values():
            first = open_.pop()
            if _CLOSE[first.text] != t.text:
                raise Unread(f"{t.text} closes {first.text}", t.span)
            if not open_:
                return n
    raise Unread(f"this {tokens[at].text} is never closed", tokens[at].span)


def argument(tokens: Sequence[Token], n: int) -> tuple[list[Token], int]:
    """The argument at a place, in braces or one token, and what comes after it."""
    if n >= len(tokens):
        return [], n
    if tokens[n].text != "{":
        return [tokens[n]], n + 1
    close = matching(tokens, n)
    return list(tokens[n + 1 : close]), close + 1


def span(tokens: Sequence[Token]) -> Span:
    """From the first token to the last."""
    first, last = tokens[0].span, tokens[-1].span
    return Span(first.line, first.column, last.end_line, last.end_column)


def said(tokens: Sequence[Token]) -> str:
    """The words that tokens spell."""
    return "".join(" " * t.space + t.text for t in tokens).strip()


WORDS = commands("text textrm textit textnormal mbox textbf textsf textup hbox textsc")


def words(tokens: Sequence[Token]) -> str:
    r"""What a ``\text`` says, or its inside, with Greek letters for their commands."""
    if len(tokens) > 1 and tokens[0].text in WORDS and tokens[1].text == "{":
        tokens = tokens[2 : matching(tokens, 1)]
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


_VARIANTS = {
    "varepsilon": "ε", "epsilon": "εϵ", "phi": "φϕ", "varphi": "φϕ", "vartheta": "ϑ",
    "varsigma": "ς", "varrho": "ϱ", "ell": "ℓ", "lambda": "λ", "Lambda": "Λ", "hbar": "ℏ",
}  # fmt: skip


def greek(command: str) -> list[str]:
    r"""The names that ``\sigma`` can be in a ``.proof`` block: σ, and spelled: sigma."""
    word = command.removeprefix("\\")
    if word in _VARIANTS:
        return [*_VARIANTS[word], word]
    size = "SMALL" if word.islower() else "CAPITAL"
    try:
        letter = unicodedata.lookup(f"GREEK {size} LETTER {word.upper()}")
    except KeyError:
        return []
    return [letter, word] if word[1:].islower() else []
