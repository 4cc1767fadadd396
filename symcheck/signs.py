"""Is a quantity certainly positive, nonnegative or nonzero?  Unknown means no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as _with

from sympy import Abs, Add, Basic, Expr, Mul, Pow, Symbol, Tuple, exp, factor

from symcheck.assumptions import EMPTY, NOTHING, Assumption, Relation, Scope, Used, every
from symcheck.declarations import Declarations
from symcheck.expr import (
    RV,
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
    relu,
    replace,
    subterms,
)
from symcheck.inequalities import Fact, follows
from symcheck.laws import LAWS
from symcheck.patterns import matches
from symcheck.plain import plain
from symcheck.ring import canonical, equal

__all__ = ["distinct", "facts", "nonzero", "positive"]


def nonzero(c: Declarations, e: Expr, scope: Scope = EMPTY) -> Used | None:
    """Is e certainly nonzero (for random e: almost surely)?"""
    if isinstance(e, Mul) or (isinstance(e, Pow) and e.exp.is_Integer):
        parts = e.args if isinstance(e, Mul) else (e.base,)
        found = every(c.nonzero(f, scope) for f in parts)
        if found is not None:
            return found
    e = canonical(e)
    if isinstance(e, Param) and c.signs.get(e.name, "") in (">", "<", "!="):
        return NOTHING
    for r in c.relations:
        if r.sign == "!=" and matches(r.gap, e, frozenset(r.indices)) is not None:
            return frozenset((_relation(c, r),))
    if isinstance(e, Mul) or (isinstance(e, Pow) and e.exp.is_positive):
        factors = e.args if isinstance(e, Mul) else (e.base,)
        found = every(c.nonzero(f, scope) for f in factors)
        if found is not None:
            return found
    if e.is_nonzero or e.is_positive or e.is_negative:
        return NOTHING
    found = c.positive(e, scope)
    return c.positive(canonical(mul(-1, e)), scope) if found is None else found


def distinct(c: Declarations, a: Expr, b: Expr, scope: Scope = EMPTY) -> bool:
    """Are the two indices certainly different?"""
    if frozenset((a, b)) in scope.apart or (a, b) in c.apart or (b, a) in c.apart:
        return True
    gap = canonical(add(a, mul(-1, b)))
    return any(c.positive(canonical(mul(s, gap)), scope) is not None for s in (1, -1))


def positive(c: Declarations, e: Expr, scope: Scope = EMPTY, *, strict: bool = True) -> Used | None:
    """Is e certainly positive (``strict=False``: or zero)?"""
    e = canonical(e)
    if e.is_Rational:
        return NOTHING if e > 0 or (e == 0 and not strict) else None
    key = ("positive", e, scope, strict)
    if key not in c.cache:
        found = _positive(c, e, scope, strict)
        if found is None and c.constant(e):
            found = _follows(c, e, scope, strict)
        c.cache[key] = found
    answer: Used | None = c.cache[key]
    return answer


def _positive(c: Declarations, e: Expr, scope: Scope, strict: bool) -> Used | None:
    if not isinstance(e, Add) and (e.is_positive or (not strict and e.is_nonnegative)):
        return NOTHING
    if isinstance(e, RV):
        r = c.randoms.get(e.name)
        if r is not None and (r.sign == ">" or (not strict and r.sign == ">=")):
            return c.about(r, "positive", f"{r.term} {r.sign} 0")
        known = c.law(e)
        if known and known[0].support(*known[1])[0] == 0 and (known[0].atomless or not strict):
            return c.law_used(e)
        return None
    if isinstance(e, Param):
        sign = c.signs.get(e.name, "")
        return NOTHING if sign == ">" or (not strict and sign == ">=") else None
    if isinstance(e, exp) or (not strict and isinstance(e, (Abs, Var, P, Ind, relu))):
        return NOTHING
    if isinstance(e, Sum):
        return _positive_sum(c, e, scope, strict)
    if isinstance(e, Mul):
        return every(c.positive(f, scope, strict=strict) for f in e.args)
    if isinstance(e, Pow):
        if not strict and e.exp.is_Integer and e.exp % 2 == 0:
            return NOTHING
        return c.positive(e.base, scope, strict=strict)
    if isinstance(e, Add):
        weak = [c.positive(t, scope, strict=False) for t in e.args]
        if any(w is None for w in weak):
            return None
        if not strict:
            return every(weak)
        for t in e.args:
            one = c.positive(t, scope)
            if one is not None:
                return every([*weak, one])
        return None
    if isinstance(e, Def) and e.name in c.definitions:
        return c.positive(c.unfold(e), scope, strict=strict)
    if isinstance(e, E):  # what is positive almost surely has a positive mean
        return c.positive(e.args[0], scope, strict=strict)
    return None


def _follows(c: Declarations, e: Expr, scope: Scope, strict: bool) -> Used | None:
    """Does e > 0 (not strict: e >= 0) follow from what is declared of constants?"""
    known, sources = facts(c, e, scope)
    numbers = follows(e, known, strict=strict)
    if numbers is not None:
        return frozenset().union(*(sources[n] for n in numbers))
    if not isinstance(e, Add) or all(t.is_Rational or _linear(t) for t in e.args):
        return None
    product = flat(factor(evaluated(e)))  # 1 - b² is (1 - b) (1 + b)
    parts = product.args if isinstance(product, Mul) else (product,)
    if len([f for f in parts if not f.is_Rational]) < 2 and not isinstance(parts[-1], Pow):
        return None
    if not equal(product, e):
        return None
    used, total = NOTHING, 1
    for f in parts:
        found, way = _way(c, f, scope, strict)
        if found is None:
            return None
        used, total = used | found, total * way
    return used if total > 0 else None


def _way(c: Declarations, f: Expr, scope: Scope, strict: bool) -> tuple[Used | None, int]:
    """By what f is positive (1) or negative (-1); not strict: or zero."""
    if isinstance(f, Pow) and f.exp.is_even:
        return c.nonzero(f.base, scope) if strict else NOTHING, 1
    for way in (1, -1):
        found = c.positive(canonical(mul(way, f)), scope, strict=strict)
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

    for j, low, high in (*scope.ranges, *((j, *ends) for j, ends in c.ranges.items())):
        add_fact(add(j, mul(-1, low)), False)
        add_fact(add(high, mul(-1, j)), False)
    params = sorted(_params(e), key=str)
    for p in params:
        sign = c.signs.get(p.name, "")
        if sign in (">", ">=", "<"):
            add_fact(mul(-1, p) if sign == "<" else p, len(sign) == 1)
    for r in c.relations:
        if r.sign == "!=":
            continue
        for at in _instances(c, r, params):
            gap = replace(r.gap, at) if at else r.gap
            add_fact(gap, len(r.sign) == 1, frozenset((_relation(c, r),)))
    for fact, used in _domains(c):
        add_fact(fact.expr, fact.strict, used)
    return found, sources


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


def _relation(c: Declarations, r: Relation) -> Assumption:
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
