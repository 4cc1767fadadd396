"""What becomes of a result without one of its assumptions."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from symcheck.commands import cli
from symcheck.commands.cli import main
from symcheck.facts.context import Context
from symcheck.judging.ablation import ablate
from symcheck.judging.session import derive_document
from symcheck.judging.trial import Trial
from symcheck.judging.unassumed import unassumed
from symcheck.judging.weaker import declared, weaker, without
from symcheck.numbers.comparison import Witness
from symcheck.reading.library import shipped
from symcheck.reading.syntax import parse
from symcheck.report.ablation import lines
from symcheck.report.text import joined
from symcheck.system.limits import OutOfTime
from symcheck.witness.tied import tied_differ

DOCS = Path(__file__).parents[2] / "docs"

LECTURE = """
title He with the lecture's own assumptions
size D
real s > 0, t > 0
random W[i,j] ~ normal(0, s^2)
random f[j] mean 0, variance t^2, symmetric
independent W[i,j] over i, j
independent f[j] over j
independent W and f
let y[i] = sum(j = 1..D) W[i,j] relu(f[j])
derive Var[y[i]]
  expect D s^2 t^2 / 2
"""


def found(text: str, **options):
    return ablate(parse(text), **options)


def by_text(made):
    return {a.assumption.text: a for a in made.found if a.part is None}


def parts(made, text):
    return {a.assumption.text: a for a in made.found if a.part and a.part.text == text}


@pytest.fixture(scope="module")
def made():
    return ablate(parse(shipped("he-forward").text))


@pytest.fixture(scope="module")
def he(made):
    return by_text(made)


@pytest.fixture(scope="module")
def lecture():
    return found(LECTURE)


# ---------------------------------------------------------------- a table, by hand


class Table:
    """The joint law of a witness, to be summed over without any of the code under test."""

    def __init__(self, w: Witness) -> None:
        self.w = w
        self.rows = [(p, dict(zip(w.variables, v, strict=True))) for p, v in w.outcomes]
        assert sum(p for p, _ in self.rows) == 1

    def mean(self, f) -> Fraction:
        return sum((p * f(x) for p, x in self.rows), start=Fraction(0))

    def variance(self, f) -> Fraction:
        m = self.mean(f)
        return self.mean(lambda x: (f(x) - m) ** 2)

    def names(self, family: str) -> list[str]:
        return [v for v in self.w.variables if v.startswith(f"{family}[")]

    def symmetric(self, name: str) -> bool:
        law: dict[Fraction, Fraction] = {}
        for p, x in self.rows:
            law[x[name]] = law.get(x[name], Fraction(0)) + p
        return all(law.get(-v) == p for v, p in law.items())

    def independent(self, a: list[str], b: list[str]) -> bool:
        def marginal(names):
            law: dict[tuple[Fraction, ...], Fraction] = {}
            for p, x in self.rows:
                key = tuple(x[n] for n in names)
                law[key] = law.get(key, Fraction(0)) + p
            return law

        one, two, both = marginal(a), marginal(b), marginal(a + b)
        return all(both.get(u + v, 0) == p * q for u, p in one.items() for v, q in two.items())


def layer(table: Table):
    """f'_i of the forward pass on a row of the table."""
    i = table.w.sizes["i"]

    def value(x) -> Fraction:
        members = (n[2:-1] for n in table.names("f"))
        return sum(
            (x[f"Ω[{i},{j}]"] * max(x[f"f[{j}]"], Fraction(0)) for j in members), start=Fraction(0)
        )

    return value


HOLDS = {
    "f[j] is symmetric about 0": lambda t, w: all(map(t.symmetric, t.names("f"))),
    "f[j] has variance σ_f^2": lambda t, w: all(
        t.variance(lambda x, n=n: x[n]) == w["σ_f"] ** 2 for n in t.names("f")
    ),
    "Ω[i,j] has mean 0": lambda t, w: all(t.mean(lambda x, n=n: x[n]) == 0 for n in t.names("Ω")),
    "Ω[i,j] has variance σ_Ω^2": lambda t, w: all(
        t.variance(lambda x, n=n: x[n]) == w["σ_Ω"] ** 2 for n in t.names("Ω")
    ),
    "Ω[i,j] independent over i, j": lambda t, w: all(
        t.independent([a], [b]) for a in t.names("Ω") for b in t.names("Ω") if a != b
    ),
    "Ω and f independent": lambda t, w: t.independent(t.names("Ω"), t.names("f")),
}


