"""Worlds to draw from: everything declared holds, everything left open is varied.

Each world fixes sizes, constants, one law for every member of every family, and a
pattern of dependence.  Marginal laws are met by construction (standardized shapes,
shifted and scaled); dependence comes from shared uniform numbers behind the quantiles,
within groups that no declared independence separates (:mod:`symcheck.numbers.dependence`).
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from symcheck.facts.context import Context, Random
from symcheck.numbers.dependence import Groups, Member, shuffled_pairs
from symcheck.numbers.evaluate import Space, evaluate, plan
from symcheck.numbers.program import Label, Node, NotSampled, Program, unfolded
from symcheck.numbers.relations import related, suits
from symcheck.numbers.shapes import SHAPES, Shape, allowed, asymmetric, named

__all__ = ["Demand", "World", "build", "demand"]

Array = Any
_MODES = ("same", "half the time the same", "same size", "same sign", "turned")
TURN = 0.3  # of the circle, from one member to the next
_ATTEMPTS = 300
_STUDENT = "Student with 12 degrees of freedom"


@dataclass(frozen=True)
class Demand:
    """What the expressions ask of the laws: the highest degree, and divisions or logarithms."""

    degree: int = 2
    divides: bool = False
    grows: bool = False


def demand(nodes: Sequence[Node]) -> Demand:
    """The demand of the given nodes (arguments come before their users)."""
    degree: dict[int, int] = {}
    top, divides, grows = 0, False, False
    for n in nodes:
        inner = [degree.get(a.number, 0) for a in n.args]
        random_inside = any(a.random for a in n.args)
        d = max(inner, default=0)
        if n.kind == "random":
            d = 1
        elif n.kind in ("mul", "einsum"):
            d = sum(inner)
        elif n.kind == "power":
            d = inner[0] * max(n.data, 0)
            divides = divides or (n.data < 0 and random_inside)
        elif n.kind in ("indicator", "tanh", "sigmoid", "sin", "cos", "erf", "sign"):
            d = 0
        elif n.kind in ("log", "pow", "sqrt") and random_inside:
            divides = True
        elif n.kind == "exp" and random_inside:
            grows = True
        degree[n.number] = d
        top = max(top, d)
    return Demand(top, divides, grows)


@dataclass
class _Family:
    """How one family is drawn: standardized shapes, or a named law with its parameters.

    ``rows`` are the parameters that occur, ``which`` says for each member which of the
    shapes or rows is its own; ``direct`` has no quantile in closed form: it is drawn by
    itself, and shares nothing.
    """

    name: str
    dims: tuple[int, ...]
    law: str = ""
    shapes: list[Shape] = field(default_factory=list)
    rows: list[tuple[float, ...]] = field(default_factory=list)
    which: Array = None
    loc: Array = None
    scale: Array = None
    df: Array = None  # of a Student law
    floor: bool = False  # no values below 0

    @property
    def direct(self) -> bool:
        return self.df is not None or any(s.name == _STUDENT for s in self.shapes)

    def fill(
        self, rng: np.random.Generator, out: Array, u: Array | None = None, *, bare: bool = False
    ) -> None:
        """Draws, the outcome axis last; from these uniform numbers, if they are given.

        ``bare`` leaves standardized draws as they are.
        """
        fill = self.shapes[0].fill if len(self.shapes) == 1 else None
        if u is None and self.df is not None:
            out[...] = rng.standard_t(self.df[..., None], out.shape)
            return
        if u is None and fill is not None:
            fill(rng, out)
        else:
            self._quantiles(_open_unit(rng, out.shape) if u is None else u, out)
        if not self.rows and not bare:
            self._place(out)

    @property
    def only_scaled(self) -> bool:
        """Is this one positive number times standardized draws?"""
        if self.rows or self.df is not None or self.floor:
            return False
        loc, scale = self._moments
        return loc is None and np.ndim(scale) == 0 and scale > 0

    def _quantiles(self, u: Array, out: Array) -> None:
        made = [named(self.law, row) for row in self.rows] or [s.quantile for s in self.shapes]
        if len(made) == 1:
            out[...] = made[0](u)
        else:
            for n, q in enumerate(made):
                where = self.which == n
                out[where] = q(u[where])

    def _place(self, z: Array) -> None:
        """Give standardized draws the mean and the variance of the family."""
        loc, scale = self._moments
        np.multiply(z, scale, out=z)
        if loc is not None:
            np.add(z, loc, out=z)
        if self.floor:
            np.maximum(z, 0.0, out=z)  # a lower end at 0 is met only up to rounding

    @cached_property
    def _moments(self) -> tuple[Array | None, Array]:
        """Mean (if it is not 0) and scale: one number each, or one for each member."""
        loc, scale = (
            x.flat[0] if x.size and np.all(x == x.flat[0]) else x[..., None]
            for x in (np.asarray(self.loc), np.asarray(self.scale))
        )
        return loc if np.any(loc) else None, scale

    @property
    def text(self) -> str:
        if self.law:
            return f"{self.name} {self.law}"
        return f"{self.name} {' / '.join(dict.fromkeys(s.name for s in self.shapes))}"


@dataclass
class _Group:
    """Members that share sources of randomness: where[name] numbers each one's source."""

    where: dict[str, Array]
    count: int
    mode: str
    mirror: dict[str, bool]


