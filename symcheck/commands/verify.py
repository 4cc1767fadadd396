"""``symcheck verify``: certificates from files, judged by the core and by nothing else.

This module imports the core, the words for it, and the standard library.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from symcheck.core.declared import Table, declare
from symcheck.core.judge import Claim, Refusal, judge
from symcheck.core.terms import Refused, Term, need, num
from symcheck.core.terms import parts as parts_of
from symcheck.core.worlds.values import atoms
from symcheck.core.worlds.witness import NO_NUMBERS, Refutation, Unshown, refute
from symcheck.language.spelled import Speller

__all__ = ["FORMAT", "Unreadable", "main", "read", "verify"]

FORMAT = "symcheck certificate 1"
MOST_BYTES = 32 * 2**20
MOST_PARTS = 10_000
WIDTH = 80
LONG = 16  # outcomes of a joint law that are shown


class Unreadable(Exception):
    """A file that is no certificate: a message for a person."""


class Part:
    """What the core says to one part of a file."""

    def __init__(self, title: str, declarations: Any, certificate: Any, refuted: Any) -> None:
        self.title = title
        self.steps: list[Any] = certificate.get("steps") or []
        self.verdict = judge(declarations, certificate)
        self.claims: tuple[Claim, ...] = ()
        self.refuted: list[Refuted] = []
        if not isinstance(self.verdict, Refusal):
            self.claims = self.verdict
            self.declared = declare(declarations)
            self.speller = Speller(self.declared)
            self.refuted = [Refuted(self, *c) for c in refutations(refuted)]

    @property
    def ok(self) -> bool:
        """Does it prove or refute anything, and refute all that it says is false?"""
        if isinstance(self.verdict, Refusal):
            return False
        return bool(self.claims or self.refuted) and all(f.ok for f in self.refuted)

    @property
    def refusal(self) -> str:
        """Why it is not accepted, and where."""
        if not isinstance(self.verdict, Refusal):
            wrong = next((f for f in self.refuted if not f.ok), None)
            return f"{wrong.name} is not refuted: {wrong.reason}" if wrong else (
                "" if self.ok else "it claims nothing"
            )  # fmt: skip
        at, reason = self.verdict.step, self.verdict.reason
        if at < 0:
            return reason
        step = self.steps[at] if isinstance(self.steps, list) and at < len(self.steps) else None
        rule = step[0] if isinstance(step, list) and step and isinstance(step[0], str) else "?"
        return f"step {at} ({printable(rule[:40])}): {reason}"

    def names(self, what: str) -> list[str]:
        """``rules`` or ``trusts`` of all claims together."""
        return sorted({k for c in self.claims for k in getattr(c.theorem, what)})

    def uses(self) -> list[int]:
        """The numbers of the declarations that the claims rest on."""
        return sorted({k for c in self.claims for k in c.theorem.uses})


class Refuted:
    """What the core says to one refutation."""

    def __init__(self, part: Part, name: str, left: Term, right: Term, world: Any) -> None:
        self.name, self.left, self.right = name[:100], left, right
        answer = refute(part.declared, (left, right), world)
        if isinstance(answer, Unshown) and answer.reason == NO_NUMBERS:
            answer = self._by_balls(part, world) or answer
        self.answer = answer

    def _by_balls(self, part: Part, world: Any) -> Refutation | Unshown | None:
        """With certified balls, where they are installed: this imports more than the core."""
        try:
            from symcheck.witness.balls import TRUSTS, decide, possible
        except ImportError:
            return None
        return (
            refute(part.declared, (self.left, self.right), world, decide, TRUSTS)
            if possible()
            else None
        )

    @property
    def ok(self) -> bool:
        return isinstance(self.answer, Refutation)

    @property
    def reason(self) -> str:
        return self.answer.reason if isinstance(self.answer, Unshown) else ""


def refutations(data: Any) -> Iterator[tuple[str, Term, Term, Any]]:
    """The claims that are false, each with a world.  Raises Refused."""
    if data is None:
        return
    need(isinstance(data, dict) and isinstance(data.get("claims"), list), "no list of claims")
    need(len(data["claims"]) <= MOST_PARTS, "too many claims")
    table = Table(data.get("terms"))
    for c in data["claims"]:
        need(isinstance(c, list) and len(c) == 4 and isinstance(c[0], str), "no claim and world")
        yield c[0], table.term(c[1]), table.term(c[2]), c[3]


# ---------------------------------------------------------------- reading


def read(path: str) -> list[Part]:
    """The parts of a file, judged.  Raises Unreadable for what is no certificate."""
    try:
        text = _bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(f"{path} is no text in UTF-8") from None
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant)
    except (RecursionError, MemoryError):
        raise Unreadable(f"{path} is nested too deeply") from None
    except json.JSONDecodeError as e:
        raise Unreadable(f"{path}:{e.lineno}:{e.colno}: no JSON: {e.msg}") from None
    except ValueError as e:  # a key twice, NaN, a number with thousands of digits
        raise Unreadable(f"{path} is not accepted: {str(e).partition(';')[0]}") from None
    try:
        return [Part(*_part(path, part)) for part in _parts(path, data)]
    except Refused as no:
        raise Unreadable(f'{path} is no certificate: in "refuted": {no}') from None
    except (RecursionError, MemoryError):
        raise Unreadable(f"{path} is too large to judge") from None


def _bytes(path: str) -> bytes:
    """What is in a file, or on standard input (``-``); never waits for a pipe with a name."""
    try:
        if path == "-":
            if sys.stdin is None:
                raise Unreadable("standard input is closed")
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with open(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise Unreadable(f"{path} is not a file")
                data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as e:
        why = getattr(e, "strerror", None) or "no name of a file"
        raise Unreadable(f"{printable(path)} cannot be read: {why}") from None
    if len(data) > MOST_BYTES:
        raise Unreadable(f"{path} is larger than {MOST_BYTES // 2**20} MiB")
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _constant(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _parts(path: str, data: Any) -> list[Any]:
    """The parts of a certificate, which is its own part where it has none."""
    if not isinstance(data, dict) or not isinstance(data.get("format"), str):
        raise Unreadable(f'{path} is no certificate: it has no "format"')
    if data["format"] != FORMAT:
        shown = printable(data["format"][:40])
        raise Unreadable(f"{path} has the format {shown!r}; known is {FORMAT!r}")
    if "parts" not in data:
        return [data]
    parts = data["parts"]
    if not isinstance(parts, list) or not 0 < len(parts) <= MOST_PARTS:
        raise Unreadable(f'{path} is no certificate: "parts" is no list of parts')
    return parts


def _part(path: str, data: Any) -> tuple[str, Any, Any, Any]:
    for key in ("declarations", "certificate"):
        if not isinstance(data, dict) or not isinstance(data.get(key), dict):
            raise Unreadable(f'{path} is no certificate: it has no "{key}"')
    title = data.get("title", "")
    if not isinstance(title, str):
        raise Unreadable(f'{path} is no certificate: its "title" is no text')
    return title[:200], data["declarations"], data["certificate"], data.get("refuted")


# ---------------------------------------------------------------- telling


def printable(s: str) -> str:
    """Text that cannot play tricks on a terminal."""
    return "".join(ch if ch.isprintable() else ascii(ch)[1:-1] for ch in s)


def wrapped(s: str, indent: int, first: str = "") -> Iterator[str]:
    """Lines of at most WIDTH characters, broken at blanks; ``first`` stands before the text."""
    line, empty = first.ljust(indent), True
    for word in pieces(s, WIDTH - indent):
        if not empty and len(line) + 1 + len(word) > WIDTH:
            yield line
            line, empty = " " * indent, True
        line += word if empty else f" {word}"
        empty = False
    yield line


def pieces(s: str, room: int) -> list[str]:
    """Text cut at blanks: at those outside of brackets, if the pieces are short enough so."""
    for most in range(4):
        found, depth = [""], 0
        for ch in s:
            depth += (ch in "([") - (ch in ")]")
            if ch == " " and depth <= most:
                found.append("")
            else:
                found[-1] += ch
        if all(len(f) <= room for f in found):
            return found
    return s.split(" ")


def told(path: str, part: Part, lines: bool) -> Iterator[str]:
    """What is proved, from what, by what, and what it trusts."""
    title = printable(part.title)
    yield f"{path}: {title}" if title else path
    yield ""
    if not part.ok:
        yield from wrapped(f"refused: {part.refusal}", 4, "  ")
        return
    yield from _proofs(part, lines)
    for n, f in enumerate(part.refuted):
        yield from ([""] if n or part.claims else [])
        yield from _refutation(part, f)


def _proofs(part: Part, lines: bool) -> Iterator[str]:
    """What is proved, with all that it rests on."""
    if not part.claims:
        return
    whole = {c.name for c in part.claims}
    hidden = 0
    for c in part.claims:
        within = c.name.rpartition(", ")[0] in whole
        if within and not lines:
            hidden += 1
            continue
        yield from _claim(c, part, "    " if within else "  ")
    if hidden:
        yield f"  ... and {hidden} lines that lead to them (--lines shows these)"
    used = part.uses()
    entries = part.declared.entries
    speaking = [n for n, e in enumerate(entries) if n in used]
    naming = [n for n, e in enumerate(entries) if n not in used and e.kind in NAMING]
    yield from _listing("names", part, naming)
    yield from _listing("rests on", part, speaking)
    yield from ("", *wrapped(", ".join(part.names("rules")), 12, "  by"))
    trusts = ", ".join(map(printable, part.names("trusts")))
    words = f"proved, trusting: {trusts}" if trusts else "proved"
    count = f"{len(part.claims)} claims in {len(part.steps)} steps"
    yield from ("", *wrapped(f"{words} ({count})", 4, "  "))


NAMING = ("constant", "random", "function", "let")


def _claim(c: Claim, part: Part, indent: str) -> Iterator[str]:
    name, words = f"{indent}{printable(c.name)}:", part.speller.theorem(c.theorem)
    if len(name) + len(words) < WIDTH:
        yield f"{name} {words}"
    else:
        yield name
        head, left, right = part.speller.sides(c.theorem)
        if head:
            yield from wrapped(head, len(indent) + 6)
        yield from wrapped(left, len(indent) + 6)
        yield from wrapped(right, len(indent) + 6, f"{indent}    = ")
    if c.theorem.trusts:
        trusts = ", ".join(sorted(map(printable, c.theorem.trusts)))
        yield from wrapped(f"trusting: {trusts}", len(indent) + 6, " " * (len(indent) + 4))


def _refutation(part: Part, f: Refuted) -> Iterator[str]:
    """A false claim, and the world in which its sides differ."""
    spell, answer = part.speller, f.answer
    assert isinstance(answer, Refutation)
    yield from wrapped(
        f"{spell.term(f.left)} = {spell.term(f.right)}", 6, f"  {printable(f.name)}: "
    )
    world = answer.world
    sides = (spell.value(answer.left), spell.value(answer.right))
    where = [f"{spell.term(x)} = {spell.value(v)}" for x, v in answer.at.items()]
    outcome = f" where {', '.join(where)}" if where else ""
    yield from wrapped(
        f"the left side is {sides[0]}, the right side {sides[1]}{outcome}", 6, "    "
    )
    used = {
        p[1] for t in (f.left, f.right) for p in parts_of(part.declared.unfolded(t)) if p[0] in "cx"
    }
    numbers = [f"{_member(spell, c)} = {v}" for c, v in world.numbers.items()]
    if numbers:
        yield from wrapped(", ".join(numbers), 10, "    with")
    for members, rows in world.tables:
        if any(x[1] in used for x in members):
            yield from _table(spell, members, rows)
    for k, (law, ps) in enumerate(world.laws):
        if any(("g", k, ()) in atoms(v) for xs, rows in world.tables for _, vs in rows
               for x, v in zip(xs, vs, strict=True) if x[1] in used):  # fmt: skip
            yield f"    u{k} ~ {law}({', '.join(map(str, ps))})"
    trusts = f", trusting: {', '.join(sorted(answer.trusts))}" if answer.trusts else ""
    yield f"  refuted{trusts}"


def _member(spell: Speller, x: Term) -> str:
    """A member of a family at whole numbers."""
    return spell.term((*x[:2], *(num(int(k)) for k in x[2:])))


def _table(spell: Speller, members: list[Term], rows: list[Any]) -> Iterator[str]:
    """A joint law, an outcome a line."""
    head = ["p", *(_member(spell, x) for x in members)]
    body = [[str(p), *map(spell.value, vs)] for p, vs in rows[:LONG]]
    wide = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    for line in (head, *body):
        yield "    " + "  ".join(k.rjust(w) for k, w in zip(line, wide, strict=True))
    if len(rows) > LONG:
        yield f"    ... and {len(rows) - LONG} more outcomes"


def _listing(label: str, part: Part, numbers: list[int]) -> Iterator[str]:
    """Declarations, each behind its number."""
    if numbers:
        yield ""
    for k, n in enumerate(numbers):
        words = part.speller.entry(part.declared.entries[n])
        yield from wrapped(words, 16, f"  {label if k == 0 else '':10}{n:>3} ")


def data_of(path: str, part: Part) -> dict[str, Any]:
    """The same as plain data."""
    refused = None
    if not part.ok:
        step = part.verdict.step if isinstance(part.verdict, Refusal) else -1
        refused = {"reason": part.refusal, "step": step if step >= 0 else None}
    return {
        "path": path,
        "title": part.title,
        "ok": part.ok,
        "refused": refused,
        "steps": len(part.steps),
        "declarations": [part.speller.entry(e) for e in part.declared.entries] if part.ok else [],
        "claims": [
            {
                "name": c.name,
                "claim": part.speller.theorem(c.theorem),
                "uses": sorted(c.theorem.uses),
                "rules": sorted(c.theorem.rules),
                "trusts": sorted(c.theorem.trusts),
            }
            for c in part.claims
        ],
        "refuted": [
            {
                "name": f.name,
                "claim": f"{part.speller.term(f.left)} = {part.speller.term(f.right)}",
                "left": part.speller.value(f.answer.left),
                "right": part.speller.value(f.answer.right),
                "trusts": sorted(f.answer.trusts),
            }
            for f in (part.refuted if part.ok else [])
            if isinstance(f.answer, Refutation)
        ],
    }


# ---------------------------------------------------------------- the command


def verify(paths: Iterable[str], *, lines: bool = False, as_json: bool = False) -> int:
    """Judge files and say what they prove: 0 proved, 1 something refused, 2 no certificate."""
    status, made, shown = 0, [], False
    for path in paths:
        try:
            parts = read(path)
        except Unreadable as e:
            print(f"symcheck: {printable(str(e))}", file=sys.stderr)
            status = 2
            continue
        for part in parts:
            status = max(status, int(not part.ok))
            if as_json:
                made.append(data_of(path, part))
                continue
            for line in ([""] if shown else []) + list(told(printable(path), part, lines)):
                _print(line.rstrip())
            shown = True
    if as_json:
        _print(json.dumps(made, indent=1, ensure_ascii=False))
    return status


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "ascii"
    print(text.encode(encoding, "replace").decode(encoding))


def main(words: list[str]) -> int:
    """The command without the parser of the command line: it takes FILE, --lines and --json."""
    try:
        paths = [w for w in words if w == "-" or not w.startswith("-")]
        status = verify(paths, lines="--lines" in words, as_json="--json" in words)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("symcheck: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13
