"""Contexts, proofs and reports as JSON, and proofs back from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from sympy import Expr

from symcheck.core.judge import Refusal
from symcheck.facts.context import (
    Assumption,
    Context,
    Definition,
    Dependence,
    Hypothesis,
    Independence,
    Random,
    Relation,
    Used,
)
from symcheck.judging.result import Report, Result, Row
from symcheck.language.expr import from_json, to_json
from symcheck.language.spelled import Speller
from symcheck.numbers.comparison import Comparison, Witness
from symcheck.reading.document import Solve
from symcheck.report.certificate import speller
from symcheck.report.expression import latex, text
from symcheck.report.facts import assumption
from symcheck.rules.proof import Proof, Step

__all__ = ["SCHEMA", "proof_from_json", "proof_to_json", "report_to_json", "witness_to_json"]

SCHEMA = "symcheck/1"


def _e(x: Any) -> Any:
    return None if x is None else to_json(x)


def _r(x: Any) -> Any:
    return None if x is None else from_json(x)


# ---------------------------------------------------------------- context


def context_to_json(c: Context) -> dict[str, Any]:
    """Every declaration of a context."""
    return {
        "sizes": [_e(s) for s in c.sizes.values()],
        "symbols": [_e(s) for s in c.symbols.values()],
        "params": {n: [_e(i) for i in at] for n, at in c.params.items()},
        "signs": dict(c.signs),
        "relations": [
            [_e(r.left), r.sign, _e(r.right), [_e(i) for i in r.indices]] for r in c.relations
        ],
        "indices": [_e(i) for i in c.indices.values()],
        "apart": [[_e(a), _e(b)] for a, b in c.apart],
        "randoms": [_random(r) for r in c.randoms.values()],
        "independence": [_independence(f) for f in c.independence],
        "identities": [_independence(f) for f in c.identities],
        "dependence": [
            [_e(d.of), _e(d.on), _e(d.index), _e(d.lower), _e(d.upper)] for d in c.dependence
        ],
        "ranges": [[_e(i), _e(lo), _e(hi)] for i, (lo, hi) in c.ranges.items()],
        "definitions": [
            {"name": d.name, "indices": [_e(i) for i in d.indices], "body": _e(d.body)}
            for d in c.definitions.values()
        ],
        "functions": dict(c.functions),
        "finite": [_e(e) for e in c.finite],
        "hypotheses": [
            {
                "name": h.name,
                "indices": [_e(i) for i in h.indices],
                "lhs": _e(h.lhs),
                "rhs": _e(h.rhs),
            }
            for h in c.hypotheses
        ],
        "bound_names": list(c.bound_names),
    }


def _random(r: Random) -> dict[str, Any]:
    return {
        "name": r.name, "indices": [_e(i) for i in r.indices], "mean": _e(r.mean),
        "variance": _e(r.variance), "symmetric": r.symmetric,
        "law": None if r.law is None else [r.law[0], [_e(p) for p in r.law[1]]],
        "order": _e(r.order), "atomless": r.atomless, "sign": r.sign,
    }  # fmt: skip


def _independence(f: Independence) -> dict[str, Any]:
    return {
        "blocks": [[_e(t) for t in b] for b in f.blocks],
        "over": [_e(i) for i in f.over],
        "pairwise": f.pairwise,
    }


def context_from_json(data: Mapping[str, Any]) -> Context:
    """The context that :func:`context_to_json` wrote; ValueError for anything else."""
    try:
        return _context(data)
    except (KeyError, TypeError, AttributeError) as e:
        raise ValueError(f"not a context: {e}") from None


def _context(data: Mapping[str, Any]) -> Context:
    c = Context()
    for key, table in (("sizes", c.sizes), ("symbols", c.symbols), ("indices", c.indices)):
        for s in data[key]:
            symbol = _r(s)
            table[symbol.name] = symbol
    for n, at in data["params"].items():
        c.params[n] = tuple(_r(i) for i in at)
    c.signs.update(data["signs"])
    for left, sign, right, at in data["relations"]:
        c.relations.append(Relation(_r(left), str(sign), _r(right), tuple(_r(i) for i in at)))
    c.apart.extend((_r(a), _r(b)) for a, b in data["apart"])
    for r in data["randoms"]:
        law = None if r["law"] is None else (r["law"][0], tuple(_r(p) for p in r["law"][1]))
        c.randoms[r["name"]] = Random(
            r["name"], tuple(_r(i) for i in r["indices"]), _r(r["mean"]), _r(r["variance"]),
            bool(r["symmetric"]), law, _r(r["order"]), bool(r["atomless"]), str(r["sign"]),
        )  # fmt: skip
    for key, facts in (("independence", c.independence), ("identities", c.identities)):
        for f in data[key]:
            blocks = tuple(tuple(_r(t) for t in b) for b in f["blocks"])
            facts.append(Independence(blocks, tuple(_r(i) for i in f["over"]), bool(f["pairwise"])))
    for parts in data["dependence"]:
        c.dependence.append(Dependence(*map(_r, parts)))
    for i, lo, hi in data["ranges"]:
        c.ranges[_r(i)] = (_r(lo), _r(hi))
    for d in data["definitions"]:
        at = tuple(_r(i) for i in d["indices"])
        c.definitions[d["name"]] = Definition(d["name"], at, _r(d["body"]))
    c.functions.update(data["functions"])
    c.finite.extend(_r(e) for e in data["finite"])
    for h in data["hypotheses"]:
        at = tuple(_r(i) for i in h["indices"])
        c.hypotheses.append(Hypothesis(h["name"], at, _r(h["lhs"]), _r(h["rhs"])))
    c.bound_names.extend(data["bound_names"])
    return c


# ---------------------------------------------------------------- proof


def _value(v: Any) -> Any:
    if isinstance(v, (list, tuple)):
        return {"list": [_value(x) for x in v]}
    if isinstance(v, (str, int)) and not isinstance(v, Expr):
        return {"plain": v}
    return {"expr": to_json(v)}


def _unvalue(v: Any) -> Any:
    if "list" in v:
        return tuple(_unvalue(x) for x in v["list"])
    return v["plain"] if "plain" in v else from_json(v["expr"])


def proof_to_json(proof: Proof) -> dict[str, Any]:
    """A proof with its context, as plain lists, numbers and strings."""
    return {
        "schema": SCHEMA,
        "name": proof.name,
        "context": context_to_json(proof.context),
        "start": _e(proof.start),
        "goal": _e(proof.goal),
        "steps": [
            {
                "rule": s.rule,
                "path": list(s.path),
                "binding": {k: _value(v) for k, v in s.binding.items()},
                "result": _e(s.result),
                "backward": s.backward,
            }
            for s in proof.steps
        ],
    }


def proof_from_json(data: Mapping[str, Any]) -> Proof:
    """The proof that was written.  It is data: :func:`symcheck.check` judges it.

    Raises ValueError for anything that is no such proof.
    """
    try:
        if data["schema"] != SCHEMA:
            raise ValueError(f"unknown schema {data['schema']!r}")
        steps = tuple(
            Step(
                s["rule"], tuple(s["path"]), _r(s["result"]),
                {k: _unvalue(v) for k, v in s["binding"].items()}, bool(s["backward"]),
            )
            for s in data["steps"]
        )  # fmt: skip
        context = context_from_json(data["context"])
        return Proof(data["name"], context, _r(data["start"]), steps, _r(data["goal"]))
    except (KeyError, TypeError, AttributeError) as e:
        raise ValueError(f"not a proof: {e}") from None


# ---------------------------------------------------------------- report


def report_to_json(report: Report) -> dict[str, Any]:
    """Everything that a report says.  Stable keys; see docs/json.md."""
    said = speller(report)
    return {
        "schema": SCHEMA,
        "title": report.document.title,
        "source": report.document.source,
        "notes": list(report.document.notes),
        "path": report.document.path,
        "ok": report.ok,
        "seed": report.seed,
        "samples": report.samples,
        "seconds": report.seconds,
        "results": [_result(r, said) for r in report.results],
        "certificate": _certificate(report),
        "unread": [
            {"line": u.line, "column": u.column, "width": u.width, "message": u.message,
             "hint": u.hint, "source": u.source}
            for u in report.document.unread
        ],
    }  # fmt: skip


def _certificate(report: Report) -> dict[str, Any] | None:
    """What the core says: how much it judged, and what has no certificate."""
    c = report.certified
    if c is None:
        return None
    refused = isinstance(c.verdict, Refusal)
    return {
        "refused": c.verdict.reason if refused else None,
        "claims": 0 if refused else len(c.verdict),
        "steps": len(c.certificate["steps"]) if c.certificate else 0,
        "untold": list(c.untold),
    }


def _claim(theorem: Any, said: Speller | None) -> str | None:
    """What was proved, in the core's own terms."""
    return None if theorem is None or said is None else said.theorem(theorem)


