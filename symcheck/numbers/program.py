"""From expressions to array programs: one evaluator for every kind of model.

:class:`Program` translates SymPy expressions, once, into a graph of array operations.
Equal subexpressions become one node, whatever line they come from.  An array has the
outcome axis first (where its value is random) and then one axis for each bound index it
depends on; sums are contracted index by index, so a double sum of separated factors
never makes an array with both indices.  The meaning of a head is its definition:
``Var[g] = E[g^2] - E[g]^2``, ``P[A] = E[1[A]]``, ``int g(t) Pr(t) = E[g(X) 1[lo < X < hi]]``.

The graph says nothing about numbers: :mod:`symcheck.numbers.sampled` runs it on floats
drawn at random, :mod:`symcheck.witness.exact` on integers over a common denominator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import gcd, prod
from typing import Any

from sympy import (
    Abs,
    Add,
    Expr,
    Ge,
    Gt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    S,
    Symbol,
    cos,
    erf,
    exp,
    log,
    oo,
    sign,
    sin,
    tanh,
)  # fmt: skip
from sympy.core.relational import Relational

from symcheck.facts.context import Context
from symcheck.language.expr import (
    RV,
    Cov,
    Def,
    Diff,
    E,
    Ind,
    Int,
    P,
    Param,
    Sum,
    Var,
    bound_indices,
    leaky_relu,
    mul,
    power,
    relu,
    replace,
    sigmoid,
    subterms,
)
from symcheck.numbers.derivatives import derivative

__all__ = [
    "LEAD",
    "MAX_POWER",
    "ROWS",
    "Label",
    "Node",
    "NotSampled",
    "Program",
    "elements",
    "free_indices",
    "members",
    "unfolded",
]

# An axis: name of the bound index, first and last value.  LEAD is the axis of outcomes.
Label = tuple[str, int, int]
LEAD: Label = ("", 0, 0)
ROWS = 512  # outcomes in a chunk, for the estimate of costs
MAX_POWER = 64


class NotSampled(Exception):
    """An expression, or a context, that a model cannot evaluate; the message says why."""


class Node:
    """One array operation.

    ``axes`` are the labels of its array; ``random`` says that it varies with the
    outcome, ``estimated`` that it is a constant that is known only as a mean over
    outcomes (both at once only in a node that is expanded before it is used).
    """

    __slots__ = ("args", "axes", "data", "estimated", "kind", "number", "random")

    def __init__(
        self, number: int, kind: str, args: tuple[Node, ...], data: Any,
        axes: tuple[Label, ...], random: bool, estimated: bool,
    ) -> None:  # fmt: skip
        self.number, self.kind, self.args, self.data = number, kind, args, data
        self.axes, self.random, self.estimated = axes, random, estimated

    @property
    def lead(self) -> bool:
        """Has the array an axis in front, of outcomes or of replicates?"""
        return self.random or self.estimated

    def __repr__(self) -> str:
        return f"{self.kind}{self.number}"


_Part = tuple[Node, Node, tuple[Label, ...]]
_FUNCTIONS: dict[Any, str] = {
    relu: "relu", leaky_relu: "leaky_relu", sigmoid: "sigmoid", exp: "exp", log: "log",
    tanh: "tanh", sin: "sin", cos: "cos", sign: "sign", erf: "erf", Abs: "abs", Max: "max",
    Min: "min",
}  # fmt: skip


def size(label: Label) -> int:
    return ROWS if label == LEAD else label[2] - label[1] + 1


def elements(n: Node) -> int:
    """Numbers in the array of a node, for one outcome."""
    return prod(size(x) for x in n.axes)


def free_indices(context: Context, expressions: Iterable[Any]) -> list[Symbol]:
    """The symbols that are neither sizes nor constants: free indices, in order of name."""
    known = set(context.sizes) | set(context.symbols)
    found: dict[str, Symbol] = {}
    for e in expressions:
        for s in e.free_symbols:
            if s.name not in known:
                found[s.name] = s
    return [found[n] for n in sorted(found)]


def unfolded(context: Context, e: Any) -> Any:
    """e with every definition replaced by its body, and integrals by expectations."""
    memo: dict[Any, Any] = {}

    def walk(t: Any, depth: int) -> Any:
        if not t.args:
            return t
        if t in memo:
            return memo[t]
        if depth > 100:
            raise NotSampled("definitions that go in circles")
        memo[t] = made = step(t, depth + 1)
        return made

    def step(t: Any, depth: int) -> Any:
        if isinstance(t, Def):
            if t.name not in context.definitions:
                raise NotSampled(f"{t.name} has no definition")
            return walk(context.unfold(t), depth)
        if isinstance(t, (RV, Param)):
            return t
        if isinstance(t, Int):
            return walk(_integral(t), depth)
        if isinstance(t, Sum):
            if not any(isinstance(s, (Def, Int)) for s in subterms(t)):
                return t
            names = bound_indices(t)
            body, *rest = t.open(names)
            return Sum(walk(body, depth), *rest)
        new = tuple(walk(a, depth) for a in t.args)
        if all(a is b for a, b in zip(new, t.args, strict=True)):
            return t
        if isinstance(t, (Add, Mul, Pow, Relational)):
            return t.func(*new, evaluate=False)
        return t.func(*new)

    return walk(e, 0)


def _integral(t: Int) -> Expr:
    (name,) = bound_indices(t)
    body, limit = t.open((name,))
    x, lower, upper = limit[1], limit[2], limit[3]
    if any(isinstance(s, (RV, Def)) for s in subterms(body)):
        raise NotSampled("an integral whose integrand has random variables of its own")
    factors = [replace(body, {name: x})]
    if lower != -oo:
        factors.append(Ind(Gt(x, lower, evaluate=False)))
    if upper != oo:
        factors.append(Ind(Gt(upper, x, evaluate=False)))
    return E(mul(*factors))


class Program:
    """Array operations for expressions at given sizes and values of the free indices.

    ``estimate`` says that expectations are sample means: then an expectation inside
    another is expanded out of it (``E[(x-E[x])^2]`` becomes
    ``E[x^2] - 2 E[x] E[x] + E[x]^2``), so that one pass over the outcomes suffices, and
    a conditional expectation raises :class:`NotSampled`.

    ``extents`` collects the values that the indices of every family take:
    name -> [(first, last), ...].
    """

    def __init__(
        self, sizes: Mapping[str, int], free: Mapping[str, int], *, estimate: bool = True
    ) -> None:
        self.values = dict(sizes) | dict(free)
        self.estimate = estimate
        self.extents: dict[str, list[tuple[int, int]]] = {}
        self.parameters: dict[str, list[tuple[int, int]]] = {}
        self.symbols: set[str] = set()
        self.functions: set[str] = set()
        self.nodes: list[Node] = []
        self._made: dict[Any, Node] = {}
        self._memo: dict[Any, Node] = {}

    # ------------------------------------------------------------ building nodes

    def _node(
        self, kind: str, args: tuple[Node, ...], data: Any, axes: tuple[Label, ...],
        random: bool, estimated: bool,
    ) -> Node:  # fmt: skip
        key = (kind, tuple(a.number for a in args), data, axes)
        found = self._made.get(key)
        if found is None:
            found = Node(len(self.nodes), kind, args, data, axes, random, estimated)
            self._made[key] = found
            self.nodes.append(found)
        return found

    def number(self, value: Any) -> Node:
        return self._node("number", (), Fraction(value), (), False, False)

    def pointwise(self, kind: str, args: Sequence[Node], data: Any = None) -> Node:
        """An operation element by element; along one index it is stored under one name."""
        axes = tuple(sorted({a for x in args for a in x.axes}))
        random = any(x.random for x in args)
        estimated = any(x.estimated for x in args)
        if random and estimated and self.estimate:
            raise NotSampled("an expectation inside a function inside an expectation")
        to = _standard(axes)
        made = self._node(
            kind, tuple(self._rename(x, to) for x in args), data,
            tuple(to[x] for x in axes), random, estimated,
        )  # fmt: skip
        return self.relabel(made, axes)

    def relabel(self, node: Node, axes: tuple[Label, ...]) -> Node:
        """The same array under other names of its axes (in the same order)."""
        if node.axes == axes:
            return node
        if node.kind == "relabel":
            node = node.args[0]
            if node.axes == axes:
                return node
        return self._node("relabel", (node,), None, axes, node.random, node.estimated)

    def _rename(self, node: Node, to: Mapping[Label, Label]) -> Node:
        return self.relabel(node, tuple(to[x] for x in node.axes))

    def add(self, terms: Sequence[Node]) -> Node:
        flat = [t for x in terms for t in self._terms(x)]
        flat = [t for t in flat if not (t.kind == "number" and t.data == 0)]
        if not flat:
            return self.number(0)
        if len(flat) == 1:
            return flat[0]
        if self._mixes(flat):
            # Kept apart from each other until the expectation around them is taken.
            axes = tuple(sorted({a for x in flat for a in x.axes}))
            return self._node("mixed add", tuple(flat), None, axes, True, True)
        return self.pointwise("add", flat)

    def _terms(self, node: Node) -> list[Node]:
        if node.kind in ("add", "mixed add"):
            return list(node.args)
        if node.kind == "relabel" and node.args[0].kind == "add":
            back = dict(zip(node.args[0].axes, node.axes, strict=True))
            return [self._rename(a, back) for a in node.args[0].args]
        return [node]

    def _mixes(self, parts: Sequence[Node]) -> bool:
        return self.estimate and any(p.random for p in parts) and any(p.estimated for p in parts)

    def mul(self, factors: Sequence[Node]) -> Node:
        number = Fraction(1)
        found: dict[int, tuple[Node, int]] = {}
        for f in factors:
            for g, e in self._factors(f):
                if g.kind == "number":
                    number *= g.data**e
                else:
                    found[g.number] = (g, e + (found[g.number][1] if g.number in found else 0))
        if number == 0:
            return self.number(0)
        flat = [self.power(g, e) for g, e in found.values()]
        if number != 1 or not flat:
            flat.insert(0, self.number(number))
        if len(flat) == 1:
            return flat[0]
        if self._mixes(flat):
            axes = tuple(sorted({a for x in flat for a in x.axes}))
            return self._node("mixed mul", tuple(flat), None, axes, True, True)
        return self.pointwise("mul", sorted(flat, key=lambda f: (f.lead, f.number)))

    def power(self, base: Node, n: int) -> Node:
        if n == 0:
            return self.number(1)
        if n == 1:
            return base
        if base.kind == "number" and (n > 0 or base.data != 0):
            return self.number(base.data**n)
        if self.estimate and base.random and base.estimated:
            if n < 0:
                raise NotSampled("an expectation inside a denominator inside an expectation")
            return self._node("mixed power", (base,), n, base.axes, True, True)
        return self.pointwise("power", (base,), n)

    # ------------------------------------------------------------ sums

    def total(self, body: Node, labels: Sequence[Label], *, mean: bool = False) -> Node:
        """The sum of ``body`` over the labels; with ``mean`` also the mean over outcomes."""
        if any(size(x) == 0 for x in labels):
            return self.number(0)
        if mean and not body.random:
            mean = False
        terms = self._terms(body)
        if len(terms) > 1:
            return self.add([self.total(t, labels, mean=mean) for t in terms])
        if body.random and body.estimated and self.estimate:
            if not mean:
                return self._node(
                    "mixed sum", (body,), tuple(labels),
                    tuple(a for a in body.axes if a not in labels), True, True,
                )  # fmt: skip
            return self.add(
                [
                    self.total(self.mul([c, self.total(r, (), mean=True)]), [*labels, *own])
                    for c, r, own in self._split(body)
                ]
            )
        count = prod(size(x) for x in labels if x not in body.axes)
        over = [x for x in labels if x in body.axes]
        factors = self._factors(body)
        if not mean:
            inner = [n for n, (f, e) in enumerate(factors) if f.kind == "mean" and e == 1]
            others = [f for n, (f, e) in enumerate(factors) if n not in inner]
            if over and len(inner) == 1 and not any(f.lead for f in others):
                # A sum of means is the mean of the sum: nothing is kept for every index.
                atom = factors[inner[0]][0]
                made = self._push(atom, [f for f in factors if f[0] is not atom], over)
                if made is not None:
                    return self.mul([self.number(count), made])
        outside = [(f, e) for f, e in factors if not (set(f.axes) & set(over)) and not f.random]
        if not mean:
            outside = [(f, e) for f, e in factors if not (set(f.axes) & set(over))]
        inside = [x for x in factors if x not in outside]
        parts = [self.power(f, e) for f, e in outside]
        if inside:
            parts.append(self._contract(inside, over, mean))
        return self.mul([self.number(count), *parts])

    def _factors(self, body: Node) -> list[tuple[Node, int]]:
        """body as a product of powers; negative powers stay as they are."""
        found: dict[int, tuple[Node, int]] = {}

        def walk(n: Node, e: int) -> None:
            inner = n.args[0] if n.kind == "relabel" else n
            back = dict(zip(inner.axes, n.axes, strict=True))
            if inner.kind in ("mul", "mixed mul"):
                for a in inner.args:
                    walk(self._rename(a, back), e)
            elif inner.kind in ("power", "mixed power") and inner.data > 0:
                walk(self._rename(inner.args[0], back), e * inner.data)
            else:
                found[n.number] = (n, e + (found[n.number][1] if n.number in found else 0))

        walk(body, 1)
        return list(found.values())

    def _push(self, atom: Node, others: list[tuple[Node, int]], over: list[Label]) -> Node | None:
        inner, summed = atom.data
        taken = set(summed) | {x for f, _ in inner for x in f.axes}
        outer = {x for f, _ in others for x in f.axes} | set(over)
        if set(summed) & outer or not taken:
            return None
        return self._contract([*inner, *others], [*summed, *over], True)

    def _contract(self, factors: list[tuple[Node, int]], over: Sequence[Label], mean: bool) -> Node:
        """The plan of a sum of products: indices are eliminated one by one, cheapest first."""
        flat: list[tuple[Node, int]] = []
        labels = list(over)
        for f, e in factors:
            inner = f.data if f.kind == "sum" and e == 1 else None
            others = {x for g, _ in factors if g is not f for x in g.axes}
            if inner and mean and not set(inner[1]) & (others | set(labels)):
                flat.extend(inner[0])
                labels.extend(inner[1])
            else:
                flat.append((f, e))
        operands = [(f, e) for f, e in flat]
        left = set(labels) | ({LEAD} if mean else set())
        if not mean:
            # One copy, whatever the indices are called.
            to = _standard(tuple(sorted({x for f, _ in operands for x in f.axes})))
            back = {b: a for a, b in to.items()}
            operands = [(self._rename(f, to), e) for f, e in operands]
            labels = [to[x] for x in labels]
            left = set(labels)
        nodes = self._merge(operands)
        while left:
            label = min(sorted(left), key=lambda x: self._cost(x, nodes))
            touched = [n for n in nodes if label in _axes(n)]
            rest = [n for n in nodes if n not in touched]
            made = self._einsum(touched, label)
            left.remove(label)
            nodes = self._merge([(n, nodes.count(n)) for n in dict.fromkeys(rest)] + [(made, 1)])
        node = self.mul(nodes)
        if len(nodes) == 1 and node.kind in ("einsum", "relabel"):
            kind = "mean" if mean else "sum"
            node = self._node(
                kind, (node,), (tuple(operands), tuple(labels)), node.axes, node.random,
                node.estimated,
            )  # fmt: skip
        return node if mean else self._rename(node, back)

    def _cost(self, label: Label, nodes: list[Node]) -> tuple[int, int]:
        if len(nodes) == 1:  # the sum within an outcome: other lines may have its square
            return int(label == LEAD), 0
        axes = {a for n in nodes if label in _axes(n) for a in _axes(n)}
        work = prod(size(a) for a in axes)
        return work, work // max(1, size(label))

    def _merge(self, operands: Sequence[tuple[Node, int]]) -> list[Node]:
        """Multiply operands with the same axes; a square stays two copies of one array."""
        groups: dict[tuple[Label, ...], list[tuple[Node, int]]] = {}
        for f, e in operands:
            groups.setdefault(_axes(f), []).append((f, e))
        nodes: list[Node] = []
        for group in groups.values():
            common = gcd(*(e for _, e in group))
            copies = 2 if common == 2 else 1
            if len(groups) == copies == 1 and any(e > 1 for _, e in group):
                # Two factors that other lines may have too, in place of one power.
                nodes.append(self.mul([self.power(f, e - e // 2) for f, e in group]))
                nodes.append(self.mul([self.power(f, e // 2) for f, e in group]))
                continue
            base = self.mul([self.power(f, e // copies) for f, e in group])
            nodes.extend([base] * copies)
        return nodes

    def _einsum(self, operands: list[Node], gone: Label) -> Node:
        """The sum over one axis of a product of arrays."""
        random = any(n.random for n in operands) and gone != LEAD
        estimated = (gone == LEAD and self.estimate) or any(n.estimated for n in operands)
        # Multiply small operands into larger ones until no more than two are left.
        work = sorted((_bare(n) for n in operands), key=lambda n: len(_axes(n)))
        while len(work) > 2:
            small = work.pop(0)
            host = next((n for n in work if set(_axes(small)) <= set(_axes(n))), work[0])
            work.remove(host)
            work.append(self.mul([small, host]))
            work.sort(key=lambda n: len(_axes(n)))
        axes = tuple(sorted({a for n in work for a in n.axes}))
        to = _standard(axes)
        work = sorted((self._rename(n, to) for n in work), key=lambda n: n.number)
        kept = tuple(x for x in axes if x != gone)
        made = self._node(
            "einsum", tuple(work), to.get(gone, LEAD), tuple(to[x] for x in kept), random, estimated
        )
        return self.relabel(made, kept)

    # ------------------------------------------------------------ expectations

    def expectation(self, body: Node) -> Node:
        """E[body]: the mean over outcomes."""
        return self.total(body, (), mean=True) if body.random else body

    def _split(self, node: Node) -> list[_Part]:
        """node as a sum of constants times random parts that are free of means.

        Of each part: constant, random, and labels over which their product is summed.
        """
        one = self.number(1)
        if not node.random:
            return [(node, one, ())]
        if not node.estimated:
            return [(one, node, ())]
        if node.kind == "mixed add":
            plain = [t for t in node.args if t.random and not t.estimated]
            parts = [p for t in node.args if t not in plain for p in self._split(t)]
            if plain:
                parts.append((one, self.add(plain), ()))
            return self._collect(parts)
        if node.kind in ("mixed mul", "mixed power"):
            factors = node.args if node.kind == "mixed mul" else node.args * node.data
            parts = [(one, one, ())]
            for f in factors:
                parts = self._product(parts, self._split(f))
            return parts
        if node.kind == "mixed sum":
            parts = []
            for c, r, own in self._split(node.args[0]):
                both = [x for x in node.data if x in c.axes and x in r.axes]
                first = [x for x in node.data if x in c.axes and x not in both]
                rest = [x for x in node.data if x not in c.axes]
                parts.append((self.total(c, first), self.total(r, rest), (*own, *both)))
            return self._collect(parts)
        raise NotSampled("an expectation inside a function inside an expectation")

    def _product(self, a: list[_Part], b: list[_Part]) -> list[_Part]:
        if len(a) * len(b) > 500:
            raise NotSampled("too many terms")
        made = []
        for c, r, own in a:
            for d, s, other in b:
                names: dict[Label, Label] = {}
                for x in other:
                    fresh = x
                    while fresh in own or fresh in names.values():
                        fresh = (fresh[0] + "~", *fresh[1:])
                    names[x] = fresh
                d2, s2 = self._moved(d, names), self._moved(s, names)
                labels = (*own, *names.values())
                made.append((self.mul([c, d2]), self.mul([r, s2]), labels))
        return self._collect(made)

    def _moved(self, node: Node, names: Mapping[Label, Label]) -> Node:
        axes = tuple(names.get(x, x) for x in node.axes)
        if list(axes) != sorted(axes):
            raise NotSampled("a sum of expectations times variables, inside an expectation")
        return self.relabel(node, axes)

    def _collect(self, parts: list[_Part]) -> list[_Part]:
        found: dict[tuple[int, tuple[Label, ...]], tuple[list[Node], Node]] = {}
        for c, r, own in parts:
            found.setdefault((r.number, own), ([], r))[0].append(c)
        return [(self.add(cs), r, own) for (_, own), (cs, r) in found.items()]

    # ------------------------------------------------------------ expressions

    def lower(self, e: Any, scope: Mapping[Symbol, Label] | None = None) -> Node:
        """The node of an expression without definitions (see :func:`unfolded`)."""
        scope = scope or {}
        inside = tuple((s, scope[s]) for s in sorted(scope, key=str) if e.has(s)) if scope else ()
        key = (e, inside)
        if key not in self._memo:
            self._memo[key] = self._lower(e, dict(inside))
        return self._memo[key]

    def _lower(self, e: Any, scope: dict[Symbol, Label]) -> Node:
        if e.is_Rational:
            return self.number(Fraction(int(e.p), int(e.q)))
        if isinstance(e, Symbol):
            return self._symbol(e, scope)
        if e in (S.Pi, S.Exp1):
            return self._node("constant", (), str(e), (), False, False)
        if isinstance(e, Add):
            return self.add([self.lower(a, scope) for a in e.args])
        if isinstance(e, Mul):
            return self.mul([self.lower(a, scope) for a in e.args])
        if isinstance(e, Pow):
            return self._pow(e, scope)
        if isinstance(e, (RV, Param)):
            return self._named(e, scope)
        if isinstance(e, Sum):
            return self._sum(e, scope)
        if isinstance(e, E):
            return self._expect(e.args[0], e.given, scope)
        if isinstance(e, P):
            return self.expectation(self.lower(Ind(e.args[0]), scope))
        if isinstance(e, Var):
            g, given = e.args[0], e.given
            square = self._expect(power(g, 2), given, scope)
            return self.add([square, self._minus(self.power(self._expect(g, given, scope), 2))])
        if isinstance(e, Cov):
            f, g = e.args
            both = self._expect(mul(f, g), (), scope)
            apart = self.mul([self._expect(f, (), scope), self._expect(g, (), scope)])
            return self.add([both, self._minus(apart)])
        if isinstance(e, Ind):
            return self._indicator(e, scope)
        if e.func in _FUNCTIONS:
            name = _FUNCTIONS[e.func]
            return self.pointwise(name, [self.lower(a, scope) for a in e.args])
        if e.is_Function:
            self.functions.add(e.func.__name__)
            return self.pointwise(
                "function", [self.lower(a, scope) for a in e.args], e.func.__name__
            )
        if isinstance(e, Diff):
            made = derivative(*e.args)
            if made is None or self.estimate:
                raise NotSampled("a derivative")
            return self.lower(made, scope)
        raise NotSampled(f"{type(e).__name__} has no numerical meaning here")

    def _minus(self, node: Node) -> Node:
        return self.mul([self.number(-1), node])

    def _symbol(self, e: Symbol, scope: dict[Symbol, Label]) -> Node:
        if e in scope:
            label = scope[e]
            (own,) = _standard((label,)).values()
            return self.relabel(self._node("index", (), None, (own,), False, False), (label,))
        if e.name in self.values:
            return self.number(self.values[e.name])
        self.symbols.add(e.name)
        return self._node("symbol", (), e.name, (), False, False)

    def _pow(self, e: Pow, scope: dict[Symbol, Label]) -> Node:
        base, exponent = self.lower(e.base, scope), self.lower(e.exp, scope)
        if exponent.kind == "number" and exponent.data.denominator == 1:
            n = int(exponent.data)
            if abs(n) > MAX_POWER:
                raise NotSampled(f"the exponent {n}")
            return self.power(base, n)
        if exponent.kind == "number" and exponent.data.denominator == 2:
            root = self.pointwise("sqrt", (base,))
            return self.power(root, exponent.data.numerator)
        return self.pointwise("pow", (base, exponent))

    def _expect(self, g: Any, given: Sequence[Any], scope: dict[Symbol, Label]) -> Node:
        if not given:
            return self.expectation(self.lower(g, scope))
        if self.estimate:
            raise NotSampled("a conditional expectation is not sampled")
        body = self.lower(g, scope)
        if not body.random:
            return body
        known = [k for k in (self.lower(y, scope) for y in given) if k.random]
        return self.pointwise("given", (body, *known))

    def _indicator(self, e: Ind, scope: dict[Symbol, Label]) -> Node:
        r = e.args[0]
        kind = {">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}[r.rel_op]
        lhs, rhs = self.lower(r.lhs, scope), self.lower(r.rhs, scope)
        return self.pointwise("indicator", (lhs, rhs), kind)

    # ------------------------------------------------------------ names and their indices

    def _affine(self, e: Any, scope: dict[Symbol, Label]) -> tuple[int, dict[Label, int]]:
        """An index expression as constant + sum of coefficients times bound indices."""
        if e.is_Integer:
            return int(e), {}
        if isinstance(e, Symbol):
            if e in scope:
                return 0, {scope[e]: 1}
            if e.name in self.values:
                return self.values[e.name], {}
        if isinstance(e, Add):
            constant = 0
            found: dict[Label, int] = {}
            for a in e.args:
                c, more = self._affine(a, scope)
                constant += c
                for label, k in more.items():
                    found[label] = found.get(label, 0) + k
            return constant, {x: k for x, k in found.items() if k}
        if isinstance(e, Mul) and e.args[0].is_Integer:
            c, more = self._affine(Mul(*e.args[1:]), scope)
            return int(e.args[0]) * c, {x: int(e.args[0]) * k for x, k in more.items()}
        raise NotSampled(f"the index {e}")

    def _named(self, e: Any, scope: dict[Symbol, Label]) -> Node:
        places = [self._affine(i, scope) for i in e.indices]
        table = self.extents if isinstance(e, RV) else self.parameters
        extents = table.setdefault(e.name, [])
        for n, (c, more) in enumerate(places):
            first = c + sum(min(k * x[1], k * x[2]) for x, k in more.items())
            last = c + sum(max(k * x[1], k * x[2]) for x, k in more.items())
            if n == len(extents):
                extents.append((min(1, first), last))
            else:
                extents[n] = (min(extents[n][0], first), max(extents[n][1], last))
        kind = "random" if isinstance(e, RV) else "parameter"
        axes = tuple(sorted({x for _, more in places for x in more}))
        rename = _standard(axes)  # one copy for x[j] and x[k]
        data = (
            e.name,
            tuple((c, tuple(sorted((rename[x], k) for x, k in m.items()))) for c, m in places),
        )
        own = tuple(rename.values())
        node = self._node(kind, (), data, own, kind == "random", False)
        return self.relabel(node, axes)

    # ------------------------------------------------------------ sums of the language

    def _sum(self, e: Sum, scope: dict[Symbol, Label]) -> Node:
        body, ranges = e.body, e.ranges
        own = [r[0] for r in ranges]
        apart = [(n.lhs, n.rhs) for n in e.apart]
        free = all(not (set(own) & b.free_symbols) for r in ranges for b in r[1:])
        plain = [(a, b) for a, b in apart if a in own and b in own]
        masks = [mul(Ind(Ne(a, b, evaluate=False))) for a, b in apart if (a, b) not in plain]
        limits = self._limits(ranges, scope, masks)
        if not free:
            masks += [Ind(Ne(a, b, evaluate=False)) for a, b in plain]
            plain = []
        body = mul(*masks, body) if masks else body
        terms: list[Node] = []
        for count, merged in _inclusion_exclusion(own, plain):
            labels: dict[Symbol, Label] = {}
            empty = False
            for s in own:
                host = merged[s]
                lo = max(limits[t][0] for t in own if merged[t] == host)
                hi = min(limits[t][1] for t in own if merged[t] == host)
                empty = empty or hi < lo
                labels[host] = (host.name, lo, hi)
            if empty:
                continue
            moved = {s: merged[s] for s in own if merged[s] != s}
            term = replace(body, moved) if moved else body
            inner = {s: x for s, x in scope.items() if s not in own} | labels
            node = self.lower(term, inner)
            terms.append(self.mul([self.number(count), self.total(node, list(labels.values()))]))
        return self.add(terms)

    def _limits(
        self, ranges: Any, scope: dict[Symbol, Label], masks: list[Any]
    ) -> dict[Symbol, tuple[int, int]]:
        limits: dict[Symbol, tuple[int, int]] = {}
        around = dict(scope)
        for s, lower, upper in ranges:
            (c, m), (d, n) = self._affine(lower, around), self._affine(upper, around)
            if m:
                masks.append(Ind(Ge(s, lower, evaluate=False)))
            if n:
                masks.append(Ind(Ge(upper, s, evaluate=False)))
            lo = c + sum(min(k * x[1], k * x[2]) for x, k in m.items())
            hi = d + sum(max(k * x[1], k * x[2]) for x, k in n.items())
            limits[s] = (lo, max(hi, lo - 1))
            around[s] = (s.name, lo, max(hi, lo - 1))
        return limits


def members(node: Node, bases: Sequence[int]) -> set[tuple[int, ...]]:
    """Which members of its family a node of kind "random" reads (counted from 0)."""
    axes = node.axes
    found = set()
    for at in product(*(range(x[1], x[2] + 1) for x in axes)):
        value = dict(zip(axes, at, strict=True))
        found.add(
            tuple(
                c - base + sum(k * value[x] for x, k in more)
                for (c, more), base in zip(node.data[1], bases, strict=True)
            )
        )
    return found


def _standard(axes: tuple[Label, ...]) -> dict[Label, Label]:
    """Names that depend only on the order of the axes: one copy for equal arrays."""
    return {x: (f"_{n}", x[1], x[2]) for n, x in enumerate(axes)}


def _bare(node: Node) -> Node:
    """What a named sum stands for: one copy of an array, whether or not it has the name."""
    while node.kind in ("sum", "mean"):
        node = node.args[0]
    return node


def _axes(node: Node) -> tuple[Label, ...]:
    return (LEAD, *node.axes) if node.lead else node.axes


def _inclusion_exclusion(
    names: Sequence[Symbol], pairs: Sequence[tuple[Any, Any]]
) -> list[tuple[int, dict[Symbol, Symbol]]]:
    """The sum over unequal indices as signed sums over all, with some indices merged."""
    if len(pairs) > 10:
        raise NotSampled("too many conditions on the indices of a sum")
    found: dict[tuple[tuple[Symbol, Symbol], ...], int] = {}
    for n in range(len(pairs) + 1):
        for chosen in combinations(pairs, n):
            host = {s: s for s in names}
            for a, b in chosen:
                x, y = host[a], host[b]
                host = {s: x if h == y else h for s, h in host.items()}
            lead: dict[Symbol, Symbol] = {}
            for s in names:
                lead.setdefault(host[s], s)
            key = tuple((s, lead[host[s]]) for s in names)
            found[key] = found.get(key, 0) + (-1) ** n
    return [(count, dict(key)) for key, count in found.items() if count]
