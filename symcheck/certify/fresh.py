"""Letters that occur nowhere yet."""

from __future__ import annotations

from collections.abc import Iterable

from symcheck.core.terms import Formula, Term, formula_terms, has

__all__ = ["letter_for"]


def letter_for(hyps: Iterable[Formula], *terms: Term) -> Term:
    """The first letter that occurs nowhere here: the same question gets the same letter."""
    seen = [*terms, *(t for h in hyps for t in formula_terms(h))]
    n = 0
    while any(has(t, ("v", f"_u{n}")) for t in seen):
        n += 1
    return ("v", f"_u{n}")
