"""``symcheck simulate`` from the outside: options, tables, CSV, JSON, drawing, plot, errors."""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from rich.console import Console

from symcheck.simulate.chart import Curve, Mark, chart
from symcheck.simulate.command import add_arguments, run

SMALL = ("--depth", "4", "--width", "8", "--input-size", "6", "--networks", "40")


def simulate(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([*SMALL, *words]))


def test_the_command_is_importable_without_numpy():
    code = (
        "import sys; sys.modules['numpy'] = None; sys.modules['sympy'] = None\n"
        "import argparse\n"
        "from symcheck.simulate.command import add_arguments\n"
        "p = argparse.ArgumentParser(); add_arguments(p); print(p.parse_args([]).depth)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout == "50\n"


def test_defaults_are_the_lecture():
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    args = parser.parse_args([])
    assert (args.depth, args.width, args.input_size, args.input_variance) == (50, 100, 100, 1)
    assert args.variances == [0.001, 0.01, 0.02, 0.1, 1.0]
    assert (args.bias_variance, args.activation, args.weights) == (0, "relu", "normal")
    assert args.networks >= 1000


def test_csv_holds_the_law_and_what_was_measured(capsys):
    assert simulate("--format", "csv", "--variances", "0.5,he") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 2 * 3 * 5
    first = [r for r in rows if r["weight_variance"] == "0.5" and r["quantity"] == "forward"]
    # v_1 = 6/2, then 8 (1/2) / 2 = 2 for each further layer.
    assert [float(r["law"]) for r in first] == pytest.approx([3, 6, 12, 24, 48])
    for r in rows:
        assert float(r["low"]) <= float(r["mean"]) <= float(r["high"])
        assert float(r["lower"]) <= float(r["median"]) <= float(r["upper"])


def test_json_says_the_same_as_csv(tmp_path, capsys):
    path = tmp_path / "run.json"
    assert simulate("--format", "json", "--seed", "3", "-o", str(path)) == 0
    assert simulate("--format", "csv", "--seed", "3") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    data = json.loads(path.read_text())
    assert data["sizes"] == [6, 8, 8, 8, 8, 1]
    flat = [
        layer[name]
        for profile in data["profiles"]
        for quantity in ("forward", "gain", "gradient")
        for layer in profile[quantity]
        for name in ("law", "mean", "median")
    ]
    same = [float(r[name]) for r in rows for name in ("law", "mean", "median")]
    assert flat == pytest.approx(same, rel=1e-8)


def test_beyond_double_precision(capsys):
    # 400 layers of 8 with variance 100: 600 (400)^399 is 1e1041.
    assert simulate("--depth", "400", "--variances", "100", "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    law = next(r["law"] for r in rows if r["quantity"] == "forward" and r["layer"] == "400")
    mantissa, exponent = law.split("e")
    expected = math.log10(600) + 399 * math.log10(400)
    assert math.log10(float(mantissa)) + int(exponent) == pytest.approx(expected, abs=1e-8)


def test_table_tells_mean_from_median_and_independence(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert simulate("--variances", "0.25,1", "--networks", "300") == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 100
    for words in ("Var[f_k]", "median", "one seed proves nothing", "positively homogeneous"):
        assert words in shown.replace("\n", " ")
    assert "⣀" in shown or "⠤" in shown


def test_ascii_output_is_ascii(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert simulate("--ascii", "--bias-variance", "0.1", "--variances", "0.1,torch") == 0
    assert capsys.readouterr().out.isascii()


def test_a_stream_that_cannot_speak_unicode_gets_ascii():
    code = (
        "import argparse, sys\n"
        "from symcheck.simulate.command import add_arguments, run\n"
        "p = argparse.ArgumentParser(); add_arguments(p); sys.exit(run(p.parse_args()))"
    )
    made = subprocess.run(
        [sys.executable, "-c", code, *SMALL], capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert made.stdout.isascii()


def test_chart_places_what_it_draws():
    points = [(k, float(k)) for k in range(11)]
    line = Curve(points, "", "name")
    rows = [
        t.plain
        for t in chart("T", [line], [Mark([(10, 10.0)], "", "X")], width=60, height=11, ascii=True)
    ]
    assert {len(r) for r in rows} == {60}
    body = [r.split("|", 1)[-1] if "|" in r else r.split("+", 1)[-1] for r in rows[1:12]]
    ends = [len(r.rstrip().removesuffix("name").rstrip()) for r in body]
    assert "X" in body[0]
    assert ends == sorted(ends, reverse=True)
    assert "name" in body[0]


def test_one_flat_curve_can_be_drawn():
    rows = chart("T", [Curve([(1, 0.0), (2, 0.0)], "")], [], width=40, height=5)
    assert any("⠤" in t.plain or "⠒" in t.plain or "⠉" in t.plain or "⣀" in t.plain for t in rows)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--activation", "step"), "no activation 'step'"),
        (("--activation", "tanh", "--slope", "0.1"), "slope belongs to leaky_relu"),
        (("--variances", "xavier"), "neither a number nor one of"),
        (("--variances", "0"), "positive"),
        (("--bias-variance", "-1"), "zero or positive"),
        (("--plot", "figure.bmp"), ".png"),
        (("--networks", "1"), "two networks"),
        (("-o", "/no/such/folder/x", "--format", "csv"), "cannot be written"),
        (("--activation", "gelu", "--variances", "100", "--depth", "500"), "double precision"),
    ],
)
def test_bad_input_is_explained(words, complaint, capsys):
    assert simulate(*words) == 2
    shown = capsys.readouterr()
    assert complaint in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    "words", [("--depth", "0"), ("--widths", "3,x"), ("--seed", "-1"), ("--variances", "1,,2")]
)
def test_bad_words_are_refused_by_the_grammar(words):
    with pytest.raises(SystemExit) as e:
        simulate(*words)
    assert e.value.code == 2


def test_interruption_is_clean(monkeypatch, capsys):
    import symcheck.simulate.experiment as experiment

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment, "_measure", interrupted)
    assert simulate() == 130
    assert capsys.readouterr().err == "symcheck simulate: interrupted\n"


@pytest.mark.parametrize("extra", [(), ("--bias-variance", "0.1"), ("--activation", "tanh")])
def test_plot(tmp_path, extra):
    pytest.importorskip("matplotlib")
    png, svg = tmp_path / "figure.png", tmp_path / "figure.svg"
    quiet = ("-o", str(tmp_path / "table.txt"), *extra)
    assert simulate("--plot", str(png), *quiet) == 0
    assert simulate("--plot", str(svg), *quiet) == 0
    assert png.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert ET.parse(svg).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    first = svg.read_bytes()
    assert simulate("--plot", str(svg), *quiet) == 0
    assert svg.read_bytes() == first


def test_curves_keep_their_colours():
    console = Console(width=40, color_system="standard", force_terminal=True)
    [first, *_] = chart("T", [Curve([(1, 1.0), (2, 1.0)], "red", "one")], [], width=40, height=1)[
        1:
    ]
    drawn = [s for s in first.render(console) if any("⠀" < c <= "⣿" for c in s.text)]
    assert drawn
    assert all(s.style.color.name == "red" and not s.style.dim for s in drawn)
