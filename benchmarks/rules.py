"""Random rules in random order against exact models: ``python -m benchmarks rules``.

A random context, a random expression in it, and random rules at random places, each step
judged: no finite space may refute a step that it accepts.  And whatever was
done to an expression, reducing it must lead to where reducing it at once leads.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from symcheck.facts.context import Context
from symcheck.judging.proofs import Judge
from symcheck.language.expr import flat
from symcheck.language.ring import TooLarge, equal
from symcheck.reading.syntax import parse, parse_expression
from symcheck.rules.meaning import meaning
from symcheck.rules.proof import Proof, Refused
from symcheck.search.derive import derive, join
from symcheck.search.steps import Search, positions
from symcheck.search.tactics.order import HARDER
from symcheck.witness.exact import refute

STEPS = 10
SPACES = 25  # exact spaces asked of each step
SECONDS = 0.3

PROPERTIES = (
    "mean 0, variance 1, finite 8", "mean 1, variance 2, finite 8", "finite 8",
    "symmetric, finite 8", "mean 0, finite 8", "~ rademacher()", "~ bernoulli(1/3)",
    "> 0 finite 8",
)  # fmt: skip
RELATIONS = (
    "", "independent x and y", "independent x, y and z", "pairwise independent x, y and z",
    "independent (x, y) and z", "assume E[x y] = 2", "independent x and y\nindependent y and z",
)  # fmt: skip
FAMILIES = (
    "", "independent u[j] over j", "pairwise independent u[j] over j", "iid u[j] over j",
    "independent u and x", "independent u[j] over j\nindependent u and (x, y)",
)  # fmt: skip


@dataclass
class Found:
    """What came of a run; ``disagreements`` are texts that show a bug."""

    examples: int = 0
    steps: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    different: int = 0  # ends that are not equal by algebra, but proved to be
    apart: list[str] = field(default_factory=list)  # ends that nothing proves to be equal
    disagreements: list[str] = field(default_factory=list)


def context_text(rng: random.Random) -> str:
    """Three variables and a family, and what is known of them."""
    lines = ["size n", "real a, c[j]"]
    lines += [f"random {x} {rng.choice(PROPERTIES)}" for x in "xyz"]
    lines.append(f"random u[j] {rng.choice(PROPERTIES)}")
    lines.append(rng.choice(RELATIONS))
    lines.append(rng.choice(FAMILIES).replace("and (x, y)", "and x"))
    return "\n".join(k for k in lines if k) + "\n"


def term_text(rng: random.Random, depth: int, index: str = "") -> str:
    """A random quantity."""
    atoms = ["x", "y", "z", "a", "2", "u[1]", "u[2]"]
    atoms += [f"u[{index}]", f"c[{index}]"] * 2 if index else []
    if depth == 0:
        return rng.choice(atoms)
    kind = rng.randrange(9)
    inner = lambda: term_text(rng, depth - 1, index)  # noqa: E731
    if kind == 0:
        return f"({inner()} + {inner()})"
    if kind == 1:
        return f"({inner()} - {inner()})"
    if kind in (2, 3):
        return f"({inner()}) ({inner()})"
    if kind == 4:
        return f"({inner()})^2"
    if kind == 5:
        return f"{rng.choice(('relu', 'abs'))}({rng.choice('xyz')})"
    if kind == 6 and not index:
        return f"(sum(j = 1..n) ({term_text(rng, depth - 1, 'j')}))"
    if kind == 7:
        return f"E[{inner()} | {rng.choice('xyz')}]"
    return inner()


def expression_text(rng: random.Random) -> str:
    """A random expectation, variance or covariance, or a sum of two."""
    depth = rng.choice((1, 2, 2, 3))
    head = rng.randrange(5)
    if head == 0:
        return f"Var[{term_text(rng, depth - 1)}]"
    if head == 1:
        return f"Cov[{term_text(rng, depth - 1)}, {term_text(rng, depth - 1)}]"
    if head == 2:
        return f"E[{term_text(rng, depth)}] + E[{term_text(rng, depth - 1)}]"
    return f"E[{term_text(rng, depth)}]"


def step(context: Context, e: Any, rng: random.Random) -> Any | None:
    """One step by a random rule at a random place, as the judge accepts it."""
    search = Search(context)
    places = list(positions(e))
    rng.shuffle(places)
    tactics = list(HARDER)
    rng.shuffle(tactics)
    for p in places[:12]:
        for tactic in tactics:
            if not isinstance(p.term, tactic.heads):
                continue
            search.unfolding = ""
            found = search._try(e, p, tactic)
            if found is not None:
                made, _ = found
                proof = Proof("", context, e, (made,), made.result)
                if Judge(context).sealed(proof).proved:
                    return made
    return None


def example(seed: int, found: Found) -> None:
    """One random context and expression, rewritten at random."""
    rng = random.Random(seed)
    text = context_text(rng)
    try:
        context = parse(text).context
        shown = expression_text(rng)
        start = flat(parse_expression(shown, context))
        meaning(context, start)
    except (ValueError, Refused, TooLarge, Exception) as e:
        if type(e).__name__ not in ("SyntaxProblem", "Refused", "TooLarge", "ValueError"):
            raise
        return
    found.examples += 1
    e = start
    try:
        for _ in range(STEPS):
            made = step(context, e, rng)
            if made is None:
                break
            found.steps += 1
            found.rules[made.rule] += 1
            witness = refute(context, e, made.result, seconds=SECONDS, tries=SPACES, seed=seed)
            if witness is not None:
                found.disagreements.append(
                    f"seed {seed}: {made.rule}\n{text}{e}\n= {made.result}\n{witness}"
                )
                return
            e = made.result
        ends = [derive(context, k).end for k in (start, e)]
    except (TooLarge, RecursionError):
        return
    if not equal(*ends):
        proof = join(context, ends[0], ends[1], {})
        if proof is None or not Judge(context).sealed(proof).proved:
            whole = join(context, start, e, {})
            if whole is None or not Judge(context).sealed(whole).proved:
                found.apart.append(
                    f"seed {seed}: two ends\n{text}{shown}\n-> {ends[0]}\nrewritten to {e}\n"
                    f"-> {ends[1]}"
                )
                return
        found.different += 1


def run(seeds: range) -> Found:
    """Random examples, one for each seed."""
    found = Found()
    for seed in seeds:
        example(seed, found)
    return found


def main() -> int:
    """Run many examples; 1 if the judge and a model disagree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks rules", description=__doc__)
    parser.add_argument("--examples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    start = time.monotonic()
    found = run(range(args.seed, args.seed + args.examples))
    for text in (*found.apart, *found.disagreements):
        print(text, end="\n\n")
    print(", ".join(f"{rule} {n}" for rule, n in found.rules.most_common()))
    print(f"{found.examples} expressions, {found.steps} steps by {len(found.rules)} rules, "
          f"{found.different} ends equal by proof only, {len(found.apart)} not seen to be equal, "
          f"{len(found.disagreements)} disagreements, "
          f"{time.monotonic() - start:.0f} s")  # fmt: skip
    return 1 if found.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
