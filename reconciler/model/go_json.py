"""A placement as Karmada's API server stores it: JSON written by Go, which omits empty values.

Karmada considers two placements equal if their stored JSON is equal. This program compares and digests the same form.
"""

from __future__ import annotations

from typing import Any


def as_go_json(document: Any, *, empty_lists: bool = False) -> Any:
    """A placement without the values that Go omits when it writes JSON: null, zero, false, and empty strings, lists and maps.

    empty_lists: whether empty lists and maps stay, because they differ from absent ones when compared.
    """
    if isinstance(document, list):
        return [as_go_json(item, empty_lists=empty_lists) for item in document]
    if not isinstance(document, dict):
        return document
    members = {
        name: value if name == "matchLabels" else as_go_json(value, empty_lists=empty_lists) for name, value in document.items()
    }
    return {name: value for name, value in members.items() if not _omitted(name, value, empty_lists)}


def _omitted(name: str, value: Any, empty_lists: bool) -> bool:
    """Whether Go omits the value. Optional structures are written even if empty; `targetCluster` is not optional."""
    if isinstance(value, list) or name == "matchLabels":
        return value is None or (not value and not empty_lists)
    if isinstance(value, dict):
        return not value and name == "targetCluster"
    return value is None or (not value and name != "tolerationSeconds")
