"""Does an expectation exist?  Unknown means no.

A quantity is bounded by a few products of powers of absolute values
(:mod:`symcheck.facts.dominating`).  Of each product we ask for which p the expectation of its p-th
power is finite: by independence of its factors, by Hölder's inequality, by what is declared
finite, by conditional expectations (Jensen's inequality), and by denominators that bound what
stands above them.  Source: Williams, Probability with Martingales, 6.7-6.13 and 9.7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace as _with
from itertools import combinations
from typing import Any

from sympy import Add, Expr, Max, Min, Mul, S, Symbol, Tuple, exp, log, oo

from symcheck.facts.assumptions import EMPTY, NOTHING, Scope, Used, every
from symcheck.facts.declarations import Declarations
from symcheck.facts.declared_finite import Pattern, facts, inherited, single
from symcheck.facts.dominating import Powers, merged, products
from symcheck.facts.finite_powers import BOUNDED, UNKNOWN, Moments
from symcheck.language.expr import RV, E, Sum, Var, add, mul, power, replace, sigmoid
from symcheck.language.plain import plain
from symcheck.language.ring import TooLarge, canonical

__all__ = ["bounded", "integrable", "moments"]

LIGHT = ("normal", "uniform", "bernoulli", "rademacher", "poisson")  # E[exp(t x)] for every t
DEEPEST = 2
SPLITS = 5  # factors that are divided in every way for Hölder's inequality


def integrable(c: Declarations, e: Expr, scope: Scope = EMPTY, p: Any = 1) -> Used | None:
    """Is E|e|^p finite?"""
    found = moments(c, e, scope, p)
    return found.used if found.reach(p) else None


def bounded(c: Declarations, e: Expr, scope: Scope = EMPTY) -> Used | None:
    """Is |e| at most a constant, almost surely?"""
    found = moments(c, e, scope)
    return found.used if found.inverse == 0 and found.closed else None


def moments(c: Declarations, e: Expr, scope: Scope = EMPTY, enough: Any = oo) -> Moments:
    """For which p is E|e|^p finite?  As far as the context allows, and no further than enough."""
    if c.constant(e):
        return BOUNDED
    key = ("moments", e, scope, enough)
    found: Moments = c.remember(key, lambda: _moments(c, e, scope, enough), UNKNOWN)
    return found


def _moments(c: Declarations, e: Expr, scope: Scope, enough: Any) -> Moments:
    """Of e as it is written; and where that is not enough, with what cancels taken away."""
    best = UNKNOWN
    for form in _forms(c, e):
        kept = frozenset(type(b) for f in facts(c) for b in f.powers if not isinstance(b, RV))
        inside = _inside(c, form)
        for whole in dict.fromkeys((kept | inside, kept, frozenset())):
            found = _of_sum(c, form, scope, whole, enough)
            best = min(best, found, key=lambda m: m.rank)
            if best.reach(enough):
                return best
    return best


def _forms(c: Declarations, e: Expr) -> Iterator[Expr]:
    yield e
    try:
        other = canonical(c.unfolded(e))
    except TooLarge:
        return
    if other != e:
        yield other


def _inside(c: Declarations, e: Expr) -> frozenset[Any]:
    """The sums in logarithms, to be met by these as factors beside them."""
    bases = (b for f in e.atoms(log) for b in single(c, f.args[0]))
    return frozenset(b for b in bases if isinstance(b, Add))


def _of_sum(
    c: Declarations, e: Expr, scope: Scope, whole: AbstractSet[Any], enough: Any
) -> Moments:
    try:
        bounds, inner = products(
            c, e, scope, lambda t: type(t) in whole or t in whole or _clipped(c, t, scope)
        )
        worst, made = BOUNDED, dict[Scope, _Products]()
        for powers, around in _each(bounds, scope, inner):
            products_ = made.setdefault(around, _Products(c, around))
            worst = worst.least(products_.of(powers, enough))
            if worst.inverse == oo:
                break
    except TooLarge:
        return UNKNOWN
    return worst


def _each(bounds: list[Powers], outer: Scope, inner: Scope) -> Iterator[tuple[Powers, Scope]]:
    """Products, each with what is known around it: of the sums' indices those that stand in it.

    The range of another one may be empty.
    """
    here = len(outer.ranges)
    own = {t[0] for t in inner.ranges[here:]}
    for powers in bounds:
        spoken = set[Symbol]().union(*(b.free_symbols for b in powers))
        ranges = []
        for t in reversed(inner.ranges[here:]):  # a range may mention an index before it
            if t[0] in spoken:
                ranges.append(t)
                spoken |= t[1].free_symbols | t[2].free_symbols
        gone = own - spoken
        apart = frozenset(p for p in inner.apart if not any(x.free_symbols & gone for x in p))
        kept = (*outer.ranges, *reversed(ranges))
        yield powers, _with(inner, ranges=kept, apart=apart)


def _clipped(c: Declarations, e: Any, scope: Scope) -> bool:
    """Is this function bounded although what it is of need not be?"""
    return isinstance(e, (Max, Min)) and c.ends(e, scope).both


class _Products:
    """Moments of products of powers, all with the same indices around them."""

    def __init__(self, c: Declarations, scope: Scope) -> None:
        self.c, self.scope = c, scope
        self._seen: dict[frozenset[Any], Moments] = {}
        self._depth = 0  # conditional expectations that one inside of another stand for

    def of(self, powers: Powers, enough: Any = oo) -> Moments:
        """The best of what is known of |base|^n, multiplied."""
        best = BOUNDED
        for base, n in powers.items():
            best = best.times(self._factor(base, n))
        if best.reach(enough):
            return best
        key = frozenset(powers.items())
        if key in self._seen:
            return min(best, self._seen[key], key=lambda m: m.rank)
        self._seen[key] = UNKNOWN
        for other in self._others(powers, enough, best.inverse == 0):
            best = min(best, other, key=lambda m: m.rank)
            if best.reach(enough):
                return best
        self._seen[key] = best
        return best

    def _others(self, powers: Powers, enough: Any, every_moment: bool) -> Iterator[Moments]:
        yield from self._by_facts(powers)
        yield from self._by_denominators(powers, enough)
        yield from self._by_conditions(powers)
        yield from self._by_exponentials(powers, enough)
        yield from self._by_logarithms(powers, enough)
        random = [b for b in powers if not self.c.constant(b)]
        if len(random) > 1 and not every_moment:
            groups, used = self.c.groups(random, self.scope)
            if len(groups) > 1:
                fixed = {b: n for b, n in powers.items() if b not in random}
                parts = [self.of(fixed | {b: powers[b] for b in g}, enough) for g in groups]
                found = BOUNDED._replace(used=used)
                for p in parts:
                    found = found.least(p)
                yield found
            elif len(random) <= SPLITS:
                yield from self._by_splits(powers)

    def _by_splits(self, powers: Powers) -> Iterator[Moments]:
        bases = [b for b in powers if not self.c.constant(b)]
        for size in range(1, len(bases) // 2 + 1):
            for chosen in combinations(bases, size):
                left = {b: powers[b] for b in chosen}
                right = {b: n for b, n in powers.items() if b not in left}
                yield self.of(left).times(self.of(right))

    # ------------------------------------------------------------ one factor

    def _factor(self, base: Any, n: Any) -> Moments:
        if self.c.constant(base):
            return BOUNDED
        if isinstance(base, exp):
            return self._exponential(mul(n, base.args[0]))
        return (self._upper(base) if n > 0 else self._lower(base)).power(abs(n))

    def _upper(self, base: Any) -> Moments:
        """Of |base|."""
        if isinstance(base, RV):
            return self._variable(base)
        ends = self.c.ends(base, self.scope)
        if ends.both:
            return BOUNDED._replace(used=ends.used)
        if isinstance(base, log):
            return self._logarithm(base.args[0])
        if isinstance(base, (E, Var)):  # |E[g | y]|^p <= E[|g|^p | y] for p >= 1
            inside = moments(self.c, base.args[0], self.scope)
            inside = inside if isinstance(base, E) else inside.power(2)
            return inside if inside.reach(1) else UNKNOWN
        bounds, inner = products(self.c, base, self.scope)
        if bounds == [{base: S.One}]:
            return UNKNOWN
        found = BOUNDED
        for powers, around in _each(bounds, self.scope, inner):
            found = found.least(_Products(self.c, around).of(powers))
        return found

    def _variable(self, x: RV) -> Moments:
        c, r = self.c, self.c.randoms.get(x.name)
        found = [UNKNOWN]
        if r is None:
            return UNKNOWN
        if known := c.law(x):
            found.append(self._law(known[0].below(*known[1]), c.law_used(x)))
        ends = c.ends(x, self.scope)
        if ends.both:
            found.append(BOUNDED._replace(used=ends.used))
        if r.order is not None:
            used = c.about(r, "finite", f"{r.term} has {r.order} finite moments")
            found.append(Moments(1 / r.order, True, used))
        if r.variance is not None:
            used = c.about(r, "variance", f"{r.term} has variance {plain(r.variance)}")
            found.append(Moments(S.Half, True, used))
        if r.mean is not None:
            used = c.about(r, "mean", f"{r.term} has mean {plain(r.mean)}")
            found.append(Moments(S.One, True, used))
        return min(found, key=lambda m: m.rank)

    def _law(self, below: Any, used: Used) -> Moments:
        """E|x|^p is finite for p < below."""
        if below == oo or below.is_Rational:
            return Moments(S.Zero if below == oo else 1 / below, False, used)
        for p in (S(4), S(3), S(2), S.One):
            found = self.c.positive(add(below, -p), self.scope)
            if found is not None:
                return Moments(1 / p, True, used | found)
        return UNKNOWN

    def _lower(self, base: Any) -> Moments:
        """Of 1 / |base|."""
        c = self.c
        known = c.law(base) if isinstance(base, RV) else None
        if known is not None and known[0].values and S.Zero not in known[0].values:
            return BOUNDED._replace(used=c.law_used(base))
        ends = c.ends(base, self.scope)
        for end in (ends.low, ends.high and mul(-1, ends.high)):
            away = None if end is None else c.positive(end, self.scope)
            if away is not None:
                return BOUNDED._replace(used=ends.used | away)
        spread = self._dense(base)
        return UNKNOWN if spread is None else Moments(S.One, False, spread)

    def _dense(self, e: Any) -> Used | None:
        """Has e a bounded density?  So has a x + y, x being independent of y."""
        c = self.c
        if isinstance(e, RV):
            return c.atomless(e) if c.law(e) is not None else None
        for t in e.args if isinstance(e, Add) else ():
            factors = t.args if isinstance(t, Mul) else (t,)
            random = [f for f in factors if not c.constant(f)]
            if len(random) == 1 and isinstance(random[0], RV):
                scale = every(c.nonzero(f, self.scope) for f in factors if c.constant(f))
                rest = [u for u in e.args if u is not t]
                apart = c.independent_of(random, rest, self.scope)
                found = every((scale, apart, self._dense(random[0])))
                if found is not None:
                    return found
        return None

    def _exponential(self, u: Any) -> Moments:
        """Of exp(u), u being one term."""
        c = self.c
        ends = c.ends(u, self.scope)
        if ends.high is not None:
            return BOUNDED._replace(used=ends.used)
        used: Used = NOTHING
        for powers in products(c, u, self.scope)[0]:
            free = 0
            for base, n in powers.items():
                factor = self._factor(base, n)
                if factor.rank == BOUNDED.rank:
                    used |= factor.used
                elif n == 1 and self._light(base) and not free:
                    free = 1
                    used |= c.law_used(base)
                else:
                    return self._exponential_tail(u)
        return Moments(S.Zero, False, used)

    def _light(self, x: Any) -> bool:
        """Is E[exp(t |x|)] finite for every t?  By its law."""
        known = self.c.law(x) if isinstance(x, RV) else None
        return known is not None and known[0].name in LIGHT

    def _exponential_tail(self, u: Any) -> Moments:
        """E[exp(t x)] is finite for t < rate (exponential), for |t| scale < 1 (Laplace)."""
        c = self.c
        factors = [f for f in u.args if not c.constant(f)] if u.is_Mul else [u]
        known = c.law(factors[0]) if len(factors) == 1 and isinstance(factors[0], RV) else None
        if known is None or known[0].name not in ("exponential", "laplace"):
            return UNKNOWN
        t = canonical(mul(u, power(factors[0], -1)))
        for p in (S(4), S(2), S.One):
            if known[0].name == "exponential":
                gaps = [add(known[1][0], mul(-1, p, t))]
            else:
                gaps = [add(1, mul(s, p, t, known[1][1])) for s in (1, -1)]
            found = every(c.positive(canonical(g), self.scope) for g in gaps)
            if found is not None:
                return Moments(1 / p, True, found | c.law_used(factors[0]))
        return UNKNOWN

    def _logarithm(self, u: Any) -> Moments:
        """Of log(u): |log u| is at most a constant times u^t + u^-t, for every t > 0.

        The logarithm of a product is the sum of theirs; that of a sum of n positive terms lies
        between the largest of theirs and this plus log n.
        """
        c, powers = self.c, single(self.c, u)
        found = BOUNDED
        if c.constant(u):
            return found
        for base in powers:
            if isinstance(base, exp):
                one = moments(c, base.args[0], self.scope)
            elif (inner := _sigmoid_of(base)) is not None:  # |log sigmoid(u)| <= log 2 + |u|
                one = moments(c, inner, self.scope)
            elif base != canonical(u):
                one = self.of({log(base, evaluate=False): S.One})
            else:
                up, down = self.of({base: S.One}), self.of({base: S.NegativeOne})
                if oo not in (up.inverse, down.inverse):
                    one = Moments(S.Zero, False, up.used | down.used)
                else:
                    one = self._logarithm_of_sum(base)
            found = found.least(one)
        return found if powers else UNKNOWN

    def _logarithm_of_sum(self, e: Any) -> Moments:
        if not isinstance(e, (Add, Max)):
            return UNKNOWN
        used = every(self.c.positive(t, self.scope) for t in e.args)
        if used is None:
            return UNKNOWN
        found = BOUNDED._replace(used=used)
        for t in e.args:
            found = found.least(self._logarithm(t))
        return found

    # ------------------------------------------------------------ several factors

    def _by_facts(self, powers: Powers) -> Iterator[Moments]:
        for fact in facts(self.c):
            for at, there, why in fact.instances(self.c, powers, self.scope):
                part = min(powers[b] / n for b, n in there.items())
                rest = _less(powers, there, part)
                found = Moments(part, True, why).times(self.of(rest))
                for needed in fact.parts if found.inverse != oo else ():
                    inside = self.of({replace(b, dict(at)): n for b, n in needed.items()})
                    found = found._replace(used=found.used | inside.used)
                    found = found if inside.reach(1) else UNKNOWN
                yield found

    def _by_denominators(self, powers: Powers, enough: Any) -> Iterator[Moments]:
        """N / d^n is at most r where t <= d, and N = r t^n."""
        for d, n in powers.items():
            if n > 0 or not isinstance(d, (Add, Max, Sum)):
                continue
            for t, used in self._terms(d, powers):
                if t and all(powers.get(b, 0) / k > 0 for b, k in t.items()):
                    part = min(-n, *(powers[b] / k for b, k in t.items()))
                    rest = _less(_less(powers, t, part), {d: S.NegativeOne}, part)
                    found = self.of(rest, enough)
                    yield found._replace(used=found.used | used)

    def _terms(self, d: Any, powers: Powers) -> Iterator[tuple[Powers, Used]]:
        """Products that are at most a constant times d."""
        if isinstance(d, Sum):
            yield from self._members(d, powers)
        elif isinstance(d, (Add, Max)):
            signs = [self.c.positive(t, self.scope, strict=False) for t in d.args]
            whole = every(signs)
            for t, sign in zip(d.args, signs, strict=True):
                used = whole if isinstance(d, Add) else sign
                if used is not None:
                    for found, more in self._terms(t, powers):
                        yield found, used | more
        elif not self.c.constant(d):
            yield _nonzero(self.c, single(self.c, d), self.scope)

    def _members(self, d: Sum, powers: Powers) -> Iterator[tuple[Powers, Used]]:
        """The terms of a sum over an index, at the indices that stand above it."""
        here = d.free_symbols.union(t[0] for t in self.scope.ranges)
        taken = [int(s.name[2:]) for s in here if s.name.startswith("_n")]
        first = max(taken, default=-1) + 1
        names = tuple(Symbol(f"_n{first + k}", integer=True) for k in range(len(d.bound)))
        body, *limits = d.open(names)
        if not all(isinstance(t, Tuple) for t in limits):
            return
        ranges = tuple((t[0], t[1], t[2]) for t in limits)
        scope = _with(self.scope, ranges=self.scope.ranges + ranges)
        terms = body.args if isinstance(body, Add) else (body,)
        used = every(self.c.positive(t, scope, strict=False) for t in terms)
        for term in terms if used is not None else ():
            powers_, more = _nonzero(self.c, single(self.c, term), scope)
            pattern = Pattern(powers_, S.Zero, {i: i for i in names}, more)
            for at, there, why in pattern.instances(self.c, powers, self.scope):
                if set(at) == set(names):
                    within = every(
                        self.c.positive(replace(gap, dict(at)), self.scope, strict=False)
                        for i, low, high in ranges
                        for gap in (add(i, mul(-1, low)), add(high, mul(-1, i)))
                    )
                    if within is not None:
                        yield there, (used or NOTHING) | why | within

    def _by_exponentials(self, powers: Powers, enough: Any) -> Iterator[Moments]:
        """|u|^q exp(u) is bounded where u is bounded above, for every q > 0."""
        for base, n in powers.items():
            if isinstance(base, exp):
                ends = self.c.ends(mul(n, base.args[0]), self.scope)
                u, used = _nonzero(self.c, single(self.c, base.args[0]), self.scope)
                if (
                    ends.high is not None
                    and u
                    and all(powers.get(b, 0) / k > 0 for b, k in u.items())
                ):
                    q = min(powers[b] / k for b, k in u.items())
                    found = self.of(_less(_less(powers, {base: n}, 1), u, q), enough)
                    yield found._replace(used=found.used | ends.used | used)

    def _by_logarithms(self, powers: Powers, enough: Any) -> Iterator[Moments]:
        """|log u|^n is at most a constant times u^t + u^-t, for every t > 0.

        The logarithm of a product is the sum of theirs.
        """
        for base, n in powers.items():
            inside = single(self.c, base.args[0]) if isinstance(base, log) and n > 0 else {}
            if len(inside) > 1 or any(u in powers for u in inside):
                rest = _less(powers, {base: n}, 1)
                found = self.of(rest, enough)
                for u in inside:
                    t = abs(powers.get(u, S.Zero)) / 8
                    if t:
                        parts = [_less(rest, {u: S.One}, s * t) for s in (-1, 1)]
                    else:
                        parts = [merged((rest, {log(u, evaluate=False): n}))]
                    for p in parts:
                        found = found.least(self.of(p, enough))
                yield found

    def _by_conditions(self, powers: Powers) -> Iterator[Moments]:
        """k E[g | y] = E[k g | y] for a k that is known given y, and |E[f | y]| <= E[|f| | y]."""
        if self._depth == DEEPEST:
            return
        for base, n in powers.items():
            if n > 0 and isinstance(base, (E, Var)):
                g = base.args[0] if isinstance(base, E) else power(base.args[0], 2)
                yield self._conditional(g, base.args[1:], _less(powers, {base: n}, 1), n, NOTHING)
        for h in inherited(self.c):
            for at, there, why in h.instances(self.c, powers, self.scope):
                n = min(powers[b] / k for b, k in there.items())
                g, *given = (replace(e, dict(at)) for e in (h.g, *h.given))
                yield self._conditional(g, tuple(given), _less(powers, there, n), n, why)

    def _conditional(
        self, g: Any, given: tuple[Any, ...], others: Powers, n: Any, used: Used
    ) -> Moments:
        known = {y for y in given if isinstance(y, RV)}
        if not all(self.c.sources(b) <= known for b in others):
            return UNKNOWN
        outside = {b: k / n for b, k in others.items()}
        bounds, scope = products(self.c, g, self.scope)
        found = BOUNDED._replace(used=used)
        for inside, around in _each(bounds, self.scope, scope):
            inner = self if around == self.scope else _Products(self.c, around)
            inner._depth = self._depth + 1
            found = found.least(inner.of(merged((outside, inside))))
            inner._depth = self._depth - (inner is self)
        return found.power(n) if found.reach(1) else UNKNOWN


def _sigmoid_of(e: Any) -> Any:
    """u, where e is sigmoid(u), or 1 - sigmoid(u), which is sigmoid(-u); None elsewhere."""
    if isinstance(e, sigmoid):
        return e.args[0]
    found = [f for f in e.atoms(sigmoid) if canonical(add(e, f)) == 1] if e.is_Add else []
    return found[0].args[0] if found else None


def _less(powers: Powers, there: Mapping[Any, Any], part: Any) -> Powers:
    """The product divided by a power of another."""
    return merged((powers, {b: -part * n for b, n in there.items()}))


def _nonzero(c: Declarations, powers: Powers, scope: Scope) -> tuple[Powers, Used]:
    """The product without its constants that are not 0."""
    kept: Powers = {}
    used: Used = NOTHING
    for b, n in powers.items():
        found = c.nonzero(b, scope) if c.constant(b) else None
        if found is None:
            kept[b] = n
        else:
            used |= found
    return kept, used
