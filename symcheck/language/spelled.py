"""Terms, formulas and declarations of the core in words, in the notation of ``.proof`` files.

``symcheck verify`` and the reports print claims with it, so it imports nothing but the core.
What it prints is ASCII; a name that is no ordinary one is printed in quotes, and two things of
one name are told apart.
"""

from __future__ import annotations

import re
from fractions import Fraction
from json import dumps
from typing import Any

from symcheck.core.declared import Declared, Entry
from symcheck.core.terms import KNOWN, Formula, Term, kids, num
from symcheck.core.theorem import Theorem

__all__ = ["Speller"]

ORDINARY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*'*\Z")
RESERVED = frozenset({*KNOWN, "E", "sum", "diff", "if", "then", "given", "for", "all", "with"})
SPEAKING = ("fact", "independent", "depends")  # what has letters in front
SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a text binds
Text = tuple[str, int]
Bound = tuple[str, ...]


class Speller:
    """Spells what is said under some declarations."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self._shown: dict[tuple[str, str], str] = {}
        self._taken = {*RESERVED}
        d = declared
        for tag, names in (
            ("c", d.constants), ("x", d.randoms), ("d", d.lets), ("f", d.functions),
        ):  # fmt: skip
            for name in names:
                self._name(tag, name)

    # ------------------------------------------------------------ names

    def _name(self, tag: str, name: str) -> str:
        """What a name is shown as: itself, unless something else is shown so."""
        if tag == "f" and name in KNOWN:
            return name
        found = self._shown.get((tag, name))
        if found is None:
            found = _ascii(name)
            while found in self._taken:
                found += "_"
            self._taken.add(found)
            self._shown[tag, name] = found
        return found

    def _index(self, bound: Bound) -> str:
        """A name for the index of a sum that nothing else has."""
        letters = "jklmnpqrstuvwi"
        names = (f"{letter}{n or ''}" for n in range(10**6) for letter in letters)
        return next(n for n in names if n not in self._taken and n not in bound)

    # ------------------------------------------------------------ terms

    def term(self, t: Term) -> str:
        """A term."""
        return self._text(t, ())[0]

    def _at_least(self, t: Term, level: int, bound: Bound) -> str:
        """A term, in brackets where it binds less tightly than asked."""
        text, own = self._text(t, bound)
        return text if own >= level else f"({text})"

    def _text(self, t: Term, bound: Bound) -> Text:
        tag = t[0]
        if tag == "q":
            return _number(t[1])
        if tag == "v":
            return self._name("v", t[1]), ATOM
        if tag == "b":
            return bound[-1 - t[1]] if t[1] < len(bound) else f"#{t[1]}", ATOM
        if tag in "cxdf":
            return self._applied(t, bound), ATOM
        if tag == "+":
            return self._sum_of(t, bound)
        if tag in "*^":
            return self._product(t, bound)
        if tag == "1":
            return f"1[{self._relation(t[1], t[2], bound)}]", ATOM
        if tag == "E":
            inside, *given = (self._text(k, bound)[0] for k in kids(t))
            return f"E[{inside}{' | ' if given else ''}{', '.join(given)}]", ATOM
        if tag == "S":
            return self._series(t, bound), PRODUCT
        return f"diff({', '.join(self._text(k, bound)[0] for k in kids(t))})", ATOM

    def _applied(self, t: Term, bound: Bound) -> str:
        below = ",".join(self._text(k, bound)[0] for k in kids(t))
        name = self._name(t[0], t[1])
        if t[0] == "f":
            return f"{name}({below})" if len(t) > 2 else name
        return f"{name}[{below}]" if below else name

    def _sum_of(self, t: Term, bound: Bound) -> Text:
        made = ""
        for n, k in enumerate(kids(t)):
            minus, k = _sign(k)
            text = self._at_least(k, PRODUCT, bound)
            made += (" - " if minus else " + ") + text if n else ("-" if minus else "") + text
        return (made, SUM) if len(t) > 2 else (made or "0", SUM if made else ATOM)

    def _product(self, t: Term, bound: Bound) -> Text:
        """Factors, those with a negative number for exponent below a line."""
        minus, t = _sign(t)
        above: list[str] = []
        below: list[str] = []
        factors = kids(t) if t[0] == "*" else (t,)
        for n, f in enumerate(factors):
            if f[0] == "q" and f[1] >= 0 and f[1].denominator > 1:
                above += [str(f[1].numerator)] * (f[1].numerator != 1)
                below.append(str(f[1].denominator))
                continue
            negative = f[0] == "^" and f[2][0] == "q" and f[2][1] < 0
            if negative:
                f = f[1] if f[2][1] == -1 else ("^", f[1], num(-f[2][1]))
            last = n == len(factors) - 1 and not negative
            level = PRODUCT if f[0] == "S" and last else ATOM if f[0] in "*+q1" else POWER
            (below if negative else above).append(self._factor(f, level, bound))
        text = _times(above) or "1"
        if below:
            under = _times(below)
            text = f"{text} / {f'({under})' if len(below) > 1 else under}"
        if minus:
            return f"-{text}", SUM
        whole = POWER if t[0] == "^" and not below else PRODUCT
        return text, ATOM if t == ("*",) else whole

    def _factor(self, f: Term, level: int, bound: Bound) -> str:
        if f[0] != "^":
            return self._at_least(f, level, bound)
        base, exponent = (self._at_least(k, ATOM, bound) for k in kids(f))
        return f"{base}^{exponent}"

    def _series(self, t: Term, bound: Bound) -> str:
        index = self._index(bound)
        low, high = (self._at_least(k, PRODUCT, bound) for k in t[1:3])
        return f"sum({index} = {low}..{high}) {self._at_least(t[3], PRODUCT, (*bound, index))}"

    def _relation(self, rel: str, t: Term, bound: Bound = ()) -> str:
        """``a > b`` for a - b > 0."""
        left, right = t, num(0)
        if t[0] == "+" and len(t) == 3:
            minus, right = _sign(t[2])
            left = t[1]
            if not minus:
                left, right = t, num(0)
        return f"{self._text(left, bound)[0]} {rel} {self._text(right, bound)[0]}"

    # ------------------------------------------------------------ formulas

    def formula(self, f: Formula) -> str:
        """A formula."""
        head = f[0]
        if head in ("=", "line"):
            return f"{self.term(f[1])} = {self.term(f[2])}"
        if head in (">", ">=", "!="):
            return self._relation(head, f[1])
        if head == "L1":
            return f"E[|{self.term(f[1])}|] is finite"
        if head == "same":
            return f"{self._list(f[1])} and {self._list(f[2])} have one law"
        if head == "ind":
            given = f" given {self._list(f[3])}" if f[3] else ""
            return f"{self._list(f[1])} and {self._list(f[2])} are independent{given}"
        at = ", ".join(map(self.term, f[3]))
        return f"{self.term(f[1])} ~ {f[2] if ORDINARY.match(f[2]) else dumps(f[2])}({at})"

    def value(self, v: Any) -> str:
        """A value in a world, whose variables of named laws are u0, u1, ..."""
        return self.term(_term_of(v))

    def theorem(self, th: Theorem) -> str:
        """What a line says, under its hypotheses."""
        head, left, right = self.sides(th)
        return f"{head} {left} = {right}".lstrip()

    def sides(self, th: Theorem) -> tuple[str, str, str]:
        """The hypotheses of a line (``if ... then``), and its sides."""
        asked = " and ".join(sorted(map(self.formula, th.hyps)))
        return f"if {asked} then" if asked else "", self.term(th.says[1]), self.term(th.says[2])

    def _list(self, ts: tuple[Term, ...]) -> str:
        made = ", ".join(map(self.term, ts))
        return made if len(ts) == 1 else f"({made})"

    # ------------------------------------------------------------ declarations

    def entry(self, e: Entry) -> str:
        """A declaration, as a sentence; its letters hide constants that it does not speak of."""
        kept, taken = dict(self._shown), set(self._taken)
        letters = e.data[1] if e.kind == "let" else e.data[0] if e.kind in SPEAKING else ()
        letters += e.data[2] if e.kind == "independent" else ()
        for t in letters:
            if ("c", t[1]) in kept and not _speaks(e.data, t[1]):
                self._shown["v", t[1]] = kept["c", t[1]]
        try:
            return str(getattr(self, f"_{e.kind}")(*e.data))
        finally:
            self._shown, self._taken = kept, taken

    def _constant(self, name: str, arity: int, kind: str) -> str:
        what = {"real": "a real number", "whole": "a whole number", "index": "any whole number"}
        places = f" at each {arity} whole numbers" if arity > 1 else " at each whole number"
        return f"{self._name('c', name)} is {what[kind]}{places if arity else ''}"

    def _random(self, name: str, arity: int) -> str:
        places = f", a family with {arity} ind{'ices' if arity > 1 else 'ex'}" if arity else ""
        return f"{self._name('x', name)} is random{places}"

    def _function(self, name: str, arity: int) -> str:
        some = "1 number" if arity == 1 else f"{arity} numbers"
        return f"{self._name('f', name)} is a function of {some}"

    def _let(self, name: str, letters: tuple[Term, ...], body: Term) -> str:
        return f"{self.term(('d', name, *letters))} stands for {self.term(body)}"

    def _fact(self, letters: tuple[Term, ...], asked: tuple[Formula, ...], f: Formula) -> str:
        return self.formula(f) + self._for_all(letters, asked)

    def _independent(
        self, letters: tuple[Term, ...], asked: tuple[Formula, ...], over: tuple[Term, ...],
        blocks: tuple[tuple[Term, ...], ...], pairwise: int,
    ) -> str:  # fmt: skip
        what = "independent in pairs" if pairwise else "independent"
        over_ = f" over {', '.join(map(self.term, over))}" if over else ""
        are = "is" if over else "are"
        named = " and ".join(map(self._list, blocks))
        return f"{named} {are} {what}{over_}{self._for_all(letters, asked)}"

    def _depends(
        self, letters: tuple[Term, ...], of: Term, low: Term, high: Term, body: Term
    ) -> str:
        index = self._index(())
        on = self._text(body, (index,))[0]
        ends = " to ".join(self._at_least(k, PRODUCT, ()) for k in (low, high))
        words = f"{self.term(of)} is a differentiable function of {on} for {index} from {ends}"
        return words + self._for_all(letters, ())

    def _for_all(self, letters: tuple[Term, ...], asked: tuple[Formula, ...]) -> str:
        whole = [self.term(t) for t in letters if t[0] == "v"]
        real = [self.term(t) for t in letters if t[0] != "v"]
        groups = [f"whole {', '.join(whole)}"] if whole else []
        groups += [f"real {', '.join(real)}"] if real else []
        given = f" with {' and '.join(map(self.formula, asked))}" if asked else ""
        return (f", for all {' and '.join(groups)}" if groups else "") + given


def _term_of(v: Any) -> Term:
    """A value in a world as a term."""
    if isinstance(v, Fraction):
        return num(v)
    found = []
    for m, c in v:
        powers = [_atom_of(a) if k == 1 else ("^", _atom_of(a), num(k)) for a, k in m]
        factors = powers if c == 1 and powers else [num(c), *powers]
        found.append(factors[0] if len(factors) == 1 else ("*", *factors))
    return found[0] if len(found) == 1 else ("+", *found)


def _atom_of(a: tuple[Any, ...]) -> Term:
    if a[0] == "g":
        return ("v", "_".join([f"u{a[1]}", *("" if k is None else str(k) for k in a[2])]))
    return tuple(_term_of(p) if isinstance(p, (tuple, Fraction)) else p for p in a)


def _ascii(name: str) -> str:
    """A name as one of letters, digits and primes, Greek letters spelled; else in quotes."""
    if not name.isascii():
        from unicodedata import name as called

        spelled = ""
        for ch in name:
            words = called(ch, "").split()
            greek = words[:1] == ["GREEK"] and words[2:3] == ["LETTER"] and len(words) == 4
            letter = words[3].lower().replace("lamda", "lambda") if greek else ""
            letter = letter.capitalize() if letter and words[1] == "CAPITAL" else letter
            spelled += "ell" if ch == "\u2113" else letter or ch
        if ORDINARY.match(spelled):
            return spelled
    return name if ORDINARY.match(name) else dumps(name)


def _number(q: Fraction) -> Text:
    return str(q), SUM if q < 0 else ATOM if q.denominator == 1 else PRODUCT


def _speaks(part: object, name: str) -> bool:
    """Does a declaration speak of the constant of this name?"""
    if not isinstance(part, tuple):
        return False
    return part[:2] == ("c", name) or any(_speaks(k, name) for k in part)


def _sign(t: Term) -> tuple[bool, Term]:
    """Is there a minus in front, and what stands behind it."""
    if t[0] == "q" and t[1] < 0:
        return True, num(-t[1])
    if t[0] == "*" and len(t) > 2 and t[1][0] == "q" and t[1][1] < 0:
        rest = t[2:]
        if t[1][1] == -1:
            return True, rest[0] if len(rest) == 1 else ("*", *rest)
        return True, ("*", num(-t[1][1]), *rest)
    return False, t


def _times(factors: list[str]) -> str:
    """Factors side by side; a sign stands where two might be read as one."""
    made = ""
    for n, f in enumerate(factors):
        sign = " * " if f[0] in "(0123456789" else " "
        made += f"{sign}{f}" if n else f
    return made