@pytest.mark.parametrize("text", HOLDS)
def test_the_witnesses_of_he_forward_by_hand(made, he, text):
    """Each breaks one assumption, keeps all others, and gives another mean or variance."""
    one = he[text]
    shown = one.shown or next(a.shown for a in made.found if a.part == one.assumption)
    table, w = Table(shown.witness), shown.witness.parameters
    assert {t for t, holds in HOLDS.items() if not holds(table, w)} == {text}
    assert all(table.mean(lambda x, n=n: x[n]) == 0 for n in table.names("f"))
    if shown.witness.right == 0:
        assert table.mean(layer(table)) == shown.witness.left != 0
    else:
        wanted = shown.witness.sizes["D_h"] * w["σ_Ω"] ** 2 * w["σ_f"] ** 2 / 2
        assert shown.witness.right == wanted != shown.witness.left
        assert table.variance(layer(table)) == shown.witness.left


# ---------------------------------------------------------------- he-forward


def test_what_he_forward_rests_on(he):
    assert {text for text, a in he.items() if a.needed} == {
        "f[j] is symmetric about 0", "f[j] has variance σ_f^2", "Ω[i,j] has mean 0",
        "Ω[i,j] has variance σ_Ω^2", "Ω and f independent",
    }  # fmt: skip
    assert all(a.broken for a in he.values() if a.needed)


def test_zero_mean_follows_from_symmetry(he):
    follows = {a.text for a in he["f[j] has mean 0"].follows}
    assert "f[j] is symmetric about 0" in follows


def test_weights_of_one_row_in_pairs_are_all_that_is_needed(he, made):
    """Bienaymé: a variance of a sum takes pairs only, and one unit reads one row."""
    whole = he["Ω[i,j] independent over i, j"]
    assert whole.needed is False
    assert [a.text for a in whole.suffices] == ["Ω[i,j] pairwise independent over j"]
    (part,) = parts(made, whole.assumption.text).values()
    assert part.needed
    assert part.shown.witness.sizes["D_h"] == 2


def test_lines_that_use_an_assumption(he):
    assert all(goal == 2 for goal, _ in he["f[j] is symmetric about 0"].uses)
    assert {goal for goal, _ in he["Ω and f independent"].uses} == {1, 2}


def test_what_nobody_assumes_of_he_forward(made):
    said = {(u.what, *map(str, u.of), *map(str, u.over)) for u in made.unassumed}
    assert ("law", "Ω[i,j]") in said
    assert ("independent", "f[j]", "j") in said
    assert ("identical", "f[j]", "j") in said
    assert not {s for s in said if s[0] == "independent" and s[1] == "Ω[i,j]"}  # it is declared
    assert not {s for s in said if s[0] == "mean"}


def test_what_suffices_does_and_nothing_of_it_is_left_over(made):
    trial = Trial(made.document, 10.0)
    assert trial.loss(made.context) is None
    assert declared(made.context) == list(made.sufficient)
    for a in made.sufficient:
        assert trial.loss(without(made.context, a)) is not None, a.text
    assert "f[j] has mean 0" not in {a.text for a in made.sufficient}


# ---------------------------------------------------------------- laws


def test_normal_weights_are_not_needed(lecture):
    law = by_text(lecture)["W[i,j] ~ normal(0, s^2)"]
    assert law.needed is False
    assert {a.text for a in law.suffices} == {"W[i,j] has mean 0", "W[i,j] has variance s^2"}
    assert by_text(lecture)["f[j] independent over j"].needed is False
    assert by_text(lecture)["f[j] is symmetric about 0"].needed
    for part in parts(lecture, law.assumption.text).values():
        assert part.needed
        assert part.shown


