"""The rules by which a term is rewritten, one table a topic, and the data that a proof is made of.

A rule is one entry in one table; ``all`` has them all by name.  May import ``language`` and
``facts``.  In comes a site, which is a term with what is known around it; out comes the rewritten
term with the assumptions used, or a refusal with its reason.
"""
