"""Terms, formulas and declarations of the core, written the way one writes mathematics.

``x + 2*E(y, z)`` is the tuple ``('+', ('x', 'x'), ('*', ('q', 2), ('E', ('x', 'y'), ('x', 'z'))))``.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symcheck.certify.builder import Terms, encode
from symcheck.core.declared import ENTRIES, Declared, declare
from symcheck.core.theorem import Theorem


class T(tuple):  # type: ignore[type-arg]
    """A term with the signs of arithmetic."""

    __slots__ = ()

    def __add__(self, other: Any) -> T:  # type: ignore[override]
        return T(("+", self, term(other)))

    def __radd__(self, other: Any) -> T:
        return T(("+", term(other), self))

    def __mul__(self, other: Any) -> T:  # type: ignore[override]
        return T(("*", self, term(other)))

    def __rmul__(self, other: Any) -> T:  # type: ignore[override]
        return T(("*", term(other), self))

    def __neg__(self) -> T:
        return T(("*", term(-1), self))

    def __sub__(self, other: Any) -> T:
        return T(("+", self, -term(other)))

    def __rsub__(self, other: Any) -> T:
        return T(("+", term(other), -self))

    def __pow__(self, other: Any) -> T:
        return T(("^", self, term(other)))

    def at(self, *index: Any) -> T:
        """A member of a family."""
        return T((*self[:2], *map(term, index)))


def term(v: Any) -> T:
    return T(v) if isinstance(v, tuple) else T(("q", Fraction(v)))


def q(n: Any, m: int = 1) -> T:
    return T(("q", Fraction(n, m)))


def v(name: str) -> T:
    return T(("v", name))


def c(name: str, *at: Any) -> T:
    return T(("c", name, *map(term, at)))


def x_(name: str, *at: Any) -> T:
    return T(("x", name, *map(term, at)))


def d_(name: str, *at: Any) -> T:
    return T(("d", name, *map(term, at)))


def f(name: str, *of: Any) -> T:
    return T(("f", name, *map(term, of)))


def sum_(*ts: Any) -> T:
    return T(("+", *map(term, ts)))


def prod_(*ts: Any) -> T:
    return T(("*", *map(term, ts)))


def E(t: Any, *given: Any) -> T:
    return T(("E", term(t), *map(term, given)))


def ind1(rel: str, t: Any) -> T:
    """1[t rel 0]"""
    return T(("1", rel, term(t)))


def S(lo: Any, hi: Any, letter: Any, body: Any) -> T:
    """The sum over a letter."""
    return T(("S", term(lo), term(hi), bind(term(body), letter)))


def bind(t: Any, letter: Any, depth: int = 0) -> Any:
    """The body of a sum over a letter."""
    if t == letter:
        return ("b", depth)
    if not isinstance(t, tuple):
        return t
    inner = [depth] * len(t)
    if t[0] == "S":
        inner[3] += 1
    return tuple(bind(k, letter, n) for k, n in zip(t, inner, strict=True))


def D(t: Any, x: Any) -> T:
    return T(("D", t, x))


def eq(a: Any, b: Any) -> tuple[Any, ...]:
    return ("=", term(a), term(b))


def pos(a: Any) -> tuple[Any, ...]:
    return (">", term(a))


def nonneg(a: Any) -> tuple[Any, ...]:
    return (">=", term(a))


def ne(a: Any) -> tuple[Any, ...]:
    return ("!=", term(a))


def L1(a: Any) -> tuple[Any, ...]:
    return ("L1", term(a))


def ind(a: Any, b: Any, given: Any = ()) -> tuple[Any, ...]:
    return ("ind", many(a), many(b), many(given))


def same(a: Any, b: Any) -> tuple[Any, ...]:
    return ("same", many(a), many(b))


def law(x: Any, name: str, *parameters: Any) -> tuple[Any, ...]:
    return ("law", x, name, tuple(map(term, parameters)))


def many(ts: Any) -> tuple[Any, ...]:
    """A tuple of terms; one term stands for itself."""
    return (ts,) if isinstance(ts, T) else tuple(ts)


def line(a: Any, b: Any) -> tuple[Any, ...]:
    return ("line", term(a), term(b))


def th(says: Any, *hyps: Any) -> Theorem:
    """A theorem, as if it had been proved."""
    return Theorem(frozenset(map(raw, hyps)), raw(says))


def raw(part: Any) -> Any:
    """Plain tuples all through, as the core makes them."""
    return tuple(map(raw, part)) if isinstance(part, tuple) else part


def plain(*entries: Any) -> dict[str, Any]:
    """Declarations as plain data."""
    table, told = Terms(), []
    for kind, *values in entries:
        told.append(
            [
                kind,
                *(
                    encode(v, k, table)
                    for v, k in zip(raw(tuple(values)), ENTRIES[kind], strict=True)
                ),
            ]
        )
    return {"terms": table.entries, "entries": told}


def declared(*entries: Any) -> Declared:
    """Declarations, read by the core."""
    return declare(plain(*entries))


def fact(says: Any, letters: Iterable[Any] = (), when: Iterable[Any] = ()) -> tuple[Any, ...]:
    return ("fact", tuple(letters), tuple(when), says)


i, j, k, m, n = (v(name) for name in "ijkmn")
