"""What is declared of constants, and of random terms, found by what a term speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.forms import canonical, matched, polynomial
from symcheck.certify.named import facts_of_law
from symcheck.core.declared import ORDER
from symcheck.core.ring import Poly, scaled
from symcheck.core.terms import (
    Formula,
    Refused,
    Term,
    formula_terms,
    map_formula,
    num,
    parts,
    replaced,
)

__all__ = ["Told", "constant_facts", "told", "unequal"]


class Told(NamedTuple):
    """A declared fact: its number, its letters, its conditions, what it says."""

    number: int
    letters: tuple[Term, ...]
    asked: tuple[Formula, ...]
    says: Formula


_TOLD: WeakKeyDictionary[Env, dict[str, list[Told]]] = WeakKeyDictionary()


def told(env: Env) -> dict[str, list[Told]]:
    """Declared facts: signs of constants, equations of constants, laws, variances, L1."""
    found = _TOLD.get(env)
    if found is None:
        found = _TOLD[env] = {"sign": [], "law": [], "variance": [], "L1": [], "=": []}
        keys = {n: key for key, n in env.bridge.numbers.items()}
        for n, e in enumerate(env.declared.entries):
            if e.kind == "fact":
                one = Told(n, *e.data)
                head = one.says[0]
                fixed = all(env.declared.fixed(t) for t in formula_terms(one.says))
                if head in ORDER and fixed:
                    found["sign"].append(one)
                elif head in ("law", "L1"):
                    found[head].append(one)
                elif keys.get(n, ("",))[0] == "variance":
                    found["variance"].append(one)
                elif head == "=" and keys.get(n, ("",))[0] == "hypothesis" and fixed:
                    found["="].append(one)
    return found


def at(env: Env, one: Told, values: dict[Term, Term], hyps: Hyps) -> Th | None:
    """A declared fact at values of its letters, its conditions proved."""
    met = []
    for c in one.asked:
        f = map_formula(c, lambda t: replaced(t, values))
        th = env.assume(f) if f in hyps else env.sign(f[0], f[1], hyps)
        if th is None:
            return None
        met.append(th)
    try:
        return env.b.step("fact", one.number, tuple(values[i] for i in one.letters), of=met)
    except Refused:
        return None


# ---------------------------------------------------------------- constants


def spoken(env: Env, t: Term) -> set[Term]:
    """The constants and letters in t, families at their indices, what is under a sum left out."""
    return {p for p in parts(t) if p[0] in ("c", "v") and not any(q[0] == "b" for q in parts(p))}


def constant_facts(env: Env, t: Term, hyps: Hyps) -> Iterator[Th]:
    """What is known of the constants and the letters in t and hyps, as signs or equations."""
    reached = spoken(env, t)
    for f in sorted(hyps, key=repr):
        if f[0] in (">", ">=", "="):
            yield env.assume(f)
        reached |= {p for u in formula_terms(f) for p in spoken(env, u)}
    used: set[tuple[int, tuple[Term, ...]]] = set()
    grown = True
    while grown and len(used) < 60:
        grown = False
        for th in _instances(env, reached, hyps, used):
            more = {p for u in formula_terms(th.says) for p in spoken(env, u)}
            grown = grown or not more <= reached
            reached |= more
            yield th


def _instances(
    env: Env, reached: set[Term], hyps: Hyps, used: set[tuple[int, tuple[Term, ...]]]
) -> Iterator[Th]:
    for kind in ("sign", "=", "law", "variance"):
        for one in told(env)[kind]:
            if not _indices(env, one) <= reached:
                continue  # a range may be empty where nothing speaks of its index
            for values in _bindings(one, _fixed_part(one, kind), reached):
                key = one.number, tuple(values.values())
                if key in used:
                    continue
                used.add(key)
                th = at(env, one, values, hyps)
                if th is not None:
                    yield from _said(env, th, kind)


def _indices(env: Env, one: Told) -> set[Term]:
    """The declared indices of which a sign speaks."""
    inside = (p for t in formula_terms(one.says) if one.says[0] in ORDER for p in parts(t))
    kinds = env.declared.constants
    return {p for p in inside if p[0] == "c" and kinds.get(p[1], (0, ""))[1] == "index"}


def _fixed_part(one: Told, kind: str) -> tuple[Term, ...]:
    """Where the constants stand of which a fact speaks."""
    if kind == "law":
        parameters: tuple[Term, ...] = one.says[3]
        return parameters
    return one.says[2:] if kind == "variance" else tuple(formula_terms(one.says))


def _bindings(one: Told, where: tuple[Term, ...], reached: set[Term]) -> Iterator[dict[Term, Term]]:
    """Values of the letters for which a fact speaks of something reached."""
    inside = [p for t in where for p in parts(t) if p[0] in ("c", "v")]
    if not one.letters:
        if any(p in reached for p in inside):
            yield {}
        return
    seen = []
    for p in inside:
        if p[0] == "c" and len(p) > 2:
            for r in sorted(reached, key=repr):
                values = matched(p, r, one.letters, {}) if r[:2] == p[:2] else None
                if values is not None and values not in seen and set(values) == set(one.letters):
                    seen.append(values)
                    yield {i: values[i] for i in one.letters}


def _said(env: Env, th: Th, kind: str) -> Iterator[Th]:
    if kind == "law":
        for own in facts_of_law(env, th):
            if own.says[0] != "!=" and env.declared.fixed(own.says[1]):
                yield own
    elif kind == "variance":
        square = env.b.step("power_sign", ">=", th.lhs[1][1], num(2))
        mean = env.b.step("mean_sign", th.lhs[2:], of=[square])
        yield env.moved(mean, th)
    elif th.says[0] != "!=":
        yield th


# ---------------------------------------------------------------- what differs


def unequal(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """t != 0, where a multiple of it is declared not to be 0, or a hypothesis says so."""
    own = _normed(polynomial(env, t))
    for f in sorted(hyps, key=repr):
        if f[0] in ("!=", ">") and _normed(polynomial(env, f[1])) == own:
            return env.b.sign_as("!=", t, env.assume(f))
    for one, values in _multiples(env, t):
        th = at(env, one, values, hyps)
        if th is not None:
            return env.b.sign_as("!=", t, th)
    return _random(env, t, hyps)


def _multiples(env: Env, t: Term) -> Iterator[tuple[Told, dict[Term, Term]]]:
    """What is declared of the sign of a multiple of t, and at which values of its letters."""
    own, reached = _normed(polynomial(env, t)), spoken(env, t)
    for one in told(env)["sign"]:
        if one.says[0] not in ("!=", ">"):
            continue
        for values in _bindings(one, tuple(formula_terms(one.says)), reached):
            if _normed(polynomial(env, replaced(one.says[1], values))) == own:
                yield one, values


def _random(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """A random variable that is declared not to be 0, or is not by its law."""
    c = canonical(env, t)
    if c[0] != "x":
        return None
    th = env.of("sign", c, hyps)
    if th is not None and th.says[0] in ("!=", ">"):
        return env.b.sign_as("!=", t, th)
    law = env.of("law", c, hyps)
    for own in facts_of_law(env, law) if law else ():
        if own.says[0] in ("!=", ">") and canonical(env, own.says[1]) == c:
            return env.b.sign_as("!=", t, own)
    return None


def _normed(p: Poly) -> Poly:
    return scaled(p, 1 / p[max(p)]) if p else p
