"""A derivation compared with random draws over a grid of sizes, laws and constants."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symcheck.facts.context import Context
from symcheck.judging.checking import check_document
from symcheck.judging.result import Result
from symcheck.judging.session import derive_document, line_pairs
from symcheck.language.plain import plain
from symcheck.numbers.comparison import Comparison
from symcheck.reading.document import Claim, Document, Solve
from symcheck.reading.written import suggest

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["MOST", "Axis", "Compared", "Sweep", "axis", "sweep"]

MOST = 100_000  # points
DRAWS = 10**11  # at all points together, in one process
DEFAULT = 10  # a size that no axis names
_RANGE = 10_000  # values of a..b

KINDS = {"size": "sizes", "law": "random variables", "value": "constants"}


@dataclass(frozen=True)
class Axis:
    """One name and its values: whole numbers, names of laws, or real numbers."""

    kind: str
    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Compared:
    """One line at one point; ``line`` counts from 1 in its result.

    ``constants`` are the values of those that no axis names; a line that is the ``solution``
    of an equation has another context than the others.
    """

    point: tuple[Any, ...]
    constants: dict[str, float]
    solution: bool
    result: str
    line: int
    left: str
    right: str
    comparison: Comparison


@dataclass(frozen=True)
class Sweep:
    """Every line at every point of the grid; ``fixed`` are the sizes that no axis names."""

    document: Document
    axes: tuple[Axis, ...]
    fixed: dict[str, int]
    rows: tuple[Compared, ...]
    samples: int
    seed: int

    @property
    def ok(self) -> bool:
        """Was something compared at every point, and did nothing differ?"""
        seen = {r.point for r in self.rows if r.comparison.sampled}
        every = set(itertools.product(*(a.values for a in self.axes)))
        return seen == every and not any(r.comparison.differs for r in self.rows)


def axis(context: Context, kind: str, text: str) -> Axis:
    """``D_h=1,10,100`` or ``D_h=1..5``; ``Ω=normal,uniform``; ``σ_Ω=0.1,1/3``.

    Raises ValueError with words for a person.
    """
    name, equals, listed = text.partition("=")
    name, words = name.strip(), [w.strip() for w in listed.split(",")]
    if not equals or not all(words):
        raise ValueError(f"{text!r} is not of the form NAME=VALUE,VALUE,...")
    known = {"size": context.sizes, "law": context.randoms, "value": context.symbols}[kind]
    if name not in known:
        hint = suggest(name, known) or f"there are: {', '.join(known) or 'none'}"
        raise ValueError(f"{name} is not among the {KINDS[kind]}; {hint}")
    if kind == "size":
        values: list[Any] = [n for w in words for n in _whole(w)]
    elif kind == "value":
        values = [_real(w, context.symbols[name]) for w in words]
    else:
        values = [_law(w, context, name) for w in words]
    return Axis(kind, name, tuple(dict.fromkeys(values)))


def _whole(word: str) -> Sequence[int]:
    first, dots, last = word.partition("..")
    try:
        low = int(first)
        high = int(last) if dots else low
    except ValueError:
        raise ValueError(f"{word!r} is not a whole number, nor of the form 1..5") from None
    if not 1 <= low <= high <= 10**6 or high - low >= _RANGE:
        raise ValueError(f"{word!r}: sizes are between 1 and 1e6, at most {_RANGE} of them")
    return range(low, high + 1)


def _real(word: str, symbol: Any) -> float:
    try:
        x = float(Fraction(word)) if "/" in word else float(word)
    except (ValueError, ZeroDivisionError, OverflowError):
        x = math.nan
    if not math.isfinite(x):
        raise ValueError(f"{word!r} is not a number")
    wrong = (
        (symbol.is_positive and x <= 0) or (symbol.is_negative and x >= 0)
        or (symbol.is_nonnegative and x < 0) or (symbol.is_nonzero and x == 0)
        or (symbol.is_integer and x != int(x))
    )  # fmt: skip
    if wrong:
        raise ValueError(f"{symbol.name} = {word} is against its declaration")
    return x


def _law(word: str, context: Context, name: str) -> str:
    """The shape whose name begins with this word."""
    from symcheck.numbers.shapes import SHAPES

    declared = context.randoms[name]
    if declared.law is not None:
        raise ValueError(f"{name} has a declared law, {declared.law[0]}; it cannot be another")
    wanted = word.lower().replace("-", " ").replace("_", " ")
    found = [s for s in SHAPES if s.name.lower().startswith(wanted)]
    if len(found) != 1:
        raise ValueError(f"{word!r} is no law; there are: {', '.join(s.name for s in SHAPES)}")
    if declared.symmetric and not found[0].symmetric:
        raise ValueError(f"{name} is declared symmetric, and {found[0].name} is not")
    if declared.atomless and not found[0].atomless:
        raise ValueError(f"{name} is declared atomless, and {found[0].name} is not")
    return found[0].name


def sweep(
    document: Document, axes: Sequence[Axis], *, samples: int = 20_000, seed: int = 0,
    progress: Callable[[int, int], None] | None = None, pool: Executor | None = None,
    kept: Any = None,
) -> Sweep:  # fmt: skip
    """Compare both sides of every line at every point of the grid that the axes span.

    Derived lines where the document asks for a derivation, else the lines of its claims.
    The probability that any true line at any point is called different is at most 1e-6.
    """
    from symcheck.numbers.sampled import Point, compare_at

    context = document.context
    count = math.prod(len(a.values) for a in axes)
    if count > MOST:
        raise ValueError(f"the grid has {count} points; at most {MOST} are allowed")
    if count * samples > DRAWS and pool is None:
        raise ValueError(
            f"{count} points of {samples:,} draws are too many for one process: at most "
            f"{DRAWS:.0e} draws; fewer --samples, or --workers or --dask"
        )
    values = list(itertools.product(*(a.values for a in axes)))
    fixed = {n: DEFAULT for n in context.sizes if n not in {a.name for a in axes}}
    points = []
    for at in values:
        chosen: dict[str, dict[str, Any]] = {"size": dict(fixed), "law": {}, "value": {}}
        for a, v in zip(axes, at, strict=True):
            chosen[a.kind][a.name] = v
        if not context.admits(chosen["size"] | chosen["value"]):
            told = ", ".join(f"{n} = {v}" for n, v in (chosen["size"] | chosen["value"]).items())
            raise ValueError(f"{told} is against what is declared of these constants")
        points.append(
            Point(
                tuple((n, chosen["size"][n]) for n in context.sizes),
                laws=tuple(chosen["law"].items()), values=tuple(chosen["value"].items()),
            )
        )  # fmt: skip
    results = _results(document)
    named = {a.name for a in axes}
    found: dict[tuple[int, int], list[tuple[dict[str, float], Comparison]]] = {}
    for world, places, pairs in line_pairs(context, results):
        compared = compare_at(
            world, pairs, points,
            samples=samples, seed=seed, progress=progress, pool=pool, kept=kept,
        )  # fmt: skip
        for n, place in enumerate(places):
            found[place] = [
                ({k: v for k, v in sorted(chosen.items()) if k not in named}, c[n])
                for chosen, c in compared
            ]
    rows = []
    for k, at in enumerate(values):
        for r, n in sorted(found):
            result, (constants, comparison) = results[r], found[r, n][k]
            name = result.goal.name or plain(result.rows[0].expr)
            left, right = (plain(result.rows[m].expr) for m in (n - 1, n))
            solved = isinstance(result.goal, Solve)
            rows.append(Compared(at, constants, solved, name, n, left, right, comparison))
    return Sweep(document, tuple(axes), fixed, tuple(rows), samples, seed)


def _results(document: Document) -> Sequence[Result]:
    if any(not isinstance(g, Claim) for g in document.goals):
        return derive_document(document, numeric=False).results
    return check_document(document).results
