"""The axioms of named laws against their densities, integrated numerically, and their sums.

Each axiom is filled in with a variable x of the law, with numbers for parameters and data; what it
says of the mean of a function of x is compared with the mean of that function.
The tolerance is one of numbers, not of the axioms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from cases import SIGNATURE
from language import law, q, raw, th, x_
from worlds import TRUE, World

from symcheck.core.axioms import AXIOMS, LAWS
from symcheck.core.judge import applied
from symcheck.core.terms import Refused

X = raw(x_("x"))
EMPTY = World()
Mean = Callable[[Callable[[Any], Any]], float]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)
# of what is told of x, and of its densities: kinks and jumps
KINKS = (-0.5, 0.0, 0.5, 1.0, 2.0)


def over(density: Callable[[Any], Any], lo: float, hi: float) -> Mean:
    """E[g(x)] of a law with a density between lo and hi, by Gauss's rule between many points."""
    far = [s * 10**k for k in range(7) for s in (-2, -1, 1, 2)]
    near = [*np.linspace(max(lo, -50), min(hi, 50), 101), *KINKS, *far, lo, hi]
    ends = np.array(sorted({float(p) for p in near if lo <= p <= hi}))
    half = (ends[1:] - ends[:-1])[:, None] / 2
    at = (half * NODES + (ends[1:] + ends[:-1])[:, None] / 2).ravel()
    weights = (half * WEIGHTS).ravel() * density(at)
    return lambda g: float(np.sum(weights * g(at)))


def among(probabilities: dict[int, float]) -> Mean:
    """E[g(x)] of a law on whole numbers."""
    at = np.array([*probabilities], dtype=float)
    weights = np.array([*probabilities.values()])
    return lambda g: float(np.sum(weights * g(at)))


def normal(m: float, v: float) -> Callable[[Any], Any]:
    return lambda t: np.exp(-((t - m) ** 2) / (2 * v)) / math.sqrt(2 * math.pi * v)


def student(nu: float) -> Callable[[Any], Any]:
    scale = math.gamma((nu + 1) / 2) / (math.sqrt(nu * math.pi) * math.gamma(nu / 2))
    return lambda t: scale * (1 + t * t / nu) ** (-(nu + 1) / 2)


HALF = Fraction(1, 2)
Case = tuple[str, tuple[Any, ...], Mean]
CASES: list[Case] = [
    ("normal", (0, 4), over(normal(0, 4), -45, 45)),
    ("normal", (1, 4), over(normal(1, 4), -45, 45)),
    ("laplace", (1, HALF), over(lambda t: np.exp(-abs(t - 1) * 2), -24, 26)),
    ("laplace", (0, HALF), over(lambda t: np.exp(-abs(t) * 2), -24, 24)),
    ("uniform", (-1, 3), over(lambda t: 0.25 + 0 * t, -1, 3)),
    ("exponential", (2,), over(lambda t: 2 * np.exp(-2 * t), 0, 40)),
    ("student", (12,), over(student(12), -(10**6), 10**6)),
    ("student", (HALF,), over(student(0.5), -900, 900)),
    ("cauchy", (), over(student(1), -900, 900)),
    ("bernoulli", (Fraction(1, 4),), among({0: 0.75, 1: 0.25})),
    ("bernoulli", (HALF,), among({0: 0.5, 1: 0.5})),
    ("rademacher", (), among({-1: 0.5, 1: 0.5})),
    ("poisson", (2,), among({k: math.exp(-2) * 2**k / math.factorial(k) for k in range(160)})),
]
# what data may be: t of transforms, waves and tails, c of waves and atoms, n of moments
DATA: dict[str, list[Fraction]] = {
    "t": [HALF, -HALF, Fraction(2)],
    "c": [Fraction(0), Fraction(1, 3)],
    "n": [Fraction(k) for k in range(9)],
}
REALS = {
    "exp": np.exp,
    "sin": np.sin,
    "cos": np.cos,
    "abs": np.abs,
    "erf": math.erf,
    "pi": lambda: math.pi,
}
SIGNS = {">": np.greater, ">=": np.greater_equal, "=": np.equal, "!=": np.not_equal}


def value(t: Any, mean: Mean, x: Any = None) -> Any:
    """The value of a term, E by the mean, functions of x at many points."""
    tag, below = t[0], t[1:]
    if tag == "q":
        return float(t[1])
    if t == X:
        assert x is not None, "x stands alone"
        return x
    if tag == "E":
        return mean(lambda s: value(t[1], mean, s))
    if tag == "1":
        return SIGNS[t[1]](value(t[2], mean, x), 0).astype(float)
    if tag == "f":
        return REALS[t[1]](*(value(k, mean, x) for k in below[1:]))
    numbers = [value(k, mean, x) for k in below]
    if tag == "^":
        return numbers[0] ** numbers[1]
    return sum(numbers) if tag == "+" else math.prod(numbers)


