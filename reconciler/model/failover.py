"""What happens when members or applications fail: the settings of a repository, and what a policy states (`spec.failover`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class FailoverMode(StrEnum):
    """Who decides that copies leave a member that fails."""

    OFF = "off"
    """Nobody: taints only keep new copies away. Karmada's default."""
    PROPOSE = "propose"
    """A person: the moves are proposed as a commit on a branch of its own, and made when it is merged."""
    AUTO = "auto"
    """This program, within the limits of the storm guard."""


@dataclass(frozen=True, slots=True)
class FailoverSettings:
    """`spec.failover` of the Configuration."""

    mode: FailoverMode = FailoverMode.OFF
    failure_threshold: timedelta = timedelta(seconds=30)
    """How long a Ready member must fail until it counts as not Ready (Karmada: --cluster-failure-threshold)."""
    success_threshold: timedelta = timedelta(seconds=30)
    """How long it must answer until it counts as Ready again (Karmada: --cluster-success-threshold)."""
    gone_after: timedelta = timedelta(minutes=10)
    """How long the new copy waits for the deletion of an old one on a member that does not answer, where two must not exist."""
    max_members: float = 0.3
    """Share of the members that may be given up at once, 0 to 1; one member always may."""
    max_objects: float = 0.3
    """Share of the placed objects that may move at once, 0 to 1; one object always may."""
    cool_down: timedelta = timedelta(minutes=30)
    """How long after its eviction an object is not placed on the same member again."""
    fail_back_after: timedelta | None = None
    """How long a member must be Ready until what it lost comes back (`failback.whenHealthyFor`); None: never by itself."""


class PurgeMode(StrEnum):
    """What becomes of the old copy of an object that is evicted."""

    DIRECTLY = "Directly"
    """It goes first; the new copy waits until it is gone."""
    GRACEFULLY = "Gracefully"
    """It stays until the new copy is Current."""
    NEVER = "Never"
    """It stays until the policy says otherwise."""


@dataclass(frozen=True, slots=True)
class StateRule:
    """`statePreservation.rules[]`: what of the status of a lost copy becomes a label of its successor."""

    label: str
    """`aliasLabelName`."""
    json_path: str
    """A JSONPath of Kubernetes, such as `{.jobStatus.jobID}`; its root is the `status` of the copy."""


@dataclass(frozen=True, slots=True)
class ClusterFailover:
    """`failover.cluster`: for objects that a NoExecute taint evicts."""

    purge_mode: PurgeMode = PurgeMode.GRACEFULLY
    rules: tuple[StateRule, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationFailover:
    """`failover.application`: for objects that are unhealthy on a member for too long."""

    toleration: timedelta = timedelta(minutes=5)
    """How long a copy may be unhealthy without a break."""
    purge_mode: PurgeMode = PurgeMode.GRACEFULLY
    grace_period: timedelta | None = None
    """How long the old copy waits for its successor; None: `handoverTimeout` of the Configuration."""
    rules: tuple[StateRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Failover:
    """`spec.failover` of a policy."""

    cluster: ClusterFailover = ClusterFailover()
    application: ApplicationFailover | None = None
    """None: no object moves because it is unhealthy."""


NO_FAILOVER = Failover()
