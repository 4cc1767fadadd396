"""Of which powers of a factor the expectation is finite, and Hölder's inequality.

The q-th moment of f is the theorem L1(f^q), q even, or L1(|f|^q), or L1(f), as the rule
``holder`` asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.forms import polynomial
from symcheck.certify.named import MOST, of_law
from symcheck.certify.normals import law_of_sum
from symcheck.certify.told import declared_orders, pieces_told
from symcheck.core.ring import EULER, Monomial, product
from symcheck.core.rules.expectation import power
from symcheck.core.terms import ONE, Refused, Term, kids, minus, num

__all__ = ["by_holder", "moment", "restated"]

TRIED = (Fraction(1), Fraction(2), Fraction(4))


class Piece(NamedTuple):
    """|f|^p in a product, E|f|^q being finite for this q; ``any``: for every q."""

    f: Term
    p: Fraction
    q: Fraction
    any: bool


def restated(env: Env, th: Th, t: Term) -> Th | None:
    """L1(t) from L1(a), where a = t or |a| = |t| by ring laws."""
    a = th.says[1]
    if a == t:
        return th
    try:
        return env.moved(th, env.b.ring(a, t))
    except Refused:
        pass
    gap = minus(("f", "abs", a), ("f", "abs", t))
    below = env.b.step("farkas", ">=", gap, ())
    return env.b.step("exists_below", t, a, of=[below, th])


# ---------------------------------------------------------------- one factor


def moment(env: Env, f: Term, q: Fraction, hyps: Hyps) -> Th | None:
    """L1 of |f|^q in the form that Hölder's inequality asks for."""
    t = power(f, q, 2)
    found = _own(env, f, q, t, hyps)
    return found if found is not None or f[0] in ("x", "E", "f") else env.exists(t, hyps)


def _exponential(f: Term) -> bool:
    return f[:2] == ("f", "exp")


def _own(env: Env, f: Term, q: Fraction, t: Term, hyps: Hyps) -> Th | None:
    """The moment of a variable, of E[g | y], of exp(u)."""
    if f[0] == "E":
        inside = env.exists(power(f[1], q, 2), hyps) if q >= 1 else None
        return None if inside is None else env.b.step("exists_mean", f[1], f[2:], q, of=[inside])
    if _exponential(f):
        return _transform(env, f, q, t, hyps)
    for th, most in declared_orders(env, f, hyps):
        if most == q:
            return restated(env, th, t)
    law = env.of("law", f, hyps) if f[0] == "x" else None
    if law is not None and q.denominator == 1:
        exists = of_law(env, law, "exists", hyps, num(q))
        return None if exists is None else restated(env, exists, t)
    return None


def _transform(env: Env, f: Term, q: Fraction, t: Term, hyps: Hyps) -> Th | None:
    """E exp(q u) for u = c x, x of a named law."""
    p = polynomial(env, f[2])
    if len(p) != 1:
        return None
    ((m, c),) = p.items()
    random = [a for a, e in m if not env.declared.fixed(a)]
    if len(random) != 1 or (random[0], ONE) not in m or random[0][0] not in "xS":
        return None
    x = random[0]
    law = env.of("law", x, hyps) if x[0] == "x" else _of_sum(env, x, hyps)
    if law is None:
        return None
    scale = product(tuple(k for k in m if k[0] != x), c * q)
    th = of_law(env, law, "exp", hyps, scale)
    return None if th is None else restated(env, th, t)


def _of_sum(env: Env, x: Term, hyps: Hyps) -> Th | None:
    """The law of a sum of independent normal variables."""
    return law_of_sum(env, [(ONE, x)], hyps)


