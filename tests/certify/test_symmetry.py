"""Symmetries, exchanges, averages and halves of the line, as theorems of the core."""

from __future__ import annotations

import pytest
from proving import proved

G = "function g bounded\n"
SYMMETRIC = "random x symmetric, finite 4\n"
IID = G + "random x[j] > 0\niid x[j] over j\n"
SAME = G + "random x[j] > 0\nidentical x[j] over j\n"
FLIP = {"flip": "x"}


@pytest.mark.parametrize("g", ["x^3", "sin(x)", "tanh(x)", "x abs(x)", "sigmoid(x) - 1/2"])
def test_the_mean_of_an_odd_function_of_a_symmetric_variable(g: str) -> None:
    assert proved(SYMMETRIC, "odd", f"E[{g}]", "0")


@pytest.mark.parametrize("g", ["x^2", "cos(x)", "x + 1", "relu(x)"])
def test_other_functions_are_not_odd(g: str) -> None:
    assert proved(SYMMETRIC, "odd", f"E[{g}]", "0") is None


def test_a_zero_mean_is_no_symmetry() -> None:
    assert proved("random x mean 0, variance 1, finite 4", "odd", "E[x^3]", "0") is None
    assert proved("random x ~ normal(0, 1)", "odd", "E[x^3]", "0")
    assert proved("random x ~ normal(1, 1)", "odd", "E[x^3]", "0") is None


def test_reflections() -> None:
    both = G + SYMMETRIC + "random y\n"
    left, right = "E[g(x + y)]", "E[g(y - x)]"
    assert proved(both + "independent x and y", "reflection", left, right, FLIP)
    assert proved(both, "reflection", left, right, FLIP) is None
    assert proved(both + "independent x and y", "reflection", left, "E[g(x - y)]", FLIP) is None


def test_reflections_about_a_center() -> None:
    law = G + "real m\nrandom x ~ normal(m, 1)\n"
    assert proved(law, "reflection", "E[g(x)]", "E[g(2 m - x)]", FLIP)
    assert proved(law, "reflection", "E[g(x)]", "E[g(-x)]", FLIP) is None


def test_all_members_of_a_family_are_reflected() -> None:
    pair = G + "random v[i] symmetric\nrandom y\nindependent v[i] over i\nindependent v and y\n"
    left, right = "E[g(y + v[1] + v[2])]", "E[g(y - v[1] - v[2])]"
    assert proved(pair, "reflection", left, right, {"flip": "v[1]"}) is None
    assert proved(pair, "reflection", left, "E[g(y - v[1] + v[2])]", {"flip": "v[1]"})


def test_the_variance_of_a_reflected_variable() -> None:
    both = SYMMETRIC + "random y variance 1\nindependent x and y\n"
    assert proved(both, "reflection", "Var[x + y]", "Var[y - x]", FLIP)


def test_exchanges_of_members() -> None:
    left, right, places = "E[g(x[1] - 2 x[2])]", "E[g(x[2] - 2 x[1])]", {"places": ("1", "2")}
    assert proved(IID, "exchange", left, right, places)
    assert proved(SAME, "exchange", left, right, places) is None
    assert proved(IID, "exchange", left, left.replace("1]", "3]"), places) is None


def test_members_of_one_law() -> None:
    one = {"index": "3", "to": "1"}
    assert proved(SAME, "identical", "E[g(x[3])]", "E[g(x[1])]", one)
    assert (
        proved("function g bounded\nrandom x[j]", "identical", "E[g(x[3])]", "E[g(x[1])]", one)
        is None
    )
    named = G + "real m[j]\nrandom x[j] ~ normal({}, 1)\n"
    assert proved(named.format("0"), "identical", "E[g(x[3])]", "E[g(x[1])]", one)
    assert proved(named.format("m[j]"), "identical", "E[g(x[3])]", "E[g(x[1])]", one) is None


def test_an_integral_against_the_law_of_another_member() -> None:
    one = {"index": "3", "to": "1"}
    left, right = (f"int(x[{n}] = 0..oo) g(x[{n}]) Pr(x[{n}])" for n in (3, 1))
    assert proved(SAME, "identical", left, right, one)


def test_several_members_at_once_have_to_be_independent() -> None:
    both = {"index": ("2", "3"), "to": ("1", "2")}
    left, right = "E[g(x[2] - x[3])]", "E[g(x[1] - x[2])]"
    assert proved(IID, "identical", left, right, both)
    assert proved(SAME, "identical", left, right, both) is None


