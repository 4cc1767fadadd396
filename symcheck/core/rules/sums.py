"""Finite sums: counting, products, one term, parts, other indices.  Source: induction."""

from __future__ import annotations

from symcheck.core.declared import Declared
from symcheck.core.terms import ONE, ZERO, Formula, Term, closed, has, minus, need, opened
from symcheck.core.theorem import Made, same, scheme

J, K = ("v", "~1"), ("v", "~2")


def nonneg(t: Term) -> Formula:
    """t >= 0"""
    return (">=", t)


@scheme("tt")
def count(d: Declared, lo: Term, hi: Term) -> Made:
    """hi - lo + 1 >= 0  gives  Σ_{lo..hi} 1 = hi - lo + 1.  Fails without the premise."""
    n = ("+", minus(hi, lo), ONE)
    return ("=", ("S", lo, hi, ONE), n), nonneg(n)


@scheme("tto")
def empty(d: Declared, lo: Term, hi: Term, body: Term) -> Made:
    """lo - hi > 0  gives  Σ_{lo..hi} a = 0.  Fails without the premise."""
    return ("=", ("S", lo, hi, body), ZERO), (">", minus(lo, hi))


@scheme("tto")
def single(d: Declared, lo: Term, hi: Term, body: Term) -> Made:
    """Σ_{lo..lo} a = a(lo).  Fails when the bounds differ."""
    need(same(d, lo, hi), "the bounds differ")
    return [("=", ("S", lo, hi, body), opened(body, lo))]


@scheme("tttto")
def cut_range(d: Declared, lo: Term, mid: Term, up: Term, hi: Term, body: Term) -> Made:
    """mid - lo + 1 >= 0    hi - mid >= 0  give  Σ_{lo..hi} a = Σ_{lo..mid} a + Σ_{up..hi} a.
    Fails when up is not mid + 1, or without a premise."""
    need(same(d, up, ("+", mid, ONE)), "the second part does not follow the first")
    apart = ("+", ("S", lo, mid, body), ("S", up, hi, body))
    asked = nonneg(("+", minus(mid, lo), ONE)), nonneg(minus(hi, mid))
    return ("=", ("S", lo, hi, body), apart), *asked


@scheme("ttto")
def pick(d: Declared, lo: Term, hi: Term, k: Term, body: Term) -> Made:
    """lo <= k <= hi  gives  Σ_j 1[k - j = 0] a(j) = a(k).
    Fails when k may lie outside, or need not be whole."""
    need(d.known.is_whole(k), "an index that need not be whole")
    picked = closed(("*", ("1", "=", minus(k, J)), opened(body, J)), J)
    asked = nonneg(minus(k, lo)), nonneg(minus(hi, k))
    return ("=", ("S", lo, hi, picked), opened(body, k)), *asked


@scheme("ttotto")
def sum_product(d: Declared, lo: Term, hi: Term, a: Term, low: Term, high: Term, b: Term) -> Made:
    """(Σ_j a(j)) (Σ_k b(k)) = Σ_j Σ_k a(j) b(k).  Never fails."""
    inner = ("S", low, high, closed(("*", opened(a, J), opened(b, K)), K))
    both = ("*", ("S", lo, hi, a), ("S", low, high, b))
    return [("=", both, ("S", lo, hi, closed(inner, J)))]


@scheme("ttttt")
def swap(d: Declared, lo: Term, hi: Term, low: Term, high: Term, a: Term) -> Made:
    """Σ_j Σ_k a(j, k) = Σ_k Σ_j a(j, k), for a given with the letters of the certificate j, k.
    Fails when a range speaks of j or k."""
    j, k = ("v", "j"), ("v", "k")
    need(not any(has(t, i) for t in (lo, hi, low, high) for i in (j, k)), "a range moves")
    one = ("S", lo, hi, closed(("S", low, high, closed(a, k)), j))
    return [("=", one, ("S", low, high, closed(("S", lo, hi, closed(a, j)), k)))]


@scheme("ttont")
def reindex(d: Declared, lo: Term, hi: Term, body: Term, back: int, by: Term) -> Made:
    """Σ_{lo..hi} a(j) = Σ_{lo+s..hi+s} a(j - s);   backwards: Σ_{s-hi..s-lo} a(s - j).
    Fails when s need not be whole."""
    need(d.known.is_whole(by) and back in (0, 1), "a shift that need not be whole")
    ends = (minus(by, hi), minus(by, lo)) if back else (("+", lo, by), ("+", hi, by))
    moved = opened(body, minus(by, J) if back else minus(J, by))
    return [("=", ("S", lo, hi, body), ("S", *ends, closed(moved, J)))]


@scheme("tttto")
def widen(d: Declared, lo: Term, hi: Term, low: Term, high: Term, body: Term) -> Made:
    """lo - low >= 0    high - hi >= 0  give  Σ_{lo..hi} a = Σ_{low..high} 1[lo <= j] 1[j <= hi] a.
    Fails when the new range need not hold the old one."""
    inside = ("*", ("1", ">=", minus(J, lo)), ("1", ">=", minus(hi, J)), opened(body, J))
    wide = ("S", low, high, closed(inside, J))
    return ("=", ("S", lo, hi, body), wide), nonneg(minus(lo, low)), nonneg(minus(high, hi))
