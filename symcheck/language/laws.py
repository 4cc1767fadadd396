"""Named laws: the exact moments of each, and what is known of its shape.

One entry a law.  ``moment(n, *parameters)`` is E[x^n] in closed form.
Source of the formulas: Johnson, Kotz and Balakrishnan, Continuous Univariate
Distributions, 2nd ed., 1994-95; Johnson, Kemp and Kotz, Univariate Discrete
Distributions, 3rd ed., 2005.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer, Rational, S, binomial, exp, factorial, factorial2, oo
from sympy.functions.combinatorial.numbers import stirling

from symcheck.language.expr import add, mul, power

__all__ = ["LAWS", "Law"]


@dataclass(frozen=True)
class Law:
    """A named law.

    ``moment`` gives E[x^n]; ``center`` is c where x and 2 c - x have the same law, if any;
    E|x|^p is finite for 0 < p < ``below(*parameters)`` and for no other p > 0; ``atomless`` says
    whether there is a density, which is bounded then; ``support`` is (lower, upper); ``spread``
    is zero only where the law is a single point; ``domain`` lists what is positive (True) or
    nonnegative (False) where the law is one; ``values`` are the only ones that x takes, where
    they are finitely many; ``transform(t, *parameters)`` is E[exp(t x)] wherever it is finite
    and no denominator in it is 0.
    """

    name: str
    parameters: tuple[str, ...]
    moment: Callable[..., Expr | None]
    center: Callable[..., Expr | None]
    below: Callable[..., Expr]
    atomless: bool
    support: Callable[..., tuple[Expr, Expr]]
    spread: Callable[..., Expr] = lambda *_: S.One
    domain: Callable[..., tuple[tuple[Expr, bool], ...]] = lambda *_: ()
    values: tuple[Expr, ...] = ()
    transform: Callable[..., Expr | None] = lambda *_: None


def _never(*_: Any) -> None:
    return None


def _zero(*_: Any) -> Expr:
    return S.Zero


def _all(*_: Any) -> Expr:
    return oo


def _line(*_: Any) -> tuple[Expr, Expr]:
    return -oo, oo


def _half_line(*_: Any) -> tuple[Expr, Expr]:
    return S.Zero, oo


def _central(n: int, m: Expr, central: Callable[[int], Expr]) -> Expr:
    parts = ((binomial(n, k), power(m, n - k), central(k)) for k in range(n + 1))
    return add(*(mul(*factors) for factors in parts if 0 not in factors)) or S.Zero


def _normal(n: int, m: Expr, v: Expr) -> Expr:
    def central(k: int) -> Expr:
        return S.Zero if k % 2 else mul(factorial2(k - 1), power(v, Integer(k // 2)))

    return _central(n, m, central)


def _uniform(n: int, a: Expr, b: Expr) -> Expr:
    # (b^(n+1) - a^(n+1)) / ((n+1)(b-a)), divided out.
    return mul(Rational(1, n + 1), add(*(mul(power(a, k), power(b, n - k)) for k in range(n + 1))))


def _laplace(n: int, m: Expr, scale: Expr) -> Expr:
    return _central(n, m, lambda k: S.Zero if k % 2 else mul(factorial(k), power(scale, k)))


def _student(n: int, nu: Expr) -> Expr | None:
    if not (nu.is_number and bool(nu > n)):
        return None
    if n % 2:
        return S.Zero
    value = S.One
    for k in range(1, n // 2 + 1):
        value *= nu * (2 * k - 1) / (nu - 2 * k)
    return value


def _stirling_sum(n: int, rate: Expr) -> Expr:
    return add(*(mul(stirling(n, k), power(rate, k)) for k in range(n + 1)))


LAWS: dict[str, Law] = {
    law.name: law
    for law in (
        Law(
            "normal", ("mean", "variance"), _normal,
            lambda m, v: m, _all, True, _line, lambda m, v: v, lambda m, v: ((v, False),),
            transform=lambda t, m, v: exp(add(mul(t, m), mul(S.Half, power(t, 2), v))),
        ),
        Law(
            "uniform", ("lower", "upper"), _uniform,
            lambda a, b: ((a + b) / 2).expand(), _all, True, lambda a, b: (a, b),
            lambda a, b: (b - a).expand(), lambda a, b: ((b - a, False),),
            transform=lambda t, a, b: mul(
                add(exp(mul(t, b)), mul(-1, exp(mul(t, a)))),
                power(mul(t, add(b, mul(-1, a))), -1),
            ),
        ),
        Law(
            "laplace", ("mean", "scale"), _laplace,
            lambda m, b: m, _all, True, _line, lambda m, b: b, lambda m, b: ((b, False),),
            transform=lambda t, m, b: mul(
                exp(mul(t, m)), power(add(1, mul(-1, power(t, 2), power(b, 2))), -1)
            ),
        ),
        Law(
            "exponential", ("rate",), lambda n, r: mul(factorial(n), power(r, -n)),
            _never, _all, True, _half_line, domain=lambda r: ((r, True),),
            transform=lambda t, r: mul(r, power(add(r, mul(-1, t)), -1)),
        ),
        Law(
            "bernoulli", ("p",), lambda n, p: p if n else S.One,
            lambda p: p if p == S.Half else None, _all, False, lambda p: (S.Zero, S.One),
            domain=lambda p: ((p, False), (1 - p, False)), values=(S.Zero, S.One),
        ),
        Law(
            "rademacher", (), lambda n: S.Zero if n % 2 else S.One,
            _zero, _all, False, lambda: (S.NegativeOne, S.One),
            values=(S.NegativeOne, S.One),
        ),
        Law(
            "poisson", ("rate",), _stirling_sum, _never, _all, False, _half_line,
            domain=lambda r: ((r, False),),
            transform=lambda t, r: exp(mul(r, add(exp(t), -1))),
        ),
        Law(
            "student", ("df",), _student, _zero, lambda nu: nu, True, _line,
            domain=lambda nu: ((nu, True),),
        ),
        Law(
            "cauchy", (), lambda n: None if n else S.One,
            _zero, lambda: S.One, True, _line,
        ),
    )
}  # fmt: skip
