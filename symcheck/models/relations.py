"""Sizes and constants between which the declared relations hold."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Any

from sympy import S

from symcheck.context import Context
from symcheck.expr import Param, evaluated, replace, subterms

__all__ = ["adapted", "least_sizes", "related", "suits"]

LARGEST = 100  # a size that must be larger than this is not found


def least_sizes(context: Context) -> dict[str, int]:
    """The least value of each size for which its own relations hold, and those before it."""
    found: dict[str, int] = {}
    for name, s in context.sizes.items():
        start = 1 if s.is_positive else 0
        fitting = (v for v in range(start, LARGEST) if context.admits(found | {name: v}))
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
        if context.admits(found):
            return found
    return {n: least[n] for n in names} if context.admits(least) else None


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
