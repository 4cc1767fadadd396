"""Variance and covariance: what stands in them, and their identities."""

from __future__ import annotations

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.makers.expectation import weighted_mean
from symcheck.core.terms import MINUS, ONE, Term, kids, minus, num

__all__ = ["centered_factors", "covariance_identity", "less_mean"]

Terms = tuple[Term, ...]
TWO = num(2)


def covariance_identity(env: Env, f: Term, g: Term, given: Terms, hyps: Hyps) -> Th | None:
    """E[f g - E[g] f - E[f] g + E[f] E[g]] = E[f g] - E[f] E[g], all given y."""
    m, n = (("E", t, *given) for t in (f, g))
    both: Term = ("*", m, n)
    pairs = [(ONE, ("*", f, g)), (("*", MINUS, n), f), (("*", MINUS, m), g), (both, ONE)]
    if f == g:
        pairs = [(ONE, ("^", f, TWO)), (("*", num(-2), m), f), (both, ONE)]
    th = weighted_mean(env, pairs, given, hyps)
    right = minus(("E", ("*", f, g), *given), both)
    return th and env.b.trans(th, env.b.ring(th.rhs, right))


def less_mean(env: Env, e: Term, given: Terms) -> Term | None:
    """g, where e is g - E[g | y]."""
    for n, t in enumerate(kids(e) if e[0] == "+" else ()):
        if t[0] == "*" and t[1] == MINUS and len(t) == 3:
            rest = tuple(k for m, k in enumerate(kids(e)) if m != n)
            g: Term = rest[0] if len(rest) == 1 else ("+", *rest)
            if env.equal(("E", g, *given), t[2]) is not None:
                return g
    return None


def centered_factors(env: Env, body: Term, given: Terms) -> tuple[Term, Term] | None:
    """f and g, where the body is (f - E[f | y]) (g - E[g | y]) as it is written."""
    if body[0] == "^" and body[2] == TWO:
        g = less_mean(env, body[1], given)
        return None if g is None else (g, g)
    if body[0] != "*" or len(body) != 3:
        return None
    f, g = (less_mean(env, k, given) for k in kids(body))
    return None if f is None or g is None else (f, g)