def test_averages_over_reflections() -> None:
    to = {"flip": "x", "to": "1/2"}
    assert proved(SYMMETRIC, "average", "E[sigmoid(x)]", "E[1/2]", to)
    assert proved("random x mean 0", "average", "E[sigmoid(x)]", "E[1/2]", to) is None
    assert proved(SYMMETRIC, "average", "E[sigmoid(x)]", "E[1/3]", to) is None


def test_averages_over_exchanges() -> None:
    to = {"places": ("1", "2"), "to": "1/2"}
    assert proved(IID, "average", "E[x[1] / (x[1] + x[2])]", "E[1/2]", to)
    assert proved(SAME, "average", "E[x[1] / (x[1] + x[2])]", "E[1/2]", to) is None


def test_half_of_the_line() -> None:
    assert proved(SYMMETRIC, "half", "int(x = 0..oo) x^2 Pr(x)", "1/2 E[x^2]")
    assert proved(SYMMETRIC, "half", "int(x = 0..oo) x Pr(x)", "1/2 E[abs(x)]")
    assert proved(SYMMETRIC, "half", "int(x = -oo..0) x^3 Pr(x)", "1/2 E[-abs(x)^3]")
    weak = "random x mean 0, variance 1"
    assert proved(weak, "half", "int(x = 0..oo) x^2 Pr(x)", "1/2 E[x^2]") is None


def test_a_value_at_zero_counts_where_it_has_weight() -> None:
    density = "random x symmetric, finite 4, atomless\n"
    assert proved(density, "half", "int(x = 0..oo) 1 Pr(x)", "1/2 E[1]")
    assert proved(SYMMETRIC, "half", "int(x = 0..oo) 1 Pr(x)", "1/2 E[1]") is None
    lower, rest = "int(x = -oo..0) cos(x) Pr(x)", "E[cos(x)] - int(x = 0..oo) cos(x) Pr(x)"
    assert proved(density, "lower-half", lower, rest)
    assert proved(SYMMETRIC, "lower-half", lower, rest) is None
    assert proved("random x ~ normal(0, 1)", "lower-half", lower, rest)
    assert proved("random x ~ bernoulli(1/2)", "lower-half", lower, rest) is None


def test_the_line_in_two_halves() -> None:
    whole = "int(x = -oo..oo) relu(x)^2 Pr(x)"
    assert proved(SYMMETRIC, "split-range", whole, "int(x = 0..oo) x^2 Pr(x)")
    assert proved(SYMMETRIC, "split-range", whole, "int(x = -oo..0) x^2 Pr(x)") is None


def test_reflected_halves() -> None:
    lower = "int(x = -oo..0) x^3 Pr(x)"
    assert proved(SYMMETRIC, "reflect", lower, "int(x = 0..oo) (-x)^3 Pr(x)")
    assert proved(SYMMETRIC, "reflect", lower, "int(x = 0..oo) x^3 Pr(x)") is None


def test_a_variable_that_is_positive() -> None:
    half = "int(x = 0..oo) (x + 1) Pr(x)"
    assert proved("random x > 0, finite 1", "support", half, "E[x + 1]")
    assert proved("random x >= 0, finite 1", "support", half, "E[x + 1]") is None
    assert proved("random x >= 0, finite 1, atomless", "support", half, "E[x + 1]")


def test_integrals_are_linear() -> None:
    c = "real c\n" + SYMMETRIC
    assert proved(c, "integral-factor", "int(x = 0..oo) c x Pr(x)", "c int(x = 0..oo) x Pr(x)")
    parts = "int(x = 0..oo) x Pr(x) + int(x = 0..oo) x^2 Pr(x)"
    assert proved(c, "integral-sum", "int(x = 0..oo) (x + x^2) Pr(x)", parts)
    assert proved("random x", "integral-sum", "int(x = 0..oo) (x + x^2) Pr(x)", parts) is None


def test_sizes_of_a_normal_variable() -> None:
    law = "real s > 0\nrandom x ~ normal(0, s^2)"
    assert proved(law, "normal-absolute", "E[abs(x)]", "s sqrt(2 / pi)")
    assert proved(law, "normal-absolute", "E[abs(x)^3]", "2 s^3 sqrt(2 / pi)")
    assert proved(law, "normal-absolute", "E[abs(x)^4]", "3 s^4")
    assert proved(law, "normal-absolute", "E[abs(x)]", "s") is None
