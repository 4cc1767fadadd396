"""Moments and gains against numbers that were not made by this code."""

from __future__ import annotations

from fractions import Fraction

import pytest
from by_hand import ACTIVATIONS, expectation
from mpmath import mp, mpf

from symcheck import gain
from symcheck.gains.names import ACTIVATIONS as NAMED
from symcheck.gains.names import GATED
from symcheck.gains.result import CHECKED, ENCLOSED, PROVED


@pytest.fixture(autouse=True)
def thirty_digits():
    with mp.workdps(30):
        yield


def holds(quantity, expected, slack="1e-18"):
    """Does the enclosure hold the number, and is it narrow?"""
    low, high = (mpf(f.numerator) / f.denominator for f in (quantity.low, quantity.high))
    room = mpf(slack) * max(1, abs(expected))
    narrow = high - low <= mpf("1e-14") * max(abs(expected), mpf("1e-30"))
    return low - room <= expected <= high + room and narrow


def test_every_name_is_written_down_again():
    synonyms = {"linear", "prelu", "swish"}
    assert set(NAMED) - synonyms <= set(ACTIVATIONS)


@pytest.mark.parametrize("sigma", ["1", "2.5"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_moments_agree_with_another_quadrature(name, sigma):
    phi, slope, kinks = ACTIVATIONS[name]
    found = gain(name, sigma=sigma)
    mean = expectation(phi, sigma, kinks)
    second = expectation(lambda x: phi(x) ** 2, sigma, kinks)
    assert holds(found.second, second)
    assert holds(found.slope, expectation(lambda x: slope(x) ** 2, sigma, kinks))
    assert holds(found.variance, second - mean**2, "1e-16")
    if name != "selu" or sigma != "1":  # where it is 0 up to the digits of its two numbers
        assert holds(found.mean, mean)


GELU_SECOND = mpf("0.42522148257029866")  # 1/3 + 1/(2 √3 π): Lee 2023, GELU activation function


@pytest.mark.parametrize(
    ("text", "options", "forward"),
    [
        ("relu", {}, lambda: mp.sqrt(2)),  # He et al. 2015
        ("leaky_relu", {"a": "0.2"}, lambda: mp.sqrt(2 / (1 + mpf("0.2") ** 2))),
        ("leaky_relu", {"a": "-3"}, lambda: mp.sqrt(mpf(2) / 10)),
        ("selu", {}, lambda: mpf(1)),  # Klambauer et al. 2017: variance 1 is a fixed point
        ("abs", {}, lambda: mpf(1)),
        ("identity", {}, lambda: mpf(1)),
        ("relu^2", {}, lambda: mp.sqrt(mpf(2) / 3)),
        ("erf", {}, lambda: 1 / mp.sqrt(2 / mp.pi * mp.asin(mpf(2) / 3))),
        ("sin", {}, lambda: mp.sqrt(2 / (1 - mp.exp(-2)))),
        ("gelu", {}, lambda: 1 / mp.sqrt(mpf(1) / 3 + 1 / (2 * mp.sqrt(3) * mp.pi))),
    ],
)
def test_known_gains(text, options, forward):
    assert holds(gain(text, **options).forward, forward())


@pytest.mark.parametrize("sigma", ["0.5", "1", "3"])
def test_known_moments(sigma):
    s = mpf(sigma)
    assert holds(gain("sin", sigma=sigma).second, (1 - mp.exp(-2 * s**2)) / 2)
    arcsine = 2 / mp.pi * mp.asin(2 * s**2 / (1 + 2 * s**2))
    assert holds(gain("erf", sigma=sigma).second, arcsine)
    assert holds(gain("relu", sigma=sigma).mean, s / mp.sqrt(2 * mp.pi))
    assert holds(gain("exp(x)", sigma=sigma).second, mp.exp(2 * s**2), "1e-12")


def test_gelu_as_published():
    found = gain("gelu")
    assert abs(mpf(float(found.second)) - GELU_SECOND) < mpf("1e-15")
    assert holds(found.mean, 1 / mp.sqrt(4 * mp.pi))


def test_what_pytorch_writes_for_selu_and_tanh():
    """torch.nn.init.calculate_gain: 5/3 for tanh and 3/4 for selu; neither is 1/√E[φ²]."""
    assert not (gain("tanh").forward.low <= Fraction(5, 3) <= gain("tanh").forward.high)
    assert not (gain("selu").forward.low <= Fraction(3, 4) <= gain("selu").forward.high)


@pytest.mark.parametrize("name", GATED)
@pytest.mark.parametrize("sigma", ["1", "1.7"])
def test_gated_units_are_the_gate_times_an_independent_normal(name, sigma):
    phi, slope, kinks = ACTIVATIONS[GATED[name]]
    found, s2 = gain(name, sigma=sigma), mpf(sigma) ** 2
    second = expectation(lambda x: phi(x) ** 2, sigma, kinks)
    turned = expectation(lambda x: slope(x) ** 2, sigma, kinks)
    assert found.gated
    assert str(found.mean) == "0"
    assert holds(found.second, s2 * second)
    assert holds(found.slope, s2 * turned + second)
    assert gain(GATED[name], sigma=sigma, gated=True).second.low == found.second.low


def test_a_drift_is_the_power_of_the_ratio():
    found = gain("tanh", layers=50)
    second = expectation(lambda x: mp.tanh(x) ** 2)
    ratio = expectation(lambda x: mp.sech(x) ** 4) / second
    assert holds(found.ratio, ratio)
    assert abs(float(found.drift) / float(ratio**50) - 1) < 1e-12
    assert float(gain("relu", layers=1000).drift) == 1


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("relu", PROVED), ("leaky_relu", PROVED), ("relu^2", PROVED), ("sin", PROVED),
        ("abs", PROVED), ("x^3 - x", PROVED), ("gelu", CHECKED), ("erf", CHECKED),
        ("elu", CHECKED), ("selu", CHECKED), ("hardtanh", CHECKED), ("tanh", ENCLOSED),
        ("silu", ENCLOSED), ("mish", ENCLOSED), ("softplus", ENCLOSED),
    ],
)  # fmt: skip
def test_it_says_what_stands_behind_a_second_moment(text, status):
    found = gain(text).second
    assert found.status == status
    assert bool(found.closed) == bool(found.lines) == (status != ENCLOSED)


