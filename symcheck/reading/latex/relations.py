r"""What stands between two formulas: ``=``, ``\le``, ``\overset{(a)}{=}``, ``\xrightarrow{d}``.

Only equalities are judged.  What else may stand between two formulas is known here too, so that
nothing is read across it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from symcheck.reading.latex.tokens import Token, argument, commands, matching, said, words

__all__ = ["implication", "relation"]

_OTHER = {
    "<": "<", ">": ">", r"\le": "≤", r"\ge": "≥", r"\approx": "≈", r"\sim": "~", r"\ne": "≠",
    r"\simeq": "≃", r"\cong": "≅", r"\propto": "∝", r"\ll": "≪", r"\gg": "≫", r"\to": "→",
    r"\rightarrow": "→", r"\implies": "⟹", r"\Rightarrow": "⇒", r"\iff": "⟺",
    r"\Leftrightarrow": "⇔", r"\in": "∈", r"\doteq": "≐", r"\lesssim": "≲", r"\gtrsim": "≳",
    r"\mapsto": "↦", r"\longrightarrow": "→", r"\asymp": "≍", r"\leftarrow": "←", r"\gets": "←",
    r"\Longrightarrow": "⟹", r"\Longleftarrow": "⟸", r"\Leftarrow": "⇐", r"\impliedby": "⟸",
    r"\Longleftrightarrow": "⟺",
}  # fmt: skip
_EQUAL = commands("equiv triangleq")
_IMPLICATIONS = frozenset("⟹⇒⟸⇐⟺⇔")
_ARROWS = re.compile(r"[→←↦]|\\.*(arrows?|leadsto)")
# Other relations, by how they are spelled.
_LIKE = re.compile(
    r"\\(x?(?!over|under)[A-Za-z]*(arrow|arrows|harpoon(up|down)?|eq|eqq|eqslant|sim|approx|models|dash)"
    r"|leadsto|notin|ni|subset|supset|perp|parallel|prec|succ|propto|varpropto|bowtie|asymp"
    r"|nless|ngtr|colon|vartriangle(left|right)|smile|frown)"
)
# What may stand above an equality: it is one all the same.
_ABOVE = re.compile(
    r"\(?[a-z0-9]{1,3}[.)]*\)|[abc]|i{1,3}|iv|v|\d+|[?!]|def(inition)?\.?"
    r"|(by|eq|eqn|rule|lemma|lin|ind|indep|tower|sym)\b.*"
    r"|linearity|independence|symmetry|i\.?i\.?d\.?",
    re.I,
)


def relation(tokens: Sequence[Token], n: int) -> tuple[str, int]:
    """The relation at a place ('' for none, '=' for an equality), and what comes after it."""
    text = tokens[n].text
    after = tokens[n + 1].text if n + 1 < len(tokens) else ""
    if text == ":" and after == "=":
        return "=", n + 2
    if text == "=":
        return "=", n + (2 if after == ":" else 1)
    if text in (r"\stackrel", r"\overset", r"\underset"):
        return _stacked(tokens, n)
    if text == r"\not":
        sign, end = relation(tokens, n + 1) if after else ("", n)
        return (f"not {sign}", end) if sign else ("", n)
    sign = _sign(text)
    end = n + 1
    if text.startswith(r"\x"):  # \xrightarrow[below]{above}
        if end < len(tokens) and tokens[end].text == "[":
            end = matching(tokens, end) + 1
        _, end = argument(tokens, end)
    return (sign, end) if sign else ("", n)


def implication(signs: Sequence[str]) -> int | None:
    """Where one statement follows from another: neither of them is claimed by itself."""
    for n, sign in enumerate(signs):
        arrow = _ARROWS.fullmatch(sign) and "=" in signs[:n] and "=" in signs[n + 1 :]
        if sign and (sign in _IMPLICATIONS or arrow):
            return n
    return None


def _sign(text: str) -> str:
    if text in _EQUAL:
        return "="
    return _OTHER.get(text, text if _LIKE.fullmatch(text) else "")


def _stacked(tokens: Sequence[Token], n: int) -> tuple[str, int]:
    r"""``\overset{(a)}{=}``: the words above an equality may be letters in brackets, or words."""
    above, at = argument(tokens, n + 1)
    below, end = argument(tokens, at)
    sign = "=" if [t.text for t in below] == ["="] else ""
    sign = sign or (_sign(below[0].text) if len(below) == 1 else "")
    if sign != "=":
        return (sign, end) if sign else ("", n)  # words below an operator, say
    spelled = words(above)
    plain = _ABOVE.fullmatch(spelled) or (above and above[0].text in (r"\eqref", r"\ref"))
    return ("=" if plain else f"= with {said(above)} above it"), end
