"""The one decision procedure: polynomials over canonical atoms.

A term is written as a sum of monomials; two terms are equal by ring laws if these are the same.
Built in, because they hold at every point and in every world:

- the laws of commutative rings, with ``a^m a^n = a^(m+n)`` for whole m, n with m + n != 0, and
  ``a a^-1 = 1[a != 0]``, which is 1 where a is known not to be 0;
- ``e^a e^b = e^(a+b)``; laws of powers for bases that are known to be positive (or not negative);
- indicators: their squares, ``1[a < 0] = 1[a != 0] - 1[a > 0]``, ``1[a != 0] a = a``;
- ``|a|^2 = a^2``, and ``|c a b^2| = |c| |a| b^2``;
- finite sums are linear: a factor without the index comes out, and terms come apart.

What is known of the sign of a term comes from theorems, which the rule ``ring`` is given.
A number before a monomial is an int where it is whole, else a Fraction; it is never divided by
``/`` here, which makes a float of ints.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symcheck.core.terms import (  # isort: skip
    ONE, ZERO, Term, binds, kids, need, num, size, walk, with_kids,
)  # fmt: skip

MOST_MONOMIALS, MOST_PRODUCTS, MOST_WORK = 3000, 100_000, 2_000_000
MOST_EXPONENT, MOST_BITS, MOST_PRIME = 100, 20_000, 10_000
NONZERO = (">", "<", "!=")

Number = Any
Monomial = tuple[tuple[Term, Term], ...]  # (atom, exponent), sorted by atoms
Poly = dict[Monomial, Number]
EULER = ("f", "e")
UNIT: Poly = {(): 1}


class Known:
    """What the ring may use: signs of canonical terms, and the constants that are whole.

    ``work`` is what is left of the work that one step may take; None: without a bound.
    """

    def __init__(
        self, whole: frozenset[str] = frozenset(), signs: dict[Term, str] | None = None,
        work: list[int] | None = None,
    ) -> None:  # fmt: skip
        self.whole, self.signs, self.work = whole, signs or {}, work

    def spend(self, *atoms: Term) -> None:
        """Count the parts of what is looked at, and refuse where there are too many."""
        if self.work is not None:
            self.work[0] -= 20 + sum(1 if bare(a) else size(a) for a in atoms)
            need(self.work[0] >= 0, "too much work for one step")

    def sign(self, a: Term) -> str:
        """``>``, ``>=``, ``<``, ``<=``, ``!=``, or '' where nothing is known."""
        if a[0] == "q":
            return ">" if a[1] > 0 else "!=" if a[1] else ">="
        if a in (EULER, ("f", "pi")):
            return ">"
        return self.signs.get(a, ">=" if a[0] == "1" or a[:2] == ("f", "abs") else "")

    def is_whole(self, t: Term) -> bool:
        """Is t a whole number, by its form?"""
        if t[0] == "q":
            return literal(t)
        if t[0] == "^":
            return literal(t[2]) and t[2][1] >= 0 and self.is_whole(t[1])
        if t[0] in ("+", "*"):
            return all(map(self.is_whole, t[1:]))
        return t[0] in ("v", "b") or (t[0] == "c" and t[1] in self.whole)


def literal(e: Term) -> bool:
    """Is e a whole number that is written out?"""
    return bool(e[0] == "q" and e[1].denominator == 1)


# ---------------------------------------------------------------- sums and products


def short(c: Number) -> Number:
    """A number of bounded length."""
    above, below = c.numerator, c.denominator
    need(max(above.bit_length(), below.bit_length()) <= MOST_BITS, "a number too long")
    return above if below == 1 else c


def single(a: Term, e: Term = ONE) -> Poly:
    """A power of an atom as a polynomial."""
    return {((a, e),): 1}


def plus(polys: Iterable[Poly]) -> Poly:
    """The sum: numbers before equal monomials are added up."""
    total: Poly = {}
    for p in polys:
        for m, c in p.items():
            total[m] = short(total[m] + c) if m in total else c
        need(len(total) <= MOST_MONOMIALS, f"more than {MOST_MONOMIALS} monomials")
    return {m: c for m, c in total.items() if c}


def scaled(p: Poly, c: Number) -> Poly:
    """c p"""
    return p if c == 1 else {m: short(k * c) for m, k in p.items()} if c else {}


def times(p: Poly, q: Poly, known: Known) -> Poly:
    """The product, every two monomials joined."""
    if p == UNIT or q == UNIT:
        return q if p == UNIT else p
    need(len(p) * len(q) <= MOST_PRODUCTS, f"more than {MOST_PRODUCTS} products")
    return plus(scaled(joined(m + n, known), c * d) for m, c in p.items() for n, d in q.items())


def product_of(polys: Iterable[Poly], known: Known) -> Poly:
    """The product of some polynomials: of those with one monomial first, which is short."""
    sums, c, m = list[Poly](), 1, Monomial()
    for p in polys:
        if len(p) == 1:
            ((n, k),) = p.items()
            m, c = m + n, short(c * k)
        else:
            sums.append(p)
    result = scaled(joined(m, known), c)
    for p in sums:
        result = times(result, p, known)
    return result


def joined(factors: Monomial, known: Known) -> Poly:
    """A product of powers of atoms in any order, the exponents of one atom added up."""
    known.spend(*(a for a, _ in factors))
    rest, out = dict[Term, Term](), list[Poly]()
    for a, e in factors:
        if a in rest:
            e = exponent("+", rest.pop(a), e, known)
            p = raised(a, e, known)
            if p != single(a, e):
                out.append(p)
                continue
        rest[a] = e
    if any(a[1] == "!=" for a in rest):
        rest = absorbed(rest)
    one: Poly = {tuple(sorted(rest.items())): 1}
    return product_of([one, *out], known) if out else one


def raised(a: Term, e: Term, known: Known) -> Poly:
    """a^e for a canonical e, where the exponents of the atom a may be added up."""
    if a[0] == "1":  # an indicator is its own square, and its own inverse
        return single(a)
    if e == ZERO:
        return nonzero(single(a), known)
    if a[0] == "q":
        return number_power(a[1], e, known)
    if a[:2] == ("f", "abs") and literal(e) and e != ONE:  # |a|^3 = a^2 |a|
        odd = e[1] % 2
        return times(power(a[2], num(e[1] - odd), known), single(a) if odd else UNIT, known)
    return single(a, e)


def absorbed(rest: dict[Term, Term]) -> dict[Term, Term]:
    """Without the factors 1[a != 0] beside a power of a, or beside 1[a ... > 0]."""
    apart = {a for a in rest if a[0] != "1"}
    for a in rest:
        if a[:2] == ("1", ">"):
            apart |= {a[2], *(kids(a[2]) if a[2][0] == "*" else ())}
    return {a: e for a, e in rest.items() if a[:2] != ("1", "!=") or a[2] not in apart}


def exponent(sign: str, x: Term, y: Term, known: Known) -> Term:
    """The sum or the product of two exponents, canonical."""
    if x[0] == y[0] == "q":
        return num(short(x[1] + y[1] if sign == "+" else x[1] * y[1]))
    return canon((sign, x, y), known)


# ---------------------------------------------------------------- from terms and back


def poly(t: Term, known: Known) -> Poly:
    """t as a polynomial in canonical atoms; its numbers are Fractions, which may be divided."""
    return {m: Fraction(c) for m, c in spread(t, known).items()}


def spread(t: Term, known: Known) -> Poly:
    """t as a polynomial in canonical atoms.  A derivative stays as it is written."""
    known.spend()
    tag = t[0]
    if tag == "q":
        return {(): short(t[1])} if t[1] else {}
    if tag == "+":
        return plus(spread(k, known) for k in t[1:])
    if tag == "*":
        return product_of((spread(k, known) for k in t[1:]), known)
    if tag == "^":
        return power(t[1], canon(t[2], known), known)
    if tag == "1":
        return indicator(t[1], spread(t[2], known), known)
    if tag == "S":
        return finite_sum(t, known)
    if tag == "f" and t[1] == "exp":
        return power(EULER, canon(t[2], known), known)
    if tag == "f" and t[1] == "abs":
        return absolute(spread(t[2], known), known)
    if tag == "D" or bare(t):
        return single(t)
    below = tuple(canon(k, known) for k in kids(t))
    if tag == "E":
        return {} if below[0] == ZERO else single(("E", below[0], *sorted(set(below[1:]))))
    either = tag == "f" and t[1] in ("max", "min")
    return single(with_kids(t, tuple(sorted(below)) if either else below))


def canon(t: Term, known: Known) -> Term:
    """The canonical form of t: the same for terms that are equal by ring laws."""
    return t if bare(t) else term(spread(t, known))


def bare(t: Term) -> bool:
    """Is t a number, a letter, or a name without indices?"""
    return len(t) == 2 and t[0] in "qvbcxdf"


def term(p: Poly) -> Term:
    """A polynomial as a term."""
    ts = [product(m, c) for m, c in sorted(p.items())]
    return ts[0] if len(ts) == 1 else ("+", *ts) if ts else ZERO


def product(m: Monomial, c: Number = 1) -> Term:
    """A monomial with a number in front as a term."""
    fs = [a if e == ONE else ("f", "exp", e) if a == EULER else ("^", a, e) for a, e in m]
    fs = [num(c), *fs] if c != 1 or not fs else fs
    return fs[0] if len(fs) == 1 else ("*", *fs)


def normed(p: Poly) -> tuple[Term, Number]:
    """A term t and a number c with p = c t; t has 1 before its last monomial."""
    c = p[max(p)]
    return term(scaled(p, Fraction(1, c))), c


def equal(a: Term, b: Term, known: Known) -> bool:
    """Are a and b equal by ring laws and by what is known?"""
    return a == b or spread(a, known) == spread(b, known)


# ---------------------------------------------------------------- powers


def power(base: Term, e: Term, known: Known) -> Poly:
    """base^e for a canonical e; 0^e is 0 for a number e other than 0."""
    if base == EULER:
        return single(EULER, e) if e != ZERO else UNIT
    p, whole, c = spread(base, known), literal(e), 1
    need(not whole or abs(e[1]) <= MOST_EXPONENT, "an exponent too large")
    if e == ZERO or (not p and e[0] == "q"):
        return UNIT if e == ZERO else {}
    if len(p) == 1:
        ((m, c),) = p.items()
        numbers = {} if whole else primes(c)
        factors = [*m, *((num(b), num(n)) for b, n in (numbers or {}).items())]
        pieces = [k for a, x in factors if (k := piece(a, x, e, known)) is not None]
        if numbers is not None and len(pieces) == len(factors):
            return scaled(product_of(pieces, known), Fraction(c) ** e[1] if whole else 1)
    if whole and e[1] > 0:
        return product_of([p] * int(e[1]), known)
    t, c = normed(p) if whole else (term(p), 1)
    power = single(t, e) if whole or merges(t, e, known) else single(("^", t, e))
    return scaled(power, Fraction(c) ** e[1] if whole else 1)


def merges(a: Term, e: Term, known: Known) -> bool:
    """Is a^e one of the powers of a that may be added up?"""
    sign = known.sign(a)
    return sign == ">" or (sign == ">=" and e[0] == "q") or (sign in NONZERO and known.is_whole(e))


def number_power(c: Number, e: Term, known: Known) -> Poly:
    """c^e for a number c > 0, or < 0 and a whole e: the whole part of e in front."""
    exponent = spread(e, known)
    need(c > 0 or all(k.denominator == 1 for k in exponent.values()), "a power of what is below 0")
    exponent = {m: k % 2 for m, k in exponent.items() if k % 2} if c == -1 else exponent
    whole = exponent.get((), 0) // 1
    need(abs(whole) <= MOST_EXPONENT, "an exponent too large")
    rest = term(plus([exponent, {(): -whole}]))
    return scaled(UNIT if rest == ZERO else single(num(c), rest), Fraction(c) ** whole)


def primes(c: Number) -> dict[int, int] | None:
    """A number as powers of small primes, and of -1; None where that takes too long."""
    found = {-1: 1} if c < 0 else {}
    for n, way in ((abs(c.numerator), 1), (c.denominator, -1)):
        for p in range(2, MOST_PRIME + 1):
            if n == 1:
                break
            while n % p == 0:
                n //= p
                found[p] = found.get(p, 0) + way
        if n > 1:
            return None
    return found


def piece(a: Term, x: Term, e: Term, known: Known) -> Poly | None:
    """(a^x)^e, where a power of a product may be taken factor by factor; None where it may not."""
    if a[0] == "1":
        return single(a) if e[0] == "q" else None
    sign, numbers, n = known.sign(a), x[0] == e[0] == "q", exponent("*", x, e, known)
    if sign == ">" or (sign == ">=" and numbers) or known.is_whole(e):
        fits = literal(n) or merges(a, n, known)
        return raised(a, n, known) if fits else single(("^", a, n))
    if numbers and literal(x) and x[1] % 2 == 0:  # (b^2)^(1/2) = |b|
        return power(("f", "abs", a), n, known)
    return None


# ---------------------------------------------------------------- sizes, indicators, sums


def absolute(p: Poly, known: Known) -> Poly:
    """|p|: factor by factor where p is one monomial with whole exponents."""
    if len(p) != 1:
        t, c = normed(p) if p else (ZERO, 0)
        return scaled(single(("f", "abs", t)), abs(c))
    ((m, c),) = p.items()
    result: list[Poly] = []
    for a, e in m:
        if known.sign(a) in (">", ">=") or (literal(e) and e[1] % 2 == 0):
            result.append(single(a, e))
        elif literal(e):  # |a^3| = a^2 |a|
            result += [single(a, num(e[1] - 1)) if e != ONE else UNIT, single(("f", "abs", a))]
        else:
            return scaled(single(("f", "abs", product(m))), abs(c))
    return scaled(product_of(result, known), abs(c))


def indicator(rel: str, p: Poly, known: Known) -> Poly:
    """1[p rel 0] by the two that are atoms, 1[a > 0] and 1[a != 0]."""
    if rel in ("=", ">="):
        other = nonzero(p, known) if rel == "=" else positive(scaled(p, -1), known)
        return plus([UNIT, scaled(other, -1)])
    return nonzero(p, known) if rel == "!=" else positive(p, known)


def nonzero(p: Poly, known: Known) -> Poly:
    """1[p != 0]; of a product, factor by factor."""
    if not p:
        return {}
    if len(p) > 1:
        t, _ = normed(p)
        return UNIT if known.sign(t) in NONZERO else single(("1", "!=", t))
    ((m, _),) = p.items()
    rest = [(a, e) for a, e in m if a != EULER and known.sign(a) not in NONZERO]
    if any(e[0] != "q" for _, e in rest):
        return single(("1", "!=", product(m)))
    sizes = [nonzero(spread(a[2], known), known) for a, _ in rest if a[:2] == ("f", "abs")]
    others = [a for a, _ in rest if a[:2] != ("f", "abs")]
    return product_of(
        [*sizes, *(single(a if a[0] == "1" else ("1", "!=", a)) for a in others)], known
    )


def positive(p: Poly, known: Known) -> Poly:
    """1[p > 0], with a positive number before the first term, and without positive factors."""
    if not p or set(p) == {()}:
        return UNIT if p and p[()] > 0 else {}
    if len(p) == 1:
        ((m, c),) = p.items()
        aside, rest = list[Poly](), Monomial()
        for a, e in m:
            sign = known.sign(a)
            if sign == ">=" or (sign != ">" and literal(e) and e[1] % 2 == 0):
                aside.append(nonzero(single(a), known))
            elif sign != ">":
                rest += ((a, ONE if literal(e) else e),)
        if rest != m:
            return product_of([*aside, positive({rest: c}, known)], known)
    t, c = normed(p)
    sign = known.sign(t)
    above = single(("1", ">", t))
    if sign and sign != "!=":
        above = nonzero(p, known) if ">" in sign else {}
    return above if c > 0 else plus([nonzero(p, known), scaled(above, -1)])


def finite_sum(t: Term, known: Known) -> Poly:
    """A sum term by term, what does not hold the index in front."""
    lo, hi = canon(t[1], known), canon(t[2], known)
    result: list[Poly] = []
    for m, c in spread(t[3], known).items():
        inside = tuple(f for f in m if holds(f[0]) or holds(f[1]))
        outside = tuple((lowered(a), lowered(e)) for a, e in m if (a, e) not in inside)
        whole = ("S", lo, hi, product(inside))
        result.append(scaled(joined((*outside, (whole, ONE)), known), c))
    return plus(result)


def holds(t: Term, k: int = 0) -> bool:
    """Does t hold the index that the k-th sum around it binds?"""
    if t[0] == "b":
        return bool(t[1] == k)
    return any(holds(u, k + binds(t, n)) for n, u in enumerate(kids(t)))


def lowered(t: Term) -> Term:
    """t, which does not hold the index of the nearest sum around it, outside of that sum."""
    return walk(t, lambda u, d: ("b", u[1] - (u[1] > d)) if u[0] == "b" else None)
