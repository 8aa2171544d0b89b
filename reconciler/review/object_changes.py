"""What changed for one object from one recorded state to the next. Pure.

The changes are complete as far as placement, replicas, whether a copy is applied, and its health are concerned: folded over all
states of an object, they give its present record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.model.eviction import EvictionPhase
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import ClusterStatus, RecordedDecision
from reconciler.record.object_history import ObjectFacts


class ChangeKind(StrEnum):
    """What happened, in the order in which it is told."""

    EVICTED = "evicted"
    """It leaves a member, because something failed there."""
    RETURNING = "returning"
    """It returns to a member from which it was evicted."""
    PLACED = "placed"
    MOVED = "moved"
    SCALED = "scaled"
    LEAVING = "leaving"
    """The copy stays until its successor is Current."""
    REMOVED = "removed"
    CHANGED = "changed"
    """Another manifest was applied."""
    APPLIED = "applied"
    """It was not applied before."""
    NOT_APPLIED = "notApplied"
    CORRECTED = "corrected"
    """Somebody else had changed it; that was undone."""
    DRIFTED = "drifted"
    """Somebody else had changed it; that stays, because its drift policy is Report."""
    POLICY = "policy"
    OVERRIDES = "overrides"
    FILE = "file"
    """Another file declares it."""
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    WAITS = "waits"
    """The newest decision is not in force, or what is applied does not last."""
    HEALTH = "health"


_OF_FAILOVER = frozenset({ChangeKind.EVICTED, ChangeKind.RETURNING})
_OF_MEMBERS = frozenset({ChangeKind.HEALTH, ChangeKind.CORRECTED, ChangeKind.DRIFTED, ChangeKind.APPLIED, ChangeKind.WAITS})
_MOVES = frozenset({ChangeKind.PLACED, ChangeKind.MOVED, ChangeKind.SCALED, ChangeKind.LEAVING, ChangeKind.REMOVED})


@dataclass(frozen=True, slots=True)
class Change:
    """One change, on all members where it is the same."""

    kind: ChangeKind
    clusters: tuple[ClusterName, ...] = ()
    """Sorted. Empty for what concerns the object as a whole."""
    source: tuple[ClusterName, ...] = ()
    """Of MOVED: the members that lost the object."""
    before: str = ""
    """The number of replicas, the health, the policy, …; empty where there was none."""
    after: str = ""
    message: str = ""


def changes_between(before: ObjectFacts, after: ObjectFacts) -> tuple[Change, ...]:
    """In the order of `ChangeKind`, then by members."""
    found = [*_placement(before, after), *_of_statuses(before, after)]
    if before.decision is not None and after.decision is not None:
        found += _of_decision(before.decision, after.decision)
    elif after.decision is not None and after.decision.message:
        found.append(Change(ChangeKind.WAITS, message=after.decision.message))
    order = list(ChangeKind)
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), one.clusters, one.before, one.after, one.message)))


def are_of_commits(changes: Iterable[Change]) -> bool:
    """Whether a commit can have caused them, if there was one; the others happen in a member, too, and a failover moves, also to
    a member that refuses the object."""
    changes = list(changes)
    if not any(change.kind in _OF_FAILOVER for change in changes):
        return any(change.kind not in _OF_MEMBERS for change in changes)
    came = {name for change in changes if change.kind in (ChangeKind.PLACED, ChangeKind.MOVED) for name in change.clusters}
    happen = _OF_MEMBERS | _OF_FAILOVER | _MOVES
    refused = (change.kind is ChangeKind.NOT_APPLIED and came.issuperset(change.clusters) for change in changes)
    return any(change.kind not in happen and not was_refused for change, was_refused in zip(changes, refused, strict=True))


def on_clusters(changes: Iterable[Change], names: Iterable[str]) -> tuple[Change, ...]:
    """What concerns these members, or the object as a whole."""
    wanted = set(names)
    return tuple(
        replace(one, clusters=tuple(name for name in one.clusters if name in wanted) or one.clusters)
        for one in changes
        if not one.clusters or not wanted.isdisjoint((*one.clusters, *one.source))
    )


def _placement(before: ObjectFacts, after: ObjectFacts) -> Iterator[Change]:
    """Copies that came and went. Where copies go and others come in the same commit, the object moved."""
    old, new = _shares(before.decision), _shares(after.decision)
    gone = tuple(sorted(old.keys() - new.keys()))
    came = _grouped((name, "", new[name]) for name in sorted(new.keys() - old.keys()))
    scaled = _grouped((name, old[name], new[name]) for name in sorted(old.keys() & new.keys()) if old[name] != new[name])
    for (_, share), names in came:
        yield Change(ChangeKind.MOVED if gone else ChangeKind.PLACED, names, gone, after=share)
    if gone and not came:
        yield Change(ChangeKind.REMOVED, gone)
    for (count, share), names in scaled:
        yield Change(ChangeKind.SCALED, names, before=count, after=share)
    was_leaving = before.decision.leaving.keys() if before.decision is not None else frozenset()
    leaving = tuple(sorted(after.decision.leaving.keys() - was_leaving)) if after.decision is not None else ()
    if leaving:
        yield Change(ChangeKind.LEAVING, leaving)


def _shares(decision: RecordedDecision | None) -> dict[ClusterName, str]:
    """The number of replicas on each member that must hold the object; empty where scheduling writes none."""
    if decision is None:
        return {}
    counts = {name: decision.replicas_on(name) for name in decision.cluster_names}
    return {name: "" if count is None else str(count) for name, count in counts.items()}


def _grouped(
    values: Iterable[tuple[ClusterName, str, str]],
) -> list[tuple[tuple[str, str], tuple[ClusterName, ...]]]:
    groups: defaultdict[tuple[str, str], list[ClusterName]] = defaultdict(list)
    for name, before, after in values:
        groups[before, after].append(name)
    return [(pair, tuple(names)) for pair, names in groups.items()]


def _of_statuses(before: ObjectFacts, after: ObjectFacts) -> Iterator[Change]:
    """Members of which the same is told are one change."""
    old = {status.cluster: status for status in before.report.statuses}
    groups: defaultdict[Change, list[ClusterName]] = defaultdict(list)
    for status in after.report.statuses:
        for change in _of_status(old.get(status.cluster), status):
            groups[change].append(status.cluster)
    for change, names in groups.items():
        yield replace(change, clusters=tuple(names))


def _of_status(old: ClusterStatus | None, new: ClusterStatus) -> Iterator[Change]:
    """Without the member."""
    if not new.applied and (old is None or old.applied or old.message != new.message):
        yield Change(ChangeKind.NOT_APPLIED, message=new.message)
    elif new.applied and old is not None and not old.applied:
        yield Change(ChangeKind.APPLIED)
    elif new.applied and old is not None and new.digest and old.digest and new.digest != old.digest:
        yield Change(ChangeKind.CHANGED)
    if new.applied and new.message and (old is None or old.message != new.message):
        yield Change(ChangeKind.WAITS, message=new.message)
    if new.corrected and (old is None or new.corrected != old.corrected):
        yield Change(ChangeKind.CORRECTED, message=new.corrected)
    if (drifted := _standing(new)) and (old is None or drifted != _standing(old)):
        yield Change(ChangeKind.DRIFTED, message=drifted)
    was = old.health.word if old is not None else ""
    if new.health.word != was:
        yield Change(ChangeKind.HEALTH, before=was, after=new.health.word, message=new.problem if new.applied else "")


def _standing(status: ClusterStatus) -> str:
    """The drift that is only reported."""
    return status.drift.what if status.drift is not None and status.drift.stands else ""


def _of_decision(old: RecordedDecision, new: RecordedDecision) -> Iterator[Change]:
    known = {(task.from_cluster, task.since): task.phase for task in old.evictions}
    for task in new.evictions:
        before = known.get((task.from_cluster, task.since))
        if before is None:
            yield Change(ChangeKind.EVICTED, (task.from_cluster,), message=task.message)
        if task.phase is EvictionPhase.RETURNING and before is not EvictionPhase.RETURNING:
            yield Change(ChangeKind.RETURNING, (task.from_cluster,), message=f"it was evicted because {task.message}")
    for kind, was, now in (
        (ChangeKind.POLICY, str(old.binding.policy or ""), str(new.binding.policy or "")),
        (ChangeKind.OVERRIDES, _override_names(old), _override_names(new)),
        (ChangeKind.FILE, old.template_file, new.template_file),
    ):
        if was != now:
            yield Change(kind, before=was, after=now)
    names = sorted({*old.cluster_names, *new.cluster_names})
    was_covered, covered = ({name for name in names if one.suspension.covers(name)} for one in (old, new))
    if covered - was_covered:
        yield Change(ChangeKind.SUSPENDED, tuple(sorted(covered - was_covered)))
    if was_covered - covered:
        yield Change(ChangeKind.RESUMED, tuple(sorted(was_covered - covered)))
    if new.message and new.message != old.message:
        yield Change(ChangeKind.WAITS, message=new.message)


def _override_names(decision: RecordedDecision) -> str:
    return ", ".join(str(ref) for ref, _ in decision.overrides)