def filled(axiom: str, parameters: tuple[Any, ...], data: dict[str, Fraction]) -> Any:
    """What the axiom says of x with these parameters; None where it refuses, for what it asks
    for does not hold of the numbers."""
    letters = AXIOMS[axiom].data.split()
    name = axiom.partition("_")[0]
    own = law(X, name, *parameters)
    at = {p[1]: raw(q(v)) for p, v in zip(LAWS[name][0][3], parameters, strict=True)}
    at |= {n: raw(q(data[n])) for n in letters} | {"x": X}
    asked = []
    for ask in AXIOMS[axiom].asks:
        if ask[0] in TRUE:
            put = (ask[0], substituted(ask[1], at))
            if not EMPTY.holds(put, {}):
                return None
            asked.append(th(put))
    try:
        made = applied(SIGNATURE, axiom, (th(own), *asked), tuple(at[n] for n in letters))
    except Refused:
        return None
    return made.says


def substituted(t: Any, at: dict[str, Any]) -> Any:
    """A term with values for its letters."""
    if isinstance(t, tuple) and t and t[0] == "?":
        return at[t[1]]
    return tuple(substituted(k, at) for k in t) if isinstance(t, tuple) else t


def kinds(axiom: str) -> str:
    """What the axiom says: '=' of means, 'L1', a sign, 'same', 'law'."""
    return str(AXIOMS[axiom].says[0])


def of_law(name: str, *heads: str) -> list[str]:
    return [a for a in AXIOMS if a.partition("_")[0] == name and kinds(a) in heads]


def data_for(axiom: str) -> list[dict[str, Fraction]]:
    """All choices of data."""
    found: list[dict[str, Fraction]] = [{}]
    for name in AXIOMS[axiom].data.split():
        found = [{**d, name: v} for d in found for v in DATA[name]]
    return found


EQUATIONS = [
    pytest.param(axiom, parameters, mean, id=f"{axiom}-{'-'.join(map(str, parameters))}")
    for name, parameters, mean in CASES
    for axiom in of_law(name, "=")
]


@pytest.mark.parametrize(("axiom", "parameters", "mean"), EQUATIONS)
def test_what_is_said_of_means_is_so(axiom, parameters, mean):
    name = axiom.partition("_")[0]
    for data in data_for(axiom):
        says = filled(axiom, parameters, data)
        if says is None:
            continue
        if axiom.endswith("_values"):
            continue
        if axiom.endswith("_mean") and name == "student" and parameters[0] <= 1:
            continue  # E of what does not exist is 0
        told, measured = (value(t, mean) for t in reversed(says[1:]))
        assert math.isclose(told, measured, rel_tol=1e-8, abs_tol=1e-8), (data, says)


@pytest.mark.parametrize("axiom", sorted({p.values[0] for p in EQUATIONS}))
def test_each_of_them_was_measured(axiom):
    cases = [p.values for p in EQUATIONS if p.values[0] == axiom]
    assert any(filled(axiom, at, data) for _, at, _ in cases for data in data_for(axiom))


# ---------------------------------------------------------------- moments, run from the recurrence


# E[x^n] for n = 0 .. 6, from tables: Hermite, n!, Touchard, ...
KNOWN = [
    ("normal", (1, 4), [1, 1, 5, 13, 73, 281, 1741]),
    ("laplace", (0, 1), [1, 0, 2, 0, 24, 0, 720]),
    ("laplace", (1, 1), [1, 1, 3, 7, 37, 141, 1111]),
    ("uniform", (0, 1), [1, *(Fraction(1, n + 1) for n in range(1, 7))]),
    ("uniform", (-1, 1), [1, 0, Fraction(1, 3), 0, Fraction(1, 5), 0, Fraction(1, 7)]),
    ("exponential", (2,), [Fraction(math.factorial(n), 2**n) for n in range(7)]),
    ("poisson", (1,), [1, 1, 2, 5, 15, 52, 203]),
    ("bernoulli", (Fraction(1, 3),), [1, *[Fraction(1, 3)] * 6]),
    ("rademacher", (), [1, 0, 1, 0, 1, 0, 1]),
    ("student", (7,), [1, 0, Fraction(7, 5), 0, Fraction(49, 5), 0, 343]),
]


