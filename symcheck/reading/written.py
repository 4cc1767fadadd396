"""What was written, as a small tree, and its meaning as a verbatim SymPy expression.

The tree knows no notation: a reader of another one (LaTeX) makes the same nodes.
:func:`build` looks the names up in a context and merges or reorders nothing on the way:
``x/x`` stays a quotient, ``E[x] - E[x]`` a difference.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from sympy import (
    Abs,
    Add,
    Eq,
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
    cos,
    erf,
    exp,
    log,
    oo,
    pi,
    sign,
    sin,
    tanh,
)  # fmt: skip

from symcheck.facts.context import Context
from symcheck.language import expr as language
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
    Var,
    leaky_relu,
    relu,
    sigmoid,
)  # fmt: skip

__all__ = [
    "Between", "BigSum", "Call", "Group", "Head", "Indexed", "Indicator", "Integral", "Name",
    "Node", "Number", "Power", "Problem", "Product", "Range", "Relation", "Scope", "Span", "Terms",
    "Unequal", "build", "counted", "suggest",
]  # fmt: skip

MAX_DEPTH = 60
MAX_EXPONENT = 64
MAX_DIGITS = 40
MAX_POWER_DIGITS = 1000
MAX_INDICES = 5
MAX_INDEX_TERMS = 20  # in an index, an exponent, or the end of a range

HEADS: Mapping[str, Any] = {"E": E, "𝔼": E, "Var": Var, "Cov": Cov, "P": P, "ℙ": P,
    "Diff": Diff,
}  # fmt: skip
RELATIONS: Mapping[str, Any] = {"<": Lt, "<=": Le, ">": Gt, ">=": Ge, "=": Eq, "!=": Ne}
# Function and how many arguments it takes (at least, at most).
FUNCTIONS: Mapping[str, tuple[Any, int, int]] = {
    "relu": (relu, 1, 1), "ReLU": (relu, 1, 1), "leaky_relu": (leaky_relu, 2, 2),
    "sigmoid": (sigmoid, 1, 1), "exp": (exp, 1, 1), "log": (log, 1, 1), "ln": (log, 1, 1),
    "tanh": (tanh, 1, 1), "sin": (sin, 1, 1), "cos": (cos, 1, 1), "abs": (Abs, 1, 1),
    "sign": (sign, 1, 1), "erf": (erf, 1, 1), "max": (Max, 2, 9), "min": (Min, 2, 9),
    "sqrt": (lambda x, evaluate: Pow(x, Rational(1, 2), evaluate=evaluate), 1, 1),
    "ind": (Ind, 1, 1),
}  # fmt: skip
RESERVED = frozenset(FUNCTIONS) | frozenset(HEADS) | {"sum", "int", "Σ", "∑", "∫", "oo", "∞", "Pr"}


# ---------------------------------------------------------------- the tree


class Span(NamedTuple):
    """Where something stands: lines and columns count from 1, the end is one past it."""

    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass(eq=False)
class Node:
    """One written construct.  Nodes are never changed (freezing them costs 10 ms at import)."""

    span: Span = field(default=Span(), kw_only=True, compare=False)


@dataclass(eq=False)
class Number(Node):
    """``2`` or ``0.25``, as text."""

    text: str


@dataclass(eq=False)
class Name(Node):
    """``σ_f``"""

    name: str


@dataclass(eq=False)
class Indexed(Node):
    """``W[i,j]``"""

    name: str
    indices: tuple[Node, ...]


@dataclass(eq=False)
class Call(Node):
    """``g(x)``; a product where g is no function."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(eq=False)
class Group(Node):
    """``( ... )``"""

    body: Node


@dataclass(eq=False)
class Terms(Node):
    """Terms with the signs before them, each '' (the first only), '+' or '-'."""

    signs: tuple[str, ...]
    parts: tuple[Node, ...]


@dataclass(eq=False)
class Product(Node):
    """Factors with the operators before them, each '' (side by side), '*' or '/'."""

    operators: tuple[str, ...]
    parts: tuple[Node, ...]


@dataclass(eq=False)
class Power(Node):
    """``base ^ exponent``"""

    base: Node
    exponent: Node


