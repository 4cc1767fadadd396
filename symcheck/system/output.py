"""Files that a command writes: whole or not at all, beside the old one and then renamed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["impossible", "write_bytes", "write_text", "written"]


def impossible(path: str) -> str:
    """Why no file can be written there, '' where one can; asked before any work is done."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG
    except (OSError, ValueError) as e:
        return _why(e)
    if stat.S_ISDIR(mode):
        return "it is a folder, not a file"
    if not stat.S_ISREG(mode):
        return ""  # a device, a pipe: it takes what is written, or says why not
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        return f"there is no folder {folder}"
    return "" if os.access(folder, os.W_OK) else "the folder may not be changed"


@contextmanager
def written(path: str) -> Iterator[str]:
    """A name to write a file to, which takes the place of ``path`` when all of it is there.

    Where anything goes wrong the old file stays as it is.  What is no file (a device, a pipe)
    is written itself.  Raises OSError.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        yield path
        return
    import tempfile  # late: it imports much

    real = os.path.realpath(path)
    ending = os.path.splitext(real)[1]
    handle, beside = tempfile.mkstemp(ending, ".symcheck-", os.path.dirname(real))
    os.close(handle)
    try:
        yield beside
        os.chmod(beside, _mode(real))
        os.replace(beside, real)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def write_bytes(path: str, data: bytes) -> None:
    """Write a file whole, or not at all.  Raises OSError."""
    try:
        with written(path) as beside, open(beside, "wb") as out:
            out.write(data)
    except ValueError as e:  # a name with a zero in it
        raise OSError(0, _why(e), path) from None


def write_text(path: str, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all.  Raises OSError."""
    write_bytes(path, text.encode("utf-8", "replace"))


def _mode(path: str) -> int:
    """The rights of the file that is there, or of a new one."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _why(e: OSError | ValueError) -> str:
    return getattr(e, "strerror", None) or "that is no name of a file"
