"""The ``.proof`` language: what texts mean, and how errors show the place."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Add,
    Eq,
    Function,
    Gt,
    Integer,
    Le,
    Lt,
    Max,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    Symbol,
    exp,
    oo,
    pi,
    sign,
)  # fmt: skip

from symcheck.facts.context import Context
from symcheck.language.expr import (
    RV,
    Cov,
    Def,
    E,
    Ind,
    Int,
    P,
    Param,
    Sum,
    Var,
    flat,
    index,
    leaky_relu,
    relu,
)  # fmt: skip
from symcheck.reading import parser
from symcheck.reading.document import Claim, Derive, Solve
from symcheck.reading.syntax import SyntaxProblem, parse, parse_expression, suggest

D = Symbol("D", integer=True, positive=True)
a = Symbol("a", real=True)
s = Symbol("σ_f", positive=True)
i, j, k = map(index, "ijk")
x, y = RV("x"), RV("y")
g = Function("g", real=True)

DECLARED = """\
size D
real σ_f > 0, a, c[j]
function g
random x, y
random f[j], W[i,j]
let h[j] = relu(f[j])
let m = E[x]
"""


def context() -> Context:
    ctx = Context()
    ctx.size("D")
    ctx.real("σ_f", ">")
    ctx.real("a")
    ctx.real("c", indices=[j])
    ctx.function("g")
    ctx.random("x")
    ctx.random("y")
    ctx.random("f", j)
    ctx.random("f'", j)
    ctx.random("W", i, j)
    ctx.let("h", j, body=relu(RV("f", j)))
    ctx.let("m", body=E(x))
    return ctx


def add(*terms):
    return Add(*terms, evaluate=False)


def mul(*factors):
    return Mul(*factors, evaluate=False)


def power(base, exponent):
    return Pow(base, exponent, evaluate=False)


def f(at):
    return RV("f", at)


def W(*at):
    return RV("W", *at)


half = Rational(1, 2)

MEANINGS = {
    # Written form is kept: nothing is merged, cancelled or sorted.
    "x/x": mul(x, power(x, -1)),
    "E[x] - E[x]": add(E(x), mul(-1, E(x))),
    "y x": mul(y, x),
    "x + x": add(x, x),
    "x x": mul(x, x),
    "1 + 1": add(1, 1),
    "x^1": power(x, S.One),
    "1/0": mul(S.One, power(S.Zero, -1)),
    # Precedence of mathematics.
    "-x^2": mul(-1, power(x, Integer(2))),
    "2^3^2": Integer(512),
    "x^2^3": power(x, Integer(8)),
    "x^-2": power(x, Integer(-2)),
    "x² + y³": add(power(x, Integer(2)), power(y, Integer(3))),
    "x⁻¹": power(x, Integer(-1)),
    "2 x y": mul(2, x, y),
    "2x": mul(2, x),
    "1/2 x": mul(half, x),
    "-1/2 x": mul(-half, x),
    "D x / 2": mul(D, x, half),
    "2 / D": mul(2, power(D, -1)),
    "a / x * y": mul(a, power(x, -1), y),
    "x - 2 y": add(x, mul(-2, y)),
    # What follows a quotient is beside it where nobody reads it below the line.
    "1/D sum(j = 1..D) f[j]": mul(1, power(D, -1), Sum(f(j), (j, 1, D))),
    "(1 - a) / a sum(j = 1..D) f[j]": mul(
        add(1, mul(-1, a)), power(a, -1), Sum(f(j), (j, 1, D))
    ),
    "1/sqrt(D) Σ(j = 1..D) f[j]": mul(1, power(power(D, half), -1), Sum(f(j), (j, 1, D))),
    "a/2 Var[x] y": mul(a, half, Var(x), y),
    "1/D E[x]": mul(1, power(D, -1), E(x)),
    # An exponent ends before a bracket, unless it is a function's.
    "a^D (x + y)": mul(power(a, D), add(x, y)),
    "a^-D (x)^2": mul(power(a, mul(-1, D)), power(x, Integer(2))),
    "2 a^D (x) y": mul(2, power(a, D), x, y),
    "a (x)^D (y)": mul(a, power(x, D), y),
    "2^a^D (x)": mul(power(2, power(a, D)), x),
    "a^abs(a)": power(a, Abs(a)),
    "a^(D (D + 1))": power(a, mul(D, add(D, 1))),
    "x - (2 y)": add(x, mul(-1, mul(2, y))),
    "x * -y": mul(x, mul(-1, y)),
    "(a b)".replace("b", "x") + " y": mul(mul(a, x), y),
    "- x y": mul(-1, x, y),
    "0.25 x": mul(Rational(1, 4), x),
    "x^(1/2)": power(x, half),
    "sqrt(x)": power(x, half),
    # Names: a name before a bracket is called only if it is a function.
    "a (x + 1)": mul(a, add(x, 1)),
    "a(x)^2": mul(a, power(x, Integer(2))),
    "g(x)^2": power(g(x), Integer(2)),
    "g (x)": g(x),
    "relu(x) leaky_relu(x, a)": mul(relu(x), leaky_relu(x, a)),
    "max(x, 0) sign(y)": mul(Max(x, 0), sign(y)),
    "abs(x)": Abs(x),
    "e^x": exp(x),
    "2 pi": mul(2, pi),
    "f'[i]": RV("f'", i),
    "h[1] m": mul(Def("h", 1), Def("m")),
    "c[j + 1]": Param("c", j + 1),
    # Unicode spellings.
    "σ_f · x × y − 1": add(mul(s, x, y), -1),
    "f′[i]": RV("f'", i),
    "x / y": mul(x, power(y, -1)),
    # Heads.
    "E[x | y]": E(x, y),
    "E[x|y, f[1]]": E(x, y, f(1)),
    "Var(x)": Var(x),
    "Cov[x, y]": Cov(x, y),
    "𝔼[x]": E(x),
    "P[x > 0]": P(Gt(x, 0, evaluate=False)),
    "P(x = 0)": P(Eq(x, 0, evaluate=False)),
    "1[x >= y]": Ind(Le(y, x, evaluate=False)),
    "1[x ≠ 0]": Ind(Ne(x, 0, evaluate=False)),
    "ind(x < 0)": Ind(Lt(x, 0, evaluate=False)),
    "1[x > 0]^2": power(Ind(Gt(x, 0, evaluate=False)), Integer(2)),
    # Sums reach over the product that follows, and no further.
    "sum(j = 1..D) c[j] f[j] + x": add(Sum(mul(Param("c", j), f(j)), (j, 1, D)), x),
    "2 Σ(k = 1..D) f[k]": mul(2, Sum(f(j), (j, 1, D))),
    "sum(j = 1..D, k = 1..D) f[j] f[k]": Sum(mul(f(j), f(k)), (j, 1, D), (k, 1, D)),
    "sum(j, k = 1..D, j != k) f[j] f[k]": Sum(
        mul(f(j), f(k)), (j, 1, D), (k, 1, D), Ne(j, k, evaluate=False)
    ),
    "sum(j = 1..D, k = 1..j) W[j,k]": Sum(W(j, k), (j, 1, D), (k, 1, j)),
    "sum(j = 2..D - 1) f[j]": Sum(f(j), (j, 2, D - 1)),
    "∑(j = 1..D, j ≠ i) f[j]": Sum(f(j), (j, 1, D), Ne(j, i, evaluate=False)),
    "sum(j = 1..D) f[j] sum(j = 1..D) f[j]": Sum(
        mul(f(k), Sum(f(j), (j, 1, D))), (k, 1, D)
    ),
    "sum(j = 1..D) W[i,j] h[j]": Sum(mul(W(i, j), Def("h", j)), (j, 1, D)),
    # Integrals.
    "int(f[j] = 0..oo) f[j]^2 Pr(f[j])": Int(
        power(Symbol("t", real=True), Integer(2)), (Symbol("t", real=True), f(j), 0, oo)
    ),
    "∫(x = -∞..∞) Pr(x) y": Int(y, (Symbol("t", real=True), x, -oo, oo)),
    "int(x = 0..1) Pr(x)": Int(1, (Symbol("t", real=True), x, 0, 1)),
}  # fmt: skip


@pytest.mark.parametrize("text", MEANINGS)
def test_meaning(text: str) -> None:
    assert parse_expression(text, context()) == MEANINGS[text]


def test_two_integrals_have_variables_of_their_own() -> None:
    t, u = Symbol("t", real=True), Symbol("u", real=True)
    found = parse_expression("int(x = 0..1) int(y = 0..2) x y^2 Pr(y) Pr(x)", context())
    inner = Int(mul(t, power(u, Integer(2))), (u, y, 0, 2))
    assert found == Int(inner, (t, x, 0, 1))


def test_undeclared_indices_become_free_and_bound_names_are_remembered() -> None:
    ctx = context()
    parse_expression("E[W[p,q]] + sum(r = 1..D, s = 1..D) W[r,s]", ctx)
    assert list(ctx.indices) == ["p", "q"]
    assert ctx.bound_names == ["r", "s"]


def test_a_declared_name_wins_over_a_constant() -> None:
    ctx = Context()
    e = ctx.real("e")
    assert parse_expression("e^2", ctx) == power(e, Integer(2))


FILE = """\
# a comment
title  A title, #  and a comment
source Somewhere
note   one
note   two,
       on two lines

