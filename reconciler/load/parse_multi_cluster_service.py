"""A MultiClusterService → typed object. `admission/multi_cluster_services.py` checks it."""

from __future__ import annotations

from reconciler.load.parse import digest_of
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.multi_cluster_service import MultiClusterService
from reconciler.model.origin import NOWHERE, Origin


def parse_multi_cluster_service(document: Manifest, origin: Origin = NOWHERE) -> MultiClusterService:
    spec = mapping(document, "spec")
    return MultiClusterService(
        namespace=text(document, "metadata", "namespace") or "default",
        name=text(document, "metadata", "name"),
        types=tuple(sequence(spec, "types")),
        providers=_names(spec, "providerClusters"),
        consumers=_names(spec, "consumerClusters"),
        digest=digest_of(spec),
        deleting=get(document, "metadata", "deletionTimestamp") is not None,
        origin=origin,
    )


def _names(spec: Manifest, member: str) -> tuple[ClusterName, ...]:
    return tuple(sorted({ClusterName(text(item, "name")) for item in sequence(spec, member)}))
