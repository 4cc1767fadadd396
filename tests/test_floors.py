"""Who may import whom: a module imports from its own floor or from lower ones, in no circle."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "symcheck"

FLOORS = {
    -1: "core core.*",
    0: "limits escapes output expr ring inequalities laws plain tables",
    1: "assumptions patterns declarations independence products finiteness bounds moments existence "
    "divergence differences evaluation spread signs belonging contradictions extension letters context",
    2: "naming proof places meaning applying document",
    3: "models models.* rules rules.* result",
    4: "search steps tactics tactics.* presentation closing indicators symmetries syntax parser written grounds hints reasons justified latex latex.* constants outcomes refutation tied certify certify.* spelled verify witness_balls",
    5: "certificate library session checking trial weaker unassumed ablation workers sweep report report.* simulate simulate.* api",
    6: "start cli options bad given drawing shown sweep_command completion __init__ __main__ lsp plugin pytest_plugin starter watch",
}
FLOOR = {pattern: n for n, patterns in FLOORS.items() for pattern in patterns.split()}
FLOOR |= {"gains": 5, "gains.*": 5, "gains.command": 6}
HEAVY = ("sympy", "numpy", "rich", "lark", "matplotlib")


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {module_name(p): p for p in sorted(PACKAGE.rglob("*.py"))}


def floor(module: str) -> int | None:
    package = module.partition(".")[0]
    return FLOOR.get(module, FLOOR.get(f"{package}.*"))


def _is_module(name: str) -> bool:
    return name.removeprefix("symcheck.") in MODULES


def imported(path: Path) -> set[str]:
    """Every module of this package that a file imports, at any depth of nesting."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}: a relative import"
            # `from symcheck import expr` names the package too, but rests only on the module.
            names = [n if _is_module(n := f"{node.module}.{a.name}") else node.module or ""
                     for a in node.names]  # fmt: skip
        else:
            continue
        for name in names:
            head, _, rest = name.partition(".")
            if head == "symcheck" and (rest in MODULES or not rest):
                found.add(rest or "__init__")
    return found if found == {"__init__"} else found - {"__init__"}


IMPORTS = {name: imported(path) for name, path in MODULES.items()}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_nothing_from_above(module):
    own = floor(module)
    assert own is not None, f"{module} is on no floor: add it to the table"
    above = {m for m in IMPORTS[module] if (floor(m) or 0) > own}
    assert not above


@pytest.mark.parametrize("module", [m for m in MODULES if m.partition(".")[0] == "core"])
def test_the_core_imports_nothing_but_itself_and_the_standard_library(module):
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    own = {m for m in IMPORTS[module] if m.partition(".")[0] != "core"}
    heads = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names] if isinstance(node, ast.Import) else []
        )
    }  # fmt: skip
    assert not own
    assert heads <= {"symcheck", *sys.stdlib_module_names}


@pytest.mark.parametrize("module", ["spelled", "verify"])
def test_what_verifies_knows_the_core_alone(module):
    # Balls are asked for only where a side of a refuted line has no exact number.
    others = {m for m in IMPORTS[module] if m.partition(".")[0] != "core"}
    assert others <= {"spelled"} | ({"witness_balls"} if module == "verify" else set())


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("models")])
def test_models_know_only_the_language_and_the_context(module):
    others = {m for m in IMPORTS[module] if not m.startswith("models")}
    assert {m for m in others if (floor(m) or 0) > 1} == set()


# Questions are asked of a module that asks some in turn; it is imported when one is asked.
ASKED = {
    ("certify.makers.equations", "certify.makers"),
}


def test_imports_go_in_no_circle():
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"{' -> '.join((*path, module))}"
        if module not in done:
            for m in IMPORTS[module] - {module} - {b for a, b in ASKED if a == module}:
                visit(m, (*path, module))
            done.add(module)

    for module in MODULES:
        visit(module, ())


@pytest.mark.parametrize("module", [m for m in MODULES if (floor(m) or 0) < 6])
def test_imports_below_the_top_are_written_as_imports(module):
    """Else the tests above would not see them."""
    called = {
        ast.unparse(n.func).rpartition(".")[2]
        for n in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))
        if isinstance(n, ast.Call)
    }
    assert not called & {"import_module", "__import__"}


@pytest.mark.parametrize("module", MODULES)
def test_no_text_is_ever_run(module):
    called = {
        ast.unparse(n.func)
        for n in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))
        if isinstance(n, ast.Call)
    }
    last = {c.rpartition(".")[2] for c in called}
    assert not called & {"eval", "exec", "compile", "pickle.loads", "pickle.load"}
    assert not last & {"parse_expr", "parse_latex", "lambdify", "literal_eval"}


def test_the_imports_were_read():
    assert "expr" in IMPORTS["context"]
    assert "models.comparison" in IMPORTS["result"]
    assert "session" in IMPORTS["cli"]  # inside a function


@pytest.mark.parametrize(
    "module", ["library", "completion", "cli", "start", "__init__", "__main__"]
)
def test_what_starts_first_imports_nothing_heavy_at_the_top(module):
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    top = {
        (n.module or "") if isinstance(n, ast.ImportFrom) else a.name
        for n in tree.body
        if isinstance(n, (ast.Import, ast.ImportFrom))
        for a in n.names
    }
    assert not {t for t in top if t.partition(".")[0] in HEAVY}
