"""The ServiceExports of one member with the Services of their names, and the conditions of an export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.cluster.api_client import MERGE, Api
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.paged_lists import items
from reconciler.model.manifest import Manifest, text

_EXPORTS = "/apis/multicluster.x-k8s.io/v1alpha1"
_MANAGER = "reconciler-exports"
"""Another field manager than that of what is applied: nothing of the status is stated by a file."""


async def read_exports(api: Api) -> dict[tuple[str, str], tuple[Manifest, Manifest | None]]:
    """By namespace and name. Empty where the member does not know the kind. Raises MemberError."""
    try:
        exports = await items(api, f"{_EXPORTS}/serviceexports", "list serviceexports")
    except RefusedError as error:
        if error.status == 404:
            return {}
        raise
    if not exports:
        return {}
    services = {_name(item): item for item in await items(api, "/api/v1/services", "list services")}
    return {_name(item): (item, services.get(_name(item))) for item in exports}


async def write_conditions(api: Api, export: Manifest, conditions: Sequence[Any]) -> None:
    """conditions: all that it is to have. Raises MemberError, also where it has changed since it was read."""
    namespace, name = _name(export)
    body = {
        "metadata": {"resourceVersion": text(export, "metadata", "resourceVersion")},
        "status": {"conditions": list(conditions)},
    }
    path = f"{_EXPORTS}/namespaces/{namespace}/serviceexports/{name}/status"
    query = {"fieldManager": _MANAGER}
    await api.request(
        "PATCH", path, query=query, body=body, content_type=MERGE, what=f"report on ServiceExport {namespace}/{name}"
    )


def _name(item: Manifest) -> tuple[str, str]:
    return text(item, "metadata", "namespace"), text(item, "metadata", "name")
