"""The table of what certificates still trust, in docs/how-a-proof-is-judged.md.

``python -m benchmarks trusted [--write]``
"""

from __future__ import annotations

import sys

from benchmarks.core import DERIVATIONS, GOOD, ROOT, Counts, counted

PAGE = ROOT / "docs" / "how-a-proof-is-judged.md"
BEGIN = "<!-- trusted: made by python -m benchmarks trusted --write -->\n"
END = "<!-- end of trusted -->"
LAST = (
    ("steps of proofs", "steps"),
    ("claims", "claims"),
    ("claims that trust nothing", "bare"),
)


def table(derivations: Counts, good: Counts) -> str:
    """The table, as Markdown."""
    made = ["| trusted | in derivations | in tests/proofs/good |", "| --- | ---: | ---: |"]
    for name in sorted({*derivations.axioms, *good.axioms}):
        made.append(f"| {name} | {derivations.axioms[name]} | {good.axioms[name]} |")
    for what, of in LAST:
        made.append(f"| *{what}* | {getattr(derivations, of)} | {getattr(good, of)} |")
    return "\n".join(made) + "\n"


def shown() -> dict[str, tuple[int, int]]:
    """The numbers in the page, by the first column."""
    text = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [line.strip("| ").split(" | ") for line in text.strip().splitlines()[2:]]
    return {name: (int(a), int(b)) for name, a, b in rows}


def main() -> int:
    """Count, print, and write where asked to."""
    made = table(
        counted(sorted(DERIVATIONS.glob("*.proof"))), counted(sorted(GOOD.glob("*.proof")))
    )
    print(made, end="")
    if "--write" in sys.argv[1:]:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")
    return 0
