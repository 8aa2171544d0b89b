"""What an object of a host cluster says about the cluster that it stands for. Pure.

ClusterProfile: https://multicluster.sigs.k8s.io/concepts/cluster-inventory-api/, versions v1alpha1 and v1alpha2. Cluster of
Cluster API: https://cluster-api.sigs.k8s.io/developer/providers/contracts/, versions v1beta1 and v1beta2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.cluster_inventory import Source, named_servers
from reconciler.model.manifest import Manifest, get, labels_of, sequence, text

_HTTPS_PORT = 443
_SCHEMES = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class ClusterObject:
    """One cluster, as a host cluster knows it."""

    source: Source
    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    """Of a ClusterProfile."""
    endpoint: str = ""
    """URL of its API server; empty where it is not known, or where ways to reach it name several."""
    waits_for: str = ""
    """What it lacks to become a member, as a clause; empty for nothing."""
    is_leaving: bool = False
    """Whether it is being deleted."""

    @property
    def reference(self) -> str:
        return f"{self.source}/{self.namespace}/{self.name}"

    @property
    def secret_ref(self) -> str:
        """The Secret with the kubeconfig that a control plane provider of Cluster API writes."""
        return f"{self.namespace}/{self.name}-kubeconfig" if self.source is Source.CLUSTER_API else ""

    def __str__(self) -> str:
        return f"{self.source} {self.namespace}/{self.name}"


def cluster_object(source: Source, manifest: Manifest) -> ClusterObject:
    """manifest: an object of this source."""
    reads = _of_profile if source is Source.CLUSTER_PROFILE else _of_cluster_api
    return ClusterObject(
        source,
        text(manifest, "metadata", "namespace"),
        text(manifest, "metadata", "name"),
        dict(labels_of(manifest)),
        is_leaving=bool(text(manifest, "metadata", "deletionTimestamp")),
        **reads(manifest),
    )


def _of_profile(manifest: Manifest) -> dict[str, Any]:
    named = (text(one, "server").rstrip("/") for one in named_servers(manifest).values())
    # Whoever writes a ClusterProfile names no folder of this machine, as a Cluster may (file:NAME).
    servers = sorted({server for server in named if server.lower().startswith(_SCHEMES)})
    properties = {text(item, "name"): text(item, "value") for item in sequence(manifest, "status", "properties")}
    unhealthy = _condition(manifest, "ControlPlaneHealthy") == "False"
    waits = "its control plane is not healthy" if unhealthy else "" if servers else "its status names no access provider"
    return {"properties": properties, "endpoint": servers[0] if len(servers) == 1 else "", "waits_for": waits}


def _of_cluster_api(manifest: Manifest) -> dict[str, Any]:
    """Without the port of https: kubeconfigs of managed clusters leave it out."""
    host, port = text(manifest, "spec", "controlPlaneEndpoint", "host"), get(manifest, "spec", "controlPlaneEndpoint", "port")
    begun = {
        get(manifest, "status", "controlPlaneReady"),
        get(manifest, "status", "initialization", "controlPlaneInitialized"),
        _condition(manifest, "ControlPlaneInitialized") == "True",
    }
    waits = "" if host and True in begun else "its control plane is not initialized"
    named = f"[{host}]" if ":" in host else host
    behind = "" if port in (None, 0, _HTTPS_PORT) else f":{port}"
    return {"endpoint": f"https://{named}{behind}" if host else "", "waits_for": waits}


def _condition(manifest: Manifest, kind: str) -> str:
    """Its status; empty where there is no such condition."""
    items = sequence(manifest, "status", "conditions")
    return next((text(item, "status") for item in items if text(item, "type") == kind), "")
