"""What was written, as a small tree, and its meaning as a verbatim SymPy expression.

Nothing is merged or reordered on the way: ``x/x`` stays a quotient.  Names are looked up
in a context; a reader for another notation makes the same tree.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import (
    Abs,
    Add,
    Eq,
    Function,
    Ge,
    Gt,
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
    oo,
    pi,
    sign,
    sin,
    tanh,
)  # fmt: skip

from symcheck.context import Context
from symcheck.expr import (
    RV,
    Cov,
    Def,
    E,
    Ind,
    Int,
    P,
    Param,
    Sum,
    Var,
    index,
    leaky_relu,
    relu,
    sigmoid,
)  # fmt: skip

__all__ = ["Node", "Problem", "Scope", "build", "suggest"]

MAX_EXPONENT = 64
FUNCTIONS: Mapping[str, tuple[Any, int]] = {
    "relu": (relu, 1), "ReLU": (relu, 1), "leaky_relu": (leaky_relu, 2), "sigmoid": (sigmoid, 1),
    "exp": (exp, 1), "log": (log, 1), "ln": (log, 1), "tanh": (tanh, 1), "sin": (sin, 1),
    "cos": (cos, 1), "abs": (Abs, 1), "sign": (sign, 1), "erf": (erf, 1), "max": (Max, 2),
    "min": (Min, 2), "sqrt": (None, 1), "ind": (None, 1),
}  # fmt: skip
HEADS: Mapping[str, Any] = {"E": E, "𝔼": E, "Var": Var, "Cov": Cov, "P": P}
RELATIONS: Mapping[str, Any] = {
    "<": Lt, "<=": Le, "≤": Le, ">": Gt, ">=": Ge, "≥": Ge, "=": Eq, "!=": Ne, "≠": Ne,
}  # fmt: skip
RESERVED = frozenset(FUNCTIONS) | frozenset(HEADS) | {"sum", "int", "oo", "Pr"}


@dataclass(frozen=True)
class Node:
    """One written construct: its kind, its text (a name, a number, an operator), its parts."""

    kind: str
    text: str = ""
    parts: tuple[Node, ...] = ()
    line: int = 0
    column: int = 0
    end: int = 0


class Problem(Exception):
    """Something written that has no meaning here; ``hint`` says what to try."""

    def __init__(self, message: str, node: Node, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.node, self.hint = message, node, hint


@dataclass
class Scope:
    """Names bound around an expression; ``variables`` stand for random variables in integrals."""

    bound: dict[str, Symbol] = field(default_factory=dict)
    variables: dict[Any, Symbol] = field(default_factory=dict)
    free_indices: bool = True


def suggest(name: str, names: Iterable[str]) -> str:
    """``did you mean x?``, or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else ""


def build(node: Node, context: Context, scope: Scope | None = None) -> Any:
    """The verbatim expression that a tree means in a context.

    Names in index position that nothing declares become free indices of the context.
    Raises :class:`Problem`.
    """
    return _Builder(context, scope or Scope()).expr(node)


