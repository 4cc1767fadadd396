"""What a named law says beyond its moments: E[exp(t x)], E[cos(t x)], and P[x > t].

Source: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, 1994-95; for Poisson
Johnson, Kemp and Kotz, Univariate Discrete Distributions, 2005, section 4.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Expr, Ge, Gt, Mul, Pow, Rational, S, Symbol, Tuple, cos, erf, exp, sin, sqrt

from symcheck.facts.context import NOTHING, Used
from symcheck.language.expr import RV, E, Ind, Sum, add, mul, neg, power
from symcheck.language.ring import canonical, monomials
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site
from symcheck.rules.symmetry import free_family

__all__ = ["RULES"]

Found = tuple[Expr, Used]
ROUND = (sin, cos)
MOST = 4  # the power of a sine


def transform(site: Site) -> Rewrite:
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
    g = site.context.unfolded(site.term.args[0])
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
    terms, c = _combination(site, g.args[0])
    if len(terms) == 1 and isinstance(terms[0][0], RV):
        ((x, t),) = terms
        known = site.context.law(x)
        value = known and known[0].transform(t, *known[1])
        if value:
            return mul(value, exp(c)) if c != 0 else value, exists | site.context.law_used(x)
    m, v, used = _normal(site, terms)
    return exp(canonical(add(m, c, mul(S.Half, v)))), exists | used


def _wave(site: Site, func: Any, u: Any) -> tuple[Any, Used]:
    """E[cos(u)] or E[sin(u)]"""
    if site.context.constant(u):
        return func(u), NOTHING
    terms, c = _combination(site, u)
    if len(terms) == 1 and isinstance(terms[0][0], RV):
        ((x, t),) = terms
        known = site.context.law(x)
        if known and known[0].name == "uniform":
            made = _over_range(site, sin if func is cos else cos, x, t, c)
            return (made[0] if func is cos else neg(made[0])), made[1]
    m, v, used = _normal(site, terms)
    return mul(exp(canonical(mul(Rational(-1, 2), v))), func(canonical(add(m, c)))), used


def _over_range(site: Site, primitive: Any, x: RV, t: Any, c: Any) -> tuple[Any, Used]:
    """The mean over a uniform x of what primitive(t x + c) / t has as its derivative."""
    _, (a, b) = site.context.law(x) or (None, (S.Zero, S.Zero))
    width = canonical(mul(t, add(b, neg(a))))
    used = site.context.nonzero(width, site.scope)
    if used is None:
        raise Refused("{} may be zero", width)
    ends = [primitive(canonical(add(mul(t, e), c))) for e in (b, a)]
    return mul(add(ends[0], neg(ends[1])), power(width, -1)), used | site.context.law_used(x)


def _combination(site: Site, u: Any) -> tuple[list[tuple[Any, Any]], Any]:
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


def tail(site: Site) -> Rewrite:
    """
    x ~ a named law with a density     t constant
    ---------------------------------------------
    E[1[x > t]] = the law's probability beyond t;   E[1[x < t]] = 1 - this;   >= and <= alike

    That is exp(-r t) for exponential(r), t >= 0; (b - t) / (b - a) for uniform(a, b), a <= t <= b,
    a < b; exp(-(t - m) / b) / 2 for laplace(m, b), t >= m, b > 0, and 1 - exp((t - m) / b) / 2
    for t <= m; (1 - erf((t - m) / sqrt(2 v))) / 2 for normal(m, v), v > 0.  The condition may be
    on c x + d, the sign of c known.  Fails for all other laws, and where it is not known on which
    side t lies.
    """
    body = _body(site)
    if not isinstance(body, Ind) or not isinstance(body.args[0], (Gt, Ge)):
        raise Refused("{} is no indicator of an inequality", body)
    relation = body.args[0]
    x, c, d = _linear(site, add(relation.lhs, neg(relation.rhs)))
    law, parameters = _law(site, x)
    make = _TAIL.get(law)
    if make is None:
        raise Refused("nothing is known of the probability of {} > t", x)
    for way in (1, -1):
        sign = site.context.positive(canonical(mul(way, c)), site.scope)
        if sign is not None:
            value, used = make(site, canonical(neg(mul(d, power(c, -1)))), *parameters)
            value = value if way > 0 else add(1, neg(value))
            return Rewrite(value, used | sign | site.context.law_used(x))
    raise Refused("the sign of {} is not known", c)


def _body(site: Site) -> Any:
    if not isinstance(site.term, E) or site.term.given:
        raise Refused("{} is not an expectation", site.term)
    return canonical(site.context.unfolded(site.term.args[0]))


def _linear(site: Site, u: Any) -> tuple[RV, Any, Any]:
    """x, t and c, where u = t x + c with constants t and c."""
    sources = site.context.sources(u)
    if len(sources) != 1:
        raise Refused("more than one random variable")
    (x,) = sources
    slope: list[Any] = []
    rest: list[Any] = []
    for c, factors in monomials(u):
        others = [f for f in factors if f != x]
        if not all(site.context.constant(f) for f in others):
            raise Refused("{} is not linear in {}", u, x)
        (rest if len(others) == len(factors) else slope).append(mul(c, *others))
    return x, canonical(add(*slope)), canonical(add(*rest))


def _law(site: Site, x: RV) -> tuple[str, tuple[Any, ...]]:
    known = site.context.law(x)
    if known is None:
        raise Refused("no law of {} is known", x)
    return known[0].name, known[1]


def _known(found: Used | None, words: str) -> Used:
    if found is None:
        raise Refused(f"it is not known that {words}")
    return found


def _above(site: Site, a: Any, b: Any, *, strict: bool, words: str) -> Used:
    """That a > b, or a >= b."""
    gap = canonical(add(a, neg(b)))
    return _known(site.context.positive(gap, site.scope, strict=strict), words)


# ---------------------------------------------------------------- P[x > t]


def _exponential_tail(site: Site, t: Any, rate: Any) -> Found:
    used = _above(site, t, S.Zero, strict=False, words="t is not negative")
    return exp(neg(mul(rate, t)), evaluate=False), used


def _uniform_tail(site: Site, t: Any, a: Any, b: Any) -> Found:
    used = _above(site, t, a, strict=False, words="t lies in the range of x")
    used |= _above(site, b, t, strict=False, words="t lies in the range of x")
    used |= _above(site, b, a, strict=True, words="the range of x is no point")
    return mul(add(b, neg(t)), power(add(b, neg(a)), -1)), used


def _laplace_tail(site: Site, t: Any, m: Any, b: Any) -> Found:
    scale = _above(site, b, S.Zero, strict=True, words="the scale of x is positive")
    gap = add(t, neg(m))
    beyond = site.context.positive(canonical(gap), site.scope, strict=False)
    if beyond is not None:
        return mul(S.Half, exp(neg(mul(gap, power(b, -1))), evaluate=False)), scale | beyond
    used = _above(site, m, t, strict=False, words="on which side of its mean t lies")
    return add(1, neg(mul(S.Half, exp(mul(gap, power(b, -1)), evaluate=False)))), scale | used


def _normal_tail(site: Site, t: Any, m: Any, v: Any) -> Found:
    used = _above(site, v, S.Zero, strict=True, words="the variance of x is positive")
    gap = canonical(add(t, neg(m)))
    if gap == 0:
        return S.Half, used
    inner = mul(gap, power(sqrt(mul(2, v), evaluate=False), -1))
    return mul(S.Half, add(1, neg(erf(inner, evaluate=False)))), used


_TAIL: Mapping[str, Callable[..., Found]] = {
    "exponential": _exponential_tail, "uniform": _uniform_tail, "laplace": _laplace_tail,
    "normal": _normal_tail,
}  # fmt: skip


RULES = (
    Rule(
        "law-transform",
        "moment-generating function of the law",
        "E[exp(t x)] of a named law",
        transform,
        Case("real t, v > 0\nrandom x ~ normal(0, v)", "E[exp(t x)]", "exp(t^2 v / 2)"),
        Case("real t\nrandom x mean 0, variance 1", "E[cos(t x)]"),
    ),
    Rule(
        "law-tail",
        "probability beyond a point",
        "P[x > t] = exp(-r t) for x ~ exponential(r), t >= 0, ...",
        tail,
        Case("real r > 0, t > 0\nrandom x ~ exponential(r)", "E[1[x > t]]", "exp(-r t)"),
        Case("real r > 0, t\nrandom x ~ exponential(r)", "E[1[x > t]]"),
    ),
)
