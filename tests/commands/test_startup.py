"""What does not need SymPy does not wait for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"sympy", "numpy", "rich", "lark", "mpmath", "matplotlib", "pytest"}
RUN = """
import sys
from symcheck.commands.cli import main
try:
    status = main({argv!r})
except SystemExit as e:
    status = e.code
print("\\n" + " ".join(sys.modules))
sys.exit(status)
"""


def loaded(argv: list[str], *, whole: bool = False) -> tuple[int, set[str]]:
    """The exit status, and the names of what was imported: packages, or ``whole`` modules."""
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(argv=argv)], capture_output=True, text=True, check=False
    )
    modules = done.stdout.splitlines()[-1].split()
    return done.returncode, {m if whole else m.partition(".")[0] for m in modules}


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "--version",
        "list",
        "show he-forward",
        "derive --help",
        "simulate --help",
        "completion bash",
        "completion zsh",
        "completion fish",
    ],
)
def test_light_commands_import_nothing_heavy(words):
    status, modules = loaded(words.split())
    assert status == 0
    assert "symcheck" in modules
    assert not modules & HEAVY


def test_an_unknown_name_is_told_before_anything_is_imported():
    status, modules = loaded(["derive", "he-forwrd"])
    assert status == 2
    assert not modules & HEAVY


def test_no_numeric_needs_no_numpy_and_text_needs_no_rich():
    status, modules = loaded(["derive", "variance-identity", "--no-numeric", "--format", "text"])
    assert status == 0
    assert "sympy" in modules
    assert not modules & {"numpy", "rich", "matplotlib", "pytest"}


def test_a_derivation_does_not_wake_the_rest_of_sympy():
    """SymPy's own addition imports tensors and permutation groups: 20 ms of a short run."""
    status, modules = loaded(
        ["derive", "he-forward", "--no-numeric", "--format", "text"], whole=True
    )
    assert status == 0
    assert "sympy.core.add" in modules
    assert not modules & {"sympy.tensor.tensor", "sympy.combinatorics", "sympy.stats"}


def test_the_package_itself_is_light_and_its_names_are_there():
    code = (
        "import sys, symcheck\n"
        "assert 'sympy' not in sys.modules\n"
        "from symcheck import *\n"
        "missing = [n for n in symcheck.__all__ if n not in globals()]\n"
        "assert not missing, missing\n"
        "assert dir(symcheck) == sorted(symcheck.__all__)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    import symcheck

    with pytest.raises(AttributeError, match="no attribute 'Expectation'"):
        symcheck.Expectation  # noqa: B018
