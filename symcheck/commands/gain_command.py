"""``symcheck gain``: what an activation does to the variance of signals and gradients."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from symcheck.commands.shown import say, speaks_unicode, width_of

if TYPE_CHECKING:
    from symcheck.gains.result import Gain

__all__ = ["DESCRIPTION", "add_arguments", "run"]

DESCRIPTION = (
    "The moments of an activation under a normal law, certified, with closed forms and their "
    "derivations; the gains that follow; the fixed points of its variance map."
)
FORMATS = ("rich", "text", "markdown", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "activation",
        metavar="ACTIVATION",
        help="relu, leaky_relu, gelu, silu, elu, selu, tanh, erf, sigmoid, softplus, mish, sin, "
        "...; relu^2; an expression in x such as 'x * sigmoid(1.702 * x)'; or a gated unit: "
        "swiglu, geglu, reglu, glu",
    )
    add("--a", metavar="A", help="the number a of leaky_relu, elu, celu, or of the expression")
    add("--sigma", metavar="S", default="1", help="standard deviation of x (default 1)")
    add("--gated", action="store_true", help="φ(x) y with an independent y of the same law")
    add = parser.add_argument_group("variance map").add_argument
    add("--weights", metavar="V", default="forward",
        help="σ_w², fan-in times the variance of weights: a number, or forward or backward, "
        "which keeps the variance of signals or of gradients at σ (default forward)")  # fmt: skip
    add("--bias", metavar="V", default="0", help="σ_b², the variance of biases (default 0)")
    add("--layers", type=int, metavar="L", default=50, help="how deep the drift is (default 50)")
    add = parser.add_argument_group("output").add_argument
    add("--digits", type=int, metavar="N", default=15, help="digits of every number (default 15)")
    add("--brief", action="store_true", help="leave out the derivations")
    add("--plot", metavar="FILE", help="draw φ, the variance map and the correlation map to "
        "FILE.png, FILE.svg or FILE.pdf")  # fmt: skip
    add("--format", choices=FORMATS, help="default: rich on a terminal, text elsewhere")
    add("--json", dest="format", action="store_const", const="json", help="--format json")
    add("-o", "--output", metavar="FILE", help="write to FILE")


def run(args: argparse.Namespace) -> int:
    """Find and show; 0, or 2 for bad input; 1 where this program contradicts itself."""
    try:
        return _run(args)
    except ValueError as e:
        return _told(str(e), 2)
    except ImportError as e:
        return _told(f"{e.name or e} is missing: pip install python-flint", 2)
    except BrokenPipeError:
        raise  # the reader has gone, which is no fault of this command
    except OSError as e:
        return _told(f"{e.filename} cannot be written: {e.strerror}", 2)
    except RuntimeError as e:
        if isinstance(e, RecursionError):
            raise
        return _told(f"internal error, please report it: {e}", 1)


def _told(words: str, status: int) -> int:
    print(f"symcheck gain: {words}", file=sys.stderr)
    return status


def _run(args: argparse.Namespace) -> int:
    if args.plot is not None:
        from symcheck.gains.plot import ready

        ready(args.plot)
    from symcheck.gains.api import gain

    found = gain(
        args.activation, a=args.a, sigma=args.sigma, gated=args.gated, weights=args.weights,
        bias=args.bias, layers=args.layers, digits=args.digits,
    )  # fmt: skip
    if args.plot is not None:
        from symcheck.gains.plot import draw

        draw(found, args.plot)
    _show(found, args)
    return 0


def _show(found: Gain, args: argparse.Namespace) -> None:
    from symcheck.gains import shown

    terminal = args.output is None and sys.stdout.isatty()
    format = args.format or ("rich" if terminal else "text")
    if format == "rich" and args.output is None:
        from rich.console import Console

        console = Console(highlight=False, emoji=False, markup=False)
        shown.shown_on(console, found, brief=args.brief)
        return
    if format == "json":
        made = shown.as_json(found)
    elif format == "markdown":
        made = shown.as_markdown(found, brief=args.brief)
    else:
        unicode = args.output is not None or speaks_unicode(sys.stdout)
        made = shown.as_text(found, brief=args.brief, width=width_of(terminal), unicode=unicode)
    if args.output is None:
        say(made, end="")
        return
    with open(args.output, "w", encoding="utf-8") as out:
        out.write(made)
