"""The assumptions of a derivation, and the questions that rules ask of them.

Undeclared means unknown, and unknown means no: every question answers with the
assumptions that make it true, or with None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Basic, Expr, S

from symcheck import bounds, differences, divergence, existence, extension, independence, signs
from symcheck.assumptions import (
    EMPTY,
    NOTHING,
    Assumption,
    Definition,
    Dependence,
    Ends,
    Hypothesis,
    Independence,
    Random,
    Relation,
    Scope,
    Used,
)
from symcheck.declarations import Declarations
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

    def positive(self, e: Expr, scope: Scope = EMPTY, *, strict: bool = True) -> Used | None:
        """Is e certainly positive (``strict=False``: or zero)?"""
        return signs.positive(self, e, scope, strict=strict)

    def nonzero(self, e: Expr, scope: Scope = EMPTY) -> Used | None:
        """Is e certainly nonzero (for random e: almost surely)?"""
        return signs.nonzero(self, e, scope)

    def facts(self, e: Expr, scope: Scope = EMPTY) -> tuple[list[Fact], list[Used]]:
        """Inequalities that are declared of the constants in e, each with its assumptions."""
        return signs.facts(self, e, scope)

    def distinct(self, a: Expr, b: Expr, scope: Scope = EMPTY) -> Used | None:
        """By what are the two indices certainly different?"""
        return differences.distinct(self, a, b, scope)

    def extends(self, other: Declarations) -> bool:
        """Is all declared here that is declared in another context?"""
        return extension.extends(self, other)

    def ends(self, e: Expr, scope: Scope = EMPTY) -> Ends:
        """Constants between which e lies almost surely."""
        return bounds.ends(self, e, scope)

    def integrable(self, e: Expr, scope: Scope = EMPTY, p: Any = 1) -> Used | None:
        """Is E|e|^p finite?"""
        return existence.integrable(self, e, scope, p)

    def bounded(self, e: Expr, scope: Scope = EMPTY) -> Used | None:
        """Is |e| at most a constant, almost surely?"""
        return existence.bounded(self, e, scope)

    def moments(self, e: Expr, scope: Scope = EMPTY) -> Moments:
        """For which p is E|e|^p finite, as far as is known?"""
        return existence.moments(self, e, scope)

    def diverges(self, e: Expr) -> Used | None:
        """Is E|e| certainly infinite, by a named law?"""
        return divergence.diverges(self, e)

    def groups(
        self, factors: Sequence[Expr], scope: Scope = EMPTY
    ) -> tuple[list[list[Expr]], Used]:
        """Split factors into groups that are certainly mutually independent, as fine as can be."""
        return independence.groups(self, factors, scope)

    def independent_of(
        self, left: Iterable[Basic], right: Iterable[Basic], scope: Scope = EMPTY
    ) -> Used | None:
        """Are all of ``left`` together independent of all of ``right`` together?"""
        return independence.independent_of(self, left, right, scope)

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
