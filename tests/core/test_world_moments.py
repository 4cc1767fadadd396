"""Moments of named laws against their definitions, by numerical integration and by series."""

from __future__ import annotations

from fractions import Fraction
from math import exp, factorial, gamma, pi, sqrt

import pytest

from symcheck.core.worlds.moments import exists, moment, positive

F = Fraction


def integral(f, low, high, steps=40_000):
    """Simpson's rule."""
    h = (high - low) / steps
    inner = sum((4 if k % 2 else 2) * f(low + k * h) for k in range(1, steps))
    return h / 3 * (f(low) + inner + f(high))


DENSITIES = [
    (
        "normal",
        (F(1, 2), F(9, 4)),
        lambda x: exp(-((x - 0.5) ** 2) / 4.5) / sqrt(4.5 * pi),
        -30,
        30,
    ),
    ("laplace", (F(-1, 3), F(1, 2)), lambda x: exp(-abs(x + 1 / 3) / 0.5), -25 - 1 / 3, 25 - 1 / 3),
    ("uniform", (F(-1, 4), F(3, 2)), lambda x: 1 / 1.75, -0.25, 1.5),
    ("exponential", (F(3, 2),), lambda x: 1.5 * exp(-1.5 * x), 0, 40),
]


@pytest.mark.parametrize(("law", "ps", "density", "low", "high"), DENSITIES)
@pytest.mark.parametrize("n", range(7))
def test_against_the_density(law, ps, density, low, high, n):
    found = integral(lambda x: x**n * density(x), low, high)
    assert float(moment(law, n, ps)) == pytest.approx(found, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("n", range(7))
def test_poisson_against_its_probabilities(n):
    found = sum(k**n * exp(-1.5) * 1.5**k / factorial(k) for k in range(60))
    assert float(moment("poisson", n, (F(3, 2),))) == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize("n", range(5))
def test_student(n):
    d = 7
    front = gamma((d + 1) / 2) / (sqrt(d * pi) * gamma(d / 2))
    found = integral(
        lambda x: x**n * front * (1 + x * x / d) ** (-(d + 1) / 2), -2000, 2000, 400_000
    )
    assert float(moment("student", n, (F(d),))) == pytest.approx(found, rel=1e-3, abs=1e-6)


def test_where_there_is_none():
    assert not exists("cauchy", 1, ())
    assert not exists("student", 2, (F(2),))
    assert exists("student", 1, (F(2),))
    assert positive("uniform", (F(1), F(3))) == 2
