"""What changes its form with the sign of a term: ReLU, |.|, sign, max and min, indicators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from sympy import Abs, Add, Eq, Ge, Gt, Le, Lt, Max, Min, Mul, Ne, Pow, S, Symbol, factor, sign

from symcheck.language.expr import (
    RV,
    Binder,
    Cov,
    Def,
    Diff,
    E,
    Ind,
    Named,
    P,
    Param,
    Sum,
    Var,
    add,
    children,
    evaluated,
    flat,
    leaky_relu,
    mul,
    neg,
    rebuild,
    relu,
)
from symcheck.language.ring import canonical, equal, monomials

__all__ = [
    "CLOSED", "KINKED", "at_zeros", "factors", "has_kinks", "mapped", "oriented", "parts", "put",
    "turning", "turns", "valued",
]  # fmt: skip

CLOSED = (E, Var, Cov, P, Diff, Binder)  # what stands inside is no matter of one outcome
KINKED = (relu, leaky_relu, Abs, sign, Max, Min, Ind)


def has_kinks(e: Any) -> bool:
    """Does anything in e, expectations included, change its form with a sign?"""
    return any(turns(s) is not None for s in e.atoms(*KINKED))


def parts(e: Any) -> Iterator[Any]:
    """The terms of e that belong to one outcome, outermost first."""
    yield e
    if isinstance(e, (Named, *CLOSED)) or not e.args:
        return
    for part in children(e):
        yield from parts(part)


def mapped(e: Any, value: Callable[[Any], Any]) -> Any:
    """e with ``value`` of every term that belongs to one outcome, from the inside outwards."""
    if isinstance(e, (Named, *CLOSED)) or not e.args:
        return e
    return value(rebuild(e, tuple(mapped(part, value) for part in children(e))))


def put(e: Any, x: Any, value: Any) -> Any:
    """e with ``value`` for x, but not inside of expectations and sums."""
    if e == x:
        return value
    if isinstance(e, (Named, *CLOSED)) or not e.args:
        return e
    return rebuild(e, tuple(put(part, x, value) for part in children(e)))


def turns(e: Any) -> Any | None:
    """What e changes its form with the sign of; None where it does not."""
    if isinstance(e, (relu, leaky_relu, Abs, sign)):
        return e.args[0]
    if isinstance(e, (Max, Min)) and len(e.args) > 1:
        return add(e.args[0], neg(e.args[1]))
    if isinstance(e, Ind):
        u = add(e.args[0].lhs, neg(e.args[0].rhs))
        return None if u.is_integer else u  # 1[j = k] is a matter of indices
    return None


def oriented(u: Any) -> tuple[int, Any]:
    """A sign and the canonical term that u is, up to this sign and positive factors."""
    c = canonical(u)
    if isinstance(c, Mul):
        c = canonical(mul(*(f for f in c.args if not (f.is_positive and f.is_Symbol))))
    terms = sorted(monomials(c), key=lambda t: str(sorted(map(str, t[1]))))
    if not terms:
        return 1, S.Zero
    lead = terms[0][0]
    return (1 if lead > 0 else -1), canonical(mul(1 / abs(lead), c if lead > 0 else neg(c)))


@lru_cache(maxsize=4096)
def factors(u: Any) -> tuple[int, tuple[tuple[Any, bool], ...]]:
    """A sign, and oriented factors with the sign of u as their product.

    With each factor stands whether it is squared, so that only its zero matters.
    """
    c = canonical(u)
    if isinstance(c, Add) and any(len(fs) > 1 or _square(fs) for _, fs in monomials(c)):
        product = flat(factor(evaluated(c)))  # x² - 1 is (x - 1) (x + 1)
        c = product if isinstance(product, (Mul, Pow)) and equal(product, c) else c
    way, found = 1, []
    for f in c.args if isinstance(c, Mul) else (c,):
        if f.is_positive or f.is_negative:
            way *= 1 if f.is_positive else -1
            continue
        base, n = (f.base, f.exp) if isinstance(f, Pow) and f.exp.is_Integer else (f, S.One)
        s, v = oriented(base)
        if not n.is_even:
            way *= s
        if v == 0:
            return 1, ((S.Zero, False),)
        found.append((v, bool(n.is_even)))
    return way, tuple(found)


def _square(fs: list[Any]) -> bool:
    return any(isinstance(f, Pow) and f.exp.is_Integer for f in fs)


def turning(e: Any) -> Iterator[Any]:
    """The terms whose signs matter and in which no other sign matters, factor by factor."""
    for part in parts(e):
        u = turns(part)
        if u is not None and not any(turns(s) is not None for s in parts(u)):
            yield from (v for v, _ in factors(u)[1])


def valued(e: Any, signs: Mapping[Any, int]) -> Any:
    """e where every turning term has its sign; nested ones are valued from the inside."""
    return mapped(e, lambda part: _value(part, signs))


def _sign(u: Any, signs: Mapping[Any, int]) -> int | None:
    number = canonical(u)
    if number.is_number:
        return 1 if number.is_positive else -1 if number.is_negative else 0 if number == 0 else None
    way, found = factors(u)
    for v, squared in found:
        s = 0 if v == 0 else signs.get(v)
        if s == 0:
            return 0
        if s is None:
            return None
        way *= 1 if squared else s
    return way


def _value(e: Any, signs: Mapping[Any, int]) -> Any:
    u = turns(e)
    s = None if u is None else _sign(u, signs)
    if s is None:
        return e
    if isinstance(e, relu):
        return u if s > 0 else S.Zero
    if isinstance(e, leaky_relu):
        return u if s > 0 else mul(e.args[1], u) if s < 0 else S.Zero
    if isinstance(e, Abs):
        return u if s > 0 else neg(u) if s < 0 else S.Zero
    if isinstance(e, sign):
        return S(s)
    if isinstance(e, (Max, Min)):
        first = (s >= 0) == isinstance(e, Max)
        kept = (e.args[0] if first else e.args[1], *e.args[2:])
        return kept[0] if len(kept) == 1 else _value(e.func(*kept), signs)
    holds = {Gt: s > 0, Ge: s >= 0, Lt: s < 0, Le: s <= 0, Eq: s == 0, Ne: s != 0}
    return S.One if holds[e.args[0].func] else S.Zero


def at_zeros(e: Any, zeros: list[Any]) -> Any:
    """e where these terms are 0: one variable of each is what the others make it."""
    for u in zeros:
        for c, fs in monomials(u):
            if len(fs) == 1 and isinstance(fs[0], (RV, Def, Param, Symbol, Sum)):
                x = fs[0]
                rest = canonical(add(mul(1 / c, u), neg(x)))
                if x not in list(parts(rest)) and not rest.has(x):
                    e = put(e, x, neg(rest))
                    break
    return e
