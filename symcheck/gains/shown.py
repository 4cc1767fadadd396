"""A :class:`Gain` as text, as tables of a terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from symcheck.gains.result import ENCLOSED, FixedPoint, Gain, Quantity
from symcheck.gains.words import ascii

__all__ = ["as_json", "as_markdown", "as_text", "heading", "shown_on"]

WIDTH = 80
CERTIFIED = "certified (Arb): every digit is certain, the last one is rounded"
_MEANING = {
    "forward": "keeps the second moment of signals",
    "centred": "keeps their variance, mean taken away",
    "backward": "keeps the variance of gradients",
}
_FORMULA = {"forward": "1/√{1}", "centred": "1/√{2}", "backward": "1/√{3}"}


# ---------------------------------------------------------------- what is said


def heading(g: Gain) -> list[str]:
    """What was asked for."""
    where = f"x ~ normal(0, σ²), σ = {g.sigma}"
    first = f"{g.name}: φ(x) = {g.formula}"
    lines = [f"g(x, y) = φ(x) y, x and y independent, {where}" if g.gated else where]
    if g.jumps:
        lines.append(f"φ jumps at x = {', '.join(g.jumps)}: φ' does not count that")
    if g.letters:
        lines.append(", ".join(f"{letter} = {number}" for letter, number in g.letters))
    return [first, *lines]


def gains(g: Gain) -> list[tuple[str, str, str, str, str]]:
    """(name, formula, digits, closed form, what it keeps) of each gain."""
    names = [m.name for m in g.moments]
    found = ((n, getattr(g, n)) for n in ("forward", "centred", "backward"))
    return [
        (n, _FORMULA[n].format(*names), "infinite" if q is None else str(q),
         "" if q is None else q.at, _MEANING[n])
        for n, q in found
    ]  # fmt: skip


def drifting(g: Gain) -> str:
    """How far apart signals and gradients drift."""
    slope, second = g.slope.name, g.second.name
    return (
        f"Where weights keep the variance of signals at σ², that of gradients is multiplied by "
        f"σ² {slope} / {second} = {g.ratio} in each layer: by {_rough(g.drift)} through "
        f"{g.layers} layers."
    )


def _rough(q: Quantity) -> str:
    """Fewer digits of a number, for a sentence; they are certain, too."""
    from symcheck.gains.decimals import certified

    return certified(q.low, q.high, min(6, q.digits))


def mapped(g: Gain) -> list[str]:
    """The variance map in words."""
    m = g.map
    body = "q E[φ(√q z)²]" if g.gated else "E[φ(√q z)²]"
    lines = [f"V(q) = σ_w² {body} + σ_b², z standard normal"]
    if m.closed and len(m.closed) <= 100:
        lines.append(f"{body} = {m.closed}")
    lines.append(f"σ_w² = {_both(m.weights)}, σ_b² = {_both(m.bias)}")
    return lines


def row(p: FixedPoint) -> tuple[str, str, str, str, str]:
    """q, V'(q), whether it attracts, χ, the phase."""
    pull = {True: "attracts", False: "repels", None: "not certain"}[p.attracts]
    slope = "infinite" if p.slope is None else str(p.slope)
    return str(p.q), slope, pull, "infinite" if p.chi is None else str(p.chi), p.phase


def remarks(g: Gain) -> list[str]:
    """What is to be known about the fixed points."""
    m, lines = g.map, []
    if m.note:
        lines.append(m.note)
    elif not m.points:
        lines.append("no fixed point was found")
    if m.scanned is not None:
        low, high = m.scanned
        certain = "; each one is certain" if m.points else ""
        lines.append(f"looked for at 0 and from {low:.1e} to {high:.1e}{certain}")
    if m.edge is not None:
        w, b = m.edge
        lines.append(f"the edge of chaos through q = σ²: σ_w² = {_both(w)}, σ_b² = {_both(b)}")
    return lines


def _both(q: Quantity) -> str:
    """Digits and closed form; only the latter where it is a plain number."""
    plain = q.at.replace(".", "").replace("/", "").isdigit()
    return q.at if plain else f"{q} = {q.at}" if q.at else str(q)


# ---------------------------------------------------------------- text


