r"""The commands that a file defines itself, and what they stand for.

Only what ``\newcommand``, ``\DeclareMathOperator`` and ``\def`` say in the same file is
expanded, a bounded number of times; nothing is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from symcheck.reading.latex.scan import Lines
from symcheck.reading.latex.tokens import MAX_TOKENS, Token, Unread, lex, plain, said
from symcheck.reading.written import Span

__all__ = ["Budget", "Macro", "definitions", "expand", "macros"]

MAX_EXPANSIONS = 1_000
MAX_DEFINED = 2_000  # commands that a file defines
MAX_FILLED = 200_000  # tokens that the commands of a file stand for, everywhere together


@dataclass
class Budget:
    """How many tokens the commands of a file may still stand for."""

    tokens: int = MAX_FILLED


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


_BRACE = re.compile(r"(?<!\\)[{}]")


def macros(text: str) -> dict[str, Macro]:
    """The commands that a text defines, without its comments; each has to have one meaning."""
    found: dict[str, Macro] = {}
    lines = Lines(text)
    for n, m in enumerate(_OTHERWISE.finditer(text)):
        line = lines.at(m.start())[0]
        if n >= MAX_DEFINED:
            raise Unread(f"more than {MAX_DEFINED} commands are defined", lines.span(m))
        words = f"is defined in line {line} in a way that is not read"
        found[m["name"]] = Macro(0, (), problem=words)
    own: dict[str, tuple[Macro, int]] = {}
    for m in _DEFINITION.finditer(text):
        name = m["a"] or m["b"] or m["c"] or m["d"] or m["e"]
        line = lines.at(m.start())[0]
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
    for m in _BRACE.finditer(text, at, at + 1000):
        depth += 1 if m[0] == "{" else -1
        if depth == 0:
            return text[at + 1 : m.start()]
    return None


def expand(tokens: Sequence[Token], known: Mapping[str, Macro], left: Budget) -> list[Token]:
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
        filled = list(_filled(macro.body, arguments, t))
        left.tokens -= len(filled)
        if left.tokens < 0:
            raise Unread("the commands of this file stand for too much", t.span)
        waiting += reversed(filled)
    return list(plain(made))


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
