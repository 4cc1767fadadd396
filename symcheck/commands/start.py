"""Where the command begins.  ``symcheck verify`` imports the core and hardly anything else."""

from __future__ import annotations

import os
import sys

__all__ = ["main"]

VERIFY = ("--lines", "--json")  # what the short way knows; all else is for the parser


def main() -> int:
    """Run the command that the words of the command line name; returns the exit status."""
    _open()
    before, sys.unraisablehook = sys.unraisablehook, _once_more
    try:
        return _run(sys.argv[1:])
    except KeyboardInterrupt:  # perhaps while modules were imported
        print("symcheck: interrupted", file=sys.stderr)
        return 130
    finally:
        sys.unraisablehook = before


def _once_more(lost: sys.UnraisableHookArgs) -> None:
    """Interrupt again where Ctrl-C came at a place that nothing can be raised from."""
    if lost.exc_type is KeyboardInterrupt:
        from _thread import interrupt_main

        interrupt_main()
    else:
        sys.__unraisablehook__(lost)


def _run(words: list[str]) -> int:
    files = [w for w in words[1:] if w not in VERIFY]
    if words[:1] == ["verify"] and files and not any(f[:1] == "-" and f != "-" for f in files):
        from symcheck.commands.verify import main as verify

        return verify(words[1:])
    from symcheck.commands.cli import main as command

    status = command(words)
    from signal import SIG_DFL, SIGINT, signal

    signal(SIGINT, SIG_DFL)  # all is said: Ctrl-C only makes the end come sooner
    return status


def _open() -> None:
    """Somewhere to print to, where the shell has closed what is there for it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
