"""The exact models: spaces satisfy their contexts, and refutations are right."""

import random
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest

from symcheck.language.expr import flat
from symcheck.numbers.dependence import Groups, free_values
from symcheck.numbers.program import Program, free_indices, unfolded
from symcheck.reading.syntax import parse, parse_expression
from symcheck.witness.exact import refute, values_on
from symcheck.witness.integers import Undefined, _add, exactly, product_of
from symcheck.witness.matching import matched
from symcheck.witness.spaces import declared, finite_space

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


def sides(text, line):
    context = parse(text).context
    left, right = (flat(parse_expression(s.strip(), context)) for s in line.split(" == "))
    return context, left, right


def refuted(text, line, **options):
    return refute(*sides(text, line), **({"seconds": 5.0, "tries": 30} | options))


def spaces(text, expression, sizes, count=20):
    context = parse(text).context
    e = unfolded(context, flat(parse_expression(expression, context)))
    free = free_values(context, free_indices(context, [e]), True, sizes)
    program = Program(sizes, free, estimate=False)
    node = program.lower(e)
    moments = declared(context, program)
    rng = random.Random(5)
    groups = Groups(context)
    found = []
    for n in range(20 * count):
        space = finite_space(
            context,
            program,
            moments,
            rng,
            groups=groups if n % 2 else None,
            effort=n % 3,
            degree={},
        )
        if space is not None:
            found.append((space, node))
        if len(found) == count:
            break
    assert len(found) == count
    return found


def mean(space, f):
    return sum(w * f(dict(zip(space.members, row, strict=True))) for w, row in
               zip(space.weights, space.rows, strict=True))  # fmt: skip


def law(space, chosen):
    found = {}
    for w, row in zip(space.weights, space.rows, strict=True):
        values = dict(zip(space.members, row, strict=True))
        key = tuple(values[m] for m in chosen)
        found[key] = found.get(key, 0) + w
    return found


def independent(space, *blocks):
    joint = law(space, [m for b in blocks for m in b])
    marginals = [law(space, b) for b in blocks]
    return all(
        joint.get(sum(keys, ()), 0) == prod(m[k] for m, k in zip(marginals, keys, strict=True))
        for keys in product(*marginals)
    )


# ---------------------------------------------------------------- spaces


def test_spaces_have_everything_declared_exactly():
    some_dependent = False
    for space, _ in spaces(HE, "Var[y[1]]", {"D": 2}):
        s, t = (space.ring.symbols[n] for n in "st")
        assert sum(space.weights) == 1
        for m in space.members:
            assert mean(space, lambda v, m=m: v[m]) == 0
            assert mean(space, lambda v, m=m: v[m] ** 2) == (t if m[0] == "f" else s) ** 2
        for m in space.members:
            if m[0] == "f":
                own = law(space, [m])
                assert own == {(-x,): p for (x,), p in own.items()}
        f = [m for m in space.members if m[0] == "f"]
        w = [m for m in space.members if m[0] == "W"]
        assert independent(space, f, *([m] for m in w))
        some_dependent |= not independent(space, *([m] for m in f))
    assert some_dependent


def test_pairwise_spaces_are_independent_in_pairs_and_some_not_in_triples():
    text = "size n\nrandom x[j]\npairwise independent x[j] over j\n"
    mutual = []
    for space, _ in spaces(text, "E[(sum(j = 1..n) x[j])^3]", {"n": 3}):
        members = [[m] for m in space.members]
        for k in range(3):
            assert independent(space, *(members[:k] + members[k + 1 :]))
        mutual.append(independent(space, *members))
    assert True in mutual
    assert False in mutual


def test_single_members_only():
    text = "size D\nrandom W[i,j]\nrandom f[j]\nindependent W[i,j] and f[j]\n"
    crossed = False
    for space, _ in spaces(text, "E[sum(j = 1..D) W[1,j] f[j]]", {"D": 2}):
        for j in range(2):
            assert independent(space, [("W", (0, j))], [("f", (j,))])
        crossed |= not independent(space, [("W", (0, 0))], [("f", (1,))])
    assert crossed


