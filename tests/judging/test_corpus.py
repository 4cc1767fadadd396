"""Correct and wrong proofs, each line told what its mark says.

A mark ``#! refuted``, ``#! unproved`` or ``#! reason`` (true, but not by what is named)
stands at the end of the line that is wrong; words after a colon are in the message.
Lines without a mark are proved.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from witnessed import faults

from symcheck.judging.checking import check_document
from symcheck.reading.syntax import parse
from symcheck.system.limits import BUG

FOLDER = Path(__file__).parents[1] / "proofs"
GOOD = sorted((FOLDER / "good").glob("*.proof"))
BAD = sorted((FOLDER / "bad").glob("*.proof"))
MARK = re.compile(r"#!\s*(\w+)(?:\s*:\s*(.*\S))?\s*$")


def judged(path: Path):
    text = path.read_text(encoding="utf-8")
    report = check_document(parse(text, path=path.name))
    assert not any(BUG in row.message for r in report.results for row in r.rows)
    return text, report


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.stem)
def test_good(path):
    _, report = judged(path)
    assert report.results
    for result in report.results:
        assert result.status == "proved", (result.goal.line, result.message)


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_bad(path):
    text, report = judged(path)
    marks = {
        n: match
        for n, line in enumerate(text.splitlines(), start=1)
        if (match := MARK.search(line))
    }
    assert marks
    complaints = {}
    for result in report.results:
        for row in result.rows:
            if row.status != "proved":
                complaints.setdefault(row.line, row)
    assert set(complaints) == set(marks)
    for line, match in marks.items():
        kind, words = match.groups()
        row = complaints[line]
        assert row.status == {"reason": "unproved"}.get(kind, kind), row.message
        assert (words or "") in row.message
        assert kind != "reason" or row.message.startswith("true, but not by")
        assert (row.witness is not None) == (kind == "refuted")
    context = parse(text).context
    for result in report.results:
        for n, row in enumerate(result.rows):
            if row.witness is not None:
                # The line is compared with the one before, or with the last that was good.
                befores = [r.expr for r in result.rows[:n]] or [result.goal.lhs]
                wrong = [faults(context, b, row.expr, row.witness) for b in befores]
                assert [] in wrong, (row.line, row.witness)
