"""Does an expression belong to a context?

Every symbol, variable and function has to be one that is declared, as it is declared; an index
and an end of a range is a whole number that is no matter of chance.
"""

from __future__ import annotations

from typing import Any

from sympy import Basic, Expr, Symbol
from sympy.core.function import AppliedUndef
from sympy.core.relational import Equality, Relational
from sympy.core.symbol import Str

from symcheck.facts.assumptions import Definition, Independence, Random
from symcheck.facts.declarations import Declarations
from symcheck.language.expr import RV, Binder, Def, Int, Named, Param, Sum, children, index, speaks
from symcheck.language.plain import plain

__all__ = ["Stranger", "belongs", "symbols", "wellformed"]


class Stranger(ValueError):
    """Something that the context does not know; ``parts`` fill the braces of ``message``."""

    def __init__(self, message: str, *parts: Any) -> None:
        super().__init__(message, *parts)
        self.message, self.parts = message, parts

    def __str__(self) -> str:
        return self.message.format(*map(plain, self.parts))


def belongs(c: Declarations, e: Any, own: frozenset[Symbol] = frozenset()) -> None:
    """Raise Stranger where e holds anything that is not declared; ``own`` are symbols that may."""
    if isinstance(e, Equality):
        for side in e.args:
            _expression(c, side, own)
    else:
        _expression(c, e, own)


def _expression(c: Declarations, e: Any, own: frozenset[Symbol]) -> None:
    if not isinstance(e, Expr):
        raise Stranger("{} is no expression", e)
    _within(c, e, own)


def _within(c: Declarations, e: Any, own: frozenset[Symbol]) -> None:
    if e.args:
        c.remember(("belongs", e, own), lambda: _node(c, e, own))
    else:
        _node(c, e, own)


def _node(c: Declarations, e: Any, own: frozenset[Symbol]) -> None:
    if isinstance(e, Symbol):
        if e not in own and e not in _declared(c) and not _letter(c, e):
            raise Stranger("{} is not declared as it stands here", e)
    elif isinstance(e, Named):
        _named(c, e, own)
    elif isinstance(e, Binder):
        _binder(c, e, own)
    elif not isinstance(e, (Expr, Relational)) or not speaks(e):
        raise Stranger("{} is no part of the language", e)
    else:
        if isinstance(e, AppliedUndef) and e.func.__name__ not in c.functions:
            raise Stranger("{} is not a declared function", e.func.__name__)
        for part in children(e):
            _within(c, part, own)


def _letter(c: Declarations, s: Symbol) -> bool:
    """Is it a free index of which nothing is declared?"""
    return s == index(s.name) and not s.name.startswith("_") and s.name not in c.names


def _declared(c: Declarations) -> frozenset[Symbol]:
    tables = (c.sizes, c.symbols, c.indices)
    found: frozenset[Symbol] = c.remember(
        "declared symbols", lambda: frozenset(s for t in tables for s in t.values())
    )
    return found


def _named(c: Declarations, e: Named, own: frozenset[Symbol]) -> None:
    tables: dict[type, Any] = {RV: c.randoms, Def: c.definitions, Param: c.params}
    found = tables[type(e)].get(e.name)
    if found is None:
        raise Stranger("{} is not declared as it stands here", e)
    if len(e.indices) != len(found if isinstance(e, Param) else found.indices):
        raise Stranger("{} has another number of indices", e)
    for i in e.indices:
        _whole(c, i, own)


def _whole(c: Declarations, i: Any, own: frozenset[Symbol]) -> None:
    if not isinstance(i, Expr) or not i.is_integer or i.has(Named):
        raise Stranger("{} is an index, and may be no whole number that is certain", i)
    _within(c, i, own)


def _binder(c: Declarations, e: Binder, own: frozenset[Symbol]) -> None:
    inside = own | set(e.bound)
    body, *rest = e.args
    _within(c, body, inside)
    if isinstance(e, Int):
        if not isinstance(e.variable, RV):
            raise Stranger("an integral is against the law of a variable, not of {}", e.variable)
        _named(c, e.variable, own)
        for end in e.range:
            if not c.constant(end):
                raise Stranger("{} is the end of a range, and is random", end)
            _within(c, end, own)
        return
    for part in rest if isinstance(e, Sum) else ():
        for end in part.args[-2:]:  # (j, low, high), or j != k
            _whole(c, end, inside)


# ---------------------------------------------------------------- contexts


def wellformed(c: Declarations) -> None:
    """Raise Stranger where a declaration is none that the methods of a context would make."""
    c.remember("well formed", lambda: _wellformed(c))


def _wellformed(c: Declarations) -> None:
    seen: set[str] = set()
    for table in (c.sizes, c.params, c.symbols, c.indices, c.randoms, c.definitions, c.functions):
        for name in table:
            if not isinstance(name, str) or name.startswith("_"):
                raise Stranger("{} is a name of symcheck's own", name)
            if name in seen:
                raise Stranger("{} is declared twice", name)
            seen.add(name)
    for table in (c.sizes, c.symbols, c.indices):
        for name, s in table.items():
            letter = table is c.indices and s != index(name)
            if not isinstance(s, Symbol) or s.name != name or not s.is_real or letter:
                raise Stranger("{} is declared as another symbol", name)
    for name, s in c.sizes.items():
        if not (s.is_integer and s.is_nonnegative):
            raise Stranger("{} is declared as another symbol", name)
    named: list[tuple[str, Random | Definition]] = [*c.randoms.items(), *c.definitions.items()]
    for name, r in named:
        if r.name != name:
            raise Stranger("{} is declared under another name", name)
        _letters(r.indices)
    for at in c.params.values():
        _letters(at)
    for fact in (*c.independence, *c.identities):
        _blocks(c, fact)
    for i in c.ranges:
        if c.indices.get(i.name) != i:
            raise Stranger("{} has a range, and is no index", i)


def _letters(letters: Any) -> None:
    """Formal indices are letters, each of them once."""
    if len(set(letters)) < len(letters):
        raise Stranger("an index stands twice in {}", tuple(letters))
    for i in letters:
        if not isinstance(i, Symbol) or i != index(i.name):
            raise Stranger("{} is no letter", i)


def _blocks(c: Declarations, fact: Independence) -> None:
    for block in fact.blocks:
        for t in block:
            if not isinstance(t, RV) or t.name not in c.randoms:
                raise Stranger("{} is not a declared random variable", t)
            _letters(t.indices)
            if len(t.indices) > len(c.randoms[t.name].indices):
                raise Stranger("{} has another number of indices", t)
        if fact.over and any(not set(fact.over) <= set(t.indices) for t in block):
            raise Stranger("{} has not all of the indices that it runs over", block[0])
    names = [t.name for block in fact.blocks for t in block]
    if len(set(names)) < len(names) or (fact.over and len(fact.blocks) != 1) or not names:
        raise Stranger("{} stands in two places of one declaration", ", ".join(names))


def symbols(v: Any) -> frozenset[Symbol]:
    """The free symbols of a value of a binding."""
    if isinstance(v, Basic) and not isinstance(v, Str):
        return frozenset(v.free_symbols)
    if isinstance(v, (tuple, list)):
        return frozenset[Symbol]().union(*(symbols(x) for x in v))
    return frozenset()
