"""Values of expressions on balls of numbers (python-flint), real and complex."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flint import acb, arb, fmpq
from sympy import (
    Abs,
    Add,
    Eq,
    Ge,
    Gt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    S,
    cos,
    erf,
    exp,
    log,
    sign,
    sin,
    tanh,
)

from symcheck.language.expr import Ind, add, leaky_relu, neg, relu, sigmoid
from symcheck.language.ring import canonical
from symcheck.numbers.arithmetic import whole_power
from symcheck.numbers.program import NotSampled

__all__ = ["evaluate"]

Ball = Any


def evaluate(e: Any, at: Mapping[Any, Any], analytic: bool = False, clip: bool = False) -> Any:
    """The value of e on balls; of a function that bends, on real balls only."""
    if e in at:
        return at[e]
    if e.is_Rational:
        return arb(fmpq(int(e.p), int(e.q)))
    if e == S.Pi:
        return arb.pi()
    if e == S.Exp1:
        return arb.const_e()
    if isinstance(e, Ind):
        return _indicator(e.args[0], at, clip)
    if not e.args:
        raise NotSampled(f"{e} has no value")
    args = [evaluate(a, at, analytic, clip) for a in e.args]
    if isinstance(e, Add):
        return sum(args[1:], args[0])
    if isinstance(e, Mul):
        return math.prod(args[1:], start=args[0])
    if isinstance(e, Pow):
        return _power(args, e.exp, analytic, clip)
    if isinstance(e, log):
        u = args[0]
        return u.log(analytic=analytic) if isinstance(u, acb) else u.log()
    if isinstance(e, sigmoid):
        return (1 + (args[0] / 2).tanh()) / 2
    for head, name in ((exp, "exp"), (tanh, "tanh"), (sin, "sin"), (cos, "cos"), (erf, "erf")):
        if isinstance(e, head):
            return getattr(args[0], name)()
    if not all(isinstance(a, arb) for a in args):
        raise NotSampled(f"{e.func.__name__} has no certified value")
    return _bending(e, args)


def _power(args: list[Any], n: Any, analytic: bool, clip: bool) -> Any:
    u = args[0]
    if n.is_Integer:
        return whole_power(u, int(n))
    if clip and u.contains(0) and args[1] > 0:
        return arb(0).union(arb(u.upper()) ** args[1])
    if isinstance(u, acb):
        return u.sqrt(analytic=analytic) if n == S.Half else u.pow(args[1], analytic=analytic)
    return u.sqrt() if n == S.Half else u ** args[1]


def _bending(e: Any, args: list[Ball]) -> Ball:
    u = args[0]
    zero = arb(0)
    if isinstance(e, relu):
        return u.max(zero)
    if isinstance(e, leaky_relu):
        return u.max(zero) + args[1] * u.min(zero)
    if isinstance(e, Abs):
        return abs(u)
    if isinstance(e, sign):
        return u.sgn()
    if isinstance(e, (Max, Min)):
        for a in args[1:]:
            u = u.max(a) if isinstance(e, Max) else u.min(a)
        return u
    raise NotSampled(f"{e.func.__name__} has no certified value")


def _indicator(relation: Any, at: Mapping[Any, Any], clip: bool) -> Ball:
    if canonical(add(relation.lhs, neg(relation.rhs))) == 0:
        return arb(int(isinstance(relation, (Ge, Eq))))
    a, b = (evaluate(s, at, clip=clip) for s in relation.args)
    compare = {Gt: (a > b, a <= b), Ge: (a >= b, a < b), Eq: (a == b, a != b), Ne: (a != b, a == b)}
    yes, no = compare[type(relation)]
    return arb(1) if yes else arb(0) if no else arb(0.5, 0.5)
