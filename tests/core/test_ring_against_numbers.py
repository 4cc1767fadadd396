"""Ring laws against numbers: random terms have the values of their canonical forms."""

from __future__ import annotations

import cmath
import math
import random
from fractions import Fraction

import pytest

from symcheck.core.declared import declare
from symcheck.core.ring import canon
from symcheck.core.terms import ONE, ZERO, Refused, Term, closed, kids, num, opened
from symcheck.core.theorem import Theorem, known

WHOLE = ("m", "n")
REAL = ("a", "b", "r")
D = declare({
    "terms": [],
    "entries": [["constant", k, 0, "whole"] for k in WHOLE]
    + [["constant", k, 0, "real"] for k in REAL] + [["constant", "u", 1, "real"]],
})  # fmt: skip
POINTS = [0, 0, 1, -1, 2, -2, 3, Fraction(1, 2), Fraction(-3, 2)]


class Large(Exception):
    """A number that floating point does not hold well."""


def value(t: Term, at: dict[str, Fraction]) -> float:
    """What a term means, by the table in symcheck.core.terms."""
    tag = t[0]
    if tag == "q":
        return float(t[1])
    if tag == "c":
        return float(at[t[1]]) if len(t) == 2 else float((7 * value(t[2], at)) % 5 - 2)
    if tag == "v":
        return float(at[t[1]])
    if tag == "S":
        lo, hi = (round(value(k, at)) for k in t[1:3])
        return sum(value(opened(t[3], num(k)), at) for k in range(lo, hi + 1))
    below = [value(k, at) for k in kids(t)]
    if tag == "+":
        result = math.fsum(below)
    elif tag == "*":
        result = math.prod(below)
    elif tag == "^":
        result = power(*below)
    elif tag == "1":
        zero = abs(below[0]) < 1e-7
        result = {
            ">": below[0] > 0 and not zero,
            ">=": below[0] > 0 or zero,
            "=": zero,
            "!=": not zero,
        }[t[1]]
    else:
        result = function(t[1], *below)
    if isinstance(result, float) and (
        math.isnan(result) or abs(result) > 1e6 or 0 < abs(result) < 1e-6
    ):
        raise Large
    return float(result)


def power(a: float, b: float) -> float:
    """a^b: 0^b is 0 unless b is 0; a^b is 0 for a < 0 unless b is whole."""
    a = 0.0 if abs(a) < 1e-7 else a
    b = round(b) if abs(b - round(b)) < 1e-9 else b
    if b == 0:
        return 1.0
    if a == 0 or (a < 0 and not isinstance(b, int)):
        return 0.0
    try:
        return float(a**b)
    except OverflowError:
        raise Large from None


def function(name: str, *at: float) -> float:
    try:
        return {
            "abs": abs, "exp": math.exp, "max": max, "min": min, "sin": math.sin, "e": lambda: math.e,
        }[name](*at)  # fmt: skip
    except OverflowError:
        raise Large from None


def whole(r: random.Random, depth: int, letters: tuple[Term, ...]) -> Term:
    if depth == 0 or r.random() < 0.4:
        return r.choice([num(r.randint(-2, 3)), ("c", "m"), ("c", "n"), ("v", "i"), *letters])
    return (r.choice("+*"), *(whole(r, depth - 1, letters) for _ in range(2)))


