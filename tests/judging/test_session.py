"""Derivations: what comes out, and what comes out when the question is changed."""

from __future__ import annotations

import pytest
from sympy import Rational, Symbol

from symcheck.judging.session import derive_document
from symcheck.language.expr import flat
from symcheck.language.ring import equal
from symcheck.reading.document import Derive, Induct
from symcheck.reading.library import names, shipped
from symcheck.reading.syntax import parse, parse_expression

HE = shipped("he-forward").text


def run(text):
    return derive_document(parse(text), numeric=False)


def last(text):
    return run(text).results[-1]


def is_equal(result, text):
    return equal(result.answer, flat(parse_expression(text, result.proof.context)))


@pytest.mark.parametrize("name", names())
def test_shipped_derivations_are_proved_as_expected(name):
    report = run(shipped(name).text)
    assert report.results
    for result in report.results:
        assert result.status == "proved", result.message
        assert result.agrees is not False
    assert report.ok


@pytest.mark.parametrize("name", names())
def test_the_expected_result_is_only_compared(name):
    """Without its `expect` lines a derivation takes the same steps."""
    text = shipped(name).text
    blind = "\n".join(line for line in text.split("\n") if not line.strip().startswith("expect"))
    for told, untold in zip(run(text).results, run(blind).results, strict=True):
        assert told.proof.steps == untold.proof.steps


@pytest.mark.parametrize("name", names())
def test_every_derivation_states_what_it_expects(name):
    for goal in parse(shipped(name).text).goals:
        assert isinstance(goal, Induct) or goal.expect is not None


def test_lecture_lines_of_the_variance_in_order():
    """The expressions of the lecture's slides, in its order, are among the lines."""
    document = parse(HE)
    result = derive_document(document, numeric=False).results[1]
    context = document.context
    slides = [
        "E[(f'[i] - E[f'[i]])^2]",
        "E[f'[i]^2] - E[f'[i]]^2",
        "E[(β[i] + sum(j = 1..D_h) Ω[i,j] h[j])^2]",
        "E[(sum(j = 1..D_h) Ω[i,j] h[j])^2]",
        "sum(j = 1..D_h) E[Ω[i,j]^2] E[h[j]^2]",
        "sum(j = 1..D_h) σ_Ω^2 E[h[j]^2]",
        "σ_Ω^2 sum(j = 1..D_h) E[h[j]^2]",
        "σ_Ω^2 sum(j = 1..D_h) E[relu(f[j])^2]",
        "σ_Ω^2 sum(j = 1..D_h) int(f[j] = -oo..oo) relu(f[j])^2 Pr(f[j])",
        "σ_Ω^2 sum(j = 1..D_h) int(f[j] = -oo..oo) (1[f[j] > 0] f[j])^2 Pr(f[j])",
        "σ_Ω^2 sum(j = 1..D_h) int(f[j] = 0..oo) f[j]^2 Pr(f[j])",
        "σ_Ω^2 sum(j = 1..D_h) σ_f^2 / 2",
        "D_h σ_Ω^2 σ_f^2 / 2",
    ]
    rows = [row.expr for row in result.rows]
    at = 0
    for slide in slides:
        want = flat(parse_expression(slide, context))
        at = next(n for n in range(at, len(rows)) if rows[n] == want or equal(rows[n], want)) + 1


def test_lecture_lines_of_the_variance_identity():
    result = last(shipped("variance-identity").text)
    context = result.proof.context
    want = ["E[x^2 - 2 x μ + μ^2]", "E[x^2] - 2 μ E[x] + μ^2", "E[x^2] - E[x]^2"]
    rows = [row.expr for row in result.rows]
    for text in want:
        assert flat(parse_expression(text, context)) in rows


def test_wrong_expectations_are_not_met():
    for old, new in (
        ("expect 2 / D_h", "expect 1 / D_h"),
        ("expect D_h σ_Ω^2 σ_f^2 / 2", "expect D_h σ_Ω^2 σ_f^2"),
        ("expect 0", "expect 1"),
    ):
        assert old in HE
        assert not run(HE.replace(old, new)).ok


def test_without_symmetry_no_half():
    result = run(HE.replace(", symmetric", "")).results[1]
    assert not result.agrees
    assert is_equal(result, "σ_Ω^2 sum(j = 1..D_h) int(f[j] = 0..oo) f[j]^2 Pr(f[j])")


def test_without_independence_of_weights_and_inputs_nothing_is_claimed():
    report = run(HE.replace("independent Ω and f\n", ""))
    assert not report.ok
    assert report.results[1].status == "unproved"
    assert "may not exist" in report.results[1].message


def test_weights_with_a_mean_give_another_result():
    result = run(HE.replace("random Ω[i,j]  mean 0", "real m\nrandom Ω[i,j]  mean m")).results[1]
    assert result.status == "proved"
    assert not result.agrees
    assert result.answer.has(Symbol("m", real=True))


