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
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from symcheck.core.terms import (
    ONE,
    ZERO,
    Term,
    closed,
    has,
    kids,
    need,
    num,
    opened,
    parts,
    with_kids,
)

MOST_MONOMIALS = 3000
MOST_PRODUCTS = 100_000
MOST_EXPONENT = 100
MOST_BITS = 20_000
MOST_PRIME = 10_000
NONZERO = (">", "<", "!=")

Monomial = tuple[tuple[Term, Term], ...]  # (atom, exponent), sorted by atoms
Poly = dict[Monomial, Fraction]
EULER = ("f", "e")
UNIT: Poly = {(): Fraction(1)}


@dataclass(frozen=True)
class Known:
    """What the ring may use: signs of canonical terms, and the constants that are whole."""

    whole: frozenset[str] = frozenset()
    signs: dict[Term, str] = field(default_factory=dict)

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
            return t[1].denominator == 1
        if t[0] == "^":
            return t[2][0] == "q" and t[2][1] >= 0 and all(map(self.is_whole, kids(t)))
        if t[0] in ("+", "*"):
            return all(map(self.is_whole, kids(t)))
        return t[0] in ("v", "b") or (t[0] == "c" and t[1] in self.whole)


def constant(c: Fraction) -> Poly:
    """A number as a polynomial."""
    need(max(abs(c.numerator), c.denominator).bit_length() <= MOST_BITS, "a number too long")
    return {(): c} if c else {}


def plus(polys: Iterable[Poly]) -> Poly:
    """The sum: numbers before equal monomials are added up."""
    total: Poly = {}
    for p in polys:
        for m, c in p.items():
            total[m] = total.get(m, Fraction(0)) + c
    need(len(total) <= MOST_MONOMIALS, f"more than {MOST_MONOMIALS} monomials")
    return {m: c for m, c in total.items() if c}


def scaled(p: Poly, c: Fraction) -> Poly:
    """c p"""
    return {m: k * c for m, k in p.items()} if c else {}


def times(p: Poly, q: Poly, known: Known) -> Poly:
    """The product, every two monomials joined."""
    need(len(p) * len(q) <= MOST_PRODUCTS, f"more than {MOST_PRODUCTS} products")
    if not p or not q:
        return {}
    if q == UNIT or p == UNIT:
        return p if q == UNIT else q
    made = (
        scaled(joined(m + n, known), c * d) for m, c in p.items() for n, d in q.items()
    )  # fmt: skip
    total = plus(made)
    for c in total.values():
        need(max(abs(c.numerator), c.denominator).bit_length() <= MOST_BITS, "a number too long")
    return total


def joined(factors: Iterable[tuple[Term, Term]], known: Known) -> Poly:
    """A product of powers of atoms, those of one atom added up, as a polynomial."""
    exponents: dict[Term, list[Term]] = {}
    for atom, e in factors:
        exponents.setdefault(atom, []).append(e)
    rest: dict[Term, Term] = {}
    out = UNIT
    for atom, es in exponents.items():
        e = es[0] if len(es) == 1 else added(es, known)
        if atom[0] == "1":
            rest[atom] = ONE  # an indicator is its own square, and its own inverse
        elif e == ZERO:
            out = times(out, nonzero({((atom, ONE),): Fraction(1)}, known), known)
        elif atom[:2] == ("f", "abs") and e[0] == "q" and e[1].denominator == 1 and e != ONE:
            odd = e[1] % 2
            out = times(out, power(atom[2], num(e[1] - odd), known), known)
            if odd:
                out = times(out, {((atom, ONE),): Fraction(1)}, known)
        elif atom[0] == "q":
            whole = number_power(atom[1], e, known)
            if whole == {((atom, e),): Fraction(1)}:
                rest[atom] = e
            else:
                out = times(out, whole, known)
        else:
            rest[atom] = e
    one: Poly = {tuple(sorted(absorbed(rest).items())): Fraction(1)}
    return one if out == UNIT else times(out, one, known)


def added(exponents: list[Term], known: Known) -> Term:
    """The sum of exponents, canonical."""
    if all(e[0] == "q" for e in exponents):
        return num(sum((e[1] for e in exponents), Fraction(0)))
    return term(plus(poly(e, known) for e in exponents))


