"""Expressions as text: every head in every target, written order, brackets, reading back."""

import random

import pytest
from sympy import (
    Abs,
    Add,
    Eq,
    Function,
    Ge,
    Gt,
    Integer,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    Tuple,
    cos,
    erf,
    exp,
    gamma,
    log,
    oo,
    sign,
    sin,
    tanh,
)  # fmt: skip

from symcheck.facts.context import Context
from symcheck.language import expr
from symcheck.language.expr import (
    RV,
    Cov,
    Def,
    Diff,
    E,
    Ind,
    Int,
    P,
    Param,
    Sum,
    Var,
    add,
    index,
    leaky_relu,
    mul,
    power,
    relu,
    sigmoid,
)  # fmt: skip
from symcheck.language.ring import equal
from symcheck.reading.syntax import parse, parse_expression
from symcheck.report.expression import SHAPES, WORDS, latex, text
from symcheck.report.expression import ascii as plain

i, j, k, m = map(index, "ijkm")
FILE = """
size   D, n, D_h
real   a, b > 0, σ_Ω > 0, σ_f' > 0, sigma_W > 0, c[j]
function g
random x, y, z mean 0, variance 1, symmetric
random f[j]    mean 0, variance σ_Ω^2, symmetric
random Ω[i,j]  mean 0, variance σ_Ω^2
let    h[j]  = relu(f[j])
let    f'[i] = sum(j = 1..D_h) Ω[i,j] h[j]
"""
CONTEXT = parse(FILE).context
a, b, s, t, w = (CONTEXT.symbols[n] for n in ("a", "b", "σ_Ω", "σ_f'", "sigma_W"))
D, n, D_h = (CONTEXT.sizes[q] for q in ("D", "n", "D_h"))
x, y, z = RV("x"), RV("y"), RV("z")


def read(source: str):
    return parse_expression(source, CONTEXT)


SAMPLES = {
    Diff: Diff(x, y),
    Add: add(a, b), Mul: mul(a, b), Pow: power(x, 2), E: E(x, y), Var: Var(x), Cov: Cov(x, y),
    P: P(Gt(x, 0)), Ind: Ind(Gt(x, 0)), RV: RV("f", j), Param: Param("c", j), Def: Def("h", j),
    Sum: Sum(RV("f", j), (j, 1, D)), Int: Int(a, (a, x, 0, oo)), Tuple: Tuple(x, y),
    relu: relu(x), leaky_relu: leaky_relu(x, a), sigmoid: sigmoid(x), exp: exp(x), log: log(b),
    tanh: tanh(x), sin: sin(x), cos: cos(x), sign: sign(x), erf: erf(x), Abs: Abs(x),
    Max: Max(x, y), Min: Min(x, y), Gt: Gt(x, 0), Ge: Ge(x, 0), Lt: Lt(x, 0), Le: Le(x, 0),
    Ne: Ne(x, 0), Eq: Eq(x, 0),
}  # fmt: skip


def test_no_table_has_a_hole():
    heads = set(expr._HEADS.values())
    assert set(SHAPES) == heads
    assert set(SAMPLES) == heads
    unnamed = {Add, Mul, Pow, RV, Param, Def, Tuple}
    constants = set(expr._CONSTANTS.values())
    for target, words in WORDS.items():
        assert set(words) == (heads - unnamed) | constants, target


@pytest.mark.parametrize("head", SAMPLES, ids=lambda h: h.__name__)
def test_every_head_prints_in_every_target(head):
    e = SAMPLES[head]
    assert text(e, CONTEXT)
    assert latex(e, CONTEXT)
    assert plain(e, CONTEXT).isascii()


def test_a_foreign_head_is_refused():
    for show in (text, plain, latex):
        with pytest.raises(TypeError, match="gamma is not part of the language"):
            show(add(x, gamma(y)))


