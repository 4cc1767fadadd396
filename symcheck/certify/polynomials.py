"""What the rule ``ring`` says, of polynomials that are remembered: the judge does it all again."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symcheck.core.declared import Declared
from symcheck.core.judge import MOST_RESULT
from symcheck.core.ring import MOST_WORK, Known, Poly, spread, term
from symcheck.core.terms import Formula, Refused, Term, need
from symcheck.core.theorem import Theorem, known, union

__all__ = ["Algebra"]

Work = list[int]


class Algebra:
    """Polynomials of terms under signs, each made once, and the work that each one takes."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self._made: dict[Any, tuple[Any, int] | str] = {}
        self._canons: dict[Term, Term] = {}
        self._polys: dict[Term, Poly] = {}

    def theorem(self, signs: tuple[Theorem, ...], a: Term, b: Term) -> Theorem:
        """a = b by ring laws and signs.  Refuses what the judge would refuse, who keeps nothing."""
        told = tuple(th.says for th in signs)
        ring, spent = self._once(told, lambda work: known(self._with(work), signs))
        left, more = self._spread(a, told, ring)
        right, most = self._spread(b, told, ring)
        need(spent + more + most <= MOST_WORK, "too much work for one step")
        need(left == right, "not equal by ring laws")
        for t in (a, b):
            self.declared.check_all(t, most=MOST_RESULT)
        return Theorem(
            union(signs),
            ("=", a, b),
            frozenset().union(*(th.uses for th in signs)),
            frozenset().union(*(th.trusts for th in signs)),
            frozenset(("ring",)).union(*(th.rules for th in signs)),
        )

    def poly(self, t: Term) -> Poly:
        """t as a polynomial by ring laws alone, with Fractions."""
        found = self._polys.get(t)
        if found is None:
            made, _ = self._spread(t, (), self.declared.known)
            found = self._polys[t] = {m: Fraction(c) for m, c in made.items()}
        return found

    def canon(self, t: Term) -> Term:
        """The canonical form of t by ring laws alone."""
        found = self._canons.get(t)
        if found is None:
            found = self._canons[t] = term(self._spread(t, (), self.declared.known)[0])
        return found

    def _spread(self, t: Term, told: tuple[Formula, ...], ring: Known) -> tuple[Poly, int]:
        return self._once(
            (t, told), lambda work: spread(t, Known(ring.whole, ring.signs, work))
        )  # fmt: skip

    def _with(self, work: Work) -> Declared:
        return self.declared._replace(known=Known(self.declared.known.whole, work=work))

    def _once(self, key: Any, make: Callable[[Work], Any]) -> tuple[Any, int]:
        """What is made, with the work that it takes; what was refused is refused again."""
        if key not in self._made:
            work = [MOST_WORK]
            try:
                self._made[key] = make(work), MOST_WORK - work[0]
            except Refused as no:
                self._made[key] = str(no)
        made = self._made[key]
        if isinstance(made, str):
            raise Refused(made)
        return made
