"""All that is believed: terms, ring laws, declarations, laws, primitive rules, and the judge.

Imports nothing but Python's standard library; searches nothing, prints nothing, and keeps nothing
from one certificate to the next.  In come declarations and a certificate, both plain data; out
come theorems, each with what it rests on, or a refusal with its reason
(:func:`symcheck.core.judge.judge`).
"""
