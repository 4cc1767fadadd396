"""Certificates with a mistake at every node: is each refused, or proves it the same?

``python -m benchmarks corrupt [--most N] [--seed S] [NAME...]``

The certificates are those of the shipped derivations and of the good proofs.  A mistake may make
of a proof a proof of something else; that is sought for a world in which it fails.  Accepted and
false would be a hole in the core; it is printed, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sympy import (
    Abs,
    Add,
    E,
    Eq,
    Function,
    Ge,
    Gt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    Rational,
    Symbol,
    cos,
    erf,
    exp,
    log,
    pi,
    sign,
    sin,
    tanh,
)

from benchmarks.core import DERIVATIONS, GOOD, report_of
from benchmarks.everynode import corrupted
from symcheck.core.declared import Declared, declare
from symcheck.core.judge import Claim, Refusal, judge
from symcheck.core.terms import Term, kids, opened
from symcheck.facts.context import Context
from symcheck.language import expr
from symcheck.witness.exact import refute

SECONDS = 0.5  # for a world in which another claim fails
REFUSED, SAME, OTHER, TRUSTING = "refused", "the same", "another, not refuted", "another, trusting"
FALSE, FAULT = "ANOTHER, AND FALSE", "A FAULT OF THE CORE"
BAD = (FALSE, FAULT)


class Back:
    """Expressions of SymPy from the terms of the core, in a context."""

    FUNCTIONS: dict[str, Callable[..., Any]] = {
        "exp": exp, "log": log, "sin": sin, "cos": cos, "tanh": tanh, "erf": erf, "abs": Abs,
        "sign": sign, "max": Max, "min": Min, "relu": expr.relu, "leaky_relu": expr.leaky_relu,
        "sigmoid": expr.sigmoid, "pi": lambda: pi, "e": lambda: E,
    }  # fmt: skip
    NAMED = {"c": expr.Param, "x": expr.RV, "d": expr.Def}
    RELATIONS = {">": Gt, ">=": Ge, "=": Eq, "!=": Ne}

    def __init__(self, context: Context) -> None:
        self.context = context
        self.depth = 0

    def expression(self, t: Term) -> Any:
        """The expression of a term."""
        tag, below = t[0], [*map(self.expression, kids(t))] if t[0] != "S" else []
        if tag == "q":
            return Rational(t[1].numerator, t[1].denominator)
        if tag == "v":
            return Symbol(t[1], integer=True)
        if tag in self.NAMED:
            return self.named(tag, t[1], below)
        if tag in "+*^":
            return {"+": Add, "*": Mul, "^": Pow}[tag](*below)
        if tag == "f":
            return self.FUNCTIONS.get(t[1], Function(t[1]))(*below)
        if tag == "1":
            return expr.Ind(self.RELATIONS[t[1]](below[0], 0))
        if tag == "E":
            return expr.E(*below)
        return self.series(t) if tag == "S" else expr.Diff(*below)

    def named(self, tag: str, name: str, at: list[Any]) -> Any:
        c = self.context
        for table in (c.sizes, c.symbols, c.indices):
            if tag == "c" and name in table:
                return table[name]
        return self.NAMED[tag](name, *at)

    def series(self, t: Term) -> Any:
        self.depth += 1
        name = f"s{self.depth}"
        index = Symbol(name, integer=True)
        low, high = map(self.expression, t[1:3])
        return expr.Sum(self.expression(opened(t[3], ("v", name))), (index, low, high))


def false(context: Context, claim: Claim) -> bool:
    """Is there a world of the context in which a claim fails?"""
    try:
        back = Back(context)
        sides = [back.expression(t) for t in claim.theorem.says[1:]]
        return refute(context, *sides, seconds=SECONDS) is not None
    except Exception:  # what is no expression cannot be looked at
        return False


def outcome(context: Context, d: Declared, whole: tuple[Claim, ...], certificate: Any) -> str:
    """What comes of a corrupted certificate."""
    verdict = judge(d, certificate)
    if isinstance(verdict, Refusal):
        return FAULT if verdict.reason.startswith("a fault of the core") else REFUSED
    told = {(c.name, c.theorem.says, c.theorem.hyps) for c in whole}
    others = [c for c in verdict if (c.name, c.theorem.says, c.theorem.hyps) not in told]
    if not others:
        return SAME
    bare = [c for c in others if not c.theorem.trusts and not c.theorem.hyps]
    if any(false(context, c) for c in bare):
        return FALSE
    return OTHER if bare else TRUSTING


def every(wanted: list[str]) -> Iterator[Path]:
    """The files whose certificates are corrupted."""
    for path in (*sorted(DERIVATIONS.glob("*.proof")), *sorted(GOOD.glob("*.proof"))):
        if not wanted or path.stem in wanted:
            yield path


def mistakes(path: Path, rng: random.Random) -> Iterator[tuple[str, str]]:
    """What was changed in the certificate of a file, and what came of it."""
    report = report_of(path)
    told = report.certified
    if told is None or not told.verdict or isinstance(told.verdict, Refusal):
        return
    d = declare(told.declarations)
    for change, made in corrupted(told.certificate, rng):
        yield change, outcome(report.document.context, d, told.verdict, made)


def main() -> int:
    """Run, print the counts, exit with 1 if anything false was accepted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks corrupt", description=__doc__)
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument(
        "--most",
        type=int,
        default=50,
        metavar="N",
        help="mistakes in each certificate (default 50)",
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    start, counts, bad = time.monotonic(), Counter[tuple[str, str]](), False
    for path in every(args.names):
        rng = random.Random(f"{args.seed} {path.stem}")
        for change, came in islice(mistakes(path, rng), args.most):
            counts[change.partition(" ")[0], came] += 1
            if came in BAD:
                bad = True
                print(f"{came}: {path.stem}: {change}", flush=True)
    kinds = sorted({k for k, _ in counts})
    columns = [
        o for o in (REFUSED, SAME, OTHER, TRUSTING, *BAD) if any(counts[k, o] for k in kinds)
    ]
    print(f"{'changed':10}" + "".join(f"{o:>22}" for o in columns))
    for k in kinds:
        print(f"{k:10}" + "".join(f"{counts[k, o]:>22}" for o in columns))
    total = sum(counts.values())
    print(f"{total} mistakes in {time.monotonic() - start:.0f} s")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
