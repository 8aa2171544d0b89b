"""ServiceImport (multicluster.x-k8s.io): a Service of other clusters. The objects derived from it are its dependencies."""

from __future__ import annotations

from reconciler.interpreter.go_types import check
from reconciler.interpreter.pod_references import Reference, reference
from reconciler.interpreter.rules import KindRules
from reconciler.model.manifest import Manifest, mapping, text
from reconciler.model.multi_cluster_api import derived_name


def dependencies(manifest: Manifest) -> list[Reference]:
    """The derived Service and its EndpointSlices (karmada pkg/util/names)."""
    check(mapping(manifest, "metadata"), "ObjectMeta")
    namespace, derived = text(manifest, "metadata", "namespace"), derived_name(text(manifest, "metadata", "name"))
    slices = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "labelSelector": {"matchLabels": {"kubernetes.io/service-name": derived}},
        **({"namespace": namespace} if namespace else {}),
    }
    return [slices, reference("Service", derived, namespace)]


RULES = KindRules(
    kind="ServiceImport",
    groups=("multicluster.x-k8s.io",),
    version="v1alpha1",
    dependencies=dependencies,
)
