"""What readers of an expectation often take for granted, and a document does not assume.

Read off the context alone: the variables that stand inside the goals' expectations, and the
questions that rules would ask of them.  Where every goal is proved nothing of it was needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from sympy import Symbol

from symcheck.facts.context import Context, Random, Scope
from symcheck.language.expr import RV, Cov, E, P, Var, index, random_variables, subterms
from symcheck.reading.document import Claim, Document

__all__ = ["Unassumed", "unassumed"]


@dataclass(frozen=True)
class Unassumed:
    """``what`` is not assumed of the variables ``of``: law, mean, independent or identical.

    ``over`` are the indices over which one family is not assumed independent or identically
    distributed; without them the variables are not assumed independent of each other.
    """

    what: str
    of: tuple[RV, ...]
    over: tuple[Symbol, ...] = ()


def unassumed(document: Document) -> Iterator[Unassumed]:
    """What is declared of no variable, and follows from nothing that is declared."""
    context = document.context
    together = list(_together(document))
    randoms = [r for r in context.randoms.values() if any(r.name in names for names in together)]
    free = [r for r in randoms if context.law(r.term) is None]
    for r in free:
        yield Unassumed("law", (r.term,))
    for r in free:
        if context.mean(r.term) is None and context.symmetric(r.term) is None:
            yield Unassumed("mean", (r.term,))
    for r in randoms:
        over = tuple(i for i in r.indices if not _apart(context, r, i))
        if over:
            yield Unassumed("independent", (r.term,), over)
    for r, s in combinations(randoms, 2):
        meet = any({r.name, s.name} <= names for names in together)
        if meet and context.independent_of([r.term], [s.term]) is None:
            yield Unassumed("independent", (r.term, s.term))
    for r in randoms:
        over = tuple(i for i in r.indices if not _alike(context, r, i))
        if over:
            yield Unassumed("identical", (r.term,), over)


def _together(document: Document) -> Iterator[set[str]]:
    """The variables of each expectation in a goal, but for unknown functions of others."""
    functions = {d.of.name for d in document.context.dependence}
    for goal in document.goals:
        sides = [getattr(goal, side, None) for side in ("lhs", "rhs", "expect")]
        sides += [line.expr for line in goal.chain] if isinstance(goal, Claim) else []
        for e in (document.context.unfolded(e) for e in sides if e is not None):
            for head in (s for s in subterms(e) if isinstance(s, (E, Var, Cov, P))):
                yield {x.name for x in random_variables(head)} - functions


def _apart(context: Context, r: Random, i: Symbol) -> bool:
    """Are members that differ in this index known to be independent?"""
    other = index(f"_{i}")
    member = RV(r.name, *(other if k == i else k for k in r.indices))
    scope = Scope(apart=frozenset((frozenset((i, other)),)))
    return context.independent_of([r.term], [member], scope) is not None


def _alike(context: Context, r: Random, i: Symbol) -> bool:
    """Are members that differ in this index known to have the same law?"""
    if r.law is not None and not any(p.has(i) for p in r.law[1]):
        return True
    blocks = [(t, f.over) for f in context.identities for t in f.blocks[0]]
    at = r.indices.index(i)
    return any(t.name == r.name and len(t.indices) > at and t.indices[at] in o for t, o in blocks)
