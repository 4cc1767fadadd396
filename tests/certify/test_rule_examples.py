"""The examples of the rules, as theorems of the core; and their counterexamples, as none."""

from __future__ import annotations

import pytest
from proving import proved

from symcheck.certify.makers import conditioning, symmetry
from symcheck.rules.all import RULES

MINE = [RULES[name] for name in (*conditioning.MAKERS, *symmetry.MAKERS)]
ALIKE = [r for r in MINE if r.counterexample.term == r.example.term]


@pytest.mark.parametrize("rule", MINE, ids=lambda r: r.name)
def test_the_example_is_proved(rule):
    case = rule.example
    assert proved(case.context, rule.name, case.term, case.result, case.binding)


@pytest.mark.parametrize("rule", ALIKE, ids=lambda r: r.name)
def test_the_same_is_not_proved_where_less_is_declared(rule):
    weak, case = rule.counterexample, rule.example
    assert proved(weak.context, rule.name, case.term, case.result, case.binding) is None
