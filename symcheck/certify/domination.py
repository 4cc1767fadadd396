"""|f| <= |g| from -g <= f <= g, and existence by it."""

from __future__ import annotations

from fractions import Fraction

from symcheck.certify.builder import Th
from symcheck.certify.env import Env
from symcheck.core.terms import MINUS, Term, minus, num

__all__ = ["below", "sizes"]

C = Fraction


def sizes(env: Env, k: Term) -> tuple[Th, Th]:
    """|k| + k >= 0 and |k| - k >= 0, by |k| + k = 2 ReLU(k)."""
    found = []
    for u in (k, ("*", MINUS, k)):
        size: Term = ("f", "abs", u)
        define, ramp = env.b.step("define", size), env.b.step("define", ("f", "relu", u))
        low = env.b.step("bounds", ramp.lhs, 0)
        th = env.b.step(
            "farkas", ">=", ("+", size, u), (C(1), C(-2), C(2)), of=[define, ramp, low]
        )
        found.append(th)
    turned = env.b.ring(found[1].says[1], minus(("f", "abs", k), k))
    return found[0], env.moved(found[1], turned)


def below(env: Env, f: Term, g: Term, low: Th, up: Th) -> Th:
    """|g| - |f| >= 0 from g + f >= 0 and g - f >= 0."""
    event: Term = ("1", ">", f)
    on, off = (env.b.step("bounds", event, n) for n in (0, 1))
    define = env.b.step("define", ("f", "abs", f))
    high = env.b.step("product_sign", of=[on, up])
    deep = env.b.step("product_sign", of=[off, low])
    size = sizes(env, g)[1]
    return env.b.step(
        "farkas", ">=", minus(("f", "abs", g), ("f", "abs", f)), (C(1), C(1), C(1), C(-1)),
        of=[size, high, deep, define],
    )  # fmt: skip


_ = num
