"""The derived law of a random network: variances of pre-activations and of gradients.

**Forward.**  Given h_{k-1}, the entries of f_k = beta_k + Omega_k h_{k-1} have mean 0 and are
conditionally independent and symmetric, so with v_k = Var[f_k]

    v_1 = D_0 s_1 Var[x] + b_1,      v_k = D_{k-1} s_k E[a(f_{k-1})^2] + b_k,

where s_k and b_k are the variances of weights and biases.  The first layer reads the input
directly.  For a(f) = max(f, 0), E[a(f)^2] = v/2 by symmetry; with a slope p on the negative
side, v (1 + p^2)/2.

**Gain.**  J_k = df_K/df_k does not depend on a loss.  Its second moment follows the lecture's
backward law, with nothing assumed: m_k = E[J_k^2] = D_{k+1} s_{k+1} E[a'(f_k)^2] m_{k+1}.

**Gradient.**  With the loss l = (f_K - y)^2 and y = 0, dl/df_k = 2 f_K J_k.  The slides take
the incoming gradient to be independent of the weights, which gives 4 v_K m_k.  It is not:
f_K and J_k are made of the same weights.  Follow f and the tangent t = df/df_k[j] forward
together.  Given a = |h|^2, b = |t~|^2, c = h.t~, e = sum h^2 t~^2 (t~ is t after the
activation), the pairs (f', t') of the next layer are independent, and

    E[f'^2 t'^2] = s^2 (a b + 2 c^2 + (kurtosis - 3) e) + s b_{k+1} b,

so the expectations of a b, c^2, e and b obey a linear recursion, which ``_couplings`` solves.
The exact gradient law is 4 v_K m_k times that factor, 1 + 5/D for one layer of normal weights.

For an activation without a slope there is no such exactness: the law is then the mean-field
approximation (every pre-activation normal with variance v_k, gradient independent of weights).

Everything is kept as natural logarithms, so no depth leaves the range of a double.
Sources: He et al. 2015, sections 2.2-2.3; Poole et al. 2016 and Schoenholz et al. 2017 for
the mean-field recursion; the coupling is derived above.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from symcheck.simulate.setting import Setting

__all__ = ["Law", "derive"]


@dataclass(frozen=True)
class Law:
    """Logarithms of the derived variances, one entry for each layer 1..K.

    ``exact`` is False where the mean-field approximation was needed.  ``independent`` is the
    gradient's law with the independence that the slides assume; ``gradient`` is the exact one.
    ``spread`` is the sum over layers of the relative variance that one layer adds: to first
    order the variance of log(layer variance) over networks, 5 L/D for ReLU and normal weights.
    """

    forward: tuple[float, ...]
    gain: tuple[float, ...]
    gradient: tuple[float, ...]
    independent: tuple[float, ...]
    spread: tuple[float, ...]
    exact: bool


def derive(setting: Setting) -> Law:
    """The law of this setting."""
    forward = _forward(setting)
    nominal = _gain(setting, forward)
    alive = _alive(setting)
    gain = [m + math.log(p) for m, p in zip(nominal, alive, strict=True)]
    output = math.log(4) + forward[-1]
    independent = [output + m for m in gain]
    if setting.activation.slope is None:
        gradient = independent
    else:
        coupled = _couplings(setting, forward, alive)
        gradient = [output + m + math.log(c) for m, c in zip(nominal, coupled, strict=True)]
    return Law(
        tuple(forward),
        tuple(gain),
        tuple(gradient),
        tuple(independent),
        tuple(_spread(setting, forward)),
        setting.activation.slope is not None,
    )


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


def _log_sum(p: float, q: float) -> float:
    high, low = max(p, q), min(p, q)
    return high + math.log1p(math.exp(low - high))


def _log_second_moment(setting: Setting, log_variance: float) -> float:
    slope = setting.activation.slope
    if slope is not None:
        return log_variance + math.log((1 + slope**2) / 2)
    return _log(setting.activation.second_moment(_exp(log_variance)))


def _exp(x: float) -> float:
    if not -700 < x < 700:
        raise ValueError(
            "with this activation the variances leave double precision; "
            "choose fewer layers or a variance nearer to 1/fan-in"
        )
    return math.exp(x)


def _forward(setting: Setting) -> list[float]:
    signal = math.log(setting.input_variance)
    result: list[float] = []
    for fan_in, s, b in zip(
        setting.sizes, setting.weight_variances, setting.bias_variances, strict=False
    ):
        if result:
            signal = _log_second_moment(setting, result[-1])
        result.append(_log_sum(math.log(fan_in * s) + signal, _log(b)))
    return result


def _gain(setting: Setting, forward: list[float]) -> list[float]:
    result = [0.0]
    slope = setting.activation.slope
    for k in range(setting.layers - 2, -1, -1):
        if slope is not None:
            passed = math.log((1 + slope**2) / 2)
        else:
            passed = _log(setting.activation.derivative_moment(_exp(forward[k])))
        fan_out = setting.sizes[k + 2]
        result.append(passed + math.log(fan_out * setting.weight_variances[k + 1]) + result[-1])
    return result[::-1]


def _alive(setting: Setting) -> list[float]:
    """The probability that f_k is not zero because every ReLU before it was off.

    A layer of n symmetric ReLUs is off with probability 2^-n, and stays off without biases.
    """
    if setting.activation.slope != 0:
        return [1.0] * setting.layers
    dead = 0.0
    result = []
    for n, bias in zip(setting.sizes[1:], setting.bias_variances, strict=True):
        if bias:
            dead = 0.0
        result.append(1 - dead)
        dead += (1 - dead) * 0.5**n
    result[-1] = 1.0  # the output is linear: its derivative by itself is 1, dead or not
    return result


def _ratio(slope: float) -> float:
    """E[m^4] / E[m^2]^2 for the slope m of a symmetric unit: 2 for ReLU, 1 for linear."""
    return ((1 + slope**4) / 2) / ((1 + slope**2) / 2) ** 2


def _couplings(setting: Setting, forward: list[float], alive: list[float]) -> list[float]:
    """E[f_K^2 J^2] / (E[f_K^2] E[J^2]) for a unit of each layer, exactly.

    At layer j it is A ab + C cc + G e + D alive, where ab, cc, e are the expectations of a b,
    c^2 and e divided by E[a] E[b]; these four numbers are followed from the output back.
    """
    slope, last = setting.activation.slope, setting.layers - 1
    assert slope is not None
    four, excess = _ratio(slope), setting.law.kurtosis - 3
    found = [1.0]
    ab = cc = e = dead = 0.0
    for j in range(last, 0, -1):
        # The share of the variance of f_j that comes through the weights, not the bias.
        bias = math.exp(_log(setting.bias_variances[j]) - forward[j])
        share, n = 1 - bias, setting.sizes[j + 1]
        pair, kept = (1.0, 0.0) if j == last else (four / n * (ab + cc + e), 1 - 1 / n)
        ab, cc, e, dead = (
            share * (pair + kept * ab),
            share * (2 * pair + kept * cc),
            share * excess * pair,
            bias * (pair + kept * ab) + dead,
        )
        n = setting.sizes[j]
        start = four / n
        found.append(ab * (start + 1 - 1 / n) + (cc + e) * start + dead * alive[j - 1])
    return found[::-1]


def _spread(setting: Setting, forward: list[float]) -> list[float]:
    slope = setting.activation.slope
    if slope is None:
        return [math.nan] * setting.layers
    total = 0.0
    result = []
    for k, n in enumerate(setting.sizes[1:]):
        # A layer's mean square, before its activation, adds 2/n when only read, and
        # (3 E[m^4]/E[m^2]^2 - 1)/n when it is passed on.
        share = 1 - math.exp(_log(setting.bias_variances[k]) - forward[k])
        total *= share**2
        result.append(total + 2 / n)
        total += (3 * _ratio(slope) - 1) / n
    return result
