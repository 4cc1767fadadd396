"""Independence: A independent of B given C.

By one declaration, every source lies in one of its blocks.  Where both sides meet in a block, the
parts in it have to be independent by another declaration.  And A is independent of (B, C) where
it is of B, and (A, B) is of C.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.semigraphoid import contracted, merged, part, swapped, under
from symcheck.core.rules.chance import apart_from, label, letters
from symcheck.core.terms import (
    ONE,
    Formula,
    Refused,
    Term,
    has,
    kids,
    map_formula,
    minus,
    opened,
    replaced,
)
from symcheck.core.theorem import same

__all__ = ["differ", "independent"]

Terms = tuple[Term, ...]
Source = tuple[Term, frozenset[Formula]]
MOST_GROUPS = 5
BOUND = ("v", "~")


class Labelled(NamedTuple):
    """A random source, and where it lies in a declared independence."""

    source: Source
    block: int
    at: Terms


class Plan(NamedTuple):
    """A declaration that all sources lie in: the values of its letters, its conditions shown."""

    number: int
    values: Terms
    asked: tuple[Th, ...]


def independent(env: Env, a: Terms, b: Terms, given: Terms, hyps: Hyps) -> Th | None:
    """A theorem ind(A, B, C) from hyps at most, or None."""
    if given:
        return _under(env, a, b, given, hyps)
    known = _fixed(env, a, b)
    if known is not None:
        return known
    one, other = (tuple(dict.fromkeys(u for t in side for u in atoms(env, t))) for side in (a, b))
    every = frozenset(_declared(env))
    for n in sorted(every):
        direct = _direct(env, n, a, b, hyps)
        if direct is not None:
            return direct
    th = _split(env, one, other, hyps, every, 3)
    return None if th is None else part(env.b, th, a, b)


def _under(env: Env, a: Terms, b: Terms, given: Terms, hyps: Hyps) -> Th | None:
    d = env.declared
    for left, right in ((a, b), (b, a)):
        known = all(d.fixed(t) or d.measurable(t, given) for t in left)
        if known:
            th: Th | None = env.b.step("ind_fixed", left, right, given)
        else:
            whole = env.independent(left, right + given, (), hyps)
            th = whole and under(env.b, whole, right, given)
        if th is not None:
            return th if left is a else swapped(env.b, th)
    return None


def _fixed(env: Env, a: Terms, b: Terms) -> Th | None:
    """What is not random is independent of everything."""
    if env.declared.fixed(*a):
        return env.b.step("ind_fixed", a, b, ())
    if env.declared.fixed(*b):
        return swapped(env.b, env.b.step("ind_fixed", b, a, ()))
    return None


def _declared(env: Env) -> Iterator[int]:
    return (n for n, e in enumerate(env.declared.entries) if e.kind == "independent")


def atoms(env: Env, t: Term) -> Iterator[Term]:
    """Terms that t is a function of: variables, derivatives, and sums over many of them."""
    if env.declared.fixed(t):
        return
    if t[0] == "d":
        yield from atoms(env, env.declared.unfold(t))
    elif t[0] in "xD":
        yield t
    elif t[0] == "S":
        inner = list(atoms(env, opened(t[3], BOUND)))
        yield from [t] if any(has(u, BOUND) for u in inner) else inner
    else:
        for k in t[2:] if t[0] == "E" else kids(t):
            yield from atoms(env, k)


# ---------------------------------------------------------------- by one declaration


def _direct(env: Env, n: int, a: Terms, b: Terms, hyps: Hyps) -> Th | None:
    """By one declaration alone, in which no two sources may be one."""
    d = env.declared
    plan = _plan(env, n, [s for s, _ in d.sources((*a, *b))], hyps)
    if plan is None:
        return None
    one, other = _labelled(env, plan, a), _labelled(env, plan, b)
    shown = []
    for s, r in product(one, map(_other_side, other)):
        if s.block == r.block:
            th = _labels_differ(env, s, r, hyps)
            if th is None:
                return None
            shown.append(th)
    try:
        return env.b.step("independent", n, plan.values, a, b, of=[*plan.asked, *shown])
    except Refused:
        return None


def _plan(env: Env, n: int, xs: Iterable[Term], hyps: Hyps) -> Plan | None:
    fixed, conditions, over, blocks, _ = env.declared.entries[n].data
    at: dict[Term, Term] = {}
    for x in xs:
        found = next((m for t in _all(blocks) if (m := _match(env, t, x, fixed, over, at))), None)
        if found is None:
            return None
        at = found[0]
    values = tuple(at.get(v, ONE) for v in fixed)
    at = dict(zip(fixed, values, strict=True))
    asked = []
    for c in conditions:
        f = map_formula(c, lambda t: replaced(t, at))
        th = env.assume(f) if f in hyps else env.sign(f[0], f[1], hyps)
        if th is None:
            return None
        asked.append(th)
    return Plan(n, values, tuple(asked))


def _all(blocks: Iterable[Terms]) -> Iterator[Term]:
    return (t for block in blocks for t in block)


def _match(
    env: Env, t: Term, x: Term, fixed: Terms, over: Terms, at: dict[Term, Term]
) -> tuple[dict[Term, Term]] | None:
    """The values of the declaration's letters, with those for which x lies at t; or None."""
    if t[1] != x[1] or len(t) > len(x):
        return None
    at = dict(at)
    for p, i in zip(t[2:], x[2:], strict=False):
        if p in over:
            continue
        if p in fixed and p not in at:
            if letters(i):  # one member is independent of the others: all together need not be
                return None
            at[p] = i
        if not same(env.declared, at.get(p, p), i):
            return None
    return (at,)


