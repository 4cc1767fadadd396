"""Whole reports: nothing overflows, nothing is lost, and each format is what it says it is."""

import html.parser
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from judged import judge

from symcheck.facts.context import Context
from symcheck.judging.result import PROVED, REFUTED, UNPROVED, Report, Result, Row
from symcheck.judging.session import derive_document
from symcheck.language.expr import RV, Cov, E, Var, add, mul, power, relu
from symcheck.numbers.comparison import Comparison, Witness
from symcheck.reading.document import ChainLine, Claim, Derive, Document
from symcheck.reading.syntax import parse
from symcheck.report.data import proof_from_json, proof_to_json, report_to_json
from symcheck.report.formats import FORMATS, render
from symcheck.report.layout import wrap
from symcheck.report.text import STYLES, styled
from symcheck.rules.proof import Proof, Verdict

FILES = sorted((Path(__file__).parents[2] / "derivations").glob("*.proof"))
AGREES = Comparison(0.49813, 0.49790, 0.0008, -0.29, 6.0, "normal", 6, 20_000, "", 0.03)
EXACT = Comparison(2.0, 2.0, 0.0, 0.0, 6.0, "normal", 6, 20_000, "", 0.03)
DIFFERS = Comparison(0.5, 0.25, 0.005, -50.0, 6.0, "f Laplace; D_h = 7", 6, 20_000, "", 0.03)
UNSAMPLED = Comparison(reason="an integral against an unknown law")
x, y = RV("x"), RV("y")


@pytest.fixture(scope="module")
def reports():
    """Every shipped derivation, with the four kinds of comparison in turn beside its lines."""
    made = {}
    for path in FILES:
        document = parse(path.read_text(encoding="utf-8"))
        report = derive_document(document, numeric=False, certify=False)
        kinds = (DIFFERS, AGREES, EXACT, UNSAMPLED)
        results = [
            replace(
                r,
                rows=tuple(
                    replace(row, comparison=kinds[n % 4]) if n else row
                    for n, row in enumerate(r.rows)
                ),
            )
            for r in report.results
        ]
        made[path.stem] = replace(report, results=tuple(results), seed=7, samples=20_000)
    return made


@pytest.fixture
def checked():
    """A chain that somebody wrote: one line proved, one refuted, one unproved."""
    c = Context()
    c.random("x", mean=0, variance=1)
    c.random("y", mean=0, variance=1)
    claim = Claim("mistake", 4, Var(add(x, y)), add(Var(x), Var(y)), (ChainLine(x, (), 5, 3, ""),))
    witness = Witness(
        ("x", "y"),
        tuple((Fraction(1, 2), (Fraction(s), Fraction(s))) for s in (1, -1)),
        {"D_h": 1}, {"σ": Fraction(1, 3)}, Fraction(4), Fraction(2),
    )  # fmt: skip
    rows = (
        Row(Var(add(x, y)), line=5, column=3, text="Var[x   + y]"),
        Row(
            add(Var(x), mul(2, Cov(x, y)), Var(y)), ("variance identity",), line=6, column=3,
            text="Var[x] + 2 Cov[x, y] + Var[y]",
        ),
        Row(
            add(Var(x), Var(y)), ("Rule 4",), line=7, column=3, text="Var[x] + Var[y]",
            status=REFUTED, message="false: the left side is 4, the right side 2", witness=witness,
        ),
        Row(
            power(E(x), 2), ("Rule 1",), line=8, column=3, text="E[x]^2", status=UNPROVED,
            message="does not follow from what is declared",
            residual=add(E(mul(x, y)), mul(-1, E(x), E(y))), hint="x and y were independent",
        ),
    )  # fmt: skip
    proof = Proof("mistake", c, claim.lhs, (), claim.lhs)
    result = Result(claim, REFUTED, proof, Verdict(False, ()), rows)
    return Report(Document(c, (claim,), title="A mistake"), (result,))


def plain(report, **options):
    return render(report, "text", **options).splitlines()


# ---------------------------------------------------------------- text


@pytest.mark.parametrize("detail", ["lines", "full"])
@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [40, 60, 80, 99, 100, 120, 200])
def test_nothing_overflows(reports, checked, width, unicode, detail):
    for report in (*reports.values(), checked):
        for line in plain(report, width=width, unicode=unicode, detail=detail):
            assert len(line) <= width, line
            assert line == line.rstrip()


def test_ascii_is_ascii(reports, checked):
    for report in (*reports.values(), checked):
        assert render(report, "text", unicode=False).isascii()


