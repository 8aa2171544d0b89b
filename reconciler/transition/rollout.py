"""How a rollout goes on: which clusters get the new revision next, when a group has passed, and when it stops.

A rollout is a recorded value. `advance` is one step of it, and makes the same step again after a restart: what it waits for is in
the value, with the times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.rollout import (
    EVERY_GROUP,
    PARTITION,
    ClusterProgress,
    GroupOfClusters,
    Limit,
    RecordedRollout,
    RolloutControls,
    RolloutPhase,
    RolloutStrategy,
    partitions,
)
from reconciler.model.wording import first_few, plural
from reconciler.transition.windows import NONE_CLOSED, Closed


class Verdict(Enum):
    """How the objects of a rollout are on one cluster that has the new revision."""

    CURRENT = "Current"
    PROGRESSING = "Progressing"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    reason: str = ""
    """Of anything but CURRENT."""


@dataclass(frozen=True, slots=True)
class RolloutStep:
    """What one pass makes of a rollout."""

    rollout: RecordedRollout
    due: datetime | None = None
    """When time alone can change something; None where it cannot."""


def groups_of(strategy: RolloutStrategy, clusters: Iterable[Cluster]) -> tuple[GroupOfClusters, ...]:
    """The clusters in the groups of the strategy, without empty groups. Each is in the first group that takes it; one that none
    takes is in the last."""
    if strategy.partition_size is not None:
        return _cut(strategy.partition_size, sorted(cluster.name for cluster in clusters))
    members: dict[str, list[ClusterName]] = {group.name: [] for group in strategy.groups}
    for cluster in clusters:
        taken = next((group for group in strategy.groups if group.takes(cluster)), strategy.groups[-1])
        members[taken.name].append(cluster.name)
    return tuple(GroupOfClusters(name, tuple(sorted(names))) for name, names in members.items() if names)


def _cut(size: Limit, names: Sequence[ClusterName]) -> tuple[GroupOfClusters, ...]:
    groups, begun = [], 0
    for number, (count, _) in enumerate(partitions(len(names), size=size), 1):
        groups.append(GroupOfClusters(f"{PARTITION}{number}", tuple(names[begun : begun + count])))
        begun += count
    return tuple(groups)


def with_clusters(
    rollout: RecordedRollout, concerned: Collection[ClusterName], departed: AbstractSet[ClusterName], now: datetime
) -> RecordedRollout:
    """The rollout for the clusters that it concerns now: one that is new joins the last group, one that is gone leaves.

    departed: clusters that are not declared any more. Those that have the new revision are remembered: one that is declared again
    does not go back to what it had before, and is judged anew. The last group stays for them, also without clusters.
    """
    known = set(rollout.clusters)
    joined = sorted(set(concerned) - known)
    if not joined and known <= set(concerned):
        return rollout
    groups = [replace(group, clusters=tuple(name for name in group.clusters if name in concerned)) for group in rollout.groups]
    if joined and groups:
        groups[-1] = replace(groups[-1], clusters=tuple(sorted({*groups[-1].clusters, *joined})))
    now, progress = now.replace(microsecond=0), {}
    for name, one in rollout.progress.items():
        if name in joined:
            progress[name] = ClusterProgress(now)
        elif name in concerned:
            progress[name] = one
        elif name in departed:
            progress[name] = ClusterProgress(one.released, one.ended or one.released)
    stays = bool(rollout.groups) and not departed.isdisjoint(rollout.groups[-1].clusters)
    last = [groups[-1]] if stays and not groups[-1].clusters else []
    return replace(rollout, groups=(*(group for group in groups if group.clusters), *last), progress=progress)


@dataclass(frozen=True, slots=True)
class RolloutFacts:
    """What a step depends on, besides the objects of the rollout."""

    ready: Collection[ClusterName]
    """The members that are Ready. One that is not does not hold up the others, and gets the new revision when it is back."""
    passed_statuses: Collection[str] = ()
    """The names of the commit statuses of the target that succeeded."""
    closed: Closed = NONE_CLOSED
    """Clusters that may get nothing new now, because of windows of time."""
    concerned: frozenset[ClusterName] | None = None
    """The clusters that are known to have the objects, while the groups may have others, too; None: all in the groups."""

    def lets(self, name: ClusterName) -> bool:
        """Whether a cluster may get something new."""
        return name in self.ready and name not in self.closed.reasons


def advance(
    rollout: RecordedRollout,
    strategy: RolloutStrategy,
    controls: RolloutControls,
    judgements: Mapping[ClusterName, Judgement],
    facts: RolloutFacts,
    now: datetime,
    *,
    releases: bool = True,
) -> RolloutStep:
    """One step. Time: `now`, of which whole seconds count.

    judgements: of the clusters that have the new revision. releases: whether clusters get the new revision in this step, because
    a pass follows that writes it. Where they only could, the step is due at once.
    """
    if not rollout.phase.is_active:
        return RolloutStep(rollout)
    now = now.replace(microsecond=0)
    soaks = {name: strategy.soak_of(group.name) for group in rollout.groups for name in group.clusters if name in facts.ready}
    progress = {
        name: _judged(one, judgements.get(name), strategy, soaks.get(name, timedelta(0)), now)
        for name, one in rollout.progress.items()
    }
    rollout = _same(rollout, replace(rollout, progress=progress))
    stopped = "" if controls.promotes(rollout.target, EVERY_GROUP) else _over_budget(rollout, strategy)
    if rollout.phase is RolloutPhase.FAILED and controls.promotes(rollout.target, EVERY_GROUP):
        rollout = replace(rollout, phase=RolloutPhase.PROGRESSING)
    elif stopped or rollout.phase is RolloutPhase.FAILED:
        return RolloutStep(_same(rollout, replace(rollout, phase=RolloutPhase.FAILED, message=stopped or rollout.message)))
    if controls.paused is not None:
        return RolloutStep(_same(rollout, replace(rollout, message=_paused(controls.paused))), _deadline(rollout, strategy, now))
    step = _released(rollout, strategy, controls, facts, now)
    if releases or step.rollout.progress.keys() == rollout.progress.keys():
        return step
    return RolloutStep(_same(rollout, replace(rollout, message="")), now)


def _released(
    rollout: RecordedRollout,
    strategy: RolloutStrategy,
    controls: RolloutControls,
    facts: RolloutFacts,
    now: datetime,
) -> RolloutStep:
    """With the clusters that get the new revision now, group after group until one has to wait; promoted groups do not wait."""
    progress, message, due = dict(rollout.progress), "", None
    for index, group in enumerate(rollout.groups):
        promoted = controls.promotes(rollout.target, group.name)
        if not group.clusters:
            continue
        if not promoted and not message:
            why, due = _why_not_before(rollout.groups[:index], progress, strategy, facts, now)
            if not why and (why := _unapproved(rollout, group, strategy, controls, facts)):
                due = now + STATUS_LOOK if strategy.group(group.name).approving_status else None
            message = f"group {group.name} waits: {why}" if why else ""
        if message and not promoted:
            continue
        candidates = [name for name in _known_first(group, facts) if name not in progress and facts.lets(name)]
        running = sum(name in progress and progress[name].ended is None for name in group.clusters)
        room = len(candidates) if promoted else max(_limit(group, strategy, facts) - running, 0)
        progress |= {name: ClusterProgress(now) for name in candidates[:room]}
    after = _same(rollout, replace(rollout, progress=dict(sorted(progress.items())), message=message))
    if _has_ended(after, strategy, facts, now):
        return RolloutStep(replace(after, phase=RolloutPhase.COMPLETED, message=_result(after)))
    if not message:
        after = _same(after, replace(after, message=_under_way(after, strategy, facts, now)))
        due = _soaked(last, after.progress, strategy) if (last := _last_with_clusters(after)) is not None else None
    opens = facts.closed.until if facts.closed.reasons else None
    moments = [one for one in (due, opens, _deadline(after, strategy, now)) if one is not None and one > now]
    return RolloutStep(after, min(moments, default=None))


def _known_first(group: GroupOfClusters, facts: RolloutFacts) -> list[ClusterName]:
    known = facts.concerned
    return list(group.clusters) if known is None else sorted(group.clusters, key=lambda name: (name not in known, name))


def _limit(group: GroupOfClusters, strategy: RolloutStrategy, facts: RolloutFacts) -> int:
    """How many clusters of the group may be under way: a percentage counts those that the change concerns."""
    limit, count = strategy.limit_of(group.name), len(group.clusters)
    if facts.concerned is not None and limit.percentage and limit.amount < _ALL:
        count = len(facts.concerned.intersection(group.clusters))
    return limit.of(count)


def _judged(
    one: ClusterProgress, judgement: Judgement | None, strategy: RolloutStrategy, soak: timedelta, now: datetime
) -> ClusterProgress:
    """A cluster that was Current and is busy again during its soak begins anew, with its deadline; after it, it counts as before.
    One that failed and became Current does not fail any more."""
    if judgement is None:
        return one
    if judgement.verdict is Verdict.CURRENT:
        return one if one.ended is not None and not one.failed else ClusterProgress(one.released, now)
    if judgement.verdict is Verdict.FAILED:
        return one if one.failed else ClusterProgress(one.released, now, judgement.reason)
    if one.ended is not None and not one.failed and now < one.ended + soak:
        return ClusterProgress(now)
    if one.ended is None and now - one.released >= strategy.progress_deadline:
        late = f"not Current after {_minutes(strategy.progress_deadline)}"
        return ClusterProgress(one.released, now, f"{late}: {judgement.reason}" if judgement.reason else late)
    return one


def _over_budget(rollout: RecordedRollout, strategy: RolloutStrategy) -> str:
    failures = rollout.failures
    allowed = strategy.max_failures.budget(sum(1 for _ in rollout.clusters))
    if len(failures) <= allowed:
        return ""
    reasons = first_few([f"{name}: {reason}" for name, reason in sorted(failures.items())], _FEW)
    return f"{plural(len(failures), 'cluster')} failed, and {allowed} may fail (maxFailures): {reasons}"


def _why_not_before(
    groups: Iterable[GroupOfClusters],
    progress: Mapping[ClusterName, ClusterProgress],
    strategy: RolloutStrategy,
    facts: RolloutFacts,
    now: datetime,
) -> tuple[str, datetime | None]:
    """The same of all groups before one: the first reason."""
    found = (_why_not_yet(group, progress, strategy, facts, now) for group in groups)
    return next((one for one in found if one[0]), ("", None))


def _why_not_yet(
    before: GroupOfClusters,
    progress: Mapping[ClusterName, ClusterProgress],
    strategy: RolloutStrategy,
    facts: RolloutFacts,
    now: datetime,
) -> tuple[str, datetime | None]:
    """Why the group after this one may not begin; empty where it may. And when time alone changes that."""
    busy = [name for name in before.clusters if _is_busy(name, progress, facts)]
    if shut := [name for name in busy if name in facts.closed.reasons and name not in progress]:
        return f"{first_few(shut, _FEW)} of group {before.name}: {facts.closed.reasons[shut[0]]}", None
    if busy:
        return f"{first_few(busy, _FEW)} of group {before.name} {'is' if len(busy) == 1 else 'are'} not Current yet", None
    until = _soaked(before, progress, strategy)
    if until is not None and until > now:
        return f"group {before.name} soaks until {until:%Y-%m-%d %H:%M:%S} UTC", until
    return "", None


def _is_busy(name: ClusterName, progress: Mapping[ClusterName, ClusterProgress], facts: RolloutFacts) -> bool:
    """A cluster that is not Ready is not waited for before its turn."""
    return progress[name].ended is None if name in progress else name in facts.ready


def _soaked(
    group: GroupOfClusters, progress: Mapping[ClusterName, ClusterProgress], strategy: RolloutStrategy
) -> datetime | None:
    """When the soak of a group ends, whose clusters have all ended; None where nothing ended."""
    ended = [one.ended for name in group.clusters if (one := progress.get(name)) is not None and one.ended is not None]
    return max(ended) + strategy.soak_of(group.name) if ended else None


def _unapproved(
    rollout: RecordedRollout,
    group: GroupOfClusters,
    strategy: RolloutStrategy,
    controls: RolloutControls,
    facts: RolloutFacts,
) -> str:
    stated = strategy.group(group.name)
    if controls.approves(rollout.target, group.name) or any(name in rollout.progress for name in group.clusters):
        return ""
    if stated.approving_status and stated.approving_status not in facts.passed_statuses:
        return f"the commit status {stated.approving_status} of {rollout.target[:10]} has not succeeded"
    if stated.needs_approval:
        name = f" {str(rollout.policy).rpartition(' ')[2]}" if rollout.policy is not None else ""
        return f"it needs an approval. Run: reconciler rollout approve {group.name}{name}"
    return ""


def _has_ended(rollout: RecordedRollout, strategy: RolloutStrategy, facts: RolloutFacts, now: datetime) -> bool:
    """Clusters that are not Ready get the new revision when they are back."""
    for group in rollout.groups:
        if any(_is_busy(name, rollout.progress, facts) for name in group.clusters):
            return False
        until = _soaked(group, rollout.progress, strategy)
        if until is not None and until > now:
            return False
    return True


def _under_way(rollout: RecordedRollout, strategy: RolloutStrategy, facts: RolloutFacts, now: datetime) -> str:
    busy = [name for group in rollout.groups for name in group.clusters if _is_busy(name, rollout.progress, facts)]
    if shut := [name for name in busy if name in facts.closed.reasons and name not in rollout.progress]:
        return f"{first_few(shut, _FEW)} {'waits' if len(shut) == 1 else 'wait'}: {facts.closed.reasons[shut[0]]}"
    if busy:
        return f"{first_few(busy, _FEW)} {'is' if len(busy) == 1 else 'are'} not Current yet"
    group = _last_with_clusters(rollout)
    return _why_not_yet(group, rollout.progress, strategy, facts, now)[0] if group is not None else ""


def _last_with_clusters(rollout: RecordedRollout) -> GroupOfClusters | None:
    return next((group for group in reversed(rollout.groups) if group.clusters), None)


def _deadline(rollout: RecordedRollout, strategy: RolloutStrategy, now: datetime) -> datetime | None:
    running = (one.released for one in rollout.progress.values() if one.ended is None)
    return min((due for one in running if (due := one + strategy.progress_deadline) > now), default=None)


def _result(rollout: RecordedRollout) -> str:
    left_out = sorted(set(rollout.clusters) - rollout.progress.keys())
    parts = [f"{name} failed: {reason}" for name, reason in sorted(rollout.failures.items())]
    if left_out:
        alone = len(left_out) == 1
        names, they = first_few(left_out, _FEW), "follows when it is back" if alone else "follow when they are back"
        parts.append(f"{names} {'was' if alone else 'were'} not Ready, and {they}")
    return "; ".join(parts)


def _paused(reason: str) -> str:
    return f"paused: {reason}" if reason else "paused"


def _same(before: RecordedRollout, after: RecordedRollout) -> RecordedRollout:
    return before if before == after else after


def _minutes(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    parts = [(seconds // 3600, "h"), (seconds % 3600 // 60, "m"), (seconds % 60, "s")]
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"


STATUS_LOOK = timedelta(seconds=10)
"""How often the forge is asked for a commit status that a group waits for: nothing announces it."""
_FEW = 3
"""Names in a message."""
_ALL = 100
"""Percent."""
