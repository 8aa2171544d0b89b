"""Rollouts in one compilation: which objects are under way, and what each cluster has of them.

A revision that changes objects with a strategy begins a rollout of these objects, pinned to this revision. Until it is its turn,
a cluster keeps what the revision before had, also where drift is corrected. The recorded rollouts say how far that is
(`transition/rollout.py` takes the steps, after each pass); here, only a new revision begins, replaces or ends one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.model.binding import TargetCluster
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.memo import Memo
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
from reconciler.pipeline.staged import NO_ROLLOUTS, Rollouts, staged_objects
from reconciler.transition.rollout import RolloutFacts, advance, groups_of
from reconciler.transition.windows import closed_clusters


@dataclass(frozen=True, slots=True)
class _Owner:
    """What governs the rollouts of an object. Of a policy that is gone, the revision before says which strategy it named, and the
    Configuration controls the rollout."""

    policy: PolicyRef
    rollout: str
    """As `PropagationPolicy.rollout`."""
    controls: RolloutControls


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
    strategy_name: str = ""
    """As `RecordedRollout.strategy`."""
    keys: set[ResourceKey] = field(default_factory=set)

    @property
    def name(self) -> str:
        return rollout_name(self.policy, self.named)


def are_staged(desired: DesiredState, recorded: RecordedState) -> bool:
    """Whether a strategy is stated, or a rollout is recorded that is to be ended. A policy that is gone may have named one."""
    settings = desired.settings
    return settings.rollout is not None or bool(settings.rollouts or settings.windows or recorded.rollouts)


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
    lost = frozenset(name for name, one in rollouts.items() if one.phase.is_active and _is_lost(one, snapshot))
    return Rollouts(rollouts, staged_objects(rollouts.values(), snapshot, memo), strategies, controls, windows, lost)


def _is_lost(rollout: RecordedRollout, snapshot: Snapshot) -> bool:
    """Whether the commit that is rolled out cannot be read any more."""
    return rollout.target != snapshot.desired.revision and rollout.target not in snapshot.earlier


def recorded_rollouts(snapshot: Snapshot, memo: Memo) -> Rollouts:
    """Those that are recorded, for an agent, which begins none."""
    rollouts = snapshot.recorded.rollouts
    return Rollouts(rollouts, staged_objects(rollouts.values(), snapshot, memo)) if rollouts else NO_ROLLOUTS


def _units(snapshot: Snapshot, memo: Memo) -> dict[str, _Unit]:
    """By name of the rollout: the objects of this revision, those that are recorded, and those of rollouts that are under way."""
    desired, recorded = snapshot.desired, snapshot.recorded
    policies = {policy.ref: policy for policy in desired.policies}
    gone = {policy.ref: policy for policy in _before(snapshot).policies if policy.ref not in policies}
    last = {key: one for one in recorded.rollouts.values() if one.phase.is_active or one.queued for key in one.objects}
    owners: dict[ResourceKey, _Owner | None] = {}
    for key in {**last, **recorded.decisions}:
        decision = recorded.decisions.get(key)
        if decision is not None and decision.parent is not None:  # A child goes with its parent.
            continue
        ref = _governing(decision, recorded) if decision is not None else None
        policy = policies.get(ref) if ref is not None else None
        if policy is not None:
            owners[key] = _Owner(policy.ref, policy.rollout, policy.rollout_controls)
        elif key in last and (at := last[key].policy) is not None:
            known = policies.get(at)
            controls = known.rollout_controls if known is not None else desired.settings.rollout_controls
            owners[key] = _Owner(at, last[key].strategy, controls)
        else:
            former = gone.get(ref) if ref is not None else None
            owners[key] = _Owner(former.ref, former.rollout, desired.settings.rollout_controls) if former is not None else None
    for template in desired.templates:
        policy = claim_in(desired, template, recorded.decisions.get(template.key), snapshot, memo).policy
        if policy is not None:
            owners[template.key] = _Owner(policy.ref, policy.rollout, policy.rollout_controls)
    units: dict[str, _Unit] = {}
    for key, owner in {**dict.fromkeys(template.key for template in desired.templates), **owners}.items():
        unit = _unit(key, owner, desired.settings)
        if unit is not None:
            units.setdefault(unit.name, unit).keys.add(key)
    return units


def _before(snapshot: Snapshot) -> DesiredState:
    """The revision of the last pass; this one where it cannot be read."""
    return snapshot.earlier.get(snapshot.recorded.revision, snapshot.desired)


def _governing(decision: RecordedDecision, recorded: RecordedState) -> PolicyRef | None:
    """The policy of an object; of one that only follows workloads, that of the first of them."""
    if decision.binding.policy is not None or not decision.required_by:
        return decision.binding.policy
    dependant = recorded.decisions.get(decision.required_by[0].key)
    return dependant.binding.policy if dependant is not None else None


def _unit(key: ResourceKey, owner: _Owner | None, settings: Settings) -> _Unit | None:
    """None: a change of this object reaches all clusters at once."""
    windows = tuple(one for one in settings.windows if one.concerns(key))
    names = tuple(one.name for one in windows)
    if owner is None or not owner.rollout:
        strategy, ref, named, controls = settings.rollout, None, "", settings.rollout_controls
    else:
        strategy = None if owner.rollout == NOT_STAGED else settings.rollouts.get(owner.rollout)
        ref, named, controls = owner.policy, owner.rollout, owner.controls
    if strategy is None:
        return _Unit(None, ANY_TIME, NO_CONTROLS, windows, names) if windows else None
    return _Unit(ref, strategy, controls, windows, names, named)


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
        lasts[unit.name] = replace(one, policy=unit.policy, windows=unit.named, strategy=unit.strategy_name)
        taken.add(unit.name)
    return result, lasts


def _rollout_of(unit: _Unit, last: RecordedRollout | None, snapshot: Snapshot, memo: Memo) -> RecordedRollout | None:
    head = snapshot.desired.revision
    if last is not None and last.phase.is_active and _is_lost(last, snapshot):
        return _without_target(last, unit, snapshot)
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
        closed = facts_for(last, unit.windows, snapshot.desired, (), snapshot.now).closed.reasons
        progress = {
            name: replace(one, released=now, ended=None, failed="") for name, one in last.progress.items() if name not in closed
        }
        kept = {**last.kept, **{name: last.target for name in last.progress if name in closed}}
        objects = _readable({**newer, **last.objects}, snapshot)
        return replace(last, target=head, objects=objects, progress=progress, kept=dict(sorted(kept.items())), message="")
    decisions = snapshot.recorded.decisions
    objects = {**newer, **{key: decisions[key].binding.targets if key in decisions else () for key in last.objects}}
    return replace(_begin(unit, _readable(objects, snapshot), last.base, snapshot), kept=_kept(last))


def _without_target(last: RecordedRollout, unit: _Unit, snapshot: Snapshot) -> RecordedRollout:
    """A rollout whose commit cannot be read any more: it waits. Where a newer one may take its place, that begins at the first
    group, and until it is their turn, copies stay as they are."""
    if unit.strategy.on_new_commit is OnNewCommit.QUEUE and last.phase is RolloutPhase.PROGRESSING:
        what = f"the commit {last.target[:_DIGITS]} cannot be read any more, so that every cluster keeps what it has"
        remedy = "bring the commit back, or state onNewCommit: supersede to begin with the newest one"
        return replace(last, queued=snapshot.desired.revision, message=f"{what}; {remedy}")
    objects = _all({*unit.keys, *last.objects}, snapshot)
    return replace(_begin(unit, objects, last.base, snapshot), kept=_kept(last))


def _kept(last: RecordedRollout) -> dict[ClusterName, str]:
    """What clusters have in place of the base when another revision takes the place of a rollout."""
    return dict(sorted({**last.kept, **dict.fromkeys(last.progress, last.target)}.items()))


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
    begun = RecordedRollout(unit.policy, desired.revision, now, groups=groups, base=base, objects=objects)
    known = {target.name for before in objects.values() for target in before}
    decisions = [snapshot.recorded.decisions[key] for key in objects if key in snapshot.recorded.decisions]
    known |= {target.name for decision in decisions for one in decision.required_by for target in one.targets}
    begun = replace(begun, windows=unit.named, strategy=unit.strategy_name)
    return _advanced(begun, unit, snapshot, frozenset(known))


def _advanced(
    rollout: RecordedRollout, unit: _Unit, snapshot: Snapshot, concerned: frozenset[ClusterName] | None = None
) -> RecordedRollout:
    """With the clusters that have their turn now: this pass writes to them. concerned: as `RolloutFacts.concerned`; which others
    the change concerns is known when everything is scheduled, and the groups then have no others (`record/rollouts.py`)."""
    if snapshot.halt.everywhere is not None:
        return rollout
    facts = facts_for(rollout, unit.windows, snapshot.desired, ready_members(snapshot), snapshot.now)
    facts = replace(facts, concerned=concerned)
    return advance(rollout, unit.strategy, unit.controls, {}, facts, snapshot.now).rollout


_DIGITS = 10
"""Of a revision, in a message."""


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
