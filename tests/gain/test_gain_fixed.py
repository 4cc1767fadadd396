"""Fixed points of variance maps, and the edge of chaos, against mpmath and known results."""

from __future__ import annotations

import pytest
from by_hand import ACTIVATIONS, expectation
from mpmath import mp, mpf

from symcheck import gain


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(25):
        yield


def close(quantity, expected, rel="1e-14"):
    middle = mpf(quantity.low.numerator) / quantity.low.denominator
    return abs(middle - expected) <= mpf(rel) * max(1, abs(expected))


def test_tanh_at_its_edge_of_chaos():
    """Poole et al. 2016: σ_w = 1, σ_b = 0 is critical; the variance goes to 0, slowly."""
    found = gain("tanh", weights=1, bias=0).map
    (point,) = found.points
    assert (str(point.q), point.attracts, point.phase) == ("0", True, "edge of chaos")
    assert point.chi.low == point.chi.high == 1


@pytest.mark.parametrize(("weights", "attracts"), [("0.99", True), ("1.01", False)])
def test_tanh_beside_the_edge(weights, attracts):
    first, *others = gain("tanh", weights=weights).map.points
    assert first.attracts is attracts
    assert first.phase == ("ordered" if attracts else "chaotic")
    assert len(others) == (0 if attracts else 1)
    assert close(first.chi, mpf(weights))


@pytest.mark.parametrize(("weights", "bias"), [("1.69", "0.05"), ("2.5", "0")])
def test_fixed_points_of_tanh(weights, bias):
    """The setting of Schoenholz et al. 2017: q*, V'(q*), χ by another quadrature and solver."""
    w, b = mpf(weights), mpf(bias)

    def v(q):
        return w * expectation(lambda x: mp.tanh(x) ** 2, mp.sqrt(q)) + b

    q = mp.findroot(lambda t: v(t) - t, (mpf("0.1"), mpf(5)), solver="anderson", tol=1e-20)
    point = gain("tanh", weights=weights, bias=bias).map.points[-1]
    assert close(point.q, q)
    assert close(point.chi, w * expectation(lambda x: mp.sech(x) ** 4, mp.sqrt(q)))
    assert close(point.slope, mp.diff(v, q), "1e-9")
    assert point.attracts


def test_the_phases_of_schoenholz():
    """Their figures use σ_b² = 0.05: σ_w² = 1.3 is ordered, σ_w² = 3 is chaotic."""
    for weights, phase in (("1.3", "ordered"), ("3", "chaotic")):
        (point,) = gain("tanh", weights=weights, bias="0.05").map.points
        assert point.phase == phase


@pytest.mark.parametrize("name", ["tanh", "gelu", "silu", "erf", "elu", "mish", "sin"])
def test_the_edge_through_a_variance_is_one(name):
    """Put σ_w² and σ_b² of the edge in again: q = σ² is fixed, and χ = 1 there."""
    edge = gain(name, sigma="0.8", digits=25).map.edge
    w, b = (mpf(q.low.numerator) / q.low.denominator for q in edge)
    phi, slope, kinks = ACTIVATIONS[name]
    assert abs(w * expectation(lambda x: slope(x) ** 2, "0.8", kinks) - 1) < 1e-18
    second = expectation(lambda x: phi(x) ** 2, "0.8", kinks)
    assert abs(w * second + b - mpf("0.64")) < 1e-18


def test_relu_with_the_weights_of_he():
    found = gain("relu", weights=2).map
    assert found.points == ()
    assert "every q is a fixed point" in found.note
    assert "edge of chaos" in found.note


def test_relu_with_biases():
    (point,) = gain("relu", weights=1, bias="0.1").map.points
    assert close(point.q, mpf("0.2"))  # q = q/2 + 0.1
    assert point.attracts
    assert close(point.chi, mpf("0.5"))
    assert "no fixed point" in gain("relu", weights=2, bias="0.1").map.note
    assert "no fixed point" in gain("relu", weights=3, bias="0.1").map.note


def test_leaky_relu_is_critical_at_any_slope():
    found = gain("leaky_relu", a="0.3", weights="200/109").map
    assert "every q is a fixed point" in found.note


def test_selu_comes_back_to_variance_one():
    """Klambauer et al. 2017: mean 0 and variance 1 are an attracting fixed point."""
    zero, one = gain("selu", weights=1).map.points
    assert zero.attracts is False
    assert close(one.q, mpf(1))
    assert one.attracts


def test_erf_at_its_edge():
    (point,) = gain("erf", weights="pi/4").map.points  # φ'(0)² = 4/π
    assert (point.attracts, point.phase) == (True, "edge of chaos")


@pytest.mark.parametrize("name", ["swiglu", "reglu", "relu^2"])
def test_what_grows_like_a_square_has_a_repelling_fixed_point(name):
    zero, one = gain(name).map.points
    assert zero.attracts is True
    assert one.attracts is False
    assert close(one.q, mpf(1))


def test_a_jump_at_zero_repels_from_zero():
    zero, one = gain("sign").map.points
    assert zero.attracts is False
    assert zero.slope is None
    assert close(one.q, mpf(1))


def test_weights_for_the_backward_pass():
    found = gain("silu", weights="backward").map
    _, slope, _ = ACTIVATIONS["silu"]
    assert close(found.weights, 1 / expectation(lambda x: slope(x) ** 2))


@pytest.mark.parametrize("name", ["gelu", "silu", "mish", "softplus", "elu"])
def test_the_weights_for_the_forward_pass_keep_the_variance(name):
    points = gain(name, sigma="1.4").map.points
    assert any(close(p.q, mpf("1.96")) for p in points)


@pytest.mark.parametrize(("name", "q"), [("relu", 1.0), ("erf", 0.8), ("tanh", 1.3)])
def test_the_correlation_map_that_is_drawn(name, q):
    """Cho and Saul 2009 for relu, the arcsine law for erf, a double quadrature for tanh."""
    import numpy as np

    from symcheck.gains.balls import floats
    from symcheck.gains.plot import correlations
    from symcheck.gains.reading import activation

    c = np.array([-0.9, -0.3, 0.0, 0.5, 0.95])
    found, _ = correlations(floats(activation(name).phi), q, c)
    if name == "relu":
        angle = np.arccos(c)
        expected = q / (2 * np.pi) * (np.sin(angle) + (np.pi - angle) * c)
    elif name == "erf":
        expected = 2 / np.pi * np.arcsin(2 * q * c / (1 + 2 * q))
    else:
        nodes, weights = np.polynomial.hermite_e.hermegauss(120)
        u, v = np.meshgrid(nodes, nodes)
        both = np.outer(weights, weights) / (2 * np.pi)
        root = np.sqrt(q)
        expected = [
            np.sum(both * np.tanh(root * u) * np.tanh(root * (t * u + np.sqrt(1 - t * t) * v)))
            for t in c
        ]
    assert np.allclose(found, expected, atol=2e-5)
