"""What is declared to have a finite expectation, and where it stands in a product."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import comb
from weakref import WeakKeyDictionary

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.facts import Told, at, told
from symcheck.certify.forms import canonical, expanded, fixed, matched, polynomial
from symcheck.core.ring import Monomial, Poly
from symcheck.core.rules.expectation import power
from symcheck.core.terms import ONE, Refused, Term, minus, num

__all__ = ["by_fact", "declared_orders", "pieces_told"]

MOST_SHIFTED = 8
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
        for base, q in filter(None, (_single(env, one), _shifted(env, one))):
            values = matched(base, x, one.letters, {})
            if values is not None and set(values) == set(one.letters):
                th = at(env, one, values, hyps)
                plain = th and _plain(env, th, x, q)
                if plain is not None:
                    yield plain, q


def _shifted(env: Env, one: Told) -> tuple[Term, Fraction] | None:
    """The x and the n for which (c x + m)^n is what is declared finite, c a number."""
    t = one.says[1]
    base, n = (t[1], t[2]) if t[0] == "^" else (t, num(1))
    base = base[2] if base[:2] == ("f", "abs") else base
    if base[0] != "+" or n[0] != "q" or n[1].denominator != 1 or not 1 <= n[1] <= MOST_SHIFTED:
        return None
    random = [m for m in polynomial(env, base) if not all(fixed(env, a) for a, _ in m)]
    if len(random) != 1 or len(random[0]) != 1 or random[0][0][1] != num(1):
        return None
    return random[0][0][0], n[1]


def _plain(env: Env, th: Th, x: Term, q: Fraction) -> Th | None:
    """L1 of x^q, or of |x|^q, from that of (c x + m)^q: x^q is a combination of powers of these."""
    t = th.says[1]
    base = t[1] if t[0] == "^" and t[2] == num(q) else t
    base = base[2] if base[:2] == ("f", "abs") else base
    p = polynomial(env, base)
    if base == x or ((x, num(1)),) not in p:
        return th
    n, c = int(q), p[((x, num(1)),)]
    m: Term = ("+", base, ("*", num(-c), x))
    whole = _sized(env, th, base, q)
    gs, ths, cs = [], [], []
    for k in range(n + 1):
        part = env.b.step("holder", (base,), (Fraction(k),), (q,), of=[whole])
        front = ("^", ("*", num(-1), m), num(n - k))
        cs.append(canonical(env, ("*", num(comb(n, k) / c**n), front)))
        ths.append(part)
        gs.append(part.says[1])
    total = env.b.step("exists_linear", tuple(cs), tuple(gs), of=ths)
    target = x if n == 1 else ("^", x, num(n))
    by = env.b.ring(total.says[1], target)
    return env.moved(total, by)


def _sized(env: Env, th: Th, base: Term, q: Fraction) -> Th:
    """L1 of |base|^q in the form of Hölder's inequality."""
    t, a = power(base, q, 2), th.says[1]
    if a == t:
        return th
    event: Term = ("1", ">", base)
    sign: Term = ("+", ("*", num(2), event), num(-1))
    ends = [env.b.step("bounds", event, n) for n in (0, 1)]
    low = env.b.step("farkas", ">=", ("+", ONE, sign), (Fraction(2),), of=ends[:1])
    high = env.b.step("farkas", ">=", minus(ONE, sign), (Fraction(2),), of=ends[1:])
    turned = env.b.step("exists_bounded", ONE, sign, a, of=[low, high, th])
    by = env.b.cong(t, (0,), env.b.define(t[1])) if t != base else env.b.refl(t)
    whole = env.b.trans(by, env.b.ring(by.rhs, turned.says[1]))
    return env.moved(turned, env.b.sym(whole))


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
            part = min(Fraction(m[n][1][1]) / e for n, e in pairs)
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
        if e[0] == "q" and k[0] == "q" and Fraction(k[1]) / e[1] > 0 and n not in dict(pairs):
            values = matched(atom, other, letters, known)
            if values is not None:
                yield from _placed(tuple(rest), m, letters, values, (*pairs, (n, e[1])))


def _rest(m: Monomial, pairs: tuple[tuple[int, Fraction], ...], part: Fraction) -> Monomial:
    taken = dict(pairs)
    left = [(a, num(e[1] - part * taken[n]) if n in taken else e) for n, (a, e) in enumerate(m)]
    return tuple((a, e) for a, e in left if e != num(0))
