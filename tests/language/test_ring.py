"""Ring algebra against SymPy's own expand, and against identities of school algebra."""

from __future__ import annotations

from random import Random

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Ne, Rational, Symbol

from symcheck.language import ring
from symcheck.language.expr import RV, E, Ind, Sum, add, evaluated, index, mul, neg, power
from symcheck.language.ring import TooLarge, canonical, denominators, equal, expand, tidy

a, b, c = sympy.symbols("a b c", real=True)
s = Symbol("s", positive=True)
j, k = index("j"), index("k")
n = Symbol("n", integer=True, positive=True)
x = RV("x")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (power(add(a, b), 2), add(power(a, 2), mul(2, a, b), power(b, 2))),
        (mul(add(a, b), add(a, neg(b))), add(power(a, 2), neg(power(b, 2)))),
        (mul(a, power(add(1, a), -1)), add(1, neg(power(add(1, a), -1)))),
        (add(mul(a, power(b, -1)), mul(c, power(b, -1))), mul(add(a, c), power(b, -1))),
        (power(mul(s, s), Rational(1, 2)), s),
        (power(power(Integer(2), Rational(1, 2)), 2), Integer(2)),
        (power(Ind(x > 0), 2), Ind(x > 0)),
        (power(add(2, mul(2, a)), -1), mul(Rational(1, 2), power(add(1, a), -1))),
        (mul(power(a, n), a), power(a, add(n, 1))),
    ],
)
def test_equal(left, right):
    assert equal(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (power(add(a, b), 2), add(power(a, 2), power(b, 2))),
        (power(mul(a, a), Rational(1, 2)), a),  # |a|, not a
        (E(power(x, 2)), power(E(x), 2)),
        (E(x), x),
    ],
)
def test_not_equal(left, right):
    assert not equal(left, right)


def test_order_of_expansion_is_the_written_order():
    mu = Symbol("mu", real=True)
    assert expand(power(add(x, neg(mu)), 2)).args == (power(x, 2), mul(-2, x, mu), power(mu, 2))


def test_sums_agree_up_to_the_order_of_their_indices():
    one = Sum(mul(RV("x", j), RV("y", k)), (j, 1, n), (k, 1, n), Ne(j, k))
    two = Sum(mul(RV("y", j), RV("x", k)), (j, 1, n), (k, 1, n), Ne(j, k))
    assert equal(one, two)
    free = Sum(mul(RV("x", j), RV("y", k)), (j, 1, n), (k, 1, n))
    assert not equal(one, free)


def test_tidy_removes_zeros_and_collects_but_multiplies_nothing_out():
    e = add(0, Sum(mul(0, E(x)), (j, 1, n)), mul(2, a), mul(3, a))
    assert tidy(e) == mul(5, a)
    product = mul(a, add(b, c))
    assert tidy(product) == product


def test_bounds():
    with pytest.raises(TooLarge):
        expand(power(add(a, b), 1000))
    with pytest.raises(TooLarge):
        expand(power(add(*sympy.symbols("v0:60", real=True)), 3))


def test_denominators_are_found_inside():
    assert denominators(E(mul(a, power(add(x, 1), -1)))) == [add(x, 1)]


