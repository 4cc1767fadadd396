"""What the core once accepted and what is false: each with a world in which it is."""

from __future__ import annotations

from fractions import Fraction

import pytest
from language import (
    L1,
    D,
    E,
    S,
    c,
    d_,
    declared,
    eq,
    f,
    fact,
    i,
    ind,
    ind1,
    j,
    k,
    law,
    m,
    n,
    ne,
    nonneg,
    q,
    raw,
    same,
    sum_,
    th,
    v,
    x_,
)
from worlds import ROOT_G, World

from symcheck.core.judge import applied
from symcheck.core.terms import Refused

HALF = Fraction(1, 2)
x, y, b, D_h = x_("x"), x_("y"), c("b"), c("D_h")
W = x_("W")
BASE = (
    ("constant", "b", 0, "real"),
    ("constant", "a", 2, "real"),
    ("constant", "D_h", 0, "whole"),
    ("random", "x", 0),
    ("random", "y", 0),
    ("random", "W", 2),
    ("random", "r", 1),
)
SIGNATURE = declared(*BASE)


def step(d, rule, *data, of=()):
    """What a rule says of data and premises."""
    return applied(d, rule, tuple(of), raw(data))


def lets(d):
    """The definitions as the evaluator takes them."""
    return {name: (letters, body) for name, (_, letters, body) in d.lets.items()}


def test_an_index_stays_its_own_where_a_definition_with_a_sum_is_unfolded():
    # l[i] := Σ_j a[i,j] x was read as Σ_j a[j,j] x inside of a sum over i
    d = declared(*BASE, ("let", "l", (i,), S(1, 2, j, c("a").at(i, j) * x)))
    whole = S(1, 2, i, d_("l", i))
    made = step(d, "transport", whole, (), of=[th(same(x, x))])
    world = World(
        constants={"a": lambda s, t: Fraction(s * t)}, randoms={"x": [Fraction(1)]}, lets=lets(d)
    )
    assert world.true(made.hyps, made.says)
    assert not world.true((), eq(E(whole), E(S(1, 2, i, S(1, 2, j, c("a").at(j, j) * x)))))
    assert {s[0] for s in d.sources(raw((S(1, 2, i, d_("l", i)),)))} == {raw(x)}


def test_the_sources_of_a_definition_keep_their_indices_apart():
    d = declared(*BASE, ("let", "l", (i,), S(1, 2, j, W.at(i, j))))
    (source,) = d.sources(raw((S(1, 2, k, d_("l", k)),)))
    first, second = source[0][2:]
    assert first != second


def refused(d, rule, *data, of=(), world, says, why=""):
    """The rule refuses; the premises hold in the world, and what it would say does not."""
    with pytest.raises(Refused, match=why or None):
        step(d, rule, *data, of=of)
    assert all(world.true(p.hyps, p.says) for p in of)
    assert not world.true((), raw(says))


EMPTY = World(randoms={"x": [Fraction(1)]})


@pytest.mark.parametrize(
    ("rule", "data", "of", "says"),
    [
        (
            "count",
            (q(0), q(1, 2)),
            [nonneg(sum_(q(1, 2), -q(0), 1))],
            eq(S(0, q(1, 2), i, 1), q(3, 2)),
        ),
        ("single", (q(1, 2), q(1, 2), q(1)), [], eq(S(q(1, 2), q(1, 2), i, 1), 1)),
        (
            "sum_positive",
            (i, q(1, 4), q(3, 4)),
            [(">", q(1)), nonneg(q(3, 4) - q(1, 4))],
            (">", S(q(1, 4), q(3, 4), i, 1)),
        ),
    ],
    ids=["count", "single", "sum_positive"],
)
def test_the_bounds_of_a_sum_are_whole(rule, data, of, says):
    # Σ over 0..1/2 of 1 was 3/2 by counting, and 1 term by term: so 3/2 was 1
    refused(SIGNATURE, rule, *data, of=list(map(th, of)), world=EMPTY, says=says, why="whole")


def test_what_a_rule_concludes_is_bounded():
    # a > 0 gave a a > 0, that a a a a > 0, ...: sixty steps later nothing came back
    def doubled(times):
        a = th((">", q(2)))
        for _ in range(times):
            a = step(SIGNATURE, "product_sign", of=[a, a])
        return a

    assert doubled(5).says[0] == ">"
    with pytest.raises(Refused, match="too large"):
        doubled(60)


