"""Variables that are taken for functions of others still have everything declared."""

from __future__ import annotations

import pytest

from symcheck.language.expr import flat
from symcheck.numbers.program import NotSampled
from symcheck.numbers.quadrature import integrate
from symcheck.reading.syntax import parse, parse_expression
from symcheck.witness.elimination import eliminated
from symcheck.witness.relevant import relevant

TIED = [
    ("random x, y ~ normal(0, 1)", "E[x y]", "1/2", {}),
    ("random x, y ~ normal(0, 1)", "Cov[x, y]", "ρ", {"ρ": -0.75}),
    ("random x ~ normal(μ, 4), y ~ normal(3, 1)", "Cov[x, y]", "ρ", {"μ": 1.5, "ρ": 1.25}),
    ("random x ~ normal(μ, 4), y ~ normal(3, 1)", "E[x y]", "ρ", {"μ": 1.5, "ρ": 3.5}),
    ("random x, y ~ laplace(1, 2)", "Cov[x, y]", "ρ", {"ρ": 3.0}),
    ("random x, y ~ uniform(-1, 3)", "Cov[y, x]", "ρ", {"ρ": 0.5}),
]


def tied(declared, left, right, *sides):
    """The context and the sides, with one variable less."""
    context = parse(f"real μ, ρ\n{declared}\nassume {left} = {right}").context
    line = [flat(parse_expression(e, context)) for e in sides]
    ways = eliminated(relevant(context, line), line)
    return context, line, [w for w in ways if w.words]


@pytest.mark.parametrize(("declared", "left", "right", "values"), TIED)
def test_the_assumption_holds(declared, left, right, values):
    _, _, (way,) = tied(declared, left, right, left, right)
    assert not way.context.hypotheses
    one, two = (integrate(way.context, e, values).value for e in way.sides)
    assert one == pytest.approx(two, abs=1e-9)


@pytest.mark.parametrize(("declared", "left", "right", "values"), TIED)
@pytest.mark.parametrize("e", ["P[{} > 1/2]", "E[{}]", "E[{}^2]", "E[abs({})^3]", "E[cos({})]"])
def test_both_variables_keep_their_laws(declared, left, right, values, e):
    own = [e.format(v) for v in "xy"]
    context, line, (way,) = tied(declared, left, right, *own, left)
    for before, after in zip(line[:2], way.sides[:2], strict=True):
        found = integrate(way.context, after, values).value
        assert found == pytest.approx(integrate(context, before, values).value, abs=1e-9)


@pytest.mark.parametrize(
    ("declared", "left"),
    [
        ("random x, y ~ exponential(1)", "Cov[x, y]"),  # no mirror image
        ("random x ~ uniform(-1, 1), y ~ laplace(0, 1)", "Cov[x, y]"),
        ("random x, y ~ uniform(0, μ)", "E[x^2 y]"),
        ("random x, y ~ cauchy()", "E[x y]"),
        ("random x ~ normal(0, 1), y mean 0, variance 1", "Cov[x, y]"),
        ("random x, y ~ normal(0, 1)\nindependent x and y", "Cov[x, y]"),
        ("random x, y, z ~ normal(0, 1)\nindependent y and z", "Cov[x, y]"),
    ],
)
def test_no_such_world(declared, left):
    _, _, ways = tied(declared, left, "ρ", left, "ρ")
    assert ways == []


def test_a_probability_that_is_none_is_refused():
    _, _, (way,) = tied("random x, y ~ normal(0, 1)", "Cov[x, y]", "ρ", "Cov[x, y]", "ρ")
    with pytest.raises(NotSampled):
        integrate(way.context, way.sides[0], {"ρ": 2}).value  # noqa: B018
