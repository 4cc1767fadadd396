"""The command line: what is printed, where, and with which exit status."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from symcheck.commands import completion
from symcheck.commands.cli import main, parser
from symcheck.reading import library

FAST = ["--no-numeric", "--format", "text"]
IDENTITY = """\
title  {title}
random x  finite 2
derive E[(x - E[x])^2]
  expect {expect}
"""


@pytest.fixture
def proof(tmp_path):
    def write(expect="E[x^2] - E[x]^2", title="A variance", name="mine.proof"):
        path = tmp_path / name
        path.write_text(IDENTITY.format(title=title, expect=expect), encoding="utf-8")
        return str(path)

    return write


def run(*argv: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "symcheck", *argv],
        input=stdin, capture_output=True, encoding="utf-8", env=os.environ | env, check=False,
    )  # fmt: skip


# ---------------------------------------------------------------- the library


def test_list_shows_every_file_with_its_title(capsys):
    assert main(["list"]) == 0
    shown = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    folder = Path(__file__).parents[2] / "derivations"
    assert set(shown) == {p.stem for p in folder.glob("*.proof")}
    assert shown["he-forward"] == "He initialization, forward pass"


def test_show_prints_the_file_as_it_is(capsys):
    assert main(["show", "he-forward"]) == 0
    folder = Path(__file__).parents[2] / "derivations"
    expected = (folder / "he-forward.proof").read_text(encoding="utf-8")
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize("command", ["show", "derive"])
def test_an_unknown_name_suggests_the_nearest(command, capsys):
    assert main([command, "he-forwad"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "did you mean 'he-forward'" in said.err


def test_a_name_like_nothing_suggests_nothing(capsys):
    assert main(["show", "qqqqqq"]) == 2
    assert "did you mean" not in capsys.readouterr().err


def test_a_shipped_name_with_suffix_is_told_apart_from_a_file(capsys):
    assert main(["show", "he-forward.proof"]) == 2
    assert "'he-forward' without .proof is a shipped derivation" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# a comment\ntitle  A b  c # not this\n", "A b  c"),
        ("titles X\ntitle Y\n", "Y"),
        ("size n\n  title no, this is indented\n", ""),
        ("", ""),
    ],
)
def test_titles_are_read_without_the_parser(text, title):
    assert library.title(text) == title


def test_a_folder_stands_for_its_proof_files(tmp_path):
    for name in ("b.proof", "a.proof", "notes.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "c.proof").write_text("")
    assert library.expand(str(tmp_path)) == [
        str(tmp_path / p) for p in ("a.proof", "b.proof", "deep/c.proof")
    ]
    (tmp_path / "empty").mkdir()
    with pytest.raises(library.NotFound, match=r"no \.proof file"):
        library.expand(str(tmp_path / "empty"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"title \xff\n", ":1: not UTF-8"),
        (b"size n\nnote \xc3(\n", ":2: not UTF-8"),
        (b"# " + b"x" * 1_000_000, "larger than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_text_is_bad_input(tmp_path, data, message, capsys):
    path = tmp_path / "bad.proof"
    path.write_bytes(data)
    assert main(["derive", str(path)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfsize n\n", b"size n\r\n"])
def test_marks_of_other_editors_are_read(tmp_path, data):
    path = tmp_path / "a.proof"
    path.write_bytes(data)
    assert library.read_file(str(path)).text == "size n\n"


def test_a_folder_is_no_file(tmp_path, capsys):
    assert main(["derive", f"{tmp_path}/"]) == 2
    assert "Is a directory" in capsys.readouterr().err


# ---------------------------------------------------------------- derive


def test_derived_as_expected(proof, capsys):
    assert main(["derive", proof(), *FAST]) == 0
    said = capsys.readouterr()
    assert "A variance" in said.out
    assert said.err == ""


@pytest.mark.parametrize("wrong", ["E[x^2]", "E[x^2] + E[x]^2", "2 E[x^2] - E[x]^2", "0"])
def test_another_result_than_expected_is_status_1(proof, wrong):
    assert main(["derive", proof(wrong), *FAST]) == 1


def test_standard_input(proof):
    text = Path(proof()).read_text(encoding="utf-8")
    done = run("derive", "-", *FAST, stdin=text)
    assert done.returncode == 0, done.stderr
    assert "A variance" in done.stdout


@pytest.mark.parametrize(
    ("text", "place"),
    [("size n\nrandom x mean\n", ":2:"), ("nonsense\n", ":1:"), ("derive E[y]\n", ":1:")],
)
def test_bad_input_is_status_2_with_its_place(tmp_path, text, place, capsys):
    path = tmp_path / "bad.proof"
    path.write_text(text)
    assert main(["derive", str(path), *FAST]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{path}{place}" in said.err


def test_a_file_that_asks_for_nothing_is_not_a_success(tmp_path, capsys):
    path = tmp_path / "empty.proof"
    path.write_text("size n\n")
    assert main(["derive", str(path), *FAST]) == 2
    assert "nothing to derive" in capsys.readouterr().err
    assert main(["check", str(path)]) == 2
    assert "claims nothing" in capsys.readouterr().err


def test_nesting_beyond_bounds_is_bad_input(tmp_path):
    path = tmp_path / "deep.proof"
    path.write_text("random x finite 2\nderive E[" + "(" * 3000 + "x" + ")" * 3000 + "]\n")
    assert main(["derive", str(path), *FAST]) == 2


@pytest.mark.parametrize("format", ["text", "latex", "markdown", "html", "json"])
def test_formats(proof, format, tmp_path, capsys):
    name = proof()
    assert main(["derive", name, "--no-numeric", "--format", format]) == 0
    shown = capsys.readouterr().out
    assert "A variance" in shown
    if format == "json":
        assert json.loads(shown)
    out = tmp_path / "out"
    assert main(["derive", name, "--no-numeric", "--format", format, "-o", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert out.read_text(encoding="utf-8") == shown


def test_an_output_that_cannot_be_written(proof, tmp_path, capsys):
    assert main(["derive", proof(), *FAST, "-o", str(tmp_path / "no" / "where")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_piped_output_is_plain_text_80_wide(proof):
    done = run("derive", proof(), "--no-numeric", COLUMNS="", FORCE_COLOR="", TERM="xterm")
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_stream_without_unicode_gets_ascii(proof):
    name = proof(title="Müller's variance")
    done = run("derive", name, *FAST, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert done.stdout.startswith(("Muller's variance", "M?ller's variance"))
    assert "x^2" in done.stdout


def terminal(argv: list[str], **env: str) -> tuple[int, str]:
    """Run a command on a pseudo terminal; its exit status and all that it showed."""
    ours, theirs = pty.openpty()
    given = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")} | env
    child = subprocess.Popen(
        [sys.executable, "-m", "symcheck", *argv], stdin=theirs, stdout=theirs, stderr=theirs,
        env=given,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux says so when the child has closed its end
        pass
    os.close(ours)
    return child.wait(), shown.decode()


def test_a_terminal_gets_colours_unless_they_are_unwanted(proof):
    name = proof()
    status, shown = terminal(["derive", name, "--no-numeric"], TERM="xterm-256color")
    assert status == 0
    assert "\x1b[" in shown
    for plain in ({"NO_COLOR": "1", "TERM": "xterm-256color"}, {"TERM": "dumb"}):
        _, shown = terminal(["derive", name, "--no-numeric"], **plain)
        assert "A variance" in shown
        assert not {"\x1b[3", "\x1b[9"} & {shown[i : i + 3] for i in range(len(shown))}


# Fifteen derivations at a false alarm rate of at most 1e-6 for each run; the seed is fixed.
@pytest.mark.parametrize("name", library.names())
def test_every_shipped_derivation_is_proved_and_agrees_with_its_samples(name, capsys):
    assert main(["derive", name, "--format", "json"]) == 0
    said = capsys.readouterr().out
    assert '"agrees": true' in said
    assert '"differs": true' not in said


# ---------------------------------------------------------------- check


GOOD = "random x finite 2\nclaim E[x + x] = 2 E[x]\n"


def test_check_reads_on_after_a_file_that_it_cannot_read(tmp_path, capsys):
    (tmp_path / "a.proof").write_text("nonsense\n")
    (tmp_path / "b.proof").write_text(GOOD)
    assert main(["check", str(tmp_path), "--format", "json"]) == 2
    said = capsys.readouterr()
    assert "a.proof:1:" in said.err
    assert json.loads(said.out)
    assert main(["check", str(tmp_path / "b.proof")]) == 0


# ---------------------------------------------------------------- endings


def test_a_closed_pipe_is_quiet():
    child = subprocess.Popen(
        [sys.executable, "-m", "symcheck", "show", "he-forward"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    child.stdout.close()
    _, said = child.communicate()
    assert said == b""
    assert child.returncode == 128 + signal.SIGPIPE


def test_interrupted_is_130_without_a_traceback():
    child = subprocess.Popen(
        [sys.executable, "-m", "symcheck", "show", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin is not None
    # More than a pipe holds: once it is written, the command is past its start and reading.
    child.stdin.write(b"#" * 500_000)
    child.stdin.flush()
    child.send_signal(signal.SIGINT)
    _, said = child.communicate()
    assert child.returncode == 130
    assert said == b"symcheck: interrupted\n"


@pytest.mark.parametrize(
    "argv",
    [
        ["derive", "he-forward", "--samples", "0"],
        ["derive", "he-forward", "--samples", "1.5"],
        ["derive", "he-forward", "--samples", "nan"],
        ["derive", "he-forward", "--seed", "-1"],
        ["derive", "he-forward", "--format", "pdf"],
        ["check", "x.proof", "--timeout", "0"],
        ["check", "x.proof", "--timeout", "nan"],
        ["frobnicate"],
        [],
    ],
)
def test_bad_arguments_are_status_2(argv, capsys):
    with pytest.raises(SystemExit) as left:
        main(argv)
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(("word", "n"), [("20000", 20000), ("20_000", 20000), ("2e4", 20000)])
def test_ways_to_write_a_number_of_samples(word, n):
    assert parser().parse_args(["derive", "x", "--samples", word]).samples == n


# ---------------------------------------------------------------- completion


def complete(line: str, folder: Path) -> set[str]:
    """What bash offers at the end of a line."""
    words = line.split(" ")
    quoted = " ".join(f"'{w}'" for w in words)
    command = folder / "symcheck"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m symcheck "$@"\n')
    command.chmod(0o755)
    script = (
        f"{completion.script('bash', parser(whole=True))}\n"
        f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}\n"
        '_symcheck; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, cwd=folder,
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"},
    )  # fmt: skip
    return set(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("symcheck de", {"derive"}),
        ("symcheck --v", {"--version"}),
        ("symcheck derive he-forward-", {"he-forward-mean"}),
        ("symcheck derive he-forward --no", {"--no-numeric"}),
        ("symcheck derive he-forward --format la", {"latex"}),
        ("symcheck derive --detail ", {"lines", "full"}),
        ("symcheck completion z", {"zsh"}),
        ("symcheck simulate --weights rad", {"rademacher"}),
    ],
)
def test_bash_completes(line, offered, tmp_path):
    assert complete(line, tmp_path) == offered


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_each_shell_can_read_its_script(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}")
    script = tmp_path / "script"
    script.write_text(completion.script(shell, parser(whole=True)))
    subprocess.run([shell, "-n", str(script)], check=True)


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_every_option_of_derive_is_completed(shell):
    script = completion.script(shell, parser(whole=True))
    for option in ("no-numeric", "samples", "seed", "format", "output", "detail"):
        assert option in script
