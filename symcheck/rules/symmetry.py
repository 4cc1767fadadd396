"""Maps that leave the joint law as it is: reflections, and exchanges of i.i.d. members.

Where (X, Y) and (T(X), Y) have one law, so have h(X, Y) and h(T(X), Y).
Source: Kallenberg, Probabilistic Symmetries and Invariance Principles, 2005, chapter 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace as _with
from functools import partial
from itertools import combinations
from typing import Any, NamedTuple

from sympy import Expr, Symbol, Tuple

from symcheck.facts.assumptions import every
from symcheck.facts.context import NOTHING, Assumption, Independence, Scope, Used
from symcheck.facts.letters import allowed, in_range
from symcheck.language.expr import (
    RV,
    Binder,
    Cov,
    E,
    Int,
    Named,
    P,
    Sum,
    Var,
    add,
    bound_indices,
    children,
    mul,
    neg,
    rebuild,
    replace,
)
from symcheck.language.ring import canonical, equal, monomials
from symcheck.rules.cases import same
from symcheck.rules.proof import Case, Refused, Rewrite, Rule, Site
from symcheck.rules.sums import inside

__all__ = ["RULES"]

HEADS = (E, Var, Cov, P)


def _parts(site: Site) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What an expectation (or variance, ...) is of, definitions unfolded, and what is given."""
    term = site.term
    if not isinstance(term, HEADS):
        raise Refused("{} is not an expectation", term)
    given = term.given if isinstance(term, (E, Var)) else ()
    own = term.args[: len(term.args) - len(given)]
    return tuple(site.context.unfolded(e) for e in own), given


def _sources(site: Site, parts: Sequence[Any]) -> frozenset[RV]:
    return frozenset[RV]().union(*(site.context.sources(e) for e in parts))


def _changed(
    e: Any, moved: frozenset[str], value: Callable[[RV, Scope], Any], site: Site,
    summed: Callable[[Sum, Scope], Any] | None = None, scope: Scope | None = None,
) -> Any:  # fmt: skip
    """e with ``value`` of the variables of these names, as far as one outcome goes.

    Expectations are constants, and stay.  Raises Refused where the names stand in anything
    else that is no function of the outcome.
    """
    scope = site.scope if scope is None else scope
    if isinstance(e, RV) and e.name in moved:
        return value(e, scope)
    if not any(x.name in moved for x in site.context.sources(e)):
        return e
    if isinstance(e, Sum):
        return (summed or _sum(moved, value, site))(e, scope)
    if isinstance(e, (Named, *HEADS, Binder)) or not e.args:
        raise Refused("{} is no function of one outcome", e)
    parts = (_changed(part, moved, value, site, summed, scope) for part in children(e))
    return rebuild(e, tuple(parts))


def _sum(
    moved: frozenset[str], value: Callable[[RV, Scope], Any], site: Site
) -> Callable[[Sum, Scope], Any]:
    def change(e: Sum, scope: Scope) -> Any:
        body, *rest = e.open(bound_indices(e))
        return Sum(_changed(body, moved, value, site, change, _within(scope, rest)), *rest)

    return change


def _within(scope: Scope, rest: Sequence[Any]) -> Scope:
    """What is known inside of a sum with these limits and conditions."""
    limits = tuple((t[0], t[1], t[2]) for t in rest if isinstance(t, Tuple))
    pairs = frozenset(frozenset((n.lhs, n.rhs)) for n in rest if not isinstance(n, Tuple))
    return _with(scope, ranges=scope.ranges + limits, apart=scope.apart | pairs)


# ---------------------------------------------------------------- reflections


def _reflected(site: Site, flip: Any) -> tuple[Callable[[Any], Any], Used]:
    """One reflection, or several one after another."""
    if not isinstance(flip, (tuple, Tuple)):
        return _reflect(site, flip)
    found = [_reflect(site, x) for x in flip]

    def change(e: Any) -> Any:
        for one, _ in found:
            e = one(e)
        return e

    return change, NOTHING.union(*(used for _, used in found))


