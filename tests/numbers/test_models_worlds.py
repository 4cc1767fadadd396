"""Worlds have everything declared, and differ in what is left open.

Checks are at 6 standard errors of 20,000 draws, some 2,000 checks in all: a wrong alarm
has probability about 4e-6 for one choice of the seed.
"""

import random
from dataclasses import replace as with_

import numpy as np
import pytest
from sympy import S

from symcheck.facts.context import Context
from symcheck.language.expr import E, flat
from symcheck.numbers.dependence import Groups, free_values, own_constants, separated
from symcheck.numbers.program import NotSampled, Program, unfolded
from symcheck.numbers.worlds import Demand, build
from symcheck.reading.syntax import parse, parse_expression

ROWS = 20_000
RICH = """
size n
real s > 0, m
real c[j]
random f[j] mean 0, variance s^2, symmetric
random g[j] mean c[j], variance 2
random p[j] > 0 mean 2
random q >= 0 variance 1
random a mean m, atomless
random W[i,j] mean 0, variance s^2
independent W[i,j] over i, j
independent (f, g) and W
pairwise independent p[j] over j
independent (q, a) and f
"""
EXPRESSION = "E[sum(i, j = 1..n) W[i,j] + sum(j = 1..n) (f[j] + g[j] + p[j]) + q + a]"


def worlds(text, expression, count=8, **options):
    context = parse(text).context
    for seed in range(count):
        program = Program({"n": 3}, {}, estimate=True)
        program.lower(unfolded(context, flat(parse_expression(expression, context))))
        given = {"dependent": seed % 2 == 1} | options
        world = build(context, program, Demand(), seed, **given)
        room = {name: np.empty((*dims, ROWS)) for name, dims in world.dims.items()}
        world.draw(np.random.default_rng(seed + 100), room)
        yield world, {name: np.moveaxis(x, -1, 0) for name, x in room.items()}


def within(x, expected, axis=0):
    error = x.std(axis=axis) / np.sqrt(ROWS)
    assert np.all(np.abs(x.mean(axis=axis) - expected) <= 6 * error + 1e-9)


def uncorrelated(x, y):
    """x and y and some functions of them have no correlation."""
    for u, v in ((x, y), (x**2, y**2), (np.abs(x), y), (x, np.abs(y)), (x > 0, y > 0)):
        a, b = u - u.mean(), v - v.mean()
        assert abs((a * b).mean()) <= 6 * (a * b).std() / np.sqrt(ROWS) + 1e-9


def test_everything_declared_holds():
    for world, draws in worlds(RICH, EXPRESSION):
        s, m = world.space.symbols["s"], world.space.symbols["m"]
        c = world.space.parameters["c"]
        f, g, p, q, a, w = (draws[k] for k in ("f", "g", "p", "q", "a", "W"))
        within(f, 0)
        within(f**2, s**2)
        within(f**3, 0)
        within(np.sign(f), 0)
        within(g, c)
        within((g - c) ** 2, 2)
        within(p, 2)
        within(a, m)
        within(w, 0)
        within(w**2, s**2)
        assert np.all(p > 0)
        assert np.all(q >= 0)
        assert abs(q.var() - 1) < 0.2
        assert len(np.unique(a)) == ROWS
        flat_w = w.reshape(ROWS, -1)
        for k in range(flat_w.shape[1]):
            uncorrelated(flat_w[:, k], flat_w[:, k - 1])
            uncorrelated(flat_w[:, k], f[:, k % 3])
            uncorrelated(flat_w[:, k], g[:, k % 3] * f[:, 0])
        for k in range(3):
            uncorrelated(p[:, k], p[:, k - 1])
            uncorrelated(q, f[:, k])
            uncorrelated(a, f[:, k])


def test_worlds_differ_in_what_is_open():
    texts, kurtosis, skew, together = set(), [], [], []
    for world, draws in worlds(RICH, EXPRESSION, count=12):
        texts.add(world.text)
        f, w = draws["f"][:, 0], draws["W"][:, 0, 0]
        kurtosis.append((f**4).mean() / (f**2).mean() ** 2)
        skew.append((w**3).mean() / (w**2).mean() ** 1.5)
        other = draws["f"][:, 1]
        for u, v in ((f, other), (np.abs(f - 0.3), np.abs(other - 0.3))):
            together.append(abs(np.corrcoef(u, v)[0, 1]))
    assert len(texts) == 12
    assert min(kurtosis) < 1.5
    assert max(kurtosis) > 2.5
    assert max(np.abs(skew)) > 0.5
    assert sum(c > 0.2 for c in together) >= 2


