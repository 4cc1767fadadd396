"""Intervals that hold all values of an expression."""

import math

import pytest
from sympy import I, Rational, Symbol, exp, log, sqrt

from symcheck.numbers.bounds import spread
from symcheck.numbers.program import NotSampled

x = Symbol("x", real=True)


@pytest.mark.parametrize(
    ("e", "low", "high"),
    [
        (x**2, 1, 4),
        (x + Rational(1, 2), 1.5, 2.5),
        (exp(x), math.e, math.e**2),
        (log(x), 0, math.log(2)),
    ],
)
def test_all_values_lie_in_it(e, low, high):
    lo, hi = spread(e, {x: (1.0, 2.0)})
    assert lo <= low <= high <= hi
    assert lo == pytest.approx(low)
    assert hi == pytest.approx(high)


@pytest.mark.parametrize("e", [log(-1), I, x + I, sqrt(-2), log(x - 1)])
def test_what_is_no_real_number_has_none(e):
    with pytest.raises(NotSampled):
        spread(e, {x: (1.0, 2.0)})
