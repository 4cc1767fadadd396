"""What holds at every outcome: indicators, functions, derivatives by the rules of calculus."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from symcheck.core.axioms import IDENTITIES
from symcheck.core.declared import Declared, instance
from symcheck.core.ring import literal, plus, poly, scaled
from symcheck.core.schemas import bind, fill, filled, raw

from symcheck.core.terms import (  # isort: skip
    ONE, ZERO, Term, minus, need, num, parts, replaced, size, walk,
)  # fmt: skip
from symcheck.core.theorem import Made, Terms, Ths, premises, rule, scheme


@scheme("TQ")
def never(d: Declared, events: Terms, by: tuple[Fraction, ...]) -> Made:
    """c_1 a_1 + ... + c_n a_n = -c_0, c_k >= 0, c_0 > 0  give  1[a_1 >= 0] ... 1[a_n >= 0] = 0.
    Also with 1[a = 0], any c; with 1[a > 0], then c_0 = 0 is enough where its c > 0.  Fails for
    another combination.  Source: Farkas 1902, at every outcome."""
    need(len(events) == len(by), "one multiplier for each indicator")
    for e, c in zip(events, by, strict=True):
        need(e[0] == "1" and e[1] in (">", ">=", "="), "an indicator of a sign is needed")
        need(e[1] == "=" or c >= 0, "a multiplier is negative")
    strict = any(e[1] == ">" and c > 0 for e, c in zip(events, by, strict=True))
    rest = plus(scaled(poly(e[2], d.known), c) for e, c in zip(events, by, strict=True))
    c0 = -rest.pop((), Fraction(0))
    need(not rest and (c0 > 0 or (c0 == 0 and strict)), "they may hold together")
    return [("=", ("*", *events), ZERO)]


@scheme("ttt")
def at_equality(d: Declared, u: Term, w: Term, t: Term) -> Made:
    """1[u - w = 0] t = 1[u - w = 0] t', where t' has w in place of every u.
    What stands in expectations and derivatives stays.  Fails when an index would become one
    that need not be whole.  Source: Leibniz, at every outcome."""
    new = walk(t, lambda p, _: w if p == u else p if p[0] in "ED" else None)
    event = ("1", "=", minus(u, w))
    return [("=", ("*", event, t), ("*", event, new))]


@scheme("st")
def identity(d: Declared, which: str, t: Term) -> Made:
    """t = what a row of :data:`axioms.IDENTITIES` says, under its premises.
    Fails when t has not its form.  Source: definitions; Abramowitz and Stegun 4.1, 4.3, 7.1."""
    need(which in IDENTITIES, "no such identity")
    form, means, *asked = IDENTITIES[which]
    at: dict[str, Term] = {}
    bind(raw(form), t, at)
    need(fill(raw(form), at) == t, "no term of this form")
    return ("=", t, fill(raw(means), at)), *(filled(a, at) for a in asked)


@scheme("t")
def derivative(d: Declared, t: Term) -> Made:
    """∂e/∂x by the rules of calculus: sums, products, whole powers, ReLU, definitions.
    ∂x_j/∂x_k = 1[j = k], ∂ReLU(u) = 1[u > 0] ∂u; another variable than the family of x counts as
    constant.  Fails for other functions, for variables that are functions of others, and where x
    is a definition.  Source: the lecture's convention at the kink."""
    need(t[0] == "D" and t[2][0] == "x", "no derivative by a variable")
    e, x = t[1:]
    need(size(d.unfolded(e)) < 2000, "too large")

    @cache
    def above(family: str) -> set[str]:
        return upstream(d, family)

    def of(e: Term) -> Term:
        tag = e[0]
        if tag == "d":
            return of(d.unfold(e))
        if tag == "x" and e[1] == x[1]:
            need(e == x or x[1] not in above(e[1]), "a function of its own family")
            ends = zip(e[2:], x[2:], strict=True)
            return ("*", *(("1", "=", minus(i, j)) for i, j in ends)) if e[2:] else ONE
        if tag == "+":
            return ("+", *map(of, e[1:]))
        if tag == "*":
            each = ((*e[:n], of(f), *e[n + 1 :]) for n, f in enumerate(e) if n)
            return ("+", *each)
        if tag == "^" and literal(e[2]) and e[2][1] >= 1:
            return ("*", e[2], ("^", e[1], num(e[2][1] - 1)), of(e[1]))
        if tag == "S":  # the index is bound: within the body it is the same before and after
            return (*e[:3], of(e[3]))
        if e[:2] == ("f", "relu"):
            return ("*", ("1", ">", e[2]), of(e[2]))
        apart = tag in "qvbc" or (tag == "x" and not above(e[1]))
        need(apart or (tag == "E" and len(e) == 2), "no rule of calculus for this")
        return ZERO

    return [("=", t, of(e))]


def upstream(d: Declared, family: str) -> set[str]:
    """The families that one is declared a function of, at once or through others."""
    told = [(e.data[1][1], d.unfolded(e.data[4])) for e in d.entries if e.kind == "depends"]
    found: set[str] = set()
    more = {family}
    while more:
        more = {p[1] for name, u in told if name in more for p in parts(u) if p[0] == "x"} - found
        found |= more
    return found


@rule("nTt")
def chain(d: Declared, ths: Ths, n: int, values: Terms, x: Term) -> Made:
    """l declared a differentiable function of u_lo, ..., u_hi alone
    gives  ∂l/∂x = Σ_i ∂l/∂u_i ∂u_i/∂x.
    Fails when that is not declared, or x is of the family of l or u, or itself a function of
    others.  Source: chain rule."""
    premises(ths)
    letters, *told = d.cited(n, "depends")
    at = instance(d, letters, values)
    need(d.fixed(*values), "a letter stands for no random value")
    of, lo, hi, u = (replaced(t, at) for t in told)
    need(x[0] == "x" and not upstream(d, x[1]), "by a variable that is no function of others")
    need(u[:2] != x[:2] and of[:2] != x[:2], "by one of the things that it is a function of")
    each = ("*", ("D", of, u), ("D", u, x))
    return ("=", ("D", of, x), ("S", lo, hi, each)), frozenset(), (n,)


@scheme("sq")
def right_angle(d: Declared, f: str, k: Fraction) -> Made:
    """sin(k pi / 2) and cos(k pi / 2) for a whole k are 0, 1 or -1.
    Fails for other functions, and for a k that is not whole.  Source: Abramowitz and Stegun 4.3."""
    need(f in ("sin", "cos") and k.denominator == 1, "no sine or cosine at a right angle")
    turn = (int(k) + (1 if f == "cos" else 0)) % 4
    return [("=", ("f", f, ("*", num(k / 2), ("f", "pi"))), num((0, 1, 0, -1)[turn]))]
