"""What stands around a check: annotations, the pytest plugin, the starter, watching, JSON keys."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from symcheck.commands import starter, watch
from symcheck.commands.cli import main

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
PLUGIN = ("-p", "symcheck.commands.pytest_plugin")

MIXED = """\
random x, y  finite 2
independent x and y

claim  good: E[x y] = E[x] E[y]

claim  square: E[x^2] = E[x]^2
  E[x^2]
  = E[x]^2

claim  hole: E[x] = 0
  admit

derive E[x + y]
  expect E[x] + E[y]

derive E[x - y]
  expect E[x] + E[y]

derive E[2 x]
"""


@pytest.fixture
def mixed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mixed.proof").write_text(MIXED, encoding="utf-8")
    return "mixed.proof"


# ---------------------------------------------------------------- annotations

COMMAND = re.compile(r"::error (?P<properties>[^:\r\n]*)::(?P<message>[^\r\n]*)")


def annotations(out: str) -> list[tuple[dict[str, str], str]]:
    """The commands of an output, unescaped as GitHub does; every line has to be one."""

    def plain(s: str) -> str:
        for code, c in (("%2C", ","), ("%3A", ":"), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            s = s.replace(code, c)
        return s

    found = []
    for line in out.splitlines():
        m = COMMAND.fullmatch(line)
        assert m, line
        properties = dict(p.split("=", 1) for p in m["properties"].split(","))
        found.append(({k: plain(v) for k, v in properties.items()}, plain(m["message"])))
    return found


def test_every_line_that_is_not_proved_is_annotated(mixed, capsys):
    assert main(["check", mixed, "--format", "github"]) == 1
    (wrong, why), (hole, admitted) = annotations(capsys.readouterr().out)
    assert wrong == {"file": mixed, "line": "8", "col": "5", "title": "claim square: refuted"}
    assert "left side" in why
    assert "probability" in why  # the witness
    assert hole == {"file": mixed, "line": "10", "col": "1", "title": "claim hole: admitted"}
    assert "admitted, not proved" in admitted


def test_a_proved_file_has_no_annotation(tmp_path, capsys):
    path = tmp_path / "good.proof"
    path.write_text("random x  finite 2\nclaim E[2 x] = 2 E[x]\n", encoding="utf-8")
    assert main(["check", str(path), "--format", "github"]) == 0
    assert capsys.readouterr().out == ""


def test_files_that_cannot_be_read_are_annotated_and_the_others_judged(mixed, capsys):
    Path("a,b:c%.proof").write_text("random x\nclaim E[x = 0\n", encoding="utf-8")
    Path("empty").mkdir()
    names = ["gone.proof", "a,b:c%.proof", "empty", mixed]
    assert main(["check", *names, "--format", "github"]) == 2
    found = annotations(capsys.readouterr().out)
    by_file = {p["file"]: (p, message) for p, message in found}
    assert set(by_file) == set(names)
    assert by_file["a,b:c%.proof"][0]["line"] == "2"
    assert by_file["a,b:c%.proof"][0]["title"] == "cannot be read"
    assert "No such file" in by_file["gone.proof"][1]


def test_a_shipped_derivation_is_no_file_of_the_repository(capsys):
    assert main(["check", "variance-identity", "--format", "github"]) == 2
    ((properties, message),) = annotations(capsys.readouterr().out)
    assert properties == {"title": "cannot be checked"}
    assert "claims nothing" in message


def test_annotations_go_to_a_file_too(mixed, capsys):
    assert main(["check", mixed, "gone.proof", "--format", "github", "-o", "out.txt"]) == 2
    found = annotations(Path("out.txt").read_text(encoding="utf-8"))
    assert {p["file"] for p, _ in found} == {mixed, "gone.proof"}
    assert capsys.readouterr().out == ""


def test_what_is_escaped_can_be_read_back():
    from symcheck.report.github import annotation

    message, title = "50 % of\r\n::error file=x::y", "a, b: 100%25\nc"
    ((properties, read),) = annotations(annotation(message, title, "d/e.proof", 3, 4))
    assert read == message
    assert properties == {"title": title, "file": "d/e.proof", "line": "3", "col": "4"}


def test_what_is_no_file_has_no_place():
    from symcheck.report.github import annotation

    assert annotation("m", "t", "-", 3, 4) == "::error title=t::m\n"


# ---------------------------------------------------------------- pytest


@pytest.fixture
def suite(pytester, monkeypatch):
    """A folder of its own, where an installed plugin is not loaded a second time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (pytester.path / "mixed.proof").write_text(MIXED, encoding="utf-8")
    return pytester


