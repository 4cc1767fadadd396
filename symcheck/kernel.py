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

from sympy import Expr, Integer, S, Symbol, Tuple, log
from sympy.core.relational import Equality

from symcheck.belonging import Stranger, belongs, symbols, wellformed
from symcheck.context import NOTHING, Context, Scope, Used
from symcheck.expr import (
    Binder,
    Cov,
    Diff,
    E,
    Int,
    Named,
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
from symcheck.letters import fixed, related, there_are
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
    """An equation proved before, for every value of its ``indices``, and what it rests on.

    It holds in its ``context``, and wherever all is declared that is declared there; without a
    context it holds nowhere.  ``admitted`` are the claims that it rests on and nobody proved.
    """

    name: str
    indices: tuple[Symbol, ...]
    lhs: Expr
    rhs: Expr
    context: Context | None = field(default=None, compare=False)
    used: Used = NOTHING
    rules: tuple[str, ...] = ()
    admitted: tuple[str, ...] = ()


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
    """The judgement of one step: what its rule used, what the line uses, and what it cites."""

    ok: bool
    reason: str = ""
    own: Used = NOTHING
    used: Used = NOTHING
    lemmas: tuple[Lemma, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The judgement of a proof, step by step.

    ``proved`` only if every step is; ``reason`` is that of the first that is not.
    ``rules``, ``used`` and ``lemmas`` are what a proved claim rests on, with all that the lemmas
    rest on; ``admitted`` are the claims among these that nobody proved.
    """

    proved: bool
    lines: tuple[Line, ...]
    reason: str = ""
    used: Used = NOTHING
    rules: tuple[str, ...] = ()
    lemmas: tuple[str, ...] = ()
    admitted: tuple[str, ...] = ()
    trusts: tuple[str, ...] = ()  # of these rules the core has no certificate


# What wrong data may run into: it is refused.
MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def check(
    proof: Proof, rules: Mapping[str, Rule], lemmas: Mapping[str, Lemma] | None = None
) -> Verdict:
    """Judge a proof by these rules; ``lemmas`` are the equations proved before it.

    Whatever is wrong with the proof is the reason why it is refused, never an exception.
    """
    lines: list[Line] = []
    try:
        return _check(proof, rules, lemmas or {}, lines)
    except (Refused, TooLarge) as no:
        return Verdict(False, tuple(lines), f"{no}")
    except MALFORMED as no:
        return Verdict(False, tuple(lines), _malformed(no))


def _check(
    proof: Proof, rules: Mapping[str, Rule], lemmas: Mapping[str, Lemma], lines: list[Line]
) -> Verdict:
    context = proof.context
    seen: dict[Any, Used] = {}
    _belong(context, proof)
    used = meaning(context, proof.start, seen=seen)
    current = proof.start
    for step in proof.steps:
        line = _judge(context, current, step, rules, lemmas, seen)
        lines.append(line)
        if not line.ok:
            return Verdict(False, tuple(lines), line.reason)
        used |= line.used
        current = step.result
    if current != proof.goal:
        return Verdict(False, tuple(lines), "the steps do not end at the claim")
    used |= meaning(context, proof.goal, seen=seen)
    cited = tuple(dict.fromkeys(known for line in lines for known in line.lemmas))
    used = used.union(_leaving(proof), *(known.used for known in cited))
    names = (*(s.rule for s in proof.steps), *(r for known in cited for r in known.rules))
    admitted = (n for known in cited for n in known.admitted)
    return Verdict(
        True, tuple(lines), "", used, tuple(dict.fromkeys(names)),
        tuple(dict.fromkeys(known.name for known in cited)), tuple(dict.fromkeys(admitted)),
    )  # fmt: skip


def _malformed(no: Exception) -> str:
    if isinstance(no, RecursionError):
        return "nested too deeply to judge"
    return f"this is no proof: {type(no).__name__}: {no}"


def _belong(context: Context, proof: Proof) -> None:
    """Refused where the proof speaks of anything that its context does not declare."""
    try:
        wellformed(context)
        for e in dict.fromkeys((proof.start, *(s.result for s in proof.steps), proof.goal)):
            belongs(context, e)
    except Stranger as no:
        raise Refused(no.message, *no.parts) from None


def _leaving(proof: Proof) -> Used:
    """By what there are values for the letters that stand in the steps, and not in the claim."""
    context = proof.context
    bindings = [v for s in proof.steps for v in s.binding.values()]
    inner = [s.result for s in proof.steps] + [e for v in bindings for e in symbols(v)]
    told = context.letters(proof.start, proof.goal)
    gone = {i for i in context.letters(*inner) - told if not i.name.startswith("_")}
    if not gone:
        return NOTHING
    found = there_are(context, gone, told)
    if found is None:
        said = min(gone, key=str)
        words = "the steps speak of {0}, the claim does not, and there may be no such {0}"
        raise Refused(words, said)
    return found


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
    context = claim.step.context
    assumed = Lemma(HYPOTHESIS, (), claim.lhs, claim.rhs, context)
    arbitrary = _arbitrary(context, n, claim.first)
    verdicts = []
    for proof, value, known in (
        (claim.base, claim.first, dict(lemmas or {})),
        (claim.step, n + 1, dict(lemmas or {}) | {HYPOTHESIS: assumed}),
    ):
        ends = tuple(flat(replace(e, {n: value})) for e in (claim.lhs, claim.rhs))
        if (flat(proof.start), flat(proof.goal)) != ends or proof.context != context:
            verdicts.append(Verdict(False, (), "this part proves something else"))
        elif not arbitrary:
            verdicts.append(Verdict(False, (), f"{n} is not an arbitrary whole number"))
        else:
            verdicts.append(check(proof, rules, known))
    return verdicts[0], verdicts[1]


def _arbitrary(context: Context, n: Any, first: Any) -> bool:
    """Is nothing declared of the letter, and is the first value one?"""
    if not context.letters(n) or not S(first).is_integer or S(first).has(Named):
        return False
    told = n in context.ranges or n in fixed(context) or any(related(context, n))
    return not told and not any(n in symbols(side) for pair in context.apart for side in pair)


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
        _speak(context, step, scope)
        made = rule.rewrite(Site(context, scope, term, step.binding, lemmas))
        if put(before, step.path, made.result) != after:
            return Line(False, f"{rule.label} does not give this result")
        if not rule.pointwise and _differentiated(context, before, step.path, made.result):
            return Line(False, f"{rule.label}: what holds almost surely may not be differentiated")
        # What stands around has the value that it had: only the new term can lack a meaning.
        new, depth = term if step.backward else made.result, _depth(before, step.path)
        means = _meaning(context, new, scope, depth, seen)
        means |= _around(context, before, step.path, new, seen)
        return Line(True, "", made.used, made.used | means, made.lemmas)
    except (Refused, TooLarge) as no:
        return Line(False, f"{rule.label}: {no}")
    except MALFORMED as no:
        return Line(False, f"{rule.label}: {_malformed(no)}")


def _speak(context: Context, step: Step, scope: Scope) -> None:
    """Refused where the binding speaks of a symbol that is neither declared nor bound there."""
    here = {t[0] for t in scope.ranges} | set(scope.variables)
    for name, value in step.binding.items():
        for s in sorted(symbols(value) - here, key=str):
            try:
                belongs(context, s)
            except Stranger as no:
                raise Refused("{}: " + no.message, name, *no.parts) from None


def _differentiated(context: Context, e: Any, path: Sequence[int], new: Any) -> bool:
    """Does the term at the path stand in a derivative, as a function and not as a number?"""
    under, depth, old = False, 0, e
    for n in path:
        parts, _ = enter(old, depth, Scope())
        under = (under and not context.constant(old)) or isinstance(old, Diff)
        depth += isinstance(old, Binder)
        old = parts[n]
    return under and not (context.constant(old) and context.constant(new))


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
