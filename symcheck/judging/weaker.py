"""What is assumed, piece by piece: a context without one assumption, or with a weaker one.

Taken away or weakened is always what is *declared*: of a law that goes, its mean stays only
where :func:`weaker` puts it back as a declaration of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from dataclasses import replace as _with
from functools import partial
from itertools import combinations
from typing import Any

from sympy import Basic, Integer, S, Symbol, ceiling, oo

from symcheck.facts.context import Assumption, Context, Independence, Random, Relation
from symcheck.facts.naming import TABLES, listed, of_function, of_range, of_sign, signs
from symcheck.language.expr import rename

__all__ = ["declared", "mapped", "weaker", "without"]

ORDERS = 8  # the largest number of finite moments that is tried in the place of more


def declared(context: Context) -> list[Assumption]:
    """Every declared assumption that can be taken away, in the order of a report."""
    return list(dict.fromkeys(a for a, _ in _pieces(context)))


def without(context: Context, a: Assumption) -> Context:
    """The context without this assumption; KeyError where it is not declared."""
    take = next((take for known, take in _pieces(context) if known == a), None)
    if take is None:
        raise KeyError(a.text)
    return take()


def weaker(context: Context, a: Assumption) -> Iterator[Context]:
    """Contexts with something in the place of an assumption that is a little weaker than it.

    A law gives way to what it implies, a variance to a finite second moment, mutual
    independence to that of pairs.  Of several, the strongest comes last.
    """
    r = context.randoms.get(a.about)
    if a.kind == "constant":
        weaker_signs = {">": ("!=", ">="), "<": ("!=",)}
        for sign in weaker_signs.get(signs(context)[a.about], ()):
            yield _signed(context, a.about, sign)
    elif a.kind in ("independent", "identical", "relation"):
        facts = getattr(context, TABLES[a.kind])
        n = next(n for n in range(len(facts)) if listed(context, a.kind, n) == a)
        for looser in _looser(facts[n], pairs=a.kind == "independent"):
            rest = [*facts[:n], looser, *facts[n + 1 :]]
            yield _lists(context, a.kind, rest)
    elif r is not None and a in context.declared(r):
        for less in _weaker_random(context, r, a.kind):
            yield _random(context, less)


def _pieces(context: Context) -> Iterator[tuple[Assumption, Callable[[], Context]]]:
    for r in context.randoms.values():
        order = list(_LESS)
        for a in sorted(context.declared(r), key=lambda a: order.index(a.kind)):
            yield a, partial(_random, context, _with(r, **_LESS[a.kind]))
    for kind, table in TABLES.items():
        facts = getattr(context, table)
        for n in range(len(facts)):
            rest = [*facts[:n], *facts[n + 1 :]]
            if kind != "apart" or not _assumed_of(context, facts[n]):
                yield listed(context, kind, n), partial(_lists, context, kind, rest)
    for name, kind in context.functions.items():
        if kind:
            yield (
                of_function(context, name),
                partial(_with, context, functions=context.functions | {name: ""}),
            )
    for j in context.ranges:
        others = {k: v for k, v in context.ranges.items() if k != j}
        if not _assumed_of(context, (j,)):
            yield of_range(context, j), partial(_with, context, ranges=others)
    for name in signs(context):
        yield of_sign(context, name), partial(_signed, context, name, "")


_LESS: dict[str, dict[str, Any]] = {
    "law": {"law": None}, "mean": {"mean": None}, "variance": {"variance": None},
    "symmetric": {"symmetric": False}, "finite": {"order": None},
    "positive": {"sign": ""}, "atomless": {"atomless": False},
}  # fmt: skip


def _assumed_of(context: Context, letters: Iterable[Any]) -> bool:
    """Does an assumed equation mention one of these letters?

    It says more where less is known of the letter: to forget its range assumes more.
    """
    return any(h.lhs.has(i) or h.rhs.has(i) for h in context.hypotheses for i in letters)


def _random(context: Context, r: Random) -> Context:
    return _with(context, randoms=context.randoms | {r.name: r})


def _lists(context: Context, kind: str, facts: list[Any]) -> Context:
    changes: dict[str, Any] = {TABLES[kind]: facts}
    return _with(context, **changes)


# ---------------------------------------------------------------- a little weaker


def _weaker_random(context: Context, r: Random, kind: str) -> Iterator[Random]:
    least = _with(r, **_LESS[kind])
    known = _random(context, least).moments(r.term)
    if kind == "law":
        yield from _of_law(context, r)
    elif kind in ("mean", "variance"):
        n = Integer(1 if kind == "mean" else 2)
        if not known.reach(n):
            yield _with(least, order=n)
    elif kind == "symmetric" and r.law is None and r.mean is None and known.reach(1):
        yield _with(least, mean=S.Zero)
    elif kind == "finite" and r.order is not None:
        for n in range(1, ORDERS + 1):
            if n < r.order and not known.reach(n):
                yield _with(least, order=Integer(n))
    elif kind == "positive" and r.sign == ">":
        yield _with(least, sign="!=")
        yield _with(least, sign=">=")


def _of_law(context: Context, r: Random) -> Iterator[Random]:
    """Mean and variance of the law; and all that the context's questions can know of it."""
    x = r.term
    law, parameters = context.law(x) or (None, ())
    if law is None:
        return
    mean, variance = context.mean(x), context.variance(x)
    below = law.below(*parameters)
    order = oo if below == oo else ceiling(below) - 1 if below.is_number else S.Zero
    plainest = _with(
        r, law=None, mean=mean and mean[0], variance=variance and variance[0],
        order=order if order > 0 and r.order is None else r.order,
    )  # fmt: skip
    if variance is not None:
        yield _with(plainest, order=r.order)
    sign = next((s for s in (">", ">=") if context.positive(x, strict=s == ">") is not None), "")
    yield _with(
        plainest, symmetric=context.symmetric(x) is not None, sign=r.sign or sign,
        atomless=context.atomless(x) is not None,
    )  # fmt: skip


