"""Figure 7.4 with Matplotlib, which is imported here only (the extra ``plots``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from symcheck.simulate.experiment import Profile
from symcheck.simulate.export import describe, groups
from symcheck.system.output import written

__all__ = ["draw", "ready"]

FORMATS = (".png", ".svg", ".pdf")
# Okabe and Ito's colours, told apart by every eye, ordered from vanishing to exploding.
COLOURS = ("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7", "#000000")


def ready(path: str) -> None:
    """Raises ValueError where ``draw`` would fail, before the work is done."""
    if Path(path).suffix.lower() not in FORMATS:
        raise ValueError(f"{path}: a plot is written to one of {', '.join(FORMATS)}")
    if find_spec("matplotlib") is None:
        raise ValueError("plots need Matplotlib: pip install 'symcheck[plots]'")


def draw(profiles: Sequence[Profile], path: str) -> None:
    """Both panels of the figure, and below each what was measured in units of the law."""
    import matplotlib
    from matplotlib.figure import Figure

    options: dict[Any, Any] = {
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "font.family": "DejaVu Sans",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "symcheck",
        "mathtext.fontset": "cm",
    }
    with matplotlib.rc_context(options):
        figure = Figure(figsize=(10, 7.4), layout="constrained")
        top, bottom = figure.subplots(2, 2, sharex=True, height_ratios=(1.25, 1))
        _profiles(top[0], profiles, "forward", r"a)  Forward pass: $\mathrm{Var}[f_k]$")
        _profiles(
            top[1],
            profiles,
            "gradient",
            r"b)  Backward pass: $\mathrm{Var}[\partial\ell/\partial f_k]$",
        )
        _forward_ratio(bottom[0], profiles)
        _gradient_ratio(bottom[1], profiles)
        for axis in bottom:
            axis.set_xlabel(r"Layer $k$")
        first = profiles[0]
        figure.suptitle(
            "\n".join(_wrapped(describe(first))) + f"\n{first.networks} networks, "
            f"{first.inputs} input{'s'[: first.inputs != 1]} each",
            fontsize=8.5,
            color="#444444",
        )
        metadata = {"Date": None} if path.lower().endswith((".svg",)) else None
        with written(path) as beside:
            figure.savefig(beside, dpi=200, metadata=metadata)


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 150)


def _layers(profile: Profile) -> Any:
    return np.arange(1, profile.setting.layers + 1)


def _profiles(axis: Any, profiles: Sequence[Profile], quantity: str, title: str) -> None:
    for i, p in enumerate(profiles):
        colour = COLOURS[i % len(COLOURS)]
        x = _layers(p)
        law = np.array(getattr(p.law, quantity)) / math.log(10)
        with np.errstate(divide="ignore"):
            mean = law + np.log10(getattr(p, quantity).mean)
        axis.plot(x, law, color=colour, lw=1.4)
        step = max(1, round(len(x) / 17))
        axis.plot(x[::step], mean[::step], "o", ms=4, mfc="white", mec=colour, mew=1.1)
    axis.set_title(title)
    _decades(axis)
    _name_curves(axis, profiles, quantity)
    if quantity == "forward":
        axis.set_ylabel("variance")
        axis.plot([], [], color="#555555", lw=1.4, label="derived law")
        axis.plot(
            [], [], "o", ms=4, mfc="white", mec="#555555", mew=1.1, label="mean over networks"
        )
        axis.legend(frameon=False, fontsize=8, loc="best")


def _name_curves(axis: Any, profiles: Sequence[Profile], quantity: str) -> None:
    """The variance of the weights at the right end of each curve, kept apart."""
    low, high = axis.get_ylim()
    least = (high - low) / 18
    ends = sorted(
        (getattr(p.law, quantity)[-1] / math.log(10), i, p) for i, p in enumerate(profiles)
    )
    heights = [y for y, _, _ in ends]
    for _ in range(50):
        for j in range(len(heights) - 1):
            if (gap := heights[j + 1] - heights[j]) < least:
                heights[j] -= (least - gap) / 2
                heights[j + 1] += (least - gap) / 2
    for height, (_, i, p) in zip(heights, ends, strict=True):
        label = p.setting.label.replace("_", " ")
        sign = rf"$\sigma_\Omega^2={label}$" if label[0].isdigit() else label
        axis.annotate(
            sign,
            (1.01, height),
            xycoords=("axes fraction", "data"),
            fontsize=8.5,
            color=COLOURS[i % len(COLOURS)],
            va="center",
            annotation_clip=False,
        )


def _decades(axis: Any) -> None:
    """Ticks of an axis that holds log10 of what it shows, so that 1e400 can be drawn."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    low, high = axis.get_ylim()
    axis.yaxis.set_major_locator(
        MaxNLocator(nbins=8, integer=True, steps=[1, 2, 2.5, 5, 10], min_n_ticks=1)
    )
    axis.yaxis.set_major_formatter(FuncFormatter(lambda y, _: rf"$10^{{{round(y)}}}$"))
    axis.set_ylim(low, high)
    axis.grid(axis="y", color="#dddddd", lw=0.6)
    axis.set_axisbelow(True)


