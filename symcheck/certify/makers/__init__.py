"""A maker for each rule: how what the rule rewrites is proved in the core.

Each module has a table MAKERS from names of rules to functions of a goal; ``all`` gathers them.
May import what ``certify`` may.  In comes a goal, which is a rewritten term with its place; out
comes a theorem of the core, or a refusal with its reason.
"""
