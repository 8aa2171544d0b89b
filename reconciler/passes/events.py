"""What happened in a pass, as a sequence of typed events. The log, the metrics and the commit messages read the same events.

An event is about one object, one member or one error in the repository. What did not change is not an event, so a pass with
nothing to do has none, except for errors in the repository and unreachable members, which every pass repeats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

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
Event: TypeAlias = Write | Failed | MemberUnreachable | IssueReported


def events_of(outcomes: Outcomes, unreadable: Mapping[ClusterName, str], issues: Iterable[Issue]) -> tuple[Event, ...]:
    """All events of one pass: changes by member, in the order in which they were carried out; then members; then errors."""
    return (
        *_changes(outcomes),
        *(MemberUnreachable(name, reason) for name, reason in unreadable.items()),
        *map(IssueReported, errors_in(issues)),
    )


def writes_in(events: Iterable[Event]) -> list[Write]:
    """The changes that were made."""
    return [event for event in events if isinstance(event, Write)]


def _changes(outcomes: Outcomes) -> Iterator[Event]:
    for name, of_member in outcomes.items():
        for outcome in of_member:
            change = outcome.change
            if not outcome.done:
                yield Failed(name, change.key, change.action, outcome.error)
            elif change.action.writes and change.drift:
                yield DriftCorrected(name, change.key, change.action, change.reason)
            elif change.action.writes:
                yield Applied(name, change.key, change.action)
