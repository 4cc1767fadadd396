"""Closed forms, derivatives and tail bounds at random, against mpmath and finite differences."""

from __future__ import annotations

import random

import pytest
from by_hand import expectation
from flint import arb, ctx
from mpmath import mp, mpf

from symcheck.gains import closed, decimals, integrals, moments
from symcheck.gains.balls import floats, value
from symcheck.gains.closed import Disagreement, Unit
from symcheck.gains.growth import Unbounded, tail
from symcheck.gains.moments import SIGMA, NotExact, closed_form
from symcheck.gains.names import ACTIVATIONS, X, named
from symcheck.gains.reading import activation, number
from symcheck.gains.slopes import derivative

ATOMS = {
    "x": lambda x: x,
    "1": lambda x: mpf(1),
    "2*x": lambda x: 2 * x,
    "x^2": lambda x: x * x,
    "exp(x/3)": lambda x: mp.exp(x / 3),
    "exp(-x^2/4)": lambda x: mp.exp(-x * x / 4),
    "erf(x)": mp.erf,
    "erf(x/2)": lambda x: mp.erf(x / 2),
    "sin(x)": mp.sin,
    "cos(2*x)": lambda x: mp.cos(2 * x),
    "relu(x)": lambda x: max(x, 0),
    "relu(x - 1)": lambda x: max(x - 1, 0),
    "abs(x)": abs,
    "1[x > 1/2]": lambda x: mpf(x > 0.5),
    "leaky_relu(x, 0.3)": lambda x: x if x > 0 else mpf(3) / 10 * x,
    "min(x, 1)": lambda x: min(x, 1),
    "sigmoid(x)": lambda x: 1 / (1 + mp.exp(-x)),
    "tanh(x/2)": lambda x: mp.tanh(x / 2),
}
KINKS = (0, mpf(1) / 2, 1)


def made_up(seed):
    """A sum of products of atoms: its text, and the same function by mpmath."""
    draw = random.Random(seed)
    terms = [
        (draw.randint(1, 5), [draw.choice(list(ATOMS)) for _ in range(draw.randint(1, 2))])
        for _ in range(draw.randint(1, 3))
    ]
    text = " + ".join(f"{n}/3 * {' * '.join(atoms)}" for n, atoms in terms)
    return text, lambda x: sum(mpf(n) / 3 * mp.fprod(ATOMS[a](x) for a in f) for n, f in terms)


@pytest.mark.parametrize("seed", range(60))
def test_closed_forms_at_random(seed):
    text, f = made_up(seed)
    phi = activation(text).phi
    sigma = random.Random(seed).choice(("0.7", "1", "1.6"))
    for g, h in ((phi, f), (phi**2, lambda x: f(x) ** 2)):
        try:
            exact, _ = closed_form(g)
        except NotExact:
            continue
        ball = value(exact.subs(SIGMA, number(sigma)))
        with mp.workdps(20):
            expected = expectation(h, sigma, KINKS)
        assert float(ball.mid()) == pytest.approx(float(expected), rel=1e-13, abs=1e-13), text


@pytest.mark.parametrize("seed", range(100, 130))
def test_enclosures_at_random(seed):
    text, f = made_up(seed)
    with mp.workdps(25):
        second = expectation(lambda x: f(x) ** 2, "1.3", KINKS)
        with ctx.workprec(120):
            sigma = value(number("1.3"))
        ball = integrals.expectation(activation(text).phi ** 2, sigma, 60)
        low, high = (mpf(e.numerator) / e.denominator for e in decimals.ends(ball))
        assert low - mpf("1e-20") <= second <= high + mpf("1e-20"), text
        assert high - low < mpf("1e-15") * max(second, 1)


def test_enough_of_them_have_a_closed_form():
    found = 0
    for seed in range(60):
        try:
            closed_form(activation(made_up(seed)[0]).phi)
        except NotExact:
            continue
        found += 1
    assert found >= 30


@pytest.mark.parametrize("text", [*ACTIVATIONS, *(made_up(s)[0] for s in range(20))])
def test_derivatives_are_slopes(text):
    phi = activation(text).plain
    f, slope = floats(phi), floats(derivative(phi))
    for x in (-2.7, -0.6, 0.3, 1.3, 2.9):
        h = 1e-5
        assert slope(x) == pytest.approx((f(x + h) - f(x - h)) / (2 * h), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    ["tanh(x)", "x^6", "exp(x)", "exp(x^2/8)", "log(1 + exp(x))", "sqrt(1 + x^2)", "gelu^2",
     "mish^2", "x/(1 + abs(x))", "abs(x)^0.5", "exp(-x^2 + x)", "sin(x)*x^3", "elu", "1/(2+cos(x))",
     "log(2 + x^2)", "exp(abs(x)/2)*relu(x)",
     "exp(sqrt(x^2 + 1)/2)", "abs(x)^2.5"],
)  # fmt: skip
@pytest.mark.parametrize(("sigma", "cut"), [("1", 8), ("1.5", 12)])
def test_a_tail_is_at_most_its_bound(text, sigma, cut):
    phi = activation(text).plain
    with ctx.workprec(80):
        bound = float(tail(phi, {}, value(number(sigma)), cut, 0))
    f, s = floats(phi), mpf(sigma)

    def integrand(z):
        return abs(mpf(f(float(s * z)))) * mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)

    far = mp.quad(integrand, [cut, cut + 1, cut + 4]) + mp.quad(
        integrand, [-cut - 4, -cut - 1, -cut]
    )
    assert 0 < far <= bound


@pytest.mark.parametrize("text", ["exp(x^2)", "exp(x^3)", "1/sin(x)", "log(x)", "exp(exp(x))"])
def test_what_has_no_bound_gets_none(text):
    with pytest.raises(Unbounded):
        tail(activation(text).plain, {}, arb(1), 10, 0)


def test_a_closed_form_that_is_wrong_is_never_shown(monkeypatch):
    monkeypatch.setattr(
        closed, "closed_form", lambda g: (moments.SIGMA**2 / 3, ())
    )  # E[relu²] is σ²/2
    with pytest.raises(Disagreement, match="outside of its certified enclosure"):
        closed.moments(Unit(activation("relu"), number("1")), 15)


def test_letters_are_kept_in_closed_forms():
    phi, letters = named("leaky_relu", X)
    exact, _ = closed_form(phi**2)
    (a,) = letters
    assert exact.has(a)
    assert exact.subs({a: 0, SIGMA: 1}) == number("1/2")
