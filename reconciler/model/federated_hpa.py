"""A FederatedHPA (autoscaling.karmada.io/v1alpha1): scales a workload over all its clusters by their metrics.

Its fields are those of a HorizontalPodAutoscaler of Kubernetes (autoscaling/v2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.scale import FEDERATED_HPA
from reconciler.model.selector import LabelSelector


class MetricType(StrEnum):
    RESOURCE = "Resource"
    CONTAINER_RESOURCE = "ContainerResource"
    PODS = "Pods"
    OBJECT = "Object"


@dataclass(frozen=True, slots=True)
class MetricTarget:
    """What a metric should be; one of the three."""

    utilization: int | None = None
    """Percent of what the Pods request, on average."""
    average: int | None = None
    """Per Pod, in thousandths."""
    value: int | None = None
    """In all, in thousandths."""


@dataclass(frozen=True, slots=True)
class Metric:
    type: MetricType
    name: str
    """Of the resource (`cpu`), or of the metric."""
    target: MetricTarget
    container: str = ""
    """Of a ContainerResource."""
    selector: LabelSelector | None = None
    """Which series of a metric of Pods or of an object."""
    described: tuple[GroupVersionKind, str] | None = None
    """Of an object: what is measured, its type and name."""

    def __str__(self) -> str:
        """`cpu`, `cpu of container app`, `Pods metric hits`, `metric hits of Ingress web`."""
        if self.type is MetricType.RESOURCE:
            return self.name
        if self.type is MetricType.CONTAINER_RESOURCE:
            return f"{self.name} of container {self.container}"
        if self.described is None:
            return f"Pods metric {self.name}"
        return f"metric {self.name} of {self.described[0].kind} {self.described[1]}"


class PolicyType(StrEnum):
    PODS = "Pods"
    PERCENT = "Percent"


class SelectPolicy(StrEnum):
    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """How much may change within a period."""

    type: PolicyType
    value: int
    period: int
    """Seconds."""


@dataclass(frozen=True, slots=True)
class ScalingRules:
    """In one direction."""

    window: int
    """Seconds of stabilization."""
    policies: tuple[ScalingPolicy, ...]
    select: SelectPolicy = SelectPolicy.MAX
    tolerance: float | None = None
    """None: that of the program."""


DOWN_WINDOW = 300
"""Seconds of stabilization before replicas are removed (kube-controller-manager:
--horizontal-pod-autoscaler-downscale-stabilization)."""
UP = ScalingRules(0, (ScalingPolicy(PolicyType.PODS, 4, 15), ScalingPolicy(PolicyType.PERCENT, 100, 15)))
DOWN = ScalingRules(DOWN_WINDOW, (ScalingPolicy(PolicyType.PERCENT, 100, 15),))
"""The defaults of Kubernetes (pkg/apis/autoscaling/v2/defaults.go)."""


@dataclass(frozen=True, slots=True)
class Behavior:
    up: ScalingRules = UP
    down: ScalingRules = DOWN


@dataclass(frozen=True, slots=True)
class FederatedHpa:
    """One FederatedHPA, with the defaults of Karmada's webhook."""

    namespace: str
    name: str
    target: ResourceKey
    """The workload."""
    minimum: int
    maximum: int
    metrics: tuple[Metric, ...]
    behavior: Behavior | None = None
    """None: as the first version of the algorithm does; this differs from a behaviour of defaults alone."""
    origin: Origin = NOWHERE

    @property
    def key(self) -> ResourceKey:
        return ResourceKey(*FEDERATED_HPA, self.namespace, self.name)

    def __str__(self) -> str:
        return f"FederatedHPA {self.namespace}/{self.name}"
