"""Rules for sums of powers."""

from __future__ import annotations

from symcheck.core.declared import Declared
from symcheck.core.terms import Term, need
from symcheck.core.theorem import Made, Theorem, premises, rule

Ths = tuple[Theorem, ...]


@rule("ttt")
def power_add(d: Declared, ths: Ths, r: Term, a: Term, b: Term) -> Made:
    """a >= 0    b >= 0    a, b whole  give  r^(a+b) = r^a r^b, also for r = 0.

    Fails when a or b need not be whole, or without a premise.  Source: laws of exponents, with
    0^0 = 1.
    """
    need(d.known.is_whole(a) and d.known.is_whole(b), "an exponent that need not be whole")
    premises(ths, (">=", a), (">=", b))
    return ("=", ("^", r, ("+", a, b)), ("*", ("^", r, a), ("^", r, b)))
