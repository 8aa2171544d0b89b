"""Live objects with entries of `metadata.managedFields`, as an API server writes them."""

from __future__ import annotations

from typing import Any


def entry(fields: Any, manager: str = "reconciler", operation: str = "Apply", subresource: str = "") -> dict[str, Any]:
    more = {"subresource": subresource} if subresource else {}
    return {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


def live(document: dict[str, Any], *entries: dict[str, Any]) -> dict[str, Any]:
    return {**document, "metadata": {**document["metadata"], "managedFields": list(entries), "uid": "u", "resourceVersion": "7"}}


def fields(*paths: str) -> dict[str, Any]:
    """`spec/template` → f:spec: {f:template: {}}; steps that begin with k: or v: or `.` stand as they are."""
    tree: dict[str, Any] = {}
    for path in paths:
        at = tree
        for step in path.split("/"):
            at = at.setdefault(step if step[:2] in ("k:", "v:") or step == "." else f"f:{step}", {})
    return tree
