"""Digits of a number that is known to lie between two fractions: only those that are certain."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import ctx

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
    return f"1e{_magnitude(x) + 1}"


def _magnitude(x: Fraction) -> int:
    """The exponent of the first digit of x."""
    size = abs(x)
    e = len(str(size.numerator)) - len(str(size.denominator))
    while Fraction(10) ** e > size:
        e -= 1
    while Fraction(10) ** (e + 1) <= size:
        e += 1
    return e


def rounded(x: Fraction, digits: int) -> str:
    """x to so many digits."""
    if x == 0:
        return "0"
    e = _magnitude(x)
    n = round(abs(x) / Fraction(10) ** (e - digits + 1))
    return _spelled(x < 0, n, e, digits)


def outward(x: Fraction, digits: int, way: int) -> str:
    """x to so many digits, not above it (way -1) or not below it (way 1)."""
    if x == 0:
        return "0"
    e = _magnitude(x)
    scaled = abs(x) / Fraction(10) ** (e - digits + 1)
    up = (way > 0) == (x > 0)
    n = -((-scaled.numerator) // scaled.denominator) if up else scaled.numerator // (
        scaled.denominator
    )  # fmt: skip
    return _spelled(x < 0, n, e, digits)


def _spelled(negative: bool, n: int, e: int, digits: int) -> str:
    if n >= 10**digits:
        n, e = n // 10, e + 1
    word, sign = str(n), "-" if negative else ""
    if -5 <= e < max(digits, 7):
        if e < 0:
            return f"{sign}0.{'0' * (-e - 1)}{word}"
        if e + 1 >= digits:
            return sign + word + "0" * (e + 1 - digits)
        return f"{sign}{word[: e + 1]}.{word[e + 1 :]}"
    return f"{sign}{word[0]}{'.' + word[1:] if digits > 1 else ''}e{e}"
