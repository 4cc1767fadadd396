"""The tactics, by topic; ``order`` says which is tried when, and that is the only strategy.

May import what ``search`` may.  In comes a position in an expression; out comes a proposal, which
is the name of a rule and its binding, or None.
"""
