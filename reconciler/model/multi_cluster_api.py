"""Names of the Multi-Cluster Services API (KEP-1645), and those that Karmada derives from them (pkg/util/names)."""

from __future__ import annotations

from typing import Any

from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get

GROUP = "multicluster.x-k8s.io"
SERVICE_EXPORT, SERVICE_IMPORT = "ServiceExport", "ServiceImport"
IMPORT_ON = "reconciler.dev/import-on"
"""On a ServiceExport: the clusters that import it, separated by commas, or `*`."""
_DERIVED = "derived-"
IMPORT_TYPES = ("ClusterSetIP", "Headless")
"""How clients reach what is imported: by one address, or by those of the endpoints."""
_OF_PORT = ("name", "protocol", "port", "appProtocol")


def is_import(key: ResourceKey) -> bool:
    return (key.group, key.kind) == (GROUP, SERVICE_IMPORT)


def is_export(key: ResourceKey) -> bool:
    return (key.group, key.kind) == (GROUP, SERVICE_EXPORT)


def derived_name(service: str) -> str:
    """The name of the Service by which an imported one is reached."""
    return f"{_DERIVED}{service}"


def imported_service(key: ResourceKey) -> str:
    """The name of the Service that a ServiceImport, or the Service derived from it, stands for; empty for other objects."""
    if is_import(key):
        return key.name
    return key.name.removeprefix(_DERIVED) if (key.group, key.kind) == ("", "Service") and key.name.startswith(_DERIVED) else ""


def imported_port(port: Any) -> dict[str, Any]:
    """What of a port an import has. There is no target port: endpoints state it."""
    return {member: value for member in _OF_PORT if (value := get(port, member)) is not None}
