"""Does an expectation exist?  Unknown means no."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as _with
from itertools import combinations

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Max,
    Min,
    Mul,
    Pow,
    S,
    Symbol,
    Tuple,
    cos,
    erf,
    exp,
    gcd,
    log,
    oo,
    sign,
    sin,
    tanh,
)

from symcheck.assumptions import EMPTY, NOTHING, Assumption, Scope, Used
from symcheck.declarations import Declarations
from symcheck.expr import (
    RV,
    Binder,
    Def,
    E,
    Ind,
    Int,
    Var,
    bound_indices,
    leaky_relu,
    relu,
    sigmoid,
)
from symcheck.patterns import matches
from symcheck.plain import plain
from symcheck.ring import canonical

__all__ = ["integrable", "order"]


def integrable(c: Declarations, e: Expr, scope: Scope = EMPTY) -> Used | None:
    """Is E|e| finite?"""
    found, used = order(c, e, scope)
    return used if found >= 1 else None


def order(c: Declarations, e: Expr, scope: Scope = EMPTY) -> tuple[Expr, Used]:
    """A p such that E|e|^p is finite, as large as the context allows (0: unknown).

    Products: the least of the orders of independent groups of factors, by Hölder's
    inequality within a group.
    """
    key = ("order", e, scope)
    if key not in c.cache:
        c.cache[key] = _order(c, e, scope)
    found: tuple[Expr, Used] = c.cache[key]
    return found


def _order(c: Declarations, e: Expr, scope: Scope) -> tuple[Expr, Used]:
    declared = _declared_order(c, e)
    if declared is not None and not isinstance(e, RV):
        return declared
    if not c.sources(e):
        return oo, NOTHING
    if isinstance(e, RV):
        return _order_rv(c, e, declared)
    if isinstance(e, Def):
        return order(c, c.unfold(e), scope)
    if isinstance(e, Add):
        parts = [order(c, t, scope) for t in e.args]
        return min((p for p, _ in parts), default=oo), frozenset().union(*(u for _, u in parts))
    if isinstance(e, Pow):
        return _order_pow(c, e, scope)
    if isinstance(e, Mul):
        return _order_mul(c, e, scope)
    if isinstance(e, E):  # |E[g|y]|^p <= E[|g|^p | y]
        return order(c, e.args[0], scope)
    if isinstance(e, Var):
        p, used = order(c, e.args[0], scope)
        return p / 2, used
    if isinstance(e, Binder):
        names = bound_indices(e)
        inner = scope
        body, *rest = e.open(names)
        if not isinstance(e, Int):
            pairs = frozenset(frozenset((n.lhs, n.rhs)) for n in rest if hasattr(n, "lhs"))
            ranges = tuple((t[0], t[1], t[2]) for t in rest if isinstance(t, Tuple))
            inner = _with(scope, ranges=scope.ranges + ranges, apart=scope.apart | pairs)
        return order(c, body, inner)
    return _order_function(c, e, scope)


def _order_rv(c: Declarations, x: RV, declared: tuple[Expr, Used] | None) -> tuple[Expr, Used]:
    r = c.randoms.get(x.name)
    best: tuple[Expr, Used] = declared or (S.Zero, NOTHING)
    if r is None:
        return best
    if r.law is not None:
        law, parameters = c.law(x) or (None, ())
        if law is not None and law.order(*parameters) > best[0]:
            best = law.order(*parameters), c.law_used(x)
    if r.order is not None and r.order > best[0]:
        best = r.order, c.about(r, "finite", f"{r.term} has {r.order} finite moments")
    if r.variance is not None and best[0] < 2:
        best = S(2), c.about(r, "variance", f"{r.term} has variance {plain(r.variance)}")
    if r.mean is not None and best[0] < 1:
        best = S.One, c.about(r, "mean", f"{r.term} has mean {plain(r.mean)}")
    return best


def _order_pow(c: Declarations, e: Pow, scope: Scope) -> tuple[Expr, Used]:
    if e.exp.is_Rational and e.exp > 0:
        p, used = order(c, e.base, scope)
        return p / e.exp, used
    if c.constant(e.exp) or not c.constant(e.base):
        base = c.law(e.base) if isinstance(e.base, RV) else None
        if base and base[0].support(*base[1])[0].is_positive and e.exp.is_negative:
            return oo, c.law_used(e.base)
        return S.Zero, NOTHING
    return S.Zero, NOTHING


def _order_mul(c: Declarations, e: Mul, scope: Scope) -> tuple[Expr, Used]:
    factors = tuple(f for f in _factors(e) if c.sources(f))
    if len(factors) > 6:
        return S.Zero, NOTHING
    return _order_product(c, factors, scope)


def _order_product(c: Declarations, factors: tuple[Expr, ...], scope: Scope) -> tuple[Expr, Used]:
    """Independent groups: the least order.  Else Hölder over the best split in two."""
    if len(factors) == 1:
        return order(c, factors[0], scope)
    declared = _declared_order(c, canonical(Mul(*factors)))
    groups, used = c.groups(factors, scope)
    if len(groups) > 1:
        parts = [_order_product(c, tuple(g), scope) for g in groups]
        return min(p for p, _ in parts), used.union(*(u for _, u in parts))
    best: tuple[Expr, Used] = declared or (S.Zero, NOTHING)
    for size in range(1, len(factors) // 2 + 1):
        for chosen in combinations(range(len(factors)), size):
            left = tuple(factors[n] for n in chosen)
            right = tuple(f for n, f in enumerate(factors) if n not in chosen)
            (p, u), (q, v) = _order_product(c, left, scope), _order_product(c, right, scope)
            if p == 0 or q == 0:
                continue
            inverse = (S.Zero if p == oo else 1 / p) + (S.Zero if q == oo else 1 / q)
            r = oo if inverse == 0 else 1 / inverse
            if r > best[0]:
                best = r, u | v
    return best


def _order_function(c: Declarations, e: Basic, scope: Scope) -> tuple[Expr, Used]:
    if isinstance(e, (Ind, tanh, sin, cos, sign, sigmoid, erf)):
        return oo, NOTHING
    name = e.func.__name__
    if c.functions.get(name) == "bounded":
        return oo, NOTHING
    lipschitz = (
        isinstance(e, (relu, leaky_relu, Abs, Max, Min)) or c.functions.get(name) == "lipschitz"
    )
    if lipschitz:
        parts = [order(c, a, scope) for a in e.args]
        return min(p for p, _ in parts), frozenset().union(*(u for _, u in parts))
    if isinstance(e, exp):
        return _order_exp(c, e.args[0])
    if isinstance(e, log):
        return _order_log(c, e, scope)
    return S.Zero, NOTHING


def _order_log(c: Declarations, e: Expr, scope: Scope) -> tuple[Expr, Used]:
    """The logarithm of a product of positive factors is the sum of theirs."""
    argument = canonical(e.args[0])
    factors = argument.args if isinstance(argument, Mul) else (argument,)
    bases = [f.base if isinstance(f, Pow) and f.exp.is_Rational else f for f in factors]
    random = [b for b in bases if c.sources(b)]
    if bases == [e.args[0]] or any(c.positive(b, scope) is None for b in bases):
        return S.Zero, NOTHING
    parts = [order(c, log(b, evaluate=False), scope) for b in random]
    return min(p for p, _ in parts), frozenset().union(*(u for _, u in parts))


def _order_exp(c: Declarations, x: Expr) -> tuple[Expr, Used]:
    used: Used = NOTHING
    for v in c.sources(x):
        known = c.law(v)
        if known is None or known[0].name not in (
            "normal",
            "uniform",
            "bernoulli",
            "rademacher",
            "poisson",
        ):
            return S.Zero, NOTHING
        used |= c.law_used(v)
    linear = canonical(x)
    terms = linear.args if isinstance(linear, Add) else (linear,)
    for t in terms:
        random = [f for f in (t.args if isinstance(t, Mul) else (t,)) if c.sources(f)]
        if len(random) > 1 or not all(isinstance(f, RV) for f in random):
            return S.Zero, NOTHING
    return oo, used


def _declared_order(c: Declarations, e: Expr) -> tuple[Expr, Used] | None:
    """The order that a declaration ``finite g^m`` gives to a power of g."""
    best: tuple[Expr, Used] | None = None
    for known in c.finite:
        (base, m), (own, p) = _as_power(known), _as_power(e)
        for pattern, term, n in ((base, own, m / p), (known, e, S.One)):
            found = matches(pattern, term, _pattern_indices(c, pattern))
            if found is not None and n.is_positive and (best is None or n > best[0]):
                best = (
                    n,
                    frozenset(
                        (Assumption("finite", plain(known), f"E|{plain(known)}| is finite"),)
                    ),
                )
    return best


def _pattern_indices(c: Declarations, e: Expr) -> frozenset[Symbol]:
    """What is declared finite at an index is so at every index."""
    constants = set(c.sizes.values()) | set(c.symbols.values())
    return frozenset(s for s in e.free_symbols if s not in constants)


def _as_power(e: Expr) -> tuple[Expr, Expr]:
    """b and n > 0 with |e| = |b|^n, n as large as the exponents allow: x^2 y^2 is (x y)^2."""
    factors = e.args if isinstance(e, Mul) else (e,)
    parts = [(f.base, f.exp) if isinstance(f, Pow) else (f, S.One) for f in factors]
    if not all(x.is_Rational for _, x in parts):
        return e, S.One
    n = gcd([abs(x) for _, x in parts])
    return Mul(*(Pow(b, x / n) for b, x in parts)), n


def _factors(e: Expr) -> Iterator[Expr]:
    """The factors of a product of products."""
    for f in e.args if isinstance(e, Mul) else (e,):
        yield from _factors(f) if isinstance(f, Mul) else (f,)
