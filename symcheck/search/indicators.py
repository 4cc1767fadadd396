"""The form in which search compares what changes with signs: products of indicators.

Untrusted: the rule ``case distinction`` judges what is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sympy import Abs, Eq, Ge, Gt, Le, Lt, Max, Min, Ne, Pow, S, sign

from symcheck.facts.inequalities import Fact, follows
from symcheck.language.expr import Ind, Named, add, children, leaky_relu, mul, neg, rebuild, relu
from symcheck.language.ring import canonical, monomials
from symcheck.rules.turning import CLOSED, factors, has_kinks, oriented, turns

__all__ = ["in_cases"]

Known = Callable[[Any, bool], bool]  # is this certainly positive (False: or zero)?


def in_cases(e: Any, known: Known = lambda u, strict: False) -> Any:
    """e with indicators 1[u > 0] and 1[u < 0] only, each once, and no product that vanishes."""
    told = _Told(known)
    terms = []
    for c, fs in monomials(told.of(e)):
        terms += told.reduced(c, fs)
    return add(*terms)


class _Told:
    """Terms told by indicators of the signs that matter."""

    def __init__(self, known: Known) -> None:
        self.known = known

    def of(self, e: Any) -> Any:
        if isinstance(e, (Named, *CLOSED)) or not e.args:
            return e
        u = turns(e)
        if u is None:
            return e if isinstance(e, Ind) else rebuild(e, tuple(map(self.of, children(e))))
        above, below = self.signs(u)
        if isinstance(e, sign):
            return add(above, neg(below))
        if isinstance(e, Ind):
            return {
                Gt: above, Lt: below, Ge: add(1, neg(below)), Le: add(1, neg(above)),
                Eq: add(1, neg(above), neg(below)), Ne: add(above, below),
            }[e.args[0].func]  # fmt: skip
        if isinstance(e, (Max, Min)) and len(e.args) > 2:
            return self.of(e.func(e.args[0], e.func(*e.args[1:]), evaluate=False))
        u = self.of(u)
        rising = mul(above, u)  # where u is not negative
        way = turns(above) if isinstance(above, Ind) else None
        if way is not None and oriented(way)[0] < 0:
            rising = add(u, neg(mul(below, u)))  # told by 1[v > 0] alone, v the oriented u
        if isinstance(e, relu):
            return rising
        if isinstance(e, leaky_relu):
            a = self.of(e.args[1])
            return add(mul(a, u), mul(add(1, neg(a)), rising))
        if isinstance(e, Abs):
            return add(mul(2, rising), neg(u))
        first, second = map(self.of, e.args)
        return add(second, rising) if isinstance(e, Max) else add(first, neg(rising))

    def signs(self, u: Any) -> tuple[Any, Any]:
        """The indicators of u > 0 and of u < 0."""
        if has_kinks(u):
            found = self.side(u)
            if found is None:
                return self.factored(self.of(u))
            most, parts = found
            (a, c), (b, d) = map(self.signs, parts)
            return (_either(a, b), mul(c, d)) if most else (mul(a, b), _either(c, d))
        return self.factored(u)

    def side(self, u: Any) -> tuple[bool, tuple[Any, Any]] | None:
        """u as the larger (True) or the smaller of two terms without one of its kinks."""
        for c, fs in monomials(u):
            for n, k in enumerate(fs):
                if not isinstance(k, (Max, Min, Abs, relu)):
                    continue
                rest = mul(c, *(f for m, f in enumerate(fs) if m != n))
                up = self.known(rest, False)
                if not up and not self.known(neg(rest), False):
                    continue
                if isinstance(k, (Max, Min)):
                    a, b = k.args[0], k.func(*k.args[1:]) if len(k.args) > 2 else k.args[1]
                else:
                    a, b = k.args[0], neg(k.args[0]) if isinstance(k, Abs) else S.Zero
                others = add(u, neg(mul(rest, k)))
                one, two = (canonical(add(mul(rest, v), others)) for v in (a, b))
                return up != isinstance(k, Min), (one, two)
        return None

    def factored(self, u: Any) -> tuple[Any, Any]:
        """The indicators by those of the factors of u."""
        way, found = factors(u)
        above, below = S.One, S.Zero
        for v, squared in found:
            one, two = self.pair(v)
            if squared:
                one, two = add(one, two), S.Zero
            above, below = (
                canonical(add(mul(above, one), mul(below, two))),
                canonical(add(mul(above, two), mul(below, one))),
            )
        return (above, below) if way > 0 else (below, above)

    def pair(self, v: Any) -> tuple[Any, Any]:
        if v == 0 or self.known(v, True):
            return (S.Zero, S.Zero) if v == 0 else (S.One, S.Zero)
        if self.known(neg(v), True):
            return S.Zero, S.One
        above = S.Zero if self.known(neg(v), False) else Ind(v > 0)
        below = S.Zero if self.known(v, False) else Ind(neg(v) > 0)
        return above, below

    def reduced(self, c: Any, fs: list[Any]) -> list[Any]:
        """A monomial with no indicator that follows from others, and without 1[u < 0] beside u."""
        found = [f for f in fs if isinstance(f, Ind) and turns(f) is not None]
        other = [f for f in fs if f not in found]
        kept = _needed(found)
        if kept is None:
            return []
        bases = {f.base if isinstance(f, Pow) else f for f in other}
        for f in kept:
            way, v = oriented(turns(f))
            if way < 0 and v in bases:
                whole = mul(c, *other, *(g for g in kept if g != f))
                return [whole, neg(mul(whole, Ind(v > 0)))]
        return [mul(c, *other, *kept)]


def _either(a: Any, b: Any) -> Any:
    return add(a, b, neg(mul(a, b)))


def _needed(found: Sequence[Any]) -> list[Any] | None:
    """Without the indicators that follow from the others; None where no outcome has them all."""
    kept = list(found)
    facts = {f: Fact(canonical(turns(f)), f.args[0].func is Gt) for f in found}
    for f in found:
        rest = [facts[g] for g in kept if g != f]
        if not rest:
            continue
        goal, strict = facts[f]
        if follows(neg(goal), rest, strict=not strict) is not None:
            return None
        if follows(goal, rest, strict=strict) is not None:
            kept.remove(f)
    return kept
