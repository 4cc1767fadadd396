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

from sympy import Integer, oo

from symcheck.certify.bridge import Bridge
from symcheck.core.terms import Term
from symcheck.core.worlds.values import items
from symcheck.core.worlds.witness import Unshown
from symcheck.facts.context import Context
from symcheck.judging.proofs import Judge
from symcheck.language.expr import E, flat, random_variables
from symcheck.numbers.comparison import Witness
from symcheck.numbers.decimals import decimals
from symcheck.rules.proof import Lemma, Proof
from symcheck.search.derive import derive
from symcheck.search.tactics.order import HARDER
from symcheck.witness.constants import (
    CHOICES,
    concrete_integrals_differ,
    integrals_differ,
    values_differ,
)
from symcheck.witness.drawn import Drawn
from symcheck.witness.outcomes import outcomes_differ
from symcheck.witness.tied import tied_differ

Line = tuple[Any, Any]

__all__ = ["by_laws", "by_spaces", "refuted"]

MOMENTS = 40  # in the place of all
TRIES = 1000  # finite spaces for each choice of sizes, within the time


def refuted(
    judge: Judge, before: Any, after: Any, lemmas: Mapping[str, Lemma], seconds: float,
    *, late: bool = False,
) -> Witness | None:  # fmt: skip
    """A world that satisfies all that is declared, and in which the two sides differ; or None.

    Both sides exist in that world, and that is all that is asked: before and after may be
    expressions of which no meaning is known.  The core has judged the world.
    ``seconds`` bound the search for a finite space, which is the longest part.  ``late`` tries
    last what takes a derivation, where one took too long already.
    """
    from symcheck.witness.exact import refute

    context, line = judge.context, (flat(before), flat(after))
    asked = _Asked(context, line)

    def spaces(most: float) -> Witness | None:
        return refute(context, *line, seconds=most, tries=TRIES, accept=asked)

    if late:
        return (
            (asked(integrals_differ(context, *line)) if _continuous(context, line) else None)
            or spaces(seconds / 2)
            or _chosen(context, line, asked)
            or _certain(judge, line, lemmas, asked)
        )
    return _certain(judge, line, lemmas, asked) or spaces(seconds) or _chosen(context, line, asked)


def endless(context: Context) -> bool:
    """Are all moments of a variable declared finite?  The core has no words for that."""
    return any(r.order == oo for r in context.randoms.values())


def bounded(context: Context) -> Context:
    """The context with so many moments instead of all of them."""
    if not endless(context):
        return context
    randoms = {
        n: _with(r, order=Integer(MOMENTS)) if r.order == oo else r
        for n, r in context.randoms.items()
    }
    return _with(context, randoms=randoms)


class _Asked:
    """Asks the core about worlds for a line."""

    def __init__(self, context: Context, line: Line) -> None:
        self.context, self.line = context, line
        self.bridge: Bridge | None = None
        self.others: list[Drawn] = []
        self.refusals: list[str] = []

    def __call__(self, found: Witness | None) -> Witness | None:
        """The witness with what the core says of it; None where it does not accept it."""
        from symcheck.certify.worlds import Judged, judged, leftovers
        from symcheck.witness.balls import TRUSTS, decide

        if found is None or found.drawn is None:
            return None
        if self.bridge is None:
            self.bridge = Bridge(bounded(self.context))
            self.others = leftovers(self.context, self.line)
        answer = judged(self.bridge, self.line, found.drawn, decide, TRUSTS, self.others)
        if (
            isinstance(answer, Judged)
            and endless(self.context)
            and any(law in ("student", "cauchy") for law, _ in answer.refutation.world.laws)
        ):
            answer = Unshown("a law that has not all moments")
        if isinstance(answer, Unshown):
            self.refusals.append(answer.reason)
            return None
        return _told(_with(found, judged=answer))


def _told(found: Witness) -> Witness:
    """The witness with both sides as the core has them: exact, or with the digits that are
    certain; where they are random, on one outcome."""
    from symcheck.witness.balls import enclosures, outside, put

    judged = found.judged.refutation
    left, right, at = judged.left, judged.right, found.at
    if found.at:
        named = {_name(x): v for x, v in judged.at.items()}
        point = _point(named, dict(zip(found.variables, found.at, strict=False)))
        if point is not None:
            left, right = put(left, point), put(right, point)
        elif all(isinstance(v, Fraction) for v in named.values()):
            rows = (dict(zip(found.variables, vs, strict=True)) for _, vs in found.outcomes)
            row = next((r for r in rows if all(r.get(n, v) == v for n, v in named.items())), None)
            at = found.at if row is None else tuple(row.values())
    if outside(left) or outside(right):
        return found
    ends = enclosures(judged.world, left, right)
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return _with(found, left=left, right=right, at=at)
    if ends is None:
        return found
    pairs = zip((left, right), ends, ends[::-1], strict=True)
    one, two = (v if isinstance(v, Fraction) else decimals(own, other) for v, own, other in pairs)
    return _with(found, left=one, right=two, at=at)


def _name(x: Term) -> str:
    return f"{x[1]}[{','.join(map(str, x[2:]))}]" if x[2:] else str(x[1])


def _point(named: Mapping[str, Any], at: Mapping[str, Fraction]) -> dict[Any, Fraction] | None:
    """The numbers of variables with a density on an outcome; None where there are none."""
    found = {}
    for n, v in named.items():
        if isinstance(v, Fraction) or n not in at:
            continue
        scale = {m: c for m, c in items(v) if m}
        if len(scale) != 1:
            return None
        ((((g, k), *more), c),) = scale.items()
        if k != 1 or more:
            return None
        found[g] = (at[n] - dict(items(v)).get((), Fraction(0))) / c
    return found or None


def by_spaces(
    context: Context, before: Any, after: Any, seconds: float, tries: int | None = None
) -> Witness | None:
    """Such a world among the finite ones."""
    from symcheck.witness.exact import TRIES as SOME
    from symcheck.witness.exact import refute

    line = flat(before), flat(after)
    asked = _Asked(context, line)
    return refute(context, *line, seconds=seconds, tries=tries or SOME, accept=asked)


def by_laws(judge: Judge, before: Any, after: Any, lemmas: Mapping[str, Lemma]) -> Witness | None:
    """Such a world where variables have the laws that are declared of them, if any have."""
    line = flat(before), flat(after)
    asked = _Asked(judge.context, line)
    return _certain(judge, line, lemmas, asked) or _chosen(judge.context, line, asked)


def _certain(
    judge: Judge, line: Line, lemmas: Mapping[str, Lemma], asked: _Asked
) -> Witness | None:
    context = judge.context
    if not _continuous(context, line):
        return None
    formulas = _formulas_differ(judge, *line, lemmas)
    return asked(formulas) or asked(integrals_differ(context, *line))


def _chosen(context: Context, line: Line, asked: _Asked) -> Witness | None:
    """Functions, and variables without a law, may be what is simplest."""
    if not _continuous(context, line):
        return None
    return (
        asked(concrete_integrals_differ(context, *line))
        or asked(tied_differ(context, *line))
        or asked(_determined(context, line))
    )


def _determined(context: Context, line: Line) -> Witness | None:
    """Variables of which something is assumed may be functions of others, and integrated."""
    from symcheck.numbers.program import NotSampled
    from symcheck.witness.elimination import eliminated
    from symcheck.witness.relevant import relevant

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
