"""A variable that is another one, or its mirror image: do two sides differ then?

Finite spaces can tie variables that are finite, and continuous ones of the same law.  This is
for a variable of which no law is declared, and that may have that of another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, product
from typing import Any, NamedTuple

from sympy import S, oo

from symcheck.facts.context import Context, Random
from symcheck.language.expr import RV, evaluated, mul, random_variables, replace
from symcheck.numbers.comparison import Witness
from symcheck.witness.constants import TRIES, assignments, differ
from symcheck.witness.drawn import Drawn

__all__ = ["tied_differ"]

WORLDS = 12  # choices of constants that are integrated


class Tie(NamedTuple):
    """x = sign y."""

    x: Random
    y: Random
    sign: int


def tied_differ(context: Context, left: Any, right: Any) -> Witness | None:
    """A variable y of a named law and one that is y or -y, for which two sides differ, or None.

    Every size and free index is 1; then both sides have to be made of expectations in y alone.
    The other variable is nowhere declared independent of y, and y, or -y, has all that is
    declared of it.  Whatever else there is may be independent of both, so that such a world
    satisfies the context.
    """
    from symcheck.numbers.program import NotSampled, free_indices

    letters = free_indices(context, (left, right))
    if context.hypotheses or context.finite or context.identities or context.dependence:
        return None
    if context.apart or any(i in context.ranges for i in letters):
        return None
    ones = dict.fromkeys((*context.sizes.values(), *letters), S.One)
    sides = [replace(context.unfolded(e), ones) for e in (left, right)]
    constants = {*context.sizes.values(), *context.symbols.values()}
    worlds = (
        (Tie(x, y, sign), values)
        for x, y in _pairs(context, {v.name for e in sides for v in random_variables(e)})
        for values in islice(assignments(context, constants), TRIES)
        if all(values[s] == 1 for s in context.sizes.values())
        for sign in (1, -1)
        if _has_all(context, Tie(x, y, sign), values)
    )
    for tie, values in islice(worlds, WORLDS):
        try:
            at = {_first(tie.x): mul(tie.sign, _first(tie.y))}
            found = differ(context, sides[0], sides[1], values, at)
        except (NotSampled, ZeroDivisionError):
            continue
        if found is not None:
            return _witness(context, tie, values, (left, right), found)
    return None


def _pairs(context: Context, names: set[str]) -> Iterator[tuple[Random, Random]]:
    """A variable without a law, and one with a law that it may depend on."""
    from symcheck.numbers.dependence import Groups

    groups = Groups(context)
    randoms = [r for r in context.randoms.values() if r.name in names]
    for x, y in product(randoms, randoms):
        places = ((r.name, (0,) * len(r.indices)) for r in (x, y))
        if x.law is None and y.law is not None and groups.compatible(*places):
            yield x, y


def _first(r: Random) -> RV:
    return RV(r.name, *(1 for _ in r.indices))


def _has_all(context: Context, tie: Tie, values: dict[Any, Any]) -> bool:
    """Has y, or -y, all that is declared of x, for these constants?"""
    x, y, sign = tie
    member = _first(y)
    law, parameters = context.law(member) or (None, ())
    if law is None:
        return False
    below = law.below(*parameters)
    if x.order is not None and not (below == oo or (below.is_number and below > x.order)):
        return False
    for declared, found in ((x.mean, context.mean(member)), (x.variance, context.variance(member))):
        if declared is not None:
            if found is None:
                return False
            own = mul(sign, found[0]) if declared is x.mean else found[0]
            wanted = replace(declared, dict.fromkeys(x.indices, S.One))
            if evaluated(own - wanted).subs(values) != 0:
                return False
    if (x.symmetric and context.symmetric(member) is None) or (
        (x.atomless or x.sign == "!=") and context.atomless(member) is None
    ):
        return False
    if x.sign in (">", ">="):
        return sign > 0 and context.positive(member, strict=x.sign == ">") is not None
    return True


def _witness(
    context: Context, tie: Tie, values: dict[Any, Any],
    written: tuple[Any, Any], sides: tuple[Fraction | str, Fraction | str],
) -> Witness:  # fmt: skip
    x, y, sign = tie
    name, parameters = y.law or ("", ())
    ones = dict.fromkeys(y.indices, S.One)
    at = ", ".join(str(evaluated(replace(p, ones)).subs(values)) for p in parameters)
    law = f"{_first(y)} ~ {name}({at}), and {_first(x)} = {'-' * (sign < 0)}{_first(y)}"
    used = {s for e in written for s in context.unfolded(e).free_symbols}
    used |= {s for e in (*parameters, x.mean, x.variance) if e is not None for s in e.free_symbols}
    chosen = {s: v for s, v in values.items() if s in used}
    sizes = {s.name: 1 for s in sorted(used, key=str) if s.name not in context.symbols}
    numbers = {s.name: Fraction(int(v.p), int(v.q)) for s, v in values.items()}
    drawn = Drawn(numbers, made=((_first(x), mul(sign, _first(y))),))
    return Witness(
        sizes=sizes, drawn=drawn, law=law, left=sides[0], right=sides[1],
        parameters={
            s.name: Fraction(int(v.p), int(v.q)) for s, v in chosen.items() if s.name not in sizes
        },
    )  # fmt: skip
