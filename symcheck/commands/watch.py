"""Notice that files change, by looking at them again and again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

__all__ = ["changes"]

PAUSE = 0.3  # seconds


def changes(
    files: Callable[[], Sequence[str]], sleep: Callable[[float], None] = time.sleep
) -> Iterator[list[str]]:
    """What has changed, each time that something has; first, at once, all files.

    A file that comes or goes has changed.  What changes while the caller is busy is
    noticed when it asks again.
    """
    known = _stamps(files())
    yield list(known)
    while True:
        sleep(PAUSE)
        now = _stamps(files())
        if now == known:
            continue
        settled = None
        while settled != now:  # who writes a file may not have finished
            settled = now
            sleep(PAUSE)
            now = _stamps(files())
        changed = [f for f in {**known, **now} if known.get(f) != now.get(f)]
        known = now
        if changed:
            yield changed


def _stamps(files: Sequence[str]) -> dict[str, tuple[int, int] | None]:
    """Time and size of each file, None for one that is not there."""
    made: dict[str, tuple[int, int] | None] = {}
    for f in files:
        try:
            s = os.stat(f)
        except OSError:
            made[f] = None
        else:
            made[f] = (s.st_mtime_ns, s.st_size)
    return made
