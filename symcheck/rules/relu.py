"""Kinked functions of one variable: the integral form, its range, and symmetry.

Source: the lecture's last slide of the forward pass; He et al. 2015, equation 8.
An integral against Pr(x) is meant against the law of x, over the open range.
"""

from __future__ import annotations

from typing import Any

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
    Rational,
    S,
    Symbol,
    gamma,
    oo,
    pi,
    sign,
    sqrt,
)

from symcheck.facts.context import NOTHING, Used
from symcheck.language.expr import (
    RV,
    Binder,
    Cov,
    Diff,
    E,
    Ind,
    Int,
    P,
    Var,
    add,
    bound_indices,
    children,
    leaky_relu,
    mul,
    neg,
    power,
    rebuild,
    relu,
    replace,
    subterms,
)
from symcheck.language.ring import canonical, equal
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site

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
    g = site.context.unfolded(site.term.args[0])
    t = Symbol("_t", real=True)
    body = _outside(g, x, t)
    if site.context.sources(body):
        raise Refused("the argument does not depend on exactly one random variable")
    return Rewrite(Int(body, (t, x, -oo, oo)))


def _outside(e: Any, x: Any, t: Symbol) -> Any:
    """e with t for x, but not inside of expectations: there x is averaged already."""
    if e == x:
        return t
    if isinstance(e, (E, Var, Cov, P)) or not e.args or not e.has(x):
        return e
    if isinstance(e, (Binder, Diff)):
        raise Refused("{} stands inside of {}", x, e)
    return rebuild(e, tuple(_outside(a, x, t) for a in children(e)))


def kinks(body: Any, t: Symbol) -> list[Any]:
    """The parts of ``body`` that change their form at t = 0."""
    return [s for s in subterms(body) if _kinked(s, t) is not None]


def _kinked(s: Any, t: Symbol) -> Any | None:
    """c t, where s changes its form with the sign of c t, c of known sign; else None."""
    if isinstance(s, Ind):
        r = s.args[0]
        at = r.lhs if r.rhs == 0 else r.rhs if r.lhs == 0 else None
    elif isinstance(s, (Max, Min)) and S.Zero in s.args and len(s.args) == 2:
        at = next((a for a in s.args if a != 0), None)
    elif isinstance(s, (relu, leaky_relu, Abs, sign)):
        at = s.args[0]
    else:
        return None
    return at if at is not None and _slope(at, t) else None


def _slope(e: Any, t: Symbol) -> int:
    """The sign of c in e = c t; 0 where e is nothing of the kind."""
    if e == t:
        return 1
    if not e.has(t):
        return 0
    c = canonical(mul(e, power(t, -1)))
    if c.has(t):
        return 0
    return 1 if c.is_positive else -1 if c.is_negative else 0


def _on(side: int, part: Any, t: Symbol) -> Any:
    """The value of a kinked part on t > 0 (side 1), t < 0 (side -1) or at t = 0 (side 0)."""
    u = _kinked(part, t)
    if u is None:
        raise Refused("{} has no kink at 0", part)
    side *= _slope(u, t)  # the sign of u there
    if isinstance(part, Ind):
        r = part.args[0]
        left, right = (0 if e == 0 else side for e in (r.lhs, r.rhs))
        holds = {Gt: left > right, Ge: left >= right, Eq: left == right, Ne: left != right}
        return S.One if holds[r.func] else S.Zero
    if isinstance(part, relu):
        return u if side > 0 else S.Zero
    if isinstance(part, leaky_relu):
        return u if side > 0 else mul(part.args[1], u)
    if isinstance(part, Abs):
        return u if side > 0 else neg(u)
    if isinstance(part, sign):
        return S(side)
    return u if (side > 0) == isinstance(part, Max) else S.Zero


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