@pytest.mark.parametrize(
    ("source", "unicode", "tex"),
    [
        # The spellings of the lecture, and of anybody's paper.
        ("-x", "-x", "-x"),
        ("x - y", "x - y", "x - y"),
        ("-x - y", "-x - y", "-x - y"),
        ("x - (y - z)", "x - (y - z)", r"x - (y - z)"),
        ("-(x + y)", "-(x + y)", r"-(x + y)"),
        ("-2 x y", "-2 x y", "-2 x y"),
        ("D_h σ_Ω^2 σ_f'^2 / 2", "D_h σ_Ω² σ_f′² / 2",
         r"\frac{D_{h} \sigma_{\Omega}^{2} \sigma_{f'}^{2}}{2}"),
        ("2 / D_h", "2 / D_h", r"\frac{2}{D_{h}}"),
        ("x / (y z)", "x / (y z)", r"\frac{x}{y z}"),
        ("x / (y + z)", "x / (y + z)", r"\frac{x}{y + z}"),
        ("(x + y) / 2", "(x + y) / 2", r"\frac{x + y}{2}"),
        ("(x / y) z", "(x / y) z", r"\frac{x}{y} z"),
        ("(x + y)^2", "(x + y)²", r"(x + y)^{2}"),
        ("(x y)^2", "(x y)²", r"(x y)^{2}"),
        ("(-x)^2", "(-x)²", r"(-x)^{2}"),
        ("-x^2", "-x²", "-x^{2}"),
        ("(x^2)^3", "(x²)³", r"(x^{2})^{3}"),
        ("a^n", "aⁿ", "a^{n}"),
        ("a^(n - 1)", "aⁿ⁻¹", "a^{n - 1}"),
        ("a^D_h", "a^D_h", "a^{D_{h}}"),
        ("sqrt(b)", "√b", r"\sqrt{b}"),
        ("sqrt(a + b)", "√(a + b)", r"\sqrt{a + b}"),
        ("1 / sqrt(b)", "1 / √b", r"\frac{1}{\sqrt{b}}"),
        ("f'[i]", "f′ᵢ", "f'_{i}"),
        ("f'[i]^2", "f′ᵢ²", "f_{i}'^{2}"),
        ("Ω[i,j]", "Ωᵢⱼ", r"\Omega_{ij}"),
        ("Ω[i,j+1]", "Ω[i,j+1]", r"\Omega_{i,j+1}"),
        ("f[j+1]", "fⱼ₊₁", "f_{j+1}"),
        ("f[D_h]", "f[D_h]", "f_{D_{h}}"),
        ("sigma_W^2", "σ_W²", r"\sigma_{W}^{2}"),
        ("E[x | y, z]", "E[x | y, z]", r"\mathbb{E}[x \mid y, z]"),
        ("P[x >= 0]", "P[x ≥ 0]", r"\mathbb{P}[x \geq 0]"),
        ("2 1[x > 0]", "2 · 1[x > 0]", r"2 \mathbf{1}[x > 0]"),
        ("1[x <= 0]", "1[x ≤ 0]", r"\mathbf{1}[x \leq 0]"),
        ("E[x] E[y]", "E[x] E[y]", r"\mathbb{E}[x] \, \mathbb{E}[y]"),
        ("0 * E[x]", "0 · E[x]", r"0 \cdot \mathbb{E}[x]"),
        ("abs(x)", "|x|", r"\left|x\right|"),
        ("relu(x)^2", "ReLU(x)²", r"\operatorname{ReLU}(x)^{2}"),
        ("sum(j = 1..D) f[j]", "Σ_{j=1..D} fⱼ", r"\sum_{j=1}^{D} f_{j}"),
        ("sum(j = 1..D) f[j] + x", "Σ_{j=1..D} fⱼ + x", r"\sum_{j=1}^{D} f_{j} + x"),
        ("sum(j = 1..D) (f[j] + x)", "Σ_{j=1..D} (fⱼ + x)",
         r"\sum_{j=1}^{D} (f_{j} + x)"),
        ("(sum(j = 1..D) f[j]) x", "(Σ_{j=1..D} fⱼ) x",
         r"\left(\sum_{j=1}^{D} f_{j}\right) \, x"),
        ("(sum(j = 1..D) f[j])^2", "(Σ_{j=1..D} fⱼ)²",
         r"\left(\sum_{j=1}^{D} f_{j}\right)^{2}"),
        ("(1/n) sum(j = 1..n) f[j]", "(1 / n) Σ_{j=1..n} fⱼ",
         r"\frac{1}{n} \sum_{j=1}^{n} f_{j}"),
        ("1/2 sum(j = 1..n) f[j]", "1/2 Σ_{j=1..n} fⱼ", r"\frac{1}{2} \sum_{j=1}^{n} f_{j}"),
        ("sum(j, k = 1..D, j != k) f[j] f[k]", "Σ_{j≠k=1..D} fⱼ fₖ",
         r"\sum_{\substack{j,k=1 \\ j \neq k}}^{D} f_{j} f_{k}"),
        ("sum(j = 1..D, k = 1..n) Ω[j,k]", "Σ_{j=1..D, k=1..n} Ωⱼₖ",
         r"\sum_{j=1}^{D} \sum_{k=1}^{n} \Omega_{jk}"),
        ("int(x = 0..oo) x^2 Pr(x)", "∫_{0..∞} x² Pr(x) dx",
         r"\int_{0}^{\infty} x^{2} \, Pr(x) \, dx"),
        ("g(x + y)", "g(x + y)", r"g(x + y)"),
    ],
)  # fmt: skip
def test_spelling(source, unicode, tex):
    e = read(source)
    assert text(e, CONTEXT) == unicode
    assert latex(e, CONTEXT) == tex


