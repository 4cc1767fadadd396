"""The Python API says what the core says."""

from __future__ import annotations

from symcheck import Context, Var, check, derive, proof_from_json
from symcheck.certify.makers.all import MAKERS


def sum_of_two():
    c = Context()
    x = c.random("x", variance=3)
    y = c.random("y", variance=2)
    c.independent(x, y)
    return derive(c, Var(2 * x - y))


def test_a_proof_is_judged_by_the_core():
    verdict = check(proof_from_json(sum_of_two().to_json()))
    assert verdict.proved
    assert verdict.trusts == ()


def test_what_no_maker_proves_is_named(monkeypatch):
    some = {k: v for k, v in MAKERS.items() if k != "rule4"}
    monkeypatch.setattr("symcheck.judging.proofs.MAKERS", some)
    found = sum_of_two()
    assert found.verdict.proved
    assert found.trusts == ("rule4",)
    assert check(found.proof).trusts == ("rule4",)
