"""Rules 1 to 4 of the lecture, and the rules of conditional expectation beside them.

Source: Prince, Understanding Deep Learning, appendix C.2 (the lecture's four rules);
Williams, Probability with Martingales, 9.7 for the conditional forms.
"""

from __future__ import annotations

from dataclasses import replace as _with
from typing import Any

from sympy import Add, Dummy, Mul

from symcheck.facts.context import NOTHING, Used
from symcheck.language.expr import RV, E, Sum, add, bound_indices, mul, neg, replace
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site

__all__ = ["RULES", "independent", "known"]


def known(site: Site, e: Any, given: tuple[Any, ...]) -> bool:
    """Is e constant once what is given is fixed: made of nothing else that is random?"""
    fixed = {g for g in given if isinstance(g, RV)}
    if site.context.sources(e) <= fixed:
        return True
    made = {g: Dummy(real=True) for g in given if not isinstance(g, RV)}  # let y = x + z
    return bool(made) and site.context.sources(replace(e, made)) <= fixed


def _expectation(site: Site) -> tuple[Any, tuple[Any, ...]]:
    if not isinstance(site.term, E):
        raise Refused("{} is not an expectation", site.term)
    return site.term.args[0], site.term.given


def rule1(site: Site) -> Rewrite:
    """
    k has no random source
    ----------------------
    E[k] = k

    Given y: k may depend on y.  Fails when k depends on any other random variable.
    """
    k, given = _expectation(site)
    if not known(site, k, given):
        raise Refused("{} is random", k)
    return Rewrite(k)


def rule2(site: Site) -> Rewrite:
    """
    k has no random source
    ----------------------
    E[k g] = k E[g]

    Given y: k may depend on y.  All such factors are taken out at once.  Fails when
    no factor is constant.
    """
    g, given = _expectation(site)
    factors = g.args if isinstance(g, Mul) else (g,)
    outside = [f for f in factors if known(site, f, given)]
    inside = [f for f in factors if not known(site, f, given)]
    if not outside or not inside:
        raise Refused("no factor is constant" if inside else "nothing is random: use Rule 1")
    return Rewrite(mul(*outside, E(mul(*inside), *given)))


def rule3(site: Site) -> Rewrite:
    """
    E[f], E[g] exist                        E[g_j] exists for every j
    -----------------------------           -----------------------------
    E[f + g] = E[f] + E[g]                  E[Σ_j g_j] = Σ_j E[g_j]

    A minus stays in front: E[f - g] = E[f] - E[g].  Fails when the argument is no sum,
    when its range is random, or (asked of every line) when one of the new expectations
    may not exist.
    """
    g, given = _expectation(site)
    if isinstance(g, Add):
        return Rewrite(add(*(_signed(t, given) for t in g.args)))
    if isinstance(g, Sum):
        body, *rest = g.open(bound_indices(g))
        if not all(site.context.constant(t) for t in rest):
            raise Refused("the range of the sum is random")
        return Rewrite(Sum(E(body, *given), *rest))
    raise Refused("{} is not a sum", g)


def _signed(t: Any, given: tuple[Any, ...]) -> Any:
    """E[t], or -E[-t] where t is written with a minus."""
    first = t.args[0] if isinstance(t, Mul) else t
    minus = first.is_Rational and first.is_negative
    return neg(E(neg(t), *given)) if minus else E(t, *given)


def rule4(site: Site) -> Rewrite:
    """
    every random source of f is independent of every one of g, jointly
    ------------------------------------------------------------------
    E[f g] = E[f] E[g]

    For several groups of factors: each group is independent of all the others
    together.  Given y: one group is independent of the other and of y together.
    Fails when that independence is not declared.  Pairwise independence is not enough
    for three groups.
    """
    g, given = _expectation(site)
    factors = g.args if isinstance(g, Mul) else (g,)
    numbers = _groups(site)
    if len(numbers) < 2 or sorted(n for b in numbers for n in b) != list(range(len(factors))):
        raise Refused("the groups are not the factors")
    groups = [tuple(factors[n] for n in group) for group in numbers]
    used: Used = NOTHING
    for n, group in enumerate(groups[:-1]):
        later = [f for other in groups[n + 1 :] for f in other]
        found = independent(site, group, later, given)
        if found is None:
            raise Refused("{} is not known to be independent of {}", tuple(group), tuple(later))
        used |= found
    return Rewrite(mul(*(E(mul(*group), *given) for group in groups)), used)


def _groups(site: Site) -> list[tuple[int, ...]]:
    found = site.bound("groups")
    if not isinstance(found, (tuple, list)) or not all(isinstance(b, (tuple, list)) for b in found):
        raise Refused("groups are no groups of whole numbers")
    return [_with(site, binding={"groups": b}).numbers("groups") for b in found]


def independent(site: Site, a: Any, b: Any, given: tuple[Any, ...]) -> Used | None:
    """By what all of a is independent of all of b, given these variables; None if not known."""
    for left, right in ((a, b), (b, a)):
        found = site.context.independent_of(left, [*right, *given], site.scope)
        if found is not None:
            return found
    return None


