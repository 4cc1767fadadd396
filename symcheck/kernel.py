"""The judge.  A proof is plain data; :func:`check` believes nothing that it says.

The kernel does not search, simplify or print.  A step names its rule, the position,
and how the rule is instantiated; the kernel applies the rule there, compares the
result with the one that is stated, and asks of every line whether it means anything:
every expectation exists, no denominator is zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as with_
from typing import Any

from sympy import Expr, Symbol, log
from sympy.core.relational import Equality

from symcheck.context import NOTHING, Context, Scope, Used
from symcheck.expr import (
    Binder,
    Cov,
    E,
    Int,
    P,
    Sum,
    Var,
    children,
    flat,
    mul,
    power,
    rebuild,
    replace,
)
from symcheck.plain import plain
from symcheck.ring import TooLarge, canonical, monomials

__all__ = [
    "Case", "Diverges", "Lemma", "Line", "Proof", "Refused", "Rewrite", "Rule", "Site", "Step",
    "Verdict", "at", "check", "enter", "meaning", "put",
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
    """An equation proved before, for every value of its free indices."""

    name: str
    indices: tuple[Symbol, ...]
    lhs: Expr
    rhs: Expr


@dataclass(frozen=True)
class Site:
    """Where a rule is asked to apply: the term, what is known there, and the binding."""

    context: Context
    scope: Scope
    term: Any
    binding: Mapping[str, Any] = field(default_factory=dict)
    lemmas: Mapping[str, Lemma] = field(default_factory=dict)


@dataclass(frozen=True)
class Rewrite:
    """What a rule makes of a term, and the assumptions that it used."""

    result: Any
    used: Used = NOTHING


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
    and refuse the ``counterexample``.
    """

    name: str
    title: str
    statement: str
    rewrite: Callable[[Site], Rewrite]
    example: Case
    counterexample: Case
    number: int | None = None

    @property
    def label(self) -> str:
        return f"Rule {self.number}" if self.number else self.title


@dataclass(frozen=True)
class Step:
    """``result`` follows by ``rule`` at ``path`` under ``binding``.

    ``backward`` means that the rule leads from ``result`` to the line before.
    """

    rule: str
    path: tuple[int, ...]
    result: Any
    binding: Mapping[str, Any] = field(default_factory=dict)
    backward: bool = False
    line: int | None = None


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
    """The judgement of one step: what its rule used, and what all of the line rests on."""

    ok: bool
    reason: str = ""
    own: Used = NOTHING
    used: Used = NOTHING


@dataclass(frozen=True)
class Verdict:
    """The judgement of a proof, step by step.

    ``proved`` only if every step is; ``reason`` is that of the first that is not.
    ``rules``, ``used`` and ``lemmas`` are what a proved claim rests on.
    """

    proved: bool
    lines: tuple[Line, ...]
    reason: str = ""
    used: Used = NOTHING
    rules: tuple[str, ...] = ()
    lemmas: tuple[str, ...] = ()


def check(
    proof: Proof, rules: Mapping[str, Rule], lemmas: Mapping[str, Lemma] | None = None
) -> Verdict:
    """Judge a proof by these rules; ``lemmas`` are the equations proved before it."""
    lemmas = lemmas or {}
    seen: dict[Any, Used] = {}
    lines: list[Line] = []
    used: Used = NOTHING
    try:
        used |= meaning(proof.context, proof.start, seen=seen)
    except (Refused, TooLarge) as no:
        return Verdict(False, (), f"{no}")
    current = proof.start
    for step in proof.steps:
        line = _judge(proof.context, current, step, rules, lemmas, seen)
        lines.append(line)
        if not line.ok:
            return Verdict(False, tuple(lines), line.reason)
        used |= line.used
        current = step.result
    if current != proof.goal:
        return Verdict(False, tuple(lines), "the steps do not end at the claim")
    try:
        used |= meaning(proof.context, proof.goal, seen=seen)
    except (Refused, TooLarge) as no:
        return Verdict(False, tuple(lines), f"{no}")
    names = tuple(dict.fromkeys(s.rule for s in proof.steps))
    cited = tuple(dict.fromkeys(s.binding["lemma"] for s in proof.steps if s.rule == "lemma"))
    return Verdict(True, tuple(lines), "", used, names, cited)


@dataclass(frozen=True)
class Induction:
    """``lhs = rhs`` for every whole number ``index`` >= ``first``.

    ``base`` proves it at ``first``; ``step`` proves it at ``index + 1`` and may cite the
    lemma HYPOTHESIS, which is the equation at ``index`` itself and at nothing else.
    """

    name: str
    index: Symbol
    first: Any
    lhs: Any
    rhs: Any
    base: Proof
    step: Proof


