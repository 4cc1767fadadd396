"""The judge: a certificate is a list of steps, each a rule with its data and its premises.

``judge`` is total: whatever it is given, it answers with theorems or with ``Refused``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, NamedTuple

from symcheck.core.axioms import AXIOMS
from symcheck.core.declared import MOST_TERMS, ORDER, Declared, Table, declare, natural, read
from symcheck.core.ring import MOST_WORK, Known
from symcheck.core.rules import chance, equality, expectation, order, pointwise
from symcheck.core.terms import Refused, formula_terms, mentions, need
from symcheck.core.theorem import Theorem, schema, union

MOST_STEPS, MOST_RESULT, MOST_HYPS = 100_000, 100_000, 1000
MODULES = (equality, order, pointwise, expectation, chance)
RULES = MappingProxyType(
    {f.__name__: f for m in MODULES for f in vars(m).values() if hasattr(f, "shape")}
    | {name: schema(axiom) for name, axiom in AXIOMS.items()}
)


class Claim(NamedTuple):
    """A theorem that a certificate is about, under the name that it gives."""

    name: str
    theorem: Theorem


class Refusal(NamedTuple):
    """Not accepted: why, and at which step (-1: before the first)."""

    reason: str
    step: int = -1


def judge(declarations: Any, certificate: Any) -> tuple[Claim, ...] | Refusal:
    """The claims of a certificate, each proved in every world of the declarations; or a refusal.
    ``declarations`` are plain data, or what :func:`declared.declare` made of them."""
    at = -1
    try:
        d = declarations if isinstance(declarations, Declared) else declare(declarations)
        d = d._replace(formed={})
        need(isinstance(certificate, dict), "no certificate")
        table, steps = Table(certificate.get("terms")), certificate.get("steps")
        need(isinstance(steps, list) and len(steps) <= MOST_STEPS, "no list of steps")
        for t in table.terms:
            d.check(t)
        theorems: list[Theorem] = []
        for step in steps:
            at += 1
            theorems.append(infer(d, table, step, theorems))
        claims = certificate.get("claims")
        need(isinstance(claims, list) and len(claims) <= MOST_TERMS, "no list of claims")
        at = -1
        return tuple(claim(d, c, theorems) for c in claims)
    except Refused as no:
        return Refusal(str(no), at)
    except (RecursionError, MemoryError):
        return Refusal("nested too deeply", at)
    except Exception as bug:
        return Refusal(f"a fault of the core, so not accepted: {type(bug).__name__}: {bug}", at)


def infer(d: Declared, table: Table, step: Any, theorems: list[Theorem]) -> Theorem:
    """The theorem of one step: ``[rule, data, premises]``."""
    need(isinstance(step, list) and len(step) == 3, "no step")
    name, data, numbers = step
    need(isinstance(name, str), "no step")
    need(name in RULES, f"there is no rule {name[:40]!r}")
    need(isinstance(numbers, list) and isinstance(data, list), "no step")
    need(all(natural(n) < len(theorems) for n in numbers), "a premise that is not there yet")
    ths, shape = tuple(theorems[n] for n in numbers), RULES[name].shape
    need(len(data) == len(shape), f"{name} takes {len(shape)} pieces of data")
    return applied(d, name, ths, tuple(read(v, k, table) for v, k in zip(data, shape, strict=True)))


def applied(d: Declared, name: str, ths: tuple[Theorem, ...], data: tuple[Any, ...]) -> Theorem:
    """What a rule makes of theorems and data, with all that it rests on.  Raises Refused.
    Whatever it makes is checked: terms of the declarations, closed, and of bounded size."""
    d = d._replace(known=Known(d.known.whole, work=[MOST_WORK]), used=set())
    made = RULES[name](d, ths, *data)
    says, hyps, uses = (made, union(ths), ()) if isinstance(made[0], str) else made
    for t in formula_terms(says):
        d.check_all(t, most=MOST_RESULT)
    need(len(hyps) <= MOST_HYPS, "too many hypotheses")
    rests = frozenset(d.used).union(*(th.uses for th in ths))
    return Theorem(
        hyps,
        says,
        rests.difference(uses) if name == "general" else rests.union(uses),
        frozenset().union([data[0]] if name == "trust" else [], *(th.trusts for th in ths)),
        frozenset().union([name], *(th.rules for th in ths)),
    )


def claim(d: Declared, data: Any, theorems: list[Theorem]) -> Claim:
    """A line, which rests on no range of an index that it does not mention.
    Its hypotheses, if it has any, are part of what it says: ``if ..., then a = b``."""
    need(isinstance(data, list) and len(data) == 2 and isinstance(data[0], str), "no claim")
    need(natural(data[1]) < len(theorems), "no such step")
    th = theorems[data[1]]
    need(th.says[0] == "line", "a claim is a line: an equation whose sides mean something")
    for name in ranges(d, th.uses):
        need(mentions(th.says, ("c", name)), f"rests on the range of {name}, which may be empty")
    return Claim(data[0][:100], th)


def ranges(d: Declared, uses: frozenset[int]) -> set[str]:
    """The declared indices of which something is told in some declarations."""
    indices = {k for k, (_, kind) in d.constants.items() if kind == "index"}
    told = [d.entries[n].data[2] for n in uses if d.entries[n].kind == "fact"]
    return {k for k in indices for f in told if f[0] in ORDER and mentions(f, ("c", k))}
