"""Rules that make members of the clusters that a host cluster knows (`spec.inventory` of the Configuration).

Two kinds of objects describe a cluster: ClusterProfile (multicluster.x-k8s.io, KEP-4322 of Kubernetes) and Cluster of Cluster API
(cluster.x-k8s.io). A rule selects such objects; each becomes a Cluster file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from reconciler.model.cluster import Taint
from reconciler.model.image_policy import UpdateMode, UpdateSettings
from reconciler.model.manifest import Manifest, mapping, sequence, text
from reconciler.model.selector import LabelSelector

SOURCE_ANNOTATION = "reconciler.dev/inventory"
"""On a Cluster: RULE/SOURCE/NAMESPACE/NAME of the object that it stands for."""
WRITTEN_ANNOTATION = "reconciler.dev/inventory-fields"
"""On a Cluster: what the inventory wrote last, as JSON: field → value. Whatever differs from it is the edit of a person."""


class Source(StrEnum):
    """Which objects describe clusters."""

    CLUSTER_PROFILE = "ClusterProfile"
    CLUSTER_API = "ClusterAPI"

    @property
    def group(self) -> str:
        return "multicluster.x-k8s.io" if self is Source.CLUSTER_PROFILE else "cluster.x-k8s.io"

    @property
    def plural(self) -> str:
        return "clusterprofiles" if self is Source.CLUSTER_PROFILE else "clusters"


@dataclass(frozen=True, slots=True)
class ValueFrom:
    """Where a field of the Cluster has its value from: the first of these that is there."""

    value: str = ""
    """A fixed one."""
    properties: tuple[str, ...] = ()
    """Names in `status.properties` of a ClusterProfile."""
    labels: tuple[str, ...] = ()
    """Labels of the object."""


_REGION, _ZONE = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"
WELL_KNOWN_REGION = ValueFrom(properties=(_REGION,), labels=(_REGION,))
"""https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesioregion"""
WELL_KNOWN_ZONE = ValueFrom(properties=(_ZONE,), labels=(_ZONE,))
"""https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesiozone"""


@dataclass(frozen=True, slots=True)
class HostRef:
    """The host cluster whose objects are read."""

    kubeconfig: str = ""
    """A file below the member root; empty: the host cluster that the process was started with."""
    context: str = ""
    """Of that file; empty: its current one."""


@dataclass(frozen=True, slots=True)
class InventoryRule:
    name: str
    source: Source
    host: HostRef = HostRef()
    namespace: str = ""
    """Empty: all namespaces."""
    selector: LabelSelector = field(default_factory=LabelSelector)
    prefix: str = ""
    """Before the name of the object, in the name of the member."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Set on each member."""
    copied_labels: tuple[str, ...] = ()
    """Keys of labels of the object that its member gets, too."""
    provider: ValueFrom = ValueFrom()
    region: ValueFrom = WELL_KNOWN_REGION
    zone: ValueFrom = WELL_KNOWN_ZONE
    taints: tuple[Taint, ...] = ()
    """Those of each member."""


@dataclass(frozen=True, slots=True)
class VanishedGuard:
    """How many members of one rule may be cordoned by one look."""

    max_share: float = 0.5
    """Share of its members that are not cordoned yet, 0 to 1."""
    always_allowed: int = 1
    """This many may always be cordoned."""


@dataclass(frozen=True, slots=True)
class InventorySettings:
    updates: UpdateSettings = field(default_factory=lambda: UpdateSettings(UpdateMode.OFF, timedelta(minutes=1)))
    rules: tuple[InventoryRule, ...] = ()
    """In the order of the Configuration: of two that find the same new name, the first one counts."""
    guard: VanishedGuard = VanishedGuard()


def named_servers(profile: Manifest) -> dict[str, Mapping[str, Any]]:
    """Of a ClusterProfile: access provider → what it says about the server, as `cluster` of a kubeconfig does. Sorted by name.

    `credentialProviders` is what v1alpha1 called them at first; of one name, that of `accessProviders` counts (KEP-5339).
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name in ("credentialProviders", "accessProviders"):
        found |= {text(item, "name"): mapping(item, "cluster") for item in sequence(profile, "status", name)}
    return dict(sorted(found.items()))
