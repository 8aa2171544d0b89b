"""Templates and policies, as short as a test wants them."""

from typing import Any

from reconciler.load.parse import parse_propagation_policy
from reconciler.model.desired import ResourceTemplate
from reconciler.model.manifest import gvk_of, key_of
from reconciler.model.origin import NOWHERE
from reconciler.model.policy import PropagationPolicy

BY_KIND: dict[str, Any] = {}
BY_NAME: dict[str, Any] = {"namespace": "prod", "name": "web"}
BY_LABEL: dict[str, Any] = {"labelSelector": {"matchLabels": {"app": "web"}}}
OTHER: dict[str, Any] = {"name": "other"}


def template(
    api_version: str = "apps/v1", kind: str = "Deployment", name: str = "web", namespace: str = "prod", **labels: str
) -> ResourceTemplate:
    metadata = {"name": name, "labels": labels or {"app": "web"}} | ({"namespace": namespace} if namespace else {})
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": metadata}
    return ResourceTemplate(key_of(manifest), gvk_of(manifest), manifest, NOWHERE)


def policy(name: str, *selectors: dict[str, Any], namespace: str = "prod", **spec: Any) -> PropagationPolicy:
    """A PropagationPolicy for Deployments; a ClusterPropagationPolicy when the namespace is empty."""
    deleting = {"deletionTimestamp": "2026-01-01T00:00:00Z"} if spec.pop("deleting", False) else {}
    deployments = [{"apiVersion": "apps/v1", "kind": "Deployment"} | selector for selector in selectors or (BY_KIND,)]
    return parse_propagation_policy(
        {
            "kind": "PropagationPolicy" if namespace else "ClusterPropagationPolicy",
            "metadata": {"name": name} | ({"namespace": namespace} if namespace else {}) | deleting,
            "spec": {"resourceSelectors": deployments} | spec,
        }
    )


def cluster_policy(name: str, *selectors: dict[str, Any], **spec: Any) -> PropagationPolicy:
    return policy(name, *selectors, namespace="", **spec)