def integral_factor(site: Site) -> Rewrite:
    """
    c has no random source and does not mention x
    ---------------------------------------------
    ∫ c g Pr dx = c ∫ g Pr dx

    Fails when no factor is constant.
    """
    if not isinstance(site.term, Int):
        raise Refused("{} is not an integral", site.term)
    (t,) = bound_indices(site.term)
    body, limit = site.term.open((t,))
    factors = body.args if isinstance(body, Mul) else ()
    outside = [f for f in factors if not f.has(t) and site.context.constant(f)]
    inside = [f for f in factors if f not in outside]
    if not outside or not inside:
        raise Refused("no factor is constant")
    return Rewrite(mul(*outside, Int(mul(*inside), limit)))


def _alone(site: Site, body: Any, x: Any) -> None:
    """An integral over x is an expectation only if nothing else in it is random."""
    others = site.context.sources(body)
    if others:
        raise Refused(
            "the integral runs over {} alone, and {} is random too", x, min(others, key=str)
        )


def integral_sum(site: Site) -> Rewrite:
    """
    --------------------------------------------
    ∫ (f + g) Pr dx = ∫ f Pr dx + ∫ g Pr dx

    That each of the integrals exists is asked of every line.  Fails when the integrand is no
    sum.
    """
    if not isinstance(site.term, Int):
        raise Refused("{} is not an integral", site.term)
    (t,) = bound_indices(site.term)
    body, limit = site.term.open((t,))
    if not isinstance(body, Add):
        raise Refused("{} is not a sum", body)
    return Rewrite(add(*(Int(part, limit) for part in body.args)))


def lower_half(site: Site) -> Rewrite:
    """
    g(0) = 0, or x = 0 has probability 0      E[g(x)] exists
    ---------------------------------------------------------
    ∫_{-oo..0} g Pr dx = E[g(x)] - ∫_{0..oo} g Pr dx

    One name for both halves of the line.  Fails when 0 may have positive probability and
    g(0) is not 0, or g depends on another random variable.
    """
    if not isinstance(site.term, Int) or site.term.range != (-oo, S.Zero):
        raise Refused("not an integral over the lower half of the line")
    x = site.term.variable
    (t,) = bound_indices(site.term)
    body = site.term.open((t,))[0]
    _alone(site, body, x)
    used: Used | None = NOTHING
    if kinks(body, t):
        raise Refused("the integrand changes its form at 0")
    if canonical(replace(body, {t: S.Zero})) != 0:
        used = site.context.atomless(x)
        if used is None:
            raise Refused("{} may be 0 with positive probability", x)
    upper = Int(body, (t, x, S.Zero, oo))
    return Rewrite(add(E(replace(body, {t: x})), neg(upper)), used or NOTHING)


def whole_line(site: Site) -> Rewrite:
    """
    --------------------------------
    ∫_{-oo..oo} g(x) Pr(x) dx = E[g(x)]

    The definition of expectation, read backwards.  Fails on any other range, and when g depends
    on another random variable.
    """
    if not isinstance(site.term, Int) or site.term.range != (-oo, oo):
        raise Refused("not an integral over the whole line")
    (t,) = bound_indices(site.term)
    body = site.term.open((t,))[0]
    _alone(site, body, site.term.variable)
    return Rewrite(E(replace(body, {t: site.term.variable})))


def reflect(site: Site) -> Rewrite:
    """
    x symmetric about 0
    ----------------------------------------------
    ∫_{-oo..0} g(x) Pr dx = ∫_{0..oo} g(-x) Pr dx

    Fails when x is not declared symmetric, or g depends on another random variable.
    """
    if not isinstance(site.term, Int) or site.term.range != (-oo, S.Zero):
        raise Refused("not an integral over the lower half of the line")
    x = site.term.variable
    used = site.context.symmetric(x)
    if used is None:
        raise Refused("{} is not known to be symmetric about 0", x)
    (t,) = bound_indices(site.term)
    body = site.term.open((t,))[0]
    _alone(site, body, x)
    return Rewrite(Int(replace(body, {t: neg(t)}), (t, x, S.Zero, oo)), used)