HYPOTHESIS = "induction hypothesis"


def check_induction(
    claim: Induction, rules: Mapping[str, Rule], lemmas: Mapping[str, Lemma] | None = None
) -> tuple[Verdict, Verdict]:
    """Judge both parts of a proof by induction; the claim holds if both are proved."""
    n = claim.index
    assumed = Lemma(HYPOTHESIS, (), claim.lhs, claim.rhs)
    verdicts = []
    for proof, value, known in (
        (claim.base, claim.first, dict(lemmas or {})),
        (claim.step, n + 1, dict(lemmas or {}) | {HYPOTHESIS: assumed}),
    ):
        ends = tuple(flat(replace(e, {n: value})) for e in (claim.lhs, claim.rhs))
        if (flat(proof.start), flat(proof.goal)) != ends:
            verdicts.append(Verdict(False, (), "this part proves something else"))
        elif not n.is_integer or any(n in pair for pair in proof.context.apart):
            verdicts.append(Verdict(False, (), f"{n} is not an arbitrary whole number"))
        else:
            verdicts.append(check(proof, rules, known))
    return verdicts[0], verdicts[1]


def _judge(
    context: Context,
    current: Any,
    step: Step,
    rules: Mapping[str, Rule],
    lemmas: Mapping[str, Lemma],
    seen: dict[Any, Used],
) -> Line:
    rule = rules.get(step.rule)
    if rule is None:
        return Line(False, f"there is no rule {step.rule!r}")
    before, after = (step.result, current) if step.backward else (current, step.result)
    try:
        term, scope = at(before, step.path)
        made = rule.rewrite(Site(context, scope, term, step.binding, lemmas))
        if put(before, step.path, made.result) != after:
            return Line(False, f"{rule.label} does not give this result")
        # What stands around has the value that it had: only the new term can lack a meaning.
        new, depth = term if step.backward else made.result, _depth(before, step.path)
        means = _meaning(context, new, scope, depth, seen)
        means |= _around(context, before, step.path, new, seen)
        return Line(True, "", made.used, made.used | means)
    except (Refused, TooLarge) as no:
        return Line(False, f"{rule.label}: {no}")


# ---------------------------------------------------------------- positions


def _names(node: Binder, depth: int) -> tuple[Symbol, ...]:
    if isinstance(node, Int):
        return (Symbol(f"_t{depth}", real=True),)
    return tuple(Symbol(f"_i{depth}_{n}", integer=True) for n in range(len(node.bound)))


def enter(node: Any, depth: int, scope: Scope) -> tuple[tuple[Any, ...], Scope]:
    """The children of a node, bound names opened, and what is known inside its body."""
    if not isinstance(node, Binder):
        return children(node), scope
    names = _names(node, depth)
    parts = node.open(names)
    if isinstance(node, Sum):
        limits = tuple((t[0], t[1], t[2]) for t in parts[1 : 1 + len(names)])
        pairs = frozenset(frozenset((n.lhs, n.rhs)) for n in parts[1 + len(names) :])
        return parts, with_(scope, ranges=scope.ranges + limits, apart=scope.apart | pairs)
    return parts, with_(scope, variables=scope.variables + names)


def at(e: Any, path: Sequence[int]) -> tuple[Any, Scope]:
    """The term at a path, and what is known there.  Paths enter only the body of a binder.

    Raises Refused where there is no such position.
    """
    scope, depth = Scope(), 0
    for n in path:
        parts, inner = enter(e, depth, scope)
        if not 0 <= n < len(parts) or (isinstance(e, Binder) and n != 0):
            raise Refused("no position {}", str(tuple(path)))
        depth += isinstance(e, Binder)
        e, scope = parts[n], inner
    return e, scope


def _depth(e: Any, path: Sequence[int]) -> int:
    """How many binders stand around the term at a path that there is."""
    depth = 0
    for n in path:
        parts, _ = enter(e, depth, Scope())
        depth += isinstance(e, Binder)
        e = parts[n]
    return depth


def put(e: Any, path: Sequence[int], new: Any, depth: int = 0) -> Any:
    """e with the term at ``path`` replaced, all else as written."""
    if not path:
        return new
    parts, _ = enter(e, depth, Scope())
    n = path[0]
    inner = put(parts[n], path[1:], new, depth + isinstance(e, Binder))
    return rebuild(e, (*parts[:n], inner, *parts[n + 1 :]))


# ---------------------------------------------------------------- meaning


