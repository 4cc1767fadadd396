"""Finite probability spaces with rational weights that satisfy a context exactly.

Means, variances and symmetry are met by the choice of points and weights; mutual
independence by a product of sources; independence in pairs only by ``a + k b mod n``;
what is not declared independent may share a source.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as _with
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np

from symcheck.facts.context import Context, Random
from symcheck.language.ring import canonical
from symcheck.numbers.dependence import Groups, shuffled_pairs
from symcheck.numbers.evaluate import plan
from symcheck.numbers.program import Label, Node, NotSampled, Program, unfolded
from symcheck.numbers.relations import admitted, related
from symcheck.witness.colliders import Source, attached, independence_holds
from symcheck.witness.feasible import Feasible
from symcheck.witness.integers import Ring, Table, Value, exactly, product_of
from symcheck.witness.matching import MAX_DEGREE, inside, matched

__all__ = ["FiniteSpace", "continuous", "declared", "finite_space", "satisfies"]

# A law: (value, probability), the values increasing.
Points = tuple[tuple[Fraction, Fraction], ...]
Member = tuple[str, tuple[int, ...]]
_StandIn = tuple[str, tuple[Fraction, ...]]

MAX_OUTCOMES = 1500
COLLIDERS = 0.3  # of the spaces with dependence
_SMALL = [Fraction(n) for n in ("1", "2", "1/2", "3", "3/2", "1/3", "4")]
_NOISE = [Fraction(n) for n in ("1", "1/2", "1/4")]  # uniform from minus this to this
_VALUES = [Fraction(n) for n in (0, 1, 1, 2, 2, 3, -1)]  # of an unknown function
_FREE: tuple[Points, ...] = tuple(
    tuple((Fraction(v), Fraction(p)) for v, p in law)
    for law in (
        (("0", "1/2"), ("1", "1/2")),
        (("-1", "1/2"), ("1", "1/2")),
        (("0", "1/2"), ("2", "1/2")),
        (("1", "1/2"), ("2", "1/2")),
        (("-1", "1/2"), ("2", "1/2")),
        (("-1", "2/3"), ("2", "1/3")),
        (("-1", "1/3"), ("0", "1/3"), ("1", "1/3")),
        (("1", "1/3"), ("2", "1/3"), ("4", "1/3")),
        (("-2", "1/2"), ("1", "1/2")),
        (("1", "1/2"), ("3", "1/2")),
    )
)


@dataclass(frozen=True)
class FiniteSpace:
    """Outcomes with weights, in the form that programs run on.

    ``stand_ins`` names the continuous laws of the members that are represented by
    finite laws with the same moments (right for polynomials only), and ``laws`` has these with
    their parameters; ``ties`` has those
    that are the same number, or (-1) its mirror image.  To the members in ``noise`` is
    added a number uniform on (-noise, noise), of their own; ``centers`` are the values
    before that, and outcomes with the same number modulo ``cells`` differ in it only.
    Members in different ``blocks`` are independent.
    """

    ring: Ring
    members: tuple[Member, ...]
    stand_ins: Mapping[Member, str]
    ties: Mapping[Member, Mapping[Member, int]]
    noise: Mapping[Member, Fraction]
    centers: Mapping[str, Value]
    cells: int
    blocks: tuple[frozenset[Member], ...]
    laws: Mapping[Member, _StandIn]

    def outcomes(
        self, members: Sequence[Member], draws: Mapping[str, Value] | None = None
    ) -> list[tuple[Fraction, tuple[Fraction, ...]]]:
        """The probability of each outcome and the values on it, before the noise."""
        draws = self.centers if draws is None else draws
        columns = [
            [Fraction(int(t), v.below) for t in v.top[(slice(None), *at)]]
            for v, at in ((draws[name], at) for name, at in members)
        ]
        weights = self.ring.weights
        return [
            (Fraction(int(w), weights.below), tuple(c[n] for c in columns))
            for n, w in enumerate(weights.top)
        ]

    def smooth(self, low: Value, high: Value) -> bool:
        """Is the sign of ``high - low`` (of degree 1 in the noise) the same for all of it?"""
        a = high.top.astype(object) * low.below - low.top.astype(object) * high.below
        signs = np.asarray((a > 0) * 1 - (a < 0) * 1)
        if signs.shape[:1] != self.ring.weights.top.shape:
            return True  # no random variable in it
        signs = signs.reshape(-1, self.cells, *signs.shape[1:])
        weights = self.ring.weights.top.reshape(-1, self.cells, *[1] * (signs.ndim - 2))
        mixed = signs.max(axis=0) - signs.min(axis=0)
        at_zero = ((signs == 0) & (weights > 0)).any(axis=0)
        return bool(np.all((mixed == 0) | ((mixed == 1) & ~at_zero)))

    @cached_property
    def table(self) -> dict[tuple[Fraction, ...], Fraction]:
        """The probability of each row of values of the members, as programs see them."""
        found: dict[tuple[Fraction, ...], Fraction] = {}
        for w, row in self.outcomes(self.members, self.ring.draws):
            found[row] = found.get(row, Fraction(0)) + w
        return found

    @property
    def rows(self) -> tuple[tuple[Fraction, ...], ...]:
        return tuple(self.table)

    @property
    def weights(self) -> tuple[Fraction, ...]:
        return tuple(self.table.values())


_WAYS = {">": (1,), ">=": (1,), "<": (-1,)}  # signs of constants


def _has_sign(sign: str, value: Any) -> bool:
    if sign in (">", "<"):
        return bool(value > 0) if sign == ">" else bool(value < 0)
    return bool(value >= 0) if sign == ">=" else bool(value != 0)


def declared(context: Context, program: Program) -> dict[str, dict[str, Node]]:
    """The declared means, variances and parameters of the families that a program uses."""
    found: dict[str, dict[str, Node]] = {}
    for name, extents in sorted(program.extents.items()):
        r = context.randoms.get(name)
        if r is None:
            raise NotSampled(f"{name} is not a declared random variable")
        scope: dict[Any, Label] = {
            i: (f"{n}:{i.name}", *extents[n]) for n, i in enumerate(r.indices)
        }
        parts: dict[str, Any] = {"mean": r.mean, "variance": r.variance}
        parts |= {f"p{n}": p for n, p in enumerate(r.law[1])} if r.law else {}
        found[name] = {
            k: program.lower(canonical(unfolded(context, e)), scope)
            for k, e in parts.items()
            if e is not None
        }
    return found


def finite_space(
    context: Context, program: Program, moments: Mapping[str, Mapping[str, Node]],
    rng: random.Random, *, groups: Groups | None, effort: int,
    degree: Mapping[str, int | None], pieces: Mapping[str, int | None] = MappingProxyType({}),
    pointwise: bool = False, feasible: Feasible | None = None,
    numbers: Mapping[tuple[str, tuple[int, ...]], Fraction] = MappingProxyType({}),
    alike: bool = False,
) -> FiniteSpace | None:  # fmt: skip
    """One space, or None where these random choices do not fit.

    With ``groups`` variables may depend on each other where nothing forbids it.  A larger
    ``effort`` allows laws with more points and larger numbers; with -1 they may be constants.
    ``degree`` is the degree of every family inside expectations, ``pieces`` that between the
    kinks.  With ``pointwise`` only single values matter: of a continuous variable two are
    taken, inside its support.  ``numbers`` are values of indexed constants that are given; with
    ``feasible`` there are joint laws on which conditions hold.  With ``alike`` all members of a
    family have one law where they may, as what is said of all indices often asks for.
    """
    symbols = _symbols(context, program, rng, effort)
    if symbols is None:
        return None
    bound = related(context)
    parameters = {}
    for n, x in sorted(program.parameters.items()):
        cells: Any = np.empty([b - a + 1 for a, b in x], dtype=object)
        for at in np.ndindex(*cells.shape):
            sign = context.signs.get(n, "")
            numbers_of = _FRACTIONS if n in bound else _SMALL[: 2 + effort]
            value = rng.choice(numbers_of) * rng.choice(_WAYS.get(sign, (1, 1, -1)))
            cells[at] = numbers.get((n, at), value)
            if sign and not _has_sign(sign, cells[at]):
                return None
        parameters[n] = exactly(cells)
    bases = {n: [a for a, _ in x] for n, x in {**program.parameters, **program.extents}.items()}
    functions = _functions(context, program, rng)
    one = exactly(np.array([1]))
    blank = Ring(one, {}, symbols, parameters, functions, bases)
    laws: dict[Member, Points] = {}
    stand_ins: dict[Member, _StandIn] = {}
    noise: dict[Member, Fraction] = {}
    targets = {
        name: {k: _table(blank, n, program.extents[name]) for k, n in found.items()}
        for name, found in moments.items()
    }
    for name, extents in sorted(program.extents.items()):
        r = context.randoms[name]
        rows = _rows(context, name)
        if rows == () and any(len(set(v.flat)) > 1 for v in targets[name].values()):
            return None  # these constants contradict the identical distribution
        picks: dict[Any, float] = {}
        spread = None
        if continuous(r) and not pointwise:
            rough = degree.get(name) is None
            if rough or (pieces.get(name) is not None and rng.random() < 0.5):
                spread = rng.choice(_NOISE)
        for at in _grid(extents):
            key = tuple(i - a for i, (a, _) in zip(at, extents, strict=True))
            known = {k: v[key] for k, v in targets[name].items()}
            if continuous(r) and spread is None:
                made = _stand_in(r, known, 2 if pointwise else degree.get(name))
                if made is None:
                    return None
                stand_ins[name, key] = made
                laws[name, key] = ()
                continue
            row = "" if rows is None else tuple(key[p] for p in rows)
            if row not in picks or (rows is None and not alike and rng.random() >= 0.7):
                picks[row] = rng.random()
            if spread is not None:
                if pieces.get(name) is None:
                    return None
                options, noise[name, key] = _smeared(r, known, spread, effort)
            else:
                options = _options(r, known, effort)
            if not options:
                return None
            laws[name, key] = options[int(picks[row] ** 1.5 * len(options))]
    if any(a != 1 for x in program.extents.values() for a, _ in x) and _numbered(context):
        groups = None  # members are counted from the first that is used
    loose = [m for m in laws if m not in stand_ins and m not in noise]
    fitted = feasible.sources(context, blank, targets, loose, rng) if feasible else []
    there = {m for s in fitted for m in s[0][1]}
    finite = {m: law for m, law in laws.items() if m not in stand_ins and m not in there}
    sources = _sources(context, finite, targets, rng, groups)
    if sources is None:
        return None
    sources += fitted
    ties = _ties(stand_ins, rng, None if pointwise else groups)
    for m, same_as in ties.items():
        if pointwise:
            own = _inside(*stand_ins[m])
            sources.append([(Fraction(1, 2), {m: v}) for v in rng.sample(own, 2)])
            continue
        if not same_as:
            continue
        total = sum(degree[n] or 0 for n in {x[0] for x in same_as})
        points = matched(*stand_ins[m], total) if total <= MAX_DEGREE else None
        if points is None:
            return None
        mean = sum(v * p for v, p in points)
        sources.append(
            [(p, {x: v if sign > 0 else 2 * mean - v for x, sign in same_as.items()})
             for v, p in points]
        )  # fmt: skip
    shaken: list[Source] = []
    for m, width in noise.items():
        points = inside(pieces[m[0]] or 0)
        if points is None:
            return None
        # The ends have no weight; they are there to see whether anything changes in between.
        ends = ((Fraction(-1), Fraction(0)), (Fraction(1), Fraction(0)))
        shaken.append([(p, {m: v * width}) for v, p in (*points, *ends)])
    if math.prod(len(s) for s in [*sources, *shaken]) > MAX_OUTCOMES:
        return None
    words = {}
    for m, (law, values) in stand_ins.items():
        words[m] = f"{law}({', '.join(map(str, values))})"
    return _with(_assemble(program, blank, laws, sources, shaken, words, ties), laws=stand_ins)


def _rows(context: Context, name: str) -> tuple[int, ...] | None:
    """Members that agree at these places have one law; None where nothing says so."""
    found = [(t, i.over) for i in context.identities for t in i.blocks[0] if t.name == name]
    if len(found) != 1:
        return () if found else None
    ((t, over),) = found
    return tuple(n for n, i in enumerate(t.indices) if i not in over)


def _inside(law: str, values: tuple[Fraction, ...]) -> list[Fraction]:
    """Values in the support of a law, not at its ends."""
    if law == "uniform":
        a, b = values
        return [a + (b - a) * Fraction(k, 8) for k in (4, 2, 6, 1, 7)]
    if law == "poisson":
        return [Fraction(n) for n in (1, 2, 3)]
    positive = [Fraction(n) for n in ("1", "2", "1/2", "3")]
    return positive if law == "exponential" else positive + [-x for x in positive]


def _ties(
    stand_ins: Mapping[Member, _StandIn], rng: random.Random, groups: Groups | None
) -> dict[Member, dict[Member, int]]:
    """Which continuous variables are the same number, or its mirror image (-1).

    A variable without a number of its own has an empty entry.
    """
    found: dict[Member, dict[Member, int]] = {}
    for m, (law, values) in stand_ins.items():
        found[m] = {m: 1}
        if groups is None or groups.joint or rng.random() < 0.3:
            continue
        for host, same in found.items():
            if host == m or not same or stand_ins[host] != (law, values):
                continue
            if all(groups.compatible(m, x) for x in same):
                mirrored = law in ("normal", "laplace", "uniform") and values[0] == 0
                same[m] = rng.choice((1, -1)) if mirrored else 1
                found[m] = {}
                break
    return found


def satisfies(
    context: Context, program: Program, moments: Mapping[str, Mapping[str, Node]],
    space: FiniteSpace,
) -> bool:  # fmt: skip
    """Has the space all that is declared?  Looked up in its joint law, whatever made it.

    Stand-ins and noise are left out: they are independent of all else by construction.
    """
    members = [m for m in space.members if m not in space.stand_ins]
    rows = [(w, dict(zip(members, row, strict=True))) for w, row in space.outcomes(members) if w]
    if sum(w for w, _ in rows) != 1:
        return False
    for m in members:
        r = context.randoms[m[0]]
        known = {
            k: _table(space.ring, n, program.extents[m[0]])[m[1]] for k, n in moments[m[0]].items()
        }
        points = _marginal(rows, m)
        width = space.noise.get(m)
        if width is None:
            where = (slice(None), *m[1])
            draws, centers = space.ring.draws[m[0]], space.centers[m[0]]
            a, b = draws.top[where].astype(object), centers.top[where].astype(object)
            if np.any(a * centers.below != b * draws.below):
                return False
        elif "variance" in known:
            known["variance"] -= width**2 / 3
        if r.law is None:
            if not _fits(r, known, points):
                return False
        elif width is None and points not in map(_law, _options(r, known, 0)):
            return False
    for name in {t.name for i in context.identities for t in i.blocks[0]}:
        at = _rows(context, name) or ()
        found: dict[Any, Points] = {}
        for m in (m for m in members if m[0] == name):
            law = _marginal(rows, m)
            if found.setdefault(tuple(m[1][p] for p in at), law) != law:
                return False
    return not rows or independence_holds(context, members, rows)


def _marginal(rows: Source, m: Member) -> Points:
    law: dict[Fraction, Fraction] = {}
    for w, values in rows:
        law[values[m]] = law.get(values[m], Fraction(0)) + w
    return tuple(sorted(law.items()))


def _numbered(context: Context) -> bool:
    """Does a declaration of independence name a member by its number?"""
    return any(
        not i.is_Symbol
        for f in context.independence
        for b in f.blocks
        for t in b
        for i in t.indices
    )


def _grid(extents: Sequence[tuple[int, int]]) -> list[tuple[int, ...]]:
    return list(product(*(range(a, b + 1) for a, b in extents)))


_FRACTIONS = [Fraction(n) for n in ("1/2", "1/3", "2/3", "1/4", "3/4", "1", "2", "3", "0")]
FITTING = 60  # draws of constants, to find some between which the relations hold


def _symbols(
    context: Context, program: Program, rng: random.Random, effort: int
) -> dict[str, Fraction] | None:
    """Values of the constants, or None where the relations are not met."""
    bound = {s.name for r in context.relations for e in (r.left, r.right) for s in e.free_symbols}
    for _ in range(FITTING if bound else 1):
        found = {}
        for name in sorted(program.symbols):
            s = context.symbols.get(name)
            if s is None:
                raise NotSampled(f"{name} has no declared value")
            found[name] = _number(s, rng, _FRACTIONS if name in bound else _SMALL[: 2 + effort])
        if admitted(context, program.values | found):
            return found
    return None


def _number(s: Any, rng: random.Random, choice: Sequence[Fraction]) -> Fraction:
    value = rng.choice(choice)
    if value == 0 and (s.is_nonzero or s.is_positive or s.is_negative):
        value = Fraction(1)
    if s.is_negative:
        return -value
    if s.is_nonnegative:
        return value
    value *= rng.choice((1, 1, -1))
    return Fraction(0) if not s.is_nonzero and rng.random() < 0.1 else value


def _functions(context: Context, program: Program, rng: random.Random) -> dict[str, Table]:
    """Concrete functions for unknown ones.

    A function on finitely many points is bounded and Lipschitz, whatever its values.
    """
    found = {}
    for name in sorted(program.functions):
        c = Fraction(rng.choice((-1, 0, 1, 2)))
        kind = rng.choice(("any", "any", "identity", "square", "indicator"))
        found[name] = Table(_function(kind, c, random.Random(rng.random())))
    return found


def _function(
    kind: str, c: Fraction, rng: random.Random
) -> Callable[[tuple[Fraction, ...]], Fraction]:
    def make(key: tuple[Fraction, ...]) -> Fraction:
        t = sum(key, start=Fraction(0))
        if kind == "identity":
            return t + max(c, Fraction(0))
        if kind == "square":
            return t * t
        if kind == "indicator":
            return Fraction(t > c)
        return rng.choice(_VALUES)

    return make


def _table(ring: Ring, node: Node, extents: Sequence[tuple[int, int]]) -> Any:
    """The value of a declared moment for every member."""
    value = ring.run(plan([node], lambda _: False))[node.number]
    dims = [b - a + 1 for a, b in extents]
    where = {int(x[0].split(":")[0]): n for n, x in enumerate(node.axes)}
    table = np.empty(dims, dtype=object)
    for key in np.ndindex(*dims):
        at = [0] * len(node.axes)
        for position, n in where.items():
            at[n] = key[position]
        table[key] = value.fraction(*at)
    return table


# ---------------------------------------------------------------- one law


def _options(r: Random, known: Mapping[str, Fraction], effort: int) -> list[Points]:
    """Laws that have every declared property, the simplest first."""
    half = Fraction(1, 2)
    if r.law is not None:
        if r.mean is not None or r.variance is not None:
            return []
        if r.law[0] == "rademacher":
            return [((Fraction(-1), half), (Fraction(1), half))]
        p = known["p0"]
        if p in (0, 1):
            return [((p, Fraction(1)),)]
        return [((Fraction(0), 1 - p), (Fraction(1), p))] if 0 < p < 1 else []
    return _fitting(r.symmetric, r.sign, known.get("mean"), known.get("variance"), effort)


@lru_cache(maxsize=2000)
def _fitting(
    symmetric: bool, sign: str, mean: Fraction | None, variance: Fraction | None, effort: int
) -> list[Points]:
    r = Random("", symmetric=symmetric, sign=sign)
    known = {k: v for k, v in (("mean", mean), ("variance", variance)) if v is not None}
    found = [law for law in _candidates(r, known, effort) if _fits(r, known, law)]
    found = list(dict.fromkeys(found))
    return [law for law in found if len(law) <= 2 + (effort > 0) + (effort > 2)]


def continuous(r: Random) -> bool:
    """Must r be represented by a law that is not finite?"""
    return r.atomless or (r.law is not None and r.law[0] not in ("bernoulli", "rademacher"))


def _smeared(
    r: Random, known: Mapping[str, Fraction], width: Fraction, effort: int
) -> tuple[list[Points], Fraction]:
    """Finite laws for what is left of r without a number uniform on (-width, width)."""
    if r.law is not None:
        if r.law[0] != "uniform" or r.mean is not None or r.variance is not None or r.sign:
            return [], width
        a, b = known["p0"], known["p1"]
        if not a < b:
            return [], width
        cells = 1 + int(1 / width)  # 2, 3 or 5 of them
        width = (b - a) / (2 * cells)
        law = tuple((a + (2 * k + 1) * width, Fraction(1, cells)) for k in range(cells))
        return [law], width
    variance = known.get("variance")
    if variance is not None:
        variance -= width**2 / 3
    laws = _fitting(r.symmetric, r.sign, known.get("mean"), variance, effort)
    least = width if r.sign in (">", ">=") else None
    return [x for x in laws if least is None or x[0][0] >= least], width


def _stand_in(r: Random, known: Mapping[str, Fraction], degree: int | None) -> _StandIn | None:
    """A continuous law that r may have, with its parameters, if points have its moments."""
    if degree is None or degree > MAX_DEGREE:
        return None
    if r.law is not None:
        if r.mean is not None or r.variance is not None or r.sign:
            return None
        name, values = r.law[0], tuple(known[f"p{n}"] for n in range(len(r.law[1])))
    else:
        mean = known.get("mean", Fraction(0 if r.symmetric else 1))
        variance = known.get("variance", Fraction(1))
        if r.sign or variance <= 0 or (r.symmetric and mean != 0):
            return None
        name, values = "normal", (mean, variance)
    if not _allowed(name, values):
        return None
    return None if matched(name, values, degree) is None else (name, values)


def _allowed(name: str, values: Sequence[Fraction]) -> bool:
    if name == "uniform":
        return values[0] < values[1]
    return name == "cauchy" or all(v > 0 for v in values[name in ("normal", "laplace") :])


def _candidates(r: Random, known: Mapping[str, Fraction], effort: int) -> list[Points]:
    mean, variance = known.get("mean"), known.get("variance")
    points = _SMALL[: max(1, 3 + 2 * effort)]
    found: list[Points] = []
    if effort < 0 and variance is None:
        found += [
            ((v, Fraction(1)),) for v in ([Fraction(1), Fraction(0)] if mean is None else [mean])
        ]
    if mean is None and variance is None:
        found += _FREE
        if r.symmetric:
            found += [law for a in points for law in _around(Fraction(0), a * a, points)]
        return found
    if mean is None:
        means = [Fraction(0)] if r.symmetric else [Fraction(1), Fraction(0), *points]
    else:
        means = [mean]
    variances = [variance] if variance is not None else [a * a for a in points]
    for m in means:
        for v in variances:
            found += _around(m, v, points)
    return found


def _around(m: Fraction, v: Fraction, points: Sequence[Fraction]) -> list[Points]:
    """Laws with mean m and variance v."""
    if v < 0:
        return []
    if v == 0:
        return [((m, Fraction(1)),)]
    found: list[Points] = []
    root = _root(v)
    scale = root or Fraction(math.isqrt(int(v)) + 1)
    steps = list(dict.fromkeys([scale, *(scale * p for p in points), *points]))
    for a in steps:
        b = v / a
        found.append(_law([(m - a, b / (a + b)), (m + b, a / (a + b))]))
    for a in steps:
        for b in steps:
            if a * b > v:
                lower, upper = v / (a * (a + b)), v / (b * (a + b))
                found.append(_law([(m - a, lower), (m, 1 - lower - upper), (m + b, upper)]))
    if m == 0:
        for a in steps:
            for b in steps:
                if a * a < v < b * b:
                    q = (v - a * a) / (b * b - a * a)
                    found.append(
                        _law([(-b, q / 2), (-a, (1 - q) / 2), (a, (1 - q) / 2), (b, q / 2)])
                    )
    return sorted(found, key=_size)


def _law(parts: Sequence[tuple[Fraction, Fraction]]) -> Points:
    return tuple(sorted(parts))


def _size(law: Points) -> tuple[int, int]:
    return len(law), sum(
        abs(v.numerator) + v.denominator + p.numerator + p.denominator for v, p in law
    )


def _root(v: Fraction) -> Fraction | None:
    a, b = math.isqrt(v.numerator), math.isqrt(v.denominator)
    return Fraction(a, b) if a * a == v.numerator and b * b == v.denominator else None


def _fits(r: Random, known: Mapping[str, Fraction], law: Points) -> bool:
    """Has this law everything that is declared of r?"""
    if sum(p for _, p in law) != 1 or any(p <= 0 for _, p in law):
        return False
    mean = sum(v * p for v, p in law)
    if "mean" in known and mean != known["mean"]:
        return False
    if "variance" in known and sum((v - mean) ** 2 * p for v, p in law) != known["variance"]:
        return False
    if r.symmetric and tuple(sorted((-v, p) for v, p in law)) != law:
        return False
    signs = {">": lambda v: v > 0, ">=": lambda v: v >= 0, "!=": lambda v: v != 0}
    return not r.sign or all(signs[r.sign](v) for v, _ in law)


# ---------------------------------------------------------------- joint laws


def _sources(
    context: Context, laws: Mapping[Member, Points],
    moments: Mapping[str, Mapping[str, Any]], rng: random.Random, groups: Groups | None,
) -> list[Source] | None:  # fmt: skip
    """Independent sources, each giving values to some of the members."""
    todo = dict(laws)
    sources: list[Source] = []
    if groups is not None and not groups.joint and len(laws) > 1 and rng.random() < COLLIDERS:
        made = _collider(context, laws, moments, rng)
        if made is None:
            return None
        sources.append(made)
        todo = {m: law for m, law in todo.items() if m not in made[0][1]}
    if groups is not None:
        arity = {m[0]: len(m[1]) for m in laws}
        for names in shuffled_pairs(context, arity) if rng.random() < 0.7 else []:
            members = [m for name in names for m in laws if m[0] == name]
            made = _pairwise(members, laws) if all(m in todo for m in members) else None
            if made is not None:
                sources.append(made)
                todo = {m: law for m, law in todo.items() if m not in members}
        mode = rng.choice(("same", "same", "size", "turned"))
        mirrored = {n: rng.random() < 0.3 for n in sorted(arity)}
        for members in groups.choose(list(todo), rng):
            if len(members) > 1:
                sources.append(_joint(members, laws, mode, mirrored))
                for m in members:
                    del todo[m]
    for m, law in todo.items():
        sources.append([(p, {m: v}) for v, p in law])
    return sources


def _collider(
    context: Context, laws: Mapping[Member, Points],
    moments: Mapping[str, Mapping[str, Any]], rng: random.Random,
) -> Source | None:  # fmt: skip
    """One member as a function of one or two others, if all that is declared still holds."""
    if len(laws) > 2 and rng.random() < 0.3:
        three = rng.sample(list(laws), 3)
        law = laws[three[0]]  # the same for all, where it may be
        alike = {
            m: law
            for m in three
            if context.randoms[m[0]].law is None
            and not continuous(context.randoms[m[0]])
            and _fits(context.randoms[m[0]], {k: v[m[1]] for k, v in moments[m[0]].items()}, law)
        }
        made = _pairwise(three, {**laws, **alike})
        return made if made and independence_holds(context, three, made) else None
    identical = {t.name for i in context.identities for t in i.blocks[0]}
    choices = [
        m for m in laws
        if m[0] not in identical
        and context.randoms[m[0]].law is None
        and not continuous(context.randoms[m[0]])
    ]  # fmt: skip
    if not choices:
        return None
    z = rng.choice(choices)
    others = [m for m in laws if m != z]
    hosts = rng.sample(others, min(len(others), rng.choice((1, 2, 2, 3))))
    r = context.randoms[z[0]]
    known = {k: v[z[1]] for k, v in moments[z[0]].items()}
    made = attached(
        [[(p, {m: v}) for v, p in laws[m]] for m in hosts], z,
        known.get("mean"), known.get("variance"), r.symmetric, rng,
    )  # fmt: skip
    if made is None:
        return None
    own: dict[Fraction, Fraction] = {}
    for w, values in made:
        own[values[z]] = own.get(values[z], Fraction(0)) + w
    if not _fits(r, known, tuple(sorted(own.items()))):
        return None
    return made if independence_holds(context, list(made[0][1]), made) else None


def _joint(
    members: Sequence[Member], laws: Mapping[Member, Points], mode: str, mirrored: dict[str, bool]
) -> Source:
    """All members from one uniform number U.

    With mode "size" the signs are independent; with "turned" they come from U, U + s, U + 2 s,
    ... modulo 1: members of one law that may not be exchanged.
    """
    own = {m: laws[m] for m in members}
    symmetric = all(tuple(sorted((-v, p) for v, p in law)) == law for law in own.values())
    if mode == "size" and symmetric and len(members) <= 6:
        sizes = {m: _magnitudes(law) for m, law in own.items()}
        made: Source = []
        for weight, values in _quantiles(sizes, {}):
            signs = [(1, -1) if values[m] else (1,) for m in members]
            every = list(product(*signs))
            for row in every:
                one = {m: s * values[m] for m, s in zip(members, row, strict=True)}
                made.append((weight / len(every), one))
        return made
    if mode == "turned":
        places = sorted({m[1] for m in members})
        step = Fraction(1, max(3, *(len(law) for law in own.values())))
        return _quantiles(own, {}, {m: places.index(m[1]) * step % 1 for m in members})
    return _quantiles(own, mirrored)


def _magnitudes(law: Points) -> Points:
    found: dict[Fraction, Fraction] = {}
    for v, p in law:
        found[abs(v)] = found.get(abs(v), Fraction(0)) + p
    return tuple(sorted(found.items()))


def _quantiles(
    laws: Mapping[Member, Points], mirrored: Mapping[str, bool],
    turns: Mapping[Member, Fraction] | None = None,
) -> Source:  # fmt: skip
    steps = {}
    turns = turns or {}
    for m, law in laws.items():
        ordered = law[::-1] if mirrored.get(m[0]) else law
        total, edges = Fraction(0), []
        for v, p in ordered:
            total += p
            edges.append((total, v))
        steps[m] = edges
    ends = {(e - turns.get(m, 0)) % 1 for m, edges in steps.items() for e, _ in edges}
    made: Source = []
    before = Fraction(0)
    for cut in sorted(ends - {Fraction(0)} | {Fraction(1)}):
        values = {}
        for m, edges in steps.items():
            u = (cut + turns.get(m, 0)) % 1 or Fraction(1)
            values[m] = next(v for e, v in edges if e >= u)
        made.append((cut - before, values))
        before = cut
    return made


def _pairwise(members: Sequence[Member], laws: Mapping[Member, Points]) -> Source | None:
    """b, a, a + b, a + 2b, ... modulo a prime n: any two independent, any three not.

    Four with two values each are a, b, c and a + b + c: any three independent, the four not.
    """
    n = math.lcm(*(p.denominator for m in members for _, p in laws[m]))
    if n == 2 and len(members) == 4:
        rows = ((*abc, sum(abc) % 2) for abc in product(range(2), repeat=3))
        return [
            (
                Fraction(1, 8),
                {m: _at(laws[m], Fraction(u, 2)) for m, u in zip(members, row, strict=True)},
            )
            for row in rows
        ]
    if n not in (2, 3, 5, 7) or len(members) > n + 1 or len(members) < 3:
        return None
    made: Source = []
    for a in range(n):
        for b in range(n):
            values = {}
            for k, m in enumerate(members):
                u = b if k == 0 else (a + (k - 1) * b) % n
                values[m] = _at(laws[m], Fraction(u, n))
            made.append((Fraction(1, n * n), values))
    return made


def _at(law: Points, u: Fraction) -> Fraction:
    """The value of this law that belongs to u in [0, 1)."""
    total = Fraction(0)
    for v, p in law:
        total += p
        if u < total:
            return v
    return law[-1][0]


def _assemble(
    program: Program, blank: Ring, laws: Mapping[Member, Points], sources: Sequence[Source],
    shaken: Sequence[Source], words: Mapping[Member, str],
    ties: Mapping[Member, Mapping[Member, int]],
) -> FiniteSpace:  # fmt: skip
    members = tuple(laws)
    every = [*sources, *shaken]
    count = math.prod(len(s) for s in every)
    cells = math.prod(len(s) for s in sources)
    place: dict[Member, list[tuple[Any, Source]]] = {m: [] for m in members}
    weights = exactly(np.array([1]))
    stride = 1
    for source in every:
        index = np.arange(count) // stride % len(source)
        stride *= len(source)
        own = exactly(np.array([w for w, _ in source], dtype=object))
        weights = product_of(weights, own.at(index))
        for m in source[0][1]:
            place[m].append((index, source))
    draws, centers = {}, {}
    for name, extents in program.extents.items():
        own_members = [m for m in members if m[0] == name]
        below = math.lcm(
            *(d[m].denominator for m in own_members for _, s in place[m] for _, d in s)
        )
        shape = (count, *(b - a + 1 for a, b in extents))
        array: Any = np.empty(shape, dtype=object)
        center: Any = np.empty(shape, dtype=object)
        for m in own_members:
            parts = [
                np.array([int(d[m] * below) for _, d in s], dtype=object)[index]
                for index, s in place[m]
            ]
            center[(slice(None), *m[1])] = parts[0]
            array[(slice(None), *m[1])] = sum(parts[1:], start=parts[0])
        draws[name] = exactly(array, below)
        centers[name] = exactly(center, below)
    ring = Ring(
        weights, draws, blank.symbols, blank.parameters, blank.functions, blank.bases
    )  # fmt: skip
    noise = {m: max(d[m] for _, d in s) for s in shaken for m in s[0][1]}
    blocks = tuple(frozenset(s[0][1]) for s in sources)
    return FiniteSpace(ring, members, dict(words), dict(ties), noise, centers, cells, blocks, {})
