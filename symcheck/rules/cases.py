"""Identities that hold in every case: of the sign of a term, or of the values of a law.

``max(x, y) + min(x, y) = x + y`` is true for every x and y; no expectation is involved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from sympy import (
    Abs,
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    Symbol,
    exp,
    log,
    sign,
)

from symcheck.context import NOTHING, Used
from symcheck.expr import (
    RV,
    Binder,
    Cov,
    Def,
    Diff,
    E,
    Ind,
    Named,
    P,
    Var,
    add,
    children,
    leaky_relu,
    mul,
    neg,
    rebuild,
    relu,
)
from symcheck.kernel import Case, Refused, Rewrite, Rule, Site
from symcheck.ring import canonical, equal, monomials

__all__ = ["RULES", "has_kinks", "in_cases"]

MAX_TERMS = 4  # terms whose signs are told apart: 3^4 cases
_CLOSED = (E, Var, Cov, P, Diff, Binder)  # what stands inside is no matter of one outcome


def cases(site: Site) -> Rewrite:
    """
    a = b by algebra where u > 0, where u = 0, and where u < 0
    -----------------------------------------------------------
    a = b

    The u are the arguments of ReLU, |.|, sign and indicators, and the differences in max and
    min; what is known to be positive has one case only.  Inside of an expectation a and b may
    be its arguments.  Fails when a and b differ in one of the cases.
    """
    term, to = site.term, site.binding["to"]
    if isinstance(term, E) and isinstance(to, E) and term.given == to.given:
        return Rewrite(to, _same(site, term.args[0], to.args[0]))
    return Rewrite(to, _same(site, term, to))


def _same(site: Site, a: Any, b: Any) -> Used:
    turning = list(dict.fromkeys(u for e in (a, b) for u in _turning(e)))
    if not turning:
        raise Refused("nothing in {} changes its form with a sign", a)
    if len(turning) > MAX_TERMS:
        raise Refused("more than {} terms whose signs matter", MAX_TERMS)
    used: Used = NOTHING
    allowed = []
    for u in turning:
        possible, why = _signs(site, u)
        allowed.append(possible)
        used |= why
    for chosen in product(*allowed):
        signs = dict(zip(turning, chosen, strict=True))
        zeros = [u for u, s in signs.items() if s == 0]
        left, right = (_at_zeros(_valued(e, signs), zeros) for e in (a, b))
        if not equal(left, right):
            said = ", ".join(f"{u} {'<=>'[s + 1]} 0" for u, s in signs.items())
            raise Refused("the two sides differ where {}", said)
    return used


def _signs(site: Site, u: Any) -> tuple[tuple[int, ...], Used]:
    """The signs that u can have, and by what is known."""
    for s, v in ((1, u), (-1, neg(u))):
        for strict, signs in ((True, (s,)), (False, (s, 0))):
            found = site.context.positive(v, site.scope, strict=strict)
            if found is not None:
                return signs, found
    return (1, 0, -1), NOTHING


def _parts(e: Any) -> Iterator[Any]:
    """The terms of e that belong to one outcome, outermost first."""
    yield e
    if isinstance(e, (Named, *_CLOSED)) or not e.args:
        return
    for part in children(e):
        yield from _parts(part)


def _turns(e: Any) -> Any | None:
    """What e changes its form with the sign of; None where it does not."""
    if isinstance(e, (relu, leaky_relu, Abs, sign)):
        return e.args[0]
    if isinstance(e, (Max, Min)) and len(e.args) == 2:
        return add(e.args[0], neg(e.args[1]))
    if isinstance(e, Ind):
        u = add(e.args[0].lhs, neg(e.args[0].rhs))
        return None if u.is_integer else u  # 1[j = k] is a matter of indices
    return None


def _oriented(u: Any) -> tuple[int, Any]:
    """A sign and the canonical term that u is, up to this sign and positive factors."""
    c = canonical(u)
    if isinstance(c, Mul):
        c = canonical(mul(*(f for f in c.args if not (f.is_positive and f.is_Symbol))))
    terms = sorted(monomials(c), key=lambda t: str(sorted(map(str, t[1]))))
    if not terms:
        return 1, S.Zero
    lead = terms[0][0]
    return (1 if lead > 0 else -1), canonical(mul(1 / abs(lead), c if lead > 0 else neg(c)))


def _turning(e: Any) -> Iterator[Any]:
    for part in _parts(e):
        u = _turns(part)
        if u is not None and not any(_turns(s) is not None for s in list(_parts(u))):
            yield _oriented(u)[1]


def _valued(e: Any, signs: dict[Any, int]) -> Any:
    """e where every turning term has its sign; nested ones are valued from the inside."""
    return _mapped(e, lambda part: _value(part, signs))


def _mapped(e: Any, value: Callable[[Any], Any]) -> Any:
    if isinstance(e, (Named, *_CLOSED)) or not e.args:
        return e
    return value(rebuild(e, tuple(_mapped(part, value) for part in children(e))))


def _value(e: Any, signs: dict[Any, int]) -> Any:
    u = _turns(e)
    if u is None:
        return e
    way, v = _oriented(u)
    if v not in signs:
        number = canonical(u)
        if not number.is_number:
            return e
        s = 1 if number.is_positive else -1 if number.is_negative else 0
    else:
        s = way * signs[v]
    if isinstance(e, relu):
        return u if s > 0 else S.Zero
    if isinstance(e, leaky_relu):
        return u if s > 0 else mul(e.args[1], u) if s < 0 else S.Zero
    if isinstance(e, Abs):
        return u if s > 0 else neg(u) if s < 0 else S.Zero
    if isinstance(e, sign):
        return S(s)
    if isinstance(e, (Max, Min)):
        return e.args[0] if (s >= 0) == isinstance(e, Max) else e.args[1]
    holds = {Gt: s > 0, Ge: s >= 0, Lt: s < 0, Le: s <= 0, Eq: s == 0, Ne: s != 0}
    return S.One if holds[e.args[0].func] else S.Zero


def _at_zeros(e: Any, zeros: list[Any]) -> Any:
    """e where these terms are 0: one variable of each is what the others make it."""
    for u in zeros:
        for c, factors in monomials(u):
            if len(factors) == 1 and isinstance(factors[0], (RV, Def, Symbol)):
                x = factors[0]
                rest = canonical(add(mul(1 / c, u), neg(x)))
                if x not in list(_parts(rest)) and not rest.has(x):
                    e = _put(e, x, neg(rest))
                    break
    return e


def _put(e: Any, x: Any, value: Any) -> Any:
    if e == x:
        return value
    if isinstance(e, (Named, *_CLOSED)) or not e.args:
        return e
    return rebuild(e, tuple(_put(part, x, value) for part in children(e)))


# ---------------------------------------------------------------- the form that search uses


def has_kinks(e: Any) -> bool:
    """Does anything in e, expectations included, change its form with a sign?"""
    return any(_turns(s) is not None for s in e.atoms(relu, leaky_relu, Abs, sign, Max, Min, Ind))


def in_cases(e: Any, sign_of: Callable[[Any], int] = lambda u: 0) -> Any:
    """e with indicators 1[u > 0] and 1[u < 0] only, each once, and no product that vanishes.

    ``sign_of`` says which terms are certainly positive (1), negative (-1), or one of these
    or zero (2, -2).
    """
    plain = _mapped(e, lambda part: _indicated(part, sign_of))
    terms = []
    for c, factors in monomials(plain):
        terms += _reduced(c, factors)
    return add(*terms)


def _indicated(e: Any, sign_of: Callable[[Any], int]) -> Any:
    u = _turns(e)
    if u is None or canonical(u).is_number:
        return e
    way, v = _oriented(u)
    known = sign_of(v)
    if abs(known) == 1 or (known and isinstance(e, (relu, Abs))):
        return _value(e, {v: known // abs(known)})
    positive, negative = Ind(v > 0), Ind(neg(v) > 0)
    above, below = (positive, negative) if way > 0 else (negative, positive)
    # u 1[u > 0], told by the indicator 1[v > 0] alone
    rising = mul(positive, u) if way > 0 else add(u, neg(mul(positive, u)))
    if isinstance(e, relu):
        return rising
    if isinstance(e, leaky_relu):
        a = e.args[1]
        return add(mul(a, u), mul(add(1, neg(a)), rising))
    if isinstance(e, Abs):
        return add(mul(2, rising), neg(u))
    if isinstance(e, Max):
        return add(e.args[1], rising)
    if isinstance(e, Min):
        return add(e.args[0], neg(rising))
    if isinstance(e, sign):
        return add(above, neg(below))
    return {
        Gt: above, Lt: below, Ge: add(1, neg(below)), Le: add(1, neg(above)),
        Eq: add(1, neg(above), neg(below)), Ne: add(above, below),
    }[e.args[0].func]  # fmt: skip


def _reduced(c: Any, factors: list[Any]) -> list[Any]:
    """A monomial without squares of indicators, and without 1[u < 0] beside u."""
    found = [f for f in factors if isinstance(f, Ind)]
    other = [f for f in factors if not isinstance(f, Ind)]
    bases = {f.base if isinstance(f, Pow) else f for f in other}
    for f in found:
        u = _turns(f)
        way, v = (1, S.Zero) if u is None else _oriented(u)
        if way < 0:
            if Ind(v > 0) in found:
                return []
            if v in bases:
                rest = [g for g in found if g != f]
                whole = mul(c, *other, *rest)
                return [whole, neg(mul(whole, Ind(v > 0)))]
    return [mul(c, *factors)]


# ---------------------------------------------------------------- laws with two values


def two_values(site: Site) -> Rewrite:
    """
    x ~ bernoulli(p)                     x ~ rademacher()
    ---------------------------------    -----------------------------------------------
    g(x) = g(0) + (g(1) - g(0)) x        g(x) = (g(1) + g(-1)) / 2 + (g(1) - g(-1)) / 2 x

    Almost surely: so xⁿ = x, or x² = 1.  Fails for every other law, and when g depends on
    another random variable.
    """
    e = site.term
    sources = [s for s in site.context.sources(e) if isinstance(s, RV)]
    known = site.context.law(sources[0]) if len(sources) == 1 else None
    if known is None or isinstance(e, (Named, *_CLOSED)) or known[0].name not in _POINTS:
        raise Refused("{} is no function of one variable with two values", e)
    (x,) = sources
    low, high = _POINTS[known[0].name]
    below, above = (_at_value(e, x, v) for v in (low, high))
    rise = mul(Rational(1, high - low), add(above, neg(below)))
    value = add(below, mul(rise, add(x, neg(low))))
    return Rewrite(canonical(value), site.context.law_used(x))


_POINTS = {"bernoulli": (S.Zero, S.One), "rademacher": (S.NegativeOne, S.One)}


def _at_value(e: Any, x: RV, value: Any) -> Any:
    made = _mapped(_put(e, x, value), _certain)
    if made.has(x):
        raise Refused("{} has {} inside of an expectation", e, x)
    return made


def _certain(e: Any) -> Any:
    """The value of a turning term whose sign is known, of a log and an exp."""
    u = _turns(e)
    if u is not None and canonical(u).is_number:
        return _value(e, {})
    return canonical(e) if isinstance(e, (Pow, exp, log)) else e


RULES = (
    Rule(
        "cases",
        "case distinction",
        "a = b in every case of the signs",
        cases,
        Case("random x, y", "max(x, y) + min(x, y)", "x + y", {"to": "x + y"}),
        Case("random x, y", "max(x, y) + min(x, y)", binding={"to": "2 x"}),
    ),
    Rule(
        "two-values",
        "a law with two values",
        "g(x) = a + b x where x has two values",
        two_values,
        Case("real p > 0\nrandom m ~ bernoulli(p)", "m^3", "m"),
        Case("random m mean 0, variance 1", "m^3"),
    ),
)
