"""Every axiom, at random: where what it asks for holds, it is true; and it needs all of that.

Terms are drawn for its letters, and a world.  Where all that the axiom asks for holds, the core
says just what its row says, and that is true in the world; where one thing does not hold, the
core refuses.  And of each thing that an axiom asks for, some draw shows that the axiom would be
false without it, but for those in ``NEVER_FALSE``, each with its reason.

Filling in is done here once more, on the terms as the notation writes them.
"""

from __future__ import annotations

import random
import zlib
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from cases import HALF, SIGNATURE, USUAL, N, a, b, numbers, u, world, x, y, z
from language import L1, E, bind, eq, f, ind, ind1, ne, nonneg, pos, q, raw, same, th, x_
from worlds import ROOT_G, G, Heavy, Meaningless, Undecided, World

from symcheck.core.axioms import AXIOMS
from symcheck.core.judge import RULES, applied
from symcheck.core.schemas import Axiom
from symcheck.core.terms import Refused
from symcheck.core.theorem import FORMS, Theorem

FORM_HEADS = {"fixed", "known", "whole", "natural", "equal"}
# Axioms for all the terms of a sum have cases of their own, in the tables.
UNDER_SUMS = {n for n, x in AXIOMS.items() if any(ask[0] in ("each", "new") for ask in x.asks)}
DRAWN = sorted(AXIOMS.keys() - UNDER_SUMS)
LOST = (Undecided, Meaningless, OverflowError, ZeroDivisionError, KeyError, IndexError)

# ---------------------------------------------------------------- letters, filled in once more


def letters_of(part: Any) -> set[str]:
    """The letters of a term, a formula, or some terms side by side."""
    if not isinstance(part, tuple) or not part:
        return set()
    own = {part[1]} if part[0] in ("?", "?*", "@") else set()
    return own.union(*map(letters_of, part))


def put(t: Any, at: dict[str, Any]) -> Any:
    """A term, a formula, or some terms side by side, with the letters filled in."""
    if not isinstance(t, tuple) or not t:
        return t
    if t[0] == "?":
        return at[t[1]]
    if t[0] == "@":
        return in_place(at[t[1]], put(t[2], at))
    if t[0] == "Σ":
        return ("S", put(t[1], at), put(t[2], at), bind(put(t[4], at), t[3]))
    made: list[Any] = []
    for k in t:
        many = isinstance(k, tuple) and k[:1] == ("?*",)
        made += at[k[1]] if many else [put(k, at)]
    return tuple(made)


def in_place(t: Any, value: Any, depth: int = 0) -> Any:
    """A body with a value for its index."""
    if t == ("b", depth):
        return value
    if not isinstance(t, tuple):
        return t
    inner = [depth] * len(t)
    if t[0] == "S":
        inner[3] += 1
    return tuple(in_place(k, value, n) for k, n in zip(t, inner, strict=True))


# ---------------------------------------------------------------- what letters may stand for

B0 = ("b", 0)
SCALARS = [
    x, y, z, u, b, q(0), q(1), q(-1), q(2), q(HALF), x * y, -1 * x, E(x), E(x, y), x * x, ind1(">", x),
    x + 1, x * u, y * y, f("abs", u), u + 1, E(u, x), N,
]  # fmt: skip
NUMBERS = [N, q(0), q(1), q(2), q(3), q(-1), q(-2), b, q(HALF), N + 1, N - 2, x]
LISTS = [(), (x,), (y,), (z,), (x, y), (u,), (b,), (x * y,), (x * x, u), (y, z)]
BODIES = [
    B0,
    x_("r", B0),
    ("*", B0, B0),
    q(1),
    ("*", x, B0),
    a.at(B0),
    ("+", B0, ("q", 1)),
    q(1, 3),
]
NUMBER_LETTERS = {"lo", "hi", "low", "high", "mid", "up", "s", "n"}
# what has a law in a finite world, with its parameters
LAWFUL = {
    "rademacher": [(x, ()), (y, ()), (z, ()), (x * y, ())],
    "bernoulli": [(ind1(">", x), (q(HALF),)), (q(1), (q(1),)), (q(0), (q(0),)), (ind1(">", x * y), (q(HALF),))],
    "poisson": [(q(0), (q(0),))],
    "normal": [(p, (p, q(0))) for p in (q(3), b, q(0), q(1))],
    "laplace": [(p, (p, q(0))) for p in (q(3), b, q(0), q(1))],
    "uniform": [(q(3), (q(3), q(3))), (b, (b, b)), (q(0), (q(0), q(0)))],
}  # fmt: skip
HEAVY = [
    G,
    1 + -1 * G,
    ROOT_G,
    Fraction(1),
    Fraction(0),
    Fraction(-1),
    Heavy({Fraction(-1): Fraction(1)}),
]
COINS = [
    numbers(1, 1, -1, -1), numbers(1, -1, 1, -1), numbers(1, -1, -1, 1), numbers(0, 1, 2, 5),
    numbers(1, 1, 1, 1), numbers(0, 0, 0, 0), numbers(1, 1, 2, 2),
]  # fmt: skip