def test_nothing_is_collected_or_imported_unasked(suite):
    suite.makeconftest(
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    heavy = {'sympy', 'numpy', 'rich', 'lark'} & set(sys.modules)\n"
        "    print('heavy:', sorted(heavy), 'plugin:', 'symcheck.commands.pytest_plugin' in sys.modules)\n"
    )
    done = suite.runpytest_subprocess(*PLUGIN)
    assert done.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "heavy: [] plugin: True" in done.stdout.str()


@pytest.mark.parametrize("asked", ["option", "setting"])
def test_each_goal_that_may_fail_is_a_test(suite, asked):
    if asked == "setting":
        suite.makeini("[pytest]\nsymcheck = true\n")
    done = suite.runpytest_subprocess(*PLUGIN, "-v", *["--symcheck"] * (asked == "option"))
    done.assert_outcomes(passed=2, failed=3)
    shown = done.stdout.str()
    outcome = dict(re.findall(r"^mixed\.proof::(.+?) (PASSED|FAILED)", shown, re.M))
    assert outcome == {
        "good": "PASSED",
        "square": "FAILED",
        "hole": "FAILED",
        "derive at line 13": "PASSED",
        "derive at line 16": "FAILED",
    }


def test_a_failing_line_is_shown_where_it_stands(suite):
    done = suite.runpytest_subprocess(*PLUGIN, "--symcheck", "-k", "square")
    done.assert_outcomes(failed=1, deselected=4)
    done.stdout.fnmatch_lines(
        [
            "mixed.proof:8:5: refuted",
            "  6  claim  square: E[[]x^2] = E[[]x]^2",
            "  7    E[[]x^2]",
            "> 8    = E[[]x]^2",
            "*refuted: the left side is *, the right side *",
            "*probability *",
        ]
    )
    assert "Traceback" not in done.stdout.str()


def test_what_was_found_instead_is_shown(suite):
    done = suite.runpytest_subprocess(*PLUGIN, "--symcheck", "-k", "16")
    done.stdout.fnmatch_lines(
        ["mixed.proof:16:1: *", "*found *E[[]x] - E[[]y]", "*expected *E[[]x] + E[[]y]"]
    )


def test_one_claim_alone_may_use_those_before_it(suite):
    (suite.path / "mixed.proof").write_text(
        "random x, y  finite 2\nassume E[x + y] = 3 + E[y]\n"
        "claim first: E[x] = 3\n"
        "claim second: 2 E[x] = 6\n  2 E[x]\n  = 6  by first\n"
    )
    done = suite.runpytest_subprocess(*PLUGIN, "--symcheck", "mixed.proof::second")
    done.assert_outcomes(passed=1)


def test_one_claim_alone_fails_where_it_rests_on_an_admitted_one(suite):
    (suite.path / "mixed.proof").write_text(
        "random x, y  finite 2\n"
        "claim first: E[x] = 3\n  admit\n"
        "claim second: 2 E[x] = 6\n  2 E[x]\n  = 6  by first\n"
    )
    done = suite.runpytest_subprocess(*PLUGIN, "--symcheck", "mixed.proof::second")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*rests on first, which is admitted*"])


def test_a_file_that_cannot_be_read_is_an_error_of_collection(suite):
    (suite.path / "mixed.proof").write_text("random x\nclaim E[x = 0\n")
    done = suite.runpytest_subprocess(*PLUGIN, "--symcheck")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*mixed.proof:2:*"])
    assert "Traceback" not in done.stdout.str()


