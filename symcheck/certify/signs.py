"""Signs: t > 0, t >= 0, t != 0, from what is declared and from the form of t.

A term is written as a polynomial.  What is known of its atoms and monomials, and of constants,
are inequalities; the sign follows where it is a combination of these (Farkas).  Otherwise we ask
its definitions, its value, its factors, and its numerator.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction

from symcheck.certify.atoms import as_sign, bounds_of, farkas, function_sign
from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.factors import factors, fraction
from symcheck.certify.facts import constant_facts, unequal
from symcheck.certify.forms import canonical, expanded, polynomial, relevant
from symcheck.certify.fresh import fresh
from symcheck.certify.values import value
from symcheck.core.declared import within
from symcheck.core.terms import MINUS, Refused, Term, kids, minus, neg, opened

__all__ = ["sign"]

MOST_FACTORED = 12  # monomials of a sum that is factored


def sign(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    """A theorem ``t rel 0`` from hyps at most, or None."""
    if (rel, t) in hyps:
        return env.assume((rel, t))
    near = relevant(env, hyps, t)
    if near != hyps:
        return env.sign(rel, t, near)
    c = canonical(env, t)
    if c[0] == "q":
        return _number(env, rel, t, c[1])
    return _first(env, rel, t, hyps, _by_form, _by_canon, _by_combination, _otherwise)


Way = Callable[[Env, str, Term, Hyps], Th | None]


def _first(env: Env, rel: str, t: Term, hyps: Hyps, *ways: Way) -> Th | None:
    """The first answer; what the core refuses is none."""
    for way in ways:
        with suppress(Refused):
            found = way(env, rel, t, hyps)
            if found is not None:
                return found
    return None


def _number(env: Env, rel: str, t: Term, n: Fraction) -> Th | None:
    if rel == "!=":
        return env.b.unequal_0(t) if n else None
    good = n > 0 or (n == 0 and rel == ">=")
    return env.b.step("farkas", rel, t, ()) if good else None


# ---------------------------------------------------------------- as it is written


def _by_form(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    """By what t is made of, as it is written."""
    tag = t[0]
    if tag == "*":
        return as_sign(env, _product(env, rel, t, hyps), rel, t)
    if tag == "^":
        return _power(env, rel, t, hyps)
    if tag == "S":
        return _sum(env, rel, t, hyps)
    if tag == "d":
        by = env.b.step("unfold", t)
        th = env.sign(rel, by.rhs, hyps)
        return None if th is None else env.moved(th, env.b.sym(by))
    if tag == "E":
        return _by_value(env, rel, t, hyps) or _mean(env, rel, t, hyps)
    if tag == "f" and t[1] in ("max", "min", "abs"):
        return function_sign(env, rel, t, hyps)
    return None


def _product(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    """Factor by factor, of which some may be negative."""
    found = [_way(env, rel, k, hyps) for k in kids(t)]
    if not found or any(f is None for f in found):
        return None
    th = env.b.step("product_sign", of=[f for f in found if f is not None])
    if th.says == (rel, t):
        return th
    way = env.b.ring(th.says[1], t)
    if th.says[0] == rel:
        return env.moved(th, way)
    weaker = env.b.sign_as(rel, th.says[1], th)
    return env.moved(weaker, way)


def _way(env: Env, rel: str, k: Term, hyps: Hyps) -> Th | None:
    """A sign of k or of -k."""
    found = env.sign(rel, k, hyps)
    if found is None and rel != "!=":
        found = env.sign(rel, neg(k), hyps)
    return found


def _power(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    base, e = t[1:]
    literal = e[0] == "q"
    even = literal and e[1].denominator == 1 and e[1] % 2 == 0
    if even and rel == ">=":
        return env.b.step("power_sign", rel, base, e)
    if even and rel == ">":
        th = env.sign("!=", base, hyps)
        return None if th is None else env.b.step("power_sign", rel, base, e, of=[th])
    if rel == "!=" and env.declared.known.is_whole(e):
        th = env.sign("!=", base, hyps)
        if th is not None:
            return env.b.step("power_sign", rel, base, e, of=[th])
    ask = ">" if rel == "!=" else rel
    th = env.sign(ask, base, hyps)
    if th is None:
        return None
    return as_sign(env, env.b.step("power_sign", ask, base, e, of=[th]), rel, t)


def _sum(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    ask = ">" if rel == "!=" else rel
    lo, hi, body = t[1:]
    letter = fresh(t, hyps=hyps)
    inside = hyps | within(letter, lo, hi)
    filled = env.sign(">=", minus(hi, lo), hyps) if ask == ">" else None
    if ask == ">" and filled is None:
        return None
    th = env.sign(ask, opened(body, letter), inside)
    if th is None:
        return None
    of = [th] if filled is None else [th, filled]
    rule = "sum_sign" if filled is None else "sum_positive"
    return as_sign(env, env.b.step(rule, letter, lo, hi, of=of), rel, t)


def _mean(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    g = t[1]
    th = env.sign(rel, g, hyps) if rel != "!=" else None
    if th is None:
        return None
    if rel == ">=":
        return env.b.step("mean_sign", t[2:], of=[th])
    finite = env.exists(g, hyps)
    return None if finite is None else env.b.step("mean_positive", t[2:], of=[th, finite])


# ---------------------------------------------------------------- by ring laws


def _by_canon(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    """By the form of what it is by ring laws."""
    c = canonical(env, t)
    if c == t:
        return None
    th = _first(env, rel, c, hyps, _by_form)
    return None if th is None else env.moved(th, env.b.ring(c, t))


def _by_combination(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    """As a combination of what is known of its monomials and of constants."""
    if rel == "!=":
        for way in (t, neg(t)):
            th = _combined(env, ">", way, hyps)
            if th is not None:
                return as_sign(env, th, rel, t)
        return as_sign(env, unequal(env, t, hyps), rel, t)
    return _combined(env, rel, t, hyps)


def _combined(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    goal = polynomial(env, t)
    known: list[Th] = []
    for m in goal:
        rows = list(bounds_of(env, m, hyps)) if m else []
        known += rows
        if m and not rows and not all(env.declared.fixed(*f) for f in m):
            return None  # nothing speaks of it
    known += constant_facts(env, t, hyps)
    return farkas(env, rel, t, known)


# ---------------------------------------------------------------- otherwise


def _otherwise(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    by = expanded(env, t, False)
    if by.rhs != t:
        th = env.sign(rel, by.rhs, hyps)
        if th is not None:
            return env.moved(th, env.b.sym(by))
    return _first(env, rel, t, hyps, _by_fraction, _by_factors, _by_both)


def _by_value(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    """E[x], E[(x - E[x])^2] and what is made of them: by what they are."""
    if t[0] != "E" or len(t) != 2:
        return None
    by = value(env, t, hyps)
    own = None if by is None else env.sign(rel, by.rhs, hyps)
    return None if own is None or by is None else env.moved(own, env.b.sym(by))


def _by_fraction(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    """By numerator and denominator."""
    found = fraction(env, t)
    if found is None:
        return None
    above, below = found
    signs = [env.sign(">", k, hyps) or env.sign("!=", k, hyps) for k in below]
    if any(s is None for s in signs):
        return None
    down = ("^", ("*", *below), MINUS)
    th = env.sign(rel, ("*", above, down), hyps)
    if th is None:
        return None
    return env.moved(th, env.b.ring(th.says[1], t, *(s for s in signs if s is not None)))


def _by_factors(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    """1 - b^2 is (1 - b) (1 + b)."""
    p = polynomial(env, t)
    whole = factors(env, t) if 1 < len(p) <= MOST_FACTORED else None
    if whole is None:
        return None
    th = env.sign(rel, whole, hyps)
    return None if th is None else env.moved(th, env.b.ring(whole, t))


def _by_both(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    """t >= 0 and t != 0 give t > 0."""
    if rel != ">":
        return None
    weak = env.sign(">=", t, hyps)
    apart = None if weak is None else unequal(env, t, hyps)
    if weak is None or apart is None:
        return None
    return env.b.step("strict", of=[weak, apart])