def test_a_variable_without_a_law_is_one_with_a_law(lecture):
    """f = W: Var[W relu(W)] = E[W^4]/2 - (E[W^2]/2)^2 = 3/2 - 1/4 for a standard normal."""
    shown = by_text(lecture)["W and f independent"].shown
    assert shown.witness.law == "W[1,1] ~ normal(0, 1), and f[1] = W[1,1]"
    assert float(shown.witness.left) == pytest.approx(1.25)
    assert shown.witness.right == Fraction(1, 2)


def test_a_fourth_moment_needs_its_law():
    """Mean 0, variance 1, symmetry: the fourth moment is still free."""
    (a,) = found("random x ~ normal(0, 1)\nclaim E[x^4] = 3\n").found
    assert a.needed
    kept = {k.kind for k in a.kept}
    assert {"mean", "variance", "symmetric", "atomless"} <= kept
    table = Table(a.shown.witness)
    match = re.search(r"to x a number uniform on \(-(\S+), ", a.shown.witness.law)
    width = Fraction(match[1])
    # x = u + noise, with E[noise^2] = w^2/3 and E[noise^4] = w^4/5.
    second, fourth = (table.mean(lambda x, n=n: x["x"] ** n) for n in (2, 4))
    assert table.symmetric("x")
    assert second + width**2 / 3 == 1
    assert fourth + 6 * second * width**2 / 3 + width**4 / 5 == a.shown.witness.left != 3


def test_a_law_gives_way_to_all_that_is_known_of_it():
    context = parse("random t ~ exponential(2)\nclaim E[t] = 1/2\n").context
    (law,) = declared(context)
    last = list(weaker(context, law))[-1]
    assert {a.text for a in declared(last)} == {
        "t has mean 1 / 2", "t has variance 1 / 4", "t has oo finite moments", "t > 0",
        "t takes no single value with positive probability",
    }  # fmt: skip


def test_a_law_without_moments_has_none_to_give():
    context = parse("random t ~ cauchy()\nclaim t = t\n").context
    (law,) = declared(context)
    kinds = [{a.kind for a in declared(c)} for c in weaker(context, law)]
    assert kinds == [{"symmetric", "atomless"}]


# ---------------------------------------------------------------- what is weaker, and redundant


def test_of_zero_mean_and_symmetry_one_is_needed():
    made = found("random x mean 0, symmetric, finite 1\nclaim E[2 x] = 0\n")
    mean, symmetric = by_text(made)["x has mean 0"], by_text(made)["x is symmetric about 0"]
    assert mean.needed is False
    assert symmetric.needed is False
    assert mean.assumption in symmetric.beside
    assert symmetric.assumption in mean.beside
    assert [a.text for a in made.sufficient] == ["x has mean 0"]
    shown = joined(lines(made))
    assert "not needed beside: x has mean 0" in shown


def test_a_third_moment_of_a_sum_needs_more_than_pairs():
    """Signs a, b and -ab are independent in pairs, symmetric, and their sum is never 0."""
    text = """size n
random s[k] mean 0, symmetric, finite 3
independent s[k] over k
claim E[sum(k = 1..n) s[k]]^3 + E[(sum(k = 1..n) s[k])^3] = 0
"""
    a = by_text(found(text))["s[k] independent over k"]
    assert a.needed
    assert [k.text for k in a.kept] == ["s[k] pairwise independent over k"]
    table = Table(a.shown.witness)
    names = table.names("s")
    assert all(table.independent([m], [n]) for m in names for n in names if m != n)
    assert all(map(table.symmetric, names))
    assert table.mean(lambda x: sum(x[n] for n in names) ** 3) == a.shown.witness.left != 0


def test_of_three_independent_blocks_two_may_depend():
    text = """random x, y, z mean 0, variance 1
independent x, y and z
claim E[x y z] = 0
"""
    a = by_text(found(text))["x, y and z independent"]
    assert a.needed is False
    (enough,) = a.suffices
    assert enough.text in {"z and x, y independent", "z and (x, y) independent"}