def absorbed(rest: dict[Term, Term]) -> dict[Term, Term]:
    """Without the factors 1[a != 0] beside a power of a, or beside 1[a ... > 0]."""
    if not any(a[:2] == ("1", "!=") for a in rest):
        return rest
    nonzero = {a for a in rest if a[0] != "1"}
    for a in rest:
        if a[:2] == ("1", ">"):
            nonzero |= {a[2], *(kids(a[2]) if a[2][0] == "*" else ())}
    return {a: e for a, e in rest.items() if a[:2] != ("1", "!=") or a[2] not in nonzero}


def number_power(c: Fraction, e: Term, known: Known) -> Poly:
    """c^e for a rational c: primes, whole parts of their exponents in front; c = -1 by parity."""
    if e[0] == "q" and e[1].denominator == 1:
        return constant(c ** bounded(e))
    exponent = poly(e, known)
    if c == -1:
        even = {m: k % 2 for m, k in exponent.items() if k.denominator == 1}
        if len(even) == len(exponent):
            exponent = {m: k for m, k in even.items() if k}
            if not set(exponent) - {()}:
                return constant(Fraction(-1 if exponent else 1))
        return {((num(-1), term(exponent)),): Fraction(1)}
    whole = int(exponent.get((), Fraction(0)) // 1)
    need(abs(whole) <= MOST_EXPONENT, f"the exponent {whole}")
    rest = term({m: k for m, k in plus([exponent, {(): Fraction(-whole)}]).items()})
    return {((num(c), rest),): c**whole} if rest != ZERO else constant(c**whole)


def bounded(e: Term) -> int:
    """A whole exponent as an integer, within bounds."""
    need(abs(e[1]) <= MOST_EXPONENT, f"the exponent {e[1]}")
    return int(e[1])


def primes(c: Fraction) -> dict[int, int] | None:
    """A positive number as powers of small primes; None where that takes too long."""
    found: dict[int, int] = {}
    for n, way in ((c.numerator, 1), (c.denominator, -1)):
        p = 2
        while n > 1 and p <= MOST_PRIME:
            while n % p == 0:
                n //= p
                found[p] = found.get(p, 0) + way
            p += 1 if p == 2 else 2
        if n > 1:
            return None
    return found


# ---------------------------------------------------------------- from terms and back


def poly(t: Term, known: Known) -> Poly:
    """t as a polynomial in canonical atoms."""
    tag = t[0]
    if tag == "q":
        return constant(t[1])
    if tag == "+":
        return plus(poly(k, known) for k in kids(t))
    if tag == "*":
        result = UNIT
        for k in kids(t):
            result = times(result, poly(k, known), known)
        return result
    if tag == "^":
        return power(t[1], canon(t[2], known), known)
    if t[:2] == ("f", "exp"):
        e = canon(t[2], known)
        return UNIT if e == ZERO else {((EULER, e),): Fraction(1)}
    if t[:2] == ("f", "abs"):
        return size(poly(t[2], known), known)
    if tag == "1":
        return indicator(t[1], poly(t[2], known), known)
    if tag == "S":
        return finite_sum(t, known)
    a = atom(t, known)
    return UNIT if a == ONE else {} if a == ZERO else {((a, ONE),): Fraction(1)}


def atom(t: Term, known: Known) -> Term:
    """What is no sum, product or power, with canonical parts.  A derivative stays as written."""
    if t[0] == "D":
        return t
    new = tuple(canon(k, known) for k in kids(t))
    if t[0] == "E":
        return ZERO if new[0] == ZERO else ("E", new[0], *sorted(set(new[1:])))
    if t[:2] in (("f", "max"), ("f", "min")):
        new = tuple(sorted(new))
    return with_kids(t, new)


def canon(t: Term, known: Known) -> Term:
    """The canonical form of t: the same for terms that are equal by ring laws."""
    return term(poly(t, known))


def term(p: Poly) -> Term:
    """A polynomial as a term."""
    ts = [product(m, c) for m, c in sorted(p.items())]
    return ts[0] if len(ts) == 1 else ("+", *ts) if ts else ZERO


def product(m: Monomial, c: Fraction = Fraction(1)) -> Term:
    """A monomial with a number in front as a term."""
    fs = [a if e == ONE else ("f", "exp", e) if a == EULER else ("^", a, e) for a, e in m]
    fs = [num(c), *fs] if c != 1 or not fs else fs
    return fs[0] if len(fs) == 1 else ("*", *fs)


def equal(a: Term, b: Term, known: Known) -> bool:
    """Are a and b equal by ring laws and by what is known?"""
    return a == b or poly(a, known) == poly(b, known)


# ---------------------------------------------------------------- powers


def power(base: Term, e: Term, known: Known) -> Poly:
    """base^e for a canonical e."""
    if base == EULER:
        return UNIT if e == ZERO else {((EULER, e),): Fraction(1)}
    p = poly(base, known)
    if e[0] == "q" and e[1].denominator == 1:
        return whole_power(p, bounded(e), known)
    if not p:
        return {} if e[0] == "q" and e[1] > 0 else {((("^", ZERO, e), ONE),): Fraction(1)}
    if len(p) == 1:
        ((m, c),) = p.items()
        pieces = [number_pieces(c, e, known), *(piece(a, x, e, known) for a, x in m)]
        if all(k is not None for k in pieces):
            result = UNIT
            for k in pieces:
                result = times(result, k or UNIT, known)
            return result
    t = term(p)
    return {((t, e),): Fraction(1)} if merges(t, e, known) else {((("^", t, e), ONE),): Fraction(1)}


def merges(a: Term, e: Term, known: Known) -> bool:
    """Is a^e one of the powers of a that may be added up?"""
    sign = known.sign(a)
    return sign == ">" or (sign == ">=" and e[0] == "q") or (sign in ("!=", "<") and known.is_whole(e))


def whole_power(p: Poly, n: int, known: Known) -> Poly:
    """p^n for a whole number n; 0^-n is 0."""
    if n >= 0 or not p:
        result = UNIT
        for _ in range(n if n >= 0 else 1):
            result = times(result, p, known)
        return result
    if len(p) == 1:
        ((m, c),) = p.items()
        factors = ((a, multiplied(x, num(n), known)) for a, x in m)
        return scaled(joined(factors, known), c**n)
    lead = p[max(p)]
    base = term(scaled(p, 1 / lead))
    return {((base, num(n)),): lead**n}


def multiplied(x: Term, e: Term, known: Known) -> Term:
    """The product of two exponents, canonical."""
    return term(times(poly(x, known), poly(e, known), known))


def number_pieces(c: Fraction, e: Term, known: Known) -> Poly | None:
    """c^e for a number c, e not a whole number that is written out; None where it stays."""
    if c < 0 and not known.is_whole(e):
        return None
    powers = primes(abs(c))
    if powers is None:
        return None
    result = UNIT
    for p, n in powers.items():
        one = number_power(Fraction(p), multiplied(num(n), e, known), known)
        result = times(result, one, known)
    return times(result, number_power(Fraction(-1), e, known), known) if c < 0 else result


def piece(a: Term, x: Term, e: Term, known: Known) -> Poly | None:
    """(a^x)^e, where a power of a product may be taken factor by factor; None where it may not."""
    sign, literal = known.sign(a), x[0] == "q" and e[0] == "q"
    if a[0] == "1":
        return {((a, ONE),): Fraction(1)} if e[0] == "q" and e != ZERO else None
    if sign == ">" or (sign == ">=" and literal) or known.is_whole(e):
        n = multiplied(x, e, known)
        if n[0] == "q" and n[1].denominator == 1 or merges(a, n, known):
            return joined([(a, n)], known)
        return {((("^", a, n), ONE),): Fraction(1)}
    if literal and x[1].denominator == 1 and x[1] % 2 == 0:  # (b^2)^(1/2) = |b|
        return power(("f", "abs", a), multiplied(x, e, known), known)
    return None


# ---------------------------------------------------------------- sizes, indicators, sums


def size(p: Poly, known: Known) -> Poly:
    """|p|: factor by factor where p is one monomial."""
    if len(p) != 1:
        return one_size(term(scaled(p, 1 / p[max(p)])), abs(p[max(p)])) if p else {}
    ((m, c),) = p.items()
    result = constant(abs(c))
    for a, e in m:
        whole = e[0] == "q" and e[1].denominator == 1
        if known.sign(a) in (">", ">=") or not whole or e[1] % 2 == 0:
            if not whole and known.sign(a) not in (">", ">="):
                return one_size(product(m), abs(c))
            one = joined([(a, e)], known)
        else:
            rest = joined([(a, num(e[1] - 1))], known) if e != ONE else UNIT
            one = times(rest, one_size(a, Fraction(1)), known)
        result = times(result, one, known)
    return result


def one_size(a: Term, c: Fraction) -> Poly:
    """c |a| for an a that does not come apart."""
    return {((("f", "abs", a), ONE),): c}


def indicator(rel: str, p: Poly, known: Known) -> Poly:
    """1[p rel 0] by the two that are atoms, 1[a > 0] and 1[a != 0]."""
    if rel == "=":
        return plus([UNIT, scaled(nonzero(p, known), Fraction(-1))])
    if rel == "!=":
        return nonzero(p, known)
    if rel == ">=":
        below = positive(scaled(p, Fraction(-1)), known)
        return plus([UNIT, scaled(below, Fraction(-1))])
    return positive(p, known)


def nonzero(p: Poly, known: Known) -> Poly:
    """1[p != 0]; of a product, factor by factor."""
    if not p:
        return {}
    if len(p) == 1:
        ((m, _),) = p.items()
        result = UNIT
        for a, e in m:
            if a == EULER or known.sign(a) in NONZERO:
                continue
            if e[0] != "q":
                return {((("1", "!=", product(m)), ONE),): Fraction(1)}
            inside = poly(a[2], known) if a[:2] == ("f", "abs") else {}
            own = a if a[0] == "1" else ("1", "!=", a)
            one: Poly = nonzero(inside, known) if inside else {((own, ONE),): Fraction(1)}
            result = times(result, one, known)
        return result
    t = term(scaled(p, 1 / p[max(p)]))
    return UNIT if known.sign(t) in NONZERO else {((("1", "!=", t), ONE),): Fraction(1)}


def positive(p: Poly, known: Known) -> Poly:
    """1[p > 0], with a positive number before the first term, and without positive factors."""
    if not p or set(p) == {()}:
        return UNIT if p and p[()] > 0 else {}
    aside = UNIT
    if len(p) == 1:
        ((m, c),) = p.items()
        aside, rest = settled(m, known)
        if rest != m:
            return times(aside, positive({rest: c}, known), known)
    lead = p[max(p)]
    t = term(scaled(p, 1 / lead))
    sign = known.sign(t)
    above: Poly = {((("1", ">", t), ONE),): Fraction(1)}
    if sign and sign != "!=":
        above = nonzero(p, known) if ">" in sign else {}
    return above if lead > 0 else plus([nonzero(p, known), scaled(above, Fraction(-1))])


def settled(m: Monomial, known: Known) -> tuple[Poly, Monomial]:
    """A monomial that has the sign of a product: factors that are 0 or positive, and the rest."""
    aside, rest = UNIT, []
    for a, e in m:
        literal = e[0] == "q" and e[1].denominator == 1
        if known.sign(a) == ">":
            continue
        if known.sign(a) == ">=" or (literal and e[1] % 2 == 0):
            aside = times(aside, nonzero({((a, ONE),): Fraction(1)}, known), known)
        else:
            rest.append((a, ONE if literal else e))
    return aside, tuple(rest)


def finite_sum(t: Term, known: Known) -> Poly:
    """A sum term by term, what does not hold the index in front."""
    taken = [int(u[1][1:]) for u in parts(t) if u[0] == "v" and u[1].startswith("~")]
    letter = ("v", f"~{max(taken, default=-1) + 1:04}")
    lo, hi = canon(t[1], known), canon(t[2], known)
    result: list[Poly] = []
    for m, c in poly(opened(t[3], letter), known).items():
        moves = {f: any(has(u, letter) for u in f) for f in m}
        inside = product(tuple(f for f in m if moves[f]))
        whole = ("S", lo, hi, closed(inside, letter))
        outside = [f for f in m if not moves[f]]
        result.append(scaled(joined((*outside, (whole, ONE)), known), c))
    return plus(result)
