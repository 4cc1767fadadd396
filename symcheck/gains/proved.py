"""Closed forms by the derive engine, proved where the core accepts their certificate.

The question is put as the text of a ``.proof`` file, which anybody may give to ``symcheck derive``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symcheck.facts.context import Context
from symcheck.gains.moments import SIGMA
from symcheck.gains.names import X, Y
from symcheck.judging.result import PROVED, Result
from symcheck.judging.session import derive_document
from symcheck.language.expr import RV, E, Var, evaluated, replace
from symcheck.reading.document import Document
from symcheck.reading.parser import SyntaxProblem
from symcheck.reading.syntax import parse
from symcheck.report.expression import ascii
from symcheck.report.expression import text as shown

__all__ = ["Proof", "proofs", "question"]

_VARIABLES = {X: RV("x"), Y: RV("y")}


@dataclass(frozen=True)
class Proof:
    """What the engine derived: the value in σ, its lines with reasons, and what it trusts."""

    value: Any
    lines: tuple[tuple[str, str], ...]
    trusts: tuple[str, ...]


def question(asked: Sequence[Any], letters: Mapping[Any, Any]) -> str:
    """The text of a file that asks for some expectations of a normal x."""
    lines = [f"real {ascii(s)} {'>' if s.is_positive else '<'} 0" for s in (SIGMA, *letters)]
    lines.append("random x ~ normal(0, sigma^2)")
    if any(e.has(_VARIABLES[Y]) for e in asked):
        lines += ["random y ~ normal(0, sigma^2)", "independent x, y"]
    return "\n".join([*lines, *(f"derive {ascii(e)}" for e in asked)]) + "\n"


def expected(g: Any) -> Any:
    """E[g(x)] in the language."""
    return E(g.xreplace(_VARIABLES))


def varied(g: Any) -> Any:
    """Var[g(x)] in the language."""
    return Var(g.xreplace(_VARIABLES))


def proofs(asked: Sequence[Any], letters: Mapping[Any, Any]) -> list[Proof | None]:
    """A proof for each question that the engine answers with a closed form."""
    try:
        document = parse(question(asked, letters))
    except (SyntaxProblem, TypeError):
        return [None for _ in asked]
    report = derive_document(document, numeric=False)
    back = {ascii(s): s for s in (SIGMA, *letters)}
    return [_proof(document, r, back) for r in report.results]


def _proof(document: Document, result: Result, back: Mapping[str, Any]) -> Proof | None:
    if result.status != PROVED:
        return None
    context: Context = document.context
    value = evaluated(result.answer)
    value = replace(value, {s: back[s.name] for s in value.free_symbols if s.name in back})
    if value.has(E, Var, RV) or not value.free_symbols <= set(back.values()):
        return None
    lines = tuple((shown(r.expr, context), ", ".join(r.reasons)) for r in result.rows)
    return Proof(value, lines, result.trusts)
