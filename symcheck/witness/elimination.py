"""Variables whose conditional expectation is given, taken for functions of what is given.

``E[y | x] = g(x)`` holds for ``y = g(x)``, and for ``y = g(x) + d r`` with a fair sign r,
independent of all else, and a number d; ``E[y^2 | x] = k(x)`` besides if d is the root of
``k(x) - g(x)^2``.  Where the values of g are irrational no table of rational numbers would
show that, and no table has to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as _with
from typing import Any

from sympy import Mul, Pow, Rational, cos, erf, exp, log, sin, tanh

from symcheck.facts.context import Context, Hypothesis, Independence, Random
from symcheck.language.expr import (
    RV,
    Cov,
    E,
    Var,
    add,
    mul,
    neg,
    power,
    random_variables,
    replace,
    replace_variables,
    sigmoid,
    subterms,
)
from symcheck.language.plain import plain
from symcheck.language.ring import canonical
from symcheck.numbers.program import free_indices, unfolded

__all__ = ["Eliminated", "eliminated"]

MOST = 6  # ways in all
_MIRRORED = ("normal", "uniform", "laplace", "student")
_IRRATIONAL = (exp, log, sin, cos, tanh, erf, sigmoid)


@dataclass(frozen=True)
class Eliminated:
    """A context with fewer variables, the line in it, and what was said of the variables."""

    context: Context
    sides: tuple[Any, ...]
    words: tuple[str, ...] = ()
    made: tuple[tuple[RV, Any], ...] = ()  # the variables that are functions of others
    coins: frozenset[str] = frozenset()  # names of variables that nobody declared

    @property
    def latent(self) -> tuple[Random, ...]:
        """The variables that these are functions of, besides those that were declared."""
        used = {x.name for _, value in self.made for x in random_variables(value)}
        own = {y.name for y, _ in self.made}
        return tuple(
            r for n, r in self.context.randoms.items() if n in used - own and n in self.coins
        )

    @property
    def rational(self) -> bool:
        """May a table of rational numbers satisfy the assumptions?"""
        return not any(
            isinstance(t, _IRRATIONAL) or (isinstance(t, Pow) and not t.exp.is_Integer)
            for h in self.context.hypotheses
            for t in subterms(unfolded(self.context, h.rhs))
        )


def eliminated(context: Context, sides: Sequence[Any]) -> list[Eliminated]:
    """The line as it is, and with variables as functions: what is likely to work comes first."""
    found = [Eliminated(context, tuple(sides))]
    for one in found:
        if len(found) < MOST:
            found += _ways(one)
    return sorted(found, key=lambda e: not e.rational)


def _ways(line: Eliminated) -> Iterator[Eliminated]:
    """The first hypothesis that determines a variable, used up."""
    context = line.context
    for h in context.hypotheses:
        y = h.lhs.args[0] if isinstance(h.lhs, E) and h.lhs.given else None
        if not isinstance(y, RV) or not _determined(context, h, y):
            continue
        mean = unfolded(context, h.rhs)
        name = next(n for n in _letters() if n not in context.names | context.randoms.keys())
        sign = RV(name, *y.indices)
        spread, more = _spread(context, h, y, mean)
        values = [add(mean, mul(spread, sign))]
        values = values if more else [mean, *values]
        made = [_without(line, y, v, (h, *more), sign) for v in values]
        if any(made):
            yield from (m for m in made if m is not None)
            return
    for h in context.hypotheses:
        tied = _correlated(line, h)
        if tied is not None:
            yield tied
            return


def _correlated(line: Eliminated, h: Hypothesis) -> Eliminated | None:
    """Two variables of symmetric laws with a given covariance: one is the other, or its mirror.

    With s = 1 with probability (1 + ρ)/2 and s = -1 else, independent of x, the variable
    ``m + τ/σ s (x - μ)`` has the law of x, moved and scaled, and the correlation ρ with x.
    """
    context = line.context
    pair = _pair(h.lhs)
    if pair is None or random_variables(unfolded(context, h.rhs)):
        return None
    x, y = pair
    ends = [_standard(context, v) for v in pair]
    if None in ends:
        return None
    (own, μ, σ), (other, m, τ) = (e for e in ends if e is not None)
    if own != other:
        return None
    letters = set(free_indices(context, (h.lhs, h.rhs)))
    if not letters <= set(y.indices) or len(letters) < len(y.indices) or x.name == y.name:
        return None
    target = add(h.rhs, neg(mul(μ, m))) if isinstance(h.lhs, E) else h.rhs
    likely = mul(add(1, mul(target, power(mul(σ, τ), -1))), Rational(1, 2))
    name = next(n for n in _letters() if n not in context.names | context.randoms.keys())
    r = RV(name, *y.indices)
    scale, coin, moved = canonical(mul(τ, power(σ, -1))), add(mul(2, r), -1), canonical(x - μ)
    value = mul(*(f for f in (scale, coin, moved) if f != 1))
    value = value if canonical(m) == 0 else add(m, value)
    found = _without(line, y, value, (h,), r)
    if found is None:
        return None
    law = ("bernoulli", (canonical(likely),))
    randoms = {**found.context.randoms, name: Random(name, tuple(y.indices), law=law)}
    less = _with(found.context, randoms=randoms)
    words = f"{plain(y)} = {plain(value)} where {plain(r)} is 1 with probability "
    words += f"{plain(law[1][0])} and 0 else, independent of all else"
    return Eliminated(less, found.sides, (*line.words, words), found.made, found.coins)


def _standard(context: Context, x: RV) -> tuple[Any, Any, Any] | None:
    """The symmetric law of x up to moving and scaling, its mean and its standard deviation."""
    law, mean, variance = context.law(x), context.mean(x), context.variance(x)
    if law is None or mean is None or variance is None or law[0].name not in _MIRRORED:
        return None
    kind = "normal" if law[0].name == "normal" else (law[0].name, *law[1])
    return kind, mean[0], power(variance[0], Rational(1, 2))


def _pair(e: Any) -> tuple[RV, RV] | None:
    """x and y of Cov[x, y], or of E[x y]."""
    factors: tuple[Any, ...] = ()
    if isinstance(e, Cov) and len(e.args) == 2:
        factors = e.args
    elif isinstance(e, E) and not e.given and isinstance(e.args[0], Mul):
        factors = e.args[0].args
    if len(factors) != 2 or not all(isinstance(f, RV) for f in factors):
        return None
    return factors[0], factors[1]


def _letters() -> Iterator[str]:
    yield "r"
    yield from (f"r{n}" for n in range(1, 100))


def _determined(context: Context, h: Hypothesis, y: RV) -> bool:
    """Is the right side a function of what is given, the same for all values of the indices?"""
    own = context.randoms[y.name]
    if own.law is not None or own.symmetric or own.atomless or own.sign:
        return False
    if len(set(y.indices)) < len(y.indices) or not all(i.is_Symbol for i in y.indices):
        return False
    known = random_variables(unfolded(context, h.rhs))
    given = set(h.lhs.given)
    letters = set(free_indices(context, (h.lhs, h.rhs)))
    return (
        all(isinstance(x, RV) and x.name != y.name for x in given)
        and known <= given
        and letters <= set(y.indices)
    )


def _spread(
    context: Context, h: Hypothesis, y: RV, mean: Any
) -> tuple[Any, tuple[Hypothesis, ...]]:
    """The standard deviation under the condition, and the hypothesis that says so."""
    for k in context.hypotheses:
        if not isinstance(k.lhs, (E, Var)) or k.lhs.args[1:] != h.lhs.args[1:]:
            continue
        right = unfolded(context, k.rhs)
        if not random_variables(right) <= set(h.lhs.given):
            continue
        if isinstance(k.lhs, Var) and k.lhs.args[0] == y:
            return power(right, Rational(1, 2)), (k,)
        if isinstance(k.lhs, E) and k.lhs.args[0] == power(y, 2):
            return power(add(right, neg(power(mean, 2))), Rational(1, 2)), (k,)
    return 1, ()


def _without(
    line: Eliminated, y: RV, value: Any, used: Sequence[Hypothesis], sign: RV
) -> Eliminated | None:
    """The line with this value for y; None where what is declared of y would not follow."""
    context, r = line.context, line.context.randoms[y.name]
    fair = value.has(sign)
    independence = _independence(context, y, value, sign if fair else None)
    same = any(t.name == y.name for i in context.identities for t in i.blocks[0])
    if independence is None or same:
        return None

    def put(e: Any) -> Any:
        return replace_variables(unfolded(context, e), {y.name: (y.indices, value)})

    kept = [h for h in context.hypotheses if h not in used]
    hypotheses = [_with(h, lhs=put(h.lhs), rhs=put(h.rhs)) for h in kept]
    at = dict(zip(r.indices, y.indices, strict=True))
    for e, declared in ((E(value), r.mean), (Var(value), r.variance)):
        if declared is not None:
            hypotheses.append(Hypothesis("", y.indices, e, replace(declared, at)))
    randoms = {n: own for n, own in context.randoms.items() if n != y.name}
    words = f"{plain(y)} = {plain(value)}"
    if fair:
        randoms[sign.name] = Random(sign.name, tuple(y.indices), law=("rademacher", ()))
        words += f" where {plain(sign)} is a fair sign, independent of all else"
    less = _with(
        context, randoms=randoms, hypotheses=hypotheses, independence=independence,
        finite=[put(e) for e in context.finite],
    )  # fmt: skip
    made = ((y, value), *line.made)
    return Eliminated(
        less, tuple(map(put, line.sides)), (*line.words, words), made, line.coins | {sign.name}
    )


def _independence(
    context: Context, y: RV, value: Any, sign: RV | None
) -> list[Independence] | None:
    """The declared independences without y; None where they would not follow."""
    needed = {x for x in random_variables(value) if x != sign}
    found = []
    for f in context.independence:
        blocks = []
        for block in f.blocks:
            own = [t for t in block if t.name == y.name]
            if own:
                # What y is made of has to stand where y does, with the same indices.
                rule = dict(zip(own[0].indices, y.indices, strict=False))
                there = {replace(t, rule) for t in block}
                if len(own) > 1 or not all(x in there or RV(x.name) in there for x in needed):
                    return None
            blocks.append(tuple(t for t in block if t.name != y.name))
        left = tuple(b for b in blocks if b)
        if len(left) > (0 if f.over else 1):
            found.append(_with(f, blocks=left))
    if sign is not None:
        others = tuple(RV(n) for n in context.randoms if n != y.name)
        if others:
            found.append(Independence(((RV(sign.name),), others)))
        if y.indices:
            found.append(Independence(((sign,),), tuple(y.indices)))
    return found
