"""The rules against models that share no code with them.

`python -m benchmarks rules` and `python -m benchmarks mutants` are the long versions.
"""

from __future__ import annotations

import pytest
from sympy import Eq
from test_rules import prepared

from benchmarks.rules import run
from symcheck.facts.context import Scope
from symcheck.judging.weaker import declared, without
from symcheck.language.expr import flat
from symcheck.numbers.sampled import compare
from symcheck.reading.syntax import parse, parse_expression
from symcheck.rules.all import RULES
from symcheck.rules.proof import Refused, Site
from symcheck.witness.exact import refute


def test_random_rules_in_random_order():
    """Exact spaces: no error rate.  The seeds only choose the examples."""
    found = run(range(1000, 1120))
    assert found.disagreements == []
    assert found.examples > 100
    assert found.steps > 400
    assert len(found.rules) > 15
    # Different orders lead to the same form, but where |x| met 1[x > 0] on one of the ways.
    assert len(found.apart) <= 0.03 * found.examples, found.apart


# Assumptions of existence have no finite witness, and what a definition, an earlier result or
# a differentiable dependence says is no matter of a distribution.
BEYOND = {"finite", "definition", "positive", "depends"}


def licensed():
    """Every rule's example with every assumption that it used, taken away."""
    for rule in RULES.values():
        context, term, binding, lemmas = prepared(rule, rule.example)
        made = rule.rewrite(Site(context, Scope(), term, binding, lemmas))
        if isinstance(term, Eq):
            continue
        for assumption in declared(context):
            if assumption in made.used and assumption.kind not in BEYOND:
                less = without(context, assumption)
                yield pytest.param(
                    rule, less, term, made.result, binding, lemmas,
                    id=f"{rule.name} without {assumption.kind}",
                )  # fmt: skip


LICENSED = list(licensed())


def test_there_are_conditions():
    assert len(LICENSED) > 10


@pytest.mark.parametrize(("rule", "less", "term", "result", "binding", "lemmas"), LICENSED)
def test_without_its_condition_a_rule_is_refused_and_its_result_false(
    rule, less, term, result, binding, lemmas
):
    try:
        made = rule.rewrite(Site(less, Scope(), term, binding, lemmas))
    except Refused:
        pass
    else:
        assert made.result != result  # E[x²] = v + E[x]² where the mean is not known
    witness = refute(less, flat(term), flat(result), seconds=3)
    if witness is None:  # no finite space: draws, whose false alarms are rarer than 1e-9
        (c,) = compare(less, [(flat(term), flat(result))], samples=20_000)
        assert c.differs


def test_an_expectation_inside_of_an_integral_is_a_constant():
    """E[(y - E[relu(y)])²] as an integral: y = ±1 gives 1/4 for E[relu(y)]² and not 0."""
    context = parse("random y mean 0, variance 1").context
    term = flat(parse_expression("E[(relu(y) - E[relu(y)])^2]", context))
    made = RULES["integral-form"].rewrite(Site(context, Scope(), term)).result
    want = parse_expression("int(y = -oo..oo) (relu(y) - E[relu(y)])^2 Pr(y)", context)
    assert made == flat(want)
    assert refute(context, term, made) is None
    assert context.sources(made) == frozenset()
