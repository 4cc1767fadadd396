"""The assumptions of a derivation, and the questions that rules ask of them.

Undeclared means unknown, and unknown means no: every question answers with the
assumptions that make it true, or with None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sympy import Expr, S

from symcheck.facts import distinct_indices, existence, extension, independence, nonexistence, signs
from symcheck.facts import ends as bounds
from symcheck.facts.assumptions import (
    EMPTY,
    NOTHING,
    Assumption,
    Definition,
    Dependence,
    Hypothesis,
    Independence,
    Random,
    Relation,
    Scope,
    Used,
)
from symcheck.facts.declarations import Declarations, Questions
from symcheck.facts.finite_powers import Moments
from symcheck.facts.inequalities import Fact
from symcheck.language.expr import evaluated, replace
from symcheck.language.patterns import matches

__all__ = [
    "NOTHING", "Assumption", "Context", "Definition", "Dependence", "Hypothesis", "Independence",
    "Random", "Relation", "Scope", "Used", "matches",
]  # fmt: skip


@dataclass(frozen=True)
class Context(Declarations):
    """Sizes, parameters, random variables, independence, definitions, hypotheses.

    Build one with the methods :meth:`size`, :meth:`real`, :meth:`random`, ..., each of
    which adds to the context and returns what it declared.
    """

    ask: ClassVar[Questions] = Questions(
        positive=signs.positive,
        nonzero=signs.nonzero,
        distinct=distinct_indices.distinct,
        independent_of=independence.independent_of,
        groups=independence.groups,
        ends=bounds.ends,
        bounded=existence.bounded,
        integrable=existence.integrable,
        diverges=nonexistence.diverges,
    )

    def facts(self, e: Expr, scope: Scope = EMPTY) -> tuple[list[Fact], list[Used]]:
        """Inequalities that are declared of the constants in e, each with its assumptions."""
        return signs.facts(self, e, scope)

    def extends(self, other: Declarations) -> bool:
        """Is all declared here that is declared in another context?"""
        return extension.extends(self, other)

    def moments(self, e: Expr, scope: Scope = EMPTY) -> Moments:
        """For which p is E|e|^p finite, as far as is known?"""
        return existence.moments(self, e, scope)

    def independence_assumption(self, n: int) -> Assumption:
        """The n-th declared independence as an assumption."""
        return independence.assumption(self, n)

    def admits(self, values: Mapping[str, Any]) -> bool:
        """Are the relations true for these values of names, as far as these decide it?"""
        known = {**self.sizes, **self.symbols}
        numbers = {known[n]: S(v) for n, v in values.items() if n in known}
        for r in self.relations:
            if not r.indices and r.left.free_symbols | r.right.free_symbols <= set(numbers):
                sides = (evaluated(replace(e, numbers)) for e in (r.left, r.right))
                if not r.holds(*sides):
                    return False
        return True
