"""The notation of docs/certificates.md: terms of the core as nested lists, ``(+ a (* 2 b))``.

A name alone is a letter, constant, or variable as declared; ``(f j)`` with a declared name in
front is that name at an index.  ``(- a b)`` is short for ``(+ a (* -1 b))``, ``(- a)`` for
``(* -1 a)``, and ``(range j lo hi)`` for the two formulas of ``lo <= j <= hi``.

In axioms ``a(j)`` is the body ``a`` at j, and ``(Σ j lo hi t)`` the sum of t over the letter j.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symcheck.core.declared import ENTRIES, SHAPES, Declared, Entry, _with, declare, within
from symcheck.core.terms import FIRST, KNOWN, MINUS, Formula, Term, kids, minus, neg, num

__all__ = ["declarations", "formula", "notation", "read", "said", "spell", "tokens"]

INDEX = {"~1": "j", "~2": "i"}  # the letters of sums in axioms
PARTS = SHAPES | {"fixed": "T", "known": "TT", "whole": "T", "natural": "T", "equal": "TT"}
PARTS |= {"new": "TT", "each": "f"}
Node = Any  # a word, or a list of nodes behind "(" or "["


def tokens(text: str) -> list[Node]:
    """The nodes of a text."""
    stack: list[list[Node]] = [[]]
    for word in re.findall(r"[()\[\]]|[^\s()\[\]]+", text):
        if word in "([":
            stack.append([word])
        elif word in ")]":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word)
    return stack[0]


def read(node: Node, kind: str, d: Declared) -> Any:
    """A node as data of a kind."""
    if kind in "NQTFP":
        inner = {"P": "T"}.get(kind, kind.lower())
        return tuple(read(n, inner, d) for n in node[1:])
    if kind in "to":
        return term(node, d)
    if kind == "f":
        _, head, *rest = node
        return (head, *(read(n, k, d) for n, k in zip(rest, SHAPES[head], strict=True)))
    return {"n": int, "q": Fraction, "s": str}[kind](node)


def term(node: Node, d: Declared) -> Term:
    """A node as a term."""
    if isinstance(node, str):
        if re.fullmatch(r"-?\d+(/\d+)?", node):
            return num(Fraction(node))
        return (tag_of(node, d), node) if tag_of(node, d) != "f" else ("f", node)
    _, head, *rest = node
    if head == "b":
        return ("b", int(rest[0]))
    if head == "-":
        ts = [term(n, d) for n in rest]
        return minus(*ts) if len(ts) == 2 else neg(ts[0])
    if head == "1":
        return ("1", rest[0], term(rest[1], d))
    if head in ("v", "c") and rest:
        return (head, rest[0], *(term(n, d) for n in rest[1:]))
    below = tuple(term(n, d) for n in rest)
    return (
        (head, *below) if head in FIRST and head not in "cxdf" else (tag_of(head, d), head, *below)
    )


def tag_of(name: str, d: Declared) -> str:
    """What a name is."""
    if name in d.constants:
        return "c"
    if name in d.randoms:
        return "x"
    return "d" if name in d.lets else "f" if name in KNOWN or name in d.functions else "v"


def formula(text: str, d: Declared) -> list[Formula]:
    """The formulas of a text."""
    found: list[Formula] = []
    for node in tokens(text):
        if node[1] == "range":
            found += within(*(term(n, d) for n in node[2:]))
        else:
            found.append(read(node, "f", d))
    return found


def declarations(text: str) -> Declared:
    """Declarations, each in a line or behind ``|``."""
    d = declare({"terms": [], "entries": []})
    for line in re.split(r"[|\n]", text):
        if line.strip():
            kind, *rest = tokens(line)
            data = tuple(read(n, k, d) for n, k in zip(rest, ENTRIES[kind], strict=True))
            d = _with(d, Entry(kind, data))
    return d


# ---------------------------------------------------------------- and back


def spell(t: Term, d: Declared) -> str:
    """A term in the notation."""
    if t[0] in ("q", "?", "?*"):
        return str(t[1])
    if t[0] == "@":
        return f"{t[1]}({spell(t[2], d)})"
    if t[0] == "Σ":
        return f"(Σ {' '.join(spell(k, d) for k in (t[3], *t[1:3], t[4]))})"
    if t[0] == "v" and t[1] in INDEX:
        return INDEX[t[1]]
    if t[0] in "cxdvf" and len(t) == 2:
        return str(t[1]) if tag_of(t[1], d) == t[0] else f"({t[0]} {t[1]})"
    if t[0] == "b":
        return f"(b {t[1]})"
    if t[0] == "+" and len(t) == 3 and t[2][:2] == ("*", MINUS) and len(t[2]) == 3:
        return f"(- {spell(t[1], d)} {spell(t[2][2], d)})"
    if t[:2] == ("*", MINUS) and len(t) == 3:
        return f"(- {spell(t[2], d)})"
    head = t[0] if t[0] not in "cxdf" else t[1] if t[1] not in FIRST else f"{t[0]} {t[1]}"
    head = f"1 {t[1]}" if t[0] == "1" else head
    return f"({' '.join([head, *(spell(k, d) for k in kids(t))])})"


def notation(value: Any, kind: str, d: Declared) -> str:
    """Data of a kind in the notation."""
    if kind in "NQTFP":
        inner = {"P": "T"}.get(kind, kind.lower())
        return f"[{' '.join(notation(v, inner, d) for v in value)}]"
    if kind in "to":
        return spell(value, d)
    if kind == "f":
        parts = (notation(v, k, d) for v, k in zip(value[1:], PARTS[value[0]], strict=True))
        return f"({' '.join([value[0], *parts])})"
    return str(value)


def said(hyps: Iterable[Formula], says: Formula, d: Declared) -> str:
    """A theorem in the notation."""
    asked = " ".join(sorted(notation(h, "f", d) for h in hyps))
    return f"{asked}{' |- ' if asked else ''}{notation(says, 'f', d)}"
