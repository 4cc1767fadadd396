"""What reports say of a certificate, in words."""

from __future__ import annotations

from symcheck.core.declared import declare
from symcheck.core.judge import Refusal
from symcheck.judging.refuted import judged
from symcheck.judging.result import PROVED, Report
from symcheck.language.spelled import Speller

__all__ = ["claims", "refuted", "speller", "words_of"]


def speller(report: Report) -> Speller | None:
    """What spells the claims that the core has proved."""
    c = report.certified
    if c is None or c.declarations is None or isinstance(c.verdict, Refusal):
        return None
    return Speller(declare(c.declarations))


def claims(report: Report) -> list[str]:
    """What was proved, in the words of the core, each claim behind its name."""
    spell = speller(report)
    if spell is None or report.certified is None:
        return []
    whole = {c.name for c in report.certified.verdict}
    told = [c for c in report.certified.verdict if c.name.rpartition(", ")[0] not in whole]
    return [f"{c.name}: {spell.theorem(c.theorem)}" for c in told]


def refuted(report: Report) -> list[str]:
    """What was refuted, in the words of the core, each claim behind its name."""
    found = []
    for name, j in judged(report):
        spell = Speller(j.refutation.world.declared)
        found.append(f"{name}: {' = '.join(map(spell.term, j.claim))} is false")
    return found


def words_of(report: Report) -> str:
    """How much was judged, and how many rules are trusted; '' where nothing was proved."""
    c = report.certified
    if c is None:
        return ""
    if isinstance(c.verdict, Refusal):
        return f"refused by the core: {c.verdict.reason}"
    trusted = {k for r in report.results for k in r.trusts}
    proved = [row for r in report.results for row in r.rows if row.status == PROVED]
    trusted |= {k for row in proved for k in row.trusts}
    n = len(c.verdict)
    words = f"{n} line{'' if n == 1 else 's'} judged by the core"
    if not trusted:
        return f"{words}; nothing is trusted"
    return f"{words}; trusted: {', '.join(sorted(trusted))}"
