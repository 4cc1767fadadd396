"""What is declared as assumptions with names: how a report calls each declaration."""

from __future__ import annotations

from typing import Any

from sympy import Symbol

from symcheck.facts.context import NOTHING, Assumption, Context, Used
from symcheck.facts.signs import relation
from symcheck.language.plain import plain

__all__ = ["TABLES", "listed", "named", "of_function", "of_range", "of_sign", "signs"]

# Where the declarations of a kind stand in a context.
TABLES = {
    "independent": "independence", "identical": "identities", "finite": "finite",
    "hypothesis": "hypotheses", "depends": "dependence", "apart": "apart",
    "relation": "relations",
}  # fmt: skip
# What the core has several declarations for, or calls by another name.
_KINDS = {
    "exists": "mean", "square": "variance", "sign": "positive", "told finite": "finite",
    "assumed to exist": "hypothesis",
}  # fmt: skip
_FUNCTIONS = {"bounded": "bounded", "lipschitz": "Lipschitz"}


def named(context: Context, key: tuple[Any, ...]) -> Used:
    """The assumption that an entry of ``Bridge.numbers`` comes from; none for a bare name."""
    kind, about = _KINDS.get(key[0], key[0]), key[1]
    if about in context.randoms:
        return frozenset(a for a in context.declared(context.randoms[about]) if a.kind == kind)
    if key[0] == "sign":
        return frozenset((of_sign(context, about),)) if about in signs(context) else NOTHING
    if key[0] == "let":
        d = context.definitions[about]
        text = f"{plain(d.term)} = {plain(d.body)}"
        return frozenset((Assumption("definition", d.name, text),))
    if key[0] == "range":
        return frozenset((of_range(context, context.indices[about]),))
    if key[0] in _FUNCTIONS and len(key) == 2:
        return frozenset((of_function(context, about.partition(" of ")[0]),))
    return frozenset((listed(context, kind, about),)) if kind in TABLES else NOTHING


def listed(context: Context, kind: str, n: int) -> Assumption:
    """The n-th declaration of a table as an assumption, as the rules name it."""
    fact = getattr(context, TABLES[kind])[n]
    if kind == "independent":
        return context.independence_assumption(n)
    if kind == "identical":
        terms = ", ".join(map(str, fact.blocks[0]))
        about = ", ".join(t.name for t in fact.blocks[0])
        over = ", ".join(map(str, fact.over))
        return Assumption(kind, about, f"{terms} identically distributed over {over}")
    if kind == "finite":
        return Assumption(kind, plain(fact), f"E|{plain(fact)}| is finite")
    if kind == "hypothesis":
        text = f"{plain(fact.lhs)} = {plain(fact.rhs)}"
        return Assumption(kind, fact.name or plain(fact.lhs), text)
    if kind == "depends":
        span = f"{fact.index} = {plain(fact.lower)}..{plain(fact.upper)}"
        text = f"{fact.of} is a function of {plain(fact.on)}, {span}"
        return Assumption(kind, fact.of.name, text)
    if kind == "relation":
        return relation(fact)
    a, b = fact
    return Assumption(kind, plain(a), f"{plain(a)} and {plain(b)} differ")


def of_function(context: Context, name: str) -> Assumption:
    """That a function is bounded, or Lipschitz."""
    return Assumption("function", name, f"{name} is {_FUNCTIONS[context.functions[name]]}")


def of_range(context: Context, letter: Symbol) -> Assumption:
    """That an index lies between its ends."""
    low, high = context.ranges[letter]
    return Assumption("range", letter.name, f"{letter} lies in {plain(low)}..{plain(high)}")


def of_sign(context: Context, name: str) -> Assumption:
    """That a constant is positive, say."""
    return Assumption("constant", name, f"{name} {signs(context)[name]} 0")


def signs(context: Context) -> dict[str, str]:
    """The declared signs of constants, indexed ones too."""
    asked = {
        ">": "is_positive", "<": "is_negative", ">=": "is_nonnegative", "!=": "is_nonzero",
    }  # fmt: skip
    found = {
        name: next((sign for sign, known in asked.items() if getattr(s, known)), "")
        for name, s in context.symbols.items()
    }
    return {name: sign for name, sign in (found | context.signs).items() if sign}
