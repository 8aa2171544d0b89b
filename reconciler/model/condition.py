"""A condition of a member, as in `status.conditions` of a Karmada Cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

READY = "Ready"
"""The type of the condition that says whether a member is healthy."""
CAPACITY_OBSERVED = "CapacityObserved"
"""The type of the condition that is there, and False, where the capacity of a member is used and cannot be observed."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. It has no heartbeat: as long as the facts stay the same, so does the value."""

    type: str
    status: str
    """True, False or Unknown."""
    since: datetime | None = None
    """When the status changed last, in whole seconds; None where it has been the same since it was first observed."""
    reason: str = ""
    """One CamelCase word, such as `ClusterNotReachable`."""
    message: str = ""


def condition_of(conditions: Iterable[Condition], kind: str) -> Condition | None:
    """The condition of this type; None where there is none."""
    return next((condition for condition in conditions if condition.type == kind), None)


def whole_seconds(moment: datetime) -> datetime:
    """The moment without fractions of a second: as documents record it, so that a restart changes no timer."""
    return moment.replace(microsecond=0)
