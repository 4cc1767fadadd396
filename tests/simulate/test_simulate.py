"""The law of random networks against enumeration, and the measurement against the law."""

from __future__ import annotations

import itertools
import math
import threading
import tracemalloc
from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from symcheck.simulate.activations import ACTIVATIONS, activation
from symcheck.simulate.experiment import generator, simulate
from symcheck.simulate.law import derive
from symcheck.simulate.network import Buffers, draw, propagate, raw_scales, scales
from symcheck.simulate.setting import WEIGHT_LAWS, Setting, lecture
from symcheck.simulate.statistics import Tally

# ------------------------------------------------------------ the law, by hand and by counting


def test_figure_7_4_in_closed_form():
    # Var[f_1] = D s: the first layer reads the input, with no ReLU and no half.
    for setting, s in zip(lecture(), (0.001, 0.01, 0.02, 0.1, 1.0), strict=True):
        law = derive(setting)
        for k in range(1, 52):
            expected = math.log(100 * s) + (k - 1) * math.log(100 * s / 2)
            assert law.forward[k - 1] == pytest.approx(expected, abs=1e-9)
        # One output: m_50 = s/2; each layer before that multiplies by D s/2.
        for k in range(1, 51):
            expected = math.log(s / 2) + (50 - k) * math.log(100 * s / 2)
            assert law.gain[k - 1] == pytest.approx(expected, abs=1e-9)
    # After 50 hidden layers, relative to the first: 0.05^50 and 50^50.
    least, most = derive(lecture()[0]).forward, derive(lecture()[4]).forward
    assert math.exp(least[50] - least[0]) == pytest.approx(8.88e-66, rel=1e-3)
    assert math.exp(most[50] - most[0]) == pytest.approx(8.88e84, rel=1e-3)


def test_other_widths_input_and_biases_by_hand():
    [setting] = lecture([0.5], widths=(3, 5), input_size=4, input_variance=2.0, bias=0.25)
    # v1 = 4*.5*2 + .25; v2 = 3*.5*v1/2 + .25; v3 = 5*.5*v2/2 + .25
    v1 = 4.25
    v2 = 0.75 * v1 + 0.25
    v3 = 1.25 * v2 + 0.25
    law = derive(setting)
    assert [math.exp(v) for v in law.forward] == pytest.approx([v1, v2, v3])
    assert [math.exp(v) for v in law.gain] == pytest.approx([1.25 * 0.25, 0.25, 1])


def dot(a, b):
    return sum(p * q for p, q in zip(a, b, strict=True))


def enumerate_network(sizes, x, slope, weight, bias):
    """Exact averages of f_k^2, J_k^2 and (2 f_K J_k)^2 over all signs, in rational numbers."""
    pairs = list(itertools.pairwise(sizes))
    many = sum(m * n for m, n in pairs)
    extra = sum(sizes[1:]) if bias else 0
    totals = [[Fraction(0)] * len(pairs) for _ in range(3)]
    for signs in itertools.product((1, -1), repeat=many + extra):
        sign = iter(signs)
        omega = [[[next(sign) * weight for _ in range(m)] for _ in range(n)] for m, n in pairs]
        beta = [[next(sign) * bias if bias else Fraction(0) for _ in range(n)] for _, n in pairs]
        f, h = [], x
        for w, b in zip(omega, beta, strict=True):
            f.append([dot(r, h) + d for r, d in zip(w, b, strict=True)])
            h = [max(v, Fraction(0)) + slope * min(v, Fraction(0)) for v in f[-1]]
        j = [Fraction(1)]
        for k in reversed(range(len(pairs))):
            if k < len(pairs) - 1:
                back = [dot(column, j) for column in zip(*omega[k + 1], strict=True)]
                j = [v * (1 if g > 0 else slope) for v, g in zip(back, f[k], strict=True)]
            totals[0][k] += sum(v * v for v in f[k]) / len(f[k])
            totals[1][k] += sum(v * v for v in j) / len(j)
            totals[2][k] += sum(4 * f[-1][0] ** 2 * v * v for v in j) / len(j)
    count = 2 ** (many + extra)
    return [[t / count for t in row] for row in totals]