def _reflect(site: Site, x: Any) -> tuple[Callable[[Any], Any], Used]:
    """The map x -> 2 c - x, or of a whole family, and by what it leaves the law as it is."""
    if not isinstance(x, RV) or x.name not in site.context.randoms:
        raise Refused("{} is not a random variable", x)
    parts, given = _parts(site)
    sources = _sources(site, (*parts, *given))
    mine = {y for y in sources if y.name == x.name and x.indices in ((), y.indices)}
    if not mine:
        raise Refused("{} does not occur", x)
    used: Used = NOTHING
    for y in mine:
        found = site.context.center(y)
        if found is None:
            raise Refused("{} is not known to be symmetric", y)
        used |= found[1]
    if mine == {x}:
        apart = site.context.independent_of([x], sources - mine, site.scope)
    else:
        apart = free_family(site, mine, sources - mine)
    if apart is None:
        raise Refused("{} is not known to be independent of all else", x)

    def value(y: RV, scope: Scope) -> Any:
        if x.indices and y != x:
            return y
        center, _ = site.context.center(y) or (0, NOTHING)
        return neg(y) if center == 0 else add(mul(2, center), neg(y))

    if mine & _sources(site, given):
        raise Refused("{} is given", x)
    moved = frozenset((x.name,))

    def summed(e: Sum, scope: Scope) -> Any:
        body, *rest = e.open(bound_indices(e))
        new = _changed(body, moved, value, site, summed, _within(scope, rest))
        return neg(e) if equal(new, neg(body)) else Sum(new, *rest)

    return lambda e: _changed(e, moved, value, site, summed), used | apart


def free_family(site: Site, mine: set[RV], others: frozenset[RV]) -> Used | None:
    """By what the members of one family are independent of each other and of all the others.

    Bound indices stand for many members, so that whole families are asked for; or else for
    vectors over an index, within which the members are independent of the rest.
    """
    own = next(iter(mine)).name
    rest = {y.name for y in others}
    for n, fact in enumerate(site.context.independence):
        if not fact.over or fact.pairwise:
            continue
        block = {t.name: t for t in fact.blocks[0]}
        if own not in block or not _one_row(site, block[own], fact, mine):
            continue
        spoken = _spoken_of(site, block, mine)
        if own in rest or spoken is None:
            return None
        by = spoken | {site.context.independence_assumption(n)}
        whole = site.context.independent_of([RV(own)], [RV(name) for name in rest])
        if whole is not None:
            return by | whole
        if not rest <= set(block):
            continue
        if all(_one_row(site, block[y.name], fact, {y}) for y in others) and _same_row(
            block, fact, mine | others
        ):
            within = site.context.independent_of([block[own]], [block[name] for name in rest])
            all_in = _spoken_of(site, block, others)
            if within is not None and all_in is not None:
                return by | within | all_in
    return None


def _spoken_of(site: Site, block: Mapping[str, RV], members: Iterable[RV]) -> Used | None:
    """By what these are members of which a declaration about the vectors ``block`` speaks."""
    return every(
        allowed(
            site.context, dict(zip(block[y.name].indices, y.indices, strict=True)),
            block[y.name].free_symbols, site.scope, every=True,
        )
        for y in members
    )  # fmt: skip


def _row(t: RV, fact: Independence, y: RV) -> dict[Any, Any]:
    """The indices of y that the independence does not run over."""
    return {i: at for i, at in zip(t.indices, y.indices, strict=True) if i not in fact.over}


def _one_row(site: Site, t: RV, fact: Independence, members: set[RV]) -> bool:
    """Are all of these vectors' indices the same, but for those that it runs over?"""
    if any(len(y.indices) != len(t.indices) for y in members):
        return False
    rows = [_row(t, fact, y) for y in members]
    free = site.term.free_symbols
    return all(row == rows[0] and all(i.free_symbols <= free for i in row.values()) for row in rows)


