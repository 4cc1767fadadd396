"""What is independent of what, jointly?  Unknown means no."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace as _with
from itertools import combinations

from sympy import Basic, Expr, Symbol

from symcheck.facts.assumptions import EMPTY, NOTHING, Assumption, Independence, Scope, Used
from symcheck.facts.declarations import Declarations
from symcheck.facts.letters import allowed, related
from symcheck.language.expr import RV, is_fresh
from symcheck.language.ring import canonical

__all__ = ["groups", "assumption", "independent_of"]


def groups(
    c: Declarations, factors: Sequence[Expr], scope: Scope = EMPTY
) -> tuple[list[list[Expr]], Used]:
    """Split factors into groups that are certainly mutually independent, as fine as can be."""
    todo, found, used = list(factors), [], NOTHING
    while len(todo) > 1:
        for size in range(1, len(todo) // 2 + 1):
            split = _first_split(c, todo, size, scope)
            if split is not None:
                found.append(split[0])
                todo = [f for n, f in enumerate(todo) if n not in split[1]]
                used |= split[2]
                break
        else:
            break
    return found + ([todo] if todo else []), used


def _first_split(
    c: Declarations, todo: list[Expr], size: int, scope: Scope
) -> tuple[list[Expr], set[int], Used] | None:
    for chosen in combinations(range(len(todo)), size):
        left = [todo[n] for n in chosen]
        right = [f for n, f in enumerate(todo) if n not in chosen]
        used = independent_of(c, left, right, scope)
        if used is not None:
            return left, set(chosen), used
    return None


def independent_of(
    c: Declarations, left: Iterable[Basic], right: Iterable[Basic], scope: Scope = EMPTY
) -> Used | None:
    """Are all of ``left`` together independent of all of ``right`` together?"""
    a = frozenset().union(*(c.sources(f) for f in left))
    b = frozenset().union(*(c.sources(f) for f in right))
    key = ("independent", a, b, scope)
    if key not in c.cache:
        known = _with(scope, apart=scope.apart | {frozenset(p) for p in c.apart})
        every = frozenset(range(len(c.independence)))
        c.cache[key] = c.cache["independent", b, a, scope] = _split(c, a, b, known, every, 3)
    found: Used | None = c.cache[key]
    return found


def _split(
    c: Declarations,
    a: frozenset[RV],
    b: frozenset[RV],
    scope: Scope,
    facts: frozenset[int],
    depth: int,
) -> Used | None:
    if not a or not b:
        return NOTHING
    if a & b:
        return None
    for n in sorted(facts):
        found = _blocks(c, c.independence[n], a | b, scope)
        if found is None:
            continue
        keys, why = found
        parts = [
            _split(c,
                frozenset(x for x in a if keys[x] == k),
                frozenset(x for x in b if keys[x] == k),
                scope,
                facts - {n},
                depth,
            )
            for k in set(keys.values())
        ]  # fmt: skip
        if all(p is not None for p in parts):
            own = why | {assumption(c, n)}
            return own.union(*(p for p in parts if p is not None))
    return _contract(c, a, b, scope, depth) if depth else None


def _contract(
    c: Declarations, a: frozenset[RV], b: frozenset[RV], scope: Scope, depth: int
) -> Used | None:
    # a ⊥ b1 and (a, b1) ⊥ b2 give a ⊥ (b1, b2).
    every = frozenset(range(len(c.independence)))
    for left, right in ((a, b), (b, a)):
        names = sorted({x.name for x in right})
        if not 1 < len(names) <= 5:
            continue
        for size in range(1, len(names)):
            for chosen in combinations(names, size):
                first = frozenset(x for x in right if x.name in chosen)
                one = _split(c, left, first, scope, every, 0)
                if one is None:
                    continue
                two = _split(c, left | first, right - first, scope, every, depth - 1)
                if two is not None:
                    return one | two
    return None


def assumption(c: Declarations, n: int) -> Assumption:
    """The n-th declared independence as an assumption."""
    fact = c.independence[n]
    blocks = [str(b[0]) if len(b) == 1 else f"({', '.join(map(str, b))})" for b in fact.blocks]
    kind = "pairwise independent" if fact.pairwise else "independent"
    if fact.over:
        text = f"{blocks[0]} {kind} over {', '.join(map(str, fact.over))}"
    else:
        text = f"{', '.join(blocks[:-1])} and {blocks[-1]} {kind}"
    return Assumption(
        "independent", ", ".join(sorted({t.name for b in fact.blocks for t in b})), text
    )


Blocks = tuple[dict[RV, int], Used]


def _blocks(c: Declarations, fact: Independence, xs: frozenset[RV], scope: Scope) -> Blocks | None:
    """Which block of the declaration each variable lies in, and why; None if one lies in none."""
    if fact.over:
        return _blocks_over(c, fact, xs, scope)
    binding: dict[Symbol, Expr] = {}
    keys: dict[RV, int] = {}
    for x in xs:
        for n, block in enumerate(fact.blocks):
            found = (_covered(t, x, binding, scope) for t in block)
            hit = next((at for at in found if at is not None), None)
            if hit is not None:
                binding.update(hit)
                keys[x] = n
                break
        else:
            return None
    if fact.pairwise and len(set(keys.values())) > 2:
        return None
    used = _spoken_of(c, fact, binding, scope)
    return None if used is None else (keys, used)


def _spoken_of(
    c: Declarations, fact: Independence, at: dict[Symbol, Expr], scope: Scope
) -> Used | None:
    """By what the declaration, made of letters that have a range or differ, is one of these."""
    letters = set[Symbol]().union(*(t.free_symbols for block in fact.blocks for t in block))
    if any(i in c.ranges or any(related(c, i)) for i in letters - set(at)):
        return None  # there may be no such number
    return allowed(c, at, set(at), scope, every=True)


def _blocks_over(
    c: Declarations, fact: Independence, xs: frozenset[RV], scope: Scope
) -> Blocks | None:
    labels: dict[RV, tuple[Expr, ...]] = {}
    used: Used = NOTHING
    rest: set[tuple[Expr, ...]] = set()
    for x in xs:
        t = next(
            (t for t in fact.blocks[0] if t.name == x.name and len(t.indices) == len(x.indices)),
            None,
        )
        if t is None:
            return None
        at = _covered(t, x, {}, None)
        own = None if at is None else _spoken_of(c, fact, at, scope)
        if at is None or own is None:
            return None
        used |= own
        labels[x] = tuple(canonical(at[i]) for i in fact.over)
        rest.add(tuple(canonical(v) for i, v in at.items() if i not in fact.over))
    if len(rest) > 1 or any(_many(i, scope) for row in rest for i in row):
        return None
    several = len(set(labels.values())) > 2 or any(
        _many(i, scope) for label in labels.values() for i in label
    )
    if fact.pairwise and several:
        return None
    # Labels that may be the same value fall into one block.
    blocks: list[list[tuple[Expr, ...]]] = []
    for label in dict.fromkeys(labels.values()):
        near = []
        for b in blocks:
            differ = [_differ(c, label, o, scope) for o in b]
            if None in differ:
                near.append(b)
            used = used.union(*(u for u in differ if u is not None))
        blocks = [b for b in blocks if b not in near] + [[label, *(o for b in near for o in b)]]
    place = {label: n for n, b in enumerate(blocks) for label in b}
    return {x: place[label] for x, label in labels.items()}, used


def _differ(c: Declarations, a: tuple[Expr, ...], b: tuple[Expr, ...], scope: Scope) -> Used | None:
    found = (c.distinct(x, y, scope) for x, y in zip(a, b, strict=True))
    return next((used for used in found if used is not None), None)


def _many(i: Expr, scope: Scope) -> bool:
    """Does the index run in a sum, so that it stands for many values at once?"""
    known = {t[0] for t in scope.ranges}
    return any(is_fresh(s) and s not in known for s in i.free_symbols)


def _covered(
    pattern: RV, x: RV, binding: dict[Symbol, Expr], scope: Scope | None
) -> dict[Symbol, Expr] | None:
    """The letters of the pattern by which it is x, beside those that are known; None: it is not.

    Indices that are left out at the end mean all of them: W[k] is all W[k,i,j].
    """
    if pattern.name != x.name or len(pattern.indices) > len(x.indices):
        return None
    found: dict[Symbol, Expr] = {}
    for p, at in zip(pattern.indices, x.indices, strict=False):
        if isinstance(p, Symbol):
            # One x[j] is independent of y: all of them together need not be.
            if (binding | found).get(p, at) != at or (scope is not None and _many(at, scope)):
                return None
            found[p] = at
        elif p != at:
            return None
    return found
