"""Sums of exponents, also for a base that is 0."""

import pytest

from symcheck.core.declared import declare
from symcheck.core.judge import RULES
from symcheck.core.terms import ONE, Refused, Term
from symcheck.core.theorem import Theorem

R: Term = ("c", "r")
N: Term = ("c", "n")
J: Term = ("v", "j")
D = declare({"terms": [], "entries": [["constant", "r", 0, "real"], ["constant", "n", 0, "whole"]]})


def sign(rel: str, t: Term) -> Theorem:
    return Theorem(frozenset(), (rel, t))


@pytest.mark.parametrize("rel", [">=", ">"])
def test_a_power_of_a_sum_is_the_product_where_no_exponent_is_negative(rel: str) -> None:
    found = RULES["power_add"](D, (sign(rel, N), sign(">=", J)), R, N, J)
    assert found[0] == ("=", ("^", R, ("+", N, J)), ("*", ("^", R, N), ("^", R, J)))


@pytest.mark.parametrize(
    ("ths", "a", "b"),
    [
        ((sign(">=", N),), N, J),  # 0^(1 - 1) is not 0^1 0^-1
        ((sign(">=", J), sign(">=", N)), N, J),
        ((sign("!=", N), sign(">=", J)), N, J),
        ((sign(">=", R), sign(">=", J)), R, J),  # (-1)^(1/2) is 0, and (-1)^1 is not
        ((sign(">=", ONE), sign(">=", R)), ONE, R),
    ],
)
def test_nothing_is_said_of_other_exponents(ths: tuple[Theorem, ...], a: Term, b: Term) -> None:
    with pytest.raises(Refused):
        RULES["power_add"](D, ths, R, a, b)
