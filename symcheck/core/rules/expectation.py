"""Expectations of combinations, and when products and powers have one.

Source, where no other is named: Williams, Probability with Martingales, 5.3 to 9.7.
"""

from __future__ import annotations

from fractions import Fraction

from symcheck.core.declared import Declared
from symcheck.core.terms import Term, need, num
from symcheck.core.theorem import Made, Terms, scheme

Numbers = tuple[Fraction, ...]


def weighted(d: Declared, cs: Terms, gs: Terms) -> Term:
    """Σ c g, the c without random source."""
    need(cs and len(cs) == len(gs) and d.fixed(*cs), "a coefficient for each term, none random")
    return ("+", *(("*", c, g) for c, g in zip(cs, gs, strict=True)))


@scheme("TTT")
def linear(d: Declared, cs: Terms, gs: Terms, given: Terms) -> Made:
    """E|g_k| finite for every k  gives  E[Σ c_k g_k | y] = Σ c_k E[g_k | y].
    One term needs no premise, since E of what is not integrable is 0.  Fails when a c is random."""
    apart = weighted(d, cs, tuple(("E", g, *given) for g in gs))
    asked = (("L1", g) for g in gs if len(gs) > 1)
    return ("=", ("E", weighted(d, cs, gs), *given), apart), *asked


@scheme("TT")
def exists_linear(d: Declared, cs: Terms, gs: Terms) -> Made:
    """E|g_k| finite for every k  gives  E|Σ c_k g_k| finite.  Fails when a c is random."""
    return ("L1", weighted(d, cs, gs)), *(("L1", g) for g in gs)


@scheme("TQQ")
def holder(d: Declared, fs: Terms, ps: Numbers, qs: Numbers) -> Made:
    """E|f_k|^q_k finite    p_1/q_1 + ... + p_n/q_n <= 1  give  E|f_1^p_1 ... f_n^p_n| finite.
    p >= 0, q > 0; |f|^q is given as f^q for an even q, as f for q = 1.  f^p stands for a whole p,
    |f|^p for any.  Fails when the exponents are not so.  Source: Hölder, Williams 6.13."""
    need(len(fs) == len(ps) == len(qs) <= 50, "exponents for each factor")
    need(all(p >= 0 for p in ps) and all(q > 0 for q in qs), "a negative exponent")
    need(sum(p / q for p, q in zip(ps, qs, strict=True)) <= 1, "too much")
    g = ("*", *(power(f, p, 1) for f, p in zip(fs, ps, strict=True)))
    return ("L1", g), *(("L1", power(f, q, 2)) for f, q in zip(fs, qs, strict=True))


def power(f: Term, p: Fraction, step: int) -> Term:
    """|f|^p; where p is a multiple of the step, as f^p."""
    plain = p.denominator == 1 and p % step == 0
    return f if p == 1 else ("^", f if plain else ("f", "abs", f), num(p))


@scheme("tTq")
def exists_mean(d: Declared, g: Term, given: Terms, q: Fraction) -> Made:
    """E|g|^q finite, q >= 1  gives  E|E[g | y]|^q finite.
    Fails for q < 1.  Source: Jensen's inequality, Williams 9.7(h)."""
    need(q >= 1, "an exponent below 1")
    return ("L1", power(("E", g, *given), q, 2)), ("L1", power(g, q, 2))
