"""Terms: plain tuples, each with a tag in front, and what it takes to move about in them.

======================  ==================================================================
``('q', n)``             a rational number: an int where it is whole, else a Fraction
``('c', name, *at)``     a declared constant, at whole numbers if it has indices
``('v', name)``          a letter for a whole number
``('b', k)``             the index that the k-th sum around this place binds (0: the nearest)
``('x', name, *at)``     a declared random variable
``('d', name, *at)``     a declared definition
``('+', *ts)``           sum;      ``('*', *ts)`` product;      ``('^', a, b)`` power
``('f', name, *ts)``     function: a known one (:data:`KNOWN`), or a declared one
``('1', rel, t)``        1 where ``t rel 0`` holds, else 0; rel is ``>``, ``>=``, ``=`` or ``!=``
``('E', t, *given)``     expectation, or conditional expectation given random terms
``('S', lo, hi, body)``  sum over the whole numbers lo, ..., hi; 0 where hi < lo
``('D', t, x)``          derivative, by the rules of calculus, of the term t as it is written
======================  ==================================================================

Every term means something in every world: ``0^b`` is 0 unless b is 0, and 0^0 is 1; ``a^b`` is 0
for a < 0 unless b is whole; log(a) is 0 for a <= 0; and E of what is not integrable is 0.  So no
rule has to ask whether a term is defined; that the terms of a claim mean what a reader takes them
to mean is asked once, by the rule ``line``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any

Term = tuple[Any, ...]

KNOWN = {
    "exp": 1, "log": 1, "sin": 1, "cos": 1, "tanh": 1, "erf": 1, "sigmoid": 1, "sign": 1,
    "abs": 1, "relu": 1, "leaky_relu": 2, "max": 2, "min": 2, "pi": 0, "e": 0,
}  # fmt: skip
# Where the terms below a term begin; tags that are not here have none.
FIRST = {"c": 2, "x": 2, "d": 2, "f": 2, "1": 2, "+": 1, "*": 1, "^": 1, "E": 1, "S": 1, "D": 1}
RELATIONS = (">", ">=", "=", "!=")


class Refused(Exception):
    """The core does not accept something; the message says what."""


def need(holds: object, why: str) -> None:
    """Refuse with a reason unless ``holds``."""
    if not holds:
        raise Refused(why)


def num(n: int | Fraction) -> Term:
    """A rational number as a term."""
    return ("q", n.numerator if n.denominator == 1 else Fraction(n))


ZERO, ONE, MINUS, HALF = num(0), num(1), num(-1), num(Fraction(1, 2))


def neg(t: Term) -> Term:
    """-t"""
    return ("*", MINUS, t)


def minus(a: Term, b: Term) -> Term:
    """a - b"""
    return ("+", a, neg(b))


def kids(t: Term) -> tuple[Term, ...]:
    """The terms directly below t."""
    return t[FIRST.get(t[0], len(t)) :]


def with_kids(t: Term, new: tuple[Term, ...]) -> Term:
    """t with other terms directly below it."""
    return t[: FIRST.get(t[0], len(t))] + new


def binds(t: Term, n: int) -> int:
    """How many indices t binds in the n-th term below it: 1 in the body of a sum."""
    return int(t[0] == "S" and n == 2)


def walk(t: Term, change: Callable[[Term, int], Term | None], depth: int = 0) -> Term:
    """t with ``change(part, depth)`` in place of every part for which that is not None.
    ``depth`` counts the indices that are bound around the part."""
    new = change(t, depth)
    if new is not None:
        return new
    below = kids(t)
    made = [walk(k, change, depth + binds(t, n)) for n, k in enumerate(below)]
    return with_kids(t, tuple(made)) if made else t


def opened(body: Term, at: Term) -> Term:
    """The body of a sum with a term in place of its index."""
    return walk(body, lambda t, d: at if t == ("b", d) else None)


def closed(t: Term, letter: Term) -> Term:
    """The body of a sum over ``letter``: the inverse of :func:`opened`."""
    return walk(t, lambda u, d: ("b", d) if u == letter else None)


def replaced(t: Term, new: dict[Term, Term]) -> Term:
    """t with terms in place of parts; an index that a new one leaves open is lifted over the sums
    of t that it comes into, so that none of them binds it."""

    @cache
    def lifted(u: Term, by: int) -> Term:
        return walk(new[u], lambda p, d: ("b", p[1] + by) if p[0] == "b" and p[1] >= d else None)

    return walk(t, lambda u, d: lifted(u, d) if u in new else None)


def parts(t: Term) -> Iterator[Term]:
    """t and everything inside it."""
    yield t
    for k in kids(t):
        yield from parts(k)


def size(t: Term) -> int:
    """How many parts t has."""
    return 1 + sum([size(k) for k in kids(t)])


def has(t: Term, part: Term) -> bool:
    """Does ``part`` occur in t?"""
    return t == part or any(has(k, part) for k in kids(t))


# ---------------------------------------------------------------- formulas
#
# ('=', a, b)  a = b almost surely          ('>', a)  ('>=', a)  ('!=', a)  against 0, almost surely
# ('L1', a)    E|a| is finite               ('ind', A, B, C)  A independent of B given C
# ('same', A, B)  one joint law             ('law', x, name, parameters)
# ('line', a, b)  a = b, and both mean what they say        A, B, C, parameters: tuples of terms

Formula = tuple[Any, ...]


def formula_terms(f: Formula) -> Iterator[Term]:
    """The terms of a formula."""
    for part in f[1:]:
        if isinstance(part, tuple):
            yield from part if part and isinstance(part[0], tuple) else (part,) * bool(part)


def map_terms(f: Formula, change: Callable[[tuple[Term, ...]], tuple[Term, ...]]) -> Formula:
    """The formula with its terms changed: those side by side together, a single one as one."""

    def on(part: Any) -> Any:
        if not isinstance(part, tuple) or not part:
            return part
        return change(part) if isinstance(part[0], tuple) else change((part,))[0]

    return (f[0], *map(on, f[1:]))


def map_formula(f: Formula, change: Callable[[Term], Term]) -> Formula:
    """The formula with every term changed."""
    return map_terms(f, lambda ts: tuple(map(change, ts)))


def mentions(f: Formula, part: Term) -> bool:
    """Does a term occur in a formula?"""
    return any(has(t, part) for t in formula_terms(f))
