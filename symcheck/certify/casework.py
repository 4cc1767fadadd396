"""Equations that hold in every case of the signs of some terms."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.ring import Poly, plus, poly, scaled, term
from symcheck.core.terms import ONE, ZERO, Refused, Term, minus, neg, parts

__all__ = ["by_cases"]

MOST_TERMS = 4  # of which the sign is told apart


def by_cases(env: Env, a: Term, b: Term, hyps: Hyps) -> Th | None:
    """a = b, the terms in indicators being positive, zero or negative."""
    known = env.declared.known
    left = poly(minus(a, b), known)
    about = sorted({u[2] for m in left for u, _ in m if u[0] == "1"} | _deep(left))
    if not 1 <= len(about) <= MOST_TERMS:
        return None
    cells, done = [], []
    for ways in product((">", "=", "<"), repeat=len(about)):
        events = [_event(w, t) for w, t in zip(ways, about, strict=True)]
        zero = _in_cell(env, events, minus(a, b), hyps)
        if zero is None:
            return None
        cells.append(zero.lhs)
        done.append(zero)
    try:
        whole = env.b.ring(a, ("+", b, *cells))
        for n, zero in enumerate(done):
            whole = env.b.trans(whole, env.b.cong(whole.rhs, (n + 1,), zero))
        return env.b.trans(whole, env.b.ring(whole.rhs, b))
    except Refused:
        return None


def _deep(p: Poly) -> set[Term]:
    """The terms in indicators inside of powers and functions."""
    found = set()
    for m in p:
        for u, _ in m:
            if u[0] in ("^", "f"):
                found |= {q[2] for q in parts(u) if q[0] == "1"}
    return {t for t in found if not any(q[0] == "b" for q in parts(t))}


def _event(way: str, t: Term) -> Term:
    return ("1", ">", neg(t)) if way == "<" else ("1", way, t)


def _in_cell(env: Env, events: list[Term], rest: Term, hyps: Hyps) -> Th | None:
    """The product of indicators times the rest is 0: the cell is empty, or the rest is 0 there."""
    cell: Term = ("*", ("*", *events), rest)
    try:
        return env.b.ring(cell, ZERO)
    except Refused:
        pass
    empty = _empty(env, events)
    if empty is not None:
        one = env.b.cong(cell, (0,), empty)
        return env.b.trans(one, env.b.ring(one.rhs, ZERO))
    return _at_zeros(env, events, rest)


def _empty(env: Env, events: list[Term]) -> Th | None:
    """The events cannot be together, by a linear combination of two or three of them."""
    known = env.declared.known
    polys = [poly(e[2], known) for e in events]
    for by in _combinations(polys):
        try:
            return env.b.step("never", tuple(events), by)
        except Refused:
            continue
    return None


def _combinations(polys: list[Poly]) -> list[tuple[Fraction, ...]]:
    """Small multipliers by which the sum is a number."""
    found = []
    for by in product((0, 1, -1, 2), repeat=len(polys)):
        rest = plus(scaled(p, Fraction(c)) for p, c in zip(polys, by, strict=True))
        if any(by) and not set(rest) - {()}:
            found.append(tuple(map(Fraction, by)))
    return found


def _at_zeros(env: Env, events: list[Term], rest: Term) -> Th | None:
    """Where some of the terms are 0, the rest is 0 with one of their unknowns put in."""
    cell: Term = ("*", ("*", *events), rest)
    done = env.b.refl(cell)
    for e in events:
        if e[1] != "=":
            continue
        known = env.declared.known
        p = poly(e[2], known)
        for m, c in p.items():
            if len(m) != 1 or m[0][1] != ONE:
                continue
            u = m[0][0]
            w = term(scaled({k: v for k, v in p.items() if k != m}, -1 / c))
            same = env.b.step("at_equality", u, w, done.rhs)
            try:
                first = env.b.ring(done.rhs, same.lhs)
                done = env.b.trans(done, first, same)
                return env.b.trans(done, env.b.ring(done.rhs, ZERO))
            except Refused:
                done = env.b.refl(cell)
    return None