def _same_row(block: Mapping[str, RV], fact: Independence, members: set[RV]) -> bool:
    rows: dict[Any, Any] = {}
    return all(
        rows.setdefault(i, at) == at
        for y in members
        for i, at in _row(block[y.name], fact, y).items()
    )


# ---------------------------------------------------------------- exchanges


class _Members(NamedTuple):
    """Variables whose index at one place may be renamed: the place of each name, and why.

    ``seen`` are the values of that index; there may be no more of them than ``most``.  They are
    declared to be alike for the values that these ``letters`` may have.
    """

    places: Mapping[str, int]
    seen: frozenset[Any]
    used: Used
    most: int | None
    letters: frozenset[Any] = frozenset()

    def at(self, site: Site, value: Any) -> Used:
        """By what there is a member of this number; Refused where it is not known."""
        stand = (allowed(site.context, {i: value}, {i}, site.scope, every=True)
                 for i in self.letters)  # fmt: skip
        found = every(stand)
        if found is None:
            raise Refused("nothing is declared of the member {}", value)
        return found


def _laws(site: Site) -> Iterator[tuple[dict[str, RV], tuple[Any, ...], Used, bool]]:
    """Vectors with one joint law for all values of some indices, or those that these may have."""
    for fact in site.context.identities:
        names = ", ".join(map(str, fact.blocks[0]))
        text = f"{names} identically distributed over {', '.join(map(str, fact.over))}"
        about = Assumption("identical", ", ".join(t.name for t in fact.blocks[0]), text)
        yield {t.name: t for t in fact.blocks[0]}, fact.over, frozenset((about,)), True
    for r in site.context.randoms.values():
        if r.law is not None and r.indices:
            named = set().union(*(p.free_symbols for p in r.law[1])) if r.law[1] else set()
            over = tuple(i for i in r.indices if i not in named)
            yield {r.name: r.term}, over, site.context.law_used(r.term), False


def _renamable(site: Site, parts: Sequence[Any], given: Sequence[Any]) -> Iterator[_Members]:
    """Families whose members in the parts are identically distributed over an index.

    All else, with what is given, is independent of these families.
    """
    sources, known = _sources(site, parts), _sources(site, given)
    for block, over, used, stated in _laws(site):
        mine = {x for x in sources if x.name in block}
        names = {x.name for x in mine}
        if not mine or not all(_fits(block, x) for x in mine) or names & {x.name for x in known}:
            continue
        others = {x.name for x in (sources | known) - mine}
        by = site.context.independent_of([RV(n) for n in names], [RV(n) for n in others])
        same_law = Independence((tuple(block.values()),), over)
        spoken = _spoken_of(site, block, mine) if stated else NOTHING
        if by is None or spoken is None or not _rows_agree(site, block, same_law, mine):
            continue
        used |= spoken
        for i in over:
            if not all(i in block[n].indices for n in names):
                continue
            places = {n: block[n].indices.index(i) for n in names}
            seen = frozenset(x.indices[places[x.name]] for x in mine)
            letters = frozenset((i,)) if stated else frozenset()
            alike = _one_vector(site, block, over, mine) if len(seen) == 1 else None
            if alike is not None:
                yield _Members(places, seen, used | by | alike, 1, letters)
            for apart, most, k in _apart(site, mine, places):
                yield _Members(places, seen, used | by | apart, most, letters | {k})