@pytest.mark.parametrize(("name", "parameters", "moments"), KNOWN, ids=lambda v: str(v)[:12])
def test_the_recurrence_gives_the_known_moments(name, parameters, moments):
    # the means of powers are looked up, so that each step says one equation about them
    def mean_of(t: Any) -> list[Fraction]:
        """The coefficients of a polynomial in x."""
        if t == X:
            return [Fraction(0), Fraction(1)]
        if t[0] == "q":
            return [Fraction(t[1])]
        if t[0] == "+":
            parts = [mean_of(k) for k in t[1:]]
            size = max(map(len, parts))
            return [sum((p[n] for p in parts if n < len(p)), Fraction(0)) for n in range(size)]
        if t[0] == "^":
            (exponent,) = mean_of(t[2])
            factors = [mean_of(t[1])] * int(exponent)
        else:
            factors = [mean_of(k) for k in t[1:]]
        made = [Fraction(1)]
        for f in factors:
            new = [Fraction(0)] * (len(made) + len(f) - 1)
            for m, c in enumerate(made):
                for n, d in enumerate(f):
                    new[m + n] += c * d
            made = new
        return made

    def exact(t: Any) -> Fraction:
        if t[0] == "q":
            return Fraction(t[1])
        if t[0] == "E":
            return sum((c * moments[n] for n, c in enumerate(mean_of(t[1]))), Fraction(0))
        if t[0] == "^":
            return exact(t[1]) ** int(exact(t[2]))
        parts = [exact(k) for k in t[1:]]
        return sum(parts, Fraction(0)) if t[0] == "+" else Fraction(math.prod(parts))

    _, a, b = filled(f"{name}_mean", parameters, {})
    assert exact(a) == exact(b)
    steps = [filled(f"{name}_step", parameters, {"n": Fraction(n)}) for n in range(5)]
    assert all(s is None or exact(s[1]) == exact(s[2]) for s in steps)
    assert all(steps)  # each is said


# ---------------------------------------------------------------- what exists


@pytest.mark.parametrize("n", range(1, 12))
def test_student_has_the_moments_below_its_freedom(n):
    exists = filled("student_exists", (6,), {"n": Fraction(n)}) is not None
    assert exists == (n < 6)
    assert (filled("student_step", (6,), {"n": Fraction(n - 1)}) is not None) == (n + 1 < 6)


def test_cauchy_has_no_moment():
    assert not of_law("cauchy", "L1")
    assert of_law("cauchy", "=") == ["cauchy_atom"]


@pytest.mark.parametrize(
    ("axiom", "parameters", "t"),
    [
        ("laplace_exp", (0, 1), 1),
        ("laplace_exp", (0, 1), -2),
        ("laplace_transform", (0, 1), 1),
        ("exponential_exp", (1,), 1),
        ("exponential_transform", (1,), 2),
        ("uniform_transform", (0, 1), 0),
    ],
)
def test_a_transform_asks_for_what_it_needs(axiom, parameters, t):
    # beyond these t the expectation is infinite, or the formula is 0/0
    assert filled(axiom, parameters, {"t": Fraction(t)}) is None
    assert filled(axiom, parameters, {"t": Fraction(1, 3)}) is not None


@pytest.mark.parametrize(
    ("axiom", "parameters", "t", "p"),
    [
        ("exponential_tail", (2,), 1, math.exp(-2)),
        ("uniform_tail", (0, 4), 1, 0.75),
        ("normal_tail", (3, 4), 3, 0.5),
        ("normal_tail", (0, 1), 1, 0.15865525393145707),
        ("laplace_tail_above", (1, 2), 1, 0.5),
        ("laplace_tail_below", (1, 2), 1, 0.5),
        ("laplace_tail_below", (0, 1), -1, 1 - math.exp(-1) / 2),
    ],
)
def test_tails(axiom, parameters, t, p):
    says = filled(axiom, parameters, {"t": Fraction(t)})
    assert math.isclose(value(says[2], lambda g: math.nan), p)


@pytest.mark.parametrize(
    ("axiom", "parameters", "t"),
    [
        ("exponential_tail", (2,), -1),
        ("uniform_tail", (0, 4), -1),
        ("uniform_tail", (0, 4), 5),
        ("uniform_tail", (0, 0), 0),
        ("normal_tail", (0, 0), 0),
        ("laplace_tail_above", (0, 1), -1),
        ("laplace_tail_below", (0, 1), 1),
        ("laplace_tail_above", (0, 0), 0),
    ],
)
def test_other_tails_are_refused(axiom, parameters, t):
    assert filled(axiom, parameters, {"t": Fraction(t)}) is None


