"""The rules as text and as the reference in the documentation, from the tables alone."""

from __future__ import annotations

import inspect

from symcheck.certify.examples import primitives
from symcheck.rules.all import RULES, TABLES
from symcheck.rules.proof import Case, Rule

__all__ = ["listing", "one", "reference"]


def listing() -> str:
    """A line a rule."""
    width = max(map(len, RULES))
    made = []
    for title, table in TABLES.items():
        made.append(title)
        made += [f"  {r.name.ljust(width)}  {r.statement}" for r in table]
    return "\n".join(made) + "\n"


def _bar(rule: Rule) -> str:
    return inspect.cleandoc(rule.rewrite.__doc__ or "")


def _case(label: str, case: Case) -> str:
    context = "; ".join(case.context.strip().split("\n"))
    result = f"  becomes  {case.result}" if case.result else ""
    return f"{label}: {case.term}{result}   where {context}"


def one(name: str) -> str | None:
    """One rule in full, or None."""
    rule = RULES.get(name) or next(
        (r for r in RULES.values() if r.label.lower() == name.lower()), None
    )
    if rule is None:
        return None
    return "\n".join(
        [f"{rule.label} ({rule.name}): {rule.statement}", "", _bar(rule), "",
         _case("example", rule.example), _case("refused", rule.counterexample), ""]
    )  # fmt: skip


def reference() -> str:
    """docs/rules.md, whole."""
    made = [
        "# The rules",
        "",
        "Made from the tables in `symcheck/rules/` by `python -m symcheck.report.rules`.",
        "",
        "What a rule does is proved in the core. The [primitive rules](certificates.md#rules) by",
        "which its example is proved are named; where there are none, what rests on the rule",
        "trusts it by name ([how a proof is judged](how-a-proof-is-judged.md)).",
        "",
    ]
    for title, table in TABLES.items():
        made += [f"## {title}", ""]
        for r in table:
            made += [
                f"### {r.label}" + (f" (`{r.name}`)" if r.label != r.name else ""),
                "",
                f"{r.statement}",
                "",
            ]
            made += ["```text", _bar(r), "```", ""]
            made += [_code("Example", r.example), "", _code("Refused", r.counterexample), ""]
            made += [_core(r), ""]
    return "\n".join(made)


def _core(rule: Rule) -> str:
    found = primitives(rule)
    if found is None:
        return "In the core: nothing yet; trusted by name."
    return f"In the core: {', '.join(f'`{name}`' for name in found)}."


def _code(label: str, case: Case) -> str:
    context = "; ".join(case.context.strip().split("\n"))
    arrow = f" becomes `{case.result}`" if case.result else ""
    return f"{label}: `{case.term}`{arrow}, where `{context}`."


if __name__ == "__main__":
    print(reference(), end="")
