"""Moments of named laws as exact values, for worlds in which variables have such laws.

Sources: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95;
Johnson, Kemp and Kotz, Univariate Discrete Distributions, 3rd ed., 2005.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import comb, factorial

from symcheck.core.terms import need
from symcheck.core.worlds.values import Value, plus, power, times

MOST_MOMENT = 40
PARAMETERS = {"normal": 2, "laplace": 2, "uniform": 2, "exponential": 1, "poisson": 1,
              "student": 1, "cauchy": 0}  # fmt: skip
Parameters = Sequence[Value]


def positive(law: str, ps: Parameters) -> Value | None:
    """What has to be positive for the law to be one with more than one value; None: nothing."""
    if law == "uniform":
        return plus(ps[1], times(Fraction(-1), ps[0]))
    return ps[-1] if ps else None


def exists(law: str, n: int, ps: Parameters) -> bool:
    """Is E|x|^n finite?"""
    if law == "student":
        return isinstance(ps[0], Fraction) and n < ps[0]
    return law != "cauchy" or n < 1


def moment(law: str, n: int, ps: Parameters) -> Value:
    """E[x^n], where it is finite."""
    need(law in MOMENTS and n <= MOST_MOMENT and exists(law, n, ps), "a moment that is not known")
    return MOMENTS[law](n, *ps)


def normal(n: int, m: Value, v: Value) -> Value:
    """E x^n = m E x^(n-1) + (n - 1) v E x^(n-2)"""
    last, this = Fraction(0), Fraction(1)
    for k in range(n):
        last, this = this, plus(times(m, this), times(times(Fraction(k), v), last))
    return this


def laplace(n: int, m: Value, b: Value) -> Value:
    """The moments about m are k! b^k for even k, and 0 for odd ones."""
    total: Value = Fraction(0)
    for k in range(0, n + 1, 2):
        powers = times(power(m, Fraction(n - k)), power(b, Fraction(k)))
        total = plus(total, times(Fraction(comb(n, k) * factorial(k)), powers))
    return total


def uniform(n: int, a: Value, b: Value) -> Value:
    """(n + 1) E x^n = a^n + a^(n-1) b + ... + b^n"""
    powers = (times(power(a, Fraction(k)), power(b, Fraction(n - k))) for k in range(n + 1))
    return times(Fraction(1, n + 1), plus(*powers))


def exponential(n: int, r: Value) -> Value:
    """n! / r^n"""
    return times(Fraction(factorial(n)), power(power(r, Fraction(n)), Fraction(-1)))


def poisson(n: int, r: Value) -> Value:
    """E x^n = r E (x + 1)^(n-1)"""
    found: list[Value] = [Fraction(1)]
    for k in range(n):
        found.append(times(r, plus(*(times(Fraction(comb(k, j)), found[j]) for j in range(k + 1)))))
    return found[n]


def student(n: int, d: Value) -> Value:
    """d^k (2k - 1)!! / ((d - 2) ... (d - 2k)) for n = 2k, and 0 for odd n"""
    made: Value = Fraction(1 - n % 2)
    for k in range(1, n // 2 + 1):
        made = made * d * (2 * k - 1) / (d - 2 * k)
    return made


MOMENTS: dict[str, Callable[..., Value]] = {
    "normal": normal, "laplace": laplace, "uniform": uniform, "exponential": exponential,
    "poisson": poisson, "student": student, "cauchy": lambda n: Fraction(1),
}  # fmt: skip
