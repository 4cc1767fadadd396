"""Named laws: what they say of one variable, and of sums of normal ones.

Source, where no other is named: symcheck.core.laws.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod

from symcheck.core.declared import Declared
from symcheck.core.laws import MOST_MOMENT, law_of

from symcheck.core.terms import (  # isort: skip
    HALF, MINUS, ONE, ZERO, Formula, Term, closed, minus, need, neg, num,
)  # fmt: skip
from symcheck.core.theorem import (  # isort: skip
    Made, Terms, Ths, one, premises, ranged, rule, same,
)  # fmt: skip


@rule("n")
def law_moment(d: Declared, ths: Ths, n: int) -> Made:
    """x ~ a named law  gives  E[x^n] = its n-th moment.
    Fails where it does not exist, or has no closed form."""
    x, law, at = law_of(one(ths, "law"))
    need(1 <= n <= MOST_MOMENT, "no such moment")
    value = law.moment(n, *at)
    need(value is not None, "no such moment")
    return ("=", ("E", x if n == 1 else ("^", x, num(n))), value)


@rule("n")
def law_exists(d: Declared, ths: Ths, n: int) -> Made:
    """x ~ a named law    its condition on n  give  E|x|^n finite.  Fails without the condition."""
    x, law, at = law_of(one(ths[:1], "law"))
    need(1 <= n <= MOST_MOMENT, "no such moment")
    premises(ths[1:], *law.exists(n, *at))
    return ("L1", ("^", x, num(n)))


@rule("nt")
def law_transform(d: Declared, ths: Ths, mean: int, t: Term) -> Made:
    """x ~ a named law    its condition on t  give  E[exp(t x)] = M(t), and E exp(t x) finite.
    ``mean`` 1 for the first, 0 for the second.  Fails when t is random, or without it."""
    x, law, at = law_of(one(ths[:1], "law"))
    need(d.fixed(t), "a t without random source is needed")
    made = law.transform(t, *at)
    need(made is not None, "no transform is known")
    value, asked = made or (ZERO, ())
    premises(ths[1:], *asked)
    g = ("f", "exp", ("*", t, x))
    return ("=", ("E", g), value) if mean else ("L1", g)


@rule("n")
def law_fact(d: Declared, ths: Ths, n: int) -> Made:
    """x ~ a named law  gives  where x lies, and what its parameters are.
    Fails when there is no n-th such fact."""
    x, law, at = law_of(one(ths, "law"))
    facts = law.facts(x, *at)
    need(n < len(facts), "no such fact")
    return facts[n]


@rule("")
def law_center(d: Declared, ths: Ths) -> Made:
    """x ~ a law that is symmetric about c  gives  x and 2 c - x of one law.
    Fails for other laws."""
    x, law, at = law_of(one(ths, "law"))
    c = law.center(*at)
    need(c is not None, "the law is not symmetric")
    return ("same", (x,), (minus(("*", num(2), c), x),))


@rule("t")
def law_atom(d: Declared, ths: Ths, c: Term) -> Made:
    """x ~ a law with a density (its spread > 0)  gives  E[1[x - c = 0]] = 0.
    Fails when c is random, or the law has no density."""
    x, law, at = law_of(one(ths[:1], "law"))
    need(d.fixed(c), "a c without random source is needed")
    spread = law.spread(*at)
    need(spread is not None, "the law has no density")
    premises(ths[1:], *([] if spread == ONE else [(">", spread)]))
    return ("=", ("E", ("1", "=", minus(x, c))), ZERO)


@rule("")
def law_values(d: Declared, ths: Ths) -> Made:
    """x takes two values a, b only  gives  (x - a) (x - b) = 0.  Fails for other laws."""
    x, law, _ = law_of(one(ths, "law"))
    need(law.atoms, "the law has not two values")
    return ("=", ("*", *(minus(x, a) for a in law.atoms)), ZERO)


@rule("")
def law_independent_normals(d: Declared, ths: Ths) -> Made:
    """u ~ normal(m, v)    w ~ normal(n, s)    u, w independent  give  u + w ~ normal(m + n, v + s).
    Fails for other laws, or without independence.  Source: Johnson and others, ch. 13."""
    first, second = one(ths[:1], "law"), one(ths[1:2], "law")
    need(first[2] == second[2] == "normal", "normal laws are needed")
    (u, _, (m, v)), (w, _, (n, s)) = law_of(first), law_of(second)
    premises(ths[2:], ("ind", (u,), (w,), ()))
    return ("law", ("+", u, w), "normal", (("+", m, n), ("+", v, s)))


@rule("tt")
def law_normal_scaled(d: Declared, ths: Ths, a: Term, b: Term) -> Made:
    """x ~ normal(m, v)  gives  a x + b ~ normal(a m + b, a^2 v).
    Fails when a or b is random.  Source: Johnson and others, ch. 13."""
    f = one(ths, "law")
    need(f[2] == "normal" and d.fixed(a, b), "a normal law, and constants, are needed")
    x, _, (m, v) = law_of(f)
    moments = (("+", ("*", a, m), b), ("*", ("^", a, num(2)), v))
    return ("law", ("+", ("*", a, x), b), "normal", moments)


@rule("")
def law_same(d: Declared, ths: Ths) -> Made:
    """x ~ a named law    y ~ the same, with the same parameters  give  x and y of one law.
    Fails when the laws or the parameters differ.  Source: a law is what its name says."""
    (x, law, at), (y, other, there) = law_of(one(ths[:1], "law")), law_of(one(ths[1:], "law"))
    need(d.fixed(*at, *there), "parameters that are random")
    need(law is other and all(same(d, a, b) for a, b in zip(at, there, strict=True)), "other laws")
    return ("same", (x,), (y,))


@rule("n")
def normal_size(d: Declared, ths: Ths, n: int) -> Made:
    """x ~ normal(0, v), n odd  gives  E|x|^n = 2 4 ... (n - 1) (2 / pi)^(1/2) v^(n/2).
    Fails for other laws, other means and even n.  Source: Johnson, Kotz and Balakrishnan, ch. 13;
    Winkelbauer 2012, equation 18."""
    x, _, at = law_of(one(ths, "law"))
    need(ths[0].says[2] == "normal" and same(d, at[0], num(0)), "a normal law of mean 0 is needed")
    need(n % 2 == 1 and n <= MOST_MOMENT, "an odd power is needed")
    size: Term = ("f", "abs", x)
    spread = ("^", at[1], ("*", num(n), HALF))
    ratio = ("^", ("*", num(2), ("^", ("f", "pi"), MINUS)), HALF)
    mean = ("E", size if n == 1 else ("^", size, num(n)))
    return ("=", mean, ("*", num(prod(range(2, n, 2))), ratio, spread))


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
