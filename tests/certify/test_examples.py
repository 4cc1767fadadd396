"""Every rule's own example is proved in the core."""

from __future__ import annotations

import pytest

from symcheck.certify.examples import primitives
from symcheck.core.judge import RULES as PRIMITIVE
from symcheck.rules.all import RULES

# No maker proves these in their generality, and their examples show it.
WITHOUT = {"average-sum"}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda r: r.name)
def test_the_example_of_a_rule_is_proved(rule):
    found = primitives(rule)
    assert (found is None) == (rule.name in WITHOUT)
    assert set(found or ()) <= set(PRIMITIVE)
