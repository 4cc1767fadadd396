"""Signs: t > 0, t >= 0, t != 0, from what is declared and from the form of t."""

from __future__ import annotations

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.terms import Term

__all__ = ["sign"]


def sign(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    """A theorem ``t rel 0`` from hyps at most, or None."""
    return env.assume((rel, t)) if (rel, t) in hyps else None
