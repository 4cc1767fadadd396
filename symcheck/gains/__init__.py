"""The gain of an activation: how much of a signal's and of a gradient's variance it lets through.

An activation comes in as text (a name, or an expression in x), with the standard deviation of a
normal x.  Out come E[φ], E[φ²], Var[φ] and E[φ'²] as certified enclosures (python-flint), with a
closed form and its derivation where there is one, the gains that follow, and the fixed points of
the variance map (``result``).  ``reading`` makes an expression of the text: of ``names``, or of
what is ``spelled`` out; ``slopes`` differentiates it, ``pieces`` cuts it where it bends;
``integrals`` encloses expectations, with ``balls`` for values and ``growth`` for the tails;
``moments`` finds closed forms by exact rules and ``proved`` asks the derive engine; ``closed``
compares them with the enclosures; ``fixed`` looks for fixed points; ``api`` puts it together;
``shown``, ``words``, ``decimals`` and ``plot`` show it.  It imports SymPy, flint and
the expressions of symcheck; the parser only in ``spelled``; rules, search and core only in
``proved``; Matplotlib and NumPy only in ``plot``.  Nothing imports it but the command line and
``symcheck.gain``.
"""
