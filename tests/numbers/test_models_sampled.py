"""The sampled models against facts that are known from outside.

Every seed is fixed.  A true line is called different with probability at most 1e-6 in
one call of ``compare`` (see symcheck.numbers.sampled), so the tests of true lines fail
by chance at most once in 10^5 changes of a seed.  Tests that expect a difference use
lines whose difference is more than 20 standard errors wide.
"""

import tracemalloc

import mpmath
import numpy as np
import pytest

from symcheck.language.expr import flat
from symcheck.numbers.quantiles import student_quantile
from symcheck.numbers.sampled import compare
from symcheck.numbers.shapes import SHAPES, asymmetric, normal_quantile
from symcheck.reading.syntax import parse, parse_expression

HE = """
size D
real s > 0, t > 0
random f[j] mean 0, variance t^2, symmetric
random W[i,j] mean 0, variance s^2
independent W[i,j] over i, j
independent W and f
let h[j] = relu(f[j])
let y[i] = sum(j = 1..D) W[i,j] h[j]
"""


def run(text, *lines, **options):
    context = parse(text).context
    pairs = [
        tuple(flat(parse_expression(side.strip(), context)) for side in line.split(" == "))
        for line in lines
    ]
    return compare(context, pairs, **({"samples": 6000} | options))


# ---------------------------------------------------------------- laws


@pytest.mark.parametrize("shape", [*SHAPES, asymmetric(0.1)], ids=lambda s: s.name)
def test_every_shape_has_mean_zero_and_variance_one(shape):
    n = 400_000
    u = (np.arange(n) + 0.5) / n
    z = shape.quantile(u)
    assert abs(z.mean()) < 1e-4
    assert abs((z * z).mean() - 1) < 1e-3
    assert z.min() >= shape.low - 1e-9
    half = (np.maximum(z, 0) ** 2).mean()
    if shape.symmetric:
        assert abs(half - 0.5) < 1e-3  # E[relu(Z)^2] = Var(Z)/2 for symmetric Z
    else:
        assert abs(half - 0.5) > 0.05
    if shape.fill is not None:
        x = np.empty(200_000)
        shape.fill(np.random.default_rng(1), x)
        assert abs(x.mean()) < 0.012  # 5 standard errors
        assert abs((x * x).mean() - 1) < 0.03


