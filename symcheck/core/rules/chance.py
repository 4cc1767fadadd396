"""Independence and equal laws."""

from __future__ import annotations

from itertools import product
from typing import Any

from symcheck.core.declared import Declared, Source, instance

from symcheck.core.terms import (  # isort: skip
    Term, map_formula, minus, need, parts, replaced, walk,
)  # fmt: skip
from symcheck.core.theorem import (  # isort: skip
    Made, Terms, Ths, left, one, premises, rule, same, union,
)  # fmt: skip

Label = tuple[int, Terms]
MOST_PAIRS = 100_000


@rule("nTTT")
def independent(d: Declared, ths: Ths, n: int, values: Terms, a: Terms, b: Terms) -> Made:
    """declared independence    its conditions    labels of sources that differ
    give  A, B independent.
    Every random source of A and B lies in a block, with the values of the indices that the
    declaration runs over as its label.  A source of A and one of B in the same block need a
    premise ``i - j != 0`` for one of these.  Independence in pairs only is enough for one
    label on each side.  Fails when a source lies in no block, or labels may be equal.
    Source: Williams 4.1; functions of disjoint groups of independents are independent."""
    fixed, conditions, over, blocks, pairwise = d.cited(n, "independent")
    at = instance(d, fixed, values)
    need(d.fixed(*values), "a letter stands for no random value")
    asked = [map_formula(c, lambda t: replaced(t, at)) for c in conditions]
    premises(ths[: len(asked)], *asked)
    need(not letters(*a, *b, *values), "a letter § or ¶ is taken")
    mine = [(s, label(d, s, blocks, over, at)) for s in d.sources(a)]
    other = [(s, label(d, s, blocks, over, at)) for s in map(apart_from, d.sources(b))]
    need(len(mine) * len(other) <= MOST_PAIRS, "too many sources")
    rest, hyps = list(ths[len(asked) :]), union(ths[: len(asked)])
    for (s, (k, u)), (r, (m, v)) in product(mine, other):
        if k == m:
            need(rest, "two sources may be one")
            th = rest.pop(0)
            differ = [("!=", minus(i, j)) for i, j in zip(u, v, strict=True)]
            need(th.says in differ, "another premise")
            where = s[1] | r[1]
            hyps |= left(th, where, *letters(s[0], r[0], *(f[1] for f in where)))
    need(not rest, "too many premises")
    need(not pairwise or (alone(d, mine) and alone(d, other)), "independent in pairs only")
    return ("ind", a, b, ()), hyps, (n,)


def label(d: Declared, source: Source, blocks: tuple[Terms, ...], over: Terms, at: Any) -> Label:
    """The block of a source, and its values of the indices that are run over."""
    x, _ = source
    for n, block in enumerate(blocks):
        for t in block:
            if t[1] == x[1] and len(t) <= len(x):
                own = dict(zip(t[2:], x[2:], strict=False))
                ran = {o: own[o] for o in over}
                inside = (replaced(p, at | ran) for p in t[2:])
                if all(same(d, p, i) for p, i in zip(inside, x[2:], strict=False)):
                    return n, tuple(ran.values())
    need(False, f"{x[1]} lies in no block")
    return 0, ()


def letters(*terms: Term) -> set[Term]:
    """The letters in terms that a sum was opened with, or might be."""
    return {p for t in terms for p in parts(t) if p[0] == "v" and p[1][0] in "§¶"}


def apart_from(s: Source) -> Source:
    """The source with its letters § written ¶, to keep both sides apart."""
    new = {v: ("v", "¶" + v[1][1:]) for v in letters(s[0], *(f[1] for f in s[1]))}
    where = frozenset(map_formula(f, lambda t: replaced(t, new)) for f in s[1])
    return replaced(s[0], new), where


def alone(d: Declared, labelled: list[tuple[Source, Label]]) -> bool:
    """Have all sources one label?"""
    first, ran = labelled[0][1] if labelled else (0, ())
    return all(
        k == first and not letters(s[0]) and all(same(d, *p) for p in zip(u, ran, strict=True))
        for s, (k, u) in labelled
    )


# ---------------------------------------------------------------- equal laws


@rule("tT")
def transport(d: Declared, ths: Ths, g: Term, given: Terms) -> Made:
    """(x_1, ...) and (t_1, ...) of one law, y unchanged  give  E[g(x) | y] = E[g(t) | y].
    Fails when g or y has another random source, or y would change.  Source: image measures,
    Williams 5.3 (the law of a function is that of its argument)."""
    _, xs, ts = one(ths, "same")
    new = dict(zip(xs, ts, strict=True))
    need(all(x[0] == "x" for x in xs) and len(new) == len(xs), "variables are needed")
    need(all(d.measurable(t, xs) for t in (g, *given)), "another random source")

    def change(u: Term, _: int) -> Term | None:  # an expectation is a number, and stays
        need(u[0] != "D" and (u[0] != "E" or len(u) == 2), "a condition or a derivative in it")
        return u if u[0] == "E" else new.get(u)

    for y in map(d.unfolded, given):
        need(walk(y, change) == y, "the condition moves")
    return ("=", ("E", g, *given), ("E", walk(d.unfolded(g), change), *given))
