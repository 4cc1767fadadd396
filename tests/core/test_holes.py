"""What an attacker tried: derivations of what is false, and terms that would take for ever."""

from __future__ import annotations

import time

import pytest

from language import (  # isort: skip
    D, E, L1, S, c, d_, declared, eq, f, fact, i, ind1, j, k, law, n, nonneg, pos, prod_, q, raw,
    same, sum_, th, x_,
)  # fmt: skip

from symcheck.core.judge import Refusal, applied, judge
from symcheck.core.terms import MINUS, Refused

x, y, K = x_("x"), x_("y"), c("K")
BASE = (
    ("constant", "a", 0, "real"),
    ("constant", "K", 0, "index"),
    ("constant", "N", 0, "whole"),
    ("random", "x", 0),
    ("random", "y", 0),
    ("random", "h", 1),
    ("random", "l", 0),
    ("random", "W", 2),
    ("function", "g", 2),
)


def step(d, rule, *data, of=()):
    return applied(d, rule, tuple(of), raw(data))


def refused(d, rule, *data, of=(), why=None):
    with pytest.raises(Refused, match=why):
        step(d, rule, *data, of=of)


# ------------------------------------------------------------ letters


def test_a_letter_that_stands_in_the_term_is_not_arbitrary():
    # {1 <= k <= 3} |- k = k would turn the k outside into the index
    t = S(1, 3, j, j) + k
    own = th(eq(k, k), nonneg(k - 1), nonneg(q(3) - k))
    refused(declared(*BASE), "cong", t, (0, 2), (k,), of=[own], why="not new")


def test_a_hypothesis_about_the_letter_of_a_sum_stays():
    # k = 2 for k = 2 only
    t = S(1, 3, j, j)
    own = th(eq(k, 2), nonneg(k - 1), nonneg(q(3) - k), eq(k, 2))
    refused(declared(*BASE), "cong", t, (2,), (k,), of=[own], why="arbitrary")


def test_a_random_guard_is_not_discharged():
    # 1[x = 0] y with x = 0 |- y = 0
    t = ind1("=", x) * y
    made = step(declared(*BASE), "cong", t, (1,), (), of=[th(eq(y, 0), eq(x, 0))])
    assert made.hyps == {raw(eq(x, 0))}


def test_a_range_speaks_of_no_letter_that_is_swapped():
    refused(declared(*BASE), "swap", j, k, q(1), j, q(1), q(2), x_("W", j, k), why="letter")


def test_letters_of_the_core_are_not_to_be_written():
    data = {"terms": [["v", "~1"]], "steps": [], "claims": []}
    assert judge({"terms": [], "entries": []}, data) == Refusal("no name")


def test_a_fact_about_one_number_is_no_fact_about_all():
    with pytest.raises(Refused, match="letter"):
        declared(*BASE, fact(eq(c("a"), i)))
    with pytest.raises(Refused, match="letter"):
        declared(*BASE, fact(eq(c("a"), 0), (), (nonneg(i),)))


# ------------------------------------------------------------ an arbitrary index


def test_an_index_of_which_a_dependence_speaks_is_not_arbitrary():
    # l is a function of h[1], ..., h[K]: what holds of its slope for this K holds for no other
    d = declared(*BASE, ("depends", (), x_("l"), q(1), K, h_body()))
    claim = th(eq(E(D(x_("l"), x) * K), 0))
    refused(d, "general", (K,), q(0), of=[claim], why="dependence")


def h_body():
    return ("x", "h", ("b", 0))


def test_a_value_of_an_index_is_whole():
    refused(declared(*BASE), "general", (K,), q(1, 2), of=[th(eq(x_("h", K), 0))], why="whole")
    refused(declared(*BASE), "general", (K,), x, of=[th(eq(x_("h", K), 0))], why="whole")
    refused(declared(*BASE), "general", (c("N"),), q(1), of=[th(eq(c("N"), 0))], why="no index")


# ------------------------------------------------------------ slopes


