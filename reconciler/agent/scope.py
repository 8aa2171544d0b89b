"""The part of a revision, and of what was recorded, that concerns some of the members. Pure.

Decisions of which this part is equal come to the same manifests for these members. So an agent does nothing when only the copies
of others change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from reconciler.model.binding import RequiredBy, TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.ordering import Dependency, dependencies_of
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.scale import RecordedScale
from reconciler.passes.reconciliation import Seen


def own_desired(desired: DesiredState, own: Iterable[Cluster]) -> DesiredState:
    """The revision with these members alone, as some to which this process connects."""
    return replace(desired, clusters=tuple(replace(one, sync_mode="Push") for one in own))


def own_state(recorded: RecordedState, own: Collection[Cluster]) -> RecordedState:
    """What was recorded for these members. Decisions that place nothing on them stay: they say how to remove their copies.

    The members count as read: which copies there count as decided is for the leader to say (`seen_by_leader`).
    """
    names = frozenset(one.name for one in own)
    last = {one.name: recorded.clusters.get(one.name, RecordedCluster(one.name, one.origin.file)) for one in own}
    return replace(
        recorded,
        decisions={key: _own_decision(decision, names) for key, decision in recorded.decisions.items()},
        reports=dict(_own_reports(recorded, names)),
        clusters={one.name: replace(last[one.name], addresses=one.addresses, read=True) for one in own},
        scales=dict(_own_scales(recorded, names)),
        crons={},
    )


def _own_scales(recorded: RecordedState, names: frozenset[ClusterName]) -> Iterator[tuple[ResourceKey, RecordedScale]]:
    """The numbers of what is on these members, without the words behind them, which change more often."""
    for key, scale in recorded.scales.items():
        decision = recorded.decisions.get(key)
        if decision is not None and scale.replicas is not None and not names.isdisjoint(decision.cluster_names):
            yield key, RecordedScale(key, scale.by, replicas=scale.replicas)


def seen_by_leader(recorded: RecordedState, own: Iterable[Cluster]) -> dict[ClusterName, Seen]:
    """What the leader knew of these members when it decided."""
    last = {one.name: recorded.clusters.get(one.name) for one in own}
    return {name: Seen(one.read, one.id) if one is not None else Seen(holdings=False) for name, one in last.items()}


def statuses_elsewhere(desired: DesiredState, recorded: RecordedState, own: Iterable[Cluster]) -> dict[Dependency, ClusterStatus]:
    """What was recorded of the objects on other members for which objects of the revision wait. desired: with all members."""
    names = {one.name for one in own}
    found = {}
    for template in desired.templates:
        for one in dependencies_of(template.manifest, template.key.namespace):
            status = recorded.report_of(one.key).status_in(one.cluster) if one.cluster and one.cluster not in names else None
            if status is not None:
                found[one] = status
    return dict(sorted(found.items()))


def with_newer_facts(recorded: RecordedState, newer: RecordedState, own: Collection[Cluster]) -> RecordedState:
    """What was recorded, with what this process itself saw of those members that it keeps already, which is newer.

    recorded, newer: as of `own_state`; newer has the members that it keeps. own: the members that it keeps from now on.
    """
    kept = frozenset(one.name for one in own) & newer.clusters.keys()
    facts = {
        one.name: replace(newer.clusters[one.name], file=one.origin.file, addresses=one.addresses)
        for one in own
        if one.name in kept
    }
    statuses = {
        key: {one.cluster: one for one in report.statuses if one.cluster not in kept} for key, report in recorded.reports.items()
    }
    for key, report in _own_reports(newer, kept):
        statuses.setdefault(key, {}).update({one.cluster: one for one in report.statuses})
    reports = {
        key: ObjectReport(tuple(found[name] for name in sorted(found))) for key, found in sorted(statuses.items()) if found
    }
    return replace(recorded, reports=reports, clusters={**recorded.clusters, **facts})


def _own_reports(recorded: RecordedState, names: frozenset[ClusterName]) -> Iterator[tuple[ResourceKey, ObjectReport]]:
    for key, report in recorded.reports.items():
        statuses = tuple(status for status in report.statuses if status.cluster in names)
        if statuses:
            yield key, ObjectReport(statuses)


def _own_decision(decision: RecordedDecision, names: frozenset[ClusterName]) -> RecordedDecision:
    binding = decision.binding
    completions = {cluster: count for cluster, count in binding.completions.items() if cluster in names}
    required = (RequiredBy(one.key, _own_targets(one.targets, names)) for one in decision.required_by)
    return replace(
        decision,
        evictions=tuple(task for task in decision.evictions if task.from_cluster in names),
        unhealthy_since={},
        preserved={},
        reserved={},
        waiting={},
        caps={},
        binding=replace(binding, targets=_own_targets(binding.targets, names), completions=completions),
        leaving={cluster: since for cluster, since in decision.leaving.items() if cluster in names},
        decided=None,
        message="",
        required_by=tuple(one for one in required if one.targets),
        held_on=decision.held_on & names,
        template_digest="",
        policy_digest="",
        overridden={},
    )


def _own_targets(targets: Iterable[TargetCluster], names: frozenset[ClusterName]) -> tuple[TargetCluster, ...]:
    return tuple(target for target in targets if target.name in names)
