"""Worlds for the core to judge: from numbers and tables that a model found, whole worlds.

A model draws what a line is about.  Here all else that is declared gets values too: constants
between which the relations hold, the simplest laws with the declared moments, independent of all
that is there.  Nothing of this is believed: the core looks whether it is a world.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as with_
from fractions import Fraction
from itertools import pairwise, product
from math import isqrt
from typing import Any, NamedTuple

from sympy import S, Symbol

from symcheck.certify.bridge import Bridge, Untold
from symcheck.core.terms import Refused, Term, num, parts, replaced
from symcheck.core.worlds.values import Value, items
from symcheck.core.worlds.witness import Decide, Refutation, Unshown, refute
from symcheck.core.worlds.world import World
from symcheck.facts.context import Context, Random, Relation
from symcheck.language.expr import RV, add, random_variables, replace, replace_variables
from symcheck.language.laws import LAWS
from symcheck.numbers.dependence import own_constants
from symcheck.numbers.program import NotSampled, Program, unfolded
from symcheck.numbers.relations import admitted
from symcheck.witness.domains import domains
from symcheck.witness.drawn import Drawn, Member
from symcheck.witness.relevant import relevant

__all__ = ["Judged", "judged", "leftovers"]

CHOICES = tuple(map(Fraction, ("1", "2", "1/2", "0", "-1", "3", "1/3", "4", "-1/2")))
MOST_CHOICES = 3000
SECONDS, TRIES = 1.0, 60  # for assumptions that have nothing to do with the line
FINITE = ("bernoulli", "rademacher")


class Judged(NamedTuple):
    """A claim in the core's words, a world as plain data, and that it is false there."""

    claim: tuple[Term, Term]
    world: Any
    refutation: Refutation


class Draft(World):
    """A world under construction: not everything is said yet."""

    def _complete(self) -> None:
        pass


def leftovers(context: Context, sides: Sequence[Any]) -> list[Drawn]:
    """Worlds for the assumptions that have nothing to do with a line."""
    from symcheck.witness.exact import refute

    known = relevant(context, sides)
    found: list[Drawn] = []
    todo = [h for h in context.hypotheses if h not in known.hypotheses]
    while todo:
        h = todo[0]
        own = relevant(context, (h.lhs, h.rhs))
        todo = [k for k in todo[1:] if k not in own.hypotheses]
        # Any world in which it holds: the sides differ by 1 in all of them.
        lhs = replace(unfolded(context, h.lhs), dict.fromkeys(h.indices, S.One))
        line = lhs, add(lhs, 1)
        accept = _acceptance(_restricted(own), line)
        w = refute(context, *line, seconds=SECONDS, tries=TRIES, accept=accept)
        w = w or refute(context, *line, seconds=SECONDS, tries=TRIES)
        if w is not None and w.drawn is not None:
            found.append(_part_of(w.drawn, own, context))
    return found


def _acceptance(own: Context, line: Sequence[Any]) -> Any:
    """Asks whether a world is one for a part of the context; None where that cannot be said."""
    try:
        bridge = Bridge(own)
    except Exception:  # the part speaks of what it has not
        return None
    return lambda w: None if isinstance(judged(bridge, line, w.drawn), Unshown) else w


def _restricted(own: Context) -> Context:
    """A part of a context without the independences and definitions of other variables."""
    there = own.randoms.keys()
    independence = []
    for f in own.independence:
        blocks = tuple(b for b in (tuple(t for t in b if t.name in there) for b in f.blocks) if b)
        if len(blocks) > (0 if f.over else 1):
            independence.append(with_(f, blocks=blocks))
    known = {
        n: d for n, d in own.definitions.items()
        if {x.name for x in random_variables(unfolded(own, d.body))} <= there
    }  # fmt: skip
    return with_(
        own, independence=independence, definitions=known,
        identities=[i for i in own.identities if all(t.name in there for t in i.blocks[0])],
        dependence=[d for d in own.dependence if d.of.name in there],
    )  # fmt: skip


def _part_of(drawn: Drawn, own: Context, context: Context) -> Drawn:
    """What a world says of the names of a part of the context."""
    free = {s.name for h in own.hypotheses for e in (h.lhs, h.rhs)
            for s in unfolded(context, e).free_symbols}  # fmt: skip
    free |= {s.name for r in own.relations for e in (r.left, r.right) for s in e.free_symbols}
    names = free | {s.name for r in own.randoms.values()
                    for e in (r.mean, r.variance, *(r.law[1] if r.law else ()))
                    if e is not None for s in unfolded(context, e).free_symbols}  # fmt: skip
    numbers = {n: v for n, v in drawn.numbers.items() if n in names and n not in context.indices}
    return with_(drawn, numbers=numbers)


