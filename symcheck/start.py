"""Where the command begins.  ``symcheck verify`` imports the core and hardly anything else."""

from __future__ import annotations

import sys

__all__ = ["main"]

VERIFY = ("--lines", "--json")  # what the short way knows; all else is for the parser


def main() -> int:
    """Run the command that the words of the command line name; returns the exit status."""
    words = sys.argv[1:]
    files = [w for w in words[1:] if w not in VERIFY]
    if words[:1] == ["verify"] and files and not any(f[:1] == "-" and f != "-" for f in files):
        try:
            from symcheck.verify import main as verify

            return verify(words[1:])
        except KeyboardInterrupt:  # perhaps while modules were imported
            print("symcheck: interrupted", file=sys.stderr)
            return 130
    from symcheck.cli import main as command

    return command(words)