def a_world(rng: random.Random) -> World:
    """Four outcomes, or one with G."""
    constants = {
        "b": rng.choice([Fraction(v) for v in (-1, 0, HALF, 2, 3)]),
        "N": Fraction(rng.randint(-2, 3)),
    }
    if rng.random() < 0.35:
        drawn = {name: [rng.choice(HEAVY)] for name in "xyzu"}
        return world(
            [Fraction(1)], randoms={**drawn, "r": lambda s: [Fraction(s)]}, constants=constants
        )
    drawn = dict(zip("xyz", COINS, strict=False)) if rng.random() < 0.5 else {}
    more = {name: rng.choice(COINS) for name in "xyzu" if name not in drawn}
    return world(randoms={**drawn, **more}, constants=constants)


def values(axiom: Axiom, rng: random.Random) -> dict[str, Any]:
    """Something for each letter."""
    at: dict[str, Any] = {}
    bodies = {n.removesuffix("()") for n in axiom.data.split() if n.endswith("()")}
    for name in sorted(letters_of((axiom.says, axiom.asks))):
        if name in bodies:
            at[name] = rng.choice(BODIES)
        elif name.isupper():
            at[name] = rng.choice(LISTS)
        else:
            at[name] = rng.choice(NUMBERS if name in NUMBER_LETTERS else SCALARS)
    for ask in axiom.asks:
        if ask[0] == "law" and ask[2] in LAWFUL and rng.random() < 0.6:
            own, parameters = rng.choice(LAWFUL[ask[2]])
            at[ask[1][1]] = own
            if ask[3] and ask[3][0][0] == "?*":
                at[ask[3][0][1]] = parameters
            else:
                at |= {p[1]: v for p, v in zip(ask[3], parameters, strict=True)}
    if {"A", "B"} <= at.keys() and axiom.asks[0][0] == "law" and rng.random() < 0.8:
        at["A"] = at["B"] = at[rng.choice("AB")]
    return {name: raw(v) for name, v in at.items()}


# ---------------------------------------------------------------- drawing


def asked(axiom: Axiom) -> list[tuple[Any, bool]]:
    """What the axiom asks for, and whether it is a form."""
    return [(ask, ask[0] in FORM_HEADS | {"new"}) for ask in axiom.asks]


def holds(w: World, f: Any) -> bool | None:
    try:
        return bool(w.holds(f, {}))
    except LOST:
        return None


class Draw:
    """An axiom at some terms, in a world."""

    def __init__(self, name: str, rng: random.Random, w: World = USUAL) -> None:
        self.name, self.w, self.axiom = name, w, AXIOMS[name]
        at = values(self.axiom, rng)
        names = [n.removesuffix("()") for n in self.axiom.data.split()]
        self.data = tuple(at[n] for n in names)
        self.says = put(self.axiom.says, at)
        self.asks = [(put(ask, at), form) for ask, form in asked(self.axiom)]
        self.of = tuple(th(f) for f, form in self.asks if not form)

    def met(self) -> list[bool | None]:
        """What holds of the things that are asked; more than one that fails is of no interest."""
        met: list[bool | None] = []
        for ask, form in self.asks:
            met.append(None if met.count(True) < len(met) - 1 else self.is_met(ask, form))
        return met

    def is_met(self, f: Any, form: bool) -> bool | None:
        if not form:
            return holds(self.w, f)
        return bool(FORMS[f[0]][0](SIGNATURE, *f[1:]))

    def made(self, of: tuple[Theorem, ...] | None = None) -> Theorem:
        return applied(SIGNATURE, self.name, self.of if of is None else of, self.data)


