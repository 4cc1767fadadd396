"""Rules given data and premises drawn at random: what they accept is true in the world drawn too.

The tables of cases say what was thought of; here nobody chooses.  Premises are formulas that hold
in the world; where a rule names its premises itself, those are taken, if they hold.  The axioms are
drawn in ``test_axioms.py``.
"""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from cases import HALF, SIGNATURE, N, a, b, numbers, r, u, world, x, y, z
from language import (
    L1,
    E,
    S,
    T,
    eq,
    f,
    i,
    ind,
    ind1,
    j,
    k,
    ne,
    nonneg,
    pos,
    prod_,
    q,
    raw,
    same,
    th,
)
from worlds import ROOT_G, G, Meaningless, Undecided, World

from symcheck.core.axioms import AXIOMS
from symcheck.core.judge import RULES, applied
from symcheck.core.terms import Refused

# Rules that cite declarations, for which a world has to hold all of them: in the tables of cases.
CITE = {"fact", "at_values", "independent", "chain", "unfold", "trust", "line", "general"}
OFTEN = {"at_equality", "cut", "exists_linear", "exists_mean", "power_product"}
LEAVES = [x, y, z, u, b, N, i, q(0), q(1), q(-1), q(2), r.at(i), r.at(1), a.at(i), x * y, -x, k]


def a_world(rng: random.Random) -> World:
    """Four outcomes, or one with G."""
    if rng.random() < 0.3:
        pool = [G, 1 + -1 * G, ROOT_G, Fraction(1), Fraction(0), Fraction(-1)]
        drawn = {name: [rng.choice(pool)] for name in "xyzu"}
        own = {s: [rng.choice(pool)] for s in range(-20, 21)}
        return world([Fraction(1)], randoms={**drawn, "r": lambda s: own[s]}, window=(0, 1, 2))
    coins = [numbers(1, 1, -1, -1), numbers(1, -1, 1, -1), numbers(1, -1, -1, 1), numbers(0, 1, 2, 5), numbers(1, 1, 1, 1), numbers(0, 0, 0, 0)]  # fmt: skip
    own = {s: rng.choice(coins) for s in range(-20, 21)}
    return world(
        randoms={**{name: rng.choice(coins) for name in "xyzu"}, "r": lambda s: own[s]},
        constants={"b": rng.choice([Fraction(-1), Fraction(0), HALF, Fraction(2)]), "N": Fraction(rng.randint(-1, 3))},
        window=(0, 1, 2),
    )  # fmt: skip


def a_term(rng: random.Random, deep: int = 2) -> T:
    if deep == 0 or rng.random() < 0.4:
        return rng.choice(LEAVES)

    def inner() -> T:
        return a_term(rng, deep - 1)

    return rng.choice([
        lambda: inner() + inner(),
        lambda: inner() * inner(),
        lambda: inner() - inner(),
        lambda: prod_(ind1(rng.choice([">", ">=", "=", "!="]), inner()), inner()),
        lambda: inner() ** rng.choice([q(2), q(-1), q(1, 2), q(3), N]),
        lambda: f(rng.choice(["abs", "relu", "exp", "sign"]), inner()),
        lambda: E(inner(), *(inner() for _ in range(rng.randint(0, 2)))),
        lambda: S(rng.choice([q(0), q(1)]), rng.choice([q(2), N]), rng.choice([i, j, k]), inner()),
    ])()  # fmt: skip


def a_formula(rng: random.Random) -> Any:
    def t() -> T:
        return a_term(rng, 1)

    return rng.choice([
        lambda: eq(t(), t()), lambda: pos(t()), lambda: nonneg(t()), lambda: ne(t()), lambda: L1(t()),
        lambda: ind(t(), t()), lambda: ind(t(), (t(), t())), lambda: ind(t(), t(), t()), lambda: same(t(), t()),
        lambda: eq(E(t()), q(0)), lambda: same((x, y), (t(), t())), lambda: ind((t(),), (t(),), (t(), t())),
    ])()  # fmt: skip


def data(kind: str, rng: random.Random) -> Any:
    """A piece of data of a kind."""
    if kind in "NQTFP":
        inner = {"P": "T"}.get(kind, kind.lower())
        return tuple(data(inner, rng) for _ in range(rng.randint(0, 2)))
    if kind == "n":
        return rng.randint(0, 2)
    if kind == "q":
        return Fraction(rng.choice([-1, 0, 1, 2, 3]), rng.choice([1, 1, 2]))
    if kind == "s":
        return rng.choice(
            [">", ">=", "!=", "log", "power", "explog", "log-exp", "sin-odd", "cos-even", "circle"]
        )
    if kind == "o":
        return raw(S(0, 0, i, a_term(rng)))[3]
    return raw(
        a_formula(rng) if kind == "f" else rng.choice([a_term(rng, rng.choice([0, 1, 1, 2])), i, k])
    )


def holds(w: World, theorem: Any) -> bool:
    """Is a theorem true; one that the evaluator does not understand is not taken for it."""
    try:
        return w.true(theorem.hyps, theorem.says)
    except (Undecided, Meaningless, OverflowError, ZeroDivisionError, KeyError):
        return False


def premises_of(
    name: str, d: tuple[Any, ...], w: World, pool: list[Any], rng: random.Random
) -> Any:
    """Premises that hold: those that the rule names, or some out of a pool."""
    named = getattr(RULES[name], "__wrapped__", None)
    if named is not None:
        _, *asked = named(SIGNATURE, *d)
        ths = [th(formula) for formula in asked]
        return ths if all(holds(w, t) for t in ths) else None
    return [rng.choice(pool) for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3]))]


def a_pool(w: World, rng: random.Random) -> list[Any]:
    """True theorems, some under the range of a letter."""
    ranges = [
        (),
        (),
        (nonneg(i - 0), nonneg(q(2) - i)),
        (nonneg(k - 1), nonneg(N - k)),
        (eq(i, 1),),
    ]
    made = [th(a_formula(rng), *rng.choice(ranges)) for _ in range(60)]
    for t in [t for t in made if t.says[0] in (">", ">=", "!=", "=")][:10]:
        made += [th(("L1", t.says[1])), th((">=", t.says[1])), th(("!=", t.says[1]))]
    return [t for t in made if holds(w, t)] or [th(eq(x, x))]


def tried(name: str, rng: random.Random, times: int) -> Counter[str]:
    """Draw; what is accepted has to be true."""
    seen: Counter[str] = Counter()
    w, pool = a_world(rng), []
    for n in range(times):
        if n % 40 == 0:
            w = a_world(rng)
            pool = a_pool(w, rng)
        d = tuple(data(kind, rng) for kind in RULES[name].shape)
        try:
            of = premises_of(name, d, w, pool, rng)
            if of is None:
                seen["no premises"] += 1
                continue
            made = applied(SIGNATURE, name, tuple(of), d)
        except (Refused, ValueError, RecursionError):
            seen["refused"] += 1
            continue
        try:
            true = w.true(made.hyps, made.says)
        except (Undecided, Meaningless, OverflowError, ZeroDivisionError, KeyError, IndexError):
            seen["not decided"] += 1
            continue
        assert true, (name, d, of, made.says, made.hyps, w)
        seen["true"] += 1
    return seen


@pytest.mark.parametrize("name", sorted(set(RULES) - set(AXIOMS) - CITE))
def test_what_is_accepted_is_true(name):
    seen = tried(name, random.Random(name), 30)
    assert seen["true"] >= (5 if name in OFTEN else 0), seen
