"""A run as a drawing and tables for the terminal, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from symcheck.simulate.chart import Curve, Mark, chart, side_by_side
from symcheck.simulate.experiment import Profile
from symcheck.simulate.statistics import Estimate

__all__ = ["STYLES", "describe", "findings", "groups", "to_csv", "to_json", "to_terminal"]

STYLES = ("blue", "cyan", "green", "yellow", "red", "magenta", "white")
QUANTITIES = ("forward", "gain", "gradient")
_COLUMNS = ("mean", "low", "high", "median", "lower", "upper")


def groups(profiles: Sequence[Profile]) -> list[list[Profile]]:
    """Profiles that one pass served stand together; their ratios to the law are equal."""
    return [list(g) for _, g in groupby(profiles, key=lambda p: id(p.forward))]


def describe(profile: Profile) -> str:
    """The setting in one line, without the variance of the weights."""
    s = profile.setting
    hidden = s.sizes[1:-1]
    if len(set(hidden)) == 1:
        layers = f"{len(hidden)} hidden layer{'s'[: len(hidden) != 1]} of {hidden[0]}"
    elif len(hidden) <= 8:
        layers = "hidden layers of " + ", ".join(map(str, hidden))
    else:
        layers = f"{len(hidden)} hidden layers of {min(hidden)} to {max(hidden)}"
    if not s.biased:
        biases = "zero biases"
    elif len(set(s.bias_variances)) == 1:
        biases = f"biases of variance {s.bias_variances[0]:g}"
    else:
        biases = f"biases of variance {min(s.bias_variances):.3g} to {max(s.bias_variances):.3g}"
    return (
        f"{layers}, {s.activation.name}, {s.law.name} weights, {biases}, input of {s.sizes[0]} "
        f"normal numbers of variance {s.input_variance:g}, one output, y = 0, least squares"
    )


# ---------------------------------------------------------------- numbers


def _scientific(log: float, digits: int) -> str:
    """e^log as decimal text, also where a double would overflow."""
    if log == -math.inf:
        return "0"
    if abs(log) < 700:
        return f"{math.exp(log):.{digits}e}"
    exponent, fraction = divmod(log / math.log(10), 1)
    text = f"{10**fraction:.{digits}f}"
    if text.startswith("10"):
        text, exponent = f"{1:.{digits}f}", exponent + 1
    return f"{text}e{int(exponent):+03d}"


def _short(log: float) -> str:
    if -3 * math.log(10) < log < 4 * math.log(10):
        return f"{math.exp(log):.3g}"
    mantissa, _, exponent = _scientific(log, 2).partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


@dataclass(frozen=True)
class _Row:
    layer: int
    quantity: str
    log_law: float
    log_independent: float
    estimate: Estimate

    def ratio(self, column: str) -> float:
        return float(getattr(self.estimate, column)[self.layer - 1])


def _rows(profile: Profile) -> Iterator[_Row]:
    law = profile.law
    for quantity in QUANTITIES:
        logs = getattr(law, quantity)
        plain = law.independent if quantity == "gradient" else logs
        for k, log in enumerate(logs):
            yield _Row(k + 1, quantity, log, plain[k], getattr(profile, quantity))


def to_csv(profiles: Sequence[Profile], seed: int) -> str:
    """One line for each variance, quantity and layer.  Text, so that no value overflows."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(
        ("weight_variance", "quantity", "layer", "law", "law_if_independent", *_COLUMNS,
         "largest_share", "log_variance", "networks", "inputs", "seed")
    )
    for p in profiles:
        for row in _rows(p):
            measured = (
                _scientific(row.log_law + _log(row.ratio(c)), 9) for c in _COLUMNS
            )
            write.writerow(
                (p.setting.label, row.quantity, row.layer, _scientific(row.log_law, 9),
                 _scientific(row.log_independent, 9), *measured, f"{row.ratio('share'):.6g}",
                 f"{row.ratio('log_variance'):.6g}", p.networks, p.inputs, seed)
            )
    return out.getvalue()


def to_json(profiles: Sequence[Profile], seed: int) -> str:
    """The same as data.  Values beyond a double are null; their logarithm is always there."""

    def number(log: float) -> float | None:
        return math.exp(log) if log < 709 else None

    def one(row: _Row) -> dict[str, Any]:
        return {
            "layer": row.layer,
            "log10_law": row.log_law / math.log(10),
            "law": number(row.log_law),
            "law_if_independent": number(row.log_independent),
            **{c: number(row.log_law + _log(row.ratio(c))) for c in _COLUMNS},
            "ratio": {c: row.ratio(c) for c in _COLUMNS},
            "largest_share": row.ratio("share"),
            "log_variance": row.ratio("log_variance"),
        }

    first = profiles[0]
    whole = {
        "sizes": list(first.setting.sizes),
        "activation": first.setting.activation.name,
        "weight_law": first.setting.law.name,
        "input_variance": first.setting.input_variance,
        "networks": first.networks,
        "inputs": first.inputs,
        "seed": seed,
        "law_is_exact": first.law.exact,
        "confidence": 0.95,
        "profiles": [
            {
                "label": p.setting.label,
                "weight_variances": list(p.setting.weight_variances),
                "bias_variances": list(p.setting.bias_variances),
                "shared_draws": p.shared,
                **{q: [one(r) for r in _rows(p) if r.quantity == q] for q in QUANTITIES},
            }
            for p in profiles
        ],
    }
    return json.dumps(whole, indent=1, allow_nan=False) + "\n"


