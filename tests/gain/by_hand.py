"""Activations written down again with mpmath, and their moments by its quadrature."""

from __future__ import annotations

from mpmath import mp, mpf, quad

LAMBDA = "1.0507009873554804934193349852946"
ALPHA = "1.6732632423543772848170429916717"


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log1p(mp.exp(x))


def cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def pdf(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _elu(x, a=1):
    return x if x > 0 else a * mp.expm1(x)


def _mish_slope(x):
    t = mp.tanh(softplus(x))
    return t + x * (1 - t * t) * sigmoid(x)


def _gelu_tanh(x):
    return x * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3))) / 2


# name: (φ, φ', where it bends)
ACTIVATIONS = {
    "relu": (lambda x: max(x, 0), lambda x: mpf(x > 0), (0,)),
    "leaky_relu": (
        lambda x: x if x > 0 else x / 100, lambda x: mpf(1) if x > 0 else mpf(1) / 100, (0,)
    ),
    "gelu": (lambda x: x * cdf(x), lambda x: cdf(x) + x * pdf(x), ()),
    "gelu_tanh": (_gelu_tanh, lambda x: mp.diff(_gelu_tanh, x), ()),
    "silu": (
        lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x))), ()
    ),
    "elu": (_elu, lambda x: mpf(1) if x > 0 else mp.exp(x), (0,)),
    "celu": (_elu, lambda x: mpf(1) if x > 0 else mp.exp(x), (0,)),
    "selu": (
        lambda x: mpf(LAMBDA) * _elu(x, mpf(ALPHA)),
        lambda x: mpf(LAMBDA) * (mpf(1) if x > 0 else mpf(ALPHA) * mp.exp(x)), (0,),
    ),
    "tanh": (mp.tanh, lambda x: mp.sech(x) ** 2, ()),
    "erf": (mp.erf, lambda x: 2 * mp.exp(-x * x) / mp.sqrt(mp.pi), ()),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x), ()),
    "softplus": (softplus, sigmoid, ()),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2, (0,)),
    "mish": (lambda x: x * mp.tanh(softplus(x)), _mish_slope, ()),
    "sin": (mp.sin, mp.cos, ()),
    "cos": (mp.cos, lambda x: -mp.sin(x), ()),
    "abs": (abs, mp.sign, (0,)),
    "sign": (mp.sign, lambda x: mpf(0), (0,)),
    "relu6": (lambda x: min(max(x, 0), 6), lambda x: mpf(0 < x < 6), (0, 6)),
    "hardtanh": (lambda x: min(max(x, -1), 1), lambda x: mpf(-1 < x < 1), (-1, 1)),
    "hardsigmoid": (
        lambda x: min(max(x + 3, 0), 6) / 6, lambda x: mpf(-3 < x < 3) / 6, (-3, 3)
    ),
    "hardswish": (
        lambda x: x * min(max(x + 3, 0), 6) / 6,
        lambda x: mpf(0) if x < -3 else mpf(1) if x > 3 else (2 * x + 3) / 6, (-3, 3),
    ),
    "tanhshrink": (lambda x: x - mp.tanh(x), lambda x: mp.tanh(x) ** 2, ()),
    "quick_gelu": (
        lambda x: x * sigmoid(mpf("1.702") * x),
        lambda x: sigmoid(mpf("1.702") * x)
        + x * mpf("1.702") * sigmoid(mpf("1.702") * x) * sigmoid(-mpf("1.702") * x), (),
    ),
    "relu^2": (lambda x: max(x, 0) ** 2, lambda x: 2 * max(x, 0), (0,)),
    "identity": (lambda x: x, lambda x: mpf(1), ()),
}  # fmt: skip


def expectation(g, sigma=1, kinks=(), far=16):
    """E[g(x)] for x ~ normal(0, σ²), to about 25 digits."""
    sigma = mpf(sigma)
    steps = {mpf(k) for k in range(-far, far + 1, 2)}
    inner = sorted({mpf(k) / sigma for k in kinks} | steps)
    return quad(lambda z: g(sigma * z) * pdf(z), inner)
