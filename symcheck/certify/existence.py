"""Existence: E|t| is finite.

A term is written as a sum of products.  Of each product, sums are opened, bounded factors left
out, and what is left is split by independence, or met by Hölder's inequality
(:mod:`symcheck.certify.orders`), by what is declared finite, and by conditional expectations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symcheck.certify.bounded import bounded, bounded_quotient
from symcheck.certify.builder import Th
from symcheck.certify.domination import by_slope
from symcheck.certify.env import Env, Hyps
from symcheck.certify.forms import expanded, fixed, polynomial, relevant
from symcheck.certify.fresh import fresh
from symcheck.certify.logs import by_logarithm
from symcheck.certify.orders import by_holder, restated
from symcheck.certify.told import by_fact
from symcheck.core.declared import within
from symcheck.core.ring import EULER, Monomial, Poly, product
from symcheck.core.terms import ONE, Refused, Term, kids, num, opened

__all__ = ["exists"]

MOST_TERMS = 400
MOST_FACTORS = 8


def exists(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """A theorem L1(t) from hyps at most, or None."""
    near = relevant(env, hyps, t)
    if near != hyps:
        return env.exists(t, near)
    if t[0] == "E":
        return env.b.step("exists_given", t[1], t[2:])
    if fixed(env, t):
        return env.b.step("exists_fixed", t)
    if t[0] == "S":
        return _sum(env, t, hyps)
    told = by_fact(env, t, hyps)
    if told is not None:
        return told
    for meant in (True, False):
        by = expanded(env, t, meant)
        if not meant and by.rhs == expanded(env, t, True).rhs:
            break
        p = polynomial(env, by.rhs)
        th = _polynomial(env, p, hyps) if len(p) <= MOST_TERMS else None
        if th is not None:
            whole = env.b.trans(by, env.b.ring(by.rhs, th.says[1]))
            return env.moved(th, env.b.sym(whole))
    return _as_written(env, t, hyps)


def _as_written(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """By its terms, or by what is random in a product, as they are written."""
    if t[0] == "+":
        found = [env.exists(k, hyps) for k in kids(t)]
        ths = [th for th in found if th is not None]
        if len(ths) < len(found):
            return None
        return restated(env, env.b.step("exists_linear", (ONE,) * len(ths), t[1:], of=ths), t)
    outside = [k for k in kids(t) if fixed(env, k)] if t[0] == "*" else []
    if not outside:
        return None
    inside = [k for k in kids(t) if k not in outside]
    th = env.exists(_times(inside), hyps)
    if th is None:
        return None
    return restated(env, env.b.step("exists_linear", (_times(outside),), (th.says[1],), of=[th]), t)


def _polynomial(env: Env, p: Poly, hyps: Hyps) -> Th | None:
    """L1 of a sum of monomials, as Σ c g."""
    cs: dict[Monomial, list[Term]] = {}
    for m, c in sorted(p.items()):
        outside = tuple(f for f in m if _fixed(env, f))
        g = tuple(f for f in m if f not in outside)
        cs.setdefault(g, []).append(product(outside, c))
    found = []
    for g in cs:
        th = _monomial(env, g, hyps)
        if th is None:
            return None
        found.append(th)
    if not found:
        return env.b.step("exists_fixed", num(0))
    sums = tuple(k[0] if len(k) == 1 else ("+", *k) for k in cs.values())
    if len(found) == 1 and sums[0] == ONE:
        return found[0]
    return env.b.step("exists_linear", sums, tuple(th.says[1] for th in found), of=found)


def _fixed(env: Env, f: tuple[Term, Term]) -> bool:
    return fixed(env, f[0]) and fixed(env, f[1])


def _sum(env: Env, t: Term, hyps: Hyps) -> Th | None:
    lo, hi, body = t[1:]
    letter = fresh(t, hyps=hyps)
    th = env.exists(opened(body, letter), hyps | within(letter, lo, hi))
    return None if th is None else env.b.step("exists_sum", letter, lo, hi, of=[th])


# ---------------------------------------------------------------- products


def _monomial(env: Env, m: Monomial, hyps: Hyps) -> Th | None:
    """L1 of a product of powers of random atoms; asked once."""
    t = product(m)
    near = relevant(env, hyps, t)
    return env.once(("monomial", m, near), lambda: _found(env, m, t, near))


def _found(env: Env, m: Monomial, t: Term, hyps: Hyps) -> Th | None:
    if not m:
        return env.b.step("exists_fixed", t)
    if len(m) == 1 and m[0][1] == ONE and m[0][0][0] == "E":
        return env.b.step("exists_given", t[1], t[2:])
    for make in (_opened, _without_bounded, by_holder, by_logarithm, by_slope, _split, _known):
        try:
            th = make(env, m, hyps)
            if th is not None:
                return restated(env, th, t)
        except Refused:
            continue
    return None


def _opened(env: Env, m: Monomial, hyps: Hyps) -> Th | None:
    """A factor that is a sum: all others go into it."""
    for n, (atom, e) in enumerate(m):
        if atom[0] == "S" and e[0] == "q" and e[1].denominator == 1 and e[1] >= 1:
            rest = [*m[:n], *m[n + 1 :]] + ([(atom, num(e[1] - 1))] if e != ONE else [])
            if not rest:
                return _sum(env, atom, hyps)
            t = product(m)
            letter = fresh(t, hyps=hyps)
            lo, hi, body = atom[1:]
            inside: Term = ("*", product(tuple(sorted(rest))), opened(body, letter))
            th = env.exists(inside, hyps | within(letter, lo, hi))
            return None if th is None else env.b.step("exists_sum", letter, lo, hi, of=[th])
    return None


def _without_bounded(env: Env, m: Monomial, hyps: Hyps) -> Th | None:
    """A bounded factor, left out."""
    for n in range(len(m)):
        k = product((m[n],))
        found = bounded(env, k, hyps)
        if found is not None:
            rest = m[:n] + m[n + 1 :]
            th = _monomial(env, rest, hyps)
            if th is None:
                continue
            c, low, high = found
            return env.b.step("exists_bounded", c, k, th.says[1], of=[low, high, th])
    quotient = bounded_quotient(env, m, hyps)
    if quotient is not None:
        rest, (c, low, high) = quotient
        th = _monomial(env, rest, hyps)
        if th is not None:
            k = low.says[1][2]
            return env.b.step("exists_bounded", c, k, th.says[1], of=[low, high, th])
    return None


def _pieces(m: Monomial) -> list[Term]:
    """The factors, an exponential of a sum taken apart."""
    found = []
    for atom, e in m:
        if atom == EULER and e[0] == "+":
            found += [("f", "exp", k) for k in e[1:]]
        else:
            found.append(product(((atom, e),)))
    return found


def _split(env: Env, m: Monomial, hyps: Hyps) -> Th | None:
    """Factors in groups that are independent of each other."""
    pieces = _pieces(m)
    if not 1 < len(pieces) <= MOST_FACTORS:
        return None
    for group, rest in _groups(env, pieces, hyps):
        f, g = _times(group), _times(rest)
        apart = env.independent((f,), (g,), (), hyps)
        if apart is None:
            continue
        one, other = env.exists(f, hyps), env.exists(g, hyps)
        if one is None or other is None:
            return None
        return env.b.step("exists_product", f, g, of=[apart, one, other])
    return None


def _times(ts: Sequence[Term]) -> Term:
    return ts[0] if len(ts) == 1 else ("*", *ts)


def _groups(env: Env, pieces: list[Term], hyps: Hyps) -> Iterator[tuple[list[Term], list[Term]]]:
    """The factors that hang together with the first one, and the rest; then each one alone."""
    left, group = pieces[1:], pieces[:1]
    while True:
        near = [
            k for k in left
            if any(env.independent((k,), (g,), (), hyps) is None for g in group)
        ]  # fmt: skip
        if not near:
            break
        group += near
        left = [k for k in left if k not in near]
    if left:
        yield group, left


def _known(env: Env, m: Monomial, hyps: Hyps) -> Th | None:
    """k E[g | y], where k is a function of y."""
    for n, (atom, e) in enumerate(m):
        if atom[0] != "E" or len(atom) < 3 or e[0] != "q" or e[1].denominator != 1 or e[1] < 1:
            continue
        rest = [*m[:n], *m[n + 1 :]] + ([(atom, num(e[1] - 1))] if e != ONE else [])
        k = product(tuple(sorted(rest)))
        g, given = atom[1], atom[2:]
        if not env.declared.measurable(k, given):
            continue
        one, both = env.exists(g, hyps), env.exists(("*", k, g), hyps)
        if one is not None and both is not None:
            return env.b.step("exists_known", k, g, given, of=[one, both])
    return None
