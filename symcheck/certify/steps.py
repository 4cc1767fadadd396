"""From the steps that rules have found to theorems of the core, one step at a time.

A step rewrites one part of an expression.  What a maker has to prove is the equation of the two
parts, under what is known there; here it is carried to the whole expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Add, Mul, Pow
from sympy.core.relational import Relational

from symcheck.certify.bridge import Untold
from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.declared import within
from symcheck.core.terms import Refused, Term, kids, opened
from symcheck.facts.context import Scope
from symcheck.language.expr import RV, Cov, Diff, E, Ind, Int, Named, P, Sum, Var, replace
from symcheck.language.ring import TooLarge
from symcheck.rules.all import RULES
from symcheck.rules.places import at, enter
from symcheck.rules.proof import Lemma, Site, Step
from symcheck.rules.proof import Refused as RuleRefused
from symcheck.search.steps import OutOfTime

__all__ = ["Goal", "Maker", "Occurrence", "step_theorem"]


@dataclass(frozen=True)
class Goal:
    """``left = right`` to be proved, from ``hyps`` at most: what a step does to a part.

    ``term`` and ``result`` are the same two parts in SymPy, as the rule saw and made them, with
    the binding by which it was applied.
    """

    env: Env
    rule: str
    left: Term
    right: Term
    hyps: Hyps
    term: Any
    result: Any
    binding: Mapping[str, Any] = field(default_factory=dict)


Maker = Callable[[Goal], Th | None]


@dataclass(frozen=True)
class Occurrence:
    """A place in a term: the path, the letters that open the sums on the way, what is known."""

    path: tuple[int, ...]
    letters: tuple[Term, ...]
    hyps: Hyps


def step_theorem(
    env: Env, before: Any, step: Step, makers: Mapping[str, Maker], lemmas: Mapping[str, Lemma]
) -> Th:
    """T(before) = T(step.result); where no maker answers, as an axiom with the rule's name.

    Raises Untold where the core has no words for an expression.
    """
    old, new = (step.result, before) if step.backward else (before, step.result)
    whole, target = env.bridge.term(old), env.bridge.term(new)
    if whole == target:
        return env.b.refl(whole)
    try:
        th = _carried(env, old, new, step, makers, lemmas)
    except (Refused, Untold, RuleRefused, TooLarge):
        th = None
    if th is None:
        th = env.equal(whole, target) or env.trust(step.rule, ("=", whole, target))
    return env.b.sym(th) if step.backward else th


def _carried(
    env: Env, old: Any, new: Any, step: Step, makers: Mapping[str, Maker],
    lemmas: Mapping[str, Lemma],
) -> Th | None:  # fmt: skip
    term, scope = at(old, step.path)
    made = step.made
    if made is None:
        made = RULES[step.rule].rewrite(Site(env.context, scope, term, step.binding, lemmas))
    result = made.result
    places = occurrences(env, old, step.path)
    variables = _variables(old, step.path)
    left, right = (env.bridge.term(_at_points(e, variables)) for e in (term, result))
    whole, target = env.bridge.term(old), env.bridge.term(new)
    if not places or part(whole, places[0]) != left:
        return None
    goal = Goal(env, step.rule, left, right, places[0].hyps, term, result, step.binding)
    th = prove(goal, makers) or env.trust(step.rule, ("=", left, right), goal.hyps)
    done = env.b.refl(whole)
    for place in places:
        if part(done.rhs, place) == th.lhs:
            one = env.b.cong(done.rhs, place.path, th, place.letters)
            done = env.b.trans(done, one)
    last = env.equal(done.rhs, target)
    return None if last is None else env.b.trans(done, last)


def prove(goal: Goal, makers: Mapping[str, Maker]) -> Th | None:
    """What the rule's maker says; else what algebra says; else None.

    A theorem that is not ``left = right`` from ``hyps`` is none.
    """
    env = goal.env
    if goal.left == goal.right:
        return env.b.refl(goal.left)
    maker = makers.get(goal.rule)
    for make in (maker, lambda g: env.equal(g.left, g.right, g.hyps)):
        if make is None:
            continue
        try:
            th = make(goal)
        except (Refused, Untold):
            continue
        except OutOfTime:
            raise
        except Exception:  # a maker is not believed, and may have a mistake
            continue
        if th is None:
            continue
        if th.says == ("=", goal.left, goal.right) and th.hyps <= goal.hyps | env.given:
            return th
    return None


def part(t: Term, place: Occurrence) -> Term | None:
    """The part of t at a place, its sums opened; None where the place is not there."""
    letters = list(place.letters)
    for n in place.path:
        below = kids(t)
        if n >= len(below):
            return None
        t = opened(below[n], letters.pop(0)) if t[0] == "S" and n == 2 else below[n]
    return t


# ---------------------------------------------------------------- places


def occurrences(env: Env, e: Any, path: tuple[int, ...]) -> list[Occurrence]:
    """Where the part of e at a path stands in the term of e: more than once in a variance."""
    found = [(Occurrence((), (), frozenset()), env.bridge.term(e))]
    depth = 0
    for n in path:
        ways = _ways(e, n, depth)
        if ways is None:
            return []
        found = [_go(env, o, t, way) for o, t in found for way in ways]
        parts, _ = enter(e, depth, Scope())
        depth += isinstance(e, (Sum, Int))
        e = parts[n]
    return [o for o, _ in found]


def _go(
    env: Env, o: Occurrence, t: Term, way: tuple[tuple[int, ...], tuple[Term, ...]]
) -> tuple[Occurrence, Term]:
    letters, hyps = list(way[1]), o.hyps
    for n in way[0]:
        hyps |= env.declared.guards(t, n)
        if t[0] == "S" and n == 2:
            letter = letters.pop(0)
            hyps |= within(letter, t[1], t[2])
            t = opened(t[3], letter)
        else:
            t = kids(t)[n]
    return Occurrence(o.path + way[0], o.letters + way[1], hyps), t


def _ways(e: Any, n: int, depth: int) -> list[tuple[tuple[int, ...], tuple[Term, ...]]] | None:
    """The paths in the term of e to its n-th part, with the letters that open sums."""
    if isinstance(e, Sum):
        k = len(e.bound)
        letters = tuple(("v", f"_i{depth}_{m}") for m in range(k))
        return [((2,) * k + ((len(e.apart),) if e.apart else ()), letters)]
    if isinstance(e, Int):
        ends = sum(not end.is_infinite for end in e.range)
        return [((0, ends) if ends else (0,), ())]
    if isinstance(e, Var):
        if n:
            return [((n,), ()), ((0, 0, 1, 1, n), ())]
        return [((0, 0, 0), ()), ((0, 0, 1, 1, 0), ())]
    if isinstance(e, Cov):
        return [((0, n, 0), ()), ((0, n, 1, 1, 0), ())]
    if isinstance(e, P):
        return [((0,), ())]
    if isinstance(e, Relational):
        return [((0, 0), ()) if n == 0 else ((0, 1, 1), ())]
    if isinstance(e, Ind):
        return [((), ())]
    if isinstance(e, (Add, Mul, Pow, E, Diff, Named)) or getattr(e, "is_Function", False):
        return None if len(e.args) > 2 and type(e).__name__ in ("Max", "Min") else [((n,), ())]
    return None


def _variables(e: Any, path: tuple[int, ...]) -> dict[Any, RV]:
    """The letters that integrals on the way were opened with, and their random variables."""
    found: dict[Any, Any] = {}
    depth = 0
    for n in path:
        parts, scope = enter(e, depth, Scope())
        if isinstance(e, Int):
            found[scope.variables[-1]] = e.variable
        depth += isinstance(e, (Sum, Int))
        e = parts[n]
    return found


def _at_points(e: Any, variables: Mapping[Any, Any]) -> Any:
    return replace(e, dict(variables)) if variables else e
