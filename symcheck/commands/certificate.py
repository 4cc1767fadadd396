"""Certificates of reports as files: what ``--certificate FILE`` writes, beside it and renamed."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from symcheck.commands.verify import FORMAT, MOST_BYTES
from symcheck.core.judge import Refusal
from symcheck.judging.refuted import declarations, refutations
from symcheck.judging.result import Report
from symcheck.system.output import impossible, write_bytes

__all__ = ["NotWritten", "certificate_of", "possible", "write"]


class NotWritten(Exception):
    """There is no certificate: a message for a person."""


def certificate_of(reports: Sequence[Report]) -> dict[str, Any] | None:
    """The certificate of some reports as plain data; None where nothing is proved or refuted.

    One report has its declarations and its certificate beside the title; several are ``parts``.
    """
    parts = [p for p in map(_part, reports) if p is not None]
    if not parts:
        return None
    if len(reports) == 1:
        return {"format": FORMAT, **parts[0]}
    return {"format": FORMAT, "title": "", "parts": parts}


def _proves(r: Report) -> bool:
    c = r.certified
    return c is not None and not isinstance(c.verdict, Refusal) and bool(c.verdict)


def _part(r: Report) -> dict[str, Any] | None:
    """What the core has proved and refuted of one report."""
    c, refuted = r.certified, refutations(r)
    title = r.document.title or r.document.path
    if c is not None and _proves(r):
        part = {"title": title, "declarations": c.declarations, "certificate": c.certificate}
    elif refuted:
        nothing: dict[str, Any] = {"terms": [], "steps": [], "claims": []}
        part = {"title": title, "declarations": declarations(r), "certificate": nothing}
    else:
        return None
    return part | {"refuted": refuted} if refuted else part


def possible(path: str) -> None:
    """Raises NotWritten for a place where no file can be written, before any work is done."""
    if path == "-":
        raise NotWritten("a certificate is written to a file, not to standard output")
    why = impossible(path)
    if not why and os.path.exists(path) and not os.path.isfile(path):
        why = "it is not a file"
    if why:
        raise NotWritten(f"{path} cannot be written: {why}")


def write(reports: Sequence[Report], path: str) -> None:
    """Write the certificate of some reports: whole, or not at all.  Raises NotWritten."""
    possible(path)
    data = certificate_of(reports)
    if data is None:
        raise NotWritten(f"nothing is proved or refuted, so {path} is not written")
    try:
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"
        whole = text.encode("utf-8")
        if len(whole) > MOST_BYTES:
            raise NotWritten(f"the certificate is larger than {MOST_BYTES // 2**20} MiB")
        write_bytes(path, whole)
    except OSError as e:
        raise NotWritten(f"{path} cannot be written: {e.strerror}") from None
    except ValueError:  # a number with thousands of digits
        raise NotWritten("the certificate has numbers that are too long to write") from None
