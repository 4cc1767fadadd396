"""What a named law says beyond its moments: E[exp(c x)], and the probability of x > t.

Source: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, 1994-95; for Poisson
Johnson, Kemp and Kotz, Univariate Discrete Distributions, 2005, section 4.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Expr, Ge, Gt, S, erf, exp, sqrt

from symcheck.context import NOTHING, Used
from symcheck.expr import RV, E, Ind, add, mul, neg, power
from symcheck.kernel import Case, Refused, Rewrite, Rule, Site
from symcheck.ring import canonical, monomials

__all__ = ["RULES"]

Found = tuple[Expr, Used]


def exponential_moment(site: Site) -> Rewrite:
    """
    x ~ a named law     c and d constant
    ------------------------------------
    E[exp(c x + d)] = M(c) exp(d)

    M(c) is exp(c m + c² v / 2) for normal(m, v); r / (r - c) for exponential(r) where c < r;
    exp(c m) / (1 - c² b²) for laplace(m, b) where c² b² < 1; exp(r (exp(c) - 1)) for poisson(r);
    (exp(c b) - exp(c a)) / (c (b - a)) for uniform(a, b) where c != 0 and a < b.  Fails for all
    other laws, where a condition is not known, and where the exponent is not of this form.
    """
    body = _body(site)
    if not isinstance(body, exp):
        raise Refused("{} is no exponential", body)
    x, c, d = _linear(site, body.args[0])
    law, parameters = _law(site, x)
    make = _EXPONENTIAL.get(law)
    if make is None:
        raise Refused("nothing is known of E[exp({})]", x)
    value, used = make(site, c, *parameters)
    value = value if d == 0 else mul(value, exp(d, evaluate=False))
    return Rewrite(value, used | site.context.law_used(x))


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


def _linear(site: Site, e: Any) -> tuple[RV, Any, Any]:
    """x, c and d where e is c x + d."""
    sources = site.context.sources(e)
    if len(sources) != 1:
        raise Refused("not one random variable")
    (x,) = sources
    slope: list[Any] = []
    rest: list[Any] = []
    for number, factors in monomials(e):
        others = [f for f in factors if f != x]
        if not all(map(site.context.constant, others)) or len(factors) - len(others) > 1:
            raise Refused("{} is not linear in {}", e, x)
        (rest if len(others) == len(factors) else slope).append(mul(number, *others))
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


# ---------------------------------------------------------------- E[exp(c x)]


def _normal(site: Site, c: Any, m: Any, v: Any) -> Found:
    return exp(add(mul(c, m), mul(S.Half, power(c, 2), v)), evaluate=False), NOTHING


def _exponential(site: Site, c: Any, rate: Any) -> Found:
    used = _above(site, rate, c, strict=True, words="the factor of x is less than its rate")
    return mul(rate, power(add(rate, neg(c)), -1)), used


def _laplace(site: Site, c: Any, m: Any, b: Any) -> Found:
    gap = add(1, neg(mul(power(c, 2), power(b, 2))))
    used = _above(site, gap, S.Zero, strict=True, words="the factor of x is less than 1 / scale")
    return mul(exp(mul(c, m), evaluate=False), power(gap, -1)), used


def _poisson(site: Site, c: Any, rate: Any) -> Found:
    return exp(mul(rate, add(exp(c, evaluate=False), -1)), evaluate=False), NOTHING


def _uniform(site: Site, c: Any, a: Any, b: Any) -> Found:
    used = _known(site.context.nonzero(c, site.scope), "the factor of x is not zero")
    used |= _above(site, b, a, strict=True, words="the range of x is no point")
    ends = (exp(canonical(mul(c, e)), evaluate=False) for e in (b, a))
    upper, lower = ends
    return mul(add(upper, neg(lower)), power(mul(c, add(b, neg(a))), -1)), used


_EXPONENTIAL: Mapping[str, Callable[..., Found]] = {
    "normal": _normal, "exponential": _exponential, "laplace": _laplace, "poisson": _poisson,
    "uniform": _uniform,
}  # fmt: skip


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
        "law-exponential",
        "exponential of a variable of a law",
        "E[exp(c x)] = exp(c² v / 2) for x ~ normal(0, v), ...",
        exponential_moment,
        Case("real c, v > 0\nrandom x ~ normal(0, v)", "E[exp(c x)]", "exp(c^2 v / 2)"),
        Case("real c > 0\nrandom x ~ exponential(1)", "E[exp(c x)]"),
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
