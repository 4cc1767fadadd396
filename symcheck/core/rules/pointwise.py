"""What holds at every outcome: indicators, functions, derivatives by the rules of calculus."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symcheck.core.declared import Declared, instance
from symcheck.core.ring import plus, poly, scaled
from symcheck.core.terms import (
    MINUS,
    ONE,
    ZERO,
    Term,
    kids,
    minus,
    need,
    num,
    parts,
    replaced,
    walk,
)
from symcheck.core.theorem import Made, Theorem, premises, rule

Ths = tuple[Theorem, ...]


@rule("t")
def absorb(d: Declared, ths: Ths, a: Term) -> Made:
    """1[a != 0] a = a.

    Never fails.  Source: definition of the indicator.
    """
    premises(ths)
    return ("=", ("*", ("1", "!=", a), a), a)


@rule("TQ")
def never(d: Declared, ths: Ths, events: tuple[Term, ...], by: tuple[Fraction, ...]) -> Made:
    """c_1 a_1 + ... + c_n a_n = -c_0, c_k >= 0, c_0 > 0  give  1[a_1 >= 0] ... 1[a_n >= 0] = 0.

    Also with 1[a = 0], any c; with 1[a > 0], then c_0 = 0 is enough where its c > 0.  Fails for
    another combination.  Source: Farkas 1902, at every outcome.
    """
    premises(ths)
    need(len(events) == len(by), "one multiplier for each indicator")
    strict, polys = False, []
    for e, c in zip(events, by, strict=True):
        need(e[0] == "1" and e[1] in (">", ">=", "="), "an indicator of a sign is needed")
        need(e[1] == "=" or c >= 0, "a multiplier is negative")
        strict = strict or (e[1] == ">" and c > 0)
        polys.append(scaled(poly(e[2], d.known), c))
    rest = plus(polys)
    c0 = -rest.get((), Fraction(0))
    need(not set(rest) - {()} and (c0 > 0 or (c0 == 0 and strict)), "they may hold together")
    return ("=", ("*", *events), ZERO)


@rule("ttt")
def at_equality(d: Declared, ths: Ths, u: Term, w: Term, t: Term) -> Made:
    """1[u - w = 0] t = 1[u - w = 0] t', where t' has w in place of every u.

    What stands in expectations and derivatives stays.  Fails when the indices of a name would
    change.  Source: Leibniz, at every outcome.
    """
    premises(ths)

    def change(p: Term, _: int) -> Term | None:
        return w if p == u else p if p[0] in ("E", "D") else None

    new = walk(t, change)
    for p in parts(new):
        d.check(p)
    event = ("1", "=", minus(u, w))
    return ("=", ("*", event, t), ("*", event, new))


@rule("st")
def identity(d: Declared, ths: Ths, which: str, t: Term) -> Made:
    """Identities of known functions, each for all real numbers that its terms stand for:
    sin(-a) = -sin a, cos(-a) = cos a, sin^2 a + cos^2 a = 1, addition theorems, erf(-a) = -erf a;
    and under a premise log(a b) = log a + log b, log(a^b) = b log a, e^(log a) = a for a, b > 0.

    Fails when t has not the form, or without the premises.  Source: Abramowitz and Stegun 4.1, 4.3.
    """
    f = {"log": "log", "power": "log", "explog": "exp"}.get(which, which.split("-")[0])
    need(t[:2] == ("f", f) or which == "circle", "another function")
    a = t[2] if len(t) > 2 and t[0] == "f" else ZERO
    sides, asked = _identity(which, t, a)
    premises(ths, *asked)
    return ("=", t, sides)


def _identity(which: str, t: Term, a: Term) -> tuple[Term, list[Any]]:
    def f(name: str, u: Term) -> Term:
        return ("f", name, u)

    if which in ("sin-odd", "erf-odd"):
        return ("*", MINUS, f(t[1], ("*", MINUS, a))), []
    if which == "cos-even":
        return f("cos", ("*", MINUS, a)), []
    if which == "log-exp" and a[:2] == ("f", "exp"):
        return a[2], []
    if which == "explog" and a[:2] == ("f", "log"):
        return a[2], [(">", a[2])]
    if which == "power" and a[0] == "^":
        return ("*", a[2], f("log", a[1])), [(">", a[1])]
    if which == "log" and a[0] == "*":
        return ("+", *(f("log", b) for b in a[1:])), [(">", b) for b in a[1:]]
    if which in ("sin-sum", "cos-sum") and a[0] == "+" and len(a) == 3:
        u, v = a[1:]
        other, sign = ("cos", ONE) if t[1] == "sin" else ("sin", MINUS)
        one = ("*", f(t[1], u), f("cos", v))
        return ("+", one, ("*", sign, f(other, u), f("sin", v))), []
    if which == "circle" and t[0] == "^" and t[2] == num(2) and t[1][:2] == ("f", "sin"):
        return minus(ONE, ("^", f("cos", t[1][2]), num(2))), []
    if which == "log-one" and a == ONE:
        return ZERO, []
    need(False, "no such identity")
    return ZERO, []


@rule("t")
def derivative(d: Declared, ths: Ths, t: Term) -> Made:
    """∂e/∂x by the rules of calculus: sums, products, whole powers, ReLU, definitions.

    ∂x_j/∂x_k = 1[j = k], ∂ReLU(u) = 1[u > 0] ∂u; another variable than the family of x counts as
    constant.  Fails for other functions.  Source: the lecture's convention at the kink.
    """
    premises(ths)
    need(t[0] == "D" and t[2][0] == "x", "no derivative by a random variable")
    need(d.weight(t) < 2000, "too large")
    return ("=", t, _derivative(d, t[1], t[2]))


def _derivative(d: Declared, e: Term, x: Term) -> Term:
    tag = e[0]
    if tag == "d":
        return _derivative(d, d.unfold(e), x)
    if tag == "x" and e[1] == x[1]:
        same_place = [("1", "=", minus(i, j)) for i, j in zip(e[2:], x[2:], strict=True)]
        return ("*", *same_place) if same_place else ONE
    if tag == "+":
        return ("+", *(_derivative(d, k, x) for k in kids(e)))
    if tag == "*":
        fs = kids(e)
        each = (("*", *fs[:n], _derivative(d, f, x), *fs[n + 1 :]) for n, f in enumerate(fs))
        return ("+", *each)
    if tag == "^" and e[2][0] == "q" and e[2][1].denominator == 1 and e[2][1] >= 1:
        return ("*", e[2], ("^", e[1], num(e[2][1] - 1)), _derivative(d, e[1], x))
    if tag == "S" and not any(p[:2] == x[:2] for k in e[1:3] for p in parts(k)):
        # The index is bound: within the body it is the same letter before and after.
        return ("S", e[1], e[2], _derivative(d, e[3], x))
    if e[:2] == ("f", "relu"):
        return ("*", ("1", ">", e[2]), _derivative(d, e[2], x))
    apart = tag in "qvbc" or (tag == "x" and not _depends(d, e))
    need(apart or (tag == "E" and len(e) == 2), "no rule of calculus for this")
    return ZERO


def _depends(d: Declared, e: Term) -> bool:
    """Is e declared a function of others?"""
    return any(k.kind == "depends" and k.data[1][:2] == e[:2] for k in d.entries)


@rule("nTt")
def chain(d: Declared, ths: Ths, n: int, values: tuple[Term, ...], x: Term) -> Made:
    """l declared a differentiable function of u_lo, ..., u_hi alone  gives  ∂l/∂x = Σ_i ∂l/∂u_i ∂u_i/∂x.

    Fails when that is not declared, or the u_i are members of the family of x.
    Source: chain rule.
    """
    premises(ths)
    need(n < len(d.entries) and d.entries[n].kind == "depends", "no declared dependence")
    letters, of, lo, hi, u = d.entries[n].data
    at = instance(d, letters, values)
    of, lo, hi, u = (replaced(t, at) for t in (of, lo, hi, u))
    need(x[0] == "x" and not _depends(d, x), "by a variable that is no function of others")
    need(u[:2] != x[:2] and of[:2] != x[:2], "by one of the things that it is a function of")
    each = ("*", ("D", of, u), ("D", u, x))
    return ("=", ("D", of, x), ("S", lo, hi, each)), frozenset(), (n,)

