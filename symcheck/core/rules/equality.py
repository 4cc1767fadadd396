"""Equality: ring laws, replacement, definitions, declared facts, letters, induction."""

from __future__ import annotations

from symcheck.core.declared import MOST_NODES, ORDER, Declared, instance, within
from symcheck.core.ring import equal
from symcheck.core.terms import (
    MINUS,
    ONE,
    ZERO,
    Formula,
    Term,
    closed,
    has,
    kids,
    map_formula,
    mentions,
    minus,
    need,
    num,
    opened,
    parts,
    replaced,
    with_kids,
)
from symcheck.core.theorem import Made, Theorem, known, left, one, premises, rule, union

Ths = tuple[Theorem, ...]


@rule("f")
def assume(d: Declared, ths: Ths, f: Formula) -> Made:
    """{F} |- F, for an equation or a sign F.

    Fails when F is of another form.  Source: natural deduction.
    """
    premises(ths)
    need(f[0] in ("=", *ORDER), "only equations and signs are assumed")
    return f, frozenset((f,)), ()


@rule("")
def cut(d: Declared, ths: Ths) -> Made:
    """H    {H} |- F  give  F.

    Fails when there are not two premises.  Source: natural deduction.
    """
    need(len(ths) == 2, "two premises are needed")
    return ths[1].says, ths[0].hyps | (ths[1].hyps - {ths[0].says}), ()


@rule("tt")
def ring(d: Declared, ths: Ths, a: Term, b: Term) -> Made:
    """signs of terms  give  a = b, where a - b is 0 by ring laws and these signs.

    Fails when something is left of a - b.  Source: symcheck.core.ring.
    """
    need(equal(a, b, known(d, ths)), "not equal by ring laws")
    return ("=", a, b)


@rule("")
def trans(d: Declared, ths: Ths) -> Made:
    """a = b    b = c    ...  give  a = z.

    Fails when an end is not the beginning of the next.  Source: equality.
    """
    need(ths and all(th.says[0] == "=" for th in ths), "equations are needed")
    for p, q in zip(ths, ths[1:], strict=False):
        need(p.says[2] == q.says[1], "the ends do not meet")
    return ("=", ths[0].says[1], ths[-1].says[2])


@rule("")
def sym(d: Declared, ths: Ths) -> Made:
    """a = b  gives  b = a.

    Fails when the premise is no equation.  Source: equality.
    """
    _, a, b = one(ths, "=")
    return ("=", b, a)


@rule("tNT")
def cong(d: Declared, ths: Ths, t: Term, path: tuple[int, ...], letters: tuple[Term, ...]) -> Made:
    """a = b  gives  t = t with b in place of the a at ``path``.

    Each sum on the way is opened with the next of the letters, whose range is discharged, and so
    is what stands in an indicator without random source beside the factor that is entered.
    Fails when a is not there; inside of a derivative; when a letter is not arbitrary; when an
    index would become one that need not be whole.  Source: Leibniz; E and E[.|y] do not see null
    sets (Williams, Probability with Martingales, 5.2 and 9.2).
    """
    _, a, b = one(ths, "=")
    need(len(set(letters)) == len(letters), "a letter twice")
    need(not any(has(t, v) for v in letters), "a letter that is not new")
    gone: set[Formula] = set()
    whole = _put(d, t, path, list(letters), (a, b), gone)
    return ("=", t, whole), left(ths[0], gone, *letters), ()


def _put(
    d: Declared, t: Term, path: tuple[int, ...], letters: list[Term], ab: tuple[Term, Term],
    gone: set[Formula],
) -> Term:  # fmt: skip
    if not path:
        need(t == ab[0], "the term is not there")
        return ab[1]
    below, n = list(kids(t)), path[0]
    need(n < len(below) and t[0] != "D", "no such place")
    gone |= d.guards(t, n)
    if t[0] == "S" and n == 2:
        need(letters and letters[0][0] == "v", "no letter for a sum")
        letter = letters.pop(0)
        gone |= within(letter, t[1], t[2])
        inner = _put(d, opened(t[3], letter), path[1:], letters, ab, gone)
        return ("S", t[1], t[2], closed(inner, letter))
    below[n] = _put(d, below[n], path[1:], letters, ab, gone)
    if t[0] in "cxd" or (t[0] == "S" and n < 2):
        need(d.known.is_whole(below[n]), "an index that need not be whole")
    return with_kids(t, tuple(below))


