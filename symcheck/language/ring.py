"""Ring algebra: polynomials whose atoms are expectations, sums, functions and names.

:func:`expand` multiplies out and collects in the written order; :func:`equal` decides
equality by commutative ring laws and by division by what is not zero, and by nothing
else: no rule about expectations lives here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cmp_to_key, lru_cache
from itertools import pairwise, permutations, product
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    Symbol,
    Tuple,
    ceiling,
    exp,
    floor,
)
from sympy.core.relational import Relational

from symcheck.language.expr import (
    Binder,
    Ind,
    Named,
    Sum,
    add,
    bound_indices,
    mul,
    power,
    rebuild,
    replace,
    sigmoid,
    subterms,
)
from symcheck.system.limits import TooMuch

__all__ = [
    "TooLarge", "canonical", "denominators", "equal", "expand", "gathered", "monomials", "tidy",
]  # fmt: skip

MAX_TERMS = 2000
MAX_EXPONENT = 64

# A monomial maps canonical bases to exponents; a polynomial maps monomials to numbers.
# Both keep insertion order, which is the order in which a person wrote them.
Monomial = frozenset[tuple[Expr, Expr]]
Poly = dict[Monomial, tuple[Rational, tuple[tuple[Expr, Expr], ...]]]


class TooLarge(TooMuch):
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
    powers = _collected((*a, *b))
    if any(_sized(base, e) for base, e in powers.items()):  # |x|^2 = x^2 meets what is there of x
        even = ((base.args[0] if _sized(base, e) else base, e) for base, e in powers.items())
        powers = _collected(even)
    number = S.One
    order = []
    for base, e in powers.items():
        if e == 0:
            continue
        if isinstance(base, Ind) and e.is_Integer and e > 0:
            e = S.One  # an indicator is its own square
        if base.is_Rational and base != 0 and not e.is_Rational:
            whole, e = e.as_coeff_Add()  # 2^(K - 1) = 2^K / 2
            if whole.is_Integer:
                number *= base**whole
            else:
                e = e + whole
        if base == -1 and (e.is_even or e.is_odd):
            number *= -1 if e.is_odd else 1
            continue
        if base.is_Rational and e.is_Rational:
            whole = e.p // e.q
            number *= base**whole
            e = e - whole
            if e == 0:
                continue
        order.append((base, e))
    return number, tuple(order)


def _collected(pairs: Iterable[tuple[Expr, Expr]]) -> dict[Expr, Expr]:
    """Bases with the sum of their exponents; a base may stand in several pairs."""
    powers: dict[Expr, Expr] = {}
    for base, e in pairs:
        powers[base] = powers[base] + e if base in powers else e
    return powers


def _sized(base: Expr, e: Expr) -> bool:
    """Is it an even power of |x|, which is one of x?"""
    return bool(isinstance(base, Abs) and e.is_even and not isinstance(base.args[0], Add))


def poly(e: Expr) -> Poly:
    """e as an ordered polynomial in its atoms; TooLarge beyond the bounds."""
    if e.is_Rational:
        return _constant(e)
    if isinstance(e, Add):
        return _plus(poly(t) for t in e.args)
    if isinstance(e, Mul):
        result = _constant(S.One)
        for f in _cancelled(e.args):
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


def _cancelled(factors: Sequence[Expr]) -> Sequence[Expr]:
    """(a + b) / (a + b) = 1 before anything is multiplied out."""
    below = {f.base for f in factors if isinstance(f, Pow) and isinstance(f.base, Add)
             and f.exp.is_Integer and f.exp < 0}  # fmt: skip
    whole: dict[Expr, Expr] = {}
    rest = []
    for f in factors:
        base, n = (f.base, f.exp) if isinstance(f, Pow) else (f, S.One)
        if base in below and n.is_Integer:
            whole[base] = whole.get(base, S.Zero) + n
        else:
            rest.append(f)
    return [*rest, *(power(b, n) for b, n in whole.items())] if below else factors


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
        keep = exponent.is_integer or (c > 0 and all(_nonnegative(b) or _even(e) for b, e in order))
        if keep:
            # (b^2)^(1/2) = |b|
            sides = order if exponent.is_integer else [(_size(b), e) for b, e in order]
            parts = [(b, _product(e, exponent)) for b, e in sides]
            if exponent.is_Integer:
                number, merged = _join(tuple(parts), ())
                return {frozenset(merged): (c**exponent * number, merged)}
            sign = ((S.NegativeOne, exponent),) if c < 0 else ()
            number, merged = _join(tuple(parts), (*sign, *_number_power(abs(c), exponent)))
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
    if len(limits) == 1 or not free:
        return Sum(body, *limits, *apart)
    # The order in which independent indices are listed means nothing: take the least.
    found = (_renamed(Sum(body, *order, *apart)) for order in _orders(body, limits, apart))
    return min(found, key=str)


def _renamed(e: Sum) -> Expr:
    """Another order of the indices gives them other names, and the body another order."""
    body, *rest = e.open(bound_indices(e))
    return Sum(canonical(body), *rest)


MAX_ORDERS = 120


def _orders(
    body: Expr, limits: Sequence[Tuple], apart: Sequence[Ne]
) -> Iterable[tuple[Tuple, ...]]:
    """Orders of the indices, the least among them whatever their names are."""
    blank = {t[0]: _OTHER for t in limits}

    def seen_by(t: Tuple) -> str:
        mine = blank | {t[0]: _MINE}
        near = sorted(str(replace(n, mine)) for n in apart)
        return str((t[1], t[2], canonical(replace(body, mine)), near))

    kinds: dict[str, list[Tuple]] = {}
    for t in limits:
        kinds.setdefault(seen_by(t), []).append(t)
    orders = 1
    choices = []
    for _, alike in sorted(kinds.items()):
        found = [tuple(alike)] if _exchangeable(body, alike, apart) else [*permutations(alike)]
        orders *= len(found)
        choices.append(found)
    if orders > MAX_ORDERS:
        return [tuple(limits)]
    return (tuple(t for part in chosen for t in part) for chosen in product(*choices))


_OTHER, _MINE = Symbol("_other", integer=True), Symbol("_mine", integer=True)


def _exchangeable(body: Expr, alike: Sequence[Tuple], apart: Sequence[Ne]) -> bool:
    """Is the sum the same whichever way these indices are named?"""
    pairs = {frozenset((n.lhs, n.rhs)) for n in apart}
    for t, u in pairwise(alike):
        swap = {t[0]: u[0], u[0]: t[0]}
        if {frozenset(replace(x, swap) for x in two) for two in pairs} != pairs:
            return False
        if canonical(replace(body, swap)) != body:
            return False
    return True


def equal(a: Expr, b: Expr) -> bool:
    """Are a and b equal by ring laws (given that every denominator is nonzero)?"""
    if a == b:
        return True
    difference = add(a, mul(-1, b))
    if _vanishes(poly(difference)):
        return True
    if not difference.has(Sum):
        return False
    try:
        return _vanishes(poly(gathered(difference)))
    except TooLarge:
        return False


def _vanishes(p: Poly) -> bool:
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


# ---------------------------------------------------------------- finite sums

Factors = tuple[tuple[Expr, Expr], ...]  # bases and exponents
Apart = frozenset[frozenset[Expr]]


@lru_cache(maxsize=4096)
def gathered(e: Any) -> Any:
    """e with its sums in one normal form, over as few indices as can be.

    A sum is taken apart term by term, constants come out, what shares no index becomes a
    product of sums, and a sum over j != k is the whole sum less its diagonal.  TooLarge
    beyond the bounds.
    """
    if not e.args or isinstance(e, Named) or not e.has(Sum):
        return e
    if isinstance(e, Sum):
        return _gathered_sum(e)
    if isinstance(e, Binder):
        names = bound_indices(e)
        body, limit = e.open(names)
        return e.func(gathered(body), limit)
    return rebuild(e, tuple(gathered(a) for a in e.args))


def _gathered_sum(e: Sum) -> Expr:
    body, *rest = e.open(bound_indices(e))
    limits = tuple(t for t in rest if isinstance(t, Tuple))
    terms: list[Expr] = []
    for term in _gathered_terms(poly(gathered(body)), limits, _pairs(rest)):
        terms.append(term)
        if len(terms) > MAX_TERMS:
            raise TooLarge(f"more than {MAX_TERMS} terms")
    return add(*terms)


def _pairs(rest: Iterable[Any]) -> Apart:
    return frozenset(frozenset((n.lhs, n.rhs)) for n in rest if isinstance(n, Ne))


def _gathered_terms(p: Poly, limits: tuple[Tuple, ...], apart: Apart) -> Iterator[Expr]:
    names = {t[0] for t in limits}
    for c, order in p.values():
        inner = next((f for f in order if _sum_over(f, names)), None)
        pair = next((two for two in sorted(apart, key=str) if _whole(two, limits, order)), None)
        if inner is not None:
            body, *rest = inner[0].open(bound_indices(inner[0]))
            others = tuple((b, x - 1 if b == inner[0] else x) for b, x in order)
            number, one = _join(others, ())
            more = tuple(t for t in rest if isinstance(t, Tuple))
            flat = _times({frozenset(one): (c * number, one)}, poly(body))
            yield from _gathered_terms(flat, limits + more, apart | _pairs(rest))
        elif pair is not None:
            j, k = sorted(pair, key=str)
            rest_apart = apart - {pair}
            yield from _gathered_terms({frozenset(order): (c, order)}, limits, rest_apart)
            joined = _still_apart(rest_apart, {k: j})
            if joined is not None:
                same = poly(replace(mul(-c, *(power(b, x) for b, x in order)), {k: j}))
                kept = tuple(t for t in limits if t[0] != k)
                yield from _gathered_terms(same, kept, joined)
        else:
            yield mul(c, _separated(order, limits, apart))


def _sum_over(factor: tuple[Expr, Expr], names: set[Any]) -> bool:
    """Is it a power of a sum whose terms depend on these indices?"""
    base, x = factor
    return isinstance(base, Sum) and bool(x.is_Integer and x > 0 and base.free_symbols & names)


def _whole(pair: frozenset[Expr], limits: tuple[Tuple, ...], order: Factors) -> bool:
    """May the terms with j = k be put to a sum over j != k, and be taken off again?"""
    ranges = [t[1:] for t in limits if t[0] in pair]
    if len(ranges) < 2 or ranges[0] != ranges[1]:
        return False
    if any(x.free_symbols & pair for t in limits for x in t[1:]):
        return False
    return not any(
        isinstance(t, Pow) and not (t.exp.is_Integer and t.exp >= 0) and pair <= t.base.free_symbols
        for b, x in order
        for t in subterms(power(b, x))
    )


def _still_apart(apart: Apart, rule: dict[Any, Any]) -> Apart | None:
    """The conditions with other names; None where one of them cannot be met."""
    found = set()
    for two in apart:
        x, y = (replace(v, rule) for v in two)
        gap = canonical(add(x, mul(-1, y)))
        if gap == 0:
            return None
        if not gap.is_Rational:
            found.add(frozenset((x, y)))
    return frozenset(found)


def _separated(order: Factors, limits: tuple[Tuple, ...], apart: Apart) -> Expr:
    """A sum of products as a product of sums over what hangs together."""
    names = {t[0] for t in limits}
    factors = [f for b, x in order for f in _split_power(b, x, names)]
    linked = [f.free_symbols for f in factors]
    linked += [t.free_symbols for t in limits]
    linked += [x.free_symbols | y.free_symbols for x, y in map(tuple, apart)]
    made = [f for f in factors if not f.free_symbols & names]
    for own in _together(names, linked):
        inside = [f for f in factors if f.free_symbols & own]
        ranges = [t for t in limits if t[0] in own]
        near = [two for two in apart if any(x.free_symbols & own for x in two)]
        conditions = [Ne(*sorted(two, key=str), evaluate=False) for two in near]
        made.append(Sum(mul(*inside), *ranges, *conditions))
    return mul(*made)


def _together(names: set[Any], linked: Iterable[set[Any]]) -> list[set[Any]]:
    """The names in groups that no set of ``linked`` goes across."""
    groups = [{n} for n in sorted(names, key=str)]
    for link in linked:
        near = [g for g in groups if g & link]
        if len(near) > 1:
            groups = [g for g in groups if g not in near] + [set().union(*near)]
    return groups


def _split_power(base: Expr, x: Expr, names: set[Any]) -> list[Expr]:
    """b^(c + j + k) = b^c b^j b^k: what has no name, and what shares none, apart."""
    if not isinstance(x, Add) or base.free_symbols & names:
        return [power(base, x)]
    groups = _together(x.free_symbols & names, [t.free_symbols for t in x.args])
    parts = [[t for t in x.args if t.free_symbols & g] for g in groups]
    rest = [t for t in x.args if not t.free_symbols & names]
    return [power(base, Add(*part)) for part in (rest, *parts) if part]


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
