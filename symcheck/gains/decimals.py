"""Digits of a number that is known to lie between two fractions: only those that are certain."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN
from fractions import Fraction
from typing import Any

from flint import ctx

from symcheck.numbers.decimals import rounded as nearest

__all__ = ["certified", "ends", "outward"]


def ends(ball: Any) -> tuple[Fraction, Fraction]:
    """The ends of a real ball, rounded outwards by next to nothing."""
    with ctx.workprec(ball.bits() + 64):
        return _fraction(ball.lower()), _fraction(ball.upper())


def _fraction(exact: Any) -> Fraction:
    man, exp = exact.man_exp()
    return Fraction(int(man)) * Fraction(2) ** int(exp)


def certified(low: Fraction, high: Fraction, digits: int) -> str:
    """The number rounded to so many digits, or to fewer where more are not certain."""
    if low == high == 0:
        return "0"
    if low <= 0 <= high:
        return f"0 ± {_above(max(-low, high))}"
    for n in range(digits, 0, -1):
        made = rounded(low, n)
        if made == rounded(high, n):
            return made
    return f"{outward(low, 3, -1)} to {outward(high, 3, 1)}"


def _above(x: Fraction) -> str:
    """A power of ten that x does not exceed."""
    return f"1e{_digits(x, 1, ROUND_DOWN)[1] + 1}"


def rounded(x: Fraction, digits: int) -> str:
    """x to so many digits."""
    return _spelled(x, digits, ROUND_HALF_EVEN)


def outward(x: Fraction, digits: int, way: int) -> str:
    """x to so many digits, not above it (way -1) or not below it (way 1)."""
    return _spelled(x, digits, ROUND_CEILING if way > 0 else ROUND_FLOOR)


def _digits(x: Fraction, digits: int, how: str) -> tuple[str, int]:
    """So many digits of the size of x, and the exponent of the first."""
    size = nearest(x, digits, how).copy_abs()  # abs() would round
    mantissa, _, exponent = f"{size:.{digits - 1}e}".partition("e")
    return mantissa.replace(".", ""), int(exponent)


def _spelled(x: Fraction, digits: int, how: str) -> str:
    if x == 0:
        return "0"
    word, e = _digits(x, digits, how)
    sign = "-" if x < 0 else ""
    if -5 <= e < max(digits, 7):
        if e < 0:
            return f"{sign}0.{'0' * (-e - 1)}{word}"
        if e + 1 >= digits:
            return sign + word + "0" * (e + 1 - digits)
        return f"{sign}{word[: e + 1]}.{word[e + 1 :]}"
    return f"{sign}{word[0]}{'.' + word[1:] if digits > 1 else ''}e{e}"
