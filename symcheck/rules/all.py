"""The tables of rules.  A new rule is one entry in one table."""

from __future__ import annotations

from collections.abc import Mapping

from symcheck.rules import (
    algebra,
    calculus,
    cases,
    expectation,
    functions,
    hypotheses,
    laws,
    moments,
    relu,
    sums,
    symmetry,
    variances,
)
from symcheck.rules.proof import Rule

__all__ = ["RULES", "TABLES"]

TABLES: Mapping[str, tuple[Rule, ...]] = {
    "Expectation": tuple(expectation.RULES),
    "Moments": tuple(moments.RULES),
    "Laws": tuple(laws.RULES),
    "Assumptions": tuple(hypotheses.RULES),
    "Variances": tuple(variances.RULES),
    "Symmetries": tuple(symmetry.RULES),
    "Sums": tuple(sums.RULES),
    "Kinked functions": tuple(relu.RULES),
    "Cases": tuple(cases.RULES),
    "Functions": tuple(functions.RULES),
    "Derivatives": tuple(calculus.RULES),
    "Algebra": tuple(algebra.RULES),
}
RULES: Mapping[str, Rule] = {r.name: r for table in TABLES.values() for r in table}
