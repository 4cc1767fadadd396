"""Who may depend on whom: groups of variables that no declared independence separates.

The members of one group may share a source of randomness; different groups share
nothing.  Such a world satisfies every declaration of independence when no group has
members in two of its blocks, because blocks are then made of different groups.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

from sympy import Symbol

from symcheck.facts.context import Context, Hypothesis, Independence
from symcheck.language.expr import RV, subterms
from symcheck.numbers.program import NotSampled, free_indices

__all__ = [
    "Groups",
    "Member",
    "Share",
    "arrangement",
    "bind",
    "free_values",
    "own_constants",
    "refuse_functions",
    "separated",
    "shuffled_pairs",
]

Member = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Share:
    """How a family takes part in a group of families.

    ``key`` are the positions of the indices whose values say which source a member
    uses; ``first`` are positions that must have their first value, else the member has
    a source of its own; ``shift`` adds to the first value of the key.
    """

    name: str
    key: tuple[int, ...]
    first: tuple[int, ...] = ()
    shift: int = 0

    def source(self, at: Sequence[int]) -> tuple[int, ...] | None:
        """Which source the member at these (zero-based) indices uses."""
        if any(at[n] for n in self.first):
            return None
        key = [at[n] for n in self.key]
        if self.shift:
            key[0] += self.shift
        return tuple(key)


def separated(fact: Independence, x: Member, y: Member) -> bool:
    """Does the declaration put x and y into different blocks?"""
    if fact.over:
        for s, t in product(fact.blocks[0], fact.blocks[0]):
            a, b = bind(s, x, {}), bind(t, y, {})
            if a is None or b is None or len(s.indices) < len(x[1]) or len(t.indices) < len(y[1]):
                continue
            others = (set(a) | set(b)) - set(fact.over)
            if any(a.get(i, b.get(i)) != b.get(i, a.get(i)) for i in others):
                continue
            if any(a.get(i) != b.get(i) for i in fact.over):
                return True
        return False
    for n, left in enumerate(fact.blocks):
        for m, right in enumerate(fact.blocks):
            if n == m:
                continue
            for s, t in product(left, right):
                found = bind(s, x, {})
                if found is not None and bind(t, y, found) is not None:
                    return True
    return False


def bind(pattern: Any, x: Member, binding: Mapping[Any, int]) -> dict[Any, int] | None:
    """The values of the letters for which the pattern is x (or has x among its members)."""
    if pattern.name != x[0]:
        return None
    found = dict(binding)
    if len(pattern.indices) > len(x[1]):
        return None
    # Indices left out at the end mean all of them: W[k] is all W[k,i,j].
    for i, value in zip(pattern.indices, x[1], strict=False):
        if i.is_Integer:
            if int(i) != value:
                return None
        elif found.setdefault(i, value) != value:
            return None
    return found


def _allowed(facts: Sequence[Independence], shares: Sequence[Share], arity: dict[str, int]) -> bool:
    groups: dict[tuple[int, ...], list[Member]] = {}
    for s in shares:
        n = arity[s.name]
        for at in product(range(3 if n < 3 else 2), repeat=n):
            source = s.source(at)
            if source is not None:
                groups.setdefault(source, []).append((s.name, tuple(i + 1 for i in at)))
    for group in groups.values():
        for n, x in enumerate(group):
            for y in group[n + 1 :]:
                if any(separated(f, x, y) or separated(f, y, x) for f in facts):
                    return False
    return True


def _candidates(name: str, arity: int, keys: int | None, plain: bool) -> Iterator[Share]:
    lengths = range(arity + 1) if keys is None else (keys,)
    for n in lengths:
        for key in permutations(range(arity), n):
            if keys is None and list(key) != sorted(key):
                continue
            rest = [p for p in range(arity) if p not in key]
            yield Share(name, key)
            if plain:
                continue
            if rest:
                yield Share(name, key, tuple(rest))
            if key and keys is not None:
                yield Share(name, key, (), 1)
                if rest:
                    yield Share(name, key, tuple(rest), 1)


def arrangement(context: Context, arity: dict[str, int], rng: random.Random) -> list[list[Share]]:
    """Families in groups that share sources, as dependent as the context allows.

    The choice among the possible ones is made with ``rng``.  Every family is in exactly
    one group; a family alone in a group whose key is all of its indices is independent.
    """
    facts = context.independence
    same = {t.name for i in context.identities for t in i.blocks[0]}
    names = sorted(arity)
    rng.shuffle(names)
    # Families with few indices first: a plain variable can join anything.
    found: list[list[Share]] = []
    for name in names:
        plain = name in same
        joined = False
        for group in rng.sample(found, len(found)):
            keys = len(group[0].key)
            if any(s.name in same for s in group):
                options = list(_candidates(name, arity[name], keys, True))
            else:
                options = list(_candidates(name, arity[name], keys, plain))
            for share in options:
                if _allowed(facts, [*group, share], arity):
                    group.append(share)
                    joined = True
                    break
            if joined:
                break
        if joined:
            continue
        options = [
            s for s in _candidates(name, arity[name], None, True) if _allowed(facts, [s], arity)
        ]
        fewest = min(len(s.key) for s in options)
        # A finer key leaves room for other families to join.
        length = fewest if rng.random() < 0.6 else arity[name]
        found.append([rng.choice([s for s in options if len(s.key) == length] or options)])
    return found


class Groups:
    """Ways to put single members into groups, for one context; answers are remembered."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[tuple[Member, Member], bool] = {}
        self.joint = any(len(i.blocks[0]) > 1 for i in context.identities)

    def compatible(self, x: Member, y: Member) -> bool:
        """May x and y depend on each other?  (Indices count from 0 here.)"""
        key = (x, y) if x <= y else (y, x)
        if key not in self._known:
            a, b = ((m[0], tuple(i + 1 for i in m[1])) for m in key)
            facts = self._context.independence
            self._known[key] = not any(separated(f, a, b) or separated(f, b, a) for f in facts)
        return self._known[key]

    def choose(self, members: Sequence[Member], rng: random.Random) -> list[list[Member]]:
        """A partition into groups of compatible members: by pattern, or member by member."""
        if len(members) > 40 or self.joint or rng.random() < 0.5:
            arity = {m[0]: len(m[1]) for m in members}
            found: list[list[Member]] = []
            for shares in arrangement(self._context, arity, rng):
                groups: dict[tuple[int, ...], list[Member]] = {}
                for s in shares:
                    for m in members:
                        source = s.source(m[1]) if m[0] == s.name else None
                        if source is not None:
                            groups.setdefault(source, []).append(m)
                found += groups.values()
            placed = {m for g in found for m in g}
            return found + [[m] for m in members if m not in placed]
        found = []
        for m in rng.sample(list(members), len(members)):
            homes = [g for g in found if all(self.compatible(m, x) for x in g)]
            if homes and rng.random() < 0.85:
                # Large groups show more than many small ones.
                home = max(homes, key=len) if rng.random() < 0.7 else rng.choice(homes)
                home.append(m)
            else:
                found.append([m])
        return found


