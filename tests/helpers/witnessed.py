"""Is a witness a world with everything declared, and do both sides differ in it as told?

Looked up in what is shown, by the definitions and with SymPy's numbers: nothing of
``numbers`` and ``witness`` is used, so that what is found here is a second opinion on witnesses.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import combinations, product
from math import prod

from sympy import Max, Rational, S, Symbol, exp
from sympy.core.function import AppliedUndef

from symcheck.facts.context import Random
from symcheck.language.expr import (
    RV,
    Binder,
    Cov,
    Def,
    Diff,
    E,
    Ind,
    Int,
    Named,
    P,
    Param,
    Sum,
    Var,
    bound_indices,
    leaky_relu,
    random_variables,
    relu,
    replace,
    sigmoid,
    subterms,
)
from symcheck.reading.syntax import parse_expression

__all__ = ["faults"]


class Unknown(Exception):
    """Something that the witness does not say."""


class World:
    """The numbers and the joint law that a witness shows."""

    def __init__(self, context, witness):
        self.context = context
        self.numbers = {n: Rational(v) for n, v in witness.sizes.items()}
        self.cells, self.calls, self.coins = {}, {}, {}
        for name, v in witness.parameters.items():
            head, at = re.fullmatch(r"([^\[(]+)(?:[\[(](.*)[\])])?", name).groups()
            value = Rational(v.numerator, v.denominator)
            if at is None:
                self.numbers[head] = value
            elif "[" in name:
                self.cells[Param(head, *map(int, at.split(",")))] = value
            else:
                self.calls[head, tuple(Rational(x) for x in at.split(", "))] = value
        self.columns = [_member(v) for v in witness.variables]
        self.rows = [
            (Rational(p.numerator, p.denominator),
             {x: Rational(v.numerator, v.denominator)
              for x, v in zip(self.columns, values, strict=True)})
            for p, values in witness.outcomes
        ] or [(S.One, {})]  # fmt: skip

    def mean(self, f, rows=None):
        rows = self.rows if rows is None else rows
        total = sum(p for p, _ in rows)
        return sum(p * f(row) for p, row in rows) / total

    def value(self, e, row=None):
        """The value on one outcome; of what is not random, on any."""
        row = self.rows[0][1] if row is None else row
        if e.is_Rational:
            return e
        if isinstance(e, Symbol):
            if e.name not in self.numbers:
                raise Unknown(e.name)
            return self.numbers[e.name]
        if isinstance(e, (RV, Param, Def)):
            at = [self.value(i, row) for i in e.indices]
            own = e.func(e.name, *at)
            if isinstance(own, Def):
                return self.value(self.context.unfold(own), row)
            table = row if isinstance(own, RV) else self.cells
            if own not in table:
                raise Unknown(str(own))
            return table[own]
        if isinstance(e, E):
            g, *given = e.args
            keys = [self.value(y, row) for y in given]
            near = [(p, r) for p, r in self.rows if [self.value(y, r) for y in given] == keys]
            return self.mean(lambda r: self.value(g, r), near)
        if isinstance(e, Var):
            g, *given = e.args
            first, second = (self.value(E(g**n, *given), row) for n in (1, 2))
            return second - first**2
        if isinstance(e, Cov):
            f, g = e.args
            m, k = (self.mean(lambda r, h=h: self.value(h, r)) for h in (f, g))
            return self.mean(lambda r: (self.value(f, r) - m) * (self.value(g, r) - k))
        if isinstance(e, P):
            return self.mean(lambda r: self.value(Ind(e.args[0]), r))
        if isinstance(e, Ind):
            left, right = (self.value(a, row) for a in e.args[0].args)
            return S.One if bool(e.args[0].func(left, right)) else S.Zero
        if isinstance(e, Sum):
            return self.sum(e, row)
        if isinstance(e, Int):
            (name,) = bound_indices(e)
            body, limit = e.open((name,))
            low, high = (self.value(x, row) if x.is_finite else x for x in limit[2:4])
            inside = lambda r: low < self.value(limit[1], r) < high  # noqa: E731
            at = {name: limit[1]}
            return self.mean(lambda r: self.value(replace(body, at), r) if inside(r) else S.Zero)
        if isinstance(e, (Diff, Binder)):
            raise Unknown(str(e))
        args = [self.value(a, row) for a in e.args]
        if isinstance(e, AppliedUndef):
            key = (e.func.__name__, tuple(args))
            if key not in self.calls:
                raise Unknown(str(e))
            return self.calls[key]
        if isinstance(e, relu):
            return Max(args[0], 0)
        if isinstance(e, leaky_relu):
            return args[0] if args[0] > 0 else args[0] * args[1]
        if isinstance(e, sigmoid):
            return 1 / (1 + exp(-args[0]))
        return e.func(*args) if args else e

    def sum(self, e, row):
        names = bound_indices(e)
        body, *rest = e.open(names)
        limits = [t for t in rest if not hasattr(t, "lhs")]
        apart = [t for t in rest if hasattr(t, "lhs")]

        def terms(k, at):
            if k == len(limits):
                if all(self.value(replace(t.lhs, at)) != self.value(replace(t.rhs, at))
                       for t in apart):  # fmt: skip
                    yield self.value(replace(body, at), row)
                return
            name, *ends = limits[k]
            low, high = (self.value(replace(x, at), row) for x in ends)
            for v in range(int(low), int(high) + 1):
                yield from terms(k + 1, {**at, name: Rational(v)})

        return sum(terms(0, {}), start=S.Zero)

    def law(self, members):
        found = {}
        for p, row in self.rows:
            key = tuple(row[x] for x in members)
            found[key] = found.get(key, 0) + p
        return found

    def independent(self, groups):
        joint = self.law([x for g in groups for x in g])
        own = [self.law(g) for g in groups]
        return all(
            joint.get(sum(keys, ()), 0) == prod(m[k] for m, k in zip(own, keys, strict=True))
            for keys in product(*own)
        )


def _member(name):
    head, at = re.fullmatch(r"([^\[]+)(?:\[(.*)\])?", name).groups()
    return RV(head, *map(int, at.split(","))) if at else RV(head)


def faults(context, before, after, witness):
    """What is wrong with a witness against ``before = after``."""
    world = World(context, witness)
    found = []
    words = [w for w in witness.law.split("; ") if w]
    defined = [w for w in words if re.match(r"[^~()]+ = ", w) and "~" not in w]
    try:
        _define(world, context, defined, words)
    except Unknown as no:
        return [f"{no} is not told"]
    found += _numbers(world, context)
    if witness.outcomes:
        if sum(p for p, _ in witness.outcomes) != 1 or any(p <= 0 for p, _ in witness.outcomes):
            found.append("these are no probabilities")
        noisy = dict(
            re.match(r"to (\S+) a number uniform on \(-\S+, (\S+)\) is added", w).groups()
            for w in words
            if w.startswith("to ")
        )
        found += _marginals(world, context, noisy)
        found += _joint(world, context)
        if witness.independent:
            named = [[_member(n) for n in g] for g in witness.independent]
            if sorted(str(x) for g in named for x in g) != sorted(map(str, world.columns)):
                found.append("the independent groups are not the columns")
            if not world.independent(named):
                found.append("the independent groups are not independent")
    found += _laws(world, context, [w for w in words if "~" in w])
    plainly = not any("~" in w or w.startswith("to ") for w in words)
    functions = {re.match(r"\w+", w).group() for w in defined}
    found += _hypotheses(world, context, before, after, plainly, functions)
    if plainly and not any("(t) = " in w for w in words):
        found += _sides(world, before, after, witness)
    return found


def _define(world, context, words, told):
    """Columns for variables that are told to be functions of others."""
    for w in words:
        name, _, text = w.partition(" = ")
        text = text.split(" where ")[0]
        head = re.match(r"[^\[(]+", name).group()
        if head not in context.randoms or "±" in text:
            continue
        fair = re.search(r"where (\S+) is (?:a fair sign|1 with probability)", w)
        extra = {fair.group(1).split("[")[0]} if fair else set()
        extra -= context.randoms.keys()
        for x in extra:
            at = re.findall(r"\w+", fair.group(1)[len(x) :])
            context.randoms[x] = Random(x, tuple(Symbol(s, integer=True) for s in at))
        try:
            e = parse_expression(text, context)
            coin = re.search(r"is 1 with probability (.*) and 0 else", w)
            if coin:
                q = world.value(parse_expression(coin.group(1), context))
                world.coins |= {x: {(S.Zero,): 1 - q, (S.One,): q} for x in extra}
        finally:
            for x in extra:
                del context.randoms[x]
        letters = [Symbol(s, integer=True) for s in re.findall(r"\w+", name[len(head) :])]
        shown = {x.indices for x in world.columns}
        for at in sorted({i for i in shown if len(i) == len(letters)}, key=str) or [()]:
            if len(at) != len(letters):
                continue
            rule = dict(zip(letters, at, strict=True))
            own = RV(head, *at)
            lawful = {m for v in told for m in re.findall(r"(\w+)(?:\[[^\]]*\])? ~ ", v)}
            if any(x.name in lawful for x in random_variables(e)):
                continue  # a function of a variable that no table shows
            for _, row in world.rows:
                row[own] = world.value(replace(e, rule), row)
            world.columns.append(own)


# ---------------------------------------------------------------- numbers


def _numbers(world, context):
    found = []
    for n, s in {**context.sizes, **context.symbols}.items():
        v = world.numbers.get(n)
        if v is None:
            continue
        for kind, ok in (("positive", v > 0), ("nonnegative", v >= 0), ("negative", v < 0),
                         ("nonzero", v != 0), ("integer", v.is_Integer)):  # fmt: skip
            if getattr(s, f"is_{kind}") and not ok:
                found.append(f"{n} = {v} is not {kind}")
    for p, v in world.cells.items():
        if not _signed(context.signs.get(p.name, ""), v):
            found.append(f"{p} = {v} has the wrong sign")
    for r in context.relations:
        for at in _letters(r.indices, [p.indices for p in world.cells]):
            try:
                left, right = (world.value(replace(e, at)) for e in (r.left, r.right))
            except Unknown:
                continue
            ok = {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right,
                  "!=": left != right}[r.sign]  # fmt: skip
            if not ok:
                found.append(f"{r} does not hold")
    # What a variable that is not shown would have to have.
    for r in context.randoms.values():
        for at in _letters(r.indices, [x.indices for x in world.columns if x.name == r.name]):
            found += _possible(world, r, at)
    return found


def _letters(indices, shown):
    """Values for formal indices: those that occur."""
    if not indices:
        return [{}]
    return [dict(zip(indices, at, strict=True)) for at in set(shown) if len(at) == len(indices)]


def _known(world, e, at):
    try:
        return None if e is None else world.value(replace(e, at))
    except Unknown:
        return None


def _possible(world, r, at):
    mean, variance = _known(world, r.mean, at), _known(world, r.variance, at)
    found = []
    if variance is not None and variance < 0:
        found.append(f"the variance {variance} of {r.term}")
    if mean is not None and r.sign in (">", ">=") and not _signed(r.sign, mean):
        found.append(f"the mean {mean} of {r.term}, which is {r.sign} 0")
    if mean is not None and r.symmetric and mean != 0:
        found.append(f"the mean {mean} of {r.term}, which is symmetric")
    if r.law is not None:
        p = [_known(world, e, at) for e in r.law[1]]
        if None not in p:
            ok = {
                "normal": lambda: p[1] >= 0, "uniform": lambda: p[0] <= p[1],
                "laplace": lambda: p[1] >= 0, "exponential": lambda: p[0] > 0,
                "bernoulli": lambda: 0 <= p[0] <= 1, "rademacher": lambda: True,
                "poisson": lambda: p[0] >= 0, "student": lambda: p[0] > 0, "cauchy": lambda: True,
            }[r.law[0]]()  # fmt: skip
            if not ok:
                found.append(f"{r.term} ~ {r.law[0]}({p})")
    return found


def _signed(sign, v):
    return {"": True, ">": v > 0, ">=": v >= 0, "<": v < 0, "!=": v != 0}[sign]


# ---------------------------------------------------------------- the table


def _marginals(world, context, noisy):
    found = []
    for x in world.columns:
        r = context.randoms.get(x.name)
        if r is None:  # a fair sign of our own
            fair = {(S.NegativeOne,): S.Half, (S.One,): S.Half}
            if world.law([x]) != world.coins.get(x.name, fair):
                found.append(f"{x} has not the law that is told")
            continue
        at = dict(zip(r.indices, x.indices, strict=True))
        width = Rational(noisy.get(str(x), 0))
        law = {k: p for (k,), p in world.law([x]).items()}
        mean = sum(k * p for k, p in law.items())
        variance = sum((k - mean) ** 2 * p for k, p in law.items()) + width**2 / 3
        for name, own, e in (("mean", mean, r.mean), ("variance", variance, r.variance)):
            if e is not None:
                try:
                    declared = world.value(replace(e, at))
                except Unknown as no:
                    found.append(f"the {name} of {x} cannot be looked up: {no}")
                    continue
                if (declared - own).expand() != 0:
                    found.append(f"the {name} of {x} is {own}, not {declared}")
        if r.symmetric and law != {-k: p for k, p in law.items()}:
            found.append(f"{x} is not symmetric")
        if any(not _signed(r.sign if width == 0 else r.sign.replace(">=", ">="), k - width)
               for k in law if r.sign):  # fmt: skip
            found.append(f"{x} has the wrong sign")
        if (r.atomless or (r.law and r.law[0] == "uniform")) and not width:
            found.append(f"{x} has atoms")
        if r.law is not None:
            p = [world.value(replace(e, at)) for e in r.law[1]]
            if r.law[0] == "bernoulli":
                expected = {k: q for k, q in ((S.Zero, 1 - p[0]), (S.One, p[0])) if q}
            elif r.law[0] == "rademacher":
                expected = {S.NegativeOne: S.Half, S.One: S.Half}
            elif r.law[0] == "uniform" and width:
                cells = (p[1] - p[0]) / (2 * width)
                expected = {p[0] + (2 * k + 1) * width: 1 / cells for k in range(int(cells))}
            else:
                expected = None
            if law != expected:
                found.append(f"{x} has not the law {r.law[0]}")
    return found


def _joint(world, context):
    found = []
    for fact in context.independence:
        for groups in _groups(fact, world.columns):
            split = list(combinations(groups, 2)) if fact.pairwise else [groups]
            if not all(world.independent(s) for s in split):
                found.append(f"{groups} are not independent")
    for fact in context.identities:
        laws = set()
        for at in {x.indices for x in world.columns}:
            rule = dict(zip(fact.over, at, strict=False))
            vector = [t.func(t.name, *(rule.get(i, i) for i in t.indices)) for t in fact.blocks[0]]
            if all(x in world.columns for x in vector):
                laws.add(tuple(sorted(world.law(vector).items())))
        if len(laws) > 1:
            found.append(f"{fact.blocks[0]} are not identically distributed")
    return found


def _groups(fact, columns):
    """The columns that a declaration says to be independent of each other."""
    letters = sorted({i for b in fact.blocks for t in b for i in t.indices if i.is_Symbol}, key=str)
    top = max([1, *(int(i) for x in columns for i in x.indices)])
    bottom = min([1, *(int(i) for x in columns for i in x.indices)])
    outer = [i for i in letters if i not in fact.over]
    for values in product(range(bottom, top + 1), repeat=len(outer)):
        fixed = dict(zip(outer, map(Rational, values), strict=True))
        if fact.over:
            places = product(range(bottom, top + 1), repeat=len(fact.over))
            rules = [fixed | dict(zip(fact.over, map(Rational, at), strict=True)) for at in places]
            groups = [[x for x in columns if _covered(fact.blocks[0], x, rule)] for rule in rules]
        else:
            groups = [[x for x in columns if _covered(b, x, fixed)] for b in fact.blocks]
        groups = [g for g in groups if g]
        if len(groups) > 1:
            yield groups


def _covered(block, x, rule):
    for t in block:
        at = [rule.get(i, i) for i in t.indices]
        if t.name == x.name and list(x.indices[: len(at)]) == at:
            return True
    return False


# ---------------------------------------------------------------- laws in words


def _places(x, r):
    """The declared indices of x[2], or of a whole family x[j], whose law has none."""
    if re.search(r"\[[^\]]*[^\d,\]]", x):
        return {}
    return dict(zip(r.indices, _member(x).indices, strict=True))


def _laws(world, context, words):
    found = []
    for w in words:
        for part in re.findall(r"(\S+) ~ (\w+)\(([^)]*(?:\([^)]*\)[^)]*)*)\)", w):
            x = part[0]
            r = context.randoms.get(x.split("[")[0])
            if r is None:
                found.append(f"{x} is not declared")
                continue
            if r.law is not None:
                if r.law[0] != part[1]:
                    found.append(f"{x} ~ {part[1]} is declared to be {r.law[0]}")
                numbers = [p.strip() for p in part[2].split(",")]
                if part[2] and all(re.fullmatch(r"-?\d+(/\d+)?", p) for p in numbers):
                    at = _places(x, r)
                    declared = [_known(world, e, at) for e in r.law[1]]
                    if [Rational(p) for p in numbers] != declared:
                        found.append(f"{w}, and not {declared}")
            elif part[1] == "normal":  # stands for a law of which mean and variance are known
                mean, variance = (Rational(p) for p in part[2].split(","))
                at = _places(x, r)
                for own, e in ((mean, r.mean), (variance, r.variance)):
                    if e is not None and _known(world, e, at) != own:
                        found.append(f"{w}, but {e} is declared")
                if r.sign or (r.symmetric and mean != 0):
                    found.append(f"{w}, but that is not possible")
    return found


# ---------------------------------------------------------------- assumptions, and both sides


def _names(context, e):
    found = set()
    for s in subterms(e):
        if isinstance(s, Def):
            found |= _names(context, context.unfold(s))
        elif isinstance(s, Named):
            found.add(s.name)
        elif isinstance(s, AppliedUndef):
            found.add(s.func.__name__)
        elif isinstance(s, Symbol) and s.name in context.symbols:
            found.add(s.name)
    return found


def _hypotheses(world, context, before, after, plainly, functions):
    """``functions`` are variables that are told to be functions of others."""
    found = []
    line = _names(context, after) | _names(context, before)
    shown = {x.name for x in world.columns}
    for h in context.hypotheses:
        names = _names(context, h.lhs) | _names(context, h.rhs)
        letters = sorted(
            {s for e in (h.lhs, h.rhs) for s in e.free_symbols
             if s.name not in context.sizes and s.name not in context.symbols},
            key=str,
        )  # fmt: skip
        top = max([2, *(int(i) for x in world.columns for i in x.indices)])
        checked = outside = 0
        for at in product(range(1, top + 1), repeat=len(letters)):
            rule = dict(zip(letters, map(Rational, at), strict=True))
            if len(set(at)) < len(at) or any(
                replace(a, rule) == replace(b, rule) for a, b in context.apart
            ):
                continue
            if not _within(world, context, rule):
                outside += 1
                continue
            try:
                gaps = [world.value(replace(h.lhs, rule), row) -
                        world.value(replace(h.rhs, rule), row) for _, row in world.rows]  # fmt: skip
            except Unknown:
                continue
            checked += 1
            if any(not _zero(g) for g in gaps):
                found.append(f"{h.lhs} = {h.rhs} does not hold at {at}")
        unknown = names & context.symbols.keys() - world.numbers.keys()
        if unknown and not unknown & line:  # it may be what it has to be
            continue
        about = names & line & (context.randoms.keys() | context.symbols.keys())
        if plainly and about and names & shown and not checked and not outside:
            found.append(f"{h.lhs} = {h.rhs} cannot be looked up")
        if not world.columns and names & line & context.randoms.keys() and not names & functions:
            found.append(f"no joint law is shown, and {h.lhs} = {h.rhs} is assumed")
    return found


def _within(world, context, rule):
    """Do these letters have values in their declared ranges?"""
    for letter, v in rule.items():
        if letter in context.ranges:
            low, high = (_known(world, x, rule) for x in context.ranges[letter])
            if (low is not None and v < low) or (high is not None and v > high):
                return False
    return True


def _zero(g):
    g = g.expand()
    return bool(g == 0 or abs(g.evalf(40)) < Rational(1, 10**30))


def _sides(world, before, after, witness):
    row = None
    if witness.at:
        row = next(r for _, r in world.rows
                   if [r[x] for x in world.columns[: len(witness.at)]] == list(witness.at))  # fmt: skip
    try:
        left = world.value(before, row)
        right = world.value(after, row)
    except Unknown as no:
        return [f"a side cannot be looked up: {no}"]
    found = []
    if not _same(left, witness.left):
        found.append(f"the left side is {left}, not {witness.left}")
    if not _same(right, witness.right):
        found.append(f"the right side is {right}, not {witness.right}")
    return found


def _same(value, shown):
    if isinstance(shown, Fraction):
        return _zero(value - Rational(shown.numerator, shown.denominator))
    digits, _, exponent = shown.partition("…")
    power = int(exponent[1:] or 0) if exponent else 0
    own = abs(value.evalf(50) / Rational(10) ** power - Rational(digits))
    return bool(own <= Rational(1, 10 ** len(digits.partition(".")[2])))