def _merged(first: Drawn, others: Sequence[Drawn]) -> Drawn:
    """Worlds of parts that have no name in common, as one."""
    made = first
    for n, other in enumerate(others):
        other = _renamed(other, {r.name: RV(f"{r.name}{n}°", *r.indices) for r in other.latent})
        there = {m[0] for ms, _ in made.parts for m in ms} | {y.name for y, _ in made.made}
        if there & {m[0] for ms, _ in other.parts for m in ms}:
            continue
        shift = len(made.laws)
        parts_ = tuple(
            (ms, tuple((w, tuple((v[0], v[1], v[2] + shift) if isinstance(v, tuple) else v
                                 for v in vs)) for w, vs in rows))
            for ms, rows in other.parts
        )  # fmt: skip
        made = Drawn(
            {**other.numbers, **made.numbers}, {**other.cells, **made.cells},
            {**other.functions, **made.functions}, (*made.laws, *other.laws),
            (*made.parts, *parts_), (*made.made, *other.made), (*made.latent, *other.latent),
        )  # fmt: skip
    return made


def _renamed(drawn: Drawn, new: Mapping[str, RV]) -> Drawn:
    """The same with other names for what nobody has declared."""
    latent = tuple(with_(r, name=new[r.name].name) for r in drawn.latent)
    swaps = {r.name: (r.indices, new[r.name]) for r in drawn.latent}
    made = tuple((y, replace_variables(v, swaps)) for y, v in drawn.made)
    parts_ = tuple(
        (tuple((new[n].name if n in new else n, at) for n, at in ms), rows)
        for ms, rows in drawn.parts
    )  # fmt: skip
    return with_(drawn, latent=latent, made=made, parts=parts_)


def judged(
    bridge: Bridge, sides: Sequence[Any], drawn: Drawn, decide: Decide | None = None,
    trusts: str = "", others: Sequence[Drawn] = (),
) -> Judged | Unshown:  # fmt: skip
    """What the core says of the world, whole; or why it does not accept one."""
    try:
        if bridge.untold:
            raise Untold(f"no words for {bridge.untold[0]}")
        claim = bridge.term(sides[0]), bridge.term(sides[1])
        maker = _Maker(bridge, sides, _merged(drawn, others))
        refused = None
        for data in maker.worlds():
            answer = refute(bridge.declared, claim, data, decide, trusts)
            if isinstance(answer, Refutation):
                return Judged(claim, data, answer)
            refused = refused or answer
    except (Untold, NotSampled, Refused) as no:
        return Unshown(str(no))
    return refused or Unshown("nothing was tried")


