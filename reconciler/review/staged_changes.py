"""In which order clusters would get what changes between two revisions: the groups of the rollouts that HEAD would begin. Pure.

The answer comes from the stage that begins rollouts (`pipeline/rollouts.py`), for a fleet that has BASE everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.rollout import EVERYTHING, OnNewCommit, RecordedRollout, RolloutGroup, RolloutPhase, RolloutStrategy
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.rollouts import plan_rollouts
from reconciler.pipeline.snapshot import take_snapshot
from reconciler.record.next_state import assume_applied
from reconciler.review.object_diff import ObjectDiff
from reconciler.transition.rollout import with_clusters


@dataclass(frozen=True, slots=True)
class StagedGroup:
    name: str
    clusters: tuple[ClusterName, ...]
    """Those on which something changes; sorted."""
    untaken: tuple[ClusterName, ...] = ()
    """Those of them that no group takes by name or label, so that they are in this one, which is the last."""
    gate: str = ""
    """What has to let it begin besides the group before it: `after an approval`, or empty."""


@dataclass(frozen=True, slots=True)
class StagedChange:
    """The rollout that the change begins."""

    name: str
    """As of `RecordedRollout.name`."""
    groups: tuple[StagedGroup, ...]
    objects: tuple[ResourceKey, ...]
    """Sorted."""
    meets: str = ""
    """What becomes of a rollout of the same objects that is under way now; empty where there is none."""

    @property
    def is_everything(self) -> bool:
        """Whether it is the rollout of the Configuration."""
        return self.name == EVERYTHING


@dataclass(frozen=True, slots=True)
class Staging:
    """How a change reaches the clusters."""

    rollouts: tuple[StagedChange, ...] = ()
    """That of the Configuration first, then by name."""
    at_once: tuple[ResourceKey, ...] = ()
    """Objects that change on all their clusters at once although others do not; sorted."""


AT_ONCE = Staging()
"""Without a strategy, a change reaches all clusters at once."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two revisions, as they were loaded."""

    base: str
    """The id of the commit."""
    head: str
    """… of HEAD, or of the commit below the work tree."""
    before: DesiredState
    after: DesiredState


def stage_changes(differences: Collection[ObjectDiff], compared: Compared, before: Compiled, now: datetime) -> Staging:
    """before: BASE, compiled. What was never synced is not staged: no cluster has an earlier revision."""
    if not differences or not before.recorded.revision:
        return AT_ONCE
    target = compared.head if compared.head != compared.base else _WORK_TREE
    desired = replace(compared.after, revision=target, earlier={compared.base: compared.before})
    recorded = replace(assume_applied(before), revision=compared.base, rollouts={})
    memo = Memo()
    planned = plan_rollouts(take_snapshot(desired, recorded, now, memo), memo)
    changes = []
    for name, rollout in planned.recorded.items():
        keys = {one.key for one in differences} & rollout.objects.keys()
        clusters = {cluster for one in differences if one.key in keys for cluster in one.clusters}
        groups = _groups(with_clusters(rollout, sorted(clusters), frozenset(), now), planned.strategies[name], desired.clusters)
        if groups:
            meets = _meeting(before.recorded.rollouts.get(name), planned.strategies[name], compared.head)
            changes.append(StagedChange(name, groups, tuple(sorted(keys)), meets))
    staged = {key for one in changes for key in one.objects}
    at_once = sorted({one.key for one in differences} - staged) if changes else []
    return Staging(tuple(sorted(changes, key=lambda one: (not one.is_everything, one.name))), tuple(at_once))


def _groups(rollout: RecordedRollout, strategy: RolloutStrategy, clusters: Iterable[Cluster]) -> tuple[StagedGroup, ...]:
    """The groups on whose clusters something changes."""
    untaken = {cluster.name for cluster in clusters if not any(group.takes(cluster) for group in strategy.groups)}
    return tuple(
        StagedGroup(
            group.name, group.clusters, tuple(sorted(untaken.intersection(group.clusters))), _gate(strategy.group(group.name))
        )
        for group in rollout.groups
    )


def _gate(group: RolloutGroup) -> str:
    status = f"the commit status {group.approving_status}" if group.approving_status else ""
    both = " and ".join(filter(None, ["an approval" if group.needs_approval else "", status]))
    return f"after {both}" if both else ""


def _meeting(active: RecordedRollout | None, strategy: RolloutStrategy, head: str) -> str:
    if active is None or not active.phase.is_active:
        return ""
    if active.target == head:
        return "is under way already"
    what = {
        OnNewCommit.QUEUE: "begins when that of {} has ended",
        OnNewCommit.SUPERSEDE: "takes the place of that of {}, and begins at the first group",
        OnNewCommit.MERGE: "takes the place of that of {}; clusters that have it change at once",
    }
    mode = OnNewCommit.SUPERSEDE if active.phase is RolloutPhase.FAILED else strategy.on_new_commit
    return what[mode].format(active.target[:10])


_WORK_TREE = "the work tree"
"""In place of the id of a commit."""
