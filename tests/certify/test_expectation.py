"""Rules 1 to 3 in the core: what they say, and where they say nothing."""

from __future__ import annotations

import pytest
from goals import states

from symcheck.certify.makers.expectation import MAKERS

XYZ = "real k\nrandom x, y, z mean 0, variance 1\nrandom c ~ cauchy()\n"
FAMILY = "size n\nreal a[j]\nrandom x[j] mean 0, variance 1\nrandom w[j] ~ cauchy()\n"


@pytest.mark.parametrize(
    ("rule", "context", "left", "right"),
    [
        ("rule1", XYZ, "E[3]", "3"),
        ("rule1", XYZ, "E[k^2 + 1]", "1 + k^2"),
        ("rule1", XYZ, "E[y^2 | y]", "y^2"),
        ("rule1", XYZ, "E[k y | x, y]", "k y"),
        ("rule2", XYZ, "E[k x]", "k E[x]"),
        ("rule2", XYZ, "E[-3 x y]", "-3 E[x y]"),
        ("rule2", XYZ, "E[k c]", "k E[c]"),  # both sides are 0, as E of Cauchy is in the core
        ("rule2", XYZ, "E[k x y | y]", "k y E[x | y]"),
        ("rule2", XYZ + "random u, v ~ uniform(0, 1)", "E[u x v | u, v]", "u v E[x | u, v]"),
        ("rule3", XYZ, "E[x + y]", "E[x] + E[y]"),
        ("rule3", XYZ, "E[x - k y + 2]", "E[x] - E[k y] + E[2]"),
        ("rule3", XYZ, "E[x + y | z]", "E[x | z] + E[y | z]"),
        ("rule3", FAMILY, "E[sum(j = 1..n) x[j]]", "sum(j = 1..n) E[x[j]]"),
        ("rule3", FAMILY, "E[sum(j = 1..n) a[j] x[j]]", "sum(j = 1..n) E[a[j] x[j]]"),
        (
            "rule3",
            FAMILY,
            "E[sum(j, k = 1..n, j != k) x[j] x[k]]",
            "sum(j, k = 1..n, j != k) E[x[j] x[k]]",
        ),
        (
            "rule3",
            FAMILY + "random z",
            "E[sum(j = 1..n) x[j] | z]",
            "sum(j = 1..n) E[x[j] | z]",
        ),
    ],
)
def test_what_holds_is_proved(rule: str, context: str, left: str, right: str) -> None:
    assert states(MAKERS, rule, context, left, right)


@pytest.mark.parametrize(
    ("rule", "context", "left", "right"),
    [
        ("rule1", XYZ, "E[x]", "x"),
        ("rule1", XYZ, "E[x y | y]", "x y"),
        ("rule1", XYZ, "E[c | c]", "c"),  # it has no expectation
        ("rule1", XYZ, "E[k]", "k + 1"),
        ("rule2", XYZ, "E[x y]", "x E[y]"),
        ("rule2", XYZ, "E[k x]", "E[x]"),
        ("rule2", XYZ, "E[k x z | y]", "k z E[x | y]"),
        ("rule2", XYZ, "E[y x z | y, z]", "y z E[x | y, z]"),  # nor E|x y z|
        ("rule2", XYZ, "E[c x | c]", "c E[x | c]"),  # E|c x| need not be finite
        ("rule3", XYZ, "E[c - x]", "E[c] - E[x]"),  # E[c] is not defined
        ("rule3", XYZ, "E[c - c x]", "E[c] - E[c x]"),
        ("rule3", XYZ, "E[x + y]", "E[x] - E[y]"),
        ("rule3", FAMILY, "E[sum(j = 1..n) w[j]]", "sum(j = 1..n) E[w[j]]"),
        ("rule3", FAMILY, "E[sum(j = 1..n) x[j]]", "sum(j = 2..n) E[x[j]]"),
    ],
)
def test_what_does_not_hold_or_has_no_meaning_is_not(
    rule: str, context: str, left: str, right: str
) -> None:
    assert not states(MAKERS, rule, context, left, right)