def _result(r: Result, said: Speller | None) -> dict[str, Any]:
    c = r.proof.context
    return {
        "kind": type(r.goal).__name__.lower(),
        "name": r.goal.name,
        "line": r.goal.line,
        "status": r.status,
        "message": r.message,
        "start": text(r.proof.start, c, unicode=False),
        "answer": text(r.answer, c, unicode=False),
        "expect": None if r.expect is None else text(r.expect, c, unicode=False),
        "agrees": r.agrees,
        "grounds": list(r.grounds),
        "unknown": text(r.goal.unknown, c, unicode=False) if isinstance(r.goal, Solve) else None,
        "rests_on": _facts(r.used, c),
        "rules": list(r.verdict.rules),
        "lemmas": list(r.lemmas),
        "trusts": list(r.trusts),
        "claim": _claim(r.theorem, said),
        "rows": [_row(row, c, said) for row in r.rows],
        "admitted": list(r.verdict.admitted),
        "proof": proof_to_json(r.proof),
    }


def _facts(used: Used, c: Context) -> list[str]:
    def said(a: Assumption) -> str:
        return assumption(a, c, unicode=False)

    return sorted({said(a) for a in used})


def _row(row: Row, c: Context, said: Speller | None) -> dict[str, Any]:
    return {
        "expr": text(row.expr, c, unicode=False),
        "latex": latex(row.expr, c),
        "tree": to_json(row.expr),
        "text": row.text,
        "line": row.line,
        "column": row.column,
        "status": row.status,
        "message": row.message,
        "reasons": list(row.reasons),
        "trusts": list(row.trusts),
        "claim": _claim(row.theorem, said),
        "rests_on": _facts(row.used, c),
        "steps": list(row.steps),
        "residual": None if row.residual is None else text(row.residual, c, unicode=False),
        "hint": row.hint,
        "witness": None if row.witness is None else witness_to_json(row.witness),
        "comparison": None if row.comparison is None else _comparison(row.comparison),
    }


def _comparison(c: Comparison) -> dict[str, Any]:
    known = {k: _finite(v) for k, v in asdict(c).items()}
    return known | {"sampled": c.sampled, "agrees": c.agrees, "differs": c.differs}


def _finite(v: Any) -> Any:
    """JSON has no infinity and no NaN: they become the words."""
    return str(v) if isinstance(v, float) and not math.isfinite(v) else v


def witness_to_json(w: Witness) -> dict[str, Any]:
    def plain(x: Fraction | str) -> str:
        return str(x)

    return {
        "variables": list(w.variables),
        "outcomes": [[str(p), [str(v) for v in values]] for p, values in w.outcomes],
        "sizes": dict(w.sizes),
        "parameters": {k: str(v) for k, v in w.parameters.items()},
        "left": plain(w.left),
        "right": plain(w.right),
        "law": w.law,
        "at": [str(v) for v in w.at],
        "independent": [list(names) for names in w.independent],
    }
