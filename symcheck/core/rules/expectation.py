"""Expectations: the four rules, conditioning, and when they exist.

Source, where no other is named: Williams, Probability with Martingales, 5.3 to 9.7.
"""

from __future__ import annotations

from fractions import Fraction

from symcheck.core.declared import Declared, within
from symcheck.core.terms import Term, closed, has, minus, need
from symcheck.core.theorem import Made, Theorem, left, one, premises, rule

Ths = tuple[Theorem, ...]
Terms = tuple[Term, ...]


def mean(g: Term, given: Terms) -> Term:
    """E[g | given]"""
    return ("E", g, *given)


def exists(g: Term) -> tuple[str, Term]:
    """E|g| is finite"""
    return ("L1", g)


def weighted(d: Declared, cs: Terms, gs: Terms) -> Term:
    """Σ c g, the c without random source."""
    need(cs and len(cs) == len(gs) and d.fixed(*cs), "a coefficient for each term, none random")
    return ("+", *(("*", c, g) for c, g in zip(cs, gs, strict=True)))


@rule("tT")
def constant(d: Declared, ths: Ths, k: Term, given: Terms) -> Made:
    """k has no random source, or is a function of y and E|k| is finite  give  E[k | y] = k.

    Fails when k depends on anything else.
    """
    if not d.fixed(k):
        need(d.measurable(k, given), "it is not a function of what is given")
        premises(ths, exists(k))
    return ("=", mean(k, given), k)


@rule("TTT")
def linear(d: Declared, ths: Ths, cs: Terms, gs: Terms, given: Terms) -> Made:
    """E|g_k| finite for every k  gives  E[Σ c_k g_k | y] = Σ c_k E[g_k | y].

    One term needs no premise, since E of what is not integrable is 0.  Fails when a c is random.
    """
    whole = weighted(d, cs, gs)
    premises(ths, *(map(exists, gs) if len(gs) > 1 else ()))
    return ("=", mean(whole, given), weighted(d, cs, tuple(mean(g, given) for g in gs)))


@rule("tttT")
def mean_sum(d: Declared, ths: Ths, letter: Term, lo: Term, hi: Term, given: Terms) -> Made:
    """{lo <= j <= hi} |- E|g(j)| finite  gives  E[Σ_j g(j) | y] = Σ_j E[g(j) | y].

    Fails when j is not arbitrary, or stands in a bound or in y.
    """
    g = one(ths, "L1")[1]
    need(letter[0] == "v" and not any(has(t, letter) for t in (lo, hi, *given)), "no new letter")
    hyps = left(ths[0], within(letter, lo, hi), letter)
    apart = ("S", lo, hi, closed(mean(g, given), letter))
    return ("=", mean(("S", lo, hi, closed(g, letter)), given), apart), hyps, ()


@rule("ttT")
def pull_out(d: Declared, ths: Ths, k: Term, g: Term, given: Terms) -> Made:
    """k is a function of y    E|g|, E|k g| finite  give  E[k g | y] = k E[g | y].

    Fails when k depends on anything else.
    """
    need(d.measurable(k, given), "it is not a function of what is given")
    premises(ths, exists(g), exists(("*", k, g)))
    return ("=", mean(("*", k, g), given), ("*", k, mean(g, given)))


@rule("tTT")
def tower(d: Declared, ths: Ths, g: Term, inner: Terms, outer: Terms) -> Made:
    """z is a function of y  gives  E[E[g | y] | z] = E[g | z].

    Fails when z is not.
    """
    premises(ths)
    need(all(d.measurable(z, inner) for z in outer), "the outer condition knows more")
    return ("=", mean(mean(g, inner), outer), mean(g, outer))


@rule("ttT")
def product(d: Declared, ths: Ths, f: Term, g: Term, given: Terms) -> Made:
    """f, g independent given y    E|f|, E|g| finite  give  E[f g | y] = E[f | y] E[g | y].

    Where something is given, E|f g| is to be finite too: y is independent of y given y.
    Fails without a premise.
    """
    asked = [exists(f), exists(g), *([exists(("*", f, g))] if given else [])]
    premises(ths, ("ind", (f,), (g,), given), *asked)
    return ("=", mean(("*", f, g), given), ("*", mean(f, given), mean(g, given)))


@rule("tTT")
def drop(d: Declared, ths: Ths, g: Term, given: Terms, more: Terms) -> Made:
    """g independent of z given y  gives  E[g | y, z] = E[g | y].

    Fails without the premise.
    """
    premises(ths, ("ind", (g,), more, given))
    return ("=", mean(g, (*given, *more)), mean(g, given))


# ---------------------------------------------------------------- existence


