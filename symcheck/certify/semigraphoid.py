"""Independences made of independences, by the semigraphoid rules of the core (Dawid 1979)."""

from __future__ import annotations

from symcheck.certify.builder import Builder, Th
from symcheck.core.terms import Term

__all__ = ["contracted", "merged", "part", "swapped", "under"]

Terms = tuple[Term, ...]


def swapped(b: Builder, th: Th) -> Th:
    """B, A independent given C."""
    return th.of[0] if th.rule == "ind_swap" else b.step("ind_swap", of=[th])


def part(b: Builder, th: Th, one: Terms, other: Terms) -> Th:
    """The same of functions of both sides."""
    return th if th.says[1:3] == (one, other) else b.step("ind_part", one, other, of=[th])


def under(b: Builder, th: Th, kept: Terms, given: Terms) -> Th:
    """A, (B, D) independent  gives  A, B independent given D."""
    return b.step("ind_given", kept, given, of=[part(b, th, th.says[1], kept + given)])


def contracted(b: Builder, one: Th, two: Th) -> Th:
    """A, B independent    (A, B), C independent  give  A, (B, C) independent."""
    _, first, second, _ = one.says
    third = two.says[2]
    apart = under(b, swapped(b, two), first, second)  # C, A given B
    both = b.step("ind_join", of=[one, swapped(b, apart)])
    return part(b, both, first, second + third)


def merged(b: Builder, one: Th, two: Th, across: Th) -> Th:
    """A, B independent    C, D independent    (A, B), (C, D) independent
    give  (A, C), (B, D) independent."""
    (_, a1, b1, _), (_, a2, b2, _) = one.says, two.says
    near = part(b, across, a1 + b1, a2 + b2)
    first = contracted(b, one, part(b, near, a1 + b1, b2))  # A, (B, D)
    second = contracted(b, two, swapped(b, part(b, near, a1 + b1, a2 + b2)))  # C, (D, A, B)
    rest = under(b, second, b1 + b2, a1)  # C, (B, D) given A
    both = b.step("ind_join", of=[swapped(b, first), swapped(b, rest)])
    return part(b, swapped(b, both), a1 + a2, b1 + b2)
