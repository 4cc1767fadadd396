"""Do two formulas in the constants of a context differ for some values of these?

Such a witness names values of sizes and constants, and no joint law: for these values
independent variables exist that have everything declared (:mod:`symcheck.witness.domains`).
Where the line hangs together with a hypothesis that is not certain, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace as _with
from fractions import Fraction
from itertools import islice
from typing import Any

from sympy import Abs, Rational, S, Symbol

from symcheck.facts.context import Context, Random
from symcheck.language.expr import (
    RV,
    Binder,
    E,
    Named,
    Var,
    evaluated,
    random_variables,
    replace,
    subterms,
)
from symcheck.language.plain import plain
from symcheck.numbers.comparison import Witness
from symcheck.numbers.decimals import Ends, decimals
from symcheck.numbers.program import unfolded
from symcheck.numbers.relations import everywhere
from symcheck.witness.concrete import FAIR, concrete
from symcheck.witness.domains import domains
from symcheck.witness.drawn import NOTHING as NOTHING_DRAWN
from symcheck.witness.drawn import Drawn
from symcheck.witness.relevant import relevant

__all__ = [
    "assignments", "concrete_integrals_differ", "differ", "free_part", "integrals_differ", "judged",
    "values_differ",
]  # fmt: skip

SIZES = (S(1), S(2), S(3))
VALUES = (S(1), S(2), Rational(1, 2), S(3), S(-1), S(0))
BETWEEN = (Rational(1, 2), S(1), S(0), Rational(1, 3), S(2), S(-1), S(3))  # with relations
TRIES = 400
INTEGRALS = 6  # choices of sizes and parameters that are integrated
CHOICES = 3  # of these, for each choice of functions
ROUGH = 4  # choices of functions for which several variables may stay together

Values = Mapping[Symbol, Any]


def values_differ(
    context: Context, left: Any, right: Any, line: Sequence[Any] | None = None
) -> Witness | None:
    """Values of sizes and parameters for which the two sides certainly differ, or None.

    Both sides must be formulas in plain constants, already proved equal to the two sides of
    the ``line`` that they stand for.
    """
    if any(isinstance(s, (Named, Binder, E, Var)) for e in (left, right) for s in subterms(e)):
        return None
    line = line or (left, right)
    part = free_part(context, (*line, left, right))
    if part is None:
        return None
    return judged(part, [evaluated(e) for e in (left, right)], line)


def judged(
    part: Context, sides: Sequence[Any], line: Sequence[Any], most: int = TRIES,
    possible: Callable[[Values], bool] = lambda _: True,
) -> Witness | None:  # fmt: skip
    """Possible values for which two formulas in constants certainly differ, or None."""
    gap = sides[0] - sides[1]
    wanted = sides[0].free_symbols | sides[1].free_symbols
    for values in islice(assignments(part, wanted), most):
        if not possible(values):
            continue
        difference = gap.subs(values)
        if not difference.is_number or difference.has(S.NaN, S.ComplexInfinity, S.Infinity):
            continue
        if (difference.is_Rational and difference == 0) or abs(difference.evalf(30)) < 1e-20:
            continue
        found = [e.subs(values) for e in sides]
        if all(x.is_real for x in found):
            used = {s: v for s, v in values.items() if s in wanted | _of(part)}
            ends = [_ends(x) for x in found]
            shown = [_shown(x, *pair) for x, pair in zip(found, (ends, ends[::-1]), strict=True)]
            return _witness(part, line, used, shown)
    return None


def integrals_differ(
    context: Context, left: Any, right: Any, *, chosen: Sequence[str] = (), most: int = INTEGRALS,
    rough: bool = True, drawn: Drawn = NOTHING_DRAWN,
) -> Witness | None:  # fmt: skip
    """Values of sizes and parameters for which two integrals differ, or None.

    Both sides are made of expectations in one variable of a named law each.  They are
    integrated numerically: with python-flint the errors are proved, without it the sides must
    differ by far more than their estimated errors.  ``chosen`` says in words what else was
    chosen of the world; ``most`` bounds the choices of values; ``rough`` is that of
    :func:`differ`, ``drawn`` what else was chosen, as plain data.
    """
    from symcheck.numbers.program import NotSampled, free_indices
    from symcheck.numbers.quadrature import integrate

    part = free_part(context, (left, right))
    if part is None or free_indices(context, (left, right)):
        return None
    used = left.free_symbols | right.free_symbols | _of(part)
    for values in islice(assignments(part, used), most):
        try:
            sides = differ(part, left, right, values, rough=rough)
            for e in part.finite if sides else ():  # exists, as was declared
                ones = dict.fromkeys(free_indices(part, [e]), S.One)
                integrate(part, E(Abs(replace(e, ones))), values)
        except (NotSampled, ZeroDivisionError):
            continue
        if sides is not None:
            known = {s: v for s, v in values.items() if s in used}
            return _witness(part, (left, right), known, sides, chosen, drawn)
    return None


def differ(
    context: Context, left: Any, right: Any, values: Values,
    ties: Mapping[RV, Any] | None = None, rough: bool = False,
) -> tuple[Fraction | str, Fraction | str] | None:  # fmt: skip
    """Both sides, integrated, if they certainly differ; NotSampled where they are no integrals.

    ``ties`` are variables that are functions of others.  ``rough`` takes what is certain to some
    percent only, too.
    """
    from symcheck.numbers.quadrature import integrate, provable

    certified = provable()
    rough = rough and certified
    a, b = (
        integrate(context, e, values, certified=certified, ties=ties, rough=rough)
        for e in (left, right)
    )
    apart = a.error + b.error if certified else 1e-7 * max(abs(a.value), abs(b.value))
    if abs(a.value - b.value) <= 2 * apart:
        return None
    one, two = (
        (Fraction(x.value) - Fraction(x.error), Fraction(x.value) + Fraction(x.error))
        for x in (a, b)
    )
    return (
        decimals(one, two) if (exact := _plain(left, values)) is None else exact,
        decimals(two, one) if (exact := _plain(right, values)) is None else exact,
    )


def concrete_integrals_differ(context: Context, left: Any, right: Any) -> Witness | None:
    """As :func:`integrals_differ`, where functions and variables without a law are chosen."""
    part = free_part(context, (left, right))
    if part is None:
        return None
    for n, way in enumerate(concrete(part, (left, right))):
        found = integrals_differ(
            way.context, *way.line, chosen=way.words, most=CHOICES, rough=n < ROUGH,
            drawn=way.drawn,
        )  # fmt: skip
        if found is not None:
            return found
    return None


def free_part(context: Context, expressions: Sequence[Any]) -> Context | None:
    """The part of the context that matters; None where it may ask for a certain joint law."""
    part = relevant(context, expressions)
    indexed = any(
        e.has(*i.over)
        for i in part.identities
        for t in i.blocks[0]
        if (r := part.randoms.get(t.name))
        for e in (r.mean, r.variance, *(r.law[1] if r.law else ()))
        if e is not None
    )
    functions = {d.of.name for d in part.dependence}
    return None if part.hypotheses or indexed or functions & part.randoms.keys() else part


def _of(part: Context) -> set[Symbol]:
    """The constants in the laws of the part."""
    every = (e for r in part.randoms.values() if r.law for e in r.law[1])
    return {s for e in every for s in unfolded(part, e).free_symbols}


def _witness(
    part: Context, line: Sequence[Any], values: Values, sides: Sequence[Fraction | str],
    chosen: Sequence[str] = (), drawn: Drawn = NOTHING_DRAWN,
) -> Witness:  # fmt: skip
    named = {x.name for e in line for x in random_variables(unfolded(part, e))}
    told = {
        r.name for r in part.randoms.values() for w in chosen if f"where {plain(r.term)} is" in w
    }
    numbers = {s.name: v for s, v in sorted(values.items(), key=lambda pair: pair[0].name)}
    return Witness(
        sizes={n: int(v) for n, v in numbers.items() if n in part.sizes},
        parameters={n: _fraction(v) for n, v in numbers.items() if n not in part.sizes},
        law="; ".join(
            [*chosen, *_laws([r for r in part.randoms.values() if r.name in named - told])]
        ),
        left=sides[0],
        right=sides[1],
        drawn=_with(drawn, numbers={n: _fraction(v) for n, v in numbers.items()}),
    )


def _plain(e: Any, values: Values) -> Fraction | None:
    """A side that is a fraction already."""
    if any(isinstance(s, (Named, Binder, E, Var)) for s in subterms(e)):
        return None
    x = evaluated(e).subs(values)
    return _fraction(x) if x.is_Rational else None


def _fraction(x: Any) -> Fraction:
    return Fraction(int(x.p), int(x.q))


def assignments(part: Context, wanted: set[Symbol]) -> Iterator[dict[Symbol, Any]]:
    """Values for which all that is declared of constants holds, the simplest first."""
    facts = [*part.relations, *(d for r in part.randoms.values() for d in domains(part, r))]
    bound = {s for r in facts for e in (r.left, r.right) for s in e.free_symbols}
    names = [s for s in part.sizes.values() if s in bound | wanted]
    names += [s for s in part.symbols.values() if s in bound | wanted]
    choices = []
    for s in names:
        good = SIZES if s in part.sizes.values() else BETWEEN if s in bound else VALUES
        choices.append([v for v in good if _allowed(s, v)] or [S.One])
    for ranks in _ranks([len(c) for c in choices]):
        values = {s: c[n] for s, c, n in zip(names, choices, ranks, strict=True)}
        if everywhere(part, facts, {s.name: _fraction(v) for s, v in values.items()}):
            yield values


def _ranks(lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All tuples of numbers below these, the smallest sums first."""

    def at(n: int, total: int) -> Iterator[tuple[int, ...]]:
        if n == len(lengths):
            if total == 0:
                yield ()
            return
        for first in range(min(total, lengths[n] - 1) + 1):
            for rest in at(n + 1, total - first):
                yield (first, *rest)

    for total in range(sum(lengths) - len(lengths) + 1):
        yield from at(0, total)


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


def _ends(x: Any) -> Ends:
    """A real number, enclosed."""
    if x.is_Rational:
        return _fraction(x), _fraction(x)
    value = Fraction(str(x.evalf(60)))
    error = abs(value) / 10**50
    return value - error, value + error


def _shown(x: Any, own: Ends, other: Ends) -> Fraction | str:
    return own[0] if x.is_Rational else decimals(own, other)


def _laws(randoms: Sequence[Random]) -> list[str]:
    """The named laws of the variables in a line, in words; fair signs are told elsewhere."""
    words = [
        f"{plain(r.term)} ~ {r.law[0]}({', '.join(map(plain, r.law[1]))})"
        for r in randoms
        if r.law is not None and not r.name.endswith(FAIR)
    ]
    return [", ".join(words) + (", independent" if len(words) > 1 else "")] if words else []
