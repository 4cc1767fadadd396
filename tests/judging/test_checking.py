"""Chains that somebody wrote: what each line is told."""

from __future__ import annotations

import pytest

from symcheck.judging.checking import check_document
from symcheck.reading.syntax import parse

CONTEXT = """
size n
real a, b, σ > 0, μ
random x, y, z finite 4
random w[j] mean μ, variance σ^2
independent w[j] over j
random W, h variance 1
independent W and h
random f mean 0, variance σ^2
random c ~ cauchy()
random g ~ normal(0, 1)
let m = E[x]
"""


def rows(chain):
    report = check_document(parse(CONTEXT + chain))
    return report.results[-1]


def statuses(chain):
    return [row.status for row in rows(chain).rows]


@pytest.mark.parametrize(
    "claim",
    [
        "E[(x - m)^2] = E[x^2] - m^2",
        "Cov[a x + b, y] = a Cov[x, y]",
        "Var[x + y] = Var[x] + 2 Cov[x, y] + Var[y]",
        "Var[sum(j = 1..n) w[j] / n] = σ^2 / n",
        "E[sum(j = 1..n) (w[j] - sum(k = 1..n) w[k] / n)^2] = (n - 1) σ^2",
        "Var[x] = E[Var[x | y]] + Var[E[x | y]]",
        "E[x E[x | y]] = E[E[x | y]^2]",
        "Cov[sum(j = 1..n) w[j], w[1]] = σ^2",
        "E[g^4] = 3",
        "E[relu(x)] - E[relu(-x)] = E[x]",
    ],
)
def test_true_claims_are_proved(claim):
    assert rows(f"claim {claim}").status == "proved"


@pytest.mark.parametrize(
    "claim",
    [
        "E[x^2] = E[x]^2",
        "E[(x - m^2)] = E[x^2] - m^2",
        "Var[x + y] = Var[x] + Var[y]",
        "Var[a x] = a Var[x]",
        "Var[sum(j = 1..n) w[j]] = n^2 σ^2",
        "E[relu(f)^2] = σ^2 / 2",
        "sum(j = 1..n) E[w[j]] = (n - 1) μ",
        "E[x | y] = E[x]",
        "E[g^4] = 1",
    ],
)
def test_false_claims_are_refuted_with_a_witness(claim):
    result = rows(f"claim {claim}")
    assert result.status == "refuted"
    witness = result.rows[-1].witness
    assert witness is not None
    assert witness.left != witness.right


def test_what_may_not_exist_is_not_proved():
    result = rows("claim E[c - c] = E[c] - E[c]")
    assert result.status == "unproved"
    assert "does not exist" in result.message


def test_a_quotient_that_sympy_would_cancel_is_judged_as_written():
    result = rows("claim x / x = 1")
    assert result.status == "unproved"
    assert "zero" in result.message


def test_blame_lands_on_the_line_that_is_wrong():
    chain = """
claim Var[x] = E[x^2] - E[x]^2
  Var[x]
  = E[(x - E[x])^2]
  = E[x^2] - E[x^2]
  = E[x^2] - E[x]^2
"""
    assert statuses(chain) == ["proved", "proved", "refuted", "proved"]


def test_true_but_not_by_this():
    result = rows("claim E[W h] = E[W] E[h]\n  E[W h]\n  = E[W] E[h]  by rule 2")
    assert result.status == "unproved"
    assert result.message == "true, but not by rule 2: needs Rule 4 (W and h independent)"


@pytest.mark.parametrize(
    "reason", ["rule 4", "independence", "Rule 4", "independence of W and h", "rule4"]
)
def test_the_reason_in_everyday_words(reason):
    assert (
        rows(f"claim E[W h] = E[W] E[h]\n  E[W h]\n  = E[W] E[h]  by {reason}").status == "proved"
    )


def test_a_reason_that_means_nothing_is_said_so():
    result = rows("claim E[W h] = E[W] E[h]\n  E[W h]\n  = E[W] E[h]  by magic")
    assert result.status == "unproved"
    assert "magic is none that is known" in result.message


def test_admitted_is_not_proved():
    report = check_document(parse(CONTEXT + "claim E[x y] = 0\n  admit"))
    assert report.results[0].status == "admitted"
    assert not report.ok


def test_earlier_claims_are_lemmas():
    text = "claim first: E[W h] = E[W] E[h]\nclaim E[2 W h] = 2 E[W] E[h]\n  E[2 W h]\n  = 2 E[W] E[h] by first, rule 2"
    assert rows(text).status == "proved"


def test_a_false_claim_is_no_lemma():
    text = "claim first: E[x y] = 0\nclaim E[2 x y] = 0\n  E[2 x y]\n  = 0 by first, rule 2"
    assert rows(text).status != "proved"


def test_what_is_missing_is_named_only_if_it_helps():
    text = """
random x, y finite 4
random g ~ normal(0, 1)
claim E[x y E[g^2]] = E[x] E[y]
"""
    result = check_document(parse(text)).results[-1]
    assert result.status in ("refuted", "unproved")
    assert result.rows[-1].witness is not None or "independent" in result.rows[-1].hint


def test_out_of_time_is_said_and_the_rest_goes_on():
    report = check_document(
        parse(CONTEXT + "claim E[(x + y + z)^4] = 1\nclaim E[x] = E[x]"), timeout=0.001
    )
    assert "out of time" in report.results[0].message


def test_a_result_about_indices_in_a_range_is_not_used_outside_of_it():
    text = """
size n
real σ > 0
index i = 1..n
random x[j] mean 0, variance σ^2
independent x[j] over j
let m = sum(j = 1..n) x[j] / n
claim inside: Cov[x[i], m] = σ^2 / n
claim outside: Cov[x[n + 1], m] = σ^2 / n
"""
    inside, outside = check_document(parse(text)).results
    assert inside.status == "proved"
    assert outside.status == "refuted"


def test_absolute_values_of_sums_have_no_law():
    text = """
random x, y mean 0, variance 1
random z ~ normal(0, 1)
claim E[max(x, y)] = E[(x + y + abs(x - y)) / 2]
claim E[abs(x + y)] = 0
claim E[abs(z)] = sqrt(2 / 3)
"""
    a, b, c = check_document(parse(text)).results
    assert a.status != "refuted"
    assert b.status == "refuted"
    assert c.status == "refuted"
