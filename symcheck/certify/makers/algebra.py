"""Algebra, definitions, earlier results, kinked functions, cases, derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace as with_

from symcheck.certify.builder import Th
from symcheck.certify.casework import by_cases
from symcheck.certify.env import Env, Hyps
from symcheck.certify.guards import by_guards
from symcheck.certify.ideals import by_squares, quotients
from symcheck.certify.logs import log_of_product
from symcheck.certify.named import of_law
from symcheck.certify.rewriting import everywhere, functions_defined
from symcheck.certify.steps import Goal, Maker
from symcheck.certify.sumorder import by_order
from symcheck.certify.turns import by_angles
from symcheck.core.terms import Refused, Term, kids, parts
from symcheck.facts.context import matches
from symcheck.rules.proof import HYPOTHESIS

__all__ = ["MAKERS", "joined"]


def joined(goal: Goal, *ths: Th) -> Th | None:
    """left = right through equations in between, with algebra at both ends."""
    env = goal.env
    middle = env.b.trans(*ths)
    first = env.equal(goal.left, middle.lhs, goal.hyps)
    last = env.equal(middle.rhs, goal.right, goal.hyps) if first else None
    return env.b.trans(first, middle, last) if first and last else None


def met(goal: Goal, left: Th, right: Th) -> Th | None:
    """left = right where both sides have been rewritten, to terms that are equal by algebra."""
    between = goal.env.equal(left.rhs, right.rhs, goal.hyps)
    if between is None:
        return None
    return goal.env.b.trans(left, between, goal.env.b.sym(right))


def definition(goal: Goal) -> Th | None:
    """A definition at its indices."""
    if goal.left[0] != "d":
        return None
    return joined(goal, goal.env.b.step("unfold", goal.left))


def unfolded(env: Env, t: Term) -> Th:
    """t = t without definitions."""

    def unfold(part: Term, hyps: Hyps) -> Th | None:
        if part[0] != "d":
            return None
        once = env.b.step("unfold", part)
        return env.b.trans(once, unfolded(env, once.rhs))

    return everywhere(env, t, unfold)


def algebra(goal: Goal) -> Th | None:
    """Ring laws; where they are not enough, with definitions unfolded and functions written out."""
    env = goal.env
    if _means(goal):
        inside = within_mean(goal, algebra)
        if inside is not None:
            return inside
    return (
        quotients(env, goal.left, goal.right, goal.hyps)
        or by_guards(env, goal.left, goal.right, goal.hyps)
        or by_order(env, goal.left, goal.right, goal.hyps)
        or _differentiated(goal)
        or cases(goal)
    )


def _differentiated(goal: Goal) -> Th | None:
    """Derivatives by the rules of calculus, on both sides."""
    env = goal.env

    def slope(part: Term, hyps: Hyps) -> Th | None:
        if part[0] != "D":
            return None
        try:
            return env.b.step("derivative", part)
        except Refused:
            return None

    return met(goal, *(everywhere(env, t, slope) for t in (goal.left, goal.right)))


def _means(goal: Goal) -> bool:
    """Are both sides expectations, given the same?"""
    left, right = goal.left, goal.right
    return bool(left[0] == right[0] == "E" and left[2:] == right[2:])


def within_mean(goal: Goal, maker: Maker) -> Th | None:
    """E[a | y] = E[b | y] from a = b."""
    inside = with_(goal, left=goal.left[1], right=goal.right[1])
    th = maker(inside)
    return th and goal.env.b.cong(goal.left, (0,), th)


def cases(goal: Goal) -> Th | None:
    """Kinked functions by indicators, of which the ring knows the signs; else case by case."""
    env = goal.env
    if _means(goal):
        inside = within_mean(goal, cases)
        if inside is not None:
            return inside
    sides = []
    for t in (goal.left, goal.right):
        plain = unfolded(env, t)
        sides.append(env.b.trans(plain, functions_defined(env, plain.rhs)))
    return met(goal, *sides) or _case_by_case(goal, *sides)


def _case_by_case(goal: Goal, left: Th, right: Th) -> Th | None:
    env = goal.env
    between = by_cases(env, left.rhs, right.rhs, goal.hyps)
    return between and env.b.trans(left, between, env.b.sym(right))


def two_values(goal: Goal) -> Th | None:
    """Powers of variables with two values."""
    env = goal.env
    if _means(goal):
        return within_mean(goal, two_values)
    sides = [unfolded(env, t) for t in (goal.left, goal.right)]
    xs = dict.fromkeys(p for t in sides for p in parts(t.rhs) if p[0] == "x")
    laws = [(x, env.of("law", x)) for x in xs]
    found = [(x, th and of_law(env, th, "values", goal.hyps)) for x, th in laws]
    squares = [(x, th) for x, th in found if th]
    between = by_squares(env, sides[0].rhs, sides[1].rhs, squares)
    return between and env.b.trans(sides[0], between, env.b.sym(sides[1]))


def identity(goal: Goal) -> Th | None:
    """Sines and cosines by those of single angles; sigmoid and tanh by exponentials."""
    env = goal.env
    if _means(goal):
        return within_mean(goal, identity)
    left, right = (_steep(env, t) for t in (goal.left, goal.right))
    between = (
        env.equal(left.rhs, right.rhs, goal.hyps)
        or by_angles(env, left.rhs, right.rhs)
        or quotients(env, left.rhs, right.rhs, goal.hyps)
    )
    return between and env.b.trans(left, between, env.b.sym(right))


def _steep(env: Env, t: Term) -> Th:
    plain = unfolded(env, t)
    return env.b.trans(plain, functions_defined(env, plain.rhs, ("sigmoid", "tanh")))


def lemma(goal: Goal) -> Th | None:
    """An earlier result, its declared indices at the values that the term has."""
    env, name = goal.env, goal.binding["lemma"]
    th = env.lemmas.get(name)
    known = env.known.get(name)
    if th is None or known is None:
        return None
    found = {} if name == HYPOTHESIS else matches(known.lhs, goal.term, frozenset(known.indices))
    if found is None:
        return None
    values = {env.bridge.term(i): env.bridge.term(at) for i, at in found.items()}
    return joined(goal, at_values(env, th, values, goal.hyps))


def at_values(env: Env, th: Th, values: Mapping[Term, Term], hyps: Hyps) -> Th:
    """A theorem about declared indices at values of these; what is declared of them is met."""
    new = {k: v for k, v in values.items() if k != v}
    between = {k: env.b.letter() for k in new}  # at once: no value is replaced again
    for k, v in between.items():
        th = env.b.step("general", (k,), v, of=[th])
    for k, v in new.items():
        th = env.b.step("general", (between[k],), v, of=[th])
    for f in sorted(th.hyps - hyps, key=repr):
        proof = env.sign(f[0], f[1], hyps) if f[0] in (">", ">=", "!=") else None
        if proof is not None:
            th = env.b.step("cut", of=[proof, th])
    return th


def chain_rule(goal: Goal) -> Th | None:
    """The chain rule, as declared of what is differentiated."""
    env, (tag, of, x) = goal.env, goal.left
    for n, d in enumerate(env.context.dependence):
        number = env.bridge.numbers.get(("depends", n))
        if number is not None and tag == "D" and of[:2] == ("x", d.of.name):
            th = env.b.step("chain", number, of[2:], x)
            found = joined(goal, th)
            if found is not None:
                return found
    return None


def derivative(goal: Goal) -> Th | None:
    """The rules of calculus."""
    return joined(goal, goal.env.b.step("derivative", goal.left))


def logarithm(goal: Goal) -> Th | None:
    """Logarithms of products, powers and exponentials, as the core's identities have them."""
    env = goal.env

    def apart(part: Term, hyps: Hyps) -> Th | None:
        if part[:2] == ("f", "exp") and part[2][:2] == ("f", "log"):
            positive = env.sign(">", part[2][2], goal.hyps)
            return positive and env.b.step("identity", "explog", part, of=[positive])
        if part[:2] != ("f", "log"):
            return None
        return _log(env, part, goal.hyps)

    return met(goal, *(everywhere(env, t, apart) for t in (goal.left, goal.right)))


