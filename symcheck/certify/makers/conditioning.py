"""Rule 4, conditional expectations, and the variance of independent terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.fresh import letter_for
from symcheck.certify.makers.expectation import (
    between,
    known_out,
    times,
    weighted_mean,
)
from symcheck.certify.semigraphoid import part
from symcheck.certify.steps import Goal, Maker
from symcheck.core.declared import within
from symcheck.core.terms import MINUS, ONE, ZERO, Term, closed, kids, minus, num, opened
from symcheck.language.expr import Sum

__all__ = ["MAKERS", "product_of_means", "uncorrelated"]

Terms = tuple[Term, ...]
TWO = num(2)


# ---------------------------------------------------------------- rule 4


def product_of_means(env: Env, groups: Sequence[Term], given: Terms, hyps: Hyps) -> Th | None:
    """E[f (g (...)) | y] = E[f | y] (E[g | y] (...)), each independent of all that follow."""
    f, rest = groups[0], groups[1:]
    if not rest:
        return env.b.refl(("E", f, *given))
    below = product_of_means(env, rest, given, hyps)
    if below is None:
        return None
    g = below.lhs[1]
    apart = env.independent((f,), (g,), given, hyps)
    th = apart and _product(env, apart, f, g, hyps)
    return th and env.b.trans(th, env.b.cong(th.rhs, (1,), below))


def _product(env: Env, apart: Th, f: Term, g: Term, hyps: Hyps) -> Th | None:
    """E[f g | y] = E[f | y] E[g | y], for independents given y."""
    given: Terms = apart.says[3]
    met = [apart, env.exists(f, hyps), env.exists(g, hyps)]
    if None in met:
        return None
    if not given:
        return env.b.step("product", f, g, of=[m for m in met if m])
    met.append(env.exists(("*", f, g), hyps) or _product_exists(env, f, g, hyps))
    if None in met:
        return None
    return env.b.step("product_given", f, g, given, of=[m for m in met if m])


def _product_exists(env: Env, f: Term, g: Term, hyps: Hyps) -> Th | None:
    met = env.independent((f,), (g,), (), hyps), env.exists(f, hyps), env.exists(g, hyps)
    return None if None in met else env.b.step("exists_product", f, g, of=[m for m in met if m])


def _rule4(goal: Goal) -> Th | None:
    """E[f g | y] = E[f | y] E[g | y], and so for more groups."""
    _, body, *given = goal.left
    factors = kids(body) if body[0] == "*" else (body,)
    groups = [times([factors[n] for n in group]) for group in goal.binding["groups"]]
    th = product_of_means(goal.env, groups, tuple(given), goal.hyps)
    return between(goal.env, goal.left, th, goal.right, goal.hyps)


# ---------------------------------------------------------------- conditions


def _averaged(env: Env, left: Term, right: Term, hyps: Hyps) -> Th | None:
    """E[k E[g | y] | z] = E[k g | z], for a k that y decides."""
    _, body, *rest = left
    given, factors = tuple(rest), _factors(body)
    for n, f in enumerate(factors):
        others = factors[:n] + factors[n + 1 :]
        if f[0] != "E" or not set(given) <= set(f[2:]) or len(f) == 2:
            continue
        if all(env.declared.measurable(k, f[2:]) for k in others):
            th = _tower(env, times(others), f, given, hyps)
            found = between(env, left, th, right, hyps)
            if found is not None:
                return found
    return None


def _factors(t: Term) -> Terms:
    """The factors of a term, those of small powers one by one."""
    if t[0] == "*":
        return tuple(f for k in kids(t) for f in _factors(k))
    if t[0] == "^" and t[1][0] == "E" and t[2] in (TWO, num(3)):
        return (t[1],) * int(t[2][1])
    return (t,)


def _tower(env: Env, k: Term, inner: Term, given: Terms, hyps: Hyps) -> Th | None:
    _, g, *rest = inner
    under = tuple(rest)
    if k == ONE:
        return env.b.step("tower", g, under, given)
    out = known_out(env, k, g, under, hyps)
    if out is None:
        return None
    back = env.b.cong(("E", out.rhs, *given), (0,), env.b.sym(out))
    return env.b.trans(back, env.b.step("tower", ("*", k, g), under, given))


def _tower_rule(goal: Goal) -> Th | None:
    return _averaged(goal.env, goal.left, goal.right, goal.hyps)


def _condition(goal: Goal) -> Th | None:
    """E[k g | z] = E[k E[g | y] | z], for a k that y decides."""
    th = _averaged(goal.env, goal.right, goal.left, goal.hyps)
    return th and goal.env.b.sym(th)


def _drop_given(goal: Goal) -> Th | None:
    """E[g | y, z] = E[g | y], for a z that (g, y) is independent of."""
    env, (_, g, *given) = goal.env, goal.left
    gone = tuple(given[n] for n in goal.binding["drop"])
    kept = tuple(y for y in given if y not in gone)
    met = env.independent((g,), gone, kept, goal.hyps)
    th = met and env.b.step("drop", g, kept, gone, of=[met])
    return between(env, goal.left, th, goal.right, goal.hyps)


# ---------------------------------------------------------------- variances


def _centered(f: Term, given: Terms) -> Term:
    """f - E[f | y]"""
    return minus(f, ("E", f, *given))


def _covariance(f: Term, g: Term, given: Terms) -> Term:
    """E[(f - E[f | y]) (g - E[g | y]) | y]"""
    return ("E", ("*", _centered(f, given), _centered(g, given)), *given)


def _variance(f: Term, given: Terms) -> Term:
    """E[(f - E[f | y])^2 | y]"""
    return ("E", ("^", _centered(f, given), TWO), *given)


def uncorrelated(env: Env, f: Term, g: Term, given: Terms, hyps: Hyps) -> Th | None:
    """The covariance of f and g given y is 0: they, or all members of sums, are independent."""
    key = ("uncorrelated", f, g, given, hyps)
    return env.once(key, lambda: _uncorrelated(env, f, g, given, hyps))


def _uncorrelated(env: Env, f: Term, g: Term, given: Terms, hyps: Hyps) -> Th | None:
    direct = _independent_terms(env, f, g, given, hyps)
    if direct is not None:
        return direct
    start = _covariance(f, g, given)
    opened_up = _taken_apart(env, f, hyps)
    if opened_up is not None:
        moved = env.b.everywhere(start, opened_up)
        below = uncorrelated(env, opened_up.rhs, g, given, hyps)
        return below and env.b.trans(moved, below)
    if f[0] == "S":
        return _member_by_member(env, f, g, given, hyps)
    if f[0] == "*" and any(env.declared.fixed(k) for k in kids(f)):
        return _without_factor(env, f, g, given, hyps)
    if g[0] in "dS*":
        back = uncorrelated(env, g, f, given, hyps) if _may_turn(env, g, f) else None
        return back and between(env, start, back, ZERO, hyps)
    return None


def _may_turn(env: Env, g: Term, f: Term) -> bool:
    """Can g be taken apart, where f cannot?"""
    split = g[0] in "dS" or (g[0] == "*" and any(env.declared.fixed(k) for k in kids(g)))
    return split and f[0] not in "dS"


def _independent_terms(env: Env, f: Term, g: Term, given: Terms, hyps: Hyps) -> Th | None:
    """E[(f - E[f]) (g - E[g])] = E[f - E[f]] E[g - E[g]] = 0, all given y."""
    apart = env.independent((f,), (g,), given, hyps)
    zero = apart and _zero_mean(env, f, given, hyps)
    if apart is None or zero is None:
        return None
    one, other = _centered(f, given), _centered(g, given)
    th = _product(env, part(env.b, apart, (one,), (other,)), one, other, hyps)
    if th is None:
        return None
    gone = env.b.cong(th.rhs, (0,), zero)
    return env.b.trans(th, gone, env.b.ring(gone.rhs, ZERO))


def _zero_mean(env: Env, f: Term, given: Terms, hyps: Hyps) -> Th | None:
    """E[f - E[f | y] | y] = 0"""
    return env.once(("centered", f, given, hyps), lambda: _centered_zero(env, f, given, hyps))


def _centered_zero(env: Env, f: Term, given: Terms, hyps: Hyps) -> Th | None:
    pairs = [(ONE, f), (("*", MINUS, ("E", f, *given)), ONE)]
    th = weighted_mean(env, pairs, given, hyps)
    return between(env, ("E", _centered(f, given), *given), th, ZERO, hyps)


def _taken_apart(env: Env, f: Term, hyps: Hyps) -> Th | None:
    """What a definition stands for."""
    return env.b.step("unfold", f) if f[0] == "d" else None


def _without_factor(env: Env, f: Term, g: Term, given: Terms, hyps: Hyps) -> Th | None:
    """E[(c f - E[c f]) (g - E[g])] = c E[(f - E[f]) (g - E[g])] = 0"""
    fixed = [k for k in kids(f) if env.declared.fixed(k)]
    c, rest = times(fixed), times([k for k in kids(f) if k not in fixed])
    mean = known_out(env, c, rest, given, hyps)
    below = uncorrelated(env, rest, g, given, hyps)
    if mean is None or below is None:
        return None
    mean = between(env, ("E", f, *given), mean, mean.rhs, hyps)
    start = _covariance(f, g, given)
    if mean is None:
        return None
    inside = env.b.cong(start, (0, 0, 1, 1), mean)
    out = known_out(env, c, below.lhs[1], given, hyps)
    first = between(env, inside.rhs, out, ("*", c, below.lhs), hyps)
    if first is None:
        return None
    gone = env.b.cong(first.rhs, (1,), below)
    return env.b.trans(inside, first, gone, env.b.ring(gone.rhs, ZERO))


def _member_by_member(env: Env, f: Term, g: Term, given: Terms, hyps: Hyps) -> Th | None:
    """E[(Σ_j f_j - E[Σ_j f_j]) (g - E[g])] = Σ_j E[(f_j - E[f_j]) (g - E[g])] = 0"""
    _, lo, hi, body = f
    j = letter_for(hyps, f, g, *given)
    inner = opened(body, j)
    below = uncorrelated(env, inner, g, given, hyps | within(j, lo, hi))
    if below is None:
        return None
    mean = _of_members(env, f, given, hyps)
    each = ("S", lo, hi, closed(below.lhs[1], j))
    apart = _of_members(env, each, given, hyps)
    if mean is None or apart is None:
        return None
    inside = env.b.cong(_covariance(f, g, given), (0, 0, 1, 1), mean)
    gone = env.b.inside_sum(apart.rhs, below, j)
    return env.b.trans(
        inside, env.b.ring(inside.rhs, apart.lhs), apart, gone, env.b.ring(gone.rhs, ZERO)
    )


def _of_members(env: Env, f: Term, given: Terms, hyps: Hyps, depth: int = 1) -> Th | None:
    """E[Σ_j f_j | y] = Σ_j E[f_j | y], for so many sums."""
    if depth == 0:
        return env.b.refl(("E", f, *given))
    _, lo, hi, body = f
    j = letter_for(hyps, f, *given)
    inner, here = opened(body, j), hyps | within(j, lo, hi)
    met, below = env.exists(inner, here), _of_members(env, inner, given, here, depth - 1)
    if met is None or below is None:
        return None
    th = env.b.step("mean_sum", j, lo, hi, given, of=[met])
    return env.b.trans(th, env.b.inside_sum(th.rhs, below, j))


def _variance_sum(goal: Goal) -> Th | None:
    """Var[f + g | y] = Var[f | y] + Var[g | y];  Var[Σ_j g_j | y] = Σ_j Var[g_j | y]"""
    env, (_, _, *rest) = goal.env, goal.left
    given, h = tuple(rest), goal.term.args[0]
    whole = env.bridge.term(h)
    if whole[0] == "+":
        th = _of_terms(env, whole, given, goal.hyps)
    elif isinstance(h, Sum):
        th = _of_sum(env, whole, given, goal.hyps, len(h.bound))
    else:
        return None
    return between(env, goal.left, th, goal.right, goal.hyps)


def _of_terms(env: Env, f: Term, given: Terms, hyps: Hyps) -> Th | None:
    """The variance of a sum of uncorrelated terms."""
    ts = kids(f)
    mean = weighted_mean(env, [(ONE, t) for t in ts], given, hyps)
    mean = between(env, ("E", f, *given), mean, ("+", *(("E", t, *given) for t in ts)), hyps)
    pairs = [(n, m) for m in range(len(ts)) for n in range(m)]
    zeros = [uncorrelated(env, ts[n], ts[m], given, hyps) for n, m in pairs]
    if mean is None or None in zeros:
        return None
    inside = env.b.cong(_variance(f, given), (0, 0, 1, 1), mean)
    squares = [(ONE, _variance(t, given)[1]) for t in ts]
    mixed = [(TWO, z.lhs[1]) for z in zeros if z]
    apart = weighted_mean(env, [*squares, *mixed], given, hyps)
    if apart is None:
        return None
    done = env.b.trans(inside, env.b.ring(inside.rhs, apart.lhs), apart)
    for n, z in enumerate(zeros):
        if z is not None:
            done = env.b.trans(done, env.b.cong(done.rhs, (len(ts) + n, 1), z))
    return done


def _of_sum(env: Env, f: Term, given: Terms, hyps: Hyps, depth: int) -> Th | None:
    """The variance of a finite sum of uncorrelated terms, over so many indices."""
    if depth == 0:
        return _of_guarded(env, f, given, hyps)
    _, lo, hi, body = f
    j = letter_for(hyps, f, *given)
    k = letter_for(hyps, f, j, *given)
    mean, double = _of_members(env, f, given, hyps), _squared(env, f, given, j, k)
    apart = _of_members(env, double.rhs, given, hyps, 2)
    row = apart and _row(env, f, given, hyps, j, k)
    below = row and _of_sum(env, opened(body, j), given, hyps | within(j, lo, hi), depth - 1)
    if mean is None or apart is None or row is None or below is None:
        return None
    inside = env.b.cong(_variance(f, given), (0, 0, 1, 1), mean)
    start = env.b.ring(inside.rhs, ("E", double.lhs, *given))
    spread = env.b.cong(start.rhs, (0,), double)
    row = env.b.trans(row, env.b.ring(row.rhs, below.lhs), below)
    gone = env.b.inside_sum(apart.rhs, row, j)
    return env.b.trans(inside, start, spread, apart, gone)


def _squared(env: Env, f: Term, given: Terms, j: Term, k: Term) -> Th:
    """(Σ_j c_j) (Σ_k c_k) = Σ_j Σ_k c_j c_k, the c_j members of a sum less their means."""
    _, lo, hi, body = f
    each = closed(_centered(opened(body, j), given), j)
    return env.b.step("sum_product", lo, hi, each, lo, hi, each)


def _row(env: Env, f: Term, given: Terms, hyps: Hyps, j: Term, k: Term) -> Th | None:
    """Σ_k E[c_j c_k | y] = E[c_j c_j | y], since all others are 0."""
    _, lo, hi, body = f
    b, differ = env.b, ("1", "!=", minus(j, k))
    here = hyps | within(j, lo, hi) | within(k, lo, hi) | {("!=", minus(j, k))}
    zero = uncorrelated(env, opened(body, j), opened(body, k), given, here)
    if zero is None:
        return None
    member = zero.lhs
    inside = [env.assume((">=", minus(j, lo))), env.assume((">=", minus(hi, j)))]
    one = b.step("pick", lo, hi, j, closed(member, k), of=inside)
    others: Term = ("S", lo, hi, closed(("*", differ, member), k))
    gone = b.step("cong", others, (2, 1), (k,), of=[zero])
    both: Term = ("+", one.lhs, others)
    start = b.ring(("S", lo, hi, closed(member, k)), both)
    done = b.trans(start, b.cong(both, (0,), one))
    done = b.trans(done, b.cong(done.rhs, (1,), gone))
    return b.trans(done, b.ring(done.rhs, one.rhs))


def _of_guarded(env: Env, f: Term, given: Terms, hyps: Hyps) -> Th | None:
    """Var[1[i != j] g | y] = 1[i != j] Var[g | y]; anything else as it is."""
    front = [k for k in kids(f) if k[:2] == ("1", "!=") and env.declared.fixed(k)]
    rest = [k for k in kids(f) if k not in front]
    if f[0] != "*" or not front or not rest:
        return env.b.refl(_variance(f, given))
    c, g = times(front), times(rest)
    mean = between(
        env, ("E", f, *given), known_out(env, c, g, given, hyps), ("*", c, ("E", g, *given)), hyps
    )
    square = _variance(g, given)
    out = known_out(env, c, square[1], given, hyps)
    if mean is None or out is None:
        return None
    inside = env.b.cong(_variance(f, given), (0, 0, 1, 1), mean)
    return between(env, inside.lhs, env.b.trans(inside, env.b.ring(inside.rhs, out.lhs), out),
                   ("*", *front, square), hyps)  # fmt: skip


MAKERS: Mapping[str, Maker] = {
    "rule4": _rule4,
    "tower": _tower_rule,
    "condition": _condition,
    "drop-given": _drop_given,
    "variance-sum": _variance_sum,
}