size    D, n >= 0
real    σ > 0, p >= 0, q != 0, r < 0, c[j], t
index   i, k with i != k
function g, tanh2 bounded, r2 lipschitz
random  f[j]   mean 0, variance σ^2, symmetric
random  W[i,j] mean 0, variance c[j]^2
random  x ~ normal(0, σ^2), finite 3
random  z, w
random  y > 0  mean t, finite 4, atomless
random  u ~ cauchy()
independent W[i,j] over i, j
independent W and f
independent (z, w) and x, y
independent W[i,j] and f[j]
pairwise independent f[j] over j
iid (f[j], f[j]) over j
identical f[j] over j
assume  known: E[w g(x)] = t
assume  E[z f[j]] = c[j]
finite  x^4, 1/x
let     h[j] = relu(f[j])
let     μ = E[x]

derive  E[h[j]]
  expect 0
solve   size of σ: Var[x] = 2 for σ^2
"""


def document():
    return parse(
        FILE.replace("size of σ: ", "scale: ").replace("(f[j], f[j])", "f[j]"), "n", "n.proof"
    )


def test_statements() -> None:
    d = document()
    c = d.context
    σ, t = Symbol("σ", positive=True), Symbol("t", real=True)
    assert (d.title, d.source, d.notes) == ("A title,", "Somewhere", ("one", "two, on two lines"))
    assert c.sizes["n"] == Symbol("n", integer=True, nonnegative=True)
    assert c.symbols["q"] == Symbol("q", nonzero=True, real=True)
    assert c.symbols["r"].is_negative
    assert c.params["c"] == (j,)
    assert c.apart == [(i, k)]
    assert c.functions == {"g": "", "tanh2": "bounded", "r2": "lipschitz"}
    assert (c.randoms["f"].mean, c.randoms["f"].variance) == (0, power(σ, Integer(2)))
    assert c.randoms["f"].symmetric
    assert c.randoms["W"].variance == power(Param("c", j), Integer(2))
    assert c.randoms["x"].law == ("normal", (0, power(σ, Integer(2))))
    assert c.randoms["x"].order == 3
    assert (c.randoms["y"].sign, c.randoms["y"].mean, c.randoms["y"].order) == (">", t, 4)
    assert c.randoms["y"].atomless
    assert c.randoms["u"].law == ("cauchy", ())
    blocks = [(fact.blocks, fact.over, fact.pairwise) for fact in c.independence]
    assert blocks == [
        (((W(i, j),),), (i, j), False),
        (((RV("W"),), (RV("f"),)), (), False),
        (((RV("z"), RV("w")), (x,), (y,)), (), False),
        (((W(i, j),), (f(j),)), (), False),
        (((f(j),),), (j,), True),
        (((f(j),),), (j,), False),
    ]
    assert [fact.over for fact in c.identities] == [(j,), (j,)]
    first, second = c.hypotheses
    assert (first.name, first.indices, first.rhs) == ("known", (), t)
    assert (second.indices, second.lhs) == ((j,), E(mul(RV("z"), f(j))))
    assert c.finite == [power(x, Integer(4)), mul(1, power(x, -1))]
    assert c.definitions["h"].body == relu(f(j))
    assert c.definitions["μ"].body == E(x)
    derive, solve = d.goals
    assert derive == Derive("", 31, E(Def("h", j)), Integer(0))
    assert solve == Solve("scale", 33, Var(x), Integer(2), power(σ, Integer(2)), None)


CLAIMS = """\
random x, y mean 0
independent x and y
claim first: E[x y] = 0
  E[x y]
  = E[x] E[y]       by rule 4,  independence of x, y (both)
  = 0 E[y]          # a comment
    + 0 by mean of x
