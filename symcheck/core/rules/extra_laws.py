"""More of named laws: waves, tails, sums of many normals; sin and cos at right angles."""

from __future__ import annotations

from fractions import Fraction

from symcheck.core.declared import Declared
from symcheck.core.laws import law_of
from symcheck.core.terms import HALF, MINUS, ONE, Formula, Term, closed, minus, need, neg, num
from symcheck.core.theorem import Made, Terms, Ths, one, premises, ranged, rule, scheme

PI: Term = ("f", "pi")


@rule("stt")
def law_wave(d: Declared, ths: Ths, f: str, t: Term, c: Term) -> Made:
    """x ~ normal(m, v)  gives  E[cos(t x + c)] = exp(-t^2 v / 2) cos(t m + c), and sin alike;
    x ~ uniform(a, b)    t (b - a) != 0  give  E[cos(t x + c)] = (sin(t b + c) - sin(t a + c)) /
    (t (b - a)), and sin alike with -cos.
    Fails for other laws, or when t or c is random.  Source: characteristic functions, Johnson,
    Kotz and Balakrishnan, ch. 13 and 26."""
    need(ths and f in ("sin", "cos") and d.fixed(t, c), "a law, and constants, are needed")
    x, _, at = law_of(ths[0].says)

    def wave(name: str, u: Term) -> Term:
        return ("f", name, ("+", ("*", t, u), c))

    mean: Term = ("E", wave(f, x))
    if ths[0].says[2] == "normal":
        premises(ths[1:])
        less: Term = ("f", "exp", ("*", num(Fraction(-1, 2)), ("^", t, num(2)), at[1]))
        return ("=", mean, ("*", less, wave(f, at[0])))
    need(ths[0].says[2] == "uniform", "no such law")
    a, b = at
    width: Term = ("*", t, minus(b, a))
    premises(ths[1:], ("!=", width))
    g, low, high = ("sin", a, b) if f == "cos" else ("cos", b, a)
    rise = minus(wave(g, high), wave(g, low))
    return ("=", mean, ("*", rise, ("^", width, MINUS)))


@rule("tn")
def law_tail(d: Declared, ths: Ths, t: Term, below: int) -> Made:
    """x ~ a law with a density    where t lies  give  E[1[x - t > 0]]:
    exponential(r), t >= 0: exp(-r t);  uniform(a, b), a <= t <= b, a < b: (b - t) / (b - a);
    laplace(m, b), b > 0: exp(-(t - m) / b) / 2 for t >= m, and 1 - exp((t - m) / b) / 2 for t <= m
    (``below``);  normal(m, v), v > 0: (1 - erf((t - m) / sqrt(2 v))) / 2.
    Fails for other laws, or without the premises.  Source: their distribution functions."""
    need(ths and d.fixed(t) and below in (0, 1), "a law, and a t without random source, are needed")
    x, _, at = law_of(ths[0].says)
    value, asked = _tail(ths[0].says[2], t, at, below)
    premises(ths[1:], *asked)
    return ("=", ("E", ("1", ">", minus(x, t))), value)


def _tail(law: str, t: Term, at: Terms, below: int) -> tuple[Term, list[Formula]]:
    if law == "exponential":
        return ("f", "exp", neg(("*", at[0], t))), [(">=", t)]
    need(len(at) == 2, "nothing is known of this law")
    a, b = at
    gap = minus(t, a)
    if law == "uniform":
        value: Term = ("*", minus(b, t), ("^", minus(b, a), MINUS))
        return value, [(">=", gap), (">=", minus(b, t)), (">", minus(b, a))]
    if law == "normal":
        inner: Term = ("*", gap, ("^", ("*", num(2), b), num(Fraction(-1, 2))))
        return ("*", HALF, minus(ONE, ("f", "erf", inner))), [(">", b)]
    need(law == "laplace", "nothing is known of this law")
    far: Term = ("*", gap, ("^", b, MINUS))
    part: Term = ("*", HALF, ("f", "exp", far if below else neg(far)))
    return (minus(ONE, part) if below else part), [(">=", neg(gap) if below else gap), (">", b)]


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


@scheme("sq")
def right_angle(d: Declared, f: str, k: Fraction) -> Made:
    """sin(k pi / 2) and cos(k pi / 2) for a whole k are 0, 1 or -1.
    Fails for other functions, and for a k that is not whole.  Source: Abramowitz and Stegun 4.3."""
    need(f in ("sin", "cos") and k.denominator == 1, "no sine or cosine at a right angle")
    turn = (int(k) + (1 if f == "cos" else 0)) % 4
    return [("=", ("f", f, ("*", num(k / 2), PI)), num((0, 1, 0, -1)[turn]))]
