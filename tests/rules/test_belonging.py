"""A proof speaks of what its context declares, is judged as it stands there, and is never a crash."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import replace
from itertools import product

import pytest
from judged import judge
from sympy import Integer, Symbol
from test_rules import prepared

import symcheck
from symcheck import RV, Context, E, Sum, check, derive, index, proof_from_json, proof_to_json
from symcheck.facts.context import Scope
from symcheck.judging.checking import check_document
from symcheck.judging.session import add_lemma, derive_document
from symcheck.language.expr import Param, add, mul, neg, power
from symcheck.reading.syntax import parse
from symcheck.rules.all import RULES
from symcheck.rules.proof import Lemma, Proof, Refused, Site, Step

j, k = map(index, "jk")


def context() -> Context:
    c = Context()
    c.size("n")
    c.real("a")
    c.real("c", indices=[j])
    c.real("d", indices=[j])
    c.random("x", mean=0, variance=1)
    c.random("N", mean=1, variance=1)
    c.random("y", j, mean=0, variance=1)
    return c


def by_algebra(c: Context, start, goal) -> Proof:
    return Proof("", c, start, (Step("algebra", (), goal, {"to": goal}),), goal)


def edited(proof: Proof) -> Proof:
    """The proof, sent through JSON."""
    return proof_from_json(json.loads(json.dumps(proof_to_json(proof))))


def one_step(c: Context, rule: str, start, goal, **binding) -> Proof:
    return edited(Proof("", c, start, (Step(rule, (), goal, binding),), goal))


def test_a_variable_is_not_a_constant_of_its_name():
    x = Symbol("x", real=True)
    verdict = check(one_step(context(), "rule1", E(x), x))
    assert not verdict.proved
    assert "x is not declared as it stands here" in verdict.reason
    a = Symbol("a", real=True)
    assert check(one_step(context(), "rule1", E(a), a)).proved


def test_a_constant_has_the_sign_that_is_declared():
    positive = Symbol("a", positive=True)
    assert not check(edited(by_algebra(context(), abs(positive), positive))).proved
    start = power(Symbol("a", real=True), 2)
    assert check(edited(by_algebra(context(), start, abs(Symbol("a", real=True)) ** 2))).proved


def test_a_letter_has_no_name_of_a_place_in_a_proof():
    c, n = context(), Symbol("n", integer=True, positive=True)
    stray = index("_i0_0")
    start = mul(Sum(Param("c", k), (k, 1, n)), Param("d", stray))
    goal = Sum(mul(Param("c", k), Param("d", k)), (k, 1, n))
    step = Step("sum-product", (), goal, {"inside": (1,)})
    assert not check(edited(Proof("", c, start, (step,), goal))).proved
    with pytest.raises(ValueError, match="own"):
        c.index("_i0_0")


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))]
)
def test_a_copied_context_forgets_as_the_other_does(again):
    c = context()
    n = c.sizes["n"]
    c.relate(n, ">=", 2)
    assert c.positive(n - 1) is not None
    other = again(c)
    assert other == c
    assert other.positive(n - 1) is not None
    other.relations.clear()
    assert other.positive(n - 1) is None


def test_a_sum_does_not_run_up_to_a_variable():
    x = RV("x")
    total = Sum(Integer(1), (k, 1, x))
    verdict = check(one_step(context(), "rule1", E(total), total))
    assert not verdict.proved
    assert "x" in verdict.reason


def test_a_member_has_no_random_number():
    c = context()
    c.independent("y", "N")
    N, y = RV("N"), RV("y", RV("N"))
    goal = mul(E(y), E(N))
    assert not check(one_step(c, "rule4", E(mul(y, N)), goal, groups=((0,), (1,)))).proved
    goal = mul(E(RV("y", k)), E(N))
    proof = one_step(c, "rule4", E(mul(RV("y", k), N)), goal, groups=((0,), (1,)))
    assert check(proof).proved


@pytest.mark.parametrize(
    "e", [RV("z"), RV("y"), RV("x", 1), RV("y", Symbol("a", real=True)), Param("c", 1, 2),
          Symbol("q", real=True), Symbol("n", real=True)],
)  # fmt: skip
def test_what_is_not_declared_so_is_no_part_of_a_proof(e):
    assert not judge(by_algebra(context(), e, e)).proved


def test_a_letter_that_nobody_declares_is_any_whole_number():
    e = Param("c", index("l"))
    assert judge(by_algebra(context(), e, e)).proved


def test_declarations_that_no_method_makes_are_refused():
    data = proof_to_json(by_algebra(context(), Integer(1), Integer(1)))
    assert check(proof_from_json(data)).proved
    for key, value in (
        ("sizes", [["Symbol", "n", "real"]]),
        ("indices", [["Symbol", "k", "integer", "positive"]]),
        ("independence", [{"blocks": [[["RV", "y", j_(), j_()]]], "over": [j_()],
                           "pairwise": False}]),
        ("independence", [{"blocks": [[["RV", "y", j_()], ["RV", "y", j_()]]], "over": [j_()],
                           "pairwise": False}]),
        ("identities", [{"blocks": [[["RV", "y", 1]]], "over": [j_()], "pairwise": False}]),
        ("ranges", [[["Symbol", "n", "integer", "positive"], 1, 2]]),
    ):  # fmt: skip
        worse = {**data, "context": {**data["context"], key: value}}
        verdict = check(proof_from_json(worse))
        assert not verdict.proved, key


def j_():
    return ["Symbol", "j", "integer"]


# ---------------------------------------------------------------- lemmas and contexts


def mean_of_square(variance) -> tuple[Context, Proof]:
    c = Context()
    x = c.random("x", mean=0, variance=variance)
    found = derive(c, E(x**2))
    return c, replace(found.proof, name="second")


def cites(c: Context, value) -> Proof:
    start = E(power(RV("x"), 2))
    return Proof("", c, start, (Step("lemma", (), Integer(value), {"lemma": "second"}),),
                 Integer(value))  # fmt: skip


def test_a_lemma_of_another_context_is_not_cited():
    (_, two), (three, _) = mean_of_square(2), mean_of_square(3)
    verdict = check(cites(three, 2), known=[two])
    assert not verdict.proved
    assert "other things are declared" in verdict.reason


def test_a_lemma_is_cited_where_as_much_is_declared():
    (c, two), (again, _) = mean_of_square(2), mean_of_square(2)
    for own in (c, again):
        verdict = check(cites(own, 2), known=[edited(two)])
        assert verdict.proved
        assert verdict.lemmas == ("second",)
    again.random("y", mean=1)
    assert check(cites(again, 2), known=[two]).proved
    less = Context()
    less.random("x", mean=0)
    assert not check(cites(less, 2), known=[two]).proved


def test_a_lemma_without_a_context_holds_nowhere():
    c, two = mean_of_square(2)
    stray = Lemma("second", (), two.start, two.goal)
    assert not judge(cites(c, 2), {"second": stray}).proved


def test_a_lemma_brings_what_it_rests_on():
    c, two = mean_of_square(2)
    verdict = check(cites(c, 2), known=[two])
    assert {a.kind for a in verdict.used} >= {"mean", "variance"}
    assert {"lemma", "second-moment"} <= set(verdict.rules)


def test_what_makes_indices_differ_is_named():
    text = "size n, m\nassume n > m\nrandom x[j] mean 0, variance 1\nindependent x[j] over j"
    (result,) = check_document(parse(text + "\nclaim E[x[n] x[m]] = 0")).results
    assert result.status == "proved"
    assert any(a.kind == "relation" and a.text == "n > m" for a in result.used)


@pytest.mark.parametrize(("ends", "proved"), [("2..1", False), ("1..2", True), ("2..n", False)])
def test_a_letter_that_cancels_has_to_exist(ends, proved):
    c = parse(f"size n\nindex k = {ends}\nrandom y finite 2\nassume E[y + k - k] = 5").context
    letter = c.indices["k"]
    lemma = Lemma("second", (letter,), add(letter, neg(letter)), Integer(1), c)
    step = Step("lemma", (), Integer(1), {"lemma": "second"})
    proof = Proof("", c, Integer(0), (step,), Integer(1))
    assert judge(proof, {"second": lemma}).proved is proved
    step = Step("hypothesis", (), Integer(5), {"number": 0})
    start = E(RV("y"))
    assert judge(Proof("", c, start, (step,), Integer(5))).proved is proved


@pytest.mark.parametrize(
    ("declared", "proved"),
    [
        ("size n\nindex l = 1..n-1", False),
        ("size n >= 2\nindex l = 1..n-1", True),
        ("size n\nindex l = 1..n", True),
        ("index l", True),
        ("size n\nindex l\nassume l > n", True),
        ("size n\nindex l\nassume l > 2\nassume l < n", False),
        ("size n\nindex m = 1..n, l = 1..n with m != l", False),
    ],
)
def test_a_letter_that_leaves_the_chain_has_to_exist(declared, proved):
    text = "\nreal c[j]\nrandom x, y finite 2\nassume E[x] = c[l]\nassume E[y] = c[l]"
    c = parse(declared + text).context
    value, start, goal = Param("c", c.indices["l"]), E(RV("x")), E(RV("y"))
    steps = (
        Step("hypothesis", (), value, {"number": 0}),
        Step("hypothesis", (), goal, {"number": 1}, backward=True),
    )
    assert judge(Proof("", c, start, steps[:1], value)).proved
    assert judge(Proof("", c, start, steps, goal)).proved is proved


def test_what_is_assumed_where_two_letters_differ_is_not_said_without_the_other():
    """There is such an m, but what is assumed of l speaks of this one m."""
    text = "size n >= 2\nindex m = 1..n, l = 1..n with m != l\nreal c[j]\nrandom x finite 2"
    c = parse(f"{text}\nassume E[x] = c[l]").context
    value = Param("c", c.indices["l"])
    step = Step("hypothesis", (), value, {"number": 0})
    verdict = judge(Proof("", c, E(RV("x")), (step,), value))
    assert not verdict.proved
    assert verdict.reason == "the steps speak of m, the claim does not, and there may be no such m"


def test_a_context_that_is_changed_forgets_its_answers():
    c = Context()
    n = c.size("n")
    assert c.positive(n - 1) is None
    c.relate(n, ">=", 2)
    assert c.positive(n - 1) is not None
    c.relations.clear()
    assert c.positive(n - 1) is None
    i, m = c.index("i"), c.index("m")
    assert c.distinct(i, m) is None
    c.apart.append((i, m))
    assert c.distinct(i, m) is not None
    del c.apart[0]
    assert c.distinct(i, m) is None


def test_a_proof_is_judged_by_what_is_declared_now():
    c = Context()
    x, y = c.random("x", variance=1), c.random("y", variance=1)
    c.independent(x, y)
    proof = derive(c, symcheck.Var(x + y)).proof
    assert check(proof).proved
    c.independence.clear()
    assert not check(proof).proved
    c.independence.append(_independence("x", "y"))
    assert check(proof).proved


def _independence(*names):
    other = Context()
    for n in names:
        other.random(n, variance=1)
    other.independent(*names)
    return other.independence[0]


def test_a_lemma_does_not_outlive_a_change():
    c, two = mean_of_square(2)
    lemmas: dict[str, Lemma] = {}
    add_lemma(lemmas, two, judge(two), "second")
    assert judge(cites(c, 2), lemmas).proved
    c.randoms["x"] = replace(c.randoms["x"], variance=Integer(3))
    assert not judge(cites(c, 2), lemmas).proved


def test_copies_of_a_context_are_changed_one_by_one():
    c = Context()
    c.relate(c.size("n"), ">=", 2)
    other = replace(c, relations=[])
    other.sizes["m"] = Symbol("m", integer=True, positive=True)
    assert "m" not in c.sizes
    assert c.relations
    assert not other.relations


# ---------------------------------------------------------------- malformed steps

WRONG = (None, "x", -1, 99, 1.5, True, [], ((),), ("x",), {"a": 1}, RV("x"), (Integer(1),))


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_step_without_its_binding_is_refused(rule):
    c, term, binding, lemmas = prepared(rule, rule.example)
    for name in binding:
        fewer = {k: v for k, v in binding.items() if k != name}
        with pytest.raises(Refused, match="does not say"):
            RULES[rule.name].rewrite(Site(c, Scope(), term, fewer, lemmas))


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_step_with_another_binding_is_judged(rule):
    c, term, binding, lemmas = prepared(rule, rule.example)
    for name, wrong in product(binding, WRONG):
        step = Step(rule.name, (), term, {**binding, name: wrong})
        verdict = judge(Proof("", c, term, (step,), Integer(7)), lemmas)
        assert not verdict.proved
        assert verdict.reason


@pytest.mark.parametrize(
    "step",
    [
        Step("algebra", ("a",), Integer(1), {}),
        Step("algebra", None, Integer(1), {}),  # type: ignore[arg-type]
        Step(["algebra"], (), Integer(1), {}),  # type: ignore[arg-type]
        Step("algebra", (), None, {"to": Integer(1)}),
        Step("algebra", (), Integer(1), None),  # type: ignore[arg-type]
        Step("lemma", (), Integer(1), {"lemma": ["L"]}),
        Step("algebra", (0, 0, 0), Integer(1), {"to": Integer(1)}),
    ],
)
def test_a_step_that_is_none_is_refused(step):
    verdict = judge(Proof("", context(), Integer(1), (step,), Integer(1)))
    assert not verdict.proved
    assert verdict.reason


# ---------------------------------------------------------------- what is admitted, and induction


ADMITTED = """random x, z mean 0, finite 2
random w ~ cauchy()
claim B: E[x^2] = 1
  admit
