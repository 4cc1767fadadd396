"""Sines and cosines by those of single angles."""

from __future__ import annotations

from fractions import Fraction

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.ideals import by_squares
from symcheck.certify.rewriting import everywhere
from symcheck.core.ring import Monomial, Poly, poly, product, term
from symcheck.core.terms import Term, num, parts

__all__ = ["by_angles"]

MOST_TERMS, MOST_TIMES = 4, 6


def by_angles(env: Env, a: Term, b: Term) -> Th | None:
    """a = b by addition theorems and sin^2 + cos^2 = 1."""
    left, right = (everywhere(env, t, lambda p, h: angle(env, p, h)) for t in (a, b))
    between = env.equal(left.rhs, right.rhs)
    if between is None:
        angles = {p[2] for t in (left.rhs, right.rhs) for p in parts(env.canon(t)) if _sine(p)}
        squares = []
        for u in sorted(angles):
            sine: Term = ("f", "sin", u)
            squares.append((sine, env.b.step("identity", "circle", ("^", sine, num(2)))))
        between = by_squares(env, left.rhs, right.rhs, squares)
    return between and env.b.trans(left, between, env.b.sym(right))


def _sine(p: Term) -> bool:
    return p[:2] == ("f", "sin")


def angle(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """sin(u) or cos(u) by those of the terms of u, without their multiples; None where it is."""
    if t[:2] not in (("f", "sin"), ("f", "cos")):
        return None
    p = poly(t[2], env.declared.known)
    if not p or len(p) > MOST_TERMS or any(abs(c.numerator) > MOST_TIMES for c in p.values()):
        return None
    (m, c), *_ = sorted(p.items())
    unit = product(m, Fraction(1 if c > 0 else -1, c.denominator))
    rest = term({**{k: v for k, v in p.items() if k != m}, **_less(m, c)})
    if rest != num(0):
        split: Term = ("f", t[1], ("+", unit, rest))
        once = env.b.trans(env.b.ring(t, split), env.b.step("identity", f"{t[1]}-sum", split))
        return env.b.trans(once, everywhere(env, once.rhs, lambda q, h: angle(env, q, h)))
    if c < 0:
        return env.b.step("identity", "cos-even" if t[1] == "cos" else "sin-odd", t)
    return None


def _less(m: Monomial, c: Fraction) -> Poly:
    """What is left of c m without one unit of it."""
    unit = Fraction(1 if c > 0 else -1, c.denominator)
    return {m: c - unit} if c != unit else {}
