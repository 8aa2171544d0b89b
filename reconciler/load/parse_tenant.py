"""A document of the kind Tenant → `Tenant`. The schema has checked its structure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.load.parse import parse_cluster_affinity
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.tenant import KindRule, ServiceAccount, Tenant


def parse_tenant(document: Manifest, origin: Origin = NOWHERE, line_of: Callable[..., int] = lambda *path: 0) -> Tenant:
    """`line_of(*path)`: the line of a part of the document, 0 if unknown."""
    spec = mapping(document, "spec")
    account, clusters = get(spec, "serviceAccount"), get(spec, "clusters")
    return Tenant(
        name=text(document, "metadata", "name"),
        folders=tuple(folder.rstrip("/") for folder in sequence(spec, "folders")),
        kinds=_kinds(spec, "kinds"),
        cluster_scoped_kinds=_kinds(spec, "clusterScopedKinds"),
        namespaces=tuple(sequence(spec, "namespaces")),
        clusters=None if clusters is None else parse_cluster_affinity(clusters),
        override_paths=tuple(sequence(spec, "overrides", "paths")),
        sources=tuple(sequence(spec, "sources")),
        max_removals=get(spec, "maxRemovals"),
        service_account=None if account is None else ServiceAccount(text(account, "namespace"), text(account, "name")),
        origin=origin,
        places={name: Origin(origin.file, line_of("spec", name) or origin.line) for name in spec},
    )


def _kinds(spec: Mapping[str, Any], field: str) -> tuple[KindRule, ...]:
    return tuple(KindRule(tuple(sequence(item, "apiGroups")), tuple(sequence(item, "kinds"))) for item in sequence(spec, field))