class _Builder:
    def __init__(self, context: Context, scope: Scope) -> None:
        self.context, self.scope = context, scope

    def expr(self, node: Node) -> Any:
        return getattr(self, f"_{node.kind}")(node)

    # -------------------------------------------------------- arithmetic

    def _number(self, node: Node) -> Any:
        return Rational(node.text)

    def _group(self, node: Node) -> Any:
        return self.expr(node.parts[0])

    def _sum(self, node: Node) -> Any:
        """Parts carry their sign in ``text``."""
        terms = []
        for part in node.parts:
            value = self.expr(part.parts[0])
            if part.text == "-":
                value = -value if value.is_Rational else Mul(-1, value, evaluate=False)
            terms.append(value)
        return terms[0] if len(terms) == 1 else Add(*terms, evaluate=False)

    def _product(self, node: Node) -> Any:
        """Parts carry the operator before them in ``text``: '', '*' or '/'."""
        parts = list(_without_calls(node.parts, self.is_function))
        self._ambiguous(parts)
        factors = []
        for part in parts:
            value = self.expr(part.parts[0])
            factors.append(_over(value) if part.text == "/" else value)
        if len(factors) > 1 and factors[0].is_Rational and factors[1].is_Rational:
            factors[:2] = [factors[0] * factors[1]]  # 1/2 is a number, not a quotient
        return factors[0] if len(factors) == 1 else Mul(*factors, evaluate=False)

    def _ambiguous(self, parts: list[Node]) -> None:
        for n in range(2, len(parts)):
            before, here = parts[n - 1], parts[n]
            plain = parts[n - 2].parts[0].kind == "number" and before.parts[0].kind == "number"
            if before.text == "/" and here.text == "" and not plain:
                raise Problem(
                    "this product after a division can be read in two ways", here,
                    "write (a / b) c or a / (b c)",
                )  # fmt: skip

    def _pow(self, node: Node) -> Any:
        base, raised = node.parts
        if base.kind == "call" and not self.is_function(base.text):
            name = Node("name", base.text, (), base.line, base.column, base.end)
            inner = Node("group", "", base.parts, base.line, base.column, base.end)
            return Mul(self.expr(name), self._power(self.expr(inner), raised), evaluate=False)
        return self._power(self.expr(base), raised)

    def _power(self, base: Any, raised: Node) -> Any:
        exponent = self.expr(raised)
        if exponent.is_Rational and abs(exponent) > MAX_EXPONENT:
            raise Problem(f"the exponent is larger than {MAX_EXPONENT}", raised)
        if not self.context.constant(exponent):
            raise Problem("the exponent is random", raised)
        if base.is_Rational and exponent.is_Integer and (base != 0 or exponent > 0):
            return base**exponent
        return Pow(base, exponent, evaluate=False)

    # -------------------------------------------------------- names

    def _name(self, node: Node) -> Any:
        name, c = node.text, self.context
        if name in self.scope.bound:
            return self.scope.bound[name]
        for table in (c.symbols, c.sizes, c.indices):
            if name in table:
                return table[name]
        if name in c.randoms:
            return self._random(node, ())
        if name in c.definitions:
            self._arity(node, len(c.definitions[name].indices), 0)
            return Def(name)
        if name in c.params:
            self._arity(node, len(c.params[name]), 0)
        if name in ("oo", "∞"):
            return oo
        if name == "pi" or name == "π":
            return pi
        if name == "e":
            return S.Exp1
        if name in c.functions or name in FUNCTIONS or name in HEADS:
            raise Problem(f"{name} needs an argument", node, f"write {name}(...)")
        raise Problem(f"{name} is not declared", node, suggest(name, c.names | set(FUNCTIONS)))

    def _indexed(self, node: Node) -> Any:
        name, c = node.text, self.context
        at = tuple(self.index(p) for p in node.parts)
        if name in c.randoms:
            return self._random(node, at)
        if name in c.definitions:
            self._arity(node, len(c.definitions[name].indices), len(at))
            return Def(name, *at)
        if name in c.params:
            self._arity(node, len(c.params[name]), len(at))
            return Param(name, *at)
        if name in c.names or name in self.scope.bound:
            raise Problem(f"{name} has no index", node)
        raise Problem(f"{name} is not declared", node, suggest(name, c.names))

    def _random(self, node: Node, at: tuple[Any, ...]) -> Any:
        self._arity(node, len(self.context.randoms[node.text].indices), len(at))
        x = RV(node.text, *at)
        return self.scope.variables.get(x, x)

    def _arity(self, node: Node, want: int, have: int) -> None:
        if want != have:
            noun = "no index" if want == 0 else f"{want} ind{'ex' if want == 1 else 'ices'}"
            raise Problem(f"{node.text} has {noun}, here it has {have or 'none'}", node)

    def index(self, node: Node) -> Any:
        """An index: a bound or declared one, a number, or an undeclared name (free)."""
        plain = _single(node)
        if plain is not None and plain.kind == "name":
            name, c = plain.text, self.context
            known = name in self.scope.bound or name in c.names
            if not known and self.scope.free_indices:
                c.indices[name] = index(name)
                return c.indices[name]
        value = self.expr(node)
        if not value.is_integer:
            raise Problem("an index is a whole number", node)
        return value.doit() if isinstance(value, (Add, Mul)) else value

    # -------------------------------------------------------- functions and heads

    def is_function(self, name: str) -> bool:
        """Is this name called, not multiplied?"""
        return (
            name in FUNCTIONS or name in self.context.functions
        ) and name not in self.scope.bound

    def _call(self, node: Node) -> Any:
        name = node.text
        if name == "Pr":
            raise Problem("Pr(...) stands only at the end of an integral", node)
        if not self.is_function(name):
            if len(node.parts) > 1:
                known = self.context.names | set(FUNCTIONS)
                raise Problem(f"{name} is not a function", node, suggest(name, known))
            first = Node("name", name, (), node.line, node.column, node.end)
            return Mul(self.expr(first), self.expr(node.parts[0]), evaluate=False)
        made, arity = FUNCTIONS.get(name, (None, 1))
        if name in self.context.functions:
            made = Function(name, real=True)
        if len(node.parts) != arity:
            raise Problem(f"{name} takes {arity} argument{'s' if arity > 1 else ''}", node)
        if name == "ind":
            return self._indicator(node)
        arguments = [self.expr(p) for p in node.parts]
        if name == "sqrt":
            return Pow(arguments[0], Rational(1, 2), evaluate=False)
        return made(*arguments, evaluate=False)

    def _indicator(self, node: Node) -> Any:
        if node.parts[0].kind != "relation":
            raise Problem("an indicator needs a condition such as x > 0", node)
        return Ind(self.expr(node.parts[0]))

    def _relation(self, node: Node) -> Any:
        left, right = (self.expr(p) for p in node.parts)
        made = RELATIONS[node.text](left, right, evaluate=False)
        if made in (S.true, S.false):
            raise Problem("this condition does not depend on anything random", node)
        return made

    def _head(self, node: Node) -> Any:
        head = HEADS[node.text]
        inside, given = node.parts[0], node.parts[1:]
        count = 2 if head is Cov else 1
        if len(inside.parts) != count:
            raise Problem(f"{node.text} takes {count} argument{'s' * (count > 1)}", node)
        if given and head not in (E, Var):
            raise Problem(
                f"a condition after | is understood in E and Var, not in {node.text}", node
            )
        if head is P and inside.parts[0].kind != "relation":
            raise Problem("P needs an event such as x > 0", node)
        if head is not P and any(p.kind == "relation" for p in inside.parts):
            raise Problem(
                f"{node.text} needs an expression, not a condition", node, "use 1[...] or P[...]"
            )
        return head(*(self.expr(p) for p in inside.parts), *(self.expr(p) for p in given))

    # -------------------------------------------------------- binders

    def _big(self, node: Node) -> Any:
        *ranges, body = node.parts
        if node.text in ("int", "∫"):
            return self._integral(node, ranges, body)
        limits, apart, waiting = [], [], []
        bound = dict(self.scope.bound)
        inner = _Builder(self.context, Scope(bound, self.scope.variables, self.scope.free_indices))
        for r in ranges:
            if r.kind == "apart":
                apart.append(r)
                continue
            name = _single(r.parts[0])
            if name is None or name.kind != "name":
                raise Problem("a sum runs over a name, as in sum(j = 1..n)", r)
            if name.text in self.context.names and name.text not in self.context.indices:
                raise Problem(
                    f"{name.text} is declared already; a sum needs a name of its own", name
                )
            if name.text in {w.text for w in waiting} | {t[0] for t in limits}:
                raise Problem(f"the sum binds {name.text} twice", name)
            waiting.append(name)
            if r.kind == "range":
                lower, upper = (inner.expr(p) for p in r.parts[1:])
                if not (lower.is_integer and upper.is_integer):
                    raise Problem("the range of a sum consists of whole numbers", r)
                if not self.context.constant(lower) or not self.context.constant(upper):
                    raise Problem("the range of a sum may not be random", r)
                limits += [(w.text, lower, upper) for w in waiting]
                for w in waiting:
                    bound[w.text] = index(w.text)
                    if w.text not in self.context.bound_names:
                        self.context.bound_names.append(w.text)
                waiting = []
        if waiting:
            raise Problem(
                f"the range of {waiting[0].text} is missing", waiting[0], "sum(j = 1..n) ..."
            )
        if len(limits) > 5:
            raise Problem("a sum may have five indices at most", node)
        conditions = [tuple(inner.index(p) for p in r.parts) for r in apart]
        for r, (a, b) in zip(apart, conditions, strict=True):
            if a == b:
                raise Problem("an index cannot differ from itself", r)
        return Sum(
            inner.expr(body), *(Tuple(bound[n], lo, hi) for n, lo, hi in limits),
            *(Ne(a, b, evaluate=False) for a, b in conditions),
        )  # fmt: skip

    def _integral(self, node: Node, ranges: list[Node], body: Node) -> Any:
        if len(ranges) != 1 or ranges[0].kind != "range":
            raise Problem("an integral has one range, as in int(f = 0..oo) f^2 Pr(f)", node)
        target, lower, upper = ranges[0].parts
        x = self.expr(target)
        if not isinstance(x, RV):
            raise Problem("the integral is over the values of a random variable", target)
        if body.kind == "product" and body.parts and _is_density(body.parts[-1], self, x):
            body = Node("product", "", body.parts[:-1] or (_ONE,), body.line, body.column, body.end)
        else:
            raise Problem(f"the integral should end with Pr({x})", node)
        t = Symbol("_v", real=True)
        inner = _Builder(
            self.context,
            Scope(self.scope.bound, self.scope.variables | {x: t}, self.scope.free_indices),
        )
        low, high = self.expr(lower), self.expr(upper)
        return Int(inner.expr(body), (t, x, low, high))


