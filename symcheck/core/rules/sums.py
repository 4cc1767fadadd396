"""Finite sums: counting, products, one term, parts, other indices.  Source: induction."""

from __future__ import annotations

from symcheck.core.declared import Declared
from symcheck.core.terms import ONE, ZERO, Term, closed, has, minus, need, opened
from symcheck.core.theorem import Made, Theorem, premises, rule, same

Ths = tuple[Theorem, ...]
J, K = ("v", "~1"), ("v", "~2")


def nonneg(t: Term) -> tuple[str, Term]:
    """t >= 0"""
    return (">=", t)


@rule("tt")
def count(d: Declared, ths: Ths, lo: Term, hi: Term) -> Made:
    """hi - lo + 1 >= 0  gives  Σ_{lo..hi} 1 = hi - lo + 1.

    Fails without the premise.
    """
    n = ("+", minus(hi, lo), ONE)
    premises(ths, nonneg(n))
    return ("=", ("S", lo, hi, ONE), n)


@rule("tto")
def empty(d: Declared, ths: Ths, lo: Term, hi: Term, body: Term) -> Made:
    """lo - hi > 0  gives  Σ_{lo..hi} a = 0.

    Fails without the premise.
    """
    premises(ths, (">", minus(lo, hi)))
    return ("=", ("S", lo, hi, body), ZERO)


@rule("tto")
def single(d: Declared, ths: Ths, lo: Term, hi: Term, body: Term) -> Made:
    """Σ_{lo..lo} a = a(lo).

    Fails when the bounds differ.
    """
    premises(ths)
    need(same(d, lo, hi), "the bounds differ")
    return ("=", ("S", lo, hi, body), opened(body, lo))


@rule("tttto")
def cut_range(d: Declared, ths: Ths, lo: Term, mid: Term, up: Term, hi: Term, body: Term) -> Made:
    """mid - lo + 1 >= 0    hi - mid >= 0  give  Σ_{lo..hi} a = Σ_{lo..mid} a + Σ_{up..hi} a.

    Fails when up is not mid + 1, or without a premise.
    """
    premises(ths, nonneg(("+", minus(mid, lo), ONE)), nonneg(minus(hi, mid)))
    need(same(d, up, ("+", mid, ONE)), "the second part does not follow the first")
    return ("=", ("S", lo, hi, body), ("+", ("S", lo, mid, body), ("S", up, hi, body)))


@rule("ttto")
def pick(d: Declared, ths: Ths, lo: Term, hi: Term, k: Term, body: Term) -> Made:
    """lo <= k <= hi  gives  Σ_j 1[k - j = 0] a(j) = a(k).

    Fails when k may lie outside, or need not be whole.
    """
    premises(ths, nonneg(minus(k, lo)), nonneg(minus(hi, k)))
    need(d.known.is_whole(k), "an index that need not be whole")
    picked = closed(("*", ("1", "=", minus(k, J)), opened(body, J)), J)
    return ("=", ("S", lo, hi, picked), opened(body, k))


@rule("ttotto")
def sum_product(
    d: Declared, ths: Ths, lo: Term, hi: Term, a: Term, low: Term, high: Term, b: Term
) -> Made:
    """(Σ_j a(j)) (Σ_k b(k)) = Σ_j Σ_k a(j) b(k).

    Never fails.
    """
    premises(ths)
    inner = ("S", low, high, closed(("*", opened(a, J), opened(b, K)), K))
    both = ("*", ("S", lo, hi, a), ("S", low, high, b))
    return ("=", both, ("S", lo, hi, closed(inner, J)))


@rule("ttttt")
def swap(d: Declared, ths: Ths, lo: Term, hi: Term, low: Term, high: Term, a: Term) -> Made:
    """Σ_j Σ_k a(j, k) = Σ_k Σ_j a(j, k), for a given with the letters of the certificate j, k.

    Fails when a range speaks of j or k.
    """
    premises(ths)
    j, k = ("v", "j"), ("v", "k")
    need(not any(has(t, i) for t in (lo, hi, low, high) for i in (j, k)), "a range moves")

    def nested(outer: Term, inner: Term) -> Term:
        ranges = {j: (lo, hi), k: (low, high)}
        one = ("S", *ranges[inner], closed(a, inner))
        return ("S", *ranges[outer], closed(one, outer))

    return ("=", nested(j, k), nested(k, j))


@rule("ttont")
def reindex(d: Declared, ths: Ths, lo: Term, hi: Term, body: Term, back: int, by: Term) -> Made:
    """Σ_{lo..hi} a(j) = Σ_{lo+s..hi+s} a(j - s);   backwards: Σ_{s-hi..s-lo} a(s - j).

    Fails when s need not be whole.
    """
    premises(ths)
    need(d.known.is_whole(by) and back in (0, 1), "a shift that need not be whole")
    ends = (minus(by, hi), minus(by, lo)) if back else (("+", lo, by), ("+", hi, by))
    moved = opened(body, minus(by, J) if back else minus(J, by))
    return ("=", ("S", lo, hi, body), ("S", *ends, closed(moved, J)))


@rule("tttto")
def widen(d: Declared, ths: Ths, lo: Term, hi: Term, low: Term, high: Term, body: Term) -> Made:
    """lo - low >= 0    high - hi >= 0  give  Σ_{lo..hi} a = Σ_{low..high} 1[lo <= j] 1[j <= hi] a.

    Fails when the new range need not hold the old one.
    """
    premises(ths, nonneg(minus(lo, low)), nonneg(minus(high, hi)))
    inside = ("*", ("1", ">=", minus(J, lo)), ("1", ">=", minus(hi, J)), opened(body, J))
    return ("=", ("S", lo, hi, body), ("S", low, high, closed(inside, J)))

