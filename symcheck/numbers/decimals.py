"""Decimals of a number that is known up to an interval: the digits that are certain."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

__all__ = ["Ends", "decimals", "rounded"]

DIGITS = 6  # shown, unless more are needed
MOST = 40

Ends = tuple[Fraction, Fraction]


def decimals(own: Ends, other: Ends) -> str:
    """The first digits, all certain, and enough to tell the number from ``other``: ``1.41421…``.

    Next to a short decimal it is that one, rounded; ``between 0.21 and 0.29`` where no digit is
    certain.
    """
    digits = DIGITS
    while digits < MOST:
        made = _decimal(own, digits)
        if made != _decimal(other, digits):
            return made
        digits += 4
    return made


def _decimal(ends: Ends, digits: int) -> str:
    if ends[0] <= 0 <= ends[1]:
        return f"{0:.{digits - 1}f}"
    while digits > 1:
        cut = [rounded(x, digits, ROUND_DOWN) for x in ends]
        if cut[0] == cut[1] and cut[0] != 0:
            head, _, exponent = f"{cut[0]}".partition("E")
            return f"{head}…" + (f"e{int(exponent)}" if exponent else "")
        near = {rounded(x, digits, ROUND_HALF_EVEN) for x in ends}
        if len(near) == 1:
            return f"{near.pop()}"
        digits -= 1
    return f"between {rounded(ends[0], 2, ROUND_FLOOR)} and {rounded(ends[1], 2, ROUND_CEILING)}"


def rounded(x: Fraction, digits: int, how: str) -> Decimal:
    """x to so many digits, in one of the ways of :mod:`decimal`."""
    with localcontext() as c:
        c.prec, c.rounding = digits, how
        return Decimal(x.numerator) / Decimal(x.denominator)
