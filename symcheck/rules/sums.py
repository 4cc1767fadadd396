"""Finite sums of symbolic length: linearity, counting, products of sums, the diagonal.

Source: Graham, Knuth and Patashnik, Concrete Mathematics, 2nd ed., sections 2.3-2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Add, Integer, Mul, Ne, Pow, Rational, S, Tuple

from symcheck.context import NOTHING, Used
from symcheck.expr import Sum, add, bound_indices, mul, power, replace
from symcheck.kernel import Case, Refused, Rewrite, Rule, Site
from symcheck.ring import canonical, equal

__all__ = ["RULES", "opened"]

Opened = tuple[Any, list[Tuple], list[Ne]]


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

    With j different from m other indices of the same range, which all differ from one
    another: hi - lo + 1 - m.  Fails when the index occurs in the body, in another
    range, or must differ from an index that may lie outside its range.
    """
    body, limits, apart = opened(site.term)
    n = site.binding["index"]
    if not 0 <= n < len(limits):
        raise Refused("no such index")
    j, lo, hi = limits[n]
    others = limits[:n] + limits[n + 1 :]
    if body.has(j) or any(t.has(j) for t in others):
        raise Refused("the index {} occurs in the body", n + 1)
    near = [c.rhs if c.lhs == j else c.lhs for c in apart if j in (c.lhs, c.rhs)]
    rest = [c for c in apart if j not in (c.lhs, c.rhs)]
    ranges = {
        t[0]: (t[1], t[2]) for t in (*others, *((r[0], r[1], r[2]) for r in site.scope.ranges))
    }
    for m, k in enumerate(near):
        if ranges.get(k) != (lo, hi) and not inside(site, k, limits[n]):
            raise Refused("{} may lie outside of the range", k)
        for other in near[:m]:
            pair = frozenset((k, other))
            if pair not in {frozenset((c.lhs, c.rhs)) for c in rest} | site.scope.apart:
                raise Refused("the indices that are left out may coincide")
    length, used = _length(site, lo, hi)
    size = canonical(add(length, -len(near)))
    return Rewrite(mul(size, Sum(body, *others, *rest) if others else body), used)


def _length(site: Site, lo: Any, hi: Any) -> tuple[Any, Used]:
    """The number of terms of a range that is not shorter than nothing; else Refused."""
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
    inside = set(site.binding.get("inside", ()))
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
    if len(limits) > 5:
        raise Refused("more than five indices")
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
    if len(inner) != 1 or len(limits) > 4:
        raise Refused("not one sum inside a sum")
    deep, more, conditions = opened(inner[0])
    rest = [f for f in factors if f is not inner[0]]
    return Rewrite(Sum(mul(*rest, deep), *limits, *more, *apart, *conditions))


def diagonal(site: Site) -> Rewrite:
    """
    j and k run over the same range
    ---------------------------------------------------
    Σ_{j,k} a_jk = Σ_j a_jj + Σ_{j≠k} a_jk

    Fails when the ranges differ, or j ≠ k is required already.
    """
    body, limits, apart = opened(site.term)
    p, q = site.binding["pair"]
    if not 0 <= p < q < len(limits):
        raise Refused("no such pair of indices")
    j, k = limits[p][0], limits[q][0]
    if limits[p][1:] != limits[q][1:] or any(
        t.has(j) or t.has(k) for i, t in enumerate(limits) if i not in (p, q)
    ):
        raise Refused("the two ranges differ")
    if any({c.lhs, c.rhs} == {j, k} for c in apart):
        raise Refused("the two indices differ already")
    kept = limits[:q] + limits[q + 1 :]
    joined = {frozenset(replace(x, {k: j}) for x in (c.lhs, c.rhs)) for c in apart}
    same = Sum(
        replace(body, {k: j}), *kept, *(Ne(*sorted(c, key=str), evaluate=False) for c in joined)
    )
    off = Sum(body, *limits, *apart, Ne(j, k, evaluate=False))
    return Rewrite(add(same, off))


