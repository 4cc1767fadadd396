"""Exact linear programming, phase one: nonnegative numbers that satisfy linear equations.

Bland's rule, on integers over one common denominator (Edmonds' pivots).
Source: Schrijver, Theory of Linear and Integer Programming, 1986, sections 3.3 and 11.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["vertex"]

PIVOTS = 300


def vertex(rows: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> list[Fraction] | None:
    """Some w >= 0 with rows w = right, a vertex; earlier columns are preferred.

    None where there is none, or none was found within PIVOTS steps.
    """
    table = _integers(rows, right)
    count, width = table.shape[0], table.shape[1] - 1
    basis = [-1] * count  # -1: an artificial number, which is to become 0
    below = 1
    for _ in range(PIVOTS):
        # What is still artificial, summed: the column must make it smaller.
        lacking = [r for r in range(count) if basis[r] < 0]
        total = table[lacking].sum(axis=0) if lacking else np.zeros(width + 1, dtype=object)
        if total[width] == 0:
            break
        column = next((c for c in range(width) if total[c] > 0), None)
        if column is None:
            return None
        row = _leaving(table, basis, column)
        pivot = table[row, column]
        for r in range(count):
            if r != row:
                table[r] = (table[r] * pivot - table[row] * table[r, column]) // below
        below = pivot
        basis[row] = column
    else:
        return None
    found = [Fraction(0)] * width
    for r, c in enumerate(basis):
        if c >= 0:
            found[c] = Fraction(int(table[r, width]), int(below))
    return found


def _integers(rows: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> Any:
    """The equations without fractions, each with a right side that is not negative."""
    table = np.empty((len(rows), len(rows[0]) + 1), dtype=object)
    for n, (row, end) in enumerate(zip(rows, right, strict=True)):
        own = [*row, end]
        scale = math.lcm(*(v.denominator for v in own)) * (-1 if end < 0 else 1)
        table[n] = [int(v * scale) for v in own]
    return table


def _leaving(table: Any, basis: Sequence[int], column: int) -> int:
    """The row of least ratio; artificial numbers first, then the least column."""
    best: tuple[Fraction, int, int] | None = None
    for r in range(len(basis)):
        if table[r, column] > 0:
            key = (Fraction(int(table[r, -1]), int(table[r, column])), basis[r], r)
            best = key if best is None or key < best else best
    return best[2] if best is not None else -1
