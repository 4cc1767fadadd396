"""What the axioms say of a variable with a named law: moments, where it lies, and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb
from typing import Any

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.forms import polynomial
from symcheck.core.axioms import AXIOMS
from symcheck.core.declared import ORDER
from symcheck.core.ring import term
from symcheck.core.schemas import bind, filled
from symcheck.core.terms import MINUS, ONE, ZERO, Refused, Term, kids, minus, num

__all__ = ["MOST", "facts_of_law", "moment_of_law", "of_law", "size_of_normal"]

MOST = 40  # the highest moment that is sought
# The axioms that need the law alone, and say where the variable or a parameter lies.
_SIGNS: dict[str, list[str]] = {}
for _name, _axiom in AXIOMS.items():
    if not _axiom.data and _axiom.says[0] in ORDER and [a[0] for a in _axiom.asks] == ["law"]:
        _SIGNS.setdefault(_axiom.asks[0][2], []).append(_name)


def of_law(env: Env, law: Th, key: str, hyps: Hyps, *data: Term) -> Th | None:
    """What the axiom of this law says, its premises about signs proved; None where it does not."""
    name = f"{law.says[2]}_{key}"
    if name not in AXIOMS:
        return None
    axiom = AXIOMS[name]
    at: dict[str, Any] = dict(zip(axiom.data.split(), data, strict=True))
    bind(axiom.asks[0], law.says, at)
    met: list[Th] = []
    for asked in axiom.asks[1:]:
        if asked[0] in ORDER:
            rel, t = filled(asked, at)
            th = env.sign(rel, t, hyps)
            if th is None:
                return None
            met.append(th)
    try:
        return env.b.step(name, *data, of=[law, *met])
    except Refused:
        return None


def facts_of_law(env: Env, law: Th) -> Iterator[Th]:
    """Where the variable lies, and what the parameters are."""
    for name in _SIGNS.get(law.says[2], ()):
        yield env.b.step(name, of=[law])


# ---------------------------------------------------------------- moments


def moment_of_law(env: Env, law: Th, n: int, hyps: Hyps) -> Th | None:
    """E[x^n] = the n-th moment, by those of lower order."""
    if not 0 <= n <= MOST:
        return None
    return env.once(("moment", law, n, hyps), lambda: _moment(env, law, n, hyps))


def _moment(env: Env, law: Th, n: int, hyps: Hyps) -> Th | None:
    x, name = law.says[1], law.says[2]
    target = _mean(x, n)
    if n == 0:
        return env.b.step("constant", ONE, ())
    if n == 1:
        return of_law(env, law, "mean", hyps)
    if name == "laplace":
        return _by_central(env, law, n, hyps)
    back = 2 if name in ("normal", "rademacher", "student") else 1
    th = of_law(env, law, "step", hyps, num(n - back))
    if th is None:
        return None
    if name == "poisson":
        apart = _binomial(env, law, th.rhs[2][1][1], n - 1, hyps)
        if apart is None:
            return None
        th = env.b.trans(th, env.b.cong(th.rhs, (1,), apart))
    return _lower(env, law, _solved(env, target, th, hyps), n, hyps)


def _mean(x: Term, n: int) -> Term:
    """E[x^n]"""
    return ("E", ONE if n == 0 else x if n == 1 else ("^", x, num(n)))


def _lower(env: Env, law: Th, th: Th | None, n: int, hyps: Hyps) -> Th | None:
    """The right side with its moments of lower order replaced."""
    if th is None:
        return None
    th = env.b.trans(th, env.b.ring(th.rhs, env.canon(th.rhs)))
    for k in reversed(range(n)):
        lower = moment_of_law(env, law, k, hyps)
        if lower is not None:
            th = env.b.trans(th, env.b.everywhere(th.rhs, lower))
    return env.b.trans(th, env.b.ring(th.rhs, env.canon(th.rhs)))


def _solved(env: Env, target: Term, th: Th, hyps: Hyps) -> Th | None:
    """target = ..., from an equation in which it stands on the left with a factor."""
    own = (target, ONE)
    c = term({tuple(f for f in m if f != own): k for m, k in polynomial(env, th.lhs).items()
              if own in m})  # fmt: skip
    rest = term({m: k for m, k in polynomial(env, th.lhs).items() if own not in m})
    if c == ONE and rest == ZERO:
        return env.b.trans(env.b.ring(target, th.lhs), th)
    sign = env.sign("!=", c, hyps)
    if sign is None:
        return None
    whole: Term = ("*", ("^", c, MINUS), minus(th.lhs, rest))
    start = env.b.ring(target, whole, sign)
    return env.b.trans(start, env.b.cong(whole, (1, 0), th))


def _binomial(env: Env, law: Th, u: Term, n: int, hyps: Hyps) -> Th | None:
    """E[(x + c)^n] = Σ_k C(n, k) c^(n - k) E[x^k], u = x + c"""
    x = law.says[1]
    c = env.canon(minus(u, x))
    cs = tuple(env.canon(("*", num(comb(n, k)), ("^", c, num(n - k)))) for k in range(n + 1))
    pairs = [(k, a) for k, a in enumerate(cs) if a != ZERO]
    exist = [
        of_law(env, law, "exists", hyps, num(k)) if k else env.b.step("exists_fixed", ONE)
        for k, _ in pairs
    ]
    gs = tuple(("^", x, num(k)) if k else ONE for k, _ in pairs)
    if None in exist:
        return None
    met = [th for th in exist if th] if len(pairs) > 1 else []
    apart = env.b.step("linear", tuple(a for _, a in pairs), gs, (), of=met)
    return env.b.trans(env.b.ring(("E", ("^", u, num(n))), apart.lhs), apart)


def _by_central(env: Env, law: Th, n: int, hyps: Hyps) -> Th | None:
    """E[x^n] by E[(x - m)^n] and the moments of lower order."""
    x, m = law.says[1], law.says[3][0]
    central, apart = _central(env, law, n, hyps), _binomial(env, law, minus(x, m), n, hyps)
    if central is None or apart is None:
        return None
    both = env.b.trans(env.b.sym(apart), central)
    return _lower(env, law, _solved(env, _mean(x, n), both, hyps), n, hyps)


def _central(env: Env, law: Th, n: int, hyps: Hyps) -> Th | None:
    """E[(x - m)^n] by the one before the last."""
    u = minus(law.says[1], law.says[3][0])
    if n < 2:
        return _lower(env, law, _binomial(env, law, u, n, hyps), n + 1, hyps)
    below, step = _central(env, law, n - 2, hyps), of_law(env, law, "step", hyps, num(n - 2))
    if below is None or step is None:
        return None
    start = env.b.ring(("E", ("^", u, num(n))), step.lhs)
    return env.b.trans(start, _last(env, step, below))


def _last(env: Env, th: Th, below: Th) -> Th:
    """The right side with its last factor replaced."""
    by = env.b.trans(env.b.ring(th.rhs[-1], below.lhs), below)
    return env.b.trans(th, env.b.cong(th.rhs, (len(kids(th.rhs)) - 1,), by))


def size_of_normal(env: Env, law: Th, n: int, hyps: Hyps) -> Th | None:
    """E|x|^n of a normal variable with mean 0, by that of n - 2."""
    size: Term = ("f", "abs", law.says[1])
    if n < 2:
        return of_law(env, law, "size", hyps) if n else env.b.step("constant", ONE, ())
    step = of_law(env, law, "size_step", hyps, num(n - 2))
    below = size_of_normal(env, law, n - 2, hyps) if n <= MOST else None
    if step is None or below is None:
        return None
    return env.b.trans(env.b.ring(_mean(size, n), step.lhs), _last(env, step, below))