def test_quantiles_of_the_normal_law():
    # Reference values: mpmath, 30 digits.
    u = np.array([0.975, 1e-10, 0.5, 0.2, 1 - 1e-6])
    with mpmath.workdps(30):
        exact = [float(mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(float(x)) - 1)) for x in u]
    np.testing.assert_allclose(normal_quantile(u), exact, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("tail", [0.025, 1e-4, 1e-9, 1e-12])
def test_quantiles_of_student(tail):
    # Two degrees of freedom have a closed form; 31 against the incomplete beta function.
    assert student_quantile(tail, 2) == pytest.approx(
        (1 - 2 * tail) / np.sqrt(2 * tail * (1 - tail)), rel=1e-4
    )
    t = student_quantile(tail, 31)
    back = mpmath.betainc(15.5, 0.5, 0, 31 / (31 + t * t), regularized=True) / 2
    assert float(back) == pytest.approx(tail, rel=1e-5)


# ---------------------------------------------------------------- the lecture


def test_he_variance():
    true, wrong, squared, mean = run(
        HE,
        "Var[y[i]] == D s^2 t^2 / 2",
        "Var[y[i]] == D s^2 t^2",
        "Var[y[i]] == D^2 s^2 t^2 / 2",  # what sympy.stats makes of D identical terms
        "E[y[i]] == 0",
    )
    assert true.agrees
    assert true.worlds == 6
    assert true.visible < 0.5
    assert wrong.differs
    assert abs(wrong.z) > 20
    assert squared.differs
    assert mean.agrees
    assert mean.visible is None  # both sides are 0: no relative discrepancy
    assert mean.near < 0.2


def test_two_relus_of_standard_normals():
    # a relu(b) + c relu(d) has variance 1, not 5/4.
    text = "random a ~ normal(0, 1)\nrandom b ~ normal(0, 1)\nrandom c ~ normal(0, 1)\n"
    text += "random d ~ normal(0, 1)\nindependent a, b, c, d\n"
    true, wrong = run(
        text, "Var[a relu(b) + c relu(d)] == 1", "Var[a relu(b) + c relu(d)] == 5/4", samples=40_000
    )
    assert true.agrees
    assert wrong.differs


def test_symmetry_is_needed():
    (c,) = run(HE.replace(", symmetric", ""), "E[h[j]^2] == t^2/2", samples=20_000)
    assert c.differs


def test_dependence_is_really_there():
    text = "random x mean 0, variance 1\nrandom y mean 0, variance 1\n"
    a, b, c, d = run(
        text,
        "E[x y] == E[x] E[y]",
        "E[x^2 y^2] == 1",
        "Var[x + y] == 2",
        "E[x + y] == 0",
        samples=20_000,
    )
    assert a.differs
    assert b.differs
    assert c.differs
    assert d.agrees


def test_members_without_declared_independence_depend_on_each_other():
    cross = "E[h[j] h[k]] == E[h[j]] E[h[k]]"
    more = "independent f[j] over j\nindex j, k with j != k\n"
    (open_,), (closed,) = run(HE, cross), run(HE + more, cross)
    assert open_.differs
    assert closed.agrees


def test_independence_in_pairs_only():
    text = "size n\nrandom x[j] mean 1, variance 1\npairwise independent x[j] over j\n"
    pairs, triples = run(
        text,
        "Var[sum(j = 1..n) x[j]] == n",
        "E[sum(j, k, l = 1..n, j != k, k != l, j != l) x[j] x[k] x[l]] == n (n-1) (n-2)",
        samples=120_000,
    )
    assert pairs.agrees
    assert triples.differs


# ---------------------------------------------------------------- statistics


def test_identical_draws_have_no_difference():
    a, b = run(
        HE,
        "E[(y[i] - E[y[i]])^2] == E[y[i]^2] - E[y[i]]^2",
        "sum(j = 1..D) E[relu(f[j])^2] == sum(k = 1..D) int(f[k] = 0..oo) f[k]^2 Pr(f[k])",
    )
    assert a.z == 0
    assert b.z == 0


def test_expectations_inside_expectations():
    text = "size n\nrandom x[j] mean 2, variance 3\nindependent x[j] over j\n"
    for c in run(
        text,
        "E[sum(j = 1..n) (x[j] - E[x[j]])^2] == 3 n",
        "E[(sum(j = 1..n) (x[j] - E[x[j]]))^2] == 3 n",
        "E[(sum(j = 1..n) x[j] E[x[j]])^2] == 12 n + 16 n^2",
        "E[(x[1] - E[x[1]])^3] == E[x[1]^3] - 26",
        "Var[Var[x[1]] x[2]] == 27",
    ):
        assert c.agrees
    wrong = run(
        text,
        "E[sum(j = 1..n) (x[j] - E[x[j]])^2] == 2 n",
        "E[(sum(j = 1..n) x[j] E[x[j]])^2] == 16 n^2",
    )
    assert all(c.differs for c in wrong)


def test_a_difference_without_chance_is_infinitely_wide():
    text = "real c > 0\nrandom x"
    (c,) = run(text, "E[c] == c + 1")
    assert c.z == np.inf
    assert c.differs


@pytest.mark.parametrize("seed", range(12))
def test_no_false_alarm_where_the_linear_part_vanishes(seed):
    # E[x]^2 = 0 and sums of many such terms: the delta method alone has error 0 here.
    text = "size n\nrandom x[j] mean 0, variance 1\nrandom w[j] mean 0, variance 1\n"
    text += "independent x[j] over j\nindependent w and x\nindependent w[j] over j\n"
    for c in run(
        text,
        "E[x[1]]^2 == 0",
        "sum(j = 1..n) E[x[j]]^2 == 0",
        "Var[sum(j = 1..n) x[j]] == n",
        "sum(j, k = 1..n, j != k) E[x[j]] E[x[k]] == 0",
        "sum(j = 1..n) E[x[j]] E[w[j]] == 0",
        "E[x[1]^2] / E[w[1]^2] == 1",
        samples=2048,
        seed=seed,
    ):
        assert abs(c.z) < 7
        assert c.limit > 7


def test_the_error_is_that_of_repeated_runs():
    # The spread of 40 estimates of a ratio of means, against the error that each states.
    text = "real a\nrandom x ~ normal(3, 1)\nrandom y ~ uniform(1, 3)\n"
    found = [run(text, "E[x y] / E[y]^2 == 3/2", samples=2048, seed=s)[0] for s in range(40)]
    z = np.array([c.z for c in found])
    assert all(c.agrees or "dependent" in c.laws for c in found)
    independent = run(text + "independent x, y\n", "E[x y] / E[y]^2 == 3/2", samples=2048, seed=3)[
        0
    ]
    assert independent.agrees
    assert len(set(z)) == 40


def test_relative_discrepancies_that_are_called_visible_are_seen():
    (c,) = run(HE, "Var[y[i]] == D s^2 t^2 / 2", samples=20_000)
    factor = 1 + 2 * c.visible
    assert c.agrees
    assert run(HE, f"Var[y[i]] == {factor:.6f} D s^2 t^2 / 2", samples=20_000)[0].differs


def test_threads_do_not_change_the_numbers():
    line = "Var[y[i]] == D s^2 t^2 / 2"
    assert run(HE, line, threads=1) == run(HE, line, threads=3)
    assert run(HE, line, seed=1) != run(HE, line, seed=2)


def test_memory_does_not_grow_with_the_number_of_draws():
    samples, plain = 160_000, 160_000 * 200 * 8  # bytes of W and f for D = 100, drawn at once
    tracemalloc.start()
    run(HE, "Var[y[i]] == D s^2 t^2 / 2", samples=samples, threads=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < plain / 20


# ---------------------------------------------------------------- what is not sampled


def test_reasons():
    (c,) = run("random x, y", "E[x | y] == E[x]")
    assert c.z is None
    assert "conditional" in c.reason
    (c,) = run("random x, y\nassume E[x y] = E[x]", "E[x y] == E[x]")
    assert "hypothesis" in c.reason
    (c,) = run("real m\nrandom x\nassume E[x^2] = m", "E[x^2] + 1 == m + 1")
    assert c.z == 0


def test_progress_is_told():
    seen = []
    run(HE, "E[y[i]] == 0", progress=lambda done, total: seen.append((done, total)))
    assert len(seen) >= 6 * 2 * 16  # worlds, looks, tasks
    assert seen == sorted(seen)
    done, total = seen[-1]
    assert done == total
    assert total > 6 * 20_000 * 2  # random numbers: an outcome has a weight and a unit at least


def test_lines_that_are_random_are_compared_draw_by_draw():
    text = "size D\nrandom f[j], g[j]\n"
    same, other = run(
        text,
        "sum(j = 1..D) relu(f[j]) g[j] == sum(j = 1..D) 1[f[j] > 0] f[j] g[j]",
        "f[1] == g[1]",
    )
    assert same.z == 0
    assert other.differs


# Means of which a few draws are nearly all: log-normal variables with a large variance, and
# exponential ones near the pole of their moment-generating function.
RARE = [
    ("real s > 0\nrandom w ~ normal(0, s^2)", "E[exp(4 w)]", "exp(8 s^2)"),
    ("real s > 0\nrandom w ~ normal(0, s^2)", "log(E[exp(9 w)])", "81 s^2 / 2"),
    ("real a > 0\nrandom w ~ exponential(a)", "E[exp(9 a w / 10)]", "10"),
    (
        "size n\nreal s > 0\nrandom w[j] ~ normal(0, s^2)\nindependent w[j] over j",
        "E[exp(sum(j = 1..n) 9 w[j])]",
        "exp(81 s^2 n / 2)",
    ),
]


@pytest.mark.parametrize(("declared", "left", "right"), RARE)
@pytest.mark.parametrize("seed", range(3))
def test_means_that_a_few_draws_make_up_are_no_alarm(declared, left, right, seed):
    context = parse(declared).context
    sides = tuple(flat(parse_expression(t, context)) for t in (left, right))
    (c,) = compare(context, [sides], samples=20_000, seed=seed)
    assert not c.differs