@pytest.mark.parametrize(
    ("sizes", "x", "slope", "weight", "bias"),
    [
        # Inputs and biases that make no pre-activation zero unless every unit before is off.
        ((2, 2, 1), (1, 3), 0, 1, 0),
        ((3, 2, 1), (1, 3, 5), 0, Fraction(1, 2), 0),
        ((2, 3, 1), (1, 3), Fraction(1, 3), 2, 0),
        ((2, 2, 2, 1), (1, 3), 1, Fraction(1, 2), 0),
        ((1, 1, 1, 1, 1, 1), (3,), 0, 2, 0),
        ((1, 1, 1, 1, 1), (3,), Fraction(1, 5), 1, 0),
        ((1, 1, 1, 1), (3,), 0, 1, Fraction(1, 7)),
        ((2, 2, 1), (1, 3), 0, 1, Fraction(1, 7)),
        ((1, 1, 1, 1), (3,), Fraction(1, 3), 1, Fraction(1, 7)),
    ],
)  # fmt: skip
def test_law_is_the_exact_average_over_all_signs(sizes, x, slope, weight, bias):
    x = [Fraction(v) for v in x]
    layers = len(sizes) - 1
    setting = Setting(
        "signs", sizes, (float(weight) ** 2,) * layers, (float(bias) ** 2,) * layers,
        activation("leaky_relu", float(slope)), WEIGHT_LAWS["rademacher"],
        float(sum(v * v for v in x) / len(x)),
    )  # fmt: skip
    law = derive(setting)
    expected = enumerate_network(sizes, x, Fraction(slope), Fraction(weight), Fraction(bias))
    for logs, row in zip((law.forward, law.gain, law.gradient), expected, strict=True):
        assert [math.exp(v) for v in logs] == pytest.approx([float(v) for v in row], rel=1e-12)


def test_independence_assumed_is_not_exact():
    # Gaussian weights, one hidden layer of D: E[w^4] = 3 makes the factor 1 + 5/D.
    for d in (1, 4, 100):
        [setting] = lecture([1.0], widths=(d,), input_size=3)
        law = derive(setting)
        assert math.exp(law.gradient[0] - law.independent[0]) == pytest.approx(1 + 5 / d)
    law = derive(lecture()[2])
    assert math.exp(law.gradient[0] - law.independent[0]) == pytest.approx(1.05**50, rel=1e-6)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@pytest.mark.parametrize("variance", [1e-4, 1.0, 50.0])
def test_second_moments_against_mpmath(name, variance):
    unit = ACTIVATIONS[name]
    formulas = {
        "relu": lambda t: max(t, 0), "leaky_relu": lambda t: t if t > 0 else t / 100,
        "linear": lambda t: t, "tanh": mpmath.tanh, "sigmoid": lambda t: 1 / (1 + mpmath.exp(-t)),
        "gelu": lambda t: t * mpmath.ncdf(t), "silu": lambda t: t / (1 + mpmath.exp(-t)),
        "softplus": lambda t: mpmath.log(1 + mpmath.exp(t)),
        "elu": lambda t: t if t > 0 else mpmath.expm1(t),
    }  # fmt: skip
    s = mpmath.sqrt(variance)
    cuts = sorted({-12, 12, *(c for c in (0, -1 / s, 1 / s, -8 / s, 8 / s) if abs(c) < 12)})

    def moment(a):
        return float(mpmath.quad(lambda z: a(s * z) ** 2 * mpmath.npdf(z), cuts))

    assert unit.second_moment(variance) == pytest.approx(moment(formulas[name]), rel=1e-9)
    if name not in ("relu", "leaky_relu", "linear", "elu"):
        slope = moment(lambda t: mpmath.diff(formulas[name], t))
        assert unit.derivative_moment(variance) == pytest.approx(slope, rel=1e-6)


# ------------------------------------------------------------ one pass


def one_pass(setting, by, rows=3, seed=5):
    buffers = Buffers(setting.sizes, 1, rows, setting.biased)
    stream = generator(seed, 0)
    draw(setting, [stream], buffers)
    stream.standard_normal(out=buffers.inputs[0])
    return buffers, propagate(setting.activation, by, buffers, 1, rows)


