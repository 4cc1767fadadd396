"""Facts at every real number, and the bound of the logarithm."""

import pytest

from symcheck.core.declared import Declared, declare
from symcheck.core.judge import RULES
from symcheck.core.terms import ONE, Refused, Term, neg, num
from symcheck.core.theorem import Theorem

T: Term = ("c", "t")
G: Term = ("f", "g", T)
X: Term = ("x", "x")


def declared(*facts: list[object]) -> Declared:
    terms = [
        ["c", "t"], ["f", "g", 0], ["f", "abs", 1], ["c", "M"], ["q", -1, 1], ["*", 4, 2],
        ["+", 3, 5], ["x", "x"], ["*", 0, 7], ["E", 8], ["v", "i"], ["*", 6, 10],
    ]  # fmt: skip
    entries = [["constant", "M", 0, "real"], ["random", "x", 0], ["function", "g", 1], *facts]
    return declare({"terms": terms, "entries": entries})


BOUND = ["fact", [0], [], [">=", 6]]


def test_a_bound_for_all_real_numbers_holds_of_random_values() -> None:
    d = declared(BOUND)
    says, hyps, uses = RULES["fact"](d, (), 3, (X,))
    assert says == (">=", ("+", ("c", "M"), ("*", ("q", -1), ("f", "abs", ("f", "g", X)))))
    assert not hyps
    assert uses == (3,)


@pytest.mark.parametrize(
    ("fact", "values"),
    [
        (["fact", [0], [[">", 0]], [">=", 6]], (X,)),  # a condition
        (["fact", [10], [], [">=", 11]], (X,)),  # a letter for whole numbers
        (["fact", [0], [], [">=", 9]], (X,)),  # E[t x] >= 0 is of constants t only
        (["fact", [0], [], ["=", 1, 3]], (X,)),  # no sign
        (BOUND, ()),  # no value
    ],
)
def test_other_facts_do_not(fact: list[object], values: tuple[Term, ...]) -> None:
    with pytest.raises(Refused):
        RULES["fact"](declared(fact), (), 3, values)


def test_declarations_of_another_kind_are_no_facts() -> None:
    with pytest.raises(Refused):
        RULES["fact"](declared(BOUND), (), 1, (X,))


def test_a_logarithm_is_below_its_argument_less_one() -> None:
    th = Theorem(frozenset(), (">", X))
    assert RULES["log_below"](declared(), (th,))[0] == (
        ">=", ("+", X, neg(ONE), neg(("f", "log", X))),
    )  # fmt: skip


@pytest.mark.parametrize("says", [(">=", X), ("!=", X)])
def test_only_where_that_is_positive(says: tuple[str, Term]) -> None:
    with pytest.raises(Refused):
        RULES["log_below"](declared(), (Theorem(frozenset(), says),))


@pytest.mark.parametrize("head", ["!=", ">"])
def test_what_is_not_zero_has_an_inverse(head: str) -> None:
    th = Theorem(frozenset(), (head, X))
    assert RULES["inverse"](declared(), (th,))[0] == ("=", ("*", X, ("^", X, num(-1))), ONE)


def test_what_may_be_zero_need_not_have_one() -> None:
    with pytest.raises(Refused):
        RULES["inverse"](declared(), (Theorem(frozenset(), (">=", X)),))
    with pytest.raises(Refused):
        RULES["inverse"](declared(), ())
