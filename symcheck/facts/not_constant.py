"""Is a random quantity certainly not constant, or certainly not zero?  Unknown means no.

"Not" means: not almost surely, that is, with positive probability it is something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as _with
from typing import Any

from sympy import Abs, Add, Expr, Mul, Pow, Symbol, Tuple, erf, exp, log, tanh

from symcheck.facts.assumptions import EMPTY, Scope, Used, every
from symcheck.facts.declarations import Declarations
from symcheck.language.expr import RV, Sum, add, bound_indices, mul, sigmoid
from symcheck.language.ring import TooLarge, canonical, monomials

__all__ = ["avoids", "not_constant", "not_zero"]

_INJECTIVE = (exp, log, tanh, erf, sigmoid)


def not_constant(c: Declarations, e: Expr, scope: Scope = EMPTY) -> Used | None:
    """Is e certainly not almost surely a constant?

    For independent f and g: f + g is not where f is not; f g is not where f is not and g is not
    0.  A power with an odd exponent, or a root, is not where its base is not.
    """
    if c.constant(e):
        return None
    key = ("not constant", e, scope)
    found: Used | None = c.remember(key, lambda: _not_constant(c, e, scope))
    return found


def _not_constant(c: Declarations, e: Any, scope: Scope) -> Used | None:
    try:
        e = canonical(_divided(canonical(c.unfolded(e))))
    except TooLarge:
        return None
    if c.constant(e):
        return None
    if isinstance(e, RV):
        return _variable(c, e, scope)
    if isinstance(e, _INJECTIVE):
        return not_constant(c, e.args[0], scope)
    found: Used | None = None
    if isinstance(e, Pow):
        one_to_one = e.exp.is_Rational and not (e.exp.is_Integer and e.exp.is_even)
        found = not_constant(c, e.base, scope) if one_to_one else None
    elif isinstance(e, Sum):
        found = _sum(c, e, scope)
    elif isinstance(e, Add):
        found = _terms(c, [t for t in e.args if not c.constant(t)], scope)
    elif isinstance(e, Mul):
        found = _factors(c, e.args, scope)
    return avoids(c, e, scope) if found is None else found


def _divided(e: Any) -> Any:
    """Sums of sums term by term, with what does not depend on the index in front."""
    if isinstance(e, (Add, Mul)):
        return (add if isinstance(e, Add) else mul)(*map(_divided, e.args))
    if not isinstance(e, Sum) or len(e.bound) > 1:
        return e
    body, *rest = e.open(names := bound_indices(e))
    if isinstance(body, Add):
        return add(*(_divided(Sum(t, *rest)) for t in body.args))
    factors = body.args if isinstance(body, Mul) else (body,)
    outside = [f for f in factors if not f.has(*names)]
    return mul(*outside, Sum(mul(*(f for f in factors if f.has(*names))), *rest))


def _variable(c: Declarations, x: RV, scope: Scope) -> Used | None:
    known = c.variance(x)
    if known is not None:
        found = c.positive(known[0], scope)
        if found is not None:
            return found | known[1]
    return c.atomless(x)


def _terms(c: Declarations, terms: Sequence[Any], scope: Scope) -> Used | None:
    if len(terms) == 1:
        return not_constant(c, terms[0], scope)
    groups, used = c.groups(terms, scope)
    for group in groups if len(groups) > 1 else ():
        found = not_constant(c, add(*group), scope)
        if found is not None:
            return found | used
    return None


def _factors(c: Declarations, factors: Sequence[Any], scope: Scope) -> Used | None:
    fixed = every(c.nonzero(f, scope) for f in factors if c.constant(f))
    random = [f for f in factors if not c.constant(f)]
    if fixed is None:
        return None
    if len(random) == 1:
        found = not_constant(c, random[0], scope)
        return None if found is None else found | fixed
    groups, used = c.groups(random, scope)
    for n, group in enumerate(groups if len(groups) > 1 else ()):
        found = not_constant(c, mul(*group), scope)
        others = [not_zero(c, mul(*g), scope) for m, g in enumerate(groups) if m != n]
        rest = every(others)
        if found is not None and rest is not None:
            return found | used | fixed | rest
    return None


def _sum(c: Declarations, e: Sum, scope: Scope) -> Used | None:
    """A sum of independent terms, each of them not constant, over a range that is not empty."""
    here = e.free_symbols.union(t[0] for t in scope.ranges)
    taken = [int(s.name[2:]) for s in here if s.name.startswith("_s")]
    first = max(taken, default=-1) + 1
    j, k, m = (Symbol(f"_s{first + n}", integer=True) for n in range(3))
    if len(e.bound) > 1 or len(e.args) > 2:
        return None
    body, limit = e.open((j,))
    if not isinstance(limit, Tuple) or not c.constant(limit):
        return None
    filled = c.positive(limit[2] - limit[1], scope, strict=False)
    ranges = tuple((i, limit[1], limit[2]) for i in (j, k, m))
    apart = scope.apart | {frozenset((j, k)), frozenset((j, m))}
    inner = _with(scope, ranges=scope.ranges + ranges, apart=apart)
    # Two others stand for any number of them: independence in pairs alone would not do.
    others = [e.open((i,))[0] for i in (k, m)]
    split = c.independent_of([body], others, inner)
    found = not_constant(c, body, inner)
    return every((filled, split, found))


def not_zero(c: Declarations, e: Expr, scope: Scope = EMPTY) -> Used | None:
    """Is e certainly not almost surely zero?"""
    found = c.nonzero(e, scope)
    if found is None and not c.constant(e):
        found = not_constant(c, e, scope)
    if found is not None or c.constant(e):
        return found
    if isinstance(e, Abs):
        return not_zero(c, e.args[0], scope)
    if isinstance(e, Pow) and e.exp.is_positive:
        return not_zero(c, e.base, scope)
    if isinstance(e, Mul):
        groups, used = c.groups([f for f in e.args if not c.constant(f)], scope)
        fixed = every(c.nonzero(f, scope) for f in e.args if c.constant(f))
        if len(groups) > 1 or len(groups[0]) < len(e.args):
            rest = every(not_zero(c, mul(*g), scope) for g in groups)
            return every((fixed, rest, used))
    if isinstance(e, Add) and all(c.positive(t, scope, strict=False) is not None for t in e.args):
        signs = every(c.positive(t, scope, strict=False) for t in e.args)
        for t in e.args:
            one = not_zero(c, t, scope)
            if one is not None:
                return every((signs, one))
    return None


def avoids(c: Declarations, e: Expr, scope: Scope = EMPTY) -> Used | None:
    """Does e take no single value with positive probability?

    So it is for a polynomial in x, x without atoms and independent of its coefficients, whose
    leading coefficient is nonzero: for each value of these it has finitely many zeros, and so
    has it less a constant.
    """
    terms: list[Any] | None = None
    for x in sorted(c.sources(e), key=str):
        atomless = c.atomless(x)
        if atomless is None:
            continue
        terms = monomials(e) if terms is None else terms
        degrees: dict[Any, list[Any]] = {}
        for number, factors in terms:
            powers = [f.exp if isinstance(f, Pow) else 1 for f in factors if _base(f) == x]
            rest = mul(number, *(f for f in factors if _base(f) != x))
            degrees.setdefault(sum(powers), []).append(rest)
        top = max(degrees)
        if top == 0 or not all(n == int(n) and n >= 0 for n in degrees):
            continue
        apart = c.independent_of([x], [f for fs in degrees.values() for f in fs], scope)
        lead = None if apart is None else c.nonzero(add(*degrees[top]), scope)
        if lead is not None:
            return every((atomless, apart, lead))
    return None


def _base(f: Any) -> Any:
    return f.base if isinstance(f, Pow) else f
