"""A placement's text as Karmada's API server stores it: written by Go, which leaves out what is empty.

Two placements are the same to Karmada when these texts are, so that is also what we compare and keep a digest of.
"""

from __future__ import annotations

from typing import Any


def as_go_json(document: Any, *, empty_lists: bool = False) -> Any:
    """A placement without what Go leaves out when it writes JSON: null, zero, false, and empty text, lists and maps.

    empty_lists: lists and maps that are there and empty stay, for they differ from absent ones when compared.
    """
    if isinstance(document, list):
        return [as_go_json(item, empty_lists=empty_lists) for item in document]
    if not isinstance(document, dict):
        return document
    stored = {
        name: value if name == "matchLabels" else as_go_json(value, empty_lists=empty_lists) for name, value in document.items()
    }
    return {name: value for name, value in stored.items() if not _omitted(name, value, empty_lists)}


def _omitted(name: str, value: Any, empty_lists: bool) -> bool:
    """Structures that are optional may be there and empty; `targetCluster` is not optional, so that it says nothing then."""
    if isinstance(value, list) or name == "matchLabels":
        return value is None or (not value and not empty_lists)
    if isinstance(value, dict):
        return not value and name == "targetCluster"
    return value is None or (not value and name != "tolerationSeconds")
