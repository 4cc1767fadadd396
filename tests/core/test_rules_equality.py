"""Rules of equality: what they accept is true, and what they refuse is false somewhere."""

from __future__ import annotations

from fractions import Fraction

import pytest
from cases import (
    ENTRY,
    HALF,
    OF_K,
    USUAL,
    Accept,
    K,
    N,
    Refuse,
    a,
    at_b,
    b,
    name,
    one,
    u,
    world,
    x,
    y,
    z,
)
from language import (
    L1,
    D,
    E,
    S,
    T,
    d_,
    eq,
    f,
    i,
    ind1,
    j,
    k,
    line,
    ne,
    nonneg,
    pos,
    prod_,
    q,
    raw,
    th,
    v,
    x_,
)  # fmt: skip
from worlds import G

from symcheck.core.theorem import Theorem

SUM_K = S(1, k, i, i)
GAUSS = prod_(SUM_K, k * (k + 1) * q(1, 2))
NEXT = eq(S(1, k + 1, i, i), (k + 1) * (k + 1 + 1) * q(1, 2))
IH = eq(*GAUSS[1:])
NAN = T(("f", "log", b))
AT = v("@0")


def resting(says, *uses):
    return Theorem(frozenset(), raw(says), frozenset(uses))


ACCEPTED = [
    Accept("assume", (eq(b, 3),), (), eq(b, 3), hyps=(eq(b, 3),)),
    Accept("cut", (), (eq(b, 3), th(pos(b), eq(b, 3), pos(N))), pos(b), hyps=(pos(N),)),
    Accept("cut", (), (eq(N, 2), th(pos(b), eq(b, 3))), pos(b), hyps=(eq(b, 3),)),
    Accept("ring", ((x + y) ** 2, x**2 + 2 * x * y + y * y), (), eq((x + y) ** 2, x**2 + 2 * x * y + y * y)),
    Accept("ring", ((b**2) ** q(1, 2), b), (nonneg(b),), eq((b**2) ** q(1, 2), b), (at_b(0), at_b(3))),
    Accept("ring", (b * b**-1, q(1)), (ne(b),), eq(b * b**-1, 1), (at_b(-2),)),
    Accept("ring", (b * b**-1, ind1("!=", b)), (), eq(b * b**-1, ind1("!=", b)), (at_b(-2), at_b(0))),
    Accept("trans", (), (eq(b, N + 1), eq(N + 1, 3)), eq(b, 3)),
    Accept("sym", (), (eq(b, 3),), eq(3, b)),
    Accept("cong", (E(z * b), (0, 0), ()), (eq(z, x * y),), eq(E(z * b), E((x * y) * b))),
    Accept(
        "cong", (S(1, N, i, x_("r", i) ** 2), (2,), (k,)),
        (th(eq(x_("r", k) ** 2, 1), nonneg(k - 1), nonneg(N - k)),),
        eq(S(1, N, i, x_("r", i) ** 2), S(1, N, i, 1)),
    ),
    Accept(
        "cong", (ind1("=", N - 2) * x, (1,), ()), (th(eq(x, y), eq(N - 2, 0)),),
        eq(ind1("=", N - 2) * x, ind1("=", N - 2) * y), (world(constants={"N": Fraction(3)}),),
    ),  # what a constant indicator says may be assumed beside it
    Accept(
        "cong", (ind1(">", x) * x, (1,), ()), (th(eq(x, 1), pos(x)),),
        eq(ind1(">", x) * x, ind1(">", x) * 1), hyps=(pos(x),),
    ),  # what a random one says may not: it stays
    Accept("unfold", (d_("h", 2),), (), eq(d_("h", 2), x_("r", 2) * x_("r", 2))),
    Accept("fact", (ENTRY["positive"], (N,)), (nonneg(N - 1),), pos(a.at(N))),
    Accept("fact", (ENTRY["times"], (E(x),)), (), eq(x * E(x), y * E(x))),
    Accept("general", ((i,), N + 1), (eq(E(x_("r", i)), 0),), eq(E(x_("r", N + 1)), 0)),
    Accept("general", ((K,), q(1)), (resting(pos(K), ENTRY["range"]),), pos(1), hyps=(nonneg(q(1) - 1),)),
    Accept("induction", (k, q(0), GAUSS), (eq(S(1, 0, i, i), q(0) * (q(0) + 1) * q(1, 2)), th(NEXT, IH, nonneg(k - 0))), IH, hyps=(nonneg(k - 0),)),
    Accept("line", (E(x) * b**-1, q(0)), (eq(E(x) * b**-1, 0), L1(x), ne(b)), line(E(x) * b**-1, 0)),
    Accept(
        "line", (S(1, N, i, i**-1), q(3, 2)),
        (eq(S(1, N, i, i**-1), q(3, 2)), th(ne(AT), nonneg(AT - 1), nonneg(N - AT))),
        line(S(1, N, i, i**-1), q(3, 2)),
    ),
    Accept("line", (b ** q(1, 2), b ** q(1, 2)), (eq(b ** q(1, 2), b ** q(1, 2)), nonneg(b)), line(b ** q(1, 2), b ** q(1, 2))),
    Accept("trust", ("a reason", (pos(b),), eq(b, 3)), (), eq(b, 3), hyps=(pos(b),)),
]  # fmt: skip

