"""Sums of normal variables, and sines and cosines at right angles."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from symcheck.core.declared import Declared, declare, within
from symcheck.core.judge import RULES
from symcheck.core.ring import canon
from symcheck.core.terms import ONE, Formula, Refused, Term, minus, num
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
