"""Does an expectation certainly not exist?  By named laws alone; unknown means None."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Add, Expr, Mul, Pow, S, oo

from symcheck.facts.assumptions import Used
from symcheck.facts.declarations import Declarations
from symcheck.language.expr import RV
from symcheck.language.ring import TooLarge, canonical

__all__ = ["diverges"]


def diverges(c: Declarations, e: Expr) -> Used | None:
    """Is E|e| certainly infinite?

    For f + g it is where E|f| is and E|g| is finite, since |f| <= |f + g| + |g|; for a product
    of independent factors where it is for one of them and no other is almost surely 0.
    """
    try:
        form = canonical(c.unfolded(e))
    except TooLarge:
        return None
    if not isinstance(form, Add):
        return _product(c, form)
    for n, t in enumerate(form.args):
        found = _product(c, t)
        rest = None if found is None else c.integrable(Add(*form.args[:n], *form.args[n + 1 :]))
        if found is not None and rest is not None:
            return found | rest
    return None


def _product(c: Declarations, e: Any) -> Used | None:
    factors = e.args if isinstance(e, Mul) else (e,)
    for f in factors:
        found = _power(c, f)
        others = [g for g in factors if g is not f]
        if found is None:
            continue
        apart = c.independent_of([f], others)
        nonzero = [c.nonzero(g) for g in others]
        if apart is not None and all(n is not None for n in nonzero):
            return found.union(apart, *(n for n in nonzero if n is not None))
    return None


def _power(c: Declarations, f: Any) -> Used | None:
    """Of |x|^n, x being of a named law."""
    base, n = (f.base, f.exp) if isinstance(f, Pow) else (f, S.One)
    x = base.args[0] if isinstance(base, Abs) else base
    known = c.law(x) if isinstance(x, RV) else None
    if known is None or not n.is_Rational:
        return None
    if n > 0:
        below = known[0].below(*known[1])
        excess = None if below == oo else c.positive(canonical(n - below), strict=False)
        return None if excess is None else excess | c.law_used(x)
    return None