def others(w: World) -> list[Any]:
    """Other formulas, true in the world."""
    made = [
        pos(b),
        nonneg(u),
        ne(x),
        eq(x, x),
        L1(x),
        L1(b),
        ind(x, y),
        same(x, y),
        ind(x, b),
        nonneg(q(1)),
    ]
    return [raw(f) for f in made if holds(w, raw(f))]


def tried(name: str, times: int = 3000) -> tuple[Counter[str], set[int]]:
    """Draw until the axiom was true often enough, and false without each thing that it asks."""
    rng, seen, needed = random.Random(zlib.crc32(name.encode())), Counter[str](), set()
    wanted = {n for n, _ in enumerate(asked(AXIOMS[name]))}
    wanted -= set(NEVER_FALSE.get(name, ()))
    w = a_world(rng)
    for n in range(times):
        w = a_world(rng) if n % 5 == 0 else w
        draw = Draw(name, rng, w)
        met = draw.met()
        missing = [k for k, m in enumerate(met) if m is not True]
        if not missing and seen["true"] < 20:
            check_true(draw, seen)
        if len(missing) == 1 and missing[0] in wanted - needed and met[missing[0]] is False:
            refused_without(draw, missing[0])
            if holds(w, draw.says) is False:
                needed.add(missing[0])
        if wanted <= needed and seen["true"] >= 5:
            break
    return seen, needed


def check_true(draw: Draw, seen: Counter[str]) -> None:
    """What the core says is what the row says, and true; with another premise it says nothing
    false."""
    try:
        made = draw.made()
    except Refused:  # an index that need not be whole
        seen["no term"] += 1
        return
    assert made.says == draw.says
    assert not made.hyps
    true = holds(draw.w, draw.says)
    assert true is not False, (draw.name, draw.data, draw.of, draw.says, draw.w)
    seen["true" if true else "not decided"] += 1
    for n in range(len(draw.of)):
        with pytest.raises(Refused):
            draw.made(draw.of[:n] + draw.of[n + 1 :])
        for other in others(draw.w):
            says_nothing_false(draw, (*draw.of[:n], th(other), *draw.of[n + 1 :]))


def says_nothing_false(draw: Draw, of: tuple[Theorem, ...]) -> None:
    """With other true premises the core refuses, or has found another instance of the axiom."""
    try:
        made = draw.made(of)
    except Refused:
        return
    assert holds(draw.w, made.says) is not False, (draw.name, draw.data, of)


def refused_without(draw: Draw, n: int) -> None:
    """Without the n-th thing that it asks for, the core says nothing."""
    _, form = draw.asks[n]
    place = sum(1 for _, f in draw.asks[:n] if not f)
    of = draw.of if form else draw.of[:place] + draw.of[place + 1 :]
    with pytest.raises(Refused):
        draw.made(of)
    for other in [] if form else others(draw.w):
        says_nothing_false(draw, (*of[:place], th(other), *of[place:]))


# ---------------------------------------------------------------- what is not found here

UNBOUNDED = "only of what is unbounded; in these worlds nothing unbounded has an exponential"
POINT = "a finite world has only a point of this law"
BOUNDED = "what is bounded has all moments"
# Laws with a density, or with infinitely many values, are measured in test_laws.py.
DENSE = {
    "normal_atom", "normal_tail", "laplace_atom", "laplace_tail_above", "laplace_tail_below",
    "uniform_atom", "uniform_tail", "uniform_transform", "uniform_exp", "uniform_sin", "uniform_cos",
    *(name for name in AXIOMS if name.startswith(("exponential_", "student_", "cauchy_"))),
}  # fmt: skip
# What an axiom asks for, by numbers, without which nothing false was found, and why.
RANDOM = "no world has a law with random parameters"
NEVER_FALSE: dict[str, dict[int, str]] = {
    "power_add": dict.fromkeys((0, 1), "one whole exponent is enough"),
    "product": dict.fromkeys((1, 2), "where one has no expectation, both sides are 0"),
    "exists_known": {1: "E[g | y] is 0 where E|g| is infinite"},
    "normal_add": {2: "points are independent"},
    "rademacher_same": {2: "no parameters: they are equal", 3: RANDOM},
    "rademacher_step": {1: "1 and -1 have the square 1, and powers that are not whole are 0 or 1"},
    "laplace_transform": {2: POINT},
    "poisson_transform": {1: POINT},
    "poisson_same": {2: POINT, 3: RANDOM},
    **{f"{law}_same": {3: RANDOM} for law in ("normal", "laplace", "uniform", "bernoulli")},
    "laplace_exp": {0: UNBOUNDED, 1: UNBOUNDED, 2: POINT},
    **{
        f"{law}_exp": {0: UNBOUNDED, 1: UNBOUNDED}
        for law in ("normal", "poisson", "bernoulli", "rademacher")
    },
    **{
        f"{law}_exists": {1: BOUNDED}
        for law in ("normal", "laplace", "uniform", "poisson", "bernoulli", "rademacher")
    },
}


