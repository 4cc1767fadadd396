"""What a named law says beyond its moments: E[exp(t x)], E[cos(t x)], and P[x > t].

Source: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, 1994-95; for Poisson
Johnson, Kemp and Kotz, Univariate Discrete Distributions, 2005, section 4.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Expr, Ge, Gt, Pow, Rational, S, cos, erf, exp, sin, sqrt

from symcheck.context import Used
from symcheck.expr import RV, E, Ind, add, mul, neg, power
from symcheck.kernel import Case, Refused, Rewrite, Rule, Site
from symcheck.ring import canonical, monomials

__all__ = ["RULES"]

Found = tuple[Expr, Used]


def transform(site: Site) -> Rewrite:
    """
    x ~ a named law     E|exp(t x)| < ∞
    ----------------------------------------------------------------
    E[exp(t x + c)] = M(t) exp(c),  M its moment-generating function

    x ~ normal(m, v)
    ----------------------------------------------------------------
    E[cos(t x + c)] = exp(-t² v / 2) cos(t m + c), and sin the same

    t and c are constant, and cos² and sin² are told by the cosine of 2 (t x + c).  Source:
    Johnson, Kotz and Balakrishnan (as of the moments).  Fails when the argument is not linear
    in one variable, no such law is declared, or the expectation may not exist.
    """
    if not isinstance(site.term, E) or site.term.given:
        raise Refused("{} is not an expectation", site.term)
    g = site.context.unfolded(site.term.args[0])
    if isinstance(g, Pow) and g.exp == 2 and isinstance(g.base, (cos, sin)):
        double = cos(canonical(mul(2, g.base.args[0])))
        value, used = _transform(site, double)
        half = Rational(1 if isinstance(g.base, cos) else -1, 2)
        return Rewrite(add(S.Half, mul(half, value)), used)
    return Rewrite(*_transform(site, g if isinstance(g, (cos, sin)) else canonical(g)))


def _transform(site: Site, g: Any) -> tuple[Any, Used]:
    """E[g] for the exponential, the cosine or the sine of a linear function."""
    if not isinstance(g, (exp, cos, sin)):
        raise Refused("{} is no exponential, no cosine and no sine", g)
    x, t, c = _linear(site, g.args[0])
    known = site.context.law(x)
    exists = site.context.integrable(g, site.scope)
    if known is None or exists is None:
        raise Refused("no law of {} is known that gives this expectation", x)
    law, parameters = known
    used = site.context.law_used(x) | exists
    if isinstance(g, exp):
        value = law.transform(t, *parameters)
        if value is None:
            raise Refused("no closed form for {} is known", law.name)
        return mul(value, exp(c)) if c != 0 else value, used
    if law.name != "normal":
        raise Refused("no closed form for {} is known", law.name)
    m, v = parameters
    damped = exp(mul(Rational(-1, 2), power(t, 2), v))
    return mul(damped, g.func(canonical(add(mul(t, m), c)))), used


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
