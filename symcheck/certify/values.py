"""What an expectation is, in terms of declared means and variances: for the sake of its sign."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.forms import canonical, expanded, fixed, polynomial
from symcheck.certify.linear import combination
from symcheck.core.ring import product
from symcheck.core.terms import ONE, Term, kids, minus, num, parts

__all__ = ["value"]

TWO = num(2)
MOST_TERMS = 12


def value(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """E[g] = an expression in what is declared, or None where it stays as it is."""
    found = _declared(env, t, hyps) or _linear(env, t, hyps)
    return None if found is None or found.rhs == t else found


def _declared(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """E[k], E[x], E[x^2], E[(x - E[x])^2]."""
    g = t[1]
    if fixed(env, g):
        return env.b.step("constant", g, ())
    for x in set(_variables(g)):
        for kind in ("mean", "variance"):
            th = env.of(kind, x, hyps)
            if th is not None and canonical(env, th.lhs) == canonical(env, t):
                return env.b.trans(env.b.ring(t, th.lhs), th)
    return _second(env, g[1], hyps) if g[0] == "^" and g[1][0] == "x" and g[2] == TWO else None


def _variables(t: Term) -> list[Term]:
    if t[0] == "x":
        return [t]
    return [x for k in kids(t) if t[0] not in ("S", "E") for x in _variables(k)]


def _second(env: Env, x: Term, hyps: Hyps) -> Th | None:
    """E[x^2] = Var[x] + E[x]^2"""
    told, square = env.of("variance", x, hyps), ("^", x, TWO)
    ths = [env.exists(g, hyps) for g in (square, x, ONE)]
    if told is None or any(th is None for th in ths):
        return None
    m: Term = ("E", x)
    cs = (ONE, ("*", num(-2), m), ("^", m, TWO))
    apart = env.b.step(
        "linear", cs, (square, x, ONE), (), of=[th for th in ths if th is not None]
    )  # fmt: skip
    apart = env.b.trans(apart, env.b.cong(apart.rhs, (2, 1), env.b.step("constant", ONE, ())))
    start = env.b.ring(told.lhs, apart.lhs)
    whole: Term = ("E", square)
    target: Term = ("+", told.rhs, ("^", m, TWO))
    found, mean = _solved(env, whole, target, [start, apart, told]), env.of("mean", x, hyps)
    if found is None or mean is None:
        return found
    return env.b.trans(found, env.b.everywhere(found.rhs, mean))


def _solved(env: Env, a: Term, b: Term, by: Sequence[Th]) -> Th | None:
    """a = b, where a - b is a combination of equations."""
    rows = [("=", polynomial(env, minus(th.lhs, th.rhs))) for th in by]
    gap = minus(a, b)
    c = combination(polynomial(env, gap), rows, False)
    if c is None:
        return None
    up = env.b.step("farkas", ">=", gap, tuple(c), of=by)
    down = env.b.step("farkas", ">=", ("*", num(-1), gap), tuple(-k for k in c), of=by)
    zero = env.b.step("squeeze", of=[up, down])
    start = env.b.ring(a, ("+", gap, b))
    last = env.b.cong(start.rhs, (0,), zero)
    return env.b.trans(start, last, env.b.ring(last.rhs, b))


def _linear(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """E[Σ c g] = Σ c E[g], each of these by what it is."""
    by = expanded(env, t[1])
    p = polynomial(env, by.rhs)
    if len(p) > MOST_TERMS:
        return None
    if len(p) == 1:
        return _product(env, t, hyps)
    cs, gs = [], []
    for m, c in sorted(p.items()):
        outside = tuple(f for f in m if fixed(env, f[0]) and fixed(env, f[1]))
        cs.append(product(outside, c))
        gs.append(product(tuple(f for f in m if f not in outside)))
    ths = [env.exists(g, hyps) for g in gs]
    if any(th is None for th in ths):
        return None
    apart = env.b.step(
        "linear", tuple(cs), tuple(gs), (), of=[th for th in ths if th is not None]
    )  # fmt: skip
    inside = env.b.cong(t, (0,), by)
    done = env.b.trans(inside, env.b.ring(inside.rhs, apart.lhs), apart)
    for n, g in enumerate(gs):
        one = value(env, ("E", g), hyps)
        if one is not None:
            done = env.b.trans(done, env.b.cong(done.rhs, (n, 1), one))
    for mean in {k for c in cs for k in parts(c) if k[0] == "E"}:
        one = value(env, mean, hyps)
        if one is not None:
            done = env.b.trans(done, env.b.everywhere(done.rhs, one))
    return done


def _product(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """E[f g] = E[f] E[g] for independent f and g."""
    ((m, c),) = polynomial(env, t[1]).items()
    if c != Fraction(1) or any(fixed(env, a) for a, _ in m):
        return None
    for n in range(len(m) if len(m) > 1 else 0):
        f, g = product((m[n],)), product(m[:n] + m[n + 1 :])
        apart = env.independent((f,), (g,), (), hyps)
        one, other = env.exists(f, hyps), env.exists(g, hyps)
        if apart is None or one is None or other is None:
            continue
        split = env.b.step("product", f, g, of=[apart, one, other])
        done = env.b.trans(env.b.ring(t, split.lhs), split)
        for k in (0, 1):
            own = value(env, kids(done.rhs)[k], hyps)
            if own is not None:
                done = env.b.trans(done, env.b.cong(done.rhs, (k,), own))
        return done
    return None
