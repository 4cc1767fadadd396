"""Expectations in one random variable of a named law, by quadrature.

A third kind of model, beside random draws and small finite spaces: where everything is
known of the law, ``E[g(x)]`` is a number.  Its error is an estimate: a rise much narrower
than the law that is nowhere near a zero of an argument could be missed.  With python-flint
installed it can be proved instead (:mod:`symcheck.numbers.certified`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from itertools import product
from typing import Any, Generic, TypeAlias, TypeVar

from sympy import Add, Dummy, Expr, Float, Mul, Ne, Rational, S, Symbol

from symcheck.facts.context import Context
from symcheck.language.expr import (
    RV,
    Cov,
    E,
    Ind,
    P,
    Param,
    Sum,
    Var,
    add,
    bound_indices,
    mul,
    neg,
    power,
    rebuild,
    replace,
    subterms,
)  # fmt: skip
from symcheck.language.ring import TooLarge, expand
from symcheck.numbers.gauss import Floats, Machine
from symcheck.numbers.program import NotSampled, unfolded

__all__ = ["Quadrature", "integrate", "provable"]

_TERMS = 2000  # of a sum
_ROUGH = 6  # expectations in several variables
_TWO = ("bernoulli", "rademacher")  # laws on two values

Number: TypeAlias = Any  # int, float, Fraction, or a number of SymPy
B = TypeVar("B")


@dataclass(frozen=True)
class Quadrature:
    """A value, and how far off it may be: proved where ``certified``, else an estimate."""

    value: float
    error: float
    certified: bool = False

    @property
    def lower(self) -> float:
        """No more than the true value (if certified)."""
        return math.nextafter(self.value - self.error, -math.inf)

    @property
    def upper(self) -> float:
        """No less than the true value (if certified)."""
        return math.nextafter(self.value + self.error, math.inf)


def provable() -> bool:
    """Is python-flint there, which ``certified`` needs?"""
    return find_spec("flint") is not None


def integrate(
    context: Context, e: Any, values: Mapping[Any, Number] | None = None, *,
    certified: bool = False, ties: Mapping[RV, Expr] | None = None, rough: bool = False,
) -> Quadrature:  # fmt: skip
    """The value of a formula made of expectations, each in one variable of a named law.

    ``e`` may have E, Var, Cov and P, integrals against a law, finite sums, and functions of
    all these.  ``values`` gives a number for every size, constant and index in it, by symbol
    (``Param`` for an indexed constant) or by name; floats are taken for the exact numbers that
    they are.  ``ties`` says which variables are functions of others: ``{RV('x'): -RV('y')}``.
    With ``certified`` the error is proved, which needs python-flint; with ``rough``, too, a few
    independent variables may stand together, and the error may be some percent
    (:mod:`symcheck.numbers.cells`).

    Raises :class:`~symcheck.numbers.program.NotSampled` where that is not possible: two
    variables in one expectation that do not come apart as independent factors, no named law, a
    condition, an expectation that may not exist,
    an error above 1e-12 of the size of what is integrated (and, if proved, above 1e-30).
    """
    machine: Machine[Any]
    if certified:
        try:
            from symcheck.numbers.certified import Balls
        except ImportError:
            raise NotSampled("python-flint is not installed (symcheck[certified])") from None
        machine = Balls()
    else:
        machine = Floats()
    rule = {_name(context, k): _exact(v) for k, v in (values or {}).items()}
    e = replace(unfolded(context, e), rule)
    ball = _Reader(context, machine, rule, ties or {}, _ROUGH if rough else 0).value(e)
    value, error = machine.plain(ball)
    if not (math.isfinite(value) and math.isfinite(error)):
        raise NotSampled("the value is not finite")
    return Quadrature(value, error, certified)


def _name(context: Context, key: Any) -> Any:
    if not isinstance(key, str):
        return key
    for table in (context.sizes, context.symbols, context.indices):
        if key in table:
            return table[key]
    return Param(key) if key in context.params else Symbol(key)


def _exact(v: Number) -> Expr:
    if isinstance(v, Float) or not isinstance(v, Expr):
        f = Fraction(float(v)) if isinstance(v, (float, Float)) else Fraction(v)
        return Rational(f.numerator, f.denominator)
    if not v.is_number:
        raise NotSampled(f"{v} is not a number")
    return v


class _Reader(Generic[B]):
    """Takes the expectations out of an expression, from the inside out."""

    def __init__(
        self, context: Context, machine: Machine[B], rule: Mapping[Any, Any],
        ties: Mapping[RV, Expr], rough: int,
    ) -> None:  # fmt: skip
        self.context, self.machine, self.rule, self.ties = context, machine, dict(rule), dict(ties)
        self.rough = rough  # how many expectations may be rough
        self.known: dict[Any, B] = {}
        self._memo: dict[Any, Any] = {}

    def value(self, e: Any) -> B:
        e = self.reduced(e)
        loose = sorted((s for s in subterms(e) if isinstance(s, RV)), key=str)
        if loose:
            raise NotSampled(f"{loose[0]} outside of an expectation")
        return self.machine.constant(e, self.known)

    def reduced(self, e: Any) -> Any:
        """e with a name for every expectation in it; their values go into ``known``."""
        if not e.args or isinstance(e, (RV, Param)):
            return e
        if e not in self._memo:
            self._memo[e] = self._reduced(e)
        return self._memo[e]

    def _reduced(self, e: Any) -> Any:
        if isinstance(e, (E, Var)) and e.given:
            raise NotSampled("a conditional expectation")
        if isinstance(e, E):
            return self._expectation(self.reduced(e.args[0]))
        if isinstance(e, Var):
            g = e.args[0]
            return self.reduced(E(power(add(g, neg(E(g))), 2)))
        if isinstance(e, Cov):
            f, g = e.args
            return self.reduced(E(mul(add(f, neg(E(f))), add(g, neg(E(g))))))
        if isinstance(e, P):
            return self.reduced(E(Ind(e.args[0])))
        if isinstance(e, Sum):
            return self._sum(e)
        return rebuild(e, tuple(self.reduced(a) for a in e.args))

    def _sum(self, e: Sum) -> Any:
        names = bound_indices(e)
        body, *rest = e.open(names)
        ranges = [(t[1], t[2]) for t in rest if not isinstance(t, Ne)]
        apart = [t for t in rest if isinstance(t, Ne)]
        if not all(a.is_Integer and b.is_Integer for a, b in ranges):
            raise NotSampled("a sum of unknown length")
        if math.prod(max(0, int(b - a) + 1) for a, b in ranges) > _TERMS:
            raise NotSampled("a sum of too many terms")
        terms = []
        for at in product(*(range(int(a), int(b) + 1) for a, b in ranges)):
            rule = dict(zip(names, map(S, at), strict=True))
            if all(replace(n.lhs, rule) != replace(n.rhs, rule) for n in apart):
                terms.append(self.reduced(replace(body, {**rule, **self.rule})))
        return add(*terms)

    def _expectation(self, g: Any) -> Any:
        g = replace(g, self.ties)
        variables = {s for s in subterms(g) if isinstance(s, RV)}
        if not variables:
            return g
        if len(variables) > 1:
            return self._several(g, variables)
        (x,) = variables
        name = Dummy(real=True)
        self.known[name] = self.machine.expectation(*self._law(x), g, x, self.known)
        return name

    def _law(self, x: RV) -> tuple[str, list[B]]:
        """The name of the law of x, and the values of its parameters."""
        law = self.context.law(x)
        if law is None:
            raise NotSampled(f"{x} has no named law")
        parameters = []
        for p in law[1]:
            p = self.reduced(replace(unfolded(self.context, p), self.rule))
            parameters.append(self.machine.constant(p, self.known))
        return law[0].name, parameters

    def _several(self, g: Any, variables: set[RV]) -> Any:
        """The expectation of a function of several variables, where these come apart."""
        for x in sorted(variables, key=str):
            law = self.context.law(x)
            rest = variables - {x}
            if law and law[0].name in _TWO and self.context.independent_of([x], rest) is not None:
                low, high = law[0].support(*law[1])
                p = replace(unfolded(self.context, law[1][0]), self.rule) if law[1] else S.Half
                if p.is_number and not 0 <= p <= 1:
                    raise NotSampled(f"{p} is no probability")
                cases = (
                    mul(p, E(replace(g, {x: high}))),
                    mul(add(1, neg(p)), E(replace(g, {x: low}))),
                )
                return self.reduced(add(*cases))
        names = " and ".join(sorted(map(str, variables)))
        try:
            g = expand(g)
        except TooLarge:
            raise NotSampled(f"{names} in one expectation") from None
        if isinstance(g, Add):
            return self.reduced(add(*(E(t) for t in g.args)))
        groups: list[tuple[set[RV], list[Any]]] = []
        for f in g.args if isinstance(g, Mul) else (g,):
            own = {s for s in subterms(f) if isinstance(s, RV)}
            near = [h for h in groups if h[0] & own]
            groups = [h for h in groups if h not in near]
            groups.append((own.union(*(h[0] for h in near)), [*(t for h in near for t in h[1]), f]))
        for n, (own, _) in enumerate(groups[1:], start=1):
            before = set().union(*(h[0] for h in groups[:n]))
            if self.context.independent_of(before, own) is None:
                raise NotSampled(f"{names} in one expectation")
        if len(groups) < 2:
            return self._together(g, sorted(variables, key=str))
        return self.reduced(mul(*(E(mul(*factors)) for _, factors in groups)))

    def _together(self, g: Any, variables: list[RV]) -> Any:
        """The expectation of a function of a few independent variables that do not come apart."""
        apart = all(
            self.context.independent_of(variables[:n], [x]) is not None
            for n, x in enumerate(variables[1:], start=1)
        )
        if not (self.rough and apart):
            raise NotSampled(f"{' and '.join(map(str, variables))} in one expectation")
        self.rough -= 1
        name = Dummy(real=True)
        laws = {x: self._law(x) for x in variables}
        self.known[name] = self.machine.several(laws, g, self.known)
        return name