def term(r: random.Random, depth: int, letters: tuple[Term, ...] = ()) -> Term:
    """A random term, zeros and signs everywhere."""

    def one(less: int = 1) -> Term:
        return term(r, max(depth - less, 0), letters)

    if depth == 0:
        few = [num(r.choice(POINTS)), *(("c", k) for k in REAL), ("c", "n"), ("v", "i"), *letters]
        return r.choice([*few, *(("c", "u", k) for k in letters)])
    kind = r.choice("++**^^^^1fffS")
    if kind in "+*":
        return (kind, *(one() for _ in range(r.randint(1, 3))))
    if kind == "^":
        literal = num(
            r.choice([-3, -2, -1, 0, 2, 3, Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2)])
        )
        return ("^", one(), r.choice([literal, literal, whole(r, 1, letters), ("c", "r")]))
    if kind == "1":
        return ("1", r.choice((">", ">=", "=", "!=")), one())
    if kind == "f":
        name = r.choice(("abs", "abs", "abs", "exp", "max", "min", "sin"))
        return (
            "f",
            name,
            *(one(2 if name == "exp" else 1) for _ in range(2 if name[0] == "m" else 1)),
        )
    letter = ("v", f"j{len(letters)}")
    body = term(r, depth - 1, (*letters, letter))
    return ("S", whole(r, 0, ()), whole(r, 0, ()), closed(body, letter))


def point(r: random.Random) -> dict[str, Fraction]:
    at = {k: Fraction(r.choice(POINTS)) for k in REAL}
    return at | {k: Fraction(r.randint(-2, 3)) for k in (*WHOLE, "i")}


def agree(t: Term, of: Term, at: dict[str, Fraction]) -> bool:
    try:
        a, b = value(t, at), value(of, at)
    except (Large, OverflowError):
        return True
    return cmath.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_a_term_has_the_values_of_its_canonical_form(seed):
    r, compared = random.Random(seed), 0
    for _ in range(200):
        t = term(r, r.randint(1, 5))
        try:
            form = canon(t, D.known)
        except Refused:
            continue
        assert canon(form, D.known) == form or canon(canon(form, D.known), D.known), t
        for _ in range(6):
            at = point(r)
            assert agree(t, form, at), (t, form, at)
            compared += 1
    assert compared > 500


@pytest.mark.parametrize("seed", range(6))
def test_so_it_has_where_signs_are_known(seed):
    """Signs of a few terms are known; compared where they are so."""
    r, compared = random.Random(1000 + seed), 0
    for _ in range(150):
        facts = [
            (r.choice((">", ">=", "!=")), term(r, r.randint(0, 2))) for _ in range(r.randint(1, 3))
        ]
        atoms = [t for _, t in facts]
        t = r.choice("+*"), *(mixed(r, atoms, 3) for _ in range(2))
        try:
            ring = known(D, [Theorem(frozenset(), f) for f in facts])
            form = canon(t, ring)
        except Refused:
            continue
        for _ in range(20):
            at = point(r)
            if all(true(f, at) for f in facts):
                assert agree(t, form, at), (facts, t, form, at)
                compared += 1
    assert compared > 150


def mixed(r: random.Random, atoms: list[Term], depth: int) -> Term:
    """A random term with many powers and sizes of some atoms."""
    if depth == 0 or r.random() < 0.2:
        return r.choice([*atoms, *atoms, ("c", "a"), num(-2)])
    kind = r.choice("*^^^f1+")
    if kind == "^":
        e = r.choice(
            [
                num(r.choice([-2, -1, 2, 3, Fraction(1, 2), Fraction(-1, 2)])),
                whole(r, 1, ()),
                ("c", "r"),
            ]
        )
        return ("^", mixed(r, atoms, depth - 1), e)
    if kind == "f":
        return ("f", "abs", mixed(r, atoms, depth - 1))
    if kind == "1":
        return ("1", r.choice((">", ">=", "=", "!=")), mixed(r, atoms, depth - 1))
    return (kind, *(mixed(r, atoms, depth - 1) for _ in range(2)))


def true(f: tuple[str, Term], at: dict[str, Fraction]) -> bool:
    try:
        a = value(f[1], at)
    except (Large, OverflowError):
        return False
    return a > 1e-7 or (f[0] == ">=" and a > -1e-7) or (f[0] == "!=" and a < -1e-7)


def test_canonical_forms_of_zero_and_one():
    assert canon(("+",), D.known) == ZERO
    assert canon(("*",), D.known) == ONE
    assert canon(("^", ZERO, ZERO), D.known) == ONE
    assert canon(("^", ZERO, num(-1)), D.known) == ZERO