def test_given_something_a_product_needs_an_expectation_of_its_own():
    # y is independent of y given y: E[y y | y] = E[y | y]^2 said that E[y^2] exists if E[y] does
    refused(
        SIGNATURE, "product_given", y, y, (y,), of=[th(ind(y, y, y)), th(L1(y)), th(L1(y))],
        world=World(randoms={"y": [ROOT_G]}), says=eq(E(y * y, y), E(y, y) * E(y, y)),
    )  # fmt: skip


def test_a_power_with_a_letter_may_be_negative():
    # beside b^n != 0, |(b^n)^m| was (b^n)^m
    t = (b**n) ** m
    refused(
        SIGNATURE, "ring", f("abs", t), t, of=[th(ne(b**n))],
        world=World(constants={"b": Fraction(-1)}), says=eq(f("abs", t), t),
    )  # fmt: skip


def test_a_definition_holds_no_letter_of_its_own_making():
    # let a := j was the same number at every j, and j within every sum over j
    with pytest.raises(Refused, match="letter"):
        declared(*BASE, ("let", "l", (), 2 * j))
    with pytest.raises(Refused, match="letter"):
        declared(*BASE, fact(nonneg(j)))
    declared(*BASE, ("let", "l", (j,), 2 * j))


def family(*entry):
    return declared(*BASE, ("independent", *entry))


@pytest.mark.parametrize(
    ("over", "when", "variable"),
    [
        ((j,), (), W.at(j, j)),  # W[1,2] is not on the diagonal
        ((j,), (), W.at(j, j + 1)),  # nor W[5,j+1] beside it
        ((j,), (nonneg(j - 1),), x_("r", j)),  # a premise about j would be about any number
    ],
)
def test_a_family_runs_over_indices_as_they_stand(over, when, variable):
    with pytest.raises(Refused):
        family((), when, over, ((variable,),), 0)
    family((), (), over, ((x_("r", j),),), 0)


# three coins: r[0], r[1], r[2], and r[3] is r[0] again
ROWS = declared(*BASE, ("independent", (), (), (j,), ((x_("r", j),),), 0))
EACH_ROW = declared(*BASE, ("independent", (i,), (), (j,), ((W.at(i, j),),), 0))
COINS = World(
    weights=[Fraction(1, 8)] * 8,
    randoms={"r": lambda s: [Fraction(1 - 2 * (w >> (s % 3) & 1)) for w in range(8)]},
)
FAR, NEAR = v("§1"), v("¶1")


def test_a_letter_of_the_certificate_is_no_index_of_a_sum():
    # 1[§1 = 5] beside r[j]: the j was taken for the §1, and for 5
    guarded = S(1, 2, j, ind1("=", FAR - 2) * x_("r", j))
    refused(
        ROWS, "independent", len(BASE), (), (guarded,), (x_("r", 1),), of=[th(ne(FAR - 1), eq(FAR - 2, 0))],
        world=COINS, says=ind(guarded, x_("r", 1)), why="letter",
    )  # fmt: skip


def test_an_index_of_a_sum_is_arbitrary_with_all_that_bounds_it():
    # Σ_{k=1..2} Σ_{j=k..2} r[j] beside {k >= 2}: j is not 1
    nested = S(1, 2, k, S(k, 2, j, x_("r", j)))
    inner = v("§2")
    hyps = (nonneg(FAR - 2), nonneg(inner - FAR))
    with pytest.raises(Refused, match="arbitrary"):
        step(
            ROWS,
            "independent",
            len(BASE),
            (),
            (nested,),
            (x_("r", 1),),
            of=[th(ne(inner - 1), *hyps)],
        )
    assert not COINS.true((), raw(ind(nested, x_("r", 1))))


