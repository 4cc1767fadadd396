"""Independence in the core's words: what follows from declarations, and what does not."""

from __future__ import annotations

import pytest

from symcheck.certify.asking import env_of
from symcheck.certify.builder import Th
from symcheck.certify.env import Env
from symcheck.core.terms import ONE, Refused, Term, minus, num
from symcheck.reading.syntax import parse

LAYER = """size n
random f[j] mean 0, variance 1
random W[i,j] mean 0
independent W[i,j] over i, j
independent W and f
let h[j] = relu(f[j])
"""
THREE = "random x, y, z, w mean 0\n"
I, J, K = (("v", name) for name in "ijk")


def env_for(text: str) -> Env:
    return env_of(parse(text, "t").context)


def x(name: str, *at: Term) -> Term:
    return ("x", name, *at)


def w(i: Term, j: Term) -> Term:
    return x("W", i, j)


def h(j: Term) -> Term:
    return ("d", "h", j)


def total(body: Term) -> Term:
    return ("S", ONE, ("c", "n"), body)


def apart(a: Term, b: Term) -> tuple[str, Term]:
    return ("!=", minus(a, b))


def asked(
    env: Env, a: list[Term], b: list[Term], given: tuple = (), hyps: set = frozenset()
) -> Th | None:
    """The answer; one that is given says just what was asked, and is proved."""
    th = env.independent(a, b, given, frozenset(hyps))
    if th is not None:
        assert th.says == ("ind", tuple(a), tuple(b), tuple(given))
        assert th.hyps <= hyps
        assert not th.theorem.trusts
    return th


def test_members_of_one_family_are_independent_where_an_index_differs() -> None:
    env = env_for(LAYER)
    assert asked(env, [w(I, J)], [w(I, K)], hyps={apart(J, K)})
    assert asked(env, [w(I, J)], [w(I, K)], hyps={apart(K, J)})
    assert asked(env, [w(I, J)], [w(I, K)]) is None


def test_families_that_are_declared_independent() -> None:
    env = env_for(LAYER)
    both = ("*", w(I, J), w(I, K))
    assert asked(env, [both], [("*", h(J), h(K))])
    assert asked(env, [h(J)], [h(K)], hyps={apart(J, K)}) is None


def test_two_declarations_together() -> None:
    env = env_for(LAYER)
    mine = [("*", w(I, J), h(J))]
    assert asked(env, mine, [w(I, K)], hyps={apart(J, K)})
    assert asked(env, mine, [w(I, K)]) is None
    assert asked(env, mine, [("*", w(I, K), h(K))], hyps={apart(J, K)}) is None


def test_sums_stand_for_all_their_members() -> None:
    env = env_for(LAYER)
    row = total(w(I, ("b", 0)))
    assert asked(env, [row], [total(h(("b", 0)))])
    assert asked(env, [row], [total(w(K, ("b", 0)))], hyps={apart(I, K)})
    assert asked(env, [row], [w(I, J)]) is None


def test_what_is_independent_of_each_member_need_not_be_of_their_sum() -> None:
    env = env_for("size n\nrandom x[j] mean 0\nrandom y mean 0\nindependent x[j] and y")
    assert asked(env, [x("x", J)], [x("y")])
    assert asked(env, [x("x", J)], [("*", x("y"), x("x", J))]) is None
    assert asked(env, [total(x("x", ("b", 0)))], [x("y")]) is None
    assert asked(env, [x("x", ONE), x("x", num(2))], [x("y")]) is None


def test_pairwise_independence_is_for_one_against_one() -> None:
    env = env_for(THREE + "pairwise independent x, y, z")
    assert asked(env, [x("x")], [x("y")])
    assert asked(env, [x("x")], [x("y"), x("z")]) is None


def test_contraction() -> None:
    env = env_for(THREE + "independent x and y\nindependent (x, y) and z")
    assert asked(env, [x("x")], [x("y"), x("z")])
    assert asked(env, [x("z")], [("*", x("y"), x("x"))])
    assert asked(env, [("*", x("x"), x("z"))], [x("y")])
    assert asked(env, [x("x")], [x("y"), x("w")]) is None


def test_within_the_blocks_of_another_declaration() -> None:
    env = env_for(THREE + "independent x and y\nindependent z and w\nindependent (x, y) and (z, w)")
    assert asked(env, [("*", x("x"), x("z"))], [("+", x("y"), x("w"))])
    weak = env_for(THREE + "independent x and y\nindependent z and w\nindependent y and z")
    assert asked(weak, [("*", x("x"), x("z"))], [("+", x("y"), x("w"))]) is None


def test_given_what_one_side_is_independent_of() -> None:
    env = env_for(THREE + "independent (x, y) and z")
    assert asked(env, [x("x")], [x("z")], (x("y"),))
    assert asked(env, [x("z")], [x("x")], (x("y"),))
    assert asked(env, [x("x")], [x("y")], (x("z"),)) is None
    weak = env_for(THREE + "independent x and z\nindependent y and z")
    assert asked(weak, [x("x")], [x("z")], (x("y"),)) is None


def test_what_is_known_is_independent_of_everything() -> None:
    env = env_for(THREE)
    assert asked(env, [("f", "relu", x("y"))], [x("x")], (x("y"),))
    assert asked(env, [x("x")], [num(2)])
    assert asked(env, [x("x")], [x("x")]) is None


@pytest.mark.parametrize(("low", "fine"), [("2", True), ("1", False)])
def test_conditions_of_a_declaration_are_asked_for(low: str, fine: bool) -> None:
    env = env_for("size n\nindex t = 2..n\nrandom x[t], y mean 0\nindependent x[t] and y")
    at = num(int(low))
    met = {(">=", minus(at, num(2))), (">=", minus(("c", "n"), at))}
    hyps = met if fine else {(">=", minus(("c", "n"), at))}
    assert (asked(env, [x("x", at)], [x("y")], hyps=hyps) is not None) == fine


def test_the_letters_of_opened_sums_are_nobody_elses() -> None:
    """With § for a value, or free beside a sum, one member would stand for all of them."""
    env = env_for(
        "size n\nrandom x[j], y, z[j] mean 0\nindependent x[j] and y\nindependent z[j] over j"
    )
    mine, other = ("v", "§1"), ("v", "¶1")
    members, every = (env.bridge.numbers["independent", n] for n in (0, 1))
    with pytest.raises(Refused):
        env.b.step("independent", members, (mine,), (total(x("x", ("b", 0))),), (x("y"),))
    guarded = ("*", ("1", *apart(mine, other)), x("z", mine))
    differ = env.assume(apart(mine, other))
    with pytest.raises(Refused):
        env.b.step("independent", every, (), (guarded,), (x("z", mine),), of=[differ])
