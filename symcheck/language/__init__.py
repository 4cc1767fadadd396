"""The language: expressions, their algebra, named laws, and how both are spelled.

In it are the heads (``expr``), the polynomials over them (``ring``), the named laws, the matching
of expressions, and two ways to write for a reader: ``plain`` in the notation of ``.proof`` files,
``spelled`` for the terms of the core.  May import ``core``, and ``spelled`` nothing else.  In come
SymPy expressions or terms of the core; out come expressions, polynomials and text.
"""
