"""Bad input and interrupts, as a command tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcheck.reading.parser import SyntaxProblem

__all__ = ["Bad", "Interrupted"]


class Bad(Exception):
    """Bad input: a message for a person, exit status 2; ``problem`` says more of the place."""

    def __init__(self, message: str, problem: SyntaxProblem | None = None) -> None:
        super().__init__(message)
        self.problem = problem


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with words on what is kept."""
