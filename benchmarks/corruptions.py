"""Certificates with a mistake in them, drawn at random: does the judge notice?

``corrupted(certificate, rng)`` returns a copy with one mistake of a kind out of ``KINDS``, in
the way in which makers of certificates err: a step forgotten or told twice, premises in another
order, a number off by one, one name for another, a term changed, another step claimed.
``corrupted_declarations`` does so with declarations.  Both take plain data and return plain data;
neither knows what a certificate means, so no mistake is left out for being implausible.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

__all__ = ["KINDS", "corrupted", "corrupted_declarations"]

Data = dict[str, Any]
Place = tuple[Any, Any]  # a list, and where in it
RELATIONS = (">", ">=", "=", "!=")
OTHER = {"+": "*", "*": "+", "=": ">=", ">": ">=", ">=": ">", "!=": "=", "L1": ">", "ind": "same"}


def off(value: int, rng: random.Random) -> int:
    """Another number near by."""
    return value + rng.choice((-2, -1, -1, 1, 1, 2))


def places(value: Any, wanted: type) -> list[Place]:
    """Where in nested lists something of a type stands."""
    found: list[Place] = []
    if isinstance(value, list):
        for n, k in enumerate(value):
            if type(k) is wanted:
                found.append((value, n))
            found += places(k, wanted)
    return found


def one_off(value: Any, rng: random.Random) -> bool:
    """Change a number somewhere in nested lists."""
    numbers = places(value, int)
    if numbers:
        owner, n = rng.choice(numbers)
        owner[n] = off(owner[n], rng)
    return bool(numbers)


# ---------------------------------------------------------------- kinds of mistakes


def drop_step(c: Data, rng: random.Random) -> bool:
    """A step is left out; what follows keeps pointing at its steps, or at the next ones."""
    gone = rng.randrange(len(c["steps"]))
    del c["steps"][gone]
    if rng.random() < 0.7:
        shifted = [*(s[2] for s in c["steps"][gone:])]
        for numbers in shifted:
            numbers[:] = [n - (n > gone) for n in numbers]
        for claim in c["claims"]:
            claim[1] -= claim[1] > gone
    return True


def replace_step(c: Data, rng: random.Random) -> bool:
    """A step stands in the place of another."""
    a, b = (rng.randrange(len(c["steps"])) for _ in range(2))
    c["steps"][a] = deepcopy(c["steps"][b])
    return a != b


def swap_premises(c: Data, rng: random.Random) -> bool:
    """Two premises change places."""
    many = [s[2] for s in c["steps"] if len(s[2]) > 1]
    if not many:
        return False
    of = rng.choice(many)
    a, b = rng.sample(range(len(of)), 2)
    of[a], of[b] = of[b], of[a]
    return bool(of[a] != of[b])


def change_premise(c: Data, rng: random.Random) -> bool:
    """A premise is another step, is left out, or is told twice."""
    own = [s[2] for s in c["steps"] if s[2]]
    if not own:
        return False
    of = rng.choice(own)
    n = rng.randrange(len(of))
    how = rng.randrange(4)
    if how == 0:
        del of[n]
    elif how == 1:
        of.insert(n, of[n])
    else:
        of[n] = off(of[n], rng) if how == 2 else rng.randrange(len(c["steps"]))
    return True


def rename_rule(c: Data, rng: random.Random) -> bool:
    """A step goes by the name of another rule."""
    step = rng.choice(c["steps"])
    step[0] = rng.choice(sorted({s[0] for s in c["steps"]} - {step[0]} or {"rule"}))
    return True


def change_data(c: Data, rng: random.Random) -> bool:
    """A number among the data of a step is off by one."""
    return one_off(rng.choice(c["steps"])[1], rng)


def change_word(c: Data, rng: random.Random) -> bool:
    """A word among the data of a step, such as a relation, is another."""
    words = [p for s in c["steps"] for p in places(s[1], str)]
    if not words:
        return False
    owner, n = rng.choice(words)
    owner[n] = OTHER.get(owner[n], owner[n] + "'")
    return True


def change_list(c: Data, rng: random.Random) -> bool:
    """A list among the data of a step loses an entry, or has one twice."""
    lists = [p for s in c["steps"] for p in places(s[1], list)]
    lists = [(owner, n) for owner, n in lists if owner[n]]
    if not lists:
        return False
    owner, n = rng.choice(lists)
    entry = rng.randrange(len(owner[n]))
    if rng.random() < 0.5:
        del owner[n][entry]
    else:
        owner[n].insert(entry, owner[n][entry])
    return True


def change_term(c: Data, rng: random.Random) -> bool:
    """An entry of the table of terms: a number, a name, a tag, or an argument less or more."""
    t = rng.choice(c["terms"])
    how = rng.randrange(4)
    if how == 0:
        return one_off(t, rng)
    if how == 1:
        names = sorted(
            {u[1] for u in c["terms"] if len(u) > 1 and type(u[1]) is str and u[0] == t[0]}
        )
        if len(t) > 1 and type(t[1]) is str:
            choice = RELATIONS if t[0] == "1" else (*names, t[1] + "'")
            t[1] = rng.choice([name for name in choice if name != t[1]])
            return True
        return False
    if how == 2:
        t[0] = OTHER.get(t[0], rng.choice(sorted({u[0] for u in c["terms"]} - {t[0]} or {"+"})))
        return True
    below = [n for n in range(1, len(t)) if type(t[n]) is int]
    if not below:
        return False
    n = rng.choice(below)
    if rng.random() < 0.5:
        del t[n]
    else:
        t.insert(n, t[n])
    return True


def swap_terms(c: Data, rng: random.Random) -> bool:
    """Two arguments of a term change places."""
    pairs = [t for t in c["terms"] if len([k for k in t[1:] if type(k) is int]) > 1]
    if not pairs:
        return False
    t = rng.choice(pairs)
    a, b = rng.sample([n for n in range(1, len(t)) if type(t[n]) is int], 2)
    t[a], t[b] = t[b], t[a]
    return bool(t[a] != t[b])


def change_claim(c: Data, rng: random.Random) -> bool:
    """Another step is claimed."""
    if not c["claims"]:
        return False
    claim = rng.choice(c["claims"])
    claim[1] = off(claim[1], rng) if rng.random() < 0.5 else rng.randrange(len(c["steps"]))
    return True


KINDS: dict[str, Callable[[Data, random.Random], bool]] = {
    kind.__name__: kind
    for kind in (
        drop_step,
        replace_step,
        swap_premises,
        change_premise,
        rename_rule,
        change_data,
        change_word,
        change_list,
        change_term,
        swap_terms,
        change_claim,
    )
}


def corrupted(certificate: Data, rng: random.Random, kind: str | None = None) -> Data:
    """A copy of a certificate with one mistake in it, of some kind."""
    names = [kind] if kind else list(KINDS)
    for _ in range(100):
        copy = deepcopy(certificate)
        if KINDS[rng.choice(names)](copy, rng) and copy != certificate:
            return copy
    raise ValueError(f"there is no place for a mistake of the kind {kind}")


def corrupted_declarations(declarations: Data, rng: random.Random) -> Data:
    """A copy of declarations with one mistake in them."""
    for _ in range(100):
        copy = deepcopy(declarations)
        entries = copy["entries"]
        how = rng.randrange(4)
        if how == 0:
            change_term(copy, rng)
        elif how == 1:
            one_off(rng.choice(entries), rng)
        elif how == 2:
            a, b = (rng.randrange(len(entries)) for _ in range(2))
            entries[a], entries[b] = entries[b], entries[a]
        else:
            owner, n = rng.choice(places(entries, str))
            owner[n] = OTHER.get(owner[n], owner[n] + "'")
        if copy != declarations:
            return copy
    raise ValueError("there is no place for a mistake")
