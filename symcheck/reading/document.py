"""What a ``.proof`` file says, as plain data: a context and a list of goals.

The expressions are *verbatim*: exactly what was written, in the order written, with
nothing merged (``x/x`` is still a quotient, ``E[x] - E[x]`` still a difference).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from symcheck.facts.context import Context

__all__ = ["ChainLine", "Claim", "Derive", "Document", "Goal", "Induct", "Solve", "Unread"]


@dataclass(frozen=True)
class Goal:
    """One goal of a file: where it stands, and its name ('' where it has none)."""

    name: str
    line: int


@dataclass(frozen=True)
class Derive(Goal):
    """``derive lhs``; ``expect`` is what the author expects, to be compared, never used."""

    lhs: Any
    expect: Any | None = None


@dataclass(frozen=True)
class Solve(Goal):
    """``solve lhs = rhs for unknown``."""

    lhs: Any
    rhs: Any
    unknown: Any
    expect: Any | None = None


@dataclass(frozen=True)
class Induct(Goal):
    """``induction lhs = rhs over index from first``: for every whole number from there on."""

    lhs: Any
    rhs: Any
    index: Any
    first: Any


@dataclass(frozen=True)
class ChainLine:
    """``= expr  by reason, reason``; ``text`` is the author's own spelling of expr."""

    expr: Any
    by: tuple[str, ...]
    line: int
    column: int
    text: str
    admit: bool = False


@dataclass(frozen=True)
class Claim(Goal):
    """``claim lhs = rhs`` and the chain of lines below it.

    The chain begins with ``chain[0]``, the expression that it starts from; ``rhs`` is
    None where only a chain is written.  ``admit`` leaves the claim unproved.
    """

    lhs: Any
    rhs: Any | None
    chain: tuple[ChainLine, ...] = ()
    admit: bool = False
    text: str = ""


@dataclass(frozen=True)
class Unread:
    """A formula in a text that could not be read: why, where, and what to try.

    ``line`` and ``column`` count from 1, ``width`` columns of ``source`` are meant.
    """

    message: str
    line: int
    column: int
    width: int = 1
    source: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Document:
    """A parsed file; ``unread`` is what a Markdown or LaTeX file has that was not read."""

    context: Context
    goals: tuple[Goal, ...]
    title: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    name: str = ""
    path: str = ""
    text: str = field(default="", repr=False)
    unread: tuple[Unread, ...] = ()
