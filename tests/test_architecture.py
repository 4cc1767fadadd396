"""``docs/architecture.md`` is true of the code: what it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "symcheck"
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FOLDERS = {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
NAMES = sorted(
    {n for n in re.findall(r"`([a-z_]+(?:\.\w+)+)`", TEXT) if n.partition(".")[0] in FOLDERS}
)


def defined(path: Path) -> set[str]:
    """The names that a module defines at its top level."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {t.id for t in targets if isinstance(t, ast.Name)}
    return found


def is_there(name: str) -> bool:
    whole = PACKAGE.joinpath(*name.split("."))
    if whole.is_dir() or whole.with_suffix(".py").is_file():
        return True
    module = whole.parent.with_suffix(".py")
    return module.is_file() and whole.name in defined(module)


def test_it_names_enough():
    assert len(NAMES) >= 40
    assert not is_there("judging.session.no_such_thing")
    assert not is_there("judging.nowhere")


@pytest.mark.parametrize("name", NAMES)
def test_what_it_names_exists(name):
    assert is_there(name)


def test_the_picture_shows_every_folder():
    picture = TEXT.split("```text")[1].split("```")[0]
    words = set(re.findall(r"\w+", picture))
    assert FOLDERS - {"simulate"} <= words


def _says(path: Path, word: str) -> bool:
    return re.search(rf"\b{word}\b", path.read_text(encoding="utf-8"), re.IGNORECASE) is not None


def test_a_law_touches_the_modules_that_are_named_and_no_others():
    told = TEXT.split("**A law**")[1].split("**A rule.**")[0]
    named = set(re.findall(r"`([a-z_]+(?:\.\w+)+)`", told))
    found = {
        str(p.relative_to(PACKAGE).with_suffix("")).replace("/", ".")
        for p in PACKAGE.rglob("*.py")
        if _says(p, "laplace")
    }
    assert found == named
