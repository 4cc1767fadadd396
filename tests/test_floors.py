"""The house: a floor is a folder, imports go downwards and in no circle, functions fit a screen."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "symcheck"

# From the ground up.  A folder imports from itself and from lower floors; folders that share a
# floor know nothing of each other.
FLOORS = (
    ("core", "system"),
    ("language", "simulate"),
    ("facts",),
    ("rules", "numbers"),
    ("reading", "search", "witness"),
    ("certify",),
    ("judging",),
    ("report",),
    ("gains",),
    ("commands",),
    ("__init__", "__main__"),
)
FLOOR = {folder: n for n, folders in enumerate(FLOORS) for folder in folders}
HEAVY = ("sympy", "numpy", "rich", "lark", "matplotlib")

# What is larger than a screen today.  The list may only get shorter.
TOO_LARGE = frozenset(
    [
        "commands.api.derive",
        "facts.declarations.Declarations.random",
        "gains.api._gain",
        "gains.api.gain",
        "judging.checking._gap",
        "judging.checking._prove",
        "judging.checking._refuted",
        "judging.checking._whole",
        "judging.session.derive_document",
        "judging.sweep.sweep",
        "numbers.bounds.growth",
        "numbers.dependence.Groups.choose",
        "numbers.gauss.Integral.__init__",
        "numbers.program.Node.__init__",
        "numbers.sampled._Survey.__init__",
        "numbers.sampled.compare",
        "numbers.sampled.compare_at",
        "numbers.worlds._family",
        "numbers.worlds.build",
        "reading.parser.SyntaxProblem.__init__",
        "simulate.setting.lecture",
        "witness.constants.integrals_differ",
        "witness.exact.refute",
        "witness.feasible.Feasible._add",
        "witness.spaces._assemble",
        "witness.spaces.finite_space",
        "witness.telling.told",
    ]
)


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {module_name(p): p for p in sorted(PACKAGE.rglob("*.py"))}
TREES = {m: ast.parse(p.read_text(encoding="utf-8")) for m, p in MODULES.items()}
FOLDERS = [m for m, p in MODULES.items() if p.name == "__init__.py" and m != "__init__"]


def folder(module: str) -> str:
    return module.partition(".")[0]


def _is_module(name: str) -> bool:
    return name.removeprefix("symcheck.") in MODULES


def imported(module: str) -> set[str]:
    """Every module of this package that a module imports, inside functions too."""
    found = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: a relative import"
            # `from symcheck.core import ring` names the folder too, but rests on the module.
            names = [n if _is_module(n := f"{node.module}.{a.name}") else node.module or ""
                     for a in node.names]  # fmt: skip
        else:
            continue
        for name in names:
            head, _, rest = name.partition(".")
            if head == "symcheck" and rest:
                assert rest in MODULES, f"{module} imports {name}, which is no module"
                found.add(rest)
    return found


IMPORTS = {m: imported(m) for m in MODULES}


# ---------------------------------------------------------------- floors


def test_the_house_is_small_enough_to_know():
    rooms = [p for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"]
    assert len(rooms) <= 16
    assert len(FLOORS) <= 12
    assert {m for m in FOLDERS if "." not in m} | {"__init__", "__main__"} == set(FLOOR)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_its_own_folder_and_from_lower_floors(module):
    own = folder(module)
    others = {folder(m) for m in IMPORTS[module]} - {own}
    assert {f for f in others if FLOOR[f] >= FLOOR[own]} == set()


def test_imports_go_in_no_circle():
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"{' -> '.join((*path, module))}"
        if module not in done:
            for m in IMPORTS[module] - {module}:
                visit(m, (*path, module))
            done.add(module)

    for module in MODULES:
        visit(module, ())


@pytest.mark.parametrize("module", FOLDERS)
def test_a_folder_says_what_it_is_and_does_nothing(module):
    """Whoever imports a module runs what its folders do: a circle that nobody sees, else."""
    (only,) = TREES[module].body
    told = " ".join((ast.get_docstring(TREES[module]) or "").split())
    assert isinstance(only, ast.Expr)
    if "." not in module:
        assert "mport" in told  # what it may import
        assert "come" in told  # what comes in and goes out
    assert told.endswith(".")


@pytest.mark.parametrize("module", [m for m in MODULES if folder(m) == "core"])
def test_the_core_imports_nothing_but_itself_and_the_standard_library(module):
    heads = {
        name.partition(".")[0]
        for node in ast.walk(TREES[module])
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names] if isinstance(node, ast.Import) else []
        )
    }  # fmt: skip
    assert {folder(m) for m in IMPORTS[module]} <= {"core"}
    assert heads <= {"symcheck", *sys.stdlib_module_names}


@pytest.mark.parametrize("module", ["language.spelled", "commands.verify"])
def test_what_verifies_knows_the_core_alone(module):
    """And certified balls, where a refutation says that it trusts them."""
    others = {m for m in IMPORTS[module] if folder(m) != "core"}
    assert others <= {"language.spelled", "witness.balls"}


@pytest.mark.parametrize("module", [m for m in MODULES if folder(m) in ("numbers", "witness")])
def test_the_second_opinion_knows_no_rules_and_no_search(module):
    below = {"core", "language", "facts"}
    assert {folder(m) for m in IMPORTS[module]} <= below | {"numbers", "witness"}


@pytest.mark.parametrize(
    "module", [m for m in MODULES if FLOOR[folder(m)] < FLOOR["commands"] or m == "__main__"]
)
def test_imports_are_written_as_imports(module):
    """Else the tests above would not see them."""
    called = {
        ast.unparse(n.func).rpartition(".")[2]
        for n in ast.walk(TREES[module])
        if isinstance(n, ast.Call)
    }
    assert not called & {"import_module", "__import__"}


@pytest.mark.parametrize("module", MODULES)
def test_no_text_is_ever_run(module):
    called = {ast.unparse(n.func) for n in ast.walk(TREES[module]) if isinstance(n, ast.Call)}
    last = {c.rpartition(".")[2] for c in called}
    assert not called & {"eval", "exec", "compile", "pickle.loads", "pickle.load"}
    assert not last & {"parse_expr", "parse_latex", "lambdify", "literal_eval"}


def test_the_imports_were_read():
    assert "language.expr" in IMPORTS["facts.context"]
    assert "numbers.comparison" in IMPORTS["judging.result"]
    assert "judging.session" in IMPORTS["commands.cli"]  # inside a function


@pytest.mark.parametrize(
    "module",
    [
        "__init__", "__main__", "commands.start", "commands.cli", "commands.completion",
        "reading.library", "language.spelled", "commands.verify",
    ],
)  # fmt: skip
def test_what_starts_first_imports_nothing_heavy_at_the_top(module):
    """Nor does anything that it imports there."""
    seen, todo = set[str](), {module}
    while todo:
        m = todo.pop()
        seen.add(m)
        for n in TREES[m].body:
            if not isinstance(n, (ast.Import, ast.ImportFrom)):
                continue
            whole = [n.module or ""] if isinstance(n, ast.ImportFrom) else [a.name for a in n.names]
            assert not {t for t in whole if t.partition(".")[0] in HEAVY}, m
            names = {t.removeprefix("symcheck.") for t in whole}
            if isinstance(n, ast.ImportFrom):
                names |= {f"{n.module}.{a.name}".removeprefix("symcheck.") for a in n.names}
            todo |= (names & set(MODULES)) - seen


# ---------------------------------------------------------------- functions

MOST_LINES, MOST_PARAMETERS, MOST_NESTED = 60, 6, 4
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)


def nested(body: list[ast.stmt], depth: int = 0) -> int:
    """How deep blocks stand in blocks; elif is no deeper than if."""
    deepest = depth
    for s in body:
        if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        inner = depth + isinstance(s, BLOCKS)
        deepest = max(deepest, inner)
        for name in ("body", "orelse", "finalbody"):
            part = getattr(s, name, [])
            other = name == "orelse" and len(part) == 1 and isinstance(part[0], ast.If)
            deepest = max(deepest, nested(part, depth if other else inner))
        for part in (*getattr(s, "handlers", ()), *getattr(s, "cases", ())):
            deepest = max(deepest, nested(part.body, inner))
    return deepest


def too_large(f: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    a = f.args
    names = [x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if x]
    count = len([n for n in names if n not in ("self", "cls")])
    lines = (f.end_lineno or f.lineno) - f.lineno + 1
    return lines > MOST_LINES or count > MOST_PARAMETERS or nested(f.body) > MOST_NESTED


def functions(node: ast.AST, name: str) -> list[str]:
    """The names of all functions that do not fit on a screen."""
    found = []
    for part in ast.iter_child_nodes(node):
        own = name
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            own = f"{name}.{part.name}"
            if not isinstance(part, ast.ClassDef) and too_large(part):
                found.append(own)
        found += functions(part, own)
    return found


def test_a_function_fits_on_a_screen():
    found = {f for m, tree in TREES.items() for f in functions(tree, m)}
    assert found - TOO_LARGE == set()
    assert TOO_LARGE - found == set(), "no longer too large: take it off the list"


def test_blocks_are_counted():
    text = "def f():\n if a:\n  for b in c:\n   with d:\n    try:\n     if e:\n      g()\n    except h:\n     pass\n"
    assert nested(ast.parse(text).body[0].body) == 5
    assert nested(ast.parse("if a:\n b\nelif c:\n d\nelif e:\n f\n").body) == 1