def support(site: Site) -> Rewrite:
    """
    x > 0 almost surely; or x >= 0, and g(0) = 0 or x = 0 has probability 0
    -----------------------------------------------------------------------
    ∫_{0..oo} g(x) Pr dx = E[g(x)]      ∫_{-oo..0} g(x) Pr dx = 0

    Fails when x may be negative, or g depends on another random variable.
    """
    if not isinstance(site.term, Int):
        raise Refused("{} is not an integral", site.term)
    x, ends = site.term.variable, site.term.range
    if ends not in ((S.Zero, oo), (-oo, S.Zero)):
        raise Refused("the range is not half of the line")
    (t,) = bound_indices(site.term)
    body = site.term.open((t,))[0]
    used = site.context.positive(x, site.scope)
    if used is None:
        used = site.context.positive(x, site.scope, strict=False)
        if used is not None and canonical(replace(body, {t: S.Zero})) != 0:
            atom = site.context.atomless(x)
            used = None if atom is None else used | atom
    if used is None:
        raise Refused("{} may be negative, or zero", x)
    if ends[1] == 0:
        return Rewrite(S.Zero, used)
    _alone(site, body, x)
    return Rewrite(E(replace(body, {t: x})), used)


def half(site: Site) -> Rewrite:
    """
    x symmetric about 0    g even    g(0) = 0, or x = 0 has probability 0
    ---------------------------------------------------------------------
    ∫_{0..oo} g(x) Pr(x) dx = ½ E[g(x)]

    The same over (-oo, 0).  For g that is not even: ½ E[g(|x|)].  A zero mean is not
    enough.  Fails when x is not declared symmetric, or g depends on another random variable.
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
    _alone(site, body, x)
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
    known = site.context.law(x) if isinstance(x, RV) else None
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
        "integral-factor",
        "constant out of the integral",
        "∫ c g Pr dx = c ∫ g Pr dx",
        integral_factor,
        Case("real c\n" + _F, "int(f = 0..oo) c f Pr(f)", "c int(f = 0..oo) f Pr(f)"),
        Case(_F, "int(f = 0..oo) f^2 Pr(f)"),
    ),
    Rule(
        "integral-sum",
        "sum of integrals",
        "∫ (f + g) Pr dx = ∫ f Pr dx + ∫ g Pr dx",
        integral_sum,
        Case(
            _F,
            "int(f = 0..oo) (f + f^2) Pr(f)",
            "int(f = 0..oo) f Pr(f) + int(f = 0..oo) f^2 Pr(f)",
        ),
        Case(_F, "int(f = 0..oo) f^2 Pr(f)"),
    ),
    Rule(
        "lower-half",
        "the other half of the line",
        "∫_{-∞..0} g Pr dx = E[g] - ∫_{0..∞} g Pr dx",
        lower_half,
        Case("random f finite 1", "int(f = -oo..0) f Pr(f)", "E[f] - int(f = 0..oo) f Pr(f)"),
        Case("random f finite 1", "int(f = -oo..0) 1 Pr(f)"),
    ),
    Rule(
        "whole-line",
        "expectation as an integral",
        "∫ g Pr dx over the whole line = E[g(x)]",
        whole_line,
        Case("random f finite 2", "int(f = -oo..oo) f^2 Pr(f)", "E[f^2]"),
        Case("random f finite 2", "int(f = 0..oo) f^2 Pr(f)"),
    ),
    Rule(
        "reflect",
        "symmetry, the other half of the line",
        "∫_{-∞..0} g(x) Pr dx = ∫_{0..∞} g(-x) Pr dx, x symmetric",
        reflect,
        Case(
            "random f symmetric, finite 3",
            "int(f = -oo..0) f^3 Pr(f)",
            "int(f = 0..oo) (-f)^3 Pr(f)",
        ),
        Case("random f finite 3", "int(f = -oo..0) f^3 Pr(f)"),
    ),
    Rule(
        "support",
        "a variable that is never negative",
        "∫_{0..∞} g Pr dx = E[g(x)], x > 0",
        support,
        Case("random t > 0 finite 1", "int(t = 0..oo) t Pr(t)", "E[t]"),
        Case("random t >= 0", "int(t = 0..oo) 1 Pr(t)"),
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
