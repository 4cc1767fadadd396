"""``gain``: from the text of an activation to a :class:`Gain`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from flint import arb, ctx
from sympy import Symbol, sqrt

from symcheck.gains import pieces
from symcheck.gains.balls import Ball, NoValue, value
from symcheck.gains.closed import GATED_NAMES, NAMES, Found, Unit, moments
from symcheck.gains.decimals import ends
from symcheck.gains.fixed import Map, Point
from symcheck.gains.integrals import NoEnclosure
from symcheck.gains.moments import SIGMA, tidy
from symcheck.gains.names import Unreadable, X
from symcheck.gains.reading import activation, number
from symcheck.gains.result import FixedPoint, Gain, Quantity, VarianceMap
from symcheck.gains.words import text

__all__ = ["gain"]

MOST_DIGITS = 200
MOST_LAYERS = 100_000
_Q = Symbol("q", positive=True)
LONGEST = 72  # a closed form that is longer is not written beside a number


def gain(
    activation_text: str,
    *,
    sigma: object = 1,
    a: object = None,
    gated: bool = False,
    weights: object = "forward",
    bias: object = 0,
    layers: int = 50,
    digits: int = 15,
) -> Gain:
    """What an activation does to the variance of a normal x and of gradients.

    ``activation_text`` is a name or an expression in x, ``a`` its slope below zero, ``sigma`` the
    standard deviation of x; with ``gated`` φ(x) y is meant, y like x.  ``weights`` and ``bias``
    are σ_w² and σ_b² of the variance map; ``forward`` and ``backward`` choose the σ_w² that keeps
    the variance of signals or of gradients at σ².  Numbers may be texts: "0.1", "2 / pi".

    Raises ValueError for what cannot be read, and where an expectation cannot be enclosed.
    """
    try:
        return _gain(
            activation_text, _number(sigma, "sigma"), None if a is None else _rational(a),
            gated, weights, _number(bias, "bias"), _whole(layers, 1, MOST_LAYERS, "layers"),
            _whole(digits, 1, MOST_DIGITS, "digits"),
        )  # fmt: skip
    except (Unreadable, NoEnclosure, NoValue) as e:
        raise ValueError(str(e)) from None


def _gain(
    words: str, sigma: Any, a: Any, gated: bool, weights: object, bias: Any, layers: int,
    digits: int,
) -> Gain:  # fmt: skip
    read = activation(words, a, gated)
    if not read.plain.has(X):
        raise Unreadable(f"{read.name} does not depend on x")
    if not value(sigma) > 0:
        raise Unreadable("sigma is a positive number")
    if not value(bias) >= 0:
        raise Unreadable("a variance of biases is not negative")
    unit = Unit(read, sigma)
    found, question = moments(unit, digits)
    if not found["second"].ball > 0:
        ball = found["second"].ball
        raise Unreadable(f"E[φ²] cannot be enclosed well enough: all that is known is {ball}")
    names = GATED_NAMES if read.gated else NAMES
    shown = {n: _moment(unit, names[n], f, digits) for n, f in found.items()}
    ratio = _ratio(unit, found)
    follows = {
        "forward": _root(unit, "forward", found["second"], digits),
        "centred": _root(unit, "centred", found["variance"], digits),
        "backward": _root(unit, "backward", found["slope"], digits),
    }
    with ctx.workprec(_bits(digits) + 40):
        drift = ratio**layers
    return Gain(
        read.name, text(read.phi), text(unit.slope), read.gated, text(sigma),
        tuple((s.name, text(v)) for s, v in read.letters.items()),
        shown["mean"], shown["second"], shown["variance"], shown["slope"],
        follows["forward"] or _impossible(), follows["centred"], follows["backward"],
        _quantity("ratio", ratio, digits), layers, _quantity("drift", drift, digits),
        _map(unit, found, weights, bias, digits), question, _jumps(read.plain),
    )  # fmt: skip


def _jumps(phi: Any) -> tuple[str, ...]:
    """Where φ certainly jumps, as far as its kinks lie at exact places."""
    found = []
    for (_, at, left), (_, _, right) in pairwise(pieces.exact(phi) or []):
        apart = value(right.subs(X, at)) - value(left.subs(X, at))
        if apart > 0 or apart < 0:
            found.append(text(at))
    return tuple(found)


def _impossible() -> Quantity:
    raise Unreadable("E[φ²] is 0")


# ---------------------------------------------------------------- numbers


def _number(given: object, what: str) -> Any:
    """A number that is given as a number or as text."""
    try:
        return number(str(given))
    except Unreadable as e:
        raise Unreadable(f"{what}: {e}") from None


def _rational(given: object) -> Any:
    made = _number(given, "a")
    if not made.is_Rational:
        raise Unreadable("a is a number such as 0.2 or 1/3")
    return made


def _whole(given: object, least: int, most: int, what: str) -> int:
    if not isinstance(given, int) or not least <= given <= most:
        raise Unreadable(f"{what} is a whole number from {least} to {most}")
    return given


def _bits(digits: int) -> int:
    return int(digits * 3.33) + 24


def _quantity(name: str, ball: Ball, digits: int, closed: Any = None) -> Quantity:
    low, high = ends(ball)
    return Quantity(name, low, high, digits, "", "" if closed is None else _short(closed))


def _short(e: Any) -> str:
    made = text(e)
    return made if len(made) <= LONGEST else ""


def _moment(unit: Unit, name: str, f: Found, digits: int) -> Quantity:
    low, high = ends(f.ball)
    if f.value is None:
        return Quantity(name, low, high, digits, lines=f.lines)
    at = _short(f.at(unit))
    return Quantity(name, low, high, digits, text(f.value), at, f.status, f.lines)


def _root(unit: Unit, name: str, f: Found, digits: int) -> Quantity | None:
    """One over the root of a moment, None where that is 0."""
    if not f.ball > 0:
        return None
    with ctx.workprec(_bits(digits) + 40):
        ball = 1 / f.ball.sqrt()
    if f.value is None:
        return _quantity(name, ball, digits)
    exact = 1 / sqrt(f.at(unit))
    return replace(_quantity(name, ball, digits, exact), status=f.status)


def _ratio(unit: Unit, found: Mapping[str, Found]) -> Ball:
    """σ² E[φ'²] / E[φ²]"""
    with ctx.workprec(found["second"].ball.bits() + 60):
        return value(unit.sigma) ** 2 * found["slope"].ball / found["second"].ball


# ---------------------------------------------------------------- the variance map


def _map(
    unit: Unit, found: Mapping[str, Found], weights: object, bias: Any, digits: int
) -> VarianceMap:
    bits = _bits(digits) - 6
    with ctx.workprec(bits + 60):
        w, exact = _weights(unit, found, weights)
        if not w > 0:
            raise Unreadable("the variance of weights is a positive number")
        b = value(bias)
        around = value(unit.sigma) ** 2
    letters = unit.letters
    second, slope = (_numbers(found[n].value, letters) for n in ("second", "slope"))
    if unit.gated:
        second = None if second is None else tidy(second / SIGMA**2)
    made = Map(
        unit.activation.plain, unit.gated, w, b, (exact, bias), second,
        None if unit.gated else slope, bits, float(around.mid()),
    )  # fmt: skip
    points, note = made.points()
    return VarianceMap(
        _quantity("σ_w²", w, digits, exact), _quantity("σ_b²", b, digits, bias),
        _closed_map(unit, found), tuple(_point(p, digits) for p in points),
        made.scanned, note, _edge(unit, found, digits),
    )  # fmt: skip


def _numbers(e: Any, letters: Mapping[Any, Any]) -> Any:
    return None if e is None else e.subs(letters)


def _weights(unit: Unit, found: Mapping[str, Found], given: object) -> tuple[Ball, Any]:
    """σ_w² as a ball, and as an expression where it is known."""
    sigma2 = unit.sigma**2
    if given == "forward":
        f, over = found["second"], sigma2
    elif given == "backward":
        f, over = found["slope"], 1
        if not f.ball > 0:
            raise Unreadable("no weights keep the variance of gradients: φ' is 0 almost everywhere")
    else:
        exact = _number(given, "weights")
        return value(exact), exact
    at = _numbers(f.at(unit), unit.letters)
    return value(over + unit.sigma * 0) / f.ball, None if at is None else over / at


def _closed_map(unit: Unit, found: Mapping[str, Found]) -> str:
    """E[φ(√q z)²] as text in q; of q times it for a gated unit."""
    second = found["second"].value
    return "" if second is None else text(tidy(second.subs(SIGMA, sqrt(_Q))))


def _point(p: Point, digits: int) -> FixedPoint:
    phase = "chaotic"
    if p.chi is not None:
        phase = "ordered" if p.chi < 1 else "chaotic" if p.chi > 1 else ""
    return FixedPoint(
        _quantity("q", p.q, digits),
        None if p.slope is None else _quantity("V'(q)", p.slope, digits),
        None if p.chi is None else _quantity("χ", p.chi, digits),
        p.attracts, "edge of chaos" if p.exact else phase,
    )  # fmt: skip


def _edge(unit: Unit, found: Mapping[str, Found], digits: int) -> tuple[Quantity, Quantity] | None:
    """The σ_w² and σ_b² with V(σ²) = σ² and χ = 1 there."""
    second, slope = found["second"], found["slope"]
    if not slope.ball > 0:
        return None
    with ctx.workprec(second.ball.bits() + 60):
        w = 1 / slope.ball
        b = value(unit.sigma) ** 2 - w * second.ball
    exact = (None, None)
    if second.value is not None and slope.value is not None:
        rate = 1 / slope.at(unit)
        exact = rate, unit.sigma**2 - rate * second.at(unit)
        if exact[1] == 0:
            b = arb(0)
    if not b >= 0:
        return None
    return _quantity("σ_w²", w, digits, exact[0]), _quantity("σ_b²", b, digits, exact[1])
