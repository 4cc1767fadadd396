"""Rewriting terms of the core all over, with the theorem that nothing has changed."""

from __future__ import annotations

from collections.abc import Callable

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.declared import within
from symcheck.core.terms import Term, has, kids, opened

__all__ = ["everywhere", "functions_defined"]

Rewrite = Callable[[Term, Hyps], Th | None]

KINKED = ("relu", "leaky_relu", "abs", "max", "min", "sign")


def everywhere(env: Env, t: Term, rewrite: Rewrite, hyps: Hyps = frozenset()) -> Th:
    """t = t with every part rewritten for which ``rewrite`` has an equation, inner parts first.

    ``rewrite(part, hyps)`` is asked with what is known at the part; sums are opened with new
    letters.
    """
    done = env.b.refl(t)
    if t[0] == "D":  # nothing inside of a derivative is replaced
        return rewrite(t, hyps) or done
    for n in range(len(kids(t))):
        done = env.b.trans(done, _at(env, done.rhs, n, rewrite, hyps))
    own = rewrite(done.rhs, hyps)
    return done if own is None else env.b.trans(done, own)


def _at(env: Env, t: Term, n: int, rewrite: Rewrite, hyps: Hyps) -> Th:
    part, inner = kids(t)[n], hyps | env.declared.guards(t, n)
    letters: tuple[Term, ...] = ()
    if t[0] == "S" and n == 2:
        letter = env.b.letter()
        while has(t, letter) or any(has(f[1], letter) for f in hyps):
            letter = env.b.letter()
        part, letters = opened(part, letter), (letter,)
        inner |= within(letter, t[1], t[2])
    th = everywhere(env, part, rewrite, inner)
    return env.b.refl(t) if th.lhs == th.rhs else env.b.cong(t, (n,), th, letters)


def functions_defined(env: Env, t: Term, names: tuple[str, ...] = KINKED) -> Th:
    """t = t with functions like relu and max written with indicators."""

    def define(part: Term, hyps: Hyps) -> Th | None:
        return env.b.define(part) if part[0] == "f" and part[1] in names else None

    return everywhere(env, t, define)