def test_values_agree_with_fractions():
    for space, node in spaces(HE, "Var[y[1]]", {"D": 2}, count=8):
        (value,) = values_on(space, [node])

        def y(v):
            return sum(v["W", (0, j)] * max(v["f", (j,)], Fraction(0)) for j in range(2))

        expected = mean(space, lambda v: y(v) ** 2) - mean(space, y) ** 2
        assert value.fraction() == expected


def test_integers_beyond_64_bits():
    big = exactly(np.array([10**12, 3], dtype=object), 7)
    from symcheck.witness.integers import _mul, _power, _sum

    assert _sum(_power(big, 5), 0).fraction() == Fraction(10**60 + 243, 7**5)
    assert _mul([big, big]).fraction(0) == Fraction(10**24, 49)
    with pytest.raises(Undefined):
        _power(exactly(np.array([0, 1])), -1)


# ---------------------------------------------------------------- refutations


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HE, "Var[y[i]] == D s^2 t^2"),
        (HE, "Var[y[i]] == D^2 s^2 t^2 / 2"),
        (HE, "E[h[j]] == 0"),
        (HE.replace(", symmetric", ""), "Var[y[i]] == D s^2 t^2 / 2"),
        (HE.replace("independent W and f", ""), "Var[y[i]] == D s^2 t^2 / 2"),
        ("random x, y", "E[x y] == E[x] E[y]"),
        ("random x, y", "E[x | y] == E[x]"),
        ("random x, y", "Var[x] == E[Var[x | y]]"),
        ("random x", "E[abs(x)] == abs(E[x])"),
        ("random x, y, z\npairwise independent x, y, z", "E[x y z] == E[x] E[y] E[z]"),
        ("random y > 0 mean 2", "E[1/y] == 1/2"),
        ("random x ~ bernoulli(1/3)", "Var[x] == 1/3"),
        ("real s > 0\nrandom x ~ normal(0, s^2)", "E[x^4] == 2 s^4"),
        ("random x ~ exponential(2)", "E[x^3] == 1"),
        ("random x atomless, mean 1", "E[x^2] == 1"),
        ("random x\nfunction g", "E[g(x)] == g(E[x])"),
    ],
)
def test_false_lines_are_refuted(text, line):
    witness = refuted(text, line)
    assert witness is not None
    assert witness.left != witness.right
    assert sum(p for p, _ in witness.outcomes) == 1 or (not witness.outcomes and witness.law)
    assert len(witness.outcomes) <= 8


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HE, "Var[y[i]] == D s^2 t^2 / 2"),
        (HE, "E[h[j]^2] == t^2 / 2"),
        ("random x, y", "Var[x] == E[Var[x | y]] + Var[E[x | y]]"),
        ("random x, y", "E[E[x | y]] == E[x]"),
        ("random x, y\nindependent x, y", "E[x | y] == E[x]"),
        ("random x, y", "Cov[x, y] == E[x y] - E[x] E[y]"),
        ("random x >= 0", "E[abs(x)] == E[x]"),
        ("real s > 0\nrandom x ~ normal(0, s^2)", "E[x^4] == 3 s^4"),
        ("real m\nrandom x ~ normal(m, 4)", "Var[x^2] == 16 m^2 + 32"),
        ("random x ~ exponential(2)", "E[x^3] == 3/4"),
        ("random x ~ uniform(0, 1)\nrandom y ~ poisson(3)\nindependent x, y", "Var[x y] == 7/4"),
        (
            "size n\nrandom x[j]\npairwise independent x[j] over j",
            "Var[sum(j = 1..n) x[j]] == sum(j = 1..n) Var[x[j]]",
        ),
        ("real m\nrandom x\nassume E[x^3] = m", "E[x^3 + x] == m + E[x]"),
    ],
)
def test_true_lines_are_not(text, line):
    assert refuted(text, line, tries=12) is None


