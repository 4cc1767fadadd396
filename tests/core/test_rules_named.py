"""More of named laws: what they say, against known values, and where they say nothing."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from symcheck.core.declared import Declared, declare, within
from symcheck.core.judge import RULES
from symcheck.core.ring import canon
from symcheck.core.terms import HALF, MINUS, ONE, ZERO, Formula, Refused, Term, minus, neg, num
from symcheck.core.theorem import Theorem

PI: Term = ("f", "pi")
X: Term = ("x", "x")
V, M, T = (("c", name) for name in "vmt")
I, N = ("v", "i"), ("c", "n")
D: Declared = declare({
    "terms": [],
    "entries": [
        *(["constant", name, 0, "real"] for name in "vmt"),
        ["constant", "n", 0, "whole"],
        ["random", "x", 0],
        ["random", "w", 1],
    ],
})  # fmt: skip


def th(*says: Any, hyps: frozenset[Formula] = frozenset()) -> Theorem:
    return Theorem(hyps, says)


def law(name: str, *at: Term) -> Theorem:
    return th("law", X, name, at)


def value(rule: str, ths: tuple[Theorem, ...], *data: Any) -> Term:
    """The right side of what the rule says, in canonical form."""
    return canon(RULES[rule](D, ths, *data)[2], D.known)


# ---------------------------------------------------------------- E[cos(t x + c)]


def test_waves_of_a_normal() -> None:
    found = RULES["law_wave"](D, (law("normal", M, V),), "cos", T, ONE)
    assert found[1] == ("E", ("f", "cos", ("+", ("*", T, X), ONE)))
    less = ("f", "exp", ("*", num(Fraction(-1, 2)), ("^", T, num(2)), V))
    assert found[2] == ("*", less, ("f", "cos", ("+", ("*", T, M), ONE)))


def test_waves_over_a_range() -> None:
    width = ("*", ONE, minus(PI, ZERO))
    ths = (law("uniform", ZERO, PI), th("!=", width))
    at = {c: ("f", "cos", ("+", ("*", ONE, c), ZERO)) for c in (ZERO, PI)}
    found = RULES["law_wave"](D, ths, "sin", ONE, ZERO)  # (cos 0 - cos pi) / pi = 2 / pi
    assert found[2] == ("*", minus(at[ZERO], at[PI]), ("^", width, MINUS))


@pytest.mark.parametrize(
    ("ths", "f", "t", "c"),
    [
        ((law("laplace", M, V),), "cos", T, ONE),
        ((law("normal", M, V),), "exp", T, ONE),
        ((law("normal", M, V),), "cos", X, ONE),
        ((law("normal", M, V),), "cos", T, X),
        ((law("uniform", M, V),), "cos", T, ONE),  # m may be v
        ((law("normal", M, V), th("!=", T)), "cos", T, ONE),
        ((), "cos", T, ONE),
    ],
)
def test_no_waves_without_the_premises(ths: tuple[Theorem, ...], f: str, t: Term, c: Term) -> None:
    with pytest.raises(Refused):
        RULES["law_wave"](D, ths, f, t, c)


# ---------------------------------------------------------------- P[x > t]

LAPLACE, NORMAL = law("laplace", M, V), law("normal", M, V)
GAP = minus(T, M)


def test_tails() -> None:
    exponential = RULES["law_tail"](D, (law("exponential", V), th(">=", T)), T, 0)
    assert exponential == ("=", ("E", ("1", ">", minus(X, T))), ("f", "exp", neg(("*", V, T))))
    inside = tuple(
        th(*f)
        for f in ((">=", minus(HALF, ZERO)), (">=", minus(ONE, HALF)), (">", minus(ONE, ZERO)))
    )
    assert value("law_tail", (law("uniform", ZERO, ONE), *inside), HALF, 0) == HALF
    at_mean = (th(">=", minus(M, M)), th(">", V))
    assert value("law_tail", (LAPLACE, *at_mean), M, 0) == HALF
    below = (th(">=", neg(minus(M, M))), th(">", V))
    assert value("law_tail", (LAPLACE, *below), M, 1) == HALF
    erf = ("f", "erf", ("*", GAP, ("^", ("*", num(2), V), num(Fraction(-1, 2)))))
    normal = RULES["law_tail"](D, (NORMAL, th(">", V)), T, 0)
    assert normal[2] == ("*", HALF, minus(ONE, erf))


@pytest.mark.parametrize(
    ("ths", "t", "below"),
    [
        ((law("exponential", V),), T, 0),
        ((law("exponential", V), th(">=", V)), T, 0),
        ((NORMAL,), T, 0),
        ((NORMAL, th(">=", V)), T, 0),
        ((LAPLACE, th(">=", GAP), th(">", V)), T, 1),  # the other side
        ((LAPLACE, th(">=", neg(GAP)), th(">", V)), T, 0),
        ((NORMAL, th(">", V)), X, 0),
        ((law("poisson", V), th(">=", T)), T, 0),
    ],
)
def test_no_tails_without_the_premises(ths: tuple[Theorem, ...], t: Term, below: int) -> None:
    with pytest.raises(Refused):
        RULES["law_tail"](D, ths, t, below)


# ---------------------------------------------------------------- sums of normals

W: Term = ("x", "w", I)
BEFORE: Term = ("S", ONE, minus(I, ONE), ("x", "w", ("b", 0)))
HERE = within(I, ONE, N)
TERM = th("law", W, "normal", (M, V), hyps=HERE)
APART = th("ind", (W,), (BEFORE,), (), hyps=HERE)


def test_a_sum_of_independent_normals_is_normal() -> None:
    says, hyps, _ = RULES["law_normal_sum"](D, (TERM, APART), I, ONE, N)
    total = ("S", ONE, N, ("x", "w", ("b", 0)))
    assert says == ("law", total, "normal", (("S", ONE, N, M), ("S", ONE, N, V)))
    assert not hyps


@pytest.mark.parametrize(
    ("ths", "i", "hi"),
    [
        ((TERM,), I, N),
        (
            (TERM, th("ind", (W,), (("x", "w", minus(I, ONE)),), (), hyps=HERE)),
            I,
            N,
        ),  # in a chain only
        ((TERM, th("ind", (W,), (BEFORE,), (X,), hyps=HERE)), I, N),
        ((th("law", W, "laplace", (M, V), hyps=HERE), APART), I, N),
        ((th("law", W, "normal", (M, V), hyps=HERE | {(">", I)}), APART), I, N),
        ((TERM, APART), I, minus(N, ONE)),
        ((TERM, APART), I, I),
    ],
)
def test_other_sums_need_not_be(ths: tuple[Theorem, ...], i: Term, hi: Term) -> None:
    with pytest.raises(Refused):
        RULES["law_normal_sum"](D, ths, i, ONE, hi)


# ---------------------------------------------------------------- right angles


@pytest.mark.parametrize(
    ("f", "k", "n"),
    [("sin", 0, 0), ("sin", 1, 1), ("sin", 2, 0), ("sin", -1, -1), ("cos", 0, 1), ("cos", 1, 0),
     ("cos", 2, -1), ("cos", 4, 1), ("cos", -2, -1)],
)  # fmt: skip
def test_right_angles(f: str, k: int, n: int) -> None:
    half = Fraction(k, 2)
    assert RULES["right_angle"](D, (), f, Fraction(k)) == (
        "=",
        ("f", f, ("*", ("q", half), PI)),
        num(n),
    )


@pytest.mark.parametrize(("f", "k"), [("tanh", Fraction(1)), ("sin", Fraction(1, 2))])
def test_only_sines_and_cosines_of_whole_numbers_of_them(f: str, k: Fraction) -> None:
    with pytest.raises(Refused):
        RULES["right_angle"](D, (), f, k)
