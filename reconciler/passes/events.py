"""What happened in a pass, as a sequence of typed events. The log, the metrics and the commit messages read the same events.

An event is about one object, one member or one error in the repository. What did not change is not an event, so a pass with
nothing to do has none, except for errors in the repository and unreachable members, which every pass repeats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from reconciler.model import changes
from reconciler.model.changes import Action
from reconciler.model.issues import Issue, errors_in
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.observed import Differences, Observed
from reconciler.model.recorded import RecordedState
from reconciler.model.work import Work
from reconciler.passes.apply_all import STOPPING, TOO_SLOW, Outcomes
from reconciler.passes.fights import Fight
from reconciler.passes.object_backoff import Attempts


@dataclass(frozen=True, slots=True)
class Applied:
    """A member was changed because the repository changed."""

    cluster: ClusterName
    key: ResourceKey
    action: Action


@dataclass(frozen=True, slots=True)
class DriftCorrected:
    """A member was changed back: somebody else had changed or deleted an object of ours there."""

    cluster: ClusterName
    key: ResourceKey
    action: Action
    reason: str
    """The fields that differed, and who had changed them; or that the object was deleted."""


@dataclass(frozen=True, slots=True)
class Recreated:
    """An object was deleted and created again, because a field may not change and its author agreed."""

    cluster: ClusterName
    key: ResourceKey
    action: Action
    reason: str
    """The refusal of the member."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A change could not be made."""

    cluster: ClusterName
    key: ResourceKey
    action: Action
    error: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """Changes of one member were not begun, because the process ends or the member is slow. The pause of one object is not an
    event."""

    cluster: ClusterName
    changes: int
    """How many."""
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something prevents a change, and the pass before did not report it."""

    cluster: ClusterName
    key: ResourceKey
    reason: str
    """What prevents it, and the remedy."""


@dataclass(frozen=True, slots=True)
class Contested:
    """A correction that another client undoes again and again was made once more."""

    cluster: ClusterName
    key: ResourceKey
    fight: Fight


@dataclass(frozen=True, slots=True)
class MemberUnreachable:
    """A member could not be read, or not to the end."""

    cluster: ClusterName
    error: str
    asked: bool = True
    """Whether anything was asked of it. False where this process has no connection to it, because of its Cluster file or of the
    options of the process."""


@dataclass(frozen=True, slots=True)
class AgentSilent:
    """Nothing is known of a member that an agent keeps."""

    cluster: ClusterName
    error: str


@dataclass(frozen=True, slots=True)
class Evicted:
    """Objects leave a member, or return to it, because something failed there."""

    cluster: ClusterName
    objects: tuple[ResourceKey, ...]
    """Sorted."""
    reason: str
    returning: bool = False


@dataclass(frozen=True, slots=True)
class FailoverPaused:
    """Moves that are due do not begin."""

    reason: str


class RolloutStep(StrEnum):
    """What happens in a rollout. The values are labels of a metric."""

    BEGUN = "begun"
    GROUP_BEGUN = "group-begun"
    CLUSTER_FAILED = "cluster-failed"
    CLUSTER_JOINED = "cluster-joined"
    """It has its turn with the last group."""
    CLUSTER_LEFT = "cluster-left"
    STOPPED = "stopped"
    """More clusters failed than the strategy allows."""
    CONTINUED = "continued"
    """It had stopped, and a person promoted it."""
    COMPLETED = "completed"
    TAKEN_BACK = "taken-back"
    REPLACED = "replaced"
    """A newer revision took its place."""


@dataclass(frozen=True, slots=True)
class RolloutMoved:
    """A rollout came to its next step."""

    rollout: str
    """Its name."""
    revision: str
    """The commit that is rolled out."""
    step: RolloutStep
    group: str = ""
    clusters: tuple[ClusterName, ...] = ()
    """Those that got the revision, joined or left, or the one that failed."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """A member differs otherwise than before from what would be written to it, or not any more. Nothing was written."""

    cluster: ClusterName
    observed: Observed
    differences: Differences


@dataclass(frozen=True, slots=True)
class IssueReported:
    """An error in what the revision declares."""

    issue: Issue


Write: TypeAlias = Applied | DriftCorrected | Recreated
"""A change that was made."""
ChangeEvent: TypeAlias = Write | Failed
"""A change that was tried."""
Event: TypeAlias = (
    ChangeEvent
    | Postponed
    | Skipped
    | Contested
    | MemberUnreachable
    | AgentSilent
    | IssueReported
    | Evicted
    | FailoverPaused
    | RolloutMoved
    | Compared
)


def change_events(outcomes: Outcomes) -> tuple[ChangeEvent, ...]:
    """One event for each change that was sent to a member, by member, in the order in which they were carried out."""
    return tuple(
        _change_event(name, outcome.change, outcome)
        for name, of_member in outcomes.items()
        for outcome in of_member
        if isinstance(outcome.change, changes.Write) and not outcome.postponed
    )


def postponed_events(outcomes: Outcomes) -> tuple[Postponed, ...]:
    """One event for each member with changes that were not begun."""
    reasons = (STOPPING, TOO_SLOW)
    counts = Counter(
        (name, outcome.error) for name, of_member in outcomes.items() for outcome in of_member if outcome.error in reasons
    )
    return tuple(Postponed(name, count, reason) for (name, reason), count in counts.items())


def skip_events(outcomes: Outcomes, works: Mapping[ClusterName, Work], attempts: Attempts) -> tuple[Skipped, ...]:
    """One event for each change that is skipped for a new reason. What a policy suspends is not an event."""
    return tuple(
        Skipped(name, outcome.change.key, outcome.change.reason)
        for name, of_member in outcomes.items()
        for outcome in of_member
        if isinstance(outcome.change, changes.Skip)
        and outcome.change.key not in works[name].suspended
        and attempts.is_news(name, outcome)
    )


def fight_events(outcomes: Outcomes, attempts: Attempts) -> tuple[Contested, ...]:
    """One event for each correction of this pass that is part of a fight. Call it after `Attempts.note`."""
    return tuple(
        Contested(name, outcome.change.key, fight)
        for name, of_member in outcomes.items()
        if (fights := attempts.fights(name))
        for outcome in of_member
        if outcome.done
        and isinstance(outcome.change, changes.Create | changes.Configure)
        and (fight := fights.get(outcome.change.key))
    )


def comparison_events(
    before: RecordedState, after: RecordedState, differences: Mapping[ClusterName, Differences]
) -> tuple[Compared, ...]:
    """One event for each member of which something else is recorded than before."""
    found = {name: (one.observed, before.clusters.get(name)) for name, one in after.clusters.items()}
    return tuple(
        Compared(name, observed, differences[name])
        for name, (observed, last) in found.items()
        if name in differences and observed is not None and (last is None or last.observed != observed)
    )


def events_of(
    happened: Iterable[Event],
    unreadable: Mapping[ClusterName, str],
    unconnected: Container[ClusterName],
    issues: Iterable[Issue],
) -> tuple[Event, ...]:
    """All events of one pass: changes, then members, then errors.

    unconnected: members to which there is no connection (`Fleet.unreachable`).
    """
    unreachable = (MemberUnreachable(name, reason, name not in unconnected) for name, reason in unreadable.items())
    return (*happened, *unreachable, *map(IssueReported, errors_in(issues)))


def writes_in(events: Iterable[Event]) -> list[Write]:
    """The changes that were made."""
    return [event for event in events if isinstance(event, Write)]


def _change_event(name: ClusterName, change: changes.Write, outcome: changes.Outcome) -> ChangeEvent:
    if outcome.error:
        return Failed(name, change.key, change.action, outcome.error)
    if outcome.recreated:
        return Recreated(name, change.key, change.action, outcome.recreated)
    if change.drift:
        return DriftCorrected(name, change.key, change.action, change.reason)
    return Applied(name, change.key, change.action)
