"""Terms in other words: definitions unfolded, functions by what they stand for; matching."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from weakref import WeakKeyDictionary

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.fresh import fresh
from symcheck.core.ring import Poly
from symcheck.core.terms import Formula, Term, formula_terms, kids, opened, parts, replaced

__all__ = ["canonical", "expanded", "fixed", "matched", "polynomial", "relevant"]

MEANT = ("relu", "leaky_relu", "max", "min", "abs")
Change = Callable[[Term], Th | None]
_FIXED: WeakKeyDictionary[Env, dict[Term, bool]] = WeakKeyDictionary()
_FORMS: WeakKeyDictionary[Env, dict[tuple[Term, bool], Th]] = WeakKeyDictionary()


def polynomial(env: Env, t: Term) -> Poly:
    """t as a polynomial in canonical atoms, by ring laws alone."""
    return env.b.algebra.poly(t)


def canonical(env: Env, t: Term) -> Term:
    """The canonical form of t by ring laws alone."""
    return env.canon(t)


def fixed(env: Env, t: Term) -> bool:
    """Has t no random source?"""
    seen = _FIXED.setdefault(env, {})
    if t not in seen:
        seen[t] = env.declared.fixed(t)
    return seen[t]


def expanded(env: Env, t: Term, meant: bool = True) -> Th:
    """t = t without definitions and, ``meant``, without relu, max, |.|; not inside of E."""
    seen = _FORMS.setdefault(env, {})
    key = t, meant
    if key not in seen:
        seen[key] = _rewritten(env, t, lambda u: _meaning(env, u, meant)) or env.b.refl(t)
    return seen[key]


def _meaning(env: Env, t: Term, meant: bool) -> Th | None:
    if t[0] == "d":
        return env.b.step("unfold", t)
    if meant and t[0] == "f" and t[1] in MEANT and not env.declared.fixed(t):
        return env.b.define(t)
    return None


def _rewritten(env: Env, t: Term, change: Change) -> Th | None:
    """t = t with every part changed, from the inside out, not inside of E and D; None: as it is."""
    if t[0] in ("E", "D"):
        return None
    done: Th | None = None
    for n, k in enumerate(kids(t)):
        letters: list[Term] = []
        if t[0] == "S" and n == 2:
            letters = [fresh(t)]
            k = opened(k, letters[0])
        below = _rewritten(env, k, change)
        if below is not None:
            now = t if done is None else done.rhs
            one = env.b.cong(now, (n,), below, letters)
            done = one if done is None else env.b.trans(done, one)
    now = t if done is None else done.rhs
    made = change(now)
    if made is not None and made.rhs != now:
        done = made if done is None else env.b.trans(done, made)
        more = _rewritten(env, done.rhs, change)
        done = done if more is None else env.b.trans(done, more)
    return done


def _names(t: Term) -> set[Term]:
    """The letters and the constants without indices in t."""
    return {p for p in parts(t) if p[0] == "v" or (p[0] == "c" and len(p) == 2)}


def relevant(env: Env, hyps: Hyps, *of: Term) -> Hyps:
    """The hypotheses that share a letter or a constant, not a size, with a term or one another."""
    if not hyps:
        return hyps
    reached = {n for t in of for n in _names(t)}
    rest, found = set(hyps), set[Formula]()
    sizes = {("c", n) for n, (_, kind) in env.declared.constants.items() if kind == "whole"}
    while near := {f for f in rest if any(_names(t) & reached for t in formula_terms(f))}:
        found |= near
        rest -= near
        reached |= {n for f in near for t in formula_terms(f) for n in _names(t)} - sizes
    return frozenset(found)


def matched(
    pattern: Term, t: Term, letters: Iterable[Term], at: Mapping[Term, Term]
) -> dict[Term, Term] | None:
    """Values for letters with which the pattern is t, as written; None where there are none."""
    free = set(letters)

    def go(p: Term, u: Term, known: dict[Term, Term]) -> dict[Term, Term] | None:
        if p in free and not any(q[0] == "b" for q in parts(u)):
            if known.setdefault(p, u) == u:
                return known
            return None
        if p[0] != u[0] or len(p) != len(u):
            return None
        if p[0] in ("q", "v", "b"):
            return known if p == u else None
        below = kids(p)
        own = len(p) - len(below)
        if p[:own] != u[:own]:
            return None
        if p[0] in ("+", "*") and replaced(p, known) == u:
            return known
        for a, b in zip(below, kids(u), strict=True):
            if go(a, b, known) is None:
                return None
        return known

    return go(pattern, t, dict(at))
