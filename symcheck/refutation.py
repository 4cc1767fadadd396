"""A witness against a line, whether or not anything is known of its meaning.

Five ways, each certain for itself: both sides derived as formulas in constants, which differ
for some values; one-dimensional integrals; finite probability spaces; integrals again, with
functions and variables of which little is known chosen freely, or tied to one of a named law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace as _with
from fractions import Fraction
from typing import Any

from symcheck.certify.bridge import Bridge
from symcheck.constants import CHOICES, concrete_integrals_differ, integrals_differ, values_differ
from symcheck.context import Context
from symcheck.core.witness import Refutation, Unshown
from symcheck.expr import E, flat, random_variables
from symcheck.kernel import Lemma, Proof, check
from symcheck.models.comparison import Witness
from symcheck.models.decimals import decimals
from symcheck.models.drawn import Drawn
from symcheck.outcomes import outcomes_differ
from symcheck.rules import RULES
from symcheck.search import derive
from symcheck.tactics import HARDER
from symcheck.tied import tied_differ

Line = tuple[Any, Any]

__all__ = ["by_laws", "by_spaces", "refuted"]

TRIES = 1000  # finite spaces for each choice of sizes, within the time


def refuted(
    context: Context, before: Any, after: Any, lemmas: Mapping[str, Lemma], seconds: float,
    *, late: bool = False,
) -> Witness | None:  # fmt: skip
    """A world that satisfies all that is declared, and in which the two sides differ; or None.

    Both sides exist in that world, and that is all that is asked: before and after may be
    expressions of which the kernel knows no meaning.  The core has judged the world.
    ``seconds`` bound the search for a finite space, which is the longest part.  ``late`` tries
    last what takes a derivation, where one took too long already.
    """
    from symcheck.models.exact import refute

    line = flat(before), flat(after)
    judge = _Judge(context, line)

    def spaces(most: float) -> Witness | None:
        return refute(context, *line, seconds=most, tries=TRIES, accept=judge)

    if late:
        return (
            (judge(integrals_differ(context, *line)) if _continuous(context, line) else None)
            or spaces(seconds / 2)
            or _chosen(context, line, judge)
            or _certain(context, line, lemmas, judge)
        )
    return (
        _certain(context, line, lemmas, judge) or spaces(seconds) or _chosen(context, line, judge)
    )


class _Judge:
    """Asks the core about worlds for a line."""

    def __init__(self, context: Context, line: Line) -> None:
        self.context, self.line = context, line
        self.bridge: Bridge | None = None
        self.others: list[Drawn] = []
        self.refusals: list[str] = []

    def __call__(self, found: Witness | None) -> Witness | None:
        """The witness with what the core says of it; None where it does not accept it."""
        from symcheck.certify.worlds import judged, leftovers
        from symcheck.witness_balls import TRUSTS, decide

        if found is None or found.drawn is None:
            return None
        if self.bridge is None:
            self.bridge = Bridge(self.context)
            self.others = leftovers(self.context, self.line)
        answer = judged(self.bridge, self.line, found.drawn, decide, TRUSTS, self.others)
        if isinstance(answer, Unshown):
            self.refusals.append(answer.reason)
            return None
        left, right = _sides(answer.refutation)
        return _with(found, judged=answer, left=left, right=right)


def _sides(found: Refutation) -> tuple[Fraction | str, Fraction | str]:
    """Both sides as they are shown: exact, or with the digits that are certain."""
    from symcheck.witness_balls import enclosures

    ends = enclosures(found.world, found.left, found.right) if found.trusts else None
    if ends is None:
        return _shown(found.left), _shown(found.right)
    pairs = zip((found.left, found.right), ends, ends[::-1], strict=True)
    left, right = (
        v if isinstance(v, Fraction) else decimals(own, other) for v, own, other in pairs
    )
    return left, right


def _shown(v: Any) -> Fraction | str:
    """A number; of a polynomial in variables with a density there is no single one."""
    return v if isinstance(v, Fraction) else "a function of the outcome"


def by_spaces(
    context: Context, before: Any, after: Any, seconds: float, tries: int | None = None
) -> Witness | None:
    """Such a world among the finite ones."""
    from symcheck.models.exact import TRIES as SOME
    from symcheck.models.exact import refute

    line = flat(before), flat(after)
    judge = _Judge(context, line)
    return refute(context, *line, seconds=seconds, tries=tries or SOME, accept=judge)


def by_laws(
    context: Context, before: Any, after: Any, lemmas: Mapping[str, Lemma]
) -> Witness | None:
    """Such a world where variables have the laws that are declared of them, if any have."""
    line = flat(before), flat(after)
    judge = _Judge(context, line)
    return _certain(context, line, lemmas, judge) or _chosen(context, line, judge)


def _certain(
    context: Context, line: Line, lemmas: Mapping[str, Lemma], judge: _Judge
) -> Witness | None:
    if not _continuous(context, line):
        return None
    return judge(_formulas_differ(context, *line, lemmas)) or judge(
        integrals_differ(context, *line)
    )


def _chosen(context: Context, line: Line, judge: _Judge) -> Witness | None:
    """Functions, and variables without a law, may be what is simplest."""
    if not _continuous(context, line):
        return None
    return (
        judge(concrete_integrals_differ(context, *line))
        or judge(tied_differ(context, *line))
        or judge(_determined(context, line))
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
            world = Drawn(made=way.made, latent=way.latent)
            found = integrals_differ(
                way.context, left, right, chosen=way.words, most=CHOICES, drawn=world
            )
            if found is not None:
                return found
    return None


def _continuous(context: Context, line: Line) -> bool:
    named = {x.name for e in line for x in random_variables(context.unfolded(e))}
    return any(r.law for r in context.randoms.values() if r.name in named)


def _formulas_differ(
    context: Context, before: Any, after: Any, lemmas: Mapping[str, Lemma]
) -> Witness | None:
    """The sides are derived, and the formulas compared."""
    sides = []
    for e in (before, after):
        found = derive(context, e, lemmas)
        if found.end.has(E):
            found = derive(context, e, lemmas, None, HARDER)
        proof = Proof("", context, found.start, tuple(found.steps), found.end)
        if found.end.has(E) or not check(proof, RULES, lemmas).proved:
            return None
        sides.append(found.end)
    left, right = sides
    line = before, after
    return values_differ(context, left, right, line) or outcomes_differ(context, left, right, line)
