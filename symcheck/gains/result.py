"""What ``gain`` hands back, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symcheck.gains.decimals import certified, outward

__all__ = ["CHECKED", "ENCLOSED", "PROVED", "FixedPoint", "Gain", "Quantity", "VarianceMap"]

PROVED = "proved by the core"
CHECKED = "derived, checked against a certified enclosure"
ENCLOSED = "enclosure only"


@dataclass(frozen=True)
class Quantity:
    """A number that lies between ``low`` and ``high`` for certain.

    ``closed`` is its closed form in σ and ``at`` the same at this σ, as text ('' where there is
    none); ``status`` says what stands behind it, ``lines`` are the derivation: text and reason.
    """

    name: str
    low: Fraction
    high: Fraction
    digits: int
    closed: str = ""
    at: str = ""
    status: str = ENCLOSED
    lines: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return certified(self.low, self.high, self.digits)

    def __float__(self) -> float:
        return float((self.low + self.high) / 2)

    @property
    def ends(self) -> tuple[str, str]:
        """Decimals around it, a few digits more than are shown."""
        return outward(self.low, self.digits + 5, -1), outward(self.high, self.digits + 5, 1)


@dataclass(frozen=True)
class FixedPoint:
    """A q with V(q) = q; ``slope`` is V'(q), and χ decides whether inputs come together.

    Both are None where they are infinite; ``attracts`` is None where that is not certain.
    """

    q: Quantity
    slope: Quantity | None
    chi: Quantity | None
    attracts: bool | None
    phase: str  # ordered, chaotic, edge of chaos; "" where that is not certain


@dataclass(frozen=True)
class VarianceMap:
    """V(q) = σ_w² E[φ(√q z)²] + σ_b² (of q E[φ(√q z)²] for gated units), and its fixed points.

    They were looked for at 0 and from ``scanned[0]`` to ``scanned[1]``; None: they are all of them.

    ``closed`` is E[φ(√q z)²] as text in q, '' where there is no closed form; ``note`` says what is
    particular, such as that every q is a fixed point.  ``edge`` are the σ_w² and σ_b² that have
    a fixed point at q = σ² with χ = 1, None where no σ_b² >= 0 does it.
    """

    weights: Quantity
    bias: Quantity
    closed: str
    points: tuple[FixedPoint, ...]
    scanned: tuple[float, float] | None
    note: str
    edge: tuple[Quantity, Quantity] | None


@dataclass(frozen=True)
class Gain:
    """The moments of an activation under normal(0, σ²), and what follows from them.

    ``forward`` is 1/√E[φ²], ``centred`` 1/√Var[φ], ``backward`` 1/√E[φ'²]; None where it is
    infinite.  ``ratio`` is σ² E[φ'²] / E[φ²]: what the variance of gradients is multiplied by in
    each layer where that of signals is kept; ``drift`` is its power ``layers``.  ``question`` is
    the ``.proof`` file that the core's proofs answer; ``jumps`` are places where φ jumps, which φ'
    does not count.
    """

    name: str
    formula: str
    derivative: str
    gated: bool
    sigma: str
    letters: tuple[tuple[str, str], ...]
    mean: Quantity
    second: Quantity
    variance: Quantity
    slope: Quantity
    forward: Quantity
    centred: Quantity | None
    backward: Quantity | None
    ratio: Quantity
    layers: int
    drift: Quantity
    map: VarianceMap
    question: str = ""
    jumps: tuple[str, ...] = ()

    @property
    def moments(self) -> tuple[Quantity, ...]:
        return self.mean, self.second, self.variance, self.slope
