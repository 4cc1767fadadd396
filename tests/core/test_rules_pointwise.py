"""Rules of indicators, functions and derivatives: accepted and true, refused and false."""

from __future__ import annotations

from fractions import Fraction

import pytest
from cases import ENTRY, USUAL, Accept, N, Refuse, W, at_b, b, l, name, numbers, u, world, x, y
from language import D, E, S, d_, eq, f, i, ind1, j, k, ne, pos, prod_, q, x_

ONE, NONE = Fraction(1), Fraction(0)
R1, R2 = x_("r", 1), x_("r", 2)


def same_place(s, t):
    return prod_(ind1("=", s - t))


# l = r[1]^2 r[2] at four points: the slopes are 2 r[1] r[2] and r[1]^2
POINTS = numbers(1, 2, -1, 3), numbers(1, -1, 2, 0)
GROWING = world(
    randoms={
        "r": lambda s: POINTS[s - 1] if s in (1, 2) else numbers(0, 0, 0, 0),
        "l": [s * s * t for s, t in zip(*POINTS, strict=True)],
    },
    slopes={("l", "r"): {(): {(1,): [2 * s * t for s, t in zip(*POINTS, strict=True)], (2,): [s * s for s in POINTS[0]]}}},
)  # fmt: skip
DL = D(l, W.at(1, 1))

ACCEPTED = [
    Accept("absorb", (x - 1,), (), eq(ind1("!=", x - 1) * (x - 1), x - 1)),
    Accept("never", ((ind1(">", x), ind1(">", -x)), (Fraction(1), Fraction(1))), (), eq(prod_(ind1(">", x), ind1(">", -x)), 0)),
    Accept("never", ((ind1(">=", x - 1), ind1(">=", -x)), (Fraction(1), Fraction(1))), (), eq(prod_(ind1(">=", x - 1), ind1(">=", -x)), 0)),
    Accept("never", ((ind1("=", x), ind1(">=", x - 1)), (Fraction(-1), Fraction(1))), (), eq(prod_(ind1("=", x), ind1(">=", x - 1)), 0)),
    Accept("at_equality", (x, y, x * u + x), (), eq(ind1("=", x - y) * (x * u + x), ind1("=", x - y) * (y * u + y))),
    Accept("at_equality", (x, b, x * E(x * y)), (), eq(ind1("=", x - b) * (x * E(x * y)), ind1("=", x - b) * (b * E(x * y))), (at_b(1),)),
    Accept("at_equality", (i, j, x_("r", i)), (), eq(ind1("=", i - j) * x_("r", i), ind1("=", i - j) * x_("r", j))),
    *(
        Accept("identity", (t[1], t), (), eq(t, means))
        for t, means in [
            (f("relu", u - 1), ind1(">", u - 1) * (u - 1)),
            (f("abs", x), prod_(2, ind1(">", x), x) - x),
            (f("sign", x), ind1(">", x) - ind1(">", -x)),
            (f("max", x, y), y + ind1(">", x - y) * (x - y)),
            (f("min", x, y), x - ind1(">", x - y) * (x - y)),
            (f("leaky_relu", x, b), ind1(">", x) * x + b * (x - ind1(">", x) * x)),
            (f("sigmoid", u), (1 + f("exp", -u)) ** -1),
            (f("tanh", u), 1 - 2 * (f("exp", 2 * u) + 1) ** -1),
        ]
    ),
    Accept("identity", ("sin-odd", f("sin", u)), (), eq(f("sin", u), -f("sin", -u))),
    Accept("identity", ("erf-odd", f("erf", u)), (), eq(f("erf", u), -f("erf", -u))),
    Accept("identity", ("cos-even", f("cos", u)), (), eq(f("cos", u), f("cos", -u))),
    Accept("identity", ("circle", f("sin", u) ** 2), (), eq(f("sin", u) ** 2, 1 - f("cos", u) ** 2)),
    Accept("identity", ("sin-sum", f("sin", x + u)), (), eq(f("sin", x + u), f("sin", x) * f("cos", u) + f("cos", x) * f("sin", u))),
    Accept("identity", ("cos-sum", f("cos", x + u)), (), eq(f("cos", x + u), f("cos", x) * f("cos", u) - f("sin", x) * f("sin", u))),
    Accept("identity", ("log", f("log", b * N)), (pos(b), pos(N)), eq(f("log", b * N), f("log", b) + f("log", N))),
    Accept("identity", ("power", f("log", b**x)), (pos(b),), eq(f("log", b**x), x * f("log", b))),
    Accept("identity", ("explog", f("exp", f("log", b))), (pos(b),), eq(f("exp", f("log", b)), b)),
    Accept("identity", ("log-exp", f("log", f("exp", u))), (), eq(f("log", f("exp", u)), u)),
    Accept("identity", ("log-one", f("log", 1)), (), eq(f("log", 1), 0)),
    Accept("derivative", (D(R2, x_("r", i)),), (), eq(D(R2, x_("r", i)), same_place(q(2), i))),
    Accept("derivative", (D(x + y, x),), (), eq(D(x + y, x), q(1) + 0)),
    Accept("derivative", (D(x * y, x),), (), eq(D(x * y, x), prod_(1, y) + prod_(x, 0))),
    Accept("derivative", (D(u**3, u),), (), eq(D(u**3, u), prod_(3, u**2, 1))),
    Accept("derivative", (D(f("relu", x), x),), (), eq(D(f("relu", x), x), ind1(">", x) * 1)),
    Accept("derivative", (D(b * E(x), x),), (), eq(D(b * E(x), x), prod_(0, E(x)) + prod_(b, 0))),
    Accept("derivative", (D(S(1, N, i, x_("r", i)), x_("r", k)),), (), eq(D(S(1, N, i, x_("r", i)), x_("r", k)), S(1, N, i, same_place(i, k)))),
    Accept("derivative", (D(d_("h", 2), R2),), (), eq(D(d_("h", 2), R2), prod_(same_place(q(2), q(2)), R2) + prod_(R2, same_place(q(2), q(2))))),
    Accept("chain", (ENTRY["depends"], (), W.at(1, 1)), (), eq(DL, S(1, 2, i, D(l, x_("r", i)) * D(x_("r", i), W.at(1, 1)))), (GROWING,)),
]  # fmt: skip