def test_the_witness_is_small_and_can_be_checked_by_hand():
    w = refuted(HE, "E[h[j]] == 0")
    assert w.variables == ("f[1]",)
    assert len(w.outcomes) == 2
    by_hand = sum(p * max(x, Fraction(0)) for p, (x,) in w.outcomes)
    assert w.left == by_hand
    assert w.right == 0
    assert sum(p * x**2 for p, (x,) in w.outcomes) == w.parameters["t"] ** 2


@pytest.mark.parametrize(
    ("name", "parameters", "exact"),
    [  # moments from tables, not from the closed forms in symcheck.language.laws
        ("normal", (0, 1), [1, 0, 1, 0, 3, 0, 15]),
        ("normal", (1, 4), [1, 1, 5, 13, 73]),
        ("uniform", (0, 1), [1, *(Fraction(1, n + 1) for n in range(1, 7))]),
        ("exponential", (1,), [1, 1, 2, 6, 24]),
        ("laplace", (0, 1), [1, 0, 2, 0, 24]),
        ("poisson", (3,), [1, 3, 12, 57, 309]),
    ],
)
def test_stand_ins_have_the_moments(name, parameters, exact):
    points = matched(name, tuple(map(Fraction, parameters)), len(exact) - 1)
    assert all(w > 0 for _, w in points)
    for n, m in enumerate(exact):
        assert sum(w * x**n for x, w in points) == m


def test_a_witness_with_a_continuous_law_names_it():
    w = refuted("random x ~ normal(0, 1)", "E[x^4] == 2")
    assert w.outcomes == ()
    assert w.law == "x ~ normal(0, 1), independent of all else"
    assert (w.left, w.right) == (3, 2)
    assert refuted("random x ~ normal(0, 1)", "E[relu(x)^2] == 1") is None  # no polynomial


def test_what_finite_spaces_cannot_show():
    assert refuted("random x ~ normal(0, 1)", "E[exp(x)] == 1") is None
    assert refuted("random x ~ normal(0, 1)", "P[x > 1] == 1/2") is None


def test_large_numbers_of_a_single_outcome_stay_exact():
    """Products beyond 64 bits, where an array of one object turns into a plain integer."""
    text = "real a\nrandom x mean 0, variance 1\nclaim (E[x] + 1000000000000037)^6 (a + 1) = 1"
    document = parse(text)
    (claim,) = document.goals
    left = flat(claim.lhs)
    assert refute(document.context, left, flat(claim.rhs)) is not None
    assert refute(document.context, left, left) is None


# ---------------------------------------------------------------- irrational values


