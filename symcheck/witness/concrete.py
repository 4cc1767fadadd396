"""Of what is left open, one choice: known functions, variables with two values, independence.

For lines about variables with a continuous law beside unknown functions and variables of
which little is known.  A choice is a context in which every variable has a named law and all
are independent; it has everything that was declared, so a line that fails there is false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as _with
from itertools import islice, product
from typing import Any

from sympy import Abs, Gt, Rational, S, Symbol, sign, tanh
from sympy.core.function import AppliedUndef

from symcheck.facts.context import Context, Independence, Random, Relation
from symcheck.language.expr import (
    RV,
    Ind,
    add,
    index,
    mul,
    neg,
    power,
    random_variables,
    replace,
    replace_variables,
    subterms,
)
from symcheck.language.plain import plain
from symcheck.numbers.program import unfolded
from symcheck.witness.drawn import NOTHING, Drawn

__all__ = ["FAIR", "Concrete", "concrete", "mutual"]

MOST = 12
FAIR = "±"  # behind the name of a variable: a fair sign of its own

Function = Callable[[Any], Any]
_BOUNDED: tuple[Function, ...] = (lambda t: Ind(Gt(t, 0, evaluate=False)), tanh, sign)
_LIPSCHITZ: tuple[Function, ...] = (lambda t: t, Abs, tanh)
_ANY: tuple[Function, ...] = (lambda t: t, lambda t: power(t, 2), *_BOUNDED)
_FUNCTIONS = {"bounded": _BOUNDED, "lipschitz": _LIPSCHITZ, "": _ANY}


@dataclass(frozen=True)
class Concrete:
    """A context with nothing left open but constants, the line in it, and what was chosen."""

    context: Context
    line: tuple[Any, Any]
    words: tuple[str, ...]
    drawn: Drawn = NOTHING


def concrete(part: Context, line: Sequence[Any]) -> Iterator[Concrete]:
    """Choices for the functions and the variables without a law in the line, simple ones first.

    Where there are none of these, all that is left to choose is independence.

    ``part`` is what is relevant to the line, without hypotheses.
    """
    left, right = (unfolded(part, e) for e in line)
    calls = {t for e in (left, right) for t in subterms(e) if isinstance(t, AppliedUndef)}
    names = sorted({t.func.__name__ for t in calls})
    open_ = sorted(
        {x.name for e in (left, right) for x in random_variables(e)
         if part.randoms[x.name].law is None}
    )  # fmt: skip
    ways = [_ways(part, part.randoms[n]) for n in open_]
    kinds = [_FUNCTIONS[part.functions[n]] for n in names]
    if not names and not open_:
        if len(part.randoms) > 1:
            yield Concrete(_with(part, independence=mutual(part.randoms)), (left, right), ())
        return
    for values in islice(product(*ways), MOST):
        for functions in islice(product(*kinds), MOST):
            yield _chosen(part, (left, right), dict(zip(names, functions, strict=True)),
                          dict(zip(open_, values, strict=True)))  # fmt: skip


@dataclass(frozen=True)
class _Value:
    """``value`` in terms of a fair sign, and what has to hold for it to be as declared."""

    value: Any
    sign: RV | None = None
    needs: tuple[Relation, ...] = ()


def _ways(part: Context, r: Random) -> list[_Value]:
    """Values for a variable without a law: a constant, or two values."""
    if r.atomless:
        return []
    fair = RV(r.name + FAIR, *r.indices)
    centers = [r.mean] if r.mean is not None else [S.Zero] if r.symmetric else [S.Zero, S.One]
    if r.variance is None:
        spreads = [S.Zero, S.One]
    else:
        spreads = [power(unfolded(part, r.variance), Rational(1, 2))]
    found = []
    for d, mean in product(spreads, centers):
        needs: tuple[Relation, ...] = ()
        if r.sign:
            # Both values have to have the sign.
            strict = ">" if r.sign != ">=" else ">="
            needs = (Relation(add(mean, neg(d)), strict, S.Zero, r.indices),)
        found.append(_Value(add(mean, mul(d, fair)), fair, needs) if d != 0 else
                     _Value(mean, None, needs))  # fmt: skip
    return found


def _chosen(
    part: Context, line: tuple[Any, Any], functions: dict[str, Function],
    values: dict[str, _Value],
) -> Concrete:  # fmt: skip
    def put(e: Any) -> Any:
        e = replace_variables(e, {n: (part.randoms[n].indices, v.value) for n, v in values.items()})
        while calls := [t for t in subterms(e) if isinstance(t, AppliedUndef)]:
            # The last ones have no others inside.
            deep = [t for t in calls if not any(a.has(AppliedUndef) for a in t.args)]
            e = replace(e, {t: functions[t.func.__name__](add(*t.args)) for t in deep})
        return e

    words = []
    t = Symbol("t", real=True)
    for name, f in functions.items():
        words.append(f"{name}(t) = {plain(f(t))}")
    randoms = {n: r for n, r in part.randoms.items() if n not in values}
    relations = list(part.relations)
    for name, v in values.items():
        words.append(f"{plain(part.randoms[name].term)} = {plain(v.value)}")
        relations += v.needs
        if v.sign is not None:
            words[-1] += f" where {plain(v.sign)} is a fair sign"
            randoms[v.sign.name] = Random(
                v.sign.name, part.randoms[name].indices, law=("rademacher", ())
            )
    context = _with(
        part, randoms=randoms, relations=relations, independence=mutual(randoms),
        finite=[put(unfolded(part, e)) for e in part.finite],
    )  # fmt: skip
    return Concrete(
        context, (put(line[0]), put(line[1])), tuple(words), _drawn(part, values, context)
    )


def _drawn(part: Context, values: dict[str, _Value], context: Context) -> Drawn:
    """What was chosen, as plain data."""
    made = tuple((part.randoms[n].term, v.value) for n, v in values.items())
    coins = tuple(context.randoms[v.sign.name] for v in values.values() if v.sign is not None)
    return Drawn(made=made, latent=coins)


def mutual(randoms: dict[str, Random]) -> list[Independence]:
    """All members of all families independent of each other."""
    found = []
    if len(randoms) > 1:
        found.append(Independence(tuple((RV(n),) for n in randoms)))
    for r in randoms.values():
        if r.indices:
            letters = tuple(index(f"i{k}") for k in range(len(r.indices)))
            found.append(Independence(((RV(r.name, *letters),),), letters))
    return found
