"""What rules work with: theorems, and the few questions that many rules ask.

A rule is a function of the declarations, of the theorems that it is given, and of data whose
form its decorator names; it returns what follows, or raises :class:`Refused`.  Its docstring is
an inference bar with "fails when" and a source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any, NamedTuple

from symcheck.core.declared import Declared, within
from symcheck.core.ring import Known, canon, literal, normed, poly
from symcheck.core.schemas import Axiom, bind, filled
from symcheck.core.terms import Formula, Term, formula_terms, has, need, parts

Made = Any  # a formula; or a formula, its hypotheses, and the numbers of declarations
Terms = tuple[Term, ...]


class Theorem(NamedTuple):
    """``says`` holds for all values of its letters that satisfy ``hyps``, in every world of
    the declarations ``uses``; it rests on ``trusts``, which nobody has judged."""

    hyps: frozenset[Formula]
    says: Formula
    uses: frozenset[int] = frozenset()
    trusts: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()


Ths = tuple[Theorem, ...]


def rule(shape: str) -> Callable[[Callable[..., Made]], Callable[..., Made]]:
    """Mark a function ``f(declared, theorems, *data)`` as a rule, with the kinds of its data
    (:func:`declared.read`)."""

    def mark(f: Callable[..., Made]) -> Callable[..., Made]:
        f.shape = shape  # type: ignore[attr-defined]
        return f

    return mark


def scheme(shape: str) -> Callable[[Callable[..., Any]], Callable[..., Made]]:
    """A rule ``f(declared, *data)`` that returns its conclusion and then its premises."""

    def mark(f: Callable[..., Any]) -> Callable[..., Made]:
        @wraps(f)
        def checked(d: Declared, ths: Ths, *data: Any) -> Made:
            conclusion, *asked = f(d, *data)
            premises(ths, *asked)
            return conclusion

        return rule(shape)(checked)

    return mark


def schema(axiom: Axiom) -> Callable[..., Made]:
    """The rule of an axiom: its letters stand for the data, and for what premises have in their
    place; then the premises are what the axiom asks for.  What is positive is not 0.  A premise
    for ``each`` i may rest on lo <= i <= hi, and on nothing else that speaks of i."""
    names = axiom.data.replace("()", "").split()
    asked = [a for a in axiom.asks if a[0] not in FORMS]
    forms = [a for a in axiom.asks if a[0] in FORMS]

    def apply(d: Declared, ths: Ths, *data: Any) -> Made:
        at: dict[str, Any] = dict(zip(names, data, strict=True))
        need(len(ths) == len(asked), f"{len(asked)} premises are needed, {len(ths)} are given")
        hyps = [met(th, a, at) for th, a in zip(ths, asked, strict=True)]
        for form in forms:
            holds, why = FORMS[form[0]]
            need(holds(d, *filled(form, at)[1:]), why)
        return filled(axiom.says, at), frozenset().union(*hyps), ()

    kinds = ("T" if n.isupper() else "o" if n.endswith("()") else "t" for n in axiom.data.split())
    return rule("".join(kinds))(apply)


def met(th: Theorem, asked: Formula, at: dict[str, Any]) -> frozenset[Formula]:
    """The hypotheses that stay of a theorem which says what an axiom asks for."""
    if asked[0] == "each":
        met(th, asked[1], at)
        return ranged(th, *(at[n] for n in ("i", "lo", "hi")), *at.get("Y", ()))
    bind(asked, th.says, at)
    own, f = th.says, filled(asked, at)
    stronger = own[0] == ">" and f[0] in (">=", "!=") and own[1] == f[1]
    need(own == f or stronger, f"a premise {f[0]} is not the one that is needed")
    return th.hyps


def premises(ths: Ths, *says: Formula) -> None:
    """Refuse unless the theorems are just these, in this order."""
    need(len(ths) == len(says), f"{len(says)} premises are needed, {len(ths)} are given")
    for th, f in zip(ths, says, strict=True):
        need(th.says == f, f"a premise {f[0]} is not the one that is needed")


def one(ths: Ths, *heads: str) -> Formula:
    """The formula of the only premise, which has one of these heads."""
    need(len(ths) == 1 and ths[0].says[0] in heads, f"one premise {' or '.join(heads)} is needed")
    return ths[0].says


def left(th: Theorem, gone: Iterable[Formula], *letters: Term) -> frozenset[Formula]:
    """The hypotheses that stay where some are discharged and the letters are arbitrary."""
    hyps = th.hyps - frozenset(gone)
    inside = {p for h in hyps for t in formula_terms(h) for p in parts(t)}
    need(not inside & {*letters}, "a letter is not arbitrary")
    return hyps


def ranged(th: Theorem, letter: Term, lo: Term, hi: Term, *outside: Term) -> frozenset[Formula]:
    """The hypotheses that stay where {lo <= letter <= hi} |- F is for all the terms of a sum."""
    need(letter[0] == "v", "no letter")
    need(not any(has(t, letter) for t in (lo, hi, *outside)), "no new letter")
    return left(th, within(letter, lo, hi), letter)


def union(ths: Iterable[Theorem]) -> frozenset[Formula]:
    """All hypotheses of some theorems."""
    return frozenset().union(*(th.hyps for th in ths))


def known(d: Declared, ths: Iterable[Theorem]) -> Known:
    """What the ring may use: the signs that some theorems say."""
    signs: dict[Term, str] = {}
    for th in ths:
        need(th.says[0] in (">", ">=", "!="), "the ring is told of signs only")
        rel, p = th.says[0], poly(th.says[1], d.known)
        need(p, "the sign of 0")
        key, c = normed(p)
        rel = rel.replace(">", "<") if c < 0 else rel
        both = {rel, signs.get(key, rel)}  # with != beside it, >= becomes >
        strict = next((s for s in "<>" if s in both or both == {s + "=", "!="}), "")
        signs[key] = strict or rel
    return Known(d.known.whole, signs, d.known.work)


def same(d: Declared, a: Term, b: Term) -> bool:
    """Are a and b equal by ring laws alone?"""
    return a == b or canon(a, d.known) == canon(b, d.known)


def _new(letters: Terms, terms: Terms) -> bool:
    """Are these letters, no two the same, none in the terms?"""
    inside = {p for t in terms for p in parts(t)}
    return all(k[0] == "v" for k in letters) and len({*letters} - inside) == len(letters)


# What an axiom asks of the form of its letters, and what is said where they have it not.
FORMS: dict[str, tuple[Callable[..., bool], str]] = {
    "fixed": (lambda d, ts: d.fixed(*ts), "it is random"),
    "known": (lambda d, ts, y: all(d.measurable(t, y) for t in ts), "no function of what is given"),
    "whole": (lambda d, ts: all(map(d.known.is_whole, ts)), "it need not be whole"),
    "natural": (lambda d, ts: all(literal(t) and t[1] >= 0 for t in ts), "no whole number from 0"),
    "new": (lambda d, ks, ts: _new(ks, ts), "a letter twice, or not a new one"),
    "equal": (lambda d, a, b: len(a) == len(b) and all(map(partial(same, d), a, b)), "not equal"),
}
