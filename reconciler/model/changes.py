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
    SKIP = "skip"
    """Something stands in the way; `Change.reason` says what."""

    @property
    def past(self) -> str:
        """The word for an outcome: created, configured, unchanged, pruned, skipped."""
        return {"create": "created", "configure": "configured", "prune": "pruned", "skip": "skipped"}.get(self, str(self))


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to one object of one member."""

    action: Action
    key: ResourceKey
    desired: RenderedManifest | None = None
    """None for prune and for what is no longer wanted."""
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
        return self.of(Action.CREATE, Action.CONFIGURE, Action.PRUNE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change."""

    change: Change
    error: str = ""
    """Why it failed; empty when done."""

    @property
    def done(self) -> bool:
        return not self.error
