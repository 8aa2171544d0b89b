"""Which commit broke a workload: the recorded state in which it was not well for the first time, and what led to it.

Where no commit did, what is recorded beside it did, in this order: the object is on its way from a member that failed (or back),
its member did not answer, somebody changed it there. Where nothing is recorded, it failed by itself.

All states of one object are read at once, so nothing is searched by halves, and a workload that broke twice does not mislead. An
episode is a run of states in which the object is not well, between two in which it is. A rollout that succeeds is such a run,
too, so an episode counts only if the object failed or was not applied in it, or if it lasts to the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.eviction import EvictionTask
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.record.object_history import ObjectFacts, ObjectHistory, ObjectState, read_members
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.review.history import Entry, changes_of, find_causes
from reconciler.review.object_changes import ChangeKind, on_clusters


class Condition(StrEnum):
    """How an object is on the members of interest."""

    WELL = "well"
    PROGRESSING = "progressing"
    """It is applied and not Current, and has not failed."""
    BROKEN = "broken"
    """Failed, missing, not applied, or its newest decision cannot be carried out."""
    ABSENT = "absent"
    """It is not recorded, or on none of the members."""


_BROKEN = (HealthStatus.FAILED, HealthStatus.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Breakage:
    """An episode."""

    key: ResourceKey
    first: Entry
    """The first state in which the object is not well, with its commits; without any, no commit is the cause."""
    before: ObjectState | None
    """The last state in which it was well; None where none is recorded."""
    last_commit: Entry | None
    """Where no commit is the cause: the last state that a commit changed, at or before `before`."""
    repaired: ObjectState | None
    """The state in which it was well again; None where it is not."""
    clusters: tuple[ClusterName, ...]
    """Where it was not well in the first state, sorted."""
    reason: str
    """What the record says of the problem, in the first state of the episode that is broken."""
    unreachable: dict[ClusterName, str]
    """Where no commit is the cause: of these members, those that did not answer when the first state was recorded, and why."""

    drifts: Mapping[ClusterName, str]
    """Of these members, those on which the first state records a drift that was undone, and which; sorted."""
    evictions: tuple[EvictionTask, ...]
    """Those of the object that were under way in the first state."""
    followed: tuple[EvictionTask, ...]
    """Those that began later in the episode: what the failure led to."""


def condition_of(facts: ObjectFacts, clusters: Collection[str] = ()) -> Condition:
    """clusters: the members of interest; none for all."""
    decision, report = facts.decision, facts.report
    if decision is None:
        return Condition.ABSENT
    names = [name for name in decision.holders(report) if not clusters or name in clusters]
    if decision.message and not decision.is_unclaimed:
        return Condition.BROKEN
    if not names:
        return Condition.ABSENT
    if decision.is_well(report, names):
        return Condition.WELL
    broken = report.clusters_where(lambda one: not one.applied or one.health.status in _BROKEN)
    is_broken = any(name in broken and not decision.suspension.covers(name) for name in names)
    return Condition.BROKEN if is_broken else Condition.PROGRESSING


def find_episode(
    states: Sequence[ObjectState], clusters: Collection[str] = (), good: int | None = None, bad: int | None = None
) -> tuple[int, int] | None:
    """(first state, state after the last one) of the episode; None where the object never broke there.

    good, bad: places of states between which is searched. With `good`, the first episode after it; else the last one up to `bad`.
    """
    end = len(states) if bad is None else bad + 1
    begin = 0 if good is None else good + 1
    conditions = [condition_of(state.facts, clusters) for state in states[:end]]
    episodes = []
    place = begin
    while place < end:
        if conditions[place] in (Condition.WELL, Condition.ABSENT):
            place += 1
            continue
        last = place
        while last < end and conditions[last] not in (Condition.WELL, Condition.ABSENT):
            last += 1
        if Condition.BROKEN in conditions[place:last] or last == end:
            episodes.append((place, last))
        place = last
    if not episodes:
        return None
    return episodes[0 if good is not None else -1]


async def bisect(
    repository: Repository,
    history: ObjectHistory,
    clusters: Collection[str] = (),
    good: int | None = None,
    bad: int | None = None,
) -> Breakage | None:
    """Arguments as for `find_episode`; None likewise. Raises RepositoryError."""
    states = history.states
    episode = find_episode(states, clusters, good, bad)
    if episode is None:
        return None
    place, after = episode
    steps = changes_of(history)
    causes = await find_causes(repository, history, steps)
    if clusters:
        steps = [on_clusters(changes, clusters) for changes in steps]
    first = Entry(states[place], causes[place], steps[place])
    was_well = place > 0 and condition_of(states[place - 1].facts, clusters) is Condition.WELL
    commits = (one for one in range(place - 1, -1, -1) if causes[one].commits)
    last = next(commits, None) if not first.cause.commits else None
    affected = _affected(states[place].facts, clusters)
    evictions = _moving(states[place].facts)
    return Breakage(
        history.key,
        first,
        states[place - 1] if was_well else None,
        Entry(states[last], causes[last], steps[last]) if last is not None else None,
        states[after] if after < len(states) else None,
        affected,
        _reason(_worst(states[place:after], clusters).facts, clusters),
        {} if first.cause.commits else await _unreachable(repository, states[place].commit, affected),
        _drifts(first, affected),
        evictions,
        _begun_later(states[place + 1 : after], evictions),
    )


def _moving(facts: ObjectFacts) -> tuple[EvictionTask, ...]:
    return () if facts.decision is None else tuple(task for task in facts.decision.evictions if task.is_moving)


def _begun_later(states: Iterable[ObjectState], known: Iterable[EvictionTask]) -> tuple[EvictionTask, ...]:
    """Each as it began."""
    found = {(task.from_cluster, task.since): task for task in known}
    before = set(found)
    for state in states:
        for task in _moving(state.facts):
            found.setdefault((task.from_cluster, task.since), task)
    return tuple(task for place, task in found.items() if place not in before)


def _drifts(first: Entry, names: Collection[ClusterName]) -> dict[ClusterName, str]:
    drifts = (change for change in first.changes if change.kind is ChangeKind.CORRECTED)
    return dict(sorted((name, change.message) for change in drifts for name in change.clusters if name in names))


def _affected(facts: ObjectFacts, clusters: Collection[str]) -> tuple[ClusterName, ...]:
    if facts.decision is None:
        return ()
    names = (name for name in facts.decision.holders(facts.report) if not clusters or name in clusters)
    well = {status.cluster for status in facts.report.statuses if status.is_well}
    return tuple(sorted(name for name in names if name not in well and not facts.decision.suspension.covers(name)))


def _worst(episode: Sequence[ObjectState], clusters: Collection[str]) -> ObjectState:
    """The first broken state; the first one where none is broken."""
    broken = (state for state in episode if condition_of(state.facts, clusters) is Condition.BROKEN)
    return next(broken, episode[0])


def _reason(facts: ObjectFacts, clusters: Collection[str]) -> str:
    names, decision = _affected(facts, clusters), facts.decision
    told = [decision.message] if decision is not None and decision.message else []
    told += [status.problem or str(status.health.status) for status in facts.report.statuses if status.cluster in names]
    return "; ".join(dict.fromkeys(told))


async def _unreachable(repository: Repository, state: Commit, names: Collection[ClusterName]) -> dict[ClusterName, str]:
    members = await read_members(repository, state, names)
    return {name: member.message for name, member in sorted(members.items()) if not member.ready}
