"""A few hundred of the mutants of `python -m benchmarks.mutants`: none false is accepted."""

from __future__ import annotations

import random

import pytest

from benchmarks.mutants import accepted, mutants
from symcheck.witness.exact import refute


@pytest.mark.parametrize("name", ["variance-identity", "he-forward-mean", "weighted-sum"])
def test_no_false_mutant_is_accepted(name):
    # Exact spaces: no error rate.  The seed only chooses which mutants are tried.
    every = list(mutants([name]))
    assert len(every) > 50
    for m in random.Random(1).sample(every, 40):
        if accepted(m):
            assert refute(m.context, m.before, m.after, seconds=0.5) is None, m
