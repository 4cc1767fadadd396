"""Certificates under construction: each step is judged as it is added, and kept with its proof."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symcheck.certify.polynomials import Algebra
from symcheck.core.declared import Declared
from symcheck.core.judge import RULES, applied
from symcheck.core.ring import scaled
from symcheck.core.terms import FIRST, Formula, Refused, Term, kids, num
from symcheck.core.theorem import Theorem

__all__ = ["Builder", "Th", "encode"]


AS = {">": "positive_as", ">=": "nonneg_as", "!=": "nonzero_as"}


class Th:
    """A theorem with the step that proves it."""

    __slots__ = ("data", "of", "rule", "theorem")

    def __init__(
        self, rule: str, data: tuple[Any, ...], of: tuple[Th, ...], theorem: Theorem
    ) -> None:
        self.rule, self.data, self.of, self.theorem = rule, data, of, theorem

    @property
    def says(self) -> Formula:
        return self.theorem.says

    @property
    def hyps(self) -> frozenset[Formula]:
        return self.theorem.hyps

    @property
    def lhs(self) -> Term:
        found: Term = self.theorem.says[1]
        return found

    @property
    def rhs(self) -> Term:
        found: Term = self.theorem.says[2]
        return found

    def __repr__(self) -> str:
        return f"Th({self.rule}: {self.says})"


class Builder:
    """Adds steps.  Every method raises :class:`symcheck.core.terms.Refused` as the core does."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self.algebra = Algebra(declared)
        self._fresh = 0
        self._made: dict[Any, Th | str] = {}  # steps, and why there is none

    def step(self, rule: str, *data: Any, of: Iterable[Th] = ()) -> Th:
        """One step of a rule, made once; data as the rule's function takes them."""
        of = tuple(of)
        key = rule, data, of
        made = self._made.get(key)
        if made is None:
            try:
                made = Th(rule, data, of, self._theorem(rule, data, of))
            except Refused as no:
                made = str(no)
            self._made[key] = made
        if isinstance(made, str):
            raise Refused(made)
        return made

    def _theorem(self, rule: str, data: tuple[Any, ...], of: tuple[Th, ...]) -> Theorem:
        ths = tuple(t.theorem for t in of)
        if rule == "ring" and data[0] != data[1]:
            return self.algebra.theorem(ths, *data)
        return applied(self.declared, rule, ths, data)

    def letter(self) -> Term:
        """A letter that nobody has used yet."""
        self._fresh += 1
        return ("v", f"k{self._fresh}")

    # ------------------------------------------------------------ equations

    def refl(self, t: Term) -> Th:
        """t = t"""
        return self.step("ring", t, t)

    def ring(self, a: Term, b: Term, *signs: Th) -> Th:
        """a = b by ring laws and signs."""
        return self.step("ring", a, b, of=signs)

    def trans(self, *ths: Th) -> Th:
        """a = b, b = c, ... give a = z; equations t = t are left out."""
        kept = [t for t in ths if t.lhs != t.rhs] or list(ths[:1])
        return kept[0] if len(kept) == 1 else self.step("trans", of=kept)

    def sym(self, th: Th) -> Th:
        """b = a"""
        if th.rule == "sym":
            return th.of[0]
        return th if th.lhs == th.rhs else self.step("sym", of=[th])

    def cong(self, t: Term, path: tuple[int, ...], th: Th, letters: Iterable[Term] = ()) -> Th:
        """t = t with th.rhs in place of the th.lhs at the path, sums opened with the letters."""
        return th if not path else self.step("cong", t, path, tuple(letters), of=[th])

    def define(self, t: Term) -> Th:
        """What a function stands for."""
        return self.step("identity", t[1], t)

    def everywhere(self, t: Term, th: Th) -> Th:
        """t = t with th.rhs in place of every th.lhs that is seen without opening a sum."""
        done = self.refl(t)
        if th.lhs == th.rhs:
            return done
        for path in reversed(list(self._places(t, th.lhs, ()))):
            done = self.trans(done, self.cong(done.rhs, path, th))
        return done

    def _places(self, t: Term, part: Term, at: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
        if t == part:
            yield at
        elif t[0] != "D":
            for n, k in enumerate(kids(t)):
                if not (t[0] == "S" and n == 2):
                    yield from self._places(k, part, (*at, n))

    def inside_sum(self, t: Term, th: Th, letter: Term) -> Th:
        """Σ a = Σ b from {lo <= letter <= hi} |- a = b, t being the first sum."""
        return self.step("cong", t, (2,), (letter,), of=[th])

    # ------------------------------------------------------------ signs

    def carried(self, th: Th, by: Th) -> Th:
        """A sign of a as one of b, by a = b."""
        return self.step(AS[th.says[0]], of=[by, th])

    def unequal_0(self, t: Term) -> Th:
        """t != 0, for a number."""
        both: Term = ("*", t, t)
        return self.step("factor_sign", t, of=[self.step("farkas", ">", both, ())])

    def sign_as(self, rel: str, t: Term, th: Th) -> Th:
        """The sign rel of t, from a sign of a multiple of t."""
        p, q = self.algebra.poly(th.says[1]), self.algebra.poly(t)
        c = q[max(q)] / p[max(p)] if p and q else Fraction(0)
        if not c or scaled(p, c) != q:
            raise Refused("no multiple")
        if rel != "!=":
            return self.step("farkas", rel, t, (c,), of=[th])
        if c != 1:
            th = self.step("product_sign", of=[self.unequal_0(num(c)), th])
        by = self.ring(th.says[1], t)
        return self.step("nonzero_as", of=[by, th])

    # ------------------------------------------------------------ data

    def certificate(self, claims: Iterable[tuple[str, Th]]) -> dict[str, Any]:
        """The certificate of some lines as plain data; only what they need is in it."""
        table, steps, numbers = Terms(), list[Any](), dict[int, int]()
        named = list(claims)
        for _, th in named:
            _export(th, table, steps, numbers)
        told = [[name, numbers[id(th)]] for name, th in named]
        return {"terms": table.entries, "steps": steps, "claims": told}


class Terms:
    """Terms as a list in which each entry names those below it by their numbers."""

    def __init__(self) -> None:
        self.entries: list[list[Any]] = []
        self._seen: dict[Term, int] = {}

    def add(self, t: Term) -> int:
        """The number of t, entered if it is new."""
        n = self._seen.get(t)
        if n is None:
            if t[0] == "q":
                entry = ["q", t[1].numerator, t[1].denominator]
            else:
                below = [self.add(k) for k in kids(t)]
                entry = [*t[: FIRST.get(t[0], len(t))], *below]
            n = self._seen[t] = len(self.entries)
            self.entries.append(entry)
        return n


def encode(value: Any, kind: str, terms: Terms) -> Any:
    """One piece of data of a rule as plain data: the inverse of ``core.declared.read``."""
    if kind in "NQTFP":
        return [encode(v, "T" if kind == "P" else kind.lower(), terms) for v in value]
    if kind in "to":
        return terms.add(value)
    if kind == "q":
        value = Fraction(value)
        return [value.numerator, value.denominator]
    if kind == "f":
        from symcheck.core.declared import SHAPES

        parts = zip(value[1:], SHAPES[value[0]], strict=True)
        return [value[0], *(encode(v, k, terms) for v, k in parts)]
    return value


def _export(th: Th, terms: Terms, steps: list[Any], numbers: dict[int, int]) -> None:
    stack = [th]
    while stack:
        top = stack[-1]
        todo = [p for p in top.of if id(p) not in numbers]
        if id(top) not in numbers and not todo:
            data = [
                encode(v, k, terms) for v, k in zip(top.data, RULES[top.rule].shape, strict=True)
            ]
            numbers[id(top)] = len(steps)
            steps.append([top.rule, data, [numbers[id(p)] for p in top.of]])
        stack.pop() if not todo else stack.extend(todo)