@pytest.mark.parametrize(
    ("text", "line", "left", "right"),
    [  # both sides by hand, on the witness that is shown
        ("random x ~ rademacher()", "E[exp(x)] == exp(E[x])", "1.54308", "1"),  # cosh 1
        ("random x ~ rademacher()", "E[cos(x)] == 1", "0.540302", "1"),
        ("random x ~ bernoulli(1/2)", "E[log(1 + x)] == log(E[1 + x])", "0.346573", "0.405465"),
        ("random x ~ bernoulli(1/2)", "E[erf(x)] == erf(E[x])", "0.421350", "0.520499"),
        ("random x ~ bernoulli(1/2)", "E[tanh(x)] == E[x]", "0.380797", "1/2"),
        ("random x ~ bernoulli(1/2)", "E[sigmoid(x)] == 1/2", "0.615529", "1/2"),
        ("random x ~ bernoulli(1/2)", "sqrt(E[x]) == E[sqrt(x)]", "0.707106", "1/2"),
        ("size d", "sqrt(d) == d", "1.41421", "2"),
        ("random x ~ rademacher()", "E[sin(x)^2] == 1/2", "0.708073", "1/2"),
    ],
)
def test_irrational_sides_are_told_apart(text, line, left, right):
    w = refuted(text, line)
    assert (str(w.left).rstrip("…"), str(w.right).rstrip("…")) == (left, right)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("real p > 0, q > 0", "log(p q) == log(p) + log(q)"),
        ("real a", "log(a^2) == 2 log(abs(a))"),  # 0 is no witness
        ("real a >= 0", "sqrt(a)^2 == a"),
        ("real a", "sqrt(a^2) == abs(a)"),
        ("real a, b", "exp(a + b) == exp(a) exp(b)"),
        ("random x", "E[sigmoid(x) + sigmoid(-x)] == 1"),
        ("random x", "sin(x)^2 + cos(x)^2 == 1"),
        ("random x", "tanh(x) == 2 sigmoid(2 x) - 1"),
        ("random x", "E[erf(x) + erf(-x)] == 0"),
        ("random x > 0", "E[log(x^3)] == 3 E[log(x)]"),
        ("random x ~ rademacher()", "E[exp(x)] == (exp(1) + exp(-1)) / 2"),
        ("random x ~ bernoulli(1/2)", "E[log(x)] == 0"),  # log(0) has no value
        ("random x ~ rademacher()", "E[sqrt(x)] == 0"),
        ("size d\nreal b > 0", "b^d b^(-d) == 1"),
        ("size t\nreal b", "sum(k = 1..t) (1 - b) b^(k - 1) == 1 - b^t"),
        ("real m\nrandom x\nassume E[exp(x)] = m", "E[exp(x)] + 1 == m + 1"),
        ("random x, y\nassume E[exp(x)] = E[exp(y)]", "E[exp(x) - exp(y)] == 0"),
    ],
)
def test_irrational_sides_that_are_equal_are_not(text, line):
    assert refuted(text, line, tries=40) is None


def test_enclosures_contain_the_value():
    """Against mpmath's point arithmetic at twice the precision."""
    from mpmath import mp

    from symcheck.witness.intervals import _FUNCTIONS, iv

    rng = random.Random(3)
    exact = {"erf": mp.erf, "tanh": mp.tanh, "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
             "exp": mp.exp, "log": mp.log, "sqrt": mp.sqrt, "sin": mp.sin, "cos": mp.cos}  # fmt: skip
    with mp.workprec(400):
        for name, f in exact.items():
            for _ in range(50):
                top, below = rng.randint(-60 if name not in ("log", "sqrt") else 1, 60), 12
                found = _FUNCTIONS[name](iv.mpf(top) / below)
                value = f(mp.mpf(top) / below)
                low, high = (mp.make_mpf(end) for end in found._mpi_)
                assert low <= value <= high, (name, top)
                assert high - low < mp.mpf(2) ** -150


# ---------------------------------------------------------------- random sides


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("random x", "x^2 == x"),
        ("random x, y", "(x + y)^2 == x^2 + y^2"),
        ("random x, y", "E[x | y] == x"),
        ("size n\nrandom x[j], y", "sum(j = 1..n) E[x[j] | y] == n E[x[1]]"),
        ("random x", "exp(x) == 1 + x"),
    ],
)
def test_random_sides_differ_on_an_outcome_that_is_shown(text, line):
    w = refuted(text, line)
    assert w.at in [row for _, row in w.outcomes]
    assert w.where.startswith("on the outcome ")
    values = dict(zip(w.variables, w.at, strict=True))
    if line.startswith("x^2"):
        assert (w.left, w.right) == (values["x"] ** 2, values["x"])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("random x", "relu(x) - relu(-x) == x"),
        ("random x ~ bernoulli(1/3)", "x^2 == x"),
        ("size n\nrandom x[j], y", "sum(j = 1..n) E[x[j] | y] == E[sum(j = 1..n) x[j] | y]"),
        (
            "size n\nrandom x[j], y",
            "sum(j = 1..n) E[x[j] y | x[j]] == sum(j = 1..n) x[j] E[y | x[j]]",
        ),
        ("random x, y, z", "E[E[x | y, z] | z] == E[x | z]"),
    ],
)
def test_random_sides_that_are_equal_surely_are_not_refuted(text, line):
    assert refuted(text, line, tries=40) is None