def as_text(g: Gain, *, brief: bool = False, width: int = WIDTH, unicode: bool = True) -> str:
    lines = "\n".join(_text(g, brief, max(width, 40))) + "\n"
    return lines if unicode else ascii(lines)


def _text(g: Gain, brief: bool, width: int) -> Iterator[str]:
    for line in heading(g):
        yield from _wrapped(line, width, "", "    ")
    yield ""
    wide = max(len(str(m)) for m in g.moments)
    name = max(len(m.name) for m in g.moments)
    for m in g.moments:
        yield f"  {m.name:{name}}  {m!s:{wide}}  {m.status}"
        if m.closed:
            lead = " " * (name + 4)
            again = f"= {m.at}" if m.at and m.at != m.closed and g.sigma == "1" else ""
            yield from _wrapped(f"= {m.closed}", width, lead, lead + "  ")
            if again:
                yield from _wrapped(f"{again}  for σ = 1", width, lead, lead + "  ")
    yield from _wrapped(CERTIFIED, width, "  ", "  ")
    yield ""
    yield "Gains"
    rows = gains(g)
    for label, formula, digits, closed, meaning in rows:
        said = f"{label:8}  {formula:{max(len(r[1]) for r in rows)}}  {digits}"
        yield f"  {said}{f' = {closed}' if closed and len(closed) < 24 else ''}"
        yield f"            {meaning}"
    yield from _wrapped(drifting(g), width, "  ", "  ")
    yield ""
    yield from _map_text(g, width)
    if not brief:
        for m in g.moments:
            if m.lines:
                yield ""
                yield from _derivation(m, width)


def _map_text(g: Gain, width: int) -> Iterator[str]:
    yield "Variance map"
    for line in mapped(g):
        yield from _wrapped(line, width, "  ", "    ")
    table = [("fixed point q", "V'(q)", "", "χ", ""), *map(row, g.map.points)]
    if len(table) > 1:
        wide = [max(len(r[k]) for r in table) for k in range(5)]
        for r in table:
            yield ("  " + "  ".join(c.ljust(w) for c, w in zip(r, wide, strict=True))).rstrip()
    for line in remarks(g):
        yield from _wrapped(line, width, "  ", "    ")


def _derivation(m: Quantity, width: int) -> Iterator[str]:
    yield f"{m.name}: {m.status}"
    for line, why in m.lines:
        lead = "    " if line.startswith("= ") else "  "
        shown = list(_wrapped(line, width - 30, lead, lead + "  "))
        if why and len(shown[-1]) < width - 28:
            shown[-1] = f"{shown[-1]:{width - 28}}"
        reasons = textwrap.wrap(why, 28) if why else []
        for n, part in enumerate(shown):
            last = n == len(shown) - 1
            yield (part + (reasons.pop(0) if last and reasons else "")).rstrip()
        yield from (" " * (width - 28) + r for r in reasons)


def _wrapped(text: str, width: int, first: str, rest: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text, max(width, 20), initial_indent=first, subsequent_indent=rest,
        break_long_words=False, break_on_hyphens=False,
    ) or [first]  # fmt: skip


# ---------------------------------------------------------------- a terminal


def shown_on(console: Any, g: Gain, *, brief: bool = False) -> None:
    """Tables on a rich console."""
    from rich import box
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    def table(*columns: str) -> Any:
        made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for n, column in enumerate(columns):
            made.add_column(column, no_wrap=n < 2, overflow="fold")
        return made

    first, *others = heading(g)
    console.print(Text(first, style="bold"))
    for line in others:
        console.print(Text(line))
    moments = table("moment", "value", "closed form", "")
    for m in g.moments:
        style = "yellow" if m.status == ENCLOSED else "green"
        moments.add_row(Text(m.name), str(m), Text(m.closed), Text(m.status, style=style))
    console.print(moments)
    console.print(Text(CERTIFIED, style="dim"))
    gain = table("gain", "value", "", "it keeps")
    for label, formula, digits, closed, meaning in gains(g):
        gain.add_row(Text(label), digits, Text(f"{formula}{f' = {closed}' if closed else ''}"),
                     Text(meaning.removeprefix("keeps ")))  # fmt: skip
    console.print(gain)
    console.print(Text(drifting(g)))
    console.print()
    for line in mapped(g):
        console.print(Text(line))
    if g.map.points:
        points = table("fixed point q", "V'(q)", "", "χ", "")
        for p in g.map.points:
            points.add_row(*map(Text, row(p)))
        console.print(points)
    for line in remarks(g):
        console.print(Text(line))
    for m in () if brief else g.moments:
        if m.lines:
            console.print()
            console.print(Text(f"{m.name}: {m.status}", style="bold"))
            steps = Table(box=None, show_header=False, pad_edge=False)
            for line, why in m.lines:
                steps.add_row(Text(line), Text(why, style="dim"))
            console.print(Padding(steps, (0, 0, 0, 2)))


