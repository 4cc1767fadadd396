"""Certificates of reports: what is judged, what is trusted, and how every report says so."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path

import pytest
from sympy import Integer

from symcheck.commands.lsp import judge as lsp_judge
from symcheck.core.judge import Refusal, judge
from symcheck.judging import certified as reports
from symcheck.judging import proofs
from symcheck.judging.checking import check_document
from symcheck.judging.result import PROVED, UNPROVED
from symcheck.judging.session import derive_document
from symcheck.reading.syntax import parse
from symcheck.report.complaints import complaints
from symcheck.report.formats import FORMATS, render
from symcheck.report.github import github
from symcheck.rules.proof import Rewrite

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
TEXT = """\
random x mean 0, variance 3
claim two: E[(x + 1)^2] = 4
  E[(x + 1)^2]
  = E[x^2 + 2 x + 1]
  = E[x^2] + 2 E[x] + 1
  = 4
"""
BROKEN = TEXT.replace("2 E[x] + 1", "2 E[x] + 2")


def checked(text=TEXT):
    return check_document(parse(text))


def with_trusts(report, *names):
    """The report as if all of its lines rested on these rules."""
    results = [
        replace(r, trusts=names, rows=tuple(replace(row, trusts=names) for row in r.rows))
        for r in report.results
    ]
    return replace(report, results=tuple(results))


def test_every_line_and_the_whole_are_judged():
    report = checked()
    (result,) = report.results
    told = report.certified
    assert report.ok
    assert [c.name for c in told.verdict] == ["two, 1", "two, 2", "two, 3", "two"]
    assert told.untold == ()
    assert judge(told.declarations, told.certificate) == told.verdict
    assert result.theorem == told.verdict[-1].theorem
    assert [row.theorem for row in result.rows[1:]] == [c.theorem for c in told.verdict[:3]]


def test_the_lines_meet_in_the_core_too():
    rows = checked().results[0].rows[1:]
    for one, two in pairwise(rows):
        assert one.theorem.says[2] == two.theorem.says[1]


def test_good_lines_of_a_claim_that_fails_are_judged_by_themselves():
    report = checked(BROKEN)
    (result,) = report.results
    assert result.theorem is None
    proved = [row for row in result.rows if row.status == PROVED and row.proof is not None]
    assert proved
    assert all(row.theorem is not None for row in proved)
    assert all(row.theorem is None for row in result.rows if row.status != PROVED)


def test_nothing_proved_needs_no_certificate():
    report = checked("random x mean 0, variance 1\nclaim E[x] = 1\n")
    assert report.certified is None


def test_certificates_can_be_left_out():
    assert check_document(parse(TEXT), certify=False).certified is None
    document = parse("random x mean 0\nderive E[x]")
    assert derive_document(document, numeric=False, certify=False).certified is None
    assert derive_document(document, numeric=False).certified is not None


def test_what_the_core_refuses_is_not_proved(monkeypatch):
    monkeypatch.setattr("symcheck.judging.proofs.judge", lambda *_: Refusal("because it must", 3))
    report = checked()
    (result,) = report.results
    assert not report.ok
    assert result.status == UNPROVED
    assert {row.status for row in result.rows[1:]} == {UNPROVED}
    assert "because it must" in render(report, "text")
    assert [c.status for c in complaints(report)] == [UNPROVED] * 3
    assert json.loads(render(report, "json"))["certificate"]["refused"] == "because it must"


def test_a_maker_that_breaks_proves_nothing_and_breaks_nothing(monkeypatch):
    def broken(*_):
        raise KeyError("a maker with a mistake")

    monkeypatch.setitem(proofs.MAKERS, "second-moment", broken)
    report = checked()
    assert report.ok
    assert report.results[0].trusts == ("second-moment",)
    assert "proved, trusting: second-moment" in render(report, "text")


def test_a_certificate_that_cannot_be_put_together_proves_nothing(monkeypatch):
    def broken(*_):
        raise KeyError("a mistake")

    monkeypatch.setattr(proofs.Judge, "judged", broken)
    report = checked()
    assert report.results[0].status == UNPROVED
    assert report.results[0].message == "no certificate: KeyError: 'a mistake'"
    assert report.certified.untold == ("KeyError: 'a mistake'",)
    assert {row.status for row in report.results[0].rows[1:]} == {UNPROVED}
    assert not report.ok


def endless(*_):
    """Work without an end; limits are of the time of the processor."""
    for _ in count():
        pass


def test_a_line_whose_certificate_takes_too_long_is_not_proved(monkeypatch):
    monkeypatch.setattr("symcheck.judging.proofs.step_theorem", endless)
    report = check_document(parse(TEXT), timeout=0.5)
    assert report.results[0].status == UNPROVED
    assert report.results[0].message == "out of time (0.5 s)"


def test_a_report_whose_certificate_takes_too_long_proves_nothing(monkeypatch):
    monkeypatch.setattr(proofs.Judge, "judged", endless)
    report = check_document(parse(TEXT), timeout=0.5)
    assert report.results[0].status == UNPROVED
    assert report.results[0].message.startswith("no certificate: out of time")


def test_what_is_nested_too_deeply_is_not_proved(monkeypatch):
    def deep(*_):
        raise RecursionError

    monkeypatch.setattr("symcheck.judging.proofs.step_theorem", deep)
    verdict = proofs.Judge(parse(TEXT).context).verdict(checked_proof())
    assert not verdict.proved
    assert verdict.reason == "nested too deeply to judge"


def checked_proof():
    return derive_document(parse("random x mean 0, variance 3\nderive E[x^2]")).results[0].proof


def test_search_is_not_believed(monkeypatch):
    """What search hands in as made by a rule is no proof, and no axiom."""
    proof = checked_proof()
    (step,) = proof.steps
    wrong = replace(step, result=Integer(5)).by(Rewrite(Integer(5)))
    forged = replace(proof, steps=(wrong,), goal=Integer(5))
    verdict = proofs.Judge(proof.context).verdict(forged)
    assert not verdict.proved
    assert verdict.reason == "variance does not give this result"


@pytest.mark.parametrize("format", FORMATS)
def test_every_report_says_what_is_trusted(format):
    shown = render(with_trusts(checked(), "rule4", "half"), format, width=100)
    words = '"trusts": [\n' if format == "json" else "trusting: rule4, half"
    assert " ".join(words.split()) in " ".join(shown.replace("\\_", "_").split())


@pytest.mark.parametrize("format", FORMATS)
def test_no_report_speaks_of_trust_where_there_is_none(format):
    assert "trusting" not in render(with_trusts(checked()), format)


def test_a_derivation_says_what_its_lines_trust_and_what_its_end_trusts():
    document = parse("random x mean 0, variance 3\nderive E[x^2]\n  expect 3\n")
    report = derive_document(document, numeric=False, certify=False)
    page = render(with_trusts(report, "rule4"), "text").split("\n")
    assert page[1:7] == [
        "Derive E[x²]",
        "",
        "  = 3    variance of x",
        "      proved, trusting: rule4",
        "",
        "  ✓ proved, trusting: rule4",
    ]
    assert page[7] == "    as expected: E[x²] = 3"


def test_the_claim_is_shown_in_the_words_of_the_core():
    data = json.loads(render(checked(), "json"))
    (result,) = data["results"]
    assert result["claim"] == "E[(x + 1)^2] = 4"
    assert result["rows"][1]["claim"] == "E[(x + 1)^2] = E[x^2 + 2 x + 1]"
    assert data["certificate"]["claims"] == 4
    derived = derive_document(parse("random x mean 0, variance 3\nderive Var[x]"), numeric=False)
    assert "judged: E[(x - E[x])^2] = 3" in render(derived, "text", detail="full")
    assert "judged:" not in render(derived, "text")


def test_annotations_tell_what_is_trusted():
    report = with_trusts(check_document(parse(TEXT, path="a.proof")), "rule4")
    shown = github(report).splitlines()
    assert len(shown) == 4
    assert all(s.startswith("::notice file=a.proof,line=") for s in shown)
    assert all(s.endswith("::proved, trusting: rule4") for s in shown)


def test_an_editor_is_told_what_is_trusted(monkeypatch):
    whole = reports.certified
    monkeypatch.setattr(reports, "certified", lambda *a: with_trusts(whole(*a), "rule4"))
    found = lsp_judge(TEXT, "a.proof")
    assert {f.status for f in found.findings} == {"trusting"}
    assert all(f.words == "proved, trusting: rule4" for f in found.findings)
    assert any(n.text.partition("\n")[0].endswith("trusting: rule4") for n in found.notes)


def test_the_plugin_tells_what_is_trusted(pytester, monkeypatch):
    whole = reports.certified
    monkeypatch.setattr(reports, "certified", lambda *a: with_trusts(whole(*a), "rule4"))
    pytester.makefile(".proof", sample=TEXT)
    found = pytester.inline_run("--symcheck")
    (call,) = [r for r in found.getreports("pytest_runtest_logreport") if r.when == "call"]
    assert call.passed
    assert ("Captured symcheck call", "proved, trusting: rule4") in call.sections
