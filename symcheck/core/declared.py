"""Declarations as frozen data, terms and formulas read from plain data, and random sources.

Nothing here is believed because it was written: what has not the form below is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from symcheck.core.ring import Known
from symcheck.core.terms import (
    FIRST,
    KNOWN,
    RELATIONS,
    ZERO,
    Formula,
    Term,
    binds,
    formula_terms,
    kids,
    minus,
    need,
    opened,
    replaced,
)

MOST_NODES = 20_000  # of a term written out as a tree, its definitions unfolded
MOST_SAID = 100_000  # nodes of what a rule concludes
MOST_DEPTH = 100
MOST_TERMS = 200_000
ORDER = (">", ">=", "!=")
SHAPES = {
    "=": "tt", ">": "t", ">=": "t", "!=": "t", "L1": "t", "ind": "TTT", "same": "TT",
    "law": "tsT", "line": "tt",
}  # fmt: skip
ENTRIES = {
    "constant": "sns", "random": "sn", "function": "sn", "let": "sTt", "fact": "TFf",
    "independent": "TFTPn", "depends": "Tttto",
}  # fmt: skip

BINDERS = ("let", "fact", "independent", "depends")


class Table:
    """Terms read from a list in which each entry names those below it by their numbers."""

    def __init__(self, data: Any) -> None:
        need(isinstance(data, list) and len(data) <= MOST_TERMS, "no list of terms")
        self.terms: list[Term] = []
        self.facts: list[tuple[int, int, int]] = []  # nodes, depth, dangling indices
        for entry in data:
            self._read(entry)

    def _read(self, entry: Any) -> None:
        need(isinstance(entry, list) and entry and isinstance(entry[0], str), "no term")
        tag = entry[0]
        if tag == "q":
            t, below = ("q", number(entry[1:])), []
        elif tag in ("v", "b"):
            need(len(entry) == 2, "a letter has a name")
            t = (tag, name(entry[1]) if tag == "v" else natural(entry[1]))
            below = []
        else:
            need(tag in FIRST, f"no term begins with {tag[:20]!r}")
            first, below = FIRST[tag], [natural(k) for k in entry[FIRST[tag] :]]
            need(len(entry) >= first and all(k < len(self.terms) for k in below), "no such term")
            t = (*map(name, entry[:first]), *(self.terms[k] for k in below))
        nodes = 1 + sum(self.facts[k][0] for k in below)
        depth = 1 + max((self.facts[k][1] for k in below), default=0)
        open_ = [self.facts[k][2] - binds(t, n) for n, k in enumerate(below)]
        need(nodes <= MOST_NODES and depth <= MOST_DEPTH, "a term too large")
        self.terms.append(t)
        self.facts.append((nodes, depth, t[1] + 1 if tag == "b" else max(open_, default=0)))

    def term(self, n: Any, free: int = 0) -> Term:
        """The n-th term, which may hold so many indices that nothing in it binds."""
        need(natural(n) < len(self.terms), "no such term")
        need(self.facts[n][2] <= free, "an index that nothing binds")
        return self.terms[n]


def number(data: Any) -> Fraction:
    """A rational number, from [p, q]."""
    whole = isinstance(data, list) and len(data) == 2 and all(type(k) is int for k in data)
    need(whole and data[1] > 0 and max(map(abs, data)).bit_length() < 20_000, "no number")
    return Fraction(*data)


def natural(data: Any) -> int:
    """A whole number from 0."""
    need(type(data) is int and 0 <= data < 10**9, "no number of an entry")
    return int(data)


def name(data: Any) -> str:
    """A name; ~ is kept for the letters with which rules open sums."""
    need(isinstance(data, str) and 0 < len(data) <= 100 and "~" not in data, "no name")
    return str(data)


def read(value: Any, kind: str, table: Table) -> Any:
    """One piece of data: n natural, q rational, s name, t term, o body of a sum, f formula;
    N Q T F P lists of naturals, rationals, terms, formulas, lists of terms."""
    if kind in "NQTFP":
        need(isinstance(value, list) and len(value) <= MOST_TERMS, "no list")
        return tuple(read(v, {"P": "T"}.get(kind, kind.lower()), table) for v in value)
    if kind == "n":
        return natural(value)
    if kind == "q":
        return number(value)
    if kind == "s":
        return name(value)
    if kind in "to":
        return table.term(value, int(kind == "o"))
    need(isinstance(value, list) and value, "no formula")
    head = name(value[0])
    need(head in SHAPES and len(value) == 1 + len(SHAPES[head]), f"no formula {head}")
    return (head, *(read(v, k, table) for v, k in zip(value[1:], SHAPES[head], strict=True)))


class Entry(NamedTuple):
    """One declaration: its kind and what was read of it."""

    kind: str
    data: tuple[Any, ...]


@dataclass(frozen=True)
class Declared:
    """What is declared, in order; entries are cited by their numbers."""

    entries: tuple[Entry, ...] = ()
    constants: dict[str, tuple[int, str]] = field(default_factory=dict)
    randoms: dict[str, int] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)
    lets: dict[str, tuple[int, tuple[Term, ...], Term]] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)  # nodes of a definition, unfolded
    known: Known = field(default_factory=Known)

    # ------------------------------------------------------------ is it a term?

    def check(self, t: Term) -> None:
        """Refuse a term with names that are not declared so, or with an index not whole."""
        tag, below = t[0], kids(t)
        if tag in "cxdf":
            need(self.arity(t) == len(below), f"{t[1]} is not declared so")
        sizes = {"^": 2, "1": 1, "S": 3, "D": 2}
        need(tag not in sizes or len(below) == sizes[tag], "a term of the wrong form")
        need(tag != "E" or below, "an expectation of nothing")
        need(tag != "1" or t[1] in RELATIONS, "no relation")
        need(tag != "D" or t[2][0] in "xd", "a derivative is by a variable")
        whole = below if tag in "cxd" else below[:2] if tag == "S" else ()
        need(all(map(self.known.is_whole, whole)), "an index that need not be whole")

    def arity(self, t: Term) -> int | None:
        """How many terms a name takes; None where it is not declared."""
        if t[0] == "f":
            return KNOWN.get(t[1], self.functions.get(t[1]))
        if t[0] == "d":
            return len(self.lets[t[1]][1]) if t[1] in self.lets else None
        if t[0] == "x":
            return self.randoms.get(t[1])
        return self.constants[t[1]][0] if t[1] in self.constants else None

    def check_all(self, t: Term) -> None:
        """Check a term and all that is in it."""
        self.check(t)
        for k in kids(t):
            self.check_all(k)

    def check_said(self, formulas: Iterable[Formula]) -> None:
        """Check what a rule concludes; rules put terms together, and few look at bounds of sums."""
        todo, most = [t for f in formulas for t in formula_terms(f)], MOST_SAID
        while todo:
            need(most, "a conclusion too large")
            t = todo.pop()
            self.check(t)
            todo += kids(t)
            most -= 1

    # ------------------------------------------------------------ definitions, sources

    def unfold(self, t: Term) -> Term:
        """The body of a definition at its indices."""
        need(t[0] == "d" and t[1] in self.lets, "no definition")
        _, letters, body = self.lets[t[1]]
        return replaced(body, dict(zip(letters, kids(t), strict=True)))

    def unfolded(self, t: Term) -> Term:
        """t without definitions."""
        need(self.weight(t) <= MOST_NODES, "definitions too large to unfold")
        return self._unfolded(t)

    def _unfolded(self, t: Term) -> Term:
        if t[0] == "d":
            return self._unfolded(self.unfold(t))
        first = FIRST.get(t[0], len(t))
        return t[:first] + tuple(map(self._unfolded, t[first:]))

    def weight(self, t: Term) -> int:
        """How many nodes t has without definitions."""
        own = self.weights.get(t[1], 1) if t[0] == "d" else 1
        return own + sum(map(self.weight, kids(t)))

    def sources(self, terms: Sequence[Term]) -> list[tuple[Term, frozenset[Formula]]]:
        """The random variables that terms depend on.

        An index that is summed over becomes a letter §1, §2, ...; with each variable stands
        what is known of its letters: their ranges, and which differ where the sum asks for it.
        """
        found: dict[tuple[Term, frozenset[Formula]], None] = {}
        letters = iter(range(1, 10**6))
        for t in terms:
            for source in self._sources(self.unfolded(t), frozenset(), letters):
                found[source] = None
        return list(found)

    def _sources(
        self, t: Term, where: frozenset[Formula], letters: Iterator[int]
    ) -> Iterator[tuple[Term, frozenset[Formula]]]:
        if t[0] == "x":
            yield t, where
        elif t[0] == "S":
            letter = ("v", f"§{next(letters)}")
            yield from self._sources(opened(t[3], letter), where | within(letter, *t[1:3]), letters)
        elif t[0] == "D":
            yield from self._dependence(t, where, letters)
        elif t[0] == "E":
            for k in t[2:]:
                yield from self._sources(k, where, letters)
        else:
            for n, k in enumerate(kids(t)):
                yield from self._sources(k, where | self.guards(t, n), letters)

    def _dependence(
        self, t: Term, where: frozenset[Formula], letters: Iterator[int], deep: int = 0
    ) -> Iterator[tuple[Term, frozenset[Formula]]]:
        """The sources of terms, and of all that they are declared functions of, without end."""
        need(deep <= len(self.entries), "functions of each other")
        for k in kids(t):
            for x, there in self._sources(k, where, letters):
                yield x, there
                for e in self.entries:
                    if e.kind == "depends" and e.data[1][:2] == x[:2]:
                        at = dict(zip(e.data[0], x[2:], strict=True))
                        all_of = self._unfolded(replaced(("S", *e.data[2:]), at))
                        yield from self._dependence(("+", all_of), there, letters, deep + 1)

    def guards(self, t: Term, n: int) -> frozenset[Formula]:
        """What may be assumed in the n-th factor of a product, by indicators beside it."""
        if t[0] != "*":
            return frozenset()
        beside = [k for m, k in enumerate(kids(t)) if m != n and k[0] == "1" and self.fixed(k)]
        return frozenset(
            ("=", k[2], ZERO) if k[1] == "=" else (k[1], k[2]) for k in beside
        )

    def fixed(self, *terms: Term) -> bool:
        """Have the terms no random source?"""
        return not self.sources(terms)

    def measurable(self, t: Term, given: Sequence[Term]) -> bool:
        """Is t a function of what is given?"""
        if t in given or (t[0] == "x" and t in given):
            return True
        if t[0] == "d":
            return self.measurable(self.unfold(t), given)
        if t[0] == "x" or t[0] == "D":
            return False
        if t[0] == "S":
            return self.measurable(opened(t[3], ("v", "~")), given)
        return all(self.measurable(k, given) for k in (t[2:] if t[0] == "E" else kids(t)))


def within(letter: Term, lo: Term, hi: Term) -> frozenset[Formula]:
    """lo <= letter <= hi"""
    return frozenset(((">=", minus(letter, lo)), (">=", minus(hi, letter))))


def declare(data: Any) -> Declared:
    """Declarations from ``{"terms": [...], "entries": [...]}``.  Raises Refused."""
    need(isinstance(data, dict) and isinstance(data.get("entries"), list), "no declarations")
    table, made = Table(data.get("terms")), Declared()
    for entry in data["entries"]:
        need(isinstance(entry, list) and entry, "no declaration")
        kind = name(entry[0])
        need(kind in ENTRIES and len(entry) == 1 + len(ENTRIES[kind]), f"no declaration {kind}")
        values = zip(entry[1:], ENTRIES[kind], strict=True)
        made = _with(made, Entry(kind, tuple(read(v, k, table) for v, k in values)))
    return made


def _with(d: Declared, e: Entry) -> Declared:
    """One declaration more; it may speak of those before it only."""
    constants, randoms, functions = dict(d.constants), dict(d.randoms), dict(d.functions)
    lets, weights, whole = dict(d.lets), dict(d.weights), d.known.whole
    if e.kind in ("constant", "random", "function", "let"):
        taken = {*constants, *randoms, *functions, *lets, *(KNOWN if e.kind == "function" else ())}
        need(e.data[0] not in taken, f"{e.data[0]} is declared twice")
    if e.kind == "constant":
        constants[e.data[0]] = e.data[1:]
        need(e.data[2] in ("real", "whole", "index"), "no kind of constant")
        whole = whole | {e.data[0]} if e.data[2] != "real" else whole
    elif e.kind == "random":
        randoms[e.data[0]] = e.data[1]
    elif e.kind == "function":
        functions[e.data[0]] = e.data[1]
    elif e.kind == "let":
        _letters(e.data[1], d)
        d.check_all(e.data[2])
        weights[e.data[0]] = d.weight(e.data[2])
        need(weights[e.data[0]] <= MOST_NODES, f"the definition of {e.data[0]} is too large")
        lets[e.data[0]] = (len(d.entries), e.data[1], e.data[2])
    else:
        _speaks(d, e)
    own = {*e.data[e.kind == "let"], *(e.data[2] if e.kind == "independent" else ())}
    need(e.kind not in BINDERS or {*_free(e.data[e.kind == "let" :])} <= own, "a letter that nothing stands for")
    return Declared(
        (*d.entries, e), constants, randoms, functions, lets, weights, Known(whole)
    )  # fmt: skip


def _free(part: Any) -> Iterator[Term]:
    """The letters for whole numbers in what was read of a declaration."""
    if isinstance(part, tuple):
        if part[:1] == ("v",):
            yield part
        for k in part:
            yield from _free(k)


def _letters(letters: Sequence[Term], d: Declared) -> Declared:
    """Letters that a declaration is for all values of: ('v', i) whole, ('c', t) real."""
    need(len(set(letters)) == len(letters), "a letter twice")
    for t in letters:
        need(t[0] == "v" or (t[0] == "c" and len(t) == 2 and t[1] not in d.constants), "no letter")
    real = {t[1]: (0, "real") for t in letters if t[0] == "c"}
    return Declared(d.entries, d.constants | real, d.randoms, d.functions, d.lets, d.weights, d.known)


def _speaks(d: Declared, e: Entry) -> None:
    """Does a fact, an independence, a dependence speak of declared things only?"""
    inside = _letters((*e.data[0], *(e.data[2] if e.kind == "independent" else ())), d)
    if e.kind == "depends":
        for t in (*e.data[1:4], e.data[4]):
            inside.check_all(t)
        need(e.data[1][0] == "x" and e.data[1][2:] == e.data[0], "what depends is a variable")
        return
    for f in (*e.data[1], *(e.data[2:] if e.kind == "fact" else ())):
        for t in formula_terms(f):
            inside.check_all(t)
    for f in e.data[1]:
        need(f[0] in ORDER and inside.fixed(f[1]), "a condition is on letters and constants")
    if e.kind == "fact":
        need(e.data[2][0] in ("=", *ORDER, "L1", "same", "law"), "a fact of no such form")
        need(e.data[2][0] != "law" or inside.fixed(*e.data[2][3]), "a parameter is random")
        return
    need(not e.data[2] or len(e.data[3]) == 1, "independence over indices is of one block")
    over = e.data[2]
    need(not {*_free(e.data[1])} & {*over}, "a condition is not on what is run over")
    for t in (t for block in e.data[3] for t in block):
        need(t[0] == "x" and len(t) - 2 <= d.randoms.get(t[1], -1), "a block is of variables")
        need(all(map(d.known.is_whole, t[2:])), "an index that need not be whole")
        need(all(t[2:].count(o) == 1 for o in over), "an index that a variable has not, or twice")
        need(not {*_free(tuple(k for k in t[2:] if k not in over))} & {*over}, "an index made of one")


def instance(d: Declared, letters: Sequence[Term], values: Sequence[Term]) -> dict[Term, Term]:
    """Values for the letters of a declaration: whole ones for whole letters, none random."""
    need(len(letters) == len(values), "a value for each letter")
    for letter, value in zip(letters, values, strict=True):
        need(letter[0] == "c" or d.known.is_whole(value), "a letter stands for whole numbers")
        need(d.fixed(value), "a letter stands for no random value")
    return dict(zip(letters, values, strict=True))

