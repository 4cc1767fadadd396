"""Expressions as text: for a terminal, in ASCII (readable as ``.proof`` input), in LaTeX.

Every head of the language has one shape (:data:`SHAPES`) and, where it has a name of its
own, one word in each target (:data:`WORDS`).  Terms and factors come in the order in which
they are stored, which is the order in which somebody wrote them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sympy import (
    Abs,
    Add,
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    Symbol,
    Tuple,
    cos,
    erf,
    exp,
    log,
    sign,
    sin,
    tanh,
)

from symcheck.facts.context import Context
from symcheck.language.expr import (
    RV,
    Binder,
    Cov,
    Def,
    Diff,
    E,
    Ind,
    Int,
    Named,
    P,
    Param,
    Sum,
    Var,
    leaky_relu,
    relu,
    sigmoid,
    subterms,
)
from symcheck.report.notation import (
    ascii_name,
    latex_name,
    subscript,
    superscript,
    unicode_name,
)

__all__ = ["SHAPES", "WORDS", "ascii", "latex", "text"]

RELATION, SUM, NEGATIVE, PRODUCT, BIG, POWER, ATOM = range(7)
"""How tightly a piece holds together; ``BIG`` is open to the right, like a sum's body."""


class Piece(NamedTuple):
    """A printed expression and how tightly it holds together."""

    text: str
    level: int = ATOM


_BOTH = {
    E: "E", Var: "Var", Cov: "Cov", Diff: "Diff", P: "P", Ind: "1", sigmoid: "sigmoid",
    exp: "exp", log: "log",
    tanh: "tanh", sin: "sin", cos: "cos", sign: "sign", erf: "erf", Max: "max", Min: "min",
    Gt: ">", Lt: "<", Eq: "=",
}  # fmt: skip
WORDS: dict[str, dict[Any, str]] = {
    "unicode": _BOTH | {
        relu: "ReLU", leaky_relu: "LeakyReLU", Abs: "abs", Ge: "≥", Le: "≤", Ne: "≠",
        Sum: "Σ", Int: "∫", S.Pi: "π", S.Exp1: "e", S.Infinity: "∞", S.NegativeInfinity: "-∞",
    },
    "ascii": _BOTH | {
        relu: "relu", leaky_relu: "leaky_relu", Abs: "abs", Ge: ">=", Le: "<=", Ne: "!=",
        Sum: "sum", Int: "int", S.Pi: "pi", S.Exp1: "e", S.Infinity: "oo",
        S.NegativeInfinity: "-oo",
    },
    "latex": {
        E: r"\mathbb{E}", Var: r"\operatorname{Var}", Cov: r"\operatorname{Cov}", Diff: r"\partial",
        P: r"\mathbb{P}",
        Ind: r"\mathbf{1}", relu: r"\operatorname{ReLU}", leaky_relu: r"\operatorname{LeakyReLU}",
        sigmoid: r"\operatorname{sigmoid}", exp: r"\exp", log: r"\log", tanh: r"\tanh",
        sin: r"\sin", cos: r"\cos", sign: r"\operatorname{sign}", erf: r"\operatorname{erf}",
        Max: r"\max", Min: r"\min", Abs: "abs", Gt: ">", Lt: "<", Eq: "=", Ge: r"\geq",
        Le: r"\leq", Ne: r"\neq", Sum: r"\sum", Int: r"\int", S.Pi: r"\pi", S.Exp1: "e",
        S.Infinity: r"\infty", S.NegativeInfinity: r"-\infty",
    },
}  # fmt: skip
SHAPES: dict[Any, str] = {
    Add: "add", Mul: "mul", Pow: "pow", E: "given", Var: "given", Cov: "bracket", Diff: "slope",
    P: "bracket",
    Ind: "indicator", RV: "named", Param: "named", Def: "named", Sum: "sum", Int: "integrate",
    Tuple: "group", relu: "call", leaky_relu: "call", sigmoid: "call", exp: "call", log: "call",
    tanh: "call", sin: "call", cos: "call", sign: "call", erf: "call", Abs: "bars", Max: "call",
    Min: "call", Gt: "relation", Ge: "relation", Lt: "relation", Le: "relation", Ne: "relation",
    Eq: "relation",
}  # fmt: skip
_TURNED = {Gt: Lt, Ge: Le}