def single_out(site: Site) -> Rewrite:
    """
    k lies in lo..hi
    ---------------------------------------
    Σ_{j=lo..hi} a_j = a_k + Σ_{j≠k} a_j

    Fails when k may lie outside of the range, or j ≠ k is required already.
    """
    body, limits, apart = opened(site.term)
    n, k = site.binding["index"], site.binding["at"]
    if not 0 <= n < len(limits) or len(limits) != 1:
        raise Refused("a sum over one index is needed")
    j = limits[n][0]
    if any(j in (c.lhs, c.rhs) for c in apart) or k.has(j):
        raise Refused("the index differs from another already")
    if not inside(site, k, limits[n]):
        raise Refused("{} may lie outside of the range", k)
    rest = Sum(body, *limits, *apart, Ne(j, k, evaluate=False))
    return Rewrite(add(replace(body, {j: k}), rest))


def inside(site: Site, k: Any, limit: Tuple) -> bool:
    """Does the index k certainly lie in the range?"""
    ends = add(k, mul(-1, limit[1])), add(limit[2], mul(-1, k))
    return all(site.context.positive(e, site.scope, strict=False) is not None for e in ends)


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


def geometric(site: Site) -> Rewrite:
    """
    r ≠ 1      the range lo..hi is not shorter than nothing
    --------------------------------------------------------------
    Σ_{j=lo..hi} r^(a j + b) = r^low (1 - r^(hi-lo+1)) / (1 - r)

    for a = 1 or -1, low the least exponent.  Fails when r may be 1 (or 0, where a
    negative power occurs), or the body is not such a power.
    """
    r, low, length, used = _powers(site, site.term)
    found = site.context.nonzero(add(1, mul(-1, r)), site.scope)
    if found is None:
        raise Refused("{} may be 1", r)
    top = mul(power(r, low), add(1, mul(-1, power(r, length))))
    return Rewrite(mul(top, power(add(1, mul(-1, r)), -1)), used | found)


def telescope(site: Site) -> Rewrite:
    """
    the range lo..hi is not shorter than nothing
    ------------------------------------------------------------------
    (1 - r) Σ_{j=lo..hi} r^(a j + b) = r^low (1 - r^(hi-lo+1))

    for a = 1 or -1, low the least exponent; r may be 1.  Fails when no factor is 1 - r,
    or r may be 0 where a negative power occurs.
    """
    factors = site.term.args if isinstance(site.term, Mul) else ()
    for n, f in enumerate(factors):
        if not isinstance(f, Sum):
            continue
        r, low, length, used = _powers(site, f)
        for m, g in enumerate(factors):
            if equal(g, add(1, mul(-1, r))):
                rest = [h for k, h in enumerate(factors) if k not in (n, m)]
                made = mul(*rest, power(r, low), add(1, mul(-1, power(r, length))))
                return Rewrite(made, used)
    raise Refused("no sum of powers of r beside a factor 1 - r")


def _powers(site: Site, term: Any) -> tuple[Any, Any, Any, Used]:
    """Base, least exponent and number of terms of a sum of powers."""
    body, limits, apart = opened(term)
    if len(limits) != 1 or apart or not isinstance(body, Pow):
        raise Refused("not a sum of powers over one index")
    j, lo, hi = limits[0]
    r, e = body.base, canonical(body.exp)
    step = canonical(replace(e, {j: j + 1}) - e)
    if r.has(j) or step not in (1, -1):
        raise Refused("the exponent is not j plus a constant")
    length, used = _length(site, lo, hi)
    low = canonical(replace(e, {j: lo if step == 1 else hi}))
    found = site.context.positive(low, site.scope, strict=False)
    if found is None:
        found = site.context.nonzero(r, site.scope)
    if found is None:
        raise Refused("{} may be 0", r)
    return r, low, length, used | found


def shift(site: Site) -> Rewrite:
    """
    c a whole number
    -----------------------------------------------
    Σ_{j=lo..hi} a_j = Σ_{j=lo+c..hi+c} a_{j-c}

    For one index.  Fails when the index must differ from another.
    """
    body, limits, apart = opened(site.term)
    c = site.binding["by"]
    if len(limits) != 1 or apart or not c.is_Integer:
        raise Refused("not a sum over one free index")
    j, lo, hi = limits[0]
    moved = replace(body, {j: canonical(add(j, mul(-1, c)))})
    return Rewrite(Sum(moved, (j, canonical(add(lo, c)), canonical(add(hi, c)))))


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
    low, high = site.binding["lower"], site.binding["upper"]
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

RULES: Sequence[Rule] = (
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