def test_a_state_that_depends_on_the_one_before_it_has_a_slope_by_it():
    # h[k] is a function of h[k-1]: 1[k = k-1] = 0 is not its slope
    d = declared(*BASE, ("depends", (k,), x_("h", k), q(1), q(1), x_("h", k - 1)))
    refused(d, "derivative", D(x_("h", n), x_("h", n - 1)), why="own family")
    assert step(d, "derivative", D(x_("h", n), x_("h", n))).says[2][0] == "*"


def test_nor_where_it_depends_on_it_through_another():
    entries = (
        ("depends", (k,), x_("h", k), q(1), q(1), x_("W", k, k)),
        ("depends", (j, k), x_("W", j, k), q(1), q(1), d_("before", k)),
    )
    d = declared(*BASE, ("let", "before", (k,), 2 * x_("h", k - 1)), *entries)
    refused(d, "derivative", D(x_("h", n), x_("h", n - 1)), why="own family")
    refused(d, "chain", 0, (n,), x_("W", 1, 1), why="no declared")


def test_what_depends_on_others_depends_on_variables():
    with pytest.raises(Refused, match="variable"):
        declared(*BASE, ("depends", (), x_("l"), q(1), q(1), x + 1))


# ------------------------------------------------------------ laws, values, ends


def test_two_lists_of_one_law_are_of_one_length():
    with pytest.raises(Refused, match="as many"):
        declared(*BASE, fact(same((x, y), (y,))))


def test_a_half_is_no_index_that_is_picked():
    within = [th(nonneg(q(1, 2) - 0)), th(nonneg(q(1) - q(1, 2)))]
    refused(declared(*BASE), "pick", q(0), q(1), q(1, 2), raw(q(1)), of=within, why="whole")


def test_a_law_has_the_parameters_that_it_takes():
    d = declared(*BASE)
    refused(d, "normal_center", of=[th(law(x, "normal", 0))], why="another form|needed")
    refused(d, "cauchy_center", of=[th(law(x, "cauchy", 0))], why="needed")
    refused(d, "rademacher_mean", of=[th(law(x, "cauchy"))], why="needed")


@pytest.mark.parametrize("e", [q(1, 2), c("a")])
def test_a_power_that_is_not_whole_says_nothing_of_its_base(e):
    d = declared(*BASE)
    for power in (c("a") ** e * c("a") ** -e, (c("a") ** 2) ** e):
        for other in (q(1), c("a") ** (2 * e), ind1("!=", c("a"))):
            refused(d, "ring", power, other)
    refused(d, "ring", (c("a") * c("N")) ** e, c("a") ** e * c("N") ** e)


def test_zero_to_a_power():
    d = declared(*BASE)
    assert step(d, "ring", q(0) ** q(0), q(1))
    assert step(d, "ring", q(0) ** q(-1), q(0))
    refused(d, "ring", q(0) ** c("N"), q(0))  # N may be 0


# ------------------------------------------------------------ what would take for ever


def long_terms():
    """Terms of moderate size whose polynomials are not."""
    a, one = c("a"), q(1)
    number = q(3**12_000)
    for _ in range(5):
        number = number ** q(-100)
    yield "powers of numbers", number
    yield "powers of powers", ((a + one) ** q(50)) ** q(50)
    yield "fractions", sum_(*(a * q(1, 2**18_000 + m) for m in range(300)))
    yield "roots", prod_(*(c("p") ** q(1, 2**18_000 + m) for m in range(50)))
    big = x
    for _ in range(12):
        big = f("g", big, big)
    yield "atoms", (big + one) ** q(100)
    yield "factors", prod_(*(x_("h", q(m)) + a for m in range(40)))


@pytest.mark.parametrize(
    ("name", "t"), [*long_terms()], ids=lambda p: p if isinstance(p, str) else ""
)
def test_a_step_takes_bounded_work(name, t):
    d = declared(("constant", "p", 0, "real"), *BASE)
    start = time.perf_counter()
    refused(d, "ring", t, q(0), of=[th(pos(c("p")))], why="too|more than")
    assert time.perf_counter() - start < 60  # for ever, else


