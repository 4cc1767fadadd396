"""``.proof`` files to documents, with line and column in every error.

A file is a list of statements.  Each starts in column 1 and goes on over the indented
lines below it; ``#`` begins a comment.  Nothing that a file says is ever evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sympy import Pow, Symbol

from symcheck.facts.context import Context
from symcheck.language.expr import RV, Def, Param, Sum, add, index, neg, subterms
from symcheck.language.laws import LAWS
from symcheck.reading.document import ChainLine, Claim, Derive, Document, Goal, Induct, Solve
from symcheck.reading.parser import KEYWORDS, WORDS, Source, SyntaxProblem, ascii_relation, normal
from symcheck.reading.written import (
    RESERVED,
    Indexed,
    Name,
    Node,
    Problem,
    Relation,
    Scope,
    Span,
    Unequal,
    build,
    counted,
    suggest,
)  # fmt: skip
from symcheck.system.limits import OutOfTime, TooMuch, stopped

__all__ = ["SyntaxProblem", "parse", "parse_expression", "suggest"]

MAX_SIZE = 1_000_000
MAX_STATEMENTS = 5_000
MAX_NAMES = 2_000
MAX_DEFINITIONS = 60  # definitions that use one another, one above the other


def parse(text: str, name: str = "", path: str = "") -> Document:
    """Read a ``.proof`` file; ``path`` is what errors call it.

    Raises :class:`SyntaxProblem` at the first thing that cannot be read or means nothing.
    """
    reader = _Reader(text, path or name, Context())
    reader.read()
    return Document(
        reader.context, tuple(reader.goals), " ".join(reader.prose["title"]),
        " ".join(reader.prose["source"]), tuple(reader.prose["note"]), name, path, text,
    )  # fmt: skip


def parse_expression(text: str, context: Context) -> Any:
    """Read one expression in a context, verbatim; undeclared indices become free ones.

    Raises :class:`SyntaxProblem`.
    """
    reader = _Reader(text, "", context)
    return reader.expr(reader.source.tree("expr", "\n".join(reader.lines), 1))


@dataclass(frozen=True)
class _Piece:
    """Some lines of a file from a place on."""

    text: str
    line: int
    column: int = 1


class _Reader:
    """Reads the statements of one text into one context."""

    def __init__(self, text: str, path: str, context: Context) -> None:
        self.source = Source(text, path)
        if len(text) > MAX_SIZE or len(text.encode("utf-8", "replace")) > MAX_SIZE:
            raise self.source.problem(f"the text is longer than {MAX_SIZE} bytes", 1, 1)
        self.lines = [_uncommented(k) for k in normal(text).split("\n")]
        self.context = context
        self.explicit = set(context.indices)  # indices that a statement declares
        self.heights: dict[str, int] = {}  # how many definitions lie under a definition
        self.goals: list[Goal] = []
        self.chained = 0  # lines below claims
        self.prose: dict[str, list[str]] = {"title": [], "source": [], "note": []}

    def read(self) -> None:
        for count, (keyword, piece) in enumerate(self._statements()):
            if count >= MAX_STATEMENTS or len(self.context.names) > MAX_NAMES:
                bounds = f"{MAX_STATEMENTS} statements, or {MAX_NAMES} names"
                raise self.source.problem(f"more than {bounds}", piece.line, 1)
            try:
                _STATEMENTS[keyword](self, piece)
            except (SyntaxProblem, OutOfTime):
                raise
            except Exception as e:  # of SymPy's, which every part of a statement may raise
                raise self.source.problem(_meaningless(e), piece.line, 1) from None

    def _statements(self) -> Iterator[tuple[str, _Piece]]:
        keyword, first, last = "", 0, 0
        for n, line in enumerate(self.lines, start=1):
            if not line.strip():
                continue
            if line[0] != " ":
                if keyword:
                    yield keyword, _Piece("\n".join(self.lines[first - 1 : last]), first)
                keyword, first = self._keyword(line, n), n
            elif not keyword:
                message = "an indented line continues a statement, and there is none above"
                column = 1 + len(line) - len(line.lstrip())
                raise self.source.problem(message, n, column, "a line that starts in column 1")
            last = n
        if keyword:
            yield keyword, _Piece("\n".join(self.lines[first - 1 : last]), first)

    def _keyword(self, line: str, n: int) -> str:
        word = line.split()[0][:40]
        match = re.match(r"\w+", line)
        if match and match.group() in KEYWORDS:
            return match.group()
        hint = suggest(word, (*KEYWORDS, "expect", "admit"))
        if word[0] == "=":
            hint = "a blank in front of it: the lines of a chain are indented"
        elif word in ("expect", "admit", "by"):
            hint = f"a blank in front of it: {word} belongs to the statement above"
        message = f"{word!r} is not a statement"
        hint = hint or "size, real, random, independent, let, derive, solve, claim, ..."
        raise self.source.problem(message, n, 1, hint, len(word))

    # -------------------------------------------------------- pieces

    def tree(self, piece: _Piece) -> Any:
        """The tree of a statement, whose first word says by which rule."""
        match = re.match(r"(pairwise +(?=independent\b))?(\w+)", piece.text)
        word = match[2] if match else ""
        start = "identical" if word == "iid" else word
        if start == "pairwise":
            message = "pairwise is followed by independent"
            raise self.source.problem(message, piece.line, 1, "pairwise independent x[j] over j", 8)
        text = " " * len(match[0]) + piece.text[len(match[0]) :] if match else piece.text
        return self.source.tree(start, text, piece.line)

    def expr(self, node: Node, scope: Scope | None = None) -> Any:
        """The verbatim expression of a tree."""
        try:
            return build(node, self.context, scope)
        except Problem as p:
            raise self.source.at(p.span, p.message, p.hint) from None
        except RecursionError:
            raise self.source.at(node.span, "nested too deeply") from None
        except (SyntaxProblem, OutOfTime):
            raise
        except Exception as e:
            raise self.source.at(node.span, _meaningless(e)) from None

    def written(self, first: Span, last: Span) -> str:
        """The author's own spelling between two places."""
        lines = self.source.lines[first.line - 1 : last.end_line]
        lines[-1] = lines[-1][: last.end_column - 1]
        lines[0] = lines[0][first.column - 1 :]
        return " ".join(" ".join(_uncommented(k) for k in lines).split())

    def declare(self, span: Span, make: Callable[[], Any]) -> None:
        """Declare; what the context objects to is an error at the place."""
        try:
            make()
        except ValueError as e:
            raise self.source.at(span, str(e)) from None

    def fresh(self, name: str, span: Span) -> str:
        """A name that may be declared."""
        if name in RESERVED or name in WORDS:
            message = f"{name} has a meaning of its own and cannot be declared"
            raise self.source.at(span, message, f"another name, such as {name}1")
        if name in self.context.indices and name not in self.explicit:
            message = f"{name} is used as an index above"
            raise self.source.at(span, message, "another name, or declare it before its use")
        if name in self.context.names:
            raise self.source.at(span, f"{name} is declared twice", "another name")
        return name

    def target(self, node: Name | Indexed) -> tuple[str, tuple[Symbol, ...], Scope]:
        """A name that is declared, its formal indices, and the scope in which these are known."""
        name = self.fresh(node.name, _head(node))
        formal = self.formal(node)
        letters = frozenset(s.name for s in formal)
        return name, formal, Scope({s.name: s for s in formal}, {}, False, name, letters)

    def formal(self, node: Name | Indexed) -> tuple[Symbol, ...]:
        letters: list[str] = []
        written = node.indices if isinstance(node, Indexed) else ()
        for n in written:
            if not isinstance(n, Name):
                hint = f"{node.name}[{', '.join('ijklm'[: len(written)])}]"
                raise self.source.at(n.span, "a declaration has letters as indices", hint)
            if n.name in letters:
                raise self.source.at(n.span, f"the index {n.name} stands here twice")
            declared = n.name in self.context.names and n.name not in self.context.indices
            if declared or n.name in RESERVED:
                message = f"{n.name} is declared as something else and cannot be an index"
                raise self.source.at(n.span, message, "another letter")
            letters.append(n.name)
        return tuple(index(letter) for letter in letters)

    def hidden(self) -> dict[str, Symbol]:
        """Take away the free indices that no statement declares, to give them back later."""
        implicit = [n for n in self.context.indices if n not in self.explicit]
        return {n: self.context.indices.pop(n) for n in implicit}

    # -------------------------------------------------------- prose and constants

    def note(self, piece: _Piece) -> None:
        last = piece.line + piece.text.count("\n")
        lines = [_uncommented(k) for k in self.source.lines[piece.line - 1 : last]]
        text = " ".join(" ".join(lines).split())
        keyword = next(k for k in self.prose if text.startswith(k))
        self.prose[keyword].append(text[len(keyword) :].strip())

    def size(self, piece: _Piece) -> None:
        for item in self.tree(piece).children:
            target, relations = self._related(item)
            if isinstance(target, Indexed):
                raise self.source.at(
                    target.span, "a size has no index", f"real {target.name}[...] > 0"
                )
            lows = [(r.operator, self._bound(r.right)) for r in relations if r.left is target]
            zero = (">=", 0) in lows
            name = self.fresh(target.name, target.span)
            self.context.size(name, zero=zero)
            known = ((">=", 0), (">=", 1), (">", 0))
            self._relate([r for r, k in zip(relations, lows, strict=True) if k not in known])

    def real(self, piece: _Piece) -> None:
        own: set[str] = set()
        for item in self.tree(piece).children:
            target, relations = self._related(item)
            again = target.name in own and relations  # β > 0, β < 1
            if not again:
                name, formal, _ = self.target(target)
                sign, relations = self._sign(relations)
                self.context.real(name, sign, indices=formal)
                own.add(name)
            self._relate(relations)

    def _related(self, item: Any) -> tuple[Name | Indexed, list[Relation]]:
        """``low < name <= high``: the name, and the relations, each from the name's side."""
        low, *parts = (c for c in item.children if c is not None)
        operators = [ascii_relation(str(c)) for c in parts if not isinstance(c, Node)]
        nodes = [low, *(c for c in parts if isinstance(c, Node))]
        place = 0 if isinstance(low, (Name, Indexed)) else 1
        found, target = [], nodes[place]
        for operator, left, right in zip(operators, nodes, nodes[1:], strict=False):
            if operator == "=":
                raise self.source.at(right.span, "a declaration is no equation", "let, or assume")
            if right is target:
                left, right, operator = right, left, _turned(operator)
            at = Span(*left.span[:2], *right.span[2:]) if left is not target else right.span
            found.append(Relation(operator, left, right, span=at))
        return target, found

    def _bound(self, node: Node) -> Any:
        return self.expr(node, Scope(free=False))

    def _sign(self, relations: list[Relation], below: bool = True) -> tuple[str, list[Relation]]:
        """What is said of the sign, and the other relations."""
        allowed = (">", ">=", "!=", "<") if below else (">", ">=", "!=")
        sign, rest = "", []
        for r in relations:
            if not sign and r.operator in allowed and self._bound(r.right) == 0:
                sign = r.operator
            else:
                rest.append(r)
        return sign, rest

    def _relate(self, relations: list[Relation]) -> None:
        """Assume relations between constants."""
        for r in relations:
            before = set(self.context.indices)
            left, right = self.expr(r.left), self.expr(r.right)
            letters = {self.context.indices[n] for n in set(self.context.indices) - before}
            self._forget(before)
            if r.operator == "=":
                raise self.source.at(r.span, "an equation is about an expectation", "let")
            for e, node in ((left, r.left), (right, r.right)):
                if _mentions_random(e):
                    message = "a relation is between constants"
                    raise self.source.at(node.span, message, "random x > 0, for a variable's sign")
            free = sorted(letters & (left.free_symbols | right.free_symbols), key=str)
            self.declare(r.span, partial(self.context.relate, left, r.operator, right, *free))

    def index(self, piece: _Piece) -> None:
        for item in self.tree(piece).children:
            if item is None:
                continue
            if isinstance(item, Unequal):
                a, b = self._declared_index(item.left), self._declared_index(item.right)
                if a == b:
                    raise self.source.at(item.span, "an index never differs from itself")
                self.context.assume_apart(a, b)
                continue
            token, bounds = (item, ()) if not hasattr(item, "data") else self._bounds(item)
            name = self.fresh(str(token), _token(token))
            symbol = self.context.index(name)
            self.explicit.add(name)
            if bounds:
                self.context.ranges[symbol] = bounds

    def _bounds(self, tree: Any) -> tuple[Any, tuple[Any, Any]]:
        """``j = 1..n``: the index, and its range."""
        token, *rest = tree.children
        lower, upper = (self._whole(n) for n in rest if isinstance(n, Node))
        return token, (lower, upper)

    def _whole(self, node: Node) -> Any:
        value = self._constant(node, Scope(free=False), "a bound")
        if not value.is_integer:
            raise self.source.at(node.span, "a bound is a whole number")
        return value

    def _declared_index(self, node: Node) -> Any:
        value = self.expr(node, Scope(free=False))
        if not (value.is_Integer or value in self.context.indices.values()):
            raise self.source.at(node.span, "only indices and numbers stand here", "i != k")
        return value

    def function(self, piece: _Piece) -> None:
        for item in self.tree(piece).children:
            name, *kind = (str(k) for k in item.children)
            self.fresh(name, _token(item.children[0]))
            self.context.function(name, *kind)

    # -------------------------------------------------------- random variables

    def random(self, piece: _Piece) -> None:
        # What is said after several names is said of each of them: x, y mean 0, z finite 2.
        names: list[Any] = []
        said: list[Any] = []
        for part in (*(p for p in self.tree(piece).children if p is not None), None):
            if names and said and (part is None or part.data == "declared"):
                self._random(names, said)
                names, said = [], []
            if part is not None:
                (names if part.data == "declared" else said).append(part)
        self._random(names, said)

    def _random(self, names: Sequence[Any], said: Sequence[Any]) -> None:
        properties = [p for p in said if p.data == "property"]
        laws = [p for p in said if p.data == "law"]
        if len(laws) > 1:
            raise self.source.at(_token(laws[1].children[0]), "a second law", "one law a variable")
        for item in names:
            target, relations = self._related(item)
            name, formal, scope = self.target(target)
            implicit = self.hidden()
            sign, others = self._sign(relations, below=False)
            if others:
                message = "of a random variable only the sign is declared"
                raise self.source.at(others[0].span, message, "> 0, >= 0, != 0")
            known: dict[str, Any] = {"sign": sign}
            for p in properties:
                self._property(p, name, known, scope)
            if laws:
                known["law"] = self._law(laws[0], name, scope)
            self._consistent(known, target.span)
            self.context.indices.update(implicit)
            self.declare(target.span, partial(self.context.random, name, *formal, **known))

    def _property(self, p: Any, name: str, known: dict[str, Any], scope: Scope) -> None:
        word = str(p.children[0])
        key = "order" if word == "finite" else word
        if key in known:
            raise self.source.at(_token(p.children[0]), f"{word} stands here twice")
        if word in ("symmetric", "atomless"):
            known[key] = True
            return
        node = p.children[1]
        value = self._constant(node, scope, f"the {word} of {name}")
        if word == "finite" and not (value.is_Rational and value > 0):
            message = "finite takes the order of the largest moment that is finite"
            raise self.source.at(node.span, message, "finite 2")
        if word == "variance" and value.is_negative:
            raise self.source.at(node.span, "a variance is never negative")
        known[key] = value

    def _constant(self, node: Node, scope: Scope, what: str) -> Any:
        value = self.expr(node, scope)
        if not self.context.constant(value):
            raise self.source.at(node.span, f"{what} is a constant, and this is random")
        return value

    def _law(self, tree: Any, name: str, scope: Scope) -> tuple[str, tuple[Any, ...]]:
        word, *nodes = tree.children
        law, nodes = str(word), [n for n in nodes if n is not None]
        if law not in LAWS:
            near = _LAW_NAMES.get(law.lower())
            hint = f"did you mean {near}?" if near else suggest(law, LAWS)
            hint = hint or f"one of {', '.join(LAWS)}"
            raise self.source.at(_token(word), f"{law} is not a known law", hint)
        wanted = LAWS[law].parameters
        if len(nodes) != len(wanted):
            message = f"{law} takes {len(wanted) or 'no'} parameter{'s' * (len(wanted) != 1)}"
            hint = f"{law}({', '.join(wanted)})"
            raise self.source.at(_token(word), f"{message}, not {len(nodes) or 'none'}", hint)
        values = tuple(self._constant(n, scope, f"a parameter of {law}") for n in nodes)
        for parameter, node, value in zip(wanted, nodes, values, strict=True):
            if parameter in ("variance", "scale", "rate", "df") and value.is_nonpositive:
                raise self.source.at(node.span, f"the {parameter} of {law} is positive")
            if parameter == "p" and value.is_Rational and not 0 <= value <= 1:
                raise self.source.at(node.span, "a probability lies between 0 and 1")
        if law == "uniform" and all(v.is_Rational for v in values) and values[0] >= values[1]:
            raise self.source.at(nodes[0].span, "the lower end lies below the upper end")
        return law, values

    def _consistent(self, known: Mapping[str, Any], span: Span) -> None:
        """Assumptions that no variable satisfies would prove everything."""
        mean, sign = known.get("mean"), known["sign"]
        if known.get("symmetric") and mean is not None and mean != 0:
            message = "symmetric means symmetric about 0, so its mean can only be 0"
            raise self.source.at(span, message, "mean 0, or leave symmetric out")
        if known.get("symmetric") and sign in (">", ">="):
            raise self.source.at(span, f"a symmetric variable is not {sign} 0")
        wrong = {">": "is_nonpositive", ">=": "is_negative"}.get(sign, "")
        if wrong and mean is not None and getattr(mean, wrong):
            raise self.source.at(span, f"a variable {sign} 0 has no mean {mean}")
        law = known.get("law")
        if law is not None and sign in (">", ">="):
            lower = LAWS[law[0]].support(*law[1])[0]
            if lower.is_extended_negative:
                raise self.source.at(span, f"{law[0]} takes negative values, too")

    # -------------------------------------------------------- independence

    def independent(self, piece: _Piece) -> None:
        for part in self.tree(piece).children:
            self._independent(part, piece.text.startswith("pairwise"))

    def _independent(self, tree: Any, pairs: bool) -> None:
        *items, over = tree.children
        blocks = tuple(self._block(b) for b in items)
        letters = self._over(over, blocks)
        span = _block_span(items[-1])
        if not letters:
            seen: set[str] = set()
            for item, block in zip(items, blocks, strict=True):
                for x in block:
                    if x.name in seen:
                        message = f"{x.name} stands in two blocks"
                        hint = f"independent {x.name}[j] over j, for the members of a family"
                        raise self.source.at(_block_span(item), message, hint)
                    seen.add(x.name)
            if len(blocks) < 2:
                name = blocks[0][0]
                hint = "independent x and y" if not name.indices else (
                    f"independent {_shown(name)} over {', '.join(map(str, name.indices))}"
                )  # fmt: skip
                raise self.source.at(span, "independent of what?", hint)
        elif len(blocks) > 1:
            message = "`over` goes with one family, or one vector in brackets"
            raise self.source.at(span, message, "independent (x[j], y[j]) over j")
        declare = partial(self.context.independent, *blocks, over=letters, pairwise=pairs)
        self.declare(span, declare)

    def identical(self, piece: _Piece) -> None:
        for part in self.tree(piece).children:
            self._identical(part, piece.text.split()[0])

    def _identical(self, tree: Any, word: str) -> None:
        item, over = tree.children
        block = self._block(item)
        letters = self._over(over, (block,))
        if not letters:
            hint = f"{word} {_shown(block[0])} over {', '.join(map(str, block[0].indices)) or 'j'}"
            raise self.source.at(_block_span(item), "the indices to run over are missing", hint)
        if word == "iid":
            self.declare(_block_span(item), lambda: self.context.independent(block, over=letters))
        self.declare(_block_span(item), lambda: self.context.identical(*block, over=letters))

    def _block(self, tree: Any) -> tuple[RV, ...]:
        return tuple(self._member(n) for n in tree.children)

    def _member(self, node: Name | Indexed) -> RV:
        name = node.name
        known = self.context.randoms.get(name)
        if known is None:
            message = f"{name} is not a random variable"
            hint = suggest(name, self.context.randoms) or f"random {name}, in a line above"
            if name in self.context.definitions:
                message = f"{name} is defined, and independence is declared of random variables"
                sources = self.context.sources(self.context.definitions[name].body)
                hint = f"independence of {', '.join(sorted({s.name for s in sources}))}"
            raise self.source.at(_head(node), message, hint)
        at = self.formal(node)
        if len(at) > len(known.indices):
            message = f"{name} has {counted(len(known.indices))}, not {len(at)}"
            raise self.source.at(node.span, message, _shown(known.term))
        return RV(name, *at)

    def _over(self, tree: Any, blocks: tuple[tuple[RV, ...], ...]) -> tuple[Symbol, ...]:
        if tree is None:
            return ()
        letters: list[Symbol] = []
        for token in tree.children:
            symbol = index(str(token))
            lacking = next((x for b in blocks for x in b if symbol not in x.indices), None)
            if lacking is not None:
                r = self.context.randoms[lacking.name]
                hint = "" if lacking.indices else f"{_shown(r.term)} over ..."
                message = f"{token} is not an index of {_shown(lacking)}"
                raise self.source.at(_token(token), message, hint if r.indices else "")
            if symbol in letters:
                raise self.source.at(_token(token), f"{token} stands here twice")
            letters.append(symbol)
        return tuple(letters)

    # -------------------------------------------------------- hypotheses and definitions

    def assume(self, piece: _Piece) -> None:
        label, *sides = self.tree(piece).children
        operators = [ascii_relation(str(c)) for c in sides if not isinstance(c, Node)]
        nodes = [c for c in sides if isinstance(c, Node)]
        if operators != ["="]:
            if label is not None:
                raise self.source.at(_token(label), "a relation between constants has no name")
            self._relate(
                [
                    Relation(o, a, b, span=Span(*a.span[:2], *b.span[2:]))
                    for o, a, b in zip(operators, nodes, nodes[1:], strict=False)
                ]
            )
            return
        lhs, rhs = nodes
        before = set(self.context.indices)
        left, right = self.expr(lhs), self.expr(rhs)
        if (
            not self.context.sources(left)
            and not _mentions_random(left)
            and not isinstance(left, (Param, Sum))
        ):
            message = "an assumption is about an expectation, a variance, a covariance or a sum"
            raise self.source.at(lhs.span, message, "assume E[x y] = m, or let b = 1 - a")
        # It holds for all values of its indices that differ where they are declared to.
        free = (left.free_symbols | right.free_symbols) & set(self.context.indices.values())
        free -= {i for i in free if self._tied(i, free)}
        self._forget(before)
        name = self._named(label)
        self.context.assume(left, right, *sorted(free, key=str), name=name)

    def _tied(self, i: Symbol, letters: set[Symbol]) -> bool:
        """Does an index differ from one that is not spoken of, where there may be no such one?"""
        every = {side for pair in self.context.apart for side in pair}
        for pair in self.context.apart:
            for other in set(pair) - {i} - letters if i in pair else ():
                if other in self.context.ranges:
                    low, high = self.context.ranges[other]
                    spare = add(high, neg(low), 2 - len(every))
                    if self.context.positive(spare) is None:
                        return True
        return False

    def finite(self, piece: _Piece) -> None:
        before = set(self.context.indices)
        for node in self.tree(piece).children:
            value = self.expr(node)
            self.context.assume_finite(value)
        self._forget(before)

    def _forget(self, before: set[str]) -> None:
        """The indices of a statement about all indices stay its own."""
        for name in set(self.context.indices) - before:
            del self.context.indices[name]

    def let(self, piece: _Piece) -> None:
        target, _, body = self.tree(piece).children
        name, formal, scope = self.target(target)
        implicit = self.hidden()
        value = self.expr(body, scope)
        self.context.indices.update(implicit)
        used = {d.name for d in subterms(value) if isinstance(d, Def)}
        self.heights[name] = 1 + max((self.heights.get(n, 0) for n in used), default=0)
        if self.heights[name] > MAX_DEFINITIONS:
            message = f"more than {MAX_DEFINITIONS} definitions on top of one another"
            raise self.source.at(target.span, message)
        self.declare(target.span, lambda: self.context.let(name, *formal, body=value))

    def depends(self, piece: _Piece) -> None:
        of, on, token, *rest = self.tree(piece).children
        bounds = [n for n in rest if isinstance(n, Node)]
        x = self._member(of)
        if x.indices or self.context.randoms[x.name].indices:
            raise self.source.at(of.span, "one random variable depends on others, not a family")
        letter = index(str(token))
        what = self.expr(on, Scope({str(token): letter}, free=False))
        if letter not in what.free_symbols:
            raise self.source.at(on.span, f"{token} is not an index of this")
        lower, upper = (self._whole(n) for n in bounds)
        self.context.depends(x, what, letter, lower, upper)

    # -------------------------------------------------------- goals

    def induction(self, piece: _Piece) -> None:
        label, lhs, _, rhs, over, first = self.tree(piece).children
        left, right, letter = self.expr(lhs), self.expr(rhs), self.expr(over)
        if letter not in self.context.indices.values() or letter not in left.free_symbols:
            raise self.source.at(over.span, "induction runs over an index of the left side")
        start = self._whole(first)
        self.goals.append(Induct(self._named(label), piece.line, left, right, letter, start))

    def derive(self, piece: _Piece) -> None:
        head, expect = self._expect(piece)
        label, lhs = self.tree(head).children
        left = self.expr(lhs)
        self.goals.append(Derive(self._named(label), piece.line, left, self._expected(expect)))

    def solve(self, piece: _Piece) -> None:
        head, expect = self._expect(piece)
        label, lhs, _, rhs, for_ = self.tree(head).children
        left, right, unknown = self.expr(lhs), self.expr(rhs), self.expr(for_)
        base = unknown.base if isinstance(unknown, Pow) else unknown
        if base not in self.context.symbols.values() or not _number_power(unknown):
            message = "an equation is solved for a constant, or a power of one"
            raise self.source.at(for_.span, message, "solve ... for σ^2")
        wanted = self._expected(expect)
        self.goals.append(Solve(self._named(label), piece.line, left, right, unknown, wanted))

    def _expect(self, piece: _Piece) -> tuple[_Piece, _Piece | None]:
        """The statement, and the expression after ``expect`` on a line below it."""
        first, *rest = piece.text.split("\n")
        head, below, start = [first], list[str](), (0, 0)
        for n, k in enumerate(rest, start=1):
            match = re.match(r" *(expect|admit|by|=)", k)
            if match is None or (match[1] != "=" and re.match(r"[\w\[(']", k[match.end() :])):
                (below or head).append(k)
                continue
            line, column, word = piece.line + n, match.end() - len(match[1]) + 1, match[1]
            if word != "expect":
                hint = "expect ... for the result, or `claim` to write a chain"
                message = f"{word!r} belongs to a claim"
                raise self.source.problem(message, line, column, hint, len(word))
            if below:
                raise self.source.problem("expect stands here twice", line, column, "", len(word))
            below, start = [k[match.end() :]], (line, match.end() + 1)
        expect = _Piece("\n".join(below), *start) if below else None
        return _Piece("\n".join(head), piece.line), expect

    def _expected(self, piece: _Piece | None) -> Any:
        return None if piece is None else self._expr(piece)

    def _expr(self, piece: _Piece) -> Any:
        return self.expr(self.source.tree("expr", piece.text, piece.line, piece.column))

    def _named(self, label: Any) -> str:
        name = _label(label)
        taken = next((g for g in self.goals if name and g.name == name), None)
        if taken is not None:
            message = f"{name} is the name of line {taken.line} already"
            raise self.source.at(_token(label), message, "another name")
        if name and any(h.name == name for h in self.context.hypotheses):
            message = f"{name} is the name of an assumption already"
            raise self.source.at(_token(label), message, "another name")
        return name

    def claim(self, piece: _Piece) -> None:
        head, rest = self._head(piece)
        self.chained += len(rest)
        if self.chained > MAX_STATEMENTS:
            message = f"more than {MAX_STATEMENTS} lines in the chains of one file"
            raise self.source.problem(message, rest[-1].line, 1)
        head, by = self._by(head)
        label, lhs, _, rhs = self.tree(head).children
        left = self.expr(lhs)
        right = None if rhs is None else self.expr(rhs)
        text = self.written(lhs.span, (rhs or lhs).span)
        start = _line(left, (), lhs.span, self.written(lhs.span, lhs.span))
        chain, admit = self._chain(rest, start)
        if by and rhs is not None and not chain:
            spelled = self.written(rhs.span, rhs.span)
            chain = [start, _line(right, by, rhs.span, spelled)]
        elif by:
            message = "a reason belongs to a line that starts with ="
            raise self.source.problem(message, head.line, 1)
        if rhs is None and len(chain) < 2 and not admit:
            hint = "= ... on this line, or on lines below"
            raise self.source.at(lhs.span, "this claims nothing", hint)
        name = self._named(label)
        self.goals.append(Claim(name, piece.line, left, right, tuple(chain), admit, text))

    def _head(self, piece: _Piece) -> tuple[_Piece, list[_Piece]]:
        """The claim itself, and the lines of its chain.

        The claim goes on where a bracket is open or an operator waits; a line of a chain
        goes on in lines that do not begin with ``=``.
        """
        lines = piece.text.split("\n")
        count, depth = 0, 0
        for k in lines:
            count += 1
            depth += sum((c in "([") - (c in ")]") for c in k)
            if depth <= 0 and k.rstrip()[-1:] not in tuple("+-*/^=,:"):
                break
        head = _Piece("\n".join(lines[:count]), piece.line)
        found: list[tuple[int, list[str]]] = []
        for n, k in enumerate(lines[count:], start=piece.line + count):
            word = k.strip()
            if word[:1] in tuple("=<>≤≥≈≠") or word == "admit" or not found:
                if word:
                    found.append((n, [k]))
            elif found[-1][1][0].strip() == "admit" and word:
                raise self.source.problem("nothing follows admit", n, 1)
            else:
                found[-1][1].append(k)
        return head, [_Piece("\n".join(k), n) for n, k in found]

    def _by(self, piece: _Piece) -> tuple[_Piece, tuple[str, ...]]:
        """Cut off the reasons after ``by``."""
        match = re.search(r"(?<!\S)by(?!\S)", piece.text)
        if match is None:
            return piece, ()
        after = [" ".join(k.split()) for k in _at_commas(piece.text[match.end() :])]
        reasons = tuple(r for r in after if r)
        before = piece.text[: match.start()]
        if not reasons:
            line = piece.line + before.count("\n")
            column = len(before) - (before.rfind("\n") + 1) + 1
            raise self.source.problem("a reason is missing after by", line, column, "by rule 3", 2)
        return _Piece(before, piece.line, piece.column), reasons

    def _chain(self, pieces: list[_Piece], start: ChainLine) -> tuple[list[ChainLine], bool]:
        chain: list[ChainLine] = []
        admit = False
        for piece in pieces:
            word = piece.text.strip()
            if word == "admit":
                admit = True
                continue
            column = len(piece.text) - len(piece.text.lstrip()) + 1
            if word[0] in "<>≤≥≈≠" or word.startswith("=="):
                relation = re.match(r"[<>≤≥≈≠=]+", word)
                shown = relation.group() if relation else word[0]
                message = f"a line of a chain starts with =, not {shown}"
                raise self.source.problem(message, piece.line, column, "= ...", len(shown))
            if word.split()[0] == "expect":
                message = "expect belongs to derive and solve"
                raise self.source.problem(message, piece.line, column, "= ... by ...", 6)
            if word[0] == "=":
                chain = chain or [start]
            chain.append(self._chain_line(piece, column + (word[0] == "=")))
        return chain, admit

    def _chain_line(self, piece: _Piece, column: int) -> ChainLine:
        piece, by = self._by(piece)
        node = self.source.tree("expr", piece.text[column - 1 :], piece.line, column)
        return _line(self.expr(node), by, node.span, self.written(node.span, node.span))


