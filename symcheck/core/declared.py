"""Declarations as frozen data, terms and formulas read from plain data, and random sources.

Nothing here is believed because it was written: what has not the form below is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import count
from typing import Any, NamedTuple

from symcheck.core.ring import Known

from symcheck.core.terms import (  # isort: skip
    FIRST, KNOWN, RELATIONS, ZERO, Formula, Term, binds, formula_terms, kids, minus, need, num,
    opened, parts, replaced, walk,
)  # fmt: skip

MOST_NODES = 20_000  # of a term written out as a tree, its definitions unfolded
MOST_DEPTH, MOST_INDEX, MOST_LIST, MOST_TERMS, MOST_EVENTS = 100, 100, 10_000, 200_000, 4000
ORDER = (">", ">=", "!=")
SHAPES = {
    "=": "tt", ">": "t", ">=": "t", "!=": "t", "L1": "t", "ind": "TTT", "same": "TT",
    "law": "tsT", "line": "tt",
}  # fmt: skip
ENTRIES = {
    "constant": "sns", "random": "sn", "function": "sn", "let": "sTt", "fact": "TFf",
    "independent": "TFTPn", "depends": "Tttto",
}  # fmt: skip


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
        tag, below = entry[0], []
        if tag == "q":
            t: Term = num(number(entry[1:]))
        elif tag in ("v", "b"):
            need(len(entry) == 2, "a letter has a name")
            t = (tag, name(entry[1]) if tag == "v" else natural(entry[1]))
        else:
            need(tag in FIRST and len(entry) >= FIRST[tag], "no term begins like this")
            below = [natural(k) for k in entry[FIRST[tag] :]]
            need(all(k < len(self.terms) for k in below), "no such term")
            t = (*map(name, entry[: FIRST[tag]]), *(self.terms[k] for k in below))
        nodes = 1 + sum(self.facts[k][0] for k in below)
        depth = 1 + max((self.facts[k][1] for k in below), default=0)
        loose = [self.facts[k][2] - binds(t, n) for n, k in enumerate(below)]
        need(nodes <= MOST_NODES and depth <= MOST_DEPTH, "a term too large")
        index = below if tag in "cxd" else below[:2] if tag == "S" else []
        need(all(self.facts[k][0] <= MOST_INDEX for k in index), "an index too large")
        self.terms.append(t)
        self.facts.append((nodes, depth, t[1] + 1 if tag == "b" else max(loose, default=0)))

    def term(self, n: Any, free: int = 0) -> Term:
        """The n-th term, which may hold so many indices that nothing in it binds."""
        k = natural(n)
        need(k < len(self.terms), "no such term")
        need(self.facts[k][2] <= free, "an index that nothing binds")
        return self.terms[k]


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
        need(isinstance(value, list) and len(value) <= MOST_LIST, "no list")
        return tuple(read(v, {"P": "T"}.get(kind, kind.lower()), table) for v in value)
    if kind in "to":
        return table.term(value, int(kind == "o"))
    if kind in "nqs":
        return {"n": natural, "q": number, "s": name}[kind](value)
    need(isinstance(value, list) and value, "no formula")
    head = name(value[0])
    need(head in SHAPES and len(value) == 1 + len(SHAPES[head]), "no formula of this form")
    return (head, *(read(v, k, table) for v, k in zip(value[1:], SHAPES[head], strict=True)))


class Entry(NamedTuple):
    """One declaration: its kind and what was read of it."""

    kind: str
    data: tuple[Any, ...]


Source = tuple[Term, frozenset[Formula]]  # a random variable, and what is known of its letters


class Declared(NamedTuple):
    """What is declared, in order; entries are cited by their numbers."""

    entries: tuple[Entry, ...]
    constants: dict[str, tuple[int, str]]
    randoms: dict[str, int]
    functions: dict[str, int]
    lets: dict[str, tuple[int, tuple[Term, ...], Term]]
    known: Known
    formed: dict[Term, tuple[int, int]]  # what has been checked, in this run
    used: set[int]  # the definitions and dependences that this step has looked into

    def cited(self, n: int, kind: str) -> tuple[Any, ...]:
        """What the n-th declaration says, which is of this kind."""
        need(n < len(self.entries) and self.entries[n].kind == kind, f"no declared {kind}")
        return self.entries[n].data

    # ------------------------------------------------------------ is it a term?

    def check(self, t: Term) -> None:
        """Refuse a term with names that are not declared so, or with an index not whole."""
        tag, below = t[0], kids(t)
        if tag in "cxdf":
            need(self.arity(t) == len(below), f"{t[1]} is not declared so")
        elif tag in "^1SD":
            need(len(below) == {"^": 2, "1": 1, "S": 3, "D": 2}[tag], "a term of the wrong form")
            need(tag != "1" or t[1] in RELATIONS, "no relation")
            need(tag != "D" or below[1][0] in "xd", "a derivative is by a variable")
        elif tag == "E":
            need(below, "an expectation of nothing")
        for k in below if tag in "cxd" else below[:2] if tag == "S" else ():
            need(self.known.is_whole(k), "an index that need not be whole")

    def arity(self, t: Term) -> int | None:
        """How many terms a name takes; None where it is not declared."""
        if t[0] == "f":
            return KNOWN.get(t[1], self.functions.get(t[1]))
        if t[0] == "x":
            return self.randoms.get(t[1])
        if t[0] == "d":
            return len(self.lets[t[1]][1]) if t[1] in self.lets else None
        return self.constants[t[1]][0] if t[1] in self.constants else None

    def check_all(self, t: Term, free: int = 0, most: int = MOST_NODES) -> None:
        """Check a term and all that is in it: declared, closed, of bounded size and depth."""
        nodes, height = self.formed.get(t) or self._form(t, free, most)
        need(nodes <= most and height <= 2 * MOST_DEPTH, "a term too large")

    def _form(self, t: Term, bound: int, most: int, depth: int = 0) -> tuple[int, int]:
        """The nodes and the height of a term that is checked; closed ones are remembered."""
        need(most > 0 and depth <= 2 * MOST_DEPTH, "a term too large")
        need(t[0] != "b" or t[1] < bound, "an index that nothing binds")
        self.check(t)
        nodes, height = 1, 0
        for n, k in enumerate(kids(t)):
            seen = None if bound or binds(t, n) else self.formed.get(k)
            more, high = seen or self._form(k, bound + binds(t, n), most - nodes, depth + 1)
            nodes, height = nodes + more, max(height, high + 1)
        need(nodes <= most and height <= 2 * MOST_DEPTH, "a term too large")
        if not bound:
            self.formed[t] = nodes, height
        return nodes, height

    # ------------------------------------------------------------ definitions, sources

    def unfold(self, t: Term) -> Term:
        """The body of a definition at its indices."""
        need(t[0] == "d" and t[1] in self.lets, "no definition")
        n, letters, body = self.lets[t[1]]
        self.used.add(n)
        return replaced(body, dict(zip(letters, kids(t), strict=True)))

    def unfolded(self, t: Term) -> Term:
        """t without definitions."""
        left = count(MOST_NODES, -1)

        def go(u: Term, depth: int) -> Term | None:
            need(next(left), "definitions too large to unfold")
            return walk(self.unfold(u), go) if u[0] == "d" else None

        return walk(t, go)

    def sources(self, terms: Sequence[Term]) -> list[Source]:
        """The random variables that terms depend on.
        An index that is summed over becomes a letter §1, §2, ...; with each variable stands
        what is known of its letters: their ranges, and which differ where the sum asks for it.
        A derivative depends on all that the variables in it are functions of."""
        letters, left = count(1), count(MOST_NODES, -1)

        def go(t: Term, where: frozenset[Formula], deep: int = 0) -> Iterator[Source]:
            need(next(left), "too many random sources")
            if t[0] == "x":
                yield t, where
                need(deep <= len(self.entries), "functions of each other")
                for k in self.arguments(t) if deep else ():
                    yield from go(k, where, deep + 1)
            elif t[0] == "S":
                letter = ("v", f"§{next(letters)}")
                yield from go(opened(t[3], letter), where | within(letter, *t[1:3]), deep)
            else:
                for n, k in enumerate(kids(t)):
                    if t[0] != "E" or n:
                        yield from go(k, where | self.guards(t, n), deep or int(t[0] == "D"))

        return list(dict.fromkeys(s for t in terms for s in go(self.unfolded(t), frozenset())))

    def arguments(self, x: Term) -> list[Term]:
        """What x is declared a function of, each as a sum over the places."""
        found = []
        for n, e in enumerate(self.entries):
            if e.kind == "depends" and e.data[1][1] == x[1]:
                letters, _, *rest = e.data
                at = dict(zip(letters, x[2:], strict=True))
                found.append(self.unfolded(replaced(("S", *rest), at)))
                self.used.add(n)
        return found

    def guards(self, t: Term, n: int) -> frozenset[Formula]:
        """What may be assumed in the n-th factor of a product, by indicators beside it."""
        events = [(m, k) for m, k in enumerate(kids(t)) if k[0] == "1"] if t[0] == "*" else []
        need(len(events) * len(t) <= MOST_EVENTS, "too many indicators in a product")
        beside = [k for m, k in events if m != n and self.fixed(k)]
        return frozenset(("=", k[2], ZERO) if k[1] == "=" else (k[1], k[2]) for k in beside)

    def fixed(self, *terms: Term) -> bool:
        """Have the terms no random source?"""
        return all(self.measurable(t, ()) for t in terms)

    def measurable(self, t: Term, given: Sequence[Term]) -> bool:
        """Is t a function of what is given?"""
        left = count(MOST_NODES, -1)

        def go(u: Term) -> bool:
            need(next(left), "definitions too large to unfold")
            if u in given or u[0] in "xD":
                return u in given
            if u[0] == "d":
                return go(self.unfold(u))
            return all(map(go, u[2:] if u[0] == "E" else kids(u)))

        return go(t)


def within(letter: Term, lo: Term, hi: Term) -> frozenset[Formula]:
    """lo <= letter <= hi"""
    return frozenset(((">=", minus(letter, lo)), (">=", minus(hi, letter))))


def declare(data: Any) -> Declared:
    """Declarations from ``{"terms": [...], "entries": [...]}``.  Raises Refused."""
    need(isinstance(data, dict) and isinstance(data.get("entries"), list), "no declarations")
    table, made = Table(data.get("terms")), Declared((), {}, {}, {}, {}, Known(), {}, set())
    need(len(data["entries"]) <= MOST_LIST, "too many declarations")
    for entry in data["entries"]:
        need(isinstance(entry, list) and entry, "no declaration")
        kind = name(entry[0])
        need(kind in ENTRIES and len(entry) == 1 + len(ENTRIES[kind]), "no such declaration")
        values = zip(entry[1:], ENTRIES[kind], strict=True)
        made = _with(made, Entry(kind, tuple(read(v, k, table) for v, k in values)))
    return made


def _with(d: Declared, e: Entry) -> Declared:
    """One declaration more; it may speak of those before it only."""
    d = d._replace(entries=(*d.entries, e))
    if e.kind not in ("constant", "random", "function", "let"):
        _speaks(d, e)
        return d
    own, *rest = e.data
    taken = {*d.constants, *d.randoms, *d.functions, *d.lets}
    need(own not in taken, f"{own} is declared twice")
    if e.kind == "random":
        return d._replace(randoms=d.randoms | {own: rest[0]})
    if e.kind == "function":
        need(own not in KNOWN, f"{own} is a known function")
        return d._replace(functions=d.functions | {own: rest[0]})
    if e.kind == "let":
        inside = _letters(d, rest[0])
        _closed(inside, rest[0], (rest[1],))
        inside.unfolded(rest[1])
        return d._replace(lets=d.lets | {own: (len(d.entries) - 1, *rest)})
    need(rest[1] in ("real", "whole", "index"), "no kind of constant")
    whole = d.known.whole | ({own} if rest[1] != "real" else set())
    return d._replace(constants=d.constants | {own: tuple(rest)}, known=Known(whole))


def _letters(d: Declared, letters: Sequence[Term]) -> Declared:
    """With letters that a declaration is for all values of: ('v', i) whole, ('c', t) real."""
    need(len(set(letters)) == len(letters), "a letter twice")
    need(all(t[0] in "vc" and len(t) == 2 for t in letters), "no letter")
    real = {t[1]: (0, "real") for t in letters if t[0] == "c"}
    need(not real.keys() & d.constants.keys(), "a letter has the name of a constant")
    return d._replace(constants=d.constants | real, formed={})


def _closed(d: Declared, letters: Sequence[Term], terms: Iterable[Term], free: int = 0) -> None:
    """Are these terms, and all letters in them among those that are given?"""
    for t in terms:
        d.check_all(t, free)
        need(all(p[0] != "v" or p in letters for p in parts(t)), "a letter of nothing")


def _speaks(d: Declared, e: Entry) -> None:
    """Does a fact, an independence, a dependence speak of declared things only?"""
    fixed, second, third = e.data[:3]
    inside = _letters(d, (*fixed, *(third if e.kind == "independent" else ())))
    if e.kind == "depends":
        of, u = second, e.data[4]
        _closed(inside, fixed, e.data[1:4])
        _closed(inside, fixed, (u,), 1)
        need(of[0] == "x" and of[2:] == fixed and u[0] in "xd", "what depends is a variable")
        inside.check(("S", *e.data[2:]))
        return
    for f in second:
        _closed(inside, fixed, formula_terms(f))
        need(f[0] in ORDER and inside.fixed(f[1]), "a condition is on letters and constants")
    if e.kind == "fact":
        _closed(inside, fixed, formula_terms(third))
        need(third[0] in ("=", *ORDER, "L1", "same", "law"), "a fact of no such form")
        need(third[0] != "same" or len(third[1]) == len(third[2]), "not as many variables")
        need(third[0] != "law" or inside.fixed(*third[3]), "a law with random parameters")
        return
    need(not third or len(e.data[3]) == 1, "independence over indices is of one block")
    for t in (t for block in e.data[3] for t in block):
        need(t[0] == "x" and len(t) - 2 <= d.randoms.get(t[1], -1), "a block is of variables")
        need(all(map(d.known.is_whole, t[2:])), "an index that need not be whole")
        _closed(inside, (*fixed, *third), t[2:])
        need(all(t[2:].count(o) == 1 for o in third), "an index that a variable has not, or twice")
        made = [p for i in t[2:] if i not in third for p in parts(i)]
        need(not {*made} & {*third}, "an index made of one that is run over")


def instance(d: Declared, letters: Sequence[Term], values: Sequence[Term]) -> dict[Term, Term]:
    """Values for the letters of a declaration: whole ones for whole letters."""
    need(len(letters) == len(values), "a value for each letter")
    for letter, value in zip(letters, values, strict=True):
        need(letter[0] == "c" or d.known.is_whole(value), "a letter stands for whole numbers")
    return dict(zip(letters, values, strict=True))
