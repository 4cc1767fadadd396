"""The values of expectations of polynomials, from declared moments, laws and assumptions.

By linearity, by independence, and by what is declared of one variable; only to decide signs of
denominators.  Every expectation that is taken apart is asked for its existence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as _with
from typing import Any

from sympy import Expr, Pow, S, Tuple

from symcheck.facts.assumptions import EMPTY, NOTHING, Scope, Used
from symcheck.facts.declarations import Declarations
from symcheck.facts.declared_finite import assumed
from symcheck.language.expr import (
    RV,
    Binder,
    Cov,
    E,
    Named,
    Sum,
    Var,
    add,
    bound_indices,
    children,
    mul,
    neg,
    power,
    rebuild,
    replace,
)
from symcheck.language.ring import TooLarge, canonical, monomials

__all__ = ["value"]

MOST = 40  # terms of a polynomial

Valued = tuple[Any, Used]


def value(c: Declarations, e: Expr, scope: Scope = EMPTY) -> Valued | None:
    """The constant e with the expectations in it evaluated, as far as can be; None: not at all."""
    found: Valued | None = c.remember(("value", e, scope), lambda: _value(c, e, scope))
    return found


def _value(c: Declarations, e: Expr, scope: Scope) -> Valued | None:
    try:
        made, used = _Evaluation(c, scope).of(e)
        made = canonical(made)
    except TooLarge:
        return None
    return None if made == canonical(e) else (made, used)


class _Evaluation:
    def __init__(self, c: Declarations, scope: Scope) -> None:
        self.c, self.scope = c, scope

    def of(self, e: Any) -> Valued:
        """Every expectation in e by its value."""
        if isinstance(e, Named) or not e.args:
            return e, NOTHING
        if isinstance(e, (E, Var, Cov)):
            return self._head(e)
        if isinstance(e, Binder):
            return self._sum(e, self._inside) if isinstance(e, Sum) else (e, NOTHING)
        parts = [self.of(a) for a in children(e)]
        return rebuild(e, [p for p, _ in parts]), frozenset().union(*(u for _, u in parts))

    def _inside(self, inner: _Evaluation, body: Any) -> Valued:
        return inner.of(body)

    def _head(self, e: Any) -> Valued:
        c = self.c
        if not c.constant(e):
            return e, NOTHING
        for pattern in assumed(c):
            for at, _, why in pattern.instances(c, {canonical(e): S.One}, self.scope):
                return replace(pattern.value, dict(at)), why
        if isinstance(e, E):
            return self.mean(e.args[0])
        f, g = e.args if isinstance(e, Cov) else (e.args[0], e.args[0])
        (product, one), (left, two) = self.mean(mul(f, g)), self.mean(f)
        right, three = self.mean(g)
        return add(product, neg(mul(left, right))), one | two | three

    def mean(self, g: Any) -> Valued:
        """E[g]: linearity over its terms, where each of these exists."""
        whole: Valued = (E(g), NOTHING)
        terms = monomials(self.c.unfolded(g))
        if len(terms) > MOST:
            raise TooLarge(f"more than {MOST} terms")
        total, used = [], NOTHING
        for number, factors in terms:
            random = [f for f in factors if not self.c.constant(f)]
            exists = self.c.integrable(mul(*random), self.scope) if random else NOTHING
            if exists is None:
                return whole
            found, more = self._product(random)
            fixed = [f for f in factors if self.c.constant(f)]
            total.append(mul(number, *fixed, found))
            used |= exists | more
        return add(*total), used

    def _product(self, factors: Sequence[Any]) -> Valued:
        if not factors:
            return S.One, NOTHING
        sums = [f for f in factors if isinstance(f, Sum)]
        if len(sums) == 1:
            rest = [f for f in factors if f is not sums[0]]
            return self._sum(sums[0], lambda inner, body: inner.mean(mul(*rest, body)))
        groups, used = self.c.groups(list(factors), self.scope)
        parts = [self._group(g) for g in groups]
        return mul(*(p for p, _ in parts)), used.union(*(u for _, u in parts))

    def _sum(self, e: Sum, of: Any) -> Valued:
        names = bound_indices(e)
        body, *rest = e.open(names)
        if not all(self.c.constant(t) for t in rest):
            return e, NOTHING
        ranges = tuple((t[0], t[1], t[2]) for t in rest if isinstance(t, Tuple))
        pairs = {frozenset((t.lhs, t.rhs)) for t in rest if not isinstance(t, Tuple)}
        apart = self.scope.apart | pairs
        scope = _with(self.scope, ranges=self.scope.ranges + ranges, apart=apart)
        found, used = of(_Evaluation(self.c, scope), body)
        return Sum(found, *rest), used

    def _group(self, factors: Sequence[Any]) -> Valued:
        c, g = self.c, mul(*factors)
        for pattern in assumed(c):
            for at, _, why in pattern.instances(c, {canonical(E(g)): S.One}, self.scope):
                return replace(pattern.value, dict(at)), why
        if isinstance(g, E):  # the tower rule
            return self.mean(g.args[0])
        x, n = (g.base, g.exp) if isinstance(g, Pow) else (g, S.One)
        if not isinstance(x, RV) or not n.is_Integer or n < 1:
            return E(g), NOTHING
        return self._moment(x, int(n))

    def _moment(self, x: RV, n: int) -> Valued:
        c = self.c
        found = c.mean(x) if n == 1 else c.moment(x, n)
        if found is not None:
            return found
        odd = c.symmetric(x) if n % 2 else None
        if odd is not None:
            return S.Zero, odd
        spread = c.variance(x) if n == 2 else None
        if spread is None:
            return E(power(x, n)), NOTHING
        mean, used = self._moment(x, 1)
        return add(spread[0], power(mean, 2)), spread[1] | used
