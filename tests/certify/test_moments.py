"""Declared moments, laws, variances and assumptions in the core."""

from __future__ import annotations

from typing import Any

import pytest
from goals import states

from symcheck.certify.makers.moments import MAKERS

X = "real m, s\nrandom x mean m, variance s^2\nrandom y mean 0, variance s^2\n"
LAWS = "real m, v >= 0, r > 0\nrandom x ~ normal(m, v)\nrandom t ~ exponential(r)\n"
LAWS += "random u ~ uniform(0, 1)\nrandom c ~ cauchy()\n"
ODD = "real s\nrandom x variance s^2, symmetric\n"
FAMILY = "size n\nreal m[i]\nindex i, j\nrandom x[i] mean m[i], variance 2\n"
AB = "real a, b\nrandom x, y variance 1\nrandom c ~ cauchy()\n"


@pytest.mark.parametrize(
    ("rule", "context", "left", "right"),
    [
        ("mean", X, "E[x]", "m"),
        ("mean", FAMILY, "E[x[j]]", "m[j]"),
        ("mean", LAWS, "E[x]", "m"),
        ("mean", LAWS, "E[u]", "1/2"),
        ("second-moment", X, "Var[x]", "s^2"),
        ("second-moment", X, "E[x^2]", "s^2 + m^2"),
        ("second-moment", X, "E[y^2]", "s^2"),
        ("second-moment", ODD, "E[x^2]", "s^2"),
        ("second-moment", "random x variance 2", "E[x^2]", "2 + E[x]^2"),
        ("second-moment", FAMILY, "E[x[i]^2]", "2 + m[i]^2"),
        ("second-moment", LAWS, "Var[x]", "v"),
        ("second-moment", LAWS, "Var[u]", "1/12"),
        ("law-moment", LAWS, "E[x^4]", "m^4 + 6 m^2 v + 3 v^2"),  # Johnson et al., 13.3
        ("law-moment", LAWS, "E[t^3]", "6 / r^3"),
        ("law-moment", LAWS, "E[u^2]", "1/3"),
        ("variance-identity", AB, "E[(x - E[x])^2]", "E[x^2] - E[x]^2"),
        ("variance-identity", AB, "E[(x - E[x | y])^2 | y]", "E[x^2 | y] - E[x | y]^2"),
        ("variance-identity", AB, "Var[x + y]", "E[(x + y)^2] - E[x + y]^2"),
        ("covariance-identity", AB, "E[(x - E[x])(y - E[y])]", "E[x y] - E[x] E[y]"),
        ("covariance-identity", AB, "Cov[x, y]", "E[x y] - E[x] E[y]"),
        ("variance-scale", AB, "Var[a x]", "a^2 Var[x]"),
        ("variance-scale", AB, "Var[x + b]", "Var[x]"),
        ("variance-scale", AB, "Var[b]", "0"),
        ("variance-scale", AB, "Var[-x]", "Var[x]"),
        ("variance-scale", X, "Var[x + y | y]", "Var[x | y]"),
    ],
)
def test_what_holds_is_proved(rule: str, context: str, left: str, right: str) -> None:
    assert states(MAKERS, rule, context, left, right)


@pytest.mark.parametrize(
    ("rule", "context", "left", "right"),
    [
        ("mean", X, "E[x]", "0"),
        ("mean", AB, "E[x]", "0"),
        ("mean", LAWS, "E[c]", "0"),
        ("mean", FAMILY, "E[x[j]]", "m[i]"),
        ("second-moment", X, "E[x^2]", "s^2"),
        ("second-moment", AB, "E[x^2]", "1"),
        ("second-moment", "random x mean 0, finite 2", "Var[x]", "1"),
        ("law-moment", LAWS, "E[x^4]", "3 v^2"),
        ("law-moment", LAWS, "E[c^2]", "1"),
        ("law-moment", "random x ~ student(4)", "E[x^4]", "3"),
        ("variance-identity", AB, "E[(x - E[y])^2]", "E[x^2] - E[x]^2"),
        ("variance-identity", AB, "E[(c - E[c])^2]", "E[c^2] - E[c]^2"),
        ("covariance-identity", AB, "E[(x - E[y])(y - E[x])]", "E[x y] - E[x] E[y]"),
        ("covariance-identity", AB, "Cov[x, y]", "E[x y]"),
        ("variance-scale", AB, "Var[y x]", "y^2 Var[x]"),
        ("variance-scale", AB, "Var[a x]", "a Var[x]"),
        ("variance-scale", AB, "Var[x + y]", "Var[x]"),
    ],
)
def test_what_does_not_hold_is_not(rule: str, context: str, left: str, right: str) -> None:
    assert not states(MAKERS, rule, context, left, right)