# ---------------------------------------------------------------- dependence, assumptions, functions

CORRELATED = """
size M
real σ > 0, ρ >= 0
random f[m] variance σ^2
assume corr: Cov[f[m], f[l]] = ρ σ^2
"""
IMPORTANCE = "random x\nfunction w, f\nassume one: E[w(x)] = 1\n"
SCORE = "random s\nrandom ψ finite 4\nfunction b bounded\nassume score: E[ψ | s] = 0\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("random x, y, z\nindependent x and y", "E[E[x | z] y] == E[x] E[y]"),
        ("random x, y, z\nindependent x and y", "E[x y | z] == E[x | z] E[y | z]"),
        ("random f, g symmetric", "E[f g^2] == 0"),
        ("random a, b, c mean 0, variance 1\nindependent a and b\nindependent b and c",
         "E[a b c] == 0"),
        ("random a, b, c mean 0, variance 1\nindependent a and b\nindependent b and c",
         "E[a^2 b c^2] == 0"),
        (CORRELATED, "Var[sum(m = 1..M) f[m] / M] == ρ σ^2"),
        (CORRELATED, "Var[sum(m = 1..M) f[m] / M] == σ^2 / M"),
        (CORRELATED, "Var[f[1]] == ρ σ^2"),
        (IMPORTANCE, "E[w(x)^2] == 1"),
        (IMPORTANCE, "E[w(x) f(x)] == E[f(x)]"),
        (IMPORTANCE + "real I\nassume E[w(x) f(x)] = I\n", "E[f(x)] == I"),
        (SCORE, "E[b(s) ψ^2] == 0"),
        (SCORE, "E[s ψ^2] == E[s] E[ψ^2]"),
        (SCORE, "Var[ψ] == E[ψ]"),
        ("function f\nreal a, b", "f(a + b) == f(a) + f(b)"),
        ("random x, y\nfunction g lipschitz", "E[g(x) g(y)] == E[g(x)] E[g(y)]"),
        ("random x[j]\nassume E[x[j] x[k]] = 0\n", "E[x[1]^2] == 0"),
    ],
)  # fmt: skip
def test_dependence_assumptions_and_functions(text, line):
    assert refuted(text, line, tries=500) is not None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("random x, y, z\nindependent x and y", "E[E[x | y] z] == E[x] E[z]"),
        ("random x, y, z\nindependent (x, z) and y", "E[x z | y] == E[x z]"),
        ("random a, b, c mean 0\nindependent a and b\nindependent b and c", "E[b (a + c)] == 0"),
        ("random f, g symmetric\nindependent f and g", "E[f g^2] == 0"),
        (
            "size n\nrandom x[j], z\nindependent x[j] over j",
            "Var[sum(j = 1..n) x[j]] == sum(j = 1..n) Var[x[j]]",
        ),
        (CORRELATED, "Cov[f[1], f[2]] == ρ σ^2"),
        (CORRELATED, "Cov[f[2], f[5]] + Cov[f[4], f[3]] == 2 ρ σ^2"),
        (CORRELATED, "sum(i, j = 1..M, i != j) Cov[f[i], f[j]] == M (M - 1) ρ σ^2"),
        (IMPORTANCE, "E[w(x) - 1] == 0"),
        (IMPORTANCE, "Var[w(x)] == E[w(x)^2] - 1"),
        (IMPORTANCE + "real I\nassume E[w(x) f(x)] = I\n", "Cov[w(x), f(x)] == I - E[f(x)]"),
        (SCORE, "E[b(s) ψ] == 0"),
        (SCORE, "E[ψ] == 0"),
        (SCORE, "E[b(s) E[ψ | s]] == 0"),
        ("random x, y\nfunction g\nindependent x and y", "E[g(x) g(y)] == E[g(x)] E[g(y)]"),
        ("random x, y\nfunction g", "E[g(x) | x] == g(x)"),
        ("index i, k with i != k\nrandom x[j]\nassume E[x[i] x[k]] = 0\n", "E[x[1] x[2]] == 0"),
        ("random x[k]\nassume E[x[k]] = 0\n", "E[x[0]] == 0"),
    ],
)
def test_what_follows_from_assumptions_is_not_refuted(text, line):
    assert refuted(text, line, tries=400) is None


