"""Warnings about policies that divide by the capacity of members of which none has any (`NotActedOn`)."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, warning
from reconciler.model.policy import Placement
from reconciler.schedule.capacity_use import members_in_use
from reconciler.schedule.schedule_template import DIRECTORY_REMEDY


def capacity_not_recorded(desired: DesiredState) -> Iterator[Issue]:
    """One warning for each policy that may choose directory members only. desired: its clusters carry the recorded capacity."""
    sets = desired.settings.component_sets
    with_nodes = tuple(one for one in desired.clusters if not one.directory or one.capacity is not None)
    for policy in desired.policies:
        field = _field(policy.placement)
        if field and not members_in_use([policy], with_nodes, sets) and members_in_use([policy], desired.clusters, sets):
            message = f"{policy.ref}: {field} places no replica here: directory members have no nodes"
            yield warning("NotActedOn", message, DIRECTORY_REMEDY, origin=policy.origin, subject=policy.ref)


def _field(placement: Placement) -> str:
    """The field that divides by capacity; empty if none does. Weighted with dynamicWeight ignores the static list."""
    scheduling = placement.replica_scheduling
    if scheduling is None or not placement.divided:
        return ""
    if scheduling.preference == "Aggregated":
        return "replicaDivisionPreference: Aggregated"
    return f"dynamicWeight: {scheduling.weights.dynamic}" if scheduling.weights and scheduling.weights.dynamic else ""
