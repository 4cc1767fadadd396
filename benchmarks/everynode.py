"""Certificates with one mistake in them, at every node."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

__all__ = ["corrupted"]


def corrupted(
    certificate: dict[str, Any], rng: random.Random
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was changed, and the certificate with it; order and changes are drawn."""
    order = list(places(certificate))
    rng.shuffle(order)
    for place, kind in order:
        found = changed(certificate, place, kind, rng)
        if found is not None:
            made = copy.deepcopy(certificate)
            at = made
            for key in place[:-1]:
                at = at[key]
            if found is DROPPED:
                del at[place[-1]]
            else:
                at[place[-1]] = found
            yield f"{kind} at {'.'.join(map(str, place))}", made


DROPPED = object()
Place = tuple[Any, ...]


def places(c: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """Every node of a certificate: terms, their parts, steps, their rules, data and premises."""
    for n, entry in enumerate(c["terms"]):
        yield ("terms", n), "term"
        for k, part in enumerate(entry):
            if k or entry[0] != "q":
                yield (
                    ("terms", n, k),
                    "tag" if k == 0 else "number" if isinstance(part, int) else "name",
                )
    for n, (_, data, numbers) in enumerate(c["steps"]):
        yield ("steps", n), "step"
        yield ("steps", n, 0), "rule"
        yield from within(("steps", n, 1), data)
        for k in range(len(numbers)):
            yield ("steps", n, 2, k), "premise"
        yield ("steps", n, 2), "premises"
    for n in range(len(c["claims"])):
        yield ("claims", n, 1), "claim"


def within(place: Place, data: Any) -> Iterator[tuple[Place, str]]:
    """The nodes of the data of a step."""
    for k, part in enumerate(data):
        at = (*place, k)
        if isinstance(part, list):
            yield at, "list"
            yield from within(at, part)
        else:
            yield at, "word" if isinstance(part, str) else "datum"


def changed(c: dict[str, Any], place: Place, kind: str, rng: random.Random) -> Any:
    """Another value for a node; None where there is none."""
    value: Any = c
    for key in place:
        value = value[key]
    if kind in ("term", "step"):
        other = rng.choice(c["terms" if kind == "term" else "steps"])
        return None if other == value else copy.deepcopy(other)
    if kind == "tag":
        return rng.choice([t for t in "cvxdf+*^1ESDbq" if t != value])
    if kind == "rule":
        return rng.choice(sorted({s[0] for s in c["steps"]} - {value, "trust"}) or ["ring"])
    if kind in ("name", "word"):
        names = {e[1] for e in c["terms"] if len(e) > 1 and isinstance(e[1], str)}
        return rng.choice(sorted({*names, ">", ">=", "!=", "="} - {value}))
    if kind in ("list", "premises"):
        return rng.choice([value[1:], value[::-1], [*value, *value[:1]]]) if value else None
    if kind in ("premise", "claim"):
        return rng.choice([n for n in range(len(c["steps"])) if n != value] or [value + 1])
    return rng.choice([value + 1, value - 1, 0, rng.randrange(max(2, len(c["terms"])))])
