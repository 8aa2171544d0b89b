"""A MultiClusterService (networking.karmada.io/v1alpha1): the Service of its name is reached from other clusters, too."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.policy import Placement, PropagationPolicy, ResourceSelector

MULTI_CLUSTER_SERVICE = "MultiClusterService"
CROSS_CLUSTER = "CrossCluster"


@dataclass(frozen=True, slots=True)
class MultiClusterService:
    """One MultiClusterService."""

    namespace: str
    name: str
    types: tuple[str, ...]
    providers: tuple[ClusterName, ...] = ()
    """Clusters whose endpoints are offered; empty means all."""
    consumers: tuple[ClusterName, ...] = ()
    """Clusters that get the endpoints of the others; empty means all."""
    digest: str = ""
    """Of its specification as written."""
    deleting: bool = False
    origin: Origin = NOWHERE

    def __str__(self) -> str:
        return str(self.ref)

    @property
    def ref(self) -> PolicyRef:
        return PolicyRef(MULTI_CLUSTER_SERVICE, self.namespace, self.name)

    @property
    def service(self) -> ResourceKey:
        return ResourceKey("", "Service", self.namespace, self.name)

    @property
    def crosses_clusters(self) -> bool:
        """Whether this program connects the Service; else that is left to the provider of a load balancer."""
        return self.types == (CROSS_CLUSTER,) and not self.deleting

    @property
    def policy(self) -> PropagationPolicy:
        """The policy that it is for its Service: placed on all providers and consumers, before every other policy (Karmada
        pkg/controllers/multiclusterservice)."""
        names = tuple(sorted({*self.providers, *self.consumers})) if self.providers and self.consumers else ()
        return PropagationPolicy(
            self.ref,
            (ResourceSelector("v1", "Service", self.namespace, self.name),),
            Placement(ClusterAffinity(cluster_names=names), document={"clusterAffinity": {"clusterNames": list(names)}}),
            conflict_resolution="Overwrite",
            digest=self.digest,
            deleting=self.deleting,
            origin=self.origin,
        )

    def provides(self, name: ClusterName) -> bool:
        return not self.providers or name in self.providers

    def consumes(self, name: ClusterName) -> bool:
        return not self.consumers or name in self.consumers
