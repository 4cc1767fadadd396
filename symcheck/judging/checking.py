"""Judge a chain that somebody wrote, line by line.

Search fills the gap between two lines, the core judges what it found; where nothing
is found, the models look for a distribution on which the line is false, and the
assumptions that are missing are tried one by one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import replace as _with
from functools import partial
from typing import Any

from symcheck.facts.context import NOTHING, Context
from symcheck.judging.certified import attached, without
from symcheck.judging.hints import missing
from symcheck.judging.justified import justified
from symcheck.judging.proofs import Judge
from symcheck.judging.reasons import reasons
from symcheck.judging.refutation import refuted
from symcheck.judging.result import ADMITTED, PROVED, REFUTED, UNPROVED, Report, Result, Row
from symcheck.judging.session import add_lemma
from symcheck.language.expr import add, flat, neg
from symcheck.language.ring import TooLarge
from symcheck.reading.document import ChainLine, Claim, Document
from symcheck.reading.grounds import Grounds, read, same_name
from symcheck.rules.all import RULES
from symcheck.rules.meaning import meaning
from symcheck.rules.proof import Lemma, Proof, Refused, Verdict
from symcheck.search.derive import derive, join
from symcheck.search.presentation import presentable
from symcheck.system.limits import OutOfTime, attempt, deadline, stopped

__all__ = ["check_claim", "check_document"]

WITNESS_SECONDS = 2.0
HINT_SECONDS = 2.0  # for what gives a line a meaning

SHORT = 40  # steps: what is proved by so few is proved again with fewer assumptions
# Rules by which a line rests on what is declared.
ASSUMING = (
    "mean",
    "second-moment",
    "law-moment",
    "hypothesis",
    "identical",
    "half",
    "odd",
    "rule4",
    "variance-sum",
)

# What SymPy raises at numbers that are none: then no witness is found.
ODD = (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError)

ORDER = (PROVED, ADMITTED, UNPROVED, REFUTED)


def check_document(
    document: Document, *, timeout: float = 10.0,
    progress: Callable[[int, int], None] | None = None, certify: bool = True,
) -> Report:  # fmt: skip
    """Judge every claim of a document; later claims may cite earlier ones.

    ``timeout`` is in seconds for each line; a line that takes longer is unproved.  With
    ``certify`` the core judges a certificate of what is proved.
    """
    judge = Judge(document.context)
    lemmas: dict[str, Lemma] = {}
    results: list[Result] = []
    claims = [g for g in document.goals if isinstance(g, Claim)]
    barred = {g.name: "stands below" for g in claims if g.name}  # what may not be cited, and why
    for n, claim in enumerate(claims):
        barred |= {claim.name: "is what this line belongs to"}
        result = check_claim(judge, claim, lemmas, timeout, barred)
        barred[claim.name] = "is not proved, and cannot be used"
        results.append(result)
        if result.status in (PROVED, ADMITTED):
            admit = result.status == ADMITTED
            add_lemma(lemmas, result.proof, result.verdict, claim.name, admit)
            barred.pop(claim.name, None)
        if progress is not None:
            progress(n + 1, len(claims))
    report = Report(document, tuple(results))
    lines = sum(len(r.rows) for r in results)
    return _certified(report, judge, timeout * max(1, lines)) if certify else report


def _certified(report: Report, judge: Judge, seconds: float) -> Report:
    """The report with its certificate, judged in so many seconds."""
    made, why = attempt(lambda: attached(report, judge), seconds)
    return made or without(report, why)


@dataclass(frozen=True)
class _Gap:
    """What came of one gap: a row, and the proof of it where there is one."""

    row: Row
    proof: Proof | None = None
    verdict: Verdict | None = None


def check_claim(
    judge: Judge,
    claim: Claim,
    lemmas: Mapping[str, Lemma],
    timeout: float = 10.0,
    barred: Mapping[str, str] | None = None,
) -> Result:
    """The verdict on one claim: the worst of its lines'.

    ``barred`` says of claims that are no lemmas why they may not be cited.
    """
    context = judge.context
    ask = partial(_judge, judge, lemmas=lemmas, timeout=timeout, barred=barred or {})
    own = ChainLine(claim.lhs, (), claim.line, 1, "")
    chain = list(claim.chain) or [own]
    rows, gaps = [], list[_Gap]()
    if chain[0].expr == claim.lhs:
        rows.append(_first(context, chain[0], timeout))
        good = rows[0].status == PROVED
        chain_lines = chain[1:]
    else:
        start = _first(context, own, timeout)
        good = start.status == PROVED
        chain_lines = chain if good else chain[1:]
        if not good:
            rows.append(start)
    before = last_good = claim.lhs
    for n, line in enumerate(chain_lines):
        gap = ask(before, line)
        if gap.row.status not in (PROVED, ADMITTED) and last_good is not before:
            other = ask(last_good, line)
            gap = other if other.row.status == PROVED else gap
        if n == 0 and line is chain[0] and gap.row.status != PROVED:
            gap = _astray(gap)
        rows.append(gap.row)
        gaps.append(gap)
        before = line.expr
        if gap.row.status in (PROVED, ADMITTED) or gap.proof is not None:  # or true after all
            last_good = line.expr
    broken = any(r.status not in (PROVED, ADMITTED) for r in rows)
    if claim.admit and not claim.chain:
        rows += _admitted_end(context, claim, timeout)
    else:
        rows += _ends(claim, chain, ask, gaps, broken)
    status = max((r.status for r in rows), key=ORDER.index)
    if claim.admit and status == PROVED:
        status = ADMITTED
    goal = claim.rhs if claim.rhs is not None else chain[-1].expr
    seconds = timeout * max(1, len(gaps))
    proof, verdict = _whole(judge, claim, goal, gaps, good and status == PROVED, lemmas, seconds)
    if status == ADMITTED:
        verdict = _so_far(verdict, rows, gaps)
    if status == PROVED and not verdict.proved:  # the lines are true, and the claim need not be
        status = UNPROVED
        rows[-1] = _with(rows[-1], status=status, message=verdict.reason)
    fallback = "" if status == ADMITTED else verdict.reason
    message = next((r.message for r in rows if r.status == status and r.message), fallback)
    return Result(
        claim, status, proof, verdict, tuple(rows), message=message, lemmas=verdict.lemmas
    )


def _astray(gap: _Gap) -> _Gap:
    """What is said where the first line is not the left side of the claim."""
    told = gap.row.message.removeprefix("false: ")
    words = f"the chain does not start at the claim: {told}"
    return _with(gap, row=_with(gap.row, message=words))


def _first(context: Context, line: ChainLine, timeout: float) -> Row:
    row = Row(line.expr, line=line.line, column=line.column, text=line.text)
    try:
        with deadline(timeout / 2):
            return _with(row, used=meaning(context, line.expr))
    except TooLarge as no:
        return _with(row, status=UNPROVED, message=str(no))
    except Refused as no:
        hint = ""
        try:
            with deadline(timeout):
                until = time.monotonic() + timeout
                hint = missing(context, lambda c: _means(c, line.expr), until)
        except OutOfTime:
            pass
        return _with(row, status=UNPROVED, message=str(no), hint=hint)
    except (Exception, OutOfTime) as no:
        return _with(row, status=UNPROVED, message=stopped(no, timeout / 2))


def _admitted_end(context: Context, claim: Claim, timeout: float) -> list[Row]:
    """What is admitted has to mean something: the right side, if it does not."""
    end = _first(context, ChainLine(claim.rhs, (), claim.line, 1, claim.text), timeout)
    return [end] if end.status != PROVED else []


def _ends(
    claim: Claim,
    chain: list[ChainLine],
    ask: Callable[[Any, ChainLine], _Gap],
    gaps: list[_Gap],
    broken: bool,
) -> list[Row]:
    """The chain has to end where the claim does."""
    rows: list[Row] = []
    if claim.rhs is not None and (not claim.chain or chain[-1].expr != claim.rhs):
        line = ChainLine(claim.rhs, (), claim.line, 1, claim.text)
        gap = ask(chain[-1].expr, line)
        if broken and gap.row.status != PROVED and chain[-1].expr != claim.lhs:
            # The mistake is in a line above: is the claim itself true?
            whole = ask(claim.lhs, line)
            gap = whole if whole.row.status == PROVED else gap
        gaps.append(gap)
        if claim.chain and gap.row.status != PROVED:
            gap = _with(
                gap,
                row=_with(
                    gap.row, message=f"the chain does not end at the claim: {gap.row.message}"
                ),
            )
        if not claim.chain or gap.row.status != PROVED:
            rows.append(gap.row)
    return rows


def _whole(
    judge: Judge,
    claim: Claim,
    goal: Any,
    gaps: list[_Gap],
    good: bool,
    lemmas: Mapping[str, Lemma],
    timeout: float,
) -> tuple[Proof, Verdict]:
    """All gaps as one proof of the claim, judged once more from end to end."""
    steps = [s for gap in gaps if gap.proof is not None for s in gap.proof.steps]
    proof = Proof(claim.name, judge.context, claim.lhs, tuple(steps), goal)
    if not good:
        return proof, Verdict(False, (), "a line is not proved")
    verdict, why = attempt(lambda: judge.verdict(proof, lemmas), timeout)
    return proof, verdict or Verdict(False, (), why)


def _so_far(verdict: Verdict, rows: list[Row], gaps: list[_Gap]) -> Verdict:
    """What the lines of an admitted claim rest on that are proved."""
    proved = [gap.verdict for gap in gaps if gap.verdict is not None]
    return _with(
        verdict,
        used=NOTHING.union(*(row.used for row in rows)),
        rules=tuple(dict.fromkeys(r for v in proved for r in v.rules)),
        admitted=tuple(dict.fromkeys(n for v in proved for n in v.admitted)),
    )


# ---------------------------------------------------------------- one gap


def _judge(
    judge: Judge,
    before: Any,
    line: ChainLine,
    lemmas: Mapping[str, Lemma],
    timeout: float,
    barred: Mapping[str, str],
) -> _Gap:
    blank = Row(line.expr, line.by, line=line.line, column=line.column, text=line.text)
    rest = min(WITNESS_SECONDS, timeout / 4)  # for a witness, where the proof takes too long
    until = time.monotonic() + timeout - rest
    try:
        with deadline(timeout - rest):
            return _gap(judge, before, line, lemmas, blank, until, barred)
    except TooLarge as no:
        return _Gap(_with(blank, status=UNPROVED, message=f"too large to judge: {no}"))
    except (
        Exception,
        OutOfTime,
    ) as no:  # a line that breaks the judge is not proved, and the rest goes on
        open_ = _Gap(_with(blank, status=UNPROVED, message=stopped(no, timeout)))
        if not isinstance(no, OutOfTime):
            return open_
    return _late(judge, before, line.expr, lemmas, blank, rest) or open_


def _late(
    judge: Judge, before: Any, after: Any, lemmas: Mapping[str, Lemma], blank: Row, rest: float
) -> _Gap | None:
    """A witness against a line, in the time that is left."""
    try:
        with deadline(rest):
            until = time.monotonic() + rest
            return _refuted(judge, before, after, lemmas, blank, until, late=True)
    except (Exception, OutOfTime):  # what breaks the search for a witness finds none
        return None


def _gap(
    judge: Judge,
    before: Any,
    line: ChainLine,
    lemmas: Mapping[str, Lemma],
    blank: Row,
    until: float,
    barred: Mapping[str, str],
) -> _Gap:
    context = judge.context
    nothing = _meaningless(context, before, line, blank, until)
    if nothing is not None:
        soon = min(until, time.monotonic() + 1)
        return _refuted(judge, before, line.expr, lemmas, blank, soon) or nothing
    if line.admit:
        return _Gap(_with(blank, status=ADMITTED, message="admitted, not proved"))
    if line.by:
        grounds = read(line.by, context, lemmas, before, line.expr)
        if grounds.unknown:
            why = _unknown(grounds.unknown[0], barred)
            found = _prove(judge, before, line.expr, lemmas)
            if found is None:
                gap = _open(judge, before, line.expr, lemmas, blank, until)
                if gap.row.status == REFUTED:
                    return gap
                return _with(gap, row=_with(gap.row, message=f"{why}; {gap.row.message}"))
            words = f"true, but {why}"
            return _Gap(_with(_proved(blank, *found).row, status=UNPROVED, message=words), *found)
        named, lacks = justified(partial(_prove, judge, before, line.expr, lemmas), grounds)
        if named is None:
            return _open(judge, before, line.expr, lemmas, blank, until)
        if not lacks:
            return _proved(blank, *named)
        words = f"true, but not by {', '.join(line.by)}: needs {', '.join(lacks)}"
        row = _with(_proved(blank, *named).row, status=UNPROVED, message=words)
        return _Gap(row, *named)
    found = _prove(judge, before, line.expr, lemmas, lean=True)
    if found is None:
        return _open(judge, before, line.expr, lemmas, blank, until)
    return _proved(blank, *found)


def _meaningless(
    context: Context, before: Any, line: ChainLine, blank: Row, until: float
) -> _Gap | None:
    """What is said of a line that may mean nothing, or has nothing to be compared with."""
    try:
        meaning(context, line.expr)
    except Refused as no:
        soon = min(until, time.monotonic() + HINT_SECONDS)
        extra = missing(context, lambda c: _means(c, line.expr), soon)
        return _Gap(_with(blank, status=UNPROVED, message=str(no), hint=extra))
    if _means(context, before):
        return None
    words = "there is nothing to compare it with: the line above may mean nothing"
    return _Gap(_with(blank, status=UNPROVED, message=words))


def _unknown(reason: str, barred: Mapping[str, str]) -> str:
    """Why a reason cannot be used."""
    for name, why in barred.items():
        if same_name(reason, name):
            return f"claim {name} {why}"
    return f"the reason {reason} is none that is known here"


def _leaner(proof: Proof, lemmas: Mapping[str, Lemma]) -> Proof:
    """A proof without what is assumed and not needed: a mean that cancels, say.

    What is not needed has been used on both sides of the place where they met.
    """
    known = {n: lemmas[n] for n in _cited(proof)}
    rules = frozenset(RULES)
    there, back = ({s.rule for s in proof.steps if s.backward == way} for way in (False, True))
    used = _assuming(proof)
    spare = [r for r in used if r in there & back]
    moments = [r for r in spare if r != "rule4"]
    for some in ([moments] if len(moments) > 1 else []) + [[r] for r in spare]:
        if rules.issuperset(some):
            fewer = Grounds(rules.difference(some), frozenset(known))
            ends = proof.start, proof.goal
            found = join(proof.context, *ends, known, fewer.allows, hard=False)
            if found is not None and set(_assuming(found)) <= set(used):
                proof, rules = found, fewer.rules
    return proof


def _assuming(proof: Proof) -> list[str]:
    """The rules of a proof by which it rests on what is declared, in the order of their use."""
    return [r for r in dict.fromkeys(s.rule for s in proof.steps) if r in ASSUMING]


def _cited(proof: Proof) -> list[str]:
    return [str(s.binding["lemma"]) for s in proof.steps if s.rule == "lemma"]


def _proved(blank: Row, proof: Proof, verdict: Verdict) -> _Gap:
    row = _with(
        blank,
        reasons=reasons(proof.steps, verdict.lines),
        used=verdict.used,
        steps=(0, len(proof.steps)),
        proof=proof,
        message=resting(verdict),
    )
    return _Gap(row, proof, verdict)


def resting(verdict: Verdict) -> str:
    """What is said of a proof that uses what nobody proved."""
    names = ", ".join(verdict.admitted)
    return f"rests on {names}, which is admitted and not proved" if names else ""


def _means(context: Context, e: Any) -> bool:
    try:
        meaning(context, e)
    except (Refused, TooLarge):
        return False
    return True


def _prove(
    judge: Judge,
    left: Any,
    right: Any,
    lemmas: Mapping[str, Lemma],
    grounds: Grounds | None = None,
    hard: bool = True,
    *,
    lean: bool = False,
) -> tuple[Proof, Verdict] | None:
    """A proof of left = right within the grounds that the core accepts, or None.

    Where nothing is named, earlier claims are used only if it does not go without them.
    """
    named = {n: k for n, k in lemmas.items() if grounds is not None and n in grounds.lemmas}
    allowed = None if grounds is None else grounds.allows
    for usable in (named,) if grounds is not None or not lemmas else ({}, dict(lemmas)):
        proof = join(judge.context, left, right, usable, allowed, hard=hard)
        if proof is None:
            continue
        leaner = _leaner(proof, usable) if lean and len(proof.steps) <= SHORT else proof
        for found in (proof,) if leaner is proof else (leaner, proof):
            verdict = judge.verdict(found, usable)
            if verdict.proved:
                return found, verdict
    return None


def _open(
    judge: Judge, before: Any, after: Any, lemmas: Mapping[str, Lemma], blank: Row, until: float
) -> _Gap:
    """Not proved: refute it, or say what is left over and what would close it."""
    false = _refuted(judge, before, after, lemmas, blank, until)
    if false is not None:
        return false
    residual = residue(judge.context, before, after, lemmas)
    hint = missing(judge.context, lambda c: _follows(c, before, after, lemmas), until)
    words = f"would follow if {hint}" if hint else "no proof found"
    if residual == 0 and not hint:
        words = _refusal(judge, before, after, lemmas) or words
    return _Gap(_with(blank, status=UNPROVED, message=words, residual=residual, hint=hint))


def _refusal(judge: Judge, before: Any, after: Any, lemmas: Mapping[str, Lemma]) -> str:
    """Why a proof that search has found is none."""
    proof = join(judge.context, before, after, lemmas)
    return "" if proof is None else judge.verdict(proof, lemmas).reason


def _follows(context: Context, before: Any, after: Any, lemmas: Mapping[str, Lemma]) -> bool:
    """Is the line proved in another context?"""
    judge = Judge(context)
    found = _prove(judge, before, after, lemmas)
    return found is not None and judge.sealed(found[0], lemmas).proved


def _refuted(
    judge: Judge, before: Any, after: Any, lemmas: Mapping[str, Lemma], blank: Row,
    until: float, *, late: bool = False,
) -> _Gap | None:  # fmt: skip
    """The line with a witness against it, where there is one."""
    seconds = min(WITNESS_SECONDS, max(0.5, 0.6 * (until - time.monotonic())))
    try:
        witness = refuted(judge, before, after, lemmas, seconds, late=late)
    except ODD:
        return None
    if witness is None:
        return None
    words = f"false: {witness.where}the left side is {witness.left}, the right side {witness.right}"
    row = _with(blank, status=REFUTED, message=words, witness=witness, trusts=witness.trusts)
    return _Gap(row)


def residue(context: Context, left: Any, right: Any, lemmas: Mapping[str, Lemma]) -> Any:
    """What is left of the difference after every rule has been used."""
    difference = derive(context, flat(add(left, neg(right))), lemmas).end
    return presentable(context, difference)
