"""Corrupted lines of every shipped derivation: does anything false get through?

``python -m benchmarks.mutants [--most N] [--seed S] [NAME...]``

Every line "before = after" of every derivation is corrupted in the ways in which people
err: constants, signs, exponents, indices, dropped terms, swapped variables, a square
outside of the expectation, Var for a second moment, an assumption taken away.  A mutant
that the kernel accepts and an exact finite space refutes would be a bug in the rules; it
is printed.  A mutant that stays true must not be refuted.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Add, Integer, Mul, Pow, S

from symcheck.ablation import run as results_of
from symcheck.ablation import without
from symcheck.context import Context
from symcheck.expr import RV, Binder, E, Named, Sum, Var, bound_indices, children, rebuild
from symcheck.kernel import Refused, check, meaning
from symcheck.library import names, shipped
from symcheck.models.exact import refute
from symcheck.result import PROVED
from symcheck.ring import TooLarge, equal
from symcheck.rules import RULES
from symcheck.search import join
from symcheck.syntax import parse

SECONDS = 1.0  # for the search for a witness


@dataclass(frozen=True)
class Mutant:
    """A corrupted line and what was done to it."""

    context: Context
    before: Any
    after: Any
    change: str


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


def mutants(wanted: list[str]) -> Iterator[Mutant]:
    """All mutants of the lines of the named derivations."""
    for name in wanted:
        document = parse(shipped(name).text)
        for result in results_of(document, document.context):
            if result.status != PROVED or result.rows[0].expr.is_Relational:
                continue
            for one, two in zip(result.rows, result.rows[1:], strict=False):
                for change, after in mutations(two.expr):
                    yield Mutant(document.context, one.expr, after, change)
                for assumption, less in without(document.context):
                    if assumption in two.used:
                        yield Mutant(less, one.expr, two.expr, f"without {assumption.kind}")


def accepted(m: Mutant) -> bool:
    """Does the kernel accept a proof that the search finds of the mutant?"""
    try:
        meaning(m.context, m.before)
        meaning(m.context, m.after)
        proof = join(m.context, m.before, m.after, {})
        return proof is not None and check(proof, RULES).proved
    except (Refused, TooLarge, RecursionError):
        return False


def main() -> int:
    """Run, print the counts, exit with 1 if anything false was accepted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants")
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--most", type=int, default=5000, help="mutants to try (default 5000)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    every = list(mutants(args.names or names()))
    random.Random(args.seed).shuffle(every)
    chosen = every[: args.most]
    count: Counter[str] = Counter()
    start = time.monotonic()
    false: list[Mutant] = []
    for n, m in enumerate(chosen):
        if sys.stderr.isatty():
            print(f"\r{n}/{len(chosen)}", end="", file=sys.stderr)
        if m.after in (S.NaN, S.ComplexInfinity):
            continue
        good = accepted(m)
        witness = refute(m.context, m.before, m.after, seconds=SECONDS)
        if good and witness is not None:
            false.append(m)
            print("FALSE AND ACCEPTED:", m.change, m.before, "=", m.after, witness)
        same = equal(m.before, m.after) if not good else True
        kind = (
            "accepted" if good else "refuted" if witness is not None
            else "equal by algebra" if same else "neither"
        )  # fmt: skip
        count[kind] += 1
    print(f"{len(every)} mutants of {len(args.names or names())} derivations, {len(chosen)} tried")
    for kind, n in count.most_common():
        print(f"{n:6d}  {kind}")
    print(f"{len(false):6d}  accepted though false (must be 0)")
    print(f"{time.monotonic() - start:6.0f}  seconds")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())
