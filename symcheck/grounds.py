"""What an author's ``by ...`` names: rules, definitions, assumptions, earlier claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from symcheck.context import Context
from symcheck.expr import RV, E
from symcheck.kernel import Lemma
from symcheck.rules import RULES, TABLES

__all__ = ["Grounds", "read", "same_name"]

# Always allowed: algebra of numbers, and of finite sums.
FREE = frozenset({"algebra"} | {r.name for r in TABLES["Sums"]})

# What a reason in words takes along: what variances mean, and linearity.
ALONG = frozenset(
    ("probability", "variance", "variance-identity", "covariance", "rule1", "rule2", "rule3")
)

_LINEAR = "rule3 rule2 rule1"
_VARIANCE = "variance variance-identity"
_MOMENTS = "law-moment mean second-moment normal-absolute odd two-values"
_LAWS = "normal|gaussian|uniform|laplace|exponential|bernoulli|poisson|student|rademacher"
_NTH = r"((first|second|third|fourth|fifth|sixth|odd|even|\d+(st|nd|rd|th)) )?"

# Reasons that stand for themselves alone.
_STRICT: tuple[tuple[str, str], ...] = (
    (r"rule ?1|constants?|expectation of a constant", "rule1"),
    (r"rule ?2|constant factors?", "rule2"),
    (r"rule ?3|additivity|linearity( of (?!(the )?(co)?var).*)?|.* is linear", _LINEAR),
    (r"rule ?4", "rule4 drop-given"),
    (
        r"(variance|computational|shortcut) (identity|formula)|k\S*nig-?huygens|steiner\S*",
        f"{_VARIANCE} covariance {_LINEAR}",
    ),
    (r"(def\S* of (the )?)?var(iances?)?", _VARIANCE),
    (
        r"(scaling|shift invariance|homogeneity|linearity|properties|rules|algebra) of (the )?"
        r"variances?|variance of a linear function|scaling|homogeneity|shift invariance",
        f"{_VARIANCE} covariance {_LINEAR}",
    ),
    (
        r"(def\S* of (the )?)?cov(ariances?)?|covariance (identity|formula|rules)|bilinearity( .*)?"
        r"|(rules|properties|(bi)?linearity) of (the )?covariances?",
        f"covariance {_VARIANCE} {_LINEAR}",
    ),
    (r"(def\S* of (the )?)?(expectation|expected value)|integral form", "integral-form whole-line"),
    (r"(def\S* of (the )?)?probability|indicators?", "probability rule1"),
    (
        r"(def\S* of )?(re|leaky re)lu",
        "relu split-range integral-form whole-line definition cases",
    ),
    (r"geometric (sum|series)", "sum-geometric sum-telescope"),
    (
        r"algebra|arithmetic|expan\w*( .*)?|simplif\w+|rearrang\w*|collect\w*( .*)?|ring algebra"
        r"|sums?|cancel\w*|factor\w*( out)?|binomial( formula| theorem)?|multiplying out"
        r"|squar\w*( out)?|(there are )?\w*( equal)? ?terms|counting( terms)?|sum of constants",
        "algebra",
    ),
    (r"def\S*|unfold\w*", "definition"),
    (r"(substitut|plug)\w*( .*)?", "algebra definition hypothesis mean"),
)
# Facts about the variables, which carry a line together with ALONG.
_FACTS: tuple[tuple[str, str], ...] = (
    (
        r"independen\w*( of .*)?|.* independent( of .*)?|product rule|factori[sz]ation"
        r"|multiplicativity|bienaym\S*|additivity of variances?",
        "rule4 drop-given",
    ),
    (
        r"variances? of (a |the )?(sums?|independent)( .*)?|(rules|properties) of variances",
        f"rule4 drop-given {_VARIANCE} covariance {_LINEAR}",
    ),
    (
        r"(law of )?(total|iterated) expectations?|tower( rule| property)?|adam'?s law",
        "tower condition",
    ),
    (
        r"conditioning( on .*)?|(take|taking|pull)-?( ?out)?( what is known)?( property)?"
        r"|measurability|.* is known( .*)?",
        "rule1 rule2 tower condition drop-given",
    ),
    (r"(law of )?total (co)?variance|eve'?s law|variance decomposition", "tower condition"),
    (
        r"symmetr\w*( of .*)?|even function|odd(ness| function| moments?)?",
        "half odd reflect split-range integral-form whole-line relu probability",
    ),
    (
        r"identical(ly)? distribut\w*|(same|equal) (law|distribution)|i\.?i\.?d\.?|exchangeab\w*",
        "identical rule4",
    ),
    (
        r"((has )?zero|has)? ?means?( zero| \S+)?|.* has mean .*|cent(er|re)d|e\[.*\] ?= ?.*",
        "mean hypothesis",
    ),
    (
        r"(second )?moments?|variances?|.* has variance .*|var\[.*\] ?= ?.*",
        "second-moment law-moment mean hypothesis normal-absolute",
    ),
    (
        rf"(({_LAWS})( laws?| distribution)?( moments?)?|laws?|normality|kurtosis)( of .*)?"
        rf"|{_NTH}moments? of .*",
        _MOMENTS,
    ),
    (
        r"uncorrelated\w*|.* uncorrelated|assum\w*( .*)?|hypothes[ie]s|given",
        "hypothesis mean second-moment",
    ),
    (r"cross terms? vanish\w*", "rule3 rule4 mean rule2 rule1 hypothesis"),
    (r"two values", "two-values"),
)


@dataclass(frozen=True)
class Grounds:
    """The rules and lemmas that are named; ``unknown`` are the reasons that mean nothing here.

    ``along`` are rules that may help, but not carry the line alone.
    """

    rules: frozenset[str]
    lemmas: frozenset[str] = frozenset()
    assumptions: frozenset[int] = frozenset()  # by their number in the context
    unknown: tuple[str, ...] = ()
    along: frozenset[str] = frozenset()

    def allows(self, rule: str, term: Any = None, binding: Mapping[str, Any] | None = None) -> bool:
        """May a step use this rule, at this term?"""
        if rule in FREE or rule in self.rules or rule in self.along:
            return True
        if rule == "odd":  # that E[x] = 0 for a symmetric x is said of its mean
            return "mean" in self.rules and isinstance(term, E) and isinstance(term.args[0], RV)
        return rule == "hypothesis" and (binding or {}).get("number") in self.assumptions

    def carry(self, used: Iterable[str]) -> bool:
        """Do the reasons that are named carry a line that uses these rules?"""
        needed = [r for r in used if r not in FREE]
        own = self.rules | ({"hypothesis"} if self.assumptions else set())
        own |= {"odd"} if "mean" in self.rules else set()
        return not needed or any(r in own for r in needed)


def read(by: Iterable[str], context: Context, lemmas: Mapping[str, Lemma]) -> Grounds:
    """What the reasons name."""
    rules: set[str] = set()
    cited: set[str] = set()
    along: frozenset[str] = frozenset()
    assumed: set[int] = set()
    unknown: list[str] = []
    for text in by:
        found = _lemma(text, lemmas)
        if found:
            cited |= found
            rules.add("lemma")
            continue
        numbers = _assumptions(text, context)
        if numbers:
            assumed |= numbers
            along = ALONG
            continue
        named = _one(text, context)
        if named is None:
            parts = [_one(part, context) for part in text.split(" and ")]
            if len(parts) < 2 or None in parts:
                unknown.append(text)
                continue
            named = frozenset().union(*(p for p in parts if p is not None))
        rules |= named - {"+"}
        if "+" in named:
            along = ALONG
    return Grounds(frozenset(rules), frozenset(cited), frozenset(assumed), tuple(unknown), along)


def _one(text: str, context: Context) -> frozenset[str] | None:
    """The rules that one reason names; ``+`` among them says that it is a fact."""
    reason = re.sub(r"^(the|by|since|as|because) ", "", " ".join(text.lower().split()))
    return _named(reason) or _about(reason, context)


def _named(reason: str) -> frozenset[str] | None:
    for pattern, names in _STRICT:
        if re.fullmatch(pattern, reason):
            return frozenset(names.split())
    for pattern, names in _FACTS:
        if re.fullmatch(pattern, reason):
            return frozenset((*names.split(), "+"))
    for rule in RULES.values():
        if reason in (rule.name, rule.title.lower(), rule.label.lower()):
            return frozenset((rule.name,))
    return None


def _about(reason: str, context: Context) -> frozenset[str] | None:
    """``mean of W``, ``definition of h``, ``independence of W and h``."""
    match = re.fullmatch(r"(.*?)(,? (of|for|between) .*)", reason)
    if match is None:
        return None
    head, tail = match.group(1), match.group(2)
    names = {n.lower() for n in context.names}
    words = re.findall(
        r"[^\s,\[\]()|]+", re.sub(r"\b(of|for|between|and|the|each|all)\b", " ", tail)
    )
    if not any(w in names or w.split("[")[0] in names for w in words) and "_" not in head:
        return _named(head)
    if head in ("definition", "def", "def.", "def'n", "defn"):
        return frozenset({"definition", "mean", "second-moment"})  # μ is what `mean μ` says
    if head in ("mean", "zero mean", "the mean", "expectation"):
        return frozenset({"mean", "hypothesis", "+"})
    if head in ("variance", "the variance", "second moment"):
        return frozenset(
            {
                "second-moment",
                "mean",
                "hypothesis",
                "variance",
                "variance-identity",
                "law-moment",
                "+",
            }
        )
    return _named(head)


def same_name(text: str, name: str) -> bool:
    """Does a reason name this claim or assumption?"""
    plain = re.sub(r"^(claim|lemma|result|assumption|hypothesis|by)\s+", "", text.strip())
    return bool(name) and re.sub(r"\s", "", plain) == re.sub(r"\s", "", name)


def _lemma(text: str, lemmas: Mapping[str, Lemma]) -> set[str]:
    return {name for name in lemmas if same_name(text, name)}


def _assumptions(text: str, context: Context) -> set[int]:
    return {n for n, h in enumerate(context.hypotheses) if same_name(text, h.name)}
