"""Algebra, definitions, lemmas, equations, cases, functions, derivatives."""

from __future__ import annotations

from collections.abc import Mapping

from symcheck.certify.steps import Maker

__all__ = ["MAKERS"]

MAKERS: Mapping[str, Maker] = {}