def _looser(fact: Independence | Relation, *, pairs: bool) -> Iterator[Independence | Relation]:
    """One step weaker: pairs only, fewer indices, fewer names, blocks that may depend; <= for <."""
    if isinstance(fact, Relation):
        if fact.sign in ("<", ">"):
            yield _with(fact, sign=f"{fact.sign}=")
        return
    blocks = fact.blocks
    mutual = pairs and not fact.pairwise
    if fact.over:
        if mutual:
            yield _with(fact, pairwise=True)
        for i in fact.over if len(fact.over) > 1 else ():
            yield _with(fact, over=tuple(k for k in fact.over if k != i))
        for t in blocks[0] if len(blocks[0]) > 1 else ():
            yield _with(fact, blocks=(tuple(k for k in blocks[0] if k != t),))
        return
    if len(blocks) > 2 and mutual:
        for a, b in combinations(blocks, 2):
            others = (k for k in blocks if k not in (a, b))
            yield _with(fact, blocks=(*others, a + b))
        yield _with(fact, pairwise=True)
    elif len(blocks) > 2:
        for b in blocks:
            rest = tuple(k for k in blocks if k != b)
            yield _with(fact, blocks=rest, pairwise=len(rest) > 2)
    else:
        for n, b in enumerate(blocks):
            for t in b if len(b) > 1 else ():
                less = tuple(k for k in b if k != t)
                yield _with(fact, blocks=(*blocks[:n], less, *blocks[n + 1 :]))


# ---------------------------------------------------------------- signs of constants


def _signed(context: Context, name: str, sign: str) -> Context:
    if name in context.signs:
        return _with(context, signs=context.signs | {name: sign})
    fresh = Context().real(name, sign)
    made: Context = mapped(context, {context.symbols[name]: fresh})
    return made


def mapped(x: Any, rule: dict[Symbol, Symbol]) -> Any:
    """Plain data with symbols replaced in every expression inside of it."""
    if not rule:
        return x
    if isinstance(x, Basic):
        return rename(x, dict(rule))
    if isinstance(x, dict):
        return {mapped(k, rule): mapped(v, rule) for k, v in x.items()}
    if type(x) in (list, tuple):
        return type(x)(mapped(v, rule) for v in x)
    if is_dataclass(x) and not isinstance(x, type):
        return _with(x, **{f.name: mapped(getattr(x, f.name), rule) for f in fields(x) if f.init})
    return x