def shuffled_pairs(context: Context, arity: dict[str, int]) -> list[list[str]]:
    """Variables declared independent in pairs only, and by nothing else.

    Each entry is one family with indices, or three or more plain variables.
    """
    mutual = [f for f in context.independence if not f.pairwise]
    found: list[list[str]] = []
    for fact in context.independence:
        if not fact.pairwise:
            continue
        if fact.over:
            names = [t.name for t in fact.blocks[0]]
            good = len(names) == 1 and len(fact.over) == arity.get(names[0], 0)
        else:
            names = [t.name for b in fact.blocks for t in b]
            good = len(fact.blocks) > 2 and all(len(b) == 1 for b in fact.blocks)
            good = good and all(arity.get(n) == 0 for n in names)
        taken = {n for g in found for n in g}
        if not good or any(n not in arity or n in taken for n in names):
            continue
        if _allowed(mutual, [Share(n, ()) for n in names], arity):
            found.append(names)
    return found


def free_values(
    context: Context, free: Sequence[Symbol], distinct: bool, sizes: Mapping[str, int],
    skip: int = 0,
) -> dict[str, int]:  # fmt: skip
    """Values of the free indices: all different, or equal wherever that is allowed.

    The first ``skip`` values are left out, where there are others.  Declared ranges and
    declared differences are kept; NotSampled where they leave nothing.
    """
    values: dict[str, int] = {}
    for s in free:
        low, high = _range(context, s, sizes)
        apart: set[int] = set()
        for a, b in context.apart:
            other = b if a == s else a if b == s else None
            if isinstance(other, Symbol) and other.name in values:
                apart.add(values[other.name])
            elif other is not None and other.is_Integer:
                apart.add(int(other))
        top = low + len(free) + len(apart) if high is None else high
        allowed = [v for v in range(low, top + 1) if v not in apart]
        fresh = [v for v in allowed if v not in values.values()] if distinct else []
        if not allowed:
            raise NotSampled(f"no value of the index {s} at these sizes")
        choice = fresh or allowed
        values[s.name] = choice[min(skip, len(choice) - 1)]
    return values


def _range(context: Context, s: Symbol, sizes: Mapping[str, int]) -> tuple[int, int | None]:
    if s not in context.ranges:
        return 1, None
    numbers = {n: sizes[n.name] for e in context.ranges[s] for n in e.free_symbols
               if n.name in sizes}  # fmt: skip
    low, high = (e.subs(numbers) for e in context.ranges[s])
    if not (low.is_Integer and high.is_Integer):
        raise NotSampled(f"the range of the index {s}")
    return int(low), int(high)


def refuse_functions(context: Context, expressions: Sequence[Any]) -> None:
    """NotSampled where a variable is declared a function of others: no world has that."""
    names = {d.of.name for d in context.dependence}
    for e in expressions if names else ():
        for t in subterms(e):
            if isinstance(t, RV) and t.name in names:
                raise NotSampled(f"{t.name} is an unknown function of other variables")


def own_constants(context: Context) -> tuple[dict[Symbol, Any], list[Hypothesis]]:
    """Hypotheses ``lhs = m`` that merely give a name to lhs, by that name; and the others."""
    own: dict[Symbol, Any] = {}
    others: list[Hypothesis] = []
    for h in context.hypotheses:
        m = h.rhs
        free = isinstance(m, Symbol) and m.name in context.symbols
        # A conditional expectation that is m everywhere says more than a name does.
        free = free and not context.sources(h.lhs) and not free_indices(context, [h.lhs])
        if free and m not in own and _only_here(context, m):
            own[m] = h.lhs
        else:
            others.append(h)
    return own, others


def _only_here(context: Context, m: Symbol) -> bool:
    """Is m a constant that says nothing else about the world?"""
    used: list[Any] = [d.body for d in context.definitions.values()]
    for r in context.randoms.values():
        used += [e for e in (r.mean, r.variance, r.order) if e is not None]
        used += list(r.law[1]) if r.law else []
    used += [h.lhs for h in context.hypotheses]
    return not any(e.has(m) for e in used) and sum(h.rhs.has(m) for h in context.hypotheses) == 1
