"""Rules of finite sums: what they accept is true, and what they refuse is false somewhere."""

from __future__ import annotations

import pytest
from cases import HALF, USUAL, Accept, N, Refuse, W, at_b, b, name
from language import S, eq, i, ind1, j, k, nonneg, pos, prod_, q, sum_, x_

BODY = ("b", 0)
R, PLAIN = ("x", "r", BODY), x_("r", i)
AFTER = sum_(N, -q(1), 1)
FEW = [at_b(3, N=s) for s in (-1, 0, 1, 2, 3)]
PICKED = S(1, N, i, ind1("=", 2 - i) * x_("r", i))


def inside(lo, hi, body):
    return prod_(("1", ">=", i - lo), ("1", ">=", hi - i), body)


ACCEPTED = [
    Accept("count", (q(1), N), (nonneg(AFTER),), eq(S(1, N, i, 1), AFTER), (at_b(3, N=0), USUAL)),
    Accept("empty", (N, q(1), R), (pos(N - 1),), eq(S(N, 1, i, PLAIN), 0)),
    Accept("single", (N, N, R), (), eq(S(N, N, i, PLAIN), x_("r", N)), tuple(FEW)),
    Accept("single", (N + 1, 1 + N, R), (), eq(S(N + 1, 1 + N, i, PLAIN), x_("r", N + 1)), tuple(FEW)),
    Accept("cut_range", (q(1), N, N + 1, q(3), R), (nonneg(AFTER), nonneg(3 - N)), eq(S(1, 3, i, PLAIN), S(1, N, i, PLAIN) + S(N + 1, 3, i, PLAIN)), tuple(FEW[1:])),
    Accept("pick", (q(1), N, q(2), R), (nonneg(q(2) - 1), nonneg(N - 2)), eq(PICKED, x_("r", 2)), tuple(FEW[3:])),
    Accept("sum_product", (q(1), N, R, q(0), q(2), ("*", b, BODY)), (), eq(S(1, N, i, PLAIN) * S(0, 2, i, b * i), S(1, N, i, S(0, 2, j, PLAIN * (b * j)))), tuple(FEW)),
    Accept("swap", (j, k, q(1), N, q(0), q(2), W.at(j, k) * j), (), eq(S(1, N, j, S(0, 2, k, W.at(j, k) * j)), S(0, 2, k, S(1, N, j, W.at(j, k) * j))), tuple(FEW)),
    Accept("shift", (q(1), N, R, q(2)), (), eq(S(1, N, i, PLAIN), S(q(1) + 2, N + 2, i, x_("r", i - 2))), tuple(FEW)),
    Accept("reverse", (q(1), N, R, N), (), eq(S(1, N, i, PLAIN), S(N - N, N - 1, i, x_("r", N - i))), tuple(FEW)),
    Accept("widen", (q(1), N, q(0), q(3), R), (nonneg(q(1) - 0), nonneg(3 - N)), eq(S(1, N, i, PLAIN), S(0, 3, i, inside(q(1), N, PLAIN))), tuple(FEW)),
]  # fmt: skip

