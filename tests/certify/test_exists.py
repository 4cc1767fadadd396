"""Existence in the core's words: what follows from declarations, and what does not."""

from __future__ import annotations

import pytest

from symcheck.certify.asking import env_of
from symcheck.core.terms import Formula, minus
from symcheck.reading.syntax import parse

I, J = ("v", "i"), ("v", "j")


def exists(declared: str, written: str, hyps: frozenset[Formula] = frozenset()) -> bool:
    """Is E|written| < oo proved?  A theorem says just that, and trusts nothing."""
    env = env_of(parse(f"{declared}\nlet asked = {written}\n", "t").context)
    t = env.declared.unfold(("d", "asked"))
    th = env.exists(t, hyps)
    if th is not None:
        assert th.says == ("L1", t)
        assert th.hyps <= hyps
        assert not th.theorem.trusts
    return th is not None


TWO = "random x, y finite 2\n"
IID = "size n\nrandom x[i] finite 2\nindependent x[i] over i\n"
NORMALS = "size n\nrandom w[i] ~ normal(0, 1)\n"
BOUNDED = "function g bounded\nrandom x, y finite 1\n"


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("random x mean 0", "x"),
        ("random x mean 0, variance 1", "(x - E[x])^2"),
        ("random x finite 4", "x^3 + 2 x"),
        ("random x finite 3", "abs(x)^3 + x^3"),
        ("random x finite 3", "abs(x)^(3/2)"),
        (TWO, "x y"),
        (TWO, "(x + y - E[x])^2"),
        ("random x, y mean 0\nindependent x, y", "x y"),
        ("random x, y finite 2\nindependent x, y", "(x y)^2"),
        ("random x ~ normal(0, 1)", "x^6"),
        ("random x ~ normal(0, 1)", "exp(3 x)"),
        ("random x ~ exponential(3)", "exp(2 x)"),
        (NORMALS + "independent w[i] over i", "exp(sum(i = 1..n) w[i])"),
        ("random x ~ student(5)", "x^4"),
        ("random x", "sigmoid(x) * sin(x)"),
        ("random x finite 1", "x * 1[x > 0]"),
        ("random x finite 2", "relu(x)^2 + max(x, 1)"),
        (IID, "(sum(j = 1..n) x[j] / n)^2"),
        (IID, "sum(j = 1..n) sum(k = 1..n) x[j] x[k]"),
        ("size n\nrandom x[i] finite 3\n", "(sum(j = 1..n) x[j])^3"),
        ("random x, y, z finite 2", "E[x | y] z"),
        ("random x finite 2\nrandom y", "E[x | y]^2"),
        ("random x, y\nfinite x y, x", "y E[x | y]"),
        ("random x, y\nfinite x^2 y^2", "x y"),
        ("size n\nfunction g\nrandom x[i]\nfinite g(x[i])^2", "g(x[1]) g(x[2])"),
        (BOUNDED, "g(x) y"),
        (BOUNDED, "g(x)^2"),
        ("function a lipschitz\nrandom x finite 1", "a(x)"),
        ("function a lipschitz\nrandom x finite 2", "a(x)^2 + x a(x)"),
        ("random x", "x^2 / (x^2 + 1)"),
        ("random p > 0\nrandom q > 0", "max(p, q) / (p + q)"),
        ("size n\nrandom x[i] > 0", "x[1] / sum(j = 1..n) x[j]"),
        ("random p > 0, finite 2", "p log(p)"),
        ("random q > 0, finite 2\nfinite 1/q", "log(q) + log(1 + q)"),
        ("random x finite 1", "log(1 - sigmoid(x))"),
        ("real m\nrandom x\nfinite (x - m)^4", "x^4 + x^3"),
        ("real m\nrandom x\nfinite (m - 2 x)^3", "x^3"),
        ("real a, b\nrandom x, y\nfinite (x + y)^2", "a (x + y)^2 + b"),
    ],
)
def test_what_follows(declared: str, written: str) -> None:
    assert exists(declared, written)


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("random x", "x"),
        ("random x mean 0", "x^2"),
        ("random x finite 2", "x^3"),
        ("random x finite 2", "abs(x)^(5/2)"),
        ("random x, y finite 1", "x y"),
        ("random x, y finite 2", "(x y)^2"),
        ("random x ~ exponential(3)", "exp(3 x)"),
        (NORMALS, "exp(sum(i = 1..n) w[i])"),
        ("random x ~ student(5)", "x^5"),
        ("random x ~ cauchy", "x"),
        ("random x", "x sigmoid(x)"),
        (IID, "(sum(j = 1..n) x[j])^3"),
        ("random x finite 1\nrandom y", "E[x | y]^2"),
        ("random x, y finite 1", "y E[x | y]"),
        ("random x, y\nfinite x^2 y", "x y"),
        ("size n\nfunction g\nrandom x[i]\nfinite g(x[1])^2", "g(x[2])"),
        ("function g\nrandom x", "g(x)"),
        (BOUNDED, "g(x) y^2"),
        ("function a lipschitz\nrandom x finite 1", "a(x)^2"),
        ("random x", "x^3 / (x^2 + 1)"),
        ("random p, q", "max(p, q) / (p + q)"),
        ("size n\nrandom x[i] > 0", "x[1] / sum(j = 2..n) x[j]"),
        ("random p > 0, finite 1", "p log(p)"),
        ("random q > 0, finite 2", "log(q)"),
        ("random x", "log(sigmoid(x))"),
        ("random x > 0", "1 / x"),
        ("real m\nrandom x\nfinite (x - m)^3", "x^4"),
        ("real m\nrandom x\nfinite m x", "x"),  # m may be 0
        ("random x, y\nfinite (x + y)^2", "x^2"),
    ],
)
def test_what_does_not(declared: str, written: str) -> None:
    assert not exists(declared, written)


def test_members_of_a_family_that_may_be_one() -> None:
    """x_i x_j is integrable where i and j differ; where they may be one, squares have to be."""
    declared = "size n\nrandom x[i] mean 0\nindependent x[i] over i\n"
    env = env_of(parse(declared, "t").context)
    both = ("*", ("x", "x", I), ("x", "x", J))
    apart = frozenset({("!=", minus(I, J))})
    th = env.exists(both, apart)
    assert th is not None
    assert th.says == ("L1", both)
    assert th.hyps == apart
    assert env.exists(both) is None
    squares = env_of(parse("size n\nrandom x[i] mean 0, variance 1\n", "t").context)
    assert squares.exists(both) is not None
