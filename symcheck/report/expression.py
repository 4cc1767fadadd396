"""Expressions as a person writes them: Unicode, ASCII and LaTeX from one walk.

Terms and factors come out in the order in which they stand.  The ASCII form is valid
``.proof`` syntax.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sympy import (
    Abs, Add, Eq, Ge, Gt, Le, Lt, Max, Min, Mul, Ne, Pow, Rational, S, Symbol, Tuple, cos, erf,
    exp, log, sign, sin, tanh,
)  # fmt: skip

from symcheck.context import Assumption, Context
from symcheck.expr import (
    Cov, E, Ind, Int, Named, P, Sum, Var, index, leaky_relu, relu, sigmoid,
)  # fmt: skip

__all__ = ["FUNCTIONS", "Printer", "assumption", "latex", "name", "text"]

# Precedence: what needs brackets inside what.
SUM, PRODUCT, POWER, ATOM = 0, 1, 2, 3

GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
        "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(),
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        strict=True,
    )
)
SPELLED = {v: k for k, v in GREEK.items()} | {"ℓ": "ell"}
SUPERSCRIPT = str.maketrans("-0123456789n", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ")

# name in text, name in LaTeX
FUNCTIONS: dict[Any, tuple[str, str]] = {
    relu: ("relu", r"\operatorname{ReLU}"),
    leaky_relu: ("leaky_relu", r"\operatorname{LReLU}"),
    sigmoid: ("sigmoid", r"\operatorname{sigmoid}"),
    exp: ("exp", r"\exp"), log: ("log", r"\log"), tanh: ("tanh", r"\tanh"), sin: ("sin", r"\sin"),
    cos: ("cos", r"\cos"), sign: ("sign", r"\operatorname{sign}"), erf: ("erf", r"\operatorname{erf}"),
    Abs: ("abs", ""), Max: ("max", r"\max"), Min: ("min", r"\min"),
}  # fmt: skip
RELATIONS: dict[Any, tuple[str, str, str]] = {
    Gt: (">", ">", ">"), Ge: ("≥", ">=", r"\ge "), Lt: ("<", "<", "<"), Le: ("≤", "<=", r"\le "),
    Eq: ("=", "=", "="), Ne: ("≠", "!=", r"\ne "),
}  # fmt: skip


def name(label: str, target: str) -> str:
    """A name: Greek where it is spelled out, LaTeX subscripts and primes."""
    if target == "ascii":
        return "".join(SPELLED.get(ch, ch) for ch in label)
    primes = len(label) - len(label.rstrip("'"))
    head, *rest = label.rstrip("'").split("_")
    parts = [GREEK.get(p, p) for p in (head, *rest)]
    if target == "unicode":
        return "_".join(parts) + "′" * primes
    made = [_latex_word(p) for p in parts]
    subscript = ",".join(made[1:])
    if primes and subscript:
        return f"{made[0]}_{{{subscript}{chr(39) * primes}}}"
    return made[0] + "'" * primes + (f"_{{{subscript}}}" if subscript else "")


def _latex_word(word: str) -> str:
    if len(word) == 1:
        return f"\\{SPELLED[word]}" if word in SPELLED else word
    if any(ch in SPELLED for ch in word):
        return "".join(_latex_word(ch) for ch in word)
    return rf"\mathrm{{{word}}}"


class Printer:
    """Prints for one target: ``unicode``, ``ascii`` or ``latex``.

    ``context`` tells how the author named the indices of sums.
    """

    def __init__(self, target: str, context: Context | None = None) -> None:
        if target not in ("unicode", "ascii", "latex"):
            raise ValueError(f"unknown target {target!r}")
        self.target = target
        self.tex = target == "latex"
        self.wanted = list(context.bound_names) if context else []

    def __call__(self, e: Any) -> str:
        return self.show(e, SUM)

    def show(self, e: Any, around: int) -> str:
        """e, in brackets where its surroundings bind tighter."""
        made, own = self._made(e)
        return self._brackets(made) if own < around else made

    def _brackets(self, s: str) -> str:
        return rf"\left({s}\right)" if self.tex else f"({s})"

    def _made(self, e: Any) -> tuple[str, int]:
        if isinstance(e, Rational):
            return self._number(e)
        if isinstance(e, Symbol):
            return name(e.name, self.target), ATOM
        if isinstance(e, Named):
            return self._named(e), ATOM
        for kinds, make in self._table():
            if isinstance(e, kinds):
                return make(e)
        return self._function(e)

    def _table(self) -> Sequence[tuple[Any, Callable[[Any], tuple[str, int]]]]:
        return (
            (Add, self._add), (Mul, self._mul), (Pow, self._pow), (E, self._expectation),
            (Var, self._expectation), (Cov, self._head), (P, self._head), (Ind, self._indicator),
            (Sum, self._sum), (Int, self._integral), (tuple(RELATIONS), self._relation),
            (Tuple, lambda e: (", ".join(map(self, e)), ATOM)),
        )  # fmt: skip

    def _number(self, e: Any) -> tuple[str, int]:
        if e.q == 1:
            return str(e.p), ATOM if e.p >= 0 else SUM
        if self.tex:
            sign = "-" if e.p < 0 else ""
            return rf"{sign}\frac{{{abs(e.p)}}}{{{e.q}}}", PRODUCT if e.p >= 0 else SUM
        return f"{e.p}/{e.q}", PRODUCT if e.p >= 0 else SUM

    def _named(self, e: Any) -> str:
        label = name(e.name, self.target)
        if not e.indices:
            return label
        at = [self(i) for i in e.indices]
        if not self.tex:
            short = self.target == "unicode" and "_" not in label and all(len(a) == 1 for a in at)
            return f"{label}_{''.join(at)}" if short else f"{label}[{','.join(at)}]"
        joined = "".join(at) if all(len(a) == 1 for a in at) else ",".join(at)
        if label.endswith("}") and "_{" in label:
            return f"{label[:-1]},{joined}}}"
        return f"{label}_{{{joined}}}"

    # -------------------------------------------------------- arithmetic

    def _add(self, e: Any) -> tuple[str, int]:
        made = ""
        for n, t in enumerate(e.args):
            negative, positive = _sign(t)
            s = self.show(positive, PRODUCT)
            made += (("-" if negative else "") if n == 0 else (" - " if negative else " + ")) + s
        return made, SUM

    def _mul(self, e: Any) -> tuple[str, int]:
        negative, positive = _sign(e)
        if negative:
            return "-" + self.show(positive, PRODUCT), SUM
        above, below = _fraction(e)
        if not below:
            return self._product(above), PRODUCT
        if self.tex:
            top = self._product(above, SUM) if above else "1"
            return rf"\frac{{{top}}}{{{self._product(below, SUM)}}}", PRODUCT
        top = self._product(above) if above else "1"
        bottom = self.show(below[0], POWER) if len(below) == 1 else f"({self._product(below)})"
        return f"{top} / {bottom}", PRODUCT

    def _product(self, factors: list[Any], around: int = PRODUCT) -> str:
        if len(factors) == 1:
            return self.show(factors[0], around)
        shown: list[str] = []
        for n, f in enumerate(factors):
            last = n == len(factors) - 1
            open_ended = isinstance(f, (Sum, Int)) or _ends_open(f)
            s = self.show(f, PRODUCT if last and isinstance(f, (Sum, Int)) else POWER)
            if open_ended and not last and not s.startswith(("(", r"\left(")):
                s = self._brackets(s)
            shown.append(s)
        joined = shown[0]
        for before, s in zip(factors, shown[1:], strict=False):
            digits = s[0].isdigit() and not s.startswith("1[")
            dot = (r" \cdot " if self.tex else " · " if self.target == "unicode" else " * ")
            zero = before.is_Rational and before == 0
            joined += (dot if digits or zero else " ") + s
        return joined

    def _pow(self, e: Any) -> tuple[str, int]:
        base, x = e.base, e.exp
        if x == Rational(1, 2):
            inner = self(base)
            return (rf"\sqrt{{{inner}}}" if self.tex else f"sqrt({inner})" if self.target == "ascii" else f"√({inner})"), ATOM
        if x.is_Rational and x < 0:
            bottom = base if x == -1 else Pow(base, -x, evaluate=False)
            if self.tex:
                return rf"\frac{{1}}{{{self(bottom)}}}", PRODUCT
            return f"1 / {self.show(bottom, POWER)}", PRODUCT
        if isinstance(base, relu) and self.tex:
            return f"{FUNCTIONS[relu][1]}{self._exponent(x)}{self._argument(base)}", POWER
        inner = self.show(base, ATOM)
        if isinstance(base, Pow) and not inner.startswith(("(", r"\left(", "√", "sqrt")):
            inner = self._brackets(inner)
        if self.tex and isinstance(base, Named):
            return self._power_of_name(base, x, inner), POWER
        return inner + self._exponent(x), POWER

    def _power_of_name(self, base: Any, x: Any, inner: str) -> str:
        return (f"{{{inner}}}" if "'" in inner else inner) + self._exponent(x)

    def _exponent(self, x: Any) -> str:
        made = self(x)
        if self.tex:
            return f"^{{{made}}}"
        if self.target == "unicode" and x.is_Integer and x >= 0:
            return made.translate(SUPERSCRIPT)
        return f"^{made}" if x.is_Symbol or (x.is_Integer and x >= 0) else f"^({made})"

    # -------------------------------------------------------- heads

    def _expectation(self, e: Any) -> tuple[str, int]:
        head = type(e).__name__
        inner = self(e.args[0])
        given = ", ".join(map(self, e.given))
        if self.tex:
            head = r"\mathbb{E}" if head == "E" else r"\operatorname{Var}"
            bar = rf" \mid {given}" if given else ""
            return rf"{head}\left[{inner}{bar}\right]", ATOM
        return f"{head}[{inner}{' | ' + given if given else ''}]", ATOM

    def _head(self, e: Any) -> tuple[str, int]:
        inner = ", ".join(map(self, e.args))
        if self.tex:
            head = r"\Pr" if isinstance(e, P) else r"\operatorname{Cov}"
            return rf"{head}\left[{inner}\right]", ATOM
        return f"{type(e).__name__}[{inner}]", ATOM

    def _indicator(self, e: Any) -> tuple[str, int]:
        r = e.args[0]
        # 0 >= x is stored; people write x <= 0.
        if isinstance(r, (Gt, Ge)) and r.lhs.is_number and not r.rhs.is_number:
            made = type(r)
            r = (Lt if made is Gt or issubclass(made, Gt) else Le)(r.rhs, r.lhs, evaluate=False)
        inner = self(r)
        return (rf"\mathbb{{1}}\left[{inner}\right]" if self.tex else f"1[{inner}]"), ATOM

    def _relation(self, e: Any) -> tuple[str, int]:
        column = {"unicode": 0, "ascii": 1, "latex": 2}[self.target]
        sign = next(v[column] for k, v in RELATIONS.items() if isinstance(e, k))
        return f"{self(e.lhs)} {sign} {self(e.rhs)}", SUM

    def _function(self, e: Any) -> tuple[str, int]:
        known = FUNCTIONS.get(e.func)
        if isinstance(e, Abs) and self.tex:
            return rf"\left|{self(e.args[0])}\right|", ATOM
        if isinstance(e, Abs) and self.target == "unicode":
            return f"|{self(e.args[0])}|", ATOM
        if e.args:
            label = known[1 if self.tex else 0] if known else name(e.func.__name__, self.target)
            return label + self._argument(e), ATOM
        constants = {S.Pi: ("π", "pi", r"\pi "), S.Exp1: ("e", "e", "e"), S.Infinity: ("∞", "oo", r"\infty "),
                     S.NegativeInfinity: ("-∞", "-oo", r"-\infty ")}  # fmt: skip
        if e in constants:
            return constants[e][{"unicode": 0, "ascii": 1, "latex": 2}[self.target]], ATOM
        return str(e), ATOM

    def _argument(self, e: Any) -> str:
        inner = ", ".join(map(self, e.args))
        return rf"\left[{inner}\right]" if self.tex and isinstance(e, relu) else self._brackets(inner)

    # -------------------------------------------------------- binders

    def _names(self, e: Any, count: int) -> tuple[Symbol, ...]:
        """Names for bound indices: the author's, then j, k, l, ..., none that is free inside."""
        taken = {s.name for s in e.free_symbols}
        # What is bound further in must not be hidden by its own name here.
        pool = [n for n in [*self.wanted, *"jklmnpqrst"] if n not in taken]
        pool = list(dict.fromkeys(pool))
        pool += [f"j{n}" for n in range(count)]
        return tuple(index(n) for n in pool[:count])

    def _sum(self, e: Any) -> tuple[str, int]:
        names = self._names(e, len(e.bound))
        body, *rest = e.open(names)
        limits = [t for t in rest if isinstance(t, Tuple)]
        apart = [t for t in rest if not isinstance(t, Tuple)]
        inner = self.show(body, PRODUCT)
        return self._big(limits, apart) + " " + inner, PRODUCT

    def _big(self, limits: list[Any], apart: list[Any]) -> str:
        conditions = [self(n) for n in apart]
        groups: list[tuple[list[str], str, str]] = []
        for t in limits:
            lo, hi = self(t[1]), self(t[2])
            if groups and groups[-1][1:] == (lo, hi):
                groups[-1][0].append(self(t[0]))
            else:
                groups.append(([self(t[0])], lo, hi))
        if self.tex:
            if not apart:
                return "".join(rf"\sum_{{{n}={lo}}}^{{{hi}}}" for ns, lo, hi in groups for n in ns)
            chain = self._ne_chain(limits, apart)
            if chain and len(groups) == 1 and groups[0][1] == "1":
                return rf"\sum_{{{chain}}}^{{{groups[0][2]}}}"
            over = ", ".join(f"{', '.join(ns)}={lo}..{hi}" for ns, lo, hi in groups)
            return rf"\sum_{{\substack{{{over} \\ {', '.join(conditions)}}}}}"
        if self.target == "ascii":
            over = ", ".join(f"{', '.join(ns)} = {lo}..{hi}" for ns, lo, hi in groups)
            return f"sum({', '.join([over, *conditions])})"
        if not apart:
            return " ".join(f"Σ({n}={lo}..{hi})" for ns, lo, hi in groups for n in ns)
        chain = self._ne_chain(limits, apart)
        if chain and len(groups) == 1:
            return f"Σ({chain}={groups[0][1]}..{groups[0][2]})"
        over = ", ".join(f"{','.join(ns)}={lo}..{hi}" for ns, lo, hi in groups)
        return f"Σ({over}; {', '.join(conditions)})"

    def _ne_chain(self, limits: list[Any], apart: list[Any]) -> str:
        """``j≠k`` or ``j≠k≠l`` where all indices differ from one another."""
        bound = [t[0] for t in limits]
        pairs = {frozenset((n.lhs, n.rhs)) for n in apart}
        every = {frozenset((a, b)) for n, a in enumerate(bound) for b in bound[:n]}
        sign = r" \ne " if self.tex else "≠"
        return sign.join(self(b) for b in bound) if pairs == every else ""

    def _integral(self, e: Any) -> tuple[str, int]:
        x = e.variable
        (t,) = e.bound
        body = e.open((Symbol("_v", real=True),))[0]
        low, high = e.range
        shown = self(x)
        # The lecture names the variable of integration like the random variable.
        inner_printer = _Renamed(self, shown)
        inner = inner_printer.show(body, PRODUCT)
        lo, hi = self(low), self(high)
        if self.tex:
            return rf"\int_{{{lo}}}^{{{hi}}} {inner} \,\mathrm{{Pr}}({shown})\, \mathrm{{d}}{shown}", PRODUCT
        if self.target == "ascii":
            return f"int({shown} = {lo}..{hi}) {inner} Pr({shown})", PRODUCT
        return f"∫({lo}..{hi}) {inner} Pr({shown}) d{shown}", PRODUCT


