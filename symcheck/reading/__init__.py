"""From text to a document: ``.proof`` files, Markdown and LaTeX.

In it are the grammar and the parser, the written tree and its meaning, the document as plain data,
what the words after ``by`` name, and the shipped files.  May import ``language``, ``facts`` and the
names in ``rules``.  In comes text; out comes a document with a context and goals, or an error with
line, column and a suggestion.
"""
