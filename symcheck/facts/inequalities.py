"""Does an inequality between constants follow from others?

By Fourier and Motzkin's elimination: ``e >= 0`` follows from ``f >= 0`` and ``g >= 0`` where
these and ``e < 0`` have no solution together.  Products of atoms count as unknowns of their
own, so that what is answered with yes is certain, and what is answered with no may be so.
Source: Schrijver, Theory of Linear and Integer Programming, 1986, section 12.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sympy import Expr, S

from symcheck.language.ring import Monomial, TooLarge, poly

__all__ = ["Fact", "follows"]

MOST = 300  # inequalities at a time
MOST_LOOKS = 200_000  # at an unknown in an inequality, while one question is answered

Linear = dict[Monomial, Any]
ONE: Monomial = frozenset()


class Fact(NamedTuple):
    """``expr > 0``, or ``expr >= 0`` where it is not strict."""

    expr: Expr
    strict: bool = False


class _Row(NamedTuple):
    """``linear > 0`` (or >= 0), and the numbers of the facts that it was made of."""

    linear: Linear
    strict: bool
    used: frozenset[int] = frozenset()


def follows(e: Expr, facts: Sequence[Fact], *, strict: bool) -> frozenset[int] | None:
    """The numbers of facts from which e > 0 (not strict: e >= 0) follows, or None.

    What SymPy's assumptions say of single symbols is known besides.  e and the facts are
    constants; where e is a whole number, e > 0 means e >= 1.
    """
    try:
        known = [_Row(*_stated(f), frozenset((n,))) for n, f in enumerate(facts)]
        goal = _Row(*_stated(Fact(e, strict)))
        found = _implied(goal, known)
        return _below_one(goal, known) if found is None else found
    except TooLarge:
        return None


@lru_cache(maxsize=4096)
def _stated(f: Fact) -> tuple[Linear, bool]:
    """Numbers before products of atoms; a whole number above 0 is at least 1."""
    linear = {m: c for m, (c, _) in poly(f.expr).items()}
    if f.strict and all(c.is_Integer and _whole(m) for m, c in linear.items()):
        linear[ONE] = linear.get(ONE, S.Zero) - 1
        return {m: c for m, c in linear.items() if c != 0}, False
    return linear, f.strict


def _whole(m: Monomial) -> bool:
    return all(b.is_integer and x.is_Integer and x > 0 for b, x in m)


def _implied(goal: _Row, known: Sequence[_Row]) -> frozenset[int] | None:
    """The facts that leave no room for the contrary of the goal."""
    rows = [_Row({m: -c for m, c in goal.linear.items()}, not goal.strict)]
    rows += _relevant(rows[0], known)
    todo = {m for r in rows for m in r.linear if m}
    rows += [r for m in todo for r in _atom(m)]
    # What nothing else speaks of cannot be eliminated.
    if any(m and not any(m in r.linear for r in rows[1:]) for m in rows[0].linear):
        return None
    looks = 0
    while True:
        for r in rows:
            if not any(r.linear):
                number = r.linear.get(ONE, S.Zero)
                if bool(number < 0) or (number == 0 and r.strict):
                    return r.used
        looks += len(todo) * len(rows)
        if not todo or len(rows) > MOST or looks > MOST_LOOKS:
            return None
        m = min(todo, key=lambda m: (_pairs(rows, m), _name(m)))
        todo.remove(m)
        rows = list(_without(rows, m))


def _relevant(goal: _Row, known: Sequence[_Row]) -> Iterator[_Row]:
    """The facts that share an unknown with the goal, or with one of these."""
    reached, rest = {m for m in goal.linear if m}, list(known)
    while near := [r for r in rest if reached & r.linear.keys()]:
        yield from near
        rest = [r for r in rest if r not in near]
        reached |= {m for r in near for m in r.linear if m}


@lru_cache(maxsize=4096)
def _name(m: Monomial) -> str:
    return str(sorted(m, key=str))


def _pairs(rows: Sequence[_Row], m: Monomial) -> int:
    signs = [bool(r.linear[m] > 0) for r in rows if m in r.linear]
    return sum(signs) * (len(signs) - sum(signs))


def _without(rows: Sequence[_Row], m: Monomial) -> Iterator[_Row]:
    """What the rows say when nothing is known of m."""
    above: list[_Row] = []
    below: list[_Row] = []
    for r in rows:
        if m not in r.linear:
            yield r
        else:
            (above if r.linear[m] > 0 else below).append(r)
    for a in above:
        for b in below:
            p, q = -b.linear[m], a.linear[m]
            linear = {k: p * c for k, c in a.linear.items()}
            for k, c in b.linear.items():
                linear[k] = linear.get(k, S.Zero) + q * c
            linear = {k: c for k, c in linear.items() if c != 0}
            yield _Row(linear, a.strict or b.strict, a.used | b.used)


def _atom(m: Monomial) -> Iterable[_Row]:
    """What is known of a product of powers by the symbols in it."""
    if all(b.is_integer and b.is_positive and x.is_Integer and x > 0 for b, x in m):
        yield _Row({m: S.One, ONE: S.NegativeOne}, False)
    elif all(b.is_positive for b, _ in m):
        yield _Row({m: S.One}, True)
    elif all(b.is_nonnegative or x.is_even for b, x in m):
        yield _Row({m: S.One}, False)
    elif all(b.is_nonpositive or x.is_even for b, x in m):
        odd = sum(x.is_odd is not False for _, x in m) % 2
        if all(x.is_Integer for _, x in m):
            strict = all(b.is_negative for b, _ in m)
            yield _Row({m: S.NegativeOne if odd else S.One}, strict)


def _below_one(goal: _Row, known: Sequence[_Row]) -> frozenset[int] | None:
    """c (1 - p q ...) for powers p, q, ... of numbers between 0 and 1."""
    number = goal.linear.get(ONE, S.Zero)
    others = [m for m in goal.linear if m]
    if len(others) != 1 or not number > 0 or goal.linear[others[0]] != -number:
        return None
    used: frozenset[int] = frozenset()
    smaller = not goal.strict
    for base, x in others[0]:
        m = frozenset(((base, S.One),))
        above = _implied(_Row({m: S.One}, False), known)
        gap = {ONE: S.One, m: S.NegativeOne}
        below = _implied(_Row(gap, True), known) if x.is_positive else None
        smaller = smaller or below is not None
        below = _implied(_Row(gap, False), known) if below is None else below
        if above is None or below is None or not x.is_nonnegative:
            return None
        used |= above | below
    return used if smaller else None
