"""What is said of all values of an index, looked at for finitely many of them.

A member depends on its index only by its place in the window, and copies are drawn alike; so a
statement in which letters stand only as ``letter + number`` in indices depends only on which of
these lie where in the window, on which are equal, and on the order that its conditions ask for.
Outside, letters that are not linked can be moved together, or to the other side where nothing
asks for an order, until the gaps are as small as they may be without a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from symcheck.core.terms import Formula, Term, kids, need, num, replaced
from symcheck.core.worlds.values import holds
from symcheck.core.worlds.world import World

MOST_CASES = 4000
Letters = Sequence[Term]


def linear(t: Term) -> tuple[dict[Term, Fraction], Fraction]:
    """A term as a sum of letters with coefficients and a number."""
    if t[0] == "q":
        return {}, Fraction(t[1])
    if t[0] == "v":
        return {t: Fraction(1)}, Fraction(0)
    below = [linear(k) for k in kids(t)]
    found: dict[Term, Fraction] = {}
    if t[0] == "+":
        for some, _ in below:
            for v, c in some.items():
                found[v] = found.get(v, Fraction(0)) + c
        return {v: c for v, c in found.items() if c}, sum((k for _, k in below), Fraction(0))
    need(t[0] == "*" and sum(bool(some) for some, _ in below) <= 1, "a letter in no plain place")
    factor = Fraction(1)
    for some, k in below:
        found, factor = some or found, factor * (1 if some else k)
    own = next((k for some, k in below if some), Fraction(1))
    return {v: c * factor for v, c in found.items()}, own * factor


def instances(
    w: World, letters: Letters, conditions: Sequence[Formula], terms: Sequence[Term]
) -> Iterator[dict[Term, Term]]:
    """Values of the letters such that what is so for these is so for all."""
    low, high = dict[Term, int](), dict[Term, int]()
    for rel, t in conditions:
        some, k = linear(w.ground(t))
        if len(some) == 1 and rel in (">", ">="):
            ((v, c),) = some.items()
            need(abs(c) == 1 and k.denominator == 1, "a condition of no plain form")
            end = int(-k * c) + (int(c) if rel == ">" else 0)
            low, high = (low | {v: max(end, low.get(v, end))}, high) if c > 0 else (
                low, high | {v: min(end, high.get(v, end))})  # fmt: skip
    held = [v for v in letters if v in low and v in high]
    cases = 0
    for at in product(*(range(low[v], high[v] + 1) for v in held)):
        fixed = dict(zip(held, map(num, at), strict=True))
        rest = [v for v in letters if v not in fixed]
        reach = ends(w, rest, [replaced(t, fixed) for t in terms], conditions, fixed)
        for more in product(reach, repeat=len(rest)):
            cases += 1
            need(cases <= MOST_CASES, "too many indices to look at")
            values = fixed | dict(zip(rest, map(num, more), strict=True))
            if all(holding(w, rel, replaced(t, values)) for rel, t in conditions):
                yield values


def holding(w: World, rel: str, t: Term) -> bool:
    """Does a condition on numbers hold?"""
    v = w.value(w.ground(t), {})
    need(isinstance(v, Fraction), "a condition that is no number")
    return holds(rel, (v > 0) - (v < 0))


def ends(
    w: World, letters: Letters, terms: Sequence[Term], conditions: Sequence[Formula], fixed: Any
) -> range:
    """The values of letters without a range that have to be looked at."""
    points, shift = [1], 0
    for t in map(w.ground, terms):
        for family, indices in places(t, frozenset(letters)):
            points += [p for lo, hi, _ in w.windows.get(family, []) for p in (lo, hi)]
            for some, k in map(linear, indices):
                need(len(some) <= 1 and set(some.values()) <= {1} and k.denominator == 1,
                     "an index of no plain form")  # fmt: skip
                shift = max(shift, abs(int(k))) if some else shift
                points += [] if some else [int(k)]
    for _, t in conditions:
        some, k = linear(w.ground(replaced(t, fixed)))
        need(sorted(some.values()) in ([], [1], [-1], [-1, 1]) and k.denominator == 1,
             "a condition of no plain form")  # fmt: skip
        points += [int(-k * c) for c in some.values()] if len(some) == 1 else []
        shift = max(shift, abs(int(k))) if len(some) == 2 else shift
    room = len(letters) * (2 * shift + 1)
    ordered = any(rel != "!=" for rel, _ in conditions)
    return range(min(points) - (room if ordered or shift else 0), max(points) + room + 1)


def places(t: Term, letters: frozenset[Term]) -> Iterator[tuple[str, tuple[Term, ...]]]:
    """The families in a term with their indices.  Refuses a letter that stands elsewhere."""
    need(t not in letters, "what is said of all indices depends on their values")
    if t[0] == "x":
        yield t[1], tuple(num(k) if isinstance(k, int) else k for k in t[2:])
    elif t[0] == "c":
        yield t[1], kids(t)
    else:
        for k in kids(t):
            yield from places(k, letters)
