"""A run in the terminal: drawing, tables, and what they say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from symcheck.simulate.chart import Curve, Mark, chart, side_by_side
from symcheck.simulate.experiment import Profile
from symcheck.simulate.export import describe, groups, short
from symcheck.simulate.statistics import Estimate

__all__ = ["findings", "show"]

STYLES = ("blue", "cyan", "green", "yellow", "red", "magenta", "white")


# ---------------------------------------------------------------- what is found


def _within(e: Estimate) -> tuple[int, int]:
    """(layers whose band holds the law, layers where the mean is determined)."""
    held = (e.low <= 1) & (e.high >= 1) & e.resolved
    return int(held.sum()), int(e.resolved.sum())


def findings(group: Sequence[Profile], explain: bool = True) -> list[str]:
    """What the measurement says, one paragraph each; ``explain`` adds what holds always."""
    p = group[0]
    layers = p.setting.layers
    last = layers - 2
    exact = "exact" if p.law.exact else "mean-field, an approximation"
    result = []
    for name, what in (
        ("forward", "Var[f_k]"),
        ("gain", "E[(df_K/df_k)^2]"),
        ("gradient", "Var[dl/df_k]"),
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
            ) + (
                f" In the other {resolved}, the law ({exact}) lies within the 95% band {held} "
                "times."
                if resolved
                else " Fewer layers or wider ones determine it."
            )
        result.append(text)
    e = p.forward
    text = (
        f"Var[f_k] of one network after layer {last + 1}: the median is {e.median[last]:.3g} of "
        f"the law, nine networks in ten lie between {e.lower[last]:.2g} and {e.upper[last]:.2g} of "
        f"it, and the logarithm has variance {e.log_variance[last]:.3g}"
    )
    if p.law.exact and not p.setting.biased:
        text += f" (to first order in 1/width, for one input: {p.law.spread[last]:.3g})"
    if e.median[last] < 0.9:
        text += ". The mean follows the law and the median falls below it: one seed proves nothing"
    result.append(text + ".")
    if p.law.exact and explain:
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
    inner = (
        {max(2, round(i * (layers - 1) / 50) * 5) for i in range(1, 10)}
        if layers > 50
        else {k for k in (2, 5, 10, 15, 20, 25, 30, 35, 40, 45) if k < layers - 1}
    )
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
        ("." if ascii else "━", "5%, 95%", "dim"),
    ):
        key.append(f" {sign} {words} ", style=style)
    key.truncate(width, pad=True)
    return [*lines, key]


def _tables(group: Sequence[Profile], quantity: str, width: int, ascii: bool) -> list[Table]:
    """The columns in as many tables as the width asks for, each with the layers at its left."""
    p = group[0]
    e: Estimate = getattr(p, quantity)
    layers = _selected(p.setting.layers)
    at = [k - 1 for k in layers]
    sign, over = ("s^2", "/law") if ascii else ("σ²", "÷law")
    laws = [
        (f"{sign} {q.setting.label}", [short(getattr(q.law, quantity)[k]) for k in at])
        for q in group
    ]
    measured = [
        (
            f"mean{over}",
            [f"{e.mean[k]:.3f}" if e.resolved[k] else f"({e.mean[k]:.2g})" for k in at],
        ),
        (
            "95% band",
            [
                f"{e.low[k]:.3f} .. {e.high[k]:.3f}"
                if e.resolved[k]
                else f"one has {e.share[k]:.0%}"
                for k in at
            ],
        ),
        (f"median{over}", [f"{e.median[k]:.3g}" for k in at]),
    ]
    if quantity == "gradient" and p.law.exact:
        factors = (math.exp(p.law.gradient[k] - p.law.independent[k]) for k in at)
        measured.append((f"law{over[0]}indep.", [f"{x:.3g}" for x in factors]))
    whole = 10 + sum(max(map(len, (name, *cells))) + 3 for name, cells in (*laws, *measured))
    parts = [[*laws, *measured]] if whole <= width else [laws, measured]
    return [t for part in parts for t in _packed(part, [str(k) for k in layers], width, ascii)]


def _packed(
    columns: list[tuple[str, list[str]]], layers: list[str], width: int, ascii: bool
) -> list[Table]:
    tables = []
    while columns:
        table = Table(pad_edge=ascii, box=box.ASCII2 if ascii else box.SIMPLE_HEAD)
        table.add_column("layer", justify="right")
        shown = [layers]
        room = width - 10
        while columns:
            name, cells = columns[0]
            room -= max(map(len, (name, *cells))) + 3
            if room < 0 and len(shown) > 1:
                break
            table.add_column(name, justify="right", no_wrap=True)
            shown.append(cells)
            columns = columns[1:]
        for row in zip(*shown, strict=True):
            table.add_row(*row)
        tables.append(table)
    return tables


def show(profiles: Sequence[Profile], console: Console, ascii: bool = False) -> None:
    """The drawing, the tables and what they say."""
    first = profiles[0]
    width = max(60, min(console.width, 160))
    console.print(Text(describe(first)), soft_wrap=False)
    console.print(
        Text(
            f"{first.networks} networks, {first.inputs} input{'s'[: first.inputs != 1]} each; "
            f"lines: derived law; {'o' if ascii else '●'}: measured mean"
        )
    )
    console.print()
    names = (
        ("a) Var[f_k], forwards", "b) Var[dl/df_k], backwards")
        if ascii
        else ("a) Var[f_k], forwards", "b) Var[∂ℓ/∂f_k], backwards")
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
        _print(
            console,
            [
                _ratio_chart(p.forward, f"c) Var[f_k] {over}{which}", each, 12, ascii),
                _ratio_chart(p.gain, f"d) {gain} {over}{which}", each, 12, ascii),
            ],
            wide,
        )
        variance = "Var[dl/df_k]" if ascii else "Var[∂ℓ/∂f_k]"
        for quantity, what in (
            ("forward", "Var[f_k]"),
            ("gain", gain),
            ("gradient", f"{variance}, loss (f_K - y)^2"),
        ):
            console.print(Text(f"{what}: derived, and measured{which}", style="bold"))
            for table in _tables(group, quantity, width, ascii):
                console.print(table)
    for group in groups(profiles):
        if len(profiles) > 1 and not group[0].shared:
            console.print(Text(f"Weight variance {group[0].setting.label}:", style="bold"))
        for text in findings(group, explain=group[0] is first):
            console.print(Text("- " + text))


def _print(console: Console, drawn: list[list[Text]], wide: bool) -> None:
    if wide and len(drawn) == 2:
        drawn = [side_by_side(drawn[0], drawn[1])]
    for lines in drawn:
        for line in lines:
            console.print(line, no_wrap=True, overflow="crop")
        console.print()
