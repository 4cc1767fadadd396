"""Expressions as their author would write them in a file: for messages, and for nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sympy import (
    Abs,
    Add,
    Eq,
    Function,
    Ge,
    Gt,
    Integer,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    S,
    Symbol,
    Tuple,
    oo,
)  # fmt: skip
from sympy.core.relational import Relational

from symcheck.language.expr import Cov, Diff, E, Ind, Int, Named, P, Sum, Var, replace

__all__ = ["plain"]

_SIGNS = {Gt: ">", Ge: ">=", Lt: "<", Le: "<=", Eq: "=", Ne: "!="}
_NAMES = {Abs: "abs", Max: "max", Min: "min"}
SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly the outermost operation binds


def plain(e: Any) -> str:
    """``E[relu(x[1])^2]``; names that rules invented become letters that are free.

    What is no expression is shown as Python shows it.
    """
    if isinstance(e, (tuple, Tuple)):
        return ", ".join(map(plain, e))
    if not hasattr(e, "free_symbols"):
        return str(e)
    taken = {str(s) for s in e.free_symbols}
    rule = {}
    for s in sorted(e.free_symbols, key=str):
        if re.fullmatch(r"_[bhi]?\d+(_\d+)?|_[tuv]\d*", str(s)):
            rule[s] = Symbol(next(_letters(taken, "tuv" if str(s)[1] in "tuv" else "jklmnpq")))
            taken.add(str(rule[s]))
    return _bare(replace(e, rule) if rule else e)


def _letters(taken: set[str], letters: str) -> Iterator[str]:
    yield from (c for c in letters if c not in taken)
    yield from (f"{letters[0]}{n}" for n in range(1, 1000) if f"{letters[0]}{n}" not in taken)


def _bare(e: Any) -> str:
    return _shown(e)[0]


def _tight(e: Any, than: int) -> str:
    text, binds = _shown(e)
    return text if binds >= than else f"({text})"


def _shown(e: Any) -> tuple[str, int]:
    """The text, and how tightly its outermost operation binds."""
    if isinstance(e, Add):
        return _sum(e), SUM
    if isinstance(e, Mul) or (e.is_Rational and (e.is_negative or not e.is_Integer)):
        text = _product(e)
        return text, SUM if text.startswith("-") else PRODUCT
    if isinstance(e, Pow):
        return _power(e)
    if isinstance(e, (Sum, Int)):
        return _binder(e), PRODUCT
    if isinstance(e, Relational):
        return f"{_bare(e.lhs)} {_SIGNS[type(e)]} {_bare(e.rhs)}", SUM
    if isinstance(e, Named):
        indices = ",".join(map(_bare, e.indices))
        return (f"{e.name}[{indices}]" if indices else e.name), ATOM
    if isinstance(e, (Cov, Diff)):
        return f"{type(e).__name__}[{', '.join(map(_bare, e.args))}]", ATOM
    if isinstance(e, (E, Var, P, Ind)):
        first, *given = map(_bare, e.args)
        name = "1" if isinstance(e, Ind) else type(e).__name__
        return f"{name}[{first}{' | ' + ', '.join(given) if given else ''}]", ATOM
    if isinstance(e, (Function, Max, Min)):
        name = _NAMES.get(type(e), e.func.__name__)
        return f"{name}({', '.join(map(_bare, e.args))})", ATOM
    return ("oo" if e == oo else "-oo" if e == -oo else str(e)), ATOM


def _sum(e: Add) -> str:
    text = ""
    for t in e.args:
        part = _tight(t, SUM)
        if text and part.startswith("-"):
            text += f" - {part[1:].lstrip()}"
        else:
            text += f" + {part}" if text else part
    return text


def _product(e: Any) -> str:
    number, above, below = S.One, list[Any](), list[Any]()
    for f in e.args if isinstance(e, Mul) else (e,):
        if f.is_Rational:
            number *= f
        elif isinstance(f, Pow) and f.exp.is_Rational and f.exp.is_negative:
            below.append(Pow(f.base, -f.exp, evaluate=False) if f.exp != -1 else f.base)
        else:
            above.append(f)
    if abs(number.p) != 1 or not above:
        above.insert(0, Integer(abs(number.p)))
    if number.q != 1:
        below.insert(0, Integer(number.q))
    parts = [_tight(f, PRODUCT) for f in above]
    for n, f in enumerate(above):
        if isinstance(f, (Sum, Int)) and (below or n + 1 < len(above)):
            parts[n] = f"({parts[n]})"  # its body would take in what follows
    text = ("-" if number < 0 else "") + " ".join(parts)
    if below:
        under = " ".join(_tight(f, POWER) for f in below)
        text += f" / {under}" if len(below) == 1 else f" / ({under})"
    return text


def _power(e: Pow) -> tuple[str, int]:
    if e.exp == S.Half:
        return f"sqrt({_bare(e.base)})", ATOM
    if e.exp.is_Rational and e.exp.is_negative:
        return _product(e), PRODUCT
    return f"{_tight(e.base, ATOM)}^{_tight(e.exp, ATOM)}", POWER


def _binder(e: Any) -> str:
    names: list[Symbol] = []
    taken = {str(s) for s in e.free_symbols}
    for _ in e.bound:
        names.append(Symbol(next(_letters(taken, "jklmnpq")), integer=True))
        taken.add(str(names[-1]))
    body, *rest = e.open(tuple(names))
    if isinstance(e, Int):
        low, high = map(_bare, e.range)
        inner = _tight(replace(body, {names[0]: e.variable}), PRODUCT)
        return f"int({_bare(e.variable)} = {low}..{high}) {inner} Pr({_bare(e.variable)})"
    over = [f"{_bare(t[0])} = {_bare(t[1])}..{_bare(t[2])}" for t in rest if isinstance(t, Tuple)]
    apart = (t for t in rest if not isinstance(t, Tuple))
    over += [" != ".join(sorted((_bare(t.lhs), _bare(t.rhs)))) for t in apart]
    return f"sum({', '.join(over)}) {_tight(body, PRODUCT)}"
