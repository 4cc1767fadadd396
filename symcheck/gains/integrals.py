"""Certified enclosures of E[e(x)] and E[z^k e(x)] for x = σ z, z standard normal.

Source: F. Johansson, Numerical integration in arbitrary-precision ball arithmetic, 2018: flint's
``acb.integral`` encloses the integral of a function that is analytic on a piece of the line.  The
line is cut where e bends.  A cut that is known only up to a small interval costs the length of the
interval times the largest value there; what lies beyond the last piece is bounded by ``growth``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from flint import acb, arb, ctx

from symcheck.gains import pieces
from symcheck.gains.balls import Ball, Function, NoValue, compiled, floats, value
from symcheck.gains.growth import Unbounded, tail
from symcheck.numbers.arithmetic import isolated

__all__ = ["NoEnclosure", "expectation", "mean_square"]

CUTS = (8, 10, 12, 14, 17, 20, 25, 32, 40, 60, 90, 150, 300, 1000)
GUARD = 24  # bits of precision beyond what is asked for
_INTERVALS = 20_000  # looked at for the zeros of one argument
_EVALUATIONS = 40_000  # of one piece of one integral


class NoEnclosure(Exception):
    """No enclosure was found; the message says why."""


def expectation(
    e: Any,
    sigma: Ball,
    bits: int,
    at: Mapping[Any, Ball] | None = None,
    power: int = 0,
) -> Ball:
    """A ball that holds E[z^power e(σ z)], with about so many bits where it can be had.

    Raises :class:`NoEnclosure`.
    """
    with ctx.workprec(bits + GUARD):
        try:
            return _Line(e, sigma, bits, dict(at or {}), power).integral()
        except (NoValue, Unbounded) as reason:
            raise NoEnclosure(str(reason)) from None


class _Line:
    """The integral over the line at the precision of this moment."""

    def __init__(self, e: Any, sigma: Ball, bits: int, at: dict[Any, Ball], power: int) -> None:
        self.e, self.sigma, self.bits, self.at, self.power = e, sigma, bits, at, power
        self.narrowest = arb(2) ** -(bits + GUARD // 2)
        self.root = (2 * arb.pi()).sqrt()

    def integral(self) -> Ball:
        size = arb(max(self.size(), 1e-300))
        goal = size * arb(2) ** -(self.bits + 4)
        cut, rest = self.cut(goal)
        total = arb(0)
        for p, q, smooth in self.pieces(self.e, arb(-cut), arb(cut)):
            total += self.narrow(p, q) if smooth is None else self.piece(smooth, p, q, goal)
        made = total / self.root + arb(0, rest)
        if not made.is_finite():
            raise NoEnclosure("the integral does not converge, or it has a singular point")
        return made

    def size(self) -> float:
        """Roughly E|z^power e|; decides on nothing but how much work is done."""
        try:
            f = floats(self.e.subs({k: float(v.mid()) for k, v in self.at.items()}))
            sigma, n = float(self.sigma.mid()), self.power
            return sum(w * abs(z) ** n * abs(f(sigma * z)) for z, w in _COARSE)
        except (NoValue, OverflowError, ValueError, ZeroDivisionError, TypeError):
            return 1.0

    def cut(self, goal: Ball) -> tuple[int, Ball]:
        """Where to stop, and a bound for what is left out."""
        best: tuple[int, Ball] | None = None
        why = "its tails have no bound"
        for cut in CUTS:
            try:
                rest = tail(self.e, self.at, self.sigma, cut, self.power)
            except Unbounded as e:
                why = str(e)
                continue
            best = cut, rest
            if rest < goal:
                return best
        if best is None:
            raise NoEnclosure(f"the tails of the integral have no bound: {why}")
        return best

    # -------------------------------------------------------- pieces

    def real(self, e: Any, z: Ball) -> Ball:
        made = compiled(e, self.at)(self.sigma * z, False)
        return made if isinstance(made, arb) else made.real

    def narrow(self, p: Ball, q: Ball) -> Ball:
        """The integral from p to q, bounded by the largest value there."""
        z = p.union(q)
        return (q - p) * self.real(self.e, z) * z**self.power * (-z * z / 2).exp()

    def piece(self, e: Any, p: Ball, q: Ball, goal: Ball) -> Ball:
        """The integral from p to q of what has no kink there."""
        f, sigma, power = compiled(e, self.at), self.sigma, self.power
        for part in (0.37, 0.71):
            point = (p + part * (q - p)).mid()
            if not f(sigma * point, False).is_finite():
                raise NoEnclosure(f"it is no real number near x = {float(sigma * point):.3g}")
        stopped: list[BaseException] = []

        def integrand(z: Any, analytic: bool) -> Any:
            if stopped:
                return _NOTHING
            try:
                made = f(sigma * z, analytic) * (-z * z / 2).exp()
                return acb(made * z**power if power else made)
            except BaseException as e:  # flint cannot pass it on; an interrupt, too
                stopped.append(e)
                return _NOTHING

        made = acb.integral(
            integrand, acb(p), acb(q), rel_tol=arb(2) ** -(self.bits + 4), abs_tol=goal,
            eval_limit=_EVALUATIONS,
        )  # fmt: skip
        if stopped:
            raise stopped[0]
        if not made.imag.contains(0):
            raise NoEnclosure("it is not real everywhere")
        return made.real

    def pieces(self, e: Any, a: Ball, b: Ball) -> Iterator[tuple[Ball, Ball, Any]]:
        """(from, to, e without kinks there); None for e where that is not certain."""
        node = pieces.innermost(e)
        if node is None:
            yield a, b, e
            return
        u = pieces.argument(node)
        f = compiled(u, self.at)
        at = a
        for p, q in [*self.zeros(u, f, a, b), (b, b)]:
            if at < p:
                middle = ((at + p) / 2).mid()
                side = f(self.sigma * middle, False)
                if not (side > 0 or side < 0):
                    raise NoEnclosure(f"a kink of {node.func.__name__} could not be isolated")
                smooth = e.xreplace({node: pieces.branch(node, 1 if side > 0 else -1)})
                yield from self.pieces(smooth, at, p)
            if p < q:
                yield p, q, None
            at = q

    def zeros(self, u: Any, f: Function, a: Ball, b: Ball) -> list[tuple[Ball, Ball]]:
        """Narrow intervals in a..b, in order, outside of which u is certainly not 0."""
        line = pieces.linear(u)
        if line is not None:
            m, c = line
            zero = -value(c, self.at) / (value(m, self.at) * self.sigma)
            p, q = zero.lower(), zero.upper()
            return [(p, q)] if a < p and q < b else [] if q < a or p > b else self.searched(f, a, b)
        return self.searched(f, a, b)

    def searched(self, f: Function, a: Ball, b: Ball) -> list[tuple[Ball, Ball]]:
        found = isolated(
            lambda z: f(self.sigma * z, False), a, b, lambda _: self.narrowest, _INTERVALS
        )
        if found is None:
            raise NoEnclosure("a kink could not be isolated")
        return found


_NOTHING = acb("nan")


def _nodes(step: float) -> tuple[tuple[float, float], ...]:
    """Points of the line with their weights: the trapezoid rule for the normal density."""
    last = round(8.5 / step)
    root = math.sqrt(2 * math.pi)
    points = (k * step for k in range(-last, last + 1))
    return tuple((z, step * math.exp(-z * z / 2) / root) for z in points)


_FINE, _COARSE = _nodes(0.125), _nodes(0.25)


def mean_square(f: Any, sigma: float, *, coarse: bool = False) -> float:
    """Roughly E[f(σ z)²]"""
    nodes = _COARSE if coarse else _FINE
    return float(sum([w * f(sigma * z) ** 2 for z, w in nodes]))
