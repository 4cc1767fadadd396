"""The Python API: a context, an expression, ``derive``; a proof object that shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Add, sympify

from symcheck.facts.context import Context
from symcheck.judging.proofs import Judge
from symcheck.judging.result import Report, Result
from symcheck.judging.session import add_lemma, derive_document
from symcheck.language.expr import Binder, Named, children, rebuild
from symcheck.reading.document import Derive, Document
from symcheck.report.data import proof_to_json
from symcheck.report.formats import render
from symcheck.report.markup import aligned
from symcheck.rules.proof import Lemma, Proof, Verdict

__all__ = ["Derivation", "check", "derive"]


@dataclass(frozen=True)
class Derivation:
    """One derived result: prints itself, shows itself in Jupyter, goes to JSON and back."""

    report: Report

    @property
    def result(self) -> Result:
        return self.report.results[-1]

    @property
    def proof(self) -> Proof:
        return self.result.proof

    @property
    def verdict(self) -> Verdict:
        return self.result.verdict

    @property
    def trusts(self) -> tuple[str, ...]:
        """The rules without a certificate that it rests on."""
        return self.result.trusts

    @property
    def answer(self) -> Any:
        """What the expression was reduced to."""
        return self.result.answer

    def __str__(self) -> str:
        return render(self.report, "text")

    def _repr_latex_(self) -> str:
        return f"$$\\begin{{aligned}}\n{aligned(self.result)}\n\\end{{aligned}}$$"

    def _repr_html_(self) -> str:
        return render(self.report, "html")

    def to_json(self) -> dict[str, Any]:
        """The proof as plain data; :func:`symcheck.proof_from_json` reads it back."""
        return proof_to_json(self.proof)


def written(e: Any) -> Any:
    """SymPy's own order of terms made a little more like a person's: what is subtracted last."""
    e = sympify(e, strict=True)
    if not e.args or isinstance(e, (Named, Binder)):
        return e
    parts = [written(a) for a in children(e)]
    if isinstance(e, Add):
        parts.sort(key=lambda t: bool(t.could_extract_minus_sign()))
    return rebuild(e, parts)


def derive(
    context: Context,
    expr: Any,
    *,
    expect: Any = None,
    known: Sequence[Derivation] = (),
    numeric: bool = False,
    samples: int | None = None,
    seed: int = 0,
) -> Derivation:
    """Derive ``expr`` as far as the rules and the context go.

    ``expect`` is compared with the answer, never used; ``known`` are earlier
    derivations in the same context whose results may be used.  With ``numeric`` every
    line is sampled too.
    """
    asked = Derive("", 0, written(expr), None if expect is None else written(expect))
    goals = [*(Derive("", 0, k.proof.start) for k in known), asked]
    document = Document(context, tuple(goals))
    return Derivation(derive_document(document, numeric=numeric, samples=samples, seed=seed))


def check(proof: Proof, known: Sequence[Proof] = ()) -> Verdict:
    """Judge a proof; ``known`` are proofs that it may cite, judged first.

    It is proved if the core accepts a certificate of it; ``trusts`` of the verdict names what
    has none.
    """
    lemmas: dict[str, Lemma] = {}
    for k in known:
        verdict = Judge(k.context).verdict(k, lemmas)
        if verdict.proved:
            add_lemma(lemmas, k, verdict, k.name)
    return Judge(proof.context).sealed(proof, lemmas)
