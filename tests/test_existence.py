"""Which expectations exist, and which need not.

Where one exists, the reason is an inequality: Hölder, Jensen, a bound by what is declared
(Williams, Probability with Martingales, 6.7-6.13, 9.7).  Where one need not, a world with heavy
tails, or with mass near a zero of a denominator, satisfies the declarations.
"""

from __future__ import annotations

import pytest

from symcheck.kernel import Refused, meaning
from symcheck.syntax import parse

EXIST = [
    (
        "random p > 0, finite 2\nrandom q > 0, finite 4\nfinite 1/q\nindependent p and q",
        "p log(p / q)",
    ),
    ("random x, y", "exp(-x^2 / 2) x^4 / (1 + y^2)"),
    ("random x finite 1, y", "y log(sigmoid(x)) / (1 + y^2)"),
    (
        "random x finite 1\nrandom b ~ bernoulli(1/3)",
        "b log(sigmoid(x)) + (1 - b) log(1 - sigmoid(x))",
    ),
    ("random x", "log(1 - tanh(x)^2) (1 - tanh(x)^2)"),
    ("random x finite 1", "1 / (3 - 2 sigmoid(x)) + x / (2 - erf(x))"),
    ("random x finite 2, y\nlet m = E[x | y]", "(x - m) (m - cos(y))"),
    ("random t finite 2, s\nlet r = E[t | s]", "(r - 1)^2 + (t - r) r"),
    ("random t finite 2, s, r\nassume E[t | s] = r", "t r + r^2"),
    ("random x > 0, y > 0", "sqrt(x y) / (x + y)"),
    ("random x > 0\nrandom y finite 1", "y relu(x) / max(x, 1)"),
    ("size n\nrandom p[j] > 0, finite 2", "sum(j = 1..n) p[j] log(p[j])"),
    ("random p > 0, finite 2\nrandom q > 0, finite 4\nfinite 1/q", "p log(p / q)"),
    ("random x finite 1, y", "x / (1 + y^2)"),
    ("random x > 0, y > 0", "x / (x + y)"),
    ("random x > 0, y > 0", "x y / (x + y)^2"),
    ("random x, y", "(x / (1 + abs(x)))^5 sin(y)"),
    ("random x, y\nreal a > 0", "x y / (a + x^2 + y^2)"),
    ("size n\nrandom x[j] > 0", "x[1] / sum(j = 1..n) x[j]"),
    ("size n\nrandom s[j]", "exp(s[1]) / sum(j = 1..n) exp(s[j])"),
    (
        "size n\nrandom s[j], v[j] finite 1\niid (s[j], v[j]) over j",
        "sum(j = 1..n) exp(s[j]) v[j] / sum(k = 1..n) exp(s[k])",
    ),
    ("random x, y finite 2\nreal a >= 1", "(x / sqrt(a + x^2)) y^2"),
    ("random x > 0, finite 1", "x^2 / (1 + x)"),
    ("random u ~ uniform(1, 2)\nrandom x finite 3", "x^3 / u^4"),
    ("random b ~ rademacher()\nrandom x finite 1", "x / b"),
    ("random x finite 1, p", "x / (1 + exp(-p))"),
    ("random x ~ exponential(2)", "log(x)^4"),
    ("random x ~ uniform(0, 1)", "x log(x)"),
    ("random x", "log(sigmoid(x)) sigmoid(x)"),
    ("random x finite 2", "log(sigmoid(x))^2"),
    ("random x finite 1", "log(1 + exp(x))"),
    ("random x finite 1", "log(1 + x^2)"),
    ("random x", "log(2 + tanh(x))"),
    ("random x finite 2, y finite 2", "log(exp(x) + exp(y)) x"),
    ("random z ~ normal(0, 1)\nreal t", "exp(t z + z / 2) z^3"),
    ("random n ~ poisson(3)", "exp(2 n) n^2"),
    ("random x", "exp(tanh(x) + cos(x))"),
    ("random z ~ normal(0, 1)", "exp(-z^2) z"),
    ("random x > 0", "exp(-x) x^3"),
    ("random z ~ normal(0, 1)", "exp(abs(z))"),
    ("random b ~ bernoulli(1/2), z ~ normal(1, 4)", "exp(b z)"),
    ("random x ~ exponential(3)", "exp(x) x"),
    ("random z ~ normal(0, 1)", "exp(z) / (1 + exp(z))"),
    ("random x finite 2, y finite 2, z", "E[x | z] E[y | z]"),
    ("random x finite 2, y", "E[x | y] x"),
    ("random x finite 4, y finite 4, z", "E[x^2 | z] E[y | z]^2"),
    ("random x finite 2, y\nfunction g bounded", "E[x | y]^2 g(y)"),
    ("random x finite 4, z", "Var[x | z]^2"),
    ("random x finite 2, z", "sqrt(Var[x | z])"),
    ("random x finite 4, y finite 4, z", "Var[x y | z]"),
    ("random x finite 1\nrandom y\nfinite x y", "E[x | y] y"),
    ("random x finite 1, z", "abs(E[x | z])"),
    ("random x finite 3, z", "E[abs(x)^(3/2) | z]^2"),
    ("random x finite 2, z", "E[x | z]^2 / (1 + E[x | z]^2)"),
    ("random x, z", "E[1[x > 0] | z]^7"),
    ("random x finite 1, y, z\nindependent (x, z) and y", "E[x | z] cos(y)"),
    ("size n\nrandom x[j]\nfinite x[j]^4", "(sum(j = 1..n) x[j])^4"),
    ("size n\nrandom x[j] finite 2, w[j] finite 2", "(sum(j = 1..n) w[j] x[j])"),
    (
        "size n\nrandom x[j] finite 2, w[j] finite 2\nindependent w and x",
        "(sum(j = 1..n) w[j] x[j])^2",
    ),
    ("size n\nrandom x[j], y[j]\nfinite x[j] y[j]", "sum(j = 1..n) x[j] y[j]"),
    (
        "size n\nrandom f[j] variance 1\nlet h[j] = relu(f[j])\nlet m = sum(j = 1..n) h[j] / n",
        "(h[1] - m)^2",
    ),
    ("size n\nrandom x[j]\nlet m = sum(j = 1..n) tanh(x[j]) / n", "(tanh(x[1]) - m)^3 exp(m)"),
    ("random x finite 1, y finite 1", "max(x, y, 0)"),
    ("random x", "min(1, max(x, 0))"),
    ("random x > 0, y > 0", "min(x, y) / max(x, y)"),
    ("random x > 0, finite 1", "min(x, 1)^2 x"),
    ("random x > 0, finite 1", "sqrt(x)"),
    ("random x > 0, finite 1, y > 0, finite 1", "sqrt(x y)"),
    ("random x variance 1", "abs(x)^(3/2)"),
    ("random x > 0, finite 3, y finite 2", "x^(3/2) y"),
    ("random x, y variance 2", "1[x > 0] y^2"),
    ("random x", "1[x > 0]^3 1[x < 2]"),
    ("random x finite 1, y finite 1", "abs(x - y)"),
    ("random x finite 2, y finite 2\nfunction g lipschitz", "g(x) g(y)"),
    ("random x, y\nreal m\nfinite (x - m)^2", "x"),
    ("random x finite 1, y finite 1\nreal m, k\nfinite (x - m) (y - k)", "x y"),
    ("random x mean 0, y mean 1\nreal r\nassume E[(x - E[x]) (y - E[y])] = r", "x y"),
    ("random x, y\nreal r\nassume Cov[x, y] = r", "x y + x"),
    ("random z ~ normal(0, 1)", "1 / sqrt(abs(z))"),
    ("random z ~ normal(0, 1), t ~ student(3)\nindependent z and t", "z^8 t^2"),
    ("random c ~ cauchy()", "sqrt(abs(c))"),
    ("random c ~ cauchy()", "c / (1 + c^2)"),
    ("random c ~ cauchy()", "log(1 + c^2)"),
    ("random x, y finite 1\nreal m\nfinite (x - m)^2 y", "x^2 y"),
    ("random x finite 1, y finite 1\nfinite (x - 1) y", "x y"),
    ("random p > 0, finite 2", "p log(p)"),
    ("random q > 0, finite 2", "q log(q)"),
    ("random x", "sigmoid(x) log(sigmoid(x)) + (1 - sigmoid(x)) log(1 - sigmoid(x))"),
    ("random x finite 2, y", "max(x, y, -1)^2 1[y < 0] / (1 + y^2)"),
    ("random x > 0, y > 0", "log(1 + x / y) / (1 + x / y)"),
]