def text(expr: Any, context: Context | None = None, *, unicode: bool = True) -> str:
    """One line of text for a terminal; bound indices get the author's names, or j, k, ...

    Raises TypeError for a head that is not part of the language.
    """
    return ascii(expr, context) if not unicode else _Unicode(expr, context).whole()


def ascii(expr: Any, context: Context | None = None) -> str:
    """ASCII that :func:`~symcheck.reading.syntax.parse_expression` reads; Greek is spelled out."""
    return _Text(expr, context).whole()


def latex(expr: Any, context: Context | None = None) -> str:
    """LaTeX for math mode; needs amsmath and amssymb."""
    return _Latex(expr, context).whole()


# ---------------------------------------------------------------- the printer


class _Text:
    """The ASCII target, and what the other two share."""

    target = "ascii"
    times = " * "
    barred = False

    def __init__(self, expr: Any, context: Context | None) -> None:
        self.expr = expr
        self.words = WORDS[self.target]
        declared: set[str] = context.names if context is not None else set()
        self.declared = frozenset(declared)
        # A letter that is a free index somewhere else is still good for a bound one here.
        free = set(context.indices) if context is not None else set()
        self.taken = declared - free | set(_names(expr))
        self.author = [n for n in context.bound_names if n not in self.taken] if context else []
        self.bound: dict[Symbol, Any] = {}
        self.made: dict[Any, Piece] = {}  # what is printed twice on the way is made once

    def whole(self) -> str:
        return self(self.expr).text

    def __call__(self, e: Any) -> Piece:
        key = (e, *self.bound.items())
        if key not in self.made:
            self.made[key] = self.piece(e)
        return self.made[key]

    def piece(self, e: Any) -> Piece:
        if e in self.words:
            word = self.words[e]
            return Piece(word, NEGATIVE if word.startswith("-") else ATOM)
        if isinstance(e, Symbol):
            return self(self.bound[e]) if e in self.bound else Piece(self.name(e.name))
        if e.is_Number:
            return self.number(e)
        shape = SHAPES.get(e.func)
        if shape is not None:
            made: Piece = getattr(self, shape)(e)
            return made
        if _undefined(e):
            return self.called(self.name(e.func.__name__), e.args)
        raise TypeError(f"{e.func.__name__} is not part of the language")

    def raw(self, e: Any) -> str:
        return self(e).text

    def many(self, es: Iterable[Any], separator: str = ", ") -> str:
        return separator.join(map(self.raw, es))

    # ---- what a target decides

    def name(self, name: str) -> str:
        return ascii_name(name, self.declared)

    def member(self, name: str, indices: Sequence[str]) -> str:
        return f"{self.name(name)}[{','.join(i.replace(' ', '') for i in indices)}]"

    def round(self, inside: str) -> str:
        return f"({inside})"

    def square(self, head: str, inside: str) -> str:
        return f"{head}[{inside}]"

    def fraction(self, above: str, below: Piece) -> Piece:
        return Piece(f"{above} / {self.hold(below, POWER)}", PRODUCT)

    def raised(self, base: Any, exponent: Any) -> Piece:
        below = self.hold(self(base), ATOM)
        return Piece(f"{below}^{self.hold(self(exponent), ATOM)}", POWER)

    def root(self, e: Any) -> Piece:
        return Piece(f"sqrt({self.raw(e)})")

    def bar(self) -> str:
        return " | "

    def over(self, e: Sum) -> str:
        parts = []
        for ends, run in groupby(e.ranges, lambda r: r[1:]):
            parts.append(f"{self.many(r[0] for r in run)} = {self.many(ends, '..')}")
        parts += [self.raw(n) for n in _apart(e)]
        return f"sum({', '.join(parts)}) "

    def integral(self, e: Int, x: str, density: str, body: str) -> str:
        return f"int({x} = {self.many(e.range, '..')}) {body} {density}"

    # ---- shapes

    def hold(self, piece: Piece, least: int) -> str:
        return piece.text if piece.level >= least else self.round(piece.text)

    def number(self, e: Any) -> Piece:
        if e.is_Rational and not e.is_Integer:
            return self.ratio(e) if e > 0 else Piece("-" + self.ratio(-e).text, NEGATIVE)
        return Piece(str(e), NEGATIVE if e < 0 else ATOM)

    def ratio(self, e: Any) -> Piece:
        return Piece(f"{e.p}/{e.q}", PRODUCT)

    def named(self, e: Named) -> Piece:
        if not e.indices:
            return Piece(self.name(e.name))
        return Piece(self.member(e.name, [self.raw(_index(i)) for i in e.indices]))

    def add(self, e: Add) -> Piece:
        out = ""
        for n, term in enumerate(_flat(Add, e.args)):
            piece = self(term)
            inner = piece.text
            if n and (piece.level == SUM or piece.level == RELATION):
                inner = self.round(inner)
            if n and piece.level == NEGATIVE:
                out += f" - {inner[1:].lstrip()}"
            else:
                out += f" + {inner}" if n else inner
        return Piece(out, SUM)

    def mul(self, e: Mul) -> Piece:
        factors = _flat(Mul, e.args)
        minus = factors[0].is_Number and factors[0] < 0
        if minus:
            first = -factors[0]
            factors = [first, *factors[1:]] if first != 1 or len(factors) == 1 else factors[1:]
            if isinstance(factors[0], Mul) and not _negative(factors[0]):
                factors = [*_flat(Mul, factors[0].args), *factors[1:]]
            if len(factors) == 1:
                return Piece("-" + self.hold(self(factors[0]), PRODUCT), NEGATIVE)
        above, below = _sides(factors)
        piece = self.quotient(above, below) if below else self.product(above)
        return Piece("-" + piece.text, NEGATIVE) if minus else piece

    def quotient(self, above: list[Any], below: list[Any]) -> Piece:
        if above and isinstance(above[-1], Binder):
            return self.scaled(above, below)
        return self.fraction(self.above(above), self.single(below))

    def scaled(self, above: list[Any], below: list[Any]) -> Piece:
        """A fraction in front of a sum: 1/2 Σ ..., (σ / n) Σ ..."""
        if all(b.is_Number for b in below):
            front = self.quotient_of_numbers(above, below)
        else:
            front = self.round(self.fraction(self.above(above[:-1]), self.single(below)).text)
            above = above[-1:]
        return Piece(f"{front} {self.product(above).text}", PRODUCT)

    def quotient_of_numbers(self, above: list[Any], below: list[Any]) -> str:
        over = above.pop(0) if above[0].is_Number else 1
        bottom = self.raw(below[0]) if len(below) == 1 else self.round(self.product(below).text)
        return f"{over}/{bottom}"

    def above(self, above: list[Any]) -> str:
        return self.product(above).text if len(above) != 1 else self.hold(self(above[0]), PRODUCT)

    def single(self, factors: list[Any]) -> Piece:
        return self.product(factors) if len(factors) > 1 else self(factors[0])

    def product(self, factors: list[Any]) -> Piece:
        if not factors:
            return Piece("1")
        if len(factors) == 1:
            return self(factors[0])
        out = ""
        for n, f in enumerate(factors):
            piece = self(f)
            last = n == len(factors) - 1
            # (1 / n) Σ ...: a fraction needs no brackets where it is set with a bar.
            bar = self.barred and n == 0 and _is_quotient(f)
            inner = piece.text if bar else self.hold(piece, BIG if last else POWER)
            if n:
                bare = factors[n - 1] in (0, 1) or inner[0].isdigit()
                out += self.times if bare else self.gap(out)
            out += inner
        return Piece(out, PRODUCT)

    def gap(self, before: str) -> str:
        """What stands between two factors."""
        return " "

    def pow(self, e: Pow) -> Piece:
        if _negative(e.exp):
            return self.quotient([], [_power(e.base, _minus(e.exp))])
        if e.exp == S.Half:
            return self.root(e.base)
        return self.raised(e.base, e.exp)

    def given(self, e: Any) -> Piece:
        inside = self.raw(e.args[0])
        if e.given:
            inside += self.bar() + self.many(e.given)
        return Piece(self.square(self.words[e.func], inside))

    def bracket(self, e: Any) -> Piece:
        return Piece(self.square(self.words[e.func], self.many(e.args)))

    def slope(self, e: Any) -> Piece:
        return self.bracket(e)

    def indicator(self, e: Any) -> Piece:
        (event,) = e.args
        if event.func in _TURNED and event.lhs.is_number and not event.rhs.is_number:
            event = _TURNED[event.func](event.rhs, event.lhs, evaluate=False)
        return Piece(self.square(self.words[Ind], self.raw(event)))

    def call(self, e: Any) -> Piece:
        return self.called(self.words[e.func], e.args)

    def called(self, word: str, args: Iterable[Any]) -> Piece:
        return Piece(word + self.round(self.many(args)))

    def bars(self, e: Any) -> Piece:
        return self.called(self.words[Abs], e.args)

    def group(self, e: Any) -> Piece:
        return Piece(self.round(self.many(e.args)))

    def relation(self, e: Any) -> Piece:
        return Piece(f"{self.raw(e.lhs)} {self.words[e.func]} {self.raw(e.rhs)}", RELATION)

    def sum(self, e: Sum) -> Piece:
        self.bound.update(zip(e.bound, self.fresh(len(e.bound)), strict=True))
        over = self.over(e)
        body = self.hold(self(e.body), PRODUCT)
        for b in e.bound:
            del self.bound[b]
        return Piece(over + body, BIG)

    def integrate(self, e: Int) -> Piece:
        (t,) = e.bound
        x = self.raw(e.variable)
        if e.body.has(e.variable):  # then the variable's name is needed for something else
            (self.bound[t],) = self.fresh(1, "tuvw")
            density = f"Pr({x} = {self.raw(t)})"
        else:
            self.bound[t] = e.variable
            density = f"Pr({x})"
        piece = self(e.body)
        made = self.integral(e, self.raw(t), density, self.hold(piece, POWER if piece.level == BIG
                             else PRODUCT))  # fmt: skip
        del self.bound[t]
        return Piece(made, BIG)

    def fresh(self, count: int, letters: str = "jklmnpqrstuvw") -> list[Symbol]:
        """Names for bound indices: the author's, then j, k, ..., none of them in use."""
        used = self.taken | {s.name for s in self.bound.values() if isinstance(s, Symbol)}
        own = self.author if letters.startswith("j") else []
        found: list[str] = []
        for name in _candidates(own, letters):
            if name not in used and name not in found:
                found.append(name)
            if len(found) == count:
                break
        return [Symbol(name, integer=True) for name in found]


