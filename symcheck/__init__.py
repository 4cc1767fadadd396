"""Derive and check calculations with expectations, line by line.

Every public name is imported when it is first used, so that ``import symcheck`` costs
nothing and ``symcheck --help`` does not wait for SymPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Context": "facts.context",
    "Cov": "language.expr",
    "Derivation": "commands.api",
    "E": "language.expr",
    "Ind": "language.expr",
    "Int": "language.expr",
    "P": "language.expr",
    "RV": "language.expr",
    "Sum": "language.expr",
    "Var": "language.expr",
    "check": "commands.api",
    "derive": "commands.api",
    "gain": "gains.api",
    "index": "language.expr",
    "leaky_relu": "language.expr",
    "parse": "reading.syntax",
    "parse_expression": "reading.syntax",
    "proof_from_json": "report.data",
    "proof_to_json": "report.data",
    "relu": "language.expr",
    "sigmoid": "language.expr",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'symcheck' has no attribute {name!r}")
    value = getattr(import_module(f"symcheck.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
