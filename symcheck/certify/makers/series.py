"""Sums of powers: Σ q(j) r^(a j + b), by a sum that telescopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.fresh import letter_for
from symcheck.certify.makers.expectation import all_of, between, times
from symcheck.certify.makers.ranges import telescoped
from symcheck.certify.rewriting import everywhere
from symcheck.certify.steps import Goal, Maker
from symcheck.core.declared import within
from symcheck.core.terms import MINUS, ONE, ZERO, Term, closed, has, kids, minus, opened, replaced

__all__ = ["MAKERS"]

J = ("v", "~1")
MOST_DEGREE = 5


@dataclass(frozen=True)
class Series:
    """Σ_{lo..hi} q r^e, the letter J for its index; e grows by ``step`` > 0."""

    lo: Term
    hi: Term
    q: Term
    r: Term
    e: Term
    step: Term

    def at(self, t: Term, j: Term) -> Term:
        return replaced(t, {J: j})

    def total(self, q: Term | None = None) -> Term:
        """The sum, with another polynomial."""
        own = self.q if q is None else q
        return ("S", self.lo, self.hi, closed(("*", own, ("^", self.r, self.e)), J))


def series(env: Env, t: Term, hyps: Hyps) -> tuple[Series, Th] | None:
    """t as a sum of powers, read from its other end where the exponents fall."""
    _, lo, hi, body = t
    inner = opened(body, J)
    factors = kids(inner) if inner[0] == "*" else (inner,)
    powers = [f for f in factors if f[0] == "^" and has(f[2], J) and not has(f[1], J)]
    if len(powers) != 1:
        return None
    (_, r, e), q = powers[0], times([f for f in factors if f is not powers[0]])
    step = env.canon(minus(replaced(e, {J: ("+", J, ONE)}), e))
    if env.sign(">", step, hyps) is not None:
        found = Series(lo, hi, q, r, env.canon(e), step)
        return found, env.b.ring(t, found.total())
    step = env.canon(("*", MINUS, step))
    if env.sign(">", step, hyps) is None:
        return None
    turned = env.b.step("reverse", lo, hi, body, env.canon(("+", lo, hi)))
    back = {J: minus(("+", lo, hi), J)}
    found = Series(lo, hi, env.canon(replaced(q, back)), r, env.canon(replaced(e, back)), step)
    return found, env.b.trans(turned, env.b.ring(turned.rhs, found.total()))


def joined(env: Env, r: Term, a: Term, b: Term, hyps: Hyps) -> Th | None:
    """r^(a + b) = r^a r^b, where r is not 0 or neither exponent is negative."""
    whole: Term = ("^", r, ("+", a, b))
    apart: Term = ("*", ("^", r, a), ("^", r, b))
    plain = env.equal(whole, apart, hyps)
    if plain is not None:
        return plain
    met = all_of([env.sign(">=", a, hyps), env.sign(">=", b, hyps)])
    return None if met is None else env.b.step("power_add", r, a, b, of=met)


def one_on(env: Env, s: Series, hyps: Hyps) -> Th | None:
    """r^step Σ q(j) r^e = Σ q(j - 1) r^e + q(hi) r^past - q(lo - 1) r^low"""
    b, letter = env.b, letter_for(hyps, s.total())
    e = s.at(s.e, letter)
    pointwise = joined(env, s.r, s.step, e, hyps | within(letter, s.lo, s.hi))
    before = env.canon(s.at(s.q, minus(J, ONE)))
    power: Term = ("^", s.r, s.e)
    th = telescoped(env, s.lo, s.hi, closed(("*", before, power), J), hyps)
    if pointwise is None or th is None:
        return None
    left: Term = ("*", ("^", s.r, s.step), s.total())
    body = ("*", s.at(s.q, letter), pointwise.lhs)
    moved: Term = ("S", s.lo, s.hi, closed(body, letter))
    inside = b.inside_sum(moved, b.cong(body, (1,), pointwise), letter)
    return b.trans(b.ring(left, inside.rhs), b.sym(inside), b.ring(moved, th.lhs), th)


def gap_times(env: Env, s: Series, hyps: Hyps) -> Th | None:
    """(1 - r^step) Σ q r^e = Σ (q(j) - q(j - 1)) r^e - q(hi) r^past + q(lo - 1) r^low"""
    on = one_on(env, s, hyps)
    if on is None:
        return None
    left: Term = ("*", minus(ONE, ("^", s.r, s.step)), s.total())
    start: Term = minus(s.total(), on.lhs)
    moved = env.b.cong(start, (1, 1), on)
    rise = env.canon(minus(s.q, s.at(s.q, minus(J, ONE))))
    front: Term = s.total(rise)
    rest = minus(("+", moved.rhs, ("*", MINUS, front)), ZERO)
    return env.b.trans(
        env.b.ring(left, start), moved, env.b.ring(moved.rhs, ("+", front, env.canon(rest)))
    )


def summed(env: Env, s: Series, hyps: Hyps, degree: int = 0) -> Th | None:
    """Σ q r^e = (1 - r^step)^-1 (Σ (q(j) - q(j - 1)) r^e + ...), again and again."""
    b = env.b
    if env.canon(s.q) == ZERO:
        return b.ring(s.total(), ZERO)
    gap = minus(ONE, ("^", s.r, s.step))
    sign = env.sign("!=", gap, hyps) or env.sign(">", gap, hyps)
    th = gap_times(env, s, hyps)
    if sign is None or th is None or degree > MOST_DEGREE:
        return None
    rise = env.canon(minus(s.q, s.at(s.q, minus(J, ONE))))
    less = Series(s.lo, s.hi, rise, s.r, s.e, s.step)
    below = summed(env, less, hyps, degree + 1)
    if below is None:
        return None
    by = b.step("inverse", of=[sign])
    own = s.total()
    start: Term = ("*", by.lhs, own)
    whole: Term = ("*", by.lhs[2], th.lhs)
    undo = b.trans(b.ring(own, ("*", ONE, own)), b.sym(b.cong(start, (0,), by)))
    put = b.cong(whole, (1,), b.trans(th, b.cong(th.rhs, (0,), below)))
    return b.trans(undo, b.ring(start, whole), put)


# ---------------------------------------------------------------- the rules


def _powers_together(goal: Goal, th: Th) -> Th | None:
    """left = right, where powers of one base are joined on the way to the right."""
    env = goal.env
    plain = between(env, goal.left, th, goal.right, goal.hyps)
    if plain is not None:
        return plain
    sides = [_apart(env, th.rhs, goal), _apart(env, goal.right, goal)]
    for one in (sides[0], env.b.refl(th.rhs)):
        for two in (sides[1], env.b.refl(goal.right)):
            same = env.equal(one.rhs, two.rhs, goal.hyps)
            if same is not None:
                whole = env.b.trans(th, one, same, env.b.sym(two))
                return between(env, goal.left, whole, goal.right, goal.hyps)
    return None


def _apart(env: Env, t: Term, goal: Goal) -> Th:
    """t = t with powers of sums as products, as far as no exponent is negative."""

    def split(part: Term, hyps: Hyps) -> Th | None:
        if part[0] != "^" or part[2][0] == "q":
            return None
        e = env.canon(part[2])
        terms = kids(e) if e[0] == "+" else ()
        done = env.b.cong(part, (1,), env.b.ring(part[2], e)) if part[2] != e else env.b.refl(part)
        for n, k in enumerate(terms):
            rest = tuple(u for m, u in enumerate(terms) if m != n)
            other = rest[0] if len(rest) == 1 else ("+", *rest)
            th = joined(env, part[1], k, other, hyps | goal.hyps)
            if th is not None:
                both = env.b.ring(done.rhs, th.lhs)
                more = split(("^", part[1], other), hyps)
                whole = env.b.trans(done, both, th)
                return whole if more is None else env.b.trans(whole, env.b.cong(th.rhs, (1,), more))
        return None

    return everywhere(env, t, split, goal.hyps)


def _geometric(goal: Goal) -> Th | None:
    found = series(goal.env, goal.left, goal.hyps)
    if found is None:
        return None
    s, same = found
    th = summed(goal.env, s, goal.hyps)
    return th and _powers_together(goal, goal.env.b.trans(same, th))


def _beside(goal: Goal, step: bool) -> Th | None:
    """c Σ q r^e, c a power of r or of 1 - r^step, beside other factors."""
    env = goal.env
    factors = kids(goal.left)
    for n, t in enumerate(factors):
        found = series(env, t, goal.hyps) if t[0] == "S" else None
        if found is None:
            continue
        s, same = found
        th = one_on(env, s, goal.hyps) if step else gap_times(env, s, goal.hyps)
        if th is None:
            continue
        rest = [f for m, f in enumerate(factors) if m != n]
        start = env.b.cong(goal.left, (n,), same)
        for m, f in enumerate(rest):
            left = _less(env, f, th.lhs[1], s, goal.hyps)
            if left is None:
                continue
            others = [*rest[:m], *rest[m + 1 :], left.rhs[1]]
            mid = env.b.cong(start.rhs, (m if m < n else m + 1,), left)
            whole: Term = ("*", *others, th.lhs)
            put = env.b.cong(whole, (len(others),), th)
            chain = env.b.trans(start, mid, env.b.ring(mid.rhs, whole), put)
            done = _powers_together(goal, chain)
            if done is not None:
                return done
    return None


def _less(env: Env, f: Term, by: Term, s: Series, hyps: Hyps) -> Th | None:
    """f = f' by, where f is a power of ``by``, or of r with a larger exponent."""
    if f[0] == "^" and f[1] == s.r and by[0] == "^":
        left = env.canon(minus(f[2], by[2]))
        th = joined(env, s.r, left, by[2], hyps)
        return th and between(env, f, th, th.rhs, hyps)
    base, n = (f[1], f[2]) if f[0] == "^" and f[2][0] == "q" else (f, ONE)
    less: Term = ("*", ("^", base, env.canon(minus(n, ONE))), by)
    return env.equal(f, less, hyps) if n[0] == "q" and n[1] >= 1 else None


MAKERS: Mapping[str, Maker] = {
    "sum-geometric": _geometric,
    "sum-telescope": lambda goal: _beside(goal, step=False),
    "sum-step": lambda goal: _beside(goal, step=True),
}
