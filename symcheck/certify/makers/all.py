"""A maker for each rule: how what the rule rewrites is proved in the core.

Each module has a table MAKERS from names of rules to functions of a :class:`Goal`.
"""

from __future__ import annotations

from collections.abc import Mapping

from symcheck.certify.makers import algebra, conditioning, expectation, moments, sums, symmetry
from symcheck.certify.steps import Maker

__all__ = ["MAKERS"]

MAKERS: Mapping[str, Maker] = {
    name: maker
    for module in (algebra, expectation, moments, sums, conditioning, symmetry)
    for name, maker in module.MAKERS.items()
}
