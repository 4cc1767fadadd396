"""Rules of expectations: what they accept is true, and what they refuse is false somewhere.

Where an expectation is missing, the world has G in it: E of what is not integrable is 0, so that
E[x + y] = 1 and E[x] + E[y] = 0 for x = G, y = 1 - G.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from cases import USUAL, Accept, N, Refuse, at_b, b, name, one, u, world, x, y, z
from language import L1, E, S, eq, f, i, ind, k, nonneg, prod_, q, sum_, th, x_
from worlds import ROOT_G, G, Heavy

X2 = x**2
BACK = Heavy({Fraction(-1): Fraction(1)})
APART = one(x=G, y=1 + -1 * G)
ROOTS = one(x=ROOT_G, y=ROOT_G)
IN = (nonneg(k - 1), nonneg(N - k))
R = x_("r", k)
# r[0] = 0, r[1] = 1, r[2] = G, r[3] = 1 - G
TAIL = world(
    [Fraction(1)],
    randoms={"r": lambda s: [{2: G, 3: 1 + -1 * G}.get(s, Fraction(s))]},
    window=range(-4, 4),
)
DOWN = (nonneg(k - 2), nonneg(-k - k))


def weighted(*pairs):
    return sum_(*(prod_(c, g) for c, g in pairs))


ACCEPTED = [
    Accept("constant", (b * N, (y,)), (), eq(E(b * N, y), b * N)),
    Accept("given", (y * y + b, (y,)), (L1(y * y + b),), eq(E(y * y + b, y), y * y + b)),
    Accept("linear", ((b, q(2)), (x, u), (y,)), (L1(x), L1(u)), eq(E(weighted((b, x), (2, u)), y), weighted((b, E(x, y)), (2, E(u, y))))),
    Accept("linear", ((b,), (x,), ()), (), eq(E(weighted((b, x))), weighted((b, E(x)))), (APART, at_b(0, N=1))),
    Accept("mean_sum", (k, q(1), N, (y,)), (th(L1(R), *IN),), eq(E(S(1, N, i, x_("r", i)), y), S(1, N, i, E(x_("r", i), y)))),
    Accept("pull_out", (y * b, u, (y,)), (L1(u), L1(y * b * u)), eq(E(y * b * u, y), y * b * E(u, y))),
    Accept("tower", (u, (x, y), (x * y,)), (), eq(E(E(u, x, y), x * y), E(u, x * y))),
    Accept("tower", (x, (y,), ()), (), eq(E(E(x, y)), E(x)), (APART,)),
    Accept("product", (x, y), (ind(x, y), L1(x), L1(y)), eq(E(x * y), E(x) * E(y))),
    Accept("product_given", (x, u, (x,)), (ind(x, u, x), L1(x), L1(u), L1(x * u)), eq(E(x * u, x), E(x, x) * E(u, x))),
    Accept("drop", (x, (), (y,)), (ind(x, y),), eq(E(x, y), E(x))),
    Accept("drop", (x, (y, z), (u,)), (ind(x, u, (y, z)),), eq(E(x, y, z, u), E(x, y, z))),
    Accept("exists_fixed", (b,), (), L1(b)),
    Accept("exists_fixed", (E(x),), (), L1(E(x)), (APART, ROOTS)),
    Accept("exists_given", (x, (y,)), (), L1(E(x, y)), (APART, ROOTS)),
    Accept("exists_linear", ((b, q(2)), (x, y)), (L1(x), L1(y)), L1(weighted((b, x), (2, y))), (ROOTS,)),
    Accept("exists_sum", (k, q(1), N), (th(L1(R), *IN),), L1(S(1, N, i, x_("r", i)))),
    Accept("exists_product", (x, y), (ind(x, y), L1(x), L1(y)), L1(x * y)),
    Accept("exists_bounded", (b, x, y), (nonneg(b + x), nonneg(b - x), L1(y)), L1(x * y), (one(x=Fraction(-3), y=ROOT_G),)),
    Accept("exists_below", (x, y), (nonneg(f("abs", y) - f("abs", x)), L1(y)), L1(x), (ROOTS,)),
    Accept("exists_equal", (), (eq(x, y), L1(x)), L1(y), (ROOTS,)),
    Accept("holder", ((x, y), (Fraction(1), Fraction(1)), (Fraction(2), Fraction(2))), (L1(X2), L1(y**2)), L1(prod_(x, y))),
    Accept("holder", ((x,), (Fraction(1, 2),), (Fraction(1),)), (L1(x),), L1(prod_(f("abs", x) ** q(1, 2))), (ROOTS,)),
    Accept("holder", ((x,), (Fraction(3),), (Fraction(3),)), (L1(f("abs", x) ** 3),), L1(prod_(x**3))),
    Accept("holder", ((x,), (Fraction(0),), (Fraction(1),)), (L1(x),), L1(prod_(x**0)), (ROOTS,)),
    Accept("exists_mean", (x, (y,), Fraction(2)), (L1(X2),), L1(E(x, y) ** 2)),
    Accept("exists_known", (y, x, (y,)), (L1(x), L1(y * x)), L1(y * E(x, y))),
]  # fmt: skip

REFUSED = [
    Refuse("constant", "it is random", (y, (y,)), (), eq(E(y, y), y), one(y=G)),
    Refuse("constant", "it is random, nothing is given", (x, ()), (), eq(E(x), x), USUAL),
    Refuse("given", "it is not known", (x, (y,)), (L1(x),), eq(E(x, y), x), USUAL),
    Refuse("given", "its expectation does not exist", (y, (y,)), (), eq(E(y, y), y), one(y=G)),
    Refuse("given", "the expectation of another", (y, (y,)), (L1(x),), eq(E(y, y), y), one(y=G, x=Fraction(1))),
    Refuse("linear", "no expectations", ((q(1), q(1)), (x, y), ()), (), eq(E(weighted((1, x), (1, y))), weighted((1, E(x)), (1, E(y)))), APART),
    Refuse("linear", "the expectation of the first only", ((q(1), q(1)), (u, x), ()), (L1(u), L1(u)), eq(E(weighted((1, u), (1, x))), weighted((1, E(u)), (1, E(x)))), one(x=G, u=Fraction(1))),
    Refuse("linear", "a random coefficient", ((x,), (x,), ()), (), eq(E(weighted((x, x))), weighted((x, E(x)))), USUAL),
    Refuse("linear", "a coefficient is missing", ((b,), (x, y), ()), (L1(x), L1(y))),
    Refuse("linear", "nothing", ((), (), ()), ()),
    Refuse("mean_sum", "the letter is not arbitrary", (k, q(2), q(3), ()), (th(L1(R), eq(k, 1)),), eq(E(S(2, 3, i, x_("r", i))), S(2, 3, i, E(x_("r", i)))), TAIL),
    Refuse("mean_sum", "what is given moves", (k, q(1), q(2), (R,)), (L1(R),), eq(E(S(1, 2, i, x_("r", i)), R), S(1, 2, i, E(x_("r", i), x_("r", i)))), USUAL),
    Refuse("mean_sum", "a bound moves", (k, q(2), -k, ()), (th(L1(R), *DOWN),), eq(E(S(2, -k, i, x_("r", i))), S(2, -k, i, E(x_("r", i)))), TAIL),
    Refuse("mean_sum", "no expectation", (k, q(2), q(3), ()), (nonneg(q(1)),), eq(E(S(2, 3, i, x_("r", i))), S(2, 3, i, E(x_("r", i)))), TAIL),
    Refuse("pull_out", "it is not known", (x, x, (y,)), (L1(x), L1(x * x)), eq(E(x * x, y), x * E(x, y)), USUAL),
    Refuse("pull_out", "E of what stays does not exist", (y, x, (y,)), (L1(y * x), L1(y * x)), eq(E(y * x, y), y * E(x, y)), one(x=G, y=BACK)),
    Refuse("pull_out", "E of the product does not exist", (y, x, (y,)), (L1(x), L1(x)), eq(E(y * x, y), y * E(x, y)), ROOTS),
    Refuse("tower", "the outer condition knows more", (x, (y,), (x,)), (), eq(E(E(x, y), x), E(x, x)), USUAL),
    Refuse("tower", "a premise", (x, (y,), ()), (L1(x),)),
    Refuse("product", "not independent", (x, x), (ind(x, y), L1(x), L1(x)), eq(E(x * x), E(x) * E(x)), USUAL),
    Refuse("product_given", "independent, but not given y", (x, z, (y,)), (ind(x, z), L1(x), L1(z), L1(x * z)), eq(E(x * z, y), E(x, y) * E(z, y)), USUAL),
    Refuse("product_given", "E of the first does not exist", (x, y, (y,)), (ind(x, y, y), L1(y), L1(y), L1(x * y)), eq(E(x * y, y), E(x, y) * E(y, y)), one(x=G, y=BACK)),
    Refuse("product_given", "E of the second does not exist", (y, x, (y,)), (ind(y, x, y), L1(y), L1(y), L1(y * x)), eq(E(y * x, y), E(y, y) * E(x, y)), one(x=G, y=BACK)),
    Refuse("product_given", "E of the product does not exist", (y, y, (y,)), (ind(y, y, y), L1(y), L1(y)), eq(E(y * y, y), E(y, y) * E(y, y)), ROOTS),
    Refuse("drop", "independent, but not given y", (x, (y,), (z,)), (ind(x, z),), eq(E(x, y, z), E(x, y)), USUAL),
    Refuse("drop", "no premise", (x, (), (x,)), (), eq(E(x, x), E(x)), USUAL),
    Refuse("exists_fixed", "random", (x,), (), L1(x), one(x=G)),
    Refuse("exists_fixed", "random, given what it is a function of", (E(x, x),), ()),
    Refuse("exists_given", "a premise", (x, (y,)), (L1(x),)),
    Refuse("exists_linear", "the expectation of the first only", ((b, b), (y, x)), (L1(y),), L1(weighted((b, y), (b, x))), one(x=G, y=Fraction(1))),
    Refuse("exists_linear", "a random coefficient", ((y,), (x,)), (L1(x),), L1(weighted((y, x))), ROOTS),
    Refuse("exists_sum", "the letter is not arbitrary", (k, q(1), q(2)), (th(L1(R), eq(k, 1)),), L1(S(1, 2, i, x_("r", i))), TAIL),
    Refuse("exists_sum", "a bound moves", (k, q(2), -k), (th(L1(R), *DOWN),), L1(S(2, -k, i, x_("r", i))), TAIL),
    Refuse("exists_sum", "no expectation", (k, q(1), q(2)), (nonneg(q(1)),), L1(S(1, 2, i, x_("r", i))), TAIL),
    Refuse("exists_product", "not independent", (x, y), (ind(x, b), L1(x), L1(y)), L1(x * y), ROOTS),
    Refuse("exists_product", "independent given one of them", (x, y), (ind(x, y, x), L1(x), L1(y)), L1(x * y), ROOTS),
    Refuse("exists_product", "E of the first does not exist", (x, y), (ind(x, y), L1(y), L1(y)), L1(x * y), one(x=G, y=Fraction(1))),
    Refuse("exists_product", "E of the second does not exist", (y, x), (ind(y, x), L1(y), L1(y)), L1(y * x), one(x=G, y=Fraction(1))),
    Refuse("exists_bounded", "a random bound", (y, x, u), (nonneg(y + x), nonneg(y - x), L1(u)), L1(x * u), one(x=G, y=G, u=Fraction(1))),
    Refuse("exists_bounded", "bounded above only", (b, x, u), (nonneg(b - x), nonneg(b - x), L1(u)), L1(x * u), one(x=-1 * G, u=Fraction(1))),
    Refuse("exists_bounded", "bounded below only", (b, x, u), (nonneg(b + x), nonneg(b + x), L1(u)), L1(x * u), one(x=G, u=Fraction(1))),
    Refuse("exists_bounded", "E of the other factor does not exist", (b, u, x), (nonneg(b + u), nonneg(b - u), L1(u)), L1(u * x), one(x=G, u=Fraction(1))),
    Refuse("exists_below", "above", (x, y), (nonneg(f("abs", x) - f("abs", y)), L1(y)), L1(x), one(x=G, y=Fraction(1))),
    Refuse("exists_below", "below without its size", (x, y), (nonneg(y - x), L1(y)), L1(x), one(x=-1 * G, y=Fraction(1))),
    Refuse("exists_below", "E of the bound does not exist", (x, y), (nonneg(f("abs", y) - f("abs", x)), L1(u)), L1(x), one(x=G, y=G, u=Fraction(1))),
    Refuse("exists_equal", "the expectation of another", (), (eq(x, y), L1(u)), L1(y), one(x=G, y=G, u=Fraction(1))),
    Refuse("exists_equal", "no equation", (), (nonneg(x), L1(x)), L1(y), one(x=Fraction(1), y=G)),
    Refuse("holder", "the exponents are too large", ((x,), (Fraction(2),), (Fraction(1),)), (L1(x),), L1(prod_(X2)), ROOTS),
    Refuse("holder", "together they are too large", ((x, y), (Fraction(1), Fraction(1)), (Fraction(1), Fraction(1))), (L1(x), L1(y)), L1(prod_(x, y)), ROOTS),
    Refuse("holder", "a negative exponent", ((x,), (Fraction(-1),), (Fraction(1),)), (L1(x),), L1(prod_(x**-1)), one(x=BACK)),
    Refuse("holder", "a negative exponent in the premise", ((x,), (Fraction(1),), (Fraction(-1),)), (L1(f("abs", x) ** -1),), L1(prod_(x)), one(x=G)),
    Refuse("holder", "the expectation of another", ((x,), (Fraction(1),), (Fraction(1),)), (L1(y),), L1(prod_(x)), one(x=G, y=Fraction(1))),
    Refuse("holder", "an odd power for its size", ((x,), (Fraction(3),), (Fraction(3),)), (L1(x**3),)),  # the same, but not the form
    Refuse("holder", "an exponent is missing", ((x,), (Fraction(1),), ()), (L1(x),)),
    Refuse("exists_mean", "an exponent below 1", (x, (y,), Fraction(1, 2)), (L1(f("abs", x) ** q(1, 2)),)),  # E[x | y] is 0 then
    Refuse("exists_mean", "the expectation of another", (x, (x,), Fraction(2)), (L1(y**2),), L1(E(x, x) ** 2), one(x=ROOT_G, y=Fraction(1))),
    Refuse("exists_known", "it is not known", (x, y, ()), (L1(y), L1(x * y)), L1(x * E(y)), one(x=G, y=BACK)),
    Refuse("exists_known", "E of the product does not exist", (y, x, (y,)), (L1(x), L1(x)), L1(y * E(x, y)), ROOTS),
    Refuse("exists_known", "E of what stays does not exist", (y, x, (y,)), (L1(y * x), L1(y * x))),  # E[x | y] is 0 then
]  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_accepted_and_true(case):
    case.check()


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_refused_and_false_somewhere(case):
    case.check()
