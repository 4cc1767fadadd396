"""The documents that a command is given by name, by file, or on standard input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from symcheck.commands.bad import Bad
from symcheck.system.limits import OutOfTime, deadline

if TYPE_CHECKING:
    from symcheck.reading.document import Document

__all__ = ["document_of", "documents", "importing", "source"]

READ_SECONDS = 15


def source(name: str) -> Any:
    """The text of that name, with its kind and path."""
    from symcheck.reading.library import NotFound, find

    try:
        return find(name)
    except NotFound as e:
        raise Bad(str(e)) from None


def document_of(name: str) -> Document:
    """The one document of a file."""
    found = documents(name)
    if len(found) > 1:
        raise Bad(f"{name} declares several contexts; `symcheck check` judges each in its own")
    return found[0]


def documents(name: str) -> list[Document]:
    """What a file says: one document, or in Markdown and LaTeX one for each context."""
    found = source(name)
    with importing():
        from symcheck.reading.syntax import SyntaxProblem, parse

        try:
            with deadline(READ_SECONDS):
                if found.kind == "proof":
                    return [parse(found.text, found.name, found.path)]
                from symcheck.reading.latex.notes import read

                return read(found.text, found.name, found.path, tex=found.kind == "tex")
        except SyntaxProblem as e:
            raise Bad(str(e), e) from None
        except OutOfTime:
            raise Bad(f"{name}: it takes longer than {READ_SECONDS} seconds to read") from None


@contextmanager
def importing() -> Iterator[None]:
    """Imports make many objects and no garbage: the collector rests meanwhile."""
    import gc

    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
