"""The diagonal of a sum, one term taken out, and put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Ne, S

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.makers.expectation import between
from symcheck.certify.makers.ranges import (
    Letters,
    Make,
    moved_inwards,
    nonneg,
    split_sum,
    taken_out,
    under,
    with_front,
)
from symcheck.certify.steps import Goal, Maker
from symcheck.core.terms import MINUS, ONE, Term, minus
from symcheck.language.expr import Sum
from symcheck.language.ring import canonical
from symcheck.rules.sums import opened as opened_sum
from symcheck.rules.sums import solved

__all__ = ["MAKERS", "off_diagonal"]

J = ("v", "~1")


def off_diagonal(
    env: Env, t: Term, depth: int, pair: tuple[int, int], shift: Term, hyps: Hyps
) -> Th | None:
    """Σ_{j,k} a = Σ_j a(j, j + s) + Σ_{j,k} 1[k != j + s] a, k at the second level of the pair."""
    p, q = pair
    own = p if p < q else p - 1
    inner = moved_inwards(env, t, q, depth, hyps)
    off = with_front(t, depth, lambda k: ("1", "!=", minus(k[q], ("+", k[p], shift))))
    back = moved_inwards(env, off, q, depth, hyps)
    if inner is None or back is None:
        return None

    def make(s: Term, h: Hyps, letters: Letters) -> Th | None:
        return _with_all(env, s, shift, depth - own, h) or _with_some(env, s, shift, depth - own, h)

    th = under(env, inner.rhs, own, hyps, make)
    if th is None:
        return None
    parts: Term = ("+", _first(th.rhs, own), back.rhs)
    apart = env.b.ring(th.rhs, parts)
    return env.b.trans(inner, th, apart, env.b.sym(env.b.cong(("+", parts[1], off), (1,), back)))


def _first(t: Term, depth: int) -> Term:
    """Nested sums of the first of two terms."""
    first: Term = t[1] if depth == 0 else ("S", t[1], t[2], _first(t[3], depth - 1))
    return first


def _with_all(env: Env, s: Term, shift: Term, depth: int, hyps: Hyps) -> Th | None:
    """Σ_j .. Σ_k a = Σ_j .. a(j, j + s) + Σ_j .. Σ_k 1[k != j + s] a, j + s always in k's range."""

    def make(t: Term, h: Hyps, letters: Letters) -> Th | None:
        return taken_out(env, t, env.canon(("+", letters[0], shift)), h)

    th = under(env, s, depth - 1, hyps, make)
    if th is None:
        return None
    parts: Term = ("+", _first(th.rhs, depth - 1), _off(s, shift, depth))
    return env.b.trans(th, env.b.ring(th.rhs, parts))


def _off(s: Term, shift: Term, depth: int) -> Term:
    """Nested sums with 1[k != j + s], j the outermost index and k the innermost."""
    return with_front(s, depth, lambda k: ("1", "!=", minus(k[-1], ("+", k[0], shift))))


def _with_some(env: Env, s: Term, shift: Term, depth: int, hyps: Hyps) -> Th | None:
    """The same where j + s lies in k's range for some j only: the range of j is cut."""
    b, off = env.b, _off(s, shift, depth)
    inner = s
    for _ in range(depth - 1):
        inner = inner[3]
    low, high = (env.canon(minus(e, shift)) for e in inner[1:3])
    bottom = _farther(env, s[1], low, ONE, hyps)
    top = _farther(env, s[2], high, MINUS, hyps)
    if bottom is None or top is None:
        return None
    whole, apart = (_in_three(env, t, bottom, top, hyps) for t in (s, off))
    if whole is None or apart is None:
        return None
    done = whole
    for n, part in enumerate(whole.rhs[1:]):
        middle = env.canon(part[1]) == env.canon(bottom) and env.canon(part[2]) == env.canon(top)
        make = _with_all if middle else _with_none
        th = make(env, part, shift, depth, hyps)
        if th is None:
            return None
        done = b.trans(done, b.cong(done.rhs, (n,), th))
    first = next(t[1] for t in done.rhs[1:] if t[0] == "+")
    both: Term = ("+", first, apart.rhs)
    put = b.sym(b.cong(("+", first, off), (1,), apart))
    return b.trans(done, b.ring(done.rhs, both), put)


def _farther(env: Env, a: Term, b: Term, way: Term, hyps: Hyps) -> Term | None:
    """The larger (way 1) or the smaller (way -1) of two bounds, where that is known."""
    for x, y in ((a, b), (b, a)):
        if nonneg(env, ("*", way, minus(x, y)), hyps) is not None:
            return x
    return None


