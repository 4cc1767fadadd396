"""The ways in: the command line, Python, pytest, and the language server.

``start`` and what it imports at once stay light, so that ``symcheck --help`` does not wait for
SymPy; ``verify`` imports the core and how it is spelled, and nothing else.  May import every other
folder.  In come words of a command line or calls; out come text and an exit status.
"""