@pytest.mark.parametrize("n", range(8))
def test_sizes_of_a_normal_variable(n):
    # E|x|^n = (2 v)^(n/2) Gamma((n+1)/2) / sqrt(pi)
    def size(k: int) -> float:
        return 8 ** (k / 2) * math.gamma((k + 1) / 2) / math.sqrt(math.pi)

    _, a, b = filled("normal_size", (0, 4), {})
    assert math.isclose(value(b, lambda g: math.nan), size(1))
    mean = CASES[0][2]
    _, a, b = filled("normal_size_step", (0, 4), {"n": Fraction(n)})
    assert math.isclose(value(a, mean), size(n + 2), rel_tol=1e-6)
    assert math.isclose(value(b, mean), size(n + 2), rel_tol=1e-6)


# ---------------------------------------------------------------- where it lies, and its centre


POINTS = {
    "normal": (-3, 0, HALF, 7), "laplace": (-3, 0, HALF, 7), "uniform": (-1, 0, HALF, 3),
    "exponential": (Fraction(1, 100), 1, 30), "student": (-3, 0, 7), "cauchy": (-3, 0, 7),
    "bernoulli": (0, 1), "rademacher": (-1, 1), "poisson": (0, 1, 2, 30),
}  # fmt: skip
OUTSIDE = {
    "uniform": (Fraction(-2), Fraction(4)), "exponential": (Fraction(-1), Fraction(0)), "poisson": (Fraction(-1),),
    "bernoulli": (Fraction(-1), HALF, Fraction(2)), "rademacher": (Fraction(-2), Fraction(0), HALF, Fraction(2)),
}  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "mean"), CASES, ids=lambda v: str(v)[:14])
def test_it_lies_where_the_law_says_and_not_elsewhere(name, parameters, mean):
    told = [filled(a, parameters, {}) for a in of_law(name, ">", ">=", "!=")]
    told += [filled(a, parameters, {}) for a in of_law(name, "=") if a.endswith("_values")]
    for point in POINTS[name]:
        there = World(randoms={"x": [Fraction(point)]})
        assert all(there.holds(f, {}) for f in told), point
    for point in OUTSIDE.get(name, ()):
        there = World(randoms={"x": [point]})
        assert not all(there.holds(f, {}) for f in told), point


@pytest.mark.parametrize(("name", "parameters", "mean"), CASES, ids=lambda v: str(v)[:14])
def test_a_law_with_a_centre_is_symmetric(name, parameters, mean):
    says = filled(f"{name}_center", parameters, {}) if f"{name}_center" in AXIOMS else None
    symmetric = name not in ("exponential", "poisson") and parameters != (Fraction(1, 4),)
    assert (says is not None) == symmetric
    if says is None:
        return
    _, (own,), (turned,) = says
    assert own == X
    for g in (np.cos, np.sin, np.arctan):  # odd and even ones, bounded
        there = mean(lambda s, g=g: g(value(turned, mean, s)))
        assert math.isclose(mean(g), there, abs_tol=1e-6)


def test_only_laws_with_a_density_have_no_atoms():
    dense = {"normal", "laplace", "uniform", "exponential", "student", "cauchy"}
    assert {a.partition("_")[0] for a in AXIOMS if a.endswith("_atom")} == dense
    for name, parameters in (("normal", (3, 0)), ("laplace", (3, 0)), ("uniform", (3, 3))):
        assert filled(f"{name}_atom", parameters, {"c": Fraction(3)}) is None


def test_a_sum_of_independent_normals():
    # moments of x + w from those of x and w, against those of the law that is told
    says = AXIOMS["normal_add"].says
    at = {n: raw(q(v)) for n, v in (("m", 1), ("v", 4), ("n", -2), ("s", 9))}
    m, v = (float(EMPTY.value(substituted(p, at), 0, {})) for p in says[3])
    first, second = (
        [over(normal(*p), -80, 80)(lambda s, n=n: s**n) for n in range(5)]
        for p in ((1, 4), (-2, 9))
    )
    for n in range(5):
        both = sum(math.comb(n, k) * first[k] * second[n - k] for k in range(n + 1))
        told = over(normal(m, v), -80, 80)(lambda s, n=n: s**n)
        assert math.isclose(both, told, rel_tol=1e-6)
    says = AXIOMS["normal_scaled"].says
    at = {n: raw(q(v)) for n, v in (("m", 1), ("v", 4), ("a", -3), ("b", 5))}
    m, v = (float(EMPTY.value(substituted(p, at), 0, {})) for p in says[3])
    assert (m, v) == (-3 * 1 + 5, 9 * 4)
