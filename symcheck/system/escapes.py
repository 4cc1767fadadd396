r"""Text of others on a terminal: what would steer it is shown, as ``\x1b``."""

from __future__ import annotations

import re
import sys

__all__ = ["complain", "visible", "visible_json"]

# Control characters but the newline and the tab, marks that turn the direction of writing,
# line and paragraph separators, and halves of characters.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    r"""The text with ``\x1b`` for the character that begins a command of the terminal."""
    return _STEERING.sub(lambda m: _spelled(ord(m[0])), text)


def visible_json(text: str) -> str:
    """The same for JSON, which spells these characters in its own way."""
    return _STEERING.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def complain(words: str, who: str = "symcheck: ") -> None:
    """Tell a person something on standard error."""
    print(visible(f"{who}{words}"), file=sys.stderr, flush=True)


def _spelled(n: int) -> str:
    return f"\\x{n:02x}" if n < 256 else f"\\u{n:04x}"
