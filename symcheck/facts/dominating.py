"""Products of absolute values that together bound an expression.

For n > 0, |f + g|^n <= C (|f|^n + |g|^n), whatever f and g are (convexity for n >= 1,
subadditivity for n < 1), and the same holds for a finite sum over an index.  So a product of
powers of sums is bounded by the products that take one term of each sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from dataclasses import replace as _with
from itertools import product
from typing import Any

from sympy import Abs, Add, Expr, Max, Min, Mul, Pow, S, Symbol, Tuple, exp, log

from symcheck.facts.assumptions import EMPTY, Scope
from symcheck.facts.declarations import Declarations
from symcheck.language.expr import Def, Sum, leaky_relu, mul, relu
from symcheck.language.ring import TooLarge, canonical

__all__ = ["Powers", "merged", "products"]

MOST = 300  # products of one expression
MOST_ASKED = 20_000  # parts that are looked at on the way to them

Powers = dict[Any, Any]  # |base|^exponent, multiplied; exponents are rational and not 0


def products(
    c: Declarations,
    e: Expr,
    scope: Scope = EMPTY,
    whole: Callable[[Any], bool] = lambda e: False,
) -> tuple[list[Powers], Scope]:
    """Products with |e| <= constant times their sum, and what is known of their indices.

    Of constants only those are kept that may be zero.  A sum or a function for which ``whole``
    holds is not taken apart.  Raises TooLarge where there are too many.
    """
    here = {j for r in scope.ranges for j in r[:1]}.union(*(p for p in scope.apart))
    names = (str(s) for s in e.free_symbols | here)
    taken = [int(name[2:]) for name in names if name.startswith("_m")]
    made = _Products(c, whole, scope, max(taken, default=-1) + 1)
    unique = {frozenset(p.items()): p for p in made.of(e, S.One)}
    return list(unique.values()), made.scope


@dataclass
class _Products:
    c: Declarations
    whole: Callable[[Any], bool]
    scope: Scope
    fresh: int
    opened: dict[Any, Any] = field(default_factory=dict)
    asked: int = 0

    def of(self, e: Any, n: Any) -> list[Powers]:
        """Products that bound |e|^n."""
        self.asked += 1
        if self.asked > MOST_ASKED:
            raise TooLarge(f"products of more than {MOST_ASKED} parts")
        if self.c.constant(e):
            return [{} if n < 0 or e.is_nonzero or e.is_positive else {e: n}]
        if isinstance(e, Def) and e.name in self.c.definitions:
            return self.of(self.c.unfold(e), n)
        if isinstance(e, exp):
            return [self._exponential(mul(n, e.args[0]))]
        if isinstance(e, Mul):
            return self._times([self.of(f, n) for f in e.args])
        if isinstance(e, Pow) and e.exp.is_Rational:
            return self.of(e.base, n * e.exp) if e.exp != 0 else [{}]
        if isinstance(e, Pow) and self.c.constant(e.base):
            return [self._exponential(mul(n, e.exp, log(e.base, evaluate=False)))]
        if isinstance(e, Abs):
            return self.of(e.args[0], n)
        if not self.whole(e):
            parts = self._parts(e, n)
            if parts is not None:
                found = [p for t in parts for p in self.of(t, n)]
                if len(found) > MOST:
                    raise TooLarge(f"more than {MOST} products")
                return found
        return self._atom(e, n)

    def _atom(self, e: Any, n: Any) -> list[Powers]:
        made = canonical(e)
        return [{made: n}] if made.func == e.func else self.of(made, n)

    def _parts(self, e: Any, n: Any) -> list[Any] | None:
        """Terms with |e|^n <= constant times the sum of their n-th powers; None: none known."""
        if n < 0:
            return None
        if isinstance(e, (Add, Max, Min)):
            return list(e.args)
        if isinstance(e, Sum):
            return self._terms(e)
        if isinstance(e, relu):
            return list(e.args)
        if isinstance(e, leaky_relu):
            return [e.args[0], mul(e.args[0], e.args[1])]
        kind = self.c.functions.get(e.func.__name__)
        if kind == "lipschitz":
            return [S.One, *e.args]
        return [S.One] if kind == "bounded" else None

    def _terms(self, e: Sum) -> list[Any] | None:
        """The body of a sum, for an index of its own."""
        if e not in self.opened:
            names = tuple(Symbol(f"_m{self.fresh + k}", integer=True) for k in range(len(e.bound)))
            self.fresh += len(names)
            body, *rest = e.open(names)
            if not all(self.c.constant(t) for t in rest):
                return None
            ranges = tuple((t[0], t[1], t[2]) for t in rest if isinstance(t, Tuple))
            pairs = {frozenset((t.lhs, t.rhs)) for t in rest if not isinstance(t, Tuple)}
            self.scope = _with(
                self.scope, ranges=self.scope.ranges + ranges, apart=self.scope.apart | pairs
            )
            self.opened[e] = body
        return [self.opened[e]]

    def _exponential(self, u: Any) -> Powers:
        """exp(u) as a product over the terms of u."""
        u = canonical(u)
        found: Powers = {}
        for t in u.args if isinstance(u, Add) else (u,):
            if not self.c.constant(t):
                number, rest = t.as_coeff_Mul()
                if not number.is_Rational:
                    number, rest = S.One, t
                base = exp(rest)
                found[base] = found.get(base, S.Zero) + number
        return found

    def _times(self, factors: list[list[Powers]]) -> list[Powers]:
        size = 1
        for f in factors:
            size *= len(f)
        if size > MOST:
            raise TooLarge(f"more than {MOST} products")
        return [merged(chosen) for chosen in product(*factors)]


def merged(parts: Any) -> Powers:
    found: Powers = {}
    for p in parts:
        for base, n in p.items():
            found[base] = found.get(base, S.Zero) + n
    return {base: n for base, n in found.items() if n != 0}
