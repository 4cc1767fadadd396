"""Rules of signs: what they accept is true, and what they refuse is false somewhere."""

from __future__ import annotations

from fractions import Fraction

import pytest
from cases import HALF, USUAL, Accept, N, Refuse, a, at_b, b, name, one, u, x, y
from language import L1, E, S, eq, f, i, ind1, j, ne, nonneg, pos, prod_, q, th
from worlds import G

UP, DOWN = (nonneg(i - 1), nonneg(N - i)), (nonneg(i), nonneg(-i - i))
ACCEPTED = [
    Accept("farkas", (">", N - 1, (Fraction(1), Fraction(1))), (nonneg(b - 1), pos(N - b)), pos(N - 1), (at_b(1),)),
    Accept("farkas", (">=", 2 * b + 1, (Fraction(2),)), (nonneg(b),), nonneg(2 * b + 1)),
    Accept("farkas", (">", b, (Fraction(1),)), (eq(b, 3),), pos(b)),
    Accept("farkas", (">=", 3 - b, (Fraction(-1),)), (eq(b, 3),), nonneg(3 - b)),
    Accept("farkas", (">", q(1), ()), (), pos(1)),
    Accept("sign_of", (">=", b), (pos(b),), nonneg(b)),
    Accept("sign_of", ("!=", -b), (pos(b),), ne(-b)),
    Accept("sign_of", (">", 2 * b), (pos(b),), pos(2 * b)),
    Accept("sign_of", ("!=", -2 * b), (ne(b),), ne(-2 * b), (at_b(-1),)),
    Accept("sign_of", (">=", N + 1), (eq(b, N + 1), nonneg(b)), nonneg(N + 1)),
    Accept("number", (q(2) - 3,), (), ne(q(2) - 3)),
    Accept("strict", (), (nonneg(b), ne(b)), pos(b)),
    Accept("squeeze", (), (nonneg(b), nonneg(-b)), eq(b, 0), (at_b(0),)),
    Accept("product_sign", (), (pos(b), pos(N)), pos(prod_(b, N))),
    Accept("product_sign", (), (pos(b), nonneg(N)), nonneg(prod_(b, N)), (at_b(3, N=0),)),
    Accept("product_sign", (), (pos(b), ne(N)), ne(prod_(b, N)), (at_b(3, N=-1),)),
    Accept("power_sign", (">", b, x), (pos(b),), pos(b**x)),
    Accept("power_sign", (">=", b, q(1, 2)), (nonneg(b),), nonneg(b ** q(1, 2)), (at_b(0), at_b(4))),
    Accept("power_sign", ("!=", b, N), (ne(b),), ne(b**N), (at_b(-1), at_b(-1, N=-3))),
    Accept("power_sign", (">", b, q(-2)), (ne(b),), pos(b ** q(-2)), (at_b(-1),)),
    Accept("power_sign", (">=", x, q(2)), (), nonneg(x ** q(2))),
    Accept("bounds", (ind1(">", x), 0), (), nonneg(ind1(">", x))),
    Accept("bounds", (ind1(">", x), 1), (), nonneg(1 - ind1(">", x))),
    *(Accept("bounds", (f(n, u), 0), (), nonneg(f(n, u))) for n in ("abs", "relu")),
    *(Accept("bounds", (f(n, u), 0), (), pos(f(n, u))) for n in ("exp", "sigmoid")),
    *(Accept("bounds", (f(n, u), 0), (), pos(f(n, u) - -1)) for n in ("tanh", "erf")),
    *(Accept("bounds", (f(n, u), 0), (), nonneg(f(n, u) - -1)) for n in ("sin", "cos", "sign")),
    *(Accept("bounds", (f(n, u), 1), (), nonneg(1 - f(n, u))) for n in ("sin", "cos", "sign")),
    *(Accept("bounds", (f(n, x), 1), (), pos(1 - f(n, x))) for n in ("tanh", "erf", "sigmoid")),
    *(Accept("bounds", (f(n), 0), (), pos(f(n) - lo)) for n, lo in (("pi", 3), ("e", 2))),
    *(Accept("bounds", (f(n), 1), (), pos(lo + 1 - f(n))) for n, lo in (("pi", 3), ("e", 2))),
    Accept("sum_sign", (i, q(1), N), (th(nonneg(a.at(i)), *UP),), nonneg(S(1, N, i, a.at(i)))),
    Accept("sum_sign", (i, q(1), N), (th(pos(a.at(i)), *UP),), nonneg(S(1, N, i, a.at(i))), (at_b(3, N=-1),)),
    Accept("sum_sign", (i, q(1), N), (th(pos(a.at(i)), *UP), nonneg(N - 1)), pos(S(1, N, i, a.at(i)))),
    Accept("mean_sign", ((y,),), (nonneg(u),), nonneg(E(u, y))),
    Accept("mean_sign", ((y,),), (pos(u + 1), L1(u + 1)), pos(E(u + 1, y))),
    Accept("mean_sign", ((),), (pos(x),), nonneg(E(x)), (one(x=G),)),
    Accept("whole_step", (), (pos(N),), nonneg(N - 1)),
    Accept("factor_sign", (b,), (ne(prod_(b, N)),), ne(b)),
    Accept("factor_sign", (b,), (pos(prod_(b, N)),), ne(b), (at_b(-1, N=-1),)),
    Accept("vanishing", (x - y,), (nonneg(x - y), L1(x - y), eq(E(x - y), 0)), eq(x - y, 0), (one(x=Fraction(1), y=Fraction(1)),)),
]  # fmt: skip