def by_hand(setting, buffers, inputs, shift=None, at=-1):
    """All pre-activations for one batch; ``shift`` is added to f_at."""
    plain = {
        "relu": lambda f: np.where(f > 0, f, 0), "tanh": np.tanh, "linear": lambda f: f,
        "leaky_relu": lambda f: np.where(f > 0, f, 0.01 * f),
        "gelu": lambda f: f * 0.5 * (1 + np.vectorize(math.erf)(f / math.sqrt(2))),
        "elu": lambda f: np.where(f > 0, f, np.exp(np.minimum(f, 0)) - 1),
        "softplus": lambda f: np.log(1 + np.exp(f)),
        "sigmoid": lambda f: 1 / (1 + np.exp(-f)), "silu": lambda f: f / (1 + np.exp(-f)),
    }[setting.activation.name]  # fmt: skip
    h, signals = inputs * math.sqrt(setting.input_variance), []
    for k in range(setting.layers):
        omega = buffers.weights[k][0].T * math.sqrt(setting.weight_variances[k])
        f = h @ omega.T
        if setting.biased:
            f = f + buffers.biases[k][0] * math.sqrt(setting.bias_variances[k])
        if k == at:
            f = f + shift
        signals.append(f)
        h = plain(f)
    return signals


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_gradients_against_finite_differences(name):
    [setting] = lecture(
        [0.3], widths=(4, 6, 3), input_size=5, input_variance=2, bias=0.1,
        activation=ACTIVATIONS[name],
    )  # fmt: skip
    buffers, (forward, gain, gradient) = one_pass(setting, raw_scales(setting))
    inputs = buffers.inputs[0]
    signals = by_hand(setting, buffers, inputs)
    step = 1e-6
    for k in range(setting.layers):
        assert forward[0, k] == pytest.approx((signals[k] ** 2).mean(axis=1).sum())
        j = np.empty_like(signals[k])
        for i in range(j.shape[1]):
            e = np.zeros(j.shape[1])
            e[i] = step
            high = by_hand(setting, buffers, inputs, e, k)[-1]
            low = by_hand(setting, buffers, inputs, -e, k)[-1]
            j[:, i] = ((high - low) / (2 * step))[:, 0]
        loss = 2 * signals[-1] * j
        assert gain[0, k] == pytest.approx((j**2).mean(axis=1).sum(), rel=1e-5)
        assert gradient[0, k] == pytest.approx((loss**2).mean(axis=1).sum(), rel=1e-5)


@pytest.mark.parametrize(
    "options",
    [{}, {"bias": 0.2}, {"activation": ACTIVATIONS["tanh"], "bias": 0.1},
     {"activation": activation("leaky_relu", 0.2), "input_variance": 3.0}],
)  # fmt: skip
def test_normalized_pass_is_the_plain_pass(options):
    for setting in lecture([0.01, 0.2, "he"], widths=(8, 20, 12, 9), input_size=7, **options):
        law = derive(setting)
        _, plain = one_pass(setting, raw_scales(setting))
        _, normalized = one_pass(setting, scales(setting, law))
        logs_of = (law.forward, law.gain, law.gradient)
        for logs, a, b in zip(logs_of, plain, normalized, strict=True):
            assert b * np.exp(logs) == pytest.approx(a, rel=1e-10)


# ------------------------------------------------------------ many networks


def wide_band(e):
    """The 95 % band (z about 2.8 for nine layers) twice as wide: about 1e-6 for each setting,
    near 1e-4 with heavy tails; some forty bands are looked at in this file."""
    return e.mean - 2 * (e.mean - e.low), e.mean + 2 * (e.high - e.mean)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"widths": (40, 10, 80, 25, 60)},
        {"input_size": 3, "input_variance": 7.0},
        {"bias": 0.3},
        {"bias": "torch", "law": WEIGHT_LAWS["uniform"]},
        {"law": WEIGHT_LAWS["rademacher"]},
        {"law": WEIGHT_LAWS["laplace"]},
        {"activation": activation("leaky_relu", 0.3)},
        {"activation": ACTIVATIONS["linear"], "bias": 0.1},
        {"widths": (2, 3, 2), "input_size": 2},
    ],
)  # fmt: skip
def test_mean_profile_follows_the_law(options):
    settings = lecture([0.02, "he"], **{"widths": (50,) * 8, "input_size": 30, **options})
    for p in simulate(settings, networks=2500, inputs=2, seed=11, threads=2):
        for e in (p.forward, p.gain, p.gradient):
            low, high = wide_band(e)
            assert (low <= 1).all()
            assert (high >= 1).all()


def test_measurement_tells_the_exact_law_from_independence():
    # (1 + 5/25)^8 = 4.3 at the first layer, far outside the band.
    [p] = simulate(lecture(["he"], widths=(25,) * 8), networks=4000, inputs=8, seed=3, threads=2)
    low, high = wide_band(p.gradient)
    assert low[0] <= 1 <= high[0]
    assert math.exp(p.law.independent[0] - p.law.gradient[0]) < low[0] / 1.5


def test_measurement_tells_a_wrong_first_layer():
    # A half in the first layer as well would put every ratio at 2.
    [p] = simulate(lecture(["he"], widths=(50,) * 4), networks=1000, seed=1, threads=2)
    low, high = wide_band(p.forward)
    assert (high < 2).all()
    assert (low > 0.5).all()