def _one_vector(
    site: Site, block: Mapping[str, RV], over: Sequence[Any], mine: set[RV]
) -> Used | None:
    """By what one joint law is known of these members: that of a vector, or they are independent.

    A bound index stands for several members.
    """
    values: dict[Any, set[Any]] = {}
    for x in mine:
        for k, at in zip(block[x.name].indices, x.indices, strict=True):
            values.setdefault(k, set()).add(at)
    bound = {
        k for k, v in values.items() if any(not i.free_symbols <= site.term.free_symbols for i in v)
    }
    several = {k for k in over if len(values.get(k, ())) > 1 or k in bound}
    if not several:
        return NOTHING
    for n, fact in enumerate(site.context.independence):
        own = {t.name: t for t in fact.blocks[0]} if fact.over else {}
        if not all(_fits(own, x) for x in mine) or not _rows_agree(site, own, fact, mine):
            continue
        rows = {p for t in own.values() for p, i in enumerate(t.indices) if i not in fact.over}
        apart = {p for t in block.values() for p, k in enumerate(t.indices) if k in several}
        spoken = _spoken_of(site, own, mine)
        many = fact.pairwise and (len(mine) > 2 or bound & several)
        if not rows & apart and not many and spoken is not None:
            return spoken | {site.context.independence_assumption(n)}
    return None


def _fits(block: Mapping[str, RV], x: RV) -> bool:
    return x.name in block and len(x.indices) == len(block[x.name].indices)


def _apart(
    site: Site, mine: set[RV], places: Mapping[str, int]
) -> Iterator[tuple[Used, int | None, Any]]:
    """By what members with different values at these places are independent; of two only?"""
    for n, fact in enumerate(site.context.independence):
        block = {t.name: t for t in fact.blocks[0]} if fact.over else {}
        if all(_fits(block, x) for x in mine):
            letters = {block[name].indices[p] for name, p in places.items()}
            over = len(letters) == 1 and letters <= set(fact.over)
            if over and _rows_agree(site, block, fact, mine):
                spoken = _spoken_of(site, block, mine)
                if spoken is not None:
                    about = spoken | {site.context.independence_assumption(n)}
                    yield about, 2 if fact.pairwise else None, *letters


def _rows_agree(
    site: Site, block: Mapping[str, RV], fact: Independence, members: set[RV]
) -> bool:  # fmt: skip
    return all(_one_row(site, block[x.name], fact, {x}) for x in members) and _same_row(
        block, fact, members
    )


def _exchange(site: Site, a: Any, b: Any) -> tuple[Callable[[Any], Any], Used]:
    """The map that exchanges the members number a and b, and by what it changes no law."""
    parts, given = _parts(site)
    why: Refused | None = None
    for found in _renamable(site, parts, given):
        if found.most is not None and not (found.seen <= {a, b} and len(found.seen) <= found.most):
            continue

        def change(e: Any, places: Mapping[str, int] = found.places) -> Any:
            return _Exchange(site, places, a, b).apply(e)

        try:
            used = found.used | found.at(site, a) | found.at(site, b)
            for e in parts:
                trial = _Exchange(site, found.places, a, b)
                trial.apply(e)
                used |= trial.used
        except Refused as no:
            why = no
            continue
        return change, used
    raise why or Refused("the members {} and {} are not known to be exchangeable", a, b)


