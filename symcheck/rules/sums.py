"""Finite sums of symbolic length: linearity, counting, products of sums, the diagonal.

Source: Graham, Knuth and Patashnik, Concrete Mathematics, 2nd ed., sections 2.3-2.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace as with_
from typing import Any, NamedTuple

from sympy import Add, Integer, Mul, Ne, Pow, Rational, S, Tuple

from symcheck.facts.context import NOTHING, Used
from symcheck.facts.letters import in_range
from symcheck.language.expr import Sum, add, bound_indices, mul, power, replace
from symcheck.language.ring import canonical, equal, expand
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site

__all__ = ["RULES", "inside", "opened", "solved", "within"]

Opened = tuple[Any, list[Tuple], list[Ne]]

MAX_INDICES = 8


def opened(term: Any) -> Opened:
    """Body, limits and conditions of a sum under fresh names; Refused for anything else."""
    if not isinstance(term, Sum):
        raise Refused("{} is not a sum", term)
    body, *rest = term.open(bound_indices(term))
    limits = [t for t in rest if isinstance(t, Tuple)]
    return body, limits, [n for n in rest if not isinstance(n, Tuple)]


def split(site: Site) -> Rewrite:
    """
    -----------------------------
    Σ (a + b) = Σ a + Σ b

    Fails when the body is no sum of terms.
    """
    body, limits, apart = opened(site.term)
    if not isinstance(body, Add):
        raise Refused("the body is not a sum of terms")
    return Rewrite(add(*(Sum(t, *limits, *apart) for t in body.args)))


def factor(site: Site) -> Rewrite:
    """
    c does not mention the index
    ----------------------------
    Σ_j c a_j = c Σ_j a_j

    Fails when every factor mentions an index of the sum.
    """
    body, limits, apart = opened(site.term)
    names = {t[0] for t in limits}
    factors = body.args if isinstance(body, Mul) else (body,)
    outside = [f for f in factors if not f.free_symbols & names]
    inside = [f for f in factors if f.free_symbols & names]
    if not outside or not inside:
        raise Refused(
            "no factor is free of the index" if inside else "nothing depends on the index"
        )
    return Rewrite(mul(*outside, Sum(mul(*inside), *limits, *apart)))


def count(site: Site) -> Rewrite:
    """
    c does not mention j      the range lo..hi is not shorter than nothing
    ----------------------------------------------------------------------
    Σ_{j=lo..hi} c = (hi - lo + 1) c

    With j different from m others that lie in its range and differ from one another:
    hi - lo + 1 - m.  The range may depend on other indices of the sum, Σ_i Σ_{j<i} c.
    Fails when the index occurs in the body, in another range, or must differ from an index
    that may lie outside its range.
    """
    body, limits, apart = opened(site.term)
    n = site.number("index")
    if not 0 <= n < len(limits):
        raise Refused("no such index")
    j, lo, hi = limits[n]
    others = limits[:n] + limits[n + 1 :]
    if body.has(j) or any(t.has(j) for t in others):
        raise Refused("the index {} occurs in the body", n + 1)
    near = [c.rhs if c.lhs == j else c.lhs for c in apart if j in (c.lhs, c.rhs)]
    rest = [c for c in apart if j not in (c.lhs, c.rhs)]
    if any(c.has(j) for c in rest):
        raise Refused("the index {} must differ from another by a number", n + 1)
    at = within(site, others, rest)
    length, used = _length(at, lo, hi)
    for m, k in enumerate(near):
        used |= inside(at, k, limits[n])
        for other in near[:m]:
            differ = site.context.distinct(k, other, at.scope)
            if differ is None:
                raise Refused("the indices that are left out may coincide")
            used |= differ
    size = canonical(add(length, -len(near)))
    if any(size.has(t[0]) for t in others):
        return Rewrite(Sum(mul(size, body), *others, *rest), used)
    return Rewrite(mul(size, Sum(body, *others, *rest) if others else body), used)


def within(site: Site, limits: Iterable[Tuple], apart: Iterable[Ne]) -> Site:
    """The same site, where more indices have a range and differ."""
    scope = site.scope
    ranges = scope.ranges + tuple((t[0], t[1], t[2]) for t in limits)
    pairs = scope.apart | {frozenset((c.lhs, c.rhs)) for c in apart}
    return with_(site, scope=with_(scope, ranges=ranges, apart=pairs))


def _length(site: Site, lo: Any, hi: Any) -> tuple[Any, Used]:
    """The number of terms of a range that is not shorter than nothing; else Refused."""
    if not (lo.is_integer and hi.is_integer):
        raise Refused("{} or {} may be no whole number", lo, hi)
    length = canonical(add(hi, mul(-1, lo), 1))
    used = site.context.positive(length, site.scope, strict=False)
    if used is None:
        raise Refused("the range {}..{} may be shorter than nothing", lo, hi)
    return length, used


def product(site: Site) -> Rewrite:
    """
    ----------------------------------------
    (Σ_j a_j) (Σ_k b_k) c = Σ_j Σ_k c a_j b_k

    Also powers of a sum.  ``inside`` lists the other factors that go in.  Fails when
    there is no sum among the factors, or nothing to bring together.
    """
    factors = site.term.args if isinstance(site.term, Mul) else (site.term,)
    inside = set(site.numbers("inside")) if "inside" in site.binding else set()
    limits: list[Tuple] = []
    apart: list[Ne] = []
    bodies: list[Any] = []
    outside: list[Any] = []
    sums = 0
    for n, f in enumerate(factors):
        base, exponent = (f.base, f.exp) if isinstance(f, Pow) else (f, Integer(1))
        if isinstance(base, Sum) and exponent.is_Integer and 0 < exponent <= 4:
            for _ in range(int(exponent)):
                body, more, conditions = opened(base)
                limits += more
                apart += conditions
                bodies.append(body)
                sums += 1
        elif n in inside:
            bodies.append(f)
        else:
            outside.append(f)
    if sums == 0 or (sums == 1 and len(bodies) == 1):
        raise Refused("no product of sums")
    if len(limits) > MAX_INDICES:
        raise Refused("more than {} indices", MAX_INDICES)
    return Rewrite(mul(*outside, Sum(mul(*bodies), *limits, *apart)))


def flatten(site: Site) -> Rewrite:
    """
    ---------------------------------------
    Σ_j c_j Σ_k a_jk = Σ_{j,k} c_j a_jk

    Fails when the body has not exactly one sum among its factors.
    """
    body, limits, apart = opened(site.term)
    factors = body.args if isinstance(body, Mul) else (body,)
    inner = [f for f in factors if isinstance(f, Sum)]
    if len(inner) != 1:
        raise Refused("not one sum inside a sum")
    deep, more, conditions = opened(inner[0])
    if len(limits) + len(more) > MAX_INDICES:
        raise Refused("more than {} indices", MAX_INDICES)
    rest = [f for f in factors if f is not inner[0]]
    return Rewrite(Sum(mul(*rest, deep), *limits, *more, *apart, *conditions))


def diagonal(site: Site) -> Rewrite:
    """
    c a whole number      r the values of j for which j is in its range and j + c in that of k
    ------------------------------------------------------------------------------------------
    Σ_{j,k} a_jk = Σ_{j in r} a_{j,j+c} + Σ_{j, k≠j+c} a_jk

    With ``shift`` 0 over one range: the diagonal, and the rest.  Fails when it is not known
    which ends of r are those of j and which are those of k less c, when k ≠ j + c is required
    already, or when another range depends on j or k.
    """
    body, limits, apart = opened(site.term)
    p, q = site.numbers("pair", 2)
    if not (0 <= p < len(limits) and 0 <= q < len(limits) and p != q):
        raise Refused("no such pair of indices")
    shift = Integer(site.number("shift")) if "shift" in site.binding else S.Zero
    first, off, used = _on_diagonal(site, (body, limits, apart), p, q, shift)
    return Rewrite(add(first, off), used)


def _on_diagonal(site: Site, parts: Opened, p: int, q: int, shift: Any) -> tuple[Any, Any, Used]:
    """The terms with k = j + shift, and the sum over all others."""
    body, limits, apart = parts
    (j, lo, hi), (k, low, high) = limits[p], limits[q]
    rest = [t for n, t in enumerate(limits) if n not in (p, q)]
    if any(x.has(j) or x.has(k) for x in (lo, hi, low, high, *rest)):
        raise Refused("a range depends on one of the indices")
    at = canonical(add(j, shift))
    outer = within(site, rest, ())
    bottom, used = _farther(outer, lo, canonical(add(low, mul(-1, shift))), 1)
    top, more = _farther(outer, hi, canonical(add(high, mul(-1, shift))), -1)
    if (bottom, top) != (lo, hi) or (low, high) != (lo, hi):
        more |= _length(outer, bottom, top)[1]
    narrow = Tuple(j, bottom, top)
    kept = [narrow if n == p else t for n, t in enumerate(limits) if n != q]
    joined, met = _conditions(within(site, kept, ()), apart, k, at)
    same = Sum(replace(body, {k: at}), *kept, *joined)
    off = Sum(body, *limits, *apart, Ne(k, at, evaluate=False))
    return same, off, used | more | met


def _farther(site: Site, a: Any, b: Any, way: int) -> tuple[Any, Used]:
    """The larger (way 1) or smaller (-1) of two bounds; Refused where that is not known."""
    if canonical(add(a, mul(-1, b))) == 0:
        return a, NOTHING
    for x, y in ((a, b), (b, a)):
        gap = mul(way, add(x, mul(-1, y)))
        found = site.context.positive(gap, site.scope, strict=False)
        if found is not None:
            return x, found
    raise Refused("it is not known which of {} and {} is larger", a, b)


def _conditions(site: Site, apart: Iterable[Ne], k: Any, at: Any) -> tuple[list[Ne], Used]:
    """The conditions with ``at`` in the place of k, without those that are always met, and why."""
    found: dict[frozenset[Any], Ne] = {}
    used: Used = NOTHING
    for c in apart:
        x, y = (replace(v, {k: at}) for v in (c.lhs, c.rhs))
        if canonical(add(x, mul(-1, y))) == 0:
            raise Refused("the two indices differ already")
        met = site.context.distinct(x, y, site.scope)
        if met is None:
            found[frozenset((x, y))] = Ne(*sorted((x, y), key=str), evaluate=False)
        used |= met or NOTHING
    return list(found.values()), used


def single_out(site: Site) -> Rewrite:
    """
    k lies in lo..hi
    ---------------------------------------
    Σ_{j=lo..hi} a_j = a_k + Σ_{j≠k} a_j

    The sum may have other indices, which k does not mention.  Fails when k may lie outside of
    the range, j ≠ k is required already, or another range depends on j.
    """
    body, limits, apart = opened(site.term)
    n, k = site.number("index"), site.expression("at")
    if not 0 <= n < len(limits):
        raise Refused("no such index")
    first, off, used = _taken_out(site, (body, limits, apart), n, k)
    return Rewrite(add(first, off), used)


def _taken_out(site: Site, parts: Opened, n: int, k: Any) -> tuple[Any, Any, Used]:
    """The terms with j = k, and the sum over all others."""
    body, limits, apart = parts
    j = limits[n][0]
    rest = limits[:n] + limits[n + 1 :]
    if k.free_symbols & {t[0] for t in limits} or any(t.has(j) for t in rest):
        raise Refused("a range depends on the index, or {} on another", k)
    at = within(site, rest, ())
    used = inside(at, k, limits[n])
    conditions, met = _conditions(at, apart, j, k)
    if any(not c.free_symbols & {t[0] for t in rest} for c in conditions):
        raise Refused("{} may be left out already", k)
    one = replace(body, {j: k})
    off = Sum(body, *limits, *apart, Ne(j, k, evaluate=False))
    return Sum(one, *rest, *conditions) if rest else one, off, used | met


def complete(site: Site) -> Rewrite:
    """
    k lies in lo..hi
    ---------------------------------------
    Σ_{j≠k} a_j = Σ_{j=lo..hi} a_j - a_k

    "One term taken out", or the diagonal, from right to left.  ``condition`` is the number of
    the condition that goes.  Fails where these two fail.
    """
    body, limits, apart = opened(site.term)
    m = site.number("condition")
    if not 0 <= m < len(apart):
        raise Refused("no such condition")
    rest = apart[:m] + apart[m + 1 :]
    gap = canonical(add(apart[m].lhs, mul(-1, apart[m].rhs)))
    own = [n for n, t in enumerate(limits) if gap.has(t[0])]
    used: Used = NOTHING
    if len(own) == 1:
        (n,) = own
        k = solved(limits[n][0], gap)
        first, _, used = _taken_out(site, (body, limits, rest), n, k)
    elif len(own) == 2:
        p, q = own
        shift = canonical(add(solved(limits[q][0], gap), mul(-1, limits[p][0])))
        if not shift.is_Integer:
            raise Refused("the indices differ by no whole number")
        first, _, used = _on_diagonal(site, (body, limits, rest), p, q, shift)
    else:
        raise Refused("the condition is about other indices")
    return Rewrite(add(Sum(body, *limits, *rest), mul(-1, first)), used)


def solved(j: Any, gap: Any) -> Any:
    """The j for which ``gap`` is zero, where it is j or -j and something else."""
    for way in (1, -1):
        rest = canonical(add(j, mul(way, gap)))
        if not rest.has(j):
            return rest
    raise Refused("{} does not say what {} is", gap, j)


def inside(site: Site, k: Any, limit: Tuple) -> Used:
    """By what k is one of the whole numbers in the range; Refused where that is not certain."""
    found = in_range(site.context, k, limit[1], limit[2], site.scope)
    if found is None:
        raise Refused("{} may lie outside of the range", k)
    return found


def explicit(site: Site) -> Rewrite:
    """
    lo, hi numbers
    ---------------------------------------
    Σ_{j=lo..hi} a_j = a_lo + ... + a_hi

    For one index and at most 16 terms.  Fails when the range is symbolic.
    """
    body, limits, apart = opened(site.term)
    if len(limits) != 1:
        raise Refused("more than one index")
    j, lo, hi = limits[0]
    if not (lo.is_Integer and hi.is_Integer) or hi - lo > 15:
        raise Refused("the range is symbolic, or too long")
    if apart and any(c.free_symbols - {j} for c in apart):
        raise Refused("the index must differ from another")
    keep = [
        n
        for n in range(int(lo), int(hi) + 1)
        if not any(
            replace(c.lhs, {j: Integer(n)}) == replace(c.rhs, {j: Integer(n)}) for c in apart
        )
    ]
    return Rewrite(add(*(replace(body, {j: Integer(n)}) for n in keep)))


class _Series(NamedTuple):
    """Σ_{j=lo..hi} q r^e: e = ``low`` at j = lo, and ``step`` > 0 more for each j after it."""

    r: Any
    q: Any
    e: Any
    j: Any
    lo: Any
    hi: Any
    low: Any
    step: Any
    past: Any  # the exponent that would come next
    used: Used

    def q_at(self, j: Any) -> Any:
        return replace(self.q, {self.j: j})

    @property
    def rise(self) -> Any:
        """q(j) - q(j - 1)."""
        return expand(add(self.q, mul(-1, self.q_at(add(self.j, -1)))))

    @property
    def ends(self) -> tuple[Any, Any]:
        """q(lo - 1) r^low and q(hi) r^past."""
        first = mul(self.q_at(canonical(add(self.lo, -1))), power(self.r, self.low))
        return first, mul(self.q_at(self.hi), power(self.r, self.past))

    @property
    def gap(self) -> Any:
        """1 - r^step."""
        return add(1, mul(-1, power(self.r, self.step)))


MAX_DEGREE = 4


def _series(site: Site, term: Any) -> _Series:
    """A sum of powers, with a polynomial in the index before them; else Refused."""
    body, limits, apart = opened(term)
    if len(limits) != 1 or apart:
        raise Refused("not a sum of powers over one index")
    j, lo, hi = limits[0]
    factors = body.args if isinstance(body, Mul) else (body,)
    powers = [f for f in factors if isinstance(f, Pow) and f.exp.has(j)]
    q = mul(*(f for f in factors if f not in powers))
    if len(powers) != 1 or not q.is_polynomial(j) or powers[0].base.has(j):
        raise Refused("not a sum of powers over one index")
    r, e = powers[0].base, canonical(powers[0].exp)
    step = canonical(replace(e, {j: j + 1}) - e)
    if step.has(j) or q.as_poly(j).degree() > MAX_DEGREE:
        raise Refused("the exponent is no multiple of j and a constant")
    used = site.context.positive(step, site.scope)
    if used is None:  # from the other end
        step = canonical(mul(-1, step))
        used = site.context.positive(step, site.scope)
        e, q = (canonical(replace(x, {j: lo + hi - j})) for x in (e, q))
    if used is None:
        raise Refused("the exponent may not grow with j")
    _, more = _length(site, lo, hi)
    low, past = (canonical(replace(e, {j: at})) for at in (lo, hi + 1))
    found = site.context.positive(low, site.scope, strict=False)
    if found is None:
        found = site.context.nonzero(r, site.scope)
    if found is None:
        raise Refused("{} may be 0", r)
    return _Series(r, q, e, j, lo, hi, low, step, past, used | more | found)


def geometric(site: Site) -> Rewrite:
    """
    r^a ≠ 1      the range lo..hi is not shorter than nothing
    ----------------------------------------------------------------------------------
    Σ_{j=lo..hi} r^(a j + b) = r^low (1 - r^(a (hi-lo+1))) / (1 - r^a)

    for a > 0, low the least exponent; for a < 0 the sum is read from its other end.  With a
    polynomial q before the power, by summation by parts:
    Σ q(j) r^e = (q(lo-1) r^low - q(hi) r^past + Σ (q(j) - q(j-1)) r^e) / (1 - r^a).
    Source: Concrete Mathematics, section 2.6.  Fails when r^a may be 1 (or r may be 0, where
    a negative power occurs), or the body is not such a power.
    """
    found = _series(site, site.term)
    apart = site.context.nonzero(found.gap, site.scope)
    if apart is None:
        raise Refused("{} may be 1", power(found.r, found.step))
    used = found.used | apart
    if found.rise == 0:
        length = canonical(add(found.past, mul(-1, found.low)))
        top = mul(found.q, power(found.r, found.low), add(1, mul(-1, power(found.r, length))))
        return Rewrite(mul(top, power(found.gap, -1)), used)
    total: Any = S.Zero
    parts = []
    while found.q != 0:
        parts.append(add(found.ends[0], mul(-1, found.ends[1])))
        found = found._replace(q=found.rise)
    for part in reversed(parts):
        total = mul(add(part, total), power(found.gap, -1))
    return Rewrite(total, used)


def telescope(site: Site) -> Rewrite:
    """
    the range lo..hi is not shorter than nothing
    ------------------------------------------------------------------
    (1 - r^a) Σ_{j=lo..hi} r^(a j + b) = r^low (1 - r^(a (hi-lo+1)))

    for a > 0, low the least exponent; r may be 1.  With a polynomial before the power, and for
    a < 0, as in the geometric sum.  Fails when no factor is a power of 1 - r^a, or r may be 0
    where a negative power occurs.
    """
    factors = site.term.args if isinstance(site.term, Mul) else ()
    for n, f in enumerate(factors):
        if not isinstance(f, Sum):
            continue
        found = _series(site, f)
        for m, g in enumerate(factors):
            base, x = (g.base, g.exp) if isinstance(g, Pow) else (g, S.One)
            if x.is_Integer and x > 0 and equal(base, found.gap):
                rest = [h for k, h in enumerate(factors) if k not in (n, m)]
                rest.append(power(base, x - 1))
                return Rewrite(mul(*rest, _telescoped(found)), found.used)
    raise Refused("no sum of powers of r beside a factor 1 - r")


def _telescoped(found: _Series) -> Any:
    """(1 - r^a) Σ q r^e."""
    if found.rise == 0:
        length = canonical(add(found.past, mul(-1, found.low)))
        bracket = add(1, mul(-1, power(found.r, length)))
        return mul(found.q, power(found.r, found.low), bracket)
    body = mul(found.rise, power(found.r, found.e))
    return add(Sum(body, (found.j, found.lo, found.hi)), found.ends[0], mul(-1, found.ends[1]))


def step(site: Site) -> Rewrite:
    """
    the range lo..hi is not shorter than nothing
    --------------------------------------------------------------------
    r^a Σ_{j=lo..hi} r^(a j + b) = Σ_{j=lo..hi} r^(a j + b) + r^past - r^low

    for a > 0, low the least exponent and past the one behind the last; r may be 1.  With a
    polynomial q before the power: r^a Σ q(j) r^e = Σ q(j-1) r^e + q(hi) r^past - q(lo-1) r^low.
    Fails when no factor is a power of r with a or a whole number more in its exponent, or r
    may be 0 where a negative power occurs.
    """
    factors = site.term.args if isinstance(site.term, Mul) else ()
    for n, f in enumerate(factors):
        if not isinstance(f, Sum):
            continue
        found = _series(site, f)
        for m, g in enumerate(factors):
            base, x = (g.base, g.exp) if isinstance(g, Pow) else (g, S.One)
            left = canonical(add(x, mul(-1, found.step)))
            if m == n or base != found.r or not (left.is_Integer and left >= 0):
                continue
            rest = [h for k, h in enumerate(factors) if k not in (n, m)]
            body = mul(expand(found.q_at(add(found.j, -1))), power(found.r, found.e))
            moved = Sum(body, (found.j, found.lo, found.hi))
            made = add(moved, found.ends[1], mul(-1, found.ends[0]))
            return Rewrite(mul(*rest, power(base, left), made), found.used)
    raise Refused("no sum of powers of r beside a power of r")


def shift(site: Site) -> Rewrite:
    """
    c a whole number
    -----------------------------------------------
    Σ_{j=lo..hi} a_j = Σ_{j=lo+c..hi+c} a_{j-c}

    For one index.  Fails when c may be no whole number, or the index must differ from another.
    """
    body, limits, apart = opened(site.term)
    c = site.expression("by")
    if len(limits) != 1 or apart or not c.is_integer or not site.context.constant(c):
        raise Refused("not a sum over one free index, or {} may be no whole number", c)
    j, lo, hi = limits[0]
    moved = replace(body, {j: canonical(add(j, mul(-1, c)))})
    return Rewrite(Sum(moved, (j, canonical(add(lo, c)), canonical(add(hi, c)))))


def reverse(site: Site) -> Rewrite:
    """
    -----------------------------------------------
    Σ_{j=lo..hi} a_j = Σ_{j=lo..hi} a_{lo+hi-j}

    For one index.  Fails when the index must differ from another.
    """
    body, limits, apart = opened(site.term)
    if len(limits) != 1 or apart:
        raise Refused("not a sum over one free index")
    j, lo, hi = limits[0]
    return Rewrite(Sum(replace(body, {j: canonical(add(lo, hi, mul(-1, j)))}), *limits))


def cut(site: Site) -> Rewrite:
    """
    lo - 1 <= c <= hi
    ---------------------------------------------------------
    Σ_{j=lo..hi} a_j = Σ_{j=lo..c} a_j + Σ_{j=c+1..hi} a_j

    Fails when c may lie elsewhere, or be no whole number.
    """
    body, limits, apart = opened(site.term)
    n, c = site.number("index"), site.expression("at")
    if not 0 <= n < len(limits) or not c.is_integer or not site.context.constant(c):
        raise Refused("no such index, or {} may be no whole number", c)
    j, lo, hi = limits[n]
    if c.free_symbols & {t[0] for t in limits[n:]}:
        raise Refused("{} depends on the indices", c)
    outer = within(site, limits[:n], ())
    used = NOTHING.union(_length(outer, lo, c)[1], _length(outer, canonical(add(c, 1)), hi)[1])
    parts = (Tuple(j, lo, c), Tuple(j, canonical(add(c, 1)), hi))
    sums = (Sum(body, *limits[:n], part, *limits[n + 1 :], *apart) for part in parts)
    return Rewrite(add(*sums), used)


def ends(site: Site) -> Rewrite:
    """
    neither range is shorter than nothing
    ---------------------------------------------------------------------------
    Σ_{j=lo..hi} a_j = Σ_{j=lo'..hi'} a_j  and the terms between lo and lo', hi and hi'

    The new ends differ from the old by whole numbers.  Fails when one of the ranges may be
    shorter than nothing, when more than 16 terms come out, or the index must differ from
    another.
    """
    body, limits, apart = opened(site.term)
    if len(limits) != 1 or apart:
        raise Refused("not a sum over one free index")
    j, lo, hi = limits[0]
    low, high = site.expression("lower"), site.expression("upper")
    first, last = canonical(add(low, mul(-1, lo))), canonical(add(hi, mul(-1, high)))
    if not (first.is_Integer and last.is_Integer) or abs(first) + abs(last) > 16:
        raise Refused("the ends differ by no small number")
    pairs = ((lo, hi), (low, high), (lo, high), (low, hi))
    used = NOTHING.union(*(_length(site, a, b)[1] for a, b in pairs))
    before, after = (lo, first) if first > 0 else (low, -first), (high, last)
    if last < 0:
        after = (hi, -last)
    terms = [Sum(body, (j, low, high))]
    for n in range(int(before[1])):
        one = replace(body, {j: canonical(add(before[0], n))})
        terms.append(one if first > 0 else mul(-1, one))
    for n in range(1, int(after[1]) + 1):
        one = replace(body, {j: canonical(add(after[0], n))})
        terms.append(one if last > 0 else mul(-1, one))
    return Rewrite(add(*terms), used)


# Σ_{j=1..n} j^p as a polynomial in n, highest power first.
_FAULHABER = {
    1: ("1/2", "1/2", 0),
    2: ("1/3", "1/2", "1/6", 0),
    3: ("1/4", "1/2", "1/4", 0, 0),
    4: ("1/5", "1/2", "1/3", 0, "-1/30", 0),
}


def powers_of_index(site: Site) -> Rewrite:
    """
    n >= 0
    --------------------------------------------------------------
    Σ_{j=1..n} j = n (n + 1) / 2, and so for j², j³ and j⁴

    Source: Concrete Mathematics, section 2.5 and equation 6.78.  Fails for other bodies, and
    for ranges that do not begin at 1.
    """
    body, limits, apart = opened(site.term)
    if len(limits) != 1 or apart or limits[0][1] != 1:
        raise Refused("not a sum over one index from 1 on")
    j, _, n = limits[0]
    base, p = (body.base, body.exp) if isinstance(body, Pow) else (body, Integer(1))
    if base != j or p not in _FAULHABER:
        raise Refused("{} is no small power of the index", body)
    _, used = _length(site, S.One, n)
    powers = reversed(range(len(_FAULHABER[p])))
    terms = zip(_FAULHABER[p], powers, strict=True)
    return Rewrite(add(*(mul(Rational(c), power(n, k)) for c, k in terms if c)), used)


_X = "size n\nrandom x[j] mean 0, variance 1\n"

_TABLE: Sequence[Rule] = (
    Rule(
        "sum-split",
        "sum of terms",
        "Σ (a + b) = Σ a + Σ b",
        split,
        Case(
            "size n\nreal a[j], b[j]",
            "sum(j = 1..n) (a[j] + b[j])",
            "sum(j = 1..n) a[j] + sum(j = 1..n) b[j]",
        ),
        Case("size n\nreal a[j], b[j]", "sum(j = 1..n) a[j] b[j]"),
    ),
    Rule(
        "sum-factor",
        "constant out of the sum",
        "Σ_j c a_j = c Σ_j a_j",
        factor,
        Case("size n\nreal c, a[j]", "sum(j = 1..n) c a[j]", "c sum(j = 1..n) a[j]"),
        Case("size n\nreal c[j], a[j]", "sum(j = 1..n) c[j] a[j]"),
    ),
    Rule(
        "sum-count",
        "identical terms summed",
        "Σ_{j=1..D} c = D c",
        count,
        Case("size n\nreal c", "sum(j = 1..n) c", "n c", {"index": 0}),
        Case("size n\nreal c[j]", "sum(j = 1..n) c[j]", binding={"index": 0}),
    ),
    Rule(
        "sum-product",
        "product of sums",
        "(Σ_j a_j)(Σ_k b_k) = Σ_j Σ_k a_j b_k",
        product,
        Case(_X, "(sum(j = 1..n) x[j])^2", "sum(j = 1..n, k = 1..n) x[j] x[k]"),
        Case(_X, "sum(j = 1..n) x[j]"),
    ),
    Rule(
        "sum-flatten",
        "sum inside a sum",
        "Σ_j c_j Σ_k a_jk = Σ_{j,k} c_j a_jk",
        flatten,
        Case(_X, "sum(j = 1..n) x[j] sum(k = 1..n) x[k]", "sum(j = 1..n, k = 1..n) x[j] x[k]"),
        Case(_X, "sum(j = 1..n) x[j]"),
    ),
    Rule(
        "sum-diagonal",
        "diagonal and off-diagonal part",
        "Σ_{j,k} a_jk = Σ_j a_jj + Σ_{j≠k} a_jk",
        diagonal,
        Case(
            _X,
            "sum(j = 1..n, k = 1..n) x[j] x[k]",
            "sum(j = 1..n) x[j]^2 + sum(j, k = 1..n, j != k) x[j] x[k]",
            {"pair": (0, 1)},
        ),
        Case(
            "size n, m\nrandom x[j] mean 0",
            "sum(j = 1..n, k = 1..m) x[j] x[k]",
            binding={"pair": (0, 1)},
        ),
    ),
    Rule(
        "sum-single-out",
        "one term taken out",
        "Σ_j a_j = a_k + Σ_{j≠k} a_j",
        single_out,
        Case(
            _X, "sum(j = 1..n) x[j]", "x[1] + sum(j = 1..n, j != 1) x[j]", {"index": 0, "at": "1"}
        ),
        Case(_X, "sum(j = 1..n) x[j]", binding={"index": 0, "at": "2"}),
    ),
    Rule(
        "sum-complete",
        "the term that is left out, put back",
        "Σ_{j≠k} a_j = Σ_j a_j - a_k",
        complete,
        Case(_X, "sum(j = 1..n, j != 1) x[j]", "sum(j = 1..n) x[j] - x[1]", {"condition": 0}),
        Case(_X, "sum(j = 1..n, j != 2) x[j]", binding={"condition": 0}),
    ),
    Rule(
        "sum-cut",
        "sum cut in two",
        "Σ_{j=lo..hi} a_j = Σ_{j=lo..c} a_j + Σ_{j=c+1..hi} a_j",
        cut,
        Case(
            "size n, m\nrandom x[j] mean 0",
            "sum(j = 1..n + m) x[j]",
            "sum(j = 1..n) x[j] + sum(j = n + 1..n + m) x[j]",
            {"index": 0, "at": "n"},
        ),
        Case(
            "size n, m\nrandom x[j] mean 0",
            "sum(j = 1..n) x[j]",
            binding={"index": 0, "at": "m"},
        ),
    ),
    Rule(
        "sum-explicit",
        "sum written out",
        "Σ_{j=1..3} a_j = a_1 + a_2 + a_3",
        explicit,
        Case(_X, "sum(j = 1..2) x[j]", "x[1] + x[2]"),
        Case(_X, "sum(j = 1..n) x[j]"),
    ),
    Rule(
        "sum-telescope",
        "geometric sum, multiplied out",
        "(1 - r) Σ_{j=lo..hi} r^j = r^lo (1 - r^(hi-lo+1))",
        telescope,
        Case("size n\nreal r", "(1 - r) sum(j = 1..n) r^j", "r (1 - r^n)"),
        Case("size n\nreal r", "(1 + r) sum(j = 1..n) r^j"),
    ),
    Rule(
        "sum-step",
        "geometric sum, one power on",
        "r Σ_{j=lo..hi} r^j = Σ_{j=lo..hi} r^j + r^(hi+1) - r^lo",
        step,
        Case("size n\nreal r", "r sum(j = 1..n) r^j", "sum(j = 1..n) r^j + r^(n + 1) - r"),
        Case("size n\nreal r, s", "s sum(j = 1..n) r^j"),
    ),
    Rule(
        "sum-geometric",
        "geometric sum",
        "Σ_{j=lo..hi} r^j = r^lo (1 - r^(hi-lo+1)) / (1 - r)",
        geometric,
        Case("size n\nreal r != 0", "sum(j = 1..n) 2^j", "2 (1 - 2^n) / (1 - 2)"),
        Case("size n\nreal r > 0", "sum(j = 1..n) r^j"),
    ),
    Rule(
        "sum-shift",
        "index shifted",
        "Σ_{j=lo..hi} a_j = Σ_{j=lo+c..hi+c} a_{j-c}",
        shift,
        Case(_X, "sum(j = 0..n-1) x[j + 1]", "sum(j = 1..n) x[j]", {"by": "1"}),
        Case(_X, "sum(j, k = 1..n, j != k) x[j] x[k]", binding={"by": "1"}),
    ),
    Rule(
        "sum-reverse",
        "sum from its other end",
        "Σ_{j=lo..hi} a_j = Σ_{j=lo..hi} a_{lo+hi-j}",
        reverse,
        Case(_X, "sum(j = 1..n) x[n - j]", "sum(j = 1..n) x[j - 1]"),
        Case(_X, "sum(j, k = 1..n, j != k) x[j] x[k]"),
    ),
    Rule(
        "sum-ends",
        "terms at the ends of a sum",
        "Σ_{j=1..n+1} a_j = Σ_{j=1..n} a_j + a_{n+1}",
        ends,
        Case(
            _X,
            "sum(j = 1..n+1) x[j]",
            "sum(j = 1..n) x[j] + x[n + 1]",
            {"lower": "1", "upper": "n"},
        ),
        Case(_X, "sum(j = 1..n) x[j]", binding={"lower": "1", "upper": "n - 2"}),
    ),
    Rule(
        "sum-powers",
        "sum of the numbers up to n",
        "Σ_{j=1..n} j = n (n + 1) / 2",
        powers_of_index,
        Case("size n", "sum(j = 1..n) j", "n^2 / 2 + n / 2"),
        Case("size n", "sum(j = 1..n) 2^j"),
    ),
)

# What needs that something random is not zero holds almost surely, the rest at every point.
_SURELY = {"sum-telescope", "sum-step", "sum-geometric"}
RULES: Sequence[Rule] = tuple(with_(r, pointwise=r.name not in _SURELY) for r in _TABLE)
