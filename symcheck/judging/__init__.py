"""Judge a document: derive what it asks for, check what it claims, and say what is to blame.

In it are the session that derives, the check of a chain line by line, refutations, hints, which
assumptions matter, and the report with its certificate as plain data.  May import all folders but
``report``, ``simulate`` and ``commands``.  In comes a document; out comes a report.
"""