claim E[x] = 0
  = 0  by mean of x, admit
claim E[x + y] = 0
  admit
claim E[x +
  y] = 0 by mean of x,
  mean of y
"""


def test_claims_and_their_chains() -> None:
    one, two, three, four = parse(CLAIMS).goals
    assert isinstance(one, Claim)
    assert (one.name, one.line, one.text) == ("first", 3, "E[x y] = 0")
    assert (one.lhs, one.rhs) == (E(mul(x, y)), 0)
    assert [(k.text, k.line, k.column) for k in one.chain] == [
        ("E[x y]", 4, 3), ("E[x] E[y]", 5, 5), ("0 E[y] + 0", 6, 5),
    ]  # fmt: skip
    assert one.chain[1].by == ("rule 4", "independence of x", "y (both)")
    assert one.chain[2].by == ("mean of x",)
    assert one.chain[1].expr == mul(E(x), E(y))
    assert isinstance(two, Claim)
    assert (two.chain[0].expr, two.chain[0].text) == (E(x), "E[x]")
    assert (two.chain[1].by, two.chain[1].admit) == (("mean of x",), True)
    assert isinstance(three, Claim)
    assert three.admit
    assert three.chain == ()
    assert isinstance(four, Claim)
    assert (four.lhs, four.text) == (E(add(x, y)), "E[x + y] = 0")
    assert four.chain[1].by == ("mean of x", "mean of y")


# Each text with a mark ⟦ before the place of the error, and a part of what is said.
ERRORS = [
    ("derive E[⟦sigma_f x]", "did you mean σ_f?"),
    ("derive E[⟦fi x]", "not declared"),
    ("derive E[x⟦) + 1", "closes the ["),
    ("derive ⟦(x + 1", "never closed"),
    ("derive E⟦[x\n  + 1", "never closed"),
    ("derive x⟦)", "closes nothing"),
    ("derive E[⟦|x|]", "abs(x)"),
    ("derive x*⟦*2", "x^2"),
    ("derive x ⟦= 2", "not an equation"),
    ("derive f ⟦[j]", "f[j]"),
    ("derive ⟦E x", "E[x]"),
    ("derive x +⟦", "missing after '+'"),
    ("derive⟦", "missing"),
    ("derive a / 2 ⟦x", "two ways"),
    ("derive 1 / D (⟦x + y)", "two ways"),
    ("derive x + 1/a (⟦x)", "two ways"),
    ("derive x / a^D (⟦x)", "two ways"),
    ("derive 1 / Var[x] ⟦E[x]", "two ways"),
    ("derive x +\n  ⟦q", "not declared"),
    ("derive ⟦W[i]", "W has 2 indices, not 1"),
    ("derive ⟦f", "f has 1 index"),
    ("derive ⟦x[1]", "x has no index"),
    ("derive f[⟦x]", "whole number"),
    ("derive E[⟦x > 0]", "P[x > 0]"),
    ("derive P[⟦x]", "condition"),
    ("derive ⟦Cov[x]", "2 arguments"),
    ("derive ⟦E[x, y]", "E[x | y]"),
    ("derive x^⟦y", "random"),
    ("derive x^⟦65", "larger than 64"),
    ("derive x^⟦(60 + 5)", "larger than 64"),
    ("derive (⟦(10^40)^64)^64", "digits"),
    ("derive " + "⟦" + "1" * 41, "40 digits"),
    ("derive sum(⟦j) f[j]", "range of j is missing"),
    ("derive sum(⟦x = 1..D) f[x]", "declared already"),
    ("derive sum(j = 1..⟦a) f[j]", "whole numbers"),
    ("derive sum(j, ⟦j = 1..D) f[j]", "twice"),
    ("derive sum(j = 1..D, ⟦j != j) f[j]", "never differs"),
    ("derive ⟦sum(i, j, k, l, p, n = 1..D) x", "indices at most"),
    ("derive sum(j = 1..D) ⟦-f[j]", "brackets"),
    ("derive ⟦foo(x)", "not declared"),
    ("derive ⟦rellu(x)", "did you mean relu?"),
    ("derive ⟦relu(x, y)", "1 argument"),
    ("derive ⟦oo", "infinity"),
    ("derive ⟦Pr(x)", "integral"),
    ("derive ⟦int(x = 0..oo) x^2", "Pr(x)"),
    ("derive ⟦1e-3 x", "exponent"),
    ("derive ⟦\\sigma", "not \\sigma"),
    ("derive x ⟦@", "no meaning"),
    ("derive x\n  ⟦= 3", "claim"),
    ("derive x\n  expect 0\n  ⟦expect 0", "twice"),
    ("⟦clam x = 0", "did you mean claim?"),
    ("⟦expect 0", "blank in front"),
    ("real ⟦mean", "word of the language"),
    ("real ⟦sum", "meaning of its own"),
    ("real ⟦x", "declared twice"),
    ("derive f[q]\nreal ⟦q", "index above"),
    ("random q > ⟦1", "> 0"),
    ("size q >= 3, w <= ⟦x", "constants"),
    ("index q with ⟦q != q", "never differs"),
    ("random q ~ ⟦gaussian(0, 1)", "did you mean normal?"),
    ("random q ~ ⟦normal(0)", "normal(mean, variance)"),
    ("random q ~ normal(0, ⟦-1)", "positive"),
    ("random q ~ bernoulli(⟦2)", "between 0 and 1"),
    ("random ⟦q > 0 ~ normal(0, 1)", "negative values"),
    ("random q mean ⟦x", "random"),
    ("random q[j] mean c[⟦k]", "not an index"),
    ("random q[⟦1] mean 0", "letters"),
    ("random q mean 0 ⟦variance 1", "comma"),
    ("random q mean 0, ⟦mean 1", "twice"),
    ("random q variance ⟦-1", "never negative"),
    ("random ⟦q mean 1, symmetric", "symmetric about 0"),
    ("independent ⟦x", "independent of what?"),
    ("independent x and ⟦x", "two blocks"),
    ("independent ⟦q and x", "not a random variable"),
    ("independent ⟦h and x", "independence of f"),
    ("independent W[i,j] over ⟦k", "not an index of W"),
    ("independent W over ⟦i", "W[i, j]"),
    ("independent ⟦W[i,j,k] and x", "2 indices"),
    ("⟦pairwise f[j] over j", "pairwise independent"),
    ("iid ⟦f[j]", "iid f[j] over j"),
    ("let q[j] = relu(f[⟦k])", "q[k] on the left"),
    ("let q[i] = sum(⟦i = 1..D) W[i,i]", "another letter"),
    ("let q = ⟦q", "not declared"),
    ("solve Var[x] = 2 for ⟦D", "constant"),
    ("solve Var[x] ⟦for a", "="),
    ("assume ⟦2 = 3", "expectation"),
    ("claim ⟦E[x]", "claims nothing"),
    ("claim E[x] = 0 ⟦= 1", "one equation a line"),
    ("claim E[x] = 0\n  E[x] ⟦= 0", "one equation a line"),
    ("claim E[x] = 0\n  = 0 ⟦by", "reason is missing"),
    ("claim E[x] = 0\n  ⟦<= 0", "starts with ="),
    ("claim E[x] = 0\n  = E[⟦q]  by rule 3", "not declared"),
    ("claim q: x = x\nclaim ⟦q: y = y", "name of line 8"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), ERRORS)
def test_errors_show_the_place_and_what_to_try(text: str, said: str) -> None:
    text = DECLARED + text
    before = text[: text.index("⟦")]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    with pytest.raises(SyntaxProblem) as caught:
        parse(text.replace("⟦", "") + "\n", path="a.proof")
    problem = caught.value
    assert (problem.line, problem.column) == (line, column)
    assert said in str(problem)
    assert str(problem).startswith(f"a.proof:{line}:{column}: ")


def test_an_error_is_shown_as_a_person_wants_it() -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse("real σ_f > 0\nrandom x̂\nderive x̂ + sigma_f^2  # text\n", path="he.proof")
    assert str(caught.value) == (
        "he.proof:3:13: sigma_f is not declared\n"
        "    derive x̂ + sigma_f^2  # text\n"
        "               ^^^^^^^\n"
        "  did you mean σ_f?"
    )


def test_suggest() -> None:
    assert suggest("Omega", ["Ω", "x"]) == "did you mean Ω?"
    assert suggest("zzz", ["Ω", "x"]) == ""


# ---------------------------------------------------------------- bounds


@pytest.mark.parametrize("text", [
    "(" * 100_000, "(" * 61 + "x" + ")" * 61, "E[" * 61 + "x" + "]" * 61, "x" + "^2" * 400,
    "x^x^" * 300 + "2", "-(" * 50 + "1 + (" * 50, "2 (1 + " * 59 + "x" + ")" * 59,
    "sum(j=1..D) " * 400 + "x", "x + " * 6000 + "x", "x " * 6000, "9" * 100_000,
    "a/" * 2000, "1[" * 70, "g(" * 70, "f[" * 70, "x²" * 3000, "x=" * 3000, "\0", "\ud800",
    "½", "٣ x", "1[x > 0" * 61, "((((x)^64)^64)^64)^65",
])  # fmt: skip
def test_what_is_too_large_or_strange_is_a_problem(text: str) -> None:
    with pytest.raises(SyntaxProblem):
        parse_expression(text, context())


def test_deep_but_allowed() -> None:
    assert parse_expression("(" * 60 + "x" + ")" * 60, context()) == x
    nested = x
    for _ in range(55):
        nested = g(nested)
    assert parse_expression("g(" * 55 + "x" + ")" * 55, context()) == nested
    assert len(parse_expression("x + " * 2000 + "x", context()).args) == 2001


def test_the_file_is_bounded() -> None:
    for text in (
        "#" * 1_000_001,
        "note a\n" * 5_001,
        "real " + ", ".join(f"a{n}" for n in range(2001)) + "\nreal b\n",
    ):
        with pytest.raises(SyntaxProblem, match="more than|longer than"):
            parse(text)


WORDS = (
    *parser.KEYWORDS, *sorted(parser.WORDS), "x", "y", "f[j]", "W[i,j]", "D", "a", "c[j]", "h[j]",
    "m", "q", "n:", "e", "oo", "E[", "Var[", "P[", "Cov[", "1[", "]", "(", ")", "[", "+", "-", "*",
    "/", "^", "²", "=", "!=", ">", "<=", ",", "|", "..", "~", "sum(", "int(", "∑(", "j", "k", "1",
    "0.5", "64", "normal(0,1)", "g(", "relu(", "Pr(x)", ":", "'", "𝔼", "_", "\\", "#", "\t", "\n",
    "\n  ", "\n  = ", "\n  expect ",
)  # fmt: skip


def shown(text: str) -> str:
    """How the problem with a text is shown; '' where there is none."""
    try:
        parse(text)
    except SyntaxProblem as problem:
        return str(problem)
    return ""


def in_the_text(problem: str, text: str) -> bool:
    """Does the problem name a place that exists?"""
    _, line, column, _ = problem.split(":", 3)
    return 1 <= int(column) <= 1 + len([*text.split("\n"), ""][int(line) - 1])


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_is_a_problem(text: str) -> None:
    for whole in (text, DECLARED + "derive " + text, DECLARED + "claim " + text):
        problem = shown(whole)
        assert not problem or in_the_text(problem, whole)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_any_words_are_read_or_are_a_problem(words: list[str]) -> None:
    for front in ("", "derive ", "claim x = ", "random q ", "let q[j] = ", "independent "):
        whole = DECLARED + front + " ".join(words)
        problem = shown(whole)
        assert not problem or in_the_text(problem, whole)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.randoms(use_true_random=False))
def test_broken_files_are_read_or_are_a_problem(chance: random.Random) -> None:
    text = list(FILE + CLAIMS)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        text[at : at + chance.randint(0, 3)] = chance.choice(["", "(", "]", " ", "\n", "x", "="])
    problem = shown("".join(text))
    assert not problem or in_the_text(problem, "".join(text))


# ---------------------------------------------------------------- tables


def test_the_tables_are_of_this_grammar() -> None:
    # After a change of the grammar: python -m symcheck.reading.parser
    (_, digest), *_ = json.loads(parser._file("grammar.json"))
    assert digest == parser._key(parser._file("grammar.lark"))[1]


def test_without_tables_the_grammar_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = parser._file
    monkeypatch.setattr(parser, "_file", lambda n: "[0, 0, 0]" if n == "grammar.json" else read(n))
    parser._lark.cache_clear()
    try:
        assert parse_expression("2 x^2", context()) == mul(2, power(x, Integer(2)))
    finally:
        parser._lark.cache_clear()


def test_shipped_derivations_are_read() -> None:
    for path in sorted((Path(__file__).parents[2] / "derivations").glob("*.proof")):
        assert parse(path.read_text(encoding="utf-8"), path.stem, str(path)).goals


def test_several_variables_each_with_what_is_said_of_it():
    context = parse(
        "random p, q mean 0, variance 1, r finite 2, s ~ normal(0, 1), t, u atomless"
    ).context
    known = context.randoms
    assert [known[n].mean for n in "pqrt"] == [0, 0, None, None]
    assert [known[n].variance for n in "pqr"] == [1, 1, None]
    assert known["r"].order == 2
    assert known["s"].law[0] == "normal"
    assert [known[n].atomless for n in "stu"] == [False, True, True]


def test_two_laws_are_refused():
    with pytest.raises(SyntaxProblem, match="does not belong here"):
        parse("random x ~ normal(0, 1) ~ normal(0, 2)")


def test_a_block_in_brackets_after_and():
    context = parse("random x, y, z\nindependent x and (y, z)").context
    (fact,) = context.independence
    assert [[t.name for t in b] for b in fact.blocks] == [["x"], ["y", "z"]]


def test_of_a_long_line_only_the_place_is_shown() -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse("random x\nclaim " + "x + " * 800 + "x y) = 0")
    shown = str(caught.value).split("\n")
    assert len(shown[1]) < 250
    assert shown[1][shown[2].index("^")] == ")"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("P[x > 0, y > 0]", "E[1[x > 0] 1[y > 0]]"),
        ("P[x > 0 and y > 0]", "E[1[x > 0] 1[y > 0]]"),
        ("P[0 < x <= 1]", "E[1[0 < x] 1[x <= 1]]"),
        ("P[x > 0 | y]", "E[1[x > 0] | y]"),
        ("1[0 < x < y]", "1[0 < x] 1[x < y]"),
        ("Cov[x, y | z]", "E[x y | z] - E[x | z] E[y | z]"),
    ],
)
def test_events_and_conditional_covariances(one, other):
    context = parse("random x, y, z\n").context
    assert flat(parse_expression(one, context)) == flat(parse_expression(other, context))


def test_weights_that_sum_to_one():
    context = parse("size n\nreal w[j]\nassume sum(j = 1..n) w[j] = 1\n").context
    (h,) = context.hypotheses
    assert h.rhs == 1
    assert not h.indices
