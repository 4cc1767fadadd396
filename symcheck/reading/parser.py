"""Text to trees by the grammar in ``grammar.lark``, and errors that show the place.

Statements become lark trees whose leaves are the nodes of :mod:`symcheck.reading.written`.
``python -m symcheck.reading.parser`` writes the parse tables to ``grammar.json``, because reading
them is several times faster than making them; tables that are not of this grammar and
this version of lark are not used.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from symcheck.reading.written import (
    Between,
    BigSum,
    Call,
    Group,
    Head,
    Indexed,
    Indicator,
    Integral,
    Name,
    Node,
    Number,
    Power,
    Product,
    Range,
    Relation,
    Span,
    Terms,
    Unequal,
    suggest,
)  # fmt: skip

__all__ = [
    "KEYWORDS", "WORDS", "Source", "SyntaxProblem", "ascii_relation", "normal", "tables",
]  # fmt: skip

MAX_TOKENS = 5_000
MAX_BRACKETS = 60
MAX_LETTERS = 100
SHOWN = 100  # columns of a line on either side of an error

KEYWORDS = (
    "title", "source", "note", "size", "real", "index", "function", "random", "independent",
    "pairwise", "identical", "iid", "assume", "finite", "let", "depends", "derive", "solve",
    "induction", "claim",
)  # fmt: skip
# Words that are no names, because they have a use of their own.
WORDS = frozenset((
    "mean", "variance", "symmetric", "finite", "atomless", "for", "over", "and", "with", "by",
    "admit", "on", "from", "bounded", "lipschitz",
))  # fmt: skip


class SyntaxProblem(Exception):
    """Text that cannot be read or has no meaning: what is wrong, where, and what to try.

    ``line`` and ``column`` count from 1; ``width`` columns are marked; ``source`` is the
    line itself.  ``str()`` shows all of it.
    """

    def __init__(
        self, message: str, line: int, column: int, source: str = "", hint: str = "",
        path: str = "", width: int = 1,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.message, self.line, self.column = message, line, column
        self.source, self.hint, self.path, self.width = source, hint, path, max(1, width)

    def __str__(self) -> str:
        lines = [f"{self.path or '<text>'}:{self.line}:{self.column}: {self.message}"]
        if self.source.strip():
            first = max(0, self.column - 1 - SHOWN)
            before = "…" * (first > 0) + self.source[first : self.column - 1]
            marked = self.source[self.column - 1 :][:SHOWN]
            caret = "^" * max(1, _cells(marked[: self.width]))
            shown = "".join(c if c.isprintable() else " " for c in before + marked)
            more = "…" * (len(self.source) > self.column - 1 + SHOWN)
            lines += [f"    {shown}{more}", "    " + " " * _cells(before) + caret]
        if self.hint:
            lines.append(f"  {'' if self.hint.startswith('did you') else 'try: '}{self.hint}")
        return "\n".join(lines)


def _cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


# ---------------------------------------------------------------- characters

# One character for one, so that columns stay what they are.
_SAME = {
    "\u2212": "-", "\u2013": "-", "·": "*", "⋅": "*", "×": "*", "∗": "*", "÷": "/", "∕": "/",
    "\u2032": "'", "\u2019": "'", "\u02b9": "'", "\u00b5": "μ", "\u2126": "Ω", "\u2206": "Δ",
    "\u2223": "|", "\u223c": "~", "\t": " ", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    "\u2003": " ", "\u3000": " ", "\ufeff": " ",
}  # fmt: skip
# Python counts raised digits among the letters of a name; private characters are none.
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_PRIVATE = "".join(chr(0xE000 + n) for n in range(11))
_SAME |= dict(zip(_RAISED, _PRIVATE, strict=True)) | dict.fromkeys(_PRIVATE, "\ufffd")
_DIGITS = str.maketrans(_PRIVATE, "0123456789-")
_TABLE = str.maketrans(_SAME)


def normal(text: str) -> str:
    """The text with one spelling for characters that look the same; no column moves."""
    return text.translate(_TABLE)


# ---------------------------------------------------------------- lark


def _span(first: Any, last: Any) -> Span:
    line, column = _start(first)
    end = last.span[2:] if isinstance(last, Node) else (last.end_line, last.end_column)
    return Span(line, column, *end)


def _start(part: Any) -> tuple[int, int]:
    return part.span[:2] if isinstance(part, Node) else (part.line, part.column)


def _nodes(children: list[Any]) -> tuple[Node, ...]:
    return tuple(c for c in children if isinstance(c, Node))


class _Nodes:
    """What lark calls for each rule about expressions."""

    def number(self, c: list[Any]) -> Node:
        return Number(str(c[0]), span=_span(c[0], c[0]))

    def name(self, c: list[Any]) -> Node:
        return Name(str(c[0]), span=_span(c[0], c[0]))

    def indexed(self, c: list[Any]) -> Node:
        return Indexed(str(c[0]), _nodes(c), span=_span(c[0], c[-1]))

    def call(self, c: list[Any]) -> Node:
        return Call(str(c[0]), _nodes(c), span=_span(c[0], c[-1]))

    def group(self, c: list[Any]) -> Node:
        return Group(c[1], span=_span(c[0], c[2]))

    def negative(self, c: list[Any]) -> Node:
        return Terms((str(c[0]),), (c[1],), span=_span(c[0], c[1]))

    def power(self, c: list[Any]) -> Node:
        base, raised = c
        if not isinstance(raised, Node):
            digits = str(raised).translate(_DIGITS)
            at = _span(raised, raised)
            raised = Number(digits.lstrip("-"), span=at)
            raised = Terms(("-",), (raised,), span=at) if digits[0] == "-" else raised
        return Power(base, raised, span=_span(base, raised))

    def product(self, c: list[Any]) -> Node:
        if len(c) == 1:
            only: Node = c[0]
            return only
        operators, parts, operator = [], [], ""
        for part in c:
            if isinstance(part, Node):
                operators.append(operator)
                parts.append(part)
                operator = ""
            else:
                operator = str(part)
        return Product(tuple(operators), tuple(parts), span=_span(parts[0], parts[-1]))

    def terms(self, c: list[Any]) -> Node:
        signs = [] if not isinstance(c[0], Node) else [""]
        signs += [str(k) for k in c if not isinstance(k, Node)]
        return Terms(tuple(signs), _nodes(c), span=_span(c[0], c[-1]))

    def indicator(self, c: list[Any]) -> Node:
        return Indicator(_nodes(c), span=_span(c[0], c[-1]))

    def relation(self, c: list[Any]) -> Node:
        left, operator, right, *more = c
        first = Relation(ascii_relation(str(operator)), left, right, span=_span(left, right))
        if not more:
            return first
        operator, last = more
        second = Relation(ascii_relation(str(operator)), right, last, span=_span(right, last))
        return Between(first, second, span=_span(left, last))

    def given(self, c: list[Any]) -> tuple[Node, ...]:
        return tuple(c)

    def head(self, c: list[Any]) -> Node:
        given = next((k for k in c if isinstance(k, tuple)), ())
        return Head(str(c[0]), _nodes(c), given, span=_span(c[0], c[-1]))

    def bare(self, c: list[Any]) -> Node:
        return Range(c[0], span=c[0].span)

    def range(self, c: list[Any]) -> Node:
        index, lower, upper = _nodes(c)
        return Range(index, lower, upper, span=_span(index, upper))

    def unequal(self, c: list[Any]) -> Node:
        left, right = _nodes(c)
        return Unequal(left, right, span=_span(left, right))

    def sum(self, c: list[Any]) -> Node:
        *ranges, body = _nodes(c)
        at = _span(c[0], body)
        if str(c[0]) in ("int", "∫"):
            over = ranges[0]
            if len(ranges) == 1 and isinstance(over, Range):
                return Integral(over, body, span=at)
            return Integral(Range(over, span=over.span), body, span=at)
        return BigSum(tuple(r for r in ranges if isinstance(r, (Range, Unequal))), body, span=at)


def ascii_relation(operator: str) -> str:
    """The sign of a relation as it is typed."""
    return {"≤": "<=", "≥": ">=", "≠": "!="}.get(operator, operator)


@lru_cache(maxsize=1)
def _lark() -> Any:
    """The parser, from the tables if they are of this grammar and this lark."""
    import lark

    grammar = _file("grammar.lark")
    try:
        key, data, memo = json.loads(_file("grammar.json"), object_hook=_dict)
    except (OSError, ValueError):
        key = data = memo = None
    if key == _key(grammar):
        load: Any = lark.Lark._load_from_dict  # what lark's own standalone parsers call
        return load(data, memo, transformer=_Nodes())
    return lark.Lark(grammar, parser="lalr", lexer="basic", start=_STARTS, transformer=_Nodes())


_STARTS = [
    "size", "real", "index", "function", "random", "independent", "identical", "assume",
    "finite", "let", "derive", "solve", "claim", "expr", "depends", "induction",
]  # fmt: skip


def _file(name: str) -> str:
    return files("symcheck.reading").joinpath(name).read_text(encoding="utf-8")


def _key(grammar: str) -> list[str]:
    from lark import __version__

    return [__version__, hashlib.sha256(grammar.encode()).hexdigest()]


def _dict(read: dict[str, Any]) -> dict[Any, Any]:
    return dict(read["#"]) if "#" in read else read


def _plain(data: Any) -> Any:
    """Data for JSON: a dict whose keys are no strings becomes a list of pairs."""
    if isinstance(data, dict):
        if all(isinstance(k, str) for k in data):
            return {k: _plain(v) for k, v in data.items()}
        return {"#": [[k, _plain(v)] for k, v in data.items()]}
    return [_plain(v) for v in data] if isinstance(data, (list, tuple)) else data


def tables() -> str:
    """The parse tables of the grammar as JSON: what ``grammar.json`` should hold."""
    import lark
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    grammar = _file("grammar.lark")
    made = lark.Lark(grammar, parser="lalr", lexer="basic", start=_STARTS)
    data, memo = made.memo_serialize([TerminalDef, Rule])
    parts = [_key(grammar), _plain(data), _plain(memo)]
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False) + "\n"


# ---------------------------------------------------------------- parsing


class Source:
    """A text with its path: parses pieces of it, and makes errors that show the line."""

    def __init__(self, text: str, path: str = "") -> None:
        self.lines = text.split("\n")
        self.path = path

    def problem(
        self, message: str, line: int, column: int, hint: str = "", width: int = 1
    ) -> SyntaxProblem:
        """An error at a place."""
        source = self.lines[line - 1].rstrip("\r") if 0 < line <= len(self.lines) else ""
        column = min(max(column, 1), len(source) + 1)
        width = min(width, len(source) - column + 1)
        return SyntaxProblem(message, line, column, source, hint, self.path, width)

    def at(self, span: Span, message: str, hint: str = "") -> SyntaxProblem:
        """An error at something written."""
        line, column, end_line, end = span
        return self.problem(message, line, column, hint, end - column if end_line == line else 999)

    def tree(self, start: str, text: str, line: int, column: int = 1) -> Any:
        """Parse a piece that stands at a place; ``start`` is a rule of the grammar."""
        from lark.exceptions import UnexpectedCharacters, UnexpectedToken

        self._bounds(text, line, column)
        run = _lark().parse_interactive(" " * (column - 1) + text, start)
        run.lexer_thread.state.line_ctr.line = line
        last = None  # the last token that was understood
        try:
            for token in run.lexer_thread.lex(run.parser_state):
                run.feed_token(token)
                last = token
            return run.feed_eof(last)
        except UnexpectedCharacters as e:
            raise self._character(e.char, e.line, e.column) from None
        except UnexpectedToken as e:
            raise self._token(e, last, start, line, column, len(text.partition("\n")[0])) from None

    def _bounds(self, text: str, line: int, column: int) -> None:
        open_: list[tuple[str, int, int]] = []
        tokens = 0
        for match in _PIECES.finditer(text):
            piece = match.group()
            if piece == "\n":
                line, column = line + 1, 1 - match.end()
                continue
            tokens += 1
            here = column + match.start()
            if tokens > MAX_TOKENS:
                raise self.problem(f"longer than {MAX_TOKENS} words and signs", line, here)
            if len(piece) > MAX_LETTERS:
                message = f"a word of more than {MAX_LETTERS} letters or digits"
                raise self.problem(message, line, here, "", len(piece))
            if piece in "([":
                open_.append((piece, line, here))
                if len(open_) > MAX_BRACKETS:
                    message = f"brackets nested more than {MAX_BRACKETS} levels deep"
                    raise self.problem(message, line, here, "name a part of it with let")
            elif piece in ")]":
                if not open_:
                    raise self.problem(f"this {piece} closes nothing", line, here)
                opener, at_line, at = open_.pop()
                if opener + piece not in ("()", "[]"):
                    where = f"in column {at}" if at_line == line else f"of line {at_line}"
                    message = f"{piece} closes the {opener} {where}"
                    other = ")" if opener == "(" else "]"
                    raise self.problem(message, line, here, f"{other} instead of {piece}")
            elif match["scientific"]:
                message = "numbers are written without an exponent"
                raise self.problem(message, line, here, "3/1000 or 3 * 10^-3", len(piece))
        if open_:
            opener, at_line, at = open_[-1]
            raise self.problem(f"this {opener} is never closed", at_line, at)

    # -------------------------------------------------------- errors

    def _character(self, char: str, line: int, column: int) -> SyntaxProblem:
        name = repr(char) if char.isprintable() else unicodedata.name(char, f"U+{ord(char):04X}")
        return self.problem(f"{name} has no meaning here", line, column, _CHARACTERS.get(char, ""))

    def _token(
        self, e: Any, last: Any, start: str, line: int, column: int, width: int
    ) -> SyntaxProblem:
        expected, token = set(e.expected or ()), e.token
        if token.type == "$END":
            if last is None:
                return self.problem("something is missing", line, column + width, _wanted(expected))
            after = f"something is missing after {str(last)!r}"
            return self.problem(after, last.end_line, last.end_column, _wanted(expected))
        word = str(token)
        message, hint = self._explained(token, last, expected, start)
        return self.problem(message, token.line, token.column, hint, len(word))

    def _explained(self, token: Any, last: Any, expected: set[str], start: str) -> tuple[str, str]:
        word, before = str(token), "" if last is None else str(last)
        if word == "|":
            return "| has no meaning here", "abs(x) for |x|; E[x | y] for given y"
        if word == "*" and before == "*":
            return "** is not an operator", "x^2"
        if token.type == "EQ" and before in ("=", ":"):
            return f"{before}= is not an operator", "="
        if token.type == "EQ" and start == "derive":
            hint = "`claim a = b` to prove an equation, `solve a = b for x` to solve it"
            return "derive takes an expression, not an equation", hint
        if token.type == "EQ":
            return "one = too many", "one equation a line; go on in a line that starts with ="
        if word in ("<", ">", "<=", ">=", "≤", "≥", "!=", "≠"):
            if start == "claim" and not {"COMMA", "RPAR", "RSQB"} & expected:
                return "an inequality cannot be claimed", "an equation; P[x > 0] for an event"
            hint = "1[x > 0]; in a sum i != k, and sums inside one another for i < k"
            return "a comparison stands only in P[...], 1[...] and declarations", hint
        if word == "[" and last is not None and last.type == "NAME":
            return "a blank before the index", f"{before}[j]"
        if word == "[":
            return "[ stands only after a name", "( ... )"
        if word in WORDS or word in KEYWORDS:
            if "COMMA" in expected and word in _PROPERTIES:
                return f"a comma is missing before {word!r}", f", {word}"
            return f"{word!r} is a word of the language and cannot stand here", _wanted(expected)
        if word == "(" and last is not None and last.type == "NAME":
            return f"{before!r} cannot be followed by (", _wanted(expected)
        if token.type == "SIGN" and before.endswith(")") and "NUMBER" in expected:
            return "a sum begins with a sign", "brackets: sum(j = 1..n) (-x[j])"
        if token.type in ("OP", "SIGN") and last is not None and last.type in ("OP", "SIGN"):
            return f"{word!r} after {before!r}", "brackets around a negative number"
        if word in tuple("+-*/^)],") and {"NUMBER", "NAME"} & expected:
            return f"something is missing before {word!r}", ""
        if token.type == "DOTS":
            hint = "sum(j = 1..n) x[j]; no product and no maximum runs over an index"
            return "a range stands only behind sum, int, index and over", hint
        hint = suggest(word, [t.lower() for t in expected if t.lower() in WORDS])
        return f"{word!r} does not belong here", hint or _wanted(expected)


_PROPERTIES = ("mean", "variance", "symmetric", "finite", "atomless")
_PIECES = re.compile(r"\n|(?P<scientific>[0-9]+[eE](?:[0-9]+\b|(?=[+-])))|\w+|[^\w\s]")
_CHARACTERS = {
    "\\": "plain text: sigma or σ, not \\sigma", "$": "the formula without $",
    "{": "round brackets", "}": "round brackets", "_": "a name begins with a letter",
    ";": "a comma, or a line of its own", "!": "!= for ≠; no factorials", "&": "and",
    "%": "# begins a comment",
    ".": "0.5 for a decimal, 1..n for a range", "'": "a prime follows its name without a blank",
    '"': "text without quotes", "≈": "=", "√": "sqrt(x)",
    "∂": "a name of letters, digits and primes",
    "?": "a name", "⊥": "a statement `independent x and y`",
}  # fmt: skip
_WANTED = {
    "NAME": "a name", "NUMBER": "a number", "EQ": "=", "RPAR": ")", "RSQB": "]", "DOTS": "..",
    "FOR": "for", "OVER": "over", "LPAR": "(", "LSQB": "[", "COMMA": "a comma", "AND": "and",
}  # fmt: skip


def _wanted(expected: set[str]) -> str:
    if {"NUMBER", "NAME"} <= expected:
        return "an expression" if not {"RPAR", "RSQB"} & expected else ""
    words = [w for t, w in _WANTED.items() if t in expected]
    return " or ".join(words[:3])


if __name__ == "__main__":
    Path(__file__).with_name("grammar.json").write_text(tables(), encoding="utf-8")
