"""Rules 1 to 4."""

from __future__ import annotations

from collections.abc import Mapping

from symcheck.certify.steps import Maker

__all__ = ["MAKERS"]

MAKERS: Mapping[str, Maker] = {}
