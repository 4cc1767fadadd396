"""Quantiles of Student's t without SciPy."""

from __future__ import annotations

import math

__all__ = ["student_quantile"]


def _tail(t: float, df: int) -> float:
    """P[T > t] for t >= 0, by Simpson's rule on the density of atan(T / sqrt(df))."""
    c = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    # T = sqrt(df) tan(a): the density of a is c sqrt(df) cos(a)^(df-1).
    start = math.atan(t / math.sqrt(df))
    n = 400
    h = (math.pi / 2 - start) / n
    total = 0.0
    for k in range(n + 1):
        w = 1 if k in (0, n) else 4 if k % 2 else 2
        total += w * max(math.cos(start + k * h), 0.0) ** (df - 1)
    return c * math.sqrt(df) * total * h / 3


def student_quantile(tail: float, df: int) -> float:
    """The t with P[T > t] = ``tail``, for 0 < tail < 1/2 and df >= 2."""
    low, high = 0.0, 1.0
    while _tail(high, df) > tail:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        if _tail(middle, df) > tail:
            low = middle
        else:
            high = middle
        if high - low < 1e-7 * high:
            break
    return high
