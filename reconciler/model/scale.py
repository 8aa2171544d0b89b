"""What autoscalers of the repository made of objects, as it is recorded: numbers of replicas, limits, and firings of cron rules.

A recorded scale is a fact, as the capacity of a member is: the scheduler decides by it, and no file of a user is edited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.condition import Condition
from reconciler.model.keys import ResourceKey

FEDERATED_HPA = ("autoscaling.karmada.io", "FederatedHPA")
CRON_FEDERATED_HPA = ("autoscaling.karmada.io", "CronFederatedHPA")
"""(group, kind)."""


@dataclass(frozen=True, slots=True)
class RecordedScale:
    """What autoscalers made of one object: a workload, or a FederatedHPA whose limits a cron rule sets."""

    key: ResourceKey
    """The workload, or the FederatedHPA."""
    by: ResourceKey
    """The autoscaler that set it last."""
    rule: str = ""
    """The rule of a CronFederatedHPA; empty for a FederatedHPA."""
    replicas: int | None = None
    """Of a workload, in place of the number in its template; None where that counts."""
    minimum: int | None = None
    maximum: int | None = None
    """Of a FederatedHPA, in place of its own limits; None where these count."""
    since: datetime | None = None
    """When the number or the limits changed last, in whole seconds; None where they never did."""
    reasons: tuple[str, ...] = ()
    """The arithmetic behind the number, one sentence each."""
    conditions: tuple[Condition, ...] = ()
    """Of the FederatedHPA of a workload, sorted by type: AbleToScale, ScalingActive, ScalingLimited. Empty without one."""


@dataclass(frozen=True, slots=True)
class Firing:
    """One execution of a cron rule."""

    due: datetime
    """When the schedule asked for it."""
    at: datetime
    """When it was carried out."""
    replicas: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    """What it set."""
    message: str = ""
    """Why it failed; empty where it did not."""


@dataclass(frozen=True, slots=True)
class RecordedRule:
    """What is known of a rule of a CronFederatedHPA."""

    schedule: str
    """In words that change when its firings do: the schedule and the time zone; with `suspended` where it is."""
    since: datetime
    """Since when it has this schedule. Nothing before is caught up."""
    successful: tuple[Firing, ...] = ()
    failed: tuple[Firing, ...] = ()
    """Newest first."""

    @property
    def last_due(self) -> datetime:
        """The moment up to which its schedule has been looked at."""
        return max((self.since, *(one.due for one in (*self.successful, *self.failed))))


@dataclass(frozen=True, slots=True)
class RecordedCron:
    """What is known of a CronFederatedHPA."""

    key: ResourceKey
    rules: Mapping[str, RecordedRule] = field(default_factory=dict)
    """By name, sorted."""