def test_goals_of_one_name_are_two_tests(suite):
    (suite.path / "mixed.proof").write_text(
        "random x, y  finite 2\nclaim E[2 x] = 2 E[x]\nclaim E[2 y] = 2 E[y]\n"
    )
    suite.runpytest_subprocess(*PLUGIN, "--symcheck").assert_outcomes(passed=2)


def test_the_plugin_is_declared():
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    points = declared["project"]["entry-points"]["pytest11"]
    assert points == {"symcheck": "symcheck.commands.pytest_plugin"}


# ---------------------------------------------------------------- the starter


def test_the_starter_is_proved_and_derived(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new"]) == 0
    assert "new.proof" in capsys.readouterr().out
    assert main(["check", "new.proof"]) == 0
    assert main(["derive", "new.proof", "--samples", "2000"]) == 0


def test_the_starter_overwrites_nothing(tmp_path, capsys):
    path = tmp_path / "mine.proof"
    path.write_text("mine")
    assert main(["new", str(tmp_path / "mine")]) == 2
    assert path.read_text() == "mine"
    assert "exists already" in capsys.readouterr().err


def test_the_starter_cannot_be_written_without_a_folder(tmp_path, capsys):
    assert main(["new", str(tmp_path / "gone" / "a.proof")]) == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_every_comment_of_the_starter_is_short():
    assert max(map(len, starter.TEXT.splitlines())) <= 100


# ---------------------------------------------------------------- watching


def test_changes_are_noticed_each_once(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")

    def nothing():
        pass

    acts = iter(
        [
            nothing,
            lambda: one.write_text("longer"),
            nothing,  # it has settled
            lambda: two.write_text("2"),
            nothing,
            lambda: os.utime(two, ns=(1, 1)),  # the same size
            nothing,
            lambda: one.unlink(),
            nothing,
        ]
    )
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        next(acts)()

    seen = watch.changes(lambda: [str(one), *([str(two)] if two.exists() else [])], sleep)
    assert [next(seen) for _ in range(5)] == [
        [str(one)], [str(one)], [str(two)], [str(two)], [str(one)]
    ]  # fmt: skip
    assert len(slept) == 9


def test_a_file_that_is_being_written_is_left_until_it_is_finished(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    parts = iter(["", "half", "whole file", "whole file"])

    def sleep(_):
        words = next(parts)
        if words != path.read_text():
            path.write_text(words)

    seen = watch.changes(lambda: [str(path)], sleep)
    next(seen)
    assert next(seen) == [str(path)]
    assert path.read_text() == "whole file"


def test_what_changes_during_a_check_is_not_missed(tmp_path):
    path = tmp_path / "a"
    path.write_text("1")
    seen = watch.changes(lambda: [str(path)], lambda _: None)
    next(seen)
    path.write_text("longer")
    assert next(seen) == [str(path)]


def test_watch_checks_again_and_ends_on_an_interrupt(tmp_path):
    path = tmp_path / "a.proof"
    path.write_text("random x  finite 2\nclaim E[x^2] = E[x]^2\n", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "symcheck", "check", "--watch", "--format", "text", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert process.stderr is not None
        assert "watching" in process.stderr.readline()
        path.write_text("random x  finite 2\nclaim E[3 x] = 3 E[x]\n", encoding="utf-8")
        assert "watching" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert err == "symcheck: no longer watching\n"
    assert process.returncode == 0  # of the last check
    assert out.count("refuted") >= 1
    assert out.rindex("proved") > out.rindex("refuted")


def test_standard_input_cannot_be_watched(capsys):
    assert main(["check", "--watch", "-"]) == 2
    assert "cannot be watched" in capsys.readouterr().err


# ---------------------------------------------------------------- JSON


def documented() -> dict[str, set[str]]:
    """The keys in the tables of docs/json.md, by heading."""
    found: dict[str, set[str]] = {}
    heading = ""
    for line in (ROOT / "docs" / "json.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.strip("# ")
        elif m := re.match(r"\| `(\w+)` \|", line):
            found.setdefault(heading, set()).add(m[1])
    return found


def made(argv: list[str], capsys) -> dict:
    main([*argv, "--format", "json"])
    return json.loads(capsys.readouterr().out)


def verified(path, capsys):
    """What `symcheck verify --json` says of the certificate of a file."""
    main(["check", path, "--certificate", "mixed.json"])
    capsys.readouterr()
    main(["verify", "mixed.json", "--json"])
    return json.loads(capsys.readouterr().out)


def test_the_documented_keys_are_those_that_are_written(mixed, capsys):
    checked = made(["check", mixed], capsys)
    derived = made(["derive", mixed, "--samples", "500"], capsys)
    Path("facts.proof").write_text(
        "random x[j], y  finite 2\nindependent x[j] over j\nlet h = y^2\nassume known: E[y] = 1\n"
        "claim E[y] = 1\n",
        encoding="utf-8",
    )
    facts = made(["check", "facts.proof"], capsys)
    ablated = made(["assumptions", "facts.proof"], capsys)
    results = [r for d in (checked, derived, facts) for r in d["results"]]
    rows = [row for r in results for row in r["rows"]]
    contexts = [r["proof"]["context"] for r in results]
    produced = {
        "Report": [checked, derived],
        "Result": results,
        "Row": rows,
        "Witness": [row["witness"] for row in rows if row["witness"]],
        "Comparison": [row["comparison"] for row in rows if row["comparison"]],
        "Ablations": [ablated],
        "Ablation": ablated["assumptions"],
        "Unassumed": ablated["unassumed"],
        "Proof": [r["proof"] for r in results],
        "Step": [s for r in results for s in r["proof"]["steps"]],
        "Context": contexts,
        "Random": [x for c in contexts for x in c["randoms"]],
        "Independence": [x for c in contexts for x in c["independence"]],
        "Definition": [x for c in contexts for x in c["definitions"]],
        "Hypothesis": [x for c in contexts for x in c["hypotheses"]],
        "Verified": verified(mixed, capsys),
    }
    keys = documented()
    assert set(keys) == set(produced)
    for heading, objects in produced.items():
        assert objects, heading
        for o in objects:
            assert set(o) == keys[heading], heading


def test_several_files_are_a_list_even_where_one_cannot_be_read(mixed, capsys):
    found = made(["check", mixed, "gone.proof"], capsys)
    assert [r["path"] for r in found] == [mixed]


def test_documented_schema_and_verdicts_are_current(mixed, capsys):
    from symcheck.judging import result
    from symcheck.report.data import SCHEMA

    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert f"`{SCHEMA}`" in text
    for status in (result.PROVED, result.REFUTED, result.UNPROVED, result.ADMITTED):
        assert f"`{status}`" in text


# ---------------------------------------------------------------- damaged files


def test_damaged_files_are_read_or_refused():
    """In a process of its own, since memory is counted too."""
    words = [sys.executable, "-m", "benchmarks", "fuzz", "--count", "300", "--seed", "7"]
    ran = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = re.search(r"(\d+) damaged files.*: (\d+) read, (\d+) refused", ran.stdout)
    assert found
    done, read, refused = map(int, found.groups())
    assert done == read + refused == 300
    assert read >= 10  # else nothing but the first letter is tried
    assert refused >= 10


@pytest.mark.parametrize("bad", [ValueError("what"), RecursionError(), TypeError()])
def test_what_is_no_answer_is_a_failure_with_its_text(bad, capsys, monkeypatch):
    from benchmarks import fuzz

    def parse(text, name, path):
        raise bad

    monkeypatch.setattr(fuzz, "parse", parse)
    assert fuzz.main(["--count", "3"]) == 1
    out = capsys.readouterr().out
    assert out.count(f"FAILED: {type(bad).__name__}") == 3
    assert "3 failures" in out


def test_too_much_memory_is_a_failure(capsys, monkeypatch):
    from benchmarks import fuzz

    monkeypatch.setattr(fuzz, "MEMORY", 1)
    assert fuzz.main(["--count", "1"]) == 1
    assert "0 failures" in capsys.readouterr().out