HEAVY = one(x=G)
FRACTION = world(functions={"g": lambda w: w % 1}, constants={"b": HALF})
REFUSED = [
    Refuse("assume", "neither an equation nor a sign", (L1(x),), ()),
    Refuse("cut", "one premise", (), (eq(b, 3),)),
    Refuse("ring", "no sign of b", ((b**2) ** q(1, 2), b), (), eq((b**2) ** q(1, 2), b), at_b(-1)),
    Refuse("ring", "a sign of another", ((b**2) ** q(1, 2), b), (pos(N),), eq((b**2) ** q(1, 2), b), at_b(-1)),
    Refuse("ring", "b may be 0", (b * b**-1, q(1)), (), eq(b * b**-1, 1), at_b(0)),
    Refuse("ring", "a root of a product", ((b * N) ** q(1, 2), b ** q(1, 2) * N ** q(1, 2)), (), eq((b * N) ** q(1, 2), b ** q(1, 2) * N ** q(1, 2)), at_b(-2, N=-2)),
    Refuse("ring", "a sum under a power", ((b + N) ** q(1, 2), b ** q(1, 2) + N ** q(1, 2)), (), eq((b + N) ** q(1, 2), b ** q(1, 2) + N ** q(1, 2)), at_b(2)),
    Refuse("ring", "E of a square", (E(x**2), E(x) ** 2), (), eq(E(x**2), E(x) ** 2), USUAL),
    Refuse("ring", "E is not linear by ring laws", (E(x + y), E(x) + E(y)), (), eq(E(x + y), E(x) + E(y)), one(x=G, y=1 + -1 * G)),
    Refuse("ring", "an equation is no sign", (b, N), (eq(b, 3),), eq(b, N), USUAL),
    Refuse("trans", "ends do not meet", (), (eq(b, 3), eq(N, 2)), eq(b, 2), USUAL),
    Refuse("trans", "no premise", (), ()),
    Refuse("sym", "a sign", (), (nonneg(b),), eq(0, b), USUAL),
    Refuse("cong", "another term there", (x * u, (0,), ()), (eq(u, u * 1),), eq(x * u, (u * 1) * u), USUAL),
    Refuse("cong", "no such place", (x * y, (2,), ()), (eq(x, x),)),
    Refuse(
        "cong", "the letter is not arbitrary", (S(1, 2, i, x_("r", i)), (2,), (k,)),
        (th(eq(x_("r", k), x), eq(k, 1)),), eq(S(1, 2, i, x_("r", i)), S(1, 2, i, x)), USUAL,
    ),
    Refuse(
        "cong", "the letter is not new", (S(1, 2, i, i + k), (2,), (k,)), (eq(k + k, 2 * k),),
        eq(S(1, 2, i, i + k), S(1, 2, i, 2 * i)), USUAL,
    ),
    Refuse(
        "cong", "one letter for two sums", (S(1, 2, i, S(1, 2, j, i * j)), (2, 2), (k, k)),
        (eq(k * k, k**2),), eq(S(1, 2, i, S(1, 2, j, i * j)), S(1, 2, i, S(1, 2, j, j**2))), USUAL,
    ),
    Refuse("cong", "no letter for the sum", (S(1, 2, i, i), (2,), ()), (eq(k, k),)),
    Refuse(
        "cong", "in a derivative", (D(x, x), (0,), ()), (eq(x, y),),
        eq(D(x, x), D(y, x)), one(x=Fraction(1), y=Fraction(1)),
    ),
    Refuse("cong", "an index that need not be whole", (x_("r", 3), (0,), ()), (eq(q(3), b),)),
    Refuse("unfold", "no definition", (x,), ()),
    Refuse("fact", "no condition", (ENTRY["positive"], (q(0),)), (), pos(a.at(0)), USUAL),
    Refuse("fact", "the condition of another", (ENTRY["positive"], (q(0),)), (nonneg(N - 1),), pos(a.at(0)), USUAL),
    Refuse("fact", "a random value", (ENTRY["times"], (x,)), (), eq(x * x, y * x), USUAL),
    Refuse("fact", "a value that is not whole", (ENTRY["whole"], (b,)), (), eq(f("g", b), 0), FRACTION),
    Refuse("fact", "two values", (ENTRY["whole"], (i, i)), ()),
    Refuse("fact", "no fact there", (0, ()), ()),
    Refuse("fact", "no entry there", (999, ()), ()),
    Refuse("general", "a value that is not whole", ((i,), b), (eq(f("g", i), 0),), eq(f("g", b), 0), FRACTION),
    Refuse("general", "a random value", ((i,), x), (eq(E(i * x), i * E(x)),), eq(E(x * x), x * E(x)), USUAL),
    Refuse("general", "a definition speaks of it", ((K,), q(5)), (eq(d_("K1"), K + 1),), eq(d_("K1"), q(5) + 1), USUAL, d=OF_K),
    Refuse("general", "it is told to be 2", ((K,), q(5)), (resting(eq(K, 2), ENTRY["two"]),), eq(q(5), 2), USUAL),
    Refuse("general", "a size is not arbitrary", ((N,), q(5)), (eq(N, 2),), eq(q(5), 2), USUAL),
    Refuse("general", "a variable is no letter", ((x,), q(5)), (eq(x * x, 1),), eq(q(5) * 5, 1), USUAL),
    Refuse("general", "two premises", ((i,), q(5)), (eq(i, i), eq(i, i))),
    Refuse(
        "induction", "no beginning", (k, q(0), prod_(SUM_K, GAUSS[2] + 1)),
        (th(eq(NEXT[1], NEXT[2] + 1), eq(SUM_K, GAUSS[2] + 1), nonneg(k - 0)),),
        eq(SUM_K, GAUSS[2] + 1), USUAL, hyps=(nonneg(k - 0),),
    ),
    Refuse(
        "induction", "the step is for small k only", (k, q(0), prod_(k * (k - 1) * (k - 2), 0)),
        (eq(q(0) * (q(0) - 1) * (q(0) - 2), 0), th(eq((k + 1) * (k + 1 - 1) * (k + 1 - 2), 0), nonneg(1 - k), nonneg(k - 0))),
        eq(k * (k - 1) * (k - 2), 0), USUAL, hyps=(nonneg(k - 0),),
    ),
    Refuse(
        "induction", "a step over two", (k, q(0), prod_(q(-1) ** k, 1)),
        (eq(q(-1) ** q(0), 1), th(eq(q(-1) ** (k + 2), 1), eq(q(-1) ** k, 1))),
        eq(q(-1) ** k, 1), USUAL, hyps=(nonneg(k - 0),),
    ),
    Refuse(
        "induction", "the beginning is for another k", (k, q(0), prod_(k, 3)),
        (th(eq(q(0), 3), eq(k, 7)), th(eq(k + 1, 3), eq(k, 3), eq(k, 7))),
        eq(k, 3), USUAL, hyps=(nonneg(k - 0),),
    ),
    Refuse("induction", "a beginning that moves", (k, k, GAUSS), (IH, th(NEXT, IH))),
    Refuse("induction", "a beginning that need not be whole", (k, b, prod_(f("g", k), 0)), (eq(f("g", b), 0), th(eq(f("g", k + 1), 0)))),
    Refuse("line", "no expectation", (E(x), q(0)), (eq(E(x), 0),), line(E(x), 0), HEAVY),
    Refuse("line", "the expectation of another", (E(x), q(0)), (eq(E(x), 0), L1(y)), line(E(x), 0), HEAVY),
    Refuse("line", "a pole", (b**-1, q(0)), (eq(b**-1, 0),), line(b**-1, 0), at_b(0)),
    Refuse("line", "a root of what is negative", (b ** q(1, 2), q(0)), (eq(b ** q(1, 2), 0),), line(b ** q(1, 2), 0), at_b(-1)),
    Refuse("line", "a pole under a root", (b ** q(-1, 2), q(0)), (eq(b ** q(-1, 2), 0), nonneg(b)), line(b ** q(-1, 2), 0), at_b(0)),
    Refuse("line", "a logarithm", (NAN, q(0)), (eq(NAN, 0), nonneg(b)), line(NAN, 0), at_b(0)),
    Refuse("line", "a pole for one letter", (S(0, 1, i, i**-1), q(1)), (eq(S(0, 1, i, i**-1), 1), th(ne(AT), nonneg(AT - 1))), line(S(0, 1, i, i**-1), 1), USUAL),
    Refuse("line", "a condition for what is not told", (b**-1, q(0)), (eq(b**-1, 0), th(ne(b), pos(b))), line(b**-1, 0), at_b(0)),
    Refuse("line", "the letter of a sum is taken", (AT**-1, AT**-1), (eq(AT**-1, AT**-1), th(ne(AT), ne(AT))), line(AT**-1, AT**-1), USUAL),
    Refuse("line", "another equation", (b, q(3)), (eq(q(3), b),)),
    Refuse("trust", "a line", ("a reason", (), line(b, 4)), (), line(b, 4), USUAL),
    Refuse("trust", "a premise", ("a reason", (), eq(b, 3)), (eq(b, 3),)),
]  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_accepted_and_true(case):
    case.check()


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_refused_and_false_somewhere(case):
    case.check()
