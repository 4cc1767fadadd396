"""``symcheck sweep``: expected values from the lecture's formulas, at every point of a grid.

False alarms of the true lines below: at most 1e-6 for each sweep (see models.sampled).
"""

from __future__ import annotations

import csv
import io
import json

import pytest

from symcheck.commands.cli import main
from symcheck.judging.sweep import axis, sweep
from symcheck.reading.library import shipped
from symcheck.reading.syntax import parse

HE = parse(shipped("he-forward").text)
# Right for one unit only: the square of a sum has cross terms.
ONE_UNIT = """\
size D
random x[j] mean 1, variance 1
independent x[j] over j
claim square: E[sum(j = 1..D) x[j]]^2 = sum(j = 1..D) E[x[j]]^2
  E[sum(j = 1..D) x[j]]^2
  = sum(j = 1..D) E[x[j]]^2
"""


def test_the_variance_of_the_lecture_at_every_point():
    axes = [
        axis(HE.context, "size", "D_h=1,3,40"),
        axis(HE.context, "law", "Ω=normal,rademacher"),
        axis(HE.context, "value", "σ_Ω=0.1,1/3"),
        axis(HE.context, "value", "σ_f=2"),
    ]
    found = sweep(HE, axes, samples=4096)
    assert found.ok
    assert len({r.point for r in found.rows}) == 3 * 2 * 2
    last = [r for r in found.rows if r.result.startswith("Var") and not r.solution]
    for r in last:
        d, _, s, f = r.point
        if r.line == max(k.line for k in last):
            assert r.comparison.right == pytest.approx(d * s**2 * f**2 / 2)
        # Every line of the derivation has the variance's value, up to its own error.
        assert r.comparison.left == pytest.approx(d * s**2 * f**2 / 2, rel=1.0)
        assert r.constants == {}
        assert "normal" in r.comparison.laws


def test_a_line_that_holds_at_one_size_only():
    document = parse(ONE_UNIT)
    found = sweep(document, [axis(document.context, "size", "D=1,2,5")], samples=4096)
    assert [r.comparison.differs for r in found.rows] == [False, True, True]
    assert [r.comparison.left for r in found.rows] == pytest.approx([1, 4, 25], rel=0.1)
    assert [r.comparison.right for r in found.rows] == pytest.approx([1, 2, 5], rel=0.1)
    assert not found.ok


def test_what_is_not_swept_is_the_same_everywhere():
    found = sweep(HE, [axis(HE.context, "size", "D_h=1..3")], samples=2048)
    assert len({tuple(r.constants.items()) for r in found.rows if not r.solution}) == 1
    alone = sweep(HE, [axis(HE.context, "size", "D_h=1")], samples=2048)
    assert [r.comparison.left for r in alone.rows] == [
        r.comparison.left for r in found.rows if r.point == (1,)
    ]


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("size", "D_h", "not of the form"),
        ("size", "D_g=3", "did you mean D_h"),
        ("size", "D_h=0", "between 1 and"),
        ("size", "D_h=2.5", "not a whole number"),
        ("size", "D_h=1..1000000", "between 1 and 1e6, at most"),
        ("law", "Ω=lognormal", "there are: normal, uniform"),
        ("law", "f=exponential", "declared symmetric"),
        ("law", "h=normal", "not among the random variables"),
        ("value", "σ_Ω=-1", "against its declaration"),
        ("value", "σ_Ω=1/0", "not a number"),
        ("value", "σ_Ω=nan", "not a number"),
        ("value", "σ_Ω=1,,2", "not of the form"),
    ],
)
def test_a_grid_that_makes_no_sense_is_told(kind, text, words):
    with pytest.raises(ValueError, match=words):
        axis(HE.context, kind, text)


def test_too_many_points_are_refused_before_anything_is_drawn():
    axes = [axis(HE.context, "size", "D_h=1..9999"), axis(HE.context, "value", "σ_f=" + ",".join(map(str, range(1, 99))))]  # fmt: skip
    with pytest.raises(ValueError, match="points"):
        sweep(HE, axes)


def test_tables(capsys, tmp_path):
    command = ["sweep", "he-forward", "--size", "D_h=1,2", "--samples", "20000"]
    assert main(command) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == ["D_h", "result", "lines", "largest", "z", "seen", "from"]
    assert shown[1].split()[0] == "1"
    assert shown[1].endswith("agrees")
    assert main([*command, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {r["D_h"] for r in rows} == {"1", "2"}
    assert {r["verdict"] for r in rows} == {"agrees"}
    path = tmp_path / "s.json"
    assert main([*command, "-o", str(path)]) == 0
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["samples"] == 20000
    assert len(data["rows"]) == len(rows)


def test_parquet(capsys, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "s.parquet"
    assert main(["sweep", "he-forward", "--size", "D_h=1,2", "--samples", "2048", "-o", str(path)]) == 0  # fmt: skip
    table = parquet.read_table(path)
    assert set(table.column("D_h").to_pylist()) == {1, 2}
    assert table.schema.metadata[b"symcheck.samples"] == b"2048"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--size", "D_g=1"], "did you mean D_h?"),
        (["--size", "D_h=1", "--size", "D_h=2"], "named twice"),
        (["-o", "/nowhere/at/all.csv"], "cannot be written"),
    ],
)
def test_bad_input(capsys, options, words):
    assert main(["sweep", "he-forward", "--samples", "2048", *options]) == 2
    assert words in capsys.readouterr().err


def test_a_point_without_a_world_says_why(capsys):
    # Four factors of Ω: a Laplace law is too heavy for its standard error.
    text = (
        "random x mean 0, variance 1, finite 8\nclaim E[x^4] = E[x^4]\n  E[x^4]\n  = E[x^2 x^2]\n"
    )
    document = parse(text)
    found = sweep(document, [axis(document.context, "law", "x=laplace")], samples=2048)
    assert not found.ok
    assert all(r.comparison.reason for r in found.rows)
