"""Transforms, waves and tails of named laws in the core."""

from __future__ import annotations

import pytest
from goals import states

from symcheck.certify.makers.transforms import MAKERS

ONE_EACH = """size n
real t, m, v > 0, r > 1, b > 0, c[j]
random x ~ normal(m, v)
random z ~ normal(0, 1)
random e ~ exponential(r)
random l ~ laplace(m, b)
random u ~ uniform(0, 2 pi)
random p ~ poisson(r)
random y ~ uniform(1, 3)
random w[j] ~ normal(m, v)
random g[j] ~ normal(0, 1)
independent g[j] over j
"""


@pytest.mark.parametrize(
    ("rule", "left", "right"),
    [
        ("law-transform", "E[exp(t x)]", "exp(t m + t^2 v / 2)"),
        ("law-transform", "E[exp(2 x + t)]", "exp(2 m + 2 v + t)"),
        ("law-transform", "E[exp(z)^3]", "exp(9 / 2)"),
        ("law-transform", "E[exp(e)]", "r / (r - 1)"),
        ("law-transform", "E[exp(t p)]", "exp(r (exp(t) - 1))"),
        ("law-transform", "E[exp(g[1] + 2 g[2])]", "exp(5 / 2)"),
        ("law-transform", "E[exp(sum(j = 1..n) c[j] g[j])]", "exp(sum(j = 1..n) c[j]^2 / 2)"),
        ("law-transform", "E[cos(t z)]", "exp(-t^2 / 2)"),
        ("law-transform", "E[sin(x)]", "exp(-v / 2) sin(m)"),
        ("law-transform", "E[sin(z)^2]", "1/2 - exp(-2) / 2"),
        ("law-transform", "E[cos(z)^3]", "3 exp(-1/2) / 4 + exp(-9/2) / 4"),
        ("law-transform", "E[cos(u + t)]", "0"),
        ("law-transform", "E[sin(u / 2)]", "2 / pi"),
        ("law-transform", "E[cos(u + m) cos(u + t)]", "cos(m - t) / 2"),
        ("law-tail", "E[1[e > 2]]", "exp(-2 r)"),
        ("law-tail", "E[1[e >= 2]]", "exp(-2 r)"),
        ("law-tail", "E[1[e < 2]]", "1 - exp(-2 r)"),
        ("law-tail", "E[1[y > 2]]", "1/2"),
        ("law-tail", "E[1[l > m + 1]]", "exp(-1 / b) / 2"),
        ("law-tail", "E[1[l > m - 1]]", "1 - exp(-1 / b) / 2"),
        ("law-tail", "E[1[x > t]]", "(1 - erf((t - m) / sqrt(2 v))) / 2"),
    ],
)
def test_what_holds_is_proved(rule: str, left: str, right: str) -> None:
    assert states(MAKERS, rule, ONE_EACH, left, right)


@pytest.mark.parametrize(
    ("rule", "left", "right"),
    [
        ("law-transform", "E[exp(t x)]", "exp(t m + t^2 v)"),
        ("law-transform", "E[exp(r e)]", "r / (r - r)"),  # it does not exist
        ("law-transform", "E[exp(t e)]", "r / (r - t)"),  # t may be larger than r
        ("law-transform", "E[exp(w[1] + w[2])]", "exp(2 m + v)"),  # not independent
        ("law-transform", "E[exp(sum(j = 1..n) w[j])]", "exp(n m + n v / 2)"),
        ("law-transform", "E[sin(z)^2]", "1/2"),
        ("law-transform", "E[cos(l)]", "cos(m)"),
        ("law-transform", "E[cos(u / 2)]", "1 / pi"),
        ("law-tail", "E[1[e > t]]", "exp(-r t)"),  # t may be negative
        ("law-tail", "E[1[y > 4]]", "-1/2"),
        ("law-tail", "E[1[l > t]]", "exp(-(t - m) / b) / 2"),
        ("law-tail", "E[1[p > 1]]", "1 - exp(-r) - r exp(-r)"),
    ],
)
def test_what_does_not_hold_is_not(rule: str, left: str, right: str) -> None:
    assert not states(MAKERS, rule, ONE_EACH, left, right)
