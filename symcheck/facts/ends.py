"""Between which constants does a random quantity lie, almost surely?

Interval arithmetic with symbolic ends, from the inside out.  An end of which only the
existence is known is a letter of its own.  Source: Moore, Kearfott and Cloud, Introduction to
Interval Analysis, 2009, chapter 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace as _with
from functools import partial, reduce
from typing import Any

from sympy import (
    Abs,
    Add,
    Dummy,
    Expr,
    Max,
    Min,
    Mul,
    Pow,
    S,
    Tuple,
    cos,
    erf,
    exp,
    log,
    sign,
    sin,
    tanh,
)

from symcheck.facts.assumptions import EMPTY, NOTHING, Ends, Scope, Used, every
from symcheck.facts.declarations import Declarations
from symcheck.language.expr import (
    RV,
    Binder,
    Def,
    Diff,
    E,
    Ind,
    Sum,
    Var,
    add,
    bound_indices,
    leaky_relu,
    mul,
    relu,
    sigmoid,
)
from symcheck.language.ring import canonical

__all__ = ["ends"]

_WITHIN_ONE = (tanh, sin, cos, erf, sign)


def ends(c: Declarations, e: Expr, scope: Scope = EMPTY) -> Ends:
    """Constants between which e lies almost surely, as close as the structure of e tells."""
    if c.constant(e):
        return Ends(e, e)
    found: Ends = c.remember(("ends", e, scope), lambda: _Interval(c, scope).of(e), Ends())
    return found


def _some() -> Any:
    """A constant of which nothing is known."""
    return Dummy(real=True)


class _Interval:
    """Interval arithmetic; ``_signs`` collects the assumptions by which signs are known."""

    def __init__(self, c: Declarations, scope: Scope) -> None:
        self.c, self.scope = c, scope
        self._signs: Used = NOTHING

    def of(self, e: Any) -> Ends:
        found = self._of(e)
        return found._replace(used=found.used | self._signs)

    def _inner(self, e: Any) -> Ends:
        return ends(self.c, e, self.scope)

    def _of(self, e: Any) -> Ends:
        if isinstance(e, RV):
            return self._variable(e)
        if isinstance(e, Def) and e.name in self.c.definitions:
            return self._inner(self.c.unfold(e))
        if isinstance(e, Add):
            return self._sum([self._inner(t) for t in e.args])
        if isinstance(e, exp):
            u = self._inner(e.args[0])
            low = S.Zero if u.low is None else exp(u.low)
            return Ends(low, None if u.high is None else exp(u.high), u.used)
        if isinstance(e, (Mul, Pow)):
            found = self._product(e)
            if not found.both and (bounded := self.c.bounded(e, self.scope)) is not None:
                low, high = (_some() if x is None else x for x in found[:2])
                found = Ends(low, high, found.used | bounded)
            return found
        if isinstance(e, Sum):
            return self._series(e)
        return Ends() if isinstance(e, (Binder, Diff)) else self._function(e)

    def _variable(self, x: RV) -> Ends:
        r, known = self.c.randoms.get(x.name), self.c.law(x)
        low, high = known[0].support(*known[1]) if known else (-S.Infinity, S.Infinity)
        used = self.c.law_used(x) if known else NOTHING
        if low == -S.Infinity and r is not None and r.sign in (">", ">="):
            low = S.Zero
            used |= self.c.about(r, "positive", f"{r.term} {r.sign} 0")
        return Ends(None if low == -S.Infinity else low, None if high == S.Infinity else high, used)

    # ------------------------------------------------------------ signs of ends

    def _at_least_zero(self, end: Any, strict: bool = False) -> bool:
        found = None if end is None else self.c.positive(end, self.scope, strict=strict)
        self._signs |= found or NOTHING
        return found is not None

    def _at_most_zero(self, end: Any, strict: bool = False) -> bool:
        return end is not None and self._at_least_zero(mul(-1, end), strict)

    # ------------------------------------------------------------ arithmetic

    def _sum(self, parts: Sequence[Ends]) -> Ends:
        low, high = (
            None if any(x is None for x in side) else add(*side)
            for side in zip(*(p[:2] for p in parts), strict=True)
        )
        return Ends(low, high, frozenset().union(*(p.used for p in parts)))

    def _minus(self, a: Ends) -> Ends:
        low, high = (None if x is None else mul(-1, x) for x in (a.high, a.low))
        return Ends(low, high, a.used)

    def _product(self, e: Any) -> Ends:
        factors = e.args if isinstance(e, Mul) else (e,)
        return reduce(self._times, (self._power(f) for f in factors))

    def _times(self, a: Ends, b: Ends) -> Ends:
        used = a.used | b.used
        for one, other in ((a, b), (b, a)):
            if one.both and one.low == one.high and self._at_least_zero(one.low):
                return self._map(other._replace(used=used), partial(mul, one.low))
            if self._at_most_zero(one.high) and not self._at_least_zero(one.low):
                return self._minus(self._times(self._minus(one), other))
        if self._at_least_zero(a.low) and self._at_least_zero(b.low):
            high = None if a.high is None or b.high is None else mul(a.high, b.high)
            return Ends(mul(a.low, b.low), high, used)
        if a.both and b.both:
            return Ends(_some(), _some(), used)
        for one, other in ((a, b), (b, a)):
            if self._at_least_zero(one.low) and one.high is not None:
                low, high = (None if x is None else _some() for x in other[:2])
                return Ends(low, high, used)
        return Ends(used=used)

    def _power(self, f: Any) -> Ends:
        if not isinstance(f, Pow) or isinstance(f, exp):
            return self._inner(f)
        base, n = self._inner(f.base), f.exp
        if not n.is_Rational:
            return Ends()
        if n.is_Integer and n % 2 == 0 and n > 0:
            return self._map(self._modulus(base), lambda x: Pow(x, n))
        if n > 0:
            if not n.is_Integer and not self._at_least_zero(base.low):
                base = base._replace(low=S.Zero)  # a root means something of these alone
            return self._map(base, lambda x: Pow(x, n))
        if self._at_least_zero(base.low, strict=True):
            low, high = (None if x is None else Pow(x, n) for x in (base.high, base.low))
            return Ends(S.Zero if low is None else low, high, base.used)
        if n.is_Integer and self._at_most_zero(base.high, strict=True):
            away = self._power(Pow(mul(-1, f.base), n, evaluate=False))
            return away if n % 2 == 0 else self._minus(away)
        if not n.is_Integer or n % 2 == 0 or self._at_least_zero(base.low):
            return Ends(S.Zero, None, base.used)
        return Ends()

    def _map(self, a: Ends, f: Callable[[Any], Any]) -> Ends:
        """By an increasing function."""
        low, high = (None if x is None else f(x) for x in a[:2])
        return Ends(low, high, a.used)

    def _modulus(self, a: Ends) -> Ends:
        if self._at_least_zero(a.low):
            return a
        if self._at_most_zero(a.high):
            return self._minus(a)
        return Ends(S.Zero, Dummy(nonnegative=True) if a.both else None, a.used)

    def _largest(self, parts: Sequence[Ends]) -> Ends:
        used: Used = frozenset().union(*(p.used for p in parts))
        lows = [p.low for p in parts if p.low is not None]
        best = [x for x in lows if self._at_least_zero(x)]
        best = [x for x in best if self._at_least_zero(x, strict=True)] or best or lows
        highs = [p.high for p in parts]
        high = None if None in highs else _some()
        if high is not None and all(x.is_Rational for x in highs):
            high = max(highs)
        return Ends(best[0] if best else None, high, used)

    def _series(self, e: Sum) -> Ends:
        body, *rest = e.open(bound_indices(e))
        limits = [(t[0], t[1], t[2]) for t in rest if isinstance(t, Tuple)]
        if not all(self.c.constant(t) for t in rest):
            return Ends()
        inner = _with(self.scope, ranges=self.scope.ranges + tuple(limits))
        found = ends(self.c, body, inner)
        sides: list[Any] = []
        for x in found[:2]:
            plain = x is None or not x.atoms(Dummy)
            sides.append(
                x if x is None or canonical(x) == 0 else Sum(x, *rest) if plain else _some()
            )
        if found.low is not None and self.c.positive(found.low, inner, strict=False) is not None:
            filled = every(
                self.c.positive(hi - lo, self.scope, strict=False) for _, lo, hi in limits
            )
            some = filled is not None and len(limits) == len(rest)
            if sides[0].is_Dummy:
                strict = some and self.c.positive(found.low, inner) is not None
                sides[0] = Dummy(positive=True) if strict else Dummy(nonnegative=True)
        return Ends(sides[0], sides[1], found.used)

    # ------------------------------------------------------------ functions

    def _function(self, e: Any) -> Ends:
        if isinstance(e, (Ind, sigmoid)):
            return Ends(S.Zero, S.One)
        if isinstance(e, _WITHIN_ONE):
            return Ends(S.NegativeOne, S.One)
        if isinstance(e, E):
            return self._inner(e.args[0])
        if isinstance(e, Var):
            u = self._inner(e.args[0])
            return Ends(S.Zero, Dummy(nonnegative=True) if u.both else None, u.used)
        parts = [self._inner(a) for a in e.args]
        used: Used = frozenset().union(*(p.used for p in parts))
        if isinstance(e, relu):
            return self._largest([*parts, Ends(S.Zero, S.Zero)])
        if isinstance(e, Abs):
            return self._modulus(parts[0])
        if isinstance(e, Max):
            return self._largest(parts)
        if isinstance(e, Min):
            return self._minus(self._largest([self._minus(p) for p in parts]))
        if isinstance(e, log):
            inside = parts[0].low is not None and self._at_least_zero(parts[0].low, strict=True)
            high = None if parts[0].high is None else _some()
            return Ends(_some() if inside else None, high, used)
        kind = self.c.functions.get(e.func.__name__)
        smooth = kind == "lipschitz" or isinstance(e, leaky_relu)
        if kind == "bounded" or (smooth and all(p.both for p in parts)):
            return Ends(_some(), _some(), used if smooth else NOTHING)
        return Ends()
