"""A CronFederatedHPA (autoscaling.karmada.io/v1alpha1): sets replicas of a workload, or limits of a FederatedHPA, at times."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.keys import ResourceKey
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.scale import CRON_FEDERATED_HPA, FEDERATED_HPA


@dataclass(frozen=True, slots=True)
class CronRule:
    name: str
    schedule: str
    """Five fields, or a macro such as `@daily`."""
    time_zone: str = "UTC"
    replicas: int | None = None
    """Of a workload."""
    minimum: int | None = None
    maximum: int | None = None
    """Of a FederatedHPA."""
    suspended: bool = False
    successful_limit: int = 3
    failed_limit: int = 3
    """How many executions are kept."""

    @property
    def stated(self) -> str:
        """In words that change when its firings do."""
        return f"{self.schedule} {self.time_zone}{' suspended' if self.suspended else ''}"

    @property
    def words(self) -> str:
        """`5 replicas`, `minReplicas 2, maxReplicas 5`."""
        if self.replicas is not None:
            return f"{self.replicas} replica{'' if self.replicas == 1 else 's'}"
        limits = {"minReplicas": self.minimum, "maxReplicas": self.maximum}
        return ", ".join(f"{name} {value}" for name, value in limits.items() if value is not None)


@dataclass(frozen=True, slots=True)
class CronFederatedHpa:
    namespace: str
    name: str
    target: ResourceKey
    """A workload, or a FederatedHPA."""
    rules: tuple[CronRule, ...]
    origin: Origin = NOWHERE

    @property
    def key(self) -> ResourceKey:
        return ResourceKey(*CRON_FEDERATED_HPA, self.namespace, self.name)

    @property
    def sets_limits(self) -> bool:
        """Whether its target is a FederatedHPA."""
        return (self.target.group, self.target.kind) == FEDERATED_HPA

    def __str__(self) -> str:
        return f"CronFederatedHPA {self.namespace}/{self.name}"