@rule("t")
def exists_fixed(d: Declared, ths: Ths, k: Term) -> Made:
    """k has no random source, or is E[g | y]  gives  E|k| finite.

    Fails otherwise.
    """
    premises(ths)
    need(k[0] == "E" or d.fixed(k), "it is random")
    return exists(k)


@rule("TT")
def exists_linear(d: Declared, ths: Ths, cs: Terms, gs: Terms) -> Made:
    """E|g_k| finite for every k  gives  E|Σ c_k g_k| finite.

    Fails when a c is random.
    """
    premises(ths, *map(exists, gs))
    return exists(weighted(d, cs, gs))


@rule("ttt")
def exists_sum(d: Declared, ths: Ths, letter: Term, lo: Term, hi: Term) -> Made:
    """{lo <= j <= hi} |- E|g(j)| finite  gives  E|Σ_j g(j)| finite.

    Fails when j is not arbitrary.
    """
    g = one(ths, "L1")[1]
    need(letter[0] == "v" and not has(lo, letter) and not has(hi, letter), "no new letter")
    hyps = left(ths[0], within(letter, lo, hi), letter)
    return exists(("S", lo, hi, closed(g, letter))), hyps, ()


@rule("tt")
def exists_product(d: Declared, ths: Ths, f: Term, g: Term) -> Made:
    """f, g independent    E|f|, E|g| finite  give  E|f g| finite.

    Fails without a premise.
    """
    premises(ths, ("ind", (f,), (g,), ()), exists(f), exists(g))
    return exists(("*", f, g))


@rule("tT")
def exists_bounded(d: Declared, ths: Ths, c: Term, kg: Terms) -> Made:
    """-c <= k <= c    E|g| finite  give  E|k g| finite, for a c without random source.

    Fails when c is random.
    """
    need(len(kg) == 2 and d.fixed(c), "a bound without random source, and two factors")
    k, g = kg
    premises(ths, (">=", ("+", c, k)), (">=", minus(c, k)), exists(g))
    return exists(("*", k, g))


@rule("tt")
def exists_below(d: Declared, ths: Ths, f: Term, g: Term) -> Made:
    """|f| <= |g|    E|g| finite  give  E|f| finite.

    Fails without a premise.
    """
    premises(ths, (">=", minus(("f", "abs", g), ("f", "abs", f))), exists(g))
    return exists(f)


@rule("")
def exists_equal(d: Declared, ths: Ths) -> Made:
    """a = b    E|a| finite  give  E|b| finite.

    Fails when the second premise is of another term.
    """
    need(len(ths) == 2 and ths[0].says[0] == "=", "an equation is needed")
    premises(ths[1:], exists(ths[0].says[1]))
    return exists(ths[0].says[2])


@rule("TQQ")
def holder(d: Declared, ths: Ths, fs: Terms, ps: tuple[Fraction, ...], qs: tuple[Fraction, ...]) -> Made:
    """E|f_k|^q_k finite    p_1/q_1 + ... + p_n/q_n <= 1  give  E|f_1^p_1 ... f_n^p_n| finite.

    p >= 0, q > 0; |f|^q is given as f^q for an even q, as f for q = 1.  f^p stands for a whole p,
    |f|^p for any.  Fails when the exponents are not so.  Source: Hölder's inequality, Williams 6.13.
    """
    need(len(fs) == len(ps) == len(qs) and all(q > 0 for q in qs), "exponents for each factor")
    need(all(p >= 0 for p in ps) and sum(p / q for p, q in zip(ps, qs, strict=True)) <= 1, "too much")
    premises(ths, *(exists(power(f, q, 2)) for f, q in zip(fs, qs, strict=True)))
    return exists(("*", *(power(f, p, 1) for f, p in zip(fs, ps, strict=True))))


def power(f: Term, p: Fraction, step: int) -> Term:
    """|f|^p; where p is a multiple of the step, as f^p."""
    if p == 1:
        return f
    plain = p.denominator == 1 and p % step == 0
    return ("^", f if plain else ("f", "abs", f), ("q", p))


@rule("tTq")
def exists_mean(d: Declared, ths: Ths, g: Term, given: Terms, q: Fraction) -> Made:
    """E|g|^q finite, q >= 1  gives  E|E[g | y]|^q finite.

    Fails for q < 1.  Source: Jensen's inequality, Williams 9.7(h).
    """
    need(q >= 1, "an exponent below 1")
    premises(ths, exists(power(g, q, 2)))
    return exists(power(mean(g, given), q, 2))


@rule("ttT")
def exists_known(d: Declared, ths: Ths, k: Term, g: Term, given: Terms) -> Made:
    """k is a function of y    E|g|, E|k g| finite  give  E|k E[g | y]| finite.

    Fails when k depends on anything else.
    """
    need(d.measurable(k, given), "it is not a function of what is given")
    premises(ths, exists(g), exists(("*", k, g)))
    return exists(("*", k, mean(g, given)))

