"""Which one further assumption would make a line go through?  Tried, not guessed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace as _with
from itertools import combinations

from sympy import Integer, S

from symcheck.facts.context import Context, Independence, Random
from symcheck.language.expr import RV

__all__ = ["candidates", "missing"]


def missing(context: Context, works: Callable[[Context], bool], until: float) -> str:
    """The first candidate assumption under which ``works`` holds, in words; '' if none does."""
    for words, extended in candidates(context):
        if time.monotonic() > until:
            return ""
        if works(extended):
            return words
    return ""


def candidates(context: Context) -> Iterator[tuple[str, Context]]:
    """Contexts with one assumption more, the likeliest first."""
    # Whole families first: of two names the one with more indices comes first.
    families = sorted(context.randoms.values(), key=lambda r: -len(r.indices))
    for a, b in combinations(families, 2):
        blocks = ((RV(a.name),), (RV(b.name),))
        fact = Independence(blocks)
        yield f"{a.name} and {b.name} were independent", _add(context, fact)
    for r in families:
        if r.indices:
            over = ", ".join(map(str, r.indices))
            fact = Independence(((r.term,),), r.indices)
            yield f"the {r.term} were independent over {over}", _add(context, fact)
    if len(families) > 2:
        fact = Independence(tuple((RV(r.name),) for r in families))
        yield (
            f"{', '.join(r.name for r in families)} were mutually independent",
            _add(context, fact),
        )
    for r in families:
        if not r.symmetric and r.law is None and r.mean in (None, S.Zero):
            yield f"{r.term} were symmetric about 0", _change(context, r, symmetric=True)
        if r.mean is None and r.law is None and not r.symmetric:
            yield f"{r.term} had mean 0", _change(context, r, mean=S.Zero)
        if r.indices:
            fact = Independence(((r.term,),), r.indices)
            words = f"the {r.term} were identically distributed"
            yield words, _with(context, identities=[*context.identities, fact])
        if not r.atomless and r.law is None:
            yield (
                f"{r.term} took no single value with positive probability",
                _change(context, r, atomless=True),
            )
    for n in (1, 2, 4):
        for r in families:
            if r.law is None and (r.order is None or r.order < n):
                noun = {
                    1: "a finite mean",
                    2: "a finite second moment",
                    4: "a finite fourth moment",
                }[n]
                yield f"{r.term} had {noun}", _change(context, r, order=Integer(n))
        changed = {r.name: r if r.law else _with(r, order=Integer(n)) for r in families}
        if len(families) > 1:
            noun = "finite second moments" if n == 2 else f"finite moments of order {n}"
            yield (
                f"{', '.join(r.name for r in families)} had {noun}",
                _with(context, randoms=changed),
            )
    for r in families:
        if not r.sign and r.law is None:
            yield f"{r.term} were positive", _change(context, r, sign=">")


def _add(context: Context, fact: Independence) -> Context:
    return _with(context, independence=[*context.independence, fact])


def _change(context: Context, r: Random, **changes: object) -> Context:
    return _with(context, randoms=context.randoms | {r.name: _with(r, **changes)})  # type: ignore[arg-type]
