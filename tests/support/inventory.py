"""Objects that describe clusters, as cluster managers and Cluster API write them, and the definitions of their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PROFILES = "/apis/multicluster.x-k8s.io/v1alpha1/namespaces/fleet/clusterprofiles"
CLUSTERS = "/apis/cluster.x-k8s.io/v1beta2/namespaces/capi/clusters"


def profile(
    name: str,
    *,
    namespace: str = "fleet",
    labels: Mapping[str, str] | None = None,
    properties: Mapping[str, str] | None = None,
    server: str = "https://{name}.example.com",
    **status: Any,
) -> dict[str, Any]:
    """A ClusterProfile. server: empty where its status names no access provider."""
    access = [{"name": "token-file", "cluster": {"server": server.format(name=name)}}] if server else []
    return {
        "apiVersion": "multicluster.x-k8s.io/v1alpha1",
        "kind": "ClusterProfile",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels or {})},
        "spec": {"displayName": name, "clusterManager": {"name": "hub"}},
        "status": {
            "conditions": [],
            "properties": [{"name": key, "value": value} for key, value in (properties or {}).items()],
            "accessProviders": access,
            **status,
        },
    }


def cluster(
    name: str, host: str = "10.0.0.1", port: int = 6443, *, labels: Mapping[str, str] | None = None, **status: Any
) -> dict[str, Any]:
    """A Cluster of Cluster API whose control plane is there."""
    return {
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "Cluster",
        "metadata": {"name": name, "namespace": "capi", "labels": dict(labels or {})},
        "spec": {"controlPlaneEndpoint": {"host": host, "port": port}},
        "status": {"initialization": {"controlPlaneInitialized": True}, **status},
    }


def definition(kind: str, plural: str, group: str, version: str) -> dict[str, Any]:
    """A CustomResourceDefinition that takes any `spec` and any `status`."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": anything, "status": anything}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


DEFINITIONS = (
    definition("ClusterProfile", "clusterprofiles", "multicluster.x-k8s.io", "v1alpha1"),
    definition("Cluster", "clusters", "cluster.x-k8s.io", "v1beta2"),
)
