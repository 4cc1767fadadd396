"""Rules for symmetries: variables of one named law, and the absolute moments of a normal one."""

from __future__ import annotations

from math import prod

from symcheck.core.declared import Declared
from symcheck.core.laws import MOST_MOMENT, law_of
from symcheck.core.terms import HALF, MINUS, Term, need, num
from symcheck.core.theorem import Made, Ths, one, rule, same


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
