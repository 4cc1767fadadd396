"""Names and sentences in three alphabets."""

import pytest

from symcheck.reading.syntax import parse
from symcheck.report.expression import text
from symcheck.report.facts import assumption
from symcheck.report.markup import words_tex
from symcheck.report.notation import latex_name, member, prose, subscript, superscript


@pytest.mark.parametrize(
    ("words", "unicode", "ascii"),
    [
        ("E|x**2| is finite", "E|x²| is finite", "E|x^2| is finite"),
        ("mean of σ_f'", "mean of σ_f′", "mean of sigma_f'"),
        ("W[i,j] has mean 0", "Wᵢⱼ has mean 0", "W[i,j] has mean 0"),
        ("E[h[_i0_0]] may not exist", "E[hⱼ] may not exist", "E[h[j]] may not exist"),
        ("h[_b2] h[_b1], not j", "hₖ hₗ, not j", "h[k] h[l], not j"),
        ("Müller's x − y ≥ 0", "Müller's x − y ≥ 0", "Muller's x - y >= 0"),
        ("don't", "don't", "don't"),
    ],
)
def test_sentences(words, unicode, ascii):
    assert prose(words) == unicode
    assert prose(words, unicode=False) == ascii


@pytest.mark.parametrize(
    ("term", "want"),
    [("x", "x"), ("W[1,2]", "W₁₂"), ("W[1,12]", "W[1,12]"), ("f'[i]", "f′ᵢ"),
     ("sigma_W[i]", "σ_W[i]"), ("x[n+1]", "xₙ₊₁"), ("x[q]", "x[q]")],
)  # fmt: skip
def test_members(term, want):
    # W[1,12] must not look like W[11,2], and there is no inferior q.
    assert member(term) == want


def test_small_characters():
    assert superscript("-12") == "⁻¹²"
    assert superscript("a_b") is None
    assert superscript("") is None
    assert superscript("12345") is None
    assert subscript("ij") == "ᵢⱼ"
    assert subscript("D") is None


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("σ_f'", r"\sigma_{f'}"), ("f''", "f''"), ("D_h", "D_{h}"), ("x12", "x_{12}"),
        ("alpha_max", r"\alpha_{\mathrm{max}}"), ("loss", r"\mathrm{loss}"), ("ℓ", r"\ell"),
        ("W_in_out", r"W_{\mathrm{in},\mathrm{out}}"), ("Β", r"\mathrm{B}"),
    ],
)  # fmt: skip
def test_latex_names(name, want):
    assert latex_name(name) == want


def test_words_in_latex_set_names_as_formulas():
    context = parse("real a, σ_f > 0\nrandom f[j], x\nlet h = a x\nderive E[x]\n").context
    assert words_tex("definition of h, mean of f", context) == "definition of $h$, mean of $f$"
    assert words_tex("range cut at a point", context) == "range cut at a point"
    assert words_tex("law of σ_f & 50%", context) == r"law of $\sigma_{f}$ \& 50\%"


def test_every_declaration_reads_as_a_sentence():
    source = """
real  s > 0
random x[j] mean 0, variance s^2, symmetric, finite 4
random y ~ normal(0, s^2)
independent x[j] over j
pairwise independent x[j] over j
independent x and y
derive E[y]
"""
    context = parse(source).context
    found = {a for r in context.randoms.values() for a in context.declared(r)}
    found |= {context.independence_assumption(n) for n in range(len(context.independence))}
    assert {assumption(a, context) for a in found} == {
        "xⱼ has mean 0", "xⱼ has variance s²", "xⱼ is symmetric about 0",
        "xⱼ has 4 finite moments", "y ~ normal(0, s²)", "xⱼ independent over j",
        "xⱼ pairwise independent over j", "x and y independent",
    }  # fmt: skip
    plain = {assumption(a, context, unicode=False) for a in found}
    assert "x[j] has variance s^2" in plain
    assert all(p.isascii() for p in plain)


def test_text_without_a_context():
    document = parse("random x\nderive E[x^2]\n")
    (goal,) = document.goals
    assert text(goal.lhs) == "E[x²]"
    assert text(goal.lhs, unicode=False) == "E[x^2]"