class _Unicode(_Text):
    target = "unicode"
    times = " · "

    def slope(self, e: Any) -> Piece:
        of, x = (self.hold(self(a), ATOM) for a in e.args)
        return Piece(f"∂{of}/∂{x}", POWER)

    def name(self, name: str) -> str:
        return unicode_name(name, self.declared)

    def member(self, name: str, indices: Sequence[str]) -> str:
        low = subscript("".join(indices))
        single = len(indices) == 1 or all(len(i) == 1 for i in indices)
        plain = self.name(name)
        if low is None or not single or "_" in plain:
            return f"{plain}[{','.join(i.replace(' ', '') for i in indices)}]"
        return plain + low

    def raised(self, base: Any, exponent: Any) -> Piece:
        high = superscript(self.raw(exponent))
        if high is None:
            return super().raised(base, exponent)
        return Piece(self.hold(self(base), ATOM) + high, POWER)

    def root(self, e: Any) -> Piece:
        piece = self(e)
        plain = piece.level == ATOM and (isinstance(e, (Symbol, Named)) or e.is_Number)
        return Piece(f"√{piece.text if plain else self.round(piece.text)}", POWER)

    def bars(self, e: Any) -> Piece:
        inside = self.raw(e.args[0])
        return self.called("abs", e.args) if "|" in inside else Piece(f"|{inside}|")

    def over(self, e: Sum) -> str:
        names = [self.raw(r[0]) for r in e.ranges]
        same = len({r[1:] for r in e.ranges}) == 1
        if same and len(names) == 2 and len(e.apart) == 1:
            run = ["≠".join(names) + "=" + self.many(e.ranges[0][1:], "..")]
        else:
            run = [
                ",".join(self.raw(r[0]) for r in group) + "=" + self.many(ends, "..")
                for ends, group in groupby(e.ranges, lambda r: r[1:])
            ] + [self.raw(n).replace(" ", "") for n in _apart(e)]
        return f"Σ_{{{', '.join(run)}}} "

    def integral(self, e: Int, x: str, density: str, body: str) -> str:
        whole = e.range == (S.NegativeInfinity, S.Infinity)
        ends = "" if whole else f"_{{{self.many(e.range, '..')}}}"
        return f"∫{ends} {body} {density} d{x}"


