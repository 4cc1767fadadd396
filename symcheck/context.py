"""The assumptions of a derivation, and the questions that rules ask of them.

Undeclared means unknown, and unknown means no: every question answers with the
assumptions that make it true, or with None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as _with
from itertools import combinations
from typing import Any, NamedTuple

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Function,
    Max,
    Min,
    Mul,
    Pow,
    S,
    Symbol,
    Tuple,
    cos,
    erf,
    exp,
    factor,
    gcd,
    log,
    oo,
    sign,
    sin,
    tanh,
)

from symcheck.expr import (
    RV,
    Binder,
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
    add,
    bound_indices,
    evaluated,
    flat,
    index,
    leaky_relu,
    mul,
    relu,
    replace,
    sigmoid,
    subterms,
)
from symcheck.inequalities import Fact, follows
from symcheck.laws import LAWS, Law
from symcheck.plain import plain
from symcheck.ring import canonical, equal

__all__ = [
    "Assumption",
    "Context",
    "Definition",
    "Dependence",
    "Hypothesis",
    "Independence",
    "Random",
    "Relation",
    "Scope",
]

Used = frozenset["Assumption"]
NOTHING: Used = frozenset()


class Assumption(NamedTuple):
    """One thing assumed: its kind, what it is about, and how a person says it."""

    kind: str  # mean, variance, symmetric, law, finite, independent, definition, ...
    about: str
    text: str


@dataclass(frozen=True)
class Random:
    """A random variable or an indexed family, and what is known of each member.

    ``indices`` are the formal indices that mean, variance and law may mention.
    ``order`` is the largest p for which E|x|^p is declared finite (a declared variance
    means two).  ``sign`` is '', '>', '>=' or '!=' (almost surely, against zero).
    """

    name: str
    indices: tuple[Symbol, ...] = ()
    mean: Expr | None = None
    variance: Expr | None = None
    symmetric: bool = False
    law: tuple[str, tuple[Expr, ...]] | None = None
    order: Expr | None = None
    atomless: bool = False
    sign: str = ""

    @property
    def term(self) -> RV:
        return RV(self.name, *self.indices)


@dataclass(frozen=True)
class Definition:
    """``name[indices] = body``."""

    name: str
    indices: tuple[Symbol, ...]
    body: Expr

    @property
    def term(self) -> Def:
        return Def(self.name, *self.indices)


@dataclass(frozen=True)
class Independence:
    """A declared independence.

    Blocks of names, mutually independent of each other: ``blocks`` holds tuples of
    terms.  A term without its indices (``RV('W')`` of a family) means the whole family;
    with indices (``RV('W', i, j)``) it means each single member, for all values of the
    indices; with the first few indices, ``RV('W', k)``, all members that share them.
    With ``over``, the one block is a family of vectors that are independent for
    different values of those indices (all other indices being equal).  ``pairwise``
    promises no more than pairs.
    """

    blocks: tuple[tuple[RV, ...], ...]
    over: tuple[Symbol, ...] = ()
    pairwise: bool = False


@dataclass(frozen=True)
class Hypothesis:
    """A declared equation between expectations, used from left to right."""

    name: str
    indices: tuple[Symbol, ...]
    lhs: Expr
    rhs: Expr


@dataclass(frozen=True)
class Dependence:
    """``of`` is a differentiable function of ``on`` for index = lower..upper, and these alone."""

    of: RV
    on: Expr
    index: Symbol
    lower: Expr
    upper: Expr


@dataclass(frozen=True)
class Relation:
    """``left sign right`` between constants, for all values of the indices: ``p[j] <= 1``.

    ``sign`` is '>', '>=', '<', '<=' or '!='.
    """

    left: Expr
    sign: str
    right: Expr
    indices: tuple[Symbol, ...] = ()

    def __str__(self) -> str:
        return f"{plain(self.left)} {self.sign} {plain(self.right)}"

    @property
    def gap(self) -> Expr:
        """What is positive, nonnegative or nonzero."""
        sides = (self.right, self.left) if self.sign[0] == "<" else (self.left, self.right)
        return canonical(add(sides[0], mul(-1, sides[1])))

    def holds(self, left: Any, right: Any) -> bool:
        """Is the relation true of these two numbers?"""
        way = {">": left > right, "<": left < right, "!=": left != right}
        return bool(way[self.sign] if self.sign in way else left == right or way[self.sign[0]])


@dataclass(frozen=True)
class Scope:
    """What is known at a position: indices bound around it, with ranges, and which differ."""

    ranges: tuple[tuple[Symbol, Expr, Expr], ...] = ()
    apart: frozenset[frozenset[Expr]] = frozenset()
    variables: tuple[Symbol, ...] = ()


EMPTY = Scope()


@dataclass(frozen=True)
class Context:
    """Sizes, parameters, random variables, independence, definitions, hypotheses.

    Build one with the methods :meth:`size`, :meth:`real`, :meth:`random`, ..., each of
    which adds to the context and returns what it declared.
    """

    sizes: dict[str, Symbol] = field(default_factory=dict)
    params: dict[str, tuple[Symbol, ...]] = field(default_factory=dict)  # indexed constants
    signs: dict[str, str] = field(default_factory=dict)  # of indexed constants: > >= < !=
    relations: list[Relation] = field(default_factory=list)  # between constants
    symbols: dict[str, Symbol] = field(default_factory=dict)  # plain constants
    indices: dict[str, Symbol] = field(default_factory=dict)  # free indices
    apart: list[tuple[Expr, Expr]] = field(default_factory=list)
    randoms: dict[str, Random] = field(default_factory=dict)
    independence: list[Independence] = field(default_factory=list)
    definitions: dict[str, Definition] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)  # name -> '' | bounded | lipschitz
    finite: list[Expr] = field(default_factory=list)  # expressions whose expectation is finite
    hypotheses: list[Hypothesis] = field(default_factory=list)
    dependence: list[Dependence] = field(default_factory=list)
    ranges: dict[Symbol, tuple[Expr, Expr]] = field(default_factory=dict)  # of free indices
    identities: list[Independence] = field(default_factory=list)  # identically distributed vectors
    bound_names: list[str] = field(default_factory=list)  # the author's names of summation indices
    _known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    # ------------------------------------------------------------ declaring

    def size(self, name: str, *, zero: bool = False) -> Symbol:
        """A size: a positive integer (``zero=True`` allows 0)."""
        s = (
            Symbol(name, integer=True, nonnegative=True)
            if zero
            else Symbol(name, integer=True, positive=True)
        )
        self._new(name)
        self.sizes[name] = s
        return s

    def real(self, name: str, sign: str = "", *, indices: Sequence[Symbol] = ()) -> Any:
        """A real constant; ``sign`` is '', '>', '>=', '<' or '!='.

        With indices it is an indexed constant, called as a family: ``c = ctx.real('c',
        indices=[j])`` gives ``c(j)``.
        """
        self._new(name)
        if indices:
            self.params[name] = tuple(indices)
            if sign:
                self.signs[name] = sign
            return lambda *at: Param(name, *at)
        kind = {"": "real", ">": "positive", ">=": "nonnegative", "<": "negative", "!=": "nonzero"}
        assumptions = {kind[sign]: True}
        s = Symbol(name, **({"real": True} | assumptions))
        self.symbols[name] = s
        return s

    def relate(self, left: Any, sign: str, right: Any, *indices: Symbol) -> None:
        """Assume an inequality between constants: ``relate(n, ">=", 2)``.

        Raises ValueError where a side is random, or the contrary is known already.
        """
        made = Relation(S(left), sign, S(right), tuple(indices))
        if not (self.constant(made.left) and self.constant(made.right)):
            raise ValueError(f"{made}: a relation is between constants")
        gap = made.gap
        if sign == "!=":
            false = gap == 0
        else:
            false = self.positive(mul(-1, gap), strict=len(sign) == 2) is not None
        if false:
            raise ValueError(f"{made} contradicts what is declared")
        self._known.clear()
        self.relations.append(made)

    def index(self, name: str) -> Symbol:
        """A free index: a result about x[i] holds for every i."""
        self._new(name)
        self.indices[name] = index(name)
        return self.indices[name]

    def random(
        self,
        name: str,
        *indices: Symbol,
        mean: Any = None,
        variance: Any = None,
        symmetric: bool = False,
        law: tuple[str, tuple[Any, ...]] | None = None,
        order: Any = None,
        atomless: bool = False,
        sign: str = "",
    ) -> Any:
        """A random variable, or with indices a family, called with its indices: ``W(i, j)``.

        Raises ValueError for an unknown law or a wrong number of parameters.
        """
        self._new(name)
        if law is not None:
            if law[0] not in LAWS:
                raise ValueError(f"unknown law {law[0]!r}; known: {', '.join(LAWS)}")
            if len(law[1]) != len(LAWS[law[0]].parameters):
                raise ValueError(
                    f"{law[0]} takes {', '.join(LAWS[law[0]].parameters) or 'nothing'}"
                )
            law = (law[0], tuple(S(p) for p in law[1]))
        self.randoms[name] = Random(
            name, tuple(indices), None if mean is None else S(mean),
            None if variance is None else S(variance), symmetric, law,
            None if order is None else S(order), atomless, sign,
        )  # fmt: skip
        return (lambda *at: RV(name, *at)) if indices else RV(name)

    def independent(
        self, *blocks: Any, over: Sequence[Symbol] = (), pairwise: bool = False
    ) -> None:
        """Declare blocks independent of each other, or one block over its indices.

        A block is a random variable, a name of a family (all its members together), or
        a tuple of these.
        """
        made = tuple(
            tuple(RV(t) if isinstance(t, str) else t for t in (b if isinstance(b, tuple) else (b,)))
            for b in blocks
        )
        for block in made:
            for t in block:
                if t.name not in self.randoms:
                    raise ValueError(f"{t.name} is not a declared random variable")
        if over:
            if len(made) != 1:
                raise ValueError("independence over indices is of one family (or one vector)")
            missing = [i for i in over if not all(i in t.indices for t in made[0])]
            if missing:
                raise ValueError(f"{missing[0]} is not an index of the family")
        elif len(made) < 2:
            raise ValueError("independence needs at least two blocks, or indices to run over")
        self._known.clear()
        self.independence.append(Independence(made, tuple(over), pairwise))

    def identical(self, *block: RV, over: Sequence[Symbol]) -> None:
        """Declare that the vectors ``block`` have the same joint law for all values of ``over``."""
        self._known.clear()
        self.identities.append(Independence((tuple(block),), tuple(over)))

    def let(self, name: str, *indices: Symbol, body: Any) -> Any:
        """Define ``name[indices] = body``; called with indices where it has any."""
        self._new(name)
        self.definitions[name] = Definition(name, tuple(indices), S(body))
        return (lambda *at: Def(name, *at)) if indices else Def(name)

    def function(self, name: str, kind: str = "") -> Any:
        """An unknown function; ``kind`` may be 'bounded' or 'lipschitz'."""
        self._new(name)
        self.functions[name] = kind
        return Function(name, real=True)

    def assume(self, lhs: Any, rhs: Any, *indices: Symbol, name: str = "") -> None:
        """A hypothesis, used as a rewrite from left to right."""
        self._known.clear()
        self.hypotheses.append(Hypothesis(name, tuple(indices), lhs, S(rhs)))

    def assume_finite(self, e: Expr) -> None:
        """Assume that E|e| is finite."""
        self._known.clear()
        self.finite.append(e)

    def depends(self, of: RV, on: Expr, index: Symbol, lower: Any, upper: Any) -> None:
        """Declare ``of`` a differentiable function of the ``on`` for index = lower..upper."""
        self._known.clear()
        self.dependence.append(Dependence(of, on, index, S(lower), S(upper)))

    def assume_apart(self, a: Expr, b: Expr) -> None:
        """Assume that two free indices differ."""
        self._known.clear()
        self.apart.append((a, b))

    def _new(self, name: str) -> None:
        if name in self.names:
            raise ValueError(f"{name} is declared twice")
        self._known.clear()

    @property
    def names(self) -> set[str]:
        """Every declared name."""
        tables: tuple[Mapping[str, Any], ...] = (
            self.sizes, self.params, self.symbols, self.indices, self.randoms,
            self.definitions, self.functions,
        )  # fmt: skip
        return set().union(*tables)

    # ------------------------------------------------------------ definitions and sources

    def unfold(self, d: Def) -> Expr:
        """The body of a definition at its indices; KeyError for an unknown name."""
        found = self.definitions[d.name]
        return _instance(found.body, found.indices, d.indices)

    def sources(self, e: Basic) -> frozenset[RV]:
        """The random variables that e depends on; indices that are summed over become fresh.

        Expectations are constants; a conditional expectation depends on what is given.
        """
        if not e.args:
            return frozenset()
        key = ("sources", e)
        if key not in self._known:
            self._known[key] = self._sources(e)
        found: frozenset[RV] = self._known[key]
        return found

    def _sources(self, e: Basic) -> frozenset[RV]:
        if isinstance(e, RV):
            return frozenset((e,))
        if isinstance(e, Def):
            return (
                self.sources(self.unfold(e))
                if e.name in self.definitions
                else frozenset((RV(e.name, *e.indices),))
            )
        if isinstance(e, (E, Var)):
            return frozenset().union(*(self.sources(g) for g in e.args[1:]))
        if isinstance(e, (Cov, P)):
            return frozenset()
        if isinstance(e, Diff):  # a derivative may depend on everything that its parts do
            return self.sources(e.args[0]) | self.sources(e.args[1])
        if isinstance(e, Binder):
            return frozenset().union(*(self.sources(a) for a in e.open(bound_indices(e))[:1]))
        return frozenset().union(*(self.sources(a) for a in e.args))

    def constant(self, e: Basic) -> bool:
        """Has e no random source?"""
        return not self.sources(e)

    # ------------------------------------------------------------ one variable

    def law(self, x: RV) -> tuple[Law, tuple[Expr, ...]] | None:
        """The named law of x with its parameters, if declared."""
        r = self.randoms.get(x.name)
        if r is None or r.law is None:
            return None
        return LAWS[r.law[0]], tuple(_instance(p, r.indices, x.indices) for p in r.law[1])

    def mean(self, x: RV) -> tuple[Expr, Used] | None:
        """E[x], if declared (or of a named law)."""
        r = self.randoms.get(x.name)
        if r is None:
            return None
        if r.mean is not None:
            return _instance(r.mean, r.indices, x.indices), self._about(
                r, "mean", f"{r.term} has mean {plain(r.mean)}"
            )
        return self.moment(x, 1)

    def variance(self, x: RV) -> tuple[Expr, Used] | None:
        """Var[x], if declared (or of a named law)."""
        r = self.randoms.get(x.name)
        if r is None:
            return None
        if r.variance is not None:
            value = _instance(r.variance, r.indices, x.indices)
            return value, self._about(r, "variance", f"{r.term} has variance {plain(r.variance)}")
        first, second = self.moment(x, 1), self.moment(x, 2)
        if first is None or second is None:
            return None
        return canonical(second[0] - first[0] ** 2), second[1]

    def moment(self, x: RV, n: int) -> tuple[Expr, Used] | None:
        """E[x^n] of a named law."""
        known = self.law(x)
        if known is None:
            return None
        value = known[0].moment(n, *known[1])
        return None if value is None else (value, self.law_used(x))

    def symmetric(self, x: RV) -> Used | None:
        """Is the law of x symmetric about zero?"""
        r = self.randoms.get(x.name)
        if r is None:
            return None
        if r.symmetric:
            return self._about(r, "symmetric", f"{r.term} is symmetric about 0")
        known = self.law(x)
        return self.law_used(x) if known and known[0].symmetric(*known[1]) else None

    def atomless(self, x: RV) -> Used | None:
        """Has every single value of x probability zero?"""
        r = self.randoms.get(x.name)
        if r is None:
            return None
        if r.atomless:
            text = f"{r.term} takes no single value with positive probability"
            return self._about(r, "atomless", text)
        known = self.law(x)
        if known is None or not known[0].atomless:
            return None
        # A normal variable of variance 0 is a constant.
        spread = self.nonzero(known[0].spread(*known[1]))
        return None if spread is None else spread | self.law_used(x)

    def declared(self, r: Random) -> Used:
        """Everything that is declared of one variable, as assumptions."""
        found: Used = NOTHING
        if r.mean is not None:
            found |= self._about(r, "mean", f"{r.term} has mean {plain(r.mean)}")
        if r.variance is not None:
            found |= self._about(r, "variance", f"{r.term} has variance {plain(r.variance)}")
        if r.symmetric:
            found |= self._about(r, "symmetric", f"{r.term} is symmetric about 0")
        if r.law is not None:
            found |= self.law_used(r.term)
        if r.order is not None:
            found |= self._about(r, "finite", f"{r.term} has {r.order} finite moments")
        return found

    def law_used(self, x: RV) -> Used:
        """The declared law of x as an assumption."""
        r = self.randoms[x.name]
        assert_law = r.law or ("", ())
        return self._about(
            r, "law", f"{r.term} ~ {assert_law[0]}({', '.join(map(plain, assert_law[1]))})"
        )

    def _about(self, r: Random, kind: str, text: str) -> Used:
        return frozenset((Assumption(kind, r.name, text),))

    # ------------------------------------------------------------ sizes and signs

    def nonzero(self, e: Expr, scope: Scope = EMPTY) -> Used | None:
        """Is e certainly nonzero (for random e: almost surely)?"""
        if isinstance(e, Mul) or (isinstance(e, Pow) and e.exp.is_Integer):
            parts = e.args if isinstance(e, Mul) else (e.base,)
            found = _all(self.nonzero(f, scope) for f in parts)
            if found is not None:
                return found
        e = canonical(e)
        if isinstance(e, Param) and self.signs.get(e.name, "") in (">", "<", "!="):
            return NOTHING
        for r in self.relations:
            if r.sign == "!=" and matches(r.gap, e, frozenset(r.indices)) is not None:
                return frozenset((self._relation(r),))
        if isinstance(e, Mul) or (isinstance(e, Pow) and e.exp.is_positive):
            factors = e.args if isinstance(e, Mul) else (e.base,)
            found = _all(self.nonzero(f, scope) for f in factors)
            if found is not None:
                return found
        if e.is_nonzero or e.is_positive or e.is_negative:
            return NOTHING
        found = self.positive(e, scope)
        return self.positive(canonical(mul(-1, e)), scope) if found is None else found

    def distinct(self, a: Expr, b: Expr, scope: Scope = EMPTY) -> bool:
        """Are the two indices certainly different?"""
        if frozenset((a, b)) in scope.apart:
            return True
        gap = canonical(add(a, mul(-1, b)))
        return any(self.positive(canonical(mul(s, gap)), scope) is not None for s in (1, -1))

    def positive(self, e: Expr, scope: Scope = EMPTY, *, strict: bool = True) -> Used | None:
        """Is e certainly positive (``strict=False``: or zero)?"""
        e = canonical(e)
        if e.is_Rational:
            return NOTHING if e > 0 or (e == 0 and not strict) else None
        key = ("positive", e, scope, strict)
        if key not in self._known:
            found = self._positive(e, scope, strict)
            if found is None and self.constant(e):
                found = self._follows(e, scope, strict)
            self._known[key] = found
        answer: Used | None = self._known[key]
        return answer

    def _positive(self, e: Expr, scope: Scope, strict: bool) -> Used | None:
        if not isinstance(e, Add) and (e.is_positive or (not strict and e.is_nonnegative)):
            return NOTHING
        if isinstance(e, RV):
            r = self.randoms.get(e.name)
            if r is not None and (r.sign == ">" or (not strict and r.sign == ">=")):
                return self._about(r, "positive", f"{r.term} {r.sign} 0")
            known = self.law(e)
            if known and known[0].support(*known[1])[0] == 0 and (known[0].atomless or not strict):
                return self.law_used(e)
            return None
        if isinstance(e, Param):
            sign = self.signs.get(e.name, "")
            return NOTHING if sign == ">" or (not strict and sign == ">=") else None
        if isinstance(e, exp) or (not strict and isinstance(e, (Abs, Var, P, Ind, relu))):
            return NOTHING
        if isinstance(e, Sum):
            return self._positive_sum(e, scope, strict)
        if isinstance(e, Mul):
            return _all(self.positive(f, scope, strict=strict) for f in e.args)
        if isinstance(e, Pow):
            if not strict and e.exp.is_Integer and e.exp % 2 == 0:
                return NOTHING
            return self.positive(e.base, scope, strict=strict)
        if isinstance(e, Add):
            weak = [self.positive(t, scope, strict=False) for t in e.args]
            if any(w is None for w in weak):
                return None
            if not strict:
                return _all(weak)
            for t in e.args:
                one = self.positive(t, scope)
                if one is not None:
                    return _all([*weak, one])
            return None
        if isinstance(e, Def) and e.name in self.definitions:
            return self.positive(self.unfold(e), scope, strict=strict)
        if isinstance(e, E):  # what is positive almost surely has a positive mean
            return self.positive(e.args[0], scope, strict=strict)
        return None

    def _follows(self, e: Expr, scope: Scope, strict: bool) -> Used | None:
        """Does e > 0 (not strict: e >= 0) follow from what is declared of constants?"""
        facts, sources = self._facts(e, scope)
        numbers = follows(e, facts, strict=strict)
        if numbers is not None:
            return frozenset().union(*(sources[n] for n in numbers))
        if not isinstance(e, Add) or all(t.is_Rational or _linear(t) for t in e.args):
            return None
        product = flat(factor(evaluated(e)))  # 1 - b² is (1 - b) (1 + b)
        parts = product.args if isinstance(product, Mul) else (product,)
        if len([f for f in parts if not f.is_Rational]) < 2 and not isinstance(parts[-1], Pow):
            return None
        if not equal(product, e):
            return None
        used, total = NOTHING, 1
        for f in parts:
            found, way = self._way(f, scope, strict)
            if found is None:
                return None
            used, total = used | found, total * way
        return used if total > 0 else None

    def _way(self, f: Expr, scope: Scope, strict: bool) -> tuple[Used | None, int]:
        """By what f is positive (1) or negative (-1); not strict: or zero."""
        if isinstance(f, Pow) and f.exp.is_even:
            return self.nonzero(f.base, scope) if strict else NOTHING, 1
        for way in (1, -1):
            found = self.positive(canonical(mul(way, f)), scope, strict=strict)
            if found is not None:
                return found, way
        return None, 0

    def _facts(self, e: Expr, scope: Scope) -> tuple[list[Fact], list[Used]]:
        """What is declared of the constants in e, and by which assumption."""
        facts: list[Fact] = []
        sources: list[Used] = []

        def add_fact(expr: Expr, strict: bool, used: Used = NOTHING) -> None:
            facts.append(Fact(canonical(expr), strict))
            sources.append(used)

        for j, low, high in (*scope.ranges, *((j, *ends) for j, ends in self.ranges.items())):
            add_fact(add(j, mul(-1, low)), False)
            add_fact(add(high, mul(-1, j)), False)
        params = sorted(_params(e), key=str)
        for p in params:
            sign = self.signs.get(p.name, "")
            if sign in (">", ">=", "<"):
                add_fact(mul(-1, p) if sign == "<" else p, len(sign) == 1)
        for r in self.relations:
            if r.sign == "!=":
                continue
            for at in self._instances(r, params):
                gap = replace(r.gap, at) if at else r.gap
                add_fact(gap, len(r.sign) == 1, frozenset((self._relation(r),)))
        for fact, used in self._domains():
            add_fact(fact.expr, fact.strict, used)
        return facts, sources

    def _instances(self, r: Relation, params: Sequence[Param]) -> list[dict[Symbol, Expr]]:
        """The values of the indices of a relation for which it speaks of these constants."""
        if not r.indices:
            return [{}]
        own = _params(r.gap)
        found = []
        for mine in own:
            for p in params:
                at = matches(mine, p, frozenset(r.indices))
                if at is not None and set(at) == set(r.indices) and at not in found:
                    found.append(at)
        return found

    def _relation(self, r: Relation) -> Assumption:
        names = sorted({s.name for s in r.gap.free_symbols} | {p.name for p in _params(r.gap)})
        return Assumption("relation", ", ".join(names), str(r))

    def _domains(self) -> list[tuple[Fact, Used]]:
        """What laws say of their parameters, and variances of themselves, where not indexed."""
        if "domains" not in self._known:
            found: list[tuple[Fact, Used]] = []
            for r in self.randoms.values():
                facts = LAWS[r.law[0]].domain(*r.law[1]) if r.law else ()
                found += [(Fact(canonical(e), s), self.law_used(r.term)) for e, s in facts]
                if r.variance is not None:
                    words = f"{r.term} has variance {plain(r.variance)}"
                    used = self._about(r, "variance", words)
                    found.append((Fact(canonical(r.variance), False), used))
            self._known["domains"] = [
                (f, used) for f, used in found
                if f.expr.free_symbols and self.constant(f.expr)
                and f.expr.free_symbols <= set(self.symbols.values()) | set(self.sizes.values())
            ]  # fmt: skip
        domains: list[tuple[Fact, Used]] = self._known["domains"]
        return domains

    def admits(self, values: Mapping[str, Any]) -> bool:
        """Are the relations true for these values of names, as far as these decide it?"""
        known = {**self.sizes, **self.symbols}
        numbers = {known[n]: S(v) for n, v in values.items() if n in known}
        for r in self.relations:
            if not r.indices and r.left.free_symbols | r.right.free_symbols <= set(numbers):
                sides = (evaluated(replace(e, numbers)) for e in (r.left, r.right))
                if not r.holds(*sides):
                    return False
        return True

    def _positive_sum(self, e: Sum, scope: Scope, strict: bool) -> Used | None:
        """A sum of positive terms is, if there is a term at all."""
        body, *rest = e.open(bound_indices(e))
        limits = [(t[0], t[1], t[2]) for t in rest if isinstance(t, Tuple)]
        filled = _all(self.positive(hi - lo, scope, strict=False) for _, lo, hi in limits)
        if strict and (filled is None or len(limits) < len(rest)):
            return None
        inner = _with(scope, ranges=scope.ranges + tuple(limits))
        found = self.positive(body, inner, strict=strict)
        return found if found is None or not strict else found | (filled or NOTHING)

    # ------------------------------------------------------------ existence

    def integrable(self, e: Expr, scope: Scope = EMPTY) -> Used | None:
        """Is E|e| finite?"""
        order, used = self.order(e, scope)
        return used if order >= 1 else None

    def order(self, e: Expr, scope: Scope = EMPTY) -> tuple[Expr, Used]:
        """A p such that E|e|^p is finite, as large as the context allows (0: unknown).

        Products: the least of the orders of independent groups of factors, by Hölder's
        inequality within a group.
        """
        key = ("order", e, scope)
        if key not in self._known:
            self._known[key] = self._order(e, scope)
        found: tuple[Expr, Used] = self._known[key]
        return found

    def _order(self, e: Expr, scope: Scope) -> tuple[Expr, Used]:
        declared = self._declared_order(e)
        if declared is not None and not isinstance(e, RV):
            return declared
        if not self.sources(e):
            return oo, NOTHING
        if isinstance(e, RV):
            return self._order_rv(e, declared)
        if isinstance(e, Def):
            return self.order(self.unfold(e), scope)
        if isinstance(e, Add):
            parts = [self.order(t, scope) for t in e.args]
            return min((p for p, _ in parts), default=oo), frozenset().union(*(u for _, u in parts))
        if isinstance(e, Pow):
            return self._order_pow(e, scope)
        if isinstance(e, Mul):
            return self._order_mul(e, scope)
        if isinstance(e, E):  # |E[g|y]|^p <= E[|g|^p | y]
            return self.order(e.args[0], scope)
        if isinstance(e, Var):
            p, used = self.order(e.args[0], scope)
            return p / 2, used
        if isinstance(e, Binder):
            names = bound_indices(e)
            inner = scope
            body, *rest = e.open(names)
            if not isinstance(e, Int):
                pairs = frozenset(frozenset((n.lhs, n.rhs)) for n in rest if hasattr(n, "lhs"))
                inner = _with(scope, apart=scope.apart | pairs)
            return self.order(body, inner)
        return self._order_function(e, scope)

    def _order_rv(self, x: RV, declared: tuple[Expr, Used] | None) -> tuple[Expr, Used]:
        r = self.randoms.get(x.name)
        best: tuple[Expr, Used] = declared or (S.Zero, NOTHING)
        if r is None:
            return best
        if r.law is not None:
            law, parameters = self.law(x) or (None, ())
            if law is not None and law.order(*parameters) > best[0]:
                best = law.order(*parameters), self.law_used(x)
        if r.order is not None and r.order > best[0]:
            best = r.order, self._about(r, "finite", f"{r.term} has {r.order} finite moments")
        if r.variance is not None and best[0] < 2:
            best = S(2), self._about(r, "variance", f"{r.term} has variance {plain(r.variance)}")
        if r.mean is not None and best[0] < 1:
            best = S.One, self._about(r, "mean", f"{r.term} has mean {plain(r.mean)}")
        return best

    def _order_pow(self, e: Pow, scope: Scope) -> tuple[Expr, Used]:
        if e.exp.is_Rational and e.exp > 0:
            p, used = self.order(e.base, scope)
            return p / e.exp, used
        if self.constant(e.exp) or not self.constant(e.base):
            base = self.law(e.base) if isinstance(e.base, RV) else None
            if base and base[0].support(*base[1])[0].is_positive and e.exp.is_negative:
                return oo, self.law_used(e.base)
            return S.Zero, NOTHING
        return S.Zero, NOTHING

    def _order_mul(self, e: Mul, scope: Scope) -> tuple[Expr, Used]:
        factors = tuple(f for f in _factors(e) if self.sources(f))
        if len(factors) > 6:
            return S.Zero, NOTHING
        return self._order_product(factors, scope)

    def _order_product(self, factors: tuple[Expr, ...], scope: Scope) -> tuple[Expr, Used]:
        """Independent groups: the least order.  Else Hölder over the best split in two."""
        if len(factors) == 1:
            return self.order(factors[0], scope)
        declared = self._declared_order(canonical(Mul(*factors)))
        groups, used = self.groups(factors, scope)
        if len(groups) > 1:
            parts = [self._order_product(tuple(g), scope) for g in groups]
            return min(p for p, _ in parts), used.union(*(u for _, u in parts))
        best: tuple[Expr, Used] = declared or (S.Zero, NOTHING)
        for size in range(1, len(factors) // 2 + 1):
            for chosen in combinations(range(len(factors)), size):
                left = tuple(factors[n] for n in chosen)
                right = tuple(f for n, f in enumerate(factors) if n not in chosen)
                (p, u), (q, v) = self._order_product(left, scope), self._order_product(right, scope)
                if p == 0 or q == 0:
                    continue
                inverse = (S.Zero if p == oo else 1 / p) + (S.Zero if q == oo else 1 / q)
                r = oo if inverse == 0 else 1 / inverse
                if r > best[0]:
                    best = r, u | v
        return best

    def _order_function(self, e: Basic, scope: Scope) -> tuple[Expr, Used]:
        if isinstance(e, (Ind, tanh, sin, cos, sign, sigmoid, erf)):
            return oo, NOTHING
        name = e.func.__name__
        if self.functions.get(name) == "bounded":
            return oo, NOTHING
        lipschitz = (
            isinstance(e, (relu, leaky_relu, Abs, Max, Min))
            or self.functions.get(name) == "lipschitz"
        )
        if lipschitz:
            parts = [self.order(a, scope) for a in e.args]
            return min(p for p, _ in parts), frozenset().union(*(u for _, u in parts))
        if isinstance(e, exp):
            return self._order_exp(e.args[0])
        if isinstance(e, log):
            return self._order_log(e, scope)
        return S.Zero, NOTHING

    def _order_log(self, e: Expr, scope: Scope) -> tuple[Expr, Used]:
        """The logarithm of a product of positive factors is the sum of theirs."""
        argument = canonical(e.args[0])
        factors = argument.args if isinstance(argument, Mul) else (argument,)
        bases = [f.base if isinstance(f, Pow) and f.exp.is_Rational else f for f in factors]
        random = [b for b in bases if self.sources(b)]
        if bases == [e.args[0]] or any(self.positive(b, scope) is None for b in bases):
            return S.Zero, NOTHING
        parts = [self.order(log(b, evaluate=False), scope) for b in random]
        return min(p for p, _ in parts), frozenset().union(*(u for _, u in parts))

    def _order_exp(self, x: Expr) -> tuple[Expr, Used]:
        used: Used = NOTHING
        for v in self.sources(x):
            known = self.law(v)
            if known is None or known[0].name not in (
                "normal",
                "uniform",
                "bernoulli",
                "rademacher",
                "poisson",
            ):
                return S.Zero, NOTHING
            used |= self.law_used(v)
        linear = canonical(x)
        terms = linear.args if isinstance(linear, Add) else (linear,)
        for t in terms:
            random = [f for f in (t.args if isinstance(t, Mul) else (t,)) if self.sources(f)]
            if len(random) > 1 or not all(isinstance(f, RV) for f in random):
                return S.Zero, NOTHING
        return oo, used

    def _declared_order(self, e: Expr) -> tuple[Expr, Used] | None:
        """The order that a declaration ``finite g^m`` gives to a power of g."""
        best: tuple[Expr, Used] | None = None
        for known in self.finite:
            (base, m), (own, p) = _as_power(known), _as_power(e)
            for pattern, term, n in ((base, own, m / p), (known, e, S.One)):
                found = matches(pattern, term, self._pattern_indices(pattern))
                if found is not None and n.is_positive and (best is None or n > best[0]):
                    best = (
                        n,
                        frozenset(
                            (Assumption("finite", plain(known), f"E|{plain(known)}| is finite"),)
                        ),
                    )
        return best

    def _pattern_indices(self, e: Expr) -> frozenset[Symbol]:
        """What is declared finite at an index is so at every index."""
        constants = set(self.sizes.values()) | set(self.symbols.values())
        return frozenset(s for s in e.free_symbols if s not in constants)

    # ------------------------------------------------------------ independence

    def groups(
        self, factors: Sequence[Expr], scope: Scope = EMPTY
    ) -> tuple[list[list[Expr]], Used]:
        """Split factors into groups that are certainly mutually independent, as fine as can be."""
        todo, found, used = list(factors), [], NOTHING
        while len(todo) > 1:
            for size in range(1, len(todo) // 2 + 1):
                split = self._first_split(todo, size, scope)
                if split is not None:
                    found.append(split[0])
                    todo = [f for n, f in enumerate(todo) if n not in split[1]]
                    used |= split[2]
                    break
            else:
                break
        return found + ([todo] if todo else []), used

    def _first_split(
        self, todo: list[Expr], size: int, scope: Scope
    ) -> tuple[list[Expr], set[int], Used] | None:
        for chosen in combinations(range(len(todo)), size):
            left = [todo[n] for n in chosen]
            right = [f for n, f in enumerate(todo) if n not in chosen]
            used = self.independent_of(left, right, scope)
            if used is not None:
                return left, set(chosen), used
        return None

    def independent_of(
        self, left: Iterable[Basic], right: Iterable[Basic], scope: Scope = EMPTY
    ) -> Used | None:
        """Are all of ``left`` together independent of all of ``right`` together?"""
        a = frozenset().union(*(self.sources(f) for f in left))
        b = frozenset().union(*(self.sources(f) for f in right))
        key = ("independent", a, b, scope)
        if key not in self._known:
            known = _with(scope, apart=scope.apart | {frozenset(p) for p in self.apart})
            every = frozenset(range(len(self.independence)))
            self._known[key] = self._known["independent", b, a, scope] = self._split(
                a, b, known, every, 3
            )
        found: Used | None = self._known[key]
        return found

    def _split(
        self, a: frozenset[RV], b: frozenset[RV], scope: Scope, facts: frozenset[int], depth: int
    ) -> Used | None:
        if not a or not b:
            return NOTHING
        if a & b:
            return None
        for n in sorted(facts):
            keys = self._blocks(self.independence[n], a | b, scope)
            if keys is None:
                continue
            parts = [
                self._split(
                    frozenset(x for x in a if keys[x] == k),
                    frozenset(x for x in b if keys[x] == k),
                    scope,
                    facts - {n},
                    depth,
                )
                for k in set(keys.values())
            ]  # fmt: skip
            if all(p is not None for p in parts):
                own = frozenset((self.independence_assumption(n),))
                return own.union(*(p for p in parts if p is not None))
        return self._contract(a, b, scope, depth) if depth else None

    def _contract(
        self, a: frozenset[RV], b: frozenset[RV], scope: Scope, depth: int
    ) -> Used | None:
        # a ⊥ b1 and (a, b1) ⊥ b2 give a ⊥ (b1, b2).
        every = frozenset(range(len(self.independence)))
        for left, right in ((a, b), (b, a)):
            names = sorted({x.name for x in right})
            if not 1 < len(names) <= 5:
                continue
            for size in range(1, len(names)):
                for chosen in combinations(names, size):
                    first = frozenset(x for x in right if x.name in chosen)
                    one = self._split(left, first, scope, every, 0)
                    if one is None:
                        continue
                    two = self._split(left | first, right - first, scope, every, depth - 1)
                    if two is not None:
                        return one | two
        return None

    def independence_assumption(self, n: int) -> Assumption:
        """The n-th declared independence as an assumption."""
        fact = self.independence[n]
        blocks = [str(b[0]) if len(b) == 1 else f"({', '.join(map(str, b))})" for b in fact.blocks]
        kind = "pairwise independent" if fact.pairwise else "independent"
        if fact.over:
            text = f"{blocks[0]} {kind} over {', '.join(map(str, fact.over))}"
        else:
            text = f"{', '.join(blocks[:-1])} and {blocks[-1]} {kind}"
        return Assumption(
            "independent", ", ".join(sorted({t.name for b in fact.blocks for t in b})), text
        )

    def _blocks(self, fact: Independence, xs: frozenset[RV], scope: Scope) -> dict[RV, int] | None:
        """Which block of the declaration each variable lies in; None if one lies in none."""
        if fact.over:
            return self._blocks_over(fact, xs, scope)
        binding: dict[Symbol, Expr] = {}
        keys: dict[RV, int] = {}
        for x in xs:
            for n, block in enumerate(fact.blocks):
                hit = next((t for t in block if _covers(t, x, binding)), None)
                if hit is not None:
                    binding.update(zip(hit.indices, x.indices, strict=False))
                    keys[x] = n
                    break
            else:
                return None
        return None if fact.pairwise and len(set(keys.values())) > 2 else keys

    def _blocks_over(
        self, fact: Independence, xs: frozenset[RV], scope: Scope
    ) -> dict[RV, int] | None:
        labels: dict[RV, tuple[Expr, ...]] = {}
        rest: set[tuple[Expr, ...]] = set()
        for x in xs:
            t = next(
                (
                    t
                    for t in fact.blocks[0]
                    if t.name == x.name and len(t.indices) == len(x.indices)
                ),
                None,
            )
            if t is None:
                return None
            at = dict(zip(t.indices, x.indices, strict=True))
            labels[x] = tuple(canonical(at[i]) for i in fact.over)
            rest.add(tuple(canonical(at[i]) for i in t.indices if i not in fact.over))
        if len(rest) > 1 or (fact.pairwise and len(set(labels.values())) > 2):
            return None
        # Labels that may be the same value fall into one block.
        blocks: list[list[tuple[Expr, ...]]] = []
        for label in dict.fromkeys(labels.values()):
            near = [b for b in blocks if any(not self._differ(label, o, scope) for o in b)]
            blocks = [b for b in blocks if b not in near] + [[label, *(o for b in near for o in b)]]
        place = {label: n for n, b in enumerate(blocks) for label in b}
        return {x: place[label] for x, label in labels.items()}

    def _differ(self, a: tuple[Expr, ...], b: tuple[Expr, ...], scope: Scope) -> bool:
        return any(self.distinct(x, y, scope) for x, y in zip(a, b, strict=True))


def _as_power(e: Expr) -> tuple[Expr, Expr]:
    """b and n > 0 with |e| = |b|^n, n as large as the exponents allow: x^2 y^2 is (x y)^2."""
    factors = e.args if isinstance(e, Mul) else (e,)
    parts = [(f.base, f.exp) if isinstance(f, Pow) else (f, S.One) for f in factors]
    if not all(x.is_Rational for _, x in parts):
        return e, S.One
    n = gcd([abs(x) for _, x in parts])
    return Mul(*(Pow(b, x / n) for b, x in parts)), n


def _factors(e: Expr) -> Iterator[Expr]:
    """The factors of a product of products."""
    for f in e.args if isinstance(e, Mul) else (e,):
        yield from _factors(f) if isinstance(f, Mul) else (f,)


def _linear(t: Expr) -> bool:
    return not isinstance(t.as_coeff_Mul()[1], (Mul, Pow))


def _params(e: Basic) -> set[Param]:
    return {p for p in subterms(e) if isinstance(p, Param)}


def _covers(pattern: RV, x: RV, binding: dict[Symbol, Expr]) -> bool:
    if pattern.name != x.name:
        return False
    if not pattern.indices:
        return True
    if len(pattern.indices) > len(x.indices):
        return False
    # Indices that are left out at the end mean all of them: W[k] is all W[k,i,j].
    for p, at in zip(pattern.indices, x.indices, strict=False):
        if isinstance(p, Symbol):
            if binding.get(p, at) != at:
                return False
        elif p != at:
            return False
    return True


def _all(found: Iterable[Used | None]) -> Used | None:
    used: Used = NOTHING
    for u in found:
        if u is None:
            return None
        used |= u
    return used


def _instance(e: Expr, formal: Sequence[Symbol], actual: Sequence[Expr]) -> Expr:
    if not formal:
        return e
    return replace(e, dict(zip(formal, actual, strict=True)))


def matches(pattern: Basic, e: Basic, free: frozenset[Symbol]) -> dict[Symbol, Expr] | None:
    """Bind the free indices of ``pattern`` so that it equals e (by ring algebra at the leaves)."""
    own = free & e.free_symbols
    if own:  # a letter of the pattern is no letter of e, whatever it is called
        other = {s: Symbol(f"_of_{s.name}", **s.assumptions0) for s in own}
        pattern = replace(pattern, other)
        free = (free - own) | frozenset(other.values())
        found = matches(pattern, e, free)
        back = {new: old for old, new in other.items()}
        return None if found is None else {back.get(s, s): at for s, at in found.items()}
    binding: dict[Symbol, Expr] = {}
    return binding if _unify(canonical(pattern), canonical(e), free, binding) else None


def _unify(p: Basic, e: Basic, free: frozenset[Symbol], binding: dict[Symbol, Expr]) -> bool:
    if isinstance(p, Symbol) and p in free:
        return bool(binding.setdefault(p, e) == e)
    if p == e:
        return True
    if not p.args or p.func != e.func or len(p.args) != len(e.args):
        return False
    if isinstance(p, (Add, Mul)):
        return _unify_unordered(list(p.args), list(e.args), free, binding)
    return all(_unify(a, b, free, binding) for a, b in zip(p.args, e.args, strict=True))


def _unify_unordered(
    ps: list[Basic], es: list[Basic], free: frozenset[Symbol], binding: dict[Symbol, Expr]
) -> bool:
    if not ps:
        return not es
    for n, e in enumerate(es):
        trial = dict(binding)
        if _unify(ps[0], e, free, trial) and _unify_unordered(
            ps[1:], es[:n] + es[n + 1 :], free, trial
        ):
            binding.update(trial)
            return True
    return False
