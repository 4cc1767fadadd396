"""Expectations: the four rules, conditioning, and when they exist.

Source, where no other is named: Williams, Probability with Martingales, 5.3 to 9.7.
"""

from __future__ import annotations

from fractions import Fraction

from symcheck.core.declared import Declared
from symcheck.core.terms import Formula, Term, closed, minus, need, num
from symcheck.core.theorem import Made, Terms, Ths, one, premises, ranged, rule, scheme

Numbers = tuple[Fraction, ...]


def mean(g: Term, given: Terms) -> Term:
    """E[g | given]"""
    return ("E", g, *given)


def exists(g: Term) -> Formula:
    """E|g| is finite"""
    return ("L1", g)


def weighted(d: Declared, cs: Terms, gs: Terms) -> Term:
    """Σ c g, the c without random source."""
    need(cs and len(cs) == len(gs) and d.fixed(*cs), "a coefficient for each term, none random")
    return ("+", *(("*", c, g) for c, g in zip(cs, gs, strict=True)))


@scheme("tT")
def constant(d: Declared, k: Term, given: Terms) -> Made:
    """k has no random source, or is a function of y and E|k| is finite  give  E[k | y] = k.
    Fails when k depends on anything else."""
    free = d.fixed(k)
    need(free or d.measurable(k, given), "it is not a function of what is given")
    return ("=", mean(k, given), k), *(() if free else (exists(k),))


@scheme("TTT")
def linear(d: Declared, cs: Terms, gs: Terms, given: Terms) -> Made:
    """E|g_k| finite for every k  gives  E[Σ c_k g_k | y] = Σ c_k E[g_k | y].
    One term needs no premise, since E of what is not integrable is 0.  Fails when a c is random."""
    apart = weighted(d, cs, tuple(mean(g, given) for g in gs))
    asked = map(exists, gs if len(gs) > 1 else ())
    return ("=", mean(weighted(d, cs, gs), given), apart), *asked


@rule("tttT")
def mean_sum(d: Declared, ths: Ths, letter: Term, lo: Term, hi: Term, given: Terms) -> Made:
    """{lo <= j <= hi} |- E|g(j)| finite  gives  E[Σ_j g(j) | y] = Σ_j E[g(j) | y].
    Fails when j is not arbitrary, or stands in a bound or in y."""
    _, g = one(ths, "L1")
    hyps = ranged(ths[0], letter, lo, hi, *given)
    apart = ("S", lo, hi, closed(mean(g, given), letter))
    return ("=", mean(("S", lo, hi, closed(g, letter)), given), apart), hyps, ()


@scheme("ttT")
def pull_out(d: Declared, k: Term, g: Term, given: Terms) -> Made:
    """k is a function of y    E|g|, E|k g| finite  give  E[k g | y] = k E[g | y].
    Fails when k depends on anything else."""
    need(d.measurable(k, given), "it is not a function of what is given")
    kg = ("*", k, g)
    return ("=", mean(kg, given), ("*", k, mean(g, given))), exists(g), exists(kg)


@scheme("tTT")
def tower(d: Declared, g: Term, inner: Terms, outer: Terms) -> Made:
    """z is a function of y  gives  E[E[g | y] | z] = E[g | z].  Fails when z is not."""
    need(all(d.measurable(z, inner) for z in outer), "the outer condition knows more")
    return [("=", mean(mean(g, inner), outer), mean(g, outer))]


@scheme("ttT")
def product(d: Declared, f: Term, g: Term, given: Terms) -> Made:
    """f, g independent given y    E|f|, E|g| finite  give  E[f g | y] = E[f | y] E[g | y].
    Where something is given, E|f g| finite is a premise too: it does not follow then (f = g = y).
    Fails without a premise."""
    fg = ("*", f, g)
    asked = ("ind", (f,), (g,), given), exists(f), exists(g), *([exists(fg)] if given else [])
    return ("=", mean(fg, given), ("*", mean(f, given), mean(g, given))), *asked


@scheme("tTT")
def drop(d: Declared, g: Term, given: Terms, more: Terms) -> Made:
    """g independent of z given y  gives  E[g | y, z] = E[g | y].  Fails without the premise."""
    return ("=", mean(g, (*given, *more)), mean(g, given)), ("ind", (g,), more, given)


# ---------------------------------------------------------------- existence


