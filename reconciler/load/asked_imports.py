"""ServiceExports that ask for their import: the annotation `reconciler.dev/import-on` names the clusters that import, `*` all.

The ServiceImport is a template that no file declares, made from the Service of the same name, and the export is the policy that
places it. The ports are those of the Service as it is written: where override policies make another Service of it on a member,
the file counts, as the export that was there first (KEP-1645, conflict resolution). A ServiceImport that a file declares counts
alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue
from reconciler.model.keys import GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.manifest import annotations_of, get, sequence
from reconciler.model.multi_cluster_api import (
    GROUP,
    IMPORT_ON,
    IMPORT_TYPES,
    SERVICE_EXPORT,
    SERVICE_IMPORT,
    imported_port,
    is_export,
)
from reconciler.model.policy import Placement, PropagationPolicy, ResourceSelector

_IMPORT = GroupVersionKind(GROUP, "v1alpha1", SERVICE_IMPORT)
_ALL = "*"


def asked_imports(templates: Iterable[ResourceTemplate | Issue]) -> Iterator[ResourceTemplate]:
    """The ServiceImports that exports among these templates ask for. templates: those that files declare."""
    written = [one for one in templates if isinstance(one, ResourceTemplate)]
    if not any(map(asks_for_import, written)):  # Nearly always, and asked after each edit.
        return
    by_key = {one.key: one for one in written}
    for export in by_key.values():
        imported = _import_key(export.key)
        service = by_key.get(ResourceKey("", "Service", export.key.namespace, export.key.name))
        if (
            asks_for_import(export)
            and imported not in by_key
            and service is not None
            and sequence(service.manifest, "spec", "ports")
        ):
            yield _import(imported, export, service)


def import_policies(templates: Iterable[ResourceTemplate]) -> Iterator[PropagationPolicy]:
    """For each of these imports the policy that places it, where the export says so. templates: of the revision, with them."""
    by_key = {one.key: one for one in templates if one.key.group == GROUP}
    for export in by_key.values():
        imported = by_key.get(_import_key(export.key)) if asks_for_import(export) else None
        if imported is not None and imported.origin == export.origin:
            yield _policy(export)


def asks_for_import(template: ResourceTemplate) -> bool:
    return is_export(template.key) and bool(_clusters(template))


def _clusters(export: ResourceTemplate) -> tuple[str, ...]:
    words = annotations_of(export.manifest).get(IMPORT_ON, "").split(",")
    return tuple(sorted({word.strip() for word in words if word.strip()}))


def _import_key(export: ResourceKey) -> ResourceKey:
    return ResourceKey(GROUP, SERVICE_IMPORT, export.namespace, export.name)


def _import(key: ResourceKey, export: ResourceTemplate, service: ResourceTemplate) -> ResourceTemplate:
    with_address, headless = IMPORT_TYPES
    kind = headless if get(service.manifest, "spec", "clusterIP") == "None" else with_address
    manifest = {
        "apiVersion": _IMPORT.api_version,
        "kind": _IMPORT.kind,
        "metadata": {"name": key.name, "namespace": key.namespace},
        "spec": {"type": kind, "ports": [imported_port(port) for port in sequence(service.manifest, "spec", "ports")]},
    }
    return ResourceTemplate(key, _IMPORT, manifest, export.origin)


def _policy(export: ResourceTemplate) -> PropagationPolicy:
    clusters = _clusters(export)
    names = () if _ALL in clusters else clusters
    return PropagationPolicy(
        PolicyRef(SERVICE_EXPORT, export.key.namespace, export.key.name),
        (ResourceSelector(_IMPORT.api_version, SERVICE_IMPORT, export.key.namespace, export.key.name),),
        Placement(ClusterAffinity(cluster_names=names), document={"clusterAffinity": {"clusterNames": list(names)}}),
        propagate_deps=True,
        digest=f"sha256:{hashlib.sha256(','.join(clusters).encode()).hexdigest()}",
        origin=export.origin,
    )