def _in_three(env: Env, t: Term, bottom: Term, top: Term, hyps: Hyps) -> Th | None:
    """Σ_{lo..hi} = Σ_{lo..bottom-1} + Σ_{bottom..top} + Σ_{top+1..hi}, without empty parts."""
    b, done, last = env.b, env.b.refl(t), t
    kept: list[Term] = []
    if env.canon(t[1]) != env.canon(bottom):
        th = split_sum(env, last, env.canon(minus(bottom, ONE)), hyps)
        if th is None:
            return None
        last = ("S", bottom, *t[2:])
        kept.append(th.rhs[1])
        done = b.trans(th, b.ring(th.rhs, ("+", *kept, last)))
    if env.canon(t[2]) != env.canon(top):
        th = split_sum(env, last, top, hyps)
        if th is None:
            return None
        at = (len(kept),) if kept else ()
        done = b.trans(done, b.cong(done.rhs, at, th))
        kept += th.rhs[1:]
    else:
        kept.append(last)
    return b.trans(done, b.ring(done.rhs, ("+", *kept)))


def _with_none(env: Env, s: Term, shift: Term, depth: int, hyps: Hyps) -> Th | None:
    """Σ_j .. Σ_k a = Σ_j .. Σ_k 1[k != j + s] a, where j + s is never in k's range."""

    def make(t: Term, h: Hyps, letters: Letters) -> Th | None:
        differ = minus(letters[-1], ("+", letters[0], shift))
        th = env.sign("!=", differ, h) or env.sign(">", differ, h)
        th = th or env.sign(">", ("*", MINUS, differ), h)
        return th and env.b.ring(t, ("*", ("1", "!=", differ), t), th)

    return under(env, s, depth, hyps, make)


# ---------------------------------------------------------------- the rules


def _single_out(goal: Goal) -> Th | None:
    env, n = goal.env, goal.binding["index"]
    k = env.bridge.term(goal.binding["at"])
    make: Make = lambda s, h, _: taken_out(env, s, k, h)  # noqa: E731
    th = under(env, goal.left, n, goal.hyps, make)
    return between(env, goal.left, th, goal.right, goal.hyps)


def _diagonal(goal: Goal) -> Th | None:
    p, q = goal.binding["pair"]
    shift = goal.env.bridge.term(S(goal.binding.get("shift", 0)))
    depth = len(goal.term.bound)
    th = off_diagonal(goal.env, goal.left, depth, (p, q), shift, goal.hyps)
    return between(goal.env, goal.left, th, goal.right, goal.hyps)


def _complete(goal: Goal) -> Th | None:
    """The term that is left out, put back: the sum without the condition, less that term."""
    env = goal.env
    body, limits, apart = opened_sum(goal.term)
    one = apart[goal.binding["condition"]]
    whole = env.bridge.term(Sum(body, *limits, *(c for c in apart if c is not one)))
    names = [t[0] for t in limits]
    own = [n for n, j in enumerate(names) if one.has(j)]
    th = _without(goal, whole, one, [names[n] for n in own], own, len(limits))
    if th is None:
        return None
    start: Term = ("+", th.rhs, minus(goal.left, th.rhs))
    first = env.equal(goal.left, start, goal.hyps)
    put = env.b.cong(("+", whole, start[2]), (0,), th)
    last = env.equal(put.lhs, goal.right, goal.hyps)
    return env.b.trans(first, env.b.sym(put), last) if first and last else None


def _without(
    goal: Goal, whole: Term, one: Ne, names: Sequence[object], own: Sequence[int], depth: int
) -> Th | None:
    """The whole sum as the term with equal indices and the sum over the others."""
    env, gap = goal.env, _gap(one)
    if len(own) == 1:
        k = env.bridge.term(solved(names[0], gap))
        return under(env, whole, own[0], goal.hyps, lambda s, h, _: taken_out(env, s, k, h))
    shift = env.bridge.term(canonical(solved(names[1], gap) - names[0]))
    return off_diagonal(env, whole, depth, (own[0], own[1]), shift, goal.hyps)


def _gap(one: Ne) -> object:
    """The difference of what must not be equal."""
    return canonical(one.lhs - one.rhs)


MAKERS: Mapping[str, Maker] = {
    "sum-single-out": _single_out,
    "sum-diagonal": _diagonal,
    "sum-complete": _complete,
}
