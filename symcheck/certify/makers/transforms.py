"""What a named law says beyond its moments: E[exp(u)], E[cos(u)], P[x > t]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.makers.algebra import unfolded
from symcheck.certify.makers.expectation import between, letter_for, times, weighted_mean
from symcheck.certify.makers.waves import as_sum, is_wave, turned
from symcheck.certify.named import of_law
from symcheck.certify.steps import Goal, Maker
from symcheck.core.declared import within
from symcheck.core.ring import EULER, poly, term
from symcheck.core.terms import MINUS, ONE, ZERO, Term, closed, minus, opened, parts

__all__ = ["MAKERS", "law_of_sum"]

Terms = tuple[Term, ...]


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


# ---------------------------------------------------------------- normal laws


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


# ---------------------------------------------------------------- E[exp(u)]


def _exponential(env: Env, e: Term, hyps: Hyps) -> Th | None:
    """E[exp(u)] = M(1) exp(c), u = c + what has a law."""
    found = linear(env, e)
    if found is None or not found.terms:
        return None
    if len(found.terms) == 1 and found.terms[0][1][0] == "x":
        ((t, x),) = found.terms
        law = env.of("law", x, hyps)
    else:
        t, law = ONE, law_of_sum(env, found.terms, hyps)
    if law is None:
        return None
    th = of_law(env, law, "transform", hyps, t)
    if th is None:
        return None
    c: Term = ("f", "exp", found.rest)
    out = env.b.step("linear", (c,), (th.lhs[1],), ())
    return env.b.trans(out, env.b.cong(out.rhs, (0, 1), th))


def _transform(goal: Goal) -> Th | None:
    """E[exp(u)], or the mean of a product of sines and cosines."""
    env = goal.env
    plain = unfolded(env, goal.left)
    body = env.canon(plain.rhs[1])
    if any(is_wave(p) for p in parts(body)):
        th = _waves(env, body, goal.hyps)
        return _same_turned(goal, plain, th)
    p = poly(body, env.declared.known)
    if len(p) != 1:
        return None
    ((m, _),) = p.items()
    exponents = [e for a, e in m if a == EULER]
    th = _exponential(env, exponents[0], goal.hyps) if exponents else None
    middle = th and between(env, plain.rhs, th, goal.right, goal.hyps)
    return middle and env.b.trans(plain, middle)


def _waves(env: Env, body: Term, hyps: Hyps) -> Th | None:
    """E[Σ c f(u)] = Σ c E[f(u)], and each by its law."""
    found = as_sum(env, body)
    if found is None:
        return None
    by, waves = found
    pairs = [(c, ("f", f, u)) for c, f, u in waves]
    if not env.declared.fixed(*(c for c, _ in pairs)):
        return None
    split = weighted_mean(env, pairs, (), hyps)
    if split is None:
        return None
    start: Term = ("E", body)
    inside = env.b.cong(start, (0,), by)
    done = env.b.trans(inside, env.b.ring(inside.rhs, split.lhs), split)
    for n, (_, f, u) in enumerate(waves):
        th = _wave(env, f, u, hyps)
        if th is None:
            return None
        done = env.b.trans(done, env.b.cong(done.rhs, (n, 1), th))
    return done


def _wave(env: Env, f: str, u: Term, hyps: Hyps) -> Th | None:
    """E[f(u)] = ..., f a sine or a cosine."""
    if env.declared.fixed(u):
        return env.b.step("constant", ("f", f, u), ())
    found = linear(env, u)
    if found is None:
        return None
    t = ONE
    if len(found.terms) == 1 and found.terms[0][1][0] == "x":
        t = found.terms[0][0]
        law = env.of("law", found.terms[0][1], hyps)
    else:
        law = law_of_sum(env, found.terms, hyps)
    if law is None:
        return None
    th = of_law(env, law, f, hyps, t, env.canon(found.rest))
    return th and env.b.trans(env.b.ring(("E", ("f", f, u)), th.lhs), th)


def _same_turned(goal: Goal, plain: Th, th: Th | None) -> Th | None:
    """left = right, where both are the same without turns by right angles."""
    env = goal.env
    if th is None:
        return None
    first = env.equal(plain.rhs, th.lhs, goal.hyps)
    one, two = turned(env, th.rhs), turned(env, goal.right)
    same = env.equal(one.rhs, two.rhs, goal.hyps)
    if first is None or same is None:
        return None
    return env.b.trans(plain, first, th, one, same, env.b.sym(two))


# ---------------------------------------------------------------- P[x > t]


def _tail(goal: Goal) -> Th | None:
    """E[1[c x + d > 0]], c a number: P[x > t], P[x = t] = 0 and what is left of 1."""
    env = goal.env
    plain = unfolded(env, goal.left)
    pairs = []
    for m, c in poly(plain.rhs[1], env.declared.known).items():
        events = [f[0] for f in m if not env.declared.fixed(f[0])]
        rest = term({tuple(f for f in m if f[0] not in events): c})
        if len(events) > 1:
            return None
        pairs.append((rest, times(events)))
    th = weighted_mean(env, pairs, (), goal.hyps)
    if th is None:
        return None
    for n, (_, event) in enumerate(pairs):
        if event == ONE:
            continue
        one = _beyond(env, event, goal.hyps)
        if one is None:
            return None
        th = env.b.trans(th, env.b.cong(th.rhs, (n, 1), one))
    middle = between(env, plain.rhs, th, goal.right, goal.hyps)
    return middle and env.b.trans(plain, middle)


def _beyond(env: Env, event: Term, hyps: Hyps) -> Th | None:
    """E[1[x - t > 0]], or E[1[x - t != 0]] = 1"""
    found = linear(env, event[2]) if event[0] == "1" else None
    if found is None or len(found.terms) != 1 or found.terms[0][0] != ONE:
        return None
    x, t = found.terms[0][1], env.canon(("*", MINUS, found.rest))
    law = env.of("law", x, hyps) if x[0] == "x" else None
    if law is None:
        return None
    if event[1] == "!=":
        return _almost_surely(env, law, event, t, hyps)
    for kind in ("tail", "tail_above", "tail_below"):
        th = of_law(env, law, kind, hyps, t)
        if th is not None:
            return env.b.trans(env.b.ring(("E", event), th.lhs), th)
    return None


def _almost_surely(env: Env, law: Th, event: Term, t: Term, hyps: Hyps) -> Th | None:
    """E[1[x != t]] = 1 - E[1[x = t]] = 1"""
    atom = of_law(env, law, "atom", hyps, t)
    if atom is None:
        return None
    split = weighted_mean(env, [(ONE, ONE), (MINUS, atom.lhs[1])], (), hyps)
    if split is None:
        return None
    done = env.b.trans(split, env.b.cong(split.rhs, (1, 1), atom))
    return between(env, ("E", event), done, ONE, hyps)


MAKERS: Mapping[str, Maker] = {
    "law-transform": _transform,
    "law-tail": _tail,
}