leaves = st.sampled_from([a, b, c, Integer(2), Integer(-1), Rational(1, 3)])
trees = st.recursive(
    leaves,
    lambda t: st.one_of(
        st.tuples(t, t).map(lambda p: add(*p)),
        st.tuples(t, t).map(lambda p: mul(*p)),
        st.tuples(t, st.integers(2, 3)).map(lambda p: power(*p)),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(trees, trees)
def test_agrees_with_sympy_expand(p, q):
    try:
        assert sympy.expand(evaluated(expand(p)) - evaluated(p)) == 0
        assert equal(p, q) == (sympy.expand(evaluated(p) - evaluated(q)) == 0)
        assert (canonical(p) == canonical(q)) == equal(p, q)
    except TooLarge:
        pass


def test_sums_are_put_together_as_sympy_does():
    """Seeded; equality must hold for every list of terms, so there is no error rate."""
    draw = Random(0)
    root, half = sympy.sqrt, Rational(1, 2)
    atoms = [a, n, 1 / a, root(a), root(2), Integer(1), half, 1 / (a + n), E(x), RV("f", n)]
    for _ in range(2000):
        terms = [
            sympy.Mul(draw.choice([1, 2, -1, half]), *draw.choices(atoms, k=draw.randint(1, 3)))
            for _ in range(draw.randint(0, 5))
        ]
        ours, theirs = ring._sum(terms), sympy.Add(*terms)
        assert (ours, ours.args, hash(ours)) == (theirs, theirs.args, hash(theirs))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("1 / sqrt(a + b)", "1 / (a + b)", False),
        ("sqrt(1 / (a + b))", "1 / (a + b)", False),
        ("1 / sqrt(a + 1)^3", "1 / (a + 1)", False),
        ("c / sqrt(a + b)", "c / (a + b)", False),
        ("c^2 / sqrt(1 + a^2)", "c^2 / (1 + a^2)", False),
        ("(a + b)^K", "1 / (a + b)", False),
        ("(a + b)^K / (a + b)", "1 / (a + b)", False),
        ("1 / sqrt(a + b)", "sqrt(a + b) / (a + b)", True),
        ("(a + b) / sqrt(a + b)", "sqrt(a + b)", True),
        ("a / sqrt(a + b) + b / sqrt(a + b)", "sqrt(a + b)", True),
        ("sqrt(a + b)^2", "a + b", True),
        ("sqrt(a + b) sqrt(a + b) / (a + b)", "1", True),
        ("1 / sqrt(a + 1)^3", "sqrt(a + 1) / (a^2 + 2 a + 1)", True),
    ],
)
def test_roots_of_sums_are_no_sums(left, right, same):
    """Compared with numbers, too: a = 2, b = 3, c = 5, K = 2."""
    from symcheck.reading.syntax import parse, parse_expression

    context = parse("size K\nreal a > 0, b > 0, c\n").context
    one, two = (parse_expression(t, context) for t in (left, right))
    numbers = dict(zip(context.symbols.values(), (2, 3, 5), strict=True))
    numbers[context.sizes["K"]] = 2
    values = [complex(e.subs(numbers).doit()).real for e in (one, two)]
    assert (abs(values[0] - values[1]) < 1e-9) == same
    assert equal(one, two) == same


def test_what_is_equal_has_the_same_value():
    """160 random terms with sums, products, quotients and roots: no two are equal that differ.

    Positive numbers for a, b and c, so that every root and quotient exists.
    """
    rng = Random(5)
    p, q, r = sympy.symbols("p q r", positive=True)

    def term(depth):
        kind = rng.randrange(5 if depth else 2)
        if kind == 0:
            return rng.choice([p, q, r])
        if kind == 1:
            return Integer(rng.choice([1, 2, 3]))
        if kind == 2:
            return add(term(depth - 1), term(depth - 1))
        if kind == 3:
            return mul(term(depth - 1), term(depth - 1))
        exponents = [-1, 2, -2, Rational(1, 2), Rational(-1, 2), Rational(-3, 2)]
        return power(term(depth - 1), rng.choice(exponents))

    terms = [term(3) for _ in range(120)]
    sums = [t for t in terms if t.is_Add][:10]
    terms += [power(t, x) for t in sums for x in (-1, Rational(-1, 2), Rational(1, 2), -2)]
    numbers = {p: 2.3, q: 0.7, r: 3.1}
    values = [float(t.subs(numbers)) for t in terms]
    found = 0
    for n, one in enumerate(terms):
        for m in range(n):
            if equal(one, terms[m]):
                found += 1
                assert values[n] == pytest.approx(values[m], rel=1e-9), (one, terms[m])
    assert found > 100
