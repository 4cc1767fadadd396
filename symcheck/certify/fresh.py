"""Letters that occur nowhere yet."""

from __future__ import annotations

from collections.abc import Iterable

from symcheck.core.terms import Formula, Term, formula_terms, parts

__all__ = ["fresh", "letter_for"]


def fresh(*of: Term, hyps: Iterable[Formula] = (), mark: str = "_e") -> Term:
    """The first letter that occurs nowhere here: the same question gets the same letter."""
    seen = (*of, *(t for h in hyps for t in formula_terms(h)))
    taken = {p[1] for t in seen for p in parts(t) if p[0] == "v"}
    n = 0
    while f"{mark}{n}" in taken:
        n += 1
    return ("v", f"{mark}{n}")


def letter_for(hyps: Iterable[Formula], *terms: Term) -> Term:
    """Such a letter for a maker of steps; existence and signs have others."""
    return fresh(*terms, hyps=hyps, mark="_u")