@pytest.mark.parametrize(
    ("law", "mean", "variance"),
    [
        ("normal(1, 4)", 1, 4),
        ("uniform(0, 3)", 1.5, 0.75),
        ("laplace(1, 2)", 1, 8),
        ("exponential(2)", 0.5, 0.25),
        ("bernoulli(1/4)", 0.25, 3 / 16),
        ("rademacher()", 0, 1),
        ("poisson(3)", 3, 3),
        ("student(9)", 0, 9 / 7),
    ],
)
@pytest.mark.parametrize("dependent", [False, True])
def test_named_laws(law, mean, variance, dependent):
    text = f"size n\nrandom x[j] ~ {law}\n"
    for _, draws in worlds(text, "E[sum(j = 1..n) x[j]]", count=3, dependent=dependent):
        within(draws["x"], mean)
        within((draws["x"] - mean) ** 2, variance)


def test_parameters_are_chosen_until_the_laws_exist():
    text = "real a, b\nreal p\nrandom x ~ uniform(a, b)\nrandom y ~ bernoulli(p)\n"
    for world, _ in worlds(text, "E[x + y]"):
        assert world.space.symbols["a"] < world.space.symbols["b"]
        assert 0 < world.space.symbols["p"] < 1


def test_contexts_that_cannot_be_met():
    for wrong in ({"mean": 1, "symmetric": True}, {"variance": -1}, {"sign": ">", "mean": -1}):
        with pytest.raises(ValueError, match="x"):  # each is refused where it is declared
            Context().random("x", **wrong)
        context = Context()
        x = context.random("x")
        told = {k: S(v) if type(v) is int else v for k, v in wrong.items()}
        context.randoms["x"] = with_(context.randoms["x"], **told)
        program = Program({}, {})
        program.lower(E(x))
        with pytest.raises(NotSampled):
            build(context, program, Demand(), 0, dependent=False)


def test_vectors_that_are_identically_distributed():
    text = "size n\nrandom x[j], y[j]\nidentical (x[j], y[j]) over j\n"
    for _, draws in worlds(text, "E[sum(j = 1..n) x[j] y[j]]", count=10):
        x, y = draws["x"], draws["y"]
        for k in range(3):
            for u in (x, y, x * y, x**2 * y**2):
                within(u[:, k] - u[:, k - 1], 0)


def test_separation():
    context = parse(
        "random W[i,j], f[j], x[j], y[j]\nindependent W[i,j] over j\n"
        "independent W[i,j] and f[j]\nindependent (x[j], y[j]) over j\n"
    ).context
    rows, single, vectors = context.independence

    def apart(fact, x, y):
        return separated(fact, x, y)

    assert apart(rows, ("W", (1, 1)), ("W", (1, 2)))
    assert not apart(rows, ("W", (1, 1)), ("W", (2, 2)))  # not in the same row
    assert apart(single, ("W", (1, 2)), ("f", (2,)))
    assert not apart(single, ("W", (1, 2)), ("f", (1,)))
    (layer,) = parse(
        "random W[k,i,j], f[k,j]\nindependent W[k] and f[k]\n"
    ).context.independence  # all members that share k
    assert apart(layer, ("W", (1, 1, 1)), ("f", (1, 2)))
    assert not apart(layer, ("W", (1, 1, 1)), ("f", (2, 1)))
    assert apart(vectors, ("x", (1,)), ("y", (2,)))
    assert not apart(vectors, ("x", (1,)), ("y", (1,)))


def test_groups_never_join_what_is_separated():
    context = parse(RICH).context
    groups = Groups(context)
    members = [(n, (k,)) for n in "fgp" for k in range(2)] + [("q", ()), ("a", ())]
    members += [("W", (i, j)) for i in range(2) for j in range(2)]
    rng = random.Random(1)
    sizes = set()
    for _ in range(60):
        chosen = groups.choose(members, rng)
        assert sorted(m for g in chosen for m in g) == sorted(members)
        for g in chosen:
            sizes.add(len(g))
            for x in g:
                for y in g:
                    if x != y:
                        assert groups.compatible(x, y)
    assert max(sizes) >= 3
    assert not groups.compatible(("W", (0, 0)), ("W", (1, 1)))
    assert not groups.compatible(("W", (0, 0)), ("f", (0,)))
    assert groups.compatible(("f", (0,)), ("g", (1,)))


def test_a_hypothesis_that_names_a_number():
    own, others = own_constants(parse("real m, s\nrandom x\nassume E[x^2] = m").context)
    assert [str(k) for k in own] == ["m"]
    assert not others
    own, others = own_constants(parse("real m\nrandom x mean m\nassume E[x^2] = m").context)
    assert not own
    assert len(others) == 1


def test_free_indices_stay_in_their_ranges():
    context = parse("size n\nindex i = 1..n\nindex k = 1..n with i != k\nrandom x[j]").context
    i, k = (context.indices[s] for s in "ik")
    assert free_values(context, [i, k], True, {"n": 4}) == {"i": 1, "k": 2}
    with pytest.raises(NotSampled):
        free_values(context, [i, k], True, {"n": 1})
