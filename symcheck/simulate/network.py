"""One forward and one backward pass through a stack of random networks.

Every array of weights has the shape (networks, fan-in, fan-out), of signals
(networks, inputs, units).  The pass works on numbers near 1: layer k holds
f_k / sqrt(v_k) and J_k / sqrt(m_k), with v_k and m_k from the derived law, which for a
positively homogeneous activation is the same network exactly; ``scales`` carries the
factors.  For other activations only the backward pass, which is linear, is scaled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from symcheck.simulate.activations import Activation
from symcheck.simulate.law import Law
from symcheck.simulate.setting import Setting

__all__ = ["Buffers", "Scales", "draw", "propagate", "raw_scales", "scales"]

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Scales:
    """What standard draws are multiplied by in each layer, and the units of the results.

    ``weight[k]``, ``bias[k]`` go into layer k of the forward pass; ``back[k]`` into the
    step from layer k+1 back to layer k.  Mean squares of the scaled signals times
    ``forward[k]`` (``gain[k]``, ``gradient[k]``) are ratios to the law.
    """

    weight: tuple[float, ...]
    bias: tuple[float, ...]
    back: tuple[float, ...]
    forward: tuple[float, ...]
    gain: tuple[float, ...]
    gradient: tuple[float, ...]


def scales(setting: Setting, law: Law) -> Scales:
    """The scales under which the derived variances are 1."""
    layers = range(setting.layers)
    slope_free = setting.activation.slope is None
    # Natural logarithms of the squares of the units in which each layer is kept.
    unit = [0.0] * setting.layers if slope_free else list(law.forward)
    before = [math.log(setting.input_variance), *unit[:-1]]
    log_weight = [math.log(s) for s in setting.weight_variances]
    back_unit = law.gain
    if slope_free:
        before = [math.log(setting.input_variance), *[0.0] * (setting.layers - 1)]
    return Scales(
        weight=tuple(math.exp((log_weight[k] + before[k] - unit[k]) / 2) for k in layers),
        bias=tuple(
            math.sqrt(b) * math.exp(-unit[k] / 2) for k, b in enumerate(setting.bias_variances)
        ),
        back=tuple(
            math.exp((log_weight[k + 1] + back_unit[k + 1] - back_unit[k]) / 2) for k in layers[:-1]
        ),
        forward=tuple(math.exp(unit[k] - law.forward[k]) for k in layers),
        gain=(1.0,) * setting.layers,
        gradient=tuple(
            math.exp(math.log(4) + unit[-1] + back_unit[k] - law.gradient[k]) for k in layers
        ),
    )


def raw_scales(setting: Setting) -> Scales:
    """The scales of the network as it is written down: nothing normalized."""
    ones = (1.0,) * setting.layers
    deviations = tuple(map(math.sqrt, setting.weight_variances))
    first = deviations[0] * math.sqrt(setting.input_variance)
    return Scales(
        weight=(first, *deviations[1:]),
        bias=tuple(map(math.sqrt, setting.bias_variances)),
        back=deviations[1:],
        forward=ones,
        gain=ones,
        gradient=(4.0,) * setting.layers,
    )


class Buffers:
    """Arrays that one thread uses again and again: ``stack`` networks, ``rows`` inputs."""

    def __init__(self, sizes: Sequence[int], stack: int, rows: int, biased: bool) -> None:
        pairs = list(pairwise(sizes))
        self.weights: list[Array] = [np.empty((stack, m, n)) for m, n in pairs]
        self.biases: list[Array] = [np.empty((stack, 1, n)) for n in sizes[1:]] if biased else []
        self.inputs: Array = np.empty((stack, rows, sizes[0]))
        self.signals: list[Array] = [np.empty((stack, rows, n)) for n in sizes[1:]]
        width = max(sizes)
        self.scratch: tuple[Array, Array] = (
            np.empty(stack * rows * width),
            np.empty(stack * rows * width),
        )

    @staticmethod
    def bytes(sizes: Sequence[int], stack: int, rows: int) -> int:
        """The memory that a Buffers of this shape holds, to within the biases."""
        weights = sum(m * n for m, n in pairwise(sizes))
        return 8 * stack * (weights + rows * (sum(sizes) + 2 * max(sizes)))


def draw(setting: Setting, generators: Sequence[np.random.Generator], buffers: Buffers) -> None:
    """Standardized weights and biases, network i from generator i: layer by layer."""
    for i, generator in enumerate(generators):
        for weights in buffers.weights:
            setting.law.draw(generator, weights[i])
        for biases in buffers.biases:
            setting.law.draw(generator, biases[i])


def propagate(
    activation: Activation, by: Scales, buffers: Buffers, stack: int, rows: int
) -> tuple[Array, Array, Array]:
    """Mean squares over units, summed over inputs, of f_k, J_k and 2 f_K J_k.

    Works on the first ``stack`` networks and ``rows`` inputs of ``buffers`` with the weights
    and inputs already there.  Three arrays (networks, layers), times the units of ``by``.
    """
    layers = len(buffers.signals)
    forward, gain, gradient = (np.empty((layers, stack)) for _ in range(3))

    h = buffers.inputs[:stack, :rows]
    for k in range(layers):
        f = np.matmul(h, buffers.weights[k][:stack], out=buffers.signals[k][:stack, :rows])
        f *= by.weight[k]
        if buffers.biases:
            f += by.bias[k] * buffers.biases[k][:stack]
        forward[k] = np.vecdot(f, f).sum(axis=1) * (by.forward[k] / f.shape[2])
        if k < layers - 1:
            h = activation.value(f, _view(buffers.scratch[0], f.shape))

    squared_output = buffers.signals[-1][:stack, :rows, 0] ** 2
    j: Array = np.ones((stack, rows, 1))
    for k in reversed(range(layers)):
        if k < layers - 1:
            f = buffers.signals[k][:stack, :rows]
            transposed = buffers.weights[k + 1][:stack].swapaxes(1, 2)
            j = np.matmul(j, transposed, out=_view(buffers.scratch[k % 2], f.shape))
            j *= by.back[k]
            activation.pull(f, j)
        square = np.vecdot(j, j)
        gain[k] = square.sum(axis=1) * (by.gain[k] / j.shape[2])
        gradient[k] = np.vecdot(square, squared_output) * (by.gradient[k] / j.shape[2])
    return forward.T, gain.T, gradient.T


def _view(scratch: Array, shape: tuple[int, ...]) -> Array:
    return scratch[: math.prod(shape)].reshape(shape)