class _Maker:
    def __init__(self, bridge: Bridge, sides: Sequence[Any], drawn: Drawn) -> None:
        self.bridge, self.context, self.sides = bridge, bridge.context, sides
        self.drawn = drawn
        whole = [bridge.declared.unfolded(bridge.term(e)) for e in sides]
        used = {p[1] for t in whole for p in parts(t) if p[0] == "c"}
        self.numbers = _numbers(self.context, drawn.numbers, used)
        self.boxes = self._boxes()
        self.laws = list(drawn.laws)
        self.cells = self._cells()
        self.functions = {n: dict(t) for n, t in drawn.functions.items()}
        for n, arity in bridge.declared.functions.items():
            if not self.functions.get(n):
                self.functions[n] = {(Fraction(0),) * arity: Fraction(1)}
        self.parts: list[tuple[list[Member], list[tuple[Fraction, list[Any]]]]] = [
            (list(ms), [(w, list(vs)) for w, vs in rows]) for ms, rows in drawn.parts
        ]

    # ------------------------------------------------------------ numbers and windows

    def _boxes(self) -> dict[str, list[tuple[int, int]]]:
        """The windows: what the line speaks of, and what is drawn."""
        c = self.context
        values = {n: int(v) for n, v in self.numbers.items() if v.denominator == 1}
        found: dict[str, list[tuple[int, int]]] = {}
        program = Program(values, {}, estimate=False)
        for e in self.sides:
            program.lower(unfolded(c, e))
        arities = {n: len(r.indices) for n, r in c.randoms.items()}
        arities |= {n: len(i) for n, i in c.params.items()}
        drawn = [m for ms, _ in self.drawn.parts for m in ms] + list(self.drawn.cells)
        for name, n in arities.items():
            extents = [*program.extents.get(name, ()), *program.parameters.get(name, ())]
            places = [[a, b] for a, b in extents] or [[1, 1] for _ in range(n)]
            for own, at in drawn:
                for k, i in enumerate(at) if own == name else ():
                    places[k] = [min(places[k][0], i), max(places[k][1], i)]
            found[name] = [(a, b) for a, b in places]
        return found

    def _grid(self, name: str) -> list[tuple[int, ...]]:
        return list(product(*(range(a, b + 1) for a, b in self.boxes[name])))

    def _cells(self) -> dict[Member, Fraction]:
        found = dict(self.drawn.cells)
        for name in self.context.params:
            sign = self.context.signs.get(name, "")
            for at in self._grid(name):
                found.setdefault((name, at), Fraction(-1 if sign == "<" else 1))
        return found

    def _data(self, shared: Sequence[Member] = ()) -> dict[str, Any]:
        d = self.bridge.declared
        numbers = [[n, [], _pair(v)] for n, v in self.numbers.items() if n in d.constants]
        numbers += [[n, list(at), _pair(v)] for (n, at), v in self.cells.items()]
        for n in d.constants:
            if n.partition(" ")[0] in ("bounded", "lipschitz") and n not in self.numbers:
                numbers.append([n, [], _pair(self._most(n))])
        families = [[n, [[a, b, a] for a, b in box]] for n, box in self.boxes.items()]
        tables = [
            [n, [[list(map(_pair, at)), _pair(v)] for at, v in t.items()]]
            for n, t in self.functions.items() if t
        ]  # fmt: skip
        parts = [
            {"drawn": [[n, list(at)] for n, at in ms],
             "outcomes": [[_pair(w), list(map(_value, vs))] for w, vs in rows]}
            for ms, rows in self.parts
        ]  # fmt: skip
        return {
            "numbers": numbers, "families": families, "functions": tables, "parts": parts,
            "laws": [[n, list(map(_coded, ps))] for n, ps in self.laws],
            "shared": [[n, list(at)] for n, at in shared],
        }  # fmt: skip

    def _most(self, constant: str) -> Fraction:
        """The bound of a function, or its steepest slope."""
        kind, _, f = constant.partition(" ")
        points = sorted(self.functions.get(f, {}).items())
        if kind == "bounded":
            return max((abs(v) for _, v in points), default=Fraction(1))
        pairs = pairwise(points)
        return max((abs((w - v) / (b[0] - a[0])) for (a, v), (b, w) in pairs), default=Fraction(1))

    # ------------------------------------------------------------ what else there is

    def worlds(self) -> Iterator[dict[str, Any]]:
        """Whole worlds, in which members outside of the windows are drawn in different ways."""
        c = self.context
        made = {y.name for y, _ in self.drawn.made}
        for name, r in c.randoms.items():
            there = {m for ms, _ in self.parts for m in ms}
            for at in self._grid(name) if name not in made else ():
                if (name, at) not in there:
                    self._draw(r, at)
        for r in self.drawn.latent:
            self._coins(r, [at for y, _ in self.drawn.made for at in self._grid(y.name)])
        for y, value in self.drawn.made:
            self._make(y, value)
        for k, (ms, rows) in enumerate(self.parts):
            keep = [n for n, m in enumerate(ms) if m[0] in c.randoms]
            if len(keep) < len(ms):
                self.parts[k] = _only(ms, rows, keep)
        self.parts = [p for p in self.parts if p[0]]
        self._owned()
        yield self._data()
        plain = [m for ms, rows in self.parts for n, m in enumerate(ms)
                 if all(isinstance(vs[n], Fraction) for _, vs in rows)]  # fmt: skip
        alone = [m for m in plain if not m[1]]
        if len(alone) < len(plain):
            yield self._data(plain)
            if alone:
                yield self._data(alone)

    def _number(self, e: Any, letters: Mapping[Any, int]) -> Fraction | None:
        """The value of an expression in constants, if it is a rational number."""
        found = self._exact(e, letters)
        return found if isinstance(found, Fraction) else None

    def _exact(self, e: Any, letters: Mapping[Any, int]) -> Value:
        """The value of an expression in constants."""
        t = replaced(self.bridge.term(e), {
            k: num(v) for s, v in letters.items() for k in (("v", s.name), ("c", s.name))
        })  # fmt: skip
        world = Draft(self.bridge.declared, self._data())
        return world.value(world.ground(t), {})

    def _owned(self) -> None:
        """Constants that are nothing but names of expectations (``assume E[x^3] = m``)."""
        for m, e in own_constants(self.context)[0].items():
            if isinstance(m, Symbol) and m.name not in self.drawn.numbers:
                found = self._number(unfolded(self.context, e), {})
                if found is not None:
                    self.numbers[m.name] = found

    def _draw(self, r: Random, at: tuple[int, ...]) -> None:
        """One member by itself."""
        letters = dict(zip(r.indices, at, strict=True))
        if r.law is not None:
            name, values = r.law[0], [self._exact(p, letters) for p in r.law[1]]
            if name in FINITE:
                if not all(isinstance(p, Fraction) for p in values):
                    raise Untold(f"the law of {r.name} has no exact parameter")
                p = values[0] if values else Fraction(1, 2)
                rows = [(1 - p, [Fraction(0 if values else -1)]), (p, [Fraction(1)])]
                self.parts.append(([(r.name, at)], [row for row in rows if row[0]]))
            else:
                self._continuous(r, at, name, values)
            return
        mean = None if r.mean is None else self._number(r.mean, letters)
        variance = None if r.variance is None else self._number(r.variance, letters)
        if r.atomless:
            default = 3 if r.sign in (">", ">=") else 0 if r.symmetric else 1
            m = Fraction(default) if mean is None else mean
            v = Fraction(1) if variance is None else variance
            self._continuous(r, at, "normal", [m, v])
            return
        rows = [(w, [x]) for w, x in _points(r, mean, variance)]
        self.parts.append(([(r.name, at)], rows))

    def _coins(self, r: Random, there: Sequence[tuple[int, ...]]) -> None:
        """A variable that is not declared, wherever one that is made of it may want it."""
        drawn = {m for ms, _ in self.parts for m in ms}
        for at in dict.fromkeys(at for at in there if len(at) == len(r.indices)):
            if (r.name, at) not in drawn:
                self._draw(r, at)

    def _continuous(
        self, r: Random, at: tuple[int, ...], name: str, values: Sequence[Value]
    ) -> None:
        self.laws.append((name, tuple(values)))
        one = Fraction(1)
        self.parts.append(([(r.name, at)], [(one, [(Fraction(0), one, len(self.laws) - 1)])]))

    def _make(self, y: Any, value: Any) -> None:
        """A variable that is a function of others, at all its indices."""
        t = self.bridge.term(value)
        data = self._data()
        for ms, _ in self.parts:
            for n, at in ms:  # what is not declared, and only helps
                if n not in self.boxes:
                    data["families"].append([n, [[i, i + 50, i] for i in at]])
                    self.boxes[n] = [(i, i + 50) for i in at]
        world = Draft(self.bridge.declared, data)
        terms = {}
        for at in self._grid(y.name):
            places = list(zip(y.indices, at, strict=True))
            if any(s.is_number and s != i for s, i in places):
                continue  # another member than the one that is made
            letters = [(s.name, num(i)) for s, i in places if not s.is_number]
            rule = {(tag, name): i for name, i in letters for tag in "vc"}
            terms[y.name, at] = world.ground(replaced(t, rule))
        needed = {(x[1], tuple(x[2:])) for u in terms.values() for x in world.members(u)}
        own = [k for k, (ms, _) in enumerate(self.parts) if needed & set(ms)]
        members = [m for k in own for m in self.parts[k][0]]
        rows = [
            (w, [row[_x(m)] for m in members] + [world.value(u, row) for u in terms.values()])
            for w, row in world.joint(map(_x, members))
        ]  # fmt: skip
        self.parts = [p for k, p in enumerate(self.parts) if k not in own]
        self.parts.append(([*members, *terms], rows))


