"""Rules 1 to 3, and what they are made of: E[Σ c g | y] and E[Σ_j g_j | y] taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.fresh import letter_for
from symcheck.certify.steps import Goal, Maker
from symcheck.core.declared import within
from symcheck.core.terms import MINUS, ONE, Term, kids, num, opened
from symcheck.language.expr import Sum

__all__ = [
    "MAKERS",
    "all_of",
    "between",
    "constant_mean",
    "known_out",
    "mean_of_sum",
    "times",
    "weighted_mean",
]

Terms = tuple[Term, ...]


# ---------------------------------------------------------------- shared with other makers


def between(env: Env, left: Term, th: Th | None, right: Term, hyps: Hyps) -> Th | None:
    """left = right, by algebra around a theorem in the middle; None where algebra fails."""
    if th is None:
        return None
    ends = ((left, th.lhs), (th.rhs, right))
    first, last = (th if a == b else env.equal(a, b, hyps) for a, b in ends)
    if first is None or last is None:
        return None
    return env.b.trans(*([first] * (first is not th)), th, *([last] * (last is not th)))


def all_of(ths: Iterable[Th | None]) -> list[Th] | None:
    """All of some theorems, or None where one was not found."""
    found = []
    for th in ths:
        if th is None:
            return None
        found.append(th)
    return found


def times(factors: Sequence[Term]) -> Term:
    """A product; one factor as it is, none as 1."""
    return factors[0] if len(factors) == 1 else ("*", *factors) if factors else ONE


def constant_mean(env: Env, k: Term, given: Terms, hyps: Hyps) -> Th | None:
    """E[k | y] = k, for a k that is no matter of chance once y is known."""
    if env.declared.fixed(k):
        return env.b.step("constant", k, given)
    if not env.declared.measurable(k, given):
        return None
    met = env.exists(k, hyps)
    return met and env.b.step("given", k, given, of=[met])


def known_out(env: Env, k: Term, g: Term, given: Terms, hyps: Hyps) -> Th | None:
    """E[k g | y] = k E[g | y], for a k that is no matter of chance once y is known."""
    if env.declared.fixed(k):
        one = env.b.step("linear", (k,), (g,), given)
        return between(env, ("E", ("*", k, g), *given), one, ("*", k, ("E", g, *given)), hyps)
    met = all_of([env.exists(g, hyps), env.exists(("*", k, g), hyps)])
    return None if met is None else env.b.step("pull_out", k, g, given, of=met)


def weighted_mean(
    env: Env, pairs: Sequence[tuple[Term, Term]], given: Terms, hyps: Hyps, ones: bool = True
) -> Th | None:
    """E[Σ c g | y] = Σ c E[g | y], the c no matter of chance once y is known.

    With ``ones``, E[1 | y] is 1.
    """
    fixed = [env.declared.fixed(c) for c, _ in pairs]
    cs = tuple(c if f else ONE for (c, _), f in zip(pairs, fixed, strict=True))
    gs = tuple(
        g if f else c if g == ONE else ("*", c, g) for (c, g), f in zip(pairs, fixed, strict=True)
    )
    met = all_of(env.exists(g, hyps) for g in gs if len(gs) > 1)
    if met is None:
        return None
    th = env.b.step("linear", cs, gs, given, of=met)
    for n, ((c, g), f) in enumerate(zip(pairs, fixed, strict=True)):
        if g == ONE and ones:
            one = constant_mean(env, gs[n], given, hyps)
        elif not f:
            one = known_out(env, c, g, given, hyps)
        else:
            continue
        if one is None:
            return None
        th = env.b.trans(th, env.b.cong(th.rhs, (n, 1), one))
    return th


def mean_of_sum(env: Env, t: Term, given: Terms, hyps: Hyps, depth: int) -> Th | None:
    """E[Σ..Σ g | y] = Σ..Σ E[g | y], for so many sums; conditions on the indices stay outside."""
    b = env.b
    if depth == 0:
        return _past_conditions(env, t, given)
    _, lo, hi, body = t
    letter = letter_for(hyps, t, *given)
    inner, here = opened(body, letter), hyps | within(letter, lo, hi)
    met = env.exists(inner, here)
    if met is None:
        return None
    th = b.step("mean_sum", letter, lo, hi, given, of=[met])
    below = mean_of_sum(env, inner, given, here, depth - 1)
    return below and b.trans(th, b.inside_sum(th.rhs, below, letter))


def _past_conditions(env: Env, t: Term, given: Terms) -> Th:
    """E[1[i != j] g | y] = 1[i != j] E[g | y]; anything else as it is."""
    whole: Term = ("E", t, *given)
    front = [k for k in kids(t) if k[:2] == ("1", "!=") and env.declared.fixed(k)]
    rest = [k for k in kids(t) if k not in front]
    if t[0] != "*" or not front or not rest:
        return env.b.refl(whole)
    c, g = times(front), times(rest)
    th = env.b.step("linear", (c,), (g,), given)
    right = times([*front, ("E", g, *given)])
    return env.b.trans(env.b.ring(whole, th.lhs), th, env.b.ring(th.rhs, right))


# ---------------------------------------------------------------- the rules


def _rule1(goal: Goal) -> Th | None:
    """E[k | y] = k"""
    _, k, *given = goal.left
    th = constant_mean(goal.env, k, tuple(given), goal.hyps)
    return between(goal.env, goal.left, th, goal.right, goal.hyps)


def _rule2(goal: Goal) -> Th | None:
    """E[c k g | y] = c k E[g | y]: first what is fixed comes out, then what y decides."""
    env, (_, body, *rest) = goal.env, goal.left
    given = tuple(rest)
    factors = kids(body) if body[0] == "*" else (body,)
    fixed = [f for f in factors if env.declared.fixed(f)]
    moves = [f for f in factors if f not in fixed]
    known = [f for f in moves if env.declared.measurable(f, given)]
    inner = [f for f in moves if f not in known]
    c, g = times(fixed), times([times(known), times(inner)] if known and inner else moves)
    th = env.b.step("linear", (c,), (g,), given)
    if known and inner:
        out = known_out(env, times(known), times(inner), given, goal.hyps)
        if out is None:
            return None
        th = env.b.trans(th, env.b.cong(th.rhs, (0, 1), out))
    return between(env, goal.left, th, goal.right, goal.hyps)


def _rule3(goal: Goal) -> Th | None:
    """E[f - g | y] = E[f | y] - E[g | y], or a finite sum."""
    env, (_, body, *rest) = goal.env, goal.left
    given = tuple(rest)
    if body[0] == "+":
        pairs = [_signed(t) for t in kids(body)]
        th = weighted_mean(env, pairs, given, goal.hyps, ones=False)
    elif body[0] == "S" and isinstance(goal.term.args[0], Sum):
        depth = len(goal.term.args[0].bound)
        th = mean_of_sum(env, body, given, goal.hyps, depth)
    else:
        return None
    return between(env, goal.left, th, goal.right, goal.hyps)


def _signed(t: Term) -> tuple[Term, Term]:
    """A number in front of a term, and the term."""
    if t[0] == "q":
        return (MINUS, num(-t[1])) if t[1] < 0 else (ONE, t)
    if t[0] == "*" and t[1][0] == "q":
        sign = MINUS if t[1][1] < 0 else ONE
        size = num(abs(t[1][1]))
        return sign, times(t[2:] if size == ONE else (size, *t[2:]))
    return ONE, t


MAKERS: Mapping[str, Maker] = {"rule1": _rule1, "rule2": _rule2, "rule3": _rule3}