@pytest.mark.parametrize(
    ("e", "want"),
    [
        (Mul(Rational(1, 2), D_h, power(s, 2), evaluate=False), "D_h σ_Ω² / 2"),
        (Mul(x, -1, evaluate=False), "x (-1)"),
        (Mul(x, Integer(2), evaluate=False), "x · 2"),
        (Mul(-1, Mul(-1, x, evaluate=False), evaluate=False), "-(-x)"),
        (Mul(x, Pow(x, -1, evaluate=False), evaluate=False), "x / x"),
        (Add(E(x), Mul(-1, E(x), evaluate=False), evaluate=False), "E[x] - E[x]"),
        (Mul(2, 3, evaluate=False), "2 · 3"),
        (Mul(-1, -2, evaluate=False), "-(-2)"),
        (mul(Rational(-3, 2), x), "-3 x / 2"),
        (Rational(-3, 2), "-3/2"),
        (Rational(3, 2), "3/2"),
        (power(a, Rational(1, 3)), "a^(1/3)"),
        (power(Rational(1, 2), n), "(1/2)ⁿ"),
        (Sum(mul(-1, RV("f", j)), (j, 1, D)), "Σ_{j=1..D} (-fⱼ)"),
    ],
    ids=str,
)
def test_built_by_hand(e, want):
    assert text(e) == want


def test_bound_names_are_the_authors_then_the_usual_ones():
    inner = Sum(mul(RV("f", k), RV("f", j)), (k, 1, D))
    nested = Sum(mul(RV("f", j), inner), (j, 1, D))
    assert text(nested) == "Σ_{j=1..D} fⱼ Σ_{k=1..D} fₖ fⱼ"
    own = Context(bound_names=["m", "p"])
    assert text(nested, own) == "Σ_{m=1..D} fₘ Σ_{p=1..D} fₚ fₘ"


def test_bound_names_avoid_every_name_in_sight():
    # A free index j, and a size n: neither may be caught by a sum's own index.
    assert text(mul(RV("f", j), Sum(RV("f", k), (k, 1, D)))) == "fⱼ Σ_{k=1..D} fₖ"
    ctx = Context()
    ctx.size("j")
    ctx.random("k")
    assert text(Sum(RV("f", m), (m, 1, D)), ctx) == "Σ_{l=1..D} f_l".replace("f_l", "fₗ")


