"""What ``assume`` says: as it stands, and solved for one of its expectations."""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

from sympy import Mul, S

from symcheck.facts.assumptions import every as all_of
from symcheck.facts.context import Assumption, Context, Hypothesis, Used, matches
from symcheck.facts.letters import standing, there_are
from symcheck.language.expr import (
    RV,
    Cov,
    E,
    Ind,
    Named,
    P,
    Sum,
    Var,
    add,
    bound_indices,
    mul,
    neg,
    power,
    replace,
    subterms,
)
from symcheck.language.plain import plain
from symcheck.language.ring import canonical, expand, monomials
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site

__all__ = ["RULES", "Linear", "forms", "linear"]


def hypothesis(site: Site) -> Rewrite:
    """
    assume l = r          (E, Var, Cov or P on the left)
    --------------------
    l = r;   Cov[f, g] = r gives E[f g] = r + E[f] E[g];   Var[g] = r gives E[g²] = r + E[g]²;
    P[A] = r gives E[1[A]] = r;   E[Σ_j g_j] = r gives Σ_j E[g_j] = r

    Different letters for indices of one family stand for different values, and so do letters
    that are declared to differ; a letter with a declared range stands for the values in it, one
    with a declared relation for those that have it, and a letter of which a definition or a law
    speaks for itself.  Fails when the term is not an instance of the left-hand side.
    """
    h = _assumed(site)
    for lhs, extra in forms(site.context, h.lhs):
        found = _instance(lhs, h, site)
        if found is not None:
            result = h.rhs if extra is None else add(h.rhs, extra)
            made = replace(result, found[0])
            there = exist(site, (h.lhs, h.rhs), found[0], made)
            return Rewrite(made, _about(h) | found[1] | there)
    raise Refused("not an instance of {}", h.lhs)


def solved(site: Site) -> Rewrite:
    """
    assume l = r     l = c a + b by Rules 1 to 3     c != 0     a and b exist
    -------------------------------------------------------------------------
    a = (r - b) / c

    So E[r + γ V(t) | s] = V(s) gives E[r | s] = V(s) - γ E[V(t) | s], and E[(x - m)²] = v gives
    E[x²] = v + 2 m E[x] - m².  Definitions are unfolded, Var and Cov stand for what they mean,
    letters as for the assumption itself; ``part`` says which part of l is a.  Fails when c may
    be zero, a letter of the assumption does not occur in a, the term is not an instance of a,
    or (asked of every line) when an expectation in b may not exist.
    """
    h = _assumed(site)
    equation = linear(site.context, h)
    part = site.number("part")
    if not 0 <= part < len(equation.parts):
        raise Refused("{} has no such part", h.lhs)
    c, a = equation.parts[part]
    instance = _instance(a, h, site)
    if instance is None:
        raise Refused("not an instance of {}", a)
    found, why = instance
    if set(h.indices) & (h.lhs.free_symbols | h.rhs.free_symbols) - set(found):
        raise Refused("{} says nothing of {} alone", h.lhs, a)
    slope = replace(c, found)
    used = site.context.nonzero(slope, site.scope)
    if used is None:
        raise Refused("{} may be zero", slope)
    others = (mul(k, b) for n, (k, b) in enumerate(equation.parts) if n != part)
    rest = add(equation.value, *(neg(t) for t in others))
    return Rewrite(mul(replace(rest, found), power(slope, -1)), used | why | _about(h))


class Linear(NamedTuple):
    """An assumption multiplied out: the sum of all c a in ``parts`` is ``value``."""

    parts: tuple[tuple[Any, E], ...]
    value: Any


def linear(context: Context, h: Hypothesis) -> Linear:
    """The assumption as a linear equation in expectations; no parts where it is none.

    Given y, the coefficients may depend on y.
    """
    if isinstance(h.lhs, E):
        body, given, extra = h.lhs.args[0], h.lhs.given, S.Zero
    elif isinstance(h.lhs, Var):
        body, given = power(h.lhs.args[0], 2), h.lhs.given
        extra = power(E(h.lhs.args[0], *given), 2)
    elif isinstance(h.lhs, Cov):
        f, g = h.lhs.args
        body, given, extra = mul(f, g), (), mul(E(f), E(g))
    else:
        return Linear((), h.rhs)
    fixed = {y for y in given if isinstance(y, RV)}
    parts: dict[Any, list[Any]] = {}
    constants = []
    for number, factors in monomials(context.unfolded(body)):
        known = [f for f in factors if context.sources(f) <= fixed]
        inner = [f for f in factors if not context.sources(f) <= fixed]
        if inner:
            parts.setdefault(canonical(mul(*inner)), []).append(mul(number, *known))
        else:
            constants.append(mul(number, *known))
    value = add(h.rhs, extra, *(neg(c) for c in constants))
    return Linear(tuple((add(*cs), E(g, *given)) for g, cs in parts.items()), value)


