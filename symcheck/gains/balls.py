"""Values of expressions on balls of numbers, real (arb) and complex (acb), and on floats.

An expression becomes a function once; its constants are computed once, at the precision of that
moment.  What bends has a value on real balls only.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from flint import acb, arb, fmpq
from sympy import (
    Abs,
    Add,
    Eq,
    Ge,
    Gt,
    Mul,
    Ne,
    Pow,
    S,
    acos,
    asin,
    atan,
    cos,
    erf,
    exp,
    log,
    sign,
    sin,
    tanh,
)

from symcheck.gains.names import X
from symcheck.language.expr import Ind, leaky_relu, relu, sigmoid
from symcheck.numbers.arithmetic import whole_power

__all__ = ["Ball", "NoValue", "compiled", "floats", "value"]

Ball = Any
Function = Callable[[Any, bool], Any]


class NoValue(Exception):
    """An expression with a head that has no value here."""


def value(e: Any, at: Mapping[Any, Ball] | None = None) -> Ball:
    """The real value of an expression without x, on balls for its letters."""
    made = compiled(e, at)(arb(0), False)
    return made if isinstance(made, arb) else made.real


def compiled(e: Any, at: Mapping[Any, Ball] | None = None) -> Function:
    """The function (x, analytic) -> e; ``at`` has balls for letters other than x."""
    if e == X:
        return lambda z, analytic: z
    if not e.has(X):
        constant = _constant(e, at or {})
        return lambda z, analytic: constant
    if isinstance(e, Pow):
        return _power(compiled(e.base, at), e.exp, at)
    if isinstance(e, Ind):
        return _indicator(e.args[0], at)
    parts = [compiled(a, at) for a in e.args]
    if isinstance(e, Add):
        return _folded(parts, lambda a, b: a + b)
    if isinstance(e, Mul):
        return _folded(parts, lambda a, b: a * b)
    if e.func in _NAMES:
        return _called(parts[0], e.func)
    if e.func in _BENDING:
        bend = _BENDING[e.func]
        return lambda z, analytic: bend(*(p(z, analytic) for p in parts))
    raise NoValue(f"{e.func.__name__} has no certified value")


def _constant(e: Any, at: Mapping[Any, Ball]) -> Ball:
    if e in at:
        return at[e]
    if e.is_Rational:
        return arb(fmpq(int(e.p), int(e.q)))
    if e == S.Pi:
        return arb.pi()
    if e == S.Exp1:
        return arb.const_e()
    if not e.args:
        raise NoValue(f"{e} has no value")
    if isinstance(e, Pow):
        return _power(lambda z, analytic: _constant(e.base, at), e.exp, at)(arb(0), False)
    parts = [_constant(a, at) for a in e.args]
    if isinstance(e, (Add, Mul)):
        made = parts[0]
        for p in parts[1:]:
            made = made + p if isinstance(e, Add) else made * p
        return made
    if e.func in _NAMES:
        return _called(lambda z, analytic: parts[0], e.func)(arb(0), False)
    if e.func in _BENDING:
        return _BENDING[e.func](*parts)
    raise NoValue(f"{e.func.__name__} has no certified value")


def _folded(parts: list[Function], join: Callable[[Any, Any], Any]) -> Function:
    if len(parts) == 2:
        first, second = parts
        return lambda z, analytic: join(first(z, analytic), second(z, analytic))

    def all_of(z: Any, analytic: bool) -> Any:
        made = parts[0](z, analytic)
        for p in parts[1:]:
            made = join(made, p(z, analytic))
        return made

    return all_of


def _power(base: Function, exponent: Any, at: Mapping[Any, Ball] | None) -> Function:
    if exponent.is_Integer:
        n = int(exponent)
        return lambda z, analytic: whole_power(base(z, analytic), n)
    if exponent == S.Half:
        return lambda z, analytic: _root(base(z, analytic), analytic)
    if exponent == -S.Half:
        return lambda z, analytic: 1 / _root(base(z, analytic), analytic)
    raised = _constant(exponent, at or {})

    def power(z: Any, analytic: bool) -> Any:
        u = base(z, analytic)
        return u.pow(raised, analytic=analytic) if isinstance(u, acb) else u**raised

    return power


def _root(u: Any, analytic: bool) -> Any:
    return u.sqrt(analytic=analytic) if isinstance(u, acb) else u.sqrt()


_NAMES: dict[Any, str] = {
    exp: "exp", tanh: "tanh", sin: "sin", cos: "cos", erf: "erf", log: "log", sigmoid: "sigmoid",
    asin: "asin", acos: "acos", atan: "atan",
}  # fmt: skip


def _called(inner: Function, head: Any) -> Function:
    if head is log:

        def logarithm(z: Any, analytic: bool) -> Any:
            u = inner(z, analytic)
            return u.log(analytic=analytic) if isinstance(u, acb) else u.log()

        return logarithm
    if head is sigmoid:
        return lambda z, analytic: 1 / (1 + (-inner(z, analytic)).exp())
    name = _NAMES[head]
    return lambda z, analytic: getattr(inner(z, analytic), name)()


def _only_real(u: Any) -> Ball:
    if not isinstance(u, arb):
        raise NoValue("what bends has no value on complex numbers")
    return u


_BENDING: dict[Any, Callable[..., Ball]] = {
    relu: lambda u: _only_real(u).max(arb(0)),
    leaky_relu: lambda u, a: _only_real(u).max(arb(0)) + a * u.min(arb(0)),
    Abs: lambda u: abs(_only_real(u)),
    sign: lambda u: _only_real(u).sgn(),
}


def _indicator(relation: Any, at: Mapping[Any, Ball] | None) -> Function:
    left, right = compiled(relation.lhs, at), compiled(relation.rhs, at)
    kind = type(relation)

    def indicator(z: Any, analytic: bool) -> Ball:
        a, b = _only_real(left(z, analytic)), _only_real(right(z, analytic))
        yes = {Gt: a > b, Ge: a >= b, Eq: a == b, Ne: a != b}[kind]
        no = {Gt: a <= b, Ge: a < b, Eq: a != b, Ne: a == b}[kind]
        return arb(1) if yes else arb(0) if no else arb(0.5, 0.5)

    return indicator


# ---------------------------------------------------------------- floats


def _exp(u: float) -> float:
    return math.exp(u) if u < 700 else math.inf


_FLOATS: dict[Any, Callable[..., float]] = {
    exp: _exp, tanh: math.tanh, sin: math.sin, cos: math.cos, erf: math.erf, log: math.log,
    sigmoid: lambda u: (1 + math.tanh(u / 2)) / 2, relu: lambda u: max(u, 0.0),
    leaky_relu: lambda u, a: u if u > 0 else a * u, Abs: abs,
    sign: lambda u: (u > 0) - (u < 0), asin: math.asin, acos: math.acos, atan: math.atan,
}  # fmt: skip


def floats(e: Any) -> Callable[[float], float]:
    """The function x -> e on floats: nothing that is certain, but quick."""
    if e == X:
        return lambda x: x
    if not e.has(X):
        constant = float(e)
        return lambda x: constant
    if isinstance(e, Ind):
        lhs, rhs = floats(e.args[0].lhs), floats(e.args[0].rhs)
        held = {Gt: operator.gt, Ge: operator.ge, Eq: operator.eq, Ne: operator.ne}[type(e.args[0])]
        return lambda x: float(held(lhs(x), rhs(x)))
    if isinstance(e, log) and isinstance(e.args[0] - 1, exp):  # log(1 + exp(u))
        inner = floats((e.args[0] - 1).args[0])
        return lambda x: max(u := inner(x), 0.0) + math.log1p(math.exp(-abs(u)))
    parts = [floats(a) for a in e.args]
    if len(parts) == 2 and isinstance(e, (Add, Mul)):
        p, q = parts
        return (lambda x: p(x) + q(x)) if isinstance(e, Add) else (lambda x: p(x) * q(x))
    if isinstance(e, Add):
        return lambda x: sum([p(x) for p in parts])
    if isinstance(e, Mul):
        return lambda x: math.prod([p(x) for p in parts])
    if isinstance(e, Pow):
        base, n = parts[0], float(e.exp)
        return (lambda x: base(x) ** int(n)) if n.is_integer() else (lambda x: base(x) ** n)
    if e.func not in _FLOATS:
        raise NoValue(f"{e.func.__name__} has no value")
    call = _FLOATS[e.func]
    if len(parts) == 1:
        inner = parts[0]
        return lambda x: call(inner(x))
    return lambda x: call(*(p(x) for p in parts))
