"""``symcheck simulate``: Figure 7.4, and the same for any other network."""

from __future__ import annotations

import argparse
import math
import os
import sys
from typing import TYPE_CHECKING, Any

from symcheck.system.escapes import complain
from symcheck.system.output import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcheck.simulate.experiment import Profile

__all__ = ["DESCRIPTION", "add_arguments", "run"]

DESCRIPTION = (
    "Signals and gradients of random deep networks, measured beside the derived law. "
    "Without arguments: Figure 7.4 of the lecture, over thousands of networks."
)

WHO = "symcheck simulate: "
_LARGEST = 10**9
_MANY = 5_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, by groups; the defaults are the lecture's setting."""
    add = parser.add_argument_group("network").add_argument
    add("--depth", type=_few, default=50, metavar="L", help="hidden layers (default 50)")
    add("--width", type=_count, default=100, metavar="D", help="units of each (default 100)")
    add(
        "--widths",
        type=_counts,
        metavar="D,D,...",
        help="the width of every hidden layer, instead of --depth and --width",
    )
    add("--input-size", type=_count, default=100, metavar="D", help="default 100")
    add("--input-variance", type=_positive, default=1.0, metavar="V", help="default 1")
    add(
        "--variances",
        type=_rules,
        default=[0.001, 0.01, 0.02, 0.1, 1.0],
        metavar="V,V,...",
        help="variances of the weights: numbers, or he, he-backward, he-compromise, glorot, "
        "lecun, torch, which depend on the fans (default 0.001,0.01,0.02,0.1,1)",
    )
    add(
        "--bias-variance",
        type=_rule,
        default=0.0,
        metavar="V",
        help="a number, or one of the same names (default 0: zero biases)",
    )
    add(
        "--weights",
        default="normal",
        choices=("normal", "uniform", "rademacher", "laplace"),
        help="law of weights and biases (default normal)",
    )
    add(
        "--activation",
        default="relu",
        metavar="NAME",
        help="relu, leaky_relu, linear (exact law); tanh, sigmoid, gelu, silu, softplus, elu "
        "(mean-field approximation); default relu",
    )
    add("--slope", type=_real, metavar="P", help="negative slope of leaky_relu (default 0.01)")
    add = parser.add_argument_group("measurement").add_argument
    add("--networks", type=_count, default=4000, metavar="N", help="default 4000")
    add("--inputs", type=_count, default=1, metavar="N", help="inputs for each network (default 1)")
    add(
        "--seed",
        type=_seed,
        default=0,
        metavar="S",
        help="default 0; the result depends on it, not on --threads",
    )
    add("--threads", type=_few, metavar="N", help="default: one for each processor")
    add = parser.add_argument_group("output").add_argument
    add("--plot", metavar="FILE", help="draw the figure to FILE.png, FILE.svg or FILE.pdf")
    add("--format", choices=("table", "csv", "json"), default="table")
    add("-o", "--output", metavar="FILE", help="write to FILE")
    add("--ascii", action="store_true", help="draw with ASCII only")


def run(args: argparse.Namespace) -> int:
    """Simulate and show; 0, or 2 for bad input, or 130 when interrupted."""
    # A product of a hundred rows gains nothing from threads of its own.
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    try:
        return _run(args)
    except (ValueError, MemoryError) as e:
        complain(str(e) or "not enough memory for these sizes", WHO)
        return 2
    except BrokenPipeError:
        raise  # the reader has gone, which is no fault of this command
    except OSError as e:
        complain(f"{args.output or args.plot or e.filename} cannot be written: {e.strerror}", WHO)
        return 2
    except KeyboardInterrupt:
        complain("interrupted", WHO)
        return 130


