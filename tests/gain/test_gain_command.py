"""The command: what it shows, where it writes, what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction

import pytest

from symcheck import gain
from symcheck.commands.cli import main
from symcheck.gains.decimals import certified, outward


def run(*words):
    return main(["gain", *words])


def test_text_has_the_number_its_closed_form_and_its_steps(capsys):
    assert run("gelu") == 0
    out = capsys.readouterr().out
    assert "0.425221482570299" in out
    assert "arcsin(σ² / (σ² + 1))" in out
    assert "certified (Arb)" in out
    assert "derived, checked against a certified enclosure" in out
    assert "by parts" in out
    assert max(map(len, out.splitlines())) <= 80


def test_relu_is_proved_by_the_core(capsys):
    assert run("relu") == 0
    out = capsys.readouterr().out
    assert "proved by the core" in out
    assert "1.41421356237310 = √2" in out


@pytest.mark.parametrize(
    ("text", "at"),
    [("sign(x)", ["0"]), ("x * 1[x > 1] + 1[x > 2]", ["1", "2"]), ("relu(x - 1)", []),
     ("x * sign(x)", []), ("leaky_relu(x - 1/2, 0.1)", []), ("tanh(x)", [])],
)  # fmt: skip
def test_a_jump_is_told(text, at, capsys):
    assert list(gain(text).jumps) == at
    assert run(text, "--brief") == 0
    assert ("φ jumps" in capsys.readouterr().out) == bool(at)


def test_brief_leaves_out_the_steps(capsys):
    assert run("gelu", "--brief") == 0
    assert "by parts" not in capsys.readouterr().out


def test_json_is_what_the_python_api_says(capsys):
    assert run("tanh", "--weights", "3", "--bias", "1/10", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    found = gain("tanh", weights=3, bias="1/10")
    assert data["second_moment"]["value"] == str(found.second)
    assert Fraction(data["forward"]["low"]) <= found.forward.low
    assert found.forward.high <= Fraction(data["forward"]["high"])
    assert [p["attracts"] for p in data["map"]["fixed_points"]] == [True]
    assert data["mean"]["closed_form"] == "0"


def test_markdown_and_a_file(tmp_path, capsys):
    file = tmp_path / "out.md"
    assert run("silu", "--format", "markdown", "-o", str(file)) == 0
    assert capsys.readouterr().out == ""
    assert "| E[φ²] | 0.355775519817352 |  | enclosure only |" in file.read_text(encoding="utf-8")


def test_a_terminal_gets_tables():
    from rich.console import Console

    from symcheck.gains.shown import shown_on

    console = Console(record=True, width=110, file=open(os.devnull, "w"))  # noqa: SIM115
    shown_on(console, gain("tanh", weights=3))
    out = console.export_text()
    assert "1.34539322512977" in out
    assert "enclosure only" in out
    assert "repels" in out


def test_ascii_where_the_terminal_has_no_more():
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "symcheck", "gain", "erf"], capture_output=True, env=env, check=True
    )
    out = done.stdout.decode("ascii")
    assert "arcsin(2 s^2 / (2 s^2 + 1))" in out
    assert "?" not in out


@pytest.mark.parametrize("name", ["gelu", "swiglu", "sign"])
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_plot_is_drawn(tmp_path, name, kind):
    pytest.importorskip("matplotlib")
    file = tmp_path / f"plot.{kind}"
    assert run(name, "--plot", str(file)) == 0
    assert file.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gleu"], "1:1: there is no activation gleu"),
        (["x +"], "1:4: something is missing after '+'"),
        (["x * foo(x)"], "1:5: there is no function foo"),
        (["E[x]"], "1:1: this cannot stand in an activation"),
        (["x * y"], "1:5: y is not known"),
        (["sin x"], "1:1: sin and what follows it can be read in two ways"),
        (["gelu(x, 2)"], "1:1: gelu takes 1 argument, not 2"),
        (["x^x"], "x stands in the base and in the exponent"),
        (["a * x"], "1:1: a has no value"),
        (["__import__('os').system('true')"], "1:1: '_' has no meaning here"),
        (["x; 2"], "1:2: ';' does not belong here"),
        ([""], "something is missing"),
        (["("], "is never closed"),
        (["x" * 3000], "longer than 2000 letters"),
        (["3"], "3 does not depend on x"),
        (["sqrt(-1) * x"], "not a real function"),
        (["sqrt(x)"], "no real number near x = -"),
        (["log(x)"], "E[φ] cannot be enclosed"),
        (["1/x"], "E[φ] cannot be enclosed: the integral does not converge"),
        (["exp(x^2)"], "it grows as fast as the normal density falls"),
        (["exp(x^2/4)"], "E[φ²] cannot be enclosed"),
        (["sqrt(abs(x))"], "E[φ'²] cannot be enclosed"),
        (["relu", "--sigma", "0"], "sigma is a positive number"),
        (["relu", "--sigma", "-1"], "sigma is a positive number"),
        (["relu", "--sigma", "two"], "sigma: 1:1: there is no activation two"),
        (["relu", "--sigma", "x"], "x is not a number"),
        (["relu", "--sigma", "1e999999999"], "numbers are written without an exponent"),
        (["relu", "--a", "0.2"], "relu has no number a"),
        (["leaky_relu", "--a", "pi"], "a is a number such as 0.2"),
        (["relu", "--weights", "0"], "variance of weights is a positive number"),
        (["relu", "--bias", "-1"], "a variance of biases is not negative"),
        (["relu", "--digits", "0"], "digits is a whole number from 1 to 200"),
        (["relu", "--layers", "0"], "layers is a whole number"),
        (["sign", "--weights", "backward"], "no weights keep the variance of gradients"),
        (["relu", "--plot", "plot.gif"], "a plot is written to one of .png"),
        (["relu", "-o", "/nonexistent/file"], "/nonexistent/file cannot be written"),
    ],
)
def test_bad_input_is_told_where_it_stands(words, said, capsys):
    assert run(*words) == 2
    streams = capsys.readouterr()
    assert said in streams.err
    assert streams.out == ""


@pytest.mark.parametrize("words", [[], ["relu", "--digits", "x"], ["relu", "--format", "yaml"]])
def test_what_argparse_refuses(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(*words)
    assert stopped.value.code == 2


def test_a_contradiction_of_its_own_is_no_result(monkeypatch, capsys):
    from symcheck.gains import closed, moments

    monkeypatch.setattr(closed, "closed_form", lambda g: (moments.SIGMA / 7, ()))
    assert run("tanh") == 1
    streams = capsys.readouterr()
    assert "internal error" in streams.err
    assert streams.out == ""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupt_ends_it_cleanly():
    code = (
        "import os, signal, sys\nfrom symcheck.gains import api\n"
        "api.gain = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.argv = ['symcheck', 'gain', 'tanh']\n"
        "from symcheck.commands.start import main\nsys.exit(main())"
    )
    running = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    out, err = running.stdout, running.stderr
    assert running.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err + out


def test_help_imports_neither_sympy_nor_flint():
    code = (
        "import sys\nfrom symcheck.commands.cli import main\n"
        "try:\n    main({!r})\nexcept SystemExit:\n    pass\n"
        "assert not {{'sympy', 'flint', 'rich', 'numpy'}} & set(sys.modules), sys.modules\n"
    )
    for words in (["--help"], ["gain", "--help"]):
        subprocess.run([sys.executable, "-c", code.format(words)], check=True, capture_output=True)


def _seconds(words):
    """CPU time of a run, the least of three."""
    import resource

    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


@pytest.mark.skipif(os.name != "posix", reason="getrusage")
def test_gelu_takes_less_than_two_imports_of_sympy():
    assert _seconds(["-m", "symcheck", "gain", "gelu"]) < 2 * _seconds(["-c", "import sympy"])


def test_a_name_wakes_neither_parser_nor_search_nor_numpy():
    code = (
        "import sys\nfrom symcheck.commands.cli import main\nassert main(['gain', 'gelu']) == 0\n"
        "woken = {'lark', 'numpy', 'rich', 'symcheck.facts.context', 'symcheck.search.derive'}\n"
        "assert not woken & set(sys.modules), woken & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_library_that_asks_with_numbers():
    assert gain("leaky_relu", a=0.2, sigma=2).forward.low == gain(
        "leaky_relu", a="1/5", sigma="2"
    ).forward.low  # fmt: skip
    with pytest.raises(ValueError, match="no activation"):
        gain("gleu")
    with pytest.raises(ValueError, match="whole number"):
        gain("relu", digits=2.5)


@pytest.mark.parametrize(
    ("low", "high", "digits", "shown"),
    [
        ("1/2", "1/2", 3, "0.500"),
        ("0.12341", "0.12344", 6, "0.1234"),
        ("0.99999", "1.00001", 4, "1.000"),
        ("-0.0001", "0.00001", 4, "0 ± 1e-3"),
        ("0", "0", 9, "0"),
        ("1", "2", 5, "1.00 to 2.00"),
        ("12345678901", "12345678901", 4, "1.235e10"),
        ("-1/3", "-1/3", 4, "-0.3333"),
        ("1/700000000", "1/700000000", 3, "1.43e-9"),
        ("1234", "1234", 2, "1200"),
    ],
)
def test_digits_that_are_certain(low, high, digits, shown):
    assert certified(Fraction(low), Fraction(high), digits) == shown


@pytest.mark.parametrize("text", ["1/3", "-1/3", "2/7", "-999.9996", "1e-40", "123456789"])
@pytest.mark.parametrize("way", [1, -1])
def test_outward_is_outward(text, way):
    x = Fraction(text)
    assert (Fraction(outward(x, 4, way)) - x) * way >= 0
    assert abs(Fraction(outward(x, 4, way)) - x) <= abs(x) / 999
