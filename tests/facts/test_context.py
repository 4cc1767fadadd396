"""The questions that rules ask; unknown always means no."""

from __future__ import annotations

import pytest
from sympy import Rational, S, oo

from symcheck.facts.context import Context, Scope
from symcheck.language.expr import E, Sum, exp, index, mul, power, relu, sigmoid
from symcheck.reading.parser import SyntaxProblem
from symcheck.reading.syntax import parse

i, j, k = map(index, "ijk")


def apart(*pairs):
    return Scope(apart=frozenset(frozenset(p) for p in pairs))


@pytest.fixture
def layer():
    c = Context()
    c.size("D")
    W = c.random("W", i, j, mean=0, variance=1)
    f = c.random("f", j, variance=1)
    c.independent(W(i, j), over=[i, j])
    c.independent("W", "f")
    h = c.let("h", j, body=relu(f(j)))
    return c, W, f, h


def test_members_of_an_independent_family(layer):
    c, W, _, _ = layer
    assert c.independent_of([W(1, 2)], [W(1, 3)]) is not None
    assert c.independent_of([W(i, j)], [W(i, k)]) is None  # j may be k
    assert c.independent_of([W(i, j)], [W(i, k)], apart((j, k))) is not None
    assert c.independent_of([W(i, j)], [W(i, j + 1)]) is not None
    assert c.independent_of([W(i, j)], [W(i, j)]) is None


def test_one_member_against_everything_else(layer):
    c, W, _f, h = layer
    scope = apart((j, k))
    assert c.independent_of([W(i, j)], [W(i, k), h(j), h(k)], scope) is not None
    assert c.independent_of([W(i, j), h(j)], [W(i, k)], scope) is not None
    assert c.independent_of([h(j)], [h(k)], scope) is None  # the f are not declared independent


def test_summed_indices_may_take_any_value(layer):
    c, W, f, _ = layer
    D = c.sizes["D"]
    row = Sum(W(i, j), (j, 1, D))
    assert c.independent_of([row], [W(i, k)]) is None
    assert c.independent_of([row], [f(k)]) is not None
    assert c.independent_of([Sum(W(1, j), (j, 1, D))], [Sum(W(2, j), (j, 1, D))]) is not None


def test_pairwise_is_not_mutual():
    c = Context()
    x, y, z = (c.random(n, mean=0, variance=1) for n in "xyz")
    c.independent("x", "y", "z", pairwise=True)
    assert c.independent_of([x], [y]) is not None
    assert c.independent_of([x], [y, z]) is None


def test_independence_member_by_member_does_not_reach_across():
    c = Context()
    W = c.random("W", i, j, mean=0, variance=1)
    f = c.random("f", j, variance=1)
    c.independent(W(i, j), over=[i, j])
    c.independent(W(i, j), f(j))
    assert c.independent_of([W(1, 2)], [f(2)]) is not None
    assert c.independent_of([W(1, 2)], [f(3)]) is None
    assert c.independent_of([W(1, 2)], [f(2), f(3)]) is None


def test_independence_over_one_index_holds_the_others_fixed():
    c = Context()
    W = c.random("W", i, j, mean=0)
    c.independent(W(i, j), over=[j])
    assert c.independent_of([W(1, 2)], [W(1, 3)]) is not None
    assert c.independent_of([W(1, 2)], [W(2, 3)]) is None


def test_contraction():
    c = Context()
    x, y, z = (c.random(n, mean=0) for n in "xyz")
    c.independent("x", "y")
    c.independent(("x", "y"), "z")
    assert c.independent_of([x], [y, z]) is not None
    d = Context()
    x, y, z = (d.random(n, mean=0) for n in "xyz")
    d.independent("x", "y")
    d.independent("x", "z")
    assert d.independent_of([x], [y, z]) is None  # z = x xor y is a counterexample


def test_vectors_independent_over_an_index():
    c = Context()
    x, y = c.random("x", j, mean=0), c.random("y", j, mean=0)
    c.independent((x(j), y(j)), over=[j])
    assert c.independent_of([x(1)], [y(2)]) is not None
    assert c.independent_of([x(1)], [y(1)]) is None


