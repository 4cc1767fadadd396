"""Corrupted lines of every shipped derivation and every good proof: does anything false pass?

``python -m benchmarks mutants [--most N] [--seed S] [--workers W] [NAME...]``

Every line "before = after" is corrupted in the ways in which people err: constants, signs,
exponents, indices, bounds, dropped terms, swapped variables, a square outside of the
expectation, Var for a second moment, an assumption taken away.  The corrupted lines are
generated, not listed.  For each of them it is asked

- whether the core accepts a proof that the search finds,
- whether an exact finite space refutes it,
- and where neither is so, whether samples do, by their own stated error rate.

Accepted and refuted would be a bug in the rules or in the models; it is printed.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sympy import Add, Integer, Mul, Pow, S

from symcheck.facts.context import Context
from symcheck.judging.checking import check_document
from symcheck.judging.proofs import Judge
from symcheck.judging.result import PROVED
from symcheck.judging.session import derive_document
from symcheck.judging.weaker import declared, without
from symcheck.language.expr import (
    RV,
    Binder,
    E,
    Named,
    Sum,
    Var,
    bound_indices,
    children,
    rebuild,
    replace,
    subterms,
)
from symcheck.language.ring import TooLarge, equal
from symcheck.numbers.sampled import compare
from symcheck.reading.library import names, shipped
from symcheck.reading.syntax import parse
from symcheck.rules.meaning import meaning
from symcheck.rules.proof import Refused, Verdict
from symcheck.search.derive import join
from symcheck.search.steps import OutOfTime
from symcheck.witness.exact import refute

GOOD = Path(__file__).parents[1] / "tests" / "proofs" / "good"
SECONDS = 1.0  # for the search for a witness
LONGEST = 20.0  # for all that is asked of one mutant
SAMPLES = 4_000

ACCEPTED_FALSE = "accepted though false"
KINDS = (
    ACCEPTED_FALSE, "refuted by exact spaces", "refuted by samples only", "still true",
    "not refuted", "out of time", "trusted in part",
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A corrupted line and what was done to it."""

    context: Context
    before: Any
    after: Any
    change: str
    where: str = ""


def swapped(e: Any) -> Iterator[tuple[str, Any]]:
    """e with one variable in the place of another of the same kind, everywhere."""
    found = sorted({x for x in subterms(e) if isinstance(x, RV)}, key=str)
    for x in found:
        for y in found:
            if x != y and len(x.indices) == len(y.indices):
                yield "variable swapped", replace(e, {x: y})


def mutations(e: Any) -> Iterator[tuple[str, Any]]:
    """e with one small change somewhere, in every way and at every place."""
    yield from _here(e)
    if isinstance(e, Named):
        return
    if isinstance(e, Binder):
        names = bound_indices(e)
        body, *rest = e.open(names)
        for change, new in mutations(body):
            yield change, e.func(new, *rest)
        return
    parts = children(e)
    for n, part in enumerate(parts):
        for change, new in mutations(part):
            try:
                yield change, rebuild(e, (*parts[:n], new, *parts[n + 1 :]))
            except (TypeError, ValueError, ZeroDivisionError):
                continue


def _here(e: Any) -> Iterator[tuple[str, Any]]:
    if e.is_Integer:
        yield "constant", e + 1
        if e != 0:
            yield "sign", -e
    elif e.is_Rational:
        yield "constant", e * 2
    if isinstance(e, Add):
        for n in range(len(e.args)):
            yield "dropped term", rebuild(e, (*e.args[:n], *e.args[n + 1 :]))
            yield (
                "sign of a term",
                rebuild(e, (*e.args[:n], Mul(-1, e.args[n], evaluate=False), *e.args[n + 1 :])),
            )
    if isinstance(e, Mul):
        for n in range(len(e.args)):
            yield "dropped factor", rebuild(e, (*e.args[:n], *e.args[n + 1 :]))
    if isinstance(e, Pow) and e.exp.is_Integer:
        yield "exponent", rebuild(e, (e.base, e.exp + 1))
        yield "exponent", e.base
    if isinstance(e, E) and not e.given and isinstance(e.args[0], Pow) and e.args[0].exp == 2:
        yield "square outside", Pow(E(e.args[0].base), 2, evaluate=False)
        yield "Var for E[x²]", Var(e.args[0].base)
    if isinstance(e, Sum):
        body, *rest = e.open(bound_indices(e))
        limits = [t for t in rest if not hasattr(t, "lhs")]
        if len(limits) < len(rest):
            yield "condition dropped", Sum(body, *limits)
        t = limits[0]
        yield "bound", Sum(body, (t[0], t[1], t[2] + 1), *rest[1:])
    if isinstance(e, RV) and len(e.indices) == 2:
        yield "indices swapped", RV(e.name, *reversed(e.indices))
    if isinstance(e, RV) and e.indices:
        yield "index", RV(e.name, *e.indices[:-1], e.indices[-1] + Integer(1))


def lines(name: str) -> Iterator[tuple[Context, Any, Any, Any]]:
    """The proved lines of a derivation, or of a good proof: context, before, after, row."""
    own = name.removeprefix("good/")
    if own == name:
        document = parse(shipped(name).text)
        results = derive_document(document, numeric=False, certify=False).results
    else:
        document = parse((GOOD / f"{own}.proof").read_text(encoding="utf-8"))
        results = check_document(document, certify=False).results
    for result in results:
        if result.status != PROVED or result.rows[0].expr.is_Relational:
            continue
        for one, two in zip(result.rows, result.rows[1:], strict=False):
            yield document.context, one.expr, two.expr, two