class _Latex(_Text):
    target = "latex"
    times = r" \cdot "
    barred = True

    def slope(self, e: Any) -> Piece:
        of, x = (self.hold(self(a), ATOM) for a in e.args)
        return Piece(rf"\frac{{\partial {of}}}{{\partial {x}}}", ATOM)

    def name(self, name: str) -> str:
        return latex_name(name)

    def member(self, name: str, indices: Sequence[str]) -> str:
        short = all(len(i) == 1 for i in indices)
        return latex_name(name, ("" if short else ",").join(i.replace(" ", "") for i in indices))

    def round(self, inside: str) -> str:
        return rf"\left({inside}\right)" if _tall(inside) else f"({inside})"

    def square(self, head: str, inside: str) -> str:
        # TeX puts a space before \left, which is wrong between a head and its argument.
        return rf"{head}\!\left[{inside}\right]" if _tall(inside) else f"{head}[{inside}]"

    def called(self, word: str, args: Iterable[Any]) -> Piece:
        inside = self.many(args)
        return Piece(rf"{word}\!\left({inside}\right)" if _tall(inside) else f"{word}({inside})")

    def bar(self) -> str:
        return r" \mid "

    def gap(self, before: str) -> str:
        return r" \, " if before.endswith(("]", ")")) else " "

    def ratio(self, e: Any) -> Piece:
        return Piece(rf"\frac{{{e.p}}}{{{e.q}}}", PRODUCT)

    def fraction(self, above: str, below: Piece) -> Piece:
        return Piece(rf"\frac{{{above}}}{{{below.text}}}", PRODUCT)

    def above(self, above: list[Any]) -> str:
        return self.product(above).text

    def scaled(self, above: list[Any], below: list[Any]) -> Piece:
        front = self.fraction(self.above(above[:-1]), self.single(below)).text
        return Piece(f"{front} {self.raw(above[-1])}", PRODUCT)

    def raised(self, base: Any, exponent: Any) -> Piece:
        below = self.hold(self(base), ATOM)
        name = self.bound.get(base, base)
        if isinstance(name, (Symbol, Named)) and "'" in below and "_" not in name.name:
            # TeX merges a prime with the exponent only where they stand side by side.
            head, _, low = below.partition("_")
            word, primes = head.rstrip("'"), "'" * (len(head) - len(head.rstrip("'")))
            below = (f"{word}_{low}" if low else word) + primes
        return Piece(f"{below}^{{{self.raw(exponent)}}}", POWER)

    def root(self, e: Any) -> Piece:
        return Piece(rf"\sqrt{{{self.raw(e)}}}")

    def bars(self, e: Any) -> Piece:
        return Piece(rf"\left|{self.raw(e.args[0])}\right|")

    def over(self, e: Sum) -> str:
        groups = [
            (",".join(self.raw(r[0]) for r in group), ends)
            for ends, group in groupby(e.ranges, lambda r: r[1:])
        ]
        apart = [self.raw(n) for n in _apart(e)]
        out = ""
        for n, (names, (low, high)) in enumerate(groups):
            under = f"{names}={self.raw(low)}"
            if apart and n == len(groups) - 1:
                under = rf"\substack{{{under} \\ {', '.join(apart)}}}"
            out += rf"\sum_{{{under}}}^{{{self.raw(high)}}} "
        return out

    def integral(self, e: Int, x: str, density: str, body: str) -> str:
        low, high = map(self.raw, e.range)
        return rf"\int_{{{low}}}^{{{high}}} {body} \, {density} \, d{x}"


