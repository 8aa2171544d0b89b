"""Lists in which an item may occur once: sets, and lists whose items are told apart by keys.

Server-side apply refuses a list with two equal items (sigs.k8s.io/structured-merge-diff, typed), although an API server accepts
it in an ordinary create. Such lists have `x-kubernetes-list-type: set` or `map`, and `x-kubernetes-list-map-keys`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.model.manifest import get, mapping, sequence

KEYWORD = "x-list-keys"
"""Our keyword of JSON Schema: {key: its default, or None}; without a key, the items themselves are compared."""

_DEFAULTS = {"protocol": "TCP"}
"""Defaults of keys that the published schemas of built-in kinds do not contain (Kubernetes: pkg/apis/core/v1/defaults.go)."""


def keyword_of(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The keyword for a list of an OpenAPI schema; empty if its items may be equal."""
    match node.get("x-kubernetes-list-type"):
        case "set":
            return {KEYWORD: {}}
        case "map":
            keys = [key for key in sequence(node, "x-kubernetes-list-map-keys") if isinstance(key, str)]
            members = mapping(node, "items", "properties")
            return {KEYWORD: {key: get(members, key, "default", default=_DEFAULTS.get(key)) for key in keys}} if keys else {}
    return {}


def repeated(items: Sequence[Any], keys: Mapping[str, Any]) -> list[int]:
    """The positions of items that are equal to an earlier one. Items without a key, or of another type, are never equal."""
    seen = set()
    positions = []
    for position, item in enumerate(items):
        if keys and not isinstance(item, dict):
            continue
        parts = [item.get(key, default) for key, default in keys.items()] if keys else [item]
        if any(part is None or isinstance(part, dict | list) for part in parts):
            continue
        identity = tuple((type(part), part) for part in parts)
        if identity in seen:
            positions.append(position)
        seen.add(identity)
    return positions
