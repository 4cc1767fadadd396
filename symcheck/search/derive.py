"""Untrusted: finds the steps.  Nothing here is believed; the core judges what it finds.

:func:`derive` follows the tactics as far as they lead; :func:`join` leads the two sides of an
equation on until they meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sympy import Add, Eq, Mul, Pow, cos, exp, factor, log, sin, tanh

from symcheck.facts.context import Context, Scope
from symcheck.language.expr import (
    Binder,
    Cov,
    Def,
    E,
    Int,
    Named,
    P,
    Sum,
    Var,
    evaluated,
    flat,
    mul,
    sigmoid,
    subterms,
)
from symcheck.language.ring import TooLarge, canonical, equal
from symcheck.rules.all import RULES
from symcheck.rules.places import enter
from symcheck.rules.proof import Lemma, Proof, Refused, Site, Step, by_algebra
from symcheck.rules.turning import has_kinks
from symcheck.search.closing import bridge
from symcheck.search.presentation import presentable
from symcheck.search.steps import Allowed, Found, Group, Place, Search, Tactic
from symcheck.search.tactics.definitions import outermost
from symcheck.search.tactics.order import FINISH, HARDER, SHORTER, TACTICS, UNSUMMED, WEIGHED
from symcheck.search.tactics.sums import last_places

__all__ = ["derive", "join", "solve"]

MEANS = (E, Var, Cov, P, Int)
UNFOLD = (Tactic((Def,), outermost, whole=True, unfolds=True),)


def _geometric(e: Any) -> bool:
    return any(isinstance(t, Pow) and not t.exp.is_number for t in subterms(e))


def derive(
    context: Context,
    e: Any,
    lemmas: Mapping[str, Lemma] | None = None,
    allowed: Allowed | None = None,
    tactics: tuple[Tactic, ...] = TACTICS,
) -> Found:
    """Rewrite e as far as the rules and the context go, in lines a person would write."""
    search = Search(context, lemmas, allowed)
    found = search.run(e, tactics)
    last = presentable(context, found.end)
    if last != found.end:
        _append(found, last)
    return found


def _append(found: Found, new: Any) -> None:
    """One more algebra step, shown with the line before it."""
    found.steps.append(by_algebra(new))
    found.end = new
    if found.groups:
        g = found.groups[-1]
        found.groups[-1] = Group(g.start, len(found.steps), g.rules)
    else:
        found.groups.append(Group(0, 1, ("algebra",)))


def solve(
    context: Context,
    lhs: Any,
    rhs: Any,
    unknown: Any,
    lemmas: Mapping[str, Lemma] | None = None,
) -> Found:
    """Rewrite both sides of an equation, then isolate the unknown (if it is linear in it)."""
    search = Search(context, lemmas)
    found = search.run(Eq(lhs, rhs, evaluate=False), TACTICS)
    binding = {"unknown": unknown}
    try:
        site = Site(context, Scope(), found.end, binding)
        solved = RULES["solve"].rewrite(site)
        made = solved.result
    except (Refused, TooLarge):
        return found
    start = len(found.steps)
    found.steps.append(Step("solve", (), made, binding).by(solved))
    found.end = made
    found.groups.append(Group(start, len(found.steps), ("solve",)))
    short = flat(factor(evaluated(canonical(made.rhs))))  # common factors cancel
    new = Eq(made.lhs, presentable(context, short), evaluate=False)
    if new != found.end:
        _append(found, new)
    return found


def join(
    context: Context,
    left: Any,
    right: Any,
    lemmas: Mapping[str, Lemma],
    allowed: Allowed | None = None,
    *,
    hard: bool = True,
) -> Proof | None:
    """A proof of left = right: both sides are reduced until they meet.

    Where they differ in one term only, that term alone is looked at first.  What makes
    formulas longer is tried last, and only if it may be ``hard``.
    """
    direct = Proof("", context, left, (by_algebra(right),), right)
    if equal(left, right):
        return direct
    one, two = flat(left), flat(right)
    first = SHORTER if one.has(Var) or two.has(Var) else TACTICS
    if place := _difference(one, two):
        try:
            searches = [Search(context, lemmas, allowed, place) for _ in (one, two)]
            met = _met(searches, (Found(one, one), Found(two, two)), first)
            if met is not None:
                return _joined(context, left, right, *met)
        except Refused:  # the position is gone
            pass
    parts = _factor_by_factor(context, one, two, lemmas, allowed, first)
    if parts is not None:
        return _chained(context, left, right, parts)
    cased = _in_every_case(context, one, two, lemmas, allowed) if hard else None
    if cased is not None:
        return _joined(context, left, right, *cased)
    last = frozenset(c for e in (one, two) for c in last_places(context, e))
    for tactics in dict.fromkeys((first, TACTICS, HARDER, UNSUMMED)):
        searches = [Search(context, lemmas, allowed, ends=last) for _ in (one, two)]
        ends = Found(one, one), Found(two, two)
        met = _met(searches, ends, tactics)
        if met is None and hard:
            met = _met(searches, ends, FINISH)
        if met is None and hard and any(isinstance(a.term, Sum) for a in searches[0].assumed):
            met = _met(searches, ends, WEIGHED)
        if met is None and hard and tactics is TACTICS and any(has_kinks(f.end) for f in ends):
            met = _bridged(searches[0], ends)
        if met is None and tactics in (HARDER, UNSUMMED):
            met = _bridged(searches[0], ends) or _crossed(ends)
        if met is not None:
            return _joined(context, left, right, *met)
        if tactics is SHORTER:
            continue
        hard = hard and any(_hard(f.end) for f in ends)
        if not hard or (tactics is HARDER and not any(_geometric(f.end) for f in ends)):
            return None
    return None


def _in_every_case(
    context: Context, one: Any, two: Any, lemmas: Mapping[str, Lemma], allowed: Allowed | None
) -> tuple[Found, Found] | None:
    """Two functions of an outcome, or the expectations of two, that are equal in every case."""
    if not any(has_kinks(context.unfolded(e)) for e in (one, two)):
        return None
    there, back = (derive(context, e, lemmas, allowed, UNFOLD) for e in (one, two))
    inner = [f.end.args[0] if isinstance(f.end, E) else f.end for f in (there, back)]
    if isinstance(there.end, E) != isinstance(back.end, E) or any(e.has(*MEANS) for e in inner):
        return None
    binding = {"to": back.end}
    search = Search(context, lemmas, allowed)
    if not search.allowed("cases", there.end, binding):
        return None
    try:
        made = RULES["cases"].rewrite(Site(context, Scope(), there.end, binding, lemmas))
    except (Refused, TooLarge):
        return None
    steps = [*there.steps, Step("cases", (), back.end, binding).by(made)]
    return Found(there.start, back.end, steps), back


def _hard(e: Any) -> bool:
    if has_kinks(e) or e.has(E, Sum, Int, log, exp, sin, cos, sigmoid, tanh):
        return True
    return any(isinstance(t, Pow) and t.exp.is_Rational and t.exp.q > 1 for t in subterms(e))


def _met(
    searches: Sequence[Search], ends: tuple[Found, Found], tactics: tuple[Tactic, ...]
) -> tuple[Found, Found] | None:
    """Both sides led on until they meet; ``ends`` are left where nothing more is to be done."""
    walks: list[Iterator[Found] | None] = [
        s.levels(f, tactics) for s, f in zip(searches, ends, strict=True)
    ]
    passed = [[Found(f.start, f.end, f.steps[:])] for f in ends]
    while walks != [None, None]:
        for n, walk in enumerate(walks):
            level = next(walk, None) if walk else None
            if level is None:
                walks[n] = None
                continue
            for other in passed[1 - n]:
                if _equal(level.end, other.end):
                    return (level, other) if n == 0 else (other, level)
            passed[n].append(level)
    return None


def _bridged(search: Search, ends: tuple[Found, Found]) -> tuple[Found, Found] | None:
    """Both sides, where what is left of their difference vanishes."""
    one, two = ends
    steps = bridge(search.context, one.end, two.end, search.lemmas, search.allowed)
    if steps is None:
        return None
    return Found(one.start, two.end, [*one.steps, *steps]), two


def _equal(a: Any, b: Any) -> bool:
    try:
        return equal(a, b)
    except TooLarge:
        return False


def _difference(a: Any, b: Any) -> Place | None:
    """Where two expressions of one shape differ, if it is in one place only."""
    path: tuple[int, ...] = ()
    found, depth = None, 0
    while type(a) is type(b) and a.args and not isinstance(a, Named):
        (xs, _), (ys, _) = enter(a, depth, Scope()), enter(b, depth, Scope())
        least = min(len(xs), len(ys))
        before = next((n for n in range(least) if not _same(xs[n], ys[n])), least)
        after = next((n for n in range(least - before) if not _same(xs[-1 - n], ys[-1 - n])), 0)
        if isinstance(a, Binder):
            if xs[1:] != ys[1:]:
                break
            xs, ys, after = xs[:1], ys[:1], 0
        elif len(xs) != len(ys) and type(a) not in (Add, Mul):
            break
        if before or after or type(a) not in (Add, Mul):
            found = Place(path, type(a), before, after)
        if before + after + 1 != len(xs) or len(xs) != len(ys):
            break
        path, depth = (*path, before), depth + isinstance(a, Binder)
        a, b = xs[before], ys[before]
    return found


def _factor_by_factor(
    context: Context,
    one: Any,
    two: Any,
    lemmas: Mapping[str, Lemma],
    allowed: Allowed | None,
    tactics: tuple[Tactic, ...],
) -> list[Proof] | None:
    """Proofs that lead from one product to another, each of them in one factor."""
    if not (isinstance(one, Mul) and isinstance(two, Mul)) or len(one.args) != len(two.args):
        return None
    pairs = list(zip(one.args, two.args, strict=True))
    differ = [n for n, (a, b) in enumerate(pairs) if not _same(a, b)]
    if len(differ) < 2 or any(_kind(a) != _kind(b) for a, b in pairs):
        return None
    found, now = [], one
    for n in differ:
        then = mul(*two.args[: n + 1], *one.args[n + 1 :])
        place = _difference(now, then)
        searches = [Search(context, lemmas, allowed, place) for _ in (now, then)]
        try:
            met = _met(searches, (Found(now, now), Found(then, then)), tactics)
        except Refused:  # the position is gone
            return None
        if met is None:
            return None
        found.append(_joined(context, now, then, *met))
        now = then
    return found


def _kind(f: Any) -> tuple[Any, ...]:
    return (type(f), type(f.base), f.exp) if isinstance(f, Pow) else (type(f),)


def _chained(context: Context, left: Any, right: Any, proofs: Sequence[Proof]) -> Proof:
    steps = [s for p in proofs for s in p.steps]
    last = by_algebra(right)
    return Proof("", context, left, (*steps, last), right)


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) or (isinstance(a, Add) and equal(a, b))


def _joined(context: Context, left: Any, right: Any, there: Found, back: Found) -> Proof:
    """One proof of two searches, from left to where they meet first and on to right."""
    chains = [[f.start, *(s.result for s in f.steps)] for f in (there, back)]
    i, j = _meeting(chains, [_ends_of_runs(f) for f in (there, back)])
    steps = [by_algebra(there.start), *there.steps[:i]]
    steps.append(by_algebra(chains[1][j]))
    for n in reversed(range(j)):
        s = back.steps[n]
        steps.append(Step(s.rule, s.path, chains[1][n], s.binding, backward=True).by(s.made))
    steps.append(by_algebra(right))
    return Proof("", context, left, tuple(steps), right)


def _crossed(ends: tuple[Found, Found]) -> tuple[Found, Found] | None:
    """Both sides, where they passed the same line on their ways."""
    chains = [[f.start, *(s.result for s in f.steps)] for f in ends]
    i, j = _meeting(chains, [_ends_of_runs(f) for f in ends])
    if not _equal(chains[0][i], chains[1][j]):
        return None
    one, two = ends
    return (
        Found(one.start, chains[0][i], one.steps[:i]),
        Found(two.start, chains[1][j], two.steps[:j]),
    )


def _ends_of_runs(found: Found) -> list[int]:
    """Where one rule has been used everywhere, by the number of steps until there."""
    rules = [s.rule for s in found.steps]
    inside = {n for n in range(1, len(rules)) if rules[n - 1] == rules[n]}
    return [n for n in range(len(rules) + 1) if n not in inside]


def _meeting(chains: Sequence[list[Any]], places: Sequence[list[int]]) -> tuple[int, int]:
    """The numbers of two equal expressions, as early in both lists as can be."""
    (left, right), (early, late) = chains, places
    last = len(left) - 1, len(right) - 1
    try:
        first: dict[Any, int] = {}
        for n in late:
            first.setdefault(canonical(right[n]), n)
        found = [(n, first[c]) for n in early if (c := canonical(left[n])) in first]
    except TooLarge:
        return last
    return min([*found, last], key=sum)
