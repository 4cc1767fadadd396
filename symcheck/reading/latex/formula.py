r"""The mathematics that people write about expectations, from LaTeX to written trees.

Which name ``\sigma_{f'}`` or ``\Omega_{ij}`` stands for is decided by what is declared:
where nothing fits, or more than one thing, the formula is unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

from symcheck.facts.context import Context
from symcheck.reading.latex.tokens import (
    Token,
    Unread,
    argument,
    commands,
    greek,
    matching,
    said,
    span,
)
from symcheck.reading.written import (
    FUNCTIONS,
    HEADS,
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
    counted,
    suggest,
)  # fmt: skip

__all__ = ["Styles", "formula", "is_symbol"]

MAX_DEPTH = 60

_STYLES = commands(
    "mathbb mathrm mathbf mathsf mathit mathcal mathfrak mathscr boldsymbol bm pmb operatorname "
    "mathop text textrm textbf textit textsf textnormal mbox mathnormal mathbbm mathds mathtt "
    "texttt"
)
_SCRIPTS = commands("mathcal mathfrak mathscr mathtt texttt")
# Not read, and for certain nothing that stands between two formulas.
_NO_RELATIONS = commands(
    "prod coprod nabla partial binom choose langle rangle lVert rVert Vert lfloor rfloor lceil "
    "rceil lim limsup liminf sup inf arg argmin argmax det otimes oplus circ star top dagger "
    "ldots cdots dots ddots vdots pm mp mod bmod pmod begin end % iint oint cup cap wedge odot "
    "setminus emptyset nicefrac over atop ell hbar bf it sf tt cal"
)
_BOLD = commands("mathbb mathbf boldsymbol bm pmb mathcal mathfrak mathscr")
_BRACES = commands("underbrace overbrace")
_PASS = commands("mathord ensuremath")
_ACCENTS = {
    r"\hat": ("\u0302", "hat"), r"\widehat": ("\u0302", "hat"), r"\bar": ("\u0304", "bar"),
    r"\overline": ("\u0304", "bar"), r"\tilde": ("\u0303", "tilde"),
    r"\widetilde": ("\u0303", "tilde"), r"\dot": ("\u0307", "dot"),
    r"\check": ("\u030c", "check"), r"\vec": ("\u20d7", "vec"),
}  # fmt: skip
_HEADS = {
    "E": "E", "𝔼": "E", "EE": "E", "Ex": "E", "Exp": "E", "Var": "Var", "var": "Var", "V": "Var",
    "𝕍": "Var", "Cov": "Cov", "cov": "Cov", "P": "P", "ℙ": "P", "Pr": "P", "Prob": "P",
}  # fmt: skip
_COMMAND_HEADS = {r"\E": "E", r"\EE": "E", r"\Ex": "E", r"\Var": "Var", r"\var": "Var",
                  r"\Cov": "Cov", r"\cov": "Cov", r"\Pr": "P", r"\PP": "P"}  # fmt: skip
_FUNCTIONS = {name: name for name in FUNCTIONS if name != "ind"} | {
    "sgn": "sign", "Sign": "sign", "Sigmoid": "sigmoid", "LeakyReLU": "leaky_relu", "Tanh": "tanh",
    "RELU": "relu", "Relu": "relu",
}  # fmt: skip
_COMMAND_FUNCTIONS = {"\\" + n: n for n in ("log", "ln", "exp", "tanh", "sin", "cos", "max", "min")}
_COMMAND_FUNCTIONS |= {r"\ReLU": "ReLU", r"\relu": "relu", r"\sgn": "sign", r"\sign": "sign",
                       r"\erf": "erf", r"\abs": "abs"}  # fmt: skip
_RELATIONS = {"<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", "=": "=", r"\ne": "!="}
_OPERATORS = {"*": "*", "/": "/", r"\cdot": "*", r"\times": "*", r"\div": "/"}
_CLOSERS = frozenset((")", "]", r"\}", "}", ",", "|", r"\mid", r"\rvert", r"\vert", ";", ":"))
_PRIMES = frozenset(("'", r"\prime"))
_GIVEN = frozenset(("|", r"\mid", r"\vert"))


@dataclass
class Styles:
    r"""How each name is set in this file: ``x`` and ``\mathbf{x}`` may be two things."""

    seen: dict[str, str] = field(default_factory=dict)
    variants: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, style: str, at: Span) -> None:
        """Raises Unread where a name comes in a second style."""
        first = self.seen.setdefault(name, style)
        if first != style:
            was, now = (s or "plain" for s in (first, style))
            message = f"{name} is {was} elsewhere and {now} here: is it the same?"
            raise Unread(message, at, "one way of writing each name")

    def copy(self) -> Styles:
        return Styles(dict(self.seen), dict(self.variants))

    def variant(self, name: str, command: str, at: Span) -> None:
        r"""Raises Unread where ``\phi`` and ``\varphi`` would be one name."""
        if command in _VARIANTS:
            first = self.variants.setdefault(name, command)
            if first != command:
                message = f"{name} is {first} elsewhere and {command} here: is it the same?"
                raise Unread(message, at, "one way of writing each name")


_VARIANTS = commands("epsilon varepsilon phi varphi theta vartheta rho varrho sigma varsigma")


def formula(tokens: Sequence[Token], context: Context, styles: Styles) -> Node:
    """The tree of one expression.  Raises Unread where it cannot be read in one way."""
    now = styles.copy()
    reader = _Formula(list(tokens), context, now, frozenset(), 0)
    node = reader.expr()
    if not reader.done:
        reader.stop("does not belong here")
    styles.seen, styles.variants = now.seen, now.variants  # of what was read, not of the rest
    return node


def is_symbol(word: str, context: Context) -> bool:
    r"""Is ``\text{word}`` mathematics: a head, a function, or a declared name?"""
    return word in _HEADS or word in _FUNCTIONS or word in context.names or word == "d"


@dataclass(frozen=True)
class _Letter:
    """What a symbol may be called, before its primes and subscripts."""

    names: tuple[str, ...]
    style: str
    first: Token
    last: Token


class _Formula:
    """A recursive descent over the tokens of one formula."""

    def __init__(
        self, tokens: list[Token], context: Context, styles: Styles, bound: frozenset[str],
        depth: int,
    ) -> None:  # fmt: skip
        self.tokens, self.context, self.styles = tokens, context, styles
        self.bound, self.depth = bound, depth
        self.at = 0
        self.integrals = 0
        self.bars = False  # does a bar after a complete factor close, or mean given?

    # -------------------------------------------------------- tokens

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)

    def peek(self, ahead: int = 0) -> str:
        n = self.at + ahead
        return self.tokens[n].text if n < len(self.tokens) else ""

    def next(self) -> Token:
        if self.done:
            self.stop("something is missing")
        self.at += 1
        return self.tokens[self.at - 1]

    def here(self) -> Span:
        if not self.tokens:
            return Span()
        return self.tokens[min(self.at, len(self.tokens) - 1)].span

    def since(self, start: int) -> Span:
        return span(self.tokens[start : max(self.at, start + 1)])

    def stop(self, message: str, hint: str = "") -> NoReturn:
        if self.done:
            last = f" after {self.tokens[-1].text}" if self.tokens else ""
            raise Unread(f"{message}{last}", self.here(), hint)
        raise Unread(f"{self.peek()} {message}", self.here(), hint)

    def group(self) -> list[Token]:
        """The tokens of an argument: in braces, or one token."""
        if self.peek() != "{":
            first = self.next()
            if first.text in _STYLES and self.peek() == "{":
                close = matching(self.tokens, self.at)
                inner = [first, *self.tokens[self.at : close + 1]]
                self.at = close + 1
                return inner
            if first.kind == "number" and len(first.text) > 1:
                # x^12 is x^1 2 in LaTeX, and never meant.
                raise Unread(f"{first.text} without braces", first.span, f"{{{first.text}}}")
            return [first]
        close = matching(self.tokens, self.at)
        inner = self.tokens[self.at + 1 : close]
        self.at = close + 1
        return inner

    def part(self) -> list[Token]:
        r"""An argument of ``\frac``, which takes single digits: ``\frac12`` is a half."""
        t = self.tokens[self.at] if not self.done else None
        if t is None or t.kind != "number" or len(t.text) == 1:
            return self.group()
        if "." in t.text:
            raise Unread(f"{t.text} without braces", t.span, f"{{{t.text}}}")
        self.tokens[self.at] = replace(t, text=t.text[1:])
        return [replace(t, text=t.text[0])]

    def inside(self, tokens: list[Token], at: Span, bound: frozenset[str] | None = None) -> Node:
        """The expression that some tokens are, with nothing left over."""
        if not tokens:
            raise Unread("something is missing here", at)
        reader = self.nested(tokens, bound)
        node = reader.expr()
        if not reader.done:
            reader.stop("does not belong here")
        return node

    def nested(self, tokens: list[Token], bound: frozenset[str] | None = None) -> _Formula:
        if self.depth >= MAX_DEPTH:
            raise Unread(f"nested more than {MAX_DEPTH} levels deep", self.here())
        known = self.bound if bound is None else bound
        return _Formula(tokens, self.context, self.styles, known, self.depth + 1)

    # -------------------------------------------------------- sums and products

    def expr(self) -> Node:
        if self.depth >= MAX_DEPTH:
            raise Unread(f"nested more than {MAX_DEPTH} levels deep", self.here())
        self.depth += 1
        start = self.at
        signs, parts = [""], list[Node]()
        if self.peek() in ("+", "-"):
            signs = [self.next().text]
        parts.append(self.product())
        while self.peek() in ("+", "-"):
            signs.append(self.next().text)
            parts.append(self.product())
        self.depth -= 1
        if signs == [""]:
            return parts[0]
        return Terms(tuple(signs), tuple(parts), span=self.since(start))

    def product(self) -> Node:
        start = self.at
        operators, parts = list[str](), list[Node]()
        operator = ""
        while True:
            if self.peek() in _OPERATORS and not operator and parts:
                operator = _OPERATORS[self.next().text]
                continue
            if self.ends(bool(parts) and not operator):
                break
            if parts and not operator and isinstance(parts[-1], Number):
                t = self.tokens[self.at]
                if t.kind == "number":  # 10\,000: one number, or two?
                    raise Unread("a number right behind a number", t.span, r"a \cdot between them")
            operators.append(operator)
            operator = ""
            if self.peek() in (r"\sum", r"\int", "Σ") and self.peek(1) not in ("(", "["):
                parts.append(self.big())
                break
            parts.append(self.factor())
        if operator or not parts:
            self.stop("stands where a factor should" if not self.done else "something is missing")
        if len(parts) == 1:
            return parts[0]
        return Product(tuple(operators), tuple(parts), span=self.since(start))

    def ends(self, complete: bool) -> bool:
        """Is the product over?  A bar after a complete factor closes, or means given."""
        if self.done or self.peek() in ("+", "-") or self.peek() in _RELATIONS:
            return True
        if self.peek() in ("|", r"\vert"):
            return complete and self.bars
        if self.peek() in _CLOSERS or self.peek() in _OPERATORS:
            return True
        return self.integrals > 0 and complete and self.differential()

    def factor(self) -> Node:
        start = self.at
        node = self.atom()
        while self.peek() in ("^", "_", "!") or (
            self.peek() in _PRIMES and not isinstance(node, (Name, Indexed))
        ):
            if self.peek() == "!":
                self.stop("is not read: no factorials")
            if self.peek() != "^":
                self.stop("cannot stand here", "a subscript belongs to a name")
            if isinstance(node, Power):
                self.stop("behind a power", "brackets around what is raised")
            self.next()
            where = self.here()
            inner = self.group()
            node = Power(node, self.inside(inner, where), span=self.since(start))
        return node

    # -------------------------------------------------------- atoms

    def atom(self) -> Node:
        if self.done:
            self.stop("something is missing")
        t = self.tokens[self.at]
        start = self.at
        if t.text in ("(", "[", r"\{"):
            return self.bracketed()
        if t.text == "{":
            return self.braced()
        if t.text in ("|", r"\vert", r"\lvert"):
            return self.absolute()
        if t.kind == "number":
            if t.text == "1" and self.peek(1) in ("[", r"\{") and self.relates(self.at + 1):
                self.next()
                return self.indicator(start)
            self.next()
            return Number(t.text, span=t.span)
        if t.text == r"\frac":
            return self.fraction()
        if t.text == r"\sqrt":
            return self.root()
        if t.text in (r"\sum", r"\int"):
            return self.big()
        if t.text == r"\boxed" and self.peek(1) == "{":
            self.next()
            where = self.here()
            return Group(self.inside(self.group(), where), span=self.since(start))
        if t.text in _PASS and self.peek(1) == "{":
            self.next()
            return self.braced()
        if t.text in _BRACES and self.peek(1) == "{":
            self.next()
            where = self.here()
            body = Group(self.inside(self.group(), where), span=self.since(start))
            if self.peek() in ("_", "^"):
                self.next()
                words = self.group()
                if not words or words[0].text not in _STYLES:
                    raise Unread(f"mathematics at {t.text} is not read", t.span, r"\text{words}")
            if isinstance(body.body, Terms) and not self.apart(start, self.at):
                raise Unread(f"a factor beside the sum over {t.text}", t.span, _BRACKETS)
            return body
        if t.text == r"\textcolor" and self.peek(1) == "{":
            self.next()
            self.group()
            return self.braced()
        if t.text == r"\infty":
            self.next()
            return Name("oo", span=t.span)
        if t.text in _COMMAND_HEADS:
            self.next()
            return self.head(_COMMAND_HEADS[t.text], start)
        if t.text in _COMMAND_FUNCTIONS and not self.declared(greek(t.text)):
            self.next()
            return self.call(_COMMAND_FUNCTIONS[t.text], start)
        return self.symbol()

    def bracketed(self) -> Node:
        start = self.at
        close = matching(self.tokens, start)
        inner = self.tokens[start + 1 : close]
        self.at = close + 1
        return Group(self.inside(inner, self.tokens[start].span), span=self.since(start))

    def braced(self) -> Node:
        """Braces do not show, so they group nothing; what seems to rest on them is unread."""
        start = self.at
        close = matching(self.tokens, start)
        inner = self.tokens[start + 1 : close]
        here, after = self.tokens[start].span, self.peek(close + 1 - start)
        if (after in ("^", "_") or after in _PRIMES) and not _unit(inner):
            raise Unread("braces do not show: what is raised?", here, _BRACKETS)
        depths, depth = list[Token](), 0
        for t in inner:
            depth += (t.text in ("(", "[", "{", r"\{")) - (t.text in (")", "]", "}", r"\}"))
            depths += [t] if depth == 0 else []
        if any(t.text in ("+", "-", r"\sum", r"\int", "/") for t in depths) and not self.apart(
            start, close + 1
        ):
            raise Unread("braces do not show: where does the factor end?", here, _BRACKETS)
        self.tokens[start : close + 1] = inner
        self.at = start
        return self.atom()

    def apart(self, start: int, end: int) -> bool:
        """Is what stands from start to end a term by itself?"""
        before = self.tokens[start - 1].text if start else "+"
        after = self.tokens[end].text if end < len(self.tokens) else "+"
        signs = ("+", "-", *_CLOSERS, *_RELATIONS)
        return before in ("+", "(", "[", r"\{", ",", *_RELATIONS) and after in signs

    def absolute(self) -> Node:
        start = self.at
        self.next()
        outer, self.bars = self.bars, True
        body = self.expr()
        self.bars = outer
        if self.peek() not in ("|", r"\vert", r"\rvert"):
            self.stop("stands where | should close")
        self.next()
        return Call("abs", (body,), span=self.since(start))

    def fraction(self) -> Node:
        start = self.at
        self.next()
        where = self.here()
        above, below = self.part(), self.part()
        over, under = _differential(above), _differential(below)
        if over and under and len(below) > under and _is_name(below[under]):
            raise Unread("derivatives are not read", self.tokens[start].span)
        up, down = self.inside(above, where), self.inside(below, where)
        ratio = Product(("", "/"), (_grouped(up), _grouped(down)), span=self.since(start))
        if isinstance(up, Number) and isinstance(down, Number):
            ratio = Product(("", "/"), (up, down), span=self.since(start))
        return Group(ratio, span=self.since(start))

    def root(self) -> Node:
        start = self.at
        self.next()
        where = self.here()
        degree: list[Token] = []
        if self.peek() == "[":
            close = matching(self.tokens, self.at)
            degree = self.tokens[self.at + 1 : close]
            self.at = close + 1
        body = self.inside(self.group(), where)
        if not degree:
            return Call("sqrt", (body,), span=self.since(start))
        one = Number("1", span=where)
        exponent = Product(("", "/"), (one, self.inside(degree, where)), span=where)
        return Power(_grouped(body), exponent, span=self.since(start))

    # -------------------------------------------------------- names

    def symbol(self) -> Node:
        """A name with its primes, subscripts and superscripts; or a head, a function, a call."""
        start = self.at
        letter = self.letter()
        word = letter.names[0]
        opens = self.peek() in ("(", "[", r"\{")
        if letter.style in (r"\mathbb", r"\mathbf", r"\mathds", r"\mathbbm", r"\boldsymbol") and (
            word == "1"
            or (word == "I" and (opens or self.peek() == "_") and not self.declared(["I"]))
        ):
            return self.indicator(start)
        tail = self.tokens[self.at : self.at + 5]
        whole = word + said(tail[2:4])
        if letter.style == r"\mathbb" and len(tail) == 5 and whole in ("Var", "Cov"):
            self.at += 5  # \mathbb{V}\mathrm{ar}
            return self.head(whole, start)
        mathematical = letter.style in _STYLES or letter.first.text in ("𝔼", "𝕍", "ℙ")
        known = self.declared(letter.names)
        if word == "p" and not known and self.integrals and self.peek() == "(":
            return self.head("P", start)
        if letter.style in _SCRIPTS and word in _HEADS and not known:
            message = f"{letter.style}{{{word}}} is not declared"  # an energy, or an error
            raise Unread(message, letter.first.span, rf"\mathbb{{{word}}} for {_HEADS[word]}")
        if word in _HEADS and known and opens and not self.takes(word):
            message = (
                f"{word}{self.peek()}: the declared {word} times a bracket, or {_HEADS[word]}?"
            )
            raise Unread(message, letter.first.span, f"another name for {word}")
        if word in _HEADS and not known and (mathematical or opens or len(word) > 1):
            return self.head(_HEADS[word], start)
        if word in _FUNCTIONS and not known and (mathematical or len(word) > 1):
            return self.call(_FUNCTIONS[word], start)
        return self.named(letter, start)

    def letter(self) -> _Letter:
        t = self.next()
        if t.text in _STYLES:
            if self.peek() == "*":
                self.next()
            inner = self.group() if self.peek() == "{" else [self.next()]
            if inner and inner[0].text in _STYLES | set(_ACCENTS):
                deep = self.nested(inner).letter()  # \mathop{\mathbb{E}}, \mathbf{\hat x}
                return _Letter(deep.names, t.text, t, t)
            if len(inner) == 1 and inner[0].kind == "command" and greek(inner[0].text):
                return _Letter(tuple(greek(inner[0].text)), t.text, t, t)
            word = said(inner)
            if not inner or not all(
                i.kind in ("letter", "number") or i.text in "-_'" for i in inner
            ):
                raise Unread(f"{t.text}{{{word}}} is no name", t.span, "the name alone inside")
            return _Letter((word,), t.text, t, t)
        if t.text in _ACCENTS:
            mark, name = _ACCENTS[t.text]
            reader = self.nested(self.group())
            base = reader.letter()
            rest = reader.tokens[reader.at :]
            if rest and not _subscript(rest):
                raise Unread(f"{t.text} over more than one name", t.span, f"{t.text}{{x}}")
            self.tokens[self.at : self.at] = rest  # \bar{x_j} is \bar{x}_j
            made = [f"{n}{s}" for n in base.names for s in (mark, f"_{name}", name)]
            made += [f"{name}_{n}" for n in base.names]
            return _Letter(tuple(made), base.style, t, t)
        if t.kind == "letter":
            return self.run(t)
        if t.kind == "command" and greek(t.text):
            return _Letter(tuple(greek(t.text)), "", t, t)
        self.at -= 1
        hint = "" if t.kind != "command" else "a name that is declared, or \\newcommand for it"
        unknown = t.text not in _NO_RELATIONS and (t.kind == "command" or not t.text.isascii())
        raise Unread(f"{t.text} is not read", t.span, hint, unknown=unknown)

    def run(self, t: Token) -> _Letter:
        """A letter; or a word such as Var or ReLU, or a declared one, set as plain letters."""
        n = self.at
        while n < len(self.tokens) and self.tokens[n].kind == "letter" and not self.tokens[n].space:
            n += 1
        word = "".join(k.text for k in self.tokens[self.at - 1 : n])
        after = self.tokens[n].text if n < len(self.tokens) else ""
        if len(word) > 1 and (
            (word in self.context.names and not all(c in self.context.names for c in word))
            or (after in ("(", "[", r"\{") and (word in _FUNCTIONS or word in ("Var", "Cov", "Pr")))
        ):
            self.at = n
            return _Letter((word,), "", t, self.tokens[n - 1])
        return _Letter((t.text,), "", t, t)

    def declared(self, names: Sequence[str]) -> bool:
        c = self.context
        return any(n in c.names or n in c.functions or n in self.bound for n in names)

    def named(self, letter: _Letter, start: int) -> Node:
        primes, below, above = 0, list[Token](), list[Token]()
        has_below = has_above = False
        while True:
            if self.peek() in _PRIMES:
                self.next()
                primes += 1
            elif self.peek() == "_" and not has_below:
                self.next()
                below, has_below = self.group(), True
            elif self.peek() == "^" and not has_above:
                at = self.at
                self.next()
                inner = self.group()
                if inner and all(t.text in _PRIMES for t in inner):
                    primes += len(inner)
                elif _in_brackets(inner):
                    above, has_above = inner, True
                else:
                    self.at = at  # a power: the caller's
                    break
            else:
                break
        if self.peek() == "^" and not has_below:
            # x^2_j: the power comes after its name.
            return self.power_first(letter, start, primes)
        node = self.resolve(letter, primes, below, above[1:-1], self.since(start))
        if isinstance(node, Name) and node.name in self.context.functions:
            return self.call(node.name, start)
        if isinstance(node, (Name, Indexed)) and self.peek() == "(":
            self.applied(node)
        return node

    def applied(self, node: Name | Indexed) -> None:
        """Refuse T(n): brackets that a product would not need say that T is applied to n."""
        close = matching(self.tokens, self.at)
        inner = self.tokens[self.at + 1 : close]
        parts = _split(inner, ",")
        try:
            reader = self.nested(inner)
            alone = isinstance(reader.expr(), (Name, Indexed, Number)) and reader.done
        except Unread:
            return  # whatever is wrong in the brackets is told where they are read
        if alone or len(parts) > 1:
            message = f"{node.name}({said(inner)}): {node.name} of {said(inner)}, or a product?"
            hint = rf"{node.name} \cdot {said(inner)}, or declare: function {node.name}"
            raise Unread(message, self.tokens[self.at].span, hint)

    def power_first(self, letter: _Letter, start: int, primes: int) -> Node:
        at = self.at
        self.next()
        power = self.group()
        if self.peek() != "_":
            self.at = at
            return self.plain(letter, primes, start)
        self.next()
        below = self.group()
        node = self.resolve(letter, primes, below, [], self.since(start))
        exponent = self.inside(power, self.here())
        return Power(node, exponent, span=self.since(start))

    def plain(self, letter: _Letter, primes: int, start: int) -> Node:
        node = self.resolve(letter, primes, [], [], self.since(start))
        if isinstance(node, Name) and node.name in self.context.functions:
            hint = "brackets around the value, as in (g(x))^2"
            raise Unread("a power of a function before its argument", node.span, hint)
        return node

    def resolve(
        self, letter: _Letter, primes: int, below: list[Token], above: list[Token], at: Span
    ) -> Node:
        """The one declared name, with its indices, that this can be."""
        if below and (below[0].text == "-" or _bracketed(below)):
            message = f"{said(below)} as an index: a member, an order statistic, or all but one?"
            raise Unread(message, at, "a name of its own, declared in the symcheck block")
        found: dict[tuple[str, str], Node] = {}
        reasons: list[Unread] = []
        for cut in range(len(below) + 1):
            label = _label(below[:cut])
            if label is None:
                continue
            rest = below[cut:]
            if cut and rest and rest[0].text in (",", "_"):
                rest = _unwrapped(rest[1:])
            for name in _glued(letter.names, "'" * primes, label):
                if not self.declared([name]) or name in HEADS:
                    continue
                try:
                    node = self.indexed(name, rest, above, at)
                except Unread as no:
                    reasons.append(no)
                    continue
                if node is not None:
                    found[name, said(rest)] = node
        if len(found) > 1:
            names = " or ".join(f"{n} with index {r}" if r else n for n, r in found)
            raise Unread(f"this can be read as {names}", at, "other names in the declarations")
        if found:
            (node,) = found.values()
            if isinstance(node, (Name, Indexed)):
                self.styles.note(node.name, letter.style, at)
                self.styles.variant(node.name, letter.first.text, at)
                if below:
                    style = "".join(t.text for t in below if t.text in _BOLD)
                    self.styles.note(f"the subscript of {node.name}", style, at)
            return node
        if reasons:
            raise reasons[0]
        return self.undeclared(letter, primes, below, above, at)

    def indexed(self, name: str, rest: list[Token], above: list[Token], at: Span) -> Node | None:
        """A declared name with these indices, if it takes so many."""
        count = self.takes(name)
        if count == 0:
            if rest:
                return None
            if above:
                raise Unread(
                    f"{name} has no index; a power is written without brackets", at, f"{name}^2"
                )
            return Name(name, span=at)
        parts = _apart(rest, count) if rest else []
        if above:
            if rest and count > 1:
                message = "which index stands above, which below?"
                raise Unread(message, at, "all indices below, with commas")
            parts = [*(parts or []), *(_apart(above, count) or [])]
        if parts is None or len(parts) != count:
            have = 1 if parts is None else len(parts)
            raise Unread(f"{name} has {counted(count)}, not {have or 'none'}", at)
        indices = tuple(self.inside(p, at) for p in parts)
        return Indexed(name, indices, span=at)

    def takes(self, name: str) -> int:
        c = self.context
        if name in self.bound:
            return 0
        if name in c.randoms:
            return len(c.randoms[name].indices)
        if name in c.definitions:
            return len(c.definitions[name].indices)
        return len(c.params.get(name, ()))

    def undeclared(
        self, letter: _Letter, primes: int, below: list[Token], above: list[Token], at: Span
    ) -> Node:
        """A letter in index position may be free; everything else is an error of the author's."""
        label = _label(below)
        names = _glued(letter.names, "'" * primes, label or "")
        if not below and not above and (len(names[0]) == 1 or names[0] in ("pi", "π")):
            return Name(names[0], span=at)  # pi, e, a free index; or a name that is not declared
        shown = names[0] if label is not None else f"{letter.names[0]}_{{{said(below)}}}"
        hint = suggest(shown, self.context.names) or "declare it in the symcheck block"
        raise Unread(f"{shown} is not declared", at, hint)

    # -------------------------------------------------------- heads and calls

    def head(self, head: str, start: int) -> Node:
        if self.peek() == "^":
            self.stop("before the brackets", r"\mathbb{E}[x]^2, or \mathbb{E}[x^2]")
        if self.peek() == "_":
            below = self.at
            self.next()
            if not self.group():
                return self.head(head, start)
            said_ = said(self.tokens[below + 1 : self.at]).strip("{}")
            message = f"an expectation over {said_} alone is not read"
            hint = "no subscript for the mean over everything; E[... | y] for given y"
            raise Unread(message, self.since(below), hint)
        if self.peek() == "{" and self.peek(1) in ("[", "(", r"\{"):
            self.tokens[self.at : matching(self.tokens, self.at) + 1] = self.tokens[
                self.at + 1 : matching(self.tokens, self.at)
            ]
        if self.peek() == "{" and self.peek(1) == "}":
            self.at += 2
        if self.peek() in ("|", r"\vert", r"\lvert"):
            size = self.absolute()
            if self.peek() in ("^", "(", "[", r"\{", "|", r"\lvert"):
                self.stop(f"behind {head}| |: what is it of?", f"{head}[...]")
            return Head(head, (size,), (), span=self.since(start))
        if self.peek() not in ("[", "(", r"\{"):
            self.stop(f"after {head}: what it is of stands in brackets", f"{head}[x]")
        close = matching(self.tokens, self.at)
        inner = self.nested(self.tokens[self.at + 1 : close])
        inner.bars = True
        opening = self.tokens[self.at]
        self.at = close + 1
        if not inner.tokens:
            raise Unread("something is missing between the brackets", opening.span)
        arguments = inner.arguments()
        given: list[Node] = []
        if inner.peek() in _GIVEN:
            inner.next()
            given = inner.arguments()
            self.given(given)
        if not inner.done:
            inner.stop("does not belong here")
        if head == "E" and opening.text != "[" and self.unclear(opening, arguments):
            hint = "square brackets: E[(x - m)^2] or E[x - m]^2"
            raise Unread("where does the expectation end?", opening.span, hint)
        if head == "P" and not isinstance(arguments[0], Relation) and self.integrals:
            return Call("Pr", tuple(arguments), span=self.since(start))
        return Head(head, tuple(arguments), tuple(given), span=self.since(start))

    def given(self, given: list[Node]) -> None:
        """An index is no random variable."""
        c = self.context
        for g in given:
            if isinstance(g, Name) and (g.name in c.indices or g.name not in c.names):
                raise Unread(f"{g.name} is not random", g.span, "declare what is given")

    def unclear(self, opening: Token, arguments: list[Node]) -> bool:
        """Is E(x - m)^2, or E(x)(y), of what stands in the brackets or of more?"""
        if self.peek() == "^":
            simple = isinstance(arguments[0], (Name, Indexed, Call))
            return not simple or opening.space
        if self.peek() in ("(", "[", r"\{"):
            return True
        return isinstance(arguments[0], Terms) and not self.ends(True)

    def arguments(self) -> list[Node]:
        found = [self.argument()]
        while self.peek() in (",", ";"):
            self.next()
            found.append(self.argument())
        return found

    def argument(self) -> Node:
        start = self.at
        left = self.expr()
        if self.peek() not in _RELATIONS:
            return left
        operator = _RELATIONS[self.next().text]
        right = self.expr()
        if self.peek() in _RELATIONS:
            self.stop("is one relation too many")
        return Relation(operator, left, right, span=self.since(start))

    def call(self, name: str, start: int) -> Node:
        if self.peek() == "^":
            self.stop("before the brackets", f"({name}(x))^2")
        if self.peek() == "_":
            self.stop(f"after {name}", "functions have no subscript")
        if self.peek() in ("(", "[", r"\{"):
            close = matching(self.tokens, self.at)
            inner = self.nested(self.tokens[self.at + 1 : close])
            self.at = close + 1
            arguments = inner.arguments()
            if not inner.done:
                inner.stop("does not belong here")
            return Call(name, tuple(arguments), span=self.since(start))
        if name in self.context.functions:
            self.stop(f"after {name}: what it is of stands in brackets", f"{name}(x)")
        argument = self.factor()
        if not self.ends(True):
            self.stop(f"after {name}: where does its argument end?", f"{name}(...)")
        return Call(name, (argument,), span=self.since(start))

    def relates(self, at: int) -> bool:
        """Does the bracket at a place hold a relation?"""
        close = matching(self.tokens, at)
        return any(t.text in _RELATIONS for t in self.tokens[at + 1 : close])

    def indicator(self, start: int) -> Node:
        where = self.here()
        if self.peek() == "_":
            self.next()
            inner = self.group()
        elif self.peek() in ("[", "(", r"\{"):
            close = matching(self.tokens, self.at)
            inner = self.tokens[self.at + 1 : close]
            self.at = close + 1
        else:
            self.stop("after an indicator: its condition is missing", r"\mathbb{1}[x > 0]")
        while (
            len(inner) > 1
            and inner[0].text in (r"\{", "(", "[")
            and (matching(inner, 0) == len(inner) - 1)
        ):
            inner = inner[1:-1]
        reader = self.nested(inner)
        condition = reader.argument()
        if not reader.done or not isinstance(condition, Relation):
            raise Unread("an indicator needs one condition", where, r"\mathbb{1}[x > 0]")
        return Indicator((condition,), span=self.since(start))

    # -------------------------------------------------------- sums and integrals

    def big(self) -> Node:
        return self.integral() if self.peek() == r"\int" else self.sum()

    def limits(self) -> tuple[list[Token], list[Token]]:
        below, above = list[Token](), list[Token]()
        while self.peek() in ("_", "^"):
            if below if self.peek() == "_" else above:
                self.stop("twice")
            if self.next().text == "_":
                below = self.group()
            else:
                above = self.group()
        return below, above

    def sum(self) -> Node:
        start = self.at
        self.next()
        where = self.tokens[start].span
        below, above = self.limits()
        if not below:
            raise Unread("the index of the sum is missing", where, r"\sum_{j=1}^{n}")
        ranges = self.ranges(_unstacked(below), above, where)
        letters = {
            r.index.name for r in ranges if isinstance(r, Range) and isinstance(r.index, Name)
        }
        outer, self.bound = self.bound, self.bound | letters
        body = self.product()
        self.bound = outer
        return BigSum(tuple(ranges), body, span=self.since(start))

    def ranges(self, below: list[Token], above: list[Token], at: Span) -> list[Range | Unequal]:
        runs: list[Name] = []
        lower: list[Token] | None = None
        apart: list[tuple[list[Token], list[Token]]] = []
        for part in _split(below, ","):
            signs = [n for n, t in enumerate(part) if t.text in _RELATIONS]
            if len(signs) > 1 or (signs and part[signs[0]].text not in ("=", r"\ne")):
                raise Unread("this range is not read", span(part), r"\sum_{j=1}^{n}")
            if not signs:
                runs.append(self.running(part, at))
            elif part[signs[0]].text == "=":
                runs.append(self.running(part[: signs[0]], at))
                lower = part[signs[0] + 1 :]
            else:
                apart.append((part[: signs[0]], part[signs[0] + 1 :]))
        letters = frozenset(r.name for r in runs)
        if not runs and len(apart) == 1 and not above:
            runs, letters = self.other(apart[0], at)
        if not runs:
            raise Unread("which index does the sum run over?", at, r"\sum_{j=1, j \ne i}^{n}")
        unequal = [
            Unequal(*(self.inside(s, at, self.bound | letters) for s in pair), span=at)
            for pair in apart
        ]
        if lower is not None and above:
            ends = self.inside(lower, at), self.inside(above, at)
            last = Range(runs[-1], *ends, span=at)
            return [*(Range(r, span=r.span) for r in runs[:-1]), last, *unequal]
        if lower is not None or above:
            raise Unread("one end of the sum is missing", at, r"\sum_{j=1}^{n}")
        return [*(Range(r, *self.known(r), span=r.span) for r in runs), *unequal]

    def other(
        self, pair: tuple[list[Token], list[Token]], at: Span
    ) -> tuple[list[Name], frozenset[str]]:
        """``\\sum_{j \\ne i}`` runs over the letter that no sum around it runs over."""
        names = [self.running(p, at) for p in pair]
        free = [n for n in names if n.name not in self.bound]
        if len(free) != 1:
            message = "does this sum run over one index or over two?"
            raise Unread(message, at, r"\sum_{i,j=1,\, i \ne j}^{n}, or \sum_{j=1,\, j \ne i}^{n}")
        return free, frozenset((free[0].name,))

    def running(self, tokens: list[Token], at: Span) -> Name:
        if len(tokens) != 1 or tokens[0].kind not in ("letter", "command"):
            raise Unread("a sum runs over a letter", at, r"\sum_{j=1}^{n}")
        t = tokens[0]
        names = [t.text] if t.kind == "letter" else greek(t.text)
        if not names:
            raise Unread(f"{t.text} is not read", t.span)
        return Name(names[0], span=t.span)

    def known(self, letter: Name) -> tuple[Node, Node]:
        """The range that ``index j = 1..n`` declares."""
        c = self.context
        ends = c.ranges.get(c.indices.get(letter.name))
        if ends is None:
            hint = rf"\sum_{{{letter.name}=1}}^{{n}}, or `index {letter.name} = 1..n` in the block"
            raise Unread(f"the range of {letter.name} is missing", letter.span, hint)
        low, high = (
            Number(str(e), span=letter.span) if e.is_Integer else Name(str(e), span=letter.span)
            for e in ends
        )
        return low, high

    def integral(self) -> Node:
        start = self.at
        self.next()
        where = self.tokens[start].span
        below, above = self.limits()
        if not below or not above:
            message = "the range of the integral is missing"
            raise Unread(message, where, r"\int_{-\infty}^{\infty}")
        ends = self.inside(below, where), self.inside(above, where)
        self.integrals += 1
        body = self.terms_before_differential()
        self.integrals -= 1
        if not self.differential():
            raise Unread("the integral has no dx", where, r"\int_0^\infty x^2 \Pr(x)\, dx")
        self.skip_d()
        at = self.at
        over = self.named(self.letter(), at)
        return Integral(Range(over, *ends, span=where), body, span=self.since(start))

    def terms_before_differential(self) -> Node:
        node = self.product()
        if self.peek() in ("+", "-"):
            self.stop("inside of an integral", "brackets around a sum")
        return node

    def differential(self) -> bool:
        """Does ``dx`` stand here?"""
        if self.declared(["d"]):
            return False
        if self.peek() == "d":
            after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
            return after is not None and (after.kind == "letter" or bool(greek(after.text)))
        plain = self.peek() in (r"\mathrm", r"\text", r"\operatorname")
        return plain and [self.peek(k) for k in (1, 2, 3)] == ["{", "d", "}"]

    def skip_d(self) -> None:
        self.at += 1 if self.peek() == "d" else 4