def _log(env: Env, t: Term, hyps: Hyps) -> Th | None:
    a = t[2]
    if a[:2] == ("f", "exp"):
        return env.b.step("identity", "log-exp", t)
    if a == ("q", 1):
        return env.b.step("identity", "log-one", t)
    if a[0] == "^":
        positive = env.sign(">", a[1], hyps)
        return positive and env.b.step("identity", "power", t, of=[positive])
    if a[0] == "*":
        positives = [env.sign(">", b, hyps) for b in a[1:]]
        if all(positives):
            th = log_of_product(env, [p for p in positives if p])
            return env.b.trans(th, everywhere(env, th.rhs, lambda p, h: _log_part(env, p, hyps)))
    return None


def _log_part(env: Env, part: Term, hyps: Hyps) -> Th | None:
    return _log(env, part, hyps) if part[:2] == ("f", "log") else None


def root(goal: Goal) -> Th | None:
    """The root of a product, factor by factor, as the right side has them."""
    env = goal.env
    powers = [t for t in kids(goal.right) if t[0] == "^"] if goal.right[0] == "*" else []
    if len(powers) < 2 or any(t[2] != powers[0][2] for t in powers):
        return None
    factors = tuple(t[1] for t in powers)
    signs = [env.sign(">=", a, goal.hyps) for a in factors]
    if not all(signs):
        return None
    return joined(
        goal, env.b.step("power_product", factors, powers[0][2], of=[th for th in signs if th])
    )


MAKERS: Mapping[str, Maker] = {
    "algebra": algebra,
    "definition": definition,
    "relu": cases,
    "two-values": two_values,
    "cases": cases,
    "identity": identity,
    "lemma": lemma,
    "chain-rule": chain_rule,
    "derivative": derivative,
    "logarithm": logarithm,
    "root": root,
}