@scheme("t")
def exists_fixed(d: Declared, k: Term) -> Made:
    """k has no random source, or is E[g | y]  gives  E|k| finite.  Fails otherwise."""
    need(k[0] == "E" or d.fixed(k), "it is random")
    return [exists(k)]


@scheme("TT")
def exists_linear(d: Declared, cs: Terms, gs: Terms) -> Made:
    """E|g_k| finite for every k  gives  E|Σ c_k g_k| finite.  Fails when a c is random."""
    return exists(weighted(d, cs, gs)), *map(exists, gs)


@rule("ttt")
def exists_sum(d: Declared, ths: Ths, letter: Term, lo: Term, hi: Term) -> Made:
    """{lo <= j <= hi} |- E|g(j)| finite  gives  E|Σ_j g(j)| finite.
    Fails when j is not arbitrary."""
    _, g = one(ths, "L1")
    return exists(("S", lo, hi, closed(g, letter))), ranged(ths[0], letter, lo, hi), ()


@scheme("tt")
def exists_product(d: Declared, f: Term, g: Term) -> Made:
    """f, g independent    E|f|, E|g| finite  give  E|f g| finite.  Fails without a premise."""
    return exists(("*", f, g)), ("ind", (f,), (g,), ()), exists(f), exists(g)


@scheme("tT")
def exists_bounded(d: Declared, c: Term, kg: Terms) -> Made:
    """-c <= k <= c    E|g| finite  give  E|k g| finite, for a c without random source.
    Fails when c is random."""
    need(len(kg) == 2 and d.fixed(c), "a bound without random source, and two factors")
    k, g = kg
    return exists(("*", k, g)), (">=", ("+", c, k)), (">=", minus(c, k)), exists(g)


@scheme("tt")
def exists_below(d: Declared, f: Term, g: Term) -> Made:
    """|f| <= |g|    E|g| finite  give  E|f| finite.  Fails without a premise."""
    return exists(f), (">=", minus(("f", "abs", g), ("f", "abs", f))), exists(g)


@rule("")
def exists_equal(d: Declared, ths: Ths) -> Made:
    """a = b    E|a| finite  give  E|b| finite.
    Fails when the second premise is of another term."""
    _, a, b = one(ths[:1], "=")
    premises(ths[1:], exists(a))
    return exists(b)


@scheme("TQQ")
def holder(d: Declared, fs: Terms, ps: Numbers, qs: Numbers) -> Made:
    """E|f_k|^q_k finite    p_1/q_1 + ... + p_n/q_n <= 1  give  E|f_1^p_1 ... f_n^p_n| finite.
    p >= 0, q > 0; |f|^q is given as f^q for an even q, as f for q = 1.  f^p stands for a whole p,
    |f|^p for any.  Fails when the exponents are not so.  Source: Hölder, Williams 6.13."""
    need(len(fs) == len(ps) == len(qs) <= 50, "exponents for each factor")
    need(all(p >= 0 for p in ps) and all(q > 0 for q in qs), "a negative exponent")
    need(sum(p / q for p, q in zip(ps, qs, strict=True)) <= 1, "too much")
    g = ("*", *(power(f, p, 1) for f, p in zip(fs, ps, strict=True)))
    return exists(g), *(exists(power(f, q, 2)) for f, q in zip(fs, qs, strict=True))


def power(f: Term, p: Fraction, step: int) -> Term:
    """|f|^p; where p is a multiple of the step, as f^p."""
    plain = p.denominator == 1 and p % step == 0
    return f if p == 1 else ("^", f if plain else ("f", "abs", f), num(p))


@scheme("tTq")
def exists_mean(d: Declared, g: Term, given: Terms, q: Fraction) -> Made:
    """E|g|^q finite, q >= 1  gives  E|E[g | y]|^q finite.
    Fails for q < 1.  Source: Jensen's inequality, Williams 9.7(h)."""
    need(q >= 1, "an exponent below 1")
    return exists(power(mean(g, given), q, 2)), exists(power(g, q, 2))


@scheme("ttT")
def exists_known(d: Declared, k: Term, g: Term, given: Terms) -> Made:
    """k is a function of y    E|g|, E|k g| finite  give  E|k E[g | y]| finite.
    Fails when k depends on anything else."""
    need(d.measurable(k, given), "it is not a function of what is given")
    return exists(("*", k, mean(g, given))), exists(g), exists(("*", k, g))
