"""Untrusted: finds the steps.  Nothing here is believed; the kernel judges what it finds.

A *tactic* proposes, for a term, a rule and its binding.  :func:`derive` applies the
first tactic that has anything to propose, everywhere it can; that makes one line, as a
lecturer would write it.  The order of the tactics is the only strategy there is, and it
knows no particular derivation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as _with
from itertools import combinations
from typing import Any

from sympy import (
    Abs,
    Add,
    Eq,
    Integer,
    Max,
    Min,
    Mul,
    Pow,
    S,
    Symbol,
    Tuple,
    cos,
    exp,
    factor,
    gcd,
    log,
    sign,
    sin,
    tanh,
)

from symcheck.closing import bridge
from symcheck.context import Context, Scope, Used, matches
from symcheck.expr import (
    RV,
    Binder,
    Cov,
    Def,
    Diff,
    E,
    Ind,
    Int,
    Named,
    P,
    Param,
    Sum,
    Var,
    add,
    bound_indices,
    children,
    evaluated,
    flat,
    mul,
    power,
    relu,
    replace,
    sigmoid,
    subterms,
)  # fmt: skip
from symcheck.indicators import in_cases
from symcheck.kernel import Lemma, Proof, Refused, Site, Step, at, enter, meaning, put
from symcheck.ring import TooLarge, canonical, equal, expand, gathered, poly, tidy
from symcheck.rules import RULES
from symcheck.rules.expectation import known
from symcheck.rules.functions import reduced
from symcheck.rules.hypotheses import forms, linear
from symcheck.rules.moments import unfolded
from symcheck.rules.relu import kinks
from symcheck.rules.sums import solved
from symcheck.rules.turning import has_kinks
from symcheck.symmetries import by_symmetry

__all__ = ["HARDER", "Found", "Group", "OutOfTime", "derive", "join", "presentable", "solve"]

MAX_STEPS = 2000

ASSUMING = frozenset({"hypothesis", "hypothesis-solved"})
# What these make of a line that means something may mean nothing.
LOSING = ASSUMING | {
    "rule3",
    "rule4",
    "variance-sum",
    "tower",
    "condition",
    "drop-given",
    "algebra",
}

Binding = Mapping[str, Any]
Proposal = tuple[str, Binding]
Allowed = Callable[[str, Any, Binding], bool]  # may a rule be used at a term, so bound?


class OutOfTime(Exception):
    """The time allowed for a line is over."""


@dataclass(frozen=True)
class Group:
    """Steps start..end that make one line, and the rules that carried it."""

    start: int
    end: int
    rules: tuple[str, ...]
    quiet: bool = False


@dataclass
class Found:
    """Steps from ``start`` to ``end``, grouped into lines."""

    start: Any
    end: Any
    steps: list[Step] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


@dataclass(frozen=True)
class Position:
    """A term inside an expression, and what is known there."""

    path: tuple[int, ...]
    term: Any
    scope: Scope
    parents: tuple[Any, ...]


@dataclass(frozen=True)
class Tactic:
    """``propose`` looks at terms with one of these heads."""

    heads: tuple[type, ...]
    propose: Callable[[Search, Position], Proposal | None]
    whole: bool = False  # the answer depends on the whole expression
    unfolds: bool = False  # it puts the body of a definition in the place of its name


@dataclass(frozen=True)
class Place:
    """Some neighbours among the parts of one term: ``before`` and ``after`` count the others."""

    path: tuple[int, ...]
    head: type
    before: int
    after: int

    def count(self, e: Any) -> int:
        """How many parts the term has now; Refused where it is another one."""
        term, _ = at(e, self.path)
        if type(term) is not self.head:
            raise Refused("the term is gone")
        return len(term.args[:1] if isinstance(term, Binder) else children(term))

    def parts(self, e: Any) -> tuple[Any, ...]:
        """What stands there in e."""
        term, last = at(e, self.path)[0], self.count(e) - self.after
        return tuple(enter(term, 0, Scope())[0][self.before : last])

    def inside(self, e: Any) -> Callable[[tuple[int, ...]], bool]:
        """Does a path lead to these parts of e, or into them?"""
        deep, last = len(self.path), self.count(e) - self.after
        return lambda path: (
            len(path) > deep and path[:deep] == self.path and self.before <= path[deep] < last
        )

    def changed(self, e: Any, change: Callable[[Any], Any]) -> Any:
        """e with these parts changed; those of a sum or a product as one."""
        last = self.count(e) - self.after
        if self.head not in (Add, Mul):
            path = (*self.path, self.before)
            return put(e, path, change(at(e, path)[0]))
        term, _ = at(e, self.path)
        make = add if self.head is Add else mul
        new = change(make(*term.args[self.before : last]))
        return put(e, self.path, make(*term.args[: self.before], new, *term.args[last:]))


class Search:
    """The state of one search: context, lemmas, permitted rules."""

    def __init__(
        self,
        context: Context,
        lemmas: Mapping[str, Lemma] | None = None,
        allowed: Allowed | None = None,
        within: Place | None = None,
        ends: frozenset[Any] = frozenset(),
    ) -> None:
        self.context = context
        self.ends = ends  # where sums end, on either side of what is to be shown
        self.within = within  # nothing but what stands there is changed
        self.lemmas = dict(lemmas or {})
        self.allowed: Allowed = allowed or (lambda name, term, binding: True)
        self.unfolding = ""  # the one definition that the line at hand unfolds
        self.unusable: dict[tuple[int, Any], str] = {}  # assumptions at terms, and why
        self.assumed = [a for a in assumed(context) if self.allowed(a.rule, a.term, a.binding)]
        self._failed: set[Any] = set()
        self._seen: set[Any] = set()  # a search never comes back to where it was
        self._meaning: dict[Any, Used] | None = None  # of what means something, if that is asked

    def site(self, p: Position, binding: Binding) -> Site:
        return Site(self.context, p.scope, p.term, binding, self.lemmas)

    def usable(self, said: Assumed, term: Any) -> bool:
        """Has this assumption not led to a line that means nothing at this term?"""
        return (said.binding["number"], term) not in self.unusable

    def once(self, e: Any, tactic: Tactic) -> tuple[Step, str] | None:
        """The first step that the tactic finds in e, outermost and leftmost first."""
        inside = self.within.inside(e) if self.within else None
        for p in positions(e):
            if not isinstance(p.term, tactic.heads) or (inside and not inside(p.path)):
                continue
            key = (
                id(tactic),
                p.term,
                p.scope,
                p.parents[-1:],
                p.parents[:1] if tactic.whole else (),
                self.unfolding,
            )
            if key in self._failed:
                continue
            step = self._try(e, p, tactic)
            if step is not None:
                return step
            self._failed.add(key)
        return None

    def _try(self, e: Any, p: Position, tactic: Tactic) -> tuple[Step, str] | None:
        try:
            proposal = tactic.propose(self, p)
            if proposal is None or not self.allowed(proposal[0], p.term, proposal[1]):
                return None
            name, binding = proposal
            made = RULES[name].rewrite(self.site(p, binding))
            if made.result == p.term:
                return None
            result = put(e, p.path, made.result)
            if result in self._seen:
                return None
        except (Refused, TooLarge):
            return None
        if name in LOSING and self._meaning is not None:
            try:
                meaning(self.context, result, seen=self._meaning)
            except (Refused, TooLarge) as no:  # the kernel would refuse the line
                if name not in ASSUMING:
                    return None
                self.unusable[binding["number"], p.term] = str(no)
                return self._try(e, p, tactic)
        self._seen.add(result)
        return Step(name, p.path, result, binding), name

    def run(self, e: Any, tactics: tuple[Tactic, ...]) -> Found:
        """Apply the first tactic that applies, everywhere, until none does."""
        found = Found(e, e)
        for _ in self.levels(found, tactics):
            pass
        return found

    def levels(self, found: Found, tactics: tuple[Tactic, ...]) -> Iterator[Found]:
        """What ``found`` leads to: before each unfolding of a definition, and at the end."""
        self._seen, self._meaning = {found.end}, {}
        try:
            meaning(self.context, found.end, seen=self._meaning)
        except (Refused, TooLarge):
            self._meaning = None
        for _ in range(MAX_STEPS):
            before, end = len(found.steps), found.end
            unfolded = self._line(found, tactics)
            if unfolded is None or len(found.steps) > MAX_STEPS:
                break
            if unfolded:
                yield Found(found.start, end, found.steps[:before])
        yield found

    def _line(self, found: Found, tactics: tuple[Tactic, ...]) -> bool | None:
        """One line: None if there is none, else whether it unfolds a definition."""
        for tactic in tactics:
            start, names = len(found.steps), []
            self.unfolding = ""
            while len(found.steps) < MAX_STEPS:
                hit = self.once(found.end, tactic)
                if hit is None:
                    break
                step, name = hit
                names.append(name)
                found.steps.append(step)
                found.end = step.result
            if names:
                self._tidy(found, tactic, start, names)
                return tactic.unfolds
        return None

    def _tidy(self, found: Found, tactic: Tactic, start: int, names: list[str]) -> None:
        """Zeros and like terms go at once; a zero that a hypothesis made is shown first."""
        rules = tuple(dict.fromkeys(names))
        end = len(found.steps)
        new = self._tidied(found.end)
        if rules[0] in ("mean", "odd") and new != found.end:
            found.groups.append(Group(start, end, rules))
            start, rules = end, ()
        if new != found.end:
            found.steps.append(Step("algebra", (), new, {"to": new}))
            found.end = new
        if len(found.steps) > start:
            found.groups.append(Group(start, len(found.steps), rules or ("algebra",)))

    def _tidied(self, e: Any) -> Any:
        return self.within.changed(e, _tidied) if self.within else _tidied(e)


def _tidied(e: Any) -> Any:
    if isinstance(e, Eq):
        return Eq(tidy(e.lhs), tidy(e.rhs), evaluate=False)
    return tidy(e)


_POSITIONS: dict[Any, list[Position]] = {}


def positions(e: Any) -> list[Position]:
    """Every position of e, outermost and leftmost first."""
    found = _POSITIONS.get(e)
    if found is None:
        if len(_POSITIONS) > 256:
            _POSITIONS.clear()
        found = _POSITIONS[e] = list(_walk(e, (), Scope(), 0, ()))
    return found


def _walk(
    e: Any, path: tuple[int, ...], scope: Scope, depth: int, parents: tuple[Any, ...]
) -> Iterator[Position]:
    yield Position(path, e, scope, parents)
    if isinstance(e, (Named, Symbol)) or not e.args:
        return
    binder = isinstance(e, Binder)
    parts, inner = enter(e, depth, scope)
    for n, part in enumerate(parts[:1] if binder else parts):
        yield from _walk(part, (*path, n), inner, depth + binder, (*parents, e))


# ---------------------------------------------------------------- tactics


def _plain(name: str) -> Callable[[Search, Position], Proposal | None]:
    return lambda search, p: (name, {})


def _lemma(search: Search, p: Position) -> Proposal | None:
    for name in search.lemmas:
        try:
            RULES["lemma"].rewrite(search.site(p, {"lemma": name}))
        except Refused:
            continue
        return "lemma", {"lemma": name}
    return None


def _constants(search: Search, p: Position) -> Proposal | None:
    g, given = p.term.args[0], p.term.given
    site = search.site(p, {})
    if known(site, g, given):
        return "rule1", {}
    if isinstance(g, Mul) and any(known(site, f, given) for f in g.args):
        return "rule2", {}
    return None


def _tower(search: Search, p: Position) -> Proposal | None:
    """One conditional expectation: remove it.  More: take the others under the condition too."""
    g = p.term.args[0]
    factors = g.args if isinstance(g, Mul) else (g,)
    inner = [f for f in factors if isinstance(f, E) and f.given]
    powers = [f for f in factors if isinstance(f, Pow) and isinstance(f.base, E) and f.base.given]
    if len(inner) == 1 and not powers and len(factors) == 1:
        return "tower", {}
    for f in (*inner, *(q.base for q in powers)):
        site = search.site(p, {})
        rest = tuple(n for n, q in enumerate(factors) if not known(site, q, f.given))
        if rest:
            return "condition", {"given": f.given, "inside": rest}
    return ("tower", {}) if len(inner) == 1 and not powers else None


def _rule4(search: Search, p: Position) -> Proposal | None:
    g = p.term.args[0]
    if not isinstance(g, Mul) or p.term.given:
        return _rule4_given(search, p)
    groups, _ = search.context.groups(g.args, p.scope)
    if len(groups) < 2:
        return None
    where = {id(f): n for n, f in enumerate(g.args)}
    places = sorted(tuple(sorted(where[id(f)] for f in group)) for group in groups)
    return "rule4", {"groups": tuple(places)}


def _rule4_given(search: Search, p: Position) -> Proposal | None:
    g = p.term.args[0]
    if not isinstance(g, Mul) or not p.term.given or len(g.args) > 5:
        return None
    for n in range(len(g.args)):
        rest = tuple(m for m in range(len(g.args)) if m != n)
        try:
            binding = {"groups": ((n,), rest)}
            RULES["rule4"].rewrite(search.site(p, binding))
        except Refused:
            continue
        return "rule4", binding
    return None


def _drop_given(search: Search, p: Position) -> Proposal | None:
    every = tuple(range(len(p.term.given)))
    for drop in (*((n,) for n in every), *([every] if len(every) > 1 else [])):
        try:
            RULES["drop-given"].rewrite(search.site(p, {"drop": drop}))
        except Refused:
            continue
        return "drop-given", {"drop": drop}
    return None


@dataclass(frozen=True)
class Assumed:
    """A term of which an assumption speaks, and the rule and binding that put its value there."""

    term: Any
    letters: frozenset[Symbol]
    rule: str
    binding: Binding


def assumed(context: Context) -> list[Assumed]:
    """What is assumed as it stands; then of sums, one term that they are solved for."""
    plain, terms = [], []
    for n, h in enumerate(context.hypotheses):
        letters = frozenset(h.indices)
        plain += [Assumed(f, letters, "hypothesis", {"number": n}) for f, _ in forms(h.lhs)]
        try:
            parts = linear(context, h).parts
        except TooLarge:
            continue
        found = [k for k, (c, _) in enumerate(parts) if context.nonzero(c) is not None]
        if found:
            k = min(found, key=lambda k: _weight(context, *parts[k]))
            binding = {"number": n, "part": k}
            terms.append(Assumed(parts[k][1], letters, "hypothesis-solved", binding))
    told = {t.term for t in plain}
    return plain + [t for t in terms if t.term not in told]


def _weight(context: Context, c: Any, a: Any) -> tuple[int, int, int, int]:
    """Least for what other rules say least of: products of several variables, high powers."""
    factors = a.args[0].args if isinstance(a.args[0], Mul) else (a.args[0],)
    powers = [(f.base, f.exp) if isinstance(f, Pow) else (f, 1) for f in factors]
    degree = sum(int(x) for _, x in powers if x == int(x))
    named = all(isinstance(b, Named) for b, _ in powers)
    return -len(powers), -degree, not named, not c.is_number


def _hypothesis(search: Search, p: Position) -> Proposal | None:
    for said in search.assumed:
        if said.term.func != p.term.func or not search.usable(said, p.term):
            continue
        try:
            RULES[said.rule].rewrite(search.site(p, said.binding))
        except (Refused, TooLarge):
            continue
        return said.rule, said.binding
    return None


def _hypothesis_given(search: Search, p: Position) -> Proposal | None:
    """What is assumed of a conditional expectation comes before the tower rule removes it."""
    return _hypothesis(search, p) if p.term.given else None


def _condition(search: Search, p: Position) -> Proposal | None:
    """Take under a condition what an assumption says something of, given that."""
    g, given = p.term.args[0], p.term.given
    factors = g.args if isinstance(g, Mul) else (g,)
    if len(factors) > 6:
        return None
    for said in search.assumed:
        h = said.term
        if not (isinstance(h, E) and h.given) or set(h.given) <= set(given):
            continue
        for size in range(1, len(factors) + 1):
            for inside in combinations(range(len(factors)), size):
                moved = mul(*(factors[n] for n in inside))
                found = matches(h.args[0], moved, said.letters)
                if found is None:
                    continue
                under = tuple(replace(y, dict(found)) for y in h.given)
                if not set(given) < set(under) or not search.usable(said, E(moved, *under)):
                    continue
                binding = {"given": under, "inside": inside}
                if _leads_on(search, p, binding, said, E(moved, *under)):
                    return "condition", binding
    return None


def _leads_on(search: Search, p: Position, binding: Binding, said: Assumed, inner: Any) -> bool:
    """Can the assumption be used behind the condition, and does that mean something?"""
    try:
        RULES["condition"].rewrite(search.site(p, binding))
        site = Site(search.context, p.scope, inner, said.binding)
        value = RULES[said.rule].rewrite(site).result
    except (Refused, TooLarge):
        return False
    g = p.term.args[0]
    factors = g.args if isinstance(g, Mul) else (g,)
    others = [f for n, f in enumerate(factors) if n not in binding["inside"]]
    try:
        meaning(search.context, E(mul(*others, value), *p.term.given), p.scope)
    except (Refused, TooLarge) as no:
        search.unusable[said.binding["number"], inner] = str(no)
        return False
    return True


def _whole_line(search: Search, p: Position) -> Proposal | None:
    names = bound_indices(p.term)
    body = p.term.open(names)[0]
    return None if kinks(body, names[0]) else ("whole-line", {})


def _two_values(search: Search, p: Position) -> Proposal | None:
    """Powers of a variable with two values; at the top a product is multiplied out for them."""
    if not isinstance(p.term, (Mul, Add)):
        if p.parents and isinstance(p.parents[-1], Ind):
            return None
        several = _two_valued(search, p.term) if isinstance(p.term, KINKED) else []
        return "two-values", {"variable": several[0]} if len(several) > 1 else {}
    laws = (search.context.law(x) for x in search.context.sources(p.term) if not p.path)
    if any(k and k[0].name in ("bernoulli", "rademacher") for k in laws) and _products(p.term):
        return "algebra", {"to": expand(p.term)}
    return None


# What has another form for every sign of its arguments.
KINKED = (Max, Min, Abs, sign, Ind, relu)


def _two_valued(search: Search, e: Any) -> list[Any]:
    """The variables in e, those with two values first; none where no law has two values."""
    laws = {x: search.context.law(x) for x in sorted(search.context.sources(e), key=str)}
    own = [x for x, k in laws.items() if k and k[0].name in ("bernoulli", "rademacher")]
    return own + [x for x in laws if x not in own] if own else []


def _in_cases(search: Search, p: Position) -> Proposal | None:
    """Everything that changes its form with a sign told by indicators."""

    def known(u: Any, strict: bool) -> bool:
        return search.context.positive(u, p.scope, strict=strict) is not None

    if isinstance(p.term, E):
        body, given = p.term.args[0], p.term.given
        return ("cases", {"to": E(in_cases(body, known), *given)}) if has_kinks(body) else None
    if p.path or isinstance(p.term, (Eq, *HEADS)) or not has_kinks(p.term):
        return None
    return "cases", {"to": in_cases(p.term, known)}


def _reduced(search: Search, p: Position) -> Proposal | None:
    """Sines and cosines of sums, squares of sines, and sigmoids: at the top, or right inside."""
    if p.parents and not isinstance(p.parents[-1], (Eq, E, Sum)):
        return None
    if isinstance(p.term, (Eq, *HEADS)) or not p.term.has(sin, cos, sigmoid):
        return None
    new = reduced(p.term)
    return None if canonical(new) == canonical(p.term) else ("identity", {"to": new})


def _shift(search: Search, p: Position) -> Proposal | None:
    """Indices of members without a number added: the sum over j of x[j + 1] begins one later."""
    names = bound_indices(p.term)
    body = p.term.open(names)[0]
    if len(names) != 1:
        return None
    j = names[0]
    found = {
        canonical(i - j)
        for m in subterms(body)
        if isinstance(m, Named)
        for i in m.indices
        if i.has(j)
    }
    least = min((c for c in found if c.is_Integer), default=S.Zero)
    if not found or least == 0 or not all(c.is_Integer for c in found):
        return None
    return "sum-shift", {"by": least}


def _ends(search: Search, p: Position) -> Proposal | None:
    """Sums that begin at 1 and end at a size, the few terms beside them apart."""
    if len(p.term.ranges) != 1:
        return None
    _, low, high = p.term.ranges[0]
    number, _ = canonical(high).as_coeff_Add()
    if high.is_Integer or not low.is_Integer or (low == 1 and number == 0) or number % 1 != 0:
        return None
    return "sum-ends", {"lower": S.One, "upper": canonical(high - number)}


def _cut(search: Search, p: Position) -> Proposal | None:
    """Where another sum of the line ends."""
    for n, (_, low, high) in enumerate(p.term.ranges):
        for c in sorted(search.ends, key=str):
            if any(canonical(c - x).is_Integer for x in (low, high)):
                continue
            binding = {"index": n, "at": c}
            try:
                RULES["sum-cut"].rewrite(search.site(p, binding))
            except Refused:
                continue
            return "sum-cut", binding
    return None


def _sum_ends(context: Context, e: Any) -> Iterator[Any]:
    """The last places before a sum begins and in it, for every sum in e."""
    for t in subterms(unfolded(context, e)):
        for _, low, high in t.ranges if isinstance(t, Sum) else ():
            yield from (c for c in (canonical(low - 1), high) if not _bound(c))


def _bound(e: Any) -> bool:
    return any(s.name.startswith("_") for s in e.free_symbols)


def _second(search: Search, p: Position) -> Proposal | None:
    g = p.term.args[0]
    return ("second-moment", {}) if isinstance(g, Pow) and g.exp == 2 else None


def _law_moment(search: Search, p: Position) -> Proposal | None:
    g = p.term.args[0]
    return ("law-moment", {}) if isinstance(g, Pow) and g.exp != 2 else None


def _transform(search: Search, p: Position) -> Proposal | None:
    g = p.term.args[0]
    factors = g.args if isinstance(g, Mul) else (g,)
    bases = [f.base if isinstance(f, Pow) else f for f in factors]
    found = any(all(isinstance(b, kind) for b in bases) for kind in (exp, (sin, cos)))
    return ("law-transform", {}) if found else None


def _number(search: Search, p: Position) -> Proposal | None:
    d = search.context.definitions.get(p.term.name)
    if d is None or not d.body.is_number or search.unfolding not in ("", d.name):
        return None
    search.unfolding = d.name
    return "definition", {}


def _constant_definition(search: Search, p: Position) -> Proposal | None:
    name = p.term.name
    if name not in search.context.definitions or search.unfolding not in ("", name):
        return None
    if not search.context.constant(p.term):
        return None
    search.unfolding = name
    return "definition", {}


def _spread(search: Search, p: Position) -> Proposal | None:
    """What a variance is taken of."""
    name = p.term.name
    if name not in search.context.definitions or search.unfolding not in ("", name):
        return None
    if not p.parents or not isinstance(p.parents[-1], Var) or p.path[-1] != 0:
        return None
    search.unfolding = name
    return "definition", {}


def _outermost(search: Search, p: Position) -> Proposal | None:
    """Unfold the definition that no other one in sight is built upon."""
    table = search.context.definitions
    root = p.parents[0] if p.parents else p.term
    sight = search.within.parts(root) if search.within else (root,)
    names = {t.name for e in sight for t in subterms(e) if isinstance(t, Def) and t.name in table}
    below = {
        inner.name
        for name in names
        for inner in subterms(unfolded_once(search.context, name))
        if isinstance(inner, Def)
    }
    top = sorted(names - below) or sorted(names)
    if p.term.name != (search.unfolding or top[0]):
        return None
    search.unfolding = p.term.name
    return "definition", {}


def unfolded_once(context: Context, name: str) -> Any:
    """The body of a definition with the definitions inside it unfolded, one after another."""
    body = context.definitions[name].body
    parts = [body]
    inner = {t for t in subterms(body) if isinstance(t, Def) and t.name in context.definitions}
    parts.extend(unfolded_once(context, t.name) for t in sorted(inner, key=str))
    return add(*parts) if len(parts) > 1 else body


def _products(e: Any) -> bool:
    """Would multiplying out change e at its top?"""
    if isinstance(e, Add):
        return any(_products(t) for t in e.args)
    if isinstance(e, Mul):
        return any(isinstance(f, Add) or _products(f) for f in e.args)
    if isinstance(e, Pow):
        whole = e.exp.is_Integer and e.exp > 1
        kinds = (Add, Mul, Pow, Abs) if e.exp.is_even else (Add, Mul, Pow)
        return bool(whole and isinstance(e.base, kinds))
    return False


def _expand(search: Search, p: Position) -> Proposal | None:
    if isinstance(p.term, E):
        body, rest = p.term.args[0], p.term.args[1:]
        if not _products(body):
            return None
        return "algebra", {"to": E(expand(body), *rest)}
    names = bound_indices(p.term)
    body, *rest = p.term.open(names)
    if not _products(body):
        return None
    return "algebra", {"to": p.term.func(expand(body), *rest)}


def _power_of_product(search: Search, p: Position) -> Proposal | None:
    """(x y)² = x² y², for Rule 4."""
    body = p.term.args[0]
    factors = body.args if isinstance(body, Mul) else (body,)
    new = []
    for f in factors:
        whole = isinstance(f, Pow) and f.exp.is_Integer and isinstance(f.base, Mul)
        new += [power(b, f.exp) for b in f.base.args] if whole else [f]
    return ("algebra", {"to": E(mul(*new), *p.term.given)}) if len(new) > len(factors) else None


def _exponents(search: Search, p: Position) -> Proposal | None:
    """e^(c + x + y) = e^c e^x e^y where c is constant, and x and y are independent."""
    body, given = p.term.args[0], p.term.given
    factors = body.args if isinstance(body, Mul) else (body,)
    site = search.site(p, {})
    new: list[Any] = []
    for f in factors:
        argument = expand(f.args[0]) if isinstance(f, exp) else S.Zero
        if not isinstance(argument, Add):
            new.append(f)
            continue
        fixed = [t for t in argument.args if known(site, t, given)]
        random = [t for t in argument.args if t not in fixed]
        groups = search.context.groups(random, p.scope)[0] if not given else [random]
        new += [exp(add(*g), evaluate=False) for g in (fixed, *groups) if g]
    return ("algebra", {"to": E(mul(*new), *given)}) if len(new) > len(factors) else None


def _common(search: Search, p: Position) -> Proposal | None:
    """Where Rule 3 may not be used: bring a common constant factor in front, for Rule 2."""
    body = p.term.args[0]
    if search.allowed("rule3", p.term, {}) or not isinstance(body, Add):
        return None
    new = factored(search.context, body)
    site = search.site(p, {})
    if not isinstance(new, Mul) or not any(known(site, f, p.term.given) for f in new.args):
        return None
    return "algebra", {"to": E(new, *p.term.given)}


def _sum_product(search: Search, p: Position) -> Proposal | None:
    """Inside an expectation every factor that is not constant goes into the sum."""
    if not p.parents or not isinstance(p.parents[-1], E) or isinstance(p.term, Sum):
        return None
    factors = p.term.args if isinstance(p.term, Mul) else (p.term,)
    sums = [
        f for f in factors if isinstance(f, Sum) or (isinstance(f, Pow) and isinstance(f.base, Sum))
    ]
    if not sums:
        return None
    given = p.parents[-1].given
    site = search.site(p, {})
    inside = tuple(n for n, f in enumerate(factors) if f not in sums and not known(site, f, given))
    return "sum-product", {"inside": inside}


def _split_off(search: Search, p: Position) -> Proposal | None:
    """The terms where two variables in one expectation are one, or are of one vector."""
    body, *rest = p.term.open(bound_indices(p.term))
    limits = [t for t in rest if isinstance(t, Tuple)]
    pairs = frozenset(frozenset((n.lhs, n.rhs)) for n in rest if not isinstance(n, Tuple))
    scope = _with(
        p.scope,
        ranges=p.scope.ranges + tuple((t[0], t[1], t[2]) for t in limits),
        apart=p.scope.apart | pairs,
    )
    names = [t[0] for t in limits]
    for places in _meetings(search.context, body):
        if any(search.context.distinct(a, b, scope) for a, b in places):
            continue
        for a, b in places:
            found = _coinciding(names, canonical(add(a, mul(-1, b))))
            if found is None:
                continue
            try:
                RULES[found[0]].rewrite(search.site(p, found[1]))
            except Refused:
                continue
            return found
    return None


def _coinciding(names: list[Any], gap: Any) -> Proposal | None:
    """The terms of a sum over ``names`` where this difference of two indices is 0."""
    own = [n for n, j in enumerate(names) if gap.has(j)]
    times = gap.coeff(names[own[-1]]) if own else S.Zero
    if times == 0:
        return None
    try:
        value = solved(names[own[-1]], canonical(mul(gap, power(times, -1))))
    except Refused:
        return None
    if len(own) == 1:
        return "sum-single-out", {"index": own[0], "at": value}
    shift = canonical(add(value, mul(-1, names[own[0]])))
    if len(own) > 2 or not shift.is_Integer:
        return None
    pair = {"pair": (own[0], own[1])}
    return "sum-diagonal", pair | ({"shift": shift} if shift else {})


def _meetings(context: Context, body: Any) -> Iterator[list[tuple[Any, Any]]]:
    """Indices that stand in the same place of two variables that may depend on each other."""
    for e in dict.fromkeys(t for t in subterms(body) if isinstance(t, E)):
        for x, y in combinations(sorted(context.sources(e.args[0]), key=str), 2):
            if x.name == y.name:
                yield list(zip(x.indices, y.indices, strict=False))
                continue
            for fact in context.independence:
                at = {t.name: t.indices for t in fact.blocks[0]} if fact.over else {}
                if x.name in at and y.name in at:
                    where = [(at[x.name].index(i), at[y.name].index(i)) for i in fact.over]
                    yield [(x.indices[m], y.indices[n]) for m, n in where]
            for h in context.hypotheses:
                if {x.name, y.name} <= {v.name for a in h.lhs.args for v in context.sources(a)}:
                    yield list(zip(x.indices, y.indices, strict=False))


def _count(search: Search, p: Position) -> Proposal | None:
    for n in reversed(range(len(p.term.ranges))):
        if not p.term.body.has(p.term.ranges[n][0]):
            return "sum-count", {"index": n}
    return None


def _explicit(search: Search, p: Position) -> Proposal | None:
    return ("sum-explicit", {}) if len(p.term.ranges) == 1 else None


def _integral(search: Search, p: Position) -> Proposal | None:
    if p.term.given:
        return None
    sources = search.context.sources(p.term.args[0])
    if len(sources) != 1:
        return None
    (x,) = sources
    g = unfolded(search.context, p.term.args[0])
    t = Symbol("_t", real=True)
    body = replace(g, {x: t})
    found = kinks(body, t)
    plain = replace(body, {k: S.One for k in found if isinstance(k, Abs)})
    if not found or (not plain.has(t) and search.context.symmetric(x) is not None):
        return None  # for a symmetric x a function of |x| has no simpler form
    return "integral-form", {}


def _in_integral(search: Search, p: Position) -> Proposal | None:
    inside = any(isinstance(q, Int) for q in p.parents)
    return ("relu", {}) if inside else None


def _identical(search: Search, p: Position) -> Proposal | None:
    for j, lower, _ in reversed(p.scope.ranges):
        if p.term.has(j):
            return "identical", {"index": j, "to": Integer(1) if lower.is_Integer else lower}
    return None


def _symmetric(search: Search, p: Position) -> Proposal | None:
    return by_symmetry(search.site(p, {}))


def _top_expand(search: Search, p: Position) -> Proposal | None:
    """Multiply out what multiplies expectations or sums, so that like terms can meet."""
    if p.path and not (len(p.path) == 1 and isinstance(p.parents[0], Eq)):
        return None
    if _products(p.term) and any(isinstance(s, (E, Sum, Int)) for s in subterms(p.term)):
        return "algebra", {"to": expand(p.term)}
    return None


def _series_form(search: Search, p: Position) -> Proposal | None:
    """Sums of powers from 0 on, with exponents that grow; sums of polynomials from 1 on."""
    if len(p.term.ranges) != 1 or p.term.apart:
        return None
    (j,) = bound_indices(p.term)
    body, (_, low, high) = p.term.open((j,))
    factors = body.args if isinstance(body, Mul) else (body,)
    powers = [f for f in factors if isinstance(f, Pow) and f.exp.has(j) and not f.base.has(j)]
    if not all(f.is_polynomial(j) for f in factors if f not in powers) or not body.has(j):
        return None
    if len(powers) > 1:
        return None
    first = S.Zero if powers else S.One
    if powers:
        step = canonical(replace(powers[0].exp, {j: j + 1}) - powers[0].exp)
        if search.context.positive(canonical(mul(-1, step)), p.scope) is not None:
            return "sum-reverse", {}
    if low != first:
        return "sum-shift", {"by": canonical(add(first, mul(-1, low)))}
    number, _ = canonical(high).as_coeff_Add()
    last = first - 1  # as in 0..n-1 and 1..n
    if high.is_Integer or number == last or not number.is_Integer:
        return None
    return "sum-ends", {"lower": low, "upper": canonical(high - number + last)}


def _gather(search: Search, p: Position) -> Proposal | None:
    """Sums taken apart as far as can be."""
    if p.path and not (len(p.path) == 1 and isinstance(p.parents[0], Eq)):
        return None
    new = gathered(p.term)
    return None if canonical(new) == canonical(p.term) else ("algebra", {"to": new})


def _complete(search: Search, p: Position) -> Proposal | None:
    for n in range(len(p.term.apart)):
        try:
            RULES["sum-complete"].rewrite(search.site(p, {"condition": n}))
        except Refused:
            continue
        return "sum-complete", {"condition": n}
    return None


HEADS = (E, Var, Cov, P)

_SERIES = (Tactic((Mul,), _plain("sum-telescope")), Tactic((Sum,), _plain("sum-geometric")))
TACTICS: tuple[Tactic, ...] = (
    Tactic((Diff,), _hypothesis),
    Tactic((Diff,), _plain("chain-rule")),
    Tactic((Diff,), _plain("derivative")),
    Tactic((Sum,), _plain("pick")),
    Tactic((E,), _plain("variance-identity")),
    Tactic((E,), _plain("covariance-identity")),
    Tactic((*HEADS, Param), _lemma),
    Tactic((Var,), _plain("second-moment")),
    Tactic((Var,), _plain("variance")),
    Tactic((Cov,), _plain("covariance")),
    Tactic((P,), _plain("probability")),
    Tactic((E,), _hypothesis_given),
    Tactic((E,), _tower),
    Tactic((E,), _plain("rule3")),
    Tactic((E,), _constants),
    Tactic((E,), _drop_given),
    Tactic((Sum,), _explicit),
    Tactic((Sum,), _plain("sum-split")),
    Tactic((Sum,), _plain("sum-flatten")),
    Tactic((Sum,), _split_off),
    Tactic((E,), _power_of_product),
    Tactic((E,), _exponents),
    Tactic((E,), _rule4),
    Tactic((*HEADS, Param, Sum), _hypothesis),
    Tactic((E,), _condition),
    Tactic((Def,), _number, unfolds=True),
    Tactic((E,), _plain("mean")),
    Tactic((E,), _plain("odd")),
    Tactic((E,), _second),
    Tactic((E,), _plain("law-tail")),
    Tactic((E,), _law_moment),
    Tactic((E,), _plain("normal-absolute")),
    Tactic((E,), _transform),
    Tactic((Sum,), _plain("sum-factor")),
    Tactic((Sum,), _count),
    Tactic((E,), _common),
    Tactic((E, Sum), _expand),
    Tactic((Pow, Mul), _sum_product),
    Tactic((Def,), _constant_definition, unfolds=True),
    Tactic((Def,), _outermost, whole=True, unfolds=True),
    Tactic((E,), _integral),
    Tactic((object,), _in_integral),
    Tactic((Int,), _plain("split-range")),
    Tactic((Int,), _plain("integral-factor")),
    Tactic((Int,), _plain("support")),
    Tactic((Int,), _plain("half")),
    Tactic((Int,), _plain("lower-half")),
    Tactic((Int,), _whole_line),
    Tactic((Int,), _plain("integral-sum")),
    Tactic((Pow, Abs, Ind, exp, sign, relu, Mul, Add), _two_values),
    Tactic((E, Int), _identical),
    *_SERIES,
    Tactic((Add, Mul, Pow), _top_expand),
)
# A variance is taken apart before it is an expectation.
SHORTER = (
    Tactic((*HEADS, Param), _lemma),
    Tactic((Var, Cov), _hypothesis),
    Tactic((Var,), _plain("variance-scale")),
    Tactic((Var,), _plain("variance-sum")),
    Tactic((Def,), _spread, unfolds=True),
    *TACTICS,
)


def _before(
    tactics: tuple[Tactic, ...],
    propose: Callable[[Search, Position], Proposal | None],
    *new: Tactic,
) -> tuple[Tactic, ...]:
    """The tactics with new ones before the one that has this proposal."""
    n = next(n for n, t in enumerate(tactics) if t.propose is propose)
    return (*tactics[:n], *new, *tactics[n:])


# These make formulas longer: they are for equations that fail without.
HARDER = (
    Tactic((Sum,), _shift),
    Tactic((Sum,), _ends),
    Tactic((Sum,), _cut),
    *_before(
        TACTICS,
        _integral,
        Tactic(HEADS, _symmetric),
        Tactic((object,), _reduced),
        Tactic((E,), _in_cases),
    ),
    Tactic((log, exp), _plain("logarithm")),
    Tactic((Sum,), _plain("sum-powers")),
    Tactic((Int,), _plain("reflect")),
    Tactic((object,), _in_cases),
)


# What is left of sums: taken apart as far as can be, in one form.
FINISH = (
    *_SERIES,
    Tactic((Sum,), _series_form),
    Tactic((object,), _gather),
    Tactic((Sum,), _complete),
    Tactic((Mul,), _plain("sum-step")),
    Tactic((Sum,), _count),
    Tactic((Sum,), _plain("sum-powers")),
    Tactic((Add, Mul, Pow), _top_expand),
)

# A geometric series that is summed meets no other sum any more.
UNSUMMED = tuple(t for t in TACTICS if t not in _SERIES)


def _geometric(e: Any) -> bool:
    return any(isinstance(t, Pow) and not t.exp.is_number for t in subterms(e))


def derive(
    context: Context,
    e: Any,
    lemmas: Mapping[str, Lemma] | None = None,
    allowed: Allowed | None = None,
    tactics: tuple[Tactic, ...] = TACTICS,
) -> Found:
    """Rewrite e as far as the rules and the context go, in lines a person would write."""
    search = Search(context, lemmas, allowed)
    found = search.run(e, tactics)
    last = presentable(context, found.end)
    if last != found.end:
        _append(found, last)
    return found


def _append(found: Found, new: Any) -> None:
    """One more algebra step, shown with the line before it."""
    found.steps.append(Step("algebra", (), new, {"to": new}))
    found.end = new
    if found.groups:
        g = found.groups[-1]
        found.groups[-1] = Group(g.start, len(found.steps), g.rules)
    else:
        found.groups.append(Group(0, 1, ("algebra",)))


def solve(
    context: Context,
    lhs: Any,
    rhs: Any,
    unknown: Any,
    lemmas: Mapping[str, Lemma] | None = None,
) -> Found:
    """Rewrite both sides of an equation, then isolate the unknown (if it is linear in it)."""
    search = Search(context, lemmas)
    found = search.run(Eq(lhs, rhs, evaluate=False), TACTICS)
    binding = {"unknown": unknown}
    try:
        site = Site(context, Scope(), found.end, binding)
        made = RULES["solve"].rewrite(site).result
    except (Refused, TooLarge):
        return found
    start = len(found.steps)
    found.steps.append(Step("solve", (), made, binding))
    found.end = made
    found.groups.append(Group(start, len(found.steps), ("solve",)))
    short = flat(factor(evaluated(canonical(made.rhs))))  # common factors cancel
    new = Eq(made.lhs, presentable(context, short), evaluate=False)
    if new != found.end:
        _append(found, new)
    return found


def join(
    context: Context,
    left: Any,
    right: Any,
    lemmas: Mapping[str, Lemma],
    allowed: Allowed | None = None,
    *,
    hard: bool = True,
) -> Proof | None:
    """A proof of left = right: both sides are reduced until they meet.

    Where they differ in one term only, that term alone is looked at first.  What makes
    formulas longer is tried last, and only if it may be ``hard``.
    """
    direct = Proof("", context, left, (Step("algebra", (), right, {"to": right}),), right)
    if equal(left, right):
        return direct
    one, two = flat(left), flat(right)
    first = SHORTER if one.has(Var) or two.has(Var) else TACTICS
    if place := _difference(one, two):
        try:
            searches = [Search(context, lemmas, allowed, place) for _ in (one, two)]
            met = _met(searches, (Found(one, one), Found(two, two)), first)
            if met is not None:
                return _joined(context, left, right, *met)
        except Refused:  # the position is gone
            pass
    parts = _factor_by_factor(context, one, two, lemmas, allowed, first)
    if parts is not None:
        return _chained(context, left, right, parts)
    last = frozenset(c for e in (one, two) for c in _sum_ends(context, e))
    for tactics in dict.fromkeys((first, TACTICS, HARDER, UNSUMMED)):
        searches = [Search(context, lemmas, allowed, ends=last) for _ in (one, two)]
        ends = Found(one, one), Found(two, two)
        met = _met(searches, ends, tactics)
        if met is None and hard:
            met = _met(searches, ends, FINISH)
        if met is None and tactics in (HARDER, UNSUMMED):
            met = _bridged(searches[0], ends) or _crossed(ends)
        if met is not None:
            return _joined(context, left, right, *met)
        if tactics is SHORTER:
            continue
        hard = hard and any(_hard(f.end) for f in ends)
        if not hard or (tactics is HARDER and not any(_geometric(f.end) for f in ends)):
            return None
    return None


def _hard(e: Any) -> bool:
    return has_kinks(e) or bool(e.has(E, Sum, Int, log, exp, sin, cos, sigmoid, tanh))


def _met(
    searches: Sequence[Search], ends: tuple[Found, Found], tactics: tuple[Tactic, ...]
) -> tuple[Found, Found] | None:
    """Both sides led on until they meet; ``ends`` are left where nothing more is to be done."""
    walks: list[Iterator[Found] | None] = [
        s.levels(f, tactics) for s, f in zip(searches, ends, strict=True)
    ]
    passed = [[Found(f.start, f.end, f.steps[:])] for f in ends]
    while walks != [None, None]:
        for n, walk in enumerate(walks):
            level = next(walk, None) if walk else None
            if level is None:
                walks[n] = None
                continue
            for other in passed[1 - n]:
                if _equal(level.end, other.end):
                    return (level, other) if n == 0 else (other, level)
            passed[n].append(level)
    return None


def _bridged(search: Search, ends: tuple[Found, Found]) -> tuple[Found, Found] | None:
    """Both sides, where what is left of their difference vanishes."""
    one, two = ends
    steps = bridge(search.context, one.end, two.end, search.lemmas, search.allowed)
    if steps is None:
        return None
    return Found(one.start, two.end, [*one.steps, *steps]), two


def _equal(a: Any, b: Any) -> bool:
    try:
        return equal(a, b)
    except TooLarge:
        return False


def _difference(a: Any, b: Any) -> Place | None:
    """Where two expressions of one shape differ, if it is in one place only."""
    path: tuple[int, ...] = ()
    found, depth = None, 0
    while type(a) is type(b) and a.args and not isinstance(a, Named):
        (xs, _), (ys, _) = enter(a, depth, Scope()), enter(b, depth, Scope())
        least = min(len(xs), len(ys))
        before = next((n for n in range(least) if not _same(xs[n], ys[n])), least)
        after = next((n for n in range(least - before) if not _same(xs[-1 - n], ys[-1 - n])), 0)
        if isinstance(a, Binder):
            if xs[1:] != ys[1:]:
                break
            xs, ys, after = xs[:1], ys[:1], 0
        elif len(xs) != len(ys) and type(a) not in (Add, Mul):
            break
        if before or after or type(a) not in (Add, Mul):
            found = Place(path, type(a), before, after)
        if before + after + 1 != len(xs) or len(xs) != len(ys):
            break
        path, depth = (*path, before), depth + isinstance(a, Binder)
        a, b = xs[before], ys[before]
    return found


def _factor_by_factor(
    context: Context,
    one: Any,
    two: Any,
    lemmas: Mapping[str, Lemma],
    allowed: Allowed | None,
    tactics: tuple[Tactic, ...],
) -> list[Proof] | None:
    """Proofs that lead from one product to another, each of them in one factor."""
    if not (isinstance(one, Mul) and isinstance(two, Mul)) or len(one.args) != len(two.args):
        return None
    pairs = list(zip(one.args, two.args, strict=True))
    differ = [n for n, (a, b) in enumerate(pairs) if not _same(a, b)]
    if len(differ) < 2 or any(_kind(a) != _kind(b) for a, b in pairs):
        return None
    found, now = [], one
    for n in differ:
        then = mul(*two.args[: n + 1], *one.args[n + 1 :])
        place = _difference(now, then)
        searches = [Search(context, lemmas, allowed, place) for _ in (now, then)]
        try:
            met = _met(searches, (Found(now, now), Found(then, then)), tactics)
        except Refused:  # the position is gone
            return None
        if met is None:
            return None
        found.append(_joined(context, now, then, *met))
        now = then
    return found


def _kind(f: Any) -> tuple[Any, ...]:
    return (type(f), type(f.base), f.exp) if isinstance(f, Pow) else (type(f),)


def _chained(context: Context, left: Any, right: Any, proofs: Sequence[Proof]) -> Proof:
    steps = [s for p in proofs for s in p.steps]
    last = Step("algebra", (), right, {"to": right})
    return Proof("", context, left, (*steps, last), right)


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) or (isinstance(a, Add) and equal(a, b))


def _joined(context: Context, left: Any, right: Any, there: Found, back: Found) -> Proof:
    """One proof of two searches, from left to where they meet first and on to right."""
    chains = [[f.start, *(s.result for s in f.steps)] for f in (there, back)]
    i, j = _meeting(chains, [_ends_of_runs(f) for f in (there, back)])
    steps = [Step("algebra", (), there.start, {"to": there.start}), *there.steps[:i]]
    steps.append(Step("algebra", (), chains[1][j], {"to": chains[1][j]}))
    for n in reversed(range(j)):
        s = back.steps[n]
        steps.append(Step(s.rule, s.path, chains[1][n], s.binding, backward=True))
    steps.append(Step("algebra", (), right, {"to": right}))
    return Proof("", context, left, tuple(steps), right)


def _crossed(ends: tuple[Found, Found]) -> tuple[Found, Found] | None:
    """Both sides, where they passed the same line on their ways."""
    chains = [[f.start, *(s.result for s in f.steps)] for f in ends]
    i, j = _meeting(chains, [_ends_of_runs(f) for f in ends])
    if not _equal(chains[0][i], chains[1][j]):
        return None
    one, two = ends
    return (
        Found(one.start, chains[0][i], one.steps[:i]),
        Found(two.start, chains[1][j], two.steps[:j]),
    )


def _ends_of_runs(found: Found) -> list[int]:
    """Where one rule has been used everywhere, by the number of steps until there."""
    rules = [s.rule for s in found.steps]
    inside = {n for n in range(1, len(rules)) if rules[n - 1] == rules[n]}
    return [n for n in range(len(rules) + 1) if n not in inside]


def _meeting(chains: Sequence[list[Any]], places: Sequence[list[int]]) -> tuple[int, int]:
    """The numbers of two equal expressions, as early in both lists as can be."""
    (left, right), (early, late) = chains, places
    last = len(left) - 1, len(right) - 1
    try:
        first: dict[Any, int] = {}
        for n in late:
            first.setdefault(canonical(right[n]), n)
        found = [(n, first[c]) for n in early if (c := canonical(left[n])) in first]
    except TooLarge:
        return last
    return min([*found, last], key=sum)


# ---------------------------------------------------------------- presentation


def presentable(context: Context, e: Any) -> Any:
    """Like terms collected, common factors in front, sizes before parameters."""
    if isinstance(e, Eq):
        return Eq(presentable(context, e.lhs), presentable(context, e.rhs), evaluate=False)
    try:
        short = expand(e)
        if isinstance(short, Add) and any(isinstance(s, (E, Sum, Int)) for s in subterms(e)):
            return short if isinstance(e, Add) and len(short.args) < len(e.args) else e
        return factored(context, e)
    except TooLarge:
        return e


def factored(context: Context, e: Any) -> Any:
    """e with what all its terms have in common in front; TooLarge beyond the bounds."""
    terms = [(c, dict(order)) for c, order in poly(e).values()]
    if not terms:
        return S.Zero
    common = _common_powers([powers for _, powers in terms])
    outside = _ordered(context, [power(b, x) for b, x in common.items()])
    if len(terms) == 1:
        return mul(terms[0][0], *outside)
    number = gcd([c for c, _ in terms])
    if not outside and number == 1:
        return e
    rest = (
        mul(
            c / number,
            *(
                power(b, powers.get(b, S.Zero) - common.get(b, S.Zero))
                for b in {**powers, **common}
            ),
        )
        for c, powers in terms
    )
    return mul(number, *outside, add(*rest))


def _common_powers(all_powers: list[dict[Any, Any]]) -> dict[Any, Any]:
    first, *others = all_powers
    common = {}
    for base, x in first.items():
        found = [powers.get(base, S.Zero) for powers in others]
        if all((x - y).is_number for y in found):
            least = min([x, *found], key=lambda y: y - x)
            if least != 0:
                common[base] = least
    return common


def _ordered(context: Context, factors: list[Any]) -> list[Any]:
    sizes = set(context.sizes.values())
    return sorted(
        factors,
        key=lambda f: (
            0 if f.free_symbols and f.free_symbols <= sizes and not isinstance(f, RV) else 1
        ),
    )