def test_fewer_moments_are_enough():
    made = found("random x finite 6\nclaim E[(x - 1)^2] = E[x^2] - 2 E[x] + 1\n")
    assert [a.text for a in by_text(made)["x has 6 finite moments"].suffices] == [
        "x has 2 finite moments"
    ]


def test_a_variance_is_more_than_a_second_moment():
    made = found("random x variance 4\nclaim Var[x] = E[x^2] - E[x]^2\nclaim Var[2 x] = 4 Var[x]\n")
    assert [a.text for a in by_text(made)["x has variance 4"].suffices] == [
        "x has 2 finite moments"
    ]


# ---------------------------------------------------------------- constants, indices, functions


def test_signs_of_constants_and_variables():
    text = """real a > 0, b > 0, c[j] > 0
random y > 0
claim a / a = 1
claim b = b
claim log(y) = log(y)
claim c[j] / c[j] = 1
"""
    made = by_text(found(text))
    assert [a.text for a in made["a > 0"].suffices] == ["a != 0"]
    assert made["b > 0"].needed is False
    assert not made["b > 0"].suffices
    assert made["y > 0"].needed
    assert [a.text for a in made["c > 0"].suffices] == ["c != 0"]


def test_a_sign_that_a_root_needs():
    """E|g| = s sqrt(2/pi) for s > 0, and for s = -1 it is not negative."""
    text = "real s > 0\nrandom g ~ normal(0, s^2)\nclaim E[abs(g)] = s sqrt(2 / pi)\n"
    made = found(text)
    (part,) = parts(made, "s > 0").values()
    assert part.assumption.text == "s >= 0"
    w = part.shown.witness
    assert w.parameters == {"s": -1}
    assert (w.left, w.right) == ("0.797884…", "-0.797884…")  # sqrt(2 / pi)


def test_relations_between_constants():
    made = by_text(found("size n >= 2\nreal β < 1\nclaim 1/(n - 1) - 1/(n - 1) = 0\n"))
    assert made["n >= 2"].needed
    assert made["β < 1"].needed is False


def test_indices_that_differ():
    text = """index i, k with i != k
random z[i] mean 0, variance 1
independent z[i] over i
claim E[z[i] z[k]] = 0
"""
    a = by_text(found(text))["i and k differ"]
    assert a.shown.witness.sizes["i"] == a.shown.witness.sizes["k"]
    assert a.shown.witness.left == 1


def test_a_range_that_an_equation_is_assumed_in_is_no_assumption_to_drop():
    """Without it the equation would hold for more, not for less."""
    free = parse("size n\nindex i = 1..n\nrandom x[i] finite 1\nclaim E[x[i]] = E[x[i]]\n").context
    bound = parse(
        "size n\nindex i = 1..n\nrandom x[i] finite 1\nassume E[x[i]] = 0\nclaim E[x[i]] = 0\n"
    ).context
    assert any(a.kind == "range" for a in declared(free))
    assert not any(a.kind == "range" for a in declared(bound))


def test_lipschitz_functions_and_what_no_finite_space_shows():
    made = ablate(parse(shipped("he-forward-mean").text))
    a = by_text(made)["a is Lipschitz"]
    assert a.needed
    assert a.shown is None
    assert "there every expectation exists" in " ".join(joined(lines(made)).split())
    assert by_text(made)["Ω[i,j] has variance σ_Ω^2"].needed is False


# ---------------------------------------------------------------- goals of every kind


def test_claims_are_ablated_too():
    text = """
random x, y variance 1
independent x and y
random z finite 2
claim sum: Var[x + y] = Var[x] + Var[y]
"""
    made = by_text(found(text))
    assert made["x and y independent"].needed
    assert made["x and y independent"].shown is not None
    assert not made["z has 2 finite moments"].needed
    assert made["z has 2 finite moments"].uses == ()


