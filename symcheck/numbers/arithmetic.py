"""Arithmetic of balls (python-flint) that needs no expressions: whole powers, zeros isolated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb

__all__ = ["isolated", "whole_power"]

Ball = Any


def whole_power(u: Any, n: int) -> Any:
    # By squaring: flint's own power is not finite on a real ball around 0.
    if n < 0:
        return 1 / whole_power(u, -n)
    if n < 2:
        return u if n else arb(1)
    half = whole_power(u, n // 2)
    return half * half * u if n % 2 else half * half


def isolated(
    f: Callable[[Ball], Ball], a: Ball, b: Ball, width: Callable[[Ball], Ball], most: int
) -> list[tuple[Ball, Ball]] | None:
    """Narrow intervals in a..b, in order, outside of which f is certainly not 0.

    ``width`` is how narrow an interval around a place is; None where more than ``most`` intervals
    would have to be looked at.
    """
    found: list[tuple[Ball, Ball]] = []
    todo, looked = [(a, b)], 0
    while todo:
        p, q = todo.pop()
        z = p.union(q)
        looked += 1
        if looked > most:
            return None
        side = f(z)
        if side > 0 or side < 0:
            continue
        if q - p < width(z):
            joined = found and found[-1][1] == p
            found[-1:] = [(found[-1][0], q)] if joined else [*found[-1:], (p, q)]
            continue
        m = ((p + q) / 2).mid()
        todo += [(m, q), (p, m)]
    return found