def test_constants():
    c = Context()
    x = c.random("x", mean=0)
    mu = c.let("mu", body=E(x))
    assert c.constant(mu)
    assert c.constant(E(power(x, 2)))
    assert not c.constant(E(x, x))
    assert c.constant(c.real("a"))


@pytest.mark.parametrize(
    ("declared", "g", "finite", "unknown"),
    [
        (dict(variance=1), lambda x: power(x, 2), [1], [2]),
        (dict(variance=1), lambda x: power(x, 3), [Rational(2, 3)], [1]),
        (dict(mean=0), lambda x: relu(x), [1], [2]),
        (dict(), lambda x: x, [], [Rational(1, 9)]),
        (dict(), lambda x: sigmoid(x), [1, 64, oo], []),
        (dict(law=("cauchy", ())), lambda x: x, [Rational(9, 10)], [1]),
        (dict(law=("student", (5,))), lambda x: power(x, 4), [1, Rational(6, 5)], [Rational(5, 4)]),
        (dict(law=("student", (4,))), lambda x: power(x, 4), [Rational(3, 4)], [1]),
        (dict(law=("normal", (0, 1))), lambda x: exp(x), [1, 64], [oo]),
        (dict(law=("normal", (0, 1))), lambda x: exp(power(x, 2)), [], [1]),  # E[exp(x²)] is oo
        (dict(law=("normal", (0, 1))), lambda x: power(x, -1), [Rational(9, 10)], [1]),
        (dict(law=("exponential", (3,))), lambda x: exp(x), [2], [3]),
        (dict(law=("exponential", (3,))), lambda x: exp(mul(-1, x)), [oo], []),
        (dict(law=("bernoulli", (Rational(1, 2),))), lambda x: exp(x), [oo], []),
        (dict(variance=1), lambda x: exp(x), [], [Rational(1, 9)]),
        (dict(variance=1), lambda x: power(x, -1), [], [Rational(1, 9)]),
    ],
)
def test_finite_moments(declared, g, finite, unknown):
    c = Context()
    e = g(c.random("x", **declared))
    assert all(c.integrable(e, p=p) is not None for p in finite)
    assert all(c.integrable(e, p=p) is None for p in unknown)


def test_products_need_independence_or_higher_moments():
    c = Context()
    x, y = c.random("x", variance=1), c.random("y", variance=1)
    assert c.integrable(mul(x, y)) is not None  # Cauchy and Schwarz
    assert c.integrable(mul(power(x, 2), power(y, 2))) is None
    c.independent("x", "y")
    assert c.integrable(mul(power(x, 2), power(y, 2))) is not None


def test_declared_finite():
    c = Context()
    x = c.random("x")
    assert c.integrable(power(x, -1)) is None
    c.assume_finite(power(x, -1))
    assert c.integrable(power(x, -1)) is not None
    assert c.integrable(power(x, -2)) is None


def test_signs():
    c = Context()
    x, y = c.random("x", sign=">"), c.random("y")
    s, a = c.real("s", ">"), c.real("a")
    D = c.size("D")
    assert c.nonzero(mul(D, power(s, 2))) is not None
    assert c.nonzero(a) is None
    assert c.nonzero(x) is not None
    assert c.nonzero(y) is None
    assert c.positive(1 + power(a, 2)) is not None
    assert c.positive(power(a, 2)) is None
    assert c.positive(power(a, 2), strict=False) is not None


def test_symmetry_is_not_zero_mean():
    c = Context()
    assert c.symmetric(c.random("x", mean=0)) is None
    assert c.symmetric(c.random("y", symmetric=True)) is not None
    assert c.symmetric(c.random("z", law=("normal", (0, 4)))) is not None
    assert c.symmetric(c.random("u", law=("normal", (1, 4)))) is None
    assert c.symmetric(c.random("v", law=("uniform", (-2, 2)))) is not None
    assert c.symmetric(c.random("w", law=("uniform", (0, 2)))) is None


