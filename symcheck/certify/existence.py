"""Existence: E|t| is finite."""

from __future__ import annotations

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.terms import Term

__all__ = ["exists"]


def exists(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """A theorem L1(t) from hyps at most, or None."""
    return env.b.step("exists_fixed", t) if env.declared.fixed(t) else None
