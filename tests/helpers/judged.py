"""One proof, judged by itself."""

from __future__ import annotations

from collections.abc import Mapping

from symcheck.judging.proofs import Judge
from symcheck.rules.proof import Lemma, Proof, Verdict


def judge(proof: Proof, lemmas: Mapping[str, Lemma] | None = None) -> Verdict:
    """The verdict on a proof that may cite these lemmas, in its own context."""
    return Judge(proof.context).sealed(proof, lemmas)
