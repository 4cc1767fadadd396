"""Which sums of independent normal variables are normal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.fresh import letter_for
from symcheck.core.declared import within
from symcheck.core.ring import poly, term
from symcheck.core.terms import ONE, ZERO, Term, closed, minus, opened

__all__ = ["Linear", "law_of_sum", "linear"]

LETTER = ("v", "~1")


class Linear(NamedTuple):
    """Σ t x + c: variables, or sums of them, with factors that are no matter of chance."""

    terms: list[tuple[Term, Term]]  # t, x
    rest: Term


def linear(env: Env, u: Term) -> Linear | None:
    """u as a linear combination, or None."""
    slopes: dict[Term, list[Term]] = {}
    rest = []
    for m, c in poly(u, env.declared.known).items():
        random = [f for f in m if not env.declared.fixed(f[0])]
        t = term({tuple(f for f in m if f not in random): c})
        if not random:
            rest.append(t)
        elif len(random) == 1 and random[0][1] == ONE and random[0][0][0] in "xS":
            slopes.setdefault(random[0][0], []).append(t)
        else:
            return None
    pairs = [(env.canon(("+", *ts)), x) for x, ts in slopes.items()]
    return Linear(_merged(env, pairs), ("+", *rest, ZERO))


def _merged(env: Env, pairs: list[tuple[Term, Term]]) -> list[tuple[Term, Term]]:
    """Sums over the same members as one sum: Σ_j a_j x_j + Σ_j b_j x_j."""
    alike: dict[Term, list[tuple[Term, Term]]] = {}
    for t, x in pairs:
        alike.setdefault(("S", *x[1:3], _member(env, x)) if x[0] == "S" else x, []).append((t, x))
    found = []
    for key, some in alike.items():
        if len(some) == 1:
            found += some
            continue
        bodies = (("*", t, x[3]) for t, x in some)
        found.append((ONE, (*key[:3], ("+", *bodies))))
    return found


def _member(env: Env, s: Term) -> Term:
    """What is random in the terms of a sum."""
    inner = poly(opened(s[3], LETTER), env.declared.known)
    random = {tuple(f for f in m if not env.declared.fixed(f[0])) for m in inner}
    return term({next(iter(random)): ONE[1]}) if len(random) == 1 else s[3]


def law_of_sum(env: Env, terms: Sequence[tuple[Term, Term]], hyps: Hyps) -> Th | None:
    """Σ t x ~ normal, the x normal and independent."""
    whole: Th | None = None
    for t, x in terms:
        own = env.of("law", x, hyps) if x[0] == "x" else _family(env, x, hyps)
        if own is None or own.says[2] != "normal":
            return None
        one = env.b.step("normal_scaled", t, ZERO, of=[own])
        if whole is None:
            whole = one
            continue
        apart = env.independent((whole.says[1],), (one.says[1],), (), hyps)
        if apart is None:
            return None
        whole = env.b.step("normal_add", of=[whole, one, apart])
    return whole


def _family(env: Env, s: Term, hyps: Hyps) -> Th | None:
    """Σ_j t_j x_j ~ normal, the members independent."""
    _, lo, hi, body = s
    letter = letter_for(hyps, s)
    here = hyps | within(letter, lo, hi)
    member = linear(env, opened(body, letter))
    if member is None or env.canon(member.rest) != ZERO:
        return None
    one = law_of_sum(env, member.terms, here)
    if one is None:
        return None
    g = one.says[1]
    before: Term = ("S", lo, minus(letter, ONE), closed(g, letter))
    apart = env.independent((g,), (before,), (), here)
    return apart and env.b.step("law_normal_sum", letter, lo, hi, of=[one, apart])
