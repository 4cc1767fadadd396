"""What is known of atoms and of products of their powers: bounds, as inequalities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.forms import polynomial
from symcheck.certify.linear import combination
from symcheck.certify.named import facts_of_law
from symcheck.core.ring import EULER, Monomial, product
from symcheck.core.terms import ONE, Refused, Term, has, kids, minus, neg, num

__all__ = ["as_sign", "bounds_of", "farkas", "function_sign", "step"]


def step(env: Env, rule: str, *data: Any, of: Sequence[Th] = ()) -> Th | None:
    """A step, or None where the core refuses it."""
    try:
        return env.b.step(rule, *data, of=of)
    except Refused:
        return None


def as_sign(env: Env, th: Th | None, rel: str, t: Term) -> Th | None:
    """A sign of a multiple of t, or of what is t by ring laws, as one of t."""
    if th is None or th.says == (rel, t):
        return th
    with suppress(Refused):
        return env.b.sign_as(rel, t, th)
    return None


def farkas(env: Env, rel: str, t: Term, known: list[Th]) -> Th | None:
    rows = [
        (th.says[0], polynomial(env, th.says[1] if th.says[0] != "=" else minus(*th.says[1:])))
        for th in known
    ]
    by = combination(polynomial(env, t), rows, rel == ">")
    if by is None:
        return None
    used = [(th, c) for th, c in zip(known, by, strict=True) if c]
    return env.b.step("farkas", rel, t, tuple(c for _, c in used), of=[th for th, _ in used])


def bounds_of(env: Env, m: Monomial, hyps: Hyps) -> Iterator[Th]:
    """What is known of a product of powers: its sign, and bounds of a single atom."""
    if len(m) == 1 and m[0][1] == ONE:
        yield from _atom(env, m[0][0], hyps)
        return
    for rel in (">", ">="):
        found = []
        for atom, e in m:
            th = _factor(env, rel, atom, e, hyps)
            if th is None:
                break
            found.append(th)
        else:
            yield found[0] if len(found) == 1 else env.b.step("product_sign", of=found)
            return


def _factor(env: Env, rel: str, atom: Term, e: Term, hyps: Hyps) -> Th | None:
    t = product(((atom, e),))
    if atom == EULER:
        return env.b.step("bounds", t, 0)
    found = env.sign(rel, t, hyps)
    return env.sign(rel, neg(t), hyps) if found is None else found


def _atom(env: Env, a: Term, hyps: Hyps) -> Iterator[Th]:
    """Bounds of an atom."""
    if a[0] in ("1", "f"):
        for upper in (0, 1):
            th = step(env, "bounds", a, upper)
            if th is not None:
                yield th
        if a[:2] in (("f", "max"), ("f", "min")):
            yield from filter(None, (_beyond(env, a, k) for k in kids(a)))
    elif a[0] == "x":
        yield from _variable(env, a, hyps)
    if a[0] in ("S", "E", "^", "d") or a[:2] == ("f", "abs"):
        for rel in (">", ">="):
            for way in (a, neg(a)):
                th = env.sign(rel, way, hyps)
                if th is not None:
                    yield th
                    return


def _variable(env: Env, x: Term, hyps: Hyps) -> Iterator[Th]:
    told = env.of("sign", x, hyps)
    if told is not None and told.says[0] != "!=":
        yield told
    law = env.of("law", x, hyps)
    for th in facts_of_law(env, law) if law else ():
        if th.says[0] != "!=" and has(th.says[1], x):
            yield th


def function_sign(env: Env, rel: str, t: Term, hyps: Hyps) -> Th | None:
    if t[1] == "abs":
        if rel == ">=":
            return env.b.step("bounds", t, 0)
        inside = env.sign("!=", t[2], hyps)
        return None if inside is None else _size(env, rel, t, inside)
    ask = ">" if rel == "!=" else rel
    some = [env.sign(ask, k, hyps) for k in kids(t)]
    if t[1] == "min" and None in some:
        return None
    for k, th in zip(kids(t), some, strict=True):
        gap = None if th is None else _beyond(env, t, k)
        if th is not None and gap is not None and t[1] == "max":
            return as_sign(env, env.b.step("farkas", ask, t, (1, 1), of=[gap, th]), rel, t)
    return None


def _size(env: Env, rel: str, t: Term, inside: Th) -> Th:
    """|a| > 0 for an a that is not 0."""
    square = env.b.step("power_sign", ">", t[2], num(2), of=[inside])
    both = ("*", t, t)
    positive = env.moved(square, env.b.ring(square.says[1], both))
    apart = env.b.step("factor_sign", t, of=[positive])
    if rel == "!=":
        return apart
    return env.b.step("strict", of=[env.b.step("bounds", t, 0), apart])


def _beyond(env: Env, t: Term, k: Term) -> Th | None:
    """max(a, b) - a >= 0, max(a, b) - b >= 0, and alike for min."""
    a, b = kids(t)
    by = env.b.define(t)
    over = minus(a, b) if (k == b) == (t[1] == "max") else minus(b, a)
    ramp = env.b.define(("f", "relu", over))
    low = env.b.step("bounds", ramp.lhs, 0)
    gap = minus(t, k) if t[1] == "max" else minus(k, t)
    return farkas(env, ">=", gap, [by, ramp, low, env.b.step("absorb", minus(a, b))])