def _x(m: Member) -> Term:
    return ("x", m[0], *m[1])


def _only(ms: list[Member], rows: list[Any], keep: list[int]) -> tuple[list[Member], list[Any]]:
    """The joint law of some members."""
    table: dict[tuple[Any, ...], Fraction] = {}
    for w, vs in rows:
        key = tuple(vs[k] for k in keep)
        table[key] = table.get(key, Fraction(0)) + w
    return [ms[k] for k in keep], [(w, list(key)) for key, w in table.items()]


def _pair(v: Any) -> list[int]:
    v = Fraction(v)
    return [v.numerator, v.denominator]


def _coded(v: Value) -> Any:
    """A value without variables as data."""
    if isinstance(v, Fraction):
        return _pair(v)
    found = [["*", _pair(c), *(["^", _atom(a), _pair(k)] for a, k in m)] for m, c in items(v)]
    return ["+", *found] if len(found) > 1 else found[0]


def _atom(a: Any) -> Any:
    if a[0] not in ("f", "^"):
        raise Untold("a parameter of a law that is no plain number")
    return [k if isinstance(k, str) else _coded(k) for k in a]


def _value(v: Any) -> Any:
    """A value as data: a number; a + b u; or a polynomial of the core's."""
    if isinstance(v, Fraction):
        return _pair(v)
    if len(v) == 3 and isinstance(v[2], int):
        a, b, k = v
        return [[_pair(a), []], [_pair(b), [[k, 1]]]]
    found = []
    for m, c in items(v):
        if any(a[0] != "g" for a, _ in m):
            raise Untold("a value that is no number")
        found.append([_pair(c), [[a[1], k] for a, k in m]])
    return found


