"""Layers of torch.nn, as PyTorch makes them, against the derived variances."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from symcheck.simulate.activations import ACTIVATIONS, activation
from symcheck.simulate.law import derive
from symcheck.simulate.setting import INITIALIZERS, WEIGHT_LAWS, Setting, lecture, variances

torch = pytest.importorskip("torch")
torch.set_num_threads(1)


def standard_errors(values, variance, kurtosis):
    """How many standard errors the mean square of independent values is from a variance."""
    n = values.numel()
    measured = float((values.detach().double() ** 2).mean())
    return (measured - variance) / (variance * math.sqrt((kurtosis - 1) / n))


# Seven single comparisons at 5 standard errors: an error rate of about 4e-6 for a fresh seed.
@pytest.mark.parametrize(("fan_in", "fan_out"), [(300, 700), (1000, 50)])
def test_linear_by_default(fan_in, fan_out):
    # kaiming_uniform_ with a = sqrt(5): bound = sqrt(2/6) sqrt(3/fan_in), variance 1/(3 fan_in).
    torch.manual_seed(0)
    layer = torch.nn.Linear(fan_in, fan_out)
    variance = INITIALIZERS["torch"](fan_in, fan_out)
    assert variance == pytest.approx(1 / (3 * fan_in))
    assert abs(standard_errors(layer.weight, variance, 9 / 5)) < 5
    assert abs(standard_errors(layer.bias, variance, 9 / 5)) < 5
    assert float(layer.weight.detach().abs().max()) <= math.sqrt(3 * variance) * (1 + 1e-6)


@pytest.mark.parametrize(
    ("fill", "mode", "rule", "kurtosis"),
    [
        ("kaiming_uniform_", "fan_in", "he", 9 / 5),
        ("kaiming_normal_", "fan_in", "he", 3),
        ("kaiming_uniform_", "fan_out", "he-backward", 9 / 5),
        ("kaiming_normal_", "fan_out", "he-backward", 3),
    ],
)
def test_kaiming(fill, mode, rule, kurtosis):
    torch.manual_seed(1)
    layer = torch.nn.Linear(400, 900, bias=False)
    getattr(torch.nn.init, fill)(layer.weight, mode=mode, nonlinearity="relu")
    assert abs(standard_errors(layer.weight, INITIALIZERS[rule](400, 900), kurtosis)) < 5


def test_xavier():
    torch.manual_seed(2)
    layer = torch.nn.Linear(400, 900, bias=False)
    torch.nn.init.xavier_uniform_(layer.weight)
    assert abs(standard_errors(layer.weight, INITIALIZERS["glorot"](400, 900), 9 / 5)) < 5


MODULES = {
    "relu": torch.nn.ReLU, "leaky_relu": lambda: torch.nn.LeakyReLU(0.2),
    "linear": torch.nn.Identity, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid,
    "gelu": torch.nn.GELU, "silu": torch.nn.SiLU, "softplus": torch.nn.Softplus,
    "elu": torch.nn.ELU,
}  # fmt: skip


def measure(sizes, unit, networks, prepare, inputs=4, scale=1.0):
    """Mean squares of f_k, df_K/df_k and dl/df_k of Sequential networks, by autograd."""
    result = np.empty((networks, 3, len(sizes) - 1))
    for i in range(networks):
        modules = []
        for m, n in pairwise(sizes):
            modules += [torch.nn.Linear(m, n, dtype=torch.float64), MODULES[unit]()]
        network = torch.nn.Sequential(*modules[:-1])
        prepare(network)
        kept = []
        for layer in network:
            if isinstance(layer, torch.nn.Linear):
                layer.register_forward_hook(lambda _, __, out, kept=kept: kept.append(out))
        output = network(scale * torch.randn(inputs, sizes[0], dtype=torch.float64))
        gains = torch.autograd.grad(output.sum(), kept, retain_graph=True)
        gradients = torch.autograd.grad((output**2).sum(), kept)
        for row, tensors in zip(result[i], (kept, gains, gradients), strict=True):
            row[:] = [float((t.detach() ** 2).mean()) for t in tensors]
    return result


def within(samples, logs, errors=5.0):
    """The law within 5 standard errors of the mean, in every layer: 5e-5 for one test here."""
    law = np.exp(logs)
    error = samples.std(axis=0, ddof=1) / math.sqrt(len(samples))
    assert (np.abs(samples.mean(axis=0) - law) <= errors * error + 1e-12 * law).all()


def default(network):
    pass


def kaiming(network):
    for layer in network:
        if isinstance(layer, torch.nn.Linear):
            torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            torch.nn.init.zeros_(layer.bias)


@pytest.mark.parametrize(
    ("prepare", "rule", "bias", "law"),
    [(default, "torch", "torch", "uniform"), (kaiming, "he", 0.0, "normal")],
)
def test_sequential_relu_networks_follow_the_law(prepare, rule, bias, law):
    torch.manual_seed(3)
    sizes = (20, 40, 30, 60, 40, 50, 1)
    samples = measure(sizes, "relu", 500, prepare, scale=2.0)
    [setting] = lecture(
        [rule], widths=sizes[1:-1], input_size=20, input_variance=4.0, bias=bias,
        law=WEIGHT_LAWS[law],
    )  # fmt: skip
    derived = derive(setting)
    for i, logs in enumerate((derived.forward, derived.gain, derived.gradient)):
        within(samples[:, i], logs)


def test_default_layers_shrink_the_gain_by_six_for_each_layer():
    # D s / 2 = D (1/(3 D)) / 2 = 1/6: without the biases nothing would be left of the signal.
    [setting] = lecture(["torch"], widths=(64,) * 10, input_size=64, bias="torch")
    derived = derive(setting)
    steps = np.diff(derived.gain)[:-1]
    assert np.exp(steps) == pytest.approx(6, rel=1e-9)
    torch.manual_seed(4)
    samples = measure(setting.sizes, "relu", 300, default)
    within(samples[:, 1], derived.gain)
    # The forward variance goes to a fixed point of v = v/6 + 1/(3 D).
    assert math.exp(derived.forward[9]) == pytest.approx((1 / 192) / (1 - 1 / 6), rel=1e-3)
    within(samples[:, 0], derived.forward)


@pytest.mark.parametrize("unit", sorted(MODULES))
def test_activations_are_those_of_torch(unit):
    f = torch.linspace(-5, 5, 101, dtype=torch.float64, requires_grad=True)
    ours = activation("leaky_relu", 0.2) if unit == "leaky_relu" else ACTIVATIONS[unit]
    value = MODULES[unit]()(f)
    value.sum().backward()
    grid = f.detach().numpy()
    assert ours.value(grid, np.empty_like(grid)) == pytest.approx(value.detach().numpy(), abs=1e-12)
    pulled = ours.pull(grid, np.ones_like(grid))
    nonzero = grid != 0
    assert pulled[nonzero] == pytest.approx(f.grad.numpy()[nonzero], abs=1e-12)


def test_variances_by_name_reach_every_layer():
    sizes = (10, 20, 30, 1)
    setting = Setting("x", sizes, variances("torch", sizes), variances(0.0, sizes))
    assert setting.weight_variances == pytest.approx((1 / 30, 1 / 60, 1 / 90))
