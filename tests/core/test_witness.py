"""The judge of refutations: each world but the first of its kind is bad in one way."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction

import pytest
from language import L1, E, S, T, c, declared, eq, f, fact, i, ind1, j, ne, nonneg, pos, q, v, x_

from symcheck.core.worlds.witness import Refutation, Unshown, refute

x, y, z = x_("x"), x_("y"), x_("z")
a, n = c("a"), c("n")
e, r, W = x_("e"), x_("r"), x_("W")
HALF, FAIR = [1, 2], [[[1, 2], [[-1, 1]]], [[1, 2], [[1, 1]]]]


def part(names, *rows):
    """A joint law: names like 'x' or ('r', 1), rows of a probability and whole numbers."""
    drawn = [[k, []] if isinstance(k, str) else [k[0], list(k[1:])] for k in names]
    told = [[pair(p), [pair(value) for value in values]] for p, *values in rows]
    return {"drawn": drawn, "outcomes": told}


def pair(value):
    value = Fraction(value)
    return [value.numerator, value.denominator]


def world(*parts, numbers=(), families=(), laws=(), functions=(), shared=()):
    return {
        "numbers": [[k, [], pair(value)] if isinstance(k, str) else [k[0], list(k[1:]), pair(value)]
                    for k, value in numbers],
        "families": [[k, [list(p) for p in places]] for k, places in families],
        "laws": [[k, [pair(p) for p in ps]] for k, ps in laws],
        "functions": list(functions), "parts": list(parts),
        "shared": [[k[0], list(k[1:])] for k in shared],
    }  # fmt: skip


def coin(name, low=-1, high=1):
    return part([name], ("1/2", low), ("1/2", high))


def answer(d, claim, data):
    return refute(d, tuple(claim[1:]), json.loads(json.dumps(data)))


def reason(d, claim, data):
    found = answer(d, claim, data)
    assert isinstance(found, Unshown), found
    assert "fault" not in found.reason
    return found.reason


def sides(d, claim, data):
    found = answer(d, claim, data)
    assert isinstance(found, Refutation), found.reason
    return found.left, found.right


TWO = (("random", "x", 0), ("random", "y", 0))
BLOCKS = ("independent", (), (), (), ((x,), (y,)), 0)


def test_the_sides_differ():
    d = declared(*TWO, fact(eq(E(x), q(0))))
    data = world(part(["x", "y"], ("1/2", 1, 1), ("1/2", -1, -1)))
    assert sides(d, eq(E(x * y), E(x) * E(y)), data) == (1, 0)
    assert reason(d, eq(E(x), E(y)), data) == "the sides are equal in this world"


def test_a_distribution():
    d, claim = declared(*TWO), eq(E(x), q(7))
    for rows in [
        [("1/2", 1)], [("1/2", 1), ("2/3", 2)], [("3/2", 1), ("-1/2", 2)], [],
    ]:  # fmt: skip
        assert "probab" in reason(d, claim, world(part(["x"], *rows), coin("y")))


def test_every_variable_and_constant_is_told():
    d = declared(*TWO, ("constant", "a", 0, "real"), ("random", "r", 1))
    good = world(
        coin("x"), coin("y"), coin(("r", 1)), numbers=[("a", 1)], families=[("r", [(1, 1, 1)])]
    )
    assert sides(d, eq(E(x), a), good) == (0, 1)
    less = copy.deepcopy(good)
    less["parts"].pop()
    assert "nothing is said of a member of r" in reason(d, eq(E(x), a), less)
    assert "nothing is said" in reason(d, eq(E(x), a), good | {"numbers": []})
    assert "window" in reason(d, eq(E(x), a), good | {"families": []})
    twice = copy.deepcopy(good)
    twice["parts"].append(coin("x"))
    assert "twice" in reason(d, eq(E(x), a), twice)


@pytest.mark.parametrize(
    ("told", "bad"),
    [
        (eq(E(x), q(0)), coin("x", 0, 1)),
        (eq(E((x - E(x)) ** 2), q(1)), coin("x", -2, 2)),
        (pos(x), coin("x", 0, 1)),
        (nonneg(x), coin("x", -1, 1)),
        (ne(x), coin("x", 0, 1)),
        (("same", (x,), (-x,)), part(["x"], ("1/3", -1), ("2/3", 1))),
        (("law", x, "rademacher", ()), part(["x"], ("1/3", -1), ("2/3", 1))),
        (("law", x, "bernoulli", (q(1, 2),)), part(["x"], ("1/3", 0), ("2/3", 1))),
        (("law", x, "normal", (q(0), q(1))), coin("x")),
    ],
)
def test_each_fact_of_a_variable(told, bad):
    d = declared(("random", "x", 0), fact(told))
    assert "declaration 1: it does not hold" in reason(d, eq(E(x), q(77)), world(bad))


def test_each_fact_holds_in_some_world():
    facts = [eq(E(x), q(0)), eq(E(x**2), q(1)), ne(x), ("same", (x,), (-x,)), L1(x),
             ("law", x, "rademacher", ())]  # fmt: skip
    d = declared(("random", "x", 0), *map(fact, facts))
    assert sides(d, eq(E(x), q(1)), world(coin("x"))) == (0, 1)


def test_relations_and_kinds_of_constants():
    d = declared(("constant", "a", 0, "real"), ("constant", "n", 0, "whole"), fact(pos(n - a)))
    assert sides(d, eq(a, n), world(numbers=[("a", 1), ("n", 2)])) == (1, 2)
    assert "does not hold" in reason(d, eq(a, n), world(numbers=[("a", 2), ("n", 1)]))
    assert "whole" in reason(d, eq(a, n), world(numbers=[("a", 1), ("n", "3/2")]))


def test_an_index_that_the_claim_does_not_mention_need_not_exist():
    k, m = c("k"), c("m")
    d = declared(("constant", "n", 0, "whole"), ("constant", "k", 0, "index"),
                 ("constant", "m", 0, "index"), fact(nonneg(k - 1)), fact(nonneg(n - k)),
                 fact(nonneg(m - 1)), fact(nonneg(n - m)), fact(ne(k - m)))  # fmt: skip
    data = world(numbers=[("n", 1), ("k", 1), ("m", 1)])
    assert sides(d, eq(n, q(2)), data) == (1, 2)
    assert "does not hold" in reason(d, eq(k * n, m + 1), data)


# ---------------------------------------------------------------- independence


def test_blocks():
    d = declared(*TWO, BLOCKS)
    assert sides(d, eq(E(x), q(1)), world(coin("x"), coin("y"))) == (0, 1)
    tied = part(["x", "y"], ("1/2", 1, 1), ("1/2", -1, -1))
    assert "not independent" in reason(d, eq(E(x), q(1)), world(tied))
    uncorrelated = part(["x", "y"], ("1/4", 1, 0), ("1/4", -1, 0), ("1/4", 0, 1), ("1/4", 0, -1))
    assert "not independent" in reason(d, eq(E(x), q(1)), world(uncorrelated))


THREE = part(["x", "y", "z"], ("1/4", 1, 1, 1), ("1/4", 1, -1, -1), ("1/4", -1, 1, -1),
             ("1/4", -1, -1, 1))  # fmt: skip


@pytest.mark.parametrize("pairwise", [0, 1])
def test_in_pairs_and_mutually(pairwise):
    d = declared(
        *TWO, ("random", "z", 0), ("independent", (), (), (), ((x,), (y,), (z,)), pairwise)
    )
    claim = eq(E(x * y * z), q(0))
    if pairwise:
        assert sides(d, claim, world(THREE)) == (1, 0)
    else:
        assert "not independent" in reason(d, claim, world(THREE))


FAMILY = (("random", "r", 1), ("independent", (), (), (j,), ((r.at(j),),), 0))
WINDOW = [("r", [(1, 2, 1)])]


def test_a_family():
    d = declared(*FAMILY)
    claim = eq(E(r.at(1) * r.at(2)), q(1))
    assert sides(d, claim, world(coin(("r", 1)), coin(("r", 2)), families=WINDOW)) == (0, 1)
    tied = part([("r", 1), ("r", 2)], ("1/2", 1, 1), ("1/2", -1, -1))
    other = eq(E(r.at(1)), q(1))
    assert "not independent" in reason(d, other, world(tied, families=WINDOW))


def test_copies_of_what_is_shared_are_not_independent():
    d = declared(*FAMILY)
    data = world(coin(("r", 1)), families=[("r", [(1, 1, 1)])])
    assert sides(d, eq(E(r.at(1) * r.at(5)), q(1)), data) == (0, 1)
    data["shared"] = [["r", [1]]]  # then all members are one
    assert "shared" in reason(d, eq(E(r.at(1)), q(1)), data)


def test_rows_of_a_matrix():
    d = declared(("random", "W", 2), ("independent", (i,), (), (j,), ((W.at(i, j),),), 0))
    box = [("W", [(1, 2, 1), (1, 2, 1)])]
    columns = [part([("W", 1, k), ("W", 2, k)], ("1/2", 1, 1), ("1/2", -1, -1)) for k in (1, 2)]
    rows = [part([("W", k, 1), ("W", k, 2)], ("1/2", 1, 1), ("1/2", -1, -1)) for k in (1, 2)]
    claim = eq(E(W.at(1, 1)), q(1))
    assert sides(d, claim, world(*columns, families=box)) == (0, 1)
    assert "not independent" in reason(d, claim, world(*rows, families=box))


def test_independence_where_a_condition_holds():
    """From 5 on: no member of the window is one of these, and copies are."""
    pairs = ("independent", (i,), (nonneg(i - 5),), (), ((r.at(i),), (e.at(i),)), 0)
    d = declared(("random", "r", 1), ("random", "e", 1), pairs)
    box = [("r", [(1, 1, 1)]), ("e", [(1, 1, 1)])]
    tied = part([("r", 1), ("e", 1)], ("1/2", 1, 1), ("1/2", -1, -1))
    claim = eq(E(r.at(1)), q(1))
    assert "not independent at i = 5" in reason(d, claim, world(tied, families=box))


# ---------------------------------------------------------------- all indices


def test_a_fact_holds_at_the_indices_that_are_not_drawn():
    """E[e[t+1]^2] = E[x[t]^2] for all t, and Var[e[t]] = 1: so E[x[t]^2] = 1."""
    d = declared(
        ("random", "r", 1), ("random", "e", 1),
        fact(eq(E(e.at(i) ** 2), q(1)), [i]),
        fact(eq(E(e.at(i + 1) ** 2), E(r.at(i) ** 2)), [i]),
    )  # fmt: skip
    box = [("r", [(1, 1, 1)]), ("e", [(1, 2, 2)])]
    bad = world(coin(("r", 1), -2, 2), coin(("e", 1)), coin(("e", 2), -2, 2), families=box)
    assert "declaration 2: it does not hold at i = 2" in reason(d, eq(E(r.at(1) ** 2), q(1)), bad)


def test_a_covariance_with_infinitely_many():
    """If E[r[i] y] = a for all i, and the r[i] are independent, then a = 0."""
    d = declared(
        ("constant", "a", 0, "real"), *FAMILY, ("random", "y", 0), fact(eq(E(r.at(i) * y), a), [i])
    )
    tied = part([("r", 1), "y"], ("1/2", 1, 1), ("1/2", -1, -1))
    data = world(tied, numbers=[("a", 1)], families=[("r", [(1, 1, 1)])])
    assert "does not hold at i = 2" in reason(d, eq(a, q(0)), data)
    data["shared"] = [["y", []]]
    assert "shared" in reason(d, eq(a, q(0)), data)


def test_exchangeable_members_need_what_they_share():
    """E[r[i] r[k]] = a for all i and k that differ: all members are one, if what they are is shared."""
    d = declared(("constant", "a", 0, "real"), ("random", "r", 1),
                 fact(eq(E(r.at(i) * r.at(j)), a), [i, j], [ne(i - j)]))  # fmt: skip
    data = world(coin(("r", 1)), numbers=[("a", 1)], families=[("r", [(1, 1, 1)])])
    assert "does not hold" in reason(d, eq(a, q(0)), data)
    assert sides(d, eq(a, q(0)), data | {"shared": [["r", [1]]]}) == (1, 0)
    negative = part([("r", 1), ("r", 2)], ("1/2", 1, -1), ("1/2", -1, 1))
    data = world(negative, numbers=[("a", -1)], families=WINDOW)
    for shared in ([], [["r", [1]], ["r", [2]]], [["r", [1]]]):
        assert "does not hold" in reason(d, eq(a, q(0)), data | {"shared": shared})


def test_a_recurrence_for_all_times_is_not_accepted_from_a_few():
    d = declared(("random", "r", 1), fact(eq(E(r.at(i + 1)), E(r.at(i)) + 1), [i]))
    rows = [part([("r", k)], (1, k)) for k in (1, 2, 3)]
    box = [("r", [(1, 3, 1)])]
    assert "does not hold" in reason(d, eq(E(r.at(2)), q(0)), world(*rows, families=box))
    ranged = [nonneg(i - 1), nonneg(2 - i)]
    d = declared(("random", "r", 1), fact(eq(E(r.at(i + 1)), E(r.at(i)) + 1), [i], ranged))
    assert sides(d, eq(E(r.at(2)), q(0)), world(*rows, families=box)) == (2, 0)


def test_a_statement_that_depends_on_the_number_of_the_index():
    d = declared(("random", "r", 1), fact(eq(E(r.at(i)), i), [i]))
    rows = [part([("r", k)], (1, k)) for k in (1, 2)]
    assert "depends on their values" in reason(
        d, eq(E(r.at(1)), q(0)), world(*rows, families=WINDOW)
    )
    d = declared(("random", "r", 1), fact(eq(E(S(1, i, j, r.at(j))), q(0)), [i]))
    assert "no number" in reason(d, eq(E(r.at(1)), q(7)), world(*rows, families=WINDOW))


def test_an_indexed_constant_outside_is_the_one_that_stands_for_it():
    d = declared(("constant", "a", 1, "real"), fact(pos(c("a", i)), [i]))
    data = world(numbers=[(("a", 1), 1), (("a", 2), 3)], families=[("a", [(1, 2, 1)])])
    assert sides(d, eq(c("a", 2), c("a", 9)), data) == (3, 1)
    data = world(numbers=[(("a", 1), 1), (("a", 2), -3)], families=[("a", [(1, 2, 1)])])
    assert "does not hold at i = 2" in reason(d, eq(c("a", 2), c("a", 9)), data)


# ---------------------------------------------------------------- conditional expectations


def test_given():
    d = declared(*TWO, fact(eq(E(x, y), y)))
    rows = part(["x", "y"], ("1/4", 0, 1), ("1/4", 2, 1), ("1/2", 5, 5))
    assert sides(d, eq(E(x**2, y), y**2), world(rows)) == (2, 1)
    rows = part(["x", "y"], ("1/4", 0, 1), ("1/4", 3, 1), ("1/2", 5, 5))
    assert "does not hold" in reason(d, eq(E(x**2, y), y**2), world(rows))


# ---------------------------------------------------------------- named laws


def normal(name, k=0, *more):
    """One variable that is the k-th of the laws, and what is a number times it."""
    names = [name, *(m for m, _ in more)]
    values = [[[[1, 1], [[k, 1]]]], *([[pair(t), [[k, 1]]]] for _, t in more)]
    return {"drawn": [[m, []] for m in names], "outcomes": [[[1, 1], values]]}


def test_moments_of_a_named_law():
    d = declared(("random", "x", 0), fact(("law", x, "normal", (q(1), q(4)))))
    data = world(normal("x"), laws=[("normal", (1, 4))])
    assert sides(d, eq(E(x**4), q(0)), data) == (1 + 6 * 4 + 3 * 16, 0)
    assert "does not hold" in reason(
        d, eq(E(x), q(0)), world(normal("x"), laws=[("normal", (1, 5))])
    )
    assert "no parameters" in reason(
        d, eq(E(x), q(0)), world(normal("x"), laws=[("normal", (1, -4))])
    )
    assert "no law" in reason(d, eq(E(x), q(0)), world(normal("x"), laws=[("gamma", (1, 4))]))


def test_what_is_not_finite_is_no_side():
    d = declared(("random", "x", 0), fact(("law", x, "cauchy", ())))
    data = world(normal("x"), laws=[("cauchy", ())])
    assert "not finite" in reason(d, eq(E(x), q(1)), data)
    d = declared(("random", "x", 0), fact(("law", x, "student", (q(2),))), fact(L1(x**2)))
    assert "not finite" in reason(d, eq(E(x), q(1)), world(normal("x"), laws=[("student", (2,))]))


def test_mirror_images():
    d = declared(*TWO, *(fact(("law", k, "normal", (q(0), q(1)))) for k in (x, y)))
    data = world(normal("x", 0, ("y", -1)), laws=[("normal", (0, 1))])
    assert sides(d, eq(E(x * y), q(0)), data) == (-1, 0)
    doubled = world(normal("x", 0, ("y", 2)), laws=[("normal", (0, 1))])
    assert "does not hold" in reason(d, eq(E(x * y), q(0)), doubled)
    d = declared(*TWO, *(fact(("law", k, "normal", (q(0), q(1)))) for k in (x, y)), BLOCKS)
    assert "not independent" in reason(d, eq(E(x * y), q(1)), data)


def test_no_atoms():
    d = declared(("random", "x", 0), fact(eq(E(ind1("=", x - c("t"))), q(0)), [c("t")]))
    assert "does not hold" not in reason(d, eq(E(x), q(1)), world(coin("x")))
    assert sides(d, eq(E(x), q(1)), world(normal("x"), laws=[("normal", (0, 1))])) == (0, 1)
    assert "real numbers" in reason(d, eq(E(x), q(1)), world(normal("x"), laws=[("poisson", (1,))]))


# ---------------------------------------------------------------- functions


def test_bounded_and_lipschitz_functions():
    t, s, most = c("t"), c("s"), c("m")
    bound = fact(nonneg(most - f("abs", T(("f", "g", t)))), [t])
    d = declared(("constant", "m", 0, "real"), ("function", "g", 1), bound)
    claim = eq(T(("f", "g", q(1))), q(0))
    table = [["g", [[[[0, 1]], [0, 1]], [[[1, 1]], [3, 1]]]]]
    assert sides(d, claim, world(numbers=[("m", 3)], functions=table)) == (3, 0)
    assert "real numbers" in reason(d, claim, world(numbers=[("m", 2)], functions=table))
    steep = fact(
        nonneg(most * f("abs", t - s) - f("abs", T(("f", "g", t)) - T(("f", "g", s)))), [t, s]
    )
    d = declared(("constant", "m", 0, "real"), ("function", "g", 1), steep)
    assert sides(d, claim, world(numbers=[("m", 3)], functions=table)) == (3, 0)
    assert "real numbers" in reason(d, claim, world(numbers=[("m", 2)], functions=table))
    other = fact(nonneg(most - T(("f", "g", t))), [t])
    d = declared(("constant", "m", 0, "real"), ("function", "g", 1), other)
    assert "another form" in reason(d, claim, world(numbers=[("m", 3)], functions=table))


def test_a_function_of_others():
    d = declared(
        ("random", "r", 1), ("random", "x", 0), ("depends", (), x, q(1), q(2), ("x", "r", ("b", 0)))
    )
    both = [("1/4", s, t, s * t) for s in (1, -1) for t in (1, -1)]
    claim = eq(E(x), q(1))
    names = [("r", 1), ("r", 2), "x"]
    assert sides(d, claim, world(part(names, *both), families=WINDOW)) == (0, 1)
    free = [("1/8", s, t, k) for s in (1, -1) for t in (1, -1) for k in (1, -1)]
    assert "no" in reason(d, claim, world(part(names, *free), families=WINDOW))


def test_definitions_are_unfolded():
    d = declared(("random", "r", 1), ("let", "h", (i,), r.at(i) * r.at(i + 1)))
    data = world(coin(("r", 1), 0, 2), families=[("r", [(1, 1, 1)])])
    assert sides(d, eq(E(T(("d", "h", q(1)))), q(0)), data) == (1, 0)


# ---------------------------------------------------------------- meaning and digits


def test_a_side_without_a_meaning_is_not_refuted():
    d = declared(("random", "x", 0), ("constant", "a", 0, "real"))
    data = world(coin("x", 0, 1), numbers=[("a", 0)])
    assert "zero" in reason(d, eq(a / 1 if False else a ** q(-1), q(5)), data)
    assert "zero" in reason(d, eq(E(x ** q(-1)), q(5)), data)
    assert "logarithm" in reason(d, eq(E(f("log", x)), q(5)), data)
    assert "root" in reason(d, eq(E((x - 2) ** q(1, 2)), q(5)), data)


def test_what_has_no_exact_number_is_not_decided_here():
    d = declared(("random", "x", 0))
    data = world(coin("x", 0, 2))
    assert "no exact values" in reason(d, eq(E(f("exp", x)), f("exp", E(x))), data)
    assert sides(d, eq(q(2) ** q(1, 2) * q(2) ** q(1, 2), q(3)), data) == (2, 3)
    assert sides(d, eq(E((q(2) ** q(1, 2) * x) ** 2), q(3)), data) == (4, 3)
    assert "equal" in reason(d, eq(E(f("exp", x)), (f("exp", q(2)) + 1) * q(1, 2)), data)


def test_whatever_is_handed_in_it_answers():
    d = declared(*TWO, BLOCKS)
    good = world(coin("x"), coin("y"))
    claim = tuple(eq(E(x), q(1))[1:])
    rng = random.Random(5)
    odd = [None, -1, [], {}, "x", 1e300, [1, 0], 10**400, [[]], True, [[1, 1], [1, 1]]]
    for _ in range(400):
        bad = json.loads(json.dumps(good))
        spots, stack = [], [bad]
        while stack:
            node = stack.pop()
            for key in node if isinstance(node, dict) else range(len(node)):
                spots.append((node, key))
                if isinstance(node[key], (list, dict)):
                    stack.append(node[key])
        node, key = rng.choice(spots)
        node[key] = rng.choice(odd)
        found = refute(d, claim, bad)
        assert isinstance(found, (Refutation, Unshown))
        if isinstance(found, Refutation):  # then it still is a world of the declarations
            total = sum(Fraction(*p) for p, _ in bad["parts"][0]["outcomes"])
            assert total == 1
        else:
            assert "fault" not in found.reason
    for junk in odd:
        assert isinstance(refute(d, claim, junk), Unshown)


def test_work_is_bounded():
    d = declared(("random", "r", 1), ("constant", "n", 0, "whole"))
    parts = [coin(("r", k)) for k in range(1, 31)]
    data = world(*parts, numbers=[("n", 30)], families=[("r", [(1, 30, 1)])])
    claim = eq(E(S(1, n, j, r.at(j)) ** 2), q(0))
    assert "too many outcomes" in reason(d, claim, data)
    huge = eq(S(1, q(10**8), j, j), q(0))
    assert "too long" in reason(d, huge, data)
    tower = q(3)
    for _ in range(9):
        tower = tower ** q(64)
    assert "too long" in reason(d, eq(tower, q(0)), data)


def test_members_in_words():
    d = declared(("random", "r", 1), fact(eq(E(r.at(v("i"))), q(0)), [v("i")]))
    rows = [coin(("r", 1)), coin(("r", 2), 0, 1)]
    assert reason(d, eq(E(r.at(1)), q(1)), world(*rows, families=WINDOW)).endswith("at i = 2")


def test_roots_of_numbers_are_one_root():
    d = declared(("constant", "a", 0, "real"))
    root = q(1, 3) ** q(1, 2) * q(3) ** q(1, 2)
    data = world(numbers=[("a", 2)])
    assert sides(d, eq(root, a), data) == (1, 2)
    assert sides(d, eq(q(12) ** q(1, 2) * q(3) ** q(-1, 2), q(1)), data) == (2, 1)
    assert sides(d, eq(q(8) ** q(3, 2) * q(2) ** q(1, 2), q(1)), data) == (32, 1)
    same = eq(q(50) ** q(1, 2), 5 * q(2) ** q(1, 2))
    assert reason(d, same, data) == "the sides are equal in this world"


def test_a_uniform_law_in_cells():
    """A fair coin says which half, and a number of its own where in it."""
    d = declared(*TWO, fact(("law", x, "uniform", (q(-1), q(1)))))
    data = world(laws=[("uniform", ("-1/2", "1/2"))])

    def halves(low, high, p):
        value = [[[[low, 2], []], [[1, 1], [[0, 1]]]], [[[high, 2], []], [[1, 1], [[0, 1]]]]]
        rows = [[[p, 4], [value[0], [-1, 1]]], [[4 - p, 4], [value[1], [1, 1]]]]
        return data | {"parts": [{"drawn": [["x", []], ["y", []]], "outcomes": rows}]}

    assert sides(d, eq(E(x * y), q(0)), halves(-1, 1, 2)) == (Fraction(1, 2), 0)
    for bad in (halves(-1, 1, 1), halves(-1, 2, 2), halves(-1, 0, 2)):
        assert "does not hold" in reason(d, eq(E(x * y), q(0)), bad)
