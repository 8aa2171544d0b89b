"""Members that have another name now: a Cluster that reaches the same server as one that was recorded under another name. And
names that lead to another server now.

What was placed on the old name counts as placed on the new one, so that nothing moves because of a name. A server is recognised
by an address that is recorded with the member (`Cluster.addresses`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from reconciler.model.autoscaling import TargetShares
from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.eviction import EvictionTask
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.rollout import RecordedRollout

Renamed = Mapping[ClusterName, ClusterName]
"""The recorded name → the name of now."""
Value = TypeVar("Value")


def find_renamed(recorded: RecordedState, clusters: Collection[Cluster], broken_files: Collection[str]) -> Renamed:
    """The members that have another name now, sorted by their recorded names.

    clusters: as declared. broken_files: a member that one of these files declared may still be declared there.
    """
    addresses = {cluster.name: cluster.addresses for cluster in clusters}
    gone = [
        last
        for name, last in sorted(recorded.clusters.items())
        if last.addresses and not _share(last.addresses, addresses.get(name, {})) and last.file not in broken_files
    ]
    names = sorted(addresses) if gone else []
    renamed: dict[ClusterName, ClusterName] = {}
    for last in gone:
        for name in names:
            known = recorded.clusters.get(name)
            if _share(last.addresses, addresses[name]) and not (known and _share(known.addresses, addresses[name])):
                renamed[last.name] = name
                break
    return renamed


def find_readdressed(
    recorded: RecordedState, clusters: Collection[Cluster], renamed: Renamed
) -> dict[ClusterName, RecordedCluster]:
    """The members under whose name another server may stand now, as they were recorded, sorted.

    A Secret of the same name says nothing about the server (a cluster that is built anew gets a new credential there), so
    `spec.secretRef` does not count here.
    """
    found = {}
    for cluster in sorted(clusters, key=lambda one: one.name):
        last = recorded.clusters.get(cluster.name)
        if last is None or cluster.name in renamed:
            continue
        before, now = _of_server(last.addresses), _of_server(cluster.addresses)
        if before and now and not _share(before, now):
            found[cluster.name] = last
    return found


def with_new_names(recorded: RecordedState, renamed: Renamed) -> RecordedState:
    """The state as if these members had always had their new names. What was recorded under such a name before belongs to another
    server, which is no longer declared."""
    if not renamed:
        return recorded
    return replace(
        recorded,
        decisions={key: _decision(decision, renamed) for key, decision in recorded.decisions.items()},
        reports={key: _report(report, renamed) for key, report in recorded.reports.items()},
        clusters=_clusters(recorded.clusters, renamed),
        rollouts={name: _rollout(rollout, renamed) for name, rollout in recorded.rollouts.items()},
    )


def _share(some: Mapping[str, str], others: Mapping[str, str]) -> bool:
    return not some.items().isdisjoint(others.items())


def _of_server(addresses: Mapping[str, str]) -> dict[str, str]:
    return {field: value for field, value in addresses.items() if field != "spec.secretRef"}


def _new_name(name: ClusterName, renamed: Renamed) -> ClusterName | None:
    """None for the former holder of a new name."""
    return renamed.get(name) or (None if name in renamed.values() else name)


def _clusters(clusters: Mapping[ClusterName, RecordedCluster], renamed: Renamed) -> dict[ClusterName, RecordedCluster]:
    """What discovery has found under the new name already is newer."""
    result: dict[ClusterName, RecordedCluster] = {}
    for last in clusters.values():
        name = _new_name(last.name, renamed)
        if name is not None:
            found = clusters.get(name, last)
            discovered = found.apis is not None and not found.read
            newest = found if discovered else last
            result[name] = replace(
                last,
                name=name,
                version=newest.version,
                apis=newest.apis,
                custom_kinds=newest.custom_kinds,
                capacity=newest.capacity or last.capacity,
            )
    return dict(sorted(result.items()))


def _decision(decision: RecordedDecision, renamed: Renamed) -> RecordedDecision:
    return replace(
        decision,
        binding=replace(
            decision.binding,
            targets=_targets(decision.binding.targets, renamed),
            completions=_by_new_name(decision.binding.completions, renamed),
        ),
        leaving=_by_new_name(decision.leaving, renamed),
        overridden=_by_new_name(decision.overridden, renamed),
        decided=None if decision.decided is None else _targets(decision.decided, renamed),
        required_by=tuple(replace(one, targets=_targets(one.targets, renamed)) for one in decision.required_by),
        evictions=_evictions(decision.evictions, renamed),
        unhealthy_since=_by_new_name(decision.unhealthy_since, renamed),
        preserved=_by_new_name(decision.preserved, renamed),
        reserved=_by_new_name(decision.reserved, renamed),
        waiting=_by_new_name(decision.waiting, renamed),
        caps=_by_new_name(decision.caps, renamed),
        shares=None if decision.shares is None else _shares(decision.shares, renamed),
    )


def _shares(shares: TargetShares, renamed: Renamed) -> TargetShares:
    leaving = _by_new_name(dict.fromkeys(shares.leaving), renamed)
    return replace(shares, clusters=_targets(shares.clusters, renamed), leaving=frozenset(leaving))


def _rollout(rollout: RecordedRollout, renamed: Renamed) -> RecordedRollout:
    groups = (replace(group, clusters=tuple(_by_new_name(dict.fromkeys(group.clusters), renamed))) for group in rollout.groups)
    return replace(
        rollout,
        groups=tuple(groups),
        kept=_by_new_name(rollout.kept, renamed),
        progress=_by_new_name(rollout.progress, renamed),
        objects={key: _targets(targets, renamed) for key, targets in rollout.objects.items()},
    )


def _evictions(tasks: tuple[EvictionTask, ...], renamed: Renamed) -> tuple[EvictionTask, ...]:
    """In their order: the last one counts more than the others."""
    named = ((task, _new_name(task.from_cluster, renamed)) for task in tasks)
    return tuple(
        replace(task, from_cluster=name, clusters_before=_targets(task.clusters_before, renamed))
        for task, name in named
        if name is not None
    )


def _targets(targets: tuple[TargetCluster, ...], renamed: Renamed) -> tuple[TargetCluster, ...]:
    named = _by_new_name({target.name: target for target in targets}, renamed)
    return tuple(TargetCluster(name, target.replicas) for name, target in named.items())


def _report(report: ObjectReport, renamed: Renamed) -> ObjectReport:
    named = _by_new_name({status.cluster: status for status in report.statuses}, renamed)
    return replace(report, statuses=tuple(replace(status, cluster=name) for name, status in named.items()))


def _by_new_name(values: Mapping[ClusterName, Value], renamed: Renamed) -> dict[ClusterName, Value]:
    """Sorted by name."""
    named = {new: value for name, value in values.items() if (new := _new_name(name, renamed)) is not None}
    return dict(sorted(named.items(), key=lambda item: item[0]))
