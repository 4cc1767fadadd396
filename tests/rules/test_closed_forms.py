"""Every closed form that enters a proof agrees with quadrature.

The quadrature knows densities and nothing of moments (symcheck.numbers.densities); the rules
know moments and nothing of densities.  Neither is told what to expect.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from symcheck.judging.checking import check_document
from symcheck.judging.result import PROVED
from symcheck.judging.session import derive_document
from symcheck.language.expr import E, Int, P, Var, flat, subterms
from symcheck.numbers.program import NotSampled, free_indices
from symcheck.numbers.quadrature import integrate, provable
from symcheck.reading.library import names, shipped
from symcheck.reading.syntax import parse, parse_expression

GOOD = sorted((Path(__file__).parents[1] / "proofs" / "good").glob("*.proof"))
LAWS = [
    "normal(0, 1)", "normal(0, 9/4)", "normal(-7/10, 2)", "uniform(-1, 1)", "uniform(-2, 5)",
    "uniform(1/3, 3)", "laplace(0, 1)", "laplace(1/2, 2/3)", "exponential(1)", "exponential(5/2)",
    "bernoulli(1/4)", "bernoulli(9/10)", "rademacher()", "poisson(1/2)", "poisson(3)",
    "student(5)", "student(12)",
]  # fmt: skip
FUNCTIONS = [
    *(f"E[x^{k}]" for k in range(1, 9)), "Var[x]", "Var[x^2]", "E[(x - 2)^3]", "E[abs(x)]",
    "E[abs(x)^3]", "E[relu(x)]", "E[relu(x)^2]", "E[relu(x)^3]", "E[relu(x)^4]", "Var[relu(x)]",
    "E[relu(-x)^2]", "E[leaky_relu(x, 1/5)]", "E[leaky_relu(x, 1/5)^2]", "P(x > 0)",
    "E[x 1[x > 0]]", "E[x^2 1[x < 0]]", "E[sign(x) x]", "E[max(x, 0)^2]",
]  # fmt: skip
CLOSE = dict(rel=1e-11, abs=1e-11)


def known(e):
    """No expectation is left in it."""
    return not any(isinstance(t, (E, Var, P, Int)) for t in subterms(e))


def derived(law, expression):
    """The context, and the answer where it is a number."""
    document = parse(f"random x ~ {law.replace('()', '')}\nderive {expression}\n")
    (result,) = derive_document(document, numeric=False).results
    good = result.status == PROVED and known(result.answer)
    return document.context, result.answer if good else None


@pytest.mark.parametrize("law", LAWS)
def test_what_is_derived_of_a_law_is_what_its_density_gives(law):
    found = certain = 0
    for expression in FUNCTIONS:
        context, answer = derived(law, expression)
        if answer is None:
            continue
        asked = flat(parse_expression(expression, context))
        try:
            true, value = (integrate(context, e).value for e in (asked, answer))
        except NotSampled:  # a value that is 0 has no relative error
            continue
        found += 1
        assert value == pytest.approx(true, **CLOSE), expression
        try:
            ball, point = (integrate(context, e, certified=True) for e in (asked, answer))
        except NotSampled:
            continue
        certain += 1
        assert ball.lower <= point.upper, expression
        assert point.lower <= ball.upper, expression
    assert found >= 11
    assert certain >= 7 or not provable()


def numbers(context, *sides):
    """Values for all names: positive, away from 0 and 1, the same for a name everywhere."""
    chosen = dict.fromkeys(context.sizes.values(), 3)
    for n, s in enumerate(context.symbols.values()):
        value = (0.7, 1.3, 0.45, 1.9)[n % 4]
        chosen[s] = -value if s.is_negative else value
    for i in free_indices(context, sides):
        chosen[i] = 1
    return chosen


def compared(document, results):
    """How many lines could be integrated, and those whose sides differ."""
    count, wrong = 0, []
    for result in results:
        for one, two in zip(result.rows, result.rows[1:], strict=False):
            if result.status != PROVED or one.expr.is_Relational or not two.reasons:
                continue
            sides = flat(one.expr), flat(two.expr)
            try:
                left, right = (
                    integrate(document.context, e, numbers(document.context, *sides)) for e in sides
                )
            except NotSampled:
                continue
            count += 1
            if abs(left.value - right.value) > 1e-11 * max(1, abs(left.value)):
                wrong.append((result.goal.name, str(one.expr), str(two.expr), left, right))
    return count, wrong


def test_the_lines_of_the_library_that_can_be_integrated():
    total = 0
    for name in names():
        document = parse(shipped(name).text)
        count, wrong = compared(document, derive_document(document, numeric=False).results)
        assert not wrong, name
        total += count
    for path in GOOD:
        text = path.read_text(encoding="utf-8")
        if "~" not in text:
            continue  # no named law, nothing to integrate
        document = parse(text)
        count, wrong = compared(document, check_document(document).results)
        assert not wrong, path.name
        total += count
    assert total >= 80
