"""Inequalities between constants: what follows from what is declared, and what does not."""

from __future__ import annotations

import pytest

from symcheck.facts.context import Scope
from symcheck.judging.checking import check_document
from symcheck.language.expr import index
from symcheck.numbers.relations import adapted, least_sizes
from symcheck.reading.syntax import SyntaxProblem, parse, parse_expression
from symcheck.witness.exact import refute

DECLARED = """
size n >= 2, m <= n, k >= 3, t
real 0 < β < 1, a, b > a, -1 < ρ < 1, 0 <= p[j] <= 1, q[j] > 0
assume a + b > 0
assume n != t
random x ~ bernoulli(w)
"""


def context(text=DECLARED):
    return parse("real w, u\n" + text).context


@pytest.mark.parametrize(
    ("text", "strict", "weak"),
    [
        ("n - 1", True, True), ("n - 2", False, True), ("n - 3", False, False),
        ("n - m", False, True), ("m - n", False, False), ("k n - 6", False, False),  # true, and not linear
               ("1 - β", True, True), ("1 - β^2", True, True), ("1 - β^t", True, True),
        ("1 - β^(t - 1)", False, True), ("β - 1", False, False), ("β - β^2", True, True),
        ("b - a", True, True), ("b", True, True), ("a", False, False), ("2 b + a", True, True),
        ("1 - ρ^2", True, True), ("1 - ρ", True, True), ("ρ", False, False), ("ρ^2", False, True),
        ("p[i] (1 - p[i])", False, True), ("p[1]", False, True), ("2 - p[i]", True, True),
        ("p[i] - p[j]", False, False), ("q[i] + p[j]", True, True),
        ("w (1 - w)", False, True), ("u (1 - u)", False, False), ("1 + w", True, True),
        ("n (n - 1) / 2", True, True), ("n^2 - n", True, True), ("n^2 - 5", False, False),
        ("(1 - β)^2", True, True), ("(1 - u)^2", False, True),
    ],
)  # fmt: skip
def test_what_is_positive(text, strict, weak):
    """Each by hand; False stands beside values for which it is not so."""
    c = context()
    e = parse_expression(text, c)
    assert (c.positive(e) is not None) == strict
    assert (c.positive(e, strict=False) is not None) == weak


def test_what_follows_names_what_it_follows_from():
    c = context()
    found = c.positive(parse_expression("n - 1", c))
    assert {a.text for a in found} == {"n >= 2"}
    assert {a.text for a in c.nonzero(parse_expression("n - t", c))} == {"n != t"}
    assert c.nonzero(parse_expression("t - m", c)) is None


def test_a_bound_index_is_within_its_range():
    c = parse("size n >= 2").context
    n, j = c.sizes["n"], index("j")
    inside = Scope(ranges=((j, n - 1, n),))
    assert c.positive(j, inside) is not None
    assert c.positive(j - 1, inside) is None
    assert c.positive(n - j, inside, strict=False) is not None
    assert c.distinct(j, n + 1, inside) is not None
    assert c.distinct(j, n, inside) is None


@pytest.mark.parametrize(
    "text",
    [
        "size n >= 3, m <= 2\nassume ⟦m > n", "real 0 < β < 1\nassume ⟦β >= 1",
        "real a, b > a\nassume ⟦a > b", "size n\nassume ⟦n < 1", "real a\nassume ⟦a != a",
        "random x\nassume ⟦x > 2", "random x\nassume ⟦E[x] > 2", "random x > ⟦2",
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_where_it_stands(text):
    line, column = text[: text.index("⟦")].count("\n") + 1, 0
    column = len(text[: text.index("⟦")].split("\n")[-1]) + 1
    with pytest.raises(SyntaxProblem) as caught:
        parse(text.replace("⟦", ""))
    assert (caught.value.line, caught.value.column) == (line, column)


def test_bessels_correction_needs_two_observations():
    """The sample variance of one observation is 0/0."""
    rest = (
        "real μ, σ > 0\nrandom x[j] mean μ, variance σ^2\nindependent x[j] over j\n"
        "let m = sum(j = 1..n) x[j] / n\n"
        "claim E[1/(n - 1) sum(j = 1..n) (x[j] - m)^2] = σ^2\n"
    )
    assert check_document(parse("size n >= 2\n" + rest)).ok
    assert not check_document(parse("size n\n" + rest)).ok


@pytest.mark.parametrize(
    "text", ["β = 1/2", "1/(k - 1) = 1/k", "p[1] = 1/2", "n = 2", "m = n", "b = 1", "ρ = 0"]
)
def test_witnesses_satisfy_the_relations(text):
    c = context()
    left, right = (parse_expression(side, c) for side in text.split(" = "))
    w = refute(c, left, right)
    assert w is not None
    values = dict(w.sizes) | dict(w.parameters)
    assert c.admits(values)
    assert all(0 <= v <= 1 for n, v in w.parameters.items() if n.startswith("p["))


def test_sizes_are_adapted_to_the_relations():
    c = parse("size n >= 5, m <= n, k > m").context
    assert least_sizes(c) == {"n": 5, "m": 1, "k": 2}
    assert c.admits(adapted(c, {"n": 2, "m": 7, "k": 1}))
    assert adapted(parse("size n").context, {"n": 3}) == {"n": 3}