def _run(args: argparse.Namespace) -> int:
    from symcheck.simulate.activations import activation
    from symcheck.simulate.experiment import simulate
    from symcheck.simulate.setting import WEIGHT_LAWS, lecture

    if args.plot is not None:
        from symcheck.simulate.plot import ready

        ready(args.plot)
    settings = lecture(
        args.variances,
        widths=args.widths or (args.width,) * args.depth,
        input_size=args.input_size,
        input_variance=args.input_variance,
        bias=args.bias_variance,
        activation=activation(args.activation, args.slope),
        law=WEIGHT_LAWS[args.weights],
    )
    with _Progress(args.networks) as progress:
        profiles = simulate(
            settings,
            networks=args.networks,
            inputs=args.inputs,
            seed=args.seed,
            threads=args.threads,
            progress=progress.tell,
        )
    if args.plot is not None:
        from symcheck.simulate.plot import draw

        draw(profiles, args.plot)
    _show(profiles, args)
    return 0


def _show(profiles: Sequence[Profile], args: argparse.Namespace) -> None:
    from symcheck.simulate import export

    if args.format != "table":
        made = (export.to_csv if args.format == "csv" else export.to_json)(profiles, args.seed)
        if args.output is None:
            sys.stdout.write(made)
        else:
            write_text(args.output, made)
        return
    from io import StringIO

    from rich.console import Console

    from symcheck.simulate import terminal

    if args.output is None and sys.stdout.isatty():
        terminal.show(profiles, Console(highlight=False), args.ascii or not _unicode())
        return
    page = StringIO()
    console = Console(file=page, highlight=False, width=120 if args.output else None)
    terminal.show(profiles, console, args.ascii or not (args.output or _unicode()))
    text = "".join(line.rstrip() + "\n" for line in page.getvalue().splitlines())
    if args.output is None:
        sys.stdout.write(text)
    else:
        write_text(args.output, text)


def _unicode() -> bool:
    try:
        "σ²∂ℓ÷⣿●".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class _Progress:
    """A bar on standard error, once a second has passed, where somebody can see it."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> _Progress:
        import time

        self.clock = time.monotonic
        self.start = self.clock()
        self.seen = sys.stderr.isatty()
        return self

    def tell(self, done: int) -> None:
        if not self.seen or (self.bar is None and self.clock() - self.start < 1):
            return
        if self.bar is None:
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True)
            self.task = self.bar.add_task("networks", total=self.total)
            self.bar.start()
        self.bar.update(self.task, completed=done)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()


# ---------------------------------------------------------------- words to numbers


def _count(word: str) -> int:
    try:
        n = int(word)
    except ValueError:
        n = 0
    if not 1 <= n <= _LARGEST:
        raise argparse.ArgumentTypeError(f"{word!r} is not a whole number from 1 to {_LARGEST}")
    return n


def _few(word: str) -> int:
    """A number of layers or of threads."""
    n = _count(word)
    if n > _MANY:
        raise argparse.ArgumentTypeError(f"{word} is more than {_MANY}")
    return n


def _listed(words: str) -> list[str]:
    found = words.split(",")
    if len(found) > _MANY:
        raise argparse.ArgumentTypeError(f"{len(found):,} values are more than {_MANY:,}")
    return found


def _counts(words: str) -> tuple[int, ...]:
    return tuple(_count(w.strip()) for w in _listed(words))


def _seed(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 40):
        raise argparse.ArgumentTypeError(f"{word!r} is not a whole number >= 0")
    return int(word)


def _real(word: str) -> float:
    try:
        x = float(word)
    except ValueError:
        x = math.nan
    if not math.isfinite(x):
        raise argparse.ArgumentTypeError(f"{word!r} is not a number")
    return x


def _positive(word: str) -> float:
    x = _real(word)
    if x <= 0:
        raise argparse.ArgumentTypeError(f"{word!r} is not a positive number")
    return x


def _rule(word: str) -> float | str:
    """A number, or the name of an initializer, which the setting looks up."""
    word = word.strip()
    return word if word[:1].isalpha() and word not in ("nan", "inf") else _real(word)


def _rules(words: str) -> list[float | str]:
    return [_rule(w) for w in _listed(words)]