def test_every_space_with_functions_of_variables_keeps_the_declared_independence():
    """Looked up in the joint law, by the means of this file."""
    text = "random x, y, z mean 0, variance 1\nindependent x and y\nindependent y and z\n"
    dependent = 0
    for space, _ in spaces(text, "E[x y z]", {}, count=200):
        assert independent(space, [("x", ())], [("y", ())])
        assert independent(space, [("y", ())], [("z", ())])
        for m in space.members:
            assert mean(space, lambda v, m=m: v[m]) == 0
            assert mean(space, lambda v, m=m: v[m] ** 2) == 1
        dependent += not independent(space, *([m] for m in space.members))
    assert dependent > 20


# ---------------------------------------------------------------- continuous laws

HALF = "random u symmetric, atomless, finite 4\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HALF, "E[relu(u)^3] == 0"),
        (HALF, "E[sign(u)] == 1"),
        (HALF, "P[u > 0] == 1/3"),
        (HALF, "E[relu(u - 1)] == E[relu(u)] - 1"),
        ("random u atomless, mean 0, variance 1", "E[relu(u)^2] == 1/2"),
        ("random x atomless", "P[x > 0] == 1/2"),
        ("random u ~ uniform(0, 1)", "P[u > 1/3] == 1/3"),
        ("random u ~ uniform(-1, 1)", "E[abs(u)] == 1/3"),
        ("random u ~ uniform(0, 1)\nrandom k ~ bernoulli(1/2)", "E[k u] == 1/4"),
        ("random g ~ normal(0, 1)\nrandom e ~ normal(0, 1)", "Var[g + e] == 2"),
        ("random e ~ normal(0, 1)", "e^2 == 1"),
        ("real a\nrandom e ~ normal(0, 1)", "relu(a + e) == relu(a) + relu(e)"),
        ("size J\nreal m[j]\nrandom e[j] ~ normal(0, 1)", "E[(m[j] + e[j])^2] == m[1]^2 + 1"),
    ],
)
def test_false_lines_about_continuous_variables(text, line):
    assert refuted(text, line, tries=300) is not None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HALF, "E[relu(u)] == E[abs(u)] / 2"),
        (HALF, "E[relu(u)^2] == E[u^2] / 2"),
        (HALF, "P[u > 0] == 1/2"),
        (HALF, "P[u = 0] == 0"),
        (HALF, "P[u >= 0] == P[u > 0]"),
        (HALF, "E[sign(u)^2] == 1"),
        (HALF, "E[relu(u + 1)] == E[relu(u - 1)] + 1"),
        (HALF + "random w\nindependent u and w", "Cov[relu(u), w] == 0"),
        ("random u atomless, mean 0, variance 1", "Var[u] == E[relu(u)^2] + E[relu(-u)^2]"),
        ("random u ~ uniform(0, 1)", "P[u > 1/3] == 2/3"),
        ("random u ~ uniform(0, 1)", "E[relu(u - 1/2)^2] == 1/24"),
        ("random u ~ uniform(-1, 1)", "E[abs(u)] == 1/2"),
        ("random u, v ~ uniform(0, 1)\nindependent u and v", "E[max(u, v)] == 2/3"),
        ("random u, v ~ uniform(0, 1)", "E[max(u, v) + min(u, v)] == 1"),
        ("random g, e ~ normal(0, 1)\nindependent g and e", "Var[g + e] == 2"),
        ("random g, e ~ normal(0, 1)", "Var[g + e] + Var[g - e] == 4"),
        ("random e ~ normal(0, 1)", "relu(e) - relu(-e) == e"),
        ("random e ~ normal(0, 1)", "sqrt(e^2) == abs(e)"),
        ("random e ~ normal(0, 1)", "1[e > 1] == 1[e >= 1]"),  # but for one point
        ("random u ~ uniform(0, 1)", "relu(u) == u"),
    ],
)
def test_true_lines_about_continuous_variables_are_not_refuted(text, line):
    assert refuted(text, line, tries=300) is None


