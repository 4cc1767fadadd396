"""Rule 4, conditions, and variances of independent terms, as theorems of the core."""

from __future__ import annotations

import pytest
from proving import proved

XYZ = "random x, y, z mean 0, variance 1\n"
TWO, THREE = {"groups": ((0,), (1,))}, {"groups": ((0,), (1,), (2,))}


def test_the_mean_of_a_product_of_independents() -> None:
    assert proved(XYZ + "independent x and y", "rule4", "E[x y]", "E[x] E[y]", TWO)
    assert proved(XYZ, "rule4", "E[x y]", "E[x] E[y]", TWO) is None


def test_three_groups_ask_for_joint_independence() -> None:
    joint, pairs = "independent x, y, z", "pairwise independent x, y, z"
    assert proved(XYZ + joint, "rule4", "E[x y z]", "E[x] E[y] E[z]", THREE)
    assert proved(XYZ + pairs, "rule4", "E[x y z]", "E[x] E[y] E[z]", THREE) is None


def test_the_factors_must_have_means() -> None:
    weak = "random x, y\nindependent x and y"
    assert proved(weak, "rule4", "E[x y]", "E[x] E[y]", TWO) is None


def test_a_product_given_what_one_factor_is_independent_of() -> None:
    both = XYZ + "independent (x, z) and y"
    assert proved(both, "rule4", "E[x y | z]", "E[x | z] E[y | z]", TWO)
    weak = XYZ + "independent x and y"
    assert proved(weak, "rule4", "E[x y | z]", "E[x | z] E[y | z]", TWO) is None


def test_other_results_are_not_proved() -> None:
    context = XYZ + "independent x and y"
    assert proved(context, "rule4", "E[x y]", "E[x] E[z]", TWO) is None


def test_the_tower_rule() -> None:
    assert proved(XYZ, "tower", "E[E[x | y]]", "E[x]")
    assert proved(XYZ, "tower", "E[y E[x | y]]", "E[y x]")
    assert proved(XYZ, "tower", "E[E[x | y, z] | y]", "E[x | y]")
    assert proved(XYZ, "tower", "E[z E[x | y]]", "E[z x]") is None
    assert proved(XYZ, "tower", "E[E[x | y] | z]", "E[x | z]") is None


def test_the_tower_rule_backwards() -> None:
    binding = {"given": ("y",), "inside": (1,)}
    assert proved(XYZ, "condition", "E[y x]", "E[y E[x | y]]", binding)
    assert proved(XYZ, "condition", "E[x E[x | y]]", "E[E[x | y]^2]", binding)
    assert proved(XYZ, "condition", "E[z x]", "E[z E[x | y]]", binding) is None


def test_the_factor_that_is_known_needs_a_product_with_a_mean() -> None:
    weak = "random x finite 1\nrandom y finite 1\n"
    assert proved(weak, "tower", "E[y E[x | y]]", "E[y x]") is None


def test_a_condition_that_tells_nothing_is_dropped() -> None:
    both = XYZ + "independent (x, y) and z"
    assert proved(both, "drop-given", "E[x | y, z]", "E[x | y]", {"drop": (1,)})
    assert proved(XYZ, "drop-given", "E[x | z]", "E[x]", {"drop": (0,)}) is None
    weak = XYZ + "independent x and z"
    assert proved(weak, "drop-given", "E[x | y, z]", "E[x | y]", {"drop": (1,)}) is None


SUM = "size n\nindex i = 1..n\nreal c[j]\nrandom x[j] mean 0, variance 1\n"
IID = "independent x[j] over j"
PAIRS = "pairwise independent x[j] over j"


def test_the_variance_of_independent_terms() -> None:
    left, right = "Var[x + y]", "Var[x] + Var[y]"
    assert proved(XYZ + "independent x and y", "variance-sum", left, right)
    assert proved(XYZ, "variance-sum", left, right) is None
    pairs = XYZ + "pairwise independent x, y, z"
    assert proved(pairs, "variance-sum", "Var[x + y - z]", "Var[x] + Var[y] + Var[-z]")


@pytest.mark.parametrize(("told", "fine"), [(IID, True), (PAIRS, True), ("", False)])
def test_the_variance_of_a_sum_over_an_index(told: str, fine: bool) -> None:
    left, right = "Var[sum(j = 1..n) c[j] x[j]]", "sum(j = 1..n) Var[c[j] x[j]]"
    assert (proved(SUM + told, "variance-sum", left, right) is not None) == fine


def test_the_variance_of_a_sum_needs_second_moments() -> None:
    weak = "size n\nrandom x[j] finite 1\n" + IID
    left, right = "Var[sum(j = 1..n) x[j]]", "sum(j = 1..n) Var[x[j]]"
    assert proved(weak, "variance-sum", left, right) is None


def test_the_variance_of_a_sum_over_two_indices() -> None:
    context = "size n, m\nrandom w[i,j] mean 0, variance 1\n"
    left = "Var[sum(i = 1..n, j = 1..m) w[i,j]]"
    right = "sum(i = 1..n, j = 1..m) Var[w[i,j]]"
    assert proved(context + "independent w[i,j] over i, j", "variance-sum", left, right)
    assert proved(context + "independent w[i,j] over j", "variance-sum", left, right) is None


def test_a_sum_and_a_term_that_each_member_is_independent_of() -> None:
    context = "size n\nrandom x[j], y mean 0, variance 1\n"
    left, right = "Var[y + sum(j = 1..n) x[j]]", "Var[y] + Var[sum(j = 1..n) x[j]]"
    assert proved(context + "independent x[j] and y", "variance-sum", left, right)
    assert proved(context, "variance-sum", left, right) is None


def test_variances_given_a_variable() -> None:
    context = "random x, y, z finite 4\nindependent (x, z) and y"
    left, right = "Var[x + y | z]", "Var[x | z] + Var[y | z]"
    assert proved(context, "variance-sum", left, right)
    weak = "random x, y, z finite 4\nindependent x and y"
    assert proved(weak, "variance-sum", left, right) is None