_STATEMENTS: Mapping[str, Callable[[_Reader, _Piece], None]] = {
    "title": _Reader.note, "source": _Reader.note, "note": _Reader.note, "size": _Reader.size,
    "real": _Reader.real, "index": _Reader.index, "function": _Reader.function,
    "random": _Reader.random, "independent": _Reader.independent, "pairwise": _Reader.independent,
    "identical": _Reader.identical, "iid": _Reader.identical, "assume": _Reader.assume,
    "finite": _Reader.finite, "let": _Reader.let, "derive": _Reader.derive,
    "solve": _Reader.solve, "claim": _Reader.claim, "depends": _Reader.depends,
    "induction": _Reader.induction,
}  # fmt: skip


_LAW_NAMES = {
    "gaussian": "normal", "gauss": "normal", "n": "normal", "u": "uniform", "unif": "uniform",
    "t": "student", "exp": "exponential", "ber": "bernoulli", "sign": "rademacher",
}  # fmt: skip


def _meaningless(e: Exception) -> str:
    if isinstance(e, (MemoryError, RecursionError, TooMuch)):
        return stopped(e, 0)
    return f"this has no meaning: {str(e) or type(e).__name__}"


def _turned(operator: str) -> str:
    return {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(operator, operator)


def _uncommented(line: str) -> str:
    return line.split("#", 1)[0].rstrip()


def _line(value: Any, by: tuple[str, ...], span: Span, text: str) -> ChainLine:
    reasons = tuple(r for r in by if r != "admit")
    return ChainLine(value, reasons, span.line, span.column, text, "admit" in by)


def _label(token: Any) -> str:
    return "" if token is None else str(token).rstrip(" :")


def _token(token: Any) -> Span:
    return Span(token.line, token.column, token.end_line, token.end_column)


def _head(node: Name | Indexed) -> Span:
    line, column, _, _ = node.span
    return Span(line, column, line, column + len(node.name))


def _block_span(tree: Any) -> Span:
    first, last = tree.children[0].span, tree.children[-1].span
    return Span(first.line, first.column, last.end_line, last.end_column)


def _shown(x: RV) -> str:
    return f"{x.name}[{', '.join(map(str, x.indices))}]" if x.indices else x.name


def _number_power(e: Any) -> bool:
    return not isinstance(e, Pow) or bool(e.exp.is_Rational)


def _mentions_random(e: Any) -> bool:
    return any(isinstance(s, (RV, Def)) for s in subterms(e))


def _at_commas(text: str) -> list[str]:
    """Split at commas outside of brackets."""
    parts, depth, last = [], 0, 0
    for n, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth <= 0:
            parts.append(text[last:n])
            last = n + 1
    return [*parts, text[last:]]
