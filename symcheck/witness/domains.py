"""What has to hold between constants for the declared variables to exist.

A variance is not negative, a probability lies between 0 and 1, a variable that is positive
has a positive mean: where a declaration names a constant it says something about it, in
lines too that do not mention the variable.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, S, oo

from symcheck.facts.context import Context, Random, Relation
from symcheck.language.expr import add, mul, power
from symcheck.language.laws import LAWS
from symcheck.language.ring import canonical
from symcheck.numbers.program import unfolded

__all__ = ["domains"]

_NEVER = (S.Zero, ">")


def domains(context: Context, r: Random) -> list[Relation]:
    """What the declaration of a random variable says about constants.

    Where all of it holds, for all variables, independent ones with what is declared exist.
    """
    found = []
    for e, sign in _named(r) if r.law is not None else _unnamed(r):
        gap = canonical(unfolded(context, e))
        if not _clear(gap, sign):
            indices = tuple(i for i in r.indices if i in gap.free_symbols)
            found.append(Relation(gap, sign, S.Zero, indices))
    return found


def _clear(gap: Expr, sign: str) -> bool:
    """Is it so for all values of the constants?"""
    return bool(gap.is_positive or (sign == ">=" and gap.is_nonnegative))


def _zero(e: Expr) -> Iterator[tuple[Expr, str]]:
    yield e, ">="
    yield mul(-1, e), ">="


def _unnamed(r: Random) -> Iterator[tuple[Expr, str]]:
    mean, variance = r.mean, r.variance
    if variance is not None:
        # A constant is neither atomless nor, with a mean that is not known, surely nonzero.
        yield variance, ">" if r.atomless or r.sign == "!=" else ">="
    if r.symmetric and r.sign in (">", ">="):
        yield _NEVER
    if mean is None:
        return
    if r.symmetric:
        yield from _zero(mean)
    if r.sign == ">" or (r.sign == ">=" and variance is not None):
        yield mean, ">"
    elif r.sign == ">=":
        yield mean, ">="


def _named(r: Random) -> Iterator[tuple[Expr, str]]:
    name, parameters = r.law or ("", ())
    law = LAWS[name]
    for e, strict in law.domain(*parameters):
        yield e, ">" if strict else ">="
    first, second = law.moment(1, *parameters), law.moment(2, *parameters)
    if r.mean is not None or r.symmetric:
        if first is None:  # no mean is known, so it is not what was declared
            if r.mean is not None:
                yield _NEVER
        else:
            yield from _zero(add(first, mul(-1, S.Zero if r.mean is None else r.mean)))
    if r.variance is not None:
        if first is None or second is None:
            yield _NEVER
        else:
            own = add(second, mul(-1, power(first, 2)))
            yield from _zero(add(own, mul(-1, r.variance)))
    if r.sign in (">", ">="):
        lower = law.support(*parameters)[0]
        yield _NEVER if lower == -oo else (lower, ">=")
    if name == "bernoulli" and r.sign in (">", "!="):
        yield add(parameters[0], -1), ">="  # surely 1
    if name == "poisson" and r.sign in (">", "!="):
        yield _NEVER
    if r.atomless:
        yield (law.spread(*parameters), ">") if law.atomless else _NEVER
