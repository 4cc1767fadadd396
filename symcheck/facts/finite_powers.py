"""Of which powers of a quantity the expectation is finite."""

from __future__ import annotations

from typing import Any, NamedTuple

from sympy import S, oo

from symcheck.facts.assumptions import NOTHING, Used

__all__ = ["BOUNDED", "UNKNOWN", "Moments"]


class Moments(NamedTuple):
    """E|e|^p is finite for 0 < p < 1/inverse, and for p = 1/inverse where ``closed``.

    With inverse 0 that is every p, and closed means bounded; with inverse oo nothing is known.
    """

    inverse: Any = oo
    closed: bool = False
    used: Used = NOTHING

    def reach(self, p: Any) -> bool:
        """Is E|e|^p finite?  For p = oo: is |e| bounded?"""
        if p == oo:
            return bool(self.inverse == 0) and self.closed
        return bool(self.inverse * p < 1 or (self.inverse * p == 1 and self.closed))

    @property
    def rank(self) -> tuple[Any, bool]:
        """The less, the more is finite."""
        return self.inverse, not self.closed

    def power(self, n: Any) -> Moments:
        """Of |e|^n."""
        return self._replace(inverse=self.inverse * n)

    def times(self, other: Moments) -> Moments:
        """Of a product, by Hölder's inequality."""
        both = self.closed and other.closed
        return Moments(self.inverse + other.inverse, both, self.used | other.used)

    def least(self, other: Moments) -> Moments:
        """Of a sum, or of a product of independent factors."""
        worse = max(self, other, key=lambda m: m.rank)
        return worse._replace(used=self.used | other.used)


BOUNDED = Moments(S.Zero, True)
UNKNOWN = Moments()
