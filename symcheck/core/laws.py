"""Named laws, one entry each: moments, symmetry, support, transforms, all as terms.

Sources: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95;
Johnson, Kemp and Kotz, Univariate Discrete Distributions, 3rd ed., 2005.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import comb, factorial, prod
from typing import NamedTuple

from symcheck.core.terms import HALF, ONE, ZERO, Formula, Term, minus, need, neg, num

MOST_MOMENT = 40
Transform = tuple[Term, tuple[Formula, ...]]


class Law(NamedTuple):
    """A law; each function takes its parameters, ``moment`` and ``transform`` n or t before them.

    ``moment`` is E[x^n] as a term, None where it does not exist or is not known; ``exists`` is
    what has to hold for E|x|^n to be finite; ``center`` is the c for which x and 2 c - x have one
    law; ``facts`` hold of x almost surely; ``transform`` is E[exp(t x)] and what it needs;
    ``atoms`` are the values, where they are few; ``spread`` > 0 means that there is a density.
    """

    parameters: int
    moment: Callable[..., Term | None]
    exists: Callable[..., tuple[Formula, ...]] = lambda n, *_: ()
    center: Callable[..., Term | None] = lambda *_: None
    facts: Callable[..., tuple[Formula, ...]] = lambda x, *_: ()
    transform: Callable[..., Transform | None] = lambda *_: None
    atoms: tuple[Term, ...] = ()
    spread: Callable[..., Term | None] = lambda *_: None


def about(n: int, m: Term, central: Callable[[int], Term]) -> Term:
    """E[(m + z)^n] by the central moments of z, which are 0 where they are odd."""
    each = ((num(comb(n, k)), ("^", m, num(n - k)), central(k)) for k in range(0, n + 1, 2))
    return ("+", *(("*", *factors) for factors in each))


def normal(n: int, m: Term, v: Term) -> Term:
    return about(n, m, lambda k: ("*", num(prod(range(1, k, 2))), ("^", v, num(k // 2))))


def laplace(n: int, m: Term, b: Term) -> Term:
    return about(n, m, lambda k: ("*", num(factorial(k)), ("^", b, num(k))))


def uniform(n: int, a: Term, b: Term) -> Term:
    powers = (("*", ("^", a, num(k)), ("^", b, num(n - k))) for k in range(n + 1))
    return ("*", num(Fraction(1, n + 1)), ("+", *powers))


def poisson(n: int, r: Term) -> Term:
    stirling = [1]  # of the second kind, row by row
    for _ in range(n):
        row = [*stirling, 0]
        stirling = [k * row[k] + (row[k - 1] if k else 0) for k in range(len(row))]
    return ("+", *(("*", num(s), ("^", r, num(k))) for k, s in enumerate(stirling)))


def student(n: int, nu: Term) -> Term | None:
    if nu[0] != "q" or nu[1] <= n:
        return None
    df = Fraction(nu[1])
    ratios = (df * (2 * k - 1) / (df - 2 * k) for k in range(1, n // 2 + 1))
    return ZERO if n % 2 else num(prod(ratios, start=Fraction(1)))


def exp(t: Term) -> Term:
    return ("f", "exp", t)


def normal_transform(t: Term, m: Term, v: Term) -> Transform:
    return exp(("+", ("*", t, m), ("*", HALF, ("^", t, num(2)), v))), ()


def uniform_transform(t: Term, a: Term, b: Term) -> Transform:
    width = ("*", t, minus(b, a))
    above = minus(exp(("*", t, b)), exp(("*", t, a)))
    return ("*", above, ("^", width, num(-1))), (("!=", width),)


def laplace_transform(t: Term, m: Term, b: Term) -> Transform:
    gap = minus(ONE, ("*", ("^", t, num(2)), ("^", b, num(2))))
    return ("*", exp(("*", t, m)), ("^", gap, num(-1))), ((">", gap),)


def exponential_transform(t: Term, r: Term) -> Transform:
    return ("*", r, ("^", minus(r, t), num(-1))), ((">", minus(r, t)),)


LAWS = {
    "normal": Law(
        2, normal, center=lambda m, v: m, transform=normal_transform, spread=lambda m, v: v,
        facts=lambda x, m, v: ((">=", v),),
    ),
    "laplace": Law(
        2, laplace, center=lambda m, b: m, transform=laplace_transform, spread=lambda m, b: b,
        facts=lambda x, m, b: ((">=", b),),
    ),
    "uniform": Law(
        2, uniform, center=lambda a, b: ("*", HALF, ("+", a, b)), transform=uniform_transform,
        facts=lambda x, a, b: ((">=", minus(x, a)), (">=", minus(b, x)), (">=", minus(b, a))),
        spread=lambda a, b: minus(b, a),
    ),
    "exponential": Law(
        1, lambda n, r: ("*", num(factorial(n)), ("^", r, num(-n))),
        facts=lambda x, r: ((">=", x), (">", x), (">", r)), transform=exponential_transform,
        spread=lambda r: ONE,
    ),
    "bernoulli": Law(
        1, lambda n, p: p if n else ONE, atoms=(ZERO, ONE),
        facts=lambda x, p: ((">=", x), (">=", minus(ONE, x)), (">=", p), (">=", minus(ONE, p))),
        center=lambda p: HALF if p == HALF else None,
        transform=lambda t, p: (("+", ONE, ("*", p, minus(exp(t), ONE))), ()),
    ),
    "rademacher": Law(
        0, lambda n: ZERO if n % 2 else ONE, center=lambda: ZERO, atoms=(num(-1), ONE),
        facts=lambda x: ((">=", ("+", x, ONE)), (">=", minus(ONE, x)), ("!=", x)),
        transform=lambda t: (("*", HALF, ("+", exp(t), exp(neg(t)))), ()),
    ),
    "poisson": Law(
        1, poisson, facts=lambda x, r: ((">=", x), (">=", r)),
        transform=lambda t, r: (exp(("*", r, minus(exp(t), ONE))), ()),
    ),
    "student": Law(
        1, student, exists=lambda n, nu: ((">", minus(nu, num(n))),), center=lambda nu: ZERO,
        facts=lambda x, nu: ((">", nu),), spread=lambda nu: ONE,
    ),
    "cauchy": Law(
        0, lambda n: None if n else ONE, exists=lambda n: ((">", num(-n)),),
        center=lambda: ZERO, spread=lambda: ONE,
    ),
}  # fmt: skip


def law_of(f: Formula) -> tuple[Term, Law, tuple[Term, ...]]:
    """The variable, the law and its parameters in a formula ``('law', x, name, parameters)``."""
    need(f[0] == "law" and f[2] in LAWS, "no known law")
    law = LAWS[f[2]]
    need(len(f[3]) == law.parameters, f"{f[2]} takes {law.parameters} parameters")
    return f[1], law, f[3]