# ---------------------------------------------------------------- parts


def _flat(cls: Any, args: Sequence[Any]) -> list[Any]:
    """The arguments with a nested first one opened: (a + b) + c reads a + b + c."""
    first, *rest = args
    if not isinstance(first, cls):
        return list(args)
    inner = _flat(cls, first.args)
    if cls is Mul and rest:
        # (x / y) z keeps its brackets: without them it would read x / (y z) or x z / y.
        quotient = any(_below(f) and not f.is_Number and not f.base.is_Number for f in inner)
        if quotient and not all(_below(f) for f in rest):
            return list(args)
    return inner + rest


def _tall(tex: str) -> bool:
    return any(c in tex for c in (r"\frac", r"\sum", r"\int", r"\left", r"\sqrt"))


def _below(f: Any) -> bool:
    return bool(_negative(f.exp) if isinstance(f, Pow) else f.is_Rational and f.q != 1)


def _is_quotient(e: Any) -> bool:
    factors = _flat(Mul, e.args) if isinstance(e, Mul) else [e]
    return any(map(_below, factors)) and not _negative(e)


def _negative(e: Any) -> bool:
    first = e.args[0] if isinstance(e, Mul) else e
    return bool(first.is_Number and first < 0)


def _minus(e: Any) -> Any:
    if not isinstance(e, Mul):
        return -e
    first, *rest = e.args
    kept = rest if first == -1 else [-first, *rest]
    return kept[0] if len(kept) == 1 else Mul(*kept, evaluate=False)