def tower(site: Site) -> Rewrite:
    """
    k is constant given y
    -------------------------
    E[k E[g | y]] = E[k g]

    Also E[k E[g | y, z] | y] = E[k g | y].  Fails when more than one factor is a
    conditional expectation, or another factor is not constant given y.
    """
    g, given = _expectation(site)
    factors = list(g.args) if isinstance(g, Mul) else [g]
    for n, f in enumerate(factors):
        if isinstance(f, E) and f.given and set(given) <= set(f.given):
            others = factors[:n] + factors[n + 1 :]
            if all(known(site, o, f.given) for o in others):
                inner = f.args[0]
                return Rewrite(E(mul(*factors[:n], inner, *factors[n + 1 :]), *given))
    raise Refused("no conditional expectation whose other factors are known")


def condition(site: Site) -> Rewrite:
    """
    k is constant given y
    -----------------------------
    E[k g] = E[k E[g | y]]

    The tower rule from right to left.  Fails when another factor is not constant given y.
    """
    g, given = _expectation(site)
    under = site.expressions("given")
    inside = set(site.numbers("inside"))
    factors = g.args if isinstance(g, Mul) else (g,)
    if not inside or not set(given) <= set(under):
        raise Refused("nothing is taken under the condition")
    others = [f for n, f in enumerate(factors) if n not in inside]
    if not all(known(site, f, under) for f in others):
        raise Refused("another factor is not constant given {}", under)
    moved = mul(*(f for n, f in enumerate(factors) if n in inside))
    return Rewrite(E(mul(*others, E(moved, *under)), *given))


def drop_given(site: Site) -> Rewrite:
    """
    (g, y) independent of z
    -------------------------
    E[g | y, z] = E[g | y]

    Fails when that independence is not declared.
    """
    g, given = _expectation(site)
    numbers = site.numbers("drop")
    if not all(0 <= n < len(given) for n in numbers):
        raise Refused("not so much is given")
    drop = [given[n] for n in numbers]
    keep = [y for y in given if y not in drop]
    if not drop:
        raise Refused("nothing is dropped")
    used = site.context.independent_of([g, *keep], drop, site.scope)
    if used is None:
        raise Refused("{} is not known to be independent of {}", g, tuple(drop))
    return Rewrite(E(g, *keep), used)


_MOMENTS = "random x, y, z mean 0, variance 1\n"

RULES = (
    Rule(
        "rule1",
        "expectation of a constant",
        "E[k] = k",
        rule1,
        Case("real k\n" + _MOMENTS, "E[k]", "k"),
        Case(_MOMENTS, "E[x]"),
        number=1,
    ),
    Rule(
        "rule2",
        "constant factor",
        "E[k g] = k E[g]",
        rule2,
        Case("real k\n" + _MOMENTS, "E[k x]", "k E[x]"),
        Case(_MOMENTS, "E[x y]"),
        number=2,
    ),
    Rule(
        "rule3",
        "linearity",
        "E[f ± g] = E[f] ± E[g];  E[Σ_j g_j] = Σ_j E[g_j]",
        rule3,
        Case("size n\nrandom x[j] mean 0", "E[sum(j = 1..n) x[j]]", "sum(j = 1..n) E[x[j]]"),
        Case("random x ~ cauchy()", "E[x - x]"),
        number=3,
    ),
    Rule(
        "rule4",
        "independence",
        "E[f g] = E[f] E[g] if f, g are independent",
        rule4,
        Case(_MOMENTS + "independent x and y", "E[x y]", "E[x] E[y]", {"groups": ((0,), (1,))}),
        Case(
            _MOMENTS + "pairwise independent x, y, z",
            "E[x y z]",
            binding={"groups": ((0,), (1,), (2,))},
        ),
        number=4,
    ),
    Rule(
        "tower",
        "tower rule",
        "E[k E[g | y]] = E[k g] if k is constant given y",
        tower,
        Case(_MOMENTS, "E[y E[x | y]]", "E[y x]"),
        Case(_MOMENTS, "E[z E[x | y]]"),
    ),
    Rule(
        "condition",
        "tower rule, backwards",
        "E[k g] = E[k E[g | y]] if k is constant given y",
        condition,
        Case(_MOMENTS, "E[y x]", "E[y E[x | y]]", {"given": ("y",), "inside": (1,)}),
        Case(_MOMENTS, "E[z x]", binding={"given": ("y",), "inside": (1,)}),
    ),
    Rule(
        "drop-given",
        "conditioning on what is independent",
        "E[g | y, z] = E[g | y] if z is independent of (g, y)",
        drop_given,
        Case(_MOMENTS + "independent x and y", "E[x | y]", "E[x]", {"drop": (0,)}),
        Case(_MOMENTS, "E[x | y]", binding={"drop": (0,)}),
    ),
)
