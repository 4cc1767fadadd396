"""Variables that are functions of others, where every declaration allows it.

``z = x + y`` of independent x and y is independent of neither; ``c = a b`` of two fair
signs is independent of each.  Whether what is declared still holds is looked up in the
joint distribution, block by block.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import isqrt, prod
from typing import Any

from symcheck.facts.context import Context, Independence
from symcheck.numbers.dependence import Member, bind

__all__ = ["Source", "attached", "independence_holds"]

Source = list[tuple[Fraction, dict[Member, Fraction]]]
MAX_JOINT = 100  # outcomes of one source


def attached(
    hosts: Sequence[Source], z: Member, mean: Fraction | None, variance: Fraction | None,
    symmetric: bool, rng: random.Random,
) -> Source | None:  # fmt: skip
    """One source of the hosts and of z, a function of theirs with this mean and variance."""
    inputs = [m for s in hosts for m in s[0][1]]
    rows: Source = []
    for parts in product(*hosts):
        weight = Fraction(1)
        values: dict[Member, Fraction] = {}
        for w, more in parts:
            weight *= w
            values |= more
        rows.append((weight, values))
    if len(rows) > MAX_JOINT // 2:
        return None
    kind = rng.choice(("sum", "product", "difference", "equal", "square"))
    if len(inputs) > 2:
        kind = "product"  # of three fair signs: independent of any two of them
    if kind != "product":
        inputs = rng.sample(inputs, min(len(inputs), 2))
    raw = [_function(kind, [values[m] for m in inputs]) for _, values in rows]
    found: Source = []
    odd = symmetric and kind in ("sum", "product", "difference")
    if (symmetric and not odd) or rng.random() < (0.7 if odd else 0.3):
        # A fair sign of its own: uncorrelated with the hosts, and not independent.
        shift = Fraction(rng.choice(("0", "1", "2", "3/4", "4/3")))
        for (w, values), r in zip(rows, raw, strict=True):
            for sign in (1, -1):
                found.append((w / 2, {**values, z: sign * (r + shift)}))
    else:
        found = [(w, {**v, z: r}) for (w, v), r in zip(rows, raw, strict=True)]
    if mean is None and variance is None:
        return found
    own = sum(w * v[z] for w, v in found)
    spread = sum(w * (v[z] - own) ** 2 for w, v in found)
    scale = Fraction(1)
    if variance is not None:
        if spread == 0:
            return None
        ratio = variance / spread
        a, b = isqrt(max(ratio.numerator, 0)), isqrt(ratio.denominator)
        if ratio < 0 or a * a != ratio.numerator or b * b != ratio.denominator:
            return None
        scale = Fraction(a, b)
    target = scale * own if mean is None else mean
    return [(w, {**v, z: target + scale * (v[z] - own)}) for w, v in found]


def _function(kind: str, values: Sequence[Fraction]) -> Fraction:
    x, y = values[0], values[-1]
    if kind == "sum":
        return x + y if len(values) > 1 else x
    if kind == "product":
        return prod(values, start=Fraction(1))
    if kind == "difference":
        return x - y if len(values) > 1 else -x
    if kind == "square":
        return x * x
    return Fraction(x == y)


# ---------------------------------------------------------------- what is declared, looked up


def independence_holds(context: Context, members: Sequence[Member], source: Source) -> bool:
    """Is what is declared independent so, among the members of one source?

    Members outside of it share nothing with it.
    """
    inside = [m for m in members if m in source[0][1]]
    return all(
        _independent(source, blocks)
        for fact in context.independence
        for blocks in _blocks(fact, inside)
    )


def _blocks(fact: Independence, members: Sequence[Member]) -> Iterator[list[list[Member]]]:
    """The blocks of members that the declaration makes independent, for all its indices."""
    shown = [(m, (m[0], tuple(i + 1 for i in m[1]))) for m in members]
    letters = sorted({i for b in fact.blocks for t in b for i in t.indices if i.is_Symbol}, key=str)
    top = max((i for _, m in shown for i in m[1]), default=1)
    outer = [i for i in letters if i not in fact.over]
    for values in product(range(1, top + 1), repeat=len(outer)):
        fixed = dict(zip(outer, values, strict=True))
        if fact.over:
            groups = [
                _matching(fact.blocks[0], shown, fixed | dict(zip(fact.over, at, strict=True)))
                for at in product(range(1, top + 1), repeat=len(fact.over))
            ]
        else:
            groups = [_matching(b, shown, fixed) for b in fact.blocks]
        groups = [g for g in groups if g]
        yield from map(list, combinations(groups, 2)) if fact.pairwise else [groups]


def _matching(
    block: Sequence[Any], members: Sequence[tuple[Member, Member]], fixed: Mapping[Any, int]
) -> list[Member]:
    return [m for m, own in members if any(bind(t, own, fixed) is not None for t in block)]


def _independent(source: Source, blocks: Sequence[Sequence[Member]]) -> bool:
    if len(blocks) < 2:
        return True
    joint: dict[tuple[tuple[Fraction, ...], ...], Fraction] = {}
    for w, values in source:
        key = tuple(tuple(values[m] for m in b) for b in blocks)
        joint[key] = joint.get(key, Fraction(0)) + w
    marginals: list[dict[tuple[Fraction, ...], Fraction]] = [{} for _ in blocks]
    for key, w in joint.items():
        for k, part in enumerate(key):
            marginals[k][part] = marginals[k].get(part, Fraction(0)) + w
    count = 1
    for m in marginals:
        count *= len(m)
    if count != len(joint):
        return False
    for key, w in joint.items():
        expected = Fraction(1)
        for k, part in enumerate(key):
            expected *= marginals[k][part]
        if w != expected:
            return False
    return True
