"""Independence, equal laws, named laws."""

from __future__ import annotations

from itertools import product

from symcheck.core.declared import Declared, instance
from symcheck.core.laws import MOST_MOMENT, law_of
from symcheck.core.terms import (
    ONE,
    ZERO,
    Formula,
    Term,
    kids,
    map_formula,
    minus,
    need,
    num,
    replaced,
    walk,
)
from symcheck.core.theorem import Made, Theorem, left, one, premises, rule, same, union

Ths = tuple[Theorem, ...]
Terms = tuple[Term, ...]
Source = tuple[Term, frozenset[Formula]]
Label = tuple[int, Terms]


@rule("nTTT")
def independent(d: Declared, ths: Ths, n: int, values: Terms, a: Terms, b: Terms) -> Made:
    """declared independence    its conditions    labels of sources that differ  give  A, B independent.

    Every random source of A and B lies in a block, with the values of the indices that the
    declaration runs over as its label.  A source of A and one of B in the same block need a
    premise ``i - j != 0`` for one of these.  Independence in pairs only is enough for one
    label on each side.  Fails when a source lies in no block, or labels may be equal.
    Source: Williams 4.1; functions of disjoint groups of independents are independent.
    """
    need(n < len(d.entries) and d.entries[n].kind == "independent", "no declared independence")
    fixed, conditions, over, blocks, pairwise = d.entries[n].data
    need(not any(map(letters, (*values, *a, *b))), "a letter § or ¶ is taken")
    at = instance(d, fixed, values)
    asked = [map_formula(c, lambda t: replaced(t, at)) for c in conditions]
    premises(ths[: len(asked)], *asked)
    one_a, one_b = ([(s, label(d, s, blocks, over, at)) for s in d.sources(e)] for e in (a, b))
    one_b = [(apart_from(s), moved(k)) for s, k in one_b]
    rest = list(ths[len(asked) :])
    hyps = union(ths[: len(asked)])
    for (s, (k, u)), (r, (m, v)) in product(one_a, one_b):
        if k == m:
            need(rest, "two sources may be one")
            th = rest.pop(0)
            need(th.says in [("!=", minus(i, j)) for i, j in zip(u, v, strict=True)], "another premise")
            hyps |= left(th, s[1] | r[1], *around(s), *around(r))
    need(not rest, "too many premises")
    if pairwise:
        need(alone(d, one_a) and alone(d, one_b), "independent in pairs only")
    return ("ind", a, b, ()), hyps, (n,)


def label(d: Declared, source: Source, blocks: tuple[Terms, ...], over: Terms, at: dict) -> Label:
    """The block of a source, and its values of the indices that are run over."""
    x = source[0]
    for n, block in enumerate(blocks):
        for t in block:
            if t[1] != x[1] or len(t) > len(x):
                continue
            mine = dict(zip(t[2:], x[2:], strict=False))
            fits = (same(d, replaced(p, at), mine[p]) for p in t[2:] if p not in over)
            if all(fits):
                return n, tuple(mine[o] for o in over)
    need(False, f"{x[1]} lies in no block")
    return 0, ()


def letters(t: Term) -> list[Term]:
    """The letters of a term that a sum was opened with."""
    if t[0] == "v":
        return [t] if t[1][0] in "§¶" else []
    return [v for k in kids(t) for v in letters(k)]


def around(s: Source) -> list[Term]:
    """The letters of a source and of all that is known of them."""
    return letters(s[0]) + [v for f in s[1] for v in letters(f[1])]


def apart_from(s: Source) -> Source:
    """The source with its letters § written ¶, to keep both sides apart."""
    both = {v: ("v", "¶" + v[1][1:]) for v in around(s)}
    return replaced(s[0], both), frozenset(map_formula(f, lambda t: replaced(t, both)) for f in s[1])


def moved(k: Label) -> Label:
    """The label with its letters § written ¶."""
    new = {v: ("v", "¶" + v[1][1:]) for t in k[1] for v in letters(t)}
    return k[0], tuple(replaced(t, new) for t in k[1])


def alone(d: Declared, labelled: list[tuple[Source, Label]]) -> bool:
    """Have all sources one label?"""
    if any(letters(s[0]) for s, _ in labelled):
        return False
    first = labelled[0][1] if labelled else (0, ())
    return all(
        k == first[0] and all(same(d, x, y) for x, y in zip(u, first[1], strict=True))
        for _, (k, u) in labelled
    )


@rule("TTT")
def ind_fixed(d: Declared, ths: Ths, a: Terms, b: Terms, given: Terms) -> Made:
    """A is a function of C  gives  A, B independent given C.

    Fails when A is not.  Source: what is known is independent of everything.
    """
    premises(ths)
    need(all(d.fixed(t) or d.measurable(t, given) for t in a), "it is not known")
    return ("ind", a, b, given)


