"""What an author's ``by ...`` names: rules, definitions, assumptions, earlier claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import replace as _with
from typing import Any

from symcheck.facts.context import Context
from symcheck.language.expr import RV, Cov, E, Param, Var, subterms
from symcheck.rules.all import RULES, TABLES
from symcheck.rules.proof import Lemma

__all__ = ["Grounds", "read", "same_name"]

# Always allowed: algebra of numbers, and of finite sums.
FREE = frozenset({"algebra"} | {r.name for r in TABLES["Sums"]})

LINEAR = frozenset({"rule1", "rule2", "rule3"})
# What is equal at every point, by cases or by the laws of logarithms.
POINTWISE = frozenset({"cases", "identity", "logarithm", "relu", "root"})
# What the words of a line mean.
MEANING = frozenset({"definition", "variance", "variance-identity", "variance-scale"}) | {
    "covariance", "covariance-identity", "probability",
}  # fmt: skip
# What nobody names beside another reason.
ACCOMPANY = LINEAR | POINTWISE | MEANING

_CALCULUS = (
    "variance variance-identity variance-scale covariance covariance-identity rule1 rule2 rule3"
)
_LAWS = "normal|gaussian|uniform|laplace|exponential|bernoulli|poisson|student|rademacher"
_LAW_RULES = "law-moment law-transform law-tail mean second-moment normal-absolute odd two-values"
# One law for what is reflected, or for members that change places.
_ALIKE = "identical exchange average average-sum"
_WORDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (pattern, frozenset(names.split()))
    for pattern, names in (
        (r"rule ?1|constants?|expectation of a constant", "rule1"),
        (r"rule ?2|constant factors?|homogeneity|scaling", "rule2"),
        (r"rule ?3|additivity", "rule3"),
        (
            r"linearity( of (the )?(expectations?|expected values?|mean|e))?|e is linear",
            "rule3 rule2 rule1",
        ),
        (r"rule ?4|factori[sz]ation|multiplicativity", "rule4 drop-given variance-sum"),
        (
            r"(law of )?(total expectations?|(the )?(iterated|repeated) expectations?)"
            r"|tower( rule| property| law)?( of (conditional )?expectations?)?"
            r"|(iterated|repeated) expectations?|adam's law|double expectation",
            "tower condition",
        ),
        (r"((mutual|pairwise|joint) )?independence|independent", "rule4 drop-given variance-sum"),
        (
            r"variance|(def\S* of (the )?)?(variance|var)|variance (identity|formula|shortcut)"
            r"|(computational|shortcut|variance) formula|k(ö|oe|o)nig-huygens|steiner",
            "variance variance-identity variance-scale",
        ),
        (
            r"(def\S* of (the )?)?(covariance|cov)|covariance (identity|formula)",
            "covariance covariance-identity",
        ),
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
            f" rule1 reflection {_ALIKE}",
        ),
        (
            r"reflection|change of (sign|signs|variables?)|(flip|revers)\w*( of)?( the)? signs?"
            r"|(even|odd) parts?|averag\w+",
            f"reflection odd {_ALIKE}",
        ),
        (r"(exchang|swap|permut|relabel|renam)\w*( .+)?", _ALIKE),
        (
            r"(i\.?i\.?d\.?|independent(ly)? (and )?identical(ly)? distribut\w*)( \w+)?",
            f"{_ALIKE} rule4 drop-given variance-sum",
        ),
        (
            r"identical(ly)? distribut\w*|identical laws?|(the )?same (law|distribution)"
            r"|equal in (law|distribution)",
            _ALIKE,
        ),
        (r"geometric (sum|series)", "sum-geometric sum-telescope"),
        (
            r"addition (theorems?|formulas?|formulae)|(double|half)[ -]angle( formulas?)?"
            r"|angle (sum|difference)( identit\w+)?|pythagor\w+( identity)?"
            r"|(trig\w*|hyperbolic|function|tanh|sigmoid)( identit\w+)|product[ -]to[ -]sum"
            r"|(def\S* of (the )?)?(tanh|sigmoid|sine|cosine)",
            "identity",
        ),
        (
            r"(moment|cumulant)[ -]generating functions?|m\.?g\.?f\.?|laplace transforms?"
            r"|characteristic functions?|log-?normal( mean| moments?)?|gaussian integrals?"
            r"|complet\w+ the square",
            "law-transform law-moment",
        ),
        (r"two values", "two-values"),
        (r"(ring )?algebra|arithmetic", "algebra"),
        (
            r"(expand|simplify|rearrang|collect|cancel|factor|multiply|squar)(ing)?( out)?"
            r"( (the )?(square|product|terms?|sum|brackets?|fractions?))?"
            r"|simplif\w+|expansion|rearrangement|cancellation|factori[sz]ing"
            r"|collect\w*|cancel\w*|reorder\w*|binomial (formula|theorem)|sums?"
            r"|counting( terms)?|sum of constants",
            "algebra",
        ),
        (r"((\w+|there are \w+) )?(equal|identical) terms", "algebra identical"),
        (r"(\w+|there are \w+) terms", "algebra"),
        (
            r"zero[ -]means?|means?( zero| 0)?|(being )?cent(e?red|red|red)",
            "mean hypothesis",
        ),
        (
            r"(second )?moments?|variances?|(zero mean|unit variance)s?",
            "second-moment law-moment mean hypothesis normal-absolute",
        ),
        (
            rf"((second|third|fourth|higher) )?(moments? of (a |the )?)?({_LAWS})"
            rf"( laws?| moments?| distributions?)?|laws?|normality|kurtosis"
            r"|(third|fourth|higher) moments?|(cumulative )?distribution functions?|cdfs?|tails?"
            r"|moment[ -]generating functions?|mgfs?",
            _LAW_RULES,
        ),
        (r"uncorrelated\w*|assumptions?|hypothes[ie]s|given", "hypothesis mean second-moment"),
        (
            r"def\S*|unfold\w*|construction|(substitut|plug|insert)\w*( in)?",
            "definition probability variance covariance",
        ),
        (
            r"conditioning|tak(e|ing) out what is known|pull(ing)?[ -]out( property)?"
            r"|measurability|known",
            "rule1 rule2 tower condition drop-given",
        ),
        (
            r"cross[ -]terms? (vanish\w*|(are|is) (zero|0))",
            "rule4 variance-sum mean hypothesis",
        ),
    )
)
# What words allow besides where the line has a variance or a covariance.
_SPREADS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (pattern, frozenset(names.split()))
    for pattern, names in (
        (
            r"bienaym(é|e)|additivity of (the )?variances?"
            r"|variances? of independent (variables|terms|summands)",
            "rule4 variance-sum",
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
    """The rules and lemmas that are named; ``unknown`` are the reasons that mean nothing here.

    ``besides`` are the rules that need not be named beside these; ``tacit`` are the variables
    whose mean need not be named.
    """

    rules: frozenset[str]
    lemmas: frozenset[str] = frozenset()
    assumptions: frozenset[int] = frozenset()  # by their number in the context
    unknown: tuple[str, ...] = ()
    besides: frozenset[str] = frozenset()
    tacit: frozenset[str] = frozenset()

    def allows(self, rule: str, term: Any = None, binding: Mapping[str, Any] | None = None) -> bool:
        """May a step use this rule, at this term?"""
        rule = "hypothesis" if rule == "hypothesis-solved" else rule
        rules = FREE | self.rules | self.besides
        if rule in rules:
            return True
        if rule in ("odd", "mean") and isinstance(term, E) and isinstance(term.args[0], RV):
            # That E[x] = 0 for a symmetric x is said of its mean.
            return "mean" in rules or term.args[0].name in self.tacit
        return rule == "hypothesis" and (binding or {}).get("number") in self.assumptions

    @property
    def alone(self) -> Grounds:
        """What is named, and nothing beside it."""
        return _with(self, besides=frozenset(), tacit=frozenset())

    @property
    def idle(self) -> Grounds:
        """What a line may rest on if what is named has nothing to do with it."""
        besides = self.besides - self.rules
        if self.rules & LINEAR:  # the variance identity follows from them
            besides -= {"variance-identity"}
        return Grounds(frozenset(), besides=besides, tacit=self.tacit)


def read(by: Iterable[str], context: Context, lemmas: Mapping[str, Lemma], *line: Any) -> Grounds:
    """What the reasons name, for a line that leads from one expression to another.

    Rules 1 to 3, what the words of the line mean, and what is equal at every point need not
    be named, except beside algebra; those of Rules 1 to 3 that are named by number, or
    one by one, are all of them that are meant.
    """
    rules: set[str] = set()
    cited: set[str] = set()
    assumed: set[int] = set()
    unknown: list[str] = []
    besides: set[str] = set()
    tacit: frozenset[str] = frozenset()
    spread = any(isinstance(t, (Var, Cov)) for e in line for t in subterms(e))
    texts = _whole(by, context, lemmas)
    linear = LINEAR
    for text in texts:
        named = frozenset[str]()
        if found := _lemma(text, lemmas):
            cited |= found
            rules.add("lemma")
        elif numbers := _assumptions(text, context):
            assumed |= numbers
        elif (meant := _meant(text, context, spread)) is not None:
            rules |= (named := meant)
        else:
            unknown.append(text)
            continue
        if named and named < LINEAR:
            linear = frozenset()
        elif named == {"algebra"} and re.search("algebra|arithmetic", text.lower()):
            besides |= POINTWISE
        else:
            besides |= POINTWISE | MEANING | LINEAR
            if re.search("independen|cross[ -]term", text.lower()):
                tacit = _tacit(context, line)
    return Grounds(
        frozenset(rules), frozenset(cited), frozenset(assumed), tuple(unknown),
        frozenset(besides - (LINEAR - linear)), tacit,
    )  # fmt: skip


def _whole(by: Iterable[str], context: Context, lemmas: Mapping[str, Lemma]) -> list[str]:
    """``mean of x, y`` is one reason, and so is ``x, y independent``."""
    texts = list(by)
    bare = [
        t in context.names and not _lemma(t, lemmas) and not _assumptions(t, context) for t in texts
    ]
    return [t for t, name in zip(texts, bare, strict=True) if not name or all(bare)]


def _meant(text: str, context: Context, spread: bool) -> frozenset[str] | None:
    reason = _plainly(text)
    named = _named(reason, spread)
    named = _about(reason, context, spread) if named is None else named
    if named is None:  # independence and zero mean
        for cut in re.finditer(" and | together with | with ", reason):
            parts = [
                _meant(p, context, spread) for p in (reason[: cut.start()], reason[cut.end() :])
            ]
            if None not in parts:
                return frozenset().union(*(p or () for p in parts))
    return named


def _plainly(text: str) -> str:
    reason = " ".join(text.lower().replace("’", "'").split()).rstrip(".")
    return re.sub(
        r"^((since|because|as|by|due to|using|from|applying|via|with|the|we have|again) )+",
        "",
        reason,
    )


def _tacit(context: Context, line: Iterable[Any]) -> frozenset[str]:
    """The variables whose mean nobody names beside independence.

    It is zero; or it cancels; or it stood there before, so that nothing is told by it.
    """
    seen = [_constants(context.unfolded(e)) for e in line]
    either, both = (set().union(*seen), set.intersection(*seen)) if seen else (set(), set())
    found = []
    for r in context.randoms.values():
        mean = context.mean(r.term)
        if mean is not None:
            constants = _constants(context.unfolded(mean[0])) - {i.name for i in r.indices}
            if mean[0] == 0 or (constants and (not constants & either or constants <= both)):
                found.append(r.name)
    return frozenset(found)


def _constants(e: Any) -> set[str]:
    return {s.name for s in e.free_symbols} | {p.name for p in subterms(e) if isinstance(p, Param)}


def _named(reason: str, spread: bool) -> frozenset[str] | None:
    if match := re.fullmatch(r"rules? ([1-4])(?: ?(-|to|,|and|&) ?(?:rule )?([1-4]))+", reason):
        numbers = [int(n) for n in re.findall("[1-4]", reason)]
        if match[2] in ("-", "to"):
            numbers = list(range(numbers[0], numbers[-1] + 1))
        return frozenset(f"rule{n}" for n in numbers)
    found = [names for p, names in _WORDS if re.fullmatch(p, reason)][:1]
    if spread:
        found += [names for p, names in _SPREADS if re.fullmatch(p, reason)]
    if not found:
        labels = {r.name: (r.name, r.title.lower(), r.label.lower()) for r in RULES.values()}
        found = [frozenset((name,)) for name, words in labels.items() if reason in words][:1]
    return frozenset().union(*found) if found else None


def _about(reason: str, context: Context, spread: bool) -> frozenset[str] | None:
    """``mean of W``, ``definition of h``, ``W and h are independent``, ``x has mean 0``."""
    for pattern, meant in _SENTENCES:
        if re.fullmatch(pattern, reason):
            return _ABOUT.get(meant) or _named(meant, spread)
    match = re.fullmatch(
        r"(.*?)(,? (of|for|between|in|on|over|across|to) .*|(?<=substituting) .*)", reason
    )
    if match is None:
        return None
    head, tail = match.group(1), match.group(2)
    names = {n.lower() for n in context.names}
    filler = r"\b(of|for|between|and|in|on|over|across|to|the|each|all|is|zero)\b"
    words = re.findall(r"[^\s,\[\]()|]+", re.sub(filler, " ", tail))
    if not any(w in names or w.split("[")[0] in names for w in words) and "_" not in head:
        return _named(head, spread)
    head = re.sub(r"^(declared|given|known|zero|unit|vanishing) ", "", head)
    return _ABOUT.get(head) or _named(head, spread)


# What is said in a sentence: by which reason it is meant.
_SENTENCES = (
    (r"(.+?) (is|are|being|both )?.*\bi\.?i\.?d\.?", "iid"),
    (r"(.+?) (is|are|being|both )?.*\bindependent( (of|over|across|for) .+)?", "independence"),
    (r"(.+?) (is|are|being) .*\bidentically distributed.*", "identically distributed"),
    (r"\S+ (has|have) .*\b(same|one) (law|distribution)", "identically distributed"),
    (
        r"\S+ (has|have) (zero |unit )?mean\b.*|\S+ (is|are|being) (zero[ -]mean|cent(er|re)ed)",
        "mean",
    ),
    (r"\S+ (has|have) (zero |unit )?variance\b.*", "variance"),
    (r"(.+?) (is|are|being) .*\b(symmetric( about (0|zero))?|even|odd)", "symmetry"),
    (r"(.+?) (is|are|being) .*\bexchangeable", "exchangeability"),
    (r"(.+?) (and|or) (.+?) (have|has) .*\b(same|one) (law|distribution)", "exchangeability"),
    (rf"\S+ (is|are|being) .*\b({_LAWS})", "laws"),
    (rf"\S+ ?~ ?({_LAWS}).*", "laws"),
    (r"(.+?) (is |are )?uncorrelated( .+)?", "uncorrelated"),
    (r"\S+ is (known|constant|fixed)( given .+)?", "conditioning"),
    (r"(e|var|cov|p) ?\[[^=]*\] ?= ?[^=]*", "variance"),
)
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