# ---------------------------------------------------------------- pieces

_BRACKETS = "brackets that show, as in (a + b)"


def _unit(tokens: list[Token]) -> bool:
    """Is this one number, one bracket, or one name with its indices?"""
    if len(tokens) < 2:
        return True
    if tokens[0].text in ("(", "[", r"\{"):
        return matching(tokens, 0) == len(tokens) - 1
    styled = tokens[0].text in _STYLES or tokens[0].text in _ACCENTS
    if not styled and not _is_name(tokens[0]):
        return False
    _, n = argument(tokens, 1) if styled else ([], 1)
    while n < len(tokens):
        if tokens[n].text in _PRIMES:
            n += 1
            continue
        inner, end = argument(tokens, n + 1)
        index = tokens[n].text == "_" or all(t.text in _PRIMES for t in inner)
        if not index and not (tokens[n].text == "^" and _in_brackets(inner)):
            return False
        n = end
    return True


def _grouped(node: Node) -> Node:
    return node if isinstance(node, (Group, Number, Name, Indexed)) else Group(node, span=node.span)


def _differential(tokens: list[Token]) -> int:
    r"""How many tokens the d or ``\partial`` is that this begins with."""
    if tokens and tokens[0].text in _STYLES and [t.text for t in tokens[1:4]] == ["{", "d", "}"]:
        return 4
    return 1 if tokens and tokens[0].text in ("d", r"\partial") else 0


