"""Every rule of the core is accepted somewhere and refused somewhere.

The axioms are rows of tables, and ``test_axioms.py`` goes over all of them; the tables of cases
hold some of them, too.
"""

from __future__ import annotations

from collections import Counter

import test_axioms
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
# Axioms for all the terms of a sum are not drawn.
PROGRAMS = set(RULES) - set(test_axioms.DRAWN)

# Rules whose refusals are about their form alone: nothing false is kept out.
FORM_ONLY = {
    "assume": "a hypothesis is said with what it is a hypothesis of",
    "at_equality": "pointwise; a changed index that need not be whole makes no term",
    "cut": "any two theorems",
    "unfold": "a name without a definition has nothing to unfold",
}


def test_every_rule_has_a_case_that_it_accepts_and_one_that_it_refuses():
    accepted, refused = (Counter(case.rule for case in cases) for cases in (ACCEPTED, REFUSED))
    assert PROGRAMS <= set(accepted) <= set(RULES)
    assert PROGRAMS <= set(refused) <= set(RULES)


def test_every_rule_is_false_somewhere_without_what_it_asks_for():
    false = {case.rule for case in REFUSED if case.world is not None}
    assert PROGRAMS - false == set(FORM_ONLY)


def test_what_is_accepted_is_true_in_a_world():
    untested = {case.rule for case in ACCEPTED} - {case.rule for case in ACCEPTED if case.worlds}
    assert not untested & PROGRAMS
