"""What becomes of a result without one of its assumptions."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from symcheck.ablation import ablate
from symcheck.cli import main
from symcheck.library import shipped
from symcheck.syntax import parse


@pytest.fixture(scope="module")
def he():
    return {a.assumption.text: a for a in ablate(parse(shipped("he-forward").text))}


def test_what_he_forward_rests_on(he):
    needed = {text for text, a in he.items() if a.needed}
    # A symmetric f with a variance has mean 0 anyway; all the rest is needed.
    assert set(he) - needed == {"f[j] has mean 0"}


def test_every_needed_assumption_has_its_witness(he):
    for text, a in he.items():
        if a.needed:
            assert a.witness is not None, text
            assert a.witness.left != a.witness.right
            assert a.broken is not None


def marginal(witness, name):
    n = witness.variables.index(name)
    law: dict[Fraction, Fraction] = {}
    for p, values in witness.outcomes:
        law[values[n]] = law.get(values[n], Fraction(0)) + p
    return law


def test_the_witness_against_symmetry_by_hand(he):
    """Mean 0, variance σ_f², not symmetric; one unit, so Var = σ_Ω² E[relu(f)²]."""
    w = he["f[j] is symmetric about 0"].witness
    (name,) = (v for v in w.variables if v.startswith("f"))
    law = marginal(w, name)
    assert sum(law.values()) == 1
    assert sum(p * x for x, p in law.items()) == 0
    assert sum(p * x * x for x, p in law.items()) == w.parameters["σ_f"] ** 2
    half = sum(p * x * x for x, p in law.items() if x > 0)
    assert half * w.parameters["σ_Ω"] ** 2 == w.left
    assert w.parameters["σ_f"] ** 2 * w.parameters["σ_Ω"] ** 2 / 2 == w.right


def test_lines_that_use_an_assumption(he):
    assert all(goal == 2 for goal, _ in he["f[j] is symmetric about 0"].uses)
    assert {goal for goal, _ in he["Ω and f independent"].uses} == {1, 2}


def test_claims_are_ablated_too():
    text = """
random x, y variance 1
independent x and y
random z finite 2
claim sum: Var[x + y] = Var[x] + Var[y]
"""
    found = {a.assumption.text: a for a in ablate(parse(text))}
    assert found["x and y independent"].needed
    assert found["x and y independent"].witness is not None
    assert not found["z has 2 finite moments"].needed
    assert found["z has 2 finite moments"].uses == ()


def test_command_line(capsys):
    assert main(["assumptions", "weighted-sum"]) == 0
    out = capsys.readouterr().out
    assert "pairwise independent" in out
    assert "needed: goal 1" in out
    assert main(["assumptions", "weighted-sum", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [a["needed"] for a in data["assumptions"]] == [True, True]
    assert main(["assumptions", "he-forwrad"]) == 2
