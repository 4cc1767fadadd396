"""A log-scale drawing for the terminal: lines of dots, marks, axis, legend at the right.

Eight dots fit in one braille character; ``ascii`` uses one full stop a character instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

__all__ = ["Curve", "Mark", "chart", "side_by_side"]

_BRAILLE = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """A line through (layer, log10 value) points; ``label`` stands at its right end."""

    points: Sequence[Point]
    style: str
    label: str = ""


@dataclass(frozen=True)
class Mark:
    """One character for each point."""

    points: Sequence[Point]
    style: str
    sign: str


def chart(
    title: str,
    curves: Sequence[Curve],
    marks: Sequence[Mark],
    *,
    width: int,
    height: int,
    ascii: bool = False,
) -> list[Text]:
    """Lines of text of exactly this width: the title, ``height`` rows, the axis."""
    finite = [
        p
        for points in (*(c.points for c in curves), *(m.points for m in marks))
        for p in points
        if math.isfinite(p[1])
    ]
    if not finite:
        return [Text(title)]
    low, high = min(y for _, y in finite), max(y for _, y in finite)
    pad = max(0.02 * (high - low), 0.05)
    low, high = low - pad, high + pad
    first, last = min(x for x, _ in finite), max(x for x, _ in finite)
    ticks = _ticks(low, high, max(3, height // 3))
    names = {t: _power(t, ascii) for t in ticks}
    left = max(map(len, names.values())) + 1
    right = max((len(c.label) for c in curves), default=0) + 1
    grid = _Grid(width - left - right - 1, height, (first, last), (low, high), ascii)
    for curve in curves:
        grid.line(curve)
    for mark in marks:
        grid.mark(mark)

    ends = _spread([(grid.row(c.points[-1]), c) for c in curves if c.label], height)
    tick_rows = {grid.row((first, t)): t for t in ticks}
    wall, joint, floor, corner, foot = "|+-++" if ascii else "│┤─└┴"
    lines = [Text((" " * left + " " + title).ljust(width)[:width], style="bold")]
    for row in range(height):
        tick = tick_rows.get(row)
        # Not the style of the whole line, which would dim the curves as well.
        name = names[tick] if tick is not None else ""
        line = Text.assemble((name.rjust(left - 1) + " ", "dim"))
        line.append(wall if tick is None else joint, style="dim")
        for sign, style in zip(grid.signs[row], grid.styles[row], strict=True):
            line.append(sign, style=style or None)
        end = ends.get(row)
        line.append((" " + end.label if end else "").ljust(right), style=end.style if end else None)
        lines.append(line)
    under, numbers = _feet(first, last, grid.columns, floor, foot)
    lines.append(Text(" " * left + corner + under + " " * right, style="dim"))
    lines.append(Text((" " * left + " " + numbers).ljust(width)[:width], style="dim"))
    return lines


class _Grid:
    """Characters with their styles; a character of Braille has two columns of four dots."""

    def __init__(self, columns: int, rows: int, across: Point, down: Point, ascii: bool) -> None:
        self.columns, self.rows, self.across, self.down = columns, rows, across, down
        self.ascii = ascii
        self.fine_x, self.fine_y = (1, 1) if ascii else (2, 4)
        self.dots = [[0] * columns for _ in range(rows)]
        self.signs = [[" "] * columns for _ in range(rows)]
        self.styles = [[""] * columns for _ in range(rows)]

    def _place(self, p: Point) -> tuple[int, int]:
        (first, last), (low, high) = self.across, self.down
        x = (p[0] - first) / max(last - first, 1) * (self.columns * self.fine_x - 1)
        y = (high - p[1]) / (high - low) * (self.rows * self.fine_y - 1)
        return round(x), round(y)

    def row(self, p: Point) -> int:
        """The row of characters in which a point is."""
        return self._place(p)[1] // self.fine_y

    def line(self, curve: Curve) -> None:
        """Join the points by straight lines."""
        spots = [self._place(p) for p in curve.points if math.isfinite(p[1])]
        for a, b in zip(spots, spots[1:] or spots, strict=False):
            steps = max(abs(b[0] - a[0]), abs(b[1] - a[1]), 1)
            for i in range(steps + 1):
                x = a[0] + round(i * (b[0] - a[0]) / steps)
                y = a[1] + round(i * (b[1] - a[1]) / steps)
                self._dot(x, y, curve.style)

    def _dot(self, x: int, y: int, style: str) -> None:
        row, column = y // self.fine_y, x // self.fine_x
        self.dots[row][column] |= _DOTS[y % 4][x % 2]
        self.signs[row][column] = "." if self.ascii else chr(_BRAILLE + self.dots[row][column])
        self.styles[row][column] = style

    def mark(self, mark: Mark) -> None:
        """Put a character at each point."""
        for p in mark.points:
            if math.isfinite(p[1]):
                x, y = self._place(p)
                self.signs[y // self.fine_y][x // self.fine_x] = mark.sign
                self.styles[y // self.fine_y][x // self.fine_x] = mark.style


def side_by_side(left: list[Text], right: list[Text], gap: int = 2) -> list[Text]:
    return [Text.assemble(a, " " * gap, b) for a, b in zip(left, right, strict=True)]


def _power(exponent: float, ascii: bool) -> str:
    if exponent == round(exponent):
        number = str(round(exponent))
        return f"1e{number}" if ascii else "10" + number.translate(_SUPERSCRIPT)
    return f"{10**exponent:.2g}"


def _ticks(low: float, high: float, most: int) -> list[float]:
    if high - low < 1.5:
        found = [
            math.log10(m * 10**e)
            for e in range(math.floor(low), math.ceil(high) + 1)
            for m in (1, 2, 5)
        ]
        return [t for t in found if low <= t <= high] or [(low + high) / 2]
    step = next(
        s
        for s in (1, 2, 5, 10, 20, 25, 40, 50, 100, 200, 500, 10**3, 10**4, 10**9)
        if (high - low) / s <= most
    )
    return [float(t) for t in range(math.ceil(low / step) * step, math.floor(high) + 1, step)]


def _spread(wanted: list[tuple[int, Curve]], height: int) -> dict[int, Curve]:
    """A row for each label, as near as possible to where its line ends."""
    result: dict[int, Curve] = {}
    for row, curve in wanted:
        free = [r for r in range(height) if r not in result]
        if free:
            result[min(free, key=lambda r: abs(r - row))] = curve
    return result


def _feet(first: float, last: float, columns: int, floor: str, foot: str) -> tuple[str, str]:
    span = last - first
    step = next(
        (
            s
            for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**3, 10**4)
            if span / s <= max(columns // 8, 2)
        ),
        10**6,
    )
    line, numbers = [floor] * columns, [" "] * (columns + 6)
    for tick in sorted({first, *range(math.ceil(first / step) * step, int(last) + 1, step)}):
        spot = round((tick - first) / max(span, 1) * (columns - 1))
        text = f"{tick:g}"
        start = max(0, spot - len(text) // 2)
        if all(c == " " for c in numbers[max(0, start - 1) : start + len(text) + 1]):
            line[spot] = foot
            numbers[start : start + len(text)] = text
    return "".join(line), "".join(numbers)
