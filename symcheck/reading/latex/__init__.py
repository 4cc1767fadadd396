"""Formulas in Markdown and LaTeX files.

In it are tokens, macros, displayed formulas, relations and chains; ``notes`` puts them together.
May import what ``reading`` may.  In comes the text of a file; out come documents, and a list of
what could not be read in exactly one way, with its place.
"""