@rule("")
def ind_swap(d: Declared, ths: Ths) -> Made:
    """A, B independent given C  gives  B, A independent given C.

    Fails when the premise says nothing of independence.  Source: semigraphoid axioms (Dawid 1979).
    """
    _, a, b, c = one(ths, "ind")
    return ("ind", b, a, c)


@rule("TT")
def ind_part(d: Declared, ths: Ths, a: Terms, b: Terms) -> Made:
    """A, B independent given C    A' is a function of A, C and B' of B, C  give  A', B' independent given C.

    Fails when they are not.  Source: Dawid 1979.
    """
    _, whole, other, c = one(ths, "ind")
    need(all(d.fixed(t) or d.measurable(t, (*whole, *c)) for t in a), "no function of the first")
    need(all(d.fixed(t) or d.measurable(t, (*other, *c)) for t in b), "no function of the second")
    return ("ind", a, b, c)


@rule("TT")
def ind_given(d: Declared, ths: Ths, b: Terms, more: Terms) -> Made:
    """A, (B, D) independent given C  gives  A, B independent given C, D.

    Fails when (B, D) is not the second side.  Source: weak union, Dawid 1979.
    """
    _, a, both, c = one(ths, "ind")
    need(both == (*b, *more), "another second side")
    return ("ind", a, b, (*c, *more))


@rule("")
def ind_join(d: Declared, ths: Ths) -> Made:
    """A, D independent given C    A, B independent given C, D  give  A, (B, D) independent given C.

    Fails when the premises do not fit.  Source: contraction, Dawid 1979.
    """
    need(len(ths) == 2 and all(th.says[0] == "ind" for th in ths), "two independences are needed")
    _, a, more, c = ths[0].says
    _, first, b, given = ths[1].says
    need(first == a and given == (*c, *more), "the premises do not fit")
    return ("ind", a, (*b, *more), c)


# ---------------------------------------------------------------- equal laws


@rule("T")
def same_itself(d: Declared, ths: Ths, a: Terms) -> Made:
    """A has the law of A.

    Never fails.
    """
    premises(ths)
    return ("same", a, a)


@rule("")
def same_join(d: Declared, ths: Ths) -> Made:
    """A, B of one law    A', B' of one law    A, A' independent    B, B' independent
    give  (A, A') and (B, B') of one law.

    Fails when the premises do not fit.  Source: product measures, Williams 8.4.
    """
    need(len(ths) == 4, "four premises are needed")
    need(ths[0].says[0] == ths[1].says[0] == "same", "equal laws are needed")
    (_, a, b), (_, a2, b2) = ths[0].says, ths[1].says
    premises(ths[2:], ("ind", a, a2, ()), ("ind", b, b2, ()))
    return ("same", a + a2, b + b2)


@rule("tT")
def transport(d: Declared, ths: Ths, g: Term, given: Terms) -> Made:
    """(x_1, ...) and (t_1, ...) of one law, y unchanged  give  E[g(x) | y] = E[g(t) | y].

    Fails when g or y has another random source, or y would change.  Source: image measures,
    Williams 5.3 (the law of a function is that of its argument).
    """
    _, xs, ts = one(ths, "same")
    new = dict(zip(xs, ts, strict=True))
    need(all(x[0] == "x" for x in xs) and len(new) == len(xs), "variables are needed")
    need(all(d.measurable(t, xs) for t in (g, *given)), "another random source")
    inside, *known = (carried(d.unfolded(t), new) for t in (g, *given))
    need(all(y == d.unfolded(k) for y, k in zip(known, given, strict=True)), "the condition moves")
    return ("=", ("E", g, *given), ("E", inside, *given))


def carried(t: Term, new: dict[Term, Term]) -> Term:
    """t with other variables; an expectation is a number, and stays."""

    def change(u: Term, _: int) -> Term | None:
        need(u[0] != "D" and (u[0] != "E" or len(u) == 2), "a condition or a derivative in it")
        return u if u[0] == "E" else new.get(u)

    return walk(t, change)


# ---------------------------------------------------------------- named laws


@rule("n")
def law_moment(d: Declared, ths: Ths, n: int) -> Made:
    """x ~ a named law  gives  E[x^n] = its n-th moment.

    Fails where it does not exist, or has no closed form.  Source: symcheck.core.laws.
    """
    x, law, at = law_of(one(ths, "law"))
    need(1 <= n <= MOST_MOMENT, "no such moment")
    value = law.moment(n, *at)
    need(value is not None, "no such moment")
    return ("=", ("E", x if n == 1 else ("^", x, num(n))), value)