@rule("t")
def define(d: Declared, ths: Ths, t: Term) -> Made:
    """relu(a) = 1[a > 0] a, and so on: what a function stands for.

    Fails for a function without a definition.  Source: the usual ones; sigmoid and tanh by exp.
    """
    premises(ths)
    need(t[0] == "f", "no function")
    return ("=", t, _meaning(t))


def _meaning(t: Term) -> Term:
    a, b = (*kids(t), ZERO, ZERO)[:2]
    above: Term = ("1", ">", a)
    if t[1] in ("max", "min"):
        more = ("*", ("1", ">", minus(a, b)), minus(a, b))
        return ("+", b, more) if t[1] == "max" else minus(a, more)
    grown = ("f", "exp", ("*", num(2), a))
    meanings = {
        "relu": ("*", above, a),
        "leaky_relu": ("+", ("*", above, a), ("*", b, minus(a, ("*", above, a)))),
        "abs": minus(("*", num(2), above, a), a),
        "sign": minus(above, ("1", ">", ("*", MINUS, a))),
        "sigmoid": ("^", ("+", ONE, ("f", "exp", ("*", MINUS, a))), MINUS),
        "tanh": minus(ONE, ("*", num(2), ("^", ("+", grown, ONE), MINUS))),
    }
    need(t[1] in meanings, f"{t[1]} has no definition")
    return meanings[t[1]]


@rule("t")
def unfold(d: Declared, ths: Ths, t: Term) -> Made:
    """let a[i] := body  gives  a[k] = body[i := k].

    Fails when the name is not defined.  Source: definition.
    """
    premises(ths)
    return ("=", t, d.unfold(t)), frozenset(), (d.lets[t[1]][0],)


@rule("nT")
def fact(d: Declared, ths: Ths, n: int, values: tuple[Term, ...]) -> Made:
    """declared: F for all letters with C    C[values]  give  F[values].

    Fails when a condition is missing, a value is random, or not whole for a whole letter.
    Source: instantiation.
    """
    need(n < len(d.entries) and d.entries[n].kind == "fact", "no declared fact")
    letters, conditions, says = d.entries[n].data
    at = instance(d, letters, values)
    premises(ths, *(map_formula(c, lambda t: replaced(t, at)) for c in conditions))
    return map_formula(says, lambda t: replaced(t, at)), union(ths), (n,)


@rule("Tt")
def general(d: Declared, ths: Ths, letter: tuple[Term, ...], value: Term) -> Made:
    """F, which rests on nothing declared of k but signs of constants  gives  F[k := value].

    What is declared of k becomes a hypothesis at the value.  k is a declared index or a letter.
    Fails when anything else that F rests on, or any definition, speaks of k; when the value
    is random or not whole.  Source: generalization over an arbitrary k, and instantiation.
    """
    need(len(ths) == 1 and len(letter) == 1, "one premise and one letter are needed")
    k = letter[0]
    at = {k: value}
    need(k[0] == "v" or (k[0] == "c" and d.constants.get(k[1]) == (0, "index")), "no index")
    need(d.known.is_whole(value) and d.fixed(value), "a value that need not be whole")
    need(not any(has(body, k) for _, _, body in d.lets.values()), "a definition speaks of it")
    spoken = [n for n in ths[0].uses if _speaks(d, n, k)]
    facts = [d.entries[n] for n in spoken]
    for e in facts:
        need(e.kind == "fact" and not e.data[0] and e.data[2][0] in ORDER, "it is not arbitrary")
    hyps = ths[0].hyps | {e.data[2] for e in facts}
    new = frozenset(map_formula(h, lambda t: replaced(t, at)) for h in hyps)
    return map_formula(ths[0].says, lambda t: replaced(t, at)), new, frozenset(spoken)


def _speaks(d: Declared, n: int, k: Term) -> bool:
    """Does a declaration mention k?"""
    def within(part: object) -> bool:
        if not isinstance(part, tuple) or not part:
            return False
        return part == k or any(map(within, part))

    return within(d.entries[n].data)


