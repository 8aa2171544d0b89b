"""Warnings about policies that divide by the capacity of members while no capacity is recorded (`NotActedOn`)."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, warning
from reconciler.model.policy import Placement
from reconciler.schedule.schedule_template import UNKNOWN_CAPACITY_REMEDY


def capacity_not_recorded(desired: DesiredState) -> Iterator[Issue]:
    """One warning for each such policy. desired: its clusters carry the recorded capacity; one is enough to act."""
    if any(cluster.capacity is not None for cluster in desired.clusters):
        return
    for policy in desired.policies:
        if field := _field(policy.placement):
            message = f"{policy.ref}: {field} places no replica here: the capacity of members is not recorded"
            yield warning("NotActedOn", message, UNKNOWN_CAPACITY_REMEDY, origin=policy.origin, subject=policy.ref)


def _field(placement: Placement) -> str:
    """The field that divides by capacity; empty if none does. Weighted with dynamicWeight ignores the static list."""
    scheduling = placement.replica_scheduling
    if scheduling is None or not placement.divided:
        return ""
    if scheduling.preference == "Aggregated":
        return "replicaDivisionPreference: Aggregated"
    return f"dynamicWeight: {scheduling.weights.dynamic}" if scheduling.weights and scheduling.weights.dynamic else ""
