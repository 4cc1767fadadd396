"""Derive what a document asks for, have it judged, and compare it with what was expected."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace as _with
from functools import partial
from typing import TYPE_CHECKING, Any

from sympy import Eq, Pow

from symcheck.facts.context import NOTHING, Context
from symcheck.judging.certified import attached, without
from symcheck.judging.hints import missing
from symcheck.judging.proofs import Judge
from symcheck.judging.reasons import reasons
from symcheck.judging.result import PROVED, UNPROVED, Report, Result, Row
from symcheck.language.expr import flat, power, replace
from symcheck.language.ring import TooLarge, equal
from symcheck.numbers.comparison import Comparison
from symcheck.reading.document import Derive, Document, Goal, Induct, Solve
from symcheck.rules.proof import HYPOTHESIS, Induction, Lemma, Proof, Step, Verdict, by_algebra
from symcheck.search.derive import derive, join, solve
from symcheck.search.steps import Found, Group
from symcheck.system.limits import attempt

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["Progress", "derive_document", "derive_goal"]

Progress = Callable[[int, int], None]
SAMPLES = 20_000
HINT_SECONDS = 5.0


def derive_document(
    document: Document,
    *,
    numeric: bool = True,
    samples: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    pool: Executor | None = None,
    kept: Any = None,
    certify: bool = True,
    timeout: float = 10.0,
) -> Report:
    """Reach every ``derive`` and ``solve`` of a document, in order.

    Later goals may use the results of earlier ones.  With ``numeric`` every line is
    also compared on ``samples`` draws; ``progress(done, total)`` is told of them, ``pool``
    draws them (threads of this process if None), and ``kept``
    (:class:`symcheck.numbers.batches.Kept`) remembers them.  With ``certify`` the core
    judges a certificate of what is proved.  ``timeout`` is in seconds for each goal: for what
    is found, and again for the rest; draws that somebody counted take what they take.
    """
    judge = Judge(document.context)
    lemmas: dict[str, Lemma] = {}
    results: list[Result] = []
    for goal in document.goals:
        if isinstance(goal, (Derive, Solve, Induct)):
            results += _reached(judge, goal, lemmas, timeout)
    until = time.process_time() + timeout * max(1, len(results))
    told: tuple[int | None, int | None] = (None, None)
    if numeric:
        told = seed, samples or SAMPLES
        options = {"samples": told[1], "seed": seed, "pool": pool, "kept": kept}
        counted = samples or pool or kept
        limit = None if counted else (until - time.process_time()) / 2
        results = _sampled(document.context, results, options, progress, limit)
    report = Report(document, tuple(results), *told)
    left = max(timeout / 2, until - time.process_time())
    return _certified(report, judge, left) if certify else report


def _reached(judge: Judge, goal: Goal, lemmas: dict[str, Lemma], timeout: float) -> list[Result]:
    """The results of one goal, or one that says why it was stopped."""

    def work() -> list[Result]:
        if isinstance(goal, Induct):
            return list(induct(judge, goal, lemmas))
        result = derive_goal(judge, goal, lemmas)
        if isinstance(goal, Derive) and result.verdict.proved:
            add_lemma(lemmas, result.proof, result.verdict)
        return [result]

    results, why = attempt(work, timeout)
    return results or [_unreached(judge.context, goal, why)]


def _unreached(context: Context, goal: Any, why: str) -> Result:
    """The result of a goal that was stopped: its first line, and why."""
    start = goal.lhs if isinstance(goal, Derive) else Eq(goal.lhs, goal.rhs, evaluate=False)
    expect = getattr(goal, "expect", None)
    proof, verdict = Proof(goal.name, context, start, (), start), Verdict(False, (), why)
    agrees = None if expect is None else False
    rows = (Row(start),)
    return Result(goal, UNPROVED, proof, verdict, rows, expect, agrees, message=why)


def _certified(report: Report, judge: Judge, seconds: float) -> Report:
    """The report with its certificate, made and judged in so many seconds."""
    made, why = attempt(lambda: attached(report, judge), seconds)
    return made or without(report, why)


def derive_goal(
    judge: Judge, goal: Goal, lemmas: Mapping[str, Lemma], *, hints: bool = True
) -> Result:
    """The steps of one goal, judged and compared with what its author expected.

    Where these differ, ``hints`` looks for the one assumption that is missing.
    """
    context = judge.context
    if isinstance(goal, Solve):
        start: Any = Eq(goal.lhs, goal.rhs, evaluate=False)
        found = solve(context, flat(goal.lhs), flat(goal.rhs), flat(goal.unknown), lemmas)
        reached = found.end.lhs == flat(goal.unknown)
        expect = (
            None if goal.expect is None else Eq(flat(goal.unknown), goal.expect, evaluate=False)
        )
        message = (
            ""
            if reached
            else f"no solution found: the equation has to be linear in {goal.unknown}, with a "
            "factor that is not 0, and the value has to have its sign"
        )
    elif isinstance(goal, Derive):
        start = goal.lhs
        found = derive(context, flat(goal.lhs), lemmas)
        expect, reached, message = goal.expect, True, ""
    else:
        raise TypeError(f"nothing to derive in {goal}")
    proof, shift = assemble(goal.name, context, start, found)
    verdict = judge.verdict(proof, lemmas)
    rows = make_rows(proof, verdict, found, shift)
    agrees, grounds = (
        compare(judge, proof, expect, lemmas) if verdict.proved and reached else (None, ())
    )
    if expect is not None and agrees is None:
        agrees = False
    if hints and agrees is False and not verdict.reason:
        message = would_help(context, goal, lemmas, message)
    return Result(
        goal, PROVED if verdict.proved and reached else UNPROVED, proof, verdict, rows,
        expect, agrees, grounds, verdict.reason or message, verdict.lemmas,
    )  # fmt: skip


def induct(judge: Judge, goal: Induct, lemmas: Mapping[str, Lemma]) -> tuple[Result, Result]:
    """Prove an equation for every whole number: the base case, and the step from K to K + 1."""
    n, context = goal.index, judge.context
    assumed = Lemma(HYPOTHESIS, (), flat(goal.lhs), flat(goal.rhs), context)
    parts = []
    for value, known in ((goal.first, lemmas), (n + 1, {HYPOTHESIS: assumed, **lemmas})):
        left, right = (flat(replace(flat(e), {n: value})) for e in (goal.lhs, goal.rhs))
        found = join(context, left, right, known)
        parts.append((found or Proof("", context, left, (), right), known))
    base, step = (p for p, _ in parts)
    verdicts = judge.induction(Induction(n, goal.first, assumed, base, step), lemmas)
    made = []
    for word, (proof, _), verdict in zip(("base case", "step"), parts, verdicts, strict=True):
        at = f"{n} = {goal.first}" if word == "base case" else f"from {n} to {n} + 1"
        named = Induct(
            f"{goal.name} {word} {at}".strip(), goal.line, proof.start, proof.goal, n, goal.first
        )
        rows = make_rows(
            proof, verdict, Found(proof.start, proof.goal, groups=grouped(proof.steps)), 0
        )
        made.append(
            Result(
                named, PROVED if verdict.proved else UNPROVED, proof, verdict, rows, proof.goal,
                verdict.proved, message=verdict.reason, lemmas=verdict.lemmas,
            )
        )  # fmt: skip
    return made[0], made[1]


def grouped(steps: tuple[Step, ...]) -> list[Group]:
    """Neighbouring steps by one rule make one line; algebra goes with what is before it."""
    groups: list[Group] = []
    for n, s in enumerate(steps):
        if groups and (s.rule in groups[-1].rules or s.rule == "algebra"):
            groups[-1] = Group(groups[-1].start, n + 1, groups[-1].rules)
        else:
            groups.append(Group(n, n + 1, (s.rule,)))
    return groups


def would_help(context: Context, goal: Goal, lemmas: Mapping[str, Lemma], message: str) -> str:
    """Which one more assumption would give the expected result?"""

    def works(extended: Context) -> bool:
        return derive_goal_plainly(extended, goal, lemmas)

    found = missing(context, works, time.monotonic() + HINT_SECONDS)
    return f"{message}; " * bool(message) + f"it would come out if {found}" if found else message


def derive_goal_plainly(context: Context, goal: Goal, lemmas: Mapping[str, Lemma]) -> bool:
    """Does the goal come out as expected in this context?"""
    if not isinstance(goal, Derive) or goal.expect is None:
        return False
    found = meet(context, goal.lhs, goal.expect, lemmas)
    return found is not None and Judge(context).sealed(found, lemmas).proved


def assemble(name: str, context: Context, start: Any, found: Found) -> tuple[Proof, int]:
    """A proof from what was written to what was found; how many steps were put in front."""
    steps = list(found.steps)
    front = 0
    if start != found.start:
        steps.insert(0, by_algebra(found.start))
        front = 1
    return Proof(name, context, start, tuple(steps), found.end), front


def make_rows(proof: Proof, verdict: Verdict, found: Found, shift: int) -> tuple[Row, ...]:
    """One row a line; the first is the expression that the proof starts from."""
    rows = [Row(found.start if shift else proof.start, steps=(0, shift))]
    for g in found.groups:
        first, last = g.start + shift, g.end + shift
        judged = verdict.lines[first:last]
        used = NOTHING.union(*(k.used for k in judged))
        bad = next((k.reason for k in judged if not k.ok), "" if verdict.proved else "not judged")
        rows.append(
            Row(
                proof.steps[last - 1].result,
                reasons(proof.steps[first:last], judged),
                (first, last),
                used,
                status=UNPROVED if bad else PROVED,
                message=bad,
            )
        )
    return tuple(rows)


def compare(
    judge: Judge, proof: Proof, expect: Any, lemmas: Mapping[str, Lemma]
) -> tuple[bool | None, tuple[str, ...]]:
    """Is the end of the proof equal to ``expect``?  Both are reduced; the core judges."""
    if expect is None:
        return None, ()
    try:
        whole = meet(judge.context, proof.goal, expect, lemmas)
    except TooLarge:
        return False, ()
    if whole is None:
        return False, ()
    verdict = judge.sealed(whole, lemmas)
    return verdict.proved, reasons(whole.steps, verdict.lines) if verdict.proved else ()


def meet(context: Context, left: Any, right: Any, lemmas: Mapping[str, Lemma]) -> Proof | None:
    """A proof of left = right that reduces both sides and joins the ends by algebra."""
    if isinstance(left, Eq) or isinstance(right, Eq):
        if not (isinstance(left, Eq) and isinstance(right, Eq)):
            return None
        if not (equal(left.lhs, right.lhs) and equal(left.rhs, right.rhs)):
            return None
        return Proof("", context, left, (by_algebra(right),), right)
    return join(context, left, right, lemmas)


def add_lemma(
    lemmas: dict[str, Lemma], proof: Proof, verdict: Verdict, name: str = "", admit: bool = False
) -> None:
    """What was proved may be used from now on, for every value of its free indices.

    With ``admit`` it was not, and whatever uses it says so.
    """
    name = name or str(proof.start)
    context = _with(proof.context)  # as it is now, whatever is declared later
    free = tuple(i for i in context.indices.values() if proof.start.has(i))
    admitted = (*verdict.admitted, *([name] if admit else ()))
    lemmas[name] = Lemma(
        name, free, flat(proof.start), proof.goal, context, verdict.rules, admitted,
        proof if verdict.proved and not admit else None, verdict.cites,
    )  # fmt: skip


def sample(*args: Any, **options: Any) -> Any:
    """``models.sampled.compare``, imported with NumPy only when it is used."""
    from symcheck.numbers.sampled import compare as sampled

    return sampled(*args, **options)


def _sampled(
    context: Context, results: list[Result], options: dict[str, Any], progress: Progress | None,
    seconds: float | None,
) -> list[Result]:  # fmt: skip
    """Every line compared with the one before it, all on common draws, in so many seconds."""
    rows = [list(result.rows) for result in results]
    until = time.process_time() + (seconds or 0)
    for world, places, pairs in line_pairs(context, results):
        work = partial(sample, world, pairs, progress=progress, **options)
        if seconds is None:
            compared = work()
        else:
            compared, why = attempt(work, max(1.0, until - time.process_time()))
            compared = compared or [Comparison(reason=why)] * len(places)
        for (r, n), c in zip(places, compared, strict=True):
            rows[r][n] = _with(rows[r][n], comparison=c)
    return [_with(result, rows=tuple(k)) for result, k in zip(results, rows, strict=True)]


def line_pairs(
    context: Context, results: Sequence[Result]
) -> Iterator[tuple[Context, list[tuple[int, int]], list[tuple[Any, Any]]]]:
    """What is to be compared, by contexts: places (result, row) and both sides of each."""
    for world, places in _worlds(context, results):
        yield (
            world,
            places,
            [(results[r].rows[n - 1].expr, results[r].rows[n].expr) for r, n in places],
        )
    for r, result in enumerate(results):
        if isinstance(result.goal, Solve) and result.status == PROVED:
            world, pair = at_solution(context, result.goal, result.answer)
            yield world, [(r, len(result.rows) - 1)], [pair]


def _worlds(
    context: Context, results: Sequence[Result]
) -> list[tuple[Context, list[tuple[int, int]]]]:
    """Lines that use no assumed equation hold without any, and are sampled without them."""
    plain: list[tuple[int, int]] = []
    assuming: list[tuple[int, int]] = []
    for r, result in enumerate(results):
        if isinstance(result.goal, Solve):
            continue
        for n, row in enumerate(result.rows[1:], start=1):
            steps = result.proof.steps[slice(*row.steps)]
            needs = any(s.rule in ("hypothesis", "lemma") for s in steps)
            (assuming if needs and context.hypotheses else plain).append((r, n))
    worlds = ((_with(context, hypotheses=[]), plain), (context, assuming))
    return [(world, places) for world, places in worlds if places]


def at_solution(context: Context, goal: Solve, answer: Any) -> tuple[Context, tuple[Any, Any]]:
    """The context and the two sides of the equation with its solution put in."""
    unknown, value = answer.lhs, answer.rhs
    base, n = (unknown.base, unknown.exp) if isinstance(unknown, Pow) else (unknown, 1)
    rule = {base: power(value, 1 / n)}

    def put(e: Any) -> Any:
        return None if e is None else replace(e, rule)

    randoms = {
        name: _with(
            r, mean=put(r.mean), variance=put(r.variance),
            law=r.law and (r.law[0], tuple(put(p) for p in r.law[1])),
        )
        for name, r in context.randoms.items()
    }  # fmt: skip
    definitions = {n: _with(d, body=put(d.body)) for n, d in context.definitions.items()}
    world = _with(context, randoms=randoms, definitions=definitions)
    return world, (put(goal.lhs), put(goal.rhs))
