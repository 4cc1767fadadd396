"""The moments of an activation: certified enclosures, and closed forms that lie inside of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flint import arb, ctx
from sympy import Pow, S, asin, atan, cos, erf, log, sin, tanh

from symcheck.gains.balls import Ball, NoValue, value
from symcheck.gains.integrals import NoEnclosure, expectation
from symcheck.gains.moments import SIGMA, NotExact, Step, closed_form, tidy
from symcheck.gains.names import Activation, Y
from symcheck.gains.result import CHECKED, ENCLOSED, PROVED
from symcheck.gains.slopes import derivative
from symcheck.gains.words import text
from symcheck.language.expr import sigmoid

__all__ = ["GATED_NAMES", "NAMES", "Disagreement", "Found", "Unit", "moments"]

NAMES = {"mean": "E[φ]", "second": "E[φ²]", "variance": "Var[φ]", "slope": "E[φ'²]"}
GATED_NAMES = {"mean": "E[g]", "second": "E[g²]", "variance": "Var[g]", "slope": "E[|∇g|²]"}
_FINEST = 30_000  # bits of precision for a closed form
_ROUNDS = 4
_WAVES = 3  # power of sin or cos for which the core is asked
_BEYOND_CORE = (erf, asin, atan, tanh, sigmoid, log)  # functions about which it knows no law


class Disagreement(RuntimeError):
    """A closed form lies outside of its certified enclosure: a mistake of this program."""


@dataclass(frozen=True)
class Unit:
    """An activation with its derivative, and whether φ(x) y is meant."""

    activation: Activation
    sigma: Any

    @property
    def phi(self) -> Any:
        return self.activation.phi

    @property
    def slope(self) -> Any:
        return derivative(self.phi)

    @property
    def gated(self) -> bool:
        return self.activation.gated

    @property
    def letters(self) -> dict[Any, Any]:
        return self.activation.letters


@dataclass(frozen=True)
class Found:
    """A moment: its enclosure by quadrature, its closed form in σ (None without), how it was found.

    ``ball`` is the value of the closed form where there is one, and the enclosure where not.
    """

    enclosure: Ball
    ball: Ball
    value: Any = None
    status: str = ENCLOSED
    lines: tuple[tuple[str, str], ...] = ()

    def at(self, unit: Unit) -> Any:
        """The closed form at this σ, letters kept."""
        return None if self.value is None else self.value.subs(SIGMA, unit.sigma)


def moments(unit: Unit, digits: int) -> tuple[dict[str, Found], str]:
    """``mean``, ``second``, ``variance`` and ``slope``; and the question that the core answered.

    Raises :class:`NoEnclosure`, :class:`Disagreement`.
    """
    bits = int(digits * 3.33) + 8
    for _ in range(_ROUNDS):
        found = _gated(unit, _plain(unit, bits)) if unit.gated else _plain(unit, bits)
        if all(_fine(f, digits) for f in found.values()):
            break
        bits *= 2
    return _with_proofs(unit, found)


def _fine(f: Found, digits: int) -> bool:
    return bool(f.ball == 0) or f.ball.rel_accuracy_bits() > digits * 3.33 + 1


def _plain(unit: Unit, bits: int) -> dict[str, Found]:
    """The moments of φ(x)."""
    phi, slope = unit.phi, unit.slope
    found = {
        "mean": _moment(unit, "E[φ]", phi, bits),
        "second": _moment(unit, "E[φ²]", phi**2, bits),
        "slope": _moment(unit, "E[φ'²]", slope**2, bits),
    }
    mean, second = found["mean"], found["second"]
    with ctx.workprec(2 * bits + 60):
        ball = second.ball - mean.ball**2
        enclosure = second.enclosure - mean.enclosure**2
    if mean.value == 0:
        lines = (("Var[φ] = E[φ²] - E[φ]²", "variance identity"), ("= E[φ²]", "E[φ] = 0"))
        found["variance"] = replace(second, lines=lines)
    elif mean.value is None or second.value is None:
        found["variance"] = Found(enclosure, ball)
    else:
        made = tidy(second.value - tidy(mean.value**2))
        lines = (("Var[φ] = E[φ²] - E[φ]²", "variance identity"), (f"= {text(made)}", "from above"))
        found["variance"] = _checked(unit, "Var[φ]", enclosure, made, lines, bits)
    return found


def _moment(unit: Unit, name: str, g: Any, bits: int) -> Found:
    numbers = unit.letters
    plain = g.subs(numbers) if numbers else g
    with ctx.workprec(bits + 60):
        sigma = value(unit.sigma)
    try:
        ball = expectation(plain, sigma, bits)
    except NoEnclosure as reason:
        raise NoEnclosure(f"{name} cannot be enclosed: {reason}") from None
    for form in (g, plain) if numbers else (g,):
        try:
            made, steps = closed_form(form)
        except NotExact:
            continue
        lines = _lines(name, g, steps)
        return _checked(unit, name, ball, made, lines, bits)
    return Found(ball, ball)


def _lines(name: str, g: Any, steps: tuple[Step, ...]) -> tuple[tuple[str, str], ...]:
    """The steps as text, the moment itself by its name."""
    whole = f"E[{text(g)}]"
    made = [(f"{name} = {whole}", "definition")]
    for n, s in enumerate(steps):
        left, right = text(s.left), text(s.right)
        if left != whole:
            made.append((f"{left} = {right}", s.rule))
        else:
            made.append((f"= {right}" if n == 0 else f"{name} = {right}", s.rule))
    return tuple(made)


def _checked(
    unit: Unit, name: str, ball: Ball, made: Any, lines: tuple[tuple[str, str], ...], bits: int
) -> Found:
    """A closed form, once it is known to lie in the enclosure."""
    fine = closed_ball(unit, made, bits)
    if fine is None:
        return Found(ball, ball)
    if not ball.contains(fine):
        raise Disagreement(f"{name} = {text(made)} lies outside of its certified enclosure {ball}")
    return Found(ball, fine, made, CHECKED, lines)


def closed_ball(unit: Unit, made: Any, bits: int) -> Ball | None:
    """The value of a closed form at this σ to more bits than asked for; None where none is had."""
    exact = made.subs(unit.letters).subs(SIGMA, unit.sigma)
    if exact == 0:
        return arb(0)
    precision = bits + 80
    while precision < _FINEST:
        with ctx.workprec(precision):
            try:
                fine = value(exact)
            except NoValue:
                return None
        if fine.is_finite() and fine.rel_accuracy_bits() > bits + 40:
            return fine
        precision *= 3
    return None


# ---------------------------------------------------------------- gated units


def _gated(unit: Unit, gate: dict[str, Found]) -> dict[str, Found]:
    """The moments of g = φ(x) y, and of its gradient, for independent x and y of one law."""
    second, slope = gate["second"], gate["slope"]
    with ctx.workprec(int(second.ball.bits()) + 200):
        sigma2 = value(unit.sigma) ** 2
        balls = sigma2 * second.ball, sigma2 * slope.ball + second.ball
    both = second.value is not None and slope.value is not None
    made = None if second.value is None else tidy(SIGMA**2 * second.value)
    turned = tidy(SIGMA**2 * slope.value + second.value) if both else None
    zero = Found(arb(0), arb(0), S.Zero, CHECKED, (("E[g] = E[φ(x)] E[y] = 0", "independence"),))
    lines = (("E[g²] = E[φ(x)²] E[y²]", "independence"), ("= σ² E[φ²]", "variance of y"))
    moved = (
        ("E[|∇g|²] = E[φ'(x)² y²] + E[φ(x)²]", "the product rule"),
        ("= σ² E[φ'²] + E[φ²]", "independence, variance of y"),
    )
    same = (("Var[g] = E[g²]", "E[g] = 0"),)
    first = _scaled(balls[0], made, (*second.lines, *lines))
    return {
        "mean": zero,
        "second": first,
        "variance": replace(first, lines=same),
        "slope": _scaled(balls[1], turned, (*second.lines, *slope.lines, *moved)),
    }


def _scaled(ball: Ball, made: Any, lines: tuple[tuple[str, str], ...]) -> Found:
    """From moments that were checked."""
    status = ENCLOSED if made is None else CHECKED
    return Found(ball, ball, made, status, lines)


# ---------------------------------------------------------------- proofs


def _chain(label: str, proof: Any) -> tuple[tuple[str, str], ...]:
    (first, _), *rest = proof.lines
    return ((f"{label} = {first}", "definition"), *((f"= {line}", why) for line, why in rest))


def _wavy(phi: Any) -> bool:
    """A high power of sin or cos: the engine would take long to multiply it out."""
    powers = phi.atoms(Pow)
    return any(p.exp.is_Rational and p.exp > _WAVES and p.base.has(sin, cos) for p in powers)


def _with_proofs(unit: Unit, found: dict[str, Found]) -> tuple[dict[str, Found], str]:
    """The moments, with proofs by the core where it knows all the functions."""
    if unit.phi.has(*_BEYOND_CORE) or _wavy(unit.phi):
        return found, ""
    names = [n for n, f in found.items() if f.value is not None and not f.value.has(*_BEYOND_CORE)]
    if not names:
        return found, ""
    from symcheck.gains import proved

    phi, slope = unit.phi, unit.slope
    unit_of_x, square = (phi * Y, (slope * Y) ** 2 + phi**2) if unit.gated else (phi, slope**2)
    ask = {
        "mean": proved.expected(unit_of_x),
        "second": proved.expected(unit_of_x**2),
        "variance": proved.varied(unit_of_x),
        "slope": proved.expected(square),
    }
    asked = [ask[n] for n in names]
    made, labels = dict(found), GATED_NAMES if unit.gated else NAMES
    for name, proof in zip(names, proved.proofs(asked, unit.letters), strict=True):
        if proof is None or proof.trusts:
            continue
        old, label = found[name], labels[name]
        fine = closed_ball(unit, proof.value, 60)
        if fine is None:
            continue
        if not fine.overlaps(old.ball):
            raise Disagreement(f"what is proved, {text(proof.value)}, is not {text(old.value)}")
        made[name] = replace(old, value=proof.value, status=PROVED, lines=_chain(label, proof))
    return made, proved.question(asked, unit.letters)