def test_a_chain_breaks_at_the_first_line_that_has_no_other_proof():
    """Lines are numbered as in the file; the one before needs no symmetry."""
    text = """random f variance 1, symmetric
random w mean 0, variance 1
independent w and f
claim Var[w relu(f)] = 1/2
  Var[w relu(f)]
  = E[w^2] E[relu(f)^2]
  = E[relu(f)^2]
  = 1/2
"""
    a = by_text(found(text))["f is symmetric about 0"]
    assert a.broken == (1, 8)
    assert a.needed


def test_a_claim_is_no_proof_of_itself():
    """Without independence nothing is left that says it, least of all the claim."""
    text = """random w ~ normal(0, 1)
random f variance 1, symmetric
independent w and f
claim gate: E[w relu(f)] = 0
claim E[2 w relu(f)] = 0
"""
    a = by_text(found(text))["w and f independent"]
    assert a.needed
    assert a.broken == (1, 4)
    assert float(a.shown.witness.left) == pytest.approx(0.5)  # E[w relu(w)] = E[w^2]/2


def test_a_false_detour_is_no_loss():
    """A line that uses an assumption may be false without it, and the result be true."""
    text = """real v[k]
random x variance 1
assume v[1] = Var[x]
derive Var[x] - v[1] + v[1] - Var[x]
  expect 0
"""
    assert by_text(found(text))["v[1] = Var[x]"].needed is False


def test_what_was_found_has_to_be_found_again():
    """A goal without `expect` is compared with its own result."""
    made = by_text(found("random x, y variance 1\nindependent x and y\nderive Var[x + y]\n"))
    assert made["x and y independent"].needed
    assert made["x and y independent"].shown.witness.right == 2


def test_inductions_and_witnesses_that_leave_equations_aside():
    made = ablate(parse(shipped("depth").text))
    found = by_text(made)
    assert found["v[1 + k] = Var[next[k,i]]"].needed
    a = found["W and x independent"]
    assert a.shown.aside
    assert a.shown.witness.left != a.shown.witness.right
    assert found["f[k,j] has mean 0"].needed is False


def test_without_its_equation_a_derivation_comes_to_an_end():
    made = ablate(parse(shipped("backpropagation").text))
    assert by_text(made)["Diff[ℓ, f'[i]] = g'[i]"].needed
    bare = shipped("backpropagation").text.replace("assume gradient", "# assume gradient")
    assert not derive_document(parse(bare), numeric=False).ok


@pytest.mark.parametrize("name", ["pytorch-linear", "linear-layer", "leaky-relu", "he-backward"])
def test_what_is_needed_of_a_variable_has_its_witness(name):
    made = ablate(parse(shipped(name).text))
    asked = [a for a in made.found if a.needed and a.assumption.kind != "constant"]
    assert len(asked) > 4
    for a in asked:
        assert a.shown is not None, a.assumption.text
        assert a.shown.witness.left != a.shown.witness.right


# ---------------------------------------------------------------- what is not assumed


def test_what_follows_from_declarations_is_not_called_unassumed():
    text = """size n
random x[j] ~ normal(0, 1)
random y[j] mean 1, variance 1
random z
iid x[j] over j
independent x and y
claim E[sum(j = 1..n) x[j] y[j]] = 0
"""
    said = {(u.what, *(t.name for t in u.of)) for u in unassumed(parse(text))}
    assert said == {("law", "y"), ("independent", "y"), ("identical", "y")}  # z is nowhere


def test_nothing_is_said_where_a_goal_is_not_proved():
    made = found("random x finite 1\nclaim E[x] = 1\nclaim E[2 x] = 2 E[x]\n")
    assert made.open == (1,)
    assert made.unassumed == ()
    assert "goal 1 is not proved" in joined(lines(made))


# ---------------------------------------------------------------- ties


def tie(declarations: str, claim: str) -> Witness | None:
    document = parse(f"{declarations}\nclaim {claim} = 0\n")
    return tied_differ(document.context, document.goals[0].lhs, document.goals[0].rhs)


