"""What a person sees: each format a file, all from the same report.

In it are the notation, expressions and sentences in three alphabets, the layout, and one module a
format; ``formats`` chooses.  May import ``judging`` and everything below.  In comes a report; out
comes text, which changes no verdict.
"""