def _labelled(env: Env, plan: Plan, terms: Terms) -> list[Labelled]:
    fixed, _, over, blocks, _ = env.declared.entries[plan.number].data
    at = dict(zip(fixed, plan.values, strict=True))
    d = env.declared
    return [Labelled(s, *label(d, s, blocks, over, at)) for s in d.sources(terms)]


def _other_side(s: Labelled) -> Labelled:
    """The source with the letters of its sums written in another way."""
    new = {v: ("v", "¶" + v[1][1:]) for v in letters(*s.at)}
    return Labelled(apart_from(s.source), s.block, tuple(replaced(t, new) for t in s.at))


def _labels_differ(env: Env, s: Labelled, r: Labelled, hyps: Hyps) -> Th | None:
    inner = hyps | s.source[1] | r.source[1]
    found = (differ(env, i, j, inner) for i, j in zip(s.at, r.at, strict=True))
    return next((th for th in found if th is not None), None)


def differ(env: Env, i: Term, j: Term, hyps: Hyps) -> Th | None:
    """i - j != 0"""
    f = ("!=", minus(i, j))
    if f in hyps:
        return env.assume(f)
    if i == j:
        return None
    if env.declared.fixed(i) and env.canon(f[1])[0] == "q":
        return env.b.unequal_0(f[1])
    if ("!=", minus(j, i)) in hyps:
        return env.b.sign_as("!=", f[1], env.assume(("!=", minus(j, i))))
    return env.sign("!=", f[1], hyps)


# ---------------------------------------------------------------- by several


def _split(
    env: Env, a: Terms, b: Terms, hyps: Hyps, facts: frozenset[int], depth: int
) -> Th | None:
    known = _fixed(env, a, b)
    if known is not None:
        return known
    if set(a) & set(b):
        return None
    key = ("split", a, b, hyps, facts, depth)
    return env.once(key, lambda: _found(env, a, b, hyps, facts, depth))


def _found(
    env: Env, a: Terms, b: Terms, hyps: Hyps, facts: frozenset[int], depth: int
) -> Th | None:
    for n in sorted(facts):
        th = _direct(env, n, a, b, hyps)
        if th is not None:
            return th
    for n in sorted(facts):
        th = _by_blocks(env, n, (a, b), hyps, facts - {n}, depth)
        if th is not None:
            return part(env.b, th, a, b)
    return _contract(env, a, b, hyps, depth) if depth else None


def _by_blocks(
    env: Env, n: int, sides: tuple[Terms, Terms], hyps: Hyps, facts: frozenset[int], depth: int
) -> Th | None:
    """Block by block: each side's terms in one block are independent by other declarations."""
    a, b = sides
    if len(a) + len(b) < 3:
        return None
    plan = _plan(env, n, [s for s, _ in env.declared.sources((*a, *b))], hyps)
    blocks = plan and _blocks(env, plan, (*a, *b), hyps)
    if not blocks or len(blocks) < 2:
        return None
    whole: Th | None = None
    for block in blocks:
        mine, theirs = (tuple(t for t in side if t in block) for side in sides)
        th = _split(env, mine, theirs, hyps, facts, depth)
        if th is not None and whole is not None:
            across = _direct(env, n, whole.says[1] + whole.says[2], mine + theirs, hyps)
            th = across and merged(env.b, whole, th, across)
        if th is None:
            return None
        whole = th
    return whole


def _blocks(env: Env, plan: Plan, terms: Terms, hyps: Hyps) -> list[list[Term]]:
    """The terms, those together whose sources may lie in one block of a declaration."""
    found: list[tuple[list[Term], list[Labelled]]] = []
    for t in terms:
        own = _labelled(env, plan, (t,))
        near = [g for g in found if _meet(env, g[1], own, hyps)]
        found = [g for g in found if g not in near]
        found.append(([u for g in near for u in g[0]] + [t], [s for g in near for s in g[1]] + own))
    return [ts for ts, _ in found]


def _meet(env: Env, one: Sequence[Labelled], other: Sequence[Labelled], hyps: Hyps) -> bool:
    return any(
        s.block == r.block and _labels_differ(env, s, r, hyps) is None
        for s, r in product(one, map(_other_side, other))
    )


def _contract(env: Env, a: Terms, b: Terms, hyps: Hyps, depth: int) -> Th | None:
    every = frozenset(_declared(env))
    for left, right in ((a, b), (b, a)):
        for first, second in _halves(env, right):
            one = _split(env, left, first, hyps, every, 0)
            two = one and _split(env, left + first, second, hyps, every, depth - 1)
            if one and two:
                th = part(env.b, contracted(env.b, one, two), left, right)
                return th if left is a else swapped(env.b, th)
    return None


def _halves(env: Env, terms: Terms) -> Iterator[tuple[Terms, Terms]]:
    """Terms in two parts, those of the same families together."""
    names: dict[Any, list[Term]] = {}
    for t in terms:
        names.setdefault(frozenset(x[1] for x, _ in env.declared.sources((t,))), []).append(t)
    if not 1 < len(names) <= MOST_GROUPS:
        return
    for size in range(1, len(names)):
        for chosen in combinations(names.values(), size):
            first = tuple(t for group in chosen for t in group)
            yield first, tuple(t for t in terms if t not in first)