@dataclass(eq=False)
class Head(Node):
    """``E[x | y]``, ``Var[x]``, ``Cov[x, y]``, ``P[x > 0]``."""

    head: str
    arguments: tuple[Node, ...]
    given: tuple[Node, ...] = ()


@dataclass(eq=False)
class Relation(Node):
    """``left operator right``, the operator one of < <= > >= = !=."""

    operator: str
    left: Node
    right: Node


@dataclass(eq=False)
class Between(Node):
    """``0 < x <= 1``: two relations."""

    first: Relation
    second: Relation


@dataclass(eq=False)
class Indicator(Node):
    """``1[x > 0]``, and ``1[x > 0, y > 0]``: of all of them together."""

    conditions: tuple[Node, ...]


@dataclass(eq=False)
class Range(Node):
    """``j = 1..D``; where bounds are left out (``j, k = 1..D``) those that follow hold."""

    index: Node
    lower: Node | None = None
    upper: Node | None = None


@dataclass(eq=False)
class Unequal(Node):
    """``j != k``"""

    left: Node
    right: Node


@dataclass(eq=False)
class BigSum(Node):
    """``sum(j = 1..D, ...) body``"""

    ranges: tuple[Range | Unequal, ...]
    body: Node


@dataclass(eq=False)
class Integral(Node):
    """``int(x = a..b) body`` where ``Pr(x)`` is a factor of the body."""

    over: Range
    body: Node


