"""Signs in the core's words: what follows from declarations, and what does not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symcheck.certify.asking import env_of
from symcheck.certify.builder import Th
from symcheck.certify.linear import combination
from symcheck.core.declared import within
from symcheck.core.terms import ONE, Formula, Term, minus, neg, num
from symcheck.reading.syntax import parse

PAIR = "random x mean 1, variance 1\nrandom y mean 1, variance 2\n"
I, J, N = ("v", "i"), ("v", "j"), ("c", "n")


def asked(declared: str, rel: str, written: str, hyps: frozenset[Formula] = frozenset()) -> bool:
    """Is ``written rel 0`` proved?  A theorem says just that, and trusts nothing."""
    env = env_of(parse(f"{declared}\nlet asked = {written}\n", "t").context)
    t = env.declared.unfold(("d", "asked"))
    return proved(env.sign(rel, t, hyps), (rel, t), hyps)


def proved(th: Th | None, says: Formula, hyps: frozenset[Formula] = frozenset()) -> bool:
    if th is not None:
        assert th.says == says
        assert th.hyps <= hyps
        assert not th.theorem.trusts
    return th is not None


@pytest.mark.parametrize(
    ("declared", "rel", "written"),
    [
        ("size n", ">", "n"),
        ("size n", "!=", "1 / n^2"),
        ("size n >= 3", ">", "n - 2"),
        ("size n, m", "!=", "n + m"),
        ("size d", ">", "d^(1/2)"),
        ("real a > 0, b > 0", ">", "a^2 * b / (a + b)"),
        ("real a > 0, b > 0", "!=", "1/a + 1/b"),
        ("real a != 0", ">", "a^2"),
        ("real a != 0", ">", "abs(a)"),
        ("real a, b", ">=", "a^2 - 2 a b + b^2"),
        ("real r\nassume r > -1\nassume r < 1", ">", "1 - r^2"),
        ("real a < 0, b < 0", ">", "a b"),
        ("size n\nreal c[j] > 0", ">", "sum(j = 1..n) c[j]"),
        ("size n\nreal c[j]", ">", "sum(j = 1..n) exp(c[j])"),
        ("random x", ">", "1 + x^2"),
        ("random x", ">", "1 - sigmoid(x)"),
        ("random x", ">", "exp(x) + abs(x)"),
        ("random x > 0, y > 0", ">", "max(x, y) + x"),
        ("random x ~ uniform(0, 1)", ">=", "1 - x"),
        ("random x ~ exponential(2)", "!=", "x"),
        ("real s > 0\nrandom x mean 0, variance s^2", ">", "E[(x - E[x])^2]"),
        ("random x mean 0, variance 1", ">=", "Var[x]"),
        ("random x > 0, mean 2", ">", "E[x]"),
        (PAIR + "independent x and y", "!=", "Var[x + y]"),
        (PAIR + "independent x and y", ">", "E[x y + x]"),
    ],
)
def test_what_follows(declared: str, rel: str, written: str) -> None:
    assert asked(declared, rel, written)


@pytest.mark.parametrize(
    ("declared", "rel", "written"),
    [
        ("size n", ">", "n - 1"),
        ("size n >= 3", ">", "n - 3"),
        ("real a", ">", "a^2"),
        ("real a >= 0", "!=", "a"),
        ("real a > 0, b", "!=", "a + b"),
        ("real a > 0, b < 0", ">", "a b"),
        ("real a, b", ">=", "a^2 - 3 a b + b^2"),
        ("real r\nassume r < 1", ">", "1 - r^2"),
        ("size n\nreal c[j] >= 0", ">", "sum(j = 1..n) c[j]"),
        ("size n\nreal c[j] > 0", ">", "sum(j = 2..n) c[j]"),  # no term where n = 1
        ("random x", ">", "x^2"),
        ("random x", ">=", "sigmoid(x) - 1"),
        ("random x > 0, y > 0", ">", "max(x, y) - y"),
        ("random x", ">", "min(x, 1)"),
        ("random x mean 0, variance 0", ">", "E[(x - E[x])^2]"),
        ("real s\nrandom x mean 0, variance s^2", "!=", "E[(x - E[x])^2]"),
        (PAIR, "!=", "Var[x + y]"),
        (PAIR + "independent x and y", ">", "E[x y - x]"),
    ],
)
def test_what_does_not(declared: str, rel: str, written: str) -> None:
    assert not asked(declared, rel, written)


def test_ranges_around_a_place() -> None:
    env = env_of(parse("size n\n", "t").context)
    near = within(J, ONE, N)
    gap = ("+", minus(N, J), ONE)
    assert proved(env.sign(">", J, near), (">", J), near)
    assert proved(env.sign(">", gap, near), (">", gap), near)
    assert not env.sign(">", minus(N, J), near)
    assert not env.sign(">", J)


def test_hypotheses_that_have_to_do_with_other_letters_are_left_out() -> None:
    env = env_of(parse("size n\n", "t").context)
    th = env.sign(">", J, within(J, ONE, N) | within(I, ONE, N))
    assert th is not None
    assert th.hyps <= within(J, ONE, N)


@pytest.mark.parametrize("t", [minus(I, J), minus(J, I), ("*", num(2), minus(I, J))])
def test_indices_that_differ_do_so_in_every_order(t: Term) -> None:
    env = env_of(parse("size n\n", "t").context)
    apart = frozenset({("!=", minus(I, J))})
    assert proved(env.sign("!=", t, apart), ("!=", t), apart)
    assert not env.sign("!=", t)
    assert not env.sign(">", t, apart)


def test_an_index_below_another_is_another() -> None:
    env = env_of(parse("size n\n", "t").context)
    below = frozenset({(">=", minus(minus(I, ONE), J))})
    assert proved(env.sign("!=", minus(J, I), below), ("!=", minus(J, I)), below)
    assert not env.sign("!=", minus(J, I), frozenset({(">=", minus(I, J))}))


def test_a_range_that_nothing_speaks_of_may_be_empty() -> None:
    """n >= 2 does not follow from 1 <= l <= n - 1 where nothing speaks of l."""
    env = env_of(parse("size n\nindex l = 1..n-1\n", "t").context)
    assert env.sign(">", minus(N, ONE)) is None
    assert env.sign(">", minus(N, ("c", "l"))) is not None


def test_multipliers_of_a_combination() -> None:
    a, b = ((("c", "a"), ONE),), ((("c", "b"), ONE),)
    one, two = Fraction(1), Fraction(2)
    goal = {a: two, b: one}
    assert combination(goal, [(">=", {a: one}), (">=", {b: one})], False) == [two, one]
    assert combination(goal, [(">=", {a: one}), (">=", {b: one})], True) is None
    assert combination(goal, [(">=", {a: one}), (">", {b: one})], True) == [two, one]
    assert combination({a: -one}, [(">=", {a: one})], False) is None
    assert combination({a: -one}, [("=", {a: one})], False) == [-one]
    assert combination({a: one, (): -two}, [(">=", {a: one, (): -two})], True) is None
    assert combination({a: one, (): -one}, [(">=", {a: one, (): -two})], True) == [one]


def test_a_sum_of_two_signs_is_none_of_their_difference() -> None:
    env = env_of(parse("real a > 0, b > 0\n", "t").context)
    a, b = ("c", "a"), ("c", "b")
    assert env.sign(">", ("+", a, b)) is not None
    assert env.sign("!=", ("+", a, neg(b))) is None
