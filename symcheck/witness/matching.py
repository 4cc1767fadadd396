"""Finite stand-ins for continuous laws: few points, rational weights, the same moments.

The expectation of a polynomial of degree d in independent variables depends on their
first d moments only.  A finite law with those moments therefore gives its exact value
(a quadrature rule with rational nodes; Tchakaloff 1957 for existence).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import comb, isqrt

from sympy import Rational

from symcheck.language.laws import LAWS
from symcheck.language.ring import canonical
from symcheck.numbers.program import LEAD, Node

__all__ = ["degrees", "inside", "kinks", "matched"]

MAX_DEGREE = 6
_POLYNOMIAL = {"relabel", "sum", "mean", "add", "mul", "einsum"}
_KINKS = {"relu", "leaky_relu", "abs", "max", "min", "sign", "indicator"}
_STEPS = {"sign", "indicator"}


def kinks(order: Sequence[Node]) -> list[Node]:
    """The nodes that are polynomials on each side of somewhere only."""
    return [n for n in order if n.kind in _KINKS]


def degrees(order: Sequence[Node], *, pieces: bool = False) -> dict[str, int | None]:
    """The degree of every family inside expectations; None where it is no polynomial.

    ``order`` lists nodes with arguments first.  With ``pieces`` it is the degree of each
    piece between the kinks, which are where something of degree 1 changes its sign.
    """
    inside: dict[int, dict[str, int | None]] = {}
    top: dict[str, int | None] = {}

    def note(found: dict[str, int | None]) -> None:
        for name, d in found.items():
            old = top.get(name, 0)
            top[name] = None if d is None or old is None else max(d, old)

    for n in order:
        parts = [inside[a.number] for a in n.args]
        names = {name for p in parts for name in p}
        if n.kind == "random":
            found: dict[str, int | None] = {n.data[0]: 1}
        elif n.kind == "power" and n.data > 0:
            found = {k: None if d is None else d * n.data for k, d in parts[0].items()}
        elif n.kind in _POLYNOMIAL:
            found = {}
            for name in names:
                values = [p.get(name, 0) for p in parts]
                known = [v for v in values if v is not None]
                together = max(known, default=0) if n.kind == "add" else sum(known)
                found[name] = together if len(known) == len(values) else None
        elif pieces and n.kind in _KINKS:
            found = {}
            for name in names:
                flat = all(p.get(name, 0) in (0, 1) for p in parts)
                if n.kind == "leaky_relu":
                    flat = flat and parts[1].get(name, 0) == 0
                found[name] = (0 if n.kind in _STEPS else 1) if flat else None
        else:
            found = dict.fromkeys(names)
        if n.kind == "einsum" and n.data == LEAD:
            note(found)
            found = {}
        elif n.kind == "random" or None in found.values():
            note(found)
        inside[n.number] = found
    return top


@lru_cache(maxsize=500)
def matched(
    name: str, parameters: tuple[Fraction, ...], degree: int
) -> tuple[tuple[Fraction, Fraction], ...] | None:
    """Points with the first ``degree`` moments of a named law; None where none were found."""
    law = LAWS[name]
    numbers = [Rational(p.numerator, p.denominator) for p in parameters]
    moments = []
    for n in range(max(degree, 2) + 1):
        if n and not bool(law.below(*numbers) > n):
            return None
        m = law.moment(n, *numbers)
        if m is None:
            return None
        m = canonical(m)
        if not m.is_Rational:
            return None
        moments.append(Fraction(int(m.p), int(m.q)))
    mean, variance = moments[1], moments[2] - moments[1] ** 2
    if variance <= 0:
        return None
    # Around the mean, in steps near the standard deviation.
    central = [_central(moments, n) for n in range(len(moments))]
    root = Fraction(isqrt(int(variance * 10**4)), 100)
    steps = [Fraction(1), root or Fraction(1), *(root * Fraction(k, 8) for k in range(3, 13))]
    rng = random.Random(1)
    size = len(moments)
    for step in dict.fromkeys(steps):
        if step == 0:
            continue
        grid = [step * k for k in range(-3, 9 if name in ("exponential", "poisson") else 4)]
        choices = list(combinations(grid, size)) if len(grid) >= size else []
        rng.shuffle(choices)
        for points in choices[:60]:
            weights = _solve(points, central)
            if weights is not None and all(w >= 0 for w in weights):
                return tuple((mean + x, w) for x, w in zip(points, weights, strict=True) if w > 0)
    return None


@lru_cache
def inside(degree: int) -> tuple[tuple[Fraction, Fraction], ...] | None:
    """Points inside of (-1, 1) with the first ``degree`` moments of the uniform law on it."""
    size = max(degree, 1) + 1
    size += size % 2 == 0  # with 0 in the middle
    moments = [Fraction(1 - n % 2, n + 1) for n in range(size)]
    for half in combinations([Fraction(k, 8) for k in range(7, 0, -1)], size // 2):
        points = [*(-x for x in half), Fraction(0), *half]
        weights = _solve(points, moments)
        if weights is not None and all(w >= 0 for w in weights):
            return tuple((x, w) for x, w in zip(points, weights, strict=True) if w > 0)
    return None


def _central(moments: Sequence[Fraction], n: int) -> Fraction:
    mean = moments[1]
    return sum(
        (comb(n, k) * moments[k] * (-mean) ** (n - k) for k in range(n + 1)), start=Fraction(0)
    )


def _solve(points: Sequence[Fraction], moments: Sequence[Fraction]) -> list[Fraction] | None:
    """Weights on the points that give the moments (a Vandermonde system)."""
    n = len(points)
    rows = [[x**k for x in points] + [moments[k]] for k in range(n)]
    for c in range(n):
        pivot = next((r for r in range(c, n) if rows[r][c] != 0), None)
        if pivot is None:
            return None
        rows[c], rows[pivot] = rows[pivot], rows[c]
        lead = rows[c][c]
        rows[c] = [v / lead for v in rows[c]]
        for r in range(n):
            if r != c and rows[r][c] != 0:
                factor = rows[r][c]
                rows[r] = [v - factor * w for v, w in zip(rows[r], rows[c], strict=True)]
    return [row[-1] for row in rows]
