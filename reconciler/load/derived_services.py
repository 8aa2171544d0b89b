"""ServiceImports: the Services by which clients reach what they import.

A ServiceImport `NAME` asks for a Service `derived-NAME` without a selector; the endpoints come from other clusters. It is a
template that no file declares, and a dependency of the import: so it goes where the import goes (Karmada pkg/controllers/mcs).
A headless import has a headless Service here, while Karmada makes none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, sequence, text
from reconciler.model.memo import Memo
from reconciler.model.multi_cluster_api import IMPORT_TYPES, derived_name, imported_port, is_import

_SERVICE = GroupVersionKind("", "v1", "Service")
_WITH_ADDRESS, _HEADLESS = IMPORT_TYPES


def derived_services(templates: Iterable[ResourceTemplate | Issue], memo: Memo) -> Iterator[ResourceTemplate]:
    """A template for each ServiceImport among these that says how it is reached."""
    for template in templates:
        if isinstance(template, ResourceTemplate) and is_import(template.key) and _is_complete(template.manifest):
            yield memo(_derived_service, template)


def _is_complete(manifest: Manifest) -> bool:
    kind, ports = text(manifest, "spec", "type"), sequence(manifest, "spec", "ports")
    return kind == _HEADLESS or (kind == _WITH_ADDRESS and bool(ports))


def _derived_service(template: ResourceTemplate) -> ResourceTemplate:
    key = ResourceKey("", "Service", template.key.namespace, derived_name(template.key.name))
    spec: dict[str, Any] = {
        "type": "ClusterIP",
        "ports": [imported_port(port) for port in sequence(template.manifest, "spec", "ports")],
    }
    if text(template.manifest, "spec", "type") == _HEADLESS:
        spec["clusterIP"] = "None"
    metadata = {"name": key.name, "namespace": key.namespace}
    manifest = {"apiVersion": _SERVICE.api_version, "kind": _SERVICE.kind, "metadata": metadata, "spec": spec}
    return ResourceTemplate(key, _SERVICE, manifest, template.origin)
