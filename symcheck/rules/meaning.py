"""Does an expression mean something?  What search and messages ask; it proves nothing.

Every expectation exists, no denominator is zero, roots and logarithms are of what they can be
of.  That the sides of a line mean what they say is proved in the core, by certificates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sympy import log
from sympy.core.relational import Equality

from symcheck.facts.context import NOTHING, Context, Scope, Used
from symcheck.language.expr import Binder, Cov, E, Int, P, Sum, Var, children, mul, power
from symcheck.language.ring import canonical, monomials
from symcheck.rules.places import bound_letters, enter, put
from symcheck.rules.proof import Diverges, Refused

__all__ = ["around", "meaning", "meaning_at"]


def _factors(e: Any, depth: int) -> Iterator[Any]:
    """The powers that stand in the terms of e, under sums too, where their indices do not."""
    for _, factors in monomials(canonical(e)):
        for f in factors:
            base = f.base if f.is_Pow else f
            if isinstance(base, Sum):
                names = frozenset(bound_letters(base, depth))
                inner = _factors(enter(base, depth, Scope())[0][0], depth + 1)
                yield from (g for g in inner if not g.free_symbols & names)
            if f.is_Pow:
                yield f


def _in_front(context: Context, e: Sum, scope: Scope, depth: int, seen: dict[Any, Used]) -> Used:
    """Algebra puts factors of all terms in front of a sum, where it may have no terms."""
    key = ("in front", e, scope)
    if key not in seen:
        used: Used = NOTHING
        names = frozenset(bound_letters(e, depth))
        for f in _factors(enter(e, depth, scope)[0][0], depth + 1):
            if not f.free_symbols & names:
                used |= _power_means(context, f, scope)
        seen[key] = used
    return seen[key]


def meaning(
    context: Context, e: Any, scope: Scope | None = None, *, seen: dict[Any, Used] | None = None
) -> Used:
    """The assumptions by which every part of e means something.

    Raises Refused where an expectation may not exist, a denominator may be zero (of all terms
    of a sum: even where it has none), or a logarithm's argument may not be positive.
    """
    return _meaning(context, e, scope or Scope(), 0, {} if seen is None else seen)


def meaning_at(context: Context, e: Any, scope: Scope, depth: int, seen: dict[Any, Used]) -> Used:
    """The same of a part of an expression, so many binders deep."""
    return _meaning(context, e, scope, depth, seen)


def _meaning(context: Context, e: Any, scope: Scope, depth: int, seen: dict[Any, Used]) -> Used:
    if not e.args:
        if e.is_finite is False or (e.is_comparable is False and e.is_number):
            raise Refused("{} is not a number", e)
        return NOTHING
    key = (e, scope)
    if key in seen:
        return seen[key]
    used: Used = NOTHING
    if isinstance(e, Equality):
        parts, inner = e.args, scope
    elif isinstance(e, Binder):
        parts, inner = enter(e, depth, scope)
        parts = parts[:1]
        if isinstance(e, Int):
            used |= _exists(context, e.open((e.variable,))[0], scope, e)
    else:
        parts, inner = children(e), scope
    for part in parts:
        used |= _meaning(context, part, inner, depth + isinstance(e, Binder), seen)
    used |= _own_meaning(context, e, scope)
    if isinstance(e, Sum):
        used |= _in_front(context, e, scope, depth, seen)
    seen[key] = used
    return used


def _own_meaning(context: Context, e: Any, scope: Scope) -> Used:
    if isinstance(e, E):
        return _exists(context, e.args[0], scope, e)
    if isinstance(e, Var):
        return _exists(context, e.args[0], scope, e, 2)
    if isinstance(e, Cov):  # E[(f - E[f]) (g - E[g])], multiplied out
        f, g = e.args
        return frozenset().union(*(_exists(context, h, scope, e) for h in (f, g, mul(f, g))))
    if isinstance(e, P):
        return NOTHING
    if e.is_Pow:
        return _power_means(context, e, scope)
    if isinstance(e, log):
        found = context.positive(e.args[0], scope)
        if found is None:
            raise Refused("the logarithm of {}, which may not be positive", e.args[0])
        return found
    return NOTHING


def _power_means(context: Context, e: Any, scope: Scope) -> Used:
    whole = context.positive(e.exp, scope, strict=False)
    if whole is not None and e.exp.is_integer:
        return whole
    if whole is None:
        found = context.nonzero(e.base, scope)
        if found is None:
            raise Refused("{} may be zero", e.base)
        if e.exp.is_integer:
            return found
    found = context.positive(e.base, scope, strict=whole is None)
    if found is None:
        raise Refused("{} may {}", e.base, "not be positive" if whole is None else "be negative")
    return found | (whole or NOTHING)


def _exists(context: Context, g: Any, scope: Scope, e: Any, p: int = 1) -> Used:
    found = context.integrable(g, scope, p)
    if found is not None:
        return found
    h = power(g, p)
    law = context.diverges(h)
    if law is not None:
        said = ", ".join(sorted(a.text for a in law if a.kind == "law"))
        raise Diverges("{} does not exist: E|{}| is infinite for {}", e, h, said)
    if isinstance(e, Var):
        raise Refused("{} may not exist: no finite second moment is known", e)
    raise Refused("{} may not exist: nothing says that the expectation of |{}| is finite", e, g)


def around(context: Context, e: Any, path: Sequence[int], new: Any, seen: dict[Any, Used]) -> Used:
    """What the sums around a term ask for, where it is a new one."""
    used: Used = NOTHING
    scope, depth = Scope(), 0
    for k, n in enumerate(path):
        if isinstance(e, Sum):
            whole = put(e, path[k:], new, depth)
            if isinstance(whole, Sum):
                used |= _in_front(context, whole, scope, depth, seen)
        parts, scope = enter(e, depth, scope)
        depth += isinstance(e, Binder)
        e = parts[n]
    return used