def squeezed(lines):
    return re.sub(r"\s", "", "".join(lines))


def test_width_changes_the_breaks_and_nothing_else(reports):
    # The same characters, in a different order of columns: count them.
    for report in reports.values():
        counts = {
            width: sorted(squeezed(plain(report, width=width))) for width in (60, 80, 120, 250)
        }
        assert len(set(map(tuple, counts.values()))) == 1


def test_more_columns_are_used(reports):
    report = reports["he-forward"]
    assert len(plain(report, width=120)) < 0.75 * len(plain(report, width=80))
    assert max(map(len, plain(report, width=120))) > 100


def test_the_page_at_eighty_columns(reports):
    page = plain(reports["he-forward"], width=80)
    start = page.index("Derive Var[f′ᵢ]")
    assert page[start + 2] == (
        "  = E[(f′ᵢ - E[f′ᵢ])²]                           definition of variance"
    )
    assert page[start + 3] == " " * 49 + "0.4981 ≈ 0.4979 ✓ 0.3σ ±3%"
    assert "  ✓ proved, as expected: Var[f′ᵢ] = D_h σ_Ω² σ_f² / 2" in page
    assert "  ✓ proved, as expected: σ_Ω² = 2 / D_h" in page
    signs = {line.index("=") for line in page[start + 2 : -1] if line.startswith("  = ")}
    assert signs == {2}


def test_numbers(reports):
    page = "\n".join(plain(reports["he-forward"], width=120))
    assert "0.4981 ≈ 0.4979 ✓ 0.3σ" in page
    assert "2.000 = 2.000 ✓\n" in page
    assert "0.5000 ≠ 0.2500 ✗ 50σ" in page
    assert "the two sides differ by 50.0 standard errors on f Laplace; D_h = 7" in page
    assert "not sampled: an integral against an unknown law" in page
    assert "seed 7" in page
    assert "20,000 draws" in page


def test_assumptions_used_and_idle():
    source = """
size D
random x[j] mean 0, symmetric
independent x[j] over j
derive E[sum(j = 1..D) x[j]]
"""
    report = derive_document(parse(source), numeric=False)
    page = plain(report)
    used = page[page.index("Rests on") + 1 : page.index("Declared, not used") - 1]
    idle = page[page.index("Declared, not used") + 1 : page.index("By") - 1]
    assert used == ["  xⱼ has mean 0"]
    assert idle == ["  xⱼ independent over j", "  xⱼ is symmetric about 0"]


def test_a_missed_expectation_shows_both():
    source = "random x mean 0, variance 3\nderive E[x^2]\n  expect 2\n"
    page = plain(derive_document(parse(source), numeric=False, certify=False))
    assert "  ✗ proved, but not the expected result" in page
    assert "    found    3" in page
    assert "    expected 2" in page


def test_full_detail_shows_every_primitive_step(reports):
    for report in reports.values():
        page = "\n".join(plain(report, width=120, detail="full"))
        shown = len(re.findall(r"(?<=  )\d+\. ", page))
        assert shown == sum(len(r.proof.steps) for r in report.results)


def test_checked_lines(checked):
    page = plain(checked, width=80)
    assert page[:10] == [
        "A mistake",
        "",
        "Claim mistake: Var[x + y] = Var[x] + Var[y]",
        "",
        "  5 ✓   Var[x + y]",
        "  6 ✓ = Var[x] + 2 Cov[x, y] + Var[y]    variance identity",
        "  7 ✗ = Var[x] + Var[y]                  Rule 4",
        "          refuted: the left side is 4, the right side 2",
        "          for instance D_h = 1, σ = 1/3",
        "          probability   x   y",
    ]
    assert page[10:12] == [
        "                  1/2   1   1",
        "                  1/2  -1  -1",
    ]
    # The author wrote ^2; that spelling stays.
    assert page[12] == "  8 ? = E[x]^2                           Rule 1"
    assert page[14] == "          left over: E[x y] - E[x] E[y]"
    assert page[15] == "          would follow if x and y were independent"


def test_a_witness_too_wide_for_the_page_is_told_in_words(checked):
    (result,) = checked.results
    names = tuple(f"W[{n},1]" for n in range(30))
    wide = Witness(names, ((Fraction(1), tuple(map(Fraction, range(30)))),), {}, {}, "1", "2")
    rows = (result.rows[0], replace(result.rows[2], witness=wide))
    report = replace(checked, results=(replace(result, rows=rows),))
    page = plain(report, width=80)
    assert max(map(len, page)) <= 80
    said = " ".join(line.strip() for line in page)
    assert "W[29,1] = 29" in said


