"""What is declared to have a finite expectation, as products of powers.

``finite x^4`` says so; an assumed equation says so too: whoever writes ``E[w g] = m`` or
``Var[x] = v`` says that these exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sympy import Add, Expr, S, Symbol

from symcheck.facts.assumptions import EMPTY, Assumption, Hypothesis, Scope, Used
from symcheck.facts.declarations import Declarations
from symcheck.facts.dominating import Powers, merged, products
from symcheck.facts.letters import related, standing
from symcheck.language.expr import (
    Binder,
    Cov,
    E,
    Named,
    Param,
    Var,
    children,
    mul,
    power,
    replace,
    subterms,
)
from symcheck.language.patterns import matches
from symcheck.language.plain import plain
from symcheck.language.ring import TooLarge, canonical

__all__ = ["Assumed", "Finite", "Inherited", "Pattern", "assumed", "facts", "inherited", "single"]

MOST_SHIFTED = 3  # factors x - m of one product


@dataclass(frozen=True)
class Pattern:
    """A product of powers for all values of its letters that ``said`` speaks of.

    Letters are renamed, so that none is a letter of what they are compared with; ``letters``
    tells which one each of them was.  Letters in one place of a family stand for different values.
    """

    powers: Mapping[Any, Any]
    said: Expr
    letters: Mapping[Symbol, Symbol]
    used: Used

    def instances(
        self, c: Declarations, powers: Powers, scope: Scope
    ) -> Iterator[tuple[dict[Symbol, Any], Powers, Used]]:
        """Every way in which all its bases stand in a product: its letters, itself there, why."""
        for binding in self._bindings(tuple(self.powers.items()), powers, {}):
            used = self._speaks_of(c, binding, scope)
            if used is not None:
                found: Powers = {}
                for base, n in self.powers.items():
                    here = _same(replace(base, dict(binding)), powers)
                    found[here] = found.get(here, S.Zero) + n
                yield binding, found, self.used | used

    def _bindings(
        self, pattern: tuple[tuple[Any, Any], ...], powers: Powers, known: dict[Symbol, Any]
    ) -> Iterator[dict[Symbol, Any]]:
        if not pattern:
            yield known
            return
        (base, n), *rest = pattern
        made = replace(base, dict(known)) if known else base
        for b, k in powers.items():
            if type(b) is type(made) and k / n > 0:
                found = matches(made, b, frozenset(set(self.letters) - set(known)))
                if found is not None:
                    yield from self._bindings(tuple(rest), powers, known | found)

    def _speaks_of(self, c: Declarations, at: dict[Symbol, Any], scope: Scope) -> Used | None:
        values = {old: at[i] for i, old in self.letters.items() if i in at}
        for old in self.letters.values():
            if (old in c.ranges or any(related(c, old))) and old not in values:
                return None  # there may be no such number
        used = standing(c, values, set(self.letters.values()), scope, every=True)
        declared = {frozenset(p) for p in c.apart}
        for pair in self._different(declared) if used is not None else ():
            if not pair <= set(at):
                return None
            one, two = (at[i] for i in pair)
            apart = c.distinct(one, two, scope)
            if apart is None or used is None:
                return None
            used |= apart
        return used

    def _different(self, declared: Iterable[frozenset[Any]]) -> Iterator[frozenset[Symbol]]:
        places: dict[tuple[str, int], set[Any]] = {}
        for t in subterms(self.said):
            if isinstance(t, Named):
                for n, i in enumerate(t.indices):
                    if i in self.letters:
                        places.setdefault((t.name, n), set()).add(i)
        for same in places.values():
            yield from map(frozenset, combinations(same, 2))
        new = {old: i for i, old in self.letters.items()}
        yield from (frozenset(new[i] for i in p) for p in declared if p <= set(new))


@dataclass(frozen=True)
class Finite(Pattern):
    """The expectation of the product is finite, if that of each of the ``parts`` is."""

    parts: tuple[Powers, ...] = ()


@dataclass(frozen=True)
class Assumed(Pattern):
    """The expectation that is the product has this value."""

    value: Any = None


@dataclass(frozen=True)
class Inherited(Pattern):
    """The product is E[g | given]."""

    g: Any = None
    given: tuple[Any, ...] = ()


def _same(base: Any, powers: Powers) -> Any:
    return (
        base if base in powers else next(b for b in powers if matches(base, b, frozenset()) == {})
    )


def facts(c: Declarations) -> list[Finite]:
    """All that is declared finite."""
    found: list[Finite] = c.remember("facts", lambda: [*_declared(c), *_assumed(c)], [])
    return found


def _declared(c: Declarations) -> Iterator[Finite]:
    constants = set(c.sizes.values()) | set(c.symbols.values())
    for e in c.finite:
        words = Assumption("finite", plain(e), f"E|{plain(e)}| is finite")
        new = _renamed(s for s in e.free_symbols if s not in constants)
        yield from _finite(c, e, e, new, frozenset((words,)))


def _assumed(c: Declarations) -> Iterator[Finite]:
    for h in c.hypotheses:
        for head in (*_heads(h.lhs), *_heads(h.rhs)):
            for e in _asserted(head):
                if c.diverges(e) is None:
                    yield from _finite(c, e, h.lhs, _renamed(h.indices), _about(h))


def _about(h: Hypothesis) -> Used:
    words = f"{plain(h.lhs)} = {plain(h.rhs)}"
    return frozenset((Assumption("hypothesis", h.name or plain(h.lhs), words),))


def _renamed(letters: Iterable[Symbol]) -> dict[Symbol, Symbol]:
    return {s: Symbol(f"_l{s.name}", **s.assumptions0) for s in letters}


def _heads(e: Any) -> Iterator[Any]:
    """The expectations in e, except under sums."""
    if isinstance(e, Binder):
        return
    if isinstance(e, (E, Var, Cov)):
        yield e
    for a in children(e):
        yield from _heads(a)


def _asserted(head: Any) -> tuple[Any, ...]:
    """What has a finite expectation where this has a meaning."""
    if isinstance(head, Cov):
        return (mul(*head.args), *head.args)
    return (power(head.args[0], 2),) if isinstance(head, Var) else tuple(head.args[:1])


def _finite(
    c: Declarations, e: Expr, said: Expr, new: dict[Symbol, Symbol], used: Used
) -> Iterator[Finite]:
    fixed: Powers = {}
    shifted: list[Powers] = []
    powers = {
        base: n
        for base, n in single(c, replace(e, dict(new))).items()
        if not isinstance(base, (Symbol, Param)) or c.nonzero(base) is None
    }
    for base, n in powers.items():
        moved = _shifted(c, base, n)
        if moved is None:
            fixed[base] = n
        else:
            shifted.append(moved)
    here, old = replace(said, dict(new)), {i: s for s, i in new.items()}
    kept = (k for n in range(len(shifted)) for k in combinations(shifted, n))
    parts = tuple(p for p in (merged((fixed, *k)) for k in kept) if p)
    if powers and (parts or not shifted):
        yield Finite(powers, here, old, used)
    if shifted and len(shifted) <= MOST_SHIFTED:
        found = merged((fixed, *shifted))
        bases = set(fixed).union(*shifted)  # what cancels is another variable, too
        if len(bases) == 1 and all(n > 0 for n in found.values()):
            parts = ()  # of one variable: as large as its power wherever that is large
        if found:
            yield Finite(found, here, old, used, parts)


def single(c: Declarations, e: Expr) -> Powers:
    """e as one product, sums and functions left whole; nothing where it is too large."""
    try:
        (powers,) = products(c, e, EMPTY, lambda e: True)[0]
    except TooLarge:
        return {}
    return powers


def _shifted(c: Declarations, base: Any, n: Any) -> Powers | None:
    """x^n for a base x - m, m being constant: |x|^n is at most C (|x - m|^n + |m|^n).

    Beside other factors g, the same holds with g, if E|g| is finite.
    """
    if isinstance(base, Add) and n > 0:
        random = [t for t in base.args if not c.constant(t)]
        if len(random) == 1:
            return {b: k * n for b, k in single(c, random[0]).items()}
    return None


def inherited(c: Declarations) -> list[Inherited]:
    """Assumptions E[g | y] = a random product, which inherits what is known of g."""
    found: list[Inherited] = c.remember("inherited", lambda: list(_inherited(c)), [])
    return found


def _inherited(c: Declarations) -> Iterator[Inherited]:
    for h in c.hypotheses:
        if isinstance(h.lhs, E) and h.lhs.given and not c.constant(h.rhs):
            lhs, rhs, letters = _with_letters(h)
            powers = single(c, rhs)
            if powers:
                yield Inherited(powers, lhs, letters, _about(h), lhs.args[0], lhs.given)


def assumed(c: Declarations) -> list[Assumed]:
    """The assumptions about expectations, as they are written, each with its value."""
    found: list[Assumed] = c.remember("assumed", lambda: list(_values(c)), [])
    return found


def _values(c: Declarations) -> Iterator[Assumed]:
    for h in c.hypotheses:
        lhs, rhs, letters = _with_letters(h)
        if c.constant(lhs) and rhs.free_symbols & set(letters) <= lhs.free_symbols:
            yield Assumed({canonical(lhs): S.One}, lhs, letters, _about(h), rhs)


def _with_letters(h: Hypothesis) -> tuple[Any, Any, dict[Symbol, Symbol]]:
    new = _renamed(h.indices)
    lhs, rhs = (replace(e, dict(new)) for e in (h.lhs, h.rhs))
    return lhs, rhs, {i: s for s, i in new.items()}