claim C: E[2 x^2] = 2  by B
claim D: E[3 x^2] = 3  by C
claim E[z] = 0
claim W: E[w] = 0
  admit
claim E[x] = 0
  E[x]
  = E[w]  by admit
"""


def test_what_rests_on_an_admitted_claim_says_so():
    report = check_document(parse(ADMITTED))
    assert [r.status for r in report.results] == [
        "admitted", "proved", "proved", "proved", "unproved", "unproved",
    ]  # fmt: skip
    assert [r.verdict.admitted for r in report.results[:4]] == [(), ("B",), ("B",), ()]
    assert "rests on B" in report.results[2].message
    assert not report.results[3].message
    assert "does not exist" in report.results[4].message
    own = replace(report, results=report.results[1:2])
    assert not own.ok
    assert replace(report, results=report.results[3:4]).ok


STEPS = "size n\nreal v[k]\nassume v[k + 1] = 2 v[k]\n"


def inducts(text: str) -> bool:
    report = derive_document(parse(text), numeric=False)
    return all(r.status == "proved" for r in report.results)


@pytest.mark.parametrize("declared", ["index K = 5..n", "index K\nassume K > 4"])
def test_induction_is_over_a_letter_of_which_nothing_is_declared(declared):
    claim = "\ninduction v[K] = v[1] 2^(K - 1) over K from 1"
    assert inducts(STEPS + "index K" + claim)
    assert not inducts(STEPS + declared + claim)
    false = "\ninduction (K - 1) relu(5 - K) = 0 over K from 1"
    assert not inducts(STEPS + declared + false)


def test_induction_is_over_no_letter_that_a_definition_speaks_of():
    claim = "\ninduction E[y] = E[y] + 0 K over K from 1"
    told = STEPS + "index K\nrandom x[j] mean 1\nlet y = x[2]"
    assert inducts(told + claim.replace("E[y] =", "E[y] + 0 K ="))
    assert not inducts(told.replace("x[2]", "x[K]") + claim.replace("E[y] =", "E[y] + 0 K ="))
