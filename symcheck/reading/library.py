"""The shipped derivations by name, and a user's own files.

Listing and finding need neither SymPy nor the parser: only ``title`` lines are read.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = [
    "LIMIT",
    "NotFound",
    "Source",
    "expand",
    "find",
    "names",
    "read_file",
    "shipped",
    "suggest",
    "title",
]

LIMIT = 1_000_000  # bytes; a proof file is a few hundred
SUFFIX = ".proof"
TEX = (".tex", ".latex", ".ltx")
MARKDOWN = (".md", ".markdown", ".qmd", ".rmd")
# What a Markdown or LaTeX file has that declares something for its formulas.
MARK = re.compile(r"^[ \t]*(?:```+|~~~+|<!--|%)[ \t]*(?:symcheck|proof)\b", re.MULTILINE)


class NotFound(Exception):
    """There is no such derivation, or the file cannot be read; the message is for people."""


@dataclass(frozen=True)
class Source:
    """The text of a file; ``path`` is '' for a shipped one, '-' for standard input."""

    name: str
    text: str
    path: str = ""

    @property
    def kind(self) -> str:
        """``proof``, ``tex`` or ``markdown``; standard input is told by its formulas."""
        suffix = os.path.splitext(self.path)[1].lower()
        if suffix in TEX:
            return "tex"
        if suffix in MARKDOWN:
            return "markdown"
        if self.path == "-" and re.search(r"\$\$|\\\[|\\begin\{|^```math", self.text, re.MULTILINE):
            return "markdown" if "```" in self.text or "<!--" in self.text else "tex"
        return "proof"


def names() -> list[str]:
    """The names of the shipped derivations, sorted."""
    return sorted(
        f.name.removesuffix(SUFFIX) for f in _folder().iterdir() if f.name.endswith(SUFFIX)
    )


def shipped(name: str) -> Source:
    """A shipped derivation.  Raises NotFound, with the nearest names, where there is none."""
    if name not in names():
        raise NotFound(f"no derivation {name!r}{suggest(name, names())}")
    text = _folder().joinpath(name + SUFFIX).read_text(encoding="utf-8")
    return Source(name, text)


def find(target: str) -> Source:
    """A shipped derivation by its name, a file by its path, or standard input for ``-``.

    What has a ``/`` or ends as a file of ours does is a path.  Raises NotFound.
    """
    if target == "-":
        return Source("stdin", _decode(_given(), "standard input"), "-")
    if (
        target.lower().endswith((SUFFIX, *TEX, *MARKDOWN))
        or os.sep in target
        or (os.altsep and os.altsep in target)
    ):
        return read_file(target)
    if target not in names() and os.path.isfile(target):
        return read_file(target)
    return shipped(target)


def expand(target: str) -> list[str]:
    """A folder stands for the proofs in it and below, in order; all else for itself.

    These are the ``.proof`` files, and the Markdown and LaTeX files that declare something
    for their formulas.  Raises NotFound for a folder without any.
    """
    if not os.path.isdir(target) or target in names():
        return [target]
    every = (os.path.join(at, f) for at, _, below in os.walk(target) for f in below)
    found = sorted(f for f in every if f.endswith(SUFFIX) or _declares(f))
    if not found:
        raise NotFound(f"{target}: no {SUFFIX} file in this folder")
    return found


def _declares(path: str) -> bool:
    """Is this a Markdown or LaTeX file with declarations?"""
    if not path.lower().endswith((*TEX, *MARKDOWN)):
        return False
    try:
        return MARK.search(read_file(path).text) is not None
    except NotFound:
        return False


def read_file(path: str) -> Source:
    """The text of a user's file.  Raises NotFound where it cannot be read as text."""
    try:
        # Who opens a pipe with a name would wait for somebody to write.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as f:
            mode = os.fstat(handle).st_mode
            if not stat.S_ISREG(mode):
                kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
                hint = "" if stat.S_ISDIR(mode) else "; `-` reads standard input"
                raise NotFound(f"{path} is {kind}, not a file{hint}")
            data = f.read(LIMIT + 1)
    except (OSError, ValueError) as e:
        stem = os.path.basename(path).removesuffix(SUFFIX)
        known = f"; {stem!r} without {SUFFIX} is a shipped derivation" if stem in names() else ""
        raise NotFound(f"{path}: {getattr(e, 'strerror', None) or e}{known}") from None
    return Source(os.path.basename(path).removesuffix(SUFFIX), _decode(data, path), path)


def _given() -> bytes:
    """What stands on standard input.  Raises NotFound where nothing can be read there."""
    if sys.stdin is None or sys.stdin.closed:
        raise NotFound("standard input is closed")
    try:
        return sys.stdin.buffer.read(LIMIT + 1)
    except (OSError, ValueError) as e:
        raise NotFound(f"standard input: {getattr(e, 'strerror', None) or e}") from None


def title(text: str) -> str:
    """What the ``title`` line of a ``.proof`` file says, '' where it has none."""
    for line in text.splitlines():
        word, _, rest = line.partition("#")[0].partition(" ")
        if word == "title":
            return rest.strip()
    return ""


def suggest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest names, '' where none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _folder() -> Traversable:
    try:
        return files("symcheck.derivations")
    except ModuleNotFoundError:  # a source tree that is not installed
        return files("symcheck").joinpath("..", "derivations")


def _decode(data: bytes, where: str) -> str:
    if len(data) > LIMIT:
        raise NotFound(f"{where}: larger than {LIMIT:,} bytes")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise NotFound(f"{where}:{line}: not UTF-8 text") from None
