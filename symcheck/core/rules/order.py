"""Signs: > 0, >= 0, != 0, almost surely.  Source, where no other is named: ordered fields."""

from __future__ import annotations

from fractions import Fraction

from symcheck.core.declared import ORDER, Declared
from symcheck.core.ring import literal, plus, poly, scaled
from symcheck.core.terms import MINUS, ONE, ZERO, Term, minus, need, num
from symcheck.core.theorem import Made, Terms, Ths, one, rule, scheme

# What lies between what: (low, may it be met, high, may it be met); None for no bound.
ENDS = {
    "exp": (ZERO, False, None, False), "abs": (ZERO, True, None, False),
    "relu": (ZERO, True, None, False), "sigmoid": (ZERO, False, ONE, False),
    "tanh": (MINUS, False, ONE, False), "erf": (MINUS, False, ONE, False),
    "sin": (MINUS, True, ONE, True), "cos": (MINUS, True, ONE, True),
    "sign": (MINUS, True, ONE, True), "pi": (num(3), False, num(4), False),
    "e": (num(2), False, num(3), False),
}  # fmt: skip


@rule("stQ")
def farkas(d: Declared, ths: Ths, rel: str, t: Term, by: tuple[Fraction, ...]) -> Made:
    """p_1 >= 0, ..., p_n >= 0    t = c_1 p_1 + ... + c_n p_n + c_0,  c_k >= 0  give  t >= 0.
    Also t > 0, where c_0 > 0 or a p_k > 0 has c_k > 0.  A premise a = b stands for a - b, with
    any c_k.  Fails when t is another combination.  Source: Farkas 1902."""
    need(rel in (">", ">=") and len(by) == len(ths), "one multiplier for each premise")
    rest, strictly = [poly(t, d.known)], rel == ">="
    for c, th in zip(by, ths, strict=True):
        own, *sides = th.says
        need(own in ("=", ">", ">="), "a premise is an equation or a sign")
        need(own == "=" or c >= 0, "a multiplier is negative")
        strictly = strictly or (own == ">" and c > 0)
        rest.append(scaled(poly(minus(*sides) if own == "=" else sides[0], d.known), -c))
    combined = plus(rest)
    c0 = combined.pop((), Fraction(0))
    need(not combined, "not such a combination")
    need(c0 > 0 or (c0 == 0 and strictly), "the number that is left is too small")
    return (rel, t)


@rule("")
def product_sign(d: Declared, ths: Ths) -> Made:
    """a > 0, b > 0, ... give a b ... > 0; alike for >= 0 (or > 0), and for != 0 (or > 0).
    Fails when a premise is no sign, or >= 0 stands beside != 0."""
    heads = {th.says[0] for th in ths}
    need(ths and heads <= {*ORDER} and not {">=", "!="} <= heads, "no such signs")
    rel = next((h for h in (">=", "!=") if h in heads), ">")
    return (rel, ("*", *(th.says[1] for th in ths)))


@rule("stt")
def power_sign(d: Declared, ths: Ths, rel: str, a: Term, e: Term) -> Made:
    """a > 0 gives a^e > 0; a >= 0 gives a^e >= 0; a != 0 gives a^e != 0 for a whole e,
    and a^e > 0 for an even one; without a premise a^e >= 0 for an even e.
    Fails when e is not as said.  Source: ordered fields; 0^e >= 0 whatever e is."""
    even = literal(e) and e[1] % 2 == 0
    own, t = one(ths, *ORDER) if ths else ("", a)
    need(t == a, "another term")
    fits = {
        "": rel == ">=" and even, ">": rel == ">", ">=": rel == ">=",
        "!=": (rel == "!=" and d.known.is_whole(e)) or (rel == ">" and even),
    }  # fmt: skip
    need(fits[own], "the sign does not follow")
    return (rel, ("^", a, e))


@scheme("Tt")
def power_product(d: Declared, factors: Terms, e: Term) -> Made:
    """a >= 0    b >= 0    ...  give  (a b ...)^e = a^e b^e ....
    Fails without a premise.  Source: laws of exponents; 0^e is 0 or 1, whatever stands beside."""
    apart = ("*", *(("^", a, e) for a in factors))
    return ("=", ("^", ("*", *factors), e), apart), *((">=", a) for a in factors)


@scheme("tn")
def bounds(d: Declared, t: Term, upper: int) -> Made:
    """low < t < high: -1 <= sin, cos <= 1, 0 < exp, 0 < sigmoid < 1, 0 <= 1[A] <= 1, ...
    As t - low > 0 (or >= 0), with ``upper`` as high - t.
    Fails where t has no such bound.  Source: the functions' ranges."""
    ends = (ZERO, True, ONE, True) if t[0] == "1" else ENDS.get(t[1]) if t[0] == "f" else None
    need(ends is not None and upper in (0, 1), "no such bound is known")
    low, met, high, met_too = ends or (ZERO, True, None, True)
    if upper:
        need(high, "no such bound is known")
        return [(">=" if met_too else ">", minus(high or ONE, t))]
    return [(">=" if met else ">", t if low == ZERO else minus(t, low))]


@rule("t")
def factor_sign(d: Declared, ths: Ths, a: Term) -> Made:
    """a b != 0  gives  a != 0.  Fails when a is no factor.  Source: fields."""
    _, t = one(ths, "!=", ">")
    need(t[0] == "*" and a in t[1:], "no factor")
    return ("!=", a)