@rule("ttt")
def induction(d: Declared, ths: Ths, k: Term, first: Term, both: Term) -> Made:
    """F(first)    {k >= first, F(k)} |- F(k + 1)  give  {k >= first} |- F(k).

    F is ``a = b``, given as the product a b.  Fails when k is not arbitrary, or a premise says
    something else.  Source: Peano.
    """
    need(k[0] == "v" and both[0] == "*" and len(both) == 3, "a letter and two sides are needed")
    need(d.known.is_whole(first) and not has(first, k) and d.fixed(first), "no beginning")
    claim: Formula = ("=", *both[1:])
    at = [map_formula(claim, lambda t, n=n: replaced(t, {k: n})) for n in (first, ("+", k, ONE))]
    premises(ths, *at)
    later: Formula = (">=", minus(k, first))
    hyps = ths[0].hyps | left(ths[1], (claim, later), k)
    need(not any(mentions(h, k) for h in ths[0].hyps), "a letter is not arbitrary")
    return claim, hyps | {later}, ()


@rule("tt")
def line(d: Declared, ths: Ths, a: Term, b: Term) -> Made:
    """a = b    all that stands in a and b means what it says  give  the line a = b.

    Every expectation in it exists, no denominator is 0, logarithms and roots are of what is
    positive, or not negative (:func:`obligations`).  Fails when one of these is missing.
    """
    need(ths and ths[0].says == ("=", a, b), "another equation")
    mine = (p for t in (a, b, *(h[n] for h in ths[0].hyps for n in range(1, len(h)))) for p in parts(t))
    need(not any(p[0] == "v" and p[1][0] == "@" for p in mine), "a letter @ is taken")
    told = [(th.hyps, th.says) for th in ths[1:]]
    for hyps, f in {*obligations(d, a), *obligations(d, b)}:
        met = any(says == f and own <= hyps | ths[0].hyps for own, says in told)
        need(met, f"a side may mean nothing: {f[0]} is not shown of a part")
    return ("line", a, b), ths[0].hyps, ()


def obligations(
    d: Declared, t: Term, where: frozenset[Formula] = frozenset(), depth: int = 0
) -> list[tuple[frozenset[Formula], Formula]]:
    """What has to hold for t to mean what it says, each with the ranges around it.

    The sums around a part are opened with the letters ``@0``, ``@1``, ...; what a definition
    stands for has to mean something too.
    """
    need(d.weight(t) <= MOST_NODES, "definitions too large to unfold")
    found: list[tuple[frozenset[Formula], Formula]] = []
    below = kids(t)
    if t[0] == "S":
        letter = ("v", f"@{depth}")
        inner = where | within(letter, t[1], t[2])
        found += obligations(d, opened(t[3], letter), inner, depth + 1)
        below = ()
    for n, k in enumerate(below):
        found += obligations(d, k, where | d.guards(t, n), depth)
    if t[0] == "d":
        found += obligations(d, d.unfold(t), where, depth)
    elif t[0] == "E":
        found.append((where, ("L1", t[1])))
    elif t[:2] == ("f", "log"):
        found.append((where, (">", t[2])))
    elif t[0] == "^" and not (t[2][0] == "q" and t[2][1].denominator == 1 and t[2][1] >= 0):
        literal, whole = t[2][0] == "q", d.known.is_whole(t[2])
        rel = "!=" if whole else ">=" if literal and t[2][1] > 0 else ">"
        found.append((where, (rel, t[1])))
    return [(w, f) for w, f in found if not (f[0] != "L1" and f[1][0] == "q" and _true(f))]


def _true(f: Formula) -> bool:
    """Does a sign hold of a number?"""
    n = f[1][1]
    return bool({">": n > 0, ">=": n >= 0, "!=": n != 0}[f[0]])


@rule("sFf")
def trust(d: Declared, ths: Ths, why: str, hyps: tuple[Formula, ...], f: Formula) -> Made:
    """An axiom: F under some hypotheses, because a rule that has no certificate says so.

    The theorem, and everything that rests on it, names it.
    """
    premises(ths)
    need(f[0] != "line", "a line is not trusted")
    return f, frozenset(hyps), ()

