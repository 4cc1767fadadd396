"""The core as a whole."""

from __future__ import annotations

from symcheck.core.declared import declare


def test_a_definition_may_be_called_v():
    """The tag of a letter is no letter where it is the name of a definition."""
    table = [["q", 1, 1]]
    made = declare({"terms": table, "entries": [["let", "v", [], 0]]})
    assert "v" in made.lets
