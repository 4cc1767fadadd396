"""Independence: A independent of B given C."""

from __future__ import annotations

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.terms import Term

__all__ = ["independent"]

Terms = tuple[Term, ...]


def independent(env: Env, a: Terms, b: Terms, given: Terms, hyps: Hyps) -> Th | None:
    """A theorem ind(A, B, C) from hyps at most, or None."""
    return None
