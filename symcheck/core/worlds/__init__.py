"""The judge of refutations: is a world a distribution, does all that is declared hold in it, and
do both sides mean something there and differ?  Exact arithmetic only.
"""
