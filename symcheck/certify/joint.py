"""Equal joint laws, made of equal laws of independents; means that do not change with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from symcheck.certify.builder import Th
from symcheck.certify.env import Env, Hyps
from symcheck.certify.forms import matched
from symcheck.certify.named import of_law
from symcheck.core.declared import Entry
from symcheck.core.rules.chance import letters
from symcheck.core.terms import Term

__all__ = ["Renaming", "reflected", "renamed", "sources", "transported"]

Terms = tuple[Term, ...]
Renaming = Mapping[Term, Term]


def sources(env: Env, *terms: Term) -> Terms | None:
    """The random variables of some terms; None where a sum runs over many of them."""
    found = tuple(dict.fromkeys(x for x, _ in env.declared.sources(terms)))
    return None if any(letters(x) for x in found) else found


def reflected(env: Env, x: Term, hyps: Hyps) -> Th | None:
    """x and 2 c - x of one law, by declaration or by the law of x."""
    told = env.of("symmetric", x, hyps)
    if told is not None:
        return told
    law = env.of("law", x, hyps)
    return law and of_law(env, law, "center", hyps)


def joint(env: Env, sames: Sequence[Th], hyps: Hyps) -> Th | None:
    """(A, A', ...) and (B, B', ...) of one law, all independent on either side."""
    whole = sames[0]
    for th in sames[1:]:
        sides = [(whole.says[n], th.says[n]) for n in (1, 2)]
        apart = [env.independent(*side, (), hyps) for side in sides]
        if None in apart:
            return None
        whole = env.b.step("same_join", of=[whole, th, *(a for a in apart if a)])
    return whole


def transported(
    env: Env, g: Term, given: Terms, sames: Sequence[Th], hyps: Hyps
) -> Th | None:  # fmt: skip
    """E[g(x) | y] = E[g(t) | y], where the x and the t have one law; all else stays."""
    every = sources(env, g, *given)
    if every is None:
        return None
    moved = {x for th in sames for x in th.says[1]}
    rest = tuple(x for x in every if x not in moved)
    still = [env.b.step("same_itself", rest)] if rest else []
    whole = joint(env, [*sames, *still], hyps)
    return whole and env.b.step("transport", g, given, of=[whole])


# ---------------------------------------------------------------- members of one law


def renamed(env: Env, xs: Terms, new: Renaming, hyps: Hyps) -> Iterator[list[Th]]:
    """Ways to give members of families other numbers, each as equal laws of separate members.

    In each way an index at one place of some families is renamed; ``new`` says how.
    """
    for n, e in enumerate(env.declared.entries):
        if e.kind == "fact" and e.data[2][0] == "same" and _over(e):
            yield from _vectors(env, n, xs, new, hyps)
    for name in dict.fromkeys(x[1] for x in xs):
        own = [x for x in xs if x[1] == name]
        for place in range(2, len(own[0])):
            yield from _all(_by_law(env, x, place, new, hyps) for x in own if x[place] in new)


def _all(ths: Iterator[Th | None]) -> Iterator[list[Th]]:
    found = list(ths)
    if found and None not in found:
        yield [th for th in found if th]


def _over(e: Entry) -> Terms:
    """The letters whose value may be another: each has a letter with a prime beside it."""
    names = {v[1] for v in e.data[0]}
    return tuple(v for v in e.data[0] if v[1] + "'" in names)


def _vectors(env: Env, n: int, xs: Terms, new: Renaming, hyps: Hyps) -> Iterator[list[Th]]:
    """By a declaration that vectors have one joint law."""
    e = env.declared.entries[n]
    own = tuple(v for v in e.data[0] if not v[1].endswith("'"))
    rows: list[dict[Term, Term]] = []
    for x in xs:
        for t in e.data[2][1]:
            at = matched(t, x, own, {})
            if at is not None and at not in rows:
                rows.append(dict(at))
    for i in _over(e):
        moving = [at for at in rows if at.get(i) in new]
        yield from _all(_instance(env, n, at, {**at, i: new[at[i]]}, hyps) for at in moving)


def _instance(
    env: Env, n: int, at: Mapping[Term, Term], there: Mapping[Term, Term], hyps: Hyps
) -> Th | None:
    e = env.declared.entries[n]
    values = []
    for v in e.data[0]:
        where = there if v[1].endswith("'") else at
        value = where.get(("v", v[1].rstrip("'")))
        if value is None:
            return None
        values.append(value)
    key = next(k for k, m in env.bridge.numbers.items() if m == n)
    return env.fact(key, values, hyps)


def _by_law(env: Env, x: Term, place: int, new: Renaming, hyps: Hyps) -> Th | None:
    """Two members of one named law."""
    there = (*x[:place], new[x[place]], *x[place + 1 :])
    laws = env.of("law", x, hyps), env.of("law", there, hyps)
    if laws[0] is None or laws[1] is None or laws[0].says[2] != laws[1].says[2]:
        return None
    return env.b.step(f"{laws[0].says[2]}_same", of=[th for th in laws if th])
