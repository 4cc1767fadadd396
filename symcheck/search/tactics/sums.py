"""Untrusted: tactics for finite sums, and for what is multiplied out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as _with
from itertools import combinations
from typing import Any

from sympy import Abs, Add, Eq, Mul, Pow, S, Tuple

from symcheck.facts.context import Context
from symcheck.language.expr import (
    E,
    Int,
    Named,
    Sum,
    add,
    bound_indices,
    mul,
    power,
    replace,
    subterms,
)
from symcheck.language.ring import canonical, expand, gathered
from symcheck.rules.all import RULES
from symcheck.rules.expectation import known
from symcheck.rules.proof import Refused
from symcheck.rules.sums import solved
from symcheck.search.steps import Position, Proposal, Search

__all__ = [
    "complete", "counted", "cut", "explicit", "from_one", "gather", "last_places",
    "multiplied_out", "multiplies_out", "separated", "series_form", "shift", "split_off",
    "sum_product", "top_expand",
]  # fmt: skip


def shift(search: Search, p: Position) -> Proposal | None:
    """Indices of members without a number added: the sum over j of x[j + 1] begins one later."""
    names = bound_indices(p.term)
    body = p.term.open(names)[0]
    if len(names) != 1:
        return None
    j = names[0]
    found = {
        canonical(i - j)
        for m in subterms(body)
        if isinstance(m, Named)
        for i in m.indices
        if i.has(j)
    }
    least = min((c for c in found if c.is_Integer), default=S.Zero)
    if not found or least == 0 or not all(c.is_Integer for c in found):
        return None
    return "sum-shift", {"by": least}


def from_one(search: Search, p: Position) -> Proposal | None:
    """Sums that begin at 1 and end at a size, the few terms beside them apart."""
    if len(p.term.ranges) != 1:
        return None
    _, low, high = p.term.ranges[0]
    number, _ = canonical(high).as_coeff_Add()
    if high.is_Integer or not low.is_Integer or (low == 1 and number == 0) or number % 1 != 0:
        return None
    return "sum-ends", {"lower": S.One, "upper": canonical(high - number)}


def cut(search: Search, p: Position) -> Proposal | None:
    """Where another sum of the line ends."""
    for n, (_, low, high) in enumerate(p.term.ranges):
        for c in sorted(search.ends, key=str):
            if any(canonical(c - x).is_Integer for x in (low, high)):
                continue
            binding = {"index": n, "at": c}
            try:
                RULES["sum-cut"].rewrite(search.site(p, binding))
            except Refused:
                continue
            return "sum-cut", binding
    return None


def last_places(context: Context, e: Any) -> Iterator[Any]:
    """The last places before a sum begins and in it, for every sum in e."""
    for t in subterms(context.unfolded(e)):
        for _, low, high in t.ranges if isinstance(t, Sum) else ():
            yield from (c for c in (canonical(low - 1), high) if not _bound(c))


def _bound(e: Any) -> bool:
    return any(s.name.startswith("_") for s in e.free_symbols)


def multiplies_out(e: Any) -> bool:
    """Would multiplying out change e at its top?"""
    if isinstance(e, Add):
        return any(multiplies_out(t) for t in e.args)
    if isinstance(e, Mul):
        return any(isinstance(f, Add) or multiplies_out(f) for f in e.args)
    if isinstance(e, Pow):
        whole = e.exp.is_Integer and e.exp > 1
        kinds = (Add, Mul, Pow, Abs) if e.exp.is_even else (Add, Mul, Pow)
        return bool(whole and isinstance(e.base, kinds))
    return False


def multiplied_out(search: Search, p: Position) -> Proposal | None:
    """What stands in an expectation or a sum, multiplied out."""
    if isinstance(p.term, E):
        body, rest = p.term.args[0], p.term.args[1:]
        if not multiplies_out(body):
            return None
        return "algebra", {"to": E(expand(body), *rest)}
    names = bound_indices(p.term)
    body, *rest = p.term.open(names)
    if not multiplies_out(body):
        return None
    return "algebra", {"to": p.term.func(expand(body), *rest)}


def sum_product(search: Search, p: Position) -> Proposal | None:
    """Inside an expectation every factor that is not constant goes into the sum."""
    if not p.parents or not isinstance(p.parents[-1], E) or isinstance(p.term, Sum):
        return None
    factors = p.term.args if isinstance(p.term, Mul) else (p.term,)
    sums = [
        f for f in factors if isinstance(f, Sum) or (isinstance(f, Pow) and isinstance(f.base, Sum))
    ]
    if not sums:
        return None
    given = p.parents[-1].given
    site = search.site(p, {})
    inside = tuple(n for n, f in enumerate(factors) if f not in sums and not known(site, f, given))
    return "sum-product", {"inside": inside}


def split_off(search: Search, p: Position) -> Proposal | None:
    """The terms where two variables in one expectation are one, or are of one vector."""
    body, *rest = p.term.open(bound_indices(p.term))
    limits = [t for t in rest if isinstance(t, Tuple)]
    pairs = frozenset(frozenset((n.lhs, n.rhs)) for n in rest if not isinstance(n, Tuple))
    scope = _with(
        p.scope,
        ranges=p.scope.ranges + tuple((t[0], t[1], t[2]) for t in limits),
        apart=p.scope.apart | pairs,
    )
    names = [t[0] for t in limits]
    for places in _meetings(search.context, body):
        if any(search.context.distinct(a, b, scope) is not None for a, b in places):
            continue
        for a, b in places:
            found = _coinciding(names, canonical(add(a, mul(-1, b))))
            if found is None:
                continue
            try:
                RULES[found[0]].rewrite(search.site(p, found[1]))
            except Refused:
                continue
            return found
    return None


def _coinciding(names: list[Any], gap: Any) -> Proposal | None:
    """The terms of a sum over ``names`` where this difference of two indices is 0."""
    own = [n for n, j in enumerate(names) if gap.has(j)]
    times = gap.coeff(names[own[-1]]) if own else S.Zero
    if times == 0:
        return None
    try:
        value = solved(names[own[-1]], canonical(mul(gap, power(times, -1))))
    except Refused:
        return None
    if len(own) == 1:
        return "sum-single-out", {"index": own[0], "at": value}
    shift = canonical(add(value, mul(-1, names[own[0]])))
    if len(own) > 2 or not shift.is_Integer:
        return None
    pair = {"pair": (own[0], own[1])}
    return "sum-diagonal", pair | ({"shift": shift} if shift else {})


def _meetings(context: Context, body: Any) -> Iterator[list[tuple[Any, Any]]]:
    """Indices that stand in the same place of two variables that may depend on each other."""
    for e in dict.fromkeys(t for t in subterms(body) if isinstance(t, E)):
        for x, y in combinations(sorted(context.sources(e.args[0]), key=str), 2):
            if x.name == y.name:
                yield list(zip(x.indices, y.indices, strict=False))
                continue
            for fact in context.independence:
                at = {t.name: t.indices for t in fact.blocks[0]} if fact.over else {}
                if x.name in at and y.name in at:
                    where = [(at[x.name].index(i), at[y.name].index(i)) for i in fact.over]
                    yield [(x.indices[m], y.indices[n]) for m, n in where]
            for h in context.hypotheses:
                if {x.name, y.name} <= {v.name for a in h.lhs.args for v in context.sources(a)}:
                    yield list(zip(x.indices, y.indices, strict=False))


def counted(search: Search, p: Position) -> Proposal | None:
    """Terms that are all the same."""
    for n in reversed(range(len(p.term.ranges))):
        if not p.term.body.has(p.term.ranges[n][0]):
            return "sum-count", {"index": n}
    return None


def explicit(search: Search, p: Position) -> Proposal | None:
    """Few terms written out."""
    return ("sum-explicit", {}) if len(p.term.ranges) == 1 else None


def top_expand(search: Search, p: Position) -> Proposal | None:
    """Multiply out what multiplies expectations or sums, so that like terms can meet."""
    if p.path and not (len(p.path) == 1 and isinstance(p.parents[0], Eq)):
        return None
    if multiplies_out(p.term) and any(isinstance(s, (E, Sum, Int)) for s in subterms(p.term)):
        return "algebra", {"to": expand(p.term)}
    return None


def series_form(search: Search, p: Position) -> Proposal | None:
    """Sums of powers from 0 on, with exponents that grow; sums of polynomials from 1 on."""
    if len(p.term.ranges) != 1 or p.term.apart:
        return None
    (j,) = bound_indices(p.term)
    body, (_, low, high) = p.term.open((j,))
    factors = body.args if isinstance(body, Mul) else (body,)
    powers = [f for f in factors if isinstance(f, Pow) and f.exp.has(j) and not f.base.has(j)]
    if not all(f.is_polynomial(j) for f in factors if f not in powers) or not body.has(j):
        return None
    if len(powers) > 1:
        return None
    first = S.Zero if powers else S.One
    if powers:
        step = canonical(replace(powers[0].exp, {j: j + 1}) - powers[0].exp)
        if search.context.positive(canonical(mul(-1, step)), p.scope) is not None:
            return "sum-reverse", {}
    if low != first:
        return "sum-shift", {"by": canonical(add(first, mul(-1, low)))}
    number, _ = canonical(high).as_coeff_Add()
    last = first - 1  # as in 0..n-1 and 1..n
    if high.is_Integer or number == last or not number.is_Integer:
        return None
    return "sum-ends", {"lower": low, "upper": canonical(high - number + last)}


def gather(search: Search, p: Position) -> Proposal | None:
    """Sums taken apart as far as can be."""
    if p.path and not (len(p.path) == 1 and isinstance(p.parents[0], Eq)):
        return None
    new = gathered(p.term)
    return None if canonical(new) == canonical(p.term) else ("algebra", {"to": new})


def separated(search: Search, p: Position) -> Proposal | None:
    """A sum over several indices as a product of sums, where something is assumed of a sum."""
    if p.term.apart or len(p.term.ranges) < 2:
        return None
    names = bound_indices(p.term)
    body, *limits = p.term.open(names)
    factors = body.args if isinstance(body, Mul) else (body,)
    if any(t.has(*names) for limit in limits for t in limit.args[1:]):
        return None
    parts: list[Any] = [f for f in factors if not f.has(*names)]
    for n, (name, limit) in enumerate(zip(names, limits, strict=True)):
        own = [f for f in factors if f.has(name)]
        if any(f.has(*(names[:n] + names[n + 1 :])) for f in own):
            return None
        parts.append(Sum(mul(*own), limit))
    return "algebra", {"to": mul(*parts)}


def complete(search: Search, p: Position) -> Proposal | None:
    """A term that is left out, put back."""
    for n in range(len(p.term.apart)):
        try:
            RULES["sum-complete"].rewrite(search.site(p, {"condition": n}))
        except Refused:
            continue
        return "sum-complete", {"condition": n}
    return None
