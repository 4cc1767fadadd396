"""Rules for existence: facts that hold at every real number, and the logarithm."""

from __future__ import annotations

from symcheck.core.declared import ORDER, Declared
from symcheck.core.terms import (
    MINUS,
    ONE,
    Term,
    formula_terms,
    map_formula,
    minus,
    need,
    parts,
    replaced,
)
from symcheck.core.theorem import Made, Theorem, one, premises, rule

Ths = tuple[Theorem, ...]


@rule("nT")
def at_values(d: Declared, ths: Ths, n: int, values: tuple[Term, ...]) -> Made:
    """declared: a sign F for all real t, F made of constants and functions  gives  F[values].

    The values may be random, for F holds at every outcome.  Fails when F has conditions or
    letters for whole numbers, or speaks of variables, expectations, sums or derivatives.
    Source: instantiation at every outcome.
    """
    premises(ths)
    need(n < len(d.entries) and d.entries[n].kind == "fact", "no declared fact")
    letters, conditions, says = d.entries[n].data
    need(not conditions and says[0] in ORDER, "no sign without conditions")
    need(all(t[0] == "c" for t in letters), "a letter for whole numbers")
    inside = {p[0] for t in formula_terms(says) for p in parts(t)}
    need(not inside & set("xdESDb"), "it need not hold at every outcome")
    need(len(values) == len(letters), "a value for each letter")
    at = dict(zip(letters, values, strict=True))
    return map_formula(says, lambda t: replaced(t, at)), frozenset(), (n,)


@rule("")
def log_below(d: Declared, ths: Ths) -> Made:
    """a > 0  gives  a - 1 - log a >= 0.

    Fails without the premise.  Source: Abramowitz and Stegun 4.1.33.
    """
    _, a = one(ths, ">")
    return (">=", minus(minus(a, ONE), ("f", "log", a)))


@rule("")
def inverse(d: Declared, ths: Ths) -> Made:
    """a != 0 (or > 0)  gives  a a^-1 = 1.

    Fails without the premise.  Source: fields; the ring multiplies a sum out.
    """
    _, a = one(ths, "!=", ">")
    return ("=", ("*", a, ("^", a, MINUS)), ONE)