def test_one_weight_shared_by_all_inputs_gives_another_result():
    text = HE.replace("Ω[i,j]", "Ω[i]").replace("over i, j", "over i")
    result = run(text).results[1]
    assert result.status == "proved"
    assert not result.agrees
    assert is_equal(
        result,
        "D_h σ_Ω^2 σ_f^2 / 2 + σ_Ω^2 sum(j, k = 1..D_h, j != k) E[relu(f[j]) relu(f[k])]",
    )


def test_independence_member_by_member_does_not_suffice_for_the_cross_terms():
    result = run(HE.replace("independent Ω and f", "independent Ω[i,j] and f[j]")).results[1]
    assert not result.agrees
    assert result.message == "it would come out if Ω and f were independent"


def test_no_independence_among_the_inputs_is_used():
    report = run(HE)
    about = {a.about for r in report.results for a in r.used if a.kind == "independent"}
    assert about == {"Ω", "f, Ω"} or about == {"Ω", "Ω, f"}


def test_a_bias_with_variance_adds_it():
    text = HE.replace(
        "let    β[i]  = 0",
        "real σ_β > 0\nrandom β[i] mean 0, variance σ_β^2\nindependent Ω, f and β",
    )
    result = run(text).results[1]
    assert is_equal(result, "σ_β^2 + D_h σ_Ω^2 σ_f^2 / 2")


def test_a_constant_bias_changes_the_mean_only():
    report = run(HE.replace("let    β[i]  = 0", "real β[i]"))
    assert is_equal(report.results[0], "β[i]")
    assert is_equal(report.results[1], "D_h σ_Ω^2 σ_f^2 / 2")


def test_another_activation_follows():
    result = run(HE.replace("relu(f[j])", "f[j]")).results[1]
    assert is_equal(result, "D_h σ_Ω^2 σ_f^2")
    result = run(HE.replace("relu(f[j])", "abs(f[j])")).results[1]
    assert is_equal(result, "D_h σ_Ω^2 σ_f^2")
    result = run(HE.replace("relu(f[j])", "tanh(f[j])")).results[1]
    assert is_equal(result, "σ_Ω^2 sum(j = 1..D_h) E[tanh(f[j])^2]")


def test_sum_of_iid_terms_is_not_d_squared():
    """sympy.stats gives D² s² t²/2 for the symbolic sum of iid terms; D is right."""
    text = """
size D
real s > 0, t > 0
random w[j] mean 0, variance s^2
random f[j] mean 0, variance t^2, symmetric
independent w[j] over j
independent f[j] over j
independent w and f
derive Var[sum(j = 1..D) w[j] relu(f[j])]
  expect D s^2 t^2 / 2
"""
    assert run(text).ok
    assert not run(text.replace("expect D s", "expect D^2 s")).ok


def test_two_relus_of_standard_normals():
    """SymPy 1.14 returns 5/4 for Var[a relu(b) + c relu(d)] in some spellings; it is 1."""
    text = """
random a, b, c, d ~ normal(0, 1)
independent a, b, c and d
derive Var[a relu(b) + c relu(d)]
  expect 1
"""
    result = last(text)
    assert result.agrees
    assert result.answer == 1


def test_relu_of_a_normal_has_the_known_mean_and_variance():
    """E = s/√(2π) and Var = s²(1/2 - 1/(2π)): the rectified Gaussian."""
    text = """
real s > 0
random f ~ normal(0, s^2)
derive E[relu(f)]
  expect s / sqrt(2 pi)
derive Var[relu(f)]
  expect s^2 / 2 - s^2 / (2 pi)
"""
    assert run(text).ok


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("random x ~ uniform(-1, 1)\nderive Var[x]", Rational(1, 3)),
        ("random x ~ exponential(2)\nderive Var[x]", Rational(1, 4)),
        ("random x ~ bernoulli(1/3)\nderive Var[x]", Rational(2, 9)),
        ("random x ~ poisson(3)\nderive Var[x]", 3),
        ("random x ~ laplace(0, 1)\nderive E[x^4]", 24),
        ("random x ~ normal(1, 2)\nderive E[x^3]", 7),
        ("random x ~ student(5)\nderive Var[x]", Rational(5, 3)),
        ("random x, y ~ normal(0, 1)\nindependent x and y\nderive E[x^2 y^4]", 3),
        ("random x ~ normal(0, 1)\nderive P[x > 0]", Rational(1, 2)),
    ],
)
def test_known_laws(question, answer):
    assert last(question).answer == answer


def test_later_goals_use_earlier_results():
    report = run(HE)
    assert report.results[1].lemmas
    assert isinstance(report.results[0].goal, Derive)
