"""Identities that hold in every case: of the sign of a term, or of the values of a law.

``max(x, y) + min(x, y) = x + y`` is true for every x and y; no expectation is involved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr, Pow, Rational, S, exp, log

from symcheck.facts.context import NOTHING, Used
from symcheck.facts.inequalities import Fact, follows
from symcheck.language.expr import RV, E, Named, add, mul, neg
from symcheck.language.ring import canonical, equal, monomials
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site
from symcheck.rules.turning import CLOSED, at_zeros, mapped, parts, put, turning, turns, valued

__all__ = ["RULES", "same"]

MAX_CASES = 300


def cases(site: Site) -> Rewrite:
    """
    a = b by algebra where u > 0, where u = 0, and where u < 0
    -----------------------------------------------------------
    a = b

    The u are the arguments of ReLU, |.|, sign and indicators, and the differences in max and
    min, one after another.  Signs that cannot be together, by what is known and by linear
    inequalities, are no case.  Inside of an expectation a and b may be its arguments.  Fails when
    a and b differ in one of the cases.
    """
    term, to = site.term, site.expression("to")
    if isinstance(term, E) and isinstance(to, E) and term.given == to.given:
        return Rewrite(to, same(site, term.args[0], to.args[0]))
    return Rewrite(to, same(site, term, to))


def same(site: Site, a: Any, b: Any) -> Used:
    """By what a = b in every case; raises Refused where they differ in one."""
    if not any(turns(s) is not None for e in (a, b) for s in parts(e)):
        raise Refused("nothing in {} changes its form with a sign", a)
    return _Cases(site).agree(a, b, {}, ())


class _Cases:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.left = MAX_CASES

    def agree(self, a: Any, b: Any, signs: Mapping[Any, int], facts: tuple[Fact, ...]) -> Used:
        """By what a = b where the terms have these signs, which say these facts."""
        self.left -= 1
        if self.left < 0:
            raise Refused("more than {} cases", MAX_CASES)
        if equal(a, b):
            return NOTHING
        u = next((u for e in (a, b) for u in turning(e) if u not in signs), None)
        if u is None:
            said = ", ".join(f"{u} {'<=>'[s + 1]} 0" for u, s in signs.items())
            raise Refused("the two sides differ where {}", said or "nothing is left to tell")
        used: Used = NOTHING
        for s in (1, -1, 0):
            why = self._excluded(u, s, facts)
            if why is not None:
                used |= why
                continue
            now = {**signs, u: s}
            left, right = (valued(e, now) for e in (a, b))
            if s == 0:
                left, right = (valued(at_zeros(e, [u]), now) for e in (left, right))
            used |= self.agree(left, right, now, (*facts, *_stated(u, s)))
        return used

    def _excluded(self, u: Any, s: int, facts: tuple[Fact, ...]) -> Used | None:
        """By what u cannot have this sign, if it cannot."""
        sides = ((neg(u), False), (u, False)) if s else ((u, True), (neg(u), True))
        for goal, strict in sides[:1] if s > 0 else sides[1:] if s < 0 else sides:
            found = self.site.context.positive(goal, self.site.scope, strict=strict)
            if found is not None:
                return found
            if facts:
                known, sources = self._known(u, facts)
                numbers = follows(goal, [*facts, *known], strict=strict)
                if numbers is not None:
                    own = (n - len(facts) for n in numbers if n >= len(facts))
                    return NOTHING.union(*(sources[n] for n in own))
        return None

    def _known(self, u: Any, facts: tuple[Fact, ...]) -> tuple[list[Fact], list[Used]]:
        """What is declared of the constants and the variables in sight."""
        terms = [u, *(f.expr for f in facts)]
        known, sources = self.site.context.facts(add(*terms), self.site.scope)
        atoms = {b for e in terms for _, fs in monomials(e) for f in fs for b in (f, *f.args[:1])}
        for x in sorted((x for x in atoms if isinstance(x, Expr)), key=str):
            if x.is_Symbol or x.is_number:
                continue
            for strict in (True, False):
                found = self.site.context.positive(x, self.site.scope, strict=strict)
                if found is not None:
                    known.append(Fact(x, strict))
                    sources.append(found)
                    break
        return known, sources


def _stated(u: Any, s: int) -> tuple[Fact, ...]:
    if s:
        return (Fact(u if s > 0 else neg(u), True),)
    return Fact(u), Fact(neg(u))


# ---------------------------------------------------------------- laws with two values


def two_values(site: Site) -> Rewrite:
    """
    x ~ bernoulli(p)                     x ~ rademacher()
    ---------------------------------    -----------------------------------------------
    g(x) = g(0) + (g(1) - g(0)) x        g(x) = (g(1) + g(-1)) / 2 + (g(1) - g(-1)) / 2 x

    Almost surely, whatever else g depends on: so xⁿ = x, or x² = 1.  ``variable`` names the x
    where g has several.  Fails for every other law, and where x stands inside of an expectation
    or a sum.
    """
    e = site.term
    x = site.expression("variable") if "variable" in site.binding else None
    sources = [s for s in site.context.sources(e) if isinstance(s, RV) and x in (None, s)]
    known = site.context.law(sources[0]) if len(sources) == 1 else None
    if known is None or isinstance(e, (Named, *CLOSED)) or known[0].name not in POINTS:
        raise Refused("{} is no function of one variable with two values", e)
    (x,) = sources
    g = site.context.unfolded(e)
    low, high = POINTS[known[0].name]
    below, above = (_at_value(g, x, v) for v in (low, high))
    rise = mul(Rational(1, high - low), add(above, neg(below)))
    value = add(below, mul(rise, add(x, neg(low))))
    return Rewrite(canonical(value), site.context.law_used(x))


POINTS = {"bernoulli": (S.Zero, S.One), "rademacher": (S.NegativeOne, S.One)}


def _at_value(e: Any, x: RV, value: Any) -> Any:
    made = mapped(put(e, x, value), _certain)
    if made.has(x):
        raise Refused("{} has {} inside of an expectation", e, x)
    return made


def _certain(e: Any) -> Any:
    """The value of a turning term whose sign is known, of a log and an exp."""
    u = turns(e)
    if u is not None and canonical(u).is_number:
        return valued(e, {})
    return canonical(e) if isinstance(e, (Pow, exp, log)) else e


RULES = (
    Rule(
        "cases",
        "case distinction",
        "a = b in every case of the signs",
        cases,
        Case("random x, y", "max(x, y) + min(x, y)", "x + y", {"to": "x + y"}),
        Case("random x, y", "max(x, y) + min(x, y)", binding={"to": "2 x"}),
    ),
    Rule(
        "two-values",
        "a law with two values",
        "g(x) = a + b x where x has two values",
        two_values,
        Case("real p > 0\nrandom m ~ bernoulli(p)", "m^3", "m"),
        Case("random m mean 0, variance 1", "m^3"),
    ),
)