DX = D(l, R1)
REFUSED = [
    Refuse("absorb", "a premise", (x,), (ne(b),)),
    Refuse("never", "they meet at 0", ((ind1(">=", b), ind1(">=", -b)), (ONE, ONE)), (), eq(prod_(ind1(">=", b), ind1(">=", -b)), 0), at_b(0)),
    Refuse("never", "a negative multiplier", ((ind1(">=", b), ind1(">=", b - 1)), (-ONE, ONE)), (), eq(prod_(ind1(">=", b), ind1(">=", b - 1)), 0), USUAL),
    Refuse("never", "another combination", ((ind1(">", x), ind1(">", -y)), (ONE, ONE)), (), eq(prod_(ind1(">", x), ind1(">", -y)), 0), USUAL),
    Refuse("never", "!= is no order", ((ind1("!=", b), ind1(">", -b)), (ONE, ONE)), (), eq(prod_(ind1("!=", b), ind1(">", -b)), 0), at_b(-1)),
    Refuse("never", "> with multiplier 0", ((ind1(">", x),), (NONE,)), (), eq(prod_(ind1(">", x)), 0), USUAL),
    Refuse("never", "no indicator", ((b,), (ONE,)), ()),
    Refuse("never", "a multiplier is missing", ((ind1(">", x),), ()), ()),
    Refuse("at_equality", "an index that need not be whole", (N, b, x_("r", N)), ()),
    Refuse("at_equality", "a premise", (x, y, x), (pos(b),)),
    Refuse("identity", "log of negative factors", ("log", f("log", b * N)), (), eq(f("log", b * N), f("log", b) + f("log", N)), at_b(-2, N=-3)),
    Refuse("identity", "one factor is not told", ("log", f("log", b * N)), (pos(N),), eq(f("log", b * N), f("log", b) + f("log", N)), at_b(0)),
    Refuse("identity", "log of an even power", ("power", f("log", b**2)), (), eq(f("log", b**2), 2 * f("log", b)), at_b(-2)),
    Refuse("identity", "exp of a log of what is negative", ("explog", f("exp", f("log", b))), (), eq(f("exp", f("log", b)), b), at_b(-1)),
    Refuse("identity", "sin is not even", ("cos-even", f("sin", x)), (), eq(f("sin", x), f("sin", -x)), USUAL),
    Refuse("identity", "cos is not odd", ("sin-odd", f("cos", x)), (), eq(f("cos", x), -f("cos", -x)), USUAL),
    Refuse("identity", "the circle of a cube", ("circle", f("sin", x) ** 3), (), eq(f("sin", x) ** 3, 1 - f("cos", x) ** 2), USUAL),
    Refuse("identity", "another function", ("abs", f("relu", x)), (), eq(f("relu", x), prod_(2, ind1(">", x), x) - x), USUAL),
    Refuse("identity", "no function", ("abs", x), ()),
    Refuse("identity", "a premise", ("abs", f("abs", x)), (eq(b, 3),)),
    Refuse("identity", "the sine of three terms", ("sin-sum", f("sin", ("+", x, y, u))), (), eq(f("sin", ("+", x, y, u)), f("sin", x) * f("cos", y) + f("cos", x) * f("sin", y)), USUAL),
    Refuse("identity", "the log of three factors", ("log", f("log", prod_(b, N, N))), (pos(b), pos(N)), eq(f("log", prod_(b, N, N)), f("log", b) + f("log", N)), USUAL),
    Refuse("identity", "log 2", ("log-one", f("log", 2)), (), eq(f("log", 2), 0), USUAL),
    Refuse("identity", "no such identity", ("sin-double", f("sin", x)), ()),
    Refuse("identity", "exp of a sum", ("explog", f("exp", x)), (pos(b),), eq(f("exp", x), x), USUAL),
    Refuse("derivative", "no rule for exp", (D(f("exp", x), x),), ()),
    Refuse("derivative", "a power that need not be a number", (D(x**N, x),), ()),
    Refuse("derivative", "a root", (D(x ** q(1, 2), x),), ()),
    Refuse("derivative", "a power 0", (D(x**0, x),), ()),
    Refuse("derivative", "given what it is taken by", (D(E(x, y), y),), ()),
    Refuse("derivative", "of what is a function of others", (DX,), (), eq(DX, 0), GROWING),
    Refuse("derivative", "no derivative", (x,), ()),
    Refuse("chain", "nothing is declared so", (ENTRY["blocks"], (), x), ()),
    Refuse("chain", "by itself", (ENTRY["depends"], (), l), (), eq(D(l, l), S(1, 2, i, D(l, x_("r", i)) * D(x_("r", i), l))), GROWING),
    Refuse("chain", "by what it is a function of", (ENTRY["depends"], (), R1), ()),
    Refuse("chain", "by no variable", (ENTRY["depends"], (), b), ()),
    Refuse("chain", "a value too many", (ENTRY["depends"], (b,), x), ()),
]  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_accepted_and_true(case):
    case.check()


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_refused_and_false_somewhere(case):
    case.check()
