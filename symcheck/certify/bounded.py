"""Bounds of random factors: a constant c with -c <= k <= c."""

from __future__ import annotations

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.terms import ONE, Term, minus

__all__ = ["bounded"]

Bound = tuple[Term, Th, Th]
WITHIN_ONE = ("sin", "cos", "tanh", "erf", "sigmoid", "sign")


def bounded(env: Env, k: Term, hyps: Hyps) -> Bound | None:
    """c, c + k >= 0, c - k >= 0, for a c without random source; or None."""
    base, even = (k[1], k[2][1] % 2 == 0) if k[0] == "^" and k[2][0] == "q" else (k, False)
    if base[0] == "1" or (base[0] == "f" and base[1] in WITHIN_ONE):
        return _within(env, ONE, k, hyps)
    return None


def _within(env: Env, c: Term, k: Term, hyps: Hyps) -> Bound | None:
    low = env.sign(">=", ("+", c, k), hyps)
    high = None if low is None else env.sign(">=", minus(c, k), hyps)
    return None if low is None or high is None else (c, low, high)
