"""Worlds in which a line fails: finite spaces, values of constants, outcomes.

May import ``core``, ``language``, ``facts`` and ``numbers``, and knows nothing of rules and search.
In come a context and two sides of a line; out comes a world that satisfies every declaration and in
which the sides differ, or None.
"""
