"""The named laws against their densities: moments, transforms, supports, centres."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from language import q, raw, x_
from worlds import World, close

from symcheck.core.laws import LAWS, MOST_MOMENT

EMPTY = World()


def normal(m, v):
    return lambda t: math.exp(-((t - m) ** 2) / (2 * v)) / math.sqrt(2 * math.pi * v)


def student(nu):
    scale = math.gamma((nu + 1) / 2) / (math.sqrt(nu * math.pi) * math.gamma(nu / 2))
    return lambda t: scale * (1 + t * t / nu) ** (-(nu + 1) / 2)


# law, parameters, density and where it lives, or the probabilities of values
DENSITIES = [
    ("normal", (1, 4), normal(1, 4), (-41, 43)),
    ("laplace", (1, Fraction(1, 2)), lambda t: math.exp(-abs(t - 1) * 2), (-24, 26)),
    ("uniform", (-1, 3), lambda t: 0.25, (-1, 3)),
    ("exponential", (2,), lambda t: 2 * math.exp(-2 * t), (0, 40)),
    ("student", (12,), student(12), (-900, 900)),
]
VALUES = [
    ("bernoulli", (Fraction(1, 4),), {0: Fraction(3, 4), 1: Fraction(1, 4)}),
    ("rademacher", (), {-1: Fraction(1, 2), 1: Fraction(1, 2)}),
    ("poisson", (2,), {k: math.exp(-2) * 2**k / math.factorial(k) for k in range(80)}),
]


def mean(g, density, ends, pieces=40_000):
    """The integral of g times a density, by Simpson's rule."""
    lo, hi = ends
    step = (hi - lo) / pieces
    at = [lo + k * step for k in range(pieces + 1)]
    weight = [1, *([4, 2] * (pieces // 2))[:-1], 1]
    return sum(w * g(t) * density(t) for w, t in zip(weight, at, strict=True)) * step / 3


def value(t):
    return float(EMPTY.value(raw(t), 0, {}))


def terms(parameters):
    return tuple(raw(q(p)) for p in parameters)


@pytest.mark.parametrize(("law", "parameters", "density", "ends"), DENSITIES)
@pytest.mark.parametrize("power", [1, 2, 3, 4])
def test_moments_of_laws_with_a_density(law, parameters, density, ends, power):
    told = value(LAWS[law].moment(power, *terms(parameters)))
    assert math.isclose(told, mean(lambda t: t**power, density, ends), rel_tol=1e-6, abs_tol=1e-6)


@pytest.mark.parametrize(("law", "parameters", "probabilities"), VALUES)
@pytest.mark.parametrize("power", [1, 2, 3, 4])
def test_moments_of_laws_on_whole_numbers(law, parameters, probabilities, power):
    told = value(LAWS[law].moment(power, *terms(parameters)))
    assert math.isclose(told, sum(float(p) * k**power for k, p in probabilities.items()))


@pytest.mark.parametrize("t", [Fraction(-1, 2), Fraction(3, 4)])
@pytest.mark.parametrize("case", [*DENSITIES[:4], *VALUES], ids=lambda case: case[0])
def test_transforms(case, t):
    law, parameters, *rest = case
    told, asked = LAWS[law].transform(raw(q(t)), *terms(parameters))
    assert all(EMPTY.holds(f, {}) for f in asked)
    if len(rest) == 2:
        measured = mean(lambda s: math.exp(t * s), *rest)
    else:
        measured = sum(float(p) * math.exp(t * k) for k, p in rest[0].items())
    assert math.isclose(value(told), measured, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("law", "parameters", "t"),
    [
        ("laplace", (0, 1), 1),
        ("laplace", (0, 1), -2),
        ("exponential", (1,), 1),
        ("uniform", (0, 1), 0),
    ],
)
def test_a_transform_asks_for_what_it_needs(law, parameters, t):
    # beyond these t the expectation is infinite, or the formula is 0/0
    _, asked = LAWS[law].transform(raw(q(t)), *terms(parameters))
    assert not all(EMPTY.holds(f, {}) for f in asked)


@pytest.mark.parametrize(("law", "parameters", "density", "ends"), DENSITIES)
def test_a_law_with_a_centre_is_symmetric_and_lives_where_it_says(law, parameters, density, ends):
    center = LAWS[law].center(*terms(parameters))
    if center is not None:
        c = value(center)
        assert all(close(density(c + s), density(c - s)) for s in (0.25, 0.5, 0.75))
    for point in (ends[0] + 0.125, ends[1] - 0.125):
        there = World(randoms={"x": [Fraction(point)]})
        assert all(there.holds(f, {}) for f in LAWS[law].facts(raw(x_("x")), *terms(parameters)))


def test_values_lie_where_the_law_says():
    for law, parameters, probabilities in VALUES:
        points = [k for k, p in probabilities.items() if p]
        there = World(
            [Fraction(1, len(points))] * len(points), randoms={"x": [Fraction(k) for k in points]}
        )
        assert all(there.holds(f, {}) for f in LAWS[law].facts(raw(x_("x")), *terms(parameters))), (
            law
        )
        if LAWS[law].atoms:
            assert {value(t) for t in LAWS[law].atoms} == set(points)


@pytest.mark.parametrize("n", range(1, 12))
def test_student_has_the_moments_below_its_freedom(n):
    nu = raw(q(6))
    exists = all(EMPTY.holds(f, {}) for f in LAWS["student"].exists(n, nu))
    assert exists == (n < 6)
    assert (LAWS["student"].moment(n, nu) is not None) == exists


def test_cauchy_has_no_moment():
    for n in range(1, MOST_MOMENT + 1):
        assert LAWS["cauchy"].moment(n) is None
        assert not all(EMPTY.holds(f, {}) for f in LAWS["cauchy"].exists(n))
