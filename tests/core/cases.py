"""Tables of cases: what a rule accepts, true in some worlds; what it refuses, false in one."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest
from language import E, c, declared, f, fact, i, j, nonneg, pos, q, raw, th, x_
from worlds import World

from symcheck.core.declared import Declared
from symcheck.core.judge import applied
from symcheck.core.terms import Refused

x, y, z, u = x_("x"), x_("y"), x_("z"), x_("u")
a, b, N, K = c("a"), c("b"), c("N"), c("K")
r, W, l = x_("r"), x_("W"), x_("l")
HALF = Fraction(1, 2)
T_ = c("t")

NAMES = (
    ("constant", "a", 1, "real"), ("constant", "b", 0, "real"), ("constant", "N", 0, "whole"),
    ("constant", "K", 0, "index"),
    ("random", "x", 0), ("random", "y", 0), ("random", "z", 0), ("random", "u", 0),
    ("random", "r", 1), ("random", "W", 2), ("random", "l", 0),
    ("function", "g", 1),
    ("let", "h", (i,), r.at(i) * r.at(i)),
)  # fmt: skip
TOLD = (
    fact(pos(a.at(i)), [i], [nonneg(i - 1)]),
    fact(("=", raw(x * c("t")), raw(y * c("t"))), [c("t")]),
    fact(("=", ("f", "g", i), q(0)), [i]),
    fact(nonneg(K - 1)),
    fact(("=", K, q(2))),
    ("depends", (), l, q(1), q(2), ("x", "r", ("b", 0))),
    ("independent", (), (), (), ((x,), (y,), (z, u), (W,)), 0),
    ("independent", (), (), (j,), ((r.at(j),),), 0),
    ("independent", (), (), (j,), ((r.at(j),),), 1),
    ("independent", (i,), (nonneg(i - 1),), (j,), ((W.at(i, j),),), 0),
    fact(nonneg(T_ * T_ + a.at(1)), [T_]),
    fact(nonneg(T_), [T_], [nonneg(T_ - 1)]),
    fact(nonneg(f("g", i)), [i]),
    fact(nonneg(-E(T_ * x)), [T_]),
    fact(("=", raw(T_), raw(b)), [T_]),
)
ENTRY = {name: len(NAMES) + n for n, name in enumerate(
    ("positive", "times", "whole", "range", "two", "depends", "blocks", "family", "pairs", "rows",
     "square", "from_1", "at_whole", "in_mean", "equation")
)}  # fmt: skip
SIGNATURE = declared(*NAMES, *TOLD)
OF_K = declared(*NAMES, ("let", "K1", (), K + 1))


def numbers(*values: Any) -> list[Fraction]:
    return [Fraction(v) for v in values]


def world(weights: Any = None, *, constants: Any = (), randoms: Any = (), **more: Any) -> World:
    """Four equally likely outcomes, x and y two fair coins, z their product, and what is told."""
    usual = {"b": Fraction(3), "N": Fraction(2), "K": Fraction(2), "a": lambda s: Fraction(s * s)}
    coins = {
        "x": numbers(1, 1, -1, -1), "y": numbers(1, -1, 1, -1), "z": numbers(1, -1, -1, 1),
        "u": numbers(0, 1, 2, 5), "r": lambda s: numbers(1, 1, -1, -1) if s % 2 else numbers(1, -1, 1, -1),
        "W": lambda s, t: numbers(s, t, s * t, 1), "l": numbers(1, 2, 3, 4),
    }  # fmt: skip
    lets = {name: (letters, body) for name, (_, letters, body) in OF_K.lets.items()}
    return World(
        weights or [Fraction(1, 4)] * 4,
        constants={**usual, **dict(constants)},
        randoms={**coins, **dict(randoms)},
        **{"lets": lets, "functions": {"g": lambda v: 3 * v + 1}, **more},
    )


USUAL = world()


def at_b(v: Any, **more: Any) -> World:
    """The usual world with another b."""
    return world(constants={"b": Fraction(v), **{k_: Fraction(w) for k_, w in more.items()}})


def one(**randoms: Any) -> World:
    """One outcome, G aside: what the variables are there."""
    return world([Fraction(1)], randoms={n: [v] for n, v in randoms.items()})


@dataclass(frozen=True)
class Accept:
    """A rule with data and premises says this, under these hypotheses, true in these worlds."""

    rule: str
    data: tuple[Any, ...]
    of: tuple[Any, ...]
    says: Any
    worlds: tuple[World, ...] = (USUAL,)
    hyps: tuple[Any, ...] = ()
    d: Declared = field(default=SIGNATURE)

    def check(self) -> None:
        made = applied(self.d, self.rule, premises(self.of), raw(self.data))
        assert made.says == raw(self.says)
        assert made.hyps == frozenset(map(raw, self.hyps))
        for w in self.worlds:
            assert all(w.true(p.hyps, p.says) for p in premises(self.of)), (
                "no world of the premises"
            )
            assert w.true(made.hyps, made.says)


@dataclass(frozen=True)
class Refuse:
    """A rule refuses data and premises that hold in a world in which it would say what is false.

    ``world`` is None where it is the form that is refused, and nothing would be said.
    """

    rule: str
    why: str
    data: tuple[Any, ...]
    of: tuple[Any, ...]
    would: Any = None
    world: World | None = None
    hyps: tuple[Any, ...] = ()
    d: Declared = field(default=SIGNATURE)

    def check(self) -> None:
        with pytest.raises(Refused):
            applied(self.d, self.rule, premises(self.of), raw(self.data))
        if self.world is not None:
            assert all(self.world.true(p.hyps, p.says) for p in premises(self.of)), "premises fail"
            assert not self.world.true(map(raw, self.hyps), raw(self.would)), "it is true there"


def premises(of: tuple[Any, ...]) -> tuple[Any, ...]:
    """Formulas as theorems without hypotheses."""
    return tuple(p if hasattr(p, "hyps") else th(p) for p in of)


def name(case: Accept | Refuse) -> str:
    return f"{case.rule}: {case.why}" if isinstance(case, Refuse) else case.rule
