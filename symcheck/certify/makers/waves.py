"""Sines and cosines: products as sums, turns by right angles."""

from __future__ import annotations

from fractions import Fraction

from symcheck.certify.builder import Th
from symcheck.certify.env import Env
from symcheck.certify.rewriting import everywhere
from symcheck.core.ring import Poly, poly, scaled, term
from symcheck.core.terms import HALF, MINUS, ONE, ZERO, Term, num

__all__ = ["as_sum", "turned"]

PI: Term = ("f", "pi")
MOST = 40  # waves
Wave = tuple[Term, str, Term]  # c f(u)


def is_wave(t: Term) -> bool:
    return t[:2] in (("f", "sin"), ("f", "cos"))


# ---------------------------------------------------------------- values and turns


def turned(env: Env, t: Term) -> Th:
    """t = t without multiples of pi / 2, and without a minus in front, in its sines and cosines."""
    return everywhere(env, t, lambda u, _: _turned(env, u) if is_wave(u) else None)


def _turned(env: Env, t: Term) -> Th | None:
    known, b = env.declared.known, env.b
    p = poly(t[2], known)
    key = ((PI, ONE),)
    k = p.get(key, Fraction(0)) * 2
    rest: Poly = {m: c for m, c in p.items() if m != key}
    k = k if k.denominator == 1 else Fraction(0)
    if k == 0:
        rest = p
    if not rest:
        value = b.step("right_angle", t[1], k)
        return b.trans(b.ring(t, value.lhs), value)
    done = b.refl(t)
    if k:
        start: Term = ("f", t[1], ("+", term(rest), ("*", num(k / 2), PI)))
        apart = b.step("identity", f"{t[1]}-sum", start)
        done = b.trans(b.ring(t, start), apart)
        for f in ("sin", "cos"):
            done = b.trans(done, b.everywhere(done.rhs, b.step("right_angle", f, k)))
    return b.trans(done, everywhere(env, done.rhs, lambda u, _: _without_minus(env, u)))


def _without_minus(env: Env, t: Term) -> Th | None:
    if not is_wave(t):
        return None
    p = poly(t[2], env.declared.known)
    if not p or p[max(p)] > 0:
        return None
    th = env.b.step("identity", "sin-odd" if t[1] == "sin" else "cos-even", t)
    return env.b.trans(th, env.b.ring(th.rhs, _positive(th.rhs, term(scaled(p, Fraction(-1))))))


def _positive(t: Term, u: Term) -> Term:
    return ("*", MINUS, ("f", "sin", u)) if t[0] == "*" else ("f", "cos", u)


# ---------------------------------------------------------------- products


def as_sum(env: Env, t: Term) -> tuple[Th, list[Wave]] | None:
    """t = Σ c f(u), f a sine or a cosine, the c without any; cos(0) stands for 1."""
    waves: list[Wave] = []
    parts: list[Th] = []
    for m, c in poly(t, env.declared.known).items():
        factors = [f for f, e in m if is_wave(f) for _ in range(_times(e))]
        if any(is_wave(f) and _times(e) == 0 for f, e in m):
            return None
        rest = term({tuple(k for k in m if not is_wave(k[0])): c})
        found = _product(env, rest, factors)
        if found is None or len(waves) > MOST:
            return None
        parts.append(found[0])
        waves += found[1]
    if not parts:
        return None
    whole: Term = ("+", *(th.lhs for th in parts))
    done = env.b.ring(t, whole)
    for n, th in enumerate(parts):
        done = env.b.trans(done, env.b.cong(done.rhs, (n,), th))
    flat: Term = ("+", *(("*", c, ("f", f, u)) for c, f, u in waves))
    return env.b.trans(done, env.b.ring(done.rhs, flat)), waves


def _times(e: Term) -> int:
    return int(e[1]) if e[0] == "q" and e[1].denominator == 1 and 0 < e[1] <= 6 else 0


def _product(env: Env, c: Term, factors: list[Term]) -> tuple[Th, list[Wave]] | None:
    """c f_1 f_2 ... as a sum of waves."""
    b = env.b
    waves: list[Wave] = [(c, "cos", ZERO)]
    one = b.sym(b.step("right_angle", "cos", Fraction(0)))
    zero = b.ring(one.rhs, ("f", "cos", ZERO))
    start: Term = ("*", c, *factors, ONE)
    done = b.cong(start, (len(factors) + 1,), b.trans(one, zero))
    for n, f in enumerate(factors):
        left = factors[n + 1 :]
        total: Term = ("+", *(("*", k, ("f", g, u)) for k, g, u in waves))
        done = b.trans(done, b.ring(done.rhs, ("*", *left, f, total)))
        more: list[Wave] = []
        pairs: list[Th] = []
        for k, g, u in waves:
            th, made = _two(env, ("f", g, u), f)
            pairs.append(th)
            more += [(env.canon(("*", k, a)), h, v) for a, h, v in made]
        spread: Term = (
            "+",
            *(("*", *left, k, th.lhs) for (k, _, _), th in zip(waves, pairs, strict=True)),
        )
        done = b.trans(done, b.ring(done.rhs, spread))
        for m, th in enumerate(pairs):
            done = b.trans(done, b.cong(done.rhs, (m, len(left) + 1), th))
        waves = more
    return done, waves


def _two(env: Env, f: Term, g: Term) -> tuple[Th, list[Wave]]:
    """f(u) g(v) as half the sum of two waves of u + v and u - v."""
    b, (u, v) = env.b, (f[2], g[2])
    ends = {ONE: env.canon(("+", u, v)), MINUS: env.canon(("+", u, ("*", MINUS, v)))}
    less: Term = ("*", MINUS, HALF)
    parts: list[tuple[Term, str, Term]] = {
        ("cos", "cos"): [(HALF, "cos", ONE), (HALF, "cos", MINUS)],
        ("sin", "sin"): [(HALF, "cos", MINUS), (less, "cos", ONE)],
        ("sin", "cos"): [(HALF, "sin", ONE), (HALF, "sin", MINUS)],
        ("cos", "sin"): [(HALF, "sin", ONE), (less, "sin", MINUS)],
    }[f[1], g[1]]
    made: list[Wave] = [(c, h, ends[sign]) for c, h, sign in parts]
    right: Term = ("+", *(("*", c, ("f", h, w)) for c, h, w in made))
    done = b.refl(right)
    for n, (_, h, sign) in enumerate(parts):
        done = b.trans(done, b.cong(done.rhs, (n, 1), _addition(env, h, ends[sign], u, v, sign)))
    return b.sym(b.trans(done, b.ring(done.rhs, ("*", f, g)))), made


def _addition(env: Env, h: str, w: Term, u: Term, v: Term, sign: Term) -> Th:
    """h(u + v) or h(u - v) by sines and cosines of u and v."""
    b = env.b
    other: Term = v if sign == ONE else ("*", MINUS, v)
    start: Term = ("f", h, ("+", u, other))
    done = b.trans(b.ring(("f", h, w), start), b.step("identity", f"{h}-sum", start))
    if sign == ONE:
        return done
    second = (1, 1, 1) if h == "cos" else (1, 1)
    for name, which, path in (("cos", "cos-even", (0, 1)), ("sin", "sin-odd", second)):
        th = b.step("identity", which, ("f", name, other))
        plain: Term = ("f", name, v)
        last = ("*", MINUS, plain) if name == "sin" else plain
        done = b.trans(done, b.cong(done.rhs, path, b.trans(th, b.ring(th.rhs, last))))
    return done
