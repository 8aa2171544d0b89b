"""The capacity of the members: observed where a policy uses it, and recorded where it matters.

A pass decides from what is recorded, which may lag behind by 5 % (`record/capacity.py`). Where it decides something by capacity,
it decides again from the newest figures, which are then recorded with the decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from reconciler.cluster.member_protocol import CapacityLook
from reconciler.model.binding import Unschedulable
from reconciler.model.condition import CAPACITY_OBSERVED, condition_of
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import RecordedState
from reconciler.passes.reconciliation import Reconciliation
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.decide import Decided
from reconciler.pipeline.room import last_decision
from reconciler.record.capacity import release_seen, update_capacity
from reconciler.schedule.capacity_use import members_in_use, uses_capacity


async def with_capacities(
    reconciliation: Reconciliation,
    recorded: RecordedState,
    now: datetime,
    straggler_timeout: timedelta | None,
    proposal: DesiredState | None = None,
) -> tuple[RecordedState, RecordedState]:
    """The state with what is to be recorded of the members' capacity anyway, and with the newest figures; the same where there is
    no difference. Members that do not answer keep what is recorded.

    proposal: another revision that is surveyed.
    """
    fleet, cache, desired = reconciliation.fleet, reconciliation.cache, reconciliation.desired
    in_use = cache.latest(members_in_use, desired.policies, desired.clusters, desired.settings.component_sets)
    if proposal is not None:
        in_use |= members_in_use(proposal.policies, desired.clusters, proposal.settings.component_sets)
    models = {cluster.name: cluster.resource_models for cluster in desired.clusters if cluster.name in in_use}
    looks = {**_reported(fleet.reports), **await fleet.capacities(models, now, straggler_timeout)}
    known = release_seen(update_capacity(recorded, desired.clusters, looks, in_use, now), desired.clusters, looks, now)
    return known, update_capacity(known, desired.clusters, looks, in_use, now, exact=True)


def _reported(reports: Mapping[ClusterName, MemberReport | str]) -> dict[ClusterName, CapacityLook]:
    """What agents saw of the capacity of their members."""
    looks = {}
    for name, report in reports.items():
        if isinstance(report, MemberReport):
            refused = condition_of(report.facts.conditions, CAPACITY_OBSERVED)
            if refused is not None:
                looks[name] = CapacityLook(report.at, None, refused.message)
            elif report.capacity_at is not None:
                looks[name] = CapacityLook(report.capacity_at, report.facts.capacity)
    return looks


def needs_looks(reconciliation: Reconciliation, compiled: Compiled) -> bool:
    """Whether members are to be looked at again soon, although nothing else happens: something waits for room, or this process
    does not decide itself, and reports what it sees."""
    if not reconciliation.fleet.looks and not _reported(reconciliation.fleet.reports):
        return False
    decides = reconciliation.seen is None
    return not decides or any(isinstance(one.scheduling, Unschedulable) for one in _by_capacity(compiled))


def depends_on_capacity(compiled: Compiled) -> bool:
    """Whether something was decided by capacity, or could not be."""
    return any(_is_new(one) or isinstance(one.scheduling, Unschedulable) for one in _by_capacity(compiled))


def with_newest(compiled: Compiled, again: Compiled) -> Compiled:
    """The result that counts. again: from the newest figures. Where these place nothing anew, the recorded ones stay: otherwise a
    workload that waits for room would make a commit with each look."""
    return again if any(map(_is_new, _by_capacity(again))) else compiled


def _by_capacity(compiled: Compiled) -> Iterator[Decided]:
    component_sets = compiled.desired.settings.component_sets
    for item in compiled.templates.values():
        policy = item.decided.claim.policy
        if policy is not None and uses_capacity(policy.placement, component_sets):
            yield item.decided


def _is_new(decided: Decided) -> bool:
    """Whether it is placed otherwise than before."""
    scheduling, previous = decided.scheduling, decided.previous
    if scheduling is None or isinstance(scheduling, Unschedulable):
        return False
    return previous is None or scheduling.targets != last_decision(previous).targets
