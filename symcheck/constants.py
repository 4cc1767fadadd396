"""Do two formulas in the constants of a context differ for some values of these?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from typing import Any

from sympy import Rational, S

from symcheck.context import Context, Random
from symcheck.expr import RV, Binder, E, Named, Var, evaluated, subterms
from symcheck.models.comparison import Witness

__all__ = ["assignments", "differ", "integrals_differ", "possible", "values_differ"]

VALUES = (S(1), S(2), Rational(1, 2), S(3), S(-1), S(0))
TRIES = 400
DIGITS = 15
INTEGRALS = 6  # choices of sizes and parameters that are integrated


def values_differ(
    context: Context, left: Any, right: Any, laws: Sequence[Random]
) -> Witness | None:
    """Values of sizes and parameters for which the two sides certainly differ, or None.

    Both sides must be formulas in plain constants, already proved equal to what they
    stand for; ``laws`` are the variables whose laws matter, for the witness.  An
    irrational side is shown with DIGITS digits.
    """
    if any(isinstance(s, (Named, Binder, E, Var)) for e in (left, right) for s in subterms(e)):
        return None
    gap = evaluated(left) - evaluated(right)
    for values in islice(assignments(context), TRIES):
        difference = gap.subs(values)
        if not difference.is_number or difference.has(S.NaN, S.ComplexInfinity, S.Infinity):
            continue
        if (difference.is_Rational and difference == 0) or abs(difference.evalf(30)) < 1e-20:
            continue
        if not possible(context, values):
            continue
        sides = [_shown(evaluated(e).subs(values)) for e in (left, right)]
        used = gap.free_symbols
        sizes = {
            s.name: int(v) for s, v in values.items() if s in used and s in context.sizes.values()
        }
        others = {
            s.name: Fraction(int(v.p), int(v.q))
            for s, v in values.items()
            if s in used and s.name not in sizes
        }
        return Witness(
            sizes=sizes, parameters=others, left=sides[0], right=sides[1], law=_laws(laws)
        )
    return None


def integrals_differ(
    context: Context, left: Any, right: Any, laws: Sequence[Random]
) -> Witness | None:
    """Values of sizes and parameters for which two integrals differ, or None.

    Both sides are made of expectations in one variable of a named law each.  They are
    integrated numerically: with python-flint the errors are proved, without it the sides must
    differ by far more than their estimated errors.  As many digits are shown as are certain.
    """
    from symcheck.models.program import NotSampled, free_indices

    if context.hypotheses or free_indices(context, (left, right)):
        return None
    for values in islice((v for v in assignments(context) if possible(context, v)), INTEGRALS):
        try:
            sides = differ(context, left, right, values)
        except NotSampled:
            return None
        if sides is None:
            continue
        used = left.free_symbols | right.free_symbols
        used |= {s for r in laws for p in (r.law[1] if r.law else ()) for s in p.free_symbols}
        named = {s.name: v for s, v in values.items() if s in used}
        sizes = {n: int(v) for n, v in named.items() if n in context.sizes}
        others = {n: Fraction(int(v.p), int(v.q)) for n, v in named.items() if n not in sizes}
        return Witness(
            sizes=sizes, parameters=others, law=_laws(laws), left=sides[0], right=sides[1]
        )
    return None


def differ(
    context: Context, left: Any, right: Any, values: dict[Any, Any],
    ties: Mapping[RV, Any] | None = None,
) -> tuple[Fraction | str, Fraction | str] | None:  # fmt: skip
    """Both sides, integrated, if they certainly differ; NotSampled where they are no integrals.

    ``ties`` are variables that are functions of others.
    """
    from symcheck.models.quadrature import integrate, provable

    certified = provable()
    a, b = (integrate(context, e, values, certified=certified, ties=ties) for e in (left, right))
    apart = a.error + b.error if certified else 1e-7 * max(abs(a.value), abs(b.value))
    if abs(a.value - b.value) <= 2 * apart:
        return None
    return (
        _plain(left, values) or _digits(a.value, a.error),
        _plain(right, values) or _digits(b.value, b.error),
    )


def _plain(e: Any, values: dict[Any, Any]) -> Fraction | None:
    """A side that is a fraction already."""
    if any(isinstance(s, (Named, Binder, E, Var)) for s in subterms(e)):
        return None
    x = evaluated(e).subs(values)
    return Fraction(int(x.p), int(x.q)) if x.is_Rational else None


def _digits(value: float, error: float) -> str:
    """As many digits as are certain, and no more than a person reads."""
    least = abs(value) * 10.0 ** (1 - DIGITS)
    certain = math.floor(math.log10(abs(value) / max(2 * error, least))) if value else 1
    return f"{value:.{max(1, min(DIGITS, certain))}g}"


def assignments(context: Context) -> Iterator[dict[Any, Any]]:
    """Values of all sizes and plain constants that have the declared signs."""
    names = [*context.sizes.values(), *context.symbols.values()]
    choices = []
    for s in names:
        good = [v for v in VALUES if _allowed(s, v)]
        choices.append(good or [S.One])
    for values in product(*choices):
        if context.admits({s.name: v for s, v in zip(names, values, strict=True)}):
            yield dict(zip(names, values, strict=True))


def _allowed(s: Any, v: Any) -> bool:
    if s.is_integer and not v.is_integer:
        return False
    if s.is_positive:
        return bool(v > 0)
    if s.is_nonnegative:
        return bool(v >= 0)
    if s.is_negative:
        return bool(v < 0)
    return bool(v != 0) if s.is_nonzero else True


def possible(context: Context, values: dict[Any, Any]) -> bool:
    """Do the laws make sense for these values?  Unknown means no."""
    for r in context.randoms.values():
        numbers = [evaluated(p).subs(values) for p in (r.law[1] if r.law else ())]
        if r.variance is not None:
            numbers_ok = evaluated(r.variance).subs(values)
            if numbers_ok.is_number and numbers_ok < 0:
                return False
        if r.law is None:
            continue
        if not all(p.is_number for p in numbers):
            return False
        name = r.law[0]
        if name == "bernoulli" and not 0 <= numbers[0] <= 1:
            return False
        if name == "uniform" and not numbers[0] < numbers[1]:
            return False
        if name in ("normal", "laplace") and not numbers[1] > 0:
            return False
        if name in ("exponential", "poisson", "student") and not numbers[0] > 0:
            return False
    return True


def _shown(x: Any) -> Fraction | str:
    if x.is_Rational:
        return Fraction(int(x.p), int(x.q))
    return str(x.evalf(DIGITS))


def _laws(laws: Sequence[Random]) -> str:
    return ", ".join(
        f"{r.term} ~ {r.law[0]}({', '.join(map(str, r.law[1]))})" for r in laws if r.law is not None
    )
