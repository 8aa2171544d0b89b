"""The Tenants of one compilation: whose a file is, on which clusters an object may be, and what may follow a workload."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName
from reconciler.model.origin import Origin
from reconciler.model.tenant import Tenancy, Tenant
from reconciler.tenancy.rights import Denial, cluster_denial, object_denial


class Declared(Protocol):
    """Anything that a file declares."""

    @property
    def origin(self) -> Origin: ...


class Governance:
    """Remembers its answers, so one serves one compilation. Without Tenants everything is allowed."""

    def __init__(self, tenancy: Tenancy, clusters: tuple[Cluster, ...]) -> None:
        self.tenancy = tenancy
        names = [cluster.name for cluster in clusters]
        allowed = {one.name: {cluster.name for cluster in clusters if one.allows_cluster(cluster)} for one in tenancy.tenants}
        self._forbidden = {name: frozenset(names) - own for name, own in allowed.items()}
        self._all = frozenset(names)
        self._tenants: dict[str, Tenant | None] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to judge."""
        return bool(self.tenancy)

    def tenant(self, declared: Declared) -> Tenant | None:
        """The Tenant that governs the file; None for the platform."""
        file = declared.origin.file
        if file not in self._tenants:
            self._tenants[file] = self.tenancy.of(file)
        return self._tenants[file]

    def denial(self, template: ResourceTemplate) -> Denial | None:
        """Why an object may be on no cluster; None where it may be on some."""
        if self.tenancy.unreadable:
            return Denial(f"the Tenants cannot be read: {self.tenancy.unreadable}", "Correct that file first.")
        tenant = self.tenant(template)
        return None if tenant is None else object_denial(tenant, template.key)

    def forbidden(self, template: ResourceTemplate) -> frozenset[ClusterName]:
        """The clusters on which the object may not be."""
        if not self:
            return frozenset()
        if self.denial(template) is not None:
            return self._all
        tenant = self.tenant(template)
        return frozenset() if tenant is None else self._forbidden[tenant.name]

    def denials(self, template: ResourceTemplate, names: Collection[ClusterName]) -> Mapping[ClusterName, Denial]:
        """For those of these clusters on which the object may not be; one Denial for all of them."""
        refused = sorted(self.forbidden(template).intersection(names)) if self else []
        if not refused:
            return {}
        tenant, denial = self.tenant(template), self.denial(template)
        if denial is None and tenant is not None:
            denial = cluster_denial(tenant, refused)
        return {} if denial is None else dict.fromkeys(refused, denial)

    def may_reach(self, declared: Declared, template: ResourceTemplate) -> bool:
        """Whether a policy, or an override policy, concerns this template: the platform's concern all, a tenant's its own."""
        tenant = self.tenant(declared)
        return tenant is None or tenant is self.tenant(template)

    def may_bring(self, workload: ResourceTemplate, policy: Declared, dependency: ResourceTemplate) -> bool:
        """Whether an object may follow a workload to its clusters. policy: that of the workload."""
        if not self.may_reach(policy, dependency):
            return False
        tenant = self.tenant(workload)
        return tenant is None or object_denial(tenant, dependency.key) is None
