"""What the documents say of trust is counted."""

from __future__ import annotations

from benchmarks.core import DERIVATIONS, GOOD, counted
from benchmarks.trusted import END, LAST, shown, table


def test_the_table_counts_what_derivations_trust():
    found = counted(sorted(DERIVATIONS.glob("*.proof")))
    told = {name: a for name, (a, _) in shown().items()}
    counts = dict(found.axioms) | {f"*{what}*": getattr(found, of) for what, of in LAST}
    assert {k: n for k, n in told.items() if n} == {k: n for k, n in counts.items() if n}, (
        "run: python -m benchmarks trusted --write"
    )
    assert found.untold == []


def test_a_table_counts_a_good_proof():
    found = counted([GOOD / "adam.proof"])
    assert found.claims > 0
    assert found.judged > found.claims
    assert table(found, found).count("\n") == 2 + len(found.axioms) + len(LAST)
    assert END not in table(found, found)