# ---------------------------------------------------------------- what is found


def _within(e: Estimate) -> tuple[int, int]:
    """(layers whose band holds the law, layers where the mean is determined)."""
    held = (e.low <= 1) & (e.high >= 1) & e.resolved
    return int(held.sum()), int(e.resolved.sum())


def findings(group: Sequence[Profile], ascii: bool = False) -> list[str]:
    """What the measurement says, one paragraph each."""
    p = group[0]
    layers = p.setting.layers
    last = layers - 2
    exact = "exact" if p.law.exact else "mean-field, an approximation"
    result = []
    for name, what in (
        ("forward", "Var[f_k]"), ("gain", "E[(df_K/df_k)^2]"), ("gradient", "Var[dl/df_k]"),
    ):
        e: Estimate = getattr(p, name)
        held, resolved = _within(e)
        text = (
            f"{what}: the law ({exact}) lies within the 95% band of the mean in {held} of "
            f"{resolved} layers."
        )
        if resolved < layers:
            worst = float(e.share.max())
            text = (
                f"{what}: the mean is not determined by {p.networks} networks in "
                f"{layers - resolved} of {layers} layers, because a single one carries up to "
                f"{worst:.0%} of it."
            ) + (f" In the other {resolved}, the law ({exact}) lies within the 95% band {held} "
                 "times." if resolved else " Fewer layers or wider ones determine it.")
        result.append(text)
    e = p.forward
    result.append(
        f"The mean over networks follows the law; the median falls below it. After layer {last + 1}"
        f" the median is {e.median[last]:.3g} of the law, and nine networks in ten lie between"
        f" {e.lower[last]:.2g} and {e.upper[last]:.2g} of it: one seed proves nothing."
        f" The logarithm has variance {e.log_variance[last]:.3g}"
        + (
            f" (to first order in 1/width, for one input: {p.law.spread[last]:.3g})."
            if p.law.exact else "."
        )
    )
    if p.law.exact:
        factor = math.exp(p.law.gradient[0] - p.law.independent[0])
        result.append(
            "The backward law of the slides takes the incoming gradient to be independent of the "
            "weights. That is exact for the gain df_K/df_k, the gradient at layer k for a gradient "
            "of 1 at the output; with least squares the incoming "
            "gradient is 2 f_K, made of the same weights, and the exact mean of the gradient's "
            f"variance at layer 1 is {factor:.3g} times what independence gives."
        )
    if p.shared:
        result.append(
            f"All {len(group)} variances are served by the same draws: without biases "
            f"{p.setting.activation.name} is positively homogeneous, so another variance only "
            "rescales each layer, and every ratio to the law is the same."
        )
    return result


# ---------------------------------------------------------------- the terminal


def _selected(layers: int) -> list[int]:
    """About ten layers, the first and the last three among them (1-based)."""
    if layers <= 12:
        return list(range(1, layers + 1))
    inner = {max(2, round(i * (layers - 1) / 50) * 5) for i in range(1, 10)} if layers > 50 else {
        k for k in (2, 5, 10, 15, 20, 25, 30, 35, 40, 45) if k < layers - 1
    }
    return sorted({1, *(k for k in inner if k < layers - 1), layers - 1, layers})


def _curves(
    profiles: Sequence[Profile], quantity: str, ascii: bool
) -> tuple[list[Curve], list[Mark]]:
    curves, marks = [], []
    for i, p in enumerate(profiles):
        logs = np.array(getattr(p.law, quantity)) / math.log(10)
        x = range(1, p.setting.layers + 1)
        style = STYLES[i % len(STYLES)]
        curves.append(Curve(list(zip(x, logs, strict=True)), style, p.setting.label))
        with np.errstate(divide="ignore"):
            mean = logs + np.log10(getattr(p, quantity).mean)
        step = max(1, round(p.setting.layers / 10))
        points = list(zip(x, mean, strict=True))
        marks.append(Mark(points[step - 1 :: step], style, "o" if ascii else "●"))
    return curves, marks


