"""Equations that follow from others by multiplying and adding: a - b = Q_1 e_1 + ... + Q_n e_n.

Where every e_k is known to be 0, a = b.  The Q are found by division, one variable at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.ring import UNIT, Known, Poly, plus, poly, scaled, term, times
from symcheck.core.terms import MINUS, ONE, ZERO, Refused, Term, minus, neg, num

__all__ = ["by_denominators", "by_relations", "by_squares", "quotients"]

MOST_POWER = 12


def by_relations(
    env: Env, a: Term, b: Term, found: Sequence[tuple[Term, Th]], signs: Sequence[Th] = ()
) -> Th | None:
    """a = b, from factors Q and equations e = 0 (or e = c) with a - b the sum of all Q (e - c)."""
    parts = [("*", q, minus(th.lhs, th.rhs)) for q, th in found]
    whole: Term = ("+", b, *parts)
    try:
        done = env.b.ring(a, whole, *signs)
        for n, (_, th) in enumerate(found):
            done = env.b.trans(done, env.b.cong(done.rhs, (n + 1, 1, 0), th))
        return env.b.trans(done, env.b.ring(done.rhs, b, *signs))
    except Refused:
        return None


def powers_of(p: Poly, atom: Term, sign: int) -> dict[int, Poly]:
    """p by the powers of an atom (``sign`` -1: of its inverse), the atom left out."""
    found: dict[int, Poly] = {}
    for m, c in p.items():
        e = dict(m).get(atom, ZERO)
        literal = e[0] == "q" and e[1].denominator == 1 and e[1] * sign > 0
        n = int(e[1] * sign) if literal else 0
        rest = tuple(f for f in m if f[0] != atom) if n else m
        part = found.setdefault(n, {})
        part[rest] = part.get(rest, Fraction(0)) + c
    return found


def denominators(p: Poly) -> list[Term]:
    """The sums that p divides by."""
    seen = {
        a: None
        for m in p
        for a, e in m
        if a[0] == "+" and e[0] == "q" and e[1] < 0 and e[1].denominator == 1
    }
    return list(seen)


def by_denominators(env: Env, a: Term, b: Term, hyps: Hyps, signs: Sequence[Th]) -> Th | None:
    """a = b as quotients with common denominators that are not 0."""
    known = _known(env, signs)
    left = plus([poly(a, known), scaled(poly(b, known), Fraction(-1))])
    found: list[tuple[Term, Th]] = []
    aside: Term = ONE
    for d in denominators(left):
        nonzero = env.sign("!=", d, hyps)
        cs = powers_of(left, d, -1)
        top = max(cs)
        if nonzero is None or top > MOST_POWER:
            return None
        y: Term = ("^", d, MINUS)
        q, quotient = cs.get(0, {}), [term(cs.get(0, {}))]
        for k in range(1, top + 1):
            q = plus([cs.get(k, {}), times(poly(d, known), q, known)])
            quotient.append(("*", term(q), ("^", y, num(k))))
        one = env.b.step("inverse", of=[nonzero])
        found.append((neg(("*", aside, ("+", *quotient[:-1]))), one))
        left, aside = q, ("*", aside, ("^", y, num(top)))
    return None if left or not found else by_relations(env, a, b, found, signs)


def quotients(env: Env, a: Term, b: Term, hyps: Hyps = frozenset()) -> Th | None:
    """a = b by algebra, denominators and all."""
    plain = env.equal(a, b, hyps)
    return plain or by_denominators(env, a, b, hyps, env.signs_for(hyps, a, b))


def by_squares(env: Env, a: Term, b: Term, squares: Sequence[tuple[Term, Th]]) -> Th | None:
    """a = b, where each equation tells the square of a term by lower powers of it."""
    known = env.declared.known
    left = plus([poly(a, known), scaled(poly(b, known), Fraction(-1))])
    found: list[tuple[Term, Th]] = []
    for x, th in squares:
        lower = powers_of(poly(minus(th.lhs, th.rhs), known), x, 1)
        if set(lower) - {0, 1, 2} or lower.get(2) != UNIT:
            continue
        cs, quotient = powers_of(left, x, 1), list[Term]()
        for k in range(max(cs, default=0), 1, -1):
            top = cs.pop(k, {})
            quotient.append(("*", term(top), ("^", x, num(k - 2))))
            for n in (0, 1):
                less = scaled(times(top, lower.get(n, {}), known), Fraction(-1))
                cs[k - 2 + n] = plus([cs.get(k - 2 + n, {}), less])
        if quotient:
            found.append((("+", *quotient), th))
        left = plus(times(q, poly(("^", x, num(k)), known), known) for k, q in cs.items())
    return None if left or not found else by_relations(env, a, b, found)


def _known(env: Env, signs: Sequence[Th]) -> Known:
    from symcheck.core.theorem import known

    return known(env.declared, [th.theorem for th in signs])