class _Exchange:
    def __init__(self, site: Site, places: Mapping[str, int], a: Any, b: Any) -> None:
        self.site, self.places, self.a, self.b = site, places, a, b
        self.whole: set[Any] = set()  # bound indices of sums over whole rows, a and b with them
        self.used: Used = NOTHING  # why indices differ, or lie in a range

    def apply(self, e: Any) -> Any:
        moved = frozenset(self.places)
        return _changed(e, moved, self._renamed, self.site, self._summed)

    def _other(self, at: Any, scope: Scope) -> Any:
        """b for a and a for b; nothing else may be one of them."""
        if at in self.whole:
            return at
        if at == self.a or at == self.b:
            return self.b if at == self.a else self.a
        differ = every(self.site.context.distinct(at, k, scope) for k in (self.a, self.b))
        if differ is None:
            raise Refused("{} may be {} or {}", at, self.a, self.b)
        self.used |= differ
        return at

    def _renamed(self, x: RV, scope: Scope) -> Any:
        n = self.places[x.name]
        at = [self._other(i, scope) if k == n else i for k, i in enumerate(x.indices)]
        return RV(x.name, *at)

    def _summed(self, e: Sum, scope: Scope) -> Any:
        names = bound_indices(e)
        body, *rest = e.open(names)
        inner = _within(scope, rest)
        limits = {t[0]: t for t in rest if isinstance(t, Tuple)}
        whole = {u for u in names if self._invariant(u, body, limits, inner)}
        self.whole |= whole
        for n, part in enumerate(rest):
            if not isinstance(part, Tuple) and whole & {part.lhs, part.rhs}:
                ends = (self._other(i, inner) for i in (part.lhs, part.rhs))
                rest[n] = part.func(*ends, evaluate=False)
        moved = frozenset(self.places)
        return Sum(_changed(body, moved, self._renamed, self.site, self._summed, inner), *rest)

    def _invariant(self, u: Any, body: Any, limits: Mapping[Any, Any], scope: Scope) -> bool:
        """Does the sum over u, which numbers members only, run over both a and b?"""
        mark = u.func(f"{u.name}_", integer=True)

        def without(x: RV, _: Scope) -> Any:
            n = self.places[x.name]
            at = [mark if (k == n and i == u) else i for k, i in enumerate(x.indices)]
            return RV(x.name, *at)

        try:
            rest = _changed(body, frozenset(self.places), without, self.site)
        except Refused:
            return False
        if not rest.has(mark) or rest.has(u) or any(t.has(u) for v, t in limits.items() if v != u):
            return False
        low, high = limits[u][1:]
        ends = (self.a, self.b)
        within = every(in_range(self.site.context, k, low, high, scope) for k in ends)
        self.used |= within or NOTHING
        return within is not None


def _renumber(
    site: Site, old: Sequence[Any], new: Sequence[Any]
) -> tuple[Callable[[Any], Any], Used]:
    """The map that gives members other numbers, and by what it changes no law."""
    parts, given = _parts(site)
    rule = dict(zip(old, new, strict=True))
    for found in _renamable(site, parts, given):
        if not found.seen <= set(rule) or not found.seen & {i for i in rule if rule[i] != i}:
            continue
        if found.most is not None and len(found.seen) > found.most:
            continue
        pairs = list(combinations(found.seen, 2))
        distinct = site.context.distinct
        old_apart = every(distinct(i, j, site.scope) for i, j in pairs)
        new_apart = every(distinct(rule[i], rule[j], site.scope) for i, j in pairs)
        if old_apart is None or new_apart is None:
            continue
        numbered = NOTHING.union(*(found.at(site, rule[i]) for i in found.seen))
        why = found.used | old_apart | new_apart | numbered

        def value(x: RV, _: Scope, places: Mapping[str, int] = found.places) -> Any:
            n = places[x.name]
            return RV(x.name, *(rule[i] if k == n else i for k, i in enumerate(x.indices)))

        return partial(_changed, moved=frozenset(found.places), value=value, site=site), why
    raise Refused("{}: not declared identically distributed", tuple(_sources(site, parts)))


# ---------------------------------------------------------------- rules


def reflection(site: Site) -> Rewrite:
    """
    x and 2 c - x have one law    x independent of y
    ------------------------------------------------
    E[h(x, y)] = E[h(2 c - x, y)]

    With c = 0 where x is symmetric; with c the mean of a normal, a uniform or a Laplace variable.
    Also for variances, covariances and probabilities, given what x is independent of, and for
    all members of a family, or several variables, at once.  Fails when x is not known to be
    symmetric, or not to be independent of all else in the expectation, jointly.
    """
    change, used = _reflected(site, site.bound("flip"))
    return Rewrite(_rebuilt(site, change), used)


def exchange(site: Site) -> Rewrite:
    """
    (x_j, ..., z_j) i.i.d. over j, independent of y
    --------------------------------------------------------------------
    E[h(x_1, x_2, y)] = E[h(x_2, x_1, y)], and so for any two members

    Sums over a range with both of the members stay as they are.  Fails when the members are not
    known to be i.i.d. (pairwise is enough where there are no others), or another index may be
    one of the two.
    """
    places = site.expressions("places")
    if len(places) != 2:
        raise Refused("an exchange is of two members")
    change, used = _exchange(site, *places)
    return Rewrite(_rebuilt(site, change), used)


