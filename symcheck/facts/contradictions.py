"""Does what is declared of one variable contradict itself?  Unknown means no."""

from __future__ import annotations

from typing import Any, Protocol

from sympy import Expr

from symcheck.facts.assumptions import Random, Used
from symcheck.language.expr import add, mul, neg
from symcheck.language.laws import LAWS
from symcheck.language.plain import plain
from symcheck.language.ring import canonical

__all__ = ["contradiction"]


class Asked(Protocol):
    """Who knows the signs of constants."""

    def positive(self, e: Expr, *, strict: bool = True) -> Used | None:
        """By what e is positive, or not negative."""


def contradiction(c: Asked, r: Random) -> str:
    """Why no variable has all of these, in words; empty where there may be one."""
    moments = _moments(r)
    for name, declared, own in zip(
        ("mean", "variance"), (r.mean, r.variance), moments, strict=True
    ):
        if declared is not None and own is not None and _differ(c, declared, own):
            return f"{r.term} has {name} {plain(declared)}, by its law {plain(own)}"
    mean, variance = r.mean, r.variance
    if variance is not None and c.positive(neg(variance)) is not None:
        return f"the variance {plain(variance)} of {r.term} is negative"
    if mean is not None and r.symmetric and _differ(c, mean, mul(0, mean)):
        return f"{r.term} is symmetric about 0, and has mean {plain(mean)}"
    if mean is not None and r.sign in (">", ">="):
        spread = variance is not None and c.positive(variance) is not None
        if c.positive(neg(mean), strict=r.sign == ">=" and not spread) is not None:
            return f"{r.term} {r.sign} 0 has mean {plain(mean)}"
    return ""


def _moments(r: Random) -> tuple[Any, Any]:
    """The mean and the variance of the law, where it is declared and has them."""
    if r.law is None:
        return None, None
    first, second = (LAWS[r.law[0]].moment(n, *r.law[1]) for n in (1, 2))
    if first is None or second is None:
        return first, None
    return first, canonical(add(second, neg(mul(first, first))))


def _differ(c: Asked, a: Any, b: Any) -> bool:
    gap = canonical(add(a, neg(b)))
    return any(c.positive(canonical(mul(way, gap))) is not None for way in (1, -1))
