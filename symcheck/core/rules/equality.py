"""Equality: ring laws, replacement, definitions, declared facts, letters, induction."""

from __future__ import annotations

from typing import Any

from symcheck.core.declared import ORDER, Declared, instance, within
from symcheck.core.ring import equal, literal

from symcheck.core.terms import (  # isort: skip
    ONE, Formula, Term, closed, formula_terms, has, kids, map_formula,
    minus, need, opened, parts, replaced, with_kids,
)  # fmt: skip
from symcheck.core.theorem import (  # isort: skip
    Made, Terms, Ths, known, left, one, premises, rule, union,
)  # fmt: skip


@rule("f")
def assume(d: Declared, ths: Ths, f: Formula) -> Made:
    """{F} |- F.  Fails when F is no equation and no sign.  Source: natural deduction."""
    premises(ths)
    need(f[0] in ("=", *ORDER), "only equations and signs are assumed")
    return f, frozenset((f,)), ()


@rule("")
def cut(d: Declared, ths: Ths) -> Made:
    """H    {H} |- F  give  F.  Fails without two premises.  Source: natural deduction."""
    need(len(ths) == 2, "two premises are needed")
    return ths[1].says, ths[0].hyps | (ths[1].hyps - {ths[0].says}), ()


@rule("tt")
def ring(d: Declared, ths: Ths, a: Term, b: Term) -> Made:
    """signs of terms  give  a = b, where a - b is 0 by ring laws and these signs.
    Fails when something is left of a - b.  Source: symcheck.core.ring."""
    need(equal(a, b, known(d, ths)), "not equal by ring laws")
    return ("=", a, b)


@rule("")
def trans(d: Declared, ths: Ths) -> Made:
    """a = b    b = c    ...  give  a = z.
    Fails when an end is not the beginning of the next.  Source: equality."""
    need(ths and all(th.says[0] == "=" for th in ths), "equations are needed")
    for n, th in enumerate(ths[1:]):
        need(ths[n].says[2] == th.says[1], "the ends do not meet")
    return ("=", ths[0].says[1], ths[-1].says[2])


@rule("")
def sym(d: Declared, ths: Ths) -> Made:
    """a = b  gives  b = a.  Fails when the premise is no equation.  Source: equality."""
    _, a, b = one(ths, "=")
    return ("=", b, a)


@rule("tNT")
def cong(d: Declared, ths: Ths, t: Term, path: tuple[int, ...], letters: Terms) -> Made:
    """a = b  gives  t = t with b in place of the a at ``path``.
    Each sum on the way is opened with the next of the letters, whose range is discharged, and so
    is what stands in an indicator without random source beside the factor that is entered.
    Fails when a is not there; inside of a derivative; when a letter is not arbitrary.  Source:
    Leibniz; E and E[.|y] do not see null sets (Williams, Probability with Martingales, 5.2, 9.2).
    """
    _, a, b = one(ths, "=")
    need(len(set(letters)) == len(letters), "a letter twice")
    need(not {*parts(t)} & {*letters}, "a letter that is not new")
    gone: set[Formula] = set()
    unused = list(letters)

    def put(t: Term, path: tuple[int, ...]) -> Any:
        if not path:
            need(t == a, "the term is not there")
            return b
        below, n = list(kids(t)), path[0]
        need(n < len(below) and t[0] != "D", "no such place")
        if t[0] == "S" and n == 2:
            need(unused and unused[0][0] == "v", "no letter for a sum")
            letter = unused.pop(0)
            gone.update(within(letter, *t[1:3]))
            below[n] = closed(put(opened(t[3], letter), path[1:]), letter)
        else:
            gone.update(d.guards(t, n))
            below[n] = put(below[n], path[1:])
        return with_kids(t, tuple(below))

    return ("=", t, put(t, path)), left(ths[0], gone, *letters), ()


@rule("t")
def unfold(d: Declared, ths: Ths, t: Term) -> Made:
    """let a[i] := body  gives  a[k] = body[i := k].
    Fails when the name is not defined.  Source: definition."""
    premises(ths)
    return ("=", t, d.unfold(t))


@rule("nT")
def fact(d: Declared, ths: Ths, n: int, values: Terms) -> Made:
    """declared: F for all letters with C    C[values]  give  F[values].  Values may be random for a
    sign without conditions, of constants and functions alone: it holds at every outcome.
    Fails when a condition is missing, another value is random, or one is not whole for a whole
    letter.  Source: instantiation."""
    letters, conditions, says = d.cited(n, "fact")
    at = instance(d, letters, values)
    if not d.fixed(*values):
        inside = {p[0] for t in formula_terms(says) for p in parts(t)}
        free = says[0] in ORDER and not conditions and not inside & set("xdESDb")
        need(free, "a letter stands for no random value")
    *asked, f = (map_formula(c, lambda t: replaced(t, at)) for c in (*conditions, says))
    premises(ths, *asked)
    return f, union(ths), (n,)


