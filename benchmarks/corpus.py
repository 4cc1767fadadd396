"""The corpus of correct and wrong proofs: verdicts a second, and the slowest file.

The floor is the time that ``import sympy`` takes in the same run.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.measure import Row, best

FOLDER = Path(__file__).parents[1] / "tests" / "proofs"


def rows() -> list[Row]:
    """Two rows: the mean time of a verdict, and the slowest file."""
    floor = best({"sympy": [sys.executable, "-c", "import sympy"]}, 3)["sympy"]
    from symcheck.judging.checking import check_document
    from symcheck.reading.syntax import parse

    lines, slowest, whole = 0, (0.0, ""), 0.0
    files = sorted(FOLDER.rglob("*.proof"))
    for path in files:
        document = parse(path.read_text(encoding="utf-8"), path.stem)
        start = time.perf_counter()
        report = check_document(document)
        seconds = time.perf_counter() - start
        whole += seconds
        slowest = max(slowest, (seconds, path.stem))
        lines += sum(len(r.rows) for r in report.results)
    each = whole / lines
    return [
        Row(f"corpus: {lines} verdicts on {len(files)} files", f"{lines / whole:.0f} a second",
            f"import sympy {floor * 1e3:.0f} ms", each / floor),
        Row(f"corpus: slowest file, {slowest[1]}", f"{slowest[0]:.2f} s",
            f"import sympy {floor * 1e3:.0f} ms", slowest[0] / floor),
    ]  # fmt: skip
