"""Kinked functions of one variable: the integral form, its range, and symmetry.

Source: the lecture's last slide of the forward pass; He et al. 2015, equation 8.
An integral against Pr(x) is meant against the law of x, over the open range.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, Ge, Gt, Max, Min, Ne, Rational, S, Symbol, gamma, oo, pi, sign, sqrt

from symcheck.context import NOTHING, Used
from symcheck.expr import (
    E,
    Ind,
    Int,
    add,
    bound_indices,
    leaky_relu,
    mul,
    neg,
    power,
    relu,
    replace,
    subterms,
)
from symcheck.kernel import Case, Refused, Rewrite, Rule, Site
from symcheck.ring import canonical, equal
from symcheck.rules.moments import unfolded

__all__ = ["RULES", "kinks"]


def definition(site: Site) -> Rewrite:
    """
    ----------------------------------------------------------------
    ReLU[x] = 1[x > 0] x        leaky[x; a] = 1[x > 0] x + a 1[x <= 0] x
    |x| = 1[x > 0] x - 1[x <= 0] x

    Fails on any other function.
    """
    f = site.term
    if isinstance(f, relu):
        return Rewrite(mul(Ind(f.args[0] > 0), f.args[0]))
    if isinstance(f, leaky_relu):
        x, a = f.args
        return Rewrite(add(mul(Ind(x > 0), x), mul(a, Ind(x <= 0), x)))
    if isinstance(f, Abs):
        x = f.args[0]
        return Rewrite(add(mul(Ind(x > 0), x), neg(mul(Ind(x <= 0), x))))
    raise Refused("{} is not defined by an indicator", f)


def integral_form(site: Site) -> Rewrite:
    """
    g depends on x only
    ----------------------------
    E[g(x)] = ∫ g(x) Pr(x) dx

    The definition of expectation.  Fails when g depends on another random variable.
    """
    if not isinstance(site.term, E) or site.term.given:
        raise Refused("{} is not an expectation", site.term)
    sources = site.context.sources(site.term.args[0])
    if len(sources) != 1:
        raise Refused("the argument does not depend on exactly one random variable")
    (x,) = sources
    g = unfolded(site.context, site.term.args[0])
    t = Symbol("_t", real=True)
    body = replace(g, {x: t})
    if site.context.sources(body):
        raise Refused("the argument does not depend on exactly one random variable")
    return Rewrite(Int(body, (t, x, -oo, oo)))


def kinks(body: Any, t: Symbol) -> list[Any]:
    """The parts of ``body`` that change their form at t = 0."""
    return [
        s
        for s in subterms(body)
        if (isinstance(s, Ind) and {s.args[0].lhs, s.args[0].rhs} == {t, S.Zero})
        or (isinstance(s, (relu, leaky_relu, Abs, sign, Max, Min)) and s.args[0] == t)
        or (isinstance(s, (Max, Min)) and set(s.args) == {t, S.Zero})
    ]


def _on(side: int, part: Any, t: Symbol) -> Any:
    """The value of a kinked part on t > 0 (side 1), t < 0 (side -1) or at t = 0 (side 0)."""
    if isinstance(part, Ind):
        r = part.args[0]
        left = side if r.lhs == t else 0
        right = side if r.rhs == t else 0
        holds = {Gt: left > right, Ge: left >= right, Eq: left == right, Ne: left != right}
        return S.One if holds[r.func] else S.Zero
    if isinstance(part, relu):
        return t if side > 0 else S.Zero
    if isinstance(part, leaky_relu):
        return t if side > 0 else mul(part.args[1], t)
    if isinstance(part, Abs):
        return t if side > 0 else neg(t)
    if isinstance(part, sign):
        return S(side)
    if isinstance(part, (Max, Min)):
        return t if (side > 0) == isinstance(part, Max) else S.Zero
    raise Refused("{} has no kink at 0", part)


def _restrict(body: Any, t: Symbol, side: int) -> Any:
    new = replace(body, {k: _on(side, k, t) for k in kinks(body, t)})
    return replace(new, {t: S.Zero}) if side == 0 else new


def split_range(site: Site) -> Rewrite:
    """
    g(0) = 0, or x takes the value 0 with probability 0
    -----------------------------------------------------------
    ∫ g Pr dx = ∫_{0..oo} g Pr dx + ∫_{-oo..0} g Pr dx

    On each half, indicators of the sign of x are 1 or 0; a half on which g vanishes
    is dropped.  Fails when g has no kink at 0, or 0 may have positive probability and
    g(0) is not 0.
    """
    if not isinstance(site.term, Int):
        raise Refused("{} is not an integral", site.term)
    lo, hi = site.term.range
    if not (lo == -oo and hi == oo):
        raise Refused("the range is not the whole line")
    x = site.term.variable
    (t,) = bound_indices(site.term)
    body = site.term.open((t,))[0]
    if not kinks(body, t):
        raise Refused("nothing changes its form at 0")
    used: Used | None = NOTHING
    if canonical(_restrict(body, t, 0)) != 0:
        used = site.context.atomless(x)
        if used is None:
            raise Refused("{} may be 0 with positive probability", x)
    halves = []
    for side, (a, b) in ((1, (S.Zero, oo)), (-1, (-oo, S.Zero))):
        part = _restrict(body, t, side)
        if canonical(part) != 0:
            halves.append(Int(part, (t, x, a, b)))
    return Rewrite(add(*halves), used or NOTHING)


def half(site: Site) -> Rewrite:
    """
    x symmetric about 0    g even    g(0) = 0, or x = 0 has probability 0
    ---------------------------------------------------------------------
    ∫_{0..oo} g(x) Pr(x) dx = ½ E[g(x)]

    The same over (-oo, 0).  For g that is not even: ½ E[g(|x|)].  A zero mean is not
    enough.  Fails when x is not declared symmetric.
    """
    if not isinstance(site.term, Int):
        raise Refused("{} is not an integral", site.term)
    lo, hi = site.term.range
    if (lo, hi) not in ((S.Zero, oo), (-oo, S.Zero)):
        raise Refused("the range is not half of the line")
    x = site.term.variable
    used = site.context.symmetric(x)
    if used is None:
        raise Refused("{} is not known to be symmetric about 0", x)
    (t,) = bound_indices(site.term)
    body = site.term.open((t,))[0]
    if kinks(body, t):
        raise Refused("the integrand changes its form at 0")
    if canonical(replace(body, {t: S.Zero})) != 0:
        atom = site.context.atomless(x)
        if atom is None:
            raise Refused("{} may be 0 with positive probability", x)
        used |= atom
    if equal(replace(body, {t: neg(t)}), body):
        return Rewrite(mul(Rational(1, 2), E(replace(body, {t: x}))), used)
    side = Abs(x) if lo == 0 else neg(Abs(x))
    return Rewrite(mul(Rational(1, 2), E(replace(body, {t: side}))), used)


def normal_absolute(site: Site) -> Rewrite:
    """
    x ~ normal(0, v)
    ----------------------------------------------
    E[|x|ⁿ] = v^(n/2) 2^(n/2) Γ((n+1)/2) / √π

    Source: Winkelbauer 2012, equation 18.  Fails for any other law or mean.
    """
    if not isinstance(site.term, E) or site.term.given:
        raise Refused("{} is not an expectation", site.term)
    g = site.term.args[0]
    base, n = (g.base, g.exp) if g.is_Pow else (g, S.One)
    if not isinstance(base, Abs) or not n.is_Integer or n < 1:
        raise Refused("not a power of |x|")
    x = base.args[0]
    known = site.context.law(x)
    if known is None or known[0].name != "normal" or known[1][0] != 0:
        raise Refused("{} is not known to be normal with mean 0", x)
    v = known[1][1]
    number = canonical(2 ** (n / 2) * gamma((n + 1) / 2) / sqrt(pi))
    return Rewrite(mul(power(v, n / 2), number), site.context.law_used(x))


_F = "real s > 0\nrandom f variance s^2, symmetric\n"

RULES = (
    Rule(
        "relu",
        "definition of ReLU",
        "ReLU[x] = 1[x > 0] x",
        definition,
        Case(_F, "relu(f)", "1[f > 0] f"),
        Case(_F, "tanh(f)"),
    ),
    Rule(
        "integral-form",
        "definition of expectation",
        "E[g(x)] = ∫ g(x) Pr(x) dx",
        integral_form,
        Case(_F, "E[relu(f)^2]", "int(f = -oo..oo) relu(f)^2 Pr(f)"),
        Case(_F + "random g", "E[relu(f) g]"),
    ),
    Rule(
        "split-range",
        "range cut at 0 by the indicator",
        "∫ 1[x > 0] g Pr dx = ∫_{0..∞} g Pr dx",
        split_range,
        Case(_F, "int(f = -oo..oo) (1[f > 0] f)^2 Pr(f)", "int(f = 0..oo) f^2 Pr(f)"),
        Case(_F, "int(f = -oo..oo) 1[f >= 0] Pr(f)"),
    ),
    Rule(
        "half",
        "symmetry, half of an even integral",
        "∫_{0..∞} g Pr dx = ½ E[g], g even, x symmetric",
        half,
        Case(_F, "int(f = 0..oo) f^2 Pr(f)", "1/2 E[f^2]"),
        Case("real s > 0\nrandom f mean 0, variance s^2", "int(f = 0..oo) f^2 Pr(f)"),
    ),
    Rule(
        "normal-absolute",
        "absolute moment of a normal",
        "E|x|ⁿ, x ~ normal(0, v)",
        normal_absolute,
        Case("real s > 0\nrandom f ~ normal(0, s^2)", "E[abs(f)]", "s sqrt(2/pi)"),
        Case(_F, "E[abs(f)]"),
    ),
)
