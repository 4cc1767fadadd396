"""What a named law says beyond its moments: E[exp(u)], E[cos(u)], P[x > t]."""

from __future__ import annotations

from collections.abc import Mapping

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.makers.algebra import unfolded
from symcheck.certify.makers.expectation import between, times, weighted_mean
from symcheck.certify.makers.waves import as_sum, is_wave, turned
from symcheck.certify.named import of_law
from symcheck.certify.normals import law_of_sum, linear
from symcheck.certify.steps import Goal, Maker
from symcheck.core.ring import EULER, poly, term
from symcheck.core.terms import MINUS, ONE, ZERO, Term, parts

__all__ = ["MAKERS"]

Terms = tuple[Term, ...]
ERF_0: Term = ("f", "erf", ZERO)


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
            return _at_center(env, env.b.trans(env.b.ring(("E", event), th.lhs), th))
    return None


def _at_center(env: Env, th: Th) -> Th:
    """With erf(0) = 0."""
    done = env.b.trans(th, env.b.ring(th.rhs, env.canon(th.rhs)))
    return env.b.trans(done, env.b.everywhere(done.rhs, env.b.step("identity", "erf-zero", ERF_0)))


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
