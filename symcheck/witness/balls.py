"""Do two values differ?  Decided by certified, disjoint balls (python-flint).

For worlds that the core has accepted, where a side has no exact number: ``sqrt(2)``, or
``E[relu(u)]`` for a normal u.  A refutation that rests on this trusts Arb, and what hands the
integrals to it (:mod:`symcheck.numbers.certified`).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import islice, product
from math import prod
from typing import Any

from sympy import (
    Abs,
    Eq,
    Ge,
    Gt,
    Max,
    Min,
    Ne,
    Rational,
    S,
    cos,
    erf,
    exp,
    log,
    pi,
    sign,
    sin,
    tanh,
)

from symcheck.core.worlds.values import Value, atoms, generators, items, plus, symbol, times
from symcheck.core.worlds.values import power as power_of
from symcheck.core.worlds.world import World
from symcheck.facts.context import Context, Random
from symcheck.language.expr import RV, E, Ind, leaky_relu, power, relu, sigmoid
from symcheck.numbers.program import NotSampled
from symcheck.numbers.quadrature import integrate, provable
from symcheck.witness.concrete import mutual

__all__ = ["TRUSTS", "decide", "enclosures", "possible"]

TRUSTS = "Arb"
HEADS = {
    "exp": exp, "log": log, "sin": sin, "cos": cos, "tanh": tanh, "erf": erf, "sigmoid": sigmoid,
    "sign": sign, "abs": Abs, "relu": relu, "leaky_relu": leaky_relu, "max": Max, "min": Min,
}  # fmt: skip
MOST_FREE, MOST_POINTS = 3, 8
POINTS = [Fraction(1), Fraction(2), Fraction(3)]
RELATIONS = {">": Gt, ">=": Ge, "=": Eq, "!=": Ne}


def possible() -> bool:
    """Is python-flint there?"""
    return provable()


def decide(world: World, left: Value, right: Value) -> bool:
    """Are these two certainly different: constants, or functions of the outcome?"""
    free = sorted(outside(left) | outside(right), key=repr)
    if len(free) > MOST_FREE or (free and not (_continuous(left) and _continuous(right))):
        return False
    for point in islice(product(*(_inner(world, g) for g in free)), MOST_POINTS):
        at = dict(zip(free, point, strict=True))
        found = enclosures(world, put(left, at), put(right, at))
        if found is not None:
            (a, b), (c, d) = found
            if b < c or d < a:
                return True
    return False


def outside(v: Value) -> set[Any]:
    """The variables outside of every expectation."""
    found = set()
    for a in (a for m, _ in items(v) for a, _ in m):
        if a[0] == "g":
            found.add(a)
        elif a[0] != "E":
            found |= set().union(*(outside(p) for p in a[1:] if isinstance(p, tuple)))
    return found


def put(v: Value, at: Mapping[Any, Fraction]) -> Value:
    """The value with numbers for variables outside of every expectation.

    What is continuous and differs at a point inside of the support differs around it, with
    positive probability.
    """
    total: Value = Fraction(0)
    for m, c in items(v):
        made: Value = c
        for a, k in m:
            own = at[a] if a in at else symbol(
                a[0], *(put(p, at) if isinstance(p, tuple) and a[0] != "E" else p for p in a[1:])
            )  # fmt: skip
            made = times(made, power_of(own, Fraction(k)))
        total = plus(total, made)
    return total


def _continuous(v: Value) -> bool:
    """Is v continuous where it is finite, outside of expectations?"""
    return all(
        a[0] in "gE"
        or (a[0] in "f^" and a[1] != "sign" and all(map(_continuous, a[1 + (a[0] == "f") :])))
        for m, _ in items(v)
        for a, _ in m
    )


def _inner(world: World, g: Any) -> list[Fraction]:
    """Numbers inside of the support of a variable."""
    law, ps = world.laws[g[1]]
    if law == "uniform" and not all(isinstance(p, Fraction) for p in ps):
        return []
    if law == "uniform":
        return [ps[0] + (ps[1] - ps[0]) * Fraction(k, 8) for k in (4, 2, 7)]
    return POINTS if law in ("exponential", "poisson") else [*POINTS, *(-p for p in POINTS)]


def enclosures(
    world: World, left: Value, right: Value
) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]] | None:
    """Two numbers between which each lies; None where that is not found."""
    if not possible() or outside(left) or outside(right):
        return None
    try:
        return _ends(world, left), _ends(world, right)
    except (NotSampled, ZeroDivisionError, ValueError, OverflowError, TypeError):
        return None


def _ends(world: World, v: Value) -> tuple[Fraction, Fraction]:
    if isinstance(v, Fraction):
        return v, v
    found = integrate(_context(world, v), _expression(v), certified=True, rough=True)
    value, error = Fraction(found.value), Fraction(found.error)
    return value - error, value + error


def _context(world: World, v: Value) -> Context:
    """The variables of named laws in v, independent of each other."""
    own = {a for a in _all(v) if a[0] == "g"}
    randoms = {}
    for g in own:
        law, ps = world.laws[g[1]]
        randoms[_name(g)] = Random(_name(g), law=(law, tuple(map(_expression, ps))))
    return Context(randoms=randoms, independence=mutual(randoms) if len(randoms) > 1 else [])


def _all(v: Value) -> set[Any]:
    return set(atoms(v)) | generators(v)


def _name(g: Any) -> str:
    return "_".join(
        ["u", str(g[1]), *("o" if k is None else str(k).replace("-", "m") for k in g[2])]
    )


def _rational(v: Fraction) -> Any:
    return Rational(v.numerator, v.denominator)


def _expression(v: Value) -> Any:
    """A value as an expression."""
    if isinstance(v, Fraction):
        return _rational(v)
    return sum(_rational(c) * prod((power(_atom(a), k) for a, k in m), start=S.One) for m, c in v)


def _atom(a: Any) -> Any:
    if a[0] == "g":
        return RV(_name(a))
    if a[0] == "E":
        return E(_expression(a[1]))
    if a[0] == "^":
        return power(_expression(a[1]), _expression(a[2]))
    if a[0] == "1":
        return Ind(RELATIONS[a[1]](_expression(a[2]), 0, evaluate=False))
    if a[1] in ("pi", "e"):
        return pi if a[1] == "pi" else S.Exp1
    if a[1] not in HEADS:
        raise NotSampled(f"{a[1]} has no certified value")
    return HEADS[a[1]](*map(_expression, a[2:]))