PAIR = "random x, y mean 0, variance 1\nassume E[x y] = 2\n"
COV = "real k\nrandom x, y variance 1\nassume Cov[x, y] = k\n"
VALUES = "size n\nindex i, j\nrandom x[i] finite 4\nassume E[x[i] x[j]] = 3\nassume E[x[i]^2] = 5\n"
SHIFTED = "real m, v\nrandom x finite 2\nassume E[(x - m)^2] = v\n"
SLOPE = "real g != 0, h\nrandom r, w finite 2\nassume E[(g + 0) r + h w] = 2\n"
TWO = "real g != 1, b\nrandom r, w finite 2\nassume E[r - g r + b w] = 2\n"


@pytest.mark.parametrize(
    ("rule", "context", "left", "right", "binding"),
    [
        ("hypothesis", PAIR, "E[x y]", "2", {"number": 0}),
        ("hypothesis", COV, "Cov[x, y]", "k", {"number": 0}),
        ("hypothesis", COV, "E[x y]", "k + E[x] E[y]", {"number": 0}),
        ("hypothesis", VALUES, "E[x[1] x[3]]", "3", {"number": 0}),
        ("hypothesis", VALUES, "E[x[7]^2]", "5", {"number": 1}),
        (
            "hypothesis",
            "size n\nreal c[j]\nrandom x[j] finite 1\nassume E[sum(j = 1..n) c[j] x[j]] = 4",
            "sum(j = 1..n) c[j] E[x[j]]",
            "4",
            {"number": 0},
        ),
        ("hypothesis-solved", SHIFTED, "E[x^2]", "v + 2 m E[x] - m^2", {"number": 0, "part": 0}),
        ("hypothesis-solved", SLOPE, "E[r]", "(2 - h E[w]) / g", {"number": 0, "part": 0}),
        ("hypothesis-solved", TWO, "E[r]", "(2 - b E[w]) / (1 - g)", {"number": 0, "part": 0}),
    ],
)
def test_assumptions_say_what_follows(
    rule: str, context: str, left: str, right: str, binding: dict[str, Any]
) -> None:
    assert states(MAKERS, rule, context, left, right, binding)


@pytest.mark.parametrize(
    ("rule", "context", "left", "right", "binding"),
    [
        ("hypothesis", PAIR, "E[x y]", "3", {"number": 0}),
        ("hypothesis", PAIR, "E[x x]", "2", {"number": 0}),
        ("hypothesis", COV, "E[x y]", "k", {"number": 0}),  # the means need not be 0
        ("hypothesis", VALUES, "E[x[2] x[2]]", "3", {"number": 0}),  # letters differ
        ("hypothesis-solved", SHIFTED, "E[x^2]", "v", {"number": 0, "part": 0}),
        (
            "hypothesis-solved",  # c may be 0
            "real c\nrandom x, y finite 2\nassume E[c x + y] = 2",
            "E[x]",
            "(2 - E[y]) / c",
            {"number": 0, "part": 0},
        ),
    ],
)
def test_and_not_what_does_not(
    rule: str, context: str, left: str, right: str, binding: dict[str, Any]
) -> None:
    assert not states(MAKERS, rule, context, left, right, binding)
