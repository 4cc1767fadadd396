"""Every rule rewrites its example as stated, and refuses its counterexample."""

from __future__ import annotations

from typing import Any

import pytest
from judged import judge
from sympy import Eq, Integer

from symcheck.facts.context import Scope
from symcheck.language.expr import flat
from symcheck.language.ring import canonical
from symcheck.reading.syntax import parse, parse_expression
from symcheck.rules.all import RULES
from symcheck.rules.proof import Lemma, Proof, Refused, Rule, Site, Step


def read(text: str, context: Any) -> Any:
    if " = " in text and "(" not in text.split(" = ")[0]:
        left, right = text.split(" = ")
        return Eq(
            flat(parse_expression(left, context)),
            flat(parse_expression(right, context)),
            evaluate=False,
        )
    return flat(parse_expression(text, context))


def bound(key: str, value: Any, context: Any) -> Any:
    if isinstance(value, tuple) and value and isinstance(value[0], str):
        return tuple(read(v, context) for v in value)
    return read(value, context) if isinstance(value, str) and key != "lemma" else value


def prepared(rule: Rule, case: Any) -> tuple[Any, Any, dict[str, Any], dict[str, Lemma]]:
    context = parse(case.context).context
    term = read(case.term, context)
    binding = {k: bound(k, v, context) for k, v in case.binding.items()}
    lemmas = {}
    if rule.name == "lemma":
        mean = parse_expression("E[x]", context)
        lemmas["E[x]"] = Lemma("E[x]", (), mean, Integer(0), context)
    return context, term, binding, lemmas


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_example_is_rewritten(rule):
    context, term, binding, lemmas = prepared(rule, rule.example)
    made = rule.rewrite(Site(context, Scope(), term, binding, lemmas)).result
    want = read(rule.example.result, context)
    if isinstance(made, Eq):
        assert canonical(made.lhs) == canonical(want.lhs)
        assert canonical(made.rhs) == canonical(want.rhs)
    else:
        assert canonical(made) == canonical(want)
    step = Step(rule.name, (), made, binding)
    verdict = judge(Proof("", context, term, (step,), made), lemmas)
    assert verdict.proved, verdict.reason


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_counterexample_is_refused(rule):
    context, term, binding, lemmas = prepared(rule, rule.counterexample)
    try:
        made = rule.rewrite(Site(context, Scope(), term, binding, lemmas)).result
    except Refused:
        return
    step = Step(rule.name, (), made, binding)
    assert not judge(Proof("", context, term, (step,), made), lemmas).proved


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_docstring_is_an_inference_bar_that_says_when_it_fails(rule):
    text = rule.rewrite.__doc__
    assert "-----" in text
    assert "ails" in text


def test_the_lecture_s_four_rules_have_their_numbers():
    assert [r.number for r in RULES.values() if r.number] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("name", "term", "binding"),
    [
        ("sum-single-out", "sum(j = 1..n) j", {"index": 0, "at": "n / 2"}),
        ("sum-single-out", "sum(j = 1..3) j", {"index": 0, "at": "3 / 2"}),
    ],
)
def test_only_whole_numbers_lie_in_a_range(name, term, binding):
    context = parse("size n >= 2").context
    made = {k: bound(k, v, context) for k, v in binding.items()}
    with pytest.raises(Refused, match="outside"):
        RULES[name].rewrite(Site(context, Scope(), read(term, context), made, {}))


@pytest.mark.parametrize("term", ["E[y x^2]", "E[c x^2]", "E[x^2 / 2]"])
def test_a_letter_of_a_result_is_a_whole_number(term):
    context = parse(
        "index k\nreal c\nrandom x mean 0, variance 1\nrandom y ~ rademacher()\nindependent x and y"
    ).context
    k = context.indices["k"]
    lemmas = {"L": Lemma("L", (k,), read("E[k x^2]", context), k, context)}
    with pytest.raises(Refused, match="instance"):
        RULES["lemma"].rewrite(Site(context, Scope(), read(term, context), {"lemma": "L"}, lemmas))