def test_a_uniform_law_is_made_of_cells():
    """Moments and tail by hand: u uniform on (0, 1), v = k u where k is 1 if u > 1/2."""
    w = refuted("random u ~ uniform(0, 1)\nrandom k ~ bernoulli(1/2)", "E[k u] == 1/4", tries=300)
    assert w.left in (Fraction(3, 8), Fraction(1, 8))  # all of the upper, or of the lower half
    assert "uniform on (-1/4, 1/4)" in w.law


@pytest.mark.parametrize("degree", range(7))
def test_points_inside_of_the_unit_interval(degree):
    from symcheck.witness.matching import inside

    points = inside(degree)
    assert all(w > 0 and -1 < x < 1 for x, w in points)
    for n in range(degree + 1):
        assert sum(w * x**n for x, w in points) == (0 if n % 2 else Fraction(1, n + 1))


@pytest.mark.parametrize(
    ("line", "true"),
    [
        ("Diff[x^2, x] == 2 x", True),
        ("Diff[x^2, x] == x", False),
        ("Diff[x y, x] == y", True),
        ("Diff[x y, x] == x", False),
        ("Diff[relu(x)^2, x] == 2 relu(x)", True),
        ("Diff[relu(x)^2, x] == relu(x)", False),
        ("Diff[(a y - x)^2, a] == 2 y (a y - x)", True),
        ("Diff[(a y - x)^2, a] == 2 (a y - x)", False),
        ("Diff[tanh(x), x] == 1 - tanh(x)^2", True),
        ("Diff[exp(2 x), x] == exp(2 x)", False),
        ("Diff[sum(j = 1..n) f[j]^2, f[k]] == 2 f[k] 1[k <= n]", True),
        ("Diff[sum(j = 1..n) f[j]^2, f[k]] == 2 f[k]", False),  # k > n
        ("Diff[E[x] x, x] == E[x] + x", None),
    ],
)
def test_derivatives(line, true):
    found = refuted("size n\nreal a\nrandom x, y, f[j]\n", line, tries=60)
    assert (found is None) == (true is not False)


@pytest.mark.parametrize(
    ("text", "e"),
    [
        ("random x, y, z\npairwise independent x, y, z\n", "E[x y z]"),
        ("size n\nrandom x[j] variance 1\npairwise independent x[j] over j\n",
         "E[x[1] x[2] x[3]]"),
    ],
)  # fmt: skip
def test_pairs_stay_independent_whatever_else_is_tried(text, e):
    for space, _ in spaces(text, e, {"n": 3}, count=300):
        for a, b in ((0, 1), (0, 2), (1, 2)):
            assert independent(space, [space.members[a]], [space.members[b]])
        if "variance" in text:
            for m in space.members:
                own = mean(space, lambda v, m=m: v[m])
                assert mean(space, lambda v, m=m, own=own: (v[m] - own) ** 2) == 1


GIVEN = "real s\nrandom x, y finite 4\nassume A: Var[x | y] = s\n"


