"""``symcheck verify``: what it prints, what it refuses, and that it is the core alone."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from fractions import Fraction

import pytest

from symcheck.commands import start, verify
from symcheck.commands.certificate import certificate_of
from symcheck.commands.cli import main
from symcheck.core.declared import declare
from symcheck.core.terms import num
from symcheck.judging.checking import check_document
from symcheck.language.spelled import Speller
from symcheck.reading.syntax import parse

TEXT = """\
title The square of a sum
size n
random x mean 0, variance 3
claim two: E[(x + 1)^2] = 4
  E[(x + 1)^2]
  = E[x^2 + 2 x + 1]
  = 4
"""
MEMBERS = """\
index i
claim E[x[i]] = E[x[i]]
"""


@pytest.fixture(scope="module")
def whole():
    """A certificate with declarations, a title, and lines."""
    return certificate_of([check_document(parse(TEXT))])


@pytest.fixture
def file(tmp_path, whole):
    def write(change=None, text=None):
        data = copy.deepcopy(whole)
        if change is not None:
            change(data)
        path = tmp_path / "a.json"
        path.write_text(json.dumps(data) if text is None else text, encoding="utf-8")
        return str(path)

    return write


def run(*words):
    """The exit status and what was printed, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "symcheck", "verify", *words], capture_output=True, text=True,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


# ---------------------------------------------------------------- the core alone

ALONE = """
import sys
sys.argv = ["symcheck", *{words!r}]
from symcheck.commands.start import main
status = main()
print("\\n" + " ".join(sys.modules))
sys.exit(status)
"""
COMMAND = {
    "symcheck",
    "symcheck.commands",
    "symcheck.language",
    "symcheck.commands.start",
    "symcheck.commands.verify",
    "symcheck.language.spelled",
}
BY_THE_PARSER = {
    "symcheck.report", "symcheck.report.formats", "symcheck.system",
    *(f"symcheck.commands.{n}" for n in ("bad", "cli", "drawing", "given", "options", "shown")),
    *(f"symcheck.system.{n}" for n in ("escapes", "limits", "output")),
}  # fmt: skip


@pytest.mark.parametrize("words", [["verify"], ["verify", "--json"], ["verify", "--lines"]])
def test_nothing_but_the_core_is_imported(file, words):
    code = ALONE.format(words=[*words, file()])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.splitlines()[-1].split())
    assert not {m.partition(".")[0] for m in modules} & {
        "sympy", "numpy", "lark", "rich", "mpmath", "argparse",
    }  # fmt: skip
    own = {m for m in modules if m.partition(".")[0] == "symcheck"}
    assert {m for m in own if not m.startswith("symcheck.core")} == COMMAND


def test_the_parser_of_the_command_line_brings_nothing_heavy(file):
    code = ALONE.format(words=["verify", "--js", file()])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.splitlines()[-1].split())
    assert not {m.partition(".")[0] for m in modules} & {"sympy", "numpy", "lark", "rich"}
    own = {m for m in modules if m.partition(".")[0] == "symcheck"}
    assert {m for m in own if not m.startswith("symcheck.core")} == COMMAND | BY_THE_PARSER


def test_both_ways_in_say_the_same(file, capsys):
    path = file()
    assert main(["verify", path, "--lines"]) == 0
    one = capsys.readouterr().out
    assert verify.main([path, "--lines"]) == 0
    assert capsys.readouterr().out == one


def test_the_long_way_is_taken_where_the_short_one_does_not_know(monkeypatch):
    taken = []
    monkeypatch.setattr("symcheck.commands.cli.main", lambda words: taken.append(words) or 0)
    for words in (["verify"], ["verify", "--help"], ["verify", "--"], ["list"], []):
        monkeypatch.setattr(sys, "argv", ["symcheck", *words])
        assert start.main() == 0
    assert len(taken) == 5


# ---------------------------------------------------------------- what it prints


def test_claims_declarations_rules_and_trust(file):
    status, shown, complaint = run(file())
    lines = shown.splitlines()
    assert (status, complaint) == (0, "")
    assert lines[0].endswith("a.json: The square of a sum")
    assert "  two: E[(x + 1)^2] = 4" in lines
    assert not any("two, 1" in line for line in lines)
    assert any(line.split()[-3:] == ["x", "is", "random"] for line in lines)
    assert any(line.startswith("  by ") for line in lines)
    assert lines[-1].startswith("  proved") or "claims in" in lines[-1]