def test_rows_that_are_independent_each_are_not_so_together():
    # for every i are W[i,1], W[i,2], ... independent: not so are Σ_i W[i,1] and Σ_i W[i,2]
    first, second = (S(1, 2, k, W.at(k, n)) for n in (1, 2))
    coin = [[Fraction(s) for s in (1, 1, -1, -1)], [Fraction(s) for s in (1, -1, 1, -1)]]
    world = World(
        weights=[Fraction(1, 4)] * 4, randoms={"W": lambda s, t: coin[(s + t) % 2]}, window=(1, 2)
    )
    refused(
        EACH_ROW, "independent", len(BASE), (FAR,), (first,), (second,), of=[th(ne(q(1) - 2))],
        world=world, says=ind(first, second), why="letter",
    )  # fmt: skip
    made = step(
        EACH_ROW,
        "independent",
        len(BASE),
        (i,),
        (W.at(i, 1),),
        (W.at(i, 2),),
        of=[th(ne(q(1) - 2))],
    )
    assert world.true(made.hyps, made.says)


# l = (r[1] - 1) r[2], where r[1] is 1 and r[2] a coin: l is 0, and grows with r[1] by r[2]
l, BODY = x_("l"), ("x", "r", ("b", 0))
SLOPES = declared(
    *BASE, ("random", "l", 0), ("depends", (), l, q(1), q(2), BODY),
    ("independent", (), (), (), ((l, x_("r", 1)), (x_("r", 2),)), 0),
)  # fmt: skip
KINK = World(
    weights=[HALF, HALF],
    constants={"b": Fraction(3)},
    randoms={"l": [Fraction(0)] * 2, "r": {1: [Fraction(1)] * 2, 2: [Fraction(1), Fraction(-1)]}},
    slopes={("l", "r"): {(): {(1,): [Fraction(1), Fraction(-1)], (2,): [Fraction(0)] * 2}}},
)


def test_a_slope_may_depend_on_all_that_its_function_does():
    by = len(BASE) + 2
    slope = D(l * b, x_("r", 1))
    refused(
        SLOPES, "independent", by, (), (slope,), (x_("r", 2),),
        world=KINK, says=ind(slope, x_("r", 2)), why="no block",
    )  # fmt: skip
    made = step(SLOPES, "independent", by, (), (l * b,), (x_("r", 2),))
    assert KINK.true(made.hyps, made.says)


def test_a_slope_may_depend_on_what_lies_two_functions_away():
    # l is a function of u alone, u one of r[1], r[2]
    told = (("random", "l", 0), ("random", "u", 0))
    of = (("depends", (), l, q(1), q(1), x_("u")), ("depends", (), x_("u"), q(1), q(2), BODY))
    d = declared(*BASE, *told, *of)
    assert raw(x_("r", v("§2"))) in {s[0] for s in d.sources(raw((D(l, x_("r", 1)),)))}
    circle = declared(*BASE, *told, of[0], ("depends", (), x_("u"), q(1), q(1), l))
    with pytest.raises(Refused, match="each other"):
        circle.sources(raw((D(l, x),)))


def test_a_derivative_by_a_definition_is_not_taken_by_the_rules_of_calculus():
    # the definition was unfolded, and did not hold itself any more: ∂h/∂h was 0
    d = declared(*BASE, ("let", "h", (), 2 * x))
    t = D(d_("h"), d_("h"))
    world = World(randoms={"x": [Fraction(1)]}, lets=lets(d))
    refused(d, "derivative", t, world=world, says=eq(t, 0), why="variable")


def test_a_line_means_what_its_definitions_mean():
    # let m1 := E[x]: the line m1 = m1 asked for nothing, though E[x] does not exist
    d = declared(*BASE, ("let", "m1", (i,), E(x) * i), ("let", "m2", (), S(1, 2, i, d_("m1", i))))
    world = World(randoms={"x": [ROOT_G * ROOT_G]}, lets=lets(d))
    for t in (d_("m1", 1), d_("m2")):
        assert not world.true((), raw(("line", t, t)))
        with pytest.raises(Refused, match="L1"):
            step(d, "line", t, t, of=[th(eq(t, t))])
    exists = th(L1(x))
    step(d, "line", d_("m1", 1), d_("m1", 1), of=[th(eq(d_("m1", 1), d_("m1", 1))), exists])


def test_the_parameters_of_a_law_are_not_random():
    # x ~ normal(y, 1), meant given y, gave the equation E[x] = y between a number and a variable
    with pytest.raises(Refused, match="random"):
        declared(*BASE, fact(law(x, "normal", y, 1)))
    declared(*BASE, fact(law(x, "normal", E(y), 1)))
