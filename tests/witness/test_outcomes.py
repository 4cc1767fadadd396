"""Two functions of variables with a law: compared only where they have positive probability."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symcheck.language.expr import flat
from symcheck.reading.syntax import parse, parse_expression
from symcheck.witness.outcomes import outcomes_differ


def found(text, left, right):
    context = parse(text).context
    sides = [flat(parse_expression(e, context)) for e in (left, right)]
    return outcomes_differ(context, *sides, sides)


def test_an_outcome_of_two():
    witness = found("random x, y ~ normal(0, 1)", "abs(x) + y", "x + y")
    assert (witness.variables, witness.at) == (("x", "y"), (Fraction(-1), Fraction(1)))
    assert (witness.left, witness.right) == (2, 0)


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("random y ~ exponential(1)", "abs(y)", "y"),  # y = -1 does not happen
        ("random y ~ uniform(1, 2)", "max(y, 1)", "y"),
        ("random y ~ bernoulli(1/2)", "y^2", "y"),
        ("random y ~ rademacher()", "y^2", "1"),
        ("random y ~ poisson(2)", "relu(y)", "y"),
        ("random y ~ normal(0, 1)", "1[y > 0] + 1[0 >= y]", "1"),  # what jumps is not looked at
        ("random y ~ normal(0, 1)", "1[y >= 1]", "1[y > 1]"),  # equal but for one point
        ("random y", "y", "2 y"),  # no law
        ("random x, y ~ normal(0, 1)\nassume E[x | y] = y", "x", "y"),  # could be so
    ],
)
def test_nothing_is_said(text, left, right):
    assert found(text, left, right) is None


def test_the_support_depends_on_the_constants():
    witness = found("real a, b > a\nrandom y ~ uniform(a, b)", "abs(y)", "y")
    a, b = witness.parameters["a"], witness.parameters["b"]
    assert a < witness.at[0] < min(b, 0)


def test_unknown_functions_may_be_constant():
    witness = found("function f bounded\nrandom y ~ normal(0, 1)", "f(y)", "2 f(y)")
    assert (witness.left, witness.right) == (1, 2)
    assert witness.law == "f(t) = 1; y ~ normal(0, 1)"
