"""A language server for proofs: underlines bad lines, tells what carried a good one.

``symcheck lsp`` speaks the Language Server Protocol (3.17) on standard input and output.
Files are judged in a process of its own, so that typing is never held up; a text that has
changed meanwhile is judged again, and what was found of the old one is dropped.
Positions on the wire count from 0, columns in UTF-16 units.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

__all__ = ["Finding", "Judged", "LineNote", "judge", "main", "units"]

PAUSE = 0.3  # seconds without a key before a text is judged
TIMEOUT = 5.0  # seconds for each line of a proof
SEVERITY = {"refuted": 1, "unread": 1, "error": 1, "unproved": 2, "admitted": 3, "trusting": 4}


@dataclass(frozen=True)
class Finding:
    """Something to underline: line and columns from 1, its verdict, and all there is to say."""

    line: int
    column: int
    end: int
    status: str
    words: str


@dataclass(frozen=True)
class LineNote:
    """What carried a line that is proved."""

    line: int
    text: str


@dataclass(frozen=True)
class Judged:
    """What is known of a text: what to underline, what to tell, which names there are.

    ``declared`` gives for each name the line that declares it; ``claims`` are names with
    their lines.
    """

    findings: tuple[Finding, ...] = ()
    notes: tuple[LineNote, ...] = ()
    declared: dict[str, str] = field(default_factory=dict)
    claims: tuple[tuple[str, int], ...] = ()


# ---------------------------------------------------------------- judging, in the other process


def judge(text: str, path: str) -> Judged:
    """Everything that an editor shows of a file; never raises for what a file says."""
    from symcheck.judging.checking import check_document
    from symcheck.judging.session import derive_document
    from symcheck.reading.document import Claim
    from symcheck.reading.library import Source
    from symcheck.reading.syntax import SyntaxProblem

    source = Source("", text, path)
    lines = text.split("\n")
    try:
        documents = _read(source)
    except SyntaxProblem as p:
        hint = f"\n{'' if p.hint.startswith('did you') else 'try: '}{p.hint}" if p.hint else ""
        return Judged((Finding(p.line, p.column, p.column + p.width, "error", p.message + hint),))
    findings: list[Finding] = []
    notes: list[LineNote] = []
    declared: dict[str, str] = {}
    claims: list[tuple[str, int]] = []
    for document in documents:
        declared |= _declared(document.context.names, lines)
        reports = [check_document(document, timeout=TIMEOUT)]
        if any(not isinstance(g, Claim) for g in document.goals):
            reports.append(derive_document(document, numeric=False, timeout=TIMEOUT))
        for report in reports:
            findings += _findings(report, lines)
            notes += _notes(report)
        claims += [(g.name, g.line) for g in document.goals if g.name]
    unique = tuple(dict.fromkeys(findings))
    return Judged(unique, tuple(notes), declared, tuple(claims))


def _read(source: Any) -> list[Any]:
    if source.kind == "proof":
        from symcheck.reading.syntax import parse

        return [parse(source.text, source.name, source.path)]
    from symcheck.reading.latex.notes import read

    return read(source.text, source.name, source.path, tex=source.kind == "tex")


def _declared(names: set[str], lines: list[str]) -> dict[str, str]:
    """The line that first names each of these at the beginning of a declaration."""
    found: dict[str, str] = {}
    words = r"^[ %]*(size|real|index|function|random|let)\b"
    for line in lines:
        if re.match(words, line):
            for name in re.findall(r"[^\W\d_][\w]*'*", line):
                if name in names:
                    found.setdefault(name, line.strip())
    return found


def _findings(report: Any, lines: list[str]) -> Iterator[Finding]:
    from symcheck.report.complaints import complaints, trusting

    for c in complaints(report):
        line = lines[c.line - 1] if 0 < c.line <= len(lines) else ""
        end = len(re.split(r"\s+(?:by\b|#)", line[c.column - 1 :])[0].rstrip()) + c.column
        yield Finding(c.line, c.column, max(end, c.column + 1), c.status, c.words)
    for t in trusting(report):
        line = lines[t.line - 1] if 0 < t.line <= len(lines) else ""
        yield Finding(t.line, t.column, max(len(line) + 1, t.column + 1), t.status, t.words)


def _notes(report: Any) -> Iterator[LineNote]:
    from symcheck.judging.result import PROVED
    from symcheck.report.facts import assumption
    from symcheck.report.notation import prose

    for result in report.results:
        for row in result.rows:
            if row.line and row.status == PROVED and row.reasons:
                facts = sorted(
                    {
                        assumption(a, result.proof.context)
                        for a in row.used
                        if a.kind != "definition"
                    }
                )
                said = f"**proved** by {prose(', '.join(row.reasons))}"
                if row.trusts:
                    said += f", trusting: {', '.join(row.trusts)}"
                if facts:
                    said += "\n\nrests on\n" + "\n".join(f"- {prose(f)}" for f in facts)
                yield LineNote(row.line, said)


# ---------------------------------------------------------------- positions


def units(line: str, column: int) -> int:
    """A column from 1, in characters, as one from 0 in UTF-16 units."""
    return len(line[: max(0, column - 1)].encode("utf-16-le")) // 2


def _characters(line: str, unit: int) -> int:
    """The other way round."""
    return len(line.encode("utf-16-le")[: 2 * unit].decode("utf-16-le", "ignore"))


def _word(line: str, at: int) -> str:
    """The name around a character."""
    for m in re.finditer(r"[^\W\d_][\w]*'*", line):
        if m.start() <= at <= m.end():
            return m[0]
    return ""


# ---------------------------------------------------------------- the server


def main() -> int:
    """Serve until the editor says exit; 2 where pygls is not installed."""
    try:
        from lsprotocol import types as lsp
        from pygls.lsp.server import LanguageServer
    except ImportError:
        print(
            "symcheck: the language server needs pygls; try: pip install 'symcheck[lsp]'",
            file=sys.stderr,
        )
        return 2
    from symcheck import __version__

    server = LanguageServer(
        "symcheck", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full
    )
    desk = _Desk(server, lsp)
    for name, handler in (
        (lsp.TEXT_DOCUMENT_DID_OPEN, desk.changed),
        (lsp.TEXT_DOCUMENT_DID_CHANGE, desk.changed),
        (lsp.TEXT_DOCUMENT_DID_SAVE, desk.changed),
        (lsp.TEXT_DOCUMENT_DID_CLOSE, desk.closed),
        (lsp.TEXT_DOCUMENT_HOVER, desk.hover),
        (lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, desk.symbols),
    ):
        server.feature(name)(_plain(handler))
    options = lsp.CompletionOptions(trigger_characters=[" "])
    server.feature(lsp.TEXT_DOCUMENT_COMPLETION, options)(_plain(desk.complete))
    try:
        server.start_io()
    finally:
        desk.close()
    return 0


def _plain(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """pygls marks the functions that it is given, and methods cannot be marked."""

    def handle(params: Any) -> Any:
        return handler(params)

    return handle


class _Desk:
    """The open files and what is known of each."""

    def __init__(self, server: Any, lsp: Any) -> None:
        self.server, self.lsp = server, lsp
        self.judged: dict[str, Judged] = {}
        self.turns: dict[str, int] = {}  # grows with every change of a file
        self.pool: ProcessPoolExecutor | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """End the other process."""
        if self.pool is not None:
            workers = list((self.pool._processes or {}).values())
            self.pool.shutdown(wait=False, cancel_futures=True)
            for process in workers:
                process.terminate()

    def lines(self, uri: str) -> list[str]:
        """The lines of an open file; none of one that is not."""
        document = self.server.workspace.text_documents.get(uri)
        return document.source.split("\n") if document is not None else []

    # -------------------------------------------------------- judging

    def changed(self, params: Any) -> None:
        """Judge the text after a pause, unless it changes again."""
        uri = params.text_document.uri
        turn = self.turns[uri] = self.turns.get(uri, 0) + 1
        task = asyncio.get_running_loop().create_task(self.later(uri, turn))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def later(self, uri: str, turn: int) -> None:
        await asyncio.sleep(PAUSE)
        if self.turns.get(uri) != turn:
            return
        document = self.server.workspace.text_documents.get(uri)
        if document is None:
            return
        text, version = document.source, document.version
        try:
            if self.pool is None:
                self.pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
            found = await asyncio.get_running_loop().run_in_executor(
                self.pool, judge, text, document.path or "untitled.proof"
            )
        except BrokenProcessPool:
            self.pool = None
            return
        if self.turns.get(uri) != turn:
            return
        if not found.declared and not found.notes and uri in self.judged:
            # A text that cannot be read keeps the names of the last one that could.
            old = self.judged[uri]
            found = Judged(found.findings, (), old.declared, old.claims)
        self.judged[uri] = found
        self.publish(uri, version, found, text.split("\n"))

    def publish(self, uri: str, version: int | None, found: Judged, lines: list[str]) -> None:
        lsp = self.lsp
        made = []
        for f in found.findings:
            line = lines[f.line - 1] if 0 < f.line <= len(lines) else ""
            start, end = units(line, f.column), units(line, f.end)
            made.append(
                lsp.Diagnostic(
                    range=lsp.Range(
                        lsp.Position(max(0, f.line - 1), start),
                        lsp.Position(max(0, f.line - 1), max(end, start + 1)),
                    ),
                    message=f.words,
                    severity=lsp.DiagnosticSeverity(SEVERITY.get(f.status, 2)),
                    source="symcheck",
                    code=f.status,
                )
            )
        self.server.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(uri=uri, diagnostics=made, version=version)
        )

    def closed(self, params: Any) -> None:
        """Forget a file, and take its marks away."""
        uri = params.text_document.uri
        self.turns.pop(uri, None)
        self.judged.pop(uri, None)
        self.publish(uri, None, Judged(), [])

    # -------------------------------------------------------- hover, names, outline

    def hover(self, params: Any) -> Any:
        """A reason in full, the declaration of a name, or what carried the line."""
        lsp, uri = self.lsp, params.text_document.uri
        lines, n = self.lines(uri), params.position.line
        if n >= len(lines):
            return None
        found = self.judged.get(uri, Judged())
        line = lines[n]
        at = _characters(line, params.position.character)
        by = re.search(r"\sby\s", line)
        text = None
        if by is not None and at >= by.end():
            text = _rule(_reason(line, by.end(), at))
        if text is None and (name := _word(line, at)) in found.declared:
            text = f"```\n{found.declared[name]}\n```"
        note = next((k.text for k in found.notes if k.line == n + 1), None)
        shown = "\n\n".join(t for t in (text, note) if t)
        if not shown:
            return None
        return lsp.Hover(lsp.MarkupContent(kind=lsp.MarkupKind.Markdown, value=shown))

    def complete(self, params: Any) -> Any:
        """Names, functions, statements, and after ``by`` the reasons."""
        lsp, uri = self.lsp, params.text_document.uri
        lines, n = self.lines(uri), params.position.line
        line = lines[n] if n < len(lines) else ""
        before = line[: _characters(line, params.position.character)]
        found = self.judged.get(uri, Judged())
        items: list[Any] = []

        def add(label: str, kind: Any, detail: str = "") -> None:
            items.append(lsp.CompletionItem(label=label, kind=kind, detail=detail or None))

        kinds = lsp.CompletionItemKind
        if re.search(r"\sby\s", before):
            for label, detail in _reasons():
                add(label, kinds.Reference, detail)
            for name, at in found.claims:
                if name and at <= n:
                    add(name, kinds.Reference, "a claim above")
            for name, where in found.declared.items():
                if where.startswith("let"):
                    add(f"definition of {name}", kinds.Reference, where)
                elif where.startswith("random"):
                    add(f"mean of {name}", kinds.Reference, where)
                    add(f"variance of {name}", kinds.Reference, where)
            return lsp.CompletionList(is_incomplete=False, items=items)
        if re.fullmatch(r"\w*", before):
            from symcheck.reading.parser import KEYWORDS

            for word in KEYWORDS:
                add(word, kinds.Keyword)
            return lsp.CompletionList(is_incomplete=False, items=items)
        from symcheck.reading.written import FUNCTIONS, HEADS

        for name, where in found.declared.items():
            add(name, kinds.Variable, where)
        for name in FUNCTIONS:
            add(name, kinds.Function)
        for name in HEADS:
            add(name, kinds.Operator)
        return lsp.CompletionList(is_incomplete=False, items=items)

    def symbols(self, params: Any) -> Any:
        """The named claims of a file."""
        lsp, uri = self.lsp, params.text_document.uri
        made = []
        for name, n in self.judged.get(uri, Judged()).claims:
            place = lsp.Range(lsp.Position(n - 1, 0), lsp.Position(n - 1, 1))
            made.append(
                lsp.DocumentSymbol(
                    name=name, kind=lsp.SymbolKind.Method, range=place, selection_range=place
                )
            )
        return made


def _reason(line: str, start: int, at: int) -> str:
    """The reason around a character, between commas."""
    begin = max(start, line.rfind(",", start, at) + 1)
    end = line.find(",", at)
    return line[begin : end if end >= 0 else len(line)].partition("#")[0].strip()


def _rule(reason: str) -> str | None:
    from symcheck.report.rules import one

    with contextlib.suppress(ValueError):
        text = one(reason)
        if text is not None:
            return f"```\n{text}```"
    return None


def _reasons() -> Iterator[tuple[str, str]]:
    from symcheck.rules.all import RULES

    for r in RULES.values():
        yield (r.label.lower() if r.number else r.title), r.statement
    yield from (("linearity", "rules 1 to 3"), ("independence", "rule 4"), ("algebra", ""))
