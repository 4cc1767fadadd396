"""Certificates: what they still trust, how large they are, how long they take to judge.

``python -m benchmarks core`` counts over the shipped derivations and the corpus of good proofs.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, best, symcheck

ROOT = Path(__file__).parents[1]
DERIVATIONS = ROOT / "derivations"
GOOD = ROOT / "tests" / "proofs" / "good"
REPEATS = 5


@dataclass
class Counts:
    """What was counted over some files."""

    files: int = 0
    steps: int = 0  # of proofs, as search finds them
    claims: int = 0
    bare: int = 0  # claims that trust nothing
    axioms: Counter[str] = field(default_factory=Counter)  # trusted equations, by the rule
    untold: list[str] = field(default_factory=list)
    size: int = 0
    judged: int = 0  # steps of certificates
    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("search", "make", "judge"), 0.0)
    )


def report_of(path: Path) -> Any:
    """The report of a file, with its certificate."""
    from symcheck.judging.checking import check_document
    from symcheck.judging.session import derive_document
    from symcheck.reading.syntax import parse

    document = parse(path.read_text(encoding="utf-8"), path.stem)
    if path.parent == DERIVATIONS:
        return derive_document(document, numeric=False)
    return check_document(document)


@contextmanager
def making() -> Iterator[list[float]]:
    """The seconds that the judge takes: certificates are made, and judged once."""
    from symcheck.judging import certified as reports
    from symcheck.judging import proofs as judging

    spent, depth = [0.0], [0]

    def timed(f: Any) -> Any:
        def timing(*args: Any, **more: Any) -> Any:
            start, outer = time.perf_counter(), depth[0] == 0
            depth[0] += 1
            try:
                return f(*args, **more)
            finally:
                depth[0] -= 1
                spent[0] += (time.perf_counter() - start) * outer

        return timing

    names = (judging.Judge, "verdict"), (judging.Judge, "induction"), (reports, "certified")
    before = [getattr(owner, name) for owner, name in names]
    for (owner, name), f in zip(names, before, strict=True):
        setattr(owner, name, timed(f))
    try:
        yield spent
    finally:
        for (owner, name), f in zip(names, before, strict=True):
            setattr(owner, name, f)


def counted(files: Iterable[Path]) -> Counts:
    """Certify what the files prove, and count."""
    from symcheck.core.judge import judge
    from symcheck.judging.result import PROVED

    total = Counts()
    for path in files:
        total.files += 1
        start = time.perf_counter()
        with making() as made:
            report = report_of(path)
        found = time.perf_counter()
        told = report.certified
        if told is None:
            continue
        if told.certificate:
            judge(told.declarations, told.certificate)
        judged = time.perf_counter() - found
        total.seconds["search"] += found - start - made[0]
        total.seconds["make"] += made[0] - judged
        total.seconds["judge"] += judged
        proved = [r for r in report.results if r.status == PROVED]
        total.claims += len(proved)
        total.bare += sum(not r.trusts for r in proved)
        total.steps += sum(len(r.proof.steps) for r in proved)
        total.untold += [f"{path.stem}: {u}" for u in told.untold]
        steps = told.certificate["steps"] if told.certificate else []
        total.axioms.update(data[0] for rule, data, _ in steps if rule == "trust")
        total.judged += len(steps)
        total.size += len(json.dumps([told.declarations, told.certificate], separators=(",", ":")))
    return total


def both() -> tuple[Counts, Counts]:
    """What is counted over the shipped derivations, and over the corpus."""
    return counted(sorted(DERIVATIONS.glob("*.proof"))), counted(sorted(GOOD.glob("*.proof")))


def rows() -> Iterator[Row]:
    """Trust, sizes, times."""
    yield from startup()
    yield from forward()
    for name, c in zip(("derivations", "good proofs"), both(), strict=True):
        n = sum(c.axioms.values())
        yield Row(f"{name}: trusted equations", str(n), f"{c.steps} steps of proofs", n / c.steps)
        for rule, times in c.axioms.most_common():
            yield Row(f"  {rule}", str(times), f"{n} trusted equations", times / n)
        yield Row(f"{name}: claims that trust something", str(c.claims - c.bare),
                  f"{c.claims} claims", (c.claims - c.bare) / c.claims)  # fmt: skip
        for words in c.untold:
            yield Row(f"  no words: {words[:30]}", "1", f"{c.claims} claims", 1 / c.claims)
        yield Row(f"{name}: size of certificates", f"{c.size / 1e3:.0f} kB",
                  f"{c.judged} steps in it", c.size / c.judged)  # fmt: skip
        search = c.seconds["search"]
        for what, words in (("make", "made in"), ("judge", "judged in")):
            yield Row(f"{name}: certificates {words}", f"{c.seconds[what]:.2f} s",
                      f"search {search:.1f} s", c.seconds[what] / search)  # fmt: skip


def forward() -> Iterator[Row]:
    """One derivation, warm: He's forward pass."""
    from symcheck.core.judge import judge

    floor = best({"sympy": [sys.executable, "-c", "import sympy"]}, 3)["sympy"]
    path = DERIVATIONS / "he-forward.proof"
    times: dict[str, float] = {"search": 9e9, "make": 9e9, "judge": 9e9}
    for _ in range(REPEATS):
        start = time.perf_counter()
        with making() as made:
            told = report_of(path).certified
        found = time.perf_counter()
        judge(told.declarations, told.certificate)
        ends = (found - start - made[0], made[0], time.perf_counter() - found)
        times = {k: min(v, t) for (k, v), t in zip(times.items(), ends, strict=True)}
    times["make"] -= times["judge"]
    size = len(json.dumps([told.declarations, told.certificate], separators=(",", ":")))
    steps = len(told.certificate["steps"])
    warm = sum(times.values())
    yield Row("he-forward: certificate", f"{size / 1e3:.1f} kB", f"{steps} steps", size / steps)
    sympy = f"import sympy {1e3 * floor:.0f} ms"
    for what in times:
        yield Row(f"he-forward: {what}", f"{1e3 * times[what]:.0f} ms", sympy, times[what] / floor)
    yield Row("he-forward: judging in a warm run", f"{1e3 * times['judge']:.0f} ms",
              f"derived and judged {1e3 * warm:.0f} ms", times["judge"] / warm)  # fmt: skip


def startup() -> Iterator[Row]:
    """``symcheck verify`` of a short certificate and of a long one, beside a bare interpreter."""
    from symcheck.commands.certificate import write

    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "python": [sys.executable, "-c", "pass"],
            "import the core and json": [sys.executable, "-c", "import json, symcheck.core.judge"],
        }
        for name in ("variance-identity", "he-forward"):
            file = str(Path(folder) / f"{name}.json")
            write([report_of(DERIVATIONS / f"{name}.proof")], file)
            commands[f"symcheck verify {name}.json"] = symcheck("verify", file)
        times = best(commands, 20)
    bare = times.pop("python")
    limits = {"symcheck verify variance-identity.json": 3.0}
    for what, seconds in times.items():
        yield Row(what, f"{1e3 * seconds:.0f} ms", f"bare interpreter {1e3 * bare:.0f} ms",
                  seconds / bare, limits.get(what))  # fmt: skip
