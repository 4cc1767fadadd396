"""Small problems for makers: a context, two sides of an equation, a rule, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symcheck.certify.asking import env_of
from symcheck.certify.builder import Th
from symcheck.certify.steps import Goal
from symcheck.core.terms import Refused
from symcheck.language.expr import flat
from symcheck.reading.syntax import parse, parse_expression

__all__ = ["made", "states"]


def goal(
    rule: str, context: str, left: str, right: str, binding: Mapping[str, Any] | None = None
) -> Goal:
    """left = right, to be proved as a step of a rule; texts in the binding are expressions."""
    env = env_of(parse(context).context)

    def read(text: str) -> Any:
        return flat(parse_expression(text, env.context))

    told = {k: read(v) if isinstance(v, str) else v for k, v in (binding or {}).items()}
    term, result = read(left), read(right)
    sides = env.bridge.term(term), env.bridge.term(result)
    return Goal(env, rule, *sides, frozenset(), term, result, told)


def made(makers: Mapping[str, Any], g: Goal) -> Th | None:
    """What the maker of the rule answers; that the core refuses is no answer."""
    try:
        return makers[g.rule](g)
    except Refused:
        return None


def states(makers: Mapping[str, Any], *problem: Any) -> bool:
    """Is there a theorem that says just this, without hypotheses, and trusting nobody?"""
    g = goal(*problem)
    th = made(makers, g)
    if th is None:
        return False
    assert th.says == ("=", g.left, g.right)
    assert not th.hyps
    assert not th.theorem.trusts
    return True
