"""Exact values of terms in a world: rational numbers, and polynomials in what has no number.

A value is a Fraction, or a sorted tuple of pairs (monomial, coefficient); a monomial is a sorted
tuple of pairs (atom, power).  An atom is ``('g', k, copy)``, a random variable of a named law,
independent of all else; or a function, a power, an indicator or an expectation that has no exact
value here, as a term of values.  Values that are the same polynomial are equal; of others nothing
is known while atoms are left in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import isqrt
from typing import Any

from symcheck.core.terms import need

Atom = tuple[Any, ...]
Monomial = tuple[tuple[Atom, int], ...]
Value = Any  # Fraction, or tuple[tuple[Monomial, Fraction], ...]

MOST_PARTS, MOST_POWER, MOST_BITS = 2000, 64, 20_000
LARGEST_FACTOR = 100
ZERO, ONE = Fraction(0), Fraction(1)
AT_ZERO = {
    "exp": ONE, "sin": ZERO, "cos": ONE, "tanh": ZERO, "erf": ZERO, "sigmoid": Fraction(1, 2),
}  # fmt: skip
BENDS = ("abs", "relu", "leaky_relu", "sign", "max", "min")
Sign = Callable[[Value], int | None]


def items(v: Value) -> tuple[tuple[Monomial, Fraction], ...]:
    """The monomials of a value with their coefficients."""
    if isinstance(v, tuple):
        return v
    return (((), v),) if v else ()


def packed(found: dict[Monomial, Fraction]) -> Value:
    """The value with these monomials."""
    found = {m: c for m, c in found.items() if c}
    need(len(found) <= MOST_PARTS, "a value with too many parts")
    for c in found.values():
        short(c)
    if not found or found.keys() == {()}:
        return found.get((), Fraction(0))
    return tuple(sorted(found.items(), key=repr))


def short(v: Fraction) -> Fraction:
    """A number that is not too long."""
    need(
        max(v.numerator.bit_length(), v.denominator.bit_length()) <= MOST_BITS, "a number too long"
    )
    return v


def plus(*vs: Value) -> Value:
    """The sum."""
    if all(isinstance(v, Fraction) for v in vs):
        return short(sum(vs, Fraction(0)))
    found: dict[Monomial, Fraction] = {}
    for v in vs:
        for m, c in items(v):
            found[m] = found.get(m, Fraction(0)) + c
    return packed(found)


def times(a: Value, b: Value) -> Value:
    """The product."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return short(a * b)
    need(len(items(a)) * len(items(b)) <= MOST_PARTS, "a value with too many parts")
    found: dict[Monomial, Fraction] = {}
    for m, c in items(a):
        for n, d in items(b):
            key, factor = joined(m, n)
            found[key] = found.get(key, Fraction(0)) + c * d * factor
    return packed(found)


def joined(m: Monomial, n: Monomial) -> tuple[Monomial, Fraction]:
    """The product of two monomials, in which all square roots of numbers are one."""
    powers, under = dict(m), Fraction(1)
    for atom, k in n:
        powers[atom] = powers.get(atom, 0) + k
    for atom, k in list(powers.items()):
        need(k <= MOST_POWER, "a power too large")
        if atom[0] == "^" and atom[2] == Fraction(1, 2) and isinstance(atom[1], Fraction):
            under = short(under * atom[1] ** powers.pop(atom))
    factor, rest = root(under)
    if rest != 1:
        powers["^", Fraction(rest), Fraction(1, 2)] = 1
    return tuple(sorted(powers.items(), key=repr)), factor


def root(q: Fraction) -> tuple[Fraction, int]:
    """The root of a positive number as a number times the root of a whole one, with no small
    square in it."""
    factor, under = Fraction(1, q.denominator), q.numerator * q.denominator
    for d in range(2, LARGEST_FACTOR):
        while under % (d * d) == 0:
            factor, under = factor * d, under // (d * d)
    whole = isqrt(under)
    return (factor * whole, 1) if whole * whole == under else (factor, under)


def symbol(*atom: Any) -> Value:
    """The value that is one atom."""
    return (((((atom, 1),)), Fraction(1)),)


def power(a: Value, b: Value) -> Value:
    """a^b.  Refused where that means nothing: 0^-1, or the root of a negative number."""
    if not isinstance(b, Fraction):
        return symbol("^", a, b)
    need(abs(b) <= MOST_POWER, "a power too large")
    if b.denominator == 1 and (b >= 0 or isinstance(a, Fraction)):
        need(b >= 0 or a, "a division by zero")
        made: Value = Fraction(1)
        for _ in range(abs(int(b))):
            made = times(made, a)
        return made if b >= 0 else 1 / made
    if not isinstance(a, Fraction):
        return symbol("^", a, b)
    need(a >= 0 and (a or b > 0), "the root of a negative number")
    if b.denominator != 2:
        return a if a in (0, 1) else symbol("^", a, b)
    if not a:
        return a
    factor, under = root(a)
    if under == 1:
        return factor**b.numerator
    half = symbol("^", Fraction(under), Fraction(1, 2))
    return times(power(a, b - Fraction(1, 2)), times(factor, half))


def apply(name: str, args: list[Value], sign: Sign) -> Value:
    """A known function.  Refused where it means nothing: log(0)."""
    if name in BENDS:
        u = args[0] if name not in ("max", "min") else plus(args[0], times(Fraction(-1), args[1]))
        way = sign(u)
        if way is None:
            return symbol("f", name, *args)
        if name == "sign":
            return Fraction(way)
        if name == "abs":
            return times(Fraction(way), u)
        if name == "relu":
            return u if way > 0 else Fraction(0)
        if name == "leaky_relu":
            return u if way >= 0 else times(args[1], u)
        return args[0] if (way >= 0) == (name == "max") else args[1]
    if args and args[0] == 0 and name in AT_ZERO:
        return AT_ZERO[name]
    if name == "log" and isinstance(args[0], Fraction):
        need(args[0] > 0, "the logarithm of what is not positive")
        return Fraction(0) if args[0] == 1 else symbol("f", name, *args)
    return symbol("f", name, *args)


def holds(rel: str, way: int) -> bool:
    """Is ``u rel 0`` so for a number of this sign?"""
    return {">": way > 0, ">=": way >= 0, "=": way == 0, "!=": way != 0}[rel]


def atoms(v: Any) -> Iterator[Atom]:
    """The atoms of a value, and of the values inside them."""
    for m, _ in items(v):
        for a, _ in m:
            yield a
            for part in a[1:] if a[0] != "g" else ():
                if isinstance(part, tuple):
                    yield from atoms(part)


def generators(v: Value) -> set[Atom]:
    """The variables of named laws in a value."""
    return {a for a in atoms(v) if a[0] == "g"} if isinstance(v, tuple) else set()


def renamed(v: Value, new: Callable[[Atom], Value]) -> Value:
    """The value with other values in place of the variables of named laws."""
    if not isinstance(v, tuple):
        return v
    total: Value = Fraction(0)
    for m, c in v:
        made: Value = c
        for a, k in m:
            if a[0] == "g":
                own = new(a)
            else:
                own = symbol(a[0], *(renamed(p, new) if isinstance(p, tuple) else p for p in a[1:]))
            made = times(made, power(own, Fraction(k)))
        total = plus(total, made)
    return total
