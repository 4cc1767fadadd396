"""What is declared, and what follows from it: questions about order, existence and independence.

In it are the declarations as plain data and one module a question, named by what it answers;
``context`` gathers them.  May import ``language``.  In come a context and an expression; out comes
the set of assumptions by which the answer is yes, or None.  Nothing here is believed: a proof rests
on certificates.
"""