def _around(context: Context, e: Any, path: Sequence[int], new: Any, seen: dict[Any, Used]) -> Used:
    """What the sums around a term ask for, where it is a new one."""
    used: Used = NOTHING
    scope, depth = Scope(), 0
    for k, n in enumerate(path):
        if isinstance(e, Sum):
            whole = put(e, path[k:], new, depth)
            if isinstance(whole, Sum):
                used |= _in_front(context, whole, scope, depth, seen)
        parts, scope = enter(e, depth, scope)
        depth += isinstance(e, Binder)
        e = parts[n]
    return used


def _factors(e: Any, depth: int) -> Iterator[Any]:
    """The powers that stand in the terms of e, under sums too, where their indices do not."""
    for _, factors in monomials(canonical(e)):
        for f in factors:
            base = f.base if f.is_Pow else f
            if isinstance(base, Sum):
                names = frozenset(_names(base, depth))
                inner = _factors(enter(base, depth, Scope())[0][0], depth + 1)
                yield from (g for g in inner if not g.free_symbols & names)
            if f.is_Pow:
                yield f


def _in_front(context: Context, e: Sum, scope: Scope, depth: int, seen: dict[Any, Used]) -> Used:
    """Algebra puts factors of all terms in front of a sum, where it may have no terms."""
    key = ("in front", e, scope)
    if key not in seen:
        used: Used = NOTHING
        names = frozenset(_names(e, depth))
        for f in _factors(enter(e, depth, scope)[0][0], depth + 1):
            if not f.free_symbols & names:
                used |= _power_means(context, f, scope)
        seen[key] = used
    return seen[key]


def meaning(
    context: Context, e: Any, scope: Scope | None = None, *, seen: dict[Any, Used] | None = None
) -> Used:
    """The assumptions by which every part of e means something.

    Raises Refused where an expectation may not exist, a denominator may be zero (of all terms
    of a sum: even where it has none), or a logarithm's argument may not be positive.
    """
    return _meaning(context, e, scope or Scope(), 0, {} if seen is None else seen)


def _meaning(context: Context, e: Any, scope: Scope, depth: int, seen: dict[Any, Used]) -> Used:
    if not e.args:
        if e.is_finite is False or (e.is_comparable is False and e.is_number):
            raise Refused("{} is not a number", e)
        return NOTHING
    key = (e, scope)
    if key in seen:
        return seen[key]
    used: Used = NOTHING
    if isinstance(e, Equality):
        parts, inner = e.args, scope
    elif isinstance(e, Binder):
        parts, inner = enter(e, depth, scope)
        parts = parts[:1]
        if isinstance(e, Int):
            used |= _exists(context, e.open((e.variable,))[0], scope, e)
    else:
        parts, inner = children(e), scope
    for part in parts:
        used |= _meaning(context, part, inner, depth + isinstance(e, Binder), seen)
    used |= _own_meaning(context, e, scope)
    if isinstance(e, Sum):
        used |= _in_front(context, e, scope, depth, seen)
    seen[key] = used
    return used


def _own_meaning(context: Context, e: Any, scope: Scope) -> Used:
    if isinstance(e, E):
        return _exists(context, e.args[0], scope, e)
    if isinstance(e, Var):
        return _exists(context, e.args[0], scope, e, 2)
    if isinstance(e, Cov):  # E[(f - E[f]) (g - E[g])], multiplied out
        f, g = e.args
        return frozenset().union(*(_exists(context, h, scope, e) for h in (f, g, mul(f, g))))
    if isinstance(e, P):
        return NOTHING
    if e.is_Pow:
        return _power_means(context, e, scope)
    if isinstance(e, log):
        found = context.positive(e.args[0], scope)
        if found is None:
            raise Refused("the logarithm of {}, which may not be positive", e.args[0])
        return found
    return NOTHING


def _power_means(context: Context, e: Any, scope: Scope) -> Used:
    whole = context.positive(e.exp, scope, strict=False)
    if whole is not None and e.exp.is_integer:
        return whole
    if whole is None:
        found = context.nonzero(e.base, scope)
        if found is None:
            raise Refused("{} may be zero", e.base)
        if e.exp.is_integer:
            return found
    found = context.positive(e.base, scope, strict=whole is None)
    if found is None:
        raise Refused("{} may {}", e.base, "not be positive" if whole is None else "be negative")
    return found | (whole or NOTHING)


def _exists(context: Context, g: Any, scope: Scope, e: Any, p: int = 1) -> Used:
    found = context.integrable(g, scope, p)
    if found is not None:
        return found
    h = power(g, p)
    law = context.diverges(h)
    if law is not None:
        said = ", ".join(sorted(a.text for a in law if a.kind == "law"))
        raise Diverges("{} does not exist: E|{}| is infinite for {}", e, h, said)
    if isinstance(e, Var):
        raise Refused("{} may not exist: no finite second moment is known", e)
    raise Refused("{} may not exist: nothing says that the expectation of |{}| is finite", e, g)