@dataclass
class World:
    """Numbers and laws; :meth:`draw` makes outcomes."""

    space: Space
    families: dict[str, _Family]
    groups: list[_Group]
    pairs: list[list[str]]
    text: str

    @property
    def width(self) -> int:
        """Random numbers in one outcome."""
        return sum(math.prod(d) for d in self.dims.values())

    @property
    def dims(self) -> dict[str, tuple[int, ...]]:
        """The shape of every family."""
        return {name: f.dims for name, f in self.families.items()}

    @property
    def scales(self) -> dict[str, float]:
        """The scales of the families that are one positive number times standardized draws."""
        return {n: float(f.scale.flat[0]) for n, f in self.families.items() if f.only_scaled}

    def draw(
        self, rng: np.random.Generator, room: Mapping[str, Array], bare: Collection[str] = ()
    ) -> None:
        """Fill an array for each family with outcomes; their axis is the last.

        Families that are ``bare`` are left at scale 1.
        """
        uniforms: dict[str, Array] = {}
        rows = next((x.shape[-1] for x in room.values()), 0)
        for group in self.groups:
            self._shared(group, rng, rows, uniforms)
        for names in self.pairs:
            self._pairwise(names, rng, rows, uniforms)
        for name, f in self.families.items():
            f.fill(rng, room[name], uniforms.get(name), bare=name in bare)

    def _shared(
        self, group: _Group, rng: np.random.Generator, rows: int, uniforms: dict[str, Array]
    ) -> None:
        common = _open_unit(rng, (group.count, rows))
        switch = rng.random((group.count, rows)) < 0.5
        for name, at in group.where.items():
            own = _open_unit(rng, (*at.shape, rows))
            g = common[at]
            if group.mode == "same":
                u = g
            elif group.mode == "half the time the same":
                u = np.where(switch[at], g, own)
            elif group.mode == "same size":
                u = 0.5 + np.copysign(np.abs(g - 0.5), own - 0.5)
            elif group.mode == "turned":  # members of one law that may not be exchanged
                turns = TURN * np.arange(at.size).reshape(at.shape)
                u = np.clip((g + turns[..., None]) % 1.0, 1e-17, 1 - 1e-16)
            else:
                u = 0.5 + np.copysign(np.abs(own - 0.5), g - 0.5)
            if group.mirror[name] and group.mode != "turned":
                u = 1.0 - u
            uniforms[name] = np.where(at[..., None] < 0, own, u)

    def _pairwise(
        self, names: Sequence[str], rng: np.random.Generator, rows: int, uniforms: dict[str, Array]
    ) -> None:
        # a + n b modulo 1 for n = 0, 1, 2, ...: any two independent, any three dependent.
        a, b = _open_unit(rng, (rows,)), _open_unit(rng, (rows,))
        start = 0
        for name in names:
            dims = self.families[name].dims
            count = math.prod(dims)
            u = (a + np.arange(start, start + count)[:, None] * b) % 1.0
            uniforms[name] = np.clip(u, 1e-17, 1 - 1e-16).reshape(*dims, rows)
            start += count


