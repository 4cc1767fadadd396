"""Untrusted: how search goes: tactics tried at every position, in lines a person would write.

A *tactic* proposes, for a term, a rule and its binding.  Each line applies the first tactic that
has anything to propose, everywhere it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Add, Eq, Mul, Pow, Symbol

from symcheck.facts.context import Context, Scope, Used
from symcheck.language.expr import Binder, Cov, E, Named, P, Var, add, children, mul
from symcheck.language.ring import TooLarge, tidy
from symcheck.rules.all import RULES
from symcheck.rules.hypotheses import forms, linear
from symcheck.rules.meaning import meaning
from symcheck.rules.places import at, enter, put
from symcheck.rules.proof import Lemma, Refused, Site, Step, by_algebra
from symcheck.system.limits import OutOfTime

__all__ = [
    "HEADS", "Allowed", "Assumed", "Binding", "Found", "Group", "OutOfTime", "Place", "Position",
    "Proposal", "Search", "Tactic", "assumed", "positions",
]  # fmt: skip


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

HEADS = (E, Var, Cov, P)

Binding = Mapping[str, Any]

Proposal = tuple[str, Binding]

Allowed = Callable[[str, Any, Binding], bool]  # may a rule be used at a term, so bound?


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
            except (Refused, TooLarge) as no:  # the line would mean nothing
                if name not in ASSUMING:
                    return None
                self.unusable[binding["number"], p.term] = str(no)
                return self._try(e, p, tactic)
        self._seen.add(result)
        return Step(name, p.path, result, binding).by(made), name

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
            found.steps.append(by_algebra(new))
            found.end = new
        if len(found.steps) > start:
            found.groups.append(Group(start, len(found.steps), rules or ("algebra",)))

    def _tidied(self, e: Any) -> Any:
        return self.within.changed(e, _tidied) if self.within else _tidied(e)


def _tidied(e: Any) -> Any:
    if isinstance(e, Eq):
        return Eq(tidy(e.lhs), tidy(e.rhs), evaluate=False)
    return tidy(e)


MOST_KEPT = 50_000  # positions that are remembered

_POSITIONS: dict[Any, list[Position]] = {}


def positions(e: Any) -> list[Position]:
    """Every position of e, outermost and leftmost first."""
    found = _POSITIONS.get(e)
    if found is None:
        found = list(_walk(e, (), Scope(), 0, ()))
        kept = sum(map(len, _POSITIONS.values()))
        if len(_POSITIONS) > 256 or kept + len(found) > MOST_KEPT:
            _POSITIONS.clear()
        _POSITIONS[e] = found
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
        spoken = forms(context, h.lhs)
        plain += [Assumed(f, letters, "hypothesis", {"number": n}) for f, _ in spoken]
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
