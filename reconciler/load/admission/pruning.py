"""What an API server does with fields that a kind does not have: it drops them without a word. (A schema warns of them.)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def pruned(value: Any, schema: Mapping[str, Any]) -> Any:
    """The value without unknown fields, and without null ones, wherever the schema names all fields that there are."""
    if isinstance(value, list):
        return [pruned(item, schema.get("items", {})) for item in value]
    if not isinstance(value, Mapping):
        return value
    others = schema.get("additionalProperties", True)
    if others is not False:
        return {name: pruned(member, others if isinstance(others, Mapping) else {}) for name, member in value.items()}
    known = schema.get("properties", {})
    return {name: pruned(member, known[name]) for name, member in value.items() if name in known and member is not None}
