"""From the text of an activation to an expression in x, by the project's own parser.

A name of an activation stands for what it means: ``relu^2`` is relu(x)^2, ``gelu(2 * x)`` is gelu
at 2 x.  Nothing else is known to the text but x, numbers, pi, e and the functions of the language.
A plain name is not parsed: the parser is imported for what somebody spells out.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sympy import Rational

from symcheck.gains.names import ACTIVATIONS, GATED, LETTERS, Activation, Unreadable, X, named

__all__ = ["activation", "number"]


def activation(text: str, slope: Any = None, gated: bool = False) -> Activation:
    """The activation that a text names or spells out; ``slope`` is its number a.

    Raises :class:`Unreadable`.
    """
    text = shown = text.strip()
    if shown in GATED:
        text, gated = GATED[shown], True
    if text in ACTIVATIONS:
        phi, letters = named(text, X, slope)
        sloped = "a" in LETTERS.get(text, {})
    else:
        from symcheck.gains.spelled import spelled

        phi, letters, sloped = spelled(text, slope)
    if slope is not None and not sloped:
        with_a = ", ".join(n for n, letters in LETTERS.items() if "a" in letters)
        raise Unreadable(f"{shown} has no number a for --a to give; these have: {with_a}")
    return Activation(shown, phi, {s: v for s, v in letters.items() if phi.has(s)}, gated)


def number(text: str) -> Any:
    """A number that is written as a decimal (1e-3, too), a fraction or an expression: 2 / pi.

    Raises :class:`Unreadable`.
    """
    if len(text) <= 60 and "_" not in text and not _vast(text):
        try:
            return Rational(Fraction(text.strip()))
        except (ValueError, ZeroDivisionError):
            pass
    from symcheck.gains.spelled import spelled

    value, _, _ = spelled(text, None)
    if value.free_symbols:
        raise Unreadable(f"{text.strip()} is not a number")
    return value


def _vast(text: str) -> bool:
    exponent = text.lower().partition("e")[2].strip().lstrip("+-")
    return exponent.isdigit() and int(exponent[:9]) > 300
