"""Where an expression bends: relu, leaky relu, abs, sign and indicators, branch by branch."""

from __future__ import annotations

import math
from typing import Any

from sympy import Abs, Add, Eq, Ge, Gt, Mul, Ne, Pow, S, expand, oo, preorder_traversal, sign

from symcheck.gains.names import X
from symcheck.language.expr import Ind, leaky_relu, relu

__all__ = ["argument", "branch", "exact", "innermost", "linear", "terms"]

BENT = (relu, leaky_relu, Abs, sign, Ind)


def innermost(e: Any) -> Any | None:
    """A part of e that bends, inside of which nothing else does; None where e is smooth."""
    node = next((s for s in preorder_traversal(e) if _bends(s)), None)
    while node is not None:
        inner = next((s for s in preorder_traversal(argument(node)) if _bends(s)), None)
        if inner is None:
            break
        node = inner
    return node


def _bends(s: Any) -> bool:
    return isinstance(s, BENT) and s.has(X)


def argument(node: Any) -> Any:
    """What changes its sign where the node bends."""
    if isinstance(node, Ind):
        return node.args[0].lhs - node.args[0].rhs
    return node.args[0]


def branch(node: Any, side: int) -> Any:
    """The node where its argument is positive (side 1), or negative (-1)."""
    if isinstance(node, Ind):
        kind = type(node.args[0])
        return S(int({Gt: side > 0, Ge: side > 0, Eq: False, Ne: True}[kind]))
    u = node.args[0]
    if isinstance(node, sign):
        return S(side)
    if isinstance(node, relu):
        return u if side > 0 else S.Zero
    if isinstance(node, leaky_relu):
        return u if side > 0 else node.args[1] * u
    return u if side > 0 else -u


def linear(u: Any) -> tuple[Any, Any] | None:
    """(m, c) where u = m x + c and m is not 0; else None."""
    if terms(u) > 100:
        return None
    u = expand(u)
    m, c = u.coeff(X, 1), u.coeff(X, 0)
    if m.has(X) or c.has(X) or expand(u - m * X - c) != 0:
        return None
    return (m, c) if m.is_positive or m.is_negative else None


def terms(e: Any) -> int:
    """At most so many terms come out where e is multiplied out; 10^9 stands for more."""
    if not e.args:
        return 1
    sizes = [terms(a) for a in e.args]
    if isinstance(e, Add):
        made = sum(sizes)
    elif isinstance(e, Mul):
        made = math.prod(sizes)
    elif isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0:
        made = math.comb(min(sizes[0] + int(e.exp) - 1, 2000), min(int(e.exp), 1000))
        made = made if sizes[0] > 1 else 1
    else:
        made = max(sizes)  # what stands inside of a function is multiplied out by itself
    return min(made, 10**9)


def exact(e: Any, low: Any = -oo, high: Any = oo) -> list[tuple[Any, Any, Any]] | None:
    """e as smooth pieces (from, to, expression); None where a kink is no exact number."""
    node = innermost(e)
    if node is None:
        return [(low, high, e)]
    line = linear(argument(node))
    if line is None:
        return None
    m, c = line
    zero, up = -c / m, 1 if m.is_positive else -1
    if not zero.is_number:
        return None
    if bool(zero <= low):
        return exact(e.xreplace({node: branch(node, up)}), low, high)
    if bool(zero >= high):
        return exact(e.xreplace({node: branch(node, -up)}), low, high)
    left = exact(e.xreplace({node: branch(node, -up)}), low, zero)
    right = exact(e.xreplace({node: branch(node, up)}), zero, high)
    return None if left is None or right is None else left + right