def test_indices_that_double_in_each_definition():
    entries = [("let", "f0", (i,), x_("h", i))]
    entries += [("let", f"f{m}", (i,), d_(f"f{m - 1}", i + i)) for m in range(1, 60)]
    with pytest.raises(Refused, match="too large"):
        declared(*BASE, *entries)


def test_indicators_in_indicators():
    t = c("a")
    for _ in range(33):
        t = ind1(">", t) * c("a")
    assert step(declared(*BASE), "constant", t, ()).says[2] == raw(t)


def test_a_theorem_that_doubles_in_each_step():
    d, told = declared(*BASE), th(pos(c("a")))
    for _ in range(15):
        told = step(d, "product_sign", of=[told, told])
    refused(d, "product_sign", of=[told, told], why="too large")


def test_a_large_value_at_many_places_under_a_sum():
    big = c("a")
    for _ in range(12):
        big = f("g", big, big)
    t = c("t")
    body = S(1, 5, j, j * sum_(*(f("abs", t) for _ in range(3000))))
    refused(declared(*BASE, fact(eq(body, 0), (t,))), "fact", len(BASE), (big,), why="too large")


def test_a_letter_of_a_fact_is_no_constant_of_a_definition():
    t = c("t")
    with pytest.raises(Refused, match="declared"):
        declared(*BASE, fact(eq(t, t), (t,)), ("let", "u", (), t))


def test_many_hypotheses():
    told = th(pos(c("a")), *(pos(c("a") + m) for m in range(2000)))
    refused(declared(*BASE), "product_sign", of=[told], why="hypotheses")


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"terms": [["x", "x", 0]], "steps": [], "claims": []},
        {"terms": [["+", 10**30]], "steps": [], "claims": []},
        {"terms": [["b", 0]], "steps": [["ring", [0, 0], []]], "claims": []},
        {"terms": [["q", 1, 0]], "steps": [], "claims": []},
        {"terms": [["q", True, 1]], "steps": [], "claims": []},
        {"terms": [[[]]], "steps": [], "claims": []},
        {"terms": [], "steps": [["trans", [], []]], "claims": []},
        {"terms": [], "steps": [["cut", [], [-1, 0]]], "claims": []},
        {"terms": [], "steps": [["__class__", [], []]], "claims": []},
        {"terms": [], "steps": [["never", [[], []], []]], "claims": []},
        {"terms": [], "steps": [[["ring"], [], []]], "claims": []},
        {"terms": [["q", 1, 1]], "steps": [["trust", ["w", [], ["line", 0, 0]], []]], "claims": []},
        {"terms": [], "steps": [], "claims": [["c", 0]]},
        {"terms": [["+"] + [0] * 5], "steps": [], "claims": []},
        {"terms": {}, "steps": [], "claims": []},
    ],
)
def test_whatever_is_handed_in_is_answered(data):
    assert isinstance(judge({"terms": [], "entries": []}, data), Refusal)
    assert isinstance(judge(data, {"terms": [], "steps": [], "claims": []}), Refusal)


def test_no_certificate_of_depth_brings_the_core_down():
    terms = [["q", 1, 1]]
    for m in range(3000):
        terms.append(["f", "abs", m])
    assert isinstance(
        judge({"terms": [], "entries": []}, {"terms": terms, "steps": [], "claims": []}), Refusal
    )


def test_what_does_not_exist_is_not_said_in_a_line():
    # E[x] of a Cauchy x is 0 for the core, by symmetry; no line says so
    d = declared(*BASE, fact(law(x, "cauchy")))
    refused(d, "line", E(x), q(0), of=[th(eq(E(x), 0))], why="L1")
    refused(d, "line", c("a") ** MINUS, q(0), of=[th(eq(c("a") ** MINUS, 0))], why="!=")
    assert step(d, "line", E(x), q(0), of=[th(eq(E(x), 0)), th(L1(x))])