def test_lines_are_shown_when_asked_for(file):
    _, shown, _ = run("--lines", file())
    assert "    two, 1: E[(x + 1)^2] = E[x^2 + 2 x + 1]" in shown.splitlines()


def test_json_has_all_of_it(file, whole):
    status, shown, _ = run("--json", file())
    (part,) = json.loads(shown)
    assert status == 0
    assert part["ok"]
    assert part["refused"] is None
    assert part["title"] == "The square of a sum"
    assert part["steps"] == len(whole["certificate"]["steps"])
    assert [c["name"] for c in part["claims"]] == ["two, 1", "two, 2", "two"]
    assert part["claims"][-1]["claim"] == "E[(x + 1)^2] = 4"
    assert set(part["claims"][-1]) == {"name", "claim", "uses", "rules", "trusts"}
    assert "x is random" in part["declarations"]


def test_several_parts_and_several_files(tmp_path, whole):
    one = {k: v for k, v in whole.items() if k != "format"}
    many = tmp_path / "many.json"
    many.write_text(json.dumps({"format": verify.FORMAT, "title": "", "parts": [one, one]}))
    status, shown, _ = run(str(many), str(many))
    assert status == 0
    assert shown.count("two: E[(x + 1)^2] = 4") == 4


def test_standard_input(file):
    with open(file(), "rb") as text:
        done = subprocess.run(
            [sys.executable, "-m", "symcheck", "verify", "-"], stdin=text,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith("-: The square of a sum")


def test_names_cannot_play_tricks(file):
    def change(data):
        data["title"] = "a\x1b[2Jb"
        data["certificate"]["claims"][-1][0] = "c\nd"
        for entry in data["declarations"]["entries"]:
            if entry[:2] == ["random", "x"]:
                entry[1] = "x] = 0\x1b"
        for table in (data["declarations"], data["certificate"]):
            for term in table["terms"]:
                if term[:2] == ["x", "x"]:
                    term[1] = "x] = 0\x1b"

    status, shown, _ = run(file(change))
    assert status == 0
    assert "\x1b" not in shown
    assert r": a\x1b[2Jb" in shown
    assert '  c\\nd: E[("x] = 0\\u001b" + 1)^2] = 4' in shown.splitlines()


# ---------------------------------------------------------------- what is refused


def test_a_step_that_does_not_follow_is_refused_with_its_number(file):
    def change(data):
        ring = next(
            s for s in data["certificate"]["steps"] if s[0] == "ring" and s[1][0] != s[1][1]
        )
        ring[1][1] = ring[1][0]
        data["certificate"]["steps"].append(
            ["ring", [0, len(data["certificate"]["terms"]) - 1], []]
        )

    status, shown, _ = run(file(change))
    assert status == 1
    assert "  refused: " in shown
    assert "step " in shown


def test_a_rule_that_is_not_there_is_refused(file):
    def change(data):
        data["certificate"]["steps"][0][0] = "magic"

    status, shown, _ = run(file(change))
    assert status == 1
    assert "refused: step 0 (magic): there is no rule 'magic'" in " ".join(shown.split())


def test_a_refusal_in_json(file):
    status, shown, _ = run("--json", file(lambda d: d["certificate"]["steps"].insert(0, 5)))
    (part,) = json.loads(shown)
    assert status == 1
    assert not part["ok"]
    assert part["claims"] == []
    assert part["refused"]["step"] == 0


def test_nothing_claimed_is_nothing_proved(file):
    status, shown, _ = run(file(lambda d: d["certificate"].update(claims=[])))
    assert status == 1
    assert "refused: it claims nothing" in shown


BAD = {
    "not JSON": ("{", "no JSON"),
    "empty": ("", "no JSON"),
    "a list": ("[]", 'has no "format"'),
    "no format": ("{}", 'has no "format"'),
    "another format": ('{"format": "lean 4"}', "the format 'lean 4'"),
    "nothing in it": (json.dumps({"format": verify.FORMAT}), 'has no "declarations"'),
    "parts of none": (json.dumps({"format": verify.FORMAT, "parts": []}), "no list of parts"),
    "parts of what": (json.dumps({"format": verify.FORMAT, "parts": [5]}), 'no "declarations"'),
    "a title of 5": (
        json.dumps({"format": verify.FORMAT, "title": 5, "declarations": {}, "certificate": {}}),
        '"title" is no text',
    ),
    "deep": ("[" * 200_000, "nested too deeply"),
    "a key twice": ('{"format": "a", "format": "b"}', "a key stands twice"),
    "no number": ('{"format": NaN}', "NaN is no number"),
    "a long number": ('{"format": ' + "9" * 5000 + "}", "is not accepted"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_certificate_is_told_in_one_line(file, name):
    text, words = BAD[name]
    status, shown, complaint = run(file(text=text))
    assert (status, shown) == (2, "")
    assert words in complaint
    assert complaint.startswith("symcheck: ")
    assert complaint.count("\n") == 1


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "latin").write_bytes(b"\xff\xfe{}")
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path / "none", "No such file"), (tmp_path, "Is a directory"),
        (tmp_path / "pipe", "is not a file"), ("/dev/zero", "is not a file"),
        (tmp_path / "latin", "no text in UTF-8"), ("a\nb", "No such file"),
    ):  # fmt: skip
        status, shown, complaint = run(str(path))
        assert (status, shown) == (2, "")
        assert words in complaint
        assert complaint.count("\n") == 1


