"""The file that ``symcheck new`` writes: every part once, with what it is for."""

from __future__ import annotations

__all__ = ["TEXT", "write"]

TEXT = """\
# A line that begins in the first column starts a statement, indented lines continue it,
# and this sign starts a comment.  All of the format is in docs/format.md.

title  The variance of a mean

# 1. What is given.  Nothing is assumed that is not declared.
size   n                                  # a positive whole number
real   μ, σ > 0
random x[j]  mean μ, variance σ^2         # a family of random variables
pairwise independent x[j] over j          # `independent` is more than is needed here
let    m = sum(j = 1..n) x[j] / n         # a name for an expression

# 2. What somebody wrote, judged line by line by `symcheck check`.  A line may say what
#    it rests on (`by rule 2`, `by definition of m`); where it does not, all is tried.
claim  unbiased: E[m] = μ
  E[m]
  = E[sum(j = 1..n) x[j] / n]             by definition of m
  = sum(j = 1..n) E[x[j]] / n
  = n μ / n                               by mean of x
  = μ

claim  Var[m] = σ^2 / n
  Var[m]
  = Var[sum(j = 1..n) x[j] / n]
  = sum(j = 1..n) Var[x[j]] / n^2         # pairwise independence makes this true
  = n σ^2 / n^2
  = σ^2 / n

# 3. What is to be found, by `symcheck derive`; what is expected is compared, never used.
derive E[(x[1] - μ)^2]
  expect σ^2
"""


def write(path: str) -> None:
    """Write the starter to a new file.  Raises OSError, FileExistsError where it exists."""
    with open(path, "x", encoding="utf-8") as out:
        out.write(TEXT)