def test_an_integral_keeps_its_variable_apart():
    # E[x] inside the integral over x is a number: the variable of integration needs a name.
    e = Int(mul(a, E(x)), (a, x, 0, oo))
    assert text(e) == "∫_{0..∞} t E[x] Pr(x = t) dt"


def test_spelled_and_real_greek_do_not_collide():
    ctx = Context()
    spelled, greek = ctx.real("mu"), ctx.real("μ")
    assert text(add(spelled, greek), ctx) == "mu + μ"
    assert plain(add(spelled, greek), ctx) == "mu + mu_"


@pytest.mark.parametrize("name", ["Ω", "σ_f'", "D_h", "x1", "loss", "W_ih", "α_max", "ℓ", "Α"])
def test_latex_names_have_no_character_that_tex_refuses(name):
    assert latex(RV(name, j)).isascii()


# ---------------------------------------------------------------- reading back


def _tree(r: random.Random, depth: int, own: list) -> object:
    """A random expression of the language, verbatim (nothing evaluated)."""
    if depth == 0 or r.random() < 0.1:
        at = r.choice([i, *own])
        return r.choice([
            x, y, a, b, s, t, w, D_h, Integer(r.randint(0, 3)), Rational(r.randint(1, 3), 2),
            RV("f", at), RV("Ω", i, at), Def("h", at), Param("c", at), Integer(-2),
        ])  # fmt: skip

    def sub(*more):
        return _tree(r, depth - 1, [*own, *more])

    new = index(f"q{len(own)}")
    return r.choice([
        lambda: Add(sub(), sub(), evaluate=False),
        lambda: Add(sub(), Mul(-1, sub(), evaluate=False), sub(), evaluate=False),
        lambda: Mul(sub(), sub(), evaluate=False),
        lambda: Mul(-1, sub(), sub(), evaluate=False),
        lambda: Mul(sub(), Pow(r.choice([b, s, D]), -1, evaluate=False), evaluate=False),
        lambda: Mul(sub(), Pow(b, -2, evaluate=False), sub(), evaluate=False),
        lambda: Pow(sub(), Integer(r.randint(2, 3)), evaluate=False),
        lambda: Pow(b, r.choice([D, add(D, -1), S.Half]), evaluate=False),
        lambda: E(sub()), lambda: E(sub(), z), lambda: Var(sub()), lambda: Cov(sub(), sub()),
        lambda: Sum(sub(new), (new, 1, D)),
        lambda: Sum(sub(new, m), (new, 1, D), (m, 1, D), Ne(new, m)) if m not in own else x,
        lambda: relu(add(x, sub())), lambda: Ind(Gt(add(x, sub()), a, evaluate=False)),
        lambda: P(Gt(x, sub(), evaluate=False)), lambda: Function("g", real=True)(sub()),
        lambda: exp(add(x, sub()), evaluate=False), lambda: Max(x, y, evaluate=False),
    ])()  # fmt: skip


@pytest.mark.parametrize("seed", range(300))
def test_ascii_reads_back_as_the_same_expression(seed):
    e = _tree(random.Random(seed), 3, [])
    shown = plain(e, CONTEXT)
    assert shown.isascii()
    back = parse_expression(shown, PLAIN)
    assert equal(_renamed(e), back), shown


PLAIN = parse(FILE.replace("Ω", "Omega").replace("σ", "sigma")).context


def _renamed(e):
    """The same with Greek names spelled out, as ASCII has to."""
    from symcheck.language.expr import from_json, to_json

    def walk(d):
        if isinstance(d, str):
            return d.replace("Ω", "Omega").replace("σ", "sigma")
        return [walk(p) for p in d] if isinstance(d, list) else d

    return from_json(walk(to_json(e)))
