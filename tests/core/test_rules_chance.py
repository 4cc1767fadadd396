"""Rules of independence, equal laws and named laws: accepted and true, refused and false.

No finite world has a normal law but one with variance 0; that the moments, transforms and
supports of the named laws are right is measured in ``test_laws.py``; that each axiom needs what it
asks for, in ``test_axioms.py``.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from cases import ENTRY, USUAL, Accept, N, Refuse, W, b, l, name, numbers, one, u, world, x, y, z
from language import (
    L1,
    E,
    S,
    eq,
    f,
    i,
    ind,
    ind1,
    j,
    k,
    law,
    ne,
    nonneg,
    pos,
    prod_,
    q,
    same,
    sum_,
    th,
    v,
    x_,
)

TREE = [numbers(*c) for c in zip(*product((1, -1), repeat=3), strict=True)]
EIGHTH = [Fraction(1, 8)] * 8
COINS = {"x": TREE[0], "y": TREE[1], "z": TREE[2], "u": TREE[2], "l": TREE[0]}
# r[1], r[2], r[3] are three coins; of W the rows 1, 2, 3 are those coins, the row 0 is one coin
FAMILY = world(
    EIGHTH, window=(0, 1, 2),
    randoms={**COINS, "r": lambda s: TREE[s % 3], "W": lambda s, t: TREE[t % 3 if s else 0]},
)  # fmt: skip
IN_PAIRS = world(
    randoms={"r": lambda s: numbers(*((1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))[s % 3])},
    window=(0, 1, 2),
)
R1, R2, R3 = (x_("r", n) for n in (1, 2, 3))
W1, W2 = W.at(1, 1), W.at(1, 2)
BLOCKS, FAMILY_N, PAIRS, ROWS = (ENTRY[n] for n in ("blocks", "family", "pairs", "rows"))
LATER = v("§1"), v("¶1")
TAIL = S(2, 3, k, x_("r", k))
BETWEEN = (nonneg(LATER[1] - 2), nonneg(3 - LATER[1]))
QUARTER = world(randoms={"x": numbers(1, 0, 0, 0)})
RAD, BER, POINT = law(x, "rademacher"), law(x, "bernoulli", q(1, 4)), law(x, "normal", 3, 0)
AT_3 = one(x=Fraction(3), y=Fraction(1))
NORMAL, CAUCHY = law(x, "normal", b, 1), law(x, "cauchy")

ZERO_POINT = law(x, "normal", 0, 0)
R_I, ONE_TO_N = x_("r", i), (nonneg(i - 1), nonneg(N - i))
POINTS = world(randoms={"r": lambda s: numbers(s, s, s, s)})
FIRST_POINT = world(
    randoms={"r": lambda s: numbers(1, 1, 1, 1) if s == 1 else numbers(1, 1, -1, -1)}
)

ACCEPTED = [
    Accept("normal_cos", (b, N), (POINT,), eq(E(f("cos", b * x + N)), prod_(f("exp", -1 * prod_(0, b**2, q(2) ** -1)), f("cos", b * 3 + N))), (AT_3,)),
    Accept("normal_size", (), (ZERO_POINT,), eq(E(f("abs", x)), prod_(2, 0, f("pi") ** -1) ** q(1, 2)), (one(x=Fraction(0)),)),
    Accept("exponential_tail", (b,), (law(x, "exponential", N), nonneg(b)), eq(E(ind1(">", x - b)), f("exp", -(N * b))), ()),
    Accept("rademacher_same", (), (RAD, law(y, "rademacher")), same(x, y)),
    Accept("rademacher_center", (), (RAD,), same(x, sum_(0, -x))),
    Accept("rademacher_transform", (b,), (RAD,), eq(E(f("exp", b * x)), q(1, 2) * (f("exp", b) + f("exp", -b)))),
    Accept("bernoulli_mean", (), (BER,), eq(E(x), q(1, 4)), (QUARTER,)),
    Accept("bernoulli_values", (), (BER,), eq(x * (x - 1), 0), (QUARTER,)),
    Accept("normal_center", (), (POINT,), same(x, prod_(2, 3) - x), (AT_3,)),
    Accept("normal_atom", (b,), (law(x, "normal", 0, N), pos(N)), eq(E(ind1("=", x - b)), 0), ()),
    Accept("normal_add", (), (POINT, law(y, "normal", 1, 0), ind(x, y)), law(x + y, "normal", q(3) + 1, q(0) + 0), (AT_3,)),
    Accept("normal_scaled", (b, N), (POINT,), law(b * x + N, "normal", b * 3 + N, b**2 * 0), (AT_3,)),
    Accept("student_exists", (q(2),), (law(x, "student", b), pos(b - 2)), L1(x ** q(2)), ()),
    Accept("law_normal_sum", (i, q(1), N), (th(law(R_I, "normal", i, 0), *ONE_TO_N), th(ind(R_I, S(1, i - 1, j, x_("r", j))), *ONE_TO_N)), law(S(1, N, i, R_I), "normal", S(1, N, i, i), S(1, N, i, 0)), (POINTS,)),
    Accept("right_angle", ("cos", Fraction(-3)), (), eq(f("cos", q(-3, 2) * f("pi")), 0)),
    Accept("right_angle", ("sin", Fraction(5)), (), eq(f("sin", q(5, 2) * f("pi")), 1)),
    Accept("independent", (BLOCKS, (), (x * x + x,), (y + E(z),)), (), ind(x * x + x, y + E(z))),
    Accept("independent", (BLOCKS, (), (x, y), (z * u,)), (), ind((x, y), z * u), (FAMILY,)),
    Accept("independent", (FAMILY_N, (), (x_("r", i),), (x_("r", j),)), (th(ne(i - j), ne(i - j)),), ind(x_("r", i), x_("r", j)), (FAMILY,), hyps=(ne(i - j),)),
    Accept("independent", (FAMILY_N, (), (TAIL,), (R1,)), (th(ne(LATER[0] - 1), *(nonneg(t) for t in (LATER[0] - 2, 3 - LATER[0]))),), ind(TAIL, R1), (FAMILY,)),
    Accept("independent", (PAIRS, (), (R1,), (R2 * R2,)), (ne(q(1) - 2),), ind(R1, R2 * R2), (IN_PAIRS,)),
    Accept("independent", (ROWS, (q(1),), (W1,), (W2,)), (nonneg(q(1) - 1), ne(q(1) - 2)), ind(W1, W2), (FAMILY,)),
    Accept("ind_fixed", ((y * b,), (x, u), (y,)), (), ind(y * b, (x, u), y)),
    Accept("ind_swap", (), (ind(x, y),), ind(y, x)),
    Accept("ind_part", ((x * x,), (y + b,)), (ind(x, y),), ind(x * x, y + b)),
    Accept("ind_part", ((x * z,), (u,)), (ind(x, (y, u), z),), ind(x * z, u, z), (world(randoms={"u": numbers(0, 0, 0, 0), "y": numbers(1, 1, 1, 1)}),)),
    Accept("ind_given", ((y,), (u,)), (ind(x, (y, u)),), ind(x, y, u), (FAMILY,)),
    Accept("ind_join", (), (ind(x, u), ind(x, y, u)), ind(x, (y, u)), (FAMILY,)),
    Accept("same_itself", ((x, u),), (), same((x, u), (x, u))),
    Accept("same_join", (), (same(x, y), same(y, x), ind(x, y), ind(y, x)), same((x, y), (y, x))),
    Accept("transport", (x * y + x, ()), (same((x, y), (y, x)),), eq(E(x * y + x), E(y * x + y))),
    Accept("transport", (x * y, (y,)), (same((x, y), (-x, y)),), eq(E(x * y, y), E(-x * y, y))),
]  # fmt: skip

REFUSED = [
    Refuse("normal_size", "another mean", (), (POINT,), eq(E(f("abs", x)), prod_(2, 0, f("pi") ** -1) ** q(1, 2)), AT_3),
    Refuse("normal_cos", "a random phase", (q(1), y), (POINT,), eq(E(f("cos", q(1) * x + y)), f("cos", q(1) * 3 + y)), world(randoms={"x": numbers(3, 3, 3, 3)})),
    Refuse("normal_cos", "another law", (q(1), q(0)), (CAUCHY,)),
    Refuse("uniform_cos", "a uniform law that may be a point", (q(1), q(0)), (law(x, "uniform", b, b),)),
    Refuse("normal_tail", "a normal law that may be a point", (q(3),), (POINT,), eq(E(ind1(">", x - 3)), q(1, 2) * (1 - f("erf", (q(3) - 3) * (q(2) * 0) ** q(-1, 2)))), AT_3),
    Refuse("exponential_tail", "below 0", (b,), (law(x, "exponential", N),)),
    Refuse("exponential_tail", "a random t", (x,), (law(x, "exponential", N), nonneg(x))),
    Refuse("laplace_tail_below", "the other side", (b,), (law(x, "laplace", N, 1), nonneg(b - N), pos(1))),
    Refuse("bernoulli_same", "other parameters", (), (BER, law(y, "bernoulli", q(1, 2))), same(x, y), world(randoms={"x": numbers(1, 0, 0, 0), "y": numbers(1, 1, 0, 0)})),
    Refuse("rademacher_same", "other laws", (), (RAD, law(y, "bernoulli", q(1, 2))), same(x, y), world(randoms={"y": numbers(1, 1, 0, 0)})),
    Refuse("bernoulli_center", "not symmetric", (), (BER,), same(x, q(2) * q(1, 2) - x), QUARTER),
    Refuse("normal_atom", "it may have no spread", (q(3),), (POINT,), eq(E(ind1("=", x - 3)), 0), AT_3),
    Refuse("cauchy_atom", "a random point", (x,), (CAUCHY,)),
    Refuse("rademacher_mean", "a parameter too many", (), (law(x, "rademacher", b),)),
    Refuse("student_exists", "the condition on another moment", (q(2),), (law(x, "student", b), pos(b - 1))),
    Refuse("normal_step", "no whole number", (q(1, 2),), (POINT,)),
    Refuse("normal_add", "not independent", (), (law(x, "normal", 0, 1), law(y, "normal", 0, 1))),
    Refuse("normal_add", "independent of another", (), (NORMAL, law(y, "normal", 0, 1), ind(x, u))),
    Refuse("normal_scaled", "a random factor", (y, q(0)), (POINT,), law(y * x + 0, "normal", y * 3 + 0, y**2 * 0), world(randoms={"x": numbers(3, 3, 3, 3)})),
    Refuse("normal_scaled", "another law", (q(2), q(0)), (RAD,), law(q(2) * x + 0, "normal", 0, 0), USUAL),
    Refuse("law_normal_sum", "the index is not arbitrary", (i, q(1), q(2)), (th(law(R_I, "normal", i, 0), eq(i, 1)), th(ind(R_I, S(1, i - 1, j, x_("r", j))), eq(i, 1))), law(S(1, 2, i, R_I), "normal", S(1, 2, i, i), S(1, 2, i, 0)), FIRST_POINT),
    Refuse("law_normal_sum", "independence of another", (i, q(1), N), (th(law(R_I, "normal", i, 0), *ONE_TO_N), ind(x, y))),
    Refuse("right_angle", "no right angle", ("sin", Fraction(1, 2)), (), eq(f("sin", q(1, 4) * f("pi")), 0), USUAL),
    Refuse("right_angle", "another function", ("erf", Fraction(1)), ()),
    Refuse("independent", "no block", (BLOCKS, (), (l,), (x,)), (), ind(l, x), FAMILY),
    Refuse("independent", "one block", (BLOCKS, (), (z,), (u,)), (), ind(z, u), FAMILY),
    Refuse("independent", "one of many in a block twice", (BLOCKS, (), (x, y), (x + z,)), (), ind((x, y), x + z), FAMILY),
    Refuse("independent", "indices may be equal", (FAMILY_N, (), (x_("r", i),), (x_("r", j),)), (), ind(x_("r", i), x_("r", j)), FAMILY),
    Refuse("independent", "other indices differ", (FAMILY_N, (), (x_("r", i),), (x_("r", j),)), (th(ne(i - k), ne(i - k)),), ind(x_("r", i), x_("r", j)), FAMILY, hyps=(ne(i - k),)),
    Refuse("independent", "a sum holds it", (FAMILY_N, (), (TAIL,), (R2,)), (th(ne(LATER[0] - 2), nonneg(LATER[0] - 3)),), ind(TAIL, R2), FAMILY),
    Refuse("independent", "a premise too many", (BLOCKS, (), (x,), (y,)), (ne(q(1)),)),
    Refuse("independent", "in pairs only", (PAIRS, (), (R1,), (R2, R3)), (ne(q(1) - 2), ne(q(1) - 3)), ind(R1, (R2, R3)), IN_PAIRS),
    Refuse("independent", "in pairs only, in a sum", (PAIRS, (), (R1,), (TAIL,)), (th(ne(q(1) - LATER[1]), *BETWEEN),), ind(R1, TAIL), IN_PAIRS),
    Refuse("independent", "the row 0", (ROWS, (q(0),), (W.at(0, 1),), (W.at(0, 2),)), (ne(q(1) - 2),), ind(W.at(0, 1), W.at(0, 2)), FAMILY),
    Refuse("independent", "the condition of another row", (ROWS, (q(0),), (W.at(0, 1),), (W.at(0, 2),)), (nonneg(q(1) - 1), ne(q(1) - 2)), ind(W.at(0, 1), W.at(0, 2)), FAMILY),
    Refuse("independent", "two rows", (ROWS, (q(1),), (W.at(1, 1),), (W.at(2, 1),)), (nonneg(q(1) - 1), ne(q(1) - 2)), ind(W.at(1, 1), W.at(2, 1)), FAMILY),
    Refuse("independent", "a row that need not be whole", (ROWS, (b,), (W1,), (W2,)), (nonneg(b - 1), ne(q(1) - 2))),
    Refuse("independent", "a fact", (ENTRY["two"], (), (x,), (y,)), ()),
    Refuse("ind_fixed", "it is not known", ((x,), (x,), (y,)), (), ind(x, x, y), USUAL),
    Refuse("ind_fixed", "one of two is not", ((y, x), (x,), (y,)), (), ind((y, x), x, y), USUAL),
    Refuse("ind_swap", "no independence", (), (same(x, y),)),
    Refuse("ind_part", "no function of the first", ((z,), (y,)), (ind(x, y),), ind(z, (y, x)), USUAL),
    Refuse("ind_part", "not of the second", ((x,), (x,)), (ind(x, y),), ind(x, x), USUAL),
    Refuse("ind_part", "of both", ((x,), (x * y, y)), (ind(x, y),), ind(x, (x * y, y)), USUAL),
    Refuse("ind_given", "what is given was not there", ((y,), (z,)), (ind(x, y),), ind(x, y, z), USUAL),
    Refuse("ind_given", "another order", ((u,), (y,)), (ind(x, (y, u)),)),
    Refuse("ind_join", "nothing is given", (), (ind(x, y), ind(x, z)), ind(x, (z, y)), USUAL),
    Refuse("ind_join", "another first side", (), (ind(x, y), ind(b, x, y)), ind(x, (x, y)), USUAL),
    Refuse("ind_join", "equal laws", (), (same(x, y), ind(x, z, y))),
    Refuse("same_itself", "a premise", ((x,),), (ne(b),)),
    Refuse("same_join", "the first two are not independent", (), (same(x, x), same(x, y), ind(x, y), ind(x, y)), same((x, x), (x, y)), USUAL),
    Refuse("same_join", "the second two are not", (), (same(x, x), same(y, x), ind(x, y), ind(x, y)), same((x, y), (x, x)), USUAL),
    Refuse("same_join", "no laws", (), (ind(x, y), same(y, x), ind(x, y), ind(y, x))),
    Refuse("same_join", "three premises", (), (same(x, y), same(y, x), ind(x, y))),
    Refuse("transport", "another source", (x * u, ()), (same(x, -x),), eq(E(x * u), E(-x * u)), USUAL),
    Refuse("transport", "what is given moves", (x, (x,)), (same(x, -x),), eq(E(x, x), E(-x, x)), USUAL),
    Refuse("transport", "what is given has another source", (x, (z,)), (same(x, y),), eq(E(x, z), E(y, z)), world(randoms={"z": numbers(1, 1, -1, -1)})),
    Refuse("transport", "no variables", (x * y, ()), (same(x * y, z),)),
    Refuse("transport", "a variable twice", (x, ()), (same((x, x), (y, y)),)),
    Refuse("transport", "a condition in it", (E(x, y) * y, ()), (same((x, y), (y, x)),)),
    Refuse("transport", "no law", (x, ()), (ind(x, y),)),
]  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_accepted_and_true(case):
    case.check()


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_refused_and_false_somewhere(case):
    case.check()
