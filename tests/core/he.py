"""He's forward variance, as a certificate: E[f'_i^2] = D_h σ_Ω^2 σ_f^2 / 2 for every width D_h.

f'_i = Σ_j Ω_ij h_j with h_j = 1[f_j > 0] f_j; the weights Ω independent, with mean 0 and variance
σ_Ω^2; the f_j symmetric about 0 with E[f_j^2] = σ_f^2, and independent of all weights, though not
of each other.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from language import (
    L1,
    E,
    S,
    T,
    c,
    d_,
    eq,
    fact,
    i,
    ind1,
    j,
    ne,
    nonneg,
    plain,
    prod_,
    q,
    raw,
    same,
    sum_,
    v,
    x_,
)

from symcheck.certify.builder import Builder, Th
from symcheck.core.declared import declare

SIZE, SIGMA, SIGMA_F = c("D_h"), c("σ_Ω²"), c("σ_f²")
K, M = v("k"), v("m")
ENTRIES: dict[str, Any] = {
    "size": ("constant", "D_h", 0, "whole"),
    "weights' variance": ("constant", "σ_Ω²", 0, "real"),
    "inputs' variance": ("constant", "σ_f²", 0, "real"),
    "weights": ("random", "Ω", 2),
    "inputs": ("random", "f", 1),
    "h": ("let", "h", (j,), ind1(">", x_("f", j)) * x_("f", j)),
    "f'": ("let", "f'", (i,), S(1, SIZE, j, x_("Ω", i, j) * d_("h", j))),
    "width": fact(nonneg(SIZE - 1)),
    "mean": fact(eq(E(x_("Ω", i, j)), 0), [i, j]),
    "square": fact(eq(E(x_("Ω", i, j) ** 2), SIGMA), [i, j]),
    "exists": fact(L1(x_("Ω", i, j) ** 2), [i, j]),
    "square of f": fact(eq(E(x_("f", j) ** 2), SIGMA_F), [j]),
    "exists of f": fact(L1(x_("f", j) ** 2), [j]),
    "symmetric": fact(same(x_("f", j), -x_("f", j)), [j]),
    "apart": ("independent", (), (), (), ((x_("Ω"),), (x_("f"),)), 0),
    "family": ("independent", (), (), (i, j), ((x_("Ω", i, j),),), 0),
}
NUMBER = {name: n for n, name in enumerate(ENTRIES)}
DECLARATIONS = plain(*ENTRIES.values())
CLAIM = ("line", raw(E(d_("f'", i) ** 2)), raw(q(1, 2) * SIZE * SIGMA * SIGMA_F))


def o(k: T) -> T:
    return x_("Ω", i, k)


def f(k: T) -> T:
    return x_("f", k)


def h(k: T) -> T:
    return d_("h", k)


def term(k: T, m: T) -> T:
    return (o(k) * h(k)) * (o(m) * h(m))


class He:
    """The proof, a method a lemma."""

    def __init__(self, declarations: Any = None) -> None:
        self.b = Builder(declare(declarations or DECLARATIONS))

    def s(self, rule: str, *data: Any, of: Any = ()) -> Th:
        return self.b.step(rule, *raw(data), of=of)

    def ring(self, a: T, b: T, *signs: Th) -> Th:
        return self.s("ring", a, b, of=signs)

    def told(self, name: str, *values: T) -> Th:
        return self.s("fact", NUMBER[name], values)

    def inside(self, t: T, path: tuple[int, ...], th: Th, *letters: T) -> Th:
        return self.s("cong", t, path, letters, of=[th])

    def chain(self, *ths: Th) -> Th:
        return self.s("trans", of=ths)

    # ------------------------------------------------------------ existence

    def positive(self, k: T) -> T:
        return ind1(">", f(k)) * f(k) ** 2

    def h2(self, k: T) -> Th:
        """h_k^2 = 1[f_k > 0] f_k^2"""
        unfolded = self.inside(h(k) ** 2, (0,), self.s("unfold", h(k)))
        return self.chain(unfolded, self.ring(T(unfolded.rhs), self.positive(k)))

    def exists_h2(self, k: T) -> Th:
        one = ind1(">", f(k))
        low, high = self.s("bounds", one, 0), self.s("bounds", one, 1)
        above = self.s("farkas", ">=", 1 + one, (Fraction(1),), of=[low])
        e = self.s(
            "exists_bounded", q(1), one, f(k) ** 2, of=[above, high, self.told("exists of f", k)]
        )
        return self.s("exists_equal", of=[self.s("sym", of=[self.h2(k)]), e])

    def exists_pair(self, a: T, b: T, of: list[Th]) -> Th:
        halves = (Fraction(1), Fraction(1)), (Fraction(2), Fraction(2))
        return self.s("holder", (a, b), *halves, of=of)

    def exists_weight(self, k: T) -> Th:
        e = self.s(
            "holder", (o(k),), (Fraction(1),), (Fraction(2),), of=[self.told("exists", i, k)]
        )
        return self.s("exists_equal", of=[self.ring(prod_(o(k)), o(k)), e])

    def apart(self, a: T, b: T) -> Th:
        return self.s("independent", NUMBER["apart"], (), (a,), (b,))

    def exists_weights(self, k: T, m: T) -> Th:
        return self.exists_pair(o(k), o(m), [self.told("exists", i, k), self.told("exists", i, m)])

    def exists_hs(self, k: T, m: T) -> Th:
        return self.exists_pair(h(k), h(m), [self.exists_h2(k), self.exists_h2(m)])

    def exists_term(self, k: T, m: T) -> Th:
        a, b = o(k) * o(m), h(k) * h(m)
        of = [self.apart(a, b), self.exists_weights(k, m), self.exists_hs(k, m)]
        return self.s(
            "exists_equal", of=[self.ring(a * b, term(k, m)), self.s("exists_product", a, b, of=of)]
        )

    def exists_row(self, k: T) -> Th:
        return self.s("exists_sum", M, q(1), SIZE, of=[self.exists_term(k, M)])

    # ------------------------------------------------------------ expectations

    def half(self, k: T) -> Th:
        """E[1[f > 0] f^2] = σ_f^2 / 2, by symmetry"""
        square, pos, neg = f(k) ** 2, self.positive(k), ind1(">", -f(k)) * f(k) ** 2
        parted = prod_(1, pos) + prod_(1, neg)
        whole = self.inside(E(square), (0,), self.ring(square, parted))
        exists = []
        for one in (pos[1], neg[1]):
            low, high = self.s("bounds", one, 0), self.s("bounds", one, 1)
            above = self.s("farkas", ">=", 1 + T(one), (Fraction(1),), of=[low])
            told = self.told("exists of f", k)
            exists.append(self.s("exists_bounded", q(1), one, square, of=[above, high, told]))
        apart = self.s("linear", (q(1), q(1)), (pos, neg), (), of=exists)
        turned = self.s("transport", neg, (), of=[self.told("symmetric", k)])
        back = self.chain(turned, self.ring(T(turned.rhs), E(pos)))
        sides = self.inside(T(apart.rhs), (1, 1), back)
        twice = self.chain(whole, apart, sides, self.ring(T(sides.rhs), 2 * E(pos)))
        first = self.ring(E(pos), q(1, 2) * (2 * E(pos)))
        second = self.inside(T(first.rhs), (1,), self.s("sym", of=[twice]))
        third = self.inside(T(second.rhs), (1,), self.told("square of f", k))
        return self.chain(first, second, third)

    def product(self, a: T, b: T, ind: Th, *exist: Th) -> Th:
        return self.s("product", a, b, of=[ind, *exist])

    def diagonal(self, k: T) -> Th:
        a, b = o(k) ** 2, h(k) ** 2
        first = self.ring(E(term(k, k)), E(a * b))
        exist = self.told("exists", i, k), self.exists_h2(k)
        second = self.product(a, b, self.apart(a, b), *exist)
        third = self.inside(T(second.rhs), (0,), self.told("square", i, k))
        fourth = self.inside(T(third.rhs), (1, 0), self.h2(k))
        fifth = self.inside(T(fourth.rhs), (1,), self.half(k))
        return self.chain(first, second, third, fourth, fifth)

    def off_diagonal(self, k: T, m: T) -> Th:
        """{k != m} |- E[Ω_k h_k Ω_m h_m] = 0"""
        a, b = o(k) * o(m), h(k) * h(m)
        first = self.ring(E(term(k, m)), E(a * b))
        second = self.product(
            a, b, self.apart(a, b), self.exists_weights(k, m), self.exists_hs(k, m)
        )
        differ = self.s("assume", ne(k - m))
        family = self.s("independent", NUMBER["family"], (), (o(k),), (o(m),), of=[differ])
        two = self.product(o(k), o(m), family, self.exists_weight(k), self.exists_weight(m))
        third = self.inside(T(second.rhs), (0,), two)
        fourth = self.inside(T(third.rhs), (0, 0), self.told("mean", i, k))
        return self.chain(first, second, third, fourth, self.ring(T(fourth.rhs), q(0)))

    def row(self, k: T) -> Th:
        """{1 <= k <= D_h} |- Σ_m E[Ω_k h_k Ω_m h_m] = E[Ω_k^2 h_k^2]"""
        e, equal, other = E(term(k, M)), ind1("=", k - M), ind1("!=", k - M)
        first = self.ring(e, equal * e + other * e)
        second = self.inside(T(first.rhs), (1, 1), self.off_diagonal(k, M))
        body = self.chain(first, second, self.ring(T(second.rhs), equal * e))
        rows = self.inside(S(1, SIZE, M, e), (2,), body, M)
        inside = self.s("assume", nonneg(k - 1)), self.s("assume", nonneg(SIZE - k))
        bound = T(S(1, SIZE, M, e)[3])
        return self.chain(rows, self.s("pick", q(1), SIZE, k, bound, of=inside))

    def proof(self) -> Th:
        whole = d_("f'", i) ** 2
        opened = self.inside(whole, (0,), self.s("unfold", d_("f'", i)))
        s = T(opened.rhs[1])
        square = self.chain(opened, self.ring(T(opened.rhs), s * s))
        body = s[3]
        terms = self.chain(square, self.s("sum_product", q(1), SIZE, body, q(1), SIZE, body))
        apart = self.s("mean_sum", K, q(1), SIZE, (), of=[self.exists_row(K)])
        each = self.s("mean_sum", M, q(1), SIZE, (), of=[self.exists_term(K, M)])
        value = self.chain(each, self.row(K), self.diagonal(K))
        summed = self.inside(T(apart.rhs), (2,), value, K)
        size = self.s("farkas", ">=", sum_(SIZE, -q(1), 1), (Fraction(1),), of=[self.told("width")])
        count = self.s("count", q(1), SIZE, of=[size])
        factor = T(value.rhs) * S(1, SIZE, K, 1)
        counted = self.inside(factor, (1,), count)
        end = self.ring(T(counted.rhs), T(CLAIM[2]))
        start = self.inside(E(whole), (0,), terms)
        all_ = self.chain(start, apart, summed, self.ring(T(summed.rhs), factor), counted, end)
        row = self.s("exists_sum", K, q(1), SIZE, of=[self.exists_row(K)])
        exists = self.s("exists_equal", of=[self.s("sym", of=[terms]), row])
        return self.s("line", *CLAIM[1:], of=[all_, exists])


def certificate(declarations: Any = None) -> dict[str, Any]:
    """The certificate, found under some declarations."""
    he = He(declarations)
    return he.b.certificate([("forward variance", he.proof())])
