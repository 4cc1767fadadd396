"""The judge believes nothing: corrupted proofs of every kind are rejected."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judged import judge
from sympy import Integer, Symbol

from symcheck.facts.context import Context
from symcheck.judging.session import derive_document
from symcheck.language.expr import RV, E, Sum, add, index, mul, neg, power
from symcheck.reading.library import shipped
from symcheck.reading.syntax import parse
from symcheck.rules.all import RULES
from symcheck.rules.meaning import meaning
from symcheck.rules.places import at, put
from symcheck.rules.proof import Lemma, Proof, Refused, Step

i, j, k = map(index, "ijk")


@pytest.fixture(scope="module")
def he():
    source = shipped("he-forward")
    report = derive_document(parse(source.text), numeric=False)
    mean, variance, _ = report.results
    lemma = Lemma("E[f'[i]]", (i,), mean.proof.start, mean.proof.goal, mean.proof.context)
    return variance.proof, {lemma.name: lemma}


def test_the_proof_is_accepted(he):
    proof, lemmas = he
    verdict = judge(proof, lemmas)
    assert verdict.proved
    assert len(verdict.lines) == len(proof.steps)


def corrupted(proof: Proof, n: int, step: Step) -> Proof:
    return replace(proof, steps=(*proof.steps[:n], step, *proof.steps[n + 1 :]))


def test_no_step_can_be_left_out(he):
    proof, lemmas = he
    for n in range(len(proof.steps)):
        shorter = replace(proof, steps=proof.steps[:n] + proof.steps[n + 1 :])
        # One zero mean is enough for a cross term; the integral form unfolds definitions, and
        # the cut at 0 the ReLU, by themselves.
        harmless = ("mean", "definition", "relu")
        assert not judge(shorter, lemmas).proved or proof.steps[n].rule in harmless, n


def test_no_result_can_be_doubled(he):
    proof, lemmas = he
    for n, step in enumerate(proof.steps):
        wrong = mul(2, step.result) if step.result != 0 else Integer(1)
        assert not judge(corrupted(proof, n, replace(step, result=wrong)), lemmas).proved, n


def test_no_rule_can_be_swapped(he):
    proof, lemmas = he
    for n, step in enumerate(proof.steps):
        for other in RULES:
            if other == step.rule:
                continue
            try:
                bad = judge(corrupted(proof, n, replace(step, rule=other)), lemmas)
            except KeyError:
                continue  # the binding of another rule has other names
            # Algebra and the sum rules may lead to the same line; the line is true then.
            assert not bad.proved or other in ("algebra", "mean", "second-moment", "law-moment")


def test_unknown_rules_positions_and_lemmas_are_rejected(he):
    proof, lemmas = he
    step = proof.steps[0]
    for bad in (
        replace(step, rule="by magic"),
        replace(step, path=(7, 7, 7)),
        replace(step, path=(0, 0, 0, 0, 0, 0)),
    ):
        assert not judge(corrupted(proof, 0, bad), lemmas).proved
    assert not judge(proof, {}).proved  # the lemma is not proved here


def test_the_end_must_be_the_claim(he):
    proof, lemmas = he
    assert not judge(replace(proof, goal=mul(2, proof.goal)), lemmas).proved
    assert not judge(replace(proof, start=E(RV("Ω", i, j))), lemmas).proved


def test_an_assumption_taken_away_breaks_the_proof(he):
    proof, lemmas = he
    c = proof.context
    for n in range(len(c.independence)):
        less = replace(c, independence=c.independence[:n] + c.independence[n + 1 :])
        assert not judge(replace(proof, context=less), lemmas).proved
    for name, change in (
        ("f", dict(symmetric=False)), ("f", dict(variance=None)), ("Ω", dict(mean=None)),
        ("Ω", dict(mean=Integer(1))), ("Ω", dict(variance=None)),
    ):  # fmt: skip
        randoms = c.randoms | {name: replace(c.randoms[name], **change)}
        assert not judge(replace(proof, context=replace(c, randoms=randoms)), lemmas).proved


def test_backward_steps_are_judged_in_the_other_direction():
    c = Context()
    x, y = c.random("x", mean=0), c.random("y", mean=0)
    whole, parts = E(add(x, y)), add(E(x), E(y))
    assert judge(Proof("", c, parts, (Step("rule3", (), whole, {}, True),), whole)).proved
    assert not judge(
        Proof("", c, parts, (Step("rule3", (), whole, {}, False),), whole), RULES
    ).proved


def test_a_step_inside_a_sum_knows_that_its_indices_differ():
    from sympy import Ne

    c = Context()
    n = c.size("n")
    x = c.random("x", j, variance=1)
    c.independent(x(j), over=[j])

    def double(*apart):
        return Sum(E(mul(x(j), x(k))), (j, 1, n), (k, 1, n), *apart)

    def split(*apart):
        return Sum(mul(E(x(j)), E(x(k))), (j, 1, n), (k, 1, n), *apart)

    binding = {"groups": ((0,), (1,))}
    differ = Ne(j, k, evaluate=False)
    good = Proof(
        "", c, double(differ), (Step("rule4", (0,), split(differ), binding),), split(differ)
    )
    bad = Proof("", c, double(), (Step("rule4", (0,), split(), binding),), split())
    assert judge(good).proved
    assert not judge(bad).proved


def test_expectations_must_exist():
    c = Context()
    x = c.random("x", law=("cauchy", ()))
    with pytest.raises(Refused, match="does not exist: E[|]x[|] is infinite for x ~ cauchy"):
        meaning(c, add(E(x), neg(E(x))))
    assert meaning(c, E(mul(0, c.random("y", mean=0)))) is not None
    assert not judge(Proof("", c, E(x), (), E(x))).proved


def test_denominators_must_not_be_zero():
    c = Context()
    a, s = c.real("a"), c.real("s", ">")
    x = c.random("x", mean=0, variance=1)
    for bad in (power(a, -1), power(x, -1), power(add(a, 1), -1), power(E(x), -1)):
        with pytest.raises(Refused, match="zero"):
            meaning(c, bad)
    meaning(c, power(add(1, power(a, 2)), -1))
    meaning(c, power(s, -1))


def test_roots_and_logarithms():
    from sympy import Rational, log

    c = Context()
    a, s = c.real("a"), c.real("s", ">")
    meaning(c, power(s, Rational(1, 2)))
    meaning(c, log(s))
    for bad in (power(a, Rational(1, 2)), log(a)):
        with pytest.raises(Refused):
            meaning(c, bad)


def test_at_and_put_agree():
    n = Symbol("n", integer=True, positive=True)
    e = mul(2, Sum(mul(RV("a", j), Sum(E(RV("b", k)), (k, 1, n))), (j, 1, n)))
    path = (1, 0, 1, 0)
    term, scope = at(e, path)
    assert isinstance(term, E)
    assert len(scope.ranges) == 2
    assert put(e, path, term) == e
    with pytest.raises(Refused):
        at(e, (1, 1))
