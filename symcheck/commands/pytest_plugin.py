"""Every goal of a ``.proof`` file as a test of pytest.

Asked for by ``--symcheck`` or by ``symcheck = true`` in the settings of pytest; without
that nothing is collected, and nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from symcheck.system.escapes import visible

if TYPE_CHECKING:
    from symcheck.judging.result import Report, Result
    from symcheck.reading.document import Document, Goal

SUFFIX = ".proof"
AROUND = 2
"""So many lines are shown before the one that is wrong."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option and the setting."""
    words = "collect the claims of *.proof files, and the goals that expect a result"
    parser.getgroup("symcheck").addoption("--symcheck", action="store_true", help=words)
    parser.addini("symcheck", words, type="bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ProofFile | None:
    """A file of proofs, where it is asked for."""
    config = parent.config
    wanted = config.getoption("symcheck") or config.getini("symcheck")
    if file_path.suffix != SUFFIX or not wanted:
        return None
    made: ProofFile = ProofFile.from_parent(parent, path=file_path)
    return made


class NotProved(Exception):
    """A goal failed; the message is the whole report."""


class ProofFile(pytest.File):
    """One file; its claims are judged together, when the first of them is run."""

    document: Document

    def collect(self) -> Iterable[ProofItem]:
        """Each claim, and each goal that says what it expects.

        Raises CollectError for a file that cannot be read.
        """
        from symcheck.reading.library import NotFound, read_file
        from symcheck.reading.syntax import SyntaxProblem, parse

        try:
            source = read_file(str(self.path))
            self.document = parse(source.text, source.name, source.path)
        except (NotFound, SyntaxProblem) as e:
            raise self.CollectError(str(e)) from None
        self.judged: dict[bool, tuple[Report, dict[int, list[Result]]]] = {}
        seen: set[str] = set()
        for goal in self.document.goals:
            if not _tells(goal):
                continue
            place = f"{type(goal).__name__.lower()} at line {goal.line}"
            name = goal.name if goal.name and goal.name not in seen else place
            seen.add(name)
            item: ProofItem = ProofItem.from_parent(self, name=name, goal=goal)
            yield item

    def results(self, goal: Goal) -> tuple[Report, list[Result]]:
        """The report that a goal is in, and its results there."""
        from symcheck.reading.document import Claim

        claimed = isinstance(goal, Claim)
        if claimed not in self.judged:
            self.judged[claimed] = self._judge(claimed)
        report, found = self.judged[claimed]
        return report, found[goal.line]

    def _judge(self, claimed: bool) -> tuple[Report, dict[int, list[Result]]]:
        if claimed:
            from symcheck.judging.checking import check_document

            report = check_document(self.document)
        else:
            from symcheck.judging.session import derive_document

            report = derive_document(self.document, numeric=False)
        found: dict[int, list[Result]] = {}
        for result in report.results:
            found.setdefault(result.goal.line, []).append(result)
        return report, found


class ProofItem(pytest.Item):
    """One goal."""

    def __init__(self, *, goal: Goal, **rest: Any) -> None:
        super().__init__(**rest)
        self.goal = goal

    def runtest(self) -> None:
        """Raises NotProved, with every line that fails, as it stands in the file."""
        from symcheck.report.complaints import of_result

        file = self.parent
        assert isinstance(file, ProofFile)
        report, results = file.results(self.goal)
        shown = [
            "\n".join(_shown(file, c.line, c.column, c.status, c.words))
            for result in results
            for c in of_result(report, result)
        ]
        for result in results:
            if result.trusts:
                self.add_report_section("call", "symcheck", result.verdict_words)
        if shown:
            raise NotProved("\n\n".join(shown))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The message alone: a traceback says nothing of a proof."""
        if isinstance(excinfo.value, NotProved):
            return visible(str(excinfo.value))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the goal stands; lines count from 0 here."""
        return self.path, self.goal.line - 1, self.name


def _tells(goal: Goal) -> bool:
    """May this goal fail?  A ``derive`` that expects nothing may not."""
    return type(goal).__name__ in ("Claim", "Induct") or getattr(goal, "expect", None) is not None


def _shown(file: ProofFile, line: int, column: int, status: str, words: str) -> Iterator[str]:
    """``file:line:column: verdict``, the lines up to this one, and all there is to say."""
    try:
        where = file.path.relative_to(file.config.invocation_params.dir)
    except ValueError:
        where = file.path
    yield f"{where}:{line}:{column}: {status}"
    source = file.document.text.splitlines()
    first = max(1, line - AROUND)
    digits = len(str(line))
    for n, s in enumerate(source[first - 1 : line], start=first):
        yield f"{'>' if n == line else ' '} {n:>{digits}}  {s}".rstrip()
    yield from (f"      {s}" for s in words.splitlines())
