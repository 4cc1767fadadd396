"""Proofs as plain data: rules, the steps that they justify, and what is said of them.

Nothing here finds a step, and nothing says that one is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Expr, Integer, Symbol, Tuple
from sympy.core.relational import Equality

from symcheck.facts.context import NOTHING, Context, Scope, Used
from symcheck.language.plain import plain

__all__ = [
    "HYPOTHESIS", "Case", "Diverges", "Induction", "Lemma", "Line", "Proof", "Refused", "Rewrite",
    "Rule", "Site", "Step", "Verdict", "by_algebra",
]  # fmt: skip


class Refused(Exception):
    """A rule does not apply; the message says which condition fails.

    ``parts`` fill the braces of the message when somebody reads it.
    """

    def __init__(self, message: str, *parts: Any) -> None:
        super().__init__(message, *parts)
        self.message, self.parts = message, parts

    def __str__(self) -> str:
        return self.message.format(*map(plain, self.parts))


class Diverges(Refused):
    """An expectation certainly does not exist."""


@dataclass(frozen=True)
class Lemma:
    """An equation proved before, for every value of its ``indices``, and what it rests on.

    It holds in its ``context``, and wherever all is declared that is declared there; without a
    context it holds nowhere.  ``admitted`` are the claims that it rests on and nobody proved.
    ``proof`` and what that ``cites`` prove it once more, where it is cited.
    """

    name: str
    indices: tuple[Symbol, ...]
    lhs: Expr
    rhs: Expr
    context: Context | None = field(default=None, compare=False)
    rules: tuple[str, ...] = ()
    admitted: tuple[str, ...] = ()
    proof: Proof | None = field(default=None, compare=False)
    cites: tuple[Lemma, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Site:
    """Where a rule is asked to apply: the term, what is known there, and the binding."""

    context: Context
    scope: Scope
    term: Any
    binding: Mapping[str, Any] = field(default_factory=dict)
    lemmas: Mapping[str, Lemma] = field(default_factory=dict)

    def bound(self, name: str) -> Any:
        """What the step says of this name; Refused where it says nothing."""
        if name not in self.binding:
            raise Refused("the step does not say {}", name)
        return self.binding[name]

    def expression(self, name: str) -> Any:
        """An expression of the binding."""
        found = self.bound(name)
        if not isinstance(found, (Expr, Equality)):
            raise Refused("{} is no expression", name)
        return found

    def expressions(self, name: str) -> tuple[Any, ...]:
        """One expression or several."""
        found = self.bound(name)
        parts = tuple(found) if isinstance(found, (tuple, list, Tuple)) else (found,)
        if not parts or not all(isinstance(e, Expr) for e in parts):
            raise Refused("{} are no expressions", name)
        return parts

    def number(self, name: str) -> int:
        """A whole number of the binding."""
        return _number(name, self.bound(name))

    def numbers(self, name: str, count: int | None = None) -> tuple[int, ...]:
        """Whole numbers of the binding, so many of them."""
        found = self.bound(name)
        if not isinstance(found, (tuple, list)) or count not in (None, len(found)):
            raise Refused("{} are not as many whole numbers as there have to be", name)
        return tuple(_number(name, n) for n in found)


def _number(name: str, n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, (int, Integer)):
        raise Refused("{} is no whole number", name)
    return int(n)


@dataclass(frozen=True)
class Rewrite:
    """What a rule makes of a term, the assumptions that it used, and the lemmas."""

    result: Any
    used: Used = NOTHING
    lemmas: tuple[Lemma, ...] = ()


@dataclass(frozen=True)
class Case:
    """A little problem for a rule, as text: a context, a term, a binding, what comes out."""

    context: str
    term: str
    result: str = ""
    binding: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One named law.

    ``rewrite`` applies it at a site or raises :class:`Refused`; its docstring is the
    inference bar with "fails when".  The rule must rewrite the ``example`` as stated
    and refuse the ``counterexample``.  ``pointwise`` says that it holds at every point, so that
    both sides have one derivative; what holds almost surely has not.
    """

    name: str
    title: str
    statement: str
    rewrite: Callable[[Site], Rewrite]
    example: Case
    counterexample: Case
    number: int | None = None
    pointwise: bool = False

    @property
    def label(self) -> str:
        return f"Rule {self.number}" if self.number else self.title


@dataclass(frozen=True)
class Step:
    """``result`` follows by ``rule`` at ``path`` under ``binding``.

    ``backward`` means that the rule leads from ``result`` to the line before.  ``made`` is what
    the rule made at the path, where it has been applied; a changed copy of a step has none.
    """

    rule: str
    path: tuple[int, ...]
    result: Any
    binding: Mapping[str, Any] = field(default_factory=dict)
    backward: bool = False
    line: int | None = None
    made: Rewrite | None = field(default=None, init=False, compare=False, repr=False)

    def by(self, made: Rewrite | None) -> Step:
        """The step with what its rule made."""
        step = replace(self)
        object.__setattr__(step, "made", made)
        return step


def by_algebra(to: Any) -> Step:
    """A step to what is equal by algebra, as search has it."""
    return Step("algebra", (), to, {"to": to}).by(Rewrite(to))


@dataclass(frozen=True)
class Proof:
    """``start`` is rewritten by ``steps`` into ``goal``: an equation ``start = goal``.

    Where ``start`` is itself an equation (a ``solve``), the steps keep its solutions.
    """

    name: str
    context: Context
    start: Any
    steps: tuple[Step, ...]
    goal: Any


@dataclass(frozen=True)
class Line:
    """One step: what its rule used, what its theorem rests on, and what it cites.

    ``reason`` says why the rule does not apply, where it does not.
    """

    ok: bool
    reason: str = ""
    own: Used = NOTHING
    used: Used = NOTHING
    lemmas: tuple[Lemma, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The judgement of a proof, which the judge alone makes (:mod:`symcheck.judging.proofs`).

    ``proved`` only if the core has accepted it; ``reason`` says why it has not.  ``used`` are the
    declarations that the theorem rests on, ``admitted`` the claims that nobody proved, ``trusts``
    the rules without a certificate; ``rules`` and ``lemmas`` are those that its steps name.
    """

    proved: bool
    lines: tuple[Line, ...]
    reason: str = ""
    used: Used = NOTHING
    rules: tuple[str, ...] = ()
    lemmas: tuple[str, ...] = ()
    admitted: tuple[str, ...] = ()
    trusts: tuple[str, ...] = ()  # of these rules the core has no certificate
    cites: tuple[Lemma, ...] = ()  # the lemmas themselves


@dataclass(frozen=True)
class Induction:
    """An equation for every whole number ``index`` >= ``first``.

    ``base`` proves it at ``first``; ``step`` proves it at ``index + 1`` and may cite what is
    ``assumed``, which is the equation at ``index`` itself and at nothing else.
    """

    index: Symbol
    first: Any
    assumed: Lemma
    base: Proof
    step: Proof


HYPOTHESIS = "induction hypothesis"
