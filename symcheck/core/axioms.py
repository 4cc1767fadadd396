"""Axioms, one line each: the letters that are data, what is said, and what that needs.

What is needed is a premise, in this order, or a form: ``fixed``, without random source; ``known``,
a function of what is given; ``whole``, a whole number by its form; ``equal``, by ring laws.
Sources: [W] Williams, Probability with Martingales; [D] Dawid 1979, Conditional independence;
[AS] Abramowitz and Stegun; [J] Johnson, Kotz and Balakrishnan, Continuous univariate
distributions, and Johnson, Kemp and Kotz, Univariate discrete distributions.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

from symcheck.core.schemas import Axiom, E, N, S, f, formula, letters, one, over_all, table
from symcheck.core.terms import Formula, num

Rows = dict[str, tuple[Any, ...]]


L1, ind, same, law = (partial(formula, head) for head in ("L1", "ind", "same", "law"))
fixed, known, whole, natural, equal, new, each = (
    partial(formula, head)
    for head in ("fixed", "known", "whole", "natural", "equal", "new", "each")
)
sin, cos, exp, log = (partial(f, name) for name in ("sin", "cos", "exp", "log"))
a, b, c, g, i, j, k, r, s, t, u, w = letters("a b c g i j k r s t u w")
m, n, p, v, x, nu, lo, hi, mid, up, low, high = letters("m n p v x nu lo hi mid up low high")
A, B, C, U, W, Y, Z = letters("A B C U W Y Z")
half = Fraction(1, 2)


# fmt: off
SIGNS = table(  # ordered fields; [AS] 4.1.33; [W] 5.2(c) for vanishing
    positive_as=("", b > 0, a == b, a > 0), nonneg_as=("", b >= 0, a == b, a >= 0),
    nonzero_as=("", b != 0, a == b, a != 0), strict=("", a > 0, a >= 0, a != 0),
    squeeze=("", a == 0, a >= 0, -a >= 0),
    whole_step=("", a - 1 >= 0, whole([a]), a > 0),
    inverse=("", a * a**-1 == 1, a != 0),
    log_below=("", a - 1 - log(a) >= 0, a > 0),
    power_add=("r a b", r**(a + b) == r**a * r**b, whole([a]), whole([b]), a >= 0, b >= 0),
    absorb=("a", one(a != 0)*a == a),
    mean_sign=("Y", E(g, Y) >= 0, g >= 0),
    mean_positive=("Y", E(g, Y) > 0, g > 0, L1(g)),
    vanishing=("a", a == 0, a >= 0, L1(a), E(a) == 0),
)
SUMS = table(  # induction over the number of terms
    count=("lo hi", S(lo, hi, lambda j: 1) == hi - lo + 1, hi - lo + 1 >= 0),
    empty=("lo hi a()", S(lo, hi, a) == 0, lo - hi > 0),
    single=("lo hi a()", S(lo, hi, a) == a(lo), equal([lo], [hi])),
    cut_range=("lo mid up hi a()", S(lo, hi, a) == S(lo, mid, a) + S(up, hi, a),
               equal([up], [mid + 1]), mid - lo + 1 >= 0, hi - mid >= 0),
    pick=("lo hi k a()", S(lo, hi, lambda j: one(k - j == 0)*a(j)) == a(k),
          whole([k]), k - lo >= 0, hi - k >= 0),
    sum_product=("lo hi a() low high b()", S(lo, hi, a) * S(low, high, b)
                 == S(lo, hi, lambda j: S(low, high, lambda i: a(j)*b(i), "~2"))),
    shift=("lo hi a() s", S(lo, hi, a) == S(lo + s, hi + s, lambda j: a(j - s)), whole([s])),
    reverse=("lo hi a() s", S(lo, hi, a) == S(s - hi, s - lo, lambda j: a(s - j)), whole([s])),
    swap=("j k lo hi low high a", over_all(j, lo, hi, over_all(k, low, high, a))
          == over_all(k, low, high, over_all(j, lo, hi, a)), new([j, k], [lo, hi, low, high])),
    sum_sign=("i lo hi", over_all(i, lo, hi, a) >= 0, each(a >= 0)),
    sum_positive=("i lo hi", over_all(i, lo, hi, a) > 0, each(a > 0), hi - lo >= 0),
    widen=("lo hi low high a()", S(lo, hi, a) == S(low, high, lambda j: one(j - lo >= 0)
           * one(hi - j >= 0)*a(j)), lo - low >= 0, high - hi >= 0),
)
EXPECTATIONS = table(  # [W] 5.3 to 9.7; E of what is not integrable is 0
    constant=("k Y", E(k, Y) == k, fixed([k])),
    given=("k Y", E(k, Y) == k, known([k], [Y]), L1(k)),
    mean_sum=("i lo hi Y", E(over_all(i, lo, hi, g), Y) == over_all(i, lo, hi, E(g, Y)),
              each(L1(g))),
    pull_out=("k g Y", E(k*g, Y) == k*E(g, Y), known([k], [Y]), L1(g), L1(k*g)),
    tower=("g Y Z", E(E(g, Y), Z) == E(g, Z), known([Z], [Y])),
    product=("u w", E(u*w) == E(u)*E(w), ind([u], [w], []), L1(u), L1(w)),
    product_given=("u w Y", E(u*w, Y) == E(u, Y)*E(w, Y),
                   ind([u], [w], [Y]), L1(u), L1(w), L1(u*w)),
    drop=("g Y Z", E(g, Y, Z) == E(g, Y), ind([g], [Z], [Y])),
    exists_fixed=("k", L1(k), fixed([k])),
    exists_given=("g Y", L1(E(g, Y))),
    exists_product=("u w", L1(u*w), ind([u], [w], []), L1(u), L1(w)),
    exists_bounded=("c k g", L1(k*g), fixed([c]), c + k >= 0, c - k >= 0, L1(g)),
    exists_below=("u w", L1(u), f("abs", w) - f("abs", u) >= 0, L1(w)),
    exists_equal=("", L1(b), a == b, L1(a)),
    exists_sum=("i lo hi", L1(over_all(i, lo, hi, g)), each(L1(g))),
    exists_known=("k g Y", L1(k*E(g, Y)), known([k], [Y]), L1(g), L1(k*g)),
)
CHANCE = table(  # [D]; [W] 8.4 for same_join
    ind_fixed=("A B C", ind([A], [B], [C]), known([A], [C])),
    ind_swap=("", ind([B], [A], [C]), ind([A], [B], [C])),
    ind_part=("A B", ind([A], [B], [C]),
              ind([U], [W], [C]), known([A], [U, C]), known([B], [W, C])),
    ind_given=("B Z", ind([A], [B], [C, Z]), ind([A], [B, Z], [C])),
    ind_join=("", ind([A], [B, Z], [C]), ind([A], [Z], [C]), ind([A], [B], [C, Z])),
    same_itself=("A", same([A], [A])),
    same_join=("", same([A, U], [B, W]), same([A], [B]), same([U], [W]),
               ind([A], [U], []), ind([B], [W], [])),
)

# What a function stands for; then identities of [AS] 4.1, 4.3 and 7.1, some with premises.
IDENTITIES: dict[str, tuple[Any, ...]] = {
    "relu": (f("relu", a), one(a > 0)*a),
    "leaky_relu": (f("leaky_relu", a, b), one(a > 0)*a + b*(a - one(a > 0)*a)),
    "abs": (f("abs", a), 2*one(a > 0)*a - a),
    "sign": (f("sign", a), one(a > 0) - one(-a > 0)),
    "max": (f("max", a, b), b + one(a - b > 0)*(a - b)),
    "min": (f("min", a, b), a - one(a - b > 0)*(a - b)),
    "sigmoid": (f("sigmoid", a), (1 + exp(-a))**-1),
    "tanh": (f("tanh", a), 1 - 2*(exp(2*a) + 1)**-1),
    "sin-odd": (sin(a), -sin(-a)),
    "erf-odd": (f("erf", a), -f("erf", -a)),
    "cos-even": (cos(a), cos(-a)),
    "sin-sum": (sin(a + b), sin(a)*cos(b) + cos(a)*sin(b)),
    "cos-sum": (cos(a + b), cos(a)*cos(b) - sin(a)*sin(b)),
    "circle": (sin(a)**2, 1 - cos(a)**2),
    "log-exp": (log(exp(a)), a),
    "log-one": (log(N(num(1))), 0), "erf-zero": (f("erf", N(num(0))), 0),
    "explog": (exp(log(a)), a, a > 0),
    "power": (log(a**b), b*log(a), a > 0),
    "log": (log(a*b), log(a) + log(b), a > 0, b > 0),
}



def laws() -> Iterator[tuple[str, Axiom]]:
    """What is said of each named law, after how many parameters it has."""
    for name, (of, *groups) in LAWS.items():
        asked = law(x, name, [A]), law(w, name, [B]), equal([A], [B]), fixed([A, B])
        twin = {"same": ("", same([x], [w]), *asked)}
        for key, (data, says, *asks) in (row for group in (twin, *groups) for row in group.items()):
            yield f"{name}_{key}", Axiom(data, says, (*(of,) * (key != "same"), *asks))


def transform(value: N, *asks: Formula) -> Rows:
    """E[exp(t x)], and that it is finite; in all rows, t has no random source."""
    asks = (fixed([t]), *asks)
    return {"transform": ("t", E(exp(t*x)) == value, *asks), "exp": ("t", L1(exp(t*x)), *asks)}


def dense(*asks: Formula) -> Rows:
    """A law with a density has no atom at c."""
    return {"atom": ("c", E(one(x - c == 0)) == 0, fixed([c]), *asks)}


def center(c: Any, *asks: Formula) -> Rows:
    """x and 2 c - x have one law."""
    return {"center": ("", same([x], [2*c - x]), *asks)}


def tail(value: N, *asks: Formula, kind: str = "tail") -> Rows:
    """P(x > t)"""
    return {kind: ("t", E(one(x - t > 0)) == value, fixed([t]), *asks)}


def lies(**signs: Formula) -> Rows:
    """Where x lies, and what the parameters are."""
    return {name: ("", f) for name, f in signs.items()}


def moments(value: Any, step: Formula, *asks: Formula) -> Rows:
    """E[x], and E[x^n] by those of lower order; all of them exist under ``asks``."""
    n_th = (natural([n]), *asks)
    mean = ("", E(x) == value)
    return {"mean": mean, "step": ("n", step, *n_th), "exists": ("n", L1(x**n), *n_th)}


falls, gap, wide = exp(-(v*t**2/2)), t - m, t*(b - a)
LAWS: dict[str, tuple[Any, ...]] = {  # [J]; waves: characteristic functions
    "normal": (
        law(x, "normal", [m, v]), lies(spread=v >= 0), center(m), dense(v > 0),
        moments(m, E(x**(n + 2)) == m*E(x**(n + 1)) + (n + 1)*v*E(x**n)),
        transform(exp(t*m + t**2*v/2)), tail(half*(1 - f("erf", gap*(2*v)**-half)), v > 0),
        {
            "add": ("", law(x + w, "normal", [m + n, v + s]),
                    law(w, "normal", [n, s]), ind([x], [w], [])),
            "scaled": ("a b", law(a*x + b, "normal", [a*m + b, a**2*v]), fixed([a, b])),
            "sin": ("t c", E(sin(t*x + c)) == falls*sin(t*m + c), fixed([t, c])),
            "cos": ("t c", E(cos(t*x + c)) == falls*cos(t*m + c), fixed([t, c])),
            "size": ("", E(f("abs", x)) == (2*v/f("pi"))**half, equal([m], [0])),
            "size_step": ("n", E(f("abs", x)**(n + 2)) == (n + 1)*v*E(f("abs", x)**n),
                          natural([n]), equal([m], [0])),
        },
    ),
    "laplace": (
        law(x, "laplace", [m, b]), lies(spread=b >= 0), center(m), dense(b > 0),
        moments(m, E((x - m)**(n + 2)) == (n + 1)*(n + 2)*b**2*E((x - m)**n)),
        transform(exp(t*m)/(1 - t**2*b**2), 1 - t**2*b**2 > 0),
        tail(half*exp(-(gap/b)), gap >= 0, b > 0, kind="tail_above"),
        tail(1 - half*exp(gap/b), -gap >= 0, b > 0, kind="tail_below"),
    ),
    "uniform": (
        law(x, "uniform", [a, b]), lies(above=x - a >= 0, below=b - x >= 0, spread=b - a >= 0),
        center(half*(a + b)), dense(b - a > 0),
        moments(half*(a + b), (n + 2)*E(x**(n + 1)) == b**(n + 1) + a*(n + 1)*E(x**n)),
        transform((exp(t*b) - exp(t*a))/wide, wide != 0),
        tail((b - t)/(b - a), t - a >= 0, b - t >= 0, b - a > 0),
        {
            "sin": ("t c", E(sin(t*x + c)) == (cos(t*a + c) - cos(t*b + c))/wide,
                    fixed([t, c]), wide != 0),
            "cos": ("t c", E(cos(t*x + c)) == (sin(t*b + c) - sin(t*a + c))/wide,
                    fixed([t, c]), wide != 0),
        },
    ),
    "exponential": (
        law(x, "exponential", [r]), lies(above=x > 0, rate=r > 0), dense(),
        moments(1/r, r*E(x**(n + 1)) == (n + 1)*E(x**n)), transform(r/(r - t), r - t > 0),
        tail(exp(-(r*t)), t >= 0),
    ),
    "poisson": (
        law(x, "poisson", [r]), lies(above=x >= 0, rate=r >= 0), transform(exp(r*(exp(t) - 1))),
        moments(r, E(x**(n + 1)) == r*E((x + 1)**n)),
    ),
    "bernoulli": (
        law(x, "bernoulli", [p]), {"values": ("", x*(x - 1) == 0)},
        lies(above=x >= 0, below=1 - x >= 0, chance=p >= 0, rest=1 - p >= 0),
        center(half, equal([p], [half])), moments(p, E(x**(n + 1)) == p),
        transform(1 + p*(exp(t) - 1)),
    ),
    "rademacher": (
        law(x, "rademacher", []), lies(above=x + 1 >= 0, below=1 - x >= 0, nonzero=x != 0),
        {"values": ("", (x + 1)*(x - 1) == 0)}, center(0),
        moments(0, E(x**(n + 2)) == E(x**n)), transform(half*(exp(t) + exp(-t))),
    ),
    "student": (
        law(x, "student", [nu]), lies(degrees=nu > 0), center(0), dense(),
        {
            "mean": ("", E(x) == 0), "exists": ("n", L1(x**n), natural([n]), nu - n > 0),
            "step": ("n", (nu - n - 2)*E(x**(n + 2)) == nu*(n + 1)*E(x**n),
                     natural([n]), nu - n - 2 > 0),
        },
    ),
    "cauchy": (law(x, "cauchy", []), center(0), dense()),
}
# fmt: on
NORMAL_SUM = table(
    law_normal_sum=(
        "i lo hi",
        law(over_all(i, lo, hi, g), "normal", [over_all(i, lo, hi, m), over_all(i, lo, hi, v)]),
        each(law(g, "normal", [m, v])),
        each(ind([g], [over_all(i, lo, i - 1, g)], [])),
    ),
)
AXIOMS = {**NORMAL_SUM, **SIGNS, **SUMS, **EXPECTATIONS, **CHANCE, **dict(laws())}
