"""``python -m benchmarks hostile [NAME ...]``: inputs made to do harm, each in its own process.

Every kind once hung, took more than 20 seconds or 500 MiB, or ended in a traceback.  What has
to come of each is an answer, or an error with its place: within 20 seconds of the processor's
time, under 500 MiB, and without a traceback.  ``--list`` says what there is.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS = 20
WAITING = 300  # of the clock on the wall, for what waits and does nothing
MEMORY = 500  # MiB

__all__ = ["Case", "Outcome", "cases", "main", "run"]


@dataclass(frozen=True)
class Case:
    """One input: a file with its text, or words of a command without one."""

    name: str
    words: tuple[str, ...]  # FILE stands for the file
    text: str | bytes = ""
    ending: str = ".proof"
    kind: str = ""  # "" a file, "pipe" a pipe with a name, "closed" standard input is closed


@dataclass(frozen=True)
class Outcome:
    """What a case took, how it ended, and what it said."""

    cpu: float
    wall: float
    memory: float
    status: int
    said: str

    @property
    def wrong(self) -> str:
        """Why it fails, '' where it does not."""
        if self.cpu > SECONDS or self.wall > WAITING:
            return "too slow"
        if self.memory > MEMORY:
            return "too much memory"
        if "Traceback" in self.said:
            return "traceback"
        if "an error in symcheck itself" in self.said:
            return "an error of our own"
        if self.status not in (0, 1, 2):
            return f"exit status {self.status}"
        return "" if "\x1b" not in self.said else "an escape sequence"


# ---------------------------------------------------------------- the inputs

VARIABLES = "random x, y, z finite 8\n"
CHECK, DERIVE = ("check", "FILE"), ("derive", "FILE")


def cases() -> Iterator[Case]:
    """All there are."""
    for name, text in (*_definitions(), *_relations(), *_long(), *_nested(), *_worlds()):
        yield Case(name, CHECK, text)
    for name, text in _derived():
        yield Case(f"derive-{name}", DERIVE, text)
    head = "% symcheck\n% random x mean 0\n"
    for name, text in _latex():
        yield Case(f"tex-{name}", CHECK, head + text, ".tex")
    for name, text in _markdown():
        yield Case(f"md-{name}", CHECK, text, ".md")
    yield from _texts()
    yield from _commands()


def _chain(count: int, body: str) -> str:
    """Definitions on top of one another; ``@`` is the one below."""
    lines = [
        "let f0 = x",
        *(f"let f{n} = {body.replace('@', f'f{n - 1}')}" for n in range(1, count)),
    ]
    return VARIABLES + "\n".join(lines) + "\n"


def _definitions() -> Iterator[tuple[str, str]]:
    for name, body in (("doubled", "@ + @"), ("squared", "@ @"), ("powers", "@^2 + 1"),
                       ("bars", "abs(@) + abs(@ - 1)"), ("maxima", "max(@, @ + 1)")):  # fmt: skip
        yield f"lets-{name}", _chain(60, body) + "claim E[f59] = 0\n"
    yield "lets-conditioned", _chain(40, "E[@ @ | y]") + "claim E[f39] = 0\n"


def _relations() -> Iterator[tuple[str, str]]:
    yield "relations-same", "real a\n" + "assume a > 0\n" * 3000 + "claim a = a\n"
    for count in (90, 300):
        names = "".join(f"real a{n}\n" for n in range(count))
        ring = "".join(f"assume a{n} > a{(n + 1) % count}\n" for n in range(count))
        yield f"relations-ring-{count}", names + ring + "random x\nclaim E[a1 x] = 0\n"
    names = "".join(f"real a{n}\n" for n in range(60))
    for rows in (9, 40):
        pairs = "".join(
            f"assume a{i} a{j} > a{(i * j) % 60}\n" for i in range(rows) for j in range(rows)
        )
        told = names + pairs + "random x mean 0\nclaim E[a1 x] = 0\n"
        yield f"relations-products-{rows * rows}", told


def _long() -> Iterator[tuple[str, str]]:
    yield "claims-4900", "random x mean 0\n" + "claim E[x] = 0\n" * 4900
    yield "claims-50000", "random x mean 0\n" + "claim E[x] = 0\n" * 50_000
    yield "lines-100000", "random x mean 0\nclaim E[x] = 0\n  E[x]\n" + "  = 0\n" * 100_000
    yield "blanks", " \n" * 400_000
    yield "one-line", "claim " + "x + " * 200_000 + "x = 0\n"
    yield "names-3000", "".join(f"real a{n}\n" for n in range(3000)) + "claim a1 = a2\n"
    yield "notes", "note " + "a " * 450_000 + "\nrandom x mean 0\nclaim E[x] = 0\n"


def _nested() -> Iterator[tuple[str, str]]:
    for head in ("abs", "relu", "exp", "sigmoid", "sqrt"):
        inner = f"{head}(" * 50 + "x" + ")" * 50
        yield f"nested-{head}", f"{VARIABLES}claim E[{inner}] = 0\n"
    yield "nested-powers", f"{VARIABLES}claim E[{'x^(' * 50}2{')' * 50}] = 0\n"
    yield "nested-brackets", f"{VARIABLES}claim {'(' * 5000}x{')' * 5000} = 0\n"
    yield "nested-means", f"{VARIABLES}claim {'E[' * 50}x{']' * 50} = 0\n"
    yield "power-tower", "random x\nclaim E[x] = 9^9^9^9^9\n"
    yield "power-large", f"{VARIABLES}claim E[x] = (1 + 2^0.5)^{'9' * 40}\n"


def _worlds() -> Iterator[tuple[str, str]]:
    coins = "".join(f"random v{n} ~ bernoulli(1/2)\n" for n in range(24))
    worst = "".join(f"max(v{n}, " for n in range(23)) + "v23" + ")" * 23
    told = "independent " + ", ".join(f"v{n}" for n in range(23)) + " and v23\n"
    yield "max-of-24-coins", f"{coins}{told}claim E[{worst}] = 1 - 2^-24\n"
    total = " + ".join(f"{n} X[{n}]" for n in range(1, 25))
    family = "random X[i] mean 0, variance 1\nindependent X[i] over i\n"
    yield "false-sum-of-24", f"{family}claim Var[{total}] = 4901\n"
    odd = "real a\nrandom x ~ normal(0, 1)\n"
    for n, line in enumerate(("E[x / (a - a)] = 0", "E[log(-1) x] = 0", "E[1 / x^a] = exp(oo)",
                              "E[(x - x)^(-1)] = 1/0", "E[max(oo, x)] = oo - oo")):  # fmt: skip
        yield f"odd-number-{n}", f"{odd}claim {line}\n"


def _derived() -> Iterator[tuple[str, str]]:
    factors = " ".join(f"(x + {n} y + z)" for n in range(1, 31))
    yield "product-of-30", f"{VARIABLES}derive E[{factors}]\n"
    for head in ("relu", "abs", "exp"):
        inner = f"{head}(" * 50 + "x" + ")" * 50
        yield f"nested-{head}", f"{VARIABLES}derive E[{inner}]\n"
    total = " + ".join(f"X[{n}]" for n in range(1, 61))
    yield "var-of-60", f"random X[i] finite 2\nderive Var[{total}]\n"
    yield "squares", _chain(21, "@ @") + "derive E[f20]\n"
    yield "doubled", _chain(60, "@ + @") + "derive E[f59]\n"
    names = "".join(
        f"random {n}[i] mean 0, variance 1\nindependent {n}[i] over i\n" for n in "WVUT"
    )
    sums = "".join(f"sum({i} = 1..{n}) " for i, n in zip("ijkl", "ABCD", strict=True))
    yield (
        "nested-sums",
        (
            f"size A, B, C, D\n{names}independent W, V, U and T\n"
            f"derive Var[{sums}W[i] V[j] U[k] T[l]]\n"
        ),
    )


def _latex() -> Iterator[tuple[str, str]]:
    yield "open-brackets", r"\[" * 30_000
    yield "open-brackets-lines", "\\[ a\n" * 12_000
    yield "open-begins", r"\begin{align}" * 20_000
    yield "dollars-newlines", "$$" + "\n" * 60_000
    yield "dollars-blank", "$$\n" + " \n" * 29_000 + "x"
    yield "dollars-many", "$$x$$ " * 20_000
    yield "verbatims", r"\begin{verbatim}" * 12_000
    yield "verbs", "".join(rf"\verb{chr(0x4E00 + n)}" for n in range(20_000))
    yield "iffalse", r"\iffalse " * 22_000
    yield "boxes", r"\begin{tcolorbox}[" * 11_000
    yield "boxes-ams", r"\begin{tcolorbox}[" + "ams" * 60_000
    yield "displays", "\\[ q = q \\]\n" * 4_800
    yield "displays-many", "\\[ q = q \\]\n" * 60_000
    yield "contexts", "% symcheck new\n\n" * 30_000
    yield "commands", "".join(rf"\newcommand\a{'b' * (n % 40)}{{" for n in range(20_000))
    yield "commands-nested", "\\newcommand{\\ab}{" * 20_000
    grows = r"\newcommand{\aa}[1]{#1+#1+#1+#1+#1+#1+#1+#1}" + "\n"
    yield "laughs", grows + "\\[ \\aa{\\aa{\\aa{\\aa{x}}}} = 0 \\]\n" * 2000
    yield "itself", "\\newcommand{\\aa}{\\aa\\aa}\n" + "\\[ \\aa = 0 \\]\n" * 2000
    yield "stacked", "\\[ " + r"\overset{a}{" * 1500 + "=" + "}" * 1500 + " \\]\n"
    yield "rows", "\\[ " + r"( \\ " * 2400 + "\\]\n"
    yield "rows-lengths", "\\[ " + r"\\[" * 60_000 + "\\]\n"


def _markdown() -> Iterator[tuple[str, str]]:
    yield "ticks", " ".join("`" * n for n in range(1, 346))
    yield "comments", "<!--" * 15_000
    yield "comments-ours", "<!-- symcheck -->" * 5_000
    yield "fences", "```math\n" * 30_000
    yield "quotes", ">" * 300_000


def _texts() -> Iterator[Case]:
    """Characters that mean something to a terminal, to a reader, or to nobody."""
    steering = "title \x1b[31mred\x1b]0;title\x07\x9b5A\nrandom x mean 0\nclaim E[x] = 0\n"
    yield Case("escapes", CHECK, steering)
    yield Case(
        "escapes-github", ("check", "FILE", "--format", "github"), steering + "claim x = \x1b1\n"
    )
    yield Case("escapes-word", CHECK, "random \x1b[2Jx\nclaim E[x] = 0\n")
    yield Case("escapes-show", ("show", "FILE"), steering)
    yield Case("bytes", CHECK, bytes(range(256)) * 100)
    yield Case("zeros", CHECK, b"\0" * 900_000)
    yield Case("large", CHECK, b"a" * 3_000_000)


def _commands() -> Iterator[Case]:
    yield Case("pipe", CHECK, kind="pipe")
    yield Case("pipe-tex", CHECK, ending=".tex", kind="pipe")
    yield Case("closed-input", ("check", "-"), kind="closed")
    yield Case("folder", ("check", os.sep + "dev"))
    yield Case("option-escape", ("check", "--\x1b[31mred"))
    yield Case("name-escape", ("check", "a\x1b[31mred.proof"))
    wide = ",".join(["10"] * 10_000)
    many = ",".join(map(str, range(1, 10_001)))
    for name, words in {
        "depth": "simulate --depth 1000000000", "widths": f"simulate --widths {wide}",
        "width": "simulate --width 1000000000", "threads": "simulate --threads 1000000000",
        "networks": "simulate --networks 1000000000 --inputs 1000000000",
        "samples": "sweep he-forward --samples 1e12", "draws": "derive he-forward --samples 1e12",
        "grid": "sweep he-forward --size D_h=1..10000 --value σ_Ω=" + many,
        "dask": "derive he-forward --samples 1e6 --dask nonsense",
        "dask-nobody": "derive he-forward --samples 1e6 --dask tcp://127.0.0.1:1",
    }.items():  # fmt: skip
        yield Case(name, tuple(words.split(" ")))


# ---------------------------------------------------------------- running them


def run(case: Case, folder: Path) -> Outcome:
    """One case in a process of its own."""
    path = folder / f"{case.name}{case.ending}"
    if case.kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(case.text if isinstance(case.text, bytes) else case.text.encode())
    words = [str(path) if w == "FILE" else w for w in case.words]
    code = "from symcheck.commands.start import main; import sys; sys.exit(main())"
    said = folder / "said"
    start = time.monotonic()
    with open(said, "wb") as out, open(os.devnull) as nothing:
        child = subprocess.Popen(
            [sys.executable, "-c", code, *words], stdout=out, stderr=out, stdin=nothing,
            preexec_fn=_closing if case.kind == "closed" else _limited,
        )  # fmt: skip
        usage = _ended(child, start + WAITING)
    memory = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    words_said = said.read_text(encoding="utf-8", errors="replace")
    cpu = usage.ru_utime + usage.ru_stime
    return Outcome(cpu, time.monotonic() - start, memory, child.returncode, words_said)


def _ended(child: subprocess.Popen[bytes], until: float) -> resource.struct_rusage:
    """What the child has used when it has ended, if need be by force."""
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return usage
        if time.monotonic() > until:
            child.kill()
        time.sleep(0.02)


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS + 2, SECONDS + 4))
    resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))


def _closing() -> None:
    _limited()
    os.close(0)


def main(argv: Sequence[str] | None = None) -> int:
    """Run all, or those whose names begin with one of these words; 1 if one fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks hostile", description=__doc__)
    parser.add_argument("names", nargs="*", help="the beginnings of names (default: all)")
    parser.add_argument("--list", action="store_true", help="the names, and nothing else")
    args = parser.parse_args(argv)
    wanted = tuple(args.names) or ("",)
    chosen = [c for c in cases() if c.name.startswith(wanted)]
    if args.list:
        print("\n".join(c.name for c in chosen))
        return 0
    failed = []
    print(f"{'':28} {'cpu':>7} {'wall':>7} {'memory':>9}  exit")
    with tempfile.TemporaryDirectory() as folder:
        for case in chosen:
            o = run(case, Path(folder))
            failed += [case.name] if o.wrong else []
            mark = f"  {o.wrong.upper()}" if o.wrong else ""
            used = f"{o.cpu:5.1f} s {o.wall:5.1f} s {o.memory:5.0f} MiB"
            print(f"{case.name:28} {used}  {o.status}{mark}", flush=True)
    print(f"{len(chosen)} inputs, {len(failed)} failed: {', '.join(failed) or 'none'}")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
