"""φ, the variance map and the correlation map with Matplotlib, imported here only."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from symcheck.gains.balls import floats
from symcheck.gains.reading import activation, number
from symcheck.gains.result import Gain
from symcheck.gains.slopes import derivative

__all__ = ["correlations", "draw", "ready"]

FORMATS = (".png", ".svg", ".pdf")
_BLUE, _RED, _GREY = "#0072B2", "#D55E00", "#555555"
_TERMS = 200  # of the Hermite series


def ready(path: str) -> None:
    """Raises ValueError where ``draw`` would fail, before the work is done."""
    if Path(path).suffix.lower() not in FORMATS:
        raise ValueError(f"{path}: a plot is written to one of {', '.join(FORMATS)}")
    if find_spec("matplotlib") is None:
        raise ValueError("plots need Matplotlib: pip install 'symcheck[plots]'")


def draw(g: Gain, path: str) -> None:
    """Three panels."""
    import matplotlib
    from matplotlib.figure import Figure

    options: dict[Any, Any] = {
        "font.size": 9, "axes.titlesize": 10, "axes.titlelocation": "left",
        "font.family": "DejaVu Sans", "axes.spines.top": False, "axes.spines.right": False,
        "mathtext.fontset": "cm", "svg.fonttype": "path", "svg.hashsalt": "symcheck",
    }  # fmt: skip
    with matplotlib.rc_context(options):
        figure = Figure(figsize=(11, 3.9), layout="constrained")
        axes = figure.subplots(1, 3)
        phi = _phi(g)
        _function(axes[0], g, phi)
        _variances(axes[1], g, phi)
        _correlations(axes[2], g, phi)
        metadata = {"Date": None} if path.lower().endswith(".svg") else None
        figure.savefig(path, dpi=200, metadata=metadata)


def _plain(g: Gain) -> Any:
    """φ without letters."""
    slope = dict(g.letters).get("a")
    return activation(g.name, None if slope is None else number(slope), g.gated).plain


def _phi(g: Gain) -> Any:
    return floats(_plain(g))


def _finite(f: Any, x: float) -> float:
    try:
        y = float(f(float(x)))
    except (OverflowError, ValueError, ZeroDivisionError):
        return math.nan
    return y if math.isfinite(y) else math.nan


def _function(axis: Any, g: Gain, phi: Any) -> None:
    import numpy as np

    sigma = float(number(g.sigma))
    x = np.linspace(-4 * sigma, 4 * sigma, 801)
    turned = floats(derivative(_plain(g)))
    axis.axhline(0, color="#dddddd", lw=0.8)
    axis.plot(x, [_finite(phi, t) for t in x], color=_BLUE, lw=1.6, label="φ(x)")
    axis.plot(x, [_finite(turned, t) for t in x], color=_RED, lw=1.1, label="φ'(x)")
    density = np.exp(-((x / sigma) ** 2) / 2)
    low, high = axis.get_ylim()
    axis.fill_between(x, low, low + density * (high - low) / 4, color=_GREY, alpha=0.15, lw=0,
                      label="density of x")  # fmt: skip
    axis.set_ylim(low, high)
    axis.set_title(f"a)  {_title(g)}")
    axis.set_xlabel("x")
    axis.legend(frameon=False, fontsize=8)


def _title(g: Gain) -> str:
    given = ", ".join(f"{s} = {v[:6]}" for s, v in g.letters)
    name = g.name if len(g.name) <= 28 else g.name[:27] + "…"
    return f"{name}{f', {given}' if given else ''}"


def _value(g: Gain, phi: Any, q: float) -> float:
    from symcheck.gains.integrals import mean_square

    try:
        m = mean_square(phi, math.sqrt(q))
    except (OverflowError, ValueError, ZeroDivisionError):
        return math.nan
    return float(g.map.weights) * (q * m if g.gated else m) + float(g.map.bias)


def _variances(axis: Any, g: Gain, phi: Any) -> None:
    import numpy as np

    spots = [float(p.q) for p in g.map.points]
    top = 2 * max([float(number(g.sigma)) ** 2, *spots])
    q = np.linspace(0, top, 241)
    v = np.array([_value(g, phi, t) for t in q])
    axis.plot(q, q, color=_GREY, lw=0.9, ls="--", label="q")
    axis.plot(q, v, color=_BLUE, lw=1.6, label="V(q)")
    for p in g.map.points:
        fill = _BLUE if p.attracts else "white"
        word = {True: "attracts", False: "repels", None: "not certain"}[p.attracts]
        axis.plot([float(p.q)], [float(p.q)], "o", ms=6, mfc=fill, mec=_BLUE, clip_on=False,
                  label=f"q = {float(p.q):.4g} {word}")  # fmt: skip
    axis.set_xlim(0, top)
    axis.set_ylim(0, min(float(np.nanmax(v)) * 1.05, 2 * top) or 1)
    w, b = float(g.map.weights), float(g.map.bias)
    axis.set_title(rf"b)  Variance map, $\sigma_w^2$ = {w:.4g}, $\sigma_b^2$ = {b:.4g}")
    axis.set_xlabel("q")
    axis.legend(frameon=False, fontsize=8)


def correlations(phi: Any, q: float, c: Any) -> Any:
    """E[φ(u) φ(v)] for normal u, v of variance q and correlations c, and E[φ(u)²] last.

    The coefficients of φ(√q z) in Hermite polynomials give a power series in c (Mehler); what
    is left of the second moment goes with the next power.
    """
    import numpy as np

    z = np.linspace(-12, 12, 6001)
    weight = np.exp(-z * z / 2) * (z[1] - z[0]) / math.sqrt(2 * math.pi)
    values = np.array([_finite(phi, t) for t in math.sqrt(q) * z])
    values = np.where(np.isfinite(values), values, 0.0)
    before, here = np.zeros_like(z), np.ones_like(z)
    whole = float(np.sum(weight * values**2))
    total, rest = np.zeros_like(c), whole
    for k in range(_TERMS):
        part = float(np.sum(weight * values * here)) ** 2
        total, rest = total + part * c**k, rest - part
        before, here = here, (z * here - math.sqrt(k) * before) / math.sqrt(k + 1)
    return total + max(rest, 0.0) * np.abs(c) ** _TERMS, whole


def _correlations(axis: Any, g: Gain, phi: Any) -> None:
    import numpy as np

    above = [p for p in g.map.points if float(p.q) > 0]
    chosen = next((p for p in above if p.attracts), above[0] if above else None)
    q = float(chosen.q) if chosen else float(number(g.sigma)) ** 2
    c = np.linspace(-1, 1, 401)
    both, whole = correlations(phi, q, c)
    w, b = float(g.map.weights), float(g.map.bias)
    both, whole = (both * q * c, whole * q) if g.gated else (both, whole)
    axis.plot(c, c, color=_GREY, lw=0.9, ls="--", label="c")
    axis.plot(c, (w * both + b) / (w * whole + b), color=_BLUE, lw=1.6, label="C(c)")
    said = f"c)  Correlation map at q = {q:.4g}"
    if chosen is not None and chosen.chi is not None:
        said += f", χ = {float(chosen.chi):.4g}"
    axis.set_title(said)
    axis.set_xlabel("correlation c of two inputs")
    axis.set_xlim(-1, 1)
    axis.set_xticks([-1, -0.5, 0, 0.5, 1])
    axis.legend(frameon=False, fontsize=8, loc="upper left")
