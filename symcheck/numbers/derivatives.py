"""Derivatives of polynomials, exponentials and ReLU, as expressions."""

from __future__ import annotations

from typing import Any

from sympy import Add, Eq, Expr, Mul, Pow, S, Symbol, cos, exp, log, sin, tanh

from symcheck.language.expr import (
    RV,
    Binder,
    Cov,
    E,
    Ind,
    P,
    Sum,
    Var,
    add,
    bound_indices,
    mul,
    power,
    relu,
    sigmoid,
    subterms,
)

__all__ = ["derivative"]

_CHAIN: dict[Any, Any] = {
    exp: exp,
    log: lambda u: power(u, -1),
    sin: cos,
    cos: lambda u: mul(-1, sin(u)),
    tanh: lambda u: add(1, mul(-1, power(tanh(u), 2))),
    sigmoid: lambda u: mul(sigmoid(u), add(1, mul(-1, sigmoid(u)))),
    relu: lambda u: Ind(u > 0),  # 0 at the kink, as in the lecture
}


def derivative(e: Any, x: Any) -> Expr | None:
    """∂e/∂x for a random variable or a constant x; None where it is not known.

    Other random variables count as constant; ∂x_j/∂x_k = 1[j = k].
    """
    if not (isinstance(x, RV) or (isinstance(x, Symbol) and not x.is_integer)):
        return None
    if not _mentions(e, x):
        return S.Zero
    if e == x:
        return S.One
    if isinstance(e, RV):
        pairs = [(a, b) for a, b in zip(e.indices, x.indices, strict=True) if a != b]
        return mul(*(Ind(Eq(a, b, evaluate=False)) for a, b in pairs))
    if isinstance(e, Sum):
        names = bound_indices(e)
        body, *rest = e.open(names)
        inner = derivative(body, x)
        return None if inner is None else Sum(inner, *rest)
    if isinstance(e, (E, Var, Cov, P, Binder, Ind)):
        return None
    parts = [derivative(a, x) for a in e.args]
    if any(p is None for p in parts):
        return None
    if isinstance(e, Add):
        return add(*parts)
    if isinstance(e, Mul):
        return add(*(mul(*e.args[:n], d, *e.args[n + 1 :]) for n, d in enumerate(parts)))
    if isinstance(e, Pow) and e.exp.is_Integer:
        return mul(e.exp, power(e.base, e.exp - 1), parts[0])
    if e.func in _CHAIN:
        return mul(_CHAIN[e.func](e.args[0]), parts[0])
    return None


def _mentions(e: Any, x: Any) -> bool:
    if isinstance(x, Symbol):
        return bool(e.has(x))
    return any(isinstance(t, type(x)) and t.name == x.name for t in subterms(e))
