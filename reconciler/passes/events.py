"""What happened in a pass, as a sequence of typed events. The log, the metrics and the commit messages read the same events.

An event is about one object, one member or one error in the repository. What did not change is not an event, so a pass with
nothing to do has none, except for errors in the repository and unreachable members, which every pass repeats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model import changes
from reconciler.model.changes import Action
from reconciler.model.issues import Issue, errors_in
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.passes.apply_all import Outcomes


@dataclass(frozen=True, slots=True)
class Applied:
    """A member was changed because the repository changed."""

    cluster: ClusterName
    key: ResourceKey
    action: Action


@dataclass(frozen=True, slots=True)
class DriftCorrected:
    """A member was changed back: somebody else had changed an object of ours there."""

    cluster: ClusterName
    key: ResourceKey
    action: Action
    reason: str
    """The fields that differed, and who had changed them."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A change could not be made."""

    cluster: ClusterName
    key: ResourceKey
    action: Action
    error: str


@dataclass(frozen=True, slots=True)
class MemberUnreachable:
    """A member could not be read, or not to the end."""

    cluster: ClusterName
    error: str


@dataclass(frozen=True, slots=True)
class IssueReported:
    """An error in what the revision declares."""

    issue: Issue


Write: TypeAlias = Applied | DriftCorrected
"""A change that was made."""
ChangeEvent: TypeAlias = Write | Failed
"""A change that was tried."""
Event: TypeAlias = ChangeEvent | MemberUnreachable | IssueReported


def change_events(outcomes: Outcomes) -> tuple[ChangeEvent, ...]:
    """One event for each change that writes to a member, by member, in the order in which they were carried out."""
    return tuple(
        _change_event(name, outcome.change, outcome.error)
        for name, of_member in outcomes.items()
        for outcome in of_member
        if isinstance(outcome.change, changes.Write)
    )


def events_of(tried: Iterable[ChangeEvent], unreadable: Mapping[ClusterName, str], issues: Iterable[Issue]) -> tuple[Event, ...]:
    """All events of one pass: changes, then members, then errors."""
    unreachable = (MemberUnreachable(name, reason) for name, reason in unreadable.items())
    return (*tried, *unreachable, *map(IssueReported, errors_in(issues)))


def writes_in(events: Iterable[Event]) -> list[Write]:
    """The changes that were made."""
    return [event for event in events if isinstance(event, Write)]


def _change_event(name: ClusterName, change: changes.Write, error: str) -> ChangeEvent:
    if error:
        return Failed(name, change.key, change.action, error)
    if change.drift:
        return DriftCorrected(name, change.key, change.action, change.reason)
    return Applied(name, change.key, change.action)