def mutants(wanted: Sequence[str]) -> Iterator[Mutant]:
    """All mutants of the lines of what is named, each once."""
    for name in wanted:
        seen = set()
        for context, before, after, row in lines(name):
            for change, new in (*mutations(after), *swapped(after)):
                if new not in (S.NaN, S.ComplexInfinity, after) and (before, new) not in seen:
                    seen.add((before, new))
                    yield Mutant(context, before, new, change, name)
            for assumption in declared(context):
                if assumption in row.used:
                    less = without(context, assumption)
                    yield Mutant(less, before, after, f"without {assumption.kind}", name)


def every() -> list[str]:
    """The names of all that is corrupted."""
    return [*names(), *sorted(f"good/{p.stem}" for p in GOOD.glob("*.proof"))]


def accepted(m: Mutant) -> Verdict | None:
    """The verdict on a proof that the search finds of the mutant, if it is proved."""
    try:
        meaning(m.context, m.before)
        meaning(m.context, m.after)
        proof = join(m.context, m.before, m.after, {})
        verdict = proof and Judge(m.context).sealed(proof)
        return verdict if verdict and verdict.proved else None
    except (Refused, TooLarge, RecursionError):
        return None


def outcome(m: Mutant) -> str:
    """What comes of a mutant: one of KINDS."""
    try:
        meaning(m.context, m.before)
        meaning(m.context, m.after)
        meant = True
    except (Refused, TooLarge, RecursionError):
        meant = False
    good = accepted(m) if meant else None
    witness = refute(m.context, m.before, m.after, seconds=SECONDS)
    if witness is not None:
        return ACCEPTED_FALSE if good else KINDS[1]
    (c,) = compare(m.context, [(m.before, m.after)], samples=SAMPLES, threads=1)
    if good or (meant and equal(m.before, m.after)):
        trusts = good is not None and good.trusts
        return ACCEPTED_FALSE if c.differs else "trusted in part" if trusts else "still true"
    return "refuted by samples only" if c.differs else "not refuted"


def timed(m: Mutant) -> str:
    """:func:`outcome` within LONGEST."""

    def late(*_: object) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        return outcome(m)
    except OutOfTime:
        return "out of time"
    except Exception as e:  # a bug too, and shown as such
        return f"error: {type(e).__name__}: {e}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@lru_cache(maxsize=4)
def _of(name: str) -> tuple[Mutant, ...]:
    return tuple(mutants([name]))


def _some(job: tuple[str, tuple[int, ...]]) -> list[tuple[str, str, str]]:
    """Change, outcome and text of some mutants of one file; they are generated again here."""
    name, numbers = job
    own = _of(name)
    return [(own[n].change, timed(own[n]), f"{name}: {own[n].before} = {own[n].after}")
            for n in numbers if n < len(own)]  # fmt: skip


def main() -> int:
    """Run, print the counts, exit with 1 if anything false was accepted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mutants", description=__doc__)
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--most", type=int, default=5000, help="mutants to try (default 5000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--show", action="store_true", help="print those that are not refuted")
    args = parser.parse_args()
    wanted = args.names or every()
    start = time.monotonic()
    count: Counter[tuple[str, str]] = Counter()
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        sizes = dict(zip(wanted, pool.map(_count, wanted, chunksize=4), strict=True))
        places = [(name, n) for name in wanted for n in range(sizes[name])]
        chosen = sorted(random.Random(args.seed).sample(places, min(args.most, len(places))))
        jobs: list[tuple[str, tuple[int, ...]]] = []
        for name in wanted:
            own = [n for at, n in chosen if at == name]
            jobs += [(name, tuple(own[k : k + 20])) for k in range(0, len(own), 20)]
        done = 0
        for found in pool.map(_some, jobs):
            for change, kind, text in found:
                done += 1
                count[change, kind] += 1
                if kind in (ACCEPTED_FALSE, KINDS[6]) or kind.startswith("error"):
                    print(f"{kind.upper()}: {change}: {text}", flush=True)
                elif args.show and kind == "not refuted":
                    print(f"not refuted: {change}: {text}", flush=True)
            if sys.stderr.isatty():
                print(f"\r{done}/{len(chosen)}", end="", file=sys.stderr)
    _table(count)
    total: Counter[str] = Counter()
    for (_, kind), n in count.items():
        total[kind] += n
    false = done - total["still true"] - total[KINDS[6]]
    refuted = total[KINDS[1]] + total[KINDS[2]]
    print(f"{len(places)} mutants of {len(wanted)} files, {done} tried, seed {args.seed}, "
          f"{time.monotonic() - start:.0f} s")  # fmt: skip
    print(f"score: {refuted} of {false} that are not known to be true are refuted "
          f"({refuted / max(1, false):.0%})")  # fmt: skip
    errors = sum(n for kind, n in total.items() if kind.startswith("error"))
    print(f"{total[ACCEPTED_FALSE]} accepted though false, {errors} errors (must be 0)")
    return 1 if total[ACCEPTED_FALSE] or errors else 0


def _count(name: str) -> int:
    return len(_of(name))


def _table(count: Counter[tuple[str, str]]) -> None:
    kinds = [k for k in KINDS if any(kind == k for _, kind in count)]
    kinds += sorted({kind for _, kind in count} - set(KINDS))
    print(f"{'':20}" + "".join(f"{k[:22]:>24}" for k in kinds))
    for change in sorted({c for c, _ in count}):
        print(f"{change[:20]:20}" + "".join(f"{count[change, k]:24}" for k in kinds))
    print(f"{'all':20}" + "".join(
        f"{sum(n for (_, kind), n in count.items() if kind == k):24}" for k in kinds
    ))  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
