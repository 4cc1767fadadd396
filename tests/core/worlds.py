"""Worlds in which a formula of the core is true or false: an evaluator that shares nothing with it.

A world has finitely many outcomes with exact weights.  A term has a value at every outcome, by
the table in the docstring of ``symcheck.core.terms``; a formula without free letters is true or
false; a theorem is true if its formula is for all values of its letters, out of a window of
whole numbers, for which its hypotheses are.

Exact are fractions, whole powers, and functions that are exact on fractions; the rest is floats.

For what does not exist in finite worlds there is one number more, ``G``: it is 2, 4, 8, ... with
probability 1/2, 1/4, 1/8, ..., independent of the outcome.  A value is then a polynomial in G, and
E[G^k] = 1/2^(1-k) + 1/4^(1-k) + ... is 1/(2^(1-k) - 1) for k < 1, and infinite from k = 1 on.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

Value = Any  # a Fraction, a float, or Heavy
Env = Mapping[str, int]
WINDOW = range(-1, 5)
FIRST = {"c": 2, "x": 2, "d": 2, "f": 2, "1": 2, "+": 1, "*": 1, "^": 1, "E": 1, "S": 1, "D": 1}


class Undecided(Exception):
    """The evaluator does not know: no answer is better than a guess."""


class Meaningless(Exception):
    """A part of a line does not mean what it says: a pole, a root, a divergent expectation."""


class Heavy:
    """A polynomial in G, exponents any rational numbers: what is unbounded."""

    def __init__(self, terms: Mapping[Fraction, Value]) -> None:
        self.terms = {Fraction(k): c for k, c in terms.items() if c}

    @staticmethod
    def of(v: Value) -> Heavy:
        return v if isinstance(v, Heavy) else Heavy({Fraction(0): v})

    def plain(self) -> Value:
        """A number where it is one."""
        return self.terms.get(Fraction(0), Fraction(0)) if not set(self.terms) - {0} else self

    def __add__(self, other: Value) -> Value:
        total = dict(self.terms)
        for k, c in Heavy.of(other).terms.items():
            total[k] = total.get(k, Fraction(0)) + c
        return Heavy(total).plain()

    def __mul__(self, other: Value) -> Value:
        total: dict[Fraction, Value] = {}
        for (k, a), (m, b) in product(self.terms.items(), Heavy.of(other).terms.items()):
            total[k + m] = total.get(k + m, Fraction(0)) + a * b
        return Heavy(total).plain()

    __radd__, __rmul__ = __add__, __mul__

    def sign(self) -> int:
        """The sign, if it is the same at G = 2, 4, ..., 4096, and far out."""
        if not self.terms:
            return 0
        here = (sum(c * 2.0 ** (n * k) for k, c in self.terms.items()) for n in range(1, 13))
        signs = {(s > 0) - (s < 0) for s in here} | {1 if self.terms[max(self.terms)] > 0 else -1}
        if len(signs) != 1:
            raise Undecided("a sign that depends on G")
        return signs.pop()

    def power(self, e: Value) -> Value:
        if e == int(e) and e >= 0:
            return math.prod([self] * int(e), start=Fraction(1))
        if len(self.terms) != 1:
            raise Undecided("a power of a sum with G")
        ((k, c),) = self.terms.items()
        return Heavy({k * Fraction(e): power(c, e)})

    def mean(self) -> Value:
        """E over G, None where E|.| is infinite."""
        if any(k >= 1 for k in self.terms):
            return None
        whole = all(k.denominator == 1 for k in self.terms)
        two = Fraction(2) if whole else 2.0
        return sum((c / (two ** (1 - k) - 1) for k, c in self.terms.items()), Fraction(0))

    def __float__(self) -> float:
        raise Undecided("a function of G")

    def __eq__(self, other: object) -> bool:
        return self.terms == Heavy.of(other).terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __repr__(self) -> str:
        return " + ".join(f"{c} G^{k}" for k, c in self.terms.items())


G = Heavy({Fraction(1): Fraction(1)})
ROOT_G = Heavy({Fraction(1, 2): Fraction(1)})


def sign(v: Value) -> int:
    if isinstance(v, Heavy):
        return v.sign()
    if isinstance(v, float) and 0 < abs(v) < 1e-9:
        raise Undecided("0, or the rounding of something small")
    return (v > 0) - (v < 0)


def close(a: Value, b: Value) -> bool:
    """Are two values the same, up to rounding where they are floats?"""
    if isinstance(a, Heavy) or isinstance(b, Heavy):
        p, q = Heavy.of(a).terms, Heavy.of(b).terms
        return set(p) == set(q) and all(close(p[k], q[k]) for k in p)
    if isinstance(a, float) or isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return bool(a == b)


def root(c: Fraction, n: int) -> Value:
    """The n-th root of a positive number, exact where it is rational."""
    for size in (c.numerator, c.denominator):
        if round(size ** (1 / n)) ** n != size:
            return float(c) ** (1 / n)
    return Fraction(round(c.numerator ** (1 / n)), round(c.denominator ** (1 / n)))


def power(a: Value, e: Value, strict: bool = False) -> Value:
    """a^e, total: 0^e is 0 but for e = 0; of a negative number only whole powers are not 0."""
    if isinstance(e, Heavy):
        raise Undecided("an exponent with G")
    if isinstance(a, Heavy):
        return a.power(e)
    whole = not isinstance(e, float) and e.denominator == 1
    s = sign(a)
    if strict and ((s == 0 and e < 0) or (s < 0 and not whole)):
        raise Meaningless(f"{a}^{e}")
    if s == 0:
        return Fraction(int(e == 0))
    if s < 0 and not whole:
        return Fraction(0)
    if whole:
        return a ** int(e)
    if isinstance(e, Fraction) and isinstance(a, Fraction):
        exact = root(a, e.denominator)
        return exact**e.numerator
    return float(a) ** float(e)


def exact_at(point: Value, value: int, f: Callable[[float], float]) -> Callable[[Value], Value]:
    """f, exact where its argument is a given number."""
    return lambda a: Fraction(value) if a == point else f(float(a))


def log(a: Value, strict: bool = False) -> Value:
    if sign(a) <= 0:
        if strict:
            raise Meaningless("a logarithm")
        return Fraction(0)
    return Fraction(0) if a == 1 else math.log(float(a))


def leaky(a: Value, slope: Value) -> Value:
    return a if sign(a) > 0 else slope * a


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "exp": exact_at(0, 1, math.exp),
    "log": log,
    "sin": exact_at(0, 0, math.sin),
    "cos": exact_at(0, 1, math.cos),
    "tanh": exact_at(0, 0, math.tanh),
    "erf": exact_at(0, 0, math.erf),
    "sigmoid": lambda a: Fraction(1, 2) if a == 0 else 1 / (1 + math.exp(-float(a))),
    "sign": lambda a: Fraction(sign(a)),
    "abs": lambda a: a * sign(a),
    "relu": lambda a: a if sign(a) > 0 else Fraction(0),
    "leaky_relu": leaky,
    "max": lambda a, b: a if sign(a + -1 * b) >= 0 else b,
    "min": lambda a, b: b if sign(a + -1 * b) >= 0 else a,
    "pi": lambda: math.pi,
    "e": lambda: math.e,
}
TRUE: dict[str, Callable[[int], bool]] = {
    ">": lambda s: s > 0,
    ">=": lambda s: s >= 0,
    "=": lambda s: s == 0,
    "!=": lambda s: s != 0,
}


def at(table: Any, index: tuple[int, ...]) -> Any:
    """An entry of a table: a value, a dict by indices, or a function of them."""
    if callable(table):
        return table(*index)
    if isinstance(table, dict):
        return table[index if len(index) != 1 else index[0]]
    return table


@dataclass(frozen=True)
class World:
    """Outcomes with weights, and what every name stands for.

    ``constants`` and ``randoms`` are tables (:func:`at`), the latter of one value for each
    outcome; ``lets`` are ``name: (letters, body)``; ``slopes`` say how a variable that is
    declared a function of others grows with each: ``(name, other): table`` by both indices.
    """

    weights: Sequence[Fraction] = (Fraction(1),)
    constants: Mapping[str, Any] = field(default_factory=dict)
    randoms: Mapping[str, Any] = field(default_factory=dict)
    lets: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Value]] = field(default_factory=dict)
    slopes: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    window: Iterable[int] = WINDOW

    # ------------------------------------------------------------ terms

    def value(
        self, t: Any, w: int, env: Env, bound: tuple[int, ...] = (), strict: bool = False
    ) -> Value:
        """The value of a term at the outcome w."""

        def go(u: Any, inner: tuple[int, ...] = bound) -> Value:
            return self.value(u, w, env, inner, strict)

        tag, below = t[0], t[FIRST.get(t[0], len(t)) :]
        if tag == "q":
            return t[1]
        if tag == "v":
            return Fraction(env[t[1]])
        if tag == "b":
            return Fraction(bound[t[1]])
        if tag in ("c", "x", "d"):
            index = tuple(map(self._whole, map(go, below)))
            if tag == "c":
                return Fraction(env[t[1]]) if t[1] in env else at(self.constants[t[1]], index)
            if tag == "x":
                return at(self.randoms[t[1]], index)[w]
            letters, body = self.lets[t[1]]
            own = dict(zip((v[1] for v in letters), index, strict=True))
            return self.value(body, w, own, (), strict)
        if tag == "+":
            return sum(map(go, below), Fraction(0))
        if tag == "*":
            return self._product(below, go)
        if tag == "^":
            return power(go(t[1]), go(t[2]), strict)
        if tag == "f":
            f = self.functions.get(t[1]) or FUNCTIONS[t[1]]
            return log(go(t[2]), strict) if f is log else f(*map(go, below))
        if tag == "1":
            return Fraction(int(TRUE[t[1]](sign(go(t[2])))))
        if tag == "S":
            lo, hi = math.ceil(go(t[1])), math.floor(go(t[2]))
            return sum((go(t[3], (k, *bound)) for k in range(lo, hi + 1)), Fraction(0))
        if tag == "E":
            return self.mean(t[1], below[1:], w, env, bound, strict)
        if tag == "D":
            x = (*t[2][:2], *(("q", go(k)) for k in t[2][2:]))
            return self.slope(t[1], x, w, env, bound)
        raise Undecided(f"no such term: {tag}")

    @staticmethod
    def _whole(v: Value) -> int:
        if isinstance(v, Heavy) or v != int(v):
            raise Meaningless("an index that is not whole")
        return int(v)

    @staticmethod
    def _product(below: tuple[Any, ...], go: Callable[[Any], Value]) -> Value:
        """A product; beside an indicator that is 0, nothing else has to mean anything."""
        if any(k[0] == "1" and go(k) == 0 for k in below):
            return Fraction(0)
        return math.prod(map(go, below), start=Fraction(1))

    def values(
        self, t: Any, env: Env, bound: tuple[int, ...] = (), strict: bool = False
    ) -> list[Value]:
        """The values of a term at all outcomes of positive weight, None at others."""
        return [
            self.value(t, w, env, bound, strict) if p else None for w, p in enumerate(self.weights)
        ]

    def integrable(self, t: Any, env: Env, bound: tuple[int, ...] = ()) -> bool:
        """Is E|t| finite?"""
        return all(v is None or Heavy.of(v).mean() is not None for v in self.values(t, env, bound))

    def mean(
        self, t: Any, given: tuple[Any, ...], w: int, env: Env, bound: tuple[int, ...], strict: bool
    ) -> Value:
        """E[t | given] at an outcome: 0 where E|t| is infinite."""
        if not self.integrable(t, env, bound):
            if strict:
                raise Meaningless("an expectation that does not exist")
            return Fraction(0)
        vs = self.values(t, env, bound, strict)
        keys = list(zip(*(self.values(g, env, bound) for g in given), strict=True))
        mine = [k for k, p in enumerate(self.weights) if p and (not given or keys[k] == keys[w])]
        total = sum((self.weights[k] for k in mine), Fraction(0))
        average = sum((self.weights[k] * vs[k] for k in mine), Fraction(0)) * (1 / total)
        seen = any(isinstance(v, Heavy) for v in (keys[w] if given else ()))
        return average if seen else Heavy.of(average).mean()  # G is known, or averaged over

    def slope(self, t: Any, x: Any, w: int, env: Env, bound: tuple[int, ...]) -> Value:
        """The derivative of t by the variable x, by the rules of calculus; ReLU has 0 at 0."""

        def go(u: Any) -> Value:
            return self.value(u, w, env, bound)

        def d(u: Any, inner: tuple[int, ...] = bound) -> Value:
            return self.slope(u, x, w, env, inner)

        tag, below = t[0], t[FIRST.get(t[0], len(t)) :]
        if tag in ("x", "d") and t[:2] == x[:2]:
            return Fraction(
                int([go(k) for k in below] == [self.value(k, w, env, ()) for k in x[2:]])
            )
        if tag == "x":
            return self._slope(t, x, w, env, bound)
        if tag in ("q", "v", "b", "c", "E"):
            return Fraction(0)
        if tag == "d":
            letters, body = self.lets[t[1]]
            own = {**env, **{v[1]: self._whole(go(k)) for v, k in zip(letters, below, strict=True)}}
            return self.slope(body, x, w, own, ())
        if tag == "+":
            return sum(map(d, below), Fraction(0))
        if tag == "*":
            rest = [[go(k) for m, k in enumerate(below) if m != n] for n in range(len(below))]
            each = (
                math.prod(r, start=Fraction(1)) * d(k) for r, k in zip(rest, below, strict=True)
            )
            return sum(each, Fraction(0))
        if tag == "^" and t[2][0] == "q":
            return t[2][1] * power(go(t[1]), t[2][1] - 1) * d(t[1])
        if tag == "f" and t[1] == "relu":
            return d(t[2]) if sign(go(t[2])) > 0 else Fraction(0)
        if tag == "S":
            lo, hi = math.ceil(go(t[1])), math.floor(go(t[2]))
            each = (self.slope(t[3], x, w, env, (k, *bound)) for k in range(lo, hi + 1))
            return sum(each, Fraction(0))
        raise Undecided(f"no derivative of {tag}")

    def _slope(self, t: Any, x: Any, w: int, env: Env, bound: tuple[int, ...]) -> Value:
        """By the chain rule, of a variable that is a function of others."""
        total = Fraction(0)
        mine = tuple(self._whole(self.value(k, w, env, bound)) for k in t[2:])
        for (name, other), table in self.slopes.items():
            if name == t[1]:
                for index, slopes in table[mine].items():
                    tag = "d" if other in self.lets else "x"
                    u = (tag, other, *(("q", Fraction(k)) for k in index))
                    total += slopes[w] * self.slope(u, x, w, env, ())
        return total

    # ------------------------------------------------------------ formulas

    def holds(self, f: Any, env: Env) -> bool:
        """Is a formula true at these values of its letters?"""
        head = f[0]
        if head == "line":
            try:
                sides = [self.values(t, env, (), strict=True) for t in f[1:]]
            except Meaningless:
                return False
            return self._agree(*sides)
        if head == "=":
            return self._agree(self.values(f[1], env), self.values(f[2], env))
        if head in (">", ">=", "!="):
            return all(v is None or TRUE[head](sign(v)) for v in self.values(f[1], env))
        if head == "L1":
            return self.integrable(f[1], env)
        if head == "ind":
            return self._independent(*f[1:], env)
        if head == "same":
            return self._law(f[1], env) == self._law(f[2], env)
        if head == "law":
            return self._named(f, env)
        raise Undecided(head)

    @staticmethod
    def _agree(a: list[Value], b: list[Value]) -> bool:
        return all(u is None or close(u, v) for u, v in zip(a, b, strict=True))

    def _vectors(self, ts: Sequence[Any], env: Env) -> list[tuple[Value, ...]]:
        columns = [self.values(t, env) for t in ts]
        return [tuple(c[w] for c in columns) for w in range(len(self.weights))]

    def _law(self, ts: Sequence[Any], env: Env) -> dict[Any, Fraction]:
        law: dict[Any, Fraction] = defaultdict(Fraction)
        for v, p in zip(self._vectors(ts, env), self.weights, strict=True):
            if p:
                law[v] += p
        return dict(law)

    def _independent(self, a: Any, b: Any, c: Any, env: Env) -> bool:
        va, vb, vc = (self._vectors(ts, env) for ts in (a, b, c))
        has_g = [any(isinstance(v, Heavy) for row in vs for v in row) for vs in (va, vb, vc)]
        if has_g[0] and has_g[1] and not has_g[2]:
            return False  # both know G
        joint: dict[Any, Fraction] = defaultdict(Fraction)
        for x, y, z, p in zip(va, vb, vc, self.weights, strict=True):
            for key in ((x, y, z), (x, None, z), (None, y, z), (None, None, z)):
                joint[key] += p if p else 0
        used = [w for w, p in enumerate(self.weights) if p]
        return all(
            joint[va[m], vb[n], vc[m]] * joint[None, None, vc[m]]
            == joint[va[m], None, vc[m]] * joint[None, vb[n], vc[m]]
            for m, n in product(used, used)
            if vc[m] == vc[n]
        )

    def _named(self, f: Any, env: Env) -> bool:
        """Has the variable a named law?  For those that live on few values."""
        _, x, name, parameters = f
        law = self._law((x,), env)
        told = [{v for v in self.values(p, env) if v is not None} for p in parameters]
        takes = {"rademacher": 0, "cauchy": 0, "normal": 2, "laplace": 2, "uniform": 2}
        if len(told) != takes.get(name, 1):
            raise Meaningless("as many parameters as no such law has")
        if any(len(values) != 1 or isinstance(*values, Heavy) for values in told):
            return False  # a law has parameters that are no matter of chance
        at_ = [v for (v,) in told]
        if name == "rademacher":
            return law == {(1,): Fraction(1, 2), (-1,): Fraction(1, 2)}
        if name == "bernoulli":
            return law == {k: p for k, p in (((1,), at_[0]), ((0,), 1 - at_[0])) if p}
        width = {"uniform": lambda a, b: b - a, "poisson": lambda r: r}
        width |= dict.fromkeys(("normal", "laplace"), lambda m, v: v)
        if name in width and width[name](*at_) == 0:
            return law == {(0 if name == "poisson" else at_[0],): 1}
        return False  # infinitely many values

    def true(self, hyps: Iterable[Any], says: Any) -> bool:
        """Is a theorem true: its formula for all letters for which its hypotheses are?"""
        hyps = list(hyps)
        names = sorted({n for f in (*hyps, says) for n in letters(f)})
        for at_ in product(self.window, repeat=len(names)):
            env = dict(zip(names, at_, strict=True))
            if all(self.holds(h, env) for h in hyps) and not self.holds(says, env):
                return False
        return True


def letters(part: Any) -> Iterator[str]:
    """The free letters of terms and formulas."""
    if isinstance(part, tuple):
        if len(part) == 2 and part[0] == "v" and isinstance(part[1], str):
            yield part[1]
        else:
            for k in part:
                yield from letters(k)
