"""Every rule of the core is accepted somewhere and refused somewhere."""

from __future__ import annotations

from collections import Counter

import test_rules_chance
import test_rules_equality
import test_rules_expectation
import test_rules_order
import test_rules_pointwise
import test_rules_sums

from symcheck.core.judge import RULES

TABLES = (
    test_rules_chance, test_rules_equality, test_rules_expectation,
    test_rules_order, test_rules_pointwise, test_rules_sums,
)  # fmt: skip
ACCEPTED = [case for table in TABLES for case in table.ACCEPTED]
REFUSED = [case for table in TABLES for case in table.REFUSED]

# Rules whose refusals are about their form alone: nothing false is kept out.
FORM_ONLY = {
    "absorb": "1[a != 0] a = a at every outcome",
    "assume": "a hypothesis is said with what it is a hypothesis of",
    "at_equality": "pointwise; a changed index that need not be whole makes no term",
    "cut": "any two theorems",
    "define": "a function without a definition has no meaning to give",
    "ind_swap": "symmetric",
    "law_exists": "no finite world has a law with infinite moments",
    "law_fact": "only how many facts there are",
    "law_independent_normals": "no finite world has a normal law with variance",
    "law_moment": "no finite world has a law with infinite moments",
    "law_values": "only the laws on two values are asked",
    "same_itself": "reflexive",
    "sum_product": "distributive",
    "unfold": "a name without a definition has nothing to unfold",
}


def test_every_rule_has_a_case_that_it_accepts_and_one_that_it_refuses():
    accepted, refused = (Counter(case.rule for case in cases) for cases in (ACCEPTED, REFUSED))
    assert set(accepted) == set(RULES)
    assert set(refused) == set(RULES)


def test_every_rule_is_false_somewhere_without_what_it_asks_for():
    false = {case.rule for case in REFUSED if case.world is not None}
    assert set(RULES) - false == set(FORM_ONLY)


def test_what_is_accepted_is_true_in_a_world():
    untested = {case.rule for case in ACCEPTED} - {case.rule for case in ACCEPTED if case.worlds}
    assert untested == {
        "law_atom",
        "law_tail",
    }  # a density: no point has weight in any finite world
