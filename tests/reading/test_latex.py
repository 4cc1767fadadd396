"""Formulas in Markdown and LaTeX: what is read, where, and what is left unread."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from symcheck.commands.cli import main
from symcheck.judging.checking import check_document
from symcheck.reading.latex.notes import read
from symcheck.reading.parser import SyntaxProblem
from symcheck.reading.syntax import parse, parse_expression
from symcheck.report.expression import text as shown
from symcheck.report.formats import render

CONTEXT = """\
size D_h, D_h', n
real σ_Ω > 0, σ_f > 0, σ > 0, μ, a, c[j], β[i]
index l = 1..n
random Ω[i,j] mean 0, variance σ_Ω^2
random f[j] mean 0, variance σ_f^2, symmetric
random x[j] mean μ, variance σ^2
random y, loss finite 2
random x̂ finite 2
random z_t finite 2
independent Ω[i,j] over i, j
independent Ω and f
function g bounded
let h[j] = relu(f[j])
let f'[i] = β[i] + sum(j = 1..D_h) Ω[i,j] h[j]
let σ_f' = D_h σ_Ω^2 σ_f^2 / 2
"""


def document(formula: str, context: str = CONTEXT):
    (found,) = read(f"```symcheck\n{context}```\n\n$$\n{formula}\n$$\n", path="notes.md")
    return found


# What a person means by it, in the language of .proof files.
READINGS = [
    (r"\mathbb{E}[y]", "E[y]"),
    (r"\mathrm{E}\left(y^2\right)", "E[y^2]"),
    (r"\operatorname{Var}[y]", "Var[y]"),
    (r"\operatorname*{Var}\bigl(y\bigr)", "Var[y]"),
    (r"\mathbb{V}[y]", "Var[y]"),
    (r"\text{Cov}(x_1, y)", "Cov[x[1], y]"),
    (r"E[y] - E[y]", "E[y] - E[y]"),
    (r"Var(x_i)", "Var[x[i]]"),
    (r"\Bigl[ y + 1 \Bigr]^2", "(y + 1)^2"),
    (r"\mathbb{E}\Bigl[\bigl(y - \mathbb{E}[y]\bigr)^2\Bigr]", "E[(y - E[y])^2]"),
    (r"\sigma_{f'}^2", "σ_f'^2"),
    (r"\sigma^2_{f'}", "σ_f'^2"),
    (r"\sigma_{f^\prime}^2", "σ_f'^2"),
    (r"\sigma^2", "σ^2"),
    (r"\sigma_\Omega^2", "σ_Ω^2"),
    (r"\Omega_{ij}", "Ω[i,j]"),
    (r"\Omega_{i,j}\, h_j", "Ω[i,j] h[j]"),
    (r"\Omega_{12}", "Ω[1,2]"),
    (r"f'_i", "f'[i]"),
    (r"f_i'", "f'[i]"),
    (r"x^{(i)}", "x[i]"),
    (r"x_{2j+1}", "x[2 j + 1]"),
    (r"x_j^2", "x[j]^2"),
    (r"\hat{x}", "x̂"),
    (r"z_t z_{t}", "z_t z_t"),
    (r"\text{loss}", "loss"),
    (r"\mathrm{loss}^2", "loss^2"),
    (r"\sum_{j=1}^{D_h} \Omega_{ij} h_j + 1", "sum(j = 1..D_h) Ω[i,j] h[j] + 1"),
    (r"\sum\limits^{D_{h'}}_{j=1} x_j", "sum(j = 1..D_h') x[j]"),
    (r"\sum_{i,j=1}^n x_i x_j", "sum(i, j = 1..n) x[i] x[j]"),
    (r"\sum_{i,j=1,\,i\neq j}^n x_i x_j", "sum(i, j = 1..n, i != j) x[i] x[j]"),
    (r"\sum_{\substack{j=1 \\ j \ne i}}^n x_j", "sum(j = 1..n, j != i) x[j]"),
    (r"\sum_l x_l", "sum(l = 1..n) x[l]"),
    (r"\frac{1}{n} \sum_{j=1}^n x_j", "(1/n) sum(j = 1..n) x[j]"),
    (r"\frac12 y", "1/2 y"),
    (r"\tfrac{\sigma^2}{n}", "σ^2 / n"),
    (r"\sigma^2/n", "σ^2 / n"),
    (r"-\sqrt{y}", "-sqrt(y)"),
    (r"2 \cdot a \times y", "2 a y"),
    (r"\lvert y \rvert^2", "abs(y)^2"),
    (r"2|y|", "2 abs(y)"),
    (r"\left| y \right|", "abs(y)"),
    (r"\text{ReLU}(f_j)", "relu(f[j])"),
    (r"\operatorname{ReLU}\left[f_j\right]", "relu(f[j])"),
    (r"\max(0, y)", "max(0, y)"),
    (r"\log(1 + e^{y})", "log(1 + e^y)"),
    (r"\exp y + 1", "exp(y) + 1"),
    (r"\tanh(y)^2", "tanh(y)^2"),
    (r"g(y)", "g(y)"),
    (r"a(y + 1)", "a (y + 1)"),
    (r"\mathbb{E}[y \mid x_1, x_2]", "E[y | x[1], x[2]]"),
    (r"\mathbb{E}[|y| \,|\, x_1]", "E[abs(y) | x[1]]"),
    (r"\Pr(y > 0)", "P[y > 0]"),
    (r"\mathbb{P}[y \le 0]", "P[y <= 0]"),
    (r"\mathbb{1}[y > 0]", "1[y > 0]"),
    (r"\mathbf{1}_{\{y > 0\}}", "1[y > 0]"),
    (r"\mathbb{I}(y > 0)", "1[y > 0]"),
    (r"\int_{-\infty}^{\infty} f_j^2 \Pr(f_j)\, df_j", "int(f[j] = -oo..oo) f[j]^2 Pr(f[j])"),
    (r"\int_0^\infty y^2 p(y) \,\mathrm{d}y", "int(y = 0..oo) y^2 Pr(y)"),
    (r"\boxed{y}", "y"),
    ("y² − 1", "y^2 - 1"),
    (r"0.25\,y", "0.25 y"),
]


@pytest.mark.parametrize(("formula", "meaning"), READINGS)
def test_a_formula_means_what_a_person_means(formula, meaning):
    found = document(f"{formula} &= 7")
    assert not found.unread
    (claim,) = found.goals
    expected = parse_expression(meaning, parse(CONTEXT).context)
    assert shown(claim.lhs, found.context) == shown(expected, found.context)
    assert claim.lhs == expected


UNREAD = [
    (r"\frac{\partial}{\partial a} y", "derivatives"),
    (r"q y", "q is not declared"),
    (r"\mathbb{E}_{y}[y]", "over y alone"),
    (r"\mathbb{E}_{y \sim p}[y]", "alone is not read"),
    (r"\mathbb{E}^2[y]", "before the brackets"),
    (r"\mathbb{E} y", "stands in brackets"),
    (r"y^{(2)}", "has no index"),
    (r"x", "has 1 index"),
    (r"x_{ij}", "has 1 index, not 2"),
    (r"\sum_j x_j", "the range of j"),
    (r"\sum_{i \ne j} x_i x_j", "one index or over two"),
    (r"\sum_{i<j} x_i x_j", "this range is not read"),
    (r"\prod_{j=1}^n x_j", r"\prod is not read"),
    (r"\underbrace{y}_{2}", r"mathematics at \underbrace"),
    (r"\begin{cases} y \end{cases}", "cases"),
    (r"y \quad y", "two formulas in one line"),
    (r"y, y", "two formulas in one line"),
    (r"(y", "never closed"),
    (r"(y]", "closes"),
    (r"\log y y", "where does its argument end"),
    (r"x_1^12", "without braces"),
    (r"1/2/", "something is missing"),
    (r"\mathbf{y} + y", "is it the same"),
    (r"\unknowncommand", "is not read"),
    (r"y \text{ if } y > 0", "condition in words"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "complaint"), UNREAD)
def test_what_has_no_single_meaning_is_unread(formula, complaint):
    found = document(f"{formula} &= 7")
    assert not found.goals
    assert any(complaint in u.message for u in found.unread), found.unread
    for u in found.unread:
        assert found.text.split("\n")[u.line - 1] == u.source
        assert 1 <= u.column <= len(u.source) + 1


def test_a_name_with_two_readings_is_unread():
    context = "random x[j] finite 2\nreal x_1\n"
    found = document("x_1 = 0", context)
    (u,) = found.unread
    assert "can be read as" in u.message


@pytest.mark.parametrize("relation", [r"\approx", r"\le", ">", r"\propto", r"\overset{d}{=}"])
def test_other_relations_are_not_taken_for_equality(relation):
    found = document(rf"\mathbb{{E}}[y] {relation} 0 = 1 - 1")
    assert len(found.unread) == 1
    assert "is not judged" in found.unread[0].message
    (claim,) = found.goals  # 0 = 1 - 1 is one
    assert shown(claim.lhs, found.context) == "0"


@pytest.mark.parametrize("relation", [r"\stackrel{(a)}{=}", r"\overset{\text{iid}}{=}", ":="])
def test_an_equality_with_words_above_it_is_one(relation):
    found = document(rf"\mathbb{{E}}[y] {relation} 0")
    assert not found.unread
    assert len(found.goals) == 1


# ---------------------------------------------------------------- chains

LECTURE = r"""# Notes on variance

