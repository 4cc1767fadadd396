"""What the makers of certificates share: the declarations, and the questions with answers.

Each question answers with a theorem, or with None where no certificate was found.  ``hyps`` are
what may be assumed at a place: ranges of the indices around it, and which of them differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from symcheck.certify.bridge import Bridge
from symcheck.certify.builder import Builder, Th
from symcheck.core.terms import (
    Formula,
    Refused,
    Term,
    binds,
    kids,
    map_formula,
    parts,
    replaced,
)
from symcheck.facts.context import Context
from symcheck.rules.proof import Lemma

__all__ = ["Env", "Hyps", "Questions"]

Hyps = frozenset[Formula]
Terms = tuple[Term, ...]
NONE: Hyps = frozenset()


class Questions(NamedTuple):
    """Who answers: each may ask the others in turn, through the environment it is given."""

    sign: Callable[[Env, str, Term, Hyps], Th | None]
    exists: Callable[[Env, Term, Hyps], Th | None]
    independent: Callable[[Env, Terms, Terms, Terms, Hyps], Th | None]


class Env:
    """One context, its bridge and its builder, and what has been asked already."""

    def __init__(self, context: Context, ask: Questions) -> None:
        self.context, self.ask = context, ask
        self.bridge = Bridge(context)
        self.declared = self.bridge.declared
        self.b = Builder(self.declared)
        self.lemmas: dict[str, Th] = {}  # the equations of earlier claims
        self.known: Mapping[str, Lemma] = {}  # as the rules know them
        self.given: Hyps = NONE  # what may be assumed everywhere: an induction hypothesis
        self._asked: dict[Any, Th | None] = {}

    # ------------------------------------------------------------ questions

    def sign(self, rel: str, t: Term, hyps: Hyps = NONE) -> Th | None:
        """``t rel 0`` for rel ``>``, ``>=`` or ``!=``."""
        return self.once((rel, t, hyps), lambda: self.ask.sign(self, rel, t, hyps))

    def exists(self, t: Term, hyps: Hyps = NONE) -> Th | None:
        """E|t| is finite."""
        return self.once(("L1", t, hyps), lambda: self.ask.exists(self, t, hyps))

    def independent(
        self, a: Iterable[Term], b: Iterable[Term], given: Iterable[Term] = (), hyps: Hyps = NONE
    ) -> Th | None:
        """A independent of B given C, in just these terms."""
        sides = tuple(a), tuple(b), tuple(given)
        key = ("ind", *sides, hyps)
        return self.once(key, lambda: self.ask.independent(self, *sides, hyps))

    def once(self, key: Any, make: Callable[[], Th | None]) -> Th | None:
        """The answer to a question, made when it is asked for the first time."""
        if key not in self._asked:
            self._asked[key] = None  # meanwhile nothing is known
            with suppress(Refused):
                self._asked[key] = make()
        return self._asked[key]

    # ------------------------------------------------------------ what is declared

    def assume(self, f: Formula) -> Th:
        """{F} |- F"""
        return self.b.step("assume", f)

    def fact(
        self, key: tuple[Any, ...], values: Iterable[Term] = (), hyps: Hyps = NONE
    ) -> Th | None:
        """A declared fact at values of its letters, its conditions proved from hyps; or None."""
        n = self.bridge.numbers.get(key)
        if n is None or self.declared.entries[n].kind != "fact":
            return None
        letters, asked, _ = self.declared.entries[n].data
        values = tuple(values)
        at = dict(zip(letters, values, strict=True))
        met = []
        for c in asked:
            f = map_formula(c, lambda t: replaced(t, at))
            th = self.assume(f) if f in hyps else self.sign(f[0], f[1], hyps)
            if th is None:
                return None
            met.append(th)
        return self.b.step("fact", n, values, of=met)

    def of(self, kind: str, x: Term, hyps: Hyps = NONE) -> Th | None:
        """What is declared of a random variable: ('mean', x) and so on, at its indices."""
        return self.fact((kind, x[1]), x[2:], hyps)

    # ------------------------------------------------------------ algebra

    def canon(self, t: Term) -> Term:
        """The canonical form of a term by ring laws alone."""
        return self.b.algebra.canon(t)

    def simplified(self, t: Term) -> Th:
        """t = its canonical form."""
        return self.b.ring(t, self.canon(t))

    def equal(self, a: Term, b: Term, hyps: Hyps = NONE) -> Th | None:
        """a = b by ring laws, and by signs of what stands in denominators and roots."""
        try:
            return self.b.ring(a, b)
        except Refused:
            pass
        signs = self.signs_for(hyps, a, b)
        try:
            return self.b.ring(a, b, *signs) if signs else None
        except Refused:
            return None

    def signs_for(self, hyps: Hyps, *terms: Term) -> list[Th]:
        """Signs that the ring can use: of bases of powers that are no powers with whole n >= 0."""
        found: dict[Term, Th] = {}
        for t in dict.fromkeys(p for u in terms for p in self.bases(u)):
            th = self.sign(">", t, hyps) or self.sign("!=", t, hyps) or self.sign(">=", t, hyps)
            if th is not None:
                found[t] = th
                if th.says[0] == "!=" and (more := self.sign(">=", t, hyps)):
                    found[("also", t)] = more
        return list(found.values())

    def bases(self, t: Term) -> Iterable[Term]:
        """What a sign would help with: canonical bases of powers, |a|, a in an indicator."""
        whole = self.canon(t)
        for p in (*parts(whole), *parts(t)):
            if p[0] == "^" and not (p[2][0] == "q" and p[2][1].denominator == 1 and p[2][1] >= 0):
                yield from self._pieces(p[1])
            elif p[0] == "1" or p[:2] == ("f", "abs"):
                yield from self._pieces(p[2])

    def _pieces(self, t: Term) -> Iterable[Term]:
        """A base, and its factors; no open index in it."""
        if t[0] == "q" or _dangles(t):
            return
        c = self.canon(t)
        yield c
        if c[0] == "*":
            for f in kids(c):
                f = f[1] if f[0] == "^" else f
                if f[0] != "q":
                    yield f

    # ------------------------------------------------------------ a little of everything

    def trust(self, name: str, f: Formula, hyps: Hyps = NONE) -> Th:
        """An axiom, which every report names."""
        return self.b.step("trust", name, tuple(sorted(hyps, key=repr)), f)

    def moved(self, th: Th, by: Th) -> Th:
        """The theorem F(a) with b for a, where F is L1 or a sign: by a = b."""
        if th.says[0] == "L1":
            return self.b.step("exists_equal", of=[by, th])
        return self.b.carried(th, by)


def _dangles(t: Term, depth: int = 0) -> bool:
    """Is there an index in t that nothing in t binds?"""
    if t[0] == "b":
        return bool(t[1] >= depth)
    return any(_dangles(k, depth + binds(t, n)) for n, k in enumerate(kids(t)))
