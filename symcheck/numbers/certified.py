"""Expectations in one variable with a proved error: ball arithmetic (python-flint).

Source: F. Johansson, Numerical integration in arbitrary-precision ball arithmetic, 2018, whose
``acb_calc_integrate`` encloses the integral of a function that is analytic on a piece of the
line.  The line is cut where g bends; around a cut that is known only up to a small interval,
that interval's share is bounded by its length times the largest value on it.  Beyond the last
piece the bound of :mod:`symcheck.numbers.bounds` counts as error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from flint import acb, arb, ctx
from sympy import Abs, Eq, Ge, Gt, Max, Min, Ne, S, sign

from symcheck.language.expr import (
    RV,
    Ind,
    add,
    leaky_relu,
    mul,
    neg,
    rebuild,
    relu,
    replace,
    subterms,
)
from symcheck.language.ring import canonical
from symcheck.numbers.arithmetic import isolated, whole_power
from symcheck.numbers.balls import evaluate
from symcheck.numbers.cells import enclosure
from symcheck.numbers.densities import standard
from symcheck.numbers.gauss import ACCURACY, Integral, Machine
from symcheck.numbers.program import NotSampled

__all__ = ["Balls"]

PRECISION = 128
_NARROW = 2.0**-70  # of a cut, relative
_NOTHING = 1e-30  # an error that is none: what is integrated may be 0
_INTERVALS = 20_000  # looked at for the zeros of one argument

Point = Any
Ball = Any


class Balls(Machine[Ball]):
    """Real balls: what is computed holds for every number in them."""

    def constant(self, e: Any, known: Mapping[Any, Ball]) -> Ball:
        with ctx.workprec(PRECISION):
            return evaluate(e, known)

    def expectation(
        self, name: str, parameters: list[Ball], g: Any, x: RV, known: Mapping[Any, Ball]
    ) -> Ball:
        at = {n: b for n, b in known.items() if g.has(n)}
        loc, scale, law = standard(name, [float(p.mid()) for p in parameters])
        rough = Integral(
            law, loc, scale, 0.0, g, x, {n: float(b.mid()) for n, b in at.items()},
            {n: (_float(b.lower(), -1), _float(b.upper(), 1)) for n, b in at.items()},
        )  # fmt: skip
        # The floats say only where to stop.
        with ctx.workprec(PRECISION), np.errstate(all="ignore"):
            made = _Certified(name, parameters, g, x, at)
            ball, size = made.sum(rough) if law.discrete else made.integral(rough)
        if not (ball.is_finite() and ball.rad() <= max(ACCURACY * size, _NOTHING)):
            raise NotSampled("the certified quadrature does not converge")
        return ball

    def several(
        self, laws: Mapping[RV, tuple[str, list[Ball]]], g: Any, known: Mapping[Any, Ball]
    ) -> Ball:
        at = {
            n: (_float(b.lower(), -1), _float(b.upper(), 1)) for n, b in known.items() if g.has(n)
        }
        with ctx.workprec(PRECISION):
            low, high = enclosure(laws, g, at)
            return arb(low).union(arb(high))

    def plain(self, ball: Ball) -> tuple[float, float]:
        value = float(ball.mid())
        with ctx.workprec(PRECISION):
            return value, math.nextafter(float((ball - arb(value)).abs_upper()), math.inf)


class _Certified:
    """E[g(x)] for x = loc + scale z, as a ball."""

    def __init__(
        self, name: str, parameters: list[Ball], g: Any, x: RV, at: Mapping[Any, Ball]
    ) -> None:
        self.name, self.parameters, self.g, self.x, self.at = name, parameters, g, x, dict(at)
        p = parameters
        self.loc, self.scale = arb(0), arb(1)
        if name in ("normal", "uniform", "laplace"):
            self.loc = p[0]
            self.scale = {"normal": p[1].sqrt(), "uniform": p[1] - p[0], "laplace": p[1]}[name]
        elif name == "exponential":
            self.scale = 1 / p[0]
        elif name in ("student", "cauchy"):
            df = p[0] if p else arb(1)
            half = (df + 1) / 2
            self.front = half.gamma() / ((df / 2).gamma() * (df * arb.pi()).sqrt())
            self.df, self.half = df, half

    def weight(self, z: Any, side: int, analytic: bool = False) -> Any:
        """The density at z, continued from this side of 0."""
        if self.name == "normal":
            return (-z * z / 2).exp() / (2 * arb.pi()).sqrt()
        if self.name == "uniform":
            return arb(1)
        if self.name == "exponential":
            return (-z).exp()
        if self.name == "laplace":
            return (-side * z).exp() / 2
        inner = 1 + z * z / self.df
        inner = inner.log(analytic=analytic) if isinstance(inner, acb) else inner.log()
        return self.front * (-self.half * inner).exp()

    def mass(self, n: Any) -> Ball:
        """The probability of the point n of a discrete law."""
        if self.name == "poisson":
            rate = self.parameters[0]
            return whole_power(rate, int(n)) * (-rate).exp() / arb(int(n)).fac()
        if self.name == "rademacher":
            return arb(1) / 2
        return self.parameters[0] if n else 1 - self.parameters[0]

    def sum(self, rough: Integral) -> tuple[Ball, float]:
        """The sum over the points of a discrete law, and roughly E|g|."""
        points, rest = rough.points()
        total, size = _around_zero(rest), 0.0
        for n in points:
            term = evaluate(self.g, {**self.at, self.x: arb(n)}) * self.mass(n)
            total, size = total + term, size + float(abs(term).mid())
        return total, size

    def integral(self, rough: Integral) -> tuple[Ball, float]:
        """The integral over the line, and roughly E|g|."""
        t_lo, t_hi, rest = rough.cut()
        law = rough.law
        lo = law.lower if math.isfinite(law.lower) else math.sinh(t_lo)
        hi = law.upper if math.isfinite(law.upper) else math.sinh(t_hi)
        size = rough.size(t_lo, t_hi)
        total = _around_zero(rest)
        ends = [arb(e) for e in sorted({lo, hi, *(k for k in law.kinks if lo < k < hi)})]
        for a, b in pairwise(ends):
            for p, q, smooth in self.pieces(_pairwise(self.g), a, b):
                total += self.narrow(p, q) if smooth is None else self.piece(smooth, p, q, size)
        return total, size

    def real(self, e: Any, z: Ball) -> Ball:
        """The value of e; what is under a root is at least 0 (that was asked first)."""
        return evaluate(e, {**self.at, self.x: self.loc + self.scale * z}, clip=True)

    def narrow(self, p: Ball, q: Ball) -> Ball:
        """The integral over p..q, bounded by the largest value there."""
        z = p.union(q)
        return (q - p) * self.real(self.g, z) * self.weight(z, 1 if p >= 0 else -1)

    def piece(self, g: Any, p: Ball, q: Ball, size: float) -> Ball:
        """The integral over p..q of g, which has no kink there; ``size`` is that of the whole."""

        side = 1 if p >= 0 else -1

        def f(z: Any, analytic: bool) -> Any:
            at = {**self.at, self.x: self.loc + self.scale * z}
            return acb(evaluate(g, at, analytic) * self.weight(z, side, analytic))

        fine = arb(2) ** -64
        least = fine * size if size > 0 else arb(2) ** -4000
        return acb.integral(f, acb(p), acb(q), rel_tol=fine, abs_tol=least).real

    def pieces(self, g: Any, a: Ball, b: Ball) -> Iterator[tuple[Ball, Ball, Any]]:
        """(from, to, g without kinks there); None for g where that is not certain."""
        node = next((s for s in subterms(g) if _bent(s, self.x)), None)
        if node is None:
            yield a, b, g
            return
        while True:  # the innermost
            inner = next((s for c in node.args for s in subterms(c) if _bent(s, self.x)), None)
            if inner is None:
                break
            node = inner
        u = _argument(node)
        if canonical(u) == 0:
            yield from self.pieces(replace(g, {node: _branch(node, 0)}), a, b)
            return
        at = a
        for p, q in [*self.zeros(u, a, b), (b, b)]:
            if at < p:
                value = self.real(u, _middle(at, p))
                if not (value > 0 or value < 0):
                    raise NotSampled("a kink could not be isolated")
                form = _branch(node, 1 if value > 0 else -1)
                yield from self.pieces(replace(g, {node: form}), at, p)
            if p < q:
                yield p, q, None
            at = q

    def zeros(self, u: Any, a: Ball, b: Ball) -> list[tuple[Ball, Ball]]:
        """Narrow intervals in a..b, in order, outside of which u is certainly not 0."""
        found = isolated(lambda z: self.real(u, z), a, b, _narrow, _INTERVALS)
        if found is None:
            raise NotSampled("a kink could not be isolated")
        return found


def _narrow(z: Ball) -> Ball:
    return _NARROW * (1 + abs(z.mid()))


def _float(b: Ball, way: int) -> float:
    """A float beyond b."""
    return math.nextafter(float(b), way * math.inf)


def _around_zero(log_size: float) -> Ball:
    """All numbers up to exp(log_size) in size; 1% more, for what doubles may have lost."""
    return arb(0, arb(log_size + 0.01).exp()) if log_size > -math.inf else arb(0)


def _middle(p: Ball, q: Ball) -> Ball:
    return ((p + q) / 2).mid()


# ---------------------------------------------------------------- kinks


def _pairwise(e: Any) -> Any:
    """Max and Min by ReLU: max(a, b) = a + ReLU[b - a]."""
    if not e.args or isinstance(e, RV):
        return e
    args = [_pairwise(a) for a in e.args]
    if not isinstance(e, (Max, Min)):
        return rebuild(e, args)
    made = args[0]
    for a in args[1:]:
        if isinstance(e, Max):
            made = add(made, relu(add(a, neg(made)), evaluate=False))
        else:
            made = add(made, neg(relu(add(made, neg(a)), evaluate=False)))
    return made


def _bent(s: Any, x: RV) -> bool:
    return isinstance(s, (relu, leaky_relu, Abs, sign, Ind)) and s.has(x)


def _argument(node: Any) -> Any:
    """What changes its sign where the node bends."""
    if isinstance(node, Ind):
        return add(node.args[0].lhs, neg(node.args[0].rhs))
    return node.args[0]


def _branch(node: Any, side: int) -> Any:
    """The node where its argument is positive (side 1), negative (-1) or 0 throughout (0)."""
    if isinstance(node, Ind):
        kind = type(node.args[0])
        return S(({Gt: side > 0, Ge: side >= 0, Eq: side == 0, Ne: side != 0}[kind] and 1) or 0)
    u = node.args[0]
    if isinstance(node, sign) or side == 0:
        return S(side)
    if isinstance(node, relu):
        return u if side > 0 else S.Zero
    if isinstance(node, leaky_relu):
        return u if side > 0 else mul(node.args[1], u)
    return u if side > 0 else neg(u)