_ONE = Node("factor", "", (Node("number", "1"),))


def _is_density(part: Node, builder: _Builder, x: Any) -> bool:
    call = part.parts[0]
    return call.kind == "call" and call.text == "Pr" and builder.expr(call.parts[0]) == x


def _over(value: Any) -> Any:
    if value.is_Rational and value != 0:
        return 1 / value
    return Pow(value, -1, evaluate=False)


def _single(node: Node) -> Node | None:
    """The one atom that a tree consists of."""
    while node.kind in ("sum", "product", "group", "term", "factor"):
        if len(node.parts) != 1 or node.text in ("-", "/"):
            return None
        node = node.parts[0]
    return node


def _without_calls(parts: tuple[Node, ...], is_function: Any) -> Iterable[Node]:
    """A function's name followed by a blank and brackets is a call all the same."""
    n = 0
    while n < len(parts):
        here = parts[n].parts[0]
        after = parts[n + 1] if n + 1 < len(parts) else None
        if (
            here.kind == "name"
            and is_function(here.text)
            and after is not None
            and after.text == ""
        ):
            if after.parts[0].kind == "group":
                call = Node(
                    "call", here.text, after.parts[0].parts, here.line, here.column, here.end
                )
                yield Node("factor", parts[n].text, (call,), here.line, here.column, here.end)
                n += 2
                continue
        yield parts[n]
        n += 1