# ---------------------------------------------------------------- breaking formulas


@pytest.mark.parametrize(
    ("formula", "width", "want"),
    [
        ("a + b", 5, ["a + b"]),
        ("aaaa + bbbb", 8, ["aaaa", "  + bbbb"]),
        ("E[aa + bb] + ccc", 14, ["E[aa + bb]", "  + ccc"]),
        ("E[aa + bb] ccc", 13, ["E[aa + bb]", "  ccc"]),
        ("Σ_{j=1..D, k=1..n} xxx", 20, ["Σ_{j=1..D, k=1..n}", "  xxx"]),
        ("aaaaaaaaaaaa", 8, ["aaaaaaaa", "  aaaa"]),
    ],
)
def test_wrap(formula, width, want):
    assert wrap(formula, width, 2) == want


def test_no_line_ends_in_an_operator():
    formula = "aa + bb - cc + dd / ee - ff * gg + hh"
    for width in range(8, len(formula)):
        pieces = wrap(formula, width, 2)
        assert all(p.rstrip()[-1] not in "+-/*" for p in pieces), pieces


def test_additive_breaks_only():
    assert wrap("aaaa bbbb", 6, 2, additive=True) is None
    assert wrap("aaaa + bbbb", 8, 2, additive=True) == ["aaaa", "  + bbbb"]


# ---------------------------------------------------------------- terminal


def test_colours_change_no_character(reports, checked):
    for report in (*reports.values(), checked):
        shown = styled(report, width=80).plain
        assert [s.rstrip() for s in shown.splitlines()] == plain(report, width=80)


def test_colours_read_on_dark_and_on_light():
    for style in STYLES.values():
        assert not re.search("yellow|white|black|bright|#| on ", style), style


def test_no_color_is_honoured(reports, monkeypatch):
    from io import StringIO

    from rich.console import Console

    monkeypatch.setenv("NO_COLOR", "1")
    out = StringIO()
    console = Console(file=out, force_terminal=True, width=80)
    console.print(styled(reports["linear-layer"], width=80), end="", soft_wrap=True)
    assert "\x1b[3" not in out.getvalue()
    assert "\x1b[1m" in out.getvalue()


