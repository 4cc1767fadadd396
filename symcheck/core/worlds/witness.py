"""Refutations: is it a world of the declarations, and do the two sides differ in it?

``refute(declared, (left, right), data)`` is total: a :class:`Refutation`, or an :class:`Unshown`
with the reason.  All is exact; where a value has no exact number, only ``decide`` can tell the
sides apart, and the refutation trusts what it names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Any, NamedTuple

from symcheck.core.declared import ORDER, Declared
from symcheck.core.worlds.instances import ends, holding, instances
from symcheck.core.worlds.values import (
    BENDS,
    Value,
    atoms,
    generators,
    holds,
    items,
    plus,
    renamed,
    symbol,
    times,
)  # fmt: skip
from symcheck.core.worlds.world import Label, World

from symcheck.core.terms import (  # isort: skip
    ZERO, Formula, Refused, Term, formula_terms, has, map_formula, mentions, minus, need, num,
    parts, replaced,
)  # fmt: skip

SMALL = ("tanh", "sin", "cos", "erf", "sigmoid", "sign")
NO_NUMBERS = "the sides have no exact values that tell them apart"
MOST_MATCHES = 200_000
Decide = Callable[[World, Value, Value], bool]
Letters = tuple[Term, ...]


class Refutation(NamedTuple):
    """In this world, on the outcome ``at``, the sides have different values."""

    left: Value
    right: Value
    at: dict[Term, Value]
    world: World
    trusts: frozenset[str] = frozenset()


class Unshown(NamedTuple):
    """Why that is no world in which the sides differ."""

    reason: str


def refute(
    d: Declared, claim: tuple[Term, Term], data: Any, decide: Decide | None = None, trusts: str = ""
) -> Refutation | Unshown:
    """The judge.  Total: whatever is handed in, it answers."""
    try:
        return differing(satisfying(d, data, claim), claim, decide, trusts)
    except Refused as no:
        return Unshown(str(no))
    except (RecursionError, MemoryError):
        return Unshown("nested too deeply")
    except Exception as bug:
        return Unshown(f"a fault of the core, so not accepted: {type(bug).__name__}: {bug}")


def satisfying(d: Declared, data: Any, claim: tuple[Term, ...] = ()) -> World:
    """The world, if all that is declared holds in it.

    A declared index stands for any number of its range: where the claim does not speak of it
    there need not be one, and what is declared of it asks for nothing.
    """
    world = World(d, data)
    indices = {("c", k) for k, (_, kind) in d.constants.items() if kind == "index"}
    whole = [d.unfolded(t) for t in claim]
    spare = {i for i in indices if not any(has(t, i) for t in whole)}
    for n, e in enumerate(d.entries):
        try:
            if (
                e.kind == "fact"
                and e.data[2][0] in ORDER
                and any(mentions(e.data[2], i) for i in spare)
            ):
                continue
            if e.kind == "fact":
                fact(world, *e.data)
            elif e.kind == "independent":
                independent(world, *e.data)
            elif e.kind == "depends":
                depends(world, *e.data)
        except Refused as no:
            raise Refused(f"declaration {n}: {no}") from None
    return world


def differing(
    world: World, claim: tuple[Term, Term], decide: Decide | None, trusts: str
) -> Refutation:
    """The refutation of a claim.  Raises Refused where the sides cannot be told apart."""
    for t in claim:
        world.declared.check_all(t)
    world.forget()
    left, right = map(world.ground, claim)
    for t in world.under:  # it has to mean something, although there is no term
        list(world.rows(t))
    unknown = False
    for _, row in world.joint(world.members(left, right)):
        a, b = world.value(left, row), world.value(right, row)
        gap = plus(a, times(Fraction(-1), b))
        need(world.open <= {*atoms(a), *atoms(b)}, "an expectation that may not exist")
        if all(atom[0] == "g" for atom in atoms(a)) and all(atom[0] == "g" for atom in atoms(b)):
            if gap != 0:  # a polynomial that is not 0 is 0 for few values of its variables
                return Refutation(a, b, row, world)
        elif gap != 0:
            unknown = True
            if decide is not None and decide(world, a, b):
                return Refutation(a, b, row, world, frozenset((trusts,)))
    need(not unknown, NO_NUMBERS)
    raise Refused("the sides are equal in this world")


# ---------------------------------------------------------------- what is declared


def fact(w: World, letters: Letters, conditions: tuple[Formula, ...], says: Formula) -> None:
    """Refuse unless a fact holds at all values of its letters."""
    real = tuple(t for t in letters if t[0] == "c")
    terms = list(formula_terms(says))
    if real:
        whole = tuple(t for t in letters if t not in real)
        need(of_reals(w, real, says, whole, conditions), "a statement about all real numbers")
        return
    for at in instances(w, letters, conditions, terms):
        made = map_formula(says, lambda t, at=at: w.ground(replaced(t, at)))  # type: ignore[misc]
        need(true(w, made), f"it does not hold{told(at)}")
        need(not w.open, "an expectation that has no exact value")


def told(at: dict[Term, Term]) -> str:
    """The values of letters, in words."""
    return f" at {', '.join(f'{v[1]} = {k[1]}' for v, k in at.items())}" if at else ""


def true(w: World, f: Formula) -> bool:
    """Does a formula without letters hold almost surely?"""
    if f[0] == "=":
        return all(a == b for _, (a, b) in w.rows(*f[1:]))
    if f[0] in (">", ">=", "!="):
        return all(signed(w, f[0], v) for _, (v,) in w.rows(f[1]))
    if f[0] == "L1":
        return all(finite(w, v) for _, (v,) in w.rows(f[1]))
    if f[0] == "same":
        return law(w, f[1]) == law(w, f[2])
    need(f[0] == "law", "a fact of another form")
    return lawful(w, f[2], [w.value(p, {}) for p in f[3]], list(w.rows(f[1])))


def signed(w: World, rel: str, v: Value) -> bool:
    """Is ``v rel 0`` almost surely?"""
    if rel == "!=" and spread_out(w, v):
        return True
    way = w.sign(v)
    need(way is not None, "a sign that is not known")
    return holds(rel, way or 0)


def spread_out(w: World, v: Value) -> bool:
    """Has v no atoms: is it a polynomial, not constant, in variables with densities?"""
    own = list(atoms(v)) if isinstance(v, tuple) else []
    return bool(own) and all(a[0] == "g" and w.laws[a[1]][0] != "poisson" for a in own)


def finite(w: World, v: Value) -> bool:
    """Is E|v| finite?  Refused where that is not known."""
    for m, _ in items(v):
        degrees: dict[Any, int] = {}
        for a, k in m:
            for g, n in growth(a).items():
                degrees[g] = degrees.get(g, 0) + n * k
        for g, n in degrees.items():
            w.exists(g, n)
    return True


def growth(a: Any) -> dict[Any, int]:
    """By which powers of its variables an atom is bounded, for large values."""
    if a[0] == "g":
        return {a: 1}
    inside = {g for p in a[1:] if isinstance(p, tuple) for g in generators(p)}
    if not inside or a[0] == "1" or (a[0] == "f" and a[1] in SMALL):
        return {}
    need(a[0] == "f" and a[1] in BENDS, "an expectation that may not be finite")
    found: dict[Any, int] = {}
    for m, _ in (pair for p in a[2:] for pair in items(p)):
        for b, k in m:
            for g, n in growth(b).items():
                found[g] = max(found.get(g, 0), n * k)
    return found


def law(w: World, xs: tuple[Term, ...]) -> dict[Any, Fraction]:
    """The joint law, the variables of named laws numbered as they come, and turned where their
    laws are symmetric about 0."""
    found: dict[Any, Fraction] = {}
    for p, vs in w.rows(*xs):
        order: dict[Any, Value] = {}

        def new(g: Any, order: dict[Any, Value] = order) -> Value:
            return order.setdefault(g, symbol("g", *w.laws[g[1]], len(order)))

        row = tuple(renamed(v, new) for v in vs)
        for n, g in enumerate(list(order)):
            name, ps = w.laws[g[1]]
            if mirrored(name, ps):
                own = ("g", name, ps, n)
                turned = tuple(renamed(v, lambda a, own=own: times(  # type: ignore[misc]
                    Fraction(-1 if a == own else 1), symbol(*a))) for v in row)  # fmt: skip
                row = min(row, turned, key=repr)
        found[row] = found.get(row, Fraction(0)) + p
    return found


def mirrored(name: str, ps: Sequence[Value]) -> bool:
    """Is the law symmetric about 0?"""
    if name == "uniform":
        return bool(plus(*ps) == 0)
    return name in ("student", "cauchy") or (name in ("normal", "laplace") and bool(ps[0] == 0))


def cells(w: World, rows: list[Any]) -> list[Value] | None:
    """The ends of a uniform law that is drawn in two steps: one of cells of one width, all as
    likely and side by side, and a place in it; None where it is not so drawn."""
    chance: dict[Fraction, Fraction] = {}
    widths = set()
    for p, (v,) in rows:
        (center, *more) = (dict(items(v)).get((), Fraction(0)), *(k for k in items(v) if k[0]))
        if len(more) != 1 or more[0][1] != 1 or len(more[0][0]) != 1:
            return None
        g, power_of_it = more[0][0][0]
        law_of, ps = w.laws[g[1]] if g[0] == "g" else ("", ())
        if law_of != "uniform" or power_of_it != 1 or not mirrored(law_of, ps):
            return None
        widths.add(ps[1])
        chance[center] = chance.get(center, Fraction(0)) + p
    places, (width, *others) = sorted(chance), widths
    if others or not isinstance(width, Fraction) or len(set(chance.values())) != 1:
        return None
    if any(b - a != 2 * width for a, b in pairwise(places)):
        return None
    return [places[0] - width, places[-1] + width]


def lawful(w: World, name: str, ps: list[Value], rows: list[Any]) -> bool:
    """Have these outcomes the named law?"""
    if name in ("bernoulli", "rademacher"):
        chance: dict[Value, Fraction] = {}
        for p, (v,) in rows:
            chance[v] = chance.get(v, Fraction(0)) + p
        half = Fraction(1, 2)
        wanted = {0: 1 - ps[0], 1: ps[0]} if ps else {-1: half, 1: half}
        return (
            chance == {Fraction(k): p for k, p in wanted.items() if p} and min(wanted.values()) >= 0
        )
    if name == "uniform" and cells(w, rows) == ps:
        return True
    for _, (v,) in rows:
        found = list(items(v))
        scale = next((c for m, c in found if m), Fraction(0))
        shift = next((c for m, c in found if not m), Fraction(0))
        own = [m for m, _ in found if m]
        if len(own) != 1 or len(own[0]) != 1 or own[0][0][1] != 1 or own[0][0][0][0] != "g":
            return False
        kind, (*qs,) = w.laws[own[0][0][0][1]]
        if kind == name == "normal":
            qs = [plus(times(scale, qs[0]), shift), times(scale**2, qs[1])]
        elif shift != 0 or not (scale == 1 or (scale == -1 and mirrored(kind, qs))):
            return False
        if kind != name or qs != ps:
            return False
    return True


def of_reals(
    w: World, real: Letters, says: Formula, whole: Letters, conditions: tuple[Formula, ...]
) -> bool:
    """Facts that are for all real numbers: no atoms; bounded, or Lipschitz, functions."""
    t = real[0]
    if says[0] == "=" and says[2] == ZERO and says[1][0] == "E" and len(says[1]) == 2:
        event = says[1][1]
        need(event[:2] == ("1", "=") and len(real) == 1, "a statement of another form")
        x = event[2][1]
        need(event[2] == minus(x, t) and t not in parts(x), "a statement of another form")
        return all(spread_out(w, v) for at in instances(w, whole, conditions, (x,))
                   for _, (v,) in w.rows(w.ground(replaced(x, at))))  # fmt: skip
    need(says[0] == ">=" and not whole and not conditions, "a statement of another form")
    f = next((p[1] for p in parts(says[1]) if p[0] == "f" and p[1] in w.declared.functions), "")
    most = next((p for p in parts(says[1]) if p[0] == "c" and p not in real), ZERO)
    points = [at for at, _ in w.functions.get(f, [])]
    size = ("f", "abs", ("f", f, *real))
    if says[1] == minus(most, size):
        cases = points
    else:
        apart = ("f", "abs", minus(("f", f, real[0]), ("f", f, real[-1])))
        need(says[1] == minus(("*", most, ("f", "abs", minus(real[0], real[-1]))), apart)
             and len(real) == 2, "a statement of another form")  # fmt: skip
        cases = [(a, b) for (a,), (b,) in combinations(points, 2)]
    bound = [dict(zip(real, map(num, at), strict=True)) for at in cases]
    most_value = w.value(w.ground(most), {})
    need(isinstance(most_value, Fraction), "a bound that is no number")
    return most_value >= 0 and all(true(w, (">=", w.ground(replaced(says[1], at)))) for at in bound)


def independent(
    w: World, fixed: Letters, conditions: tuple[Formula, ...], over: Letters,
    blocks: tuple[Letters, ...], pairwise: int,
) -> None:  # fmt: skip
    """Refuse unless what is declared independent is so, at all values of the letters.

    Parts, and copies, are independent of each other, so that only what lies in one part and one
    copy is looked at; where something is shared, all of a part has to lie in one group.
    """
    reach = ends(w, (*fixed, *over), [t for b in blocks for t in b], conditions, {})
    families = {t[1]: len(w.windows.get(t[1], [])) for b in blocks for t in b}
    count = sum(len(reach) ** n for n in families.values())
    need(len(reach) ** len(fixed) * count <= MOST_MATCHES, "too many indices to look at")
    seen: set[Any] = set()
    for some in product(reach, repeat=len(fixed)):
        at = dict(zip(fixed, map(num, some), strict=True))
        if not all(holding(w, rel, replaced(t, at)) for rel, t in conditions):
            continue
        clusters: dict[tuple[int, Label], dict[Any, set[Term]]] = {}
        for family, n in families.items():
            for index in product(reach, repeat=n):
                for group in groups(w, ("x", family, *index), blocks, over, at):
                    base, label = w.place(("x", family, *index))
                    own = clusters.setdefault((w.home[base], label), {})
                    own.setdefault(group, set()).add(base)
        for (n, _), own in clusters.items():
            every = {g for (m, _), some in clusters.items() if m == n for g in some}
            shares = any(x in w.shared for x in w.tables[n][0])
            need(not shares or len(every) == 1, "independence of what is shared")
            key = n, frozenset(frozenset(xs) for xs in own.values()), len(own)
            if len(own) > 1 and key not in seen:
                seen.add(key)
                some_groups = [sorted(xs) for xs in own.values()]
                pairs = combinations(some_groups, 2) if pairwise else [some_groups]
                need(
                    all(apart(w, n, list(p)) for p in pairs), f"they are not independent{told(at)}"
                )


def groups(
    w: World, x: Term, blocks: tuple[Letters, ...], over: Letters, at: dict[Term, Term]
) -> Iterator[Any]:
    """The blocks that a member lies in, with its values of the letters that are run over."""
    found = set()
    for n, block in enumerate(blocks):
        for t in block:
            if t[1] == x[1] and len(t) <= len(x):
                pairs = list(zip(t[2:], x[2:], strict=False))
                ran = {i: k for i, k in pairs if i in over}
                if all(i in over or w.index(w.ground(replaced(i, at))) == k for i, k in pairs):
                    found.add((n, tuple(ran[o] for o in over)))
    yield from sorted(found)


def apart(w: World, n: int, some: list[list[Term]]) -> bool:
    """Are groups of members of one part independent?"""
    drawn, outcomes = w.tables[n]
    where = [[drawn.index(x) for x in xs] for xs in some]
    joint: dict[Any, Fraction] = {}
    alone: list[dict[Any, Fraction]] = [{} for _ in some]
    own: list[set[Any]] = [set() for _ in some]
    for p, vs in outcomes:
        key = tuple(tuple(vs[k] for k in ks) for ks in where)
        joint[key] = joint.get(key, Fraction(0)) + p
        for law_of, gs, part in zip(alone, own, key, strict=True):
            law_of[part] = law_of.get(part, Fraction(0)) + p
            gs |= {g for v in part for g in generators(v)}
    if any(a & b for a, b in combinations(own, 2)):
        return False
    w.spend(len(outcomes) * len(some))
    count = 1
    for law_of in alone:
        count *= len(law_of)
    if count != len(joint):
        return False
    for key, p in joint.items():
        for law_of, part in zip(alone, key, strict=True):
            p /= law_of[part]
        if p != 1:
            return False
    return True


def depends(w: World, letters: Letters, of: Term, lo: Term, hi: Term, on: Term) -> None:
    """Refuse unless a variable is a function of what it is declared to be one of."""
    for at in instances(w, letters, (), (of, lo, hi)):
        x, every = (w.ground(replaced(t, at)) for t in (of, ("S", lo, hi, on)))
        known: dict[Any, Value] = {}
        for _, (v, *key) in w.rows(x, *every[1:]):
            need(not any(map(generators, (v, *key))), "a function of what has a density")
            need(known.setdefault(tuple(key), v) == v, f"it is not a function of them{told(at)}")
