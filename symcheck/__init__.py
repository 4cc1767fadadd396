"""Derive and check calculations with expectations, line by line.

Every public name is imported when it is first used, so that ``import symcheck`` costs
nothing and ``symcheck --help`` does not wait for SymPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Context": "context",
    "Cov": "expr",
    "Derivation": "api",
    "E": "expr",
    "Ind": "expr",
    "Int": "expr",
    "P": "expr",
    "RV": "expr",
    "Sum": "expr",
    "Var": "expr",
    "check": "api",
    "derive": "api",
    "gain": "gains.api",
    "index": "expr",
    "leaky_relu": "expr",
    "parse": "syntax",
    "parse_expression": "syntax",
    "proof_from_json": "report.data",
    "proof_to_json": "report.data",
    "relu": "expr",
    "sigmoid": "expr",
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