def test_plain_text_needs_no_rich():
    code = (
        "import sys, symcheck.report.text as t, symcheck.report.layout\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('rich', 'numpy', 'lark')))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


# ---------------------------------------------------------------- markup


def test_latex_is_ascii_and_balanced(reports, checked):
    for report in (*reports.values(), checked):
        made = render(report, "latex")
        code = "\n".join(line for line in made.splitlines() if not line.startswith("%"))
        assert code.isascii()
        assert code.count("{") == code.count("}")
        assert code.count(r"\left") == code.count(r"\right")
        assert code.count(r"\begin{align*}") == len(report.results)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no LaTeX here")
def test_latex_compiles_and_fits_the_page(reports, checked, tmp_path):
    body = "\n".join(render(r, "latex") for r in (*reports.values(), checked))
    (tmp_path / "a.tex").write_text(
        r"\documentclass{article}\usepackage[margin=1in]{geometry}\usepackage{amsmath,amssymb}"
        f"\\begin{{document}}\n{body}\n\\end{{document}}\n",
        encoding="utf-8",
    )
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout


def test_markdown(reports, checked):
    made = render(reports["he-forward"], "markdown")
    assert made.startswith("# He initialization, forward pass\n")
    assert made.count("$$") == 2 * 3
    assert "| 1 | definition of f' | 0.4981 | 0.4979 | 0.3 | 3% | agrees |" in made
    assert "**differs**" in made
    told = render(checked, "markdown")
    assert "- line 7, refuted: the left side is 4, the right side 2" in told
    assert "  | 1/2 | -1 | -1 |" in told


class _Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_html_is_well_formed_and_runs_nothing(reports, checked):
    evil = replace(checked.document, title="<script>alert(1)</script>", notes=("a & b < c",))
    for report in (*reports.values(), replace(checked, document=evil)):
        tags = _Tags()
        tags.feed(render(report, "html"))
        assert tags.open == []
        assert "script" not in tags.seen


def test_unknown_format():
    with pytest.raises(ValueError, match="known: rich, text, latex"):
        render(Report(Document(Context(), ()), ()), "docx")


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_report_renders(format):
    assert render(Report(Document(Context(), (), title="Nothing"), ()), format)


# ---------------------------------------------------------------- JSON


def test_proofs_survive_the_way_through_json(reports):
    for report in reports.values():
        known = {}
        for r in report.results:
            data = json.loads(json.dumps(proof_to_json(r.proof)))
            back = proof_from_json(data)
            assert back == r.proof
            if not r.lemmas:
                assert judge(back, known).proved


def test_every_declaration_survives():
    source = """
size   D, n >= 0
real   a, b > 0, c[j], q != 0
index  i, k with i != k
function g bounded, r lipschitz, s
random f[j] mean 0, variance a^2, symmetric
random x ~ normal(0, b^2)
random z > 0 mean 1, finite 4, atomless
random w[j], v[i,j]
independent w[j] over j
independent (x, z) and f
pairwise independent f[j] over j
identical w[j] over j
assume own: E[z g(x)] = a
finite 1/z
let h[j] = relu(f[j])
derive E[sum(m = 1..D) h[m]]
"""
    document = parse(source)
    context = document.context
    (goal,) = document.goals
    proof = Proof("p", context, goal.lhs, (), goal.lhs)
    back = proof_from_json(json.loads(json.dumps(proof_to_json(proof))))
    assert back.context == context
    assert back == proof


def test_a_tampered_proof_is_read_and_then_refused():
    source = "random x, y mean 0, variance 1\nindependent x and y\nderive E[x y + 1]\n"
    (result,) = derive_document(parse(source), numeric=False).results
    data = proof_to_json(result.proof)
    assert judge(proof_from_json(data)).proved
    data["goal"] = data["steps"][-1]["result"] = 2
    assert not judge(proof_from_json(data)).proved


@pytest.mark.parametrize(
    "data",
    [
        {}, {"schema": "symcheck/0"}, {"schema": "symcheck/1"},
        {"schema": "symcheck/1", "steps": 3},
        {"schema": "symcheck/1", "name": "", "steps": [], "context": {}, "start": 1, "goal": 1},
        {"schema": "symcheck/1", "name": "", "steps": [[]], "context": {}, "start": 1, "goal": 1},
    ],
)  # fmt: skip
def test_what_is_no_proof_is_refused(data):
    with pytest.raises(ValueError, match="schema|not a"):
        proof_from_json(data)


def test_a_report_is_valid_json_whatever_the_numbers(reports):
    report = reports["linear-layer"]
    result = report.results[0]
    odd = replace(AGREES, left=float("nan"), right=float("inf"), z=float("inf"))
    rows = (result.rows[0], replace(result.rows[1], comparison=odd))
    made = render(replace(report, results=(replace(result, rows=rows),)), "json")

    def refuse(name):
        raise AssertionError(name)

    data = json.loads(made, parse_constant=refuse)
    assert data["schema"] == "symcheck/1"
    assert data["results"][0]["rows"][1]["comparison"]["right"] == "inf"
    assert data["ok"] is False


def test_json_says_what_a_checked_line_lacks(checked):
    row = report_to_json(checked)["results"][0]["rows"][2]
    assert (row["line"], row["column"], row["status"]) == (7, 3, "refuted")
    assert row["witness"]["outcomes"] == [["1/2", ["1", "1"]], ["1/2", ["-1", "-1"]]]
    assert row["witness"]["left"] == "4"


def test_a_derivation_by_hand_prints_without_a_session():
    c = Context()
    c.random("x", mean=0, variance=1, symmetric=True)
    rows = (Row(E(power(relu(x), 2))), Row(mul(E(power(x, 2)), power(2, -1)), ("symmetry of x",)))
    proof = Proof("", c, rows[0].expr, (), rows[-1].expr)
    result = Result(Derive("", 1, rows[0].expr), PROVED, proof, Verdict(True, ()), rows)
    page = plain(Report(Document(c, ()), (result,)))
    assert page[1:4] == ["Derive E[ReLU(x)²]", "", "  = E[x²] / 2    symmetry of x"]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_witness_says_what_was_chosen_and_where_random_sides_differ(form):
    from symcheck.judging.checking import check_document
    from symcheck.reading.syntax import parse

    text = """
size d
random x
function g
claim sqrt(d) = d
claim x^2 = x
claim g(x) = x
"""
    page = " ".join(render(check_document(parse(text)), form, width=100).split())
    assert "1.41421…" in page
    assert "for instance d = 2" in page
    assert "on the outcome x = " in page
    assert "for instance g(" in page
