"""Is a polynomial a combination of others, with multipliers that are not negative?

The simplex method over the rationals, with Bland's choice of pivots, so that it ends.
Source: Schrijver, Theory of Linear and Integer Programming, 1986, section 11.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symcheck.core.ring import Poly

__all__ = ["combination"]

MOST_ROWS = 80
MOST_PIVOTS = 400
NONE = Fraction(0)
Row = list[Fraction]


def combination(goal: Poly, known: Sequence[tuple[str, Poly]], strict: bool) -> Row | None:
    """c with goal = Σ c_k p_k + c_0, c_0 >= 0 (strict: or > 0, or some c_k > 0 with p_k > 0).

    ``known`` are pairs of ``=``, ``>=`` or ``>`` and a polynomial; multipliers of equations may
    have any sign.  None where there are no such c, or the search takes too long.
    """
    near = _near(goal, known)
    columns = [(k, s) for k in near for s in ((1, -1) if known[k][0] == "=" else (1,))]
    if len(columns) > MOST_ROWS:
        return None
    monomials = sorted({m for k in near for m in known[k][1]} | {*goal, ()}, key=repr)
    if any(m and not any(m in known[k][1] for k in near) for m in goal):
        return None
    table = _Table(
        [[s * known[k][1].get(m, NONE) for k, s in columns] + [Fraction(not m)] for m in monomials],
        [goal.get(m, NONE) for m in monomials],
    )
    gains = [Fraction(known[k][0] == ">") for k, _ in columns] + [Fraction(1)]
    found = table.solution(gains if strict else None)
    if found is None:
        return None
    by = [NONE] * len(known)
    for (k, s), c in zip(columns, found, strict=False):
        by[k] += s * c
    return by


def _near(goal: Poly, known: Sequence[tuple[str, Poly]]) -> list[int]:
    """The numbers of what shares a monomial with the goal, or with one of these."""
    reached, rest, found = {m for m in goal if m}, list(range(len(known))), list[int]()
    while near := [k for k in rest if reached & known[k][1].keys()]:
        found += near
        rest = [k for k in rest if k not in near]
        reached |= {m for k in near for m in known[k][1] if m}
    return sorted(found)


class _Table:
    """Equations between variables that are not negative, to be solved by pivots."""

    def __init__(self, rows: list[Row], right: Row) -> None:
        self.wide = len(rows[0])
        size = len(rows)
        self.rows: list[Row] = []
        for n, (row, b) in enumerate(zip(rows, right, strict=True)):
            sign = -1 if b < 0 else 1
            aside = [Fraction(n == m) for m in range(size)]
            self.rows.append([*(sign * a for a in row), *aside, sign * b])
        self.basis = [self.wide + n for n in range(size)]
        self.left = MOST_PIVOTS

    def solution(self, gains: Row | None) -> Row | None:
        """A solution; with ``gains`` one whose gain is positive.  None: there is none."""
        size = len(self.rows)
        first = [NONE] * self.wide + [Fraction(-1)] * size
        self._climb(first, self.wide + size, until=None)
        if self._value(first) != 0:
            return None
        self._drive_out()
        if gains is None:
            return self._point()
        whole = gains + [NONE] * size
        ray = self._climb(whole, self.wide, until=NONE)
        point = self._point()
        if ray is not None:
            point = [a + b for a, b in zip(point, ray, strict=True)]
        gain = sum((g * x for g, x in zip(gains, point, strict=True)), NONE)
        return point if gain > 0 else None

    def _drive_out(self) -> None:
        """Let no helping variable stay in the basis where another can take its place."""
        for r in range(len(self.rows)):
            if self.basis[r] >= self.wide:
                n = next((n for n in range(self.wide) if self.rows[r][n]), None)
                if n is not None:
                    self._pivot(r, n)

    def _value(self, gains: Row) -> Fraction:
        pairs = zip(self.basis, self.rows, strict=True)
        return sum((gains[b] * row[-1] for b, row in pairs), NONE)

    def _point(self) -> Row:
        point = [NONE] * self.wide
        for b, row in zip(self.basis, self.rows, strict=True):
            if b < self.wide:
                point[b] = row[-1]
        return point

    def _climb(self, gains: Row, most: int, until: Fraction | None) -> Row | None:
        """Pivot while the gain grows; a direction in which it grows for ever, or None."""
        while self.left and (until is None or self._value(gains) <= until):
            enters = next((n for n in range(most) if self._profit(gains, n) > 0), None)
            if enters is None:
                return None
            ratios = [
                (row[-1] / row[enters], self.basis[r], r)
                for r, row in enumerate(self.rows)
                if row[enters] > 0
            ]
            if not ratios:
                return self._ray(enters)
            self._pivot(min(ratios)[2], enters)
        return None

    def _profit(self, gains: Row, n: int) -> Fraction:
        if n in self.basis:
            return NONE
        pairs = zip(self.basis, self.rows, strict=True)
        return gains[n] - sum((gains[b] * row[n] for b, row in pairs if row[n]), NONE)

    def _ray(self, enters: int) -> Row:
        ray = [NONE] * self.wide
        ray[enters] = Fraction(1)
        for b, row in zip(self.basis, self.rows, strict=True):
            if b < self.wide:
                ray[b] = -row[enters]
        return ray

    def _pivot(self, r: int, n: int) -> None:
        self.left = max(self.left - 1, 0)
        top = self.rows[r]
        by = top[n]
        top = self.rows[r] = [a / by for a in top]
        for k, row in enumerate(self.rows):
            if k != r and row[n]:
                c = row[n]
                self.rows[k] = [a - c * b if b else a for a, b in zip(row, top, strict=True)]
        self.basis[r] = n
