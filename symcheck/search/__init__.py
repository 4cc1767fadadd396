"""How steps are found: tactics, tried at every position until both sides meet.

Nothing here is believed.  May import ``language``, ``facts`` and ``rules``.  In come a context and
an expression, or two sides of an equation; out come the steps between them, or the reason for which
none were found.
"""