def _is_name(t: Token) -> bool:
    return t.kind == "letter" or t.text in _STYLES or bool(greek(t.text))


def _bracketed(tokens: list[Token]) -> bool:
    opens = tokens[0].text in ("(", "[", r"\{")
    return opens and matching(tokens, 0) == len(tokens) - 1


def _in_brackets(tokens: list[Token]) -> bool:
    return len(tokens) > 2 and tokens[0].text == "(" and matching(tokens, 0) == len(tokens) - 1


def _subscript(tokens: list[Token]) -> bool:
    """Is this one subscript, and nothing else?"""
    if len(tokens) < 2 or tokens[0].text != "_":
        return False
    return len(tokens) == 2 or (tokens[1].text == "{" and matching(tokens, 1) == len(tokens) - 1)


def _unwrapped(tokens: list[Token]) -> list[Token]:
    if tokens and tokens[0].text == "{" and matching(tokens, 0) == len(tokens) - 1:
        return tokens[1:-1]
    return tokens


def _unstacked(tokens: list[Token]) -> list[Token]:
    r"""``\substack{j=1 \\ j \ne i}`` as a list with commas."""
    if tokens and tokens[0].text == r"\substack":
        inner = _unwrapped(tokens[1:])
        return [Token("sign", ",", t.span) if t.text == r"\\" else t for t in inner]
    return tokens


