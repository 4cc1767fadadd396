"""For which values may the letters of a statement stand?  Unknown means: for none.

A letter is a free index.  What is declared of it, its range, relations and that it differs from
others, is part of whatever is said of it; and where a definition, a mean or an assumption speaks
of one letter as it is, a statement about this letter is about no other value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice, product
from typing import Any

from sympy import Expr, S, Symbol

from symcheck.facts.assumptions import EMPTY, NOTHING, Relation, Scope, Used
from symcheck.facts.declarations import Declarations
from symcheck.language.expr import Named, add, mul, replace
from symcheck.language.ring import canonical

__all__ = [
    "allowed", "arbitrary", "fixed", "in_range", "related", "some_values", "standing", "there_are",
]  # fmt: skip


def fixed(c: Declarations) -> frozenset[Symbol]:
    """The letters that stand in a declaration as they are, not for every value."""
    found: frozenset[Symbol] = c.remember("fixed letters", lambda: _fixed(c))
    return found


def _fixed(c: Declarations) -> frozenset[Symbol]:
    spoken: set[Symbol] = set()
    for d in c.definitions.values():
        spoken |= c.letters(d.body) - set(d.indices)
    for r in c.randoms.values():
        said = (r.mean, r.variance, r.order, *(r.law[1] if r.law else ()))
        spoken |= c.letters(*(e for e in said if e is not None)) - set(r.indices)
    for h in c.hypotheses:
        spoken |= c.letters(h.lhs, h.rhs) - set(h.indices)
    for p in c.dependence:
        spoken |= (c.letters(p.on) - {p.index}) | c.letters(p.lower, p.upper)
    return frozenset(spoken)


def in_range(c: Declarations, k: Any, low: Expr, high: Expr, scope: Scope = EMPTY) -> Used | None:
    """By what k is one of the whole numbers from low to high, if it certainly is."""
    if not k.is_integer:
        return None
    if (k, low, high) in scope.ranges:
        return NOTHING
    used: Used = NOTHING
    for gap in (add(k, mul(-1, low)), add(high, mul(-1, k))):
        found = c.positive(gap, scope, strict=False)
        if found is None:
            return None
        used |= found
    return used


def related(c: Declarations, i: Symbol) -> Iterator[Relation]:
    """The declared relations that speak of a letter as it is."""
    for r in c.relations:
        if i in c.free_letters(r):
            yield r


def standing(
    c: Declarations,
    at: Mapping[Symbol, Any],
    spoken: AbstractSet[Symbol],
    scope: Scope = EMPTY,
    *,
    every: bool = False,
) -> Used | None:
    """As :func:`allowed`, for a statement that may be about one value of a letter alone."""
    if any(i in fixed(c) for i, value in at.items() if value != i):
        return None
    return allowed(c, at, spoken, scope, every=every)


def allowed(
    c: Declarations,
    at: Mapping[Symbol, Any],
    spoken: AbstractSet[Symbol],
    scope: Scope = EMPTY,
    *,
    every: bool = False,
) -> Used | None:
    """By what the letters of a statement may have these values; None where they may not.

    ``spoken`` are all letters of the statement.  With ``every`` it holds for all values of the
    letters that it does not speak of, so that one that has to differ from them always does.
    """
    moved = {i for i, value in at.items() if value != i}
    used: Used = NOTHING
    for found in (
        *(_of_range(c, i, at, scope) for i in (*at, *sorted(spoken - set(at), key=str))),
        *(_of_relation(c, r, at, scope) for r in c.relations if moved & c.free_letters(r)),
        *(_of_pair(c, pair, at, scope) for pair in _pairs(c, moved, spoken, every)),
    ):
        if found is None:
            return None
        used |= found
    return used


def _of_range(c: Declarations, i: Symbol, at: Mapping[Symbol, Any], scope: Scope) -> Used | None:
    bounds = c.range_at(i, at)
    return NOTHING if bounds is None else in_range(c, at.get(i, i), *bounds, scope)


def _of_relation(
    c: Declarations, r: Relation, at: Mapping[Symbol, Any], scope: Scope
) -> Used | None:
    gap = replace(r.gap, dict(at))
    if r.sign == "!=":
        return c.nonzero(gap, scope)
    return c.positive(gap, scope, strict=len(r.sign) == 1)


def _pairs(
    c: Declarations, moved: set[Symbol], spoken: AbstractSet[Symbol], every: bool
) -> Iterator[tuple[Expr, Expr]]:
    for a, b in c.apart:
        letters = a.free_symbols | b.free_symbols
        others = letters - spoken if every else set()
        bound = any(i in c.ranges or any(related(c, i)) for i in others)
        if letters & moved and (bound or not others):
            yield a, b


def _of_pair(
    c: Declarations, pair: tuple[Expr, Expr], at: Mapping[Symbol, Any], scope: Scope
) -> Used | None:
    one, two = (replace(e, dict(at)) for e in pair)
    return c.distinct(one, two, scope)


def arbitrary(c: Declarations, n: Any, first: Any) -> bool:
    """Is nothing declared of the letter, and is the first value a whole number?"""
    if not c.letters(n) or not S(first).is_integer or S(first).has(Named):
        return False
    told = n in c.ranges or n in fixed(c) or any(related(c, n))
    return not told and not any(n in side.free_symbols for pair in c.apart for side in pair)


# ---------------------------------------------------------------- letters that leave

MOST_VALUES = 64  # of several letters at once


def some_values(c: Declarations, letters: Sequence[Symbol]) -> Iterator[tuple[Expr, ...]]:
    """Values that letters may have at once, for all that is known at the first glance."""
    return islice(product(*(_candidates(c, i) for i in letters)), MOST_VALUES)


def _candidates(c: Declarations, i: Symbol) -> list[Expr]:
    """The first and the last of a range, or what lies beyond all that the letter is compared to."""
    low, high = c.ranges.get(i, (S.Zero, S.Zero))
    found = [low, add(low, 1), high]
    for r in related(c, i):
        way = _way(r, i)
        found += [] if way is None else [canonical(add(i, mul(-way, r.gap), way))]
    for a, b in c.apart:
        if i in (a, b):
            found.append(add(b if i == a else a, 1))
    return list(dict.fromkeys(v for v in found if not v.has(i)))


def there_are(c: Declarations, gone: AbstractSet[Symbol], told: AbstractSet[Symbol]) -> Used | None:
    """By what there are values for the letters ``gone``, whatever those that are ``told`` are."""
    known, todo, used = set(told), set(gone), NOTHING
    while near := [i for i in c.ranges if i in known and not _ends(c, i) <= known]:
        known |= set().union(*(_ends(c, i) for i in near))  # of 1..i nobody speaks without i
    bonds = [c.letters(*pair) for pair in c.apart] + [c.free_letters(r) for r in c.relations]
    while near := [b for b in bonds if b & todo and not b <= todo | known]:
        todo |= set().union(*near)  # what one of them differs from has to be there, too
    todo -= known
    while todo:
        for i in sorted(todo, key=str):
            found = _there_is(c, i, known)
            if found is not None:
                break
        else:
            return None
        todo.remove(i)
        known.add(i)
        used |= found
    return used


def _ends(c: Declarations, i: Symbol) -> set[Symbol]:
    """The letters that the range of a letter speaks of."""
    return c.letters(*c.ranges.get(i, ()))


def _there_is(c: Declarations, i: Symbol, known: AbstractSet[Symbol]) -> Used | None:
    """By what there is a value of i, where the known letters have theirs."""
    near = [r for r in related(c, i) if c.free_letters(r) <= known | {i}]
    pairs = [p for p in c.apart if i in p and set(p) <= known | {i}]
    if any(i in e.free_symbols and i not in p for p in c.apart for e in p):
        return None
    if i not in c.ranges:  # beyond any number there are others, on the one side or the other
        ways = [_way(r, i) for r in near]
        sides = {way for r, way in zip(near, ways, strict=True) if r.sign != "!="}
        return None if None in ways or len(sides) > 1 else NOTHING
    low, high = c.ranges[i]
    if near or not _ends(c, i) <= known:
        return None
    return c.positive(add(high, mul(-1, low), -len(pairs)), strict=False)


def _way(r: Relation, i: Symbol) -> int | None:
    """1 where the relation holds for all large values of i, -1 for all small ones."""
    for way in (1, -1):
        if not canonical(add(r.gap, mul(-way, i))).has(i):
            return way
    return None
