"""Closed forms of E[g(x)] for x ~ normal(0, σ²), by a few exact rules, each step written down.

What is known: polynomials, exponentials of polynomials of degree two, erf of lines, sin and cos of
lines, on pieces of the line.  Such a g is a sum of *monomials*

    x^k exp(a x² + b x) erf(c x + d) ... cos(β x + δ) 1[x > l],

and each rule replaces the expectation of a monomial by simpler ones, until nothing is left:

- by parts (Stein): E[x h(x) w(x)] = τ² E[(h' + b h) w], w = exp(a x² + b x), 1/τ² = 1/σ² - 2 a,
  with the value at l where the half-line ends;
- completing the square: E[w] = (τ/σ) exp(b² τ²/2), and its share beyond l by erf; with i β in the
  place of b it holds for cos and sin;
- erf: E[erf(c x + d) w] = E[w] erf((c b τ² + d) / √(1 + 2 c² τ²)), for erf(c x + d) is
  2 P[z < √2 (c x + d)] - 1 with an independent standard normal z;
- two of them: E[erf(c x) erf(e x)] = (2/π) arcsin(2 c e σ² / √((1 + 2 c² σ²)(1 + 2 e² σ²))),
  Sheppard's arcsine law for the signs of √2 c x - z and √2 e x - z';
- symmetry: an odd g has expectation 0, and an even one has half of it on x > 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sympy import (
    Add,
    Integer,
    Mul,
    Pow,
    S,
    Symbol,
    asin,
    atan,
    cos,
    erf,
    exp,
    expand,
    oo,
    pi,
    sin,
    sqrt,
    tanh,
)

from symcheck.gains import pieces
from symcheck.gains.names import X
from symcheck.language.expr import E, Ind, sigmoid

__all__ = ["SIGMA", "NotExact", "Step", "closed_form"]

SIGMA = Symbol("σ", positive=True)
_MONOMIALS = 300
_TERMS = 3000  # before equal ones are put together
_STEPS = 400
_HIGHEST = 40  # power of x


class NotExact(Exception):
    """No closed form was found."""


@dataclass(frozen=True)
class Step:
    """``left = right`` by a rule, as expressions with E[...] in them."""

    left: Any
    right: Any
    rule: str


@dataclass(frozen=True)
class Monomial:
    """x^k exp(a x² + b x) erf(c x + d) ... cos(β x + δ), on the whole line or on x > low."""

    k: int = 0
    a: Any = S.Zero
    b: Any = S.Zero
    erfs: tuple[tuple[Any, Any], ...] = ()
    wave: tuple[Any, Any, Any] | None = None  # (cos or sin, β, δ)
    low: Any = None

    def expression(self) -> Any:
        """The monomial as it is written."""
        parts = [X**self.k, *(erf(c * X + d) for c, d in self.erfs)]
        if self.wave:
            head, beta, delta = self.wave
            parts.append(head(beta * X + delta))
        parts.append(exp(self.a * X**2 + self.b * X))
        if self.low is not None:
            parts.append(Ind(X > self.low))
        return Mul(*parts)

    @property
    def parity(self) -> int:
        """1 for an even integrand on the whole line, -1 for an odd one, 0 for neither."""
        if self.b != 0 or any(d != 0 for _, d in self.erfs):
            return 0
        flips = self.k + len(self.erfs)
        if self.wave:
            if self.wave[2] != 0:
                return 0
            flips += self.wave[0] is sin
        return -1 if flips % 2 else 1


Terms = dict[Monomial, Any]


def closed_form(g: Any) -> tuple[Any, tuple[Step, ...]]:
    """E[g(x)] as an expression of σ, and the steps to it.  Raises :class:`NotExact`."""
    try:
        return _by_rules(g)
    except NotExact:
        even = _even_part(g)
        if even == g:
            raise
        value, steps = _by_rules(even)
        same = Step(E(g), E(even), "symmetry: x and -x have the same law")
        return value, (same, *steps) if even.has(X) else (Step(E(g), even, same.rule),)


def _even_part(g: Any) -> Any:
    """(g(x) + g(-x)) / 2; tanh is odd, and sigmoid(u) is (1 + tanh(u / 2)) / 2."""
    if pieces.terms(g) > _TERMS:
        return g
    turned = g.replace(sigmoid, lambda u: (1 + tanh(u / 2)) / 2)
    return expand((turned + turned.subs(X, -X)) / 2)


def _by_rules(g: Any) -> tuple[Any, tuple[Step, ...]]:
    cut = pieces.exact(g)
    if cut is None:
        raise NotExact("a kink lies at no exact place")
    terms: Terms = {}
    for low, high, smooth in cut:
        for m, c in _monomials(smooth).items():
            for piece, sign in _on(m, low, high):
                terms[piece] = terms.get(piece, S.Zero) + sign * c
    terms = {m: c for m, c in terms.items() if c != 0}
    if len(terms) > _MONOMIALS:
        raise NotExact("it has too many terms")
    return _Solver().whole(g, terms)


class _Solver:
    def __init__(self) -> None:
        self.known: dict[Monomial, Any] = {}
        self.steps: list[Step] = []

    def whole(self, g: Any, terms: Terms) -> tuple[Any, tuple[Step, ...]]:
        total = Add(*(c * self.value(m) for m, c in terms.items()))
        first = Step(E(g), _written(terms), "term by term")
        steps = [first, *self.steps] if first.left != first.right else self.steps
        total = tidy(total)
        if len(steps) > 1:
            steps = [*steps, Step(E(g), total, "put together")]
        return total, tuple(steps)

    def value(self, m: Monomial) -> Any:
        """E[m], with its steps remembered."""
        if m not in self.known:
            if m == Monomial():
                return S.One
            if len(self.steps) > _STEPS or m.k > _HIGHEST:
                raise NotExact("it takes too many steps")
            here = len(self.steps)
            right, rule = self.reduced(m)
            if isinstance(right, dict):
                value = tidy(Add(*(c * self.value(n) for n, c in right.items())))
                shown = _written(right)
            else:
                value = shown = tidy(right)
            self.known[m] = value
            self.steps.insert(here, Step(E(m.expression()), shown, rule))
        return self.known[m]

    def reduced(self, m: Monomial) -> tuple[Any, str]:
        """What the expectation of m is: an expression, or terms with simpler expectations."""
        if m.low is None and m.parity == -1:
            return S.Zero, "symmetry: the integrand is odd"
        if m.low is not None and m.low == 0 and m.parity == 1:
            return {replace(m, low=None): S.Half}, "symmetry: half of an even integrand"
        if m.wave and m.wave[2] != 0:
            return _opened(m), "addition formula"
        if m.k:
            return _by_parts(m), "by parts"
        return _base(m)


def tidy(e: Any) -> Any:
    """A sum of products: what stands above the line is multiplied out."""
    if isinstance(e, Add):
        return Add(*map(tidy, e.args))
    if not isinstance(e, Mul):
        return e
    terms = [S.One]
    for factor in e.args:
        parts = Add.make_args(tidy(factor)) if isinstance(factor, (Add, Mul)) else (factor,)
        terms = [t * p for t in terms for p in parts]
        if len(terms) > _MONOMIALS:
            raise NotExact("it has too many terms")
    return Add(*terms)


def _written(terms: Terms) -> Any:
    return Add(*(c if m == Monomial() else c * E(m.expression()) for m, c in terms.items()))


# ---------------------------------------------------------------- rules


def _spread(m: Monomial) -> tuple[Any, Any]:
    """(τ², τ/σ) for the normal density times exp(a x²)."""
    narrow = 1 - 2 * m.a * SIGMA**2
    return SIGMA**2 / narrow, 1 / sqrt(narrow)


def _by_parts(m: Monomial) -> Terms:
    tau2, _ = _spread(m)
    made: Terms = {}

    def put(n: Monomial, c: Any) -> None:
        if c != 0:
            made[n] = made.get(n, S.Zero) + c

    less = replace(m, k=m.k - 1)
    if m.k > 1:
        put(replace(m, k=m.k - 2), (m.k - 1) * tau2)
    put(less, m.b * tau2)
    for n, (c, d) in enumerate(m.erfs):
        others = m.erfs[:n] + m.erfs[n + 1 :]
        inner = replace(less, erfs=others, a=m.a - c**2, b=m.b - 2 * c * d)
        put(inner, tau2 * 2 * c / sqrt(pi) * exp(-(d**2)))
    if m.wave:
        head, beta, delta = m.wave
        turned = (cos, beta, delta) if head is sin else (sin, beta, delta)
        put(replace(less, wave=turned), tau2 * (beta if head is sin else -beta))
    if m.low is not None and (m.k == 1 or m.low != 0):
        x = m.low
        edge = Mul(*(erf(c * x + d) for c, d in m.erfs)) * exp(m.a * x**2 + m.b * x)
        density = exp(-(x**2) / (2 * SIGMA**2)) / (SIGMA * sqrt(2 * pi))
        put(Monomial(), tau2 * x ** (m.k - 1) * edge * density)
    return made


def _base(m: Monomial) -> tuple[Any, str]:
    """The expectation of a monomial without a power of x."""
    tau2, ratio = _spread(m)
    mass = ratio * exp(m.b**2 * tau2 / 2)
    centre = m.b * tau2
    if m.wave and m.low is None and not m.erfs:
        head, beta, _ = m.wave
        value = ratio * exp((m.b**2 - beta**2) * tau2 / 2) * head(m.b * beta * tau2)
        return value, "completing the square, with i β"
    if m.wave:
        raise NotExact("sin or cos on a part of the line, or with erf")
    if not m.erfs and m.low is None:
        return mass, "completing the square"
    if not m.erfs:
        # (low - centre) / (√2 τ), with τ = σ times the ratio
        beyond = (1 - erf((m.low - centre) / (sqrt(2) * SIGMA * ratio))) / 2
        return mass * beyond, "completing the square, and the share beyond the end"
    if len(m.erfs) == 1 and m.low is None:
        c, d = m.erfs[0]
        wide = sqrt(1 - 2 * m.a * SIGMA**2 + 2 * c**2 * SIGMA**2) * ratio
        return mass * erf((c * centre + d) / wide), "erf is a probability of a normal"
    centred = m.b == 0 and all(d == 0 for _, d in m.erfs)
    if len(m.erfs) == 1 and centred and m.low == 0:
        c = m.erfs[0][0]
        return ratio / pi * atan(sqrt(2) * c * SIGMA * ratio), "probability of a quadrant"
    if len(m.erfs) == 2 and centred and m.low is None:
        (c, _), (e, _) = m.erfs
        narrow = 1 - 2 * m.a * SIGMA**2
        wide = sqrt(narrow + 2 * c**2 * SIGMA**2) * sqrt(narrow + 2 * e**2 * SIGMA**2)
        return ratio * 2 / pi * asin(2 * c * e * SIGMA**2 / wide), "the arcsine law"
    raise NotExact("a product of erf that has no closed form here")


def _opened(m: Monomial) -> Terms:
    """cos(β x + δ) and sin(β x + δ) by the addition formulas."""
    head, beta, delta = m.wave or (cos, S.Zero, S.Zero)
    same, other = (head, beta, S.Zero), (sin if head is cos else cos, beta, S.Zero)
    second = -sin(delta) if head is cos else sin(delta)
    return {replace(m, wave=same): cos(delta), replace(m, wave=other): second}


# ---------------------------------------------------------------- monomials


def _on(m: Monomial, low: Any, high: Any) -> list[tuple[Monomial, int]]:
    """The monomial between two points, as monomials on the line and on half-lines."""
    if low == -oo and high == oo:
        return [(m, 1)]
    if high == oo:
        return [(replace(m, low=low), 1)]
    if low == -oo:
        turned, sign = _turned(m)
        return [(replace(turned, low=-high), sign)]
    return [(replace(m, low=low), 1), (replace(m, low=high), -1)]


def _turned(m: Monomial) -> tuple[Monomial, int]:
    """The monomial at -x, as a monomial and a sign."""
    sign = -1 if (m.k + len(m.erfs)) % 2 else 1
    wave = m.wave
    if wave:
        sign *= -1 if wave[0] is sin else 1
        wave = (wave[0], wave[1], -wave[2])
    erfs = tuple((c, -d) for c, d in m.erfs)
    return replace(m, b=-m.b, erfs=erfs, wave=wave), sign


def _monomials(e: Any) -> Terms:
    """A smooth expression as a sum of monomials."""
    if pieces.terms(e) > _TERMS:
        raise NotExact("it has too many terms")
    made: Terms = {}
    for term in Add.make_args(expand(e, log=False, power_base=False)):
        for m, c in _monomial(term):
            made[m] = made.get(m, S.Zero) + c
            if len(made) > _MONOMIALS:
                raise NotExact("it has too many terms")
    return made


def _monomial(term: Any) -> list[tuple[Monomial, Any]]:
    found = [(Monomial(), S.One)]
    for factor in Mul.make_args(term):
        base, n = (factor.base, factor.exp) if isinstance(factor, Pow) else (factor, Integer(1))
        if not factor.has(X):
            found = [(m, c * factor) for m, c in found]
            continue
        if not (n.is_Integer and n > 0):
            raise NotExact(f"{factor} is none of the functions known here")
        for _ in range(1 if base == X or isinstance(base, exp) else int(n)):
            found = _together(pair for m, c in found for pair in _times(m, c, base, int(n)))
    return found


def _together(pairs: Iterable[tuple[Monomial, Any]]) -> list[tuple[Monomial, Any]]:
    """Equal monomials put together."""
    made: Terms = {}
    for m, c in pairs:
        made[m] = made.get(m, S.Zero) + c
    return [(m, c) for m, c in made.items() if c != 0]


def _times(m: Monomial, c: Any, base: Any, n: int) -> list[tuple[Monomial, Any]]:
    """A monomial times x^n or exp(u)^n, or times one erf, sin or cos."""
    if base == X:
        return [(replace(m, k=m.k + n), c)]
    if isinstance(base, exp):
        u = expand(n * base.args[0])
        a, b, constant = u.coeff(X, 2), u.coeff(X, 1), u.coeff(X, 0)
        if expand(u - a * X**2 - b * X - constant) != 0 or constant.has(X):
            raise NotExact("an exponential of more than a square")
        return [(replace(m, a=m.a + a, b=m.b + b), c * exp(constant))]
    line = pieces.linear(base.args[0]) if isinstance(base, (erf, sin, cos)) else None
    if line is None:
        raise NotExact(f"{base.func.__name__} is none of the functions known here")
    slope, shift = line
    sign = 1
    if slope.is_negative:  # erf and sin are odd, cos is even
        slope, shift, sign = -slope, -shift, 1 if isinstance(base, cos) else -1
    if isinstance(base, erf):
        erfs = tuple(sorted((*m.erfs, (slope, shift)), key=str))
        return [(replace(m, erfs=erfs), sign * c)]
    head = base.func
    if m.wave is None:
        return [(replace(m, wave=(head, slope, shift)), sign * c)]
    return [(replace(m, wave=w), sign * c * f) for w, f in _product(m.wave, (head, slope, shift))]


def _product(
    u: tuple[Any, Any, Any], v: tuple[Any, Any, Any]
) -> list[tuple[tuple[Any, Any, Any] | None, Any]]:
    """The product of two waves as a sum of waves; None for one that does not move."""
    (f, b, d), (g, e, h) = u, v
    if f is cos and g is sin:
        (f, b, d), (g, e, h) = v, u
    head = sin if f is not g else cos
    minus, plus = (head, b - e, d - h), (head, b + e, d + h)
    sign = -1 if f is sin and g is sin else 1
    made: list[tuple[tuple[Any, Any, Any] | None, Any]] = [(plus, sign * S.Half)]
    if minus[1] == 0:
        return [*made, (None, S.Half * head(minus[2]))]
    if minus[1].is_negative:
        turn = -1 if head is sin else 1
        minus = (head, -minus[1], -minus[2])
        return [*made, (minus, turn * S.Half)]
    return [*made, (minus, S.Half)]
