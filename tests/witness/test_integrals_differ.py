"""Wrong lines on continuous laws: the witness names the law and gives certain digits.

The values are published ones: E|x| and E[exp x] of a normal law, its tail (Abramowitz and
Stegun 1964, table 26.1), E[log] of an exponential one (minus Euler's constant).
"""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest

from symcheck.judging.checking import check_document
from symcheck.numbers import quadrature
from symcheck.reading.syntax import parse


def row(law, left, right, more="", below=""):
    text = f"{more}random x ~ {law}\n{below}claim {left} = {right}\n  {left}\n  = {right}\n"
    (result,) = check_document(parse(text)).results
    return result.rows[-1]


CASES = [
    ("normal(0, 1)", "E[exp(x)]", "1", math.exp(0.5)),
    ("normal(0, 1)", "P(x > 1)", "1/4", 0.158655253931457),
    ("normal(0, 1)", "E[x^2 1[x > 1]]", "1/2", 0.158655253931457 + 0.241970724519143),
    ("normal(0, 1)", "E[sigmoid(x)]", "2/5", 0.5),
    ("normal(0, 4)", "E[abs(x)]", "2", 2 * math.sqrt(2 / math.pi)),
    ("uniform(0, 1)", "E[exp(x)]", "2", math.e - 1),
]


@pytest.mark.parametrize("certified", [True, False])
@pytest.mark.parametrize(("law", "left", "right", "value"), CASES)
def test_the_digits_are_those_of_the_tables(monkeypatch, certified, law, left, right, value):
    if certified and not quadrature.provable():
        pytest.skip("no python-flint")
    monkeypatch.setattr(quadrature, "provable", lambda: certified)
    found = row(law, left, right)
    assert found.status == "refuted"
    assert found.witness is not None
    assert found.witness.law == f"x ~ {law}"
    shown = found.witness.left
    if isinstance(shown, Fraction):  # known without integration
        assert shown == Fraction(value)
        return
    digits = str(shown).rstrip("…")
    assert len(digits) >= 3
    # Every digit that is shown is right: what follows is less than one in the last place.
    assert shown == digits or 0 <= value - float(digits) < 10.0 ** -len(digits.partition(".")[2])
    assert float(digits) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(
    ("law", "left", "right"),
    [
        ("normal(0, 1)", "E[cos(x)]", "exp(-1/2)"),
        ("normal(0, 1)", "E[sigmoid(x)]", "1/2"),
        ("normal(0, 1)", "E[exp(x)]", "exp(1/2)"),
        ("exponential(1)", "E[exp(-x)]", "1/2"),
        ("normal(0, 1)", "E[sigmoid(x)^2 + sigmoid(-x)^2 + 2 sigmoid(x) sigmoid(-x)]", "1"),
    ],
)
def test_what_is_true_is_never_refuted(law, left, right):
    assert row(law, left, right).status in ("proved", "unproved")


def test_a_difference_that_is_smaller_than_what_is_certain_is_none(monkeypatch):
    monkeypatch.setattr(quadrature, "provable", lambda: False)
    mean = mpmath.quad(lambda t: mpmath.tanh(t) ** 2 * mpmath.npdf(t), [-10, 0, 10])
    near = f"{round(mean * 10**9)}/1000000000"
    assert row("normal(0, 1)", "E[tanh(x)^2]", near).status == "unproved"


def test_constants_are_chosen_and_shown():
    found = row("normal(0, 1)", "E[relu(x - a)]", "a", "real a > 0\n")
    assert found.status == "refuted"
    assert found.witness.parameters == {"a": 1}
    # E[(x - 1)+] = phi(1) - (1 - Phi(1))
    shown = float(found.witness.left.rstrip("…"))
    assert shown == pytest.approx(0.241970724519143 - 0.158655253931457, rel=1e-5)


def test_an_assumption_may_not_be_broken():
    # No world is known to satisfy the equation, in which x occurs.
    more, below = "random y finite 2\n", "assume E[x y] = 3\n"
    found = row("normal(0, 1)", "P(x > 1)", "1/4", more, below)
    assert found.status == "unproved"


def test_an_assumption_about_other_variables_does_not_matter():
    found = row("normal(0, 1)", "P(x > 1)", "1/4", "random y finite 2\nassume E[y] = 3\n")
    assert found.status == "refuted"
