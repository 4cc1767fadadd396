"""The part of a context that a line is about.

Two names belong together where one declaration speaks of both.  What a line does not reach
in this way cannot make it true or false: a world for the one part and a world for the other,
independent of each other, are a world for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace as _with
from typing import Any

from sympy import Symbol
from sympy.core.function import AppliedUndef

from symcheck.facts.context import Context, Random
from symcheck.language.expr import Named, subterms
from symcheck.numbers.program import unfolded
from symcheck.witness.domains import domains

__all__ = ["relevant"]


def relevant(context: Context, expressions: Sequence[Any]) -> Context:
    """The context with what these expressions reach, and with what laws say of constants.

    Independences, definitions and all names of constants are kept; of random variables, of
    the hypotheses, of what is finite and of the relations (to which :func:`domains` are
    added) what is reached.
    """
    written = reached = _names(context, expressions)
    waiting: list[tuple[str, Any, frozenset[str]]] = []
    for r in context.randoms.values():
        waiting.append(("randoms", r, _names(context, [r.term, *_parts(r)])))
    for h in context.hypotheses:
        waiting.append(("hypotheses", h, _names(context, (h.lhs, h.rhs))))
    for e in context.finite:
        waiting.append(("finite", e, _names(context, [e]) & context.randoms.keys()))
    for relation in context.relations:
        waiting.append(("relations", relation, _names(context, (relation.left, relation.right))))
    kept: dict[str, list[Any]] = {"randoms": [], "hypotheses": [], "finite": [], "relations": []}
    while near := [w for w in waiting if not w[2] or w[2] & reached]:
        for kind, item, names in near:
            kept[kind].append(item)
            reached |= names
            written |= names if kind in ("hypotheses", "finite") else frozenset()
        waiting = [w for w in waiting if w not in near]
    own = {r.name: r for r in kept.pop("randoms")}
    # Members of a family that is written occur themselves, and with them what they ask for.
    kept["relations"] += [
        r for name in own for r in domains(context, own[name])
        if not (r.indices and name in written)
    ]  # fmt: skip
    return _with(
        context, randoms=own, hypotheses=kept["hypotheses"], finite=kept["finite"],
        relations=kept["relations"],
    )  # fmt: skip


def _parts(r: Random) -> Iterator[Any]:
    yield from (e for e in (r.mean, r.variance) if e is not None)
    yield from r.law[1] if r.law else ()


def _names(context: Context, expressions: Iterable[Any]) -> frozenset[str]:
    """Variables, constants, sizes and unknown functions; indices are no names."""
    found: set[str] = set()
    for e in expressions:
        for s in subterms(unfolded(context, e)):
            if isinstance(s, Named):
                found.add(s.name)
            elif isinstance(s, AppliedUndef):
                found.add(s.func.__name__)
            elif s in context.ranges:
                found |= _names(context, context.ranges[s])
            elif isinstance(s, Symbol) and (s.name in context.symbols or s.name in context.sizes):
                found.add(s.name)
    return frozenset(found)
