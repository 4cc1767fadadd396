"""The language server, spoken to as an editor does: JSON-RPC over a pipe."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, Queue

import pytest

pytest.importorskip("pygls")

ROOT = Path(__file__).parents[2]
LONG = 60  # seconds: a limit for a server that hangs, never waited for otherwise


class Editor:
    """A client: requests get their answers, notifications are kept until somebody asks."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "symcheck", "lsp"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT,
        )  # fmt: skip
        self.count = self.files = 0
        self.answers: Queue = Queue()
        self.told: Queue = Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        out = self.process.stdout
        while True:
            length = 0
            while line := out.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if not length:
                return
            message = json.loads(out.read(length))
            (self.answers if "id" in message else self.told).put(message)

    def send(self, **message) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.process.stdin.flush()

    def tell(self, method, params=None) -> None:
        self.send(method=method, params=params or {})

    def ask(self, method, params=None):
        self.count += 1
        self.send(id=self.count, method=method, params=params)
        while True:
            answer = self.answers.get(timeout=LONG)
            if answer.get("id") == self.count and "method" not in answer:
                return answer

    def diagnostics(self, version=None):
        """The next diagnostics, of this version of the text, without hints on what is trusted."""
        while True:
            told = self.told.get(timeout=LONG)
            if told["method"] == "textDocument/publishDiagnostics" and (
                version is None or told["params"].get("version") == version
            ):
                found = told["params"]["diagnostics"]
                return [d for d in found if d["code"] != "trusting"]

    def open(self, text, kind="proof"):
        """A new file, with text; what follows is about this one unless another is named."""
        self.files += 1
        self.uri = f"file:///notes/{self.files}.{kind}"
        document = {"uri": self.uri, "languageId": "symcheck", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def change(self, text, version, uri=None):
        self.tell(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri or self.uri, "version": version},
                "contentChanges": [{"text": text}],
            },
        )

    def at(self, method, line, character, uri=None):
        position = {"line": line, "character": character}
        return self.ask(method, {"textDocument": {"uri": uri or self.uri}, "position": position})[
            "result"
        ]


@pytest.fixture(scope="module")
def editor():
    made = Editor()
    answer = made.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    assert answer["result"]["serverInfo"]["name"] == "symcheck"
    assert answer["result"]["capabilities"]["hoverProvider"]
    made.tell("initialized")
    yield made
    made.process.kill()
    made.process.wait()


WRONG = """\
random x finite 2
let μ = E[x]
claim slide: E[(x - μ)^2] = E[x^2] - μ^2
  E[(x - μ)^2]
  = E[x^2] - 2 E[x] μ + μ^2      by linearity
  = E[x^2] - μ                   # a square is lost
  = E[x^2] - μ^2
"""
RIGHT = WRONG.replace("- μ    ", "- μ^2  ").replace("by linearity", "by rule 3, rule 2, rule 1")


def test_a_wrong_line_is_underlined_and_its_correction_is_not(editor):
    editor.open(WRONG)
    (found,) = editor.diagnostics(1)
    assert found["range"] == {
        "start": {"line": 5, "character": 4},
        "end": {"line": 5, "character": 4 + len("E[x^2] - μ")},
    }
    assert found["severity"] == 1
    assert found["code"] == "refuted"
    assert "the left side is" in found["message"]
    editor.change(RIGHT, 2)
    assert editor.diagnostics(2) == []


def test_hover_tells_what_carried_a_line(editor):
    editor.open(RIGHT)
    assert editor.diagnostics(1) == []
    shown = editor.at("textDocument/hover", 4, 3)["contents"]["value"]
    assert "**proved** by" in shown
    assert "Rule 3" in shown
    assert "x has 2 finite moments" in shown
    rule = editor.at("textDocument/hover", 4, RIGHT.split("\n")[4].index("rule 2") + 2)
    assert "E[k g] = k E[g]" in rule["contents"]["value"]
    name = editor.at("textDocument/hover", 6, RIGHT.split("\n")[6].index("μ"))
    assert "let μ = E[x]" in name["contents"]["value"]
    assert editor.at("textDocument/hover", 900, 0) is None


def labels(found):
    return {item["label"] for item in found["items"]}


def test_completion_offers_names_statements_and_reasons(editor):
    text = RIGHT + "claim E[x] = μ\n  E[x]\n  = μ  by \n  = \n\n"
    editor.open(RIGHT)
    assert editor.diagnostics(1) == []
    editor.change(text, 2)
    editor.diagnostics(2)
    lines = text.split("\n")
    assert {"claim", "random", "let"} <= labels(
        editor.at("textDocument/completion", len(lines) - 2, 0)
    )
    names = labels(editor.at("textDocument/completion", 10, 4))
    assert {"x", "μ", "relu", "Var"} <= names
    reasons = labels(editor.at("textDocument/completion", 9, len(lines[9])))
    assert {"rule 4", "slide", "definition of μ", "mean of x"} <= reasons


def test_a_syntax_error_is_underlined_where_it_stands(editor):
    # 𝔼 is two UTF-16 units: the error is in column 17, behind 17 units.
    editor.open("random x finite 2\nclaim 𝔼[x] = 𝔼[y]\n")
    (found,) = editor.diagnostics(1)
    assert found["message"].startswith("y is not declared")
    assert found["range"]["start"] == {"line": 1, "character": 17}
    assert found["severity"] == 1


def test_the_last_of_many_changes_counts(editor):
    editor.open(WRONG)
    for version in range(2, 30):
        editor.change(WRONG + "# " + "x" * version, version)
    editor.change(RIGHT, 30)
    assert editor.diagnostics(30) == []


def test_a_text_in_markdown(editor):
    text = (
        "# Notes\n\n```symcheck\nrandom x mean 1\n```\n\n$$\\mathbb{E}[x] = 2$$\n$$\\nabla = 0$$\n"
    )
    editor.open(text, "md")
    found = editor.diagnostics(1)
    assert [(d["range"]["start"]["line"], d["code"]) for d in found] == [
        (6, "refuted"),
        (7, "unread"),
    ]
    editor.tell("textDocument/didClose", {"textDocument": {"uri": editor.uri}})
    assert editor.diagnostics() == []


def test_the_outline_has_the_claims(editor):
    editor.open(RIGHT)
    assert editor.diagnostics(1) == []
    found = editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": editor.uri}})
    assert [s["name"] for s in found["result"]] == ["slide"]


def test_nonsense_does_not_end_it(editor):
    editor.tell("textDocument/didChange", {"nothing": 1})
    editor.change("claim E[x] = 1", 2, "file:///never/opened.proof")
    editor.open("\x00" * 50 + "claim ((((")
    assert editor.diagnostics(1)
    assert editor.at("textDocument/hover", 0, 0, "file:///unknown.proof") is None
    assert "error" in editor.ask("no/such/method", {})


def test_it_ends_when_it_is_told_to():
    editor = Editor()
    editor.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    editor.tell("initialized")
    editor.open(WRONG)
    editor.diagnostics(1)
    assert editor.ask("shutdown")["result"] is None
    editor.tell("exit")
    assert editor.process.wait(timeout=LONG) == 0
    with pytest.raises(Empty):
        editor.answers.get(timeout=0)


def test_without_pygls_it_says_what_to_install():
    code = (
        "import sys; sys.modules['pygls'] = None; "
        "from symcheck.commands.cli import main; sys.exit(main(['lsp']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "symcheck: the language server needs pygls; try: pip install 'symcheck[lsp]'\n"
    )
