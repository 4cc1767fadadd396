"""The assumptions of a derivation, and the questions that rules ask of them.

Undeclared means unknown, and unknown means no: every question answers with the
assumptions that make it true, or with None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sympy import Expr, S

from symcheck import bounds, differences, divergence, existence, extension, independence, signs
from symcheck.assumptions import (
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
from symcheck.declarations import Declarations, Questions
from symcheck.expr import evaluated, replace
from symcheck.inequalities import Fact
from symcheck.moments import Moments
from symcheck.patterns import matches

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
        distinct=differences.distinct,
        independent_of=independence.independent_of,
        groups=independence.groups,
        ends=bounds.ends,
        bounded=existence.bounded,
        integrable=existence.integrable,
        diverges=divergence.diverges,
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
