"""Existence of logarithms: log u lies between 1 - 1/u and u - 1.

Source of the bounds: Abramowitz and Stegun 4.1.33.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symcheck.certify.builder import Th
from symcheck.certify.domination import below, sizes
from symcheck.certify.env import Env, Hyps
from symcheck.core.ring import Monomial, product
from symcheck.core.terms import MINUS, ONE, Term, kids, minus, neg

__all__ = ["by_logarithm"]

C = Fraction


def log(t: Term) -> Term:
    return ("f", "log", t)


def exp(t: Term) -> Term:
    return ("f", "exp", t)


def by_logarithm(env: Env, m: Monomial, hyps: Hyps) -> Th | None:
    """L1 of a product with a factor log u."""
    for n, (atom, e) in enumerate(m):
        if atom[:2] == ("f", "log") and e == ONE:
            rest = product(m[:n] + m[n + 1 :])
            for make in (_apart, _of_sigmoid, _softplus, _between):
                th = make(env, rest, atom[2], hyps)
                if th is not None:
                    return th
    return None


def _apart(env: Env, rest: Term, u: Term, hyps: Hyps) -> Th | None:
    """log(a b) = log a + log b, log(a^n) = n log a."""
    if u[0] == "^" and env.sign(">", u[1], hyps) is not None:
        by = env.b.step("identity", "power", log(u), of=[_sure(env, u[1], hyps)])
    elif u[0] == "*" and all(env.sign(">", k, hyps) is not None for k in kids(u)):
        by = log_of_product(env, [_sure(env, k, hyps) for k in kids(u)])
    elif u[:2] == ("f", "exp"):
        by = env.b.step("identity", "log-exp", log(u))
    else:
        return None
    return _replaced(env, rest, by, hyps)


def log_of_product(env: Env, positives: Sequence[Th]) -> Th:
    """log(a b ...) = log a + log b + ..., from a > 0, b > 0, ..."""
    first, *rest = positives
    if not rest:
        return env.b.refl(log(first.says[1]))
    below = log_of_product(env, rest)
    inner = rest[0] if len(rest) == 1 else env.b.step("product_sign", of=rest)
    t = log(("*", *(th.says[1] for th in positives)))
    both = log(("*", first.says[1], inner.says[1]))
    apart = env.b.step("identity", "log", both, of=[first, inner])
    apart = env.b.trans(env.b.ring(t, both), apart)
    return env.b.trans(apart, env.b.cong(apart.rhs, (1,), below))


def _sure(env: Env, t: Term, hyps: Hyps) -> Th:
    th = env.sign(">", t, hyps)
    assert th is not None
    return th


def _replaced(env: Env, rest: Term, by: Th, hyps: Hyps) -> Th | None:
    """L1(rest log u) from L1(rest v), where log u = v."""
    th = env.exists(("*", rest, by.rhs), hyps)
    if th is None:
        return None
    whole = env.b.cong(("*", rest, by.lhs), (1,), by)
    return env.moved(th, env.b.sym(whole))


def _between(env: Env, rest: Term, u: Term, hyps: Hyps) -> Th | None:
    """|log u| <= u + 1/u."""
    positive = env.sign(">", u, hyps)
    if positive is None:
        return None
    over: Term = ("^", u, MINUS)
    down = env.b.step("power_sign", ">", u, MINUS, of=[positive])
    turned = env.b.step("identity", "power", log(over), of=[positive])
    above, under = (env.b.step("log_below", of=[th]) for th in (positive, down))
    g: Term = ("+", u, over)
    up = env.b.step("farkas", ">=", minus(g, log(u)), (C(1), C(1)), of=[above, down])
    low = env.b.step(
        "farkas", ">=", ("+", g, log(u)), (C(1), C(1), C(1)), of=[under, positive, turned]
    )
    return _dominated(env, rest, log(u), g, (low, up), hyps)


def _dominated(
    env: Env, rest: Term, f: Term, g: Term, ends: tuple[Th, Th], hyps: Hyps
) -> Th | None:
    """L1(|rest| f) from L1(|rest| g), where -g <= f <= g."""
    size: Term = ("f", "abs", rest)
    finite = env.exists(("*", size, g), hyps)
    if finite is None:
        return None
    least = env.b.step("bounds", size, 0)
    whole, part = ("*", size, g), ("*", size, f)
    low, up = (env.b.step("product_sign", of=[least, th]) for th in ends)
    low = env.moved(low, env.b.ring(low.says[1], ("+", whole, part)))
    up = env.moved(up, env.b.ring(up.says[1], minus(whole, part)))
    smaller = below(env, part, whole, low, up)
    return env.b.step("exists_below", part, whole, of=[smaller, finite])


# ---------------------------------------------------------------- sigmoid


def _of_sigmoid(env: Env, rest: Term, u: Term, hyps: Hyps) -> Th | None:
    """log sigmoid(y) = -log(1 + e^-y); log(1 - sigmoid(y)) = -y - log(1 + e^-y)."""
    if u[:2] == ("f", "sigmoid"):
        by = env.b.define(u)
    else:
        found = [t for t in kids(u) if t[0] == "*" and len(t) == 3] if u[0] == "+" else []
        if len(found) != 1 or found[0][2][:2] != ("f", "sigmoid") or len(u) != 3:
            return None
        by = _complement(env, u, found[0][2], hyps)
    inside = env.b.cong(log(u), (0,), by)
    return _replaced(env, rest, inside, hyps)


def _complement(env: Env, u: Term, s: Term, hyps: Hyps) -> Th:
    """1 - sigmoid(y) = e^-y (1 + e^-y)^-1"""
    define = env.b.define(s)
    b, down = define.rhs[1], define.rhs
    inverse = env.b.step("inverse", of=[_sure(env, b, hyps)])
    start = env.b.ring(u, minus(ONE, s))
    first = env.b.cong(minus(ONE, s), (1, 1), define)
    second = env.b.cong(first.rhs, (0,), env.b.sym(inverse))
    grown: Term = ("*", kids(b)[1], down)
    return env.b.trans(start, first, second, env.b.ring(second.rhs, grown))


def _softplus(env: Env, rest: Term, b: Term, hyps: Hyps) -> Th | None:
    """0 <= log(1 + e^v) <= |v| + 1."""
    if b[0] != "+" or len(b) != 3 or b[1] != ONE or b[2][:2] != ("f", "exp"):
        return None
    v = b[2][2]
    positive, size = _sure(env, b, hyps), ("f", "abs", v)
    falls = exp(neg(size))
    small = env.b.step("product_sign", of=[positive, env.b.step("bounds", falls, 0)])
    above = env.b.step("log_below", of=[small])
    parts = log_of_product(env, [positive, env.b.step("bounds", falls, 0)])
    last = env.b.step("identity", "log-exp", log(falls))
    less = sizes(env, v)[1]
    g: Term = ("+", size, ONE)
    ends = [_at_most_one(env, neg(size), env.b.step("bounds", size, 0)),
            _at_most_one(env, ("+", v, neg(size)), less)]  # fmt: skip
    up = env.b.step(
        "farkas", ">=", minus(g, log(b)), (C(1), C(1), C(1), C(1), C(1)),
        of=[above, parts, last, *ends],
    )  # fmt: skip
    return _dominated(env, rest, log(b), g, (_not_negative(env, b, g, hyps), up), hyps)


def _at_most_one(env: Env, u: Term, low: Th) -> Th:
    """1 - e^u >= 0 for -u >= 0: e^-u >= 1 - u, times e^u."""
    other = env.moved(low, env.b.ring(low.says[1], neg(u)))
    grown = exp(neg(u))
    above = env.b.step("log_below", of=[env.b.step("bounds", grown, 0)])
    value = env.b.step("identity", "log-exp", log(grown))
    more = env.b.step(
        "farkas", ">=", minus(grown, ONE), (C(1), C(1), C(1)), of=[above, value, other]
    )
    both = env.b.step("product_sign", of=[more, env.b.step("bounds", exp(u), 0)])
    return env.moved(both, env.b.ring(both.says[1], minus(ONE, exp(u))))


def _not_negative(env: Env, b: Term, g: Term, hyps: Hyps) -> Th:
    """g + log b >= 0 for b = 1 + e^v and g = |v| + 1."""
    positive = _sure(env, b, hyps)
    down = env.b.step("power_sign", ">", b, MINUS, of=[positive])
    under = env.b.step("log_below", of=[down])
    turned = env.b.step("identity", "power", log(down.says[1]), of=[positive])
    inverse = env.b.step("inverse", of=[positive])
    rest = env.b.step("product_sign", of=[env.b.step("bounds", b[2], 0), down])
    size = env.b.step("bounds", g[1], 0)
    return env.b.step(
        "farkas", ">=", ("+", g, log(b)), (C(1), C(1), C(1), C(-1), C(1)),
        of=[under, turned, rest, inverse, size],
    )  # fmt: skip