def test_the_closed_form_of_gelu_is_derived_by_named_rules():
    rules = [why for _, why in gain("gelu").second.lines]
    assert {"by parts", "the arcsine law", "completing the square"} <= set(rules)


def test_the_question_to_the_core_is_a_file_that_derive_answers(tmp_path, capsys):
    from symcheck.commands.cli import main

    file = tmp_path / "leaky.proof"
    file.write_text(gain("leaky_relu").question, encoding="utf-8")
    main(["derive", str(file), "--no-numeric"])
    assert "✓ proved: E[LeakyReLU(x, a)²] = σ² (1 + a²) / 2" in capsys.readouterr().out


@pytest.mark.parametrize("digits", [1, 5, 40, 100])
def test_as_many_digits_as_asked_for_and_all_right(digits):
    found = gain("tanh", digits=digits).second
    with mp.workdps(digits + 20):
        exact = expectation(lambda x: mp.tanh(x) ** 2, far=16 + digits // 5)
        expected = mp.nstr(exact, digits, strip_zeros=False) if digits > 1 else "0.4"
    assert str(found) == expected
    low, high = map(Fraction, found.ends)
    assert low <= found.low <= found.high <= high


def test_a_result_is_frozen_and_has_numbers():
    found = gain("gelu")
    with pytest.raises(AttributeError):
        found.name = "relu"
    assert float(found.forward) == pytest.approx(1.5335304411955434, rel=1e-14)
    assert isinstance(found.second.low, Fraction)
