"""What is simulated: sizes, variances, activation and law of the weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from symcheck.simulate.activations import ACTIVATIONS, Activation

__all__ = ["INITIALIZERS", "WEIGHT_LAWS", "Setting", "WeightLaw", "lecture", "variances"]

Array: TypeAlias = NDArray[np.float64]
Generator: TypeAlias = np.random.Generator


@dataclass(frozen=True)
class WeightLaw:
    """A symmetric law of variance 1: ``draw`` fills an array, ``kurtosis`` is E[w^4]."""

    name: str
    draw: Callable[[Generator, Array], None]
    kurtosis: float


def _normal(generator: Generator, out: Array) -> None:
    generator.standard_normal(out=out)


def _uniform(generator: Generator, out: Array) -> None:
    generator.random(out=out)
    out -= 0.5
    out *= math.sqrt(12.0)


def _rademacher(generator: Generator, out: Array) -> None:
    np.copyto(out, generator.integers(0, 2, size=out.shape, dtype=np.int8))
    out *= 2.0
    out -= 1.0


def _laplace(generator: Generator, out: Array) -> None:
    np.copyto(out, generator.laplace(0.0, math.sqrt(0.5), size=out.shape))


WEIGHT_LAWS: dict[str, WeightLaw] = {
    law.name: law
    for law in (
        WeightLaw("normal", _normal, 3.0),
        WeightLaw("uniform", _uniform, 9 / 5),
        WeightLaw("rademacher", _rademacher, 1.0),
        WeightLaw("laplace", _laplace, 6.0),
    )
}

# Variance of a weight as a function of fan-in and fan-out.  He et al. 2015 (he, he-backward),
# Glorot and Bengio 2010, LeCun et al. 1998; torch is the default of torch.nn.Linear.
INITIALIZERS: dict[str, Callable[[int, int], float]] = {
    "he": lambda fan_in, fan_out: 2 / fan_in,
    "he-backward": lambda fan_in, fan_out: 2 / fan_out,
    "he-compromise": lambda fan_in, fan_out: 4 / (fan_in + fan_out),
    "glorot": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "lecun": lambda fan_in, fan_out: 1 / fan_in,
    "torch": lambda fan_in, fan_out: 1 / (3 * fan_in),
}


@dataclass(frozen=True)
class Setting:
    """A random network with one output.

    ``sizes`` are D_0 (the input), the hidden widths, and 1 for the output; layer k = 1..K
    computes f_k = beta_k + Omega_k a(f_{k-1}), where the first layer reads the input itself.
    Weights and biases are independent and symmetric with the variances given for each layer;
    the entries of the input are independent, symmetric, of variance ``input_variance``.
    """

    label: str
    sizes: tuple[int, ...]
    weight_variances: tuple[float, ...]
    bias_variances: tuple[float, ...]
    activation: Activation = ACTIVATIONS["relu"]
    law: WeightLaw = WEIGHT_LAWS["normal"]
    input_variance: float = 1.0

    def __post_init__(self) -> None:
        if len(self.sizes) < 3 or any(n < 1 for n in self.sizes):
            raise ValueError(
                "a network needs an input, a hidden layer and an output, each of size 1 or more"
            )
        if self.sizes[-1] != 1:
            raise ValueError("the network has one output: the last size must be 1")
        for what, values, least in (
            ("weight", self.weight_variances, "positive"),
            ("bias", self.bias_variances, "zero or positive"),
        ):
            if len(values) != self.layers:
                raise ValueError(
                    f"{self.layers} layers need {self.layers} {what} variances, not {len(values)}"
                )
            low_enough = all(v > 0 if what == "weight" else v >= 0 for v in values)
            if not (low_enough and all(map(math.isfinite, values))):
                raise ValueError(f"every {what} variance must be {least} and finite")
        if not (self.input_variance > 0 and math.isfinite(self.input_variance)):
            raise ValueError("the variance of the input must be positive and finite")

    @property
    def layers(self) -> int:
        """K: the hidden layers and the output."""
        return len(self.sizes) - 1

    @property
    def biased(self) -> bool:
        return any(self.bias_variances)

    @property
    def scale_free(self) -> bool:
        """Homogeneous and without biases: every variance only rescales the same network."""
        return self.activation.slope is not None and not self.biased


def variances(rule: float | str, sizes: Sequence[int]) -> tuple[float, ...]:
    """One variance for each layer, from a number or from the name of an initializer."""
    pairs = list(pairwise(sizes))
    if isinstance(rule, str):
        if rule not in INITIALIZERS:
            known = ", ".join(INITIALIZERS)
            raise ValueError(f"{rule!r} is neither a number nor one of {known}")
        return tuple(INITIALIZERS[rule](fan_in, fan_out) for fan_in, fan_out in pairs)
    return (float(rule),) * len(pairs)


def lecture(
    rules: Sequence[float | str] = (0.001, 0.01, 0.02, 0.1, 1.0),
    *,
    widths: Sequence[int] = (100,) * 50,
    input_size: int = 100,
    input_variance: float = 1.0,
    bias: float | str = 0.0,
    activation: Activation = ACTIVATIONS["relu"],
    law: WeightLaw = WEIGHT_LAWS["normal"],
) -> list[Setting]:
    """Figure 7.4, one setting for each weight variance; every part of it can be changed."""
    sizes = (input_size, *widths, 1)
    return [
        Setting(
            label=rule if isinstance(rule, str) else f"{rule:g}",
            sizes=sizes,
            weight_variances=variances(rule, sizes),
            bias_variances=variances(bias, sizes),
            activation=activation,
            law=law,
            input_variance=input_variance,
        )
        for rule in rules
    ]
