"""Is everything declared in one context that is declared in another?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symcheck.facts.assumptions import Random
from symcheck.facts.declarations import Declarations

__all__ = ["extends"]

_BY_NAME = (
    "sizes", "params", "signs", "symbols", "indices", "definitions", "functions", "ranges",
)  # fmt: skip
_LISTS = (
    "relations", "apart", "independence", "identities", "finite", "hypotheses", "dependence",
)  # fmt: skip


def extends(c: Declarations, other: Declarations) -> bool:
    """Is all that ``other`` declares declared in c, as it stands there or stronger?"""
    if c is other:
        return True
    return (
        all(_has(getattr(c, name), getattr(other, name)) for name in _BY_NAME)
        and all(set(getattr(other, name)) <= set(getattr(c, name)) for name in _LISTS)
        and all(_stronger(c.randoms.get(n), r) for n, r in other.randoms.items())
    )


def _has(table: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    """A function that is not said to be bounded is declared with less: '' is no word."""
    return all(k in table and (v == table[k] or v == "") for k, v in other.items())


def _stronger(r: Random | None, other: Random) -> bool:
    """Is all that is declared of a variable declared of it here?"""
    if r is None or r.indices != other.indices:
        return False
    pairs = ((r.mean, other.mean), (r.variance, other.variance), (r.law, other.law))
    return (
        all(b is None or a == b for a, b in pairs)
        and (other.order is None or (r.order is not None and bool(r.order >= other.order)))
        and (r.symmetric or not other.symmetric)
        and (r.atomless or not other.atomless)
        and other.sign in ("", r.sign, ">=" if r.sign == ">" else r.sign)
    )