def forms(context: Context, lhs: Any) -> list[tuple[Any, Any]]:
    """The terms of which an assumption speaks, with what is to be added to its right side."""
    found = [(lhs, None)]
    if isinstance(lhs, E) and isinstance(lhs.args[0], Sum):  # by Rules 3 and 2
        body, *rest = lhs.args[0].open(bound_indices(lhs.args[0]))
        factors = body.args if isinstance(body, Mul) else (body,)
        fixed = [f for f in factors if context.constant(f)]
        inner = [f for f in factors if f not in fixed]
        if inner and all(context.constant(t) for t in rest):
            found.append((Sum(mul(*fixed, E(mul(*inner), *lhs.given)), *rest), None))
    if isinstance(lhs, Cov):
        f, g = lhs.args
        found.append((E(expand(mul(f, g))), mul(E(f), E(g))))
    elif isinstance(lhs, Var):
        g, given = lhs.args[0], lhs.given
        found.append((E(expand(power(g, 2)), *given), power(E(g, *given), 2)))
    elif isinstance(lhs, P):
        found.append((E(Ind(lhs.args[0])), None))
    return found


def _assumed(site: Site) -> Hypothesis:
    number = site.number("number")
    if not 0 <= number < len(site.context.hypotheses):
        raise Refused("there is no assumption number {}", number)
    found: Hypothesis = site.context.hypotheses[number]
    return found


def _about(h: Hypothesis) -> Used:
    words = f"{plain(h.lhs)} = {plain(h.rhs)}"
    return frozenset((Assumption("hypothesis", h.name or plain(h.lhs), words),))


def _instance(pattern: Any, h: Hypothesis, site: Site) -> tuple[dict[Any, Any], Used] | None:
    """The letters of the assumption by which the pattern, a part of it, becomes the term; why."""
    found = matches(pattern, site.term, frozenset(h.indices))
    if found is None:
        return None
    spoken = h.lhs.free_symbols | h.rhs.free_symbols
    stands = standing(site.context, found, spoken, site.scope, every=True)
    apart = _apart(h.lhs, found, site)
    return None if stands is None or apart is None else (dict(found), stands | apart)


def exist(site: Site, sides: tuple[Any, Any], found: dict[Any, Any], result: Any) -> Used:
    """By what there are values for the letters of an equation that are in none of its terms.

    They may have cancelled, k - k, and where there is no k the equation says nothing.
    """
    told = site.context.letters(site.term, result)
    gone = site.context.letters(*sides) - set(found) - told
    there = there_are(site.context, gone, told)
    if there is None:
        raise Refused("there may be no such {}", min(gone, key=str))
    return there


def _apart(lhs: Any, found: dict[Any, Any], site: Site) -> Used | None:
    """By what are those letters different of which the assumption speaks only if they are?

    These are letters in the same place of one family.
    """
    places: dict[tuple[str, int], set[Any]] = {}
    for t in (*subterms(lhs), *subterms(site.context.unfolded(lhs))):
        if isinstance(t, Named):
            for n, i in enumerate(t.indices):
                if i in found:
                    places.setdefault((t.name, n), set()).add(i)
    pairs = [two for letters in places.values() for two in combinations(letters, 2)]
    sides = (tuple(replace(i, found) for i in pair) for pair in pairs)
    return all_of(site.context.distinct(a, b, site.scope) for a, b in sides)


RULES = (
    Rule(
        "hypothesis",
        "assumption",
        "l = r, as assumed",
        hypothesis,
        Case("random x, y mean 0, variance 1\nassume E[x y] = 2", "E[x y]", "2", {"number": 0}),
        Case("random x, y mean 0, variance 1\nassume E[x y] = 2", "E[x x]", binding={"number": 0}),
    ),
    Rule(
        "hypothesis-solved",
        "assumption, solved for a term",
        "l = c a + b and l = r give a = (r - b) / c",
        solved,
        Case(
            "real m, v\nrandom x finite 2\nassume E[(x - m)^2] = v",
            "E[x^2]",
            "v + 2 m E[x] - m^2",
            {"number": 0, "part": 0},
        ),
        Case(
            "real c\nrandom x, y finite 2\nassume E[c x + y] = 2",
            "E[x]",
            binding={"number": 0, "part": 0},
        ),
    ),
)