```symcheck
random x finite 2
let μ = E[x]
```

The slides say:

$$
\begin{aligned}
\mathbb{E}\left[(x-\mu)^2\right]
  &= \mathbb{E}\left[x^2 - 2x\mu + \mu^2\right] \\
  &= \mathbb{E}[x^2] - \mathbb{E}[2 x\mu] + \mathbb{E}[\mu^2]   && \text{(by Rule 3)} \\
  &= \mathbb{E}[x^2] - 2\mu\,\mathbb{E}[x] + \mu^2              && \text{by Rule 1, Rule 2} \\
  &= \mathbb{E}[x^2] - 2\mu^2 + \mu^2                           && \text{as we saw}\\
  &= \mathbb{E}[x^2] - \mathbb{E}[x]^2.
\end{aligned}
$$

and then, without the square in its place,

$$ \mathbb{E}[(x-\mu^2)] = \mathbb{E}[x^2] - \mu^2 $$
"""


def test_the_lecture_in_markdown():
    (found,) = read(LECTURE, path="notes.md")
    assert not found.unread
    right, wrong = check_document(found).results
    assert right.status == "proved"
    assert [row.line for row in right.rows] == [12, 13, 14, 15, 16, 17]
    assert "Rule 3" in right.rows[2].reasons
    assert wrong.status == "refuted"
    assert [row.status for row in wrong.rows] == ["proved", "refuted"]
    assert wrong.rows[1].line == 23
    assert LECTURE.split("\n")[22][wrong.rows[1].column - 1 :].startswith(r"\mathbb{E}[x^2]")


def test_reasons_are_held_against_the_author():
    text = LECTURE.replace("(by Rule 3)", "(by Rule 4)")
    (found,) = read(text, path="notes.md")
    rows = check_document(found).results[0].rows
    assert [row.status for row in rows].count("unproved") == 1
    assert rows[2].message.startswith("true, but not by Rule 4")


PAPER = r"""\documentclass{article}
\newcommand{\E}[1]{\mathbb{E}\left[#1\right]}
\DeclareMathOperator{\Var}{Var}
\newcommand\half{\frac{1}{2}}
% symcheck
% size n
% real μ, σ > 0
% random x[j] mean μ, variance σ^2
% independent x[j] over j
% let m = sum(j = 1..n) x[j] / n
\begin{document}
% \[ \E{nonsense} = 1 \]
\begin{equation}\label{eq:mean}
  \begin{split}
    \E{m} &= \frac1n \sum_{j=1}^n \E{x_j} \\
          &= \mu
  \end{split}
\end{equation}
\begin{eqnarray*}
\Var(m) &=& \frac{1}{n^2} \sum_{j=1}^n \Var(x_j) \\
        &=& \frac{\sigma^2}{n} \nonumber
\end{eqnarray*}
\begin{align}
\E{m^2} &= \Var(m) + \E{m}^2 & \half + \half &= 1 \\
\E{m}^2 &= \mu^2 && \text{by \eqref{eq:mean}}
\end{align}
\begin{verbatim}
\[ \E{m} = 17 \]
\end{verbatim}
% symcheck: skip
\[ \nabla \mathcal{L} = 0 \]
\[ 3 \E{m} = 3
  \mu \]
\end{document}
\[ \E{m} = 18 \]
"""


def test_a_paper():
    (found,) = read(PAPER, path="paper.tex", tex=True)
    assert [u.line for u in found.unread] == [24]
    assert "beside one another" in found.unread[0].message
    report = check_document(found)
    assert [r.status for r in report.results] == ["proved"] * 4
    assert [r.goal.name for r in report.results] == ["eq:mean", "", "", ""]
    assert [r.goal.line for r in report.results] == [15, 20, 25, 32]
    assert report.results[2].lemmas == ("eq:mean",)
    assert not report.ok  # something was not read


def test_brackets_may_be_open_at_the_end_of_a_row():
    formula = r"""
\operatorname{Var}\Bigl[ y
   & + 1 \\
   & {} + 2 \Bigr] = \\
   & \operatorname{Var}[y] \\
\mathbb{E}[y] - \mathbb{E}[y]
   &= \mathbb{E}[y] \\
   &\quad - \mathbb{E}[y]
"""
    found = document(formula)
    assert not found.unread
    assert [len(g.chain) for g in found.goals] == [2, 2]


def test_an_unread_line_does_not_break_the_chain_and_is_not_forgotten():
    found = document(r"\mathbb{E}[2y] &= \prod y \\ &= 2\mathbb{E}[y]")
    (result,) = check_document(found).results
    assert [row.line for row in result.rows] == [20, 20]
    assert result.status == "proved"
    assert len(found.unread) == 1


def test_contexts_of_their_own():
    text = "```symcheck\nrandom x mean 1\n```\n$$E[x] = 1$$\n"
    text += "```symcheck new\nrandom x mean 2\n```\n$$E[x] = 2$$\n$$E[x] = 1$$\n"
    one, two = (check_document(d) for d in read(text))
    assert [r.status for r in one.results] == ["proved"]
    assert [r.status for r in two.results] == ["proved", "refuted"]


def test_declarations_in_a_comment():
    text = "<!-- symcheck\nrandom x mean 1\n-->\n\n> quoted\n> $$\n> E[x] = 1\n> $$\n"
    (found,) = read(text)
    assert not found.unread
    assert [g.line for g in found.goals] == [7]


def test_code_is_not_read():
    text = "```symcheck\nreal a\n```\n```text\n$$a = 1$$\n```\nand `$$a = 2$$` here\n```math\na = a\n```\n"
    (found,) = read(text)
    assert [g.line for g in found.goals] == [9]


@pytest.mark.parametrize("text", ["a $$ b\n", "\\[ x = 1\n", "\\begin{align}\n x &= 1\n"])
def test_a_display_that_is_never_closed_is_unread(text):
    (found,) = read(text)
    assert [u.line for u in found.unread] == [1]
    assert "never closed" in found.unread[0].message


@pytest.mark.parametrize(
    ("text", "tex", "place"),
    [
        ("# t\n\n```symcheck\nrandom x\nrandom y mean q\n```\n", False, (5, 15)),
        ("a\n% symcheck\n% random x\n%  \n% random y mean q\n", True, (5, 17)),
        ("a\n<!-- symcheck\nrandom x meen 1 -->", False, (3, 10)),
    ],
)
def test_errors_in_declarations_are_where_they_stand(text, tex, place):
    with pytest.raises(SyntaxProblem) as caught:
        read(text, path="f", tex=tex)
    assert (caught.value.line, caught.value.column) == place
    assert caught.value.source == text.split("\n")[place[0] - 1]


# ---------------------------------------------------------------- untrusted input


@pytest.mark.parametrize(
    "formula",
    [
        r"\newcommand{\a}{\a\a}" + "\n$$\\a = 1$$",
        r"\newcommand{\b}[1]{#2}" + "\n$$\\b{1} = 1$$",
        r"\newcommand{\c}[1]{#1}" + "\n$$\\c = 1$$",
        "$$" + "(" * 500 + "1" + ")" * 500 + " = 1$$",
        "$$" + r"\frac{" * 300 + "1" + "}{2}" * 300 + " = 1$$",
        "$$" + "1 + " * 4000 + "1 = 1$$",
        "$$9^{9^{9}} = 1$$",
        "$$x_{x_{x_{x}}} = 1$$",
        "$$\\sqrt[2 = 1$$",
        "$$\\sum_{}^{} = 1$$",
        "$$^2 = _3$$",
        "$$\\left. \\right. = \\left$$",
        "$$\\begin$$",
        "$$\\mathbb = \\hat$$",
        "$$\\int_0^1 dx = \\int$$",
        "$$\\mathbb{E}[] = \\mathbb{E}[,] = |$$",
    ],
)
def test_nothing_but_words_comes_of_nonsense(formula):
    (found,) = read(formula)
    assert found.unread
    assert not found.goals


def test_damaged_files_are_read_or_unread():
    """Deletions and doublings at random places; 300 of them, seed 0."""
    rng = random.Random(0)
    for _ in range(300):
        text, tex = rng.choice([(LECTURE, False), (PAPER, True)])
        for _ in range(rng.randint(1, 4)):
            at, length = rng.randrange(len(text)), rng.randint(1, 6)
            piece = text[at : at + length]
            text = (
                text[:at]
                + rng.choice(["", piece * 2, "}", "{", "\\", "$", "&"])
                + text[at + length :]
            )
        try:
            for found in read(text, path="f", tex=tex):
                for u in found.unread:
                    assert 1 <= u.line <= text.count("\n") + 1
        except SyntaxProblem:
            continue


# ---------------------------------------------------------------- the command


def test_the_command_reads_markdown(tmp_path, capsys):
    path = tmp_path / "notes.md"
    path.write_text(LECTURE, encoding="utf-8")
    assert main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert "23 ✗ = E[x²] - μ²" in out
    path.write_text(LECTURE.replace("without", r"$$\nabla = 0$$ without"), encoding="utf-8")
    assert main(["check", str(path), "--format", "text"]) == 2
    out = capsys.readouterr().out
    assert re.search(r"Unread\n +21 ✗ \\nabla is not read\n", out)
    assert "^^^^^^" in out


def test_a_folder_has_papers_with_declarations(tmp_path, capsys):
    (tmp_path / "notes.md").write_text(LECTURE, encoding="utf-8")
    (tmp_path / "README.md").write_text("$$ f = g $$", encoding="utf-8")
    (tmp_path / "a.proof").write_text("random x mean 1\nclaim E[x] = 1\n", encoding="utf-8")
    assert main(["check", str(tmp_path), "--format", "json"]) == 1
    import json

    made = json.loads(capsys.readouterr().out)
    assert [Path(r["path"]).name for r in made] == ["a.proof", "notes.md"]
    assert made[1]["unread"] == []


def test_every_format_tells_what_is_unread():
    (found,) = read(PAPER, path="paper.tex", tex=True)
    report = check_document(found)
    for format in ("text", "latex", "markdown", "html", "json"):
        assert "beside one another" in render(report, format), format
    from symcheck.report.github import github

    assert "line=24" in github(report)


# What an outside reader would misread, and so does not say what is claimed: unread, never guessed.
GUESSES = [
    (r"\E[X_{(1)}] &= \mu", "order statistic"),
    (r"\E[X_{-i}] &= \mu", "order statistic"),
    (r"\E (y)^2 &= 1", "where does the expectation end"),
    (r"\E(y - 1)^2 &= 1", "where does the expectation end"),
    (r"\E(y - 1)(y + 1) &= 0", "where does the expectation end"),
    (r"\overline{y + 1} &= 1", "more than one name"),
    (r"10\,000 y &= 0", "a number right behind a number"),
    (r"y^2^3 &= y^6", "behind a power"),
    (r"\mathcal{E}[y] &= 0", "not declared"),
    (r"\E[y] \overset{\text{d}}{=} 0", "with"),
    (r"\E[y] &= 0 \quad \text{for zero mean}", "condition in words"),
    (r"\E[y] &= 0 \quad \text{$ + 1$}", "inside of words"),
    (r"\E[y] = \E[y] \text{ and } \E[y] = 2", "after words"),
    (r"\E[y] = 0 \implies \E[y^2] = 0", "implication"),
    (r"\E[y] = 0; \E[y] = 1", "two formulas"),
    (r"\frac{d y}{d c_1} &= 0", "derivatives"),
    (r"\underbrace{y}_{= 0} &= 0", "mathematics at"),
]


@pytest.mark.parametrize(("formula", "complaint"), GUESSES)
def test_nothing_is_guessed(formula, complaint):
    found = document(formula)
    assert not found.goals
    assert any(complaint in u.message for u in found.unread), found.unread


READ = [
    (r"\E[\underbrace{y}_{\text{noise}}] &= \E[y]", 1),
    (r"\E|y| &= \E[|y|]", 1),
    (r"\E\{y\}^2 &= \E[y]^2", 1),
    (r"\E[y] &= \E[y] \qedhere", 1),
    (r"\E[y] &= \E[y] \\[-3pt] &= \E[y]", 2),
    (r"\E[y] \overset{\text{ind.}}{=} \E[y]", 1),
    (r"\textcolor{red}{\E[y]} &= \E[y]", 1),
]


@pytest.mark.parametrize(("formula", "lines"), READ)
def test_ways_of_writing(formula, lines):
    found = document(formula)
    assert not found.unread
    (goal,) = found.goals
    assert len(goal.chain) == lines + 1


def tex(body):
    head = "% symcheck\n% real μ\n% random x mean μ\n"
    (found,) = read(head + body, tex=True)
    return found


def test_macros_with_two_meanings_are_unread():
    found = tex("\\newcommand{\\m}{\\mu}\n\\[ \\m = \\mu \\]\n\\renewcommand{\\m}{2\\mu}\n")
    assert not found.goals
    assert "is defined in line 4 and again in line 6" in found.unread[0].message


def test_macros_in_comments_are_none():
    found = tex("\\[ \\m = \\mu \\]\n% \\newcommand{\\m}{\\mu}\n")
    assert not found.goals
    assert found.unread


def test_macros_with_an_optional_argument():
    text = "\\newcommand{\\E}[2][]{\\mathbb{E}_{#1}[#2]}\n\\[ \\E{x} = \\mu \\]\n"
    assert tex(text).unread == ()  # an empty subscript is none
    found = tex(text.replace("\\E{x} =", "\\E[x]{x} ="))
    assert "over x alone" in found.unread[0].message


def test_displays_that_are_not_read_are_told():
    for body in (
        "\\begin{IEEEeqnarray}{rCl} \\mu &=& 2 \\mu \\end{IEEEeqnarray}\n",
        "\\newcommand{\\be}{\\begin{equation}}\n\\newcommand{\\ee}{\\end{equation}}\n"
        "\\be \\mu = 2 \\mu \\ee\n",
    ):
        found = tex(body)
        assert not found.goals
        assert len(found.unread) == 1, found.unread


def test_a_display_that_begins_with_an_equality_goes_on():
    text = "```symcheck\nreal μ\nrandom x mean μ\n```\n$$E[x + 1]$$\nand so\n$$= E[x] + 1$$\n$$= μ + 1$$\n"
    (found,) = read(text)
    (goal,) = found.goals
    assert [k.line for k in goal.chain] == [5, 7, 8]


@pytest.mark.parametrize(
    "written",
    [r"E[T(n)]", r"E[T(2)]", r"E[T\left(n\right)]", r"E[h_1(x)^2]", r"E[T(n, x)]", r"\sigma(x)"],
)
def test_an_application_is_no_product(written):
    block = "```symcheck\nsize n\nreal x, σ\nrandom T mean x\nrandom h[j] finite 2\n```\n"
    (document,) = read(f"{block}\n$$ {written} = x $$\n", path="a.md")
    (unread,) = document.unread
    assert "or a product?" in unread.message


def test_brackets_that_a_product_needs_make_a_product():
    block = "```symcheck\nreal p, x\nrandom T mean x\n```\n"
    (document,) = read(f"{block}\n$$ E[T (1 - p)] = x(1-p) $$\n$$ p(-x) = -p x $$\n", path="a.md")
    assert not document.unread
    assert len(document.goals) == 2
