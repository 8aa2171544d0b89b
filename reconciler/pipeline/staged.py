"""The objects that rollouts stage: what each cluster has of them, and which revision decides about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.binding import TargetCluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.rollout import RecordedRollout, RolloutControls, RolloutStrategy
from reconciler.model.window import Window
from reconciler.pipeline.snapshot import Snapshot
from reconciler.pipeline.stated import Stated, stated_in, templates_by_key


@dataclass(frozen=True, slots=True)
class Staged:
    """What a rollout means for one object."""

    rollout: RecordedRollout
    pending: frozenset[ClusterName]
    """The clusters that keep what they had."""
    before: tuple[TargetCluster, ...]
    """The placement before the rollout."""
    gone: bool = False
    """Whether the commit that is rolled out removes it."""
    lost: bool = False
    """Whether the commit that is rolled out cannot be read any more. Then every copy stays as it is."""
    stated: Mapping[str, Stated] = field(default_factory=dict)
    """By commit of the pending clusters, what its policies state about the object. Without those that cannot be read, or do not
    declare it."""

    @property
    def commits(self) -> frozenset[str]:
        """Of the content of the pending clusters."""
        return frozenset(map(self.rollout.commit_of, self.pending))

    def preserves_on(self, name: ClusterName) -> bool | None:
        """Whether a copy on a pending cluster is released when it goes; None where the newest decision says so."""
        stated = self.stated.get(self.rollout.commit_of(name)) if name in self.pending else None
        return None if stated is None else stated.preserve

    def pending_at(self, commit: str) -> frozenset[ClusterName]:
        """The clusters that have the content of this commit."""
        return frozenset(name for name in self.pending if self.rollout.commit_of(name) == commit)


@dataclass(frozen=True, slots=True)
class Rollouts:
    """Of one compilation."""

    recorded: Mapping[str, RecordedRollout] = field(default_factory=dict)
    """By name, as they are at the beginning of this pass; sorted."""
    staged: Mapping[ResourceKey, Staged] = field(default_factory=dict)
    """The objects that are under way."""
    strategies: Mapping[str, RolloutStrategy] = field(default_factory=dict)
    controls: Mapping[str, RolloutControls] = field(default_factory=dict)
    """By name of the rollout."""
    windows: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    """By name of the rollout, those that concern its objects."""
    lost: frozenset[str] = frozenset()
    """The names of those whose commit cannot be read any more: they make no step."""

    @property
    def active(self) -> bool:
        return any(one.phase.is_active for one in self.recorded.values())


NO_ROLLOUTS = Rollouts()


def with_pinned_templates(snapshot: Snapshot, rollouts: Rollouts, memo: Memo) -> Snapshot:
    """The snapshot with the templates that the rollouts pin: those of the commit that is rolled out, where the revision is a
    newer one, and those that are gone and that some clusters still keep."""
    if not rollouts.staged:
        return snapshot
    desired = snapshot.desired
    pinned = {key: templates_by_key(source_of(key, rollouts, snapshot), memo).get(key) for key in rollouts.staged}
    by_key = {**templates_by_key(desired, memo), **pinned}
    templates = memo.tuple(template for key in sorted(by_key) if (template := by_key[key]) is not None)
    return snapshot if templates is desired.templates else replace(snapshot, desired=replace(desired, templates=templates))


def source_of(key: ResourceKey, rollouts: Rollouts, snapshot: Snapshot) -> DesiredState:
    """The revision that decides about an object: the one that is rolled out, or the newest. For an object that the rollout
    removes, as long as clusters keep it, the one that they have it of: its policy may be gone, too."""
    staged = rollouts.staged.get(key)
    if staged is None:
        return snapshot.desired
    if staged.gone and (kept := _kept_revision(key, staged, snapshot)) is not None:
        return kept
    target = staged.rollout.target
    return snapshot.desired if target == snapshot.desired.revision else snapshot.earlier.get(target, snapshot.desired)


def _kept_revision(key: ResourceKey, staged: Staged, snapshot: Snapshot) -> DesiredState | None:
    decision = snapshot.recorded.decisions.get(key)
    required = {target.name for one in (decision.required_by if decision is not None else ()) for target in one.targets}
    held = required.union(target.name for target in staged.before) & staged.pending
    commits = sorted({staged.rollout.commit_of(name) for name in held} & snapshot.earlier.keys())
    return snapshot.earlier[commits[0]] if commits else None


def staged_objects(rollouts: Iterable[RecordedRollout], snapshot: Snapshot, memo: Memo) -> dict[ResourceKey, Staged]:
    declared = [cluster.name for cluster in snapshot.desired.clusters]
    found: dict[ResourceKey, Staged] = {}
    for one in rollouts:
        if one.phase.is_active or one.queued:  # Until the queued revision begins, all clusters have the one before it.
            pending = one.pending(declared)
            revision = snapshot.desired if one.target == snapshot.desired.revision else snapshot.earlier.get(one.target)
            there = templates_by_key(revision, memo).keys() if revision is not None else one.objects.keys()
            for key, before in one.objects.items():
                stated = _stated(key, one, pending, snapshot, memo)
                found[key] = Staged(one, pending, before, key not in there, revision is None, stated)
    return found


def _stated(
    key: ResourceKey, rollout: RecordedRollout, pending: Collection[ClusterName], snapshot: Snapshot, memo: Memo
) -> dict[str, Stated]:
    """As `Staged.stated`."""
    decision, found = snapshot.recorded.decisions.get(key), {}
    for commit in sorted({rollout.commit_of(name) for name in pending} & snapshot.earlier.keys()):
        template = templates_by_key(snapshot.earlier[commit], memo).get(key)
        if template is not None:
            found[commit] = stated_in(snapshot.earlier[commit], template, decision, snapshot, memo)
    return found