class Problem(Exception):
    """Something written that has no meaning here; ``hint`` says what to try."""

    def __init__(self, message: str, node: Node, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.span, self.hint = message, node.span, hint


# ---------------------------------------------------------------- suggestions


def suggest(name: str, names: Iterable[str]) -> str:
    """``did you mean σ_f?`` (for ``sigma_f``, too), or nothing."""
    spelled = {_spelled(n): n for n in sorted(names)}
    close = difflib.get_close_matches(_spelled(name), spelled, n=1, cutoff=0.6)
    return f"did you mean {spelled[close[0]]}?" if close else ""


def _spelled(name: str) -> str:
    return "".join(_letter(c) for c in name)


@lru_cache(maxsize=1024)
def _letter(c: str) -> str:
    """``sigma`` for σ, ``Sigma`` for Σ, and c itself for everything that is not Greek."""
    words = unicodedata.name(c, "").split()
    if len(words) == 4 and words[0] == "GREEK":
        return words[3].lower() if words[1] == "SMALL" else words[3].capitalize()
    return c


# ---------------------------------------------------------------- meaning


@dataclass(frozen=True)
class Scope:
    """What is known around an expression besides its context.

    ``bound`` are bound and formal indices.  ``variables`` stand for the random variables
    that integrals run over.  With ``free``, undeclared indices become free indices of
    the context; otherwise they are errors, and ``owner`` says whose indices are missing
    (its own are ``formal``).
    """

    bound: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[Any, Any] = field(default_factory=dict)
    free: bool = True
    owner: str = ""
    formal: frozenset[str] = frozenset()


def build(node: Node, context: Context, scope: Scope | None = None) -> Any:
    """The verbatim expression that a tree means in a context.

    Names in index position that nothing declares become free indices of the context;
    names of summation indices are remembered in ``context.bound_names``.  Raises
    :class:`Problem` for what has no meaning.
    """
    return _Builder(context, scope or Scope(), 0).expr(node)


class _Builder:
    def __init__(self, context: Context, scope: Scope, depth: int) -> None:
        self.context, self.scope, self.depth = context, scope, depth

    def expr(self, node: Node) -> Any:
        while isinstance(node, Group):
            node = node.body
        if self.depth >= MAX_DEPTH:
            raise Problem(
                f"nested more than {MAX_DEPTH} levels deep", node, "name a part of it with let"
            )
        self.depth += 1
        value = _MEANINGS[type(node)](self, node)
        self.depth -= 1
        return value

    def inside(self, scope: Scope) -> _Builder:
        return _Builder(self.context, scope, self.depth)

    # -------------------------------------------------------- arithmetic

    def number(self, node: Number) -> Any:
        if len(node.text) > MAX_DIGITS:
            raise Problem(f"a number of more than {MAX_DIGITS} digits", node)
        return Rational(node.text)

    def terms(self, node: Terms) -> Any:
        values = []
        for s, part in zip(node.signs, node.parts, strict=True):
            value = self.expr(part)
            values.append(_negative(value, part) if s == "-" else value)
        return values[0] if len(values) == 1 else Add(*values, evaluate=False)

    def product(self, node: Product) -> Any:
        written = zip(node.operators, node.parts, strict=True)
        row = [factor for operator, part in written for factor in self._row(operator, part)]
        _unambiguous(row)
        factors: list[Any] = []
        for n, (operator, part) in enumerate(row):
            value = self.expr(part)
            if operator != "/":
                factors.append(value)
            elif n == 1 and factors[0].is_Rational and value.is_Rational and value != 0:
                factors[0] = factors[0] / value
            else:
                factors.append(_inverse(value))
        return factors[0] if len(factors) == 1 else Mul(*factors, evaluate=False)

    def _row(self, operator: str, part: Node) -> list[tuple[str, Node]]:
        """One factor; or, where c or n is no function, those of ``c (x)`` or ``c^n (x)``."""
        split = self._split(part)
        if split is None:
            return [(operator, part)]
        front, rest = split
        return [(operator, front), *self._row("", rest)]

    def _split(self, part: Node) -> tuple[Node, Node] | None:
        """The first factor of what was read as a call or a power, and the rest of it."""
        if isinstance(part, Call):
            if part.name == "Pr" or self.is_function(part.name):
                return None
            return self._apart(part)
        if not isinstance(part, Power):
            return None
        if (split := self._split(part.base)) is not None:
            front, inner = split
            return front, Power(inner, part.exponent, span=part.span)
        exponent = part.exponent
        above = exponent.parts[0] if isinstance(exponent, Terms) else exponent
        if (split := self._split(above)) is None:
            return None
        front, inner = split
        if isinstance(exponent, Terms):
            front = Terms(exponent.signs, (front,), span=front.span)
        return Power(part.base, front, span=part.span), inner

    def power(self, node: Power) -> Any:
        if len(row := self._row("", node)) > 1:
            operators, parts = zip(*row, strict=True)
            return self.product(Product(operators, parts, span=node.span))
        base, exponent = self.expr(node.base), self.expr(node.exponent)
        number = _rational(exponent)
        if number is not None:
            exponent = number
            if abs(number) > MAX_EXPONENT:
                raise Problem(f"the exponent is larger than {MAX_EXPONENT}", node.exponent)
        elif base != S.Exp1 and not self.context.constant(exponent):
            raise Problem("the exponent is random", node.exponent, "exp(y log(x)) for x^y")
        if base == S.Exp1:
            return exp(exponent, evaluate=False)
        if base.is_Rational and exponent.is_Integer and (base != 0 or exponent > 0):
            digits = max(int(base.p).bit_length(), int(base.q).bit_length()) * 0.30103
            if digits * abs(int(exponent)) > MAX_POWER_DIGITS:
                raise Problem(f"a number of more than {MAX_POWER_DIGITS} digits", node)
            return base**exponent
        return Pow(base, exponent, evaluate=False)

    # -------------------------------------------------------- names

    def name(self, node: Name) -> Any:
        name, c = node.name, self.context
        if name in self.scope.bound:
            return self.scope.bound[name]
        for table in (c.symbols, c.sizes, c.indices):
            if name in table:
                return table[name]
        if name in c.randoms:
            return self._member(node, ())
        if name in c.definitions:
            self._count(node, len(c.definitions[name].indices), 0)
            return Def(name)
        if name in c.params:
            self._count(node, len(c.params[name]), 0)
        if name in ("pi", "π"):
            return pi
        if name == "e":
            return S.Exp1
        if name in ("oo", "∞"):
            raise Problem("infinity stands only in the range of an integral", node)
        if self.is_function(name):
            raise Problem(f"{name} is a function and needs an argument", node, f"{name}(x)")
        if name in HEADS:
            shown = {"Cov": "Cov[x, y]", "P": "P[x > 0]"}.get(name, f"{name}[x]")
            raise Problem(f"{name} needs brackets", node, shown)
        if name in RESERVED:
            raise Problem(f"{name} has a meaning of its own", node, _USES.get(name, ""))
        raise self._unknown(node, name, f"real {name}")

    def _unknown(self, node: Node, name: str, declaration: str) -> Problem:
        known = self.context.names | set(self.scope.bound) | set(FUNCTIONS)
        hint = suggest(name, known) or f"declare it above, as in `{declaration}`"
        return Problem(f"{name} is not declared", node, hint)

    def indexed(self, node: Indexed) -> Any:
        name, c = node.name, self.context
        if name in c.randoms:
            return self._member(node, node.indices)
        if name in c.definitions:
            self._count(node, len(c.definitions[name].indices), len(node.indices))
            return Def(name, *map(self.index, node.indices))
        if name in c.params:
            self._count(node, len(c.params[name]), len(node.indices))
            return Param(name, *map(self.index, node.indices))
        if name in c.names or name in self.scope.bound:
            raise Problem(f"{name} has no index", node, f"{name}, or declare it with an index")
        if name in RESERVED or name in ("pi", "π", "e"):
            raise Problem(f"{name} has no index", node, f"{name}(...)")
        raise self._unknown(node, name, f"random {name}[j]")

    def _member(self, node: Name | Indexed, indices: tuple[Node, ...]) -> Any:
        self._count(node, len(self.context.randoms[node.name].indices), len(indices))
        x = RV(node.name, *map(self.index, indices))
        return self.scope.variables.get(x, x)

    def _count(self, node: Name | Indexed, want: int, have: int) -> None:
        if want != have:
            letters = ", ".join("ijklmnpq"[:want])
            hint = f"{node.name}[{letters}]" if want else node.name
            raise Problem(f"{node.name} has {counted(want)}, not {have or 'none'}", node, hint)

    def index(self, node: Node) -> Any:
        """An index: bound, declared, a number, arithmetic of these, or an undeclared name."""
        while isinstance(node, Group):
            node = node.body
        if isinstance(node, Terms) and len(node.parts) <= MAX_INDEX_TERMS:
            signs = [-1 if s == "-" else 1 for s in node.signs]
            return Add(*(n * self.index(p) for n, p in zip(signs, node.parts, strict=True)))
        if isinstance(node, Product) and len(node.parts) <= MAX_INDEX_TERMS:
            if "/" in node.operators:
                raise Problem("an index is a whole number, such as j, j + 1 or 2", node)
            return Mul(*map(self.index, node.parts))
        if isinstance(node, Name) and node.name not in self.scope.bound:
            known = node.name in self.context.names or node.name in RESERVED
            if not known and self.scope.free:
                self.context.indices[node.name] = language.index(node.name)
            elif not known:
                owner = self.scope.owner
                hint = f"write {owner}[{node.name}] on the left" if owner else ""
                hint = suggest(node.name, self.scope.bound) or hint
                raise Problem(f"{node.name} is not an index here", node, hint)
        self._letters(node)
        value = _whole(self.expr(node))
        if value is None:
            raise Problem("an index is a whole number, such as j, j + 1 or 2", node)
        return value

    def _letters(self, node: Node) -> None:
        """``k + 1`` with an undeclared k: k is a free index."""
        if not self.scope.free or isinstance(node, Name):
            return
        known = self.context.names | set(self.scope.bound) | RESERVED
        for part in _names(node):
            if part.name not in known:
                self.context.indices[part.name] = language.index(part.name)

    # -------------------------------------------------------- functions and heads

    def is_function(self, name: str) -> bool:
        """Is ``name(...)`` a call and not a product?"""
        return name in self.context.functions or (
            name in FUNCTIONS and name not in self.scope.bound and name not in self.context.names
        )

    def _apart(self, node: Call) -> tuple[Node, Node]:
        """``c (x)`` as its two factors."""
        name, c = node.name, self.context
        hint = suggest(name, {*c.functions, *FUNCTIONS})
        constants = ("pi", "π", "e", "oo", "∞")
        if not (name in c.names or name in self.scope.bound or name in constants):
            hint = suggest(name, {*c.functions, *FUNCTIONS, *c.names}) or (
                f"declare it above, as in `function {name}` or `real {name}`"
            )
            raise Problem(f"{name} is not declared", _front(node), hint)
        if len(node.arguments) != 1 or isinstance(node.arguments[0], Relation):
            hint = hint or f"declare it above, as in `function {name}`"
            raise Problem(f"{name} is not a function", _front(node), hint)
        return _front(node), node.arguments[0]

    def call(self, node: Call) -> Any:
        name = node.name
        if name == "Pr":
            raise Problem("Pr(x) stands only in an integral over x", node, "P[x > 0] for an event")
        if not self.is_function(name):
            front, inner = self._apart(node)
            return self.product(Product(("", ""), (front, inner), span=node.span))
        if name in self.context.functions:
            make, least, most = Function(name, real=True), 1, 9
        else:
            make, least, most = FUNCTIONS[name]
        count = len(node.arguments)
        if not least <= count <= most:
            hint = f"{name}({', '.join(('x', 'a', 'b')[:least])})"
            raise Problem(f"{name} takes {_arguments(least)}, not {count}", node, hint)
        if name == "ind":
            return self._indicator(node, node.arguments)
        return make(*map(self.value, node.arguments), evaluate=False)

    def value(self, node: Node) -> Any:
        """An expression, not a condition."""
        if isinstance(node, (Relation, Between)):
            hint = "1[x > 0] for its indicator, P[x > 0] for its probability"
            raise Problem("a condition stands here where an expression should", node, hint)
        return self.expr(node)

    def indicator(self, node: Indicator) -> Any:
        return self._indicator(node, node.conditions)

    def _indicator(self, node: Node, conditions: Sequence[Node]) -> Any:
        """The indicator of several conditions is the product of theirs."""
        return language.mul(*(Ind(e) for e in self._events(conditions, node, "an indicator")))

    def _events(self, conditions: Sequence[Node], node: Node, what: str) -> list[Any]:
        found: list[Any] = []
        for c in conditions:
            if isinstance(c, Between):
                found += [self.expr(c.first), self.expr(c.second)]
            elif isinstance(c, Relation):
                found.append(self.expr(c))
            else:
                hint = "P[x > 0]" if what == "P" else "1[x > 0]"
                raise Problem(f"{what} needs a condition", c if what == "P" else node, hint)
        return found

    def relation(self, node: Relation) -> Any:
        left, right = self.expr(node.left), self.expr(node.right)
        made = RELATIONS[node.operator](left, right, evaluate=False)
        if made in (S.true, S.false):
            raise Problem("this condition does not depend on anything", node)
        return made

    def head(self, node: Head) -> Any:
        head, name = HEADS[node.head], node.head
        if self.scope.variables:  # inside of an expectation the variable is no longer that of
            own = replace(self.scope, variables={})  # the integral around it
            return self.inside(own).head(node)
        if head is P:  # of several events, or given something: of the product of indicators
            events = self._events(node.arguments, node, "P")
            if len(events) == 1 and not node.given:
                return P(events[0])
            return E(language.mul(*map(Ind, events)), *map(self.value, node.given))
        count = 2 if head in (Cov, Diff) else 1
        if len(node.arguments) != count:
            hint = f"{name}[x, y]" if count == 2 else f"{name}[x | y] if you mean given y"
            message = f"{name} takes {_arguments(count)}, not {len(node.arguments)}"
            raise Problem(message, node, hint)
        if node.given and head is Diff:
            raise Problem(f"{name} takes no condition after |", node.given[0])
        arguments, given = map(self.value, node.arguments), map(self.value, node.given)
        if node.given and head is Cov:
            (f, g), known = arguments, tuple(given)
            apart = language.mul(-1, E(f, *known), E(g, *known))
            return language.add(E(language.mul(f, g), *known), apart)
        return head(*arguments, *given)

    # -------------------------------------------------------- sums and integrals

    def big_sum(self, node: BigSum) -> Any:
        bound: dict[str, Any] = dict(self.scope.bound)
        inner = self.inside(replace(self.scope, bound=bound))
        limits: list[tuple[Any, Any, Any]] = []
        waiting: list[Name] = []
        for r in node.ranges:
            if isinstance(r, Unequal):
                continue
            own = self._bindable(r.index, {t[0].name for t in limits} | {n.name for n in waiting})
            waiting.append(own)
            if r.lower is None or r.upper is None:
                continue
            lower, upper = inner._bound(r.lower), inner._bound(r.upper)
            for n in waiting:
                bound[n.name] = language.index(n.name)
                limits.append((bound[n.name], lower, upper))
                if n.name not in self.context.bound_names:
                    self.context.bound_names.append(n.name)
            waiting = []
        if waiting:
            n = waiting[0]
            raise Problem(f"the range of {n.name} is missing", n, f"sum({n.name} = 1..n) ...")
        if len(limits) > MAX_INDICES:
            raise Problem(f"a sum runs over {MAX_INDICES} indices at most", node)
        apart = [inner._unequal(r) for r in node.ranges if isinstance(r, Unequal)]
        return language.Sum(inner.expr(node.body), *limits, *apart)

    def _bindable(self, node: Node, taken: set[str]) -> Name:
        c = self.context
        if not isinstance(node, Name):
            raise Problem("a sum runs over a letter", node, "sum(j = 1..n) ...")
        name = node.name
        if name in taken:
            raise Problem(f"the sum runs over {name} twice", node)
        if name in RESERVED or (name in c.names and name not in c.indices):
            raise Problem(f"{name} is declared already", node, "another letter for the index")
        if name in self.scope.formal:
            message = f"{name} is already an index of {self.scope.owner}"
            raise Problem(message, node, "another letter for the sum")
        return node

    def _bound(self, node: Node) -> Any:
        self._letters(node)
        value = _whole(self.expr(node))
        if value is None:
            hint = "declare it above, as in `size n`" if isinstance(node, Name) else ""
            raise Problem("a sum runs between whole numbers", node, hint)
        return value

    def _unequal(self, node: Unequal) -> Any:
        left, right = self.index(node.left), self.index(node.right)
        if left == right:
            raise Problem("an index never differs from itself", node)
        return Ne(left, right, evaluate=False)

    def integral(self, node: Integral) -> Any:
        target, low, high = node.over.index, node.over.lower, node.over.upper
        x = self.expr(target)
        if low is None or high is None:
            raise Problem("the range of the integral is missing", target, "int(x = 0..oo) ...")
        if not isinstance(x, RV):
            raise Problem("an integral runs over the values of a random variable", target)
        body = self._without_density(node, x)
        t = Symbol(f"_v{len(self.scope.variables)}", real=True)
        inner = self.inside(replace(self.scope, variables={**self.scope.variables, x: t}))
        return Int(inner.expr(body), (t, x, self._limit(low), self._limit(high)))

    def _without_density(self, node: Integral, x: RV) -> Node:
        """The integrand without its factor Pr(x), which may stand in an integral inside."""
        body = node.body if isinstance(node.body, Product) else Product(("",), (node.body,))
        row = list(zip(body.operators, body.parts, strict=True))
        places = [n for n, (o, p) in enumerate(row) if o != "/" and self._is_density(p, x)]
        operator, inner = row[-1]
        if not places and isinstance(inner, Integral):
            rest = self._without_density(inner, x)
            row[-1] = (operator, Integral(inner.over, rest, span=inner.span))
        elif len(places) == 1:
            del row[places[0]]
        else:
            hint = f"int(... = ...) ... Pr({x})"
            raise Problem(f"an integral over {x} needs the factor Pr({x}) once", node, hint)
        if not row or row[0][0] == "/":
            row.insert(0, ("", Number("1", span=node.span)))
        row[0] = ("", row[0][1])
        operators, parts = zip(*row, strict=True)
        return Product(operators, parts, span=node.span)

    def _is_density(self, node: Node, x: RV) -> bool:
        if not isinstance(node, Call) or node.name != "Pr" or len(node.arguments) != 1:
            return False
        return bool(self.value(node.arguments[0]) == x)

    def _limit(self, node: Node) -> Any:
        """An end of an integral's range, which may be infinite."""
        while isinstance(node, Group):
            node = node.body
        if isinstance(node, Name) and node.name in ("oo", "∞"):
            return oo
        if isinstance(node, Terms) and len(node.parts) == 1:
            inner = self._limit(node.parts[0])
            if inner is oo:
                return -oo if node.signs[0] == "-" else oo
        value = self.expr(node)
        if not self.context.constant(value):
            raise Problem("the range of an integral is constant", node)
        return value

    def misplaced(self, node: Node) -> Any:
        raise Problem("this cannot stand on its own", node)


_MEANINGS: Mapping[type[Node], Callable[[_Builder, Any], Any]] = {
    Number: _Builder.number, Name: _Builder.name, Indexed: _Builder.indexed, Call: _Builder.call,
    Terms: _Builder.terms, Product: _Builder.product, Power: _Builder.power, Head: _Builder.head,
    Relation: _Builder.relation, Indicator: _Builder.indicator, BigSum: _Builder.big_sum,
    Integral: _Builder.integral, Between: _Builder.misplaced,
    Range: _Builder.misplaced, Unequal: _Builder.misplaced,
}  # fmt: skip
_USES = {
    "sum": "sum(j = 1..n) x[j]", "Σ": "Σ(j = 1..n) x[j]", "∑": "∑(j = 1..n) x[j]",
    "int": "int(x = 0..oo) x^2 Pr(x)", "∫": "∫(x = 0..oo) x^2 Pr(x)",
    "Pr": "int(x = 0..oo) x^2 Pr(x)",
}  # fmt: skip


def counted(n: int) -> str:
    """``no index``, ``1 index``, ``2 indices``."""
    return f"{n or 'no'} ind{'ex' if n < 2 else 'ices'}"


def _arguments(n: int) -> str:
    return f"{n} argument{'s' if n > 1 else ''}"


def _negative(value: Any, node: Node) -> Any:
    """-value: the sign goes into a number, or in front of the factors of a product."""
    if value.is_Rational:
        return -value
    if isinstance(value, Mul) and isinstance(node, (Product, Call, Power)):
        first, *rest = value.args
        if first.is_Rational:
            return Mul(-first, *rest, evaluate=False)
        return Mul(-1, *value.args, evaluate=False)
    return Mul(-1, value, evaluate=False)


def _inverse(value: Any) -> Any:
    if value.is_Rational and value != 0:
        return 1 / value
    return Pow(value, -1, evaluate=False)


def _unambiguous(row: list[tuple[str, Node]]) -> None:
    """``a / b c``: is c above or below the line?  ``1/2 c`` and ``a / b E[x]`` are clear."""
    for n in range(2, len(row)):
        (_, above), (before, below), (here, part) = row[n - 2 : n + 1]
        ratio = n == 2 and isinstance(above, Number) and isinstance(below, Number)
        # A sum or an expectation that follows a quotient is on the line, as in 1/n E[x].
        apart = isinstance(part, (BigSum, Integral)) or (
            isinstance(part, Head) and not isinstance(below, Head)
        )
        if before == "/" and here == "" and not (ratio or apart):
            message = "a product after a division can be read in two ways"
            raise Problem(message, part, "(a / b) c, or a / (b c)")


def _front(node: Call) -> Name:
    """The name before the brackets of a call."""
    line, column, _, _ = node.span
    return Name(node.name, span=Span(line, column, line, column + len(node.name)))


def _rational(e: Any) -> Any | None:
    """The value of an expression of small numbers alone, else None."""
    if e.is_Rational:
        return e
    if isinstance(e, (Add, Mul)) and len(e.args) <= MAX_INDEX_TERMS:
        values = [_rational(a) for a in e.args]
        return None if None in values else e.func(*values)
    return None


def _whole(e: Any) -> Any | None:
    """A whole number made of indices, sizes and integers, in SymPy's form; else None."""
    if isinstance(e, Integer) or (isinstance(e, Symbol) and e.is_integer):
        return e
    if isinstance(e, (Add, Mul)) and len(e.args) <= MAX_INDEX_TERMS:
        values = [_whole(a) for a in e.args]
        return None if None in values else e.func(*values)
    if isinstance(e, Pow) and isinstance(e.exp, Integer) and e.exp > 0:
        base = _whole(e.base)
        return None if base is None else base**e.exp
    return None


def _names(node: Any) -> Iterator[Name]:
    """The names in the arithmetic of an index."""
    if isinstance(node, Name):
        yield node
    elif isinstance(node, Group):
        yield from _names(node.body)
    elif isinstance(node, (Terms, Product)):
        for part in node.parts:
            yield from _names(part)