@pytest.mark.parametrize("name", AXIOMS)
def test_all_letters_stand_for_something(name):
    axiom = AXIOMS[name]
    data = {n.removesuffix("()") for n in axiom.data.split()}
    bound = set(data)
    for ask, form in asked(axiom):
        if not form:
            bound |= letters_of(ask)
    used = {n for part in (axiom.says, axiom.asks) for n in letters_of(part)}
    assert used - {"~1", "~2"} <= bound
    assert RULES[name].shape == "".join(
        "T" if n.isupper() else "o" if n.endswith("()") else "t" for n in axiom.data.split()
    )


@pytest.mark.parametrize("name", sorted({*DRAWN} - DENSE))
def test_it_is_true_and_false_without_what_it_asks_for(name):
    seen, needed = tried(name)
    assert seen["true"] >= 5, seen
    assert set(range(len(AXIOMS[name].asks))) - needed == set(NEVER_FALSE.get(name, ()))


@pytest.mark.parametrize("name", sorted(DENSE))
def test_no_finite_world_has_a_law_with_a_density(name):
    seen, _ = tried(name, 200)
    assert not seen["true"]


@pytest.mark.parametrize("name", DRAWN)
def test_each_thing_that_it_asks_for_is_asked(name):
    """Whatever the world: one formula less, more, or another, or another form, and it refuses."""
    rng, broken = random.Random(zlib.crc32(name.encode())), set()
    forms = {n for n, (_, form) in enumerate(asked(AXIOMS[name])) if form}
    accepted = 0
    for _ in range(3000):
        draw = Draw(name, rng)
        bad = {n for n in forms if not draw.is_met(*draw.asks[n])}
        if len(bad) == 1 and not bad <= broken:
            broken |= bad
            with pytest.raises(Refused):
                draw.made()
        if not bad and accepted < 5 and accepts(draw):
            accepted += 1
        if broken == forms and accepted == 5:
            return
    assert name == "rademacher_same"  # it has no parameters that could differ
    assert broken == set()


def accepts(draw: Draw) -> bool:
    """Is it accepted?  Then not with other premises."""
    try:
        assert draw.made().says == draw.says
    except Refused:  # an index that need not be whole
        return False
    hyp = raw(pos(N))
    for n, own in enumerate(draw.of):

        def instead(*ths: Theorem, n: int = n) -> Theorem:
            return draw.made((*draw.of[:n], *ths, *draw.of[n + 1 :]))

        assert instead(th(own.says, hyp)).hyps == {hyp}
        for wrong in wrong_for(own.says):
            with pytest.raises(Refused):
                instead(th(wrong))
        for ths in ((), (own, own)):
            with pytest.raises(Refused):
                instead(*ths)
        if own.says[0] in (">=", "!="):
            assert instead(th((">", own.says[1]))).says == draw.says
    with pytest.raises(Refused):
        draw.made((*draw.of, th(pos(q(1)))))
    return True


def wrong_for(f: Any) -> list[Any]:
    """Formulas with the terms of one, with another head, or with a part that is missing."""
    first = f[1] or (("q", 1),)
    t = first if isinstance(first[0], str) else first[0]
    heads = [(rel, t) for rel in (">", ">=", "!=") if rel != f[0]]
    if f[0] in (">=", "!="):
        heads.remove((">", t))
    more = [
        ("L1", t),
        ("=", t, t),
        ("ind", (t,), (t,), (t,)),
        ("same", (t,), (t, t)),
        ("law", t, "zipf", ()),
    ]
    if f[0] == "law":
        more += [(*f[:2], "zipf", f[3]), (*f[:3], (*f[3], t) if f[2] != "zipf" else ())]
        more += [
            (*f[:2], other, f[3]) for other in ("normal", "cauchy", "bernoulli") if other != f[2]
        ]
    if f[0] == "ind":
        more += [(*f[:3], (*f[3], ("x", "l")))] if f[3] == () else []
    return [g for g in heads + more if g[0] != f[0] or f[0] == "law"]
