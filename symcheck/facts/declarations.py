"""What is declared, and what the declarations say of one variable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple

from sympy import Basic, Expr, Function, S, Symbol

from symcheck.facts.assumptions import (
    EMPTY,
    NOTHING,
    Assumption,
    Definition,
    Dependence,
    Ends,
    Hypothesis,
    Independence,
    Random,
    Relation,
    Scope,
    Used,
    instance,
)
from symcheck.facts.contradictions import contradiction
from symcheck.facts.tables import Rows, Table
from symcheck.language.expr import (
    RV,
    Binder,
    Cov,
    Def,
    Diff,
    E,
    P,
    Param,
    Var,
    bound_indices,
    children,
    index,
    mul,
    rebuild,
    replace,
)
from symcheck.language.laws import LAWS, Law
from symcheck.language.plain import plain
from symcheck.language.ring import TooLarge, canonical

__all__ = ["Declarations", "Questions"]

MOST_RELATIONS = 100
MOST_PARTS = 50_000  # of an expression whose definitions are replaced by what they stand for


class Questions(NamedTuple):
    """Who answers: each is given the declarations, and may ask the others through them.

    An answer is the assumptions by which it is yes, or None where that is not known.
    """

    positive: Callable[..., Used | None]
    nonzero: Callable[[Declarations, Expr, Scope], Used | None]
    distinct: Callable[[Declarations, Expr, Expr, Scope], Used | None]
    independent_of: Callable[[Declarations, Iterable[Basic], Iterable[Basic], Scope], Used | None]
    groups: Callable[[Declarations, Sequence[Expr], Scope], tuple[list[list[Expr]], Used]]
    ends: Callable[[Declarations, Expr, Scope], Ends]
    bounded: Callable[[Declarations, Expr, Scope], Used | None]
    integrable: Callable[[Declarations, Expr, Scope, Any], Used | None]
    diverges: Callable[[Declarations, Expr], Used | None]


@dataclass(frozen=True)
class Declarations:
    """Tables of sizes, parameters, random variables, independence, definitions, hypotheses.

    Each of :meth:`size`, :meth:`real`, :meth:`random`, ... adds to a table and returns what it
    declared.  The questions at the end are those that signs, independence and existence ask of
    one another; ``ask`` says who answers each.
    """

    ask: ClassVar[Questions]

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
    cache: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Tables of its own, which clear the cache where anybody changes them."""
        for f in fields(self):
            own = getattr(self, f.name)
            if f.init:
                table = Table(own) if isinstance(own, dict) else Rows(own)
                table.found = self.cache
                object.__setattr__(self, f.name, table)

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
        if made in self.relations:
            return
        if len(self.relations) >= MOST_RELATIONS:
            raise ValueError(f"more than {MOST_RELATIONS} relations between constants")
        gap = made.gap
        if sign == "!=":
            false = gap == 0
        else:
            false = self.positive(mul(-1, gap), strict=len(sign) == 2) is not None
        if false:
            raise ValueError(f"{made} contradicts what is declared")
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

        Raises ValueError for an unknown law, a wrong number of parameters, and what no variable
        can have together.
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
        made = Random(
            name, tuple(indices), None if mean is None else S(mean),
            None if variance is None else S(variance), symmetric, law,
            None if order is None else S(order), atomless, sign,
        )  # fmt: skip
        why = contradiction(self, made)
        if why:
            raise ValueError(why)
        self.randoms[name] = made
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
        self.independence.append(Independence(made, tuple(over), pairwise))

    def identical(self, *block: RV, over: Sequence[Symbol]) -> None:
        """Declare that the vectors ``block`` have the same joint law for all values of ``over``."""
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
        self.hypotheses.append(Hypothesis(name, tuple(indices), lhs, S(rhs)))

    def assume_finite(self, e: Expr) -> None:
        """Assume that E|e| is finite."""
        self.finite.append(e)

    def depends(self, of: RV, on: Expr, index: Symbol, lower: Any, upper: Any) -> None:
        """Declare ``of`` a differentiable function of the ``on`` for index = lower..upper."""
        self.dependence.append(Dependence(of, on, index, S(lower), S(upper)))

    def assume_apart(self, a: Expr, b: Expr) -> None:
        """Assume that two free indices differ."""
        self.apart.append((a, b))

    def _new(self, name: str) -> None:
        if name.startswith("_"):
            raise ValueError(f"{name}: such a name is one of symcheck's own")
        if name in self.names:
            raise ValueError(f"{name} is declared twice")

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
        return instance(found.body, found.indices, d.indices)

    def remember(self, key: Any, make: Callable[[], Any], meanwhile: Any = None) -> Any:
        """What ``make`` answers, asked once; who asks the same on the way is told ``meanwhile``."""
        if key not in self.cache:
            self.cache[key] = meanwhile
            try:
                self.cache[key] = make()
            except BaseException:  # out of time, too large: nothing is known of the answer
                del self.cache[key]
                raise
        return self.cache[key]

    def unfolded(self, e: Any) -> Any:
        """e with every definition replaced by its body, under sums and integrals too.

        Raises TooLarge where that would have more than MOST_PARTS parts.
        """
        if not e.has(Def):
            return e
        if self.parts(e) > MOST_PARTS:
            raise TooLarge(f"more than {MOST_PARTS:,} parts without the names of definitions")
        return self._unfolded(e)

    def parts(self, e: Any) -> int:
        """How many parts e has, with all that stands behind its definitions."""
        if isinstance(e, Def) and e.name in self.definitions:
            body = self.definitions[e.name].body
            found: int = self.remember(("parts", e.name), lambda: self.parts(body))
            return found
        return 1 + sum(self.parts(a) for a in e.args)

    def _unfolded(self, e: Any) -> Any:
        if isinstance(e, Def) and e.name in self.definitions:
            return self._unfolded(self.unfold(e))
        if not e.args or not e.has(Def):
            return e
        if isinstance(e, Binder):
            return e.func(*(self._unfolded(a) for a in e.open(bound_indices(e))))
        return rebuild(e, tuple(self._unfolded(a) for a in children(e)))

    def sources(self, e: Basic) -> frozenset[RV]:
        """The random variables that e depends on; indices that are summed over become fresh.

        A sum depends on the ends of its range, too, and a member on its number.  Expectations
        are constants; a conditional expectation depends on what is given.
        """
        if not e.args:
            return frozenset()
        key = ("sources", e)
        if key not in self.cache:
            self.cache[key] = self._sources(e)
        found: frozenset[RV] = self.cache[key]
        return found

    def _sources(self, e: Basic) -> frozenset[RV]:
        if isinstance(e, RV):
            return frozenset((e,)).union(*(self.sources(i) for i in e.indices))
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
            body, *rest = e.open(bound_indices(e))
            ends = (end for part in rest for end in part.args[-2:])  # not what is integrated over
            return self.sources(body).union(*(self.sources(end) for end in ends))
        return frozenset().union(*(self.sources(a) for a in e.args))

    def constant(self, e: Basic) -> bool:
        """Has e no random source?"""
        return not self.sources(e)

    def range_at(self, i: Symbol, at: Mapping[Symbol, Any]) -> tuple[Expr, Expr] | None:
        """What a free index runs over where letters have these values; None: where that is clear.

        It is clear without a range, and for a letter that stands for itself in its own range.
        """
        own = self.ranges.get(i)
        if own is None:
            return None
        low, high = (replace(e, dict(at)) for e in own)
        return None if at.get(i, i) == i and (low, high) == own else (low, high)

    def letters(self, *es: Basic) -> set[Any]:
        """The free indices in these: all symbols that are no sizes and no constants."""
        found = set[Any]().union(*(e.free_symbols for e in es))
        return found.difference(self.sizes.values(), self.symbols.values())

    def free_letters(self, r: Relation) -> set[Any]:
        """The free indices that a relation speaks of as they are."""
        return self.letters(r.gap) - set(r.indices)

    # ------------------------------------------------------------ one variable

    def law(self, x: RV) -> tuple[Law, tuple[Expr, ...]] | None:
        """The named law of x with its parameters, if declared."""
        r = self.randoms.get(x.name)
        if r is None or r.law is None:
            return None
        return LAWS[r.law[0]], tuple(instance(p, r.indices, x.indices) for p in r.law[1])

    def mean(self, x: RV) -> tuple[Expr, Used] | None:
        """E[x], if declared (or of a named law)."""
        r = self.randoms.get(x.name)
        if r is None:
            return None
        if r.mean is not None:
            return instance(r.mean, r.indices, x.indices), self.about(
                r, "mean", f"{r.term} has mean {plain(r.mean)}"
            )
        return self.moment(x, 1)

    def variance(self, x: RV) -> tuple[Expr, Used] | None:
        """Var[x], if declared (or of a named law)."""
        r = self.randoms.get(x.name)
        if r is None:
            return None
        if r.variance is not None:
            value = instance(r.variance, r.indices, x.indices)
            return value, self.about(r, "variance", f"{r.term} has variance {plain(r.variance)}")
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
        if value is None:
            return None
        short = canonical(value)  # a mean of (b - b) / 2 is one of 0
        return short if short.is_number else value, self.law_used(x)

    def center(self, x: RV) -> tuple[Expr, Used] | None:
        """The c for which x and 2 c - x have the same law, if known."""
        r = self.randoms.get(x.name)
        if r is None:
            return None
        if r.symmetric:
            return S.Zero, self.about(r, "symmetric", f"{r.term} is symmetric about 0")
        known = self.law(x)
        center = known[0].center(*known[1]) if known else None
        return None if center is None else (center, self.law_used(x))

    def symmetric(self, x: RV) -> Used | None:
        """Is the law of x symmetric about zero?"""
        found = self.center(x)
        return found[1] if found is not None and found[0] == 0 else None

    def atomless(self, x: RV) -> Used | None:
        """Has every single value of x probability zero?"""
        r = self.randoms.get(x.name)
        if r is None:
            return None
        if r.atomless:
            text = f"{r.term} takes no single value with positive probability"
            return self.about(r, "atomless", text)
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
            found |= self.about(r, "mean", f"{r.term} has mean {plain(r.mean)}")
        if r.variance is not None:
            found |= self.about(r, "variance", f"{r.term} has variance {plain(r.variance)}")
        if r.symmetric:
            found |= self.about(r, "symmetric", f"{r.term} is symmetric about 0")
        if r.law is not None:
            found |= self.law_used(r.term)
        if r.order is not None:
            found |= self.about(r, "finite", f"{r.term} has {r.order} finite moments")
        if r.atomless:
            text = f"{r.term} takes no single value with positive probability"
            found |= self.about(r, "atomless", text)
        if r.sign:
            found |= self.about(r, "positive", f"{r.term} {r.sign} 0")
        return found

    def law_used(self, x: RV) -> Used:
        """The declared law of x as an assumption."""
        r = self.randoms[x.name]
        assert_law = r.law or ("", ())
        return self.about(
            r, "law", f"{r.term} ~ {assert_law[0]}({', '.join(map(plain, assert_law[1]))})"
        )

    def about(self, r: Random, kind: str, text: str) -> Used:
        """One assumption about a variable."""
        return frozenset((Assumption(kind, r.name, text),))

    # ------------------------------------------------------------ questions

    def positive(self, e: Expr, scope: Scope = EMPTY, *, strict: bool = True) -> Used | None:
        """Is e certainly positive (``strict=False``: or zero)?"""
        return self.ask.positive(self, e, scope, strict=strict)

    def nonzero(self, e: Expr, scope: Scope = EMPTY) -> Used | None:
        """Is e certainly nonzero (for random e: almost surely)?"""
        return self.ask.nonzero(self, e, scope)

    def distinct(self, a: Expr, b: Expr, scope: Scope = EMPTY) -> Used | None:
        """By what are the two indices certainly different?"""
        return self.ask.distinct(self, a, b, scope)

    def independent_of(
        self, left: Iterable[Basic], right: Iterable[Basic], scope: Scope = EMPTY
    ) -> Used | None:
        """Are all of ``left`` together independent of all of ``right`` together?"""
        return self.ask.independent_of(self, left, right, scope)

    def groups(
        self, factors: Sequence[Expr], scope: Scope = EMPTY
    ) -> tuple[list[list[Expr]], Used]:
        """Split factors into groups that are certainly mutually independent, as fine as can be."""
        return self.ask.groups(self, factors, scope)

    def ends(self, e: Expr, scope: Scope = EMPTY) -> Ends:
        """Constants between which e lies almost surely."""
        return self.ask.ends(self, e, scope)

    def bounded(self, e: Expr, scope: Scope = EMPTY) -> Used | None:
        """Is |e| at most a constant, almost surely?"""
        return self.ask.bounded(self, e, scope)

    def integrable(self, e: Expr, scope: Scope = EMPTY, p: Any = 1) -> Used | None:
        """Is E|e|^p finite?"""
        return self.ask.integrable(self, e, scope, p)

    def diverges(self, e: Expr) -> Used | None:
        """Is E|e| certainly infinite, by a named law?"""
        return self.ask.diverges(self, e)