def test_declaring_twice_is_refused():
    c = Context()
    c.random("x")
    with pytest.raises(ValueError, match="declared twice"):
        c.size("x")
    with pytest.raises(ValueError, match="unknown law"):
        c.random("y", law=("gauss", (0, 1)))
    with pytest.raises(ValueError, match="takes mean, variance"):
        c.random("z", law=("normal", (0,)))


def test_moments_of_laws_against_numerical_integration():
    import mpmath

    density = {
        "normal": lambda t: mpmath.npdf(t, 1, mpmath.sqrt(2)),
        "uniform": lambda t: mpmath.mpf(1) / 3,
        "laplace": lambda t: mpmath.exp(-abs(t - 1) / 2) / 4,
        "exponential": lambda t: 2 * mpmath.exp(-2 * t),
    }
    where = {
        "normal": ((1, 2), [-mpmath.inf, 1, mpmath.inf]),
        "uniform": ((-1, 2), [-1, 2]),
        "laplace": ((1, 2), [-mpmath.inf, 1, mpmath.inf]),
        "exponential": ((2,), [0, mpmath.inf]),
    }
    for name, pdf in density.items():
        parameters, cuts = where[name]
        c = Context()
        x = c.random("x", law=(name, parameters))
        for n in range(5):
            exact = c.moment(x, n)[0] if n else S.One
            seen = mpmath.quad(lambda t, n=n, pdf=pdf: t**n * pdf(t), cuts)
            assert abs(mpmath.mpf(str(exact.evalf(20))) - seen) < 1e-9, (name, n)


def test_a_law_that_may_be_a_single_point_has_atoms():
    c = Context()
    s, t = c.real("s"), c.real("t", ">")
    assert c.atomless(c.random("x", law=("normal", (0, s**2)))) is None
    assert c.atomless(c.random("y", law=("normal", (0, t**2)))) is not None
    assert c.atomless(c.random("u", law=("uniform", (-t, t)))) is not None
    assert c.atomless(c.random("v", law=("uniform", (-s, s)))) is None


def test_the_product_of_a_shifted_variable_needs_the_other_one():
    c = Context()
    x, y, z, w = (c.random(n, mean=m) for n, m in (("x", 0), ("y", None), ("z", 0), ("w", 0)))
    c.assume_finite((x - 1) * y)  # x = 1 is possible, whatever y is
    c.assume_finite((z - 2) * (w - 1))
    assert c.integrable(x * y) is None
    assert c.integrable(z * w) is not None  # each of them has a mean


def test_the_range_of_an_index_depends_on_another():
    c = Context()
    n, m = c.size("n"), c.size("m", zero=True)
    row, column, free = c.index("i"), c.index("k"), c.index("l")
    c.ranges.update({row: (S.One, n), column: (S.One, row), free: (S.One, m)})
    x = c.random("x", column, row)
    c.assume_finite(x(column, row))
    assert c.integrable(x(1, row)) is not None
    assert c.integrable(x(row, 1)) is None
    assert c.positive(n + 1 - column) is not None
    assert c.positive(m) is None  # the range of l may be empty
    assert c.positive(m + 1 - free) is not None


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ("random x ~ normal(0, 1), mean 1", "by its law 0"),
        ("random x ~ bernoulli(1/2), variance 1", "by its law 1 / 4"),
        ("real w, v > 0\nrandom x ~ normal(w, v), mean w + v", "by its law"),
        ("real v > 0\nrandom x variance -v", "negative"),
        ("random x symmetric, mean 1", "symmetric"),
        ("random x > 0 mean 0", "has no mean 0"),
        ("random x >= 0 mean 0, variance 1", "has mean 0"),
        ("random x >= 0 mean -1", "has no mean -1"),
    ],
)
def test_what_no_variable_has_together_is_refused(declared, words):
    with pytest.raises(SyntaxProblem, match=words):
        parse(declared)


@pytest.mark.parametrize(
    "declared",
    [
        "random x ~ bernoulli(1/2), mean 1/2, variance 1/4",
        "real w\nrandom x ~ normal(w, w^2), mean w",
        "real w\nrandom x variance w",
        "random x >= 0 mean 0",
        "random x symmetric, mean 0, variance 1",
    ],
)
def test_what_a_variable_may_have_together_is_declared(declared):
    assert parse(declared).context.randoms
