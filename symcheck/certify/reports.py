"""Certificates of whole reports: every proved line and claim, judged by the core.

In comes a report of results with their proofs; out come a certificate and what each line trusts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symcheck.certify.bridge import Untold
from symcheck.certify.builder import Th
from symcheck.certify.env import Env
from symcheck.certify.lines import line
from symcheck.certify.makers import MAKERS
from symcheck.certify.steps import step_theorem
from symcheck.core.judge import Claim, Refusal, judge
from symcheck.core.terms import Refused
from symcheck.expr import flat
from symcheck.kernel import Lemma
from symcheck.result import PROVED, Report, Result

__all__ = ["Certified", "certify"]


@dataclass(frozen=True)
class Certified:
    """What the core says of a report.

    ``declarations`` and ``certificate`` are plain data; ``trusts`` has for each result the names
    that each of its steps, and its whole claim, rest on without a certificate; ``verdict`` is
    the core's answer.
    """

    declarations: Any
    certificate: Any
    steps: tuple[tuple[frozenset[str], ...], ...]
    claims: tuple[frozenset[str] | None, ...]
    verdict: tuple[Claim, ...] | Refusal
    untold: tuple[str, ...] = ()


def certify(report: Report) -> Certified:
    """Certificates of all that the report calls proved, judged."""
    env = Env(report.document.context)
    lemmas: dict[str, Lemma] = {}
    named: list[tuple[str, Th]] = []
    steps, claims, untold = [], [], []
    for result in report.results:
        if result.status != PROVED:
            steps.append(())
            claims.append(None)
            continue
        try:
            ths = _steps(env, result, lemmas)
            whole = _whole(env, result, ths)
            named.append((result.goal.name or str(result.goal.line), whole))
            steps.append(tuple(th.theorem.trusts for th in ths))
            claims.append(whole.theorem.trusts)
        except (Untold, Refused) as no:
            untold.append(f"{result.goal.line}: {no}")
            steps.append(())
            claims.append(frozenset({"untold"}))
            continue
        _remember(env, lemmas, result, ths)
    certificate = env.b.certificate(named)
    verdict = judge(env.bridge.data, certificate)
    return Certified(
        env.bridge.data, certificate, tuple(steps), tuple(claims), verdict, tuple(untold)
    )  # fmt: skip


def _steps(env: Env, result: Result, lemmas: Mapping[str, Lemma]) -> list[Th]:
    current, found = result.proof.start, []
    for step in result.proof.steps:
        found.append(step_theorem(env, current, step, MAKERS, lemmas))
        current = step.result
    return found


def _whole(env: Env, result: Result, ths: list[Th]) -> Th:
    start = env.bridge.term(result.proof.start)
    return line(env, env.b.trans(*ths) if ths else env.b.refl(start))


def _remember(env: Env, lemmas: dict[str, Lemma], result: Result, ths: list[Th]) -> None:
    """What was proved may be cited from now on."""
    proof = result.proof
    name = result.goal.name or str(proof.start)
    free = tuple(i for i in env.context.indices.values() if proof.start.has(i))
    start = flat(proof.start)
    lemmas[name] = Lemma(name, free, start, proof.goal)
    th = env.b.trans(*ths) if ths else env.b.refl(env.bridge.term(proof.start))
    front = env.equal(env.bridge.term(start), th.lhs)
    if front is not None:
        env.lemmas[name] = env.b.trans(front, th)
