"""Sizes and constants between which the declared relations hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace as _with
from fractions import Fraction
from itertools import permutations, product
from math import prod
from typing import Any

from sympy import Add, Mul, Pow, S, Symbol

from symcheck.facts.context import Context, Relation
from symcheck.language.expr import Cov, E, Named, P, Param, Var, evaluated, replace, subterms

__all__ = ["adapted", "admitted", "everywhere", "least_sizes", "related", "suits"]

_UNKNOWN = (Named, E, Var, Cov, P)  # what has no value by itself
LARGEST = 100  # a size that must be larger than this is not found


def least_sizes(context: Context) -> dict[str, int]:
    """The least value of each size for which its own relations hold, and those before it."""
    found: dict[str, int] = {}
    for name, s in context.sizes.items():
        start = 1 if s.is_positive else 0
        fitting = (v for v in range(start, LARGEST) if admitted(context, found | {name: v}))
        found[name] = next(fitting, start)
    return found


def adapted(context: Context, sizes: Mapping[str, int]) -> dict[str, int] | None:
    """Sizes like these between which the relations hold, or None: moved up, or exchanged."""
    if not context.relations:
        return dict(sizes)
    least = least_sizes(context)
    names = list(sizes)
    moved = [max(least[n], 1) + v - 1 for n, v in sizes.items()]
    for values in permutations(moved) if len(moved) < 6 else (moved,):
        found = dict(zip(names, values, strict=True))
        if admitted(context, found):
            return found
    return {n: least[n] for n in names} if admitted(context, least) else None


def admitted(context: Context, values: Mapping[str, Any]) -> bool:
    """Are the relations true for these rational values of names, as far as these decide it?

    As :meth:`Context.admits`, and many times as fast where the sides are rational.
    """
    for r in context.relations:
        if r.indices:
            continue
        try:
            left, right = _rational(r.left, values), _rational(r.right, values)
        except ZeroDivisionError:
            return False
        if left is not None and right is not None:
            if not r.holds(left, right):
                return False
        elif not any(isinstance(s, _UNKNOWN) for e in (r.left, r.right) for s in subterms(e)):
            try:
                if not _with(context, relations=[r]).admits(values):
                    return False
            except TypeError:  # infinite, or no real number
                return False
    return True


def everywhere(context: Context, relations: Sequence[Relation], values: Mapping[str, Any]) -> bool:
    """Are the relations true for these values, at all indices that occur?  Unknown means no.

    Nothing is asked of indexed constants that only have to be chosen well.
    """
    top = max([3, *(int(values[n]) for n in context.sizes if n in values)])
    for r in relations:
        names = {s.name for e in (r.left, r.right) for s in e.free_symbols - set(r.indices)}
        indexed = related(_with(context, relations=[r]))
        if indexed and not names:
            continue
        if indexed or not names <= values.keys():
            return False
        for at in product(range(1, top + 1), repeat=len(r.indices)):
            rule = dict(zip(r.indices, map(S, at), strict=True))
            sides = [replace(e, rule) if rule else e for e in (r.left, r.right)]
            plainly = Relation(sides[0], r.sign, sides[1])
            if not admitted(_with(context, relations=[plainly]), values):
                return False
    return True


def _rational(e: Any, values: Mapping[str, Any]) -> Fraction | None:
    """The value of a rational formula; None where it is none, or a name has no value."""
    if e.is_Rational:
        return Fraction(int(e.p), int(e.q))
    if isinstance(e, Symbol):
        return Fraction(values[e.name]) if e.name in values else None
    if isinstance(e, (Add, Mul)):
        parts = [_rational(a, values) for a in e.args]
        known = [p for p in parts if p is not None]
        if len(known) < len(parts):
            return None
        return (
            sum(known, start=Fraction(0)) if isinstance(e, Add) else prod(known, start=Fraction(1))
        )
    if isinstance(e, Pow) and e.exp.is_Integer:
        base = _rational(e.base, values)
        return None if base is None else base ** int(e.exp)
    return None


def related(context: Context) -> frozenset[str]:
    """The indexed constants that a relation speaks of."""
    sides = (e for r in context.relations for e in (r.left, r.right))
    return frozenset(p.name for e in sides for p in subterms(e) if isinstance(p, Param))


def suits(context: Context, name: str, value: Any, symbols: Mapping[str, Any]) -> bool:
    """Do the relations hold where every member of an indexed constant has this value?

    A relation with another indexed constant, or with an index outside of these, is refused.
    """
    numbers = {context.symbols[n]: S(v) for n, v in symbols.items() if n in context.symbols}
    for r in context.relations:
        own = {p for e in (r.left, r.right) for p in subterms(e) if isinstance(p, Param)}
        if any(p.name == name for p in own):
            rule = {p: S(value) for p in own if p.name == name} | numbers
            left, right = (evaluated(replace(e, rule)) for e in (r.left, r.right))
            if not (left.is_number and right.is_number and r.holds(left, right)):
                return False
    return True
