"""The variance of a multiple, and of a sum of independent terms.

Source: Bienaymé's identity; Durrett, Probability: Theory and Examples, theorem 2.2.1.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from sympy import Add, Mul, Ne, S, Tuple

from symcheck.facts.context import NOTHING, Used
from symcheck.language.expr import Def, Sum, Var, add, bound_indices, mul, power, replace
from symcheck.rules.expectation import independent, known
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site
from symcheck.rules.sums import within

__all__ = ["RULES"]


def _variance(site: Site) -> tuple[Any, tuple[Any, ...]]:
    if not isinstance(site.term, Var):
        raise Refused("{} is not a variance", site.term)
    return site.term.args[0], site.term.given


def scaled(site: Site) -> Rewrite:
    """
    c has no random source
    ------------------------------------------------------
    Var[c g] = c² Var[g];   Var[g + c] = Var[g];   Var[c] = 0

    Given y: c may depend on y.  Fails when no factor and no term is constant.
    """
    g, given = _variance(site)
    if known(site, g, given):
        return Rewrite(S.Zero)
    if isinstance(g, Mul):
        outside = [f for f in g.args if known(site, f, given)]
        if outside:
            inside = [f for f in g.args if not known(site, f, given)]
            return Rewrite(mul(*(power(f, 2) for f in outside), Var(mul(*inside), *given)))
    if isinstance(g, Add):
        random = [t for t in g.args if not known(site, t, given)]
        if len(random) < len(g.args):
            return Rewrite(Var(add(*random), *given))
    raise Refused("nothing in {} is constant", g)


def summed(site: Site) -> Rewrite:
    """
    every two of the terms are independent
    ------------------------------------------------------------------------
    Var[f + g] = Var[f] + Var[g];   Var[Σ_j g_j] = Σ_j Var[g_j]

    Pairs suffice.  In a sum over several indices two terms are those that differ in one of
    them at least.  Given y: one of the two is independent of the other and of y together.
    Fails when the argument is no sum, or that independence is not declared.
    """
    g, given = _variance(site)
    if isinstance(g, Add):
        used: Used = NOTHING
        for a, b in combinations(g.args, 2):
            used |= _apart(site, a, b, given)
        return Rewrite(add(*(Var(t, *given) for t in g.args)), used)
    if not isinstance(g, Sum):
        raise Refused("{} is not a sum", g)
    body, *rest = g.open(bound_indices(g))
    if not all(site.context.constant(t) for t in rest):
        raise Refused("the range of the sum is random")
    limits = [t for t in rest if isinstance(t, Tuple)]
    near = [t for t in rest if not isinstance(t, Tuple)]
    fresh = bound_indices(g)
    used = NOTHING
    # Two places differ first in the n-th index: those before are the same, those after any.
    for n in range(len(limits)):
        other = dict(zip((t[0] for t in limits[n:]), fresh[n:], strict=True))
        again = [Tuple(*(replace(x, other) for x in t)) for t in limits[n:]]
        pairs = [*near, *(Ne(*(replace(x, other) for x in c.args), evaluate=False) for c in near)]
        differ = Ne(limits[n][0], fresh[n], evaluate=False)
        inner = within(site, [*limits, *again], [*pairs, differ])
        used |= _apart(inner, body, replace(body, other), given)
    return Rewrite(Sum(Var(body, *given), *rest), used)


def _apart(site: Site, a: Any, b: Any, given: tuple[Any, ...]) -> Used:
    """By what two terms are independent: term by term, where they are sums; else Refused."""
    (one, site), (two, site) = _member(site, a), _member(site, b)
    found = independent(site, [one], [two], given)
    if found is None:
        raise Refused("{} is not known to be independent of {}", a, b)
    return found


def _member(site: Site, e: Any) -> tuple[Any, Site]:
    """One term of a sum, its indices with their ranges; anything else as it is."""
    if isinstance(e, Def) and e.name in site.context.definitions:
        return _member(site, site.context.unfold(e))
    if isinstance(e, Mul):
        random = [f for f in e.args if not site.context.constant(f)]
        return _member(site, random[0]) if len(random) == 1 else (e, site)
    if isinstance(e, Sum):
        body, *rest = e.open(bound_indices(e))
        limits = [t for t in rest if isinstance(t, Tuple)]
        return _member(within(site, limits, [t for t in rest if t not in limits]), body)
    return e, site


_XY = "real a, b\nrandom x, y variance 1\n"

RULES = (
    Rule(
        "variance-scale",
        "variance of a multiple",
        "Var[c g] = c² Var[g];  Var[g + c] = Var[g]",
        scaled,
        Case(_XY, "Var[a x]", "a^2 Var[x]"),
        Case(_XY, "Var[y x]"),
    ),
    Rule(
        "variance-sum",
        "variance of independent terms",
        "Var[f + g] = Var[f] + Var[g] if f, g are independent",
        summed,
        Case(_XY + "independent x and y", "Var[x + y]", "Var[x] + Var[y]"),
        Case(_XY, "Var[x + y]"),
    ),
)
