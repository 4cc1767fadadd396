"""Division by what is not zero."""

from __future__ import annotations

from symcheck.core.declared import Declared
from symcheck.core.terms import MINUS, ONE, Term
from symcheck.core.theorem import Made, Theorem, premises, rule


@rule("t")
def inverse(d: Declared, ths: tuple[Theorem, ...], a: Term) -> Made:
    """a != 0  gives  a a^-1 = 1, for an a that the ring multiplies out.

    Fails without the premise.  Source: fields.
    """
    premises(ths, ("!=", a))
    return ("=", ("*", a, ("^", a, MINUS)), ONE)