def _label(tokens: Sequence[Token]) -> str | None:
    r"""The part of a name that a subscript spells: ``f'``, ``Ω``, ``in``; None if it is none."""
    made = ""
    skip = 0
    for n, t in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        if t.kind in ("letter", "number") or t.text == "'":
            made += t.text
        elif t.text == r"\prime":
            made += "'"
        elif t.text == "^" and n + 1 < len(tokens):
            following = tokens[n + 1 :]
            if following[0].text == r"\prime":
                continue
            if [k.text for k in following[:3]] == ["{", r"\prime", "}"]:
                made, skip = made + "'", 3
                continue
            return None
        elif t.text in _STYLES:
            if n + 1 >= len(tokens) or tokens[n + 1].text != "{":
                return None
            try:
                close = matching(tokens, n + 1)
            except Unread:  # cut in the middle
                return None
            inner = _label(tokens[n + 2 : close])
            if inner is None:
                return None
            made, skip = made + inner, close - n
        elif t.kind == "command" and greek(t.text):
            made += greek(t.text)[0]
        elif t.text in (r"\max", r"\min"):
            made += t.text[1:]
        else:
            return None
    return made


def _glued(bases: Sequence[str], primes: str, label: str) -> list[str]:
    """The spellings that a ``.proof`` block may have for a name with a subscript."""
    if not label:
        return [f"{b}{primes}" for b in bases]
    made = [f"{b}_{label}{primes}" for b in bases]
    if primes:
        made += [f"{b}{primes}_{label}" for b in bases]
    spelled = _spelled(label)
    if spelled != label:
        made += [f"{b}_{spelled}{primes}" for b in bases]
    if label.isdigit():
        made += [f"{b}{label}{primes}" for b in bases]
    return made


