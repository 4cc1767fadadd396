"""The language: inert heads, bound indices, written order, JSON."""

from __future__ import annotations

import pytest
from sympy import Integer, Ne, Rational, Symbol

from symcheck.language.expr import (
    RV,
    Def,
    E,
    Ind,
    Int,
    Param,
    Sum,
    add,
    evaluated,
    flat,
    from_json,
    index,
    mul,
    neg,
    power,
    relu,
    replace,
    subterms,
    to_json,
)  # fmt: skip

i, j, k = map(index, "ijk")
D = Symbol("D", integer=True, positive=True)
x, y = RV("x"), RV("y")


def total(body, *names, apart=()):
    return Sum(body, *((n, 1, D) for n in names), *(Ne(a, b, evaluate=False) for a, b in apart))


def test_expectation_of_a_constant_stays_until_rule_1_is_asked():
    assert E(Integer(3)) != 3
    assert E(E(x)) != E(x)


def test_sums_are_equal_up_to_the_name_of_their_index():
    assert total(RV("x", j), j) == total(RV("x", k), k)
    assert total(RV("x", j) * RV("y", k), j, k) == total(RV("x", i) * RV("y", j), i, j)
    assert total(RV("x", j), j) != total(RV("x", i), j)


def test_substitution_does_not_capture():
    s = total(mul(RV("x", i), RV("y", j)), j)  # i is free
    for moved in (s.subs(i, j), s.xreplace({i: j}), replace(s, {i: j})):
        assert moved.free_symbols == {D, j}
        assert moved != total(mul(RV("x", j), RV("y", j)), j)


def test_a_canonical_name_set_free_by_hand_is_not_caught():
    (inner,) = total(RV("x", j), j).bound
    s = Sum(mul(RV("x", j), RV("y", inner)), (j, 1, D))
    assert inner in s.free_symbols


def test_bound_names_never_occur_free():
    nested = total(mul(RV("a", j), total(mul(RV("b", k), RV("c", j)), k)), j)
    assert nested.free_symbols == {D}
    outer, *_ = nested.open((i,))
    assert outer.free_symbols == {D, i}


def test_substitution_of_an_index_under_two_sums_of_the_same_height():
    a = total(mul(RV("x", i), total(RV("y", j), j)), k)
    moved = replace(a, {RV("x", i): total(RV("z", j), j)})
    assert moved == total(mul(total(RV("z", j), j), total(RV("y", j), j)), k)


def test_conditions_need_two_different_indices():
    with pytest.raises(TypeError):
        total(x, j, k, apart=[(j, j)])
    with pytest.raises(TypeError):
        Sum(x, (j, 1, D), (j, 1, D))


def test_written_order_is_kept():
    mu = Symbol("mu", real=True)
    e = add(power(x, 2), neg(mul(2, mu, x)), power(mu, 2))
    assert e.args == (power(x, 2), mul(-2, mu, x), power(mu, 2))
    assert E(add(y, x)).args[0].args == (y, x)


def test_products_keep_zero_and_merge_equal_bases():
    assert mul(0, E(x)).args == (Integer(0), E(x))
    assert mul(x, y, x).args == (power(x, 2), y)
    assert mul(2, x, Rational(1, 2)) == x
    assert neg(add(x, neg(y))).args == (mul(-1, x), y)


def test_flat_merges_what_was_written_verbatim():
    from sympy import Mul, Pow

    verbatim = Mul(x, Mul(2, Pow(x, 2, evaluate=False), evaluate=False), evaluate=False)
    assert flat(verbatim) == mul(2, power(x, 3))


def test_indicators_are_oriented():
    assert Ind(x < 3) == Ind(3 > x) == Ind(Integer(3) > x)
    assert Ind(Integer(3) > Integer(2)) == 1
    with pytest.raises(TypeError):
        Ind(x)


def test_replace_does_not_touch_bound_names_of_an_integral():
    t = Symbol("t", real=True)
    area = Int(power(t, 2), (t, x, 0, D))
    assert area == Int(power(Symbol("u", real=True), 2), (Symbol("u", real=True), x, 0, D))
    assert replace(area, {x: y}) == Int(power(t, 2), (t, y, 0, D))


@pytest.mark.parametrize(
    "e",
    [
        E(relu(RV("f", j)) ** 2, y),
        total(mul(Param("c", j), E(RV("x", j) * RV("x", k))), j, k, apart=[(j, k)]),
        Def("f'", i),
        Ind(x > 0),
        power(Symbol("σ_Ω", positive=True), Rational(1, 2)),
    ],
)
def test_json_round_trip(e):
    import json

    assert from_json(json.loads(json.dumps(to_json(e)))) == e


@pytest.mark.parametrize(
    "bad", [None, [], "x", ["Popen", 1], {"a": 1}, True, ["Symbol", "x", "evil"]]
)
def test_json_refuses_what_is_no_expression(bad):
    with pytest.raises(ValueError):
        from_json(bad)


def test_evaluated_gives_plain_sympy_arithmetic():
    assert evaluated(mul(2, add(x, x))) == 4 * x


def test_subterms_do_not_enter_labels():
    assert {str(s) for s in subterms(RV("x", j))} == {"x[j]", "j"}