NEED_NOT = [
    ("random t finite 1, s, r\nassume E[t | s] = r", "t r"),
    ("random x", "1 / (2 - 2 sigmoid(x))"),
    ("random x", "1 / (1 - tanh(x)^2)"),
    ("random x", "log(1 - tanh(x)^2)"),
    ("random x", "1 / (sigmoid(x) + tanh(x))"),
    ("random x > 0, y > 0, finite 8", "log(x y)"),
    ("random p > 0, q > 0, finite 2", "p log(p / q)"),
    ("random x[j] > 0\nsize n >= 0", "x[1] / (sum(j = 2..n) x[j] + 1)"),
    ("random x, b ~ bernoulli(1/2)", "x / b"),
    ("random x > 0\nrandom y finite 1", "x / max(y, 1)"),
    ("random x", "exp(-x) x^3"),
    ("random x, y", "exp(-x^2) y"),
    ("random x, y\nreal a", "exp(-a x^2) x"),
    ("random x, y\nreal a", "exp(-a^2 x^2) x"),
    ("random p > 0, finite 1", "p log(p)"),
    ("random p > 0, finite 2\nrandom q > 0", "p log(q)"),
    ("random x, y finite 2\nfinite (x - 1)^2 (y - 1)^4", "x^2 y^4"),
    ("random x", "log(sigmoid(x))^2 sigmoid(-x)"),
    ("random x, y", "x / (1 + y^2)"),
    ("random x, y > 0", "x / (x^2 + y)"),
    ("random x > 0", "x^2 / (1 + x)"),
    ("random x > 0", "1 / x"),
    ("random x > 0, finite 4", "log(x)"),
    ("random x", "log(sigmoid(x))"),
    ("random x", "log(1 + exp(x))"),
    ("random z ~ normal(0, 1)", "1 / z"),
    ("random z ~ normal(0, 1)", "exp(z^2)"),
    ("random z ~ normal(0, 1), w ~ normal(0, 1)", "exp(z w)"),
    ("random x ~ exponential(2)", "exp(2 x)"),
    ("random x finite 4", "exp(x)"),
    ("random n ~ poisson(3)", "exp(n^2)"),
    ("random x finite 1, z", "E[x | z]^2"),
    ("random x finite 1, y finite 1, z", "E[x | z] y"),
    ("random x finite 2, y finite 2, z", "Var[x y | z]"),
    ("random x finite 2, z", "Var[x | z]^2"),
    ("random x finite 2, y\nfunction g", "E[x | y] g(y)"),
    ("random x, y\nfinite (x - 1) y", "x y"),
    ("random x finite 1, y\nreal m\nfinite (x - m) y", "x y"),
    ("random x, y\nreal m\nfinite (x - m)^2 y", "x^2 y"),
    ("random x, y\nfinite x y", "x^2 y"),
    ("random x, y\nfinite x y", "y"),
    ("random x[j]\nsize n\nfinite x[1]", "sum(j = 1..n) x[j]"),
    ("random x[j]\nsize n\nfinite x[i] x[k]", "sum(j = 1..n) x[j]^2"),
    ("random x finite 1, y finite 1", "max(x, y)^2"),
    ("random x finite 1", "abs(x)^(3/2)"),
    ("random x", "1[x > 0] x"),
    ("random x > 0, y > 0", "max(x, y) / min(x, y)"),
    ("random x > 0\nrandom y finite 4", "sqrt(x) y"),
    ("random x[j] > 0\nsize n", "sum(j = 1..n) x[j] / x[1]"),
    ("random t ~ student(3)", "abs(t)^3"),
    ("random c ~ cauchy()\nrandom x finite 4", "c x"),
    ("random x finite 1, y finite 1, z\nindependent x and y", "E[x | z] E[y | z]"),
    ("random x, y\nreal r\nassume E[x | y] = r", "x y"),
    ("random x finite 2, y", "E[x | y]^2 y"),
    ("random x finite 1, y finite 1\nfunction g lipschitz", "g(x) y"),
]


def judge(declared, e):
    document = parse(f"{declared}\nderive E[{e}]")
    return meaning(document.context, document.goals[-1].lhs)


@pytest.mark.parametrize(("declared", "e"), EXIST)
def test_it_exists(declared, e):
    judge(declared, e)


@pytest.mark.parametrize(("declared", "e"), NEED_NOT)
def test_it_need_not_exist(declared, e):
    with pytest.raises(Refused):
        judge(declared, e)


def test_what_an_existence_rests_on_is_told():
    used = judge("random x\nrandom y finite 1\nfinite (x - 1) y", "x y")
    assert {a.text for a in used} == {"E|(x - 1) y| is finite", "y has 1 finite moments"}