def _ratio_chart(
    estimate: Estimate, title: str, width: int, height: int, ascii: bool
) -> list[Text]:
    def points(values: Any) -> list[tuple[float, float]]:
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(values)
        return [(k + 1, float(y)) for k, y in enumerate(logs)]

    ones = np.ones_like(estimate.mean)
    step = max(1, round(len(ones) / 25))
    curves = [
        Curve(points(estimate.lower), "dim"),
        Curve(points(estimate.upper), "dim"),
        Curve(points(estimate.median), "magenta"),
        Curve(points(ones), "green"),
    ]
    marks = [
        Mark(points(estimate.low)[::step], "white", "-" if ascii else "┴"),
        Mark(points(estimate.high)[::step], "white", "-" if ascii else "┬"),
        Mark(points(estimate.mean)[::step], "bold white", "o" if ascii else "●"),
    ]
    lines = chart(title, curves, marks, width=width, height=height, ascii=ascii)
    key = Text("     ")
    for sign, words, style in (
        ("o" if ascii else "●", "mean", "bold white"),
        ("-" if ascii else "┬┴", "95% band", "white"),
        ("." if ascii else "━", "law", "green"),
        ("." if ascii else "━", "median", "magenta"),
        ("." if ascii else "━", "5%, 95% of networks", "dim"),
    ):
        key.append(f" {sign} {words} ", style=style)
    key.truncate(width, pad=True)
    return [*lines, key]


def _table(group: Sequence[Profile], quantity: str, title: str, ascii: bool) -> Table:
    from rich import box

    table = Table(title=Text(title), title_justify="left", title_style="bold", pad_edge=False,
                  box=box.ASCII2 if ascii else box.SIMPLE_HEAD)
    table.add_column("layer", justify="right")
    sign = "s^2" if ascii else "σ²"
    for p in group:
        table.add_column(f"{sign} {p.setting.label}", justify="right", no_wrap=True)
    over = "/law" if ascii else "÷law"
    for name in (f"mean{over}", "95% band", f"median{over}"):
        table.add_column(name, justify="right", no_wrap=True)
    coupled = quantity == "gradient" and group[0].law.exact
    if coupled:
        table.add_column("law/indep." if ascii else "law÷indep.", justify="right", no_wrap=True)
    p = group[0]
    e: Estimate = getattr(p, quantity)
    for layer in _selected(p.setting.layers):
        k = layer - 1
        cells = [str(layer), *(_short(getattr(q.law, quantity)[k]) for q in group)]
        if e.resolved[k]:
            cells += [f"{e.mean[k]:.3f}", f"{e.low[k]:.3f} .. {e.high[k]:.3f}"]
        else:
            cells += [f"({e.mean[k]:.2g})", f"one has {e.share[k]:.0%}"]
        cells.append(f"{e.median[k]:.3g}")
        if coupled:
            cells.append(f"{math.exp(p.law.gradient[k] - p.law.independent[k]):.3g}")
        table.add_row(*cells)
    return table


def to_terminal(profiles: Sequence[Profile], console: Console, ascii: bool = False) -> None:
    """The drawing, the tables and what they say."""
    first = profiles[0]
    width = max(50, min(console.width, 160))
    console.print(Text(describe(first)), soft_wrap=False)
    console.print(Text(
        f"{first.networks} networks, {first.inputs} input{'s'[: first.inputs != 1]} each; "
        f"lines: derived law; {'o' if ascii else '●'}: measured mean"
    ))
    console.print()
    names = (
        ("a) Var[f_k], forwards", "b) Var[dl/df_k], backwards")
        if ascii else ("a) Var[f_k], forwards", "b) Var[∂ℓ/∂f_k], backwards")
    )
    wide = width >= 110
    each = (width - 2) // 2 if wide else width
    drawn = []
    for quantity, name in zip(("forward", "gradient"), names, strict=True):
        curves, marks = _curves(profiles, quantity, ascii)
        drawn.append(chart(name, curves, marks, width=each, height=16, ascii=ascii))
    _print(console, drawn, wide)
    for group in groups(profiles):
        p = group[0]
        which = "" if p.shared or len(profiles) == 1 else f", weight variance {p.setting.label}"
        over = "/ law" if ascii else "÷ law"
        gain = "E[(df_K/df_k)^2]" if ascii else "E[(∂f_K/∂f_k)²]"
        _print(console, [
            _ratio_chart(p.forward, f"c) Var[f_k] {over}{which}", each, 12, ascii),
            _ratio_chart(p.gain, f"d) {gain} {over}{which}", each, 12, ascii),
        ], wide)
        variance = "Var[dl/df_k]" if ascii else "Var[∂ℓ/∂f_k]"
        console.print(_table(group, "forward", f"Var[f_k]: derived, and measured{which}", ascii))
        console.print(_table(group, "gain", f"{gain}: derived, and measured{which}", ascii))
        console.print(_table(
            group, "gradient", f"{variance}, loss (f_K - y)^2: derived, and measured{which}", ascii
        ))
    for group in groups(profiles):
        if len(profiles) > 1 and not group[0].shared:
            console.print(Text(f"Weight variance {group[0].setting.label}:", style="bold"))
        for text in findings(group, ascii):
            console.print(Text("- " + text))


def _print(console: Console, drawn: list[list[Text]], wide: bool) -> None:
    if wide and len(drawn) == 2:
        drawn = [side_by_side(drawn[0], drawn[1])]
    for lines in drawn:
        for line in lines:
            console.print(line, no_wrap=True, overflow="crop")
        console.print()
