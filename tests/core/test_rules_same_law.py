"""Variables of one named law, and absolute moments of a normal variable."""

from fractions import Fraction
from math import gamma, pi, sqrt

import pytest

from symcheck.core.declared import Declared, declare
from symcheck.core.judge import RULES
from symcheck.core.terms import Refused, Term, num
from symcheck.core.theorem import Theorem

D: Declared = declare({
    "terms": [],
    "entries": [["constant", "v", 0, "real"], ["random", "x", 0], ["random", "y", 0]],
})  # fmt: skip
V: Term = ("c", "v")
X: Term = ("x", "x")
Y: Term = ("x", "y")
ZERO, ONE = num(0), num(1)


def law(x: Term, name: str, *at: Term) -> Theorem:
    return Theorem(frozenset(), ("law", x, name, at))


def test_variables_of_one_law() -> None:
    one, other = law(X, "normal", ZERO, V), law(Y, "normal", ZERO, ("*", V, ONE))
    assert RULES["law_same"](D, (one, other)) == ("same", (X,), (Y,))


@pytest.mark.parametrize(
    "other",
    [
        law(Y, "normal", ONE, V),
        law(Y, "laplace", ZERO, V),
        law(Y, "normal", ZERO, X),
        Theorem(frozenset(), ("L1", Y)),
    ],
)
def test_other_laws_are_not_the_same(other: Theorem) -> None:
    with pytest.raises(Refused):
        RULES["law_same"](D, (law(X, "normal", ZERO, V), other))


def test_parameters_that_are_random_do_not_make_one_law() -> None:
    with pytest.raises(Refused):
        RULES["law_same"](D, (law(X, "normal", Y, V), law(Y, "normal", Y, V)))


@pytest.mark.parametrize("n", [1, 3, 5, 7])
def test_the_mean_of_an_odd_power_of_the_size(n: int) -> None:
    _, mean, value = RULES["normal_size"](D, (law(X, "normal", ZERO, V),), n)
    assert mean == ("E", ("f", "abs", X) if n == 1 else ("^", ("f", "abs", X), num(n)))
    _, number, ratio, spread = value
    assert ratio == ("^", ("*", num(2), ("^", ("f", "pi"), num(-1))), num(Fraction(1, 2)))
    assert spread == ("^", V, ("*", num(n), num(Fraction(1, 2))))
    moment = 2 ** (n / 2) * gamma((n + 1) / 2) / sqrt(pi)  # of a standard normal variable
    assert float(number[1]) * sqrt(2 / pi) == pytest.approx(moment)


@pytest.mark.parametrize(
    ("th", "n"),
    [
        (law(X, "normal", ZERO, V), 2),
        (law(X, "normal", ZERO, V), 41),
        (law(X, "normal", ONE, V), 1),
        (law(X, "laplace", ZERO, V), 1),
    ],
)
def test_other_sizes_are_refused(th: Theorem, n: int) -> None:
    with pytest.raises(Refused):
        RULES["normal_size"](D, (th,), n)
