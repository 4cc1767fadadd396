"""What the documents show is what the program says.

``python tests/test_docs.py`` puts today's output into every ``console`` block.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```console\n\$ (.*)\n((?:.*\n)*?)```\n")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def output(command: str) -> str:
    """What a shell shows for a command, 80 columns wide, at the root of the repository."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "symcheck"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m symcheck "$@"\n')
        script.chmod(0o755)
        path = f"{folder}:{os.environ['PATH']}"
        env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "FORCE_COLOR")}
        done = subprocess.run(
            ["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
            env=env | {"PATH": path}, encoding="utf-8", check=False,
        )  # fmt: skip
    return done.stdout


SHOWN = [(d, m[1], m[2]) for d in DOCUMENTS for m in BLOCK.finditer(d.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    ("document", "command", "shown"), SHOWN, ids=[f"{d.name}: {c}" for d, c, _ in SHOWN]
)
def test_shown_output_is_real(document, command, shown):
    if command.endswith("--help") and sys.version_info[:2] != (3, 11):
        pytest.skip("argparse lays out its help differently in every version")
    assert output(command) == shown, "run: python tests/test_docs.py"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_python_examples(document):
    found = doctest.DocTestParser().get_doctest(
        document.read_text(encoding="utf-8"), {}, document.name, str(document), 0
    )
    assert doctest.DocTestRunner(verbose=False).run(found).failed == 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_links_lead_somewhere(document):
    links = LINK.findall(document.read_text(encoding="utf-8"))
    missing = [to for to in links if not (document.parent / to).exists()]
    assert not missing


def test_the_rule_reference_is_current():
    from symcheck.report.rules import reference

    shown = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert shown == reference(), "run: python tests/test_docs.py"


LINES = re.compile(r"(<!-- lines of (proofs|worlds) -->)[\d,]+(<!-- -->)")


def counting(text: str) -> str:
    """The text with the numbers of lines of the core, without the empty ones."""
    found = {"proofs": 0, "worlds": 0}
    for f in (ROOT / "symcheck" / "core").rglob("*.py"):
        lines = f.read_text(encoding="utf-8").splitlines()
        found["worlds" if f.parent.name == "worlds" else "proofs"] += sum(map(bool, lines))
    return LINES.sub(lambda m: f"{m[1]}{found[m[2]]:,}{m[3]}", text)


def test_the_lines_of_the_core_are_counted():
    shown = (ROOT / "docs" / "how-a-proof-is-judged.md").read_text(encoding="utf-8")
    assert LINES.search(shown)
    assert shown == counting(shown), "run: python tests/test_docs.py"


def test_the_page_on_certificates_is_current():
    from symcheck.core.axioms import AXIOMS
    from symcheck.core.judge import RULES as PRIMITIVE
    from symcheck.report.primitives import SAMPLES, document

    shown = (ROOT / "docs" / "certificates.md").read_text(encoding="utf-8")
    assert shown == document(shown), "run: python tests/test_docs.py"
    assert set(SAMPLES) == set(PRIMITIVE) - set(AXIOMS), (
        "each rule has an example in report/primitives.py"
    )


def test_there_is_output_to_compare():
    assert sum(d.name == "README.md" for d, _, _ in SHOWN) >= 2


def refresh() -> None:
    """Rewrite every block that shows output, and the references of the rules."""
    from symcheck.report.primitives import document as with_tables
    from symcheck.report.rules import reference

    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        new = BLOCK.sub(lambda m: f"```console\n$ {m[1]}\n{output(m[1])}```\n", text)
        if document.name == "certificates.md":
            new = with_tables(new)
        new = counting(new)
        if new != text:
            document.write_text(new, encoding="utf-8")
    (ROOT / "docs" / "rules.md").write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    refresh()
