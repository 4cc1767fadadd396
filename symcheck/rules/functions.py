"""Sine, cosine, exponential, tanh and sigmoid: identities, and expectations under named laws."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sympy import Mul, Pow, Rational, S, Symbol, Tuple, cos, exp, sin, tanh

from symcheck.context import NOTHING, Used
from symcheck.expr import (
    RV,
    Def,
    E,
    Named,
    Sum,
    add,
    children,
    mul,
    neg,
    power,
    rebuild,
    sigmoid,
)
from symcheck.kernel import Case, Refused, Rewrite, Rule, Site
from symcheck.ring import TooLarge, canonical, equal, expand, monomials
from symcheck.rules.moments import unfolded
from symcheck.rules.symmetry import free_family
from symcheck.rules.turning import CLOSED

__all__ = ["RULES", "reduced"]

ROUND = (sin, cos)
STEEP = (tanh, sigmoid)
MOST = 4  # terms of an argument
TIMES = 6  # multiples of an angle


def identity(site: Site) -> Rewrite:
    """
    a = b by algebra, where sin² + cos² = 1, by the addition theorems, and where
    tanh(u) = 1 - 2 / (e^(2u) + 1) and sigmoid(u) = 1 / (1 + e^(-u))
    ------------------------------------------------------------------------------
    a = b

    At every point: all that is introduced is defined for all real u.  Inside of an expectation a
    and b may be its arguments.  Fails when a and b differ as such, or hold no such function.
    """
    term, to = site.term, site.binding["to"]
    under = isinstance(term, E) and isinstance(to, E) and term.given == to.given
    a, b = (e.args[0] if under else e for e in (term, to))
    a, b = (unfolded(site.context, e) if e.has(Def) else e for e in (a, b))
    if not any(e.has(*ROUND, *STEEP) for e in (a, b)):
        raise Refused("no such function in {}", a)
    try:
        same = equal(*(_by_exponentials(reduced(e)) for e in (a, b)))
    except TooLarge as large:
        raise Refused("too large: {}", str(large)) from None
    if not same:
        raise Refused("{} and {} differ", a, b)
    return Rewrite(to)


@lru_cache(maxsize=2000)
def reduced(e: Any) -> Any:
    """e by sines and cosines of single terms, no sine squared, and sigmoid by tanh.

    Nothing changes inside of expectations and sums.  Raises TooLarge.
    """
    made = _mapped(e)
    if not any(made.has(f) for f in ROUND):
        return made
    terms = []
    for c, factors in monomials(made):
        product = [S.One * c]
        for f in factors:
            base, n = (f.base, f.exp) if isinstance(f, Pow) else (f, S.One)
            if isinstance(base, sin) and n.is_Integer and n >= 2:
                even = power(add(1, neg(power(cos(base.args[0]), 2))), n // 2)
                product += [even, power(base, n % 2)]
            else:
                product.append(f)
        terms.append(expand(mul(*product)))
    return add(*terms)


def _mapped(e: Any) -> Any:
    if isinstance(e, (Named, *CLOSED)) or not e.args:
        return e
    parts = tuple(map(_mapped, children(e)))
    if isinstance(e, ROUND):
        return _angle(e.func, parts[0])
    if isinstance(e, sigmoid):
        return add(S.Half, mul(S.Half, tanh(canonical(mul(S.Half, parts[0])))))
    return rebuild(e, parts)


def _angle(func: Any, u: Any) -> Any:
    """The sine or the cosine of u by those of its terms, without their multiples."""
    terms = [(c, mul(*factors)) for c, factors in monomials(u)]
    if not terms:
        return S.Zero if func is sin else S.One
    if len(terms) > MOST or any(abs(c.p) > TIMES for c, _ in terms):
        raise TooLarge("the sine of a long sum")
    s, c = S.Zero, S.One
    for number, t in terms:
        unit = canonical(mul(S.One / number.q, t))
        for _ in range(abs(number.p)):
            one, two = mul(number.p // abs(number.p), sin(unit)), cos(unit)
            s, c = add(mul(s, two), mul(c, one)), add(mul(c, two), neg(mul(s, one)))
    return expand(s if func is sin else c)


def _by_exponentials(e: Any) -> Any:
    if isinstance(e, (Named, *CLOSED)) or not e.args:
        return e
    parts = tuple(map(_by_exponentials, children(e)))
    if isinstance(e, tanh):
        return add(1, mul(-2, power(add(exp(canonical(mul(2, parts[0]))), 1), -1)))
    return rebuild(e, parts)


# ---------------------------------------------------------------- expectations


def law_transform(site: Site) -> Rewrite:
    """
    x ~ a named law     E|exp(t x)| < ∞
    ----------------------------------------------------------------
    E[exp(t x + c)] = M(t) exp(c),  M its moment-generating function

    u = c + Σ_j t_j x_j     x_j normal, mutually independent     m = E[u], v = Var[u]
    ----------------------------------------------------------------------------------
    E[exp(u)] = exp(m + v / 2);   E[cos(u)] = exp(-v / 2) cos(m), and sin the same

    x ~ uniform(a, b)     t (b - a) ≠ 0
    ----------------------------------------------------------------
    E[cos(t x + c)] = (sin(t b + c) - sin(t a + c)) / (t (b - a)), and sin the same

    t and c are constant, and products of sines and cosines are told by those of sums.  Source:
    Johnson, Kotz and Balakrishnan (as of the moments).  Fails when the argument is not linear,
    no such law is declared, independence in pairs only, or the expectation may not exist.
    """
    if not isinstance(site.term, E) or site.term.given:
        raise Refused("{} is not an expectation", site.term)
    g = unfolded(site.context, site.term.args[0])
    if site.context.integrable(g, site.scope) is None:
        raise Refused("the expectation of {} may not exist", g)
    if not any(g.has(f) for f in ROUND):
        return Rewrite(*_exponential(site, canonical(g)))
    value, used = S.Zero, NOTHING
    for c, func, u in _waves(g):
        made, more = _wave(site, func, u)
        value, used = add(value, mul(c, made)), used | more
    return Rewrite(value, used)


def _exponential(site: Site, g: Any) -> tuple[Any, Used]:
    """E[exp(u)]"""
    if not isinstance(g, exp):
        raise Refused("{} is no exponential", g)
    exists = site.context.integrable(g, site.scope)
    if exists is None:
        raise Refused("the expectation of {} may not exist", g)
    terms, c = _linear(site, g.args[0])
    if len(terms) == 1 and isinstance(terms[0][0], RV):
        ((x, t),) = terms
        known = site.context.law(x)
        value = known and known[0].transform(t, *known[1])
        if value:
            return mul(value, exp(c)) if c != 0 else value, exists | site.context.law_used(x)
        if known and known[0].name == "uniform":
            rise, used = _over_range(site, exp, exp, x, t, c)
            return rise, exists | used
    m, v, used = _normal(site, terms)
    return exp(canonical(add(m, c, mul(S.Half, v)))), exists | used


def _wave(site: Site, func: Any, u: Any) -> tuple[Any, Used]:
    """E[cos(u)] or E[sin(u)]"""
    if site.context.constant(u):
        return func(u), NOTHING
    terms, c = _linear(site, u)
    if len(terms) == 1 and isinstance(terms[0][0], RV):
        ((x, t),) = terms
        known = site.context.law(x)
        if known and known[0].name == "uniform":
            made = _over_range(site, func, sin if func is cos else cos, x, t, c)
            return (made[0] if func is cos else neg(made[0])), made[1]
    m, v, used = _normal(site, terms)
    return mul(exp(canonical(mul(Rational(-1, 2), v))), func(canonical(add(m, c)))), used


def _over_range(site: Site, func: Any, primitive: Any, x: RV, t: Any, c: Any) -> tuple[Any, Used]:
    """The mean of func(t x + c) over a uniform x, by a function with this derivative."""
    _, (a, b) = site.context.law(x) or (None, (S.Zero, S.Zero))
    width = canonical(mul(t, add(b, neg(a))))
    used = site.context.nonzero(width, site.scope)
    if used is None:
        raise Refused("{} may be zero", width)
    ends = [primitive(canonical(add(mul(t, e), c))) for e in (b, a)]
    return mul(add(ends[0], neg(ends[1])), power(width, -1)), used | site.context.law_used(x)


def _linear(site: Site, u: Any) -> tuple[list[tuple[Any, Any]], Any]:
    """Variables, or sums of one family, with their constant factors; and the constant term."""
    slopes: dict[Any, Any] = {}
    sums: dict[tuple[Any, ...], Any] = {}  # with the same members: Σ_j a_j x_j + Σ_j b_j x_j
    rest = []
    for c, factors in monomials(u):
        random = [f for f in factors if not site.context.constant(f)]
        t = mul(c, *(f for f in factors if f not in random))
        if not random:
            rest.append(t)
        elif len(random) == 1 and isinstance(random[0], RV):
            slopes[random[0]] = add(slopes.get(random[0], S.Zero), t)
        elif len(random) == 1 and isinstance(random[0], Sum):
            inner, x, limits = _over_one_family(site, random[0])
            sums[x, limits] = add(sums.get((x, limits), S.Zero), mul(t, inner))
        else:
            raise Refused("{} is not linear in variables", u)
    terms = [(x, canonical(t)) for x, t in slopes.items()]
    terms += [(Sum(mul(t, x), *limits), S.One) for (x, limits), t in sums.items()]
    return terms, canonical(add(*rest))


def _over_one_family(site: Site, e: Sum) -> tuple[Any, RV, tuple[Any, ...]]:
    """t, x and the limits of Σ_j t_j x_j, where j tells the members of one family apart."""
    names = tuple(Symbol(f"_l{n}", integer=True) for n in range(len(e.ranges)))
    body, *rest = e.open(names)
    factors = body.args if isinstance(body, Mul) else (body,)
    random = [f for f in factors if not site.context.constant(f)]
    limits = [t for t in rest if isinstance(t, Tuple)]
    if not all(site.context.constant(t) for t in rest):
        raise Refused("the range of the sum is random")
    if len(random) != 1 or not isinstance(random[0], RV):
        raise Refused("{} is no sum over one family", e)
    if not {t[0] for t in limits} <= set(random[0].indices):
        raise Refused("{} may have one member twice", e)
    return mul(*(f for f in factors if f is not random[0])), random[0], tuple(rest)


def _normal(site: Site, terms: list[tuple[Any, Any]]) -> tuple[Any, Any, Used]:
    """Mean and variance of a sum of independent normal terms."""
    separate, used = site.context.groups([x for x, _ in terms], site.scope)
    if len(separate) != len(terms):
        raise Refused("the terms are not known to be independent")
    m, v = S.Zero, S.Zero
    for x, t in terms:
        mean, variance, more = _one_normal(site, x) if isinstance(x, RV) else _family(site, x)
        m, v = add(m, mul(t, mean)), add(v, mul(power(t, 2), variance))
        used |= more
    return m, v, used


def _one_normal(site: Site, x: RV) -> tuple[Any, Any, Used]:
    known = site.context.law(x)
    if known is None or known[0].name != "normal":
        raise Refused("{} is not declared to be normal", x)
    m, v = known[1]
    return m, v, site.context.law_used(x)


def _family(site: Site, e: Sum) -> tuple[Any, Any, Used]:
    """Mean and variance of Σ_j t_j x_j, where the x_j are independent."""
    t, x, limits = _over_one_family(site, e)
    used = free_family(site, {x}, frozenset())
    if used is None:
        raise Refused("{} are not known to be independent", x)
    m, v, more = _one_normal(site, x)
    return Sum(mul(t, m), *limits), Sum(mul(power(t, 2), v), *limits), used | more


def _waves(g: Any) -> list[tuple[Any, Any, Any]]:
    """A product of sines and cosines as a sum of such: factors, functions and arguments."""
    made: list[tuple[Any, Any, Any]] = [(S.One, cos, S.Zero)]
    for f in g.args if isinstance(g, Mul) else (g,):
        base, n = (f.base, f.exp) if isinstance(f, Pow) else (f, S.One)
        if not isinstance(base, ROUND) or not n.is_Integer or not 1 <= n <= MOST:
            raise Refused("{} is no product of sines and cosines", g)
        for _ in range(n):
            made = [w for c, func, u in made for w in _product(c, func, u, base)]
    return made


def _product(c: Any, func: Any, u: Any, f: Any) -> list[tuple[Any, Any, Any]]:
    """c func(u) f as a sum, f a sine or a cosine."""
    more, less = (canonical(add(u, s)) for s in (f.args[0], neg(f.args[0])))
    half = mul(S.Half, c)
    if func is cos:
        way = sin if isinstance(f, sin) else cos
        return [(half, way, more), (half if way is cos else neg(half), way, less)]
    if isinstance(f, cos):
        return [(half, sin, more), (half, sin, less)]
    return [(half, cos, less), (neg(half), cos, more)]


RULES = (
    Rule(
        "identity",
        "identity of functions",
        "sin² + cos² = 1, addition theorems, sigmoid by tanh",
        identity,
        Case(
            "real a, b",
            "cos(a) cos(b) + sin(a) sin(b)",
            "cos(a - b)",
            {"to": "cos(a - b)"},
        ),
        Case("real a, b", "cos(a) cos(b) + sin(a) sin(b)", binding={"to": "cos(a + b)"}),
    ),
    Rule(
        "law-transform",
        "moment-generating function of the law",
        "E[exp(t x)] of a named law",
        law_transform,
        Case("real t, v > 0\nrandom x ~ normal(0, v)", "E[exp(t x)]", "exp(t^2 v / 2)"),
        Case("real t\nrandom x mean 0, variance 1", "E[cos(t x)]"),
    ),
)
