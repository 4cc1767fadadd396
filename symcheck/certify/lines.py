"""Lines: an equation together with the fact that both of its sides mean what they say."""

from __future__ import annotations

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.rules.equality import obligations
from symcheck.core.terms import Formula

__all__ = ["line"]

EXISTENCE, SIGNS = "existence", "signs"


def line(env: Env, th: Th) -> Th:
    """The line of an equation; what cannot be shown of its meaning is trusted by name."""
    d = env.declared
    asked = dict.fromkeys((*obligations(d, th.lhs), *obligations(d, th.rhs)))
    met = [_met(env, hyps, f) for hyps, f in asked]
    return env.b.step("line", th.lhs, th.rhs, of=[th, *met])


def _met(env: Env, hyps: Hyps, f: Formula) -> Th:
    found = env.exists(f[1], hyps) if f[0] == "L1" else env.sign(f[0], f[1], hyps)
    if found is not None and found.says == f and found.hyps <= hyps:
        return found
    return env.trust(EXISTENCE if f[0] == "L1" else SIGNS, f, hyps)
