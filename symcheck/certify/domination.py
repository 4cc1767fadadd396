"""|f| <= |g| from -g <= f <= g, and existence by it."""

from __future__ import annotations

from fractions import Fraction

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.ring import Monomial, product
from symcheck.core.terms import MINUS, ONE, ZERO, Term, minus, num

__all__ = ["below", "by_slope", "sizes"]

C = Fraction


def sizes(env: Env, k: Term) -> tuple[Th, Th]:
    """|k| + k >= 0 and |k| - k >= 0, by |k| + k = 2 ReLU(k)."""
    found = []
    for u in (k, ("*", MINUS, k)):
        size: Term = ("f", "abs", u)
        define, ramp = env.b.define(size), env.b.define(("f", "relu", u))
        low = env.b.step("bounds", ramp.lhs, 0)
        th = env.b.step("farkas", ">=", ("+", size, u), (C(1), C(-2), C(2)), of=[define, ramp, low])
        found.append(th)
    turned = env.b.ring(found[1].says[1], minus(("f", "abs", k), k))
    return found[0], env.moved(found[1], turned)


def below(env: Env, f: Term, g: Term, low: Th, up: Th) -> Th:
    """|g| - |f| >= 0 from g + f >= 0 and g - f >= 0."""
    event: Term = ("1", ">", f)
    on, off = (env.b.step("bounds", event, n) for n in (0, 1))
    define = env.b.define(("f", "abs", f))
    high = env.b.step("product_sign", of=[on, up])
    deep = env.b.step("product_sign", of=[off, low])
    size = sizes(env, g)[1]
    return env.b.step(
        "farkas", ">=", minus(("f", "abs", g), ("f", "abs", f)), (C(1), C(1), C(1), C(-1)),
        of=[size, high, deep, define],
    )  # fmt: skip


def by_slope(env: Env, m: Monomial, hyps: Hyps) -> Th | None:
    """L1 of a product with a factor g(u), where |g(u) - g(0)| <= M |u| is declared."""
    for n, (atom, e) in enumerate(m):
        number = env.bridge.numbers.get(("lipschitz", atom[1])) if atom[0] == "f" else None
        if number is None or e[0] != "q" or e[1].denominator != 1 or e[1] < 1:
            continue
        left = m[:n] + m[n + 1 :] + (((atom, num(e[1] - 1)),) if e != ONE else ())
        size: Term = ("f", "abs", product(tuple(sorted(left))))
        one, many = env.exists(size, hyps), _rise(env, size, atom, number, hyps)
        if one is None or many is None:
            return None
        start: Term = ("f", atom[1], ZERO)
        return env.b.step(
            "exists_linear", (ONE, start), (many.says[1], one.says[1]), of=[many, one]
        )
    return None


def _rise(env: Env, size: Term, g: Term, number: int, hyps: Hyps) -> Th | None:
    """L1(|h| (g(u) - g(0))), |h| being given."""
    u, most = g[2], ("c", f"lipschitz {g[1]}")
    larger: Term = ("*", most, size, ("f", "abs", u))
    th = env.exists(larger, hyps)
    if th is None:
        return None
    slope, least = env.b.step("fact", number, (u, ZERO)), env.b.step("bounds", size, 0)
    w = minus(g, ("f", g[1], ZERO))
    part: Term = ("*", size, w)
    wide, ends = env.b.step("product_sign", of=[least, slope]), []
    for near, whole in zip(sizes(env, w), (("+", larger, part), minus(larger, part)), strict=True):
        tight = env.b.step("product_sign", of=[least, near])
        ends.append(env.b.step("farkas", ">=", whole, (C(1), C(1)), of=[wide, tight]))
    smaller = below(env, part, larger, ends[0], ends[1])
    return env.b.step("exists_below", part, larger, of=[smaller, th])
