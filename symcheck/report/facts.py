"""Assumptions as sentences."""

from __future__ import annotations

from sympy import oo

from symcheck.facts.context import Assumption, Context
from symcheck.report.expression import text
from symcheck.report.notation import prose

__all__ = ["assumption"]


def assumption(a: Assumption, context: Context, *, unicode: bool = True) -> str:
    """An assumption as a sentence, its expressions printed like all others."""

    def show(e: object) -> str:
        return text(e, context, unicode=unicode)

    if a.kind == "definition" and a.about in context.definitions:
        d = context.definitions[a.about]
        return f"{show(d.term)} = {show(d.body)}"
    if a.kind == "independent":
        for n, fact in enumerate(context.independence):
            if context.independence_assumption(n) == a:
                blocks = [", ".join(map(show, b)) for b in fact.blocks]
                named = [f"({b})" if len(fact.blocks[k]) > 1 else b for k, b in enumerate(blocks)]
                kind = "pairwise independent" if fact.pairwise else "independent"
                if fact.over:
                    return f"{named[0]} {kind} over {', '.join(map(show, fact.over))}"
                return f"{', '.join(named[:-1])} and {named[-1]} {kind}"
    r = context.randoms.get(a.about)
    if r is not None:
        value = {"mean": r.mean, "variance": r.variance}.get(a.kind)
        if value is not None:
            return f"{show(r.term)} has {a.kind} {show(value)}"
        if a.kind == "law" and r.law is not None:
            return f"{show(r.term)} ~ {r.law[0]}({', '.join(map(show, r.law[1]))})"
        if a.kind == "symmetric":
            return f"{show(r.term)} is symmetric about 0"
        if a.kind == "finite" and r.order == oo and a.text.endswith("moments"):
            return f"{show(r.term)} has finite moments of every order"
        if a.kind == "finite" and r.order is not None and a.text.endswith("moments"):
            return f"{show(r.term)} has {r.order} finite moment{'s' if r.order > 1 else ''}"
    words = a.text
    if a.kind in ("constant", "positive", "relation") and unicode:
        words = words.replace(" != ", " ≠ ").replace(" >= ", " ≥ ").replace(" <= ", " ≤ ")
    return prose(words, unicode=unicode)