def _power(base: Any, exponent: Any) -> Any:
    return base if exponent == 1 else Pow(base, exponent, evaluate=False)


def _sides(factors: list[Any]) -> tuple[list[Any], list[Any]]:
    """What stands above and below the fraction bar."""
    above: list[Any] = []
    below: list[Any] = []
    for f in factors:
        if isinstance(f, Pow) and _negative(f.exp):
            below.append(_power(f.base, _minus(f.exp)))
        elif isinstance(f, Rational) and f.q != 1 and f > 0:
            below.append(S(f.q))
            above += [S(f.p)] if f.p != 1 else []
        else:
            above.append(f)
    if below and len(above) > 1 and above[0] == 1:
        above = above[1:]
    return above, below


def _index(i: Any) -> Any:
    """An index is stored evaluated, 1 + j; people write j + 1."""
    if isinstance(i, Add) and i.args[0].is_Number:
        return Add(*i.args[1:], i.args[0], evaluate=False)
    return i


def _apart(e: Sum) -> list[Any]:
    """The conditions j != k, each with the outer index first."""
    place = {b: n for n, b in enumerate(e.bound)}
    turned = [
        Ne(n.rhs, n.lhs, evaluate=False)
        if place.get(n.rhs, -1) < place.get(n.lhs, len(place)) and n.rhs in place
        else n
        for n in e.apart
    ]
    return sorted(turned, key=lambda n: (place.get(n.lhs, -1), place.get(n.rhs, -1)))


def _names(e: Any) -> Iterator[str]:
    for s in subterms(e):
        if isinstance(s, Named) or (isinstance(s, Symbol) and not s.name.startswith("_b")):
            yield s.name


def _candidates(own: Collection[str], letters: str) -> Iterator[str]:
    yield from own
    yield from letters
    n = 1
    while True:
        yield f"{letters[0]}{n}"
        n += 1


def _undefined(e: Any) -> bool:
    return bool(e.is_Function and type(e.func).__name__ == "UndefinedFunction")
