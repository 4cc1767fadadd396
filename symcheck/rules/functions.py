"""Identities of sine, cosine, tanh and sigmoid, true at every point."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sympy import Pow, S, cos, exp, sin, tanh

from symcheck.language.expr import (
    Def,
    E,
    Named,
    add,
    children,
    mul,
    neg,
    power,
    rebuild,
    sigmoid,
)
from symcheck.language.ring import TooLarge, canonical, equal, expand, monomials
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site
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
    term, to = site.term, site.expression("to")
    under = isinstance(term, E) and isinstance(to, E) and term.given == to.given
    a, b = (e.args[0] if under else e for e in (term, to))
    a, b = (site.context.unfolded(e) if e.has(Def) else e for e in (a, b))
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
)
