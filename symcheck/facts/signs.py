"""Is a quantity certainly positive, nonnegative or nonzero?  Unknown means no."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as _with
from functools import lru_cache
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Dummy,
    Expr,
    Max,
    Min,
    Mul,
    Pow,
    S,
    Symbol,
    Tuple,
    erf,
    exp,
    factor,
    oo,
    tanh,
)

from symcheck.facts.assumptions import (
    EMPTY,
    NOTHING,
    Assumption,
    Ends,
    Relation,
    Scope,
    Used,
    every,
)
from symcheck.facts.declarations import Declarations
from symcheck.facts.expected_values import value
from symcheck.facts.inequalities import Fact, follows
from symcheck.facts.not_constant import avoids, not_constant, not_zero
from symcheck.language.expr import (
    RV,
    Cov,
    Def,
    E,
    Ind,
    P,
    Param,
    Sum,
    Var,
    add,
    bound_indices,
    evaluated,
    flat,
    mul,
    power,
    relu,
    replace,
    sigmoid,
    subterms,
)
from symcheck.language.laws import LAWS
from symcheck.language.patterns import matches
from symcheck.language.plain import plain
from symcheck.language.ring import canonical, equal, monomials

__all__ = ["factored", "facts", "nonzero", "positive"]

_OPEN = {sigmoid: (0, 1), tanh: (-1, 1), erf: (-1, 1)}  # values strictly between these
MOST_TERMS = 12  # of a sum that is factored


def nonzero(c: Declarations, e: Expr, scope: Scope = EMPTY) -> Used | None:
    """Is e certainly nonzero (for random e: almost surely)?"""
    if e.is_Rational:
        return NOTHING if e != 0 else None
    found: Used | None = c.remember(("nonzero", e, scope), lambda: _nonzero(c, e, scope))
    return found


def _nonzero(c: Declarations, e: Expr, scope: Scope) -> Used | None:
    if isinstance(e, (Mul, Pow, Abs)) and (not isinstance(e, Pow) or e.exp.is_Rational):
        parts = e.args if isinstance(e, Mul) else e.args[:1]
        found = every(c.nonzero(f, scope) for f in parts)
        if found is not None:
            return found
    e = canonical(e)
    if e.is_nonzero or e.is_positive or e.is_negative:
        return NOTHING
    if isinstance(e, Param) and c.signs.get(e.name, "") in (">", "<", "!="):
        return NOTHING
    if isinstance(e, RV):
        return _variable_nonzero(c, e)
    own = _normed(e)
    for r in c.relations:
        if r.sign == "!=" and matches(_normed(r.gap), own, frozenset(r.indices)) is not None:
            return frozenset((relation(r),))
    if isinstance(e, (Mul, Pow)):
        factors = e.args if isinstance(e, Mul) else (e.base,)
        found = every(c.nonzero(f, scope) for f in factors)
        if found is not None:
            return found
    for way in (1, -1):
        found = c.positive(canonical(mul(way, e)), scope)
        if found is not None:
            return found
    return _nonzero_otherwise(c, e, scope)


def _variable_nonzero(c: Declarations, x: RV) -> Used | None:
    r, known = c.randoms.get(x.name), c.law(x)
    if r is not None and r.sign in (">", "!="):
        return c.about(r, "positive", f"{r.term} {r.sign} 0")
    if known is not None and known[0].values and S.Zero not in known[0].values:
        return c.law_used(x)
    found = c.atomless(x)
    for way in (1, -1) if found is None else ():
        found = c.positive(mul(way, x)) if found is None else found
    return found


def _nonzero_otherwise(c: Declarations, e: Expr, scope: Scope) -> Used | None:
    """By definitions, by the numerator of a fraction, by factors, by values, by atoms."""
    plain_ = canonical(c.unfolded(e))
    if plain_ != e:
        return c.nonzero(plain_, scope)
    if isinstance(e, Add):
        over = _over_one(c, e, scope)
        if over is not None:
            return every((over[2], c.nonzero(over[0], scope)))
        parts = factored(e)
        if parts is not None:
            found = every(c.nonzero(f, scope) for f in parts)
            if found is not None:
                return found
    if not c.constant(e):
        return avoids(c, e, scope)
    made = value(c, e, scope) if e.has(E, Var, Cov) else None
    return None if made is None else every((c.nonzero(made[0], scope), made[1]))


def _normed(e: Expr) -> Expr:
    """The same for 2 a + 2 b and -a - b."""
    terms = monomials(e)
    lead = min(terms, key=lambda t: str(sorted(map(str, t[1]))))[0] if terms else S.One
    return canonical(mul(1 / lead, e))


def positive(c: Declarations, e: Expr, scope: Scope = EMPTY, *, strict: bool = True) -> Used | None:
    """Is e certainly positive (``strict=False``: or zero)?  For random e: almost surely."""
    written, e = e, canonical(e)
    if e.is_Rational:
        return NOTHING if e > 0 or (e == 0 and not strict) else None
    way = _by_form(e)
    if way:
        return NOTHING if way > 0 else None
    key = ("positive", e, scope, strict)
    found: Used | None = c.remember(key, lambda: _positive_canonical(c, e, scope, strict))
    if found is None and written != e and isinstance(written, (Add, Mul, Pow, Sum)):
        key = ("positive as written", written, scope, strict)
        found = c.remember(key, lambda: _positive(c, written, scope, strict))
    return found


def _by_form(e: Any) -> int:
    """1 or -1 for what is made of positive numbers and names, and a minus; 0: not told.

    SymPy need not be asked then, which imports half of it for a quotient.
    """
    if e.is_Rational:
        return 1 if e > 0 else -1 if e < 0 else 0
    if e.is_Symbol:
        return 1 if e.is_positive else 0
    if isinstance(e, Pow):
        return 1 if _by_form(e.base) == 1 else 0
    ways = {_by_form(a) for a in e.args} if isinstance(e, (Mul, Add)) else {0}
    if isinstance(e, Mul) and ways == {1, -1}:
        return -1 if sum(_by_form(a) == -1 for a in e.args) == 1 else 0
    return ways.pop() if len(ways) == 1 and (isinstance(e, Add) or ways == {1}) else 0


def _positive_canonical(c: Declarations, e: Expr, scope: Scope, strict: bool) -> Used | None:
    found = _positive(c, e, scope, strict)
    if found is None and c.constant(e):
        found = _follows(c, e, scope, strict)
    return _otherwise(c, e, scope, strict) if found is None else found


def _positive(c: Declarations, e: Expr, scope: Scope, strict: bool) -> Used | None:
    """By what e is made of."""
    if not isinstance(e, Add) and (e.is_positive or (not strict and e.is_nonnegative)):
        return NOTHING
    if isinstance(e, RV):
        return _positive_variable(c, e, strict)
    if isinstance(e, Param):
        sign = c.signs.get(e.name, "")
        return NOTHING if sign == ">" or (not strict and sign == ">=") else None
    if isinstance(e, exp) or (not strict and isinstance(e, (Abs, Var, P, Ind, relu))):
        return NOTHING
    if isinstance(e, Abs):
        return c.nonzero(e.args[0], scope)
    if isinstance(e, Min):
        return every(c.positive(a, scope, strict=strict) for a in e.args)
    if isinstance(e, (Max, relu)):
        found = (c.positive(a, scope, strict=strict) for a in e.args)
        return next((u for u in found if u is not None), None)
    if isinstance(e, Var):
        return not_constant(c, e.args[0], scope) if c.constant(e) else None
    if isinstance(e, Sum):
        return _positive_sum(c, e, scope, strict)
    if isinstance(e, Mul):
        return _positive_product(c, e.args, scope, strict)
    if isinstance(e, Pow):
        if e.exp.is_Integer and e.exp % 2 == 0:
            return c.nonzero(e.base, scope) if strict else NOTHING
        return c.positive(e.base, scope, strict=strict)
    if isinstance(e, Add):
        weak = every(c.positive(t, scope, strict=False) for t in e.args)
        if weak is None or not strict:
            return weak
        some = (c.positive(t, scope) for t in e.args)
        one = next((u for u in some if u is not None), None)
        return None if one is None else weak | one
    if isinstance(e, Def) and e.name in c.definitions:
        return c.positive(c.unfold(e), scope, strict=strict)
    if isinstance(e, E):
        return _positive_mean(c, e, scope, strict)
    return None


def _positive_variable(c: Declarations, x: RV, strict: bool) -> Used | None:
    r = c.randoms.get(x.name)
    if r is not None and (r.sign == ">" or (not strict and r.sign == ">=")):
        return c.about(r, "positive", f"{r.term} {r.sign} 0")
    known = c.law(x)
    low = known[0].support(*known[1])[0] if known else None
    if known is None or low == -oo:
        return None
    found = c.positive(low, strict=strict)
    if found is None and strict:  # an end of the support that is an atom of no law here
        found = every((c.positive(low, strict=False), c.atomless(x)))
    return None if found is None else found | c.law_used(x)


def _positive_product(
    c: Declarations, factors: Sequence[Expr], scope: Scope, strict: bool
) -> Used | None:
    used, total = NOTHING, 1
    for f in factors:
        found, way = _way(c, f, scope, strict)
        if found is None:
            return None
        used, total = used | found, total * way
    return used if total > 0 else None


def _positive_mean(c: Declarations, e: E, scope: Scope, strict: bool) -> Used | None:
    """The mean of what is never negative is positive, unless it is almost surely 0."""
    g = e.args[0]
    found = c.positive(g, scope, strict=strict)
    if found is not None or not strict or not c.constant(e):
        return found
    weak = c.positive(g, scope, strict=False)
    return None if weak is None else every((weak, not_zero(c, g, scope)))


def _otherwise(c: Declarations, e: Expr, scope: Scope, strict: bool) -> Used | None:
    """By definitions, by the numerator of a fraction, by values, by ends, by factors."""
    plain_ = canonical(c.unfolded(e))
    if plain_ != e:
        return c.positive(plain_, scope, strict=strict)
    over = _over_one(c, e, scope) if isinstance(e, Add) else None
    if over is not None:
        return every((over[2], c.positive(canonical(mul(over[1], over[0])), scope, strict=strict)))
    if c.constant(e):
        made = value(c, e, scope) if e.has(E, Var, Cov) else None
        return None if made is None else every((c.positive(made[0], scope, strict=strict), made[1]))
    ends = c.ends(e, scope)
    if ends.low is not None:
        found = c.positive(ends.low, scope, strict=strict)
        if found is None and strict:  # 1 - x, x being uniform on (0, 1)
            weak = c.positive(ends.low, scope, strict=False)
            found = None if weak is None else every((weak, avoids(c, e, scope)))
        if found is not None:
            return found | ends.used
    between = _between(c, e, scope) if isinstance(e, Add) else None
    if between is not None:
        return between
    parts = factored(e) if isinstance(e, Add) else None
    return None if parts is None else _positive_product(c, parts, scope, strict)


def _between(c: Declarations, e: Expr, scope: Scope) -> Used | None:
    """Of a + b f, f being strictly between two numbers as sigmoid(x) is.

    It is positive where it is not negative at these two, and not zero at one of them.
    """
    for f in sorted(e.atoms(*_OPEN), key=str):
        spot = Dummy(real=True)
        made = e.xreplace({f: spot})
        b = canonical(made.coeff(spot))
        rest = canonical(add(made, mul(-1, b, spot)))
        if rest.has(spot) or b.has(spot):
            continue
        ends = [canonical(add(rest, mul(b, x))) for x in _OPEN[f.func]]
        weak = every(c.positive(x, scope, strict=False) for x in ends)
        some = (c.positive(x, scope) for x in ends)
        one = next((u for u in some if u is not None), None)
        if weak is not None and one is not None:
            return weak | one
    return None


def _over_one(c: Declarations, e: Expr, scope: Scope) -> tuple[Expr, int, Used] | None:
    """A numerator, the sign of the denominator that belongs to it, and why; None: no fraction."""
    terms = monomials(e)
    below: dict[Any, Any] = {}
    for f in (f for _, factors in terms for f in factors):
        if isinstance(f, Pow) and f.exp.is_Rational and f.exp < 0:
            below[f.base] = max(below.get(f.base, 0), -f.exp)
    used, sign = NOTHING, 1
    for base, n in below.items():
        found, way = _way(c, base, scope, True)
        if found is None and n.is_Integer:  # an even power is positive, whatever the base
            found, below[base] = c.nonzero(base, scope), n + n % 2
        elif n.is_Integer and n % 2:
            sign *= way
        if found is None or (way < 0 and not n.is_Integer):
            return None
        used |= found
    numerator = canonical(add(*(mul(number, *_times(factors, below)) for number, factors in terms)))
    return (numerator, sign, used) if below else None


def _times(factors: Sequence[Any], powers: Mapping[Any, Any]) -> Iterator[Any]:
    """The factors of a monomial times these powers, exponents added before anything else."""
    left = dict(powers)
    for f in factors:
        base, n = (f.base, f.exp) if isinstance(f, Pow) else (f, S.One)
        yield power(base, n + left.pop(base, 0))
    yield from (power(base, n) for base, n in left.items())


def _follows(c: Declarations, e: Expr, scope: Scope, strict: bool) -> Used | None:
    """Does e > 0 (not strict: e >= 0) follow from what is declared of constants?"""
    known, sources = facts(c, e, scope)
    numbers = follows(e, known, strict=strict)
    if numbers is not None:
        return frozenset().union(*(sources[n] for n in numbers))
    if not isinstance(e, Add) or all(t.is_Rational or _linear(t) for t in e.args):
        return None
    parts = factored(e)
    return None if parts is None else _positive_product(c, parts, scope, strict)


def factored(e: Expr) -> Sequence[Expr] | None:
    """The factors of a sum: 1 - b² is (1 - b) (1 + b); None where it has none."""
    if not isinstance(e, Add) or len(e.args) > MOST_TERMS:
        return None
    product = flat(factor(evaluated(e)))
    parts: Sequence[Expr] = product.args if isinstance(product, Mul) else (product,)
    if len([f for f in parts if not f.is_Rational]) < 2 and not isinstance(parts[-1], Pow):
        return None
    return parts if equal(product, e) else None


def _way(c: Declarations, f: Expr, scope: Scope, strict: bool) -> tuple[Used | None, int]:
    """By what f is positive (1) or negative (-1); not strict: or zero."""
    if isinstance(f, Pow) and f.exp.is_even:
        return c.nonzero(f.base, scope) if strict else NOTHING, 1
    if isinstance(f, Pow) and f.exp.is_odd:
        return _way(c, f.base, scope, strict)
    for way in (1, -1):
        found = c.positive(canonical(mul(way, f)) if way < 0 else f, scope, strict=strict)
        if found is not None:
            return found, way
    return None, 0


def facts(c: Declarations, e: Expr, scope: Scope) -> tuple[list[Fact], list[Used]]:
    """What is declared of the constants in e, and by which assumption."""
    found: list[Fact] = []
    sources: list[Used] = []

    def add_fact(expr: Expr, strict: bool, used: Used = NOTHING) -> None:
        found.append(Fact(canonical(expr), strict))
        sources.append(used)

    meant, spoken = _meant(c, e, scope)
    for j, low, high in (*scope.ranges, *meant):
        add_fact(add(j, mul(-1, low)), False)
        add_fact(add(high, mul(-1, j)), False)
    params = sorted(_params(e), key=str)
    for p in params:
        sign = c.signs.get(p.name, "")
        if sign in (">", ">=", "<"):
            add_fact(mul(-1, p) if sign == "<" else p, len(sign) == 1)
    for r in c.relations:
        if r.sign == "!=" or not c.free_letters(r) <= spoken:
            continue
        for at in _instances(c, r, params):
            gap = replace(r.gap, at) if at else r.gap
            add_fact(gap, len(r.sign) == 1, frozenset((relation(r),)))
    for fact, used in _domains(c):
        add_fact(fact.expr, fact.strict, used)
    for head in sorted((s for s in set(subterms(e)) if isinstance(s, (E, P))), key=str):
        ends = c.ends(head.args[0], scope) if isinstance(head, E) else Ends(S.Zero, S.One)
        for end, way in ((ends.low, 1), (ends.high, -1)):
            if end is not None and c.constant(head) and not end.atoms(Dummy):
                add_fact(add(mul(way, head), mul(-way, end)), False, ends.used)
    return found, sources


def _meant(
    c: Declarations, e: Expr, scope: Scope
) -> tuple[list[tuple[Symbol, Expr, Expr]], set[Any]]:
    """The ranges of the free indices that are spoken of, and these; another one may be empty."""
    spoken = e.free_symbols.union(*(t.free_symbols for r in scope.ranges for t in r))
    found: list[tuple[Symbol, Expr, Expr]] = []
    todo = dict(c.ranges)
    while near := [j for j in todo if j in spoken]:
        for j in near:
            low, high = todo.pop(j)
            found.append((j, low, high))
            spoken = spoken | low.free_symbols | high.free_symbols
    return found, spoken


def _instances(c: Declarations, r: Relation, params: Sequence[Param]) -> list[dict[Symbol, Expr]]:
    """The values of the indices of a relation for which it speaks of these constants."""
    if not r.indices:
        return [{}]
    own = _params(r.gap)
    found = []
    for mine in own:
        for p in params:
            at = matches(mine, p, frozenset(r.indices))
            if at is not None and set(at) == set(r.indices) and at not in found:
                found.append(at)
    return found


@lru_cache(maxsize=1024)
def relation(r: Relation) -> Assumption:
    """A declared relation as an assumption."""
    names = sorted({s.name for s in r.gap.free_symbols} | {p.name for p in _params(r.gap)})
    return Assumption("relation", ", ".join(names), str(r))


def _domains(c: Declarations) -> list[tuple[Fact, Used]]:
    """What laws say of their parameters, and variances of themselves, where not indexed."""
    if "domains" not in c.cache:
        found: list[tuple[Fact, Used]] = []
        for r in c.randoms.values():
            facts = LAWS[r.law[0]].domain(*r.law[1]) if r.law else ()
            found += [(Fact(canonical(e), s), c.law_used(r.term)) for e, s in facts]
            if r.variance is not None:
                words = f"{r.term} has variance {plain(r.variance)}"
                used = c.about(r, "variance", words)
                found.append((Fact(canonical(r.variance), False), used))
        c.cache["domains"] = [
            (f, used) for f, used in found
            if f.expr.free_symbols and c.constant(f.expr)
            and f.expr.free_symbols <= set(c.symbols.values()) | set(c.sizes.values())
        ]  # fmt: skip
    domains: list[tuple[Fact, Used]] = c.cache["domains"]
    return domains


def _positive_sum(c: Declarations, e: Sum, scope: Scope, strict: bool) -> Used | None:
    """A sum of positive terms is, if there is a term at all."""
    body, *rest = e.open(bound_indices(e))
    limits = [(t[0], t[1], t[2]) for t in rest if isinstance(t, Tuple)]
    filled = every(c.positive(hi - lo, scope, strict=False) for _, lo, hi in limits)
    if strict and (filled is None or len(limits) < len(rest)):
        return None
    inner = _with(scope, ranges=scope.ranges + tuple(limits))
    found = c.positive(body, inner, strict=strict)
    return found if found is None or not strict else found | (filled or NOTHING)


def _linear(t: Expr) -> bool:
    return not isinstance(t.as_coeff_Mul()[1], (Mul, Pow))


def _params(e: Basic) -> set[Param]:
    return {p for p in subterms(e) if isinstance(p, Param)}
