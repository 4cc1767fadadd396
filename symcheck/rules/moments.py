"""Variance, covariance, probability; what the context says of moments; identical laws.

Source: the lecture, Table B.1 and the proof of E[(x-μ)²] = E[x²] - E[x]².
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Integer, Mul, Pow, S

from symcheck.language.expr import (
    RV,
    Cov,
    E,
    Ind,
    P,
    Var,
    add,
    mul,
    neg,
    power,
    replace,
)
from symcheck.language.ring import canonical, equal
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site

__all__ = ["RULES"]


def variance(site: Site) -> Rewrite:
    """
    -----------------------------
    Var[g] = E[(g - E[g])²]

    Given y: both expectations are given y.  Fails on anything that is no variance.
    """
    if not isinstance(site.term, Var):
        raise Refused("{} is not a variance", site.term)
    g, given = site.term.args[0], site.term.given
    return Rewrite(E(power(add(g, neg(E(g, *given))), 2), *given))


def variance_identity(site: Site) -> Rewrite:
    """
    E[g²] exists
    --------------------------------
    E[(g - E[g])²] = E[g²] - E[g]²

    Derived from Rules 1 to 3 in the shipped derivation ``variance-identity``.  Fails
    when the argument is not the square of g - E[g].
    """
    if not isinstance(site.term, E):
        raise Refused("{} is not an expectation", site.term)
    square, given = site.term.args[0], site.term.given
    if isinstance(square, Pow) and square.exp == 2:
        g = _less_mean(square.base, given)
        if g is not None:
            return Rewrite(add(E(power(g, 2), *given), neg(power(E(g, *given), 2))))
    raise Refused("not of the form E[(g - E[g])²]")


def covariance_identity(site: Site) -> Rewrite:
    """
    E[f g] exists
    -----------------------------------------------
    E[(f - E[f]) (g - E[g])] = E[f g] - E[f] E[g]

    Derived from Rules 1 to 3.  Fails when the argument is not such a product.
    """
    if not isinstance(site.term, E) or not isinstance(site.term.args[0], Mul):
        raise Refused("{} is not the expectation of a product", site.term)
    factors, given = site.term.args[0].args, site.term.given
    parts = [_less_mean(f, given) for f in factors]
    if len(parts) != 2 or None in parts:
        raise Refused("not of the form E[(f - E[f]) (g - E[g])]")
    f, g = parts
    product = mul(E(f, *given), E(g, *given))
    return Rewrite(add(E(mul(f, g), *given), neg(product)))


def _less_mean(e: Any, given: tuple[Any, ...]) -> Any | None:
    """g, where e is g - E[g]."""
    for t in e.args if isinstance(e, Add) else ():
        mean = mul(-1, t)
        if isinstance(mean, E) and mean.given == given:
            g = add(*(s for s in e.args if s is not t))
            if equal(mean.args[0], g):
                return g
    return None


def covariance(site: Site) -> Rewrite:
    """
    -----------------------------------------
    Cov[f, g] = E[(f - E[f]) (g - E[g])]

    Fails on anything that is no covariance.
    """
    if not isinstance(site.term, Cov):
        raise Refused("{} is not a covariance", site.term)
    f, g = site.term.args
    return Rewrite(E(mul(add(f, neg(E(f))), add(g, neg(E(g))))))


def probability(site: Site) -> Rewrite:
    """
    -----------------
    P[A] = E[1[A]]

    Fails on anything that is no probability.
    """
    if not isinstance(site.term, P):
        raise Refused("{} is not a probability", site.term)
    return Rewrite(E(Ind(site.term.args[0])))


def _power_of_variable(site: Site) -> tuple[RV, int]:
    if not isinstance(site.term, E) or site.term.given:
        raise Refused("{} is not an expectation", site.term)
    g = site.term.args[0]
    x, n = (g.base, g.exp) if isinstance(g, Pow) else (g, Integer(1))
    if not isinstance(x, RV) or not n.is_Integer or n < 1:
        raise Refused("{} is not a power of a random variable", g)
    return x, int(n)


def mean(site: Site) -> Rewrite:
    """
    x has mean m (declared, or of its law)
    --------------------------------------
    E[x] = m

    Fails when no mean is known.
    """
    x, n = _power_of_variable(site)
    found = site.context.mean(x) if n == 1 else None
    if found is None:
        raise Refused("no mean of {} is known" if n == 1 else "not a mean", x)
    return Rewrite(*found)


def second_moment(site: Site) -> Rewrite:
    """
    x has variance v
    --------------------------------
    Var[x] = v;   E[x²] = v + E[x]²

    With the mean where it is known: a zero mean makes the second moment the variance.
    Fails when no variance is known.
    """
    if isinstance(site.term, Var) and not site.term.given and isinstance(site.term.args[0], RV):
        declared = site.context.variance(site.term.args[0])
        if declared is None:
            raise Refused("no variance of {} is known", site.term.args[0])
        return Rewrite(*declared)
    x, n = _power_of_variable(site)
    found = site.context.variance(x) if n == 2 else None
    if found is None:
        raise Refused("no variance of {} is known" if n == 2 else "not a second moment", x)
    v, used = found
    m = site.context.mean(x)
    if m is None:
        odd = site.context.symmetric(x)
        if odd is not None:
            return Rewrite(v, used | odd)
        return Rewrite(add(v, power(E(x), 2)), used)
    if m[0] == 0:
        return Rewrite(v, used | m[1])
    return Rewrite(add(v, power(m[0], 2)), used | m[1])


def law_moment(site: Site) -> Rewrite:
    """
    x ~ a named law
    ---------------------------
    E[xⁿ] = its n-th moment

    Fails when no law is declared, or the moment does not exist in closed form.
    """
    x, n = _power_of_variable(site)
    found = site.context.moment(x, n)
    if found is None:
        raise Refused("no law of {} is known that gives this moment", x)
    return Rewrite(canonical(found[0]), found[1])


def odd(site: Site) -> Rewrite:
    """
    x symmetric about 0     g(-x) = -g(x)
    -------------------------------------
    E[g(x)] = 0

    A zero mean is not enough.  Fails when x is not declared symmetric or g is not odd.
    """
    if not isinstance(site.term, E) or site.term.given:
        raise Refused("{} is not an expectation", site.term)
    sources = site.context.sources(site.term.args[0])
    if len(sources) != 1:
        raise Refused("more than one random variable")
    (x,) = sources
    used = site.context.symmetric(x)
    if used is None:
        raise Refused("{} is not known to be symmetric about 0", x)
    g = site.context.unfolded(site.term.args[0])
    if not equal(replace(g, {x: neg(x)}), neg(g)):
        raise Refused("{} is not odd in {}", g, x)
    return Rewrite(S.Zero, used)


RULES = (
    Rule(
        "variance",
        "definition of variance",
        "Var[g] = E[(g - E[g])²]",
        variance,
        Case("random x mean 0, variance 1", "Var[x]", "E[(x - E[x])^2]"),
        Case("random x mean 0, variance 1", "E[x]"),
    ),
    Rule(
        "variance-identity",
        "variance identity",
        "E[(g - E[g])²] = E[g²] - E[g]²",
        variance_identity,
        Case("random x variance 1", "E[(x - E[x])^2]", "E[x^2] - E[x]^2"),
        Case("random x, y variance 1", "E[(x - E[y])^2]"),
    ),
    Rule(
        "covariance-identity",
        "covariance identity",
        "E[(f - E[f])(g - E[g])] = E[f g] - E[f] E[g]",
        covariance_identity,
        Case("random x, y variance 1", "E[(x - E[x])(y - E[y])]", "E[x y] - E[x] E[y]"),
        Case("random x, y variance 1", "E[(x - E[y])(y - E[x])]"),
    ),
    Rule(
        "covariance",
        "definition of covariance",
        "Cov[f, g] = E[(f - E[f])(g - E[g])]",
        covariance,
        Case("random x, y variance 1", "Cov[x, y]", "E[(x - E[x])(y - E[y])]"),
        Case("random x, y variance 1", "E[x y]"),
    ),
    Rule(
        "probability",
        "probability as expectation",
        "P[A] = E[1[A]]",
        probability,
        Case("random x", "P[x > 0]", "E[1[x > 0]]"),
        Case("random x mean 0", "E[x]"),
    ),
    Rule(
        "mean",
        "mean",
        "E[x] = m, as declared",
        mean,
        Case("real m\nrandom x mean m", "E[x]", "m"),
        Case("random x variance 1", "E[x]"),
    ),
    Rule(
        "second-moment",
        "variance",
        "Var[x] = v and E[x²] = v + E[x]², v declared",
        second_moment,
        Case("real s\nrandom x mean 0, variance s^2", "E[x^2]", "s^2"),
        Case("random x mean 0, finite 2", "E[x^2]"),
    ),
    Rule(
        "law-moment",
        "moment of the law",
        "E[xⁿ] of a named law",
        law_moment,
        Case("real s\nrandom x ~ normal(0, s^2)", "E[x^4]", "3 s^4"),
        Case("random x ~ student(4)", "E[x^4]"),
    ),
    Rule(
        "odd",
        "symmetry, odd function",
        "E[g(x)] = 0 for symmetric x and odd g",
        odd,
        Case("random x symmetric, finite 3", "E[x^3]", "0"),
        Case("random x mean 0, finite 3", "E[x^3]"),
    ),
)
