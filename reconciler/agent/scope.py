"""The part of a revision, and of what was recorded, that concerns one member. Pure.

Decisions of which this part is equal come to the same manifests for the member. So an agent does nothing when only the copies of
others change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.model.binding import RequiredBy, TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.passes.reconciliation import Seen


def own_desired(desired: DesiredState, own: Cluster) -> DesiredState:
    """The revision with this member alone, as one to which this process connects."""
    return replace(desired, clusters=(replace(own, sync_mode="Push"),))


def own_state(recorded: RecordedState, own: Cluster) -> RecordedState:
    """What was recorded for this member. Decisions that place nothing on it stay: they say how to remove its copies.

    The member counts as read: which copies there count as decided is for the leader to say (`seen_by_leader`).
    """
    reports = {key: report.status_in(own.name) for key, report in recorded.reports.items()}
    last = recorded.clusters.get(own.name, RecordedCluster(own.name, own.origin.file))
    return replace(
        recorded,
        decisions={key: _own_decision(decision, own.name) for key, decision in recorded.decisions.items()},
        reports={key: ObjectReport((status,)) for key, status in reports.items() if status is not None},
        clusters={own.name: replace(last, addresses=own.addresses, read=True)},
    )


def seen_by_leader(recorded: RecordedState, name: ClusterName) -> Seen:
    """What the leader knew of this member when it decided."""
    last = recorded.clusters.get(name)
    return Seen(last.read, last.id) if last is not None else Seen(holdings=False)


def _own_decision(decision: RecordedDecision, name: ClusterName) -> RecordedDecision:
    binding = decision.binding
    completions = {cluster: count for cluster, count in binding.completions.items() if cluster == name}
    required = (RequiredBy(one.key, _own_targets(one.targets, name)) for one in decision.required_by)
    return replace(
        decision,
        binding=replace(binding, targets=_own_targets(binding.targets, name), completions=completions),
        leaving={cluster: since for cluster, since in decision.leaving.items() if cluster == name},
        decided=None,
        message="",
        required_by=tuple(one for one in required if one.targets),
        held_on=decision.held_on & {name},
        template_digest="",
        policy_digest="",
        overridden={},
    )


def _own_targets(targets: Iterable[TargetCluster], name: ClusterName) -> tuple[TargetCluster, ...]:
    return tuple(target for target in targets if target.name == name)
