"""Rollouts in one compilation: which objects are under way, and what each cluster has of them.

A revision that changes objects with a strategy begins a rollout of these objects, pinned to this revision. Until it is its turn,
a cluster keeps what the revision before had, also where drift is corrected. The recorded rollouts say how far that is
(`transition/rollout.py` takes the steps, after each pass); here, only a new revision begins, replaces or ends one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.model.binding import TargetCluster
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.model.rollout import (
    ANY_TIME,
    NO_CONTROLS,
    NOT_STAGED,
    OnNewCommit,
    RecordedRollout,
    RolloutControls,
    RolloutPhase,
    RolloutStrategy,
    rollout_name,
)
from reconciler.model.settings import Settings
from reconciler.model.window import Window
from reconciler.pipeline.changed_objects import changed_objects, is_protected
from reconciler.pipeline.claiming import claim_in
from reconciler.pipeline.snapshot import Snapshot
from reconciler.transition.rollout import RolloutFacts, advance, groups_of
from reconciler.transition.windows import closed_clusters


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

    @property
    def commits(self) -> frozenset[str]:
        """Of the content of the pending clusters."""
        return frozenset(map(self.rollout.commit_of, self.pending))

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

    @property
    def active(self) -> bool:
        return any(one.phase.is_active for one in self.recorded.values())


NO_ROLLOUTS = Rollouts()


@dataclass(frozen=True, slots=True)
class _Unit:
    """The objects of one rollout at this revision."""

    policy: PolicyRef | None
    strategy: RolloutStrategy
    controls: RolloutControls
    windows: tuple[Window, ...] = ()
    """Those that concern its objects."""
    named: tuple[str, ...] = ()
    """The names of the windows that its name states."""
    keys: set[ResourceKey] = field(default_factory=set)

    @property
    def name(self) -> str:
        return rollout_name(self.policy, self.named)


def are_staged(desired: DesiredState, recorded: RecordedState) -> bool:
    """Whether a strategy is stated, or a rollout is recorded that is to be ended."""
    stated = desired.settings.rollout is not None or bool(desired.settings.windows)
    return stated or bool(recorded.rollouts) or any(one.rollout for one in desired.policies)


def plan_rollouts(snapshot: Snapshot, memo: Memo) -> Rollouts:
    """What the revision begins, replaces and ends, and what goes on. None in a compilation without a commit."""
    desired, recorded = snapshot.desired, snapshot.recorded
    if snapshot.settled or not desired.revision or not are_staged(desired, recorded):
        return NO_ROLLOUTS
    units, lasts = _with_those_under_way(_units(snapshot, memo), recorded.rollouts)
    rollouts = {}
    for name, unit in sorted(units.items()):
        rollout = _rollout_of(unit, lasts.get(name), snapshot, memo)
        if rollout is not None:
            known = recorded.rollouts.get(name)
            rollouts[name] = known if known is not None and known == rollout else rollout
    strategies = {name: units[name].strategy for name in rollouts}
    controls = {name: units[name].controls for name in rollouts}
    windows = {name: units[name].windows for name in rollouts}
    return Rollouts(rollouts, _staged(rollouts.values(), snapshot, memo), strategies, controls, windows)


def recorded_rollouts(snapshot: Snapshot, memo: Memo) -> Rollouts:
    """Those that are recorded, for an agent, which begins none."""
    rollouts = snapshot.recorded.rollouts
    return Rollouts(rollouts, _staged(rollouts.values(), snapshot, memo)) if rollouts else NO_ROLLOUTS


def with_pinned_templates(snapshot: Snapshot, rollouts: Rollouts, memo: Memo) -> Snapshot:
    """The snapshot with the templates that the rollouts pin: those of the commit that is rolled out, where the revision is a
    newer one, and those that are gone and that some clusters still keep."""
    if not rollouts.staged:
        return snapshot
    desired = snapshot.desired
    pinned: dict[ResourceKey, ResourceTemplate | None] = {}
    for key, staged in rollouts.staged.items():
        source = source_of(key, rollouts, snapshot)
        template = templates_by_key(source, memo).get(key)
        if template is None:
            template = _kept_template(key, staged, snapshot, memo)
        pinned[key] = template
    by_key = {**templates_by_key(desired, memo), **pinned}
    templates = memo.tuple(template for key in sorted(by_key) if (template := by_key[key]) is not None)
    return snapshot if templates is desired.templates else replace(snapshot, desired=replace(desired, templates=templates))


def _kept_template(key: ResourceKey, staged: Staged, snapshot: Snapshot, memo: Memo) -> ResourceTemplate | None:
    """Of an object that the rollout removes: as long as clusters keep it."""
    decision = snapshot.recorded.decisions.get(key)
    required = {target.name for one in (decision.required_by if decision is not None else ()) for target in one.targets}
    held = required.union(target.name for target in staged.before) & staged.pending
    commits = sorted({staged.rollout.commit_of(name) for name in held} & snapshot.earlier.keys())
    return templates_by_key(snapshot.earlier[commits[0]], memo).get(key) if commits else None


def source_of(key: ResourceKey, rollouts: Rollouts, snapshot: Snapshot) -> DesiredState:
    """The revision that decides about an object: the one that is rolled out, or the newest."""
    staged = rollouts.staged.get(key)
    if staged is None or staged.rollout.target == snapshot.desired.revision:
        return snapshot.desired
    return snapshot.earlier.get(staged.rollout.target, snapshot.desired)


def templates_by_key(desired: DesiredState, memo: Memo) -> Mapping[ResourceKey, ResourceTemplate]:
    return memo(_by_key, desired.templates)


def _by_key(templates: tuple[ResourceTemplate, ...]) -> dict[ResourceKey, ResourceTemplate]:
    return {template.key: template for template in templates}


def _staged(rollouts: Iterable[RecordedRollout], snapshot: Snapshot, memo: Memo) -> dict[ResourceKey, Staged]:
    declared = [cluster.name for cluster in snapshot.desired.clusters]
    found: dict[ResourceKey, Staged] = {}
    for one in rollouts:
        if one.phase.is_active or one.queued:  # Until the queued revision begins, all clusters have the one before it.
            pending = one.pending(declared)
            revision = snapshot.desired if one.target == snapshot.desired.revision else snapshot.earlier.get(one.target)
            there = templates_by_key(revision, memo).keys() if revision is not None else one.objects.keys()
            found |= {key: Staged(one, pending, before, key not in there) for key, before in one.objects.items()}
    return found


def _units(snapshot: Snapshot, memo: Memo) -> dict[str, _Unit]:
    """By name of the rollout: the objects of this revision and those that are recorded."""
    desired, recorded = snapshot.desired, snapshot.recorded
    policies = {policy.ref: policy for policy in desired.policies}
    owners: dict[ResourceKey, PropagationPolicy | None] = {
        key: policies.get(ref) if (ref := _governing(decision, recorded)) is not None else None
        for key, decision in recorded.decisions.items()
        if decision.parent is None  # A child goes with its parent.
    }
    for template in desired.templates:
        policy = claim_in(desired, template, recorded.decisions.get(template.key), snapshot, memo).policy
        owners[template.key] = policy or owners.get(template.key)
    units: dict[str, _Unit] = {}
    for key, policy in owners.items():
        unit = _unit(key, policy, desired.settings)
        if unit is not None:
            units.setdefault(unit.name, unit).keys.add(key)
    return units


def _governing(decision: RecordedDecision, recorded: RecordedState) -> PolicyRef | None:
    """The policy of an object; of one that only follows workloads, that of the first of them."""
    if decision.binding.policy is not None or not decision.required_by:
        return decision.binding.policy
    dependant = recorded.decisions.get(decision.required_by[0].key)
    return dependant.binding.policy if dependant is not None else None


def _unit(key: ResourceKey, policy: PropagationPolicy | None, settings: Settings) -> _Unit | None:
    """None: a change of this object reaches all clusters at once."""
    windows = tuple(one for one in settings.windows if one.concerns(key))
    names = tuple(one.name for one in windows)
    if policy is None or not policy.rollout:
        strategy, ref, controls = settings.rollout, None, settings.rollout_controls
    else:
        strategy = None if policy.rollout == NOT_STAGED else settings.rollouts.get(policy.rollout)
        ref, controls = (policy.ref, policy.rollout_controls) if strategy is not None else (None, NO_CONTROLS)
    if strategy is None:
        return _Unit(None, ANY_TIME, NO_CONTROLS, windows, names) if windows else None
    return _Unit(ref, strategy, controls, windows, names)


def _with_those_under_way(
    units: Mapping[str, _Unit], recorded: Mapping[str, RecordedRollout]
) -> tuple[dict[str, _Unit], dict[str, RecordedRollout]]:
    """The units and their last rollouts, by name. A rollout keeps its objects until it ends, also where the newest revision would
    divide them otherwise: a window comes or goes, a policy has another name or names another strategy. The conditions are those
    of now. Without any strategy, it is not there any more."""
    lasts, under_way = dict(recorded), [name for name, one in sorted(recorded.items()) if one.phase.is_active or one.queued]
    of = {key: unit for unit in units.values() for key in sorted(unit.keys)}
    result, taken = {name: replace(unit, keys=set(unit.keys)) for name, unit in units.items()}, set(under_way)
    for name in under_way:
        one = recorded[name]
        own = [of[key] for key in one.objects if key in of]
        if not own:
            continue
        unit = result.get(name)
        if unit is None and own[0].name not in taken:
            unit = result[own[0].name]
            del lasts[name]
        elif unit is None:
            unit = replace(own[0], policy=one.policy, named=one.windows, keys=set())
        for other in result.values():
            other.keys.difference_update(one.objects)
        unit.keys.update(key for key in one.objects if key in of)
        windows = dict.fromkeys(window for each in (unit, *own) for window in each.windows)
        result[unit.name] = replace(unit, windows=tuple(windows))
        lasts[unit.name] = replace(one, policy=unit.policy, windows=unit.named)
        taken.add(unit.name)
    return result, lasts


def _rollout_of(unit: _Unit, last: RecordedRollout | None, snapshot: Snapshot, memo: Memo) -> RecordedRollout | None:
    head = snapshot.desired.revision
    if last is not None and last.phase.is_active:
        return _advanced(_with_newer_revision(last, unit, snapshot, memo), unit, snapshot)
    base = last.target if last is not None and last.queued else snapshot.recorded.revision
    if base in ("", head):
        return last
    before = snapshot.earlier.get(base)
    changed = (
        _all(unit.keys, snapshot) if before is None else changed_objects(unit.keys, before, snapshot.desired, snapshot, memo)
    )
    return _begin(unit, changed, base, snapshot) if changed else _without_queue(last)


def _all(keys: Collection[ResourceKey], snapshot: Snapshot) -> dict[ResourceKey, tuple[TargetCluster, ...]]:
    """As if all of them had changed, because the revision before cannot be read: copies stay as they are until their turn."""
    decisions = snapshot.recorded.decisions
    return _readable({key: decisions[key].binding.targets if key in decisions else () for key in keys}, snapshot)


def _without_queue(last: RecordedRollout | None) -> RecordedRollout | None:
    return replace(last, queued="") if last is not None and last.queued else last


def _with_newer_revision(last: RecordedRollout, unit: _Unit, snapshot: Snapshot, memo: Memo) -> RecordedRollout:
    """A rollout that is under way, with what the newest revision means for it."""
    head, mode = snapshot.desired.revision, unit.strategy.on_new_commit
    target = snapshot.earlier.get(last.target)
    if head == last.target or target is None:
        return last
    newer = changed_objects(unit.keys, target, snapshot.desired, snapshot, memo)
    if not newer:
        return replace(last, queued="")
    if _takes_back(last, {*last.objects, *newer}, snapshot, memo):
        return replace(last, phase=RolloutPhase.REVERTED, message=f"taken back by {head[:10]}", queued="")
    if mode is OnNewCommit.QUEUE and last.phase is RolloutPhase.PROGRESSING:
        return replace(last, queued=head, objects=_with_queued(last, newer, target))
    if mode is OnNewCommit.MERGE and last.phase is RolloutPhase.PROGRESSING:
        now = snapshot.now.replace(microsecond=0)
        closed = facts_for(last, unit.windows, snapshot.desired, (), now).closed.reasons
        progress = {
            name: replace(one, released=now, ended=None, failed="") for name, one in last.progress.items() if name not in closed
        }
        kept = {**last.kept, **{name: last.target for name in last.progress if name in closed}}
        objects = _readable({**newer, **last.objects}, snapshot)
        return replace(last, target=head, objects=objects, progress=progress, kept=dict(sorted(kept.items())), message="")
    decisions = snapshot.recorded.decisions
    objects = {**newer, **{key: decisions[key].binding.targets if key in decisions else () for key in last.objects}}
    kept = {**last.kept, **dict.fromkeys(last.progress, last.target)}
    return replace(_begin(unit, _readable(objects, snapshot), last.base, snapshot), kept=dict(sorted(kept.items())))


def _with_queued(
    last: RecordedRollout, newer: Mapping[ResourceKey, tuple[TargetCluster, ...]], target: DesiredState
) -> Mapping[ResourceKey, tuple[TargetCluster, ...]]:
    """The objects of a rollout with those that only the queued revision changes: until it is the turn of that one, they stay as
    they are. Without those that a file with an error may have declared when the rollout began."""
    there = {template.key for template in target.templates}
    added = {key: before for key, before in newer.items() if key in there or not (before and target.broken_files)}
    return last.objects if added.keys() <= last.objects.keys() else dict(sorted({**added, **last.objects}.items()))


def _readable(
    objects: Mapping[ResourceKey, tuple[TargetCluster, ...]], snapshot: Snapshot
) -> dict[ResourceKey, tuple[TargetCluster, ...]]:
    """Without objects that a file with an error protects: they stay as they are. Sorted by key."""
    decisions = snapshot.recorded.decisions
    return {key: before for key, before in sorted(objects.items()) if not is_protected(key, decisions.get(key), snapshot)}


def _takes_back(last: RecordedRollout, keys: Collection[ResourceKey], snapshot: Snapshot, memo: Memo) -> bool:
    """Whether the newest revision has these objects as every cluster had them before the rollout."""
    commits = {last.base, *last.kept.values()}
    if not commits <= snapshot.earlier.keys():
        return False
    return not any(changed_objects(keys, snapshot.earlier[one], snapshot.desired, snapshot, memo) for one in commits)


def _begin(
    unit: _Unit, changed: Mapping[ResourceKey, tuple[TargetCluster, ...]], base: str, snapshot: Snapshot
) -> RecordedRollout:
    """A new rollout of this revision, with its first step: the first clusters have it in this pass.

    changed: the objects, with their placement now. base: the commit whose content the clusters have.
    """
    desired, now = snapshot.desired, snapshot.now.replace(microsecond=0)
    groups = groups_of(unit.strategy, desired.clusters)
    objects = dict(sorted(changed.items()))
    begun = RecordedRollout(unit.policy, desired.revision, now, groups=groups, base=base, objects=objects, windows=unit.named)
    return _advanced(begun, unit, snapshot)


def _advanced(rollout: RecordedRollout, unit: _Unit, snapshot: Snapshot) -> RecordedRollout:
    """With the clusters that have their turn now: this pass writes to them."""
    if snapshot.halt.everywhere is not None:
        return rollout
    facts = facts_for(rollout, unit.windows, snapshot.desired, ready_members(snapshot), snapshot.now)
    return advance(rollout, unit.strategy, unit.controls, {}, facts, snapshot.now).rollout


def facts_for(
    rollout: RecordedRollout,
    windows: Sequence[Window],
    desired: DesiredState,
    ready: Collection[ClusterName],
    now: datetime,
) -> RolloutFacts:
    """windows: those that concern the objects. ready: the members that are."""
    closed = closed_clusters(windows, desired.clusters, now, manual=desired.by_hand, begun=bool(rollout.progress))
    return RolloutFacts(ready, desired.passed_statuses.get(rollout.target, ()), closed)


def ready_members(snapshot: Snapshot) -> frozenset[ClusterName]:
    """Members that are not known to fail, and are not suspended."""
    recorded = snapshot.recorded.clusters
    names = (one.name for one in snapshot.desired.clusters if (last := recorded.get(one.name)) is None or last.ready)
    return frozenset(name for name in names if snapshot.halt.on(name) is None)
