"""The variance map V(q) = σ_w² E[φ(√q z)²] + σ_b², its fixed points, and whether they attract.

V'(q) = σ_w² E[(z² - 1) φ(√q z)²] / (2 q), because the normal density of variance q changes with q
by (z² - 1) / (2 q) of itself: no derivative of φ is needed, and kinks do no harm.  A fixed point
is looked for in floats; then an interval around it is shown to hold exactly one, by Newton's
operator on balls.  At q = 0 everything is read off from φ and its derivatives at 0.

Sources: Poole et al. 2016 (the map), Schoenholz et al. 2017 (χ = σ_w² E[φ'²], edge of chaos),
Hayou et al. 2019 (the edge for other activations); Krawczyk and Neumaier on interval Newton.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from flint import arb, ctx
from sympy import S, expand

from symcheck.gains import pieces
from symcheck.gains.balls import Ball, NoValue, floats, value
from symcheck.gains.integrals import NoEnclosure, expectation, mean_square
from symcheck.gains.moments import SIGMA, tidy
from symcheck.gains.names import X
from symcheck.gains.slopes import derivative

__all__ = ["Map", "Point"]

DECADES = range(-6, 7)  # where fixed points are looked for, around σ²
_A_DECADE = 3
_LOOKS = 60
_ROUNDS = 4
_ROUGH = 30  # bits of the slope that Newton's steps take


@dataclass(frozen=True)
class Point:
    """A fixed point: q, V'(q), χ (None where they are infinite).

    ``attracts`` is None where that is not certain.
    """

    q: Ball
    slope: Ball | None
    chi: Ball | None
    attracts: bool | None
    exact: bool  # is χ exactly 1?


@dataclass
class Map:
    """The map of an activation: ``phi`` without letters, the moments' closed forms where known.

    ``weights`` and ``bias`` are σ_w² and σ_b² as balls; ``exact`` are the same as expressions,
    None where they are not known as such.
    """

    phi: Any
    gated: bool
    weights: Ball
    bias: Ball
    exact: tuple[Any, Any]
    second: Any
    slope: Any
    bits: int
    around: float
    scanned: tuple[float, float] | None = None  # once fixed points were looked for in floats

    # -------------------------------------------------------- values

    @cached_property
    def square(self) -> Any:
        return self.phi**2

    @cached_property
    def turned(self) -> Any:
        return derivative(self.phi) ** 2

    def moment(self, q: Ball, power: int = 0, bits: int = 0) -> Ball:
        """E[z^power φ(√q z)²]"""
        return expectation(self.square, q.sqrt(), bits or self.bits, power=power)

    def value(self, q: Ball) -> Ball:
        m = self.moment(q)
        return self.weights * (q * m if self.gated else m) + self.bias

    def rise(self, q: Ball, bits: int = 0) -> Ball:
        """V'(q)"""
        m = self.moment(q, bits=bits)
        change = (self.moment(q, 2, bits) - m) / (2 * q)
        return self.weights * (m + q * change if self.gated else change)

    def chi(self, q: Ball) -> Ball:
        turned = expectation(self.turned, q.sqrt(), self.bits)
        return self.weights * (q * turned + self.moment(q) if self.gated else turned)

    @cached_property
    def _floats(self) -> Any:
        return floats(self.phi)

    def roughly(self, q: float, coarse: bool = False) -> float:
        """V(q) in floats; infinite where it is too large for them."""
        try:
            m = mean_square(self._floats, math.sqrt(q), coarse=coarse)
        except (OverflowError, ValueError, ZeroDivisionError, TypeError):
            return math.inf
        return float(self.weights.mid()) * (q * m if self.gated else m) + float(self.bias.mid())

    # -------------------------------------------------------- closed form

    @cached_property
    def closed(self) -> Any:
        """V as an expression in σ, where q = σ²; None where there is none."""
        w, b = self.exact
        if self.second is None or w is None or b is None:
            return None
        return w * (SIGMA**2 * self.second if self.gated else self.second) + b

    @cached_property
    def line(self) -> tuple[Any, Any] | None:
        """(α, β) where V(q) = α q + β for all q; else None."""
        if self.closed is None or self.gated:
            return None
        w, b = self.exact
        rate = tidy(self.second / SIGMA**2)
        return None if rate.has(SIGMA) else (w * rate, b)

    # -------------------------------------------------------- fixed points

    def points(self) -> tuple[list[Point], str]:
        """The fixed points that were found, and what is particular."""
        with ctx.workprec(self.bits + 40):
            return self._points()

    def _points(self) -> tuple[list[Point], str]:
        if self.line is not None:
            return self._of_line(*self.line)
        found = [p for p in (self.zero(),) if p is not None]
        note = ""
        for low, high in self.brackets():
            try:
                point = self.certain(self.refined(low, high))
                point = point if point and low < float(point.q) < high else None
            except NoEnclosure as reason:
                point, note = None, str(reason)
            if point is not None:
                found.append(point)
            else:
                note = note or f"a fixed point near q = {math.sqrt(low * high):.3g} is not certain"
        return found, note

    def _of_line(self, rate: Any, start: Any) -> tuple[list[Point], str]:
        """V(q) = α q + β"""
        alpha, beta = value(rate), value(start)
        one = _nothing(rate - 1)
        critical = "; χ = 1 at every q: the edge of chaos" if self._critical() else ""
        if one and start == 0:
            return [], f"V(q) = q: every q is a fixed point, and none attracts{critical}"
        if one:
            grows = "no fixed point, the variance grows by σ_b² in each layer"
            return [], f"V(q) = q + σ_b²: {grows}{critical}"
        if start != 0 and not alpha < 1:
            return [], "no fixed point: the variance grows without bound"
        q = beta / (1 - alpha) if start != 0 else arb(0)
        turned = self._unbent(q)
        grown = "" if alpha < 1 else "the variance grows by the factor V'(q) in each layer"
        return [Point(q, alpha, turned, bool(alpha < 1), self._critical())], grown

    def _critical(self) -> bool:
        """Is χ = 1 wherever V is a line?"""
        known = self.slope is not None and not self.slope.has(SIGMA)
        return known and _nothing(self.exact[0] * self.slope - 1)

    def _unbent(self, q: Ball) -> Ball:
        """χ, which does not depend on q where V is a line; exact from its closed form."""
        w = self.exact[0]
        if self.slope is not None and not self.slope.has(SIGMA):
            return value(w * self.slope)
        return self.chi(q if q > 0 else arb(1))

    # -------------------------------------------------------- at 0

    def zero(self) -> Point | None:
        """The fixed point q = 0, where V(0) = 0."""
        if self.exact[1] != 0 or not (self.gated or self.phi.subs(X, 0) == 0):
            return None
        sides = [s for side in (1, -1) if (s := one_sided(self.phi, side)) is not None]
        if len(sides) < 2:
            return None
        if not self.gated and any(s.subs(X, 0) != 0 for s in sides):
            return Point(arb(0), None, None, False, False)
        first = sides if self.gated else [derivative(s) for s in sides]
        try:
            rate = sum((s.subs(X, 0) ** 2 for s in first), S.Zero) / 2
            slope = self.weights * value(rate)
        except NoValue:
            return None
        if not slope.is_finite():
            return None
        w = self.exact[0]
        one = w is not None and slope.contains(1) and _nothing(w * rate - 1)
        slope = arb(1) if one else slope
        attracts = self._bends([s**2 for s in sides]) if one else _below(slope)
        return Point(arb(0), slope, slope, attracts, bool(one))

    def _bends(self, squares: list[Any]) -> bool | None:
        """Where V'(0) = 1: is V(q) < q for small q?  By the next term of φ² at 0 that counts."""
        if self.gated:
            return None
        right, left = squares
        for order, sign in ((3, -1), (4, 1)):
            right, left = (_derived(s, 3 if order == 3 else 1) for s in (right, left))
            term = right.subs(X, 0) + sign * left.subs(X, 0)
            if not _nothing(term):
                ball = value(term)
                return True if ball < 0 else False if ball > 0 else None
        return None

    # -------------------------------------------------------- above 0

    def brackets(self) -> Iterator[tuple[float, float]]:
        """Where V(q) - q changes its sign, in floats."""
        steps = range(DECADES[0] * _A_DECADE, DECADES[-1] * _A_DECADE + 1)
        grid = [self.around * 10 ** ((k + 0.37) / _A_DECADE) for k in steps]
        above = [self.roughly(q, coarse=True) / q - 1 for q in grid]
        looked = [q for q, u in zip(grid, above, strict=True) if math.isfinite(u)]
        self.scanned = (looked[0], looked[-1]) if looked else (0.0, 0.0)
        for (p, q), (u, v) in zip(pairwise(grid), pairwise(above), strict=True):
            known = math.isfinite(u) and math.isfinite(v)
            if known and (u > 0) != (v > 0) and max(abs(u), abs(v)) > 1e-9:
                yield p, q

    def refined(self, low: float, high: float) -> float:
        """A zero of V(q) - q in floats, by regula falsi with halving (Illinois)."""
        p, q = math.log(low), math.log(high)
        u, v = (self.roughly(math.exp(t)) / math.exp(t) - 1 for t in (p, q))
        middle = (p + q) / 2
        for _ in range(_LOOKS):
            if not (math.isfinite(u) and math.isfinite(v)) or u == v:
                middle = (p + q) / 2
            else:
                middle = q - v * (q - p) / (v - u)
            w = self.roughly(math.exp(middle)) / math.exp(middle) - 1
            if abs(w) < 1e-13 or abs(q - p) < 1e-13:
                break
            if (w > 0) != (v > 0):
                p, u = q, v
            else:
                u /= 2
            q, v = middle, w
        return math.exp(middle)

    def certain(self, near: float) -> Point | None:
        """The one fixed point near this float, or None where that cannot be shown."""
        with ctx.workprec(self.bits + 40):
            q = arb(near)
            rise = self.rise(q, _ROUGH).mid()
            off = self.value(q) - q
            for _ in range(_ROUNDS + self.bits // _ROUGH):
                q = (q - off / (rise - 1)).mid()
                if not q > 0:
                    return None
                off = self.value(q) - q
                if abs(off) < q * arb(2) ** (6 - self.bits):
                    break
            wide = (2 * abs(off / (rise - 1)) + q * arb(2) ** -(self.bits - 6)).upper()
            if not (wide.is_finite() and wide < q):
                return None
            around = arb(q, wide)
            slope = self.rise(around)
            if not (slope < 1 or slope > 1):
                return None
            image = q - off / (slope - 1)
            if not around.contains_interior(image):
                return None
            return Point(image, slope, self.chi(image), _below(slope), False)


def _nothing(e: Any) -> bool:
    """Is it 0, as far as multiplying out shows?"""
    return bool(e == 0 or expand(e) == 0)


def _derived(e: Any, times: int) -> Any:
    for _ in range(times):
        e = derivative(e)
    return e


def _below(slope: Ball) -> bool | None:
    """Is |V'(q)| < 1?"""
    size = abs(slope)
    return True if size < 1 else False if size > 1 else None


def one_sided(e: Any, side: int) -> Any | None:
    """e as it is just right of 0 (side 1) or left of it (-1); None where that is not found."""
    while (node := pieces.innermost(e)) is not None:
        u = pieces.argument(node)
        for _ in range(6):
            at_zero = u.subs(X, 0)
            if at_zero.is_positive or at_zero.is_negative:
                here = 1 if at_zero.is_positive else -1
                break
            if at_zero != 0:
                return None
            u = derivative(u) * side
        else:
            return None
        e = e.xreplace({node: pieces.branch(node, here)})
    return e
