"""What an author's ``by ...`` names: rules, definitions, assumptions, earlier claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from symcheck.context import Context
from symcheck.expr import RV, Cov, E, Var, subterms
from symcheck.kernel import Lemma
from symcheck.rules import RULES, TABLES

__all__ = ["Grounds", "read", "same_name"]

# Always allowed: algebra of numbers, and of finite sums.
FREE = frozenset({"algebra"} | {r.name for r in TABLES["Sums"]})

_CALCULUS = "variance variance-identity covariance rule1 rule2 rule3"
_LAWS = "normal|gaussian|uniform|laplace|exponential|bernoulli|poisson|student|rademacher"
_WORDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (pattern, frozenset(names.split()))
    for pattern, names in (
        (r"rule ?1|constants?|expectation of a constant", "rule1"),
        (r"rule ?2|constant factors?|homogeneity|scaling", "rule2"),
        (r"rule ?3|additivity", "rule3"),
        (
            r"linearity( of (the )?(expectations?|expected values?|mean|e))?|e is linear",
            "rule3 rule2 rule1 definition",
        ),
        (r"rule ?4|factori[sz]ation|multiplicativity", "rule4 drop-given"),
        (
            r"(law of )?(total expectations?|(the )?(iterated|repeated) expectations?)"
            r"|tower( rule| property| law)?|(iterated|repeated) expectations?|adam's law",
            "tower condition",
        ),
        (r"independence|independent", "rule4 drop-given definition"),
        (
            r"variance|(def\S* of (the )?)?(variance|var)|variance (identity|formula|shortcut)"
            r"|(computational|shortcut|variance) formula|k(ö|oe|o)nig-huygens|steiner",
            "variance variance-identity",
        ),
        (r"(def\S* of (the )?)?(covariance|cov)|covariance (identity|formula)", "covariance"),
        (
            r"(def\S* of (the )?)?(expectation|expected value)|integral form",
            "integral-form whole-line",
        ),
        (r"(def\S* of (the )?)?probability|indicators?|indicator functions?", "probability rule1"),
        (
            r"(def\S* of )?(re|leaky re)lu",
            "relu split-range integral-form whole-line definition cases",
        ),
        (
            r"symmetr\w*|(even|odd) (function|moment|integrand)s?|oddness|odd",
            "half odd reflect split-range integral-form whole-line lower-half relu probability"
            " rule1",
        ),
        (
            r"identical(ly)? distribut\w*|(the )?same (law|distribution)|i\.?i\.?d\.?",
            "identical rule4",
        ),
        (r"geometric (sum|series)", "sum-geometric sum-telescope"),
        (r"two values", "two-values"),
        (
            r"(ring )?algebra|arithmetic"
            r"|(expand|simplify|rearrang|collect|cancel|factor|multiply|squar)(ing)?( out)?"
            r"( (the )?(square|product|terms?|sum|brackets?|fractions?))?"
            r"|simplif\w+|expansion|rearrangement|cancellation|factori[sz]ing"
            r"|collect\w*|cancel\w*|reorder\w*|binomial (formula|theorem)|sums?"
            r"|(\w+|there are \w+) (equal |identical )?terms|counting( terms)?|sum of constants",
            "algebra",
        ),
        (r"zero means?|means?( zero| 0)?|cent(e?red|red)", "mean hypothesis"),
        (
            r"(second )?moments?|variances?|(zero mean|unit variance)s?",
            "second-moment law-moment mean hypothesis normal-absolute",
        ),
        (
            rf"((second|third|fourth|higher) )?(moments? of (a |the )?)?({_LAWS})"
            rf"( laws?| moments?| distributions?)?|laws?|normality|kurtosis"
            r"|(third|fourth|higher) moments?",
            "law-moment mean second-moment normal-absolute odd",
        ),
        (r"uncorrelated\w*|assumptions?|hypothes[ie]s|given", "hypothesis mean second-moment"),
        (r"def\S*|unfold\w*|(substitut|plug|insert)\w*( in)?", "definition probability"),
        (
            r"conditioning|tak(e|ing) out what is known|pull(ing)?[ -]out( property)?"
            r"|measurability|known",
            "rule1 rule2 tower condition drop-given",
        ),
        (r"cross terms? vanish\w*", "rule3 rule4 mean rule2 rule1 hypothesis"),
    )
)
# What words allow besides where the line has a variance or a covariance.
_SPREADS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (pattern, frozenset(names.split()))
    for pattern, names in (
        (
            r"independen\w*|bienaym(é|e)|additivity of (the )?variances?"
            r"|variances? of independent (variables|terms|summands)",
            f"{_CALCULUS} rule4 definition",
        ),
        (
            r"(bi)?linearity of (the )?covariance|bilinearity"
            r"|(homogeneity|scaling|properties|rules|shift invariance)"
            r"( of (the )?(co)?variances?)?"
            r"|variances? of a (linear function|multiple|sum)|shortcut formula",
            _CALCULUS,
        ),
        (r"covariance( identity| formula)?|(def\S* of (the )?)cov(ariance)?", _CALCULUS),
        (
            r"(law of )?(the )?total variance|eve's law|variance decomposition",
            f"{_CALCULUS} tower condition",
        ),
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
        if rule == "hypothesis-solved":
            rule = "hypothesis"
        if rule in FREE or rule in self.rules:
            return True
        if rule == "odd":  # that E[x] = 0 for a symmetric x is said of its mean
            return "mean" in self.rules and isinstance(term, E) and isinstance(term.args[0], RV)
        return rule == "hypothesis" and (binding or {}).get("number") in self.assumptions


def read(by: Iterable[str], context: Context, lemmas: Mapping[str, Lemma], *line: Any) -> Grounds:
    """What the reasons name, for a line that leads from one expression to another."""
    rules: set[str] = set()
    cited: set[str] = set()
    assumed: set[int] = set()
    unknown: list[str] = []
    spread = any(isinstance(t, (Var, Cov)) for e in line for t in subterms(e))
    texts = _whole(by, context, lemmas)
    for text in texts:
        if found := _lemma(text, lemmas):
            cited |= found
            rules.add("lemma")
        elif numbers := _assumptions(text, context):
            assumed |= numbers
        elif (named := _meant(text, context, spread)) is not None:
            rules |= named
        else:
            unknown.append(text)
    return Grounds(frozenset(rules), frozenset(cited), frozenset(assumed), tuple(unknown))


def _whole(by: Iterable[str], context: Context, lemmas: Mapping[str, Lemma]) -> list[str]:
    """``mean of x, y`` is one reason, and so is ``x, y independent``."""
    texts = list(by)
    bare = [
        t in context.names and not _lemma(t, lemmas) and not _assumptions(t, context) for t in texts
    ]
    return [t for t, name in zip(texts, bare, strict=True) if not name or all(bare)]


def _meant(text: str, context: Context, spread: bool) -> frozenset[str] | None:
    reason = " ".join(text.lower().replace("’", "'").split()).rstrip(".")
    reason = re.sub(r"^((since|because|as|by|due to|using|from|the|we have) )+", "", reason)
    named = _named(reason, spread)
    named = _about(reason, context, spread) if named is None else named
    if named is None and " and " in reason:  # independence and zero mean
        parts = [_meant(part, context, spread) for part in reason.split(" and ")]
        named = None if None in parts else frozenset().union(*(p or () for p in parts))
    return named


def _named(reason: str, spread: bool) -> frozenset[str] | None:
    found = [names for p, names in _WORDS if re.fullmatch(p, reason)][:1]
    if spread:
        found += [names for p, names in _SPREADS if re.fullmatch(p, reason)]
    if not found:
        labels = {r.name: (r.name, r.title.lower(), r.label.lower()) for r in RULES.values()}
        found = [frozenset((name,)) for name, words in labels.items() if reason in words][:1]
    return frozenset().union(*found) if found else None


def _about(reason: str, context: Context, spread: bool) -> frozenset[str] | None:
    """``mean of W``, ``definition of h``, ``W and h are independent``, ``x has mean 0``."""
    if match := re.fullmatch(r"(.+?) (is|are|being|both )?.*\bindependent( of .+)?", reason):
        return _named("independence", spread)
    if match := re.fullmatch(r"\S+ has (zero |unit )?(mean|variance)\b.*", reason):
        return _ABOUT[match[2]]
    if re.fullmatch(r"(.+?) (is |are )?uncorrelated( .+)?", reason):
        return _named("uncorrelated", spread)
    if re.fullmatch(r"\S+ is (known|constant)( given .+)?", reason):
        return _named("conditioning", spread)
    match = re.fullmatch(r"(.*?)(,? (of|for|between|in|on) .*|(?<=substituting) .*)", reason)
    if match is None:
        return None
    head, tail = match.group(1), match.group(2)
    names = {n.lower() for n in context.names}
    filler = r"\b(of|for|between|and|in|on|the|each|all)\b"
    words = re.findall(r"[^\s,\[\]()|]+", re.sub(filler, " ", tail))
    if not any(w in names or w.split("[")[0] in names for w in words) and "_" not in head:
        return _named(head, spread)
    head = re.sub(r"^(declared|given|known|zero|unit|vanishing) ", "", head)
    return _ABOUT.get(head) or _named(head, spread)


_MEAN = frozenset({"mean", "hypothesis"})
_SECOND = _MEAN | {"second-moment", "variance", "variance-identity", "law-moment"}
_ABOUT = dict.fromkeys(("mean", "means", "expectation"), _MEAN) | dict.fromkeys(
    ("variance", "variances", "second moment"), _SECOND
)


def same_name(text: str, name: str) -> bool:
    """Does a reason name this claim or assumption?"""
    plain = re.sub(r"^(claim|lemma|result|assumption|hypothesis|by)\s+", "", text.strip())
    return bool(name) and re.sub(r"\s", "", plain) == re.sub(r"\s", "", name)


def _lemma(text: str, lemmas: Mapping[str, Lemma]) -> set[str]:
    return {name for name in lemmas if same_name(text, name)}


def _assumptions(text: str, context: Context) -> set[int]:
    return {n for n, h in enumerate(context.hypotheses) if same_name(text, h.name)}
