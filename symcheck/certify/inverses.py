"""c c^-1 = 1 for a sum c that is not 0: the ring multiplies such a product out."""

from __future__ import annotations

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.core.ring import poly, scaled, term
from symcheck.core.terms import MINUS, ONE, Term

__all__ = ["inverse"]


def inverse(env: Env, c: Term, hyps: Hyps) -> Th | None:
    """c c^-1 = 1, where c is known not to be 0; None where it is not.

    With a letter k for a whole number the ring knows a^k a^-k = 1; then k is 1.
    """
    b = env.b
    p = poly(c, env.declared.known)
    if not p:
        return None
    base = term(scaled(p, 1 / p[max(p)]))
    sign = env.sign(">", base, hyps) or env.sign("!=", base, hyps) or _opposite(env, c, base, hyps)
    if sign is None and base[0] != "q":
        return None
    signs = [] if sign is None or base[0] == "q" else [sign]
    whole: Term = ("*", c, ("^", c, MINUS))
    if len(p) == 1:
        return b.ring(whole, ONE, *signs)
    k = b.letter()
    both = ("*", ("^", base, k), ("^", base, ("*", MINUS, k)))
    at = b.step("general", (k,), ONE, of=[b.ring(both, ONE, *signs)])
    lead = term({(): p[max(p)]})
    start: Term = ("*", lead, ("^", lead, MINUS), at.lhs)
    return b.trans(b.ring(whole, start), b.cong(start, (2,), at), b.ring(("*", *start[1:3], ONE), ONE))


def _opposite(env: Env, c: Term, base: Term, hyps: Hyps) -> Th | None:
    """base != 0 from a sign of c."""
    th = env.sign(">", c, hyps) or env.sign("!=", c, hyps)
    th = th or env.sign(">", ("*", MINUS, c), hyps)
    return th and env.b.step("sign_of", "!=", base, of=[th])
