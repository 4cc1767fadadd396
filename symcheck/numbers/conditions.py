"""What a space has to satisfy besides the law of each variable, as pairs of nodes.

Hypotheses and relations hold at all values of their indices.  Only the members that a line
reaches are asked: those of other indices can be copies, independent of all that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

from sympy import Symbol

from symcheck.facts.context import Context
from symcheck.language.expr import RV, Param, replace, subterms
from symcheck.numbers.dependence import own_constants
from symcheck.numbers.program import Node, NotSampled, Program, free_indices, members, unfolded

__all__ = ["Conditions"]

INSTANCES = 200  # of one assumption

_RELATIONS = {">": "gt", "<": "gt", ">=": "ge", "<=": "ge", "!=": "ne"}
_SIGNS = {"positive": ">", "nonnegative": ">=", "negative": "<", "nonzero": "!="}

Cell = tuple[str, str, tuple[int, ...]]  # kind, name, indices


class Conditions:
    """The hypotheses and relations of a context.

    ``put`` unfolds definitions, and writes ``E[x^3]`` for a constant m that is nothing but
    its name (``assume E[x^3] = m``).
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        own, others = own_constants(context)
        self.own = rule = {m: unfolded(context, e) for m, e in own.items()}

        def put(e: Any) -> Any:
            e = unfolded(context, e)
            return replace(e, rule) if rule else e

        self.put: Callable[[Any], Any] = put
        self.held = [
            (put(h.lhs), put(h.rhs), tuple(free_indices(context, (h.lhs, h.rhs)))) for h in others
        ]
        self.finite = [put(e) for e in context.finite]
        self.relations = [(put(r.left), r.sign, put(r.right), r.indices) for r in context.relations]
        for m, e in rule.items():
            sign = next((s for k, s in _SIGNS.items() if getattr(m, f"is_{k}")), "")
            if sign:
                self.relations.append((e, sign, m - m, ()))

    def mentioned(self) -> Iterator[Any]:
        """All expressions that are asked for."""
        yield from self.finite
        for lhs, rhs, _ in self.held:
            yield from (lhs, rhs)
        for left, _, right, _ in self.relations:
            yield from (left, right)

    def nodes(
        self, program: Program, sizes: Mapping[str, int], roots: Sequence[Node]
    ) -> list[tuple[Node, Node]]:
        """Pairs of nodes that have to be equal, at all indices that the roots reach."""
        waiting = []
        for n, (lhs, rhs, indices) in enumerate(self.held):
            for rule in self._instances(program, sizes, (lhs, rhs), indices):
                waiting.append((replace(lhs, rule), "=", replace(rhs, rule), n if indices else -1))
        for left, sign, right, indices in self.relations:
            for rule in self._instances(program, sizes, (left, right), indices):
                number = len(self.held) if indices else -1
                waiting.append((replace(left, rule), sign, replace(right, rule), number))
        parts: list[tuple[Any, str, Any, set[Cell] | None, int]] = []
        for left, sign, right, number in waiting:
            # Lowered apart from the program, whose families shall not grow by it.
            own = Program(program.values, {}, estimate=False)
            there = _cells(own.lower(left)) | _cells(own.lower(right))
            parts.append((left, sign, right, None if number < 0 else there, number))
        reached: set[Cell] = set().union(*map(_cells, roots))
        found, here = [], {-1, len(self.held)}
        while True:
            near = [p for p in parts if p[3] is None or p[3] & reached]
            near = near or self._named(program, parts, here)
            if not near:
                break
            here |= {p[4] for p in near}
            for left, sign, right, cells, _ in near:
                found.append(_pair(program, left, sign, right))
                reached |= cells or set().union(*map(_cells, found[-1]))
            parts = [p for p in parts if p not in near]
        for e in self.finite:
            # Defined on the space is all that finiteness asks for here.
            rule = {s: Symbol("_h1", integer=True) for s in free_indices(self.context, [e])}
            program.values["_h1"] = 1
            node = program.lower(replace(e, rule) if rule else e)
            found.append((node, node))
        return found

    def _named(self, program: Program, parts: Sequence[Any], here: set[int]) -> list[Any]:
        """One instance of an assumption that is not asked yet, and speaks of constants that are."""
        for p in parts:
            names = {s.name for e in (p[0], p[2]) for s in e.free_symbols}
            if p[4] not in here and names & program.symbols:
                return [p]
        return []

    def _instances(
        self, program: Program, sizes: Mapping[str, int], sides: Sequence[Any],
        indices: Sequence[Symbol],
    ) -> Iterator[dict[Symbol, Symbol]]:  # fmt: skip
        """The indices at all their values; NotSampled where these are too many."""
        extents = [x for n in (program.extents, program.parameters) for v in n.values() for x in v]
        low = min([1, *(a for a, _ in extents)])
        top = max([2, *sizes.values(), *(b for _, b in extents)])
        values = [self._range(s, sizes, low, top) for s in indices]
        if (top - low + 1) ** len(indices) > INSTANCES:
            raise NotSampled("an assumption at too many indices")
        for at in product(*values):
            chosen = dict(zip(indices, at, strict=True))
            if any(chosen[a] == chosen[b] for a, b in self._apart(sides[0], chosen)):
                continue
            program.values |= {f"_h{v}": v for v in at}
            yield {s: Symbol(f"_h{v}", integer=True) for s, v in chosen.items()}

    def _range(self, s: Symbol, sizes: Mapping[str, int], low: int, top: int) -> range:
        if s not in self.context.ranges:
            return range(low, top + 1)
        ends = []
        for e in self.context.ranges[s]:
            end = e.subs({n: sizes[n.name] for n in e.free_symbols if n.name in sizes})
            if not end.is_Integer:
                raise NotSampled(f"the range of the index {s}")
            ends.append(int(end))
        return range(max(low, ends[0]), min(top, ends[1]) + 1)

    def _apart(self, lhs: Any, letters: Mapping[Symbol, int]) -> list[tuple[Symbol, Symbol]]:
        """Letters of an assumption that stand for different values.

        Those in the same place of one family (``Cov[x[j], x[k]] = c`` is no statement about
        variances), and those declared to differ.
        """
        places: dict[tuple[str, int], set[Symbol]] = {}
        for t in subterms(lhs):
            if isinstance(t, (RV, Param)):
                for n, i in enumerate(t.indices):
                    if i in letters:
                        places.setdefault((t.name, n), set()).add(i)
        found = [p for group in places.values() for p in combinations(sorted(group, key=str), 2)]
        apart = [(a, b) for a, b in self.context.apart if a in letters and b in letters]
        return found + apart


def _pair(program: Program, left: Any, sign: str, right: Any) -> tuple[Node, Node]:
    sides = [program.lower(e) for e in (left, right)]
    if sign == "=":
        return sides[0], sides[1]
    if sign[0] == "<":
        sides.reverse()
    return program.pointwise("indicator", sides, _RELATIONS[sign]), program.number(1)


def _cells(root: Node) -> set[Cell]:
    """The members of families and of indexed constants that a node depends on."""
    found: set[Cell] = set()
    seen: set[int] = set()
    stack = [root]
    while stack:
        n = stack.pop()
        if n.number in seen:
            continue
        seen.add(n.number)
        if n.kind in ("random", "parameter"):
            zero = [0] * len(n.data[1])
            found |= {(n.kind, n.data[0], at) for at in members(n, zero)}
        stack.extend(n.args)
    return found
