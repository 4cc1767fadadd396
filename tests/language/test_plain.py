"""Expressions in messages: what the author wrote can be read in them, and read again."""

from __future__ import annotations

import re

import pytest
from sympy import Mul, Symbol

from symcheck.judging.checking import check_document
from symcheck.language.expr import RV, E, Var
from symcheck.language.plain import plain
from symcheck.reading.syntax import parse, parse_expression

DECLARED = """
size D
real a, c[j]
function g
random x, y
random f[j], W[i,j]
"""

AS_WRITTEN = [
    "E[relu(x)^2]",
    "sum(j = 1..D) c[j] f[j]",
    "sum(j = 1..D, k = 1..j) W[j,k]",
    "sum(j = 1..D, k = 1..D, j != k) f[j] f[k]",
    "sum(j = 1..D) f[j] sum(k = 1..D) f[k]",
    "(sum(j = 1..D) f[j]) x",
    "(sum(j = 1..D) f[j]) / D",
    "a x / (D y)",
    "1 / D",
    "(x + y) / 2",
    "-x y + a",
    "x - (y - a)",
    "-(x + y)",
    "x^(-a)",
    "(a x)^2",
    "(-1)^D",
    "sqrt(x + 1)",
    "1 / x^2",
    "E[x | y, f[1]]",
    "Cov[x, y] - Var[x | y]",
    "P[x > 0] + 1[y >= x]",
    "leaky_relu(x, a) max(x, 0) abs(y) g(x)",
    "int(x = 0..oo) x^2 Pr(x)",
    "a^D (x + y)",
]  # fmt: skip


@pytest.mark.parametrize("text", AS_WRITTEN)
def test_what_is_shown_is_read_as_the_same(text):
    context = parse(DECLARED).context
    e = parse_expression(text, context)
    assert parse_expression(plain(e), context) == e


@pytest.mark.parametrize("text", [t for t in AS_WRITTEN if "max" not in t and "sum(k" not in t])
def test_it_is_shown_as_it_was_written(text):
    assert plain(parse_expression(text, parse(DECLARED).context)) == text


def test_invented_names_become_letters_that_are_free():
    k = Symbol("_b12", integer=True)
    j = Symbol("j", integer=True)
    assert plain(Mul(RV("x", k), RV("y", j))) == "x[k] y[j]"
    assert plain(E(RV("x", Symbol("_i0_1", integer=True)))) == "E[x[j]]"
    assert plain(Var(RV("x") ** Symbol("_v0"))) == "Var[x^t]"


def test_no_message_speaks_python():
    text = """
size D
real σ > 0
random x[j] mean 0, variance σ^2
random s, w > 0
let m = sum(j = 1..D) x[j] / D
function φ
claim E[relu(s)^2 x[1]^2] = 1
claim E[sum(j = 1..D) (x[j] - m)^3] = 0
claim Var[sum(j = 1..D) x[j]^2 s] = 0
claim sum(j = 1..D) 1 / (j - 1)^2 = 1
claim sqrt(s^3 x[1]) = 1
claim log(E[s^3] - 2 σ^2) = 0
claim E[φ(s)^2 | w^2] = 1
claim E[w^-2] = 1
"""
    for result in check_document(parse(text), timeout=2).results:
        for row in result.rows:
            assert not re.search(r"\*|\b_[a-z]", row.message + row.hint), row.message
        for fact in result.verdict.used:
            assert "*" not in fact.text
