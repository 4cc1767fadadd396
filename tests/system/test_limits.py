"""Nothing hangs, nothing breaks: what would take too long, or steer a terminal, is refused."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symcheck.commands import cli
from symcheck.judging.session import derive_document
from symcheck.reading import library
from symcheck.reading.latex.notes import read
from symcheck.reading.latex.scan import Lines, blanked, code_spans, comments, spans, verbatim
from symcheck.reading.parser import SyntaxProblem
from symcheck.reading.syntax import parse
from symcheck.system import output
from symcheck.system.escapes import visible, visible_json
from symcheck.system.limits import BUG, OutOfTime, TooMuch, attempt, deadline

HEAD = "% symcheck\n% random x mean 0\n"


def work(seconds):
    start = time.process_time()
    while time.process_time() - start < seconds:
        pass


# ---------------------------------------------------------------- time


def test_work_that_takes_too_long_is_stopped():
    start = time.process_time()
    assert attempt(lambda: work(5), 0.1) == (None, "out of time (0.1 s)")
    assert time.process_time() - start < 1


def test_a_limit_goes_on_when_a_shorter_one_inside_is_over():
    rung = []

    def long():
        for _ in range(3):
            rung.append(attempt(lambda: work(5), 0.05)[1])
        work(5)

    assert attempt(long, 0.3) == (None, "out of time (0.3 s)")
    assert rung == ["out of time (0.05 s)"] * 3


def test_an_outer_limit_is_not_outlived_by_a_longer_one_inside():
    start = time.process_time()
    with pytest.raises(OutOfTime), deadline(0.1), deadline(60):
        work(5)
    assert time.process_time() - start < 1


def test_who_catches_everything_is_stopped_again():
    def deaf():
        try:
            work(5)
        except Exception:
            work(5)
        return "done"

    assert attempt(deaf, 0.05)[0] is None


def test_work_within_its_time_is_not_stopped_afterwards():
    assert attempt(lambda: 7, 0.05) == (7, "")
    work(0.15)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("x"), f"{BUG}: KeyError: 'x'"),
        (RecursionError(), "nested too deeply to judge"),
        (MemoryError(), "not enough memory to judge it"),
        (TooMuch("more than 3 terms"), "too large to judge: more than 3 terms"),
    ],
)
def test_what_breaks_is_told_in_words(error, words):
    def broken():
        raise error

    assert attempt(broken, 1) == (None, words)


def test_derive_has_a_limit():
    relus = "relu(" * 50 + "x" + ")" * 50
    document = parse(f"random x finite 8\nderive E[{relus}]\n")
    report = derive_document(document, numeric=False, timeout=0.1)
    assert not report.ok
    assert report.results[0].message == "out of time (0.1 s)"


def test_derive_takes_its_limit_from_the_command(tmp_path, capsys):
    file = tmp_path / "a.proof"
    file.write_text("random x finite 8\nderive E[" + "relu(" * 50 + "x" + ")" * 50 + "]\n")
    assert cli.main(["derive", str(file), "--timeout", "0.1"]) == 1
    assert "out of time (0.1 s)" in capsys.readouterr().out


# ---------------------------------------------------------------- work


@pytest.mark.parametrize("body", ["@ + @", "@ @", "abs(@) + 1"])
def test_a_tower_of_definitions_is_read_and_not_unfolded(body):
    lines = [f"let f{n} = {body.replace('@', f'f{n - 1}')}" for n in range(1, 60)]
    document = parse("random x finite 8\nlet f0 = x\n" + "\n".join(lines) + "\nclaim E[f59] = 0\n")
    context = document.context
    if body == "abs(@) + 1":
        assert context.parts(document.goals[0].lhs) < 1000
    else:
        with pytest.raises(TooMuch, match="more than 50,000 parts"):
            context.unfolded(document.goals[0].lhs)


def test_a_relation_written_twice_is_one():
    document = parse("real a\n" + "assume a > 0\n" * 300)
    assert len(document.context.relations) == 1


def test_relations_are_counted():
    text = "real a\n" + "".join(f"assume a > {n}\n" for n in range(1, 150))
    with pytest.raises(SyntaxProblem, match="more than 100 relations") as found:
        parse(text)
    assert found.value.line == 102


def test_the_lines_of_chains_are_counted():
    with pytest.raises(SyntaxProblem, match="more than 5000 lines"):
        parse("random x mean 0\nclaim E[x] = 0\n  E[x]\n" + "  = 0\n" * 6000)


def test_errors_of_sympy_have_a_place(monkeypatch):
    def broken(*_):
        raise KeyError("zoo")

    monkeypatch.setattr("symcheck.reading.syntax.build", broken)
    with pytest.raises(SyntaxProblem, match="this has no meaning: 'zoo'") as found:
        parse("random x\nclaim E[x] = 0\n")
    assert found.value.line == 2


def test_a_formula_inside_of_bars_is_printed_once():
    from symcheck.report.expression import text

    document = parse("random x finite 8\nclaim " + "abs(" * 50 + "x" + ")" * 50 + " = 0\n")
    assert text(document.goals[0].lhs, document.context).count("x") == 1


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    "text",
    [
        r"\[" * 20_000,
        "\\[ a\n" * 10_000,
        r"\begin{align}" * 10_000,
        "$$" + "\n" * 50_000,
        "$$\n" + " \n" * 20_000 + "x",
        r"\begin{verbatim}" * 10_000,
        r"\iffalse " * 20_000,
        "".join(rf"\verb{chr(0x4E00 + n)}" for n in range(10_000)),
        r"\begin{tcolorbox}[" * 10_000,
        "<!--" * 15_000,
        " ".join("`" * n for n in range(1, 300)),
    ],
    ids=lambda t: t[:12],
)
@pytest.mark.parametrize("tex", [True, False])
def test_what_is_never_closed_is_looked_for_once(text, tex):
    with deadline(4):
        read(HEAD + text, tex=tex)


def test_commands_that_stand_for_more_and_more_are_stopped():
    grows = "\\newcommand{\\aa}[1]{#1+#1+#1+#1+#1+#1+#1+#1}\n"
    with deadline(5):
        (document,) = read(
            HEAD + grows + "\\[ \\aa{\\aa{\\aa{\\aa{x}}}} = 0 \\]\n" * 1000, tex=True
        )
    words = {u.message for u in document.unread}
    assert "the commands of this file stand for too much" in words


def test_displays_and_contexts_are_counted():
    with pytest.raises(SyntaxProblem, match="more than 5000 displays"):
        read(HEAD + "\\[ x = x \\]\n" * 6000, tex=True)
    with pytest.raises(SyntaxProblem, match="contexts are too many"):
        read("% symcheck new\n\n" * 3000, tex=True)


def test_where_displays_stand():
    text = "a $$x$$ b\n$$\n\n y \n\n$$\n\\[ z \\] \\[ never"
    found = [text[s.first : s.last] for s in spans(text)]
    assert found == ["x", "y", " z "]
    lines = Lines(text)
    assert [lines.at(s.first) for s in spans(text)] == [(1, 5), (4, 2), (7, 3)]


def test_where_code_and_comments_stand():
    assert list(code_spans("a `b` ``c`d`` `e")) == [(2, 5), (6, 13)]
    assert list(comments("<!-- a --> b <!-- c")) == [(0, 10)]
    assert list(verbatim(r"\verb|a| \iffalse b\fi \verb+")) == [(0, 8), (9, 22)]
    assert blanked("ab\ncd", [(1, 4)]) == "a \n d"


# ---------------------------------------------------------------- what is shown


def test_control_characters_are_spelled():
    assert visible("a\x1b[31m\x07\x9b\u202e\n\tb") == "a\\x1b[31m\\x07\\x9b\\u202e\n\tb"
    assert visible_json('"\x9b"') == r'"\u009b"'


@pytest.mark.parametrize("format", ["text", "rich", "markdown", "latex", "html", "json", "github"])
def test_a_file_cannot_steer_the_terminal(format, tmp_path, capsys):
    file = tmp_path / "a.proof"
    file.write_text("title \x1b[31mred \x9b\nrandom x mean 0\nclaim E[x] = 1\n  E[x]\n  = 1\n")
    cli.main(["check", str(file), "--format", format])
    shown = capsys.readouterr()
    assert not set(shown.out + shown.err) & {"\x1b", "\x9b"}


def test_arguments_cannot_steer_the_terminal(capsys):
    assert cli.main(["check", "\x1b[31m.proof"]) == 2
    with pytest.raises(SystemExit):
        cli.main(["list", "--\x1b[31m"])
    shown = capsys.readouterr().err
    assert "\x1b" not in shown
    assert shown.count("\\x1b[31m") == 2


# ---------------------------------------------------------------- what is given


def test_a_pipe_with_a_name_is_refused(tmp_path):
    pipe = tmp_path / "a.proof"
    os.mkfifo(pipe)
    with pytest.raises(library.NotFound, match="a pipe or a device, not a file"):
        library.read_file(str(pipe))


def test_a_pipe_in_a_folder_is_told_of(tmp_path, capsys):
    os.mkfifo(tmp_path / "a.proof")
    (tmp_path / "b.proof").write_text("random x mean 0\nclaim E[x] = 0\n")
    assert cli.main(["check", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert "not a file" in shown.err
    assert "proved" in shown.out


def test_closed_standard_input_is_no_traceback(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    assert cli.main(["check", "-"]) == 2
    assert capsys.readouterr().err == "symcheck: standard input is closed\n"


@pytest.mark.parametrize(
    "words",
    [
        "simulate --depth 1000000000",
        "simulate --widths " + ",".join(["10"] * 10_000),
        "simulate --width 1000000000",
        "simulate --networks 1000000000 --inputs 1000000000",
        "sweep he-forward --samples 1e12",
        "derive he-forward --samples 1e12",
        "sweep he-forward --size D_h=1..10000 --value σ_Ω=" + ",".join(map(str, range(1, 10_000))),
    ],
    ids=lambda w: w[:30],
)
def test_what_no_machine_does_is_refused(words, capsys):
    try:
        status = cli.main(words.split(" "))
    except SystemExit as e:
        status = e.code
    assert status == 2
    shown = capsys.readouterr().err
    assert "more than" in shown or "at most" in shown


# ---------------------------------------------------------------- what is written


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old")
    file.chmod(0o600)

    def interrupted():
        with output.written(str(file)) as beside:
            Path(beside).write_text("half of the ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert file.read_text() == "old"
    output.write_text(str(file), "new")
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_where_nothing_can_be_written(tmp_path):
    assert output.impossible(str(tmp_path)) == "it is a folder, not a file"
    assert "there is no folder" in output.impossible(str(tmp_path / "a" / "b"))
    assert output.impossible("a\0b") == "that is no name of a file"
    assert output.impossible(str(tmp_path / "new")) == ""


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path):
    from symcheck.numbers.workers import remembered

    (tmp_path / "file").write_text("")
    kept = remembered(tmp_path / "file" / "cache" / "a.npz")
    assert not kept.saved()
    kept.save()
    kept.forget()


@pytest.mark.parametrize("address", ["nonsense", "tcp://", "http://a:80", "tcp://a:99999", ""])
def test_an_address_that_is_none_is_refused(address):
    from symcheck.numbers.workers import Unreachable, listens

    with pytest.raises(Unreachable, match="no address of a Dask scheduler"):
        listens(address)


def test_an_address_where_nobody_answers_is_refused():
    from symcheck.numbers.workers import Unreachable, listens

    with pytest.raises(Unreachable, match="there is no Dask scheduler at tcp://127.0.0.1:1"):
        listens("tcp://127.0.0.1:1")


def test_an_interrupt_at_any_moment_is_clean(tmp_path):
    code = (
        "import os, signal, sys, threading\n"
        "from symcheck.commands.start import main\n"
        "kill = lambda: os.kill(os.getpid(), signal.SIGINT)\n"
        "threading.Timer(float(sys.argv.pop()), kill).start()\n"
        "sys.exit(main())\n"
    )
    for delay in ("0.001", "0.05"):
        done = subprocess.run(
            [sys.executable, "-c", code, "check", "he-forward", delay],
            capture_output=True, text=True,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        assert done.returncode == 130
