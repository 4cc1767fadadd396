"""Rules that are for all the terms of a sum: the letter that stands for the index is arbitrary.

Source, where no other is named: induction over the terms.
"""

from __future__ import annotations

from symcheck.core.declared import Declared
from symcheck.core.terms import ONE, Term, closed, has, minus, need
from symcheck.core.theorem import Made, Terms, Ths, one, premises, ranged, rule, scheme, union


@scheme("ttttt")
def swap(d: Declared, lo: Term, hi: Term, low: Term, high: Term, a: Term) -> Made:
    """Σ_j Σ_k a(j, k) = Σ_k Σ_j a(j, k), for a given with the letters of the certificate j, k.
    Fails when a range speaks of j or k."""
    j, k = ("v", "j"), ("v", "k")
    need(not any(has(t, i) for t in (lo, hi, low, high) for i in (j, k)), "a range moves")
    one = ("S", lo, hi, closed(("S", low, high, closed(a, k)), j))
    return [("=", one, ("S", low, high, closed(("S", lo, hi, closed(a, j)), k)))]


@rule("ttt")
def sum_sign(d: Declared, ths: Ths, letter: Term, lo: Term, hi: Term) -> Made:
    """{lo <= i <= hi} |- a(i) >= 0  gives  Σ_i a(i) >= 0; with a(i) > 0 and hi - lo >= 0 also > 0.
    Fails when i is not arbitrary.  Source: induction over the terms."""
    rel, a = one(ths[:1], ">", ">=")
    hyps = ranged(ths[0], letter, lo, hi)
    premises(ths[1:], *([(">=", minus(hi, lo))] if len(ths) > 1 else []))
    rel = rel if len(ths) == 2 else ">="
    return (rel, ("S", lo, hi, closed(a, letter))), hyps | union(ths[1:]), ()


@rule("tttT")
def mean_sum(d: Declared, ths: Ths, letter: Term, lo: Term, hi: Term, given: Terms) -> Made:
    """{lo <= j <= hi} |- E|g(j)| finite  gives  E[Σ_j g(j) | y] = Σ_j E[g(j) | y].
    Fails when j is not arbitrary, or stands in a bound or in y."""
    _, g = one(ths, "L1")
    hyps = ranged(ths[0], letter, lo, hi, *given)
    apart = ("S", lo, hi, closed(("E", g, *given), letter))
    return ("=", ("E", ("S", lo, hi, closed(g, letter)), *given), apart), hyps, ()


@rule("ttt")
def exists_sum(d: Declared, ths: Ths, letter: Term, lo: Term, hi: Term) -> Made:
    """{lo <= j <= hi} |- E|g(j)| finite  gives  E|Σ_j g(j)| finite.
    Fails when j is not arbitrary."""
    _, g = one(ths, "L1")
    return ("L1", ("S", lo, hi, closed(g, letter))), ranged(ths[0], letter, lo, hi), ()


@rule("ttt")
def law_normal_sum(d: Declared, ths: Ths, i: Term, lo: Term, hi: Term) -> Made:
    """{lo <= i <= hi} |- g(i) ~ normal(m(i), v(i))    {lo <= i <= hi} |- g(i), Σ_{lo..i-1} g
    independent  give  Σ_{lo..hi} g ~ normal(Σ m, Σ v).
    Fails when i is not arbitrary.  Source: induction over the terms; Johnson, Kotz and
    Balakrishnan, ch. 13; the empty sum is 0, and normal(0, 0)."""
    _, g, law, at = one(ths[:1], "law")
    need(law == "normal", "normal laws are needed")
    before: Term = ("S", lo, minus(i, ONE), closed(g, i))
    premises(ths[1:], ("ind", (g,), (before,), ()))
    hyps = ranged(ths[0], i, lo, hi) | ranged(ths[1], i, lo, hi)
    total, m, v = (("S", lo, hi, closed(t, i)) for t in (g, *at))
    return ("law", total, "normal", (m, v)), hyps, ()