def _open_unit(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Uniform numbers strictly between 0 and 1."""
    u = rng.random(shape)
    u += 2.0**-54
    return u


# ---------------------------------------------------------------- building


def build(
    context: Context, program: Program, wanted: Demand, seed: int, *,
    dependent: bool, plain: bool = False, laws: Mapping[str, str] | None = None,
    values: Mapping[str, float] | None = None,
) -> World:  # fmt: skip
    """A world for the families that ``program`` uses, chosen by ``seed``.

    ``plain`` takes the normal law (or the nearest to it) and one law a family; ``laws`` names
    the shapes of some families, ``values`` gives the values of some constants.  Raises
    :class:`NotSampled` where the context cannot be met.
    """
    rng = random.Random(seed)
    unknown = sorted(set(program.extents) - set(context.randoms))
    if unknown:
        raise NotSampled(f"{unknown[0]} is not a declared random variable")
    used = {n: context.randoms[n] for n in sorted(program.extents)}
    moments = {n: _moments(context, program, r) for n, r in used.items()}
    for _ in range(_ATTEMPTS):
        space = _constants(context, program, rng, values or {})
        made = [
            _family(
                context, program, space, r, moments[n], wanted, rng, plain, (laws or {}).get(n, "")
            )
            for n, r in used.items()
        ]
        if all(f is not None for f in made):
            families = {f.name: f for f in made if f is not None}
            break
    else:
        raise NotSampled("no values of the constants were found that allow the declared laws")
    arity = {n: len(f.dims) for n, f in families.items()}
    groups: list[_Group] = []
    pairs: list[list[str]] = []
    if dependent:
        movable = {n: k for n, k in arity.items() if not families[n].direct}
        pairs = shuffled_pairs(context, movable) if rng.random() < 0.7 else []
        taken = {n for names in pairs for n in names}
        members: list[Member] = [
            (n, at) for n in movable if n not in taken for at in np.ndindex(*families[n].dims)
        ]
        chosen = [g for g in Groups(context).choose(members, rng) if len(g) > 1]
        if chosen:
            groups.append(_group(chosen, families, rng))
    return World(space, families, groups, pairs, _describe(families, groups, pairs))


def _group(
    chosen: Sequence[Sequence[Member]], families: Mapping[str, _Family], rng: random.Random
) -> _Group:
    names = sorted({m[0] for g in chosen for m in g})
    where = {n: np.full(families[n].dims, -1, dtype=int) for n in names}
    for number, members in enumerate(chosen):
        for name, at in members:
            where[name][at] = number
    return _Group(where, len(chosen), rng.choice(_MODES), {n: rng.random() < 0.3 for n in names})


def _describe(
    families: Mapping[str, _Family], groups: Sequence[_Group], pairs: Sequence[Sequence[str]]
) -> str:
    text = ", ".join(f.text for f in families.values())
    for g in groups:
        text += f"; {' and '.join(g.where)} dependent ({g.mode})"
    for names in pairs:
        text += f"; {', '.join(names)} independent only in pairs"
    return text


def _formal(program: Program, r: Random) -> dict[Any, Label]:
    extents = program.extents[r.name]
    if r.indices and len(r.indices) != len(extents):
        raise NotSampled(f"{r.name} is used with {len(extents)} indices")
    return {i: (f"{n}:{i.name}", *extents[n]) for n, i in enumerate(r.indices)}


def _moments(context: Context, program: Program, r: Random) -> dict[str, Node]:
    scope = _formal(program, r)
    found: dict[str, Node] = {}
    parts: list[tuple[str, Any]] = [("mean", r.mean), ("variance", r.variance)]
    if r.law is not None:
        parts += [(f"p{n}", p) for n, p in enumerate(r.law[1])]
    for key, e in parts:
        if e is None:
            continue
        node = program.lower(unfolded(context, e), scope)
        if node.lead:
            raise NotSampled(f"the {key} of {r.term} is itself an expectation")
        found[key] = node
    return found


FITTING = 500  # draws of constants, to find some between which the relations hold
_SIGNS = {"positive": 1, "nonnegative": 1, "negative": -1}


def _constants(
    context: Context, program: Program, rng: random.Random, values: Mapping[str, float]
) -> Space:
    """Values away from 0 and 1; now and then all between 0 and 1, for probabilities."""
    small = rng.random() < 0.5

    def value() -> float:
        return rng.uniform(0.3, 0.85) if small or rng.random() < 0.4 else rng.uniform(1.25, 2.2)

    for _ in range(FITTING if context.relations else 1):
        symbols: dict[str, float] = {}
        for name in sorted(program.symbols):
            s = context.symbols.get(name)
            if s is None:
                raise NotSampled(f"{name} has no declared value")
            way = next((v for k, v in _SIGNS.items() if getattr(s, f"is_{k}")), 0)
            chosen = value() * (way or rng.choice((1, -1)))
            symbols[name] = values.get(name, chosen)
        if context.admits(program.values | symbols):
            break
    else:
        raise NotSampled("no constants were found between which the relations hold")
    parameters = {}
    for name, extents in sorted(program.parameters.items()):
        dims = tuple(b - a + 1 for a, b in extents)
        count = math.prod(dims)
        ways = _WAYS.get(context.signs.get(name, ""), (1, -1))
        flat = [value() * rng.choice(ways) for _ in range(count)]
        if name in related(context):
            drawn = (value() * rng.choice(ways) for _ in range(FITTING * count))
            flat = list(islice((v for v in drawn if suits(context, name, v, symbols)), count))
            if len(flat) < count:
                raise NotSampled(f"no {name} was found for which the relations hold")
        parameters[name] = np.array(flat).reshape(dims)
    functions = {n: _function(context.functions.get(n, ""), rng) for n in sorted(program.functions)}
    bases = {
        n: [a for a, _ in places] for n, places in {**program.parameters, **program.extents}.items()
    }
    return Space(symbols, parameters, functions, bases)


_WAYS = {">": (1,), ">=": (1,), "<": (-1,)}


@dataclass(frozen=True)
class _Function:
    """A concrete function for an unknown one: asymmetric and without special values."""

    kind: str
    a: float
    b: float
    c: float

    def __call__(self, *xs: Array) -> Array:
        t = self.a * xs[0]
        for n, x in enumerate(xs[1:], start=2):
            t = t + self.b * x * n
        if self.kind == "bounded":
            return np.sin(t + self.b) + 0.5 * self.c
        if self.kind == "lipschitz":
            return np.abs(t - 0.3 * self.b) + 0.4 * t + self.c
        return 0.3 * t**2 + np.sin(self.b * t) + self.c


def _function(kind: str, rng: random.Random) -> _Function:
    return _Function(kind, *(rng.uniform(0.4, 1.3) for _ in range(3)))


def _value(program: Program, node: Node, space: Space, r: Random) -> Array:
    """A declared mean, variance or parameter for every member of the family."""
    values: dict[int, Array] = {}
    for n in plan([node], lambda _: False):
        values[n.number] = evaluate(n, [values[a.number] for a in n.args], space)
    extents = program.extents[r.name]
    dims = tuple(b - a + 1 for a, b in extents)
    if not node.axes:
        return np.broadcast_to(values[node.number], dims)
    places = {int(x[0].split(":")[0]): n for n, x in enumerate(node.axes)}
    shape = [dims[n] if n in places else 1 for n in range(len(dims))]
    order = [places[n] for n in sorted(places)]
    return np.broadcast_to(values[node.number].transpose(order).reshape(shape), dims)


def _family(
    context: Context, program: Program, space: Space, r: Random, moments: Mapping[str, Node],
    wanted: Demand, rng: random.Random, plain: bool, law: str,
) -> _Family | None:  # fmt: skip
    dims = tuple(b - a + 1 for a, b in program.extents[r.name])
    f = _Family(r.name, dims, floor=r.sign == ">=")
    known = {k: _value(program, n, space, r) for k, n in moments.items()}
    same = any(t.name == r.name for i in context.identities for t in i.blocks[0])
    if same and any(np.ptp(v) > 0 for v in known.values()):
        raise NotSampled(f"{r.name} is identically distributed, its parameters are not")
    if r.law is not None:
        return _named_family(f, r, known)
    count = math.prod(dims)
    if r.symmetric and "mean" in known and np.any(known["mean"] != 0):
        raise NotSampled(f"{r.name} is symmetric about 0, its mean is not 0")
    variance = known.get("variance")
    if variance is not None and (np.any(variance < 0) or (r.sign and np.any(variance == 0))):
        return None
    positive = r.sign in (">", ">=")

    def spread(n: int) -> Array:
        one = rng.uniform(0.6, 1.6)
        flat = [one if same else rng.uniform(0.6, 1.6) for _ in range(n)]
        return np.array(flat).reshape(dims)

    scale = np.sqrt(variance) if variance is not None else None
    loc = known.get("mean")
    if positive and loc is not None and np.any(loc <= 0):
        return None
    if loc is None:
        if r.symmetric:
            loc = np.zeros(dims)
        elif positive or wanted.divides:
            base = scale if scale is not None else spread(count)
            loc = base * rng.uniform(2.5, 4.0)
            if not positive and rng.random() < 0.5:
                loc = -loc
        else:
            loc = spread(count) * rng.choice((-1.0, 1.0))
    if scale is None:
        scale = np.abs(loc) * rng.uniform(0.3, 0.45) if positive else spread(count)
    f.loc, f.scale = loc, scale
    options = _options(r, wanted, loc, scale, positive)
    if law:
        heavy = next((s.heavy for s in SHAPES if s.name == law), 0)
        if heavy < wanted.degree:
            raise NotSampled(
                f"the tails of {r.name} {law} are too heavy for lines of degree {wanted.degree}"
            )
        options = [s for s in options if s.name == law]
    if not options:
        return None
    if plain:
        f.shapes = [options[0]]
    else:
        kinds = 1 if same or count == 1 else min(count, rng.choice((1, 2, 3)))
        f.shapes = [rng.choice(options) for _ in range(kinds)]
    f.which = np.arange(count).reshape(dims) % len(f.shapes)
    if any(s.name == _STUDENT for s in f.shapes):
        f.shapes = [next(s for s in SHAPES if s.name == _STUDENT)]
        f.which = np.zeros(dims, dtype=int)
    return f


def _options(r: Random, wanted: Demand, loc: Array, scale: Array, positive: bool) -> list[Shape]:
    found = []
    for s in SHAPES:
        if (r.symmetric and not s.symmetric) or (r.atomless and not s.atomless):
            continue
        if s.heavy < wanted.degree or (wanted.grows and s.heavy < 64):
            continue
        if wanted.divides and not (s.gap or (s.low > -2.5 and s.heavy == 64)):
            continue
        if (wanted.divides and not s.gap) and np.any(np.abs(loc) < 2.0 * scale):
            continue
        lowest = loc + s.low * scale
        if positive and not (np.all(lowest > 0) or (r.sign == ">=" and np.all(lowest >= 0))):
            continue
        if r.sign == "!=" and not s.atomless and np.any(np.isclose(loc, 0)) and not s.gap:
            continue
        found.append(s)
    if positive and not r.atomless:
        ratio = float(np.min(loc / scale))
        top = ratio**2 / (1 + ratio**2)
        if r.sign == ">=" and np.ptp(loc / scale) < 1e-12 and 0.02 < top < 0.98:
            found.append(asymmetric(top))  # the lower point is 0
        if top > 0.04:
            found.append(asymmetric(0.5 * top))
    return found


def _named_family(f: _Family, r: Random, known: Mapping[str, Array]) -> _Family | None:
    name, parameters = r.law or ("", ())
    values = [known[f"p{n}"] for n in range(len(parameters))]
    if r.mean is not None or r.variance is not None:
        raise NotSampled(f"{r.name} has a named law and a declared mean or variance")
    f.law, f.which = name, np.zeros(f.dims, dtype=int)
    if name == "student":
        f.df = values[0]
        return None if np.any(f.df <= 0) else f
    if name == "normal":
        if np.any(values[1] <= 0):
            return None
        f.shapes, f.loc, f.scale = [SHAPES[0]], values[0], np.sqrt(values[1])
        return f
    flat = [tuple(map(float, p)) for p in zip(*(v.reshape(-1) for v in values), strict=True)]
    f.rows = list(dict.fromkeys(flat)) or [()]
    if flat:
        f.which = np.array([f.rows.index(p) for p in flat]).reshape(f.dims)
    return f if all(allowed(name, row) for row in f.rows) else None
