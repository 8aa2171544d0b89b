"""Drops fields that a kind does not have, as an API server does silently. (The schema has a warning for each.)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def pruned(value: Any, schema: Mapping[str, Any]) -> Any:
    """The value without unknown and null fields, wherever the schema lists all fields (`additionalProperties: false`)."""
    if isinstance(value, list):
        return [pruned(item, schema.get("items", {})) for item in value]
    if not isinstance(value, Mapping):
        return value
    others = schema.get("additionalProperties", True)
    if others is not False:
        return {name: pruned(member, others if isinstance(others, Mapping) else {}) for name, member in value.items()}
    properties = schema.get("properties", {})
    return {name: pruned(member, properties[name]) for name, member in value.items() if name in properties and member is not None}
