"""Activations that somebody spells out, read by the parser of ``.proof`` files; never run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from sympy import Max, Min, Pow, S, exp, log
from sympy.core.function import AppliedUndef

from symcheck.facts.context import Context
from symcheck.gains.names import (
    ACTIVATIONS,
    GATED,
    Unreadable,
    X,
    largest,
    lettered,
    named,
    smallest,
)
from symcheck.reading.parser import Source, SyntaxProblem, normal
from symcheck.reading.written import (
    FUNCTIONS,
    RESERVED,
    BigSum,
    Call,
    Head,
    Indexed,
    Integral,
    Name,
    Node,
    Power,
    Problem,
    Product,
    build,
    suggest,
)

__all__ = ["spelled"]

LONGEST = 2000  # letters of a text
_FOREIGN = (Head, BigSum, Integral, Indexed)
_KNOWN = ("x", "pi", "π", "e")
_MEANT = "'"  # after the name of an activation, where no text can have it


def spelled(text: str, slope: Any) -> tuple[Any, dict[Any, Any], bool]:
    """The expression of a text, its letters with their values, and whether it has a number a.

    Raises :class:`Unreadable` at what cannot be read.
    """
    reader = _Reader(text, slope)
    try:
        return reader.read()
    except SyntaxProblem as problem:
        raise Unreadable(str(problem).replace("<text>:", "", 1)) from None
    except RecursionError:
        raise Unreadable("nested too deeply") from None


class _Reader:
    """Reads one text."""

    def __init__(self, text: str, slope: Any) -> None:
        self.text, self.source = text, Source(text, "")
        self.slope, self.sloped = slope, False
        self.letters: dict[Any, Any] = {}

    def read(self) -> tuple[Any, dict[Any, Any], bool]:
        if len(self.text) > LONGEST:
            raise self.source.problem(f"the text is longer than {LONGEST} letters", 1, 1)
        if not self.text.strip():
            raise self.source.problem("something is missing", 1, 1, "relu, gelu, x * tanh(x)")
        node = self.known(self.source.tree("expr", normal(self.text), 1))
        context = Context()
        context.symbols[X.name] = X
        for name in ACTIVATIONS:
            context.function(name + _MEANT)
        if self.slope is not None:
            a = lettered("a", self.slope) if self.slope != 0 else S.Zero
            context.symbols["a"] = a
            self.letters |= {a: self.slope} if a != 0 else {}
        try:
            made = self.settled(build(node, context))
        except Problem as p:
            raise self.source.at(p.span, p.message, p.hint) from None
        except (ArithmeticError, AttributeError, TypeError, ValueError) as e:
            raise self.source.at(node.span, f"this has no meaning: {e}") from None
        strange = made.free_symbols - {X, *self.letters} or made.has(S.ImaginaryUnit)
        if strange or made.is_finite is False or made.is_real is False:
            raise self.source.at(node.span, "this is not a real function of x")
        return made, self.letters, self.sloped

    def known(self, tree: Node) -> Node:
        """The tree, with x as the argument of names that stand bare."""

        def change(n: Node) -> Node | None:
            if isinstance(n, _FOREIGN):
                hint = "x, numbers and functions such as tanh(x)"
                raise self.source.at(n.span, "this cannot stand in an activation", hint)
            if isinstance(n, Call):
                self.called(n)
                if n.name in ACTIVATIONS and len(n.arguments) == 1:
                    return Call(n.name + _MEANT, tuple(map(self.known, n.arguments)), span=n.span)
            if isinstance(n, Product):
                self.apart(n)
            if isinstance(n, Name) and n.name == "a" and self.slope is not None:
                self.sloped = True
            elif isinstance(n, Name) and n.name in ACTIVATIONS:
                return Call(n.name + _MEANT, (Name("x", span=n.span),), span=n.span)
            elif isinstance(n, Name) and n.name not in _KNOWN and n.name not in RESERVED:
                raise self.unknown(n)
            return None

        return _mapped(tree, change)

    def called(self, n: Call) -> None:
        if n.name in ACTIVATIONS and n.name not in FUNCTIONS and len(n.arguments) != 1:
            message = f"{n.name} takes 1 argument, not {len(n.arguments)}"
            raise self.source.at(n.span, message, f"{n.name}(x)")
        if n.name not in (*RESERVED, *ACTIVATIONS, *_KNOWN, "a"):
            names = [*ACTIVATIONS, *(r for r in FUNCTIONS if len(r) > 2)]
            raise self.source.at(n.span, f"there is no function {n.name}", suggest(n.name, names))

    def apart(self, n: Product) -> None:
        """``sin x`` may mean sin(x) or sin(x) x: it is not guessed."""
        for part, operator in zip(n.parts, n.operators[1:], strict=False):
            bare = part.base if isinstance(part, Power) else part
            if isinstance(bare, Name) and bare.name in ACTIVATIONS and operator == "":
                message = f"{bare.name} and what follows it can be read in two ways"
                raise self.source.at(part.span, message, f"{bare.name}(x) or {bare.name} * x")

    def unknown(self, n: Name) -> SyntaxProblem:
        if n.name == "a":
            return self.source.at(n.span, "a has no value", "--a 0.2")
        if len(n.name) == 1:
            message = f"{n.name} is not known: an activation is a function of x"
            return self.source.at(n.span, message, "x")
        near = suggest(n.name, [*ACTIVATIONS, *GATED])
        hint = near or "a name such as gelu, or an expression in x"
        return self.source.at(n.span, f"there is no activation {n.name}", hint)

    def settled(self, e: Any) -> Any:
        """SymPy's own form; max and min by ReLU, c^x by exp, activations by what they mean."""
        if not e.args:
            return e
        args = [self.settled(a) for a in e.args]
        if isinstance(e, (Max, Min)):
            made = args[0]
            for a in args[1:]:
                made = largest(made, a) if isinstance(e, Max) else smallest(made, a)
            return made
        if isinstance(e, AppliedUndef):
            name = e.func.__name__.removesuffix(_MEANT)
            made, letters = named(name, args[0], self.slope, self.letters)
            self.letters |= letters
            self.sloped |= any(s.name == "a" for s in letters)
            return made
        if isinstance(e, Pow) and args[1].has(X):
            if args[0].has(X):
                raise ValueError("x stands in the base and in the exponent; exp(y log(x)) for x^y")
            return exp(args[1] * log(args[0]))
        return e.func(*args)


def _mapped(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with every node that ``change`` knows replaced."""
    changed = change(node)
    if changed is not None:
        return changed
    values: dict[str, Any] = {}
    for f in fields(node):
        part = getattr(node, f.name)
        if isinstance(part, Node):
            values[f.name] = _mapped(part, change)
        elif isinstance(part, tuple) and any(isinstance(p, Node) for p in part):
            values[f.name] = tuple(_mapped(p, change) for p in part)
    return replace(node, **values) if values else node
