"""Single steps by their makers."""

from __future__ import annotations

from typing import Any

from symcheck.certify.asking import env_of
from symcheck.certify.bridge import Untold
from symcheck.certify.builder import Th
from symcheck.certify.makers.all import MAKERS
from symcheck.certify.steps import Goal
from symcheck.core.terms import Refused
from symcheck.language.expr import flat
from symcheck.reading.syntax import parse, parse_expression


def proved(
    context: str, rule: str, left: str, right: str, binding: dict[str, Any] | None = None
) -> Th | None:
    """What the maker says of ``left = right``; a theorem says just this, and trusts nothing."""
    c = parse(context, "t").context
    env = env_of(c)
    term, result = (flat(parse_expression(t, c)) for t in (left, right))

    def bound(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(bound, value))
        return flat(parse_expression(value, c)) if isinstance(value, str) else value

    sides = env.bridge.term(term), env.bridge.term(result)
    values = {k: bound(v) for k, v in (binding or {}).items()}
    goal = Goal(env, rule, *sides, frozenset(), term, result, values)
    try:
        th = MAKERS[rule](goal)
    except (Refused, Untold):
        return None
    if th is not None:
        assert th.says == ("=", *sides)
        assert not th.hyps
        assert not th.theorem.trusts
    return th
