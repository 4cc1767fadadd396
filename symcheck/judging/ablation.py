"""What each assumption is for: what becomes of a result without it.

Every declared assumption is taken away in turn, and what is needed is weakened as far as the
results allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as _with
from itertools import combinations
from typing import Any

from symcheck.facts.context import Assumption, Context, Used
from symcheck.judging.following import follows
from symcheck.judging.proofs import Judge
from symcheck.judging.result import Result
from symcheck.judging.trial import Place, Shown, Trial, holds
from symcheck.judging.unassumed import Unassumed, unassumed
from symcheck.judging.weaker import declared, weaker, without
from symcheck.language.expr import E, Var
from symcheck.reading.document import Document
from symcheck.search.derive import join

__all__ = ["Ablation", "Ablations", "ablate", "existence"]


@dataclass(frozen=True)
class Ablation:
    """One assumption: the lines that use it, and the results without it.

    ``context`` is what it is declared in.  ``uses`` are (goal, line) numbers; a line of a claim
    has its number in the file, any other is counted from 1 (0: where the goal starts).
    ``needed`` says whether some result no longer comes out without it, None that time was too
    short to tell.

    - Not needed: ``follows`` are the assumptions that it follows from.  With ``suffices`` it is
      needed, but not as it stands: these weaker ones do, in the context ``less``.
      ``beside`` are others that are not needed either, but not together with this one.
    - Needed: ``broken`` is the first line of the proof that no longer goes through, ``line``
      the line itself, with its ``reason`` (nothing where ``context`` takes another proof);
      ``shown`` is a distribution without the assumption on which a result or a line is false
      (None: none found).  In all this the weaker assumptions ``kept`` hold, in the context
      ``less``: they do not suffice.

    ``part`` is the assumption that this one is a part of: one that is not needed as it stands.
    """

    assumption: Assumption
    context: Context
    uses: tuple[Place, ...]
    needed: bool | None
    follows: tuple[Assumption, ...] = ()
    suffices: tuple[Assumption, ...] = ()
    beside: tuple[Assumption, ...] = ()
    broken: Place | None = None
    line: Any | None = None
    reason: str = ""
    shown: Shown | None = None
    kept: tuple[Assumption, ...] = ()
    less: Context | None = None
    part: Assumption | None = None


@dataclass(frozen=True)
class Ablations:
    """What became of all assumptions of a document.

    ``results`` are those with all assumptions, ``open`` the numbers of the goals that are not
    proved with them, which are left out.  ``sufficient`` are assumptions in ``context`` with
    which every result comes out and of which none can be left out; ``unassumed`` says what is
    not assumed at all.
    """

    document: Document
    results: tuple[Result, ...]
    found: tuple[Ablation, ...]
    open: tuple[int, ...]
    sufficient: tuple[Assumption, ...]
    context: Context
    unassumed: tuple[Unassumed, ...]


def ablate(
    document: Document,
    *,
    timeout: float = 10.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Ablations:
    """Take away every assumption of a document in turn.

    ``timeout`` is in seconds, for each goal and each search for another proof of it.
    ``progress(done, total)`` is told of the assumptions.
    """
    trial = Trial(document, timeout)
    context = document.context
    every = declared(context)
    found: list[Ablation] = []
    for n, a in enumerate(every):
        progress(n, len(every))
        found += _ablated(trial, context, a)
    spare = [a for a in found if a.part is None and a.needed is False]
    least = _least(trial, context, [a.assumption for a in spare])
    beside = _beside(trial, context, [a for a in spare if not a.suffices])
    left = tuple(g for g, one in enumerate(trial.tries, start=1) if not holds(one.result))
    return Ablations(
        document, tuple(one.result for one in trial.tries),
        tuple(_with(a, beside=beside.get(a.assumption, ())) for a in found), left,
        tuple(declared(least)), least, () if left else tuple(unassumed(document)),
    )  # fmt: skip


def _ablated(
    trial: Trial, context: Context, a: Assumption, part: Assumption | None = None
) -> Iterator[Ablation]:
    """One assumption; and where less of it suffices, what that is, each for itself."""
    made = Ablation(a, context, trial.uses(context, a), False, part=part)
    bare = without(context, a)
    if trial.loss(bare) is None:
        yield _with(made, follows=_follows(bare, context, a))
        return
    less = _reduced(trial, context, [a])
    if less is not context:
        new = [b for b in declared(less) if b not in declared(context)]
        yield _with(made, suffices=tuple(new), less=less)
        for b in new:
            yield from _ablated(trial, less, b, a)
        return
    yield _needed(trial, made, bare)


def _reduced(trial: Trial, context: Context, among: Sequence[Assumption]) -> Context:
    """The context with as little of these assumptions as the results allow."""
    for a in among:
        if a not in declared(context):
            continue
        for less in (without(context, a), *weaker(context, a)):
            if trial.loss(less) is None:
                new = [b for b in declared(less) if b not in declared(context)]
                context = _reduced(trial, less, new[::-1])
                break
    return context


def _least(trial: Trial, context: Context, spare: Sequence[Assumption]) -> Context:
    """A context of which nothing can be left out: what is not spare is needed in any."""
    fixed = [a for a in declared(context) if a not in spare]
    while True:
        less = _reduced(trial, context, [a for a in declared(context) if a not in fixed])
        if less is context:
            return less
        context = less


def _needed(trial: Trial, made: Ablation, bare: Context) -> Ablation:
    """The strongest world without the assumption in which a result is false."""
    a = made.assumption
    worlds = [bare, *list(weaker(made.context, a))[-2:]][::-1]
    found = [(less, loss) for less in worlds if (loss := trial.loss(less)) is not None]
    for less, loss in found if not existence(a) else ():
        shown = loss.shown or trial.shown(less)
        if shown is not None:
            break
    else:
        (less, loss), shown = found[-1], None
    new = [b for b in declared(less) if b not in declared(made.context)]
    made = _with(made, needed=True if shown or loss.decided else None, shown=shown,
                 kept=tuple(new), less=less)  # fmt: skip
    if not trial.stands(made.context):
        return made
    return _with(made, broken=loss.place, line=loss.line, reason=loss.reason)


def existence(a: Assumption) -> bool:
    """Is it only about the existence of expectations, which are all finite on a finite space?"""
    return a.kind in ("finite", "function")


def _beside(
    trial: Trial, context: Context, free: Sequence[Ablation]
) -> dict[Assumption, tuple[Assumption, ...]]:
    """Of assumptions that are not needed by themselves: those that cannot go together, in pairs.

    One of a pair carries a line, and the other one can do so in its place.
    """
    found: dict[Assumption, tuple[Assumption, ...]] = {}
    if trial.loss(_less(context, [a.assumption for a in free])) is None:
        return found
    for one, two in combinations(free, 2):
        a, b = one.assumption, two.assumption
        if (one.uses or two.uses) and trial.loss(_less(context, [a, b])) is not None:
            found[a] = (*found.get(a, ()), b)
            found[b] = (*found.get(b, ()), a)
    return found


def _less(context: Context, gone: Iterable[Assumption]) -> Context:
    for a in gone:
        context = without(context, a)
    return context


def _follows(bare: Context, context: Context, a: Assumption) -> tuple[Assumption, ...]:
    """The assumptions in a context without this one that it follows from, where it does."""
    r = context.randoms.get(a.about)
    if r is None or a not in context.declared(r):
        return ()
    x = r.term
    used: Used | None = None
    if a.kind in ("mean", "variance"):
        head, value = (E, r.mean) if a.kind == "mean" else (Var, r.variance)
        proof = join(bare, head(x), value, {})
        verdict = proof and Judge(bare).sealed(proof)
        used = verdict.used if verdict and verdict.proved else None
    else:
        used = follows(Judge(bare), context, a)
    return tuple(sorted(used or ()))
