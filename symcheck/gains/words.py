"""Expressions as one line of text: closed forms and the lines of derivations."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sympy import (
    Abs,
    Add,
    Eq,
    Ge,
    Gt,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    asin,
    atan,
    cos,
    erf,
    exp,
    log,
    sign,
    sin,
    tanh,
)

from symcheck.language.expr import E, Ind, leaky_relu, relu, sigmoid

__all__ = ["ascii", "text"]

_SUM, _MINUS, _PRODUCT, _POWER, _ATOM = range(5)
_CALLS: dict[Any, str] = {
    exp: "exp", log: "log", tanh: "tanh", sin: "sin", cos: "cos", erf: "erf", sign: "sign",
    relu: "relu", leaky_relu: "leaky_relu", sigmoid: "sigmoid", asin: "arcsin", atan: "arctan",
}  # fmt: skip
_RELATIONS = {Gt: ">", Ge: "≥", Eq: "=", Ne: "≠"}
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_PLAIN = {"σ": "s", "π": "pi", "≥": ">=", "≤": "<=", "≠": "!=", "α": "alpha", "λ": "lambda",
          "φ": "phi", "·": "*", "χ": "chi", "²": "^2"}  # fmt: skip


def ascii(made: str) -> str:
    """A text in ASCII: x^2 for x², sqrt(2) for √2."""
    made = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: "^" + m[0].translate(_DIGITS), made)
    made = re.sub(r"√(\w+)", r"sqrt(\1)", made).replace("√", "sqrt")
    for letter, word in _PLAIN.items():
        made = made.replace(letter, word)
    return made


def text(e: Any, unicode: bool = True) -> str:
    """The expression as somebody would write it."""
    made = _piece(e)[0]
    return made if unicode else ascii(made)


@lru_cache(maxsize=2048)
def _piece(e: Any) -> tuple[str, int]:
    """The text, and how tightly it holds together."""
    if e.is_Rational:
        made = _decimal(e) or str(e)
        return made, _MINUS if e < 0 else _PRODUCT if "/" in made else _ATOM
    if e.is_Symbol:
        return str(e.name), _ATOM
    if e == S.Pi:
        return "π", _ATOM
    if e == S.Exp1:
        return "e", _ATOM
    if isinstance(e, Add):
        return _sum(e), _SUM
    if isinstance(e, Mul):
        return _product(e)
    if isinstance(e, Pow):
        return _power(e)
    if isinstance(e, E):
        return f"E[{text(e.args[0])}]", _ATOM
    if isinstance(e, Abs):
        return f"|{text(e.args[0])}|", _ATOM
    if isinstance(e, Ind):
        return f"1[{_condition(e.args[0])}]", _ATOM
    name = _CALLS.get(e.func, e.func.__name__)
    return f"{name}({', '.join(map(text, e.args))})", _ATOM


def _decimal(e: Any) -> str:
    """0.044715 for 8943/200000; nothing for 1/2, for 1/3 and for whole numbers."""
    rest, places = int(e.q), 0
    while rest % 10 == 0:
        rest, places = rest // 10, places + 1
    while rest % 5 == 0 or rest % 2 == 0:
        rest, places = rest // (5 if rest % 5 == 0 else 2), places + 1
    if rest != 1 or (e.q <= 16 and e.q != 10):
        return ""
    whole = abs(int(e.p)) * 10**places // int(e.q)
    digits = str(whole).rjust(places + 1, "0")
    return f"{'-' if e < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _condition(relation: Any) -> str:
    left, right = relation.args
    if isinstance(relation, (Gt, Ge)) and right == 0 and left.could_extract_minus_sign():
        sign = "<" if isinstance(relation, Gt) else "≤"
        return f"{text(-left)} {sign} 0"
    return f"{text(left)} {_RELATIONS[type(relation)]} {text(right)}"


def _held(e: Any, least: int) -> str:
    made, level = _piece(e)
    return made if level >= least else f"({made})"


def _sum(e: Any) -> str:
    out = ""
    terms = e.as_ordered_terms()
    terms.sort(key=lambda t: bool(t.could_extract_minus_sign()))  # what is subtracted last
    for term in terms:
        made, level = _piece(term)
        if not out:
            out = made
        elif level == _MINUS:
            out += f" - {made[1:]}"
        else:
            out += f" + {made}"
    return out


def _product(e: Any) -> tuple[str, int]:
    number, factors = e.as_coeff_mul()
    if _decimal(number):
        above, below = [abs(number)], []
    else:
        above = [] if abs(number.p) == 1 else [Rational(abs(number.p))]
        below = [] if number.q == 1 else [Rational(number.q)]
    for f in sorted(factors, key=_rank):
        if isinstance(f, Pow) and f.exp.is_Rational and f.exp < 0:
            below.append(Pow(f.base, -f.exp))
        else:
            above.append(f)
    made = _row(above) if above else "1"
    if below:
        under = _row(below) if len(below) > 1 else _held(below[0], _POWER)
        made += f" / ({under})" if len(below) > 1 else f" / {under}"
    return (f"-{made}", _MINUS) if number < 0 else (made, _PRODUCT)


def _row(factors: list[Any]) -> str:
    if len(factors) == 1:
        return _held(factors[0], _PRODUCT)
    out = ""
    for f in factors:
        made = _held(f, _POWER)
        if out and made[0].isdigit():
            out += " ·"
        out += f" {made}" if out else made
    return out


def _rank(f: Any) -> int:
    """Roots of numbers, letters, sums, functions, expectations."""
    base = f.base if isinstance(f, Pow) else f
    if base.is_Rational or base == S.Pi:
        kind = 0 if isinstance(f, Pow) else 1
    elif base.is_Symbol:
        kind = 2 if base.name != "x" else 4
    elif isinstance(base, Add):
        kind = 5
    else:
        kind = 7 if isinstance(base, E) else 6
    return kind


def _power(e: Any) -> tuple[str, int]:
    n = e.exp
    if n == S.Half:
        return f"√{_held(e.base, _ATOM)}", _POWER
    if n.is_Rational and n < 0:
        return f"1 / {_held(Pow(e.base, -n), _POWER)}", _PRODUCT
    below = _held(e.base, _ATOM)
    if n.is_Integer:
        return f"{below}{str(n).translate(_RAISED)}", _POWER
    return f"{below}^({text(n)})", _POWER
