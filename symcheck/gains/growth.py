"""How large an expression may be far out: certain bounds for the tails of an integral.

For all x beyond a distance on one side of 0, an expression lies in a :class:`Span` (which may be
infinite), and its size is at most p(|x|) exp(b |x| + a x²), where p has coefficients >= 0
(:class:`Growth`).  Both are found by going through the expression from the inside out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flint import arb
from sympy import Abs, Add, Mul, Pow, cos, erf, exp, log, sign, sin, tanh

from symcheck.gains.balls import Ball, value
from symcheck.gains.names import X
from symcheck.language.expr import Ind, leaky_relu, relu, sigmoid

__all__ = ["Unbounded", "tail"]


_HIGHEST = 300  # power of x


class Unbounded(Exception):
    """No bound was found for an expression far out."""


class Span(NamedTuple):
    """All numbers from ``low`` to ``high``, which may be infinite."""

    low: Ball
    high: Ball


class Growth(NamedTuple):
    """At most (p[0] + p[1] t + p[2] t² + ...) exp(b t + a t²) for t = |x|."""

    p: tuple[Ball, ...]
    b: Ball
    a: Ball


_FIRM = {tanh: (-1, 1), sin: (-1, 1), cos: (-1, 1), erf: (-1, 1), sign: (-1, 1),
         sigmoid: (0, 1), Ind: (0, 1)}  # fmt: skip


def tail(e: Any, at: dict[Any, Ball], sigma: Ball, cut: int, power: int) -> Ball:
    """A bound for the integral of |z^power e(σ z)| against the normal density over |z| > cut.

    Raises :class:`Unbounded` where none is found; it may be found further out.
    """
    total = arb(0)
    for side in (1, -1):
        far = (sigma * cut).lower()
        edge = Span(far, arb.pos_inf()) if side > 0 else Span(arb.neg_inf(), -far)
        p, b, a = _Bounds(edge, at).growth(e)
        # t = σ z: each t^k is σ^k z^k, and so on.
        rate = arb(1) / 2 - a * sigma * sigma
        slope = b * sigma
        if not rate > 0:
            raise Unbounded("it grows as fast as the normal density falls, or faster")
        z = arb(cut)
        for k, c in enumerate(p):
            n = k + power
            fall = 2 * rate * z - slope - n / z
            if not fall > 0:
                raise Unbounded("it still grows at the cut")
            top = c * sigma**k * z**n * (slope * z - rate * z * z).exp()
            total += top / fall
    bound = (total / (2 * arb.pi()).sqrt()).upper()
    if not bound.is_finite():
        raise Unbounded("its bound is infinite")
    return bound


class _Bounds:
    """Bounds for all x in ``edge``."""

    def __init__(self, edge: Span, at: dict[Any, Ball]) -> None:
        self.edge, self.at = edge, at
        self.known: dict[Any, Span] = {}

    # -------------------------------------------------------- where it lies

    def span(self, e: Any) -> Span:
        if e not in self.known:
            self.known[e] = _sound(self._span(e))
        return self.known[e]

    def _span(self, e: Any) -> Span:
        if e == X:
            return self.edge
        if not e.has(X):
            ball = value(e, self.at)
            return Span(ball.lower(), ball.upper())
        if isinstance(e, Pow):
            return self._power(e)
        if isinstance(e, (exp, log, tanh, erf, sigmoid)):
            return self._rising(e)
        if e.func in _FIRM:
            return Span(*map(arb, _FIRM[e.func]))
        parts = [self.span(a) for a in e.args]
        if isinstance(e, Add):
            return Span(sum((p.low for p in parts), arb(0)), sum((p.high for p in parts), arb(0)))
        if isinstance(e, Mul):
            made = parts[0]
            for p in parts[1:]:
                made = _product(made, p)
            return made
        return self._bent(e, parts)

    def _rising(self, e: Any) -> Span:
        u = self.span(e.args[0])
        if isinstance(e, exp):
            return Span(u.low.exp(), _exp(u.high))
        if isinstance(e, log):
            if not u.low > 0:
                raise Unbounded("a logarithm may come near to log(0)")
            return Span(u.low.log(), u.high.log() if u.high.is_finite() else u.high)
        least, most = map(arb, _FIRM[e.func])
        low = _firm(e, u.low) if u.low.is_finite() else least
        high = _firm(e, u.high) if u.high.is_finite() else most
        return Span(low, high)

    def _bent(self, e: Any, parts: list[Span]) -> Span:
        u = parts[0]
        if isinstance(e, relu):
            return Span(_larger(u.low, arb(0)), _larger(u.high, arb(0)))
        if isinstance(e, Abs):
            most = _larger(u.high, -u.low)
            return Span(_larger(_larger(u.low, -u.high), arb(0)), most)
        if isinstance(e, leaky_relu):
            steep = _product(u, parts[1])
            least = _least([u.low, steep.low])
            return Span(least, -_least([-u.high, -steep.high]))
        raise Unbounded(f"{e.func.__name__} has no bound")

    def _power(self, e: Any) -> Span:
        if abs(e.exp) > _HIGHEST:
            raise Unbounded(f"a power of more than {_HIGHEST}")
        u = self.span(e.base)
        if e.exp.is_Integer:
            n = int(e.exp)
            made = u
            for _ in range(abs(n) - 1):
                made = _product(made, u)
            if n % 2 == 0:
                made = Span(_larger(made.low, arb(0)), made.high)
            return made if n > 0 else _inverse(made)
        if not u.low >= 0:
            raise Unbounded("a root may be of a negative number")
        raised = value(e.exp, self.at)
        if raised > 0:
            return Span(_root(u.low, raised), _root(u.high, raised))
        return _inverse(Span(_root(u.low, -raised), _root(u.high, -raised)))

    # -------------------------------------------------------- how it grows

    def growth(self, e: Any) -> Growth:
        zero = arb(0)
        if e != X and (firm := self._firm_size(e)) is not None:
            return Growth((firm,), zero, zero)
        if e == X:
            return Growth((zero, arb(1)), zero, zero)
        if isinstance(e, Add):
            return _sum([self.growth(a) for a in e.args])
        if isinstance(e, Mul):
            made = self.growth(e.args[0])
            for a in e.args[1:]:
                made = _times(made, self.growth(a))
            return made
        if isinstance(e, Pow):
            return self._grown_power(e)
        if isinstance(e, exp):
            return self._grown_exponential(e.args[0])
        if isinstance(e, log):
            return self._grown_logarithm(e.args[0])
        inner = self.growth(e.args[0])
        if isinstance(e, (relu, Abs)):
            return inner
        if isinstance(e, leaky_relu):
            steep = value(e.args[1], self.at)
            return Growth(tuple(c * (1 + abs(steep)) for c in inner.p), inner.b, inner.a)
        raise Unbounded(f"{e.func.__name__} has no bound")

    def _firm_size(self, e: Any) -> Ball | None:
        try:
            low, high = self.span(e)
        except Unbounded:
            return None
        most = _larger(abs(low), abs(high))
        return most.upper() if most.is_finite() else None

    def _grown_power(self, e: Any) -> Growth:
        if abs(e.exp) > _HIGHEST:
            raise Unbounded(f"a power of more than {_HIGHEST}")
        if e.exp.is_Integer and e.exp > 0:
            base = made = self.growth(e.base)
            for _ in range(int(e.exp) - 1):
                made = _times(made, base)
            return made
        if e.exp.is_Rational and e.exp > 0:
            base = self.growth(e.base)
            made = _rooted(base, e.exp % 1)
            for _ in range(int(e.exp // 1)):
                made = _times(made, base)
            return made
        raise Unbounded("a denominator may come near to 0")

    def _grown_exponential(self, u: Any) -> Growth:
        p = self.above(u)
        if len(p) > 3:
            raise Unbounded("an exponential grows faster than that of a square")
        c, b, a = (*p, arb(0), arb(0), arb(0))[:3]
        return Growth((c.exp(),), b, a)

    def above(self, u: Any) -> tuple[Ball, ...]:
        """A polynomial in t with coefficients >= 0 that u does not exceed."""
        if isinstance(u, Add):
            return _sum([Growth(self.above(a), arb(0), arb(0)) for a in u.args]).p
        try:
            if self.span(u).high <= 0:
                return (arb(0),)
        except Unbounded:
            pass
        made = self.growth(u)
        if not (made.b == 0 and made.a == 0):
            raise Unbounded("an exponential of an exponential")
        return made.p

    def _grown_logarithm(self, u: Any) -> Growth:
        """log(p(t) exp(b t + a t²)) <= log(sum of p) + (n + b) t + a t², n the degree of p."""
        low = self.span(u).low
        if not low > 0:
            raise Unbounded("a logarithm may come near to log(0)")
        p, b, a = self.growth(u)
        least, most = abs(low.log()), (1 + sum(p, arb(0))).log()
        return Growth((least + most, b + len(p) - 1, a), arb(0), arb(0))


def _sum(parts: list[Growth]) -> Growth:
    longest = max(len(g.p) for g in parts)
    p = tuple(
        sum((g.p[k] for g in parts if k < len(g.p)), arb(0)) for k in range(longest)
    )  # fmt: skip
    b, a = parts[0].b, parts[0].a
    for g in parts[1:]:
        b, a = _larger(b, g.b), _larger(a, g.a)
    return Growth(p, b, a)


def _rooted(g: Growth, r: Any) -> Growth:
    """The power r < 1: (c + d t + ...)^r <= c^r + d^r t^r + ..., and t^s <= 1 + t^n for n >= s."""
    power = value(r)
    p = [arb(0)] * (len(g.p) + 1)
    for k, c in enumerate(g.p):
        if not c.is_zero():
            n = -int(-(k * r) // 1)
            p[n] += c**power
            p[0] += 0 if n == k * r else c**power
    while len(p) > 1 and p[-1].is_zero():
        p.pop()
    return Growth(tuple(p), g.b * power, g.a * power)


def _times(g: Growth, h: Growth) -> Growth:
    if len(g.p) + len(h.p) > 2 * _HIGHEST:
        raise Unbounded(f"a power of more than {2 * _HIGHEST}")
    p = [arb(0)] * (len(g.p) + len(h.p) - 1)
    for i, c in enumerate(g.p):
        for j, d in enumerate(h.p):
            p[i + j] += c * d
    return Growth(tuple(p), g.b + h.b, g.a + h.a)


def _product(u: Span, v: Span) -> Span:
    ends = [_end(a, b) for a in u for b in v]
    if any(k.is_nan() for k in ends):
        return Span(arb.neg_inf(), arb.pos_inf())
    return Span(_least([k.lower() for k in ends]), -_least([-k.upper() for k in ends]))


def _least(exact: list[Ball]) -> Ball:
    """The least of some numbers without error."""
    low = exact[0]
    for k in exact[1:]:
        low = k if k < low else low
    return low


def _end(a: Ball, b: Ball) -> Ball:
    return arb(0) if a.is_zero() or b.is_zero() else a * b


def _inverse(u: Span) -> Span:
    if not (u.low > 0 or u.high < 0):
        raise Unbounded("a denominator may come near to 0")
    return Span((1 / u.high).lower(), (1 / u.low).upper())


def _root(u: Ball, n: Ball) -> Ball:
    return u if u.is_zero() or not u.is_finite() else u**n


def _exp(u: Ball) -> Ball:
    return u if not u.is_finite() and u > 0 else u.exp()


def _firm(e: Any, u: Ball) -> Ball:
    if isinstance(e, sigmoid):
        return 1 / (1 + (-u).exp())
    made: Ball = u.tanh() if isinstance(e, tanh) else u.erf()
    return made


def _larger(a: Ball, b: Ball) -> Ball:
    if a > b:
        return a
    return b if b >= a else a.union(b).upper()


def _sound(s: Span) -> Span:
    low = arb.neg_inf() if s.low.is_nan() else s.low.lower() if s.low.is_finite() else s.low
    high = arb.pos_inf() if s.high.is_nan() else s.high.upper() if s.high.is_finite() else s.high
    return Span(low, high)
