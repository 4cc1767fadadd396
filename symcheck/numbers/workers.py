"""Where large samples are drawn: threads, local processes, or a Dask cluster."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from importlib import metadata
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["LARGE", "Unreachable", "executor", "kept_path", "listens", "remembered"]

LARGE = 2_000_000  # samples from which on processes are worth their start
CONNECT = 5  # seconds to wait for a scheduler


class Unreachable(Exception):
    """A cluster that cannot be used; the message says why and what to try."""


def remembered(path: Path) -> Any:
    """What an interrupted run of this work has finished, and a place for what this one does."""
    from symcheck.numbers.batches import Kept

    class Cache(Kept):
        """What cannot be written is not kept: a cache is never worth an error."""

        def saved(self) -> bool:
            """Write everything that is finished; False where that cannot be done."""
            try:
                super().save()
            except OSError:
                self.last = time.monotonic()
                return False
            return True

        def save(self) -> None:
            self.saved()

        def forget(self) -> None:
            with suppress(OSError):
                super().forget()

    return Cache(path)


@contextmanager
def executor(
    samples: int, workers: int | None = None, dask: str | None = None
) -> Iterator[Executor | None]:
    """An executor for so many samples; None where threads of this process do.

    ``workers`` asks for so many processes, ``dask`` for the cluster at this address.
    Raises :class:`Unreachable`.
    """
    if dask is not None:
        with _cluster(dask) as found:
            yield found
    elif workers is None and samples < LARGE:
        yield None
    else:
        # Forked copies of a process with threads may hang; fresh ones do not.
        pool = ProcessPoolExecutor(
            workers or os.cpu_count(), mp_context=get_context("spawn"), initializer=_ignore
        )
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def _ignore() -> None:
    """Ctrl-C is for the process that asks, which tells its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    if find_spec("distributed") is None:
        raise Unreachable("a Dask cluster needs distributed; try: pip install 'symcheck[dask]'")
    listens(address)
    with _quiet():
        yield from _client(address)


@contextmanager
def _quiet() -> Iterator[None]:
    """What Dask logs of a scheduler that has gone is told in a sentence."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _client(address: str) -> Iterator[Executor]:
    """What draws on the cluster at this address."""
    import distributed

    try:
        client: Any = distributed.Client(  # type: ignore[no-untyped-call]
            address, timeout=CONNECT, set_as_default=False
        )
    except (OSError, ValueError) as e:
        raise Unreachable(
            f"there is no Dask scheduler at {address} ({type(e).__name__}); "
            f"try the address that `dask scheduler` printed"
        ) from None
    with client:
        if not client.scheduler_info()["workers"]:
            raise Unreachable(
                f"the scheduler at {address} has no workers; try: dask worker {address}"
            )
        try:
            versions = client.run(_version)
        except Exception as e:  # whatever a worker may say that has no symcheck
            raise Unreachable(f"a worker cannot import symcheck ({e}); install it there") from None
        here = _version()
        others = {w: v for w, v in versions.items() if v != here}
        if others:
            worker, version = next(iter(others.items()))
            raise Unreachable(
                f"the worker {worker} has symcheck {version or 'unknown'}, here is {here}; "
                "install the same version on every worker"
            )
        try:
            yield client.get_executor(retries=3, pure=False)
        except _lost() as e:
            raise Unreachable(
                f"the Dask cluster at {address} has gone ({type(e).__name__}); start it again"
            ) from None


def listens(address: str) -> None:
    """Raises Unreachable where the address is none, or nobody answers there."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if parts.scheme not in ("tcp", "tls", "ws", "wss") or not host or not port:
        raise Unreachable(f"{address} is no address of a Dask scheduler; try tcp://HOST:PORT")
    try:
        socket.create_connection((host, port), CONNECT).close()
    except (OSError, UnicodeError) as e:
        raise Unreachable(
            f"there is no Dask scheduler at {address} ({getattr(e, 'strerror', None) or e}); "
            f"try the address that `dask scheduler` printed"
        ) from None


def _lost() -> tuple[type[BaseException], ...]:
    """What is raised where a scheduler or its workers end."""
    from asyncio import CancelledError as NoTask
    from concurrent.futures import CancelledError

    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    return (OSError, TimeoutError, CancelledError, NoTask, FutureCancelledError, KilledWorker)


def _version() -> str:
    """The installed version; nothing where it runs from a folder."""
    try:
        return metadata.version("symcheck")
    except metadata.PackageNotFoundError:
        return ""


def kept_path(*work: object) -> Path:
    """The file for what an interrupted run of this work has finished."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    name = hashlib.sha256(repr(work).encode()).hexdigest()[:24]
    return Path(cache) / "symcheck" / f"{name}.npz"
