"""Derivatives of one random quantity with respect to another: the backward pass.

Source: the lecture, equation 7.13 (back-propagation through one layer).
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Dummy, Eq, Mul, Pow, S

from symcheck.facts.context import Assumption
from symcheck.language.expr import (
    RV,
    Def,
    Diff,
    Ind,
    Sum,
    add,
    bound_indices,
    mul,
    power,
    relu,
    replace,
)
from symcheck.language.plain import plain
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site
from symcheck.rules.sums import inside, opened

__all__ = ["RULES"]


def chain(site: Site) -> Rewrite:
    """
    l is a differentiable function of u_1, ..., u_n alone
    -----------------------------------------------------
    ∂l/∂x = Σ_i ∂l/∂u_i ∂u_i/∂x

    Fails when that is not declared of l, or x is one of the u_i or no single variable.
    """
    if not isinstance(site.term, Diff):
        raise Refused("{} is not a derivative", site.term)
    of, x = site.term.args
    if not isinstance(x, (RV, Def)):
        raise Refused("{} is no single variable", x)
    for d in site.context.dependence:
        if d.of == of and not _same_family(d.on, x):
            j = Dummy(d.index.name, integer=True)  # x may mention the letter that is bound here
            on = replace(d.on, {d.index: j})
            body = mul(Diff(of, on), Diff(on, x))
            span = f"{d.index} = {plain(d.lower)}..{plain(d.upper)}"
            text = f"{d.of} is a function of {plain(d.on)}, {span}"
            about = Assumption("depends", d.of.name, text)
            return Rewrite(Sum(body, (j, d.lower, d.upper)), frozenset((about,)))
    raise Refused("what {} is a function of is not declared", of)


def _same_family(a: Any, b: Any) -> bool:
    return type(a) is type(b) and a.name == b.name


def derivative(site: Site) -> Rewrite:
    """
    e is built from x_1, ..., x_n by sums, products, powers and ReLU
    ----------------------------------------------------------------
    ∂e/∂x_k by the rules of calculus;  ∂x_j/∂x_k = 1[j = k],  ∂ReLU[u] = 1[u > 0] ∂u

    What does not mention the family of x counts as constant.  At the kink of ReLU the
    derivative is 0, as in the lecture.  Fails for other functions.
    """
    if not isinstance(site.term, Diff):
        raise Refused("{} is not a derivative", site.term)
    e, x = site.term.args
    if not isinstance(x, RV):
        raise Refused("{} is not a random variable", x)
    if isinstance(e, Def) and e.name in site.context.definitions:
        e = site.context.unfold(e)
    return Rewrite(_d(site, e, x))


def _d(site: Site, e: Any, x: RV) -> Any:
    families = {s.name for s in site.context.sources(e)}
    if any(d.of.name in families for d in site.context.dependence):
        raise Refused("{} is only known as a function of other quantities", e)
    if x.name not in families:
        return S.Zero
    if isinstance(e, RV):
        if e == x:
            return S.One
        pairs = [(a, b) for a, b in zip(e.indices, x.indices, strict=True) if a != b]
        return mul(*(Ind(Eq(a, b, evaluate=False)) for a, b in pairs))
    if isinstance(e, Def):
        return _d(site, site.context.unfold(e), x)
    if isinstance(e, Add):
        parts = [p for p in (_d(site, t, x) for t in e.args) if p != 0]
        return add(*parts)
    if isinstance(e, Mul):
        made = []
        for n, f in enumerate(e.args):
            inner = _d(site, f, x)
            if inner != 0:
                made.append(mul(*e.args[:n], inner, *e.args[n + 1 :]))
        return add(*made)
    if isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0:
        return mul(e.exp, power(e.base, e.exp - 1), _d(site, e.base, x))
    if isinstance(e, Sum):
        body, *rest = e.open(bound_indices(e))
        return Sum(_d(site, body, x), *rest)
    if isinstance(e, relu):
        return mul(Ind(e.args[0] > 0), _d(site, e.args[0], x))
    raise Refused("no rule for the derivative of {}", e)


def pick(site: Site) -> Rewrite:
    """
    k lies in lo..hi
    ------------------------------
    Σ_{j=lo..hi} a_j 1[j = k] = a_k

    Fails when k may lie outside of the range, or the body has no such factor.
    """
    body, limits, apart = opened(site.term)
    factors = body.args if isinstance(body, Mul) else (body,)
    for n, t in enumerate(limits):
        for m, f in enumerate(factors):
            k = _other(f, t[0])
            if k is None or apart or any(u.has(t[0]) for u in limits[n + 1 :]):
                continue
            used = inside(site, k, t)
            rest = mul(*factors[:m], *factors[m + 1 :])
            kept = limits[:n] + limits[n + 1 :]
            made = replace(rest, {t[0]: k})
            return Rewrite(Sum(made, *kept) if kept else made, used)
    raise Refused("no factor says which term is meant")


def _other(f: Any, j: Any) -> Any | None:
    """k, where f is 1[j = k]."""
    if isinstance(f, Ind) and isinstance(f.args[0], Eq) and j in f.args[0].args:
        left, right = f.args[0].args
        k = right if left == j else left
        return None if k.has(j) else k
    return None


_LAYER = """size n, m
index k = 1..n
random l, f[j], W[i,j] finite 4
let u[i] = sum(j = 1..n) W[i,j] relu(f[j])
depends l on u[i] over i = 1..m
"""

RULES = (
    Rule(
        "chain-rule",
        "chain rule",
        "∂l/∂x = Σ_i ∂l/∂u_i ∂u_i/∂x",
        chain,
        Case(_LAYER, "Diff[l, f[k]]", "sum(i = 1..m) Diff[l, u[i]] Diff[u[i], f[k]]"),
        Case("random l, f", "Diff[l, f]"),
    ),
    Rule(
        "derivative",
        "derivative",
        "∂e/∂x by the rules of calculus",
        derivative,
        Case(_LAYER, "Diff[relu(f[k]), f[k]]", "1[f[k] > 0]"),
        Case(_LAYER, "Diff[tanh(f[k]), f[k]]"),
    ),
    Rule(
        "pick",
        "the one term that is left",
        "Σ_j a_j 1[j = k] = a_k",
        pick,
        Case(_LAYER, "sum(j = 1..n) f[j] 1[j = k]", "f[k]"),
        Case("size n\nindex k\nrandom f[j]", "sum(j = 1..n) f[j] 1[j = k]"),
        pointwise=True,
    ),
)
