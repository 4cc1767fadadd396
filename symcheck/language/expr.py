"""The language: inert heads for expectations, random variables, and sums of symbolic length.

Everything is a SymPy expression.  Nothing evaluates by itself: ``E(k)`` stays
``E(k)`` until Rule 1 is asked, and sums and products keep the order in which they
were written (:func:`add`, :func:`mul`, :func:`power`).  Two expressions are compared
by :mod:`symcheck.language.ring`, not by ``==``.

Bound indices are stored under canonical names, so two sums that differ only in the
name of their index are equal, and substitution never captures (:class:`Binder`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Eq,
    Expr,
    Function,
    Ge,
    Gt,
    Integer,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    Symbol,
    Tuple,
    cos,
    erf,
    exp,
    log,
    sign,
    sin,
    tanh,
)
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.core.symbol import Str

__all__ = [
    "E",
    "Var",
    "Cov",
    "P",
    "RV",
    "Param",
    "Def",
    "Named",
    "Ind",
    "Sum",
    "Int",
    "Binder",
    "Diff",
    "relu",
    "leaky_relu",
    "sigmoid",
    "add",
    "mul",
    "power",
    "neg",
    "index",
    "bound_indices",
    "is_fresh",
    "children",
    "flat",
    "rebuild",
    "subterms",
    "replace",
    "random_variables",
    "replace_variables",
    "rename",
    "evaluated",
    "speaks",
    "to_json",
    "from_json",
]


# ---------------------------------------------------------------- names


class Named(Expr):
    """A name with zero or more indices: the common shape of RV, Param and Def."""

    is_commutative = True
    is_real = True

    def __new__(cls, name: str | Str, *indices: Any) -> Named:
        label = name if isinstance(name, Str) else Str(name)
        made: Named = Expr.__new__(cls, label, *map(_sympy, indices))
        return made

    @property
    def name(self) -> str:
        return str(self.args[0].name)

    @property
    def indices(self) -> tuple[Expr, ...]:
        return tuple(self.args[1:])

    def _sympystr(self, printer: Any) -> str:
        if not self.indices:
            return self.name
        return f"{self.name}[{','.join(printer.doprint(i) for i in self.indices)}]"


class RV(Named):
    """A real random variable, plain (``RV('x')``) or one of a family (``RV('W', i, j)``)."""


class Param(Named):
    """An indexed constant, ``Param('c', j)``; constants without index are plain Symbols."""


class Def(Named):
    """A name that the context defines (``let h[j] = relu(f[j])``)."""


def index(name: str) -> Symbol:
    """An index: an integer symbol."""
    return Symbol(name, integer=True)


# ---------------------------------------------------------------- heads


class _Head(Expr):
    is_commutative = True
    is_real = True

    def __new__(cls, *args: Any) -> Any:
        return Expr.__new__(cls, *map(_sympy, args))

    def _sympystr(self, printer: Any) -> str:
        first, *rest = map(printer.doprint, self.args)
        return f"{type(self).__name__}[{first}{' | ' + ', '.join(rest) if rest else ''}]"


class E(_Head):
    """Expectation ``E(g)``, or conditional expectation ``E(g, y, ...)`` given random y."""

    @property
    def given(self) -> tuple[Expr, ...]:
        return tuple(self.args[1:])


class Var(_Head):
    """Variance ``Var(g)``, or conditional variance ``Var(g, y, ...)``."""

    @property
    def given(self) -> tuple[Expr, ...]:
        return tuple(self.args[1:])


class Cov(_Head):
    """Covariance ``Cov(f, g)``."""

    def _sympystr(self, printer: Any) -> str:
        return f"Cov[{', '.join(map(printer.doprint, self.args))}]"


class P(_Head):
    """Probability of an event, ``P(x > 0)``."""


class Diff(_Head):
    """Partial derivative of a random quantity with respect to another, ``Diff(loss, f)``."""

    def _sympystr(self, printer: Any) -> str:
        return f"Diff[{', '.join(map(printer.doprint, self.args))}]"


class Ind(_Head):
    """Indicator of an event: 1 where the relation holds, 0 elsewhere.

    ``a < b`` is stored as ``b > a``, and ``a <= b`` as ``b >= a``.
    """

    is_nonnegative = True

    def __new__(cls, relation: Any) -> Any:
        relation = _sympy(relation)
        if relation in (S.true, S.false):
            return S.One if relation == S.true else S.Zero
        if not isinstance(relation, (Gt, Ge, Lt, Le, Eq, Ne)):
            raise TypeError(f"an indicator needs a relation, not {relation}")
        if isinstance(relation, Lt):
            relation = Gt(relation.rhs, relation.lhs, evaluate=False)
        elif isinstance(relation, Le):
            relation = Ge(relation.rhs, relation.lhs, evaluate=False)
        return Expr.__new__(cls, relation)

    def _sympystr(self, printer: Any) -> str:
        return f"1[{printer.doprint(self.args[0])}]"


class relu(Function):
    """ReLU: max(0, x)."""

    nargs = 1
    is_real = True
    is_nonnegative = True

    @classmethod
    def eval(cls, x: Any) -> Any:
        return Max(x, 0) if x.is_number else None


class leaky_relu(Function):
    """Leaky ReLU with slope a below zero: x for x > 0, a x otherwise."""

    nargs = 2
    is_real = True


class sigmoid(Function):
    """The logistic function 1/(1 + exp(-x))."""

    nargs = 1
    is_real = True
    is_positive = True


# ---------------------------------------------------------------- binders


class Binder(Expr):
    """A head that binds names in its body (Sum, Int).

    Bound names are canonical: numbered by height, so alpha-equivalent binders are
    equal.  They never occur free outside: look inside with :meth:`open`, which puts
    names of your choice in their place.  Substitution goes through ``open`` too,
    hence cannot capture.
    """

    is_commutative = True
    is_real = True

    @property
    def body(self) -> Expr:
        """The body under canonical names; use :meth:`open` to work on it."""
        return self.args[0]

    @property
    def bound(self) -> tuple[Symbol, ...]:
        return tuple(limit[0] for limit in self._limits)

    @property
    def _limits(self) -> tuple[Tuple, ...]:
        return tuple(a for a in self.args[1:] if isinstance(a, Tuple))

    @property
    def bound_symbols(self) -> list[Symbol]:
        return list(self.bound)

    @property
    def free_symbols(self) -> set[Symbol]:
        found: set[Symbol] = set()
        for part in self.args:
            found |= part.free_symbols
        return found - set(self.bound)

    def open(self, names: Sequence[Symbol]) -> tuple[Expr, ...]:
        """The arguments with ``names`` in place of the bound names."""
        return _open(self, tuple(names))

    def _map(self, change: Any) -> Expr:
        fresh = tuple(_fresh(b) for b in self.bound)
        return self.func(*(change(a) for a in self.open(fresh)))

    def _xreplace(self, rule: Any) -> tuple[Basic, bool]:
        if self in rule:
            return rule[self], True
        inside = set(self.bound)
        rule = {k: v for k, v in rule.items() if k not in inside}
        if not any(self.has(k) for k in rule):
            return self, False
        new = self._map(lambda a: a.xreplace(rule))
        return new, new != self

    def _eval_subs(self, old: Any, new: Any) -> Expr:
        if old in self.bound or not self.has(old):
            return self
        return self._map(lambda a: a.subs(old, new))

    def _eval_derivative(self, s: Any) -> Expr | None:
        return None if self.has(s) else S.Zero


class Sum(Binder):
    """A finite sum of symbolic length, over one or several indices.

    ``Sum(body, (j, 1, D))``; ``Sum(body, (j, 1, D), (k, 1, D), Ne(j, k))`` runs over
    the pairs with j != k.  A range whose upper bound is one below its lower bound is
    empty.
    """

    def __new__(cls, body: Any, *rest: Any) -> Any:
        limits = [Tuple(*map(_sympy, r)) for r in rest if isinstance(r, (tuple, Tuple))]
        apart = [r for r in rest if not isinstance(r, (tuple, Tuple))]
        for r in apart:
            if not isinstance(r, Ne):
                raise TypeError(f"a sum takes limits and j != k, not {r}")
        return _close(cls, _sympy(body), limits, apart)

    @property
    def ranges(self) -> tuple[tuple[Symbol, Expr, Expr], ...]:
        """Canonical (index, lower, upper) of each bound index, outermost first."""
        return tuple((t[0], t[1], t[2]) for t in self._limits)

    @property
    def apart(self) -> tuple[Ne, ...]:
        """The conditions j != k."""
        return tuple(a for a in self.args[1:] if isinstance(a, Ne))

    def _sympystr(self, printer: Any) -> str:
        over = ", ".join(f"{t[0]} = {t[1]}..{t[2]}" for t in self._limits)
        over += "".join(f", {n.lhs} != {n.rhs}" for n in self.apart)
        return f"sum({over})({printer.doprint(self.body)})"


class Int(Binder):
    """Integral against the law of a random variable, ``Int(g, (t, x, lower, upper))``.

    The lecture's ``∫ g(x) Pr(x) dx`` over lower < x < upper (the end points are not
    part of the range).  Where x has no density it is the integral against its law.
    """

    def __new__(cls, body: Any, limit: Any) -> Any:
        t, x, lower, upper = map(_sympy, limit)
        ends = (e.func(*e.args) if e.args and e.is_number else e for e in (lower, upper))
        return _close(cls, _sympy(body), [Tuple(t, x, *ends)], [])

    @property
    def variable(self) -> Expr:
        """The random variable whose law is integrated against."""
        return self._limits[0][1]

    @property
    def range(self) -> tuple[Expr, Expr]:
        return self._limits[0][2], self._limits[0][3]

    def _sympystr(self, printer: Any) -> str:
        t, x, lower, upper = self._limits[0]
        return f"int({printer.doprint(self.body)}, {t} ~ {x}, {lower}..{upper})"


@lru_cache(maxsize=4096)
def _open(node: Binder, names: tuple[Symbol, ...]) -> tuple[Expr, ...]:
    rule = dict(zip(node.bound, names, strict=True))
    return tuple(rename(a, rule) for a in node.args)


def bound_indices(node: Binder) -> tuple[Symbol, ...]:
    """Fresh names for the bound names of ``node``, for use with ``node.open``."""
    return tuple(_fresh(b) for b in node.bound)


def is_fresh(s: Symbol) -> bool:
    """Is it a name that :func:`bound_indices` made?"""
    return str(s.name).startswith("_f")


_counter = iter(range(10**18))


def _fresh(b: Symbol) -> Symbol:
    n = next(_counter)
    return Symbol(f"_f{n}", integer=True) if b.is_integer else Symbol(f"_f{n}", real=True)


@lru_cache(maxsize=4096)
def _canonical(level: int, integer: bool) -> Symbol:
    return Symbol(f"_b{level}", integer=True) if integer else Symbol(f"_b{level}", real=True)


def _height(e: Basic) -> int:
    """The largest canonical number bound inside e."""
    top = 0
    for node in _binders(e):
        for b in node.bound:
            top = max(top, int(b.name[2:]))
    return top


def _binders(e: Basic) -> Iterator[Binder]:
    if isinstance(e, Binder):
        yield e
    for a in e.args:
        if a.args:
            yield from _binders(a)


def _close(cls: type, body: Expr, limits: list[Tuple], apart: list[Any]) -> Expr:
    if not limits:
        raise TypeError(f"{cls.__name__} needs a range")
    own = {t[0] for t in limits}
    level = max([_height(body)] + [_height(p) for t in limits for p in t[1:]])
    for free in body.free_symbols - own:
        if free.name.startswith("_b"):  # a canonical name set free by hand must not be caught
            level = max(level, int(free.name[2:]))
    rule = {
        t[0]: _canonical(level + n, cls is Sum) for n, t in enumerate(reversed(limits), start=1)
    }
    if len(rule) < len(limits):
        raise TypeError("a sum binds each index once")
    if any(k != v for k, v in rule.items()):
        body = rename(body, rule)
        # The range of an index may mention the indices bound before it, never itself.
        limits = [Tuple(rule[t[0]], *(rename(p, rule) for p in t[1:])) for t in limits]
    pairs = {frozenset((rename(n.lhs, rule), rename(n.rhs, rule))) for n in apart}
    if any(len(p) < 2 for p in pairs):
        raise TypeError("j != j is never true")
    ordered = sorted((sorted(p, key=str) for p in pairs), key=str)
    return Expr.__new__(cls, body, *limits, *(Ne(a, b, evaluate=False) for a, b in ordered))


def rename(e: Any, rule: dict[Symbol, Symbol]) -> Any:
    """Replace free symbols by symbols, keeping the written order of everything."""
    if isinstance(e, Symbol):
        return rule.get(e, e)
    if not e.args:
        return e
    if isinstance(e, Binder):
        clash = set(e.bound) & set(rule)
        if clash:
            rule = {k: v for k, v in rule.items() if k not in clash}
    args = tuple(rename(a, rule) for a in e.args)
    if all(a is b for a, b in zip(args, e.args, strict=True)):
        return e
    if isinstance(e, Binder):
        return Expr.__new__(type(e), *args)
    return _plain(e, args)


def _plain(node: Any, args: Sequence[Any]) -> Any:
    if isinstance(node, (Add, Mul, Pow, Relational)):
        return node.func(*args, evaluate=False)
    try:
        return node.func(*args)
    except ZeroDivisionError:  # SymPy's abs of (0 + 0)^2, as it is written
        return node.func(*args, evaluate=False)


# ---------------------------------------------------------------- written order


def _sympy(x: Any) -> Any:
    if isinstance(x, (int, str)) and not isinstance(x, bool):
        return Integer(x) if isinstance(x, int) else Symbol(x)
    if isinstance(x, Basic):
        return x
    if isinstance(x, tuple):
        return Tuple(*map(_sympy, x))
    from sympy import sympify

    return sympify(x, strict=True)


def add(*terms: Any) -> Expr:
    """A sum in the order written; only nesting is flattened, nothing is collected."""
    flat: list[Expr] = []
    for t in map(_sympy, terms):
        flat.extend(t.args if isinstance(t, Add) else (t,))
    if not flat:
        return S.Zero
    return flat[0] if len(flat) == 1 else Add(*flat, evaluate=False)


def mul(*factors: Any) -> Expr:
    """A product in the order written: numbers in front, equal bases merged.

    A factor 1 is dropped; a factor 0 is kept, so that ``0 E[h]`` can be shown before
    algebra removes it.
    """
    number = S.One
    bases: dict[Expr, Expr] = {}
    for f in _factors(factors):
        if f.is_Rational:
            number *= f
            continue
        base, exponent = (f.base, f.exp) if isinstance(f, Pow) else (f, S.One)
        if base in bases and (
            base.is_Rational or not (exponent.is_Integer and bases[base].is_Integer)
        ):
            bases[base] = bases[base] + exponent
        else:
            bases[base] = bases[base] + exponent if base in bases else exponent
    rest = [power(b, e) for b, e in bases.items() if e != 0]
    if number != 1 or not rest:
        rest.insert(0, number)
    return rest[0] if len(rest) == 1 else Mul(*rest, evaluate=False)


def _factors(factors: Iterable[Any]) -> Iterator[Expr]:
    for f in map(_sympy, factors):
        if isinstance(f, Mul):
            yield from _factors(f.args)
        else:
            yield f


def power(base: Any, exponent: Any) -> Expr:
    """base^exponent as written; only exponents 0 and 1 and rational powers are evaluated."""
    base, exponent = _sympy(base), _sympy(exponent)
    if exponent == 1:
        return base
    if exponent == 0 and base != 0:
        return S.One
    if base == S.Exp1 and not exponent.is_number:
        return exp(exponent, evaluate=False)
    if base.is_Rational and exponent.is_Integer and (base != 0 or exponent > 0):
        return base**exponent
    if base is S.Exp1:
        return exp(exponent, evaluate=False)
    return Pow(base, exponent, evaluate=False)


def neg(e: Any) -> Expr:
    """-e, term by term."""
    e = _sympy(e)
    if isinstance(e, Add):
        return add(*(neg(t) for t in e.args))
    return mul(-1, e)


def children(node: Basic) -> tuple[Basic, ...]:
    """The parts of a node that a path may enter (a name's label is not one)."""
    return node.indices if isinstance(node, Named) else tuple(node.args)


def rebuild(node: Any, args: Sequence[Any]) -> Any:
    """``node`` with new children, in written order."""
    if isinstance(node, Add):
        return add(*args)
    if isinstance(node, Mul):
        return mul(*args)
    if isinstance(node, Pow):
        return power(*args)
    if isinstance(node, Named):
        return node.func(node.args[0], *args)
    return _plain(node, args)


def flat(e: Any) -> Any:
    """A verbatim expression with its sums and products in the usual flat form."""
    if not e.args or isinstance(e, Named):
        return e
    if isinstance(e, Binder):
        return e.func(*(flat(a) for a in e.open(bound_indices(e))))
    return rebuild(e, tuple(flat(a) for a in children(e)))


def subterms(e: Basic) -> Iterator[Basic]:
    """e and everything inside it, outermost first (bound names are canonical)."""
    yield e
    for a in children(e):
        yield from subterms(a)


def replace(e: Any, rule: dict[Any, Any]) -> Any:
    """Substitution that keeps the written order and never captures."""
    if e in rule:
        return rule[e]
    if not e.args:
        return e
    if isinstance(e, Binder):
        return _replace_inside(e, rule)
    old = children(e)
    new = tuple(replace(a, rule) for a in old)
    if all(a is b for a, b in zip(old, new, strict=True)):
        return e
    return rebuild(e, new)


def _replace_inside(e: Binder, rule: dict[Any, Any]) -> Expr:
    if not any(e.has(k) for k in rule):
        return e
    if not any(_binders_or_reserved(v) for v in rule.values()) and not any(
        k in e.bound for k in rule
    ):
        # Nothing that comes in is bound or binds, so the canonical names can stay.
        return Expr.__new__(type(e), *(replace(a, rule) for a in e.args))
    fresh = bound_indices(e)
    return e.func(*(replace(a, rule) for a in e.open(fresh)))


def _binders_or_reserved(e: Basic) -> bool:
    return any(
        isinstance(s, Binder) or (s.is_Symbol and s.name.startswith("_b")) for s in subterms(e)
    )


def replace_variables(e: Any, values: Mapping[str, tuple[Sequence[Any], Any]]) -> Any:
    """e with a value, in terms of its indices, for every member of some families, under sums too.

    ``values`` has (indices, value) by the name of the family.
    """
    if isinstance(e, RV) and e.name in values:
        indices, value = values[e.name]
        return replace(value, dict(zip(indices, e.indices, strict=True)))
    if not e.args or not e.has(RV):
        return e
    if isinstance(e, Binder):
        return e.func(*(replace_variables(a, values) for a in e.open(bound_indices(e))))
    return rebuild(e, tuple(replace_variables(a, values) for a in children(e)))


def random_variables(e: Basic) -> set[RV]:
    """The random variables written in e (definitions are not unfolded)."""
    return {s for s in subterms(e) if isinstance(s, RV)}


def evaluated(e: Any) -> Any:
    """The same expression in SymPy's own evaluated form, to take elsewhere."""
    if not e.args:
        return e
    if isinstance(e, Binder):
        return e._map(evaluated)
    return e.func(*(evaluated(a) if not isinstance(a, Str) else a for a in e.args))


# ---------------------------------------------------------------- JSON


_HEADS: dict[str, Any] = {
    c.__name__: c
    for c in (
        Add, Mul, Pow, E, Var, Cov, P, Ind, Diff, RV, Param, Def, Sum, Int, Tuple, relu, leaky_relu,
        sigmoid, exp, log, tanh, sin, cos, sign, erf, Abs, Max, Min, Gt, Ge, Lt, Le, Ne, Eq,
    )
}  # fmt: skip
_NAMES = {c: n for n, c in _HEADS.items()}
_CONSTANTS = {"pi": S.Pi, "e": S.Exp1, "oo": S.Infinity, "-oo": S.NegativeInfinity}
_ASSUMPTIONS = ("integer", "real", "positive", "nonnegative", "negative", "nonzero")


def to_json(e: Any) -> Any:
    """Plain lists, numbers and strings that :func:`from_json` reads back.

    Raises TypeError for a head that is not part of the language.
    """
    if isinstance(e, Str):
        return str(e.name)
    if e.is_Symbol:
        given = [a for a in _ASSUMPTIONS if e._assumptions_orig.get(a)]
        return ["Symbol", e.name, *given]
    if isinstance(e, Integer):
        return int(e)
    if isinstance(e, Rational):
        return ["Rational", int(e.p), int(e.q)]
    for name, value in _CONSTANTS.items():
        if e == value:
            return ["Constant", name]
    if isinstance(e, AppliedUndef):
        return ["Function", e.func.__name__, *map(to_json, e.args)]
    if e.func not in _NAMES:
        raise TypeError(f"{e.func.__name__} is not part of the language")
    return [_NAMES[e.func], *map(to_json, e.args)]


def speaks(e: Any) -> bool:
    """Is the head of e part of the language?"""
    return bool(e.is_number) or isinstance(e, (Symbol, AppliedUndef)) or e.func in _NAMES


def from_json(data: Any) -> Any:
    """The expression that :func:`to_json` wrote; ValueError for anything else."""
    return _read(data, {})


def _read(data: Any, bound: dict[str, Symbol]) -> Any:
    if isinstance(data, bool) or not isinstance(data, (int, list)) or data == []:
        raise ValueError(f"not an expression: {data!r}")
    if isinstance(data, int):
        return Integer(data)
    head, *args = data
    if head == "Symbol":
        return _read_symbol(args, bound)
    if head == "Rational":
        p, q = args
        if not isinstance(p, int) or not isinstance(q, int) or q == 0:
            raise ValueError(f"not a number: {data!r}")
        return Rational(p, q)
    if head == "Constant":
        if args[0] not in _CONSTANTS:
            raise ValueError(f"unknown constant: {data!r}")
        return _CONSTANTS[args[0]]
    if head == "Function":
        return Function(args[0], real=True)(*(_read(a, bound) for a in args[1:]))
    if not isinstance(head, str) or head not in _HEADS:
        raise ValueError(f"unknown head: {head!r}")
    cls = _HEADS[head]
    if issubclass(cls, Named):
        if not args or not isinstance(args[0], str):
            raise ValueError(f"not a name: {data!r}")
        return cls(args[0], *(_read(a, bound) for a in args[1:]))
    if issubclass(cls, Binder):
        # Names of its own for what is bound, so that nothing that is read can capture.
        names = [a[1][1] for a in args[1:] if a[0] == "Tuple"]
        kind = {"integer": True} if cls is Sum else {"real": True}
        bound = bound | {n: Symbol(f"_f{next(_counter)}", **kind) for n in names}
    parts = [_read(a, bound) for a in args]
    if cls in (Add, Mul, Pow) or issubclass(cls, (Relational, Function)):
        return cls(*parts, evaluate=False)
    try:
        return cls(*parts)
    except TypeError as e:
        raise ValueError(f"not an expression: {e}") from None


def _read_symbol(args: list[Any], bound: dict[str, Symbol]) -> Symbol:
    if (
        not args
        or not all(isinstance(a, str) for a in args)
        or not set(args[1:]) <= set(_ASSUMPTIONS)
    ):
        raise ValueError(f"not a symbol: {args!r}")
    if args[0] in bound:
        return bound[args[0]]
    if args[0].startswith(("_b", "_f")):
        raise ValueError(f"{args[0]} is bound nowhere")
    return Symbol(args[0], **dict.fromkeys(args[1:], True))