class _Renamed(Printer):
    """The printer inside an integral: its variable looks like the random variable."""

    def __init__(self, outer: Printer, shown: str) -> None:
        super().__init__(outer.target)
        self.wanted, self.shown = outer.wanted, shown

    def _made(self, e: Any) -> tuple[str, int]:
        if isinstance(e, Symbol) and e.name == "_v":
            return self.shown, ATOM
        return super()._made(e)


def _ends_open(f: Any) -> bool:
    """Would what follows f be read as part of it (a sum at its end)?"""
    if isinstance(f, Mul):
        return isinstance(f.args[-1], (Sum, Int))
    return False


def _sign(t: Any) -> tuple[bool, Any]:
    """Is t written with a minus sign, and what stands behind it?"""
    if t.is_Rational and t < 0:
        return True, -t
    if isinstance(t, Mul) and t.args and t.args[0].is_Rational and t.args[0] < 0:
        number, rest = -t.args[0], t.args[1:]
        if number == 1:
            return True, rest[0] if len(rest) == 1 else Mul(*rest, evaluate=False)
        return True, Mul(number, *rest, evaluate=False)
    return False, t


def _fraction(e: Any) -> tuple[list[Any], list[Any]]:
    """Factors above and below the bar.  A sum at the end keeps everything before it above."""
    above: list[Any] = []
    below: list[Any] = []
    for f in e.args:
        if f.is_Rational and f.q != 1:
            if f.p != 1:
                above.append(Rational(f.p))
            below.append(Rational(f.q))
        elif isinstance(f, Pow) and f.exp.is_Rational and f.exp < 0:
            below.append(f.base if f.exp == -1 else Pow(f.base, -f.exp, evaluate=False))
        else:
            above.append(f)
    return above, below


def text(e: Any, context: Context | None = None, *, unicode: bool = True) -> str:
    """e as plain text; without ``unicode`` as ASCII that a ``.proof`` file reads back."""
    return Printer("unicode" if unicode else "ascii", context)(e)


def latex(e: Any, context: Context | None = None) -> str:
    """e as LaTeX (for a mathematics environment)."""
    return Printer("latex", context)(e)


def assumption(a: Assumption, context: Context, *, unicode: bool = True) -> str:
    """An assumption as a sentence, its expressions printed like all others."""
    show = Printer("unicode" if unicode else "ascii", context)
    if a.kind == "definition" and a.about in context.definitions:
        d = context.definitions[a.about]
        return f"{show(d.term)} = {show(d.body)}"
    r = context.randoms.get(a.about)
    if r is not None:
        value = {"mean": r.mean, "variance": r.variance}.get(a.kind)
        if value is not None:
            return f"{show(r.term)} has {a.kind} {show(value)}"
        if a.kind == "law" and r.law is not None:
            return f"{show(r.term)} ~ {r.law[0]}({', '.join(map(show, r.law[1]))})"
    return a.text


