"""Untrusted: which definition is unfolded next."""

from __future__ import annotations

from typing import Any

from symcheck.facts.context import Context
from symcheck.language.expr import Def, Var, add, subterms
from symcheck.search.steps import Position, Proposal, Search

__all__ = ["constant_definition", "number", "outermost", "spread", "unfolded_once"]


def number(search: Search, p: Position) -> Proposal | None:
    """A definition that is a number."""
    d = search.context.definitions.get(p.term.name)
    if d is None or not d.body.is_number or search.unfolding not in ("", d.name):
        return None
    search.unfolding = d.name
    return "definition", {}


def constant_definition(search: Search, p: Position) -> Proposal | None:
    """A definition without a random source."""
    name = p.term.name
    if name not in search.context.definitions or search.unfolding not in ("", name):
        return None
    if not search.context.constant(p.term):
        return None
    search.unfolding = name
    return "definition", {}


def spread(search: Search, p: Position) -> Proposal | None:
    """What a variance is taken of."""
    name = p.term.name
    if name not in search.context.definitions or search.unfolding not in ("", name):
        return None
    if not p.parents or not isinstance(p.parents[-1], Var) or p.path[-1] != 0:
        return None
    search.unfolding = name
    return "definition", {}


def outermost(search: Search, p: Position) -> Proposal | None:
    """Unfold the definition that no other one in sight is built upon."""
    table = search.context.definitions
    root = p.parents[0] if p.parents else p.term
    sight = search.within.parts(root) if search.within else (root,)
    names = {t.name for e in sight for t in subterms(e) if isinstance(t, Def) and t.name in table}
    below = {
        inner.name
        for name in names
        for inner in subterms(unfolded_once(search.context, name))
        if isinstance(inner, Def)
    }
    top = sorted(names - below) or sorted(names)
    if p.term.name != (search.unfolding or top[0]):
        return None
    search.unfolding = p.term.name
    return "definition", {}


def unfolded_once(context: Context, name: str) -> Any:
    """The body of a definition with the definitions inside it unfolded, one after another."""
    body = context.definitions[name].body
    parts = [body]
    inner = {t for t in subterms(body) if isinstance(t, Def) and t.name in context.definitions}
    parts.extend(unfolded_once(context, t.name) for t in sorted(inner, key=str))
    return add(*parts) if len(parts) > 1 else body