def _highest(env: Env, f: Term, hyps: Hyps) -> tuple[Fraction, bool] | None:
    """The largest q known with E|f|^q finite, and whether every q is."""
    if f[0] == "x":
        return _of_variable(env, f, hyps)
    if _exponential(f):
        law = _transform(env, f, Fraction(2), power(f, Fraction(2), 2), hyps)
        if law is not None:
            many = _transform(env, f, Fraction(40), power(f, Fraction(40), 2), hyps)
            return Fraction(2), many is not None
        one = _transform(env, f, Fraction(1), f, hyps)
        return None if one is None else (Fraction(1), False)
    orders = [q for _, q in declared_orders(env, f, hyps)]
    if orders:
        return max(orders), False
    best = None
    for q in TRIED if f[0] == "E" else ():
        if moment(env, f, q, hyps) is None:
            break
        best = q
    return None if best is None else (best, False)


def _of_variable(env: Env, x: Term, hyps: Hyps) -> tuple[Fraction, bool] | None:
    law = env.of("law", x, hyps) if x[0] == "x" else None
    if law is not None:
        if law.says[2] not in ("student", "cauchy"):
            return Fraction(2), True
        for q in (4, 3, 2, 1):
            if _own(env, x, Fraction(q), power(x, Fraction(q), 2), hyps) is not None:
                return Fraction(q), False
        return None
    orders = [q for _, q in declared_orders(env, x, hyps)]
    return (max(orders), False) if orders else None


# ---------------------------------------------------------------- several factors


def by_holder(env: Env, m: Monomial, hyps: Hyps) -> Th | None:
    """L1 of a product of powers, by moments of its factors and by products declared finite."""
    pieces = _pieces(env, m, hyps)
    if pieces is not None:
        th = _holder(env, pieces, hyps)
        if th is not None:
            return th
    for whole, part, th, rest in pieces_told(env, m, hyps):
        others = _pieces(env, rest, hyps)
        if others is not None:
            found = _holder(env, others, hyps, (whole, part, th))
            if found is not None:
                return found
    return None


def _pieces(env: Env, m: Monomial, hyps: Hyps) -> list[Piece] | None:
    found = []
    for f, p in _bases(m):
        if p <= 0:
            return None
        high = _highest(env, f, hyps)
        if high is None:
            return None
        found.append(Piece(f, p, *high))
    return found


def _bases(m: Monomial) -> Iterator[tuple[Term, Fraction]]:
    for atom, e in m:
        if atom == EULER:
            for k in kids(e) if e[0] == "+" else (e,):
                yield ("f", "exp", k), Fraction(1)
        elif e[0] == "q":
            if atom[:2] == ("f", "abs"):
                yield atom[2], e[1]
            elif atom[0] == "^" and atom[2][0] == "q" and atom[1][:2] == ("f", "abs"):
                yield atom[1][2], e[1] * atom[2][1]
            else:
                yield atom, e[1]
        else:
            yield atom, Fraction(-1)


def _holder(
    env: Env, pieces: Sequence[Piece], hyps: Hyps, told: tuple[Term, Fraction, Th] | None = None
) -> Th | None:
    """The rule, exponents chosen: what every moment is known of takes what is left."""
    part = told[1] if told else Fraction(0)
    left = 1 - part - sum((k.p / k.q for k in pieces if not k.any), Fraction(0))
    free = [k for k in pieces if k.any]
    if left < 0 or (free and left == 0):
        return None
    chosen = [(k.f, k.p, _enough(k, left / len(free)) if k.any else k.q) for k in pieces]
    if any(q > MOST for _, _, q in chosen):
        return None
    ths = [moment(env, f, q, hyps) for f, _, q in chosen]
    if any(th is None for th in ths):
        return None
    if told:
        chosen.insert(0, (told[0], told[1], Fraction(1)))
        ths.insert(0, told[2])
    fs, ps, qs = (tuple(c[n] for c in chosen) for n in range(3))
    return env.b.step("holder", fs, ps, qs, of=[th for th in ths if th is not None])


def _enough(k: Piece, share: Fraction) -> Fraction:
    """A whole q with p / q <= share: p itself where that will do, else an even one."""
    if k.p <= share and k.p.denominator == 1:
        return k.p
    if share >= 1 and k.p.denominator == 1:
        return k.p
    n = -((-k.p / share) // 1)
    return Fraction(max(n + n % 2, 2)) if n != k.p or n % 2 else Fraction(n)
