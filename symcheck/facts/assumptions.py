"""What can be assumed: plain data, one class for each kind of declaration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sympy import Expr, Symbol

from symcheck.language.expr import RV, Def, add, mul, replace
from symcheck.language.plain import plain
from symcheck.language.ring import canonical

__all__ = [
    "EMPTY", "NOTHING", "Assumption", "Definition", "Dependence", "Ends", "Hypothesis",
    "Independence", "Random", "Relation", "Scope", "Used", "every", "instance",
]  # fmt: skip

Used = frozenset["Assumption"]
NOTHING: Used = frozenset()


class Assumption(NamedTuple):
    """One thing assumed: its kind, what it is about, and how a person says it."""

    kind: str  # mean, variance, symmetric, law, finite, independent, definition, ...
    about: str
    text: str


@dataclass(frozen=True)
class Random:
    """A random variable or an indexed family, and what is known of each member.

    ``indices`` are the formal indices that mean, variance and law may mention.
    ``order`` is the largest p for which E|x|^p is declared finite (a declared variance
    means two).  ``sign`` is '', '>', '>=' or '!=' (almost surely, against zero).
    """

    name: str
    indices: tuple[Symbol, ...] = ()
    mean: Expr | None = None
    variance: Expr | None = None
    symmetric: bool = False
    law: tuple[str, tuple[Expr, ...]] | None = None
    order: Expr | None = None
    atomless: bool = False
    sign: str = ""

    @property
    def term(self) -> RV:
        return RV(self.name, *self.indices)


@dataclass(frozen=True)
class Definition:
    """``name[indices] = body``."""

    name: str
    indices: tuple[Symbol, ...]
    body: Expr

    @property
    def term(self) -> Def:
        return Def(self.name, *self.indices)


@dataclass(frozen=True)
class Independence:
    """A declared independence.

    Blocks of names, mutually independent of each other: ``blocks`` holds tuples of
    terms.  A term without its indices (``RV('W')`` of a family) means the whole family;
    with indices (``RV('W', i, j)``) it means each single member, for all values of the
    indices; with the first few indices, ``RV('W', k)``, all members that share them.
    With ``over``, the one block is a family of vectors that are independent for
    different values of those indices (all other indices being equal).  ``pairwise``
    promises no more than pairs.
    """

    blocks: tuple[tuple[RV, ...], ...]
    over: tuple[Symbol, ...] = ()
    pairwise: bool = False


@dataclass(frozen=True)
class Hypothesis:
    """A declared equation between expectations, used from left to right."""

    name: str
    indices: tuple[Symbol, ...]
    lhs: Expr
    rhs: Expr


@dataclass(frozen=True)
class Dependence:
    """``of`` is a differentiable function of ``on`` for index = lower..upper, and these alone."""

    of: RV
    on: Expr
    index: Symbol
    lower: Expr
    upper: Expr


@dataclass(frozen=True)
class Relation:
    """``left sign right`` between constants, for all values of the indices: ``p[j] <= 1``.

    ``sign`` is '>', '>=', '<', '<=' or '!='.
    """

    left: Expr
    sign: str
    right: Expr
    indices: tuple[Symbol, ...] = ()

    def __str__(self) -> str:
        return f"{plain(self.left)} {self.sign} {plain(self.right)}"

    @cached_property
    def gap(self) -> Expr:
        """What is positive, nonnegative or nonzero."""
        sides = (self.right, self.left) if self.sign[0] == "<" else (self.left, self.right)
        return canonical(add(sides[0], mul(-1, sides[1])))

    def holds(self, left: Any, right: Any) -> bool:
        """Is the relation true of these two numbers?"""
        way = {">": left > right, "<": left < right, "!=": left != right}
        return bool(way[self.sign] if self.sign in way else left == right or way[self.sign[0]])


@dataclass(frozen=True)
class Scope:
    """What is known at a position: indices bound around it, with ranges, and which differ."""

    ranges: tuple[tuple[Symbol, Expr, Expr], ...] = ()
    apart: frozenset[frozenset[Expr]] = frozenset()
    variables: tuple[Symbol, ...] = ()


EMPTY = Scope()


class Ends(NamedTuple):
    """``low <= e <= high`` almost surely; None where no end is known."""

    low: Any = None
    high: Any = None
    used: Used = NOTHING

    @property
    def both(self) -> bool:
        return self.low is not None and self.high is not None


def instance(e: Expr, formal: Sequence[Symbol], actual: Sequence[Expr]) -> Expr:
    """e with the actual indices in place of the formal ones."""
    if not formal:
        return e
    return replace(e, dict(zip(formal, actual, strict=True)))


def every(found: Iterable[Used | None]) -> Used | None:
    """All of the assumptions together; None where one of the questions has no answer."""
    used: Used = NOTHING
    for u in found:
        if u is None:
            return None
        used |= u
    return used