LESS = at_b(3, N=-1)
REFUSED = [
    Refuse("count", "it may be less than empty", (q(1), N), (), eq(S(1, N, i, 1), AFTER), LESS),
    Refuse("count", "the premise of another", (q(1), N), (nonneg(sum_(b, -q(1), 1)),), eq(S(1, N, i, 1), AFTER), LESS),
    Refuse("count", "a bound that need not be whole", (q(1), b), (nonneg(sum_(b, -q(1), 1)),), eq(S(1, b, i, 1), sum_(b, -q(1), 1)), at_b(HALF)),
    Refuse("empty", "it need not be empty", (q(1), N, R), (), eq(S(1, N, i, PLAIN), 0), USUAL),
    Refuse("empty", "one term is left", (q(1), q(1), R), (nonneg(q(1) - 1),), eq(S(1, 1, i, PLAIN), 0), USUAL),
    Refuse("single", "the bounds differ", (q(1), N, R), (), eq(S(1, N, i, PLAIN), x_("r", 1)), USUAL),
    Refuse("single", "the bound need not be whole", (b, b, q(1)), (), eq(S(b, b, i, 1), 1), at_b(HALF)),
    Refuse("cut_range", "a term is left out", (q(1), q(1), q(3), q(3), R), (nonneg(sum_(1, -q(1), 1)), nonneg(q(3) - 1)), eq(S(1, 3, i, PLAIN), S(1, 1, i, PLAIN) + S(3, 3, i, PLAIN)), USUAL),
    Refuse("cut_range", "cut before the first", (q(1), N, N + 1, q(3), BODY), (nonneg(b), nonneg(3 - N)), eq(S(1, 3, i, i), S(1, N, i, i) + S(N + 1, 3, i, i)), at_b(3, N=-2)),
    Refuse("cut_range", "cut after the last", (q(1), q(3), q(4), N, BODY), (nonneg(sum_(3, -q(1), 1)), nonneg(b)), eq(S(1, N, i, i), S(1, 3, i, i) + S(4, N, i, i)), USUAL),
    Refuse("cut_range", "where need not be whole", (q(1), b, b + 1, q(3), BODY), (nonneg(sum_(b, -q(1), 1)), nonneg(3 - b)), eq(S(1, 3, i, i), S(1, b, i, i) + S(b + 1, 3, i, i)), None),
    Refuse("pick", "above", (q(1), N, q(3), q(1)), (nonneg(q(3) - 1), nonneg(b - 3)), eq(S(1, N, i, ind1("=", 3 - i) * 1), 1), USUAL),
    Refuse("pick", "below", (q(1), N, q(0), q(1)), (nonneg(b), nonneg(N - 0)), eq(S(1, N, i, ind1("=", 0 - i) * 1), 1), USUAL),
    Refuse("pick", "it need not be whole", (q(0), q(1), b, q(1)), (nonneg(b - 0), nonneg(1 - b)), eq(S(0, 1, i, ind1("=", b - i) * 1), 1), at_b(HALF)),
    Refuse("sum_product", "a premise", (q(1), N, R, q(0), q(2), R), (nonneg(b),)),
    Refuse("swap", "a range moves", (j, k, q(1), q(2), q(1), j, q(1)), (), eq(S(1, 2, i, S(1, i, k, 1)), S(1, j, k, S(1, 2, i, 1))), USUAL),
    Refuse("swap", "one letter twice", (j, j, q(1), N, q(0), q(2), x_("r", j)), (), eq(S(1, N, i, S(0, 2, j, x_("r", j))), S(0, 2, i, S(1, N, j, x_("r", j)))), USUAL),
    Refuse("swap", "no letter", (b, k, q(1), N, q(0), q(2), q(1)), ()),
    Refuse("swap", "a premise", (j, k, q(1), N, q(1), N, q(1)), (nonneg(b),)),
    Refuse("shift", "a shift that need not be whole", (q(1), N, BODY, b), (), eq(S(1, N, i, i), S(1 + b, N + b, i, i - b)), at_b(HALF)),
    Refuse("reverse", "about what need not be whole", (q(1), N, BODY, b), (), eq(S(1, N, i, i), S(b - N, b - 1, i, b - i)), at_b(HALF)),
    Refuse("widen", "it begins later", (q(1), N, q(2), q(3), BODY), (nonneg(b), nonneg(3 - N)), eq(S(1, N, i, i), S(2, 3, i, inside(q(1), N, i))), USUAL),
    Refuse("widen", "it ends before", (q(1), N, q(0), q(1), BODY), (nonneg(q(1) - 0), nonneg(b)), eq(S(1, N, i, i), S(0, 1, i, inside(q(1), N, i))), USUAL),
]  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_accepted_and_true(case):
    case.check()


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_refused_and_false_somewhere(case):
    case.check()
