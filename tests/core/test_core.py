"""The core as a whole: what it imports, how large it is, and that it answers whatever it is given."""

from __future__ import annotations

import ast
import json
import math
import random
import subprocess
import sys
from pathlib import Path

import pytest

from symcheck.core.declared import declare
from symcheck.core.judge import RULES, Refusal, judge

CORE = Path(__file__).parents[2] / "symcheck" / "core"
FILES = sorted(CORE.rglob("*.py"))
OF_PROOFS = [path for path in FILES if path.parent.name != "worlds"]  # the others judge worlds
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
MOST_LINES, AT_PRESENT = 1500, 1800
MOST_LINES_OF_A_FUNCTION = 40


def test_a_definition_may_be_called_v():
    """The tag of a letter is no letter where it is the name of a definition."""
    table = [["q", 1, 1]]
    made = declare({"terms": table, "entries": [["let", "v", [], 0]]})
    assert "v" in made.lets


# ---------------------------------------------------------------- what must be believed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_core_imports_the_standard_library_and_itself(path):
    for node in ast.walk(TREES[path]):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module]
        for name in names:
            own = name == "symcheck.core" or name.startswith("symcheck.core.")
            assert own or name.partition(".")[0] in sys.stdlib_module_names, name


def test_judging_loads_nothing_else():
    code = (
        "import sys, symcheck.core.judge; print(sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(CORE.parents[1])!r}); {code}"],
                         capture_output=True, text=True, check=True)  # fmt: skip
    loaded = set(ast.literal_eval(ran.stdout))
    assert not loaded & {"sympy", "numpy", "lark", "rich", "mpmath", "scipy"}
    inside = "import symcheck.core.judge as j; import sys; print([m for m in sys.modules if m.startswith('symcheck.') and not m.startswith('symcheck.core')])"
    ran = subprocess.run([sys.executable, "-c", inside], capture_output=True, text=True, check=True, cwd=CORE.parents[1])  # fmt: skip
    assert ast.literal_eval(ran.stdout) == []


def lines_of(path):
    """Lines of code, comments and docstrings: all but the empty ones."""
    return sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


@pytest.mark.xfail(strict=False, reason="it is longer than what is aimed at")
def test_the_core_is_short():
    assert sum(map(lines_of, OF_PROOFS)) <= MOST_LINES


def test_the_core_grows_no_longer():
    assert sum(map(lines_of, OF_PROOFS)) <= AT_PRESENT


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_function_is_long(path):
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < MOST_LINES_OF_A_FUNCTION, node.name


MADE = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
CHANGES = [
    "append",
    "add",
    "update",
    "setdefault",
    "pop",
    "popitem",
    "clear",
    "extend",
    "remove",
    "insert",
]


def named(node):
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_kept_between_judgments(path):
    tree, tables = TREES[path], set()
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            call = named(getattr(node.value, "func", None)) in (
                "dict",
                "list",
                "set",
                "defaultdict",
            )
            tables |= set(map(named, targets)) if call or isinstance(node.value, MADE) else set()
    assert all(name.isupper() for name in tables), "a table that is no constant"
    for node in ast.walk(tree):
        assert not isinstance(node, (ast.Global, ast.Nonlocal))
        assert named(node) not in ("globals", "setattr", "eval", "exec")
        if isinstance(node, ast.Attribute) and named(node.value) in tables:
            assert node.attr not in CHANGES
        if isinstance(node, ast.Subscript) and named(node.value) in tables:
            assert isinstance(node.ctx, ast.Load)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_remembered_is_forgotten_when_a_function_returns(path):
    # a cache may be made within a function, and nowhere else
    kept = ("cache", "lru_cache", "cached_property")
    functions = [f for f in ast.walk(TREES[path]) if isinstance(f, ast.FunctionDef)]
    inside = {id(n) for f in functions for part in f.body for n in ast.walk(part)}
    for node in ast.walk(TREES[path]):
        if named(node) in kept or getattr(node, "attr", "") in kept:
            assert id(node) in inside, node.lineno


def test_no_verdict_depends_on_an_assertion():
    # python -O leaves assertions out
    assert not [n for tree in TREES.values() for n in ast.walk(tree) if isinstance(n, ast.Assert)]


def test_the_rules_cannot_be_changed():
    with pytest.raises(TypeError):
        RULES["anything"] = RULES["ring"]


# ---------------------------------------------------------------- total

