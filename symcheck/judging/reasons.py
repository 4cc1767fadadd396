"""What a person calls the ground of a step."""

from __future__ import annotations

from symcheck.facts.context import Used
from symcheck.rules.all import RULES
from symcheck.rules.proof import HYPOTHESIS, Line, Step

__all__ = ["reason", "reasons"]

# Rules whose name says little without what they were used on.
_ABOUT = {
    "definition": "definition of {}",
    "mean": "mean of {}",
    "second-moment": "variance of {}",
    "law-moment": "law of {}",
    "law-transform": "law of {}",
    "law-tail": "law of {}",
    "normal-absolute": "law of {}",
    "odd": "symmetry of {}, odd function",
    "half": "symmetry of {}",
    "identical": "{} identically distributed",
    "hypothesis": "assumption {}",
    "hypothesis-solved": "assumption {}",
}
_KINDS = {
    "definition": "definition", "mean": "mean", "second-moment": "variance", "law-moment": "law",
    "law-transform": "law", "law-tail": "law", "normal-absolute": "law", "odd": "symmetric",
    "half": "symmetric", "identical": "identical",
    "hypothesis": "hypothesis", "hypothesis-solved": "hypothesis",
}  # fmt: skip


def reason(step: Step, used: Used) -> str:
    """The name of the step's ground: ``Rule 3``, ``mean of Ω``, ``definition of h``."""
    if step.rule == "lemma":
        name = str(step.binding["lemma"])
        return name if name == HYPOTHESIS else "shown above"
    rule = RULES.get(step.rule)
    if rule is None:
        return step.rule
    if step.rule in _ABOUT:
        kinds = (_KINDS[step.rule], "law")
        about = sorted({a.about for kind in kinds for a in used if a.kind == kind})
        if about:
            return _ABOUT[step.rule].format(", ".join(about))
    return rule.label


def reasons(steps: tuple[Step, ...], lines: tuple[Line, ...]) -> tuple[str, ...]:
    """The grounds of several steps, each once; algebra only where there is nothing else."""
    names = [reason(s, k.own) for s, k in zip(steps, lines, strict=False)]
    shown = [n for n, s in zip(names, steps, strict=False) if s.rule != "algebra"]
    short = tuple(dict.fromkeys(shown or names[:1]))
    return ("Rule 1", "Rule 2") if short == ("Rule 2", "Rule 1") else short
