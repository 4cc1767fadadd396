"""Axioms are written with letters: what a letter is, and how letters are filled in.

``('?', n)`` is a letter for a term, ``('?*', n)`` for some terms side by side, ``('@', n, k)`` for
the body of a sum at k.  :class:`N` is a notation: it makes the terms that it looks like.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from symcheck.core.terms import (  # isort: skip
    FIRST, MINUS, ZERO, Formula, Term, closed, map_terms, need, neg, num, opened,
)  # fmt: skip

At = dict[str, Any]


def raw(t: Any) -> Term:
    """The term of a notation or of a number."""
    return t.t if isinstance(t, N) else num(Fraction(t))


def over(rel: str, a: Term, b: Term) -> Formula:
    """A sign of a - b; of a, where b is 0."""
    return (rel, a if b == ZERO else ("+", *(a[1:] if a[0] == "+" else (a,)), neg(b)))


def flat(tag: str, a: Any, b: Term) -> N:
    """a + b or a b; further terms are added behind."""
    t = raw(a)
    return N((tag, *(t[1:] if t[0] == tag else (t,)), b))


class N:
    """Notation: a term with letters."""

    __slots__ = ("t",)

    def __init__(self, t: Term) -> None:
        self.t = t

    def __call__(self, at: N) -> N:
        return N(("@", self.t[1], at.t))

    __add__: Callable[..., N] = lambda a, b: flat("+", a, raw(b))
    __radd__: Callable[..., N] = lambda a, b: flat("+", b, a.t)
    __sub__: Callable[..., N] = lambda a, b: flat("+", a, neg(raw(b)))
    __rsub__: Callable[..., N] = lambda a, b: flat("+", b, neg(a.t))
    __mul__: Callable[..., N] = lambda a, b: flat("*", a, raw(b))
    __rmul__: Callable[..., N] = lambda a, b: flat("*", b, a.t)
    __truediv__: Callable[..., N] = lambda a, b: flat("*", a, ("^", raw(b), MINUS))
    __rtruediv__: Callable[..., N] = lambda a, b: flat("*", b, ("^", a.t, MINUS))
    __pow__: Callable[..., N] = lambda a, b: N(("^", a.t, raw(b)))
    __neg__: Callable[..., N] = lambda a: N(neg(a.t))
    __eq__: Callable[..., Any] = lambda a, b: ("=", a.t, raw(b))
    __ne__: Callable[..., Any] = lambda a, b: over("!=", a.t, raw(b))
    __gt__: Callable[..., Any] = lambda a, b: over(">", a.t, raw(b))
    __ge__: Callable[..., Any] = lambda a, b: over(">=", a.t, raw(b))


def letters(names: str) -> list[N]:
    """Letters; a capital stands for some terms."""
    return [N(("?*" if n.isupper() else "?", n)) for n in names.split()]


def f(name: str, *ts: Any) -> N:
    """A function."""
    return N(("f", name, *map(raw, ts)))


def E(g: Any, *given: N) -> N:
    """E[g | given]"""
    return N(("E", raw(g), *map(raw, given)))


def S(lo: Any, hi: Any, body: Callable[[N], Any], letter: str = "~1") -> N:
    """Σ_{lo..hi} of a body"""
    j = N(("v", letter))
    return over_all(j, lo, hi, body(j))


def over_all(j: N, lo: Any, hi: Any, t: Any) -> N:
    """Σ_{lo..hi} of a term with the letter j in it"""
    return N(("Σ", raw(lo), raw(hi), j.t, raw(t)))


def one(says: Formula) -> N:
    """1[a > 0] and so on."""
    return N(("1", says[0], over(*says)[1] if len(says) == 3 else says[1]))


def formula(head: str, *parts: Any) -> Formula:
    """A formula: of terms, of some terms side by side in brackets, of names."""

    def on(part: Any) -> Any:
        return tuple(map(raw, part)) if isinstance(part, list) else getattr(part, "t", part)

    return (head, *map(on, parts))


class Axiom(NamedTuple):
    """Something that holds for all values of its letters for which ``asks`` holds.
    ``data`` are the letters that a certificate gives; ``a()`` stands for a body of a sum."""

    data: str
    says: Formula
    asks: tuple[Formula, ...]


def table(**rows: tuple[Any, ...]) -> dict[str, Axiom]:
    """Axioms by their names."""
    return {name: Axiom(row[0], row[1], row[2:]) for name, row in rows.items()}


def fill(t: Term, at: At) -> Term:
    """A term with letters, filled in."""
    need(t[0] not in ("?", "@") or t[1] in at, "a premise of another form")
    if t[0] == "?":
        return tuple(at[t[1]])
    if t[0] == "@":
        return opened(at[t[1]], fill(t[2], at))
    if t[0] == "Σ":
        return ("S", fill(t[1], at), fill(t[2], at), closed(fill(t[4], at), fill(t[3], at)))
    first = FIRST.get(t[0], len(t))
    return t[:first] + fills(t[first:], at)


def fills(ts: tuple[Term, ...], at: At) -> tuple[Term, ...]:
    """Terms side by side, filled in."""
    need(all(t[0] != "?*" or t[1] in at for t in ts), "a premise of another form")
    return tuple(u for t in ts for u in (at[t[1]] if t[0] == "?*" else (fill(t, at),)))


def filled(says: Formula, at: At) -> Formula:
    """A formula with letters, filled in."""
    return map_terms(says, lambda ts: fills(ts, at))


def bind(pattern: Any, found: Any, at: At) -> None:
    """Let letters that stand for nothing yet stand for what is found at their place.
    Nothing rests on this: what is filled in is compared with what was found."""
    if not (isinstance(pattern, tuple) and isinstance(found, tuple) and pattern):
        return
    if pattern[0] == "?":
        at.setdefault(pattern[1], found)
    elif isinstance(pattern[0], tuple) and pattern[0][0] == "?*":
        at.setdefault(pattern[0][1], found)
    else:
        for p, part in zip(pattern, found, strict=False):
            bind(p, part, at)