def identical(site: Site) -> Rewrite:
    """
    the vectors (x_j, ..., z_j) have one joint law for all j
    --------------------------------------------------------
    E[g(x_j, ..., z_j)] = E[g(x_k, ..., z_k)]

    Several j at once where the vectors are independent over j and these j differ.  Also for
    variances, covariances, probabilities, and an integral against the law of x_j.  Fails when
    identical distribution is not declared, or g mixes several j.
    """
    old, to = site.expressions("index"), site.expressions("to")
    if len(old) != len(to) or len(set(old)) < len(old):
        raise Refused("not one number for each member")
    term = site.term
    if isinstance(term, Int):
        (t,) = bound_indices(term)
        body, limit = term.open((t,))
        if site.context.sources(body):
            raise Refused("{} is random beside {}", body, limit[1])
        inner = _with(site, term=E(limit[1]))
        change, used = _renumber(inner, old, to)
        return Rewrite(Int(body, (t, change(limit[1]), limit[2], limit[3])), used)
    change, used = _renumber(site, old, to)
    new = _rebuilt(site, change)
    # With definitions as they are, where that says the same.
    short = replace(term, dict(zip(old, to, strict=True)))
    if short.args[len(_parts(site)[0]) :] == _parts(site)[1]:
        whole = zip(new.args, (site.context.unfolded(e) for e in short.args), strict=True)
        if all(a == b or (isinstance(a, Expr) and equal(a, b)) for a, b in whole):
            return Rewrite(short, used)
    return Rewrite(new, used)


def _rebuilt(site: Site, change: Callable[[Any], Any]) -> Any:
    parts, given = _parts(site)
    return rebuild(site.term, (*(change(e) for e in parts), *given))


def average(site: Site) -> Rewrite:
    """
    the maps T leave the joint law as it is      h + Σ_T h∘T = k + Σ_T k∘T
    ----------------------------------------------------------------------
    E[h] = E[k]

    T is one reflection x -> 2 c - x or several one after another, or the exchanges of a first of
    several members with each of the others.  So E[h] is the mean of the even part of h, and
    E[x_1 / (x_1 + x_2)] = 1/2 for i.i.d. positive x_1 and x_2.  Fails when the maps may change
    the law, or the sums differ.
    """
    term, to = site.term, site.expression("to")
    if not isinstance(term, E):
        raise Refused("{} is not an expectation", term)
    maps, used = _maps(site)
    h, k = (site.context.unfolded(e) for e in (term.args[0], to))
    a, b = (add(e, *(change(e) for change in maps)) for e in (h, k))
    if not equal(a, b):
        used |= same(site, a, b)
    return Rewrite(E(to, *term.given), used)


def _maps(site: Site) -> tuple[list[Callable[[Any], Any]], Used]:
    whole = _with(site, term=E(add(site.term.args[0], site.expression("to")), *site.term.given))
    if "flip" in site.binding:
        change, used = _reflected(whole, site.bound("flip"))
        return [change], used
    first, *others = site.expressions("places")
    found = [_exchange(whole, first, other) for other in others]
    return [change for change, _ in found], NOTHING.union(*(used for _, used in found))