def _spelled(label: str) -> str:
    import unicodedata

    def letter(c: str) -> str:
        words = unicodedata.name(c, "").split()
        if len(words) == 4 and words[0] == "GREEK":
            name = {"LAMDA": "LAMBDA"}.get(words[3], words[3])
            return name.lower() if words[1] == "SMALL" else name.capitalize()
        return c

    return "".join(map(letter, label))


def _split(tokens: Sequence[Token], mark: str) -> list[list[Token]]:
    """Split at a sign outside of brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for t in tokens:
        depth += (t.text in ("(", "[", "{", r"\{")) - (t.text in (")", "]", "}", r"\}"))
        if t.text == mark and depth == 0:
            parts.append([])
        else:
            parts[-1].append(t)
    return [p for p in parts if p]


def _apart(tokens: list[Token], count: int) -> list[list[Token]] | None:
    """Indices: between commas, or side by side as in ``ij``; None where they are not so many."""
    parts = _split(tokens, ",")
    if len(parts) != 1:
        return parts
    units: list[list[Token]] = []
    for t in tokens:
        if t.text in _PRIMES or t.text == "_" or (units and units[-1][-1].text == "_"):
            if not units:
                return None
            units[-1].append(t)
        elif t.kind == "letter" or (t.kind == "command" and greek(t.text)):
            units.append([t])
        elif t.kind == "number":
            units += [[Token("number", c, t.span)] for c in t.text] if count > 1 else [[t]]
        else:
            units = []
            break
    if count == 1:
        # 2j is a number times an index; ij are two indices.
        letters = sum(u[0].kind != "number" for u in units)
        return [tokens] if letters <= 1 else units
    return units if len(units) == count else None