def test_a_mirror_image_where_it_shows_more():
    """relu(-w) relu(w) = 0 for f = w, so only f = -w tells them apart."""
    w = tie("random w ~ normal(0, 1)\nrandom f variance 1, symmetric", "E[relu(f) relu(-w)]")
    assert w.law == "w ~ normal(0, 1), and f = -w"
    assert float(w.left) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "declarations",
    [
        "random w ~ normal(0, 1)\nrandom f variance 1\nindependent w and f",
        "random w ~ normal(0, 1)\nrandom f variance 2",
        "random w ~ normal(0, 1)\nrandom f mean 1",
        "random w ~ normal(0, 1)\nrandom f > 0",
        "random w ~ exponential(1)\nrandom f symmetric",
        "random w ~ poisson(1)\nrandom f atomless",
        "random w ~ student(5)\nrandom f finite 5",
        "random w ~ normal(0, 1)\nrandom f\nassume E[f w] = 0",
    ],
)
def test_what_may_not_be_tied(declarations):
    assert tie(declarations, "E[w relu(f)]") is None


def test_a_wrong_line_is_refuted_by_a_tie(capsys, tmp_path):
    path = tmp_path / "a.proof"
    path.write_text("random w ~ normal(0, 1)\nrandom f variance 1\nclaim E[w relu(f)] = 0\n")
    assert main(["check", str(path)]) == 1
    assert "f = w" in capsys.readouterr().out


# ---------------------------------------------------------------- the command


def test_command_line(capsys):
    assert main(["assumptions", "weighted-sum"]) == 0
    out = capsys.readouterr().out
    assert "pairwise independent" in out
    assert "needed: goal 1" in out
    assert main(["assumptions", "weighted-sum", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [a["needed"] for a in data["assumptions"]] == [True, True]
    assert {u["what"] for u in data["unassumed"]} == {"law", "mean", "identical"}
    assert main(["assumptions", "he-forwrad"]) == 2


def test_exit_status(capsys, tmp_path):
    path = tmp_path / "a.proof"
    path.write_text("random x finite 1\nclaim E[x] = 1\n")
    assert main(["assumptions", str(path)]) == 1
    path.write_text("random x finite 1\n")
    assert main(["assumptions", str(path)]) == 2
    assert "neither asks nor claims" in capsys.readouterr().err


def test_texts_with_formulas(capsys):
    assert main(["assumptions", str(DOCS / "notes" / "layer.tex")]) == 0
    assert "needed: line 25 breaks first" in capsys.readouterr().out


def test_several_contexts_are_a_list(capsys, tmp_path):
    path = tmp_path / "a.md"
    block = "```symcheck new\nrandom {0} mean 1\n```\n\n$$ \\mathbb{{E}}[2 {0}] = 2 $$\n\n"
    path.write_text(block.format("x") + block.format("y"))
    status = main(["assumptions", str(path), "--format", "json"])
    data = json.loads(capsys.readouterr().out)
    assert status == 0
    assert [a["assumption"] for d in data for a in d["assumptions"]] == [
        "x has mean 1", "y has mean 1",
    ]  # fmt: skip


def test_too_little_time_is_no_answer(monkeypatch):
    """Either mean is enough, but the proof that is there uses both."""

    def late(*_):
        raise OutOfTime

    text = "random x, y mean 0\nindependent x and y\nderive E[x y]\n  expect 0\n"
    assert by_text(found(text))["x has mean 0"].needed is False
    monkeypatch.setattr("symcheck.judging.trial.Trial._again", late)
    short = found(text)
    assert by_text(short)["x has mean 0"].needed is None
    assert by_text(short)["x and y independent"].needed is True  # a witness is found all the same
    assert "not decided, for lack of time: goal 1" in joined(lines(short))


def test_an_interrupt_ends_it(capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("symcheck.judging.ablation.ablate", interrupted)
    assert cli.main(["assumptions", "he-forward"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_an_unknown_assumption():
    with pytest.raises(KeyError):
        without(Context(), declared(parse("random x mean 0\n").context)[0])