def test_a_file_that_is_too_large(file, monkeypatch, capsys):
    monkeypatch.setattr(verify, "MOST_BYTES", 100)
    assert verify.main([file()]) == 2
    assert "is larger than" in capsys.readouterr().err


def test_one_bad_file_does_not_hide_a_good_one(file, tmp_path):
    status, shown, complaint = run(str(tmp_path / "none"), file())
    assert status == 2
    assert "two: E[(x + 1)^2] = 4" in shown
    assert "No such file" in complaint


ODD = [None, True, -1, 0, 7, 10**30, 1.5, "", "~", "E", [], [[]], [0], {}, {"terms": 1}, "\ud800"]


def nodes(data, place=()):
    """The places of all that is in nested data."""
    yield place
    inside = (
        enumerate(data)
        if isinstance(data, list)
        else data.items()
        if isinstance(data, dict)
        else ()
    )
    for key, part in inside:
        yield from nodes(part, (*place, key))


def test_no_odd_value_anywhere_breaks_it(whole, tmp_path, capsys):
    rng = random.Random(0)
    places = list(nodes(whole))
    path = tmp_path / "odd.json"
    for place in (p for p in rng.choices(places, k=120) if p):
        data = copy.deepcopy(whole)
        at = data
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = rng.choice(ODD)
        path.write_text(json.dumps(data))
        assert verify.main([str(path), "--lines"]) in (0, 1, 2), place
        told = capsys.readouterr()
        assert "fault of the core" not in told.out, place
        assert "Traceback" not in told.out + told.err


@pytest.mark.parametrize(
    "where", ["symcheck.commands.verify.judge", "symcheck.commands.verify.main"]
)
def test_an_interrupt_ends_cleanly(file, monkeypatch, capsys, where):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)
    monkeypatch.setattr(sys, "argv", ["symcheck", "verify", file()])
    assert start.main() == 130
    assert capsys.readouterr().err == "symcheck: interrupted\n"


# ---------------------------------------------------------------- writing


@pytest.fixture
def proof(tmp_path):
    path = tmp_path / "a.proof"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


def test_check_writes_what_verify_reads(proof, tmp_path, capsys):
    out = tmp_path / "a.json"
    assert main(["check", proof, "--certificate", str(out)]) == 0
    assert set(json.loads(out.read_text())) == {"format", "title", "declarations", "certificate"}
    assert main(["verify", str(out)]) == 0
    assert "two: E[(x + 1)^2] = 4" in capsys.readouterr().out
    assert os.listdir(tmp_path) in (["a.proof", "a.json"], ["a.json", "a.proof"])


def test_derive_writes_what_verify_reads(tmp_path, capsys):
    out = tmp_path / "a.json"
    words = ["derive", "variance-identity", "--no-numeric", "--certificate", str(out)]
    assert main(words) == 0
    assert main(["verify", str(out)]) == 0
    assert "E[(x - mu)^2] = E[x^2] - E[x]^2" in capsys.readouterr().out


def test_several_inputs_become_parts(proof, tmp_path, capsys):
    out = tmp_path / "many.json"
    assert main(["check", proof, proof, "--certificate", str(out)]) == 0
    assert len(json.loads(out.read_text())["parts"]) == 2
    assert main(["verify", str(out)]) == 0
    told = capsys.readouterr().err
    assert "judges it" in told
    assert told.count("  two: E[(x + 1)^2] = 4\n") == 2


