"""What the members showed of one workload, pooled over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from reconciler.model.keys import ClusterName


class PodName(NamedTuple):
    """Two members may have Pods of one name."""

    cluster: ClusterName
    name: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The condition Ready of a Pod."""

    status: str
    since: datetime | None
    """When the status changed last."""


@dataclass(frozen=True, slots=True)
class Pod:
    name: PodName
    phase: str
    terminating: bool = False
    started: datetime | None = None
    ready: Ready | None = None
    requests: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By container that runs as long as the Pod, by resource, in thousandths. Without what is not requested."""
    of_pod: Mapping[str, int] | None = None
    """What the Pod as a whole requests, where it does; in thousandths."""

    @property
    def is_ready(self) -> bool:
        return self.phase == "Running" and self.ready is not None and self.ready.status == "True"


@dataclass(frozen=True, slots=True)
class Sample:
    """One metric of one Pod."""

    value: int
    """In thousandths."""
    at: datetime
    window: timedelta
    """The time over which it was measured."""


Samples = Mapping[PodName, Sample]


@dataclass(frozen=True, slots=True)
class MetricReading:
    """What was read of one metric of a FederatedHPA."""

    samples: Samples = field(default_factory=dict)
    """By Pod; empty for a metric of an object."""
    value: int | None = None
    """Of an object, in thousandths, over all members."""
    error: str = ""
    """Why it could not be read; empty where it could."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Of the Ready members that hold the workload."""

    replicas: int
    """In the template, as it is scaled now."""
    status_replicas: int
    """Over all members (`scale.status.replicas`)."""
    pods: tuple[Pod, ...]
    metrics: tuple[MetricReading, ...]
    """In the order of the FederatedHPA."""
    calibration: float = 1.0
    """How many replicas the members that were read are to hold for each one of the template: 2 for a copy in each of two
    clusters, a half where one of two equal members did not answer. Karmada takes what they hold, so that a number that has not
    reached them yet is multiplied once more with each read, up to `maxReplicas`."""
    error: str = ""
    """Why the scales could not be read; empty where they could."""
