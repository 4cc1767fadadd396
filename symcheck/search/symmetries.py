"""Untrusted: which reflections and exchanges lead to what is simplest.

Of all terms that have one law search keeps the one that is written with the least, so that
two of them meet; the rules in :mod:`symcheck.rules.symmetry` judge what is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as _with
from itertools import combinations, permutations
from typing import Any

from sympy import Add, Expr, Function, Integer, Pow, S

from symcheck.language.expr import RV, E, Ind, Sum, Var, add, mul, subterms
from symcheck.language.ring import TooLarge, canonical, equal, expand, monomials
from symcheck.rules.all import RULES
from symcheck.rules.proof import Refused, Site
from symcheck.rules.turning import has_kinks
from symcheck.search.indicators import in_cases

__all__ = ["by_symmetry", "moves"]

Move = tuple[str, dict[str, Any]]
MOST = 4  # members at a time that are given other numbers


def by_symmetry(site: Site) -> Move | None:
    """An average that is simpler, or a map to what is written with less; None where neither is."""
    own = _own(site)
    if not own:
        return None
    if isinstance(site.term, E):
        share = _share(site, site.context.unfolded(site.term.args[0]), own)
        if share is not None:
            return share
    best, least = None, _cost(site.term)
    for name, binding in moves(site):
        made = _applied(site, name, binding)
        if made is None:
            continue
        average = _average(site, name, binding, made)
        if average is not None:
            return average
        cost = _cost(made)
        if cost < least:
            best, least = (name, binding), cost
    return best


def _own(site: Site) -> frozenset[RV]:
    """The variables that an expectation runs over."""
    given = site.term.given if isinstance(site.term, (E, Var)) else ()
    parts = site.term.args[: len(site.term.args) - len(given)]
    fixed = frozenset[RV]().union(*(site.context.sources(e) for e in given))
    return frozenset[RV]().union(*(site.context.sources(e) for e in parts)) - fixed


def _applied(site: Site, name: str, binding: dict[str, Any]) -> Any | None:
    try:
        return RULES[name].rewrite(_with(site, binding=binding)).result
    except (Refused, TooLarge):
        return None


def _cost(e: Any) -> tuple[int, int, str]:
    """Functions first, then all parts; a number in front costs nothing."""
    own = e.args[0] if isinstance(e, E) else e
    c = canonical(own)
    c = c.as_coeff_Mul()[1] if isinstance(c, Expr) else c
    parts = list(subterms(c))
    return sum(isinstance(p, (Function, Ind)) for p in parts), len(parts), str(c)


def moves(site: Site) -> Iterator[Move]:
    """Maps that may leave the law of all that an expectation is of as it is."""
    families: dict[str, list[RV]] = {}
    for x in sorted(_own(site), key=str):
        families.setdefault(x.name, []).append(x)
    free = site.term.free_symbols
    flips: list[RV] = []
    for name, members in families.items():
        if site.context.center(members[0]) is None:
            continue
        single = [x for x in members if all(i.free_symbols <= free for i in x.indices)]
        if len(single) == len(members):
            flips += single
        if members[0].indices and (len(members) > 1 or not single):
            flips.append(RV(name))
    yield from (("reflection", {"flip": x}) for x in flips)
    if 1 < len(flips) <= MOST:
        for size in range(2, len(flips) + 1):
            yield from (("reflection", {"flip": xs}) for xs in combinations(flips, size))
    if not site.context.identities and not any(
        r.law and r.indices for r in site.context.randoms.values()
    ):
        return
    for places in sorted({_places(members, n, free) for members in families.values()
                          for n in range(len(members[0].indices))}, key=str):  # fmt: skip
        yield from _renamed(site, places)


def _places(members: list[RV], n: int, free: Any) -> tuple[Any, ...]:
    """The values of the index at one place, without those that are bound inside."""
    return tuple(
        sorted({x.indices[n] for x in members if x.indices[n].free_symbols <= free}, key=str)
    )


def _renamed(site: Site, places: tuple[Any, ...]) -> Iterator[Move]:
    if not 0 < len(places) <= MOST:
        return
    for a, b in combinations(places, 2):
        yield "exchange", {"places": (a, b)}
    for a in places:
        if a != 1:
            yield "exchange", {"places": (a, S.One)}
    new = tuple(map(Integer, range(1, len(places) + 1)))
    if len(places) < MOST:
        yield from (("identical", {"index": p, "to": new}) for p in permutations(places))


# ---------------------------------------------------------------- averages


def _average(site: Site, name: str, binding: dict[str, Any], made: Any) -> Move | None:
    """The mean of a term and what a map makes of it, where that is simpler than the term."""
    if not isinstance(site.term, E) or name == "identical":
        return None
    h, k = (site.context.unfolded(e.args[0]) for e in (site.term, made))
    simple = _simpler(site, h, [h, k])
    if simple is not None:
        return "average", {**binding, "to": simple}
    every = _all_places(site, h, binding["places"]) if name == "exchange" else ()
    if len(every) > 2:
        more = [_applied(site, name, {"places": (every[0], b)}) for b in every[1:]]
        ways = [site.context.unfolded(m.args[0]) for m in more if m is not None]
        simple = _simpler(site, h, [h, *ways]) if len(ways) == len(more) else None
        if simple is not None:
            return "average", {"places": every, "to": simple}
    return None


def _all_places(site: Site, h: Any, two: tuple[Any, Any]) -> tuple[Any, ...]:
    found = {x.indices for x in site.context.sources(h) if x.indices and two[0] in x.indices}
    names = {x.name for x in site.context.sources(h) if x.indices in found}
    n = next((i.index(two[0]) for i in found), 0)
    others = {x.indices[n] for x in site.context.sources(h) if x.name in names} - {two[0]}
    return (two[0], *sorted(others, key=str))


def _simpler(site: Site, h: Any, terms: list[Any]) -> Any | None:
    """The mean of the terms, if it is written with less than h."""

    def known(u: Any, strict: bool) -> bool:
        return site.context.positive(u, site.scope, strict=strict) is not None

    total = expand(add(*terms))
    if has_kinks(total):
        cased = expand(in_cases(total, known))
        total = min(total, cased, key=_cost)
    total = _divided(total)
    made = expand(mul(S.One / len(terms), total))
    return made if _cost(made)[:2] < _cost(h)[:2] else None


def _divided(e: Any) -> Any:
    """(a + b) / (a + b) = 1, written as two quotients."""
    terms = monomials(e)
    if len(terms) < 2:
        return e
    for f in terms[0][1]:
        if isinstance(f, Pow) and f.exp == -1 and isinstance(f.base, Add):
            if not all(f in fs for _, fs in terms):
                continue
            top = add(*(mul(c, *(g for g in fs if g != f)) for c, fs in terms))
            number, first = monomials(f.base)[0]
            same = [c for c, fs in monomials(top) if set(fs) == set(first)]
            if same and equal(top, mul(same[0] / number, f.base)):
                return same[0] / number
    return e


def _share(site: Site, h: Any, sources: frozenset[RV]) -> Move | None:
    """1/n, where h is one of n parts of a whole: x_1 / Σ_j x_j."""
    totals = [t for t in subterms(h) if isinstance(t, Sum) and len(t.ranges) == 1 and not t.apart]
    for total in dict.fromkeys(totals):
        _, low, high = total.ranges[0]
        share = Pow(canonical(add(high, mul(-1, low), 1)), -1)
        for place in sorted({i for x in sources for i in x.indices}, key=str):
            binding = {"place": place, "lower": low, "upper": high, "to": share}
            made = _applied(site, "average-sum", binding)
            if made is not None and made != site.term:
                return "average-sum", binding
    return None
