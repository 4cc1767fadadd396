"""Tables of declarations that forget what was found out about them when they are changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Rows", "Table"]

_Found = dict[Any, Any]


class Table(dict[Any, Any]):
    """A dict whose every change clears ``found``, the answers that were kept."""

    found: _Found | None = None  # of a copy that is being made: none yet


class Rows(list[Any]):
    """A list whose every change clears ``found``, the answers that were kept."""

    found: _Found | None = None


def _clearing(change: Callable[..., Any]) -> Callable[..., Any]:
    def changed(self: Table | Rows, *args: Any, **named: Any) -> Any:
        if self.found is not None:
            self.found.clear()
        return change(self, *args, **named)

    return changed


_CHANGES = {
    Table: "__setitem__ __delitem__ __ior__ clear pop popitem setdefault update",
    Rows: "__setitem__ __delitem__ __iadd__ __imul__ append clear extend insert pop remove reverse"
    " sort",
}
for _kind, _names in _CHANGES.items():
    for _name in _names.split():
        setattr(_kind, _name, _clearing(getattr(_kind, _name)))
