"""The outcome of a numerical comparison of two sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

__all__ = ["LONG", "Comparison", "Law", "Witness"]


LONG = 16  # rows of a table that a person still reads

Outcomes = tuple[tuple[Fraction, tuple[Fraction, ...]], ...]


@dataclass(frozen=True)
class Law:
    """The law of some variables; of ``groups`` each has this one, independent of the others."""

    groups: tuple[tuple[str, ...], ...]
    outcomes: Outcomes


@dataclass(frozen=True)
class Witness:
    """A distribution that satisfies the context and on which two sides differ.

    ``variables`` names the columns, ``outcomes`` has a row (weight, values) for each
    outcome with positive probability; ``sizes`` (with the free indices) and ``parameters``
    (with the values of unknown functions) are the numbers chosen; ``left`` and ``right``
    the two sides.  Where the context forces a continuous law,
    ``outcomes`` is empty and ``law`` names the laws.  An irrational side is a decimal string
    with as many digits as are certain.  Where the sides are random, ``at`` are the values of
    the variables on the outcome for which they are given.  ``independent`` has the names of
    the columns in groups that are independent of each other.  ``drawn`` is the world as plain
    numbers (:class:`symcheck.witness.drawn.Drawn`), ``judged`` what the core says of it.
    """

    variables: tuple[str, ...] = ()
    outcomes: Outcomes = ()
    sizes: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, Fraction] = field(default_factory=dict)
    left: Fraction | str = ""
    right: Fraction | str = ""
    law: str = ""
    at: tuple[Fraction, ...] = ()
    independent: tuple[tuple[str, ...], ...] = ()
    drawn: Any = field(default=None, compare=False, repr=False)
    judged: Any = field(default=None, compare=False, repr=False)

    @property
    def trusts(self) -> tuple[str, ...]:
        """What the verdict trusts besides the core: what enclosed the sides, if anything did."""
        return tuple(sorted(self.judged.refutation.trusts)) if self.judged else ()

    @property
    def tables(self) -> tuple[Law, ...]:
        """The joint law; where that is long, of each of the independent groups."""
        if len(self.outcomes) <= LONG or len(self.independent) < 2:
            return (Law((self.variables,), self.outcomes),) if self.outcomes else ()
        found: dict[Outcomes, list[tuple[str, ...]]] = {}
        for names in self.independent:
            where = [self.variables.index(n) for n in names]
            law: dict[tuple[Fraction, ...], Fraction] = {}
            for p, values in self.outcomes:
                key = tuple(values[n] for n in where)
                law[key] = law.get(key, Fraction(0)) + p
            own = tuple((p, values) for values, p in sorted(law.items()))
            found.setdefault(own, []).append(names)
        # One table for single variables with one law.
        laws = []
        for own, groups in found.items():
            alone = tuple(g for g in groups if len(g) == 1)
            laws += [Law(alone, own)] if alone else []
            laws += [Law((g,), own) for g in groups if len(g) > 1]
        return tuple(laws)

    @property
    def factored(self) -> bool:
        """Is the joint law told in parts, which are independent of each other?"""
        return sum(len(t.groups) for t in self.tables) > 1

    @property
    def where(self) -> str:
        """``on the outcome x = 2, ``, or nothing where the sides are not random."""
        values = (f"{n} = {v}" for n, v in zip(self.variables, self.at, strict=False))
        return f"on the outcome {', '.join(values)}, " if self.at else ""


@dataclass(frozen=True)
class Comparison:
    """Both sides of an equation, estimated on the same draws.

    ``left`` and ``right`` are the estimates in the world where the difference was the
    largest in its own standard errors; ``error`` is the standard error of
    ``right - left`` there and ``z`` that difference in standard errors (0 where the two
    sides agree to rounding on every draw); ``laws`` says how that world was drawn,
    ``worlds`` how many worlds were looked at, ``draws`` how many rows in each.
    ``reason`` says why nothing could be sampled; then all numbers are None.
    ``visible`` is the smallest relative discrepancy that these draws would have shown with
    probability 0.99; where neither side can be told from 0 it is None, and ``near`` is the
    discrepancy that would have shown in standard deviations of one draw.
    """

    left: float | None = None
    right: float | None = None
    error: float | None = None
    z: float | None = None
    limit: float = 6.0
    laws: str = ""
    worlds: int = 0
    draws: int = 0
    reason: str = ""
    visible: float | None = None
    near: float | None = None

    @property
    def sampled(self) -> bool:
        """Was there anything to compare?"""
        return self.z is not None

    @property
    def differs(self) -> bool:
        """Do the two sides differ by more than chance explains?"""
        return self.z is not None and abs(self.z) > self.limit

    @property
    def blind(self) -> bool:
        """Sampled, but a factor of 2 might not have shown."""
        seen = (self.visible is not None and self.visible < 1) or self.near is not None
        return self.z is not None and not self.differs and not seen

    @property
    def agrees(self) -> bool:
        """Sampled well enough to show a factor of 2, and no difference beyond chance."""
        return self.z is not None and not self.differs and not self.blind