REFUSED = [
    Refuse("farkas", "a negative multiplier", (">=", -b, (Fraction(-1),)), (nonneg(b),), nonneg(-b), USUAL),
    Refuse("farkas", "another combination", (">=", b - N, (Fraction(1),)), (nonneg(b),), nonneg(b - N), at_b(1)),
    Refuse("farkas", "a number is missing", (">=", b - 5, (Fraction(1),)), (nonneg(b),), nonneg(b - 5), USUAL),
    Refuse("farkas", ">= is not >", (">", b, (Fraction(1),)), (nonneg(b),), pos(b), at_b(0)),
    Refuse("farkas", "> with multiplier 0", (">", b, (Fraction(1), Fraction(0))), (nonneg(b), pos(N)), pos(b), at_b(0)),
    Refuse("farkas", "!= is no order", (">=", b, (Fraction(1),)), (ne(b),), nonneg(b), at_b(-1)),
    Refuse("farkas", "!= is not shown so", ("!=", b, (Fraction(1),)), (eq(b, 0),), ne(b), at_b(0)),
    Refuse("farkas", "a multiplier too many", (">=", b, (Fraction(1), Fraction(1))), (nonneg(b),)),
    Refuse("sign_of", ">= is not >", (">", b), (nonneg(b),), pos(b), at_b(0)),
    Refuse("sign_of", ">= is not !=", ("!=", b), (nonneg(b),), ne(b), at_b(0)),
    Refuse("sign_of", "!= is not >", (">", b), (ne(b),), pos(b), at_b(-1)),
    Refuse("sign_of", "-b > 0", (">", -b), (pos(b),), pos(-b), USUAL),
    Refuse("sign_of", "0 b != 0", ("!=", 0 * b), (ne(b),), ne(0 * b), USUAL),
    Refuse("sign_of", "no multiple", (">", N), (pos(b),), pos(N), at_b(3, N=0)),
    Refuse("sign_of", "equal to another", (">=", N), (eq(b, N + 1), nonneg(b)), nonneg(N), at_b(0, N=-1)),
    Refuse("sign_of", "the sign of another", (">=", N + 1), (eq(b, N + 1), nonneg(a.at(2))), nonneg(N + 1), at_b(-1, N=-2)),
    Refuse("sign_of", "an equation is no sign", ("=", b), (eq(b, 0),)),
    Refuse("number", "0", (q(1) - 1,), (), ne(q(1) - 1), USUAL),
    Refuse("number", "no number", (b,), (), ne(b), at_b(0)),
    Refuse("strict", "!= of another", (), (nonneg(b), ne(N)), pos(b), at_b(0)),
    Refuse("strict", "no !=", (), (nonneg(b),), pos(b), at_b(0)),
    Refuse("strict", "no >=", (), (ne(b), ne(b)), pos(b), at_b(-1)),
    Refuse("squeeze", "another term", (), (nonneg(b), nonneg(N)), eq(b, 0), USUAL),
    Refuse("squeeze", "one side", (), (nonneg(b),), eq(b, 0), USUAL),
    Refuse("squeeze", "a sign >", (), (pos(b), nonneg(-N)), eq(b, 0), at_b(3, N=0)),
    Refuse("product_sign", ">= beside !=", (), (nonneg(b), ne(N)), nonneg(prod_(b, N)), at_b(3, N=-1)),
    Refuse("product_sign", "an equation", (), (eq(b, N), pos(N)), pos(prod_(b, N)), None),
    Refuse("product_sign", "nothing", (), ()),
    Refuse("power_sign", "no premise", (">", b, q(3)), (), pos(b ** q(3)), at_b(-1)),
    Refuse("power_sign", "an odd power", (">=", b, q(3)), (), nonneg(b ** q(3)), at_b(-1)),
    Refuse("power_sign", "an even power may be 0", (">", b, q(2)), (), pos(b ** q(2)), at_b(0)),
    Refuse("power_sign", "the premise of another", (">", b, q(3)), (pos(N),), pos(b ** q(3)), at_b(-1)),
    Refuse("power_sign", ">= is not >", (">", b, q(2)), (nonneg(b),), pos(b ** q(2)), at_b(0)),
    Refuse("power_sign", "!= and a root", ("!=", b, q(1, 2)), (ne(b),), ne(b ** q(1, 2)), at_b(-1)),
    Refuse("power_sign", "!= and an odd power", (">", b, q(3)), (ne(b),), pos(b ** q(3)), at_b(-1)),
    Refuse("power_sign", "!= and a power that may be odd", (">", b, N), (ne(b),), pos(b**N), at_b(-1, N=1)),
    Refuse("bounds", "none above", (f("exp", x), 1), (), nonneg(1 - f("exp", x)), USUAL),
    Refuse("bounds", "none at all", (f("log", x), 0), (), nonneg(f("log", x)), one(x=HALF)),
    Refuse("bounds", "no function", (x, 0), (), nonneg(x), USUAL),
    Refuse("bounds", "a third side", (f("sin", x), 2), ()),
    Refuse("sum_sign", "the letter is not arbitrary", (i, q(0), N), (th(pos(a.at(i) - 3), eq(i, 2)),), nonneg(S(0, N, i, a.at(i) - 3)), at_b(3, N=1)),
    Refuse("sum_sign", "the range is another", (i, q(0), N), (th(nonneg(i * i - 1), *UP),), nonneg(S(0, N, i, i * i - 1)), at_b(3, N=0)),
    Refuse("sum_sign", "the letter bounds the sum", (i, q(0), -i), (th(nonneg(-i), *DOWN),), nonneg(S(0, -i, j, -j)), USUAL),
    Refuse("sum_sign", "the sum may be empty", (i, q(1), N), (th(pos(a.at(i)), *UP), nonneg(N)), pos(S(1, N, i, a.at(i))), at_b(3, N=0)),
    Refuse("sum_sign", "!= of the terms", (i, q(1), N), (th(ne(i - 3), *UP),), nonneg(S(1, N, i, i - 3)), USUAL),
    Refuse("sum_sign", "bounds that need not be whole", (i, q(1, 4), q(3, 4)), (pos(1), nonneg(q(3, 4) - q(1, 4))), pos(S(q(1, 4), q(3, 4), i, 1)), USUAL),
    Refuse("mean_sign", "the expectation of another", ((),), (pos(x), L1(y)), pos(E(x)), one(x=G, y=Fraction(1))),
    Refuse("mean_sign", "!=", ((),), (ne(x),), nonneg(E(x)), one(x=Fraction(-1))),
    Refuse("whole_step", "no whole number", (), (pos(b),), nonneg(b - 1), at_b(HALF)),
    Refuse("whole_step", ">= 0", (), (nonneg(N),), nonneg(N - 1), at_b(3, N=0)),
    Refuse("factor_sign", "no factor", (b - N,), (ne(prod_(b, N)),), ne(b - N), at_b(2)),
    Refuse("factor_sign", "a term of a sum", (b,), (ne(b + N),), ne(b), at_b(0)),
    Refuse("factor_sign", ">= 0", (b,), (nonneg(prod_(b, N)),), ne(b), at_b(0)),
    Refuse("vanishing", "it may be negative", (x,), (L1(x), L1(x), eq(E(x), 0)), eq(x, 0), USUAL),
    Refuse("vanishing", "E of it does not exist", (x,), (nonneg(x), L1(y), eq(E(x), 0)), eq(x, 0), one(x=G, y=Fraction(1))),
    Refuse("vanishing", "its mean is not 0", (u,), (nonneg(u), L1(u), eq(E(x), 0)), eq(u, 0), USUAL),
]  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_accepted_and_true(case):
    case.check()


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_refused_and_false_somewhere(case):
    case.check()