def _log_ratio_axis(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator

    axis.set_yscale("log")
    low, high = axis.get_ylim()
    if high < 30 * low:
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
        axis.yaxis.set_minor_locator(LogLocator(subs=()))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axis.yaxis.set_minor_formatter(FuncFormatter(lambda y, _: ""))
    axis.grid(axis="y", color="#dddddd", lw=0.6)
    axis.set_axisbelow(True)


def _band(axis: Any, x: Any, estimate: Any, factor: Any, colour: str, label: str) -> None:
    """Mean and its band; the mean hollow where a few networks decide it."""
    known = estimate.resolved
    low, high = estimate.low * factor, estimate.high * factor
    mean = estimate.mean * factor
    axis.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
    axis.plot(
        x,
        np.where(known, mean, np.nan),
        "o",
        ms=3,
        color=colour,
        label=label if known.any() else "",
    )
    if not known.all():
        axis.plot(
            x,
            np.where(known, np.nan, mean),
            "o",
            ms=3,
            mfc="white",
            mec=colour,
            mew=0.7,
            label=label.split(",")[0] + ", too few networks" if label else "",
        )


def _forward_ratio(axis: Any, profiles: Sequence[Profile]) -> None:
    together = groups(profiles)
    for i, group in enumerate(together):
        p = group[0]
        x = _layers(p)
        colour = "#333333" if len(together) == 1 else COLOURS[i % len(COLOURS)]
        first = i == 0
        if len(together) == 1:
            axis.fill_between(
                x,
                p.forward.lower,
                p.forward.upper,
                color="#bbbbbb",
                alpha=0.35,
                lw=0,
                label="nine networks in ten",
            )
        _band(axis, x, p.forward, 1.0, colour, "mean, with its 95% band" if first else "")
        axis.plot(
            x, p.forward.median, color=colour, ls="--", lw=1.2, label="median" if first else ""
        )
    axis.axhline(1, color="#000000", lw=0.9)
    axis.set_title(r"c)  $\mathrm{Var}[f_k]$ in units of its law")
    axis.set_ylabel("measured ÷ law")
    _log_ratio_axis(axis)
    axis.legend(frameon=False, fontsize=8, loc="lower left")


def _gradient_ratio(axis: Any, profiles: Sequence[Profile]) -> None:
    together = groups(profiles)
    one = len(together) == 1
    variance = r"$\mathrm{Var}[\partial\ell/\partial f_k]$"
    gain = r"$(\partial f_K/\partial f_k)^2$"
    for i, group in enumerate(together):
        p = group[0]
        x = _layers(p)
        colour = COLOURS[i % len(COLOURS)]

        def name(text: str, first: bool = i == 0) -> str:
            return text if first else ""

        if p.law.exact:
            exact = np.exp(np.array(p.law.gradient) - np.array(p.law.independent))
            axis.plot(
                x,
                exact,
                color=COLOURS[4] if one else colour,
                lw=1.4,
                label=name(variance + ", exact law"),
            )
            if one:
                _band(axis, x, p.gradient, exact, COLOURS[4], variance + ", mean")
        _band(axis, x, p.gain, 1.0, colour, name(gain + ", mean with 95% band"))
        axis.plot(x, p.gain.median, color=colour, ls="--", lw=1.2, label=name(gain + ", median"))
    axis.axhline(1, color="#000000", lw=0.9)
    axis.set_title("d)  Gradients in units of the law if independent")
    axis.set_ylabel("÷ law if independent")
    axis.set_yscale("log")
    low, high = axis.get_ylim()
    axis.set_ylim(low / (high / low) ** 0.35, high)
    _log_ratio_axis(axis)
    axis.legend(frameon=False, fontsize=8, loc="lower right")
