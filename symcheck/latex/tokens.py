r"""LaTeX mathematics as tokens: comments gone, macros expanded, sizes of brackets forgotten.

Only what ``\newcommand``, ``\DeclareMathOperator`` and ``\def`` say in the same file is
expanded, a bounded number of times; nothing is ever run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from symcheck.parser import normal
from symcheck.written import Span

__all__ = [
    "Macro",
    "Token",
    "Unread",
    "commands",
    "definitions",
    "expand",
    "greek",
    "lex",
    "macros",
    "matching",
    "said",
    "span",
]

MAX_TOKENS = 5_000
MAX_EXPANSIONS = 1_000


class Unread(Exception):
    """Something that is not read: what, where, and what to try."""

    def __init__(self, message: str, at: Span, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.span, self.hint = message, at, hint


@dataclass(frozen=True)
class Token:
    r"""One letter, number, command (``\frac``), or sign; ``space`` stands before it."""

    kind: str  # letter, number, command, sign
    text: str
    span: Span
    space: bool = False


@dataclass(frozen=True)
class Macro:
    """A command of the author's: how many arguments, and what it stands for.

    ``optional`` is what the first argument is where it is left out; ``problem`` says why the
    command is not read.
    """

    arguments: int
    body: tuple[Token, ...]
    optional: tuple[Token, ...] | None = None
    problem: str = ""


def commands(words: str) -> frozenset[str]:
    """The commands that are spelled so, without their backslashes."""
    return frozenset("\\" + w for w in words.split())


# ---------------------------------------------------------------- text to tokens

_TOKEN = re.compile(
    r"(?P<comment>%[^\n]*)|(?P<space>\s+)"
    r"|(?P<rows>\\\\\*?(?:\[[^\]\n]*\]|[ \t]*\[[0-9.]+ ?[a-z]+\])?)"
    r"|(?P<command>\\(?:[A-Za-z]+\*?|.))|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<raised>[\ue000-\ue00a]+)|(?P<letter>[^\W\d_][\u0300-\u036f]*)|(?P<sign>.)",
    re.DOTALL,
)
# Blanks, and marks that say nothing about the formula.
_NOTHING = commands(
    ", ; : ! > / @ displaystyle textstyle scriptstyle limits nolimits nonumber notag allowbreak "
    "nobreak strut mathstrut rm medspace thinspace thickspace protect relax allowdisplaybreaks"
) | {"\\ ", "~", "\\\n"}
_SIZES = re.compile(r"\\(left|right|middle|([bB]ig{1,2})([lrm]?))")
_SAME = {
    r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lbrack": "[", r"\rbrack": "]", r"\vert": "|",
    r"\leq": r"\le", r"\leqslant": r"\le", r"\geq": r"\ge", r"\geqslant": r"\ge",
    r"\neq": r"\ne", r"\lt": "<", r"\gt": ">", "≤": r"\le", "≥": r"\ge", "≠": r"\ne",
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac", r"\ast": "*",
    r"\coloneqq": "=", r"\lparen": "(", r"\rparen": ")", "∞": r"\infty", "∑": r"\sum",
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


def _plain(tokens: Sequence[Token]) -> Iterator[Token]:
    r"""Without sizes of brackets and blanks; ``\left|`` and ``\right|`` keep their sides."""
    skip = False
    for n, t in enumerate(tokens):
        if skip:
            skip = False
            continue
        size = _SIZES.fullmatch(t.text)
        if size is not None:
            after = tokens[n + 1].text if n + 1 < len(tokens) else ""
            side = size[1][0] if not size[2] else size[3]
            if after in ("|", r"\vert"):
                skip = True
                shown = {"l": r"\lvert", "r": r"\rvert"}.get(side, "|")
                yield replace(tokens[n + 1], kind="command", text=shown)
            elif after == ".":
                skip = True
            continue
        if t.text in _NOTHING:
            continue
        if t.text == "{" and n + 1 < len(tokens) and tokens[n + 1].text == "}":
            before = tokens[n - 1].text if n else ""
            if before not in ("_", "^", "}") and not before.startswith("\\"):
                skip = True
                continue
        yield replace(t, text=_SAME[t.text]) if t.text in _SAME else t


# ---------------------------------------------------------------- macros

_NAME = r"\\(?:[A-Za-z]+|[^A-Za-z\s])"
_DEFINITION = re.compile(
    r"\\(?:(?:re|provide)?newcommand|providecommand|renewcommand|DeclareRobustCommand)\*?\s*"
    rf"(?:\{{\s*(?P<a>{_NAME})\s*\}}|(?P<b>{_NAME}))\s*"
    r"(?:\[(?P<n>[0-9])\])?\s*(?P<default>\[[^\[\]\n]*\])?\s*(?=\{)"
    rf"|\\(?P<op>DeclareMathOperator)\*?\s*(?:\{{\s*(?P<c>{_NAME})\s*\}}|(?P<e>{_NAME}))\s*(?=\{{)"
    rf"|\\def\s*(?P<d>{_NAME})\s*(?P<hashes>(?:#[1-9])*)(?=\{{)"
)
# Any other way to define a command: it is known to be defined, and not what it stands for.
_OTHERWISE = re.compile(
    r"\\(?:(?:re|provide)?newcommand|providecommand|renewcommand|DeclareRobustCommand|[gex]?def|let"
    r"|(?:New|Renew|Provide|Declare)DocumentCommand|newcommandx|DeclarePairedDelimiterX?(?:PP)?"
    rf"|DeclareMathOperator)\*?\s*\{{?\s*(?P<name>{_NAME})"
)


def macros(text: str) -> dict[str, Macro]:
    """The commands that a text defines, without its comments; each has to have one meaning."""
    found: dict[str, Macro] = {}
    for m in _OTHERWISE.finditer(text):
        line = text.count("\n", 0, m.start()) + 1
        words = f"is defined in line {line} in a way that is not read"
        found[m["name"]] = Macro(0, (), problem=words)
    own: dict[str, tuple[Macro, int]] = {}
    for m in _DEFINITION.finditer(text):
        name = m["a"] or m["b"] or m["c"] or m["d"] or m["e"]
        line = text.count("\n", 0, m.start()) + 1
        body = _braced(text, m.end())
        if body is None or len(body) > 500:
            continue
        macro = _macro(m, body)
        if name in own and not _same(own[name][0], macro):
            words = f"is defined in line {own[name][1]} and again in line {line}"
            found[name] = Macro(0, (), problem=words)
            continue
        if name not in own:
            own[name] = macro, line
            found[name] = macro
    return found


def definitions(text: str) -> list[tuple[int, int]]:
    """From where to where the text defines commands."""
    found = []
    for m in _DEFINITION.finditer(text):
        body = _braced(text, m.end())
        found.append((m.start(), m.end() + (len(body) + 2 if body is not None else 0)))
    return found


def _macro(m: re.Match[str], body: str) -> Macro:
    tokens = lex(body, 1)
    here = Span()
    if m["op"]:
        plain = re.sub(r"\\[,;:! ]|[\s~]", "", body)
        open_, close = Token("sign", "{", here), Token("sign", "}", here)
        if "\\" in plain:  # \DeclareMathOperator{\E}{\mathbb{E}}
            tokens = [Token("command", r"\mathop", here), open_, *tokens, close]
        else:
            word = [Token("letter", c, here) for c in plain if c.isalpha()]
            tokens = [Token("command", r"\operatorname", here), open_, *word, close]
    count = len(m["hashes"]) // 2 if m["hashes"] else int(m["n"] or 0)
    optional = None if m["default"] is None else tuple(lex(m["default"][1:-1], 1))
    if optional is not None and count == 0:
        return Macro(0, (), problem="takes an optional argument and no other")
    return Macro(count, tuple(tokens), optional)


def _same(a: Macro, b: Macro) -> bool:
    def spelled(m: Macro) -> tuple[int, str, str]:
        return m.arguments, said(m.body), said(m.optional or ())

    return spelled(a) == spelled(b)


def _braced(text: str, at: int) -> str | None:
    depth = 0
    for n in range(at, min(len(text), at + 1000)):
        if text[n - 1] != "\\":
            depth += (text[n] == "{") - (text[n] == "}")
        if depth == 0:
            return text[at + 1 : n]
    return None


def expand(tokens: Sequence[Token], known: Mapping[str, Macro]) -> list[Token]:
    """The tokens with every macro replaced by what it stands for, at the place of its use."""
    waiting = list(reversed(tokens))
    made: list[Token] = []
    count = 0
    while waiting:
        t = waiting.pop()
        macro = known.get(t.text) if t.kind == "command" else None
        if macro is None:
            made.append(t)
            continue
        count += 1
        if count > MAX_EXPANSIONS or len(waiting) + len(made) > MAX_TOKENS:
            raise Unread(f"{t.text} stands for too much", t.span)
        if macro.problem:
            raise Unread(f"{t.text} {macro.problem}", t.span)
        first = [] if macro.optional is None else [_optional(waiting, macro.optional)]
        arguments = first + [_argument(waiting, t) for _ in range(macro.arguments - len(first))]
        waiting += reversed(list(_filled(macro.body, arguments, t)))
    return list(_plain(made))


def _optional(waiting: list[Token], default: Sequence[Token]) -> list[Token]:
    if not waiting or waiting[-1].text != "[":
        return list(default)
    first = waiting.pop()
    inner = list[Token]()
    while waiting:
        t = waiting.pop()
        if t.text == "]":
            return inner
        inner.append(t)
    raise Unread("this [ is never closed", first.span)


def _argument(waiting: list[Token], at: Token) -> list[Token]:
    if not waiting:
        raise Unread(f"{at.text} lacks an argument", at.span)
    first = waiting.pop()
    if first.text != "{":
        return [first]
    depth, inner = 1, list[Token]()
    while waiting:
        t = waiting.pop()
        depth += (t.text == "{") - (t.text == "}")
        if depth == 0:
            return inner
        inner.append(t)
    raise Unread("this { is never closed", first.span)


def _filled(body: Sequence[Token], arguments: list[list[Token]], at: Token) -> Iterator[Token]:
    n = 0
    while n < len(body):
        t = body[n]
        if t.text == "#" and n + 1 < len(body) and body[n + 1].text.isdigit():
            which = int(body[n + 1].text[0])
            if not 1 <= which <= len(arguments):
                raise Unread(f"{at.text} has no argument #{which}", at.span)
            yield from arguments[which - 1]
            n += 2
        else:
            yield replace(t, span=at.span, space=t.space or (n == 0 and at.space))
            n += 1


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
        elif t.text in _CLOSE.values():
            first = open_.pop()
            if _CLOSE[first.text] != t.text:
                raise Unread(f"{t.text} closes {first.text}", t.span)
            if not open_:
                return n
    raise Unread(f"this {tokens[at].text} is never closed", tokens[at].span)


def span(tokens: Sequence[Token]) -> Span:
    """From the first token to the last."""
    first, last = tokens[0].span, tokens[-1].span
    return Span(first.line, first.column, last.end_line, last.end_column)


def said(tokens: Sequence[Token]) -> str:
    """The words that tokens spell."""
    return "".join(" " * t.space + t.text for t in tokens).strip()


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
