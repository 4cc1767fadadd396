"""The environment in which makers work, with those who answer its questions."""

from __future__ import annotations

from symcheck.certify.env import Env, Questions
from symcheck.certify.existence import exists
from symcheck.certify.independence import independent
from symcheck.certify.signs import sign
from symcheck.facts.context import Context

__all__ = ["env_of"]

QUESTIONS = Questions(sign, exists, independent)


def env_of(context: Context) -> Env:
    """A new environment for a context: nothing has been asked yet."""
    return Env(context, QUESTIONS)
