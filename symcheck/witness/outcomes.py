"""Do two formulas in random variables differ on an outcome?

For lines such as ``E[x + y | y] = y`` where y has a named law: both sides are functions of y,
already proved equal to the two sides of the line.  Where they differ at an inner point of the
support, and are continuous there, they differ with positive probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as _with
from fractions import Fraction
from itertools import islice, product
from typing import Any

from sympy import Dummy, Rational, S, oo, sign
from sympy.core.function import AppliedUndef

from symcheck.facts.context import Context
from symcheck.language.expr import (
    RV,
    Binder,
    E,
    Ind,
    Named,
    Var,
    evaluated,
    random_variables,
    replace,
    subterms,
)
from symcheck.language.plain import plain
from symcheck.numbers.comparison import Witness
from symcheck.witness.constants import free_part, judged

__all__ = ["outcomes_differ"]

HALF = Rational(1, 2)
POINTS = (S(1), S(2), HALF, S(3), S(-1), S(0), Rational(1, 3), Rational(3, 2), -HALF)
PLACES = 40  # points that are looked at
TRIES = 40  # choices of constants, for each


def outcomes_differ(context: Context, left: Any, right: Any, line: Sequence[Any]) -> Witness | None:
    """An outcome on which the two sides certainly differ, or None.

    ``left`` and ``right`` are formulas in constants and in variables of named laws, which may be
    independent of each other; they are proved equal to the two sides of the ``line``.
    """
    sides = (left, right)
    part = free_part(context, (*line, *sides))
    inside = [s for e in sides for s in subterms(e)]
    if part is None or any(isinstance(s, (Binder, E, Var, Ind, sign)) for s in inside):
        return None  # what jumps may differ at a single point
    if any(isinstance(s, Named) and not isinstance(s, RV) for s in inside):
        return None
    variables = sorted({x for e in sides for x in random_variables(e)}, key=str)
    laws = [part.law(x) for x in variables]
    if not variables or None in laws:
        return None
    # Unknown functions may be 1 throughout.
    calls = {s: S.One for s in inside if isinstance(s, AppliedUndef)}
    ones = sorted({c.func.__name__ for c in calls})
    names = {x: Dummy(str(x), real=True) for x in variables}
    formulas = [evaluated(replace(replace(e, calls), names)) for e in sides]
    for point in islice(product(POINTS, repeat=len(variables)), PLACES):
        at = dict(zip(names.values(), point, strict=True))

        def possible(values: Any, point: Sequence[Any] = point) -> bool:
            return all(
                _inside(law[0].name, [p.subs(values) for p in law[1]], v)
                for law, v in zip(laws, point, strict=True)
                if law is not None
            )

        found = judged(part, [e.subs(at) for e in formulas], line, TRIES, possible)
        if found is not None:
            return _with(
                found, variables=tuple(map(plain, variables)),
                at=tuple(Fraction(int(v.p), int(v.q)) for v in point),
                law="; ".join([*(f"{f}(t) = 1" for f in ones), *filter(None, [found.law])]),
            )  # fmt: skip
    return None


def _inside(name: str, parameters: list[Any], v: Any) -> bool:
    """Is v an inner point of the support, or a value of positive probability?"""
    if name == "bernoulli":
        return v in (0, 1) and parameters[0] not in (0, 1)
    if name == "rademacher":
        return v in (-1, 1)
    if name == "poisson":
        return bool(v.is_Integer and v >= 0 and parameters[0] > 0)
    if name in ("normal", "laplace") and not parameters[1] > 0:
        return False
    low, high = -oo, oo
    if name == "uniform":
        low, high = parameters
    elif name == "exponential":
        low = S.Zero
    return bool(low < v < high)
