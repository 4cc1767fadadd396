"""Nested sums in one order, so that sums which differ in the order of their indices meet."""

from __future__ import annotations

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.rewriting import everywhere
from symcheck.core.terms import Refused, Term, has, kids, opened

__all__ = ["by_order"]

J, K = ("v", "j"), ("v", "k")
MOST_ROUNDS = 4


def by_order(env: Env, a: Term, b: Term, hyps: Hyps) -> Th | None:
    """a = b, every two nested sums in the order by which the whole comes first."""
    if not any(_nested(t) for t in (env.canon(a), env.canon(b))):
        return None
    left, right = (_ordered(env, t) for t in (a, b))
    between = env.equal(left.rhs, right.rhs, hyps)
    return between and env.b.trans(left, between, env.b.sym(right))


def _nested(t: Term, inside: bool = False) -> bool:
    if t[0] == "S":
        return inside or _nested(t[3], True)
    return any(_nested(k, inside) for k in kids(t))


def _ordered(env: Env, t: Term) -> Th:
    done = env.simplified(t)
    for _ in range(MOST_ROUNDS):
        once = everywhere(env, done.rhs, lambda p, h: _swapped(env, p))
        if once.lhs == once.rhs:
            break
        done = env.b.trans(done, once, env.simplified(once.rhs))
    return done


def _swapped(env: Env, t: Term) -> Th | None:
    """Σ_j m Σ_k n = Σ_k n Σ_j m, if what comes out stands before t in the order of terms."""
    if t[0] != "S" or has(t, J) or has(t, K):
        return None
    whole = opened(t[3], J)
    factors = kids(whole) if whole[0] == "*" else (whole,)
    for n, s in enumerate(factors):
        if s[0] == "S" and not has(s[1], J) and not has(s[2], J):
            inner = opened(s[3], K)
            body: Term = ("*", *factors[:n], inner, *factors[n + 1 :])
            try:
                th = env.b.step("swap", J, K, t[1], t[2], s[1], s[2], body)
                first, last = env.b.ring(t, th.lhs), env.simplified(th.rhs)
            except Refused:
                continue
            if last.rhs < t:
                return env.b.trans(first, th, last)
    return None