# ---------------------------------------------------------------- Markdown


def as_markdown(g: Gain, *, brief: bool = False) -> str:
    return "\n".join(_markdown(g, brief)) + "\n"


def _markdown(g: Gain, brief: bool) -> Iterator[str]:
    first, *others = heading(g)
    yield from (f"## Gain of {_cell(g.name)}", "", f"{_cell(first)}.", "")
    for line in others:
        yield f"{_cell(line)}.  "
    yield from ("", "| moment | value | closed form | |", "| --- | --- | --- | --- |")
    for m in g.moments:
        yield f"| {_cell(m.name)} | {m} | {_cell(m.closed)} | {m.status} |"
    yield from ("", f"Numbers are {CERTIFIED}.", "")
    yield from ("| gain | value | | |", "| --- | --- | --- | --- |")
    for label, formula, digits, closed, meaning in gains(g):
        equal = f" = {closed}" if closed else ""
        yield f"| {label} | {digits} | {_cell(formula + equal)} | {meaning} |"
    yield from ("", _cell(drifting(g)), "", f"{_cell('; '.join(mapped(g)))}.", "")
    if g.map.points:
        yield from ("| q | V'(q) | | χ | |", "| --- | --- | --- | --- | --- |")
        for p in g.map.points:
            yield "| " + " | ".join(row(p)) + " |"
        yield ""
    for line in remarks(g):
        yield f"- {_cell(line)}"
    for m in () if brief else g.moments:
        if m.lines:
            yield from ("", f"### {_cell(m.name)}: {m.status}", "", "```text")
            for line, why in m.lines:
                yield f"{line}{f'    {why}' if why else ''}"
            yield "```"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


# ---------------------------------------------------------------- JSON


def as_json(g: Gain) -> str:
    return json.dumps(data(g), ensure_ascii=False, indent=1) + "\n"


def data(g: Gain) -> dict[str, Any]:
    """The same as plain data; numbers are strings with their ends beside them."""
    return {
        "activation": g.name, "formula": g.formula, "derivative": g.derivative, "gated": g.gated,
        "sigma": g.sigma, "letters": dict(g.letters), "certified": "Arb",
        "mean": _number(g.mean), "second_moment": _number(g.second),
        "variance": _number(g.variance), "derivative_moment": _number(g.slope),
        "forward": _number(g.forward), "centred": _number(g.centred),
        "backward": _number(g.backward), "ratio": _number(g.ratio), "layers": g.layers,
        "drift": _number(g.drift), "map": _map_data(g), "proof_file": g.question,
        "jumps": list(g.jumps),
    }  # fmt: skip


def _map_data(g: Gain) -> dict[str, Any]:
    m = g.map
    return {
        "weights": _number(m.weights), "bias": _number(m.bias), "closed_form": m.closed,
        "fixed_points": [
            {"q": _number(p.q), "slope": _number(p.slope), "attracts": p.attracts,
             "chi": _number(p.chi), "phase": p.phase}
            for p in m.points
        ],
        "looked_from": None if m.scanned is None else m.scanned[0],
        "looked_to": None if m.scanned is None else m.scanned[1],
        "note": m.note,
        "edge_of_chaos": None if m.edge is None else {
            "weights": _number(m.edge[0]), "bias": _number(m.edge[1])
        },
    }  # fmt: skip


def _number(q: Quantity | None) -> dict[str, Any] | None:
    if q is None:
        return None
    low, high = q.ends
    made: dict[str, Any] = {"value": str(q), "low": low, "high": high}
    if q.closed or q.at:
        made |= {"closed_form": q.closed or q.at, "at_sigma": q.at}
    if q.lines:
        made |= {"status": q.status, "derivation": [list(line) for line in q.lines]}
    elif q.closed:
        made["status"] = q.status
    return made
