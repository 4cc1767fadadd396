"""Does a declaration follow from others?  Said where the core proves it from these."""

from __future__ import annotations

from collections.abc import Iterator

from symcheck.certify.bridge import Bridge
from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.joint import reflected
from symcheck.core.terms import Formula
from symcheck.facts.context import Assumption, Context, Used
from symcheck.facts.naming import named
from symcheck.judging.proofs import Judge

__all__ = ["follows"]


def follows(bare: Judge, context: Context, a: Assumption) -> Used | None:
    """By what an assumption of the context holds where the judge is; None where nothing shows it.

    Existence, signs and symmetry of one variable; else None.
    """
    found = [_shown(bare.env, f, hyps) for f, hyps in _told(context, a)]
    ths = [th for th in found if th is not None]
    return bare.used(*ths) if ths and len(ths) == len(found) else None


def _told(context: Context, a: Assumption) -> Iterator[tuple[Formula, Hyps]]:
    """What the core is told of an assumption, and what has to hold of its letters."""
    bridge = Bridge(context)
    for key, n in bridge.numbers.items():
        entry = bridge.declared.entries[n]
        if entry.kind == "fact" and a in named(context, key):
            yield entry.data[2], frozenset(entry.data[1])


def _shown(env: Env, f: Formula, hyps: Hyps) -> Th | None:
    if f[0] == "L1":
        return env.exists(f[1], hyps)
    if f[0] in (">", ">=", "!="):
        return env.sign(f[0], f[1], hyps)
    if f[0] == "same" and len(f[1]) == 1:
        th = reflected(env, f[1][0], hyps)
        mirrored = th is not None and env.equal(th.says[2][0], f[2][0], hyps)
        return th if mirrored else None
    return None
