"""What is known about a Service over clusters: what a revision declares, what the last sync recorded, what members hold now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.endpoints.copies import INSTANCE, MANAGED_BY, service_of
from reconciler.endpoints.routes import CONNECTED, IMPORTED, Route, ServiceName
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, labels_of
from reconciler.model.multi_cluster_service import MultiClusterService
from reconciler.model.origin import Origin


@dataclass(frozen=True, slots=True)
class Declared:
    """One template: the Service, its ServiceExport or its ServiceImport."""

    origin: Origin
    clusters: tuple[ClusterName, ...]
    """Where it is in force; sorted."""
    message: str = ""
    """Why it is nowhere, or not where it was decided to be."""


@dataclass(frozen=True, slots=True)
class ClusterDns:
    """The Pods that answer for names of Services."""

    ready: int
    total: int


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What one member holds now; empty where it was not asked, or did not answer."""

    problem: str = ""
    """Why it did not answer, or not in full."""
    apart: str = ""
    """Why it takes no part in the exchange of endpoints."""
    objects: Mapping[ResourceKey, Manifest] = field(default_factory=dict)
    """Services, exports and imports of these names, and all EndpointSlices of the namespace."""
    pods: tuple[Manifest, ...] = ()
    """Those that its Service of this name selects."""
    unserved: frozenset[str] = frozenset()
    """Kinds that it does not serve."""
    pod_ranges: tuple[str, ...] = ()
    """The ranges of addresses of Pods that its nodes state; empty where they state none."""
    dns: ClusterDns | None = None
    """None where it has none with the usual label."""
    unread: str = ""
    """Why its nodes, or the Pods of its cluster DNS, could not be read."""

    def provided(self, service: ServiceName) -> list[Manifest]:
        """The EndpointSlices of a Service that others get copies of, sorted by name: those that are no copies themselves."""
        return [one for one in self._slices(service) if labels_of(one).get(MANAGED_BY) not in (IMPORTED, CONNECTED)]

    def copies(self, service: ServiceName, instance: str) -> list[Manifest]:
        """Those that the reconciler of this instance wrote, sorted by name."""
        return [one for one in self._slices(service) if labels_of(one).get(INSTANCE) == instance]

    def _slices(self, service: ServiceName) -> list[Manifest]:
        return [one for key, one in sorted(self.objects.items()) if key.kind == "EndpointSlice" and service_of(one) == service]


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    service: ServiceName
    """Of the providers."""
    instance: str
    """Of the reconciler (`Settings.instance`)."""
    templates: Mapping[ResourceKey, Declared]
    connected: MultiClusterService | None
    """The MultiClusterService of this name."""
    routes: tuple[Route, ...]
    """Also those that connect nothing."""
    members: Mapping[ClusterName, MemberFacts]
    """Those of the routes; where there are none, all. Sorted."""
    silent_since: Mapping[ClusterName, datetime] = field(default_factory=dict)
    """Members that did not answer at the last sync."""
    lost: frozenset[ClusterName] = frozenset()
    """Those of them whose endpoints no consumer keeps any more."""
    suspended: Mapping[ClusterName, str] = field(default_factory=dict)
    """Members to which nothing is written, and why."""
    not_applied: Mapping[tuple[ClusterName, ResourceKey], str] = field(default_factory=dict)
    """Copies that the last sync could not apply, and why."""

    @property
    def name(self) -> str:
        return "/".join(self.service)

    def member(self, name: ClusterName) -> MemberFacts:
        return self.members.get(name, _NOTHING)

    def answering(self, names: tuple[ClusterName, ...]) -> list[ClusterName]:
        """Those of these members that take part and answered."""
        return [name for name in names if not (self.member(name).problem or self.member(name).apart)]


_NOTHING = MemberFacts("it was not asked")


def service_key(service: ServiceName) -> ResourceKey:
    return ResourceKey("", "Service", *service)