@pytest.mark.parametrize(
    ("text", "line", "true"),
    [
        (GIVEN, "E[Var[x | y]] == s", True),
        (GIVEN, "Var[x] == s + Var[E[x | y]]", True),
        (GIVEN, "Var[x - E[x | y]] == s", True),
        (GIVEN, "Var[x] == s", False),
        (GIVEN, "E[x | y] == E[x]", False),
        ("real s\nrandom u, v\nassume B: E[u^2 | v] = s\n", "E[u^2 v] == s E[v]", True),
        ("real s\nrandom u, v\nassume B: E[u^2 | v] = s\n", "E[u v] == E[u] E[v]", False),
        ("real m\nindex i, k with i != k\nrandom x[j]\nassume E[x[i] x[k]] = m\n",
         "E[x[1] x[3]] == m", True),
        ("random x[j], y[j] mean 0, variance 1\nindependent x[j] and y[k]\n",
         "E[x[1] x[2] y[1]] == E[x[1] x[2]] E[y[1]]", False),
        ("random x[j], y[j] mean 0, variance 1\nindependent x[j] and y[k]\n",
         "E[x[1] x[2] y[1] y[2]] == E[x[1] x[2]] E[y[1] y[2]]", False),
        ("random x[j], y[j] mean 0, variance 1\nindependent x[j] and y[k]\n",
         "E[x[1] y[2]] == 0", True),
        ("size n\nreal a[j]\nrandom v[j] mean 0\nassume E[sum(j = 1..n) a[j] v[j]^2] = 1\n",
         "sum(j = 1..n) a[j] E[v[j]^2] == 1", True),
    ],
)  # fmt: skip
def test_conditional_assumptions_and_single_members(text, line, true):
    assert (refuted(text, line, tries=800) is None) == true


def test_weights_that_sum_to_one():
    """An assumption about constants only: solved for the last of them."""
    context = parse("size n\nreal a[j], m\nrandom v[j] mean m\n").context
    total, one, mean, m, square = (
        flat(parse_expression(s, context))
        for s in (
            "sum(j = 1..n) a[j]", "1", "E[sum(j = 1..n) a[j] v[j]]", "m", "sum(j = 1..n) a[j]^2"
        )
    )  # fmt: skip
    context.assume(total, one)
    assert refute(context, mean, m, tries=100) is None
    w = refute(context, square, one, tries=100)
    assert sum(w.parameters.values()) == 1
    assert sum(a**2 for a in w.parameters.values()) == w.left != 1


DEPTH = """
size D
real σ > 0, v[k]
random f[k,j] mean 0, variance v[k], symmetric
random W[k,j] mean 0, variance σ^2
independent W[k,j] over j
independent W[k] and f[k]
let next[k] = sum(j = 1..D) W[k,j] relu(f[k,j])
assume layer: v[k+1] = Var[next[k]]
"""


def test_variances_that_an_assumption_gives_from_layer_to_layer():
    """He's recursion: v[k+1] = D σ² v[k] / 2."""
    assert refuted(DEPTH, "v[2] == D σ^2 v[1] / 2", seconds=2.0) is None
    w = refuted(DEPTH, "v[2] == D σ^2 v[1]")
    d, σ, v = w.sizes["D"], w.parameters["σ"], w.parameters["v[1]"]
    assert (w.left, w.right) == (d * σ**2 * v / 2, d * σ**2 * v)


def test_zeros_over_a_denominator_that_fits_no_machine_word():
    huge = Fraction(1, 3**60)
    zeros = exactly([huge, 0]).at(np.array([1, 1]))
    whole = exactly([Fraction(1, 5**40), Fraction(2, 7**40)])
    assert [product_of(zeros, zeros).fraction(n) for n in (0, 1)] == [0, 0]
    assert [_add([zeros, whole]).fraction(n) for n in (0, 1)] == [
        Fraction(1, 5**40),
        Fraction(2, 7**40),
    ]
    assert _add([exactly([0, 0], 3**60), whole]).fraction(1) == Fraction(2, 7**40)
    assert product_of(exactly([0, 0], 3**60), whole).fraction(0) == 0
