"""Ring laws, drawn at random: a term and its canonical form have one value in every world.

The signs that the ring is told of are those that hold in the world, so every law that needs one
is used where it may be used, and nowhere else.
"""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from language import E, S, T, c, f, i, ind1, j, n, prod_, q, raw, sum_, th, x_
from language import declared as read
from worlds import Undecided, World, close

from symcheck.core.ring import Known, canon
from symcheck.core.terms import Refused
from symcheck.core.theorem import known

SIGNATURE = read(
    ("constant", "a", 0, "real"), ("constant", "b", 0, "real"), ("constant", "p", 0, "real"),
    ("constant", "N", 0, "whole"), ("random", "x", 0), ("random", "r", 1), ("function", "g", 1),
)  # fmt: skip
NAMES = [c("a"), c("b"), c("p"), x_("x")]
VALUES = [Fraction(s) for s in (-2, -1, 0, 0, 1, 2, 4)] + [Fraction(-1, 2), Fraction(1, 4)]
EXPONENTS = [q(e) for e in (-3, -2, -1, 0, 1, 2, 3)] + [q(1, 2), q(-1, 2), q(3, 2)]


def world(rng: random.Random) -> World:
    """A world of two outcomes."""
    weights = rng.choice([(Fraction(1, 2), Fraction(1, 2)), (Fraction(1, 4), Fraction(3, 4))])
    one = {name: rng.choice(VALUES) for name in "abp"}
    member = {k: [rng.choice(VALUES), rng.choice(VALUES)] for k in range(-9, 10)}
    return World(
        weights=weights,
        constants={**one, "N": Fraction(rng.randint(-1, 3))},
        randoms={"x": [rng.choice(VALUES), rng.choice(VALUES)], "r": member},
        functions={"g": lambda u: 3 * u + 1},
    )


def drawn(rng: random.Random, deep: int, letters: tuple[T, ...] = ()) -> T:
    """A term."""
    if deep == 0 or rng.random() < 0.12:
        leaf = rng.choice([*NAMES, *NAMES, q(rng.randint(-3, 3)), q(1, 2), c("N"), n, f("e")])
        index = rng.choice([*letters, q(1), q(2), n])
        return rng.choice([leaf, leaf, leaf, x_("r", index), index])

    def inner() -> T:
        return drawn(rng, deep - 1, letters)

    kind = rng.randrange(17)
    if kind < 3:
        return sum_(*(inner() for _ in range(rng.randint(0, 3))))
    if kind < 7:
        return prod_(*(inner() for _ in range(rng.randint(0, 3))))
    if kind < 10:
        return inner() ** rng.choice(EXPONENTS)
    if kind == 10:
        return inner() ** rng.choice([n, c("N"), 2 * n, n + 1, -n, c("a"), c("p")])
    if kind == 11:
        return ind1(rng.choice([">", ">=", "=", "!="]), inner())
    if kind == 12:
        return f("abs", inner())
    if kind == 13:
        return rng.choice([f("exp", inner()), f("max", inner(), inner()), f("g", inner())])
    if kind == 14:
        return E(inner(), *(inner() for _ in range(rng.randint(0, 1))))
    letter = j if i in letters else i
    body = drawn(rng, deep - 1, (*letters, letter))
    return S(q(rng.randint(0, 1)), rng.choice([q(0), q(1), q(2), c("N")]), letter, body)


def told(rng: random.Random, w: World, env: dict[str, int]) -> Known:
    """Signs that are true, of some terms."""
    ths = []
    for t in [*NAMES, n, c("N"), c("a") * c("b"), c("a") + c("b"), c("p") ** n, x_("r", 1)]:
        true = [(rel, t) for rel in (">", ">=", "!=") if w.holds((rel, t), env)]
        true += [(rel, -t) for rel in (">", ">=") if w.holds((rel, -t), env)]
        ths += [th(fact) for fact in true if rng.random() < 0.5]
    rng.shuffle(ths)
    return known(SIGNATURE, ths)


def agree(t: T, w: World, signs: Known, env: dict[str, int]) -> bool:
    """Is the canonical form of t the same in a world; also where it is refused, or not known."""
    try:
        before = w.values(raw(t), env)
        after = w.values(canon(raw(t), signs), env)
    except (Refused, Undecided, OverflowError, ZeroDivisionError):
        return True
    if any(isinstance(v, complex) or abs(v) > 10**12 for v in (*before, *after)):
        return True
    return all(close(u, v) for u, v in zip(before, after, strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_a_term_and_its_canonical_form_are_one_in_every_world(seed):
    rng = random.Random(seed)
    changed = 0
    for _ in range(250):
        t, w, env = drawn(rng, rng.randint(1, 4)), world(rng), {"n": rng.randint(-2, 3)}
        signs = told(rng, w, env)
        assert agree(t, w, signs, env), (raw(t), w, env, signs.signs)
        changed += isinstance(t, T) and attempt(t, signs) not in (None, raw(t))
    assert changed > 60


def attempt(t: T, signs: Known) -> object:
    try:
        return canon(raw(t), signs)
    except Refused:
        return None
