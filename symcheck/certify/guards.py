"""Sums over indices that differ: the sum over all of them less its diagonal."""

from __future__ import annotations

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.rewriting import everywhere
from symcheck.core.ring import poly, scaled, term
from symcheck.core.terms import ONE, Refused, Term, closed, has, kids, minus, opened

__all__ = ["by_guards", "without_guards"]

MOST_ROUNDS = 6


def by_guards(env: Env, a: Term, b: Term, hyps: Hyps) -> Th | None:
    """a = b, no sum being over indices that differ."""
    if not any(_guarded(env.canon(t)) for t in (a, b)):
        return None
    left, right = (without_guards(env, t, hyps) for t in (a, b))
    between = env.equal(left.rhs, right.rhs, hyps)
    return between and env.b.trans(left, between, env.b.sym(right))


def _guarded(t: Term, inside: bool = False) -> bool:
    if inside and t[:2] == ("1", "!="):
        return True
    return any(_guarded(k, inside or t[0] == "S") for k in kids(t))


def without_guards(env: Env, t: Term, hyps: Hyps) -> Th:
    """t = t, where Σ_k 1[k != j] a(k) is written Σ_k a(k) - a(j)."""
    done = env.simplified(t)
    for _ in range(MOST_ROUNDS):
        once = everywhere(env, done.rhs, lambda p, h: _full(env, p, h), hyps)
        if once.lhs == once.rhs:
            break
        done = env.b.trans(done, once, env.simplified(once.rhs))
    return done


def _full(env: Env, t: Term, hyps: Hyps) -> Th | None:
    if t[0] != "S":
        return None
    letter = env.b.letter()
    body = opened(t[3], letter)
    factors = kids(body) if body[0] == "*" else (body,)
    for n, f in enumerate(factors):
        other = _other(env, f, letter)
        if other is None:
            continue
        inside = [env.sign(">=", g, hyps) for g in (minus(other, t[1]), minus(t[2], other))]
        if not all(inside):
            continue
        rest: Term = ("*", *factors[:n], *factors[n + 1 :]) if len(factors) > 1 else ONE
        whole: Term = ("S", t[1], t[2], closed(rest, letter))
        met = [p for p in inside if p]
        picked = env.b.step("pick", t[1], t[2], other, closed(rest, letter), of=met)
        try:
            start = env.b.ring(t, minus(whole, picked.lhs))
        except Refused:
            continue
        return env.b.trans(start, env.b.cong(start.rhs, (1, 1), picked))
    return None


def _other(env: Env, f: Term, letter: Term) -> Term | None:
    """u, where f is 1[k - u != 0] for the letter k."""
    if f[:2] != ("1", "!=") or not has(f, letter):
        return None
    p = poly(f[2], env.declared.known)
    c = p.get(((letter, ONE),))
    if c is None:
        return None
    rest = term(scaled({m: k for m, k in p.items() if m != ((letter, ONE),)}, -1 / c))
    return None if has(rest, letter) or not env.declared.known.is_whole(rest) else rest
