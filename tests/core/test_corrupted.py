"""A true certificate, and a few hundred with a mistake in them: none proves what is false."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import he
import pytest
from language import fact, nonneg, plain, q
from worlds import World

from benchmarks.corruptions import KINDS, corrupted, corrupted_declarations
from symcheck.core.declared import declare
from symcheck.core.judge import Refusal, judge
from symcheck.core.terms import Refused

GOOD = he.certificate()
(TRUE,) = judge(he.DECLARATIONS, GOOD)
NEEDED = (
    "width",
    "mean",
    "square",
    "exists",
    "square of f",
    "exists of f",
    "symmetric",
    "apart",
    "family",
)

# two weights -3 or 3, each input -2 or 2 and all the same
COINS = [[Fraction(s) for s in col] for col in zip(*product((1, -1), repeat=3), strict=True)]
WORLD = World(
    weights=[Fraction(1, 8)] * 8,
    constants={"D_h": Fraction(2), "σ_Ω²": Fraction(9), "σ_f²": Fraction(4)},
    randoms={"Ω": lambda s, t: [3 * w for w in COINS[t % 2]], "f": lambda t: [2 * w for w in COINS[2]]},
    lets={name: (letters, body) for name, (_, letters, body) in declare(he.DECLARATIONS).lets.items()},
    window=range(1, 3),
)  # fmt: skip


def test_the_certificate_is_judged():
    assert TRUE.theorem.says == he.CLAIM
    assert not TRUE.theorem.hyps
    assert not TRUE.theorem.trusts
    assert {he.NUMBER[name] for name in NEEDED} <= TRUE.theorem.uses
    assert WORLD.true((), he.CLAIM)
    assert not WORLD.true((), ("=", he.CLAIM[1], ("*", ("q", Fraction(2)), he.CLAIM[2])))


@pytest.mark.parametrize("name", NEEDED)
def test_no_declaration_can_be_done_without(name):
    # in its place one that says nothing, so that the others keep their numbers
    less = plain(*({**he.ENTRIES, name: fact(nonneg(q(1)))}).values())
    assert isinstance(judge(less, GOOD), Refusal)
    with pytest.raises(Refused):
        he.certificate(less)


def test_independence_in_pairs_is_enough_for_the_weights():
    pairs = (*he.ENTRIES["family"][:-1], 1)
    (claim,) = judge(plain(*({**he.ENTRIES, "family": pairs}).values()), GOOD)
    assert claim.theorem.says == he.CLAIM


def wrong(said):
    """Is an answer neither a refusal, nor the claim with all that it rests on, nor true?"""
    if isinstance(said, Refusal):
        return False
    for claim in said:
        th = claim.theorem
        if th.says == he.CLAIM:
            if th.hyps or th.trusts or not th.uses >= TRUE.theorem.uses:
                return True
        elif not WORLD.true(th.hyps, th.says):
            return True
    return False


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_mistake_is_refused_or_does_no_harm(kind):
    rng, refused = random.Random(kind), 0
    for n in range(20):
        bad = corrupted(GOOD, rng, kind)
        said = judge(he.DECLARATIONS, bad)
        assert not wrong(said), (n, said)
        refused += isinstance(said, Refusal)
    # most words of this certificate are the >= of what is > too: a > may stand for it
    assert refused >= (5 if kind == "change_word" else 12), refused


def test_premises_are_the_steps_that_they_were():
    # every fourth premise, one by one, points at the step before or after
    rng = random.Random(11)
    told = [(n, place) for n, step in enumerate(GOOD["steps"]) for place in range(len(step[2]))]
    for n, place in told[::4]:
        steps = [list(s) for s in GOOD["steps"]]
        steps[n][2] = [*steps[n][2]]
        steps[n][2][place] += rng.choice((-1, 1))
        assert not wrong(judge(he.DECLARATIONS, {**GOOD, "steps": steps})), (n, place)


def test_mistakes_in_declarations_are_refused_or_do_no_harm():
    rng, refused = random.Random(5), 0
    for _ in range(60):
        bad = corrupted_declarations(he.DECLARATIONS, rng)
        said = judge(bad, GOOD)
        if isinstance(said, Refusal):
            refused += 1
        else:
            assert [claim.theorem.says for claim in said] == [he.CLAIM]
    assert refused >= 40, refused
