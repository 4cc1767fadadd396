"""What is declared to have a finite expectation, and where it stands in a product."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from weakref import WeakKeyDictionary

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.facts import Told, at, told
from symcheck.certify.forms import expanded, matched, polynomial
from symcheck.core.ring import Monomial, Poly
from symcheck.core.terms import Refused, Term, num

__all__ = ["by_fact", "declared_orders", "pieces_told"]

OWN = ("exists", "square", "finite")
_ORDERS: WeakKeyDictionary[Env, dict[tuple[Term, Hyps], list[tuple[Th, Fraction]]]]
_ORDERS = WeakKeyDictionary()
_EXPANDED: WeakKeyDictionary[Env, dict[int, Poly]] = WeakKeyDictionary()


def declared_orders(env: Env, x: Term, hyps: Hyps) -> list[tuple[Th, Fraction]]:
    """The q for which E|x|^q is declared finite, each with the theorem."""
    seen = _ORDERS.setdefault(env, {})
    if (x, hyps) not in seen:
        seen[x, hyps] = list(_orders(env, x, hyps))
    return seen[x, hyps]


def _orders(env: Env, x: Term, hyps: Hyps) -> Iterator[tuple[Th, Fraction]]:
    for kind in OWN if x[0] == "x" else ():
        th = env.of(kind, x, hyps)
        if th is not None:
            q = _order(th.says[1], x)
            if q is not None:
                yield th, q
    for one in told(env)["L1"]:
        single = _single(env, one)
        if single is None:
            continue
        base, q = single
        values = matched(base, x, one.letters, {})
        if values is not None and set(values) == set(one.letters):
            th = at(env, one, values, hyps)
            if th is not None:
                yield th, q


def _single(env: Env, one: Told) -> tuple[Term, Fraction] | None:
    """The f and the q for which |f|^q is what is declared finite."""
    p = _pattern(env, one)
    if len(p) != 1:
        return None
    ((m, _),) = p.items()
    m = tuple(f for f in m if not env.declared.fixed(*f))
    if len(m) != 1 or m[0][1][0] != "q" or m[0][1][1] <= 0:
        return None
    (f, e) = m[0]
    if f[0] == "^" and f[2][0] == "q":
        f, e = f[1], num(f[2][1] * e[1])
    return (f[2] if f[:2] == ("f", "abs") else f), e[1]


def _order(t: Term, x: Term) -> Fraction | None:
    """The q for which t is x^q or |x|^q."""
    if t == x:
        return Fraction(1)
    if t[0] == "^" and t[2][0] == "q":
        base = t[1][2] if t[1][:2] == ("f", "abs") else t[1]
        if base == x:
            q: Fraction = t[2][1]
            return q
    return None


def by_fact(env: Env, t: Term, hyps: Hyps) -> Th | None:
    """L1(t), where that is declared as it is written, or up to ring laws."""
    for one in told(env)["L1"]:
        values = matched(one.says[1], t, one.letters, {})
        if values is not None and set(values) == set(one.letters):
            th = at(env, one, values, hyps)
            if th is not None and th.says == ("L1", t):
                return th
    return None


def _pattern(env: Env, one: Told) -> Poly:
    seen = _EXPANDED.setdefault(env, {})
    if one.number not in seen:
        try:
            seen[one.number] = polynomial(env, expanded(env, one.says[1]).rhs)
        except Refused:
            seen[one.number] = {}
    return seen[one.number]


def pieces_told(env: Env, m: Monomial, hyps: Hyps) -> Iterator[tuple[Term, Fraction, Th, Monomial]]:
    """F, p, L1(F), rest with the product = |F|^p |rest|, for F declared to be finite."""
    for one in told(env)["L1"]:
        p = _pattern(env, one)
        if len(p) != 1:
            continue
        ((pattern, _),) = p.items()
        pattern = tuple(f for f in pattern if not env.declared.fixed(*f))
        for values, pairs in _placed(pattern, m, one.letters, {}, ()):
            if set(values) != set(one.letters):
                continue
            part = min(m[n][1][1] / e for n, e in pairs)
            th = at(env, one, values, hyps)
            if th is not None and part > 0:
                yield th.says[1], part, th, _rest(m, pairs, part)


def _placed(
    pattern: Monomial, m: Monomial, letters: tuple[Term, ...], known: dict[Term, Term],
    pairs: tuple[tuple[int, Fraction], ...],
) -> Iterator[tuple[dict[Term, Term], tuple[tuple[int, Fraction], ...]]]:  # fmt: skip
    if not pattern:
        if pairs:
            yield known, pairs
        return
    (atom, e), *rest = pattern
    for n, (other, k) in enumerate(m):
        if e[0] == "q" and k[0] == "q" and k[1] / e[1] > 0 and n not in dict(pairs):
            values = matched(atom, other, letters, known)
            if values is not None:
                yield from _placed(tuple(rest), m, letters, values, (*pairs, (n, e[1])))


def _rest(m: Monomial, pairs: tuple[tuple[int, Fraction], ...], part: Fraction) -> Monomial:
    taken = dict(pairs)
    left = [(a, num(e[1] - part * taken[n]) if n in taken else e) for n, (a, e) in enumerate(m)]
    return tuple((a, e) for a, e in left if e != num(0))