def average_sum(site: Site) -> Rewrite:
    """
    (x_j, ..., z_j) i.i.d. over j, independent of y      k in lo..hi
    Σ_{j=lo..hi} h(x_j, y) = Σ_{j=lo..hi} g(x_j, y), members k and j exchanged
    --------------------------------------------------------------------------
    E[h(x_k, y)] = E[g(x_k, y)]

    So the n i.i.d. parts of a whole have 1/n of it each.  Fails when members of the range cannot
    be exchanged, k may lie outside of it, or the sums differ.
    """
    term, to = site.term, site.expression("to")
    if not isinstance(term, E):
        raise Refused("{} is not an expectation", term)
    k, low, high = (site.expression(name) for name in ("place", "lower", "upper"))
    j = bound_indices(Sum(Symbol("_j", integer=True), (Symbol("_j", integer=True), 1, 1)))[0]
    lies = inside(site, k, Tuple(j, low, high))
    scope = _with(site.scope, ranges=(*site.scope.ranges, (j, low, high)))
    whole = _with(site, scope=scope, term=E(add(term.args[0], to), *term.given))
    change, used = _exchange(whole, k, j)
    h, g = (site.context.unfolded(e) for e in (term.args[0], to))
    sides = (_total(change(e), j, low, high) for e in (h, g))
    if not equal(*sides):
        raise Refused("the sums of {} and {} differ", h, g)
    return Rewrite(E(to, *term.given), used | lies)


def _total(e: Any, j: Symbol, low: Any, high: Any) -> Any:
    """The sum over j of e, with what does not mention j in front."""
    length = canonical(add(high, mul(-1, low), 1))
    terms = []
    for c, factors in monomials(e):
        front = [f for f in factors if not f.has(j)]
        rest = [f for f in factors if f.has(j)]
        terms.append(mul(c, *front, Sum(mul(*rest), (j, low, high)) if rest else length))
    return add(*terms)


_IID = "size n\nrandom x[j] > 0 finite 2\niid x[j] over j\nfinite x[j] / sum(j = 1..n) x[j]\n"

RULES = (
    Rule(
        "reflection",
        "symmetry, reflection",
        "E[h(x)] = E[h(-x)], x symmetric",
        reflection,
        Case(
            "function g bounded\nrandom x symmetric\nrandom y\nindependent x and y",
            "E[g(x + y)]",
            "E[g(y - x)]",
            {"flip": "x"},
        ),
        Case(
            "function g bounded\nrandom x symmetric\nrandom y",
            "E[g(x + y)]",
            binding={"flip": "x"},
        ),
    ),
    Rule(
        "exchange",
        "exchange of members",
        "E[h(x_1, x_2)] = E[h(x_2, x_1)], x_j i.i.d.",
        exchange,
        Case(
            "function g bounded\nrandom x[j]\niid x[j] over j",
            "E[g(x[1] - 2 x[2])]",
            "E[g(x[2] - 2 x[1])]",
            {"places": ("1", "2")},
        ),
        Case(
            "function g bounded\nrandom x[j]\nidentical x[j] over j",
            "E[g(x[1] - 2 x[2])]",
            binding={"places": ("1", "2")},
        ),
    ),
    Rule(
        "average",
        "symmetry, averaged",
        "E[h] = E[k] where h(x) + h(-x) = k(x) + k(-x)",
        average,
        Case("random x symmetric", "E[sigmoid(x)]", "E[1/2]", {"flip": "x", "to": "1/2"}),
        Case("random x mean 0", "E[sigmoid(x)]", binding={"flip": "x", "to": "1/2"}),
    ),
    Rule(
        "average-sum",
        "average over the members",
        "E[h(x_k)] = E[g(x_k)] where Σ_j h(x_j) = Σ_j g(x_j), x_j i.i.d.",
        average_sum,
        Case(
            _IID,
            "E[x[1] / sum(j = 1..n) x[j]]",
            "E[1/n]",
            {"place": "1", "lower": "1", "upper": "n", "to": "1/n"},
        ),
        Case(
            _IID,
            "E[x[2] / sum(j = 1..n) x[j]]",
            binding={"place": "2", "lower": "1", "upper": "n", "to": "1/n"},
        ),
    ),
    Rule(
        "identical",
        "identically distributed",
        "E[g(x_j)] = E[g(x_k)]",
        identical,
        Case(
            "random x[j] finite 2\nidentical x[j] over j",
            "E[x[j]^2]",
            "E[x[1]^2]",
            {"index": "j", "to": "1"},
        ),
        Case("random x[j] finite 2", "E[x[j]^2]", binding={"index": "j", "to": "1"}),
    ),
)
