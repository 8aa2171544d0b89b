"""A plan and its outcomes: the value that `diff` prints and `sync` carries out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.work import RenderedManifest


class Action(StrEnum):
    CREATE = "create"
    CONFIGURE = "configure"
    UNCHANGED = "unchanged"
    PRUNE = "prune"
    RELEASE = "release"
    """The object stays, without our marks: it is nobody's business here any more."""
    SKIP = "skip"
    """Something stands in the way; `Change.reason` says what."""

    @property
    def past(self) -> str:
        """The word for an outcome: created, configured, unchanged, pruned, released, skipped."""
        return _PAST.get(self.value, self.value)

    @property
    def writes(self) -> bool:
        """Whether it touches the member."""
        return self not in (Action.UNCHANGED, Action.SKIP)


_PAST = {"create": "created", "configure": "configured", "prune": "pruned", "release": "released", "skip": "skipped"}


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to one object of one member."""

    action: Action
    key: ResourceKey
    desired: RenderedManifest | None = None
    """None for prune, release and what is no longer wanted."""
    live: Manifest | None = None
    """None where the object does not exist."""
    expected: Manifest | None = None
    """What the member holds afterwards; None when nothing, or nothing is written."""
    reason: str = ""
    """Why it is skipped, or why it goes; a sentence."""
    drift: bool = False
    """Git did not change, the member did."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """All changes for one member, in the order in which they are to happen."""

    cluster: ClusterName
    changes: tuple[Change, ...]

    def of(self, *actions: Action) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action in actions)

    @property
    def writes(self) -> tuple[Change, ...]:
        """The changes that touch the member."""
        return tuple(change for change in self.changes if change.action.writes)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change."""

    change: Change
    error: str = ""
    """Why it failed; empty when done."""

    @property
    def done(self) -> bool:
        return not self.error
