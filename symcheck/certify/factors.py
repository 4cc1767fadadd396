"""Factors of a polynomial, and its numerator: by SymPy, whose answer nobody has to believe."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sympy import Dummy, Integer, Rational, factor_list

from symcheck.certify.env import Env
from symcheck.certify.forms import polynomial
from symcheck.core.ring import Monomial, Poly, product, term
from symcheck.core.terms import ONE, Term, num

__all__ = ["factors", "fraction"]

MOST_TERMS = 12
MOST_DEGREE = 8


def factors(env: Env, t: Term) -> Term | None:
    """t as a product of at least two factors, or None."""
    p = polynomial(env, t)
    common = _common(p)
    if common is None:
        return None
    rest = {_divided(m, common): c for m, c in p.items()}
    if not common and max(sum(int(e[1]) for _, e in m) for m in rest) < 2:
        return None
    letters: dict[Term, Dummy] = {}
    total = Integer(0)
    for m, c in rest.items():
        one = Rational(c.numerator, c.denominator)
        for atom, e in m:
            one *= letters.setdefault(atom, Dummy(real=True)) ** int(e[1])
        total += one
    if not letters or len(rest) > MOST_TERMS:
        return None
    number, found = factor_list(total, *letters.values())
    if len(found) + bool(common) < 2 and not any(n > 1 for _, n in found):
        return None
    back = {d: a for a, d in letters.items()}
    made = [("^", _term(f.as_poly(*letters.values()), back), num(n)) for f, n in found]
    front = [product(tuple(common.items()))] if common else []
    return ("*", num(Fraction(int(number.p), int(number.q))), *front, *made)


def _term(p: Any, back: dict[Dummy, Term]) -> Term:
    poly: Poly = {}
    gens = [back[g] for g in p.gens]
    for powers, c in p.terms():
        m: Monomial = tuple(sorted((a, num(n)) for a, n in zip(gens, powers, strict=True) if n))
        poly[m] = Fraction(int(c.p), int(c.q))
    return term(poly)


def _common(p: Poly) -> dict[Term, Term] | None:
    """The powers that all monomials have; None where an exponent is no whole number."""
    exponents = [e for m in p for _, e in m]
    whole = all(e[0] == "q" and e[1].denominator == 1 for e in exponents)
    if len(p) < 2 or not whole or any(abs(e[1]) > MOST_DEGREE for e in exponents):
        return None
    powers = [{a: e[1] for a, e in m} for m in p]
    atoms = {a for m in p for a, _ in m}
    least = {a: min(d.get(a, Fraction(0)) for d in powers) for a in atoms}
    return {a: num(n) for a, n in sorted(least.items()) if n}


def _divided(m: Monomial, by: dict[Term, Term]) -> Monomial:
    powers = {a: e[1] for a, e in m}
    for a, n in by.items():
        powers[a] = powers.get(a, Fraction(0)) - n[1]
    return tuple(sorted((a, num(n)) for a, n in powers.items() if n))


def fraction(env: Env, t: Term) -> tuple[Term, tuple[Term, ...]] | None:
    """Numerator and the factors of the denominator of a sum of fractions; None: no fraction."""
    p = polynomial(env, t)
    below: dict[Term, Fraction] = {}
    for m in p:
        for a, e in m:
            if e[0] == "q" and e[1] < 0:
                below[a] = max(below.get(a, Fraction(0)), -e[1])
    if not below or len(p) < 2:
        return None
    raised = [_raised(m, below, c) for m, c in p.items()]
    return ("+", *raised), tuple(("^", a, num(n)) for a, n in sorted(below.items()))


def _raised(m: Monomial, below: dict[Term, Fraction], c: Fraction) -> Term:
    left = dict(below)
    kept = []
    for a, e in m:
        n = left.pop(a, None)
        e = e if n is None else num(e[1] + n)
        kept.append(("^", a, e))
    kept += [("^", a, num(n)) for a, n in left.items()]
    return ("*", num(c), *(k for k in kept if k[2] != num(0)), ONE)