TABLE = [
    ["q", 1, 1], ["q", 0, 1], ["c", "b"], ["v", "i"], ["x", "x"], ["+", 4, 2], ["*", 4, 4],
    ["E", 6], ["S", 0, 3, 5], ["1", ">", 4], ["b", 0], ["S", 0, 3, 10], ["^", 2, 0], ["f", "exp", 4],
    ["x", "r", 3], ["d", "h", 3], ["D", 6, 4], ["x", "r", 10],
]  # fmt: skip
ENTRIES = [
    ["constant", "b", 0, "real"], ["random", "x", 0], ["random", "r", 1], ["let", "h", [3], 14],
    ["fact", [], [], [">", 2]], ["fact", [3], [[">=", 3]], ["L1", 14]],
    ["independent", [3], [], [], [[4], [14]], 0], ["depends", [], 4, 0, 0, 17],
]  # fmt: skip
GOOD = {
    "terms": TABLE,
    "steps": [
        ["ring", [5, 5], []],
        ["exists_fixed", [2], []],
        ["ring", [2, 2], []],
        ["line", [2, 2], [2]],
        ["fact", [4, []], []],
        ["farkas", [">=", 2, [[1, 1]]], [4]],
    ],
    "claims": [["b is b", 3]],
}
DECLARED = {"terms": TABLE, "entries": ENTRIES}


def deep(n):
    value = []
    for _ in range(n):
        value = [value]
    return value


def hostile(rng):
    """A JSON value of no particular use."""
    kind = rng.randrange(14)
    return [
        lambda: rng.choice([True, False, None]),
        lambda: rng.choice([-1, 0, 1, 2, 10**9, -(10**9), 10**400, -(10**5000), 2**64]),
        lambda: rng.choice([math.nan, math.inf, -math.inf, 0.0, 1.0, -0.5, 1e300]),
        lambda: rng.choice(["", "x", "b", "ring", "S", "E", "v", "~", "§1", "@0", "\x00", "\ud800", "é" * 200, "q"]),
        lambda: [hostile(rng) for _ in range(rng.randint(0, 4))],
        lambda: {rng.choice(["terms", "steps", "claims", "entries", "x", ""]): hostile(rng)},
        lambda: deep(rng.choice([3, 50, 2000])),
        lambda: [rng.choice(["q", "c", "v", "b", "x", "d", "+", "*", "^", "f", "1", "E", "S", "D"]), *(rng.randint(-2, 20) for _ in range(rng.randint(0, 4)))],
        lambda: [rng.choice([*RULES]), [hostile(rng) for _ in range(rng.randint(0, 4))], [rng.randint(-1, 9) for _ in range(rng.randint(0, 3))]],
        lambda: [rng.choice([*RULES]), [rng.randint(0, 16) for _ in range(len(RULES["ring"].shape))], []],
        lambda: [rng.choice(["=", ">", ">=", "!=", "L1", "ind", "same", "law", "line"]), *(rng.randint(0, 16) for _ in range(rng.randint(0, 3)))],
        lambda: [[rng.randint(0, 16)] * rng.randint(0, 3)] * rng.randint(0, 3),
        lambda: rng.randint(0, 16),
        lambda: "x" * rng.choice([1, 101, 10_000]),
    ][kind]()  # fmt: skip


def places(value, at=()):
    """Every place in a JSON value."""
    yield at
    if isinstance(value, (list, dict)):
        for k in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[k], (*at, k))


def broken(value, rng):
    """A JSON value with something hostile in one place, or with a place taken out or twice."""
    value = json.loads(json.dumps(value))
    at = rng.choice(list(places(value)))
    if not at:
        return hostile(rng)
    owner = value
    for k in at[:-1]:
        owner = owner[k]
    how = rng.randrange(5)
    if how == 0:
        del owner[at[-1]]
    elif how == 1 and isinstance(owner, list):
        owner.insert(at[-1], owner[at[-1]])
    else:
        owner[at[-1]] = hostile(rng)
    return value


def answer(declarations, certificate):
    """What the judge says; it never raises, and says nothing but claims or a refusal."""
    said = judge(declarations, certificate)
    assert isinstance(said, (Refusal, tuple))
    if isinstance(said, Refusal):
        assert "fault" not in said.reason  # nor is there an error that it did not foresee
    return said


def test_the_good_one_is_judged():
    (claim,) = answer(DECLARED, GOOD)
    assert claim.name == "b is b"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_judged_there_is_an_answer(seed):
    rng, refused = random.Random(seed), 0
    for _ in range(300):
        refused += isinstance(answer(DECLARED, broken(GOOD, rng)), Refusal)
        refused += isinstance(answer(broken(DECLARED, rng), GOOD), Refusal)
        refused += isinstance(answer(DECLARED, hostile(rng)), Refusal)
        refused += isinstance(answer(hostile(rng), GOOD), Refusal)
    assert refused > 900


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_given_anything_answers(rule):
    rng = random.Random(rule)
    for _ in range(30):
        data = [hostile(rng) if rng.random() < 0.3 else typed(k, rng) for k in RULES[rule].shape]
        of = [rng.choice([0, 1, 2, 3, 4, 5, 6, -1, True]) for _ in range(rng.randint(0, 4))]
        steps = [*GOOD["steps"], [rule, data, of]]
        said = answer(DECLARED, {**GOOD, "steps": steps})
        if isinstance(said, Refusal):
            assert said.step == len(steps) - 1


