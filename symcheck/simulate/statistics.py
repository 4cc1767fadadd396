"""Means, bands, medians over networks in memory that does not grow with their number.

A ``Tally`` takes one positive number for each layer and network (a ratio to the law) and
keeps power sums and a histogram of logarithms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["CONFIDENCE", "Estimate", "Tally", "interval"]

Array: TypeAlias = NDArray[np.float64]

CONFIDENCE = 0.95

# Logarithms from e^-60 to e^60 in steps of 1/64: quantiles are good to well under 1 %.
_RANGE = 60.0
_STEP = 1 / 64
_BINS = int(2 * _RANGE / _STEP)


@dataclass(frozen=True)
class Estimate:
    """Over networks, for each layer, in units of the law.

    ``low`` and ``high`` hold the expectation in all layers at once with probability 95 %
    (Bonferroni over layers; Hall's correction for skewness).  ``share`` is the part of the sum
    that the largest single network contributes: where it is not small, the mean is not yet
    determined and the band means little.
    """

    mean: Array
    low: Array
    high: Array
    median: Array
    lower: Array
    upper: Array
    share: Array
    log_variance: Array

    @property
    def resolved(self) -> NDArray[np.bool_]:
        """Where no single network carries more than a tenth of the mean."""
        return np.asarray(self.share <= 0.1)


class Tally:
    def __init__(self, layers: int) -> None:
        self.count = 0
        self._powers = np.zeros((3, layers))
        self._largest = np.zeros(layers)
        self._logs = np.zeros((2, layers))
        self._alive = np.zeros(layers)
        # One bin below and one above everything.
        self._histogram = np.zeros((layers, _BINS + 2), dtype=np.int32)

    def add(self, ratios: Array) -> None:
        """One row for each network, one column for each layer."""
        self.count += len(ratios)
        power = ratios
        for i in range(3):
            self._powers[i] += power.sum(axis=0)
            power = power * ratios
        np.maximum(self._largest, ratios.max(axis=0), out=self._largest)
        alive = ratios > 0
        logs = np.log(np.where(alive, ratios, 1.0))
        self._logs[0] += logs.sum(axis=0)
        self._logs[1] += (logs * logs).sum(axis=0)
        self._alive += alive.sum(axis=0)
        place = np.floor((logs + _RANGE) / _STEP).clip(-1, _BINS).astype(np.int64) + 1
        place[~alive] = 0
        np.add.at(self._histogram, (np.arange(ratios.shape[1]), place), 1)

    def estimate(self) -> Estimate:
        """What is known now; needs two networks."""
        n = self.count
        mean, square, cube = self._powers / n
        variance = np.maximum(square - mean**2, 0.0) * n / (n - 1)
        third = cube - 3 * mean * square + 2 * mean**3
        low, high = interval(mean, variance, third, n)
        alive = np.maximum(self._alive, 1)
        log_mean = self._logs[0] / alive
        total = self._powers[0]
        return Estimate(
            mean=mean,
            low=low,
            high=high,
            median=self._quantile(0.5),
            lower=self._quantile(0.05),
            upper=self._quantile(0.95),
            share=np.divide(self._largest, total, out=np.ones_like(total), where=total > 0),
            log_variance=np.maximum(self._logs[1] / alive - log_mean**2, 0.0),
        )

    def _quantile(self, p: float) -> Array:
        result = np.empty(len(self._histogram))
        for layer, counts in enumerate(self._histogram):
            below = np.cumsum(counts, dtype=np.int64)
            place = int(np.searchsorted(below, p * self.count))
            if place == 0:
                result[layer] = 0.0
                continue
            within = (p * self.count - below[place - 1]) / counts[place]
            result[layer] = math.exp((place - 1 + within) * _STEP - _RANGE)
        return result


def interval(mean: Array, variance: Array, third: Array, count: int) -> tuple[Array, Array]:
    """Bounds of the expectation, together for every entry with probability 95 %.

    Hall, On the removal of skewness by transformation, J. R. Statist. Soc. B 54 (1992).
    """
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / len(mean))
    variance = np.where(variance < 1e-24 * mean**2, 0.0, variance)  # nothing but rounding
    error = np.sqrt(variance / count)
    # A mean far below 1e-60 (networks that have died) leaves no double for its third moment.
    cubed = variance**1.5
    skew = np.divide(third, cubed, out=np.zeros_like(third), where=cubed > 0) / math.sqrt(count)
    small = np.abs(skew) < 1e-6
    safe = np.where(small, 1.0, skew)

    def unskewed(x: float) -> Array:
        t = 3 / safe * (np.cbrt(1 + safe * (x - safe / 6)) - 1)
        return np.where(small, x, t)

    return mean - error * unskewed(z), mean - error * unskewed(-z)
