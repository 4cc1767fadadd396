"""Text to data: ``.proof`` files and expressions, with line and column in every error.

A file is a list of statements; each starts in column 1 and goes on over the indented
lines below it.  lark parses the statements by ``grammar.lark``; nothing that a file says
is ever evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from sympy import Pow

from symcheck.context import Context
from symcheck.document import ChainLine, Claim, Derive, Document, Goal, Solve
from symcheck.expr import RV, index
from symcheck.laws import LAWS
from symcheck.written import RESERVED, Node, Problem, Scope, build, suggest

__all__ = ["SyntaxProblem", "parse", "parse_expression"]

MAX_SIZE = 1_000_000
MAX_TOKENS = 5_000
MAX_DEPTH = 60
MAX_DIGITS = 40

STATEMENTS = (
    "title", "source", "note", "size", "real", "index", "function", "random", "independent",
    "pairwise", "identical", "iid", "assume", "finite", "let", "derive", "solve", "claim",
)  # fmt: skip
STARTS = [f"{s}_stmt" for s in (
    "size", "real", "index", "function", "random", "independent", "assume", "finite", "let",
    "derive", "solve", "claim",
)] + ["expr"]  # fmt: skip


class SyntaxProblem(Exception):
    """Text that cannot be read: what is wrong, where, and what to try."""

    def __init__(
        self, message: str, line: int, column: int, source: str = "", hint: str = "",
        path: str = "", width: int = 1,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.message, self.line, self.column = message, line, column
        self.source, self.hint, self.path, self.width = source, hint, path, max(1, width)

    def __str__(self) -> str:
        where = f"{self.path or '<text>'}:{self.line}:{self.column}: {self.message}"
        lines = [where]
        if self.source:
            shown = self.source.replace("\t", " ")
            lines += [f"  {shown}", "  " + " " * (self.column - 1) + "^" * self.width]
        if self.hint:
            lines.append(f"  try: {self.hint}")
        return "\n".join(lines)


@dataclass(frozen=True)
class _Text:
    """One statement or line: its keyword, and its body with the position of its start."""

    keyword: str
    body: str
    line: int
    column: int


@lru_cache(maxsize=1)
def _lark() -> Any:
    from lark import Lark

    grammar = files("symcheck").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar, parser="lalr", start=STARTS, propagate_positions=True, maybe_placeholders=True
    )


class _Reader:
    """Parses the statements of one text into one context."""

    def __init__(self, text: str, path: str) -> None:
        if len(text.encode("utf-8", "replace")) > MAX_SIZE:
            raise SyntaxProblem(f"the file is larger than {MAX_SIZE} bytes", 1, 1, path=path)
        self.lines = text.split("\n")
        self.path = path
        self.context = Context()
        self.goals: list[Goal] = []
        self.titles: dict[str, list[str]] = {"title": [], "source": [], "note": []}

    # -------------------------------------------------------- trees

    def fail(
        self, message: str, line: int, column: int, hint: str = "", width: int = 1
    ) -> SyntaxProblem:
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        column = min(max(column, 1), len(source) + 1)
        width = max(1, min(width, len(source) - column + 1))
        return SyntaxProblem(message, line, column, source, hint, self.path, width)

    def at(self, node: Any, message: str, hint: str = "") -> SyntaxProblem:
        width = node.end - node.column if node.end > node.column else 1
        return self.fail(message, node.line, node.column, hint, width)

    def tree(self, start: str, t: _Text) -> Any:
        """The lark tree of a body, with positions in the file."""
        from lark.exceptions import (
            LarkError,
            UnexpectedCharacters,
            UnexpectedInput,
            UnexpectedToken,
        )

        self._bounds(t)
        padded = "\n" * (t.line - 1) + " " * (t.column - 1) + t.body
        try:
            return _lark().parse(padded, start=start)
        except UnexpectedCharacters as e:
            raise self.fail(f"{e.char!r} has no meaning here", e.line, e.column) from None
        except UnexpectedToken as e:
            if e.token.type == "$END":
                last = t.body.rstrip().split("\n")
                line = t.line + len(last) - 1
                column = len(last[-1]) + (t.column if len(last) == 1 else 1)
                raise self.fail(
                    "something is missing at the end", line, column, _expected(e)
                ) from None
            word = str(e.token)
            raise self.fail(
                f"{word!r} is not expected here", e.line, e.column, _expected(e), len(word)
            ) from None
        except UnexpectedInput as e:
            raise self.fail("cannot be read", e.line, e.column) from None
        except (LarkError, RecursionError):
            raise self.fail("cannot be read", t.line, t.column) from None

    def _bounds(self, t: _Text) -> None:
        depth = 0
        for n, ch in enumerate(t.body):
            depth += (ch in "([{") - (ch in ")]}")
            if depth > MAX_DEPTH:
                line = t.line + t.body.count("\n", 0, n)
                raise self.fail(f"brackets are nested deeper than {MAX_DEPTH}", line, 1)
        if len(re.findall(r"\w+|[^\w\s]", t.body)) > MAX_TOKENS:
            raise self.fail(f"longer than {MAX_TOKENS} words and signs", t.line, t.column)
        if t.body.count("^") > MAX_DEPTH:
            raise self.fail(f"more than {MAX_DEPTH} exponents", t.line, t.column)
        long = re.search(r"\d{%d,}" % (MAX_DIGITS + 1), t.body)
        if long:
            raise self.fail(f"a number of more than {MAX_DIGITS} digits", t.line, t.column)

    def expr(self, tree: Any, scope: Scope | None = None) -> Any:
        """The verbatim expression of an expression tree."""
        try:
            return build(_node(tree), self.context, scope)
        except Problem as p:
            raise self.at(p.node, p.message, p.hint) from None
        except RecursionError:
            raise self.fail("nested too deeply", tree.meta.line, tree.meta.column) from None
        except (TypeError, ValueError, OverflowError) as e:
            raise self.at(_node(tree), str(e) or "has no meaning") from None

    def declare(self, tree: Any, make: Callable[[], Any]) -> Any:
        """Run a declaration; its ValueError becomes an error at the tree."""
        try:
            return make()
        except ValueError as e:
            node = _node(tree)
            raise self.at(node, str(e)) from None

    def target(self, tree: Any) -> tuple[str, tuple[Any, ...]]:
        """A declared name with its formal indices."""
        node = _node(tree)
        if node.text in RESERVED:
            raise self.at(node, f"{node.text} has a meaning already", "another name")
        formal = []
        for p in node.parts:
            inner = p
            while inner.kind in ("sum", "product", "factor", "term") and len(inner.parts) == 1:
                inner = inner.parts[0]
            if inner.kind != "name":
                raise self.at(p, "a declaration takes letters as indices", f"{node.text}[i]")
            formal.append(inner.text)
        if len(set(formal)) < len(formal):
            raise self.at(node, "the same index twice")
        for f in formal:
            if f in self.context.names and f not in self.context.indices:
                raise self.at(node, f"the index {f} is declared as something else")
        return node.text, tuple(index(f) for f in formal)

    def formal(self, at: tuple[Any, ...]) -> Scope:
        return Scope({i.name: i for i in at}, free_indices=False)

    # -------------------------------------------------------- statements

    def read(self) -> None:
        for t in self._statements():
            if t.keyword in self.titles:
                self.titles[t.keyword].append(" ".join(t.body.split()))
            elif t.keyword in ("derive", "solve", "claim"):
                self._goal(t)
            else:
                getattr(self, f"_{t.keyword}")(t)

    def _statements(self) -> Iterator[_Text]:
        """Split into statements; comments and blank lines vanish."""
        start: _Text | None = None
        for n, raw in enumerate(self.lines, start=1):
            line = _uncomment(raw.rstrip("\r"))
            if not line.strip():
                if start is not None:
                    start = _Text(start.keyword, start.body + "\n", start.line, start.column)
                continue
            if line[0] in " \t":
                if start is None:
                    raise self.fail(
                        "an indented line continues a statement, and there is none", n, 1
                    )
                start = _Text(start.keyword, start.body + "\n" + line, start.line, start.column)
                continue
            if start is not None:
                yield start
            match = re.match(r"[^\W\d]\w*", line)
            word = match.group(0) if match else line.split()[0]
            if word not in STATEMENTS:
                hint = (
                    suggest(word, STATEMENTS)
                    or "a line starts with " + ", ".join(STATEMENTS[3:9]) + ", ..."
                )
                raise self.fail(f"{word!r} is not a statement", n, 1, hint, len(word))
            body = line[len(word) :]
            start = _Text(word, body, n, len(word) + 1)
        if start is not None:
            yield start

    def _size(self, t: _Text) -> None:
        for item in self.tree("size_stmt", t).children:
            name, _, low = item.children
            if low is not None and self.expr(low) not in (0, 1):
                raise self.at(_node(low), "a size is at least 0 or at least 1")
            zero = low is not None and self.expr(low) == 0
            self._fresh(name)
            self.declare(name, lambda name=name, zero=zero: self.context.size(str(name), zero=zero))

    def _real(self, t: _Text) -> None:
        for item in self.tree("real_stmt", t).children:
            target, sign = self._signed(item)
            name, at = self.target(target)
            self.declare(target, lambda n=name, s=sign, at=at: self.context.real(n, s, indices=at))

    def _signed(self, item: Any) -> tuple[Any, str]:
        target, relop, zero = item.children
        if relop is None:
            return target, ""
        op = str(relop.children[0]).replace("≥", ">=").replace("≠", "!=").replace("≤", "<=")
        if self.expr(zero) != 0 or op in ("=", "<="):
            raise self.at(_node(zero), "a sign is declared as > 0, >= 0, < 0 or != 0")
        return target, op

    def _fresh(self, token: Any) -> None:
        if str(token) in RESERVED:
            raise self.at(_node(token), f"{token} has a meaning already", "another name")

    def _index(self, t: _Text) -> None:
        tree = self.tree("index_stmt", t)
        for child in tree.children:
            if child is None:
                continue
            if getattr(child, "data", None) == "apart":
                scope = Scope(dict(self.context.indices), free_indices=False)
                a, b = (self.expr(c, scope) for c in child.children if getattr(c, "data", "") != "")
                self.context.assume_apart(a, b)
            else:
                self._fresh(child)
                if str(child) not in self.context.indices:
                    self.declare(child, lambda c=child: self.context.index(str(c)))

    def _function(self, t: _Text) -> None:
        for item in self.tree("function_stmt", t).children:
            name, kind = item.children
            self._fresh(name)
            self.declare(name, lambda n=name, k=kind: self.context.function(str(n), str(k or "")))

    def _random(self, t: _Text) -> None:
        names, properties, law = [], [], None
        for child in self.tree("random_stmt", t).children:
            if child is None:
                continue
            if child.data == "randomname":
                names.append(child)
            elif child.data == "law":
                law = child
            else:
                properties.append(child)
        for item in names:
            target, sign = self._signed(item)
            if sign == "<":
                raise self.at(
                    _node(target), "declare the sign of a random variable as > 0, >= 0 or != 0"
                )
            name, at = self.target(target)
            scope = self.formal(at)
            given: dict[str, Any] = {"sign": sign}
            for p in properties:
                if p.data in given:
                    raise self.at(_node(p), f"{p.data} is said twice")
                if p.data in ("symmetric", "atomless"):
                    given[p.data] = True
                    continue
                value = self.expr(p.children[0], scope)
                if not self.context.constant(value):
                    raise self.at(_node(p), f"the {p.data} of {name} is random")
                if p.data == "finite" and not (value.is_Integer and value > 0):
                    raise self.at(
                        _node(p), "finite takes the number of finite moments, as in finite 4"
                    )
                given["order" if p.data == "finite" else str(p.data)] = value
            if given.get("symmetric") and given.get("mean", 0) != 0:
                raise self.at(
                    _node(target), "symmetric means symmetric about 0, but the mean is another"
                )
            if law is not None:
                given["law"] = self._law(law, scope)
            self.declare(
                target, lambda n=name, at=at, given=given: self.context.random(n, *at, **given)
            )

    def _law(self, tree: Any, scope: Scope) -> tuple[str, tuple[Any, ...]]:
        name, *parameters = tree.children
        if str(name) not in LAWS:
            hint = suggest(str(name), LAWS) or f"known laws: {', '.join(LAWS)}"
            raise self.at(_node(name), f"{name} is not a law that is known", hint)
        values = tuple(self.expr(p, scope) for p in parameters if p is not None)
        want = LAWS[str(name)].parameters
        if len(values) != len(want):
            raise self.at(
                _node(name),
                f"{name} takes {', '.join(want) or 'nothing'}",
                f"{name}({', '.join(want)})",
            )
        return str(name), values

    def _blocks(
        self, t: _Text, start: str = "independent_stmt"
    ) -> tuple[Any, list[tuple[RV, ...]], tuple[Any, ...]]:
        tree = self.tree(start, t)
        blocks, over = [], []
        for child in tree.children:
            if child is None:
                continue
            if getattr(child, "data", None) == "block":
                blocks.append(tuple(self._member(c) for c in child.children))
            else:
                over.append(index(str(child)))
        return tree, blocks, tuple(over)

    def _member(self, tree: Any) -> RV:
        node = _node(tree)
        r = self.context.randoms.get(node.text)
        if r is None:
            known = list(self.context.randoms)
            raise self.at(node, f"{node.text} is not a random variable", suggest(node.text, known))
        name, at = self.target(tree)
        if at and len(at) != len(r.indices):
            raise self.at(node, f"{name} has {len(r.indices)} indices")
        return RV(name, *at)

    def _independent(self, t: _Text, pairwise: bool = False) -> None:
        tree, blocks, over = self._blocks(t)
        self.declare(tree, lambda: self.context.independent(*blocks, over=over, pairwise=pairwise))

    def _pairwise(self, t: _Text) -> None:
        match = re.match(r"\s+independent\b", t.body)
        if match is None:
            raise self.fail("pairwise is followed by independent", t.line, t.column)
        body = " " * match.end() + t.body[match.end() :]
        self._independent(_Text("independent", body, t.line, t.column), pairwise=True)

    def _identical(self, t: _Text, independent: bool = False) -> None:
        tree, blocks, over = self._blocks(t)
        if len(blocks) != 1 or not over:
            raise self.at(
                _node(tree), "one family (or vector) over its indices", "identical x[j] over j"
            )
        if not all(i in b.indices for b in blocks[0] for i in over):
            raise self.at(_node(tree), "every member needs the index that is run over")
        if independent:
            self.declare(tree, lambda: self.context.independent(*blocks, over=over))
        self.context.identical(*blocks[0], over=over)

    def _iid(self, t: _Text) -> None:
        self._identical(t, independent=True)

    def _assume(self, t: _Text) -> None:
        label, lhs, rhs = self.tree("assume_stmt", t).children
        before = set(self.context.indices)
        left, right = self.expr(lhs), self.expr(rhs)
        formal = [self.context.indices.pop(n) for n in set(self.context.indices) - before]
        if not self.context.constant(left):
            raise self.at(
                _node(lhs), "an assumption is about an expectation, a variance or a covariance"
            )
        self.context.assume(left, right, *sorted(formal, key=str), name=_label(label))

    def _finite(self, t: _Text) -> None:
        for tree in self.tree("finite_stmt", t).children:
            before = set(self.context.indices)
            e = self.expr(tree)
            for n in set(self.context.indices) - before:
                del self.context.indices[n]
            self.context.assume_finite(e)

    def _let(self, t: _Text) -> None:
        target, body = self.tree("let_stmt", t).children
        name, at = self.target(target)
        value = self.expr(body, self.formal(at))
        self.declare(target, lambda: self.context.let(name, *at, body=value))

    # -------------------------------------------------------- goals

    def _goal(self, t: _Text) -> None:
        head, *rest = _lines(t)
        if t.keyword == "claim":
            self._claim(head, rest)
            return
        expect = None
        for k in rest:
            match = re.match(r"\s*expect\b", k.body)
            if match is None or expect is not None:
                column = len(k.body) - len(k.body.lstrip()) + 1
                raise self.fail("only one line `expect ...` may follow", k.line, column)
            expect = _Text("expect", k.body[match.end() :], k.line, match.end() + 1)
        tree = self.tree(f"{t.keyword}_stmt", head)
        label, *parts = tree.children
        values = [self.expr(p) for p in parts]
        wanted = None if expect is None else self.expr(self.tree("expr", expect))
        if t.keyword == "derive":
            self.goals.append(Derive(_label(label), t.line, values[0], wanted))
            return
        unknown = values[2]
        base = unknown.base if isinstance(unknown, Pow) else unknown
        if not base.is_Symbol or base in self.context.sizes.values():
            raise self.at(_node(parts[2]), "solve for a constant or its power", "solve ... for σ^2")
        self.goals.append(Solve(_label(label), t.line, *values, wanted))

    def _claim(self, head: _Text, rest: list[_Text]) -> None:
        label, lhs, rhs = self.tree("claim_stmt", head).children
        left, right = self.expr(lhs), None if rhs is None else self.expr(rhs)
        chain: list[ChainLine] = []
        admit = False
        for n, k in enumerate(_continued(rest)):
            stripped = k.body.strip()
            if stripped == "admit":
                admit = True
                continue
            if not stripped.startswith("=") and n > 0:
                column = len(k.body) - len(k.body.lstrip()) + 1
                raise self.fail("a line of a chain starts with =", k.line, column)
            if stripped.startswith("=") and not chain:
                text = head.body[: len(head.body.split("=")[0])].strip()
                chain.append(ChainLine(left, (), head.line, head.column, text))
            chain.append(self._chain_line(k))
        text = head.body.strip()
        self.goals.append(Claim(_label(label), head.line, left, right, tuple(chain), admit, text))

    def _chain_line(self, k: _Text) -> ChainLine:
        body = k.body
        by: tuple[str, ...] = ()
        match = re.search(r"(?<=\s)by\s+(?!.*\sby\s)", body, re.DOTALL)
        if match:
            by = tuple(" ".join(r.split()) for r in _commas(body[match.end() :]) if r.strip())
            body = body[: match.start()]
        lead = len(body) - len(body.lstrip())
        if body.lstrip().startswith("="):
            lead += 1
        value = self.expr(self.tree("expr", _Text("", body[lead:], k.line, lead + 1)))
        text = " ".join(body[lead:].split())
        column = lead + 1 + len(body[lead:]) - len(body[lead:].lstrip())
        admit = "admit" in by
        return ChainLine(value, tuple(b for b in by if b != "admit"), k.line, column, text, admit)


def _commas(text: str) -> list[str]:
    """Split at commas outside of brackets."""
    parts, depth, last = [], 0, 0
    for n, ch in enumerate(text):
        depth += (ch in "([") - (ch in ")]")
        if ch == "," and depth == 0:
            parts.append(text[last:n])
            last = n + 1
    return [*parts, text[last:]]


def _uncomment(line: str) -> str:
    return line.split("#", 1)[0].rstrip()


def _lines(t: _Text) -> list[_Text]:
    """The lines of a statement, the first without its keyword."""
    first, *rest = t.body.split("\n")
    found = [_Text(t.keyword, first, t.line, t.column)]
    found += [_Text("", k, t.line + n, 1) for n, k in enumerate(rest, start=1) if k.strip()]
    return found


def _continued(lines: list[_Text]) -> list[_Text]:
    """Join lines that neither start a chain line nor are a word of their own."""
    found: list[_Text] = []
    for n, k in enumerate(lines):
        stripped = k.body.strip()
        if stripped.startswith("=") or stripped == "admit" or n == 0 or not found:
            found.append(k)
        elif found[-1].body.strip() == "admit":
            found.append(k)
        else:
            last = found[-1]
            gap = k.line - last.line - last.body.count("\n")
            found[-1] = _Text(last.keyword, last.body + "\n" * gap + k.body, last.line, last.column)
    return found


def _label(token: Any) -> str:
    return "" if token is None else str(token.children[0]).rstrip(" \t:")


def _expected(e: Any) -> str:
    names = {
        "NAME": "a name", "NUMBER": "a number", "EQ": "=", "RPAR": ")", "RSQB": "]", "LPAR": "(",
        "COMMA": ",", "OVER": "over", "FOR": "for",
    }  # fmt: skip
    wanted = [names[t] for t in names if t in (e.expected or ())]
    return " or ".join(wanted[:4])


# ---------------------------------------------------------------- lark tree -> small tree


def _node(tree: Any) -> Node:
    """The small tree of a lark tree."""
    if not hasattr(tree, "data"):
        end = (tree.end_column or tree.column) if tree.line == tree.end_line else tree.column + 1
        return Node("name", str(tree), (), tree.line, tree.column, end)
    meta = tree.meta
    line, column = getattr(meta, "line", 0), getattr(meta, "column", 0)
    end = (
        getattr(meta, "end_column", column)
        if getattr(meta, "end_line", line) == line
        else column + 1
    )
    kind, children = str(tree.data), tree.children

    def made(kind: str, text: str = "", parts: tuple[Node, ...] = ()) -> Node:
        return Node(kind, text, parts, line, column, end)

    if kind in ("number", "name", "target"):
        return made("number" if kind == "number" else "name", str(children[0]))
    if kind == "sum":
        return made("sum", "", tuple(_signed(children)))
    if kind == "product":
        return made("product", "", tuple(_factors(tree, "")))
    if kind == "pow":
        return made("pow", "", (_node(children[0]), _node(children[1])))
    if kind == "superpow":
        digits = str(children[1]).translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
        return made("pow", "", (_node(children[0]), made("number", digits)))
    if kind == "exponent":
        sign, base = children
        return made("sum", "", (made("term", _sign(sign), (_node(base),)),))
    if kind in ("indexed", "call"):
        return made(kind, str(children[0]), tuple(_node(c) for c in children[1:] if c is not None))
    if kind == "head":
        inside = [c for c in children[1].children if c is not None]
        given = [c for c in inside if c.data == "given"]
        first = made("inside", "", tuple(_node(c) for c in inside if c.data != "given"))
        after = tuple(_node(c) for g in given for c in g.children)
        return made("head", str(children[0]), (first, *after))
    if kind == "indicator":
        return made("indicator", "", (_node(children[1]),))
    if kind == "relation":
        left, op, right = children
        return made("relation", str(op.children[0]), (_node(left), _node(right)))
    if kind == "big":
        return made("big", str(children[0]), tuple(_node(c) for c in children[1:]))
    if kind == "range":
        parts = [c for c in children if c is not None and hasattr(c, "data")]
        kinds = {1: "index", 2: "apart", 3: "range"}
        return made(kinds[len(parts)], "", tuple(_node(c) for c in parts))
    return made(kind, "", tuple(_node(c) for c in children if c is not None))


def _sign(token: Any) -> str:
    return "-" if token is not None and str(token) in "-−" else ""


def _signed(children: list[Any]) -> Iterator[Node]:
    """Terms with their signs."""
    sign = ""
    for c in children:
        if c is None:
            continue
        if hasattr(c, "data"):
            inner = _node(c)
            yield Node("term", sign, (inner,), inner.line, inner.column, inner.end)
        else:
            sign = _sign(c)


def _factors(tree: Any, op: str) -> Iterator[Node]:
    """The factors of a product, each with the operator before it."""
    first, *rest = tree.children
    inner = _node(first)
    sign = ""
    yield Node("factor", op, (inner,), inner.line, inner.column, inner.end)
    op = ""
    for c in rest:
        if not hasattr(c, "data"):
            if c.type == "OP":
                op = "/" if str(c) == "/" else "*"
            else:
                sign = _sign(c)
            continue
        parts = list(_factors(c, op)) if c.data == "product" else [_plain(c, op)]
        if sign:
            head = parts[0]
            signed = Node("sum", "", (Node("term", sign, head.parts, head.line, head.column, head.end),),
                          head.line, head.column, head.end)  # fmt: skip
            parts[0] = Node("factor", head.text, (signed,), head.line, head.column, head.end)
        yield from parts


def _plain(c: Any, op: str) -> Node:
    inner = _node(c)
    return Node("factor", op, (inner,), inner.line, inner.column, inner.end)


# ---------------------------------------------------------------- public


def parse(text: str, name: str = "", path: str = "") -> Document:
    """Read a ``.proof`` file.  Raises :class:`SyntaxProblem`, never anything else."""
    reader = _Reader(text, path or name)
    reader.read()
    return Document(
        reader.context, tuple(reader.goals), " ".join(reader.titles["title"]),
        " ".join(reader.titles["source"]), tuple(reader.titles["note"]), name, path, text,
    )  # fmt: skip


def parse_expression(text: str, context: Context) -> Any:
    """Read one expression (or equation-free formula) in a context; verbatim."""
    reader = _Reader(text, "")
    reader.context = context
    return reader.expr(reader.tree("expr", _Text("", text, 1, 1)))