@rule("n")
def law_exists(d: Declared, ths: Ths, n: int) -> Made:
    """x ~ a named law    its condition on n  give  E|x|^n finite.

    Fails without the condition.  Source: symcheck.core.laws.
    """
    need(ths, "a law is needed")
    x, law, at = law_of(ths[0].says)
    need(1 <= n <= MOST_MOMENT, "no such moment")
    premises(ths[1:], *law.exists(n, *at))
    return ("L1", ("^", x, num(n)))


@rule("nt")
def law_transform(d: Declared, ths: Ths, mean: int, t: Term) -> Made:
    """x ~ a named law    its condition on t  give  E[exp(t x)] = M(t), and E exp(t x) finite.

    ``mean`` 1 for the first, 0 for the second.  Fails when t is random, or without the
    condition.  Source: symcheck.core.laws.
    """
    need(ths and d.fixed(t), "a law, and a t without random source, are needed")
    x, law, at = law_of(ths[0].says)
    made = law.transform(t, *at)
    need(made is not None, "no transform is known")
    value, asked = made
    premises(ths[1:], *asked)
    g = ("f", "exp", ("*", t, x))
    return ("=", ("E", g), value) if mean else ("L1", g)


@rule("n")
def law_fact(d: Declared, ths: Ths, n: int) -> Made:
    """x ~ a named law  gives  where x lies, and what its parameters are.

    Fails when there is no n-th such fact.  Source: symcheck.core.laws.
    """
    x, law, at = law_of(one(ths, "law"))
    facts = law.facts(x, *at)
    need(n < len(facts), "no such fact")
    return facts[n]


@rule("")
def law_center(d: Declared, ths: Ths) -> Made:
    """x ~ a law that is symmetric about c  gives  x and 2 c - x of one law.

    Fails for other laws.  Source: symcheck.core.laws.
    """
    x, law, at = law_of(one(ths, "law"))
    c = law.center(*at)
    need(c is not None, "the law is not symmetric")
    return ("same", (x,), (minus(("*", num(2), c), x),))


@rule("t")
def law_atom(d: Declared, ths: Ths, c: Term) -> Made:
    """x ~ a law with a density (its spread > 0)  gives  E[1[x - c = 0]] = 0.

    Fails when c is random, or the law has no density.  Source: symcheck.core.laws.
    """
    need(ths and d.fixed(c), "a law, and a c without random source, are needed")
    x, law, at = law_of(ths[0].says)
    spread = law.spread(*at)
    need(spread is not None, "the law has no density")
    premises(ths[1:], *([] if spread == ONE else [(">", spread)]))
    return ("=", ("E", ("1", "=", minus(x, c))), ZERO)


@rule("")
def law_values(d: Declared, ths: Ths) -> Made:
    """x takes two values a, b only  gives  (x - a) (x - b) = 0.

    Fails for other laws.  Source: symcheck.core.laws.
    """
    x, law, _ = law_of(one(ths, "law"))
    need(len(law.atoms) == 2, "the law has not two values")
    return ("=", ("*", *(minus(x, a) for a in law.atoms)), ZERO)


@rule("")
def law_independent_normals(d: Declared, ths: Ths) -> Made:
    """u ~ normal(m, v)    w ~ normal(n, s)    u, w independent  give  u + w ~ normal(m + n, v + s).

    Fails for other laws, or without independence.  Source: Johnson, Kotz and Balakrishnan, ch. 13.
    """
    need(len(ths) == 3, "three premises are needed")
    laws = [law_of(th.says) for th in ths[:2]]
    need(all(th.says[2] == "normal" for th in ths[:2]), "normal laws are needed")
    (u, _, (m, v)), (w, _, (n, s)) = laws
    premises(ths[2:], ("ind", (u,), (w,), ()))
    return ("law", ("+", u, w), "normal", (("+", m, n), ("+", v, s)))


@rule("tt")
def law_normal_scaled(d: Declared, ths: Ths, a: Term, b: Term) -> Made:
    """x ~ normal(m, v)  gives  a x + b ~ normal(a m + b, a^2 v).

    Fails when a or b is random.  Source: Johnson, Kotz and Balakrishnan, ch. 13.
    """
    f = one(ths, "law")
    need(f[2] == "normal" and d.fixed(a, b), "a normal law, and constants, are needed")
    x, _, (m, v) = law_of(f)
    moments = (("+", ("*", a, m), b), ("*", ("^", a, num(2)), v))
    return ("law", ("+", ("*", a, x), b), "normal", moments)
