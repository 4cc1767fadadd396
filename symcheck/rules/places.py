"""Places in expressions: a path leads to a part, and what is known there comes along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as with_
from typing import Any

from sympy import Symbol

from symcheck.facts.context import Scope
from symcheck.language.expr import Binder, Int, Sum, children, rebuild
from symcheck.rules.proof import Refused

__all__ = ["at", "bound_letters", "depth_of", "enter", "put"]


def bound_letters(node: Binder, depth: int) -> tuple[Symbol, ...]:
    """The names with which a binder is opened, so many binders deep."""
    if isinstance(node, Int):
        return (Symbol(f"_t{depth}", real=True),)
    return tuple(Symbol(f"_i{depth}_{n}", integer=True) for n in range(len(node.bound)))


def enter(node: Any, depth: int, scope: Scope) -> tuple[tuple[Any, ...], Scope]:
    """The children of a node, bound names opened, and what is known inside its body."""
    if not isinstance(node, Binder):
        return children(node), scope
    names = bound_letters(node, depth)
    parts = node.open(names)
    if isinstance(node, Sum):
        limits = tuple((t[0], t[1], t[2]) for t in parts[1 : 1 + len(names)])
        pairs = frozenset(frozenset((n.lhs, n.rhs)) for n in parts[1 + len(names) :])
        return parts, with_(scope, ranges=scope.ranges + limits, apart=scope.apart | pairs)
    return parts, with_(scope, variables=scope.variables + names)


def at(e: Any, path: Sequence[int]) -> tuple[Any, Scope]:
    """The term at a path, and what is known there.  Paths enter only the body of a binder.

    Raises Refused where there is no such position.
    """
    scope, depth = Scope(), 0
    for n in path:
        parts, inner = enter(e, depth, scope)
        if not 0 <= n < len(parts) or (isinstance(e, Binder) and n != 0):
            raise Refused("no position {}", str(tuple(path)))
        depth += isinstance(e, Binder)
        e, scope = parts[n], inner
    return e, scope


def depth_of(e: Any, path: Sequence[int]) -> int:
    """How many binders stand around the term at a path that there is."""
    depth = 0
    for n in path:
        parts, _ = enter(e, depth, Scope())
        depth += isinstance(e, Binder)
        e = parts[n]
    return depth


def put(e: Any, path: Sequence[int], new: Any, depth: int = 0) -> Any:
    """e with the term at ``path`` replaced, all else as written."""
    if not path:
        return new
    parts, _ = enter(e, depth, Scope())
    n = path[0]
    inner = put(parts[n], path[1:], new, depth + isinstance(e, Binder))
    return rebuild(e, (*parts[:n], inner, *parts[n + 1 :]))
