"""Enclosures of expectations in several variables, against values that are known otherwise."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from symcheck.language.expr import flat
from symcheck.numbers.decimals import decimals
from symcheck.numbers.program import NotSampled
from symcheck.numbers.quadrature import integrate, provable
from symcheck.reading.syntax import parse, parse_expression

pytestmark = pytest.mark.skipif(not provable(), reason="no python-flint")


def enclosed(law, expression, names="x, y", rough=True):
    joint = " and ".join(names.rsplit(", ", 1))
    context = parse(f"random {names} ~ {law}\nindependent {joint}").context
    e = flat(parse_expression(expression, context))
    return integrate(context, e, certified=True, rough=rough)


# Johnson, Kotz and Balakrishnan 1994-95; David and Nagaraja, Order Statistics, 2003.
KNOWN = [
    ("uniform(0, 1)", "E[max(x, y)]", 2 / 3),
    ("uniform(0, 1)", "P[x + y > 1/2]", 7 / 8),
    ("uniform(0, 1)", "Var[max(x, y)]", 1 / 18),
    ("uniform(0, 1)", "E[1 / (1 + x + y)]", 3 * math.log(3) - 4 * math.log(2)),
    ("uniform(0, 1)", "E[sqrt(x + y)]", 4 / 15 * (2**2.5 - 2)),
    ("uniform(-1, 1)", "E[leaky_relu(x + y, 1/2)]", 1 / 6),
    ("normal(0, 1)", "E[max(x, y)]", 1 / math.sqrt(math.pi)),
    ("normal(0, 1)", "E[max(x, y)^2]", 1.0),
    ("normal(1, 4)", "P[x > y]", 1 / 2),
    ("normal(0, 1)", "E[x^2 relu(x + y)^2]", 2.0),
    ("normal(0, 1)", "E[cos(x y)]", 1 / math.sqrt(2)),
    ("exponential(2)", "E[min(x, y)]", 1 / 4),
    ("exponential(2)", "E[max(x, y)]", 3 / 4),
    ("exponential(2)", "P[x > 2 y]", 1 / 3),
    ("laplace(0, 1)", "E[relu(x - y)]", 3 / 4),
    ("cauchy()", "P[x > y]", 1 / 2),
    ("poisson(2)", "P[x = y]", math.exp(-4) * sum(4**k / math.factorial(k) ** 2 for k in range(40))),
    ("bernoulli(1/3)", "E[max(x, y)]", 5 / 9),
]  # fmt: skip


@pytest.mark.parametrize(("law", "expression", "value"), KNOWN)
def test_the_value_is_inside(law, expression, value):
    found = enclosed(law, expression)
    assert abs(found.value - value) <= found.error + 1e-12
    assert found.error < 0.1


def test_three_variables():
    found = enclosed("uniform(0, 1)", "E[max(x, y, z)]", "x, y, z")
    assert abs(found.value - 3 / 4) <= found.error < 0.02


def test_points_are_exact():
    assert enclosed("poisson(2)", "P[x > y] + P[y > x] + P[x = y]").error < 1e-4


def test_what_cancels_is_still_inside():
    """10^16 + x y - 10^16 in doubles is 0 or 2, and nothing between."""
    found = enclosed("uniform(0, 1)", "E[abs(10000000000000000 + x y - 10^16 + 1/3 - 1/3)]")
    assert abs(found.value - 1 / 4) <= found.error


@pytest.mark.parametrize(
    ("law", "expression", "names"),
    [
        ("uniform(0, 1)", "E[1 / (x + y)]", "x, y"),  # exists, but no bound is known
        ("uniform(0, 1)", "E[sqrt(x - y)]", "x, y"),
        ("exponential(2)", "E[sqrt(9 - max(x, y))]", "x, y"),  # undefined far out
        ("cauchy()", "E[max(x, y)]", "x, y"),  # does not exist
        ("exponential(1)", "E[exp(x y)]", "x, y"),  # does not exist
        ("normal(0, 1)", "E[log(abs(x + y))]", "x, y"),
        ("student(3)", "P[x > y]", "x, y"),
        ("uniform(0, 1)", "E[max(u, v, x, y)]", "u, v, x, y"),
    ],
)
def test_no_bound_no_value(law, expression, names):
    with pytest.raises(NotSampled):
        enclosed(law, expression, names)


def test_independence_has_to_be_declared():
    context = parse("random x, y ~ uniform(0, 1)").context
    with pytest.raises(NotSampled):
        integrate(context, flat(parse_expression("E[max(x, y)]", context)),
                  certified=True, rough=True)  # fmt: skip


def test_only_where_it_may_be_rough():
    with pytest.raises(NotSampled):
        enclosed("uniform(0, 1)", "E[max(x, y)]", rough=False)


def test_no_digit_is_shown_that_is_not_certain():
    one = Fraction(1)
    assert decimals((Fraction(66, 100), Fraction(67, 100)), (one, one)) == "between 0.66 and 0.67"
    assert decimals((Fraction(661, 1000), Fraction(669, 1000)), (one, one)) == "0.66…"
    assert decimals((Fraction(-3, 10), Fraction(-2, 10)), (one, one)) == "between -0.3 and -0.2"
