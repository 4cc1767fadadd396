"""No true line is refuted, and what is refuted carries a world that the core accepts."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from symcheck.commands.certificate import certificate_of
from symcheck.commands.cli import main
from symcheck.core.declared import Table, declare
from symcheck.core.worlds.witness import Refutation, refute
from symcheck.judging.checking import check_document
from symcheck.reading.syntax import parse


def statuses(text):
    report = check_document(parse(text, path="a.proof"))
    return report, [r.status for r in report.results]


# Each claim is true; after the number sign stands why.
TRUE = {
    # Integration by parts, for t = 0 too, where digits are rounded to zero.
    "stein": """
real t, m, v > 0
random Z ~ normal(0, 1)
random Y ~ normal(m, v)
claim E[Z exp(t Z)] = t exp(t^2 / 2)
claim E[Z cos(t Z)] = 0
claim E[Z tanh(t Z)] = t E[1 - tanh(t Z)^2]
claim E[(Y - m) exp(t Y)] = t v exp(t m + t^2 v / 2)
""",
    # An assumption is for every index: its shifted instance says what the first does not.
    "shifted": """
real a > 0
random y[k], u[k] finite 2
assume E[u[k]^2] = a
assume E[u[k-2]^2] = E[y[k]^2]
claim E[y[1]^2] = a
claim E[y[3]^2] + E[u[1]^2] = 2 a
""",
    "shifted and chained": """
real b
random p[t], q[t], r[t] finite 1
assume E[p[t+1]] = E[q[t]]
assume E[q[t+1]] = E[r[t]]
assume E[r[t]] = b
claim E[p[t]] = b
""",
    # n c^2 <= Var y for every n.
    "one with all": """
real d
random g[m] mean 0, variance 4
random w mean 1, variance 9
iid g[m] over m
assume Cov[g[m], w] = d
claim d = 0
claim Cov[g[3], w] = 0
""",
    # 0 <= Var(x[1] + ... + x[n]) for every n.
    "all pairs": """
real k
random y[j] mean 3, variance 2
assume Cov[y[i], y[j]] = k
claim abs(k) = k
claim relu(-k) = 0
claim max(k, -1) = k
""",
    # And of the fourth moments: E[x[1]^2 x[2]^2] is not less than (E x^2)^2.
    "exchangeable squares": """
real s
random x[j] mean 0, variance 1, finite 4
iid x[j] over j
random z mean 0, variance 1
assume E[x[j]^2 z] = s
claim s = 0
""",
}


@pytest.mark.parametrize("name", TRUE)
def test_no_true_line_is_refuted(name):
    report, found = statuses(TRUE[name])
    assert found
    told = [r.message for r in report.results if r.status == "refuted"]
    assert not told


FALSE = [
    ("random Z ~ normal(0, 1)\nreal t\nclaim E[Z exp(t Z)] = exp(t^2 / 2)", {"Arb"}),
    ("real a > 0\nrandom y[k], u[k] finite 2\nassume E[u[k]^2] = a\nassume E[u[k-2]^2] = E[y[k]^2]\n"
     "claim E[y[1]^2] = 2 a", set()),
    ("real k\nrandom y[j] mean 3, variance 2\nassume Cov[y[i], y[j]] = k\nclaim k = 0", set()),
    ("real d\nrandom g[m] mean 0, variance 4\nrandom w mean 1, variance 9\n"
     "assume Cov[g[m], w] = d\nclaim d = 0", set()),
    ("random x mean 0, variance 1\nclaim E[x^3] = 0", set()),
    ("random Z ~ normal(0, 2)\nclaim E[relu(Z)] = 1", {"Arb"}),
    ("random x mean 0, variance 1\nclaim E[exp(x)] = exp(E[x])", {"Arb"}),
    ("random u ~ uniform(0, pi)\nclaim E[u] = 1", {"Arb"}),
    ("random u ~ uniform(-1, 1)\nrandom v ~ normal(0, 1)\nindependent u and v\nclaim E[u^2 v^2] = 1", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "trusts"), FALSE)
def test_a_refutation_can_be_judged_again(text, trusts, tmp_path, capsys):
    report, found = statuses(text)
    assert found[-1] == "refuted"
    data = json.loads(json.dumps(certificate_of([report])))
    terms = Table(data["refuted"]["terms"])
    _, left, right, world = data["refuted"]["claims"][-1]
    answer = refute(declare(data["declarations"]), (terms.term(left), terms.term(right)), world)
    assert isinstance(answer, Refutation) != bool(trusts)
    assert {k for row in report.results[-1].rows for k in row.trusts} == trusts
    file = tmp_path / "a.json"
    file.write_text(json.dumps(data))
    assert main(["verify", str(file)]) == 0
    told = capsys.readouterr().out
    assert f"refuted{', trusting: Arb' if trusts else ''}\n" in told


def test_another_world_or_claim_is_not_accepted(tmp_path, capsys):
    report, _ = statuses("random x mean 0, variance 1\nclaim E[x^3] = 0")
    data = json.loads(json.dumps(certificate_of([report])))
    file = tmp_path / "a.json"

    def verified(changed):
        file.write_text(json.dumps(changed))
        code = main(["verify", str(file)])
        return code, capsys.readouterr()

    assert verified(data)[0] == 0
    rows = data["refuted"]["claims"][0][3]["parts"][0]["outcomes"]
    kept = json.loads(json.dumps(rows))
    rows[0][1][0] = [7, 1]
    code, told = verified(data)
    assert code == 1
    assert "is not refuted: declaration" in told.out
    rows[:] = kept
    data["refuted"]["claims"][0][2] = data["refuted"]["claims"][0][1]
    code, told = verified(data)
    assert code == 1
    assert "the sides are equal in this world" in told.out
    data["refuted"]["claims"][0] = ["x"]
    assert verified(data)[0] == 2


def test_what_is_shown_is_what_was_judged():
    report, _ = statuses("real σ > 0\nrandom x mean 0, variance σ^2\nclaim E[x^2] = σ")
    (witness,) = [row.witness for r in report.results for row in r.rows if row.witness]
    assert isinstance(witness.left, Fraction)
    assert witness.left == witness.judged.refutation.left
    assert witness.right == witness.judged.refutation.right
    assert witness.left != witness.right
