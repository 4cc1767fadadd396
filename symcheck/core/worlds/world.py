"""A world as plain data: numbers, laws and joint outcomes; and what terms are in it.

Members of a family are drawn in a window of its indices.  A member outside of it is a *copy*:
where an index is outside, the index ``copy`` of the window stands for it, and all members with the
same indices outside are drawn once more, together, from the law of the members that stand for
them: independent of all else given the values of ``shared``.  So a world says what all members
are, infinitely many; constants outside are those of the window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from symcheck.core.declared import Declared, name, natural, number
from symcheck.core.rules.pointwise import derivative
from symcheck.core.worlds import moments
from symcheck.core.worlds.values import (
    Value,
    apply,
    atoms,
    generators,
    holds,
    items,
    packed,
    plus,
    power,
    renamed,
    symbol,
    times,
)  # fmt: skip

from symcheck.core.terms import (  # isort: skip
    KNOWN, Term, binds, kids, need, num, opened, with_kids,
)  # fmt: skip

MOST_ROWS, MOST_WORK, MOST_SIZE, MOST_MEMBERS = 20_000, 400_000, 20_000, 4000
Label = tuple[int | None, ...]
Row = tuple[Fraction, dict[Term, Value]]


class World:
    """The numbers and the joint law that plain data tell of.  Raises Refused."""

    def __init__(self, declared: Declared, data: Any) -> None:
        self.declared, self.work = declared, MOST_WORK
        need(isinstance(data, dict), "no world")
        self.numbers = {
            ("c", name(n), *map(whole, listed(at))): number(v)
            for n, at, v in triples(data.get("numbers"))
        }
        self._means: dict[tuple[Term, ...], Any] = {}
        self.under: list[Term] = []  # what stands under sums without terms
        self.open: set[Any] = set()  # expectations without an exact value, and what is in them
        self.windows: dict[str, list[tuple[int, int, int]]] = {}
        self.laws = [
            (name(n), tuple(self.value(self.ground(constant(p)), {}) for p in listed(ps)))
            for n, ps in pairs(data.get("laws"))
        ]
        for n, places in pairs(data.get("families")):
            self.windows[name(n)] = [tuple(map(whole, listed(p))) for p in listed(places)]  # type: ignore[misc]
        self.functions = {
            name(n): sorted((tuple(map(number, listed(at))), number(v)) for at, v in pairs(table))
            for n, table in pairs(data.get("functions"))
        }
        self.tables = [self._table(p) for p in listed(data.get("parts"))]
        self.home = {x: n for n, (xs, _) in enumerate(self.tables) for x in xs}
        self.shared = {self._member(x) for x in listed(data.get("shared"))}
        self._complete()

    def _member(self, data: Any) -> Term:
        n, at = two(data)
        return ("x", name(n), *map(whole, listed(at)))

    def _table(self, data: Any) -> tuple[list[Term], list[tuple[Fraction, tuple[Value, ...]]]]:
        need(isinstance(data, dict), "no joint law")
        members = [self._member(x) for x in listed(data.get("drawn"))]
        rows = [(number(w), tuple(map(self._value, listed(vs))))
                for w, vs in pairs(data.get("outcomes"))]  # fmt: skip
        need(all(len(vs) == len(members) for _, vs in rows), "an outcome of another length")
        need(all(w >= 0 for w, _ in rows), "a negative probability")
        need(sum((w for w, _ in rows), Fraction(0)) == 1, "the probabilities do not add up to 1")
        return members, [row for row in rows if row[0]]

    def _value(self, data: Any) -> Value:
        """A number, or a polynomial: [[coefficient, [[law, power], ...]], ...]."""
        if listed(data) and isinstance(data[0], int):
            return number(data)
        total: Value = Fraction(0)
        for c, powers in pairs(data):
            made: Value = number(c)
            for k, n in pairs(powers):
                need(natural(k) < len(self.laws), "no such law")
                made = times(made, power(symbol("g", k, ()), Fraction(natural(n))))
            total = plus(total, made)
        return total

    def _complete(self) -> None:
        """Is every member in a window drawn, once, and is every constant a number of its kind?"""
        d = self.declared
        need(len(self.home) == sum(len(xs) for xs, _ in self.tables), "a member drawn twice")
        need(self.shared <= self.home.keys(), "what is shared is not drawn")
        for family, n in (*d.randoms.items(), *((k, m) for k, (m, _) in d.constants.items())):
            places = self.windows.get(family, [])
            need(len(places) == n, f"{family} has no window for its indices")
            need(all(len(p) == 3 and p[0] <= p[2] <= p[1] for p in places), "no window")
            need(prod(p[1] - p[0] + 1 for p in places) <= MOST_MEMBERS, "a window too large")
            tag, there = ("x", self.home) if family in d.randoms else ("c", self.numbers)
            for at in product(*(range(p[0], p[1] + 1) for p in places)):
                need((tag, family, *at) in there, f"nothing is said of a member of {family}")
        for c, v in self.numbers.items():
            kind = d.constants.get(str(c[1]), (0, "real"))[1]
            need(kind == "real" or v.denominator == 1, f"{c[1]} is a whole number")
        for law, ps in self.laws:
            self._possible(law, ps)
        values = (v for _, rows in self.tables for _, vs in rows for v in vs)
        need(all(set(atoms(v)) <= {("g", k, ()) for k in range(len(self.laws))} for v in values),
             "no value")  # fmt: skip

    def _possible(self, law: str, ps: Sequence[Value]) -> None:
        need(moments.PARAMETERS.get(law) == len(ps), f"no law {law} with a density or many values")
        spread = moments.positive(law, ps)
        need(spread is None or self.sign(spread) == 1, f"no parameters of {law}")

    # ------------------------------------------------------------ terms without letters

    def ground(self, t: Term) -> Term:
        """t with numbers for constants and indices; sums written out, definitions unfolded.
        Letters that are left stay."""
        self.spend(1)
        tag = t[0]
        if tag == "q":
            return num(t[1])
        if tag == "d":
            return self.ground(self.declared.unfold(t))
        if tag == "S":
            lo, hi = (self.index(self.ground(k)) for k in t[1:3])
            need(hi - lo < MOST_SIZE, "a sum too long")
            if hi < lo:
                self.under += map(self.ground, closed_parts(t[3]))
            return ("+", *(self.ground(opened(t[3], num(k))) for k in range(lo, hi + 1)))
        if tag == "D":
            return self.ground(derivative(self.declared, (), t)[2])
        made = with_kids(t, tuple(map(self.ground, kids(t))))
        if tag in ("x", "c") and all(k[0] == "q" for k in kids(made)):
            at = tuple(map(self.index, kids(made)))
            return (tag, t[1], *at) if tag == "x" else num(self.number(("c", t[1], *at)))
        if tag in ("+", "*") and all(k[0] == "q" for k in kids(made)):
            return num(sum(k[1] for k in made[1:]) if tag == "+" else prod(k[1] for k in made[1:]))
        return made

    def index(self, t: Term) -> int:
        """The whole number that a term without letters is."""
        need(t[0] == "q" and isinstance(t[1], int), "an index that is no number here")
        return int(t[1])

    def number(self, c: Term) -> Fraction:
        """The value of a constant; outside of its window that of the one that stands for it."""
        at = self.place(c)[0]
        need(at in self.numbers, f"nothing is said of {c[1]}")
        return self.numbers[at]

    def place(self, x: Term) -> tuple[Term, Label]:
        """The drawn member that x is, or is a copy of; and its indices outside."""
        places = self.windows.get(x[1], [])
        need(len(places) == len(x) - 2, f"{x[1]} has no window")
        base = [i if lo <= i <= hi else copy
                for i, (lo, hi, copy) in zip(x[2:], places, strict=True)]  # fmt: skip
        label = [None if lo <= i <= hi else i
                 for i, (lo, hi, _) in zip(x[2:], places, strict=True)]  # fmt: skip
        while label and label[-1] is None:
            label.pop()
        return (*x[:2], *base), tuple(label)

    def forget(self) -> None:
        """Forget which expectations have no exact value, and what stands under empty sums."""
        self._means, self.open, self.under = {}, set(), []

    def spend(self, n: int) -> None:
        """Refuse when the work gets too much."""
        self.work -= n
        need(self.work > 0, "too much work to judge")

    # ------------------------------------------------------------ outcomes

    def joint(self, members: Iterable[Term]) -> list[Row]:
        """The joint law of some members, outcome by outcome."""
        wanted: dict[int, dict[Label, dict[Term, Term]]] = {}
        for x in members:
            base, label = self.place(x)
            wanted.setdefault(self.home[base], {}).setdefault(label, {})[x] = base
        rows: list[Row] = [(Fraction(1), {})]
        for n, copies in sorted(wanted.items()):
            more = self._copies(n, copies)
            need(len(rows) * len(more) <= MOST_ROWS, "too many outcomes")
            self.spend(len(rows) * len(more))
            rows = [(p * q, {**a, **b}) for p, a in rows for q, b in more]
        return rows

    def _copies(self, n: int, copies: dict[Label, dict[Term, Term]]) -> list[Row]:
        """Members of one part and their copies: these are independent given what is shared."""
        drawn, outcomes = self.tables[n]
        own = [k for k, x in enumerate(drawn) if x in self.shared]
        at = {x: k for k, x in enumerate(drawn)}
        groups: dict[Any, Fraction] = {}
        states: dict[tuple[Any, ...], Fraction] = {}
        for w, vs in outcomes:
            key = tuple(vs[k] for k in own)
            need(all(isinstance(v, Fraction) for v in key), "what is shared is no number")
            groups[key] = groups.get(key, Fraction(0)) + w
            row = tuple(vs[at[b]] for b in copies.get((), {}).values())
            states[key, row] = states.get((key, row), Fraction(0)) + w
        names = list(copies.get((), {}))
        for label, wanted in copies.items():
            if label == ():
                continue
            names += wanted
            self.spend(len(states) * len(outcomes))
            new: dict[tuple[Any, ...], Fraction] = {}
            for (key, row), p in states.items():
                for w, vs in outcomes:
                    if tuple(vs[k] for k in own) == key:
                        more = tuple(relabelled(vs[at[b]], label) for b in wanted.values())
                        new[key, row + more] = new.get((key, row + more), 0) + p * w / groups[key]
            need(len(new) <= MOST_ROWS, "too many outcomes")
            states = new
        found: dict[tuple[Any, ...], Fraction] = {}
        for (_, row), p in states.items():
            found[row] = found.get(row, Fraction(0)) + p
        return [(p, dict(zip(names, row, strict=True))) for row, p in found.items()]

    def members(self, *terms: Term) -> set[Term]:
        """The members on whose outcome the value of terms depends."""
        found: set[Term] = set()
        for t in terms:
            if t[0] == "x":
                found.add(t)
            else:
                found |= self.members(*(t[2:] if t[0] == "E" else kids(t)))
        return found

    def rows(self, *terms: Term) -> Iterator[tuple[Fraction, list[Value]]]:
        """The values of some terms on every outcome, with its probability."""
        for p, row in self.joint(self.members(*terms)):
            yield p, [self.value(t, row) for t in terms]

    # ------------------------------------------------------------ values

    def value(self, t: Term, row: dict[Term, Value]) -> Value:
        """The value of a term without letters on an outcome."""
        self.spend(1)
        tag = t[0]
        if tag == "q":
            return Fraction(t[1])
        if tag == "x":
            return row[t]
        if tag == "E":
            return self.mean(t[1], t[2:], row)
        need(tag in "+*^f1", "a letter without a value")
        below = [self.value(k, row) for k in kids(t)]
        if tag == "+":
            return plus(*below)
        if tag == "^":
            return power(*below)
        if tag == "f":
            known = t[1] in KNOWN
            return apply(t[1], below, self.sign) if known else self.function(t[1], below)
        if tag == "1":
            way = self.sign(below[0])
            return symbol(*t[:2], below[0]) if way is None else Fraction(holds(t[1], way))
        made: Value = Fraction(1)
        for v in below:
            made = times(made, v)
        return made

    def function(self, f: str, args: list[Value]) -> Value:
        """A declared function: linear between the points that are told, constant beyond them;
        of several arguments 0 elsewhere."""
        points = self.functions.get(f, [])
        if len(points) == len(args) == 1:
            return points[0][1]
        need(points and all(isinstance(v, Fraction) for v in args), f"{f} has no value here")
        need(all(len(at) == len(args) for at, _ in points), f"{f} takes another number of values")
        told = dict(points)
        if len(args) > 1 or tuple(args) in told:
            return told.get(tuple(args), Fraction(0))
        (u,) = args
        below = [p for p in points if p[0][0] < u]
        above = [p for p in points if p[0][0] > u]
        if not below or not above:
            return (below or above)[-1 if below else 0][1]
        ((a,), left), ((b,), right) = below[-1], above[0]
        return left + (right - left) * (u - a) / (b - a)

    def mean(self, g: Term, given: Sequence[Term], row: dict[Term, Value]) -> Value:
        """E[g | given] on an outcome."""
        if not given and g[0] == "+":
            return plus(*(self.mean(k, (), row) for k in g[1:]))
        key = (g, *given)
        if key not in self._means:
            self._means[key] = self._conditional(g, given)
        table = self._means[key]
        at = tuple(self.value(k, row) for k in given)
        need(at in table, "what is given is not known apart")
        return table[at]

    def _conditional(self, g: Term, given: Sequence[Term]) -> dict[Any, Value]:
        keep: set[Any] = set()
        sums: dict[Any, tuple[Fraction, Value]] = {}
        seen: dict[int, Any] = {}
        for p, (v, *at) in self.rows(g, *given):
            for k, u in enumerate(at):
                if isinstance(u, tuple):
                    need(seen.setdefault(k, u) == u, "what is given is not known apart")
                    keep.add(alone(u))
                else:
                    need(k not in seen or not isinstance(seen[k], tuple), "not known apart")
                    seen.setdefault(k, Fraction(0))
            weight, total = sums.get(tuple(at), (Fraction(0), Fraction(0)))
            sums[tuple(at)] = weight + p, plus(total, times(p, v))
        return {
            at: self.integrated(times(1 / weight, total), keep)
            for at, (weight, total) in sums.items()
        }

    def integrated(self, v: Value, keep: set[Any]) -> Value:
        """The expectation over all variables of named laws but those that are kept."""
        total: Value = Fraction(0)
        for m, c in items(v):
            rest, inside, made = [], [], c
            for a, k in m:
                own = {a} if a[0] == "g" else generators(packed({((a, 1),): Fraction(1)}))
                if own - keep:
                    need(a[0] == "g" or not own & keep, "a function of what is given and is not")
                    inside.append((a, k))
                else:
                    rest.append((a, k))
            if all(a[0] == "g" for a, _ in inside):
                for a, k in inside:
                    made = times(made, self.moment(a, k))
            else:
                mean = symbol("E", packed({tuple(inside): Fraction(1)}))
                self.open.update(atoms(mean))
                made = times(made, mean)
            total = plus(total, times(made, packed({tuple(rest): Fraction(1)})))
        return total

    def moment(self, g: Any, n: int) -> Value:
        """E[g^n] of a variable of a named law.  Refused where it is not finite, or not known."""
        self.exists(g, n)
        return moments.moment(self.laws[g[1]][0], n, self.laws[g[1]][1])

    def exists(self, g: Any, n: int) -> None:
        """Refuse unless E|g|^n is finite."""
        law, ps = self.laws[g[1]]
        need(moments.exists(law, n, ps), "an expectation that is not finite")

    def sign(self, v: Value) -> int | None:
        """The sign of a value almost surely, where it is known."""
        if isinstance(v, Fraction):
            return sign_of(v)
        lows, highs = [], []
        for m, c in items(v):
            a, b = self._bounds(m)
            low, high = (a, b) if c > 0 else (b, a)
            lows.append(None if low is None else c * low)
            highs.append(None if high is None else c * high)
        if None not in lows and sum(x for x in lows if x is not None) >= 0:
            return 1
        return -1 if None not in highs and sum(x for x in highs if x is not None) <= 0 else None

    def _bounds(self, m: Any) -> tuple[Fraction | None, Fraction | None]:
        """Between what a monomial lies: a variable with a density, or positive numbers."""
        if not m:
            return Fraction(1), Fraction(1)
        if all(positive(a) for a, _ in m):
            return Fraction(0), None  # and it is not 0
        if len(m) == 1 and m[0][1] == 1 and m[0][0][0] == "g":
            law, ps = self.laws[m[0][0][1]]
            if law in ("uniform", "exponential") and all(isinstance(p, Fraction) for p in ps):
                return ps if law == "uniform" else (Fraction(0), None)
        return None, None


def closed_parts(body: Term) -> Iterator[Term]:
    """The largest parts of the body of a sum in which no index is bound outside of them."""
    if not loose(body):
        yield body
        return
    for k in kids(body):
        yield from closed_parts(k)


def loose(t: Term, depth: int = 0) -> bool:
    """Is there an index that nothing in t binds?"""
    if t[0] == "b":
        return bool(t[1] >= depth)
    return any(loose(k, depth + binds(t, n)) for n, k in enumerate(kids(t)))


def alone(v: Value) -> Any:
    """The variable of a named law of which v is a linear function."""
    found = [m for m, _ in items(v) if m]
    need(len(found) == 1 and len(found[0]) == 1 and found[0][0][1] == 1, "not known apart")
    need(found[0][0][0][0] == "g", "not known apart")
    return found[0][0][0]


def positive(a: Any) -> bool:
    """Is an atom a positive number, by its form?"""
    return (a[:2] in (("f", "pi"), ("f", "e"), ("f", "exp")) and not generators_of(a)) or (
        a[0] == "^" and isinstance(a[1], Fraction) and a[1] > 0 and not generators_of(a)
    )  # fmt: skip


def generators_of(a: Any) -> set[Any]:
    return generators(symbol(*a))


def constant(data: Any, depth: int = 0) -> Term:
    """A number, or a term of numbers: ["f", "pi"], ["^", [2, 1], [1, 2]], ["+", ...]."""
    if len(listed(data)) == 2 and type(data[0]) is int:
        return num(number(data))
    need(depth < 20 and data and data[0] in ("f", "^", "+", "*"), "no constant")
    head = 2 if data[0] == "f" else 1
    need(
        data[0] != "f" or (len(data) > 1 and KNOWN.get(name(data[1])) == len(data) - 2),
        "no constant",
    )
    need(data[0] != "^" or len(data) == 3, "no constant")
    return (*data[:head], *(constant(k, depth + 1) for k in data[head:]))


def relabelled(v: Value, label: Label) -> Value:
    """The value in a copy."""
    return renamed(v, lambda g: symbol("g", g[1], label))


def sign_of(v: Fraction) -> int:
    return (v > 0) - (v < 0)


def listed(data: Any) -> list[Any]:
    """A list, not too long."""
    need(isinstance(data, list) and len(data) <= MOST_ROWS, "no list")
    return list(data)


def two(data: Any) -> tuple[Any, Any]:
    need(isinstance(data, list) and len(data) == 2, "no pair")
    return data[0], data[1]


def pairs(data: Any) -> list[tuple[Any, Any]]:
    return [two(p) for p in listed(data)]


def triples(data: Any) -> list[tuple[Any, Any, Any]]:
    need(all(isinstance(t, list) and len(t) == 3 for t in listed(data)), "no triple")
    return [(t[0], t[1], t[2]) for t in data]


def whole(data: Any) -> int:
    """A whole number."""
    need(type(data) is int and abs(data) < 10**6, "no whole number")
    return int(data)
