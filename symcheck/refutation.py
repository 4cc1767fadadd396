"""A witness against a line, whether or not anything is known of its meaning.

Five ways, each certain for itself: both sides derived as formulas in constants, which differ
for some values; one-dimensional integrals; finite probability spaces; integrals again, with
functions and variables of which little is known chosen freely, or tied to one of a named law.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symcheck.certify.judging import Judge
from symcheck.constants import CHOICES, concrete_integrals_differ, integrals_differ, values_differ
from symcheck.context import Context
from symcheck.expr import E, flat, random_variables
from symcheck.models.comparison import Witness
from symcheck.outcomes import outcomes_differ
from symcheck.proof import Lemma, Proof
from symcheck.search import derive
from symcheck.tactics import HARDER
from symcheck.tied import tied_differ

Line = tuple[Any, Any]

__all__ = ["by_laws", "refuted"]

TRIES = 1000  # finite spaces for each choice of sizes, within the time


def refuted(
    judge: Judge, before: Any, after: Any, lemmas: Mapping[str, Lemma], seconds: float,
    *, late: bool = False,
) -> Witness | None:  # fmt: skip
    """A world that satisfies all that is declared, and in which the two sides differ; or None.

    Both sides exist in that world, and that is all that is asked: before and after may be
    expressions of which no meaning is known.  ``seconds`` bound the search for a
    finite space, which is the longest part.  ``late`` tries last what takes a derivation, where
    one took too long already.
    """
    from symcheck.models.exact import refute

    context, line = judge.context, (flat(before), flat(after))
    if late:
        return (
            (integrals_differ(context, *line) if _continuous(context, line) else None)
            or refute(context, *line, seconds=seconds / 2, tries=TRIES)
            or _chosen(context, line)
            or _certain(judge, line, lemmas)
        )
    return (
        _certain(judge, line, lemmas)
        or refute(context, *line, seconds=seconds, tries=TRIES)
        or _chosen(context, line)
    )


def by_laws(judge: Judge, before: Any, after: Any, lemmas: Mapping[str, Lemma]) -> Witness | None:
    """Such a world where variables have the laws that are declared of them, if any have."""
    line = flat(before), flat(after)
    return _certain(judge, line, lemmas) or _chosen(judge.context, line)


def _certain(judge: Judge, line: Line, lemmas: Mapping[str, Lemma]) -> Witness | None:
    context = judge.context
    if not _continuous(context, line):
        return None
    return _formulas_differ(judge, *line, lemmas) or integrals_differ(context, *line)


def _chosen(context: Context, line: Line) -> Witness | None:
    """Functions, and variables without a law, may be what is simplest."""
    if not _continuous(context, line):
        return None
    return (
        concrete_integrals_differ(context, *line)
        or tied_differ(context, *line)
        or _determined(context, line)
    )


def _determined(context: Context, line: Line) -> Witness | None:
    """Variables of which something is assumed may be functions of others, and integrated."""
    from symcheck.models.elimination import eliminated
    from symcheck.models.program import NotSampled
    from symcheck.models.relevant import relevant

    try:
        ways = eliminated(relevant(context, line), line)
    except NotSampled:
        return None
    for way in ways:
        if way.words and not way.context.hypotheses:
            left, right = way.sides
            found = integrals_differ(way.context, left, right, chosen=way.words, most=CHOICES)
            if found is not None:
                return found
    return None


def _continuous(context: Context, line: Line) -> bool:
    named = {x.name for e in line for x in random_variables(context.unfolded(e))}
    return any(r.law for r in context.randoms.values() if r.name in named)


def _formulas_differ(
    judge: Judge, before: Any, after: Any, lemmas: Mapping[str, Lemma]
) -> Witness | None:
    """The sides are derived, and the formulas compared."""
    context, sides = judge.context, []
    for e in (before, after):
        found = derive(context, e, lemmas)
        if found.end.has(E):
            found = derive(context, e, lemmas, None, HARDER)
        proof = Proof("", context, found.start, tuple(found.steps), found.end)
        if found.end.has(E) or not judge.verdict(proof, lemmas).proved:
            return None
        sides.append(found.end)
    left, right = sides
    line = before, after
    return values_differ(context, left, right, line) or outcomes_differ(context, left, right, line)