@rule("Tt")
def general(d: Declared, ths: Ths, letter: Terms, value: Term) -> Made:
    """F, which rests on nothing declared of k but signs of constants  gives  F[k := value].
    What is declared of k becomes a hypothesis at the value; k is a declared index or a letter.
    Fails when anything else that F rests on, a definition or a dependence, speaks of k; when the
    value is random or not whole.  Source: generalization over an arbitrary k, and instantiation."""
    need(len(ths) == 1 and len(letter) == 1, "one premise and one letter are needed")
    k = letter[0]
    need(k[0] == "v" or (k[0] == "c" and d.constants.get(k[1]) == (0, "index")), "no index")
    need(d.known.is_whole(value), "a value that need not be whole")
    spoken = [n for n, e in enumerate(d.entries) if k[0] == "c" and _speaks(e.data, k)]
    silent = [e.kind in ("let", "depends") for e in map(d.entries.__getitem__, spoken)]
    need(not any(silent), "a definition or a dependence speaks of it")
    spoken = [n for n in spoken if n in ths[0].uses]
    facts = [d.entries[n] for n in spoken]
    for e in facts:
        need(e.kind == "fact" and not e.data[0] and e.data[2][0] in ORDER, "it is not arbitrary")

    def at(f: Formula) -> Formula:
        return map_formula(f, lambda t: replaced(t, {k: value}))

    new = frozenset(map(at, ths[0].hyps | {e.data[2] for e in facts}))
    return at(ths[0].says), new, frozenset(spoken)


def _speaks(part: Any, k: Term) -> bool:
    """Does a declaration mention k?"""
    return part == k or (isinstance(part, tuple) and any(_speaks(p, k) for p in part))


@rule("ttt")
def induction(d: Declared, ths: Ths, k: Term, first: Term, both: Term) -> Made:
    """F(first)    {k >= first, F(k)} |- F(k + 1)  give  {k >= first} |- F(k).
    F is ``a = b``, given as the product a b.  Fails when k is not arbitrary, or a premise says
    something else.  Source: Peano."""
    need(k[0] == "v" and both[0] == "*" and len(both) == 3, "a letter and two sides are needed")
    need(d.known.is_whole(first) and not has(first, k), "no beginning")
    claim: Formula = ("=", *both[1:])

    def at(n: Term) -> Formula:
        return map_formula(claim, lambda t: replaced(t, {k: n}))

    premises(ths, at(first), at(("+", k, ONE)))
    later: Formula = (">=", minus(k, first))
    return claim, left(ths[0], (), k) | left(ths[1], (claim, later), k) | {later}, ()


@rule("tt")
def line(d: Declared, ths: Ths, a: Term, b: Term) -> Made:
    """a = b    all that stands in a and b means what it says  give  the line a = b.
    Every expectation in it exists, no denominator is 0, logarithms and roots are of what is
    positive, or not negative (:func:`obligations`).  Fails when one of these is missing."""
    need(ths and ths[0].says == ("=", a, b), "another equation")
    mine = [a, b, *(t for h in ths[0].hyps for t in formula_terms(h))]
    for p in (p for t in mine for p in parts(t)):
        need(p[0] != "v" or p[1][0] != "@", "a letter @ is taken")
    told: dict[Formula, list[frozenset[Formula]]] = {}
    for th in ths[1:]:
        told.setdefault(th.says, []).append(th.hyps)
    d.unfolded(("+", a, b))  # refuses what is too large
    for hyps, f in {*obligations(d, a), *obligations(d, b)}:
        met = any(own <= hyps | ths[0].hyps for own in told.get(f, ()))
        need(met, f"a side may mean nothing: {f[0]} is not shown of a part")
    return ("line", a, b), ths[0].hyps, ()


def obligations(
    d: Declared, t: Term, where: frozenset[Formula] = frozenset(), depth: int = 0
) -> list[tuple[frozenset[Formula], Formula]]:
    """What has to hold for t to mean what it says, each with the ranges around it.
    The sums around a part are opened with the letters ``@0``, ``@1``, ...; of a definition, it is
    also what has to hold for its body."""
    found: list[tuple[frozenset[Formula], Formula]] = []
    if t[0] == "S":
        letter = ("v", f"@{depth}")
        inner = where | within(letter, *t[1:3])
        return obligations(d, opened(t[3], letter), inner, depth + 1)
    if t[0] == "d":
        return obligations(d, d.unfold(t), where, depth)
    for n, k in enumerate(kids(t)):
        found += obligations(d, k, where | d.guards(t, n), depth)
    if t[0] == "E":
        found.append((where, ("L1", t[1])))
    elif t[:2] == ("f", "log"):
        found.append((where, (">", t[2])))
    elif t[0] == "^" and not (literal(t[2]) and t[2][1] >= 0):
        root = t[2][0] == "q" and t[2][1] > 0
        rel = "!=" if d.known.is_whole(t[2]) else ">=" if root else ">"
        found.append((where, (rel, t[1])))
    return found


@rule("sFf")
def trust(d: Declared, ths: Ths, why: str, hyps: tuple[Formula, ...], f: Formula) -> Made:
    """An axiom: F under some hypotheses, because a rule that has no certificate says so.
    The theorem, and everything that rests on it, names it.  Fails for a line."""
    premises(ths)
    need(f[0] != "line", "a line is not trusted")
    return f, frozenset(hyps), ()
