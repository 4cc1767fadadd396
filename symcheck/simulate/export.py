"""A run as CSV and as JSON, and its setting in words."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from symcheck.simulate.experiment import Profile
from symcheck.simulate.statistics import Estimate

__all__ = ["describe", "groups", "short", "to_csv", "to_json"]

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


def short(log: float) -> str:
    """e^log with three digits, as a person would write it."""
    if -3 * math.log(10) < log < 2.999 * math.log(10):
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
        (
            "weight_variance",
            "quantity",
            "layer",
            "law",
            "law_if_independent",
            *_COLUMNS,
            "largest_share",
            "log_variance",
            "networks",
            "inputs",
            "seed",
        )
    )
    for p in profiles:
        for row in _rows(p):
            measured = (_scientific(row.log_law + _log(row.ratio(c)), 9) for c in _COLUMNS)
            write.writerow(
                (
                    p.setting.label,
                    row.quantity,
                    row.layer,
                    _scientific(row.log_law, 9),
                    _scientific(row.log_independent, 9),
                    *measured,
                    f"{row.ratio('share'):.6g}",
                    f"{row.ratio('log_variance'):.6g}",
                    p.networks,
                    p.inputs,
                    seed,
                )
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