def _points(
    r: Random, mean: Fraction | None, variance: Fraction | None
) -> list[tuple[Fraction, Fraction]]:
    """The simplest law with the declared moments."""
    half, one = Fraction(1, 2), Fraction(1)
    if mean is None:
        mean = Fraction(0) if r.symmetric else Fraction(2)
    if variance is None:
        variance = one if mean > 1 or not r.sign else mean * mean / 4
    if variance <= 0:
        return [(one, mean)]
    a, b = isqrt(variance.numerator), isqrt(variance.denominator)
    if a * a == variance.numerator and b * b == variance.denominator:
        d = Fraction(a, b)
        good = not r.sign or (r.sign == "!=" and abs(mean) != d) or mean - d > 0
        if good or (r.sign == ">=" and mean >= d):
            return [(half, mean - d), (half, mean + d)]
    if r.symmetric:
        d = Fraction(isqrt(int(variance)) + 1)
        p = variance / (2 * d * d)
        return [(p, -d), (1 - 2 * p, Fraction(0)), (p, d)] if r.sign != "!=" else []
    d = one if not r.sign else mean / 2
    if r.sign == "!=" and mean in (d, -variance / d):
        d = Fraction(3, 2)
    e = variance / d
    return [(e / (d + e), mean - d), (d / (d + e), mean + e)]


def _numbers(
    context: Context, known: Mapping[str, Fraction], used: set[str]
) -> dict[str, Fraction]:
    """Values of all sizes, constants and indices: those that are known, and fitting ones."""
    asked = [d for r in context.randoms.values() for d in domains(context, r) if not d.indices]
    for r in context.randoms.values():
        spread = LAWS[r.law[0]].spread(*r.law[1]) if r.law else S.One
        if not r.indices and spread.free_symbols:
            asked.append(Relation(unfolded(context, spread), ">", S.Zero, ()))
    context = with_(context, relations=[*context.relations, *asked])
    spare = {n for n in context.indices if n not in used}
    found = {n: v for n, v in known.items() if n not in spare}
    ranges = {i.name: ends for i, ends in context.ranges.items() if i.name in used}
    todo: list[tuple[str, list[Fraction]]] = []
    for n, s in context.sizes.items():
        if n not in found:
            todo.append((n, [Fraction(k) for k in range(0 if not s.is_positive else 1, 6)]))
    for n, s in context.symbols.items():
        if n not in found:
            todo.append((n, [v for v in CHOICES if _allowed(s, v)] or [Fraction(1)]))
    for n in used & context.indices.keys():
        if n not in found:
            todo.append((n, [Fraction(k) for k in (1, 2, 3, 4, 5, 6, 0)]))
    tries = iter(range(MOST_CHOICES))

    def fitting(values: dict[str, Fraction], left: list[tuple[str, list[Fraction]]]) -> Any:
        if not admitted(context, values) or not _in_place(context, ranges, values):
            return None
        if not left:
            return values
        (n, choices), *rest = left
        for v in choices:
            if next(tries, None) is None:
                return None
            made = fitting(values | {n: v}, rest)
            if made is not None:
                return made
        return None

    values = fitting(found, todo)
    if values is None:
        raise Untold("no constants between which the relations hold were found")
    return dict(values) | dict.fromkeys(spare, Fraction(1))


def _in_place(context: Context, ranges: Mapping[str, Any], values: Mapping[str, Fraction]) -> bool:
    """Are the indices in their ranges, and different where they have to be?"""
    table = {**context.sizes, **context.symbols, **context.indices}
    rule = {table[n]: v.numerator for n, v in values.items() if n in table and v.denominator == 1}
    for n, (low, high) in ranges.items():
        ends = [e.subs(rule) for e in (low, high)]
        if n in values and all(e.is_number for e in ends) and not ends[0] <= values[n] <= ends[1]:
            return False
    return all((a - b).subs(rule) != 0 for a, b in context.apart if {a, b} <= rule.keys())


def _allowed(s: Any, v: Fraction) -> bool:
    if s.is_positive:
        return v > 0
    if s.is_negative:
        return v < 0
    if s.is_nonnegative:
        return v >= 0
    return v != 0 if s.is_nonzero else not (s.is_nonpositive and v > 0)
