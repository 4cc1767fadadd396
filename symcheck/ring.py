"""Ring algebra: polynomials whose atoms are expectations, sums, functions and names.

:func:`expand` multiplies out and collects in the written order; :func:`equal` decides
equality by commutative ring laws and by division by what is not zero, and by nothing
else: no rule about expectations lives here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cmp_to_key, lru_cache
from itertools import permutations
from typing import Any

from sympy import Abs, Add, Basic, Expr, Mul, Ne, Pow, Rational, S, Tuple, ceiling, exp, floor
from sympy.core.relational import Relational

from symcheck.expr import Binder, Ind, Named, Sum, add, bound_indices, mul, power, sigmoid

__all__ = ["TooLarge", "canonical", "equal", "expand", "monomials", "tidy", "denominators"]

MAX_TERMS = 2000
MAX_EXPONENT = 64

# A monomial maps canonical bases to exponents; a polynomial maps monomials to numbers.
# Both keep insertion order, which is the order in which a person wrote them.
Monomial = frozenset[tuple[Expr, Expr]]
Poly = dict[Monomial, tuple[Rational, tuple[tuple[Expr, Expr], ...]]]


class TooLarge(Exception):
    """An expression whose expansion exceeds the bounds on terms or exponents."""


def _constant(c: Any) -> Poly:
    return {frozenset(): (c, ())} if c != 0 else {}


def _plus(polys: Iterable[Poly]) -> Poly:
    total: Poly = {}
    for p in polys:
        for m, (c, order) in p.items():
            old = total.get(m)
            total[m] = (c, order) if old is None else (old[0] + c, old[1])
    if len(total) > MAX_TERMS:
        raise TooLarge(f"more than {MAX_TERMS} terms")
    return {m: v for m, v in total.items() if v[0] != 0}


def _times(p: Poly, q: Poly) -> Poly:
    if len(p) * len(q) > MAX_TERMS:
        raise TooLarge(f"more than {MAX_TERMS} terms")
    return _plus(
        {frozenset(order): (c * d * k, order)}
        for _, (c, o1) in p.items()
        for _, (d, o2) in q.items()
        for k, order in [_join(o1, o2)]
    )


def _join(
    a: tuple[tuple[Expr, Expr], ...], b: tuple[tuple[Expr, Expr], ...]
) -> tuple[Rational, tuple[tuple[Expr, Expr], ...]]:
    """Merge two ordered monomials; numbers that appear (sqrt(2)^2) come out in front."""
    powers: dict[Expr, Expr] = dict(a)
    for base, e in b:
        powers[base] = powers[base] + e if base in powers else e
    number = S.One
    order = []
    for base, e in powers.items():
        if e == 0:
            continue
        if isinstance(base, Ind) and e.is_Integer and e > 0:
            e = S.One  # an indicator is its own square
        if isinstance(base, Abs) and e.is_even and not isinstance(base.args[0], Add):
            base = base.args[0]  # |x|^2 = x^2
        if base.is_Rational and base != 0 and not e.is_Rational:
            whole, e = e.as_coeff_Add()  # 2^(K - 1) = 2^K / 2
            if whole.is_Integer:
                number *= base**whole
            else:
                e = e + whole
        if base.is_Rational and e.is_Rational:
            whole = e.p // e.q
            number *= base**whole
            e = e - whole
            if e == 0:
                continue
        order.append((base, e))
    return number, tuple(order)


def poly(e: Expr) -> Poly:
    """e as an ordered polynomial in its atoms; TooLarge beyond the bounds."""
    if e.is_Rational:
        return _constant(e)
    if isinstance(e, Add):
        return _plus(poly(t) for t in e.args)
    if isinstance(e, Mul):
        result = _constant(S.One)
        for f in e.args:
            result = _times(result, poly(f))
        return _squared(result)
    if isinstance(e, Pow):
        return _pow(e.base, e.exp)
    if isinstance(e, exp):
        exponent = canonical(e.args[0])
        if exponent == 0:
            return _constant(S.One)
        return {frozenset(o): (S.One, o) for o in [((S.Exp1, exponent),)]}
    atom = canonical(e)
    if atom.is_Rational:
        return _constant(atom)
    if isinstance(atom, (Add, Mul, Pow)):
        return poly(atom)
    return {frozenset(o): (S.One, o) for o in [((atom, S.One),)]}


def _squared(p: Poly) -> Poly:
    """|a + b|^2 = (a + b)^2"""
    for m, (c, order) in p.items():
        for b, x in m:
            if isinstance(b, Abs) and x.is_Integer and x.is_even and x > 0:
                rest = tuple((a, y) for a, y in order if a != b)
                one = _times({frozenset(rest): (c, rest)}, _pow(b.args[0], x))
                return _squared(_plus([{k: v for k, v in p.items() if k != m}, one]))
    return p


def _pow(base: Expr, exponent: Expr) -> Poly:
    exponent = canonical(exponent)
    if isinstance(base, Abs) and exponent.is_even:
        base = base.args[0]
    if isinstance(base, Pow) and _even(base.exp) and not exponent.is_integer:
        return _pow(Abs(base.base), _product(base.exp, exponent))  # (b^2)^(1/2) = |b|
    inner = poly(base)
    if exponent.is_Integer:
        n = int(exponent)
        if abs(n) > MAX_EXPONENT:
            raise TooLarge(f"the exponent {n}")
        if n >= 0:
            result = _constant(S.One)
            for _ in range(n):
                result = _times(result, inner)
            return result
    if len(inner) == 1:
        ((c, order),) = inner.values()
        keep = exponent.is_Integer or (c > 0 and all(_nonnegative(b) or _even(e) for b, e in order))
        if keep:
            # (b^2)^(1/2) = |b|
            sides = order if exponent.is_Integer else [(_size(b), e) for b, e in order]
            parts = [(b, _product(e, exponent)) for b, e in sides]
            if exponent.is_Integer:
                number, merged = _join(tuple(parts), ())
                return {frozenset(merged): (c**exponent * number, merged)}
            number, merged = _join(tuple(parts), _number_power(c, exponent))
            return {frozenset(merged): (number, merged)}
    if not inner:
        if exponent.is_positive:
            return {}
        order = ((S.Zero, exponent),)  # 0^-1: an atom that nothing cancels
        return {frozenset(order): (S.One, order)}
    # Normalize the base of a quotient so that 1/(2 + 2a) and 1/(1 + a) meet.
    lead = _lead(inner)
    if exponent.is_Integer:
        scaled = {m: (c / lead, o) for m, (c, o) in inner.items()}
        order = ((canonical(_expr(scaled)), exponent),)
        return {frozenset(order): (lead**exponent, order)}
    order = ((canonical(_expr(inner)), exponent),)
    return {frozenset(order): (S.One, order)}


def _lead(p: Poly) -> Rational:
    """The number before one of the terms, the same one for p and for -p."""
    return min(p.items(), key=lambda kv: str(sorted(kv[0], key=str)))[1][0]


def _product(a: Expr, b: Expr) -> Expr:
    return a * b if a.is_number and b.is_number else canonical(mul(a, b))


def _number_power(c: Rational, exponent: Expr) -> tuple[tuple[Expr, Expr], ...]:
    """c^exponent for a positive number c as ordered powers of primes."""
    if c == 1:
        return ()
    return tuple(
        (S(p), _product(S(n), exponent)) for p, n in sorted(c.factors(limit=10**6).items())
    )


def _nonnegative(base: Expr) -> bool:
    return bool(base.is_nonnegative)


def _even(exponent: Expr) -> bool:
    return bool(exponent.is_Integer and exponent.is_even)


def _size(base: Expr) -> Expr:
    """|b|, where b may be negative."""
    return base if _nonnegative(base) else canonical(Abs(base))


def _expr(p: Poly) -> Expr:
    return add(*(mul(c, *(power(b, e) for b, e in order)) for c, order in p.values()))


def expand(e: Expr) -> Expr:
    """Multiply out and collect, keeping the written order."""
    return _expr(poly(e))


def monomials(e: Expr) -> list[tuple[Rational, list[Expr]]]:
    """The terms of the expanded e: (number, factors) each, factors as powers of atoms."""
    return [(c, [power(b, x) for b, x in order]) for c, order in poly(e).values()]


@lru_cache(maxsize=20000)
def canonical(e: Any) -> Any:
    """A form that is the same for expressions that are equal by ring laws.

    Bodies of heads are made canonical too; sums over several indices are put in one
    order of their indices.
    """
    if e.is_Rational or e.is_Symbol or not e.args:
        return e
    if isinstance(e, (Add, Mul, Pow, exp)):
        terms = [Mul(c, *(Pow(b, x) for b, x in order)) for c, order in poly(e).values()]
        return _sum(terms)
    if isinstance(e, Sum):
        return _canonical_sum(e)
    if isinstance(e, Binder):
        fresh = bound_indices(e)
        body, limit = e.open(fresh)
        body = canonical(body)
        if body == 0:
            return S.Zero
        return e.func(body, Tuple(limit[0], *(canonical(p) for p in limit[1:])))
    if isinstance(e, Relational):
        return e.func(canonical(e.lhs), canonical(e.rhs), evaluate=False)
    if isinstance(e, Ind):
        return _canonical_indicator(e)
    if isinstance(e, Named):
        return e.func(e.args[0], *(canonical(i) for i in e.indices))
    if isinstance(e, Abs):
        return _canonical_size(e)
    args = [canonical(a) for a in e.args]
    if isinstance(e, sigmoid) and args[0] != 0 and _lead(poly(args[0])) < 0:
        return canonical(add(1, mul(-1, sigmoid(mul(-1, args[0])))))
    if len(args) > 1 and type(e).__name__ == "Cov":
        args.sort(key=str)
    return e.func(*args)


def _sum(terms: list[Any]) -> Any:
    """``Add(*terms)``; where nothing can be collected, put together without asking SymPy.

    Its own way imports tensors and permutation groups, a tenth of a short run.
    """
    rests = {t.as_coeff_Mul()[1] for t in terms}
    collected = len(rests) == len(terms) > 1
    if not collected or any(t.is_Add or (t.is_number and not t.is_Rational) for t in terms):
        return Add(*terms)
    numbers = [t for t in terms if t.is_Rational]
    others = [t for t in terms if not t.is_Rational]
    return Add._from_args(numbers + sorted(others, key=cmp_to_key(Basic.compare)))


def _canonical_size(e: Abs) -> Expr:
    """|2 x y^2| = 2 |x| y^2, and |2 b - 2 a| = 2 |a - b|."""
    inner = poly(e.args[0])
    if len(inner) == 1:
        ((c, order),) = inner.values()
        # A root is of what is never negative.
        rooted = [x.is_Rational and not x.is_Integer for _, x in order]
        parts = (
            Pow(b if _even(x) or root else Abs(b), x)
            for (b, x), root in zip(order, rooted, strict=True)
        )
        return Mul(abs(c), *parts)
    if not inner:
        return S.Zero
    lead = _lead(inner)
    return Mul(abs(lead), Abs(canonical(_expr({m: (c / lead, o) for m, (c, o) in inner.items()}))))


def _canonical_indicator(e: Ind) -> Expr:
    r = e.args[0]
    difference = canonical(add(r.lhs, mul(-1, r.rhs)))
    if difference.is_Rational:
        return S.One if r.func(difference, 0) == S.true else S.Zero
    if isinstance(r, (Ne,)) or r.rel_op == "==":
        difference = min(difference, canonical(mul(-1, difference)), key=str)
    return Ind(r.func(difference, S.Zero, evaluate=False))


def _canonical_sum(e: Sum) -> Expr:
    fresh = bound_indices(e)
    body, *rest = e.open(fresh)
    body = canonical(body)
    limits = [Tuple(t[0], canonical(t[1]), canonical(t[2])) for t in rest if isinstance(t, Tuple)]
    apart = [n for n in rest if not isinstance(n, Tuple)]
    if body == 0:
        return S.Zero
    free = all(not (p.free_symbols & set(fresh)) for t in limits for p in t[1:])
    if len(limits) == 1 or not free or len(limits) > 5:
        return Sum(body, *limits, *apart)
    # The order in which independent indices are listed means nothing: take the least.
    found = (_renamed(Sum(body, *order, *apart)) for order in permutations(limits))
    return min(found, key=str)


def _renamed(e: Sum) -> Expr:
    """Another order of the indices gives them other names, and the body another order."""
    body, *rest = e.open(bound_indices(e))
    return Sum(canonical(body), *rest)


def equal(a: Expr, b: Expr) -> bool:
    """Are a and b equal by ring laws (given that every denominator is nonzero)?"""
    if a == b:
        return True
    p = poly(add(a, mul(-1, b)))
    for _ in range(8):
        if not p:
            return True
        powers = [(b, x) for m in p for b, x in m if isinstance(b, Add) and x.is_Rational]
        open_ = [(b, x) for b, x in powers if x < 0 or x >= 1]
        if not open_:
            return False
        sums = {b: max(0, *(ceiling(-x) for c, x in open_ if c == b), 0) for b, _ in open_}
        # Multiply through by every denominator that is a sum, and expand again.
        p = _plus(
            _times({frozenset(o): (c, o) for o in [kept]}, _power_of(sums, order))
            for c, order in p.values()
            for kept in [tuple((b, x) for b, x in order if b not in sums)]
        )
    return False


def _power_of(sums: dict[Expr, Expr], order: tuple[tuple[Expr, Expr], ...]) -> Poly:
    """The powers of these sums in a monomial, multiplied through; a root of a sum stays one."""
    have = dict(order)
    result = _constant(S.One)
    for base, n in sums.items():
        exponent = have.get(base, S.Zero) + n
        whole = floor(exponent) if exponent.is_Rational else S.Zero
        for _ in range(max(0, int(whole))):
            result = _times(result, poly(base))
        rest = canonical(exponent - max(S.Zero, whole))
        if rest != 0:
            kept = ((base, rest),)
            result = _times(result, {frozenset(kept): (S.One, kept)})
    return result


def denominators(e: Any) -> list[Expr]:
    """Every base that e divides by, anywhere inside it (bound names are canonical)."""
    found: list[Expr] = []
    if isinstance(e, Pow) and not (e.exp.is_nonnegative or (e.exp.is_Integer and e.exp >= 0)):
        found.append(e.base)
    for a in e.args:
        found.extend(denominators(a))
    return found


def tidy(e: Expr) -> Expr:
    """Remove what algebra removes at sight: zeros, ones, like terms; nothing is multiplied out."""
    if not e.args:
        return e
    if isinstance(e, Add):
        return _collect([tidy(t) for t in e.args])
    if isinstance(e, Mul):
        factors = [tidy(f) for f in e.args]
        if any(f == 0 for f in factors):
            return S.Zero
        return mul(*factors)
    if isinstance(e, Pow):
        return power(tidy(e.base), tidy(e.exp))
    if isinstance(e, Sum):
        fresh = bound_indices(e)
        body, *rest = e.open(fresh)
        body = tidy(body)
        return S.Zero if body == 0 else Sum(body, *rest)
    if isinstance(e, Binder):
        fresh = bound_indices(e)
        body, limit = e.open(fresh)
        body = tidy(body)
        return S.Zero if body == 0 else e.func(body, limit)
    if isinstance(e, (Named, Relational, Ind)):
        return e
    return e.func(*(tidy(a) for a in e.args))


def _collect(terms: list[Expr]) -> Expr:
    seen: dict[Expr, tuple[Rational, Expr]] = {}
    for t in add(*terms).args if len(terms) > 1 else terms:
        number, rest = (
            (t.args[0], mul(*t.args[1:]))
            if isinstance(t, Mul) and t.args[0].is_Rational
            else (S.One, t)
        )
        if t.is_Rational:
            number, rest = t, S.One
        key = canonical(rest)
        old = seen.get(key)
        seen[key] = (number, rest) if old is None else (old[0] + number, old[1])
    return add(*(mul(c, r) for c, r in seen.values() if c != 0))
