"""Numbers for expressions: programs that evaluate them, random draws, and integrals.

In it are the evaluator with its number types, the worlds that are drawn from, sums over draws that
give the same digits on every executor, and quadrature with certain digits.  May import ``language``
and ``facts``, and knows nothing of rules and search: else it would be no second opinion.  In come a
context and an expression; out come estimates with their errors, or enclosures.
"""
