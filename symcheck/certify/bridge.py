"""From contexts and SymPy expressions to declarations and terms of the core.

What cannot be said there raises :class:`Untold`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from sympy import (
    Abs,
    Add,
    Eq,
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
)
from sympy.core.function import AppliedUndef

from symcheck.certify.builder import Terms, encode
from symcheck.core.declared import ENTRIES, Declared, declare
from symcheck.core.rules.equality import obligations
from symcheck.core.terms import (
    MINUS,
    ONE,
    ZERO,
    Formula,
    Term,
    closed,
    formula_terms,
    minus,
    num,
    parts,
    replaced,
)  # fmt: skip
from symcheck.facts.context import Context
from symcheck.language.expr import (
    RV,
    Cov,
    Diff,
    E,
    Ind,
    Int,
    Named,
    P,
    Param,
    Sum,
    Var,
    leaky_relu,
    relu,
    sigmoid,
    subterms,
)  # fmt: skip

__all__ = ["Bridge", "Untold"]

FUNCTIONS = {
    exp: "exp", log: "log", sin: "sin", cos: "cos", tanh: "tanh", erf: "erf", sigmoid: "sigmoid",
    sign: "sign", Abs: "abs", relu: "relu", leaky_relu: "leaky_relu", Max: "max", Min: "min",
}  # fmt: skip
MOST_TERMS = 3  # of a declared function
RELATIONS = {Gt: ">", Ge: ">=", Eq: "=", Ne: "!="}


class Untold(Exception):
    """The core has no words for something."""


class Bridge:
    """A context in the core's words: ``declared``, ``data``, and terms of expressions.

    ``numbers`` says which declaration an entry of the context became: ('mean', x), ('exists', x),
    ('variance', x), ('square', x), ('symmetric', x), ('finite', x), ('atomless', x),
    ('sign', name), ('law', x), ('range', i), ('apart', n), ('relation', n), ('independent', n),
    ('identical', n), ('hypothesis', n), ('assumed to exist', n, k), ('told finite', n),
    ('depends', n), ('let', name), ('bounded', g), ('lipschitz', g).
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.numbers: dict[tuple[Any, ...], int] = {}
        self.untold: list[tuple[Any, ...]] = []  # what could not be said
        self._table, self._entries = Terms(), list[list[Any]]()
        self._terms: dict[Any, Term] = {}
        self._functions: dict[tuple[str, int], str] = {}  # of so many terms: the core's name
        self._declare()
        self.data = {"terms": self._table.entries, "entries": self._entries}
        self.declared: Declared = declare(self.data)

    # ------------------------------------------------------------ declarations

    def _add(self, key: tuple[Any, ...], kind: str, *data: Any) -> None:
        coded = [encode(v, k, self._table) for v, k in zip(data, ENTRIES[kind], strict=True)]
        self.numbers[key] = len(self._entries)
        self._entries.append([kind, *coded])

    def _fact(
        self, key: tuple[Any, ...], letters: Sequence[Term], asked: Sequence[Formula], f: Formula
    ) -> None:
        self._add(key, "fact", tuple(letters), tuple(asked), f)

    def _try(self, key: tuple[Any, ...], make: Any) -> None:
        try:
            make()
        except Untold:
            self.untold.append(key)

    def _declare(self) -> None:
        c = self.context
        for name, s in c.sizes.items():
            self._add(("size", name), "constant", name, 0, "whole")
            low = ("c", name) if not s.is_positive else minus(("c", name), ONE)
            self._fact(("sign", name), (), (), (">=", low))
        for name, s in c.symbols.items():
            self._add(("constant", name), "constant", name, 0, "real")
            rel = _sign_of(s)
            if rel:
                at = ("c", name) if rel[0] == 1 else ("*", MINUS, ("c", name))
                self._fact(("sign", name), (), (), (rel[1], at))
        for name, indices in c.params.items():
            self._add(("constant", name), "constant", name, len(indices), "real")
            if name in c.signs:
                letters = _letters(indices)
                t: Term = ("c", name, *letters)
                way = c.signs[name]
                signed = ("*", MINUS, t) if way == "<" else t
                self._fact(("sign", name), letters, (), (way.replace("<", ">"), signed))
        for name in c.indices:
            self._add(("index", name), "constant", name, 0, "index")
        for name, arity in self._arities().items():
            self._function(name, arity, name)
            # How many terms it takes is not declared, and the core has one number for a name.
            for other in {*range(1, MOST_TERMS + 1)} - {arity}:
                self._function(name, other, f"{name} of {other}")
        for name, r in c.randoms.items():
            self._add(("random", name), "random", name, len(r.indices))
        for name, d in c.definitions.items():
            letters = _letters(d.indices)
            self._try(
                ("let", name),
                lambda n=name, d=d, k=letters: self._add(
                    ("let", n), "let", n, k, self._with_letters(d.body, d.indices)
                ),
            )
        self._facts()

    def _function(self, name: str, arity: int, called: str) -> None:
        """|g(t)| <= M, or |g(t) - g(s)| <= M |t - s|, for an M that has no other name."""
        self._add(("function", name, arity), "function", called, arity)
        self._functions[name, arity] = called
        kind = self.context.functions.get(name)
        if not kind or (kind != "bounded" and arity > 1):
            return
        most: Term = ("c", f"{kind} {called}")
        own = (kind, called)
        self._add((*own, "constant"), "constant", most[1], 0, "real")
        t = tuple(("c", f"value {n}") for n in range(arity if kind == "bounded" else 2))
        g = [("f", called, *t)] if kind == "bounded" else [("f", called, u) for u in t]
        if kind == "bounded":
            self._fact(own, t, (), (">=", minus(most, ("f", "abs", g[0]))))
        else:
            above = ("*", most, ("f", "abs", minus(*t)))
            self._fact(own, t, (), (">=", minus(above, ("f", "abs", minus(*g)))))

    def _facts(self) -> None:
        c = self.context
        for i, (low, high) in c.ranges.items():
            at = self.term(i)
            for k, gap in (
                ("low", minus(at, self.term(low))),
                ("high", minus(self.term(high), at)),
            ):
                self._fact(("range", i.name, k), (), (), (">=", gap))
        for n, (a, b) in enumerate(c.apart):
            self._fact(("apart", n), (), (), ("!=", minus(self.term(a), self.term(b))))
        for n, relation in enumerate(c.relations):
            self._try(("relation", n), lambda n=n, r=relation: self._relation(n, r))
        for name, r in c.randoms.items():
            self._try(("random", name), lambda r=r: self._random(r))
        for n, fact in enumerate(c.independence):
            self._try(("independent", n), lambda n=n, f=fact: self._independent(n, f))
        for n, same in enumerate(c.identities):
            self._try(("identical", n), lambda n=n, s=same: self._identical(n, s))
        for n, e in enumerate(c.finite):
            letters = self._general(e)
            self._try(
                ("told finite", n),
                lambda n=n, e=e, k=letters: self._fact(
                    ("told finite", n), _letters(k), self._asked(k, e),
                    ("L1", self._with_letters(e, k)),
                ),
            )  # fmt: skip
        for n, d in enumerate(c.dependence):
            self._try(("depends", n), lambda n=n, d=d: self._depends(n, d))
        for n, h in enumerate(c.hypotheses):
            self._try(("hypothesis", n), lambda n=n, h=h: self._hypothesis(n, h))

    def _relation(self, n: int, r: Any) -> None:
        asked = self._asked(r.indices, r.left - r.right)
        says = self._relates(r, r.indices)
        self._fact(("relation", n), _letters(r.indices), asked, says)

    def _relates(self, r: Any, letters: Iterable[Symbol]) -> Formula:
        """A relation as a sign."""
        left, right = (self._with_letters(e, letters) for e in (r.left, r.right))
        gap = minus(right, left) if r.sign[0] == "<" else minus(left, right)
        return (r.sign.replace("<", ">"), gap)

    def _random(self, r: Any) -> None:
        letters = _letters(r.indices)
        x: Term = ("x", r.name, *letters)

        def told(kind: str, f: Formula, *more: Term) -> None:
            self._fact((kind, r.name), (*letters, *more), (), f)

        if r.mean is not None:
            told("exists", ("L1", x))
            told("mean", ("=", ("E", x), self._with_letters(r.mean, r.indices)))
        if r.variance is not None:
            centered = minus(x, ("E", x))
            told("square", ("L1", ("^", x, num(2))))
            value = self._with_letters(r.variance, r.indices)
            told("variance", ("=", ("E", ("^", centered, num(2))), value))
        if r.symmetric:
            told("symmetric", ("same", (x,), (("*", MINUS, x),)))
        if r.order is not None:
            told("finite", ("L1", self._size(x, r.order)))
        if r.atomless:
            t: Term = ("c", "any value")
            told("atomless", ("=", ("E", ("1", "=", minus(x, t))), ZERO), t)
        if r.sign:
            told("sign", (r.sign, x))
        if r.law is not None:
            at = tuple(self._with_letters(p, r.indices) for p in r.law[1])
            told("law", ("law", x, r.law[0], at))

    def _size(self, x: Term, p: Any) -> Term:
        if p == 1:
            return x
        return ("^", x if p.is_Integer and p.is_even else ("f", "abs", x), self.term(p))

    def _independent(self, n: int, fact: Any) -> None:
        rest = [i for b in fact.blocks for t in b for i in t.indices if i not in fact.over]
        fixed = tuple(dict.fromkeys(i for i in rest if self._is_letter(i)))
        blocks = tuple(
            tuple(self._with_letters(t, (*fixed, *fact.over), check=False) for t in b)
            for b in fact.blocks
        )
        asked = self._asked(fixed, *(t for b in fact.blocks for t in b), families=False)
        over = _letters(fact.over)
        key = ("independent", n)
        self._add(key, "independent", _letters(fixed), asked, over, blocks, int(fact.pairwise))

    def _identical(self, n: int, same: Any) -> None:
        block = same.blocks[0]
        letters = tuple(dict.fromkeys(i for t in block for i in t.indices if self._is_letter(i)))
        other = {("v", i.name): ("v", i.name + "'") for i in same.over}
        xs = tuple(self._with_letters(t, letters) for t in block)
        ys = tuple(replaced(x, other) for x in xs)
        self._fact(("identical", n), (*_letters(letters), *other.values()), (), ("same", xs, ys))

    def _depends(self, n: int, d: Any) -> None:
        letters = tuple(i for i in d.of.indices if isinstance(i, Symbol))
        own = (*letters, d.index)
        of, on = (self._with_letters(e, own) for e in (d.of, d.on))
        low, high = (self._with_letters(e, letters) for e in (d.lower, d.upper))
        body = closed(on, ("v", d.index.name))
        self._add(("depends", n), "depends", _letters(letters), of, low, high, body)

    def _hypothesis(self, n: int, h: Any) -> None:
        lhs, rhs = (self._with_letters(e, h.indices) for e in (h.lhs, h.rhs))
        letters, asked = _letters(h.indices), self._asked(h.indices, h.lhs)
        self._fact(("hypothesis", n), letters, asked, ("=", lhs, rhs))
        k = 0
        d = declare({"terms": self._table.entries, "entries": self._entries})
        for where, f in dict.fromkeys((*obligations(d, lhs), *obligations(d, rhs))):
            if f[0] == "L1":
                more = {p for w in where for t in formula_terms(w) for p in parts(t) if _at(p)}
                more |= {p for p in parts(f[1]) if _at(p)}
                own = (*letters, *sorted(more))
                self._fact(("assumed to exist", n, k), own, (*asked, *sorted(where)), f)
                k += 1

    def _general(self, e: Any) -> tuple[Symbol, ...]:
        """The letters that an assumption about e is for all values of."""
        return tuple(sorted((s for s in e.free_symbols if self._is_letter(s)), key=str))

    def _is_letter(self, s: Any) -> bool:
        own = {*self.context.sizes.values(), *self.context.symbols.values()}
        return isinstance(s, Symbol) and bool(s.is_integer) and s not in own

    def _asked(self, letters: Iterable[Symbol], *of: Any, families: bool = True) -> list[Formula]:
        """What has to hold of the letters: ranges, what is declared to differ, and letters at
        one place of one family differ."""
        c, letters = self.context, tuple(letters)
        found: list[Formula] = []
        for i in letters:
            if i in c.ranges:
                low, high = (self._with_letters(e, letters) for e in c.ranges[i])
                at = ("v", i.name)
                found += [(">=", minus(at, low)), (">=", minus(high, at))]
        for r in c.relations:
            if not r.indices and set(letters) & (r.left.free_symbols | r.right.free_symbols):
                found.append(self._relates(r, letters))
        # There always is another number, unless it has a range.
        others = set(c.indices.values()) - set(letters) - set(c.ranges)
        pairs = [tuple(p) for p in c.apart if set(letters) & set(p) and not others & set(p)]
        if families:
            for some in _places(u for t in of for u in (t, c.unfolded(t))):
                pairs += combinations(sorted(some & set(letters), key=str), 2)
        for a, b in pairs:
            f = ("!=", minus(*(self._with_letters(e, letters) for e in (a, b))))
            found += [f] if f not in found else []
        return found

    def _arities(self) -> dict[str, int]:
        c = self.context
        es = [d.body for d in c.definitions.values()] + list(c.finite)
        es += [e for h in c.hypotheses for e in (h.lhs, h.rhs)]
        es += [p for r in c.randoms.values() for p in (r.mean, r.variance) if p is not None]
        found = dict.fromkeys(c.functions, 1)
        for e in es:
            for t in S(e).atoms(AppliedUndef):
                found[t.func.__name__] = len(t.args)
        return found

    def _with_letters(self, e: Any, letters: Iterable[Symbol], check: bool = True) -> Term:
        """The term of e, in which these indices are letters, whatever is declared of them."""
        t = self.term(e)
        return replaced(t, {self.term(i): ("v", i.name) for i in letters})

    # ------------------------------------------------------------ terms

    def term(self, e: Any) -> Term:
        """The term of an expression.  Raises Untold where there is none."""
        found = self._terms.get(e)
        if found is None:
            found = self._terms[e] = self._term(e)
        return found

    def _term(self, e: Any) -> Term:
        if e.is_Rational:
            return num(_fraction(e))
        if isinstance(e, Symbol):
            return self._symbol(e)
        if e is S.Pi:
            return ("f", "pi")
        if e is S.Exp1:
            return ("f", "e")
        if isinstance(e, Named):
            tag = "x" if isinstance(e, RV) else "c" if isinstance(e, Param) else "d"
            if tag == "d" and e.name not in self.context.definitions:
                raise Untold(str(e))
            return (tag, e.name, *map(self.term, e.indices))
        if isinstance(e, (Add, Mul, Pow)):
            return ({Add: "+", Mul: "*", Pow: "^"}[type(e)], *map(self.term, e.args))
        if isinstance(e, (Max, Min)):
            return self._nested(FUNCTIONS[type(e)], [self.term(a) for a in e.args])
        if type(e) in FUNCTIONS:
            return ("f", FUNCTIONS[type(e)], *map(self.term, e.args))
        if isinstance(e, AppliedUndef):
            called = self._functions.get((e.func.__name__, len(e.args)))
            if called is None:
                raise Untold(str(e))
            return ("f", called, *map(self.term, e.args))
        return self._head(e)

    def _symbol(self, s: Symbol) -> Term:
        c = self.context
        if c.sizes.get(s.name) == s or c.symbols.get(s.name) == s or c.indices.get(s.name) == s:
            return ("c", s.name)
        if s.is_integer:
            return ("v", s.name)
        raise Untold(str(s))

    def _nested(self, name: str, ts: list[Term]) -> Term:
        t = ts[-1]
        for u in reversed(ts[:-1]):
            t = ("f", name, u, t)
        return t

    def _head(self, e: Any) -> Term:
        if isinstance(e, E):
            return ("E", *map(self.term, e.args))
        if isinstance(e, Var):
            g, *given = map(self.term, e.args)
            return ("E", ("^", minus(g, ("E", g, *given)), num(2)), *given)
        if isinstance(e, Cov):
            f, g = map(self.term, e.args)
            return ("E", ("*", minus(f, ("E", f)), minus(g, ("E", g))))
        if isinstance(e, P):
            return ("E", self.relation(e.args[0]))
        if isinstance(e, Ind):
            return self.relation(e.args[0])
        if isinstance(e, Diff):
            return ("D", *map(self.term, e.args))
        if isinstance(e, Sum):
            return self._sum(e)
        if isinstance(e, Int):
            return self._integral(e)
        raise Untold(str(e))

    def relation(self, r: Any) -> Term:
        """The indicator of a relation."""
        if type(r) not in RELATIONS:
            if hasattr(r, "reversed") and type(r.reversed) in RELATIONS:
                return self.relation(r.reversed)
            raise Untold(str(r))
        return ("1", RELATIONS[type(r)], minus(self.term(r.lhs), self.term(r.rhs)))

    def _sum(self, e: Sum) -> Term:
        t = self.term(e.body)
        if e.apart:
            differ = [("1", "!=", minus(self.term(n.lhs), self.term(n.rhs))) for n in e.apart]
            t = ("*", *differ, t)
        for i, low, high in reversed(e.ranges):
            t = ("S", self.term(low), self.term(high), closed(t, self.term(i)))
        return t

    def _integral(self, e: Int) -> Term:
        """∫ g(t) Pr(x) dt = E[g(x)], with indicators for the ends."""
        x, (low, high) = e.variable, e.range
        if not isinstance(x, RV):
            raise Untold(str(e))
        at = self.term(x)
        body = self._at_point(e)
        ends: list[Term] = []
        if low != -oo:
            ends.append(("1", ">", minus(at, self.term(low))))
        if high != oo:
            ends.append(("1", ">", minus(self.term(high), at)))
        return ("E", ("*", *ends, body) if ends else body)

    def _at_point(self, e: Int) -> Term:
        """The body of an integral with the random variable for its letter."""
        body = e.open((e.variable,))[0]
        others = {r for r in subterms(self.context.unfolded(body)) if isinstance(r, RV)}
        if others - {e.variable} and any(r != e.variable for r in self.context.sources(body)):
            raise Untold(str(e))
        return self.term(body)


def _fraction(e: Any) -> Any:
    from fractions import Fraction

    return Fraction(int(e.p), int(e.q))


def _letters(indices: Iterable[Any]) -> tuple[Term, ...]:
    return tuple(("v", i.name) for i in indices)


def _at(t: Term) -> bool:
    return bool(t[0] == "v" and t[1].startswith("@"))


def _sign_of(s: Symbol) -> tuple[int, str] | None:
    if s.is_positive:
        return 1, ">"
    if s.is_nonnegative:
        return 1, ">="
    if s.is_negative:
        return -1, ">"
    if s.is_nonpositive:
        return -1, ">="
    if s.is_nonzero:
        return 1, "!="
    return None


def _places(es: Iterable[Any]) -> Iterable[set[Any]]:
    """The indices that stand at one place of one family, for each place of each."""
    found: dict[tuple[str, int], set[Any]] = {}
    for t in (t for e in es for t in subterms(e)):
        if isinstance(t, Named):
            for n, i in enumerate(t.indices):
                found.setdefault((t.name, n), set()).add(i)
    return found.values()
