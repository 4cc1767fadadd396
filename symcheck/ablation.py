"""What each assumption is for: what becomes of a result without it.

Every declared assumption is taken away in turn.  The goals are derived again; where one
no longer comes out, the first line of the original proof that breaks is found by the
kernel, and the models look for a distribution on which the result is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as _with

from symcheck.checking import check_claim
from symcheck.context import Assumption, Context, Random
from symcheck.document import Claim, Derive, Document, Induct
from symcheck.expr import flat
from symcheck.kernel import Lemma, check
from symcheck.models.comparison import Witness
from symcheck.result import PROVED, Result
from symcheck.rules import RULES
from symcheck.session import add_lemma, derive_goal, induct

__all__ = ["Ablation", "ablate", "without"]

SECONDS = 2.0


@dataclass(frozen=True)
class Ablation:
    """One assumption: the lines that use it, and the world without it.

    ``uses`` are (goal, line) numbers, counted from 1 in the order of the report.
    ``needed`` says whether some result is lost without it; ``broken`` is the first line
    that no longer goes through, as (goal, line), with its ``reason``; ``witness`` is a
    distribution without the assumption on which a result is false (None: none found).
    """

    assumption: Assumption
    uses: tuple[tuple[int, int], ...]
    needed: bool
    broken: tuple[int, int] | None = None
    reason: str = ""
    witness: Witness | None = None


def without(context: Context) -> Iterator[tuple[Assumption, Context]]:
    """Every declared assumption, and the context without it."""
    for r in context.randoms.values():
        for a in sorted(context.declared(r)):
            yield a, _with(context, randoms=context.randoms | {r.name: _less(r, a.kind)})
    for n in range(len(context.independence)):
        rest = context.independence[:n] + context.independence[n + 1 :]
        yield context.independence_assumption(n), _with(context, independence=rest)
    for n, fact in enumerate(context.identities):
        names = ", ".join(str(t) for t in fact.blocks[0])
        over = ", ".join(map(str, fact.over))
        about = ", ".join(t.name for t in fact.blocks[0])
        text = f"{names} identically distributed over {over}"
        rest = context.identities[:n] + context.identities[n + 1 :]
        yield Assumption("identical", about, text), _with(context, identities=rest)
    for n, h in enumerate(context.hypotheses):
        assumed = context.hypotheses[:n] + context.hypotheses[n + 1 :]
        name = Assumption("hypothesis", h.name or str(h.lhs), f"{h.lhs} = {h.rhs}")
        yield name, _with(context, hypotheses=assumed)
    for n, e in enumerate(context.finite):
        kept = context.finite[:n] + context.finite[n + 1 :]
        yield Assumption("finite", str(e), f"E|{e}| is finite"), _with(context, finite=kept)


def _less(r: Random, kind: str) -> Random:
    if kind == "mean":
        return _with(r, mean=None)
    if kind == "variance":
        return _with(r, variance=None)
    if kind == "symmetric":
        return _with(r, symmetric=False)
    if kind == "law":
        return _with(r, law=None)
    if kind == "atomless":
        return _with(r, atomless=False)
    if kind == "positive":
        return _with(r, sign="")
    return _with(r, order=None)


def ablate(document: Document) -> list[Ablation]:
    """Take away every assumption of a document in turn.

    Only goals that hold with all assumptions are looked at: claims, and ``derive`` and
    ``solve`` goals with an expected result.
    """
    whole = list(run(document, document.context))
    return [
        _ablation(document, whole, assumption, context)
        for assumption, context in without(document.context)
    ]


def run(document: Document, context: Context) -> Iterator[Result]:
    """The results of all goals in a context of our choice."""
    lemmas: dict[str, Lemma] = {}
    for goal in document.goals:
        if isinstance(goal, Induct):
            yield from induct(context, goal, lemmas)
            continue
        if isinstance(goal, Claim):
            result = check_claim(context, goal, lemmas)
        else:
            result = derive_goal(context, goal, lemmas, hints=False)
        yield result
        if isinstance(goal, (Claim, Derive)) and holds(result):
            name = goal.name if isinstance(goal, Claim) else ""
            add_lemma(lemmas, context, result.proof, name)


def holds(result: Result) -> bool:
    """Proved, and as expected?"""
    return result.status == PROVED and result.agrees is not False


def _ablation(
    document: Document, whole: list[Result], assumption: Assumption, context: Context
) -> Ablation:
    uses = tuple(
        (g, n)
        for g, result in enumerate(whole, start=1)
        for n, row in enumerate(result.rows[1:], start=1)
        if assumption in row.used
    )
    less = list(run(document, context))
    lost = [
        g
        for g, (before, after) in enumerate(zip(whole, less, strict=True), start=1)
        if holds(before) and not holds(after)
    ]
    if not lost:
        return Ablation(assumption, uses, False)
    broken, reason = _first_break(whole, context)
    witness = None
    for g in lost:
        witness = _witness(context, whole[g - 1])
        if witness is not None:
            break
    return Ablation(assumption, uses, True, broken, reason, witness)


def _first_break(whole: list[Result], context: Context) -> tuple[tuple[int, int] | None, str]:
    """The first line of the original proofs that the kernel refuses in this context."""
    lemmas: dict[str, Lemma] = {}
    for g, result in enumerate(whole, start=1):
        verdict = check(_with(result.proof, context=context), RULES, lemmas)
        if not verdict.proved:
            step = max(len(verdict.lines) - 1, 0)
            row = next((n for n, r in enumerate(result.rows) if r.steps[0] <= step < r.steps[1]), 0)
            return (g, row), verdict.reason
        if isinstance(result.goal, (Claim, Derive)):
            add_lemma(lemmas, context, result.proof, result.goal.name)
    return None, ""


def _witness(context: Context, result: Result) -> Witness | None:
    from symcheck.models.exact import refute

    goal = result.goal
    right = goal.rhs if isinstance(goal, Claim) else result.expect
    left = goal.lhs if isinstance(goal, (Claim, Derive)) else None
    if left is None or right is None:
        return None
    return refute(context, flat(left), flat(right), seconds=SECONDS)
