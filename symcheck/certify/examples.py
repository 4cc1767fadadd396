"""How the core proves what the rules do: by their own examples."""

from __future__ import annotations

from typing import Any

from symcheck.certify.asking import env_of
from symcheck.certify.bridge import Untold
from symcheck.certify.makers.all import MAKERS
from symcheck.certify.steps import Goal, prove
from symcheck.core.terms import Refused
from symcheck.language.expr import flat
from symcheck.reading.syntax import parse, parse_expression
from symcheck.rules.proof import Rule

__all__ = ["GIVEN", "primitives"]

# What these do is proved from a theorem that they are given: an earlier one, or an equation.
GIVEN = {"lemma": ("general", "cut", "trans"), "solve": ("assume", "cong", "ring", "trans")}
SILENT = frozenset({"ring", "trans", "sym", "cong"})  # in nearly all of them


def primitives(rule: Rule) -> tuple[str, ...] | None:
    """The primitive rules in the theorem of the rule's example, the commonest ones last.

    None where the makers prove no such theorem.
    """
    if rule.name in GIVEN:
        return GIVEN[rule.name]
    case = rule.example
    context = parse(case.context, "example").context

    def read(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(read, value))
        return flat(parse_expression(value, context)) if isinstance(value, str) else value

    term, result = read(case.term), read(case.result)
    binding = {k: read(v) for k, v in case.binding.items()}
    try:
        env = env_of(context)
        sides = env.bridge.term(term), env.bridge.term(result)
        th = prove(Goal(env, rule.name, *sides, frozenset(), term, result, binding), MAKERS)
    except (Refused, Untold):
        return None
    if th is None or th.theorem.trusts:
        return None
    found = th.theorem.rules
    return (*sorted(found - SILENT), *sorted(found & SILENT))
