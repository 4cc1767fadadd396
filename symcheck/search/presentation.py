"""Untrusted: how a result is written: like terms collected, common factors in front."""

from __future__ import annotations

from typing import Any

from sympy import Add, Eq, S, gcd

from symcheck.facts.context import Context
from symcheck.language.expr import RV, E, Int, Sum, add, mul, power, subterms
from symcheck.language.ring import TooLarge, expand, poly

__all__ = ["factored", "presentable"]


def presentable(context: Context, e: Any) -> Any:
    """Like terms collected, common factors in front, sizes before parameters."""
    if isinstance(e, Eq):
        return Eq(presentable(context, e.lhs), presentable(context, e.rhs), evaluate=False)
    try:
        short = expand(e)
        if isinstance(short, Add) and any(isinstance(s, (E, Sum, Int)) for s in subterms(e)):
            return short if isinstance(e, Add) and len(short.args) < len(e.args) else e
        return factored(context, e)
    except TooLarge:
        return e


def factored(context: Context, e: Any) -> Any:
    """e with what all its terms have in common in front; TooLarge beyond the bounds."""
    terms = [(c, dict(order)) for c, order in poly(e).values()]
    if not terms:
        return S.Zero
    common = _common_powers([powers for _, powers in terms])
    outside = _ordered(context, [power(b, x) for b, x in common.items()])
    if len(terms) == 1:
        return mul(terms[0][0], *outside)
    number = gcd([c for c, _ in terms])
    if not outside and number == 1:
        return e
    rest = (
        mul(
            c / number,
            *(
                power(b, powers.get(b, S.Zero) - common.get(b, S.Zero))
                for b in {**powers, **common}
            ),
        )
        for c, powers in terms
    )
    return mul(number, *outside, add(*rest))


def _common_powers(all_powers: list[dict[Any, Any]]) -> dict[Any, Any]:
    first, *others = all_powers
    common = {}
    for base, x in first.items():
        found = [powers.get(base, S.Zero) for powers in others]
        if all((x - y).is_number for y in found):
            least = min([x, *found], key=lambda y: y - x)
            if least != 0:
                common[base] = least
    return common


def _ordered(context: Context, factors: list[Any]) -> list[Any]:
    sizes = set(context.sizes.values())
    return sorted(
        factors,
        key=lambda f: (
            0 if f.free_symbols and f.free_symbols <= sizes and not isinstance(f, RV) else 1
        ),
    )
