"""``python -m benchmarks [NAME ...]``: a table of ratios, all measured in this run.

Each name is a module of this package with a function ``rows()``; ``trusted``, ``mutants``,
``corrupt``, ``rules``, ``fuzz``, ``guided`` and ``hostile`` are commands of their own, and take
what follows as their options.
"""

from __future__ import annotations

import sys
from importlib import import_module

MODULES = ("startup", "core", "corpus", "numeric", "simulate")
COMMANDS = (
    "trusted",
    "mutants",
    "corrupt",
    "rules",
    "fuzz",
    "guided",
    "hostile",
)  # slow, with options of their own


def main(names: list[str]) -> int:
    """Print the rows of these modules (default: all); 1 if one is over its limit."""
    if names and names[0] in COMMANDS:
        sys.argv = [f"python -m benchmarks {names[0]}", *names[1:]]
        return int(import_module(f"benchmarks.{names[0]}").main())
    unknown = [n for n in names if n not in MODULES]
    if unknown:
        known = ", ".join(MODULES + COMMANDS)
        print(f"no benchmark {unknown[0]!r}; there are: {known}", file=sys.stderr)
        return 2
    ok = True
    print(f"{'':42} {'measured':>12}  {'compared with':32} {'ratio':>7} {'limit':>6}")
    for name in names or MODULES:
        for row in import_module(f"benchmarks.{name}").rows():
            limit = "" if row.limit is None else f"{row.limit:g}"
            mark = "" if row.ok else "  over"
            shown = f"{row.what:42} {row.measured:>12}  {row.floor:32}"
            print(f"{shown} {row.ratio:7.2f} {limit:>6}{mark}", flush=True)
            ok = ok and row.ok
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
