"""Untrusted: the order of the tactics, which is the only strategy there is.

It knows no particular derivation.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Abs, Add, Mul, Pow, exp, log, sign

from symcheck.language.expr import Cov, Def, Diff, E, Ind, Int, P, Param, Sum, Var, relu
from symcheck.search.steps import HEADS, Position, Proposal, Search, Tactic
from symcheck.search.tactics.definitions import constant_definition, number, outermost, spread
from symcheck.search.tactics.expectations import (
    assumption,
    assumption_given,
    by_identities,
    by_signs,
    common,
    condition,
    constants,
    drop_given,
    exponents,
    identical,
    implied,
    in_integral,
    integral,
    law_moment,
    law_transform,
    lemma,
    power_of_product,
    rule4,
    second,
    symmetric,
    tower,
    two_values,
    whole_line,
)
from symcheck.search.tactics.sums import (
    complete,
    counted,
    cut,
    explicit,
    from_one,
    gather,
    multiplied_out,
    separated,
    series_form,
    shift,
    split_off,
    sum_product,
    top_expand,
)

__all__ = ["FINISH", "HARDER", "SHORTER", "TACTICS", "UNSUMMED", "WEIGHED"]


def _by_rule(name: str) -> Callable[[Search, Position], Proposal | None]:
    return lambda search, p: (name, {})


_SERIES = (Tactic((Mul,), _by_rule("sum-telescope")), Tactic((Sum,), _by_rule("sum-geometric")))

TACTICS: tuple[Tactic, ...] = (
    Tactic((Diff,), assumption),
    Tactic((Diff,), _by_rule("chain-rule")),
    Tactic((Diff,), _by_rule("derivative")),
    Tactic((Sum,), _by_rule("pick")),
    Tactic((Mul,), implied),
    Tactic((E,), _by_rule("variance-identity")),
    Tactic((E,), _by_rule("covariance-identity")),
    Tactic((*HEADS, Param), lemma),
    Tactic((Var,), _by_rule("second-moment")),
    Tactic((Var,), _by_rule("variance")),
    Tactic((Cov,), _by_rule("covariance")),
    Tactic((P,), _by_rule("probability")),
    Tactic((E,), assumption_given),
    Tactic((E,), tower),
    Tactic((E,), _by_rule("rule3")),
    Tactic((E,), constants),
    Tactic((E,), drop_given),
    Tactic((Sum,), explicit),
    Tactic((Sum,), _by_rule("sum-split")),
    Tactic((Sum,), _by_rule("sum-flatten")),
    Tactic((Sum,), split_off),
    Tactic((E,), power_of_product),
    Tactic((E,), exponents),
    Tactic((E,), rule4),
    Tactic((*HEADS, Param, Sum), assumption),
    Tactic((E,), condition),
    Tactic((Def,), number, unfolds=True),
    Tactic((E,), _by_rule("mean")),
    Tactic((E,), _by_rule("odd")),
    Tactic((E,), second),
    Tactic((E,), _by_rule("law-tail")),
    Tactic((E,), law_moment),
    Tactic((E,), _by_rule("normal-absolute")),
    Tactic((E,), law_transform),
    Tactic((Sum,), _by_rule("sum-factor")),
    Tactic((Sum,), counted),
    Tactic((E,), common),
    Tactic((E, Sum), multiplied_out),
    Tactic((Pow, Mul), sum_product),
    Tactic((Def,), constant_definition, unfolds=True),
    Tactic((Def,), outermost, whole=True, unfolds=True),
    Tactic((E,), integral),
    Tactic((object,), in_integral),
    Tactic((Int,), _by_rule("split-range")),
    Tactic((Int,), _by_rule("integral-factor")),
    Tactic((Int,), _by_rule("support")),
    Tactic((Int,), _by_rule("half")),
    Tactic((Int,), _by_rule("lower-half")),
    Tactic((Int,), whole_line),
    Tactic((Int,), _by_rule("integral-sum")),
    Tactic((Pow, Abs, Ind, exp, sign, relu, Mul, Add), two_values),
    Tactic((E, Int), identical),
    *_SERIES,
    Tactic((Add, Mul, Pow), top_expand),
)

# A variance is taken apart before it is an expectation.
SHORTER = (
    Tactic((*HEADS, Param), lemma),
    Tactic((Var, Cov), assumption),
    Tactic((Var,), _by_rule("variance-scale")),
    Tactic((Var,), _by_rule("variance-sum")),
    Tactic((Def,), spread, unfolds=True),
    *TACTICS,
)


def _before(
    tactics: tuple[Tactic, ...],
    propose: Callable[[Search, Position], Proposal | None],
    *new: Tactic,
) -> tuple[Tactic, ...]:
    """The tactics with new ones before the one that has this proposal."""
    n = next(n for n, t in enumerate(tactics) if t.propose is propose)
    return (*tactics[:n], *new, *tactics[n:])


# These make formulas longer: they are for equations that fail without.
HARDER = (
    Tactic((Sum,), shift),
    Tactic((Sum,), from_one),
    Tactic((Sum,), cut),
    *_before(
        TACTICS,
        integral,
        Tactic(HEADS, symmetric),
        Tactic((object,), by_identities),
        Tactic((E,), by_signs),
    ),
    Tactic((log, exp), _by_rule("logarithm")),
    Tactic((Pow,), _by_rule("root")),
    Tactic((Sum,), _by_rule("sum-powers")),
    Tactic((Int,), _by_rule("reflect")),
    Tactic((object,), by_signs),
)

# What is left of sums: taken apart as far as can be, in one form.
FINISH = (
    *_SERIES,
    Tactic((Sum,), series_form),
    Tactic((object,), gather),
    Tactic((Sum,), complete),
    Tactic((Mul,), _by_rule("sum-step")),
    Tactic((Sum,), counted),
    Tactic((Sum,), _by_rule("sum-powers")),
    Tactic((Add, Mul, Pow), top_expand),
)

# Where something is assumed of a sum: products of sums, not sums over several indices.
WEIGHED = (
    Tactic((Sum,), complete),
    Tactic((Sum,), separated),
    Tactic((Sum,), assumption),
    Tactic((Sum,), _by_rule("sum-factor")),
    Tactic((Add, Mul, Pow), top_expand),
)

# A geometric series that is summed meets no other sum any more.
UNSUMMED = tuple(t for t in TACTICS if t not in _SERIES)
