"""The primitive rules of the core, for docs/certificates.md: the axioms from their tables, the
other rules from their docstrings and shapes, each with an application that the core itself makes.

``python -m symcheck.report.primitives`` prints them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

from symcheck.core import axioms, declared, judge, ring
from symcheck.core.axioms import AXIOMS, IDENTITIES, LAWS
from symcheck.core.declared import ENTRIES, SHAPES, Declared
from symcheck.core.judge import RULES
from symcheck.core.rules import chance
from symcheck.core.rules.order import ENDS
from symcheck.core.schemas import raw
from symcheck.core.terms import KNOWN
from symcheck.core.theorem import FORMS, Theorem
from symcheck.report.prefix import declarations, formula, notation, read, said, spell, tokens

__all__ = ["SAMPLES", "document", "functions", "laws", "limits", "rules", "shapes"]

KINDS = {
    "n": "number", "q": "rational", "s": "name", "t": "term", "o": "body", "f": "formula",
    "N": "numbers", "Q": "rationals", "T": "terms", "F": "formulas", "P": "lists of terms",
}  # fmt: skip

TOLD = """
constant a 0 real | constant b 0 real | constant c 0 real | constant d 0 real | constant s 0 real
constant m 0 whole | constant n 0 whole | constant lo 0 whole | constant hi 0 whole
constant low 0 whole | constant high 0 whole | constant K 0 index
random x 0 | random y 0 | random z 0 | random w 0 | random r 1 | random l 0 | function g 1
let h [i] (^ (r i) 2)
fact [i] [(>= (- i 1))] (= (E (r i)) 0)
fact [(c t)] [] (>= (g (c t)))
fact [] [] (> K)
independent [] [] [i] [[(r i)]] 0
depends [] l 1 n (r (b 0))
"""
SAMPLES = {
    # equality
    "assume": "(> a) |-", "cut": "|- (> a) |- (> a) : (> b)", "ring": "(+ a a) (* 2 a) |-",
    "trans": "|- (= a b) |- (= b c)", "sym": "|- (= a b)",
    "cong": "(* 2 (S lo hi (r (b 0)))) [1 2] [j] |- (range j lo hi) : (= (r j) (h j))",
    "unfold": "(h j) |-", "fact": "{fact} [n] |- (>= (- n 1))",
    "general": "[K] n |- (= (r K) 0)",
    "induction": "i 1 (* (r i) (h i)) |- (= (r 1) (h 1)) |- (>= (- i 1)) (= (r i) (h i)) : "
    "(= (r (+ i 1)) (h (+ i 1)))",
    "line": "(E x) a |- (= (E x) a) |- (L1 x)", "trust": "rule4 [] (= (E (* x y)) 0) |-",
    # order
    "farkas": "> (+ a (* 2 b) 1) [1/1 2/1] |- (>= a) |- (> b)",
    "product_sign": "|- (> a) |- (>= b)", "power_sign": ">= a 1/2 |- (>= a)",
    "bounds": "(sigmoid x) 1 |-", "factor_sign": "a |- (!= (* a b))",
    "power_product": "[a b] 1/2 |-",
    # at every outcome
    "never": "[(1 > x) (1 > (- x))] [1/1 1/1] |-",
    "at_equality": "m n (r m) |-", "identity": "log (log (* a b)) |-",
    "derivative": "(D (* 2 (relu (r m))) (r n)) |-", "chain": "{depends} [] x |-",
    # expectation
    "linear": "[a b] [x y] [z] |-",
    "exists_linear": "[a b] [x y] |-",
    "holder": "[x y] [1/1 1/1] [2/1 2/1] |-",
    "exists_mean": "x [y] 2/1 |-",
    # chance
    "independent": "{family} [] [(r m)] [(r n)] |- (!= (- m n))",
    "transport": "(^ x 2) [] |- (same [x] [(- x)])",
    "right_angle": "sin 3/1 |-",
}  # fmt: skip
TITLES = {
    "equality": "Equality", "order": "Signs", "pointwise": "At every outcome",
    "expectation": "Expectation and existence", "chance": "Independence and equal laws",
}  # fmt: skip
# The tables of axioms, and what they are about.
TABLES = {
    "SIGNS": "Axioms of signs", "SUMS": "Axioms of finite sums",
    "EXPECTATIONS": "Axioms of expectation and existence",
    "CHANCE": "Axioms of independence and equal laws", "NORMAL_SUM": "Sums of normal variables",
}  # fmt: skip


def signature() -> tuple[Declared, dict[str, int]]:
    """The declarations of the examples, and the numbers of some of them."""
    d = declarations(TOLD)
    kinds = [e.kind for e in d.entries]
    first = kinds.index("fact")
    numbers = {"fact": first, "sign": first + 1, "family": kinds.index("independent")}
    return d, numbers | {"depends": kinds.index("depends")}


def applied(name: str) -> tuple[list[Any], list[Theorem], Any]:
    """Data, premises and conclusion of the example of a rule."""
    d, numbers = signature()
    told, *rest = SAMPLES[name].format(**numbers).split("|-")
    rule = RULES[name]
    data = [read(node, kind, d) for node, kind in zip(tokens(told), rule.shape, strict=True)]
    ths = [premise(text, d) for text in rest if text.strip()]
    inner = getattr(rule, "__wrapped__", None)
    if inner is not None:  # says itself what it needs
        _, *asked = inner(d, *data)
        ths = [Theorem(frozenset(), f) for f in asked]
    made = rule(d, tuple(ths), *data)
    if isinstance(made[0], str):
        made = made, frozenset().union(*(th.hyps for th in ths))
    return data, ths, made


def premise(text: str, d: Declared) -> Theorem:
    """``F`` or ``hypotheses : F``."""
    hyps, _, says = text.rpartition(" : ")
    return Theorem(frozenset(formula(hyps, d)), formula(says, d)[0])


def rules() -> Iterator[str]:
    """The section on the rules, line by line."""
    of: dict[str, list[str]] = {}
    for name, rule in RULES.items():
        if name not in AXIOMS:
            of.setdefault(rule.__module__.rpartition(".")[2], []).append(name)
    for module, names in of.items():
        yield from (f"### {TITLES.get(module, module)}", "")
        for name in names:
            yield from entry(name)
    for table, title in TABLES.items():
        yield from (f"### {title}", "")
        yield from source(table)
        yield from bars(vars(axioms)[table])


def source(table: str) -> Iterator[str]:
    """Where the axioms of a table come from, as the comment at its head says."""
    found = re.search(rf"^{table} = table\(  # (.*)$", inspect.getsource(axioms), re.MULTILINE)
    if found:
        yield from (f"Source: {found[1]}.", "")


def bars(names: Iterable[str]) -> Iterator[str]:
    """Axioms, as inference bars: letters that are data, what is asked, what is said."""
    d, _ = signature()
    yield "```text"
    for n, name in enumerate(names):
        axiom = AXIOMS[name]
        yield from [""] * bool(n)
        yield f"{name}   {axiom.data}".rstrip()
        for ask in axiom.asks:
            yield f"  {'form' if ask[0] in FORMS else 'premise':8} {notation(ask, 'f', d)}"
        yield f"  gives    {notation(axiom.says, 'f', d)}"
    yield from ("```", "")


def entry(name: str) -> Iterator[str]:
    """One rule: its data, what it says, and an example."""
    rule = RULES[name]
    first = 1 if hasattr(rule, "__wrapped__") else 2
    parameters = list(inspect.signature(rule).parameters)[first:]
    kinds = [f"{p} {KINDS[k]}" for p, k in zip(parameters, rule.shape, strict=True)]
    yield f"**`{name}`**" + (f": {', '.join(kinds)}" if kinds else "")
    yield from ("", "```text", inspect.cleandoc(rule.__doc__ or ""))
    if name not in SAMPLES:
        yield from ("```", "")
        return
    yield ""
    data, ths, (says, hyps, *_) = applied(name)
    d, _ = signature()
    shown = " ".join(notation(v, k, d) for v, k in zip(data, rule.shape, strict=True))
    yield f"example   {shown}".rstrip()
    for th in ths:
        yield f"premise   {said(th.hyps, th.says, d)}"
    yield from (f"gives     {said(hyps, says, d)}", "```", "")


def shapes() -> Iterator[str]:
    """The tables of formulas and of declarations."""
    yield from ("| formula | its parts |", "| --- | --- |")
    for head, shape in SHAPES.items():
        yield f"| `{head}` | {', '.join(KINDS[k] for k in shape)} |"
    yield from ("", "| declaration | its parts |", "| --- | --- |")
    for kind, shape in ENTRIES.items():
        yield f"| `{kind}` | {', '.join(KINDS[k] for k in shape)} |"


def functions() -> Iterator[str]:
    """The known functions, how many terms they take and their bounds; and the identities."""
    d, _ = signature()
    yield from ("| function | takes | bounds |", "| --- | ---: | --- |")
    for name, n in KNOWN.items():
        yield f"| `{name}` | {n} | {bound(name, d)} |"
    yield from ("", "| identity | a term | is equal to | premises |", "| --- | --- | --- | --- |")
    for name, (form, means, *asked) in IDENTITIES.items():
        sides = (f"`{spell(raw(t), d)}`" for t in (form, means))
        needs = " ".join(f"`{said((), f, d)}`" for f in asked)
        yield f"| `{name}` | {' | '.join(sides)} | {needs} |"


def bound(name: str, d: Declared) -> str:
    """Between what the values of a function lie."""
    if name not in ENDS:
        return ""
    low, met, high, met_too = ENDS[name]
    words = f"{spell(low, d)} {'<=' if met else '<'} {name}"
    return words if high is None else f"{words} {'<=' if met_too else '<'} {spell(high, d)}"


def laws() -> Iterator[str]:
    """The named laws, each with its axioms."""
    d, _ = signature()
    for name, (of, *_) in LAWS.items():
        own = " ".join(spell(p, d) for p in of[3])
        yield from (f"### {name.capitalize()}", "")
        yield from (
            f"The law `{name}` has {f'the parameters `{own}`' if own else 'no parameter'}.",
            "",
        )
        yield from bars(a for a in AXIOMS if a.startswith(f"{name}_"))


LIMITS = {
    "MOST_TERMS": "terms in a table; claims",
    "MOST_NODES": "nodes of a term as a tree, and with its definitions unfolded",
    "MOST_DEPTH": "terms on the way into a term; twice as many in what a rule concludes",
    "MOST_INDEX": "nodes of an index, and of a bound of a sum",
    "MOST_LIST": "entries of a list in data or in a declaration; declarations",
    "MOST_STEPS": "steps",
    "MOST_RESULT": "nodes of each term that a rule concludes",
    "MOST_HYPS": "hypotheses of a theorem",
    "MOST_EVENTS": "indicators in a product, times its factors, where one is entered",
    "MOST_PAIRS": "pairs of sources of the two sides of an independence",
    "MOST_MONOMIALS": "monomials of a polynomial",
    "MOST_PRODUCTS": "products of monomials in one multiplication",
    "MOST_WORK": "units of work of one step: 20 for each term that is visited and for each "
    "monomial that is made, and one for each node of its atoms",
    "MOST_EXPONENT": "size of a whole exponent that is written out",
    "MOST_BITS": "bits of a numerator or denominator in a polynomial",
    "MOST_PRIME": "size of the primes that are sought in a number under a power",
}


def limits() -> Iterator[str]:
    """The limits of the core."""
    values: dict[str, int] = {}
    for module in (declared, judge, ring, chance):
        values |= {k: v for k, v in vars(module).items() if k.startswith("MOST_")}
    yield from ("| | at most |", "| --- | ---: |")
    for name, words in LIMITS.items():
        yield f"| {words} | {f'{values.pop(name):,}'.replace(',', ' ')} |"
    for name, value in values.items():
        yield f"| `{name}` | {value} |"


def document(text: str) -> str:
    """A document with today's tables between its marks."""
    for name, make in (
        ("limits", limits),
        ("shapes", shapes),
        ("functions", functions),
        ("laws", laws),
        ("rules", rules),
    ):
        begin, end = (
            f"<!-- {name}: made by symcheck.report.primitives -->\n",
            f"<!-- end of {name} -->",
        )
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n" + "\n".join(make()).rstrip() + f"\n\n{end}{after}"
    return text


if __name__ == "__main__":
    print("\n".join(rules()))