def test_median_falls_below_the_mean_as_the_depth_grows():
    # Log-variance 5 L/D to first order; with 2000 networks its standard error is 3 %.
    [p] = simulate(lecture(["he"], widths=(100,) * 20), networks=2000, seed=2, threads=2)
    last = 19
    assert p.forward.log_variance[last] == pytest.approx(5 * 20 / 100, rel=0.2)
    assert p.forward.median[last] == pytest.approx(math.exp(-0.5 * 5 * 20 / 100), rel=0.15)
    assert p.law.spread[last] == pytest.approx(5 * 19 / 100 + 2 / 100)


def test_mean_field_is_near_for_wide_networks_and_is_called_an_approximation():
    settings = lecture(["lecun"], widths=(200,) * 5, activation=ACTIVATIONS["tanh"])
    [p] = simulate(settings, networks=400, inputs=4, seed=4, threads=2)
    assert not p.law.exact
    assert p.forward.mean == pytest.approx(np.ones(6), rel=0.15)
    assert p.gain.mean == pytest.approx(np.ones(6), rel=0.15)


def test_threads_do_not_change_the_result():
    # 37 networks do not fill the last stack; a biased and a scale-free setting together.
    settings = [*lecture([0.02, 0.1], widths=(9, 8)), *lecture([0.1], widths=(9, 8), bias=0.2)]
    runs = [simulate(settings, networks=37, inputs=3, seed=9, threads=t) for t in (1, 2, 5)]
    for run in runs[1:]:
        for a, b in zip(runs[0], run, strict=True):
            for name in ("forward", "gain", "gradient"):
                ea, eb = getattr(a, name), getattr(b, name)
                assert np.array_equal(ea.mean, eb.mean)
                assert np.array_equal(ea.median, eb.median)
                assert np.array_equal(ea.high, eb.high)


def test_shared_draws_give_what_separate_runs_give():
    rules = (0.001, 0.02, 1.0)
    together = simulate(lecture(rules, widths=(6,) * 4), networks=50, seed=1)
    for rule, p in zip(rules, together, strict=True):
        [alone] = simulate(lecture([rule], widths=(6,) * 4), networks=50, seed=1)
        assert p.shared
        assert not alone.shared
        assert p.forward.mean == pytest.approx(alone.forward.mean, rel=1e-10)
        assert p.gradient.mean == pytest.approx(alone.gradient.mean, rel=1e-10)


def test_memory_does_not_grow_with_the_number_of_networks():
    def peak(networks):
        tracemalloc.start()
        simulate(lecture(["he"], widths=(20, 20)), networks=networks, threads=2)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(64)
    assert peak(6400) < peak(640) + 300_000


def test_interruption_stops_the_threads():
    def interrupt(done):
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        simulate(lecture(widths=(20,) * 5), networks=10**6, threads=2, progress=interrupt)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sizes": (3, 1)}, "hidden layer"),
        ({"sizes": (3, 4, 2)}, "one output"),
        ({"weight_variances": (1.0,)}, "2 weight variances"),
        ({"weight_variances": (1.0, 0.0)}, "positive"),
        ({"bias_variances": (0.0, -1.0)}, "zero or positive"),
        ({"input_variance": math.inf}, "input"),
    ],
)
def test_bad_settings_are_refused(change, complaint):
    good = Setting("s", (3, 4, 1), (1.0, 1.0), (0.0, 0.0))
    with pytest.raises(ValueError, match=complaint):
        replace(good, **change)


# ------------------------------------------------------------ statistics


def test_tally_against_numpy():
    values = np.random.default_rng(0).lognormal(0, 2, size=(5000, 3)) * [1e-9, 1, 1e9]
    tally = Tally(3)
    for part in np.array_split(values, 7):
        tally.add(part)
    e = tally.estimate()
    assert e.mean == pytest.approx(values.mean(axis=0))
    assert e.median == pytest.approx(np.median(values, axis=0), rel=0.01)
    assert e.lower == pytest.approx(np.quantile(values, 0.05, axis=0), rel=0.02)
    assert e.upper == pytest.approx(np.quantile(values, 0.95, axis=0), rel=0.02)
    assert e.log_variance == pytest.approx(np.log(values).var(axis=0))
    assert e.share == pytest.approx(values.max(axis=0) / values.sum(axis=0))


def test_zeros_are_counted_below_everything():
    tally = Tally(1)
    tally.add(np.array([[0.0], [0.0], [0.0], [1.0]]))
    assert tally.estimate().median[0] == 0


def test_band_covers_a_skewed_mean():
    # Log-normal with sigma 1, 400 values: nominal 95 %; in 1000 trials a coverage under 90 %
    # would be 7 standard errors away.
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(1000):
        tally = Tally(1)
        tally.add(rng.lognormal(-0.5, 1, size=(400, 1)))
        e = tally.estimate()
        held += bool(e.low[0] <= 1 <= e.high[0])
    assert 900 <= held <= 990
