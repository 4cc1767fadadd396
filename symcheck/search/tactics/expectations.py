"""Untrusted: tactics for expectations, conditions, assumptions, integrals and functions."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from sympy import Abs, Add, Eq, Ge, Gt, Integer, Max, Min, Mul, Pow, S, Symbol, cos, exp, sign, sin

from symcheck.facts.context import matches
from symcheck.language.expr import (
    E,
    Ind,
    Int,
    Sum,
    add,
    bound_indices,
    mul,
    power,
    relu,
    replace,
    sigmoid,
)
from symcheck.language.ring import TooLarge, canonical, expand
from symcheck.rules.all import RULES
from symcheck.rules.expectation import known
from symcheck.rules.functions import reduced
from symcheck.rules.meaning import meaning
from symcheck.rules.proof import Refused, Site
from symcheck.rules.relu import kinks
from symcheck.rules.turning import has_kinks
from symcheck.search.indicators import in_cases
from symcheck.search.presentation import factored
from symcheck.search.steps import HEADS, Assumed, Binding, Position, Proposal, Search
from symcheck.search.symmetries import by_symmetry
from symcheck.search.tactics.sums import multiplies_out

__all__ = [
    "KINKED", "assumption", "assumption_given", "by_identities", "by_signs", "common",
    "condition", "constants", "drop_given", "exponents", "identical", "implied", "in_integral",
    "integral", "law_moment", "law_transform", "lemma", "power_of_product", "rule4", "second",
    "symmetric", "tower", "two_values", "whole_line",
]  # fmt: skip


def lemma(search: Search, p: Position) -> Proposal | None:
    """An earlier result."""
    for name in search.lemmas:
        try:
            RULES["lemma"].rewrite(search.site(p, {"lemma": name}))
        except Refused:
            continue
        return "lemma", {"lemma": name}
    return None


def constants(search: Search, p: Position) -> Proposal | None:
    """Rules 1 and 2, where something is constant."""
    g, given = p.term.args[0], p.term.given
    site = search.site(p, {})
    if known(site, g, given):
        return "rule1", {}
    if isinstance(g, Mul) and any(known(site, f, given) for f in g.args):
        return "rule2", {}
    return None


def tower(search: Search, p: Position) -> Proposal | None:
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


def rule4(search: Search, p: Position) -> Proposal | None:
    """Independent groups of factors."""
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


def drop_given(search: Search, p: Position) -> Proposal | None:
    """What a condition says nothing of."""
    every = tuple(range(len(p.term.given)))
    for drop in (*((n,) for n in every), *([every] if len(every) > 1 else [])):
        try:
            RULES["drop-given"].rewrite(search.site(p, {"drop": drop}))
        except Refused:
            continue
        return "drop-given", {"drop": drop}
    return None


def assumption(search: Search, p: Position) -> Proposal | None:
    """What is assumed of this very term, if it is still usable here."""
    for said in search.assumed:
        if said.term.func != p.term.func or not search.usable(said, p.term):
            continue
        try:
            RULES[said.rule].rewrite(search.site(p, said.binding))
        except (Refused, TooLarge):
            continue
        return said.rule, said.binding
    return None


def assumption_given(search: Search, p: Position) -> Proposal | None:
    """What is assumed of a conditional expectation comes before the tower rule removes it."""
    return assumption(search, p) if p.term.given else None


def condition(search: Search, p: Position) -> Proposal | None:
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


def whole_line(search: Search, p: Position) -> Proposal | None:
    """An integral that is an expectation again."""
    names = bound_indices(p.term)
    body = p.term.open(names)[0]
    return None if kinks(body, names[0]) else ("whole-line", {})


def implied(search: Search, p: Position) -> Proposal | None:
    """An indicator beside one from which it follows: 1[x <= s] 1[x <= t] where s <= t."""
    factors = p.term.args
    found = [(n, canonical(f)) for n, f in enumerate(factors) if isinstance(f, Ind)]
    sides = [(n, f.args[0].lhs, f.args[0].func) for n, f in found if isinstance(f, Ind)]
    for n, less, kind in sides:
        for m, more, other in sides:
            if n == m or kind not in (Gt, Ge) or other not in (Gt, Ge):
                continue
            gap = canonical(add(more, mul(-1, less)))
            strict = other is Gt and kind is Ge
            if search.context.constant(gap) and (
                search.context.positive(gap, p.scope, strict=strict) is not None
            ):
                return "cases", {"to": mul(*(f for k, f in enumerate(factors) if k != m))}
    return None


def two_values(search: Search, p: Position) -> Proposal | None:
    """Powers of a variable with two values; at the top a product is multiplied out for them."""
    if not isinstance(p.term, (Mul, Add)):
        if p.parents and isinstance(p.parents[-1], Ind):
            return None
        several = _two_valued(search, p.term) if isinstance(p.term, KINKED) else []
        return "two-values", {"variable": several[0]} if len(several) > 1 else {}
    laws = (search.context.law(x) for x in search.context.sources(p.term) if not p.path)
    if any(k and k[0].name in ("bernoulli", "rademacher") for k in laws) and multiplies_out(p.term):
        return "algebra", {"to": expand(p.term)}
    return None


# What has another form for every sign of its arguments.
KINKED = (Max, Min, Abs, sign, Ind, relu)


def _two_valued(search: Search, e: Any) -> list[Any]:
    """The variables in e, those with two values first; none where no law has two values."""
    laws = {x: search.context.law(x) for x in sorted(search.context.sources(e), key=str)}
    own = [x for x, k in laws.items() if k and k[0].name in ("bernoulli", "rademacher")]
    return own + [x for x in laws if x not in own] if own else []


def by_signs(search: Search, p: Position) -> Proposal | None:
    """Everything that changes its form with a sign told by indicators."""

    def known(u: Any, strict: bool) -> bool:
        return search.context.positive(u, p.scope, strict=strict) is not None

    if isinstance(p.term, E):
        body, given = p.term.args[0], p.term.given
        return ("cases", {"to": E(in_cases(body, known), *given)}) if has_kinks(body) else None
    if p.path or isinstance(p.term, (Eq, *HEADS)) or not has_kinks(p.term):
        return None
    return "cases", {"to": in_cases(p.term, known)}


def by_identities(search: Search, p: Position) -> Proposal | None:
    """Sines and cosines of sums, squares of sines, and sigmoids: at the top, or right inside."""
    if p.parents and not isinstance(p.parents[-1], (Eq, E, Sum)):
        return None
    if isinstance(p.term, (Eq, *HEADS)) or not p.term.has(sin, cos, sigmoid):
        return None
    new = reduced(p.term)
    return None if canonical(new) == canonical(p.term) else ("identity", {"to": new})


def second(search: Search, p: Position) -> Proposal | None:
    """A second moment by the variance."""
    g = p.term.args[0]
    return ("second-moment", {}) if isinstance(g, Pow) and g.exp == 2 else None


def law_moment(search: Search, p: Position) -> Proposal | None:
    """Other moments by the law."""
    g = p.term.args[0]
    return ("law-moment", {}) if isinstance(g, Pow) and g.exp != 2 else None


def law_transform(search: Search, p: Position) -> Proposal | None:
    """Exponentials, sines and cosines by the law."""
    g = p.term.args[0]
    factors = g.args if isinstance(g, Mul) else (g,)
    bases = [f.base if isinstance(f, Pow) else f for f in factors]
    found = any(all(isinstance(b, kind) for b in bases) for kind in (exp, (sin, cos)))
    return ("law-transform", {}) if found else None


def power_of_product(search: Search, p: Position) -> Proposal | None:
    """(x y)² = x² y², for Rule 4."""
    body = p.term.args[0]
    factors = body.args if isinstance(body, Mul) else (body,)
    new = []
    for f in factors:
        whole = isinstance(f, Pow) and f.exp.is_Integer and isinstance(f.base, Mul)
        new += [power(b, f.exp) for b in f.base.args] if whole else [f]
    return ("algebra", {"to": E(mul(*new), *p.term.given)}) if len(new) > len(factors) else None


def exponents(search: Search, p: Position) -> Proposal | None:
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


def common(search: Search, p: Position) -> Proposal | None:
    """Where Rule 3 may not be used: bring a common constant factor in front, for Rule 2."""
    body = p.term.args[0]
    if search.allowed("rule3", p.term, {}) or not isinstance(body, Add):
        return None
    new = factored(search.context, body)
    site = search.site(p, {})
    if not isinstance(new, Mul) or not any(known(site, f, p.term.given) for f in new.args):
        return None
    return "algebra", {"to": E(new, *p.term.given)}


def integral(search: Search, p: Position) -> Proposal | None:
    """An expectation as an integral."""
    if p.term.given:
        return None
    sources = search.context.sources(p.term.args[0])
    if len(sources) != 1:
        return None
    (x,) = sources
    g = search.context.unfolded(p.term.args[0])
    t = Symbol("_t", real=True)
    body = replace(g, {x: t})
    found = kinks(body, t)
    plain = replace(body, {k: S.One for k in found if isinstance(k, Abs)})
    if not found or (not plain.has(t) and search.context.symmetric(x) is not None):
        return None  # for a symmetric x a function of |x| has no simpler form
    return "integral-form", {}


def in_integral(search: Search, p: Position) -> Proposal | None:
    """ReLU under an integral."""
    inside = any(isinstance(q, Int) for q in p.parents)
    return ("relu", {}) if inside else None


def identical(search: Search, p: Position) -> Proposal | None:
    """Members of a family by the first one."""
    for j, lower, _ in reversed(p.scope.ranges):
        if p.term.has(j):
            return "identical", {"index": j, "to": Integer(1) if lower.is_Integer else lower}
    return None


def symmetric(search: Search, p: Position) -> Proposal | None:
    """Reflections and exchanges."""
    return by_symmetry(search.site(p, {}))