def test_nothing_proved_writes_nothing(tmp_path, capsys):
    wrong = tmp_path / "wrong.proof"
    wrong.write_text("random x ~ cauchy()\nclaim E[x] = 1\n")
    assert main(["check", str(wrong), "--certificate", str(tmp_path / "a.json")]) == 1
    assert "nothing is proved or refuted, so" in capsys.readouterr().err
    assert not (tmp_path / "a.json").exists()


def test_places_where_nothing_can_be_written(proof, tmp_path, capsys):
    (tmp_path / "folder").mkdir()
    for place, words in (
        (tmp_path / "no" / "a.json", "there is no folder"), (tmp_path / "folder", "not a file"),
        ("-", "not to standard output"), ("/dev/null", "not a file"),
    ):  # fmt: skip
        assert main(["check", proof, "--certificate", str(place)]) == 2
        told = capsys.readouterr()
        assert words in told.err
        assert told.out == ""  # said before any work is done


# ---------------------------------------------------------------- the printer


def q(n, m=1):
    return num(Fraction(n, m))


X, Y, N, K = ("x", "x"), ("x", "y"), ("c", "n"), ("v", "k")
SPELLED = {
    "x + 2": ("+", X, q(2)),
    "x - y": ("+", X, ("*", q(-1), Y)),
    "x - (y + n)": ("+", X, ("*", q(-1), ("+", Y, N))),
    "-x + y": ("+", ("*", q(-1), X), Y),
    "-3 x": ("*", q(-3), X),
    "x / 2": ("*", q(1, 2), X),
    "3 x / 2": ("*", q(3, 2), X),
    "x * (-3)": ("*", X, q(-3)),
    "1 / x": ("^", X, q(-1)),
    "x / (2 y^2)": ("*", q(1, 2), X, ("^", Y, q(-2))),
    "x / (y + n)": ("*", X, ("^", ("+", Y, N), q(-1))),
    "(x y)^2": ("^", ("*", X, Y), q(2)),
    "x^(1/2)": ("^", X, q(1, 2)),
    "(x^2)^2": ("^", ("^", X, q(2)), q(2)),
    "(-2)^n": ("^", q(-2), N),
    "x^(-n)": ("^", X, ("*", q(-1), N)),
    "2 * 3": ("*", q(2), q(3)),
    "x * (y + n)": ("*", X, ("+", Y, N)),
    "x * (y n)": ("*", X, ("*", Y, N)),
    "E[x | y, n]": ("E", X, Y, N),
    "1[x > y]": ("1", ">", ("+", X, ("*", q(-1), Y))),
    "1[x + y >= 0]": ("1", ">=", ("+", X, Y)),
    "1[x != 0]": ("1", "!=", X),
    "max(x,2)": ("f", "max", X, q(2)),
    "pi": ("f", "pi"),
    "sum(j = 1..n) x": ("S", q(1), N, X),
    "sum(j = 1..n) (x + j)": ("S", q(1), N, ("+", X, ("b", 0))),
    "sum(j = 1..n) sum(l = 1..j) z[j,l]": (
        "S", q(1), N, ("S", q(1), ("b", 0), ("x", "z", ("b", 1), ("b", 0))),
    ),
    "(sum(j = 1..n) x) y": ("*", ("S", q(1), N, X), Y),
    "y sum(j = 1..n) x": ("*", Y, ("S", q(1), N, X)),
    "k + k_": ("+", ("c", "k"), K),
    "diff(x, y)": ("D", X, Y),
    "0": ("+",),
    "1": ("*",),
    "pi_": ("c", "pi"),
    "sigma_Omega'": ("c", "σ_Ω'"),
    '"a b"': ("c", "a b"),
}  # fmt: skip
ENTRIES = [
    ["constant", "n", 0, "whole"], ["constant", "k", 0, "real"], ["constant", "pi", 0, "real"],
    ["constant", "σ_Ω'", 0, "real"], ["constant", "a b", 0, "real"],
    ["random", "x", 0], ["random", "y", 0], ["random", "z", 2],
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLED)
def test_terms_are_spelled(text):
    speller = Speller(declare({"terms": [], "entries": ENTRIES}))
    assert speller.term(SPELLED[text]) == text
