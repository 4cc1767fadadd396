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

_WORDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (pattern, frozenset(names.split()))
    for pattern, names in (
        (r"rule ?1|constants?|expectation of a constant", "rule1"),
        (r"rule ?2|constant factors?|homogeneity|scaling", "rule2"),
        (r"rule ?3|linearity|linearity of (the )?expectation|additivity", "rule3 rule2 rule1"),
        (r"rule ?4|independence|independent", "rule4 drop-given"),
        (
            r"(law of )?total expectation|tower( rule| property)?|iterated expectations?",
            "tower condition",
        ),
        (r"variance identity|computational formula", "variance-identity variance"),
        (r"(def\S* of (the )?)?variance", "variance variance-identity"),
        (r"(def\S* of (the )?)?covariance", "covariance"),
        (r"(def\S* of (the )?)?(expectation|expected value)|integral form", "integral-form"),
        (r"(def\S* of (the )?)?probability|indicators?", "probability rule1"),
        (r"(def\S* of )?(re|leaky re)lu", "relu split-range integral-form definition"),
        (r"symmetr\w*|even function|odd function", "half odd split-range integral-form relu"),
        (r"identical(ly)? distribut\w*|same law|i\.?i\.?d\.?", "identical rule4"),
        (r"geometric (sum|series)", "sum-geometric"),
        (
            r"algebra|arithmetic|expand(ing)?|simplif\w+|collect\w*|ring algebra|sums?|cancel\w*",
            "algebra",
        ),
        (r"zero means?|means?", "mean hypothesis"),
        (
            r"(second )?moments?|variances?",
            "second-moment law-moment mean hypothesis normal-absolute",
        ),
        (
            r"(normal|gaussian|uniform|laplace|exponential|bernoulli|poisson|student|rademacher)"
            r"( law| moments?)?|laws?",
            "law-moment mean second-moment normal-absolute odd",
        ),
        (r"uncorrelated\w*|assumptions?|hypothes[ie]s|given", "hypothesis mean second-moment"),
        (r"def\S*|unfold\w*", "definition"),
        (
            r"conditioning|take out what is known|taking out what is known|pull out",
            "rule1 rule2 tower condition drop-given",
        ),
        (r"cross terms? vanish\w*", "rule3 rule4 mean rule2 rule1 hypothesis"),
    )
)


@dataclass(frozen=True)
class Grounds:
    """The rules and lemmas that are named; ``unknown`` are the reasons that mean nothing here."""

    rules: frozenset[str]
    lemmas: frozenset[str] = frozenset()
    assumptions: frozenset[int] = frozenset()  # by their number in the context
    unknown: tuple[str, ...] = ()

    def allows(self, rule: str, term: Any = None, binding: Mapping[str, Any] | None = None) -> bool:
        """May a step use this rule, at this term?"""
        if rule in FREE or rule in self.rules:
            return True
        if rule == "odd":  # that E[x] = 0 for a symmetric x is said of its mean
            return "mean" in self.rules and isinstance(term, E) and isinstance(term.args[0], RV)
        return rule == "hypothesis" and (binding or {}).get("number") in self.assumptions


def read(by: Iterable[str], context: Context, lemmas: Mapping[str, Lemma]) -> Grounds:
    """What the reasons name."""
    rules: set[str] = set()
    cited: set[str] = set()
    assumed: set[int] = set()
    unknown: list[str] = []
    for text in by:
        reason = " ".join(text.lower().split())
        found = _lemma(text, lemmas)
        if found:
            cited |= found
            rules.add("lemma")
            continue
        numbers = _assumptions(text, context)
        if numbers:
            assumed |= numbers
            continue
        named = _named(reason) or _about(reason, context)
        if named is None:
            unknown.append(text)
        else:
            rules |= named
    return Grounds(frozenset(rules), frozenset(cited), frozenset(assumed), tuple(unknown))


def _named(reason: str) -> frozenset[str] | None:
    if reason in RULES:
        return frozenset((reason,))
    for pattern, names in _WORDS:
        if re.fullmatch(f"(the |by )?({pattern})", reason):
            return names
    for rule in RULES.values():
        if reason in (rule.title.lower(), rule.label.lower()):
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
        return frozenset({"definition"})
    if head in ("mean", "zero mean", "the mean", "expectation"):
        return frozenset({"mean", "hypothesis", "odd"})
    if head in ("variance", "the variance", "second moment"):
        return frozenset(
            {"second-moment", "mean", "hypothesis", "variance", "variance-identity", "law-moment"}
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
