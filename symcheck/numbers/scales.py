"""Scales that need not be applied to every draw.

relu(s z) = s relu(z) for s > 0, and a mean of products is homogeneous in each factor: a
centred family may be drawn at scale 1, and the mean multiplied by a power of s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from symcheck.numbers.program import Node

__all__ = ["deferred"]

Degrees = Mapping[str, int]


def deferred(
    order: Sequence[Node], wanted: Sequence[Node], scales: Mapping[str, float]
) -> tuple[set[str], list[float]]:
    """Families that may be drawn at scale 1, and the factor of each mean that makes up for it.

    ``scales`` are those of the families that are nothing but a scale > 0 times a standardized
    draw.  A family is left out where a value is not homogeneous in it.
    """
    degrees: dict[int, Degrees] = {}
    left = set(scales)
    for n in order:
        inner = [degrees.get(a.number, {}) for a in n.args]
        own = _degrees(n, inner)
        if own is None:
            left -= {name for d in inner for name in d}
        degrees[n.number] = own or {}
    factors = [
        prod(scales[x] ** k for x, k in degrees[a.number].items() if x in left) for a in wanted
    ]
    return left, factors


def _degrees(n: Node, inner: Sequence[Degrees]) -> Degrees | None:
    """The degree in each family, from those of the arguments; None where there is none."""
    if n.kind == "random":
        return {n.data[0]: 1}
    if n.kind in ("mul", "einsum"):
        names = sorted({name for d in inner for name in d})
        return {name: sum(d.get(name, 0) for d in inner) for name in names}
    if n.kind == "power":
        return {name: k * n.data for name, k in inner[0].items()}
    if n.kind == "sign" or (n.kind == "indicator" and any(_zero(a) for a in n.args)):
        return {}
    same = n.kind in ("relabel", "sum", "mean", "relu", "abs", "add", "max", "min")
    if not any(inner) or (same and all(d == inner[0] for d in inner)):
        return inner[0] if inner else {}
    return None


def _zero(n: Node) -> bool:
    return n.kind == "number" and n.data == 0
