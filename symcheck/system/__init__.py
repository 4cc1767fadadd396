"""The machine: how long a piece of work may take, files that are written whole or not at all, and
what may be shown on a terminal.

Imports nothing of symcheck.  In come work, paths and text of others; out come answers in time,
files, and text in which what would steer a terminal is spelled out.
"""