def typed(kind, rng):
    """A value of the kind that a rule asks for."""
    if kind in "NQTFP":
        inner = {"P": "T"}.get(kind, kind.lower())
        return [typed(inner, rng) for _ in range(rng.randint(0, 3))]
    if kind == "q":
        return [rng.randint(-3, 3), rng.randint(-1, 3)]
    if kind == "s":
        return rng.choice([">", ">=", "!=", "=", "log", "sin-odd", "why"])
    if kind == "f":
        return [rng.choice([">", ">=", "!=", "L1"]), rng.randrange(17)]
    return rng.randrange(17)


@pytest.mark.parametrize(
    ("declarations", "certificate", "why"),
    [
        (DECLARED, {**GOOD, "steps": [["ring", [5, 5], [0]]]}, "not there yet"),
        (
            DECLARED,
            {**GOOD, "steps": [["ring", [5, 5], [1]], ["ring", [5, 5], []]]},
            "not there yet",
        ),
        (DECLARED, {**GOOD, "steps": [["trans", [], [True]]]}, "number"),
        (DECLARED, {**GOOD, "steps": [["trans", [], [-1]]]}, "number"),
        (DECLARED, {**GOOD, "steps": [["rung", [5, 5], []]]}, "no rule"),
        (DECLARED, {**GOOD, "steps": [["__init__", [], []]]}, "no rule"),
        (DECLARED, {**GOOD, "steps": [["ring", [5], []]]}, "pieces of data"),
        (DECLARED, {**GOOD, "steps": [["ring", [5, 10], []]]}, "nothing binds"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["+", 99]]}, "no such term"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["+", 18]]}, "no such term"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["c", "nobody"]]}, "not declared"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["x", "x", 3]]}, "not declared"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["q", 1, 0]]}, "no number"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["q", True, 1]]}, "no number"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["q", 0.5, 1]]}, "no number"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["v", "~1"]]}, "no name"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["S", 2, 3, 0]]}, "whole"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["x", "r", 2]]}, "whole"),
        (DECLARED, {**GOOD, "terms": [*TABLE, ["x", "r", 4]]}, "whole"),
        (DECLARED, {**GOOD, "claims": [["b", 0]]}, "line"),
        (DECLARED, {**GOOD, "claims": [["b", 9]]}, "no such step"),
        (DECLARED, {}, "no list of terms"),
        ({}, GOOD, "no declarations"),
    ],
)
def test_what_is_wrong_is_said(declarations, certificate, why):
    said = answer(declarations, certificate)
    assert isinstance(said, Refusal)
    assert why in said.reason


def test_a_term_that_doubles_is_refused_at_once():
    doubling = [["c", "b"], *(["+", n, n] for n in range(60))]
    assert "too large" in answer(DECLARED, {**GOOD, "terms": doubling}).reason
    nested = [["c", "b"], *(["+", n] for n in range(5000))]
    assert "too large" in answer(DECLARED, {**GOOD, "terms": nested}).reason
    lets = [["let", f"l{n}", [], n] for n in range(1, 60)]
    table = [["c", "b"], ["+", 0, 0]]
    for n in range(1, 60):
        table += [["d", f"l{n}"], ["+", 2 * n, 2 * n]]
    lets = [["let", f"l{n}", [], 2 * n - 1] for n in range(1, 60)]
    said = answer({"terms": table, "entries": [ENTRIES[0], *lets]}, GOOD)
    assert "too large" in said.reason


def test_a_power_is_not_written_out_without_end():
    more = [["q", 10**6, 1], ["^", 2, 18], ["q", 99, 1], ["x", "r", 0], ["x", "r", 1]]
    table = [*TABLE, *more, ["+", 0, 2, 4, 7, 13, 14, 21, 22], ["^", 23, 20]]
    for t in (19, 24):
        said = answer(DECLARED, {**GOOD, "terms": table, "steps": [["ring", [t, 0], []]]})
        assert isinstance(said, Refusal)


def test_letters_that_nothing_stands_for_are_refused():
    for entry in (["let", "k", [], 3], ["fact", [], [], [">", 3]], ["depends", [], 4, 0, 3, 14]):
        said = answer({"terms": TABLE, "entries": [*ENTRIES[:3], entry]}, GOOD)
        assert "letter" in said.reason
