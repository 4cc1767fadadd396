"""Is an expression an instance of another, for some values of its indices?"""

from __future__ import annotations

from typing import Any

from sympy import Add, Basic, Expr, Mul, Symbol

from symcheck.language.expr import Binder, Named, bound_indices, replace
from symcheck.language.ring import canonical

__all__ = ["matches"]


def matches(pattern: Basic, e: Basic, free: frozenset[Symbol]) -> dict[Symbol, Expr] | None:
    """Bind the free indices of ``pattern`` so that it equals e (by ring algebra at the leaves).

    An index stands for a whole number that is no matter of chance, and for none that e sums over.
    """
    own = free & e.free_symbols
    if own:  # a letter of the pattern is no letter of e, whatever it is called
        other = {s: Symbol(f"_of_{s.name}", **s.assumptions0) for s in own}
        pattern = replace(pattern, other)
        free = (free - own) | frozenset(other.values())
        found = matches(pattern, e, free)
        back = {new: old for old, new in other.items()}
        return None if found is None else {back.get(s, s): at for s, at in found.items()}
    binding: dict[Symbol, Expr] = {}
    return binding if _unify(canonical(pattern), canonical(e), free, binding) else None


def _unify(p: Basic, e: Basic, free: frozenset[Symbol], binding: dict[Symbol, Expr]) -> bool:
    if isinstance(p, Symbol) and p in free:
        return _whole(e) and bool(binding.setdefault(p, e) == e)
    if p == e:
        return True
    if not p.args or p.func != e.func or len(p.args) != len(e.args):
        return False
    if isinstance(p, Binder):
        return _unify_bound(p, e, free, binding)
    if isinstance(p, (Add, Mul)):
        return _unify_unordered(list(p.args), list(e.args), free, binding)
    return all(_unify(a, b, free, binding) for a, b in zip(p.args, e.args, strict=True))


def _whole(e: Basic) -> bool:
    return isinstance(e, Expr) and bool(e.is_integer) and not e.has(Named)


def _unify_bound(p: Binder, e: Any, free: frozenset[Symbol], binding: dict[Symbol, Expr]) -> bool:
    if [b.is_integer for b in p.bound] != [b.is_integer for b in e.bound]:
        return False
    fresh = bound_indices(p)
    if not all(
        _unify(a, b, free, binding) for a, b in zip(p.open(fresh), e.open(fresh), strict=True)
    ):
        return False
    return not any(at.free_symbols & set(fresh) for at in binding.values())


def _unify_unordered(
    ps: list[Basic], es: list[Basic], free: frozenset[Symbol], binding: dict[Symbol, Expr]
) -> bool:
    if not ps:
        return not es
    for n, e in enumerate(es):
        trial = dict(binding)
        if _unify(ps[0], e, free, trial) and _unify_unordered(
            ps[1:], es[:n] + es[n + 1 :], free, trial
        ):
            binding.update(trial)
            return True
    return False
