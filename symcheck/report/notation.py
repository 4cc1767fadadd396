"""Characters and names: Greek, superscripts, subscripts, and their spellings in LaTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

__all__ = [
    "ascii_name", "latex_name", "member", "prose", "subscript", "superscript", "unicode_name",
]  # fmt: skip

_SPELLED = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi",
    "psi", "omega",
]  # fmt: skip
_SMALL = dict(zip(_SPELLED, "αβγδεζηθικλμνξοπρστυφχψω", strict=True))
_LARGE = {n.capitalize(): c for n, c in zip(_SPELLED, "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", strict=True)}
GREEK = _SMALL | _LARGE
SPELLING = {c: n for n, c in GREEK.items()} | {
    "ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "ς": "sigma", "ℓ": "ell", "µ": "mu",
}  # fmt: skip
_LATEX = {c: "\\" + n for n, c in GREEK.items() if n not in ("omicron", "Omicron")} | {
    "ϵ": r"\epsilon", "ε": r"\varepsilon", "φ": r"\varphi", "ϕ": r"\phi", "ϑ": r"\vartheta",
    "ς": r"\varsigma", "ℓ": r"\ell", "µ": r"\mu", "ο": "o", "∂": r"\partial ",
}  # fmt: skip
# LaTeX has no commands for the capitals that look like Latin ones.
_LATEX |= dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧ", (rf"\mathrm{{{c}}}" for c in "ABEZHIKMNOPTX"), strict=True))
_LATEX["Υ"] = r"\Upsilon"

_SUPERSCRIPT = str.maketrans(
    "0123456789+-abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
)
_SUBSCRIPT = str.maketrans(
    "0123456789+-aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ"
)


def superscript(text: str) -> str | None:
    """The text in superior characters, or None where one is missing or it grows too long."""
    plain = text.replace(" ", "")
    if not 0 < len(plain) <= 4 or any(ord(c) not in _SUPERSCRIPT for c in plain):
        return None
    return plain.translate(_SUPERSCRIPT)


def subscript(text: str) -> str | None:
    """The text in inferior characters, or None where one is missing."""
    plain = text.replace(" ", "")
    if not plain or any(ord(c) not in _SUBSCRIPT for c in plain):
        return None
    return plain.translate(_SUBSCRIPT)


def unicode_name(name: str, taken: Collection[str] = ()) -> str:
    """A name with spelled Greek as letters: ``sigma_W`` is ``σ_W``, ``f'`` is ``f′``.

    A name stays as it is where another one in ``taken`` has that spelling already.
    """
    parts = [re.fullmatch(r"(.*?)('*)", p) for p in name.split("_")]
    greek = "_".join(GREEK.get(p[1], p[1]) + p[2] for p in parts if p)
    return (name if greek != name and greek in taken else greek).replace("'", "′")


def member(term: str, *, unicode: bool = True) -> str:
    """A name with indices as it stands in a file, ``W[i,j]``, in the alphabet of the output."""
    name, _, rest = term.partition("[")
    if not unicode:
        return "".join(map(_spell, term.replace("′", "'")))
    indices = rest.removesuffix("]").split(",") if rest else []
    low = subscript("".join(indices))
    single = len(indices) == 1 or all(len(i.strip()) == 1 for i in indices)
    name = unicode_name(name)
    if not rest:
        return name
    plain = ",".join(i.replace(" ", "") for i in indices)
    return name + low if low and single and "_" not in name else f"{name}[{plain}]"


_SIGNS = str.maketrans({"−": "-", "·": "*", "≤": "<=", "≥": ">=", "≠": "!=", "∞": "oo", "√": "sqrt",
                        "′": "'", "–": "-", "—": "-", "…": "...", "Σ": "sum", "∫": "int",
                        "“": '"', "”": '"', "‘": "'", "’": "'"})  # fmt: skip


_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def prose(words: str, *, unicode: bool = True) -> str:
    """Words with names and powers among them, in the alphabet of the output.

    Names that the rules invent for bound indices get letters that a person would use.
    """
    invented = dict.fromkeys(re.findall(r"\b_[bfi]\d+(?:_\d+)?\b", words))
    letters = (c for c in "jklmnpqrst" if not re.search(rf"\b{c}\b", words))
    for name, letter in zip(invented, letters, strict=False):
        words = re.sub(rf"\b{name}\b", letter, words)
    words = re.sub(r"(?<=\S)\*\*(?=\S)", "^", words)
    if unicode:
        words = re.sub(r"\^(\d+)", lambda m: superscript(m[1]) or m[0], words)
        words = re.sub(r"(?<=[\w\])])\*(?=[\w(])", " ", words)
        words = re.sub(r"[^\W\d_][\w]*'*\[[\w,+]+\](?!\[)", _indexed, words)
        return re.sub(r"(?<=\w)'+(?=[\s,.;\[\])²³^]|$)", lambda m: "′" * len(m[0]), words)
    raised = r"(?<=[\w)\]])([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    words = re.sub(raised, lambda m: "^" + m[1].translate(_DIGITS), words)
    plain = words.translate(_SIGNS)
    if plain.isascii():
        return plain
    return "".join(map(_spell_any, unicodedata.normalize("NFKD", plain)))


def _indexed(match: re.Match[str]) -> str:
    head = match[0].partition("[")[0]
    return match[0] if head in ("E", "P", "Var", "Cov") else member(match[0])


def _spell_any(c: str) -> str:
    if c.isascii():
        return c
    return SPELLING.get(c, "" if unicodedata.combining(c) else "?")


def ascii_name(name: str, taken: Collection[str] = ()) -> str:
    """A name in ASCII: ``σ_Ω`` is ``sigma_Omega``; underscores keep it apart from others."""
    plain = name.replace("′", "'")
    if plain.isascii():
        return plain
    plain = "".join(_spell(c) for c in plain)
    stem = plain.rstrip("'")
    primes = plain[len(stem) :]
    while stem + primes in taken:
        stem += "_"
    return stem + primes


def _spell(c: str) -> str:
    return c if c.isascii() else SPELLING.get(c, f"u{ord(c):x}")


def latex_name(name: str, index: str = "") -> str:
    r"""A name in LaTeX: ``σ_f'`` is ``\sigma_{f'}``; ``index`` joins its subscript."""
    base, _, below = name.replace("′", "'").partition("_")
    below = ",".join(latex_name(p) for p in below.split("_") if p)
    match = re.fullmatch(r"(.*?)(\d*)('*)", base)
    if match is None:
        return base
    word, digits, primes = match.groups()
    under = ",".join(p for p in (digits, below) if p)
    under = f"{under},{index}" if under and index else under or index
    return _word(word) + primes + (f"_{{{under}}}" if under else "")


def _word(word: str) -> str:
    if word in GREEK:
        return _LATEX[GREEK[word]]
    if len(word) == 1:
        return _LATEX.get(word, word if word.isascii() else rf"\text{{{word}}}")
    if all(c in _LATEX or c.isascii() for c in word) and any(c in _LATEX for c in word):
        return " ".join(_LATEX.get(c, c) for c in word)
    return rf"\mathrm{{{word}}}" if word.isascii() else rf"\text{{{word}}}"
